//! SS12000 2.1 Duty <-> the hub's employment and external tie.

use std::borrow::Cow;

use super::{Reading, Subject, organisation::text, person, pupil::NOT_HERE};
use crate::{
    crosswalk::Trail,
    domain::{Employment, External, ExternalRole, Grade, GroupKind, StaffRole, Tie, lend_option},
    standards::ss12000::{
        codes::{self, Post},
        context::{Context, Known},
        model, read,
        values::{AssignmentRoleType, DutyRole},
    },
};

/// One duty for each role of staff.
pub(super) fn duties<'m>(
    employment: &'m Employment<'m>,
    this: &Subject<'m>,
    context: &'m Context<'m>,
    trail: &mut Trail,
) -> Vec<model::Duty<'m>> {
    let Employment { roles: _, initials, occupation, location, groups } = employment; // roles: the distinct ones
    trail.drop("employment/location", "there is no place for it", location);
    let mut duties = Vec::with_capacity(employment.roles.len());
    for role in employment.distinct_roles() {
        let duty_role = match codes::duty_role(role, context.day_care()) {
            Ok(it) => context.told_role(it),
            Err(why) => {
                trail.lose("employment/roles", why);
                continue;
            }
        };
        let word = codes::needs_word(role).then(|| codes::role_word(role));
        if word.is_some() && occupation.is_some() && codes::STAFF_ROLES.left(duty_role) != Ok(role) {
            trail.lose("employment/roles", "the description holds the occupation and cannot tell the role");
        }
        let assignments = match role {
            StaffRole::Pedagogue => assignments(groups.iter().filter_map(|it| context.group(it)), context),
            _ => Vec::new(),
        };
        duties.push(model::Duty {
            id: context.mint.duty(&context.organisation.number, this.key, codes::role_word(role)),
            meta: context.meta(),
            person: this.reference.clone(),
            assignment_role: assignments,
            duty_at: context.unit_reference(),
            duty_role,
            description: lend_option(occupation).or(word.map(Cow::Borrowed)),
            signature: lend_option(initials),
            duty_percent: None,
            hours_per_year: None,
            start_date: context.begun(this.since, this.source),
            end_date: None,
        });
    }
    duties
}

fn assignments<'m>(
    groups: impl Iterator<Item = (usize, Known<'m>)>,
    context: &Context<'m>,
) -> Vec<model::AssignmentRole<'m>> {
    let assigned = |(_, known): (usize, Known<'m>)| {
        Some(model::AssignmentRole {
            group: context.group_reference(known),
            assignment_role_type: assignment(known, context)?,
            start_date: None,
            end_date: None,
        })
    };
    groups.filter_map(assigned).collect()
}

/// The task of a pedagogue towards a group, where the group is one of care.
pub(super) fn assignment(known: Known<'_>, context: &Context<'_>) -> Option<AssignmentRoleType> {
    match (known.group.kind, known.group.grade) {
        _ if !context.options.assignment_roles => None,
        (GroupKind::LeisureCare, _) => Some(AssignmentRoleType::LeisurePedagogue),
        (GroupKind::Main, Some(Grade::DayCare)) => Some(AssignmentRoleType::PreschoolTeacher),
        _ => None,
    }
}

/// The duty of somebody from outside.
pub(super) fn external_duty<'m>(
    external: &'m External<'m>,
    this: &Subject<'m>,
    context: &'m Context<'m>,
) -> model::Duty<'m> {
    let External { role, groups: _ } = external; // groups: by the memberships
    let word = codes::external_word(*role);
    model::Duty {
        id: context.mint.duty(&context.organisation.number, this.key, word),
        meta: context.meta(),
        person: this.reference.clone(),
        assignment_role: Vec::new(),
        duty_at: context.unit_reference(),
        duty_role: DutyRole::OtherStaff,
        description: Some(Cow::Borrowed(word)),
        signature: None,
        duty_percent: None,
        hours_per_year: None,
        start_date: context.begun(this.since, this.source),
        end_date: None,
    }
}

