//! What signatures cost beyond the cryptography: verifying a message against verifying its signature, signing an answer
//! against making its signature.
//!
//! Contestants take turns, and the ratios are medians over the rounds, as in `ratios.rs`.

use std::{fs, hint::black_box, path::Path, sync::Arc, time::Instant};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;
use quick_xml::{NsReader, events::Event};
use wsse::{
    c14n::Exclusive,
    key::{Certificate, Identity},
    replay::Seen,
    sign::{Signer, Style},
    trust::Trust,
    verify::{Expects, Verifier},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 601;
/// Messages in a round: few, so that hardly a round is interrupted on a busy machine.
const MESSAGES: usize = 20;

fn main() {
    println!("\n| what | measured against | ratio | at most |\n| --- | --- | --- | --- |");
    let signer = Signer { identity: Arc::new(identity("demo-client")) };
    verifying(&signer);
    signing(&signer);
    canonical();
}

/// Every message is new, so that what is remembered of it is part of the time; the certificate is known from the first.
fn verifying(signer: &Signer) {
    let messages: Vec<String> =
        (0..MESSAGES).map(|it| signer.sign(&request(it), Style::Request, now()).expect("an envelope")).collect();
    let mut verifier = verifier();
    verifier.verify(&messages[0], Expects::Request, now()).expect("a signed message");
    let bare: Vec<_> = messages.iter().map(|it| (signed_info(it), signature(it))).collect();
    let certificate = signer.identity.certificate();
    let (bare, ours) = turns(
        &mut || bare.iter().for_each(|(said, signature)| assert!(certificate.verifies(black_box(said), signature))),
        &mut || {
            verifier.seen = Arc::new(Seen::new(MESSAGES));
            for message in &messages {
                black_box(verifier.verify(black_box(message), Expects::Request, now())).expect("a signed message");
            }
        },
    );
    let what = format!("verify a signed question of {} bytes ({} unsigned)", messages[0].len(), request(0).len());
    row(&what, "aws-lc-rs, RSA-2048 with a parsed key", ratio(&ours, &bare), 2.0);
    println!("|   that is {:.1} µs against {:.1} µs | | | |", each(&ours), each(&bare));
}

fn signing(signer: &Signer) {
    let (answer, said) =
        (request(0), signed_info(&signer.sign(&request(0), Style::Request, now()).expect("an envelope")));
    let (bare, ours) = turns(
        &mut || (0..MESSAGES / 10).for_each(|_| drop(signer.identity.sign(black_box(&said)).expect("a signature"))),
        &mut || {
            (0..MESSAGES / 10).for_each(|_| drop(signer.sign(black_box(&answer), Style::Request, now()).expect("one")))
        },
    );
    row("sign it", "aws-lc-rs, RSA-2048", ratio(&ours, &bare), 1.1);
    println!("|   that is {:.1} µs against {:.1} µs | | | |", 10.0 * each(&ours), 10.0 * each(&bare));
}

/// For information: a body of many records, digested and only scanned.
fn canonical() {
    let record =
        "<elev><rolle>Elev</rolle><klasse>5.B</klasse><navn>Åse Ærø &amp; Søn</navn><alder a=\"1\">12</alder></elev>";
    let document = format!("<a xmlns=\"urn:a\">{}</a>", record.repeat(2_000));
    let (scan, ours) = turns(
        &mut || {
            let mut reader = NsReader::from_str(&document);
            while !matches!(black_box(reader.read_resolved_event()).expect("a document").1, Event::Eof) {}
        },
        &mut || {
            let mut out: Vec<u8> = Vec::with_capacity(document.len() + 1000);
            Exclusive::default().element(&document, 0, &mut out).expect("a document");
            black_box(out);
        },
    );
    row("canonical form of a large body", "quick-xml NsReader, bare scan", ratio(&ours, &scan), 1.0);
    println!("|   that is {:.0} MB a second | | | |", document.len() as f64 / median(ours) / 1e6);
}

fn row(what: &str, against: &str, ratio: f64, target: f64) {
    println!("| {what} | {against} | {ratio:.2} | {target:.2} |");
}

/// A question of two thousand bytes.
fn request(number: usize) -> String {
    let wsa = "http://www.w3.org/2005/08/addressing";
    let service = "https://brugerdatabasen.stil.dk/bpi/wsiinst/6";
    let filling = "<navn>Testskolen på Ærø</navn>".repeat(36);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header>\
         <wsa:Action xmlns:wsa=\"{wsa}\">{service}/hentInstitution</wsa:Action><wsa:To xmlns:wsa=\"{wsa}\">{service}</wsa:To>\
         <wsa:MessageID xmlns:wsa=\"{wsa}\">urn:uuid:00000000-0000-4000-8000-{number:012}</wsa:MessageID>\
         <uni:UdbydersystemId xmlns:uni=\"https://brugerdatabasen.stil.dk/bpi/common/3\">DEMO01</uni:UdbydersystemId>\
         </soap:Header><soap:Body><hentInstitution xmlns=\"{service}\"><regnr>999001</regnr>{filling}</hentInstitution>\
         </soap:Body></soap:Envelope>"
    )
}

fn signed_info(message: &str) -> Vec<u8> {
    let (mut said, at) = (Vec::new(), message.find("<ds:SignedInfo>").expect("a signature"));
    Exclusive::default().element(message, at, &mut said).expect("a message");
    said
}

fn signature(message: &str) -> Vec<u8> {
    let value = message.split_once("<ds:SignatureValue>").and_then(|it| it.1.split_once('<')).expect("a signature").0;
    BASE64.decode(value.as_bytes()).expect("as we wrote it")
}

fn verifier() -> Verifier {
    let trust = Trust::new(&[certificate("demo-root")], &[certificate("demo-issuing")], &[]).expect("certificates");
    Verifier::new(Arc::new(trust), TimeDelta::minutes(1), TimeDelta::minutes(5), Arc::new(Seen::new(1)))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).expect("a time")
}

fn file(name: &str) -> Vec<u8> {
    fs::read(Path::new("fixtures/pki").join(name)).expect("a file of the project")
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&file(&format!("{name}.crt.pem"))).expect("a certificate").remove(0)
}

fn identity(name: &str) -> Identity {
    Identity::from_pem(&file(&format!("{name}.key.pem")), &file(&format!("{name}.crt.pem"))).expect("a key")
}

/// The times of two contestants, who take turns.
fn turns(first: &mut dyn FnMut(), second: &mut dyn FnMut()) -> (Vec<f64>, Vec<f64>) {
    let time = |contestant: &mut dyn FnMut()| {
        let began = Instant::now();
        contestant();
        began.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(|_| (time(first), time(second))).unzip()
}

/// The median over the rounds of how much longer `ours` took than the yardstick.
fn ratio(ours: &[f64], yardstick: &[f64]) -> f64 {
    median(ours.iter().zip(yardstick).map(|(ours, yardstick)| ours / yardstick).collect())
}

/// Microseconds a message.
fn each(times: &[f64]) -> f64 {
    median(times.to_vec()) / MESSAGES as f64 * 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
