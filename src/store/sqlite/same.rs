//! Whether a person who is handed in is the one who is kept. Nothing is left out here: a field that the hub gains must be compared.

use super::person::Adopts;
use crate::domain::{ContactPerson, Member, Person, Pupil, Tie, UserId};

/// Whether two say the same of a person. `ids`: whether of the user ids too. The source is that of the import anyway.
pub(super) fn member(a: &Member<'_>, b: &Member<'_>, ids: Adopts) -> bool {
    let Member { source: _, local_id, person, tie, since: _ } = a;
    let same_tie = match (tie, &b.tie) {
        (Some(Tie::Pupil(a)), Some(Tie::Pupil(b))) => pupil(a, b, ids),
        (a, b) => a == b,
    };
    *local_id == b.local_id && same_tie && optional(person.as_ref(), b.person.as_ref(), ids)
}

fn optional(a: Option<&Person<'_>>, b: Option<&Person<'_>>, ids: Adopts) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => self::person(a, b, ids),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn person(a: &Person<'_>, b: &Person<'_>, ids: Adopts) -> bool {
    let Person { user_id, name, alias, protection, civil_id, birth_date, gender, email, address, phones, photo } = a;
    same_user(user_id, &b.user_id, ids)
        && *name == b.name
        && *alias == b.alias
        && *protection == b.protection
        && *civil_id == b.civil_id
        && *birth_date == b.birth_date
        && *gender == b.gender
        && *email == b.email
        && *address == b.address
        && *phones == b.phones
        && *photo == b.photo
}

/// Where user ids are minted, those who are handed in without one have what they are shown with.
fn same_user(a: &Option<UserId<'_>>, b: &Option<UserId<'_>>, ids: Adopts) -> bool {
    match ids {
        Adopts::Nothing => true,
        Adopts::Given => a.is_none() || spelt(a) == spelt(b),
        Adopts::Everything => spelt(a) == spelt(b),
    }
}

/// A user id in another letter case is the same user's, but not the same text.
fn spelt<'u>(user: &'u Option<UserId<'_>>) -> Option<&'u str> {
    user.as_ref().map(UserId::as_str)
}

fn pupil(a: &Pupil<'_>, b: &Pupil<'_>, ids: Adopts) -> bool {
    let Pupil { enrolment, contacts } = a;
    let same = |(a, b): (&ContactPerson<'_>, &ContactPerson<'_>)| contact(a, b, ids);
    *enrolment == b.enrolment && contacts.len() == b.contacts.len() && contacts.iter().zip(&b.contacts).all(same)
}

fn contact(a: &ContactPerson<'_>, b: &ContactPerson<'_>, ids: Adopts) -> bool {
    let ContactPerson { person, relation, custody, access, office } = a;
    *relation == b.relation
        && *custody == b.custody
        && *access == b.access
        && *office == b.office
        && self::person(person, &b.person, ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Enrolment, PersonName, PupilRole, Relation};

    fn known(user: &'static str, name: &'static str) -> Person<'static> {
        Person { user_id: Some(UserId::new(user)), ..Person::named(PersonName::new(name, "Eksempel")) }
    }

    fn pupil(user: &'static str, mother: Person<'static>) -> Member<'static> {
        let enrolment = Enrolment {
            role: PupilRole::Pupil,
            grade: None,
            main_group: "1A".into(),
            student_number: None,
            location: None,
            groups: Vec::new(),
        };
        let (relation, custody, access, office) = (Relation::Mother, true, None, None);
        let contacts = vec![ContactPerson { person: mother, relation, custody, access, office }];
        let tie = Some(Tie::Pupil(Pupil { enrolment, contacts }));
        Member { source: "S".into(), local_id: None, person: Some(known(user, "Anna")), tie, since: None }
    }

    #[test]
    fn user_ids_count_only_where_they_are_handed_in() {
        let anna = pupil("a", known("m", "Mor"));
        assert!(member(&anna, &pupil("b", known("n", "Mor")), Adopts::Nothing));
        assert!(!member(&anna, &pupil("A", known("m", "Mor")), Adopts::Everything), "letter case is kept");
        assert!(!member(&anna, &pupil("a", known("n", "Mor")), Adopts::Everything));
        assert!(!member(&anna, &pupil("a", known("m", "Far")), Adopts::Nothing));
        let mut nameless = anna.clone();
        nameless.person.iter_mut().for_each(|it| it.user_id = None);
        assert!(member(&nameless, &anna, Adopts::Given) && !member(&nameless, &anna, Adopts::Everything));
        assert!(!member(&pupil("b", known("m", "Mor")), &anna, Adopts::Given));
        assert!(member(&anna, &Member { source: "T".into(), ..anna.clone() }, Adopts::Everything));
        assert!(!member(&anna, &Member { person: None, ..anna.clone() }, Adopts::Nothing));
        assert!(!member(&anna, &Member { tie: None, ..anna.clone() }, Adopts::Nothing));
    }
}
