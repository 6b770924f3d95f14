//! Messages that other tools have signed: taken as they are, refused with any signed letter changed.

use std::{fs, ops::Range, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use wsse::{
    c14n::Exclusive,
    replay::Seen,
    trust::Trust,
    verify::{Expects, Verifier},
};

use crate::pki::certificate;

const COMMON: &str = "https://brugerdatabasen.stil.dk/bpi/common/3";

fn messages() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/foreign");
    let mut messages = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "xml") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            messages.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    messages.sort();
    messages
}

/// Remembers nothing, so that a message can be asked about again.
fn verifier() -> Verifier {
    let trust = Trust::new(&[certificate("demo-root")], &[certificate("demo-issuing")], &[]).unwrap();
    Verifier::new(Arc::new(trust), TimeDelta::seconds(60), TimeDelta::minutes(10), Arc::new(Seen::new(10_000)))
}

/// When the message says that it was made.
fn created(message: &str) -> DateTime<Utc> {
    let start = message.find("Created>").unwrap() + "Created>".len();
    let text: String = message[start..].chars().take_while(|it| *it != '<').collect();
    text.parse().unwrap()
}

/// From the start tag with this local name to the end of its end tag.
fn element(message: &str, local: &str) -> Range<usize> {
    let opens = |at: usize| message[..at].rfind('<').is_some_and(|it| !message[it..at].contains(['/', ' ', '>', '"']));
    let named = |it: &(usize, &str)| opens(it.0) && message[it.0 + local.len()..].starts_with(['>', ' ', '\r', '\n']);
    let (at, _) = message.match_indices(local).find(named).expect(local);
    let end = message.rfind(&format!("{local}>")).expect(local) + local.len();
    message[..at].rfind('<').unwrap()..end
}

#[test]
fn what_other_tools_sign_is_taken() {
    let messages = messages();
    assert_eq!(messages.len(), 14);
    for (name, message) in &messages {
        let verifier = verifier();
        let verified = verifier.verify(message, Expects::Request, created(message)).unwrap_or_else(|why| {
            panic!("{name}: {why}");
        });
        assert_eq!(verified.facts().header(COMMON, "UdbydersystemId"), Some("DEMO01"), "{name}");
        assert_eq!(*verified.facts().certificate(), certificate("demo-client"), "{name}");
        let late = created(message) + TimeDelta::minutes(12);
        assert!(verifier.verify(message, Expects::Request, late).is_err(), "{name}: too late");
    }
}

/// A letter may be another where the canonical form is the same: in a comment, in the name of a prefix that nobody uses.
#[test]
fn no_signed_letter_can_be_another() {
    let parts = ["Timestamp", "MessageID", "UdbydersystemId", "Body", "SignedInfo", "SignatureValue"];
    for (number, (name, message)) in messages().into_iter().enumerate() {
        let (verifier, now) = (verifier(), created(&message));
        let (mut changed, mut taken) = (0, 0);
        for part in parts.map(|part| element(&message, part)) {
            let form = canonical(&message, part.start);
            // Every fifth letter, and others in the next message: all of them take long without optimisation.
            let letters = part.clone().filter(|at| message.as_bytes()[*at].is_ascii_alphanumeric());
            for at in letters.skip(number % 5).step_by(5) {
                let mut other = message.clone();
                other.replace_range(at..=at, if &message[at..=at] == "x" { "y" } else { "x" });
                changed += 1;
                if verifier.verify(&other, Expects::Request, now).is_ok() {
                    let around = &message[at.saturating_sub(20)..(at + 20).min(message.len())];
                    assert_eq!(canonical(&other, part.start), form, "{name}: {around}");
                    taken += 1;
                }
            }
        }
        assert!(changed > 200 && taken < 10, "{name}: {taken} of {changed}");
    }
}

fn canonical(message: &str, at: usize) -> String {
    let mut form = String::new();
    Exclusive::default().element(message, at, &mut form).unwrap();
    form
}
