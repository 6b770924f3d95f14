//! The answer to an import: what became of it, what was found, and who was taken in.

use contracts::unilogin::wsaimport::{v7, v8};
use soap::{
    schema::Element,
    xml::{Place, Writer},
};

use super::{
    super::dialect::{AnswerNames, Dialect},
    Detail, Finding, Version,
};
use crate::{
    domain::{CivilId, UserId},
    source::intake::Mode,
};

/// The answer to an import.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// In which contract it is told.
    pub version: Version,
    /// What was asked for.
    pub mode: Mode,
    /// What became of it.
    pub verdict: Verdict,
    /// What was found, by place.
    pub findings: Vec<Finding>,
    /// Who was taken in.
    pub people: Vec<Imported>,
}

/// Somebody who was taken in.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The key in the local system.
    pub local_id: String,
    /// The id at the login service.
    pub user_id: UserId<'static>,
    /// The number that was handed in; only version 7 tells it again.
    pub civil_id: Option<CivilId<'static>>,
}

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All of it is kept.
    Done,
    /// It is kept but for some people.
    Partly,
    /// The document has mistakes; nothing was changed.
    Refused,
    /// It waits for somebody to confirm it; nothing was changed.
    Held,
    /// The source has handed in newer data; nothing was changed.
    Outdated,
    /// There is no room; nothing was changed.
    Full,
    /// The document can be taken in; nobody was asked to.
    Valid,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 7] =
        [Self::Done, Self::Partly, Self::Refused, Self::Held, Self::Outdated, Self::Full, Self::Valid];

    /// The value of `reskode`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done | Self::Valid => "0",
            Self::Refused => "1",
            Self::Partly => "2",
            Self::Held => "3",
            Self::Outdated => "4",
            Self::Full => "5",
        }
    }

    /// The value of `restekst`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Done => "Importen er gennemført. (The import is kept.)",
            Self::Partly => {
                "Importen er gennemført, men nogle personer eller kontaktpersoner er afvist. (The import is kept, but some persons or contact persons are refused.)"
            }
            Self::Refused => {
                "Importen er afvist, fordi dokumentet har fejl; intet er ændret. (The import is refused, since the document has mistakes; nothing was changed.)"
            }
            Self::Held => {
                "Importen venter på, at nogen bekræfter den; intet er ændret. (The import waits for somebody to confirm it; nothing was changed.)"
            }
            Self::Outdated => {
                "Importen er afvist, fordi kilden har afleveret nyere data; intet er ændret. (The import is refused, since the source has handed in newer data; nothing was changed.)"
            }
            Self::Full => {
                "Importen er afvist, fordi serveren ikke har plads; intet er ændret. Prøv igen senere. (The import is refused, since the server has no room; nothing was changed. Try again later.)"
            }
            Self::Valid => {
                "Dokumentet kan indlæses; intet er indlæst. (The document can be taken in; nothing was kept.)"
            }
        }
    }
}

impl Answer {
    /// For whoever has not sent the XML that was read: places in it mean nothing, and findings say instead which person or
    /// group they are about, counted from 1.
    #[must_use]
    pub fn counted(mut self, xml: &str) -> Self {
        let mut walk = Walk { rest: xml, place: Place { line: 1, column: 1 }, ended: [0; 2] };
        for finding in &mut self.findings {
            if matches!(finding.detail, Detail::First(_)) {
                finding.detail = Detail::None;
            }
            let Some(place) = finding.place.take() else { continue };
            walk.to(place);
            for (element, ended) in ["/InstitutionPerson", "/Group"].iter().zip(walk.ended) {
                if let Some(at) = finding.path.find(&format!("/Institution{element}")) {
                    finding.path.insert_str(at + "/Institution".len() + element.len(), &format!("[{}]", ended + 1));
                }
            }
        }
        self
    }

    /// Writes the child of the body, with the names of the dialect.
    pub fn write(&self, dialect: &Dialect, writer: &mut Writer) {
        let element = self.element();
        writer.declare(element.namespaces);
        writer.start(element.name.tag);
        self.document(&dialect.answer, writer);
        writer.close(element.name.tag);
    }

