//! Every SS12000 object that we write is one of SS12000 2.1: checked against `ss12000.schema.json`, which says no less than the standard.

use std::{fs, future::Future};

use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;
use serde_json::{Value, json};
use skolebro::{
    crosswalk::Trail,
    domain::{Coded, Roster, Snapshot},
    source::told::Told,
    standards::{
        ss12000::{
            context::{Context, Options, Rights},
            serve::{
                Choices, Request, Service, openapi,
                operation::{Type, What},
                routes::OPERATIONS,
            },
            view::Caller,
        },
        unilogin::stream,
    },
    store::Memory,
};

use crate::{
    crossing,
    messages::{CONTRACTS, INST6, Message, envelopes, folder_of},
    rosters,
};

#[test]
fn objects_of_the_journeys_are_of_the_standard() {
    let schema = schema();
    let mut count = 0;
    for contract in CONTRACTS.iter().copied() {
        for (path, text) in envelopes(&folder_of(contract), "response.xml") {
            let message = Message::decode(contract, &text).unwrap();
            let Some(hub) = message.hub(&mut Trail::silent()) else { continue };
            for object in hub.ss12000(&Options::default(), Rights::ALL, &mut Trail::silent()) {
                count += 1;
                assert_eq!(schema.mistakes(&object), [""; 0], "{path}");
            }
        }
    }
    assert!(count > 200, "only {count} objects");
}

#[test]
fn objects_of_the_demo_municipality_are_of_the_standard() {
    let schema = schema();
    let text = fs::read_to_string("fixtures/demo/institutions.xml").unwrap();
    let institutions = Message::decode(INST6, &text).unwrap().hub(&mut Trail::silent()).unwrap();
    let mut kinds = std::collections::BTreeMap::new();
    for (mut roster, _) in institutions.rosters() {
        let path = format!("fixtures/demo/{}.xml", roster.organisation.number.as_str());
        if let Ok(text) = fs::read_to_string(path) {
            let read = stream::read_whole(&text, &mut Trail::silent()).unwrap();
            (roster.sources, roster.groups, roster.members) = (read.sources, read.groups, read.members);
        }
        for object in objects(&roster) {
            *kinds.entry(object["type"].as_str().unwrap().to_owned()).or_insert(0) += 1;
            assert_eq!(schema.mistakes(&object), [""; 0], "{object}");
        }
    }
    for (kind, least) in [("Organisation", 14), ("Person", 260), ("Group", 60), ("Duty", 40), ("Placement", 30)] {
        assert!(kinds[kind] >= least, "only {} of {kind}", kinds[kind]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn objects_of_any_roster_are_of_the_standard(mut roster in rosters::loose_roster()) {
        roster.organisation.web = Some("se vores side".into());
        roster.organisation.email = Some("kontoret".into());
        roster.organisation.administrative_municipality = Coded { code: Some("320".into()), name: None };
        let schema = schema();
        for object in objects(&roster) {
            prop_assert_eq!(schema.mistakes(&object), [""; 0], "{}", object);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: generated(), failure_persistence: None, ..ProptestConfig::default() })]

    /// What is served of any roster, with everything that can be put into it, and to whoever may see more or less of it.
    #[test]
    fn answers_about_any_roster_are_of_the_standard(roster in rosters::loose_roster(), all in any::<bool>()) {
        let schema = schema();
        let options = Options { authority: all, principal_scope: all.then(|| "unilogin.example".to_owned()), ..Options::default() };
        let service = Service::new(options, Choices::default());
        let source = Memory::new([Snapshot::new(roster)]);
        let caller = Caller { rights: if all { Rights::ALL } else { Rights::default() }, institutions: None, ..Caller::default() };
        for operation in OPERATIONS.iter() {
            let What::List(kind) = operation.what else { continue };
            let expand = operation.parameters().into_iter().find(|it| it.name == "expand").map(|it| it.of);
            let every: Vec<(&str, &str)> = match expand {
                Some(Type::Of(names)) if all => names.iter().map(|it| ("expand", *it)).collect(),
                _ => Vec::new(),
            };
            let query = [&[("expandReferenceNames", if all { "true" } else { "false" })], &every[..]].concat();
            let asking = Asking { service: &service, source: &source, query: &query, caller: &caller };
            let resource = &operation.path[1..];
            let list = asking.answer("GET", &[resource], b"");
            prop_assert_eq!(schema.mistakes(&of_type("Page", &list)), [""; 0]);
            prop_assert!(list["pageToken"].is_null());
            let listed = list["data"].as_array().unwrap();
            for object in listed {
                let object = of_type(&format!("{kind:?}"), object);
                prop_assert_eq!(schema.mistakes(&object), [""; 0], "{}", object);
                prop_assert_eq!(misnamed(&object, all), None, "{}", object);
                for (_, name) in every.iter().filter(|it| !["person", "child", "syllabus"].contains(&it.1)) {
                    prop_assert!(object["_embedded"][name].is_array(), "{} of {}", name, object);
                }
            }
            let ids: Vec<&Value> = listed.iter().map(|it| &it["id"]).collect();
            let looked_up = asking.answer("POST", &[resource, "lookup"], json!({ "ids": ids }).to_string().as_bytes());
            prop_assert_eq!(&looked_up, &list["data"]);
            for one in listed.iter().take(1).chain(listed.iter().skip(1).next_back()) {
                prop_assert_eq!(&asking.answer("GET", &[resource, one["id"].as_str().unwrap()], b""), one);
            }
        }
    }
}

fn of_type(kind: &str, object: &Value) -> Value {
    let mut object = object.clone();
    object["type"] = kind.into();
    object
}

/// A reference that has a name although nobody asked, or has none although somebody did. References are what has an id and no meta.
fn misnamed(value: &Value, asked: bool) -> Option<&Value> {
    let is_reference = value.get("id").is_some() && value.get("meta").is_none();
    if is_reference && value.get("displayName").is_some() != asked {
        return Some(value);
    }
    let mut below: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Object(properties) => Box::new(properties.values()),
        Value::Array(values) => Box::new(values.iter()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    below.find_map(|it| misnamed(it, asked))
}

/// How many rosters are made: few in a test run; `cargo xtask rosters` says how many else.
#[allow(clippy::disallowed_methods)] // the developer's wish, not the product's configuration
fn generated() -> u32 {
    std::env::var("SKOLEBRO_ROSTERS").ok().and_then(|it| it.parse().ok()).unwrap_or(24)
}

/// Who asks whom, with what.
struct Asking<'a> {
    service: &'a Service,
    source: &'a Memory,
    query: &'a [(&'a str, &'a str)],
    caller: &'a Caller,
}

impl Asking<'_> {
    /// Neither the source nor the service waits for anything.
    fn answer(&self, method: &str, path: &[&str], body: &[u8]) -> Value {
        let Self { service, source, query, caller } = *self;
        let (now, told) = (DateTime::from_timestamp(1_800_000_000, 0).unwrap(), Told::default());
        let request = Request { method, path, query, body, caller, name: "tester", now, told: &told };
        let mut answering = std::pin::pin!(service.answer(source, request));
        match answering.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
            std::task::Poll::Ready(answer) => serde_json::from_slice(&answer.unwrap().body).unwrap(),
            std::task::Poll::Pending => panic!("{path:?} waits"),
        }
    }
}

