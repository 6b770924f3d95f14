//! What needs a look inside: a database without room, and secrets that are not kept.

use chrono::{DateTime, Duration};

use super::*;
use crate::{
    domain::{CivilId, CivilIdKind, CountryCode, ImportSource, Member, Person, PersonName, SchoolYear},
    source::intake::{Mode, Outcome},
};

fn people(count: usize) -> Vec<Member<'static>> {
    let member = |at: usize| {
        let mut person = Person::named(PersonName::new("Anna", "Eksempel"));
        person.civil_id = Some(CivilId::new(format!("610101{at:04}"), CivilIdKind::Replacement, CountryCode::DK));
        Member {
            source: "A".into(),
            local_id: Some(at.to_string().into()),
            person: Some(person),
            tie: None,
            since: None,
        }
    };
    (0..count).map(member).collect()
}

fn hand_in(store: &Sqlite, minute: i64, members: &[Member<'_>]) -> Result<Outcome, IntakeError> {
    let start = DateTime::parse_from_rfc3339("2026-09-01T10:00:00+02:00").unwrap();
    let source = ImportSource {
        source: "A".into(),
        extracted_at: start + Duration::minutes(minute),
        school_year: SchoolYear { first: 2026, last: 2027 },
    };
    let institution = OrganisationNumber::new("999001");
    let mut intake =
        store.begin(Heading { mode: Mode::Full, institution, name: None, sources: vec![source], confirmed: false })?;
    for member in members {
        intake.member(member)?;
    }
    intake.commit()
}

/// Lets the database grow by so many pages only.
fn leave_room(store: &Sqlite, pages: i64) {
    let writer = store.writer();
    let now: i64 = writer.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    writer.pragma_update(None, "max_page_count", now + pages).unwrap();
}

fn shown(store: &Sqlite) -> usize {
    store.kept("999001").unwrap().snapshot.roster().members.len()
}

#[test]
fn a_full_store_refuses_and_goes_on_answering() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("store.db")).unwrap();
    hand_in(&store, 0, &people(50)).unwrap();
    let (before, sequence) = (store.kept("999001").unwrap(), store.sequence());
    leave_room(&store, 8);
    for _ in 0..2 {
        assert!(matches!(hand_in(&store, 1, &people(3000)), Err(IntakeError::Full)));
        assert_eq!((store.sequence(), shown(&store)), (sequence, 50));
        assert_eq!(store.kept("999001").unwrap().snapshot.roster(), before.snapshot.roster());
        assert_eq!(store.changes(sequence, 10).unwrap(), []);
    }
    assert!(hand_in(&store, 1, &people(49)).is_ok(), "what there is room for goes in");
    leave_room(&store, 10_000);
    assert!(hand_in(&store, 2, &people(3000)).is_ok());
    assert_eq!(shown(&store), 3000);
}

#[test]
fn a_store_that_many_open_at_once_is_made_once() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            let open = || {
                start.wait();
                // Closed again at once: the last to close puts the log away, while others may still be opening.
                (0..3).try_for_each(|_| Sqlite::open(&path).map(drop))
            };
            let opened = [(); 8].map(|()| scope.spawn(open)).map(|it| it.join().unwrap());
            assert!(opened.iter().all(Result::is_ok), "{opened:?}");
        });
    }
}

#[test]
fn an_import_that_there_is_no_room_to_hold_is_refused() {
    let store = Sqlite::in_memory().unwrap();
    hand_in(&store, 0, &people(50)).unwrap();
    leave_room(&store, 2);
    let others: Vec<_> = people(4000).split_off(50);
    assert!(matches!(hand_in(&store, 1, &others), Err(IntakeError::Full)));
    assert_eq!((shown(&store), store.held().unwrap().len()), (50, 0));
}

#[test]
fn numbers_of_people_who_have_gone_are_nowhere_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Sqlite::open(&path).unwrap();
    let all = people(6);
    hand_in(&store, 0, &all).unwrap();
    hand_in(&store, 1, &all[1..]).unwrap();
    store.writer().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let file = std::fs::read(&path).unwrap();
    let holds = |text: &str| file.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(holds("6101010001"));
    assert!(!holds("6101010000"));
}

#[test]
fn the_secret_of_a_database_stays_and_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| Sqlite::open(&folder.path().join(name)).unwrap().keyed.digest(&["x"]);
    assert_eq!(open("a.db"), open("a.db"));
    assert_ne!(open("a.db"), open("b.db"));
}
