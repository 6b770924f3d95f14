//! `[login]`: whose tokens say who is logged in.

use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::login::{KeysAt, Place, Rules, algorithm};

/// Tokens of the Unilogin Broker. Without an issuer nobody is ever logged in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// Who issues them: `https://broker.unilogin.dk/auth/realms/broker`; for tests `https://et-broker.unilogin.dk/auth/realms/broker`.
    pub issuer: Option<String>,
    /// The client that they are issued for: one of `aud`.
    pub audience: Option<String>,
    /// Where the issuer's keys are: an address, or `{ file = "keys.json" }`. Without it: where the issuer says.
    pub jwks: Option<KeysEntry>,
    /// The header of a request that holds a token, with `Bearer` before it or without.
    pub header: String,
    /// By how many seconds clocks may differ.
    pub leeway_seconds: u32,
    /// How tokens may be signed.
    pub algorithms: Vec<String>,
}

/// Where keys are.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum KeysEntry {
    /// At an address.
    Url(String),
    /// In a file.
    File {
        /// The file.
        file: PathBuf,
    },
}

impl Default for Login {
    fn default() -> Self {
        Self {
            issuer: None,
            audience: None,
            jwks: None,
            header: "Unilogin-Token".to_owned(),
            leeway_seconds: 30,
            algorithms: vec!["RS256".to_owned()],
        }
    }
}

impl Login {
    /// What a token must be and where the keys are, if tokens are looked at at all.
    ///
    /// # Errors
    /// An issuer without an audience, an address that anybody could answer at, an algorithm without a secret of its own.
    pub fn rules(&self) -> Result<Option<(Rules, KeysAt)>, String> {
        let Some(issuer) = &self.issuer else {
            return match (&self.audience, &self.jwks) {
                (None, None) => Ok(None),
                _ => Err("login.issuer is missing: whose tokens are they?".to_owned()),
            };
        };
        let audience = self.audience.clone().filter(|it| !it.is_empty());
        let audience = audience.ok_or("login.audience is missing: for which client are the tokens issued?")?;
        let at = match &self.jwks {
            None => KeysAt::Discovery(safe("login.issuer", issuer)?),
            Some(KeysEntry::Url(url)) => KeysAt::Place(Place::Url(safe("login.jwks", url)?)),
            Some(KeysEntry::File { file }) => KeysAt::Place(Place::File(file.clone())),
        };
        if self.leeway_seconds > 300 {
            return Err(format!("login.leeway_seconds = {}: at most 300; set the clock instead", self.leeway_seconds));
        }
        let known = |name: &String| {
            algorithm(name).ok_or_else(|| {
                format!("login.algorithms: {name:?} is none of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384")
            })
        };
        let algorithms = self.algorithms.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        if algorithms.is_empty() {
            return Err("login.algorithms is empty: write [\"RS256\"]".to_owned());
        }
        let leeway = TimeDelta::seconds(self.leeway_seconds.into());
        Ok(Some((Rules { issuer: issuer.clone(), audience, algorithms, leeway }, at)))
    }
}

/// Keys that come in the clear could be anybody's; only this machine itself may send them so.
fn safe(key: &str, url: &str) -> Result<String, String> {
    let is_local = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|it| {
        url.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with(':') || rest.starts_with('/'))
    });
    if url.starts_with("https://") || is_local {
        return Ok(url.to_owned());
    }
    Err(format!("{key} = {url:?}: an https address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<Option<(Rules, KeysAt)>, String> {
        toml::from_str::<Login>(text).unwrap().rules()
    }

    const ISSUER: &str = "issuer = 'https://et-broker.unilogin.dk/auth/realms/broker'\n";

    #[test]
    fn nobody_is_logged_in_unless_it_is_said_by_whose_tokens() {
        assert_eq!(rules(""), Ok(None));
        assert!(rules("audience = 'a'").unwrap_err().contains("login.issuer is missing"));
        assert!(rules(ISSUER).unwrap_err().contains("login.audience is missing"));
        let (rules, at) = rules(&format!("{ISSUER}audience = 'a'")).unwrap().unwrap();
        assert_eq!((rules.algorithms.len(), rules.leeway.num_seconds()), (1, 30));
        assert_eq!(at, KeysAt::Discovery("https://et-broker.unilogin.dk/auth/realms/broker".to_owned()));
    }

    #[test]
    fn what_would_let_anybody_in_is_refused() {
        let told = |text: &str| rules(&format!("{ISSUER}audience = 'a'\n{text}")).unwrap_err();
        assert!(told("algorithms = ['HS256']").contains("\"HS256\" is none of RS256"));
        assert!(told("algorithms = ['none']").contains("\"none\" is none of"));
        assert!(told("algorithms = []").contains("empty"));
        assert!(told("jwks = 'http://keys.example/'").contains("an https address"));
        assert!(told("jwks = 'http://localhost.example/'").contains("an https address"));
        assert!(told("leeway_seconds = 4000").contains("at most 300"));
    }
}
