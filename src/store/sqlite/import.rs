//! An import that is open: what is handed in is compared with what is kept, and what differs waits in the spool.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use soap::xml::Writer;

use super::{
    Sqlite,
    identity::{Digest, digest},
    load,
    rows::{Scope, local_key, person_key, text, unreadable},
    spool::Spool,
    turns::Turn,
};
use crate::{
    domain::{ContactPerson, Group, GroupKind, Member, Tie, UserId},
    source::intake::{Heading, Intake, IntakeError, Mode, Outcome},
    store::{Kind, StoreError, record},
};

/// An import that is open.
pub(super) struct Import<'s> {
    pub(super) store: &'s Sqlite,
    _turn: Turn<'s>,
    pub(super) heading: Heading,
    /// What the import may change: that of its source, or everything at the institution.
    pub(super) scopes: Vec<Scope>,
    pub(super) groups: BTreeMap<String, Staged>,
    /// Groups that somebody is in, and whether it is a pupil's main group.
    pub(super) entered: BTreeMap<String, bool>,
    /// People handed in, in the order of the document.
    pub(super) people: Vec<Handed>,
    /// Where each is: by scope and key.
    pub(super) places: BTreeMap<(usize, Box<str>), usize>,
    /// Rows of people who were said to go, by scope.
    pub(super) leaving: BTreeSet<(usize, usize)>,
    pub(super) spool: Spool,
    writer: Writer,
}

/// A record that waits in the spool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Staged {
    pub(super) digest: Digest,
    pub(super) at: u64,
    pub(super) length: usize,
    /// For a group: what it is for.
    pub(super) group: Option<GroupKind>,
}

/// A person who was handed in.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) scope: usize,
    pub(super) key: Box<str>,
    pub(super) local_id: Option<Box<str>>,
    /// The row, where there was one, gone or not.
    pub(super) row: Option<usize>,
    /// How many rows: one, and one for each contact person.
    pub(super) rows: usize,
    /// What differs from what is kept.
    pub(super) change: Option<Box<Change>>,
    /// Said to go after all.
    pub(super) dropped: bool,
}

/// A person of whom something differs: the person or a contact person.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) person: Staged,
    /// Whether anything is known of who it is.
    pub(super) known: bool,
    /// What the number says of who it is.
    pub(super) civil: Option<Digest>,
    /// The user id to be adopted.
    pub(super) given: Option<Box<str>>,
    pub(super) contacts: Vec<ContactChange>,
}

/// A contact person of a person of whom something differs.
#[derive(Debug)]
pub(super) struct ContactChange {
    pub(super) staged: Staged,
    pub(super) civil: Option<Digest>,
    pub(super) given: Option<Box<str>>,
}

impl<'s> Import<'s> {
    /// Waits for the turn and opens.
    pub(super) fn begin(store: &'s Sqlite, heading: Heading) -> Result<Self, IntakeError> {
        let turn = store.turns.take(heading.institution.as_str());
        let connection = store.reader()?;
        for source in &heading.sources {
            let last = load::last_import(&connection, heading.institution.as_str(), &source.source)?;
            let outdated = |last: &chrono::DateTime<_>| match heading.mode {
                Mode::Replica => *last > source.extracted_at,
                Mode::Full | Mode::Delta | Mode::Delete => *last >= source.extracted_at,
            };
            if let Some(last) = last.filter(outdated) {
                return Err(IntakeError::Outdated { last });
            }
        }
        let only = match heading.mode {
            Mode::Replica => None,
            Mode::Full | Mode::Delta | Mode::Delete => heading.sources.first().map(|it| it.source.as_ref()),
        };
        let mut scopes = Scope::read(&connection, heading.institution.as_str(), only)?;
        if let Some(source) = only.filter(|_| scopes.is_empty()) {
            scopes.push(Scope::new(source));
        }
        drop(connection);
        Ok(Self {
            store,
            _turn: turn,
            scopes,
            groups: BTreeMap::new(),
            entered: BTreeMap::new(),
            people: Vec::new(),
            places: BTreeMap::new(),
            leaving: BTreeSet::new(),
            spool: Spool::new(store.folder()),
            writer: record::writer(),
            heading,
        })
    }

