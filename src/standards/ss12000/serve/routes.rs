//! SS12000 2.1, all 69 operations in one table: what is routed, what parameters are checked against, and what the OpenAPI document is
//! made of.

use super::operation::{Operation, Parameter, Type, What};
use crate::standards::ss12000::{
    feed::RESOURCE_NAMES,
    values::{DutyRole, GroupType, OrganisationType, SchoolType},
    view::Kind,
};

/// What can tie a person to an organisation element.
pub const RELATIONS: &[&str] = &[
    "enrolment",
    "duty",
    "placement.child",
    "placement.owner",
    "responsibleFor.enrolment",
    "responsibleFor.placement",
    "groupMembership",
];

const fn starts_before() -> Parameter {
    Parameter::one("startDate.onOrBefore", Type::Day, "Begun by that day, or no one knows when.")
}

const fn starts_after() -> Parameter {
    Parameter::one("startDate.onOrAfter", Type::Day, "Begun on that day or later, or no one knows when.")
}

const fn ends_before() -> Parameter {
    Parameter::one("endDate.onOrBefore", Type::Day, "Ended by that day, or open.")
}

const fn ends_after() -> Parameter {
    Parameter::one("endDate.onOrAfter", Type::Day, "Ended on that day or later, or open.")
}

const IDS: &[(&str, Type)] = &[("ids", Type::Id)];
const PERSON_EXPANDS: &[&str] = &["duties", "responsibleFor", "placements", "ownedPlacements", "groupMemberships"];
const PLACEMENT_EXPANDS: &[&str] = &["child", "owners"];
const DUTY_EXPANDS: &[&str] = &["person"];
const GROUP_EXPANDS: &[&str] = &["assignmentRoles"];
const ACTIVITY_EXPANDS: &[&str] = &["groups", "teachers", "syllabus"];

