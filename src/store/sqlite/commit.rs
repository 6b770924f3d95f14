//! The end of an import: one transaction that makes rows of what waits in the spool, and tombstones of what is missing.

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{
    held,
    identities::Identities,
    identity::digest,
    import::{Change, Import, Who},
    master,
    person::Writing,
    rows::{Content, Finding, Row, Rows},
    show::{Next, NextScope, Slot},
};
use crate::{
    domain::{Group, GroupKind, UserId},
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
        let (receipt, next) = self.apply(&transaction)?;
        store.commit(transaction, next)?;
        store.show(&mut writer);
        Ok(Outcome::Done(receipt))
    }

    /// Whether whoever is not handed in goes.
    fn is_complete(&self) -> bool {
        match self.heading.mode {
            Mode::Full | Mode::Replica | Mode::Mirror => true,
            Mode::Delta | Mode::Delete => false,
        }
    }

    /// How many people would go because they are missing, and of how many.
    fn missing(&self) -> (usize, usize) {
        if !self.is_complete() {
            return (0, 0);
        }
        let seen = || self.scopes.iter().flat_map(|it| &it.seen);
        (seen().filter(|it| it.is_none()).count(), seen().count())
    }

    fn apply(&mut self, transaction: &Connection) -> Result<(Receipt, Next), StoreError> {
        let now = super::now();
        let edition = master::next_edition(transaction)?;
        let id = master::institution(transaction, &self.heading.institution)?;
        let group_scope = self.group_scope();
        self.check_scopes(transaction, id)?;
        let mut work = Work {
            rows: Rows::new(transaction, now)?,
            finding: Finding::new(transaction)?,
            identities: Identities::new(transaction, &self.store.keyed)?,
            users: vec![None; self.people.len()],
        };
        let name = self.heading.name.as_deref();
        master::name(transaction, &mut work.rows, id, &self.heading.institution, name)?;
        let (before_added, before_changed) = (work.rows.added, work.rows.changed);
        let groups = self.put_groups(&mut work, group_scope)?;
        let mut scopes = Vec::with_capacity(self.scopes.len());
        for scope in 0..self.scopes.len() {
            scopes.extend(self.put_people(&mut work, scope, edition)?);
        }
        self.write_journal(transaction, id, now)?;
        for scope in &scopes {
            transaction.execute("UPDATE scope SET edition = ?2 WHERE id = ?1", params![scope.id, edition])?;
        }
        transaction.execute("UPDATE institution SET edition = ?2 WHERE id = ?1", params![id, edition])?;
        held::drop_overtaken(transaction, &self.heading)?;
        let Work { rows, users, finding: _, identities } = work;
        identities.write()?;
        let (added, changed) = (rows.added - before_added, rows.changed - before_changed);
        let handed = groups + self.people.iter().filter(|it| !it.dropped).map(|it| it.rows).sum::<usize>();
        let receipt = Receipt {
            sequence: u64::try_from(rows.sequence).unwrap_or(0),
            added,
            changed,
            removed: rows.removed,
            unchanged: handed.saturating_sub(added + changed),
            people: self.told(users),
        };
        let number = self.heading.institution.as_str().to_owned();
        Ok((receipt, Next { id, number, edition, sequence: rows.sequence, before: self.kept.take(), scopes }))
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
                None => master::new_scope(transaction, institution, &scope.source)?,
            });
        }
        if self.is_replica() {
            let imported = "SELECT count(*) FROM scope WHERE institution = ?1 AND edition > 0";
            let imported: usize = transaction.query_row(imported, [institution], |row| row.get(0))?;
            if imported != self.scopes.iter().filter(|it| it.edition > 0).count() {
                return Err(StoreError::Overtaken);
            }
        }
        Ok(())
    }

    /// Writes the groups that were handed in, and those that people are in. Returns how many those are.
    fn put_groups(&mut self, work: &mut Work<'_>, own: usize) -> Result<usize, StoreError> {
        let mut count = 0;
        for (at, scope) in self.scopes.iter().enumerate() {
            let Some(id) = scope.id else { continue };
            let kept = work.finding.groups(id)?;
            let since = self.year_begun(&scope.source);
            let mut stays = vec![!self.is_complete(); kept.len()];
            let find = |key: &str| kept.iter().position(|it| *it.key == *key);
            if at == own {
                let mut text = String::new();
                for (key, staged) in &self.groups {
                    self.spool.read(staged.at, staged.length, &mut text)?;
                    let row = find(key);
                    row.into_iter().for_each(|it| stays[it] = true);
                    put_group(&mut work.rows, id, key, row.map(|it| &kept[it]), (0, since), &text)?;
                }
                let mut writer = record::writer();
                for (key, main) in self.entered.iter().filter(|(key, _)| !self.groups.contains_key(*key)) {
                    let row = find(key);
                    row.into_iter().for_each(|it| stays[it] = true);
                    let row = row.map(|it| &kept[it]);
                    // A group that was handed in before, or was a main group before, is so until the next full import.
                    let known = |it: &Row| !self.is_complete() && it.live && (it.rank == 0 || !main);
                    if row.is_none_or(|it| !known(it)) {
                        writer.clear();
                        record::write_group(&unlisted(key, *main), &mut writer);
                        put_group(&mut work.rows, id, key, row, (1, since), writer.written())?;
                        count += 1;
                    }
                }
                count += self.groups.len();
            }
            for (row, _) in kept.iter().zip(stays).filter(|(row, stays)| row.live && !stays) {
                work.rows.bury(row.sequence)?;
            }
        }
        Ok(count)
    }

    /// Writes the people of a scope of whom something differs, and makes tombstones of those who go.
    fn put_people(&mut self, work: &mut Work<'_>, scope: usize, edition: i64) -> Result<Option<NextScope>, StoreError> {
        let Some(id) = self.scopes[scope].id else { return Ok(None) };
        let kept = self.kept.clone();
        let shown = kept.as_deref().zip(self.scopes[scope].kept).map(|(kept, place)| (kept, &kept.scopes[place]));
        let keys = shown.map_or(&[][..], |(_, it)| &it.keys);
        let from = shown.map_or(0, |(_, it)| it.from);
        let new: Vec<(Box<str>, usize)> = self.new_of(scope);
        let mut next = NextScope {
            id,
            source: self.scopes[scope].source.clone(),
            edition,
            keys: Vec::with_capacity(keys.len() + new.len()),
            slots: Vec::with_capacity(keys.len() + new.len()),
        };
        let mut new = new.into_iter().peekable();
        for (at, key) in keys.iter().enumerate() {
            while let Some((key, place)) = new.next_if(|it| it.0 < *key) {
                self.put_new(work, &mut next, key, place)?;
            }
            let handed = self.scopes[scope].seen[at].map(|it| it as usize);
            let leaves = handed.is_none() && (self.is_complete() || self.scopes[scope].leaving.contains(&at));
            if leaves {
                work.bury(id, key)?;
                continue;
            }
            let change = handed.and_then(|it| Some((it, self.people[it].change.take()?)));
            let slot = match change {
                Some((place, change)) => self.put_person(work, &next, key, place, &change)?,
                None => {
                    if let (Some(place), Some((kept, shown))) = (handed, shown) {
                        work.users[place] = kept.member(shown, at).person.as_ref().and_then(|it| it.user_id.clone());
                    }
                    Slot::Kept(from + at)
                }
            };
            next.keys.push(key.clone());
            next.slots.push(slot);
        }
        for (key, place) in new {
            self.put_new(work, &mut next, key, place)?;
        }
        Ok(Some(next))
    }

    /// Those who are new in a scope, by key.
    fn new_of(&self, scope: usize) -> Vec<(Box<str>, usize)> {
        let new = self.new.iter().filter(|((it, _), place)| *it == scope && !self.people[**place].dropped);
        new.map(|((_, key), place)| (key.clone(), *place)).collect()
    }

    fn put_new(
        &mut self,
        work: &mut Work<'_>,
        next: &mut NextScope,
        key: Box<str>,
        place: usize,
    ) -> Result<(), StoreError> {
        let Some(change) = self.people[place].change.take() else { return Ok(()) };
        let slot = self.put_person(work, next, &key, place, &change)?;
        next.keys.push(key);
        next.slots.push(slot);
        Ok(())
    }

    fn put_person(
        &mut self,
        work: &mut Work<'_>,
        scope: &NextScope,
        key: &str,
        place: usize,
        change: &Change,
    ) -> Result<Slot, StoreError> {
        let fresh = self.scopes[self.people[place].scope].edition == 0;
        let mut text = String::new();
        self.spool.read(change.at, change.lengths.iter().sum(), &mut text)?;
        let pupil = [self.heading.institution.as_str(), &scope.source, key];
        let writing = Writing { scope: scope.id, pupil, fresh, adopts: self.adopts(), import: self };
        let member = writing.person(work, change, &text)?;
        work.users[place] = member.person.as_ref().and_then(|it| it.user_id.clone());
        Ok(Slot::Fresh(Box::new(member)))
    }

    fn write_journal(&self, transaction: &Connection, institution: i64, now: i64) -> Result<(), StoreError> {
        if self.is_replica() {
            transaction.execute("DELETE FROM journal WHERE institution = ?1", [institution])?;
        }
        let mut writer = record::writer();
        for source in &self.heading.sources {
            writer.clear();
            record::write_source(source, &mut writer);
            let values = params![institution, source.source, writer.written(), now];
            let update = "UPDATE journal SET record = ?3, imported = ?4 WHERE institution = ?1 AND source = ?2";
            if self.is_replica() || transaction.execute(update, values)? == 0 {
                let insert = "INSERT INTO journal (institution, source, record, imported) VALUES (?1, ?2, ?3, ?4)";
                transaction.execute(insert, values)?;
            }
        }
        Ok(())
    }

    /// Local id and user id of everybody who was handed in, in the order of the document.
    fn told(&self, users: Vec<Option<UserId<'static>>>) -> Vec<(String, UserId<'static>)> {
        let people = self.people.iter().zip(users).filter(|(it, _)| !it.dropped);
        let local_id = |who: &Who, scope| match who {
            Who::New(_, local) => local.as_deref().map(ToOwned::to_owned),
            Who::Kept(at) => {
                let (kept, shown) = self.shown(scope)?;
                kept.member(shown, *at).local_id.clone().map(std::borrow::Cow::into_owned)
            }
        };
        people.filter_map(|(it, user)| Some((local_id(&it.who, it.scope)?, user?))).collect()
    }
}

