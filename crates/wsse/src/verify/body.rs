//! The body of a message, digested as it is read.

use std::sync::Arc;

use super::Refused;
use crate::c14n::{Digest, Exclusive, Hash, Malformed, Pieces, Walk};

/// The body that was signed.
#[derive(Debug)]
pub(super) struct Body {
    /// Where its start tag begins.
    pub(super) at: usize,
    pub(super) how: Exclusive,
    pub(super) digest: Digest,
    pub(super) value: Vec<u8>,
    /// What stands before it.
    pub(super) walk: Walk,
    /// Ids that nothing in it may have: they are those of what was signed.
    pub(super) taken: Arc<[String]>,
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
        let pieces = Pieces::child_of(self.walk.clone(), &self.how, Hash::new(self.digest), Arc::clone(&self.taken));
        BodyDigest { pieces, wrong: None }
    }

    /// Whether this is it, and where the local name of its first child stands.
    pub(super) fn is(&self, digest: BodyDigest) -> Result<Option<usize>, Refused> {
        if let Some(wrong) = digest.wrong {
            return Err(wrong.into());
        }
        let (hash, child) = digest.pieces.finish_with_child()?;
        if hash.finish().as_ref() != self.value {
            return Err(Refused::Wrong("the body is not the one that was signed"));
        }
        Ok(child)
    }
}
