//! SS12000 2.1 Activity, made of who is staff and in which groups: the standard's only tie between a teacher and a group. Unilogin
//! knows neither lessons nor subjects, so there are none here. What staff of care do is a task of a duty instead.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::staff;
use crate::{
    domain::{Employment, Group, GroupKind, Member, Person, StaffRole, Text, Tie},
    standards::ss12000::{
        codes,
        context::{Context, Known},
        model,
        values::{ActivityType, AssignmentRoleType},
    },
};

/// The roles that teach, that which tells most of it first.
const TEACHING: [StaffRole; 3] = [StaffRole::Teacher, StaffRole::Substitute, StaffRole::Head];

/// The duty with which a member teaches whatever classes and courses the member is in; none for who does not teach.
pub fn teacher<'m>(member: &'m Member<'m>, context: &'m Context<'m>) -> Option<model::Reference<'m>> {
    let roles = roles(member).filter(|_| context.options.activities)?;
    let role = TEACHING.into_iter().find(|it| roles.contains(it))?;
    duty(member, role, context)
}

/// The duty with which a member has a task towards a listed group, and which.
pub fn task<'m>(
    member: &'m Member<'m>,
    at: usize,
    context: &'m Context<'m>,
) -> Option<(model::Reference<'m>, AssignmentRoleType)> {
    let kind = staff::assignment(context.group_at(at), context)?;
    roles(member)?.contains(&StaffRole::Pedagogue).then_some(())?;
    Some((duty(member, StaffRole::Pedagogue, context)?, kind))
}

fn roles<'m>(member: &'m Member<'_>) -> Option<&'m [StaffRole]> {
    match &member.tie {
        Some(Tie::Staff(employment)) => {
            let Employment { roles, initials: _, occupation: _, location: _, groups: _ } = employment;
            Some(roles)
        }
        Some(Tie::Pupil(_) | Tie::External(_)) | None => None,
    }
}

/// A duty has no name but that of whose it is.
fn duty<'m>(member: &'m Member<'m>, role: StaffRole, context: &'m Context<'m>) -> Option<model::Reference<'m>> {
    let Member { source, local_id, person, tie: _, since: _ } = member;
    let person: &Person<'_> = person.as_ref()?;
    let key = context.key(person, source, local_id.as_deref())?;
    let number = &context.organisation.number;
    let holder = context.reference(context.mint.person(number, key), person);
    let id = context.mint.duty(number, key, codes::role_word(role));
    Some(model::Reference { id, display_name: holder.display_name })
}

/// Somebody who teaches a listed group.
#[derive(Debug, Clone)]
pub struct Taught<'m> {
    /// The group, by its place among the listed groups of the context.
    pub group: usize,
    /// The duty with which it is taught.
    pub teacher: model::Reference<'m>,
}

/// Whether a group is one that is taught.
pub(super) fn is_taught(known: Known<'_>) -> bool {
    activity_type(known.group.kind).is_some()
}

/// The id and the type of what is done with a group by its teachers; none for groups that are not taught.
fn kind(known: Known<'_>, context: &Context<'_>) -> Option<(Uuid, ActivityType)> {
    let Known { group, id: _, place: _ } = known;
    Some((context.mint.activity(&context.organisation.number, &group.id), activity_type(group.kind)?))
}

fn activity_type(kind: GroupKind) -> Option<ActivityType> {
    match kind {
        GroupKind::Course => Some(ActivityType::Teaching),
        GroupKind::Main => Some(ActivityType::Other),
        GroupKind::Year
        | GroupKind::Line
        | GroupKind::LeisureCare
        | GroupKind::Team
        | GroupKind::Other
        | GroupKind::Institution => None,
    }
}

/// What teachers do with the listed group at a place; none for groups that are not taught.
pub fn activity<'m>(
    at: usize,
    mut teachers: Vec<model::Reference<'m>>,
    context: &'m Context<'m>,
) -> Option<model::Activity<'m>> {
    // Two local systems may tell of one person.
    let mut duties = BTreeSet::new();
    teachers.retain(|it| duties.insert(it.id));
    let known = context.group_at(at);
    let (id, activity_type) = kind(known, context)?;
    let Group { id: _, name: _, kind: _, grade: _, line: _, from, to, since } = known.group;
    let name = known.group.display_name();
    Some(model::Activity {
        id,
        meta: context.meta(),
        display_name: Text::Borrowed(name),
        calendar_events_required: false,
        start_date: context.begun(from.or(*since), ""),
        end_date: to.map(model::Day),
        activity_type,
        groups: vec![context.group_reference(known)],
        teachers: teachers.into_iter().map(|duty| model::DutyAssignment { duty }).collect(),
        organisation: context.unit_reference(),
    })
}
