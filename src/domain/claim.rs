//! Whose number it is: what may be concluded where several people, maybe of several institutions, claim one national
//! identity number, or one user is said to have several.
//!
//! Ten zeros are nobody's. A verified number counts before all others. A replacement number is unique only inside the
//! organisation that gave it out, so the same one may be two persons': where what is left does not lead to one user, or
//! to one number, the answer is nobody, since a guess would show one person's data to somebody who asks for another.

use super::{CivilId, CivilIdKind, Person, UserId};

/// The user among people who all have the same number. People without a user id do not count.
pub fn user<'p, 't: 'p>(people: impl IntoIterator<Item = &'p Person<'t>>) -> Option<UserId<'static>> {
    let claims = people.into_iter().filter_map(|it| Some((number(it)?, it.user_id.as_ref()?)));
    let claims = claims.map(|(number, user)| (is_verified(number), user)).collect();
    only(claims, |a, b| a == b).map(|it| it.clone().into_owned())
}

/// The number of people who are all the same user.
pub fn civil_id<'p, 't: 'p>(people: impl IntoIterator<Item = &'p Person<'t>>) -> Option<CivilId<'static>> {
    let claims = people.into_iter().filter_map(number).map(|it| (is_verified(it), it)).collect();
    only(claims, |a, b| a.is_same_number(b)).map(|it| it.clone().into_owned())
}

fn number<'p, 't>(person: &'p Person<'t>) -> Option<&'p CivilId<'t>> {
    person.civil_id.as_ref().filter(|it| !it.is_placeholder())
}

fn is_verified(number: &CivilId<'_>) -> bool {
    number.kind() == CivilIdKind::Verified
}

/// What all claims agree on; of verified ones, if there are any.
fn only<T: Copy>(claims: Vec<(bool, T)>, same: impl Fn(T, T) -> bool) -> Option<T> {
    let verified = claims.iter().any(|it| it.0);
    let mut counted = claims.into_iter().filter(|it| it.0 == verified).map(|it| it.1);
    let first = counted.next()?;
    counted.all(|it| same(first, it)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CountryCode, PersonName};

    fn somebody(user: Option<&'static str>, number: &'static str, kind: CivilIdKind) -> Person<'static> {
        let civil_id = Some(CivilId::new(number, kind, CountryCode::DK));
        Person { user_id: user.map(UserId::new), civil_id, ..Person::named(PersonName::new("Anna", "Eksempel")) }
    }

    fn of(user: &'static str, kind: CivilIdKind) -> Person<'static> {
        somebody(Some(user), "6701014001", kind)
    }

    #[test]
    fn one_user_at_two_institutions_is_one() {
        let found = user(&[of("anna0001", CivilIdKind::Replacement), of("ANNA0001", CivilIdKind::Unknown)]);
        assert_eq!(found, Some(UserId::new("anna0001")));
    }

    #[test]
    fn two_users_with_one_number_are_nobody() {
        assert_eq!(user(&[of("anna0001", CivilIdKind::Replacement), of("bo000001", CivilIdKind::Replacement)]), None);
        assert_eq!(user(&[of("anna0001", CivilIdKind::Verified), of("bo000001", CivilIdKind::Verified)]), None);
        assert_eq!(user(&[]), None);
    }

    #[test]
    fn verified_beats_unverified() {
        let both = [of("anna0001", CivilIdKind::Unverified), of("bo000001", CivilIdKind::Verified)];
        assert_eq!(user(&both), Some(UserId::new("bo000001")));
        let numbers = [
            somebody(None, "6701014001", CivilIdKind::Unverified),
            somebody(None, "6701014002", CivilIdKind::Verified),
        ];
        assert_eq!(civil_id(&numbers).unwrap().reveal(), "6701014002");
    }

    #[test]
    fn a_user_with_two_numbers_has_none() {
        let (one, other) = ("6701014001", "6701014002");
        let unsure = |number| somebody(None, number, CivilIdKind::Unverified);
        assert_eq!(civil_id(&[unsure(one), unsure(other)]), None);
        assert_eq!(civil_id(&[unsure(one), unsure("670101-4001")]).unwrap().reveal(), one, "one number written twice");
    }

    #[test]
    fn ten_zeros_and_people_without_user_do_not_count() {
        let zeros = somebody(Some("anna0001"), "000000-0000", CivilIdKind::Verified);
        assert_eq!(user([&zeros]), None);
        assert_eq!(civil_id([&zeros]), None);
        let nobody = somebody(None, "6701014001", CivilIdKind::Verified);
        assert_eq!(user(&[nobody, of("bo000001", CivilIdKind::Unverified)]), Some(UserId::new("bo000001")));
    }
}
