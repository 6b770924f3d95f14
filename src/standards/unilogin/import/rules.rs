//! The rules that no schema can say, and that need no store.

use super::catalogue::Code;
use crate::domain::{CivilId, CivilIdKind, Group, GroupKind, Member, Person, SchoolYear};

/// Where in a person's element something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// In which contact person, counted from 0; otherwise in the person itself.
    pub(super) contact: Option<usize>,
    /// The elements below.
    pub(super) steps: &'static [&'static str],
}

impl Spot {
    pub(super) const LOCAL_ID: Self = Self::of(None, &["LocalPersonId"]);
    pub(super) const MAIN_GROUP: Self = Self::of(None, &["Student", "MainGroupId"]);

    const fn of(contact: Option<usize>, steps: &'static [&'static str]) -> Self {
        Self { contact, steps }
    }

    /// The elements from that of the person downwards, with how many of the same name come before each.
    pub(super) fn steps(self) -> impl Iterator<Item = (&'static str, Option<usize>)> {
        let contact = self.contact.map(|at| [("Student", None), ("ContactPerson", Some(at))]);
        contact.into_iter().flatten().chain(self.steps.iter().map(|it| (*it, None)))
    }
}

/// What is wrong with a group by itself, and with which element of it.
pub(super) fn group(group: &Group<'_>) -> Option<(Code, &'static str)> {
    match (group.kind, group.grade) {
        (GroupKind::Main, None) => Some((Code::LevelMissing, "GroupLevel")),
        (GroupKind::Main, Some(_)) | (_, None) => None,
        (_, Some(_)) => Some((Code::LevelWithoutMain, "GroupLevel")),
    }
}

/// Whether a school year is one: it ends in the year after the one it begins in.
pub(super) const fn is_school_year(year: SchoolYear) -> bool {
    year.last == year.first.wrapping_add(1)
}

/// What is wrong with a member by itself.
pub(super) fn member(member: &Member<'_>) -> Vec<(Code, Spot)> {
    let mut found = Vec::new();
    if let Some(it) = &member.person {
        person(it, None, &mut found);
    }
    for (at, contact) in member.contacts().iter().enumerate() {
        person(&contact.person, Some(at), &mut found);
    }
    found
}

fn person(person: &Person<'_>, contact: Option<usize>, found: &mut Vec<(Code, Spot)>) {
    if lacks_alias(person) {
        let code = if contact.is_some() { Code::ContactAliasMissing } else { Code::AliasMissing };
        found.push((code, Spot::of(contact, &["Person"])));
    }
    let Some(id) = &person.civil_id else { return };
    match CivilId::danish(id.reveal()) {
        Err(_) => found.push((Code::CivilNumber, Spot::of(contact, &["Person", "CivilRegistrationNumber"]))),
        // Whoever makes a number up is free in how.
        Ok(id) if id.kind() == CivilIdKind::Replacement => {}
        Ok(id) => {
            if id.birth_date().zip(person.birth_date).is_some_and(|(number, told)| number != told) {
                found.push((Code::BirthDate, Spot::of(contact, &["Person", "BirthDate"])));
            }
        }
    }
}

/// Name and address protection go together, and what is shown instead of the name needs both its parts.
pub(super) fn lacks_alias(person: &Person<'_>) -> bool {
    let has_both = person.alias.as_ref().is_some_and(|it| !it.given.is_empty() && !it.family.is_empty());
    person.is_protected() && !has_both
}
