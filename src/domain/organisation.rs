//! Institutions: schools, day care, and the departments of a larger one.

use super::{OrganisationNumber, Text, own_option};

/// An institution as the register knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Organisation<'a> {
    /// Its number in the register.
    pub number: OrganisationNumber<'a>,
    /// Its name.
    pub name: Option<Text<'a>>,
    /// What kind of institution it is.
    pub kind: Coded<'a>,
    /// The same in the register's newer, finer classification.
    pub detailed_kind: Coded<'a>,
    /// Whether it is a main institution, a department …, in the register's words.
    pub unit_kind: Option<Text<'a>>,
    /// Street and number.
    pub street: Option<Text<'a>>,
    /// Postal code.
    pub postal_code: Option<Text<'a>>,
    /// Postal town.
    pub town: Option<Text<'a>>,
    /// Telephone.
    pub phone: Option<Text<'a>>,
    /// Telefax.
    pub fax: Option<Text<'a>>,
    /// Address for mail.
    pub email: Option<Text<'a>>,
    /// Web page.
    pub web: Option<Text<'a>>,
    /// The institution that it is a department of; its own number for a main institution.
    pub parent: Option<OrganisationNumber<'a>>,
    /// Where it lies.
    pub municipality: Coded<'a>,
    /// Who administers it.
    pub administrative_municipality: Coded<'a>,
    /// The region where it lies.
    pub region: Coded<'a>,
}

/// A code and the words for it, each of which may be missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coded<'a> {
    /// The code.
    pub code: Option<Text<'a>>,
    /// Its meaning in words.
    pub name: Option<Text<'a>>,
}

/// A main institution and its departments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hierarchy<'a> {
    /// The main institution.
    pub main: Option<OrganisationNumber<'a>>,
    /// Its departments.
    pub departments: Vec<OrganisationNumber<'a>>,
}

impl<'a> Organisation<'a> {
    /// An institution of which only the number is known.
    pub fn numbered(number: OrganisationNumber<'a>) -> Self {
        Self {
            number,
            name: None,
            kind: Coded::default(),
            detailed_kind: Coded::default(),
            unit_kind: None,
            street: None,
            postal_code: None,
            town: None,
            phone: None,
            fax: None,
            email: None,
            web: None,
            parent: None,
            municipality: Coded::default(),
            administrative_municipality: Coded::default(),
            region: Coded::default(),
        }
    }

    /// The name, or the number where there is none.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.number.as_str())
    }

    /// The institution above this one, if it is a department.
    pub fn main(&self) -> Option<&OrganisationNumber<'a>> {
        self.parent.as_ref().filter(|it| **it != self.number && !it.as_str().is_empty())
    }

    /// What this one says, and where it says nothing what another says of the same institution. A code and its words go together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let Self {
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
        } = self;
        // Half an address of one and half of another would be nobody's.
        let has_address = street.is_some() || postal_code.is_some() || town.is_some();
        let address =
            if has_address { (street, postal_code, town) } else { (other.street, other.postal_code, other.town) };
        Self {
            number,
            name: name.or(other.name),
            kind: kind.or(other.kind),
            detailed_kind: detailed_kind.or(other.detailed_kind),
            unit_kind: unit_kind.or(other.unit_kind),
            street: address.0,
            postal_code: address.1,
            town: address.2,
            phone: phone.or(other.phone),
            fax: fax.or(other.fax),
            email: email.or(other.email),
            web: web.or(other.web),
            parent: parent.or(other.parent),
            municipality: municipality.or(other.municipality),
            administrative_municipality: administrative_municipality.or(other.administrative_municipality),
            region: region.or(other.region),
        }
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Organisation<'static> {
        let Self {
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
        } = self;
        Organisation {
            number: number.into_owned(),
            name: own_option(name),
            kind: kind.into_owned(),
            detailed_kind: detailed_kind.into_owned(),
            unit_kind: own_option(unit_kind),
            street: own_option(street),
            postal_code: own_option(postal_code),
            town: own_option(town),
            phone: own_option(phone),
            fax: own_option(fax),
            email: own_option(email),
            web: own_option(web),
            parent: parent.map(OrganisationNumber::into_owned),
            municipality: municipality.into_owned(),
            administrative_municipality: administrative_municipality.into_owned(),
            region: region.into_owned(),
        }
    }
}

impl Coded<'_> {
    fn or(self, other: Self) -> Self {
        if self == Self::default() { other } else { self }
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Coded<'static> {
        let Self { code, name } = self;
        Coded { code: own_option(code), name: own_option(name) }
    }
}

impl Hierarchy<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Hierarchy<'static> {
        let Self { main, departments } = self;
        Hierarchy {
            main: main.map(OrganisationNumber::into_owned),
            departments: departments.into_iter().map(OrganisationNumber::into_owned).collect(),
        }
    }
}
