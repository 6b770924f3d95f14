//! Signing, and verifying what was signed: whole, in pieces, in both styles, with any prefix.

use std::{io::Read, sync::Arc};

use soap::{Envelope, xml::Decoder};
use wsse::{
    sign::{Signer, Style},
    verify::{Expects, Refused},
    watch::watch,
};

use crate::{
    messages::{COMMON, MESSAGE_ID, WSA, now, request, response, sign, signed, signer, verifier, verify},
    pki::identity,
};

#[test]
fn what_we_sign_verifies() {
    let facts = verify(&signed()).unwrap();
    assert_eq!(facts.header(WSA, "MessageID"), Some(MESSAGE_ID));
    assert_eq!(facts.header(COMMON, "UdbydersystemId"), Some("DEMO01"));
    assert_eq!(
        facts.certificate().subject().common_name.as_deref(),
        identity("demo-client").certificate().subject().common_name.as_deref()
    );
}

#[test]
fn an_answer_verifies_as_the_answer_to_its_question() {
    let server = Signer { identity: Arc::new(identity("demo-server")) };
    let signed = server.sign(&response(), Style::Response, now()).unwrap();
    let verifier = verifier();
    verifier.verify(&signed, Expects::Response(MESSAGE_ID), now()).unwrap();
    let other = verifier.verify(&signed, Expects::Response("urn:uuid:other"), now()).unwrap_err();
    assert_eq!(other.to_string(), "an answer to another question");
    // What was asked for has come, however often.
    verifier.verify(&signed, Expects::Response(MESSAGE_ID), now()).unwrap();
}

/// Nothing of an envelope changes but what signing adds.
#[test]
fn signing_only_adds() {
    let mut rest = without(&signed(), "<wsse:Security", "</wsse:Security>");
    while rest.contains(" xmlns:wsu=") {
        let id = rest.split_once("wsu:Id=\"").unwrap().1;
        let id = id[..id.find('"').unwrap()].to_owned();
        rest = without(&rest, " xmlns:wsu=", &format!("wsu:Id=\"{id}\""));
    }
    assert_eq!(rest, request());
}

fn without(text: &str, from: &str, to: &str) -> String {
    let (before, rest) = text.split_once(from).unwrap();
    before.to_owned() + rest.split_once(to).unwrap().1
}

#[test]
fn the_prefix_of_the_envelope_may_be_any_or_none() {
    for prefix in ["S:", "wsse:", "wsu:", "ds:", ""] {
        let colon = if prefix.is_empty() { String::new() } else { format!(":{}", prefix.trim_end_matches(':')) };
        for (style, message) in
            [(Style::Request, request()), (Style::Response, response().replace("S:", "soap:").replace(":S=", ":soap="))]
        {
            let message = message.replace("xmlns:soap", &format!("xmlns{colon}")).replace("soap:", prefix);
            let signed = signer().sign(&message, style, now()).unwrap();
            let expects = if style == Style::Request { Expects::Request } else { Expects::Response(MESSAGE_ID) };
            verifier().verify(&signed, expects, now()).unwrap_or_else(|why| panic!("{why}: {signed}"));
        }
    }
}

#[test]
fn a_soap_11_envelope_is_signed_too() {
    let message =
        request().replace("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/");
    let signed = sign(&message);
    assert!(signed.contains(" soap:mustUnderstand=\"1\""));
    verify(&signed).unwrap();
}

#[test]
fn ids_that_are_there_are_used() {
    let message = request().replace("<soap:Body>", "<soap:Body xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\" u:Id=\"mine\">");
    let signed = sign(&message);
    assert!(signed.contains("URI=\"#mine\""));
    verify(&signed).unwrap();
}

#[test]
fn the_decoder_of_the_signed_body_is_known() {
    let (signed, verifier) = (signed(), verifier());
    let verified = verifier.verify(&signed, Expects::Request, now()).unwrap();
    let open = |text| {
        let mut decoder = Decoder::new(text, &[]);
        Envelope::open(&mut decoder, |_, _| true).unwrap();
        decoder
    };
    assert!(verified.is_body_of(&open(verified.message())));
    // Another copy of the same text is another text.
    let copy = signed.clone();
    assert!(!verified.is_body_of(&open(&copy)));
    let mut decoder = open(verified.message());
    decoder.child("hentInstitution").unwrap();
    assert!(!verified.is_body_of(&decoder));
}

