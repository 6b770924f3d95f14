//! SS12000 2.1 Person <-> the hub's person. What a protected person may show is decided here and nowhere else.

use std::borrow::Cow;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Reading, day, organisation::text};
use crate::{
    crosswalk::Trail,
    domain::{self, CivilId, CivilIdKind, CountryCode, PersonName, Phone, Phones, Protection, Text, UserId, lend},
    standards::ss12000::{
        codes::SEXES,
        context::{Context, MarkedNames, USER_IDS, Unmarked, some},
        model, read,
        values::{EmailType, PersonAddressType, PersonStatus, PhoneType, SecurityMarking, Sex},
    },
};

const PROTECTED: &str = "the person is protected";
const NO_CONTACT: &str = "the caller may not see how people are reached";

/// What a person is besides oneself.
pub(super) struct Ties<'m> {
    pub email: EmailType,
    pub identifiers: Vec<model::ExternalIdentifier<'m>>,
    pub enrolments: Vec<model::Enrolment<'m>>,
    pub responsibles: Option<Vec<model::Responsible<'m>>>,
    /// The address would tell where a protected pupil lives.
    pub hide_address: bool,
}

/// The person.
pub(super) fn person<'m>(
    person: &'m domain::Person<'m>,
    id: Uuid,
    ties: Ties<'m>,
    context: &'m Context<'m>,
    trail: &mut Trail,
) -> model::Person<'m> {
    let domain::Person {
        user_id,
        name: _, // by `name`, below
        alias,
        protection,
        civil_id,
        birth_date,
        gender,
        email,
        address,
        phones,
        photo,
    } = person;
    let protected = person.is_protected();
    if !protected {
        trail.drop("alias", "an alias is shown for a protected person only", alias);
    }
    trail.drop("photo", "a file name is no address that a picture could be fetched from", photo);
    let Ties { email: email_type, mut identifiers, enrolments, responsibles, hide_address } = ties;
    let user = user_id.as_ref().map(UserId::as_str);
    if let Some(user) = user {
        identifiers.insert(0, identifier(Cow::Borrowed(user), Cow::Borrowed(USER_IDS), true));
    }
    let PersonName { given, family, guessed: _ } = name(person, context, trail);
    let contact = context.rights.contact_data;
    if !contact {
        trail.drop("email", NO_CONTACT, email);
        trail.drop("address", NO_CONTACT, address);
        let Phones { home, work, mobile } = phones;
        for (field, phone) in [("phones/home", home), ("phones/work", work), ("phones/mobile", mobile)] {
            trail.drop(field, NO_CONTACT, phone.as_ref().map(|it| &it.number));
        }
    }
    model::Person {
        id,
        meta: context.meta(),
        given_name: given,
        middle_name: None,
        family_name: family,
        edu_person_principal_names: user.and_then(|it| context.principal_name(it)).into_iter().collect(),
        external_identifiers: identifiers,
        civic_no: civil_id.as_ref().and_then(|it| civic_no(it, protected, context, trail)),
        birth_date: birth_date.map(model::Day),
        sex: gender.and_then(|it| SEXES.right(it).ok()),
        security_marking: match protection {
            Protection::Open => Some(SecurityMarking::None),
            Protection::Protected => Some(SecurityMarking::Confidential),
            Protection::Unstated => None,
        },
        person_status: None,
        emails: email
            .iter()
            .filter(|_| contact)
            .filter_map(|it| mail(person, it, email_type, context, trail))
            .collect(),
        phone_numbers: if contact { phone_numbers(phones, protected, trail) } else { Vec::new() },
        addresses: address
            .iter()
            .filter(|_| contact)
            .filter_map(|it| home(it, protected || hide_address || context.hides_home(person), trail))
            .collect(),
        photo: None,
        enrolments,
        responsibles,
    }
}

pub(super) fn identifier<'m>(
    value: Text<'m>,
    context: Text<'m>,
    globally_unique: bool,
) -> model::ExternalIdentifier<'m> {
    model::ExternalIdentifier { value, context, globally_unique }
}

/// The name that the caller may see.
fn name<'m>(person: &'m domain::Person<'m>, context: &Context<'_>, trail: &mut Trail) -> PersonName<'m> {
    if person.is_protected() && !context.rights.real_names {
        trail.lose("name", PROTECTED);
        return person.shown_name();
    }
    if person.is_protected() {
        trail.drop("alias", "the caller may see the real name", &person.alias);
    }
    if person.name.guessed {
        trail.lose("name", "given and family name were one text, and where it parts is a guess");
    }
    person.name.lend()
}

