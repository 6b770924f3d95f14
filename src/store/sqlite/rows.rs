//! Rows of entities: how they are called, what an import must know of those that are kept, and how they are written.

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

/// The key of a person: see [`Kind::Person`]. `anonymous` makes one of the record where nothing else is known.
pub(super) fn person_key(member: &Member<'_>, anonymous: impl FnOnce() -> String) -> String {
    if let Some(local) = &member.local_id {
        return local_key(local);
    }
    match member.person.as_ref().and_then(|it| it.user_id.as_ref()) {
        Some(user) => format!(" u{}", escaped(&user.as_str().to_ascii_lowercase())),
        None => format!(" h{}", anonymous()),
    }
}

/// The key of a person with this local id. It keeps clear of the other forms, and of line feeds, which end it in the keys
/// of contact persons.
pub(super) fn local_key(local: &str) -> String {
    if local.starts_with(' ') { format!(" {}", escaped(local)) } else { escaped(local) }
}

/// The local id in a person's key, where there is one.
pub(super) fn local_id(key: &str) -> Option<String> {
    let escaped = match key.strip_prefix(' ') {
        None => key,
        Some(rest) => Some(rest).filter(|it| it.starts_with(' '))?,
    };
    let mut text = String::with_capacity(escaped.len());
    let mut signs = escaped.chars();
    while let Some(sign) = signs.next() {
        text.push(match sign {
            '\\' if signs.next() == Some('n') => '\n',
            other => other,
        });
    }
    Some(text)
}

fn escaped(text: &str) -> String {
    if text.contains(['\n', '\\']) { text.replace('\\', "\\\\").replace('\n', "\\n") } else { text.to_owned() }
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

/// A row as it was when the import began.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) key: Box<str>,
    pub(super) sequence: i64,
    pub(super) digest: Digest,
    pub(super) rank: i64,
    pub(super) live: bool,
    pub(super) user: Option<Box<str>>,
    /// Whether the import has handed it in.
    pub(super) seen: bool,
}

/// What one source tells of the institution, as it was when the import began.
#[derive(Debug)]
pub(super) struct Scope {
    /// Its number, once it has one.
    pub(super) id: Option<i64>,
    pub(super) source: String,
    pub(super) edition: i64,
    /// Ordered by kind and key.
    pub(super) rows: Vec<Row>,
}

impl Scope {
    pub(super) fn new(source: &str) -> Self {
        Self { id: None, source: source.to_owned(), edition: 0, rows: Vec::new() }
    }

    /// Reads the scopes of an institution: that of one source, or all.
    pub(super) fn read(
        connection: &Connection,
        institution: &str,
        only: Option<&str>,
    ) -> Result<Vec<Self>, StoreError> {
        let mut select = connection.prepare_cached(
            "SELECT s.id, s.source, s.edition FROM scope s JOIN institution i ON i.id = s.institution
             WHERE i.number = ?1 AND (?2 IS NULL OR s.source = ?2) ORDER BY s.id",
        )?;
        let scopes = select.query_map(params![institution, only], |row| {
            Ok(Self { id: Some(row.get(0)?), source: row.get(1)?, edition: row.get(2)?, rows: Vec::new() })
        })?;
        let mut scopes = scopes.collect::<Result<Vec<_>, _>>()?;
        for scope in &mut scopes {
            scope.read_rows(connection)?;
        }
        Ok(scopes)
    }

    fn read_rows(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let mut select = connection.prepare_cached(
            "SELECT kind, key, sequence, digest, rank, deleted IS NULL, user_id FROM entity
             WHERE scope = ?1 AND kind > 0 ORDER BY kind, key",
        )?;
        let mut rows = select.query([self.id])?;
        while let Some(row) = rows.next()? {
            let sequence = row.get(2)?;
            let Some(kind) = kind(row.get(0)?) else { return Err(unreadable(sequence)) };
            let digest = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
            self.rows.push(Row {
                kind,
                key: text(row, 1)?.into(),
                sequence,
                digest: digest.try_into().unwrap_or_default(),
                rank: row.get(4)?,
                live: row.get(5)?,
                user: optional_text(row, 6)?.map(Into::into),
                seen: false,
            });
        }
        Ok(())
    }

