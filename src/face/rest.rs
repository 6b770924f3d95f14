//! The routes of a REST standard, over HTTP.

use hyper::{Request, StatusCode, body::Incoming, header};

use super::{Answer, Asking, Faces, access::Access, answer as reply, bearer, rescue, rescue::Trouble, with_headers};
use crate::{
    caller,
    domain::OrganisationNumber,
    standards::ss12000::{
        context::Rights,
        serve::{self, ErrorKind},
        view::Caller,
    },
};

pub(super) async fn answer(faces: &Faces, rest: &str, request: &Request<Incoming>) -> Answer {
    let access = Access::begin(faces, "ss12000");
    let said = respond(faces, rest, request, &access).await;
    match access.ended(faces, said).await {
        Ok((answer, asking)) => {
            let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
            asking.aged(reply(status, "application/json", answer.body))
        }
        Err(trouble) => {
            let (status, body) = rescue::ss12000_error(&trouble);
            let mut answer = reply(status, "application/json", body.map(|it| it.to_string()).unwrap_or_default());
            if answer.status() == StatusCode::NOT_FOUND {
                answer.headers_mut().remove(header::CONTENT_TYPE);
            }
            with_headers(&trouble, answer)
        }
    }
}

async fn respond(
    faces: &Faces,
    rest: &str,
    request: &Request<Incoming>,
    access: &Access,
) -> Result<(serve::Answer, Asking), Trouble> {
    let segments: Vec<String> = rest.trim_start_matches('/').split('/').map(decoded).collect();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    access.asks(|| serve::operation(&path));
    let callers = faces.callers.now();
    let caller = bearer(&callers, request.headers(), "ss12000", access.told())?;
    let parameters = super::json::parameters(request.uri().query().unwrap_or_default());
    let query: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let caller = seen_by(caller);
    let asked = serve::Request {
        method: request.method().as_str(),
        path: &path,
        query: &query,
        caller: &caller,
        told: access.told(),
    };
    let asking = Asking::begin(faces, request.headers(), access.told()).await?;
    let answered = faces.ss12000.answer(&*asking.source(faces), asked).await;
    let answer = answered.map_err(|error| match error.kind {
        ErrorKind::Method => Trouble::Method("GET, HEAD"),
        ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Source(_) | ErrorKind::Internal(_) => {
            Trouble::Ss12000(error)
        }
    })?;
    Ok((answer, asking))
}

/// A caller's rights in the standard's words.
fn seen_by(caller: &caller::Caller) -> Caller {
    let caller::Rights { institutions, agreements: _, civil_ids, protected, faces: _ } = &caller.rights;
    let number = |it: &String| OrganisationNumber::new(it.clone());
    let institutions = institutions.as_ref().map(|all| {
        let mut numbers: Vec<_> = all.iter().map(number).collect();
        numbers.sort();
        numbers
    });
    Caller { rights: Rights { civil_numbers: *civil_ids, real_names: *protected, responsibles: true }, institutions }
}

fn decoded(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
