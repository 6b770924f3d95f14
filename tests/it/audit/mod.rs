//! The audit log: what it holds, how it lasts, and what is noticed when somebody has had it in hand.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use skolebro::{
    audit::{Access, Audit, Decision, Key, Settings, search, search::Seen, verify, verify::Report},
    domain::{CivilId, OrganisationNumber, Person, PersonName, UserId},
    source::told::{Marker, Told},
};
use tempfile::TempDir;

mod faces;
mod hands;
mod large;
mod months;
mod routes;
mod turns;

/// A log in a folder of its own.
struct Log {
    folder: TempDir,
}

impl Log {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn settings(&self) -> Settings {
        let (folder, key) = (self.path(), self.folder.path().join("audit.key"));
        Settings { folder, key, retention_months: 6, sync: false, now: || at("2026-11-22T10:00:00Z") }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    fn open(&self) -> Arc<Audit> {
        Audit::open(&self.settings()).unwrap()
    }

    fn key(&self) -> Key {
        Key::read(&self.settings().key).unwrap()
    }

    fn verify(&self) -> Report {
        verify::verify(&self.path(), &self.key(), None).unwrap()
    }

    /// What is whole, or where it is not.
    fn told(&self) -> String {
        told(&self.verify())
    }

    fn who_saw(&self, number: &str) -> Vec<Seen> {
        let key = self.key();
        let mark = key.number(&CivilId::danish(number).unwrap()).unwrap();
        let mut seen = Vec::new();
        search::search(&self.path(), &[mark], (None, None), |it| {
            seen.push(it);
            Ok(())
        })
        .unwrap();
        seen
    }

    /// The file of the month in which these tests play.
    fn file(&self) -> PathBuf {
        self.path().join("audit-2026-11.jsonl")
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(self.file()).unwrap().lines().map(str::to_owned).collect()
    }

    fn write_lines(&self, lines: &[String]) {
        fs::write(self.file(), lines.iter().map(|it| format!("{it}\n")).collect::<String>()).unwrap();
    }

