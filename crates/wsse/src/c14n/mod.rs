//! Exclusive XML Canonicalization 1.0 (W3C 2002), with and without comments, with `InclusiveNamespaces`, straight from the
//! source text.
//!
//! The reader below it is strict: what is not well-formed, namespaces included, has no canonical form and is refused. It
//! reads pieces as well as wholes, so that a body of any size can be digested while it passes.

mod characters;
mod tag;
mod scope;
mod walk;
mod write;
mod pieces;
mod digest;

pub(crate) use characters::{is_blank, normal, same, unescaped};
pub(crate) use digest::{Digest, Hash};
pub use pieces::Pieces;
pub(crate) use scope::Scope;
pub(crate) use tag::Attribute;
pub(crate) use walk::{Event, Walk};
pub(crate) use write::Writer;

/// Elements inside elements.
pub const MOST_DEPTH: usize = 200;
/// Attributes of one element, namespace declarations included.
pub const MOST_ATTRIBUTES: usize = 64;
/// Namespace declarations in scope, since every prefix is looked up among them.
pub const MOST_NAMESPACES: usize = 256;
/// Bytes of one tag, comment, processing instruction or CDATA section.
pub const MOST_MARKUP: usize = 1 << 20;

/// Where a canonical form goes.
pub trait Sink {
    /// Takes what comes next.
    fn put(&mut self, text: &str);
}

impl Sink for String {
    fn put(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Sink for Vec<u8> {
    fn put(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }
}

/// What is needed for a canonical form, to be used again for the next.
#[derive(Debug)]
pub(crate) struct Scratch {
    walk: Walk,
    writer: Writer,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { walk: Walk::new(), writer: Writer::default() }
    }
}

/// Why a text has no canonical form: what is wrong with it, in words without anything of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);

pub(crate) type Result<T> = std::result::Result<T, Malformed>;

/// Which of the exclusive canonical forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclusive {
    /// `PrefixList`: prefixes that are declared wherever they are in scope, `#default` among them.
    pub inclusive: Vec<String>,
    /// Whether comments are kept.
    pub comments: bool,
}

impl Exclusive {
    /// Writes the element of a document whose start tag begins at the byte `at`.
    ///
    /// # Errors
    /// What stands before or in the element is not well-formed, or no element begins there.
    pub fn element(&self, document: &str, at: usize, sink: &mut impl Sink) -> Result<()> {
        let mut walk = Walk::new();
        let mut place = 0;
        while place < at {
            let (event, behind) = walk.next(document, place, true)?;
            if matches!(event, Event::More) {
                break;
            }
            if matches!(event, Event::Start) && walk.tag.empty {
                walk.leave();
            }
            place = behind;
        }
        if place != at || !document[at..].starts_with('<') {
            return Err(Malformed("no element begins there"));
        }
        self.inside(walk.scope(), &document[at..], sink).map(drop)
    }

    /// Writes the element that `text` begins with, around which `scope` is declared. The answer is its length.
    pub(crate) fn inside(&self, scope: &Scope, text: &str, sink: &mut impl Sink) -> Result<usize> {
        self.inside_with(&mut Scratch::new(), scope, text, sink)
    }

    /// The same with what has been used before.
    pub(crate) fn inside_with(
        &self,
        scratch: &mut Scratch,
        scope: &Scope,
        text: &str,
        sink: &mut impl Sink,
    ) -> Result<usize> {
        let Scratch { walk, writer } = scratch;
        walk.restart(scope);
        writer.restart(self);
        let mut at = 0;
        loop {
            let (event, behind) = walk.next(text, at, true)?;
            if at == 0 && !matches!(event, Event::Start) {
                return Err(Malformed("no element begins there"));
            }
            match event {
                Event::More => return Err(Malformed("the document does not end")),
                Event::Start => {
                    writer.start(walk, text, at, behind, sink);
                    if walk.tag.empty {
                        walk.leave();
                        writer.leave(walk.depth());
                    }
                }
                other => writer.take(walk, text, other, at, behind, sink),
            }
            at = behind;
            if walk.depth() == 0 {
                writer.flush(text, at, sink);
                return Ok(at);
            }
        }
    }
}
