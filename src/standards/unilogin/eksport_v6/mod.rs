//! wsiEKSPORT 6, lifted into and lowered from wsiEKSPORT 7. Contract: `wsdl/unilogin/wsieksport/6`, namespace
//! `https://wsieksport.unilogin.dk/ws`.
//!
//! Version 6 has a block `UNILogin` for the user beside the person, with a first password that is never kept and never
//! told; of a number only whether it is verified; at most ten contact persons; and, for those that an authority has
//! appointed, which one. The last has no place in version 7, so that it goes [`Beside`] it to and from the hub.

use chrono::{DateTime, FixedOffset};
use contracts::unilogin::wsieksport::{
    v6::{self, full, fullmyndighed, medium, small},
    v7,
};
use soap::xml::{Decode, Decoder, Encode, Result, Writer};

use super::{
    Generation,
    eksport::{self, Filter, Package, Telling},
    lift::{Credentials, Lifted},
};
use crate::{
    crosswalk::Trail,
    domain::{Member, Office, Person, Roster, Tie},
};

mod codes;
mod lift;
mod lower;

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

/// What the hub has a place for and version 7 has not.
struct Beside<'a> {
    /// A user without a person, whom somebody made by hand.
    user: Option<Person<'a>>,
    /// The authority behind each contact person.
    offices: Vec<Option<Office<'a>>>,
}

/// The root element of the documents of a package.
#[must_use]
pub fn root(package: Package) -> &'static soap::schema::Element {
    match package {
        Package::Small => &small::UNI_LOGIN_EXPORT_SMALL_ELEMENT,
        Package::Medium => &medium::UNI_LOGIN_EXPORT_MEDIUM_ELEMENT,
        Package::Full => &full::UNI_LOGIN_EXPORT_FULL_ELEMENT,
        Package::FullMyndighed => &fullmyndighed::UNI_LOGIN_EXPORT_FULL_MYNDIGHED_ELEMENT,
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
            Self::Small(it) => writer.root(root(Package::Small), it),
            Self::Medium(it) => writer.root(root(Package::Medium), it),
            Self::Full(it) => writer.root(root(Package::Full), it),
            Self::FullMyndighed(it) => writer.root(root(Package::FullMyndighed), it),
        }
    }

    /// The document as the answer of its operation.
    #[must_use]
    pub fn into_response(self) -> v6::Response<'a> {
        match self {
            Self::Small(it) => v6::Response::EksporterXmlLille(v6::EksporterXmlResponseSmall {
                xml: v6::EksporterXmlResponseSmallXml { uni_login_export_small: it },
            }),
            Self::Medium(it) => v6::Response::EksporterXmlMellem(v6::EksporterXmlResponseMedium {
                xml: v6::EksporterXmlResponseMediumXml { uni_login_export_medium: it },
            }),
            Self::Full(it) => v6::Response::EksporterXmlFuld(v6::EksporterXmlResponseFull {
                xml: v6::EksporterXmlResponseFullXml { uni_login_export_full: it },
            }),
            Self::FullMyndighed(it) => v6::Response::EksporterXmlFuldMyndighed(v6::EksporterXmlResponseFullMyndighed {
                xml: v6::EksporterXmlResponseFullMyndighedXml { uni_login_export_full_myndighed: it },
            }),
        }
    }

    /// The document that a response of the service carries, if it carries one.
    #[must_use]
    pub fn from_response(response: v6::Response<'a>) -> Option<Self> {
        match response {
            v6::Response::EksporterXmlLille(it) => Some(Self::Small(it.xml.uni_login_export_small)),
            v6::Response::EksporterXmlMellem(it) => Some(Self::Medium(it.xml.uni_login_export_medium)),
            v6::Response::EksporterXmlFuld(it) => Some(Self::Full(it.xml.uni_login_export_full)),
            v6::Response::EksporterXmlFuldMyndighed(it) => {
                Some(Self::FullMyndighed(it.xml.uni_login_export_full_myndighed))
            }
            v6::Response::HelloWorld(_)
            | v6::Response::HelloWorldWithDb(_)
            | v6::Response::HelloWorldWithDbAndCredentials(_)
            | v6::Response::HentDataAftalerLille(_)
            | v6::Response::HentDataAftalerMellem(_)
            | v6::Response::HentDataAftalerFuld(_)
            | v6::Response::HentDataAftalerFuldMyndighed(_) => None,
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

/// A request of Lille, lifted. Version 6 has no filters.
pub fn small(request: v6::EksporterXml<'_>) -> Lifted<'_, v7::EksporterXmlRequestSmall<'_>> {
    let v6::EksporterXml { ws_brugerid: user, ws_password: password, instnr } = request;
    (Credentials { user, password }, v7::EksporterXmlRequestSmall { instnr, filtre: None })
}

/// A request of Mellem, lifted. Version 6 always tells civil registration numbers.
pub fn medium(request: v6::EksporterXml<'_>) -> Lifted<'_, v7::EksporterXmlRequestMellem<'_>> {
    let v6::EksporterXml { ws_brugerid: user, ws_password: password, instnr } = request;
    let cpr_filter = Some(v7::CprFilter { inkluder_cpr: true });
    let filtre = Some(v7::FiltreMellem { aktoertype_filter: None, klassetrin_filter: None, cpr_filter });
    (Credentials { user, password }, v7::EksporterXmlRequestMellem { instnr, filtre })
}

/// A request of Fuld or Fuld myndighed, lifted.
pub fn full(request: v6::EksporterXml<'_>) -> Lifted<'_, v7::EksporterXmlRequestFuld<'_>> {
    let v6::EksporterXml { ws_brugerid: user, ws_password: password, instnr } = request;
    let cpr_filter = Some(v7::CprFilter { inkluder_cpr: true });
    let filtre = Some(v7::FiltreFuld { aktoertype_filter: None, klassetrin_filter: None, cpr_filter });
    (Credentials { user, password }, v7::EksporterXmlRequestFuld { instnr, filtre })
}

/// A document to the hub.
pub fn roster<'a>(export: Export<'a>, trail: &mut Trail) -> Roster<'a> {
    let (head, people) = lift::export(export);
    let mut roster = eksport::read::head(head, trail);
    roster.members = eksport::read::people(people, member, trail);
    roster
}

