//! SOAP over HTTP as bytes: what is asked, what is answered, and what is refused in which words.

use std::{fs, path::Path};

use crate::server::{self, Answer};

mod agreements;
mod contract;
pub(crate) mod exchanges;
mod exports;
mod forms;
mod hostile;
mod imports;
mod refusals;
mod signed;

pub(crate) const BPI: &str = "/bpi/wsiinst/6";
pub(crate) const LEGACY: &str = "/wsiinst-v5/ws";
pub(crate) const SOAP12: &str = "application/soap+xml; charset=utf-8";
pub(crate) const SOAP11: &str = "text/xml; charset=utf-8";
const SOAP12_NAMESPACE: &str = "http://www.w3.org/2003/05/soap-envelope";
const SOAP11_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// An envelope around a body, with the header blocks of the demo caller.
pub(crate) fn envelope(version: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{version}\" xmlns:u=\"https://brugerdatabasen.stil.dk/bpi/common/3\" \
         xmlns:i=\"https://brugerdatabasen.stil.dk/bpi/wsiinst/6\"><s:Header><u:UdbydersystemId>DEMO01</u:UdbydersystemId></s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

pub(crate) const ALMA: &str =
    "<i:hentInstBruger><i:instnr>999001</i:instnr><i:brugerid>alma0001</i:brugerid></i:hentInstBruger>";

/// A good question in SOAP 1.2.
pub(crate) fn good() -> String {
    envelope(SOAP12_NAMESPACE, ALMA)
}

/// Whoever sent the last message, the next one is answered.
pub(crate) fn still_answers(server: &server::Server) {
    let answer = server.post(BPI, SOAP12, good().as_bytes());
    assert_eq!(
        told(&answer),
        "200 application/soap+xml; charset=utf-8\nSOAP 1.2 hentInstBrugerResponse: Alma Dahl-Eriksen\n"
    );
}

/// An answer in a few lines: status, media type, and what a client reads of the fault or of the answer.
pub(crate) fn told(answer: &Answer) -> String {
    let mut out = format!("{} {}\n", answer.status, answer.header("content-type").unwrap_or("-"));
    let media_type = answer.header("content-type").unwrap_or_default();
    if !media_type.contains("xml") {
        out.push_str(answer.text());
        return out;
    }
    let document = roxmltree::Document::parse(answer.text()).unwrap_or_else(|why| panic!("{why}: {}", answer.text()));
    let root = document.root_element();
    let soap = root.tag_name().namespace().unwrap();
    assert_eq!(root.tag_name().name(), "Envelope");
    let version = match soap {
        SOAP12_NAMESPACE => "SOAP 1.2",
        SOAP11_NAMESPACE => "SOAP 1.1",
        other => panic!("an envelope of {other}"),
    };
    assert_eq!(media_type, if soap == SOAP12_NAMESPACE { SOAP12 } else { SOAP11 });
    let body = child(root, soap, "Body").expect("a body");
    let content = body.first_element_child().expect("something in the body");
    if content.has_tag_name((soap, "Fault")) {
        out.push_str(&format!("{version} Fault\n"));
        headers(root, soap, &mut out);
        if soap == SOAP12_NAMESPACE { fault12(content, &mut out) } else { fault11(content, &mut out) }
    } else {
        let name =
            content.descendants().find(|it| it.tag_name().name() == "navn" || it.tag_name().name() == "instnavn");
        let name = name.and_then(|it| it.text()).unwrap_or("-");
        out.push_str(&format!("{version} {}: {name}\n", content.tag_name().name()));
    }
    out
}

fn child<'d>(of: roxmltree::Node<'d, 'd>, namespace: &str, name: &str) -> Option<roxmltree::Node<'d, 'd>> {
    of.children().find(|it| it.has_tag_name((namespace, name)))
}

/// `{namespace}local` of a qualified name that stands in a text.
fn qualified(node: roxmltree::Node<'_, '_>, text: &str) -> String {
    let (prefix, local) = text.trim().split_once(':').unwrap_or_else(|| panic!("{text} has no prefix"));
    let namespace = node.lookup_namespace_uri(Some(prefix)).unwrap_or_else(|| panic!("{prefix} is not declared"));
    format!("{{{namespace}}}{local}")
}

