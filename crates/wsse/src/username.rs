//! `UsernameToken` (Web Services Security UsernameToken Profile 1.1): a user and a password in the header.
//!
//! It proves who sends a message, and nothing of what is in it: only TLS does that here.

use aws_lc_rs::{constant_time, digest};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;

use crate::{
    names::{SOAP11, SOAP12, WSSE, WSU},
    replay::Seen,
    verify::{Reader, Refused, leaf},
};

const TEXT: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText";
const DIGEST: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest";

/// A user, and something that only who knows the password can say.
pub struct UsernameToken {
    user: String,
    secret: Secret,
}

enum Secret {
    Text(String),
    Digest { value: Vec<u8>, nonce: Vec<u8>, created: String },
}

/// Shows neither user nor password.
impl std::fmt::Debug for UsernameToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsernameToken").finish_non_exhaustive()
    }
}

/// When a digest is taken: they can be caught and sent again.
#[derive(Debug, Clone, Copy)]
pub struct Freshness<'s> {
    /// How far the sender's clock may be from ours.
    pub skew: TimeDelta,
    /// How long after `Created` a digest is taken.
    pub lifetime: TimeDelta,
    /// Which nonces have been seen.
    pub seen: &'s Seen,
}

impl UsernameToken {
    /// Reads the token of a message, of which the head is enough. Nothing, where it has none.
    ///
    /// # Errors
    /// Text that is no envelope, or a token that is not as the profile tells, or a second one.
    pub fn read(message: &str) -> Result<Option<Self>, Refused> {
        const NO_ENVELOPE: Refused = Refused::Wrong("the message is no SOAP envelope");
        let mut reader = Reader::new(message);
        let is_envelope = reader.child()? && matches!(reader.name(), (SOAP11 | SOAP12, "Envelope"));
        if !is_envelope || !reader.child()? {
            return Err(NO_ENVELOPE);
        }
        if !matches!(reader.name(), (SOAP11 | SOAP12, "Header")) {
            return Ok(None);
        }
        let mut found = None;
        while reader.child()? {
            if !reader.is(WSSE, "Security") {
                reader.skip()?;
                continue;
            }
            while reader.child()? {
                if !reader.is(WSSE, "UsernameToken") {
                    reader.skip()?;
                } else if found.replace(Self::token(&mut reader)?).is_some() {
                    return Err(Refused::Wrong("two user names"));
                }
            }
        }
        Ok(found)
    }

    fn token(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let (mut user, mut password, mut nonce, mut created) = (None, None, None, None);
        while reader.child()? {
            let kind = reader.attribute("", "Type").map_or_else(|| TEXT.to_owned(), |it| it.into_owned());
            let twice = match reader.name() {
                (WSSE, "Username") => user.replace(leaf(reader)?.into_owned()).is_some(),
                (WSSE, "Password") => password.replace((kind, leaf(reader)?.into_owned())).is_some(),
                (WSSE, "Nonce") => nonce.replace(leaf(reader)?.into_owned()).is_some(),
                (WSU, "Created") => created.replace(leaf(reader)?.into_owned()).is_some(),
                _ => return Err(Refused::Wrong("a user name with something else beside it")),
            };
            if twice {
                return Err(Refused::Wrong("a user name with something twice beside it"));
            }
        }
        const LACKS: Refused = Refused::Wrong("a user name without what must be beside it");
        let (user, (kind, password)) = (user.ok_or(LACKS)?, password.ok_or(LACKS)?);
        let base64 =
            |it: String| BASE64.decode(it.trim().as_bytes()).map_err(|_| Refused::Wrong("text that should be Base64"));
        let secret = match kind.as_str() {
            TEXT => Secret::Text(password),
            DIGEST => Secret::Digest {
                value: base64(password)?,
                nonce: base64(nonce.ok_or(LACKS)?)?,
                created: created.ok_or(LACKS)?,
            },
            _ => return Err(Refused::Wrong("a password of a kind that is not taken")),
        };
        Ok(Self { user, secret })
    }

    /// Whose token it says it is.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Whether whoever made the token knows the password. A digest is taken once, and in its time.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn check(&self, password: &str, fresh: Freshness<'_>, now: DateTime<Utc>) -> Result<(), Refused> {
        let (expected, told, once) = match &self.secret {
            Secret::Text(text) => (password.as_bytes().to_vec(), text.as_bytes(), None),
            Secret::Digest { value, nonce, created } => {
                let instant = DateTime::parse_from_rfc3339(created.trim());
                let instant =
                    instant.map_err(|_| Refused::Wrong("a timestamp with something that is no time"))?.to_utc();
                let until = instant + fresh.lifetime;
                if now < instant - fresh.skew || now >= until + fresh.skew {
                    return Err(Refused::Time { created: instant, expires: until, now });
                }
                let all = [nonce, created.as_bytes(), password.as_bytes()].concat();
                let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &all);
                (digest.as_ref().to_vec(), value.as_slice(), Some((nonce, until + fresh.skew)))
            }
        };
        // Digests of both are compared, since the time of comparing texts would tell how long the password is.
        let same = |it: &[u8]| digest::digest(&digest::SHA256, it);
        if constant_time::verify_slices_are_equal(same(&expected).as_ref(), same(told).as_ref()).is_err() {
            return Err(Refused::Wrong("the password is wrong"));
        }
        let is_first =
            |(nonce, until): (&Vec<u8>, _)| fresh.seen.first(self.user.as_bytes(), &BASE64.encode(nonce), until, now);
        if once.is_none_or(is_first) { Ok(()) } else { Err(Refused::Replayed) }
    }
}

/// A security header block with a password as text, to be put into the header of an envelope.
#[must_use]
pub fn header(user: &str, password: &str) -> String {
    let escaped = |it: &str| it.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;");
    format!(
        "<wsse:Security xmlns:wsse=\"{WSSE}\"><wsse:UsernameToken><wsse:Username>{}</wsse:Username>\
         <wsse:Password Type=\"{TEXT}\">{}</wsse:Password></wsse:UsernameToken></wsse:Security>",
        escaped(user),
        escaped(password)
    )
}
