//! The routes of a REST standard, over HTTP.

use std::sync::Arc;

use hyper::{Method, Request, StatusCode, body::Incoming, header};
use tokio::task;

use super::{
    Answer, Asking, Faces, access::Access, answer as reply, bearer, body, rescue, rescue::Trouble, text, with_headers,
};
use crate::{
    caller::{self, Scopes},
    clock,
    domain::OrganisationNumber,
    standards::ss12000::{
        context::{Consumer, Rights},
        serve::{self, ErrorKind, Pace, capabilities, openapi},
        view::Caller,
    },
};

pub(super) async fn answer(faces: &Arc<Faces>, rest: &str, request: Request<Incoming>) -> Answer {
    if rest.trim_matches('/') == "capabilities" {
        return tell_capabilities(faces, &request);
    }
    let access = Access::begin(faces, "ss12000");
    let said = respond(faces, rest, request, &access).await;
    match access.ended(faces, said).await {
        Ok((answer, asking)) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            let empty = answer.body.is_empty();
            asking.aged(without_type_of_nothing(empty, reply(status, "application/json", answer.body)))
        }
        Err(trouble) => refuse(&trouble),
    }
}

/// The document of the standard's operations.
pub(super) fn document(faces: &Faces, method: &Method) -> Answer {
    match *method {
        Method::GET | Method::HEAD => {
            let document = openapi::document(&faces.options.ss12000_prefix);
            reply(StatusCode::OK, "application/json", document.to_string())
        }
        _ => refuse(&Trouble::Method("GET, HEAD")),
    }
}

fn tell_capabilities(faces: &Faces, request: &Request<Incoming>) -> Answer {
    let prefix = &faces.options.ss12000_prefix;
    let accept = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    match *request.method() {
        Method::GET | Method::HEAD if accept.contains("text/") => text(StatusCode::OK, &capabilities::text(prefix)),
        Method::GET | Method::HEAD => reply(StatusCode::OK, "application/json", capabilities::json(prefix).to_string()),
        _ => refuse(&Trouble::Method("GET, HEAD")),
    }
}

fn refuse(trouble: &Trouble) -> Answer {
    let (status, body) = rescue::ss12000_error(trouble);
    let empty = body.is_none();
    let answer = reply(status, "application/json", body.map(|it| it.to_string()).unwrap_or_default());
    with_headers(trouble, without_type_of_nothing(empty, answer))
}

fn without_type_of_nothing(empty: bool, mut answer: Answer) -> Answer {
    if empty {
        answer.headers_mut().remove(header::CONTENT_TYPE);
    }
    answer
}

async fn respond(
    faces: &Arc<Faces>,
    rest: &str,
    request: Request<Incoming>,
    access: &Access,
) -> Result<(serve::Answer, Asking), Trouble> {
    let segments: Vec<String> = rest.trim_start_matches('/').split('/').map(decoded).collect();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    access.asks(|| serve::operation(&path));
    let callers = faces.callers.now();
    let caller = bearer(&callers, request.headers(), "ss12000", access.told())?;
    let (seen, name) = (seen_by(caller), caller.name.clone());
    let parameters = parameters(request.uri().query().unwrap_or_default())?;
    let method = request.method().clone();
    let asking = Asking::begin(faces, request.headers(), access.told()).await?;
    let posted = if let Some(limit) = serve::body_limit(method.as_str(), &path) {
        let media_type = request.headers().get(header::CONTENT_TYPE);
        if !media_type.is_none_or(|it| it.to_str().is_ok_and(|it| it.contains("json"))) {
            return Err(Trouble::Media("Here JSON is spoken.".to_owned()));
        }
        body(faces, request, limit).await?
    } else {
        hyper::body::Bytes::new()
    };
    let view = faces.ss12000.view(&*asking.source(faces)).await;
    let pace = serve::pace(method.as_str(), &path);
    let (here, access) = (faces.clone(), access.clone());
    let answering = move || {
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let query: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let asked = serve::Request {
            method: method.as_str(),
            path: &path,
            query: &query,
            body: &posted,
            caller: &seen,
            name: &name,
            now: clock::now(),
            told: access.told(),
        };
        here.ss12000.answer_from(view, &asked).map_err(trouble)
    };
    let answered = match pace {
        Pace::Quick => answering(),
        Pace::Waits => task::spawn_blocking(answering).await.unwrap_or(Err(Trouble::Ours)),
        // Nobody else should have to wait for it.
        Pace::Walks => {
            let turn = faces.ss12000.turn().await;
            let walk = move || {
                let answered = answering();
                drop(turn);
                answered
            };
            task::spawn_blocking(walk).await.unwrap_or(Err(Trouble::Ours))
        }
    };
    Ok((answered?, asking))
}

fn trouble(error: serve::Error) -> Trouble {
    match error.kind {
        ErrorKind::Method(allowed) => Trouble::Method(allowed),
        _ => Trouble::Ss12000(error),
    }
}

/// A caller's rights in the standard's words. Scopes narrow what the caller may see elsewhere too, and never widen it.
#[must_use]
pub fn seen_by(caller: &caller::Caller) -> Caller {
    let caller::Rights { institutions, agreements: _, civil_ids, protected, faces: _, ss12000 } = &caller.rights;
    let Scopes { civic_no, contact_data, responsibles, protected_persons } = *ss12000;
    let number = |it: &String| OrganisationNumber::new(it.clone());
    let institutions = institutions.as_ref().map(|all| {
        let mut numbers: Vec<_> = all.iter().map(number).collect();
        numbers.sort();
        numbers
    });
    let rights = Rights {
        civil_numbers: *civil_ids && civic_no,
        real_names: *protected && protected_persons,
        responsibles,
        contact_data,
    };
    let caller::Consumer { school_unit_code, old_duty_roles } = caller.consumer;
    Caller { rights, institutions, consumer: Consumer { school_unit_code, old_duty_roles } }
}

/// The parameters of a query. Bytes that are no text would be looked for as something else than was meant.
fn parameters(query: &str) -> Result<Vec<(String, String)>, Trouble> {
    let is_text = percent_encoding::percent_decode_str(query).decode_utf8().is_ok();
    let why = || serve::Error {
        kind: ErrorKind::Invalid,
        code: "INVALID_FILTER",
        message: "The query is not text in UTF-8.".into(),
    };
    if is_text { Ok(super::json::parameters(query)) } else { Err(Trouble::Ss12000(why())) }
}

fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
