//! The audit log: every access to personal data is one record, chained to all before it, on the disk before the answer leaves.
//!
//! People are in it by marks alone, which are made with a key. No payload, no names, no numbers.

use std::{
    borrow::Cow,
    fmt, io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::source::told::{Crowd, Marker, Notes, People, Told};
use line::{body, hex};
use log::{Entry, Log};
use set::{Crowds, Set};
use strangers::Strangers;

pub use key::Key;

pub mod search;
pub mod verify;
mod folder;
mod key;
mod line;
mod log;
mod set;
mod strangers;
mod walk;

/// Where a log is and how it is kept.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its folder, which is made if it is not there.
    pub folder: PathBuf,
    /// The file of its key, which is made if neither it nor a record is there.
    pub key: PathBuf,
    /// Whole months that are kept; for ever, if 0.
    pub retention_months: u32,
    /// Whether answers wait until their records are on the disk, and not only with the system.
    pub sync: bool,
    /// What time it is.
    pub now: fn() -> DateTime<Utc>,
}

/// A log that is written to. Records of many who wait are written together.
pub struct Audit {
    key: Arc<Key>,
    crowds: Crowds,
    strangers: Strangers,
    waiting: mpsc::Sender<Waiting>,
    /// What the ids of this process's requests begin with.
    process: u32,
    requests: AtomicU64,
}

/// Somebody who waits for a record.
struct Waiting {
    entry: Entry,
    done: oneshot::Sender<Result<(), Unrecorded>>,
}

/// A record could not be written. What was to be told must not be.
#[derive(Debug, Clone)]
pub struct Unrecorded(Arc<io::Error>);

impl fmt::Display for Unrecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the audit log cannot be written: {}", self.0)
    }
}

impl std::error::Error for Unrecorded {}

/// One access.
#[derive(Debug)]
pub struct Access<'a> {
    /// Which way it came: `soap`, `json`, `ss12000`, `cli`.
    pub face: &'static str,
    /// The id of the question, as [`Audit::request`] gives one.
    pub request: String,
    /// What was asked, in the words of the contract. Never what was sent.
    pub operation: Cow<'a, str>,
    /// Who asked, and who was told of.
    pub notes: Notes,
    /// What was decided.
    pub decision: Decision,
    /// An HTTP status or a kind of fault.
    pub result: Cow<'a, str>,
    /// From the question to the answer.
    pub took: Duration,
}

/// Whether somebody got an answer, and by which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// An answer.
    Allow(&'static str),
    /// A refusal.
    Deny(&'static str),
}

/// So many people stand in the record itself.
const FEW: usize = 8;

/// So many institutions are named. Only who reads everything at once gets beyond.
const INSTITUTIONS: usize = 500;

#[derive(Serialize)]
struct Body<'b> {
    request: &'b str,
    face: &'static str,
    operation: &'b str,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    behalf: Option<String>,
    institutions: Vec<&'b str>,
    #[serde(skip_serializing_if = "is_none")]
    more_institutions: usize,
    people: usize,
    protected: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    persons: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked: Vec<String>,
    decision: &'static str,
    rule: &'static str,
    result: &'b str,
    ms: f64,
    #[serde(skip_serializing_if = "is_none")]
    left_out: u64,
}

fn is_none<N: Default + PartialEq>(count: &N) -> bool {
    *count == N::default()
}

