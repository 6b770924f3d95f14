//! Tokens: given once, or granted for a while by an OAuth2 token endpoint (client credentials) and renewed in time.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{client::Patience, read, trouble::Trouble};
use crate::source::web::{Body, Inquiry, Web};

/// How we show who we are.
pub struct Access {
    kind: Kind,
    granted: Mutex<Granted>,
}

enum Kind {
    /// By a certificate in TLS: nothing is added to a question.
    Certified,
    Given(String),
    Granted(ClientCredentials),
}

/// What the token endpoint is told.
#[derive(Clone)]
pub struct ClientCredentials {
    /// The address of the token endpoint.
    pub address: String,
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: String,
    /// `scope`, where one must be asked for.
    pub scope: Option<String>,
    /// Show id and secret in the form, for endpoints that do not take them in a header (HTTP Basic).
    pub in_form: bool,
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCredentials").field("address", &self.address).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Granted {
    token: Option<(String, Instant)>,
    /// Those who wait for the same answer need not ask again.
    failed: Option<(Trouble, Instant)>,
}

/// A token is renewed so long before its end.
const MARGIN: Duration = Duration::from_secs(60);

/// How long a token is good for whose end is not told, and how long one is used at most.
const UNTOLD: Duration = Duration::from_secs(300);
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A refusal is believed for so long.
const BELIEVED: Duration = Duration::from_secs(5);

/// The largest answer of a token endpoint.
const MOST: usize = 64 << 10;

impl Access {
    /// No token: the server knows us by our certificate.
    #[must_use]
    pub fn certified() -> Self {
        Self { kind: Kind::Certified, granted: Mutex::default() }
    }

    /// A token that lasts.
    #[must_use]
    pub fn given(token: String) -> Self {
        Self { kind: Kind::Given(token), granted: Mutex::default() }
    }

    /// Tokens of an endpoint.
    #[must_use]
    pub fn granted(credentials: ClientCredentials) -> Self {
        Self { kind: Kind::Granted(credentials), granted: Mutex::default() }
    }

    /// A token that is good for now, if one is needed. Of many who need one at once one asks, and the others wait.
    pub(super) fn token(&self, web: &dyn Web, patience: &Patience) -> Result<Option<String>, Trouble> {
        match &self.kind {
            Kind::Certified => Ok(None),
            Kind::Given(token) => Ok(Some(token.clone())),
            Kind::Granted(credentials) => self.good(credentials, web, patience).map(Some),
        }
    }

    fn good(&self, credentials: &ClientCredentials, web: &dyn Web, patience: &Patience) -> Result<String, Trouble> {
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some((token, _)) = granted.token.as_ref().filter(|it| now < it.1) {
            return Ok(token.clone());
        }
        if let Some((trouble, _)) = granted.failed.as_ref().filter(|it| now < it.1) {
            return Err(trouble.clone());
        }
        match credentials.ask(web, patience) {
            Ok((token, lasts)) => {
                // Of a short life at least half is used.
                let used = lasts.saturating_sub(MARGIN).max(lasts / 2).min(LONGEST);
                *granted = Granted { token: Some((token.clone(), Instant::now() + used)), failed: None };
                Ok(token)
            }
            Err(trouble) => {
                granted.failed = Some((trouble.clone(), Instant::now() + BELIEVED));
                Err(trouble)
            }
        }
    }

    /// A token that the server does not take. False where there is no other.
    pub(super) fn forget(&self, refused: &str) -> bool {
        match self.kind {
            Kind::Certified | Kind::Given(_) => return false,
            Kind::Granted(_) => {}
        }
        let mut granted = self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have renewed it meanwhile.
        if granted.token.as_ref().is_some_and(|it| it.0 == refused) {
            granted.token = None;
        }
        true
    }
}

/// What a token endpoint answers.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Answer<'a> {
    #[serde(borrow)]
    access_token: Option<read::Text<'a>>,
    expires_in: Option<read::Text<'a>>,
    token_type: Option<read::Text<'a>>,
}

impl ClientCredentials {
    fn ask(&self, web: &dyn Web, patience: &Patience) -> Result<(String, Duration), Trouble> {
        let encoded = |it: &str| utf8_percent_encode(it, NON_ALPHANUMERIC).to_string();
        let (id, secret) = (encoded(&self.id), encoded(&self.secret));
        let mut form = "grant_type=client_credentials".to_owned();
        if let Some(scope) = &self.scope {
            form.push_str(&format!("&scope={}", encoded(scope)));
        }
        let authorization = if self.in_form {
            form.push_str(&format!("&client_id={id}&client_secret={secret}"));
            None
        } else {
            Some(format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes())))
        };
        let inquiry = Inquiry {
            address: self.address.clone(),
            authorization,
            body: Some(Body { media_type: "application/x-www-form-urlencoded", text: form }),
            most: MOST,
        };
        let reply = patience.ask(web, || Ok(inquiry.clone())).map_err(no_token)?;
        if reply.head.status != 200 {
            return Err(no_token(Trouble::of(&reply)));
        }
        let answer: Answer<'_> = serde_json::from_slice(&reply.body)
            .map_err(|_| Trouble::NoToken("the token endpoint answers something else".to_owned()))?;
        let token = answer.access_token.as_ref().map_or("", read::Text::as_str);
        if token.is_empty() || !token.bytes().all(|it| it.is_ascii_graphic()) {
            return Err(Trouble::NoToken("the token endpoint answers without a token".to_owned()));
        }
        if answer.token_type.as_ref().is_some_and(|it| !it.as_str().eq_ignore_ascii_case("bearer")) {
            return Err(Trouble::NoToken("the token endpoint gives tokens of another type than Bearer".to_owned()));
        }
        let lasts = answer.expires_in.as_ref().and_then(|it| it.as_str().trim().parse().ok());
        Ok((token.to_owned(), lasts.map_or(UNTOLD, Duration::from_secs)))
    }
}

/// The network and a busy server are what they are; everything else is about the token.
fn no_token(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Lost(_) | Trouble::Busy(..) => trouble,
        other => Trouble::NoToken(format!("of the token endpoint: {other}")),
    }
}
