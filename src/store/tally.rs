//! What is kept of the pulls that we ask of servers elsewhere: how many, what became of them, and who is at it.

use chrono::{DateTime, NaiveDate, Utc};

use super::StoreError;
use crate::domain::OrganisationNumber;

/// Somebody who keeps count of pulls for all processes that share a store.
pub trait Tally: Send + Sync {
    /// Counts one pull on each of these days, if each has room for it. When this returns, the count lasts.
    ///
    /// # Errors
    /// A store that fails. Then nothing may be sent.
    fn reserve_pull(
        &self,
        upstream: &str,
        institution: &OrganisationNumber<'_>,
        days: &[NaiveDate],
        quota: u64,
    ) -> Result<Reserved, StoreError>;

    /// The pulls of some days, both included, ordered by day, upstream and institution.
    ///
    /// # Errors
    /// A store that fails.
    fn asked(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<Asked>, StoreError>;

    /// What became of the pulls, ordered by upstream and institution.
    ///
    /// # Errors
    /// A store that fails.
    fn copies(&self) -> Result<Vec<Copied>, StoreError>;

    /// What became of the pulls of one institution.
    ///
    /// # Errors
    /// A store that fails.
    fn copied(&self, upstream: &str, institution: &OrganisationNumber<'_>) -> Result<Option<Copied>, StoreError>;

    /// Keeps what became of a pull.
    ///
    /// # Errors
    /// A store that fails.
    fn note_pull(
        &self,
        upstream: &str,
        institution: &OrganisationNumber<'_>,
        became: &Became<'_>,
    ) -> Result<(), StoreError>;

    /// Makes a holder the only one under this name until a moment, or stay so: unless somebody else is, at `now`. Then until
    /// when that one is.
    ///
    /// # Errors
    /// A store that fails. Then somebody else may be.
    fn lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError>;

    /// Lets somebody else be the only one.
    ///
    /// # Errors
    /// A store that fails; the lease ends by itself then.
    fn release(&self, name: &str, holder: &str) -> Result<(), StoreError>;
}

/// Whether a pull may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// It is counted; so many are left on the fullest of the days.
    Granted {
        /// How many.
        left: u64,
    },
    /// This day, the last of those that were asked for, has no room. Nothing is counted.
    Spent {
        /// The day.
        day: NaiveDate,
    },
}

/// How often an upstream was asked for everything of an institution on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The Danish day.
    pub day: NaiveDate,
    /// Whom.
    pub upstream: String,
    /// For which institution.
    pub institution: OrganisationNumber<'static>,
    /// How often.
    pub count: u64,
}

/// What became of the pulls of an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// From whom.
    pub upstream: String,
    /// Which institution.
    pub institution: OrganisationNumber<'static>,
    /// When the call was sent that brought what is kept, if one has.
    pub fetched: Option<DateTime<Utc>>,
    /// The calls since then that brought nothing.
    pub failing: Option<Failing>,
}

/// Calls that brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// When the last one ended.
    pub since: DateTime<Utc>,
    /// Why, in a word.
    pub kind: String,
    /// How many, one after the other.
    pub times: u32,
}

/// What became of one pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became<'k> {
    /// A copy, by a call that was sent at this moment.
    Copy(DateTime<Utc>),
    /// Nothing, at this moment, for a reason of this kind.
    Failure(DateTime<Utc>, &'k str),
}
