//! Signatures around questions and answers, or none where the configuration says so.

use chrono::{DateTime, Utc};
use wsse::{
    sign::{Signer, Style},
    verify::{Expects, Unproven, Verified, Verifier},
};

use super::trouble::Trouble;

/// Signs questions and verifies answers.
pub struct Seal {
    /// Without one questions go out unsigned: for servers of tests.
    pub signer: Option<Signer>,
    /// Without one any answer is taken: for servers of tests.
    pub verifier: Option<Verifier>,
    /// What time it is.
    pub now: fn() -> DateTime<Utc>,
}

impl Seal {
    /// The question as it goes out.
    pub(super) fn sign(&self, envelope: String) -> Result<String, Trouble> {
        match &self.signer {
            None => Ok(envelope),
            Some(signer) => signer.sign(&envelope, Style::Request, (self.now)()).map_err(Trouble::Unsigned),
        }
    }

    /// What of an answer to the question with this id is signed. Nothing where nothing is verified.
    pub(super) fn verify<'a>(&self, answer: &'a str, id: &str) -> Result<Option<Verified<'a>>, Trouble> {
        let Some(verifier) = &self.verifier else { return Ok(None) };
        verifier.verify(answer, Expects::Response(id), (self.now)()).map(Some).map_err(Trouble::Untrusted)
    }

    /// Verifies the header of an answer to the question with this id, as far as it has been read. Nothing where nothing is verified.
    pub(super) fn open(&self, opening: &str, id: &str) -> Result<Option<Unproven>, Trouble> {
        let Some(verifier) = &self.verifier else { return Ok(None) };
        verifier.open(opening, Expects::Response(id), (self.now)()).map(Some).map_err(Trouble::Untrusted)
    }
}
