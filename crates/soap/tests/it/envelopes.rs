//! Envelopes and faults, in both SOAPs.

use soap::{
    Envelope, Fault, Version,
    envelope::{self, EnvelopeError},
    fault::{Code, Subcode},
    xml::{Decoder, Writer, namespace},
};

use crate::contract::{NAMESPACES, note_of, told};

const S12: &str = "http://www.w3.org/2003/05/soap-envelope";
const S11: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn around(uri: &str, headers: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s='{uri}' xmlns='urn:a'>\n<s:Header>{headers}</s:Header>\n<s:Body>{body}</s:Body></s:Envelope>"
    )
}

const NOTE: &str = "<note id='1'><title>x</title><text/></note>";

/// What an envelope is opened as: the version and the names of its header blocks, or why it is not.
fn opened(text: &str) -> Result<String, String> {
    let mut decoder = Decoder::new(text, NAMESPACES);
    let envelope =
        Envelope::open(&mut decoder, |uri, local| uri == "urn:b" && local == "known").map_err(|error| match error {
            EnvelopeError::Violation(version, violation) => format!("{version:?} {}", told(&violation)),
            EnvelopeError::Version(violation) => format!("version {}", told(&violation)),
            EnvelopeError::NotUnderstood(version, names) => format!("{version:?} {names:?}"),
        })?;
    let names: Vec<String> = envelope.headers.iter().map(|it| format!("{} {:?}", it.local, it.text)).collect();
    note_of(&mut decoder).map_err(|it| told(&it))?;
    Envelope::close(&mut decoder).map_err(|it| told(&it))?;
    Ok(format!("{:?} {}", envelope.version, names.join(", ")))
}

#[test]
fn both_versions_are_opened() {
    assert_eq!(opened(&around(S12, "", NOTE)).unwrap(), "Soap12 ");
    assert_eq!(
        opened(&around(S11, "<a>1</a><b><c>2</c></b><d/>", NOTE)).unwrap(),
        "Soap11 a Some(\"1\"), b None, d Some(\"\")"
    );
    let bare = format!(
        "<Envelope xmlns='{S12}'><Body><!-- -->{}</Body></Envelope><!-- -->",
        NOTE.replace("<note", "<note xmlns='urn:a'")
    );
    assert_eq!(opened(&bare).unwrap(), "Soap12 ");
}

#[test]
fn what_is_no_envelope_is_refused_with_its_place() {
    let cases = [
        (NOTE.to_owned(), "None 1:1 root "),
        (around("urn:other", "", NOTE), "version 1:1 root "),
        (format!("<x xmlns='{S12}'/>"), "None 1:1 root "),
        (format!("<s:Envelope xmlns:s='{S12}'/>"), "Some(Soap12) 1:1 missing "),
        (format!("<s:Envelope xmlns:s='{S11}'><s:Header/></s:Envelope>"), "Some(Soap11) 1:76 missing "),
        (format!("<s:Envelope xmlns:s='{S11}'><s:Body/></s:Envelope>"), "Some(Soap11) 1:65 missing "),
        (format!("<s:Envelope xmlns:s='{S12}'><Body/></s:Envelope>"), "Some(Soap12) 1:63 namespace "),
        (format!("<s:Envelope xmlns:s='{S12}'><s:Head/></s:Envelope>"), "Some(Soap12) 1:63 order "),
        (format!("<s:Envelope xmlns:s='{S12}'>x<s:Body/></s:Envelope>"), "Some(Soap12) 1:63 text /Envelope"),
        (around(S12, "x", NOTE), "Some(Soap12) 2:11 text /Envelope/Header"),
        (around(S12, &"<a/>".repeat(65), NOTE), "Some(Soap12) 2:267 limit "),
        (around(S12, "", "x"), "Some(Soap12) 3:9 text "),
        (around(S12, "", &NOTE.repeat(2)), "3:52 occurrence "),
        (around(S12, "", NOTE).replace("</s:Body>", "</s:Body><x/>"), "3:61 order "),
        (around(S12, "", NOTE) + "<x/>", "3:74 well-formed "),
        (around(S12, "", NOTE).replace("</s:Envelope>", ""), "3:61 well-formed "),
        (around(S12, "<a:b/>", NOTE), "Some(Soap12) 2:11 namespace /Envelope/Header/b"),
    ];
    for (text, expected) in cases {
        assert_eq!(opened(&text).unwrap_err(), expected, "{text}");
    }
    assert!(opened(&around(S12, &"<a/>".repeat(64), NOTE)).is_ok());
}

