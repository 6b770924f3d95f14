//! What must be refused, each for its reason; and large things that must be refused soon.

use std::sync::Arc;

use chrono::TimeDelta;
use wsse::{
    key::Identity,
    replay::Seen,
    sign::{Signer, Style},
    trust::Untrusted,
    verify::{Expects, Refused, Verifier},
};

use crate::{
    messages::{MESSAGE_ID, now, refused, request, sign, signed, signer, verifier, verify},
    pki::{certificate, file, identity, time},
};

/// The question, signed by somebody with the key of the odd ones.
fn signed_by(name: &str) -> String {
    let identity = Identity::from_pem(&file("odd/key.pem"), &file(&format!("{name}.crt.pem"))).expect(name);
    Signer { identity: Arc::new(identity) }.sign(&request(), Style::Request, now()).unwrap()
}

/// A message that differs from the signed one. What is replaced must be there.
fn with(from: &str, to: &str) -> String {
    let message = signed();
    assert!(message.contains(from), "{from}");
    message.replace(from, to)
}

#[test]
fn a_message_without_a_signature_is_unsigned() {
    let security = |inside: &str| {
        let header = format!(
            "<s:Security xmlns:s=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\">{inside}</s:Security>"
        );
        request().replace("</soap:Header>", &format!("{header}</soap:Header>"))
    };
    let headless = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body/></s:Envelope>";
    for message in [&request(), &security(""), &security("<x/>"), headless] {
        assert!(matches!(verify(message), Err(Refused::Unsigned)), "{message}");
    }
}

/// Whatever must be signed is missed, whoever has signed the rest.
#[test]
fn a_signature_over_something_else_is_none() {
    for part in ["Body", "TS", "MessageID", "UdbydersystemId"] {
        let message = signed();
        let from = message.find(&format!("<ds:Reference URI=\"#{part}-")).unwrap();
        let to = from + message[from..].find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
        let message = format!("{}{}", &message[..from], &message[to..]);
        assert!(matches!(verify(&message), Err(Refused::Unsigned)), "{part}");
    }
    // To and Action may go, but then SignedInfo is another.
    let message = signed();
    let from = message.find("<ds:Reference URI=\"#To-").unwrap();
    let to = from + message[from..].find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
    assert_eq!(refused(&format!("{}{}", &message[..from], &message[to..])), BY_ANOTHER);
}

const BY_ANOTHER: &str = "the signature is not by the key of the certificate";
const HEADER: &str = "a part of the header is not the one that was signed";

#[test]
fn what_was_changed_is_refused() {
    assert_eq!(refused(&with("999001", "999002")), "the body is not the one that was signed");
    assert_eq!(refused(&with("DEMO01", "DEMO02")), HEADER);
    assert_eq!(refused(&with(MESSAGE_ID, "urn:uuid:x")), HEADER);
    assert_eq!(refused(&with("12:05:00.000Z", "12:06:00.000Z")), HEADER);
    assert_eq!(refused(&with("<wsa:To ", "<wsa:To x=\"\" ")), HEADER);
}

#[test]
fn a_message_is_taken_in_its_time() {
    let message = signed();
    let at = |at: &str| verifier().verify(&message, Expects::Request, time(at)).map(drop);
    at("2026-06-01T11:59:00Z").unwrap();
    at("2026-06-01T12:05:59Z").unwrap();
    for late in ["2026-06-01T11:58:59Z", "2026-06-01T12:06:00Z", "2027-06-01T12:00:00Z", "1970-01-01T00:00:00Z"] {
        assert!(matches!(at(late), Err(Refused::Time { .. })), "{late}");
    }
    // A timestamp that says more than is taken is cut.
    let (trust, seen) = (verifier().trust, Arc::new(Seen::new(9)));
    let short = Verifier::new(trust, TimeDelta::zero(), TimeDelta::minutes(1), seen);
    let told = short.verify(&message, Expects::Request, time("2026-06-01T12:01:00Z")).unwrap_err().to_string();
    assert_eq!(
        told,
        "the message is valid from 2026-06-01 12:00:00 UTC to 2026-06-01 12:01:00 UTC, and here it is 2026-06-01 12:01:00 UTC"
    );
}

