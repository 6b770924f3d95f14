//! The hub to wsaIMPORT 8. Whoever an import would refuse is left out, and so is all that it has no place for.

use std::borrow::Cow;

use contracts::unilogin::common::v3;
use contracts::unilogin::wsaimport::v8::{common, import};
use soap::xml::Value;

use super::{
    super::{codes, eksport::fit, values},
    rules,
};
use crate::{
    crosswalk::Trail,
    domain::{
        AccessLevel, Address, CivilId, CivilIdKind, ContactPerson, CountryCode, Employment, Enrolment, External,
        Gender, Grade, Group, GroupKind, ImportSource, Member, Office, OrganisationNumber, Person, PersonName, Phone,
        Phones, Protection, Pupil, Roster, Text, Tie, lend,
    },
};

/// Bytes of a group's name (`Token100char`).
const GROUP_NAME: usize = 100;
/// Bytes of a group's key (`Gruppekode`).
const GROUP_KEY: usize = 75;
/// Bytes of a line or the name of a municipality (`Token40char`).
const FORTY: usize = 40;
/// Bytes of a key in a local system.
const LOCAL_ID: usize = 18;
/// Bytes of a student number.
const STUDENT_NUMBER: usize = 26;

/// A document of one source, without its people. The master data of the institution have no place.
pub(super) fn document<'m>(
    roster: &'m Roster<'m>,
    source: &'m ImportSource<'m>,
    trail: &mut Trail,
) -> import::UniLoginImport<'m> {
    let Roster { organisation, exported_at: _, sources, groups, members: _ } = roster; // people are records
    trail.drop("sources", "an import has one source", sources.len() > 1);
    let ImportSource { source, extracted_at, school_year } = source;
    let group = groups.iter().enumerate();
    let group = group.filter_map(|(at, it)| trail.within_item("groups", at, |trail| self::group(it, trail))).collect();
    let institution = import::InstitutionImport {
        institution_number: OrganisationNumber::lend(&organisation.number).into_text(),
        institution_name: fit::token_option(&organisation.name, fit::ANY, "organisation/name", trail),
        group,
        institution_person: Vec::new(),
    };
    import::UniLoginImport {
        source_date_time: values::xml_moment(*extracted_at),
        source: fit::token(source, fit::ANY, "sources", trail).unwrap_or(Cow::Borrowed("-")),
        school_year: Cow::Owned(school_year.to_string()),
        source_version: None,
        institution,
    }
}

fn group<'m>(group: &'m Group<'m>, trail: &mut Trail) -> Option<common::Group<'m>> {
    let Group { id, name, kind, grade, line, from, to, since: _ } = group;
    if *kind == GroupKind::Institution {
        trail.lose("kind", "everybody, all pupils and all staff are no groups of an import");
        return None;
    }
    let group_level = match (kind, grade) {
        (GroupKind::Main, Some(grade)) => Some(level(*grade, "grade", trail)),
        (GroupKind::Main, None) => {
            trail.lose("grade", "a main group must have a level: Andet stands for none");
            Some(v3::Trin::Andet)
        }
        (_, grade) => {
            trail.drop("grade", "only a main group has a level", grade);
            None
        }
    };
    Some(common::Group {
        group_id: token(id, GROUP_KEY, "id", trail)?,
        group_name: token_option(name, GROUP_NAME, "name", trail),
        group_type: codes::import_group_type(*kind),
        group_level,
        line: token_option(line, FORTY, "line", trail),
        from_date: from.map(values::xml_day),
        to_date: to.map(values::xml_day),
    })
}

/// The level of a grade, where the contract has it.
fn level(grade: Grade, field: &'static str, trail: &mut Trail) -> v3::Trin {
    let trin = codes::trin(grade);
    if codes::grade(trin) != grade {
        trail.lose(field, "the contract has no such level: Andet stands for it");
    }
    trin
}

