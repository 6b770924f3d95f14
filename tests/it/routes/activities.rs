//! `/activities`: who teaches whom, made of staff that are in classes and courses.

use serde_json::Value;

use super::{all, found};

#[test]
fn a_class_and_its_teachers() {
    insta::assert_json_snapshot!("an-activity", all("activities?expandReferenceNames=true")[0]);
}

/// Every teacher of an activity has the duty, in the same organisation, and the activity is named after its group.
#[test]
fn activities_tie_duties_to_groups() {
    let activities = all("activities?expand=groups,teachers");
    assert!(activities.len() > 10);
    for it in &activities {
        let group = &it["_embedded"]["groups"][0];
        assert_eq!((&group["id"], &group["displayName"]), (&it["groups"][0]["id"], &it["displayName"]));
        assert!(["Klass", "Undervisning", "Avdelning"].contains(&group["groupType"].as_str().unwrap()));
        let teachers = it["_embedded"]["teachers"].as_array().unwrap();
        assert!(!teachers.is_empty() && teachers.len() == it["teachers"].as_array().unwrap().len());
        for duty in teachers {
            assert_eq!(duty["dutyAt"], it["organisation"]);
            assert!(["Lärare", "Rektor"].contains(&duty["dutyRole"].as_str().unwrap()), "{duty}");
        }
    }
}

#[test]
fn activities_are_found_by_teacher_member_group_and_organisation() {
    let whole = all("activities?expand=groups");
    let one = &whole[0];
    let ids = |list: &[Value]| list.iter().map(|it| it["id"].clone()).collect::<Vec<_>>();
    let matching = |keeps: &dyn Fn(&Value) -> bool| {
        whole.iter().filter(|it| keeps(it)).map(|it| it["id"].clone()).collect::<Vec<_>>()
    };
    let teacher = &one["teachers"][0]["duty"]["id"];
    let teaches = |it: &Value| it["teachers"].as_array().unwrap().iter().any(|it| it["duty"]["id"] == *teacher);
    assert_eq!(ids(&all(&format!("activities?teacher={}", teacher.as_str().unwrap()))), matching(&teaches));
    let member = &one["_embedded"]["groups"][0]["groupMemberships"][0]["person"]["id"];
    let has = |it: &Value| it["_embedded"]["groups"].to_string().contains(member.as_str().unwrap());
    assert_eq!(ids(&all(&format!("activities?member={}", member.as_str().unwrap()))), matching(&has));
    let group = one["groups"][0]["id"].as_str().unwrap();
    assert_eq!(ids(&all(&format!("activities?group={group}"))), [one["id"].clone()]);
    let school = one["organisation"]["id"].as_str().unwrap();
    let there = |it: &Value| it["organisation"]["id"] == school;
    assert_eq!(ids(&all(&format!("activities?organisation={school}"))), matching(&there));
    assert_eq!(found(&format!("activities/{}", one["id"].as_str().unwrap()))["id"], one["id"]);
}
