//! The body of a message, digested as it is read.

use std::sync::Arc;

use super::{Refused, signature::is_encoded};
use crate::c14n::{Digest, Exclusive, Hash, Malformed, Pieces, Walk};

/// The body that was signed.
#[derive(Debug)]
pub(super) struct Body {
    /// Where its start tag begins.
    pub(super) at: usize,
    pub(super) how: Exclusive,
    pub(super) digest: Digest,
    /// In Base64.
    pub(super) value: String,
    /// What stands before it.
    pub(super) walk: Walk,
    /// Ids that nothing in it may have, separated by `\0`: they are those of what was signed.
    pub(super) taken: Arc<str>,
}

/// The digest of a body that is read as it arrives. No more of it is held than a piece, and the largest piece of markup.
#[derive(Debug)]
pub struct BodyDigest {
    pieces: Pieces<Hash>,
    wrong: Option<Malformed>,
}

impl BodyDigest {
    /// Takes what comes next of the text, cut anywhere between characters. What is wrong with it is told in the end.
    pub fn write(&mut self, text: &str) {
        if self.wrong.is_none() {
            self.wrong = self.pieces.write(text).err();
        }
    }
}

impl Body {
    pub(super) fn digest(&self) -> BodyDigest {
        self.digest_from(self.walk.clone())
    }

    /// The only digest that is made.
    pub(super) fn only_digest(&mut self) -> BodyDigest {
        let walk = std::mem::take(&mut self.walk);
        self.digest_from(walk)
    }

    fn digest_from(&self, walk: Walk) -> BodyDigest {
        let pieces = Pieces::child_of(walk, &self.how, Hash::new(self.digest), Arc::clone(&self.taken));
        BodyDigest { pieces, wrong: None }
    }

    /// Whether this is it, and where the local name of its first child stands.
    pub(super) fn is(&self, digest: BodyDigest) -> Result<Option<usize>, Refused> {
        if let Some(wrong) = digest.wrong {
            return Err(wrong.into());
        }
        let (hash, child) = digest.pieces.finish_with_child()?;
        if !is_encoded(&hash.finish(), &self.value) {
            return Err(Refused::Wrong("the body is not the one that was signed"));
        }
        Ok(child)
    }
}
