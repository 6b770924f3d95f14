//! SS12000 2.1, code sets beside those of the hub: staff roles, grades, kinds of groups, relations.

use super::values::{DutyRole, GroupType, RelationType, SchoolType, Sex};
use crate::{
    crosswalk::{CodeList, Row},
    domain::{ExternalRole, Gender, Grade, GroupKind, PupilRole, Relation, StaffRole},
};

/// Staff roles and categories. Pedagogues of day care are the other kind: see [`duty_role`].
pub const STAFF_ROLES: CodeList<StaffRole, DutyRole> = CodeList {
    rows: &[
        Row::Both(StaffRole::Teacher, DutyRole::Teacher),
        Row::Left(StaffRole::Teacher, DutyRole::FirstTeacher),
        Row::Left(StaffRole::Teacher, DutyRole::SpecialTeacher),
        Row::Both(StaffRole::Pedagogue, DutyRole::LeisurePedagogue),
        Row::Left(StaffRole::Pedagogue, DutyRole::PreschoolTeacher),
        Row::Left(StaffRole::Pedagogue, DutyRole::ChildMinder),
        Row::Left(StaffRole::Pedagogue, DutyRole::TeachingAssistant),
        Row::Left(StaffRole::Pedagogue, DutyRole::OtherPedagogue),
        Row::Right(StaffRole::Substitute, DutyRole::Teacher),
        Row::Both(StaffRole::Head, DutyRole::Head),
        Row::Left(StaffRole::Head, DutyRole::PreschoolHead),
        Row::Both(StaffRole::Management, DutyRole::OtherManagement),
        Row::Both(StaffRole::Technical, DutyRole::OtherStaff),
        Row::Left(StaffRole::Technical, DutyRole::Administrator),
        Row::Left(StaffRole::Technical, DutyRole::Librarian),
        Row::Right(StaffRole::Consultant, DutyRole::OtherStaff),
        Row::Left(StaffRole::Consultant, DutyRole::Counsellor),
        Row::Left(StaffRole::Consultant, DutyRole::Nurse),
        Row::Left(StaffRole::Consultant, DutyRole::Physician),
        Row::Left(StaffRole::Consultant, DutyRole::Psychologist),
        Row::Left(StaffRole::Consultant, DutyRole::CareerCounsellor),
    ],
};

/// The category of a role. An institution of day care alone has preschool teachers where others have leisure pedagogues.
pub fn duty_role(role: StaffRole, day_care: bool) -> Result<DutyRole, &'static str> {
    match role {
        StaffRole::Pedagogue if day_care => Ok(DutyRole::PreschoolTeacher),
        _ => STAFF_ROLES.right(role),
    }
}

/// The category that version 2.0 has for one of version 2.1: the nearest of its six.
pub fn old_duty_role(role: DutyRole) -> DutyRole {
    match role {
        DutyRole::Teacher
        | DutyRole::PreschoolTeacher
        | DutyRole::Head
        | DutyRole::PreschoolHead
        | DutyRole::OtherPedagogue
        | DutyRole::OtherStaff => role,
        DutyRole::FirstTeacher | DutyRole::SpecialTeacher => DutyRole::Teacher,
        DutyRole::ChildMinder | DutyRole::TeachingAssistant | DutyRole::LeisurePedagogue => DutyRole::OtherPedagogue,
        DutyRole::Librarian
        | DutyRole::CareerCounsellor
        | DutyRole::Counsellor
        | DutyRole::Nurse
        | DutyRole::Physician
        | DutyRole::Psychologist
        | DutyRole::Administrator
        | DutyRole::OtherManagement => DutyRole::OtherStaff,
    }
}

/// The Danish word for a role: part of the id of a duty, and its description where the category says less.
pub fn role_word(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Teacher => "Lærer",
        StaffRole::Pedagogue => "Pædagog",
        StaffRole::Substitute => "Vikar",
        StaffRole::Head => "Leder",
        StaffRole::Management => "Ledelse",
        StaffRole::Technical => "TAP",
        StaffRole::Consultant => "Konsulent",
    }
}

/// The Danish word for what somebody from outside is.
pub fn external_word(role: ExternalRole) -> &'static str {
    match role {
        ExternalRole::Intern => "Praktikant",
        ExternalRole::External => "Ekstern",
    }
}