#[test]
fn a_timestamp_must_make_sense() {
    assert_eq!(refused(&with(":05:00.000Z<", ":05:00.000<")), "a timestamp with something that is no time");
    assert_eq!(refused(&with("12:05:00.000Z<", "11:05:00.000Z<")), "a timestamp that expires before it was created");
    assert_eq!(
        refused(&with("<wsu:Expires>", "<wsu:Created>1</wsu:Created><wsu:Expires>")),
        "a timestamp that says something twice"
    );
    assert_eq!(refused(&with("<wsu:Expires>", "<x/><wsu:Expires>")), "a timestamp with something else in it");
    assert_eq!(refused(&with("wsu:Created>", "wsu:Expires>")), "a timestamp that says something twice");
    assert_eq!(refused(&with("wsu:Timestamp", "wsu:Stamp")), "a security header without a timestamp");
}

#[test]
fn a_message_is_taken_once() {
    let (verifier, message) = (verifier(), signed());
    verifier.verify(&message, Expects::Request, now()).unwrap();
    assert!(matches!(verifier.verify(&message, Expects::Request, now()), Err(Refused::Replayed)));
    // The same MessageID, signed again, is the same message; another is another.
    assert!(matches!(verifier.verify(&signed(), Expects::Request, now()), Err(Refused::Replayed)));
    verifier.verify(&sign(&request().replace(MESSAGE_ID, "urn:uuid:b")), Expects::Request, now()).unwrap();
}

/// Whoever catches the head of a message cannot use its MessageID up with a body of his own.
#[test]
fn a_message_that_fails_may_come_again() {
    let (verifier, message) = (verifier(), signed());
    verifier.verify(&message.replace("999001", "x"), Expects::Request, now()).unwrap_err();
    let unproven = verifier.open(&message, Expects::Request, now()).unwrap();
    assert!(matches!(verifier.verify(&message, Expects::Request, now()), Err(Refused::Replayed)));
    drop(unproven);
    verifier.verify(&message, Expects::Request, now()).unwrap();
}

/// A body may take longer to arrive than the message is valid; meanwhile and afterwards the same message is refused.
#[test]
fn a_message_is_remembered_while_it_is_read() {
    let (verifier, message) = (verifier(), signed());
    let unproven = verifier.open(&message, Expects::Request, now()).unwrap();
    let last = time("2026-06-01T12:05:59Z");
    verifier.seen.first(b"somebody", "other", last, time("2026-06-02T12:00:00Z"));
    assert!(matches!(verifier.open(&message, Expects::Request, last), Err(Refused::Replayed)));
    let mut digest = unproven.body_digest();
    digest.write(&message[unproven.body_offset()..]);
    unproven.prove(digest).unwrap();
    drop(unproven);
    assert!(matches!(verifier.open(&message, Expects::Request, last), Err(Refused::Replayed)));
}

#[test]
fn when_there_is_no_room_to_remember_nothing_is_taken() {
    let mut verifier = verifier();
    verifier.seen = Arc::new(Seen::new(2));
    let message = |number: usize| sign(&request().replace(MESSAGE_ID, &format!("urn:uuid:{number}")));
    for number in 0..2 {
        verifier.verify(&message(number), Expects::Request, now()).unwrap();
    }
    let why = verifier.verify(&message(2), Expects::Request, now()).unwrap_err();
    assert_eq!(why.to_string(), "too many messages to be remembered at the moment; try again later");
    // Those are not forgotten for it, and room comes with time.
    assert!(matches!(verifier.verify(&message(0), Expects::Request, now()), Err(Refused::Replayed)));
    let later = now() + TimeDelta::minutes(7);
    let message = signer().sign(&request().replace(MESSAGE_ID, "urn:uuid:3"), Style::Request, later).unwrap();
    verifier.verify(&message, Expects::Request, later).unwrap();
}

