//! SS12000 2.1, all objects of a source by id: found once for a state of the source, made when somebody asks for them.
//!
//! The same person at two institutions is one object; whoever is protected at one of them is protected, also for callers who may not
//! see that one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    codes::Headcount,
    context::{Consumer, Context, Ground, Marks, Options, Rights},
    crosswalk::{self, Gathering, Objects},
    ledger::Book,
    model,
    values::SchoolType,
};
use crate::{
    crosswalk::Trail,
    domain::{self, Member, OrganisationNumber, Snapshot, Tie},
    source::Institutions,
};

mod expand;
mod merge;
mod reader;

pub use expand::Relation;
pub use reader::{Object, Reader, Scope};

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
    /// Activities.
    Activity,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Organisation, Self::Person, Self::Group, Self::Duty, Self::Placement, Self::Activity];
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// What the caller may see of a person.
    pub rights: Rights,
    /// The institutions that the caller may see, in order; all, if there is no list.
    pub institutions: Option<Vec<OrganisationNumber<'static>>>,
    /// What the caller understands.
    pub consumer: Consumer,
}

/// When an object was made and last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// `meta.created`
    pub created: DateTime<Utc>,
    /// `meta.modified`
    pub modified: DateTime<Utc>,
}

/// Where everything is in one state of a source.
#[derive(Debug)]
pub struct View {
    institutions: Institutions,
    /// Those that others are departments of.
    mains: BTreeSet<OrganisationNumber<'static>>,
    details: Vec<Details>,
    rows: [Vec<Row>; 6],
    /// Digests of what persons are known by, and where: identity numbers, identifiers, principal names. Ascending.
    keys: Vec<(u64, Uuid, u32)>,
    /// Persons whose homes are hidden, their own protection or a child's being the cause, each with an institution that says so.
    hidden_homes: BTreeSet<(Uuid, u32)>,
    /// Marked persons, each with an institution that marks them.
    marked: Marks,
    /// Those of them whom an institution marks that does not tell of them: contact persons without a responsibility.
    marked_untold: Marks,
    /// Those of them who come more than once, or are marked where they are not told of: not every place that tells of them knows.
    marked_twice: Marks,
    /// When everything in it came and changed; nothing, where nobody remembers.
    book: Option<Arc<Book>>,
}

/// What is known of an institution only when all its members are.
#[derive(Debug, Clone)]
struct Details {
    ground: Arc<Ground>,
    forms: Vec<SchoolType>,
    /// Who is in each group, in the order of the context's.
    headcounts: Vec<Headcount>,
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

/// What a person may be looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// `civicNo`, without hyphens and blanks.
    Civic,
    /// The value of an external identifier.
    Identifier,
    /// A principal name.
    Principal,
}

impl Key {
    fn digest(self, value: &str) -> u64 {
        domain::digest(std::iter::once(self as u8).chain(value.bytes()))
    }
}

/// An identity number as it is compared: people write hyphens and blanks, or do not.
pub fn bare(number: &str) -> String {
    number.chars().filter(|it| *it != '-' && !it.is_whitespace()).collect()
}

impl View {
    /// Finds the objects of all institutions. Those that are the same in the state `before` are not gone through again.
    pub fn new(institutions: Institutions, before: Option<&Self>, options: &Options) -> Self {
        let above = |it: &Arc<Snapshot>| it.roster().organisation.main().cloned();
        let mut view = Self {
            mains: institutions.iter().filter_map(above).collect(),
            details: Vec::with_capacity(institutions.len()),
            rows: Default::default(),
            keys: Vec::new(),
            hidden_homes: BTreeSet::new(),
            marked: BTreeSet::new(),
            marked_untold: BTreeSet::new(),
            marked_twice: BTreeSet::new(),
            book: None,
            institutions: institutions.clone(),
        };
        let mut known = before.map_or_else(BTreeMap::new, |before| view.take_over(before));
        for (institution, snapshot) in (0..).zip(institutions.iter()) {
            let details = known.remove(&institution).cloned();
            let details = details.unwrap_or_else(|| view.add(institution, snapshot, options));
            view.details.push(details);
        }
        view.in_order()
    }

