//! Figures of large logs, and full disks. By hand: `cargo test --release --test it -- --ignored --nocapture audit::large`.

use std::time::Instant;

use super::*;

/// The memory that this process has had at most, in kilobytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[ignore = "takes a gigabyte and a minute"]
fn a_gigabyte_is_verified_in_little_memory() {
    let log = Log::new();
    let audit = log.open();
    let everybody: Vec<_> = (0..900).map(person).collect();
    let mut told_of = 0_u32;
    while fs::metadata(log.file()).unwrap().len() < 1 << 30 {
        let mut some = everybody[(told_of as usize % 100)..].to_vec();
        some.push(Person { user_id: Some(UserId::new(format!("new{told_of}"))), civil_id: None, ..person(1) });
        (0..8).for_each(|_| see(&audit, "A", &some));
        told_of += 1;
    }
    drop(audit);
    let before = peak();
    let began = Instant::now();
    let report = log.verify();
    println!(
        "verified {} records in {:?}, memory {} kB before and {} kB after",
        report.records,
        began.elapsed(),
        before,
        peak()
    );
    assert_eq!(report.broken, None);
    let began = Instant::now();
    println!("{} accesses found in {:?}, memory {} kB", log.who_saw(&number(500)).len(), began.elapsed(), peak());
    let began = Instant::now();
    drop(log.open());
    println!("opened in {:?}", began.elapsed());
}

#[test]
#[ignore = "a figure"]
fn marking_fifty_thousand_people() {
    let key = Key::random();
    let everybody: Vec<_> = (0..5000).map(person).collect();
    let began = Instant::now();
    let marked = (0..10).flat_map(|_| &everybody).filter(|it| key.person(it).is_some()).count();
    println!("{marked} people marked in {:?}", began.elapsed());
}

/// By hand: `mount -t tmpfs -o size=2m none DIR`, then this test with `SKOLEBRO_SMALL_DISK=DIR`.
#[test]
#[ignore = "needs a small disk of its own"]
#[allow(clippy::disallowed_methods)] // the test's own wish, not the product's configuration
fn a_full_disk_is_an_error_and_the_log_stays_whole() {
    let Ok(disk) = std::env::var("SKOLEBRO_SMALL_DISK") else { return };
    let folder = Path::new(&disk).join("audit");
    let settings =
        Settings { folder: folder.clone(), key: Path::new(&disk).join("audit.key"), ..Log::new().settings() };
    let audit = Audit::open(&settings).unwrap();
    let mut written = 0;
    let why = loop {
        let told = audit.notes();
        told.person(&person(1));
        match audit.record_now(&access(&told, Decision::Allow("agreement"))) {
            Ok(()) => written += 1,
            Err(why) => break why.to_string(),
        }
    };
    assert!(why.contains("No space left"), "{why}");
    let key = Key::read(&settings.key).unwrap();
    let report = verify::verify(&folder, &key, None).unwrap();
    println!("{written} records, then {why}; {report:?}");
    assert_eq!((report.accesses, &report.broken), (written, &None));
    // With room again it goes on.
    let other = Path::new(&disk).join("other");
    let _ = fs::remove_file(other);
    drop(audit);
    let report = verify::verify(&folder, &key, None).unwrap();
    assert_eq!(report.broken, None);
}
