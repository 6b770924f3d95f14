//! Any bytes as a signed message: never taken, never a panic; put anywhere into a message that was signed: refused, or of no
//! consequence; as the body of a message to be signed: what is signed verifies.
#![no_main]

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use libfuzzer_sys::fuzz_target;
use soap::{Envelope, xml::Decoder};
use wsse::{
    c14n::{Exclusive, Pieces},
    key::{Certificate, Identity},
    replay::Seen,
    sign::{Signer, Style},
    trust::Trust,
    verify::{Expects, Verifier},
};

const CLIENT: &[u8] = include_bytes!("../../fixtures/pki/demo-client.crt.pem");
const KEY: &[u8] = include_bytes!("../../fixtures/pki/demo-client.key.pem");
const ROOT: &[u8] = include_bytes!("../../fixtures/pki/demo-root.crt.pem");
const ISSUING: &[u8] = include_bytes!("../../fixtures/pki/demo-issuing.crt.pem");

static SIGNER: LazyLock<Signer> =
    LazyLock::new(|| Signer { identity: Arc::new(Identity::from_pem(KEY, CLIENT).expect("a key")) });
static TRUST: LazyLock<Arc<Trust>> = LazyLock::new(|| {
    let [root, issuing] = [ROOT, ISSUING].map(|it| Certificate::from_pem(it).expect("a certificate"));
    Arc::new(Trust::new(&root, &issuing, &[]).expect("certificates"))
});
static SIGNED: LazyLock<String> =
    LazyLock::new(|| SIGNER.sign(&message("<a b='1'>x</a>"), Style::Request, now()).expect("an envelope"));

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).expect("a time")
}

fn verifier() -> Verifier {
    Verifier::new(Arc::clone(&TRUST), TimeDelta::minutes(1), TimeDelta::minutes(5), Arc::new(Seen::new(4)))
}

fn message(body: &str) -> String {
    let wsa = "http://www.w3.org/2005/08/addressing";
    format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header><MessageID xmlns=\"{wsa}\">m</MessageID>\
         </s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fuzz_target!(|bytes: &[u8]| {
    let [kind, a, b, rest @ ..] = bytes else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let place = usize::from(u16::from_be_bytes([*a, *b]));
    match kind % 4 {
        0 => nothing(text),
        1 => within(text, place),
        2 => round_trip(text),
        _ => pieces(text, place),
    }
});

fn nothing(text: &str) {
    assert!(verifier().verify(text, Expects::Request, now()).is_err());
    let _ = wsse::username::UsernameToken::read(text);
}

/// Part of the signed message, replaced.
fn within(text: &str, place: usize) {
    let signed = &*SIGNED;
    let from = place % signed.len();
    let to = (from + place / signed.len()).min(signed.len());
    let (Some(before), Some(behind)) = (signed.get(..from), signed.get(to..)) else { return };
    let changed = format!("{before}{text}{behind}");
    let verifier = verifier();
    let Ok(verified) = verifier.verify(&changed, Expects::Request, now()) else { return };
    assert_eq!(verified.facts().header("http://www.w3.org/2005/08/addressing", "MessageID"), Some("m"));
    let mut decoder = Decoder::new(verified.message(), &[]);
    if Envelope::open(&mut decoder, |_, _| true).is_ok() {
        assert!(verified.is_body_of(&decoder));
        let mut body = String::new();
        Exclusive::default().element(&changed, decoder.offset(), &mut body).expect("it was read");
        assert_eq!(body, "<a b=\"1\">x</a>");
    }
}

fn round_trip(text: &str) {
    let message = message(text);
    let Ok(signed) = SIGNER.sign(&message, Style::Request, now()) else { return };
    // The text may have closed the body, and have made another message of it.
    if let Err(why) = verifier().verify(&signed, Expects::Request, now()) {
        panic!("{why}: {signed}");
    }
}

fn pieces(text: &str, cut: usize) {
    let how = Exclusive { inclusive: vec!["a".to_owned(), "#default".to_owned()], comments: true };
    let form = |cut: usize| {
        let mut pieces = Pieces::new(&how, String::new());
        let (first, second) = text.split_at_checked(cut).unwrap_or((text, ""));
        pieces.write(first).and_then(|()| pieces.write(second)).and_then(|()| pieces.finish())
    };
    let whole = form(0);
    assert_eq!(whole.clone().ok(), form(cut % (text.len() + 1)).ok());
    if let Ok(whole) = whole {
        let mut again = String::new();
        how.element(&whole, 0, &mut again).expect("a canonical form");
        assert_eq!(again, whole);
    }
}
