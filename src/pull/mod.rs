//! Copies of what servers elsewhere know: asked for as seldom as their rules demand, and never twice at a time.
//!
//! In reading order: the rules and the words, the puller, where wishes meet, one attempt, what readers are answered, and when
//! copies are asked for without anybody's wish.

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::OrganisationNumber,
    source::{
        SourceError, SourceErrorKind,
        upstream::{PullError, Upstream},
    },
};

mod attempt;
mod bridge;
mod puller;
mod schedule;

pub use bridge::Bridge;
pub use puller::{Puller, Quiet, Standing};
pub use schedule::{Plan, Schedule, keep};

/// What time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What is kept to.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Full pulls of an institution a Danish day.
    pub quota: u64,
    /// By how much clocks may differ. So close to midnight a pull counts on both days.
    pub guard: TimeDelta,
    /// How many institutions are pulled at once.
    pub at_once: usize,
    /// How long others believe that a process which says nothing is still pulling.
    pub lease: Duration,
    /// From which age on a copy is asked for anew.
    pub max_age: TimeDelta,
    /// How long a reader waits for a copy where there is none.
    pub wait: Duration,
    /// What is done with an old copy while no pull is left.
    pub when_spent: WhenSpent,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            quota: 4,
            guard: TimeDelta::seconds(60),
            at_once: 2,
            lease: Duration::from_secs(120),
            max_age: TimeDelta::hours(24),
            wait: Duration::from_secs(20),
            when_spent: WhenSpent::Serve,
        }
    }
}

/// What is done with a copy that is too old while no pull is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenSpent {
    /// It is served, with its age.
    Serve,
    /// Readers are told when there will be a new one.
    Refuse,
}

/// An upstream, and for which institutions it is asked.
pub struct Attached {
    /// The upstream.
    pub upstream: Arc<dyn Upstream>,
    /// The institutions; none are named: those that it has agreements for.
    pub institutions: Option<Vec<OrganisationNumber<'static>>>,
}

/// Somebody wants a copy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// One that is as things were then, or later, will do.
    pub since: DateTime<Utc>,
    /// After a pull that failed, wait before the next one.
    pub patient: bool,
    /// Let go of more people than the guard allows.
    pub confirmed: bool,
}

/// What became of a wish.
pub type Told = Result<Pulled, Missed>;

/// There is a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// It has been pulled.
    Done {
        /// How many rows are new.
        added: usize,
        /// How many have new content.
        changed: usize,
        /// How many have gone.
        removed: usize,
        /// How many are as they were.
        unchanged: usize,
    },
    /// One has been pulled, would let go of too many people, and waits for somebody to confirm it.
    Held {
        /// How many people would go.
        leaving: usize,
        /// Of how many.
        of: usize,
    },
    /// Somebody else had pulled one meanwhile.
    Known,
}

/// There is none.
#[derive(Debug, Clone)]
pub enum Missed {
    /// No upstream answers for the institution.
    Nobody,
    /// No pull is left before this moment.
    Spent(DateTime<Utc>),
    /// A pull has failed, for a reason of this kind, and the next one is not sent before this moment.
    Waiting(DateTime<Utc>, String),
    /// The pull failed, and another one should not be sent before this moment.
    Failed(DateTime<Utc>, Arc<PullError>),
    /// Another process has pulled, and failed for a reason of this kind.
    Elsewhere(String),
    /// The count could not be kept, so nothing was sent.
    Store(String),
    /// A fault of ours.
    Ours,
}

impl Missed {
    /// What somebody is told at a moment who asked for data.
    #[must_use]
    pub fn told_at(&self, now: DateTime<Utc>) -> SourceError {
        let error = |kind| SourceError::because(kind, self.to_string());
        let wait = |until: &DateTime<Utc>| (*until - now).to_std().unwrap_or_default();
        match self {
            Self::Spent(until) => error(SourceErrorKind::Quota).after(wait(until)),
            Self::Waiting(until, kind) => error(source_kind(kind)).after(wait(until)),
            Self::Failed(until, why) => error(source_kind(kind_of(why))).after(wait(until)),
            Self::Elsewhere(kind) => error(source_kind(kind)),
            Self::Nobody => error(SourceErrorKind::Unsupported),
            Self::Store(_) | Self::Ours => error(SourceErrorKind::Unavailable),
        }
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("no upstream answers for the institution"),
            Self::Spent(until) => write!(f, "the day's pulls are used up; the next one may be sent at {}", told(until)),
            Self::Waiting(until, kind) => {
                write!(f, "the last pull failed ({kind}); the next one is not sent before {}", told(until))
            }
            Self::Failed(_, why) => write!(f, "{why}"),
            Self::Elsewhere(kind) => write!(f, "another process has just pulled and failed ({kind})"),
            Self::Store(why) => write!(f, "the pull could not be counted, so nothing was sent: {why}"),
            Self::Ours => f.write_str("a fault of ours"),
        }
    }
}

impl std::error::Error for Missed {}

fn told(moment: &DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A copy that was held counts as a failure of this kind: it is not asked for again at once.
const HELD: &str = "held";

/// And a call that ended in a fault of ours as one of this kind.
const FAULT: &str = "fault";

/// The word for a failure that is kept.
const fn kind_of(error: &PullError) -> &'static str {
    match error {
        PullError::Unavailable(_) => "unavailable",
        PullError::Busy(_) => "busy",
        PullError::Refused(_) => "refused",
        PullError::Invalid(_) => "invalid",
        PullError::Intake(_) => "store",
    }
}

fn source_kind(kind: &str) -> SourceErrorKind {
    match kind {
        "refused" => SourceErrorKind::Refused,
        "invalid" => SourceErrorKind::Invalid,
        _ => SourceErrorKind::Unavailable,
    }
}

/// How long to wait after a number of failures of a kind. What passes by itself is tried again sooner than what somebody must
/// put right; each try counts.
fn backoff(kind: &str, times: u32) -> TimeDelta {
    let minutes = match (kind, times) {
        ("unavailable" | "busy" | "store", ..=1) => 2,
        ("unavailable" | "busy" | "store", 2) => 30,
        _ => 180,
    };
    TimeDelta::minutes(minutes)
}
