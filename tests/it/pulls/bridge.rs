//! What readers get: a copy that is new enough, an old one with its age, or a refusal that says when to come back.

use std::time::Duration;

use chrono::TimeDelta;
use skolebro::{
    domain::{Organisation, UserId},
    pull::{Attached, Bridge, Puller, Rules, WhenSpent},
    source::{Part, Source, SourceErrorKind, ages::Ages, intake::Keeper},
    store::{
        Sqlite, Store,
        tally::{Became, Tally},
    },
};

use super::{Fake, NOON, OTHER, SCHOOL, Set, at, number, people, unavailable};

/// Reads as a request does: with the age of what is told.
fn aged(set: &Set, school: &'static str) -> (usize, Option<String>) {
    let ages = Ages::default();
    let number = number(school);
    let found = {
        let source = set.bridge.during(None, &ages).unwrap();
        set.runtime.block_on(source.institution(&number, Part::Everything)).unwrap()
    };
    (people(found), ages.oldest().map(|it| it.to_rfc3339()))
}

#[test]
fn a_copy_is_served_with_its_age_until_it_is_too_old() {
    let set = Set::new(Fake::new(3), Rules::default());
    assert_eq!(aged(&set, SCHOOL), (3, Some("2026-09-01T10:00:00+00:00".to_owned())));
    set.hands.go(TimeDelta::hours(24));
    assert_eq!(aged(&set, SCHOOL), (3, Some("2026-09-01T10:00:00+00:00".to_owned())));
    set.settle();
    assert_eq!(set.fake.calls(SCHOOL), 1);
    set.hands.go(TimeDelta::minutes(1));
    // Who comes upon an old copy gets it, and whoever comes next the new one.
    assert_eq!(aged(&set, SCHOOL), (3, Some("2026-09-01T10:00:00+00:00".to_owned())));
    set.settle();
    assert_eq!(aged(&set, SCHOOL), (3, Some("2026-09-02T10:01:00+00:00".to_owned())));
    assert_eq!(set.fake.calls(SCHOOL), 2);
}

#[test]
fn institutions_that_no_upstream_answers_for_are_the_stores_alone() {
    let set = Set::new(Fake::new(3), Rules::default());
    assert_eq!(aged(&set, "999777"), (0, None));
    assert_eq!(set.fake.all_calls(), 0);
}

/// Nobody is told that there is nobody before it is known who is asked.
#[test]
fn readers_who_come_before_the_agreements_are_known_wait_for_them() {
    let waiting = |time: Duration| {
        let rules = Rules { wait: time, ..Rules::default() };
        let mut set = Set::new(Fake::new(3), rules.clone());
        let attached = Attached { upstream: set.fake.clone(), institutions: None };
        set.puller = Puller::new(vec![attached], set.store.clone(), rules, set.hands.clock()).unwrap();
        set.bridge = Bridge::new(set.store.clone(), set.puller.clone());
        set
    };
    let kind = |it: Result<_, skolebro::source::SourceError>| it.map(people).map_err(|it| it.kind);
    // Nobody asks: they wait as long as readers do.
    assert_eq!(kind(waiting(Duration::from_millis(100)).read(SCHOOL)), Err(SourceErrorKind::Unavailable));
    let set = waiting(Duration::from_secs(60));
    let everybody = || set.runtime.block_on(set.bridge.institutions()).map(|it| it.len()).map_err(|it| it.kind);
    set.fake.fails_for("agreements", unavailable);
    assert!(!set.runtime.block_on(set.puller.learn()));
    let began = std::time::Instant::now();
    assert_eq!(kind(set.read(SCHOOL)), Err(SourceErrorKind::Unavailable));
    assert_eq!(everybody(), Err(SourceErrorKind::Unavailable));
    assert!(began.elapsed() < Duration::from_secs(30), "it has failed already");
    // What the store has by itself is told, but for institutions of which it has the master data alone.
    let registered = [Organisation::numbered(number("999777"))];
    set.store.keep_organisations(&registered).unwrap();
    let here = number("999777");
    let told = |part| set.runtime.block_on(set.bridge.institution(&here, part)).map(|it| it.is_some());
    assert!(told(Part::Organisation).unwrap());
    assert!(told(Part::Everything).is_err());
    set.fake.recovers();
    assert!(set.runtime.block_on(set.puller.learn()));
    assert_eq!(kind(set.read(SCHOOL)), Ok(3));
    assert_eq!(kind(set.read("999888")), Ok(0), "now it is known that there is none");
    assert!(told(Part::Everything).unwrap());
    // One who comes while they are asked gets the answer.
    assert_eq!(everybody(), Ok(3));
}

