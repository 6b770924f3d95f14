//! The keys of an issuer: fetched when they are needed, and again when a token names one that is not known, but seldom.

use std::{
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use super::Refused;

/// How long to wait after the keys have been fetched, or could not be, until they may be fetched again.
const PAUSE: TimeDelta = TimeDelta::seconds(60);

/// The most keys of an issuer. The broker has two or three.
const MOST: usize = 64;

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An address.
    Url(String),
    /// A file.
    File(PathBuf),
}

/// What is fetched: bytes, or why there are none.
pub type Fetched = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>>;

/// Somebody who fetches something small, and takes care of time and size.
pub type Fetch = dyn Fn(Place) -> Fetched + Send + Sync;

/// Where the keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysAt {
    /// Where the issuer says.
    Discovery(String),
    /// There.
    Place(Place),
}

/// The keys of an issuer.
pub struct Keys {
    at: KeysAt,
    fetch: Arc<Fetch>,
    known: RwLock<Arc<[Key]>>,
    /// When they were fetched last. Held by whoever does.
    tried: Mutex<Option<DateTime<Utc>>>,
}

struct Key {
    id: Option<String>,
    /// How it signs, where that is said.
    algorithm: Option<Algorithm>,
    is_rsa: bool,
    key: DecodingKey,
}

impl Key {
    fn signs(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        let is_rsa = !matches!(algorithm, Algorithm::ES256 | Algorithm::ES384);
        let is_named = id.is_some() && self.id.as_deref() == id;
        let says_otherwise = self.algorithm.is_some_and(|it| it != algorithm);
        is_named && self.is_rsa == is_rsa && !says_otherwise
    }
}

impl Keys {
    /// Keys that have not been fetched yet.
    #[must_use]
    pub fn new(at: KeysAt, fetch: Arc<Fetch>) -> Self {
        Self { at, fetch, known: RwLock::new(Arc::new([])), tried: Mutex::new(None) }
    }

    /// The key of this name. Where it is not known the keys are fetched, unless that was done lately.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        now: DateTime<Utc>,
    ) -> Result<DecodingKey, Refused> {
        if let Some(key) = self.known(id, algorithm) {
            return Ok(key);
        }
        // A token without a name of a key will not find one either. Its issuer is not the broker.
        if id.is_none() {
            return Err(Refused::Key);
        }
        let mut tried = self.tried.lock().await;
        // Somebody else may have fetched it meanwhile.
        if let Some(key) = self.known(id, algorithm) {
            return Ok(key);
        }
        if tried.is_none_or(|it| now - it >= PAUSE || now < it) {
            *tried = Some(now);
            self.fetch_all().await;
        }
        match self.known(id, algorithm) {
            Some(key) => Ok(key),
            None if self.all().is_empty() => Err(Refused::Unavailable),
            None => Err(Refused::Key),
        }
    }

    /// Fetches the keys anew: those that the issuer has given up go.
    pub async fn refresh(&self, now: DateTime<Utc>) -> bool {
        let mut tried = self.tried.lock().await;
        *tried = Some(now);
        self.fetch_all().await
    }

    /// Whether there are any.
    #[must_use]
    pub fn are_known(&self) -> bool {
        !self.all().is_empty()
    }

    fn all(&self) -> Arc<[Key]> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn known(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        self.all().iter().find(|it| it.signs(id, algorithm)).map(|it| it.key.clone())
    }

    async fn fetch_all(&self) -> bool {
        match self.fetched().await {
            Ok(keys) => {
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
                true
            }
            Err(why) => {
                tracing::warn!("the keys for login tokens cannot be fetched: {why}");
                false
            }
        }
    }

    async fn fetched(&self) -> Result<Vec<Key>, String> {
        let place = match &self.at {
            KeysAt::Place(place) => place.clone(),
            KeysAt::Discovery(issuer) => self.discovered(issuer).await?,
        };
        let bytes = (self.fetch)(place).await?;
        let Published { keys } = serde_json::from_slice(&bytes).map_err(|_| "they are no list of keys".to_owned())?;
        let keys: Vec<Key> = keys.into_iter().take(MOST).filter_map(key).collect();
        if keys.is_empty() { Err("there is none to verify with among them".to_owned()) } else { Ok(keys) }
    }

    /// Where the issuer says that the keys are.
    async fn discovered(&self, issuer: &str) -> Result<Place, String> {
        let issuer = issuer.trim_end_matches('/');
        let bytes = (self.fetch)(Place::Url(format!("{issuer}/.well-known/openid-configuration"))).await?;
        let told: Discovered =
            serde_json::from_slice(&bytes).map_err(|_| "the issuer's configuration is none".to_owned())?;
        if told.issuer.trim_end_matches('/') != issuer {
            return Err("the configuration is another issuer's".to_owned());
        }
        // Whoever speaks in the clear could say anything.
        if issuer.starts_with("https://") && !told.jwks_uri.starts_with("https://") {
            return Err("the keys are not at an https address".to_owned());
        }
        Ok(Place::Url(told.jwks_uri))
    }
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

/// A key to verify signatures with. Others, and those nobody here knows, are left out.
fn key(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let is_rsa = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => true,
        AlgorithmParameters::EllipticCurve(_) => false,
        // A secret that is published is none.
        _ => return None,
    };
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    // A key for what nobody may sign with is of no use.
    let algorithm = match jwk.common.key_algorithm {
        Some(said) => Some(super::algorithm(&format!("{said:?}"))?),
        None => None,
    };
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, algorithm, is_rsa, key })
}
