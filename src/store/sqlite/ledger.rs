//! What is kept beside the rosters: changes for whoever follows them, pulls that are counted, callers.

use chrono::NaiveDate;
use rusqlite::{Connection, params};

use super::{
    moment, now,
    rows::{kind, text, unreadable, user},
};
use crate::{
    domain::{OrganisationNumber, UserId},
    store::{Change, Pull, StoreError, StoredCaller},
};

/// The changes after one and up to another, `limit` of them at most.
pub(super) fn changes(
    connection: &Connection,
    after: u64,
    until: u64,
    limit: usize,
) -> Result<Vec<Change>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT e.sequence, i.number, e.kind, s.source, e.key, e.user_id, e.created, e.modified, e.deleted
         FROM entity e JOIN scope s ON s.id = e.scope JOIN institution i ON i.id = s.institution
         WHERE e.sequence > ?1 AND e.sequence <= ?2 ORDER BY e.sequence LIMIT ?3",
    )?;
    let whole = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = select.query([whole(after), whole(until), limit])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let sequence = row.get(0)?;
        changes.push(Change {
            sequence: u64::try_from(sequence).unwrap_or(0),
            institution: OrganisationNumber::new(text(row, 1)?.to_owned()),
            kind: kind(row.get(2)?).ok_or_else(|| unreadable(sequence))?,
            source: row.get(3)?,
            key: row.get(4)?,
            user_id: user(row, 5)?.map(UserId::into_owned),
            created: moment(row.get(6)?),
            modified: moment(row.get(7)?),
            deleted: row.get::<_, Option<i64>>(8)?.map(moment),
        });
    }
    Ok(changes)
}

/// Counts a pull; how many that makes on the day.
pub(super) fn count_pull(
    connection: &Connection,
    day: NaiveDate,
    caller: &str,
    institution: &OrganisationNumber<'_>,
    package: &str,
) -> Result<u64, StoreError> {
    let mut count = connection.prepare_cached(
        "INSERT INTO pull (day, caller, institution, package, count) VALUES (?1, ?2, ?3, ?4, 1)
         ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count",
    )?;
    let day = day.to_string();
    Ok(count.query_row(params![day, caller, institution.as_str(), package], |row| row.get(0))?)
}

/// The pulls of some days.
pub(super) fn pulls(connection: &Connection, from: NaiveDate, to: NaiveDate) -> Result<Vec<Pull>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT day, caller, institution, package, count FROM pull WHERE day BETWEEN ?1 AND ?2
         ORDER BY day, caller, institution, package",
    )?;
    let mut rows = select.query([from.to_string(), to.to_string()])?;
    let mut pulls = Vec::new();
    while let Some(row) = rows.next()? {
        pulls.push(Pull {
            day: text(row, 0)?.parse().map_err(|_| unreadable(0))?,
            caller: row.get(1)?,
            institution: OrganisationNumber::new(text(row, 2)?.to_owned()),
            package: row.get(3)?,
            count: row.get(4)?,
        });
    }
    Ok(pulls)
}

/// The callers, by name.
pub(super) fn callers(connection: &Connection) -> Result<Vec<StoredCaller>, StoreError> {
    let mut select = connection.prepare_cached("SELECT name, settings, created FROM caller ORDER BY name")?;
    let found = select.query_map([], |row| {
        Ok(StoredCaller { name: row.get(0)?, settings: row.get(1)?, created: moment(row.get(2)?) })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Keeps a caller.
pub(super) fn keep_caller(connection: &Connection, name: &str, settings: &str) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO caller (name, settings, created) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET settings = excluded.settings",
        params![name, settings, now()],
    )?;
    Ok(())
}

/// Forgets a caller.
pub(super) fn remove_caller(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    Ok(connection.execute("DELETE FROM caller WHERE name = ?1", [name])? > 0)
}
