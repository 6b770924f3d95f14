//! Bodies and connections made to hurt: each costs little, is refused in clear words, and leaves the server as it was.

use std::{
    io::Write,
    net::Shutdown,
    time::{Duration, Instant},
};

use super::{ALMA, BPI, LEGACY, SOAP12, SOAP12_NAMESPACE, envelope, forms::gzip, good, still_answers, told};
use crate::server::{Server, demo, read_answer, request};

/// Longer than anything here may take, in a build without optimisation and on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// The answer to a body, which must come soon, and must not be the last one.
fn refused(body: impl AsRef<[u8]>) -> String {
    let begin = Instant::now();
    let answer = demo().post(BPI, SOAP12, body.as_ref());
    assert!(begin.elapsed() < SOON, "{:?} for {} bytes", begin.elapsed(), body.as_ref().len());
    assert!(answer.body.len() < 4096, "an answer of {} bytes", answer.body.len());
    still_answers(demo());
    let told = told(&answer);
    assert!(told.starts_with("500 ") && told.contains("}Sender"), "{told}");
    told
}

fn in_body(content: &str) -> String {
    envelope(SOAP12_NAMESPACE, content)
}

fn in_header(content: &str) -> String {
    good().replace("</s:Header>", &format!("{content}</s:Header>"))
}

#[test]
fn elements_nested_a_hundred_thousand_deep() {
    let (open, close) = ("<a>".repeat(100_000), "</a>".repeat(100_000));
    let all = [
        refused(format!("{open}{close}")),
        refused(in_body(&format!("{open}{close}"))),
        refused(in_body(&open)),
        refused(in_header(&format!("{open}{close}"))),
        refused(in_body(&ALMA.replace("999001", &open))),
    ];
    insta::assert_snapshot!("nested", all.concat());
}

#[test]
fn names_texts_and_tags_of_megabytes() {
    let long = "x".repeat(8 << 20);
    let all = [
        refused(in_body(&ALMA.replace("<i:instnr>", &format!("<i:instnr x='{long}'>")))),
        refused(in_body(&ALMA.replace("<i:instnr>", &format!("<i:instnr xmlns:x='{long}'>")))),
        refused(in_body(&ALMA.replace("999001", &long))),
        refused(in_body(&format!("<i:{long}/>"))),
        refused(in_header(&format!("<{long}/>"))),
        refused(in_header(&format!("<x y='{long}'/>"))),
        refused(in_body(&format!("<!--{long}--><i:{}/>", &long[..250]))),
        refused(in_body(&format!("<i:x {long}"))),
        refused(&long),
    ];
    insta::assert_snapshot!("megabytes", all.concat());
}

#[test]
fn more_of_everything_than_anybody_needs() {
    let attributes: String = (0..100_000).map(|it| format!(" a{it}=''")).collect();
    let namespaces: String = (0..100_000).map(|it| format!(" xmlns:a{it}='urn:{it}'")).collect();
    let all = [
        refused(in_body(&format!("<i:hentInstBruger{attributes}/>"))),
        refused(in_body(&format!("<i:hentInstBruger{namespaces}/>"))),
        refused(in_header(&"<x/>".repeat(100_000))),
        refused(in_body(&ALMA.repeat(10_000))),
        refused(in_body(&format!("<i:hentInstitutioner>{}", "<i:instnr>999001</i:instnr>".repeat(100_000)))),
    ];
    insta::assert_snapshot!("too-many", all.concat());
}

/// Every element looks its prefix up among all that are declared around it.
#[test]
fn many_prefixes_around_many_elements() {
    let layer = |depth: usize| {
        (0..60).fold(format!("<a xmlns:a{depth}='urn:x'"), |tag, it| format!("{tag} xmlns:p{depth}-{it}='urn:{it}'"))
            + ">"
    };
    let layers: String = (0..90).map(layer).collect();
    let told = refused(in_header(&format!("{layers}{}{}", "<b/>".repeat(1_000_000), "</a>".repeat(90))));
    insta::assert_snapshot!("prefixes", told);
}

