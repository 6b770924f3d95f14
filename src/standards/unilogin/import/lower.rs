//! wsaIMPORT 8, lowered into wsaIMPORT 7: contact persons beyond the tenth are lost, and so is that nobody said whether a
//! number is verified.

use contracts::unilogin::{
    data,
    wsaimport::{
        v7,
        v8::{common, import},
    },
};
use soap::xml::Value;

use super::{
    super::lift::{self as codes},
    lift,
};
use crate::crosswalk::Trail;

/// So many contact persons a pupil has in version 7.
const CONTACTS: usize = 10;

/// The document.
pub(super) fn document<'a>(document: import::UniLoginImport<'a>, trail: &mut Trail) -> v7::import::UniLoginImport<'a> {
    let import::UniLoginImport { source_date_time, source, school_year, source_version, institution } = document;
    let import::InstitutionImport { institution_number, institution_name, group, institution_person } = institution;
    let one = |(at, it)| trail.within_item("members", at, |trail| self::institution_person(it, trail));
    let institution = v7::import::InstitutionImport {
        institution_number,
        institution_name,
        group: group.into_iter().map(self::group).collect(),
        institution_person: institution_person.into_iter().enumerate().map(one).collect(),
    };
    v7::import::UniLoginImport { source_date_time, source, school_year, source_version, institution }
}

fn group(group: common::Group<'_>) -> data::Group<'_> {
    let common::Group { group_id, group_name, group_type, group_level, line, from_date, to_date } = group;
    data::Group {
        group_id,
        group_name,
        group_type: lift::group_type(group_type),
        group_level: group_level.map(codes::trin),
        line,
        from_date,
        to_date,
    }
}

/// `InstitutionPerson`.
pub(super) fn institution_person<'a>(
    person: import::InstitutionPersonImport<'a>,
    trail: &mut Trail,
) -> v7::import::InstitutionPersonImport<'a> {
    let import::InstitutionPersonImport { local_person_id, person, choice } = person;
    let choice = match choice {
        import::InstitutionPersonImportChoice::Student(it) => {
            v7::import::InstitutionPersonImportChoice::Student(student(it, trail))
        }
        import::InstitutionPersonImportChoice::Employee(it) => {
            v7::import::InstitutionPersonImportChoice::Employee(employee(it))
        }
        import::InstitutionPersonImportChoice::Extern(it) => {
            v7::import::InstitutionPersonImportChoice::Extern(external(it))
        }
    };
    let person = trail.within("person", |trail| self::person(person, trail));
    v7::import::InstitutionPersonImport { local_person_id, person, choice }
}

fn student<'a>(student: import::StudentImport<'a>, trail: &mut Trail) -> v7::import::StudentImport<'a> {
    let import::StudentImport { role, student_number, level, location, main_group_id, group_id, contact_person } =
        student;
    trail.drop("contacts", "version 7 has room for ten of them", contact_person.len() > CONTACTS);
    let contact = |(at, it)| trail.within_item("contacts", at, |trail| contact(it, trail));
    v7::import::StudentImport {
        role: codes::elevrolle(role),
        student_number,
        level: codes::trin(level),
        location,
        main_group_id,
        group_id,
        contact_person: contact_person.into_iter().take(CONTACTS).enumerate().map(contact).collect(),
    }
}

fn contact<'a>(contact: import::ContactPersonImport<'a>, trail: &mut Trail) -> v7::import::ContactPersonImport<'a> {
    let import::ContactPersonImport { relation, child_custody, access_level, cvr, pnr, person } = contact;
    v7::import::ContactPersonImport {
        relation: codes::kontaktpersonsrelation(relation),
        child_custody,
        access_level: access_level.map(codes::adgangsniveau),
        cvr,
        pnr,
        person: self::person(person, trail),
    }
}

fn employee(employee: common::Employee<'_>) -> data::Employee<'_> {
    let common::Employee { role, short_name, occupation, location, group_id } = employee;
    let role = role.into_iter().map(codes::ansatrolle).collect();
    data::Employee { role, short_name, occupation, location, group_id }
}

fn external(external: common::Extern<'_>) -> data::Extern<'_> {
    let common::Extern { role, group_id } = external;
    data::Extern { role: codes::eksternrolle(role), group_id }
}

fn person<'a>(person: common::PersonImport<'a>, trail: &mut Trail) -> v7::import::PersonImport<'a> {
    let common::PersonImport {
        protected,
        verification_level,
        first_name,
        family_name,
        civil_registration_number,
        email_address,
        birth_date,
        gender,
        photo_id,
        address,
        home_phone_number,
        work_phone_number,
        mobile_phone_number,
        alias_first_name,
        alias_family_name,
    } = person;
    let verification_level = verification_level.map(codes::verifikationsniveau);
    // A number by whose form it is clear that nobody can verify it says as much without a level.
    let unsaid =
        verification_level.is_none() && civil_registration_number.as_deref().is_some_and(super::read::is_of_register);
    trail.drop("civil_id", "version 7 must say whether it is verified: it says no", unsaid);
    v7::import::PersonImport {
        protected,
        verification_level: verification_level.unwrap_or(contracts::unilogin::common::legacy::Verifikationsniveau::_0),
        first_name,
        family_name,
        civil_registration_number,
        email_address,
        birth_date,
        gender: gender.map(lift::gender),
        photo_id,
        address: address.map(|it| self::address(it, trail)),
        home_phone_number: home_phone_number.map(phone),
        work_phone_number: work_phone_number.map(phone),
        mobile_phone_number: mobile_phone_number.map(phone),
        alias_first_name,
        alias_family_name,
    }
}

fn phone(phone: common::PhoneNumberWithProtectionInfo<'_>) -> data::PhoneNumberWithProtectionInfo<'_> {
    let common::PhoneNumberWithProtectionInfo { protected, text } = phone;
    data::PhoneNumberWithProtectionInfo { protected, text }
}

fn address<'a>(address: common::Address<'a>, trail: &mut Trail) -> data::Address<'a> {
    let common::Address {
        street_address,
        postal_code,
        postal_district,
        country_code,
        country,
        municipality_code,
        municipality_name,
    } = address;
    let known = country_code.and_then(|it| data::CountryCode::parse(it.as_str()));
    if known.is_none() {
        trail.drop("address/country_code", "the contract does not know the country", country_code);
    }
    data::Address {
        street_address,
        postal_code,
        postal_district,
        country_code: known,
        country,
        municipality_code,
        municipality_name,
    }
}
