//! SS12000 2.1, when objects came, changed and went: for every object one entry at every institution that tells of it.
//!
//! What a caller is told follows from the institutions that the caller may see: an object was created when the first of them told
//! of it, was modified when any of them told something else or no longer told of it, and is deleted when none does any more.

use std::cmp::Ordering;

use uuid::Uuid;

use super::{
    finger::Finger,
    view::{Caller, Kind, Times},
};
use crate::{
    domain::OrganisationNumber,
    source::ledger::{Change, Digest, Entry, Kept, Moment, time},
};

/// What sorts of objects are told apart: kinds, and persons by why they are told of, since not everybody may see the adults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// Organisation elements.
    Organisation = 0,
    /// Persons who are tied to an institution themselves.
    Member = 1,
    /// Persons who are responsible for somebody.
    Adult = 2,
    /// Groups.
    Group = 3,
    /// Duties.
    Duty = 4,
    /// Placements.
    Placement = 5,
    /// Activities.
    Activity = 6,
}

impl Class {
    /// The first and the last class of a kind.
    const fn of(kind: Kind) -> (u8, u8) {
        match kind {
            Kind::Organisation => (Self::Organisation as u8, Self::Organisation as u8),
            Kind::Person => (Self::Member as u8, Self::Adult as u8),
            Kind::Group => (Self::Group as u8, Self::Group as u8),
            Kind::Duty => (Self::Duty as u8, Self::Duty as u8),
            Kind::Placement => (Self::Placement as u8, Self::Placement as u8),
            Kind::Activity => (Self::Activity as u8, Self::Activity as u8),
        }
    }
}

/// The kind of a class.
const fn kind(class: u8) -> Option<Kind> {
    match class {
        0 => Some(Kind::Organisation),
        1 | 2 => Some(Kind::Person),
        3 => Some(Kind::Group),
        4 => Some(Kind::Duty),
        5 => Some(Kind::Placement),
        6 => Some(Kind::Activity),
        _ => None,
    }
}

/// An object as one institution tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// What sort of object.
    pub class: Class,
    /// Which.
    pub id: Uuid,
    /// What is told of it.
    pub digest: Digest,
}

/// What an institution tells: its objects, each once, in the order of classes and ids. Nothing, where there is no such institution.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'t> {
    /// Which institution.
    pub institution: &'t OrganisationNumber<'static>,
    /// Its objects.
    pub objects: &'t [Object],
}

/// An object that has gone, for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deletion {
    /// When.
    pub at: Moment,
    /// What sort of object.
    pub kind: Kind,
    /// Which.
    pub id: Uuid,
}

impl Deletion {
    /// Its place in the order, for page tokens.
    #[must_use]
    pub fn key(&self) -> (Moment, u8, Uuid) {
        (self.at, Class::of(self.kind).0, self.id)
    }

    /// The deletion at a place, if it can be one.
    #[must_use]
    pub fn at_key((at, class, id): (Moment, u8, Uuid)) -> Option<Self> {
        Some(Self { at, kind: kind(class)?, id })
    }
}

/// The ledger in one state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    moment: Moment,
    forgotten: Moment,
    places: Vec<OrganisationNumber<'static>>,
    /// In the order of kinds, ids, classes and places.
    entries: Vec<Entry>,
}

/// Which entries a caller may see.
#[derive(Debug, Clone)]
pub struct Sight {
    places: Vec<bool>,
    adults: bool,
    /// Where an entry was found last.
    finger: Finger,
}

impl Sight {
    fn sees(&self, entry: &Entry) -> bool {
        let adult = entry.class == Class::Adult as u8;
        (self.adults || !adult) && self.places.get(entry.place as usize).is_some_and(|it| *it)
    }
}

fn order(entry: &Entry) -> (Option<Kind>, Uuid, u8, u32) {
    (kind(entry.class), entry.id, entry.class, entry.place)
}

fn order_of_change(change: &Change) -> (Option<Kind>, Uuid, u8, u32) {
    (kind(change.class), change.id, change.class, change.place)
}

impl Book {
    /// The ledger as it is kept. What a newer program has added is left alone.
    #[must_use]
    pub fn new(kept: Kept) -> Self {
        let Kept { moment, basis: _, forgotten, places, mut entries } = kept;
        entries.retain(|it| kind(it.class).is_some());
        entries.sort_unstable_by_key(order);
        let mut book = Self { moment, forgotten: 0, places, entries };
        book.forget(forgotten);
        book
    }

