//! Keys and certificates: who signs, and who is told to have signed.

use chrono::{DateTime, Utc};

/// A certificate (X.509 version 3) with what is needed of it, read once.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub(crate) der: Vec<u8>,
    pub(crate) subject: Subject,
    pub(crate) not_before: DateTime<Utc>,
    pub(crate) not_after: DateTime<Utc>,
}

/// Whom a certificate is for, read by object identifier: tools print these names in many ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// `CN`
    pub common_name: Option<String>,
    /// `O`
    pub organisation: Option<String>,
    /// The CVR number: of `organizationIdentifier` (`NTRDK-12345678`) in OCES3, of `serialNumber` (`CVR:12345678-FID:…`) in OCES2.
    pub cvr: Option<String>,
    /// `serialNumber` as it stands there: `UI:DK-O:G:…` in OCES3, `CVR:12345678-FID:…` in OCES2.
    pub id: Option<String>,
}

impl Certificate {
    /// Reads one in DER.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let _ = der;
        Err(KeyError::Certificate("not read yet".to_owned()))
    }

    /// Reads every certificate of a PEM file, in its order; at least one.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn from_pem(pem: &[u8]) -> Result<Vec<Self>, KeyError> {
        let _ = pem;
        Err(KeyError::Certificate("not read yet".to_owned()))
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

    /// Whether it has issued itself: a root, or a certificate for trials.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        false
    }

    /// SHA-256 of the DER form, in lower-case hexadecimal.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        String::new()
    }
}

/// A private RSA key of at least 2048 bits with its certificate, and the certificates that issued it where the file had them.
#[derive(Debug)]
pub struct Identity {
    pub(crate) chain: Vec<Certificate>,
}

impl Identity {
    /// Reads a key (PKCS#8 or PKCS#1) and its certificate, then its issuers, from PEM. Both may be in one file.
    ///
    /// # Errors
    /// See [`KeyError`]; also a key that is not the certificate's.
    pub fn from_pem(key: &[u8], certificates: &[u8]) -> Result<Self, KeyError> {
        let _ = (key, certificates);
        Err(KeyError::Key("not read yet".to_owned()))
    }

    /// Reads a PKCS#12 file (`.p12`, `.pfx`).
    ///
    /// # Errors
    /// See [`KeyError`]; also a wrong password, and a file with no key or more than one.
    pub fn from_pkcs12(bytes: &[u8], password: &str) -> Result<Self, KeyError> {
        let _ = (bytes, password);
        Err(KeyError::Key("not read yet".to_owned()))
    }

    /// The certificate of the key.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    /// The key and all certificates as PEM, for TLS libraries. Never to be logged.
    #[must_use]
    pub fn to_pem(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256.
    ///
    /// # Errors
    /// The crypto library fails, which it does not do with a key that it has read.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let _ = message;
        Err(KeyError::Key("not read yet".to_owned()))
    }
}

/// Why a key or a certificate cannot be used: what is wrong, never anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No certificate, one that cannot be read, or one with a key of a kind or size that is not taken.
    #[error("certificate: {0}")]
    Certificate(String),
    /// No key, one that cannot be read, or one of a kind or size that is not taken.
    #[error("key: {0}")]
    Key(String),
    /// A PKCS#12 file that cannot be opened with the password.
    #[error("the password does not open the PKCS#12 file")]
    Password,
}
