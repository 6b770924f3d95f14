//! Signed messages: who is let in by a signature, which of the contract's faults everybody else gets, and that answers are signed.

use std::{fmt::Write as _, fs, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use skolebro::{
    caller::{Callers, CertificateName},
    clock,
    face::Faces,
};
use wsse::{
    key::{Certificate, Identity},
    replay::Seen,
    sign::{Signer, Style},
    trust::Trust,
    verify::{Expects, Facts, Refused, Verifier},
};

use super::{SOAP11, SOAP11_NAMESPACE, SOAP12, SOAP12_NAMESPACE, told};
use crate::{
    callers,
    kept::{demo_store, local_ids, server as keeping},
    server::{Answer, Server},
};

const COMMON: &str = "https://brugerdatabasen.stil.dk/bpi/common/3";
const INST: &str = "https://brugerdatabasen.stil.dk/bpi/wsiinst/6";
const ALMA: &str = "<t:hentInstBruger><t:instnr>999001</t:instnr><t:brugerid>alma0001</t:brugerid></t:hentInstBruger>";
const HELLO: &str = "<u:helloWorldWithCertificate/>";

/// The key and certificate of a name in `fixtures/pki`.
fn signer(name: &str) -> Signer {
    let read = |what| fs::read(format!("fixtures/pki/{name}.{what}.pem")).unwrap();
    // The odd certificates share one key.
    let key = if name.starts_with("odd/") { fs::read("fixtures/pki/odd/key.pem").unwrap() } else { read("key") };
    Signer { identity: Arc::new(Identity::from_pem(&key, &read("crt")).unwrap()) }
}

/// A question of a service in the name of a provider system, not signed yet.
fn question(soap: &str, service: &str, provider: &str, message_id: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{soap}\" xmlns:u=\"{COMMON}\" xmlns:a=\"http://www.w3.org/2005/08/addressing\" xmlns:t=\"{service}\">\
         <s:Header><a:Action>{service}/any</a:Action><a:MessageID>{message_id}</a:MessageID>{provider}</s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn provider(id: &str) -> String {
    format!("<u:UdbydersystemId>{id}</u:UdbydersystemId>")
}

/// A message id that nobody has used.
fn fresh() -> String {
    format!("urn:uuid:{}", uuid::Uuid::new_v4())
}

/// The same, signed now.
fn signed(by: &str, service: &str, id: &str, body: &str) -> String {
    signed_at(by, clock::now(), &question(SOAP12_NAMESPACE, service, &provider(id), &fresh(), body))
}

fn signed_at(by: &str, at: DateTime<Utc>, question: &str) -> String {
    signer(by).sign(question, Style::Request, at).unwrap()
}

/// The demo where signatures are needed.
fn strict(change: impl FnOnce(&mut Faces)) -> Server {
    Server::start(|faces| {
        faces.options.signature_optional = false;
        change(faces);
    })
}

fn ask(server: &Server, question: &str) -> Answer {
    server.post("/bpi/wsiinst/6", SOAP12, question.as_bytes())
}

/// Verifies an answer as a client does, and says what its header says.
fn verified(answer: &Answer, relates_to: &str) -> Facts {
    let read = |name| Certificate::from_pem(&fs::read(format!("fixtures/pki/{name}.crt.pem")).unwrap()).unwrap();
    let trust = Trust::new(&read("demo-root"), &read("demo-issuing"), &[]).unwrap();
    let (skew, lifetime) = (TimeDelta::seconds(60), TimeDelta::seconds(600));
    let verifier = Verifier::new(Arc::new(trust), skew, lifetime, Arc::new(Seen::new(1)));
    verifier.verify(answer.text(), Expects::Response(relates_to), clock::now()).unwrap().facts().clone()
}

fn message_id(question: &str) -> &str {
    question.split_once("MessageID").unwrap().1.split_once("urn:").map(|it| it.1.split('<').next().unwrap()).unwrap()
}

#[test]
fn whoever_signs_is_answered_with_a_signature() {
    let server = strict(|_| {});
    for (soap, media_type) in [(SOAP12_NAMESPACE, SOAP12), (SOAP11_NAMESPACE, SOAP11)] {
        let id = fresh();
        let question = question(soap, INST, &provider("DEMO01"), &id, ALMA);
        let answer =
            server.post("/bpi/wsiinst/6", media_type, signed_at("demo-client", clock::now(), &question).as_bytes());
        assert!(told(&answer).contains("Alma Dahl-Eriksen"), "{}", told(&answer));
        let facts = verified(&answer, &id);
        assert_eq!(facts.certificate().subject().common_name.as_deref(), Some("TEST Unilogin"));
        assert_eq!(facts.header("http://www.w3.org/2005/08/addressing", "RelatesTo"), Some(id.as_str()));
    }
    let answer = ask(&server, &signed("demo-client", INST, "DEMO01", HELLO));
    assert!(answer.text().contains("Hello DEMO01!"), "{}", told(&answer));
}

/// An answer is to the question it was given for, and to no other.
#[test]
fn an_answer_to_another_question_is_none() {
    let server = strict(|_| {});
    let question = signed("demo-client", INST, "DEMO01", ALMA);
    let answer = ask(&server, &question);
    assert!(message_id(&question).starts_with("uuid:"));
    let refused = std::panic::catch_unwind(|| verified(&answer, &fresh()));
    assert!(refused.is_err());
}

/// Who is refused why, in the contract's words.
#[test]
fn everybody_else_gets_the_contracts_own_fault() {
    let rights = callers::agreed("wsiinst", &["999002"]);
    let known = |faces: &mut Faces| {
        let mut all: Callers = skolebro::cli::demo::callers();
        let own = |name: &str| vec![CertificateName::Thumbprint(signer(name).identity.certificate().thumbprint())];
        callers::let_in(&mut all, "OTHER1", own("odd/bare"), rights.clone());
        callers::let_in(&mut all, "NOBODY", Vec::new(), rights.clone());
        let subject = signer("demo-client").identity.certificate().subject().id.clone().unwrap();
        callers::let_in(&mut all, "BYNAME", vec![CertificateName::Subject(subject)], rights);
        faces.callers = Arc::new(all.into());
    };
    let server = strict(known);
    let unsigned = |id: &str| question(SOAP12_NAMESPACE, INST, id, &fresh(), ALMA);
    let late =
        |minutes| signed_at("demo-client", clock::now() + TimeDelta::minutes(minutes), &unsigned(&provider("DEMO01")));
    let replayed = signed("demo-client", INST, "DEMO01", ALMA);
    assert!(told(&ask(&server, &replayed)).contains("Alma"));
    let good = signed("demo-client", INST, "DEMO01", ALMA);
    let mut out = String::new();
    for (what, message) in [
        ("no signature", unsigned(&provider("DEMO01"))),
        ("no signature and no UdbydersystemId", unsigned("")),
        ("no UdbydersystemId", signed_at("demo-client", clock::now(), &unsigned(""))),
        ("an unknown UdbydersystemId", signed("demo-client", INST, "DEMO99", ALMA)),
        ("somebody else's UdbydersystemId", signed("demo-client", INST, "OTHER1", ALMA)),
        ("a UdbydersystemId without a certificate", signed("demo-client", INST, "NOBODY", ALMA)),
        ("no data agreement, known by the certificate's name", signed("demo-client", INST, "BYNAME", ALMA)),
        ("another question in the body", good.replace("alma0001", "bent0001")),
        ("another UdbydersystemId in the header", good.replace(">DEMO01<", ">OTHER1<")),
        ("signed ten minutes ago", late(-10)),
        ("signed in ten minutes", late(10)),
        ("sent for the second time", replayed),
        ("an issuer nobody trusts", signed("odd/unknown", INST, "DEMO01", ALMA)),
        ("an expired certificate", signed("odd/expired", INST, "DEMO01", ALMA)),
        ("a certificate that is not for signing", signed("odd/weak", INST, "DEMO01", ALMA)),
    ] {
        let told = told(&ask(&server, &message));
        let reason = told.lines().find(|it| it.trim_start().starts_with("da: ")).unwrap_or("-").trim();
        // Times are those of this run.
        let reason: String = reason.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect();
        let kind = told.rsplit_once("type ").map_or("-", |it| it.1).trim();
        writeln!(out, "{what}\n  {kind}: {reason}").unwrap();
    }
    insta::assert_snapshot!("authentication", out);
}

/// The five services, one question each: the signature is asked for everywhere.
#[test]
fn every_bpi_service_wants_the_signature() {
    let server = strict(|_| {});
    for (path, element) in [
        ("/bpi/wsiinst/6", HELLO),
        ("/bpi/wsibruger/7", HELLO),
        ("/bpi/wsieksport/7", HELLO),
        ("/bpi/wsaimport/8", HELLO),
        ("/bpi/wsiidentifikation/6", HELLO),
    ] {
        let service = format!("https://brugerdatabasen.stil.dk{path}");
        let bare = question(SOAP12_NAMESPACE, &service, &provider("DEMO01"), &fresh(), element);
        let answer = server.post(path, SOAP12, bare.as_bytes());
        assert!(answer.text().contains("SignaturMangler"), "{path}: {}", told(&answer));
        let answer = server.post(path, SOAP12, signed("demo-client", &service, "DEMO01", element).as_bytes());
        assert!(answer.text().contains("Hello DEMO01!"), "{path}: {}", told(&answer));
        let twice = signed("demo-client", &service, "DEMO01", element);
        server.post(path, SOAP12, twice.as_bytes());
        let answer = server.post(path, SOAP12, twice.as_bytes());
        assert!(answer.text().contains(">Signatur<"), "{path}: {}", told(&answer));
    }
}

/// Where signatures are optional a wrong one is wrong all the same.
#[test]
fn a_wrong_signature_is_worse_than_none() {
    let server = Server::start(|_| {});
    let good = signed("demo-client", INST, "DEMO01", ALMA);
    assert!(told(&ask(&server, &good.replace("alma0001", "bent0001"))).contains("type Signatur"));
    assert!(told(&ask(&server, &good)).contains("Alma"));
}

/// A fault to whoever has signed is signed too, and both say what they are about.
#[test]
fn faults_are_addressed_and_signed() {
    let server = strict(|faces| faces.callers = Arc::new(demo_without_agreements().into()));
    let id = fresh();
    let question = question(SOAP12_NAMESPACE, INST, &provider("DEMO01"), &id, ALMA);
    let answer = ask(&server, &signed_at("demo-client", clock::now(), &question));
    assert!(told(&answer).contains("type Rettigheder"), "{}", told(&answer));
    let facts = verified(&answer, &id);
    assert_eq!(facts.header("http://www.w3.org/2005/08/addressing", "RelatesTo"), Some(id.as_str()));
    assert!(answer.text().contains("/WsiInstPortType/hentInstBruger/Fault/authentificationFault</wsa:Action>"));
    let answer = ask(&server, &question);
    assert!(
        answer.text().contains(&format!("<wsa:RelatesTo xmlns:wsa=\"http://www.w3.org/2005/08/addressing\">{id}<"))
    );
    assert!(!answer.text().contains("Signature "), "nobody has signed");
}

fn demo_without_agreements() -> Callers {
    let mut all = Callers::default();
    let thumbprint = signer("demo-client").identity.certificate().thumbprint();
    let certificates = vec![CertificateName::Thumbprint(thumbprint)];
    callers::let_in(&mut all, "DEMO01", certificates, callers::agreed("wsibruger", &["999001"]));
    all
}

/// An export longer than one piece is signed too, although the signature stands before it.
#[test]
fn an_export_that_is_made_as_it_is_sent_is_signed() {
    const EKSPORT: &str = "https://brugerdatabasen.stil.dk/bpi/wsieksport/7";
    let many = super::exports::institution(2_000);
    let server = Server::start(|faces| {
        faces.options.signature_optional = false;
        faces.source = Arc::new(skolebro::store::Memory::new([many]));
    });
    let id = fresh();
    let body = "<t:eksporterXmlFuldMyndighed><t:instnr>999001</t:instnr></t:eksporterXmlFuldMyndighed>";
    let question = question(SOAP12_NAMESPACE, EKSPORT, &provider("DEMO01"), &id, body);
    let question = signed_at("demo-client", clock::now(), &question);
    let answer = server.post("/bpi/wsieksport/7", SOAP12, question.as_bytes());
    assert!(answer.body.len() > 1 << 20, "{} bytes: {}", answer.body.len(), told(&answer));
    verified(&answer, &id);
}

const IMPORT: &str = "https://brugerdatabasen.stil.dk/bpi/wsaimport/8";

/// A delta of so many teachers.
fn delta(teachers: usize) -> String {
    let people: String = (0..teachers).map(|it| super::imports::teacher(&format!("L-9{it:04}"), "Smilla")).collect();
    super::imports::importing("importerDeltaXml", &super::imports::document("TjørneAdm", 0, &people))
}

/// What has been read of a signed import is kept when all of it has proven to be what was signed.
#[test]
fn a_signed_import_is_kept_whole_or_not_at_all() {
    for teachers in [1, 3_000] {
        let store = demo_store();
        let server = keeping(&store, |faces| faces.options.signature_optional = false);
        let before = local_ids(&store, "999006");
        let post = |message: &str| server.post("/bpi/wsaimport/8", SOAP12, message.as_bytes());
        let good = signed("demo-client", IMPORT, "DEMO01", &delta(teachers));
        let last = good.rfind("Smilla").unwrap();
        let bad = [&good[..last], "Sørine", &good[last + "Smilla".len()..]].concat();
        assert!(told(&post(&bad)).contains("type Signatur"), "{}", told(&post(&bad)));
        assert_eq!(local_ids(&store, "999006"), before);
        let answer = post(&signed("demo-client", IMPORT, "DEMO01", &delta(teachers)));
        assert_eq!(answer.status, 200, "{}", told(&answer));
        assert_eq!(local_ids(&store, "999006").len(), before.len() + teachers);
    }
}

/// Nobody is let in on a message that somebody else has sent before: the id of a message is used up with its header.
#[test]
fn an_import_is_taken_once() {
    let store = demo_store();
    let server = keeping(&store, |faces| faces.options.signature_optional = false);
    let message = signed("demo-client", IMPORT, "DEMO01", &delta(1));
    let post = || server.post("/bpi/wsaimport/8", SOAP12, message.as_bytes());
    assert_eq!(post().status, 200);
    assert!(told(&post()).contains("type Signatur"));
}

#[test]
fn a_verifier_that_trusts_nobody_says_so() {
    let server = strict(|faces| {
        faces.signatures.verifier = skolebro::config::Signature::default().verifier(false).unwrap();
    });
    let answer = ask(&server, &signed("demo-client", INST, "DEMO01", ALMA));
    assert!(told(&answer).contains("type Signatur"), "{}", told(&answer));
    assert!(told(&answer).contains(&Refused::Untrusted(wsse::trust::Untrusted::Issuer).to_string()));
}
