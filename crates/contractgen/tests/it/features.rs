//! One folder for each feature of WSDL and XML Schema: the documents, and the Rust text that they become.
//!
//! A new feature: make a folder with `schema.xsd` (or `service.wsdl`), run the tests with `INSTA_UPDATE=always`, read
//! `expected.rs`.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn features() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/features");
    let mut list: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    list.sort();
    list
}

/// What a feature becomes. The tables in front of the modules are the same everywhere: only the service shows them.
fn generated(feature: &Path) -> String {
    let name = feature.file_name().unwrap().to_str().unwrap();
    let root = super::tree(&format!("feature-{name}"));
    let service = feature.join("service.wsdl").exists();
    let home = if service { "wsdl/example/hilsen/2" } else { "xsd/example" };
    for entry in fs::read_dir(feature).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|it| it == "xsd" || it == "wsdl") {
            let path = format!("{home}/{}", file.file_name().unwrap().to_str().unwrap());
            super::put(&root, &path, &fs::read_to_string(&file).unwrap());
        }
    }
    let generated = contractgen::generate(&root).unwrap_or_else(|error| panic!("{name}: {error}"));
    if service {
        return without_root(&generated.text, root.to_str().unwrap());
    }
    let text = generated.text;
    let start = text.find("/// The namespace").unwrap();
    text[start..].to_owned()
}

/// The text with `{root}` for the root, on one line however long the root is.
fn without_root(text: &str, root: &str) -> String {
    let mut parts = text.split("include_str!(");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (path, rest) = part.split_once(')').unwrap();
        out.push_str(&format!("include_str!({}){rest}", path.trim().replace(root, "{root}")));
    }
    out
}

#[test]
fn features_become_rust() {
    #[expect(clippy::disallowed_methods, reason = "the switch that updates snapshots everywhere")]
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|it| it == "always");
    let mut wrong = Vec::new();
    for feature in features() {
        let (file, text) = (feature.join("expected.rs"), generated(&feature));
        syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", feature.display()));
        if update {
            fs::write(&file, &text).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != text {
            wrong.push(difference(&file, &text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn difference(file: &Path, text: &str) -> String {
    let expected = fs::read_to_string(file).unwrap_or_default();
    let same = expected.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
    let line = |it: &str| it.lines().nth(same).unwrap_or("(the end)").to_owned();
    format!("{}:{}: expected\n{}\nbut it is\n{}", file.display(), same + 1, line(&expected), line(text))
}

#[test]
fn the_same_tree_becomes_the_same_text() {
    let feature = features().into_iter().find(|it| it.ends_with("names")).unwrap();
    assert_eq!(generated(&feature), generated(&feature));
}
