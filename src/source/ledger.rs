//! Remembering when the objects of a standard came, changed and went, in the standard's own ids.
//!
//! A standard compares what is told with what it told before; whoever keeps the ledger says at which moment that was noticed.

use std::{error::Error, fmt, sync::Mutex, sync::PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::OrganisationNumber;

/// Half of a SHA-256 of what an institution tells of an object.
pub type Digest = [u8; 16];

/// A moment: milliseconds since 1970 in UTC.
pub type Moment = i64;

/// Somebody who keeps ledgers, one for each standard.
pub trait Ledger: Send + Sync {
    /// The number of the last commit that readers can see: whatever a source tells afterwards is at least as new.
    fn basis(&self) -> u64;

    /// Everything that is remembered.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn load(&self, standard: &str) -> Result<Kept, LedgerError>;

    /// Remembers changes, all or none, at a moment that is later than now and than every moment before. Nothing is remembered
    /// where somebody else has remembered anything since the moment that the batch was compared at.
    ///
    /// # Errors
    /// Whoever keeps it cannot; then nothing has changed.
    fn keep(&self, standard: &str, batch: &Batch<'_>) -> Result<Keeping, LedgerError>;

    /// Since when a caller may see what it may see now, told by a digest; 0 if it has never been otherwise, as far as is known.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn sees_since(&self, _standard: &str, _caller: &str, _sight: &Digest) -> Result<Moment, LedgerError> {
        Ok(0)
    }
}

/// A ledger as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    /// When anything was remembered last; 0 before the first time.
    pub moment: Moment,
    /// The basis of whoever remembered it.
    pub basis: u64,
    /// The latest moment of a deletion that has been forgotten; 0 before the first.
    pub forgotten: Moment,
    /// The institutions, in no order.
    pub places: Vec<OrganisationNumber<'static>>,
    /// What is known, in no order.
    pub entries: Vec<Entry>,
}

/// What is known of an object, as one institution tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The institution, by its place.
    pub place: u32,
    /// What sort of object, in the numbers of the standard.
    pub class: u8,
    /// Which.
    pub id: Uuid,
    /// What it was like when it was told last.
    pub digest: Digest,
    /// When it came.
    pub created: Moment,
    /// When it changed.
    pub modified: Moment,
    /// When it went, if it has gone.
    pub deleted: Option<Moment>,
}

/// What has become of an object at an institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The institution, by its place.
    pub place: u32,
    /// What sort of object.
    pub class: u8,
    /// Which.
    pub id: Uuid,
    /// What it is like; nothing if it has gone.
    pub digest: Option<Digest>,
}

/// Changes that were noticed together.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'b> {
    /// The moment of the ledger that they were compared with.
    pub since: Moment,
    /// The basis of what they were compared with it.
    pub basis: u64,
    /// The institutions.
    pub places: &'b [OrganisationNumber<'static>],
    /// The changes.
    pub changes: &'b [Change],
    /// How long deletions are to be remembered.
    pub memory: TimeDelta,
}

/// Whether a batch was remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It was.
    Kept {
        /// When that was.
        moment: Moment,
        /// See [`Kept::forgotten`]. What was deleted until then is remembered no longer.
        forgotten: Moment,
    },
    /// Somebody else has remembered something since.
    Overtaken,
}

/// Whoever keeps what must last cannot. It never says anything of what is kept.
#[derive(Debug)]
pub struct LedgerError(pub Box<dyn Error + Send + Sync>);

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what must last cannot be kept")
    }
}

impl Error for LedgerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// A moment as a time.
#[must_use]
pub fn time(moment: Moment) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(moment).unwrap_or_default()
}

/// The moment after this time and after this moment: whoever asked for what changed since a time that had come misses nothing.
#[must_use]
pub fn next_moment(now: DateTime<Utc>, last: Moment) -> Moment {
    now.timestamp_millis().max(last).saturating_add(1)
}

/// Nobody keeps it: it lasts as long as whoever asks, and there is only one who does.
#[derive(Debug)]
pub struct Unkept {
    now: fn() -> DateTime<Utc>,
    moment: Mutex<Moment>,
}

impl Unkept {
    /// By this clock.
    #[must_use]
    pub fn new(now: fn() -> DateTime<Utc>) -> Self {
        Self { now, moment: Mutex::new(0) }
    }
}

impl Ledger for Unkept {
    fn basis(&self) -> u64 {
        0
    }

    fn load(&self, _: &str) -> Result<Kept, LedgerError> {
        Ok(Kept { moment: *self.moment.lock().unwrap_or_else(PoisonError::into_inner), ..Kept::default() })
    }

    fn keep(&self, _: &str, batch: &Batch<'_>) -> Result<Keeping, LedgerError> {
        let mut last = self.moment.lock().unwrap_or_else(PoisonError::into_inner);
        if *last != batch.since {
            return Ok(Keeping::Overtaken);
        }
        *last = next_moment((self.now)(), *last);
        Ok(Keeping::Kept { moment: *last, forgotten: 0 })
    }
}
