//! Signing: the security header around what is sent.

mod parts;
mod security;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use data_encoding::BASE64;

use self::{
    parts::{Ids, Parts},
    security::Security,
};
use crate::{
    c14n::{Digest, Exclusive, Hash, Malformed, Pieces, Scope},
    key::{Identity, KeyError},
};

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
        self.sign_opening(envelope, std::iter::empty::<&str>(), style, now)
    }

    /// The same of an envelope that is too large to be held: `opening` reaches at least to the end of the start tag of the body,
    /// `rest` is everything behind it, in pieces cut anywhere between characters. The answer is the opening to send before the
    /// rest.
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
        let parts = Parts::find(opening, style)?;
        let ids = Ids::random()?;
        let (text, parts) = parts.named(opening, &ids);
        let header = Security::new(&parts, style, &ids, self.identity.certificate(), now)?;

        let mut references = Vec::with_capacity(8);
        for part in &parts.blocks {
            let how = exclusive(part.prefixes(&parts.soap, style));
            references.push((part.order, part.id.clone(), digest(&how, &parts.scope, &text[part.start..])?, how));
        }
        let plain = exclusive(Vec::new());
        let mut body = Pieces::child_of(parts.walk.clone(), &plain, Hash::new(Digest::Sha256), Arc::from(""));
        body.write(&text[parts.body.start..])?;
        for piece in rest {
            body.write(piece.as_ref())?;
        }
        let body = BASE64.encode(body.finish()?.finish().as_ref());
        references.push((parts.body.order, parts.body.id.clone(), body, plain));
        header.refer(&mut references, style)?;
        references.sort_by_key(|it| it.0);

        let said = header.signed_info(&references, style);
        let mut canonical = Vec::with_capacity(said.len());
        header.how(style).inside(&header.scope, &said, &mut canonical)?;
        let signature = BASE64.encode(&self.identity.sign(&canonical)?);
        Ok(header.into_text(&text, parts.end, &said, &signature))
    }
}

fn exclusive(inclusive: Vec<String>) -> Exclusive {
    Exclusive { inclusive, comments: false }
}

/// The digest of an element, in Base64.
fn digest(how: &Exclusive, scope: &Scope, text: &str) -> Result<String, Malformed> {
    let mut canonical = Vec::with_capacity(2048);
    how.inside(scope, text, &mut canonical)?;
    Ok(BASE64.encode(Digest::Sha256.of(&canonical).as_ref()))
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

impl From<Malformed> for SignError {
    fn from(malformed: Malformed) -> Self {
        Self::Envelope(malformed.0)
    }
}
