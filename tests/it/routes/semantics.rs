//! What parameters mean, for every operation that has them: each at its bounds, against whole lists that are filtered, sorted and
//! joined here in another way.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use skolebro::standards::ss12000::{
    context::Options,
    serve::{
        Choices, Service,
        operation::{Operation, Type, What},
        routes::OPERATIONS,
    },
};

use super::{RESOURCES, all, found};
use crate::server::{Server, demo, request};

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value[name].as_str()
}

fn list_of(resource: &str) -> &'static Operation {
    let is_it = |it: &&Operation| matches!(it.what, What::List(_)) && &it.path[1..] == resource;
    OPERATIONS.iter().find(is_it).unwrap()
}

fn values(of: &Operation, parameter: &str) -> Vec<&'static str> {
    match of.parameters().iter().find(|it| it.name == parameter).map(|it| it.of) {
        Some(Type::Of(values)) => values.to_vec(),
        _ => Vec::new(),
    }
}

fn post(path: &str, body: &Value) -> Value {
    let headers = [("Authorization", "Bearer demo"), ("Content-Type", "application/json")];
    demo().exchange(&request("POST", &format!("/ss12000/v2.0/{path}"), &headers, body.to_string().as_bytes())).json()
}

/// `before` is inclusive and `after` exclusive, to the millisecond, for every list.
#[test]
fn times_are_inclusive_before_and_exclusive_after() {
    let shifted = |time: &str, milliseconds: i64| {
        let time: chrono::DateTime<chrono::Utc> = time.parse().unwrap();
        (time + chrono::TimeDelta::milliseconds(milliseconds)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    };
    for resource in RESOURCES {
        let whole = all(resource);
        for what in ["created", "modified"] {
            let time = whole[0]["meta"][what].as_str().unwrap();
            for moved in [-1, 0, 1] {
                let bound = shifted(time, moved);
                let own = |it: &Value| it["meta"][what].as_str().unwrap().to_owned();
                let (before, after): (Vec<Value>, Vec<Value>) = whole.iter().cloned().partition(|it| own(it) <= bound);
                let bound = bound.replace(':', "%3A");
                assert_eq!(all(&format!("{resource}?meta.{what}.before={bound}")), before, "{resource} {what} {moved}");
                assert_eq!(all(&format!("{resource}?meta.{what}.after={bound}")), after, "{resource} {what} {moved}");
            }
        }
    }
}

/// Days are inclusive at both ends, and what has none is within all bounds, for every list that has them.
#[test]
fn days_are_inclusive_and_open_ends_are_within() {
    let mut asked = 0;
    for resource in RESOURCES {
        let whole = all(resource);
        for what in ["startDate", "endDate"] {
            let mut days: Vec<&str> = whole.iter().filter_map(|it| text(it, what)).collect();
            days.sort_unstable();
            days.dedup();
            days.extend(["1990-01-01", "2099-12-31"]);
            let has = list_of(resource).parameters().iter().any(|it| it.name == format!("{what}.onOrBefore"));
            for day in days.iter().filter(|_| has) {
                let keep = |fits: &dyn Fn(&str) -> bool| {
                    whole.iter().filter(|it| text(it, what).is_none_or(fits)).cloned().collect::<Vec<_>>()
                };
                assert_eq!(
                    all(&format!("{resource}?{what}.onOrBefore={day}")),
                    keep(&|it| it <= *day),
                    "{resource} {day}"
                );
                assert_eq!(
                    all(&format!("{resource}?{what}.onOrAfter={day}")),
                    keep(&|it| it >= *day),
                    "{resource} {day}"
                );
                asked += 2;
            }
        }
    }
    assert!(asked > 40, "only {asked} questions");
}

/// What an object is sorted by, in the words of the sort key; what it has not stands last.
fn sorted_by(key: &str, object: &Value) -> (bool, String) {
    let what = key.trim_end_matches("Asc").trim_end_matches("Desc");
    let folded = |name: &str| text(object, name).map(str::to_lowercase);
    let own = match what {
        "Modified" => object["meta"]["modified"].as_str().map(str::to_owned),
        "DisplayName" if object.get("givenName").is_some() => {
            Some(format!("{} {}", folded("givenName").unwrap(), folded("familyName").unwrap()))
        }
        "CivicNo" => object.pointer("/civicNo/value").and_then(Value::as_str).map(str::to_owned),
        other => folded(&format!("{}{}", other[..1].to_lowercase(), &other[1..])),
    };
    (own.is_none(), own.unwrap_or_default())
}

#[test]
fn every_sort_key_sorts() {
    let mut keys = 0;
    for resource in RESOURCES {
        let whole = all(resource);
        for key in values(list_of(resource), "sortkey") {
            keys += 1;
            // Lists come by id, and sorting keeps that order among equals.
            let mut expected = whole.clone();
            expected.sort_by(|a, b| {
                let ((no, one), (none, other)) = (sorted_by(key, a), sorted_by(key, b));
                let order = if key.ends_with("Desc") { other.cmp(&one) } else { one.cmp(&other) };
                no.cmp(&none).then(order)
            });
            assert_eq!(all(&format!("{resource}?sortkey={key}")), expected, "{resource} {key}");
        }
    }
    assert_eq!(keys, 26, "all that the standard has for what is served");
}

/// What is embedded is what is found elsewhere, in a list, alone and looked up, and nothing is embedded that nobody asked for.
#[test]
fn what_is_embedded_is_what_is_found_elsewhere() {
    let lists: Map<String, Value> = RESOURCES.iter().map(|it| ((*it).to_owned(), all(it).into())).collect();
    for resource in RESOURCES {
        for name in values(list_of(resource), "expand") {
            let mut told = 0;
            let expanded = all(&format!("{resource}?expand={name}"));
            for (object, plain) in expanded.iter().zip(lists[resource].as_array().unwrap()) {
                let mut expected = Map::new();
                expected.extend(embedded(name, resource, plain, &lists).map(|it| (name.to_owned(), it)));
                told += expected.values().filter(|it| it.as_array().is_none_or(|it| !it.is_empty())).count();
                assert_eq!(
                    in_any_order(&object["_embedded"]),
                    in_any_order(&Value::Object(expected)),
                    "{name} of {plain}"
                );
                let mut bare = object.clone();
                bare.as_object_mut().unwrap().shift_remove("_embedded");
                assert_eq!(&bare, plain);
            }
            assert_eq!(
                told == 0,
                ["ownedPlacements", "owners", "syllabus"].contains(&name),
                "{resource} {name}: {told}"
            );
            let one = &expanded[expanded.len() / 2];
            assert_eq!(&found(&format!("{resource}/{}?expand={name}", one["id"].as_str().unwrap())), one);
            assert_eq!(post(&format!("{resource}/lookup?expand={name}"), &json!({ "ids": [one["id"]] })), json!([one]));
        }
    }
}

/// Lists below an object, whose order says nothing.
fn in_any_order(embedded: &Value) -> Value {
    let mut embedded = embedded.clone();
    for list in embedded.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut) {
        list.sort_by_key(Value::to_string);
    }
    embedded
}