    fn is_replica(&self) -> bool {
        self.heading.mode == Mode::Replica
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

    /// The record that was written last, from a place in the writer on.
    fn stage(&mut self, from: usize) -> Result<Staged, StoreError> {
        let record = &self.writer.written()[from..];
        let staged = Staged { digest: digest(record), at: self.spool.end(), length: record.len(), group: None };
        self.spool.push(record)?;
        Ok(staged)
    }

    fn enter(&mut self, member: &Member<'_>) {
        for (group, main) in member.groups() {
            match self.entered.get_mut(group.as_ref()) {
                Some(known) => *known |= main,
                None => drop(self.entered.insert(group.clone().into_owned(), main)),
            }
        }
    }

    /// Hands in a person who stays as the row is, contact persons too.
    pub(super) fn same(&mut self, scope: usize, key: &str, local_id: Option<&str>) -> bool {
        let kept = &self.scopes[scope];
        let Some(row) = kept.find(Kind::Person, key).filter(|it| kept.rows[*it].live) else { return false };
        let rows = 1 + kept.rows[kept.contacts(key)].iter().filter(|it| it.live).count();
        let (key, local_id) = (key.into(), local_id.map(Into::into));
        self.hand(Handed { scope, key, local_id, row: Some(row), rows, change: None, dropped: false });
        true
    }

    /// Of two with one key the later counts.
    fn hand(&mut self, handed: Handed) {
        if let Some(row) = handed.row {
            self.scopes[handed.scope].rows[row].seen = true;
            self.leaving.remove(&(handed.scope, row));
        }
        match self.places.entry((handed.scope, handed.key.clone())) {
            Entry::Occupied(place) => self.people[*place.get()] = handed,
            Entry::Vacant(place) => {
                place.insert(self.people.len());
                self.people.push(handed);
            }
        }
    }

    /// Whether a person's row, and those of the contact persons, are what was just written.
    fn is_kept(&self, scope: usize, row: usize, person: (Digest, Option<&str>), contacts: &[Written<'_>]) -> bool {
        let scope = &self.scopes[scope];
        let kept = &scope.rows[row];
        let same_user = |kept: &Option<Box<str>>, given: Option<&str>| !self.is_replica() || kept.as_deref() == given;
        if !kept.live || kept.digest != person.0 || !same_user(&kept.user, person.1) {
            return false;
        }
        let rows = &scope.rows[scope.contacts(&kept.key)];
        let live = rows.iter().filter(|it| it.live);
        let in_place = |(place, it): (i64, &Written<'_>)| {
            live.clone().any(|row| row.rank == place && row.digest == it.digest && same_user(&row.user, it.given))
        };
        live.clone().count() == contacts.len() && (0..).zip(contacts).all(in_place)
    }
}

/// A contact person whose record stands in the writer.
struct Written<'m> {
    contact: &'m ContactPerson<'m>,
    digest: Digest,
    /// Where the record ends.
    end: usize,
    given: Option<&'m str>,
}

fn given<'m>(user: &'m Option<UserId<'_>>) -> Option<&'m str> {
    user.as_ref().map(UserId::as_str)
}

impl Import<'_> {
    fn take(&mut self, member: &Member<'_>) -> Result<(), StoreError> {
        let scope = self.scope(&member.source);
        self.writer.clear();
        record::write_member(member, &self.scopes[scope].source, &mut self.writer);
        let length = self.writer.len();
        let person = digest(self.writer.written());
        let contacts: &[ContactPerson<'_>] = match &member.tie {
            Some(Tie::Pupil(pupil)) => &pupil.contacts,
            Some(Tie::Staff(_) | Tie::External(_)) | None => &[],
        };
        let mut written = Vec::with_capacity(contacts.len());
        for contact in contacts {
            let start = self.writer.len();
            record::write_contact(contact, &mut self.writer);
            let digest = digest(&self.writer.written()[start..]);
            written.push(Written { contact, digest, end: self.writer.len(), given: given(&contact.person.user_id) });
        }
        self.enter(member);
        let key = person_key(member, || {
            let code = self.store.keyed.digest(&["record", &self.writer.written()[..length]]);
            data_encoding::HEXLOWER.encode(&code)
        });
        let row = self.scopes[scope].find(Kind::Person, &key);
        let user = member.person.as_ref().and_then(|it| given(&it.user_id)).filter(|_| self.is_replica());
        let kept = row.is_some_and(|row| self.is_kept(scope, row, (person, user), &written));
        let change = if kept { None } else { Some(Box::new(self.change(member, (person, length), user, &written)?)) };
        let (rows, local_id) = (1 + written.len(), member.local_id.as_deref().map(Into::into));
        self.hand(Handed { scope, key: key.into(), local_id, row, rows, change, dropped: false });
        Ok(())
    }

