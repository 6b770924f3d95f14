//! Which user id somebody gets: minted once, kept for good, and the same wherever the same number is told.

use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::identity::{Digest, Keyed, Mint};
use crate::{domain::PersonName, domain::Relation, store::StoreError};

/// The table of identities within a transaction.
pub(super) struct Identities<'t> {
    find: Statement<'t>,
    learn: Statement<'t>,
    taken: Statement<'t>,
    shared: Statement<'t>,
    keyed: &'t Keyed,
    mint: Mint,
}

/// A person's own row, where there is one: its scope and number, and the user id it has had, gone or not.
pub(super) struct Own<'r> {
    pub(super) scope: i64,
    pub(super) sequence: i64,
    pub(super) user: Option<&'r str>,
}

impl<'t> Identities<'t> {
    pub(super) fn new(transaction: &'t Connection, keyed: &'t Keyed) -> Result<Self, StoreError> {
        Ok(Self {
            find: transaction.prepare("SELECT user_id FROM identity WHERE digest = ?1")?,
            learn: transaction.prepare(
                "INSERT INTO identity (digest, user_id) VALUES (?1, ?2)
                 ON CONFLICT (digest) DO UPDATE SET user_id = excluded.user_id WHERE user_id <> excluded.user_id",
            )?,
            taken: transaction.prepare("SELECT 1 FROM entity WHERE user_id = ?1 LIMIT 1")?,
            shared: transaction.prepare(
                "SELECT 1 FROM entity WHERE user_id = ?1 AND scope = ?2 AND kind = 2 AND sequence <> ?3
                 AND deleted IS NULL LIMIT 1",
            )?,
            keyed,
            mint: Mint::new(),
        })
    }

    /// Takes over the user id that another keeper has given.
    pub(super) fn adopt(&mut self, civil: Option<Digest>, given: &str) -> Result<(), StoreError> {
        civil.map_or(Ok(()), |it| self.learn(it, given))
    }

    /// The user id of a person at the institution.
    ///
    /// A number that is known decides. Else the person keeps the id that the row has had, and the number leads to it from now
    /// on; unless somebody else told of by the same source has that id too: then the number that was told of this person
    /// before was that other person's.
    pub(super) fn person(&mut self, civil: Option<Digest>, own: Option<&Own<'_>>) -> Result<String, StoreError> {
        let kept = own.and_then(|it| Some((it, it.user?)));
        let Some(civil) = civil else {
            return match kept {
                Some((_, user)) => Ok(user.to_owned()),
                None => self.fresh(),
            };
        };
        if let Some(known) = self.find(civil)? {
            return Ok(known);
        }
        let user = match kept {
            Some((own, user)) if !self.shared.exists(params![user, own.scope, own.sequence])? => user.to_owned(),
            Some(_) | None => self.fresh()?,
        };
        self.learn(civil, &user)?;
        Ok(user)
    }

    /// The user id of a contact person without looking at the name: where the number is known.
    pub(super) fn known(&mut self, civil: Option<Digest>) -> Result<Option<String>, StoreError> {
        civil.map_or(Ok(None), |it| self.find(it))
    }

    /// The user id of a contact person whose number is not known: by relation and name, then by a row of the pupil that says the
    /// same, then a new one.
    pub(super) fn contact(
        &mut self,
        civil: Option<Digest>,
        pupil: &[&str; 3],
        (relation, name): (Relation, &PersonName<'_>),
        alike: impl FnOnce() -> Result<Option<String>, StoreError>,
    ) -> Result<String, StoreError> {
        let named = self.keyed.contact(pupil, relation, name);
        let user = match self.find(named)? {
            Some(user) => user,
            None => match alike()? {
                Some(user) => user,
                None => self.fresh()?,
            },
        };
        self.learn(civil.unwrap_or(named), &user)?;
        Ok(user)
    }

    /// A new user id for a contact person with a number.
    pub(super) fn first(&mut self, civil: Digest) -> Result<String, StoreError> {
        let user = self.fresh()?;
        self.learn(civil, &user)?;
        Ok(user)
    }

    fn find(&mut self, digest: Digest) -> Result<Option<String>, StoreError> {
        Ok(self.find.query_row([digest.as_slice()], |row| row.get(0)).optional()?)
    }

    fn learn(&mut self, digest: Digest, user: &str) -> Result<(), StoreError> {
        self.learn.execute(params![digest.as_slice(), user])?;
        Ok(())
    }

    /// One that nobody has or has had.
    fn fresh(&mut self) -> Result<String, StoreError> {
        loop {
            let user = self.mint.next();
            if !self.taken.exists([&user])? {
                return Ok(user);
            }
        }
    }
}
