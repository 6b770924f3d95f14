//! What is wrong with a document, where, and what was expected instead.

use std::fmt;

/// The result of decoding. Boxed, because the good way should carry no luggage.
pub type Result<T> = std::result::Result<T, Box<Violation>>;

/// One violation of a contract or of XML itself.
///
/// `found` names elements and attributes as they are. Values are described, not quoted, unless the type is an
/// enumeration: a value may be a name or a civil registration number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where.
    pub place: Place,
    /// The elements from the root, or from the child of the SOAP body: `/hentInstBruger/instnr`.
    pub path: String,
    /// Which rule.
    pub rule: Rule,
    /// What the contract allows there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

/// A place in a document. Lines and columns count from 1, columns in characters; in a stream, what stands more than 64 KiB
/// into a line is counted in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: u64,
    /// Column.
    pub column: u64,
}

/// A name from a document as a message may quote it: a namespace may be as long as a start tag.
#[must_use]
pub fn shortened(name: &str) -> &str {
    name.char_indices().nth(120).map_or(name, |(end, _)| &name[..end])
}

/// The rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// XML 1.0 itself.
    WellFormed,
    /// A document type declaration, which we never accept.
    Doctype,
    /// The encoding of the bytes.
    Encoding,
    /// A bound of [`super::Limits`].
    Limit,
    /// A right name in the wrong namespace.
    Namespace,
    /// An element that is not the root of anything here.
    Root,
    /// An element the type does not have.
    UnknownElement,
    /// An element the type has, but not there.
    Order,
    /// An element that occurs more often than it may.
    Occurrence,
    /// Something required that is not there.
    Missing,
    /// Text where only elements may stand.
    Text,
    /// An attribute the type does not have, or twice.
    Attribute,
    /// A value outside the lexical space of its type.
    Type,
    /// A value that is not among those listed.
    Enumeration,
    /// A value that does not match the pattern.
    Pattern,
    /// A value that is too long or too short.
    Length,
    /// A number out of range.
    Range,
    /// A value other than the fixed one.
    Fixed,
    /// `xsi:nil` or `xsi:type` used where it may not.
    Instance,
    /// A fault of this program.
    Internal,
}

impl Rule {
    /// A stable code for machines.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WellFormed => "well-formed",
            Self::Doctype => "doctype",
            Self::Encoding => "encoding",
            Self::Limit => "limit",
            Self::Namespace => "namespace",
            Self::Root => "root",
            Self::UnknownElement => "unknown-element",
            Self::Order => "order",
            Self::Occurrence => "occurrence",
            Self::Missing => "missing",
            Self::Text => "text",
            Self::Attribute => "attribute",
            Self::Type => "type",
            Self::Enumeration => "enumeration",
            Self::Pattern => "pattern",
            Self::Length => "length",
            Self::Range => "range",
            Self::Fixed => "fixed",
            Self::Instance => "instance",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place: Place { line, column }, path, rule, expected, found } = self;
        let path = if path.is_empty() { "/" } else { path };
        write!(f, "{line}:{column}: {path}: {found}; expected {expected} ({rule})")
    }
}

impl std::error::Error for Violation {}
