//! Signing: the security header around what is sent.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::key::{Identity, KeyError};

/// Signs messages.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Whose key it is.
    pub identity: Arc<Identity>,
}

/// Which of the two ways of the BPI services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A question: Timestamp, Body, `MessageID`, `UdbydersystemId`, and Action and To where they are there; the token too.
    Request,
    /// An answer: Timestamp, Body, `MessageID`, `RelatesTo`, the token, with the prefixes that the real service declares inclusive.
    Response,
}

impl Signer {
    /// Signs an envelope that has no security header yet. It is put last in the header; the parts that are signed gain a
    /// `wsu:Id`. Nothing else changes, byte for byte.
    ///
    /// # Errors
    /// Text that is no envelope with a header, or a part that must be signed and is not there.
    pub fn sign(&self, envelope: &str, style: Style, now: DateTime<Utc>) -> Result<String, SignError> {
        let _ = (envelope, style, now);
        Err(SignError::Envelope("not signed yet"))
    }

    /// The same of an envelope that is too large to be held: `opening` reaches to the end of the start tag of the body, `rest` is
    /// everything behind it, in pieces cut anywhere between characters. The answer is the opening to send before the rest.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn sign_opening<P: AsRef<str>>(
        &self,
        opening: &str,
        rest: impl Iterator<Item = P>,
        style: Style,
        now: DateTime<Utc>,
    ) -> Result<String, SignError> {
        let _ = (opening, rest, style, now);
        Err(SignError::Envelope("not signed yet"))
    }
}

/// Why an envelope cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// It is none, or lacks a part.
    #[error("the envelope cannot be signed: {0}")]
    Envelope(&'static str),
    /// The key fails.
    #[error(transparent)]
    Key(#[from] KeyError),
}