/// The objects of a roster for a deployment that says little, and for one that says all it can.
fn objects(roster: &Roster<'_>) -> Vec<Value> {
    let all = Options {
        school_unit_code: true,
        authority: true,
        principal_scope: Some("unilogin.example".to_owned()),
        other_adults: true,
        ..Options::default()
    };
    let mut lines = String::new();
    for (options, rights, names) in [(&Options::default(), Rights::default(), false), (&all, Rights::ALL, true)] {
        let context = Context::new(roster, options, rights).with_reference_names(names);
        lines.push_str(&crossing::ss12000(roster, Some(false), &context, &mut Trail::silent()));
    }
    lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

/// As much of JSON Schema as the schema beside this file needs.
struct Schema(Value);

fn schema() -> Schema {
    Schema(serde_json::from_str(&fs::read_to_string("tests/it/ss12000.schema.json").unwrap()).unwrap())
}

impl Schema {
    /// What is wrong with an object that says its type.
    fn mistakes(&self, object: &Value) -> Vec<String> {
        let mut object = object.clone();
        let kind = object.as_object_mut().unwrap().shift_remove("type").unwrap();
        let kind = kind.as_str().unwrap();
        let mut found = Vec::new();
        if let Some(embedded) = object.as_object_mut().unwrap().shift_remove("_embedded") {
            let name = format!("{kind}Embedded");
            self.check(&embedded, &self.0["definitions"][&name], &name, &mut found);
        }
        self.check(&object, &self.0["definitions"][kind], kind, &mut found);
        found
    }

    fn check(&self, value: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            return self.check(value, self.0.pointer(&name[1..]).unwrap(), at, found);
        }
        let mut wrong = |what: String| found.push(format!("{at}: {what}"));
        let fits = |kind: &Value| match kind.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("the type {other} is not looked at"),
        };
        let fits = schema["type"].as_array().map_or_else(|| fits(&schema["type"]), |all| all.iter().any(fits));
        if !fits {
            return wrong(format!("no {}", schema["type"]));
        }
        if let Some(values) = schema["enum"].as_array().filter(|it| !it.contains(value)) {
            wrong(format!("{value} is not one of {}", json!(values)));
        }
        let below = schema["minimum"].as_i64().is_some_and(|it| value.as_i64() < Some(it));
        if below || schema["maximum"].as_i64().is_some_and(|it| value.as_i64() > Some(it)) {
            wrong(format!("{value} is out of range"));
        }
        if let Some(format) =
            schema["format"].as_str().filter(|it| !is_of_format(value.as_str().unwrap_or_default(), it))
        {
            wrong(format!("{value} is no {format}"));
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if value.get(name).is_none() {
                wrong(format!("{name} is missing"));
            }
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(schema) => self.check(value, schema, &format!("{at}/{name}"), found),
                None => found.push(format!("{at}: {name} is none of its properties")),
            }
        }
        if value.as_array().is_some_and(|it| (it.len() as u64) < schema["minItems"].as_u64().unwrap_or(0)) {
            found.push(format!("{at}: too few"));
        }
        let items = value.as_array().filter(|_| schema["items"].is_object());
        for (n, item) in items.into_iter().flatten().enumerate() {
            self.check(item, &schema["items"], &format!("{at}/{n}"), found);
            if schema["uniqueItems"] == true && value.as_array().is_some_and(|all| all[..n].contains(item)) {
                found.push(format!("{at}: {item} twice"));
            }
        }
    }
}

