//! Servers elsewhere that know institutions: asked question by question, or for everything at once.

use std::{error::Error, fmt, time::Duration};

use super::{
    Answer, Source,
    intake::{IntakeError, Keeper, Outcome},
};
use crate::domain::OrganisationNumber;

/// A server elsewhere.
pub trait Upstream: Send + Sync {
    /// What the configuration calls it.
    fn name(&self) -> &str;

    /// Immediate look-ups. Whoever asks sees to it that the rules of use allow the question; answers are never kept.
    fn lookups(&self) -> &dyn Source;

    /// The institutions that it may be asked for everything of.
    fn agreements(&self) -> Answer<'_, Vec<OrganisationNumber<'static>>>;

    /// Asks once for everything of an institution and hands it in as it arrives. One call, which is never repeated here: calls
    /// are counted by whoever asks. May wait for the network and for a disk, so it wants a thread of its own.
    ///
    /// # Errors
    /// See [`PullError`]. Then nothing has been kept.
    fn pull(
        &self,
        institution: &OrganisationNumber<'_>,
        keeper: &dyn Keeper,
        confirmed: bool,
    ) -> Result<Outcome, PullError>;
}

/// Why a pull brought nothing.
#[derive(Debug)]
pub enum PullError {
    /// The server cannot be reached, or not in time, or the answer ended early. Worth another try, which counts.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// The server is busy, and says for how long.
    Busy(Duration),
    /// The server refuses: no agreement, an unknown certificate, a wrong signature. Its words, which are no personal data.
    Refused(String),
    /// The answer is not what it must be: wrongly signed, against its contract, of another institution.
    Invalid(Box<dyn Error + Send + Sync>),
    /// The store does not keep it.
    Intake(IntakeError),
}

impl fmt::Display for PullError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the server cannot be reached: {why}"),
            Self::Busy(wait) => write!(f, "the server is busy for another {} seconds", wait.as_secs()),
            Self::Refused(words) => write!(f, "the server refuses: {words}"),
            Self::Invalid(why) => write!(f, "the server gave an answer that it must not give: {why}"),
            Self::Intake(why) => write!(f, "the answer cannot be kept: {why}"),
        }
    }
}

impl Error for PullError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable(why) | Self::Invalid(why) => Some(&**why),
            Self::Intake(why) => Some(why),
            Self::Busy(_) | Self::Refused(_) => None,
        }
    }
}
