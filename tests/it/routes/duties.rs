//! `/duties`: who works where, as what.

use super::{all, found, person};

#[test]
fn a_person_of_three_roles_has_three_duties() {
    let id = person("999001", "hele0003");
    let duties: Vec<_> = all("duties").into_iter().filter(|it| it["person"]["id"] == id.as_str()).collect();
    assert_eq!(duties.len(), 3);
    insta::assert_json_snapshot!("hele0003", duties);
}

#[test]
fn a_duty_tells_names_when_asked() {
    let id = all("duties")[0]["id"].as_str().unwrap().to_owned();
    let plain = found(&format!("duties/{id}?expandReferenceNames=false"));
    let expanded = found(&format!("duties/{id}?expandReferenceNames=TRUE"));
    assert!(plain["person"].get("displayName").is_none());
    assert!(
        expanded["person"]["displayName"].is_string() && expanded["dutyAt"]["displayName"].is_string(),
        "{expanded}"
    );
}
