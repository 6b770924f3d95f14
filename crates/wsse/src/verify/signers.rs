//! Who has signed: certificates by their texts, read and found trustworthy once rather than for every message.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey},
};
use chrono::{DateTime, Utc};

use super::{
    Refused,
    opening::Opening,
    signature::{Key, base64},
};
use crate::{
    c14n::Digest,
    key::{Certificate, KeyError},
    trust::{Trust, Untrusted},
};

/// Certificates that are kept.
const MOST: usize = 1024;
/// For so many seconds a certificate that was trusted still is, if it is valid.
const AGAIN: i64 = 60;

/// A certificate, and when it was trusted.
#[derive(Debug)]
pub(super) struct Signer {
    pub(super) certificate: Arc<Certificate>,
    /// SHA-256 of it: whose messages are remembered.
    pub(super) thumbprint: Vec<u8>,
    /// In seconds.
    checked: AtomicI64,
    kept: AtomicBool,
}

impl Signer {
    fn new(certificate: Arc<Certificate>) -> Self {
        let thumbprint = digest(&SHA256, certificate.der()).as_ref().to_vec();
        Self { certificate, thumbprint, checked: AtomicI64::new(i64::MIN), kept: AtomicBool::new(false) }
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
        let key = self.certificate.key();
        let other = |algorithm| UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok();
        match method {
            Digest::Sha256 => key.verify_sig(message, signature).is_ok(),
            Digest::Sha384 => other(&RSA_PKCS1_2048_8192_SHA384),
            Digest::Sha512 => other(&RSA_PKCS1_2048_8192_SHA512),
        }
    }
}

/// Whether a certificate is the one that is named. A name proves nothing: whoever is named must be trusted and have signed.
fn is(certificate: &Certificate, key: &Key<'_>) -> bool {
    match key {
        Key::Identifier(identifier) => certificate.key_identifier() == Some(identifier),
        Key::Thumbprint(thumbprint) => certificate.thumbprint_sha1() == *thumbprint,
        Key::Serial { issuer, serial } => certificate.is_named(issuer, serial),
        Key::Direct(_) | Key::Embedded(..) | Key::Certificate(_) => false,
    }
}

/// The certificates that have signed, by their Base64 as it stood in the message.
#[derive(Debug, Default)]
pub(super) struct Signers(RwLock<BTreeMap<String, Arc<Signer>>>);

impl Signers {
    /// Whose key a message names, which may be anybody's.
    pub(super) fn find(&self, opening: &Opening<'_>, known: &[Arc<Certificate>]) -> Result<Arc<Signer>, Refused> {
        const NOT_THERE: Refused = Refused::Wrong("the certificate that the key is named by is not in the message");
        if let Some(text) = text(opening) {
            return self.read(text);
        }
        for token in &opening.security.tokens {
            let signer = self.read(&token.text)?;
            if is(&signer.certificate, &opening.security.signature.key) {
                return Ok(signer);
            }
        }
        let known = known.iter().find(|it| is(it, &opening.security.signature.key)).ok_or(NOT_THERE)?;
        Ok(Arc::new(Signer::new(Arc::clone(known))))
    }

    /// Keeps a certificate that is trusted and has signed this message: nobody else takes up room.
    pub(super) fn keep(&self, opening: &Opening<'_>, signer: &Arc<Signer>) {
        let Some(text) = text(opening).filter(|_| !signer.kept.swap(true, Ordering::Relaxed)) else { return };
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(text.to_owned(), Arc::clone(signer));
    }

    fn kept(&self, text: &str) -> Option<Arc<Signer>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(text).cloned()
    }

    fn read(&self, text: &str) -> Result<Arc<Signer>, Refused> {
        if let Some(signer) = self.kept(text) {
            return Ok(signer);
        }
        let certificate = Certificate::from_der(&base64(text)?).map_err(|why| match why {
            KeyError::Kind(_) => Refused::Untrusted(Untrusted::Kind),
            _ => Refused::Wrong("the certificate cannot be read"),
        })?;
        Ok(Arc::new(Signer::new(Arc::new(certificate))))
    }
}

/// The certificate that the key is named by, in Base64, where it is named by its place.
fn text<'o>(opening: &'o Opening<'_>) -> Option<&'o str> {
    match &opening.security.signature.key {
        Key::Direct(id) => {
            opening.security.tokens.iter().find(|it| it.id.as_ref() == Some(id)).map(|it| it.text.as_ref())
        }
        Key::Embedded(token, _) => Some(&token.text),
        Key::Certificate(text) => Some(text),
        Key::Identifier(_) | Key::Thumbprint(_) | Key::Serial { .. } => None,
    }
}
