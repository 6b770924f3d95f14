//! Which certificates are trusted: those that lead to a configured anchor, in their time, for signing, and not revoked.

use chrono::{DateTime, Utc};

use crate::key::{Certificate, KeyError};

/// The anchors, the issuers between, and the revocation lists. Nothing is ever fetched.
#[derive(Debug, Default)]
pub struct Trust {}

impl Trust {
    /// From certificates and revocation lists (each in PEM or DER).
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn new(anchors: &[Certificate], intermediates: &[Certificate], lists: &[Vec<u8>]) -> Result<Self, KeyError> {
        let _ = (anchors, intermediates, lists);
        Ok(Self {})
    }

    /// Whether a certificate may sign messages at this time.
    ///
    /// # Errors
    /// See [`Untrusted`].
    pub fn check(&self, certificate: &Certificate, at: DateTime<Utc>) -> Result<(), Untrusted> {
        let _ = (certificate, at);
        Err(Untrusted::Issuer)
    }
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// Nobody trusted has issued it.
    #[error("the certificate leads to no trusted issuer")]
    Issuer,
    /// Its time has not come.
    #[error("the certificate is not valid yet")]
    Early,
    /// Its time is over, or that of an issuer.
    #[error("the certificate has expired")]
    Expired,
    /// It has been revoked.
    #[error("the certificate has been revoked")]
    Revoked,
    /// It is not for signing messages.
    #[error("the certificate is not for signing")]
    Usage,
    /// Its key or signature is of a kind that is not taken: RSA under 2048 bits, SHA-1.
    #[error("the certificate is of a kind that is not taken")]
    Kind,
}
