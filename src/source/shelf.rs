//! A shelf: where texts wait until they are needed once more, so that nobody has to hold all of them.

use std::io;

/// Texts, one behind the other.
pub trait Shelf: Send {
    /// Where the next text will begin.
    fn end(&self) -> u64;

    /// Appends a text.
    ///
    /// # Errors
    /// A disk that fails or is full.
    fn put(&mut self, text: &str) -> io::Result<()>;

    /// Reads what was appended at a place, instead of what `into` held. The length is in bytes.
    ///
    /// # Errors
    /// A disk that fails, or a place where nothing stands.
    fn get(&mut self, at: u64, length: usize, into: &mut String) -> io::Result<()>;
}
