//! `relationship.*` of `/persons`, against whatever two institutions may tell: a person is found if one and the same tie is as all of
//! them say, as the other lists tell of ties.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use chrono::DateTime;
use proptest::prelude::*;
use serde_json::Value;
use skolebro::{
    domain::{OrganisationNumber, Roster, Snapshot},
    source::told::Told,
    standards::ss12000::{
        context::{Options, Rights},
        serve::{Choices, Request, Service, routes::RELATIONS},
        view::Caller,
    },
    store::Memory,
};

use crate::rosters::roster;

struct Asking {
    service: Service,
    source: Memory,
    caller: Caller,
}

impl Asking {
    fn new(rosters: impl IntoIterator<Item = Roster<'static>>) -> Self {
        let service = Service::new(Options { other_adults: true, ..Options::default() }, Choices::default());
        let caller = Caller { rights: Rights::ALL, institutions: None, ..Caller::default() };
        Self { service, source: Memory::new(rosters.into_iter().map(Snapshot::new)), caller }
    }

    fn list(&self, resource: &str, query: &[(&str, &str)]) -> Vec<Value> {
        let told = Told::default();
        let request = Request {
            method: "GET",
            path: &[resource],
            query,
            body: b"",
            caller: &self.caller,
            name: "tester",
            now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            told: &told,
        };
        let mut answering = pin!(self.service.answer(&self.source, request));
        let Poll::Ready(answer) = answering.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("{resource} waits")
        };
        let mut page: Value = serde_json::from_slice(&answer.unwrap().body).unwrap();
        let Value::Array(objects) = page["data"].take() else { panic!("{resource} has no data") };
        objects
    }
}

/// A tie of a person: its kind, where, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Tie {
    kind: &'static str,
    organisation: String,
    from: Option<String>,
    to: Option<String>,
}

fn tie(kind: &'static str, organisation: &Value, dated: &Value) -> Tie {
    let day = |name: &str| dated[name].as_str().map(str::to_owned);
    Tie { kind, organisation: text(&organisation["id"]), from: day("startDate"), to: day("endDate") }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn each<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

/// The ties of everybody, by what the lists tell.
fn ties(asking: &Asking) -> BTreeMap<String, BTreeSet<Tie>> {
    let mut ties: BTreeMap<String, BTreeSet<Tie>> = BTreeMap::new();
    let mut note = |person: &Value, tie: Tie| {
        ties.entry(text(&person["id"])).or_default().insert(tie);
    };
    let (persons, placements) = (asking.list("persons", &[]), asking.list("placements", &[]));
    for person in &persons {
        each(person, "enrolments").for_each(|it| note(person, tie("enrolment", &it["enroledAt"], it)));
        for adult in each(person, "responsibles").map(|it| &it["person"]) {
            each(person, "enrolments")
                .for_each(|it| note(adult, tie("responsibleFor.enrolment", &it["enroledAt"], it)));
            let placed = placements.iter().filter(|it| it["child"]["id"] == person["id"]);
            placed.for_each(|it| note(adult, tie("responsibleFor.placement", &it["placedAt"], it)));
        }
    }
    for it in &placements {
        note(&it["child"], tie("placement.child", &it["placedAt"], it));
        each(it, "owners").for_each(|owner| note(owner, tie("placement.owner", &it["placedAt"], it)));
    }
    let groups = asking.list("groups", &[]);
    for duty in &asking.list("duties", &[]) {
        note(&duty["person"], tie("duty", &duty["dutyAt"], duty));
        for task in each(duty, "assignmentRole") {
            let group = groups.iter().find(|it| it["id"] == task["group"]["id"]).expect("a group that is listed");
            note(&duty["person"], tie("groupMembership", &group["organisation"], task));
        }
    }
    for group in &groups {
        for member in each(group, "groupMemberships") {
            note(&member["person"], tie("groupMembership", &group["organisation"], member));
        }
    }
    ties
}

/// The second institution has some people of the first, in groups of its own.
fn two() -> impl Strategy<Value = [Roster<'static>; 2]> {
    (roster(), roster()).prop_map(|(mut one, mut other)| {
        one.organisation.number = OrganisationNumber::new("999001");
        other.organisation.number = OrganisationNumber::new("999002");
        for (member, same) in other.members.iter_mut().zip(&one.members).step_by(2) {
            member.person.clone_from(&same.person);
        }
        [one, other]
    })
}

type Bound = (&'static str, fn(&Tie, &str) -> bool);

/// The bounds of days, and what they ask of a tie. What is not known is within all of them.
const BOUNDS: [Bound; 4] = [
    ("relationship.startDate.onOrBefore", |it, day| it.from.as_deref().is_none_or(|it| it <= day)),
    ("relationship.startDate.onOrAfter", |it, day| it.from.as_deref().is_none_or(|it| it >= day)),
    ("relationship.endDate.onOrBefore", |it, day| it.to.as_deref().is_none_or(|it| it <= day)),
    ("relationship.endDate.onOrAfter", |it, day| it.to.as_deref().is_none_or(|it| it >= day)),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_person_is_found_by_one_and_the_same_tie(rosters in two()) {
        let asking = Asking::new(rosters);
        let ties = ties(&asking);
        let mut days: Vec<&str> = ties.values().flatten().filter_map(|it| it.from.as_deref()).collect();
        days.sort_unstable();
        let day = days.get(days.len() / 2).copied().unwrap_or("2026-08-01");
        let schools: Vec<String> = asking.list("organisations", &[]).iter().map(|it| text(&it["id"])).collect();
        for kind in RELATIONS.iter().map(Some).chain([None]) {
            for school in schools.iter().map(Some).chain([None]) {
                for bound in BOUNDS.iter().map(Some).chain([None]) {
                    let mut query = Vec::new();
                    query.extend(kind.map(|it| ("relationship.entity.type", *it)));
                    query.extend(school.map(|it| ("relationship.organisation", it.as_str())));
                    query.extend(bound.map(|it| (it.0, day)));
                    if query.is_empty() {
                        continue;
                    }
                    let fits = |it: &Tie| {
                        kind.is_none_or(|kind| it.kind == *kind)
                            && school.is_none_or(|school| it.organisation == *school)
                            && bound.is_none_or(|bound| bound.1(it, day))
                    };
                    let expected: Vec<&String> =
                        ties.iter().filter(|(_, ties)| ties.iter().any(fits)).map(|it| it.0).collect();
                    let found = asking.list("persons", &query);
                    let found: Vec<String> = found.iter().map(|it| text(&it["id"])).collect();
                    prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{:?}", query);
                }
            }
        }
    }
}