#[test]
fn who_may_not_sign_is_refused() {
    let why = |name: &str| match verify(&signed_by(name)) {
        Err(Refused::Untrusted(why)) => why,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(why("odd/unknown"), Untrusted::Issuer);
    assert_eq!(why("odd/expired"), Untrusted::Expired);
    assert_eq!(why("odd/early"), Untrusted::Early);
    assert_eq!(why("odd/web"), Untrusted::Usage);
    assert_eq!(why("odd/sha1"), Untrusted::Kind);
    verify(&signed_by("odd/bare")).unwrap();
}

/// The certificate in a message, replaced.
fn with_certificate(name: &str) -> String {
    let pem = String::from_utf8(file(&format!("{name}.crt.pem"))).unwrap();
    let base64: String = pem.lines().filter(|it| !it.starts_with('-')).collect();
    let message = signed();
    let from = message.find("X509v3\" wsu:Id").unwrap();
    let from = from + message[from..].find('>').unwrap() + 1;
    let to = from + message[from..].find('<').unwrap();
    format!("{}{base64}{}", &message[..from], &message[to..])
}

#[test]
fn another_certificate_is_not_the_signers() {
    // The token is signed, too.
    assert_eq!(refused(&with_certificate("odd/bare")), HEADER);
    assert!(matches!(verify(&with_certificate("odd/small")), Err(Refused::Untrusted(Untrusted::Kind))));
    assert!(matches!(verify(&with_certificate("odd/curve")), Err(Refused::Untrusted(Untrusted::Kind))));
    assert_eq!(refused(&with("MII", "MIJ")), "the certificate cannot be read");
    assert_eq!(refused(&with("MII", "?")), "text that should be Base64");
    // Nor does a signature go with another key.
    let (message, other) = (signed(), signed_by("odd/bare"));
    let value = |it: &str| it.split_once("<ds:SignatureValue>").unwrap().1.split_once('<').unwrap().0.to_owned();
    assert_eq!(refused(&message.replace(&value(&message), &value(&other))), BY_ANOTHER);
    assert_eq!(refused(&message.replace(&value(&message), "")), BY_ANOTHER);
    assert_eq!(refused(&message.replace(&value(&message), &"A".repeat(400_000))), BY_ANOTHER);
}

#[test]
fn algorithms_outside_the_profile_are_refused() {
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    let exclusive = "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    for digest in ["http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#md5", ""] {
        assert_eq!(refused(&with(sha256, digest)), "a digest that is not taken; SHA-256 is", "{digest}");
    }
    for method in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "",
    ] {
        assert_eq!(refused(&with(rsa, method)), "a signature method that is not taken; rsa-sha256 is", "{method}");
    }
    for transform in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform",
    ] {
        let why = "a canonicalisation or transform that is not taken; exclusive canonicalisation is";
        assert_eq!(refused(&with(exclusive, &format!("Algorithm=\"{transform}\""))), why);
        let one = with(exclusive, exclusive).replacen(
            &format!("Transform {exclusive}"),
            &format!("Transform Algorithm=\"{transform}\""),
            1,
        );
        assert_eq!(refused(&one), why);
    }
    let xslt = with("</ds:Transform", "</ds:Transform").replacen(
        "/></ds:Transforms>",
        "><xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"/></ds:Transform></ds:Transforms>",
        1,
    );
    assert_eq!(refused(&xslt), "something in a canonicalisation that is no list of prefixes");
    let twice = with("</ds:Transforms>", &format!("<ds:Transform {exclusive}/></ds:Transforms>"));
    assert_eq!(refused(&twice), "a reference with more than one transform");
    let hmac = with(
        &format!("{rsa}\"/>"),
        &format!("{rsa}\"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>"),
    );
    assert_eq!(refused(&hmac), "an element where only text may stand");
}

#[test]
fn references_lead_to_parts_of_the_message_only() {
    let outside = "a reference to something outside the message, or to all of it";
    let nothing = "a reference to nothing that may be signed";
    for uri in ["", "#", "http://127.0.0.1:9/x", "file:///etc/passwd", "cid:body", "Body"] {
        let from = with("", "").split_once("URI=\"#Body-").unwrap().1.split_once('"').unwrap().0.to_owned();
        let message = signed();
        let id = message.split_once("URI=\"#Body-").unwrap().1.split_once('"').unwrap().0;
        assert_eq!(from.len(), id.len());
        assert_eq!(refused(&message.replace(&format!("URI=\"#Body-{id}\""), &format!("URI=\"{uri}\""))), outside);
    }
    for uri in ["#xpointer(/)", "#xpointer(id('Body'))", "#SIG", "#nobody"] {
        assert_eq!(refused(&with("URI=\"#Body-", &format!("URI=\"{uri}"))), nothing, "{uri}");
    }
    assert_eq!(refused(&with("<ds:Reference URI", "<ds:Reference Uri")), "a reference without URI");
    let object = with("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object/>");
    assert_eq!(refused(&object), "something in the signature behind KeyInfo");
    let doubled = with("<ds:SignatureMethod", "<x/><ds:SignatureMethod");
    assert_eq!(refused(&doubled), "a signature without SignatureMethod");
}

