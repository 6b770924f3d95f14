//! Imports that would let go of too many people: they wait in the database until somebody confirms them or a newer one comes.

use rusqlite::{Connection, OptionalExtension, Statement, TransactionBehavior, params};

use super::{
    Sqlite,
    import::{Import, Who},
    moment, now,
    rows::{kind, number, optional_text, text, unreadable, user},
};
use crate::{
    domain::{ContactPerson, ImportSource, Member, OrganisationNumber, Tie},
    source::intake::{Heading, Intake, IntakeError, Mode, Outcome, Receipt},
    store::{Held, Kind, StoreError, record},
};

/// Where other rows have the number of a kind, those of sources have this.
const SOURCE: i64 = 4;

const fn mode_number(mode: Mode) -> i64 {
    match mode {
        Mode::Full => 0,
        Mode::Delta => 1,
        Mode::Delete => 2,
        Mode::Replica => 3,
        Mode::Mirror => 4,
    }
}

const fn mode(number: i64) -> Option<Mode> {
    match number {
        0 => Some(Mode::Full),
        1 => Some(Mode::Delta),
        2 => Some(Mode::Delete),
        3 => Some(Mode::Replica),
        4 => Some(Mode::Mirror),
        _ => None,
    }
}

/// Keeps what an import hands in, without making it so.
pub(super) fn hold(import: &mut Import<'_>, leaving: usize, of: usize) -> Result<(), StoreError> {
    let mut writer = import.store.writer();
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    drop_overtaken(&transaction, &import.heading)?;
    let Heading { mode, institution, name, sources, confirmed: _ } = &import.heading;
    let source = sources.first().map(|it| it.source.as_ref()).unwrap_or_default();
    transaction.execute(
        "INSERT INTO held (institution, source, mode, name, since, leaving, of) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![institution.as_str(), source, mode_number(*mode), name, now(), leaving, of],
    )?;
    let mut keeping = Keeping {
        insert: transaction.prepare(
            "INSERT INTO held_row (held, place, kind, source, key, user_id, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?,
        held: transaction.last_insert_rowid(),
        place: 0,
    };
    keeping.sources(sources)?;
    keeping.rest(import)?;
    drop(keeping);
    transaction.commit()?;
    Ok(())
}

struct Keeping<'t> {
    insert: Statement<'t>,
    held: i64,
    place: i64,
}

impl Keeping<'_> {
    fn row(&mut self, kind: i64, source: &str, key: &str, user: Option<&str>, record: &str) -> Result<(), StoreError> {
        self.insert.execute(params![self.held, self.place, kind, source, key, user, record])?;
        self.place += 1;
        Ok(())
    }

    fn sources(&mut self, sources: &[ImportSource<'_>]) -> Result<(), StoreError> {
        for source in sources {
            let mut writer = record::writer();
            record::write_source(source, &mut writer);
            self.row(SOURCE, &source.source, &source.source, None, writer.written())?;
        }
        Ok(())
    }

    fn rest(&mut self, import: &mut Import<'_>) -> Result<(), StoreError> {
        let mut record = String::new();
        for (id, staged) in &import.groups {
            import.spool.read(staged.at, staged.length, &mut record)?;
            self.row(number(Kind::Group), "", id, None, &record)?;
        }
        for handed in import.people.iter().filter(|it| !it.dropped) {
            let source = import.scopes[handed.scope].source.as_str();
            let key = match &handed.who {
                Who::New(key, _) => key.clone(),
                Who::Kept(at) => import.shown(handed.scope).map(|(_, it)| it.keys[*at].clone()).unwrap_or_default(),
            };
            let Some(change) = handed.change.as_deref() else {
                self.row(number(Kind::Person), source, &key, None, "")?;
                continue;
            };
            let mut at = change.at;
            for (place, length) in change.lengths.iter().enumerate() {
                import.spool.read(at, *length, &mut record)?;
                at += *length as u64;
                let kind = if place == 0 { Kind::Person } else { Kind::Contact };
                let given = change.given.get(place).and_then(Option::as_deref);
                self.row(number(kind), source, &key, given, &record)?;
            }
        }
        Ok(())
    }
}

/// Forgets what is held of the sources of an import; of a replica, and where it meets one, whatever is held.
pub(super) fn drop_overtaken(transaction: &Connection, heading: &Heading) -> Result<(), StoreError> {
    let mut delete = transaction
        .prepare_cached("DELETE FROM held WHERE institution = ?1 AND (?2 OR mode IN (3, 4) OR source = ?3)")?;
    let replica = matches!(heading.mode, Mode::Replica | Mode::Mirror);
    for source in &heading.sources {
        delete.execute(params![heading.institution.as_str(), replica, source.source])?;
    }
    if heading.sources.is_empty() {
        delete.execute(params![heading.institution.as_str(), true, ""])?;
    }
    Ok(())
}