/// Every operation. Those that are not served stand here too, each with the reason.
pub static OPERATIONS: [Operation; 69] = [
    Operation::new("GET", "/organisations", What::List(Kind::Organisation))
        .own(&[
            Parameter::many("parent", Type::Id, "Directly below one of these."),
            Parameter::many("schoolUnitCode", Type::Text, "With one of these codes."),
            Parameter::many("organisationCode", Type::Text, "With one of these codes: the numbers of institutions."),
            Parameter::one("municipalityCode", Type::Text, "In this municipality."),
            Parameter::many("type", Type::Of(OrganisationType::NAMES), "Of one of these types."),
            Parameter::many("schoolTypes", Type::Of(SchoolType::NAMES), "With one of these school forms."),
            starts_before(),
            starts_after(),
            ends_before(),
            ends_after(),
        ])
        .meta()
        .sort(&["ModifiedDesc", "DisplayNameAsc"])
        .names()
        .page(),
    Operation::new("POST", "/organisations/lookup", What::Lookup(Kind::Organisation)).names().keys(&[
        ("ids", Type::Id),
        ("schoolUnitCodes", Type::Text),
        ("organisationCodes", Type::Text),
    ]),
    Operation::new("GET", "/organisations/{id}", What::One(Kind::Organisation)).names(),
    Operation::new("GET", "/persons", What::List(Kind::Person))
        .own(&[
            Parameter::many(
                "nameContains",
                Type::Text,
                "Each of these is part of one of the names; case does not matter.",
            ),
            Parameter::one("civicNo", Type::Text, "With this identity number; hyphens and blanks do not matter."),
            Parameter::one("eduPersonPrincipalName", Type::Text, "With this principal name."),
            Parameter::one("identifier.value", Type::Text, "With an external identifier of this value."),
            Parameter::one(
                "identifier.context",
                Type::Text,
                "With an external identifier in this context; the same one.",
            ),
            Parameter::one(
                "relationship.entity.type",
                Type::Of(RELATIONS),
                "Tied in this way; all of `relationship` is about one and the same tie.",
            ),
            Parameter::one("relationship.organisation", Type::Id, "Tied to this organisation element."),
            Parameter::one(
                "relationship.startDate.onOrBefore",
                Type::Day,
                "The tie began by that day, or no one knows when.",
            ),
            Parameter::one(
                "relationship.startDate.onOrAfter",
                Type::Day,
                "The tie began on that day or later, or no one knows when.",
            ),
            Parameter::one("relationship.endDate.onOrBefore", Type::Day, "The tie ended by that day, or is open."),
            Parameter::one(
                "relationship.endDate.onOrAfter",
                Type::Day,
                "The tie ended on that day or later, or is open.",
            ),
        ])
        .meta()
        .expand(PERSON_EXPANDS)
        .sort(&[
            "DisplayNameAsc",
            "GivenNameDesc",
            "GivenNameAsc",
            "FamilyNameDesc",
            "FamilyNameAsc",
            "CivicNoAsc",
            "CivicNoDesc",
            "ModifiedDesc",
        ])
        .names()
        .page(),
    Operation::new("POST", "/persons/lookup", What::Lookup(Kind::Person))
        .expand(PERSON_EXPANDS)
        .names()
        .keys(&[("ids", Type::Id), ("civicNos", Type::Text)]),
    Operation::new("GET", "/persons/{id}", What::One(Kind::Person)).expand(PERSON_EXPANDS).names(),
    Operation::new("GET", "/placements", What::List(Kind::Placement))
        .own(&[
            Parameter::one("organisation", Type::Id, "At this school unit."),
            Parameter::one("group", Type::Id, "In this group."),
            starts_before(),
            starts_after(),
            ends_before(),
            ends_after(),
            Parameter::one("child", Type::Id, "Of this child."),
            Parameter::one("owner", Type::Id, "Owned by this person."),
        ])
        .meta()
        .expand(PLACEMENT_EXPANDS)
        .sort(&["StartDateAsc", "StartDateDesc", "EndDateAsc", "EndDateDesc", "ModifiedDesc"])
        .names()
        .page(),
    Operation::new("POST", "/placements/lookup", What::Lookup(Kind::Placement))
        .expand(PLACEMENT_EXPANDS)
        .names()
        .keys(&[("ids", Type::Id), ("personIds", Type::Id)]),
    Operation::new("GET", "/placements/{id}", What::One(Kind::Placement)).expand(PLACEMENT_EXPANDS).names(),
    Operation::new("GET", "/duties", What::List(Kind::Duty))
        .own(&[
            Parameter::one("organisation", Type::Id, "At this organisation element, or at one below it."),
            Parameter::one("dutyRole", Type::Of(DutyRole::NAMES), "Of this category."),
            Parameter::one("person", Type::Id, "Of this person."),
            starts_before(),
            starts_after(),
            ends_before(),
            ends_after(),
        ])
        .meta()
        .expand(DUTY_EXPANDS)
        .sort(&["StartDateDesc", "StartDateAsc", "ModifiedDesc"])
        .names()
        .page(),
    Operation::new("POST", "/duties/lookup", What::Lookup(Kind::Duty)).expand(DUTY_EXPANDS).names().keys(IDS),
    Operation::new("GET", "/duties/{id}", What::One(Kind::Duty)).expand(DUTY_EXPANDS).names(),
    Operation::new("GET", "/groups", What::List(Kind::Group))
        .own(&[
            Parameter::many("groupType", Type::Of(GroupType::NAMES), "Of one of these types."),
            Parameter::many("schoolTypes", Type::Of(SchoolType::NAMES), "Of one of these school forms."),
            Parameter::many("organisation", Type::Id, "Owned by one of these organisation elements."),
            starts_before(),
            starts_after(),
            ends_before(),
            ends_after(),
        ])
        .meta()
        .expand(GROUP_EXPANDS)
        .sort(&["ModifiedDesc", "DisplayNameAsc", "StartDateAsc", "StartDateDesc", "EndDateAsc", "EndDateDesc"])
        .names()
        .page(),
    Operation::new("POST", "/groups/lookup", What::Lookup(Kind::Group)).expand(GROUP_EXPANDS).names().keys(IDS),
    Operation::new("GET", "/groups/{id}", What::One(Kind::Group)).expand(GROUP_EXPANDS).names(),
    Operation::new("GET", "/activities", What::List(Kind::Activity))
        .own(&[
            Parameter::one("member", Type::Id, "With this person in one of its groups."),
            Parameter::one("teacher", Type::Id, "Taught with this duty."),
            Parameter::one("organisation", Type::Id, "Of this organisation element, or of one below it."),
            Parameter::one("group", Type::Id, "With this group."),
            starts_before(),
            starts_after(),
            ends_before(),
            ends_after(),
        ])
        .meta()
        .expand(ACTIVITY_EXPANDS)
        .sort(&["ModifiedDesc", "DisplayNameAsc"])
        .names()
        .page(),
    Operation::new("POST", "/activities/lookup", What::Lookup(Kind::Activity))
        .expand(ACTIVITY_EXPANDS)
        .names()
        .keys(&[("ids", Type::Id), ("teachers", Type::Id), ("members", Type::Id)]),
    Operation::new("GET", "/activities/{id}", What::One(Kind::Activity)).expand(ACTIVITY_EXPANDS).names(),
    Operation::new("GET", "/deletedEntities", What::Deleted)
        .own(&[
            Parameter::one("after", Type::Moment, "Gone later than that.").or("meta.modified.after"),
            Parameter::many("entities", Type::Of(&RESOURCE_NAMES), "Of one of these types."),
        ])
        .page(),
    Operation::new("GET", "/subscriptions", What::Subscriptions).page(),
    Operation::new("POST", "/subscriptions", What::Subscribe),
    Operation::new("DELETE", "/subscriptions/{id}", What::Unsubscribe),
    Operation::new("GET", "/subscriptions/{id}", What::Subscription),
    Operation::new("PATCH", "/subscriptions/{id}", What::Renew),
    Operation::new("POST", "/log", What::Log),
    Operation::new("POST", "/statistics", What::Statistics),
    absent("GET", "/programmes", PROGRAMMES),
    absent("POST", "/programmes/lookup", PROGRAMMES),
    absent("GET", "/programmes/{id}", PROGRAMMES),
    absent("GET", "/studyplans", STUDY_PLANS),
    absent("GET", "/studyplans/{id}", STUDY_PLANS),
    absent("GET", "/syllabuses", SUBJECTS),
    absent("POST", "/syllabuses/lookup", SUBJECTS),
    absent("GET", "/syllabuses/{id}", SUBJECTS),
    absent("GET", "/schoolUnitOfferings", SUBJECTS),
    absent("POST", "/schoolUnitOfferings/lookup", SUBJECTS),
    absent("GET", "/schoolUnitOfferings/{id}", SUBJECTS),
    absent("GET", "/calendarEvents", LESSONS),
    absent("POST", "/calendarEvents/lookup", LESSONS),
    absent("GET", "/calendarEvents/{id}", LESSONS),
    absent("GET", "/attendances", ATTENDANCE),
    absent("POST", "/attendances", ATTENDANCE),
    absent("POST", "/attendances/lookup", ATTENDANCE),
    absent("DELETE", "/attendances/{id}", ATTENDANCE),
    absent("GET", "/attendances/{id}", ATTENDANCE),
    absent("GET", "/attendanceEvents", ATTENDANCE),
    absent("POST", "/attendanceEvents", ATTENDANCE),
    absent("POST", "/attendanceEvents/lookup", ATTENDANCE),
    absent("DELETE", "/attendanceEvents/{id}", ATTENDANCE),
    absent("GET", "/attendanceEvents/{id}", ATTENDANCE),
    absent("GET", "/attendanceSchedule", ATTENDANCE),
    absent("POST", "/attendanceSchedule", ATTENDANCE),
    absent("POST", "/attendanceSchedule/lookup", ATTENDANCE),
    absent("DELETE", "/attendanceSchedule/{id}", ATTENDANCE),
    absent("GET", "/attendanceSchedule/{id}", ATTENDANCE),
    absent("GET", "/grades", GRADES),
    absent("POST", "/grades/lookup", GRADES),
    absent("GET", "/grades/{id}", GRADES),
    absent("GET", "/absences", ATTENDANCE),
    absent("POST", "/absences", ATTENDANCE),
    absent("POST", "/absences/lookup", ATTENDANCE),
    absent("GET", "/absences/{id}", ATTENDANCE),
    absent("GET", "/aggregatedAttendance", ATTENDANCE),
    absent("GET", "/resources", ROOMS),
    absent("POST", "/resources/lookup", ROOMS),
    absent("GET", "/resources/{id}", ROOMS),
    absent("GET", "/rooms", ROOMS),
    absent("POST", "/rooms/lookup", ROOMS),
    absent("GET", "/rooms/{id}", ROOMS),
];