    /// Takes over what is known of institutions that are the same as before: their details, by the places that they have now.
    fn take_over<'b>(&mut self, before: &'b Self) -> BTreeMap<u32, &'b Details> {
        let places: BTreeMap<*const Snapshot, u32> = self.institutions.iter().map(Arc::as_ptr).zip(0..).collect();
        let stayed: Vec<Option<u32>> =
            before.institutions.iter().map(|it| places.get(&Arc::as_ptr(it)).copied()).collect();
        let now = |institution: u32| stayed[institution as usize];
        for (rows, old) in self.rows.iter_mut().zip(&before.rows) {
            rows.extend(old.iter().filter_map(|it| Some(Row { institution: now(it.institution)?, ..*it })));
        }
        self.keys.extend(before.keys.iter().filter_map(|(digest, id, at)| Some((*digest, *id, now(*at)?))));
        let moved = |(id, at): &(Uuid, u32)| Some((*id, now(*at)?));
        self.hidden_homes.extend(before.hidden_homes.iter().filter_map(moved));
        self.marked.extend(before.marked.iter().filter_map(moved));
        self.marked_untold.extend(before.marked_untold.iter().filter_map(moved));
        stayed.iter().zip(&before.details).filter_map(|(at, details)| Some(((*at)?, details))).collect()
    }

    fn in_order(mut self) -> Self {
        // What was taken over is nearly in order, which this sort makes use of.
        self.rows.iter_mut().for_each(|it| it.sort());
        self.keys.sort();
        self.keys.dedup();
        let persons = &self.rows[Kind::Person as usize];
        let from = |id| persons.partition_point(|it| it.id < id);
        let is_twice = |id: Uuid| persons.get(from(id) + 1).is_some_and(|it| it.id == id);
        let marked = self.marked.iter().filter(|it| is_twice(it.0) || self.marked_untold.contains(it));
        self.marked_twice = marked.copied().collect();
        self
    }

    fn add(&mut self, institution: u32, snapshot: &Snapshot, options: &Options) -> Details {
        let ground = Arc::new(Ground::of(snapshot, options));
        let context = Context::over(snapshot.roster(), ground.clone(), options, Rights::ALL);
        let mut gathering = Gathering::new(&context);
        let mut taught = BTreeMap::new();
        let row = |id, at, part| Row { id, institution, at, part };
        self.row(Kind::Organisation, row(context.unit, 0, 0));
        if let Some(authority) = crosswalk::authority(&context) {
            self.row(Kind::Organisation, row(authority.id, 0, 1));
        }
        (0..).zip(context.groups()).for_each(|(at, known)| self.row(Kind::Group, row(known.id, at, 0)));
        for (at, member) in (0..).zip(&snapshot.roster().members) {
            let objects = crosswalk::member(member, &context, &mut Trail::silent());
            gathering.add(&objects);
            if let Some(teacher) = crosswalk::teacher(member, &context) {
                let groups = staff_groups(member).iter().filter_map(|it| context.group(it));
                taught.extend(groups.map(|(at, _)| (at, teacher.clone())));
            }
            if crosswalk::protects(member) {
                self.add_protection(member, &objects, &context, institution);
            }
            self.add_member(at, institution, objects);
        }
        for (at, teacher) in taught {
            if let Some(activity) = crosswalk::activity(at, vec![teacher], &context) {
                self.row(Kind::Activity, row(activity.id, u32::try_from(at).unwrap_or(u32::MAX), 0));
            }
        }
        let (forms, headcounts) = (gathering.forms(), gathering.headcounts());
        Details { ground, forms, headcounts }
    }

    /// Whom a member's protection is about: the person and the contact persons, also those who are not told of here but may be
    /// elsewhere.
    fn add_protection(&mut self, member: &Member<'_>, objects: &Objects<'_>, context: &Context<'_>, institution: u32) {
        let Objects { person, adults, .. } = objects;
        let all = || person.iter().chain(adults);
        let contacts = || crosswalk::known_contacts(member, context);
        if person.as_ref().is_some_and(model::Person::is_marked) {
            let ids = all().map(|it| it.id).chain(contacts().map(|it| it.0));
            self.hidden_homes.extend(ids.map(|id| (id, institution)));
        }
        self.marked.extend(all().filter(|it| it.is_marked()).map(|it| (it.id, institution)));
        for (id, _) in contacts().filter(|it| it.1.is_protected() && all().all(|told| told.id != it.0)) {
            self.marked.insert((id, institution));
            self.marked_untold.insert((id, institution));
        }
    }

    fn add_member(&mut self, at: u32, institution: u32, objects: Objects<'_>) {
        let row = |id, part| Row { id, institution, at, part };
        let Objects { person, adults, duties, placements, joined: _, taught: _ } = objects;
        let first = if person.is_some() { 0 } else { 1 };
        for (part, one) in (first..).zip(person.iter().chain(&adults)) {
            self.row(Kind::Person, row(one.id, part));
            self.add_keys(one, institution);
        }
        (0..).zip(&duties).for_each(|(part, it)| self.row(Kind::Duty, row(it.id, part)));
        (0..).zip(&placements).for_each(|(part, it)| self.row(Kind::Placement, row(it.id, part)));
    }

    fn add_keys(&mut self, person: &model::Person<'_>, institution: u32) {
        let civic = person.civic_no.iter().map(|it| Key::Civic.digest(&bare(&it.value)));
        let identifiers = person.external_identifiers.iter().map(|it| Key::Identifier.digest(&it.value));
        let principals = person.edu_person_principal_names.iter().map(|it| Key::Principal.digest(it));
        self.keys.extend(civic.chain(identifiers).chain(principals).map(|digest| (digest, person.id, institution)));
    }

    fn row(&mut self, kind: Kind, row: Row) {
        self.rows[kind as usize].push(row);
    }

    /// With when everything in it came and changed. Without it, that is when its institutions were told of.
    #[must_use]
    pub fn with_book(mut self, book: Arc<Book>) -> Self {
        self.book = Some(book);
        self
    }

    /// When everything in it came and changed, and what has gone.
    pub fn book(&self) -> Option<&Arc<Book>> {
        self.book.as_ref()
    }

    /// Whether the home of a person is to be hidden, whichever institution is asked.
    fn hides_home(&self, id: Uuid) -> bool {
        self.hidden_homes.range((id, 0)..=(id, u32::MAX)).next().is_some()
    }

    /// The state that this is the view of.
    pub fn institutions(&self) -> &Institutions {
        &self.institutions
    }

    /// Persons who may be known by this value, ascending; whoever asks must look whether they are.
    pub fn known_by(&self, key: Key, value: &str) -> Vec<Uuid> {
        let digest = key.digest(value);
        let from = self.keys.partition_point(|it| it.0 < digest);
        let mut known: Vec<Uuid> = self.keys[from..].iter().take_while(|it| it.0 == digest).map(|it| it.1).collect();
        known.dedup();
        known
    }

    /// Every id of a kind after `after`, ascending, those of several places once; whether or not a caller may see them.
    pub fn ids(&self, kind: Kind, after: Option<Uuid>) -> impl Iterator<Item = Uuid> + '_ {
        let rows = &self.rows[kind as usize];
        let start = after.map_or(0, |after| rows.partition_point(|it| it.id <= after));
        rows[start..].chunk_by(|a, b| a.id == b.id).filter_map(|it| it.first()).map(|it| it.id)
    }
}

/// The groups that a member of staff is in.
fn staff_groups<'m>(member: &'m Member<'_>) -> &'m [crate::domain::Text<'m>] {
    match &member.tie {
        Some(Tie::Staff(employment)) => &employment.groups,
        Some(Tie::Pupil(_) | Tie::External(_)) | None => &[],
    }
}
