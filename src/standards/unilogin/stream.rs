//! wsiEKSPORT 7, one person at a time: documents of any size in the memory of one person.

use std::io::Read;

use chrono::{DateTime, FixedOffset};
use contracts::unilogin::wsieksport::v7;
use soap::{
    Envelope,
    envelope::EnvelopeError,
    schema::{Content, Element, Item, Kind, NamespaceId},
    xml::{
        Decoder, Result, Writer,
        records::{Records, StreamError},
    },
};

use super::eksport::{self, Export, Filter, Package};
use crate::{
    crosswalk::Trail,
    domain::{Member, Roster},
};

/// The element that a package repeats for each person, and the one around it.
fn parts(package: Package) -> (&'static Item, &'static Item) {
    let find = |kind: Kind, local: &str| -> Option<&'static Item> {
        let Kind::Complex(of) = kind else { return None };
        let Content::Elements(model) = &of.content else { return None };
        model.items.iter().find(|it| it.name.local == local)
    };
    let institution = find(package.root().kind, "Institution").expect("every package has an institution");
    let person = find(institution.kind, "InstitutionPerson").expect("every institution has persons");
    (institution, person)
}

/// Where the persons of every package are.
pub fn record_names() -> Vec<(NamespaceId, &'static str)> {
    let name = |package| parts(package).1.name;
    Package::ALL.into_iter().map(name).map(|it| (it.namespace, it.local)).collect()
}

/// A document being read.
pub struct Reader<R> {
    records: Records<R>,
    package: Package,
}

impl<R: Read> Reader<R> {
    /// Reads up to the first person: the institution with its groups, and nobody in it.
    ///
    /// # Errors
    /// The first violation, or input that cannot be read.
    pub fn open(input: R, trail: &mut Trail) -> std::result::Result<(Roster<'static>, Self), StreamError> {
        let mut records = Records::new(input, contracts::NAMESPACES, &record_names());
        let head = records.head()?;
        let (package, export) = document(&head)?;
        let roster = eksport::roster(export, trail).into_owned();
        Ok((roster, Self { records, package }))
    }

    /// The package of the document.
    pub fn package(&self) -> Package {
        self.package
    }

    /// The next person, and the line where it begins, which the trail is told too.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn next(&mut self, trail: &mut Trail) -> std::result::Result<Option<Member<'_>>, StreamError> {
        let Some(mut decoder) = self.records.next()? else { return Ok(None) };
        trail.at_line(u32::try_from(decoder.place(decoder.offset()).line).ok());
        Ok(Some(eksport::read_member(self.package, &mut decoder, trail)?))
    }
}

/// A whole document, bare, as the answer of its operation, or with an envelope around that.
///
/// # Errors
/// The first violation.
pub fn read_whole(text: &str, trail: &mut Trail) -> Result<Roster<'static>> {
    Ok(eksport::roster(document(text)?.1, trail).into_owned())
}

fn document(text: &str) -> Result<(Package, Export<'_>)> {
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    decoder.root()?;
    let enveloped = decoder.name().1 == "Envelope";
    if enveloped {
        decoder = Decoder::new(text, contracts::NAMESPACES);
        match Envelope::open(&mut decoder, |_, _| true) {
            Ok(_) => {}
            Err(EnvelopeError::Violation(_, violation) | EnvelopeError::Version(violation)) => return Err(violation),
            // Every mandatory header was said to be understood.
            Err(EnvelopeError::NotUnderstood(..)) => return Err(decoder.unreachable()),
        }
    }
    let name = decoder.name();
    let is_it = |element: &Element| (element.name.namespace, element.name.local) == name;
    if let Some(package) = Package::ALL.into_iter().find(|it| is_it(it.root())) {
        let export = Export::decode(package, &mut decoder)?;
        close(&mut decoder, enveloped)?;
        return Ok((package, export));
    }
    let export = match v7::OPERATIONS.iter().position(|it| is_it(it.output)) {
        Some(operation) => Export::from_response(v7::Response::decode(operation, &mut decoder)?),
        None => None,
    };
    let roots: Vec<&'static Element> = Package::ALL.into_iter().map(Package::root).collect();
    let export = export.ok_or_else(|| decoder.unknown_root(&roots))?;
    close(&mut decoder, enveloped)?;
    let package = match export {
        Export::Small(_) => Package::Small,
        Export::Medium(_) => Package::Medium,
        Export::Full(_) => Package::Full,
        Export::FullMyndighed(_) => Package::FullMyndighed,
    };
    Ok((package, export))
}

/// Nothing may follow.
fn close(decoder: &mut Decoder<'_>, enveloped: bool) -> Result<()> {
    if enveloped { Envelope::close(decoder) } else { decoder.finish() }
}

/// A document being written: what stands before the persons, then each of them, then what stands behind.
pub struct Exporter {
    package: Package,
    writer: Writer,
    tail: String,
}

impl Exporter {
    /// Begins a document of an institution. The members of `head` are not written.
    pub fn begin(head: &Roster<'_>, package: Package, at: DateTime<FixedOffset>, trail: &mut Trail) -> Self {
        let nobody = Filter { pupils: false, staff: false, externals: false, ..Filter::ALL };
        let mut writer = Writer::new(contracts::NAMESPACES);
        writer.declaration();
        eksport::export(head, package, &nobody, at, trail).write(&mut writer);
        let mut text = writer.finish();
        let tail_at = text.rfind(&format!("</{}>", parts(package).0.name.tag)).unwrap_or(text.len());
        let tail = text.split_off(tail_at);
        let mut writer = Writer::new(contracts::NAMESPACES);
        writer.raw(&text);
        Self { package, writer, tail }
    }

    /// Writes a person.
    pub fn write(&mut self, member: &Member<'_>, trail: &mut Trail) {
        if let Some(record) = eksport::record(member, self.package, &Filter::ALL, trail) {
            record.encode(parts(self.package).1.name.tag, &mut self.writer);
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
