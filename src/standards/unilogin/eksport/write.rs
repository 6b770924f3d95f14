//! The hub to wsiEKSPORT 7. What a package may not tell of a protected person is held back here.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset};
use contracts::unilogin::common::v3;
use contracts::unilogin::wsieksport::v7::{common, full, fullmyndighed, medium, small};
use soap::xml::Value;

use super::{
    super::{codes, values},
    Export, Filter, Package, Record, fit,
};
use crate::{
    crosswalk::Trail,
    domain::{
        Address, CivilId, Coded, ContactPerson, CountryCode, Employment, Enrolment, External, Grade, Group, GroupKind,
        ImportSource, Member, Organisation, OrganisationNumber, Person, PersonName, Phone, Phones, Protection, Pupil,
        Roster, Text, Tie, lend,
    },
};

const SMALLER: &str = "the package does not tell it";
const PROTECTED: &str = "the person is protected";
const NO_PLACE: &str = "an export does not tell it";

/// The source of users that nobody imported.
const MADE_BY_HAND: &str = "HUGO Brugeradministrationen";

/// A document with these people. Records of another package than the document's are left out.
pub(super) fn document<'m>(
    roster: &'m Roster<'m>,
    package: Package,
    people: Vec<Record<'m>>,
    at: DateTime<FixedOffset>,
    trail: &mut Trail,
) -> Export<'m> {
    let Roster { organisation, exported_at: _, sources, groups, members: _ } = roster; // exported now; the people are given
    let export_date_time = values::xml_moment(at);
    let import_source = sources.iter().filter_map(|it| self::import_source(it, trail)).collect();
    let (institution_number, institution_name) = trail.within("organisation", |trail| institution(organisation, trail));
    let group = groups.iter().enumerate();
    let group = group.filter_map(|(at, it)| trail.within_item("groups", at, |trail| self::group(it, trail))).collect();
    match package {
        Package::Small => {
            let small = |it| if let Record::Small(it) = it { Some(it) } else { None };
            let institution_person = people.into_iter().filter_map(small).collect();
            let institution =
                small::InstitutionSmall { institution_number, institution_name, group, institution_person };
            Export::Small(small::UniLoginExportSmall { export_date_time, import_source, institution })
        }
        Package::Medium => {
            let medium = |it| if let Record::Medium(it) = it { Some(it) } else { None };
            let institution_person = people.into_iter().filter_map(medium).collect();
            let institution =
                medium::InstitutionMedium { institution_number, institution_name, group, institution_person };
            Export::Medium(medium::UniLoginExportMedium { export_date_time, import_source, institution })
        }
        Package::Full => {
            let full = |it| if let Record::Full(it) = it { Some(*it) } else { None };
            let institution_person = people.into_iter().filter_map(full).collect();
            let institution = full::InstitutionFull { institution_number, institution_name, group, institution_person };
            Export::Full(full::UniLoginExportFull { export_date_time, import_source, institution })
        }
        Package::FullMyndighed => {
            let full = |it| if let Record::FullMyndighed(it) = it { Some(*it) } else { None };
            let institution_person = people.into_iter().filter_map(full).collect();
            let institution = fullmyndighed::InstitutionFullMyndighed {
                institution_number,
                institution_name,
                group,
                institution_person,
            };
            Export::FullMyndighed(fullmyndighed::UniLoginExportFullMyndighed {
                export_date_time,
                import_source,
                institution,
            })
        }
    }
}

fn import_source<'m>(source: &'m ImportSource<'m>, trail: &mut Trail) -> Option<common::ImportSource<'m>> {
    let ImportSource { source, extracted_at, school_year } = source;
    Some(common::ImportSource {
        source_date_time: values::xml_moment(*extracted_at),
        source: fit::token(source, fit::ANY, "sources", trail)?,
        school_year: Cow::Owned(school_year.to_string()),
    })
}

fn institution<'m>(organisation: &'m Organisation<'m>, trail: &mut Trail) -> (Text<'m>, Option<Text<'m>>) {
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
    for (field, it) in [
        ("unit_kind", unit_kind),
        ("street", street),
        ("postal_code", postal_code),
        ("town", town),
        ("phone", phone),
        ("fax", fax),
        ("email", email),
        ("web", web),
    ] {
        trail.drop(field, NO_PLACE, it);
    }
    trail.drop("parent", NO_PLACE, parent);
    for (field, coded) in [
        ("kind", kind),
        ("detailed_kind", detailed_kind),
        ("municipality", municipality),
        ("administrative_municipality", administrative_municipality),
        ("region", region),
    ] {
        let Coded { code, name } = coded;
        trail.drop(field, NO_PLACE, code.as_ref().or(name.as_ref()));
    }
    (OrganisationNumber::lend(number).into_text(), fit::token_option(name, fit::ANY, "name", trail))
}

