//! SS12000 2.1, the REST operations: lists and single objects of organisations, persons, groups, duties, placements.
//!
//! Knows no HTTP library: a face hands over a [`Request`] and gets an [`Answer`], or an [`Error`] that says of what kind it is.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use data_encoding::BASE32_NOPAD;
use uuid::Uuid;

use super::{
    context::Options,
    model,
    view::{Caller, Kind, Reader, View},
};
use crate::source::{Source, SourceError, told::Told};

/// What a caller asks.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// The method, in capitals.
    pub method: &'r str,
    /// The segments of the path after the prefix, decoded. A last one may be empty, for a slash at the end.
    pub path: &'r [&'r str],
    /// The query, decoded.
    pub query: &'r [(&'r str, &'r str)],
    /// Who asks.
    pub caller: &'r Caller,
    /// Where it is noted whom the answer tells of.
    pub told: &'r Told,
}

/// JSON that answers a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Error {
    /// Of what kind.
    pub kind: ErrorKind,
    /// The code for machines.
    pub code: &'static str,
    /// The text for people. Never holds what was sent.
    pub message: Cow<'static, str>,
}

/// Kinds of errors that a caller can tell apart.
#[derive(Debug)]
pub enum ErrorKind {
    /// The request is at fault.
    Invalid,
    /// There is no such object, or none that the caller may see. It is answered without a body.
    NotFound,
    /// The operation is not offered on this path.
    Method,
    /// The source gave no answer.
    Source(SourceError),
    /// The fault is ours.
    Internal(serde_json::Error),
}

/// Most objects on a page, and how many when nothing is said.
const PAGE: usize = 1000;
const PAGE_DEFAULT: usize = 500;

/// The operations, answered from a source.
pub struct Service {
    options: Options,
    view: Mutex<Option<Arc<View>>>,
}

impl Service {
    /// With these choices.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options, view: Mutex::new(None) }
    }

    /// Answers a request from a source.
    pub async fn answer(&self, source: &dyn Source, request: Request<'_>) -> Result<Answer, Error> {
        let Request { method, path, query, caller, told } = request;
        let path = match path {
            [path @ .., ""] => path,
            path => path,
        };
        let (kind, id) = match path {
            [kind] => (kind, None),
            [kind, id] => (kind, Some(id)),
            _ => return Err(Error::not_found()),
        };
        let kind = self::kind(kind).ok_or_else(Error::not_found)?;
        if method != "GET" && method != "HEAD" {
            return Err(Error::new(ErrorKind::Method, "METHOD_NOT_ALLOWED", "This path can only be read."));
        }
        let parameters = Parameters::parse(query, id.is_none())?;
        if kind != Kind::Organisation {
            told.personal();
        }
        let reader = || Reader::new(&self.options, caller, parameters.reference_names).noting(told);
        match id {
            Some(id) => {
                let id = Uuid::try_parse(id).map_err(|_| Error::invalid("INVALID_ID", "The id is no UUID."))?;
                let view = self.view(source).await?;
                let mut body = Vec::new();
                if !view.write(kind, id, &reader(), &mut body)? {
                    return Err(Error::not_found());
                }
                Ok(Answer { status: 200, body })
            }
            None => {
                let view = self.view(source).await?;
                list(kind, &view, &parameters, caller, &reader())
            }
        }
    }

    /// The view of the source's present state; the one made last if nothing has changed.
    async fn view(&self, source: &dyn Source) -> Result<Arc<View>, Error> {
        let institutions = source.institutions().await.map_err(Error::source)?;
        // Held while a new view is made, so that of many requests after a change one makes it and the others wait for it.
        let mut kept = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = kept.as_ref().filter(|it| Arc::ptr_eq(it.institutions(), &institutions)) {
            return Ok(view.clone());
        }
        let view = Arc::new(View::new(institutions, &self.options));
        *kept = Some(view.clone());
        Ok(view)
    }
}

/// What a path asks for, in the words of the standard: a resource, or one object of it. Nothing of the path that is not one of them.
#[must_use]
pub fn operation(path: &[&str]) -> String {
    match path {
        [kind] | [kind, ""] if self::kind(kind).is_some() => (*kind).to_owned(),
        [kind, _] | [kind, _, ""] if self::kind(kind).is_some() => format!("{kind}/{{id}}"),
        _ => String::new(),
    }
}

fn kind(segment: &str) -> Option<Kind> {
    Some(match segment {
        "organisations" => Kind::Organisation,
        "persons" => Kind::Person,
        "groups" => Kind::Group,
        "duties" => Kind::Duty,
        "placements" => Kind::Placement,
        _ => return None,
    })
}

