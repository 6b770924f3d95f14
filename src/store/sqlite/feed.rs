//! Ledgers of standards, subscriptions and reports: each change is one transaction that waits for other processes.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use uuid::Uuid;

use super::{Sqlite, moment, rows::unreadable};
use crate::{
    clock,
    domain::OrganisationNumber,
    source::{
        ledger::{Batch, Change, Digest, Entry, Keeping, Kept, Ledger, LedgerError, Moment, next_moment},
        report::{Report, Reports},
        subscription::{Failing, Progress, Subscription, Subscriptions},
    },
    store::StoreError,
};

impl Ledger for Sqlite {
    fn basis(&self) -> u64 {
        u64::try_from(self.shown_edition()).unwrap_or(0)
    }

    fn load(&self, standard: &str) -> Result<Kept, LedgerError> {
        Ok(self.reader().and_then(|it| load(&it, standard))?)
    }

    fn keep(&self, standard: &str, batch: &Batch<'_>) -> Result<Keeping, LedgerError> {
        let mut writer = self.writer();
        Ok(keep(&mut writer, standard, batch)?)
    }

    fn sees_since(&self, standard: &str, caller: &str, sight: &Digest) -> Result<Moment, LedgerError> {
        let known = self.reader().and_then(|it| seen(&it, standard, caller))?;
        match known.filter(|it| it.0 == sight) {
            Some((_, since)) => Ok(since),
            None => Ok(sees(&self.writer(), standard, caller, sight)?),
        }
    }
}

