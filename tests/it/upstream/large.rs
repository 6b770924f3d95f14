//! Exports that are larger than memory: signed, proven and handed in as they arrive.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use skolebro::{
    domain::{Group, GroupKind, Member, Organisation, OrganisationNumber},
    source::{
        http::Settings,
        intake::{Heading, Intake, IntakeError, Keeper, Outcome, Receipt},
        upstream::Upstream,
    },
    store::Sqlite,
};
use wsse::sign::Style;

use super::{
    at,
    fake::question,
    signed::{sealed, signer},
};
use crate::{protocol::SOAP12, server};

/// Keeps nothing, and counts people.
#[derive(Default)]
struct Counting(AtomicUsize);

struct Count<'k>(&'k Counting);

impl Keeper for Counting {
    fn begin(&self, _: Heading) -> Result<Box<dyn Intake + '_>, IntakeError> {
        Ok(Box::new(Count(self)))
    }

    fn keep_organisations(&self, _: &[Organisation<'_>]) -> Result<usize, IntakeError> {
        Ok(0)
    }
}

impl Intake for Count<'_> {
    fn group_kind(&mut self, _: &str) -> Result<Option<GroupKind>, IntakeError> {
        Ok(None)
    }

    fn group(&mut self, _: &Group<'_>) -> Result<(), IntakeError> {
        Ok(())
    }

    fn member(&mut self, _: &Member<'_>) -> Result<(), IntakeError> {
        self.0.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn remove(&mut self, _: &str) -> Result<bool, IntakeError> {
        Ok(false)
    }

    fn commit(self: Box<Self>) -> Result<Outcome, IntakeError> {
        Ok(Outcome::Done(Receipt { added: self.0.0.load(Ordering::Relaxed), ..Receipt::default() }))
    }
}

/// The demo's export of 999006: what stands before the people, one of them, and what stands behind.
#[derive(Clone)]
struct Pattern {
    before: String,
    person: String,
    behind: String,
}

fn pattern() -> Pattern {
    let request = fs::read("fixtures/unilogin/wsieksport/v7/eksporterXmlFuldMyndighed/request.xml").unwrap();
    let answer = server::demo().post("/bpi/wsieksport/7", SOAP12, &request);
    let text = answer.text();
    let begin = |from: usize| text[..from].rfind('<').unwrap();
    let body = text.find("<soap:Body>").unwrap() + "<soap:Body>".len();
    // The first who has a user id and contact persons.
    let known = text.find(":ContactPerson").unwrap();
    let first = begin(text[..known].rfind(":InstitutionPerson").unwrap());
    let end = first + text[first..].find("InstitutionPerson>").unwrap() + "InstitutionPerson>".len();
    let all = begin(text.find(":InstitutionPerson").unwrap());
    let last = text.rfind("InstitutionPerson>").unwrap() + "InstitutionPerson>".len();
    Pattern { before: text[body..all].to_owned(), person: text[first..end].to_owned(), behind: text[last..].to_owned() }
}

impl Pattern {
    /// The text behind the start tag of the body, for about so many bytes.
    fn pieces(&self, bytes: u64) -> impl Iterator<Item = String> + use<> {
        let Self { before, person, behind } = self.clone();
        let count = bytes / person.len() as u64;
        let (user, local) = (value(&person, "UserId"), value(&person, "LocalPersonId"));
        let people = (0..count).map(move |at| {
            let person = person.replacen(&user, &format!("u{at:09}"), 1);
            person.replacen(&local, &format!("L{at:09}"), 1)
        });
        std::iter::once(before).chain(people).chain([behind])
    }
}

fn value(text: &str, name: &str) -> String {
    let tag = text.split_once(name).unwrap().1;
    tag.split_once('>').unwrap().1.split('<').next().unwrap().to_owned()
}

