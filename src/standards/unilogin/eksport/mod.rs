//! wsiEKSPORT 7 and the hub. Contract: `wsdl/unilogin/wsieksport/7`, namespace `https://brugerdatabasen.stil.dk/bpi/wsieksport/7`.
//!
//! Four packages carry the same institution with more and more of each person. They meet here as [`Export`], a document,
//! and [`Record`], one person of it; a long document is crossed record by record, its head as a document without persons.

use chrono::{DateTime, FixedOffset};
use contracts::unilogin::wsieksport::v7::{self, common, full, fullmyndighed, medium, small};
use soap::xml::{Decode, Decoder, Encode, Result, Writer};

use super::{Generation, codes};
use crate::{
    crosswalk::Trail,
    domain::{Grade, Member, Roster, Text, Tie},
};

pub(super) mod fit;
pub(super) mod read;
mod write;

pub(super) use write::Telling;

/// How much of a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Package {
    /// Lille: name and user id.
    Small,
    /// Mellem: and civil registration number, mail address, birth date, gender, photo.
    Medium,
    /// Fuld: and protection, address, telephones, contact persons.
    Full,
    /// Fuld myndighed: and of protected persons what others may not see.
    FullMyndighed,
}

/// What stands before the people, in every package the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head<'a> {
    pub(super) exported_at: soap::xml::DateTime,
    pub(super) sources: Vec<common::ImportSource<'a>>,
    pub(super) number: Text<'a>,
    pub(super) name: Option<Text<'a>>,
    pub(super) groups: Vec<common::Group<'a>>,
}

