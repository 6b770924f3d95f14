//! Every operation of SS12000 and what it records: those that tell of people with everybody told of, the others nothing.

use skolebro::{
    caller::Scopes,
    standards::ss12000::{
        serve::{
            operation::{Operation, Type, What},
            routes::OPERATIONS,
        },
        view::Kind,
    },
};

use super::{
    faces::{Recorded, hex},
    *,
};
use crate::{
    callers::all,
    server::{Answer, request},
};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn ask(recorded: &Recorded, token: &str, method: &str, path: &str, body: &str) -> Answer {
    let token = format!("Bearer {token}");
    let headers = [("Authorization", &*token), ("Content-Type", "application/json")];
    recorded.server.exchange(&request(method, &format!("/ss12000/v2.0{path}"), &headers, body.as_bytes()))
}

/// A question to an operation that finds something and puts everything into its answer.
fn question(recorded: &Recorded, operation: &Operation) -> (String, String) {
    let resource = operation.path.split('/').nth(1).unwrap();
    let expand = operation.parameters().into_iter().find(|it| it.name == "expand").map(|it| it.of);
    let expand = match expand {
        Some(Type::Of(names)) => names.iter().map(|it| format!("&expand={it}")).collect(),
        _ => String::new(),
    };
    let query = if operation.parameters().iter().any(|it| it.name == "expandReferenceNames") {
        format!("?expandReferenceNames=true{expand}")
    } else {
        String::new()
    };
    let ids = || {
        let list = ask(recorded, "demo", "GET", &format!("/{resource}?limit=1000"), "").json();
        let ids: Vec<String> =
            list["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
        let _ = recorded.since();
        ids
    };
    match operation.what {
        What::One(_) => (format!("/{resource}/{}{query}", ids()[0]), String::new()),
        What::Lookup(_) => {
            (format!("/{resource}/lookup{query}"), serde_json::json!({ "ids": &ids()[..3] }).to_string())
        }
        What::Subscribe => (
            operation.path.to_owned(),
            r#"{"name":"n","target":"https://1.1.1.1/","resourceTypes":["Person"]}"#.to_owned(),
        ),
        What::Log => (operation.path.to_owned(), r#"{"message":"m","severityLevel":"Info"}"#.to_owned()),
        What::Statistics => {
            let counts = r#"{"resourceType":"Person","newCount":0,"updatedCount":0,"deletedCount":0}"#;
            (operation.path.to_owned(), counts.to_owned())
        }
        _ => (format!("{}{query}", operation.path.replace("{id}", NOBODY)), String::new()),
    }
}

#[test]
fn every_operation_that_tells_of_people_is_recorded_with_them() {
    let recorded = Recorded::new(&[]);
    let mut personal = 0;
    for operation in OPERATIONS.iter().filter(|it| it.is_served()) {
        let (path, body) = question(&recorded, operation);
        let answer = ask(&recorded, "demo", operation.method, &path, &body);
        let told = format!("{} {path}: {}", operation.method, answer.status);
        let (What::List(kind) | What::One(kind) | What::Lookup(kind)) = operation.what else {
            assert_eq!(recorded.since().len(), 0, "{told}");
            continue;
        };
        assert_eq!(answer.status, 200, "{told}");
        if kind == Kind::Organisation {
            assert_eq!(recorded.since().len(), 0, "{told}: institutions are not people");
            continue;
        }
        personal += 1;
        let (record, users) = recorded.one();
        let asked = operation.path.trim_start_matches('/');
        assert_eq!((record["operation"].as_str(), record["result"].as_str()), (Some(asked), Some("200")), "{told}");
        assert_eq!((record["who"].as_str(), record["decision"].as_str()), (Some("demo"), Some("allow")), "{told}");
        assert!(!users.is_empty() && !record["institutions"].as_array().unwrap().is_empty(), "{told}: {record}");
        let named = recorded.everybody.named(answer.text());
        assert!(named.is_subset(&users), "{told}: {:?} are not recorded", named.difference(&users));
        let shown = recorded.everybody.shown(answer.text());
        assert!(shown.is_subset(&users), "{told}: {:?} are not recorded", shown.difference(&users));
    }
    assert_eq!(personal, 15, "five kinds, each as a list, one by one, and looked up");
    assert_eq!(recorded.log.verify().broken, None);
}

/// Who was asked for by number or user id stands in the record, found or not, shown or not.
#[test]
fn who_is_asked_for_is_recorded() {
    let scopes = Scopes { civic_no: false, ..Scopes::ALL };
    let recorded = Recorded::new(&[("numberless", skolebro::caller::Rights { ss12000: scopes, ..all() })]);
    let key = recorded.log.key();
    let of = |number: &str| hex(key.number(&CivilId::danish(number).unwrap()).unwrap());
    let user = |user: &'static str| hex(key.user(&UserId::new(user)));
    let asked = |token: &str, path: &str, body: &str, expected: &[String]| {
        let method = if body.is_empty() { "GET" } else { "POST" };
        assert_eq!(ask(&recorded, token, method, path, body).status, 200, "{path}");
        let (record, _) = recorded.one();
        let marks: Vec<&str> = record["asked"].as_array().into_iter().flatten().filter_map(|it| it.as_str()).collect();
        assert_eq!(marks, expected, "{path}: {record}");
    };
    asked("demo", "/persons?civicNo=610110-4001", "", &[of("6101104001")]);
    asked("numberless", "/persons?civicNo=6101104001", "", &[of("6101104001")]);
    asked("demo", "/persons?identifier.value=alma0001", "", &[user("alma0001")]);
    let context = "identifier.context=https%3A%2F%2Funilogin.dk%2Funiid";
    asked("demo", &format!("/persons?identifier.value=nobody99&{context}"), "", &[user("nobody99")]);
    asked("demo", "/persons?eduPersonPrincipalName=alma0001%40elsewhere.example", "", &[]);
    asked("demo", "/persons?identifier.value=alma0001&identifier.context=urn%3Aother", "", &[]);
    asked("demo", "/persons?limit=1", "", &[]);
    let both = r#"{"civicNos":["6101104001","610110-4002","no number"]}"#;
    asked("numberless", "/persons/lookup", both, &[of("6101104001"), of("6101104002")]);
}

/// Whoever asks for somebody by an id that is known is recorded, even where the answer is that there is nobody.
#[test]
fn who_is_asked_for_by_id_is_recorded() {
    let elsewhere = skolebro::caller::Rights { institutions: Some(vec!["999005".to_owned()]), ..all() };
    let adultless = skolebro::caller::Rights { ss12000: Scopes { responsibles: false, ..Scopes::ALL }, ..all() };
    let recorded = Recorded::new(&[("elsewhere", elsewhere), ("adultless", adultless)]);
    let key = recorded.log.key();
    let user = |user: &str| hex(key.user(&UserId::new(user.to_owned())));
    let pupil = "/persons?relationship.entity.type=enrolment&identifier.value=alma0001";
    let alma = ask(&recorded, "demo", "GET", pupil, "").json()["data"][0].clone();
    let adults = "/persons?relationship.entity.type=responsibleFor.enrolment&expand=duties";
    let adults = ask(&recorded, "demo", "GET", adults, "").json();
    let has_none = |of: &serde_json::Value| of.as_array().is_some_and(Vec::is_empty);
    let is_only_that = |it: &&serde_json::Value| has_none(&it["_embedded"]["duties"]) && has_none(&it["enrolments"]);
    let adult = adults["data"].as_array().unwrap().iter().find(is_only_that).unwrap();
    let of = |person: &serde_json::Value| {
        let (id, user_id) = (&person["id"], &person["externalIdentifiers"][0]["value"]);
        (id.as_str().unwrap().to_owned(), user(user_id.as_str().unwrap()))
    };
    let _ = recorded.since();
    for (token, person, status) in
        [("demo", &alma, 200), ("elsewhere", &alma, 404), ("demo", adult, 200), ("adultless", adult, 404)]
    {
        let (id, mark) = of(person);
        assert_eq!(ask(&recorded, token, "GET", &format!("/persons/{id}"), "").status, status, "{token}");
        let (record, users) = recorded.one();
        assert_eq!((&record["asked"], users.is_empty()), (&serde_json::json!([mark]), status == 404), "{record}");
        let body = serde_json::json!({ "ids": [id, NOBODY] }).to_string();
        assert_eq!(ask(&recorded, token, "POST", "/persons/lookup", &body).status, 200);
        assert_eq!(recorded.one().0["asked"], serde_json::json!([mark]), "{token}");
        let lists = ["duties?person", "placements?child", "placements?owner", "activities?member"];
        let look_ups = [("placements", "personIds"), ("activities", "members")];
        let lists = lists.iter().map(|it| ("GET", format!("/{it}={id}"), String::new()));
        let look_ups = look_ups.iter().map(|(resource, key)| {
            ("POST", format!("/{resource}/lookup"), serde_json::json!({ *key: [id] }).to_string())
        });
        for (method, path, body) in lists.chain(look_ups) {
            assert_eq!(ask(&recorded, token, method, &path, &body).status, 200, "{path}");
            assert_eq!(recorded.one().0["asked"], serde_json::json!([mark]), "{token} {path}");
        }
    }
}

/// A caller who may not see numbers and asks for their order is denied, and that is recorded.
#[test]
fn a_missing_scope_is_a_refusal() {
    let scopes = Scopes { civic_no: false, ..Scopes::ALL };
    let recorded = Recorded::new(&[("numberless", skolebro::caller::Rights { ss12000: scopes, ..all() })]);
    assert_eq!(ask(&recorded, "numberless", "GET", "/persons?sortkey=CivicNoAsc", "").status, 403);
    let (record, users) = recorded.one();
    let told = ["decision", "rule", "who", "result"].map(|it| record[it].as_str().unwrap_or_default());
    assert_eq!((told, users.len()), (["deny", "scope", "numberless", "403"], 0), "{record}");
}