#[test]
fn what_xml_forbids() {
    let all = [
        ("no end", "<i:hentInstBruger>".to_owned()),
        ("another end", "<i:hentInstBruger></i:hentInstbruger>".to_owned()),
        ("an end too many", format!("{ALMA}</i:x>")),
        ("an undeclared prefix", "<x:hentInstBruger/>".to_owned()),
        ("an undeclared entity", ALMA.replace("999001", "&unilogin;")),
        ("a forbidden reference", ALMA.replace("999001", "&#0;")),
        ("a reference past the end of Unicode", ALMA.replace("999001", "&#x110000;")),
        ("a surrogate as a reference", ALMA.replace("999001", "&#xD800;")),
        ("a reference without an end", ALMA.replace("999001", "&amp")),
        ("a forbidden character", ALMA.replace("999001", "999\u{1}001")),
        ("a document type in the middle", format!("<!DOCTYPE x>{ALMA}")),
        ("a declaration in the middle", format!("<?xml version='1.0'?>{ALMA}")),
        ("a comment without an end", format!("<!-- {ALMA}")),
        ("character data without an end", ALMA.replace("999001", "<![CDATA[999001")),
        ("an attribute twice", ALMA.replace("<i:instnr>", "<i:instnr xmlns:x='urn:1' xmlns:x='urn:2'>")),
        ("an attribute without quotes", ALMA.replace("<i:instnr>", "<i:instnr x=1>")),
        ("an attribute without a value", ALMA.replace("<i:instnr>", "<i:instnr x>")),
        ("an attribute without an end", ALMA.replace("<i:instnr>", "<i:instnr x='1>")),
        ("text between elements", ALMA.replace("<i:instnr>", "hej<i:instnr>")),
    ];
    let told: String = all.iter().map(|(name, body)| format!("== {name}\n{}", refused(in_body(body)))).collect();
    insta::assert_snapshot!("forbidden", told);
    insta::assert_snapshot!("behind", refused(good() + "<x/>") + &refused(good() + "x") + &refused(good() + "&amp;"));
    refused(format!(" <?xml version='1.0'?>{}", good()));
}

#[test]
fn bytes_that_are_no_text() {
    let all: [&[u8]; 8] = [
        b"\xff\xfe<\0",
        b"\xff\xfe<\0a\0\0\xd8>\0",
        b"\xfe\xff\0<\xdc\0",
        b"\xff\xfe<",
        b"\xef\xbb\xbf<a>\xc3\x28</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<a>\xc0\xaf</a>",
        b"\0\0\0\0",
    ];
    for bytes in all {
        refused(bytes);
    }
    let answer = demo().post(BPI, "application/soap+xml; charset=\u{7f}", good().as_bytes());
    assert_eq!(answer.status, 400, "hyper refuses the header");
}

#[test]
fn a_small_body_that_unpacks_to_two_gigabytes() {
    let member = gzip(&vec![b' '; 1 << 20]);
    let bomb = member.repeat(2048);
    let server = Server::start(|faces| faces.listen.body = 8 << 20);
    let begin = Instant::now();
    let headers = [("Content-Type", SOAP12), ("Content-Encoding", "gzip")];
    let answer = server.exchange(&request("POST", BPI, &headers, &bomb));
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    insta::assert_snapshot!("bomb", told(&answer));
    still_answers(&server);
}