/// Everything that is held.
pub(super) fn list(connection: &Connection) -> Result<Vec<Held>, StoreError> {
    let mut select =
        connection.prepare_cached("SELECT institution, source, mode, since, leaving, of FROM held ORDER BY id")?;
    let mut rows = select.query([])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        held.push(Held {
            institution: OrganisationNumber::new(text(row, 0)?.to_owned()),
            source: row.get(1)?,
            mode: mode(row.get(2)?).ok_or_else(|| unreadable(0))?,
            since: moment(row.get(3)?),
            leaving: row.get(4)?,
            of: row.get(5)?,
        });
    }
    Ok(held)
}

/// Applies what is held of a source.
pub(super) fn confirm(
    store: &Sqlite,
    institution: &OrganisationNumber<'_>,
    source: &str,
) -> Result<Option<Receipt>, IntakeError> {
    let Some((id, heading)) = heading(store, institution, source)? else { return Ok(None) };
    let mut import = Import::begin(store, heading)?;
    // While this waited for its turn a newer import may have come.
    if !feed(&mut import, id)? {
        return Ok(None);
    }
    match import.finish()? {
        Outcome::Done(receipt) => Ok(Some(receipt)),
        Outcome::Held { .. } => Ok(None),
    }
}

fn heading(
    store: &Sqlite,
    institution: &OrganisationNumber<'_>,
    source: &str,
) -> Result<Option<(i64, Heading)>, StoreError> {
    let connection = store.reader()?;
    let select = "SELECT id, mode, name FROM held WHERE institution = ?1 AND source = ?2";
    let found: Option<(i64, i64, Option<String>)> = connection
        .query_row(select, [institution.as_str(), source], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((id, number, name)) = found else { return Ok(None) };
    let mut select =
        connection.prepare_cached("SELECT record FROM held_row WHERE held = ?1 AND kind = ?2 ORDER BY place")?;
    let mut rows = select.query([id, SOURCE])?;
    let mut sources = Vec::new();
    while let Some(row) = rows.next()? {
        sources.push(record::source(text(row, 0)?).map_err(|_| unreadable(0))?.into_owned());
    }
    let mode = mode(number).ok_or_else(|| unreadable(0))?;
    let institution = institution.lend().into_owned();
    Ok(Some((id, Heading { mode, institution, name, sources, confirmed: true })))
}

/// Hands in again what is held. False if it is not held any more.
fn feed(import: &mut Import<'_>, id: i64) -> Result<bool, IntakeError> {
    let store = import.store;
    let connection = store.reader()?;
    let mut select = connection
        .prepare("SELECT kind, source, key, user_id, record FROM held_row WHERE held = ?1 ORDER BY place")
        .map_err(StoreError::from)?;
    let mut rows = select.query([id]).map_err(StoreError::from)?;
    let mut waiting: Option<Member<'static>> = None;
    let mut any = false;
    while let Some(row) = rows.next().map_err(StoreError::from)? {
        any = true;
        let (told, contact) = read(row)?;
        if let Some(contact) = contact {
            if let Some(Member { tie: Some(Tie::Pupil(pupil)), .. }) = &mut waiting {
                pupil.contacts.push(contact);
            }
            continue;
        }
        if let Some(member) = waiting.take() {
            import.member(&member)?;
        }
        match told {
            Told::Group(group) => import.group(&group)?,
            Told::Member(member) => waiting = Some(*member),
            Told::Same(source, key) => {
                let scope = import.scope(&source);
                import.same(scope, &key);
            }
            Told::Nothing => {}
        }
    }
    if let Some(member) = waiting {
        import.member(&member)?;
    }
    Ok(any)
}

/// What a row that is held says.
enum Told {
    Group(crate::domain::Group<'static>),
    Member(Box<Member<'static>>),
    Same(String, String),
    Nothing,
}

fn read(row: &rusqlite::Row<'_>) -> Result<(Told, Option<ContactPerson<'static>>), StoreError> {
    let (text, user) = (text(row, 4)?, user(row, 3)?);
    let broken = |_| unreadable(0);
    Ok(match kind(row.get(0)?) {
        Some(Kind::Group) => (Told::Group(record::group(text).map_err(broken)?.into_owned()), None),
        Some(Kind::Person) if text.is_empty() => {
            (Told::Same(row.get(1)?, optional_text(row, 2)?.unwrap_or_default().to_owned()), None)
        }
        Some(Kind::Person) => {
            let member = record::member(text, user, Vec::new()).map_err(broken)?.into_owned();
            (Told::Member(Box::new(member)), None)
        }
        Some(Kind::Contact) => (Told::Nothing, Some(record::contact(text, user).map_err(broken)?.into_owned())),
        Some(Kind::Institution) | None => (Told::Nothing, None),
    })
}
