//! SS12000 2.1, all objects of a source by id: found once for a state of the source, made when somebody asks for them.
//!
//! The same person at two institutions is one object; whoever is protected at one that the caller may see is protected.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

use serde::Serialize;
use uuid::Uuid;

use super::{
    codes::Headcount,
    context::{Context, Options, Rights},
    crosswalk::{self, Gathering, GroupKey, Joining, Objects},
    model,
    values::{SchoolType, SecurityMarking},
};
use crate::{
    crosswalk::Trail,
    domain::{Member, OrganisationNumber, Snapshot, Tie},
    source::{Institutions, told::Told},
};

/// The kinds of objects that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Organisation elements.
    Organisation,
    /// Persons.
    Person,
    /// Groups.
    Group,
    /// Duties.
    Duty,
    /// Placements.
    Placement,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// What the caller may see of a person.
    pub rights: Rights,
    /// The institutions that the caller may see, in order; all, if there is no list.
    pub institutions: Option<Vec<OrganisationNumber<'static>>>,
}

/// Where everything is in one state of a source.
#[derive(Debug)]
pub struct View {
    institutions: Institutions,
    details: Vec<Details>,
    organisations: Vec<Row>,
    persons: Vec<Row>,
    groups: Vec<Row>,
    duties: Vec<Row>,
    placements: Vec<Row>,
    /// Persons whose homes are hidden, their own protection or a child's being the cause.
    hidden_homes: BTreeSet<Uuid>,
    /// Marked persons who come more than once, each with an institution that marks them.
    marked: BTreeSet<(Uuid, u32)>,
}

/// What is known of an institution only when all its members are.
#[derive(Debug)]
struct Details {
    forms: Vec<SchoolType>,
    has_departments: bool,
}

/// One place that an object comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    id: Uuid,
    institution: u32,
    /// Which member or group.
    at: u32,
    /// Which of several objects that come from there; zero is the person before the adults.
    part: u32,
}

impl View {
    /// Finds the objects of all institutions.
    pub fn new(institutions: Institutions, options: &Options) -> Self {
        let above = |it: &Arc<Snapshot>| it.roster().organisation.main().cloned();
        let mains: BTreeSet<OrganisationNumber<'static>> = institutions.iter().filter_map(above).collect();
        let mut view = Self {
            details: Vec::with_capacity(institutions.len()),
            organisations: Vec::new(),
            persons: Vec::new(),
            groups: Vec::new(),
            duties: Vec::new(),
            placements: Vec::new(),
            hidden_homes: BTreeSet::new(),
            marked: BTreeSet::new(),
            institutions: institutions.clone(),
        };
        for (institution, snapshot) in (0..).zip(institutions.iter()) {
            let has_departments = mains.contains(&snapshot.roster().organisation.number);
            view.add(institution, snapshot, has_departments, options);
        }
        for rows in
            [&mut view.organisations, &mut view.persons, &mut view.groups, &mut view.duties, &mut view.placements]
        {
            rows.sort_unstable();
        }
        let Self { persons, marked, .. } = &mut view;
        let from = |id| persons.partition_point(|it| it.id < id);
        marked.retain(|(id, _)| persons.get(from(*id) + 1).is_some_and(|it| it.id == *id));
        view
    }

