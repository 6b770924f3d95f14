//! The operations of a contract as JSON: GET with query parameters or POST with a JSON body, at
//! `/unilogin/{service}/{version}/{operation}`. What asks with national identity numbers is only ever posted.

use std::sync::Arc;

use hyper::{Method, Request, StatusCode, body::Incoming, header};
use serde_json::Value;
use soap::{
    schema::Kind,
    xml::{Decoder, Writer},
};
use tokio::task;

use super::{Answer, Asking, Faces, access::Access, answer as reply, bearer, body, problem, rescue::Trouble};
use crate::{
    caller::Caller,
    standards::unilogin::{self, Generation, Service, dialect::Dialect, json, serve::Response},
};

pub(super) async fn answer(faces: &Arc<Faces>, rest: &str, request: Request<Incoming>) -> Answer {
    let access = Access::begin(faces, "json");
    let said = respond(faces, rest, request, &access).await;
    match access.ended(faces, said).await {
        Ok((text, asking)) => asking.aged(reply(StatusCode::OK, "application/json", text)),
        Err(trouble) => problem(&trouble),
    }
}

async fn respond(
    faces: &Arc<Faces>,
    rest: &str,
    request: Request<Incoming>,
    access: &Access,
) -> Result<(String, Asking), Trouble> {
    let path = rest.trim_matches('/');
    let (contract, operation) = path.rsplit_once('/').ok_or(Trouble::NotFound)?;
    // Legacy messages carry their credentials in the body; here a token does that, so the newest version is enough.
    let is_it = |it: &&Service| it.generation == Generation::Bpi && it.short_path() == contract;
    let service = unilogin::SERVICES.iter().find(is_it).ok_or(Trouble::NotFound)?;
    let operation = service.contract.operations.iter().position(|it| it.name == operation).ok_or(Trouble::NotFound)?;
    access.asks_for(service, operation);
    let callers = faces.callers.now();
    let caller = bearer(&callers, request.headers(), "unilogin", access.told())?;
    let asking = Asking::begin(faces, request.headers(), access.told()).await?;
    let element = service.contract.operations[operation].input;
    let misfit = |it: json::Misfit| Trouble::Json(it.pointer, it.why);
    let value = match *request.method() {
        Method::GET | Method::HEAD if service.is_shy() => return Err(Trouble::Shy),
        Method::GET | Method::HEAD if service.takes_in(operation) => return Err(Trouble::Method("POST")),
        Method::GET | Method::HEAD => {
            json::from_query(element, &parameters(request.uri().query().unwrap_or_default())).map_err(misfit)?
        }
        Method::POST => posted(faces, service, request).await?,
        _ if service.is_shy() => return Err(Trouble::Shy),
        _ => return Err(Trouble::Method("GET, HEAD, POST")),
    };
    let xml = json::to_xml(element, &value).map_err(misfit)?;
    if service.takes_in(operation) {
        let told = hand_in(faces, service, operation, xml, caller, access.clone()).await?;
        return Ok((told, asking));
    }
    let mut decoder = Decoder::new(&xml, contracts::NAMESPACES);
    decoder.root().map_err(Trouble::Unfit)?;
    let asked = unilogin::serve::ask(service, operation, &mut decoder).map_err(Trouble::Unfit)?;
    let trouble = |refusal| Trouble::Unilogin(refusal, service.generation);
    let response = {
        let source = asking.source(faces);
        let counter = faces.desk(&*source, &callers, None, unilogin::Signed::Missing, access.told()).counter(caller);
        unilogin::serve::respond_to(asked, &counter).await.map_err(trouble)?
    };
    let kind = service.contract.operations[operation].output.kind;
    let text = match response {
        // Everybody at an institution is not told in passing.
        Response::Pull(_) => task::spawn_blocking(move || told(&response, kind)).await.unwrap_or(Err(Trouble::Ours)),
        _ => told(&response, kind),
    };
    Ok((text?, asking))
}

/// Hands in what the XML of a request says. Whoever keeps it may have to wait for a disk.
async fn hand_in(
    faces: &Arc<Faces>,
    service: &'static Service,
    operation: usize,
    xml: String,
    caller: &Caller,
    access: Access,
) -> Result<String, Trouble> {
    let (faces, caller) = (faces.clone(), caller.clone());
    let taking = task::spawn_blocking(move || {
        access.begun(&faces)?;
        let plain = Dialect::default();
        let callers = faces.callers.now();
        let desk = faces.desk(&*faces.source, &callers, None, unilogin::Signed::Missing, access.told());
        let desk = unilogin::Desk { dialect: &plain, ..desk };
        let response = unilogin::serve::import::take_in_text(service, operation, &xml, &desk, &caller);
        let told = response
            .map_err(|refusal| Trouble::Unilogin(refusal, service.generation))
            .and_then(|it| told(&it, service.contract.operations[operation].output.kind));
        // It is done, whether the sender waits for the answer or not.
        access.ended_now(&faces, told)
    });
    taking.await.unwrap_or(Err(Trouble::Ours))
}

fn told(response: &Response, kind: Kind) -> Result<String, Trouble> {
    let mut writer = Writer::new(contracts::NAMESPACES);
    response.write(&Dialect::default(), &mut writer);
    let xml = writer.finish();
    let mut decoder = Decoder::new(&xml, contracts::NAMESPACES);
    decoder.root()?;
    Ok(json::from_xml(&mut decoder, kind)?.to_string())
}

async fn posted(faces: &Faces, service: &Service, request: Request<Incoming>) -> Result<Value, Trouble> {
    let media_type = request.headers().get(header::CONTENT_TYPE);
    if !media_type.is_none_or(|it| it.to_str().is_ok_and(|it| it.contains("json"))) {
        return Err(Trouble::Media(format!("Here JSON is spoken. SOAP is at {}.", service.path)));
    }
    let bytes = body(faces, request, usize::MAX).await?;
    // The position, not the text, which may be somebody's number.
    serde_json::from_slice(&bytes)
        .map_err(|it| Trouble::Json(String::new(), format!("line {}, column {}: not JSON", it.line(), it.column())))
}

/// The parameters of a query, decoded.
pub(super) fn parameters(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}