#[test]
fn a_body_that_is_larger_than_it_may_be() {
    let server = Server::start(|faces| faces.listen.body = 1000);
    insta::assert_snapshot!("too-large", told(&server.post(BPI, SOAP12, &[b' '; 1001])));
    let begin = Instant::now();
    let announced = format!("POST {BPI} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
    assert_eq!(server.exchange(announced.as_bytes()).status, 500, "refused before it is sent");
    assert!(begin.elapsed() < SOON);
    still_answers(&server);
}

/// With bounds of one second, so that the test need not wait for those of the defaults.
fn impatient() -> Server {
    Server::start(|faces| (faces.listen.header_seconds, faces.listen.body_seconds) = (1, 1))
}

#[test]
fn a_body_that_stops_in_the_middle() {
    let server = impatient();
    let half =
        format!("POST {BPI} HTTP/1.1\r\nHost: x\r\nContent-Type: {SOAP12}\r\nContent-Length: 10000\r\n\r\n{}", good());
    let begin = Instant::now();
    let waiting = server.exchange(half.as_bytes());
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    insta::assert_snapshot!("stopped", told(&waiting));
    let mut stream = server.connect();
    stream.write_all(half.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    if let Some(answer) = read_answer(&mut stream, false) {
        assert_eq!(answer.status, 500);
    }
    still_answers(&server);
}

#[test]
fn a_header_that_never_ends() {
    let server = impatient();
    for start in ["", "P", "POST", "PRI * HTTP/2.0\r\n", "POST /bpi/wsiinst/6 HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let begin = Instant::now();
        let mut stream = server.connect();
        stream.write_all(start.as_bytes()).unwrap();
        let answer = read_answer(&mut stream, false);
        assert!(answer.is_none_or(|it| it.status == 408), "{start:?}");
        assert!(begin.elapsed() < SOON, "{start:?}: {:?}", begin.elapsed());
    }
    still_answers(&server);
}

/// Whoever only connects must not keep others out for good.
#[test]
fn connections_that_say_nothing_make_room() {
    let server = Server::start(|faces| (faces.listen.header_seconds, faces.listen.connections) = (1, 2));
    let silent = [server.connect(), server.connect(), server.connect()];
    still_answers(&server);
    drop(silent);
}

#[test]
fn a_connection_that_falls_silent_after_an_answer_is_closed() {
    let server = impatient();
    let mut stream = server.connect();
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream, false).unwrap().status, 200);
    let begin = Instant::now();
    assert!(read_answer(&mut stream, false).is_none());
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[test]
fn headers_larger_than_anybody_needs() {
    let long = "x".repeat(1 << 20);
    let many: String = (0..5000).map(|it| format!("X-{it}: {it}\r\n")).collect();
    let requests = [
        format!("GET /livez HTTP/1.1\r\nX: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET /livez HTTP/1.1\r\n{many}\r\n"),
        format!("{long} / HTTP/1.1\r\n\r\n"),
    ];
    for bytes in requests {
        let mut stream = demo().connect();
        let _ = stream.write_all(bytes.as_bytes());
        if let Some(answer) = read_answer(&mut stream, false) {
            assert!(matches!(answer.status, 400 | 414 | 431), "{}", answer.status);
        }
        still_answers(demo());
    }
}

#[test]
fn what_is_not_http() {
    for bytes in [
        &b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"[..],
        b"<soap/>\r\n\r\n",
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = demo().connect();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        let answer = read_answer(&mut stream, false);
        assert!(answer.is_none_or(|it| it.status == 400), "{bytes:?}");
    }
    still_answers(demo());
}

#[test]
fn the_legacy_service_is_as_hard() {
    for body in ["", "{}", "<a>", "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"] {
        let answer = demo().post(LEGACY, SOAP12, body.as_bytes());
        assert!(answer.status == 500 && told(&answer).contains("}Sender"), "{body}");
    }
}

/// Over HTTP/2 a client says how much it takes. One that takes nothing is left, with what its answers are made of.
#[test]
fn a_client_that_opens_no_window_is_left() {
    let server = impatient();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let ask = |window: u32| {
            let client = reqwest::Client::builder().http2_prior_knowledge().http2_initial_stream_window_size(window);
            let question = client.build().unwrap().get(format!("http://{}/openapi/ss12000.json", server.address));
            async move { question.send().await.unwrap().bytes().await }
        };
        assert!(ask(65_535).await.unwrap().len() > 10_000);
        let began = Instant::now();
        assert!(ask(0).await.is_err());
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    });
}