/// A document of one of the packages.
#[derive(Debug, Clone, PartialEq)]
pub enum Export<'a> {
    /// Lille.
    Small(small::UniLoginExportSmall<'a>),
    /// Mellem.
    Medium(medium::UniLoginExportMedium<'a>),
    /// Fuld.
    Full(full::UniLoginExportFull<'a>),
    /// Fuld myndighed.
    FullMyndighed(fullmyndighed::UniLoginExportFullMyndighed<'a>),
}

/// One person of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Record<'a> {
    /// Lille.
    Small(small::InstitutionPersonSmall<'a>),
    /// Mellem.
    Medium(medium::InstitutionPersonMedium<'a>),
    /// Fuld.
    Full(Box<full::InstitutionPersonFull<'a>>),
    /// Fuld myndighed.
    FullMyndighed(Box<fullmyndighed::InstitutionPersonFullMyndighed<'a>>),
}

impl Package {
    /// Every package, the smallest first.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Full, Self::FullMyndighed];

    /// The root element of its documents.
    #[must_use]
    pub fn root(self) -> &'static soap::schema::Element {
        match self {
            Self::Small => &small::UNI_LOGIN_EXPORT_SMALL_ELEMENT,
            Self::Medium => &medium::UNI_LOGIN_EXPORT_MEDIUM_ELEMENT,
            Self::Full => &full::UNI_LOGIN_EXPORT_FULL_ELEMENT,
            Self::FullMyndighed => &fullmyndighed::UNI_LOGIN_EXPORT_FULL_MYNDIGHED_ELEMENT,
        }
    }
}

impl<'a> Export<'a> {
    /// Reads a document; the decoder stands in its root element.
    ///
    /// # Errors
    /// The first violation.
    pub fn decode(package: Package, decoder: &mut Decoder<'a>) -> Result<Self> {
        Ok(match package {
            Package::Small => Self::Small(Decode::decode(decoder)?),
            Package::Medium => Self::Medium(Decode::decode(decoder)?),
            Package::Full => Self::Full(Decode::decode(decoder)?),
            Package::FullMyndighed => Self::FullMyndighed(Decode::decode(decoder)?),
        })
    }

    /// Its package.
    #[must_use]
    pub fn package(&self) -> Package {
        match self {
            Self::Small(_) => Package::Small,
            Self::Medium(_) => Package::Medium,
            Self::Full(_) => Package::Full,
            Self::FullMyndighed(_) => Package::FullMyndighed,
        }
    }

    /// Writes the document with its root element.
    pub fn write(&self, writer: &mut Writer) {
        match self {
            Self::Small(it) => writer.root(Package::Small.root(), it),
            Self::Medium(it) => writer.root(Package::Medium.root(), it),
            Self::Full(it) => writer.root(Package::Full.root(), it),
            Self::FullMyndighed(it) => writer.root(Package::FullMyndighed.root(), it),
        }
    }

    /// The document as the answer of its operation.
    #[must_use]
    pub fn into_response(self) -> v7::Response<'a> {
        match self {
            Self::Small(it) => v7::Response::EksporterXmlLille(v7::EksporterXmlResponseSmall {
                xml: v7::EksporterXmlResponseSmallXml { uni_login_export_small: it },
            }),
            Self::Medium(it) => v7::Response::EksporterXmlMellem(v7::EksporterXmlResponseMedium {
                xml: v7::EksporterXmlResponseMediumXml { uni_login_export_medium: it },
            }),
            Self::Full(it) => v7::Response::EksporterXmlFuld(v7::EksporterXmlResponseFull {
                xml: v7::EksporterXmlResponseFullXml { uni_login_export_full: it },
            }),
            Self::FullMyndighed(it) => v7::Response::EksporterXmlFuldMyndighed(v7::EksporterXmlResponseFullMyndighed {
                xml: v7::EksporterXmlResponseFullMyndighedXml { uni_login_export_full_myndighed: it },
            }),
        }
    }

    /// The document that a response of the service carries, if it carries one.
    #[must_use]
    pub fn from_response(response: v7::Response<'a>) -> Option<Self> {
        match response {
            v7::Response::EksporterXmlLille(it) => Some(Self::Small(it.xml.uni_login_export_small)),
            v7::Response::EksporterXmlMellem(it) => Some(Self::Medium(it.xml.uni_login_export_medium)),
            v7::Response::EksporterXmlFuld(it) => Some(Self::Full(it.xml.uni_login_export_full)),
            v7::Response::EksporterXmlFuldMyndighed(it) => {
                Some(Self::FullMyndighed(it.xml.uni_login_export_full_myndighed))
            }
            v7::Response::HelloWorldWithCertificate(_)
            | v7::Response::HentDataAftalerLille(_)
            | v7::Response::HentDataAftalerMellem(_)
            | v7::Response::HentDataAftalerFuld(_)
            | v7::Response::HentDataAftalerFuldMyndighed(_) => None,
        }
    }
}

impl Record<'_> {
    /// Writes the person as an element with this tag.
    pub fn encode(&self, tag: &'static str, writer: &mut Writer) {
        match self {
            Self::Small(it) => it.encode(tag, writer),
            Self::Medium(it) => it.encode(tag, writer),
            Self::Full(it) => it.encode(tag, writer),
            Self::FullMyndighed(it) => it.encode(tag, writer),
        }
    }
}

/// A document to the hub.
pub fn roster<'a>(export: Export<'a>, trail: &mut Trail) -> Roster<'a> {
    read::roster(export, trail)
}

/// One person to the hub, straight from the document; the decoder stands in the element `InstitutionPerson`.
///
/// # Errors
/// The first violation.
pub fn read_member<'a>(package: Package, decoder: &mut Decoder<'a>, trail: &mut Trail) -> Result<Member<'a>> {
    Ok(match package {
        Package::Small => read::member_small(Decode::decode(decoder)?, trail),
        Package::Medium => read::member_medium(Decode::decode(decoder)?, trail),
        Package::Full => read::member_full(Decode::decode(decoder)?, trail),
        Package::FullMyndighed => read::member_full_myndighed(Decode::decode(decoder)?, trail),
    })
}

/// One person that has been read to the hub.
pub(super) fn member<'a>(record: Record<'a>, trail: &mut Trail) -> Member<'a> {
    match record {
        Record::Small(it) => read::member_small(it, trail),
        Record::Medium(it) => read::member_medium(it, trail),
        Record::Full(it) => read::member_full(*it, trail),
        Record::FullMyndighed(it) => read::member_full_myndighed(*it, trail),
    }
}

/// The hub to a document, with the members that the filter lets through.
pub fn export<'m>(
    roster: &'m Roster<'m>,
    package: Package,
    filter: &Filter,
    at: DateTime<FixedOffset>,
    trail: &mut Trail,
) -> Export<'m> {
    let mut people = Vec::new();
    for (place, member) in roster.members.iter().enumerate() {
        people.extend(trail.within_item("members", place, |trail| record(member, package, filter, trail)));
    }
    write::document(write::head(roster, at, trail), package, people)
}

/// What stands before the people of a document.
pub(super) fn head<'m>(roster: &'m Roster<'m>, at: DateTime<FixedOffset>, trail: &mut Trail) -> Head<'m> {
    write::head(roster, at, trail)
}

/// A document of an institution with nobody in it.
pub fn empty<'m>(roster: &'m Roster<'m>, package: Package, at: DateTime<FixedOffset>, trail: &mut Trail) -> Export<'m> {
    write::document(write::head(roster, at, trail), package, Vec::new())
}

