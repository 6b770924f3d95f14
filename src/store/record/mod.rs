//! The hub and the records that the store keeps (`xsd/skolebro/record/1`): there and back without a loss.
//!
//! What XML 1.0 cannot carry at all (control characters) becomes U+FFFD; nothing else changes.
//! The user id stands beside a record, because it is not the source that says it.

mod codes;
mod read;
mod write;

pub(super) use read::{contact, group, member, organisation, source};
pub(super) use write::{write_contact, write_group, write_member, write_organisation, write_source, writer};

use contracts::skolebro::record::v1;
use soap::schema::Element;

use crate::domain::{ContactPerson, Group, Member, Organisation};

/// The elements of all records.
pub static ELEMENTS: &[&Element] =
    &[&v1::INSTITUTION_ELEMENT, &v1::GROUP_ELEMENT, &v1::MEMBER_ELEMENT, &v1::CONTACT_ELEMENT, &v1::SOURCE_ELEMENT];

/// The record of a person at an institution, without the contact persons.
#[must_use]
pub fn member_text(member: &Member<'_>) -> String {
    let mut writer = writer();
    write_member(member, &member.source, &mut writer);
    writer.finish()
}

/// The record of a contact person.
#[must_use]
pub fn contact_text(contact: &ContactPerson<'_>) -> String {
    let mut writer = writer();
    write_contact(contact, &mut writer);
    writer.finish()
}

/// The record of a group.
#[must_use]
pub fn group_text(group: &Group<'_>) -> String {
    let mut writer = writer();
    write_group(group, &mut writer);
    writer.finish()
}

/// The record of an institution.
#[must_use]
pub fn organisation_text(organisation: &Organisation<'_>) -> String {
    let mut writer = writer();
    write_organisation(organisation, &mut writer);
    writer.finish()
}

#[cfg(test)]
mod tests;
