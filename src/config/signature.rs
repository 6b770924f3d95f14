//! `[face.unilogin.signature]`: whose signatures are taken, and with what answers are signed.

use std::{fs, path::Path, sync::Arc};

use chrono::TimeDelta;
use serde::Deserialize;
use wsse::{
    key::{Certificate, Identity},
    replay::Seen,
    sign::Signer,
    trust::Trust,
    verify::Verifier,
};

use super::SecretText;
use crate::caller::CertificateName;

/// Signatures of BPI messages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signature {
    /// PEM files with the certificates that are trusted: roots, and the issuers between. Without any nobody's signature is.
    pub trust: Vec<String>,
    /// Files with revocation lists, PEM or DER. They are read when the program starts; nothing is fetched.
    pub revocation: Vec<String>,
    /// Go on with a revocation list when a newer one should have come. Without this nobody whom it could name is trusted then.
    pub old_lists: bool,
    /// A PEM file with the certificate that answers are signed with, then its issuers.
    pub certificate: Option<String>,
    /// A PEM file with its key.
    pub key: Option<String>,
    /// Instead of the two: a PKCS#12 file.
    pub pkcs12: Option<String>,
    /// Its password.
    pub password: Option<SecretText>,
    /// Seconds that a sender's clock may be from ours.
    pub skew_seconds: u32,
    /// Seconds that a message may be valid by its timestamp.
    pub lifetime_seconds: u32,
    /// Messages that are remembered, so that none is taken twice.
    pub remembered: usize,
}

impl Default for Signature {
    fn default() -> Self {
        Self {
            trust: Vec::new(),
            revocation: Vec::new(),
            old_lists: false,
            certificate: None,
            key: None,
            pkcs12: None,
            password: None,
            skew_seconds: 60,
            lifetime_seconds: 600,
            remembered: 100_000,
        }
    }
}

impl Signature {
    /// Who verifies messages. Where no certificate is trusted no signature is, unless signatures are `optional`: then nobody
    /// looks at them.
    ///
    /// # Errors
    /// A file that cannot be read, or is not what it must be.
    pub fn verifier(&self, optional: bool) -> Result<Option<Verifier>, String> {
        let trust = match self.trust.as_slice() {
            [] if optional => return Ok(None),
            [] => Trust::default(),
            files => trust(files, &self.revocation)
                .map_err(|why| format!("face.unilogin.signature: {why}"))?
                .with_old_lists(self.old_lists),
        };
        Ok(Some(self.verifier_with(trust)))
    }

    /// Who verifies messages, trusting these certificates.
    #[must_use]
    pub fn verifier_with(&self, trust: Trust) -> Verifier {
        let seconds = |it: u32| TimeDelta::seconds(i64::from(it));
        let seen = Arc::new(Seen::new(self.remembered));
        Verifier::new(Arc::new(trust), seconds(self.skew_seconds), seconds(self.lifetime_seconds), seen)
    }

    /// Who signs answers; nobody, where there is no key.
    ///
    /// # Errors
    /// As [`Signature::verifier`].
    pub fn signer(&self) -> Result<Option<Signer>, String> {
        let Self { certificate, key, pkcs12, password, .. } = self.clone();
        let files = KeyFiles { certificate, key, pkcs12, password };
        let identity = files.identity().map_err(|why| format!("face.unilogin.signature: {why}"))?;
        Ok(identity.map(|it| Signer { identity: Arc::new(it) }))
    }
}

/// A private key with its certificate: two PEM files, or one PKCS#12 file with its password.
#[derive(Debug, Clone, Default)]
pub struct KeyFiles {
    /// A PEM file with the certificate, then its issuers.
    pub certificate: Option<String>,
    /// A PEM file with the key.
    pub key: Option<String>,
    /// A PKCS#12 file with both.
    pub pkcs12: Option<String>,
    /// Its password.
    pub password: Option<SecretText>,
}

impl KeyFiles {
    /// Reads them; nothing, where none is named.
    ///
    /// # Errors
    /// A file that cannot be read, or is not what it must be; half a pair.
    pub fn identity(&self) -> Result<Option<Identity>, String> {
        match (&self.certificate, &self.key, &self.pkcs12) {
            (None, None, None) => Ok(None),
            (Some(certificate), Some(key), None) => {
                let identity = Identity::from_pem(&bytes(key)?, &bytes(certificate)?);
                identity.map(Some).map_err(|why| format!("{certificate}, {key}: {why}"))
            }
            (None, None, Some(file)) => {
                let password = self.password.as_ref().map(SecretText::text).transpose()?.unwrap_or_default();
                Identity::from_pkcs12(&bytes(file)?, &password).map(Some).map_err(|why| format!("{file}: {why}"))
            }
            _ => Err("give certificate and key, or pkcs12 and password".to_owned()),
        }
    }
}

/// What certificates and revocation lists in files say who is trusted. Those that have issued themselves are anchors; the
/// others are issuers between, if an anchor leads to them.
///
/// # Errors
/// A file that cannot be read, or is not what it must be.
pub fn trust(certificates: &[String], lists: &[String]) -> Result<Trust, String> {
    let (mut anchors, mut issuers) = (Vec::new(), Vec::new());
    for file in certificates {
        for certificate in Certificate::from_file(&bytes(file)?).map_err(|why| format!("{file}: {why}"))? {
            if certificate.is_its_own_issuer() { &mut anchors } else { &mut issuers }.push(certificate);
        }
    }
    if anchors.is_empty() {
        return Err(format!("no root certificate in {}", certificates.join(", ")));
    }
    let lists = lists.iter().map(|it| bytes(it)).collect::<Result<Vec<_>, _>>()?;
    Trust::new(&anchors, &issuers, &lists).map_err(|why| why.to_string())
}

/// A certificate as a caller's entry names it: `sha256:` and its thumbprint, the `serialNumber` of its subject
/// (`UI:DK-O:G:…`, `CVR:…-FID:…`), or a PEM file.
///
/// # Errors
/// A file that cannot be read, or a thumbprint that is none.
pub fn certificate_name(text: &str) -> Result<CertificateName, String> {
    if let Some(digits) = text.strip_prefix("sha256:") {
        let digits = digits.replace([':', ' '], "").to_ascii_lowercase();
        let is_one = digits.len() == 64 && digits.bytes().all(|it| it.is_ascii_hexdigit());
        return is_one
            .then_some(CertificateName::Thumbprint(digits))
            .ok_or_else(|| "a thumbprint is sha256: and 64 hexadecimal digits".to_owned());
    }
    if text.starts_with("UI:") || text.starts_with("CVR:") {
        return Ok(CertificateName::Subject(text.to_owned()));
    }
    let read = Certificate::from_file(&bytes(text)?).map_err(|why| format!("{text}: {why}"))?;
    let first = read.first().ok_or_else(|| format!("{text}: no certificate"))?;
    Ok(CertificateName::Thumbprint(first.thumbprint()))
}

fn bytes(file: &str) -> Result<Vec<u8>, String> {
    fs::read(Path::new(file)).map_err(|why| format!("{file}: {why}"))
}
