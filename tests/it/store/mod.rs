//! What every store must do: each test runs against every store there is.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use chrono::{DateTime, Duration, FixedOffset, TimeZone};
use skolebro::{
    domain::{
        CivilId, CivilIdKind, ContactPerson, CountryCode, Employment, Enrolment, Grade, Group, GroupKind, ImportSource,
        Member, OrganisationNumber, Person, PersonName, Protection, Pupil, PupilRole, Relation, SchoolYear, Snapshot,
        StaffRole, Text, Tie, UserId,
    },
    source::{
        Answer, Part,
        intake::{Heading, IntakeError, Mode, Outcome, Receipt},
    },
    store::{Sqlite, Store},
};

mod crash;
mod feed;
mod people;
mod rules;
mod whole;

const SCHOOL: &str = "999001";

/// Runs a test against every store.
fn each(test: impl Fn(&dyn Store)) {
    test(&Sqlite::in_memory().unwrap());
    let folder = tempfile::tempdir().unwrap();
    test(&Sqlite::open(&folder.path().join("store.db")).unwrap());
}

/// Ten o'clock and so many minutes.
fn at(minute: u32) -> DateTime<FixedOffset> {
    let ten = FixedOffset::east_opt(7200).unwrap().with_ymd_and_hms(2026, 9, 1, 10, 0, 0).unwrap();
    ten + Duration::minutes(i64::from(minute))
}

fn heading(mode: Mode, institution: &'static str, source: &'static str, minute: u32) -> Heading {
    let school_year = SchoolYear { first: 2026, last: 2027 };
    Heading {
        mode,
        institution: OrganisationNumber::new(institution),
        name: Some("Prøveskolen".to_owned()),
        sources: vec![ImportSource { source: source.into(), extracted_at: at(minute), school_year }],
        confirmed: false,
    }
}

/// Hands everything in and commits.
fn try_hand_in(
    store: &dyn Store,
    heading: Heading,
    groups: &[Group<'_>],
    members: &[Member<'_>],
) -> Result<Outcome, IntakeError> {
    let mut intake = store.begin(heading)?;
    for group in groups {
        intake.group(group)?;
    }
    for member in members {
        intake.member(member)?;
    }
    intake.commit()
}

fn hand_in(store: &dyn Store, heading: Heading, groups: &[Group<'_>], members: &[Member<'_>]) -> Receipt {
    done(try_hand_in(store, heading, groups, members))
}

fn done(outcome: Result<Outcome, IntakeError>) -> Receipt {
    match outcome.unwrap() {
        Outcome::Done(receipt) => receipt,
        Outcome::Held { leaving, of } => panic!("held: {leaving} of {of}"),
    }
}

/// A full import of source A at the school.
fn full(store: &dyn Store, minute: u32, members: &[Member<'_>]) -> Receipt {
    let heading = Heading { confirmed: true, ..heading(Mode::Full, SCHOOL, "A", minute) };
    hand_in(store, heading, &[], members)
}

/// Somebody goes, in a deletion by source A at the school.
fn remove(store: &dyn Store, minute: u32, local_ids: &[&str]) -> Receipt {
    let mut intake = store.begin(heading(Mode::Delete, SCHOOL, "A", minute)).unwrap();
    for id in local_ids {
        assert!(intake.remove(id).unwrap(), "{id} is not there");
    }
    done(intake.commit())
}

/// An answer that is there already.
fn answer<T>(answer: Answer<'_, T>) -> T {
    match pin!(answer).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => it.unwrap(),
        Poll::Pending => panic!("the store makes readers wait"),
    }
}

fn snapshot(store: &dyn Store, institution: &str) -> Option<Arc<Snapshot>> {
    answer(store.institution(&OrganisationNumber::new(institution), Part::Everything))
}

fn school(store: &dyn Store) -> Arc<Snapshot> {
    snapshot(store, SCHOOL).unwrap()
}

/// The local ids of everybody at the school.
fn everybody(store: &dyn Store) -> Vec<String> {
    school(store).roster().members.iter().map(|it| it.local_id.clone().unwrap_or_default().into_owned()).collect()
}

/// The user id of somebody at the school.
fn user_of(store: &dyn Store, local_id: &str) -> String {
    user_at(store, SCHOOL, local_id)
}

fn user_at(store: &dyn Store, institution: &str, local_id: &str) -> String {
    let snapshot = snapshot(store, institution).unwrap();
    let found = snapshot.roster().members.iter().find(|it| it.local_id.as_deref() == Some(local_id)).unwrap();
    found.person.as_ref().unwrap().user_id.as_ref().unwrap().as_str().to_owned()
}

/// The user ids of a pupil's contact persons.
fn contacts_of(store: &dyn Store, local_id: &str) -> Vec<String> {
    let school = school(store);
    let found = school.roster().members.iter().find(|it| it.local_id.as_deref() == Some(local_id)).unwrap();
    let Some(Tie::Pupil(pupil)) = &found.tie else { panic!("{local_id} is no pupil") };
    pupil.contacts.iter().map(|it| it.person.user_id.as_ref().unwrap().as_str().to_owned()).collect()
}

/// A person without a number.
fn person(name: &str) -> Person<'static> {
    let name = PersonName::new(name.to_owned(), "Eksempel");
    Person { protection: Protection::Open, ..Person::named(name) }
}

fn with_number(name: &str, number: &'static str) -> Person<'static> {
    let kind = CivilIdKind::Unverified;
    Person { civil_id: Some(CivilId::new(number, kind, CountryCode::DK)), ..person(name) }
}

/// A pupil of 1A.
fn pupil(local_id: &str, person: Person<'static>) -> Member<'static> {
    pupil_of("1A", local_id, person, Vec::new())
}

fn pupil_of(
    main_group: &'static str,
    local_id: &str,
    person: Person<'static>,
    contacts: Vec<ContactPerson<'static>>,
) -> Member<'static> {
    let enrolment = Enrolment {
        role: PupilRole::Pupil,
        grade: Some(Grade::Year(1)),
        main_group: main_group.into(),
        student_number: None,
        location: None,
        groups: Vec::new(),
    };
    member(local_id, person, Tie::Pupil(Pupil { enrolment, contacts }))
}

fn teacher(local_id: &str, person: Person<'static>, groups: &[&'static str]) -> Member<'static> {
    let groups = groups.iter().map(|it| Text::Borrowed(*it)).collect();
    let roles = vec![StaffRole::Teacher];
    let tie = Tie::Staff(Employment { roles, initials: None, occupation: None, location: None, groups });
    member(local_id, person, tie)
}

fn member(local_id: &str, person: Person<'static>, tie: Tie<'static>) -> Member<'static> {
    Member {
        source: "A".into(),
        local_id: Some(local_id.to_owned().into()),
        person: Some(person),
        tie: Some(tie),
        since: None,
    }
}

fn contact(person: Person<'static>, relation: Relation) -> ContactPerson<'static> {
    ContactPerson { person, relation, custody: true, access: None, office: None }
}

fn group(id: &'static str, kind: GroupKind) -> Group<'static> {
    let name = Some(format!("Gruppen {id}").into());
    Group { id: id.into(), name, kind, grade: None, line: None, from: None, to: None, since: None }
}

/// The same person under a user id that another keeper has given.
fn known_as(user: &'static str, person: Person<'static>) -> Person<'static> {
    Person { user_id: Some(UserId::new(user)), ..person }
}