fn group<'m>(group: &'m Group<'m>, trail: &mut Trail) -> Option<common::Group<'m>> {
    let Group { id, name, kind, grade, line, from, to } = group;
    if *kind == GroupKind::Institution {
        trail.lose("kind", "everybody, all pupils and all staff are no groups of an import");
        return None;
    }
    let group_level = if *kind == GroupKind::Main {
        grade.map(|it| level(it, "grade", trail))
    } else {
        trail.drop("grade", "only a Hovedgruppe has a level", grade);
        None
    };
    Some(common::Group {
        group_id: fit::group_key(id, "id", trail)?,
        group_name: fit::token_option(name, fit::GROUP_NAME, "name", trail),
        group_type: codes::import_group_type(*kind),
        group_level,
        line: fit::token_option(line, fit::FORTY, "line", trail),
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

/// One person of a document.
pub(super) fn record<'m>(member: &'m Member<'m>, package: Package, filter: &Filter, trail: &mut Trail) -> Record<'m> {
    let Member { source, local_id, person, tie } = member;
    let source = if fit::is_blank(source) {
        trail.lose("source", "it is unknown: the one of users made by hand stands for it");
        Cow::Borrowed(MADE_BY_HAND)
    } else {
        fit::token(source, fit::ANY, "source", trail).unwrap_or(Cow::Borrowed(MADE_BY_HAND))
    };
    let local_person_id = match package {
        Package::Small => None,
        Package::Medium | Package::Full | Package::FullMyndighed => fit::local_id(local_id, trail),
    };
    let person = person.as_ref();
    let tie = tie.as_ref();
    match package {
        Package::Small => {
            trail.drop("local_id", SMALLER, local_id);
            Record::Small(small::InstitutionPersonSmall {
                source,
                person: person.and_then(|it| trail.within("person", |trail| mini(it, trail))),
                choice: tie.map(|it| small_choice(it, trail)),
            })
        }
        Package::Medium => Record::Medium(medium::InstitutionPersonMedium {
            source,
            local_person_id,
            person: person.and_then(|it| trail.within("person", |trail| medium_person(it, filter, trail))),
            choice: tie.map(|it| medium_choice(it, trail)),
        }),
        Package::Full => Record::Full(Box::new(full::InstitutionPersonFull {
            source,
            local_person_id,
            person: person.and_then(|it| trail.within("person", |trail| full_person(it, filter, trail))),
            choice: tie.map(|it| full_choice(it, filter, trail)),
        })),
        Package::FullMyndighed => Record::FullMyndighed(Box::new(fullmyndighed::InstitutionPersonFullMyndighed {
            source,
            local_person_id,
            person: person.and_then(|it| trail.within("person", |trail| full_person_myndighed(it, filter, trail))),
            choice: tie.map(|it| full_choice_myndighed(it, filter, trail)),
        })),
    }
}

fn small_choice<'m>(tie: &'m Tie<'m>, trail: &mut Trail) -> small::InstitutionPersonSmallChoice<'m> {
    match tie {
        Tie::Pupil(it) => small::InstitutionPersonSmallChoice::Student(student(it, trail)),
        Tie::Staff(it) => small::InstitutionPersonSmallChoice::Employee(employee(it, trail)),
        Tie::External(it) => small::InstitutionPersonSmallChoice::Extern(external(it, trail)),
    }
}

fn medium_choice<'m>(tie: &'m Tie<'m>, trail: &mut Trail) -> medium::InstitutionPersonMediumChoice<'m> {
    match tie {
        Tie::Pupil(it) => medium::InstitutionPersonMediumChoice::Student(student(it, trail)),
        Tie::Staff(it) => medium::InstitutionPersonMediumChoice::Employee(employee(it, trail)),
        Tie::External(it) => medium::InstitutionPersonMediumChoice::Extern(external(it, trail)),
    }
}

fn full_choice<'m>(tie: &'m Tie<'m>, filter: &Filter, trail: &mut Trail) -> full::InstitutionPersonFullChoice<'m> {
    match tie {
        Tie::Pupil(it) => {
            let Pupil { enrolment, contacts } = it;
            let common::StudentMini { role, student_number, level, location, main_group_id, group_id } =
                studying(enrolment, trail);
            let contact = |it: &'m ContactPerson<'m>, trail: &mut Trail| {
                let ContactPerson { person, relation, custody, access, office } = it;
                trail.drop("office", "the contract tells no authority behind a contact person", office);
                Some(full::ContactPersonFull {
                    relation: codes::kontaktpersonsrelation(*relation),
                    child_custody: *custody,
                    access_level: access_level(*access, trail),
                    person: full_person(person, filter, trail)?,
                })
            };
            let contact_person = self::contacts(contacts, filter, contact, trail);
            full::InstitutionPersonFullChoice::Student(full::StudentFull {
                role,
                student_number,
                level,
                location,
                main_group_id,
                group_id,
                contact_person,
            })
        }
        Tie::Staff(it) => full::InstitutionPersonFullChoice::Employee(employee(it, trail)),
        Tie::External(it) => full::InstitutionPersonFullChoice::Extern(external(it, trail)),
    }
}

fn full_choice_myndighed<'m>(
    tie: &'m Tie<'m>,
    filter: &Filter,
    trail: &mut Trail,
) -> fullmyndighed::InstitutionPersonFullMyndighedChoice<'m> {
    match tie {
        Tie::Pupil(it) => {
            let Pupil { enrolment, contacts } = it;
            let common::StudentMini { role, student_number, level, location, main_group_id, group_id } =
                studying(enrolment, trail);
            let contact = |it: &'m ContactPerson<'m>, trail: &mut Trail| {
                let ContactPerson { person, relation, custody, access, office } = it;
                trail.drop("office", "the contract tells no authority behind a contact person", office);
                Some(fullmyndighed::ContactPersonFullMyndighed {
                    relation: codes::kontaktpersonsrelation(*relation),
                    child_custody: *custody,
                    access_level: access_level(*access, trail),
                    person: full_person_myndighed(person, filter, trail)?,
                })
            };
            let contact_person = self::contacts(contacts, filter, contact, trail);
            fullmyndighed::InstitutionPersonFullMyndighedChoice::Student(fullmyndighed::StudentFullMyndighed {
                role,
                student_number,
                level,
                location,
                main_group_id,
                group_id,
                contact_person,
            })
        }
        Tie::Staff(it) => fullmyndighed::InstitutionPersonFullMyndighedChoice::Employee(employee(it, trail)),
        Tie::External(it) => fullmyndighed::InstitutionPersonFullMyndighedChoice::Extern(external(it, trail)),
    }
}

fn contacts<'m, T>(
    contacts: &'m [ContactPerson<'m>],
    filter: &Filter,
    contact: impl Fn(&'m ContactPerson<'m>, &mut Trail) -> Option<T>,
    trail: &mut Trail,
) -> Vec<T> {
    if !filter.contacts {
        trail.drop("contacts", "the request does not want them", !contacts.is_empty());
        return Vec::new();
    }
    let one = |(at, it)| trail.within_item("contacts", at, |trail| contact(it, trail));
    contacts.iter().enumerate().filter_map(one).collect()
}

