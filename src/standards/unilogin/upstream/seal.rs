//! Signatures around questions and answers, or none where the configuration says so.

use std::{
    cell::RefCell,
    io::{self, Read},
    rc::Rc,
};

use chrono::{DateTime, Utc};
use soap::xml::text::Utf8;
use wsse::{
    sign::{Signer, Style},
    verify::{BodyDigest, Expects, Refused, Unproven, Verified, Verifier},
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

    /// Watches an answer that is read as it arrives.
    pub(super) fn watch<R: Read>(arriving: R, charset: Option<&str>) -> (Watched<R>, Witness) {
        let witness = Witness(Rc::new(RefCell::new(Seen::All(Vec::new()))));
        (Watched { input: Utf8::new(arriving).with_charset(charset), witness: witness.clone() }, witness)
    }
}

/// An answer that is read as it arrives.
pub(super) struct Watched<R> {
    input: Utf8<R>,
    witness: Witness,
}

/// Who has seen everything that was read of an answer.
#[derive(Clone)]
pub(super) struct Witness(Rc<RefCell<Seen>>);

enum Seen {
    /// What has been read so far: until what stands before the people has been understood.
    All(Vec<u8>),
    /// The digest of the body so far, and the bytes of a character that has not arrived whole.
    Digest(Box<BodyDigest>, Vec<u8>),
    /// Nobody looks.
    Nothing,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(out)?;
        self.witness.see(&out[..read]);
        Ok(read)
    }
}

impl Witness {
    fn see(&self, bytes: &[u8]) {
        match &mut *self.0.borrow_mut() {
            Seen::All(all) => all.extend_from_slice(bytes),
            Seen::Digest(digest, left) => {
                left.extend_from_slice(bytes);
                let text = whole(left);
                digest.write(text);
                let length = text.len();
                left.drain(..length);
            }
            Seen::Nothing => {}
        }
    }

    /// What has been read so far.
    pub(super) fn beginning(&self) -> String {
        match &*self.0.borrow() {
            Seen::All(all) => whole(all).to_owned(),
            Seen::Digest(..) | Seen::Nothing => String::new(),
        }
    }

    /// Verifies the header of what has been read, which reaches behind the start tag of the body. From here on the body is
    /// digested, or not looked at where nothing is verified.
    pub(super) fn open(&self, seal: &Seal, id: &str) -> Result<Proof, Trouble> {
        let mut seen = self.0.borrow_mut();
        let Seen::All(all) = std::mem::replace(&mut *seen, Seen::Nothing) else { return Ok(Proof(None)) };
        let Some(verifier) = &seal.verifier else { return Ok(Proof(None)) };
        let opening = whole(&all);
        let unproven = verifier.open(opening, Expects::Response(id), (seal.now)()).map_err(Trouble::Untrusted)?;
        let mut digest = unproven.body_digest();
        digest.write(&opening[unproven.body_offset()..]);
        *seen = Seen::Digest(Box::new(digest), all[opening.len()..].to_vec());
        drop(seen);
        Ok(Proof(Some((unproven, self.clone()))))
    }
}

/// The characters that have arrived whole.
fn whole(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// What is still to be proven of an answer whose header is verified.
pub(super) struct Proof(Option<(Unproven, Witness)>);

impl Proof {
    /// Whether the body, which has been read to its end, is the one that was signed.
    pub(super) fn prove(self) -> Result<(), Trouble> {
        let Some((unproven, witness)) = self.0 else { return Ok(()) };
        let seen = std::mem::replace(&mut *witness.0.borrow_mut(), Seen::Nothing);
        match seen {
            Seen::Digest(digest, left) if left.is_empty() => unproven.prove(*digest).map_err(Trouble::Untrusted),
            Seen::Digest(..) => Err(Trouble::Untrusted(Refused::Wrong("the body ends in the middle of a character"))),
            Seen::All(_) | Seen::Nothing => Err(Trouble::Untrusted(Refused::Wrong("the body was not read"))),
        }
    }
}
