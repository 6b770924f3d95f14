//! SS12000 2.1 Enrolment and Placement <-> the hub's enrolment.

use super::{Objects, Reading, Subject, Wanted, contact, person, person::Ties};
use crate::{
    crosswalk::Trail,
    domain::{Enrolment, Grade, GroupKind, Pupil, PupilRole, Text, lend, lend_option},
    standards::ss12000::{codes, context::Context, model, read, values::SchoolType},
};

/// A pupil: the enrolment, the placements, and whoever is responsible.
pub(super) fn pupil<'m>(
    pupil: &'m Pupil<'m>,
    this: &Subject<'m>,
    ties: &mut Ties<'m>,
    objects: &mut Objects<'m>,
    wanted: Wanted,
    context: &'m Context<'m>,
    trail: &mut Trail,
) {
    let Pupil { enrolment, contacts } = pupil;
    trail.within("enrolment", |trail| {
        let Enrolment { role, grade, main_group, student_number, location, groups: _ } = enrolment; // groups: by the memberships
        trail.drop("location", "there is no place for it", location);
        if let Some(number) = student_number {
            ties.identifiers.push(person::identifier(lend(number), context.student_numbers(), false));
        }
        let main = context.group(main_group).map(|(_, known)| known.group);
        // A pupil who goes up a class has not come anew.
        let start = context.begun(this.since.or(main.and_then(|it| it.from)), this.source);
        let leisure = main.is_some_and(|it| it.kind == GroupKind::LeisureCare);
        let mut care: Vec<&Text<'_>> = enrolment.other_groups().collect();
        match told_schooling(schooling(*role, *grade, leisure), context) {
            Schooling::Placed(form) => {
                match (grade, codes::grade(form, None).0) {
                    (None, Some(_)) => trail.lose("grade", "a place in preschool says which grade that is"),
                    (Some(grade), told) if told != Some(*grade) => {
                        trail.lose("grade", "a place in care has no grade");
                    }
                    (None | Some(_), _) => {}
                }
                if *role != PupilRole::Child {
                    trail.lose("role", "whoever has a place in care is a child there");
                }
                let group = Some(reference(main_group, context));
                objects.placements.push(placement(form, group, None, start, this, context));
            }
            Schooling::Enroled(told) => {
                care.extend(leisure.then_some(main_group));
                let (school_type, school_year) = codes::school_type(told);
                if *grade != Some(told) {
                    trail.lose("grade", "an enrolment in preschool says which grade that is");
                }
                if codes::pupil_role(school_type) != *role {
                    trail.lose("role", "it follows from the school form, which says another");
                }
                ties.enrolments.push(model::Enrolment {
                    enroled_at: context.unit_reference(),
                    school_year,
                    school_type,
                    start_date: start,
                    end_date: None,
                    cancelled: None,
                    education_code: None,
                    programme: None,
                    specification: main.and_then(|it| lend_option(&it.line)),
                });
            }
            Schooling::Unknown => {
                care.extend(leisure.then_some(main_group));
                trail.lose("grade", "without a grade there is no school form, and without that no enrolment")
            }
        }
        let care = care.into_iter().filter_map(|it| context.group(it));
        for (_, known) in care.filter(|(_, it)| it.group.kind == GroupKind::LeisureCare) {
            let start = known.group.from.map_or(start, model::Day);
            let group = Some(context.group_reference(known));
            objects.placements.push(placement(SchoolType::Fth, group, Some(&known.group.id), start, this, context));
        }
    });
    if !context.rights.responsibles {
        trail.drop("contacts", "the caller may not see who is responsible", contacts);
        return;
    }
    let (adults, responsibles) = contact::contacts(contacts, this, wanted, context, trail);
    objects.adults = adults;
    ties.responsibles = Some(responsibles);
}

enum Schooling {
    /// In care of this form.
    Placed(SchoolType),
    /// At school.
    Enroled(Grade),
    /// Nobody said.
    Unknown,
}

fn schooling(role: PupilRole, grade: Option<Grade>, leisure: bool) -> Schooling {
    match (role, grade) {
        (PupilRole::Child | PupilRole::Pupil | PupilRole::Student, Some(Grade::DayCare)) => {
            Schooling::Placed(SchoolType::Fs)
        }
        (PupilRole::Child, Some(Grade::Year(_))) => Schooling::Placed(SchoolType::Fth),
        (PupilRole::Child, _) if leisure => Schooling::Placed(SchoolType::Fth),
        (PupilRole::Child, _) => Schooling::Placed(SchoolType::Fs),
        (PupilRole::Pupil | PupilRole::Student, Some(grade)) => Schooling::Enroled(grade),
        (PupilRole::Pupil | PupilRole::Student, None) => Schooling::Unknown,
    }
}

/// How it is told to consumers, some of whom know no placements.
fn told_schooling(schooling: Schooling, context: &Context<'_>) -> Schooling {
    match schooling {
        Schooling::Placed(SchoolType::Fs) if context.options.preschool_enrolments => Schooling::Enroled(Grade::DayCare),
        told => told,
    }
}

