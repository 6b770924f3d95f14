//! The feed of changes, tombstones, imports that queue, the ledger, and what lasts beyond the process.

use std::{sync::Barrier, thread};

use chrono::NaiveDate;
use skolebro::{
    domain::{OrganisationNumber, Relation},
    source::intake::{Heading, IntakeError, Keeper, Mode},
    store::{Change, Kind, Pull, Sqlite, Store, StoreError},
};

use super::{
    SCHOOL, contact, contacts_of, each, everybody, full, group, hand_in, heading, person, pupil, pupil_of, remove,
    school, snapshot, try_hand_in, user_of, with_number,
};

fn feed(store: &dyn Store, after: u64) -> Vec<Change> {
    store.changes(after, usize::MAX).unwrap()
}

fn keys(changes: &[Change]) -> Vec<(Kind, &str)> {
    changes.iter().map(|it| (it.kind, it.key.as_str())).collect()
}

#[test]
fn every_change_has_its_number() {
    each(|store| {
        assert_eq!((store.sequence(), feed(store, 0)), (0, Vec::new()));
        let mother = contact(with_number("Mor", "0702614082"), Relation::Mother);
        full(store, 0, &[pupil_of("1A", "1", person("Anna"), vec![mother]), pupil("2", person("Bo"))]);
        let changes = feed(store, 0);
        let contact_key = format!("1\n{}", contacts_of(store, "1")[0]);
        assert_eq!(
            keys(&changes),
            [
                (Kind::Institution, SCHOOL),
                (Kind::Group, "1A"),
                (Kind::Person, "1"),
                (Kind::Contact, contact_key.as_str()),
                (Kind::Person, "2")
            ]
        );
        assert_eq!(changes.iter().map(|it| it.sequence).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(store.sequence(), 5);
        assert_eq!(changes[2].user_id.as_ref().unwrap().as_str(), user_of(store, "1"));
        assert!(changes.iter().all(|it| it.institution.as_str() == SCHOOL && it.deleted.is_none()));
        assert_eq!(store.changes(2, 2).unwrap(), changes[2..4]);
        let receipt = full(store, 1, &[pupil_of("1A", "1", person("Anna"), vec![]), pupil("2", person("Bo Bo"))]);
        assert_eq!(receipt.sequence, 7);
        assert_eq!(keys(&feed(store, 5)), [(Kind::Contact, contact_key.as_str()), (Kind::Person, "2")]);
        assert!(feed(store, 5)[0].deleted.is_some());
        assert_eq!(feed(store, 0).len(), 5, "of each entity the latest change is told");
    });
}

#[test]
fn who_leaves_becomes_a_tombstone_and_who_returns_loses_it() {
    each(|store| {
        full(store, 0, &[pupil("1", person("Anna")), pupil("2", person("Bo"))]);
        let before = feed(store, 0);
        let id = user_of(store, "1");
        let receipt = remove(store, 1, &["1"]);
        assert_eq!(receipt.removed, 1);
        let gone = feed(store, receipt.sequence - 1).remove(0);
        let was = before.iter().find(|it| it.key == "1").unwrap();
        assert_eq!((gone.key.as_str(), gone.user_id.as_ref().unwrap().as_str()), ("1", id.as_str()));
        assert_eq!((gone.created, gone.deleted), (was.created, Some(gone.modified)));
        full(store, 2, &[pupil("1", person("Anna")), pupil("2", person("Bo"))]);
        let back = feed(store, receipt.sequence);
        assert_eq!(keys(&back), [(Kind::Person, "1")]);
        assert_eq!((back[0].created, back[0].deleted), (was.created, None));
    });
}

#[test]
fn an_import_that_fails_or_changes_nothing_is_not_in_the_feed() {
    each(|store| {
        full(store, 0, &[pupil("1", person("Anna"))]);
        let sequence = store.sequence();
        full(store, 1, &[pupil("1", person("Anna"))]);
        drop(store.begin(heading(Mode::Full, SCHOOL, "A", 2)).unwrap());
        assert!(matches!(
            try_hand_in(store, heading(Mode::Full, SCHOOL, "A", 1), &[], &[]),
            Err(IntakeError::Outdated { .. })
        ));
        assert_eq!((store.sequence(), feed(store, sequence)), (sequence, Vec::new()));
    });
}

/// Whoever sees a change in the feed sees it at the institution too, and the other way round.
#[test]
fn what_the_feed_tells_can_be_seen() {
    each(|store| {
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for minute in 0..40 {
                    full(store, minute, &[pupil("1", person(&format!("Anna {minute}")))]);
                }
            });
            while !writer.is_finished() {
                let told = feed(store, 0).into_iter().find(|it| it.kind == Kind::Person);
                let Some(school) = snapshot(store, SCHOOL) else {
                    assert_eq!(told, None);
                    continue;
                };
                let name = school.roster().members[0].person.as_ref().unwrap().name.given.clone();
                let shown: u64 = name.split(' ').nth(1).unwrap().parse().unwrap();
                // The first three changes were the school, the group and Anna 0.
                assert!(told.is_none_or(|it| it.sequence <= shown + 3), "the feed is ahead of what is shown");
                let told = feed(store, 0).into_iter().find(|it| it.kind == Kind::Person);
                assert!(told.is_some_and(|it| it.sequence >= shown + 3), "what is shown is not in the feed");
            }
        });
    });
}

