//! Any error becomes a fault, a problem or an exit code here and nowhere else.
//!
//! Problems are RFC 9457; SS12000 has an error body of its own (`code`, `message`), which carries the same facts.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use soap::{
    Fault,
    envelope::{self, EnvelopeError, Version},
    fault::Code,
    xml::Violation,
};

use crate::{
    login,
    source::{SourceError, SourceErrorKind},
    standards::{
        ss12000::{self, serve::ErrorKind},
        unilogin::{self, Authentication},
    },
};

/// Everything that can go wrong between a request and its answer.
#[derive(Debug)]
pub enum Trouble {
    /// The message breaks XML or its contract.
    Violation(Box<Violation>),
    /// The envelope cannot be used.
    Envelope(EnvelopeError),
    /// A Unilogin service refuses.
    Unilogin(unilogin::Refusal, unilogin::Generation),
    /// An SS12000 route refuses.
    Ss12000(ss12000::serve::Error),
    /// The body is not an operation of the contract.
    Operation(String),
    /// The JSON of a request does not fit the contract: a JSON pointer and what is wrong there.
    Json(String, String),
    /// The same, told by the contract: the place is one in XML that nobody has sent, the path begins with the message.
    Unfit(Box<Violation>),
    /// Nothing is at that path.
    NotFound,
    /// The path has other methods: those.
    Method(&'static str),
    /// The question may hold a national identity number, which must not stand in an address.
    Shy,
    /// The body is larger than this many bytes.
    TooLarge(u64),
    /// The body did not arrive in time, or not whole.
    Body(&'static str),
    /// The body is in a form nobody asked for.
    Media(String),
    /// No token, or one that nobody knows.
    Unauthenticated,
    /// The caller may not use this face.
    Forbidden,
    /// Somebody is said to be logged in who is not.
    Login(login::Refused),
    /// The access cannot be recorded.
    Unrecorded,
    /// A fault of ours, which the log tells more of.
    Ours,
}

impl From<Box<Violation>> for Trouble {
    fn from(violation: Box<Violation>) -> Self {
        Self::Violation(violation)
    }
}

impl From<EnvelopeError> for Trouble {
    fn from(error: EnvelopeError) -> Self {
        Self::Envelope(error)
    }
}

impl From<ss12000::serve::Error> for Trouble {
    fn from(error: ss12000::serve::Error) -> Self {
        Self::Ss12000(error)
    }
}

/// Whose fault it is and the status, the title and the detail that tell.
struct Verdict {
    status: StatusCode,
    title: &'static str,
    detail: String,
}

fn verdict(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Verdict {
    Verdict { status, title, detail: detail.into() }
}

fn judge(trouble: &Trouble) -> Verdict {
    match trouble {
        Trouble::Violation(it) => {
            verdict(StatusCode::BAD_REQUEST, "The message breaks its contract", numberless(it).to_string())
        }
        Trouble::Envelope(it) => {
            verdict(StatusCode::BAD_REQUEST, "The envelope cannot be used", envelope::fault(&unnumbered(it)).1.reason.1)
        }
        Trouble::Unilogin(refusal, generation) => judge_refusal(refusal, *generation),
        Trouble::Ss12000(it) => judge_ss12000(it),
        Trouble::Operation(it) => {
            verdict(StatusCode::BAD_REQUEST, "Not an operation of this service", without_numbers(it))
        }
        Trouble::Json(at, why) => {
            let at = without_numbers(at);
            verdict(StatusCode::BAD_REQUEST, "The JSON does not fit the contract", in_json(&at, why))
        }
        Trouble::Unfit(it) => {
            let it = numberless(it);
            let why = format!("{}; expected {}", it.found, it.expected);
            verdict(StatusCode::BAD_REQUEST, "The JSON does not fit the contract", in_json(pointer(&it), &why))
        }
        Trouble::NotFound => verdict(StatusCode::NOT_FOUND, "Nothing is here", "See / for the paths that are served."),
        Trouble::Method(allowed) => {
            verdict(StatusCode::METHOD_NOT_ALLOWED, "Not with this method", format!("Use {allowed}."))
        }
        Trouble::Shy => {
            let why = "This service is asked with civil registration numbers, which must not stand in an address, \
                since addresses are logged. Use POST with a JSON body.";
            verdict(StatusCode::METHOD_NOT_ALLOWED, "Not with this method", why)
        }
        Trouble::TooLarge(limit) => {
            verdict(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large", format!("At most {limit} bytes are read."))
        }
        Trouble::Body(why) => verdict(StatusCode::BAD_REQUEST, "The body did not arrive", *why),
        Trouble::Media(why) => verdict(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not in this form", why),
        Trouble::Unauthenticated => {
            verdict(StatusCode::UNAUTHORIZED, "Who is calling?", "Send a known token: Authorization: Bearer …")
        }
        Trouble::Forbidden => {
            verdict(StatusCode::FORBIDDEN, "Not for this caller", "The caller has no right to this face.")
        }
        Trouble::Login(why @ login::Refused::Unavailable) => {
            verdict(StatusCode::SERVICE_UNAVAILABLE, "Nobody can be logged in", format!("{why}."))
        }
        Trouble::Login(why) => verdict(StatusCode::UNAUTHORIZED, "Not logged in", format!("invalid_token: {why}.")),
        Trouble::Unrecorded => verdict(
            StatusCode::SERVICE_UNAVAILABLE,
            "The access cannot be recorded",
            "Nothing is told of people while the audit log cannot be written. Try again later.",
        ),
        Trouble::Ours => verdict(StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours", ""),
    }
}

/// A violation as a client may read it: names that the client has made up may be numbers of people.
fn numberless(violation: &Violation) -> Violation {
    let Violation { place, path, rule, expected, found } = violation;
    let (path, found, expected) = (without_numbers(path), without_numbers(found), expected.clone());
    Violation { place: *place, path, rule: *rule, expected, found }
}

/// The same of an envelope.
fn unnumbered(error: &EnvelopeError) -> EnvelopeError {
    match error {
        EnvelopeError::Violation(version, it) => EnvelopeError::Violation(*version, Box::new(numberless(it))),
        EnvelopeError::Version(it) => EnvelopeError::Version(Box::new(numberless(it))),
        EnvelopeError::NotUnderstood(version, names) => {
            let names = names.iter().map(|(uri, local)| (without_numbers(uri), without_numbers(local)));
            EnvelopeError::NotUnderstood(*version, names.collect())
        }
    }
}

/// A text whose digits are dots wherever ten of them, with hyphens or blanks among them or not, may be a civil registration
/// number. Names stay names by it.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(from) = rest.find(|it: char| it.is_ascii_digit()) {
        let (before, run) = rest.split_at(from);
        let end = run.find(|it: char| !it.is_ascii_digit() && it != '-' && it != ' ').unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        out.push_str(before);
        if run.bytes().filter(u8::is_ascii_digit).count() < 10 {
            out.push_str(run);
        } else {
            out.extend(run.chars().map(|it| if it.is_ascii_digit() { '.' } else { it }));
        }
        rest = after;
    }
    out + rest
}

fn in_json(pointer: &str, why: &str) -> String {
    if pointer.is_empty() { why.to_owned() } else { format!("{pointer}: {why}") }
}

/// The part of a violation's path that a JSON body has: all but the message itself.
fn pointer(violation: &Violation) -> &str {
    let path = violation.path.trim_start_matches('/');
    path.find('/').map_or("", |it| &path[it..])
}

fn judge_refusal(refusal: &unilogin::Refusal, generation: unilogin::Generation) -> Verdict {
    match refusal {
        unilogin::Refusal::Violation(it) => {
            verdict(StatusCode::BAD_REQUEST, "The message breaks its contract", numberless(it).to_string())
        }
        unilogin::Refusal::Authentication(unilogin::Authentication::Rights) => verdict(
            StatusCode::FORBIDDEN,
            "No right to the data",
            "There is no data agreement for it, or no right to data of this kind.",
        ),
        unilogin::Refusal::Authentication(it) => {
            verdict(StatusCode::UNAUTHORIZED, "Who is calling?", it.reason(generation).1)
        }
        unilogin::Refusal::Signature(why) => {
            verdict(StatusCode::UNAUTHORIZED, "The signature is not taken", why.to_string())
        }
        unilogin::Refusal::Source(it) => judge_source(it),
        unilogin::Refusal::Input(_) => {
            verdict(StatusCode::BAD_REQUEST, "The body did not arrive", "It cannot be read to its end.")
        }
        unilogin::Refusal::Intake(it) => {
            verdict(StatusCode::SERVICE_UNAVAILABLE, "The import cannot be kept", it.to_string())
        }
    }
}

fn judge_ss12000(error: &ss12000::serve::Error) -> Verdict {
    let ss12000::serve::Error { kind, code: _, message } = error;
    match kind {
        ErrorKind::NotFound => verdict(StatusCode::NOT_FOUND, "Nothing is here", ""),
        ErrorKind::Forbidden => verdict(StatusCode::FORBIDDEN, "Not for this caller", message.clone()),
        ErrorKind::Gone => verdict(StatusCode::GONE, "The walk cannot go on", message.clone()),
        ErrorKind::Overloaded => verdict(StatusCode::SERVICE_UNAVAILABLE, "Too much at once", message.clone()),
        ErrorKind::Method(_) => verdict(StatusCode::METHOD_NOT_ALLOWED, "Not with this method", message.clone()),
        ErrorKind::Invalid => verdict(StatusCode::BAD_REQUEST, "The query is wrong", message.clone()),
        ErrorKind::Source(it) => judge_source(it),
        ErrorKind::Internal(_) => verdict(StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours", message.clone()),
    }
}

fn judge_source(error: &SourceError) -> Verdict {
    // Whoever asked is not told what lies behind it; whoever runs this must be.
    if let Some(cause) = &error.cause {
        tracing::warn!(%cause, "{error}");
    }
    let status = match error.kind {
        SourceErrorKind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        SourceErrorKind::Refused | SourceErrorKind::Invalid => StatusCode::BAD_GATEWAY,
        SourceErrorKind::Quota => StatusCode::TOO_MANY_REQUESTS,
        SourceErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let wait = error.retry_after.map(|it| format!("; ask again in {} seconds", whole(it))).unwrap_or_default();
    verdict(status, "The source does not answer", format!("{error}{wait}"))
}

/// After how many seconds it may be worth asking again, where that is known.
#[must_use]
pub fn retry_after(trouble: &Trouble) -> Option<u64> {
    let error = match trouble {
        Trouble::Unilogin(unilogin::Refusal::Source(it), _) => it,
        Trouble::Ss12000(ss12000::serve::Error { kind: ErrorKind::Source(it), code: _, message: _ }) => it,
        Trouble::Login(login::Refused::Unavailable) => return Some(60),
        // It is too much, and will be too much later too.
        Trouble::Ss12000(ss12000::serve::Error { kind: ErrorKind::Overloaded, code: _, message: _ }) => return None,
        _ => return passes(status(trouble)),
    };
    error.retry_after.map(whole).or_else(|| passes(status(trouble)))
}

/// After how many seconds a trouble of ours may have passed, of which nobody knows better.
fn passes(status: StatusCode) -> Option<u64> {
    (status == StatusCode::SERVICE_UNAVAILABLE).then_some(30)
}

/// Seconds, and one begun is one.
fn whole(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The HTTP status of an error, as the REST faces have it.
#[must_use]
pub fn status(trouble: &Trouble) -> StatusCode {
    judge(trouble).status
}

/// The fault for an error, in which SOAP it must be written where the error decides that, and its HTTP status.
///
/// Faults travel with 500, as SOAP's HTTP binding says and every client reads; `sender_status` may give senders 400.
#[must_use]
pub fn fault(trouble: &Trouble, sender_status: StatusCode) -> (StatusCode, Option<Version>, Fault) {
    let (version, fault) = match trouble {
        Trouble::Envelope(error) => envelope::fault(&unnumbered(error)),
        Trouble::Unilogin(unilogin::Refusal::Authentication(it), generation) => {
            (None, declared(*it, *generation, it.reason(*generation).1))
        }
        Trouble::Unilogin(unilogin::Refusal::Signature(why), generation) => {
            let reason = format!("Signaturen kan ikke godtages. (The signature is not taken: {why}.)");
            (None, declared(Authentication::Signature, *generation, &reason))
        }
        other => {
            let Verdict { status, title, detail } = judge(other);
            // A quota that is spent is not the sender's.
            let ours = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            let code = if ours { Code::Receiver } else { Code::Sender };
            (None, Fault::new(code, &format!("{title}. {detail}")))
        }
    };
    let status = if fault.code == Code::Sender { sender_status } else { StatusCode::INTERNAL_SERVER_ERROR };
    (status, version, fault)
}

/// The contract's own fault.
fn declared(why: Authentication, generation: unilogin::Generation, reason: &str) -> Fault {
    let mut fault = Fault::new(Code::Sender, reason);
    fault.reason.0 = why.reason(generation).0;
    let (subcode, detail) = why.detail(generation);
    fault.subcode = Some(subcode);
    fault.detail = Some(detail);
    fault
}

/// The problem for an error (RFC 9457) and its status.
#[must_use]
pub fn problem(trouble: &Trouble) -> (StatusCode, Value) {
    let Verdict { status, title, detail } = judge(trouble);
    let mut problem = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    let (place, violation) = match trouble {
        Trouble::Violation(it) | Trouble::Unilogin(unilogin::Refusal::Violation(it), _) => {
            (Some(it.path.as_str()), Some(it))
        }
        Trouble::Unfit(it) => (Some(pointer(it)), Some(it)),
        Trouble::Json(at, _) => (Some(at.as_str()), None),
        _ => (None, None),
    };
    if let Some(place) = place {
        problem["pointer"] = without_numbers(place).into();
    }
    if let Some(violation) = violation {
        problem["rule"] = violation.rule.code().into();
        problem["expected"] = violation.expected.clone().into();
        problem["found"] = without_numbers(&violation.found).into();
    }
    (status, problem)
}

/// SS12000's own error body and its status. A 404 has no body.
#[must_use]
pub fn ss12000_error(trouble: &Trouble) -> (StatusCode, Option<Value>) {
    let Verdict { status, detail, .. } = judge(trouble);
    let code = match trouble {
        Trouble::Ss12000(error) => error.code,
        Trouble::Unauthenticated => "UNAUTHENTICATED",
        Trouble::Forbidden => "SCOPE_MISSING",
        Trouble::Login(it) if *it != login::Refused::Unavailable => "UNAUTHENTICATED",
        _ if status == StatusCode::METHOD_NOT_ALLOWED => "METHOD_NOT_ALLOWED",
        _ if status == StatusCode::PAYLOAD_TOO_LARGE => "TOO_LARGE",
        _ if status == StatusCode::UNSUPPORTED_MEDIA_TYPE => "UNSUPPORTED_MEDIA_TYPE",
        _ if status.is_server_error() => "UNAVAILABLE",
        _ => "INVALID_REQUEST",
    };
    let body = (status != StatusCode::NOT_FOUND).then(|| json!({ "code": code, "message": detail }));
    (status, body)
}

/// The exit codes of commands.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// The input is at fault.
    pub const INPUT: u8 = 1;
    /// The command line or the configuration is.
    pub const USAGE: u8 = 2;
    /// An upstream or the network.
    pub const NETWORK: u8 = 3;
    /// Refused: quota or rights.
    pub const REFUSED: u8 = 4;
}

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The input breaks its contract; every fault of it has been printed, or is said here.
    #[error("{0}")]
    Input(String),
    /// The command line or the configuration.
    #[error("{0}")]
    Usage(String),
    /// A file or a stream: which, and what happened.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// A socket: which, and what happened.
    #[error("{0}: {1}")]
    Network(String, std::io::Error),
    /// A server elsewhere, of which more has been printed.
    #[error("{0}")]
    Upstream(String),
    /// The store: what happened to it.
    #[error("{0}")]
    Store(String),
    /// Something that is not done without being confirmed.
    #[error("{0}")]
    Refused(String),
    /// Whoever reads our output has gone, which is no error.
    #[error("")]
    Closed,
}

/// The exit code of a failure.
#[must_use]
pub fn exit_code(failure: &Failure) -> u8 {
    match failure {
        Failure::Closed => exit::DONE,
        Failure::Input(_) => exit::INPUT,
        Failure::Usage(_) | Failure::Io(..) | Failure::Store(_) => exit::USAGE,
        Failure::Refused(_) => exit::REFUSED,
        Failure::Network(..) | Failure::Upstream(_) => exit::NETWORK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_may_be_a_number_of_a_person_is_hidden_and_dates_are_not() {
        let told = |text| without_numbers(text);
        assert_eq!(told("/x6101104001/y"), "/x........../y");
        assert_eq!(told("urn:610110-4001"), "urn:......-....");
        assert_eq!(told("ø61011040012ø"), "ø...........ø");
        assert_eq!(told("nr. 610110 4001 x"), "nr. ...... .... x");
        for other in
            ["", "999001", "2026-11-22T10:00:00", "https://brugerdatabasen.stil.dk/bpi/wsiinst/6", "610110x4001"]
        {
            assert_eq!(told(other), other);
        }
    }
}
