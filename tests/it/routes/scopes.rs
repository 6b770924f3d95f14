//! What callers may see of persons, by the scopes that they have.

use serde_json::Value;
use skolebro::caller::{Rights, Scopes};

use crate::{callers, server::Server};

const NONE: Scopes = Scopes { civic_no: false, contact_data: false, responsibles: false, protected_persons: false };

/// Callers with every right, whose scopes leave something out.
fn server() -> Server {
    let with = |ss12000| Rights { ss12000, ..callers::all() };
    callers::server(&[
        ("ALL", with(Scopes::ALL)),
        ("NUMBERLESS", with(Scopes { civic_no: false, ..Scopes::ALL })),
        ("CONTACTLESS", with(Scopes { contact_data: false, ..Scopes::ALL })),
        ("ADULTLESS", with(Scopes { responsibles: false, ..Scopes::ALL })),
        ("NAMELESS", with(Scopes { protected_persons: false, ..Scopes::ALL })),
        ("NOTHING", with(NONE)),
    ])
}

fn get(server: &Server, token: &str, path: &str) -> Value {
    let answer = server.get(&format!("/ss12000/v2.0/{path}"), &[("Authorization", &format!("Bearer {token}"))]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

fn count(list: &Value, pointer: &str) -> usize {
    list["data"].as_array().unwrap().iter().filter(|it| it.pointer(pointer).is_some()).count()
}

#[test]
fn what_a_scope_leaves_out_is_absent() {
    let server = server();
    let hidden: [(&str, &[&str]); 5] = [
        ("ALL", &[]),
        ("NUMBERLESS", &["/civicNo"]),
        ("CONTACTLESS", &["/emails", "/phoneNumbers", "/addresses"]),
        ("ADULTLESS", &["/responsibles"]),
        ("NOTHING", &["/civicNo", "/emails", "/phoneNumbers", "/addresses", "/responsibles"]),
    ];
    for (caller, hidden) in hidden {
        let list = get(&server, caller, "persons");
        for pointer in ["/civicNo", "/emails", "/phoneNumbers", "/addresses", "/responsibles", "/enrolments"] {
            assert_eq!(count(&list, pointer) == 0, hidden.contains(&pointer), "{caller} {pointer}");
        }
    }
}

#[test]
fn adults_are_there_for_who_may_see_them() {
    let server = server();
    let number = |caller: &str, path: &str| get(&server, caller, path)["data"].as_array().unwrap().len();
    assert!(number("ADULTLESS", "persons") < number("ALL", "persons"));
    let path = "persons?relationship.entity.type=responsibleFor.enrolment";
    assert!(number("ALL", path) > 0);
    assert_eq!(number("ADULTLESS", path), 0);
    let expanded = "persons?expand=responsibleFor&expand=duties";
    assert!(count(&get(&server, "ALL", expanded), "/_embedded/responsibleFor/0") > 0);
    assert_eq!(count(&get(&server, "ADULTLESS", expanded), "/_embedded/responsibleFor"), 0);
    assert!(count(&get(&server, "ADULTLESS", expanded), "/_embedded/duties") > 0);
}

#[test]
fn an_order_by_hidden_numbers_is_refused() {
    let server = server();
    for key in ["CivicNoAsc", "CivicNoDesc"] {
        let target = format!("/ss12000/v2.0/persons?sortkey={key}");
        let answer = server.get(&target, &[("Authorization", "Bearer NUMBERLESS")]);
        assert_eq!((answer.status, &answer.json()["code"]), (403, &"SCOPE_MISSING".into()));
    }
}

/// The real names of the demo's protected persons are nowhere: in no object, no reference, nothing that is embedded, no order.
#[test]
fn real_names_need_their_scope_everywhere() {
    let server = server();
    let real = ["Freja", "Nørregaard", "Skjuldal"];
    let paths = [
        "persons?expand=responsibleFor,duties,placements,groupMemberships&expandReferenceNames=true",
        "groups?expand=assignmentRoles&expandReferenceNames=true",
        "duties?expand=person&expandReferenceNames=true",
        "placements?expand=child,owners&expandReferenceNames=true",
        "activities?expand=groups,teachers&expandReferenceNames=true",
        "persons?sortkey=FamilyNameAsc",
    ];
    let told = |caller: &str, path: &str| get(&server, caller, path).to_string();
    assert!(real.iter().all(|it| told("ALL", paths[0]).contains(it)), "else this test would look for nothing");
    for path in paths {
        for caller in ["NAMELESS", "NOTHING"] {
            let text = told(caller, path);
            assert!(real.iter().all(|it| !text.contains(it)), "{caller} {path}");
        }
    }
    for name in real {
        let path = format!("persons?nameContains={name}");
        assert_eq!(get(&server, "NAMELESS", &path)["data"].as_array().unwrap().len(), 0, "{name}");
    }
}