#[test]
fn ten_imports_at_once_queue_up_and_none_is_lost() {
    each(|store| {
        let all_here = Barrier::new(10);
        thread::scope(|scope| {
            for number in 0..10_u32 {
                let all_here = &all_here;
                scope.spawn(move || {
                    all_here.wait();
                    let source: &'static str = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"][number as usize];
                    let people = [pupil(&format!("{number}"), person("Anna"))];
                    hand_in(store, heading(Mode::Full, SCHOOL, source, 0), &[], &people);
                });
            }
        });
        assert_eq!(everybody(store).len(), 10);
        assert_eq!(school(store).roster().sources.len(), 10);
        assert_eq!(store.sequence(), 1 + 10 + 10, "the school, ten groups, ten people");
    });
}

#[test]
fn an_import_waits_for_the_one_before_it() {
    each(|store| {
        let mut first = store.begin(heading(Mode::Full, SCHOOL, "A", 0)).unwrap();
        thread::scope(|scope| {
            let second = scope.spawn(|| hand_in(store, heading(Mode::Delta, SCHOOL, "A", 1), &[], &[]));
            let elsewhere = scope.spawn(|| hand_in(store, heading(Mode::Delta, "999002", "A", 1), &[], &[]));
            elsewhere.join().unwrap();
            first.member(&pupil("1", person("Anna"))).unwrap();
            assert!(!second.is_finished());
            first.commit().unwrap();
            second.join().unwrap();
        });
        assert_eq!(everybody(store), ["1"]);
    });
}

#[test]
fn pulls_are_counted() {
    each(|store| {
        let day = |day| NaiveDate::from_ymd_opt(2026, 9, day).unwrap();
        let school = OrganisationNumber::new(SCHOOL);
        let count = |on, package| store.count_pull(day(on), "Anna", &school, package).unwrap();
        assert_eq!([count(1, "fuld"), count(1, "fuld"), count(1, "lille"), count(2, "fuld")], [1, 2, 1, 1]);
        let pull = |on, package: &str, count| Pull {
            day: day(on),
            caller: "Anna".into(),
            institution: school.clone(),
            package: package.into(),
            count,
        };
        assert_eq!(store.pulls(day(1), day(1)).unwrap(), [pull(1, "fuld", 2), pull(1, "lille", 1)]);
        assert_eq!(store.pulls(day(1), day(2)).unwrap().len(), 3);
    });
}

#[test]
fn callers_are_kept_by_name() {
    each(|store| {
        store.keep_caller("Bo", "token = 'sha256:1:2'").unwrap();
        store.keep_caller("Anna", "x").unwrap();
        store.keep_caller("Bo", "y").unwrap();
        let callers = store.callers().unwrap();
        let told: Vec<_> = callers.iter().map(|it| (it.name.as_str(), it.settings.as_str())).collect();
        assert_eq!(told, [("Anna", "x"), ("Bo", "y")]);
        assert!(!format!("{callers:?}").contains("settings"));
        assert!(store.remove_caller("Bo").unwrap() && !store.remove_caller("Bo").unwrap());
        assert_eq!(store.callers().unwrap().len(), 1);
    });
}

