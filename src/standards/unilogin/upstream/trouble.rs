//! Why a service elsewhere gives no answer, in words that name neither people nor parts of messages.

use std::{error::Error, fmt, time::Duration};

use soap::xml::{Violation, records::StreamError};

use super::fault::Fault;
use crate::source::{SourceError, SourceErrorKind, courier::Lost, intake::IntakeError, upstream::PullError};

/// Why there is no answer.
#[derive(Debug)]
pub enum Trouble {
    /// The question cannot be signed.
    Unsigned(wsse::sign::SignError),
    /// The network.
    Lost(Lost),
    /// The service wants to be left alone, perhaps for this long.
    Busy(Option<Duration>),
    /// The service refuses.
    Fault(Fault),
    /// What answers is no SOAP service: status and media type.
    Foreign(u16, String),
    /// The answer is not signed as it must be.
    Untrusted(wsse::verify::Refused),
    /// The answer breaks its contract: where, and which rule.
    Violation(String),
    /// The answer is right, and to another question.
    Astray(&'static str),
    /// The store does not keep it.
    Intake(IntakeError),
}

impl From<Lost> for Trouble {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl From<IntakeError> for Trouble {
    fn from(why: IntakeError) -> Self {
        Self::Intake(why)
    }
}

/// What was found is left out: it may be somebody's.
impl From<Box<Violation>> for Trouble {
    fn from(violation: Box<Violation>) -> Self {
        let Violation { place, path, rule, expected, found: _ } = *violation;
        let path = if path.is_empty() { path } else { format!(" ({path})") };
        Self::Violation(format!("line {}, column {}{path}: expected {expected} ({rule})", place.line, place.column))
    }
}

impl From<StreamError> for Trouble {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Violation(violation) => violation.into(),
            StreamError::Io(why) => match Lost::of(&why) {
                Some(lost) => Self::Lost(lost.clone()),
                None => Self::Violation("the bytes are no text".to_owned()),
            },
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(why) => write!(f, "the question cannot be signed: {why}"),
            Self::Lost(why) => write!(f, "{why}"),
            Self::Busy(_) => f.write_str("the service is too busy to answer (HTTP 503)"),
            Self::Fault(fault) if fault.is_theirs => write!(f, "the service has a trouble of its own: {fault}"),
            Self::Fault(fault) => write!(f, "the service refuses: {fault}"),
            Self::Foreign(status, media_type) if media_type.is_empty() => {
                write!(f, "what answers is no SOAP service: HTTP {status} without a media type")
            }
            Self::Foreign(status, media_type) => {
                write!(f, "what answers is no SOAP service: HTTP {status} with {media_type}")
            }
            Self::Untrusted(why) => write!(f, "the answer is not signed as it must be: {why}"),
            Self::Violation(why) => write!(f, "the answer breaks its contract: {why}"),
            Self::Astray(what) => write!(f, "the answer is to another question: {what}"),
            Self::Intake(why) => write!(f, "{why}"),
        }
    }
}

impl Error for Trouble {}

impl Trouble {
    /// How an asker tells it apart.
    #[must_use]
    pub fn kind(&self) -> SourceErrorKind {
        match self {
            Self::Lost(_) | Self::Busy(_) | Self::Intake(_) => SourceErrorKind::Unavailable,
            Self::Foreign(status, _) if *status >= 500 => SourceErrorKind::Unavailable,
            Self::Fault(fault) if fault.is_theirs => SourceErrorKind::Unavailable,
            Self::Unsigned(_) | Self::Fault(_) => SourceErrorKind::Refused,
            Self::Foreign(..) | Self::Untrusted(_) | Self::Violation(_) | Self::Astray(_) => SourceErrorKind::Invalid,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Lost(lost) => lost.retry_after,
            Self::Busy(wait) => *wait,
            _ => None,
        }
    }
}

impl From<Trouble> for SourceError {
    fn from(trouble: Trouble) -> Self {
        let (kind, retry_after) = (trouble.kind(), trouble.retry_after());
        Self { kind, cause: Some(Box::new(trouble)), retry_after }
    }
}

impl From<Trouble> for PullError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Intake(why) => Self::Intake(why),
            Trouble::Busy(Some(wait)) => Self::Busy(wait),
            Trouble::Fault(fault) if !fault.is_theirs => Self::Refused(fault.to_string()),
            other => match other.kind() {
                SourceErrorKind::Refused => Self::Refused(other.to_string()),
                SourceErrorKind::Invalid => Self::Invalid(Box::new(other)),
                SourceErrorKind::Unavailable | SourceErrorKind::Unsupported | SourceErrorKind::Quota => {
                    Self::Unavailable(Box::new(other))
                }
            },
        }
    }
}
