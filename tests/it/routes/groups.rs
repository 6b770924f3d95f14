//! `/groups`: classes, teams and after-school groups.

use super::{all, found, one};

#[test]
fn a_class_with_its_pupils() {
    let all = all("groups");
    let class = one(&all, "displayName", "4. A");
    let members = class["groupMemberships"].as_array().unwrap();
    assert!(members.len() >= 14, "only {} members", members.len());
    insta::assert_json_snapshot!(
        "class",
        found(&format!("groups/{}?expandReferenceNames=true", class["id"].as_str().unwrap()))
    );
}

#[test]
fn a_group_with_an_ampersand_in_its_name() {
    insta::assert_json_snapshot!("group", one(&all("groups"), "displayName", "Svømning & leg, 4. årgang"));
}
