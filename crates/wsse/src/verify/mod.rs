//! Verifying: from a message that says of itself that it is signed to what really was.

mod reader;
mod opening;
mod signature;
mod signers;
mod check;
mod body;

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use soap::xml::Decoder;

use body::Body;
pub use body::BodyDigest;
pub(crate) use reader::Reader;
pub(crate) use signature::leaf;

use crate::{
    c14n::Malformed,
    key::Certificate,
    replay::{Reserved, Seen},
    trust::{Trust, Untrusted},
};

/// Verifies messages.
#[derive(Debug)]
pub struct Verifier {
    /// Which certificates are trusted.
    pub trust: Arc<Trust>,
    /// How far the sender's clock may be from ours.
    pub skew: TimeDelta,
    /// How long a message may be valid: a timestamp that says more is cut to this.
    pub lifetime: TimeDelta,
    /// Which messages have been seen.
    pub seen: Arc<Seen>,
    /// Certificates that messages may name without carrying them. They must be trusted all the same.
    pub known: Vec<Arc<Certificate>>,
    signers: signers::Signers,
}

/// What must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects<'e> {
    /// A question: Timestamp, Body, `MessageID`, and the provider's header where there is one. Never seen before.
    Request,
    /// An answer to the question with this `MessageID`: Timestamp, Body, `MessageID`, and `RelatesTo` with just that.
    Response(&'e str),
}

impl Verifier {
    /// A verifier that keeps what it learns of certificates, so that one is made for all messages.
    #[must_use]
    pub fn new(trust: Arc<Trust>, skew: TimeDelta, lifetime: TimeDelta, seen: Arc<Seen>) -> Self {
        Self { trust, skew, lifetime, seen, known: Vec::new(), signers: signers::Signers::default() }
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
        let mut unproven = self.open(message, expects, now)?;
        let mut digest = unproven.body.only_digest();
        digest.write(&message[unproven.body.at..]);
        let child = unproven.conclude(digest)?.map(|it| unproven.body.at + it);
        Ok(Verified { message, child, facts: unproven.facts })
    }

    /// Verifies the head of a message whose body has not been read: `opening` reaches at least to the end of the body's start
    /// tag. The signature is right then, and the body is still anybody's, until [`Unproven::prove`] has told.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn open(&self, opening: &str, expects: Expects<'_>, now: DateTime<Utc>) -> Result<Unproven, Refused> {
        check::open(self, opening, expects, now)
    }
}

/// What was signed of a message. Only a [`Verifier`] makes one.
#[derive(Debug)]
pub struct Verified<'a> {
    message: &'a str,
    /// Where the local name of the body's first child stands.
    child: Option<usize>,
    facts: Facts,
}

/// A message whose head is verified and whose body is being read. It becomes a proof when the body has the digest that was
/// signed.
#[derive(Debug)]
pub struct Unproven {
    facts: Facts,
    body: Body,
    /// The place among the messages that have been seen, given back where the message comes to nothing.
    reserved: Option<Reserved>,
}

/// What the header of a verified message says.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Namespace, local name, text.
    headers: Vec<(Cow<'static, str>, String, String)>,
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

    /// The message. Of it, only the body and what [`Facts::header`] tells is known to be signed.
    #[must_use]
    pub fn message(&self) -> &'a str {
        self.message
    }

    /// Whether this decoder, which has opened the envelope of the same message, stands in the body that was signed. What
    /// counts is the place in memory of the name it has read: neither a copy nor another element can have it.
    #[must_use]
    pub fn is_body_of(&self, decoder: &Decoder<'a>) -> bool {
        let place = |it: &str| it.as_ptr() as usize;
        let name = decoder.name().1;
        self.child.is_some_and(|it| place(&self.message[it..]) == place(name)) && decoder.depth() == 3
    }
}

impl Unproven {
    /// What its header says.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Where the start tag of the body begins in the opening, in bytes.
    #[must_use]
    pub fn body_offset(&self) -> usize {
        self.body.at
    }

    /// Digests the body: everything from its start tag on, to the end of the message.
    #[must_use]
    pub fn body_digest(&self) -> BodyDigest {
        self.body.digest()
    }

    /// Whether the body, which the digest has taken to the end of the message, is the one that was signed.
    ///
    /// # Errors
    /// It is not, or the message has not ended.
    pub fn prove(&self, digest: BodyDigest) -> Result<(), Refused> {
        self.conclude(digest).map(drop)
    }

    /// The same, with the place of the body's first child behind the beginning of its start tag.
    fn conclude(&self, digest: BodyDigest) -> Result<Option<usize>, Refused> {
        let child = self.body.is(digest)?;
        if let Some(reserved) = &self.reserved {
            reserved.keep();
        }
        Ok(child)
    }
}

/// To the second, which is enough to see whose clock is wrong.
fn told(time: DateTime<Utc>) -> impl std::fmt::Display {
    time.format("%Y-%m-%d %H:%M:%S UTC")
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
    #[error("the message is valid from {} to {}, and here it is {}", told(*created), told(*expires), told(*now))]
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

impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self::Wrong(malformed.0)
    }
}
