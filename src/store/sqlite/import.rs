//! An import that is open: what is handed in is compared with what is shown, and what differs waits in the spool.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

use chrono::{DateTime, FixedOffset, NaiveDate};
use rusqlite::Connection;
use soap::xml::Writer;

use super::{
    Sqlite,
    kept::{Kept, KeptScope},
    load,
    person::Adopts,
    rows::{local_key, person_key, text, unreadable},
    same,
    spool::Spool,
    turns::Turn,
};
use crate::{
    clock,
    domain::{Group, GroupKind, ImportSource, Member, Tie, UserId},
    source::intake::{Heading, Intake, IntakeError, Mode, Outcome},
    store::{StoreError, record},
};

/// An import that is open.
pub(super) struct Import<'s> {
    pub(super) store: &'s Sqlite,
    _turn: Turn<'s>,
    pub(super) heading: Heading,
    /// The institution as it is shown, if it is known.
    pub(super) kept: Option<Arc<Kept>>,
    /// What the import may change: that of its source, or everything at the institution.
    pub(super) scopes: Vec<Scope>,
    pub(super) groups: BTreeMap<String, Staged>,
    /// Groups that somebody is in, and whether it is a pupil's main group.
    pub(super) entered: BTreeMap<String, bool>,
    /// People handed in, in the order of the document.
    pub(super) people: Vec<Handed>,
    /// Those of them who are new, by scope and key.
    pub(super) new: BTreeMap<(usize, Box<str>), usize>,
    pub(super) spool: Spool,
    writer: Writer,
}

/// What one source tells of the institution.
#[derive(Debug)]
pub(super) struct Scope {
    /// Its number in the table, once it has one.
    pub(super) id: Option<i64>,
    pub(super) source: String,
    pub(super) edition: i64,
    /// Its place among those that are shown.
    pub(super) kept: Option<usize>,
    /// For each person who is shown, who that is among those handed in.
    pub(super) seen: Vec<Option<u32>>,
    /// Those who were said to go.
    pub(super) leaving: BTreeSet<usize>,
    /// Behind the one who was found last.
    next: usize,
}

/// A group that waits in the spool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Staged {
    pub(super) at: u64,
    pub(super) length: usize,
    pub(super) kind: GroupKind,
    /// Its first day.
    pub(super) from: Option<NaiveDate>,
}

/// A person who was handed in.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) scope: usize,
    pub(super) who: Who,
    /// How many rows: one, and one for each contact person.
    pub(super) rows: usize,
    /// What waits in the spool, where anything differs from what is shown.
    pub(super) change: Option<Box<Change>>,
    /// Said to go after all.
    pub(super) dropped: bool,
}

/// Whether the person was there before.
#[derive(Debug)]
pub(super) enum Who {
    /// The place among the people of the scope.
    Kept(usize),
    /// The key, and the local id.
    New(Box<str>, Option<Box<str>>),
}

/// The records of a person and of the contact persons, one behind the other in the spool.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) at: u64,
    pub(super) lengths: Vec<usize>,
    /// The user ids to be adopted; empty where they are minted.
    pub(super) given: Vec<Option<Box<str>>>,
}

impl Scope {
    fn new(source: &str) -> Self {
        let source = source.to_owned();
        Self { id: None, source, edition: 0, kept: None, seen: Vec::new(), leaving: BTreeSet::new(), next: 0 }
    }

    fn kept((place, kept): (usize, &KeptScope)) -> Self {
        Self {
            id: Some(kept.id),
            source: kept.source.clone(),
            edition: kept.edition,
            kept: Some(place),
            seen: vec![None; kept.keys.len()],
            leaving: BTreeSet::new(),
            next: 0,
        }
    }
}

impl<'s> Import<'s> {
    /// Waits for the turn and opens.
    pub(super) fn begin(store: &'s Sqlite, heading: Heading) -> Result<Self, IntakeError> {
        let turn = store.turns.take(heading.institution.as_str());
        let connection = store.reader()?;
        if let Some(last) = outdated(&connection, &heading)? {
            return Err(IntakeError::Outdated { last });
        }
        let edition = load::edition(&connection, heading.institution.as_str())?;
        drop(connection);
        if edition > store.shown_edition() {
            store.catch_up(&mut store.writer())?;
        }
        let kept = store.kept(heading.institution.as_str());
        let only = match heading.mode {
            Mode::Replica | Mode::Mirror => None,
            Mode::Full | Mode::Delta | Mode::Delete => heading.sources.first().map(|it| it.source.as_ref()),
        };
        let all = kept.iter().flat_map(|it| it.scopes.iter().enumerate());
        let mut scopes: Vec<Scope> =
            all.filter(|(_, it)| only.is_none_or(|only| it.source == only)).map(Scope::kept).collect();
        if let Some(source) = only.filter(|_| scopes.is_empty()) {
            scopes.push(Scope::new(source));
        }
        Ok(Self {
            store,
            _turn: turn,
            kept,
            scopes,
            groups: BTreeMap::new(),
            entered: BTreeMap::new(),
            people: Vec::new(),
            new: BTreeMap::new(),
            spool: Spool::new(store.folder()),
            writer: record::writer(),
            heading,
        })
    }

