//! wsaIMPORT 7, lifted into wsaIMPORT 8. Contract: `wsdl/unilogin/wsaimport/7`, namespace `https://wsaimport.unilogin.dk/ws`.
//!
//! A document loses nothing: version 8 has a place for all that version 7 says.

use contracts::unilogin::{
    common::v3,
    data,
    wsaimport::{
        v7,
        v8::{common, delete, import},
    },
};
use soap::xml::Value;

use super::super::lift::{self as codes, same_values};

/// A document of version 7 in version 8.
pub fn document(document: v7::import::UniLoginImport<'_>) -> import::UniLoginImport<'_> {
    let v7::import::UniLoginImport { source_date_time, source, school_year, source_version, institution } = document;
    let v7::import::InstitutionImport { institution_number, institution_name, group, institution_person } = institution;
    let institution = import::InstitutionImport {
        institution_number,
        institution_name,
        group: group.into_iter().map(self::group).collect(),
        institution_person: institution_person.into_iter().map(self::institution_person).collect(),
    };
    import::UniLoginImport { source_date_time, source, school_year, source_version, institution }
}

/// `Group`.
pub(super) fn group(group: data::Group<'_>) -> common::Group<'_> {
    let data::Group { group_id, group_name, group_type, group_level, line, from_date, to_date } = group;
    common::Group {
        group_id,
        group_name,
        group_type: lift_group_type(group_type),
        group_level: group_level.map(codes::lift_trin),
        line,
        from_date,
        to_date,
    }
}

/// `InstitutionPerson` of an import.
pub(super) fn institution_person(
    person: v7::import::InstitutionPersonImport<'_>,
) -> import::InstitutionPersonImport<'_> {
    let v7::import::InstitutionPersonImport { local_person_id, person, choice } = person;
    let choice = match choice {
        v7::import::InstitutionPersonImportChoice::Student(it) => {
            import::InstitutionPersonImportChoice::Student(student(it))
        }
        v7::import::InstitutionPersonImportChoice::Employee(it) => {
            import::InstitutionPersonImportChoice::Employee(employee(it))
        }
        v7::import::InstitutionPersonImportChoice::Extern(it) => {
            import::InstitutionPersonImportChoice::Extern(external(it))
        }
    };
    import::InstitutionPersonImport { local_person_id, person: self::person(person), choice }
}

/// `InstitutionPerson` of a deletion.
pub(super) fn leaving(person: v7::delete::InstitutionPersonDelete<'_>) -> delete::InstitutionPersonDelete<'_> {
    let v7::delete::InstitutionPersonDelete { local_person_id } = person;
    delete::InstitutionPersonDelete { local_person_id }
}

fn student(student: v7::import::StudentImport<'_>) -> import::StudentImport<'_> {
    let v7::import::StudentImport { role, student_number, level, location, main_group_id, group_id, contact_person } =
        student;
    import::StudentImport {
        role: codes::lift_elevrolle(role),
        student_number,
        level: codes::lift_trin(level),
        location,
        main_group_id,
        group_id,
        contact_person: contact_person.into_iter().map(contact).collect(),
    }
}

fn contact(contact: v7::import::ContactPersonImport<'_>) -> import::ContactPersonImport<'_> {
    let v7::import::ContactPersonImport { relation, child_custody, access_level, cvr, pnr, person } = contact;
    import::ContactPersonImport {
        relation: codes::lift_kontaktpersonsrelation(relation),
        child_custody,
        access_level: access_level.map(codes::lift_adgangsniveau),
        cvr,
        pnr,
        person: self::person(person),
    }
}

fn employee(employee: data::Employee<'_>) -> common::Employee<'_> {
    let data::Employee { role, short_name, occupation, location, group_id } = employee;
    let role = role.into_iter().map(codes::lift_ansatrolle).collect();
    common::Employee { role, short_name, occupation, location, group_id }
}

fn external(external: data::Extern<'_>) -> common::Extern<'_> {
    let data::Extern { role, group_id } = external;
    common::Extern { role: codes::lift_eksternrolle(role), group_id }
}

fn person(person: v7::import::PersonImport<'_>) -> common::PersonImport<'_> {
    let v7::import::PersonImport {
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
    common::PersonImport {
        protected,
        verification_level: Some(codes::lift_verifikationsniveau(verification_level)),
        first_name,
        family_name,
        civil_registration_number,
        email_address,
        birth_date,
        gender: gender.map(lift_gender),
        photo_id,
        address: address.map(self::address),
        home_phone_number: home_phone_number.map(phone),
        work_phone_number: work_phone_number.map(phone),
        mobile_phone_number: mobile_phone_number.map(phone),
        alias_first_name,
        alias_family_name,
    }
}

fn phone(phone: data::PhoneNumberWithProtectionInfo<'_>) -> common::PhoneNumberWithProtectionInfo<'_> {
    let data::PhoneNumberWithProtectionInfo { protected, text } = phone;
    common::PhoneNumberWithProtectionInfo { protected, text }
}

fn address(address: data::Address<'_>) -> common::Address<'_> {
    let data::Address {
        street_address,
        postal_code,
        postal_district,
        country_code,
        country,
        municipality_code,
        municipality_name,
    } = address;
    common::Address {
        street_address,
        postal_code,
        postal_district,
        country_code: country_code.and_then(lift_country),
        country,
        municipality_code,
        municipality_name,
    }
}

/// Both versions list the same countries, which a test sees to.
fn lift_country(code: data::CountryCode) -> Option<common::CountryCode> {
    common::CountryCode::parse(code.as_str())
}

same_values!(
    group_type,
    lift_group_type,
    v3::ImportGroupType,
    data::ImportGroupType,
    [Hovedgruppe, Årgang, Retning, Hold, SFO, Team, Andet]
);
same_values!(gender, lift_gender, common::Gender, data::Gender, [M, K]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_lifted() {
        for &code in data::CountryCode::ALL {
            assert_eq!(lift_country(code).map(common::CountryCode::as_str), Some(code.as_str()));
        }
        assert_eq!(data::CountryCode::ALL.len(), common::CountryCode::ALL.len());
    }
}
