//! Appending: batches of records at the end of the last file, by several processes in turn.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::{
    folder::{self, Month},
    key::Key,
    line::{self, Chain, Continued, Is, LONGEST, Line, Loss, Repair, Retention, body, hex},
    set::Set,
    walk::{Step, Walk},
};

/// What is to be recorded.
#[derive(Debug)]
pub(super) struct Entry {
    /// The record, but for what its place in the log decides.
    pub(super) body: String,
    /// The people that it refers to.
    pub(super) set: Option<Arc<Set>>,
}

/// A log that is written to.
pub(super) struct Log {
    folder: PathBuf,
    key: Key,
    /// Whole months that are kept; for ever, if 0.
    retention: u32,
    /// Whether a batch waits for the disk.
    sync: bool,
    now: fn() -> DateTime<Utc>,
    lock: File,
    open: Option<Open>,
    /// How far the chain was when it was last ours.
    known: Option<Chain>,
    /// When old files were last looked for.
    pruned: Option<Month>,
}

/// The last file, and where it ends.
struct Open {
    file: File,
    month: Month,
    length: u64,
    chain: Chain,
    /// The sets that this process has written into the file.
    sets: BTreeSet<[u8; 16]>,
}

/// So many bytes are written at once.
const PIECE: usize = 128 << 10;

/// How far from the end the last record is first looked for.
const WINDOW: u64 = 1 << 20;