    /// Since when somebody is there of whom this source tells for the first time: since the main group began, or the school year.
    pub(super) fn since(&self, source: &str, tie: Option<&Tie<'_>>) -> NaiveDate {
        let main = match tie {
            Some(Tie::Pupil(pupil)) => Some(&*pupil.enrolment.main_group),
            Some(Tie::Staff(_) | Tie::External(_)) | None => None,
        };
        let kept = |id: &str| self.kept.as_ref()?.snapshot.group(id)?.from;
        let from = main.and_then(|id| self.groups.get(id).map_or_else(|| kept(id), |it| it.from));
        from.unwrap_or_else(|| self.year_begun(source))
    }

    /// When the school year began that a source tells of.
    pub(super) fn year_begun(&self, source: &str) -> NaiveDate {
        let sources = &self.heading.sources;
        let told = sources.iter().find(|it| it.source == source).or(sources.first());
        told.map_or_else(
            || clock::now().date_naive(),
            |ImportSource { source: _, extracted_at, school_year }| school_year.begun_by(extracted_at.date_naive()),
        )
    }

    pub(super) fn is_replica(&self) -> bool {
        matches!(self.heading.mode, Mode::Replica | Mode::Mirror)
    }

    /// What becomes of the user ids that are handed in.
    pub(super) fn adopts(&self) -> Adopts {
        match self.heading.mode {
            Mode::Full | Mode::Delta | Mode::Delete => Adopts::Nothing,
            Mode::Replica => Adopts::Everything,
            Mode::Mirror => Adopts::Given,
        }
    }

    /// The scope of a source: the only one there is, except for a replica.
    pub(super) fn scope(&mut self, source: &str) -> usize {
        if !self.is_replica() && !self.scopes.is_empty() {
            return 0;
        }
        self.scopes.iter().position(|it| it.source == source).unwrap_or_else(|| {
            self.scopes.push(Scope::new(source));
            self.scopes.len() - 1
        })
    }

    /// The scope of groups, which name no source.
    pub(super) fn group_scope(&mut self) -> usize {
        let first = self.heading.sources.first().map(|it| it.source.clone()).unwrap_or_default();
        self.scope(&first)
    }

    /// What is shown of a scope.
    pub(super) fn shown(&self, scope: usize) -> Option<(&Kept, &KeptScope)> {
        let kept = self.kept.as_deref()?;
        Some((kept, &kept.scopes[self.scopes[scope].kept?]))
    }

    /// The place of a key among the people who are shown. Many documents are in an order near to ours, so that the next
    /// person is the next one.
    fn find(&mut self, scope: usize, key: &str) -> Option<usize> {
        let next = self.scopes[scope].next;
        let (_, shown) = self.shown(scope)?;
        let found = match shown.keys.get(next) {
            Some(it) if **it == *key => Some(next),
            _ => shown.find(key),
        };
        self.scopes[scope].next = found.map_or(next, |it| it + 1);
        found
    }

    /// Hands in a person who stays as shown, contact persons too. False if there is none.
    pub(super) fn same(&mut self, scope: usize, key: &str) -> bool {
        let Some(at) = self.find(scope, key) else { return false };
        let Some(kept) = self.kept.clone() else { return false };
        let Some(place) = self.scopes[scope].kept else { return false };
        let member = kept.member(&kept.scopes[place], at);
        self.enter(member);
        let rows = 1 + member.contacts().len();
        self.hand(Handed { scope, who: Who::Kept(at), rows, change: None, dropped: false });
        true
    }

    /// Of two with one key the later counts.
    fn hand(&mut self, handed: Handed) {
        let next = self.people.len();
        let before = match &handed.who {
            Who::Kept(at) => {
                let scope = &mut self.scopes[handed.scope];
                scope.leaving.remove(at);
                let before = scope.seen[*at].map(|it| it as usize);
                scope.seen[*at] = before.or(Some(next)).and_then(|it| u32::try_from(it).ok());
                before
            }
            Who::New(key, _) => match self.new.entry((handed.scope, key.clone())) {
                Entry::Occupied(place) => Some(*place.get()),
                Entry::Vacant(place) => {
                    place.insert(next);
                    None
                }
            },
        };
        match before {
            Some(place) => self.people[place] = handed,
            None => self.people.push(handed),
        }
    }

    fn take(&mut self, member: &Member<'_>) -> Result<(), StoreError> {
        self.enter(member);
        let scope = self.scope(&member.source);
        let key = self.key(member, scope);
        let at = self.find(scope, &key);
        let rows = 1 + member.contacts().len();
        let shown = at.and_then(|at| self.shown(scope).map(|(kept, shown)| kept.member(shown, at)));
        let change = match shown {
            Some(shown) if same::member(member, shown, self.adopts()) => None,
            Some(_) | None => Some(Box::new(self.stage(member, scope)?)),
        };
        let who = match at {
            Some(at) => Who::Kept(at),
            None => Who::New(key.into(), member.local_id.as_deref().map(Into::into)),
        };
        self.hand(Handed { scope, who, rows, change, dropped: false });
        Ok(())
    }