/// One person of a document of this source. Nothing where an import has no place for such a member.
pub(super) fn record<'m>(
    member: &'m Member<'m>,
    source: &str,
    trail: &mut Trail,
) -> Option<import::InstitutionPersonImport<'m>> {
    let Member { source: own, local_id, person, tie, since: _ } = member;
    let mut left_out = |field, why| {
        trail.lose(field, why);
        None
    };
    if own != source {
        return left_out("source", "it is another source's");
    }
    let (Some(person), Some(tie)) = (person, tie) else {
        return left_out("person", "an import tells who it is and as what");
    };
    if rules::lacks_alias(person) {
        return left_out("alias", "a protected person needs one in both parts, and is refused without");
    }
    let local_person_id = fit::local_id(local_id, trail).filter(|it| it.len() <= LOCAL_ID);
    let Some(local_person_id) = local_person_id else {
        trail.lose("local_id", "an import needs one of at most 18 bytes");
        return None;
    };
    let choice = choice(tie, trail)?;
    let person = trail.within("person", |trail| self::person(person, trail));
    Some(import::InstitutionPersonImport { local_person_id, person, choice })
}

fn choice<'m>(tie: &'m Tie<'m>, trail: &mut Trail) -> Option<import::InstitutionPersonImportChoice<'m>> {
    Some(match tie {
        Tie::Pupil(it) => import::InstitutionPersonImportChoice::Student(student(it, trail)?),
        Tie::Staff(it) => import::InstitutionPersonImportChoice::Employee(employee(it, trail)?),
        Tie::External(it) => import::InstitutionPersonImportChoice::Extern(external(it, trail)),
    })
}

fn student<'m>(pupil: &'m Pupil<'m>, trail: &mut Trail) -> Option<import::StudentImport<'m>> {
    let Pupil { enrolment, contacts } = pupil;
    let Enrolment { role, grade, main_group, student_number, location, groups } = enrolment;
    if grade.is_none() {
        trail.lose("enrolment/grade", "a pupil must have a level: Andet stands for none");
    }
    let student_number = fit::student_number(student_number, trail);
    let long = student_number.as_ref().is_some_and(|it| it.len() > STUDENT_NUMBER);
    trail.drop("enrolment/student_number", "it is too long", long);
    let one = |(at, it)| trail.within_item("contacts", at, |trail| contact(it, trail));
    let contact_person = contacts.iter().enumerate().filter_map(one).collect();
    Some(import::StudentImport {
        role: codes::elevrolle(*role),
        student_number: student_number.filter(|_| !long),
        level: level(grade.unwrap_or(Grade::Other), "enrolment/grade", trail),
        location: fit::token_option(location, fit::ANY, "enrolment/location", trail),
        main_group_id: token(main_group, GROUP_KEY, "enrolment/main_group", trail)?,
        group_id: group_keys(groups, trail),
        contact_person,
    })
}

fn contact<'m>(contact: &'m ContactPerson<'m>, trail: &mut Trail) -> Option<import::ContactPersonImport<'m>> {
    let ContactPerson { person, relation, custody, access, office } = contact;
    if rules::lacks_alias(person) {
        trail.lose("alias", "a protected contact person needs one in both parts, and is refused without");
        return None;
    }
    if access.is_none() {
        trail.lose("access", "a contact person without a level has the lowest");
    }
    let (cvr, pnr) = match office {
        None => (None, None),
        Some(Office { company, unit }) => (
            fit::token_option(company, fit::ANY, "office/company", trail),
            fit::token_option(unit, fit::ANY, "office/unit", trail),
        ),
    };
    Some(import::ContactPersonImport {
        relation: codes::kontaktpersonsrelation(*relation),
        child_custody: *custody,
        access_level: Some(codes::adgangsniveau(access.unwrap_or(AccessLevel::Ordinary))),
        cvr,
        pnr,
        person: self::person(person, trail),
    })
}

