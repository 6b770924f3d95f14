//! What callers report of what they have fetched: messages and counts.

use chrono::{DateTime, Utc};

use super::ledger::LedgerError;

/// Somebody who keeps reports for whoever runs us.
pub trait Reports: Send + Sync {
    /// Keeps a report, and of the caller's no more than `most`: the oldest go.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn report(&self, report: &Report, most: usize) -> Result<(), LedgerError>;

    /// The newest reports, newest first.
    ///
    /// # Errors
    /// Whoever keeps it cannot.
    fn reports(&self, limit: usize) -> Result<Vec<Report>, LedgerError>;
}

/// One report. It may hold personal data in its text: it is shown to whoever asks for it and not logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose it is, by name.
    pub caller: String,
    /// What sort: `log` or `statistics`.
    pub kind: String,
    /// When it came.
    pub received: DateTime<Utc>,
    /// What it says, as JSON.
    pub entry: String,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").field("caller", &self.caller).field("kind", &self.kind).finish_non_exhaustive()
    }
}