    fn add(&mut self, institution: u32, snapshot: &Snapshot, has_departments: bool, options: &Options) {
        let context = Context::new(snapshot.roster(), options, Rights::ALL);
        let mut gathering = Gathering::new(&context);
        let row = |id, at, part| Row { id, institution, at, part };
        self.organisations.push(row(context.unit, 0, 0));
        self.organisations.extend(crosswalk::authority(&context).map(|it| row(it.id, 0, 1)));
        self.groups.extend((0..).zip(&context.groups).map(|(at, known)| row(known.id, at, 0)));
        for (at, member) in (0..).zip(&snapshot.roster().members) {
            let objects = crosswalk::member(member, &context, &mut Trail::silent());
            gathering.add(&objects);
            let Objects { person, adults, duties, placements, joined: _ } = objects;
            let protected = person.as_ref().is_some_and(is_marked);
            if protected {
                self.hidden_homes.extend(person.iter().chain(&adults).map(|it| it.id));
            }
            let marked = person.iter().chain(&adults).filter(|it| is_marked(it));
            self.marked.extend(marked.map(|it| (it.id, institution)));
            let first = if person.is_some() { 0 } else { 1 };
            self.persons.extend((first..).zip(person.iter().chain(&adults)).map(|(part, it)| row(it.id, at, part)));
            self.duties.extend((0..).zip(&duties).map(|(part, it)| row(it.id, at, part)));
            self.placements.extend((0..).zip(&placements).map(|(part, it)| row(it.id, at, part)));
        }
        self.details.push(Details { forms: gathering.forms(), has_departments });
    }

    /// The state that this is the view of.
    pub fn institutions(&self) -> &Institutions {
        &self.institutions
    }

    /// Up to `limit` ids of a kind that the caller may see, in order, after `after`; and whether there are more.
    pub fn ids(&self, kind: Kind, after: Option<Uuid>, limit: usize, caller: &Caller) -> (Vec<Uuid>, bool) {
        let rows = self.rows(kind);
        let start = after.map_or(0, |after| rows.partition_point(|it| it.id <= after));
        let mut ids: Vec<Uuid> = Vec::new();
        for row in rows[start..].iter().filter(|it| self.may_see(kind, it, caller)) {
            if ids.last() == Some(&row.id) {
                continue;
            }
            if ids.len() == limit {
                return (ids, true);
            }
            ids.push(row.id);
        }
        (ids, false)
    }

    fn rows(&self, kind: Kind) -> &[Row] {
        match kind {
            Kind::Organisation => &self.organisations,
            Kind::Person => &self.persons,
            Kind::Group => &self.groups,
            Kind::Duty => &self.duties,
            Kind::Placement => &self.placements,
        }
    }

    fn may_see(&self, kind: Kind, row: &Row, caller: &Caller) -> bool {
        let here = self.may_see_institution(row.institution, caller);
        here && (kind != Kind::Person || row.part == 0 || caller.rights.responsibles)
    }

    fn may_see_institution(&self, institution: u32, caller: &Caller) -> bool {
        let number = &self.institutions[institution as usize].roster().organisation.number;
        caller.institutions.as_ref().is_none_or(|it| it.binary_search(number).is_ok())
    }