fn civic_no<'m>(
    id: &'m CivilId<'m>,
    protected: bool,
    context: &Context<'_>,
    trail: &mut Trail,
) -> Option<model::CivicNo<'m>> {
    let why = match id.kind() {
        _ if protected => Some(PROTECTED),
        _ if !context.rights.civil_numbers => Some("the caller may not see civil numbers"),
        _ if id.is_placeholder() => Some("zeros stand for an unknown number"),
        _ if id.country() == CountryCode::DK && !id.is_digits() => Some("a number of letters and digits is not sent"),
        CivilIdKind::Replacement | CivilIdKind::Verified | CivilIdKind::Unverified | CivilIdKind::Unknown => None,
    };
    if let Some(why) = why {
        trail.lose("civil_id", why);
        return None;
    }
    if id.kind() != shown_kind(id.reveal(), id.country()) {
        trail.lose("civil_id/kind", "how sure the number is cannot be said");
    }
    let nationality = Cow::Owned(id.country().as_str().to_owned());
    Some(model::CivicNo { value: Cow::Borrowed(id.reveal()), nationality })
}

/// What a number shows of itself: a Danish one that no birthday begins was given for want of one. How sure another one is it does
/// not show.
fn shown_kind(number: &str, country: CountryCode) -> CivilIdKind {
    let shown = CivilId::danish(number).ok().filter(|_| country == CountryCode::DK).map(|it| it.kind());
    shown.filter(|it| *it == CivilIdKind::Replacement).unwrap_or(CivilIdKind::Unknown)
}

fn mail<'m>(
    person: &domain::Person<'_>,
    address: &'m Text<'_>,
    kind: EmailType,
    context: &Context<'_>,
    trail: &mut Trail,
) -> Option<model::Email<'m>> {
    let why = match !context.rights.real_names && person.is_betrayed_by(address) {
        true => "it may hold the name, and that of a protected person is withheld",
        false if !is_mail(address) => "it is no mail address",
        false => return Some(model::Email { value: lend(address), kind }),
    };
    trail.lose("email", why);
    None
}

/// Whether a text could be a mail address.
pub(super) fn is_mail(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |it: &str| !it.is_empty() && !it.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
    plain(local) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.')
}

fn phone_numbers<'m>(phones: &'m Phones<'m>, protected: bool, trail: &mut Trail) -> Vec<model::PhoneNumber<'m>> {
    let Phones { home, work, mobile } = phones;
    let mut numbers = Vec::new();
    let all = [
        ("phones/home", home, PhoneType::Home, false),
        ("phones/work", work, PhoneType::Work, false),
        ("phones/mobile", mobile, PhoneType::Home, true),
    ];
    for (field, phone, kind, mobile) in all {
        let Some(Phone { number, protected: hidden }) = phone else { continue };
        let why = match () {
            () if protected => PROTECTED,
            () if *hidden => "the number is protected",
            () if number.bytes().filter(u8::is_ascii_digit).count() < 6 => "a number has six digits at least",
            () => {
                numbers.push(model::PhoneNumber { value: lend(number), kind, mobile });
                continue;
            }
        };
        // That there is a number is something, too, where the number itself is withheld already.
        trail.lose(field, why);
    }
    numbers
}

fn home<'m>(address: &'m domain::Address<'m>, hidden: bool, trail: &mut Trail) -> Option<model::PersonAddress<'m>> {
    if hidden {
        trail.lose("address", PROTECTED);
        return None;
    }
    let domain::Address { street, postal_code, town, country_code, country, municipality_code, municipality_name } =
        address;
    let part = |it: &'m Option<Text<'_>>| it.as_ref().and_then(some);
    let (Some(street_address), Some(postal_code), Some(locality)) = (part(street), part(postal_code), part(town))
    else {
        trail.lose("address", "an address needs street, postal code and town");
        return None;
    };
    trail.drop("address/municipality_name", "the code stands for it", municipality_name);
    let number = municipality_code.as_ref().and_then(|it| it.parse().ok());
    if number.is_none() {
        trail.drop("address/municipality_code", "a number is expected", municipality_code);
    }
    let country = match part(country) {
        Some(country) => {
            trail.drop("address/country_code", "the name stands for it", country_code);
            country
        }
        None => country_name(country_code.as_ref()),
    };
    Some(model::PersonAddress {
        kind: PersonAddressType::Registered,
        street_address,
        locality,
        postal_code,
        county_code: None,
        municipality_code: number,
        real_estate_designation: None,
        country,
    })
}

/// Danish names of the countries that addresses mostly lie in.
const COUNTRIES: [(&str, &str); 10] = [
    ("DK", "Danmark"),
    ("FO", "Færøerne"),
    ("GL", "Grønland"),
    ("SE", "Sverige"),
    ("NO", "Norge"),
    ("DE", "Tyskland"),
    ("FI", "Finland"),
    ("IS", "Island"),
    ("GB", "Storbritannien"),
    ("PL", "Polen"),
];

