//! Verifying: from a message that says of itself that it is signed to what really was.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use soap::xml::Decoder;

use crate::{
    key::Certificate,
    replay::Seen,
    trust::{Trust, Untrusted},
};

/// Verifies messages.
#[derive(Debug)]
pub struct Verifier {
    /// Which certificates are trusted.
    pub trust: Arc<Trust>,
    /// How far the sender's clock may be from ours.
    pub skew: TimeDelta,
    /// How long a message may be valid by its timestamp.
    pub lifetime: TimeDelta,
    /// Which messages have been seen.
    pub seen: Arc<Seen>,
}

/// What must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects<'e> {
    /// A question: Timestamp, Body, `MessageID`, and the provider's header where there is one. Never seen before.
    Request,
    /// An answer to the question with this `MessageID`: Timestamp, Body, and `RelatesTo` with just that.
    Response(&'e str),
}

impl Verifier {
    /// Trusts these certificates; the sender's clock may be off by `skew`, its message valid for `lifetime`.
    #[must_use]
    pub fn new(trust: Arc<Trust>, skew: TimeDelta, lifetime: TimeDelta, seen: Arc<Seen>) -> Self {
        Self { trust, skew, lifetime, seen }
    }

    /// Verifies a whole message.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn verify<'a>(
        &self,
        message: &'a str,
        expects: Expects<'_>,
        now: DateTime<Utc>,
    ) -> Result<Verified<'a>, Refused> {
        let _ = (message, expects, now);
        Err(Refused::Unsigned)
    }

    /// Verifies the header of a message whose body has not been read: `opening` reaches at least to the end of the body's start
    /// tag. The signature is right then, and the body is still anybody's.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn open(&self, opening: &str, expects: Expects<'_>, now: DateTime<Utc>) -> Result<Unproven, Refused> {
        let _ = (opening, expects, now);
        Err(Refused::Unsigned)
    }
}

/// What was signed of a message. Only a [`Verifier`] makes one.
#[derive(Debug)]
pub struct Verified<'a> {
    message: &'a str,
    body: usize,
    facts: Facts,
}

/// A message whose header is verified and whose body is being read. It becomes a proof when the body has the digest that was
/// signed.
#[derive(Debug)]
pub struct Unproven {
    facts: Facts,
}

/// What the header of a verified message says.
#[derive(Debug, Clone)]
pub struct Facts {
    headers: Vec<(String, String, String)>,
    certificate: Arc<Certificate>,
}

impl Facts {
    /// The text of a header block that was signed: namespace, local name.
    #[must_use]
    pub fn header(&self, namespace: &str, local: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0 == namespace && it.1 == local).map(|it| it.2.as_str())
    }

    /// Who signed.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

impl<'a> Verified<'a> {
    /// What its header says.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Whether this decoder, which has opened the envelope of the same message, stands in the body that was signed.
    #[must_use]
    pub fn is_body_of(&self, decoder: &Decoder<'a>) -> bool {
        let _ = (decoder, self.message, self.body);
        false
    }
}

impl Unproven {
    /// What its header says.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}

/// Why a message is not taken as signed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no signature, or none over something that must be signed.
    #[error("the message is not signed")]
    Unsigned,
    /// The certificate is not trusted.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// The signature, or what it is over, is wrong: what, in words without anything of the message.
    #[error("{0}")]
    Wrong(&'static str),
    /// The timestamp is not of our time.
    #[error("the message is valid from {created} to {expires}, and here it is {now}")]
    Time {
        /// `Created`
        created: DateTime<Utc>,
        /// `Expires`
        expires: DateTime<Utc>,
        /// Our clock.
        now: DateTime<Utc>,
    },
    /// The message has been here before.
    #[error("a message with this MessageID has been here before")]
    Replayed,
}

/// The digest of a body that is read as it arrives.
#[derive(Debug)]
pub struct BodyDigest;

impl BodyDigest {
    /// The next of the text.
    pub fn write(&mut self, text: &str) {
        let _ = text;
    }
}

impl Unproven {
    /// Where the start tag of the body begins in the opening.
    #[must_use]
    pub fn body_offset(&self) -> usize {
        0
    }

    /// Digests the body: everything from its start tag on, to the end of the message.
    #[must_use]
    pub fn body_digest(&self) -> BodyDigest {
        BodyDigest
    }

    /// Whether the body was the one that was signed.
    ///
    /// # Errors
    /// It was not.
    pub fn prove(&self, digest: BodyDigest) -> Result<(), Refused> {
        let _ = digest;
        Err(Refused::Unsigned)
    }
}
