//! wsiEKSPORT 6 into version 7.

use contracts::unilogin::{
    common::{legacy, v3},
    data::{self, transitional},
    wsieksport::{
        v6::{self, full, fullmyndighed, medium, small},
        v7::{self, common},
    },
};

use soap::xml::Value;

use super::{
    super::{
        eksport::{self, Head},
        lift::{lift_ansatrolle, lift_eksternrolle, lift_elevrolle, lift_trin},
        packages::apart,
    },
    Beside, Export, Record, codes, login_name,
};
use crate::{
    crosswalk::Trail,
    domain::{CivilId, CivilIdKind, CountryCode, Office, Person, PersonName, Text, UserId},
};

/// What stands before the people, and the people.
pub(super) fn export(export: Export<'_>) -> (Head<'_>, Vec<Record<'_>>) {
    match export {
        Export::Small(it) => {
            let (parts, people) = apart!(it, small::UniLoginExportSmall, InstitutionSmall);
            (head(parts), people.into_iter().map(Record::Small).collect())
        }
        Export::Medium(it) => {
            let (parts, people) = apart!(it, medium::UniLoginExportMedium, InstitutionMedium);
            (head(parts), people.into_iter().map(Record::Medium).collect())
        }
        Export::Full(it) => {
            let (parts, people) = apart!(it, full::UniLoginExportFull, InstitutionFull);
            (head(parts), people.into_iter().map(Box::new).map(Record::Full).collect())
        }
        Export::FullMyndighed(it) => {
            let (parts, people) = apart!(it, fullmyndighed::UniLoginExportFullMyndighed, InstitutionFullMyndighed);
            (head(parts), people.into_iter().map(Box::new).map(Record::FullMyndighed).collect())
        }
    }
}

/// The parts of a document.
type Parts<'a> =
    (soap::xml::DateTime, Vec<v6::eksport::ImportSource<'a>>, (Text<'a>, Option<Text<'a>>), Vec<data::Group<'a>>);

fn head((exported_at, sources, (number, name), groups): Parts<'_>) -> Head<'_> {
    let sources = sources.into_iter().map(import_source).collect();
    Head { exported_at, sources, number, name, groups: groups.into_iter().map(group).collect() }
}

fn import_source(source: v6::eksport::ImportSource<'_>) -> common::ImportSource<'_> {
    let v6::eksport::ImportSource { source_date_time, source, school_year } = source;
    common::ImportSource { source_date_time, source, school_year }
}

fn group(group: data::Group<'_>) -> common::Group<'_> {
    let data::Group { group_id, group_name, group_type, group_level, line, from_date, to_date } = group;
    common::Group {
        group_id,
        group_name,
        group_type: codes::lift_group_type(group_type),
        group_level: group_level.map(lift_trin),
        line,
        from_date,
        to_date,
    }
}

/// One person, and what version 7 has no place for.
pub(super) fn record<'a>(record: Record<'a>, trail: &mut Trail) -> (eksport::Record<'a>, Beside<'a>) {
    match record {
        Record::Small(it) => small(it, trail),
        Record::Medium(it) => medium(it, trail),
        Record::Full(it) => full(*it, trail),
        Record::FullMyndighed(it) => full_myndighed(*it, trail),
    }
}

fn small<'a>(member: small::InstitutionPersonSmall<'a>, trail: &mut Trail) -> (eksport::Record<'a>, Beside<'a>) {
    let small::InstitutionPersonSmall { source, uni_login, person, choice } = member;
    let data::UniLoginMini { user_id, name } = uni_login;
    let login = Login { user_id, name, number: None };
    let (person, user) = told(person, login, trail, person_mini);
    let choice = choice.map(|it| match it {
        small::InstitutionPersonSmallChoice::Student(it) => {
            v7::small::InstitutionPersonSmallChoice::Student(student(it))
        }
        small::InstitutionPersonSmallChoice::Employee(it) => {
            v7::small::InstitutionPersonSmallChoice::Employee(employee(it))
        }
        small::InstitutionPersonSmallChoice::Extern(it) => {
            v7::small::InstitutionPersonSmallChoice::Extern(external(it))
        }
    });
    let record = v7::small::InstitutionPersonSmall { source, person, choice };
    (eksport::Record::Small(record), Beside { user, offices: Vec::new() })
}

fn medium<'a>(member: medium::InstitutionPersonMedium<'a>, trail: &mut Trail) -> (eksport::Record<'a>, Beside<'a>) {
    let medium::InstitutionPersonMedium { source, local_person_id, uni_login, person, choice } = member;
    let (person, user) = told(person, login(uni_login, trail), trail, person_medium);
    let choice = choice.map(|it| match it {
        medium::InstitutionPersonMediumChoice::Student(it) => {
            v7::medium::InstitutionPersonMediumChoice::Student(student(it))
        }
        medium::InstitutionPersonMediumChoice::Employee(it) => {
            v7::medium::InstitutionPersonMediumChoice::Employee(employee(it))
        }
        medium::InstitutionPersonMediumChoice::Extern(it) => {
            v7::medium::InstitutionPersonMediumChoice::Extern(external(it))
        }
    });
    let record = v7::medium::InstitutionPersonMedium { source, local_person_id, person, choice };
    (eksport::Record::Medium(record), Beside { user, offices: Vec::new() })
}

