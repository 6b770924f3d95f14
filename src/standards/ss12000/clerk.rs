//! SS12000 2.1, who enters in the ledger what institutions tell: of those that have changed every object is made and digested as
//! the institution alone tells of it, for a caller with all rights.
//!
//! Three things of an object come from elsewhere all the same, and count as told by each institution that shows it: whether
//! other institutions are its departments, who is protected at another one, and whose home is hidden for a protected child's sake.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::TimeDelta;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    codes::Headcount,
    context::{Context, Ground, Marks, Options, Rights, is_marked},
    crosswalk::{self, Gathering, GroupKey, Joining, Objects},
    ledger::{Book, Class, Object, Telling},
    model,
};
use crate::{
    crosswalk::Trail,
    domain::{OrganisationNumber, Snapshot},
    source::{
        Institutions,
        ledger::{Batch, Digest, Keeping, Ledger, LedgerError},
    },
};

/// The name that the ledger is kept under.
pub const STANDARD: &str = "ss12000";

/// How often a batch is compared anew because somebody else was faster.
const TRIES: usize = 5;

/// What has been entered, and what was told.
#[derive(Debug, Default)]
pub struct Clerk {
    book: Option<Arc<Book>>,
    told: BTreeMap<OrganisationNumber<'static>, Told>,
    /// What all of it made known of persons.
    everybodys: Everybodys,
    /// Who tells something else than what has been entered, as far as is known.
    changed: BTreeSet<OrganisationNumber<'static>>,
}

/// What an institution told last.
#[derive(Debug)]
struct Told {
    snapshot: Arc<Snapshot>,
    has_departments: bool,
    own: Own,
    objects: Vec<Object>,
}

impl Told {
    /// Whether any of its objects is one of these persons.
    fn shows(&self, persons: &BTreeSet<Uuid>) -> bool {
        let is_here =
            |class, id: &Uuid| self.objects.binary_search_by(|it| (it.class, it.id).cmp(&(class, *id))).is_ok();
        persons.iter().any(|it| is_here(Class::Member, it) || is_here(Class::Adult, it))
    }
}

/// What an institution makes known of persons to all others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Own {
    marked: BTreeSet<Uuid>,
    hidden: BTreeSet<Uuid>,
}

/// Why nothing can be entered.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The ledger fails.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another process has entered a newer state than the one that we see.
    #[error("another process sees a newer state")]
    Stale,
    /// An object cannot be written.
    #[error("an object cannot be written")]
    Object(#[from] serde_json::Error),
}

impl Clerk {
    /// What has been entered up to now.
    #[must_use]
    pub fn book(&self) -> Option<&Arc<Book>> {
        self.book.as_ref()
    }

    /// Enters what has changed. `basis` is what the ledger said before the institutions were asked for; `memory` is how long
    /// deletions are remembered.
    ///
    /// # Errors
    /// Nothing is entered, and what was known before stands.
    pub fn enter(
        &mut self,
        institutions: &Institutions,
        basis: u64,
        options: &Options,
        ledger: &dyn Ledger,
        memory: TimeDelta,
    ) -> Result<Arc<Book>, Trouble> {
        self.listen(institutions, options)?;
        let mut all = self.book.is_none();
        let mut book = match &self.book {
            Some(book) => book.clone(),
            None => Arc::new(Book::new(ledger.load(STANDARD)?)),
        };
        for _ in 0..TRIES {
            if !all && self.changed.is_empty() {
                return Ok(book);
            }
            let mut next = Book::clone(&book);
            next.know(self.told.keys());
            let changes = next.compare(&self.tellings(&next, all));
            if changes.is_empty() {
                return Ok(self.entered(book));
            }
            let batch = Batch { since: next.moment(), basis, places: next.places(), changes: &changes, memory };
            match ledger.keep(STANDARD, &batch)? {
                Keeping::Kept { moment, forgotten } => {
                    return Ok(self.entered(Arc::new(next.advance(&changes, moment, forgotten))));
                }
                Keeping::Overtaken => {
                    let kept = ledger.load(STANDARD)?;
                    if kept.basis > basis {
                        return Err(Trouble::Stale);
                    }
                    (book, all) = (Arc::new(Book::new(kept)), true);
                }
            }
        }
        Err(Trouble::Stale)
    }

    fn entered(&mut self, book: Arc<Book>) -> Arc<Book> {
        self.changed.clear();
        self.book.insert(book).clone()
    }

