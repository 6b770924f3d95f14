//! Carrying letters: what a standard needs of the network, whatever protocol carries it.

use std::{
    error::Error,
    fmt,
    future::Future,
    io::{self, Read},
    pin::Pin,
    time::Duration,
};

use chrono::{DateTime, Utc};

/// What is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Whereto: an absolute address.
    pub address: String,
    /// The media type of the text, with its parameters.
    pub media_type: String,
    /// The text.
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("address", &self.address)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// What is known of an answer before its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status: 200 is well.
    pub status: u16,
    /// The media type without parameters, in lower case; empty where none is told.
    pub media_type: String,
    /// What is told of the encoding.
    pub charset: Option<String>,
    /// What the server's clock said.
    pub date: Option<DateTime<Utc>>,
    /// For how long the server wants to be left alone.
    pub retry_after: Option<Duration>,
}

/// A whole answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// What stood before the body.
    pub head: Head,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("head", &self.head).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// An answer whose body is read as it arrives. Errors of the reader hold a [`Lost`]: see [`Lost::of`].
pub type Arriving = (Head, Box<dyn Read + Send>);

/// A whole answer that comes later.
pub type Later<'c> = Pin<Box<dyn Future<Output = Result<Reply, Lost>> + Send + 'c>>;

/// Makes the letter of each try; nothing where it cannot be made, which ends the asking with [`LostKind::Unsent`].
pub type Writing<'w> = dyn FnMut() -> Option<Letter> + Send + 'w;

/// Somebody who carries letters to one server.
pub trait Courier: Send + Sync {
    /// Asks what may be asked again: where no answer has begun, a few tries are made, each with a letter of its own.
    fn ask<'c>(&'c self, letter: &'c mut Writing<'_>) -> Later<'c>;

    /// Asks once and gives the answer as it arrives. Waits, so it wants a thread of its own.
    ///
    /// # Errors
    /// See [`Lost`].
    fn fetch(&self, letter: Letter) -> Result<Arriving, Lost>;
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// At which step.
    pub kind: LostKind,
    /// What happened, in words without anything of the letter.
    pub told: String,
    /// How long to wait before trying again, where that is known.
    pub retry_after: Option<Duration>,
}

/// The steps at which an answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LostKind {
    /// Nothing has been sent, and nobody was tried.
    Unsent,
    /// The server has not answered lately and is left alone for a while.
    Resting,
    /// Too many letters are under way.
    Crowded,
    /// The name of the server is not known.
    Name,
    /// Nobody listens there, or not in time.
    Connection,
    /// Nobody there is whom we trust, or we are not trusted.
    Tls,
    /// No answer began in time.
    Silence,
    /// The answer ended in the middle, or went on too slowly.
    Cut,
    /// The answer is larger than is read.
    Large,
}

impl Lost {
    /// A loss in these words.
    pub fn new(kind: LostKind, told: impl Into<String>) -> Self {
        Self { kind, told: told.into(), retry_after: None }
    }

    /// The loss behind an error of a body that was arriving.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Whether no byte of an answer had come, so that a question may be asked again.
    #[must_use]
    pub fn is_before_any_answer(&self) -> bool {
        matches!(self.kind, LostKind::Name | LostKind::Connection | LostKind::Silence)
    }
}

impl From<Lost> for io::Error {
    fn from(lost: Lost) -> Self {
        Self::other(lost)
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}

impl Error for Lost {}
