//! The quota is one of the Danish day, whatever night it is and whichever clock is right.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use skolebro::{
    clock,
    pull::{Attached, Missed, Pulled, Puller, Rules, Wish},
    store::{
        Sqlite,
        tally::{Reserved, Tally},
    },
};

use super::{Fake, Hands, SCHOOL, Set, at, counted, number};

/// Pulls until no more are let; how many were.
fn spend(set: &Set) -> usize {
    let before = set.fake.calls(SCHOOL);
    while let Ok(told) = set.pull(SCHOOL) {
        assert!(matches!(told, Pulled::Done { .. }));
    }
    set.fake.calls(SCHOOL) - before
}

fn spent_until(set: &Set) -> DateTime<Utc> {
    match set.pull(SCHOOL) {
        Err(Missed::Spent(until)) => until,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_fifth_pull_of_a_day_is_not_sent() {
    let set = Set::new(Fake::new(2), Rules::default());
    assert_eq!(spend(&set), 4);
    assert_eq!(spent_until(&set), at("2026-09-01T22:01:00Z"));
    assert_eq!((set.fake.calls(SCHOOL), set.counted("2026-09-01", SCHOOL)), (4, 4));
    set.hands.set("2026-09-01T22:00:59Z");
    assert_eq!(spend(&set), 0, "another clock may not have struck midnight yet");
    set.hands.set("2026-09-01T22:01:00Z");
    assert_eq!(spend(&set), 4);
}

/// Midnight is an hour earlier in Greenwich after the change in March, an hour later after that in October.
#[test]
fn the_nights_of_the_clock_changes_are_nights_like_others() {
    let nights = [
        ("2026-03-28T22:58:00Z", "2026-03-28T23:01:00Z", "2026-03-29T22:01:00Z", "2026-03-30T22:01:00Z"),
        ("2026-10-24T21:58:00Z", "2026-10-24T22:01:00Z", "2026-10-25T23:01:00Z", "2026-10-26T23:01:00Z"),
    ];
    for (evening, morning, next, last) in nights {
        let set = Set::over(Sqlite::in_memory().unwrap(), Fake::new(2), Rules::default(), evening);
        assert_eq!(spend(&set), 4);
        assert_eq!(spent_until(&set), at(morning));
        set.hands.set(morning);
        assert_eq!(spend(&set), 4);
        assert_eq!(spent_until(&set), at(next));
        // The hour that is left out, and the one that comes twice, end no day.
        for hour in 0..23 {
            set.hands.set(morning);
            set.hands.go(TimeDelta::hours(hour));
            assert!(set.hands.now() >= at(next) || spend(&set) == 0);
        }
        set.hands.set(next);
        assert_eq!(spend(&set), 4);
        assert_eq!(spent_until(&set), at(last));
    }
}

#[test]
fn close_to_midnight_a_pull_counts_on_both_days() {
    let set = Set::over(Sqlite::in_memory().unwrap(), Fake::new(2), Rules::default(), "2026-10-24T21:59:30Z");
    assert!(set.pull(SCHOOL).is_ok());
    assert_eq!((set.counted("2026-10-24", SCHOOL), set.counted("2026-10-25", SCHOOL)), (1, 1));
    assert_eq!(spend(&set), 3);
    // That was the quota of either day.
    assert_eq!(spent_until(&set), at("2026-10-25T23:01:00Z"));
    set.hands.set("2026-10-24T22:00:10Z");
    assert_eq!(spend(&set), 0);
    set.hands.set("2026-10-25T12:00:00Z");
    assert_eq!(spend(&set), 0);
}

/// What is counted on neither day, where one of them is full.
#[test]
fn a_reservation_counts_on_all_its_days_or_on_none() {
    let store = Sqlite::in_memory().unwrap();
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let (first, second) = (day("2026-10-24"), day("2026-10-25"));
    assert_eq!(store.reserve_pull("stil", &number(SCHOOL), &[second], 1).unwrap(), Reserved::Granted { left: 0 });
    let both = store.reserve_pull("stil", &number(SCHOOL), &[first, second], 1).unwrap();
    assert_eq!(both, Reserved::Spent { day: second });
    assert!(store.asked(first, first).unwrap().is_empty());
    // Others are others.
    let elsewhere = store.reserve_pull("test", &number(SCHOOL), &[second], 1).unwrap();
    assert_eq!(elsewhere, Reserved::Granted { left: 0 });
    // And a number is one, however it is written.
    let small = skolebro::domain::OrganisationNumber::new("a12345");
    store.reserve_pull("stil", &small, &[second], 1).unwrap();
    let large = skolebro::domain::OrganisationNumber::new(" A12345 ");
    assert_eq!(store.reserve_pull("stil", &large, &[second], 1).unwrap(), Reserved::Spent { day: second });
}

/// The store may be busy with an import while the clock strikes.
#[test]
fn a_count_that_took_long_counts_where_the_call_is_sent() {
    let hands = Hands::at("2026-10-24T21:56:00Z");
    let going = hands.clone();
    // Each look at the clock is 45 seconds after the last.
    let clock = Arc::new(move || {
        going.go(TimeDelta::seconds(45));
        going.now()
    });
    let (fake, store) = (Arc::new(Fake::new(2)), Arc::new(Sqlite::in_memory().unwrap()));
    let attached = Attached { upstream: fake.clone(), institutions: Some(vec![number(SCHOOL)]) };
    let puller = Puller::new(vec![attached], store.clone(), Rules::default(), clock).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    while hands.now() < at("2026-10-24T21:57:30Z") {
        hands.go(TimeDelta::seconds(1));
    }
    let wish = Wish { since: at("2026-10-24T21:00:00Z"), patient: false, confirmed: false };
    assert!(runtime.block_on(puller.pull(&number(SCHOOL), wish)).is_ok());
    let days: Vec<u64> = ["2026-10-24", "2026-10-25"].iter().map(|it| counted(&*store, it, SCHOOL)).collect();
    assert_eq!((fake.all_calls(), days), (1, vec![1, 1]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the moments at which somebody wants to pull, on the days of an upstream whose clock differs from ours by up to
    /// the guard there are never more than the quota.
    #[test]
    fn no_danish_day_sees_more_than_the_quota(
        start in 0..2_u8,
        steps in proptest::collection::vec((0_i64..7200, 0..6_u8), 1..60),
        differs in -60_i64..=60,
        quota in 1..5_u64,
    ) {
        let store = Sqlite::in_memory().unwrap();
        let guard = TimeDelta::seconds(60);
        let mut now = at(["2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z"][usize::from(start)]);
        let mut sent: std::collections::BTreeMap<NaiveDate, u64> = std::collections::BTreeMap::new();
        let mut refused = 0;
        for (seconds, tries) in steps {
            now += TimeDelta::seconds(seconds);
            for _ in 0..tries {
                let days = clock::danish_days_around(now, guard);
                match store.reserve_pull("stil", &number(SCHOOL), &days, quota).unwrap() {
                    Reserved::Granted { .. } => {
                        let theirs = clock::danish_day_of(now + TimeDelta::seconds(differs));
                        *sent.entry(theirs).or_default() += 1;
                    }
                    Reserved::Spent { .. } => refused += 1,
                }
            }
        }
        prop_assert!(sent.values().all(|it| *it <= quota), "{sent:?}, {refused} refused");
    }
}
