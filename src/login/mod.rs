//! Tokens of the Unilogin Broker (OpenID Connect): who is logged in, if the token says so and is what it must be.

use std::{fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Number, Value};

use crate::{
    domain::{OrganisationNumber, UserId},
    source::login::Login,
};

mod keys;

pub use keys::{Fetch, Fetched, Keys, KeysAt, Place};

/// The longest token that is looked at, in bytes. Those of the broker have one or two thousand.
pub const LONGEST: usize = 8 << 10;

/// What time it is.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What a token must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Who has issued it, exactly.
    pub issuer: String,
    /// For whom, among others.
    pub audience: String,
    /// How it may be signed. Only with keys of which the other half is secret: see [`algorithm`].
    pub algorithms: Vec<Algorithm>,
    /// By how much clocks may differ.
    pub leeway: TimeDelta,
}

/// The algorithm of this name, if tokens may be signed with it.
#[must_use]
pub fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        _ => return None,
    })
}

/// Looks at tokens.
pub struct Verifier {
    rules: Rules,
    keys: Keys,
    now: Clock,
}

impl Verifier {
    /// A verifier that takes keys from there.
    #[must_use]
    pub fn new(rules: Rules, keys: Keys, now: Clock) -> Self {
        Self { rules, keys, now }
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Who is logged in. Waits for the issuer's keys at most once a minute, whoever asks.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn verify(&self, token: &str) -> Result<Login, Refused> {
        if token.len() > LONGEST {
            return Err(Refused::Size);
        }
        let header = decode_header(token).map_err(|_| Refused::Form)?;
        if header.crit.is_some() {
            return Err(Refused::Form);
        }
        if !self.rules.algorithms.contains(&header.alg) {
            return Err(Refused::Algorithm);
        }
        let now = (self.now)();
        let key = self.keys.find(header.kid.as_deref(), header.alg, now).await?;
        // The claims are checked here: their clock is not ours.
        let mut validation = Validation::new(header.alg);
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
        let claims: Claims = match decode::<Claims>(token, &key, &validation) {
            Ok(data) => data.claims,
            Err(why) if matches!(why.kind(), jsonwebtoken::errors::ErrorKind::Json(_)) => return Err(Refused::Form),
            Err(_) => return Err(Refused::Signature),
        };
        self.login(claims, now)
    }

    fn login(&self, claims: Claims, now: DateTime<Utc>) -> Result<Login, Refused> {
        let Claims { iss, aud, exp, nbf, typ, uniid, institution_ids, institutions } = claims;
        if iss.as_deref() != Some(&self.rules.issuer) {
            return Err(Refused::Issuer);
        }
        if !aud.is_some_and(|it| it.holds(&self.rules.audience)) {
            return Err(Refused::Audience);
        }
        // The broker signs other things with the same keys, such as notes that somebody has logged out.
        if typ.is_some_and(|it| !["Bearer", "ID", "JWT"].contains(&it.as_str())) {
            return Err(Refused::Kind);
        }
        let expires = exp.as_ref().and_then(moment).ok_or(Refused::Expired)?;
        if expires + self.rules.leeway <= now {
            return Err(Refused::Expired);
        }
        if let Some(begins) = nbf {
            let begins = moment(&begins).ok_or(Refused::Form)?;
            if begins - self.rules.leeway > now {
                return Err(Refused::Early);
            }
        }
        let user = uniid.filter(|it| !it.trim().is_empty()).map(UserId::new);
        let mut institutions =
            numbers(institution_ids.as_ref()).chain(numbers(institutions.as_ref())).collect::<Vec<_>>();
        institutions.sort();
        institutions.dedup();
        Ok(Login { user, institutions, expires: expires + self.rules.leeway })
    }
}

/// What a token says. Everything else in it is nobody's business here.
#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    aud: Option<Audience>,
    exp: Option<Number>,
    nbf: Option<Number>,
    typ: Option<String>,
    uniid: Option<String>,
    institution_ids: Option<Value>,
    #[serde(rename = "institutionIds")]
    institutions: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn holds(&self, wanted: &str) -> bool {
        match self {
            Self::One(it) => it == wanted,
            Self::Many(all) => all.iter().any(|it| it == wanted),
        }
    }
}

/// Seconds since 1970, with or without a fraction.
fn moment(seconds: &Number) -> Option<DateTime<Utc>> {
    let whole = seconds.as_i64().or_else(|| {
        let seconds = seconds.as_f64().filter(|it| it.abs() < 1e15)?;
        #[allow(clippy::cast_possible_truncation)] // it is small enough
        Some(seconds.floor() as i64)
    })?;
    // Far from the ends of time, so that a leeway can be added.
    DateTime::from_timestamp(whole, 0).filter(|it| (-1_000_000..=1_000_000).contains(&(it.timestamp() / 86_400)))
}

/// Institution numbers: a list, or a text such as `[999958, A12345]`. What is none is left out.
fn numbers(claim: Option<&Value>) -> impl Iterator<Item = OrganisationNumber<'static>> {
    let texts: Vec<String> = match claim {
        Some(Value::String(text)) => {
            let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
            inner.split(',').map(|it| it.trim().trim_matches('"').to_owned()).collect()
        }
        Some(Value::Array(all)) => all.iter().filter_map(number).collect(),
        Some(other) => number(other).into_iter().collect(),
        None => Vec::new(),
    };
    texts.into_iter().map(OrganisationNumber::new).filter(OrganisationNumber::fits_register)
}

fn number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Why nobody is logged in. Nothing of the token is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is too long.
    Size,
    /// It is no token.
    Form,
    /// It is signed in a way that is not allowed, or not at all.
    Algorithm,
    /// The issuer has no such key.
    Key,
    /// It is not signed with the key that it names.
    Signature,
    /// Somebody else has issued it.
    Issuer,
    /// It is for somebody else.
    Audience,
    /// It is no token of somebody who is logged in.
    Kind,
    /// It is over.
    Expired,
    /// It is not valid yet.
    Early,
    /// The keys of the issuer are not known at the moment.
    Unavailable,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size => "the login token is too long",
            Self::Form => "the login token is none",
            Self::Algorithm => "the login token is not signed in a way that is allowed",
            Self::Key => "the login token is signed with an unknown key",
            Self::Signature => "the signature of the login token is wrong",
            Self::Issuer => "the login token is of another issuer",
            Self::Audience => "the login token is for somebody else",
            Self::Kind => "the login token is not one of somebody who is logged in",
            Self::Expired => "the login token has expired",
            Self::Early => "the login token is not valid yet",
            Self::Unavailable => "the keys for login tokens cannot be had at the moment",
        })
    }
}

impl std::error::Error for Refused {}