impl Audit {
    /// Opens a log, and repairs what a process that died has left unfinished.
    ///
    /// # Errors
    /// A folder or key that cannot be used, a key of another log, a log without its key.
    pub fn open(settings: &Settings) -> io::Result<Arc<Self>> {
        let Settings { folder, key: path, retention_months, sync, now } = settings;
        if !path.exists() && folder.exists() && !folder::contents(folder)?.months.is_empty() {
            let why = format!("{} holds records, but their key is gone: {}", folder.display(), path.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
        let key = Key::open(path).map_err(|why| io::Error::new(why.kind(), format!("{}: {why}", path.display())))?;
        let log = Log::open(folder, key.clone(), (*retention_months, *sync), *now)
            .map_err(|why| io::Error::new(why.kind(), format!("{}: {why}", folder.display())))?;
        let (waiting, batches) = mpsc::channel();
        thread::Builder::new().name("audit".to_owned()).spawn(move || write(log, &batches))?;
        let process = uuid::Uuid::new_v4().as_fields().0;
        let (crowds, requests) = (Crowds::default(), AtomicU64::new(0));
        let strangers = Strangers::new(Instant::now());
        Ok(Arc::new(Self { key: Arc::new(key), crowds, strangers, waiting, process, requests }))
    }

    /// Where what is told of people is to be noted.
    #[must_use]
    pub fn notes(&self) -> Told {
        Told::with(Some(self.key.clone() as Arc<dyn Marker>))
    }

    /// The id of a new question.
    #[must_use]
    pub fn request(&self) -> String {
        format!("{:08x}-{}", self.process, self.requests.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Whether recording it means marking so many people that others should not wait for it.
    #[must_use]
    pub fn takes_time(&self, notes: &Notes) -> bool {
        let is_large = |it: &&Crowd| it.snapshot.roster().members.len() > 1000;
        notes.people.marks.len() > 10_000
            || notes.crowds.iter().filter(is_large).any(|it| self.crowds.known(it).is_none())
    }

    /// Hands over a record. It lasts when what is returned says so. Of a flood of refusals of whom nobody knows some are recorded,
    /// and the next record says how many others there were.
    pub fn record(&self, access: &Access<'_>) -> impl Future<Output = Result<(), Unrecorded>> + Send + use<> {
        let told = self.hand_over(access);
        async { told.await.unwrap_or_else(|_| Err(gone())) }
    }

    /// The same, for who may wait.
    ///
    /// # Errors
    /// A log that cannot be written.
    pub fn record_now(&self, access: &Access<'_>) -> Result<(), Unrecorded> {
        self.hand_over(access).blocking_recv().unwrap_or_else(|_| Err(gone()))
    }

    fn hand_over(&self, access: &Access<'_>) -> oneshot::Receiver<Result<(), Unrecorded>> {
        let (done, told) = oneshot::channel();
        let is_stranger = matches!(access.decision, Decision::Deny(_)) && access.notes.caller.is_none();
        if is_stranger && !self.strangers.admits(Instant::now()) {
            // Who asked waits for it right now.
            let _ = done.send(Ok(()));
        } else {
            // It only fails when the thread is gone.
            let _ = self.waiting.send(Waiting { entry: self.entry(access), done });
        }
        told
    }

    fn entry(&self, access: &Access<'_>) -> Entry {
        let Access { face, request, operation, notes, decision, result, took } = access;
        let set = self.set(notes);
        let few = set.marks.len() <= FEW;
        let (decision, rule) = match *decision {
            Decision::Allow(rule) => ("allow", rule),
            Decision::Deny(rule) => ("deny", rule),
        };
        let asked: Vec<String> = notes.asked.iter().map(|it| hex(it)).collect();
        let body = body(&Body {
            request,
            face,
            operation,
            who: notes.caller.as_deref(),
            claimed: notes.claimed.as_deref(),
            subject: notes.subject.as_deref(),
            behalf: notes.behalf.map(|it| hex(&it)),
            institutions: notes.institutions.iter().take(INSTITUTIONS).map(|it| it.as_str()).collect(),
            more_institutions: notes.institutions.len().saturating_sub(INSTITUTIONS),
            people: set.marks.len() + set.unmarked,
            protected: set.protected,
            persons: if few { set.marks.iter().map(|it| hex(it)).collect() } else { Vec::new() },
            set: (!few).then(|| hex(&set.id)),
            asked,
            decision,
            rule,
            result,
            ms: (took.as_secs_f64() * 1e6).round() / 1e3,
            left_out: self.strangers.left_out(),
        });
        Entry { body, set: (!few).then_some(set) }
    }

    /// Everybody who was told of.
    fn set(&self, notes: &Notes) -> Arc<Set> {
        let Notes { people, crowds, .. } = notes;
        if let ([crowd], true) = (&**crowds, people.marks.is_empty() && people.unmarked == 0) {
            return self.crowds.set(crowd, &self.key);
        }
        let mut all = People { marks: people.marks.clone(), unmarked: people.unmarked, protected: people.protected };
        for set in crowds.iter().map(|it| self.crowds.set(it, &self.key)) {
            all.marks.extend_from_slice(&set.marks);
            all.unmarked += set.unmarked;
            all.protected |= set.protected;
        }
        Arc::new(Set::of(all))
    }
}

/// Nobody can say that a record lasts.
pub(crate) fn gone() -> Unrecorded {
    Unrecorded(Arc::new(io::Error::other("its thread has ended")))
}

/// How long somebody who waits lets others join, while there are others: each batch costs the disk the same, however many are in
/// it. As long as it makes the disk busy for a fifth of the time, but never long.
fn gathering(last: Duration) -> Duration {
    (last * 4).clamp(Duration::from_micros(200), Duration::from_millis(2))
}

/// Writes what waits, and as much of it at once as there is.
fn write(mut log: Log, waiting: &mpsc::Receiver<Waiting>) {
    /// More would make the first wait for the last.
    const BATCH: usize = 1024;
    let (mut was_well, mut are_many, mut last) = (true, false, Duration::ZERO);
    while let Ok(first) = waiting.recv() {
        if are_many {
            thread::sleep(gathering(last));
        }
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(BATCH - 1));
        are_many = batch.len() > 1;
        let began = Instant::now();
        let written = log.append(batch.iter().map(|it| &it.entry)).map_err(|why| Unrecorded(Arc::new(why)));
        match &written {
            Err(why) if was_well => tracing::error!("{why}; what is told of people is held back until it can be"),
            Ok(()) if !was_well => tracing::info!("the audit log can be written again"),
            Err(_) | Ok(()) => {}
        }
        last = began.elapsed();
        was_well = written.is_ok();
        for one in batch {
            // Who asked may have gone.
            let _ = one.done.send(written.clone());
        }
    }
}
