//! What a `ds:Signature` says, as far as it keeps to the profile.

use std::borrow::Cow;

use super::{Refused, reader::Reader};
use crate::{
    c14n::{Digest, Exclusive, Scope},
    names::{
        BASE64, DS, EXCLUSIVE, EXCLUSIVE_WITH_COMMENTS, KEY_IDENTIFIER, RSA_SHA256, RSA_SHA384, RSA_SHA512, THUMBPRINT,
        WSSE, X509,
    },
};

type Result<T> = std::result::Result<T, Refused>;

/// References of one signature.
const MOST_REFERENCES: usize = 64;
/// Prefixes of one `PrefixList`.
const MOST_PREFIXES: usize = 16;

#[derive(Debug)]
pub(super) struct Signature<'a> {
    /// What is declared around `SignedInfo`.
    pub(super) scope: Scope,
    /// Where `SignedInfo` begins.
    pub(super) signed: usize,
    pub(super) how: Exclusive,
    /// With which digest RSA signs.
    pub(super) method: Digest,
    pub(super) references: Vec<Reference<'a>>,
    pub(super) value: Vec<u8>,
    pub(super) key: Key<'a>,
}

/// A part that is signed.
#[derive(Debug)]
pub(super) struct Reference<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) how: Exclusive,
    pub(super) digest: Digest,
    /// The digest in Base64.
    pub(super) value: Cow<'a, str>,
}

/// A certificate in the message.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) start: usize,
    /// Base64.
    pub(super) text: Cow<'a, str>,
}

/// How the certificate of the key is named.
#[derive(Debug)]
pub(super) enum Key<'a> {
    /// The token with this Id, in the security header.
    Direct(Cow<'a, str>),
    /// The token stands here, in the scope.
    Embedded(Token<'a>, Scope),
    /// The certificate stands here.
    Certificate(Cow<'a, str>),
    /// The identifier of the key.
    Identifier(Vec<u8>),
    /// SHA-1 of the certificate.
    Thumbprint(Vec<u8>),
    /// The name of the issuer and the serial number, decimal.
    Serial { issuer: Cow<'a, str>, serial: Cow<'a, str> },
}

/// Reads the signature that the reader has entered, to its end.
pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Result<Signature<'a>> {
    let scope = reader.scope().clone();
    expect(reader, "SignedInfo", "a signature without SignedInfo")?;
    let signed = reader.start();
    expect(reader, "CanonicalizationMethod", "a signature without CanonicalizationMethod")?;
    let how = canonical(reader)?;
    expect(reader, "SignatureMethod", "a signature without SignatureMethod")?;
    let method = match reader.attribute("", "Algorithm").as_deref() {
        Some(RSA_SHA256) => Digest::Sha256,
        Some(RSA_SHA384) => Digest::Sha384,
        Some(RSA_SHA512) => Digest::Sha512,
        _ => return Err(Refused::Wrong("a signature method that is not taken; rsa-sha256 is")),
    };
    blank(reader)?;
    let mut references = Vec::with_capacity(8);
    while reader.child()? {
        if !reader.is(DS, "Reference") {
            return Err(Refused::Wrong("something in SignedInfo that is no reference"));
        }
        if references.len() == MOST_REFERENCES {
            return Err(Refused::Wrong("more than 64 references"));
        }
        references.push(reference(reader)?);
    }
    expect(reader, "SignatureValue", "a signature without SignatureValue")?;
    let value = base64(&leaf(reader)?)?;
    expect(reader, "KeyInfo", "a signature without KeyInfo")?;
    let key = key(reader)?;
    if reader.child()? {
        return Err(Refused::Wrong("something in the signature behind KeyInfo"));
    }
    Ok(Signature { scope, signed, how, method, references, value, key })
}

fn expect(reader: &mut Reader<'_>, local: &str, otherwise: &'static str) -> Result<()> {
    if reader.child()? && reader.is(DS, local) { Ok(()) } else { Err(Refused::Wrong(otherwise)) }
}

/// The text of an element that may have no elements.
pub(crate) fn leaf<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>> {
    reader.text()?.ok_or(Refused::Wrong("an element where only text may stand"))
}

fn blank(reader: &mut Reader<'_>) -> Result<()> {
    if leaf(reader)?.trim().is_empty() { Ok(()) } else { Err(Refused::Wrong("text where none may stand")) }
}

/// A method of canonicalisation, with its prefixes, to its end.
fn canonical(reader: &mut Reader<'_>) -> Result<Exclusive> {
    let comments = match reader.attribute("", "Algorithm").as_deref() {
        Some(EXCLUSIVE) => false,
        Some(EXCLUSIVE_WITH_COMMENTS) => true,
        _ => {
            return Err(Refused::Wrong(
                "a canonicalisation or transform that is not taken; exclusive canonicalisation is",
            ));
        }
    };
    let mut how = Exclusive { inclusive: Vec::new(), comments };
    let mut listed = false;
    while reader.child()? {
        if !reader.is(EXCLUSIVE, "InclusiveNamespaces") || std::mem::replace(&mut listed, true) {
            return Err(Refused::Wrong("something in a canonicalisation that is no list of prefixes"));
        }
        let list = reader.attribute("", "PrefixList").unwrap_or_default();
        let prefixes = list.split_ascii_whitespace().take(MOST_PREFIXES + 1).map(str::to_owned);
        how.inclusive = prefixes.collect();
        if how.inclusive.len() > MOST_PREFIXES {
            return Err(Refused::Wrong("more than 16 prefixes in a PrefixList"));
        }
        blank(reader)?;
    }
    Ok(how)
}

fn reference<'a>(reader: &mut Reader<'a>) -> Result<Reference<'a>> {
    let uri = reader.attribute("", "URI");
    let uri = uri.ok_or(Refused::Wrong("a reference without URI"))?;
    let id = match uri {
        Cow::Borrowed(it) => it.strip_prefix('#').map(Cow::Borrowed),
        Cow::Owned(it) => it.strip_prefix('#').map(|it| Cow::Owned(it.to_owned())),
    };
    let id = id.filter(|it| !it.is_empty());
    let id = id.ok_or(Refused::Wrong("a reference to something outside the message, or to all of it"))?;
    expect(reader, "Transforms", "a reference without transforms")?;
    expect(reader, "Transform", "a reference without a transform")?;
    let mut how = canonical(reader)?;
    // A reference by Id is to an element without the comments in it (XML Signature, 4.4.3.3).
    how.comments = false;
    if reader.child()? {
        return Err(Refused::Wrong("a reference with more than one transform"));
    }
    expect(reader, "DigestMethod", "a reference without DigestMethod")?;
    let digest = reader.attribute("", "Algorithm").as_deref().and_then(Digest::named);
    let digest = digest.ok_or(Refused::Wrong("a digest that is not taken; SHA-256 is"))?;
    blank(reader)?;
    expect(reader, "DigestValue", "a reference without DigestValue")?;
    let value = leaf(reader)?;
    if reader.child()? {
        return Err(Refused::Wrong("something in a reference behind DigestValue"));
    }
    Ok(Reference { id, how, digest, value })
}

