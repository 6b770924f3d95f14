//! The laws of ARCHITECTURE.md about who may name whom, read from the `use` trees and paths of every file.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use syn::{UseTree, visit::Visit};

/// A room, the rooms of this crate it may name, and the outside crates it may name (`None`: any).
struct Room {
    path: &'static str,
    rooms: &'static [&'static str],
    crates: Option<&'static [&'static str]>,
}

const ROOMS: &[Room] = &[
    Room { path: "src/domain", rooms: &["domain"], crates: Some(&["std", "chrono", "unicode_normalization"]) },
    Room { path: "src/crosswalk", rooms: &["crosswalk", "domain"], crates: Some(&["std"]) },
    Room {
        path: "src/standards/unilogin",
        rooms: &["caller", "crosswalk", "domain", "source", "standards::unilogin"],
        crates: Some(&["std", "chrono", "contracts", "csv", "serde_json", "soap", "uuid", "wsse"]),
    },
    Room {
        path: "src/standards/ss12000",
        rooms: &["caller", "crosswalk", "domain", "source", "standards::ss12000"],
        crates: Some(&[
            "std",
            "aws_lc_rs",
            "chrono",
            "data_encoding",
            "percent_encoding",
            "serde",
            "serde_json",
            "sha1",
            "sha2",
            "strsim",
            "thiserror",
            "tokio",
            "unicode_normalization",
            "uuid",
        ]),
    },
    Room {
        path: "src/source/http.rs",
        rooms: &["domain", "source"],
        crates: Some(&["std", "backon", "chrono", "reqwest", "tokio"]),
    },
    Room { path: "src/source", rooms: &["domain", "source"], crates: Some(&["std", "chrono", "uuid"]) },
    Room { path: "src/source/web.rs", rooms: &["source"], crates: Some(&["std", "flate2", "reqwest", "tokio"]) },
    Room {
        path: "src/store",
        rooms: &["clock", "domain", "source", "store"],
        crates: Some(&[
            "std",
            "backon",
            "chrono",
            "contracts",
            "data_encoding",
            "rusqlite",
            "sha2",
            "soap",
            "tempfile",
            "thiserror",
            "tracing",
            "uuid",
        ]),
    },
    Room {
        path: "src/pull",
        rooms: &["clock", "domain", "pull", "source", "store"],
        crates: Some(&["std", "chrono", "tokio", "tracing", "uuid"]),
    },
    Room {
        path: "src/login",
        rooms: &["domain", "login", "source"],
        crates: Some(&["std", "chrono", "jsonwebtoken", "serde", "serde_json", "tokio", "tracing"]),
    },
    Room {
        path: "src/notices",
        rooms: &["notices", "source", "standards", "store"],
        crates: Some(&["std", "chrono", "data_encoding", "reqwest", "sha2", "tokio", "tracing", "uuid"]),
    },
    Room { path: "src/caller.rs", rooms: &["caller"], crates: Some(&["std", "data_encoding", "sha2", "subtle"]) },
    Room { path: "src/clock.rs", rooms: &[], crates: Some(&["std", "chrono", "chrono_tz"]) },
    Room {
        path: "src/audit",
        rooms: &["audit", "domain", "source"],
        crates: Some(&[
            "std",
            "chrono",
            "data_encoding",
            "hmac",
            "memchr",
            "serde",
            "serde_json",
            "sha2",
            "subtle",
            "tempfile",
            "tokio",
            "tracing",
            "uuid",
        ]),
    },
    Room {
        path: "src/face",
        rooms: &[
            "audit",
            "caller",
            "clock",
            "config",
            "crosswalk",
            "domain",
            "face",
            "login",
            "source",
            "standards",
            "store",
        ],
        crates: None,
    },
    Room {
        path: "crates/soap/src",
        rooms: &["*"],
        crates: Some(&["std", "encoding_rs", "memchr", "quick_xml", "regex", "simdutf8"]),
    },
    Room {
        path: "crates/wsse/src",
        rooms: &["*"],
        crates: Some(&[
            "std",
            "aws_lc_rs",
            "chrono",
            "data_encoding",
            "memchr",
            "p12_keystore",
            "rustls_pki_types",
            "soap",
            "thiserror",
            "webpki",
            "x509_parser",
        ]),
    },
    Room {
        path: "crates/contractgen/src",
        rooms: &["*"],
        crates: Some(&["std", "prettyplease", "regex_syntax", "roxmltree", "syn", "yaserde"]),
    },
];

