//! Every byte of a signed message, changed.

use std::ops::Range;

use soap::{Envelope, xml::Decoder};
use wsse::{
    c14n::Exclusive,
    verify::{Expects, Facts, Verified},
};

use crate::messages::{now, signed, verifier};

/// What was signed, as somebody who has verified a message gets it: the header blocks, and the canonical body.
fn content(verified: &Verified<'_>) -> (Vec<Option<String>>, String) {
    let text = verified.message();
    let mut decoder = Decoder::new(text, &[]);
    Envelope::open(&mut decoder, |_, _| true).expect("what is verified is an envelope");
    assert!(verified.is_body_of(&decoder), "{text}");
    let start = decoder.offset();
    let mut body = String::new();
    Exclusive::default().element(text, start, &mut body).unwrap();
    (headers(verified.facts()), body)
}

fn headers(facts: &Facts) -> Vec<Option<String>> {
    let names = [
        (crate::messages::WSA, "Action"),
        (crate::messages::WSA, "To"),
        (crate::messages::WSA, "MessageID"),
        (crate::messages::COMMON, "UdbydersystemId"),
    ];
    names.iter().map(|(uri, local)| facts.header(uri, local).map(str::to_owned)).collect()
}

#[test]
fn a_message_with_a_changed_byte_says_the_same_or_is_refused() {
    let message = signed();
    let verifier = verifier();
    let original = content(&verifier.verify(&message, Expects::Request, now()).unwrap());
    let unsigned = unsigned(&message);
    let mut tried = 0;
    for at in 0..message.len() {
        for flip in [1, 0x40] {
            let mut bytes = message.clone().into_bytes();
            bytes[at] ^= flip;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            tried += 1;
            let verifier = crate::messages::verifier();
            if let Ok(verified) = verifier.verify(&changed, Expects::Request, now()) {
                assert!(unsigned.iter().any(|it| it.contains(&at)), "the byte {at} of {changed}");
                assert_eq!(content(&verified), original, "the byte {at} of {changed}");
            }
        }
    }
    assert!(tried > 7_000, "{tried}");
}

/// Where a message is not signed: the declaration, the start tag of the security header, and the signature itself but for
/// what it says.
fn unsigned(message: &str) -> Vec<Range<usize>> {
    let between = |from: &str, to: &str| message.find(from).unwrap()..message.find(to).unwrap();
    vec![
        between("<?xml", "<soap:Envelope"),
        between("<wsse:Security", "<wsse:BinarySecurityToken"),
        between("<ds:Signature ", "<ds:SignedInfo>"),
        between("<ds:SignatureValue>", "</wsse:Security>"),
    ]
}

/// A part of the body that is left out, doubled or put somewhere else.
#[test]
fn a_message_with_a_changed_part_says_the_same_or_is_refused() {
    let message = signed();
    let original = content(&verifier().verify(&message, Expects::Request, now()).unwrap());
    let pieces: Vec<&str> = message.split_inclusive('>').collect();
    for one in 0..pieces.len() {
        for other in 0..pieces.len() {
            let mut changed = pieces.clone();
            match one.cmp(&other) {
                std::cmp::Ordering::Less => changed.swap(one, other),
                std::cmp::Ordering::Equal => drop(changed.remove(one)),
                std::cmp::Ordering::Greater => changed.insert(other, pieces[one]),
            }
            let changed = changed.concat();
            if let Ok(verified) = verifier().verify(&changed, Expects::Request, now()) {
                assert_eq!(content(&verified), original, "{changed}");
            }
        }
    }
}