    /// Takes in what the institutions tell now, and notes whose telling has changed.
    fn listen(&mut self, institutions: &Institutions, options: &Options) -> Result<(), Trouble> {
        let number = |it: &Arc<Snapshot>| it.roster().organisation.number.clone();
        let present: BTreeSet<OrganisationNumber<'static>> = institutions.iter().map(number).collect();
        let above = |it: &Arc<Snapshot>| it.roster().organisation.main().cloned();
        let mains: BTreeSet<OrganisationNumber<'static>> = institutions.iter().filter_map(above).collect();
        self.changed.extend(self.told.keys().filter(|it| !present.contains(*it)).cloned());
        let known = |it: &Arc<Snapshot>| self.told.get(&number(it)).filter(|told| Arc::ptr_eq(&told.snapshot, it));
        let owns: Vec<Own> =
            institutions.iter().map(|it| known(it).map_or_else(|| own(it, options), |it| it.own.clone())).collect();
        self.told.retain(|it, _| present.contains(it));
        let all = Everybodys::new(&owns);
        let moved = all.difference(&self.everybodys);
        for (snapshot, own) in institutions.iter().zip(&owns) {
            let number = number(snapshot);
            let has_departments = mains.contains(&number);
            let told = self.told.get(&number);
            let same = told.filter(|it| Arc::ptr_eq(&it.snapshot, snapshot) && it.has_departments == has_departments);
            if same.is_some_and(|it| !it.shows(&moved)) {
                continue;
            }
            let objects = objects(snapshot, has_departments, &all, options)?;
            if told.is_none_or(|it| it.objects != objects) {
                self.changed.insert(number.clone());
            }
            self.told.insert(number, Told { snapshot: snapshot.clone(), has_departments, own: own.clone(), objects });
        }
        self.everybodys = all;
        Ok(())
    }

    /// What is to be compared: what has changed, or everything, with the institutions that are known from the ledger only.
    fn tellings<'c>(&'c self, book: &'c Book, all: bool) -> Vec<Telling<'c>> {
        let telling = |institution| {
            let objects = self.told.get(institution).map_or(&[][..], |it| it.objects.as_slice());
            Telling { institution, objects }
        };
        book.places().iter().filter(|it| all || self.changed.contains(*it)).map(telling).collect()
    }
}

/// What all institutions make known of persons. Of one pupil somebody may be a protected contact person and of another an open one,
/// so what an institution makes known itself counts there too.
#[derive(Debug, Default)]
struct Everybodys {
    /// Who is marked anywhere; the number says nothing.
    marked: Marks,
    hidden: BTreeSet<Uuid>,
}

impl Everybodys {
    fn new(owns: &[Own]) -> Self {
        let mut all = Self::default();
        for Own { marked, hidden } in owns {
            all.hidden.extend(hidden);
            all.marked.extend(marked.iter().map(|it| (*it, 0)));
        }
        all
    }

    /// Of whom something else is known.
    fn difference(&self, before: &Self) -> BTreeSet<Uuid> {
        let marked = self.marked.symmetric_difference(&before.marked).map(|it| &it.0);
        marked.chain(self.hidden.symmetric_difference(&before.hidden)).copied().collect()
    }

    /// Who of some persons is marked anywhere.
    fn marks(&self, persons: impl Iterator<Item = Uuid>) -> Vec<bool> {
        persons.map(|it| is_marked(&self.marked, it)).collect()
    }
}

/// Whom an institution protects.
fn own(snapshot: &Snapshot, options: &Options) -> Own {
    let roster = snapshot.roster();
    let context = Context::over(roster, Arc::new(Ground::of(snapshot, options)), options, Rights::ALL);
    let mut own = Own::default();
    for member in roster.members.iter().filter(|it| crosswalk::protects(it)) {
        let Objects { person, adults, duties: _, placements: _, joined: _, taught: _ } =
            crosswalk::member(member, &context, &mut Trail::silent());
        let all = || person.iter().chain(&adults);
        let contacts = || crosswalk::known_contacts(member, &context);
        if person.as_ref().is_some_and(model::Person::is_marked) {
            own.hidden.extend(all().map(|it| it.id).chain(contacts().map(|it| it.0)));
        }
        own.marked.extend(all().filter(|it| it.is_marked()).map(|it| it.id));
        own.marked.extend(contacts().filter(|it| it.1.is_protected()).map(|it| it.0));
    }
    own
}