fn student<'m>(pupil: &'m Pupil<'m>, trail: &mut Trail) -> common::StudentMini<'m> {
    let Pupil { enrolment, contacts } = pupil;
    trail.drop("contacts", SMALLER, contacts);
    studying(enrolment, trail)
}

fn studying<'m>(enrolment: &'m Enrolment<'m>, trail: &mut Trail) -> common::StudentMini<'m> {
    let Enrolment { role, grade, main_group, student_number, location, groups } = enrolment;
    if grade.is_none() {
        trail.lose("enrolment/grade", "a pupil must have a level: Andet stands for none");
    }
    let main_group_id = fit::group_key(main_group, "enrolment/main_group", trail);
    common::StudentMini {
        role: codes::elevrolle(*role),
        student_number: fit::student_number(student_number, trail),
        level: level(grade.unwrap_or(Grade::Other), "enrolment/grade", trail),
        location: fit::token_option(location, fit::ANY, "enrolment/location", trail),
        main_group_id: main_group_id.unwrap_or(Cow::Borrowed("-")),
        group_id: fit::group_keys(groups, trail),
    }
}

/// Never raised by a guess.
fn access_level(access: Option<crate::domain::AccessLevel>, trail: &mut Trail) -> v3::KontaktpersonAdgangsniveau {
    if access.is_none() {
        trail.lose("access", "a contact person must have a level: the lowest stands for none");
    }
    codes::adgangsniveau(access.unwrap_or(crate::domain::AccessLevel::Ordinary))
}

