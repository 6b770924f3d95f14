//! Documents of an institution and its people, read one by one: exports and imports of either generation.

use std::io::Read;

use soap::xml::records::StreamError;

use crate::{
    crosswalk::Trail,
    domain::{Member, Roster},
    standards::unilogin::{
        Generation,
        import::{Version, document},
        stream,
    },
};

/// Which documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of wsiEKSPORT.
    Export(Generation),
    /// Of wsaIMPORT.
    Import(Generation),
}

/// A document being read.
pub(super) enum People {
    /// An export.
    Export(stream::Reader<Box<dyn Read>>),
    /// An import.
    Import(document::Reader<Box<dyn Read>>),
}

/// The version of wsaIMPORT that a generation has.
pub(super) const fn version(generation: Generation) -> Version {
    match generation {
        Generation::Legacy => Version::V7,
        Generation::Bpi => Version::V8,
    }
}

impl People {
    /// Reads up to the first person. The generation is that of the document, whatever was asked for.
    pub(super) fn open(
        kind: Kind,
        input: Box<dyn Read>,
        trail: &mut Trail,
    ) -> Result<(Roster<'static>, Self), StreamError> {
        Ok(match kind {
            Kind::Export(_) => {
                let (head, reader) = stream::Reader::open(input, trail)?;
                (head, Self::Export(reader))
            }
            Kind::Import(_) => {
                let (head, reader) = document::Reader::open(input, trail)?;
                (head, Self::Import(reader))
            }
        })
    }

    /// What the document is.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Export(reader) => Kind::Export(reader.form().generation),
            Self::Import(reader) => Kind::Import(match reader.version() {
                Version::V7 => Generation::Legacy,
                Version::V8 => Generation::Bpi,
            }),
        }
    }

    /// The next person.
    pub(super) fn next(&mut self, trail: &mut Trail) -> Result<Option<Member<'_>>, StreamError> {
        match self {
            Self::Export(reader) => reader.next(trail),
            Self::Import(reader) => reader.next(trail),
        }
    }
}