/// A member to one person of a document; nothing if the filter does not let the member through.
pub fn record<'m>(member: &'m Member<'m>, package: Package, filter: &Filter, trail: &mut Trail) -> Option<Record<'m>> {
    record_as(member, Telling { package, generation: Generation::Bpi, filter }, trail)
}

/// [`record`], for whoever lowers it too.
pub(super) fn record_as<'m>(member: &'m Member<'m>, telling: Telling<'_>, trail: &mut Trail) -> Option<Record<'m>> {
    telling.filter.lets_through(member).then(|| write::record(member, telling, trail))
}

/// What a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Pupils.
    pub pupils: bool,
    /// Staff.
    pub staff: bool,
    /// People from outside.
    pub externals: bool,
    /// Contact persons.
    pub contacts: bool,
    /// Only pupils of these grades; all, if there are none.
    pub grades: Vec<Grade>,
    /// Civil registration numbers.
    pub civil_ids: bool,
}

impl Filter {
    /// Everything.
    pub const ALL: Self =
        Self { pupils: true, staff: true, externals: true, contacts: true, grades: Vec::new(), civil_ids: true };

    /// A request without filters: everything but civil registration numbers, which must be asked for.
    pub const NONE: Self =
        Self { pupils: true, staff: true, externals: true, contacts: true, grades: Vec::new(), civil_ids: false };

    /// Whether a member is wanted.
    #[must_use]
    pub fn lets_through(&self, member: &Member<'_>) -> bool {
        match &member.tie {
            Some(Tie::Pupil(pupil)) => {
                let graded = pupil.enrolment.grade.is_some_and(|it| self.grades.contains(&it));
                self.pupils && (self.grades.is_empty() || graded)
            }
            Some(Tie::Staff(_)) => self.staff,
            Some(Tie::External(_)) => self.externals,
            None => true,
        }
    }

    /// The filters of Lille.
    #[must_use]
    pub fn small(filtre: Option<v7::FiltreLille>) -> Self {
        let Some(v7::FiltreLille { aktoertype_filter, klassetrin_filter }) = filtre else { return Self::NONE };
        Self::NONE.with_actors(aktoertype_filter).with_grades(klassetrin_filter)
    }

    /// The filters of Mellem.
    #[must_use]
    pub fn medium(filtre: Option<v7::FiltreMellem>) -> Self {
        let Some(v7::FiltreMellem { aktoertype_filter, klassetrin_filter, cpr_filter }) = filtre else {
            return Self::NONE;
        };
        Self::NONE.with_actors(aktoertype_filter).with_grades(klassetrin_filter).with_civil_ids(cpr_filter)
    }

    /// The filters of Fuld and Fuld myndighed.
    #[must_use]
    pub fn full(filtre: Option<v7::FiltreFuld>) -> Self {
        let Some(v7::FiltreFuld { aktoertype_filter, klassetrin_filter, cpr_filter }) = filtre else {
            return Self::NONE;
        };
        let filter = Self::NONE.with_grades(klassetrin_filter).with_civil_ids(cpr_filter);
        let Some(actors) = aktoertype_filter else { return filter };
        let v7::AktoerTypeFilterFuld {
            inkluder_elever,
            inkluder_medarbejdere,
            inkluder_eksterne,
            inkluder_kontaktpersoner: contacts,
        } = actors;
        let Self { pupils: _, staff: _, externals: _, contacts: _, grades, civil_ids } = filter;
        let (pupils, staff, externals) = (inkluder_elever, inkluder_medarbejdere, inkluder_eksterne);
        Self { pupils, staff, externals, contacts, grades, civil_ids }
    }

    fn with_actors(self, filter: Option<v7::AktoerTypeFilter>) -> Self {
        let Some(v7::AktoerTypeFilter { inkluder_elever, inkluder_medarbejdere, inkluder_eksterne }) = filter else {
            return self;
        };
        let Self { pupils: _, staff: _, externals: _, contacts, grades, civil_ids } = self;
        let (pupils, staff, externals) = (inkluder_elever, inkluder_medarbejdere, inkluder_eksterne);
        Self { pupils, staff, externals, contacts, grades, civil_ids }
    }

    fn with_grades(mut self, filter: Option<v7::KlassetrinFilter>) -> Self {
        if let Some(v7::KlassetrinFilter { inkluder_klassetrin }) = filter {
            self.grades = inkluder_klassetrin.into_iter().map(codes::grade).collect();
        }
        self
    }

    fn with_civil_ids(mut self, filter: Option<v7::CprFilter>) -> Self {
        if let Some(v7::CprFilter { inkluder_cpr }) = filter {
            self.civil_ids = inkluder_cpr;
        }
        self
    }
}

#[cfg(test)]
mod tests;
