//! The layout of the database, in numbered steps. A step that has been released is never changed; the next one changes what it made.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;

/// Every step; the number of a step is its place, from one.
const STEPS: &[&str] = &[
    include_str!("../steps/0001_first.sql"),
    include_str!("../steps/0002_asked.sql"),
    include_str!("../steps/0003_feed.sql"),
    include_str!("../steps/0004_master.sql"),
    include_str!("../steps/0005_sight.sql"),
    include_str!("../steps/0006_since.sql"),
    include_str!("../steps/0007_renamed.sql"),
];

/// "skol", so that a file can be told from the databases of other programs.
const APPLICATION: i32 = 0x736b_6f6c;

/// Brings a database to the newest layout.
///
/// # Errors
/// A database of a newer program, or of another one.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if layout(connection)? == known {
        return Ok(());
    }
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let found = layout(&step)?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for sql in &STEPS[usize::try_from(found).unwrap_or(0)..] {
        step.execute_batch(sql)?;
    }
    step.pragma_update(None, "application_id", APPLICATION)?;
    step.pragma_update(None, "user_version", known)?;
    step.commit()?;
    Ok(())
}

/// The number of the last step that was taken.
fn layout(connection: &Connection) -> Result<u32, StoreError> {
    let whole = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let version = u32::try_from(whole("user_version")?).map_err(|_| StoreError::Foreign)?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let ours = whole("application_id")? == APPLICATION;
    if ours || (version == 0 && tables == 0) { Ok(version) } else { Err(StoreError::Foreign) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_database_gets_every_step_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        prepare(&mut connection).unwrap();
        prepare(&mut connection).unwrap();
        assert_eq!(layout(&connection).unwrap() as usize, STEPS.len());
    }

    #[test]
    fn a_database_of_an_older_program_gets_the_steps_it_lacks() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        connection.pragma_update(None, "application_id", APPLICATION).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection.execute("INSERT INTO caller (name, settings, created) VALUES ('A', '', 0)", []).unwrap();
        let known = "INSERT INTO institution (id, number, registered) VALUES (1, '100', 1), (2, '200', 0);
            INSERT INTO scope (id, institution, source) VALUES (1, 1, ''), (2, 2, '');
            INSERT INTO entity (scope, kind, key, digest, rank, created, modified, record)
            VALUES (1, 0, '100', x'', 0, 0, 0, 'one'), (2, 0, '200', x'', 0, 0, 0, 'two'),
                -- 31 July and 1 August 2026
                (1, 2, 'a', x'', 0, 1785456000000, 0, 'a'), (1, 2, 'b', x'', 0, 1785542400000, 0, 'b')";
        connection.execute_batch(known).unwrap();
        prepare(&mut connection).unwrap();
        assert_eq!(layout(&connection).unwrap() as usize, STEPS.len());
        let count = |table: &str| {
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!((count("caller"), count("asked"), count("copy"), count("lease")), (1, 0, 0, 0));
        let master = connection.query_row("SELECT institution, teller, record FROM master", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
        });
        assert_eq!(master.unwrap(), (1, 0, "one".to_owned()), "what the register told stays its own");
        let mut since = connection.prepare("SELECT since FROM entity ORDER BY kind, key").unwrap();
        let since: Vec<Option<String>> = since.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(since, [None, None, Some("2025-08-01".to_owned()), Some("2026-08-01".to_owned())]);
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        prepare(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let told = prepare(&mut connection).unwrap_err().to_string();
        assert_eq!(told, "the database has layout 99, this program knows layouts up to 7: use a newer program");
    }

    #[test]
    fn a_database_of_another_program_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE something (it TEXT)").unwrap();
        assert!(matches!(prepare(&mut connection), Err(StoreError::Foreign)));
    }
}
