//! The hub: what a school knows about its people, in plain Rust.
//!
//! It covers one institution at one moment (a [`Roster`]): the institution, its groups, its pupils, staff and externals, and whom to call.
//! Every standard is translated to and from these types and to nothing else; nothing here knows a wire format, does IO or asks the time.
//! Every text is a [`Text`], so that a message can be read, translated and written without copying its strings.
//!
//! | hub | Unilogin | SS12000 |
//! | --- | --- | --- |
//! | [`Organisation`] | Institution | Organisation (Skola, Skolenhet) |
//! | [`OrganisationNumber`] | instnr, InstitutionNumber | organisationCode |
//! | [`Hierarchy`] | Institutionshierarki | parentOrganisation |
//! | [`Group`] | Gruppe, Group | Group |
//! | [`GroupKind::Main`], `Year`, `Line`, `Course`, `LeisureCare` | Hovedgruppe, Årgang, Retning, Hold, SFO | Klass or Avdelning, Övrigt, Övrigt, Undervisning, Avdelning |
//! | [`Member`] | InstitutionPerson, Instbruger | a Person and what ties it to the unit |
//! | [`Person`] | Person | Person |
//! | [`UserId`] | UniID, brugerid, UserId | externalIdentifiers, eduPersonPrincipalNames |
//! | [`CivilId`] | CPR, CivilRegistrationNumber | civicNo |
//! | [`LocalId`] | source and LocalPersonId | externalIdentifiers |
//! | [`Protection`] | protected, navnebeskyttelse | securityMarking |
//! | [`Enrolment`] | Elev, Student | Enrolment, or Placement for a child in day care |
//! | [`Grade`] | trin, Level, GroupLevel | schoolType and schoolYear |
//! | [`Employment`] | Ansat, Employee | one Duty for each role |
//! | [`External`] | Ekstern, Extern | Duty |
//! | [`Licence`] | Licens | (none) |
//! | [`ContactPerson`] | Kontaktperson, ContactPerson | responsibles |
//! | [`Standing`] | Institutionstilknytning | (none) |
//! | [`ImportSource`] | ImportSource | (none) |
//! | [`Roster`] | an export | everything of one unit |

#![warn(missing_docs)]

use std::borrow::Cow;

mod identity;
mod organisation;
mod group;
mod person;
mod enrolment;
mod duty;
mod guardian;
mod licence;
mod roster;
mod snapshot;
mod standing;
pub mod claim;

pub use duty::{Employment, External, ExternalRole, StaffRole};
pub use enrolment::{Enrolment, Grade, PupilRole};
pub use group::{Group, GroupKind, Membership};
pub use guardian::{AccessLevel, ContactPerson, Office, Relation};
pub use identity::{CivilId, CivilIdError, CivilIdKind, CountryCode, LocalId, OrganisationNumber, UserId, digest};
pub use licence::{Licence, Named};
pub use organisation::{Coded, Hierarchy, Organisation};
pub use person::{Address, Gender, Person, PersonName, Phone, Phones, Protection, WITHHELD_NAME};
pub use roster::{ImportSource, Member, Pupil, Roster, SchoolYear, Tie};
pub use snapshot::{Renamed, Snapshot};
pub use standing::Standing;

/// Text that is borrowed from the message it was read from, or owned.
pub type Text<'a> = Cow<'a, str>;

/// The same text for a shorter while: nothing is copied.
pub fn lend<'s>(text: &'s Text<'_>) -> Text<'s> {
    Cow::Borrowed(text)
}

/// [`lend`] for a text that may be missing.
pub fn lend_option<'s>(text: &'s Option<Text<'_>>) -> Option<Text<'s>> {
    text.as_ref().map(lend)
}

fn own(text: Text<'_>) -> Text<'static> {
    Cow::Owned(text.into_owned())
}

fn own_option(text: Option<Text<'_>>) -> Option<Text<'static>> {
    text.map(own)
}

fn own_all(texts: Vec<Text<'_>>) -> Vec<Text<'static>> {
    texts.into_iter().map(own).collect()
}