/// What the other lists tell of it: nothing where there is no such object.
fn embedded(name: &str, resource: &str, object: &Value, lists: &Map<String, Value>) -> Option<Value> {
    let all = |resource: &str| lists[resource].as_array().unwrap().iter();
    let one = |resource: &str, id: &Value| all(resource).find(|it| it["id"] == *id).cloned();
    let each = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let id = &object["id"];
    Some(match (resource, name) {
        ("persons", "duties") => all("duties").filter(|it| it["person"]["id"] == *id).cloned().collect(),
        ("persons", "placements") => all("placements").filter(|it| it["child"]["id"] == *id).cloned().collect(),
        ("persons", "ownedPlacements") | ("placements", "owners") => json!([]),
        ("persons", "responsibleFor") => all("persons")
            .flat_map(|child| {
                let own = each(child, "responsibles").into_iter().filter(|it| it["person"]["id"] == *id);
                let marking = (child["securityMarking"] != "Ingen").then(|| child["securityMarking"].clone());
                own.map(|it| {
                    let mut person = json!({ "id": child["id"] });
                    marking.iter().for_each(|it| person["securityMarking"] = it.clone());
                    json!({ "person": person, "relationType": it["relationType"] })
                })
                .collect::<Vec<_>>()
            })
            .collect(),
        ("persons", "groupMemberships") => all("groups")
            .filter(|it| each(it, "groupMemberships").iter().any(|it| it["person"]["id"] == *id))
            .map(|it| {
                let mut fragment = it.clone();
                fragment.as_object_mut().unwrap().shift_remove("groupMemberships");
                json!({ "group": fragment })
            })
            .collect(),
        ("placements", "child") => one("persons", &object["child"]["id"])?,
        ("duties", "person") => one("persons", &object["person"]["id"])?,
        ("groups", "assignmentRoles") => all("duties")
            .flat_map(|duty| {
                let own = each(duty, "assignmentRole").into_iter().filter(|it| it["group"]["id"] == *id);
                own.map(|it| json!({ "duty": { "id": duty["id"] }, "assignmentRoleType": it["assignmentRoleType"] }))
                    .collect::<Vec<_>>()
            })
            .collect(),
        ("activities", "groups") => each(object, "groups").iter().filter_map(|it| one("groups", &it["id"])).collect(),
        ("activities", "teachers") => {
            each(object, "teachers").iter().filter_map(|it| one("duties", &it["duty"]["id"])).collect()
        }
        _ => return None,
    })
}

