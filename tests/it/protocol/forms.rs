//! One message in the many forms that clients give it: media types, encodings, prefixes, transfer.

use std::io::Write;

use super::{ALMA, BPI, SOAP11, SOAP11_NAMESPACE, SOAP12, SOAP12_NAMESPACE, envelope, good, still_answers, told};
use crate::server::{demo, read_answer, request};

const ANSWER12: &str = "200 application/soap+xml; charset=utf-8\nSOAP 1.2 hentInstBrugerResponse: Alma Dahl-Eriksen\n";
const ANSWER11: &str = "200 text/xml; charset=utf-8\nSOAP 1.1 hentInstBrugerResponse: Alma Dahl-Eriksen\n";

fn answered(media_type: &str, body: &[u8]) -> String {
    told(&demo().post(BPI, media_type, body))
}

#[test]
fn the_envelope_decides_which_soap_is_spoken() {
    for media_type in [SOAP12, SOAP11, "application/xml", "text/plain", "application/octet-stream"] {
        assert_eq!(answered(media_type, good().as_bytes()), ANSWER12, "{media_type}");
        assert_eq!(answered(media_type, envelope(SOAP11_NAMESPACE, ALMA).as_bytes()), ANSWER11, "{media_type}");
    }
    let answer = demo().exchange(&request("POST", BPI, &[], good().as_bytes()));
    assert_eq!(told(&answer), ANSWER12, "no media type at all");
}

#[test]
fn the_action_is_a_hint_that_nobody_needs() {
    let action = "https://brugerdatabasen.stil.dk/bpi/wsiinst/6/hentInstBruger";
    let media_types = [
        format!("application/soap+xml; charset=utf-8; action=\"{action}\""),
        format!("application/soap+xml; action={action}; charset=utf-8"),
        format!("application/soap+xml;charset=utf-8;action='{action}'"),
        "application/soap+xml; charset=utf-8; action=\"urn:wrong; charset=utf-16\"".to_owned(),
        "application/soap+xml; charset=utf-8; action=\"\"".to_owned(),
        "application/soap+xml; action".to_owned(),
        "application/soap+xml;".to_owned(),
        "APPLICATION/SOAP+XML; CHARSET=UTF-8".to_owned(),
    ];
    for media_type in media_types {
        assert_eq!(answered(&media_type, good().as_bytes()), ANSWER12, "{media_type}");
    }
    for action in ["\"\"", "\"urn:wrong\"", "urn:wrong", ""] {
        let headers = [("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", action)];
        let answer = demo().exchange(&request("POST", BPI, &headers, envelope(SOAP11_NAMESPACE, ALMA).as_bytes()));
        assert_eq!(told(&answer), ANSWER11, "{action}");
    }
}

