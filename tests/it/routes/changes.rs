//! `/deletedEntities`, `/subscriptions`, `/log` and `/statistics`.

use serde_json::{Value, json};

use super::get;
use crate::server::{Answer, demo, request};

fn ask(method: &str, path: &str, body: &Value) -> Answer {
    let headers = [("Authorization", "Bearer demo"), ("Content-Type", "application/json")];
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    demo().exchange(&request(method, &format!("/ss12000/v2.0/{path}"), &headers, &body))
}

fn subscription(target: &str) -> Value {
    json!({ "name": "n", "target": target, "resourceTypes": ["Person", { "resource": "Group" }] })
}

#[test]
fn a_subscription_is_made_shown_renewed_and_ended() {
    let made = ask("POST", "subscriptions", &subscription("https://1.1.1.1/notices"));
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let path = format!("subscriptions/{}", made["id"].as_str().unwrap());
    assert_eq!(get(&path).json(), made);
    let list = get("subscriptions?limit=1000").json();
    assert!(list["data"].as_array().unwrap().contains(&made) && list["pageToken"].is_null());
    let renewed = ask("PATCH", &path, &json!({ "expires": "2000-01-01T00:00:00Z" }));
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    assert!(renewed.json()["expires"].as_str() >= made["expires"].as_str(), "what the body says does not count");
    let ended = ask("DELETE", &path, &Value::Null);
    assert_eq!((ended.status, ended.text()), (204, ""));
    for gone in [get(&path), ask("DELETE", &path, &Value::Null), ask("PATCH", &path, &Value::Null)] {
        assert_eq!((gone.status, gone.text()), (404, ""));
    }
    assert_eq!(get("subscriptions/17").json()["code"], "INVALID_ID");
}

#[test]
fn notices_are_not_sent_inside() {
    for target in [
        "http://1.1.1.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://u:p@1.1.1.1/",
        "https://1.1.1.1/#x",
        "https://2130706433/",
        "nope",
    ] {
        let answer = ask("POST", "subscriptions", &subscription(target));
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("INVALID_TARGET")), "{target}");
        assert!(!answer.text().contains(target), "{}", answer.text());
    }
    let answer = ask("POST", "subscriptions", &json!({ "name": "n" }));
    assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("INVALID_BODY")));
}

/// What the document asks of a body is what is asked of it: each property that must be there, and each length.
#[test]
fn the_document_and_the_bodies_agree() {
    let document = demo().get("/openapi/ss12000.json", &[]).json();
    let log = json!({ "message": "hm", "severityLevel": "Info" });
    let counts = json!({ "resourceType": "Person", "newCount": 1, "updatedCount": 2, "deletedCount": 3 });
    let to = subscription("https://1.1.1.1/bodies");
    for (path, schema, body) in [
        ("log", "LogEntry", log),
        ("statistics", "StatisticsEntry", counts),
        ("subscriptions", "CreateSubscription", to),
    ] {
        let schema = &document["components"]["schemas"][schema];
        let mut required: Vec<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        required.sort_unstable();
        let mut given: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        given.sort_unstable();
        assert_eq!(given, required, "{path}");
        for name in required {
            let mut less = body.clone();
            less[name] = Value::Null;
            assert_eq!(ask("POST", path, &less).status, 400, "{path} without {name}");
        }
        for (name, property) in schema["properties"].as_object().unwrap() {
            let Some(most) = property["maxLength"].as_u64().filter(|_| property["format"].is_null()) else { continue };
            for (length, is_taken) in [(most, true), (most + 1, false)] {
                let mut long = body.clone();
                long[name] = "æ".repeat(usize::try_from(length).unwrap()).into();
                let answer = ask("POST", path, &long);
                assert_eq!(answer.status, if is_taken { 201 } else { 400 }, "{path} {name} {length}");
                if path == "subscriptions" && is_taken {
                    ask("DELETE", &format!("subscriptions/{}", answer.json()["id"].as_str().unwrap()), &Value::Null);
                }
            }
        }
    }
}

#[test]
fn reports_are_taken_with_a_slash_and_without() {
    let log = json!({ "message": "hm", "severityLevel": "Info" });
    let counts = json!({ "resourceType": "Person", "newCount": 1, "updatedCount": 2, "deletedCount": 3 });
    for (path, body) in [("log", &log), ("log/", &log), ("statistics", &counts), ("statistics/", &counts)] {
        let answer = ask("POST", path, body);
        assert_eq!((answer.status, answer.text()), (201, ""), "{path}");
    }
    assert_eq!(ask("POST", "log/", &counts).json()["code"], "INVALID_BODY");
}

/// A whole number is whole with a point and zeros too, as clients write it whose language knows one kind of number.
#[test]
fn counts_are_whole_numbers_however_they_are_written() {
    let statistics = |count: &str| {
        let body =
            r#"{"resourceType":"Person","newCount":COUNT,"updatedCount":0,"deletedCount":0}"#.replace("COUNT", count);
        let headers = [("Authorization", "Bearer demo"), ("Content-Type", "application/json")];
        let answer = demo().exchange(&request("POST", "/ss12000/v2.0/statistics", &headers, body.as_bytes()));
        (answer.status, answer.text().contains("INVALID_BODY"))
    };
    for whole in ["7", "7.0", "7e2", "0.0", "-0", "2251799813685247.0", "18446744073709551615"] {
        assert_eq!(statistics(whole), (201, false), "{whole}");
    }
    for other in ["7.5", "-1", "-1.0", "1e300", "18446744073709551616", "\"7\"", "null", "[]"] {
        assert_eq!(statistics(other), (400, true), "{other}");
    }
}

#[test]
fn nothing_has_gone_yet() {
    for query in ["", "?after=2020-01-01T00:00:00.1234567%2B02:00", "?entities=Person,Duty&entities=Grade&limit=1"] {
        assert_eq!(get(&format!("deletedEntities{query}")).json(), json!({ "data": {}, "pageToken": null }), "{query}");
    }
    assert_eq!(get("deletedEntities?entities=Dog").json()["code"], "INVALID_FILTER");
    assert_eq!(get("deletedEntities?after=2026-02-30").json()["code"], "INVALID_FILTER");
}
