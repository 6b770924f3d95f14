//! How fast imports are taken in: read as they arrive, checked, and handed to a keeper that forgets them.
//!
//! The ratio is to a bare scan of the same bytes, as the median over rounds in which both take turns.

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
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PERSONS: usize = 50_000;
const ROUNDS: usize = 9;

fn main() {
    println!(
        "| import of {PERSONS} persons | MB | persons a second | ratio to a bare scan |\n| --- | --- | --- | --- |"
    );
    for (version, name) in [(Version::V8, "wsaIMPORT 8"), (Version::V7, "wsaIMPORT 7")] {
        let document = document(version);
        let (mut ratios, mut times) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let began = Instant::now();
            scan(&document);
            let scanned = began.elapsed().as_secs_f64();
            let began = Instant::now();
            take_in(&document);
            let taken = began.elapsed().as_secs_f64();
            ratios.push(scanned / taken);
            times.push(taken);
        }
        let (ratio, time) = (median(ratios), median(times));
        let megabytes = document.len() as f64 / 1e6;
        println!("| {name} | {megabytes:.0} | {:.0} | {ratio:.2} |", PERSONS as f64 / time);
    }
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

fn take_in(document: &[u8]) {
    let (keeper, dialect) = (Forgetful::default(), Dialect::default());
    let reception =
        Reception { keeper: Some(&keeper), dialect: &dialect, implicit_main_groups: false, confirmed: false };
    let answer = import::receive(document, Version::V8, Mode::Full, reception).expect("nothing fails");
    assert_eq!(answer.verdict, Verdict::Done, "{:?}", answer.findings.first());
    let taken = keeper.members.load(Ordering::Relaxed);
    assert!(taken > PERSONS * 9 / 10, "{taken} persons were handed in");
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
