//! Many wishes are one pull; a pull that fails is told, counted and not repeated at once.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use skolebro::{
    pull::{Missed, Pulled, Rules},
    source::{Part, Source, SourceErrorKind, intake::IntakeError, upstream::PullError},
    store::{Sqlite, tally::Tally},
};

use crate::gate::Gate;

use super::{Failing, Fake, NOON, OTHER, SCHOOL, Set, at, number, people, unavailable};

#[test]
fn ten_thousand_readers_cause_one_pull() {
    let set = Set::new(Fake::new(30).taking(Duration::from_millis(100)), Rules::default());
    let bridge = Arc::new(skolebro::pull::Bridge::new(set.store.clone(), set.puller.clone()));
    let found = set.runtime.block_on(async {
        let readers: Vec<_> = (0..10_000)
            .map(|_| {
                let bridge = bridge.clone();
                tokio::spawn(async move { bridge.institution(&number(SCHOOL), Part::Everything).await })
            })
            .collect();
        let mut found = 0;
        for reader in readers {
            found += people(reader.await.unwrap().unwrap());
        }
        found
    });
    assert_eq!((set.fake.all_calls(), found), (1, 300_000));
    assert_eq!(set.counted("2026-09-01", SCHOOL), 1);
}

#[test]
fn a_reader_who_goes_away_ends_nothing() {
    let rules = Rules { wait: Duration::from_millis(20), ..Rules::default() };
    let gate = Arc::new(Gate::shut());
    let set = Set::new(Fake::new(3).behind(&gate), rules);
    let error = set.read(SCHOOL).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Unavailable);
    assert!(error.retry_after.is_some(), "the reader is not told when to come back");
    gate.open();
    set.settle();
    assert_eq!((people(set.read(SCHOOL).unwrap()), set.fake.calls(SCHOOL)), (3, 1));
}

#[test]
fn a_failing_institution_is_counted_and_does_not_stop_the_others() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.fake.fails_for(SCHOOL, unavailable);
    let Err(Missed::Failed(again, why)) = set.pull(SCHOOL) else { panic!("that must fail") };
    assert!(matches!(*why, PullError::Unavailable(_)));
    assert_eq!(again, at(NOON) + TimeDelta::minutes(2));
    assert_eq!(set.counted("2026-09-01", SCHOOL), 1);
    assert!(matches!(set.pull(OTHER), Ok(Pulled::Done { .. })));
    let kept = set.store.copied("stil", &number(SCHOOL)).unwrap().unwrap();
    assert_eq!((kept.fetched, kept.failing.unwrap().kind.as_str()), (None, "unavailable"));
}

/// Readers would spend the day's quota in a second.
#[test]
fn readers_do_not_repeat_a_pull_that_failed() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.fake.fails_for(SCHOOL, unavailable);
    for _ in 0..50 {
        let error = set.read(SCHOOL).unwrap_err();
        assert_eq!((error.kind, error.retry_after.unwrap().as_secs()), (SourceErrorKind::Unavailable, 120));
    }
    assert_eq!(set.fake.calls(SCHOOL), 1);
    set.hands.go(TimeDelta::minutes(2));
    assert!(set.read(SCHOOL).is_err());
    set.hands.go(TimeDelta::minutes(29));
    assert!(set.read(SCHOOL).is_err(), "the second failure is waited after for longer");
    assert_eq!(set.fake.calls(SCHOOL), 2);
    set.hands.go(TimeDelta::minutes(1));
    set.fake.recovers();
    assert_eq!((people(set.read(SCHOOL).unwrap()), set.fake.calls(SCHOOL)), (3, 3));
    assert_eq!(set.store.copied("stil", &number(SCHOOL)).unwrap().unwrap().failing, None);
}

/// What waits is in the store, so a restart does not begin anew.
#[test]
fn a_restart_remembers_a_pull_that_failed() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.fake.fails_for(SCHOOL, || PullError::Refused("no agreement".to_owned()));
    assert!(set.pull(SCHOOL).is_err());
    let again = super::puller(&set.fake, &set.store, &Rules::default(), &set.hands);
    let quiet = again.standing(&number(SCHOOL)).unwrap().quiet.unwrap();
    assert_eq!((quiet.until, quiet.failure.as_deref()), (at(NOON) + TimeDelta::hours(3), Some("refused")));
}

