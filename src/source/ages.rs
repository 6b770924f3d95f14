//! How old an answer is that was given from a copy.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// The oldest of the copies that answers to one request were made from. Whatever is not a copy has no age.
#[derive(Debug)]
pub struct Ages(AtomicI64);

/// No copy yet.
const NONE: i64 = i64::MAX;

impl Default for Ages {
    fn default() -> Self {
        Self(AtomicI64::new(NONE))
    }
}

impl Ages {
    /// Something was told from a copy that is as things were at this moment.
    pub fn told(&self, as_of: DateTime<Utc>) {
        self.0.fetch_min(as_of.timestamp_millis(), Ordering::Relaxed);
    }

    /// How things were is told as of this moment; nothing where nothing was told from a copy.
    #[must_use]
    pub fn oldest(&self) -> Option<DateTime<Utc>> {
        let oldest = self.0.load(Ordering::Relaxed);
        if oldest == NONE { None } else { DateTime::from_timestamp_millis(oldest) }
    }
}
