//! Signature wrapping: what was signed is moved somewhere else, and something forged put in its place. Thousands of ways,
//! each a combination of a few choices. None may be taken with a content other than what was signed.

use std::{cell::RefCell, collections::BTreeMap};

use soap::{
    Envelope,
    xml::{Decoder, namespace},
};
use wsse::verify::{Expects, Verified};

use crate::messages::{COMMON, MESSAGE_ID, WSA, now, signed, verifier};

/// An element of the signed message, and how it can be found there.
struct Part {
    name: &'static str,
    start: &'static str,
    end: &'static str,
}

const PARTS: [Part; 5] = [
    Part { name: "Body", start: "<soap:Body", end: "</soap:Body>" },
    Part { name: "MessageID", start: "<wsa:MessageID", end: "</wsa:MessageID>" },
    Part { name: "UdbydersystemId", start: "<uni:UdbydersystemId", end: "</uni:UdbydersystemId>" },
    Part { name: "Timestamp", start: "<wsu:Timestamp", end: "</wsu:Timestamp>" },
    Part { name: "Token", start: "<wsse:BinarySecurityToken", end: "</wsse:BinarySecurityToken>" },
];

/// Where the element that was signed is put: in front of one of these.
const PLACES: [&str; 14] = [
    "<soap:Header>",
    "<wsa:Action",
    "<wsse:Security",
    "<wsse:BinarySecurityToken",
    "<ds:Signature ",
    "<ds:SignedInfo>",
    "<ds:Reference",
    "<ds:SignatureValue>",
    "<ds:KeyInfo>",
    "<wsse:SecurityTokenReference>",
    "</ds:Signature>",
    "</wsse:Security>",
    "</soap:Header>",
    "</soap:Envelope>",
];

/// What is put around it.
const WRAPPERS: [(&str, &str); 9] = [
    ("", ""),
    ("<wrapper>", "</wrapper>"),
    ("<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">", "</ds:Object>"),
    ("<soap:Envelope><soap:Header/>", "</soap:Envelope>"),
    ("<soap:Header>", "</soap:Header>"),
    ("<soap:Body>", "</soap:Body>"),
    (
        "<wsse:Security xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">",
        "</wsse:Security>",
    ),
    ("<!--", "-->"),
    ("<![CDATA[", "]]>"),
];

/// What becomes of the Id of the forged element.
const IDS: [&str; 8] = ["same", "none", "other", "Id", "ID", "xml:id", "plain prefix", "other namespace"];

fn cut<'m>(message: &'m str, part: &Part) -> (&'m str, &'m str, &'m str) {
    let from = message.find(part.start).unwrap();
    let to = from + message[from..].find(part.end).unwrap() + part.end.len();
    (&message[..from], &message[from..to], &message[to..])
}

/// The element with a content that nobody signed, and an Id of some kind.
fn forged(element: &str, id: &str) -> String {
    let from = element.find(" xmlns:wsu=").or_else(|| element.find(" wsu:Id=")).unwrap();
    let value_from = element.find("wsu:Id=\"").unwrap() + "wsu:Id=\"".len();
    let to = value_from + element[value_from..].find('"').unwrap();
    let value = &element[value_from..to];
    let id = match id {
        "same" => element[from..=to].to_owned(),
        "none" => String::new(),
        "other" => element[from..=to].replace(value, "other"),
        "plain prefix" => element[from..=to].replace("xmlns:wsu", "xmlns:u").replace("wsu:Id", "u:Id"),
        "other namespace" => format!(" xmlns:x=\"urn:x\" x:Id=\"{value}\""),
        name => format!(" {name}=\"{value}\""),
    };
    let content =
        element.replace("999001", "666666").replace("DEMO01", "DEMO66").replace(MESSAGE_ID, "urn:uuid:forged");
    content[..from].to_owned() + &id + &content[to + 1..].replace("2026-06-01T12:05", "2026-06-01T12:06")
}

/// What comes of messages, counted by reason.
#[derive(Default)]
struct Outcomes(RefCell<BTreeMap<String, usize>>);

