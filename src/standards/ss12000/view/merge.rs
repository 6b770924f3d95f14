//! SS12000 2.1, one person out of several places that tell of the same one.

use super::model;
use crate::{
    domain::{PersonName, WITHHELD_NAME},
    standards::ss12000::{context::Rights, values::SecurityMarking},
};

/// One person out of two that are the same. Of a protected one nothing is learnt from the other but ties and keys.
pub(super) fn merge<'m>(one: model::Person<'m>, other: model::Person<'m>) -> model::Person<'m> {
    let (mut kept, other) = if other.is_marked() && !one.is_marked() { (other, one) } else { (one, other) };
    let hidden = kept.is_marked();
    let model::Person {
        id: _,
        meta: _,
        given_name: _,
        middle_name: _,
        family_name: _,
        edu_person_principal_names,
        external_identifiers,
        civic_no,
        birth_date,
        sex,
        security_marking,
        person_status: _,
        emails,
        phone_numbers,
        addresses,
        photo: _,
        enrolments,
        responsibles,
    } = other;
    union(&mut kept.edu_person_principal_names, edu_person_principal_names);
    union(&mut kept.external_identifiers, external_identifiers);
    union(&mut kept.enrolments, enrolments);
    match (&mut kept.responsibles, responsibles) {
        (Some(kept), Some(more)) => more.into_iter().for_each(|it| refer(kept, it)),
        (kept @ None, more) => *kept = more,
        (Some(_), None) => {}
    }
    if !hidden {
        kept.civic_no = kept.civic_no.or(civic_no);
        kept.birth_date = kept.birth_date.or(birth_date);
        kept.sex = kept.sex.or(sex);
        kept.security_marking = kept.security_marking.or(security_marking);
        union(&mut kept.emails, emails);
        union(&mut kept.phone_numbers, phone_numbers);
        if kept.addresses.is_empty() {
            kept.addresses = addresses;
        }
    }
    kept
}

/// One reference to an adult in one responsibility, with a name if any place tells one.
fn refer<'m>(kept: &mut Vec<model::Responsible<'m>>, one: model::Responsible<'m>) {
    let is_same =
        |it: &&mut model::Responsible<'_>| it.person.id == one.person.id && it.relation_type == one.relation_type;
    match kept.iter_mut().find(is_same) {
        Some(known) if known.person.display_name.is_none() => *known = one,
        Some(_) => {}
        None => kept.push(one),
    }
}

/// Withholds what is withheld of protected persons, of one whom a place protects that does not tell of the person here.
pub(super) fn protect(person: &mut model::Person<'_>, rights: Rights) {
    if person.is_marked() {
        return;
    }
    person.security_marking = Some(SecurityMarking::Confidential);
    (person.civic_no, person.photo) = (None, None);
    person.phone_numbers.clear();
    person.addresses.clear();
    if !rights.real_names {
        let PersonName { given, family, guessed: _ } = WITHHELD_NAME;
        (person.given_name, person.middle_name, person.family_name) = (given, None, family);
        // A mail address mostly holds the name.
        person.emails.clear();
    }
}

pub(super) fn union<T: PartialEq>(kept: &mut Vec<T>, more: Vec<T>) {
    for one in more {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
}