/// Spends the quota and lets the copy grow too old on the same day.
fn spent(when_spent: WhenSpent) -> Set {
    let rules = Rules { when_spent, max_age: TimeDelta::hours(1), ..Rules::default() };
    let set = Set::new(Fake::new(3), rules);
    for _ in 0..4 {
        set.pull(SCHOOL).unwrap();
    }
    set.hands.go(TimeDelta::hours(2));
    set
}

#[test]
fn while_no_pull_is_left_the_copy_is_served_with_its_age() {
    let set = spent(WhenSpent::Serve);
    for _ in 0..20 {
        assert_eq!(aged(&set, SCHOOL), (3, Some("2026-09-01T10:00:00+00:00".to_owned())));
        set.settle();
    }
    assert_eq!(set.fake.calls(SCHOOL), 4);
    set.hands.set("2026-09-01T22:01:00Z");
    aged(&set, SCHOOL);
    set.settle();
    assert_eq!((set.fake.calls(SCHOOL), aged(&set, SCHOOL).1.unwrap()), (5, "2026-09-01T22:01:00+00:00".to_owned()));
}

#[test]
fn or_readers_are_told_when_there_will_be_a_new_one() {
    let set = spent(WhenSpent::Refuse);
    // A server that has just started does not know it yet.
    let puller = super::puller(&set.fake, &set.store, set.puller.rules(), &set.hands);
    let fresh = skolebro::pull::Bridge::new(set.store.clone(), puller);
    for bridge in [&set.bridge, &fresh] {
        let asked = number(SCHOOL);
        let error = set.runtime.block_on(bridge.institution(&asked, Part::Groups)).unwrap_err();
        assert_eq!(error.kind, SourceErrorKind::Quota);
        // At 12:00; midnight is at 22:00, and a minute is left for other clocks.
        assert_eq!(error.retry_after, Some(Duration::from_secs(10 * 3600 + 60)));
        assert!(set.runtime.block_on(bridge.institutions()).is_err());
    }
    set.hands.set("2026-09-01T22:01:00Z");
    assert_eq!(people(set.read(SCHOOL).unwrap()), 3);
}

#[test]
fn without_a_copy_and_without_a_pull_there_is_a_refusal() {
    let set = Set::new(Fake::new(3), Rules::default());
    let day = "2026-09-01".parse().unwrap();
    for _ in 0..4 {
        set.store.reserve_pull("stil", &number(SCHOOL), &[day], 4).unwrap();
    }
    for _ in 0..2 {
        let error = set.read(SCHOOL).unwrap_err();
        assert_eq!(
            (error.kind, error.retry_after),
            (SourceErrorKind::Quota, Some(Duration::from_secs(12 * 3600 + 60)))
        );
    }
    assert_eq!(set.fake.all_calls(), 0);
}

#[test]
fn an_old_copy_is_served_while_the_upstream_fails() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.pull(SCHOOL).unwrap();
    set.hands.go(TimeDelta::hours(30));
    set.fake.fails_for(SCHOOL, unavailable);
    for _ in 0..20 {
        assert_eq!(aged(&set, SCHOOL), (3, Some("2026-09-01T10:00:00+00:00".to_owned())));
        set.settle();
    }
    assert_eq!(set.fake.calls(SCHOOL), 2);
}

