//! SS12000 2.1, page tokens: where a walk stands and what it asked for, sealed so that nobody can read or change it, for one caller
//! and one operation, for an hour.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest::{SHA256, digest},
    rand,
};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, ErrorKind, operation::Operation};

/// How long a token lasts.
pub(super) const LIFE: TimeDelta = TimeDelta::hours(1);

const NONCE: usize = 12;

/// Seals and opens tokens.
pub(super) struct Sealer(LessSafeKey);

/// Where a walk stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    /// After the object with this id.
    After(Uuid),
    /// That many objects into an order that was kept.
    Pinned(Uuid, usize),
    /// After what went then: the moment in milliseconds, its kind and its id.
    Gone(i64, u8, Uuid),
}

/// What a token holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Token {
    /// When it ends, in seconds since 1970.
    expires: i64,
    /// Where the walk stands.
    pub(super) place: Place,
    /// What was asked for: names and values.
    pub(super) asked: Vec<(String, String)>,
}

/// Whom a token is for, and what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bearer<'b> {
    /// The name of the caller.
    pub(super) caller: &'b str,
    /// The operation.
    pub(super) operation: &'b Operation,
}

impl Bearer<'_> {
    /// Lengths first, so that no two bearers are told in the same bytes.
    fn told(&self) -> Vec<u8> {
        let Operation { method, path, .. } = self.operation;
        format!("{}:{}{method}{path}", self.caller.len(), self.caller).into_bytes()
    }
}

impl Sealer {
    /// With a secret of any length that several servers may share; without one tokens end with the process.
    #[must_use]
    pub(super) fn new(secret: Option<&str>) -> Self {
        // 244 random bits of the system: the crypto library would gather its own for a tenth of a second before anybody is answered.
        let made = || format!("{}{}", Uuid::new_v4(), Uuid::new_v4());
        let secret = secret.map_or_else(made, str::to_owned);
        let key = digest(&SHA256, format!("page tokens:{secret}").as_bytes());
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("a key of 32 bytes")))
    }

    /// The token after a page.
    pub(super) fn seal(
        &self,
        place: Place,
        asked: Vec<(&'static str, String)>,
        bearer: Bearer<'_>,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        let asked = asked.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let token = Token { expires: (now + LIFE).timestamp(), place, asked };
        let mut text = serde_json::to_vec(&token)?;
        let mut nonce = [0; NONCE];
        rand::fill(&mut nonce).map_err(|_| BROKEN)?;
        let sealing =
            self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bearer.told()), &mut text);
        sealing.map_err(|_| BROKEN)?;
        Ok(BASE64URL_NOPAD.encode(&[&nonce[..], &text].concat()))
    }

    /// Opens a token that one caller got from one operation.
    pub(super) fn open(&self, token: &str, bearer: Bearer<'_>, now: DateTime<Utc>) -> Result<Token, Error> {
        let mut bytes = BASE64URL_NOPAD.decode(token.as_bytes()).map_err(|_| FOREIGN)?;
        let (nonce, text) = bytes.split_at_mut_checked(NONCE).ok_or(FOREIGN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| FOREIGN)?;
        let opened = self.0.open_in_place(nonce, Aad::from(bearer.told()), text).map_err(|_| FOREIGN)?;
        let token: Token = serde_json::from_slice(opened).map_err(|_| FOREIGN)?;
        if token.expires <= now.timestamp() { Err(GONE) } else { Ok(token) }
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

const FOREIGN: Error =
    Error::invalid("INVALID_PAGE_TOKEN", "The page token is none of ours, or not for this question.");

const BROKEN: Error = Error::new(ErrorKind::Overloaded, "UNAVAILABLE", "A page token could not be made.");

/// The walk cannot go on.
pub(super) const GONE: Error =
    Error::new(ErrorKind::Gone, "PAGE_TOKEN_EXPIRED", "The page token has expired: begin the walk anew, without it.");

#[cfg(test)]
mod tests {
    use super::{super::routes::OPERATIONS, *};

    #[test]
    fn a_token_is_for_one_caller_one_operation_and_an_hour() {
        let sealer = Sealer::new(Some("s"));
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let bearer = Bearer { caller: "a", operation: &OPERATIONS[0] };
        let place = Place::After(Uuid::nil());
        let token = sealer.seal(place.clone(), vec![("civicNo", "0101010101".into())], bearer, now).unwrap();
        assert!(!token.contains("0101010101"));
        let open = |token: &str, bearer, now| sealer.open(token, bearer, now).map_err(|it| it.code);
        let opened = open(&token, bearer, now + LIFE - TimeDelta::seconds(1)).unwrap();
        assert_eq!((opened.place, &*opened.asked[0].1), (place, "0101010101"));
        assert_eq!(open(&token, bearer, now + LIFE), Err("PAGE_TOKEN_EXPIRED"));
        assert_eq!(open(&token, Bearer { caller: "b", ..bearer }, now), Err("INVALID_PAGE_TOKEN"));
        assert_eq!(open(&token, Bearer { operation: &OPERATIONS[3], ..bearer }, now), Err("INVALID_PAGE_TOKEN"));
        assert!(Sealer::new(Some("s")).open(&token, bearer, now).is_ok(), "servers that share a secret share tokens");
        assert!(Sealer::new(None).open(&token, bearer, now).is_err());
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(open(&other, bearer, now).is_err() || BASE64URL_NOPAD.decode(other.as_bytes()).is_err());
        }
        for text in ["", "A", "nope", "💥", &token[..token.len() - 4], &"A".repeat(10_000)] {
            assert_eq!(open(text, bearer, now), Err("INVALID_PAGE_TOKEN"));
        }
    }
}
