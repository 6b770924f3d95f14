//! Being a pupil, a child in day care, or a student.

use super::{Text, own, own_all, own_option};

/// What ties a pupil to an institution.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolment<'a> {
    /// As what.
    pub role: PupilRole,
    /// In which grade. Look-ups that list a group do not say.
    pub grade: Option<Grade>,
    /// The key of the main group.
    pub main_group: Text<'a>,
    /// The number in the local system.
    pub student_number: Option<Text<'a>>,
    /// Department, building or room, for boarding schools.
    pub location: Option<Text<'a>>,
    /// The keys of further groups.
    pub groups: Vec<Text<'a>>,
}

/// What the pupil is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PupilRole {
    /// A child in day care.
    Child,
    /// A pupil of primary or lower secondary school.
    Pupil,
    /// A student after that.
    Student,
}

/// The step of the school system that a pupil or a class stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Day care.
    DayCare,
    /// Year 0 (the preschool class) to 10 of primary and lower secondary school.
    Year(u8),
    /// Year 1 to 4 of upper secondary education.
    Upper(u8),
    /// Adult education.
    Adult,
    /// None of these.
    Other,
}

impl<'a> Enrolment<'a> {
    /// The further groups without the main group, which some sources repeat there, and without repetitions.
    pub fn other_groups(&self) -> impl Iterator<Item = &Text<'a>> {
        let first = |at: usize, it: &Text<'a>| *it != self.main_group && !self.groups[..at].contains(it);
        self.groups.iter().enumerate().filter(move |(at, it)| first(*at, it)).map(|(_, it)| it)
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Enrolment<'static> {
        let Self { role, grade, main_group, student_number, location, groups } = self;
        Enrolment {
            role,
            grade,
            main_group: own(main_group),
            student_number: own_option(student_number),
            location: own_option(location),
            groups: own_all(groups),
        }
    }
}
