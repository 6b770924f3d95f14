//! Identities: a private key with the certificate that is for it.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use p12_keystore::{Pkcs12Archive, error::Error};
use rustls_pki_types::pem::SectionKind;

use super::{Certificate, KeyError, pem, wrong_size};

/// A private RSA key of at least 2048 bits with its certificate, and the certificates that issued it where the file had them.
pub struct Identity {
    chain: Vec<Certificate>,
    pair: KeyPair,
}

impl Identity {
    /// Reads a key (PKCS#8 or PKCS#1) and its certificate, then its issuers, from PEM. Both may be in one file.
    ///
    /// # Errors
    /// See [`KeyError`]; also a key that is not the certificate's.
    pub fn from_pem(key: &[u8], certificates: &[u8]) -> Result<Self, KeyError> {
        let (kind, der) = pem::key(key)?;
        let pair = match kind {
            SectionKind::PrivateKey => pair(KeyPair::from_pkcs8(&der).ok())?,
            SectionKind::RsaPrivateKey => pair(KeyPair::from_der(&der).ok())?,
            _ => return Err(KeyError::Key("it is a key for elliptic curves, and only RSA keys are taken".to_owned())),
        };
        Self::of(pair, Certificate::from_pem(certificates)?)
    }

    /// Reads a PKCS#12 file (`.p12`, `.pfx`).
    ///
    /// # Errors
    /// See [`KeyError`]; also a wrong password, and a file with no key or more than one.
    pub fn from_pkcs12(bytes: &[u8], password: &str) -> Result<Self, KeyError> {
        let archive = Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| closed(&error))?;
        let key = match archive.keys.as_slice() {
            [only] => &only.key,
            [] => return Err(KeyError::Key("there is none in the PKCS#12 file".to_owned())),
            _ => {
                return Err(KeyError::Key("there are several in the PKCS#12 file, and only one is taken".to_owned()));
            }
        };
        let certificates = archive.certs.iter().map(|it| Certificate::from_der(it.cert.as_der()));
        Self::of(pair(KeyPair::from_pkcs8(key.as_der()).ok())?, certificates.collect::<Result<_, _>>()?)
    }

    /// Finds the certificate of a key, and those that issued it.
    fn of(pair: KeyPair, mut others: Vec<Certificate>) -> Result<Self, KeyError> {
        let is_own = |it: &&Certificate| it.public_key() == pair.public_key().as_ref();
        // A renewed certificate may be for the same key as the one before.
        let Some(own) = others.iter().filter(is_own).max_by_key(|it| it.not_after()).cloned() else {
            return Err(KeyError::Key("none of the certificates is for it".to_owned()));
        };
        let mut chain = vec![own];
        while let Some(issuer) = next(&chain, &others) {
            chain.push(others.swap_remove(issuer));
        }
        Ok(Self { chain, pair })
    }

    /// The certificate of the key.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.chain[0]
    }

    /// The certificate of the key, then the one that issued it, and so on as far as the file had them.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The key and all certificates as PEM, for TLS libraries. Never to be logged.
    #[must_use]
    pub fn to_pem(&self) -> Vec<u8> {
        let mut pem = Vec::new();
        let key: Result<Pkcs8V1Der<'_>, _> = self.pair.as_der();
        if let Ok(key) = key {
            pem::write(&mut pem, "PRIVATE KEY", key.as_ref());
        }
        for certificate in &self.chain {
            pem::write(&mut pem, "CERTIFICATE", certificate.der());
        }
        pem
    }

    /// How long a signature is, in bytes: as long as the key.
    #[must_use]
    pub fn signature_length(&self) -> usize {
        self.pair.public_modulus_len()
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256.
    ///
    /// # Errors
    /// The crypto library fails, which it does not do with a key that it has read.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.signature_length()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Key("the crypto library did not sign with it".to_owned()))?;
        Ok(signature)
    }
}

/// Shows the certificate, never the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificate", self.certificate()).finish_non_exhaustive()
    }
}

fn pair(read: Option<KeyPair>) -> Result<KeyPair, KeyError> {
    let pair =
        read.ok_or_else(|| KeyError::Key("it is not an RSA key of 2048 to 8192 bits, or it is broken".to_owned()))?;
    match wrong_size(pair.public_modulus_len() * 8) {
        Some(what) => Err(KeyError::Key(what)),
        None => Ok(pair),
    }
}

/// Where the issuer of the last of a chain is among the others. A root is the end.
fn next(chain: &[Certificate], others: &[Certificate]) -> Option<usize> {
    let last = chain.last().filter(|it| !it.is_its_own_issuer())?;
    others.iter().position(|it| last.names_as_issuer(it) && !chain.contains(it))
}

/// A file without an integrity code shows a wrong password only by what comes out of it.
fn closed(error: &Error) -> KeyError {
    match error {
        Error::MacError(_) | Error::Pkcs5Error(_) | Error::UnpadError => KeyError::Password,
        _ => KeyError::Key(format!("the PKCS#12 file cannot be read: {error}")),
    }
}