/// What a caller was known to see, and since when.
fn seen(connection: &Connection, standard: &str, caller: &str) -> Result<Option<(Vec<u8>, Moment)>, StoreError> {
    let select = "SELECT digest, since FROM sight WHERE standard = ?1 AND caller = ?2";
    let mut select = connection.prepare_cached(select)?;
    Ok(select.query_row([standard, caller], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Notes what a caller sees. Another process may have noted the same.
fn sees(connection: &Connection, standard: &str, caller: &str, sight: &Digest) -> Result<Moment, StoreError> {
    let note = "INSERT INTO sight (standard, caller, digest, since) VALUES (?1, ?2, ?3, 0)
        ON CONFLICT DO UPDATE SET digest = excluded.digest, since = ?4 WHERE digest <> excluded.digest";
    connection.execute(note, params![standard, caller, sight, clock::now().timestamp_millis()])?;
    Ok(seen(connection, standard, caller)?.map_or(0, |it| it.1))
}

/// Moment, basis and what is forgotten.
fn head(connection: &Connection, standard: &str) -> Result<(Moment, u64, Moment), StoreError> {
    let mut select = connection.prepare_cached("SELECT moment, basis, forgotten FROM ledger WHERE standard = ?1")?;
    let found = select.query_row([standard], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    Ok(found.unwrap_or_default())
}

fn load(connection: &Connection, standard: &str) -> Result<Kept, StoreError> {
    let view = connection.unchecked_transaction()?;
    let (moment, basis, forgotten) = head(&view, standard)?;
    let mut kept = Kept { moment, basis, forgotten, ..Kept::default() };
    let mut ids: Vec<i64> = Vec::new();
    {
        let mut select = view.prepare("SELECT id, institution FROM ledger_place WHERE standard = ?1 ORDER BY id")?;
        let mut rows = select.query([standard])?;
        while let Some(row) = rows.next()? {
            ids.push(row.get(0)?);
            kept.places.push(OrganisationNumber::new(row.get::<_, String>(1)?));
        }
        let count: usize = view.query_row("SELECT count(*) FROM ledger_entry", [], |row| row.get(0))?;
        kept.entries.reserve(count);
        let mut select =
            view.prepare("SELECT class, id, digest, created, modified, deleted FROM ledger_entry WHERE place = ?1")?;
        for (place, id) in (0..).zip(ids) {
            let mut rows = select.query([id])?;
            while let Some(row) = rows.next()? {
                kept.entries.push(entry(row, place)?);
            }
        }
    }
    view.finish()?;
    Ok(kept)
}

fn entry(row: &Row<'_>, place: u32) -> Result<Entry, StoreError> {
    let bytes = |at| Ok::<_, StoreError>(row.get_ref(at)?.as_blob().ok().and_then(|it| it.try_into().ok()));
    Ok(Entry {
        place,
        class: row.get(0)?,
        id: Uuid::from_bytes(bytes(1)?.ok_or_else(|| unreadable(0))?),
        digest: bytes(2)?.ok_or_else(|| unreadable(0))?,
        created: row.get(3)?,
        modified: row.get(4)?,
        deleted: row.get(5)?,
    })
}

fn keep(connection: &mut Connection, standard: &str, batch: &Batch<'_>) -> Result<Keeping, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (last, known_basis, mut forgotten) = head(&transaction, standard)?;
    // Others may have forgotten, but not remembered: that is the same to whoever compares. What was remembered of a newer state is not
    // to be undone by who has not seen it yet.
    if last != batch.since || known_basis > batch.basis {
        return Ok(Keeping::Overtaken);
    }
    let now = clock::now();
    let moment = next_moment(now, last);
    transaction.execute(
        "INSERT INTO ledger (standard, moment, basis, forgotten) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET moment = excluded.moment, basis = excluded.basis",
        params![standard, moment, batch.basis.max(known_basis), forgotten],
    )?;
    let places = places(&transaction, standard, batch)?;
    write(&transaction, batch.changes, &places, moment)?;
    let horizon = now.checked_sub_signed(batch.memory).map_or(0, |it| it.timestamp_millis());
    let oldest = "SELECT max(e.deleted) FROM ledger_entry e JOIN ledger_place p ON p.id = e.place
                  WHERE p.standard = ?1 AND e.deleted <= ?2";
    let going: Option<Moment> = transaction.query_row(oldest, params![standard, horizon], |row| row.get(0))?;
    if let Some(going) = going {
        forgotten = forgotten.max(going);
        transaction.execute(
            "DELETE FROM ledger_entry WHERE deleted <= ?2
             AND place IN (SELECT id FROM ledger_place WHERE standard = ?1)",
            params![standard, going],
        )?;
        transaction.execute("UPDATE ledger SET forgotten = ?2 WHERE standard = ?1", params![standard, forgotten])?;
    }
    transaction.commit()?;
    Ok(Keeping::Kept { moment, forgotten })
}

/// How the institutions of a batch are called in the table, those that something has changed at.
fn places(connection: &Connection, standard: &str, batch: &Batch<'_>) -> Result<Vec<Option<i64>>, StoreError> {
    let mut ids: Vec<Option<i64>> = vec![None; batch.places.len()];
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO ledger_place (standard, institution) VALUES (?1, ?2)")?;
    let mut find = connection.prepare_cached("SELECT id FROM ledger_place WHERE standard = ?1 AND institution = ?2")?;
    for change in batch.changes {
        let place = change.place as usize;
        let (Some(id @ None), Some(number)) = (ids.get_mut(place), batch.places.get(place)) else { continue };
        insert.execute([standard, number.as_str()])?;
        *id = Some(find.query_row([standard, number.as_str()], |row| row.get(0))?);
    }
    Ok(ids)
}

fn write(
    connection: &Connection,
    changes: &[Change],
    places: &[Option<i64>],
    moment: Moment,
) -> Result<(), StoreError> {
    let mut put = connection.prepare_cached(
        "INSERT INTO ledger_entry (place, class, id, digest, created, modified) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
         ON CONFLICT DO UPDATE SET digest = excluded.digest, modified = excluded.modified, deleted = NULL",
    )?;
    let mut bury = connection
        .prepare_cached("UPDATE ledger_entry SET deleted = ?4 WHERE place = ?1 AND class = ?2 AND id = ?3")?;
    // In the order of the table, which is quicker.
    let mut ordered: Vec<&Change> = changes.iter().collect();
    ordered.sort_unstable_by_key(|it| (it.place, it.class, it.id));
    for change in ordered {
        let Change { place, class, id, digest } = change;
        let Some(place) = places.get(*place as usize).copied().flatten() else { continue };
        match digest {
            Some(digest) => put.execute(params![place, class, id.as_bytes(), digest, moment])?,
            None => bury.execute(params![place, class, id.as_bytes(), moment])?,
        };
    }
    Ok(())
}

const COLUMNS: &str = "id, caller, name, target, resources, created, expires, told, failing, tries, next, suspended";

fn subscription(row: &Row<'_>) -> Result<Subscription, rusqlite::Error> {
    let id: [u8; 16] = row.get(0)?;
    let since: Option<i64> = row.get(8)?;
    let (tries, next) = (row.get(9)?, moment(row.get(10)?));
    Ok(Subscription {
        id: Uuid::from_bytes(id),
        caller: row.get(1)?,
        name: row.get(2)?,
        target: row.get(3)?,
        resources: row.get::<_, String>(4)?.split_terminator('\n').map(ToOwned::to_owned).collect(),
        created: moment(row.get(5)?),
        expires: moment(row.get(6)?),
        progress: Progress {
            told: row.get(7)?,
            failing: since.map(|it| Failing { since: moment(it), tries, next }),
            suspended: row.get(11)?,
        },
    })
}

/// The columns of progress, from `failing` on.
fn failing(progress: &Progress) -> (Option<i64>, u32, i64) {
    progress
        .failing
        .map_or((None, 0, 0), |it| (Some(it.since.timestamp_millis()), it.tries, it.next.timestamp_millis()))
}

impl Sqlite {
    fn subscribed(&self, new: &Subscription, most: usize) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let count = "SELECT count(*) FROM subscription WHERE caller = ?1";
        let has: usize = transaction.query_row(count, [&new.caller], |row| row.get(0))?;
        if has >= most {
            return Ok(false);
        }
        let Subscription { id, caller, name, target, resources, created, expires, progress } = new;
        let (since, tries, next) = failing(progress);
        transaction.execute(
            &format!("INSERT INTO subscription ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
            params![
                id.as_bytes(),
                caller,
                name,
                target,
                resources.join("\n"),
                created.timestamp_millis(),
                expires.timestamp_millis(),
                progress.told,
                since,
                tries,
                next,
                progress.suspended,
            ],
        )?;
        transaction.commit()?;
        Ok(true)
    }

    fn subscriptions_of(&self, caller: Option<&str>) -> Result<Vec<Subscription>, StoreError> {
        let reader = self.reader()?;
        let mut select = reader.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM subscription WHERE ?1 IS NULL OR caller = ?1 ORDER BY id"
        ))?;
        let found = select.query_map([caller], subscription)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn renewed(&self, caller: &str, id: Uuid, expires: DateTime<Utc>) -> Result<Option<Subscription>, StoreError> {
        let writer = self.writer();
        let mut update = writer.prepare_cached(&format!(
            "UPDATE subscription SET expires = ?3, suspended = NULL,
                 failing = CASE WHEN suspended IS NULL THEN failing END,
                 tries = CASE WHEN suspended IS NULL THEN tries ELSE 0 END,
                 next = CASE WHEN suspended IS NULL THEN next ELSE 0 END
             WHERE caller = ?1 AND id = ?2 RETURNING {COLUMNS}"
        ))?;
        let values = params![caller, id.as_bytes(), expires.timestamp_millis()];
        Ok(update.query_row(values, subscription).optional()?)
    }

    fn advanced(&self, id: Uuid, was: &Progress, is: &Progress) -> Result<bool, StoreError> {
        let (since, tries, next) = failing(is);
        let (seen, seen_tries, _) = failing(was);
        let changed = self.writer().execute(
            "UPDATE subscription SET told = ?2, failing = ?3, tries = ?4, next = ?5, suspended = ?6
             WHERE id = ?1 AND told = ?7 AND failing IS ?8 AND tries = ?9 AND suspended IS ?10",
            params![
                id.as_bytes(),
                is.told,
                since,
                tries,
                next,
                is.suspended,
                was.told,
                seen,
                seen_tries,
                was.suspended,
            ],
        )?;
        Ok(changed > 0)
    }

    fn reported(&self, report: &Report, most: usize) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Report { caller, kind, received, entry } = report;
        transaction.execute(
            "INSERT INTO report (caller, kind, received, entry) VALUES (?1, ?2, ?3, ?4)",
            params![caller, kind, received.timestamp_millis(), entry],
        )?;
        transaction.execute(
            "DELETE FROM report WHERE caller = ?1 AND id <=
                 (SELECT id FROM report WHERE caller = ?1 AND kind = ?3 ORDER BY id DESC LIMIT 1 OFFSET ?2)
             AND kind = ?3",
            params![caller, i64::try_from(most).unwrap_or(i64::MAX), kind],
        )?;
        transaction.commit()?;
        Ok(())
    }

    fn newest_reports(&self, limit: usize) -> Result<Vec<Report>, StoreError> {
        let reader = self.reader()?;
        let mut select =
            reader.prepare_cached("SELECT caller, kind, received, entry FROM report ORDER BY id DESC LIMIT ?1")?;
        let found = select.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(Report { caller: row.get(0)?, kind: row.get(1)?, received: moment(row.get(2)?), entry: row.get(3)? })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}

impl Subscriptions for Sqlite {
    fn subscribe(&self, new: &Subscription, most: usize) -> Result<bool, LedgerError> {
        Ok(self.subscribed(new, most)?)
    }

    fn subscriptions(&self, caller: Option<&str>) -> Result<Vec<Subscription>, LedgerError> {
        Ok(self.subscriptions_of(caller)?)
    }

    fn renew(&self, caller: &str, id: Uuid, expires: DateTime<Utc>) -> Result<Option<Subscription>, LedgerError> {
        Ok(self.renewed(caller, id, expires)?)
    }

    fn unsubscribe(&self, caller: &str, id: Uuid) -> Result<bool, LedgerError> {
        let sql = "DELETE FROM subscription WHERE caller = ?1 AND id = ?2";
        let gone = self.writer().execute(sql, params![caller, id.as_bytes()]).map_err(StoreError::from)?;
        Ok(gone > 0)
    }

    fn lapse(&self, now: DateTime<Utc>) -> Result<usize, LedgerError> {
        let sql = "DELETE FROM subscription WHERE expires <= ?1";
        Ok(self.writer().execute(sql, [now.timestamp_millis()]).map_err(StoreError::from)?)
    }

    fn progress(&self, id: Uuid, was: &Progress, is: &Progress) -> Result<bool, LedgerError> {
        Ok(self.advanced(id, was, is)?)
    }
}

impl Reports for Sqlite {
    fn report(&self, report: &Report, most: usize) -> Result<(), LedgerError> {
        Ok(self.reported(report, most)?)
    }

    fn reports(&self, limit: usize) -> Result<Vec<Report>, LedgerError> {
        Ok(self.newest_reports(limit)?)
    }
}