/// Whether the category alone does not tell the role, so that the description must.
pub fn needs_word(role: StaffRole) -> bool {
    match role {
        StaffRole::Substitute | StaffRole::Technical | StaffRole::Consultant => true,
        StaffRole::Teacher | StaffRole::Pedagogue | StaffRole::Head | StaffRole::Management => false,
    }
}

/// Who a duty makes somebody: staff, or from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    /// Staff in a role.
    Staff(StaffRole),
    /// From outside.
    External(ExternalRole),
}

/// The role behind a category and a description. True if the description did no more than name the role.
pub fn post(role: DutyRole, description: Option<&str>) -> Result<(Post, bool), &'static str> {
    let worded = match (role, description) {
        (DutyRole::Teacher, Some("Vikar")) => Some(Post::Staff(StaffRole::Substitute)),
        (DutyRole::OtherStaff, Some("TAP")) => Some(Post::Staff(StaffRole::Technical)),
        (DutyRole::OtherStaff, Some("Konsulent")) => Some(Post::Staff(StaffRole::Consultant)),
        (DutyRole::OtherStaff, Some("Ekstern")) => Some(Post::External(ExternalRole::External)),
        (DutyRole::OtherStaff, Some("Praktikant")) => Some(Post::External(ExternalRole::Intern)),
        _ => None,
    };
    match worded {
        Some(post) => Ok((post, true)),
        None => STAFF_ROLES.left(role).map(|it| (Post::Staff(it), false)),
    }
}

/// The school form and year of a grade.
pub fn school_type(grade: Grade) -> (SchoolType, Option<u8>) {
    match grade {
        Grade::DayCare => (SchoolType::Fs, None),
        Grade::Year(0) => (SchoolType::Fklass, Some(0)),
        Grade::Year(year) => (SchoolType::Gr, Some(year)),
        Grade::Upper(year) => (SchoolType::Gy, Some(year)),
        Grade::Adult => (SchoolType::Vux, None),
        Grade::Other => (SchoolType::Au, None),
    }
}

/// The grade of a school form and year; with the reason if something of it is lost. `None` for after-school care, which has no grades.
pub fn grade(form: SchoolType, year: Option<u8>) -> (Option<Grade>, Option<&'static str>) {
    const FORM: Option<&str> = Some("the hub does not tell this school form from the common one");
    const YEAR: Option<&str> = Some("the year is missing, or none of this school form");
    match (form, year) {
        (SchoolType::Fs, _) => (Some(Grade::DayCare), None),
        (SchoolType::Fklass, None | Some(0)) | (SchoolType::Gr, Some(0)) => (Some(Grade::Year(0)), None),
        (SchoolType::Fklass, Some(_)) => (Some(Grade::Year(0)), YEAR),
        (SchoolType::Gr, Some(year @ 1..=10)) => (Some(Grade::Year(year)), None),
        (SchoolType::Grs | SchoolType::Tr | SchoolType::Sp | SchoolType::Sam, Some(year @ 0..=10)) => {
            (Some(Grade::Year(year)), FORM)
        }
        (SchoolType::Gr | SchoolType::Grs | SchoolType::Tr | SchoolType::Sp | SchoolType::Sam, _) => {
            (Some(Grade::Other), YEAR)
        }
        (SchoolType::Gy, Some(year @ 1..=4)) => (Some(Grade::Upper(year)), None),
        (SchoolType::Gys, Some(year @ 1..=4)) => (Some(Grade::Upper(year)), FORM),
        (SchoolType::Gy | SchoolType::Gys, Some(5..)) => (Some(Grade::Upper(4)), YEAR),
        (SchoolType::Gy | SchoolType::Gys, _) => (Some(Grade::Other), YEAR),
        (SchoolType::Vux, _) => (Some(Grade::Adult), None),
        (SchoolType::Au, _) => (Some(Grade::Other), None),
        (SchoolType::Abu | SchoolType::Ku | SchoolType::Kku, _) => (Some(Grade::Other), FORM),
        (SchoolType::Fth | SchoolType::Oppfth, _) => (None, None),
        (
            SchoolType::Vuxsfi
            | SchoolType::Vuxgr
            | SchoolType::Vuxgy
            | SchoolType::Vuxsargr
            | SchoolType::Vuxsartr
            | SchoolType::Vuxsargy
            | SchoolType::Sfi
            | SchoolType::Sarvux
            | SchoolType::Sarvuxgr
            | SchoolType::Sarvuxgy
            | SchoolType::Yh
            | SchoolType::Fhs
            | SchoolType::Stf
            | SchoolType::Hs,
            _,
        ) => (Some(Grade::Adult), FORM),
    }
}

