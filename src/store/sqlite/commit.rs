//! The end of an import: one transaction that makes rows of what waits in the spool, and tombstones of what is missing.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{
    Sqlite, held,
    identities::{Identities, Own},
    identity::digest,
    import::{Change, ContactChange, Handed, Import},
    load,
    rows::{Content, Row, Rows, contact_key, text, unreadable},
    spool::Spool,
};
use crate::{
    domain::{Group, GroupKind, Organisation, OrganisationNumber, UserId},
    source::intake::{Mode, Outcome, Receipt},
    store::{Kind, StoreError, record},
};

impl Import<'_> {
    /// Makes it so, or holds it.
    pub(super) fn finish(mut self) -> Result<Outcome, StoreError> {
        let (leaving, of) = self.missing();
        if !self.heading.confirmed && self.store.guard.holds(leaving, of) {
            held::hold(&mut self, leaving, of)?;
            return Ok(Outcome::Held { leaving, of });
        }
        let store = self.store;
        let mut writer = store.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let receipt = self.apply(&transaction)?;
        transaction.commit()?;
        store.show(&mut writer);
        Ok(Outcome::Done(receipt))
    }

    /// How many people would go because they are missing, and of how many.
    fn missing(&self) -> (usize, usize) {
        match self.heading.mode {
            Mode::Delta | Mode::Delete => return (0, 0),
            Mode::Full | Mode::Replica => {}
        }
        let people = || self.scopes.iter().flat_map(|it| &it.rows).filter(|it| it.kind == Kind::Person && it.live);
        (people().filter(|it| !it.seen).count(), people().count())
    }

    fn apply(&mut self, transaction: &Connection) -> Result<Receipt, StoreError> {
        let now = super::now();
        let edition = next_edition(transaction)?;
        let institution = institution(transaction, &self.heading.institution)?;
        let group_scope = self.group_scope();
        self.check_scopes(transaction, institution)?;
        let mut rows = Rows::new(transaction, now)?;
        let mut identities = Identities::new(transaction, &self.store.keyed)?;
        name(transaction, &mut rows, institution, &self.heading.institution, self.heading.name.as_deref())?;
        let (before_added, before_changed) = (rows.added, rows.changed);
        let groups = self.put_groups(&mut rows, group_scope)?;
        let users = self.put_people(&mut rows, &mut identities, transaction)?;
        self.bury(&mut rows)?;
        self.write_journal(transaction, institution, now)?;
        for scope in self.scopes.iter().filter_map(|it| it.id) {
            transaction.execute("UPDATE scope SET edition = ?2 WHERE id = ?1", params![scope, edition])?;
        }
        transaction.execute("UPDATE institution SET edition = ?2 WHERE id = ?1", params![institution, edition])?;
        held::drop_overtaken(transaction, &self.heading)?;
        let (added, changed) = (rows.added - before_added, rows.changed - before_changed);
        let handed = groups + self.people.iter().filter(|it| !it.dropped).map(|it| it.rows).sum::<usize>();
        Ok(Receipt {
            sequence: u64::try_from(rows.sequence).unwrap_or(0),
            added,
            changed,
            removed: rows.removed,
            unchanged: handed - added - changed,
            people: self.told(users),
        })
    }

    /// Sees to it that nobody has changed what this import was compared with, and that every scope has a row.
    fn check_scopes(&mut self, transaction: &Connection, institution: i64) -> Result<(), StoreError> {
        let mut find = transaction.prepare("SELECT id, edition FROM scope WHERE institution = ?1 AND source = ?2")?;
        for scope in &mut self.scopes {
            let found: Option<(i64, i64)> =
                find.query_row(params![institution, scope.source], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            if found.is_some_and(|it| it.1 != scope.edition) {
                return Err(StoreError::Overtaken);
            }
            scope.id = Some(match found {
                Some((id, _)) => id,
                None => new_scope(transaction, institution, &scope.source)?,
            });
        }
        if self.heading.mode == Mode::Replica {
            let imported = "SELECT count(*) FROM scope WHERE institution = ?1 AND edition > 0";
            let imported: usize = transaction.query_row(imported, [institution], |row| row.get(0))?;
            if imported != self.scopes.iter().filter(|it| it.edition > 0).count() {
                return Err(StoreError::Overtaken);
            }
        }
        Ok(())
    }

    /// Writes the groups that were handed in, and those that people are in. Returns how many those are.
    fn put_groups(&mut self, rows: &mut Rows<'_>, scope: usize) -> Result<usize, StoreError> {
        let Some(id) = self.scopes[scope].id else { return Ok(0) };
        let mut buffer = String::new();
        for (key, staged) in &self.groups {
            self.spool.read(staged.at, staged.length, &mut buffer)?;
            let content = Content { user: None, digest: &staged.digest, rank: 0, record: &buffer };
            let row = self.scopes[scope].find(Kind::Group, key);
            put(rows, id, Kind::Group, key, row.map(|it| &self.scopes[scope].rows[it]), &content)?;
            row.into_iter().for_each(|it| self.scopes[scope].rows[it].seen = true);
        }
        let mut count = self.groups.len();
        let mut writer = record::writer();
        for (key, main) in &self.entered {
            if self.groups.contains_key(key) {
                continue;
            }
            let row = self.scopes[scope].find(Kind::Group, key);
            let kept = row.map(|it| &mut self.scopes[scope].rows[it]);
            let stays = kept.is_some_and(|it| {
                it.seen = true;
                // A group that was handed in before, or was a main group before, is so until the next full import.
                self.heading.mode == Mode::Delta && it.live && (it.rank == 0 || !main)
            });
            if stays {
                continue;
            }
            writer.clear();
            record::write_group(&unlisted(key, *main), &mut writer);
            let digest = digest(writer.written());
            let content = Content { user: None, digest: &digest, rank: 1, record: writer.written() };
            put(rows, id, Kind::Group, key, row.map(|it| &self.scopes[scope].rows[it]), &content)?;
            count += 1;
        }
        Ok(count)
    }

    /// Writes the people of whom something differs. Returns the user ids of those, by their places in the document.
    fn put_people(
        &mut self,
        rows: &mut Rows<'_>,
        identities: &mut Identities<'_>,
        transaction: &Connection,
    ) -> Result<Vec<(usize, Option<String>)>, StoreError> {
        let mut users = Vec::new();
        let replica = self.heading.mode == Mode::Replica;
        for place in self.places.values() {
            let handed = &self.people[*place];
            let Some(change) = handed.change.as_deref().filter(|_| !handed.dropped) else { continue };
            let scope = &self.scopes[handed.scope];
            let Some(id) = scope.id else { continue };
            let pupil = [self.heading.institution.as_str(), &scope.source, &handed.key];
            let row = handed.row.map(|it| &scope.rows[it]);
            let mut writing = Writing { id, pupil, row, replica, transaction, spool: &mut self.spool };
            let user = writing.person(change, rows, identities)?;
            let kept = &scope.rows[scope.contacts(&handed.key)];
            writing.contacts(&change.contacts, kept, rows, identities)?;
            users.push((*place, user));
        }
        Ok(users)
    }

    /// Makes tombstones of the people who were said to go and, where everything was to be handed in, of what was not.
    fn bury(&self, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        let all = matches!(self.heading.mode, Mode::Full | Mode::Replica);
        for (at, scope) in self.scopes.iter().enumerate() {
            for (place, row) in scope.rows.iter().enumerate().filter(|(_, it)| it.live && !it.seen) {
                let goes = match row.kind {
                    Kind::Group => all,
                    Kind::Person => all || self.leaving.contains(&(at, place)),
                    // They go with their pupils.
                    Kind::Contact | Kind::Institution => false,
                };
                if !goes {
                    continue;
                }
                rows.bury(row.sequence)?;
                if row.kind == Kind::Person {
                    for contact in scope.rows[scope.contacts(&row.key)].iter().filter(|it| it.live) {
                        rows.bury(contact.sequence)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn write_journal(&self, transaction: &Connection, institution: i64, now: i64) -> Result<(), StoreError> {
        if self.heading.mode == Mode::Replica {
            transaction.execute("DELETE FROM journal WHERE institution = ?1", [institution])?;
        }
        let mut writer = record::writer();
        for source in &self.heading.sources {
            writer.clear();
            record::write_source(source, &mut writer);
            let values = params![institution, source.source, writer.written(), now];
            let update = "UPDATE journal SET record = ?3, imported = ?4 WHERE institution = ?1 AND source = ?2";
            if self.heading.mode == Mode::Replica || transaction.execute(update, values)? == 0 {
                let insert = "INSERT INTO journal (institution, source, record, imported) VALUES (?1, ?2, ?3, ?4)";
                transaction.execute(insert, values)?;
            }
        }
        Ok(())
    }

    /// Local id and user id of everybody who was handed in, in the order of the document.
    fn told(&mut self, users: Vec<(usize, Option<String>)>) -> Vec<(String, UserId<'static>)> {
        let mut known: Vec<Option<String>> = self.people.iter().map(|it| self.kept_user(it)).collect();
        for (place, user) in users {
            known[place] = user;
        }
        let people = self.people.iter().zip(known).filter(|(it, _)| !it.dropped);
        people.filter_map(|(it, user)| Some((it.local_id.as_deref()?.to_owned(), UserId::new(user?)))).collect()
    }

    fn kept_user(&self, handed: &Handed) -> Option<String> {
        self.scopes[handed.scope].rows[handed.row?].user.as_deref().map(ToOwned::to_owned)
    }
}

/// One person who is being written.
struct Writing<'w> {
    /// The scope.
    id: i64,
    /// Institution, source and key.
    pupil: [&'w str; 3],
    row: Option<&'w Row>,
    replica: bool,
    transaction: &'w Connection,
    spool: &'w mut Spool,
}

impl Writing<'_> {
    fn person(
        &mut self,
        change: &Change,
        rows: &mut Rows<'_>,
        identities: &mut Identities<'_>,
    ) -> Result<Option<String>, StoreError> {
        let own = |row: &Row| Own { scope: self.id, sequence: row.sequence, user: None };
        let user = if self.replica {
            if let Some(given) = change.given.as_deref() {
                identities.adopt(change.civil, given)?;
            }
            change.given.as_deref().map(ToOwned::to_owned)
        } else if change.known {
            let own = self.row.map(|row| Own { user: row.user.as_deref(), ..own(row) });
            Some(identities.person(change.civil, own.as_ref())?)
        } else {
            None
        };
        let mut record = String::new();
        self.spool.read(change.person.at, change.person.length, &mut record)?;
        let content = Content { user: user.as_deref(), digest: &change.person.digest, rank: 0, record: &record };
        put(rows, self.id, Kind::Person, self.pupil[2], self.row, &content)?;
        Ok(user)
    }

    fn contacts(
        &mut self,
        changes: &[ContactChange],
        kept: &[Row],
        rows: &mut Rows<'_>,
        identities: &mut Identities<'_>,
    ) -> Result<(), StoreError> {
        let (mut record, mut key) = (String::new(), String::new());
        let mut stay = vec![false; kept.len()];
        let mut users: Vec<Option<String>> = Vec::with_capacity(changes.len());
        for (rank, change) in (0..).zip(changes) {
            self.spool.read(change.staged.at, change.staged.length, &mut record)?;
            let user = self.contact_user(change, &record, kept, identities)?;
            let same = users.iter().filter(|it| same_user(it.as_deref(), user.as_deref())).count();
            contact_key(self.pupil[2], user.as_deref(), same, &mut key);
            let row = kept.iter().position(|it| *it.key == *key);
            let content = Content { user: user.as_deref(), digest: &change.staged.digest, rank, record: &record };
            put(rows, self.id, Kind::Contact, &key, row.map(|it| &kept[it]), &content)?;
            row.into_iter().for_each(|it| stay[it] = true);
            users.push(user);
        }
        for (row, _) in kept.iter().zip(stay).filter(|(row, stays)| row.live && !stays) {
            rows.bury(row.sequence)?;
        }
        Ok(())
    }

    fn contact_user(
        &self,
        change: &ContactChange,
        text: &str,
        kept: &[Row],
        identities: &mut Identities<'_>,
    ) -> Result<Option<String>, StoreError> {
        if self.replica {
            if let Some(given) = change.given.as_deref() {
                identities.adopt(change.civil, given)?;
            }
            return Ok(change.given.as_deref().map(ToOwned::to_owned));
        }
        if let Some(known) = identities.known(change.civil)? {
            return Ok(Some(known));
        }
        if let (Some(civil), None) = (change.civil, self.row) {
            // Of a pupil who is new nobody has been told before.
            return identities.first(civil).map(Some);
        }
        let told = record::contact(text, None).map_err(|_| unreadable(0))?;
        let who = (told.relation, &told.person.name);
        let alike = || self.alike(who, kept);
        identities.contact(change.civil, &self.pupil, who, alike).map(Some)
    }

    /// The user id of the pupil's kept contact person with this relation and name.
    fn alike(
        &self,
        (relation, name): (crate::domain::Relation, &crate::domain::PersonName<'_>),
        kept: &[Row],
    ) -> Result<Option<String>, StoreError> {
        let mut select = self.transaction.prepare_cached("SELECT record FROM entity WHERE sequence = ?1")?;
        for row in kept.iter().filter(|it| it.live) {
            let mut found = select.query([row.sequence])?;
            // Of two alike the first may have been written anew already: then its number is no longer this one.
            let Some(columns) = found.next()? else { continue };
            let other = record::contact(text(columns, 0)?, None).map_err(|_| unreadable(row.sequence))?;
            if (other.relation, &other.person.name) == (relation, name) {
                return Ok(row.user.as_deref().map(ToOwned::to_owned));
            }
        }
        Ok(None)
    }
}

fn same_user(a: Option<&str>, b: Option<&str>) -> bool {
    a.unwrap_or_default().eq_ignore_ascii_case(b.unwrap_or_default())
}

/// Makes or changes a row, if it is not what it should be already.
fn put(
    rows: &mut Rows<'_>,
    scope: i64,
    kind: Kind,
    key: &str,
    row: Option<&Row>,
    content: &Content<'_>,
) -> Result<(), StoreError> {
    let Some(row) = row else { return rows.insert(scope, kind, key, content) };
    let same =
        row.live && row.digest == content.digest && row.rank == content.rank && row.user.as_deref() == content.user;
    if same { Ok(()) } else { rows.update(row.sequence, content) }
}

/// A group that somebody is in and nobody has told of.
fn unlisted(id: &str, main: bool) -> Group<'_> {
    let kind = if main { GroupKind::Main } else { GroupKind::Other };
    Group { id: id.into(), name: Some(id.into()), kind, grade: None, line: None, from: None, to: None }
}

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

fn new_scope(transaction: &Connection, institution: i64, source: &str) -> Result<i64, StoreError> {
    transaction.execute("INSERT INTO scope (institution, source) VALUES (?1, ?2)", params![institution, source])?;
    Ok(transaction.last_insert_rowid())
}

/// The number of this commit.
pub(super) fn next_edition(transaction: &Connection) -> Result<i64, StoreError> {
    let count = "UPDATE setting SET value = value + 1 WHERE name = 'edition' RETURNING value";
    Ok(transaction.query_row(count, [], |row| row.get(0))?)
}

/// Writes what a document calls its institution, unless a register tells.
fn name(
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
    let content = Content { user: None, digest: &digest, rank: 0, record: writer.written() };
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

impl Sqlite {
    /// Shows readers what has been committed. Should it fail, they go on with what they had, and the next look at the
    /// database tries again.
    pub(super) fn show(&self, writer: &mut Connection) {
        if let Err(why) = self.catch_up(writer) {
            tracing::error!(error = &why as &dyn std::error::Error, "an import was kept but cannot be shown yet");
        }
    }

    /// Reads every institution that has changed since the last look.
    pub(super) fn catch_up(&self, writer: &mut Connection) -> Result<bool, StoreError> {
        let view = writer.transaction_with_behavior(TransactionBehavior::Deferred)?;
        let changed = load::changed_since(&view, self.shown_edition())?;
        if changed.is_empty() {
            return Ok(false);
        }
        let read = changed.iter().map(|(id, number)| load::institution(&view, *id, number));
        let snapshots = read.collect::<Result<Vec<_>, _>>()?;
        let edition: i64 = view.query_row("SELECT max(edition) FROM institution", [], |row| row.get(0))?;
        let sequence = super::rows::last(&view)?;
        view.finish()?;
        self.memory().put(snapshots);
        self.set_shown(edition, sequence);
        Ok(true)
    }
}