    fn change(
        &mut self,
        member: &Member<'_>,
        (digest, length): (Digest, usize),
        user: Option<&str>,
        contacts: &[Written<'_>],
    ) -> Result<Change, StoreError> {
        let at = self.spool.end();
        self.spool.push(self.writer.written())?;
        let institution = self.heading.institution.as_str();
        let keyed = &self.store.keyed;
        let number = |it: &crate::domain::Person<'_>| it.civil_id.as_ref().and_then(|it| keyed.civil(it, institution));
        let mut start = length;
        let mut changes = Vec::with_capacity(contacts.len());
        for it in contacts {
            let person = &it.contact.person;
            let staged = Staged { digest: it.digest, at: at + start as u64, length: it.end - start, group: None };
            start = it.end;
            changes.push(ContactChange { staged, civil: number(person), given: it.given.map(Into::into) });
        }
        Ok(Change {
            person: Staged { digest, at, length, group: None },
            known: member.person.is_some(),
            civil: member.person.as_ref().and_then(number),
            given: user.map(Into::into),
            contacts: changes,
        })
    }
}

impl Intake for Import<'_> {
    fn group_kind(&mut self, id: &str) -> Result<Option<GroupKind>, IntakeError> {
        if let Some(staged) = self.groups.get(id) {
            return Ok(staged.group);
        }
        let own = match self.heading.mode {
            Mode::Replica => return Ok(None),
            Mode::Full => self.heading.sources.first().map(|it| it.source.as_ref()),
            Mode::Delta | Mode::Delete => None,
        };
        let connection = self.store.reader()?;
        Ok(kept_group(&connection, self.heading.institution.as_str(), id, own)?)
    }

    fn group(&mut self, group: &Group<'_>) -> Result<(), IntakeError> {
        self.writer.clear();
        record::write_group(group, &mut self.writer);
        let staged = Staged { group: Some(group.kind), ..self.stage(0)? };
        self.groups.insert(group.id.clone().into_owned(), staged);
        Ok(())
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), IntakeError> {
        Ok(self.take(member)?)
    }

    fn remove(&mut self, local_id: &str) -> Result<bool, IntakeError> {
        let scope = self.group_scope();
        let key: Box<str> = local_key(local_id).into();
        let kept = &mut self.scopes[scope];
        let row = kept.find(Kind::Person, &key).filter(|it| kept.rows[*it].live);
        if let Some(row) = row {
            kept.rows[row].seen = false;
        }
        let leaves = row.is_some_and(|row| self.leaving.insert((scope, row)));
        let handed = self.places.get(&(scope, key)).map(|place| &mut self.people[*place]);
        let dropped = handed.is_some_and(|it| !std::mem::replace(&mut it.dropped, true));
        Ok(leaves || dropped)
    }

    fn commit(self: Box<Self>) -> Result<Outcome, IntakeError> {
        Ok((*self).finish()?)
    }
}

/// The kind of a group that any source but one tells of.
fn kept_group(
    connection: &rusqlite::Connection,
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
