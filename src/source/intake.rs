//! Handing in: what a keeper of rosters must do for whoever brings one, in hub words.
//!
//! An import is all or nothing: what is handed to an [`Intake`] shows only after its `commit`, and an intake that is
//! dropped leaves no trace. Everything here may wait for a disk, so callers that must not wait use a thread of their own.

use std::{error::Error, fmt};

use chrono::{DateTime, FixedOffset, Utc};

use crate::domain::{Group, GroupKind, ImportSource, Member, Organisation, OrganisationNumber, UserId};

/// What an import does to what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The source's people and groups at the institution become exactly those handed in.
    Full,
    /// Those handed in are added or changed; nobody goes.
    Delta,
    /// Those named go; nothing else changes.
    Delete,
    /// Everything at the institution, whatever its source, becomes exactly what is handed in, user ids included: an export of another keeper.
    Replica,
    /// As [`Mode::Replica`], by somebody who does not know everybody's user id: whoever comes without one gets one, or keeps it.
    Mirror,
}

/// What is said before anything is handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Heading {
    /// What it does.
    pub mode: Mode,
    /// Where.
    pub institution: OrganisationNumber<'static>,
    /// What the document calls the institution; kept only while no register tells.
    pub name: Option<String>,
    /// Whose data. Exactly one, except for [`Mode::Replica`] and [`Mode::Mirror`].
    pub sources: Vec<ImportSource<'static>>,
    /// Let go of more people than the guard allows.
    pub confirmed: bool,
}

/// Somebody who keeps rosters.
pub trait Keeper: Send + Sync {
    /// Waits until no other import of the institution is open, then opens one.
    ///
    /// # Errors
    /// [`IntakeError::Outdated`] where `extracted_at` is not newer than that of the source's last import at the institution
    /// (a [`Mode::Replica`] or [`Mode::Mirror`] may be as old), or a store that fails.
    fn begin(&self, heading: Heading) -> Result<Box<dyn Intake + '_>, IntakeError>;

    /// Keeps the master data of institutions as their register tells them. Returns how many changed.
    ///
    /// # Errors
    /// A store that fails.
    fn keep_organisations(&self, organisations: &[Organisation<'_>]) -> Result<usize, IntakeError>;

    /// Keeps what a server elsewhere tells of an institution itself. What the register says of it, field by field, goes before; a
    /// keeper that knows no register keeps it as it is. False if nothing changes by it.
    ///
    /// # Errors
    /// A store that fails.
    fn keep_description(&self, organisation: &Organisation<'_>) -> Result<bool, IntakeError> {
        Ok(self.keep_organisations(std::slice::from_ref(organisation))? > 0)
    }
}

/// An import that is open. Dropping it forgets everything handed in.
pub trait Intake {
    /// The kind of a group, as handed in so far or as kept before, if this import does not take it away.
    ///
    /// # Errors
    /// A store that fails.
    fn group_kind(&mut self, id: &str) -> Result<Option<GroupKind>, IntakeError>;

    /// Hands in a group. Groups that people are in but nobody hands in are made by the keeper.
    ///
    /// # Errors
    /// A store that fails.
    fn group(&mut self, group: &Group<'_>) -> Result<(), IntakeError>;

    /// Hands in a person at the institution, contact persons included. Of two with one key the later counts.
    ///
    /// # Errors
    /// A store that fails.
    fn member(&mut self, member: &Member<'_>) -> Result<(), IntakeError>;

    /// Says that the person with this local id goes. False if there is none.
    ///
    /// # Errors
    /// A store that fails.
    fn remove(&mut self, local_id: &str) -> Result<bool, IntakeError>;

    /// Makes it so, at once and for good, or holds it for somebody to confirm.
    ///
    /// # Errors
    /// A store that fails; then nothing has changed.
    fn commit(self: Box<Self>) -> Result<Outcome, IntakeError>;
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is kept.
    Done(Receipt),
    /// It would let go of too many people and waits for somebody to confirm it.
    Held {
        /// How many people would go.
        leaving: usize,
        /// Of how many.
        of: usize,
    },
}

/// What an import changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Receipt {
    /// The number of the last change of the store that this import made, or of the last change before it.
    pub sequence: u64,
    /// How many rows of each kind of change.
    pub added: usize,
    /// Rows with new content.
    pub changed: usize,
    /// Rows that became tombstones.
    pub removed: usize,
    /// Rows handed in again as they were.
    pub unchanged: usize,
    /// Local id and user id of every person handed in, in the order of the document. Empty for [`Mode::Delete`].
    pub people: Vec<(String, UserId<'static>)>,
}

/// Why nothing was kept.
#[derive(Debug)]
pub enum IntakeError {
    /// The source has handed in newer data, or data of the same moment.
    Outdated {
        /// When those data left the source.
        last: DateTime<FixedOffset>,
    },
    /// The store is full. It still answers.
    Full,
    /// The store failed.
    Failed(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outdated { last } => {
                write!(f, "the source has handed in data of {} already", last.with_timezone(&Utc).to_rfc3339())
            }
            Self::Full => f.write_str("the store is full; nothing was changed"),
            Self::Failed(_) => f.write_str("the store failed; nothing was changed"),
        }
    }
}

impl Error for IntakeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(cause) => Some(&**cause),
            Self::Outdated { .. } | Self::Full => None,
        }
    }
}
