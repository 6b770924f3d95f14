//! The files of a log: one a month, and what else lies in their folder.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};

use super::{
    key::Key,
    line::{self, Chain, FORMAT, Is, Start, body, hex},
};

/// The file of one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month {
    year: i32,
    month: u32,
}

impl Month {
    /// The month of a moment, in UTC as all times of records are.
    pub(super) fn of(time: DateTime<Utc>) -> Self {
        Self { year: time.year(), month: time.month() }
    }

    /// So many months earlier.
    pub(super) fn before(self, months: u32) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(self.year, self.month, 1)?.checked_sub_months(Months::new(months))?;
        Some(Self { year: first.year(), month: first.month() })
    }

    /// `audit-2026-11.jsonl`
    pub(super) fn file_name(self) -> String {
        format!("audit-{:04}-{:02}.jsonl", self.year, self.month)
    }

    /// The month of a file of this log; nothing for all other files.
    pub(super) fn of_file(name: &str) -> Option<Self> {
        let (year, month) = name.strip_prefix("audit-")?.strip_suffix(".jsonl")?.split_once('-')?;
        let number = |it: &str| it.bytes().all(|it| it.is_ascii_digit()).then(|| it.parse().ok()).flatten();
        let of = Self { year: i32::try_from(number(year)?).ok()?, month: number(month)? };
        (of.file_name() == name && (1..=12).contains(&of.month)).then_some(of)
    }
}

/// What lies in the folder of a log.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The months that have a file, in order.
    pub(super) months: Vec<Month>,
    /// The names of files that are none of ours, in order.
    pub(super) foreign: Vec<String>,
}

/// The name of the file that whoever writes has locked.
const LOCK: &str = "lock";

/// Looks into a folder.
pub(super) fn contents(folder: &Path) -> io::Result<Contents> {
    let mut contents = Contents::default();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        match Month::of_file(&name) {
            Some(month) => contents.months.push(month),
            // A file that is being made has no name yet but one that begins with a dot.
            None if name == LOCK || name.starts_with(".tmp") => {}
            None => contents.foreign.push(name),
        }
    }
    contents.months.sort();
    contents.foreign.sort();
    Ok(contents)
}

/// The lock of a folder.
pub(super) fn lock_file(folder: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(folder.join(LOCK))
}

/// The lock of a folder that may only be read, by whoever may only read it. Nothing where nobody has ever written.
pub(super) fn lock_to_read(folder: &Path) -> Option<File> {
    File::open(folder.join(LOCK)).ok().filter(|it| it.lock_shared().is_ok())
}

/// Makes the file of a month. It gets its name when its first record is on the disk.
pub(super) fn begin(folder: &Path, month: Month, key: &Key, chain: &mut Chain, time: DateTime<Utc>) -> io::Result<()> {
    let mut next = *chain;
    let mut text = Vec::new();
    let start = Start { format: FORMAT, before: hex(&chain.code) };
    next.add(&mut text, key, &line::text(time), Is::Start, &body(&start));
    let mut file = tempfile::Builder::new().prefix(".tmp").tempfile_in(folder)?;
    file.write_all(&text)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path(folder, month)).map_err(|it| it.error)?;
    sync(folder)?;
    *chain = next;
    Ok(())
}

/// Where the file of a month is.
pub(super) fn path(folder: &Path, month: Month) -> PathBuf {
    folder.join(month.file_name())
}

/// What became of the names in a folder is on the disk.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_months_and_nothing_else_is() {
        let month = |it| Month::of_file(it).map(Month::file_name);
        assert_eq!(month("audit-2026-11.jsonl").as_deref(), Some("audit-2026-11.jsonl"));
        for other in ["audit-2026-13.jsonl", "audit-2026-00.jsonl", "audit-2026-1.jsonl", "audit-+026-11.jsonl"] {
            assert_eq!(month(other), None, "{other}");
        }
        assert_eq!(month("audit-2026-11.jsonl.gz"), None);
    }

    #[test]
    fn half_a_year_before_june_is_december() {
        let june = Month { year: 2026, month: 6 };
        assert_eq!(june.before(6), Some(Month { year: 2025, month: 12 }));
    }
}
