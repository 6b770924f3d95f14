//! Who saw somebody: every access that told of a person or asked for one, found by marks.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use chrono::{DateTime, Utc};
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::{
    folder,
    line::{self, Is, LONGEST, Line, SetPart, hex},
};
use crate::source::told::Mark;

/// Somebody's access.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When it was answered: RFC 3339, in UTC, with milliseconds.
    pub time: String,
    /// The number of the record.
    pub seq: u64,
    /// The id of the request.
    pub request: String,
    /// Which way it came.
    pub face: String,
    /// What was asked.
    pub operation: String,
    /// Who asked.
    #[serde(default)]
    pub who: Option<String>,
    /// The subject of the asker's certificate.
    #[serde(default)]
    pub subject: Option<String>,
    /// The mark of the user in whose login it was asked.
    #[serde(default)]
    pub behalf: Option<String>,
    /// Where.
    pub institutions: Vec<String>,
    /// Of how many people the answer told.
    pub people: u64,
    /// Whether it told of this person; else the person was only asked for.
    #[serde(default)]
    pub told: bool,
    /// `allow` or `deny`.
    pub decision: String,
    /// By which rule.
    pub rule: String,
    /// With which result.
    pub result: String,
}

/// What else is asked of the record that is found.
#[derive(Deserialize)]
struct People {
    #[serde(default)]
    persons: Vec<String>,
    #[serde(default)]
    set: Option<String>,
}

/// Tells every access to whoever has one of these marks, file by file and in order. It is not verified here that records are
/// what was written.
///
/// # Errors
/// A folder or file that cannot be read, or whatever `found` says.
pub fn search(
    folder: &Path,
    marks: &[Mark],
    (from, to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    mut found: impl FnMut(Seen) -> io::Result<()>,
) -> io::Result<()> {
    let (from, to) = (from.map(line::text), to.map(line::text));
    let marks: Vec<String> = marks.iter().map(|it| hex(it)).collect();
    let lock = folder::lock_to_read(folder);
    let months = folder::contents(folder)?.months;
    drop(lock);
    for month in months {
        let mut file = InFile { marks: marks.iter().map(Finder::new).collect(), sets: BTreeSet::new() };
        lines(&folder::path(folder, month), |line| {
            let Some(seen) = file.seen(line) else { return Ok(()) };
            let in_time =
                from.as_ref().is_none_or(|it| seen.time >= *it) && to.as_ref().is_none_or(|it| seen.time < *it);
            if in_time { found(seen) } else { Ok(()) }
        })?;
    }
    Ok(())
}

/// What is known while a file is read: sets stand before the records that refer to them.
struct InFile<'m> {
    marks: Vec<Finder<'m>>,
    /// The sets that one of the marks is in.
    sets: BTreeSet<String>,
}

impl InFile<'_> {
    fn seen(&mut self, text: &[u8]) -> Option<Seen> {
        let line = Line::read(text)?;
        let is_named = self.marks.iter().any(|it| it.find(text).is_some());
        match line.is {
            Is::Set if is_named => {
                self.sets.extend(line.told::<SetPart>().map(|it| it.set));
                None
            }
            Is::Access if is_named || !self.sets.is_empty() => {
                let People { persons, set } = line.told()?;
                let in_set = set.is_some_and(|it| self.sets.contains(&it));
                let told = in_set || persons.iter().any(|it| self.is_one(it));
                let seen: Option<Seen> = if told || is_named { line.told() } else { None };
                seen.map(|it| Seen { told, ..it })
            }
            _ => None,
        }
    }

    fn is_one(&self, mark: &str) -> bool {
        self.marks.iter().any(|it| it.needle() == mark.as_bytes())
    }
}

/// Every line of a file that is not longer than a record may be.
fn lines(path: &Path, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut input = BufReader::with_capacity(128 << 10, File::open(path)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(LONGEST as u64).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        each(line.strip_suffix(b"\n").unwrap_or(&line))?;
    }
}
