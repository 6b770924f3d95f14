//! wsiEKSPORT 7 into version 6.

use contracts::unilogin::{
    common::legacy,
    data::{self, transitional},
    wsieksport::{
        v6::{self, full, fullmyndighed, medium, small},
        v7::{self, common},
    },
};

use soap::xml::Value;

use super::{
    super::{
        eksport::{self, Head, Package, fit},
        lift::{ansatrolle, eksternrolle, elevrolle, trin},
        packages::together,
    },
    Export, Record, codes,
    lift::cpr_type,
    login_name,
};
use crate::{
    crosswalk::Trail,
    domain::{ContactPerson, Member, Office, Text},
};

/// So many contact persons of a pupil can be told.
const CONTACTS: usize = 10;

const NO_TYPE: &str = "version 6 tells of a number at most whether it is verified";

/// A document with nobody in it.
pub(super) fn export(head: Head<'_>, package: Package) -> Export<'_> {
    let Head { exported_at, sources, number, name, groups } = head;
    let sources = sources.into_iter().map(import_source).collect();
    let parts = (exported_at, sources, (number, name), groups.into_iter().map(group).collect());
    match package {
        Package::Small => Export::Small(together!(parts, Vec::new(), small::UniLoginExportSmall, InstitutionSmall)),
        Package::Medium => {
            Export::Medium(together!(parts, Vec::new(), medium::UniLoginExportMedium, InstitutionMedium))
        }
        Package::Full => Export::Full(together!(parts, Vec::new(), full::UniLoginExportFull, InstitutionFull)),
        Package::FullMyndighed => Export::FullMyndighed(together!(
            parts,
            Vec::new(),
            fullmyndighed::UniLoginExportFullMyndighed,
            InstitutionFullMyndighed
        )),
    }
}

fn import_source(source: common::ImportSource<'_>) -> v6::eksport::ImportSource<'_> {
    let common::ImportSource { source_date_time, source, school_year } = source;
    v6::eksport::ImportSource { source_date_time, source, school_year }
}

fn group(group: common::Group<'_>) -> data::Group<'_> {
    let common::Group { group_id, group_name, group_type, group_level, line, from_date, to_date } = group;
    data::Group {
        group_id,
        group_name,
        group_type: codes::group_type(group_type),
        group_level: group_level.map(trin),
        line,
        from_date,
        to_date,
    }
}

/// One person; nothing without a user. `member` is who it is, for what version 7 has no place for.
pub(super) fn record<'m>(record: eksport::Record<'m>, member: &'m Member<'m>, trail: &mut Trail) -> Option<Record<'m>> {
    let contacts = member.contacts();
    let lowered = match record {
        eksport::Record::Small(it) => small(it).map(Record::Small),
        eksport::Record::Medium(it) => medium(it, trail).map(Record::Medium),
        eksport::Record::Full(it) => full(*it, contacts, trail).map(|it| Record::Full(Box::new(it))),
        eksport::Record::FullMyndighed(it) => {
            full_myndighed(*it, contacts, trail).map(|it| Record::FullMyndighed(Box::new(it)))
        }
    };
    if lowered.is_none() {
        trail.lose("person", "version 6 tells only of users");
    }
    lowered
}

fn small(member: v7::small::InstitutionPersonSmall<'_>) -> Option<small::InstitutionPersonSmall<'_>> {
    let v7::small::InstitutionPersonSmall { source, person, choice } = member;
    let common::PersonMini { first_name, family_name, user_id } = person?;
    let name = login_name(&first_name, &family_name, None).map(Text::Owned);
    let choice = choice.map(|it| match it {
        v7::small::InstitutionPersonSmallChoice::Student(it) => {
            small::InstitutionPersonSmallChoice::Student(student(it))
        }
        v7::small::InstitutionPersonSmallChoice::Employee(it) => {
            small::InstitutionPersonSmallChoice::Employee(employee(it))
        }
        v7::small::InstitutionPersonSmallChoice::Extern(it) => {
            small::InstitutionPersonSmallChoice::Extern(external(it))
        }
    });
    let uni_login = data::UniLoginMini { user_id, name };
    Some(small::InstitutionPersonSmall {
        source,
        uni_login,
        person: Some(data::PersonMini { first_name, family_name }),
        choice,
    })
}

fn medium<'m>(
    member: v7::medium::InstitutionPersonMedium<'m>,
    trail: &mut Trail,
) -> Option<medium::InstitutionPersonMedium<'m>> {
    let v7::medium::InstitutionPersonMedium { source, local_person_id, person, choice } = member;
    let (person, uni_login) = person_medium(person?, trail);
    let choice = choice.map(|it| match it {
        v7::medium::InstitutionPersonMediumChoice::Student(it) => {
            medium::InstitutionPersonMediumChoice::Student(student(it))
        }
        v7::medium::InstitutionPersonMediumChoice::Employee(it) => {
            medium::InstitutionPersonMediumChoice::Employee(employee(it))
        }
        v7::medium::InstitutionPersonMediumChoice::Extern(it) => {
            medium::InstitutionPersonMediumChoice::Extern(external(it))
        }
    });
    Some(medium::InstitutionPersonMedium { source, local_person_id, uni_login, person: Some(person), choice })
}