#[test]
fn a_body_may_come_in_pieces() {
    let signed = signed();
    let body = signed.find("<soap:Body").unwrap();
    let end = body + signed[body..].find('>').unwrap() + 1;
    for length in 1..40 {
        let verifier = verifier();
        let unproven = verifier.open(&signed[..end + length % 7], Expects::Request, now()).unwrap();
        assert_eq!(unproven.body_offset(), body);
        let mut digest = unproven.body_digest();
        let characters: Vec<char> = signed[body..].chars().collect();
        characters.chunks(length).for_each(|it| digest.write(&it.iter().collect::<String>()));
        unproven.prove(digest).unwrap();
        assert!(matches!(verifier.open(&signed, Expects::Request, now()), Err(Refused::Replayed)));
    }
}

/// Reads so many bytes at a time, so that characters are cut in two.
struct Slow<'m>(&'m [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(out.len());
        self.0.read(&mut out[..length])
    }
}

#[test]
fn a_message_may_be_watched_as_it_arrives() {
    let signed = signed();
    let body = signed.find("<soap:Body").unwrap();
    let end = body + signed[body..].find('>').unwrap() + 1;
    let last = signed.len();
    for (length, told, outcome) in [
        (1, &signed.as_bytes()[..last], "Ok(())"),
        (7, &signed.as_bytes()[..last], "Ok(())"),
        (4096, &signed.as_bytes()[..last], "Ok(())"),
        (7, &signed.replace("999001", "999002").into_bytes()[..], "Err"),
        (7, &[&signed.as_bytes()[..last], "å".as_bytes().split_at(1).0].concat()[..], "in the middle of a character"),
    ] {
        let (mut watched, witness) = watch(Slow(told, length));
        let mut opening = vec![0; end];
        watched.read_exact(&mut opening).unwrap();
        assert_eq!(witness.beginning().len(), end);
        let open = |opening: &str| verifier().open(opening, Expects::Request, now()).map(Some);
        let proof = witness.open(open).unwrap().unwrap();
        assert!(witness.open(open).unwrap().is_none() && witness.beginning().is_empty(), "it is looked at once");
        std::io::copy(&mut watched, &mut std::io::sink()).unwrap();
        let proven = format!("{:?}", proof.prove());
        assert!(proven.contains(outcome), "{proven} instead of {outcome}");
        assert!(format!("{:?}", proof.prove()).contains("was not read"), "and asked once");
    }
}

#[test]
fn what_nobody_has_signed_is_not_held() {
    let (mut watched, witness) = watch(&b"some text"[..]);
    let mut some = [0; 4];
    watched.read_exact(&mut some).unwrap();
    assert!(witness.open(|_| Ok::<_, Refused>(None)).unwrap().is_none());
    std::io::copy(&mut watched, &mut std::io::sink()).unwrap();
    assert_eq!(witness.beginning(), "");
}

#[test]
fn an_envelope_may_be_signed_in_pieces() {
    let request = request();
    let cut = request.find("<soap:Body>").unwrap() + "<soap:Body>".len();
    for length in 1..40 {
        let rest: Vec<char> = request[cut..].chars().collect();
        let pieces = rest.chunks(length).map(|it| it.iter().collect::<String>());
        let opening = signer().sign_opening(&request[..cut], pieces, Style::Request, now()).unwrap();
        verify(&(opening + &request[cut..])).unwrap();
    }
}

#[test]
fn what_lacks_a_part_is_not_signed() {
    let fails = |message: &str| signer().sign(message, Style::Request, now()).unwrap_err().to_string();
    assert_eq!(fails("<a/>"), "the envelope cannot be signed: it is no SOAP envelope with a header");
    assert_eq!(fails(&request().replace("MessageID", "Other")), "the envelope cannot be signed: it has no MessageID");
    assert_eq!(fails(&signed()), "the envelope cannot be signed: it has a security header already");
    assert!(fails(&request().replace("</navn>", "</nav>")).contains("end tag"));
    assert!(fails(&request().replace("</soap:Envelope>", "")).contains("does not end"));
}
