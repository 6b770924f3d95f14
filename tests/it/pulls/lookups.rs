//! Immediate look-ups: sent upstream only while somebody is logged in whom the question is about, and never kept.

use std::sync::atomic::Ordering;

use skolebro::{
    domain::{CivilId, CivilIdKind, CountryCode, Member, Organisation, Person, PersonName, Roster, Snapshot, UserId},
    pull::Rules,
    source::{Part, Source, Ties, ages::Ages, login::Login},
    store::{Memory, Store},
};

use super::{Fake, Lookups, NOON, OTHER, SCHOOL, Set, at, number, people};

/// What only the upstream knows: pupil `new` at both schools.
fn knowing() -> Memory {
    let school = |it: &'static str| {
        let person = Person {
            user_id: Some(UserId::new("new")),
            civil_id: Some(CivilId::new("0702614082", CivilIdKind::Verified, CountryCode::DK)),
            ..Person::named(PersonName::new("Ny", "Elev"))
        };
        let member = Member { source: "S".into(), local_id: None, person: Some(person), tie: None, since: None };
        let organisation = Organisation::numbered(number(it));
        Snapshot::new(Roster {
            organisation,
            exported_at: None,
            sources: vec![],
            groups: vec![],
            members: vec![member],
        })
    };
    Memory::new([school(SCHOOL), school(OTHER)])
}

fn set(knows: Option<Memory>) -> Set {
    let mut fake = Fake::new(3);
    fake.lookups = Lookups { knows, ..Lookups::default() };
    let set = Set::new(fake, Rules::default());
    set.pull(SCHOOL).unwrap();
    set.pull(OTHER).unwrap();
    set
}

fn login(user: Option<&'static str>, institutions: &[&'static str]) -> Login {
    let institutions = institutions.iter().map(|it| number(it)).collect();
    Login { user: user.map(UserId::new), institutions, expires: at("2026-09-01T10:05:00Z") }
}

/// Asks in somebody's name. How many people were told of, and how many questions went upstream.
fn ask(set: &Set, login: &Login, part: Part<'_>) -> (usize, usize) {
    let (ages, before) = (Ages::default(), set.fake.lookups.asked.load(Ordering::SeqCst));
    let school = number(SCHOOL);
    let found = {
        let source = set.bridge.during(Some(login), &ages).unwrap();
        set.runtime.block_on(source.institution(&school, part)).unwrap()
    };
    let asked = set.fake.lookups.asked.load(Ordering::SeqCst) - before;
    assert_eq!(ages.oldest().is_some(), asked == 0, "only a copy has an age");
    (people(found), asked)
}

#[test]
fn a_question_goes_upstream_only_where_the_login_covers_it() {
    let set = set(Some(knowing()));
    let (new, old) = (UserId::new("new"), UserId::new("999001u1"));
    let upstream = (1, 1);
    let store = (3, 0);
    let table: [(Login, Part<'_>, (usize, usize)); 11] = [
        (login(Some("NEW"), &[]), Part::User(&new), upstream),
        (login(Some("new"), &[OTHER]), Part::User(&old), store),
        (login(Some("new"), &[SCHOOL]), Part::User(&old), upstream),
        (login(None, &[SCHOOL]), Part::Organisation, upstream),
        (login(None, &[SCHOOL]), Part::Groups, upstream),
        (login(None, &[SCHOOL]), Part::Group("1A"), upstream),
        (login(Some("new"), &[]), Part::Groups, store),
        (login(Some("new"), &[OTHER]), Part::Organisation, store),
        (login(None, &[]), Part::User(&new), store),
        // That would be a full pull by another name.
        (login(Some("new"), &[SCHOOL]), Part::Everything, store),
        (Login { expires: at(NOON), ..login(Some("new"), &[SCHOOL]) }, Part::User(&new), store),
    ];
    for (login, part, expected) in table {
        assert_eq!(ask(&set, &login, part), expected, "{login:?}, {part:?}");
    }
}

#[test]
fn users_are_looked_up_by_themselves_alone() {
    let set = set(Some(knowing()));
    let user = UserId::new("new");
    for (login, found) in [(login(Some("new"), &[]), 2), (login(Some("other"), &[SCHOOL, OTHER]), 0)] {
        let ages = Ages::default();
        let source = set.bridge.during(Some(&login), &ages).unwrap();
        let institutions = set.runtime.block_on(source.institutions_of(&user)).unwrap();
        assert_eq!(institutions.len(), found);
        let number = set.runtime.block_on(source.civil_id_of(&user)).unwrap();
        assert_eq!(number.is_some(), found > 0);
        // Whose number it is nobody knows before: it is never asked.
        let number = CivilId::new("0702614082", CivilIdKind::Verified, CountryCode::DK);
        assert_eq!(set.runtime.block_on(source.user_with(&number)).unwrap(), None);
    }
}

/// One kind of tie is one question, and who may ask it is the same.
#[test]
fn single_ties_are_looked_up_under_the_same_rules() {
    let set = set(Some(knowing()));
    let (new, school) = (UserId::new("new"), number(SCHOOL));
    let table = [
        (login(Some("new"), &[]), Some(&school), 1, 1),
        (login(None, &[SCHOOL]), Some(&school), 1, 1),
        (login(Some("other"), &[OTHER]), Some(&school), 1, 0),
        (login(Some("new"), &[]), None, 2, 1),
        (login(None, &[SCHOOL, OTHER]), None, 0, 0),
    ];
    for (login, at, expected, asked) in table {
        let (ages, before) = (Ages::default(), set.fake.lookups.asked.load(Ordering::SeqCst));
        let source = set.bridge.during(Some(&login), &ages).unwrap();
        let found = set.runtime.block_on(source.ties_of(&new, at, Ties::Own)).unwrap();
        assert_eq!(
            (found.len(), set.fake.lookups.asked.load(Ordering::SeqCst) - before),
            (expected, asked),
            "{login:?}"
        );
    }
}

#[test]
fn answers_to_look_ups_never_fill_the_store() {
    let set = set(Some(knowing()));
    let before = (set.store.sequence(), set.fake.all_calls());
    let login = login(Some("new"), &[SCHOOL, OTHER]);
    let user = UserId::new("new");
    for _ in 0..3 {
        ask(&set, &login, Part::User(&user));
    }
    assert_eq!((set.store.sequence(), set.fake.all_calls()), before);
    assert!(set.runtime.block_on(set.store.institutions_of(&user)).unwrap().is_empty());
}

#[test]
fn an_upstream_that_fails_is_stood_in_for_by_the_copy() {
    let set = set(None);
    let (user, login) = (UserId::new("999001u1"), login(Some("999001u1"), &[SCHOOL, "999777"]));
    let ages = Ages::default();
    let source = set.bridge.during(Some(&login), &ages).unwrap();
    let school = number(SCHOOL);
    let found = set.runtime.block_on(source.institution(&school, Part::User(&user))).unwrap();
    assert_eq!((people(found), ages.oldest()), (3, Some(at(NOON))));
    assert_eq!(set.runtime.block_on(source.institutions_of(&user)).unwrap().len(), 1);
    // Who is not in the copy may be known to the upstream: that nobody is there would be a lie.
    let stranger = UserId::new("stranger");
    let login = Login { user: Some(stranger.clone()), ..login.clone() };
    let source = set.bridge.during(Some(&login), &ages).unwrap();
    assert!(set.runtime.block_on(source.institutions_of(&stranger)).is_err());
    assert!(set.runtime.block_on(source.civil_id_of(&stranger)).is_err());
}
