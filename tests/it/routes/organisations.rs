//! `/organisations`: the institutions of the municipality.

use super::{all, found, one};

#[test]
fn every_institution_is_listed_once() {
    let mut codes: Vec<String> =
        all("organisations").iter().filter_map(|it| it["organisationCode"].as_str().map(str::to_owned)).collect();
    codes.sort();
    let expected: Vec<String> = (999_000..=999_006).map(|it: u32| it.to_string()).collect();
    assert_eq!(codes, expected);
}

#[test]
fn a_school_and_its_main_institution() {
    let all = all("organisations");
    let school = one(&all, "organisationCode", "999001");
    let main = one(&all, "organisationCode", "999000");
    insta::assert_json_snapshot!("organisations", [main, school]);
    let expanded = found(&format!("organisations/{}?expandReferenceNames=true", school["id"].as_str().unwrap()));
    assert_eq!(expanded["parentOrganisation"]["displayName"], main["displayName"]);
}