fn full<'a>(member: full::InstitutionPersonFull<'a>, trail: &mut Trail) -> (eksport::Record<'a>, Beside<'a>) {
    let full::InstitutionPersonFull { source, local_person_id, uni_login, person, choice } = member;
    let (person, user) = told(person, login(uni_login, trail), trail, person_full);
    let mut offices = Vec::new();
    let choice = choice.map(|it| match it {
        full::InstitutionPersonFullChoice::Student(it) => {
            v7::full::InstitutionPersonFullChoice::Student(student_full(it, &mut offices, trail))
        }
        full::InstitutionPersonFullChoice::Employee(it) => {
            v7::full::InstitutionPersonFullChoice::Employee(employee(it))
        }
        full::InstitutionPersonFullChoice::Extern(it) => v7::full::InstitutionPersonFullChoice::Extern(external(it)),
    });
    let record = v7::full::InstitutionPersonFull { source, local_person_id, person, choice };
    (eksport::Record::Full(Box::new(record)), Beside { user, offices })
}

fn full_myndighed<'a>(
    member: fullmyndighed::InstitutionPersonFullMyndighed<'a>,
    trail: &mut Trail,
) -> (eksport::Record<'a>, Beside<'a>) {
    use v7::fullmyndighed::InstitutionPersonFullMyndighedChoice as Choice;
    let fullmyndighed::InstitutionPersonFullMyndighed { source, local_person_id, uni_login, person, choice } = member;
    let (person, user) = told(person, login(uni_login, trail), trail, person_full_myndighed);
    let mut offices = Vec::new();
    let choice = choice.map(|it| match it {
        fullmyndighed::InstitutionPersonFullMyndighedChoice::Student(it) => {
            Choice::Student(student_full_myndighed(it, &mut offices, trail))
        }
        fullmyndighed::InstitutionPersonFullMyndighedChoice::Employee(it) => Choice::Employee(employee(it)),
        fullmyndighed::InstitutionPersonFullMyndighedChoice::Extern(it) => Choice::Extern(external(it)),
    });
    let record = v7::fullmyndighed::InstitutionPersonFullMyndighed { source, local_person_id, person, choice };
    (eksport::Record::FullMyndighed(Box::new(record)), Beside { user, offices })
}

/// The block `UNILogin`, without what is never kept.
struct Login<'a> {
    user_id: Text<'a>,
    name: Option<Text<'a>>,
    number: Option<Text<'a>>,
}

fn login<'a>(login: transitional::UniLoginFull<'a>, trail: &mut Trail) -> Login<'a> {
    let transitional::UniLoginFull {
        user_id,
        name,
        initial_password,
        civil_registration_number: number,
        password_state,
    } = login;
    trail.drop("UNILogin/InitialPassword", "first passwords are never kept", initial_password);
    let is_valid = matches!(password_state, data::PasswordState::Valid);
    trail.drop("UNILogin/PasswordState", "where no first password is kept, none is valid", is_valid);
    Login { user_id, name, number }
}

/// The person of a user; or the user, where nobody has told of a person.
fn told<'a, T, U>(
    person: Option<T>,
    login: Login<'a>,
    trail: &mut Trail,
    lift: impl Fn(T, Login<'a>, &mut Trail) -> U,
) -> (Option<U>, Option<Person<'a>>) {
    match person {
        Some(person) => (Some(lift(person, login, trail)), None),
        None => (None, Some(user(login))),
    }
}