fn full<'m>(
    member: v7::full::InstitutionPersonFull<'m>,
    contacts: &'m [ContactPerson<'m>],
    trail: &mut Trail,
) -> Option<full::InstitutionPersonFull<'m>> {
    let v7::full::InstitutionPersonFull { source, local_person_id, person, choice } = member;
    let (person, login) = trail.within("person", |trail| person.map(|it| person_full(it, trail)))?;
    let choice = choice.map(|it| match it {
        v7::full::InstitutionPersonFullChoice::Student(it) => {
            full::InstitutionPersonFullChoice::Student(student_full(it, contacts, trail))
        }
        v7::full::InstitutionPersonFullChoice::Employee(it) => {
            full::InstitutionPersonFullChoice::Employee(employee(it))
        }
        v7::full::InstitutionPersonFullChoice::Extern(it) => full::InstitutionPersonFullChoice::Extern(external(it)),
    });
    Some(full::InstitutionPersonFull { source, local_person_id, uni_login: login?, person: Some(person), choice })
}

fn full_myndighed<'m>(
    member: v7::fullmyndighed::InstitutionPersonFullMyndighed<'m>,
    contacts: &'m [ContactPerson<'m>],
    trail: &mut Trail,
) -> Option<fullmyndighed::InstitutionPersonFullMyndighed<'m>> {
    use v7::fullmyndighed::InstitutionPersonFullMyndighedChoice as Choice;
    let v7::fullmyndighed::InstitutionPersonFullMyndighed { source, local_person_id, person, choice } = member;
    let (person, login) = trail.within("person", |trail| person.map(|it| person_full_myndighed(it, trail)))?;
    let choice = choice.map(|it| match it {
        Choice::Student(it) => {
            let student = student_full_myndighed(it, contacts, trail);
            fullmyndighed::InstitutionPersonFullMyndighedChoice::Student(student)
        }
        Choice::Employee(it) => fullmyndighed::InstitutionPersonFullMyndighedChoice::Employee(employee(it)),
        Choice::Extern(it) => fullmyndighed::InstitutionPersonFullMyndighedChoice::Extern(external(it)),
    });
    let (uni_login, person) = (login?, Some(person));
    Some(fullmyndighed::InstitutionPersonFullMyndighed { source, local_person_id, uni_login, person, choice })
}

/// The block `UNILogin`. Of passwords it says that there was one and that it is no longer valid, since it must say something.
fn login<'m>(user_id: Text<'m>, name: Option<String>, number: Option<&Text<'m>>) -> transitional::UniLoginFull<'m> {
    transitional::UniLoginFull {
        user_id,
        name: name.map(Text::Owned),
        initial_password: Text::default(),
        civil_registration_number: number.cloned(),
        password_state: data::PasswordState::Changed,
    }
}

fn person_medium<'m>(
    person: common::PersonMedium<'m>,
    trail: &mut Trail,
) -> (transitional::PersonMedium<'m>, transitional::UniLoginFull<'m>) {
    let common::PersonMedium {
        first_name,
        family_name,
        user_id,
        civil_registration_number: number,
        civil_registration_number_type: kind,
        email_address,
        birth_date,
        gender,
        photo_id,
    } = person;
    trail.drop("person/civil_id", NO_TYPE, kind.filter(|it| *it != common::CprType::CprUnknownType));
    let login = login(user_id, login_name(&first_name, &family_name, None), number.as_ref());
    let person = transitional::PersonMedium {
        first_name,
        family_name,
        civil_registration_number: number,
        email_address: email_address.and_then(|it| fit::owned_token(it, "person/email", trail)),
        birth_date,
        gender: gender.map(codes::gender),
        photo_id,
    };
    (person, login)
}

