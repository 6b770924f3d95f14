//! A person: names, protection, and how to reach the person.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::{CivilId, CountryCode, Text, UserId, lend, own, own_option};

/// What is known of a person, wherever the person goes to school or works.
#[derive(Debug, Clone, PartialEq)]
pub struct Person<'a> {
    /// The id at the login service. Persons of old imports may lack it.
    pub user_id: Option<UserId<'a>>,
    /// The name as the source gave it: for a protected person the real one, where the source may tell it.
    pub name: PersonName<'a>,
    /// The name to show instead while the person is protected. A part that was not given is empty.
    pub alias: Option<PersonName<'a>>,
    /// Whether name and address are protected.
    pub protection: Protection,
    /// The national identity number.
    pub civil_id: Option<CivilId<'a>>,
    /// Born on.
    pub birth_date: Option<NaiveDate>,
    /// Gender as registered.
    pub gender: Option<Gender>,
    /// One address for mail.
    pub email: Option<Text<'a>>,
    /// Where the person lives.
    pub address: Option<Address<'a>>,
    /// Telephone numbers, each with its own protection.
    pub phones: Phones<'a>,
    /// The name of the file that holds a picture.
    pub photo: Option<Text<'a>>,
}

/// A name in the two parts that registers keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName<'a> {
    /// All first and middle names.
    pub given: Text<'a>,
    /// The family name.
    pub family: Text<'a>,
    /// The source gave one text and the split is a guess; a name from elsewhere is better.
    pub guessed: bool,
}

/// Shown for a protected person of whom no alias is known.
pub const WITHHELD_NAME: PersonName<'static> =
    PersonName { given: Cow::Borrowed("Navnebeskyttet"), family: Cow::Borrowed("Person"), guessed: false };

/// Name and address protection: Denmark knows one level of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protection {
    /// Nothing is protected.
    Open,
    /// The real name, the address, the numbers and the civil id are not to be shown.
    Protected,
    /// The source does not say. What it sent has been made fit to be seen already.
    Unstated,
}

/// Gender as registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// A postal address; every part may be missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Address<'a> {
    /// Street, number, floor, door.
    pub street: Option<Text<'a>>,
    /// Postal code.
    pub postal_code: Option<Text<'a>>,
    /// Postal town.
    pub town: Option<Text<'a>>,
    /// Country, as a code.
    pub country_code: Option<CountryCode>,
    /// Country, by name.
    pub country: Option<Text<'a>>,
    /// Number of the municipality.
    pub municipality_code: Option<Text<'a>>,
    /// Name of the municipality.
    pub municipality_name: Option<Text<'a>>,
}

/// A telephone number. A protected one may have been delivered without its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone<'a> {
    /// The number as written; may be empty.
    pub number: Text<'a>,
    /// Not to be passed on.
    pub protected: bool,
}

/// One number of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phones<'a> {
    /// At home.
    pub home: Option<Phone<'a>>,
    /// At work.
    pub work: Option<Phone<'a>>,
    /// Mobile.
    pub mobile: Option<Phone<'a>>,
}

impl<'a> Person<'a> {
    /// Somebody of whom nothing but the name is known yet.
    pub fn named(name: PersonName<'a>) -> Self {
        Self {
            user_id: None,
            name,
            alias: None,
            protection: Protection::Unstated,
            civil_id: None,
            birth_date: None,
            gender: None,
            email: None,
            address: None,
            phones: Phones::default(),
            photo: None,
        }
    }

    /// Whether the person is protected.
    pub fn is_protected(&self) -> bool {
        match self.protection {
            Protection::Protected => true,
            Protection::Open | Protection::Unstated => false,
        }
    }

    /// The name that may be shown to anybody who may see the person: the alias of a protected person, never the real name.
    pub fn shown_name(&self) -> PersonName<'_> {
        if !self.is_protected() {
            return self.name.lend();
        }
        let Some(PersonName { given, family, guessed }) = &self.alias else { return WITHHELD_NAME };
        let PersonName { given: some_given, family: some_family, guessed: _ } = WITHHELD_NAME;
        PersonName {
            given: if given.is_empty() { some_given } else { lend(given) },
            family: if family.is_empty() { some_family } else { lend(family) },
            guessed: *guessed,
        }
    }

    /// [`Person::shown_name`] in one text.
    pub fn display_name(&self) -> Text<'_> {
        let PersonName { given, family, guessed: _ } = self.shown_name();
        join(given, family)
    }

    /// Whether whoever may not see the real name of a protected person may not see this mail address either. It mostly holds the
    /// name, in whatever spelling. One that is made of the user id tells no more than that does, unless the id itself is the name's.
    pub fn is_betrayed_by(&self, address: &str) -> bool {
        let shown = self.shown_name();
        let is_hidden = (&shown.given, &shown.family) != (&self.name.given, &self.name.family);
        is_hidden && (!self.is_made_of_user_id(address) || self.holds_name(address))
    }

    fn is_made_of_user_id(&self, address: &str) -> bool {
        let local = address.split_once('@').map_or(address, |it| it.0);
        self.user_id.as_ref().is_some_and(|it| it.as_str().eq_ignore_ascii_case(local))
    }

    /// Whether a word of the real name stands in the text as it is written.
    fn holds_name(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let mut words = self.name.given.split(' ').chain(self.name.family.split(' '));
        words.any(|word| word.chars().count() > 2 && text.contains(&word.to_lowercase()))
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Person<'static> {
        let Self { user_id, name, alias, protection, civil_id, birth_date, gender, email, address, phones, photo } =
            self;
        Person {
            user_id: user_id.map(UserId::into_owned),
            name: name.into_owned(),
            alias: alias.map(PersonName::into_owned),
            protection,
            civil_id: civil_id.map(CivilId::into_owned),
            birth_date,
            gender,
            email: own_option(email),
            address: address.map(Address::into_owned),
            phones: phones.into_owned(),
            photo: own_option(photo),
        }
    }
}

