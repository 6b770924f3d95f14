//! SS12000 2.1, the REST operations: lists, look-ups and single objects of organisations, persons, groups, duties, placements and
//! activities, and what has gone.
//!
//! Knows no HTTP library: a face hands over a [`Request`] and gets an [`Answer`], or an [`Error`] that says of what kind it is.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    context::Options,
    feed::Feed,
    model,
    view::{Caller, Kind, View},
};
use crate::source::{
    Source, SourceError,
    ledger::{Ledger, Unkept},
    told::Told,
};
use list::{Asked, LOOKUP};
use looker::Looker;
use operation::{Operation, What};
use pins::Pins;
use routes::Found;
use token::Sealer;

pub mod operation;
pub mod routes;
pub mod openapi;
pub mod capabilities;
mod changes;
mod filter;
mod list;
mod looker;
mod parameters;
mod pins;
mod token;
mod wanted;

/// What a caller asks.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// The method, in capitals.
    pub method: &'r str,
    /// The segments of the path after the prefix, decoded. A last one may be empty, for a slash at the end.
    pub path: &'r [&'r str],
    /// The query, decoded.
    pub query: &'r [(&'r str, &'r str)],
    /// The body.
    pub body: &'r [u8],
    /// Who asks.
    pub caller: &'r Caller,
    /// The name of who asks, which page tokens are bound to.
    pub name: &'r str,
    /// When.
    pub now: DateTime<Utc>,
    /// Where it is noted whom the answer tells of.
    pub told: &'r Told,
}

/// JSON that answers a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body; empty where the standard says that there is none.
    pub body: Vec<u8>,
}

impl Answer {
    fn json(body: Vec<u8>) -> Self {
        Self { status: 200, body }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Error {
    /// Of what kind.
    pub kind: ErrorKind,
    /// The code for machines.
    pub code: &'static str,
    /// The text for people. Never holds what was sent.
    pub message: Cow<'static, str>,
}

/// Kinds of errors that a caller can tell apart.
#[derive(Debug)]
pub enum ErrorKind {
    /// The request is at fault.
    Invalid,
    /// The caller may not have it.
    Forbidden,
    /// There is no such object, or none that the caller may see. It is answered without a body.
    NotFound,
    /// The path has other methods: those.
    Method(&'static str),
    /// A walk over pages cannot go on.
    Gone,
    /// It is more than can be answered at once.
    Overloaded,
    /// The source gave no answer.
    Source(SourceError),
    /// The fault is ours.
    Internal(serde_json::Error),
}

/// Choices of the operations.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Pass over names in `expand` that the standard does not know, as deployed clients send them.
    pub lenient_expand: bool,
    /// A secret that page tokens are sealed with. Servers that share it share tokens; without one tokens end with the process.
    pub token_secret: Option<String>,
}

/// How long deletions are remembered where nothing else is said.
const MEMORY: TimeDelta = TimeDelta::days(400);

/// The operations, answered from a source.
pub struct Service {
    options: Arc<Options>,
    choices: Choices,
    sealer: Sealer,
    looker: Arc<Looker>,
    feed: Option<Feed>,
    pins: Mutex<Pins>,
    /// What callers, by their names, were noted to see.
    sights: Mutex<BTreeMap<String, Caller>>,
    walks: Arc<Semaphore>,
}

impl Service {
    /// With these choices.
    #[must_use]
    pub fn new(options: Options, choices: Choices) -> Self {
        let options = Arc::new(options);
        // Without a clock moments follow each other all the same.
        let ledger = Arc::new(Unkept::new(|| DateTime::UNIX_EPOCH));
        let looker = Arc::new(Looker::new(options.clone(), ledger, MEMORY));
        let sealer = Sealer::new(choices.token_secret.as_deref());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let walks = Arc::new(Semaphore::new(2 * cores));
        Self { options, choices, sealer, looker, feed: None, pins: Mutex::default(), sights: Mutex::default(), walks }
    }

    /// With a ledger of when objects came, changed and went, and how long it remembers those that have gone. Without one it
    /// begins with the service, in 1970.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Arc<dyn Ledger>, memory: TimeDelta) -> Self {
        self.looker = Arc::new(Looker::new(self.options.clone(), ledger, memory));
        self
    }

    /// With somebody who keeps subscriptions and reports. Without, there are none.
    #[must_use]
    pub fn with_feed(mut self, feed: Feed) -> Self {
        self.feed = Some(feed);
        self
    }

    /// Answers a request from a source.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub async fn answer(&self, source: &dyn Source, request: Request<'_>) -> Result<Answer, Error> {
        let view = self.view(source).await;
        self.answer_from(view, &request)
    }

