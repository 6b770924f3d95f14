//! Several processes on one store, and one that is killed in the middle of a pull.
//!
//! The children are this test binary itself. Their upstream writes a line to a file for each call, before it answers.

use std::{
    env, fs,
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use chrono::{NaiveDate, TimeDelta};
use skolebro::{
    pull::{Missed, Pulled, Rules, Wish},
    source::{
        Answer, Source,
        intake::{Keeper, Outcome},
        upstream::{PullError, Upstream},
    },
    store::{Sqlite, tally::Tally},
};

use super::{Fake, Hands, NOON, OTHER, OrganisationNumber, SCHOOL, counted, number, people};

/// A fake whose calls outlast its process: on the disk, one line each.
struct Written {
    fake: Fake,
    calls: PathBuf,
}

impl Upstream for Written {
    fn name(&self) -> &str {
        self.fake.name()
    }

    fn lookups(&self) -> &dyn Source {
        self.fake.lookups()
    }

    fn agreements(&self) -> Answer<'_, Vec<OrganisationNumber<'static>>> {
        self.fake.agreements()
    }

    fn pull(&self, school: &OrganisationNumber<'_>, keeper: &dyn Keeper, sure: bool) -> Result<Outcome, PullError> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.calls).unwrap();
        file.write_all(format!("{}\n", school.as_str()).as_bytes()).unwrap();
        self.fake.pull(school, keeper, sure)
    }
}

fn calls(folder: &Path, school: &str) -> usize {
    let text = fs::read_to_string(folder.join("calls")).unwrap_or_default();
    text.lines().filter(|it| *it == school).count()
}

fn rules() -> Rules {
    Rules { lease: Duration::from_secs(2), at_once: 4, ..Rules::default() }
}

/// Begins a process that pulls both schools again and again, and whose calls take so long.
fn begin(folder: &Path, takes: Duration) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "pulls::processes::pulls_until_nothing_is_left", "--ignored", "--nocapture"])
        .env("SKOLEBRO_PULL_FOLDER", folder)
        .env("SKOLEBRO_PULL_TAKES", takes.as_millis().to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the child of the tests below"]
fn pulls_until_nothing_is_left() {
    let (Some(folder), Some(takes)) = (told("SKOLEBRO_PULL_FOLDER"), told("SKOLEBRO_PULL_TAKES")) else { return };
    let folder = PathBuf::from(folder);
    let fake = Fake::new(5).taking(Duration::from_millis(takes.parse().unwrap()));
    let store = std::sync::Arc::new(Sqlite::open(&folder.join("store.db")).unwrap());
    let hands = Hands::at(NOON);
    let upstream = std::sync::Arc::new(Written { fake, calls: folder.join("calls") });
    let attached = skolebro::pull::Attached { upstream, institutions: Some(vec![number(SCHOOL), number(OTHER)]) };
    let puller = skolebro::pull::Puller::new(vec![attached], store, rules(), hands.clock()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            // Each wish is for a copy that is newer than the last.
            hands.go(TimeDelta::milliseconds(1));
            let wish = Wish { since: hands.now(), patient: false, confirmed: false };
            let (first, second) = (number(SCHOOL), number(OTHER));
            let (first, second) = tokio::join!(puller.pull(&first, wish), puller.pull(&second, wish));
            if matches!((&first, &second), (Err(Missed::Spent(_)), Err(Missed::Spent(_)))) {
                return;
            }
            // Another process may be at one of them just now.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("there is no end of it");
    });
}

#[test]
fn two_processes_never_exceed_the_quota_together() {
    for round in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let mut children = [0, 1, 2].map(|_| begin(folder.path(), Duration::from_millis(5 * round)));
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        let store = Sqlite::open(&folder.path().join("store.db")).unwrap();
        for school in [SCHOOL, OTHER] {
            assert_eq!(calls(folder.path(), school), 4);
            assert_eq!(counted(&store, "2026-09-01", school), 4);
        }
    }
}

#[test]
fn a_process_that_is_killed_in_the_middle_leaves_the_count_right_and_a_lease_that_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = begin(folder.path(), Duration::from_secs(60));
    wait_for(|| calls(folder.path(), SCHOOL) == 1 && calls(folder.path(), OTHER) == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = Instant::now();
    let store = Sqlite::open(&folder.path().join("store.db")).unwrap();
    for school in [SCHOOL, OTHER] {
        assert_eq!(counted(&store, "2026-09-01", school), 1, "the call was sent");
    }
    // The clock of this process goes on by itself, since the lease ends by it.
    let began = Instant::now();
    let clock = move || super::at(NOON) + TimeDelta::from_std(began.elapsed()).unwrap();
    let fake = std::sync::Arc::new(Fake::new(5));
    let attached = skolebro::pull::Attached { upstream: fake.clone(), institutions: Some(vec![number(SCHOOL)]) };
    let store = std::sync::Arc::new(store);
    let puller =
        skolebro::pull::Puller::new(vec![attached], store.clone(), rules(), std::sync::Arc::new(clock)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let wish = Wish { since: super::at(NOON), patient: true, confirmed: false };
    let told = runtime.block_on(puller.pull(&number(SCHOOL), wish)).unwrap();
    assert!(matches!(told, Pulled::Done { added: 5.., .. }), "{told:?}");
    assert!(killed.elapsed() > Duration::from_secs(1), "the lease of who may still be at it was not waited for");
    assert_eq!((fake.all_calls(), counted(&*store, "2026-09-01", SCHOOL)), (1, 2));
    let school = number(SCHOOL);
    assert_eq!(people(runtime.block_on(store.institution(&school, skolebro::source::Part::Everything)).unwrap()), 5);
}

/// Nothing of a reservation is lost when the process is killed right after it.
#[test]
fn a_reservation_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let day: NaiveDate = "2026-09-01".parse().unwrap();
    let store = Sqlite::open(&path).unwrap();
    store.reserve_pull("stil", &number(SCHOOL), &[day], 4).unwrap();
    // As after kill -9: nobody closes it.
    std::mem::forget(store);
    let store = Sqlite::open(&path).unwrap();
    assert_eq!(counted(&store, "2026-09-01", SCHOOL), 1);
}

#[test]
fn a_lease_is_one_holders_until_it_ends() {
    let store = Sqlite::in_memory().unwrap();
    let now = super::at(NOON);
    let until = now + TimeDelta::seconds(10);
    assert_eq!(store.lease("it", "first", now, until).unwrap(), None);
    assert_eq!(store.lease("it", "second", now, until).unwrap(), Some(until));
    assert_eq!(store.lease("other", "second", now, until).unwrap(), None);
    assert_eq!(store.lease("it", "first", now, until + TimeDelta::seconds(10)).unwrap(), None, "it is renewed");
    store.release("it", "second").unwrap();
    assert!(store.lease("it", "second", until, until).unwrap().is_some(), "only the holder lets go");
    let over = until + TimeDelta::seconds(10);
    assert_eq!(store.lease("it", "second", over, over + TimeDelta::seconds(10)).unwrap(), None);
    store.release("it", "second").unwrap();
    assert_eq!(store.lease("it", "first", over, over).unwrap(), None);
}

fn wait_for(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not happen");
        thread::sleep(Duration::from_millis(5));
    }
}

#[allow(clippy::disallowed_methods)] // the test's own wish, not the product's configuration
fn told(name: &str) -> Option<String> {
    env::var(name).ok()
}
