//! What is pulled without anybody's wish.

use chrono::{NaiveTime, TimeDelta};
use skolebro::{
    pull::{Plan, Rules, Schedule},
    store::{
        Sqlite,
        tally::{Became, Tally},
    },
};

use super::{Fake, OTHER, SCHOOL, Set, at, number, unavailable};

fn at_half_past_two(spread: i64) -> Schedule {
    Schedule::new(Plan::Times(vec![NaiveTime::from_hms_opt(2, 30, 0).unwrap()]), TimeDelta::minutes(spread), 7)
}

fn run(set: &Set, schedule: &Schedule) -> usize {
    let due = {
        let _inside = set.runtime.enter();
        set.puller.run(schedule)
    };
    set.settle();
    due.len()
}

#[test]
fn a_run_is_due_once_and_every_night() {
    let schedule = at_half_past_two(0);
    let due = |fetched: &str, now: &str| schedule.due(&number(SCHOOL), Some(at(fetched)), at(now)).is_some();
    assert!(!due("2026-09-01T00:30:00Z", "2026-09-02T00:29:59Z"));
    assert!(due("2026-09-01T00:30:00Z", "2026-09-02T00:30:00Z"));
    assert!(!due("2026-09-02T00:30:00Z", "2026-09-02T23:00:00Z"));
    assert!(schedule.due(&number(SCHOOL), None, at("2026-09-02T23:00:00Z")).is_some());
    // In the night of March the time is left out: an hour later, once. In October it is there twice: the first time, once.
    assert!(!due("2026-03-28T01:30:00Z", "2026-03-29T01:29:59Z"));
    assert!(due("2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"));
    assert!(!due("2026-03-29T01:30:00Z", "2026-03-29T12:00:00Z"));
    assert!(due("2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z"));
    assert!(!due("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"));
}

#[test]
fn so_many_hours_are_counted_from_the_last_copy() {
    let schedule = Schedule::new(Plan::Every(TimeDelta::hours(6)), TimeDelta::zero(), 7);
    let due = |now: &str| schedule.due(&number(SCHOOL), Some(at("2026-10-24T20:00:00Z")), at(now)).is_some();
    assert!(!due("2026-10-25T02:00:00Z"));
    assert!(due("2026-10-25T02:00:01Z"));
    let never = Schedule::new(Plan::Never, TimeDelta::zero(), 7);
    assert_eq!(never.due(&number(SCHOOL), None, at("2026-10-25T02:00:00Z")), None);
}

#[test]
fn a_run_is_spread_out_and_each_server_does_so_in_its_own_way() {
    let minute = |schedule: &Schedule, school: &'static str| {
        let at_minute = |it: i64| at("2026-09-02T00:30:00Z") + TimeDelta::minutes(it);
        let fetched = Some(at("2026-09-01T02:00:00Z"));
        (0..=30).find(|it| schedule.due(&number(school), fetched, at_minute(*it)).is_some()).unwrap()
    };
    let plan = || Plan::Times(vec![NaiveTime::from_hms_opt(2, 30, 0).unwrap()]);
    let minutes: std::collections::BTreeSet<i64> = (0..20)
        .flat_map(|lot| {
            let schedule = Schedule::new(plan(), TimeDelta::minutes(30), lot);
            [minute(&schedule, SCHOOL), minute(&schedule, OTHER)]
        })
        .collect();
    assert!(minutes.len() > 10, "they are all called at {minutes:?}");
}

#[test]
fn runs_that_were_missed_are_made_up_for_once() {
    let set = Set::over(Sqlite::in_memory().unwrap(), Fake::new(2), Rules::default(), "2026-09-04T10:00:00Z");
    set.store.note_pull("stil", &number(SCHOOL), &Became::Copy(at("2026-09-01T00:31:00Z"))).unwrap();
    set.puller.look().unwrap();
    let schedule = at_half_past_two(10);
    assert_eq!(run(&set, &schedule), 2);
    assert_eq!(run(&set, &schedule), 0);
    assert_eq!((set.fake.calls(SCHOOL), set.fake.calls(OTHER)), (1, 1));
}

#[test]
fn a_copy_from_shortly_before_a_run_is_good_enough() {
    let set = Set::over(Sqlite::in_memory().unwrap(), Fake::new(2), Rules::default(), "2026-09-02T00:10:00Z");
    set.pull(SCHOOL).unwrap();
    set.hands.set("2026-09-02T01:30:00Z");
    assert_eq!(run(&set, &at_half_past_two(30)), 1, "only the other one is due");
    assert_eq!((set.fake.calls(SCHOOL), set.fake.calls(OTHER)), (1, 1));
}

#[test]
fn a_run_that_fails_is_repeated_later_and_not_at_once() {
    let set = Set::over(Sqlite::in_memory().unwrap(), Fake::new(2), Rules::default(), "2026-09-02T01:10:00Z");
    set.fake.fails_for(SCHOOL, unavailable);
    let schedule = at_half_past_two(30);
    assert_eq!(run(&set, &schedule), 2);
    assert_eq!(run(&set, &schedule), 0);
    set.fake.recovers();
    set.hands.go(TimeDelta::minutes(3));
    assert_eq!(run(&set, &schedule), 1);
    assert_eq!(set.fake.calls(SCHOOL), 2);
}

/// Two servers over one file.
#[test]
fn two_processes_run_a_schedule_once() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Sqlite::open(&folder.path().join("store.db")).unwrap();
    let first = Set::over(open(), Fake::new(2), Rules::default(), "2026-09-02T01:10:00Z");
    let second = Set::over(open(), Fake::new(2), Rules::default(), "2026-09-02T01:10:00Z");
    let schedule = at_half_past_two(30);
    for set in [&first, &second] {
        let _inside = set.runtime.enter();
        assert_eq!(set.puller.run(&schedule).len(), 2);
    }
    first.settle();
    second.settle();
    let calls = |school: &str| first.fake.calls(school) + second.fake.calls(school);
    assert_eq!((calls(SCHOOL), calls(OTHER)), (1, 1));
    assert_eq!((run(&first, &schedule), run(&second, &schedule)), (0, 0));
    for set in [&first, &second] {
        assert_eq!(super::people(set.read(SCHOOL).unwrap()), 2);
    }
}