/// Every object of an institution, each once, in order.
fn objects(
    snapshot: &Snapshot,
    has_departments: bool,
    all: &Everybodys,
    options: &Options,
) -> serde_json::Result<Vec<Object>> {
    let roster = snapshot.roster();
    let ground = Arc::new(Ground::of(snapshot, options));
    let context = Context::over(roster, ground, options, Rights::ALL).with_marked(&all.marked);
    let mut found = Found::default();
    let mut gathering = Gathering::new(&context);
    let mut groups = vec![(Headcount::default(), Vec::new()); context.groups().count()];
    for member in &roster.members {
        let made = crosswalk::member(member, &context, &mut Trail::silent());
        gathering.add(&made);
        let Objects { person, adults, duties, placements, joined, taught: _ } = made;
        if let Some(one) = person {
            found.person(Class::Member, one, all)?;
        }
        for one in adults {
            found.person(Class::Adult, one, all)?;
        }
        for one in duties {
            let marks = all.marks(std::iter::once(one.person.id));
            found.add(Class::Duty, one.id, &(model::Duty { meta: no_meta(), ..one }, marks))?;
        }
        for one in placements {
            let marks = all.marks(std::iter::once(one.child.id));
            found.add(Class::Placement, one.id, &(model::Placement { meta: no_meta(), ..one }, marks))?;
        }
        for Joining { group, person, who } in joined {
            if let GroupKey::Listed(at) = group {
                groups[at].0 = groups[at].0.and(who);
                groups[at].1.push(model::GroupMembership { person, start_date: None, end_date: None });
            }
        }
    }
    for (at, (known, (who, memberships))) in context.groups().zip(groups).enumerate() {
        let group = crosswalk::group(known.group, who, memberships, &context, &mut Trail::silent());
        if let Some(one) = group {
            let marks = all.marks(one.group_memberships.iter().map(|it| it.person.id));
            found.add(Class::Group, one.id, &(model::Group { meta: no_meta(), ..one }, marks))?;
        }
        let members = snapshot.members_of(&known.group.id);
        let teachers: Vec<_> = members.filter_map(|it| crosswalk::teacher(it.member, &context)).collect();
        if let Some(one) = crosswalk::activity(at, teachers, &context).filter(|it| !it.teachers.is_empty()) {
            found.add(Class::Activity, one.id, &model::Activity { meta: no_meta(), ..one })?;
        }
    }
    let forms = gathering.forms();
    let unit = crosswalk::organisation(&context, has_departments, &forms, &mut Trail::silent());
    for one in std::iter::once(unit).chain(crosswalk::authority(&context)) {
        found.add(Class::Organisation, one.id, &model::Organisation { meta: no_meta(), ..one })?;
    }
    Ok(found.objects())
}

fn no_meta() -> model::Meta<'static> {
    model::Meta { created: "".into(), modified: "".into() }
}

/// Objects that have been digested, in the order in which they were told.
#[derive(Default)]
struct Found {
    objects: Vec<Object>,
    json: Vec<u8>,
}

impl Found {
    fn person(&mut self, class: Class, one: model::Person<'_>, all: &Everybodys) -> serde_json::Result<()> {
        let id = one.id;
        let is_hidden = all.hidden.contains(&id);
        // The person itself, and those who are referred to.
        let responsibles = one.responsibles.iter().flatten().map(|it| it.person.id);
        let marks = all.marks(std::iter::once(id).chain(responsibles));
        self.add(class, id, &(model::Person { meta: no_meta(), ..one }, is_hidden, marks))
    }

    fn add(&mut self, class: Class, id: Uuid, object: &impl Serialize) -> serde_json::Result<()> {
        self.json.clear();
        serde_json::to_writer(&mut self.json, object)?;
        self.objects.push(Object { class, id, digest: digest(&[&self.json]) });
        Ok(())
    }

    /// Those that are told of more than once are what all of it makes them, in its order.
    fn objects(mut self) -> Vec<Object> {
        self.objects.sort_by_key(|it| (it.class, it.id));
        let alike = self.objects.chunk_by(|a, b| (a.class, a.id) == (b.class, b.id));
        let together = alike.filter_map(|all| match all {
            [] => None,
            [one] => Some(*one),
            [first, ..] => {
                let digests: Vec<&[u8]> = all.iter().map(|it| it.digest.as_slice()).collect();
                Some(Object { digest: digest(&digests), ..*first })
            }
        });
        together.collect()
    }
}

fn digest(parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    parts.iter().for_each(|it| hash.update(it));
    let whole = hash.finalize();
    let mut half = Digest::default();
    half.copy_from_slice(&whole[..16]);
    half
}