fn country_name(code: Option<&CountryCode>) -> Text<'_> {
    let Some(code) = code else { return Cow::Borrowed("Danmark") };
    let known = COUNTRIES.iter().find(|(it, _)| *it == code.as_str());
    Cow::Borrowed(known.map_or_else(|| code.as_str(), |(_, name)| name))
}

/// A person who is alive and in the country, and of whom we know whether to protect the person.
pub(super) fn person_in<'a>(
    person: &'a read::Person<'a>,
    emails: &[EmailType],
    reading: &Reading<'a>,
    trail: &mut Trail,
) -> Option<domain::Person<'a>> {
    let read::Person {
        id: _, // minted again from the keys
        given_name,
        middle_name,
        family_name,
        edu_person_principal_names,
        external_identifiers: _, // by the keys that are asked for
        civic_no,
        birth_date,
        sex,
        security_marking,
        person_status,
        emails: addresses_for_mail,
        phone_numbers,
        addresses,
        photo,
        enrolments: _, // by the tie
        responsibles: _,
    } = person;
    if let Some(PersonStatus::Deceased | PersonStatus::Emigrated) = parse(person_status, PersonStatus::parse) {
        trail.lose("personStatus", "the person is dead or has left the country");
        return None;
    }
    let protection = protection_in(security_marking, reading, trail)?;
    trail.drop("eduPersonPrincipalNames", "the user id stands for them", edu_person_principal_names);
    trail.drop("photo", "pictures are known by file name only", photo);
    let name = PersonName {
        given: given(given_name, middle_name),
        family: text(family_name).unwrap_or_default(),
        guessed: false,
    };
    let alias = match (protection, reading.options.marked_names) {
        (Protection::Protected, MarkedNames::Alias) => Some(name.clone()),
        _ => None,
    };
    Some(domain::Person {
        user_id: user_id(person, reading),
        name,
        alias,
        protection,
        civil_id: civic_no.as_ref().and_then(|it| civil_id_in(it, reading, trail)),
        birth_date: birth_date.as_ref().and_then(|it| date(it, "birthDate", trail)),
        gender: parse(sex, Sex::parse).and_then(|it| SEXES.left(it).ok()),
        email: mail_in(addresses_for_mail, emails, trail),
        address: address_in(addresses, trail),
        phones: phones_in(phone_numbers, trail),
        photo: None,
    })
}

fn given<'a>(given: &'a Option<read::Text<'a>>, middle: &'a Option<read::Text<'a>>) -> Text<'a> {
    match (text(given), text(middle)) {
        (Some(given), Some(middle)) => Cow::Owned(format!("{given} {middle}")),
        (given, middle) => given.or(middle).unwrap_or_default(),
    }
}

fn protection_in(marking: &Option<read::Text<'_>>, reading: &Reading<'_>, trail: &mut Trail) -> Option<Protection> {
    match (parse(marking, SecurityMarking::parse), reading.options.unmarked) {
        (Some(SecurityMarking::None), _) => Some(Protection::Open),
        (Some(SecurityMarking::Confidential), _) => Some(Protection::Protected),
        (Some(SecurityMarking::Protected), _) => {
            trail.lose("securityMarking", "there is one kind of protection");
            Some(Protection::Protected)
        }
        // A marking that nobody knows is a marking.
        (None, _) if marking.is_some() => Some(Protection::Protected),
        (None, Unmarked::Open) => Some(Protection::Open),
        (None, Unmarked::Withhold) => {
            trail.lose("securityMarking", "it is missing, so that the person may have to be protected");
            None
        }
    }
}

fn user_id<'a>(person: &'a read::Person<'a>, reading: &Reading<'a>) -> Option<UserId<'a>> {
    let is_user = |it: &&read::ExternalIdentifier<'_>| it.context.as_ref().is_some_and(|it| it.as_str() == USER_IDS);
    let carried = person.external_identifiers.iter().find(is_user).and_then(|it| text(&it.value));
    let id = person.id.as_ref().map_or("", read::Text::as_str);
    carried.or_else(|| reading.known_key(id).map(Cow::Borrowed)).map(UserId::new)
}

fn civil_id_in<'a>(number: &'a read::CivicNo<'a>, reading: &Reading<'_>, trail: &mut Trail) -> Option<CivilId<'a>> {
    if !reading.options.civil_numbers {
        trail.lose("civicNo", "numbers are not to be read");
        return None;
    }
    let read::CivicNo { value, nationality } = number;
    let country = nationality.as_ref().and_then(|it| CountryCode::parse(it.as_str())).unwrap_or(CountryCode::SE);
    let digits: String = value.as_ref()?.as_str().chars().filter(|it| !matches!(it, '-' | ' ')).collect();
    let kind = shown_kind(&digits, country);
    let id = CivilId::new(digits, kind, country);
    if country == CountryCode::DK && id.is_digits() {
        return Some(id);
    }
    trail.lose("civicNo", "only Danish numbers have a place");
    None
}