/// What a pupil of a school form is called.
pub fn pupil_role(form: SchoolType) -> PupilRole {
    match form {
        SchoolType::Fs | SchoolType::Fth | SchoolType::Oppfth => PupilRole::Child,
        SchoolType::Fklass
        | SchoolType::Gr
        | SchoolType::Grs
        | SchoolType::Sp
        | SchoolType::Sam
        | SchoolType::Tr
        | SchoolType::Au => PupilRole::Pupil,
        _ => PupilRole::Student,
    }
}

/// Who is in a group, as far as its type depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Headcount {
    /// Children in day care.
    pub children: usize,
    /// Pupils and students.
    pub pupils: usize,
    /// Staff.
    pub staff: usize,
    /// People from outside.
    pub externals: usize,
}

impl Headcount {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            children: self.children + other.children,
            pupils: self.pupils + other.pupils,
            staff: self.staff + other.staff,
            externals: self.externals + other.externals,
        }
    }
}

/// The type and school form of a group, or why there is none.
pub fn group_type(
    kind: GroupKind,
    grade: Option<Grade>,
    who: Headcount,
) -> Result<(GroupType, Option<SchoolType>), &'static str> {
    let Headcount { children, pupils, staff, externals } = who;
    let form = grade.map(|it| school_type(it).0);
    match kind {
        GroupKind::Main if grade == Some(Grade::DayCare) => Ok((GroupType::Department, form)),
        // Of a grade there are children too, where all of it is after school.
        GroupKind::Main if children > 0 && pupils == 0 => Ok((GroupType::Department, form.or(Some(SchoolType::Fs)))),
        GroupKind::Main => Ok((GroupType::Class, form)),
        GroupKind::Course => Ok((GroupType::Teaching, form)),
        GroupKind::LeisureCare => Ok((GroupType::Department, Some(SchoolType::Fth))),
        GroupKind::Team if staff > 0 && children + pupils + externals == 0 => Ok((GroupType::Staff, form)),
        GroupKind::Team | GroupKind::Year | GroupKind::Line | GroupKind::Other => Ok((GroupType::Other, form)),
        GroupKind::Institution => Err("a group of everybody is no group of its own"),
    }
}

/// The kind of a group, with the reason if something of its type is lost.
pub fn group_kind(kind: GroupType, form: Option<SchoolType>) -> (GroupKind, Option<&'static str>) {
    match (kind, form) {
        (GroupType::Class, _) => (GroupKind::Main, None),
        (GroupType::Department, Some(SchoolType::Fth | SchoolType::Oppfth)) => (GroupKind::LeisureCare, None),
        (GroupType::Department, _) => (GroupKind::Main, None),
        (GroupType::Teaching, _) => (GroupKind::Course, None),
        (GroupType::Staff, _) => (GroupKind::Team, None),
        (GroupType::Other, _) => (GroupKind::Other, None),
        (GroupType::Mentor | GroupType::Exam | GroupType::Schedule, _) => {
            (GroupKind::Other, Some("the hub has no such kind of group"))
        }
    }
}

/// The responsibility of a contact person, or why it is none.
pub fn relation_type(relation: Relation, custody: bool, other_adults: bool) -> Result<RelationType, &'static str> {
    match (relation, custody) {
        (_, true) => Ok(RelationType::Guardian),
        (Relation::OfficiallyAssigned, false) => Ok(RelationType::Authorised),
        (Relation::Mother | Relation::Father | Relation::Other, false) if other_adults => {
            Ok(RelationType::OtherResponsible)
        }
        (Relation::Mother | Relation::Father | Relation::Other, false) => {
            Err("responsibility is official here, and adults without custody have none")
        }
    }
}