impl Outcomes {
    /// Verifies a message; if it is taken, it must say what was signed.
    fn try_out(&self, message: &str) {
        let verifier = verifier();
        let outcome = match verifier.verify(message, Expects::Request, now()) {
            Ok(verified) => taken(&verified, message),
            Err(why) => why.to_string(),
        };
        *self.0.borrow_mut().entry(outcome).or_default() += 1;
    }

    fn count(&self) -> usize {
        self.0.borrow().values().sum()
    }
}

/// What whoever decodes the message would see of it must be what was signed.
fn taken(verified: &Verified<'_>, message: &str) -> String {
    let facts = verified.facts();
    assert_eq!(facts.header(WSA, "MessageID"), Some(MESSAGE_ID), "{message}");
    assert!(matches!(facts.header(COMMON, "UdbydersystemId"), Some("DEMO01") | None), "{message}");
    let mut decoder = Decoder::new(verified.message(), &[]);
    let Ok(envelope) = Envelope::open(&mut decoder, |_, _| true) else { return "taken, and no envelope".to_owned() };
    let ids = envelope.headers.iter().filter(|it| it.namespace == namespace::WSA && it.local == "MessageID");
    assert!(ids.map(|it| it.text.as_deref()).eq([Some(MESSAGE_ID)]), "{message}");
    for provider in envelope.headers.iter().filter(|it| it.local == "UdbydersystemId") {
        assert_eq!(provider.text.as_deref(), facts.header(&provider.uri, "UdbydersystemId"), "{message}");
    }
    assert!(verified.is_body_of(&decoder), "{message}");
    assert_eq!(decoder.name().1, "hentInstitution");
    decoder.child("hentInstitution").unwrap();
    assert_eq!(decoder.plain_text().unwrap(), "999001", "{message}");
    "taken".to_owned()
}

#[test]
fn what_was_signed_is_moved_and_replaced() {
    let (message, outcomes) = (signed(), Outcomes::default());
    for part in &PARTS {
        let (before, element, behind) = cut(&message, part);
        for id in IDS {
            let forged = forged(element, id);
            for wrapper in WRAPPERS {
                let moved = format!("{}{element}{}", wrapper.0, wrapper.1);
                for place in PLACES {
                    // The forged one in the place of what was signed, which stands elsewhere.
                    let replaced = format!("{before}{forged}{behind}");
                    outcomes.try_out(&replaced.replacen(place, &format!("{moved}{place}"), 1));
                }
                // One within the other, and behind each other.
                let inside = forged.replacen('>', &format!(">{moved}"), 1);
                outcomes.try_out(&format!("{before}{inside}{behind}"));
                outcomes.try_out(&format!("{before}{forged}{moved}{behind}"));
                outcomes.try_out(&format!("{before}{moved}{forged}{behind}"));
                let around = element.replacen('>', &format!(">{}{forged}{}", wrapper.0, wrapper.1), 1);
                outcomes.try_out(&format!("{before}{around}{behind}"));
            }
        }
        assert!(!forged(element, "same").is_empty(), "{}", part.name);
    }
    assert!(outcomes.count() > 6_000, "{}", outcomes.count());
    // The forgeries do not stop at something trivial: each of these is found, and often.
    for why in ["an Id that is given twice", "the message is not signed", "a reference to nothing that may be signed"] {
        assert!(outcomes.0.borrow().get(why).is_some_and(|it| *it > 50), "{why}: {:?}", outcomes.0.borrow());
    }
}

/// The forged element stands beside the one that was signed, which stays where it was.
#[test]
fn something_forged_stands_beside() {
    let (message, outcomes) = (signed(), Outcomes::default());
    for part in &PARTS {
        let (_, element, _) = cut(&message, part);
        for id in IDS {
            let forged = forged(element, id);
            for wrapper in WRAPPERS {
                for place in PLACES {
                    let beside = format!("{}{forged}{}", wrapper.0, wrapper.1);
                    outcomes.try_out(&message.replacen(place, &format!("{beside}{place}"), 1));
                    let last = message.rfind(place).unwrap();
                    outcomes.try_out(&format!("{}{beside}{}", &message[..last], &message[last..]));
                }
            }
        }
    }
    assert!(outcomes.count() > 10_000, "{}", outcomes.count());
    // Comments change nothing, and neither does a header block that nobody asks for.
    assert!(outcomes.0.borrow().get("taken").is_some_and(|it| *it > 100), "{:?}", outcomes.0.borrow());
}