fn employee<'m>(employment: &'m Employment<'m>, trail: &mut Trail) -> common::Employee<'m> {
    let Employment { roles, initials, occupation, location, groups } = employment;
    common::Employee {
        role: roles.iter().copied().map(codes::ansatrolle).collect(),
        short_name: fit::token_option(initials, fit::ANY, "employment/initials", trail),
        occupation: fit::token_option(occupation, fit::ANY, "employment/occupation", trail),
        location: fit::token_option(location, fit::ANY, "employment/location", trail),
        group_id: fit::group_keys(groups, trail),
    }
}

fn external<'m>(external: &'m External<'m>, trail: &mut Trail) -> common::Extern<'m> {
    let External { role, groups } = external;
    common::Extern { role: codes::eksternrolle(*role), group_id: fit::group_keys(groups, trail) }
}

fn mini<'m>(person: &'m Person<'m>, trail: &mut Trail) -> Option<common::PersonMini<'m>> {
    let Person {
        user_id: _,
        name: _,
        alias: _,
        protection: _,
        civil_id,
        birth_date,
        gender,
        email,
        address,
        phones,
        photo,
    } = person; // the names by `shown`
    trail.drop("civil_id", SMALLER, civil_id);
    trail.drop("birth_date", SMALLER, birth_date);
    trail.drop("gender", SMALLER, gender);
    trail.drop("email", SMALLER, email);
    trail.drop("photo", SMALLER, photo);
    drop_reach(address, phones, trail);
    let (user_id, PersonName { given, family, guessed: _ }) = shown(person, false, trail)?;
    Some(common::PersonMini { first_name: given, family_name: family, user_id })
}

fn drop_reach(address: &Option<Address<'_>>, phones: &Phones<'_>, trail: &mut Trail) {
    let Phones { home, work, mobile } = phones;
    trail.drop("address", SMALLER, address);
    trail.drop("phones/home", SMALLER, home);
    trail.drop("phones/work", SMALLER, work);
    trail.drop("phones/mobile", SMALLER, mobile);
}

fn medium_person<'m>(person: &'m Person<'m>, filter: &Filter, trail: &mut Trail) -> Option<common::PersonMedium<'m>> {
    let Person {
        user_id: _,
        name: _,
        alias: _,
        protection: _,
        civil_id,
        birth_date,
        gender,
        email,
        address,
        phones,
        photo,
    } = person; // the names by `shown`
    drop_reach(address, phones, trail);
    let (user_id, PersonName { given, family, guessed: _ }) = shown(person, false, trail)?;
    let (number, kind) = civil(civil_id.as_ref(), person.is_protected(), filter, trail);
    Some(common::PersonMedium {
        first_name: given,
        family_name: family,
        user_id,
        civil_registration_number: number,
        civil_registration_number_type: kind,
        email_address: mail(person, false, email, trail),
        birth_date: birth_date.map(values::xml_day),
        gender: gender.map(codes::gender_code),
        photo_id: fit::token_option(photo, fit::ANY, "photo", trail),
    })
}

fn full_person<'m>(person: &'m Person<'m>, filter: &Filter, trail: &mut Trail) -> Option<common::PersonFull<'m>> {
    let Person {
        user_id: _,
        name: _,
        alias: _,
        protection,
        civil_id,
        birth_date,
        gender,
        email,
        address,
        phones,
        photo,
    } = person; // the names by `shown`
    let protected = person.is_protected();
    let (user_id, PersonName { given, family, guessed: _ }) = shown(person, false, trail)?;
    let (number, kind) = civil(civil_id.as_ref(), protected, filter, trail);
    let address = if protected {
        trail.drop("address", PROTECTED, address);
        None
    } else {
        address.as_ref().map(|it| self::address(it, trail))
    };
    let Phones { home, work, mobile } = phones;
    Some(common::PersonFull {
        protected: stated(*protection, trail),
        first_name: given,
        family_name: family,
        user_id,
        civil_registration_number: number,
        civil_registration_number_type: kind,
        email_address: mail(person, false, email, trail),
        birth_date: birth_date.map(values::xml_day),
        gender: gender.map(codes::gender_code),
        photo_id: fit::token_option(photo, fit::ANY, "photo", trail),
        address,
        home_phone_number: phone(home, "phones/home", trail),
        work_phone_number: phone(work, "phones/work", trail),
        mobile_phone_number: phone(mobile, "phones/mobile", trail),
    })
}