fn is_of_format(text: &str, format: &str) -> bool {
    match format {
        "uuid" => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
        "date" => text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
        "date-time" => DateTime::parse_from_rfc3339(text).is_ok(),
        "email" => text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace) && !domain.contains('@')
        }),
        "uri" => {
            text.is_ascii()
                && text.split_once(':').is_some_and(|it| !it.1.is_empty())
                && !text.contains([' ', '<', '>', '"'])
        }
        other => panic!("the format {other} is not looked at"),
    }
}

/// A law that is never broken may be a check that never looks.
#[test]
fn the_check_would_see_what_is_wrong() {
    let person = json!({
        "type": "Person", "id": "1", "meta": {"created": "2026-01-01T00:00:00Z"}, "givenName": 7, "nickname": "",
        "sex": "?", "birthDate": "2026-02-30", "emails": [{"value": "a b@c", "type": "Privat"}],
        "eduPersonPrincipalNames": ["a", "a"], "photo": "a.jpg",
    });
    let expected = [
        "Person: familyName is missing",
        "Person/id: \"1\" is no uuid",
        "Person/meta: modified is missing",
        "Person/givenName: no \"string\"",
        "Person: nickname is none of its properties",
        "Person/sex: \"?\" is not one of [\"Man\",\"Kvinna\",\"Okänt\"]",
        "Person/birthDate: \"2026-02-30\" is no date",
        "Person/emails/0/value: \"a b@c\" is no email",
        "Person/eduPersonPrincipalNames: \"a\" twice",
        "Person/photo: \"a.jpg\" is no uri",
    ];
    assert_eq!(schema().mistakes(&person), expected);
}

/// What the document that we serve says of an object, the standard says too: each property, how it looks, and that it is required.
#[test]
fn the_document_says_what_the_standard_says() {
    let (facts, document) = (schema().0, openapi::document("/v2.0"));
    let described = document["components"]["schemas"].as_object().unwrap();
    let mut properties = 0;
    for (name, schema) in described {
        let fact = &facts["definitions"][name];
        if fact.is_null() {
            continue;
        }
        let required = |of: &Value| of["required"].as_array().unwrap().clone();
        for name in required(fact) {
            assert!(required(schema).contains(&name), "{name} is required");
        }
        for (property, of) in schema["properties"].as_object().unwrap() {
            properties += 1;
            let fact = resolved(&facts, &fact["properties"][property]);
            let of = resolved(&document, of);
            for key in ["type", "format", "enum"] {
                assert_eq!(of.get(key), fact.get(key), "{name}/{property}: {key}");
            }
            for key in ["minItems", "uniqueItems"].into_iter().filter(|it| fact.get(it).is_some()) {
                assert_eq!(of.get(key), fact.get(key), "{name}/{property}: {key}");
            }
        }
    }
    assert!(properties > 100, "only {properties} properties were compared");
}

fn resolved<'v>(all: &'v Value, of: &'v Value) -> &'v Value {
    of["$ref"].as_str().map_or(of, |it| all.pointer(&it[1..]).unwrap())
}

/// Every reference of the document leads somewhere, no operation has the name of another, and all that are served are there.
#[test]
fn the_document_is_whole() {
    let document = openapi::document("/v2.0");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let to = reference.split('"').next().unwrap();
        assert!(document.pointer(to).is_some(), "{to}");
    }
    let mut names: Vec<&str> =
        text.split("\"operationId\":\"").skip(1).map(|it| it.split('"').next().unwrap()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), count), (count, OPERATIONS.iter().filter(|it| it.is_served()).count()));
}
