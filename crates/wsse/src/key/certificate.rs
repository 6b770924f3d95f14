//! Certificates: X.509 version 3 with an RSA key, read once.

use std::fmt;

use aws_lc_rs::{
    digest,
    signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256},
};
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use x509_parser::{
    certificate::X509Certificate,
    oid_registry::{
        OID_PKCS1_RSAENCRYPTION, OID_X509_COMMON_NAME, OID_X509_ORGANIZATION_NAME, OID_X509_SERIALNUMBER, Oid,
    },
    prelude::{FromDer, ParsedExtension},
    public_key::{PublicKey, RSAPublicKey},
    time::ASN1Time,
    x509::X509Name,
};

use super::{KeyError, pem, wrong_size};

/// The largest certificate that is read, in bytes: real ones have two thousand.
pub const MOST_BYTES: usize = 16 * 1024;

/// `organizationIdentifier`, where OCES3 has the CVR number: 2.5.4.97.
const ORGANISATION_IDENTIFIER: &[u64] = &[2, 5, 4, 97];

/// A certificate (X.509 version 3) with what is needed of it, read once.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    subject: Subject,
    names: Names,
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
    signs: bool,
    key_identifier: Option<Vec<u8>>,
    key: ParsedPublicKey,
    public_key: Vec<u8>,
}

/// Whom a certificate is for, read by object identifier: tools print these names in many ways. What stands there twice is taken
/// as not told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// `CN`. In an employee's certificate it is a person's name.
    pub common_name: Option<String>,
    /// `O`
    pub organisation: Option<String>,
    /// The CVR number: of `organizationIdentifier` (`NTRDK-12345678`) in OCES3, of `serialNumber` (`CVR:12345678-FID:…`) in OCES2.
    pub cvr: Option<String>,
    /// `serialNumber` as it stands there: `UI:DK-O:G:…` in OCES3, `CVR:12345678-FID:…` in OCES2.
    pub id: Option<String>,
}

/// The two names and the number by which certificates speak of each other.
#[derive(Clone)]
struct Names {
    subject: Vec<u8>,
    issuer: Vec<u8>,
    issuer_parts: Vec<String>,
    serial: String,
}

impl Certificate {
    /// Reads one in DER.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        if der.len() > MOST_BYTES {
            return Err(unreadable("it is larger than 16 KB"));
        }
        let Ok((rest, parsed)) = X509Certificate::from_der(der) else {
            return Err(unreadable("it cannot be read as X.509"));
        };
        if !rest.is_empty() {
            return Err(unreadable("something follows it"));
        }
        let public_key = public_key(&parsed)?;
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public_key)
            .map_err(|_| KeyError::Kind("its RSA key is of a form that is not taken".to_owned()))?;
        Ok(Self {
            der: der.to_vec(),
            subject: Subject::read(parsed.subject()),
            names: Names::read(&parsed),
            not_before: time(parsed.validity().not_before)?,
            not_after: time(parsed.validity().not_after)?,
            signs: signs(&parsed)?,
            key_identifier: key_identifier(&parsed),
            key,
            public_key,
        })
    }

    /// Reads every certificate of a PEM file, in its order; at least one.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_pem(pem: &[u8]) -> Result<Vec<Self>, KeyError> {
        let ders = pem::certificates(pem)?;
        if ders.is_empty() {
            return Err(unreadable("there is none in the PEM file"));
        }
        ders.iter().map(|der| Self::from_der(der)).collect()
    }

    /// Reads a file that is one certificate in DER or any number in PEM.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_file(file: &[u8]) -> Result<Vec<Self>, KeyError> {
        if pem::is_der(file) { Ok(vec![Self::from_der(file)?]) } else { Self::from_pem(file) }
    }

    /// As it was issued.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whom it is for.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// From when it is valid.
    #[must_use]
    pub fn not_before(&self) -> DateTime<Utc> {
        self.not_before
    }

    /// Until when it is valid.
    #[must_use]
    pub fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    /// SHA-256 of the DER form, in lower-case hexadecimal.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        HEXLOWER.encode(digest::digest(&digest::SHA256, &self.der).as_ref())
    }

    /// SHA-1 of the DER form, 20 bytes: the `ThumbprintSHA1` by which a message may name a certificate. It names, it proves
    /// nothing.
    #[must_use]
    pub fn thumbprint_sha1(&self) -> Vec<u8> {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    /// The `SubjectKeyIdentifier` by which a message may name a certificate, where it has one.
    #[must_use]
    pub fn key_identifier(&self) -> Option<&[u8]> {
        self.key_identifier.as_deref()
    }

    /// The serial number that the issuer gave it, as a decimal number.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.names.serial
    }

    /// Whether an `X509IssuerSerial` names this certificate: the issuer in the form of RFC 2253 or near it, and the serial number
    /// in decimals. Attribute names and their order are not compared, because tools differ in both; whoever is named still has
    /// to be trusted and to have signed.
    #[must_use]
    pub fn is_named(&self, issuer: &str, serial: &str) -> bool {
        serial.trim() == self.names.serial && values(issuer) == self.names.issuer_parts
    }

    /// Whether a signature (RSASSA-PKCS1-v1_5, SHA-256) over a message was made with its key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }

    /// Its public key, prepared for RSASSA-PKCS1-v1_5 with SHA-256.
    #[must_use]
    pub fn key(&self) -> &ParsedPublicKey {
        &self.key
    }

    /// The public key as PKCS#1 writes it.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Whether it may sign messages, by its key usage.
    pub(crate) fn signs(&self) -> bool {
        self.signs
    }

    /// Whether the other certificate bears the name of this one's issuer.
    pub(super) fn names_as_issuer(&self, other: &Self) -> bool {
        self.names.issuer == other.names.subject
    }

    /// Whether it bears the name of its own issuer: a root, or a certificate for trials.
    #[must_use]
    pub fn is_its_own_issuer(&self) -> bool {
        self.names.issuer == self.names.subject
    }
}