fn full_person_myndighed<'m>(
    person: &'m Person<'m>,
    filter: &Filter,
    trail: &mut Trail,
) -> Option<fullmyndighed::PersonFullMyndighed<'m>> {
    let Person { user_id: _, name: _, alias, protection, civil_id, birth_date, gender, email, address, phones, photo } =
        person; // the name by `shown`
    let (user_id, PersonName { given, family, guessed: _ }) = shown(person, true, trail)?;
    let (number, kind) = civil(civil_id.as_ref(), false, filter, trail);
    let Phones { home, work, mobile } = phones;
    let alias = |part: fn(&'m PersonName<'m>) -> &'m Text<'m>, trail: &mut Trail| {
        fit::token(alias.as_ref().map(part).filter(|it| !it.is_empty())?, fit::ANY, "alias", trail)
    };
    Some(fullmyndighed::PersonFullMyndighed {
        protected: stated(*protection, trail),
        first_name: given,
        family_name: family,
        user_id,
        civil_registration_number: number,
        civil_registration_number_type: kind,
        email_address: mail(person, true, email, trail),
        birth_date: birth_date.map(values::xml_day),
        gender: gender.map(codes::gender_code),
        photo_id: fit::token_option(photo, fit::ANY, "photo", trail),
        address: address.as_ref().map(|it| self::address(it, trail)),
        home_phone_number: phone(home, "phones/home", trail),
        work_phone_number: phone(work, "phones/work", trail),
        mobile_phone_number: phone(mobile, "phones/mobile", trail),
        alias_first_name: alias(|it| &it.given, trail),
        alias_family_name: alias(|it| &it.family, trail),
    })
}

/// The user id and the name to tell. Nothing for a person without user id, for which the contract has no place.
fn shown<'m>(person: &'m Person<'m>, real: bool, trail: &mut Trail) -> Option<(Text<'m>, PersonName<'m>)> {
    let user_id = fit::user_id(person.user_id.as_ref(), trail)?;
    let name = if real {
        person.name.lend()
    } else {
        trail.drop("name", PROTECTED, person.is_protected());
        trail.drop("alias", SMALLER, person.alias.as_ref().filter(|_| !person.is_protected()));
        person.shown_name()
    };
    let (given, family) = fit::names(name, trail);
    Some((user_id, PersonName { given, family, guessed: false }))
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

fn civil<'m>(
    id: Option<&'m CivilId<'m>>,
    hidden: bool,
    filter: &Filter,
    trail: &mut Trail,
) -> (Option<Text<'m>>, Option<common::CprType>) {
    let Some(id) = id else { return (None, None) };
    let why = match () {
        () if hidden => PROTECTED,
        () if !filter.civil_ids => "the request does not want it",
        () if id.country() != CountryCode::DK => "only Danish numbers have a place",
        () if !fit::is_civil_number(id) => "it has not the form of a number",
        () => return (Some(Cow::Borrowed(id.reveal())), Some(codes::cpr_type(id.kind()))),
    };
    trail.lose("civil_id", why);
    (None, None)
}

fn mail<'m>(person: &Person<'_>, real: bool, email: &'m Option<Text<'m>>, trail: &mut Trail) -> Option<Text<'m>> {
    let email = email.as_ref()?;
    if email.is_empty() {
        trail.lose("email", "there is nothing in it");
        return None;
    }
    if !real && person.is_betrayed_by(email) {
        trail.lose("email", "it holds the name of a protected person");
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
        municipality_name: fit::token_option(municipality_name, fit::FORTY, "address/municipality_name", trail),
    }
}

/// A protected number is told without its digits.
fn phone<'m>(
    phone: &'m Option<Phone<'m>>,
    field: &'static str,
    trail: &mut Trail,
) -> Option<common::PhoneNumberProtectable<'m>> {
    let Phone { number, protected } = phone.as_ref()?;
    if *protected {
        trail.drop(field, "the number is protected", number);
    }
    let text = if *protected { Cow::Borrowed("") } else { fit::number(number, field, trail) };
    Some(common::PhoneNumberProtectable { protected: *protected, text })
}