fn employee<'m>(employment: &'m Employment<'m>, trail: &mut Trail) -> Option<common::Employee<'m>> {
    let Employment { roles, initials, occupation, location, groups } = employment;
    if roles.is_empty() {
        trail.lose("employment/roles", "staff without a role have no place");
        return None;
    }
    Some(common::Employee {
        role: roles.iter().copied().map(codes::ansatrolle).collect(),
        short_name: fit::token_option(initials, fit::ANY, "employment/initials", trail),
        occupation: fit::token_option(occupation, fit::ANY, "employment/occupation", trail),
        location: fit::token_option(location, fit::ANY, "employment/location", trail),
        group_id: group_keys(groups, trail),
    })
}

fn external<'m>(external: &'m External<'m>, trail: &mut Trail) -> common::Extern<'m> {
    let External { role, groups } = external;
    common::Extern { role: codes::eksternrolle(*role), group_id: group_keys(groups, trail) }
}

fn person<'m>(person: &'m Person<'m>, trail: &mut Trail) -> common::PersonImport<'m> {
    let Person { user_id, name, alias, protection, civil_id, birth_date, gender, email, address, phones, photo } =
        person;
    trail.drop("user_id", "whoever takes the import in gives it", user_id);
    let (first_name, family_name) = fit::names(name.lend(), trail);
    let (number, verification_level) = civil(civil_id.as_ref(), trail);
    let Phones { home, work, mobile } = phones;
    let mut alias = |part: fn(&'m PersonName<'m>) -> &'m Text<'m>| {
        fit::token(alias.as_ref().map(part).filter(|it| !it.is_empty())?, fit::ANY, "alias", trail)
    };
    let (alias_first_name, alias_family_name) = (alias(|it| &it.given), alias(|it| &it.family));
    common::PersonImport {
        protected: stated(*protection, trail),
        verification_level,
        first_name,
        family_name,
        civil_registration_number: number,
        email_address: mail(email, trail),
        birth_date: birth_date.map(values::xml_day),
        gender: gender.map(self::gender),
        photo_id: fit::token_option(photo, fit::ANY, "photo", trail),
        address: address.as_ref().map(|it| self::address(it, trail)),
        home_phone_number: phone(home, "phones/home", trail),
        work_phone_number: phone(work, "phones/work", trail),
        mobile_phone_number: phone(mobile, "phones/mobile", trail),
        alias_first_name,
        alias_family_name,
    }
}

const fn gender(gender: Gender) -> common::Gender {
    match gender {
        Gender::Male => common::Gender::M,
        Gender::Female => common::Gender::K,
    }
}

fn stated(protection: Protection, trail: &mut Trail) -> bool {
    match protection {
        Protection::Protected => true,
        Protection::Open => false,
        Protection::Unstated => {
            trail.lose("protection", "the source does not say; what it told was fit to be seen");
            false
        }
    }
}

/// The number, unless an import would be refused for it, and what is said of it beside what its form says.
fn civil<'m>(id: Option<&'m CivilId<'m>>, trail: &mut Trail) -> (Option<Text<'m>>, Option<v3::Verifikationsniveau>) {
    let Some(id) = id else { return (None, None) };
    let why = match () {
        () if id.country() != CountryCode::DK => "only Danish numbers have a place",
        () if !fit::is_civil_number(id) => "it has not the form of a number",
        () => match CivilId::danish(id.reveal()) {
            Err(_) => "it cannot be a number",
            Ok(read) => {
                let (level, again) = said(&read, id.kind());
                trail.drop("civil_id/kind", "an import tells it by the form of the number", again != id.kind());
                return (Some(Cow::Borrowed(id.reveal())), level);
            }
        },
    };
    trail.lose("civil_id", why);
    (None, None)
}

/// What is said of a number, and what is read again: the form counts, then the level.
fn said(read: &CivilId<'_>, kind: CivilIdKind) -> (Option<v3::Verifikationsniveau>, CivilIdKind) {
    match (read.kind(), kind) {
        _ if read.is_placeholder() => (None, CivilIdKind::Unknown),
        (CivilIdKind::Replacement, _) => (None, CivilIdKind::Replacement),
        (_, CivilIdKind::Verified) => (Some(v3::Verifikationsniveau::_1), CivilIdKind::Verified),
        (_, CivilIdKind::Unverified) => (Some(v3::Verifikationsniveau::_0), CivilIdKind::Unverified),
        (_, CivilIdKind::Replacement | CivilIdKind::Unknown) => (None, CivilIdKind::Unknown),
    }
}

