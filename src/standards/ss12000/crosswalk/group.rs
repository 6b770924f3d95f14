//! SS12000 2.1 Group <-> the hub's group. A group is written when all members are known: its type and its memberships depend on them.

use std::collections::BTreeSet;

use super::{Reading, Subject, activity, activity::Taught, organisation, person, pupil, roster, staff};
use crate::{
    crosswalk::Trail,
    domain::{self, Grade, Group, GroupKind, Member, PupilRole, StaffRole, Text, Tie},
    standards::ss12000::{
        codes::{self, Headcount},
        context::{Context, Known},
        model, read,
        values::{GroupType, SchoolType},
    },
};

/// One member's joining of one group.
#[derive(Debug, Clone)]
pub struct Joining<'m> {
    /// Which.
    pub group: GroupKey<'m>,
    /// Who.
    pub person: model::PersonReference<'m>,
    /// As what.
    pub who: Headcount,
}

/// A group that a member is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKey<'m> {
    /// By its place among the listed groups of the context.
    Listed(usize),
    /// By its key, as nobody listed it.
    Unlisted {
        /// The key.
        id: &'m str,
        /// Whether it is somebody's main group.
        main: bool,
    },
}

/// The groups that a member joins, and those that a member teaches. Whatever else ties the member to a group is lost here, or is
/// a task of a duty.
pub(super) fn joined<'m>(
    member: &'m Member<'m>,
    this: &Subject<'m>,
    context: &'m Context<'m>,
    trail: &mut Trail,
) -> (Vec<Joining<'m>>, Vec<Taught<'m>>) {
    let who = headcount(member);
    let teacher = activity::teacher(member, context);
    let mut joined = Vec::with_capacity(2);
    let mut taught = Vec::new();
    for (id, main) in member.groups() {
        let (key, known) = match context.group(id) {
            Some((at, known)) => (GroupKey::Listed(at), Some(known)),
            None => (GroupKey::Unlisted { id, main }, None),
        };
        let taught_by = teacher.as_ref().filter(|_| known.is_some_and(activity::is_taught));
        if let (GroupKey::Listed(at), Some(teacher)) = (key, taught_by) {
            taught.push(Taught { group: at, teacher: teacher.clone() });
        }
        match joins(member, main, known, context) {
            Ok(true) => joined.push(Joining { group: key, person: this.reference.clone(), who }),
            Ok(false) => {}
            Err(_) if taught_by.is_some() => {}
            Err(why) => trail.lose("groups", why),
        }
    }
    (joined, taught)
}

fn joins(
    member: &Member<'_>,
    main: bool,
    known: Option<Known<'_>>,
    context: &Context<'_>,
) -> Result<bool, &'static str> {
    let kind = known.map_or(if main { GroupKind::Main } else { GroupKind::Other }, |it| it.group.kind);
    let grade = known.and_then(|it| it.group.grade);
    match (&member.tie, kind) {
        (_, GroupKind::Institution) => Err("a group of everybody is no group of its own"),
        (Some(Tie::Pupil(pupil)), GroupKind::Main) => {
            let child = pupil.enrolment.role == PupilRole::Child || grade == Some(Grade::DayCare);
            if main || child { Ok(true) } else { Err("a pupil has one class") }
        }
        (Some(Tie::Staff(staff)), GroupKind::Main | GroupKind::Course | GroupKind::LeisureCare) => {
            let pedagogue = staff.roles.contains(&StaffRole::Pedagogue);
            let task = known.filter(|_| pedagogue).and_then(|it| staff::assignment(it, context));
            if task.is_some() { Ok(false) } else { Err("who neither teaches nor cares for a group has no tie to it") }
        }
        (Some(Tie::External(_)), GroupKind::Main | GroupKind::Course | GroupKind::LeisureCare) => {
            Err("who comes from outside neither teaches nor cares for a group")
        }
        (Some(Tie::Pupil(_)), GroupKind::Course | GroupKind::LeisureCare)
        | (_, GroupKind::Year | GroupKind::Line | GroupKind::Team | GroupKind::Other) => Ok(true),
        (None, GroupKind::Main | GroupKind::Course | GroupKind::LeisureCare) => Ok(false),
    }
}

