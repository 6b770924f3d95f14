//! wsaIMPORT 8 to the hub.

use contracts::unilogin::common::v3;
use contracts::unilogin::wsaimport::v8::{common, delete, import};

use super::super::{codes, values};
use crate::{
    crosswalk::Trail,
    domain::{
        Address, CivilId, CivilIdKind, ContactPerson, CountryCode, Employment, Enrolment, External, Gender, Group,
        ImportSource, Member, Office, Organisation, OrganisationNumber, Person, PersonName, Phone, Phones, Protection,
        Pupil, Roster, SchoolYear, Text, Tie,
    },
};

/// A document to the hub; nothing where the school year is none.
pub fn roster<'a>(document: import::UniLoginImport<'a>, trail: &mut Trail) -> Option<Roster<'a>> {
    let import::UniLoginImport { source_date_time, source, school_year, source_version, institution } = document;
    let import::InstitutionImport { institution_number, institution_name, group, institution_person } = institution;
    trail.drop("@sourceVersion", "it is information for people", source_version);
    let school_year = SchoolYear::parse(&school_year)?;
    let mut organisation = Organisation::numbered(OrganisationNumber::new(institution_number));
    organisation.name = institution_name;
    let one = |(at, it)| trail.within_item("InstitutionPerson", at, |trail| member(it, source.clone(), trail));
    let members = institution_person.into_iter().enumerate().map(one).collect();
    let sources = vec![ImportSource { source, extracted_at: values::moment(source_date_time), school_year }];
    let groups = group.into_iter().map(self::group).collect();
    Some(Roster { organisation, exported_at: None, sources, groups, members })
}

/// `Group`.
pub(super) fn group(group: common::Group<'_>) -> Group<'_> {
    let common::Group { group_id, group_name, group_type, group_level, line, from_date, to_date } = group;
    Group {
        id: group_id,
        name: group_name,
        kind: codes::import_group_kind(group_type),
        grade: group_level.map(codes::grade),
        line,
        from: from_date.map(values::day),
        to: to_date.map(values::day),
        since: None,
    }
}

/// `InstitutionPerson` of an import.
pub(super) fn member<'a>(
    person: import::InstitutionPersonImport<'a>,
    source: Text<'a>,
    trail: &mut Trail,
) -> Member<'a> {
    let import::InstitutionPersonImport { local_person_id, person, choice } = person;
    let tie = match choice {
        import::InstitutionPersonImportChoice::Student(it) => Tie::Pupil(student(it, trail)),
        import::InstitutionPersonImportChoice::Employee(it) => Tie::Staff(employee(it)),
        import::InstitutionPersonImportChoice::Extern(it) => Tie::External(external(it)),
    };
    let person = trail.within("Person", |trail| self::person(person, trail));
    Member { source, local_id: Some(local_person_id), person: Some(person), tie: Some(tie), since: None }
}

/// `InstitutionPerson` of a deletion: the key of who goes.
pub(super) fn leaving(person: delete::InstitutionPersonDelete<'_>) -> Text<'_> {
    let delete::InstitutionPersonDelete { local_person_id } = person;
    local_person_id
}

fn student<'a>(student: import::StudentImport<'a>, trail: &mut Trail) -> Pupil<'a> {
    let import::StudentImport { role, student_number, level, location, main_group_id, group_id, contact_person } =
        student;
    let contact = |(at, it)| trail.within_item("Student/ContactPerson", at, |trail| contact(it, trail));
    let contacts = contact_person.into_iter().enumerate().map(contact).collect();
    let enrolment = Enrolment {
        role: codes::pupil_role(role),
        grade: Some(codes::grade(level)),
        main_group: main_group_id,
        student_number,
        location,
        groups: group_id,
    };
    Pupil { enrolment, contacts }
}

fn contact<'a>(contact: import::ContactPersonImport<'a>, trail: &mut Trail) -> ContactPerson<'a> {
    let import::ContactPersonImport { relation, child_custody, access_level, cvr, pnr, person } = contact;
    ContactPerson {
        person: self::person(person, trail),
        relation: codes::relation(relation),
        custody: child_custody,
        access: access_level.map(codes::access_level),
        office: Office::new(cvr, pnr),
    }
}

