//! The filters of lists: each against the whole list, filtered here in another way.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{all, found, get_as, person};

/// The list with these parameters holds exactly the objects that `keeps` keeps: some, and not all.
fn kept(resource: &str, query: &str, keeps: impl Fn(&Value) -> bool) {
    let whole = all(resource);
    let expected: Vec<&Value> = whole.iter().filter(|it| keeps(it)).collect();
    let list = all(&format!("{resource}?{query}"));
    assert_eq!(list.iter().collect::<Vec<_>>(), expected, "{resource}?{query}");
    let told = expected.len();
    assert!(0 < told && told < whole.len(), "{resource}?{query}: {told} of {} tell nothing", whole.len());
}

/// Nobody, and no error.
fn none(path: &str) {
    assert_eq!(found(path)["data"], Value::Array(Vec::new()), "{path}");
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

fn ids(objects: impl IntoIterator<Item = Value>, pointer: &str) -> BTreeSet<String> {
    objects.into_iter().map(|it| text(&it, pointer).to_owned()).collect()
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn names_are_found_in_any_case_and_each_word_must_be() {
    let has = |it: &Value, part: &str| {
        [&it["givenName"], &it["familyName"]].iter().any(|it| it.as_str().unwrap().to_lowercase().contains(part))
    };
    kept("persons", "nameContains=AL", |it| has(it, "al"));
    kept("persons", "nameContains=al&nameContains=N", |it| has(it, "al") && has(it, "n"));
    kept("persons", "nameContains=al,n", |it| has(it, "al") && has(it, "n"));
    let odd = all("persons").into_iter().find(|it| text(it, "/familyName").chars().any(|it| "æøå".contains(it)));
    let name = text(&odd.expect("a Danish name"), "/familyName").to_uppercase();
    kept("persons", &format!("nameContains={}", encoded(&name)), |it| has(it, &name.to_lowercase()));
    none("persons?nameContains=al&nameContains=qqqq");
}

#[test]
fn a_number_is_found_with_and_without_hyphen_and_blanks() {
    let whole = all("persons");
    let one = whole.iter().find(|it| it["civicNo"].is_object()).unwrap();
    let number = text(one, "/civicNo/value").to_owned();
    let (day, rest) = number.split_at(6);
    for sent in [number.clone(), format!("{day}-{rest}"), format!("{day}+{rest}"), format!("%20{day}%20-{rest}")] {
        kept("persons", &format!("civicNo={sent}"), |it| text(it, "/civicNo/value") == number);
    }
    none("persons?civicNo=0000000000");
    none("persons?civicNo=");
}

#[test]
fn value_and_context_are_of_the_same_identifier() {
    let user = |it: &Value, user: &str| list(it, "externalIdentifiers").any(|it| it["value"] == user);
    kept("persons", "identifier.value=alma0001", |it| user(it, "alma0001"));
    let context = encoded("https://unilogin.dk/uniid");
    kept("persons", &format!("identifier.value=alma0001&identifier.context={context}"), |it| user(it, "alma0001"));
    let whole = all("persons");
    let other = whole.iter().flat_map(|it| list(it, "externalIdentifiers")).find(|it| it["globallyUnique"] == false);
    let (value, other) = (text(other.unwrap(), "/value"), text(other.unwrap(), "/context"));
    none(&format!("persons?identifier.value={}&identifier.context={context}", encoded(value)));
    kept("persons", &format!("identifier.context={}", encoded(other)), |it| {
        list(it, "externalIdentifiers").any(|it| it["context"] == other)
    });
}

#[test]
fn persons_are_found_by_what_ties_them() {
    let relation = |kind: &str| format!("relationship.entity.type={kind}");
    let duties = ids(all("duties"), "/person/id");
    let children = ids(all("placements"), "/child/id");
    let of = |id: &Value, ids: &BTreeSet<String>| ids.contains(id.as_str().unwrap());
    kept("persons", &relation("enrolment"), |it| list(it, "enrolments").count() > 0);
    kept("persons", &relation("duty"), |it| of(&it["id"], &duties));
    kept("persons", &relation("placement.child"), |it| of(&it["id"], &children));
    none(&format!("persons?{}", relation("placement.owner")));
    let adults = |keeps: &dyn Fn(&Value) -> bool| {
        let pupils = all("persons").into_iter().filter(|it| keeps(it));
        ids(pupils.flat_map(|it| list(&it, "responsibles").cloned().collect::<Vec<_>>()), "/person/id")
    };
    let of_pupils = adults(&|it| list(it, "enrolments").count() > 0);
    let of_children = adults(&|it| of(&it["id"], &children));
    kept("persons", &relation("responsibleFor.enrolment"), |it| of(&it["id"], &of_pupils));
    kept("persons", &relation("responsibleFor.placement"), |it| of(&it["id"], &of_children));
    let mut members: BTreeSet<String> = BTreeSet::new();
    for group in all("groups") {
        members.extend(list(&group, "groupMemberships").map(|it| text(it, "/person/id").to_owned()));
    }
    for duty in all("duties").iter().filter(|it| list(it, "assignmentRole").count() > 0) {
        members.insert(text(duty, "/person/id").to_owned());
    }
    kept("persons", &relation("groupMembership"), |it| of(&it["id"], &members));
}

/// A person with one tie here and another elsewhere is not found by halves of both.
#[test]
fn all_that_is_asked_of_a_tie_is_of_the_same_tie() {
    let whole = all("persons");
    let school =
        text(whole.iter().find(|it| list(it, "enrolments").count() > 0).unwrap(), "/enrolments/0/enroledAt/id")
            .to_owned();
    let here = |it: &Value| text(it, "/enroledAt/id") == school;
    kept("persons", &format!("relationship.entity.type=enrolment&relationship.organisation={school}"), |it| {
        list(it, "enrolments").any(here)
    });
    let mut days: Vec<&str> =
        whole.iter().flat_map(|it| list(it, "enrolments")).map(|it| text(it, "/startDate")).collect();
    days.sort_unstable();
    let day = days[days.len() / 2];
    for (name, keeps) in [
        ("startDate.onOrBefore", &(|it: &str| it <= day) as &dyn Fn(&str) -> bool),
        ("startDate.onOrAfter", &|it: &str| it >= day),
    ] {
        let query =
            format!("relationship.entity.type=enrolment&relationship.organisation={school}&relationship.{name}={day}");
        let expected: Vec<&Value> = whole
            .iter()
            .filter(|it| list(it, "enrolments").any(|it| here(it) && keeps(text(it, "/startDate"))))
            .collect();
        assert_eq!(all(&format!("persons?{query}")).iter().collect::<Vec<_>>(), expected, "{query}");
    }
    // A tie without an end is within every bound of ends.
    kept("persons", "relationship.entity.type=enrolment&relationship.endDate.onOrBefore=1990-01-01", |it| {
        list(it, "enrolments").count() > 0
    });
}

#[test]
fn groups_placements_and_duties_are_filtered() {
    kept("groups", "groupType=Klass", |it| it["groupType"] == "Klass");
    let either = |it: &Value| it["groupType"] == "Klass" || it["groupType"] == "Undervisning";
    kept("groups", "groupType=Klass&groupType=Undervisning", either);
    kept("groups", "groupType=Undervisning,Klass", either);
    kept("groups", "schoolTypes=FS", |it| it["schoolType"] == "FS");
    let owner = text(&all("groups")[0], "/organisation/id").to_owned();
    kept("groups", &format!("organisation={owner}"), |it| text(it, "/organisation/id") == owner);
    let placement = all("placements").remove(0);
    let child = text(&placement, "/child/id").to_owned();
    kept("placements", &format!("child={child}"), |it| text(it, "/child/id") == child);
    let group = text(&placement, "/group/id").to_owned();
    kept("placements", &format!("group={group}"), |it| text(it, "/group/id") == group);
    none(&format!("placements?owner={child}"));
    kept("duties", &format!("dutyRole={}", encoded("Lärare")), |it| it["dutyRole"] == "Lärare");
    let teacher = person("999001", "dort0101");
    kept("duties", &format!("person={teacher}"), |it| text(it, "/person/id") == teacher);
    none("duties?person=00000000-0000-4000-8000-000000000000");
}

#[test]
fn dates_are_within_their_bounds_or_open() {
    for resource in ["groups", "duties", "placements", "activities"] {
        let mut days: Vec<String> = all(resource).iter().map(|it| text(it, "/startDate").to_owned()).collect();
        days.sort_unstable();
        let day = days[days.len() / 2].clone();
        let both: Vec<Value> = ["onOrBefore", "onOrAfter"]
            .iter()
            .flat_map(|it| all(&format!("{resource}?startDate.{it}={day}")))
            .collect();
        let on_it = days.iter().filter(|it| **it == day).count();
        assert_eq!(both.len(), days.len() + on_it, "{resource}: the day itself is within both");
    }
    let open = all("groups").iter().filter(|it| it["endDate"].is_null()).count();
    assert!(open > 0);
    let ended = all("groups?endDate.onOrBefore=1990-01-01");
    assert_eq!((ended.len(), ended.iter().all(|it| it["endDate"].is_null())), (open, true));
}

/// An element above others: duties there and below; groups there only.
#[test]
fn what_is_below_counts_for_duties_and_not_for_groups() {
    let organisations = all("organisations");
    let parents: BTreeSet<&str> =
        organisations.iter().map(|it| text(it, "/parentOrganisation/id")).filter(|it| !it.is_empty()).collect();
    let at = |id: &str| all(&format!("duties?organisation={id}"));
    let direct = |id: &str| all("duties").into_iter().filter(|it| text(it, "/dutyAt/id") == id).count();
    let mut below = 0;
    for parent in parents {
        let children: Vec<&str> = organisations
            .iter()
            .filter(|it| text(it, "/parentOrganisation/id") == parent)
            .map(|it| text(it, "/id"))
            .collect();
        let expected = direct(parent) + children.iter().map(|it| direct(it)).sum::<usize>();
        assert_eq!(at(parent).len(), expected);
        below += expected - direct(parent);
        let groups = all(&format!("groups?organisation={parent}"));
        assert!(groups.iter().all(|it| text(it, "/organisation/id") == parent));
        kept("organisations", &format!("parent={parent}"), |it| text(it, "/parentOrganisation/id") == parent);
    }
    assert!(below > 0, "no duty is below a parent");
}

#[test]
fn organisations_are_filtered() {
    let code = |it: &Value, codes: &[&str]| codes.contains(&text(it, "/organisationCode"));
    kept("organisations", "organisationCode=999001", |it| code(it, &["999001"]));
    kept("organisations", "organisationCode=999001,999002", |it| code(it, &["999001", "999002"]));
    kept("organisations", "schoolTypes=GR", |it| list(it, "schoolTypes").any(|it| it == "GR"));
    kept("organisations", "type=Skola", |it| it["organisationType"] == "Skola");
    none("organisations?schoolUnitCode=999001");
    assert_eq!(all("organisations?startDate.onOrAfter=2090-01-01"), all("organisations"), "no dates, so always within");
}

/// Booleans of Python, seven digits of C#, a blank where `+` was not escaped.
#[test]
fn parameters_come_as_public_clients_send_them() {
    let whole = all("persons");
    let last = whole.iter().map(|it| text(it, "/meta/modified")).max().unwrap().to_owned();
    assert!(last.ends_with('Z'));
    let with_offset = |sign: &str| last.replace('Z', &format!("0000{sign}00:00"));
    for sent in
        [last.clone(), with_offset("%2B"), with_offset("+"), with_offset("-"), with_offset(" ").replace(' ', "%20")]
    {
        none(&format!("persons?meta.modified.after={sent}"));
        assert_eq!(all(&format!("persons?meta.modified.before={sent}")), whole, "{sent}: inclusive");
    }
    assert_eq!(all("persons?expandReferenceNames=True"), all("persons?expandReferenceNames=true"));
    assert_ne!(all("groups?expandReferenceNames=TRUE"), all("groups?expandReferenceNames=False"));
    // Nothing has been forgotten, so no question is too old.
    assert_eq!(super::get("deletedEntities?after=1091-06-23T16:02:01Z").status, 200);
    assert_eq!(all("persons?limit=10000000").len(), whole.len());
    assert_eq!(all("persons?limit=99999999999999999999").len(), whole.len());
}

/// Whoever may not see numbers and names finds nobody by them.
#[test]
fn nobody_is_found_by_what_may_not_be_seen() {
    let whole = all("persons");
    let number = whole.iter().find_map(|it| it.pointer("/civicNo/value")?.as_str()).unwrap();
    for path in [format!("persons?civicNo={number}"), "persons?nameContains=Skjuldal".to_owned()] {
        assert_eq!(get_as("demo", &path).json()["data"].as_array().unwrap().len(), 1, "{path}");
        assert_eq!(get_as("demo-minimal", &path).json()["data"].as_array().unwrap().len(), 0, "{path}");
    }
}
