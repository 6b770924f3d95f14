//! House rules that no compiler knows: sizes, module docs, no `..` in crosswalks, no real persons in fixtures.

use std::{fs, path::Path};

use syn::visit::Visit;

use crate::layers::files;

/// Files written by hand, tests too.
fn sources() -> Vec<(String, String)> {
    [
        "src",
        "crates/soap/src",
        "crates/contractgen/src",
        "crates/contracts/src",
        "crates/wsse/src",
        "xtask/src",
        "tests",
        "benches",
    ]
    .iter()
    .flat_map(|it| files(Path::new(it)))
    .map(|it| (it.display().to_string(), fs::read_to_string(&it).unwrap()))
    .collect()
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 600, "{path} has {lines} lines; 600 is the most");
        let documented = text.starts_with("//!") || path.contains("/features/");
        assert!(documented, "{path} does not begin with a line that says what it is");
    }
}

/// Law 5: a field that a contract or the hub gains must stop the compiler in every crosswalk.
#[test]
fn crosswalks_leave_nothing_out() {
    let files = sources().into_iter().filter(|(path, _)| is_crosswalk(path));
    let mut seen = 0;
    for (path, text) in files {
        seen += 1;
        let mut rests = Rests(Vec::new());
        rests.visit_file(&syn::parse_file(&text).unwrap());
        assert!(rests.0.is_empty(), "{path} has `..` in {}", rests.0.join(", "));
    }
    assert!(seen >= 5, "only {seen} crosswalks were found");
}

fn is_crosswalk(path: &str) -> bool {
    let unilogin = ["bruger", "eksport", "identifikation", "inst.rs", "inst_v5.rs", "inst/", "lift.rs"];
    let import = ["import/read", "import/lift", "import/lower", "import/write", "upstream/parts"];
    let unilogin = unilogin.iter().chain(&import).any(|it| path.contains(&format!("standards/unilogin/{it}")));
    let crosswalk = unilogin || path.contains("standards/ss12000/crosswalk") || path.contains("store/record");
    crosswalk && !path.ends_with("/tests.rs")
}

struct Rests(Vec<String>);

impl<'ast> Visit<'ast> for Rests {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !module.attrs.iter().any(|it| it.path().is_ident("cfg")) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_pat_struct(&mut self, pattern: &'ast syn::PatStruct) {
        if pattern.rest.is_some() {
            self.0.push(name(&pattern.path));
        }
        syn::visit::visit_pat_struct(self, pattern);
    }

    fn visit_expr_struct(&mut self, expression: &'ast syn::ExprStruct) {
        if expression.rest.is_some() {
            self.0.push(name(&expression.path));
        }
        syn::visit::visit_expr_struct(self, expression);
    }
}

fn name(path: &syn::Path) -> String {
    path.segments.iter().map(|it| it.ident.to_string()).collect::<Vec<_>>().join("::")
}

/// Law 9: every civil registration number in a fixture is a replacement number, or one of the CPR office's test persons.
#[test]
fn fixtures_hold_no_real_persons() {
    let mut checked = 0;
    for file in every_file(Path::new("fixtures")) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let exported = text.split("CivilRegistrationNumber>").skip(1).step_by(2);
        for number in exported.chain(text.split(":cpr>").skip(1).step_by(2)) {
            let number = number.split('<').next().unwrap_or_default().replace('-', "");
            let number = number.as_str();
            if number == "0000000000" || number.len() != 10 || !number.bytes().all(|it| it.is_ascii_digit()) {
                continue;
            }
            checked += 1;
            let replacement = number.starts_with(['6', '7', '8', '9']);
            assert!(
                replacement || TEST_PERSONS.contains(&number),
                "{}: a number that may be somebody's",
                file.display()
            );
        }
    }
    assert!(checked > 50, "only {checked} numbers were found");
}

fn every_file(path: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(every_file(&path)) } else { found.push(path) }
    }
    found
}

/// Numbers of the CPR office's own test persons that the fixtures use.
#[rustfmt::skip]
const TEST_PERSONS: &[&str] = &[
    "0101005038", "0702614082", "0703614167", "0706614184", "0707614226", "0707614234", "0707614285", "0707614293",
    "0708610038", "0708610089", "0709614045", "0709614231", "0709614304", "0709614401", "0709614592", "0709614673",
    "0709614754", "0709614762", "0711614354", "0712614382", "0712614455", "0909610028", "0909610036", "0909970016",
    "1303814074", "1306814172", "1306814180", "1307610015", "2802980011", "2906980013", "3006980014", "3112970079",
];
