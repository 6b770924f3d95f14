//! Walking a file record by record: each must come next, and what does not must be owned up to by a repair.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use sha2::{Digest as _, Sha256};

use super::{
    key::Key,
    line::{Chain, Is, LONGEST, Line, Repair, hex},
};

/// A walk through one file, up to where it ended when the walk began.
pub(super) struct Walk<'k> {
    input: BufReader<io::Take<File>>,
    key: &'k Key,
    /// Nothing before the first record of the file, which says what is before it.
    chain: Option<Chain>,
    /// Where the last good record ends.
    good: u64,
    /// Where the piece ends that was read last.
    read: u64,
    /// The number of the line that was read last.
    line: u64,
    piece: Vec<u8>,
}

/// What a walk comes upon.
pub(super) enum Step<'w> {
    /// The next record, and the number of its line.
    Record(u64, Line<'w>),
    /// A repair: the line where it begins what it owns up to, and what that is.
    Repaired(u64, Repair),
    /// Something that is not the next record: the number of its line, and what it is.
    Broken(u64, Fault),
    /// The file ends in the middle of a record; so many bytes of it are there.
    Unfinished(u64),
    /// The file ends.
    End,
}

/// Why a line is not the next record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The record that belongs here comes later: what is here was put in, or has changed places.
    Inserted,
    /// Records are missing: the number of the one that belongs here, and of the one that is here.
    Missing(u64, u64),
    /// It has the number that belongs here, and is not what was written.
    Changed(u64),
    /// It is no record.
    NoRecord,
}

impl<'k> Walk<'k> {
    /// From the beginning of a file. Without a chain the first record is taken at its word.
    pub(super) fn begin(path: &Path, length: u64, key: &'k Key, chain: Option<Chain>) -> io::Result<Self> {
        Self::from(File::open(path)?, (0, length), key, chain)
    }

    /// From the end of a record.
    pub(super) fn from(
        mut file: File,
        (offset, length): (u64, u64),
        key: &'k Key,
        chain: Option<Chain>,
    ) -> io::Result<Self> {
        file.seek(SeekFrom::Start(offset))?;
        let input = BufReader::with_capacity(128 << 10, file.take(length.saturating_sub(offset)));
        Ok(Self { input, key, chain, good: offset, read: offset, line: 0, piece: Vec::new() })
    }

    /// Where the last good record ends, and the chain up to it.
    pub(super) fn reached(&self) -> (u64, Option<Chain>) {
        (self.good, self.chain)
    }

    pub(super) fn next(&mut self) -> io::Result<Step<'_>> {
        if !self.read_piece()? {
            return Ok(Step::End);
        }
        if self.is_next() {
            return Ok(Step::Record(self.line, Line::read(self.text()).expect("it has been read just now")));
        }
        self.past()
    }

    /// Whether the piece is the record that comes next; if so the chain goes on behind it.
    fn is_next(&mut self) -> bool {
        let Some(line) = Line::read(self.text()) else { return false };
        let Some(chain) = self.chain.or_else(|| Chain::before(&line)) else { return false };
        if !line.follows(&chain, self.key) {
            return false;
        }
        (self.chain, self.good) = (Some(Chain::after(&line)), self.read);
        true
    }

    /// Goes on from something that is not the next record to whatever explains it.
    fn past(&mut self) -> io::Result<Step<'_>> {
        let (at, from, is_whole) = (self.line, self.good, self.is_whole());
        let fault = self.fault();
        let mut digest = Sha256::new();
        let mut pieces = 0;
        loop {
            pieces += 1;
            digest.update(&self.piece);
            let end = self.read;
            if !self.read_piece()? {
                let is_unfinished = pieces == 1 && !is_whole && self.read - from < LONGEST as u64;
                let fault = if is_whole { fault } else { Fault::NoRecord };
                return Ok(if is_unfinished { Step::Unfinished(end - from) } else { Step::Broken(at, fault) });
            }
            if self.is_next() {
                let line = Line::read(self.text()).expect("it has been read just now");
                let repair: Option<Repair> = if line.is == Is::Repair { line.told() } else { None };
                let digest = hex(&digest.finalize());
                let owned_up_to = repair.filter(|it| (it.at, it.bytes) == (from, end - from) && it.sha256 == digest);
                return Ok(match owned_up_to {
                    Some(repair) => Step::Repaired(at, repair),
                    None => Step::Broken(at, Fault::Inserted),
                });
            }
        }
    }

    /// What is wrong with the piece, as far as it tells itself.
    fn fault(&self) -> Fault {
        let belongs = self.chain.map_or(1, |it| it.next);
        match Line::read(self.text()).map(|it| it.number) {
            None => Fault::NoRecord,
            Some(here) if here > belongs => Fault::Missing(belongs, here),
            Some(here) if here == belongs => Fault::Changed(here),
            Some(_) => Fault::Inserted,
        }
    }

    /// The piece without the end of its line.
    fn text(&self) -> &[u8] {
        self.piece.strip_suffix(b"\n").unwrap_or(&self.piece)
    }

    fn is_whole(&self) -> bool {
        self.piece.ends_with(b"\n")
    }

    /// Reads a line, or as much of one as a record may be long. False at the end.
    fn read_piece(&mut self) -> io::Result<bool> {
        if self.piece.is_empty() || self.is_whole() {
            self.line += 1;
        }
        self.piece.clear();
        let read = self.input.by_ref().take(LONGEST as u64).read_until(b'\n', &mut self.piece)?;
        self.read += read as u64;
        Ok(read > 0)
    }
}
