//! Which certificates are trusted: those that lead to a configured anchor, in their time, for signing, and not revoked.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, ExtendedKeyUsageValidator, KeyPurposeIdIter,
    OwnedCertRevocationList, RevocationOptions, RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
    anchor_from_trusted_cert, aws_lc_rs as algorithms,
};
use x509_parser::{prelude::FromDer, revocation_list::CertificateRevocationList};

use crate::key::{self, Certificate, KeyError};

/// How certificates may be signed: with RSA in both its forms, and not with SHA-1.
static ALGORITHMS: [&dyn SignatureVerificationAlgorithm; 6] = [
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// The anchors, the issuers between, and the revocation lists. Nothing is ever fetched.
#[derive(Debug, Default)]
pub struct Trust {
    anchors: Vec<Certificate>,
    roots: Vec<TrustAnchor<'static>>,
    intermediates: Vec<CertificateDer<'static>>,
    lists: Vec<CertRevocationList<'static>>,
    old_lists: bool,
}

impl Trust {
    /// From certificates and revocation lists (each in PEM or DER).
    ///
    /// An anchor may be a root, an issuer below it, or a certificate that signs messages itself; all are trusted for as long as
    /// they are valid. An issuer without a list has revoked nothing as far as is known here. Of several lists of one issuer the
    /// newest counts.
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn new(anchors: &[Certificate], intermediates: &[Certificate], lists: &[Vec<u8>]) -> Result<Self, KeyError> {
        let roots = anchors.iter().map(|it| {
            let der = CertificateDer::from(it.der());
            anchor_from_trusted_cert(&der).map(|it| it.to_owned()).map_err(|_| unreadable("it cannot be an anchor"))
        });
        Ok(Self {
            anchors: anchors.to_vec(),
            roots: roots.collect::<Result<_, _>>()?,
            intermediates: intermediates.iter().map(|it| CertificateDer::from(it.der().to_vec())).collect(),
            lists: newest_first(lists)?,
            old_lists: false,
        })
    }

    /// Whether revocation lists are still used when a newer one should have come. Without this nobody whom such a list could name
    /// is trusted: whoever holds back the next list could otherwise keep a stolen key in use.
    #[must_use]
    pub fn with_old_lists(self, old_lists: bool) -> Self {
        Self { old_lists, ..self }
    }

    /// The certificates that are trusted by themselves.
    #[must_use]
    pub fn anchors(&self) -> &[Certificate] {
        &self.anchors
    }

    /// Whether a certificate may sign messages at this time. It costs a verification of each link and of each list that could
    /// name it, a list of 10 MB some 10 ms: remember the answer for a while.
    ///
    /// # Errors
    /// See [`Untrusted`].
    pub fn check(&self, certificate: &Certificate, at: DateTime<Utc>) -> Result<(), Untrusted> {
        in_time(certificate, at)?;
        if !certificate.signs() {
            return Err(Untrusted::Usage);
        }
        if self.anchors.contains(certificate) {
            return Ok(());
        }
        let seconds = u64::try_from(at.timestamp()).map_err(|_| Untrusted::Early)?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let der = CertificateDer::from(certificate.der());
        let leaf = EndEntityCert::try_from(&der).map_err(|error| untrusted(&error))?;
        let lists: Vec<_> = self.lists.iter().collect();
        leaf.verify_for_usage(
            &ALGORITHMS,
            &self.roots,
            &self.intermediates,
            time,
            AnyUsage,
            self.revocation(&lists),
            Some(&|path| self.anchor_in_time(path, at, time)),
        )
        .map(|_| ())
        .map_err(|error| untrusted(&error))
    }

    fn revocation<'l>(&self, lists: &'l [&'l CertRevocationList<'l>]) -> Option<RevocationOptions<'l>> {
        let expiration = if self.old_lists { ExpirationPolicy::Ignore } else { ExpirationPolicy::Enforce };
        let options = RevocationOptionsBuilder::new(lists).ok()?;
        Some(options.with_status_policy(UnknownStatusPolicy::Allow).with_expiration_policy(expiration).build())
    }

    /// The library takes anchors as timeless.
    fn anchor_in_time(&self, path: &VerifiedPath<'_>, at: DateTime<Utc>, time: UnixTime) -> Result<(), Error> {
        let anchors = self.roots.iter().zip(&self.anchors).filter(|(root, _)| *root == path.anchor());
        let mut found = Err(Error::UnknownIssuer);
        for (_, anchor) in anchors {
            found = match in_time(anchor, at) {
                Ok(()) => return Ok(()),
                Err(Untrusted::Early) => Err(Error::CertNotValidYet { time, not_before: time }),
                Err(_) => Err(Error::CertExpired { time, not_after: time }),
            };
        }
        found
    }
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// Nobody trusted has issued it.
    #[error("the certificate leads to no trusted issuer")]
    Issuer,
    /// Its time has not come, or that of an issuer.
    #[error("the certificate is not valid yet")]
    Early,
    /// Its time is over, or that of an issuer.
    #[error("the certificate has expired")]
    Expired,
    /// It has been revoked, or an issuer has.
    #[error("the certificate has been revoked")]
    Revoked,
    /// Whether it has been revoked cannot be told: the list of its issuer is out of date or wrong.
    #[error("the revocation list of the certificate's issuer is out of date or wrong")]
    List,
    /// It is not for signing messages.
    #[error("the certificate is not for signing")]
    Usage,
    /// Its key or signature is of a kind that is not taken: RSA under 2048 bits, SHA-1.
    #[error("the certificate is of a kind that is not taken")]
    Kind,
}

