//! Several who write at once: threads of one process, and processes.

use std::{
    env,
    io::{BufRead, BufReader},
    process::Command,
    sync::mpsc,
    thread,
};

use super::*;
use crate::gate::PATIENCE;

#[test]
fn many_who_wait_at_once_are_all_recorded() {
    let log = Log::new();
    let audit = log.open();
    thread::scope(|scope| {
        for thread in 0..16 {
            let audit = &audit;
            scope.spawn(move || (0..50).for_each(|it| see(audit, "A", &[person(thread * 50 + it)])));
        }
    });
    assert_eq!(log.told(), "801 records");
    (0..800).for_each(|it| assert_eq!(log.who_saw(&number(it)).len(), 1));
}

/// Two logs over one folder are what two processes have.
#[test]
fn two_processes_take_turns() {
    let log = Log::new();
    let (one, other) = (log.open(), log.open());
    thread::scope(|scope| {
        scope.spawn(|| (0..200).for_each(|it| see(&one, "one", &[person(it)])));
        scope.spawn(|| (0..200).for_each(|it| see(&other, "other", &[person(it)])));
    });
    assert_eq!(log.told(), "401 records");
    assert_eq!(log.who_saw(&number(199)).len(), 2);
}

#[test]
fn what_another_process_has_left_unfinished_is_repaired_while_we_write() {
    let log = Log::new();
    let audit = log.open();
    see(&audit, "A", &[person(1)]);
    append(&log.file(), b"{\"seq\":3,\"time\":\"2026-11");
    see(&audit, "A", &[person(2)]);
    let report = log.verify();
    assert_eq!((report.records, &report.broken), (4, &None));
    assert!(
        report.remarks[0].contains("24 bytes are torn") || report.remarks[0].contains("25 bytes are torn"),
        "{report:?}"
    );
}

/// A child that is killed while sixteen threads are told that their records last: each of those is there.
#[test]
fn what_was_said_to_last_lasts_when_the_process_is_killed() {
    let log = Log::new();
    let mut recorded = 0;
    for round in 0..6 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "audit::turns::records_until_it_is_killed", "--ignored", "--nocapture"])
            .env("SKOLEBRO_AUDIT_FOLDER", log.folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, heard) = mpsc::channel();
        let reading = thread::spawn(move || {
            let lines = out.split(b'\n').map_while(Result::ok).map(|it| String::from_utf8_lossy(&it).into_owned());
            let told = lines.filter_map(|it| Some(it.strip_prefix("recorded ")?.strip_suffix('.')?.to_owned()));
            told.for_each(|it| tell.send(it).unwrap());
        });
        let mut told: Vec<String> = (0..20 + 17 * round)
            .map(|nth| heard.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the child made {nth} records")))
            .collect();
        assert!(child.try_wait().unwrap().is_none(), "the child has ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        reading.join().unwrap();
        told.extend(heard.iter());
        let there: std::collections::BTreeSet<String> = whos(&log);
        for it in &told {
            assert!(there.contains(it), "{it} is gone");
        }
        recorded += told.len();
        drop(log.open());
        assert_eq!(log.verify().broken, None);
    }
    assert!(recorded > 100, "only {recorded} records were made");
}

fn whos(log: &Log) -> std::collections::BTreeSet<String> {
    let who = |it: &str| Some(it.split_once("\"who\":\"")?.1.split_once('"')?.0.to_owned());
    let names = fs::read_dir(log.path()).unwrap().map(|it| it.unwrap().path());
    let files = names.filter(|it| it.extension().is_some_and(|it| it == "jsonl"));
    files
        .flat_map(|it| String::from_utf8_lossy(&fs::read(it).unwrap()).lines().filter_map(who).collect::<Vec<_>>())
        .collect()
}

#[test]
#[ignore = "the child of the test above"]
#[allow(clippy::disallowed_methods)] // the test's own wish, not the product's configuration
fn records_until_it_is_killed() {
    let Ok(folder) = env::var("SKOLEBRO_AUDIT_FOLDER") else { return };
    let folder = Path::new(&folder);
    let settings = Settings {
        folder: folder.join("audit"),
        key: folder.join("audit.key"),
        retention_months: 6,
        sync: true,
        now: skolebro::clock::now,
    };
    let audit = Audit::open(&settings).unwrap();
    let began = std::time::Instant::now();
    thread::scope(|scope| {
        for thread in 0..16 {
            let audit = &audit;
            scope.spawn(move || {
                for nth in 0.. {
                    // Should nobody kill it, it ends.
                    if began.elapsed() > Duration::from_secs(60) {
                        return;
                    }
                    let who = format!("{} {thread} {nth}", std::process::id());
                    see(audit, &who, &[person(nth % 1000)]);
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "\nrecorded {who}.").and_then(|()| out.flush()).unwrap();
                }
            });
        }
    });
}