fn headcount(member: &Member<'_>) -> Headcount {
    let mut who = Headcount::default();
    match &member.tie {
        Some(Tie::Pupil(pupil)) if pupil::is_placed(&pupil.enrolment) => who.children = 1,
        Some(Tie::Pupil(_)) => who.pupils = 1,
        Some(Tie::Staff(_)) => who.staff = 1,
        Some(Tie::External(_)) => who.externals = 1,
        None => {}
    }
    who
}

/// A group, with its members.
pub fn group<'m>(
    group: &'m Group<'m>,
    who: Headcount,
    mut memberships: Vec<model::GroupMembership<'m>>,
    context: &'m Context<'m>,
    trail: &mut Trail,
) -> Option<model::Group<'m>> {
    // Two local systems may tell of one person.
    let mut known = BTreeSet::new();
    memberships.retain(|it| known.insert(it.person.id));
    let Group { id, name: _, kind, grade, line, from, to, since } = group; // name: by `display_name`
    let (group_type, school_type) = match codes::group_type(*kind, *grade, who) {
        Ok(it) => it,
        Err(why) => {
            trail.lose("kind", why);
            return None;
        }
    };
    trail.drop("id", "a group has no code of its own", id);
    if codes::group_kind(group_type, school_type).0 != *kind {
        trail.lose("kind", "the type does not tell it from others");
    }
    if grade.is_some_and(|it| codes::school_type(it).1.is_some()) {
        trail.lose("grade", "a group has a school form, its members have the year");
    }
    if *kind != GroupKind::Main || who.pupils == 0 {
        trail.drop("line", "a line is told by the enrolments of a class, and there are none", line);
    }
    Some(model::Group {
        id: context.mint.group(&context.organisation.number, id),
        meta: context.meta(),
        display_name: Text::Borrowed(group.display_name()),
        start_date: context.begun(from.or(*since), ""),
        end_date: to.map(model::Day),
        group_type,
        school_type,
        organisation: context.unit_reference(),
        group_memberships: memberships,
    })
}

/// The longest name and line of a group on the Danish side.
const NAME: usize = 100;
const LINE: usize = 40;

/// A group without its members; `grade` and `line` are what its members' enrolments say.
pub(super) fn group_in<'a>(
    group: &'a read::Group<'a>,
    grade: Option<Grade>,
    line: Option<Text<'a>>,
    reading: &Reading<'a>,
    trail: &mut Trail,
) -> Option<domain::Group<'a>> {
    let read::Group {
        id,
        display_name,
        start_date,
        end_date,
        group_type,
        school_type,
        organisation: _,      // asked for
        group_memberships: _, // by the members
    } = group;
    let id = id.as_ref()?.as_str();
    let Some(group_type) = person::parse(group_type, GroupType::parse) else {
        trail.lose("groupType", "the type is unknown");
        return None;
    };
    let form = person::parse(school_type, SchoolType::parse);
    let (kind, lost) = codes::group_kind(group_type, form);
    if let Some(why) = lost {
        trail.lose("groupType", why);
    }
    let own = form.map(|it| codes::grade(it, None).0);
    let grade = match (kind, form) {
        (GroupKind::Main, Some(SchoolType::Fs)) => Some(Grade::DayCare),
        (GroupKind::Main, _) => grade.or(own.flatten()),
        _ => {
            trail.drop("schoolType", "a class has a grade, other groups have none", school_type);
            None
        }
    };
    Some(domain::Group {
        id: roster::group_key(id, reading),
        name: organisation::text(display_name).map(|it| shorten(it, NAME, "displayName", trail)),
        kind,
        grade,
        line: line.filter(|_| kind == GroupKind::Main).map(|it| shorten(it, LINE, "specification", trail)),
        from: start_date.as_ref().and_then(|it| person::date(it, "startDate", trail)),
        to: end_date.as_ref().and_then(|it| person::date(it, "endDate", trail)),
        since: None,
    })
}

fn shorten<'a>(text: Text<'a>, most: usize, field: &'static str, trail: &mut Trail) -> Text<'a> {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => {
            trail.lose(field, "it is too long and was cut");
            Text::Owned(text[..end].trim_end().to_owned())
        }
    }
}