/// What all current duties of a person at one organisation element make of the person, and the SS12000 ids of the groups `here` that
/// they name.
pub(super) fn tie_in<'a>(
    duties: &[&'a read::Duty<'a>],
    here: impl Fn(&str) -> bool,
    reading: &Reading<'_>,
    trail: &mut Trail,
) -> Option<(Tie<'a>, Vec<&'a str>)> {
    let mut employment =
        Employment { roles: Vec::new(), initials: None, occupation: None, location: None, groups: Vec::new() };
    let mut outside: Option<ExternalRole> = None;
    let mut groups = Vec::new();
    for duty in duties.iter().filter(|it| reading.is_current(&it.start_date, &it.end_date)) {
        trail.within("duty", |trail| duty_in(duty, &mut employment, &mut outside, trail));
        trail.within("duty", |trail| groups.extend(tasks_in(&duty.assignment_role, &here, reading, trail)));
    }
    match (employment.roles.is_empty(), outside) {
        (true, None) => None,
        (true, Some(role)) => {
            trail.drop("duty/signature", "people from outside have no initials", employment.initials);
            trail.drop("duty/description", "people from outside have no occupation", employment.occupation);
            Some((Tie::External(External { role, groups: Vec::new() }), groups))
        }
        (false, outside) => {
            trail.drop("duty/dutyRole", "staff are not from outside as well", outside);
            Some((Tie::Staff(employment), groups))
        }
    }
}

fn duty_in<'a>(
    duty: &'a read::Duty<'a>,
    employment: &mut Employment<'a>,
    outside: &mut Option<ExternalRole>,
    trail: &mut Trail,
) {
    let read::Duty {
        id: _, // minted again
        person: _,
        assignment_role: _, // by `tasks_in`
        duty_at: _,
        duty_role,
        description,
        signature,
        duty_percent,
        hours_per_year,
        start_date,
        end_date,
    } = duty;
    trail.drop("dutyPercent", "there is no place for it", duty_percent);
    trail.drop("hoursPerYear", "there is no place for it", hours_per_year);
    trail.drop("startDate", "a duty is there or not", start_date);
    trail.drop("endDate", "a duty is there or not", end_date);
    let words = text(description);
    let role = person::parse(duty_role, DutyRole::parse).ok_or("the category is unknown");
    match role.and_then(|it| codes::post(it, words.as_deref())) {
        Ok((post, told)) => {
            match post {
                Post::Staff(role) if !employment.roles.contains(&role) => employment.roles.push(role),
                Post::Staff(_) => trail.lose("dutyRole", "the role was told already"),
                Post::External(role) => *outside = Some(role),
            }
            if !told {
                keep_first(&mut employment.occupation, words, "description", trail);
            }
        }
        Err(why) => trail.lose("dutyRole", why),
    }
    keep_first(&mut employment.initials, text(signature), "signature", trail);
}

/// The groups that somebody has a task in.
fn tasks_in<'a>(
    tasks: &'a [read::AssignmentRole<'a>],
    here: &impl Fn(&str) -> bool,
    reading: &Reading<'_>,
    trail: &mut Trail,
) -> Vec<&'a str> {
    let mut groups = Vec::new();
    for task in tasks.iter().filter(|it| reading.is_current(&it.start_date, &it.end_date)) {
        match task.group.id() {
            id if here(id) => groups.push(id),
            _ => trail.lose("assignmentRole/group", NOT_HERE),
        }
    }
    if !tasks.is_empty() {
        trail.lose("assignmentRole/assignmentRoleType", "a group is named, not what is done there");
    }
    groups
}

fn keep_first<'a>(
    place: &mut Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
    field: &'static str,
    trail: &mut Trail,
) {
    match (&place, text) {
        (_, None) => {}
        (None, text) => *place = text,
        (Some(first), Some(text)) if **first == text => {}
        (Some(_), text) => trail.drop(field, "the first one is kept", text),
    }
}
