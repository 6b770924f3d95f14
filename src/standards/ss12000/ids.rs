//! SS12000 2.1, `id`: one UUID for an object in all systems. The Danish side has none, so they are minted from what it has.
//!
//! A UUIDv5 (RFC 9562) of a name in NFC. No name ever holds a civil registration number: ten digits are tried out in seconds.

use std::borrow::Cow;

use sha1::{Digest, Sha1};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use uuid::{Builder, Uuid, uuid};

use crate::domain::{OrganisationNumber, UserId};

/// The namespace of every deployment that does not set its own: the UUIDv5 of `urn:skolegrunddata:ss12000:1` as a URL.
pub const DEFAULT_NAMESPACE: Uuid = uuid!("4b20b1ea-3213-559f-bb11-2bc5ba9f371e");

/// Mints ids in one namespace.
#[derive(Debug, Clone)]
pub struct Mint {
    /// The digest with the namespace already in it.
    seeded: Sha1,
}

/// What tells a person from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonKey<'k> {
    /// The user id: the same person everywhere.
    User(&'k UserId<'k>),
    /// The key in a local system: the same person at one institution.
    Local {
        /// The local system.
        source: &'k str,
        /// The key there.
        id: &'k str,
    },
}

impl Mint {
    /// A mint for a namespace.
    pub fn new(namespace: Uuid) -> Self {
        Self { seeded: Sha1::new().chain_update(namespace.as_bytes()) }
    }

    /// An institution.
    pub fn organisation(&self, number: &OrganisationNumber<'_>) -> Uuid {
        self.mint(&["organisation:", number.as_str()])
    }

    /// A municipality, by its number in four digits.
    pub fn municipality(&self, code: &str) -> Uuid {
        self.mint(&["organisation:kommune:", code])
    }

    /// A person.
    pub fn person(&self, number: &OrganisationNumber<'_>, key: PersonKey<'_>) -> Uuid {
        match key {
            PersonKey::User(user) => self.mint(&["person:uniid:", &lower(user.as_str())]),
            PersonKey::Local { source, id } => self.mint(&["person:local:", number.as_str(), ":", source, ":", id]),
        }
    }

    /// A contact person without a key of the person's own: known by whose contact it is, as what, and by name.
    pub fn contact(&self, pupil: Uuid, relation: &str, given: &str, family: &str) -> Uuid {
        let mut buffer = Uuid::encode_buffer();
        let pupil: &str = pupil.hyphenated().encode_lower(&mut buffer);
        self.mint(&["person:contact:", pupil, ":", relation, ":", given, ":", family])
    }

    /// A post: one for each role of a person at an institution.
    pub fn duty(&self, number: &OrganisationNumber<'_>, key: PersonKey<'_>, role: &str) -> Uuid {
        self.tied("duty:", number, key, Some(role))
    }

    /// A child's place, in a group or in none.
    pub fn placement(&self, number: &OrganisationNumber<'_>, key: PersonKey<'_>, group: Option<&str>) -> Uuid {
        self.tied("placement:", number, key, group)
    }

    /// A group of an institution.
    pub fn group(&self, number: &OrganisationNumber<'_>, group: &str) -> Uuid {
        self.mint(&["group:", number.as_str(), ":", group])
    }

    /// The teaching of a group.
    pub fn activity(&self, number: &OrganisationNumber<'_>, group: &str) -> Uuid {
        self.mint(&["activity:", number.as_str(), ":", group])
    }

    fn tied(&self, kind: &str, number: &OrganisationNumber<'_>, key: PersonKey<'_>, last: Option<&str>) -> Uuid {
        let (colon, last) = last.map_or(("", ""), |it| (":", it));
        match key {
            PersonKey::User(user) => self.mint(&[kind, number.as_str(), ":", &lower(user.as_str()), colon, last]),
            PersonKey::Local { source, id } => {
                self.mint(&[kind, number.as_str(), ":local:", source, ":", id, colon, last])
            }
        }
    }

    fn mint(&self, name: &[&str]) -> Uuid {
        let mut digest = self.seeded.clone();
        for part in name {
            digest.update(composed(part).as_bytes());
        }
        let hash = digest.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Builder::from_sha1_bytes(bytes).into_uuid()
    }
}

fn lower(user: &str) -> Cow<'_, str> {
    if user.bytes().any(|it| it.is_ascii_uppercase() || !it.is_ascii()) {
        Cow::Owned(user.to_lowercase())
    } else {
        Cow::Borrowed(user)
    }
}

fn composed(part: &str) -> Cow<'_, str> {
    match part.is_ascii() || is_nfc_quick(part.chars()) == IsNormalized::Yes {
        true => Cow::Borrowed(part),
        false => Cow::Owned(part.nfc().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn school() -> OrganisationNumber<'static> {
        OrganisationNumber::new("101001")
    }

    fn mint() -> Mint {
        Mint::new(DEFAULT_NAMESPACE)
    }

    #[test]
    fn the_namespace_is_itself_minted() {
        assert_eq!(Mint::new(Uuid::NAMESPACE_URL).mint(&["urn:skolegrunddata:ss12000:1"]), DEFAULT_NAMESPACE);
    }

    #[test]
    fn known_names_give_known_ids() {
        let anna = UserId::new("anna0123");
        let barn = UserId::new("barn0042");
        let day_care = OrganisationNumber::new("280001");
        let minted = [
            mint().organisation(&school()),
            mint().municipality("0461"),
            mint().person(&school(), PersonKey::User(&anna)),
            mint().duty(&school(), PersonKey::User(&anna), "Lærer"),
            mint().group(&school(), "7A"),
            mint().placement(&day_care, PersonKey::User(&barn), None),
            mint().activity(&school(), "7A"),
        ];
        let expected = [
            "92315f2e-c47f-5369-bc95-ad4038c13aac",
            "92322f48-39e6-533d-b743-39e6af564ebe",
            "11ec98ec-9b51-556e-98a2-49bf77004f21",
            "2da265ce-788a-5a10-8fad-287c33471e23",
            "8bd4e1c3-30a7-5f4d-8d60-f046589ccec6",
            "cdf3277d-5029-51bc-9f73-ded2256ece20",
            "73eefa91-b829-5086-bdf5-963258e38117",
        ];
        assert_eq!(minted.map(|it| it.to_string()), expected);
    }

    #[test]
    fn spelling_does_not_change_an_id() {
        let upper = UserId::new("ANNA0123");
        assert_eq!(
            mint().person(&school(), PersonKey::User(&upper)).to_string(),
            "11ec98ec-9b51-556e-98a2-49bf77004f21"
        );
        assert_eq!(mint().group(&school(), "Bl\u{e5}"), mint().group(&school(), "Bla\u{30a}"));
    }

    #[test]
    fn a_local_key_belongs_to_its_institution() {
        let key = PersonKey::Local { source: "S", id: "17" };
        assert_ne!(mint().person(&school(), key), mint().person(&OrganisationNumber::new("101002"), key));
    }
}
