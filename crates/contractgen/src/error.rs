//! What the generator refuses, and where it stands.

use std::{fmt, sync::Arc};

/// A construct that is not covered, or a contract that contradicts itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file, from the root of the source tree, with `/`.
    pub file: String,
    /// The line, counted from 1; 0 where the whole file is meant.
    pub line: u32,
    /// The column, counted from 1; 0 where the whole file is meant.
    pub column: u32,
    /// What was met: `xs:any`, `type {urn:a}b`.
    pub construct: String,
    /// Why it cannot stand.
    pub reason: String,
    /// What to do about it.
    pub advice: String,
}

impl Error {
    /// An error at a place.
    pub(crate) fn at(
        place: &Place,
        construct: impl Into<String>,
        reason: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let (construct, reason, advice) = (construct.into(), reason.into(), advice.into());
        Self { file: place.file.to_string(), line: place.line, column: place.column, construct, reason, advice }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {}: {}; {}", self.construct, self.reason, self.advice)
    }
}

impl std::error::Error for Error {}

/// A position in a document. Places are ordered as a reader meets them: by file, line and column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: Arc<str>,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    /// A whole file.
    pub(crate) fn file(path: &str) -> Self {
        Self { file: path.into(), line: 0, column: 0 }
    }

    /// Where a node begins.
    pub(crate) fn of(file: &Arc<str>, node: roxmltree::Node<'_, '_>) -> Self {
        let at = node.document().text_pos_at(node.range().start);
        Self { file: Arc::clone(file), line: at.row, column: at.col }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