#[test]
fn mandatory_headers_and_their_roles() {
    let next = format!("{S12}/role/next");
    let last = format!("{S12}/role/ultimateReceiver");
    let none = format!("{S12}/role/none");
    let mut cases = vec![
        (S12, "s:mustUnderstand='1'".to_owned(), false),
        (S12, "s:mustUnderstand='true'".to_owned(), false),
        (S12, "s:mustUnderstand='0'".to_owned(), true),
        (S12, "mustUnderstand='1'".to_owned(), true),
        (S11, "s:mustUnderstand='1'".to_owned(), false),
        (S11, "s:mustUnderstand='1' s:actor='urn:other'".to_owned(), true),
        (S11, "s:mustUnderstand='1' s:actor='http://schemas.xmlsoap.org/soap/actor/next'".to_owned(), false),
    ];
    cases.extend(
        [(next, false), (last, false), (none, true)]
            .map(|(role, is_read)| (S12, format!("s:mustUnderstand='1' s:role='{role}'"), is_read)),
    );
    for (uri, attributes, is_read) in cases {
        let found = opened(&around(uri, &format!("<x {attributes}>1</x>"), NOTE));
        assert_eq!(found.is_ok(), is_read, "{attributes}");
        assert!(is_read || found.unwrap_err().ends_with("[(\"urn:a\", \"x\")]"));
    }
    assert!(opened(&around(S12, "<known xmlns='urn:b' s:mustUnderstand='1'/>", NOTE)).is_ok());
    assert!(opened(&around(S12, "<known s:mustUnderstand='1'/>", NOTE)).is_err(), "of another namespace");
}

/// What the writer makes, the decoder opens.
#[test]
fn envelopes_are_written_in_both_versions() {
    for version in [Version::Soap11, Version::Soap12] {
        let mut writer = Writer::new(NAMESPACES);
        let header = |writer: &mut Writer| {
            writer.declare(&[namespace::WSA]);
            writer.string("wsa:Action", "a<b");
        };
        envelope::write(version, &mut writer, Some(&header), |writer| {
            writer.raw(&NOTE.replace("<note", "<note xmlns='urn:a'"))
        });
        let text = writer.finish();
        assert_eq!(opened(&text).unwrap(), format!("{version:?} Action Some(\"a<b\")"), "{text}");
    }
}

fn fault(code: Code) -> Fault {
    let mut fault = Fault::new(code, "a < b & \"c\"");
    fault.subcode = Some(Subcode { namespace: "urn:a?x=1&y=2".to_owned(), local: "Why".to_owned() });
    fault.detail = Some("<a:why xmlns:a=\"urn:a\"/>".to_owned());
    fault
}

fn written(fault: &Fault, version: Version) -> String {
    let mut writer = Writer::new(NAMESPACES);
    fault.write(version, &mut writer, None);
    writer.finish()
}

#[test]
fn a_fault_in_soap_1_2() {
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Body><soap:Fault>\
        <soap:Code><soap:Value>soap:Sender</soap:Value>\
        <soap:Subcode><soap:Value xmlns:f=\"urn:a?x=1&amp;y=2\">f:Why</soap:Value></soap:Subcode></soap:Code>\
        <soap:Reason><soap:Text xml:lang=\"en\">a &lt; b &amp; \"c\"</soap:Text></soap:Reason>\
        <soap:Detail><a:why xmlns:a=\"urn:a\"/></soap:Detail></soap:Fault></soap:Body></soap:Envelope>";
    assert_eq!(written(&fault(Code::Sender), Version::Soap12), expected);
    assert!(written(&fault(Code::Receiver), Version::Soap12).contains("<soap:Value>soap:Receiver</soap:Value>"));
}

#[test]
fn a_fault_in_soap_1_1() {
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><soap:Fault>\
        <faultcode xmlns:f=\"urn:a?x=1&amp;y=2\">f:Why</faultcode>\
        <faultstring xml:lang=\"en\">a &lt; b &amp; \"c\"</faultstring>\
        <detail><a:why xmlns:a=\"urn:a\"/></detail></soap:Fault></soap:Body></soap:Envelope>";
    assert_eq!(written(&fault(Code::Sender), Version::Soap11), expected);
    let plain = |code| written(&Fault::new(code, "x"), Version::Soap11);
    assert!(plain(Code::Sender).contains("<faultcode>soap:Client</faultcode>"));
    assert!(plain(Code::Receiver).contains("<faultcode>soap:Server</faultcode>"));
    assert!(!plain(Code::Sender).contains("detail"));
}

#[test]
fn faults_about_envelopes_say_what_was_wrong_with_them() {
    let refused = |text: &str| Envelope::open(&mut Decoder::new(text, NAMESPACES), |_, _| false).unwrap_err();
    let (version, fault) = envelope::fault(&refused(&around("urn:other", "", NOTE)));
    assert_eq!((version, fault.code), (Some(Version::Soap12), Code::VersionMismatch));
    let text = written(&fault, Version::Soap12);
    for uri in [S12, S11] {
        assert!(text.contains(&format!("=\"{uri}\" qname=\"")), "{text}");
    }
    let (version, fault) = envelope::fault(&refused(&around(S11, "<x s:mustUnderstand='1'/>", NOTE)));
    assert_eq!((version, fault.code), (Some(Version::Soap11), Code::MustUnderstand));
    assert!(written(&fault, Version::Soap12).contains("<soap:NotUnderstood xmlns:h=\"urn:a\" qname=\"h:x\"/>"));
    assert!(!written(&fault, Version::Soap11).contains("NotUnderstood"), "SOAP 1.1 has no such block");
    let (version, fault) = envelope::fault(&refused(&around(S11, "", "")));
    assert_eq!((version, fault.code), (Some(Version::Soap11), Code::Sender));
    let (version, fault) = envelope::fault(&refused("{}"));
    assert_eq!((version, fault.code), (None, Code::Sender));
}