const PROGRAMMES: &str = "Unilogin tells of grades, not of the programmes of upper secondary schools.";
const STUDY_PLANS: &str = "Unilogin knows no study plans.";
const SUBJECTS: &str = "Unilogin knows no subjects and courses.";
const LESSONS: &str = "Unilogin knows no timetables.";
const ATTENDANCE: &str = "Unilogin knows neither attendance nor absence.";
const GRADES: &str = "Unilogin knows no marks.";
const ROOMS: &str = "Unilogin knows neither rooms nor equipment.";

const fn absent(method: &'static str, path: &'static str, why: &'static str) -> Operation {
    Operation::new(method, path, What::Absent(why))
}

/// The operation of a method and a path, with the id in the path. `HEAD` is asked as `GET` is.
pub fn find<'p>(method: &str, path: &[&'p str]) -> Found<'p> {
    let method = if method == "HEAD" { "GET" } else { method };
    let at = |it: &'static Operation| Some((it, it.matches(path)?));
    let mut here: Vec<(&Operation, Option<&str>)> = OPERATIONS.iter().filter_map(at).collect();
    if here.iter().any(|it| it.1.is_none()) {
        // A word stands before a place for any.
        here.retain(|it| it.1.is_none());
    }
    here.retain(|it| it.0.is_served());
    let methods: Vec<&str> = here.iter().map(|it| it.0.method).collect();
    match here.iter().find(|it| it.0.method == method) {
        Some((operation, id)) => Found::Operation(operation, *id),
        None if here.is_empty() => Found::Nothing,
        None => Found::Others(allowed(&methods)),
    }
}

/// What is found at a path.
#[derive(Debug)]
pub enum Found<'p> {
    /// An operation that is served, and the id in the path.
    Operation(&'static Operation, Option<&'p str>),
    /// Only operations of other methods: those.
    Others(&'static str),
    /// Nothing that is served.
    Nothing,
}

fn allowed(methods: &[&str]) -> &'static str {
    let has = |it: &str| methods.contains(&it);
    match (has("GET"), has("POST"), has("PATCH") || has("DELETE")) {
        (true, true, false) => "GET, HEAD, POST",
        (true, false, true) => "GET, HEAD, PATCH, DELETE",
        (true, true, true) => "GET, HEAD, POST, PATCH, DELETE",
        (true, false, false) => "GET, HEAD",
        (false, _, _) => "POST",
    }
}
