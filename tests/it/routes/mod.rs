//! The paths of SS12000: what is found there, by whom, and what is refused. One file a resource, as the paths are.

use serde_json::Value;
use skolebro::{
    domain::{OrganisationNumber, UserId},
    standards::ss12000::ids::{DEFAULT_NAMESPACE, Mint, PersonKey},
};

use crate::server::{Answer, demo, request};

mod activities;
mod changes;
mod clients;
mod document;
mod duties;
mod filters;
mod groups;
mod hostile;
mod look_ups;
mod organisations;
mod pages;
mod persons;
mod protected;
mod relations;
mod scopes;
mod semantics;

const RESOURCES: [&str; 6] = ["organisations", "persons", "groups", "duties", "placements", "activities"];

fn get_as(token: &str, path: &str) -> Answer {
    demo().get(&format!("/ss12000/v2.0/{path}"), &[("Authorization", &format!("Bearer {token}"))])
}

fn get(path: &str) -> Answer {
    get_as("demo", path)
}

/// The JSON of a path that must be there.
fn found(path: &str) -> Value {
    let answer = get(path);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/json")),
        "{path}: {}",
        answer.text()
    );
    answer.json()
}

/// Every object of a resource.
fn all(resource: &str) -> Vec<Value> {
    let Value::Array(all) = found(resource)["data"].take() else { panic!("{resource} has no data") };
    all
}

/// The only object with this value behind this name.
fn one<'a>(all: &'a [Value], name: &str, value: &str) -> &'a Value {
    let mut with = all.iter().filter(|it| it[name] == value);
    let first = with.next().unwrap_or_else(|| panic!("nothing has {name} = {value}"));
    assert!(with.next().is_none(), "more than one has {name} = {value}");
    first
}

fn person(school: &'static str, user: &'static str) -> String {
    Mint::new(DEFAULT_NAMESPACE)
        .person(&OrganisationNumber::new(school), PersonKey::User(&UserId::new(user)))
        .to_string()
}

#[test]
fn every_object_of_a_list_is_found_by_its_id() {
    for resource in RESOURCES {
        let all = all(resource);
        assert!(!all.is_empty(), "{resource}");
        for object in all.iter().step_by(all.len() / 5 + 1) {
            let path = format!("{resource}/{}", object["id"].as_str().unwrap());
            assert_eq!(&found(&path), object, "{path}");
        }
    }
}

#[test]
fn pages_together_are_the_list() {
    for resource in RESOURCES {
        let (mut paged, mut next) = (Vec::new(), format!("{resource}?limit=20"));
        loop {
            let mut page = found(&next);
            let Value::Array(data) = page["data"].take() else { panic!("{next}") };
            assert!(data.len() <= 20);
            paged.extend(data);
            let Some(token) = page["pageToken"].as_str() else { break };
            next = format!("{resource}?limit=20&pageToken={token}");
        }
        assert_eq!(paged, all(resource), "{resource}");
    }
}

#[test]
fn a_slash_at_the_end_does_not_matter() {
    for resource in RESOURCES {
        assert_eq!(get(&format!("{resource}/")).text(), get(resource).text());
        let id = all(resource)[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(get(&format!("{resource}/{id}/")).text(), get(&format!("{resource}/{id}")).text());
    }
}

#[test]
fn who_calls_must_say_so() {
    for path in ["organisations", "persons", "persons/x", "nope"] {
        for headers in [&[][..], &[("Authorization", "Bearer nobody")], &[("Authorization", "Basic ZGVtbw==")]] {
            let answer = demo().get(&format!("/ss12000/v2.0/{path}"), headers);
            assert_eq!((answer.status, answer.header("content-type")), (401, Some("application/json")), "{path}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"skolebro\""));
            assert_eq!(answer.json()["code"], "UNAUTHENTICATED");
        }
    }
}