impl Log {
    /// Opens the log of a folder, which is made if it is not there. What a process that died has left unfinished is repaired.
    pub(super) fn open(
        folder: &Path,
        key: Key,
        (retention, sync): (u32, bool),
        now: fn() -> DateTime<Utc>,
    ) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let lock = folder::lock_file(folder)?;
        let mut log =
            Self { folder: folder.to_owned(), key, retention, sync, now, lock, open: None, known: None, pruned: None };
        log.locked(|log| {
            let open = log.ready()?;
            log.keep(open);
            Ok(())
        })?;
        Ok(log)
    }

    /// Appends records. When it returns they last, or none of them does.
    pub(super) fn append<'e>(&mut self, entries: impl Iterator<Item = &'e Entry>) -> io::Result<()> {
        self.locked(|log| {
            let mut open = log.ready()?;
            let begun = (open.chain, open.length);
            match log.write(&mut open, entries) {
                Ok(()) => {
                    log.keep(open);
                    Ok(())
                }
                Err(why) => {
                    // Nobody has been told that any of it is there. If this fails too, it will be owned up to as torn.
                    let _ = open.file.set_len(begun.1);
                    log.known = Some(begun.0);
                    Err(why)
                }
            }
        })
    }

    fn locked<T>(&mut self, work: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        self.lock.lock()?;
        let done = work(self);
        let unlocked = self.lock.unlock();
        done.and_then(|it| unlocked.map(|()| it))
    }

    fn keep(&mut self, open: Open) {
        self.known = Some(open.chain);
        self.open = Some(open);
    }

    /// The file of the present month, at its end.
    fn ready(&mut self) -> io::Result<Open> {
        let mut open = match self.open.take() {
            Some(open) => self.followed(open)?,
            None => self.found()?,
        };
        if let Some(known) = self.known.filter(|it| it.next > open.chain.next) {
            tracing::error!(
                "records of the audit log are gone: it ended with {} and ends with {}",
                known.next - 1,
                open.chain.next - 1
            );
            let loss = Loss { through: known.next - 1, code: hex(&known.code) };
            self.put(&mut open, Is::Loss, &body(&loss))?;
        }
        let month = Month::of((self.now)());
        // A clock that goes back does not take the log back.
        if month > open.month {
            self.put(&mut open, Is::Continued, &body(&Continued { next: month.file_name() }))?;
            let mut chain = open.chain;
            folder::begin(&self.folder, month, &self.key, &mut chain, (self.now)())?;
            open = self.at_end(month)?;
        }
        self.prune(&mut open)?;
        Ok(open)
    }

    /// The same file after others may have written to it.
    fn followed(&self, mut open: Open) -> io::Result<Open> {
        let length = open.file.metadata()?.len();
        let is_there = match fs::metadata(folder::path(&self.folder, open.month)) {
            Ok(found) => found.ino() == open.file.metadata()?.ino(),
            Err(why) if why.kind() == io::ErrorKind::NotFound => false,
            Err(why) => return Err(why),
        };
        if !is_there || length < open.length {
            return self.found();
        }
        if length > open.length {
            let file = open.file.try_clone()?;
            let mut walk = Walk::from(file, (open.length, length), &self.key, Some(open.chain))?;
            let next = to_the_end(&mut walk)?;
            if next.is_some() {
                return self.found();
            }
            let (good, chain) = walk.reached();
            open.chain = chain.unwrap_or(open.chain);
            open.length = good;
            self.repair(&mut open, length)?;
        }
        Ok(open)
    }

    /// The last file of the folder; a first one, if there is none.
    fn found(&self) -> io::Result<Open> {
        let (now, months) = ((self.now)(), folder::contents(&self.folder)?.months);
        let Some(month) = months.last() else {
            let mut chain = self.known.unwrap_or(Chain::BEGINNING);
            folder::begin(&self.folder, Month::of(now), &self.key, &mut chain, now)?;
            return self.at_end(Month::of(now));
        };
        self.at_end(*month)
    }

    /// The file of a month at its end, which is repaired if need be; the next file, if there should be one.
    fn at_end(&self, month: Month) -> io::Result<Open> {
        let path = folder::path(&self.folder, month);
        let file = File::options().read(true).append(true).open(&path)?;
        let length = file.metadata()?.len();
        // The key must fit before anything is said to be wrong.
        let fits = matches!(Walk::begin(&path, length.min(LONGEST as u64), &self.key, None)?.next()?, Step::Record(_, it) if it.is == Is::Start);
        if !fits {
            let why = "its first record is none that this key has written";
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display())));
        }
        let (good, chain, next) = last_record(&file, length, &self.key)?;
        let mut open = Open { file, month, length: good, chain, sets: BTreeSet::new() };
        self.repair(&mut open, length)?;
        match next.as_deref().and_then(Month::of_file).filter(|it| *it > month) {
            // Who wrote that died before the next file was there.
            Some(next) => {
                folder::begin(&self.folder, next, &self.key, &mut open.chain, (self.now)())?;
                self.at_end(next)
            }
            None => Ok(open),
        }
    }

    /// Owns up to what stands behind the last record up to the end of the file.
    fn repair(&self, open: &mut Open, length: u64) -> io::Result<()> {
        if length == open.length {
            return Ok(());
        }
        let mut digest = Sha256::new();
        let (mut at, mut ends, mut last) = (open.length, 0, 0);
        let mut buffer = vec![0; PIECE];
        while at < length {
            let most = usize::try_from(length - at).unwrap_or(PIECE).min(PIECE);
            let read = open.file.read_at(&mut buffer[..most], at)?;
            if read == 0 {
                break;
            }
            digest.update(&buffer[..read]);
            ends += buffer[..read].iter().filter(|it| **it == b'\n').count();
            last = buffer[read - 1];
            at += read as u64;
        }
        let is_whole = last == b'\n';
        if !is_whole {
            digest.update(b"\n");
        }
        let bytes = at - open.length + u64::from(!is_whole);
        let repair = Repair { at: open.length, bytes, sha256: hex(&digest.finalize()), foreign: ends > 0 };
        tracing::warn!("the audit log ended with {bytes} bytes that are no record; the next record says so");
        let mut text = if is_whole { Vec::new() } else { vec![b'\n'] };
        open.chain.add(&mut text, &self.key, &line::text((self.now)()), Is::Repair, &body(&repair));
        open.length = at;
        self.out(open, &text)?;
        self.settle(open)
    }

    fn put(&self, open: &mut Open, is: Is, body: &str) -> io::Result<()> {
        let mut text = Vec::new();
        open.chain.add(&mut text, &self.key, &line::text((self.now)()), is, body);
        self.out(open, &text)?;
        self.settle(open)
    }

    fn write<'e>(&self, open: &mut Open, entries: impl Iterator<Item = &'e Entry>) -> io::Result<()> {
        let (now, mut text) = (line::text((self.now)()), Vec::with_capacity(PIECE));
        for Entry { body, set } in entries {
            if let Some(set) = set.as_ref().filter(|it| open.sets.insert(it.id)) {
                for part in set.parts() {
                    open.chain.add(&mut text, &self.key, &now, Is::Set, &part);
                    self.out_if_full(open, &mut text)?;
                }
            }
            open.chain.add(&mut text, &self.key, &now, Is::Access, body);
            self.out_if_full(open, &mut text)?;
        }
        self.out(open, &text)?;
        self.settle(open)
    }

    fn out_if_full(&self, open: &mut Open, text: &mut Vec<u8>) -> io::Result<()> {
        if text.len() >= PIECE {
            self.out(open, text)?;
            text.clear();
        }
        Ok(())
    }

    fn out(&self, open: &mut Open, text: &[u8]) -> io::Result<()> {
        open.file.write_all(text)?;
        open.length += text.len() as u64;
        Ok(())
    }

    fn settle(&self, open: &Open) -> io::Result<()> {
        if self.sync { open.file.sync_data() } else { Ok(()) }
    }

    /// Deletes the files of months that are old enough, after a record that says so. Once a month is enough.
    fn prune(&mut self, open: &mut Open) -> io::Result<()> {
        let present = Month::of((self.now)());
        if self.retention == 0 || self.pruned.replace(present) == Some(present) {
            return Ok(());
        }
        let Some(oldest) = present.before(self.retention) else { return Ok(()) };
        let months = folder::contents(&self.folder)?.months;
        let old: Vec<Month> = months.iter().copied().filter(|it| *it < oldest && *it < open.month).collect();
        let (false, Some(first)) = (old.is_empty(), months.get(old.len())) else { return Ok(()) };
        let until = if *first == open.month {
            first_number(&open.file)
        } else {
            first_number(&File::open(folder::path(&self.folder, *first))?)
        };
        let files: Vec<String> = old.iter().map(|it| it.file_name()).collect();
        tracing::info!("deleting the audit records of {} months that are older than {}", files.len(), self.retention);
        self.put(open, Is::Retention, &body(&Retention { files, until: until? }))?;
        for month in old {
            fs::remove_file(folder::path(&self.folder, month))?;
        }
        folder::sync(&self.folder)
    }
}

