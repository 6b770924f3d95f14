//! Groups of an institution: classes, courses, teams.

use chrono::NaiveDate;

use super::{Grade, Member, Text, own, own_option};

/// A group of people at one institution.
#[derive(Debug, Clone, PartialEq)]
pub struct Group<'a> {
    /// Its key, unique within the institution.
    pub id: Text<'a>,
    /// What people call it; where it is missing they say the key.
    pub name: Option<Text<'a>>,
    /// What it is for.
    pub kind: GroupKind,
    /// The grade of a main group.
    pub grade: Option<Grade>,
    /// The track within the grade, such as "B".
    pub line: Option<Text<'a>>,
    /// First day, inclusive.
    pub from: Option<NaiveDate>,
    /// Last day, inclusive.
    pub to: Option<NaiveDate>,
    /// Since when it is told of: see [`Member::since`].
    pub since: Option<NaiveDate>,
}

/// What a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// The class, or its like, that a pupil belongs to first of all.
    Main,
    /// Everybody of a grade.
    Year,
    /// Everybody of a track.
    Line,
    /// A subject or course.
    Course,
    /// After-school care.
    LeisureCare,
    /// People who work together.
    Team,
    /// Everybody, all pupils or all staff of the institution.
    Institution,
    /// None of these.
    Other,
}

/// One person in one group.
#[derive(Debug, Clone, Copy)]
pub struct Membership<'r> {
    /// Who.
    pub member: &'r Member<'static>,
    /// Whether it is the pupil's main group.
    pub main: bool,
}

impl Group<'_> {
    /// The name, or the key where there is none.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Group<'static> {
        let Self { id, name, kind, grade, line, from, to, since } = self;
        Group { id: own(id), name: own_option(name), kind, grade, line: own_option(line), from, to, since }
    }
}
