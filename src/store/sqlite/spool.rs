//! Where the records of an import wait for its commit: in memory at first, then in a file that nobody else sees.
//!
//! The file has no name, so that nothing of it is left whatever happens to the process.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

use crate::source::shelf::Shelf;

/// What stays in memory, in bytes.
const IN_MEMORY: usize = 8 << 20;

#[derive(Debug)]
pub(super) struct Spool {
    /// Where a file may be made; without it everything stays in memory.
    folder: Option<PathBuf>,
    file: Option<File>,
    /// How much is in the file.
    written: u64,
    /// What comes behind it.
    tail: Vec<u8>,
}

impl Spool {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, file: None, written: 0, tail: Vec::new() }
    }

    /// Where the next text will begin.
    pub(super) fn end(&self) -> u64 {
        self.written + self.tail.len() as u64
    }

    /// Appends a text.
    ///
    /// # Errors
    /// A file that cannot be made or written.
    pub(super) fn push(&mut self, text: &str) -> io::Result<()> {
        self.tail.extend_from_slice(text.as_bytes());
        if self.tail.len() > IN_MEMORY && self.folder.is_some() { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile_in(folder)?),
        };
        file.write_all(&self.tail)?;
        self.written += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }

    /// Reads what was appended at a place, instead of what `into` held.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn read(&mut self, at: u64, length: usize, into: &mut String) -> io::Result<()> {
        let mut bytes = std::mem::take(into).into_bytes();
        bytes.clear();
        match (at.checked_sub(self.written), &mut self.file) {
            (Some(inside), _) => {
                let from = usize::try_from(inside).map_err(io::Error::other)?;
                let found = self.tail.get(from..from + length).ok_or(io::ErrorKind::UnexpectedEof)?;
                bytes.extend_from_slice(found);
            }
            (None, Some(file)) => {
                bytes.resize(length, 0);
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(&mut bytes)?;
            }
            (None, None) => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        *into = String::from_utf8(bytes).map_err(io::Error::other)?;
        Ok(())
    }
}

impl Shelf for Spool {
    fn end(&self) -> u64 {
        self.end()
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.push(text)
    }

    fn get(&mut self, at: u64, length: usize, into: &mut String) -> io::Result<()> {
        self.read(at, length, into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spooled_comes_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(Some(folder.path().to_owned()));
        let text = |it: usize| format!("{it} æøå ").repeat(it % 5 * 1000);
        let mut places = Vec::new();
        for number in 0..1500 {
            places.push(spool.end());
            spool.push(&text(number)).unwrap();
        }
        assert!(spool.written > 0 && !spool.tail.is_empty());
        let mut found = String::new();
        for (number, at) in places.into_iter().enumerate().rev() {
            spool.read(at, text(number).len(), &mut found).unwrap();
            assert!(found == text(number), "{number}");
        }
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "the file has no name");
        assert!(spool.read(spool.end(), 1, &mut found).is_err());
    }
}
