//! The store in one file: SQLite. What readers see stands in memory; the database is for what must last.
//!
//! One connection writes, the others read. Nothing waits for a slow sender: an import gathers in a spool of its own and is
//! one short transaction at its end.

mod commit;
mod feed;
mod held;
mod identities;
mod identity;
mod import;
mod ledger;
mod kept;
mod load;
mod master;
mod person;
mod rows;
mod same;
mod show;
mod spool;
mod steps;
mod tally;
mod turns;

use std::{
    collections::BTreeMap,
    fmt,
    fs::OpenOptions,
    ops::Deref,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use backon::{BlockingRetryable, ExponentialBuilder};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

use self::{identity::Keyed, import::Import, kept::Kept, master::Teller, turns::Turns};
use super::{Change, Held, Memory, Pull, Store, StoreError, StoredCaller};
use crate::{
    clock,
    domain::{CivilId, Hierarchy, Organisation, OrganisationNumber, Snapshot, UserId},
    source::{
        Answer, Institutions, Part, Source,
        intake::{Heading, Intake, IntakeError, Keeper, Receipt},
        shelf::Shelf,
    },
};

/// A place for texts that are needed once more: in memory at first, then in a file of the folder that nobody else sees.
/// Without a folder all of it stays in memory.
#[must_use]
pub fn shelf(folder: Option<PathBuf>) -> Box<dyn Shelf> {
    Box::new(spool::Spool::new(folder))
}

/// How long a connection waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(30);

/// When an import that lets go of many people is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guard {
    /// It may let go of this share of the people that the source, or for a replica the institution, has told of.
    pub share: f64,
    /// And always of so many.
    pub people: usize,
}

impl Default for Guard {
    fn default() -> Self {
        Self { share: 0.20, people: 5 }
    }
}

impl Guard {
    #[allow(clippy::cast_precision_loss)] // nobody counts people beyond 2^52
    fn holds(&self, leaving: usize, of: usize) -> bool {
        leaving > self.people && leaving as f64 > self.share * of as f64
    }
}

/// A store in an SQLite database.
pub struct Sqlite {
    /// The file; nothing for a database in memory.
    path: Option<PathBuf>,
    writer: Mutex<Connection>,
    /// Connections that nobody is reading with.
    readers: Mutex<Vec<Connection>>,
    /// Looks whether another connection has written, and what it saw last.
    watch: Mutex<Option<(Connection, i64)>>,
    memory: Memory,
    /// What the memory shows, with the keys of the rows behind it.
    kept: Mutex<BTreeMap<String, Arc<Kept>>>,
    /// Held while what has been committed is not shown yet.
    swap: RwLock<()>,
    /// The last change and the last edition that readers can see.
    sequence: AtomicU64,
    edition: AtomicI64,
    turns: Turns,
    keyed: Keyed,
    guard: Guard,
}

impl Sqlite {
    /// Opens a database, or makes it, and reads all institutions.
    ///
    /// # Errors
    /// A file that cannot be opened, that another program wrote, or a newer version of this one.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        make_private(path);
        let writer = connect(path)?;
        // A new database takes it: records and keys are long, and an import writes many at once.
        writer.pragma_update(None, "page_size", 8192)?;
        keep_a_log(&writer)?;
        Self::with(writer, Some(path.to_owned()))
    }

    /// A store that lasts as long as the process.
    ///
    /// # Errors
    /// None that are known.
    pub fn in_memory() -> Result<Self, StoreError> {
        let writer = Connection::open_in_memory()?;
        settle(&writer)?;
        Self::with(writer, None)
    }

    /// Holds imports by another measure.
    #[must_use]
    pub fn guarded(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    fn with(mut writer: Connection, path: Option<PathBuf>) -> Result<Self, StoreError> {
        steps::prepare(&mut writer)?;
        let keyed = Keyed::new(&key(&mut writer)?);
        let watch = path.as_deref().map(|it| connect(it).map(|it| (it, -1))).transpose()?;
        let store = Self {
            path,
            readers: Mutex::default(),
            watch: Mutex::new(watch),
            memory: Memory::default(),
            kept: Mutex::default(),
            swap: RwLock::default(),
            sequence: AtomicU64::new(0),
            edition: AtomicI64::new(0),
            turns: Turns::default(),
            keyed,
            guard: Guard::default(),
            writer: Mutex::new(writer),
        };
        store.catch_up(&mut store.writer())?;
        Ok(store)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection to read with. In memory there is only one for everything.
    fn reader(&self) -> Result<Reader<'_>, StoreError> {
        let Some(path) = &self.path else { return Ok(Reader::Shared(self.writer())) };
        let spare = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = spare.map_or_else(|| connect(path), Ok)?;
        Ok(Reader::Own(Some(connection), &self.readers))
    }

    /// Where files of the store may be made.
    fn folder(&self) -> Option<PathBuf> {
        let folder = self.path.as_deref()?.parent()?;
        Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
    }

    fn shown_edition(&self) -> i64 {
        self.edition.load(Ordering::Acquire)
    }

    fn set_shown(&self, edition: i64, sequence: i64) {
        self.edition.store(edition, Ordering::Release);
        self.sequence.store(u64::try_from(sequence).unwrap_or(0), Ordering::Release);
    }
}