/// Answers one question with so many bytes, signed. The text is made twice: the signature stands before it.
fn serve(listener: &TcpListener, bytes: u64) {
    let pattern = pattern();
    let (mut stream, _) = listener.accept().unwrap();
    let (_, asked) = question(&mut stream).unwrap();
    let id = value(&String::from_utf8(asked).unwrap(), ":MessageID");
    let opening = format!(
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header>\
         <wsa:MessageID xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">urn:uuid:1</wsa:MessageID>\
         <wsa:RelatesTo xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">{id}</wsa:RelatesTo></soap:Header><soap:Body>"
    );
    let signer = signer("demo-server").unwrap();
    let opening =
        signer.sign_opening(&opening, pattern.pieces(bytes), Style::Response, skolebro::clock::now()).unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {SOAP12}\r\nConnection: close\r\n\r\n");
    let mut out = std::io::BufWriter::with_capacity(256 << 10, stream);
    out.write_all(head.as_bytes()).unwrap();
    out.write_all(opening.as_bytes()).unwrap();
    for piece in pattern.pieces(bytes) {
        out.write_all(piece.as_bytes()).unwrap();
    }
    out.flush().unwrap();
}

/// What a process that pulls so many bytes says: how many people, and the most memory it had, in kB.
fn pulled(bytes: u64, keeper: &str) -> (u64, u64) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || serve(&listener, bytes));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "upstream::large::in_a_process_of_its_own"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{address} {keeper}").unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let told = told.filter_map(|it| it.split_once("pulled ").map(|it| it.1.to_owned())).last().expect("a result");
    assert!(child.wait().unwrap().success());
    server.join().unwrap();
    let mut numbers = told.split(' ').map(|it| it.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

#[test]
#[ignore = "the other tests run it, and tell it whom to ask"]
fn in_a_process_of_its_own() {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).unwrap();
    let (address, keeper) = line.trim().split_once(' ').unwrap();
    let seconds = Duration::from_secs;
    let settings = Settings { silence: seconds(600), whole: seconds(3600), ..Settings::default() };
    let elsewhere = sealed(&at(address.parse::<SocketAddr>().unwrap()), settings);
    let number = OrganisationNumber::new("999006");
    let begin = Instant::now();
    let outcome = match keeper {
        "sqlite" => elsewhere.pull(&number, &Sqlite::in_memory().unwrap(), true),
        _ => elsewhere.pull(&number, &Counting::default(), true),
    };
    let Outcome::Done(receipt) = outcome.unwrap() else { panic!("it is held") };
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let most = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
    println!("\nin {:.1} s", begin.elapsed().as_secs_f64());
    println!("\npulled {} {}", receipt.added, most.trim().trim_end_matches(" kB"));
}

/// Twelve times as much takes no more memory.
#[test]
fn a_large_pull_takes_no_more_memory_than_a_small_one() {
    let ((few, small), (many, large)) = (pulled(1 << 20, "counting"), pulled(12 << 20, "counting"));
    assert!(many > 10 * few && few > 100, "{few} and {many} people");
    assert!(large < 64 << 10 && large < small + (6 << 10), "{small} kB and {large} kB");
}

/// `cargo test --release --test it -- --ignored upstream::large --nocapture`
#[test]
#[ignore = "takes minutes, and is for figures"]
fn a_pull_of_two_gigabytes() {
    for (bytes, keeper) in [(2 << 30, "counting"), (124 << 20, "counting"), (124 << 20, "sqlite")] {
        let (people, most) = pulled(bytes, keeper);
        println!("{keeper}: {} MB, {people} people: {} MB resident", bytes >> 20, most >> 10);
    }
}

/// Whoever hangs up in the middle of a large document has handed in nothing.
#[test]
fn a_large_pull_that_is_cut_is_none() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
        let _ = question(&mut stream);
        let pattern = pattern();
        let opening = "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Body>";
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {SOAP12}\r\nContent-Length: 100000000\r\n\r\n{opening}");
        let _ = stream.write_all(head.as_bytes());
        for piece in pattern.pieces(4 << 20).take(500) {
            let _ = stream.write_all(piece.as_bytes());
        }
    });
    let (store, number) = (Sqlite::in_memory().unwrap(), OrganisationNumber::new("999006"));
    let elsewhere = super::unilogin(&at(address), super::once());
    let told = elsewhere.pull(&number, &store, true).map(drop).unwrap_err().to_string();
    assert_eq!(told, "the server cannot be reached: the connection ended in the middle of the answer");
    assert_eq!(skolebro::store::Store::sequence(&store), 0);
    server.join().unwrap();
}