/// What a certificate is for has been read from it already, and issuers are told by being authorities.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

fn in_time(certificate: &Certificate, at: DateTime<Utc>) -> Result<(), Untrusted> {
    if at < certificate.not_before() {
        Err(Untrusted::Early)
    } else if at > certificate.not_after() {
        Err(Untrusted::Expired)
    } else {
        Ok(())
    }
}

/// Every list, the newest first: the library takes the first that is of an issuer.
fn newest_first(files: &[Vec<u8>]) -> Result<Vec<CertRevocationList<'static>>, KeyError> {
    let mut lists = Vec::new();
    for file in files {
        for der in key::lists(file)? {
            let (_, list) = CertificateRevocationList::from_der(&der)
                .map_err(|_| KeyError::List("it cannot be read as X.509".to_owned()))?;
            let issued = list.last_update().timestamp();
            let list = OwnedCertRevocationList::from_der(&der)
                .map_err(|error| KeyError::List(format!("it is of a form that is not taken: {error}")))?;
            lists.push((issued, CertRevocationList::from(list)));
        }
    }
    lists.sort_by_key(|it| std::cmp::Reverse(it.0));
    Ok(lists.into_iter().map(|it| it.1).collect())
}

fn untrusted(error: &Error) -> Untrusted {
    match error {
        Error::CertExpired { .. } | Error::InvalidCertValidity => Untrusted::Expired,
        Error::CertNotValidYet { .. } => Untrusted::Early,
        Error::CertRevoked => Untrusted::Revoked,
        Error::CrlExpired { .. }
        | Error::InvalidCrlSignatureForPublicKey
        | Error::IssuerNotCrlSigner
        | Error::UnsupportedCrlSignatureAlgorithmContext(_)
        | Error::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => Untrusted::List,
        Error::CaUsedAsEndEntity | Error::EmptyEkuExtension => Untrusted::Usage,
        Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Error::UnsupportedCertVersion
        | Error::UnsupportedCriticalExtension => Untrusted::Kind,
        _ => Untrusted::Issuer,
    }
}

fn unreadable(what: &str) -> KeyError {
    KeyError::Certificate(what.to_owned())
}