#[test]
fn the_key_is_named_in_a_way_that_is_known() {
    let not_taken = "a key that is not named in a way that is taken";
    assert_eq!(refused(&with("<wsse:Reference URI=\"#", "<wsse:Reference URI=\"")), not_taken);
    assert_eq!(refused(&with("</wsse:SecurityTokenReference>", "<x/></wsse:SecurityTokenReference>")), not_taken);
    assert_eq!(refused(&with("<wsse:SecurityTokenReference>", "<wsse:SecurityTokenReference><x/>")), not_taken);
    assert_eq!(refused(&with("wsse:SecurityTokenReference", "ds:KeyName")), not_taken);
    let gone = "the certificate that the key is named by is not in the message";
    assert_eq!(refused(&with("<wsse:Reference URI=\"#", "<wsse:Reference URI=\"#no")), gone);
    assert_eq!(
        refused(&with("#X509v3\" wsu:Id", "#X509PKIPathv1\" wsu:Id")),
        "a reference to nothing that may be signed"
    );
}

#[test]
fn headers_that_matter_stand_once() {
    let again = "<x:MessageID xmlns:x=\"http://www.w3.org/2005/08/addressing\">a</x:MessageID></soap:Header>";
    let twice = "a header block that may be there only once is there twice";
    assert_eq!(refused(&with("</soap:Header>", again)), twice);
    // A provider's header in any namespace: nobody may have one that was not signed.
    let again = "<UdbydersystemId xmlns=\"urn:x\">DEMO66</UdbydersystemId></soap:Header>";
    assert_eq!(refused(&with("</soap:Header>", again)), twice);
    let without = request().replace("uni:UdbydersystemId", "uni:Other");
    verify(&sign(&without)).unwrap();
    let added = sign(&without).replace("</soap:Header>", again);
    assert!(matches!(verify(&added), Err(Refused::Unsigned)));
    let elements = sign(&request().replace(">DEMO01<", "><x/><"));
    assert_eq!(refused(&elements), "a header block with elements where text is expected");
    assert_eq!(refused(&sign(&request().replace(MESSAGE_ID, " "))), "a message without MessageID");
}

#[test]
fn what_is_no_message_is_refused() {
    for text in [
        "",
        " ",
        "x",
        "<",
        "<a/>",
        "\u{feff}",
        "<Envelope/>",
        "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"/>",
    ] {
        assert!(matches!(verify(text), Err(Refused::Wrong(_))), "{text}");
    }
    let doctype = signed().replace("<soap:Envelope", "<!DOCTYPE x [<!ENTITY a \"999001\">]><soap:Envelope");
    assert_eq!(refused(&doctype), "a document type declaration");
    assert_eq!(refused(&with(">999001<", ">&a;<")), "a reference to something that is not declared");
    assert_eq!(refused(&with("</soap:Envelope>", "</soap:Envelope><x/>")), "a second root element");
    assert_eq!(refused(&with("</soap:Body>", "</soap:Body><x/>")), "an element behind the last one");
    assert_eq!(refused(&with("</soap:Envelope>", "")), "the document does not end");
    assert_eq!(refused(&with("</soap:Envelope>", "</soap:Envelope>x")), "text outside the root element");
    verify(&format!("\u{feff}{}", signed())).unwrap();
    let message = signed();
    for cut in (0..message.len()).step_by(7).filter(|it| message.is_char_boundary(*it)) {
        verify(&message[..cut]).unwrap_err();
    }
}

