//! Persons of the hub in each package: what may be told of the protected ones is decided here.

use std::borrow::Cow;

use contracts::unilogin::wsieksport::v7::{common, fullmyndighed};
use soap::xml::Value;

use super::{
    super::{
        super::{Generation, codes, values},
        fit,
    },
    SMALLER, Telling,
};
use crate::{
    crosswalk::Trail,
    domain::{Address, CivilId, CountryCode, Person, PersonName, Phone, Phones, Protection, Text, lend},
};

const PROTECTED: &str = "the person is protected";

pub(super) fn mini<'m>(person: &'m Person<'m>, trail: &mut Trail) -> Option<common::PersonMini<'m>> {
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
    let user_id = user_id(person, trail)?;
    let (given, family) = shown(person, trail);
    Some(common::PersonMini { first_name: given, family_name: family, user_id })
}

fn drop_reach(address: &Option<Address<'_>>, phones: &Phones<'_>, trail: &mut Trail) {
    let Phones { home, work, mobile } = phones;
    trail.drop("address", SMALLER, address);
    trail.drop("phones/home", SMALLER, home);
    trail.drop("phones/work", SMALLER, work);
    trail.drop("phones/mobile", SMALLER, mobile);
}

pub(super) fn medium_person<'m>(
    person: &'m Person<'m>,
    telling: Telling<'_>,
    trail: &mut Trail,
) -> Option<common::PersonMedium<'m>> {
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
    let user_id = user_id(person, trail)?;
    let (given, family) = shown(person, trail);
    let (number, kind) = civil(civil_id.as_ref(), person.is_protected(), telling, trail);
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

pub(super) fn full_person<'m>(
    person: &'m Person<'m>,
    user_id: Text<'m>,
    telling: Telling<'_>,
    trail: &mut Trail,
) -> common::PersonFull<'m> {
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
    let (given, family) = shown(person, trail);
    let (number, kind) = civil(civil_id.as_ref(), protected, telling, trail);
    let address = if protected {
        trail.drop("address", PROTECTED, address);
        None
    } else {
        address.as_ref().map(|it| self::address(it, trail))
    };
    let Phones { home, work, mobile } = phones;
    common::PersonFull {
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
    }
}

pub(super) fn full_person_myndighed<'m>(
    person: &'m Person<'m>,
    user_id: Text<'m>,
    telling: Telling<'_>,
    trail: &mut Trail,
) -> fullmyndighed::PersonFullMyndighed<'m> {
    let Person { user_id: _, name, alias, protection, civil_id, birth_date, gender, email, address, phones, photo } =
        person;
    let (given, family) = fit::names(name.lend(), trail);
    let (number, kind) = civil(civil_id.as_ref(), false, telling, trail);
    let Phones { home, work, mobile } = phones;
    let alias = |part: fn(&'m PersonName<'m>) -> &'m Text<'m>, trail: &mut Trail| {
        fit::token(alias.as_ref().map(part).filter(|it| !it.is_empty())?, fit::ANY, "alias", trail)
    };
    fullmyndighed::PersonFullMyndighed {
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
    }
}

/// The user id. Nothing for a person without, for whom the contract has no place.
pub(super) fn user_id<'m>(person: &'m Person<'m>, trail: &mut Trail) -> Option<Text<'m>> {
    fit::user_id(person.user_id.as_ref(), trail)
}

/// That of a contact person, who in the legacy generation need not have one: it is empty then.
pub(super) fn contact_id<'m>(person: &'m Person<'m>, telling: Telling<'_>, trail: &mut Trail) -> Option<Text<'m>> {
    match telling.generation {
        Generation::Bpi => user_id(person, trail),
        Generation::Legacy if person.user_id.is_none() => Some(Cow::Borrowed("")),
        Generation::Legacy => user_id(person, trail).or(Some(Cow::Borrowed(""))),
    }
}

/// Given and family name as anybody may see them.
fn shown<'m>(person: &'m Person<'m>, trail: &mut Trail) -> (Text<'m>, Text<'m>) {
    trail.drop("name", PROTECTED, person.is_protected());
    trail.drop("alias", SMALLER, person.alias.as_ref().filter(|_| !person.is_protected()));
    fit::names(person.shown_name(), trail)
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
    telling: Telling<'_>,
    trail: &mut Trail,
) -> (Option<Text<'m>>, Option<common::CprType>) {
    let Some(id) = id else { return (None, None) };
    let why = match () {
        () if hidden => PROTECTED,
        () if !telling.filter.civil_ids => "the request does not want it",
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
        trail.lose("email", "it may hold the name, and that of a protected person is withheld");
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