fn employee(employee: common::Employee<'_>) -> Employment<'_> {
    let common::Employee { role, short_name, occupation, location, group_id } = employee;
    let roles = role.into_iter().map(codes::staff_role).collect();
    Employment { roles, initials: short_name, occupation, location, groups: group_id }
}

fn external(external: common::Extern<'_>) -> External<'_> {
    let common::Extern { role, group_id } = external;
    External { role: codes::external_role(role), groups: group_id }
}

fn person<'a>(person: common::PersonImport<'a>, trail: &mut Trail) -> Person<'a> {
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
    let alias = match (alias_first_name, alias_family_name) {
        (None, None) => None,
        (given, family) => Some(PersonName::new(given.unwrap_or_default(), family.unwrap_or_default())),
    };
    Person {
        user_id: None,
        name: PersonName::new(first_name, family_name),
        alias,
        protection: if protected { Protection::Protected } else { Protection::Open },
        civil_id: civil_id(civil_registration_number, verification_level, trail),
        birth_date: birth_date.map(values::day),
        gender: gender.map(self::gender),
        email: email_address,
        address: address.map(self::address),
        phones: Phones {
            home: phone(home_phone_number),
            work: phone(work_phone_number),
            mobile: phone(mobile_phone_number),
        },
        photo: photo_id,
    }
}

/// The form makes a replacement number, the level of verification everything else.
fn civil_id<'a>(
    number: Option<Text<'a>>,
    level: Option<v3::Verifikationsniveau>,
    trail: &mut Trail,
) -> Option<CivilId<'a>> {
    // Where nothing is verified, nothing is lost.
    let verified = level == Some(v3::Verifikationsniveau::_1);
    let Some(number) = number else {
        trail.drop("@verificationLevel", "there is no number that could be verified", verified);
        return None;
    };
    let kind = match (form(&number), level) {
        (Form::Replacement, _) => {
            trail.drop("@verificationLevel", "a replacement number cannot be verified", verified);
            CivilIdKind::Replacement
        }
        (Form::Placeholder, _) => {
            trail.drop("@verificationLevel", "ten zeros are nobody's number", verified);
            CivilIdKind::Unknown
        }
        (Form::Register, Some(v3::Verifikationsniveau::_1)) => CivilIdKind::Verified,
        (Form::Register, Some(v3::Verifikationsniveau::_0)) => CivilIdKind::Unverified,
        (Form::Register, None) => CivilIdKind::Unknown,
    };
    Some(CivilId::new(number, kind, CountryCode::DK))
}

/// Whether a number looks like one of the civil register: neither made up nor ten zeros.
pub(super) fn is_of_register(number: &str) -> bool {
    matches!(form(number), Form::Register)
}

enum Form {
    /// Of the civil register, or of nobody's making: the rules look at that.
    Register,
    Replacement,
    Placeholder,
}

fn form(number: &str) -> Form {
    match CivilId::danish(number) {
        Ok(id) if id.is_placeholder() => Form::Placeholder,
        Ok(id) if id.kind() == CivilIdKind::Replacement => Form::Replacement,
        Ok(_) | Err(_) => Form::Register,
    }
}

const fn gender(gender: common::Gender) -> Gender {
    match gender {
        common::Gender::M => Gender::Male,
        common::Gender::K => Gender::Female,
    }
}

fn address(address: common::Address<'_>) -> Address<'_> {
    let common::Address {
        street_address,
        postal_code,
        postal_district,
        country_code,
        country,
        municipality_code,
        municipality_name,
    } = address;
    Address {
        street: street_address,
        postal_code,
        town: postal_district,
        country_code: country_code.and_then(|it| CountryCode::parse(it.as_str())),
        country,
        municipality_code,
        municipality_name,
    }
}

fn phone(phone: Option<common::PhoneNumberWithProtectionInfo<'_>>) -> Option<Phone<'_>> {
    let common::PhoneNumberWithProtectionInfo { protected, text } = phone?;
    Some(Phone { number: text, protected })
}