/// What a transaction works with.
pub(super) struct Work<'t> {
    pub(super) rows: Rows<'t>,
    pub(super) finding: Finding<'t>,
    pub(super) identities: Identities<'t>,
    /// The user ids of those who were handed in, by their places.
    pub(super) users: Vec<Option<UserId<'static>>>,
}

impl Work<'_> {
    /// Makes tombstones of a person and the contact persons.
    fn bury(&mut self, scope: i64, key: &str) -> Result<(), StoreError> {
        let contacts = self.finding.contacts(scope, key)?;
        for row in self.finding.person(scope, key)?.iter().chain(&contacts).filter(|it| it.live) {
            self.rows.bury(row.sequence)?;
        }
        Ok(())
    }
}

fn put_group(
    rows: &mut Rows<'_>,
    scope: i64,
    key: &str,
    row: Option<&Row>,
    (rank, since): (i64, NaiveDate),
    record: &str,
) -> Result<(), StoreError> {
    let content = Content { user: None, digest: &digest(record), rank, record, since: Some(since) };
    rows.put(scope, Kind::Group, key, row, &content)
}

/// A group that somebody is in and nobody has told of.
fn unlisted(id: &str, main: bool) -> Group<'_> {
    let kind = if main { GroupKind::Main } else { GroupKind::Other };
    Group { id: id.into(), name: Some(id.into()), kind, grade: None, line: None, from: None, to: None, since: None }
}
