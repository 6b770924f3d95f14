//! Whom to call about a pupil, and what they may know.

use super::{Person, Text, own_option};

/// Somebody to turn to about a pupil.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactPerson<'a> {
    /// Who.
    pub person: Person<'a>,
    /// What the person is to the pupil.
    pub relation: Relation,
    /// Has parental custody.
    pub custody: bool,
    /// What the person may see of the pupil; older sources do not say.
    pub access: Option<AccessLevel>,
    /// On whose behalf, where an authority has appointed the person.
    pub office: Option<Office<'a>>,
}

/// The authority or firm behind an officially assigned contact person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office<'a> {
    /// Its number in the register of companies (CVR).
    pub company: Option<Text<'a>>,
    /// The number of the production unit (P-number).
    pub unit: Option<Text<'a>>,
}

/// What a contact person is to the pupil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// Mother.
    Mother,
    /// Father.
    Father,
    /// Somebody else.
    Other,
    /// Appointed by an authority.
    OfficiallyAssigned,
}

/// What a contact person may see of the pupil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessLevel {
    /// Ordinary personal data.
    Ordinary,
    /// Confidential and sensitive data too.
    Sensitive,
}

impl ContactPerson<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> ContactPerson<'static> {
        let Self { person, relation, custody, access, office } = self;
        ContactPerson { person: person.into_owned(), relation, custody, access, office: office.map(Office::into_owned) }
    }
}

impl<'a> Office<'a> {
    /// Nothing where neither number is given.
    pub fn new(company: Option<Text<'a>>, unit: Option<Text<'a>>) -> Option<Self> {
        (company.is_some() || unit.is_some()).then_some(Self { company, unit })
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Office<'static> {
        let Self { company, unit } = self;
        Office { company: own_option(company), unit: own_option(unit) }
    }
}