    fn enter(&mut self, member: &Member<'_>) {
        for (group, main) in member.groups() {
            match self.entered.get_mut(group.as_ref()) {
                Some(known) => *known |= main,
                None => drop(self.entered.insert(group.clone().into_owned(), main)),
            }
        }
    }

    fn key<'m>(&mut self, member: &'m Member<'_>, scope: usize) -> Cow<'m, str> {
        let adopted = member.person.as_ref().and_then(|it| it.user_id.as_ref()).filter(|_| self.is_replica());
        let (writer, store, source) = (&mut self.writer, self.store, &self.scopes[scope].source);
        person_key(member, adopted, || {
            writer.clear();
            record::write_member(member, source, writer);
            data_encoding::HEXLOWER.encode(&store.keyed.digest(&["record", writer.written()]))
        })
    }

    /// Puts the records of a person into the spool.
    fn stage(&mut self, member: &Member<'_>, scope: usize) -> Result<Change, StoreError> {
        self.writer.clear();
        record::write_member(member, &self.scopes[scope].source, &mut self.writer);
        let mut lengths = vec![self.writer.len()];
        for contact in member.contacts() {
            let before = self.writer.len();
            record::write_contact(contact, &mut self.writer);
            lengths.push(self.writer.len() - before);
        }
        let given = if self.is_replica() {
            let user = |it: Option<&UserId<'_>>| it.map(|it| it.as_str().into());
            let own = member.person.as_ref().and_then(|it| it.user_id.as_ref());
            let others = member.contacts().iter().map(|it| user(it.person.user_id.as_ref()));
            std::iter::once(user(own)).chain(others).collect()
        } else {
            Vec::new()
        };
        let at = self.spool.end();
        self.spool.push(self.writer.written())?;
        Ok(Change { at, lengths, given })
    }
}

/// When the data of one of the sources left it the last time, if what is handed in now is not newer.
fn outdated(connection: &Connection, heading: &Heading) -> Result<Option<DateTime<FixedOffset>>, StoreError> {
    for source in &heading.sources {
        // At the turn of the year a source may stand there twice.
        let same = heading.sources.iter().filter(|it| it.source == source.source);
        let newest = same.map(|it| it.extracted_at).max();
        let last = load::last_import(connection, heading.institution.as_str(), &source.source)?;
        let outdated = match heading.mode {
            Mode::Replica | Mode::Mirror => last > newest,
            Mode::Full | Mode::Delta | Mode::Delete => last >= newest,
        };
        if outdated {
            return Ok(last);
        }
    }
    Ok(None)
}

impl Intake for Import<'_> {
    fn group_kind(&mut self, id: &str) -> Result<Option<GroupKind>, IntakeError> {
        if let Some(staged) = self.groups.get(id) {
            return Ok(Some(staged.kind));
        }
        let own = match self.heading.mode {
            Mode::Replica | Mode::Mirror => return Ok(None),
            Mode::Full => self.heading.sources.first().map(|it| it.source.as_ref()),
            Mode::Delta | Mode::Delete => None,
        };
        let connection = self.store.reader()?;
        Ok(kept_group(&connection, self.heading.institution.as_str(), id, own)?)
    }

    fn group(&mut self, group: &Group<'_>) -> Result<(), IntakeError> {
        self.writer.clear();
        record::write_group(group, &mut self.writer);
        let staged = Staged { at: self.spool.end(), length: self.writer.len(), kind: group.kind, from: group.from };
        self.spool.push(self.writer.written()).map_err(StoreError::from)?;
        self.groups.insert(group.id.clone().into_owned(), staged);
        Ok(())
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), IntakeError> {
        Ok(self.take(member)?)
    }

    fn remove(&mut self, local_id: &str) -> Result<bool, IntakeError> {
        let scope = self.group_scope();
        let key = local_key(local_id);
        let at = self.find(scope, &key);
        let place = match at {
            Some(at) => self.scopes[scope].seen[at].take().map(|it| it as usize),
            None => self.new.remove(&(scope, key.into())),
        };
        let dropped = place.is_some_and(|place| !std::mem::replace(&mut self.people[place].dropped, true));
        let leaves = at.is_some_and(|at| self.scopes[scope].leaving.insert(at));
        Ok(leaves || dropped)
    }

    fn commit(self: Box<Self>) -> Result<Outcome, IntakeError> {
        Ok((*self).finish()?)
    }
}

/// The kind of a group that any source but one tells of.
fn kept_group(
    connection: &Connection,
    institution: &str,
    id: &str,
    but: Option<&str>,
) -> Result<Option<GroupKind>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT e.record, e.sequence FROM institution i JOIN scope s ON s.institution = i.id
         JOIN entity e ON e.scope = s.id AND e.kind = 1 AND e.key = ?2
         WHERE i.number = ?1 AND e.deleted IS NULL AND s.source IS NOT ?3 ORDER BY e.rank, s.id",
    )?;
    let mut rows = select.query((institution, id, but))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let group = record::group(text(row, 0)?).map_err(|_| unreadable(row.get(1).unwrap_or(0)))?;
    Ok(Some(group.kind))
}
