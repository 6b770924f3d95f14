//! One person who is being written: the records, the user ids, the rows.

use super::{
    commit::Work,
    identity::digest,
    import::{Change, Import},
    rows::{Content, Row, contact_key, unreadable},
};
use crate::{
    domain::{ContactPerson, Member, Person, Tie, UserId},
    store::{Kind, StoreError, record},
};

/// Whose rows are written.
pub(super) struct Writing<'w> {
    /// The number of the scope.
    pub(super) scope: i64,
    /// Institution, source and key.
    pub(super) pupil: [&'w str; 3],
    /// Nobody has been told of in this scope before.
    pub(super) fresh: bool,
    /// What becomes of the user ids that are handed in.
    pub(super) adopts: Adopts,
    /// Who hands in.
    pub(super) import: &'w Import<'w>,
}

/// Which user ids are taken over as they are handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Adopts {
    /// None: they are minted here.
    Nothing,
    /// Those that there are; the others are minted.
    Given,
    /// All: who has none gets none.
    Everything,
}

impl Writing<'_> {
    /// Writes what differs from the rows there are, and returns the person as readers will see it.
    pub(super) fn person(
        &self,
        work: &mut Work<'_>,
        change: &Change,
        text: &str,
    ) -> Result<Member<'static>, StoreError> {
        let key = self.pupil[2];
        let (own, rest) = text.split_at(change.lengths[0]);
        let row = if self.fresh { None } else { work.finding.person(self.scope, key)? };
        let kept = if row.is_some() { work.finding.contacts(self.scope, key)? } else { Vec::new() };
        let mut member = record::member(own, None, Vec::new()).map_err(|_| unreadable(0))?;
        if let Some(person) = &mut member.person {
            if let (Some(row), Some(Some(given))) = (&row, change.given.first()) {
                work.identities.rename(row, person, given)?;
            }
            person.user_id = self.own_user(work, change, person, row.as_ref())?;
        }
        let user = member.person.as_ref().and_then(|it| it.user_id.as_ref()).map(UserId::as_str);
        let since = Some(self.import.since(self.pupil[1], member.tie.as_ref()));
        let content = Content { user, digest: &digest(own), rank: 0, record: own, since };
        work.rows.put(self.scope, Kind::Person, key, row.as_ref(), &content)?;
        member.since = Row::since(row.as_ref(), &content);
        let contacts = self.contacts(work, change, rest, &kept, row.is_none())?;
        if let Some(Tie::Pupil(pupil)) = &mut member.tie {
            pupil.contacts = contacts;
        }
        Ok(member.into_owned())
    }

    fn own_user(
        &self,
        work: &mut Work<'_>,
        change: &Change,
        person: &Person<'_>,
        row: Option<&Row>,
    ) -> Result<Option<UserId<'static>>, StoreError> {
        let civil = work.identities.civil(person, self.pupil[0]);
        if let Some(adopted) = self.adopted(work, civil, change, 0) {
            return Ok(adopted);
        }
        let own = row.and_then(|it| it.user.as_deref());
        Ok(Some(UserId::new(work.identities.person(civil, own, self.scope)?)))
    }

    /// The user id that is taken over, or that there is none; nothing, where one is to be minted.
    fn adopted(
        &self,
        work: &mut Work<'_>,
        civil: Option<super::identity::Digest>,
        change: &Change,
        place: usize,
    ) -> Option<Option<UserId<'static>>> {
        let given = change.given.get(place).and_then(Option::as_deref);
        match (self.adopts, given) {
            (Adopts::Nothing, _) | (Adopts::Given, None) => None,
            (Adopts::Everything, None) => Some(None),
            (Adopts::Given | Adopts::Everything, Some(given)) => {
                work.identities.adopt(civil, given);
                Some(Some(UserId::new(given.to_owned())))
            }
        }
    }

    /// Writes the contact persons. `new`: nobody has told of the pupil before.
    fn contacts<'t>(
        &self,
        work: &mut Work<'_>,
        change: &Change,
        mut rest: &'t str,
        kept: &[Row],
        new: bool,
    ) -> Result<Vec<ContactPerson<'t>>, StoreError> {
        let mut key = String::new();
        let mut stays = vec![false; kept.len()];
        let mut contacts: Vec<ContactPerson<'t>> = Vec::with_capacity(change.lengths.len() - 1);
        for (place, length) in change.lengths.iter().enumerate().skip(1) {
            let (record, others) = rest.split_at(*length);
            rest = others;
            let mut contact = record::contact(record, None).map_err(|_| unreadable(0))?;
            contact.person.user_id = self.contact_user(work, change, &contact, place, (kept, new))?;
            let user = contact.person.user_id.as_ref();
            let same = contacts.iter().filter(|it| it.person.user_id.as_ref() == user).count();
            contact_key(self.pupil[2], user.map(UserId::as_str), same, &mut key);
            let row = kept.iter().position(|it| *it.key == *key);
            let rank = i64::try_from(place).unwrap_or(i64::MAX);
            let content =
                Content { user: user.map(UserId::as_str), digest: &digest(record), rank, record, since: None };
            work.rows.put(self.scope, Kind::Contact, &key, row.map(|it| &kept[it]), &content)?;
            row.into_iter().for_each(|it| stays[it] = true);
            contacts.push(contact);
        }
        for (row, _) in kept.iter().zip(stays).filter(|(row, stays)| row.live && !stays) {
            work.rows.bury(row.sequence)?;
        }
        Ok(contacts)
    }

    fn contact_user(
        &self,
        work: &mut Work<'_>,
        change: &Change,
        contact: &ContactPerson<'_>,
        place: usize,
        (kept, new): (&[Row], bool),
    ) -> Result<Option<UserId<'static>>, StoreError> {
        let civil = work.identities.civil(&contact.person, self.pupil[0]);
        if let Some(adopted) = self.adopted(work, civil, change, place) {
            return Ok(adopted);
        }
        let user = match civil {
            // Of a pupil who is new nobody has been told before.
            Some(civil) if new => work.identities.first(civil)?,
            civil => work.identities.contact(civil, &self.pupil, contact, kept)?,
        };
        Ok(Some(UserId::new(user)))
    }
}
