//! How fast imports are taken in: read as they arrive, checked, and handed to a keeper that forgets them, or to SQLite.
//!
//! The ratio is to a bare scan of the same bytes; contestants take turns, and the figures are medians.

use std::{
    fs,
    hint::black_box,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use quick_xml::{NsReader, events::Event};
use skolebro::{
    crosswalk::Trail,
    domain::{Group, GroupKind, Member, Organisation, UserId},
    source::intake::{Heading, Intake, IntakeError, Keeper, Mode, Outcome, Receipt},
    standards::unilogin::{
        dialect::Dialect,
        import::{self, Reception, Version, answer::Verdict, document::Importer},
        stream,
    },
    store::{Sqlite, Store},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PERSONS: usize = 50_000;
const ROUNDS: usize = 5;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    println!(
        "| import of {PERSONS} persons | MB | forgotten, a second | into SQLite, a second | by the clock | again, times as fast |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut rows = Vec::new();
    for (version, name) in [(Version::V8, "wsaIMPORT 8"), (Version::V7, "wsaIMPORT 7")] {
        let document = document(version);
        let later = later(&document);
        let (mut ratios, mut times, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let (mut clock, mut again) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let scanned = timed(|| scan(&document));
            let keeper = Forgetful::default();
            let taken = timed(|| take_in(&document, &keeper));
            let count = keeper.members.load(Ordering::Relaxed);
            assert!(count > PERSONS * 9 / 10, "{count} persons were handed in");
            let store = Sqlite::open(&folder.path().join(format!("{name} {round}.db"))).expect("a store");
            let began = Instant::now();
            let first = timed(|| take_in(&document, &store));
            clock.push(began.elapsed().as_secs_f64());
            let sequence = store.sequence();
            again.push(first / timed(|| take_in(&later, &store)));
            assert_eq!(store.sequence(), sequence, "nothing has changed");
            kept.push(first);
            ratios.push(scanned / taken);
            times.push(taken);
        }
        let ratio = median(ratios);
        let [speed, kept, clock] = [times, kept, clock].map(|it| PERSONS as f64 / median(it));
        let (megabytes, again) = (document.len() as f64 / 1e6, median(again));
        println!("| {name} | {megabytes:.0} | {speed:.0} | {kept:.0} | {clock:.0} | {again:.1} |");
        rows.push(format!("| take {name} in | quick-xml NsReader, bare scan of the same bytes | {ratio:.2} | 0.60 |"));
    }
    println!("\n| what | measured against | ratio | at least |\n| --- | --- | --- | --- |\n{}", rows.join("\n"));
}

/// The seconds that the work kept this thread's core busy: a machine that does other things too does not count. Where the
/// system does not tell, the seconds that went by.
fn timed(work: impl FnOnce()) -> f64 {
    let busy = || {
        let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split(' ').next()?.parse::<f64>().ok().map(|it| it / 1e9)
    };
    let (began, before) = (Instant::now(), busy());
    work();
    let passed = began.elapsed().as_secs_f64();
    before.zip(busy()).map_or(passed, |(before, after)| after - before)
}

/// The persons of a made-up export as an import.
fn document(version: Version) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("imports");
    let written = Command::new(env!("CARGO_BIN_EXE_skolebro"))
        .args(["demo-data", "--institutions", "1", "--persons", &PERSONS.to_string(), "--seed", "7", "-o"])
        .arg(&folder)
        .status();
    assert!(written.is_ok_and(|it| it.success()), "demo-data must write its data");
    let export = fs::read(folder.join("990000.xml")).expect("the file that was just written");
    let mut trail = Trail::silent();
    let (head, mut reader) = stream::Reader::open(&export[..], &mut trail).expect("an export");
    let mut importer = Importer::begin(&head, &head.sources[0], version, &mut trail);
    while let Some(member) = reader.next(&mut trail).expect("an export") {
        importer.write(&member, &mut trail);
    }
    importer.finish().into_bytes()
}

/// The same document, a year newer.
fn later(document: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(document).expect("we wrote UTF-8");
    let at = text.find("sourceDateTime=\"").expect("a document says when it was made") + "sourceDateTime=\"".len();
    let year: u16 = text[at..at + 4].parse().expect("a year");
    format!("{}{}{}", &text[..at], year + 1, &text[at + 4..]).into_bytes()
}

/// The yardstick: every event of the document with its namespace resolved, and nothing done with it.
fn scan(document: &[u8]) {
    let mut reader = NsReader::from_reader(document);
    loop {
        match reader.read_resolved_event() {
            Ok((_, Event::Eof)) => return,
            event => drop(black_box(event)),
        }
    }
}

fn take_in(document: &[u8], keeper: &dyn Keeper) {
    let dialect = Dialect::default();
    let reception = Reception {
        keeper: Some(keeper),
        dialect: &dialect,
        implicit_main_groups: false,
        confirmed: false,
        proven: &import::unsigned,
        told: &skolebro::source::told::Told::default(),
    };
    let answer = import::receive(document, Version::V8, Mode::Full, reception).expect("nothing fails");
    assert_eq!(answer.verdict, Verdict::Done, "{:?}", answer.findings.first());
    black_box(answer);
}

/// Counts whom it is handed.
#[derive(Default)]
struct Forgetful {
    members: AtomicUsize,
}

struct Open<'k>(&'k Forgetful, Vec<(String, UserId<'static>)>);

impl Keeper for Forgetful {
    fn begin(&self, _: Heading) -> Result<Box<dyn Intake + '_>, IntakeError> {
        Ok(Box::new(Open(self, Vec::new())))
    }

    fn keep_organisations(&self, _: &[Organisation<'_>]) -> Result<usize, IntakeError> {
        Ok(0)
    }
}

impl Intake for Open<'_> {
    fn group_kind(&mut self, _: &str) -> Result<Option<GroupKind>, IntakeError> {
        Ok(Some(GroupKind::Main))
    }

    fn group(&mut self, group: &Group<'_>) -> Result<(), IntakeError> {
        black_box(group);
        Ok(())
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), IntakeError> {
        self.0.members.fetch_add(1, Ordering::Relaxed);
        // What every keeper must tell again.
        self.1.push((member.local_id.as_deref().unwrap_or_default().to_owned(), UserId::new("user0001")));
        black_box(member);
        Ok(())
    }

    fn remove(&mut self, _: &str) -> Result<bool, IntakeError> {
        Ok(true)
    }

    fn commit(self: Box<Self>) -> Result<Outcome, IntakeError> {
        Ok(Outcome::Done(Receipt { people: self.1, ..Receipt::default() }))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
