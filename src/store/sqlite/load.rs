//! Rows to rosters: what readers work on.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use rusqlite::{Connection, OptionalExtension};

use super::{
    kept::KeptScope,
    rows::{kind, optional_text, pupil_key, text, unreadable, user},
};
use crate::{
    domain::{ContactPerson, Group, ImportSource, Member, Organisation, OrganisationNumber, Roster, Tie, UserId},
    store::{Kind, StoreError, record},
};

/// The institution with this number in the table, and how the rows of its people are called.
pub(super) fn institution(
    connection: &Connection,
    id: i64,
    number: &str,
) -> Result<(Roster<'static>, Vec<KeptScope>), StoreError> {
    read(connection, id, number, Kind::Contact)
}

/// The same without its people.
pub(super) fn frame(connection: &Connection, id: i64, number: &str) -> Result<Roster<'static>, StoreError> {
    Ok(read(connection, id, number, Kind::Group)?.0)
}

fn read(
    connection: &Connection,
    id: i64,
    number: &str,
    last: Kind,
) -> Result<(Roster<'static>, Vec<KeptScope>), StoreError> {
    let mut reading = Reading::new(number, scopes(connection, id)?);
    let mut select = connection.prepare_cached(
        "SELECT e.scope, e.kind, e.key, e.user_id, e.rank, e.record, e.sequence, e.since
         FROM scope s JOIN entity e ON e.scope = s.id
         WHERE s.institution = ?1 AND e.kind <= ?2 AND e.deleted IS NULL ORDER BY e.scope, e.kind, e.key",
    )?;
    let mut rows = select.query([id, super::rows::number(last)])?;
    while let Some(row) = rows.next()? {
        reading.row(row)?;
    }
    reading.attach();
    let Reading { organisation, groups, members, scopes, .. } = reading;
    let groups = groups.into_values().map(|(_, it)| it).collect();
    let sources = sources(connection, id)?;
    let exported_at = newest(&sources);
    Ok((Roster { organisation, exported_at, sources, groups, members }, scopes))
}

