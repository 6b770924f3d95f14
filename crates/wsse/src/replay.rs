//! Messages that have been seen: whoever catches a signed one must not be able to send it again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Utc};

/// Remembers messages by certificate and `MessageID` until they would be refused as expired anyway. Bounded; when it is full
/// of messages that have not expired, new ones are refused rather than old ones forgotten.
#[derive(Debug, Default)]
pub struct Seen {
    most: usize,
    messages: Mutex<Messages>,
}

/// SHA-256 over certificate and `MessageID`.
type Message = [u8; 32];

#[derive(Debug, Default)]
struct Messages {
    /// Until when each is remembered; `None` while it is still being read, which may take longer than it is valid.
    all: BTreeMap<Message, Option<DateTime<Utc>>>,
    /// Those with an end, in its order.
    by_end: BTreeSet<(DateTime<Utc>, Message)>,
}

/// What is known of a message.
#[derive(Debug)]
pub(crate) enum Sight {
    /// Nothing; from now on it is known, for as long as it is read.
    First(Reserved),
    Again,
    /// There is no room to remember it.
    Full,
}

/// A message that is being read. It is forgotten unless it is kept, so that one which failed may come again.
#[derive(Debug)]
pub(crate) struct Reserved {
    seen: Arc<Seen>,
    message: Message,
    until: DateTime<Utc>,
    kept: AtomicBool,
}

impl Seen {
    /// With room for so many messages.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, messages: Mutex::default() }
    }

    /// Whether the message is seen for the first time, and can be remembered until `until`. It is, then.
    pub fn first(&self, signer: &[u8], message_id: &str, until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let message = message(signer, message_id);
        let mut messages = self.messages();
        let first = messages.add(message, self.most, now).is_ok();
        if first {
            messages.end(message, until);
        }
        first
    }

    /// The same of a message that is still to be read.
    pub(crate) fn reserve(
        seen: &Arc<Self>,
        signer: &[u8],
        message_id: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Sight {
        let message = message(signer, message_id);
        match seen.messages().add(message, seen.most, now) {
            Ok(()) => Sight::First(Reserved { seen: Arc::clone(seen), message, until, kept: AtomicBool::new(false) }),
            Err(true) => Sight::Full,
            Err(false) => Sight::Again,
        }
    }

    fn messages(&self) -> MutexGuard<'_, Messages> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Messages {
    /// Adds a message, or tells whether that fails for want of room.
    fn add(&mut self, message: Message, most: usize, now: DateTime<Utc>) -> Result<(), bool> {
        while let Some(&(_, ended)) = self.by_end.first().filter(|it| it.0 < now) {
            self.by_end.pop_first();
            self.all.remove(&ended);
        }
        if self.all.contains_key(&message) {
            return Err(false);
        }
        if self.all.len() >= most {
            return Err(true);
        }
        self.all.insert(message, None);
        Ok(())
    }

    fn end(&mut self, message: Message, until: DateTime<Utc>) {
        self.all.insert(message, Some(until));
        self.by_end.insert((until, message));
    }
}

impl Reserved {
    /// The message has been read, and must not come again.
    pub(crate) fn keep(&self) {
        if !self.kept.swap(true, Ordering::Relaxed) {
            self.seen.messages().end(self.message, self.until);
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !*self.kept.get_mut() {
            self.seen.messages().all.remove(&self.message);
        }
    }
}

fn message(signer: &[u8], message_id: &str) -> Message {
    let mut context = Context::new(&SHA256);
    // The length keeps the two apart.
    context.update(&(signer.len() as u64).to_be_bytes());
    context.update(signer);
    context.update(message_id.as_bytes());
    let mut message = [0; 32];
    message.copy_from_slice(context.finish().as_ref());
    message
}