/// The content of `KeyInfo`: one reference to a token.
fn key<'a>(reader: &mut Reader<'a>) -> Result<Key<'a>> {
    const NOT_TAKEN: Refused = Refused::Wrong("a key that is not named in a way that is taken");
    if !reader.child()? || !reader.is(WSSE, "SecurityTokenReference") {
        return Err(NOT_TAKEN);
    }
    if !reader.child()? {
        return Err(NOT_TAKEN);
    }
    let key = match reader.name() {
        (WSSE, "Reference") => {
            let uri = reader.attribute("", "URI").unwrap_or_default();
            blank(reader)?;
            Key::Direct(uri.strip_prefix('#').ok_or(NOT_TAKEN)?.to_owned().into())
        }
        (WSSE, "Embedded") => {
            let scope = reader.scope().clone();
            if !reader.child()? || !reader.is(WSSE, "BinarySecurityToken") {
                return Err(NOT_TAKEN);
            }
            let token = token(reader)?.ok_or(NOT_TAKEN)?;
            if reader.child()? {
                return Err(NOT_TAKEN);
            }
            Key::Embedded(token, scope)
        }
        (WSSE, "KeyIdentifier") => {
            let kind = reader.attribute("", "ValueType").unwrap_or_default();
            let text = leaf(reader)?;
            match &*kind {
                X509 => Key::Certificate(text),
                KEY_IDENTIFIER => Key::Identifier(base64(&text)?),
                THUMBPRINT => Key::Thumbprint(base64(&text)?),
                _ => return Err(NOT_TAKEN),
            }
        }
        (DS, "X509Data") => serial(reader)?.ok_or(NOT_TAKEN)?,
        _ => return Err(NOT_TAKEN),
    };
    // Neither the token reference nor KeyInfo holds anything else.
    if reader.child()? || reader.child()? {
        return Err(NOT_TAKEN);
    }
    Ok(key)
}

/// `X509Data/X509IssuerSerial`, to the end of `X509Data`.
fn serial<'a>(reader: &mut Reader<'a>) -> Result<Option<Key<'a>>> {
    if !reader.child()? || !reader.is(DS, "X509IssuerSerial") || !reader.child()? || !reader.is(DS, "X509IssuerName") {
        return Ok(None);
    }
    let issuer = leaf(reader)?;
    if !reader.child()? || !reader.is(DS, "X509SerialNumber") {
        return Ok(None);
    }
    let serial = leaf(reader)?;
    Ok((!reader.child()? && !reader.child()?).then_some(Key::Serial { issuer, serial }))
}

/// The token that the reader has entered, to its end; `None` where it is no certificate.
pub(super) fn token<'a>(reader: &mut Reader<'a>) -> Result<Option<Token<'a>>> {
    let is_certificate = reader.attribute("", "ValueType").is_none_or(|it| it == X509);
    let is_base64 = reader.attribute("", "EncodingType").is_none_or(|it| it == BASE64);
    let (id, start) = (reader.id(), reader.start());
    let text = leaf(reader)?;
    Ok((is_certificate && is_base64).then_some(Token { id, start, text }))
}

/// Base64, with or without line breaks.
pub(super) fn base64(text: &str) -> Result<Vec<u8>> {
    let decoded = data_encoding::BASE64.decode(text.as_bytes());
    let decoded = decoded.or_else(|_| data_encoding::BASE64.decode(without_blanks(text).as_bytes()));
    decoded.map_err(|_| Refused::Wrong("text that should be Base64"))
}

/// Tools break the lines of Base64.
fn without_blanks(text: &str) -> String {
    text.split_ascii_whitespace().collect()
}

impl Reference<'_> {
    /// Whether this is the digest that was signed.
    pub(super) fn is(&self, digest: &aws_lc_rs::digest::Digest) -> bool {
        is_encoded(digest, &self.value)
    }
}

/// Whether the text is the digest in Base64.
pub(super) fn is_encoded(digest: &aws_lc_rs::digest::Digest, text: &str) -> bool {
    let mut encoded = [0; 88];
    let length = data_encoding::BASE64.encode_len(digest.as_ref().len());
    data_encoding::BASE64.encode_mut(digest.as_ref(), &mut encoded[..length]);
    &encoded[..length] == text.as_bytes() || &encoded[..length] == without_blanks(text).as_bytes()
}