    /// The place of a row, gone or not.
    pub(super) fn find(&self, kind: Kind, key: &str) -> Option<usize> {
        self.rows.binary_search_by(|it| (it.kind, &*it.key).cmp(&(kind, key))).ok()
    }

    /// The places of a pupil's contact persons, gone or not.
    pub(super) fn contacts(&self, pupil: &str) -> std::ops::Range<usize> {
        let belongs = |it: &Row| it.key.strip_prefix(pupil).is_some_and(|it| it.starts_with('\n'));
        let before = |it: &Row| {
            let order = it.key.as_bytes().iter().cmp(pupil.as_bytes().iter().chain(b"\n"));
            it.kind < Kind::Contact || (it.kind == Kind::Contact && order.is_lt())
        };
        let from = self.rows.partition_point(before);
        let length = self.rows[from..].iter().take_while(|it| it.kind == Kind::Contact && belongs(it)).count();
        from..from + length
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
                "INSERT INTO entity (sequence, scope, kind, key, user_id, digest, rank, created, modified, record)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
            )?,
            update: transaction.prepare(
                "UPDATE entity SET sequence = ?2, user_id = ?3, digest = ?4, rank = ?5, modified = ?6, deleted = NULL,
                 record = ?7 WHERE sequence = ?1",
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

    /// Makes a row.
    pub(super) fn insert(
        &mut self,
        scope: i64,
        kind: Kind,
        key: &str,
        content: &Content<'_>,
    ) -> Result<(), StoreError> {
        let Content { user, digest, rank, record } = content;
        self.sequence += 1;
        self.added += 1;
        self.insert.execute(params![self.sequence, scope, number(kind), key, user, digest, rank, self.now, record])?;
        Ok(())
    }

    /// Gives a row new content, and takes its tombstone away.
    pub(super) fn update(&mut self, row: i64, content: &Content<'_>) -> Result<(), StoreError> {
        let Content { user, digest, rank, record } = content;
        self.sequence += 1;
        self.changed += 1;
        self.update.execute(params![row, self.sequence, user, digest, rank, self.now, record])?;
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

    fn scope(keys: &[(Kind, &str)]) -> Scope {
        let row = |(kind, key): &(Kind, &str)| Row {
            kind: *kind,
            key: (*key).into(),
            sequence: 1,
            digest: [0; 16],
            rank: 0,
            live: true,
            user: None,
            seen: false,
        };
        let mut rows: Vec<Row> = keys.iter().map(row).collect();
        rows.sort_by(|a, b| (a.kind, &a.key).cmp(&(b.kind, &b.key)));
        Scope { rows, ..Scope::new("S") }
    }

    #[test]
    fn contact_persons_are_found_with_their_pupil_and_no_other() {
        use Kind::{Contact, Group, Person};
        let scope = scope(&[
            (Group, "1"),
            (Person, "1"),
            (Person, "12"),
            (Contact, "1\na"),
            (Contact, "1\nb"),
            (Contact, "12\na"),
            (Contact, "1\t\nx"),
        ]);
        let found = |pupil| scope.rows[scope.contacts(pupil)].iter().map(|it| &*it.key).collect::<Vec<_>>();
        assert_eq!(found("1"), ["1\na", "1\nb"]);
        assert_eq!(found("12"), ["12\na"]);
        assert_eq!(found("2"), [""; 0]);
        assert_eq!(found(""), [""; 0]);
        assert_eq!(scope.find(Person, "12"), Some(2));
        assert_eq!(scope.find(Contact, "12"), None);
    }

    #[test]
    fn keys_are_never_mistaken_for_each_other() {
        let mut key = String::new();
        contact_key("1", Some("AB"), 0, &mut key);
        assert_eq!((key.as_str(), pupil_key(&key)), ("1\nab", "1"));
        contact_key("1", Some("ab"), 2, &mut key);
        assert_eq!(key, "1\nab\n2");
        for id in ["a1", " ub", "a\nb\\n", "\\", "  ", ""] {
            assert_eq!(local_id(&local_key(id)).as_deref(), Some(id));
        }
        assert_eq!((local_id(" ux"), local_id(" hx")), (None, None));
        assert_eq!([local_key("a1"), local_key(" ub"), local_key("a\nb\\n")], ["a1", "  ub", "a\\nb\\\\n"]);
    }
}
