//! wsiEKSPORT 6 and 7, one person at a time: documents of any size in the memory of one person.

use std::io::Read;

use chrono::{DateTime, FixedOffset};
use contracts::unilogin::wsieksport::{v6, v7};
use soap::{
    Envelope,
    envelope::EnvelopeError,
    schema::{Content, Element, Item, Kind, NamespaceId},
    xml::{
        Decoder, Result, Writer,
        records::{Records, StreamError},
    },
};

use super::{
    Generation,
    eksport::{self, Filter, Package},
    eksport_v6,
};
use crate::{
    crosswalk::Trail,
    domain::{Member, Roster},
};

/// Which documents: how much they tell, and in which generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Version 6 is legacy, version 7 is BPI.
    pub generation: Generation,
    /// The package.
    pub package: Package,
}

impl Form {
    /// Every form there is.
    pub const ALL: [Self; 8] = [
        Self::bpi(Package::Small),
        Self::bpi(Package::Medium),
        Self::bpi(Package::Full),
        Self::bpi(Package::FullMyndighed),
        Self::legacy(Package::Small),
        Self::legacy(Package::Medium),
        Self::legacy(Package::Full),
        Self::legacy(Package::FullMyndighed),
    ];

    /// Of wsiEKSPORT 7.
    #[must_use]
    pub const fn bpi(package: Package) -> Self {
        Self { generation: Generation::Bpi, package }
    }

    /// Of wsiEKSPORT 6.
    #[must_use]
    pub const fn legacy(package: Package) -> Self {
        Self { generation: Generation::Legacy, package }
    }

    /// The root element of the documents.
    #[must_use]
    pub fn root(self) -> &'static Element {
        match self.generation {
            Generation::Legacy => eksport_v6::root(self.package),
            Generation::Bpi => self.package.root(),
        }
    }

    /// The element that the documents repeat for each person, and the one around it.
    fn parts(self) -> (&'static Item, &'static Item) {
        let find = |kind: Kind, local: &str| -> Option<&'static Item> {
            let Kind::Complex(of) = kind else { return None };
            let Content::Elements(model) = &of.content else { return None };
            model.items.iter().find(|it| it.name.local == local)
        };
        let institution = find(self.root().kind, "Institution").expect("every package has an institution");
        let person = find(institution.kind, "InstitutionPerson").expect("every institution has persons");
        (institution, person)
    }
}

/// Where the persons of every form are.
pub fn record_names() -> Vec<(NamespaceId, &'static str)> {
    let name = |form: Form| form.parts().1.name;
    Form::ALL.into_iter().map(name).map(|it| (it.namespace, it.local)).collect()
}

/// A document being read.
pub struct Reader<R> {
    records: Records<R>,
    form: Form,
}

impl<R: Read> Reader<R> {
    /// Reads up to the first person: the institution with its groups, and nobody in it.
    ///
    /// # Errors
    /// The first violation, or input that cannot be read.
    pub fn open(input: R, trail: &mut Trail) -> std::result::Result<(Roster<'static>, Self), StreamError> {
        let mut records = Records::new(input, contracts::NAMESPACES, &record_names());
        let head = records.head()?;
        let document = document(&head)?;
        let form = document.form();
        let roster = document.roster(trail).into_owned();
        Ok((roster, Self { records, form }))
    }

    /// The form of the document.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The next person, and the line where it begins, which the trail is told too.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn next(&mut self, trail: &mut Trail) -> std::result::Result<Option<Member<'_>>, StreamError> {
        let Some(mut decoder) = self.records.next()? else { return Ok(None) };
        trail.at_line(u32::try_from(decoder.place(decoder.offset()).line).ok());
        let Form { generation, package } = self.form;
        Ok(Some(match generation {
            Generation::Legacy => eksport_v6::read_member(package, &mut decoder, trail)?,
            Generation::Bpi => eksport::read_member(package, &mut decoder, trail)?,
        }))
    }
}

/// A whole document, bare, as the answer of its operation, or with an envelope around that.
///
/// # Errors
/// The first violation.
pub fn read_whole(text: &str, trail: &mut Trail) -> Result<Roster<'static>> {
    Ok(document(text)?.roster(trail).into_owned())
}