    /// The element of the operation's answer.
    fn element(&self) -> &'static Element {
        match (self.version, self.mode) {
            (Version::V7, Mode::Full | Mode::Replica | Mode::Mirror) => &v7::IMPORTER_XML_RESPONSE_ELEMENT,
            (Version::V7, Mode::Delta) => &v7::IMPORTER_DELTA_XML_RESPONSE_ELEMENT,
            (Version::V7, Mode::Delete) => &v7::IMPORTER_SLET_XML_RESPONSE_ELEMENT,
            (Version::V8, Mode::Full | Mode::Replica | Mode::Mirror) => &v8::IMPORTER_XML_RESPONSE_ELEMENT,
            (Version::V8, Mode::Delta) => &v8::IMPORTER_DELTA_XML_RESPONSE_ELEMENT,
            (Version::V8, Mode::Delete) => &v8::IMPORTER_SLET_XML_RESPONSE_ELEMENT,
        }
    }

    /// Writes `svarXML`, as the generated types would, but for names that may be others.
    fn document(&self, names: &AnswerNames, writer: &mut Writer) {
        writer.start(names.svar_xml);
        writer.open(names.uni_login_import_svar);
        writer.attribute(names.reskode, self.verdict.code());
        writer.attribute(names.restekst, self.verdict.text());
        writer.inside();
        for finding in &self.findings {
            write_finding(finding, names, writer);
        }
        for person in &self.people {
            writer.start(names.institution_person);
            match self.version {
                Version::V7 => write_user(person, names, writer),
                Version::V8 => {
                    writer.string("uni:LocalPersonId", &person.local_id);
                    writer.string(names.user_id, person.user_id.as_str());
                }
            }
            writer.close(names.institution_person);
        }
        writer.close(names.uni_login_import_svar);
        writer.close(names.svar_xml);
    }
}

/// A way through a document, from the first finding to the last.
struct Walk<'a> {
    rest: &'a str,
    place: Place,
    /// How many people and groups have ended on the way.
    ended: [usize; 2],
}

impl Walk<'_> {
    fn to(&mut self, place: Place) {
        while (self.place.line, self.place.column) < (place.line, place.column) {
            let mut chars = self.rest.chars();
            match chars.next() {
                None => return,
                Some('\n') => self.place = Place { line: self.place.line + 1, column: 1 },
                Some(_) => {
                    if let Some((name, _)) = self.rest.strip_prefix("</").and_then(|it| it.split_once('>')) {
                        let name = name.rsplit(':').next();
                        self.ended[0] += usize::from(name == Some("InstitutionPerson"));
                        self.ended[1] += usize::from(name == Some("Group"));
                    }
                    self.place.column += 1;
                }
            }
            self.rest = chars.as_str();
        }
    }
}

fn write_finding(finding: &Finding, names: &AnswerNames, writer: &mut Writer) {
    writer.open(names.fejl);
    if let Some(place) = finding.place {
        let number = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
        writer.attribute_value(names.linje, &number(place.line));
        writer.attribute_value(names.kolonne, &number(place.column));
    }
    writer.attribute(names.kode, finding.code.entry().name);
    writer.attribute(names.niveau, finding.level().name());
    writer.inside();
    writer.text(&finding.text());
    writer.close(names.fejl);
}

/// The block of version 7. There is no first password, and it says so: it is empty, and has been changed. Ten zeros stand
/// for a number that was not handed in.
fn write_user(person: &Imported, names: &AnswerNames, writer: &mut Writer) {
    writer.string("data:LocalPersonId", &person.local_id);
    writer.start(names.uni_login);
    writer.string("data:UserId", person.user_id.as_str());
    writer.string("data:InitialPassword", "");
    writer.string("data:CivilRegistrationNumber", person.civil_id.as_ref().map_or("0000000000", CivilId::reveal));
    writer.string("data:PasswordState", "changed");
    writer.close(names.uni_login);
}
