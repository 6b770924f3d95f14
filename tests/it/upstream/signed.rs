//! Signed on both sides, and with TLS: what is asked, what is believed, and what is not.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use skolebro::{
    domain::{OrganisationNumber, UserId},
    face::Faces,
    source::{Source, Ties, http::Settings, upstream::Upstream},
    standards::unilogin::upstream::{Asked, Seal, Unilogin},
    store::Sqlite,
};
use wsse::{
    key::{Certificate, Identity},
    replay::Seen,
    sign::Signer,
    trust::Trust,
    verify::Verifier,
};

use super::{
    at,
    fake::{Mischief, Proxy, Wire},
    now, once,
    pulls::same,
    unilogin,
};
use crate::{
    kept::{self, demo_store},
    protocol::SOAP12,
    server::Server,
};

fn pem(name: &str) -> Vec<u8> {
    fs::read(format!("fixtures/pki/{name}.pem")).unwrap()
}

fn identity(name: &str) -> Identity {
    // The odd certificates share one key.
    let key = if name.starts_with("odd/") { pem("odd/key") } else { pem(&format!("{name}.key")) };
    Identity::from_pem(&key, &pem(&format!("{name}.crt"))).unwrap()
}

pub(super) fn signer(name: &str) -> Option<Signer> {
    Some(Signer { identity: Arc::new(identity(name)) })
}

/// Whoever trusts the demo's root.
fn verifier() -> Verifier {
    let read = |name: &str| Certificate::from_pem(&pem(name)).unwrap();
    let trust = Trust::new(&read("demo-root.crt"), &read("demo-issuing.crt"), &[pem("demo-issuing.crl")]).unwrap();
    Verifier::new(Arc::new(trust), TimeDelta::seconds(60), TimeDelta::minutes(10), Arc::new(Seen::new(1)))
}

/// The services at an address, asked with signatures.
pub(super) fn sealed(base: &str, settings: Settings) -> Unilogin {
    let mut elsewhere = unilogin(base, settings);
    elsewhere.seal = Seal { signer: signer("demo-client"), verifier: Some(verifier()), now: skolebro::clock::now };
    elsewhere
}

/// The demo where signatures are needed, and somebody in front of it.
pub(super) fn strict(change: impl FnOnce(&mut Faces)) -> (Server, Proxy) {
    let server = Server::start(|faces| {
        faces.options.signature_optional = false;
        change(faces);
    });
    let proxy = Proxy::before(server.address);
    (server, proxy)
}

#[test]
fn signed_questions_get_signed_answers() {
    let (_server, proxy) = strict(|_| {});
    let elsewhere = sealed(&at(proxy.address), once());
    for service in Asked::ALL {
        assert_eq!(now(elsewhere.hello(service)).unwrap(), "Hello DEMO01!");
    }
    let (number, user) = (OrganisationNumber::new("999001"), UserId::new("alma0001"));
    let found = now(elsewhere.ties_of(&user, Some(&number), Ties::Own)).unwrap();
    assert_eq!(found[0].members_with(&user).count(), 1);
    for number in ["999001", "999006"] {
        let store = Sqlite::in_memory().unwrap();
        elsewhere.pull(&OrganisationNumber::new(number), &store, false).unwrap();
        let (found, expected) = (kept::institution(&store, number), kept::institution(&demo_store(), number));
        assert!(same(found.roster(), expected.roster()), "{number}");
    }
    // Asked twice, it is two questions: no message is sent again.
    assert!(now(elsewhere.hello(Asked::Inst)).is_ok() && now(elsewhere.hello(Asked::Inst)).is_ok());
    let unsigned = unilogin(&at(proxy.address), once());
    assert_eq!(
        now(unsigned.hello(Asked::Inst)).unwrap_err().to_string(),
        "the service refuses: SignaturMangler: it takes our question for unsigned"
    );
}

fn an_hour_later() -> DateTime<Utc> {
    skolebro::clock::now() + TimeDelta::hours(1)
}

/// Questions are signed at the first time, and answers verified at the second.
fn every_second_time_an_hour_later() -> DateTime<Utc> {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    match ASKED.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => skolebro::clock::now(),
        _ => an_hour_later(),
    }
}

/// What may be wrong with the signature of an answer. Of a pull nothing is kept then, although all of it has been read.
#[test]
fn answers_that_are_not_rightly_signed_are_not_believed() {
    let mut out = String::new();
    let mut refused = |name: &str, elsewhere: &Unilogin| {
        let store = demo_store();
        let before = kept::institution(&store, "999006");
        let pulled = elsewhere.pull(&OrganisationNumber::new("999006"), &*store, false).map(drop).unwrap_err();
        assert!(Arc::ptr_eq(&before, &kept::institution(&store, "999006")), "{name}");
        let asked = now(elsewhere.hello(Asked::Inst)).unwrap_err();
        out.push_str(&format!(
            "{name}\n    {}\n    {}\n",
            without_times(&pulled.to_string()),
            without_times(&asked.to_string())
        ));
    };
    let (_server, proxy) = strict(|_| {});
    let elsewhere = sealed(&at(proxy.address), once());
    proxy.does([Mischief::Change(|it| it.replace("Hello ", "Hallo ").replace("olga0901", "olga0902"))]);
    refused("another text", &elsewhere);
    proxy.does([Mischief::Change(other_signature)]);
    refused("another signature", &elsewhere);
    for (name, signer_name) in [
        ("an issuer that nobody trusts", "odd/unknown"),
        ("a certificate that has expired", "odd/expired"),
        ("a certificate that was revoked", "odd/revoked"),
        ("a certificate that is not for signing", "odd/weak"),
    ] {
        let (_server, proxy) = strict(|faces| faces.signatures.signer = signer(signer_name));
        refused(name, &sealed(&at(proxy.address), once()));
    }
    let (_server, proxy) = strict(|faces| faces.signatures.signer = None);
    refused("no signature", &sealed(&at(proxy.address), once()));
    let (_server, proxy) = strict(|_| {});
    let mut early = sealed(&at(proxy.address), once());
    early.seal.now = an_hour_later;
    refused("clocks that are an hour apart", &early);
    early.seal.now = every_second_time_an_hour_later;
    refused("an answer of an hour ago", &early);
    insta::assert_snapshot!("believed", out);
}

