//! The hub to records. Nothing is copied: the records borrow.

use contracts::{NAMESPACES, skolebro::record::v1};
use soap::xml::Writer;

use super::codes;
use crate::domain::{
    Address, CivilId, Coded, ContactPerson, CountryCode, Employment, Enrolment, External, Group, ImportSource, Member,
    Office, Organisation, OrganisationNumber, Person, PersonName, Phone, Phones, Pupil, SchoolYear, Text, Tie, lend,
    lend_option,
};

/// A writer of records.
pub(in super::super) fn writer() -> Writer {
    Writer::new(NAMESPACES)
}

/// Writes the record of a person at an institution, as told by `source`. Contact persons have records of their own.
pub(in super::super) fn write_member(member: &Member<'_>, source: &str, writer: &mut Writer) {
    let Member { source: _, local_id, person, tie, since: _ } = member;
    let choice = tie.as_ref().map(|it| match it {
        Tie::Pupil(it) => v1::MemberChoice::Pupil(pupil(it)),
        Tie::Staff(it) => v1::MemberChoice::Staff(staff(it)),
        Tie::External(it) => v1::MemberChoice::External(external(it)),
    });
    let record = v1::Member {
        source: source.into(),
        local_id: lend_option(local_id),
        person: person.as_ref().map(self::person),
        choice,
    };
    writer.root(&v1::MEMBER_ELEMENT, &record);
}

/// Writes the record of a contact person.
pub(in super::super) fn write_contact(contact: &ContactPerson<'_>, writer: &mut Writer) {
    let ContactPerson { person, relation, custody, access, office } = contact;
    let record = v1::Contact {
        relation: codes::relation_word(*relation),
        custody: *custody,
        access: access.map(codes::access_word),
        person: self::person(person),
        office: office.as_ref().map(self::office),
    };
    writer.root(&v1::CONTACT_ELEMENT, &record);
}

/// Writes the record of a group.
pub(in super::super) fn write_group(group: &Group<'_>, writer: &mut Writer) {
    let Group { id, name, kind, grade, line, from, to, since: _ } = group;
    let record = v1::Group {
        id: lend(id),
        name: lend_option(name),
        kind: codes::group_kind_word(*kind),
        grade: grade.map(codes::grade_word),
        line: lend_option(line),
        from: from.map(codes::day_word),
        to: to.map(codes::day_word),
    };
    writer.root(&v1::GROUP_ELEMENT, &record);
}

/// Writes the record of an institution.
pub(in super::super) fn write_organisation(organisation: &Organisation<'_>, writer: &mut Writer) {
    let Organisation {
        number,
        name,
        kind,
        detailed_kind,
        unit_kind,
        street,
        postal_code,
        town,
        phone,
        fax,
        email,
        web,
        parent,
        municipality,
        administrative_municipality,
        region,
    } = organisation;
    let record = v1::Institution {
        number: number.as_str().into(),
        name: lend_option(name),
        unit_kind: lend_option(unit_kind),
        street: lend_option(street),
        postal_code: lend_option(postal_code),
        town: lend_option(town),
        phone: lend_option(phone),
        fax: lend_option(fax),
        email: lend_option(email),
        web: lend_option(web),
        parent: parent.as_ref().map(OrganisationNumber::as_str).map(Text::Borrowed),
        kind: coded(kind),
        detailed_kind: coded(detailed_kind),
        municipality: coded(municipality),
        administrative_municipality: coded(administrative_municipality),
        region: coded(region),
    };
    writer.root(&v1::INSTITUTION_ELEMENT, &record);
}

/// Writes the record of an import.
pub(in super::super) fn write_source(source: &ImportSource<'_>, writer: &mut Writer) {
    let ImportSource { source: name, extracted_at, school_year } = source;
    let SchoolYear { first, last } = school_year;
    let record = v1::Source {
        name: lend(name),
        extracted_at: codes::moment_word(*extracted_at),
        first_year: u32::from(*first),
        last_year: u32::from(*last),
    };
    writer.root(&v1::SOURCE_ELEMENT, &record);
}

