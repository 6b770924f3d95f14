//! Kill -9 at random moments: after every restart each institution is whole, at the version that was answered last or the one
//! after it, and no reader ever sees two versions at once.
//!
//! The child is this test binary itself, told by its environment to import until it is killed.
//! `SKOLEBRO_CRASH_ROUNDS` says how often; `cargo xtask crash 200`.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use skolebro::{
    domain::{Member, Relation, Snapshot, Tie},
    source::intake::{Heading, IntakeError, Mode},
    store::{Sqlite, Store},
};

use super::{at, contact, hand_in, heading, person, pupil_of, snapshot, try_hand_in, whole::check_file, with_number};
use crate::gate::PATIENCE;

const SCHOOLS: [&str; 3] = ["999001", "999002", "999003"];
const PEOPLE: u32 = 80;

#[test]
fn a_process_that_is_killed_leaves_every_institution_whole() {
    let rounds = told("SKOLEBRO_CRASH_ROUNDS").map_or(8, |it| it.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut versions = [0; SCHOOLS.len()];
    let mut users = BTreeMap::new();
    let (mut imports, mut ahead) = (0, 0);
    for round in 0..rounds {
        let answered = child(&path, round);
        for (school, version) in answered {
            imports += 1;
            versions[school] = version;
        }
        let store = Sqlite::open(&path).unwrap();
        for (number, version) in SCHOOLS.iter().zip(&mut versions) {
            let Some(school) = snapshot(&store, number) else {
                assert_eq!(*version, 0, "an import that was answered is gone");
                continue;
            };
            let found = version_of(&school).unwrap_or(0);
            assert!(found == *version || found == *version + 1, "version {found} after {version} was answered");
            ahead += u32::from(found > *version);
            *version = found;
            if found > 0 {
                check_school(&school, found, &mut users);
            }
        }
        drop(store);
        check_file(&path);
    }
    assert!(imports > 0 || rounds < 3, "nothing was imported");
    println!("{rounds} rounds, {imports} imports answered, {ahead} kept and not answered");
}

/// Everybody of a version is there, and has the user id of always.
fn check_school(school: &Snapshot, version: u32, users: &mut BTreeMap<String, String>) {
    let number = school.roster().organisation.number.as_str();
    let there: Vec<_> = school.roster().members.iter().map(|it| it.local_id.clone().unwrap()).collect();
    let mut expected: Vec<String> = (0..PEOPLE).filter(|it| is_there(*it, version)).map(local_id).collect();
    expected.sort();
    assert_eq!(there, expected, "{number} at version {version}");
    assert_eq!(school.roster().sources[0].extracted_at, at(version));
    for member in &school.roster().members {
        let user = member.person.as_ref().unwrap().user_id.as_ref().unwrap().as_str().to_owned();
        let key = format!("{number} {}", member.local_id.as_ref().unwrap());
        let known = users.entry(key).or_insert_with(|| user.clone());
        assert_eq!(*known, user, "a user id was minted twice");
    }
}

/// How long a child may run, in a round: where its first import is not waited for, at times it does not even open the store.
fn moment(round: u32) -> Duration {
    let mixed = (u64::from(round) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
    Duration::from_micros(mixed % 400_000)
}

/// Lets a child import, kills it, and returns the imports that it has had answered: school and version. In two rounds of four
/// its time begins with its first import. In every second one this process has the store open too, and looks.
fn child(store: &Path, round: u32) -> Vec<(usize, u32)> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "store::crash::imports_until_it_is_killed", "--ignored", "--nocapture"])
        .env("SKOLEBRO_CRASH_STORE", store)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let (tell, heard) = mpsc::channel();
    let reading = thread::spawn(move || {
        let all = lines.lines().map_while(Result::ok);
        all.inspect(|it| answered(it).into_iter().for_each(|it| tell.send(it).unwrap())).collect::<Vec<_>>()
    });
    if round % 4 >= 2 {
        heard.recv_timeout(PATIENCE).expect("the child imports nothing");
    }
    if round % 2 == 1 {
        watch(store, moment(round))
    } else {
        thread::sleep(moment(round))
    }
    assert!(child.try_wait().unwrap().is_none(), "the child has ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
    let lines = reading.join().unwrap();
    assert!(!lines.iter().any(|it| it.contains("mixed")), "a reader saw two versions at once");
    lines.iter().filter_map(|it| answered(it)).collect()
}

fn watch(store: &Path, time: Duration) {
    let began = Instant::now();
    let store = Sqlite::open(store).unwrap();
    while began.elapsed() < time {
        store.refresh().unwrap();
        let shown = SCHOOLS.iter().filter_map(|it| snapshot(&store, it));
        shown.for_each(|it| assert!(version_of(&it).is_some(), "another process saw two versions at once"));
        thread::sleep(Duration::from_millis(1));
    }
}

