//! Why an SS12000 server gives no answer, in words that name neither people nor parts of answers.

use std::{error::Error, fmt, time::Duration};

use crate::source::{
    SourceError, SourceErrorKind,
    courier::{Lost, Reply},
    upstream::PullError,
};

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The network.
    Lost(Lost),
    /// The server wants to be left alone, perhaps for this long: a status.
    Busy(u16, Option<Duration>),
    /// The server does not answer us: a status, and the code of its error.
    Refused(u16, Option<String>),
    /// There is no token: what the token endpoint said, or what it did not say.
    NoToken(String),
    /// The server does not do what was asked: a status, and the code of its error.
    Status(u16, Option<String>),
    /// The server sends us elsewhere, where the token must not go.
    Moved(u16),
    /// The answer is no JSON, as far as it was read.
    NotJson {
        /// The line, from one.
        line: usize,
        /// The column, from one.
        column: usize,
    },
    /// The answer is JSON of another form.
    Form(&'static str),
    /// The answers do not come to an end.
    Endless(&'static str),
    /// A list brings more than is taken.
    TooMuch {
        /// The list.
        list: &'static str,
        /// Of what it brings more.
        what: &'static str,
        /// How much is taken, in bytes.
        most: u64,
    },
    /// What was read cannot be put aside.
    Shelf(String),
    /// The server tells of no such institution.
    Unknown,
    /// The institution cannot be kept under a number.
    Nameless(&'static str),
}

impl Trouble {
    /// What a reply says that is none of those that are understood.
    pub(super) fn of(reply: &Reply) -> Self {
        let status = reply.head.status;
        let code = code(&reply.body);
        match status {
            300..=399 => Self::Moved(status),
            401 | 403 => Self::Refused(status, code),
            429 | 503 => Self::Busy(status, reply.head.retry_after),
            _ => Self::Status(status, code),
        }
    }

    /// Whether the server does not offer what was asked for, or not to us.
    pub(super) fn is_not_offered(&self) -> bool {
        matches!(self, Self::Status(404 | 405 | 501, _) | Self::Refused(403, _))
    }

    /// Whether the question was one that the server does not understand.
    pub(super) fn is_not_understood(&self) -> bool {
        matches!(self, Self::Status(400 | 422, _))
    }

    /// Whether fewer at a time may be answered. A server that is only busy says for how long.
    pub(super) fn is_for_too_many(&self) -> bool {
        matches!(self, Self::Status(413, _) | Self::Busy(503, None))
    }

    /// Whether the server no longer knows what it was asked about.
    pub(super) fn is_forgotten(&self) -> bool {
        matches!(self, Self::Status(410, _))
    }

    /// How an asker tells it apart.
    #[must_use]
    pub fn kind(&self) -> SourceErrorKind {
        match self {
            Self::Lost(_) | Self::Busy(..) | Self::Shelf(_) => SourceErrorKind::Unavailable,
            Self::Status(500.., _) => SourceErrorKind::Unavailable,
            Self::Refused(..) | Self::NoToken(_) | Self::Unknown | Self::Nameless(_) => SourceErrorKind::Refused,
            Self::Status(..)
            | Self::Moved(_)
            | Self::NotJson { .. }
            | Self::Form(_)
            | Self::Endless(_)
            | Self::TooMuch { .. } => SourceErrorKind::Invalid,
        }
    }
}

/// The code of an error in the standard's form, or in one that is met instead. Only what looks like a code is told.
fn code(body: &[u8]) -> Option<String> {
    let error: serde_json::Value = serde_json::from_slice(body.get(..body.len().min(64 << 10))?).ok()?;
    let found = [&error["code"], &error["error"]["code"], &error["detail"]["code"], &error["error"]];
    let code = found.into_iter().find_map(|it| match it {
        serde_json::Value::String(code) => Some(code.clone()),
        serde_json::Value::Number(code) => Some(code.to_string()),
        _ => None,
    })?;
    let plain = |it: u8| it.is_ascii_uppercase() || it.is_ascii_lowercase() || matches!(it, b'_' | b'-');
    // Ten digits may be somebody's number.
    let is_code =
        code.bytes().all(|it| plain(it) || it.is_ascii_digit()) && code.bytes().filter(u8::is_ascii_digit).count() <= 4;
    (is_code && code.len() <= 40).then_some(code)
}

impl From<Lost> for Trouble {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::NotJson { line: error.line(), column: error.column() }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |code: &Option<String>| code.as_ref().map_or_else(String::new, |it| format!(", code {it}"));
        match self {
            Self::Lost(why) => write!(f, "{why}"),
            Self::Busy(..) => f.write_str("the server is too busy to answer"),
            Self::Refused(status, code) => write!(f, "the server does not let us ask: HTTP {status}{}", with(code)),
            Self::NoToken(why) => write!(f, "there is no token for the server: {why}"),
            Self::Status(status, code) => write!(f, "the server answers HTTP {status}{}", with(code)),
            Self::Moved(status) => {
                write!(f, "the server sends us elsewhere (HTTP {status}); name the address itself in endpoint")
            }
            Self::NotJson { line, column } => {
                write!(f, "the answer is no JSON from line {line}, column {column} on")
            }
            Self::Form(what) => write!(f, "the answer is none of SS12000: {what}"),
            Self::Endless(what) => write!(f, "the answers do not come to an end: {what}"),
            Self::TooMuch { list, what, most } => write!(f, "{list} brings more {what}: {most} bytes at most"),
            Self::Shelf(why) => write!(f, "what was read cannot be put aside: {why}"),
            Self::Unknown => f.write_str("the server tells of no institution with this number"),
            Self::Nameless(why) => f.write_str(why),
        }
    }
}

impl Error for Trouble {}

impl From<Trouble> for SourceError {
    fn from(trouble: Trouble) -> Self {
        let retry_after = match &trouble {
            Trouble::Lost(lost) => lost.retry_after,
            Trouble::Busy(_, wait) => *wait,
            _ => None,
        };
        Self { kind: trouble.kind(), cause: Some(Box::new(trouble)), retry_after }
    }
}

impl From<Trouble> for PullError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Busy(_, Some(wait)) => Self::Busy(wait),
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
