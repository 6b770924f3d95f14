//! Who has signed: certificates by their texts, read and found trustworthy once rather than for every message.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
};
use chrono::{DateTime, Utc};
use x509_parser::{extensions::ParsedExtension, prelude::FromDer};

use super::{Refused, opening::Opening, signature::{Key, base64}};
use crate::{
    c14n::Digest,
    key::Certificate,
    trust::{Trust, Untrusted},
};

/// Certificates that are kept.
const MOST: usize = 1024;
/// For so many seconds a certificate that was trusted still is, if it is valid.
const AGAIN: i64 = 60;

/// A certificate with its key.
#[derive(Debug)]
pub(super) struct Signer {
    pub(super) certificate: Arc<Certificate>,
    /// `RSAPublicKey`
    key: Vec<u8>,
    parsed: ParsedPublicKey,
    serial: String,
    identifier: Option<Vec<u8>>,
    /// When it was trusted last, in seconds.
    checked: AtomicI64,
}

impl Signer {
    fn of(certificate: Certificate) -> Result<Self, Refused> {
        const UNREADABLE: Refused = Refused::Wrong("the certificate cannot be read");
        let (_, read) = x509_parser::certificate::X509Certificate::from_der(certificate.der()).map_err(|_| UNREADABLE)?;
        let key = read.tbs_certificate.subject_pki.subject_public_key.data.to_vec();
        let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key);
        let parsed = parsed.map_err(|_| Refused::Untrusted(Untrusted::Kind))?;
        let identifier = read.extensions().iter().find_map(|it| match it.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
            _ => None,
        });
        let serial = read.tbs_certificate.serial.to_string();
        Ok(Self { key, parsed, serial, identifier, checked: AtomicI64::new(i64::MIN), certificate: Arc::new(certificate) })
    }

    /// Whether the certificate is the one that is named.
    fn is(&self, key: &Key<'_>) -> bool {
        match key {
            Key::Identifier(identifier) => self.identifier.as_ref() == Some(identifier),
            Key::Thumbprint(thumbprint) => {
                let sha1 = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
                aws_lc_rs::digest::digest(sha1, self.certificate.der()).as_ref() == thumbprint
            }
            Key::Serial(serial) => self.serial == *serial,
            Key::Direct(_) | Key::Embedded(..) | Key::Certificate(_) => false,
        }
    }

    /// Whether the certificate may sign now. Asked again now and then: lists and the certificates of issuers expire too.
    pub(super) fn check(&self, trust: &Trust, now: DateTime<Utc>) -> Result<(), Untrusted> {
        let since = now.timestamp().checked_sub(self.checked.load(Ordering::Relaxed));
        let fresh = since.is_some_and(|it| (0..AGAIN).contains(&it));
        if fresh && (self.certificate.not_before()..=self.certificate.not_after()).contains(&now) {
            return Ok(());
        }
        trust.check(&self.certificate, now)?;
        self.checked.store(now.timestamp(), Ordering::Relaxed);
        Ok(())
    }

    /// Whether the message has this signature.
    pub(super) fn has_signed(&self, method: Digest, message: &[u8], signature: &[u8]) -> bool {
        let other = |algorithm| UnparsedPublicKey::new(algorithm, &self.key).verify(message, signature).is_ok();
        match method {
            Digest::Sha256 => self.parsed.verify_sig(message, signature).is_ok(),
            Digest::Sha384 => other(&RSA_PKCS1_2048_8192_SHA384),
            Digest::Sha512 => other(&RSA_PKCS1_2048_8192_SHA512),
        }
    }
}

/// The certificates that have signed, by their Base64 as it stood in the message.
#[derive(Debug, Default)]
pub(super) struct Signers(RwLock<BTreeMap<String, Arc<Signer>>>);

impl Signers {
    /// Whose key a message names, which may be anybody's.
    pub(super) fn find(&self, opening: &Opening<'_>, known: &[Certificate]) -> Result<Arc<Signer>, Refused> {
        const NOT_THERE: Refused = Refused::Wrong("the certificate that the key is named by is not in the message");
        let tokens = &opening.security.tokens;
        match &opening.security.signature.key {
            Key::Direct(id) => {
                let token = tokens.iter().find(|it| it.id.as_ref() == Some(id)).ok_or(NOT_THERE)?;
                self.read(&token.text)
            }
            Key::Embedded(token, _) => self.read(&token.text),
            Key::Certificate(text) => self.read(text),
            key => {
                for token in tokens {
                    let signer = self.read(&token.text)?;
                    if signer.is(key) {
                        return Ok(signer);
                    }
                }
                for certificate in known {
                    let signer = Signer::of(certificate.clone())?;
                    if signer.is(key) {
                        return Ok(Arc::new(signer));
                    }
                }
                Err(NOT_THERE)
            }
        }
    }

    /// Keeps a certificate that is trusted and has signed: nobody else takes up room. `opening` is the message that it signed.
    pub(super) fn keep(&self, opening: &Opening<'_>, signer: &Arc<Signer>) {
        let text = match &opening.security.signature.key {
            Key::Direct(id) => opening.security.tokens.iter().find(|it| it.id.as_ref() == Some(id)).map(|it| &it.text),
            Key::Embedded(token, _) => Some(&token.text),
            Key::Certificate(text) => Some(text),
            Key::Identifier(_) | Key::Thumbprint(_) | Key::Serial(_) => None,
        };
        let Some(text) = text.filter(|it| !self.knows(it)) else { return };
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(text.clone().into_owned(), Arc::clone(signer));
    }

    fn knows(&self, text: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(text)
    }

    fn read(&self, text: &str) -> Result<Arc<Signer>, Refused> {
        if let Some(signer) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(text) {
            return Ok(Arc::clone(signer));
        }
        let certificate = Certificate::from_der(&base64(text)?);
        let certificate = certificate.map_err(|_| Refused::Wrong("the certificate cannot be read, or is of a kind that is not taken"))?;
        Ok(Arc::new(Signer::of(certificate)?))
    }
}
