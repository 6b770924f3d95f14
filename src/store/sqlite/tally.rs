//! Pulls that we ask of others: each change is one transaction that waits for other processes.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{
    Sqlite, moment,
    rows::{text, unreadable},
};
use crate::{
    domain::OrganisationNumber,
    store::{
        StoreError,
        tally::{Asked, Became, Copied, Failing, Reserved, Tally},
    },
};

impl Tally for Sqlite {
    fn reserve_pull(
        &self,
        upstream: &str,
        institution: &OrganisationNumber<'_>,
        days: &[NaiveDate],
        quota: u64,
    ) -> Result<Reserved, StoreError> {
        let mut writer = self.writer();
        // From its first statement on nobody else writes, so that nobody counts in between.
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let reserved = reserve(&transaction, upstream, institution, days, quota)?;
        transaction.commit()?;
        Ok(reserved)
    }

    fn asked(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<Asked>, StoreError> {
        let reader = self.reader()?;
        let mut select = reader.prepare_cached(
            "SELECT day, upstream, institution, count FROM asked WHERE day BETWEEN ?1 AND ?2
             ORDER BY day, upstream, institution",
        )?;
        let mut rows = select.query([from.to_string(), to.to_string()])?;
        let mut asked = Vec::new();
        while let Some(row) = rows.next()? {
            asked.push(Asked {
                day: text(row, 0)?.parse().map_err(|_| unreadable(0))?,
                upstream: row.get(1)?,
                institution: OrganisationNumber::new(text(row, 2)?.to_owned()),
                count: row.get(3)?,
            });
        }
        Ok(asked)
    }

    fn copies(&self) -> Result<Vec<Copied>, StoreError> {
        let reader = self.reader()?;
        let mut select = reader.prepare_cached(
            "SELECT upstream, institution, fetched, failed, failure, failures FROM copy ORDER BY upstream, institution",
        )?;
        let found = select.query_map([], copied)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn copied(&self, upstream: &str, institution: &OrganisationNumber<'_>) -> Result<Option<Copied>, StoreError> {
        let reader = self.reader()?;
        let mut select = reader.prepare_cached(
            "SELECT upstream, institution, fetched, failed, failure, failures FROM copy
             WHERE upstream = ?1 AND institution = ?2",
        )?;
        Ok(select.query_row([upstream, institution.as_str()], copied).optional()?)
    }

    fn note_pull(
        &self,
        upstream: &str,
        institution: &OrganisationNumber<'_>,
        became: &Became<'_>,
    ) -> Result<(), StoreError> {
        let writer = self.writer();
        match became {
            Became::Copy(fetched) => writer.execute(
                "INSERT INTO copy (upstream, institution, fetched, failures) VALUES (?1, ?2, ?3, 0)
                 ON CONFLICT DO UPDATE SET fetched = excluded.fetched, failed = NULL, failure = NULL, failures = 0",
                params![upstream, institution.as_str(), fetched.timestamp_millis()],
            ),
            Became::Failure(failed, kind) => writer.execute(
                "INSERT INTO copy (upstream, institution, failed, failure, failures) VALUES (?1, ?2, ?3, ?4, 1)
                 ON CONFLICT DO UPDATE SET failed = excluded.failed, failure = excluded.failure, failures = failures + 1",
                params![upstream, institution.as_str(), failed.timestamp_millis(), kind],
            ),
        }?;
        Ok(())
    }

    fn lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let find = "SELECT until FROM lease WHERE name = ?1 AND holder <> ?2 AND until > ?3";
        let found = transaction.query_row(find, params![name, holder, now.timestamp_millis()], |row| row.get(0));
        if let Some(until) = found.optional()? {
            return Ok(Some(moment(until)));
        }
        transaction.execute(
            "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until",
            params![name, holder, until.timestamp_millis()],
        )?;
        transaction.commit()?;
        Ok(None)
    }

    fn release(&self, name: &str, holder: &str) -> Result<(), StoreError> {
        self.writer().execute("DELETE FROM lease WHERE name = ?1 AND holder = ?2", [name, holder])?;
        Ok(())
    }
}

fn reserve(
    transaction: &Connection,
    upstream: &str,
    institution: &OrganisationNumber<'_>,
    days: &[NaiveDate],
    quota: u64,
) -> Result<Reserved, StoreError> {
    let mut find =
        transaction.prepare_cached("SELECT count FROM asked WHERE day = ?1 AND upstream = ?2 AND institution = ?3")?;
    let mut most = 0;
    for day in days.iter().rev() {
        let key = params![day.to_string(), upstream, institution.as_str()];
        let count = find.query_row(key, |row| row.get::<_, u64>(0)).optional()?.unwrap_or(0);
        if count >= quota {
            return Ok(Reserved::Spent { day: *day });
        }
        most = most.max(count);
    }
    let mut count = transaction.prepare_cached(
        "INSERT INTO asked (day, upstream, institution, count) VALUES (?1, ?2, ?3, 1)
         ON CONFLICT DO UPDATE SET count = count + 1",
    )?;
    for day in days {
        count.execute(params![day.to_string(), upstream, institution.as_str()])?;
    }
    Ok(Reserved::Granted { left: quota - most - 1 })
}

fn copied(row: &Row<'_>) -> rusqlite::Result<Copied> {
    let failed: Option<i64> = row.get(3)?;
    let (kind, times): (Option<String>, u32) = (row.get(4)?, row.get(5)?);
    Ok(Copied {
        upstream: row.get(0)?,
        institution: OrganisationNumber::new(row.get::<_, String>(1)?),
        fetched: row.get::<_, Option<i64>>(2)?.map(moment),
        failing: failed.map(|since| Failing { since: moment(since), kind: kind.unwrap_or_default(), times }),
    })
}
