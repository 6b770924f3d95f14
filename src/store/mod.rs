//! Keeping: sources that can be written to, and what happened to them.

mod memory;
pub mod record;
mod sqlite;
pub mod tally;

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

pub use memory::Memory;
pub use sqlite::{Guard, Sqlite, shelf};

use tally::Tally;

use crate::{
    domain::{OrganisationNumber, UserId},
    source::{
        Source,
        intake::{IntakeError, Keeper, Mode, Receipt},
        ledger::{Ledger, LedgerError},
        report::Reports,
        subscription::Subscriptions,
    },
};

/// What is kept for good: a source that can be handed rosters, and that tells what has changed.
///
/// Everything here may wait for a disk or a database, except what [`Source`] asks.
pub trait Store: Source + Keeper + Tally + Ledger + Subscriptions + Reports {
    /// The number of the last change that readers can see; 0 before the first.
    fn sequence(&self) -> u64;

    /// The changes after a number, in their order, at most `limit`. Of every entity only the latest change is told.
    ///
    /// # Errors
    /// A store that fails.
    fn changes(&self, after: u64, limit: usize) -> Result<Vec<Change>, StoreError>;

    /// The imports that wait for somebody to confirm them, oldest first.
    ///
    /// # Errors
    /// A store that fails.
    fn held(&self) -> Result<Vec<Held>, StoreError>;

    /// Applies the import of a source that is held. Nothing if none is: it may have been replaced by a newer one.
    ///
    /// # Errors
    /// A store that fails; then the import is held still.
    fn confirm(&self, institution: &OrganisationNumber<'_>, source: &str) -> Result<Option<Receipt>, IntakeError>;

    /// Takes in what another process has written. Costs next to nothing where nobody has. Returns whether anything was.
    ///
    /// # Errors
    /// A store that fails; readers go on with what they had.
    fn refresh(&self) -> Result<bool, StoreError>;

    /// Counts one pull of a package and returns how many that makes on the day.
    ///
    /// # Errors
    /// A store that fails.
    fn count_pull(
        &self,
        day: NaiveDate,
        caller: &str,
        institution: &OrganisationNumber<'_>,
        package: &str,
    ) -> Result<u64, StoreError>;

    /// The pulls of some days, both included, ordered by day, caller, institution and package.
    ///
    /// # Errors
    /// A store that fails.
    fn pulls(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<Pull>, StoreError>;

    /// The callers that are kept here, ordered by name.
    ///
    /// # Errors
    /// A store that fails.
    fn callers(&self) -> Result<Vec<StoredCaller>, StoreError>;

    /// Keeps a caller; one of the same name is replaced.
    ///
    /// # Errors
    /// A store that fails.
    fn keep_caller(&self, name: &str, settings: &str) -> Result<(), StoreError>;

    /// Forgets a caller. False if there was none of this name.
    ///
    /// # Errors
    /// A store that fails.
    fn remove_caller(&self, name: &str) -> Result<bool, StoreError>;
}

/// What sort of thing a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The master data of an institution. The key is its number.
    Institution,
    /// A group, as one source tells of it. The key is its id.
    Group,
    /// A person at an institution, as one source tells of it.
    ///
    /// The key is the local id. Where there is none it is a blank and `u` with the user id, or a blank and `h` with a digest.
    Person,
    /// A contact person of a pupil. The key is that of the pupil, a line feed and the user id; then, of the second one with
    /// the same user id on, a line feed and a number.
    Contact,
}

/// The latest change of one entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its number, greater than that of every change before.
    pub sequence: u64,
    /// Where.
    pub institution: OrganisationNumber<'static>,
    /// What sort of thing changed.
    pub kind: Kind,
    /// Which source told of it; empty for the institution itself.
    pub source: String,
    /// Its key, unique for the institution, the source and the kind.
    pub key: String,
    /// The person's user id, also after the person has gone.
    pub user_id: Option<UserId<'static>>,
    /// When it came for the first time.
    pub created: DateTime<Utc>,
    /// When it changed.
    pub modified: DateTime<Utc>,
    /// When it went, if it has gone.
    pub deleted: Option<DateTime<Utc>>,
}

/// An import that waits for somebody to confirm it.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Where.
    pub institution: OrganisationNumber<'static>,
    /// Whose data; the first one's, where there are several.
    pub source: String,
    /// What it would do.
    pub mode: Mode,
    /// When it was handed in.
    pub since: DateTime<Utc>,
    /// How many people would go.
    pub leaving: usize,
    /// Of how many.
    pub of: usize,
}

/// How often a package was pulled on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// The day.
    pub day: NaiveDate,
    /// By whom.
    pub caller: String,
    /// Of which institution.
    pub institution: OrganisationNumber<'static>,
    /// Which package.
    pub package: String,
    /// How often.
    pub count: u64,
}

/// A caller that is kept in the store.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCaller {
    /// The name, which is its key.
    pub name: String,
    /// Everything else in the words of whoever keeps it here: the store does not look inside. Secrets in it must be digests.
    pub settings: String,
    /// When it was kept for the first time.
    pub created: DateTime<Utc>,
}

impl fmt::Debug for StoredCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredCaller").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why the store failed. It never says anything of what is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database was written by a newer program.
    #[error("the database has layout {found}, this program knows layouts up to {known}: use a newer program")]
    Newer {
        /// The layout it has.
        found: u32,
        /// The newest layout known.
        known: u32,
    },
    /// The file is a database of some other program.
    #[error("the file is no store of skolebro")]
    Foreign,
    /// A record cannot be read.
    #[error("record {sequence} of the database cannot be read")]
    Record {
        /// The number of its latest change.
        sequence: u64,
    },
    /// Somebody else wrote what we were about to write.
    #[error("another program has changed the same institution meanwhile; hand the document in again")]
    Overtaken,
    /// The store is full.
    #[error("the store is full")]
    Full,
    /// The database failed.
    #[error("the database failed")]
    Sqlite(#[source] rusqlite::Error),
    /// A file failed.
    #[error("the store's folder failed")]
    File(#[source] std::io::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(why: rusqlite::Error) -> Self {
        // Without room for it the index of the log cannot grow either.
        let no_room = why.sqlite_error().is_some_and(|it| it.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
        match why.sqlite_error_code() {
            _ if no_room => Self::Full,
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full,
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign,
            _ => Self::Sqlite(why),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(why: std::io::Error) -> Self {
        match why.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::File(why),
        }
    }
}

impl From<StoreError> for LedgerError {
    fn from(why: StoreError) -> Self {
        Self(Box::new(why))
    }
}

impl From<StoreError> for IntakeError {
    fn from(why: StoreError) -> Self {
        match why {
            StoreError::Full => Self::Full,
            other => Self::Failed(Box::new(other)),
        }
    }
}
