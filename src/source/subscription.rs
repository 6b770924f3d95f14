//! Who is to be told that something has changed, and how far that has got.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ledger::{LedgerError, Moment};

/// Somebody who keeps subscriptions.
pub trait Subscriptions: Send + Sync {
    /// Keeps a new one, unless its caller has `most` already: then false.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn subscribe(&self, new: &Subscription, most: usize) -> Result<bool, LedgerError>;

    /// All, or those of one caller, in the order of their ids.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn subscriptions(&self, caller: Option<&str>) -> Result<Vec<Subscription>, LedgerError>;

    /// Lets a caller's subscription last until a moment, and be told again if it was suspended. None if there is none.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn renew(&self, caller: &str, id: Uuid, expires: DateTime<Utc>) -> Result<Option<Subscription>, LedgerError>;

    /// Ends a caller's subscription. False if there is none.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn unsubscribe(&self, caller: &str, id: Uuid) -> Result<bool, LedgerError>;

    /// Ends those that have lapsed. Returns how many.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn lapse(&self, now: DateTime<Utc>) -> Result<usize, LedgerError>;

    /// Keeps how far one has got, unless that is no longer as it was: then false.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn progress(&self, id: Uuid, was: &Progress, is: &Progress) -> Result<bool, LedgerError>;
}

/// Somebody who knows where notices may be sent.
pub trait Targets: Send + Sync {
    /// Whether they may be sent there. May wait for the network.
    ///
    /// # Errors
    /// Why not, in words that tell nothing of the network.
    fn vet(&self, target: &str) -> Result<(), &'static str>;
}

/// One subscription.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: Uuid,
    /// Whose it is, by name.
    pub caller: String,
    /// What the caller calls it.
    pub name: String,
    /// Where notices are sent.
    pub target: String,
    /// The types of objects, in the words of the standard.
    pub resources: Vec<String>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it lapses.
    pub expires: DateTime<Utc>,
    /// How far it has got.
    pub progress: Progress,
}

/// How far the telling has got.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Everything until this moment has been told.
    pub told: Moment,
    /// Since when nothing arrives, if that is so.
    pub failing: Option<Failing>,
    /// Why nothing is told any more.
    pub suspended: Option<String>,
}

/// What does not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// The first failure.
    pub since: DateTime<Utc>,
    /// How many there were.
    pub tries: u32,
    /// When the next one may be.
    pub next: DateTime<Utc>,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, caller, resources, expires, progress, .. } = self;
        // What callers write themselves may be about persons.
        let mut shown = f.debug_struct("Subscription");
        shown.field("id", id).field("caller", caller).field("resources", resources).field("expires", expires);
        shown.field("progress", progress).finish_non_exhaustive()
    }
}
