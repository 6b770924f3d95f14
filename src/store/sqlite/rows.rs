//! Rows of entities: how they are called, what an import must know of those that are kept, and how they are written.

use std::borrow::Cow;

use chrono::NaiveDate;
use rusqlite::{Connection, Statement, params};

use super::identity::Digest;
use crate::{
    domain::{Member, UserId},
    store::{Kind, StoreError},
};

/// The number that a kind is kept as.
pub(super) const fn number(kind: Kind) -> i64 {
    match kind {
        Kind::Institution => 0,
        Kind::Group => 1,
        Kind::Person => 2,
        Kind::Contact => 3,
    }
}

/// The kind of a number.
pub(super) const fn kind(number: i64) -> Option<Kind> {
    match number {
        0 => Some(Kind::Institution),
        1 => Some(Kind::Group),
        2 => Some(Kind::Person),
        3 => Some(Kind::Contact),
        _ => None,
    }
}

/// The key of a person: see [`Kind::Person`]. Where there is no local id it is made of the user id that is adopted, or else of
/// the record.
pub(super) fn person_key<'m>(
    member: &'m Member<'_>,
    adopted: Option<&UserId<'_>>,
    record: impl FnOnce() -> String,
) -> Cow<'m, str> {
    match (&member.local_id, adopted) {
        (Some(local), _) => local_key(local),
        (None, Some(user)) => format!(" u{}", escaped(&user.as_str().to_ascii_lowercase())).into(),
        (None, None) => format!(" h{}", record()).into(),
    }
}

/// The key of a person with this local id. It keeps clear of the other forms, and of line feeds, which end it in the keys
/// of contact persons.
pub(super) fn local_key(local: &str) -> Cow<'_, str> {
    if local.starts_with(' ') { format!(" {}", escaped(local)).into() } else { escaped(local) }
}

fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['\n', '\\']) { text.replace('\\', "\\\\").replace('\n', "\\n").into() } else { text.into() }
}

/// The key of a contact person; `number` counts those of one pupil with one user id, from 0.
pub(super) fn contact_key(pupil: &str, user: Option<&str>, number: usize, into: &mut String) {
    into.clear();
    into.push_str(pupil);
    into.push('\n');
    into.extend(user.unwrap_or_default().chars().map(|it| if it == '\n' { ' ' } else { it.to_ascii_lowercase() }));
    if number > 0 {
        into.push('\n');
        into.push_str(&number.to_string());
    }
}

/// The key of the pupil in that of a contact person.
pub(super) fn pupil_key(contact: &str) -> &str {
    contact.split_once('\n').map_or(contact, |(pupil, _)| pupil)
}

/// A row as it is before it is changed.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) key: Box<str>,
    pub(super) sequence: i64,
    pub(super) digest: Digest,
    pub(super) rank: i64,
    pub(super) live: bool,
    pub(super) user: Option<Box<str>>,
    /// See [`Content::since`].
    pub(super) since: Option<NaiveDate>,
}

impl Row {
    /// Since when what is there after this content has been put is there.
    pub(super) fn since(row: Option<&Self>, content: &Content<'_>) -> Option<NaiveDate> {
        row.filter(|it| it.live).and_then(|it| it.since).or(content.since)
    }

    fn read(row: &rusqlite::Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            key: text(row, 0)?.into(),
            sequence: row.get(1)?,
            // A row that has gone has no digest, which is like that of no record.
            digest: row.get_ref(2)?.as_blob()?.try_into().unwrap_or_default(),
            rank: row.get(3)?,
            live: row.get(4)?,
            user: optional_text(row, 5)?.map(Into::into),
            since: row.get(6)?,
        })
    }
}

/// Finds rows within a transaction.
pub(super) struct Finding<'t> {
    person: Statement<'t>,
    contacts: Statement<'t>,
    groups: Statement<'t>,
}

impl<'t> Finding<'t> {
    pub(super) fn new(transaction: &'t Connection) -> Result<Self, StoreError> {
        let select = |which| {
            transaction.prepare(&format!(
                "SELECT key, sequence, digest, rank, deleted IS NULL, user_id, since FROM entity WHERE scope = ?1 AND {which}"
            ))
        };
        Ok(Self {
            person: select("kind = 2 AND key = ?2")?,
            contacts: select("kind = 3 AND key >= ?2 || char(10) AND key < ?2 || char(11)")?,
            groups: select("kind = 1")?,
        })
    }

    /// A person, gone or not.
    pub(super) fn person(&mut self, scope: i64, key: &str) -> Result<Option<Row>, StoreError> {
        let mut rows = self.person.query(params![scope, key])?;
        Ok(rows.next()?.map(Row::read).transpose()?)
    }

    /// The contact persons of a pupil, gone or not.
    pub(super) fn contacts(&mut self, scope: i64, pupil: &str) -> Result<Vec<Row>, StoreError> {
        Ok(self.contacts.query_map(params![scope, pupil], Row::read)?.collect::<Result<_, _>>()?)
    }