/// What somebody has imported is a copy too, as old as it says.
#[test]
fn an_import_by_hand_is_a_copy() {
    let set = Set::over(Sqlite::in_memory().unwrap(), Fake::new(3), Rules::default(), "2026-01-05T06:00:00Z");
    skolebro::source::upstream::Upstream::pull(&*set.fake, &number(SCHOOL), &*set.store, true).unwrap();
    assert_eq!(aged(&set, SCHOOL), (3, Some("2026-01-05T05:00:00+00:00".to_owned())));
    assert_eq!(set.counted("2026-01-05", SCHOOL), 0);
}

/// Whose name the register tells need not be pulled for the sake of its name.
#[test]
fn what_the_register_tells_needs_no_pull() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.store.keep_organisations(&[Organisation::numbered(number(SCHOOL))]).unwrap();
    let asked = number(SCHOOL);
    let found = set.runtime.block_on(set.bridge.institution(&asked, Part::Organisation)).unwrap();
    assert!(found.is_some());
    assert_eq!(set.fake.all_calls(), 0);
    assert_eq!(people(set.read(SCHOOL).unwrap()), 3);
}

#[test]
fn everything_is_told_without_waiting_for_whom_nothing_can_be_had_of() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.fake.fails_for(OTHER, unavailable);
    let all = set.runtime.block_on(set.bridge.institutions()).unwrap();
    assert_eq!(all.len(), 1);
    let user = UserId::new("999001u1");
    assert_eq!(set.runtime.block_on(set.bridge.institutions_of(&user)).unwrap().len(), 1);
    assert_eq!((set.fake.calls(SCHOOL), set.fake.calls(OTHER)), (1, 1));
    let again = set.runtime.block_on(set.bridge.institutions()).unwrap();
    assert!(std::sync::Arc::ptr_eq(&all, &again), "what was made of a list cannot be kept");
}

#[test]
fn nothing_at_all_is_an_error_and_not_an_empty_list() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.fake.fails_for(SCHOOL, unavailable);
    set.fake.fails_for(OTHER, unavailable);
    assert_eq!(set.runtime.block_on(set.bridge.institutions()).unwrap_err().kind, SourceErrorKind::Unavailable);
}

/// What a reader is told of several copies is as old as the oldest.
#[test]
fn the_oldest_copy_counts() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.pull(SCHOOL).unwrap();
    set.hands.go(TimeDelta::hours(1));
    set.pull(OTHER).unwrap();
    let ages = Ages::default();
    {
        let source = set.bridge.during(None, &ages).unwrap();
        set.runtime.block_on(source.institutions()).unwrap();
    }
    assert_eq!(ages.oldest(), Some(at(NOON)));
}

/// Another process may have pulled what this one still holds for old.
#[test]
fn a_copy_of_another_process_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Sqlite::open(&folder.path().join("store.db")).unwrap();
    let first = Set::over(open(), Fake::new(3), Rules::default(), NOON);
    let second = Set::over(open(), Fake::new(3), Rules::default(), NOON);
    assert_eq!(people(first.read(SCHOOL).unwrap()), 3);
    assert_eq!(people(second.read(SCHOOL).unwrap()), 3);
    assert_eq!((first.fake.calls(SCHOOL), second.fake.calls(SCHOOL)), (1, 0));
    assert_eq!(second.store.sequence(), first.store.sequence());
}

/// Agreements are asked for; what was pulled once is known to be agreed even while they cannot be.
#[test]
fn institutions_that_are_not_named_are_those_with_an_agreement() {
    let set = Set::new(Fake::new(3), Rules::default());
    set.store.note_pull("stil", &number(OTHER), &Became::Copy(at(NOON))).unwrap();
    let attached = skolebro::pull::Attached { upstream: set.fake.clone(), institutions: None };
    let clock = set.hands.clock();
    let puller = skolebro::pull::Puller::new(vec![attached], set.store.clone(), Rules::default(), clock).unwrap();
    let known = || puller.standings().iter().map(|it| it.0.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(known(), [OTHER]);
    assert!(set.runtime.block_on(puller.learn()));
    assert_eq!(known(), [SCHOOL, OTHER]);
}