    /// Appends the JSON of an object; false if the caller may see none with this id.
    ///
    /// # Errors
    /// An object that cannot be written.
    pub fn write<'r>(
        &'r self,
        kind: Kind,
        id: Uuid,
        reader: &Reader<'r>,
        out: &mut Vec<u8>,
    ) -> serde_json::Result<bool> {
        let rows = self.rows(kind);
        let rows = &rows[rows.partition_point(|it| it.id < id)..rows.partition_point(|it| it.id <= id)];
        let mut rows = rows.iter().filter(|it| self.may_see(kind, it, reader.caller)).copied().peekable();
        let Some(first) = rows.peek() else { return Ok(false) };
        let snapshot = &self.institutions[first.institution as usize];
        let context = self.context(*first, reader);
        let at = first.part as usize;
        match kind {
            Kind::Person => self.write_person(id, rows, reader, out),
            Kind::Organisation if at == 0 => {
                let Details { forms, has_departments } = &self.details[first.institution as usize];
                let mut organisation = crosswalk::organisation(&context, *has_departments, forms, &mut Trail::silent());
                // What stands above is another institution, whose name the context does not know.
                if let Some(above) = organisation
                    .parent_organisation
                    .as_mut()
                    .filter(|it| reader.reference_names && it.display_name.is_none())
                {
                    above.display_name = self.institution_name(above.id, reader.caller).map(Into::into);
                }
                serde_json::to_writer(out, &organisation)?;
                Ok(true)
            }
            Kind::Organisation => write_some(crosswalk::authority(&context).as_ref(), out),
            Kind::Group => {
                reader.note(snapshot, |_| {});
                write_group(first.at as usize, snapshot, &context, reader, out)
            }
            Kind::Duty => {
                reader.note(snapshot, |told| told.member(self.member(*first)));
                write_some(self.objects(*first, &context).duties.get(at), out)
            }
            Kind::Placement => {
                reader.note(snapshot, |told| told.member(self.member(*first)));
                write_some(self.objects(*first, &context).placements.get(at), out)
            }
        }
    }

    fn member(&self, row: Row) -> &Member<'static> {
        &self.institutions[row.institution as usize].roster().members[row.at as usize]
    }

    /// Notes whom an object tells of that is made of this row of a person: a pupil with whoever is responsible.
    fn note_person(&self, row: Row, reader: &Reader<'_>) {
        let member = self.member(row);
        let contacts = match &member.tie {
            Some(Tie::Pupil(pupil)) => &*pupil.contacts,
            Some(Tie::Staff(_) | Tie::External(_)) | None => &[],
        };
        let mut adults = crosswalk::responsible(contacts, reader.options);
        reader.note(&self.institutions[row.institution as usize], |told| match row.part as usize {
            0 => {
                told.member(member);
                adults.filter(|_| reader.caller.rights.responsibles).for_each(|it| told.person(it));
            }
            adult => adults.nth(adult - 1).iter().for_each(|it| told.person(it)),
        });
    }

    fn institution_name(&self, id: Uuid, caller: &Caller) -> Option<&str> {
        let row =
            self.organisations.get(self.organisations.partition_point(|it| it.id < id)).filter(|it| it.id == id)?;
        let may_see = self.may_see(Kind::Organisation, row, caller);
        may_see.then(|| self.institutions[row.institution as usize].roster().organisation.display_name())
    }

    fn context<'r>(&'r self, row: Row, reader: &Reader<'r>) -> Rc<Context<'r>> {
        let make = || {
            let head = self.institutions[row.institution as usize].roster();
            let context = Context::new(head, reader.options, reader.caller.rights);
            let seen = |it: &&(Uuid, u32)| self.may_see_institution(it.1, reader.caller);
            let marked = self.marked.iter().filter(seen).map(|(id, _)| *id).collect();
            Rc::new(context.with_reference_names(reader.reference_names).with_marked(marked))
        };
        reader.contexts.borrow_mut().entry(row.institution).or_insert_with(make).clone()
    }

    fn objects<'m>(&'m self, row: Row, context: &'m Context<'m>) -> Objects<'m> {
        crosswalk::member(self.member(row), context, &mut Trail::silent())
    }

    fn write_person<'r>(
        &'r self,
        id: Uuid,
        rows: impl Iterator<Item = Row>,
        reader: &Reader<'r>,
        out: &mut Vec<u8>,
    ) -> serde_json::Result<bool> {
        let places: Vec<(Row, Rc<Context<'r>>)> = rows.map(|it| (it, self.context(it, reader))).collect();
        let mut merged: Option<model::Person<'_>> = None;
        for (row, context) in &places {
            self.note_person(*row, reader);
            let Objects { person, mut adults, duties: _, placements: _, joined: _ } = self.objects(*row, context);
            let found = match row.part as usize {
                0 => person,
                adult if adult <= adults.len() => Some(adults.swap_remove(adult - 1)),
                _ => None,
            };
            merged = match (merged, found) {
                (Some(merged), Some(found)) => Some(merge(merged, found)),
                (merged, found) => merged.or(found),
            };
        }
        if let Some(person) = merged.as_mut().filter(|_| self.hidden_homes.contains(&id)) {
            person.addresses.clear();
        }
        write_some(merged.as_ref(), out)
    }
}

