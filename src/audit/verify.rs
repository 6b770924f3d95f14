//! Verifying a log: every record of every file, in order, each chained to the one before.

use std::{io, path::Path};

use super::{
    folder::{self, Contents, Month},
    key::{Code, Key},
    line::{Chain, Continued, Is, Line, Loss, Retention, hex, unhex},
    walk::{Fault, Step, Walk},
};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many files.
    pub files: usize,
    /// How many records that are what was written.
    pub records: u64,
    /// How many of them are accesses.
    pub accesses: u64,
    /// The time of the first record and of the last, as they are written.
    pub times: Option<(String, String)>,
    /// The code of the last record, in hexadecimal: whoever keeps it can show later that nothing before it is gone.
    pub head: String,
    /// What is worth knowing and breaks nothing.
    pub remarks: Vec<String>,
    /// Where the chain breaks first.
    pub broken: Option<Break>,
}

/// Where a chain breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The file.
    pub file: String,
    /// The line in it, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong there.
    pub why: String,
}

/// Verifies the log in a folder. `head` is the code of a record that must be there. Whoever writes meanwhile is not waited for:
/// what was there at the beginning is verified.
///
/// # Errors
/// A folder or file that cannot be read, a `head` that is none.
pub fn verify(folder: &Path, key: &Key, head: Option<&str>) -> io::Result<Report> {
    let head = match head {
        Some(text) => Some(unhex(text).ok_or_else(|| invalid("the head is 64 hexadecimal digits"))?),
        None => None,
    };
    let lock = folder::lock_to_read(folder);
    let Contents { months, foreign } = folder::contents(folder)?;
    let lengths: io::Result<Vec<u64>> =
        months.iter().map(|it| Ok(folder::path(folder, *it).metadata()?.len())).collect();
    drop(lock);
    let mut verifying = Verifying { key, head, ..Verifying::new(key) };
    verifying.report.remarks.extend(foreign.iter().map(|it| format!("{it}: not a file of this log")));
    for (month, length) in months.iter().zip(lengths?) {
        verifying.file(folder, *month, length)?;
        if verifying.report.broken.is_some() {
            break;
        }
    }
    Ok(verifying.finish())
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why.to_owned())
}

struct Verifying<'k> {
    key: &'k Key,
    head: Option<Code>,
    /// Whether the head has been come upon.
    met: bool,
    chain: Option<Chain>,
    /// The number of the first record of the first file.
    first: u64,
    /// Up to which number old records have been deleted.
    until: u64,
    /// The file that the last record says comes next.
    next: Option<String>,
    last_time: String,
    backward: u64,
    report: Report,
}

impl<'k> Verifying<'k> {
    fn new(key: &'k Key) -> Self {
        Self {
            key,
            head: None,
            met: false,
            chain: None,
            first: 1,
            until: 1,
            next: None,
            last_time: String::new(),
            backward: 0,
            report: Report::default(),
        }
    }

    fn file(&mut self, folder: &Path, month: Month, length: u64) -> io::Result<()> {
        let name = month.file_name();
        match self.next.take() {
            Some(next) if next != name => {
                self.broken(&next, 0, "the file is gone, or has another name");
                return Ok(());
            }
            None if self.chain.is_some() => {
                self.broken(&name, 0, "the file before it has lost its end");
                return Ok(());
            }
            Some(_) | None => {}
        }
        self.report.files += 1;
        let is_first = self.chain.is_none();
        let mut walk = Walk::begin(&folder::path(folder, month), length, self.key, self.chain)?;
        let mut fault = None;
        while fault.is_none() {
            match walk.next()? {
                Step::Record(at, line) => fault = self.record(is_first && at == 1, &line).map(|why| (at, why)),
                Step::Repaired(at, repair) if repair.foreign => {
                    let why =
                        format!("{} bytes that somebody else has written; a record behind them says so", repair.bytes);
                    fault = Some((at, why));
                }
                Step::Repaired(at, repair) => {
                    let told =
                        format!("{name}:{at}: {} bytes are torn, and a record behind them says so", repair.bytes);
                    self.report.remarks.push(told);
                    self.report.records += 1;
                    self.next = None;
                }
                Step::Broken(at, why) => fault = Some((at, told(why))),
                Step::Unfinished(bytes) => {
                    let told = format!(
                        "{name}: ends with {bytes} bytes of a record that was not finished; whoever writes next will say so"
                    );
                    self.report.remarks.push(told);
                    break;
                }
                Step::End => break,
            }
        }
        self.chain = walk.reached().1;
        if let Some((at, why)) = fault {
            self.broken(&name, at, &why);
        }
        Ok(())
    }

    /// Takes a record in. Tells why, if it breaks the log although the chain holds.
    fn record(&mut self, is_first: bool, line: &Line<'_>) -> Option<String> {
        self.report.records += 1;
        self.met |= self.head == Some(line.code);
        self.next = None;
        if line.time < self.last_time.as_str() {
            self.backward += 1;
        }
        line.time.clone_into(&mut self.last_time);
        self.report.times.get_or_insert_with(|| (line.time.to_owned(), String::new()));
        match line.is {
            Is::Start if is_first => self.first = line.number,
            Is::Access => self.report.accesses += 1,
            Is::Continued => self.next = line.told::<Continued>().map(|it| it.next),
            Is::Retention => {
                let until = line.told::<Retention>().map_or(1, |it| it.until);
                self.until = self.until.max(until);
            }
            Is::Loss => {
                let through = line.told::<Loss>().map_or(0, |it| it.through);
                return Some(format!("records up to {through} were there before it and are gone"));
            }
            Is::Start | Is::Set | Is::Repair => {}
        }
        None
    }

    fn broken(&mut self, file: &str, line: u64, why: &str) {
        self.report.broken.get_or_insert_with(|| Break { file: file.to_owned(), line, why: why.to_owned() });
    }

    fn finish(mut self) -> Report {
        if let Some(next) = self.next.take() {
            self.broken(&next, 0, "the file is gone");
        }
        if self.first > self.until {
            let why =
                format!("the log begins with record {}, and none says that those before it were deleted", self.first);
            self.broken("the first file", 1, &why);
        }
        if self.head.is_some() && !self.met {
            self.broken(
                "the last file",
                0,
                "no record has the head that was told: the log has been cut off or written anew",
            );
        }
        if self.backward > 0 {
            let told = format!("the clock went back before {} records; their numbers tell the order", self.backward);
            self.report.remarks.push(told);
        }
        if self.until > 1 {
            self.report.remarks.push(format!("records before number {} were deleted for their age", self.until));
        }
        if let Some((_, last)) = &mut self.report.times {
            *last = self.last_time;
        }
        self.report.head = self.chain.map(|it| hex(&it.code)).unwrap_or_default();
        self.report
    }
}

fn told(fault: Fault) -> String {
    match fault {
        Fault::Inserted => "this was put in, or has changed its place".to_owned(),
        Fault::Missing(belongs, here) if belongs + 1 == here => format!("record {belongs} is missing before it"),
        Fault::Missing(belongs, here) => format!("records {belongs} to {} are missing before it", here - 1),
        Fault::Changed(number) => format!("record {number} is not what was written, or the one before it is not"),
        Fault::NoRecord => "this is no record".to_owned(),
    }
}
