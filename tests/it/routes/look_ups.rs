//! `/{resource}/lookup`: many objects at once, and bodies that are none.

use serde_json::{Value, json};

use super::{RESOURCES, all, get};
use crate::server::{Answer, Server, demo, request};

fn post(path: &str, body: &[u8]) -> Answer {
    post_as("demo", path, "application/json", body)
}

fn post_as(token: &str, path: &str, media_type: &str, body: &[u8]) -> Answer {
    let headers = [("Authorization", &*format!("Bearer {token}")), ("Content-Type", media_type)];
    demo().exchange(&request("POST", &format!("/ss12000/v2.0/{path}"), &headers, body))
}

fn found(path: &str, body: &Value) -> Vec<Value> {
    let answer = post(path, body.to_string().as_bytes());
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    let Value::Array(found) = answer.json() else { panic!("{path} answers no list") };
    found
}

#[test]
fn objects_are_found_by_their_ids_in_the_order_of_the_list() {
    for resource in RESOURCES {
        let mut some: Vec<Value> = all(resource).into_iter().step_by(3).collect();
        let mut ids: Vec<Value> = some.iter().map(|it| it["id"].clone()).collect();
        ids.reverse();
        ids.push("00000000-0000-4000-8000-000000000000".into());
        ids.push(ids[0].clone());
        for path in [format!("{resource}/lookup"), format!("{resource}/lookup/")] {
            assert_eq!(found(&path, &json!({ "ids": ids })), some, "{path}");
        }
        some.clear();
        assert_eq!(found(&format!("{resource}/lookup"), &json!({})), some);
    }
}

#[test]
fn keys_of_all_kinds_are_joined() {
    let persons = all("persons");
    let one = persons.iter().find(|it| it["civicNo"].is_object()).unwrap();
    let number = one["civicNo"]["value"].as_str().unwrap();
    let hyphened = format!("{}-{}", &number[..6], &number[6..]);
    let other = persons.iter().find(|it| it["id"] != one["id"]).unwrap();
    let both = found("persons/lookup", &json!({ "civicNos": [hyphened], "ids": [other["id"]] }));
    assert_eq!(both.len(), 2);
    assert!(both.contains(one) && both.contains(other));
    let schools = found("organisations/lookup", &json!({ "organisationCodes": ["999001", "999002", "nope"] }));
    assert_eq!(schools.len(), 2);
    let placement = all("placements").remove(0);
    assert!(found("placements/lookup", &json!({ "personIds": [placement["child"]["id"]] })).contains(&placement));
    let activity = all("activities").remove(0);
    let teacher = &activity["teachers"][0]["duty"]["id"];
    let taught = found("activities/lookup", &json!({ "teachers": [teacher] }));
    assert!(
        taught.contains(&activity)
            && taught.iter().all(|it| it["teachers"].to_string().contains(teacher.as_str().unwrap()))
    );
    let expanded = found("persons/lookup?expand=duties&expandReferenceNames=true", &json!({ "ids": [one["id"]] }));
    assert!(expanded[0]["_embedded"]["duties"].is_array());
}

#[test]
fn who_may_not_see_numbers_finds_nobody_by_them() {
    let persons = all("persons");
    let number = persons.iter().find_map(|it| it.pointer("/civicNo/value")).unwrap();
    let body = json!({ "civicNos": [number] }).to_string();
    assert_eq!(post_as("demo-minimal", "persons/lookup", "application/json", body.as_bytes()).json(), json!([]));
}

/// Nothing of what was sent comes back.
#[test]
fn bodies_that_are_none_are_refused() {
    let deep = format!("{{\"ids\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let many = json!({ "ids": vec!["00000000-0000-4000-8000-000000000000"; 10_001] }).to_string();
    let bodies: [(&str, &str, u16, &str); 12] = [
        ("persons/lookup", "", 400, "INVALID_BODY"),
        ("persons/lookup", "[]", 400, "INVALID_BODY"),
        ("persons/lookup", "{\"ids\":\"hemmelig\"}", 400, "INVALID_BODY"),
        ("persons/lookup", "{\"ids\":[\"hemmelig\"]}", 400, "INVALID_BODY"),
        ("persons/lookup", "{\"ids\":[17]}", 400, "INVALID_BODY"),
        ("persons/lookup", "{\"ids\":null}", 400, "INVALID_BODY"),
        ("persons/lookup", "{\"hemmelig\":[]}", 400, "INVALID_BODY"),
        ("duties/lookup", "{\"civicNos\":[]}", 400, "INVALID_BODY"),
        ("persons/lookup", "{\"ids\":[]", 400, "INVALID_BODY"),
        ("persons/lookup", &deep, 400, "INVALID_BODY"),
        ("persons/lookup", &many, 503, "TOO_LARGE"),
        ("persons/lookup?hemmelig=1", "{}", 400, "INVALID_FILTER"),
    ];
    for (path, body, status, code) in bodies {
        let answer = post(path, body.as_bytes());
        let told = &body[..body.len().min(40)];
        assert_eq!((answer.status, &answer.json()["code"]), (status, &code.into()), "{path} {told}");
        assert!(!answer.text().contains("hemmelig"), "{told}");
    }
    let answer = post_as("demo", "persons/lookup", "text/xml", b"{}");
    assert_eq!((answer.status, &answer.json()["code"]), (415, &"UNSUPPORTED_MEDIA_TYPE".into()));
    assert_eq!((get("persons/lookup").status, get("persons/lookup").header("allow")), (405, Some("POST")));
}

/// Java's client offers HTTP/2 on every request in clear text.
#[test]
fn an_offer_of_http_2_is_passed_over() {
    let headers = [
        ("Authorization", "Bearer demo"),
        ("Content-Type", "application/json"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
    ];
    let answer = demo().exchange(&request("POST", "/ss12000/v2.0/groups/lookup", &headers, b"{\"ids\":[]}"));
    assert_eq!((answer.status, answer.text()), (200, "[]"));
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let server = Server::start(|faces| faces.listen.body = 1000);
    let body = format!("{{\"ids\":[{}]}}", " ".repeat(1000));
    let headers = [("Authorization", "Bearer demo"), ("Content-Type", "application/json")];
    let answer = server.exchange(&request("POST", "/ss12000/v2.0/groups/lookup", &headers, body.as_bytes()));
    assert_eq!((answer.status, &answer.json()["code"]), (413, &"TOO_LARGE".into()));
}
