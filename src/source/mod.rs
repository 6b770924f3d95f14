//! Asking: the questions that a face may ask, in hub words, whoever answers them.

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

pub mod breaker;
pub mod courier;
pub mod http;
pub mod ages;
pub mod intake;
pub mod ledger;
pub mod login;
pub mod report;
pub mod subscription;
pub mod shelf;
pub mod told;
pub mod upstream;
pub mod web;

use crate::domain::{CivilId, Hierarchy, OrganisationNumber, Snapshot, UserId};
use ages::Ages;
use login::Login;

/// An answer that comes later.
pub type Answer<'s, T> = Pin<Box<dyn Future<Output = Result<T, SourceError>> + Send + 's>>;

/// Every institution of a source, ordered by number. A source that has not changed gives the same slice again, so that what was made of it can be kept.
pub type Institutions = Arc<[Arc<Snapshot>]>;

/// How much of an institution the asker needs. An answer may hold more, never less; what a server elsewhere does not tell with
/// the part (the name of the institution with its groups, say) is not asked for besides.
#[derive(Debug, Clone, Copy)]
pub enum Part<'p> {
    /// The institution itself.
    Organisation,
    /// And its groups.
    Groups,
    /// And who is in the group with this key.
    Group(&'p str),
    /// And what ties this user to it, as a contact person too: then the pupils with their main groups.
    User(&'p UserId<'p>),
    /// All of it.
    Everything,
}

/// Which of a user's ties are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// As what the user is known, and nothing more: neither names nor groups.
    Standing,
    /// As a member, with the groups.
    Own,
    /// As a pupil, with the contact persons.
    Contacts,
    /// As a contact person, with the pupils and their main groups.
    Pupils,
}

/// Somebody who knows institutions: the own store, or a server elsewhere.
pub trait Source: Send + Sync {
    /// An institution, or nothing if there is none with this number.
    fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Answer<'s, Option<Arc<Snapshot>>>;

    /// The institutions that a user is tied to, if only as a contact person, ordered by number; each with those ties at least.
    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>>;

    /// Some ties of a user, at one institution or wherever there are any; the answers may tell of more. A server elsewhere may
    /// give one kind of tie and refuse another, so whoever needs one kind asks for that.
    fn ties_of<'s>(
        &'s self,
        user: &'s UserId<'s>,
        at: Option<&'s OrganisationNumber<'s>>,
        _ties: Ties,
    ) -> Answer<'s, Vec<Arc<Snapshot>>> {
        Box::pin(async move {
            match at {
                Some(number) => Ok(self.institution(number, Part::User(user)).await?.into_iter().collect()),
                None => self.institutions_of(user).await,
            }
        })
    }

    /// The user behind a national identity number; nobody where it is nobody's, or may be two users' (see [`claim`](crate::domain::claim)).
    fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>>;

    /// A user's national identity number; none where none is known, or more than one (see [`claim`](crate::domain::claim)).
    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>>;

    /// The main institution of an institution and all its departments, whichever of them is asked for.
    fn hierarchy<'s>(&'s self, number: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>>;

    /// Everything. Sources that only answer look-ups refuse with [`SourceErrorKind::Unsupported`].
    fn institutions(&self) -> Answer<'_, Institutions>;

    /// The same source for one request, where that makes a difference: it says how old the copies are that it tells from, and
    /// asks a server elsewhere about whom the login covers.
    fn during<'s>(&'s self, _login: Option<&'s Login>, _ages: &'s Ages) -> Option<Box<dyn Source + 's>> {
        None
    }
}

/// Somebody who counts full pulls: services that tell everything may only be asked so often.
pub trait Pulls: Send + Sync {
    /// A caller, by name, gets everything of an institution that a service tells. For exports the service names the package
    /// too: `wsieksport/fuld`.
    fn pulled(&self, caller: &str, institution: &OrganisationNumber<'_>, service: &str);
}

/// Nobody counts.
impl Pulls for () {
    fn pulled(&self, _: &str, _: &OrganisationNumber<'_>, _: &str) {}
}

/// Why there is no answer.
#[derive(Debug)]
pub struct SourceError {
    /// Of what kind.
    pub kind: SourceErrorKind,
    /// What lies behind it.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
    /// How long to wait before asking again, where that helps.
    pub retry_after: Option<Duration>,
}

/// Kinds of failure that an asker can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceErrorKind {
    /// The source does not answer such questions.
    Unsupported,
    /// The source does not let us ask.
    Refused,
    /// The day's questions are used up.
    Quota,
    /// The source cannot be reached, or not in time.
    Unavailable,
    /// The source answered what it must not.
    Invalid,
}

impl SourceError {
    /// A failure that speaks for itself.
    pub fn new(kind: SourceErrorKind) -> Self {
        Self { kind, cause: None, retry_after: None }
    }

    /// A failure with what lies behind it.
    pub fn because(kind: SourceErrorKind, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, cause: Some(cause.into()), retry_after: None }
    }

    /// With how long to wait.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SourceErrorKind::Unsupported => "the source does not answer this kind of question",
            SourceErrorKind::Refused => "the source refuses to answer",
            SourceErrorKind::Quota => "no more questions to the source today",
            SourceErrorKind::Unavailable => "the source cannot be reached",
            SourceErrorKind::Invalid => "the source gave an answer that it must not give",
        })
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|it| &**it as &(dyn Error + 'static))
    }
}