impl<'a> PersonName<'a> {
    /// A name whose parts are known.
    pub fn new(given: impl Into<Text<'a>>, family: impl Into<Text<'a>>) -> Self {
        Self { given: given.into(), family: family.into(), guessed: false }
    }

    /// Splits a full name: the last word is taken for the family name, which is right more often than not.
    pub fn guess(full: Text<'a>) -> Self {
        let (given, family) = match &full {
            Cow::Borrowed(full) => split(full),
            Cow::Owned(full) => {
                let (given, family) = split(full);
                (own(given), own(family))
            }
        };
        Self { given, family, guessed: true }
    }

    /// Given and family name in one text.
    pub fn full(&self) -> Text<'_> {
        join(lend(&self.given), lend(&self.family))
    }

    /// The same name, borrowed.
    pub fn lend(&self) -> PersonName<'_> {
        PersonName { given: lend(&self.given), family: lend(&self.family), guessed: self.guessed }
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> PersonName<'static> {
        let Self { given, family, guessed } = self;
        PersonName { given: own(given), family: own(family), guessed }
    }
}

fn split(full: &str) -> (Text<'_>, Text<'_>) {
    // Blanks that are letters to XML stay, so that the whole comes together again as it was.
    let full = full.trim_matches(|it: char| it.is_ascii_whitespace());
    let (given, family) = full.rsplit_once(' ').unwrap_or(("", full));
    (Cow::Borrowed(given.trim_end_matches(|it: char| it.is_ascii_whitespace())), Cow::Borrowed(family))
}

fn join<'a>(given: Text<'a>, family: Text<'a>) -> Text<'a> {
    match (given.is_empty(), family.is_empty()) {
        (true, _) => family,
        (false, true) => given,
        (false, false) => Cow::Owned(format!("{given} {family}")),
    }
}

impl Address<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Address<'static> {
        let Self { street, postal_code, town, country_code, country, municipality_code, municipality_name } = self;
        Address {
            street: own_option(street),
            postal_code: own_option(postal_code),
            town: own_option(town),
            country_code,
            country: own_option(country),
            municipality_code: own_option(municipality_code),
            municipality_name: own_option(municipality_name),
        }
    }
}

impl Phone<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Phone<'static> {
        let Self { number, protected } = self;
        Phone { number: own(number), protected }
    }
}

impl Phones<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Phones<'static> {
        let Self { home, work, mobile } = self;
        Phones {
            home: home.map(Phone::into_owned),
            work: work.map(Phone::into_owned),
            mobile: mobile.map(Phone::into_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(protection: Protection, alias: Option<PersonName<'static>>) -> Person<'static> {
        Person { protection, alias, ..Person::named(PersonName::new("Anna Marie", "Eksempel")) }
    }

    #[test]
    fn an_open_person_is_shown_by_name_even_with_an_alias() {
        let anna = somebody(Protection::Open, Some(PersonName::new("Bo", "Bæk")));
        assert_eq!(anna.display_name(), "Anna Marie Eksempel");
    }

    #[test]
    fn a_protected_person_is_shown_by_alias_or_not_at_all() {
        assert_eq!(somebody(Protection::Protected, Some(PersonName::new("Bo", "Bæk"))).display_name(), "Bo Bæk");
        assert_eq!(somebody(Protection::Protected, Some(PersonName::new("Bo", ""))).display_name(), "Bo Person");
        assert_eq!(somebody(Protection::Protected, None).display_name(), "Navnebeskyttet Person");
    }

    #[test]
    fn a_mail_address_can_give_the_real_name_away() {
        let anna = somebody(Protection::Protected, Some(PersonName::new("Bo", "Bæk")));
        let known = |user: &'static str| Person { user_id: Some(UserId::new(user)), ..anna.clone() };
        for address in
            ["anna.e@skole.example", "ae17@skole.example", "aase@skole.example", "x@elev0123.example", "elev"]
        {
            assert!(known("elev0123").is_betrayed_by(address), "{address}");
        }
        assert!(!known("elev0123").is_betrayed_by("ELEV0123@skole.example"), "who sees the one sees the other");
        assert!(known("anna0123").is_betrayed_by("anna0123@skole.example"));
        assert!(!somebody(Protection::Open, None).is_betrayed_by("anna@skole.example"));
    }

    #[test]
    fn the_last_word_is_guessed_to_be_the_family_name() {
        let name = PersonName::guess("Anna Marie Eksempel".into());
        assert_eq!((name.given.as_ref(), name.family.as_ref(), name.guessed), ("Anna Marie", "Eksempel", true));
        assert_eq!(PersonName::guess("Anna".into()).full(), "Anna");
        assert_eq!(PersonName::guess(String::from(" Anna  Eksempel ").into()).full(), "Anna Eksempel");
    }
}