    /// The latest moment that it tells of.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// Deletions until this moment are not known any more; 0 if all are.
    #[must_use]
    pub fn forgotten(&self) -> Moment {
        self.forgotten
    }

    /// The institutions that it tells of, by their places.
    #[must_use]
    pub fn places(&self) -> &[OrganisationNumber<'static>] {
        &self.places
    }

    /// Makes room for institutions that it has not heard of.
    pub fn know<'n>(&mut self, institutions: impl IntoIterator<Item = &'n OrganisationNumber<'static>>) {
        for institution in institutions {
            if !self.places.contains(institution) {
                self.places.push(institution.clone());
            }
        }
    }

    /// What has become of the objects of some institutions, in order. Institutions that are not told of stay as they are.
    #[must_use]
    pub fn compare(&self, told: &[Telling<'_>]) -> Vec<Change> {
        let mut before: Vec<Vec<&Entry>> = vec![Vec::new(); self.places.len()];
        let mut is_told = vec![false; self.places.len()];
        let places: Vec<Option<usize>> =
            told.iter().map(|it| self.places.iter().position(|place| place == it.institution)).collect();
        places.iter().flatten().for_each(|it| is_told[*it] = true);
        for entry in self.entries.iter().filter(|it| is_told.get(it.place as usize).is_some_and(|it| *it)) {
            before[entry.place as usize].push(entry);
        }
        let mut changes = Vec::new();
        for (telling, place) in told.iter().zip(places) {
            let Some(place) = place else { continue };
            // The order of the book has both classes of a person together.
            before[place].sort_unstable_by_key(|it| (it.class, it.id));
            let at = u32::try_from(place).unwrap_or(u32::MAX);
            compare_one(at, &before[place], telling.objects, &mut changes);
        }
        changes.sort_unstable_by_key(order_of_change);
        changes
    }

    /// The next state: the changes at a moment, and what was deleted until `forgotten` no longer.
    #[must_use]
    pub fn advance(&self, changes: &[Change], moment: Moment, forgotten: Moment) -> Self {
        let mut entries = Vec::with_capacity(self.entries.len() + changes.len());
        let mut old = self.entries.iter().peekable();
        for change in changes {
            while let Some(entry) = old.next_if(|it| order(it) < order_of_change(change)) {
                entries.push(*entry);
            }
            let entry = old.next_if(|it| order(it) == order_of_change(change));
            entries.extend(after(entry, change, moment));
        }
        entries.extend(old);
        let mut next = Self { moment, forgotten: self.forgotten, places: self.places.clone(), entries };
        next.forget(forgotten);
        next
    }

    fn forget(&mut self, until: Moment) {
        if until > self.forgotten {
            self.forgotten = until;
            self.entries.retain(|it| it.deleted.is_none_or(|it| it > until));
        }
    }

    /// What a caller may see of it.
    #[must_use]
    pub fn sight(&self, caller: &Caller) -> Sight {
        let sees = |it: &OrganisationNumber<'static>| {
            caller.institutions.as_ref().is_none_or(|all| all.binary_search(it).is_ok())
        };
        Sight {
            places: self.places.iter().map(sees).collect(),
            adults: caller.rights.responsibles,
            finger: Finger::default(),
        }
    }

    /// When an object came and changed; nothing for one that the caller cannot see, and for one that has gone.
    #[must_use]
    pub fn times(&self, kind: Kind, id: Uuid, sight: &Sight) -> Option<Times> {
        let from = sight.finger.find(&self.entries, |it| (self::kind(it.class), it.id).cmp(&(Some(kind), id)));
        let (first, last) = Class::of(kind);
        let of = |it: &&Entry| it.id == id && (first..=last).contains(&it.class);
        merged(self.entries[from..].iter().take_while(of), sight)
    }

    /// Every object of a kind that the caller may see, in the order of ids, with its times.
    pub fn living<'b>(&'b self, kind: Kind, sight: &'b Sight) -> impl Iterator<Item = (Uuid, Times)> + 'b {
        let from = self.entries.partition_point(|it| self::kind(it.class) < Some(kind));
        let to = self.entries.partition_point(|it| self::kind(it.class) <= Some(kind));
        let objects = self.entries[from..to].chunk_by(|a, b| a.id == b.id);
        objects.filter_map(|all| Some((all.first()?.id, merged(all.iter(), sight)?)))
    }

    /// What has gone for a caller after a moment (exclusive), of these kinds, in the order in which it went.
    #[must_use]
    pub fn deletions(&self, kinds: &[Kind], after: Option<Moment>, sight: &Sight) -> Vec<Deletion> {
        let mut gone: Vec<Deletion> = self.gone(sight).filter(|it| kinds.contains(&it.kind)).collect();
        gone.retain(|it| after.is_none_or(|after| it.at > after));
        gone.sort_unstable();
        gone
    }

    fn gone<'b>(&'b self, sight: &'b Sight) -> impl Iterator<Item = Deletion> + 'b {
        let objects = self.entries.chunk_by(|a, b| a.id == b.id && kind(a.class) == kind(b.class));
        objects.filter_map(|all| {
            let seen = || all.iter().filter(|it| sight.sees(it));
            let at = seen().filter_map(|it| it.deleted).max()?;
            let (first, gone) = (all.first()?, seen().all(|it| it.deleted.is_some()));
            gone.then_some(Deletion { at, kind: kind(first.class)?, id: first.id })
        })
    }

    /// The kinds of which a caller sees anything new or different since a moment (exclusive), and those of which anything has gone.
    #[must_use]
    pub fn news(&self, since: Moment, sight: &Sight) -> News {
        let mut news = News::default();
        if since >= self.moment {
            return news;
        }
        for all in self.entries.chunk_by(|a, b| a.id == b.id && kind(a.class) == kind(b.class)) {
            let Some(kind) = all.first().and_then(|it| kind(it.class)) else { continue };
            let seen = || all.iter().filter(|it| sight.sees(it));
            let is_new = |it: &Entry| it.modified > since || it.deleted.is_some_and(|it| it > since);
            if !seen().any(is_new) {
                continue;
            }
            let lives = seen().any(|it| it.deleted.is_none());
            let kinds = if lives { &mut news.modified } else { &mut news.deleted };
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        news.modified.sort_unstable();
        news.deleted.sort_unstable();
        news
    }
}