/// The person, and the user where there is one.
fn person_full<'m>(
    person: common::PersonFull<'m>,
    trail: &mut Trail,
) -> (full::PersonFull<'m>, Option<transitional::UniLoginFull<'m>>) {
    let common::PersonFull {
        protected,
        first_name,
        family_name,
        user_id,
        civil_registration_number: number,
        civil_registration_number_type: kind,
        email_address,
        birth_date,
        gender,
        photo_id,
        address,
        home_phone_number,
        work_phone_number,
        mobile_phone_number,
    } = person;
    let name = login_name(&first_name, &family_name, None);
    let login = (!user_id.is_empty()).then(|| login(user_id, name, number.as_ref()));
    let person = full::PersonFull {
        protected,
        verification_level: verification_level(number.as_deref(), kind, trail),
        first_name,
        family_name,
        civil_registration_number: number,
        email_address: email_address.and_then(|it| fit::owned_token(it, "email", trail)),
        birth_date,
        gender: gender.map(codes::gender),
        photo_id,
        address: address.map(self::address),
        home_phone_number: home_phone_number.map(phone),
        work_phone_number: work_phone_number.map(phone),
        mobile_phone_number: mobile_phone_number.map(phone),
    };
    (person, login)
}

/// The same; of a protected person the user is told under the alias and without number.
fn person_full_myndighed<'m>(
    person: v7::fullmyndighed::PersonFullMyndighed<'m>,
    trail: &mut Trail,
) -> (fullmyndighed::PersonFullMyndighed<'m>, Option<transitional::UniLoginFull<'m>>) {
    let v7::fullmyndighed::PersonFullMyndighed {
        protected,
        first_name,
        family_name,
        user_id,
        civil_registration_number: number,
        civil_registration_number_type: kind,
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
    let alias = protected.then_some((alias_first_name.as_deref(), alias_family_name.as_deref()));
    let name = login_name(&first_name, &family_name, alias);
    let login = (!user_id.is_empty()).then(|| login(user_id, name, number.as_ref().filter(|_| !protected)));
    let person = fullmyndighed::PersonFullMyndighed {
        protected,
        verification_level: verification_level(number.as_deref(), kind, trail),
        first_name,
        family_name,
        civil_registration_number: number,
        email_address: email_address.and_then(|it| fit::owned_token(it, "email", trail)),
        birth_date,
        gender: gender.map(codes::gender),
        photo_id,
        address: address.map(self::address),
        home_phone_number: home_phone_number.map(phone),
        work_phone_number: work_phone_number.map(phone),
        mobile_phone_number: mobile_phone_number.map(phone),
        alias_first_name,
        alias_family_name,
    };
    (person, login)
}

fn verification_level(
    number: Option<&str>,
    kind: Option<common::CprType>,
    trail: &mut Trail,
) -> legacy::Verifikationsniveau {
    let level = match kind {
        Some(common::CprType::CprVerified) => legacy::Verifikationsniveau::_1,
        Some(common::CprType::CprUnverified | common::CprType::CprReplacementId | common::CprType::CprUnknownType)
        | None => legacy::Verifikationsniveau::_0,
    };
    if number.map(|it| cpr_type(it, level)) != kind {
        trail.lose("civil_id", NO_TYPE);
    }
    level
}

fn address(address: common::Address<'_>) -> data::Address<'_> {
    let common::Address {
        street_address,
        postal_code,
        postal_district,
        country_code,
        country,
        municipality_code,
        municipality_name,
    } = address;
    data::Address {
        street_address,
        postal_code,
        postal_district,
        country_code: country_code.and_then(|it| data::CountryCode::parse(it.as_str())),
        country,
        municipality_code,
        municipality_name,
    }
}

fn phone(phone: common::PhoneNumberProtectable<'_>) -> transitional::PhoneNumberProtectable<'_> {
    let common::PhoneNumberProtectable { protected, text } = phone;
    transitional::PhoneNumberProtectable { protected, text }
}

fn student(student: common::StudentMini<'_>) -> transitional::StudentMini<'_> {
    let common::StudentMini { role, student_number, level, location, main_group_id, group_id } = student;
    let (role, level) = (elevrolle(role), trin(level));
    transitional::StudentMini { role, student_number, level, location, main_group_id, group_id }
}

fn student_full<'m>(
    student: v7::full::StudentFull<'m>,
    contacts: &'m [ContactPerson<'m>],
    trail: &mut Trail,
) -> full::StudentFull<'m> {
    let v7::full::StudentFull { role, student_number, level, location, main_group_id, group_id, contact_person } =
        student;
    let contact = |it, (cvr, pnr), trail: &mut Trail| {
        let v7::full::ContactPersonFull { relation, child_custody, access_level, person } = it;
        let (person, uni_login) = person_full(person, trail);
        let (relation, access_level) = (codes::relation(relation), codes::access(access_level));
        full::ContactPersonFull { relation, child_custody, access_level, cvr, pnr, person, uni_login }
    };
    let contact_person = self::contacts(contact_person, contacts, contact, trail);
    let (role, level) = (elevrolle(role), trin(level));
    full::StudentFull { role, student_number, level, location, main_group_id, group_id, contact_person }
}

fn student_full_myndighed<'m>(
    student: v7::fullmyndighed::StudentFullMyndighed<'m>,
    contacts: &'m [ContactPerson<'m>],
    trail: &mut Trail,
) -> fullmyndighed::StudentFullMyndighed<'m> {
    let v7::fullmyndighed::StudentFullMyndighed {
        role,
        student_number,
        level,
        location,
        main_group_id,
        group_id,
        contact_person,
    } = student;
    let contact = |it, (cvr, pnr), trail: &mut Trail| {
        let v7::fullmyndighed::ContactPersonFullMyndighed { relation, child_custody, access_level, person } = it;
        let (person, uni_login) = person_full_myndighed(person, trail);
        let (relation, access_level) = (codes::relation(relation), codes::access(access_level));
        fullmyndighed::ContactPersonFullMyndighed { relation, child_custody, access_level, cvr, pnr, person, uni_login }
    };
    let contact_person = self::contacts(contact_person, contacts, contact, trail);
    let (role, level) = (elevrolle(role), trin(level));
    fullmyndighed::StudentFullMyndighed {
        role,
        student_number,
        level,
        location,
        main_group_id,
        group_id,
        contact_person,
    }
}

