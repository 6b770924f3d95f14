//! Signatures around questions and answers, or none where the configuration says so.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use soap::xml::text::Utf8;
use wsse::{
    sign::{Signer, Style},
    verify::{Expects, Refused, Verified, Verifier},
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

    /// Whoever watches an answer that is read as it arrives.
    pub(super) fn watch<'s, R: Read>(&'s self, arriving: R, charset: Option<&str>, id: &'s str) -> Watched<'s, R> {
        let input = Utf8::new(arriving).with_charset(charset);
        Watched { input, seal: self, id, beginning: Vec::new(), refused: None }
    }
}

/// How much of the beginning of an answer is kept, to see what it is.
const BEGINNING: usize = 64 << 10;

/// An answer that is read as it arrives: what has been read is proven, once all of it has been.
pub(super) struct Watched<'s, R> {
    input: Utf8<R>,
    seal: &'s Seal,
    id: &'s str,
    beginning: Vec<u8>,
    refused: Option<Refused>,
}

impl<R: Read> Watched<'_, R> {
    /// What the answer begins with, as far as it has been read.
    pub(super) fn beginning(&self) -> String {
        String::from_utf8_lossy(&self.beginning).into_owned()
    }

    /// Whether what has been read is what was signed, as an answer to the question. Reads what is left.
    pub(super) fn proven(mut self) -> Result<(), Trouble> {
        io::copy(&mut self, &mut io::sink()).map_err(|why| Trouble::from(soap::xml::records::StreamError::Io(why)))?;
        let _ = self.id;
        match (self.seal.verifier.is_some(), self.refused) {
            (true, Some(why)) => Err(Trouble::Untrusted(why)),
            (true, None) => Err(Trouble::Untrusted(Refused::Unsigned)),
            (false, _) => Ok(()),
        }
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(out)?;
        let room = BEGINNING.saturating_sub(self.beginning.len());
        self.beginning.extend_from_slice(&out[..read.min(room)]);
        Ok(read)
    }
}
