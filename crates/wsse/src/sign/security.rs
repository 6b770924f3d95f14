//! The security header as it is written.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use data_encoding::BASE64;

use super::{
    SignError, Style, digest, exclusive,
    parts::{Ids, Parts},
};
use crate::{
    c14n::{Exclusive, Scope},
    key::Certificate,
    names::{self, DS, EXCLUSIVE, RSA_SHA256, SHA256, SOAP11, WSSE, WSU, X509},
};

/// How long what is sent is valid.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// A reference: its place, the Id, the digest, the canonical form.
pub(super) type Reference = (usize, String, String, Exclusive);

/// A security header whose signature is still to be made.
#[derive(Debug)]
pub(super) struct Security {
    /// Its start tag, the token and the timestamp.
    start: String,
    token: String,
    timestamp: String,
    token_id: String,
    timestamp_id: String,
    signature_id: String,
    /// The prefix of the SOAP namespace in it.
    soap: String,
    /// What is declared around the token and the timestamp, and around `SignedInfo`.
    inner: Scope,
    pub(super) scope: Scope,
}

impl Security {
    pub(super) fn new(
        parts: &Parts,
        style: Style,
        ids: &Ids,
        certificate: &Certificate,
        now: DateTime<Utc>,
    ) -> Result<Self, SignError> {
        let (token_id, timestamp_id, signature_id) = (ids.id("X509"), ids.id("TS"), ids.id("SIG"));
        let soap = parts.soap.clone().unwrap_or_else(|| "soap".to_owned());
        let mut inner = parts.scope.clone();
        inner.declare(0, "wsse", WSSE)?;
        inner.declare(0, "wsu", WSU)?;
        let mut start = format!("<wsse:Security xmlns:wsse=\"{WSSE}\" xmlns:wsu=\"{WSU}\"");
        if parts.soap.is_none() {
            inner.declare(0, &soap, parts.uri)?;
            start.extend([" xmlns:", &soap, "=\"", parts.uri, "\""]);
        }
        // SOAP 1.1 knows no other way to say it.
        let must = if style == Style::Request || parts.uri == SOAP11 { "1" } else { "true" };
        start.extend([" ", &soap, ":mustUnderstand=\"", must, "\">"]);
        let encoding = names::BASE64;
        let token = format!(
            "<wsse:BinarySecurityToken EncodingType=\"{encoding}\" ValueType=\"{X509}\" wsu:Id=\"{token_id}\">{}\
             </wsse:BinarySecurityToken>",
            BASE64.encode(certificate.der()),
        );
        let timestamp = format!(
            "<wsu:Timestamp wsu:Id=\"{timestamp_id}\"><wsu:Created>{}</wsu:Created><wsu:Expires>{}</wsu:Expires>\
             </wsu:Timestamp>",
            instant(now),
            instant(now + LIFETIME),
        );
        let mut scope = inner.clone();
        scope.declare(0, "ds", DS)?;
        Ok(Self { start, token, timestamp, token_id, timestamp_id, signature_id, soap, inner, scope })
    }

    /// The canonical form of `SignedInfo`.
    pub(super) fn how(&self, style: Style) -> Exclusive {
        exclusive(self.prefixes(style))
    }

    fn prefixes(&self, style: Style) -> Vec<String> {
        if style == Style::Response { vec![self.soap.clone()] } else { Vec::new() }
    }

    /// Adds the references to what is in the header itself.
    pub(super) fn refer(&self, references: &mut Vec<Reference>, style: Style) -> Result<(), SignError> {
        let mut prefixes = self.prefixes(style);
        let how = exclusive(prefixes.clone());
        references.push((6, self.token_id.clone(), digest(&how, &self.inner, &self.token)?, how));
        if style == Style::Response {
            prefixes.insert(0, "wsse".to_owned());
        }
        let how = exclusive(prefixes);
        let order = if style == Style::Request { 1 } else { 0 };
        references.push((order, self.timestamp_id.clone(), digest(&how, &self.inner, &self.timestamp)?, how));
        Ok(())
    }

    /// `SignedInfo`, as it is written.
    pub(super) fn signed_info(&self, references: &[Reference], style: Style) -> String {
        let mut text = String::with_capacity(4096);
        text.push_str("<ds:SignedInfo>");
        method(&mut text, "CanonicalizationMethod", &self.how(style));
        text.extend(["<ds:SignatureMethod Algorithm=\"", RSA_SHA256, "\"/>"]);
        for (_, id, digest, how) in references {
            text.extend(["<ds:Reference URI=\"#", id, "\"><ds:Transforms>"]);
            method(&mut text, "Transform", how);
            text.extend(["</ds:Transforms><ds:DigestMethod Algorithm=\"", SHA256, "\"/><ds:DigestValue>", digest]);
            text.push_str("</ds:DigestValue></ds:Reference>");
        }
        text.push_str("</ds:SignedInfo>");
        text
    }

    /// The envelope with the header in front of `end`, which is the end of its header.
    pub(super) fn into_text(self, envelope: &str, end: usize, signed_info: &str, signature: &str) -> String {
        let mut text = envelope[..end].to_owned();
        text.reserve(envelope.len() - end + signed_info.len() + signature.len() + self.token.len() + 2048);
        text.extend([&*self.start, &self.token, &self.timestamp]);
        text.extend(["<ds:Signature xmlns:ds=\"", DS, "\" Id=\"", &self.signature_id, "\">", signed_info]);
        text.extend([
            "<ds:SignatureValue>",
            signature,
            "</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference>",
        ]);
        text.extend(["<wsse:Reference URI=\"#", &self.token_id, "\" ValueType=\"", X509, "\"/>"]);
        text.push_str("</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>");
        text.push_str(&envelope[end..]);
        text
    }
}

/// An element that says which canonical form.
fn method(text: &mut String, name: &str, how: &Exclusive) {
    text.extend(["<ds:", name, " Algorithm=\"", EXCLUSIVE, "\""]);
    if how.inclusive.is_empty() {
        text.push_str("/>");
        return;
    }
    let list = how.inclusive.join(" ");
    text.extend(["><ec:InclusiveNamespaces xmlns:ec=\"", EXCLUSIVE, "\" PrefixList=\"", &list, "\"/></ds:", name, ">"]);
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
