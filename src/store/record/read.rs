//! Records to the hub. What comes of a record borrows from its text.

use contracts::{NAMESPACES, skolebro::record::v1};
use soap::{
    schema::Element,
    xml::{Decode, Decoder},
};

use super::codes;
use crate::domain::{
    Address, CivilId, Coded, ContactPerson, CountryCode, Employment, Enrolment, External, Grade, Group, ImportSource,
    Member, Office, Organisation, OrganisationNumber, Person, PersonName, Phone, Phones, Pupil, SchoolYear, Text, Tie,
    UserId,
};

/// A record that is none. What it holds is not told: it may be anything about anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Unreadable;

type Result<T> = std::result::Result<T, Unreadable>;

/// Reads the record of a person at an institution; who has this user id, and these contact persons.
pub(in super::super) fn member<'a>(
    text: &'a str,
    user_id: Option<UserId<'a>>,
    contacts: Vec<ContactPerson<'a>>,
) -> Result<Member<'a>> {
    let v1::Member { source, local_id, person, choice } = decode(text, &v1::MEMBER_ELEMENT)?;
    let tie = match choice {
        Some(v1::MemberChoice::Pupil(it)) => Some(Tie::Pupil(pupil(it, contacts)?)),
        Some(v1::MemberChoice::Staff(it)) => Some(Tie::Staff(staff(it))),
        Some(v1::MemberChoice::External(it)) => Some(Tie::External(external(it))),
        None => None,
    };
    let person = person.map(|it| self::person(it, user_id)).transpose()?;
    Ok(Member { source, local_id, person, tie, since: None })
}

/// Reads the record of a contact person, who has this user id.
pub(in super::super) fn contact<'a>(text: &'a str, user_id: Option<UserId<'a>>) -> Result<ContactPerson<'a>> {
    let v1::Contact { relation, custody, access, person, office } = decode(text, &v1::CONTACT_ELEMENT)?;
    Ok(ContactPerson {
        person: self::person(person, user_id)?,
        relation: codes::relation(relation),
        custody,
        access: access.map(codes::access),
        office: office.map(self::office),
    })
}

/// Reads the record of a group.
pub(in super::super) fn group(text: &str) -> Result<Group<'_>> {
    let v1::Group { id, name, kind, grade, line, from, to } = decode(text, &v1::GROUP_ELEMENT)?;
    Ok(Group {
        id,
        name,
        kind: codes::group_kind(kind),
        grade: self::grade(grade)?,
        line,
        from: from.map(codes::day),
        to: to.map(codes::day),
        since: None,
    })
}

/// Reads the record of an institution.
pub(in super::super) fn organisation(text: &str) -> Result<Organisation<'_>> {
    let v1::Institution {
        number,
        name,
        unit_kind,
        street,
        postal_code,
        town,
        phone,
        fax,
        email,
        web,
        parent,
        kind,
        detailed_kind,
        municipality,
        administrative_municipality,
        region,
    } = decode(text, &v1::INSTITUTION_ELEMENT)?;
    Ok(Organisation {
        number: OrganisationNumber::new(number),
        name,
        kind: coded(kind),
        detailed_kind: coded(detailed_kind),
        unit_kind,
        street,
        postal_code,
        town,
        phone,
        fax,
        email,
        web,
        parent: parent.map(OrganisationNumber::new),
        municipality: coded(municipality),
        administrative_municipality: coded(administrative_municipality),
        region: coded(region),
    })
}

/// Reads the record of an import.
pub(in super::super) fn source(text: &str) -> Result<ImportSource<'_>> {
    let v1::Source { name, extracted_at, first_year, last_year } = decode(text, &v1::SOURCE_ELEMENT)?;
    let year = |it: u32| u16::try_from(it).map_err(|_| Unreadable);
    let school_year = SchoolYear { first: year(first_year)?, last: year(last_year)? };
    Ok(ImportSource { source: name, extracted_at: codes::moment(extracted_at), school_year })
}

fn decode<'a, T: Decode<'a>>(text: &'a str, element: &'static Element) -> Result<T> {
    let mut decoder = Decoder::new(text, NAMESPACES);
    decoder.root().map_err(|_| Unreadable)?;
    if decoder.name() != (element.name.namespace, element.name.local) {
        return Err(Unreadable);
    }
    T::decode(&mut decoder).map_err(|_| Unreadable)
}

fn person<'a>(person: v1::Person<'a>, user_id: Option<UserId<'a>>) -> Result<Person<'a>> {
    let v1::Person {
        given,
        family,
        guessed,
        protection,
        born,
        gender,
        email,
        photo,
        alias,
        civil_id,
        address,
        home,
        work,
        mobile,
    } = person;
    Ok(Person {
        user_id,
        name: PersonName { given, family, guessed: guessed.unwrap_or(false) },
        alias: alias.map(name),
        protection: codes::protection(protection),
        civil_id: civil_id.map(self::civil_id).transpose()?,
        birth_date: born.map(codes::day),
        gender: gender.map(codes::gender),
        email,
        address: address.map(self::address),
        phones: Phones { home: home.map(phone), work: work.map(phone), mobile: mobile.map(phone) },
        photo,
    })
}

fn name(name: v1::Name<'_>) -> PersonName<'_> {
    let v1::Name { given, family, guessed } = name;
    PersonName { given, family, guessed: guessed.unwrap_or(false) }
}

fn civil_id(id: v1::CivilId<'_>) -> Result<CivilId<'_>> {
    let v1::CivilId { kind, country, text } = id;
    let country = CountryCode::parse(&country).ok_or(Unreadable)?;
    Ok(CivilId::new(text, codes::civil_id_kind(kind), country))
}

fn address(address: v1::Address<'_>) -> Address<'_> {
    let v1::Address { street, postal_code, town, country_code, country, municipality_code, municipality_name } =
        address;
    let country_code = country_code.and_then(|it| CountryCode::parse(&it));
    Address { street, postal_code, town, country_code, country, municipality_code, municipality_name }
}

fn phone(phone: v1::Phone<'_>) -> Phone<'_> {
    let v1::Phone { protected, text } = phone;
    Phone { number: text, protected: protected.unwrap_or(false) }
}

fn office(office: v1::Office<'_>) -> Office<'_> {
    let v1::Office { company, unit } = office;
    Office { company, unit }
}

fn coded(coded: Option<v1::Coded<'_>>) -> Coded<'_> {
    let Some(v1::Coded { code, name }) = coded else { return Coded { code: None, name: None } };
    Coded { code, name }
}

fn pupil<'a>(pupil: v1::Pupil<'a>, contacts: Vec<ContactPerson<'a>>) -> Result<Pupil<'a>> {
    let v1::Pupil { role, grade, main_group, student_number, location, group } = pupil;
    let enrolment = Enrolment {
        role: codes::pupil_role(role),
        grade: self::grade(grade)?,
        main_group,
        student_number,
        location,
        groups: group,
    };
    Ok(Pupil { enrolment, contacts })
}

fn grade(word: Option<Text<'_>>) -> Result<Option<Grade>> {
    word.map(|it| codes::grade(&it).ok_or(Unreadable)).transpose()
}

fn staff(staff: v1::Staff<'_>) -> Employment<'_> {
    let v1::Staff { initials, occupation, location, role, group } = staff;
    let roles = role.into_iter().map(codes::staff_role).collect();
    Employment { roles, initials, occupation, location, groups: group }
}

fn external(external: v1::External<'_>) -> External<'_> {
    let v1::External { role, group } = external;
    External { role: codes::external_role(role), groups: group }
}