/// With another letter at the beginning of the signature.
fn other_signature(text: String) -> String {
    let at = text.find("SignatureValue>").unwrap() + "SignatureValue>".len();
    let letter = if text[at..].starts_with('A') { "B" } else { "A" };
    format!("{}{letter}{}", &text[..at], &text[at + 1..])
}

fn without_times(text: &str) -> String {
    text.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect::<String>().replace(".000000000", "")
}

/// An answer that was right once is none to the next question.
#[test]
fn an_answer_that_comes_again_is_not_believed() {
    let (_server, proxy) = strict(|_| {});
    let elsewhere = sealed(&at(proxy.address), once());
    assert!(now(elsewhere.hello(Asked::Inst)).is_ok());
    proxy.does([Mischief::Answer(200, SOAP12, "", proxy.last())]);
    let told = now(elsewhere.hello(Asked::Inst)).unwrap_err().to_string();
    assert!(told.starts_with("the answer is not signed as it must be: "), "{told}");
}

/// A certificate authority and a server's certificate for this machine.
pub(crate) struct Tls {
    pub(crate) root: String,
    pub(crate) config: ServerConfig,
}

pub(crate) fn tls(clients: Option<Vec<u8>>) -> Tls {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(root) => {
            let mut roots = RootCertStore::empty();
            for it in Certificate::from_pem(&root).unwrap() {
                roots.add(CertificateDer::from(it.der().to_vec())).unwrap();
            }
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
            )
        }
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = builder.with_single_cert(vec![own.der().clone()], key).unwrap();
    Tls { root: issuer.pem(), config }
}

#[test]
fn a_server_shows_a_certificate_that_is_trusted() {
    let (server, _plain) = strict(|_| {});
    let Tls { root, config } = tls(None);
    let proxy = Proxy::with(server.address, Some(Arc::new(config)));
    let base = format!("https://localhost:{}", proxy.address.port());
    let trusting = Settings { roots: vec![root.into_bytes()], ..once() };
    let elsewhere = sealed(&base, trusting.clone());
    assert_eq!(now(elsewhere.hello(Asked::Inst)).unwrap(), "Hello DEMO01!");
    let store = Sqlite::in_memory().unwrap();
    elsewhere.pull(&OrganisationNumber::new("999006"), &store, false).unwrap();
    let stranger = now(sealed(&base, once()).hello(Asked::Inst)).unwrap_err().to_string();
    assert!(stranger.starts_with("TLS with the server fails: "), "{stranger}");
    let misnamed = now(sealed(&format!("https://{}", proxy.address), trusting).hello(Asked::Inst)).unwrap_err();
    assert!(misnamed.to_string().starts_with("TLS with the server fails: "), "{misnamed}");
}

#[test]
fn we_show_our_certificate_where_that_is_wanted() {
    let (server, _plain) = strict(|_| {});
    let Tls { root, config } = tls(Some(pem("demo-root.crt")));
    let proxy = Proxy::with(server.address, Some(Arc::new(config)));
    let base = format!("https://localhost:{}", proxy.address.port());
    let mut chain = pem("demo-client.crt");
    chain.extend(pem("demo-issuing.crt"));
    let identity = Identity::from_pem(&pem("demo-client.key"), &chain).unwrap().to_pem();
    let settings = |identity| Settings { roots: vec![root.clone().into_bytes()], identity, ..once() };
    assert_eq!(now(sealed(&base, settings(Some(identity))).hello(Asked::Inst)).unwrap(), "Hello DEMO01!");
    let told = now(sealed(&base, settings(None)).hello(Asked::Inst)).unwrap_err().to_string();
    assert!(told.starts_with("TLS with the server fails: "), "{told}");
}

/// Connections that have ended are not used: a server that has gone away is found again at once.
#[test]
fn a_server_that_comes_back_is_found() {
    let (server, _plain) = strict(|_| {});
    let wire = Wire::to(server.address);
    let elsewhere = sealed(&at(wire.address), once());
    let ask = || now(elsewhere.hello(Asked::Inst)).is_ok();
    assert!(ask());
    wire.cut();
    assert!(!ask(), "nobody is there");
    wire.mend();
    assert!(ask());
    wire.cut();
    wire.mend();
    assert!(ask(), "it was away while nobody asked");
}
