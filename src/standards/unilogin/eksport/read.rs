//! wsiEKSPORT 7 to the hub. Each package's types are taken apart here; what they share is crossed once.

use std::borrow::Cow;

use contracts::unilogin::common::v3;
use contracts::unilogin::wsieksport::v7::{common, full, fullmyndighed, medium, small};
use soap::xml;

use super::{
    super::{codes, packages::apart, values},
    Export, Head,
};
use crate::{
    crosswalk::Trail,
    domain::{
        Address, CivilId, ContactPerson, CountryCode, Employment, Enrolment, External, Group, ImportSource, Member,
        Organisation, OrganisationNumber, Person, PersonName, Phone, Phones, Protection, Pupil, Roster, SchoolYear,
        Text, Tie, UserId,
    },
};

/// A document.
pub(super) fn roster<'a>(export: Export<'a>, trail: &mut Trail) -> Roster<'a> {
    match export {
        Export::Small(it) => {
            let (parts, all) = apart!(it, small::UniLoginExportSmall, InstitutionSmall);
            whole(parts, all, member_small, trail)
        }
        Export::Medium(it) => {
            let (parts, all) = apart!(it, medium::UniLoginExportMedium, InstitutionMedium);
            whole(parts, all, member_medium, trail)
        }
        Export::Full(it) => {
            let (parts, all) = apart!(it, full::UniLoginExportFull, InstitutionFull);
            whole(parts, all, member_full, trail)
        }
        Export::FullMyndighed(it) => {
            let (parts, all) = apart!(it, fullmyndighed::UniLoginExportFullMyndighed, InstitutionFullMyndighed);
            whole(parts, all, member_full_myndighed, trail)
        }
    }
}

fn whole<'a, T>(
    (exported_at, sources, (number, name), groups): Parts<'a>,
    all: Vec<T>,
    member: impl Fn(T, &mut Trail) -> Member<'a>,
    trail: &mut Trail,
) -> Roster<'a> {
    let mut roster = head(Head { exported_at, sources, number, name, groups }, trail);
    roster.members = people(all, member, trail);
    roster
}

/// The parts of a document.
type Parts<'a> = (xml::DateTime, Vec<common::ImportSource<'a>>, (Text<'a>, Option<Text<'a>>), Vec<common::Group<'a>>);

/// Every person of a document.
pub(in super::super) fn people<'a, T>(
    all: Vec<T>,
    member: impl Fn(T, &mut Trail) -> Member<'a>,
    trail: &mut Trail,
) -> Vec<Member<'a>> {
    let one = |(at, it)| trail.within_item("InstitutionPerson", at, |trail| member(it, trail));
    all.into_iter().enumerate().map(one).collect()
}

/// What stands before the people: a roster of nobody.
pub(in super::super) fn head<'a>(head: Head<'a>, trail: &mut Trail) -> Roster<'a> {
    let Head { exported_at, sources, number, name, groups } = head;
    let mut organisation = Organisation::numbered(OrganisationNumber::new(number));
    organisation.name = name;
    Roster {
        organisation,
        exported_at: Some(values::moment(exported_at)),
        sources: sources.into_iter().filter_map(|it| import_source(it, trail)).collect(),
        groups: groups.into_iter().map(group).collect(),
        members: Vec::new(),
    }
}

fn import_source<'a>(source: common::ImportSource<'a>, trail: &mut Trail) -> Option<ImportSource<'a>> {
    let common::ImportSource { source_date_time, source, school_year } = source;
    let Some(school_year) = SchoolYear::parse(&school_year) else {
        trail.lose("ImportSource/@schoolYear", "it is no school year");
        return None;
    };
    Some(ImportSource { source, extracted_at: values::moment(source_date_time), school_year })
}

fn group(group: common::Group<'_>) -> Group<'_> {
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

/// `InstitutionPerson` of Lille.
pub(super) fn member_small<'a>(person: small::InstitutionPersonSmall<'a>, _: &mut Trail) -> Member<'a> {
    let small::InstitutionPersonSmall { source, person, choice } = person;
    let tie = choice.map(|it| match it {
        small::InstitutionPersonSmallChoice::Student(it) => Tie::Pupil(student(it)),
        small::InstitutionPersonSmallChoice::Employee(it) => Tie::Staff(employee(it)),
        small::InstitutionPersonSmallChoice::Extern(it) => Tie::External(external(it)),
    });
    Member { source, local_id: None, person: person.map(person_mini), tie, since: None }
}