/// What a deployment must be told to give: codes of school units and principal names. Both are found by, and looked up.
#[test]
fn codes_and_principal_names_are_found_where_they_are_given() {
    let server = Server::start(|faces| {
        let options = Options {
            school_unit_code: true,
            principal_scope: Some("skole.example".to_owned()),
            authority: true,
            ..Options::default()
        };
        faces.ss12000 = Arc::new(Service::new(options, Choices::default()));
    });
    let token = ("Authorization", "Bearer demo");
    let all = |path: &str| {
        let answer = server.get(&format!("/ss12000/v2.0/{path}"), &[token]);
        assert_eq!(answer.status, 200, "{path}");
        answer.json()["data"].as_array().unwrap().clone()
    };
    let schools = all("organisations");
    for (query, keeps) in [
        ("schoolUnitCode=999001", &(|it: &Value| it["schoolUnitCode"] == "999001") as &dyn Fn(&Value) -> bool),
        ("schoolUnitCode=999001&schoolUnitCode=999003", &|it| {
            ["999001", "999003"].contains(&text(it, "schoolUnitCode").unwrap_or_default())
        }),
        ("type=Huvudman", &|it| it["organisationType"] == "Huvudman"),
        ("type=Huvudman,Skola", &|it| it["organisationType"] == "Huvudman" || it["organisationType"] == "Skola"),
        ("schoolTypes=GY&schoolTypes=FS", &|it| {
            it["schoolTypes"].as_array().into_iter().flatten().any(|it| it == "GY" || it == "FS")
        }),
    ] {
        let expected: Vec<Value> = schools.iter().filter(|it| keeps(it)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < schools.len(), "{query} tells nothing");
        assert_eq!(all(&format!("organisations?{query}")), expected, "{query}");
    }
    let municipality = schools.iter().find_map(|it| text(it, "municipalityCode")).unwrap();
    let there = |it: &&Value| it["municipalityCode"] == municipality;
    let expected: Vec<Value> = schools.iter().filter(there).cloned().collect();
    assert_eq!(all(&format!("organisations?municipalityCode={municipality}")), expected);
    assert!(all("organisations?municipalityCode=0000").is_empty());
    let alma = all("persons?eduPersonPrincipalName=alma0001%40skole.example");
    assert_eq!((alma.len(), &alma[0]["eduPersonPrincipalNames"]), (1, &json!(["alma0001@skole.example"])));
    assert!(all("persons?eduPersonPrincipalName=alma0001").is_empty(), "the whole name");
    let body = json!({ "schoolUnitCodes": ["999001", "nope"], "organisationCodes": ["999003"] }).to_string();
    let headers = [token, ("Content-Type", "application/json")];
    let found =
        server.exchange(&request("POST", "/ss12000/v2.0/organisations/lookup", &headers, body.as_bytes())).json();
    assert_eq!(found.as_array().unwrap().len(), 2);
}

/// Lists of values are alternatives; filters of different names must all hold.
#[test]
fn values_are_alternatives_and_names_are_conditions() {
    let groups = all("groups");
    let mut owners: Vec<&str> = groups.iter().map(|it| it["organisation"]["id"].as_str().unwrap()).collect();
    owners.sort_unstable();
    owners.dedup();
    let (one, other) = (owners[0], owners[1]);
    let keep = |keeps: &dyn Fn(&Value) -> bool| groups.iter().filter(|it| keeps(it)).cloned().collect::<Vec<_>>();
    let there = |it: &Value| it["organisation"]["id"] == one || it["organisation"]["id"] == other;
    assert_eq!(all(&format!("groups?organisation={one}&organisation={other}")), keep(&there));
    let classes = keep(&|it| there(it) && it["groupType"] == "Klass" && it["schoolType"] == "GR");
    assert_eq!(all(&format!("groups?organisation={one},{other}&groupType=Klass&schoolTypes=GR")), classes);
    let placement = all("placements").remove(0);
    let (school, child) = (&placement["placedAt"]["id"], &placement["child"]["id"]);
    let both = format!("organisation={}&child={}", school.as_str().unwrap(), child.as_str().unwrap());
    assert!(all(&format!("placements?{both}")).contains(&placement));
    let here = all("placements").into_iter().filter(|it| it["placedAt"]["id"] == *school).collect::<Vec<_>>();
    assert_eq!(all(&format!("placements?organisation={}", school.as_str().unwrap())), here);
    let elsewhere = owners.iter().find(|it| school != *it).unwrap();
    assert!(all(&format!("placements?organisation={elsewhere}&child={}", child.as_str().unwrap())).is_empty());
    let activity = all("activities?expand=groups").remove(0);
    let member = &activity["_embedded"]["groups"][0]["groupMemberships"][0]["person"]["id"];
    let found = post("activities/lookup", &json!({ "members": [member], "ids": [], "teachers": [] }));
    assert_eq!(found, Value::Array(all(&format!("activities?member={}", member.as_str().unwrap()))));
}
