//! SS12000 2.1, what is written when all members are known: groups and activities, and the institution with its school forms.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{GroupKey, Joining, Objects, Taught, activity, group, organisation};
use crate::{
    crosswalk::Trail,
    domain::{Group, GroupKind, Text},
    standards::ss12000::{
        codes::Headcount,
        context::Context,
        model,
        values::{SchoolType, SecurityMarking},
    },
};

/// What the members of an institution tell together: who is in which group, and which school forms there are.
#[derive(Debug)]
pub struct Gathering<'c> {
    context: &'c Context<'c>,
    listed: Vec<Members>,
    taught: Teaching,
    unlisted: BTreeMap<String, (bool, Members)>,
    forms: BTreeSet<SchoolType>,
}

#[derive(Debug, Clone, Default)]
struct Members {
    who: Headcount,
    /// An institution may have hundreds of thousands of memberships, so they are kept small until their group is written.
    persons: Vec<(Uuid, Option<SecurityMarking>)>,
    /// The names of the persons, where references have names.
    names: Vec<Text<'static>>,
}

impl Members {
    fn add(&mut self, who: Headcount, person: &model::PersonReference<'_>) {
        let model::PersonReference { id, display_name, security_marking } = person;
        self.who = self.who.and(who);
        if self.persons.len() == self.persons.capacity() {
            // A class has some twenty members: doubling would waste a third.
            self.persons.reserve_exact(8.max(self.persons.len() / 4));
        }
        self.persons.push((*id, *security_marking));
        self.names.extend(display_name.as_ref().map(|it| Text::Owned(it.clone().into_owned())));
    }

    fn memberships(self) -> (Headcount, Vec<model::GroupMembership<'static>>) {
        let Self { who, persons, names } = self;
        let mut names = names.into_iter();
        let membership = |(id, security_marking)| {
            let person = model::PersonReference { id, display_name: names.next(), security_marking };
            model::GroupMembership { person, start_date: None, end_date: None }
        };
        (who, persons.into_iter().map(membership).collect())
    }
}

/// Who teaches which listed group, by a duty: there may be hundreds of thousands of ties, so they are kept small.
#[derive(Debug, Default)]
struct Teaching {
    /// The group, the how manieth tie, the duty.
    ties: Vec<(u32, u32, Uuid)>,
    /// The name of each, where references have names.
    names: Vec<Text<'static>>,
}

impl Teaching {
    fn add(&mut self, Taught { group, teacher: model::Reference { id, display_name } }: &Taught<'_>) {
        if self.ties.len() == self.ties.capacity() {
            self.ties.reserve_exact(64.max(self.ties.len() / 4));
        }
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        self.ties.push((number(*group), number(self.ties.len()), *id));
        self.names.extend(display_name.as_ref().map(|it| Text::Owned(it.clone().into_owned())));
    }

    /// The groups in their order, each with its teachers in the order in which they came.
    fn groups(self) -> impl Iterator<Item = (usize, Vec<model::Reference<'static>>)> {
        let Self { mut ties, mut names } = self;
        ties.sort_unstable();
        let mut from = 0;
        std::iter::from_fn(move || {
            let group = ties.get(from)?.0;
            let alike = ties[from..].iter().take_while(|it| it.0 == group);
            let teacher = |(_, number, id): &(u32, u32, Uuid)| {
                let display_name = names.get_mut(*number as usize).map(std::mem::take);
                model::Reference { id: *id, display_name }
            };
            let teachers: Vec<_> = alike.map(teacher).collect();
            from += teachers.len();
            Some((group as usize, teachers))
        })
    }
}

impl<'c> Gathering<'c> {
    /// Nobody yet.
    pub fn new(context: &'c Context<'c>) -> Self {
        let listed = vec![Members::default(); context.group_count()];
        Self { context, listed, taught: Teaching::default(), unlisted: BTreeMap::new(), forms: BTreeSet::new() }
    }

    /// Adds what a member became.
    pub fn add(&mut self, objects: &Objects<'_>) {
        let Objects { person, adults: _, duties: _, placements, joined, taught } = objects;
        let enrolments = person.iter().flat_map(|it| &it.enrolments).map(|it| it.school_type);
        self.forms.extend(enrolments.chain(placements.iter().map(|it| it.school_type)));
        for Joining { group, person, who } in joined {
            let members = match group {
                GroupKey::Listed(at) => &mut self.listed[*at],
                GroupKey::Unlisted { id, main } => {
                    let entry = self.unlisted.entry((*id).to_owned()).or_default();
                    entry.0 |= main;
                    &mut entry.1
                }
            };
            members.add(*who, person);
        }
        taught.iter().for_each(|it| self.taught.add(it));
    }

    /// Who is in each listed group, in the order of the context's.
    pub fn headcounts(&self) -> Vec<Headcount> {
        self.listed.iter().map(|it| it.who).collect()
    }

    /// The school forms of the members so far.
    pub fn forms(&self) -> Vec<SchoolType> {
        self.forms.iter().copied().collect()
    }

    /// The institution. `main` says that it has departments.
    pub fn organisation(&self, main: bool, trail: &mut Trail) -> model::Organisation<'c> {
        trail.within("organisation", |trail| organisation::organisation(self.context, main, &self.forms(), trail))
    }

    /// Takes out what the teachers do: an activity for each group that is taught, in the order of the context's.
    pub fn activities(&mut self) -> impl Iterator<Item = model::Activity<'c>> + use<'c> {
        let context = self.context;
        let taught = std::mem::take(&mut self.taught);
        taught.groups().filter_map(|(group, teachers)| activity(group, teachers, context))
    }

    /// Every group, one after the other, each handed over as soon as it is made.
    pub fn groups(self, trail: &mut Trail, mut each: impl FnMut(model::Group<'_>, &mut Trail)) {
        let Self { context, listed, taught: _, unlisted, forms: _ } = self;
        for (known, members) in context.groups().zip(listed) {
            let (who, memberships) = members.memberships();
            if let Some(group) =
                trail.within_item("groups", known.place, |trail| group(known.group, who, memberships, context, trail))
            {
                each(group, trail);
            }
        }
        for (id, (main, members)) in unlisted {
            let (who, memberships) = members.memberships();
            let kind = if main { GroupKind::Main } else { GroupKind::Other };
            let made = Group {
                id: Text::Owned(id),
                name: None,
                kind,
                grade: None,
                line: None,
                from: None,
                to: None,
                since: None,
            };
            if let Some(group) = group(&made, who, memberships, context, trail) {
                each(group, trail);
            }
        }
    }
}
