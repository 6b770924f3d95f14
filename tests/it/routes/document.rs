//! What the face tells of itself: the OpenAPI document, the capabilities page, and the operations that are not served.

use serde_json::Value;
use skolebro::standards::ss12000::serve::{operation::What, routes::OPERATIONS};

use super::get;
use crate::server::{demo, request};

#[test]
fn every_operation_of_the_standard_is_in_the_table() {
    let answer = demo().get("/ss12000/v2.0/capabilities", &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let told = answer.json();
    let operations = told["operations"].as_array().unwrap();
    assert_eq!(operations.len(), 69);
    for it in operations {
        assert_eq!(it["served"] == true, it["reason"].is_null(), "{it}");
    }
    let text = demo().get("/ss12000/v2.0/capabilities/", &[("Accept", "text/plain")]);
    assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(text.text().matches("\n  ").count(), 69);
}

#[test]
fn what_is_not_served_is_not_found_and_has_no_body() {
    for it in OPERATIONS.iter().filter(|it| matches!(it.what, What::Absent(_))) {
        let path = it.path.replace("{id}", "00000000-0000-4000-8000-000000000000");
        let sent = request(it.method, &format!("/ss12000/v2.0{path}"), &[("Authorization", "Bearer demo")], b"{}");
        let answer = demo().exchange(&sent);
        assert_eq!(
            (answer.status, answer.text(), answer.header("content-type")),
            (404, "", None),
            "{} {path}",
            it.method
        );
    }
}

#[test]
fn a_path_tells_its_methods() {
    for (method, path, allowed) in [
        ("DELETE", "persons", "GET, HEAD"),
        ("GET", "groups/lookup", "POST"),
        ("PUT", "groups/lookup/", "POST"),
        ("PUT", "subscriptions", "GET, HEAD, POST"),
        ("POST", "subscriptions/00000000-0000-4000-8000-000000000000", "GET, HEAD, PATCH, DELETE"),
        ("GET", "log/", "POST"),
        ("POST", "deletedEntities", "GET, HEAD"),
        ("POST", "capabilities", "GET, HEAD"),
    ] {
        let sent = request(method, &format!("/ss12000/v2.0/{path}"), &[("Authorization", "Bearer demo")], b"");
        let answer = demo().exchange(&sent);
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{method} {path}");
        assert_eq!(answer.json()["code"], "METHOD_NOT_ALLOWED");
    }
}

/// Each parameter of the document is one that the operation knows, and what the document leaves out is refused.
#[test]
fn the_document_and_the_operations_agree() {
    let document = demo().get("/openapi/ss12000.json", &[]).json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        if path == "/subscriptions" {
            continue; // kept by a store, of which the server of these tests has none
        }
        let Some(parameters) = operations["get"]["parameters"].as_array().filter(|_| !path.contains('{')) else {
            continue;
        };
        for it in parameters.iter().filter(|it| it["name"] != "pageToken") {
            let query = format!("{}?{}={}", &path[1..], it["name"].as_str().unwrap(), example(&it["schema"]));
            asked += 1;
            assert_eq!(get(&query).status, 200, "{query}");
        }
        let answer = get(&format!("{}?notInTheDocument=1", &path[1..]));
        assert_eq!(answer.status, 400, "{path}");
    }
    assert!(asked > 80, "only {asked} parameters");
}

fn example(schema: &Value) -> String {
    if schema["type"] == "array" {
        return example(&schema["items"]);
    }
    if let Some(values) = schema["enum"].as_array() {
        let value = values[0].as_str().unwrap();
        return percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string();
    }
    match (schema["type"].as_str().unwrap(), schema["format"].as_str()) {
        ("integer", _) => "1".to_owned(),
        ("boolean", _) => "true".to_owned(),
        (_, Some("uuid")) => "00000000-0000-4000-8000-000000000000".to_owned(),
        (_, Some("date")) => "2026-08-01".to_owned(),
        (_, Some("date-time")) => "2026-08-01T00:00:00Z".to_owned(),
        _ => "x".to_owned(),
    }
}