/// Each of these is refused when the first too many of something is met; whoever looked at all of them, or at each for each
/// other, would take minutes.
#[test]
fn large_things_are_refused_soon() {
    let many = |count: usize, each: &dyn Fn(usize) -> String| (0..count).map(each).collect::<String>();
    let reference = {
        let message = signed();
        let from = message.find("<ds:Reference").unwrap();
        message[from..from + message[from..].find("</ds:Reference>").unwrap() + "</ds:Reference>".len()].to_owned()
    };
    let references = many(10_000, &|it| reference.replace("URI=\"#", &format!("URI=\"#n{it}")));
    assert_eq!(
        refused(&with("<ds:Reference URI=\"#Body", &format!("{references}<ds:Reference URI=\"#Body"))),
        "more than 64 references"
    );
    let headers = many(10_000, &|it| format!("<h{it}/>"));
    assert_eq!(refused(&with("<soap:Header>", &format!("<soap:Header>{headers}"))), "more than 64 header blocks");
    let tokens = many(10_000, &|_| "<wsse:BinarySecurityToken/>".to_owned());
    assert_eq!(
        refused(&with("</wsse:Security>", &format!("{tokens}</wsse:Security>"))),
        "a security header with too much in it"
    );
    let deep = "<a>".repeat(1_000_000);
    for place in ["<soap:Header>", "<soap:Body ", "<ds:SignedInfo>", "<regnr>"] {
        let why = refused(&with(place, &format!("{deep}{place}")));
        assert!(
            why.contains("more than 200 elements") || why.contains("no SOAP envelope") || why.contains("SignedInfo"),
            "{why}"
        );
    }
    let attributes = many(1_000_000, &|it| format!(" a{it}=\"\""));
    assert_eq!(
        refused(&with("<soap:Header>", &format!("<soap:Header{attributes}>"))),
        "an element with more than 64 attributes"
    );
    let prefixes = many(10_000, &|it| format!(" p{it}"));
    let exclusive = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    let list = format!(
        "{exclusive}><e:InclusiveNamespaces xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{prefixes}\"/></ds:CanonicalizationMethod>"
    );
    assert_eq!(refused(&with(&format!("{exclusive}/>"), &list)), "more than 16 prefixes in a PrefixList");
}

/// What has no bound of its own is read once: a hundred thousand Ids, a body of many megabytes.
#[test]
fn what_may_be_large_is_read_once() {
    let ids: String = (0..100_000).map(|it| format!("<x Id=\"i{it}\"/>")).collect();
    verify(&with("</soap:Header>", &format!("<ids>{ids}</ids></soap:Header>"))).unwrap();
    let twice = format!("<ids>{ids}<x ID=\"i5\"/></ids></soap:Header>");
    assert_eq!(refused(&with("</soap:Header>", &twice)), "an Id that is given twice");
    let large = request().replace("<regnr>", &format!("{ids}<regnr>"));
    verify(&sign(&large)).unwrap();
    let namespaces: String = (0..30).map(|it| format!(" xmlns:p{it}=\"urn:{it}\" p{it}:a=\"\"")).collect();
    let elements = format!("<e{namespaces}/>").repeat(500);
    verify(&sign(&request().replace("<regnr>", &format!("{elements}<regnr>")))).unwrap();
}

#[test]
fn a_certificate_may_be_known_without_being_sent() {
    let mut verifier = verifier();
    let message = signed();
    let embedded = message.split_once("<wsse:Reference URI").unwrap().1.split_once("/>").unwrap().0;
    let identifier = |kind: &str, value: &str| {
        let name = format!("<wsse:KeyIdentifier ValueType=\"{kind}\">{value}</wsse:KeyIdentifier>");
        message.replace(&format!("<wsse:Reference URI{embedded}/>"), &name)
    };
    let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
    let own = certificate("demo-client");
    let thumbprint = identifier(
        "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1",
        &base64(&own.thumbprint_sha1()),
    );
    let x509 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0";
    let key = identifier(&format!("{x509}#X509SubjectKeyIdentifier"), &base64(own.key_identifier().unwrap()));
    let whole = identifier(&format!("{x509}#X509v3"), &base64(own.der()));
    for message in [&thumbprint, &key, &whole] {
        verify(message).unwrap();
    }
    let other = identifier(&format!("{x509}#X509SubjectKeyIdentifier"), &base64(b"other"));
    let why = "the certificate that the key is named by is not in the message";
    assert_eq!(refused(&other), why);
    // The token may stay away where the certificate is known; here it was signed, so its reference leads nowhere.
    verifier.known.push(Arc::new(certificate("demo-server")));
    assert_eq!(verifier.verify(&other, Expects::Request, now()).unwrap_err().to_string(), why);
    verifier.known.push(Arc::new(own));
    let renamed = thumbprint.replace("#X509v3\" wsu:Id", "#X509PKIPathv1\" wsu:Id");
    let why = verifier.verify(&renamed, Expects::Request, now()).unwrap_err().to_string();
    assert_eq!(why, "a reference to nothing that may be signed");
    assert!(identity("demo-client").chain().len() == 1);
}
