//! Imports over HTTP: read as they arrive, kept as a whole or not at all, and answered in the words of their contract.

use std::{collections::BTreeMap, fmt::Write as _, fs, io::Write, path::PathBuf, sync::Arc, thread};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use skolebro::standards::unilogin::dialect::Dialect;

use super::{SOAP11, SOAP11_NAMESPACE, SOAP12, SOAP12_NAMESPACE, exchanges::difference, still_answers, told};
use crate::{
    callers,
    kept::{demo_store, institution, local_ids, server},
    server::{Answer, Server, demo, request},
};

const IMPORT: &str = "/bpi/wsaimport/8";
const LEGACY_IMPORT: &str = "/wsaimport-v7/ws";
const V8: &str = "https://brugerdatabasen.stil.dk/bpi/wsaimport/8";

/// Everybody who is at 999006 before, by local id.
const BEFORE: [&str; 4] = ["L-00011", "L-00021", "L-00031", "L-00041"];

/// A message of version 8 in the name of a provider system.
fn message(soap: &str, provider: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{soap}\" xmlns:u=\"https://brugerdatabasen.stil.dk/bpi/common/3\" xmlns:t=\"{V8}\">\
         <s:Header><u:UdbydersystemId>{provider}</u:UdbydersystemId></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// A document of a source at 999006, taken from it at a minute of the second of September.
pub(super) fn document(source: &str, minute: usize, contents: &str) -> String {
    format!(
        "<i:UNILoginImport xmlns:i=\"{V8}/import\" xmlns:c=\"{V8}/common\" \
         xmlns:u=\"https://brugerdatabasen.stil.dk/bpi/common/3\" sourceDateTime=\"2026-09-02T06:{minute:02}:00+02:00\" \
         source=\"{source}\" schoolYear=\"2026-2027\"><i:Institution><c:InstitutionNumber>999006</c:InstitutionNumber>\
         {contents}</i:Institution></i:UNILoginImport>"
    )
}

pub(super) fn importing(operation: &str, document: &str) -> String {
    format!("<t:{operation}><t:instXML>{document}</t:instXML></t:{operation}>")
}

/// A teacher.
pub(super) fn teacher(id: &str, name: &str) -> String {
    format!(
        "<i:InstitutionPerson><u:LocalPersonId>{id}</u:LocalPersonId><i:Person protected=\"false\"><c:FirstName>{name}\
         </c:FirstName><c:FamilyName>Klit</c:FamilyName></i:Person><c:Employee><c:Role>Lærer</c:Role></c:Employee>\
         </i:InstitutionPerson>"
    )
}

/// A delta of the demo's source with these people.
fn delta(minute: usize, people: &str) -> String {
    message(SOAP12_NAMESPACE, "DEMO01", &importing("importerDeltaXml", &document("TjørneAdm", minute, people)))
}

/// What became of an import: `reskode`, and the codes of what was found.
fn outcome(answer: &Answer) -> String {
    let document = roxmltree::Document::parse(answer.text()).unwrap_or_else(|why| panic!("{why}: {}", answer.text()));
    let named = |name| document.descendants().filter(move |it| it.tag_name().name() == name);
    let Some(svar) = named("UNILoginImportSvar").next() else { return told(answer) };
    let codes: Vec<&str> = named("Fejl").filter_map(|it| it.attribute("kode")).collect();
    format!("{} {} {}", answer.status, svar.attribute("reskode").unwrap(), codes.join(" ")).trim_end().to_owned()
}

fn send(server: &Server, text: &str) -> String {
    outcome(&server.post(IMPORT, SOAP12, text.as_bytes()))
}

#[test]
fn questions_of_wsaimport_8_are_answered_as_the_fixtures_say() {
    check("fixtures/unilogin/wsaimport/v8", IMPORT, 9);
}

#[test]
fn questions_of_wsaimport_7_are_answered_as_the_fixtures_say() {
    check("fixtures/unilogin/wsaimport/v7", LEGACY_IMPORT, 10);
}

/// Every exchange has a store of its own, so that none depends on another.
fn check(folder: &str, path: &str, least: usize) {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= least, "only {} exchanges in {folder}", folders.len());
    let mut wrong = Vec::new();
    for folder in folders {
        let read = |name| fs::read_to_string(folder.join(name)).unwrap();
        let server = server(&demo_store(), |_| {});
        let answer = server.post(path, SOAP12, read("request.xml").as_bytes());
        if let Some(difference) = difference(&read("response.xml"), answer.text()) {
            wrong.push(format!("{}: {difference}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is handed in shows in look-ups and exports as soon as it is answered.
#[test]
fn what_was_handed_in_is_served_at_once() {
    let store = demo_store();
    let server = server(&store, |_| {});
    let export = |server: &Server| {
        let question = message(
            SOAP12_NAMESPACE,
            "DEMO01",
            "<e:eksporterXmlFuldMyndighed xmlns:e=\"https://brugerdatabasen.stil.dk/bpi/wsieksport/7\"><e:instnr>999006</e:instnr></e:eksporterXmlFuldMyndighed>",
        );
        server.post("/bpi/wsieksport/7", SOAP12, question.as_bytes()).text().to_owned()
    };
    assert!(!export(&server).contains("Smilla"));
    assert_eq!(send(&server, &delta(0, &teacher("L-77", "Smilla"))), "200 0");
    assert!(export(&server).contains("<com:FirstName>Smilla</com:FirstName>"));
    let gone = importing(
        "importerSletXml",
        &document("TjørneAdm", 1, "<i:InstitutionPerson><u:LocalPersonId>L-77</u:LocalPersonId></i:InstitutionPerson>")
            .replace("UNILoginImport", "UNILoginDelete")
            .replace("8/import", "8/delete"),
    );
    assert_eq!(send(&server, &message(SOAP12_NAMESPACE, "DEMO01", &gone)), "200 0");
    assert!(!export(&server).contains("Smilla"));
    assert_eq!(local_ids(&store, "999006"), BEFORE);
}

/// Ten at once for one institution: they queue up, and none is lost.
#[test]
fn ten_imports_at_once_are_ten_imports() {
    let store = demo_store();
    let server = server(&store, |_| {});
    thread::scope(|scope| {
        let one = |number: usize| {
            let server = &server;
            move || {
                let people: String = (0..50).map(|it| teacher(&format!("S{number}-{it}"), "Lærke")).collect();
                let document = document(&format!("Kilde {number}"), 0, &people);
                send(server, &message(SOAP12_NAMESPACE, "DEMO01", &importing("importerXml", &document)))
            }
        };
        let all: Vec<_> = (0..10).map(|it| scope.spawn(one(it))).collect();
        for done in all {
            assert_eq!(done.join().unwrap(), "200 0");
        }
    });
    assert_eq!(local_ids(&store, "999006").len(), BEFORE.len() + 500);
}

#[test]
fn who_may_not_hand_in_is_told_by_the_contracts_own_fault() {
    let store = demo_store();
    let known = callers::known(&[
        ("skole", callers::agreed("wsaimport", &["999006"])),
        ("nabo", callers::agreed("wsaimport", &["999001"])),
        ("andet", callers::agreed("wsieksport/fuld", &["999006"])),
    ]);
    let server = server(&store, |faces| faces.callers = Arc::new(known.into()));
    let body = importing("importerDeltaXml", &document("TjørneAdm", 0, &teacher("L-77", "Smilla")));
    let legacy = fs::read_to_string("fixtures/unilogin/wsaimport/v7/importerDeltaXml/request.xml").unwrap();
    let mut out = String::new();
    for who in ["nabo", "andet", "ukendt", "skole"] {
        writeln!(out, "{who}\n{}", send(&server, &message(SOAP12_NAMESPACE, who, &body))).unwrap();
        let legacy = legacy.replace("2026-09-02T06", "2026-09-02T07").replace(">demo<", &format!(">{who}<"));
        writeln!(out, "{}", outcome(&server.post(LEGACY_IMPORT, SOAP12, legacy.as_bytes()))).unwrap();
    }
    insta::assert_snapshot!("rights", out);
    assert_eq!(local_ids(&store, "999006").len(), BEFORE.len() + 2);
}

#[test]
fn without_a_store_nothing_can_be_handed_in() {
    let mut out = String::new();
    for text in [delta(0, ""), message(SOAP12_NAMESPACE, "DEMO01", "<u:hentDataAftaler/>")] {
        writeln!(out, "{}", outcome(&demo().post(IMPORT, SOAP12, text.as_bytes()))).unwrap();
    }
    insta::assert_snapshot!("no-store", out);
}

/// Nobody loses a school by a document that is empty by mistake.
#[test]
fn an_import_that_empties_an_institution_waits() {
    let store = demo_store();
    let server = server(&store, |_| {});
    let people: String = (0..30).map(|it| teacher(&format!("L-{it}"), "Smilla")).collect();
    let full = |minute, people: &str| {
        message(SOAP12_NAMESPACE, "DEMO01", &importing("importerXml", &document("Kilde", minute, people)))
    };
    assert_eq!(send(&server, &full(0, &people)), "200 0");
    assert_eq!(send(&server, &full(1, &teacher("L-0", "Smilla"))), "200 3 tilbageholdt");
    assert_eq!(send(&server, &full(0, &people)), "200 4 foraeldet");
    assert_eq!(local_ids(&store, "999006").len(), BEFORE.len() + 30);
}

/// Whoever is cut off has handed nothing in.
#[test]
fn half_an_import_is_none() {
    let store = demo_store();
    let server = server(&store, |faces| faces.listen.body_seconds = 1);
    let people: String = (0..200).map(|it| teacher(&format!("L-{it}"), "Smilla")).collect();
    let text = delta(0, &people);
    for (at, whole) in [(text.len() / 2, false), (text.len() - 3, false), (text.len() / 2, true)] {
        let bytes = &text.as_bytes()[..at];
        // Once the client stops in the middle, once its message is no longer than this.
        let length = if whole { bytes.len() } else { text.len() };
        let mut head = format!("POST {IMPORT} HTTP/1.1\r\nHost: skole.example\r\nConnection: close\r\n");
        write!(head, "Content-Type: {SOAP12}\r\nContent-Length: {length}\r\n\r\n").unwrap();
        let answer = server.exchange(&[head.as_bytes(), bytes].concat());
        assert_ne!(outcome(&answer), "200 0");
    }
    assert_eq!(local_ids(&store, "999006"), BEFORE);
    still_answers(&server);
}

/// An import may be larger than other messages, and no larger than it may be.
#[test]
fn imports_have_a_bound_of_their_own() {
    let store = demo_store();
    let server = server(&store, |faces| {
        faces.listen.body = 10_000;
        faces.listen.import_body = 200_000;
    });
    let people = |count| -> String { (0..count).map(|it| teacher(&format!("L-{it}"), "Smilla")).collect() };
    let (fits, large) = (delta(0, &people(500)), delta(1, &people(2000)));
    assert!(fits.len() > 100_000 && large.len() > 300_000);
    assert_eq!(send(&server, &fits), "200 0");
    insta::assert_snapshot!("too-large", send(&server, &large));
    assert_eq!(local_ids(&store, "999006").len(), BEFORE.len() + 500);
}

/// A few kilobytes that are four hundred megabytes when unpacked.
#[test]
fn a_bomb_does_not_go_off() {
    let store = demo_store();
    let server = server(&store, |faces| faces.listen.import_body = 1 << 20);
    let text = delta(0, "");
    let (before, after) = text.split_at(text.find("</i:Institution>").unwrap());
    let packed = |text: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    };
    let middle = packed(&vec![b' '; 1 << 20]);
    let bomb = [packed(before.as_bytes()), middle.repeat(400), packed(after.as_bytes())].concat();
    let headers = [("Content-Type", SOAP12), ("Content-Encoding", "gzip")];
    let answer = server.exchange(&request("POST", IMPORT, &headers, &bomb));
    assert!(told(&answer).contains("At most 1048576 bytes are read."), "{}", told(&answer));
    still_answers(&server);
}

/// However the bytes are dressed: packed, in SOAP 1.1, in other encodings.
#[test]
fn imports_come_in_every_form() {
    let store = demo_store();
    let server = server(&store, |_| {});
    let text = |minute| delta(minute, &teacher("L-77", "Søs"));
    let name = || {
        let kept = institution(&store, "999006");
        let member = kept.roster().members.iter().find(|it| it.local_id.as_deref() == Some("L-77")).cloned();
        member.and_then(|it| it.person).map(|it| it.name.given.into_owned())
    };
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text(0).as_bytes()).unwrap();
    let headers = [("Content-Type", SOAP12), ("Content-Encoding", "gzip")];
    let answer = server.exchange(&request("POST", IMPORT, &headers, &packed.finish().unwrap()));
    assert_eq!((outcome(&answer), name().as_deref()), ("200 0".to_owned(), Some("Søs")));
    let old = text(1).replace(SOAP12_NAMESPACE, SOAP11_NAMESPACE);
    let answer = server.post(IMPORT, SOAP11, old.as_bytes());
    assert_eq!(
        (outcome(&answer), answer.header("content-type")),
        ("200 0".to_owned(), Some("text/xml; charset=utf-8"))
    );
    let latin = |text: String| -> Vec<u8> { text.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect() };
    let declared = latin(format!("<?xml version='1.0' encoding='ISO-8859-1'?>{}", text(2)));
    assert_eq!(outcome(&server.post(IMPORT, SOAP12.split(';').next().unwrap(), &declared)), "200 0");
    assert_eq!(outcome(&server.post(IMPORT, "text/xml; charset=iso-8859-1", &latin(text(3)))), "200 0");
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text(4).encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(outcome(&server.post(IMPORT, "text/xml", &wide)), "200 0");
    assert_eq!(name().as_deref(), Some("Søs"));
}

/// The places are those of the message as it was sent.
#[test]
fn mistakes_are_told_where_they_are_in_the_message() {
    let server = server(&demo_store(), |_| {});
    let text = delta(0, &format!("\n{}\n{}", teacher("L-77", "Smilla"), teacher("L-77", "")));
    let answer = server.post(IMPORT, SOAP12, text.as_bytes());
    let document = roxmltree::Document::parse(answer.text()).unwrap();
    let places: Vec<_> = document
        .descendants()
        .filter(|it| it.tag_name().name() == "Fejl")
        .map(|it| ["linje", "kolonne", "kode", "niveau"].map(|name| it.attribute(name).unwrap().to_owned()))
        .collect();
    let column = text.lines().nth(2).unwrap().find("<c:FirstName>").unwrap() + 1;
    assert_eq!(places, [["3", &column.to_string(), "laengde", "fejl"].map(str::to_owned)]);
}

#[test]
fn messages_that_are_none_are_faults() {
    let server = server(&demo_store(), |_| {});
    let mut out = String::new();
    for (what, text) in [
        ("no envelope", document("TjørneAdm", 0, "")),
        ("another operation", message(SOAP12_NAMESPACE, "DEMO01", "<t:importerAltXml/>")),
        ("nothing in it", message(SOAP12_NAMESPACE, "DEMO01", "<t:importerXml/>")),
        ("a document type", format!("<!DOCTYPE x>{}", delta(0, ""))),
        ("no sender", delta(0, "").replace("<u:UdbydersystemId>DEMO01</u:UdbydersystemId>", "")),
        ("no end", delta(0, "").replace("</s:Envelope>", "")),
        ("no bytes", String::new()),
    ] {
        writeln!(out, "{what}:\n{}", send(&server, &text)).unwrap();
    }
    insta::assert_snapshot!("faults", out);
    still_answers(&server);
}

const TOKEN: (&str, &str) = ("Authorization", "Bearer demo");

fn post_json(server: &Server, operation: &str, body: &Value) -> Answer {
    let headers = [TOKEN, ("Content-Type", "application/json")];
    let path = format!("/unilogin/wsaimport/8/{operation}");
    server.exchange(&request("POST", &path, &headers, body.to_string().as_bytes()))
}

/// The same document as JSON.
fn in_json(minute: usize, people: &[(&str, &str)]) -> Value {
    let person = |(id, name): &(&str, &str)| {
        json!({
            "LocalPersonId": id,
            "Person": { "protected": false, "FirstName": name, "FamilyName": "Klit" },
            "Employee": { "Role": ["Lærer"] },
        })
    };
    let people: Vec<Value> = people.iter().map(person).collect();
    json!({ "instXML": { "UNILoginImport": {
        "sourceDateTime": format!("2026-09-02T06:{minute:02}:00+02:00"), "source": "TjørneAdm", "schoolYear": "2026-2027",
        "Institution": { "InstitutionNumber": "999006", "InstitutionPerson": people },
    } } })
}

#[test]
fn imports_may_be_json_too() {
    let store = demo_store();
    let server = server(&store, |_| {});
    let answer = post_json(&server, "importerDeltaXml", &in_json(0, &[("L-77", "Smilla")]));
    let svar = &answer.json()["svarXML"]["UNILoginImportSvar"];
    assert_eq!(
        (answer.status, &svar["reskode"], &svar["InstitutionPerson"][0]["LocalPersonId"]),
        (200, &json!("0"), &json!("L-77"))
    );
    assert_eq!(local_ids(&store, "999006").len(), BEFORE.len() + 1);
    let wrong = post_json(&server, "importerDeltaXml", &in_json(1, &[("L-78", "Ole"), ("L-79", ""), ("L-78", "Bo")]));
    insta::assert_json_snapshot!("json-mistakes", wrong.json());
    let gone = json!({ "instXML": { "UNILoginDelete": {
        "sourceDateTime": "2026-09-02T07:00:00+02:00", "source": "TjørneAdm", "schoolYear": "2026-2027",
        "Institution": { "InstitutionNumber": "999006", "InstitutionPerson": [{ "LocalPersonId": "L-77" }] },
    } } });
    assert_eq!(post_json(&server, "importerSletXml", &gone).json()["svarXML"]["UNILoginImportSvar"]["reskode"], "0");
    assert_eq!(local_ids(&store, "999006"), BEFORE);
    for operation in ["helloWorldWithCertificate", "hentDataAftaler"] {
        let (got, posted) = (
            server.get(&format!("/unilogin/wsaimport/8/{operation}"), &[TOKEN]),
            post_json(&server, operation, &json!({})),
        );
        assert_eq!((got.status, got.text()), (200, posted.text()), "{operation}");
    }
}

#[test]
fn json_imports_need_the_same_rights_and_are_only_posted() {
    let store = demo_store();
    let known = callers::known(&[("demo", callers::agreed("wsaimport", &["999001"]))]);
    let server = server(&store, |faces| faces.callers = Arc::new(known.into()));
    assert_eq!(post_json(&server, "importerXml", &in_json(0, &[])).status, 403);
    let got = server.get("/unilogin/wsaimport/8/importerXml", &[TOKEN]);
    assert_eq!((got.status, got.header("allow")), (405, Some("POST")));
    assert_eq!(post_json(&server, "importerXml", &json!({ "instXML": { "x": 1 } })).status, 400);
    assert_eq!(local_ids(&store, "999006"), BEFORE);
}

/// An installation that knows the real names: they are read, written, and told by the contract that is served.
#[test]
fn inferred_names_can_be_others() {
    let store = demo_store();
    let pair = |ours: &str, real: &str| (ours.to_owned(), real.to_owned());
    let namespaces = BTreeMap::from([
        pair(&format!("{V8}/import"), "urn:real:import"),
        pair("https://wsaimport.unilogin.dk/ws", "urn:real:ws"),
    ]);
    let names = BTreeMap::from([pair("UNILoginImportSvar", "Svar"), pair("reskode", "kode")]);
    let server = server(&store, |faces| faces.options.dialect = Dialect::new(&namespaces, &names).unwrap());
    let answer = server.post(IMPORT, SOAP12, delta(0, "").replace("8/import", "8/import/ny").as_bytes());
    assert!(
        answer.text().contains("<tns:Svar kode=\"1\" ") && answer.text().contains("expected &lt;UNILoginImport&gt;"),
        "{}",
        answer.text()
    );
    let real = delta(0, &teacher("L-77", "Smilla")).replace(&format!("{V8}/import"), "urn:real:import");
    let answer = server.post(IMPORT, SOAP12, real.as_bytes());
    assert!(answer.text().contains("<tns:Svar kode=\"0\" "), "{}", answer.text());
    let legacy = fs::read_to_string("fixtures/unilogin/wsaimport/v7/importerSletXml/request.xml").unwrap();
    let answer = server.post(
        LEGACY_IMPORT,
        SOAP12,
        legacy.replace("https://wsaimport.unilogin.dk/ws", "urn:real:ws").as_bytes(),
    );
    assert!(answer.text().contains("xmlns:tns=\"urn:real:ws\""), "{}", answer.text());
    assert_eq!(server.post(LEGACY_IMPORT, SOAP12, legacy.as_bytes()).status, 500, "ours is no longer known");
    let schema = server.get(&format!("{IMPORT}?xsd=import.xsd"), &[]);
    assert!(schema.text().contains("targetNamespace=\"urn:real:import\""), "{}", schema.text());
    let answer = server.get(&format!("{IMPORT}?xsd=wsaimport-ws.xsd"), &[]);
    assert!(answer.text().contains("<xs:element name=\"Svar\" type=\"tns:UNILoginImportSvar\""), "{}", answer.text());
    let wsdl = server.get(&format!("{LEGACY_IMPORT}?wsdl"), &[]);
    assert!(wsdl.text().contains("targetNamespace=\"urn:real:ws\""), "{}", wsdl.text());
}
