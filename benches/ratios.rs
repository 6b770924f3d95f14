//! How fast we are, as ratios measured in one run: against a bare scan of the same bytes, a bare server of the same answer.
//!
//! Criterion gives the absolute figures. The ratios at the end are medians over rounds in which all contestants take turns,
//! so that a machine that is busy for a while is busy for all of them.

use std::{
    fs,
    hint::black_box,
    io::{self, Write},
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use contracts::unilogin::wsieksport::v7::fullmyndighed as package;
use criterion::{Criterion, Throughput};
use quick_xml::{NsReader, events::Event};
use skolebro::{
    cli::{convert, demo},
    crosswalk::Trail,
    domain::Snapshot,
    standards::unilogin::stream,
};
use soap::xml::{Decode, Decoder, Writer, records::Records};
use turns::{ROUNDS, median, ratio, turns};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod http;
mod turns;

fn main() {
    let document: &[u8] = document().leak();
    // `--ratios` leaves the absolute figures out.
    if !std::env::args().any(|it| it == "--ratios") {
        absolute(document);
    }
    println!("\n| what | measured against | ratio | at least |\n| --- | --- | --- | --- |");
    let times = turns(&[&|| scan(document), &|| decode(document), &|| to_lines(document)]);
    row(
        "decode and validate wsiEKSPORT 7",
        "quick-xml NsReader, bare scan of the same bytes",
        ratio(&times[0], &times[1]),
        0.80,
    );
    row("convert wsiEKSPORT 7 to SS12000 lines", "the same scan", ratio(&times[0], &times[2]), 0.60);
    let decoding = per_byte(&times[1], document.len());
    let encoding =
        median((0..ROUNDS).map(|_| encode(document)).map(|(time, bytes)| time.as_secs_f64() / bytes as f64).collect());
    row("encode wsiEKSPORT 7, bytes a second", "our own decoding", decoding / encoding, 0.80);
    let (bare, ours) = http::turns(ROUNDS);
    row(
        "hentInstitution over loopback, requests a second",
        "bare hyper, same request and answer",
        ratio(&bare, &ours),
        0.70,
    );
    for (sync, what) in [(true, "on the disk"), (false, "with the system")] {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ratios-audit");
        let institutions = [institution(1000), institution(1000)];
        let users = user_ids(&institutions[0]);
        let [without, with] = institutions.map(|it| demo::faces_over([it]));
        let (without, with) = http::recorded(ROUNDS, without, with, &users, (&folder, sync));
        let what = format!("hentInstBruger, its record {what} first");
        row(&what, "the same without audit log, 512 connections", ratio(&without, &with), 0.90);
    }
    let (small, large) = (institution(1000), institution(100_000));
    let users = [&small, &large].map(user_ids);
    let (small, large) = http::look_ups(ROUNDS, demo::faces_over([small]), demo::faces_over([large]), users);
    row("hentInstBruger among 100 000 persons", "the same among 1 000", ratio(&small, &large), 0.80);
}

/// Criterion's figures of each contestant by itself.
fn absolute(document: &'static [u8]) {
    let mut criterion = Criterion::default().sample_size(10);
    let mut group = criterion.benchmark_group("wsieksport-7");
    group.throughput(Throughput::Bytes(document.len() as u64));
    group.bench_function("scan", |it| it.iter(|| scan(document)));
    group.bench_function("decode", |it| it.iter(|| decode(document)));
    group.bench_function("convert", |it| it.iter(|| to_lines(document)));
    group.bench_function("encode", |it| it.iter_custom(|rounds| (0..rounds).map(|_| encode(document).0).sum()));
    group.finish();
    criterion.final_summary();
}

fn row(what: &str, against: &str, ratio: f64, target: f64) {
    println!("| {what} | {against} | {ratio:.2} | {target:.2} |");
}

/// An export of ten thousand made-up persons, as the program writes it.
fn document() -> Vec<u8> {
    export(10_000)
}

/// An institution of made-up persons, ready to be asked.
fn institution(persons: usize) -> Snapshot {
    let document = export(persons);
    let trail = &mut Trail::silent();
    let (mut roster, mut members) = stream::Reader::open(&document[..], trail).expect("a valid document");
    while let Some(member) = members.next(trail).expect("a valid document") {
        roster.members.push(member.into_owned());
    }
    Snapshot::new(roster)
}

/// A thousand of the user ids, from all over the institution.
fn user_ids(institution: &Snapshot) -> Vec<String> {
    let members = &institution.roster().members;
    let ids = members.iter().step_by(members.len() / 1000).filter_map(|it| it.person.as_ref()?.user_id.as_ref());
    ids.map(|it| it.as_str().to_owned()).collect()
}

/// A wsiEKSPORT 7 document as the program writes it.
fn export(persons: usize) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("ratios-{persons}"));
    let written = Command::new(env!("CARGO_BIN_EXE_skolebro"))
        .args(["demo-data", "--institutions", "1", "--persons", &persons.to_string(), "--seed", "7", "-o"])
        .arg(&folder)
        .status();
    assert!(written.is_ok_and(|it| it.success()), "demo-data must write its data");
    fs::read(folder.join("990000.xml")).expect("the file that was just written")
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

/// What `convert` and `validate` do with an export: record by record, checked against the contract.
fn decode(document: &[u8]) {
    let mut records = Records::new(document, contracts::NAMESPACES, &stream::record_names());
    records.head().expect("a valid document");
    while let Some(mut decoder) = records.next().expect("a valid document") {
        black_box(package::InstitutionPersonFullMyndighed::decode(&mut decoder).expect("a valid record"));
    }
}

fn to_lines(document: &'static [u8]) {
    convert::export_to_lines(Box::new(document), Box::new(Nowhere)).expect("a valid document");
}

struct Nowhere;

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The time to write the document again, the reading not counted, and how many bytes were written.
fn encode(document: &[u8]) -> (Duration, usize) {
    let text = std::str::from_utf8(document).expect("we wrote UTF-8");
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    decoder.root().expect("a valid document");
    let export = package::UniLoginExportFullMyndighed::decode(&mut decoder).expect("a valid document");
    let began = Instant::now();
    let mut writer = Writer::new(contracts::NAMESPACES);
    writer.root(&package::UNI_LOGIN_EXPORT_FULL_MYNDIGHED_ELEMENT, &export);
    let written = writer.finish();
    let time = began.elapsed();
    (time, black_box(written).len())
}

fn per_byte(times: &[f64], bytes: usize) -> f64 {
    median(times.to_vec()) / bytes as f64
}