/// What has happened for a caller, by kind, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct News {
    /// New or different.
    pub modified: Vec<Kind>,
    /// Gone.
    pub deleted: Vec<Kind>,
}

fn merged<'e>(entries: impl Iterator<Item = &'e Entry>, sight: &Sight) -> Option<Times> {
    let mut lives = false;
    let mut times: Option<(Moment, Moment)> = None;
    for entry in entries.filter(|it| sight.sees(it)) {
        lives |= entry.deleted.is_none();
        let (created, modified) = (entry.created, entry.deleted.unwrap_or(entry.modified).max(entry.modified));
        times = Some(times.map_or((created, modified), |it| (it.0.min(created), it.1.max(modified))));
    }
    let (created, modified) = times.filter(|_| lives)?;
    Some(Times { created: time(created), modified: time(modified) })
}

/// The entry of an object after a change.
fn after(entry: Option<&Entry>, change: &Change, moment: Moment) -> Option<Entry> {
    let Change { place, class, id, digest } = *change;
    match (entry, digest) {
        (None, None) => None,
        (None, Some(digest)) => {
            Some(Entry { place, class, id, digest, created: moment, modified: moment, deleted: None })
        }
        (Some(entry), None) => Some(Entry { deleted: Some(moment), ..*entry }),
        (Some(entry), Some(digest)) => Some(Entry { digest, modified: moment, deleted: None, ..*entry }),
    }
}

/// Both in the order of classes and ids.
fn compare_one(place: u32, before: &[&Entry], objects: &[Object], changes: &mut Vec<Change>) {
    let change = |class, id, digest| Change { place, class, id, digest };
    let (mut old, mut new) = (before.iter().peekable(), objects.iter().peekable());
    loop {
        let key = |it: &Object| (it.class as u8, it.id);
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => (old.class, old.id).cmp(&key(new)),
        };
        let entry = if order.is_le() { old.next() } else { None };
        let object = if order.is_ge() { new.next() } else { None };
        match (entry, object) {
            (Some(entry), None) if entry.deleted.is_none() => changes.push(change(entry.class, entry.id, None)),
            (Some(entry), Some(object)) if entry.deleted.is_none() && entry.digest == object.digest => {}
            (_, Some(object)) => changes.push(change(object.class as u8, object.id, Some(object.digest))),
            (_, None) => {}
        }
    }
}

#[cfg(test)]
mod tests;
