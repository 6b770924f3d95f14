//! One question to an SS12000 server: with a token, patiently, and never beyond where it was sent.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Limits, token::Access, trouble::Trouble};
use crate::source::{
    courier::{Lost, LostKind, Reply},
    web::{Body, Inquiry, Web},
};

/// A client of one server.
pub(super) struct Client {
    /// The address with the prefix, without a slash at the end.
    pub(super) base: String,
    pub(super) access: Access,
    pub(super) web: Box<dyn Web>,
    pub(super) patience: Patience,
    /// The largest answer, in bytes.
    pub(super) most: usize,
}

/// How long and how often a busy server is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    tries: u32,
    longest_wait: Duration,
}

/// The wait after the first try, where the server does not tell; twice as long after each other.
const FIRST_WAIT: Duration = Duration::from_secs(1);

impl Patience {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { tries: limits.tries.max(1), longest_wait: limits.longest_wait }
    }

    /// Asks until there is an answer other than that the server is busy.
    pub(super) fn ask(
        &self,
        web: &dyn Web,
        mut inquiry: impl FnMut() -> Result<Inquiry, Trouble>,
    ) -> Result<Reply, Trouble> {
        let mut wait = FIRST_WAIT;
        for tried in 1.. {
            let (told, trouble) = match web.ask(inquiry()?) {
                Ok(reply) if is_busy(reply.head.status) => (reply.head.retry_after, Trouble::of(&reply)),
                Ok(reply) => return Ok(reply),
                Err(lost) if may_pass(&lost) => (lost.retry_after, Trouble::Lost(lost)),
                Err(lost) => return Err(lost.into()),
            };
            let this = told.unwrap_or(wait);
            if tried >= self.tries || this > self.longest_wait {
                return Err(trouble);
            }
            web.rest(this);
            wait = (wait * 2).min(self.longest_wait);
        }
        Err(Trouble::Busy(503, None))
    }
}

fn is_busy(status: u16) -> bool {
    matches!(status, 429 | 502..=504)
}

/// Whether the next try may have more luck. All questions only read, so that they may be asked again.
fn may_pass(lost: &Lost) -> bool {
    match lost.kind {
        LostKind::Resting | LostKind::Crowded | LostKind::Connection | LostKind::Silence | LostKind::Cut => true,
        LostKind::Unsent | LostKind::Name | LostKind::Tls | LostKind::Large => false,
    }
}

impl Client {
    /// Asks, with a new token if one is needed and the server does not take the one we have. Everything but a success is trouble.
    pub(super) fn ask(&self, path: &str, body: Option<String>) -> Result<Reply, Trouble> {
        let mut renewed = false;
        loop {
            let mut shown = None;
            let reply = self.patience.ask(&*self.web, || {
                shown = self.access.token(&*self.web, &self.patience)?;
                Ok(Inquiry {
                    address: format!("{}/{path}", self.base),
                    authorization: shown.as_ref().map(|it| format!("Bearer {it}")),
                    body: body.clone().map(|text| Body { media_type: "application/json", text }),
                    most: self.most,
                })
            })?;
            match reply.head.status {
                200..=299 => return Ok(reply),
                401 if !renewed && shown.is_some_and(|it| self.access.forget(&it)) => renewed = true,
                _ => return Err(Trouble::of(&reply)),
            }
        }
    }
}

/// A path with a query, everything in it encoded.
pub(super) fn with_query<'q>(path: &str, query: impl IntoIterator<Item = (&'q str, &'q str)>) -> String {
    let mut out = path.to_owned();
    for (at, (name, value)) in query.into_iter().enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        out.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    out
}