fn scopes(connection: &Connection, institution: i64) -> Result<Vec<KeptScope>, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT id, source, edition FROM scope WHERE institution = ?1 ORDER BY id")?;
    let found = select.query_map([institution], |row| {
        Ok(KeptScope { id: row.get(0)?, source: row.get(1)?, edition: row.get(2)?, from: 0, keys: Vec::new() })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What is kept is as old as the newest data in it.
pub(super) fn newest(sources: &[ImportSource<'_>]) -> Option<DateTime<FixedOffset>> {
    sources.iter().map(|it| it.extracted_at).max()
}

/// The last import of each source at an institution.
pub(super) fn sources(connection: &Connection, institution: i64) -> Result<Vec<ImportSource<'static>>, StoreError> {
    let mut select = connection.prepare_cached("SELECT record FROM journal WHERE institution = ?1 ORDER BY id")?;
    let mut rows = select.query([institution])?;
    let mut sources = Vec::new();
    while let Some(row) = rows.next()? {
        sources.push(record::source(text(row, 0)?).map_err(|_| unreadable(0))?.into_owned());
    }
    Ok(sources)
}

/// An institution that is being read, row by row.
struct Reading {
    organisation: Organisation<'static>,
    /// With the rank: of two sources that tell of one group the one that handed it in counts, then the older one.
    groups: BTreeMap<String, (i64, Group<'static>)>,
    members: Vec<Member<'static>>,
    /// Contact persons: the member, and the place there.
    contacts: Vec<(usize, i64, ContactPerson<'static>)>,
    scopes: Vec<KeptScope>,
    /// Which of the scopes is being read.
    scope: usize,
}

impl Reading {
    fn new(number: &str, scopes: Vec<KeptScope>) -> Self {
        Self {
            organisation: Organisation::numbered(OrganisationNumber::new(number.to_owned())),
            groups: BTreeMap::new(),
            members: Vec::new(),
            contacts: Vec::new(),
            scopes,
            scope: 0,
        }
    }

    fn row(&mut self, row: &rusqlite::Row<'_>) -> Result<(), StoreError> {
        let (scope, rank, sequence): (i64, _, _) = (row.get(0)?, row.get(4)?, row.get(6)?);
        let (key, record) = (text(row, 2)?, text(row, 5)?);
        let unreadable = |_| unreadable(sequence);
        if self.scopes.get(self.scope).is_none_or(|it| it.id != scope) {
            self.scope = self.scopes.iter().position(|it| it.id == scope).ok_or(()).map_err(unreadable)?;
            self.scopes[self.scope].from = self.members.len();
        }
        match kind(row.get(1)?) {
            Some(Kind::Institution) => {
                self.organisation = record::organisation(record).map_err(|_| unreadable(()))?.into_owned();
            }
            Some(Kind::Group) => {
                let known = self.groups.get(key).is_some_and(|(other, _)| *other <= rank);
                if !known {
                    let mut group = record::group(record).map_err(|_| unreadable(()))?.into_owned();
                    group.since = row.get(7)?;
                    self.groups.insert(key.to_owned(), (rank, group));
                }
            }
            Some(Kind::Person) => {
                let mut member = record::member(record, user(row, 3)?, Vec::new()).map_err(|_| unreadable(()))?;
                member.since = row.get(7)?;
                self.members.push(member.into_owned());
                self.scopes[self.scope].keys.push(key.into());
            }
            Some(Kind::Contact) => {
                let scope = &self.scopes[self.scope];
                let pupil = scope.from + scope.find(pupil_key(key)).ok_or(()).map_err(unreadable)?;
                let contact = record::contact(record, user(row, 3)?).map_err(|_| unreadable(()))?;
                self.contacts.push((pupil, rank, contact.into_owned()));
            }
            None => return Err(unreadable(())),
        }
        Ok(())
    }

    /// Gives every pupil the contact persons, in their order.
    fn attach(&mut self) {
        self.contacts.sort_by_key(|it| (it.0, it.1));
        for (member, _, contact) in self.contacts.drain(..) {
            if let Some(Tie::Pupil(pupil)) = &mut self.members[member].tie {
                pupil.contacts.push(contact);
            }
        }
    }
}

/// User ids that people got in place of others, and the first that each had.
pub(super) fn renamed(connection: &Connection) -> Result<Vec<(String, UserId<'static>)>, StoreError> {
    let mut select = connection.prepare_cached("SELECT user_id, first FROM renamed")?;
    let found = select.query_map([], |row| Ok((row.get(0)?, UserId::new(row.get::<_, String>(1)?))))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The number of the last commit that anything of an institution was changed by; 0 for one that is not known.
pub(super) fn edition(connection: &Connection, number: &str) -> Result<i64, StoreError> {
    let mut select = connection.prepare_cached("SELECT edition FROM institution WHERE number = ?1")?;
    Ok(select.query_row([number], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// The number of the last commit that changed anything.
pub(super) fn last_edition(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT value FROM setting WHERE name = 'edition'", [], |row| row.get(0))?)
}

/// Institutions by number and their id, of which anything has changed since an edition.
pub(super) fn changed_since(connection: &Connection, edition: i64) -> Result<Vec<(i64, String)>, StoreError> {
    let mut select = connection.prepare_cached("SELECT id, number FROM institution WHERE edition > ?1 ORDER BY id")?;
    let found = select.query_map([edition], |row| Ok((row.get(0)?, text(row, 1)?.to_owned())))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The moment that the data of a source's last import at an institution left it.
pub(super) fn last_import(
    connection: &Connection,
    institution: &str,
    source: &str,
) -> Result<Option<DateTime<FixedOffset>>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT j.record FROM journal j JOIN institution i ON i.id = j.institution
         WHERE i.number = ?1 AND j.source = ?2",
    )?;
    let mut rows = select.query([institution, source])?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let read = record::source(optional_text(row, 0)?.unwrap_or_default()).map_err(|_| unreadable(0))?;
        last = last.max(Some(read.extracted_at));
    }
    Ok(last)
}
