//! What a request asks beside its question: in the name of somebody who is logged in. And what its answer says beside the
//! answer: how old it is.

use std::{ops::Deref, sync::Arc};

use chrono::SecondsFormat;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::{Answer, Faces, rescue::Trouble};
use crate::{
    clock,
    login::Verifier,
    source::{Source, ages::Ages, login::Login, told::Told},
};

/// Tokens of people who are logged in, and where a request carries one.
pub struct Logins {
    /// Who looks at them.
    pub verifier: Arc<Verifier>,
    /// The name of the header.
    pub header: HeaderName,
}

impl Logins {
    /// Tokens in the header of this name.
    ///
    /// # Errors
    /// A name that no header can have.
    pub fn new(verifier: Arc<Verifier>, header: &str) -> Result<Self, String> {
        let name = HeaderName::try_from(header);
        let header = name.map_err(|_| format!("login.header = {header:?}: it cannot be the name of a header"))?;
        Ok(Self { verifier, header })
    }
}

/// How things are told as of, as RFC 3339.
const AS_OF: HeaderName = HeaderName::from_static("skolebro-as-of");

/// One request, while it is answered.
#[derive(Debug, Default)]
pub(super) struct Asking {
    login: Option<Login>,
    ages: Ages,
}

impl Asking {
    /// Looks who is logged in. A token that is none is a mistake that somebody will want to know of; no token is no login.
    pub(super) async fn begin(faces: &Faces, headers: &HeaderMap, told: &Told) -> Result<Self, Trouble> {
        let Some(logins) = &faces.logins else { return Ok(Self::default()) };
        let Some(value) = headers.get(&logins.header) else { return Ok(Self::default()) };
        let token = value.to_str().unwrap_or_default().trim();
        let bare =
            token.split_once(' ').filter(|it| it.0.eq_ignore_ascii_case("bearer")).map_or(token, |it| it.1.trim());
        let login = logins.verifier.verify(bare).await.map_err(Trouble::Login)?;
        login.user.iter().for_each(|it| told.on_behalf_of(it));
        Ok(Self { login: Some(login), ages: Ages::default() })
    }

    /// Whom to ask during this request.
    pub(super) fn source<'s>(&'s self, faces: &'s Faces) -> Asked<'s> {
        let source = &*faces.source;
        source.during(self.login.as_ref(), &self.ages).map_or(Asked::Plainly(source), Asked::During)
    }

    /// Says how old an answer is that was given from a copy.
    pub(super) fn aged(&self, mut answer: Answer) -> Answer {
        let Some(as_of) = self.ages.oldest() else { return answer };
        let age = (clock::now() - as_of).num_seconds().max(0);
        let headers = answer.headers_mut();
        headers.insert(header::AGE, HeaderValue::from(age));
        if let Ok(as_of) = HeaderValue::from_str(&as_of.to_rfc3339_opts(SecondsFormat::Secs, true)) {
            headers.insert(AS_OF, as_of);
        }
        answer
    }
}

/// A source during a request.
pub(super) enum Asked<'s> {
    /// To which requests make no difference.
    Plainly(&'s dyn Source),
    /// To which they do.
    During(Box<dyn Source + 's>),
}

impl<'s> Deref for Asked<'s> {
    type Target = dyn Source + 's;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Plainly(source) => *source,
            Self::During(source) => &**source,
        }
    }
}