    /// So many accesses, of a person each, by a process that ends.
    fn accesses(&self, count: u32) {
        let audit = self.open();
        (0..count).for_each(|it| see(&audit, "A", &[person(it)]));
    }
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn told(report: &Report) -> String {
    match &report.broken {
        None => format!("{} records", report.records),
        Some(it) => format!("{}:{}: {}", it.file, it.line, it.why),
    }
}

/// Somebody with a replacement number.
fn person(nth: u32) -> Person<'static> {
    let number = CivilId::danish(Box::leak(number(nth).into_boxed_str())).unwrap();
    let user = UserId::new(format!("user{nth:04}"));
    Person { civil_id: Some(number), user_id: Some(user), ..Person::named(PersonName::new("Alma", "Dahl-Eriksen")) }
}

fn number(nth: u32) -> String {
    format!("610110{:04}", 4000 + nth)
}

fn access<'a>(told: &Told, decision: Decision) -> Access<'a> {
    Access {
        face: "soap",
        request: "5f3a9c1e-1".to_owned(),
        operation: "wsiinst/6 hentInstBruger".into(),
        notes: told.take(),
        decision,
        result: "200".into(),
        took: Duration::from_micros(1234),
    }
}

/// Somebody is told of people at the first school.
fn see(audit: &Audit, who: &str, people: &[Person<'_>]) {
    let told = audit.notes();
    told.caller(who);
    told.at(&OrganisationNumber::new("999001"));
    people.iter().for_each(|it| told.person(it));
    audit.record_now(&access(&told, Decision::Allow("agreement"))).unwrap();
}

#[test]
fn a_record_says_who_saw_whom_and_by_which_rule() {
    let log = Log::new();
    let audit = log.open();
    let told = audit.notes();
    told.caller("Elevsystemet");
    told.subject("UI:DK-O:G:7b2c1d1e-0000-4000-8000-000000000001");
    told.on_behalf_of(&UserId::new("olga0901"));
    told.at(&OrganisationNumber::new("999001"));
    told.asked_for(&UserId::new("user0007"));
    told.person(&person(7));
    audit.record_now(&access(&told, Decision::Allow("agreement"))).unwrap();
    let key = log.key();
    let hex = |it: [u8; 16]| data_encoding::HEXLOWER.encode(&it);
    let line = log.lines().pop().unwrap();
    let record: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (record["seq"].as_u64(), record["time"].as_str(), record["is"].as_str()),
        (Some(2), Some("2026-11-22T10:00:00.000Z"), Some("access"))
    );
    assert_eq!(record["who"], "Elevsystemet");
    assert_eq!(record["subject"], "UI:DK-O:G:7b2c1d1e-0000-4000-8000-000000000001");
    assert_eq!(record["behalf"], hex(key.user(&UserId::new("OLGA0901"))));
    assert_eq!(record["institutions"], serde_json::json!(["999001"]));
    assert_eq!(record["persons"], serde_json::json!([hex(key.person(&person(7)).unwrap())]));
    assert_eq!(record["asked"], serde_json::json!([hex(key.user(&UserId::new("user0007")))]));
    assert_eq!((record["people"].as_u64(), record["protected"].as_bool()), (Some(1), Some(false)));
    assert_eq!((record["decision"].as_str(), record["rule"].as_str()), (Some("allow"), Some("agreement")));
    assert_eq!((record["result"].as_str(), record["ms"].as_f64()), (Some("200"), Some(1.234)));
    for shy in ["Alma", "Dahl", "user0007", "olga0901", &number(7)] {
        assert!(!line.contains(shy), "{line}");
    }
}

#[test]
fn everybody_who_saw_somebody_is_found_however_the_number_is_written() {
    let log = Log::new();
    let audit = log.open();
    see(&audit, "A", &[person(1), person(2)]);
    see(&audit, "B", &[person(3)]);
    let everybody: Vec<_> = (0..2500).map(person).collect();
    see(&audit, "C", &everybody);
    see(&audit, "D", &everybody);
    let who = |number: &str| log.who_saw(number).into_iter().map(|it| it.who.unwrap()).collect::<Vec<_>>();
    assert_eq!(who("610110-4001"), ["A", "C", "D"]);
    assert_eq!(who("6101104003"), ["B", "C", "D"]);
    assert_eq!(who("6101104999"), ["C", "D"]);
    assert!(who("6101109999").is_empty());
    assert_eq!(log.who_saw("6101104999")[0].people, 2500);
}

/// A list that many records refer to is written once, in lines that are not long.
#[test]
fn a_set_of_people_is_written_once() {
    let log = Log::new();
    let audit = log.open();
    let everybody: Vec<_> = (0..2500).map(person).collect();
    (0..5).for_each(|_| see(&audit, "A", &everybody));
    let lines = log.lines();
    assert_eq!(lines.iter().filter(|it| it.contains("\"is\":\"set\"")).count(), 3);
    assert_eq!(lines.len(), 1 + 3 + 5);
    assert!(lines.iter().all(|it| it.len() < 40_000));
    let backwards: Vec<_> = everybody.into_iter().rev().collect();
    see(&audit, "B", &backwards);
    assert_eq!(log.lines().len(), 10, "the same people are the same set");
    assert_eq!(log.told(), "10 records");
}

#[test]
fn a_person_without_a_number_is_found_by_user_id() {
    let log = Log::new();
    let audit = log.open();
    let nameless = Person { civil_id: None, ..person(5) };
    see(&audit, "A", &[nameless]);
    let mut seen = Vec::new();
    let mark = log.key().user(&UserId::new("USER0005"));
    let day = (Some(at("2026-11-22T10:00:00Z")), Some(at("2026-11-22T10:00:00.001Z")));
    search::search(&log.path(), &[mark], day, |it| {
        seen.push(it.who);
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, [Some("A".to_owned())]);
    let before = (None, Some(at("2026-11-22T10:00:00Z")));
    search::search(&log.path(), &[mark], before, |_| panic!("it was not yet")).unwrap();
}

/// A child is made again from what it wrote: the log of a process that is killed goes on where it ended.
#[test]
fn a_record_that_was_torn_is_owned_up_to_and_never_silently_gone() {
    for torn in [1, 40, 300] {
        let log = Log::new();
        log.accesses(3);
        let whole = fs::read(log.file()).unwrap();
        let last = whole.len() - log.lines().last().unwrap().len() - 1;
        fs::write(log.file(), &whole[..last + torn]).unwrap();
        let report = log.verify();
        assert_eq!((report.records, &report.broken), (3, &None));
        assert!(
            report.remarks[0].contains(&format!("ends with {torn} bytes of a record that was not finished")),
            "{report:?}"
        );
        log.accesses(2);
        let report = log.verify();
        assert_eq!((report.records, &report.broken), (3 + 1 + 2, &None));
        assert!(report.remarks[0].ends_with("bytes are torn, and a record behind them says so"), "{report:?}");
        assert_eq!(fs::read(log.file()).unwrap()[..last + torn], whole[..last + torn], "nothing was taken away");
    }
}

#[test]
fn a_log_without_its_key_is_not_gone_on_with() {
    let log = Log::new();
    log.accesses(1);
    let key = fs::read(log.settings().key).unwrap();
    fs::remove_file(log.settings().key).unwrap();
    let why = Audit::open(&log.settings()).map(drop).unwrap_err().to_string();
    assert!(why.contains("their key is gone"), "{why}");
    assert!(!log.settings().key.exists(), "no other key may be made");
    fs::write(log.settings().key, "00".repeat(32)).unwrap();
    let why = Audit::open(&log.settings()).map(drop).unwrap_err().to_string();
    assert!(why.contains("none that this key has written"), "{why}");
    assert_eq!(log.told(), "audit-2026-11.jsonl:1: record 1 is not what was written, or the one before it is not");
    fs::write(log.settings().key, key).unwrap();
    log.accesses(1);
    assert_eq!(log.told(), "3 records");
}

#[test]
fn other_files_in_the_folder_are_told_of_and_left_alone() {
    let log = Log::new();
    log.accesses(1);
    for name in ["audit-2026-11.jsonl.gz", "notes.txt", "audit-2026-13.jsonl", "audit-2026-1.jsonl"] {
        fs::write(log.path().join(name), "Alma").unwrap();
    }
    log.accesses(1);
    let report = log.verify();
    assert_eq!((report.records, report.remarks.len()), (3, 4));
    assert!(report.remarks.contains(&"notes.txt: not a file of this log".to_owned()));
}

/// The same with a folder that cannot be written: clear words, and a log that is well again when the folder is.
#[test]
fn what_cannot_be_recorded_is_an_error_until_it_can() {
    let log = Log::new();
    let audit = log.open();
    see(&audit, "A", &[person(1)]);
    // A folder in the place of the file: nothing can be appended, whoever asks.
    fs::rename(log.file(), log.path().join("away")).unwrap();
    fs::create_dir(log.file()).unwrap();
    let told = audit.notes();
    told.person(&person(2));
    let why = audit.record_now(&access(&told, Decision::Allow("agreement"))).unwrap_err().to_string();
    assert!(why.starts_with("the audit log cannot be written: "), "{why}");
    fs::remove_dir(log.file()).unwrap();
    fs::rename(log.path().join("away"), log.file()).unwrap();
    see(&audit, "A", &[person(3)]);
    assert_eq!(log.told(), "3 records");
}

fn append(path: &Path, bytes: &[u8]) {
    File::options().append(true).open(path).unwrap().write_all(bytes).unwrap();
}
