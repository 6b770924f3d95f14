//! Which user id somebody gets: minted once, kept for good, and the same wherever the same number is told.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::{
    identity::{Digest, Keyed, Mint},
    rows::{Row, text, unreadable},
};
use crate::{
    domain::{ContactPerson, Person},
    store::{StoreError, record},
};

/// The tables of identities and user ids within a transaction. What is new is written at the end and in order: both are
/// ordered by what is as good as chance, and rows that come in order are put in several times as fast.
pub(super) struct Identities<'t> {
    find: Statement<'t>,
    learn: Statement<'t>,
    taken: Statement<'t>,
    give: Statement<'t>,
    users: Statement<'t>,
    record: Statement<'t>,
    first: Statement<'t>,
    rename: Statement<'t>,
    keyed: &'t Keyed,
    mint: Mint,
    /// What is not in the table yet.
    learned: BTreeMap<Digest, String>,
    given: BTreeSet<String>,
    renamed: BTreeMap<String, String>,
    /// How many people of a scope have a user id, once somebody has asked.
    shared: BTreeMap<i64, BTreeMap<String, usize>>,
}

impl<'t> Identities<'t> {
    pub(super) fn new(transaction: &'t Connection, keyed: &'t Keyed) -> Result<Self, StoreError> {
        Ok(Self {
            find: transaction.prepare("SELECT user_id FROM identity WHERE digest = ?1")?,
            learn: transaction.prepare(
                "INSERT INTO identity (digest, user_id) VALUES (?1, ?2)
                 ON CONFLICT (digest) DO UPDATE SET user_id = excluded.user_id WHERE user_id <> excluded.user_id",
            )?,
            taken: transaction.prepare("SELECT 1 FROM user WHERE user_id = ?1")?,
            give: transaction.prepare("INSERT OR IGNORE INTO user (user_id) VALUES (?1)")?,
            users: transaction.prepare(
                "SELECT user_id, count(*) FROM entity
                 WHERE scope = ?1 AND kind = 2 AND deleted IS NULL AND user_id IS NOT NULL GROUP BY user_id",
            )?,
            record: transaction.prepare("SELECT record FROM entity WHERE sequence = ?1")?,
            first: transaction.prepare("SELECT first FROM renamed WHERE user_id = ?1")?,
            rename: transaction.prepare("INSERT INTO renamed (user_id, first) VALUES (?1, ?2)")?,
            keyed,
            mint: Mint::new(),
            renamed: BTreeMap::new(),
            learned: BTreeMap::new(),
            given: BTreeSet::new(),
            shared: BTreeMap::new(),
        })
    }

    /// What a person's number says of who it is.
    pub(super) fn civil(&self, person: &Person<'_>, institution: &str) -> Option<Digest> {
        self.keyed.civil(person.civil_id.as_ref()?, institution)
    }

    /// Takes over the user id that another keeper has given.
    pub(super) fn adopt(&mut self, civil: Option<Digest>, given: &str) {
        self.given.insert(given.to_ascii_lowercase());
        civil.into_iter().for_each(|it| self.learn(it, given));
    }

    /// Notes that a person of a row that stays has got another user id, unless the new one is known already or it may be another
    /// person: keys of local systems should never be given twice, but are.
    pub(super) fn rename(&mut self, row: &Row, person: &Person<'_>, new: &str) -> Result<(), StoreError> {
        let Some(old) = row.user.as_deref().filter(|it| row.live && !it.eq_ignore_ascii_case(new)) else {
            return Ok(());
        };
        let (old, new) = (old.to_ascii_lowercase(), new.to_ascii_lowercase());
        if self.given.contains(&new) || self.taken.exists([&new])? || !self.is_of(row, person)? {
            return Ok(());
        }
        let known: Option<String> = self.first.query_row([&old], |row| row.get(0)).optional()?;
        let first = self.renamed.get(&old).cloned().or(known).unwrap_or(old);
        self.renamed.insert(new, first);
        Ok(())
    }

    /// Whether the record of a row is about this person.
    fn is_of(&mut self, row: &Row, person: &Person<'_>) -> Result<bool, StoreError> {
        let mut found = self.record.query([row.sequence])?;
        let Some(columns) = found.next()? else { return Ok(false) };
        let kept = record::member(text(columns, 0)?, None, Vec::new()).map_err(|_| unreadable(row.sequence))?;
        Ok(kept.person.is_some_and(|it| is_same(&it, person)))
    }