/// Makes a database that is not there yet readable for its owner only: it will hold civil registration numbers. SQLite gives
/// the files beside it the same mode. Where that fails, opening will, and tells why.
fn make_private(path: &Path) {
    let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::default() & !OpenFlags::SQLITE_OPEN_URI)?;
    settle(&connection)?;
    Ok(connection)
}

/// Writes go to a log first, so that nobody who reads waits for them. SQLite makes the change when nobody else has the file
/// open in another mode, and does not wait for that itself (<https://www.sqlite.org/wal.html>, section 9): several processes
/// that begin at once on a new file would see all but one fail.
fn keep_a_log(connection: &Connection) -> rusqlite::Result<()> {
    let again = ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(2))
        .with_max_delay(Duration::from_millis(100))
        .with_total_delay(Some(PATIENCE))
        .without_max_times()
        .with_jitter();
    let busy = |why: &rusqlite::Error| why.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
    (|| connection.pragma_update(None, "journal_mode", "WAL")).retry(again).sleep(thread::sleep).when(busy).call()
}

fn settle(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(PATIENCE)?;
    // An import that was answered must last, whatever happens to the power: people are told the user ids in the answer.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Overwrites what is deleted.
    connection.pragma_update(None, "secure_delete", true)?;
    // What a large import has left in the log goes when the log is begun anew.
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    connection.pragma_update(None, "cache_size", -65536)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// The secret of the database, made when it is.
fn key(writer: &mut Connection) -> Result<Vec<u8>, StoreError> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let find = "SELECT value FROM setting WHERE name = 'key'";
    let found: Option<Vec<u8>> = transaction.query_row(find, [], |row| row.get(0)).optional()?;
    let key = match found {
        Some(key) => key,
        None => {
            let key = identity::random().to_vec();
            transaction.execute("INSERT INTO setting (name, value) VALUES ('key', ?1)", [&key])?;
            key
        }
    };
    transaction.commit()?;
    Ok(key)
}

/// Now, as the database keeps it.
fn now() -> i64 {
    clock::now().timestamp_millis()
}

fn moment(kept: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(kept).unwrap_or_default()
}

/// A connection that somebody reads with.
enum Reader<'s> {
    Own(Option<Connection>, &'s Mutex<Vec<Connection>>),
    Shared(MutexGuard<'s, Connection>),
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(connection, _) => connection.as_ref().expect("it is taken out only when this is dropped"),
            Self::Shared(connection) => connection,
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Self::Own(connection, spare) = self {
            spare.lock().unwrap_or_else(PoisonError::into_inner).extend(connection.take());
        }
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Source for Sqlite {
    fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Answer<'s, Option<Arc<Snapshot>>> {
        self.memory.institution(number, part)
    }

    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        self.memory.institutions_of(user)
    }

    fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        self.memory.user_with(number)
    }

    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        self.memory.civil_id_of(user)
    }

    fn hierarchy<'s>(&'s self, number: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        self.memory.hierarchy(number)
    }

    fn institutions(&self) -> Answer<'_, Institutions> {
        self.memory.institutions()
    }
}

impl Keeper for Sqlite {
    fn begin(&self, heading: Heading) -> Result<Box<dyn Intake + '_>, IntakeError> {
        Ok(Box::new(Import::begin(self, heading)?))
    }

    fn keep_organisations(&self, organisations: &[Organisation<'_>]) -> Result<usize, IntakeError> {
        Ok(self.keep_master_data(organisations, Teller::Register)?)
    }

    fn keep_description(&self, organisation: &Organisation<'_>) -> Result<bool, IntakeError> {
        Ok(self.keep_master_data(std::slice::from_ref(organisation), Teller::Elsewhere)? > 0)
    }
}

impl Store for Sqlite {
    fn sequence(&self) -> u64 {
        self.sequence.load(Ordering::Acquire)
    }

    fn changes(&self, after: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let reader = self.reader()?;
        // An entity that is changed moves on in the feed: in between it would not be told at all.
        let _swap = self.swap.read().unwrap_or_else(PoisonError::into_inner);
        ledger::changes(&reader, after, self.sequence(), limit)
    }

    fn held(&self) -> Result<Vec<Held>, StoreError> {
        held::list(&*self.reader()?)
    }

    fn confirm(&self, institution: &OrganisationNumber<'_>, source: &str) -> Result<Option<Receipt>, IntakeError> {
        held::confirm(self, institution, source)
    }

    fn refresh(&self) -> Result<bool, StoreError> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((connection, seen)) = &mut *watch else { return Ok(false) };
        let version = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if version == *seen {
            return Ok(false);
        }
        let found = self.catch_up(&mut self.writer())?;
        *seen = version;
        Ok(found)
    }

    fn count_pull(
        &self,
        day: NaiveDate,
        caller: &str,
        institution: &OrganisationNumber<'_>,
        package: &str,
    ) -> Result<u64, StoreError> {
        ledger::count_pull(&self.writer(), day, caller, institution, package)
    }

    fn pulls(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<Pull>, StoreError> {
        ledger::pulls(&*self.reader()?, from, to)
    }

    fn callers(&self) -> Result<Vec<StoredCaller>, StoreError> {
        ledger::callers(&*self.reader()?)
    }

    fn keep_caller(&self, name: &str, settings: &str) -> Result<(), StoreError> {
        ledger::keep_caller(&self.writer(), name, settings)
    }

    fn remove_caller(&self, name: &str) -> Result<bool, StoreError> {
        ledger::remove_caller(&self.writer(), name)
    }
}

#[cfg(test)]
mod tests;
