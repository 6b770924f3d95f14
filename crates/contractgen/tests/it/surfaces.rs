//! The surface of every contract in the repository, for review: what a new version of a contract changes is the
//! difference between two of these files.

use std::path::Path;

#[test]
fn surfaces() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let generated = contractgen::generate(&root).unwrap_or_else(|error| panic!("{error}"));
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, surface) in generated.surfaces {
            insta::assert_snapshot!(format!("surface__{name}"), surface);
        }
    });
}