/// One person to the hub, straight from the document; the decoder stands in the element `InstitutionPerson`.
///
/// # Errors
/// The first violation.
pub fn read_member<'a>(package: Package, decoder: &mut Decoder<'a>, trail: &mut Trail) -> Result<Member<'a>> {
    let record = match package {
        Package::Small => Record::Small(Decode::decode(decoder)?),
        Package::Medium => Record::Medium(Decode::decode(decoder)?),
        Package::Full => Record::Full(Box::new(Decode::decode(decoder)?)),
        Package::FullMyndighed => Record::FullMyndighed(Box::new(Decode::decode(decoder)?)),
    };
    Ok(member(record, trail))
}

fn member<'a>(record: Record<'a>, trail: &mut Trail) -> Member<'a> {
    let (record, Beside { user, offices }) = lift::record(record, trail);
    let mut member = eksport::member(record, trail);
    member.person = member.person.or(user);
    if let Some(Tie::Pupil(pupil)) = &mut member.tie {
        for (contact, office) in pupil.contacts.iter_mut().zip(offices) {
            contact.office = office;
        }
    }
    member
}

/// A document of an institution with nobody in it.
pub fn empty<'m>(roster: &'m Roster<'m>, package: Package, at: DateTime<FixedOffset>, trail: &mut Trail) -> Export<'m> {
    lower::export(eksport::head(roster, at, trail), package)
}

/// A member to one person of a document; nothing if the filter does not let the member through, or for somebody without a
/// user id, whom version 6 cannot tell.
pub fn record<'m>(member: &'m Member<'m>, package: Package, filter: &Filter, trail: &mut Trail) -> Option<Record<'m>> {
    let telling = Telling { package, generation: Generation::Legacy, filter };
    let record = eksport::record_as(member, telling, trail)?;
    lower::record(record, member, trail)
}

/// `UNILogin/Name`: the name that anybody may see. `alias` is that of a protected person whose real name stands before it.
fn login_name(given: &str, family: &str, alias: Option<(Option<&str>, Option<&str>)>) -> Option<String> {
    match alias {
        None => Some(format!("{given} {family}")),
        Some((Some(given), Some(family))) => Some(format!("{given} {family}")),
        Some((one, other)) => one.or(other).map(str::to_owned),
    }
}