fn headers(root: roxmltree::Node<'_, '_>, soap: &str, out: &mut String) {
    let blocks = root.children().filter(|it| it.has_tag_name((soap, "Header")));
    for block in blocks.flat_map(|it| it.descendants()).filter(|it| it.attribute("qname").is_some()) {
        assert_eq!(block.tag_name().namespace(), Some(SOAP12_NAMESPACE));
        out.push_str(&format!(
            "  {} {}\n",
            block.tag_name().name(),
            qualified(block, block.attribute("qname").unwrap())
        ));
    }
}

fn fault12(fault: roxmltree::Node<'_, '_>, out: &mut String) {
    let parts: Vec<&str> =
        fault.children().filter(roxmltree::Node::is_element).map(|it| it.tag_name().name()).collect();
    assert!(parts == ["Code", "Reason"] || parts == ["Code", "Reason", "Detail"], "{parts:?}");
    for value in fault.descendants().filter(|it| it.has_tag_name((SOAP12_NAMESPACE, "Value"))) {
        let what = value.parent().unwrap().tag_name().name();
        out.push_str(&format!("  {what} {}\n", qualified(value, value.text().unwrap())));
    }
    let texts: Vec<_> = fault.descendants().filter(|it| it.has_tag_name((SOAP12_NAMESPACE, "Text"))).collect();
    assert!(!texts.is_empty(), "a fault says why");
    for text in texts {
        let language =
            text.attribute(("http://www.w3.org/XML/1998/namespace", "lang")).expect("every Text has xml:lang");
        out.push_str(&format!("  {language}: {}\n", text.text().unwrap_or_default()));
    }
    detail(fault.children().find(|it| it.has_tag_name((SOAP12_NAMESPACE, "Detail"))), out);
}

fn fault11(fault: roxmltree::Node<'_, '_>, out: &mut String) {
    let parts: Vec<&str> =
        fault.children().filter(roxmltree::Node::is_element).map(|it| it.tag_name().name()).collect();
    assert!(parts == ["faultcode", "faultstring"] || parts == ["faultcode", "faultstring", "detail"], "{parts:?}");
    for part in fault.children().filter(roxmltree::Node::is_element) {
        assert_eq!(part.tag_name().namespace(), None, "the parts of a SOAP 1.1 fault have no namespace");
        match part.tag_name().name() {
            "faultcode" => out.push_str(&format!("  faultcode {}\n", qualified(part, part.text().unwrap()))),
            "faultstring" => {
                let language = part.attribute(("http://www.w3.org/XML/1998/namespace", "lang")).expect("xml:lang");
                out.push_str(&format!("  {language}: {}\n", part.text().unwrap_or_default()));
            }
            _ => detail(Some(part), out),
        }
    }
}

fn detail(detail: Option<roxmltree::Node<'_, '_>>, out: &mut String) {
    let Some(detail) = detail else { return };
    let blocks: Vec<_> = detail.children().filter(roxmltree::Node::is_element).collect();
    assert!(!blocks.is_empty(), "a detail holds elements");
    for block in blocks.iter().flat_map(|it| it.descendants()).filter(roxmltree::Node::is_element) {
        let namespace = block.tag_name().namespace().expect("every element of a detail has a namespace");
        let text = block.text().unwrap_or_default().trim();
        out.push_str(&format!("  detail {{{namespace}}}{} {text}\n", block.tag_name().name()));
    }
}

/// Each body of `fixtures/protocol/`, sent to the service it is meant for.
#[test]
fn every_body_of_the_fixtures_is_answered_or_refused_in_clear_words() {
    let mut files: Vec<_> = fs::read_dir("fixtures/protocol").unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "xml" || it == "json"));
    files.sort();
    assert!(files.len() >= 30);
    let mut out = String::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let answer = server::demo().post(path_for(name), media_type_for(&file), &fs::read(&file).unwrap());
        out.push_str(&format!("== {name}\n{}\n", told(&answer).trim_end()));
        still_answers(server::demo());
    }
    insta::assert_snapshot!("bodies", out);
}

fn path_for(name: &str) -> &'static str {
    match name {
        "unknown-enumeration.xml" => "/bpi/wsieksport/7",
        _ if name.starts_with("legacy-") => LEGACY,
        _ => BPI,
    }
}

fn media_type_for(file: &Path) -> &'static str {
    let name = file.file_name().unwrap().to_str().unwrap();
    match name {
        "soap11.xml" | "legacy-soap11.xml" => "text/xml; charset=utf-8",
        // Without a charset, so that the byte order mark decides.
        "utf16le.xml" | "utf16be.xml" => "application/soap+xml",
        _ if name.ends_with(".json") => "application/json",
        _ => SOAP12,
    }
}