#[test]
fn utf_8_and_utf_16_are_read_with_and_without_their_mark() {
    let text = good();
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<_>>();
    let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
    let forms: [(&str, Vec<u8>); 12] = [
        ("application/soap+xml", text.clone().into_bytes()),
        ("application/soap+xml", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("application/soap+xml; charset=\"UTF-8\"", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("application/soap+xml", [b"\xff\xfe", &*little].concat()),
        ("application/soap+xml", [b"\xfe\xff", &*big].concat()),
        ("application/soap+xml; charset=utf-16", [b"\xff\xfe", &*little].concat()),
        ("application/soap+xml; charset=utf-16", [b"\xfe\xff", &*big].concat()),
        ("application/soap+xml; charset=utf-16le", little.clone()),
        ("application/soap+xml; charset=utf-16be", big.clone()),
        ("application/soap+xml", little),
        ("application/soap+xml", big),
        ("application/soap+xml; charset=us-ascii", text.into_bytes()),
    ];
    for (media_type, body) in forms {
        assert_eq!(answered(media_type, &body), ANSWER12, "{media_type} {:x?}", &body[..4]);
    }
}

/// The transport knows better than the document, since whoever transcodes on the way does not rewrite it.
#[test]
fn the_declared_encoding_is_read_where_the_transport_says_nothing() {
    let body = |encoding: &str| {
        format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>\n{}", good().replace("alma0001", "ælle0001"))
    };
    let latin1 = |text: &str| text.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect::<Vec<_>>();
    let empty = "200 application/soap+xml; charset=utf-8\nSOAP 1.2 hentInstBrugerResponse: -\n";
    assert_eq!(answered("application/soap+xml", &latin1(&body("ISO-8859-1"))), empty);
    assert_eq!(answered("application/soap+xml; charset=iso-8859-1", &latin1(&body("UTF-8"))), empty);
    assert_eq!(answered("application/soap+xml; charset=utf-8", body("ISO-8859-1").as_bytes()), empty);
    assert_eq!(answered("application/soap+xml", body("utf-8").as_bytes()), empty);
    insta::assert_snapshot!("unknown-encoding", answered("application/soap+xml; charset=klingon", good().as_bytes()));
    insta::assert_snapshot!(
        "not-in-its-encoding",
        answered("application/soap+xml; charset=utf-8", &latin1(&body("ISO-8859-1")))
    );
}

#[test]
fn prefixes_do_not_matter() {
    let default = good()
        .replace("i:hentInstBruger", "hentInstBruger")
        .replace("<hentInstBruger>", "<hentInstBruger xmlns='https://brugerdatabasen.stil.dk/bpi/wsiinst/6'>");
    let misleading = good().replace("xmlns:s=", "xmlns:i0=").replace("<s:", "<i0:").replace("</s:", "</i0:");
    for body in [default, misleading] {
        assert_eq!(answered(SOAP12, body.as_bytes()), ANSWER12, "{body}");
    }
    let odd = good().replace("u:Udb", "ø.1-x:Udb").replace("xmlns:u=", "xmlns:ø.1-x=");
    assert_eq!(answered(SOAP12, odd.as_bytes()), ANSWER12);
}

#[test]
fn blanks_comments_and_cdata_do_not_matter() {
    let body = good()
        .replace("><", ">\r\n\t <!-- <x> --><?pi x?>\n <")
        .replace("999001", "\n <![CDATA[999]]><!-- -->0&#x30;1\r\n")
        .replace("<i:brugerid>", "<i:brugerid\n>")
        .replace("</i:brugerid>", "</i:brugerid\t>");
    assert_eq!(answered(SOAP12, body.as_bytes()), ANSWER12, "{body}");
}

#[test]
fn what_clients_add_to_a_message_does_not_matter() {
    let xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:xsd='http://www.w3.org/2001/XMLSchema'";
    let schema = format!("<s:Envelope {xsi} xsi:schemaLocation='urn:x http://127.0.0.1:9/x.xsd' s:encodingStyle='' ");
    let body = good().replace("<s:Envelope ", &schema).replace("<i:instnr>", "<i:instnr xsi:type='xsd:string'>");
    assert_eq!(answered(SOAP12, body.as_bytes()), ANSWER12);
    let lenient = ALMA.replace("<i:hentInstBruger>", "<i:hentInstBruger xmlns:unused='urn:unused'>");
    assert_eq!(answered(SOAP12, envelope(SOAP12_NAMESPACE, &lenient).as_bytes()), ANSWER12);
}

/// Chunks of one byte, with extensions and a trailer.
#[test]
fn a_chunked_body_is_read() {
    let mut chunked = b"POST /bpi/wsiinst/6 HTTP/1.1\r\nHost: x\r\nContent-Type: application/soap+xml\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for byte in good().bytes() {
        chunked.extend_from_slice(b"1;x=y\r\n");
        chunked.extend_from_slice(&[byte, b'\r', b'\n']);
    }
    chunked.extend_from_slice(b"0\r\nX-Trailer: x\r\n\r\n");
    assert_eq!(told(&demo().exchange(&chunked)), ANSWER12);
    let broken = b"POST /bpi/wsiinst/6 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    assert_eq!(demo().exchange(broken).status, 500);
    still_answers(demo());
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn packed(encoding: &str, body: &[u8]) -> String {
    let headers = [("Content-Type", SOAP12), ("Content-Encoding", encoding)];
    told(&demo().exchange(&request("POST", BPI, &headers, body)))
}

#[test]
fn a_packed_body_is_unpacked() {
    let zlib = |raw: bool| {
        let mut raw_packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        raw_packer.write_all(good().as_bytes()).unwrap();
        packer.write_all(good().as_bytes()).unwrap();
        if raw { raw_packer.finish().unwrap() } else { packer.finish().unwrap() }
    };
    assert_eq!(packed("gzip", &gzip(good().as_bytes())), ANSWER12);
    assert_eq!(packed("X-GZIP", &gzip(good().as_bytes())), ANSWER12);
    assert_eq!(packed("identity", good().as_bytes()), ANSWER12);
    assert_eq!(packed("deflate", &zlib(false)), ANSWER12);
    // What deflate means was long misunderstood; some clients send it without the frame of zlib.
    assert_eq!(packed("deflate", &zlib(true)), ANSWER12);
    let two = [gzip(&good().as_bytes()[..100]), gzip(&good().as_bytes()[100..])].concat();
    assert_eq!(packed("gzip", &two), ANSWER12, "two members are one body");
}

#[test]
fn a_body_that_is_not_packed_as_it_says_is_the_senders_fault() {
    let cut = &gzip(good().as_bytes())[..40];
    let all = [
        ("gzip", good().into_bytes()),
        ("gzip", cut.to_vec()),
        ("deflate", good().into_bytes()),
        ("br", good().into_bytes()),
    ];
    let told: Vec<String> = all.iter().map(|(encoding, body)| packed(encoding, body)).collect();
    insta::assert_snapshot!("wrongly-packed", told.concat());
}

#[test]
fn a_connection_carries_many_messages() {
    let mut stream = demo().connect();
    let text = good();
    let one = format!(
        "POST {BPI} HTTP/1.1\r\nHost: x\r\nContent-Type: {SOAP12}\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    for _ in 0..3 {
        stream.write_all(one.as_bytes()).unwrap();
        assert_eq!(told(&read_answer(&mut stream, false).unwrap()), ANSWER12);
    }
}