/// A store that two processes have open.
fn opened_twice() -> (tempfile::TempDir, Sqlite, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let open = || Sqlite::open(&folder.path().join("store.db")).unwrap();
    let (here, there) = (open(), open());
    (folder, here, there)
}

#[test]
fn everything_lasts_beyond_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mother = contact(with_number("Mor", "0702614082"), Relation::Mother);
    let people = [pupil_of("1A", "1", person("Anna"), vec![mother]), pupil("2", person("Bo"))];
    let store = Sqlite::open(&path).unwrap();
    hand_in(&store, heading(Mode::Full, SCHOOL, "A", 0), &[group("1A", skolebro::domain::GroupKind::Main)], &people);
    let (before, changes) = (school(&store), feed(&store, 0));
    drop(store);
    let store = Sqlite::open(&path).unwrap();
    assert_eq!(school(&store).roster(), before.roster());
    assert_eq!((feed(&store, 0), store.sequence()), (changes, 5));
    assert!(matches!(store.begin(heading(Mode::Full, SCHOOL, "A", 0)).map(drop), Err(IntakeError::Outdated { .. })));
    assert_eq!(full(&store, 1, &people).changed, 1, "only the group is another one");
}

#[test]
fn an_import_that_is_held_lasts_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Sqlite::open(&path).unwrap();
    let many: Vec<_> = (0..30).map(|it| pupil(&format!("{it:02}"), person("Anna"))).collect();
    full(&store, 0, &many);
    try_hand_in(&store, heading(Mode::Full, SCHOOL, "A", 1), &[], &many[..1]).unwrap();
    drop(store);
    let store = Sqlite::open(&path).unwrap();
    assert_eq!(store.held().unwrap().len(), 1);
    assert_eq!(store.confirm(&OrganisationNumber::new(SCHOOL), "A").unwrap().unwrap().removed, 29);
    assert_eq!(everybody(&store), ["00"]);
}

#[test]
fn what_another_process_writes_is_seen_at_the_next_look() {
    let (_folder, here, there) = opened_twice();
    assert!(!here.refresh().unwrap());
    full(&there, 0, &[pupil("1", person("Anna"))]);
    assert!(snapshot(&here, SCHOOL).is_none());
    assert!(here.refresh().unwrap());
    assert_eq!(school(&here).roster(), school(&there).roster());
    assert_eq!(here.sequence(), there.sequence());
    assert!(!here.refresh().unwrap());
    hand_in(&here, heading(Mode::Full, "999002", "A", 0), &[], &[pupil("1", person("Bo"))]);
    full(&there, 1, &[pupil("1", person("Anne"))]);
    hand_in(&here, heading(Mode::Full, "999003", "A", 0), &[], &[]);
    assert_eq!(school(&here).roster(), school(&there).roster(), "an own commit looks too");
    assert_eq!(user_of(&here, "1"), user_of(&there, "1"));
}

#[test]
fn imports_of_two_processes_at_one_institution_do_not_mix() {
    let (_folder, here, there) = opened_twice();
    full(&here, 0, &[pupil("1", person("Anna"))]);
    let mut ours = here.begin(heading(Mode::Full, SCHOOL, "A", 2)).unwrap();
    ours.member(&pupil("1", person("Anna"))).unwrap();
    full(&there, 1, &[pupil("1", person("Anne"))]);
    match ours.commit() {
        Err(IntakeError::Failed(why)) => assert!(matches!(why.downcast_ref(), Some(StoreError::Overtaken))),
        other => panic!("{other:?}"),
    }
    let again = Heading { confirmed: true, ..heading(Mode::Full, SCHOOL, "A", 2) };
    assert_eq!(hand_in(&here, again, &[], &[pupil("1", person("Anna"))]).changed, 1, "a new attempt sees the other's");
}
