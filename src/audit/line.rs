//! A record is a line: a JSON object that begins with its number, its time and what it is, and ends with its code.

use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};

use super::key::{Code, Key};

/// No line is longer: lists go into several, and whoever reads need not hold more.
pub(super) const LONGEST: usize = 256 << 10;

/// What stands before the code, and the code.
const CODE: &[u8] = b",\"mac\":\"";
const END: &[u8] = b"\"}";

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// The first of its file.
    Start,
    /// Somebody asked and was answered, or refused.
    Access,
    /// A part of a set of people that accesses refer to.
    Set,
    /// What stands before it is torn: a process or the machine died while it was written.
    Repair,
    /// Records that had been written were gone when the next were to be.
    Loss,
    /// Files that were old enough have been deleted.
    Retention,
    /// The last of its file.
    Continued,
}

impl Is {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Start, "start"),
        (Self::Access, "access"),
        (Self::Set, "set"),
        (Self::Repair, "repair"),
        (Self::Loss, "loss"),
        (Self::Retention, "retention"),
        (Self::Continued, "continued"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|it| it.0 == self).map_or("", |it| it.1)
    }
}

/// A record as it lies in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'l> {
    /// Its number; the first of a log is 1.
    pub(super) number: u64,
    /// What it is.
    pub(super) is: Is,
    /// Its time, as it is written.
    pub(super) time: &'l str,
    /// All that the code is of.
    record: &'l [u8],
    /// All of it.
    text: &'l [u8],
    /// Its code.
    pub(super) code: Code,
}

impl<'l> Line<'l> {
    /// Reads a line, without its end. Nothing if it has not the form of a record.
    pub(super) fn read(line: &'l [u8]) -> Option<Self> {
        let (record, rest) = line.split_at_checked(line.len().checked_sub(CODE.len() + 64 + END.len())?)?;
        let code = rest.strip_prefix(CODE)?.strip_suffix(END)?;
        let code: Code = HEXLOWER.decode(code).ok()?.try_into().ok()?;
        let head = std::str::from_utf8(record.get(..record.len().min(120))?)
            .unwrap_or_else(|why| std::str::from_utf8(&record[..why.valid_up_to()]).unwrap_or_default());
        let (number, rest) = head.strip_prefix("{\"seq\":")?.split_once(",\"time\":\"")?;
        let (time, rest) = rest.split_once("\",\"is\":\"")?;
        let (is, _) = rest.split_once('"')?;
        let is = Is::ALL.iter().find(|it| it.1 == is)?.0;
        Some(Self { number: number.parse().ok()?, is, time, record, text: line, code })
    }

    /// What it tells.
    pub(super) fn told<T: Deserialize<'l>>(&self) -> Option<T> {
        serde_json::from_slice(self.text).ok()
    }

    /// Whether it comes next after what the chain has.
    pub(super) fn follows(&self, chain: &Chain, key: &Key) -> bool {
        self.number == chain.next && key.is_code(&self.code, &chain.code, self.record)
    }
}

/// How far a chain of records goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chain {
    /// The number of the next record.
    pub(super) next: u64,
    /// The code of the last one.
    pub(super) code: Code,
}

impl Chain {
    /// Before the first record of all.
    pub(super) const BEGINNING: Self = Self { next: 1, code: [0; 32] };

    /// After a record.
    pub(super) fn after(line: &Line<'_>) -> Self {
        Self { next: line.number + 1, code: line.code }
    }

    /// Before the first record of a file, as that says itself.
    pub(super) fn before(start: &Line<'_>) -> Option<Self> {
        let Start { format: FORMAT, before } = start.told()? else { return None };
        (start.is == Is::Start).then_some(Self { next: start.number, code: unhex(&before)? })
    }

    /// Adds a record behind `out`. `body` is a JSON object, whose properties the record takes over.
    pub(super) fn add(&mut self, out: &mut Vec<u8>, key: &Key, time: &str, is: Is, body: &str) {
        let begin = out.len();
        let inside = body.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or_default();
        let comma = if inside.is_empty() { "" } else { "," };
        let head = format!("{{\"seq\":{},\"time\":\"{time}\",\"is\":\"{}\"{comma}", self.next, is.name());
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(inside.as_bytes());
        self.code = key.code(&self.code, &out[begin..]);
        self.next += 1;
        out.extend_from_slice(CODE);
        out.extend_from_slice(hex(&self.code).as_bytes());
        out.extend_from_slice(END);
        out.push(b'\n');
    }
}

/// The form of the files that this program writes.
pub(super) const FORMAT: u8 = 1;

/// The first record of a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Start {
    /// [`FORMAT`]
    pub(super) format: u8,
    /// The code of the last record of the file before.
    pub(super) before: String,
}

/// What stands before a repair, and is no record.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Repair {
    /// Where it begins in the file.
    pub(super) at: u64,
    /// How long it is, up to the repair.
    pub(super) bytes: u64,
    /// Its digest.
    pub(super) sha256: String,
    /// Whether it is more than a record that was not finished: somebody else has written it.
    pub(super) foreign: bool,
}

/// Records that had been written and were gone.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Loss {
    /// The number of the last of them.
    pub(super) through: u64,
    /// Its code.
    pub(super) code: String,
}

/// Files that have been deleted for their age.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Retention {
    /// Their names.
    pub(super) files: Vec<String>,
    /// The number of the first record that remains.
    pub(super) until: u64,
}

/// The file that comes next.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Continued {
    /// Its name.
    pub(super) next: String,
}

/// A part of a set of people.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SetPart {
    /// The digest of the set.
    pub(super) set: String,
    /// Which part, from 1.
    pub(super) part: usize,
    /// Of how many.
    pub(super) of: usize,
    /// Marks with blanks between them.
    pub(super) marks: String,
}

/// A time as it is written.
pub(super) fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A body as it is written.
pub(super) fn body(of: &impl Serialize) -> String {
    serde_json::to_string(of).expect("records are made of texts, numbers and lists of them")
}

/// Bytes as records write them.
pub(super) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The bytes of a code, in either letter case.
pub(super) fn unhex(text: &str) -> Option<Code> {
    HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?.try_into().ok()
}
