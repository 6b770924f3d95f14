//! Import documents read and written for conversions: person by person, of either version, and nobody to keep them.

use std::io::Read;

use contracts::unilogin::wsaimport::{v7, v8};
use soap::{
    schema::Element,
    xml::{
        Decode, Encode, Rule, Violation, Writer,
        records::{Records, StreamError},
    },
};

use super::{super::dialect::Dialect, Version, lift, lower, read, receive, write};
use crate::{
    crosswalk::Trail,
    domain::{ImportSource, Member, Roster, Text, lend},
    source::intake::Mode,
};

/// An import document being read: the first violation ends it.
pub struct Reader<R> {
    records: Records<R>,
    version: Version,
    source: Text<'static>,
}

impl<R: Read> Reader<R> {
    /// Reads up to the first person: the institution with its groups, and nobody in it.
    ///
    /// # Errors
    /// The first violation, input that cannot be read, or a document that hands nothing in.
    pub fn open(input: R, trail: &mut Trail) -> Result<(Roster<'static>, Self), StreamError> {
        let dialect = Dialect::default();
        let mut records = receive::records(input, &dialect);
        let head = records.head()?;
        let mut opened = receive::open(&head, Mode::Full, &dialect)?;
        let decoder = &mut opened.decoder;
        let place = decoder.place(decoder.offset());
        let unfit = |expected: &str, found: &str| {
            let (expected, found) = (expected.to_owned(), found.to_owned());
            Box::new(Violation { place, path: String::new(), rule: Rule::Type, expected, found })
        };
        if opened.mode == Mode::Delete {
            return Err(unfit("an import", "a deletion").into());
        }
        let document = match opened.version {
            Version::V7 => lift::document(v7::import::UniLoginImport::decode(decoder)?),
            Version::V8 => v8::import::UniLoginImport::decode(decoder)?,
        };
        let roster = read::roster(document, trail).ok_or_else(|| unfit("a school year", "another value"))?.into_owned();
        let source = roster.sources.first().map_or_else(Text::default, |it| it.source.clone());
        Ok((roster, Self { records, version: opened.version, source }))
    }

    /// The version of the document.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The next person, and the line where it begins, which the trail is told too.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn next(&mut self, trail: &mut Trail) -> Result<Option<Member<'_>>, StreamError> {
        let Some(mut decoder) = self.records.next()? else { return Ok(None) };
        trail.at_line(u32::try_from(decoder.place(decoder.offset()).line).ok());
        let person = match self.version {
            Version::V7 => lift::institution_person(Decode::decode(&mut decoder)?),
            Version::V8 => Decode::decode(&mut decoder)?,
        };
        Ok(Some(read::member(person, lend(&self.source), trail)))
    }
}

/// The root element of import documents.
#[must_use]
pub const fn root(version: Version) -> &'static Element {
    match version {
        Version::V7 => &v7::import::UNI_LOGIN_IMPORT_ELEMENT,
        Version::V8 => &v8::import::UNI_LOGIN_IMPORT_ELEMENT,
    }
}

/// An import document being written: what stands before the persons, then each of them, then what stands behind.
pub struct Importer {
    version: Version,
    source: String,
    writer: Writer,
    tail: String,
}

impl Importer {
    /// Begins a document of one source of an institution. The members of `head` are not written.
    pub fn begin(head: &Roster<'_>, source: &ImportSource<'_>, version: Version, trail: &mut Trail) -> Self {
        let mut writer = Writer::new(contracts::NAMESPACES);
        writer.declaration();
        let document = write::document(head, source, trail);
        match version {
            Version::V7 => writer.root(root(version), &lower::document(document, trail)),
            Version::V8 => writer.root(root(version), &document),
        }
        let mut text = writer.finish();
        let tail_at = text.rfind("</imp:Institution>").unwrap_or(text.len());
        let tail = text.split_off(tail_at);
        let mut writer = Writer::new(contracts::NAMESPACES);
        writer.raw(&text);
        Self { version, source: source.source.to_string(), writer, tail }
    }

    /// Writes a person, if an import has a place for it.
    pub fn write(&mut self, member: &Member<'_>, trail: &mut Trail) {
        let Some(record) = write::record(member, &self.source, trail) else { return };
        match self.version {
            Version::V7 => lower::institution_person(record, trail).encode("imp:InstitutionPerson", &mut self.writer),
            Version::V8 => record.encode("imp:InstitutionPerson", &mut self.writer),
        }
    }

    /// What has been written and not been taken.
    pub fn take(&mut self) -> String {
        self.writer.take()
    }

    /// How many bytes wait to be taken.
    pub fn waiting(&self) -> usize {
        self.writer.len()
    }

    /// Ends the document.
    pub fn finish(mut self) -> String {
        self.writer.raw(&self.tail);
        self.writer.raw("\n");
        self.writer.finish()
    }
}