/// A document of either version.
enum Document<'a> {
    Legacy(eksport_v6::Export<'a>),
    Bpi(eksport::Export<'a>),
}

impl<'a> Document<'a> {
    fn form(&self) -> Form {
        match self {
            Self::Legacy(it) => Form::legacy(it.package()),
            Self::Bpi(it) => Form::bpi(it.package()),
        }
    }

    fn roster(self, trail: &mut Trail) -> Roster<'a> {
        match self {
            Self::Legacy(it) => eksport_v6::roster(it, trail),
            Self::Bpi(it) => eksport::roster(it, trail),
        }
    }

    /// The decoder stands in the root element of a document, or of the answer that holds one.
    fn decode(decoder: &mut Decoder<'a>) -> Result<Self> {
        let name = decoder.name();
        let is_it = |element: &Element| (element.name.namespace, element.name.local) == name;
        if let Some(Form { generation, package }) = Form::ALL.into_iter().find(|it| is_it(it.root())) {
            return Ok(match generation {
                Generation::Legacy => Self::Legacy(eksport_v6::Export::decode(package, decoder)?),
                Generation::Bpi => Self::Bpi(eksport::Export::decode(package, decoder)?),
            });
        }
        let answered = if let Some(operation) = v7::OPERATIONS.iter().position(|it| is_it(it.output)) {
            eksport::Export::from_response(v7::Response::decode(operation, decoder)?).map(Self::Bpi)
        } else if let Some(operation) = v6::OPERATIONS.iter().position(|it| is_it(it.output)) {
            eksport_v6::Export::from_response(v6::Response::decode(operation, decoder)?).map(Self::Legacy)
        } else {
            None
        };
        // In both versions they are called the same.
        let roots: Vec<&'static Element> = Package::ALL.into_iter().map(Package::root).collect();
        answered.ok_or_else(|| decoder.unknown_root(&roots))
    }
}

fn document(text: &str) -> Result<Document<'_>> {
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
    let document = Document::decode(&mut decoder)?;
    // Nothing may follow.
    if enveloped { Envelope::close(&mut decoder) } else { decoder.finish() }?;
    Ok(document)
}

/// A document being written: what stands before the persons, then each of them, then what stands behind.
pub struct Exporter {
    form: Form,
    filter: Filter,
    person: &'static str,
    /// What stands before the persons, until it has been taken.
    head: String,
    writer: Writer,
    tail: String,
}

impl Exporter {
    /// Begins a document of an institution. The members of `head` are not written.
    pub fn begin(head: &Roster<'_>, form: Form, at: DateTime<FixedOffset>, trail: &mut Trail) -> Self {
        Self::around(form, Filter::ALL, |writer| {
            writer.declaration();
            match form.generation {
                Generation::Legacy => eksport_v6::empty(head, form.package, at, trail).write(writer),
                Generation::Bpi => eksport::empty(head, form.package, at, trail).write(writer),
            }
            writer.raw("\n");
        })
    }

    /// Begins the answer of the document's operation, in whatever `wrap` writes around it, with those whom the filter lets
    /// through.
    pub fn answer(
        head: &Roster<'_>,
        form: Form,
        filter: Filter,
        at: DateTime<FixedOffset>,
        wrap: impl FnOnce(&mut Writer, &dyn Fn(&mut Writer)),
    ) -> Self {
        let trail = &mut Trail::silent();
        match form.generation {
            Generation::Legacy => {
                let response = eksport_v6::empty(head, form.package, at, trail).into_response();
                Self::around(form, filter, |writer| wrap(writer, &|writer| response.encode(writer)))
            }
            Generation::Bpi => {
                let response = eksport::empty(head, form.package, at, trail).into_response();
                Self::around(form, filter, |writer| wrap(writer, &|writer| response.encode(writer)))
            }
        }
    }

    /// Cuts a text, which holds a document of nobody, where the persons belong.
    fn around(form: Form, filter: Filter, write: impl FnOnce(&mut Writer)) -> Self {
        let mut writer = Writer::new(contracts::NAMESPACES);
        write(&mut writer);
        let mut head = writer.finish();
        let (institution, person) = form.parts();
        let tail_at = head.rfind(&format!("</{}>", institution.name.tag)).unwrap_or(head.len());
        let tail = head.split_off(tail_at);
        Self { form, filter, person: person.name.tag, head, writer: Writer::new(contracts::NAMESPACES), tail }
    }

    /// Writes a person, if the filter lets it through.
    pub fn write(&mut self, member: &Member<'_>, trail: &mut Trail) {
        let Form { generation, package } = self.form;
        match generation {
            Generation::Legacy => {
                if let Some(record) = eksport_v6::record(member, package, &self.filter, trail) {
                    record.encode(self.person, &mut self.writer);
                }
            }
            Generation::Bpi => {
                if let Some(record) = eksport::record(member, package, &self.filter, trail) {
                    record.encode(self.person, &mut self.writer);
                }
            }
        }
    }

    /// What has been written and not been taken; at first what stands before the persons.
    pub fn take(&mut self) -> String {
        if self.head.is_empty() { self.writer.take() } else { std::mem::take(&mut self.head) }
    }

    /// How many bytes wait to be taken.
    pub fn waiting(&self) -> usize {
        self.head.len() + self.writer.len()
    }

    /// Ends the document.
    pub fn finish(self) -> String {
        let Self { form: _, filter: _, person: _, head, mut writer, tail } = self;
        writer.raw(&tail);
        if head.is_empty() { writer.finish() } else { head + &writer.finish() }
    }
}
