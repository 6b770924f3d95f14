//! Institutions themselves: their numbers in the tables, and their master data.

use std::sync::PoisonError;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{
    Sqlite,
    identity::digest,
    now,
    rows::{Content, Rows, unreadable},
};
use crate::{
    domain::{Organisation, OrganisationNumber},
    store::{Kind, StoreError, record},
};

/// The number of an institution in the table; it is entered if need be.
pub(super) fn institution(transaction: &Connection, number: &OrganisationNumber<'_>) -> Result<i64, StoreError> {
    let find = "SELECT id FROM institution WHERE number = ?1";
    let found = transaction.query_row(find, [number.as_str()], |row| row.get(0)).optional()?;
    if let Some(id) = found {
        return Ok(id);
    }
    transaction.execute("INSERT INTO institution (number) VALUES (?1)", [number.as_str()])?;
    Ok(transaction.last_insert_rowid())
}

pub(super) fn new_scope(transaction: &Connection, institution: i64, source: &str) -> Result<i64, StoreError> {
    transaction.execute("INSERT INTO scope (institution, source) VALUES (?1, ?2)", params![institution, source])?;
    Ok(transaction.last_insert_rowid())
}

/// The number of this commit.
pub(super) fn next_edition(transaction: &Connection) -> Result<i64, StoreError> {
    let count = "UPDATE setting SET value = value + 1 WHERE name = 'edition' RETURNING value";
    Ok(transaction.query_row(count, [], |row| row.get(0))?)
}

/// Writes what a document calls its institution, unless a register tells.
pub(super) fn name(
    transaction: &Connection,
    rows: &mut Rows<'_>,
    institution: i64,
    number: &OrganisationNumber<'_>,
    name: Option<&str>,
) -> Result<(), StoreError> {
    let registered = "SELECT registered FROM institution WHERE id = ?1";
    let mut organisation = Organisation::numbered(number.lend());
    organisation.name = name.map(Into::into);
    let kept = master_data(transaction, institution)?.is_some();
    let registered = transaction.query_row(registered, [institution], |row| row.get::<_, bool>(0))?;
    if registered || (kept && name.is_none()) {
        return Ok(());
    }
    put_organisation(transaction, rows, institution, &organisation)?;
    Ok(())
}

/// The row of an institution's master data: its number, digest and scope.
type MasterData = (i64, Vec<u8>);

fn master_data(transaction: &Connection, institution: i64) -> Result<Option<MasterData>, StoreError> {
    let mut select = transaction.prepare_cached(
        "SELECT e.sequence, e.digest FROM scope s JOIN entity e ON e.scope = s.id AND e.kind = 0
         WHERE s.institution = ?1 AND s.source = ''",
    )?;
    Ok(select.query_row([institution], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Writes the master data of an institution. False if they were so before.
pub(super) fn put_organisation(
    transaction: &Connection,
    rows: &mut Rows<'_>,
    institution: i64,
    organisation: &Organisation<'_>,
) -> Result<bool, StoreError> {
    let mut writer = record::writer();
    record::write_organisation(organisation, &mut writer);
    let digest = digest(writer.written());
    let content = Content { user: None, digest: &digest, rank: 0, record: writer.written(), since: None };
    match master_data(transaction, institution)? {
        Some((_, kept)) if kept == digest => return Ok(false),
        Some((sequence, _)) => rows.update(sequence, &content)?,
        None => {
            let find = "SELECT id FROM scope WHERE institution = ?1 AND source = ''";
            let scope = match transaction.query_row(find, [institution], |row| row.get(0)).optional()? {
                Some(id) => id,
                None => new_scope(transaction, institution, "")?,
            };
            rows.insert(scope, Kind::Institution, organisation.number.as_str(), &content)?;
        }
    }
    Ok(true)
}

/// Who tells of an institution itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teller {
    /// The register. It goes before.
    Register,
    /// A server elsewhere.
    Elsewhere,
}

/// Keeps what somebody tells, and says what that makes of it together with what others told.
fn told<'o>(
    transaction: &Connection,
    institution: i64,
    organisation: &'o Organisation<'o>,
    teller: Teller,
) -> Result<Organisation<'o>, StoreError> {
    let keep = "INSERT INTO master (institution, teller, record) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET record = excluded.record WHERE record <> excluded.record";
    let mut keep = transaction.prepare_cached(keep)?;
    keep.execute(params![institution, teller as i64, record::organisation_text(organisation)])?;
    let other = "SELECT record FROM master WHERE institution = ?1 AND teller <> ?2";
    let mut other = transaction.prepare_cached(other)?;
    let other: Option<String> = other.query_row(params![institution, teller as i64], |row| row.get(0)).optional()?;
    let Some(other) = other else { return Ok(organisation.clone()) };
    let other = record::organisation(&other).map_err(|_| unreadable(institution))?.into_owned();
    Ok(match teller {
        Teller::Register => organisation.clone().or(other),
        Teller::Elsewhere => other.or(organisation.clone()),
    })
}

impl Sqlite {
    /// Keeps what is told of institutions themselves. Returns how many changed.
    pub(super) fn keep_master_data(
        &self,
        organisations: &[Organisation<'_>],
        teller: Teller,
    ) -> Result<usize, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let edition = next_edition(&transaction)?;
        let mut rows = Rows::new(&transaction, now())?;
        let mut changed = 0;
        let mut mark =
            transaction.prepare("UPDATE institution SET registered = 1, edition = max(edition, ?2) WHERE id = ?1")?;
        for organisation in organisations {
            let institution = self::institution(&transaction, &organisation.number)?;
            let organisation = told(&transaction, institution, organisation, teller)?;
            let differs = put_organisation(&transaction, &mut rows, institution, &organisation)?;
            changed += usize::from(differs);
            mark.execute(params![institution, if differs { edition } else { 0 }])?;
        }
        drop((mark, rows));
        let swap = self.swap.write().unwrap_or_else(PoisonError::into_inner);
        transaction.commit()?;
        self.show(&mut writer);
        drop(swap);
        Ok(changed)
    }
}