#[test]
fn rooms_name_only_whom_they_may() {
    let mut broken = Vec::new();
    for room in ROOMS {
        for file in files(Path::new(room.path)).into_iter().filter(|it| belongs(it, room)) {
            for name in names(&file) {
                if let Some(why) = room.forbids(&name) {
                    broken.push(format!("{}: {name}: {why}", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A file belongs to the smallest room that it is in.
fn belongs(file: &Path, room: &Room) -> bool {
    !ROOMS.iter().any(|it| it.path.len() > room.path.len() && file.starts_with(it.path))
}

/// A law that is never broken may be a check that never looks.
#[test]
fn the_check_would_see_a_broken_law() {
    let domain = &ROOMS[0];
    assert!(domain.forbids("crate::standards::ss12000").is_some());
    assert!(domain.forbids("serde::Serialize").is_some());
    assert!(domain.forbids("crate::domain::Person").is_none());
    let allowed = ROOMS.iter().filter_map(|it| it.crates).flatten().filter(|it| **it != "std");
    allowed.for_each(|it| assert!(dependencies().contains(*it), "{it} is allowed and no dependency"));
    let unilogin = &ROOMS[2];
    assert!(unilogin.forbids("crate::standards::ss12000::model").is_some());
    let source = "fn f() { let _ = crate::face::x(); use crate::{domain::{Person, Group}, store}; }";
    let found = names_of(&syn::parse_file(source).unwrap());
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        ["crate::domain::Group", "crate::domain::Person", "crate::face::x", "crate::store"]
    );
}

/// Contract types never leave the standards (law 3); faces and commands only walk the tables. The store's own
/// records have a contract too, which only they name.
#[test]
fn contract_types_stay_where_they_are_translated() {
    for file in files(Path::new("src")) {
        let path = file.display().to_string();
        let may = ["src/standards/unilogin", "src/face/soap.rs", "src/face/json.rs", "src/cli", "src/store/record"]
            .iter()
            .any(|it| path.starts_with(it));
        let uses = names(&file).into_iter().any(|it| it == "contracts" || it.starts_with("contracts::"));
        assert!(may || !uses, "{path} names contracts");
        for name in names(&file).into_iter().filter(|it| it.starts_with("contracts::")) {
            let of_records = name.starts_with("contracts::skolebro");
            let of_all = name == "contracts::NAMESPACES";
            let in_store = path.starts_with("src/store");
            assert!(of_all || of_records == in_store, "{path} names {name}");
        }
        let in_cli = path.starts_with("src/cli") || path.starts_with("src/face");
        let types = names(&file).into_iter().filter(|it| it.starts_with("contracts::unilogin"));
        assert!(!in_cli || types.count() == 0, "{path} names contract types");
    }
}

/// Only the faces speak HTTP, and only the rescue turns errors into replies (law 6).
#[test]
fn only_the_rescue_knows_statuses_and_faults() {
    for file in files(Path::new("src")) {
        let path = file.display().to_string();
        for name in names(&file) {
            let http =
                ["hyper", "http", "http_body_util", "hyper_util"].iter().any(|it| name.starts_with(&format!("{it}::")));
            assert!(!http || path.starts_with("src/face") || path.starts_with("src/cli/serve"), "{path} names {name}");
            let fault = name.starts_with("soap::Fault") || name.starts_with("soap::fault::Code");
            assert!(!fault || path == "src/face/rescue.rs", "{path} names {name}");
        }
    }
}

impl Room {
    fn forbids(&self, name: &str) -> Option<String> {
        if let Some(inside) = name.strip_prefix("crate::") {
            let may = self.rooms.iter().any(|it| *it == "*" || inside == *it || inside.starts_with(&format!("{it}::")));
            return (!may).then(|| format!("{} may name only {}", self.path, self.rooms.join(", ")));
        }
        let outside = name.split("::").next().unwrap_or_default();
        let crates = self.crates?;
        let known = ["self", "super", "Self", "core", "alloc"].contains(&outside) || crates.contains(&outside);
        // Only names of crates count: types and modules in scope look the same in a path, so they are told apart by the manifest.
        let is_crate = dependencies().contains(outside);
        (is_crate && !known).then(|| format!("{} may use only {}", self.path, crates.join(", ")))
    }
}

/// Libraries whose name is not their package's.
const RENAMED: &[(&str, &str)] = &[("rustls_webpki", "webpki")];

/// The libraries that any crate here depends on.
fn dependencies() -> &'static BTreeSet<String> {
    static ALL: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let crates = fs::read_dir("crates").unwrap().map(|it| it.unwrap().path().join("Cargo.toml"));
        let mut all = BTreeSet::new();
        for manifest in crates.chain(["Cargo.toml".into()]) {
            let table: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
            let packages = table["dependencies"].as_table().unwrap().keys().map(|it| it.replace('-', "_"));
            all.extend(
                packages.map(|it| RENAMED.iter().find(|(from, _)| *from == it).map_or(it, |to| to.1.to_owned())),
            );
        }
        all
    });
    &ALL
}

pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap_or_else(|why| panic!("{}: {why}", path.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn names(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap();
    names_of(&syn::parse_file(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display())))
}

fn names_of(file: &syn::File) -> BTreeSet<String> {
    let mut names = Names(BTreeSet::new());
    names.visit_file(file);
    names.0
}

/// Every path of a file that begins with a crate: those of `use` trees, and those in code. Test modules are left out.
struct Names(BTreeSet<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let is_test = module.attrs.iter().any(|it| it.path().is_ident("cfg"));
        if !is_test {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, String::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let parts: Vec<String> = path.segments.iter().map(|it| it.ident.to_string()).collect();
            self.0.insert(parts.join("::"));
        }
        syn::visit::visit_path(self, path);
    }
}

impl Names {
    fn tree(&mut self, tree: &UseTree, before: String) {
        let join = |it: &syn::Ident| if before.is_empty() { it.to_string() } else { format!("{before}::{it}") };
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, join(&path.ident)),
            UseTree::Name(name) => drop(self.0.insert(join(&name.ident))),
            UseTree::Rename(name) => drop(self.0.insert(join(&name.ident))),
            UseTree::Glob(_) => drop(self.0.insert(before)),
            UseTree::Group(group) => group.items.iter().for_each(|it| self.tree(it, before.clone())),
        }
    }
}