fn person<'r>(person: &'r Person<'_>) -> v1::Person<'r> {
    let Person { user_id: _, name, alias, protection, civil_id, birth_date, gender, email, address, phones, photo } =
        person;
    let PersonName { given, family, guessed } = name;
    let Phones { home, work, mobile } = phones;
    v1::Person {
        given: lend(given),
        family: lend(family),
        guessed: guessed.then_some(true),
        protection: codes::protection_word(*protection),
        born: birth_date.map(codes::day_word),
        gender: gender.map(codes::gender_word),
        email: lend_option(email),
        photo: lend_option(photo),
        alias: alias.as_ref().map(self::name),
        civil_id: civil_id.as_ref().map(self::civil_id),
        address: address.as_ref().map(self::address),
        home: home.as_ref().map(phone),
        work: work.as_ref().map(phone),
        mobile: mobile.as_ref().map(phone),
    }
}

fn name<'r>(name: &'r PersonName<'_>) -> v1::Name<'r> {
    let PersonName { given, family, guessed } = name;
    v1::Name { given: lend(given), family: lend(family), guessed: guessed.then_some(true) }
}

fn civil_id<'r>(id: &'r CivilId<'_>) -> v1::CivilId<'r> {
    let country = match id.country() {
        CountryCode::DK => "DK".into(),
        other => other.as_str().to_owned().into(),
    };
    v1::CivilId { kind: codes::civil_id_kind_word(id.kind()), country, text: id.reveal().into() }
}

fn address<'r>(address: &'r Address<'_>) -> v1::Address<'r> {
    let Address { street, postal_code, town, country_code, country, municipality_code, municipality_name } = address;
    v1::Address {
        street: lend_option(street),
        postal_code: lend_option(postal_code),
        town: lend_option(town),
        country_code: country_code.as_ref().map(|it| it.as_str().into()),
        country: lend_option(country),
        municipality_code: lend_option(municipality_code),
        municipality_name: lend_option(municipality_name),
    }
}

fn phone<'r>(phone: &'r Phone<'_>) -> v1::Phone<'r> {
    let Phone { number, protected } = phone;
    v1::Phone { protected: protected.then_some(true), text: lend(number) }
}

fn office<'r>(office: &'r Office<'_>) -> v1::Office<'r> {
    let Office { company, unit } = office;
    v1::Office { company: lend_option(company), unit: lend_option(unit) }
}

fn coded<'r>(coded: &'r Coded<'_>) -> Option<v1::Coded<'r>> {
    let Coded { code, name } = coded;
    let stated = code.is_some() || name.is_some();
    stated.then(|| v1::Coded { code: lend_option(code), name: lend_option(name) })
}

fn pupil<'r>(pupil: &'r Pupil<'_>) -> v1::Pupil<'r> {
    let Pupil { enrolment, contacts: _ } = pupil;
    let Enrolment { role, grade, main_group, student_number, location, groups } = enrolment;
    v1::Pupil {
        role: codes::pupil_role_word(*role),
        grade: grade.map(codes::grade_word),
        main_group: lend(main_group),
        student_number: lend_option(student_number),
        location: lend_option(location),
        group: groups.iter().map(lend).collect(),
    }
}

fn staff<'r>(employment: &'r Employment<'_>) -> v1::Staff<'r> {
    let Employment { roles, initials, occupation, location, groups } = employment;
    v1::Staff {
        initials: lend_option(initials),
        occupation: lend_option(occupation),
        location: lend_option(location),
        role: roles.iter().map(|it| codes::staff_role_word(*it)).collect(),
        group: groups.iter().map(lend).collect(),
    }
}

fn external<'r>(external: &'r External<'_>) -> v1::External<'r> {
    let External { role, groups } = external;
    v1::External { role: codes::external_role_word(*role), group: groups.iter().map(lend).collect() }
}
