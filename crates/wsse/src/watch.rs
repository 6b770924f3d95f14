//! A message that is verified while it is read: its header as soon as the start tag of the body has been, its body when it has
//! ended. No more of it is held than the header and a piece of the body.

use std::{
    cell::RefCell,
    io::{self, Read},
    rc::Rc,
};

use crate::verify::{BodyDigest, Facts, Refused, Unproven};

/// A message as UTF-8, which somebody reads.
pub struct Watched<R> {
    input: R,
    witness: Witness,
}

/// Who has seen everything that was read of a message.
#[derive(Clone)]
pub struct Witness(Rc<RefCell<Seen>>);

enum Seen {
    /// What has been read so far: until it is known whether the message is signed.
    All(Vec<u8>),
    /// The digest of the body so far, and the bytes of a character that has not arrived whole.
    Digest(Box<BodyDigest>, Vec<u8>),
    /// Nobody has signed it, or nobody asks.
    Nothing,
}

/// Watches a message that is read as it arrives, as UTF-8.
pub fn watch<R: Read>(input: R) -> (Watched<R>, Witness) {
    let witness = Witness(Rc::new(RefCell::new(Seen::All(Vec::new()))));
    (Watched { input, witness: witness.clone() }, witness)
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
            Seen::Digest(digest, left) => digest_whole(digest, left, bytes),
            Seen::Nothing => {}
        }
    }

    /// What has been read so far; nothing once the header has been verified.
    #[must_use]
    pub fn beginning(&self) -> String {
        match &*self.0.borrow() {
            Seen::All(all) => whole(all).to_owned(),
            Seen::Digest(..) | Seen::Nothing => String::new(),
        }
    }

    /// Has the header of what has been read verified, which reaches behind the start tag of the body. From here on the body is
    /// digested, or not looked at where `verify` says that there is nothing to prove.
    ///
    /// # Errors
    /// Those of `verify`.
    pub fn open<E>(&self, verify: impl FnOnce(&str) -> Result<Option<Unproven>, E>) -> Result<Option<Proof>, E> {
        let mut seen = self.0.borrow_mut();
        let Seen::All(all) = &mut *seen else { return Ok(None) };
        let all = std::mem::take(all);
        *seen = Seen::Nothing;
        let opening = whole(&all);
        let Some(unproven) = verify(opening)? else { return Ok(None) };
        let mut digest = unproven.body_digest();
        digest.write(&opening[unproven.body_offset()..]);
        *seen = Seen::Digest(Box::new(digest), all[opening.len()..].to_vec());
        Ok(Some(Proof { unproven, witness: self.clone() }))
    }
}

/// What is still to be proven of a message whose header is verified.
pub struct Proof {
    unproven: Unproven,
    witness: Witness,
}

impl Proof {
    /// What its header says.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.unproven.facts()
    }

    /// Whether the body, which has been read to its end, is the one that was signed. It can be asked once.
    ///
    /// # Errors
    /// It is another, or has not been read to its end.
    pub fn prove(&self) -> Result<(), Refused> {
        match std::mem::replace(&mut *self.witness.0.borrow_mut(), Seen::Nothing) {
            Seen::Digest(digest, left) if left.is_empty() => self.unproven.prove(*digest),
            Seen::Digest(..) => Err(Refused::Wrong("the body ends in the middle of a character")),
            Seen::All(_) | Seen::Nothing => Err(Refused::Wrong("the body was not read")),
        }
    }
}

/// The characters that have arrived whole.
fn whole(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// Nothing is copied where characters arrive whole.
fn digest_whole(digest: &mut BodyDigest, left: &mut Vec<u8>, bytes: &[u8]) {
    if left.is_empty() {
        let text = whole(bytes);
        digest.write(text);
        left.extend_from_slice(&bytes[text.len()..]);
        return;
    }
    left.extend_from_slice(bytes);
    let text = whole(left);
    digest.write(text);
    let length = text.len();
    left.drain(..length);
}