/// `InstitutionPerson` of Mellem.
pub(super) fn member_medium<'a>(person: medium::InstitutionPersonMedium<'a>, trail: &mut Trail) -> Member<'a> {
    let medium::InstitutionPersonMedium { source, local_person_id, person, choice } = person;
    let tie = choice.map(|it| match it {
        medium::InstitutionPersonMediumChoice::Student(it) => Tie::Pupil(student(it)),
        medium::InstitutionPersonMediumChoice::Employee(it) => Tie::Staff(employee(it)),
        medium::InstitutionPersonMediumChoice::Extern(it) => Tie::External(external(it)),
    });
    let person = person.map(|it| trail.within("Person", |trail| person_medium(it, trail)));
    Member { source, local_id: local_person_id, person, tie, since: None }
}

/// `InstitutionPerson` of Fuld.
pub(super) fn member_full<'a>(person: full::InstitutionPersonFull<'a>, trail: &mut Trail) -> Member<'a> {
    let full::InstitutionPersonFull { source, local_person_id, person, choice } = person;
    let tie = choice.map(|it| match it {
        full::InstitutionPersonFullChoice::Student(it) => Tie::Pupil(student_full(it, trail)),
        full::InstitutionPersonFullChoice::Employee(it) => Tie::Staff(employee(it)),
        full::InstitutionPersonFullChoice::Extern(it) => Tie::External(external(it)),
    });
    let person = person.map(|it| trail.within("Person", |trail| person_full(it, trail)));
    Member { source, local_id: local_person_id, person, tie, since: None }
}

/// `InstitutionPerson` of Fuld myndighed.
pub(super) fn member_full_myndighed<'a>(
    person: fullmyndighed::InstitutionPersonFullMyndighed<'a>,
    trail: &mut Trail,
) -> Member<'a> {
    let fullmyndighed::InstitutionPersonFullMyndighed { source, local_person_id, person, choice } = person;
    let tie = choice.map(|it| match it {
        fullmyndighed::InstitutionPersonFullMyndighedChoice::Student(it) => {
            Tie::Pupil(student_full_myndighed(it, trail))
        }
        fullmyndighed::InstitutionPersonFullMyndighedChoice::Employee(it) => Tie::Staff(employee(it)),
        fullmyndighed::InstitutionPersonFullMyndighedChoice::Extern(it) => Tie::External(external(it)),
    });
    let person = person.map(|it| trail.within("Person", |trail| person_full_myndighed(it, trail)));
    Member { source, local_id: local_person_id, person, tie, since: None }
}

fn student(student: common::StudentMini<'_>) -> Pupil<'_> {
    let common::StudentMini { role, student_number, level, location, main_group_id, group_id } = student;
    Pupil { enrolment: enrolment(role, student_number, level, location, main_group_id, group_id), contacts: Vec::new() }
}

fn student_full<'a>(student: full::StudentFull<'a>, trail: &mut Trail) -> Pupil<'a> {
    let full::StudentFull { role, student_number, level, location, main_group_id, group_id, contact_person } = student;
    let contact = |(at, it)| {
        let full::ContactPersonFull { relation, child_custody, access_level, person } = it;
        let person = trail.within_item("Student/ContactPerson", at, |trail| person_full(person, trail));
        contact(relation, child_custody, access_level, person)
    };
    let contacts = contact_person.into_iter().enumerate().map(contact).collect();
    Pupil { enrolment: enrolment(role, student_number, level, location, main_group_id, group_id), contacts }
}

fn student_full_myndighed<'a>(student: fullmyndighed::StudentFullMyndighed<'a>, trail: &mut Trail) -> Pupil<'a> {
    let fullmyndighed::StudentFullMyndighed {
        role,
        student_number,
        level,
        location,
        main_group_id,
        group_id,
        contact_person,
    } = student;
    let contact = |(at, it)| {
        let fullmyndighed::ContactPersonFullMyndighed { relation, child_custody, access_level, person } = it;
        let person = trail.within_item("Student/ContactPerson", at, |trail| person_full_myndighed(person, trail));
        contact(relation, child_custody, access_level, person)
    };
    let contacts = contact_person.into_iter().enumerate().map(contact).collect();
    Pupil { enrolment: enrolment(role, student_number, level, location, main_group_id, group_id), contacts }
}

fn enrolment<'a>(
    role: v3::Elevrolle,
    student_number: Option<Text<'a>>,
    level: v3::Trin,
    location: Option<Text<'a>>,
    main_group: Text<'a>,
    groups: Vec<Text<'a>>,
) -> Enrolment<'a> {
    let (role, grade) = (codes::pupil_role(role), Some(codes::grade(level)));
    Enrolment { role, grade, main_group, student_number, location, groups }
}