/// Somebody who reads a view, and how; made for one request.
#[derive(Debug)]
pub struct Reader<'r> {
    options: &'r Options,
    caller: &'r Caller,
    reference_names: bool,
    told: Option<&'r Told>,
    /// Institutions that were made ready for this reader, by their places.
    contexts: RefCell<BTreeMap<u32, Rc<Context<'r>>>>,
}

impl<'r> Reader<'r> {
    /// `options` are those that the view was made with; `reference_names` writes names into references.
    pub fn new(options: &'r Options, caller: &'r Caller, reference_names: bool) -> Self {
        Self { options, caller, reference_names, told: None, contexts: RefCell::default() }
    }

    /// With where it is noted whom the objects tell of.
    #[must_use]
    pub fn noting(self, told: &'r Told) -> Self {
        Self { told: Some(told), ..self }
    }

    fn note(&self, of: &Snapshot, note: impl FnOnce(&Told)) {
        if let Some(told) = self.told {
            told.at(&of.roster().organisation.number);
            note(told);
        }
    }
}

fn write_some<T: Serialize>(object: Option<&T>, out: &mut Vec<u8>) -> serde_json::Result<bool> {
    match object {
        Some(object) => serde_json::to_writer(out, object).map(|()| true),
        None => Ok(false),
    }
}

fn write_group(
    at: usize,
    snapshot: &Snapshot,
    context: &Context<'_>,
    reader: &Reader<'_>,
    out: &mut Vec<u8>,
) -> serde_json::Result<bool> {
    let known = context.groups[at];
    let mut who = Headcount::default();
    let mut memberships = Vec::new();
    for membership in snapshot.members_of(&known.group.id) {
        let objects = crosswalk::member(membership.member, context, &mut Trail::silent());
        for Joining { group, person, who: one } in objects.joined {
            if group == GroupKey::Listed(at) {
                who = who.and(one);
                reader.told.iter().for_each(|it| it.member(membership.member));
                memberships.push(model::GroupMembership { person, start_date: None, end_date: None });
            }
        }
    }
    write_some(crosswalk::group(known.group, who, memberships, context, &mut Trail::silent()).as_ref(), out)
}

fn is_marked(person: &model::Person<'_>) -> bool {
    matches!(person.security_marking, Some(SecurityMarking::Confidential | SecurityMarking::Protected))
}

/// One person out of two that are the same. Of a protected one nothing is learnt from the other but ties and keys.
fn merge<'m>(one: model::Person<'m>, other: model::Person<'m>) -> model::Person<'m> {
    let (mut kept, other) = if is_marked(&other) && !is_marked(&one) { (other, one) } else { (one, other) };
    let hidden = is_marked(&kept);
    let model::Person {
        id: _,
        meta: _,
        given_name: _,
        middle_name: _,
        family_name: _,
        edu_person_principal_names,
        external_identifiers,
        civic_no,
        birth_date,
        sex,
        security_marking,
        person_status: _,
        emails,
        phone_numbers,
        addresses,
        photo: _,
        enrolments,
        responsibles,
    } = other;
    union(&mut kept.edu_person_principal_names, edu_person_principal_names);
    union(&mut kept.external_identifiers, external_identifiers);
    union(&mut kept.enrolments, enrolments);
    match (&mut kept.responsibles, responsibles) {
        (Some(kept), Some(more)) => union(kept, more),
        (kept @ None, more) => *kept = more,
        (Some(_), None) => {}
    }
    if !hidden {
        kept.civic_no = kept.civic_no.or(civic_no);
        kept.birth_date = kept.birth_date.or(birth_date);
        kept.sex = kept.sex.or(sex);
        kept.security_marking = kept.security_marking.or(security_marking);
        union(&mut kept.emails, emails);
        union(&mut kept.phone_numbers, phone_numbers);
        if kept.addresses.is_empty() {
            kept.addresses = addresses;
        }
    }
    kept
}

fn union<T: PartialEq>(kept: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
}
