//! Who somebody is, without keeping the number that says so; and new user ids.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::{CivilId, CivilIdKind, CountryCode, PersonName, Relation};

/// Half of a SHA-256.
pub(super) type Digest = [u8; 16];

/// The digest of a record.
pub(super) fn digest(text: &str) -> Digest {
    half(&Sha256::digest(text.as_bytes()))
}

fn half(digest: &[u8]) -> Digest {
    let mut out = [0; 16];
    out.copy_from_slice(&digest[..16]);
    out
}

/// HMAC-SHA256 with the key of the database: ten digits are tried out in seconds, unless a key is needed too.
#[derive(Clone)]
pub(super) struct Keyed {
    inner: Sha256,
    outer: Sha256,
}

impl Keyed {
    /// At most 64 bytes.
    pub(super) fn new(key: &[u8]) -> Self {
        let pad = |with: u8| {
            let mut block = [with; 64];
            block.iter_mut().zip(key).for_each(|(block, key)| *block ^= key);
            let mut hash = Sha256::new();
            hash.update(block);
            hash
        };
        Self { inner: pad(0x36), outer: pad(0x5c) }
    }

    /// The first half of the code of some texts; where one ends and the next begins counts.
    pub(super) fn digest(&self, texts: &[&str]) -> Digest {
        let mut inner = self.inner.clone();
        for text in texts {
            inner.update((text.len() as u64).to_le_bytes());
            inner.update(text.as_bytes());
        }
        half(&self.finish(inner))
    }

    fn finish(&self, inner: Sha256) -> [u8; 32] {
        let mut outer = self.outer.clone();
        outer.update(inner.finalize());
        outer.finalize().into()
    }

    /// What a number says of who somebody is: a real one the same everywhere, a replacement number only at its institution.
    /// Nothing for ten zeros.
    pub(super) fn civil(&self, id: &CivilId<'_>, institution: &str) -> Option<Digest> {
        let (number, country) = (id.reveal(), id.country());
        if number.is_empty() || id.is_placeholder() {
            return None;
        }
        let texts = [country.as_str(), number];
        Some(if is_real(id) {
            self.digest(&["civil", texts[0], texts[1]])
        } else {
            self.digest(&["replacement", institution, texts[0], texts[1]])
        })
    }

    /// What is known of a contact person without a number: whose, and as what and under which name.
    pub(super) fn contact(&self, pupil: &[&str; 3], relation: Relation, name: &PersonName<'_>) -> Digest {
        let relation = match relation {
            Relation::Mother => "mother",
            Relation::Father => "father",
            Relation::Other => "other",
            Relation::OfficiallyAssigned => "assigned",
        };
        self.digest(&["contact", pupil[0], pupil[1], pupil[2], relation, &name.given, &name.family])
    }
}

/// Whether a number is one that the register has given to one person only. A day above 31 is no day: an authority made it up.
fn is_real(id: &CivilId<'_>) -> bool {
    let formed = id.country() != CountryCode::DK || (id.is_digits() && id.reveal().as_bytes()[0] <= b'3');
    formed && id.kind() != CivilIdKind::Replacement
}

/// Makes user ids of the new form: a lower-case letter, and nine letters or digits.
pub(super) struct Mint {
    seed: [u8; 32],
    made: u64,
}

impl Mint {
    pub(super) fn new() -> Self {
        Self { seed: random(), made: 0 }
    }

    /// One that is very likely nobody's.
    pub(super) fn next(&mut self) -> String {
        const SIGNS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.made.to_le_bytes());
        self.made += 1;
        let mut bits = u128::from_le_bytes(half(&hash.finalize()));
        let mut below = |bound: u128| {
            let at = bits % bound;
            bits /= bound;
            char::from(SIGNS[usize::try_from(at).unwrap_or(0)])
        };
        (0..10).map(|at| below(if at == 0 { 26 } else { 36 })).collect()
    }
}

/// Thirty-two bytes that nobody can guess.
pub(super) fn random() -> [u8; 32] {
    let mut hash = Sha256::new();
    for _ in 0..4 {
        hash.update(Uuid::new_v4());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases 1 and 2 of RFC 4231.
    #[test]
    fn it_is_hmac() {
        let code = |key: &[u8], text: &str| {
            let keyed = Keyed::new(key);
            let mut inner = keyed.inner.clone();
            inner.update(text);
            data_encoding::HEXLOWER.encode(&keyed.finish(inner))
        };
        assert_eq!(code(&[0x0b; 20], "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        assert_eq!(
            code(b"Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_real_number_is_the_same_everywhere_and_a_replacement_is_not() {
        let keyed = Keyed::new(b"k");
        let of = |number: &'static str, kind, at| keyed.civil(&CivilId::new(number, kind, CountryCode::DK), at);
        use CivilIdKind::{Replacement, Unknown, Unverified, Verified};
        assert_eq!(of("0101005038", Verified, "1"), of("0101005038", Unverified, "2"));
        assert_ne!(of("0101005038", Replacement, "1"), of("0101005038", Replacement, "2"));
        assert_ne!(of("6101005038", Unknown, "1"), of("6101005038", Unknown, "2"), "the form says it too");
        assert_eq!(of("6101005038", Unknown, "1"), of("6101005038", Replacement, "1"));
        assert_ne!(of("010100ABCD", Unverified, "1"), of("010100ABCD", Unverified, "2"));
        assert_eq!(of("0000000000", Verified, "1"), None);
        assert_ne!(
            of("0101005038", Verified, "1"),
            Keyed::new(b"l").civil(&CivilId::new("0101005038", Verified, CountryCode::DK), "1")
        );
    }

    #[test]
    fn user_ids_are_ten_lower_case_letters_and_digits() {
        let mut mint = Mint::new();
        let ids: std::collections::BTreeSet<String> = (0..1000).map(|_| mint.next()).collect();
        assert_eq!(ids.len(), 1000);
        for id in &ids {
            assert!(id.len() == 10 && id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit()), "{id}");
            assert!(id.as_bytes()[0].is_ascii_lowercase());
        }
        assert!(Mint::new().next() != Mint::new().next());
    }
}
