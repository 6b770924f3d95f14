//! What is read of good servers, and of those that differ from the standard or from each other.

use serde_json::{Value, json};
use skolebro::{
    domain::{CivilId, Grade, GroupKind, OrganisationNumber, Protection, PupilRole, Relation, StaffRole, Tie},
    source::{Source, upstream::Upstream},
    standards::ss12000::context::{Options, Unmarked},
};

use super::{
    Bench, good, groups, member, municipality, pupil,
    server::{Asked, Inside, Objects, Said, said},
    user, wait,
};

/// Serves the objects as they are changed, but for the answers that are another's.
fn odd(change: impl FnOnce(&mut Objects), other: impl Fn(&Asked) -> Option<Said> + Send + Sync + 'static) -> Inside {
    let mut objects = municipality();
    change(&mut objects);
    Inside::new(move |asked| other(asked).unwrap_or_else(|| objects.answer(asked)))
}

#[test]
fn everybody_of_a_school_is_read() {
    let web = good();
    let bench = Bench::new(web.clone());
    let roster = bench.roster("101001");
    assert_eq!(roster.organisation.name.as_deref(), Some("Skole 101001"));
    assert_eq!(roster.organisation.administrative_municipality.code.as_deref(), Some("0461"));
    let names: Vec<_> = roster.members.iter().map(|it| it.person.as_ref().unwrap().name.given.to_string()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let alma = pupil(member(&roster, "Alma"));
    assert_eq!((alma.enrolment.role, alma.enrolment.grade), (PupilRole::Pupil, Some(Grade::Year(7))));
    assert_eq!(groups(member(&roster, "Alma")), ["7A", "7A-ma"]);
    assert_eq!((alma.contacts[0].relation, alma.contacts[0].custody), (Relation::Mother, true));
    assert_eq!(alma.contacts[0].person.user_id.as_ref().unwrap().as_str(), "maja0001");
    let Some(Tie::Staff(lars)) = &member(&roster, "Lars").tie else { panic!("Lars works there") };
    assert_eq!((&lars.roles[..], lars.initials.as_deref()), (&[StaffRole::Teacher][..], Some("LB")));
    assert_eq!(lars.groups, ["7A-ma"], "by the activity");
    let bo = &pupil(member(&roster, "Bo")).enrolment;
    assert_eq!((bo.role, bo.grade, bo.main_group.as_ref()), (PupilRole::Child, Some(Grade::DayCare), "gul"));
    let class = roster.groups.iter().find(|it| it.id == "7A").unwrap();
    assert_eq!((class.kind, class.grade), (GroupKind::Main, Some(Grade::Year(7))));
    assert_eq!(user(&roster, "Alma"), "alma0001");
    for asked in web.asked.lock().unwrap().iter() {
        assert_eq!(asked.authorization.as_deref(), Some("Bearer secret"), "{asked:?}");
    }
}

/// What cannot be carried is told, each with its reason.
#[test]
fn what_is_lost_is_told() {
    let bench = Bench::new(good());
    bench.roster("101001");
    let lost = bench.lost();
    for (path, why) in [
        ("/duty/startDate", "a duty is there or not"),
        ("/activities[1]/displayName", "there is no place for it: only who works with which group is kept"),
    ] {
        assert!(lost.iter().any(|it| it.0.ends_with(path) && it.1 == why), "{path}: {lost:#?}");
    }
}

/// The store answers for wsiIDENTIFIKATION and wsiBRUGER as of anybody who was imported.
#[test]
fn people_are_found_by_number_and_as_contact_persons() {
    let bench = Bench::new(good());
    bench.roster("101001");
    let number = CivilId::danish("0101005038").unwrap();
    let found = wait(bench.store.user_with(&number)).unwrap().unwrap();
    assert_eq!(found.as_str(), "alma0001");
    let mother = skolebro::domain::UserId::new("maja0001");
    assert_eq!(wait(bench.store.institutions_of(&mother)).unwrap().len(), 1);
}

/// Pulls share a walk, and so does whoever asks which institutions there are.
#[test]
fn one_walk_is_enough_for_all() {
    let web = good();
    let bench = Bench::new(web.clone());
    let institutions = ["101001", "101002"].map(OrganisationNumber::new);
    assert_eq!(wait(bench.upstream.agreements()).unwrap(), institutions);
    let asked = web.asked.lock().unwrap().len();
    assert_eq!(asked, web.count("organisations"), "nothing else is needed for that");
    bench.roster("101001");
    let asked = web.asked.lock().unwrap().len();
    assert_eq!(wait(bench.upstream.agreements()).unwrap(), institutions);
    assert_eq!(bench.roster("101002").members.len(), 1);
    assert_eq!(web.asked.lock().unwrap().len(), asked);
    assert!(bench.pull("999999").unwrap_err().to_string().contains("no institution with this number"));
    assert!(wait(bench.upstream.lookups().institutions()).is_err());
}

#[test]
fn nothing_but_ids_is_needed() {
    let strip = |objects: &mut Objects| {
        for object in objects.0.values_mut().flatten() {
            object.as_object_mut().unwrap().remove("meta");
            object["x-vendor"] = json!({ "deep": [1, { "more": null }] });
        }
        objects.get("persons", "alma")["meta"] = json!({ "created": "2026-01-01T00:00:00", "modified": 17 });
        objects.get("persons", "alma")["enrolments"][0]["startDate"] = json!("2026-08-01T00:00:00");
    };
    let bench = Bench::new(odd(strip, |_| None));
    assert_eq!(groups(member(&bench.roster("101001"), "Alma")), ["7A", "7A-ma"]);
}

#[test]
fn values_of_version_2_0_are_read() {
    let old = |objects: &mut Objects| {
        objects.get("organisations", "kommun")["organisationType"] = json!("Stadsdel");
        objects.get("duties", "d1")["dutyRole"] = json!("Övrig pedagogisk personal");
        objects.get("persons", "nils")["enrolments"][0]["schoolType"] = json!("KOMVUX");
        objects.get("persons", "alma")["addresses"] =
            json!([{ "type": "Särskildpostadress", "streetAddress": "A 1", "locality": "B", "postalCode": "1" }]);
        objects.get("persons", "alma")["emails"] = json!([{ "value": "a@b.c" }]);
    };
    let bench = Bench::new(odd(old, |_| None));
    let roster = bench.roster("101001");
    let Some(Tie::Staff(lars)) = &member(&roster, "Lars").tie else { panic!("Lars works there") };
    assert_eq!(lars.roles, [StaffRole::Pedagogue]);
    assert_eq!(member(&roster, "Alma").person.as_ref().unwrap().email.as_deref(), Some("a@b.c"));
    assert_eq!(pupil(member(&bench.roster("101002"), "Nils")).enrolment.grade, Some(Grade::Adult));
}

#[test]
fn pages_end_in_every_way_that_is_met() {
    for end in
        [json!({ "data": [] }), json!({ "data": [], "pageToken": null }), json!({ "data": null, "pageToken": "" })]
    {
        let objects = municipality();
        let web = Inside::new(move |asked| {
            if asked.is("pageToken", "last") {
                return said(200, &end);
            }
            // As if a full page did not know that it is the last one.
            let mut said = objects.answer(asked);
            if let Ok(mut page) = serde_json::from_str::<Value>(&said.body)
                && page.get("pageToken").is_some_and(Value::is_null)
                && page["data"].is_array()
            {
                page["pageToken"] = json!("last");
                said.body = page.to_string();
            }
            said
        });
        assert_eq!(Bench::new(web).roster("101001").members.len(), 3);
    }
}

/// Filters stand in the first question only; some servers refuse them beside a token.
#[test]
fn a_token_goes_with_the_limit_alone() {
    let web = good();
    Bench::new(web.clone()).roster("101001");
    let mut seen = 0;
    for asked in web.asked.lock().unwrap().iter().filter(|it| it.query.contains_key("pageToken")) {
        seen += 1;
        assert_eq!(asked.query.keys().map(String::as_str).collect::<Vec<_>>(), ["limit", "pageToken"]);
    }
    assert!(seen > 1, "{seen}");
}

#[test]
fn filters_that_are_not_understood_are_left_out() {
    let web = odd(
        |_| {},
        |asked| {
            let filtered = asked.query.keys().any(|it| it.contains("relationship") || it.contains("endDate"));
            filtered
                .then(|| said(400, json!({ "error": { "code": 400, "message": "relationship.organisation of Alma" } })))
        },
    );
    let bench = Bench::new(web.clone());
    assert_eq!(bench.roster("101001").members.len(), 3);
    assert_eq!(web.of("persons").iter().filter(|it| it.query.contains_key("relationship.entity.type")).count(), 1);
}

#[test]
fn adults_who_are_not_listed_are_looked_up() {
    for wrapped in [false, true] {
        let objects = municipality();
        let web = Inside::new(move |asked| {
            if asked.is("relationship.entity.type", "responsibleFor.enrolment") {
                return said(403, json!({ "detail": { "code": "SCOPE_MISSING", "message": "no" } }));
            }
            let mut said = objects.answer(asked);
            if wrapped && asked.path == "persons/lookup" {
                said.body = format!("{{\"data\":{}}}", said.body);
            }
            said
        });
        let bench = Bench::new(web.clone());
        let roster = bench.roster("101001");
        assert_eq!(pupil(member(&roster, "Alma")).contacts.len(), 1, "wrapped: {wrapped}");
        assert_eq!(web.count("persons/lookup"), 1);
    }
    let objects = municipality();
    let web = Inside::new(move |asked| match asked.path.as_str() {
        "persons/lookup" => said(404, ""),
        _ if asked.is("relationship.entity.type", "responsibleFor.enrolment") => said(403, "{}"),
        _ => objects.answer(asked),
    });
    let bench = Bench::new(web);
    assert_eq!(pupil(member(&bench.roster("101001"), "Alma")).contacts.len(), 0);
    let lost = bench.lost();
    assert!(lost.contains(&("/persons".to_owned(), "somebody is referred to who is not told of")), "{lost:?}");
    assert!(lost.iter().any(|it| it.1 == "the adult was not sent"), "{lost:?}");
}

#[test]
fn lists_that_are_not_offered_are_done_without() {
    let web = odd(
        |_| {},
        |asked| match asked.path.as_str() {
            "activities" => Some(said(404, "")),
            "placements" => Some(said(403, json!({ "code": "FORBIDDEN", "message": "" }))),
            _ => None,
        },
    );
    let bench = Bench::new(web);
    let roster = bench.roster("101001");
    assert_eq!(groups(member(&roster, "Lars")), [""; 0]);
    let lost = bench.lost();
    for path in ["/activities", "/placements"] {
        assert!(lost.contains(&(path.to_owned(), "the server does not offer them, or not to us")), "{lost:?}");
    }
}

/// One object that is none costs itself and nobody else.
#[test]
fn what_cannot_be_read_is_passed_over() {
    let spoil = |objects: &mut Objects| {
        objects
            .add("persons", json!({ "id": "x", "emails": "a@b.c", "enrolments": [{ "enroledAt": { "id": "s1" } }] }));
        objects.add("groups", json!({ "displayName": "without id" }));
        objects.add("groups", json!(17));
    };
    let bench = Bench::new(odd(spoil, |_| None));
    assert_eq!(bench.roster("101001").members.len(), 3);
    let lost = bench.lost();
    for (path, why) in [("/groups", "the object has no id"), ("/groups", "an object of this kind looks otherwise")] {
        assert!(lost.contains(&(path.to_owned(), why)), "{lost:?}");
    }
}

/// Of a person whom nobody marks it is not known whether to protect the person.
#[test]
fn people_without_a_marking_are_withheld_unless_configured() {
    let unmark = |objects: &mut Objects| {
        objects.get("persons", "alma").as_object_mut().unwrap().remove("securityMarking");
        objects.get("persons", "bo")["securityMarking"] = json!("Skyddad folkbokföring");
    };
    let bench = Bench::new(odd(unmark, |_| None));
    let roster = bench.roster("101001");
    assert_eq!(roster.members.len(), 2);
    assert_eq!(member(&roster, "Bo").person.as_ref().unwrap().protection, Protection::Protected);
    let open = Bench::with(odd(unmark, |_| None), |it| {
        it.options = Options { unmarked: Unmarked::Open, ..Options::default() }
    });
    assert_eq!(open.roster("101001").members.len(), 3);
}

/// User ids and institution numbers are never made up: they are told, or configured, or minted by the store for good.
#[test]
fn keys_that_are_not_told_are_configured_or_minted() {
    let forget = |objects: &mut Objects| {
        objects.get("persons", "alma")["externalIdentifiers"] = json!([]);
        objects.get("persons", "lars")["externalIdentifiers"] = json!([]);
        objects.get("persons", "mor")["externalIdentifiers"] = json!(null);
        for school in ["s1", "s2"] {
            let school = objects.get("organisations", school);
            school["schoolUnitCode"] = json!("12345678");
            school.as_object_mut().unwrap().remove("organisationCode");
        }
    };
    let keys = [("s1", "101001"), ("lars", "lars9999"), ("7A", "7.A")];
    let known_keys = keys.map(|(id, key)| (id.to_owned(), key.to_owned())).into();
    let bench = Bench::with(odd(forget, |_| None), |it| it.options = Options { known_keys, ..Options::default() });
    assert_eq!(wait(bench.upstream.agreements()).unwrap(), [OrganisationNumber::new("101001")]);
    let roster = bench.roster("101001");
    assert_eq!(user(&roster, "Lars"), "lars9999");
    assert_eq!(groups(member(&roster, "Alma"))[0], "7.A");
    let minted = user(&roster, "Alma").to_owned();
    assert_eq!(minted.len(), 10, "the store has given one");
    let mother = pupil(member(&roster, "Alma")).contacts[0].person.user_id.clone().unwrap();
    let local_id = member(&roster, "Alma").local_id.clone().unwrap();
    assert_eq!(local_id.len(), 16);
    let again = bench.roster("101001");
    assert_eq!(user(&again, "Alma"), minted, "and does not give another");
    assert_eq!(pupil(member(&again, "Alma")).contacts[0].person.user_id.as_ref(), Some(&mother));
    let lost = bench.lost();
    assert!(lost.iter().any(|it| it.0 == "/organisations" && it.1.starts_with("no institution number")), "{lost:?}");
}

/// Groups that other schools have, that have ended or are of no known type, and references without an id, make no groups here.
#[test]
fn references_into_the_void_make_no_groups() {
    let spoil = |objects: &mut Objects| {
        let group = |id: &str, kind: &str, end: &str| {
            json!({
                "id": id, "displayName": id, "startDate": "2025-08-01", "endDate": end, "groupType": kind,
                "organisation": { "id": "s1" }, "groupMemberships": [{ "person": { "id": "bo" } }]
            })
        };
        objects.add("groups", group("old", "Övrigt", "2026-06-30")).add("groups", group("odd", "Kör", "2027-06-30"));
        for id in ["7B", "old", "odd", "nowhere"] {
            let mut placement = objects.get("placements", "p1").clone();
            (placement["id"], placement["group"]["id"]) = (json!(format!("p {id}")), json!(id));
            objects.add("placements", placement);
        }
        objects.get("placements", "p1")["group"] = json!({ "displayName": "no id" });
        objects.get("activities", "a1")["groups"] =
            json!([{ "id": "7B" }, {}, { "id": "7A" }, { "id": "old" }, { "id": "odd" }]);
        let task = |id: &str| json!({ "assignmentRoleType": "Mentor", "group": { "id": id } });
        objects.get("duties", "d1")["assignmentRole"] = json!([{ "assignmentRoleType": "Mentor" }, task("7B"), task("old"), task("odd"), task("nowhere"), task("gul")]);
    };
    let bench = Bench::new(odd(spoil, |_| None));
    let roster = bench.roster("101001");
    assert_eq!(groups(member(&roster, "Lars")), ["gul", "7A"]);
    assert_eq!(groups(member(&roster, "Bo")), ["gul"]);
    let ids: Vec<_> = roster.groups.iter().map(|it| it.id.as_ref()).collect();
    assert_eq!(ids, ["7A", "7A-ma", "gul"]);
    let lost = bench.lost();
    for (place, times) in [("/duty/assignmentRole/group", 5), ("/placements/group", 5)] {
        let told =
            lost.iter().filter(|it| it.0.ends_with(place) && it.1 == "it is no current group of the institution");
        assert_eq!(told.count(), times, "{place}: {lost:#?}");
    }
}

/// Null stands for nothing, wherever it is; what it stands in costs itself and nobody else.
#[test]
fn null_stands_for_nothing() {
    let spoil = |objects: &mut Objects| {
        let alma = objects.get("persons", "alma");
        alma["enrolments"].as_array_mut().unwrap().extend([json!(null), json!({ "enroledAt": null })]);
        alma["responsibles"].as_array_mut().unwrap().extend([json!(null), json!({ "person": null })]);
        for name in ["emails", "addresses", "phoneNumbers", "externalIdentifiers"] {
            alma[name] = json!([null]);
        }
        for name in ["middleName", "birthDate", "sex", "photo", "personStatus"] {
            alma[name] = json!(null);
        }
        let members = objects.get("groups", "7A")["groupMemberships"].as_array_mut().unwrap();
        members.extend([json!(null), json!({ "person": null }), json!({ "person": {} })]);
        objects.add("groups", json!({ "id": "nobody's", "organisation": null, "groupMemberships": null }));
        objects.add("duties", json!({ "id": "d0", "person": null, "dutyAt": null, "assignmentRole": [null] }));
        objects.add("placements", json!({ "id": "p0", "child": null, "placedAt": null, "group": null }));
        objects.add("activities", json!({ "id": "a0", "organisation": null, "groups": [null], "teachers": [null] }));
        objects.get("activities", "a1")["teachers"].as_array_mut().unwrap().push(json!({ "duty": null }));
    };
    let bench = Bench::new(odd(spoil, |_| None));
    let roster = bench.roster("101001");
    assert_eq!((roster.members.len(), roster.groups.len()), (3, 3));
    assert_eq!(groups(member(&roster, "Alma")), ["7A", "7A-ma"]);
    assert_eq!(pupil(member(&roster, "Alma")).contacts.len(), 1);
    assert_eq!(groups(member(&roster, "Lars")), ["7A-ma"]);
    let lost = bench.lost();
    assert!(lost.iter().all(|it| it.1 != "an object of this kind looks otherwise"), "{lost:?}");
}

#[test]
fn codes_are_read_in_capitals_and_without() {
    let shout = |objects: &mut Objects| {
        objects.get("organisations", "s1")["organisationType"] = json!("SKOLENHET");
        objects.get("groups", "7A")["groupType"] = json!("klass");
        objects.get("groups", "7A")["schoolType"] = json!("gr");
        objects.get("duties", "d1")["dutyRole"] = json!(" LÄRARE ");
        let alma = objects.get("persons", "alma");
        (alma["securityMarking"], alma["sex"]) = (json!("INGEN"), json!("kvinna"));
        alma["enrolments"][0]["schoolType"] = json!("Gr");
        alma["responsibles"][0]["relationType"] = json!("vårdnadshavare");
        alma["emails"] = json!([{ "value": "a@b.c", "type": "skola elev" }]);
    };
    let as_it_is = Bench::new(odd(|it| it.get("persons", "alma")["sex"] = json!("Kvinna"), |_| None)).roster("101001");
    let mut shouted = Bench::new(odd(shout, |_| None)).roster("101001");
    let alma =
        shouted.members.iter_mut().filter_map(|it| it.person.as_mut()).find(|it| it.name.given == "Alma").unwrap();
    assert_eq!(alma.email.take().as_deref(), Some("a@b.c"));
    assert_eq!(shouted, as_it_is);
}

/// Times stand where days belong, with any zone and any number of digits; years are numbers or texts.
#[test]
fn days_and_years_are_read_in_every_form() {
    for (from, to, is_there) in [
        ("2026-08-01T00:00:00.0000000+02:00", "2027-06-30T00:00:00.0000000+02:00", true),
        ("2026-08-01T00:00:00Z", "2027-06-30T23:59:59.999Z", true),
        ("2026-08-01T00:00:00", "2027-06-30 00:00:00", true),
        ("2026-07-31T22:00:00Z", "2027-06-29T22:00:00.0000000+00:00", true),
        ("2026-08-01", "2026-10-31T00:00:00.0000000Z", false),
        ("2027-08-01T00:00:00.0000000+02:00", "2028-06-30", false),
    ] {
        let dated = move |objects: &mut Objects| {
            let enrolment = &mut objects.get("persons", "alma")["enrolments"][0];
            (enrolment["startDate"], enrolment["endDate"]) = (json!(from), json!(to));
            enrolment["schoolYear"] = json!("7");
            let class = objects.get("groups", "7A");
            (class["startDate"], class["endDate"]) = (json!(from), json!(to));
        };
        let roster = Bench::new(odd(dated, |_| None)).roster("101001");
        assert_eq!(roster.members.len(), if is_there { 3 } else { 2 }, "{from} {to}");
        let class = roster.groups.iter().find(|it| it.id == "7A");
        assert_eq!(class.is_some(), is_there, "{from} {to}");
        if let Some(class) = class {
            assert_eq!(class.from, chrono::NaiveDate::from_ymd_opt(2026, 8, 1));
            assert_eq!(class.to, chrono::NaiveDate::from_ymd_opt(2027, 6, 30));
            assert_eq!(pupil(member(&roster, "Alma")).enrolment.grade, Some(Grade::Year(7)));
        }
    }
}

/// Whoever is pointed at and nowhere to be found is asked for once, and then done without.
#[test]
fn references_may_point_nowhere() {
    let spoil = |objects: &mut Objects| {
        objects.get("organisations", "s1")["parentOrganisation"] = json!({ "id": "nowhere" });
        let alma = objects.get("persons", "alma");
        alma["enrolments"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "enroledAt": { "id": "nowhere" }, "schoolType": "GR" }));
        alma["responsibles"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "person": { "id": "nobody" }, "relationType": "God man" }));
        objects.get("groups", "7A")["groupMemberships"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "person": { "id": "nobody" } }));
        objects.add(
            "duties",
            json!({ "id": "d9", "person": { "id": "nobody" }, "dutyAt": { "id": "s1" }, "dutyRole": "Lärare" }),
        );
        objects.add(
            "placements",
            json!({ "id": "p9", "child": { "id": "no child" }, "placedAt": { "id": "s1" }, "schoolType": "FS" }),
        );
        let teachers = objects.get("activities", "a1")["teachers"].as_array_mut().unwrap();
        teachers.push(json!({ "duty": { "id": "no duty" } }));
    };
    let web = odd(spoil, |_| None);
    let bench = Bench::new(web.clone());
    let roster = bench.roster("101001");
    assert_eq!((roster.members.len(), roster.organisation.main()), (3, None));
    assert_eq!(pupil(member(&roster, "Alma")).contacts.len(), 1);
    assert_eq!(groups(member(&roster, "Lars")), ["7A-ma"]);
    let asked = web.of("persons/lookup");
    assert_eq!(asked.len(), 1);
    assert!(asked[0].body.as_ref().unwrap().contains("no child"));
    assert!(bench.lost().iter().any(|it| it.1 == "the adult was not sent"));
}