/// A 404 says nothing, so that it does not tell what exists and may not be seen.
#[test]
fn what_is_not_there_is_not_found_and_has_no_body() {
    let mut paths =
        vec!["nope".to_owned(), String::new(), "persons/x/y".to_owned(), "Persons".to_owned(), "persons%2F".to_owned()];
    paths.extend(RESOURCES.map(|it| format!("{it}/00000000-0000-4000-8000-000000000000")));
    // The id of a person is no group.
    paths.push(format!("groups/{}", person("999001", "alma0001")));
    for path in paths {
        let answer = get(&path);
        assert_eq!((answer.status, answer.text(), answer.header("content-type")), (404, "", None), "{path}");
    }
}

#[test]
fn wrong_questions_are_told_what_is_wrong() {
    let paths = [
        "persons?nope=1",
        "persons?limit=0",
        "persons?limit=-1",
        "persons?limit=many",
        "persons?limit=1&limit=2",
        "persons?limit=",
        "persons?pageToken=nope",
        "persons?pageToken=",
        "persons?expandReferenceNames=perhaps",
        "persons/not-a-uuid",
        "persons/%00",
        "organisations/999001",
        "groups?limit=1&nope",
        "persons?civicno=6101011234",
        "persons?meta.created.before=2026-02-30T00:00:00Z",
        "persons?meta.created.before=2026-02-28",
        "placements?startDate.onOrBefore=2026-02-30",
        "duties?dutyRole=L%C3%A4rer",
        "groups?groupType=Klass,klass",
        "groups?organisation=3564439",
        "persons?sortkey=NameAsc",
        "persons?expand=enrolments",
        "persons?expand=duties,",
        "persons?relationship.entity.type=anything",
        "organisations?expand=duties",
        "deletedEntities?after=yesterday",
        "deletedEntities?entities=Pupil",
        "deletedEntities?meta.created.after=2026-01-01T00:00:00Z",
    ];
    let mut out = String::new();
    for path in paths {
        let answer = get(path);
        assert_eq!((answer.status, answer.header("content-type")), (400, Some("application/json")), "{path}");
        let error = answer.json();
        assert!(
            error["code"].is_string() && error["message"].is_string() && error.as_object().unwrap().len() == 2,
            "{path}"
        );
        out.push_str(&format!("{path}\n  {} {}\n", error["code"], error["message"]));
    }
    insta::assert_snapshot!("wrong-questions", out);
}

#[test]
fn the_paths_can_only_be_read() {
    let token = ("Authorization", "Bearer demo");
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = demo().exchange(&request(method, "/ss12000/v2.0/persons", &[token], b"{}"));
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
        assert_eq!(answer.json()["code"], "METHOD_NOT_ALLOWED");
    }
    for path in ["persons", &format!("persons/{}", person("999001", "alma0001"))] {
        let head = demo().exchange(&request("HEAD", &format!("/ss12000/v2.0/{path}"), &[token], b""));
        let length = get(path).body.len().to_string();
        assert_eq!((head.status, head.header("content-length")), (200, Some(length.as_str())), "{path}");
    }
    let head = demo().exchange(&request("HEAD", "/ss12000/v2.0/nope", &[token], b""));
    assert_eq!(head.status, 404);
}

/// Every reference of an object leads to an object.
#[test]
fn references_lead_somewhere() {
    let ids: Vec<String> =
        RESOURCES.iter().flat_map(|it| all(it)).map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    let mut seen = 0;
    for object in RESOURCES.iter().flat_map(|it| all(it)) {
        references(&object, true, &mut |id| {
            seen += 1;
            assert!(ids.iter().any(|it| it == id), "{object} refers to {id}");
        });
    }
    assert!(seen > 500, "only {seen} references");
}

fn references(value: &Value, is_root: bool, told: &mut impl FnMut(&str)) {
    match value {
        Value::Object(properties) => {
            if let Some(id) = properties.get("id").and_then(Value::as_str).filter(|_| !is_root) {
                told(id);
            }
            properties.values().for_each(|it| references(it, false, told));
        }
        Value::Array(values) => values.iter().for_each(|it| references(it, false, told)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