#[test]
fn each_failure_is_told_as_what_it_is() {
    let failures: [(Failing, SourceErrorKind, u64); 5] = [
        (unavailable, SourceErrorKind::Unavailable, 120),
        (|| PullError::Busy(Duration::from_secs(900)), SourceErrorKind::Unavailable, 900),
        (|| PullError::Refused("no".to_owned()), SourceErrorKind::Refused, 3 * 3600),
        (|| PullError::Invalid("wrongly signed".into()), SourceErrorKind::Invalid, 3 * 3600),
        (|| PullError::Intake(IntakeError::Full), SourceErrorKind::Unavailable, 120),
    ];
    for (why, kind, seconds) in failures {
        let set = Set::new(Fake::new(3), Rules::default());
        set.fake.fails_for(SCHOOL, why);
        let error = set.read(SCHOOL).unwrap_err();
        assert_eq!((error.kind, error.retry_after.unwrap().as_secs()), (kind, seconds));
    }
}

#[test]
fn so_many_institutions_are_pulled_at_once_and_no_more() {
    for at_once in [1, 2] {
        let rules = Rules { at_once, ..Rules::default() };
        let gate = Arc::new(Gate::shut());
        let set = Set::new(Fake::new(1).behind(&gate), rules);
        set.runtime.block_on(async {
            for school in [SCHOOL, OTHER] {
                set.puller.wish(&number(school), set.newer(false));
            }
        });
        gate.wait_for(at_once);
        assert!(!gate.sees(at_once + 1, Duration::from_millis(50)), "more than {at_once}");
        gate.open();
        set.settle();
        assert_eq!((set.fake.at_once.0.load(Ordering::SeqCst), set.fake.all_calls()), (at_once, 2));
    }
}

#[test]
fn a_pull_that_would_let_too_many_go_is_held() {
    let set = Set::new(Fake::new(40), Rules::default());
    assert!(matches!(set.pull(SCHOOL), Ok(Pulled::Done { added: 40, .. })));
    set.fake.people.store(10, Ordering::SeqCst);
    assert_eq!(set.pull(SCHOOL).unwrap(), Pulled::Held { leaving: 30, of: 40 });
    assert_eq!(people(set.read(SCHOOL).unwrap()), 40);
    let held = skolebro::store::Store::held(&*set.store).unwrap();
    assert_eq!(held.len(), 1);
    assert!(skolebro::store::Store::confirm(&*set.store, &held[0].institution, &held[0].source).unwrap().is_some());
    assert_eq!(people(set.read(SCHOOL).unwrap()), 10);
}

#[test]
fn a_pull_that_is_confirmed_is_not_held() {
    let set = Set::new(Fake::new(40), Rules::default());
    set.pull(SCHOOL).unwrap();
    set.fake.people.store(10, Ordering::SeqCst);
    let told = set.runtime.block_on(set.puller.pull(&number(SCHOOL), set.newer(true))).unwrap();
    assert!(matches!(told, Pulled::Done { removed: 30, .. }));
}

#[test]
fn a_pull_that_cannot_be_counted_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let set = Set::over(Sqlite::open(&path).unwrap(), Fake::new(3), Rules::default(), NOON);
    rusqlite::Connection::open(&path).unwrap().execute_batch("DROP TABLE asked").unwrap();
    assert!(matches!(set.pull(SCHOOL), Err(Missed::Store(_))));
    assert_eq!(set.fake.all_calls(), 0);
}

/// An upstream of ours that panics must not be asked again and again.
#[test]
fn a_fault_of_ours_is_counted_and_waited_after() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.fake.fails_for(SCHOOL, || panic!("on purpose"));
    assert!(matches!(set.pull(SCHOOL), Err(Missed::Ours)));
    assert_eq!((set.read(SCHOOL).unwrap_err().kind, set.fake.calls(SCHOOL)), (SourceErrorKind::Unavailable, 1));
    assert_eq!(set.counted("2026-09-01", SCHOOL), 1);
}
