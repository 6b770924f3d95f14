//! Whom to call about a pupil, and what they may know.

use super::Person;

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
        let Self { person, relation, custody, access } = self;
        ContactPerson { person: person.into_owned(), relation, custody, access }
    }
}