fn mail_in<'a>(all: &'a [read::Email<'a>], wanted: &[EmailType], trail: &mut Trail) -> Option<Text<'a>> {
    let kind = |it: &read::Email<'_>| parse(&it.kind, EmailType::parse);
    let of = |wanted: &EmailType| all.iter().find(|it| kind(it) == Some(*wanted));
    let chosen = wanted.iter().find_map(of).or_else(|| all.iter().find(|it| it.kind.is_none()));
    if all.len() > usize::from(chosen.is_some()) {
        trail.lose("emails", "there is room for one mail address");
    }
    text(&chosen?.value)
}

fn address_in<'a>(all: &'a [read::Address<'a>], trail: &mut Trail) -> Option<domain::Address<'a>> {
    // The standard takes an address whose kind is not told for the registered one; a kind that nobody knows is another.
    let kind = |it: &read::Address<'_>| match text(&it.kind) {
        None => Some(PersonAddressType::Registered),
        Some(_) => parse(&it.kind, PersonAddressType::parse),
    };
    let known = || all.iter().filter(|it| kind(it).is_some());
    let of = |wanted: PersonAddressType| known().find(|it| kind(it) == Some(wanted));
    let chosen = of(PersonAddressType::Registered).or_else(|| of(PersonAddressType::Postal));
    if known().count() < all.len() {
        trail.lose("addresses", "the kind of address is unknown");
    }
    if known().count() > usize::from(chosen.is_some()) {
        trail.lose("addresses", "there is room for one address");
    }
    let read::Address {
        kind: _, // chosen by it
        street_address,
        locality,
        postal_code,
        county_code,
        municipality_code,
        real_estate_designation,
        country,
    } = chosen?;
    trail.drop("addresses/countyCode", "there is no place for it", county_code);
    trail.drop("addresses/realEstateDesignation", "there is no place for it", real_estate_designation);
    let country = text(country);
    let code = country.as_deref().and_then(|name| COUNTRIES.iter().find(|(_, it)| *it == name)).map(|(code, _)| *code);
    // Where there is no name its code stands for it.
    let is_code = |it: &Text<'_>| it.len() == 2 && it.bytes().all(|it| it.is_ascii_uppercase());
    let (code, country) = match country {
        Some(country) if code.is_none() && is_code(&country) => (CountryCode::parse(&country), None),
        country => (code.and_then(CountryCode::parse), country),
    };
    Some(domain::Address {
        street: text(street_address),
        postal_code: text(postal_code),
        town: text(locality),
        country_code: code,
        country,
        municipality_code: municipality_code
            .as_ref()
            .map(|it| super::organisation::padded(it.as_str()).unwrap_or(lend(&it.0))),
        municipality_name: None,
    })
}

fn phones_in<'a>(all: &'a [read::PhoneNumber<'a>], trail: &mut Trail) -> Phones<'a> {
    let mut phones = Phones::default();
    for read::PhoneNumber { value, kind, mobile } in all {
        let Some(number) = text(value) else { continue };
        let place = match (mobile.unwrap_or(true), parse(kind, PhoneType::parse)) {
            (true, _) => &mut phones.mobile,
            (false, Some(PhoneType::Work)) => &mut phones.work,
            (false, Some(PhoneType::Home) | None) => &mut phones.home,
        };
        match place {
            Some(_) => trail.lose("phoneNumbers", "there is room for one number of a kind"),
            None => *place = Some(Phone { number, protected: false }),
        }
    }
    phones
}

/// A code, if it is known. Codes are words that begin with a capital, or abbreviations in capitals; not everybody minds that.
pub(super) fn parse<T>(code: &Option<read::Text<'_>>, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    let code = code.as_ref()?.as_str();
    let lower = || code.trim().to_lowercase();
    let word = || {
        let lower = lower();
        let mut letters = lower.chars();
        letters.next().map(|it| it.to_uppercase().chain(letters).collect::<String>())
    };
    parse(code).or_else(|| parse(&word()?)).or_else(|| parse(&lower().to_uppercase()))
}

/// A day; a text that is none is lost.
pub(super) fn date(text: &read::Text<'_>, field: &'static str, trail: &mut Trail) -> Option<NaiveDate> {
    let date = day(text);
    if date.is_none() {
        trail.drop(field, "it is no date", text);
    }
    date
}