    /// The groups of a scope, gone or not.
    pub(super) fn groups(&mut self, scope: i64) -> Result<Vec<Row>, StoreError> {
        Ok(self.groups.query_map([scope], Row::read)?.collect::<Result<_, _>>()?)
    }
}

/// A text of a row, without a copy.
pub(super) fn text<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<&'r str, rusqlite::Error> {
    row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)
}

/// A text of a row that may be missing, without a copy.
pub(super) fn optional_text<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<Option<&'r str>, rusqlite::Error> {
    row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)
}

/// A user id of a row.
pub(super) fn user<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<Option<UserId<'r>>, rusqlite::Error> {
    Ok(optional_text(row, column)?.map(UserId::new))
}

/// A record that cannot be read.
pub(super) fn unreadable(sequence: i64) -> StoreError {
    StoreError::Record { sequence: u64::try_from(sequence).unwrap_or(0) }
}

/// What a row is to hold.
pub(super) struct Content<'c> {
    pub(super) user: Option<&'c str>,
    pub(super) digest: &'c [u8],
    pub(super) rank: i64,
    pub(super) record: &'c str,
    /// Since when it is there, for a row that is new or comes back; the others keep what they have.
    pub(super) since: Option<NaiveDate>,
}

/// Writes rows within a transaction and gives each change its number.
pub(super) struct Rows<'t> {
    insert: Statement<'t>,
    update: Statement<'t>,
    bury: Statement<'t>,
    /// The number of the last change.
    pub(super) sequence: i64,
    now: i64,
    /// Rows that were made.
    pub(super) added: usize,
    /// Rows that have new content, those that have come back included.
    pub(super) changed: usize,
    /// Rows that are gone.
    pub(super) removed: usize,
}

impl<'t> Rows<'t> {
    pub(super) fn new(transaction: &'t Connection, now: i64) -> Result<Self, StoreError> {
        Ok(Self {
            insert: transaction.prepare(
                "INSERT INTO entity (sequence, scope, kind, key, user_id, digest, rank, created, modified, record, since)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)",
            )?,
            update: transaction.prepare(
                "UPDATE entity SET sequence = ?2, user_id = ?3, digest = ?4, rank = ?5, modified = ?6, record = ?7,
                 since = iif(deleted IS NULL, ifnull(since, ?8), ?8), deleted = NULL WHERE sequence = ?1",
            )?,
            bury: transaction.prepare(
                "UPDATE entity SET sequence = ?2, digest = x'', modified = ?3, deleted = ?3, record = ''
                 WHERE sequence = ?1",
            )?,
            sequence: last(transaction)?,
            now,
            added: 0,
            changed: 0,
            removed: 0,
        })
    }

    /// Makes or changes a row, if it is not what it should be already.
    pub(super) fn put(
        &mut self,
        scope: i64,
        kind: Kind,
        key: &str,
        row: Option<&Row>,
        content: &Content<'_>,
    ) -> Result<(), StoreError> {
        let Some(row) = row else { return self.insert(scope, kind, key, content) };
        let same =
            row.live && row.digest == content.digest && row.rank == content.rank && row.user.as_deref() == content.user;
        if same { Ok(()) } else { self.update(row.sequence, content) }
    }

    /// Makes a row.
    pub(super) fn insert(
        &mut self,
        scope: i64,
        kind: Kind,
        key: &str,
        content: &Content<'_>,
    ) -> Result<(), StoreError> {
        let Content { user, digest, rank, record, since } = content;
        self.sequence += 1;
        self.added += 1;
        let kind = number(kind);
        self.insert.execute(params![self.sequence, scope, kind, key, user, digest, rank, self.now, record, since])?;
        Ok(())
    }

    /// Gives a row new content, and takes its tombstone away.
    pub(super) fn update(&mut self, row: i64, content: &Content<'_>) -> Result<(), StoreError> {
        let Content { user, digest, rank, record, since } = content;
        self.sequence += 1;
        self.changed += 1;
        self.update.execute(params![row, self.sequence, user, digest, rank, self.now, record, since])?;
        Ok(())
    }

    /// Makes a row a tombstone.
    pub(super) fn bury(&mut self, row: i64) -> Result<(), StoreError> {
        self.sequence += 1;
        self.removed += 1;
        self.bury.execute(params![row, self.sequence, self.now])?;
        Ok(())
    }
}

/// The number of the last change.
pub(super) fn last(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT ifnull(max(sequence), 0) FROM entity", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_never_mistaken_for_each_other() {
        let mut key = String::new();
        contact_key("1", Some("AB"), 0, &mut key);
        assert_eq!((key.as_str(), pupil_key(&key)), ("1\nab", "1"));
        contact_key("1", Some("ab"), 2, &mut key);
        assert_eq!(key, "1\nab\n2");
        assert_eq!([local_key("a1"), local_key(" ub"), local_key("a\nb\\n")], ["a1", "  ub", "a\\nb\\\\n"]);
    }
}