fn user(login: Login<'_>) -> Person<'_> {
    let Login { user_id, name, number } = login;
    let mut person = Person::named(PersonName::guess(name.unwrap_or_default()));
    person.user_id = Some(UserId::new(user_id));
    person.civil_id = number.map(|it| CivilId::new(it, CivilIdKind::Unknown, CountryCode::DK));
    person
}

impl<'a> Login<'a> {
    /// The user id. The name and the number are the person's too, and lost where the person has others.
    fn meets(self, name: Option<&str>, number: &mut Option<Text<'a>>, trail: &mut Trail) -> Text<'a> {
        let Self { user_id, name: own_name, number: own_number } = self;
        trail.drop("UNILogin/Name", "the person has another name", own_name.filter(|it| Some(&**it) != name));
        match number {
            None => *number = own_number,
            Some(number) => {
                let other = own_number.filter(|it| it != number);
                trail.drop("UNILogin/CivilRegistrationNumber", "the person has another number", other);
            }
        }
        user_id
    }
}

fn person_mini<'a>(person: data::PersonMini<'a>, login: Login<'a>, trail: &mut Trail) -> common::PersonMini<'a> {
    let data::PersonMini { first_name, family_name } = person;
    let name = login_name(&first_name, &family_name, None);
    let user_id = login.meets(name.as_deref(), &mut None, trail);
    common::PersonMini { first_name, family_name, user_id }
}

fn person_medium<'a>(
    person: transitional::PersonMedium<'a>,
    login: Login<'a>,
    trail: &mut Trail,
) -> common::PersonMedium<'a> {
    let transitional::PersonMedium {
        first_name,
        family_name,
        civil_registration_number: mut number,
        email_address,
        birth_date,
        gender,
        photo_id,
    } = person;
    let name = login_name(&first_name, &family_name, None);
    let user_id = login.meets(name.as_deref(), &mut number, trail);
    common::PersonMedium {
        first_name,
        family_name,
        user_id,
        civil_registration_number: number,
        civil_registration_number_type: None,
        email_address,
        birth_date,
        gender: gender.map(codes::lift_gender),
        photo_id,
    }
}

fn person_full<'a>(person: full::PersonFull<'a>, login: Login<'a>, trail: &mut Trail) -> common::PersonFull<'a> {
    let full::PersonFull {
        protected,
        verification_level,
        first_name,
        family_name,
        civil_registration_number: mut number,
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
    let user_id = login.meets(name.as_deref(), &mut number, trail);
    common::PersonFull {
        protected,
        first_name,
        family_name,
        user_id,
        civil_registration_number_type: verified(number.as_deref(), verification_level, trail),
        civil_registration_number: number,
        email_address,
        birth_date,
        gender: gender.map(codes::lift_gender),
        photo_id,
        address: address.map(self::address),
        home_phone_number: home_phone_number.map(phone),
        work_phone_number: work_phone_number.map(phone),
        mobile_phone_number: mobile_phone_number.map(phone),
    }
}

fn person_full_myndighed<'a>(
    person: fullmyndighed::PersonFullMyndighed<'a>,
    login: Login<'a>,
    trail: &mut Trail,
) -> v7::fullmyndighed::PersonFullMyndighed<'a> {
    let fullmyndighed::PersonFullMyndighed {
        protected,
        verification_level,
        first_name,
        family_name,
        civil_registration_number: mut number,
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
    let user_id = login.meets(name.as_deref(), &mut number, trail);
    v7::fullmyndighed::PersonFullMyndighed {
        protected,
        first_name,
        family_name,
        user_id,
        civil_registration_number_type: verified(number.as_deref(), verification_level, trail),
        civil_registration_number: number,
        email_address,
        birth_date,
        gender: gender.map(codes::lift_gender),
        photo_id,
        address: address.map(self::address),
        home_phone_number: home_phone_number.map(phone),
        work_phone_number: work_phone_number.map(phone),
        mobile_phone_number: mobile_phone_number.map(phone),
        alias_first_name,
        alias_family_name,
    }
}

fn verified(number: Option<&str>, level: legacy::Verifikationsniveau, trail: &mut Trail) -> Option<common::CprType> {
    let verified_nothing = number.is_none() && level == legacy::Verifikationsniveau::_1;
    trail.drop("Person/@verificationLevel", "there is no number that it could be of", verified_nothing);
    number.map(|it| cpr_type(it, level))
}

