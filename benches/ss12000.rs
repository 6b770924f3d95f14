//! How fast SS12000 is read, as ratios measured in one run: pages and single persons among many against the same among few, and a full
//! read against serde_json writing the same values.
//!
//! The contestants take turns round by round, and the ratios are medians, so that a machine that is busy for a while is busy for all.

use std::{
    fs,
    future::Future,
    hint::black_box,
    path::PathBuf,
    pin::pin,
    process::Command,
    task::{Context, Poll, Waker},
    time::Instant,
};

use chrono::DateTime;
use skolebro::{
    crosswalk::Trail,
    domain::Snapshot,
    source::told::Told,
    standards::{
        ss12000::{
            context::{Options, Rights},
            serve::{Choices, Request, Service},
            view::{Caller, Kind, Reader},
        },
        unilogin::stream,
    },
    store::Memory,
};
use turns::{median, ratio, turns};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod turns;

fn main() {
    let (few, many) = (Served::new(1000), Served::new(100_000));
    println!("\n| what | measured against | ratio | at least |\n| --- | --- | --- | --- |");
    let times = turns(&[&|| few.singles(), &|| many.singles()]);
    row("GET /persons/{id} among 100 000 persons", "the same among 1 000", ratio(&times[0], &times[1]), 0.67);
    let times = turns(&[&|| few.pages(10), &|| many.pages(10)]);
    row("GET /persons?limit=100 pages among 100 000", "the same among 1 000", ratio(&times[0], &times[1]), 0.67);
    let bytes: usize = many.walk("persons").iter().map(Vec::len).sum();
    let view = now(many.service.view(&many.source)).expect("a source in memory answers");
    let (scope, options) = (view.scope(&many.caller), Options::default());
    let reader = Reader::new(&scope, &options, false);
    let persons: Vec<_> = view.ids(Kind::Person, None).filter_map(|it| reader.person(it)).collect();
    let write = || persons.chunks(1000).for_each(|page| drop(black_box(serde_json::to_vec(page))));
    let times = turns(&[&write, &|| drop(black_box(many.walk("persons")))]);
    row(
        "all pages of /persons, bytes a second",
        "serde_json writing the same persons, made before",
        ratio(&times[0], &times[1]),
        0.60,
    );
    let speed = |times: &[f64]| bytes as f64 / median(times.to_vec()) / 1e6;
    println!("\nAll pages of /persons: {:.0} MB/s of JSON, serde_json {:.0} MB/s.", speed(&times[1]), speed(&times[0]));
}

/// An institution of made-up persons, and a service over it.
struct Served {
    service: Service,
    source: Memory,
    caller: Caller,
    /// A thousand of the persons, from all over the institution.
    ids: Vec<String>,
}

impl Served {
    fn new(persons: usize) -> Self {
        let service = Service::new(Options::default(), Choices::default());
        let source = Memory::new([institution(persons)]);
        let caller = Caller { rights: Rights::ALL, institutions: None, ..Caller::default() };
        let began = Instant::now();
        let view = now(service.view(&source)).expect("a source in memory answers");
        println!("The first view of {persons} persons: {:.2} s.", began.elapsed().as_secs_f64());
        let ids: Vec<String> = view.ids(Kind::Person, None).map(|it| it.to_string()).collect();
        let ids = ids.iter().step_by(ids.len() / 1000).cloned().collect();
        Self { service, source, caller, ids }
    }

    fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Vec<u8> {
        let (told, now) = (Told::default(), DateTime::UNIX_EPOCH);
        let caller = &self.caller;
        let request = Request { method: "GET", path, query, body: b"", caller, name: "bench", now, told: &told };
        self::now(self.service.answer(&self.source, request)).expect("a list of ours").body
    }

    fn singles(&self) {
        for id in &self.ids {
            black_box(self.get(&["persons", id], &[]));
        }
    }

    /// The first pages of a hundred persons, each after the other.
    fn pages(&self, count: usize) {
        let mut token: Option<String> = None;
        for _ in 0..count {
            let page = match &token {
                Some(token) => self.get(&["persons"], &[("limit", "100"), ("pageToken", token)]),
                None => self.get(&["persons"], &[("limit", "100")]),
            };
            token = next(&page);
        }
    }

    fn walk(&self, resource: &str) -> Vec<Vec<u8>> {
        let mut pages = vec![self.get(&[resource], &[("limit", "1000")])];
        while let Some(token) = pages.last().and_then(|it| next(it)) {
            pages.push(self.get(&[resource], &[("limit", "1000"), ("pageToken", &token)]));
        }
        pages
    }
}

/// The token at the end of a page.
fn next(page: &[u8]) -> Option<String> {
    let end = page.windows(13).rposition(|it| it == b"\"pageToken\":\"").map(|it| it + 13)?;
    let token = &page[end..];
    Some(std::str::from_utf8(&token[..token.len() - 2]).expect("a token in ASCII").to_owned())
}

/// Neither the source nor the service waits for anything.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("somebody waits"),
    }
}

fn institution(persons: usize) -> Snapshot {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("ss12000-{persons}"));
    let written = Command::new(env!("CARGO_BIN_EXE_skolebro"))
        .args(["demo-data", "--institutions", "1", "--persons", &persons.to_string(), "--seed", "7", "-o"])
        .arg(&folder)
        .status();
    assert!(written.is_ok_and(|it| it.success()), "demo-data must write its data");
    let document = fs::read(folder.join("990000.xml")).expect("the file that was just written");
    let trail = &mut Trail::silent();
    let (mut roster, mut members) = stream::Reader::open(&document[..], trail).expect("a valid document");
    while let Some(member) = members.next(trail).expect("a valid document") {
        roster.members.push(member.into_owned());
    }
    Snapshot::new(roster)
}

fn row(what: &str, against: &str, ratio: f64, target: f64) {
    println!("| {what} | {against} | {ratio:.2} | {target:.2} |");
}
