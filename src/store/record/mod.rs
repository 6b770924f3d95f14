//! The hub and the records that the store keeps (`xsd/skolebro/record/1`): there and back without a loss.
//!
//! What XML 1.0 cannot carry at all (control characters) becomes U+FFFD; nothing else changes.
//! The user id stands beside a record, because it is not the source that says it.

mod codes;
mod read;
mod write;

pub(super) use read::{contact, group, member, organisation, source};
pub(super) use write::{write_contact, write_group, write_member, write_organisation, write_source, writer};

#[cfg(test)]
mod tests;