/// Whether it is care, not school.
pub(super) fn is_placed(enrolment: &Enrolment<'_>) -> bool {
    matches!(schooling(enrolment.role, enrolment.grade, false), Schooling::Placed(_))
}

/// A group, listed or not.
fn reference<'m>(group: &'m Text<'m>, context: &Context<'m>) -> model::Reference<'m> {
    match context.group(group) {
        Some((_, known)) => context.group_reference(known),
        None => model::Reference {
            id: context.mint.group(&context.organisation.number, group),
            display_name: context.reference_names.then(|| lend(group)),
        },
    }
}

fn placement<'m>(
    school_type: SchoolType,
    group: Option<model::Reference<'m>>,
    named: Option<&str>,
    start_date: model::Day,
    this: &Subject<'m>,
    context: &'m Context<'m>,
) -> model::Placement<'m> {
    model::Placement {
        id: context.mint.placement(&context.organisation.number, this.key, named),
        meta: context.meta(),
        placed_at: context.unit_reference(),
        group,
        child: this.reference.clone(),
        owners: Vec::new(),
        school_type,
        start_date,
        end_date: None,
        reason: None,
        max_weekly_schedule_hours: None,
    }
}

/// What is current of a person's schooling at one organisation element.
pub(super) struct Schooled<'a> {
    pub role: PupilRole,
    pub grade: Option<Grade>,
    /// The line of the class, which the enrolment carries.
    pub line: Option<Text<'a>>,
    /// SS12000 ids of groups that placements name.
    pub groups: Vec<&'a str>,
}

/// Why a group that is referred to is not followed.
pub(super) const NOT_HERE: &str = "it is no current group of the institution";

/// The current enrolment at the organisation element, or else the current placement. Further ones are lost, and so are groups that are
/// not `here`.
pub(super) fn schooled<'a>(
    enrolments: &'a [read::Enrolment<'a>],
    placements: &[&'a read::Placement<'a>],
    at: &str,
    here: impl Fn(&str) -> bool,
    reading: &Reading<'_>,
    trail: &mut Trail,
) -> Option<Schooled<'a>> {
    let mut found: Option<Schooled<'a>> = None;
    for (place, enrolment) in enrolments.iter().enumerate() {
        let here = enrolment.enroled_at.id() == at && enrolment.cancelled != Some(true);
        if !here || !reading.is_current(&enrolment.start_date, &enrolment.end_date) {
            continue;
        }
        trail.within_item("enrolments", place, |trail| match &found {
            Some(_) => trail.lose("schoolType", "one enrolment at an institution has room"),
            None => found = enrolment_in(enrolment, trail),
        });
    }
    for placement in placements {
        if placement.placed_at.id() == at && reading.is_current(&placement.start_date, &placement.end_date) {
            trail.within("placements", |trail| placement_in(placement, &mut found, &here, trail));
        }
    }
    found
}

fn enrolment_in<'a>(enrolment: &'a read::Enrolment<'a>, trail: &mut Trail) -> Option<Schooled<'a>> {
    let read::Enrolment {
        enroled_at: _, // asked for
        school_year,
        school_type,
        start_date: _, // the group has its own
        end_date,
        cancelled: _, // asked for
        education_code,
        programme,
        specification,
    } = enrolment;
    trail.drop("endDate", "an enrolment goes when it ends", end_date);
    trail.drop("educationCode", "there is no place for it", education_code);
    trail.drop("programme", "there is no place for it", programme);
    let Some(form) = person::parse(school_type, SchoolType::parse) else {
        trail.lose("schoolType", "the school form is unknown, and nobody guesses");
        return None;
    };
    let (grade, lost) = codes::grade(form, *school_year);
    if let Some(why) = lost {
        trail.lose("schoolType", why);
    }
    let line = super::organisation::text(specification);
    Some(Schooled { role: codes::pupil_role(form), grade, line, groups: Vec::new() })
}

fn placement_in<'a>(
    placement: &'a read::Placement<'a>,
    found: &mut Option<Schooled<'a>>,
    here: &impl Fn(&str) -> bool,
    trail: &mut Trail,
) {
    let read::Placement {
        id: _, // minted again
        placed_at: _,
        group,
        child: _,
        owners,
        school_type,
        start_date: _,
        end_date,
        reason,
        max_weekly_schedule_hours,
    } = placement;
    trail.drop("owners", "there is no place for them", owners);
    trail.drop("endDate", "a placement goes when it ends", end_date);
    trail.drop("reason", "there is no place for it", reason);
    trail.drop("maxWeeklyScheduleHours", "there is no place for it", max_weekly_schedule_hours);
    let form = person::parse(school_type, SchoolType::parse);
    let grade = (form == Some(SchoolType::Fs)).then_some(Grade::DayCare);
    let schooled =
        found.get_or_insert_with(|| Schooled { role: PupilRole::Child, grade, line: None, groups: Vec::new() });
    match group.as_ref().map(read::Reference::id) {
        Some(id) if here(id) => schooled.groups.push(id),
        Some(_) => trail.lose("group", NOT_HERE),
        None => {}
    }
}
