//! The law about protected persons: to a caller without the right to real names no SS12000 object tells name, home, telephone or
//! civil registration number, whatever else is in the roster, and wherever else the person goes to school; no look-up of Unilogin
//! does to anybody, and no export but the largest.

use std::{future::Future, sync::Arc};

use proptest::prelude::*;
use skolebro::{
    crosswalk::Trail,
    domain::{
        Address, CivilId, CivilIdKind, CountryCode, OrganisationNumber, Person, PersonName, Phone, Phones, Protection,
        Roster, Snapshot, Tie,
    },
    source::told::Told,
    standards::{
        ss12000::{
            context::{Context, Options, Rights},
            serve::{
                Choices, Request, Service,
                operation::{Operation, Type, What},
                routes::OPERATIONS,
            },
            view::{Caller, Kind, Reader, View},
        },
        unilogin::{bruger, eksport::Package, inst, stream::Form},
    },
    store::Memory,
};
use uuid::Uuid;

use crate::{
    crossing,
    rosters::{persons, roster},
};

const RIGHTS: [Rights; 2] = [
    Rights { civil_numbers: true, real_names: false, responsibles: true, contact_data: true },
    Rights { civil_numbers: false, real_names: false, responsibles: false, contact_data: false },
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_object_gives_a_protected_person_away(mut roster in roster()) {
        mark(&mut roster);
        for (rights, names) in RIGHTS.into_iter().flat_map(|it| [(it, false), (it, true)]) {
            let options = Options { other_adults: true, ..Options::default() };
            let context = Context::new(&roster, &options, rights).with_reference_names(names);
            let json = crossing::ss12000(&roster, Some(true), &context, &mut Trail::silent());
            for line in json.lines() {
                prop_assert!(!tells(line), "{line}");
            }
        }
    }

    #[test]
    fn nor_does_another_institution_that_does_not_know(mut roster in roster()) {
        mark(&mut roster);
        let mut other = roster.clone();
        other.organisation.number = OrganisationNumber::new("Z99999");
        for person in other.members.iter_mut().flat_map(|it| &mut it.person) {
            person.protection = Protection::Open;
        }
        let institutions: Arc<[_]> = [roster, other].map(|it| Arc::new(Snapshot::new(it))).into();
        let options = Options::default();
        let view = View::new(institutions, None, &options);
        let callers = [None, Some(vec![OrganisationNumber::new("Z99999")])];
        let asked = RIGHTS.into_iter().flat_map(|it| [(it, false), (it, true)]);
        for ((rights, names), institutions) in asked.flat_map(|it| callers.clone().map(|seen| (it, seen))) {
            let caller = Caller { rights, institutions, ..Caller::default() };
            let scope = view.scope(&caller);
            let reader = Reader::new(&scope, &options, names);
            for kind in Kind::ALL {
                for id in view.ids(kind, None::<Uuid>) {
                    let told = format!("{:?}", reader.object(kind, id));
                    prop_assert!(!tells(&told), "{told}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The look-ups of Unilogin know no right to real names at all.
    #[test]
    fn no_look_up_gives_a_protected_person_away(mut roster in roster()) {
        mark(&mut roster);
        let snapshot = Snapshot::new(roster);
        let number = snapshot.roster().organisation.number.clone();
        let mut trail = Trail::silent();
        for member in &snapshot.roster().members {
            let told = (
                inst::instbruger(member, &snapshot, &mut trail),
                inst::brugertilknytning(member, &snapshot, &mut trail),
                bruger::elevbruger(member, &snapshot, &mut trail),
            );
            prop_assert!(!tells(&format!("{told:?}")), "{told:?}");
            let Some(Tie::Pupil(pupil)) = &member.tie else { continue };
            for contact in &pupil.contacts {
                let told = bruger::kontaktperson(contact, number.clone().into_text(), &mut trail);
                prop_assert!(!tells(&format!("{told:?}")), "{told:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every export but the largest tells the alias of a protected person, and neither home nor number.
    #[test]
    fn no_export_gives_a_protected_person_away(mut roster in roster()) {
        persons(&mut roster).filter(|it| it.is_protected()).for_each(mark_person);
        for form in Form::ALL {
            let document = crossing::document(&roster, form, &mut Trail::silent());
            let tells = MARKS.iter().any(|it| *it != TELEPHONE && document.contains(it));
            prop_assert!(!tells || form.package == Package::FullMyndighed, "{document}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// No list does, with everything put into it and in every order; and nobody is found by what is hidden.
    #[test]
    fn no_list_gives_a_protected_person_away(mut roster in roster()) {
        mark(&mut roster);
        let mut other = roster.clone();
        other.organisation.number = OrganisationNumber::new("Z99999");
        for person in other.members.iter_mut().flat_map(|it| &mut it.person) {
            person.protection = Protection::Open;
        }
        let source = Memory::new([roster, other].map(Snapshot::new));
        let service = Service::new(Options { other_adults: true, ..Options::default() }, Choices::default());
        for (rights, operation) in RIGHTS.into_iter().flat_map(|it| lists().map(move |of| (it, of))) {
            let caller = Caller { rights, institutions: None, ..Caller::default() };
            let of = |name: &str| match operation.parameters().into_iter().find(|it| it.name == name).map(|it| it.of) {
                Some(Type::Of(values)) => values,
                _ => &[],
            };
            let expand = of("expand").iter().map(|it| ("expand", *it));
            let every: Vec<(&str, &str)> = expand.chain([("expandReferenceNames", "true")]).collect();
            let path = &operation.path[1..];
            let told = ask(&service, &source, path, &every, &caller);
            prop_assert!(!tells(&told), "{path}: {told}");
            for key in of("sortkey").iter().filter(|it| !it.starts_with("CivicNo")) {
                let told = ask(&service, &source, path, &[("sortkey", key), ("limit", "2")], &caller);
                prop_assert!(!tells(&told), "{path} by {key}: {told}");
            }
        }
        let caller = Caller { rights: RIGHTS[0], institutions: None, ..Caller::default() };
        for name in MARKS {
            let told = ask(&service, &source, "persons", &[("nameContains", name)], &caller);
            prop_assert_eq!(told, "{\"data\":[],\"pageToken\":null}", "{}", name);
        }
    }
}

fn lists() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().filter(|it| matches!(it.what, What::List(_)))
}

/// What a list answers. Neither the source nor the list waits for anything.
fn ask(service: &Service, source: &Memory, path: &str, query: &[(&str, &str)], caller: &Caller) -> String {
    let (now, told) = (chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(), Told::default());
    let request = Request { method: "GET", path: &[path], query, body: b"", caller, name: "tester", now, told: &told };
    let mut answering = std::pin::pin!(service.answer(source, request));
    match answering.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(answer) => String::from_utf8(answer.unwrap().body).unwrap(),
        std::task::Poll::Pending => panic!("{path} waits"),
    }
}

/// Every protected person gets a name, a home, numbers and a mail address that can be told from everything else; the home is
/// that of the contact persons too.
fn mark(roster: &mut Roster<'static>) {
    for member in &mut roster.members {
        let protected = member.person.as_ref().is_some_and(Person::is_protected);
        let contacts = match &mut member.tie {
            Some(Tie::Pupil(pupil)) => &mut pupil.contacts[..],
            Some(Tie::Staff(_) | Tie::External(_)) | None => &mut [],
        };
        for person in member.person.iter_mut().chain(contacts.iter_mut().map(|it| &mut it.person)) {
            if person.is_protected() {
                mark_person(person);
            } else if protected {
                person.address = Some(home());
            }
        }
    }
}

const MARKS: [&str; 5] = ["Hemmelignavn", "hemmelignavn", "Skjulested", TELEPHONE, "7001019393"];

/// Telephones have a protection of their own in exports.
const TELEPHONE: &str = "93939393";

fn mark_person(person: &mut Person<'static>) {
    let phone = || Some(Phone { number: "93939393".into(), protected: false });
    person.name = PersonName::new("Hemmelignavn", "Hemmelignavnsen");
    person.civil_id = Some(CivilId::new("7001019393", CivilIdKind::Replacement, CountryCode::DK));
    person.email = Some("hemmelignavn@skole.example".into());
    person.address = Some(home());
    person.phones = Phones { home: phone(), work: phone(), mobile: phone() };
}

fn home() -> Address<'static> {
    let (street, postal_code, town) = (Some("Skjulested 1".into()), Some("9999".into()), Some("Skjulested".into()));
    Address { street, postal_code, town, ..Address::default() }
}

fn tells(json: &str) -> bool {
    MARKS.iter().any(|it| json.contains(it))
}

/// A law that is never broken may be a check that never looks.
#[test]
fn whoever_has_the_right_sees_real_names() {
    let mut seen = 0;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..16 {
        let mut roster = proptest::strategy::ValueTree::current(&roster().new_tree(&mut runner).unwrap());
        mark(&mut roster);
        let options = Options::default();
        let context = Context::new(&roster, &options, Rights::ALL);
        seen += usize::from(tells(&crossing::ss12000(&roster, None, &context, &mut Trail::silent())));
    }
    assert!(seen > 4, "only {seen}");
}