    /// The user id of a person at the institution. `own` is the one that the person's row has had, gone or not.
    ///
    /// A number that is known decides. Else the person keeps the own id, and the number leads to it from now on; unless
    /// somebody else told of by the same source has that id too: then the number that was told of this person before was that
    /// other person's.
    pub(super) fn person(
        &mut self,
        civil: Option<Digest>,
        own: Option<&str>,
        scope: i64,
    ) -> Result<String, StoreError> {
        match (civil, own) {
            (None, None) => self.fresh(),
            (None, Some(own)) => Ok(own.to_owned()),
            (Some(civil), None) => self.first(civil),
            (Some(civil), Some(own)) => {
                if let Some(known) = self.find(civil)? {
                    return Ok(known);
                }
                if self.leave_shared(own, scope)? {
                    return self.first(civil);
                }
                self.learn(civil, own);
                Ok(own.to_owned())
            }
        }
    }

    /// Whether others of a scope have the same user id. Then one fewer has it from now on.
    fn leave_shared(&mut self, user: &str, scope: i64) -> Result<bool, StoreError> {
        let users = match self.shared.entry(scope) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let counted = self.users.query_map([scope], |row| Ok((row.get(0)?, row.get(1)?)))?;
                unknown.insert(counted.collect::<Result<_, _>>()?)
            }
        };
        let Some(count) = users.get_mut(user).filter(|it| **it > 1) else { return Ok(false) };
        *count -= 1;
        Ok(true)
    }

    /// The user id of somebody with a number of whom nothing else is known.
    pub(super) fn first(&mut self, civil: Digest) -> Result<String, StoreError> {
        if let Some(known) = self.find(civil)? {
            return Ok(known);
        }
        let user = self.fresh()?;
        self.learn(civil, &user);
        Ok(user)
    }

    /// The user id of a contact person: by number; by relation and name; then that of a row of the pupil that has the same
    /// relation and name; then a new one.
    pub(super) fn contact(
        &mut self,
        civil: Option<Digest>,
        pupil: &[&str; 3],
        contact: &ContactPerson<'_>,
        kept: &[Row],
    ) -> Result<String, StoreError> {
        if let Some(known) = civil.map(|it| self.find(it)).transpose()?.flatten() {
            return Ok(known);
        }
        let named = self.keyed.contact(pupil, contact.relation, &contact.person.name);
        let user = match self.find(named)? {
            Some(user) => user,
            None => match self.alike(contact, kept)? {
                Some(user) => user,
                None => self.fresh()?,
            },
        };
        self.learn(civil.unwrap_or(named), &user);
        Ok(user)
    }

    /// The user id of the pupil's kept contact person with the same relation and name.
    fn alike(&mut self, contact: &ContactPerson<'_>, kept: &[Row]) -> Result<Option<String>, StoreError> {
        for row in kept.iter().filter(|it| it.live) {
            let mut found = self.record.query([row.sequence])?;
            // A row that has been written anew meanwhile has another number, and its contact person a user id.
            let Some(columns) = found.next()? else { continue };
            let other = record::contact(text(columns, 0)?, None).map_err(|_| unreadable(row.sequence))?;
            if other.relation == contact.relation && other.person.name == contact.person.name {
                return Ok(row.user.as_deref().map(ToOwned::to_owned));
            }
        }
        Ok(None)
    }

    fn find(&mut self, digest: Digest) -> Result<Option<String>, StoreError> {
        if let Some(user) = self.learned.get(&digest) {
            return Ok(Some(user.clone()));
        }
        Ok(self.find.query_row([digest.as_slice()], |row| row.get(0)).optional()?)
    }

    fn learn(&mut self, digest: Digest, user: &str) {
        self.learned.insert(digest, user.to_owned());
    }

    /// One that nobody has or has had.
    fn fresh(&mut self) -> Result<String, StoreError> {
        loop {
            let user = self.mint.next();
            if !self.taken.exists([&user])? && self.given.insert(user.clone()) {
                return Ok(user);
            }
        }
    }

    /// Writes what has been learned and given.
    pub(super) fn write(mut self) -> Result<(), StoreError> {
        for (digest, user) in &self.learned {
            self.learn.execute(params![digest.as_slice(), user])?;
        }
        for user in &self.given {
            self.give.execute([user])?;
        }
        for (user, first) in &self.renamed {
            self.rename.execute([user, first])?;
        }
        Ok(())
    }
}

/// Whether both are one person, as far as they tell: the number decides, else the birthday and a name, else both names.
fn is_same(a: &Person<'_>, b: &Person<'_>) -> bool {
    if let (Some(a), Some(b)) = (&a.civil_id, &b.civil_id) {
        return a.reveal() == b.reveal();
    }
    let names = [a.name.given == b.name.given, a.name.family == b.name.family];
    match (a.birth_date, b.birth_date) {
        (Some(a), Some(b)) => a == b && names.contains(&true),
        _ => !names.contains(&false),
    }
}