/// The security header, or the signature, twice, nested, moved, or for somebody else.
#[test]
fn the_security_header_is_moved_or_doubled() {
    let (message, outcomes) = (signed(), Outcomes::default());
    let wholes = [
        Part { name: "Security", start: "<wsse:Security", end: "</wsse:Security>" },
        Part { name: "Signature", start: "<ds:Signature ", end: "</ds:Signature>" },
        Part { name: "SignedInfo", start: "<ds:SignedInfo", end: "</ds:SignedInfo>" },
        Part { name: "Header", start: "<soap:Header", end: "</soap:Header>" },
        Part { name: "Envelope", start: "<soap:Envelope", end: "</soap:Envelope>" },
    ];
    let places =
        PLACES.iter().chain(&["<soap:Body", "<hentInstitution", "</hentInstitution>", "</soap:Body>", "<regnr>"]);
    for place in places {
        for part in &wholes {
            let (before, element, behind) = cut(&message, part);
            for wrapper in WRAPPERS {
                let beside = format!("{}{element}{}", wrapper.0, wrapper.1);
                let forged = message.replace("999001", "666666");
                for message in [&message, &forged] {
                    outcomes.try_out(&message.replacen(place, &format!("{beside}{place}"), 1));
                    outcomes.try_out(&format!("{before}{behind}").replacen(place, &format!("{beside}{place}"), 1));
                }
            }
        }
    }
    let somebody = message.replace("soap:mustUnderstand=", "soap:role=\"urn:somebody\" soap:mustUnderstand=");
    outcomes.try_out(&somebody);
    assert_eq!(outcomes.0.borrow().get("a security header for somebody else"), Some(&1));
    assert!(outcomes.count() > 1_500, "{}", outcomes.count());
}

/// Names that look like those of the body and its namespace, and are not.
#[test]
fn namespaces_are_played_with() {
    let (message, outcomes) = (signed(), Outcomes::default());
    let soap12 = "http://www.w3.org/2003/05/soap-envelope";
    let soap11 = "http://schemas.xmlsoap.org/soap/envelope/";
    for name in ["soap:Body", "soap:Header", "soap:Envelope", "wsse:Security", "ds:Signature", "wsa:MessageID", "regnr"]
    {
        let local = name.rsplit(':').next().unwrap();
        for uri in [soap11, soap12, "", "urn:x"] {
            for change in [
                message
                    .replace(&format!("<{name}"), &format!("<x:{local} xmlns:x=\"{uri}\""))
                    .replace(&format!("</{name}"), &format!("</x:{local}")),
                message
                    .replace(&format!("<{name}"), &format!("<{local} xmlns=\"{uri}\""))
                    .replace(&format!("</{name}"), &format!("</{local}")),
                message.replace(&format!("<{name}"), &format!("<{name} xmlns:soap=\"{uri}\"")),
                message.replace(&format!("<{name}"), &format!("<{name} xmlns=\"{uri}\"")),
                message.replace(&format!("<{name}"), &format!("<{name} xmlns:wsa=\"{uri}\"")),
                message.replace(&format!("<{name}"), &format!("<{name} xmlns:unused=\"{uri}\"")),
            ] {
                outcomes.try_out(&change);
            }
        }
    }
    assert_eq!(outcomes.count(), 7 * 4 * 6);
}

/// Comments, instructions and CDATA within values: whoever reads must read all of a value, as was signed.
#[test]
fn comments_split_no_value() {
    let message = signed();
    for value in ["999001", "DEMO01", MESSAGE_ID] {
        for at in 1..value.len() {
            for split in ["<!---->", "<!-- x -->", "<![CDATA[]]>"] {
                let (a, b) = value.split_at(at);
                Outcomes::default().try_out(&message.replace(value, &format!("{a}{split}{b}")));
            }
            let instruction = message.replace(value, &format!("{}<?x?>{}", &value[..at], &value[at..]));
            verifier().verify(&instruction, Expects::Request, now()).expect_err("it is signed too");
        }
    }
}