fn contact(
    relation: v3::Kontaktpersonsrelation,
    custody: bool,
    access: v3::KontaktpersonAdgangsniveau,
    person: Person<'_>,
) -> ContactPerson<'_> {
    ContactPerson {
        person,
        relation: codes::relation(relation),
        custody,
        access: Some(codes::access_level(access)),
        office: None,
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

fn person_mini(person: common::PersonMini<'_>) -> Person<'_> {
    let common::PersonMini { first_name, family_name, user_id } = person;
    let mut person = Person::named(PersonName::new(first_name, family_name));
    person.user_id = Some(UserId::new(user_id));
    person
}

fn person_medium<'a>(person: common::PersonMedium<'a>, trail: &mut Trail) -> Person<'a> {
    let common::PersonMedium {
        first_name,
        family_name,
        user_id,
        civil_registration_number,
        civil_registration_number_type,
        email_address,
        birth_date,
        gender,
        photo_id,
    } = person;
    Person {
        user_id: Some(UserId::new(user_id)),
        name: PersonName::new(first_name, family_name),
        alias: None,
        protection: Protection::Unstated,
        civil_id: civil_id(civil_registration_number, civil_registration_number_type, trail),
        birth_date: birth_date.map(values::day),
        gender: gender.map(codes::gender),
        email: email_address,
        address: None,
        phones: Phones::default(),
        photo: photo_id,
    }
}

/// The name that Fuld tells of a protected person is the alias.
fn person_full<'a>(person: common::PersonFull<'a>, trail: &mut Trail) -> Person<'a> {
    let common::PersonFull {
        protected,
        first_name,
        family_name,
        user_id,
        civil_registration_number,
        civil_registration_number_type,
        email_address,
        birth_date,
        gender,
        photo_id,
        address,
        home_phone_number,
        work_phone_number,
        mobile_phone_number,
    } = person;
    let name = PersonName::new(first_name, family_name);
    Person {
        user_id: self::user_id(user_id),
        alias: protected.then(|| name.clone()),
        name,
        protection: protection(protected),
        civil_id: civil_id(civil_registration_number, civil_registration_number_type, trail),
        birth_date: birth_date.map(values::day),
        gender: gender.map(codes::gender),
        email: email_address,
        address: address.map(self::address),
        phones: phones(home_phone_number, work_phone_number, mobile_phone_number),
        photo: photo_id,
    }
}

fn person_full_myndighed<'a>(person: fullmyndighed::PersonFullMyndighed<'a>, trail: &mut Trail) -> Person<'a> {
    let fullmyndighed::PersonFullMyndighed {
        protected,
        first_name,
        family_name,
        user_id,
        civil_registration_number,
        civil_registration_number_type,
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
        user_id: self::user_id(user_id),
        name: PersonName::new(first_name, family_name),
        alias,
        protection: protection(protected),
        civil_id: civil_id(civil_registration_number, civil_registration_number_type, trail),
        birth_date: birth_date.map(values::day),
        gender: gender.map(codes::gender),
        email: email_address,
        address: address.map(self::address),
        phones: phones(home_phone_number, work_phone_number, mobile_phone_number),
        photo: photo_id,
    }
}

/// Contact persons of the legacy generation may have none, which then is empty here.
fn user_id(text: Text<'_>) -> Option<UserId<'_>> {
    (!text.is_empty()).then(|| UserId::new(text))
}

fn protection(protected: bool) -> Protection {
    if protected { Protection::Protected } else { Protection::Open }
}

fn civil_id<'a>(number: Option<Text<'a>>, kind: Option<common::CprType>, trail: &mut Trail) -> Option<CivilId<'a>> {
    match (number, kind) {
        (Some(number), Some(kind)) => Some(CivilId::new(number, codes::civil_id_kind(kind), CountryCode::DK)),
        (Some(number), None) => Some(CivilId::new(number, crate::domain::CivilIdKind::Unknown, CountryCode::DK)),
        (None, kind) => {
            trail.drop("CivilRegistrationNumberType", "there is no number that it could be the type of", kind);
            None
        }
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

fn phones<'a>(
    home: Option<common::PhoneNumberProtectable<'a>>,
    work: Option<common::PhoneNumberProtectable<'a>>,
    mobile: Option<common::PhoneNumberProtectable<'a>>,
) -> Phones<'a> {
    let phone = |it: Option<common::PhoneNumberProtectable<'a>>| {
        let common::PhoneNumberProtectable { protected, text } = it?;
        // A protected number comes without digits; if it does not, it is no less protected.
        let number = if protected { Cow::Borrowed("") } else { text };
        Some(Phone { number, protected })
    };
    Phones { home: phone(home), work: phone(work), mobile: phone(mobile) }
}