/// Names no person: an employee's certificate has one in its subject.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("thumbprint", &self.thumbprint()).finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl Subject {
    fn read(name: &X509Name<'_>) -> Self {
        let id = only(name, &OID_X509_SERIALNUMBER);
        let organisation_identifier = Oid::from(ORGANISATION_IDENTIFIER).ok().and_then(|oid| only(name, &oid));
        let new = organisation_identifier.as_deref().and_then(|it| it.strip_prefix("NTRDK-")).filter(|it| is_cvr(it));
        let old = id.as_deref().and_then(cvr_of_oces2);
        Self {
            common_name: only(name, &OID_X509_COMMON_NAME),
            organisation: only(name, &OID_X509_ORGANIZATION_NAME),
            cvr: new.or(old).map(str::to_owned),
            id,
        }
    }
}

impl Names {
    fn read(parsed: &X509Certificate<'_>) -> Self {
        let issuer = parsed.issuer();
        let mut issuer_parts: Vec<_> =
            issuer.iter_attributes().filter_map(|it| it.as_str().ok()).map(|it| it.trim().to_owned()).collect();
        issuer_parts.sort_unstable();
        Self {
            subject: parsed.subject().as_raw().to_vec(),
            issuer: issuer.as_raw().to_vec(),
            issuer_parts,
            serial: parsed.tbs_certificate.serial.to_string(),
        }
    }
}

/// The value of an attribute that is there once.
fn only(name: &X509Name<'_>, oid: &Oid<'_>) -> Option<String> {
    let mut values = name.iter_by_oid(oid);
    let first = values.next()?;
    if values.next().is_some() {
        return None;
    }
    first.as_str().ok().map(str::to_owned)
}

/// `CVR:12345678-FID:…`, `-UID:…` (a company) or `-RID:…` (an employee).
fn cvr_of_oces2(id: &str) -> Option<&str> {
    let (cvr, rest) = id.strip_prefix("CVR:")?.split_once('-')?;
    let known = ["FID:", "UID:", "RID:"].iter().any(|kind| rest.starts_with(kind));
    (known && is_cvr(cvr)).then_some(cvr)
}

fn is_cvr(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|it| it.is_ascii_digit())
}

/// The values of a name in text, sorted. A backslash takes the meaning from the character behind it.
fn values(name: &str) -> Vec<String> {
    let (mut values, mut value, mut escaped, mut quoted) = (Vec::new(), String::new(), false, false);
    for letter in name.chars() {
        match letter {
            _ if escaped => {
                value.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | '+' | ';' if !quoted => values.push(std::mem::take(&mut value)),
            _ => value.push(letter),
        }
    }
    values.push(value);
    let mut values: Vec<_> =
        values.iter().filter_map(|it| it.split_once('=')).map(|(_, value)| value.trim().to_owned()).collect();
    values.sort_unstable();
    values
}

fn public_key(parsed: &X509Certificate<'_>) -> Result<Vec<u8>, KeyError> {
    let key = parsed.public_key();
    if key.algorithm.algorithm != OID_PKCS1_RSAENCRYPTION {
        return Err(KeyError::Kind("its key is not an RSA key".to_owned()));
    }
    let Ok(PublicKey::RSA(rsa)) = key.parsed() else {
        return Err(unreadable("its RSA key cannot be read"));
    };
    match wrong_size(bits(&rsa)) {
        Some(what) => Err(KeyError::Kind(what)),
        None => Ok(key.subject_public_key.data.to_vec()),
    }
}

fn bits(key: &RSAPublicKey<'_>) -> usize {
    let zeros = key.modulus.iter().take_while(|it| **it == 0).count();
    let modulus = &key.modulus[zeros..];
    modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize)
}

/// By RFC 5280 a certificate that tells no usage is for every usage. Of the extended ones only those are told apart that are
/// plainly for something else, such as web servers alone: which of them the authorities write is theirs to choose.
fn signs(parsed: &X509Certificate<'_>) -> Result<bool, KeyError> {
    let twice = |_| unreadable("it tells its usage twice");
    let plain = parsed.key_usage().map_err(twice)?;
    let extended = parsed.extended_key_usage().map_err(twice)?;
    let plain = plain.is_none_or(|it| it.value.digital_signature() || it.value.non_repudiation());
    let extended = extended.is_none_or(|it| {
        let usage = it.value;
        usage.any || usage.client_auth || usage.email_protection || !usage.other.is_empty()
    });
    Ok(plain && extended)
}

fn key_identifier(parsed: &X509Certificate<'_>) -> Option<Vec<u8>> {
    parsed.extensions().iter().find_map(|it| match it.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
        _ => None,
    })
}

fn time(time: ASN1Time) -> Result<DateTime<Utc>, KeyError> {
    DateTime::from_timestamp(time.timestamp(), 0).ok_or_else(|| unreadable("its time cannot be read"))
}

fn unreadable(what: &str) -> KeyError {
    KeyError::Certificate(what.to_owned())
}
