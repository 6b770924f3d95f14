//! Messages to sign, verify and tamper with, all of the same moment.

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use wsse::{
    replay::Seen,
    sign::{Signer, Style},
    trust::Trust,
    verify::{Expects, Facts, Refused, Verifier},
};

use crate::pki::{certificate, identity, time};

/// WS-Addressing.
pub(crate) const WSA: &str = "http://www.w3.org/2005/08/addressing";
/// The namespace of the provider's header.
pub(crate) const COMMON: &str = "https://brugerdatabasen.stil.dk/bpi/common/3";
/// The `MessageID` of [`request`].
pub(crate) const MESSAGE_ID: &str = "urn:uuid:0d2c1f1e-3f5c-4d0b-9a43-5b1d0c4b7f10";

/// When everything happens.
pub(crate) fn now() -> DateTime<Utc> {
    time("2026-06-01T12:00:00Z")
}

/// A question as clients send it, before it is signed.
pub(crate) fn request() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\"><soap:Header>\
         <wsa:Action xmlns:wsa=\"{WSA}\">https://brugerdatabasen.stil.dk/bpi/wsiinst/6/hentInstitution</wsa:Action>\
         <wsa:To xmlns:wsa=\"{WSA}\">https://brugerdatabasen.stil.dk/bpi/wsiinst/6</wsa:To>\
         <wsa:MessageID xmlns:wsa=\"{WSA}\">{MESSAGE_ID}</wsa:MessageID>\
         <uni:UdbydersystemId xmlns:uni=\"{COMMON}\">DEMO01</uni:UdbydersystemId></soap:Header>\
         <soap:Body><hentInstitution xmlns=\"https://brugerdatabasen.stil.dk/bpi/wsiinst/6\"><regnr>999001</regnr>\
         <navn a=\"1\" b='2'>Ærø &amp; &#248; &gt; </navn></hentInstitution></soap:Body></soap:Envelope>\n"
    )
}

/// An answer to it, before it is signed.
pub(crate) fn response() -> String {
    format!(
        "<S:Envelope xmlns:S=\"http://www.w3.org/2003/05/soap-envelope\"><S:Header>\
         <Action xmlns=\"{WSA}\">https://brugerdatabasen.stil.dk/bpi/wsiinst/6/x</Action>\
         <MessageID xmlns=\"{WSA}\">urn:uuid:6a2c1f1e-3f5c-4d0b-9a43-5b1d0c4b7f11</MessageID>\
         <RelatesTo xmlns=\"{WSA}\">{MESSAGE_ID}</RelatesTo></S:Header>\
         <S:Body><hentInstitutionResponse xmlns=\"https://brugerdatabasen.stil.dk/bpi/wsiinst/6\"/></S:Body></S:Envelope>"
    )
}

/// The provider of the demo.
pub(crate) fn signer() -> Signer {
    static CLIENT: LazyLock<Signer> = LazyLock::new(|| Signer { identity: Arc::new(identity("demo-client")) });
    CLIENT.clone()
}

/// A verifier that trusts the authorities of the demo, and has seen nothing.
pub(crate) fn verifier() -> Verifier {
    static TRUST: LazyLock<Arc<Trust>> = LazyLock::new(|| {
        Arc::new(Trust::new(&[certificate("demo-root")], &[certificate("demo-issuing")], &[]).unwrap())
    });
    let (skew, lifetime) = (TimeDelta::minutes(1), TimeDelta::minutes(10));
    Verifier::new(Arc::clone(&TRUST), skew, lifetime, Arc::new(Seen::new(1000)))
}

/// The question, signed.
pub(crate) fn signed() -> String {
    sign(&request())
}

/// A question of one's own, signed.
pub(crate) fn sign(request: &str) -> String {
    signer().sign(request, Style::Request, now()).unwrap()
}

/// What a fresh verifier says of a question.
pub(crate) fn verify(message: &str) -> Result<Facts, Refused> {
    verifier().verify(message, Expects::Request, now()).map(|it| it.facts().clone())
}

/// Why a question is refused.
pub(crate) fn refused(message: &str) -> String {
    verify(message).map(drop).expect_err("the message should be refused").to_string()
}