/// The type of a number that is verified or not. A replacement number shows itself.
pub(super) fn cpr_type(number: &str, level: legacy::Verifikationsniveau) -> common::CprType {
    match (level, CivilId::danish(number).map(|it| it.kind())) {
        (legacy::Verifikationsniveau::_1, _) => common::CprType::CprVerified,
        (legacy::Verifikationsniveau::_0, Ok(CivilIdKind::Replacement)) => common::CprType::CprReplacementId,
        (legacy::Verifikationsniveau::_0, _) => common::CprType::CprUnverified,
    }
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
        country_code: country_code.and_then(|it| common::CountryCode::parse(it.as_str())),
        country,
        municipality_code,
        municipality_name,
    }
}

fn phone(phone: transitional::PhoneNumberProtectable<'_>) -> common::PhoneNumberProtectable<'_> {
    let transitional::PhoneNumberProtectable { protected, text } = phone;
    common::PhoneNumberProtectable { protected, text }
}

fn student(student: transitional::StudentMini<'_>) -> common::StudentMini<'_> {
    let transitional::StudentMini { role, student_number, level, location, main_group_id, group_id } = student;
    let (role, level) = (lift_elevrolle(role), lift_trin(level));
    common::StudentMini { role, student_number, level, location, main_group_id, group_id }
}

fn student_full<'a>(
    student: full::StudentFull<'a>,
    offices: &mut Vec<Option<Office<'a>>>,
    trail: &mut Trail,
) -> v7::full::StudentFull<'a> {
    let full::StudentFull { role, student_number, level, location, main_group_id, group_id, contact_person } = student;
    let contact = |(at, it)| {
        let full::ContactPersonFull { relation, child_custody, access_level, cvr, pnr, person, uni_login } = it;
        offices.push(Office::new(cvr, pnr));
        let person = trail.within_item("Student/ContactPerson", at, |trail| {
            person_full(person, contact_login(uni_login, trail), trail)
        });
        let (relation, access_level) = (codes::lift_relation(relation), codes::lift_access(access_level));
        v7::full::ContactPersonFull { relation, child_custody, access_level, person }
    };
    let contact_person = contact_person.into_iter().enumerate().map(contact).collect();
    let (role, level) = (lift_elevrolle(role), lift_trin(level));
    v7::full::StudentFull { role, student_number, level, location, main_group_id, group_id, contact_person }
}

fn student_full_myndighed<'a>(
    student: fullmyndighed::StudentFullMyndighed<'a>,
    offices: &mut Vec<Option<Office<'a>>>,
    trail: &mut Trail,
) -> v7::fullmyndighed::StudentFullMyndighed<'a> {
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
        let fullmyndighed::ContactPersonFullMyndighed {
            relation,
            child_custody,
            access_level,
            cvr,
            pnr,
            person,
            uni_login,
        } = it;
        offices.push(Office::new(cvr, pnr));
        let person = trail.within_item("Student/ContactPerson", at, |trail| {
            person_full_myndighed(person, contact_login(uni_login, trail), trail)
        });
        let (relation, access_level) = (codes::lift_relation(relation), codes::lift_access(access_level));
        v7::fullmyndighed::ContactPersonFullMyndighed { relation, child_custody, access_level, person }
    };
    let contact_person = contact_person.into_iter().enumerate().map(contact).collect();
    let (role, level) = (lift_elevrolle(role), lift_trin(level));
    v7::fullmyndighed::StudentFullMyndighed {
        role,
        student_number,
        level,
        location,
        main_group_id,
        group_id,
        contact_person,
    }
}

/// A contact person need not be a user. Version 7 has no place for that: the user id is empty then.
fn contact_login<'a>(login: Option<transitional::UniLoginFull<'a>>, trail: &mut Trail) -> Login<'a> {
    match login {
        Some(login) => self::login(login, trail),
        None => Login { user_id: Text::default(), name: None, number: None },
    }
}

fn employee(employee: transitional::Employee<'_>) -> common::Employee<'_> {
    let transitional::Employee { role, short_name, occupation, location, group_id } = employee;
    let role: Vec<v3::Ansatrolle> = role.into_iter().map(lift_ansatrolle).collect();
    common::Employee { role, short_name, occupation, location, group_id }
}

fn external(external: data::Extern<'_>) -> common::Extern<'_> {
    let data::Extern { role, group_id } = external;
    common::Extern { role: lift_eksternrolle(role), group_id }
}