/// Reads "answered 1 17"; a line that was cut off tells nothing.
fn answered(line: &str) -> Option<(usize, u32)> {
    let (school, version) = line.strip_prefix("answered ")?.strip_suffix('.')?.split_once(' ')?;
    Some((school.parse().ok()?, version.parse().ok()?))
}

#[test]
#[ignore = "the child of the test above"]
fn imports_until_it_is_killed() {
    let Some(path) = told("SKOLEBRO_CRASH_STORE") else { return };
    let store = Sqlite::open(Path::new(&path)).unwrap();
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| read(&store, &ended));
        let began = Instant::now();
        // Should nobody kill it, it ends.
        while began.elapsed() < Duration::from_secs(60) && !ended.load(Ordering::Relaxed) {
            for (place, number) in SCHOOLS.iter().enumerate() {
                let version = snapshot(&store, number).and_then(|it| version_of(&it)).unwrap_or(0) + 1;
                let heading = Heading { confirmed: true, ..heading(Mode::Full, number, "A", version) };
                hand_in(&store, heading, &[], &people(version));
                tell(&format!("answered {place} {version}."));
            }
        }
        ended.store(true, Ordering::Relaxed);
    });
}

/// Reads everything again and again.
fn read(store: &dyn Store, ended: &AtomicBool) {
    while !ended.load(Ordering::Relaxed) {
        for number in SCHOOLS {
            if snapshot(store, number).is_some_and(|it| version_of(&it).is_none()) {
                tell("mixed");
                ended.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).unwrap();
}

/// The version that everybody at the school carries, contact persons too. 0 where nobody is; nothing where they differ.
fn version_of(school: &Snapshot) -> Option<u32> {
    let mut names = Vec::new();
    for member in &school.roster().members {
        names.push(&member.person.as_ref()?.name.given);
        if let Some(Tie::Pupil(pupil)) = &member.tie {
            names.extend(pupil.contacts.iter().map(|it| &it.person.name.given));
        }
    }
    let Some(first) = names.first() else { return Some(0) };
    let version = first.strip_prefix('V')?.parse().ok()?;
    let time = school.roster().sources.first()?.extracted_at;
    (names.iter().all(|it| *it == *first) && time == at(version)).then_some(version)
}

/// Who belongs to a version: about three of four, others each time, but always somebody.
fn is_there(person: u32, version: u32) -> bool {
    person == 0 || !(person * 7 + version * 13).is_multiple_of(4)
}

fn local_id(person: u32) -> String {
    format!("P{person:03}")
}

fn people(version: u32) -> Vec<Member<'static>> {
    let name = format!("V{version}");
    let pupil = |it: u32| {
        let mother = contact(with_number(&name, "0702614082"), Relation::Mother);
        pupil_of("1A", &local_id(it), person(&name), vec![mother, contact(person(&name), Relation::Father)])
    };
    (0..PEOPLE).filter(|it| is_there(*it, version)).map(pupil).collect()
}

#[allow(clippy::disallowed_methods)] // the test's own wish, not the product's configuration
fn told(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// By hand: `mount -t tmpfs -o size=8m none DIR`, then this test with `SKOLEBRO_SMALL_DISK=DIR`.
#[test]
#[ignore = "needs a small disk of its own"]
fn a_full_disk_refuses_imports_and_goes_on_answering() {
    let Some(disk) = told("SKOLEBRO_SMALL_DISK") else { return };
    let store = Sqlite::open(&Path::new(&disk).join("store.db")).unwrap();
    let many =
        |count: u32| (0..count).map(|it| pupil_of("1A", &local_id(it), person("V1"), vec![])).collect::<Vec<_>>();
    hand_in(&store, heading(Mode::Full, SCHOOLS[0], "A", 1), &[], &many(100));
    let mut refused = 0;
    for minute in 2..14 {
        let before = snapshot(&store, SCHOOLS[0]).unwrap();
        let outcome = try_hand_in(&store, heading(Mode::Full, SCHOOLS[0], "A", minute), &[], &many(minute * 2000));
        match outcome {
            Ok(_) => {}
            Err(IntakeError::Full) => {
                refused += 1;
                assert_eq!(snapshot(&store, SCHOOLS[0]).unwrap().roster(), before.roster());
                assert!(store.changes(0, 10).is_ok() && store.held().is_ok());
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(refused > 2, "the disk is too large: {refused} imports were refused");
    let kept = snapshot(&store, SCHOOLS[0]).unwrap();
    drop(store);
    check_file(&Path::new(&disk).join("store.db"));
    let store = Sqlite::open(&Path::new(&disk).join("store.db")).unwrap();
    assert_eq!(snapshot(&store, SCHOOLS[0]).unwrap().roster(), kept.roster());
}