fn mail<'m>(email: &'m Option<Text<'m>>, trail: &mut Trail) -> Option<Text<'m>> {
    let email = email.as_ref()?;
    if email.is_empty() {
        trail.lose("email", "there is nothing in it");
        return None;
    }
    Some(lend(email))
}

fn address<'m>(address: &'m Address<'m>, trail: &mut Trail) -> common::Address<'m> {
    let Address { street, postal_code, town, country_code, country, municipality_code, municipality_name } = address;
    let known = country_code.and_then(|it| common::CountryCode::parse(it.as_str()));
    if known.is_none() {
        trail.drop("address/country_code", "the contract does not know the country", country_code);
    }
    common::Address {
        street_address: fit::token_option(street, fit::ANY, "address/street", trail),
        postal_code: fit::token_option(postal_code, fit::ANY, "address/postal_code", trail),
        postal_district: fit::token_option(town, fit::ANY, "address/town", trail),
        country_code: known,
        country: fit::token_option(country, fit::ANY, "address/country", trail),
        municipality_code: fit::token_option(municipality_code, fit::ANY, "address/municipality_code", trail),
        municipality_name: token_option(municipality_name, FORTY, "address/municipality_name", trail),
    }
}

/// A protected number is told with its digits, unlike in an export; a number without six of them has no place.
fn phone<'m>(
    phone: &'m Option<Phone<'m>>,
    field: &'static str,
    trail: &mut Trail,
) -> Option<common::PhoneNumberWithProtectionInfo<'m>> {
    let Phone { number, protected } = phone.as_ref()?;
    let text = fit::number(number, field, trail);
    if !is_phone_number(&text) {
        trail.lose(field, "an import has no place for a number without six digits together");
        return None;
    }
    Some(common::PhoneNumberWithProtectionInfo { protected: *protected, text })
}

/// The first digit is followed by five others, with nothing but blanks, hyphens and parentheses between them.
fn is_phone_number(text: &str) -> bool {
    let from_first = text.bytes().skip_while(|it| !it.is_ascii_digit());
    let together = from_first.take_while(|it| it.is_ascii_digit() || matches!(it, b' ' | b'(' | b')' | b'-'));
    together.filter(u8::is_ascii_digit).count() >= 6
}

fn group_keys<'m>(keys: &'m [Text<'_>], trail: &mut Trail) -> Vec<Text<'m>> {
    keys.iter().filter_map(|it| token(it, GROUP_KEY, "groups", trail)).collect()
}

/// A token of at most so many bytes of UTF-8.
fn token<'m>(text: &'m Text<'_>, most: usize, field: &'static str, trail: &mut Trail) -> Option<Text<'m>> {
    let token = fit::token(text, fit::ANY, field, trail)?;
    if token.len() <= most {
        return Some(token);
    }
    trail.lose(field, "it is too long and was cut");
    let end = (0..=most).rev().find(|it| token.is_char_boundary(*it)).unwrap_or(0);
    Some(Cow::Owned(token[..end].trim_end().to_owned()))
}

fn token_option<'m>(
    text: &'m Option<Text<'_>>,
    most: usize,
    field: &'static str,
    trail: &mut Trail,
) -> Option<Text<'m>> {
    token(text.as_ref()?, most, field, trail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the pattern of the contract has it.
    #[test]
    fn telephone_numbers_have_six_digits_together() {
        for fits in ["123456", "+45 00 00 01 12", "(00) 00-01", "tlf. 12 34 56 lokal 7", "1-2-3-4-5-6"] {
            assert!(is_phone_number(fits), "{fits}");
        }
        for not in ["", "12345", "12 34 5x6", "lokal 7, 123456", "-"] {
            assert!(!is_phone_number(not), "{not}");
        }
    }
}
