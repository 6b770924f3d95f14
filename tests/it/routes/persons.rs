//! `/persons`: pupils, staff and contact persons, and who may see how much of them.

use super::{all, found, get_as, person};

#[test]
fn a_pupil_at_one_school() {
    insta::assert_json_snapshot!("alma0001", found(&format!("persons/{}", person("999001", "alma0001"))));
}

#[test]
fn a_teacher_who_is_a_parent_too() {
    insta::assert_json_snapshot!("dort0101", found(&format!("persons/{}", person("999001", "dort0101"))));
}

#[test]
fn a_pupil_with_nothing_but_a_name() {
    insta::assert_json_snapshot!("vill0019", found(&format!("persons/{}", person("999001", "vill0019"))));
}

/// Civil registration numbers of the demo, and what its protected persons are really called.
fn secrets() -> (Vec<String>, Vec<&'static str>) {
    let mut numbers = Vec::new();
    for file in ["999001", "999002", "999003", "999004", "999005", "999006"] {
        let text = std::fs::read_to_string(format!("fixtures/demo/{file}.xml")).unwrap();
        let parts = text.split("CivilRegistrationNumber>").skip(1).step_by(2);
        numbers.extend(parts.filter_map(|it| it.split('<').next()).map(str::to_owned));
    }
    assert!(numbers.len() > 50);
    (numbers, vec!["Freja", "Nørregaard", "Skjuldal"])
}

#[test]
fn who_has_the_right_sees_numbers_and_real_names() {
    let text = get_as("demo", "persons").text().to_owned();
    let (numbers, names) = secrets();
    let seen = numbers.iter().filter(|it| text.contains(it.as_str())).count();
    assert!(seen > 50, "only {seen} numbers");
    for name in names {
        assert!(text.contains(name), "{name}");
    }
}

#[test]
fn who_has_not_sees_neither_numbers_nor_real_names() {
    let mut texts = vec![get_as("demo-minimal", "persons").text().to_owned()];
    for user in ["stil0007", "alma0001", "elmo0105"] {
        texts.push(
            get_as("demo-minimal", &format!("persons/{}?expandReferenceNames=true", person("999001", user)))
                .text()
                .to_owned(),
        );
    }
    for resource in ["groups", "duties", "placements", "organisations"] {
        texts.push(get_as("demo-minimal", &format!("{resource}?expandReferenceNames=true")).text().to_owned());
    }
    let (numbers, names) = secrets();
    for text in &texts {
        assert!(numbers.iter().all(|it| !text.contains(it.as_str())), "a number is shown");
        for name in &names {
            assert!(!text.contains(name), "{name} is shown");
        }
    }
    assert!(texts[0].contains("Ida") && texts[0].contains("Ask"), "the aliases are shown");
    let protected = get_as("demo-minimal", &format!("persons/{}", person("999001", "stil0007")));
    insta::assert_json_snapshot!("stil0007-minimal", protected.json());
}

/// The same person has the same id for everybody.
#[test]
fn rights_hide_values_and_not_persons() {
    let ids = |token: &str| {
        let answer = get_as(token, "persons").json();
        answer["data"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids("demo"), ids("demo-minimal"));
}

#[test]
fn a_pupil_at_two_institutions_is_one_person() {
    let with = |user: &str| {
        all("persons")
            .into_iter()
            .filter(|it| {
                it["externalIdentifiers"].as_array().is_some_and(|all| all.iter().any(|it| it["value"] == user))
            })
            .collect::<Vec<_>>()
    };
    let found = with("sofi0053");
    assert_eq!(found.len(), 1);
    insta::assert_json_snapshot!("sofi0053", found[0]);
}