fn list<'r>(
    kind: Kind,
    view: &'r View,
    parameters: &Parameters,
    caller: &Caller,
    reader: &Reader<'r>,
) -> Result<Answer, Error> {
    let Parameters { limit, after, reference_names } = *parameters;
    let (ids, more) = view.ids(kind, after, limit, caller);
    let mut body = Vec::with_capacity(ids.len() * 1024 + 64);
    body.extend_from_slice(b"{\"data\":[");
    let start = body.len();
    for id in &ids {
        let before = body.len();
        if before > start {
            body.push(b',');
        }
        if !view.write(kind, *id, reader, &mut body)? {
            body.truncate(before);
        }
    }
    body.extend_from_slice(b"],\"pageToken\":");
    match ids.last().filter(|_| more) {
        Some(last) => body.extend_from_slice(format!("\"{}\"}}", token(*last, reference_names)).as_bytes()),
        None => body.extend_from_slice(b"null}"),
    }
    Ok(Answer { status: 200, body })
}

/// What can be asked for besides the path.
struct Parameters {
    limit: usize,
    after: Option<Uuid>,
    reference_names: bool,
}

impl Parameters {
    /// Unknown names are refused: a filter that is ignored shows what was to be left out.
    fn parse(query: &[(&str, &str)], list: bool) -> Result<Self, Error> {
        let mut limit = None;
        let mut page = None;
        let mut names = None;
        for (name, value) in query {
            match *name {
                "limit" if list => limit = Some(self::limit(value)?),
                "pageToken" if list => page = Some(read_token(value)?),
                "expandReferenceNames" => names = Some(boolean(value)?),
                _ => return Err(Error::invalid("INVALID_FILTER", "There is no such query parameter here.")),
            }
        }
        let (after, carried) = page.map_or((None, None), |(after, names)| (Some(after), Some(names)));
        if let (Some(sent), Some(carried)) = (names, carried)
            && sent != carried
        {
            return Err(Error::invalid("INVALID_PAGE_TOKEN", "A page token goes with the limit alone."));
        }
        let reference_names = carried.or(names).unwrap_or_default();
        Ok(Self { limit: limit.unwrap_or(PAGE_DEFAULT).min(PAGE), after, reference_names })
    }
}

fn limit(value: &str) -> Result<usize, Error> {
    match value.parse() {
        Ok(limit @ 1..) => Ok(limit),
        _ => Err(Error::invalid("INVALID_FILTER", "The limit is a number from one.")),
    }
}

fn boolean(value: &str) -> Result<bool, Error> {
    match value {
        _ if value.eq_ignore_ascii_case("true") => Ok(true),
        _ if value.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Error::invalid("INVALID_FILTER", "A truth value is true or false.")),
    }
}

/// The place after an object, with what was asked for; opaque to callers.
fn token(last: Uuid, reference_names: bool) -> String {
    let mut bytes = [0; 17];
    bytes[0] = u8::from(reference_names);
    bytes[1..].copy_from_slice(last.as_bytes());
    BASE32_NOPAD.encode(&bytes)
}

fn read_token(token: &str) -> Result<(Uuid, bool), Error> {
    let bytes = BASE32_NOPAD.decode(token.as_bytes()).ok().filter(|it| it.len() == 17 && it[0] < 2);
    let bytes = bytes.ok_or_else(|| Error::invalid("INVALID_PAGE_TOKEN", "The page token is none of ours."))?;
    let id = Uuid::from_slice(&bytes[1..]).unwrap_or_default();
    Ok((id, bytes[0] == 1))
}

impl Error {
    fn new(kind: ErrorKind, code: &'static str, message: &'static str) -> Self {
        Self { kind, code, message: Cow::Borrowed(message) }
    }

    fn invalid(code: &'static str, message: &'static str) -> Self {
        Self::new(ErrorKind::Invalid, code, message)
    }

    fn not_found() -> Self {
        Self::new(ErrorKind::NotFound, "NOT_FOUND", "There is no such object.")
    }

    fn source(error: SourceError) -> Self {
        let message = Cow::Owned(error.to_string());
        Self { kind: ErrorKind::Source(error), code: "SOURCE", message }
    }

    /// The body of the answer; nothing is said about what is not there.
    pub fn body(&self) -> Option<Vec<u8>> {
        let error = model::Error { code: self.code, message: Cow::Borrowed(&self.message) };
        match self.kind {
            ErrorKind::NotFound => None,
            ErrorKind::Invalid | ErrorKind::Method | ErrorKind::Source(_) | ErrorKind::Internal(_) => {
                serde_json::to_vec(&error).ok()
            }
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::new(ErrorKind::Internal(error), "INTERNAL", "The object could not be written.")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Source(error) => Some(error),
            ErrorKind::Internal(error) => Some(error),
            ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Method => None,
        }
    }
}

#[cfg(test)]
mod tests;