/// The number of the first record of a file.
fn first_number(file: &File) -> io::Result<u64> {
    let mut start = [0; 512];
    let read = file.read_at(&mut start, 0)?;
    let line = start[..read].split(|it| *it == b'\n').next().and_then(Line::read);
    line.map(|it| it.number).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a file begins with no record"))
}

/// Where the last record ends, the chain up to it, and the name of the next file if it tells one. Looked for from the end, since
/// files are long; what is wrong before that, whoever verifies the log is told.
fn last_record(file: &File, length: u64, key: &Key) -> io::Result<(u64, Chain, Option<String>)> {
    let mut window = WINDOW;
    loop {
        let from = length.saturating_sub(window);
        let begin = if from == 0 { Some((0, None)) } else { some_record(file, from)? };
        if let Some((offset, chain)) = begin {
            let mut walk = Walk::from(file.try_clone()?, (offset, length), key, chain)?;
            let next = to_the_end(&mut walk)?;
            if let (good, Some(chain)) = walk.reached() {
                return Ok((good, chain, next));
            }
        }
        if from == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a file holds no record"));
        }
        window = window.saturating_mul(8);
    }
}

/// The end of the first line behind `from` that has the form of a record, and the chain as that says.
fn some_record(file: &File, from: u64) -> io::Result<Option<(u64, Option<Chain>)>> {
    let mut buffer = vec![0; 2 * LONGEST];
    let read = file.read_at(&mut buffer, from)?;
    let mut end = 0;
    for (at, line) in buffer[..read].split_inclusive(|it| *it == b'\n').enumerate() {
        end += line.len();
        // The first may have lost its beginning, the last its end.
        let line = line.strip_suffix(b"\n").filter(|_| at > 0).and_then(Line::read);
        if let Some(line) = line {
            return Ok(Some((from + end as u64, Some(Chain::after(&line)))));
        }
    }
    Ok(None)
}

/// Walks on to the end; tells the name of the next file, if the last record does.
fn to_the_end(walk: &mut Walk<'_>) -> io::Result<Option<String>> {
    let mut next = None;
    loop {
        match walk.next()? {
            Step::Record(_, line) if line.is == Is::Continued => next = line.told::<Continued>().map(|it| it.next),
            Step::Record(..) | Step::Repaired(..) | Step::Broken(..) => next = None,
            Step::Unfinished(_) | Step::End => return Ok(next),
        }
    }
}