    /// Answers a request from a view, or says why there is none. May take as long as a walk through everything does.
    ///
    /// # Errors
    /// See [`ErrorKind`].
    pub fn answer_from(&self, view: Result<Arc<View>, Error>, request: &Request<'_>) -> Result<Answer, Error> {
        let (operation, id) = match found(request.method, request.path) {
            Found::Nothing => return Err(Error::not_found()),
            Found::Others(allowed) => {
                let why = "This path is used with other methods.";
                return Err(Error::new(ErrorKind::Method(allowed), "METHOD_NOT_ALLOWED", why));
            }
            Found::Operation(operation, id) => (operation, id),
        };
        let asked = Asked::read(self, operation, request)?;
        if let What::List(kind) | What::One(kind) | What::Lookup(kind) = operation.what
            && kind != Kind::Organisation
        {
            request.told.personal();
        }
        if let What::List(_) | What::One(_) | What::Lookup(_) = operation.what {
            self.note_sight(request)?;
        }
        match operation.what {
            What::List(kind) => self.list(kind, &view?, &asked),
            What::One(kind) => self.one(kind, id.unwrap_or_default(), &*view?, &asked),
            What::Lookup(kind) => self.look_up(kind, &*view?, &asked),
            What::Deleted => self.deleted(&*view?, &asked),
            What::Subscriptions => self.subscriptions(&asked),
            What::Subscribe => self.subscribe(&*view?, request),
            What::Subscription => self.subscription(id.unwrap_or_default(), request),
            What::Unsubscribe => self.unsubscribe(id.unwrap_or_default(), request),
            What::Renew => self.renew(id.unwrap_or_default(), request),
            What::Log => self.log(request),
            What::Statistics => self.statistics(request),
            What::Absent(_) => Err(Error::not_found()),
        }
    }

    /// The view of the source's present state; the one made last if nothing has changed.
    ///
    /// # Errors
    /// Those of the source; a ledger that cannot be kept, if there is no earlier view.
    pub async fn view(&self, source: &dyn Source) -> Result<Arc<View>, Error> {
        self.looker.view(source).await
    }

    /// A turn for a question that may be a walk through everything, so that many at once take no more than the machine has.
    pub async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        self.walks.clone().acquire_owned().await.ok()
    }

    fn sights(&self) -> MutexGuard<'_, BTreeMap<String, Caller>> {
        self.sights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pins(&self) -> MutexGuard<'_, Pins> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a path asks for, in the words of the standard: a resource, or one object of it. Nothing of the path that is not one of them.
#[must_use]
pub fn operation(path: &[&str]) -> String {
    let found = ["GET", "POST"].into_iter().find_map(|method| match found(method, path) {
        Found::Operation(operation, _) => Some(operation.path.trim_start_matches('/').to_owned()),
        Found::Others(_) | Found::Nothing => None,
    });
    found.unwrap_or_default()
}

/// Bytes of the largest body that the operation of a method and a path reads; nothing, if it reads none.
#[must_use]
pub fn body_limit(method: &str, path: &[&str]) -> Option<usize> {
    match found(method, path) {
        // Ten times what can be asked for: whoever asks for more is told so in the standard's words.
        Found::Operation(Operation { what: What::Lookup(_), .. }, _) => Some(LOOKUP * 400),
        Found::Operation(..) if method == "POST" => Some(64 * 1024),
        Found::Operation(..) | Found::Others(_) | Found::Nothing => None,
    }
}

/// How long answering may take, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As quick as anything else, however much there is.
    Quick,
    /// It waits, for a disk or a name that is looked up, and costs nothing meanwhile.
    Waits,
    /// It may be a walk through everything, that keeps a core busy.
    Walks,
}

/// How long the operation of a method and a path may take.
#[must_use]
pub fn pace(method: &str, path: &[&str]) -> Pace {
    match found(method, path) {
        Found::Operation(operation, _) => match operation.what {
            What::One(_) | What::Absent(_) => Pace::Quick,
            What::List(_) | What::Lookup(_) | What::Deleted => Pace::Walks,
            What::Subscriptions
            | What::Subscribe
            | What::Subscription
            | What::Unsubscribe
            | What::Renew
            | What::Log
            | What::Statistics => Pace::Waits,
        },
        Found::Others(_) | Found::Nothing => Pace::Quick,
    }
}

/// A slash at the end does not matter.
fn found<'p>(method: &str, path: &[&'p str]) -> Found<'p> {
    match path {
        [path @ .., ""] => routes::find(method, path),
        path => routes::find(method, path),
    }
}

impl Error {
    const fn new(kind: ErrorKind, code: &'static str, message: &'static str) -> Self {
        Self { kind, code, message: Cow::Borrowed(message) }
    }

    const fn invalid(code: &'static str, message: &'static str) -> Self {
        Self::new(ErrorKind::Invalid, code, message)
    }

    fn not_found() -> Self {
        Self::new(ErrorKind::NotFound, "NOT_FOUND", "There is no such object.")
    }

    fn source(error: SourceError) -> Self {
        let message = Cow::Owned(error.to_string());
        Self { kind: ErrorKind::Source(error), code: "SOURCE", message }
    }

    /// The body of the answer; nothing is said about what is not there.
    pub fn body(&self) -> Option<Vec<u8>> {
        let error = model::Error { code: self.code, message: Cow::Borrowed(&self.message) };
        match self.kind {
            ErrorKind::NotFound => None,
            ErrorKind::Invalid
            | ErrorKind::Forbidden
            | ErrorKind::Method(_)
            | ErrorKind::Gone
            | ErrorKind::Overloaded
            | ErrorKind::Source(_)
            | ErrorKind::Internal(_) => serde_json::to_vec(&error).ok(),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::new(ErrorKind::Internal(error), "INTERNAL", "The object could not be written.")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Source(error) => Some(error),
            ErrorKind::Internal(error) => Some(error),
            ErrorKind::Invalid
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Method(_)
            | ErrorKind::Gone
            | ErrorKind::Overloaded => None,
        }
    }
}

#[cfg(test)]
mod tests;
