//! A file a month, and the end of old ones.

use std::sync::Mutex;

use super::*;

/// The time for one log after the other: `now` is a plain function.
static NOW: Mutex<Option<DateTime<Utc>>> = Mutex::new(None);
static ALONE: Mutex<()> = Mutex::new(());

fn now() -> DateTime<Utc> {
    NOW.lock().unwrap().unwrap()
}

fn it_is(time: &str) {
    *NOW.lock().unwrap() = Some(at(time));
}

fn files(log: &Log) -> Vec<String> {
    let names = fs::read_dir(log.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|it| it.ends_with(".jsonl")).collect();
    names.sort();
    names
}

fn open(log: &Log) -> Arc<Audit> {
    Audit::open(&Settings { now, ..log.settings() }).unwrap()
}

#[test]
fn the_chain_goes_on_from_month_to_month() {
    let _alone = ALONE.lock();
    let log = Log::new();
    it_is("2026-01-31T23:59:59.999Z");
    let audit = open(&log);
    see(&audit, "A", &[person(1)]);
    it_is("2026-02-01T00:00:00Z");
    see(&audit, "A", &[person(1)]);
    it_is("2026-04-10T00:00:00Z");
    drop(audit);
    see(&open(&log), "A", &[person(1)]);
    assert_eq!(files(&log), ["audit-2026-01.jsonl", "audit-2026-02.jsonl", "audit-2026-04.jsonl"]);
    let report = log.verify();
    assert_eq!(told(&report), "8 records");
    assert_eq!(report.times, Some(("2026-01-31T23:59:59.999Z".to_owned(), "2026-04-10T00:00:00.000Z".to_owned())));
    assert_eq!(log.who_saw(&number(1)).len(), 3);
    fs::remove_file(log.path().join("audit-2026-02.jsonl")).unwrap();
    assert_eq!(log.told(), "audit-2026-02.jsonl:0: the file is gone, or has another name");
}

#[test]
fn a_last_month_that_is_gone_is_noticed_and_so_is_a_first() {
    let _alone = ALONE.lock();
    let log = Log::new();
    it_is("2026-01-10T00:00:00Z");
    see(&open(&log), "A", &[person(1)]);
    it_is("2026-02-10T00:00:00Z");
    see(&open(&log), "A", &[person(1)]);
    let (january, february) = (log.path().join("audit-2026-01.jsonl"), log.path().join("audit-2026-02.jsonl"));
    let away = log.folder.path().join("away");
    fs::rename(&february, &away).unwrap();
    assert_eq!(log.told(), "audit-2026-02.jsonl:0: the file is gone");
    fs::rename(&away, &february).unwrap();
    fs::remove_file(january).unwrap();
    let why = "the log begins with record 4, and none says that those before it were deleted";
    assert_eq!(log.told(), format!("the first file:1: {why}"));
}

#[test]
fn months_that_are_old_enough_are_deleted_and_a_record_says_so() {
    let _alone = ALONE.lock();
    let log = Log::new();
    for month in 1..=8 {
        it_is(&format!("2026-{month:02}-15T00:00:00Z"));
        see(&open(&log), "A", &[person(month)]);
    }
    assert_eq!(files(&log).first().map(String::as_str), Some("audit-2026-02.jsonl"), "six whole months before August");
    it_is("2026-09-01T00:00:00Z");
    let audit = open(&log);
    it_is("2026-12-31T00:00:00Z");
    see(&audit, "A", &[person(12)]);
    assert_eq!(
        files(&log),
        [
            "audit-2026-06.jsonl",
            "audit-2026-07.jsonl",
            "audit-2026-08.jsonl",
            "audit-2026-09.jsonl",
            "audit-2026-12.jsonl"
        ]
    );
    let report = log.verify();
    assert_eq!(report.broken, None);
    assert!(report.remarks.last().unwrap().ends_with("were deleted for their age"), "{report:?}");
    assert!(log.who_saw(&number(5)).is_empty());
    assert_eq!(log.who_saw(&number(6)).len(), 1);
}

#[test]
fn a_log_that_is_kept_for_ever_loses_nothing() {
    let _alone = ALONE.lock();
    let log = Log::new();
    for time in ["2020-01-15T00:00:00Z", "2026-01-15T00:00:00Z"] {
        it_is(time);
        see(&Audit::open(&Settings { now, retention_months: 0, ..log.settings() }).unwrap(), "A", &[person(1)]);
    }
    assert_eq!(log.who_saw(&number(1)).len(), 2);
}

#[test]
fn a_clock_that_goes_back_does_not_take_the_log_back() {
    let _alone = ALONE.lock();
    let log = Log::new();
    it_is("2026-03-01T00:00:00Z");
    let audit = open(&log);
    see(&audit, "A", &[person(1)]);
    it_is("2026-02-27T23:00:00Z");
    see(&audit, "A", &[person(2)]);
    drop(audit);
    see(&open(&log), "A", &[person(3)]);
    assert_eq!(files(&log), ["audit-2026-03.jsonl"]);
    let report = log.verify();
    assert_eq!((report.records, &report.broken), (4, &None));
    assert!(report.remarks[0].starts_with("the clock went back before 1 records"), "{report:?}");
}
