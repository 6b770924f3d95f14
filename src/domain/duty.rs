//! Working at an institution, as staff or from outside.

use super::{Text, own_all, own_option};

/// What ties staff to an institution.
#[derive(Debug, Clone, PartialEq)]
pub struct Employment<'a> {
    /// As what; one at least.
    pub roles: Vec<StaffRole>,
    /// The short name used in timetables.
    pub initials: Option<Text<'a>>,
    /// Job title.
    pub occupation: Option<Text<'a>>,
    /// Department, building or room.
    pub location: Option<Text<'a>>,
    /// The keys of the groups the person works with.
    pub groups: Vec<Text<'a>>,
}

/// What staff do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StaffRole {
    /// Teaches.
    Teacher,
    /// Cares for children in day care and after school.
    Pedagogue,
    /// Stands in for a teacher.
    Substitute,
    /// Leads the institution.
    Head,
    /// Takes part in leading it.
    Management,
    /// Technical and administrative staff.
    Technical,
    /// Advises.
    Consultant,
}

/// What ties somebody from outside to an institution.
#[derive(Debug, Clone, PartialEq)]
pub struct External<'a> {
    /// As what.
    pub role: ExternalRole,
    /// The keys of the groups the person works with.
    pub groups: Vec<Text<'a>>,
}

/// What somebody from outside is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExternalRole {
    /// In training here.
    Intern,
    /// Anybody else.
    External,
}

impl Employment<'_> {
    /// The roles without repetitions, as first told.
    pub fn distinct_roles(&self) -> impl Iterator<Item = StaffRole> {
        self.roles.iter().enumerate().filter(|(at, it)| !self.roles[..*at].contains(it)).map(|(_, it)| *it)
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Employment<'static> {
        let Self { roles, initials, occupation, location, groups } = self;
        Employment {
            roles,
            initials: own_option(initials),
            occupation: own_option(occupation),
            location: own_option(location),
            groups: own_all(groups),
        }
    }
}

impl External<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> External<'static> {
        let Self { role, groups } = self;
        External { role, groups: own_all(groups) }
    }
}