/// Relation and custody behind a responsibility, with the reason if something of it is lost.
pub fn relation(kind: RelationType, sex: Option<Gender>) -> (Relation, bool, Option<&'static str>) {
    match (kind, sex) {
        (RelationType::Guardian, Some(Gender::Female)) => (Relation::Mother, true, None),
        (RelationType::Guardian, Some(Gender::Male)) => (Relation::Father, true, None),
        (RelationType::Guardian, None) => (Relation::Other, true, None),
        (RelationType::Authorised, _) => (Relation::OfficiallyAssigned, false, None),
        (RelationType::OtherResponsible, _) => (Relation::Other, false, None),
        (RelationType::AppointedGuardian, _) => {
            (Relation::Other, false, Some("the hub does not tell an appointed guardian from others"))
        }
    }
}

/// Sex and gender.
pub const SEXES: CodeList<Gender, Sex> = CodeList {
    rows: &[
        Row::Both(Gender::Male, Sex::Man),
        Row::Both(Gender::Female, Sex::Woman),
        Row::NoLeft(Sex::Unknown, "an unknown gender is left out"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    const STAFF: [StaffRole; 7] = [
        StaffRole::Teacher,
        StaffRole::Pedagogue,
        StaffRole::Substitute,
        StaffRole::Head,
        StaffRole::Management,
        StaffRole::Technical,
        StaffRole::Consultant,
    ];

    #[test]
    fn lists_are_total() {
        assert!(STAFF_ROLES.is_total(&STAFF, DutyRole::ALL));
        assert!(SEXES.is_total(&[Gender::Female, Gender::Male], Sex::ALL));
    }

    #[test]
    fn a_role_comes_back_from_category_and_word() {
        for role in STAFF {
            let word = needs_word(role).then(|| role_word(role));
            let (post, _) = post(duty_role(role, false).unwrap(), word).unwrap();
            assert_eq!(post, Post::Staff(role));
        }
        assert_eq!(duty_role(StaffRole::Pedagogue, true), Ok(DutyRole::PreschoolTeacher));
        let intern = post(DutyRole::OtherStaff, Some(external_word(ExternalRole::Intern)));
        assert_eq!(intern, Ok((Post::External(ExternalRole::Intern), true)));
    }

    #[test]
    fn grades_come_back() {
        let years = (0..=10).map(Grade::Year).chain((1..=4).map(Grade::Upper));
        for grade in years.chain([Grade::DayCare, Grade::Adult, Grade::Other]) {
            let (form, year) = school_type(grade);
            assert_eq!(super::grade(form, year), (Some(grade), None));
        }
        assert_eq!(super::grade(SchoolType::Gy, Some(5)).0, Some(Grade::Upper(4)));
        assert_eq!(super::grade(SchoolType::Sp, Some(10)).0, Some(Grade::Year(10)));
        assert_eq!(super::grade(SchoolType::Oppfth, None), (None, None));
    }

    #[test]
    fn a_class_of_small_children_is_a_department() {
        let children = Headcount { children: 3, ..Headcount::default() };
        let staff = Headcount { staff: 2, ..Headcount::default() };
        assert_eq!(group_type(GroupKind::Main, None, children), Ok((GroupType::Department, Some(SchoolType::Fs))));
        assert_eq!(
            group_type(GroupKind::Main, Some(Grade::Year(7)), staff),
            Ok((GroupType::Class, Some(SchoolType::Gr)))
        );
        assert_eq!(group_type(GroupKind::Team, None, staff), Ok((GroupType::Staff, None)));
        assert_eq!(group_type(GroupKind::Team, None, children), Ok((GroupType::Other, None)));
        assert_eq!(group_kind(GroupType::Department, Some(SchoolType::Fth)).0, GroupKind::LeisureCare);
    }

    #[test]
    fn only_custody_makes_a_guardian() {
        assert_eq!(relation_type(Relation::Mother, true, false), Ok(RelationType::Guardian));
        assert!(relation_type(Relation::Mother, false, false).is_err());
        assert_eq!(relation_type(Relation::Mother, false, true), Ok(RelationType::OtherResponsible));
        assert_eq!(relation(RelationType::Guardian, Some(Gender::Female)), (Relation::Mother, true, None));
    }
}