/// `cvr` and `pnr`.
type Numbers<'m> = (Option<Text<'m>>, Option<Text<'m>>);

/// As many contact persons as there is room for, each with the authority behind it. `known` are the same ones.
fn contacts<'m, T, U>(
    told: Vec<T>,
    known: &'m [ContactPerson<'m>],
    contact: impl Fn(T, Numbers<'m>, &mut Trail) -> U,
    trail: &mut Trail,
) -> Vec<U> {
    let mut lowered = Vec::with_capacity(told.len().min(CONTACTS));
    for (at, (told, known)) in told.into_iter().zip(known).enumerate() {
        trail.within_item("contacts", at, |trail| {
            if at < CONTACTS {
                let numbers = known.office.as_ref().map(|it| numbers(it, trail)).unwrap_or_default();
                lowered.push(contact(told, numbers, trail));
            } else {
                trail.lose("person", "version 6 has room for ten contact persons");
            }
        });
    }
    lowered
}

fn numbers<'m>(office: &'m Office<'m>, trail: &mut Trail) -> Numbers<'m> {
    let Office { company, unit } = office;
    let cvr = fit::token_option(company, fit::ANY, "office/company", trail);
    (cvr, fit::token_option(unit, fit::ANY, "office/unit", trail))
}

fn employee(employee: common::Employee<'_>) -> transitional::Employee<'_> {
    let common::Employee { role, short_name, occupation, location, group_id } = employee;
    let role = role.into_iter().map(ansatrolle).collect();
    transitional::Employee { role, short_name, occupation, location, group_id }
}

fn external(external: common::Extern<'_>) -> data::Extern<'_> {
    let common::Extern { role, group_id } = external;
    data::Extern { role: eksternrolle(role), group_id }
}
