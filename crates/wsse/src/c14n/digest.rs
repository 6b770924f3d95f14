//! Digests of canonical forms.

use aws_lc_rs::digest::{Algorithm, Context, SHA256, SHA384, SHA512};

use super::Sink;
use crate::names;

/// Which digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    /// The digest with this identifier; SHA-1 is none.
    pub(crate) fn named(uri: &str) -> Option<Self> {
        match uri {
            names::SHA256 => Some(Self::Sha256),
            names::SHA384 => Some(Self::Sha384),
            names::SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of what is held whole.
    pub(crate) fn of(self, bytes: &[u8]) -> aws_lc_rs::digest::Digest {
        aws_lc_rs::digest::digest(self.algorithm(), bytes)
    }

    fn algorithm(self) -> &'static Algorithm {
        match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
            Self::Sha512 => &SHA512,
        }
    }
}

/// A digest being made. Short texts are gathered: a call of the digest costs more than copying them.
pub(crate) struct Hash {
    digest: Digest,
    /// Begun when there is more than is gathered.
    context: Option<Context>,
    gathered: Vec<u8>,
}

const GATHERED: usize = 2048;

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hash")
    }
}

impl Hash {
    pub(crate) fn new(digest: Digest) -> Self {
        Self { digest, context: None, gathered: Vec::with_capacity(GATHERED) }
    }

    pub(crate) fn finish(mut self) -> aws_lc_rs::digest::Digest {
        match self.context.take() {
            Some(mut context) => {
                context.update(&self.gathered);
                context.finish()
            }
            None => self.digest.of(&self.gathered),
        }
    }
}

impl Sink for Hash {
    #[inline]
    fn put(&mut self, text: &str) {
        if self.gathered.len() + text.len() > GATHERED {
            let context = self.context.get_or_insert_with(|| Context::new(self.digest.algorithm()));
            context.update(&self.gathered);
            self.gathered.clear();
            if text.len() > GATHERED / 2 {
                context.update(text.as_bytes());
                return;
            }
        }
        self.gathered.extend_from_slice(text.as_bytes());
    }
}
