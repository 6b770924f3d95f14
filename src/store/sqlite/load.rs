//! Rows to rosters: what readers work on.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::rows::{kind, optional_text, pupil_key, text, unreadable, user};
use crate::{
    domain::{ContactPerson, Group, ImportSource, Member, Organisation, OrganisationNumber, Roster, Snapshot, Tie},
    store::{Kind, StoreError, record},
};

/// The institution with this number in the table, as it is kept.
pub(super) fn institution(connection: &Connection, id: i64, number: &str) -> Result<Snapshot, StoreError> {
    let mut reading = Reading::new(number);
    let mut select = connection.prepare_cached(
        "SELECT e.scope, e.kind, e.key, e.user_id, e.rank, e.record, e.sequence
         FROM scope s JOIN entity e ON e.scope = s.id
         WHERE s.institution = ?1 AND e.deleted IS NULL ORDER BY e.scope, e.kind, e.key",
    )?;
    let mut rows = select.query([id])?;
    while let Some(row) = rows.next()? {
        reading.row(row)?;
    }
    reading.attach();
    let Reading { organisation, groups, members, .. } = reading;
    let groups = groups.into_values().map(|(_, it)| it).collect();
    let sources = sources(connection, id)?;
    Ok(Snapshot::new(Roster { organisation, exported_at: None, sources, groups, members }))
}

fn sources(connection: &Connection, institution: i64) -> Result<Vec<ImportSource<'static>>, StoreError> {
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
    /// The keys of the members, in the order of the rows.
    keys: Vec<String>,
    /// Contact persons: the member, and the place there.
    contacts: Vec<(usize, i64, ContactPerson<'static>)>,
    /// Where the members of the current scope begin.
    scope: (i64, usize),
}

impl Reading {
    fn new(number: &str) -> Self {
        Self {
            organisation: Organisation::numbered(OrganisationNumber::new(number.to_owned())),
            groups: BTreeMap::new(),
            members: Vec::new(),
            keys: Vec::new(),
            contacts: Vec::new(),
            scope: (0, 0),
        }
    }

    fn row(&mut self, row: &rusqlite::Row<'_>) -> Result<(), StoreError> {
        let (scope, rank, sequence) = (row.get(0)?, row.get(4)?, row.get(6)?);
        let (key, record) = (text(row, 2)?, text(row, 5)?);
        let unreadable = |_| unreadable(sequence);
        if scope != self.scope.0 {
            self.scope = (scope, self.members.len());
        }
        match kind(row.get(1)?) {
            Some(Kind::Institution) => {
                self.organisation = record::organisation(record).map_err(unreadable)?.into_owned();
            }
            Some(Kind::Group) => {
                let known = self.groups.get(key).is_some_and(|(other, _)| *other <= rank);
                if !known {
                    let group = record::group(record).map_err(unreadable)?.into_owned();
                    self.groups.insert(key.to_owned(), (rank, group));
                }
            }
            Some(Kind::Person) => {
                let member = record::member(record, user(row, 3)?, Vec::new()).map_err(unreadable)?;
                self.members.push(member.into_owned());
                self.keys.push(key.to_owned());
            }
            Some(Kind::Contact) => {
                let from = self.scope.1;
                let found = self.keys[from..].binary_search_by(|it| it.as_str().cmp(pupil_key(key)));
                let pupil = found.map_err(|_| super::rows::unreadable(sequence))?;
                let contact = record::contact(record, user(row, 3)?).map_err(unreadable)?;
                self.contacts.push((from + pupil, rank, contact.into_owned()));
            }
            None => return Err(super::rows::unreadable(sequence)),
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
) -> Result<Option<chrono::DateTime<chrono::FixedOffset>>, StoreError> {
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
