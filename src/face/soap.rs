//! POST a message, get a message: envelope, operation, port type, envelope. GET `?wsdl` and `?xsd=`: the contract.

use std::{borrow::Cow, io::Read, iter, net::SocketAddr, sync::Arc};

use hyper::{
    Method, Request, StatusCode,
    body::{Bytes, Incoming},
    header,
};
use soap::{
    Version,
    xml::{Decoder, Writer, text},
};
use tokio::task;

use super::{
    Answer, Faces, announced, answer as reply, body, problem, rescue,
    rescue::Trouble,
    stream::{self, Arriving, Bounds, Outgoing, Packing},
};
use crate::standards::unilogin::{
    self, Refusal, Service,
    message::{Heading, Unusable},
    serve::{
        Response,
        eksport::{PIECE, Pull},
    },
};

pub(super) async fn answer(
    faces: &Arc<Faces>,
    service: &'static Service,
    request: Request<Incoming>,
    local: Option<SocketAddr>,
) -> Answer {
    let query = request.uri().query().unwrap_or_default();
    match *request.method() {
        Method::GET | Method::HEAD if unilogin::documents::is_asked(query) => document(faces, service, &request, local),
        Method::GET | Method::HEAD => {
            let told = format!(
                "This is {}. POST SOAP messages here; the contract is at {}?wsdl\n",
                service.contract.path, service.path
            );
            super::text(StatusCode::OK, &told)
        }
        Method::POST => {
            let (form, charset) = (form(request.headers()), charset(request.headers()));
            let mut version = if form == Form::TextXml { Version::Soap11 } else { Version::Soap12 };
            let said = if takes_in(service) && form != Form::Json {
                arriving(faces, service, request, charset, &mut version).await
            } else {
                match body(faces, request).await {
                    Ok(bytes) => message(faces, service, &bytes, form, charset.as_deref(), &mut version).await,
                    Err(trouble) => Err(trouble),
                }
            };
            match said {
                Ok(said) => reply(StatusCode::OK, content_type(version), said),
                Err(trouble) => fault(faces, &trouble, version),
            }
        }
        _ => problem(&Trouble::Method("GET, HEAD, POST")),
    }
}

/// Whether a service takes in documents that are too large to be held.
fn takes_in(service: &Service) -> bool {
    service.contract.path.starts_with("unilogin/wsaimport/")
}

/// Lets a thread that may wait read a message as it arrives.
async fn arriving(
    faces: &Arc<Faces>,
    service: &'static Service,
    request: Request<Incoming>,
    charset: Option<Cow<'static, str>>,
    version: &mut Version,
) -> Result<Outgoing, Trouble> {
    let bounds = Bounds { bytes: faces.listen.import_body, patience: faces.listen.body_timeout() };
    announced(&request, bounds.bytes)?;
    let packing = Packing::of(request.headers())?;
    let arriving = Arriving::new(request.into_body(), bounds);
    let (at, mut told) = (faces.clone(), *version);
    let reading = task::spawn_blocking(move || {
        let taken = packing
            .unpack(arriving, bounds.bytes)
            .map_err(|why| stream::trouble(&why))
            .and_then(|input| take_in(&at, service, input, charset.as_deref(), &mut told));
        (taken, told)
    });
    let (taken, told) = reading.await.unwrap_or((Err(Trouble::Ours), *version));
    *version = told;
    match taken? {
        Taken::Answer(answer) => Ok(answer.into()),
        Taken::Text(text) => said(faces, service, &text, version).await,
    }
}

/// A message that has been read as it arrived.
enum Taken {
    /// Something was handed in, and this is the answer.
    Answer(String),
    /// A question like others.
    Text(String),
}

/// Takes in a message while it arrives. May wait.
fn take_in(
    faces: &Faces,
    service: &'static Service,
    input: impl Read,
    charset: Option<&str>,
    version: &mut Version,
) -> Result<Taken, Trouble> {
    let dialect = &faces.options.dialect;
    let mut records = unilogin::import::records(input, dialect).with_charset(charset);
    let refused = |refusal| refused(refusal, service);
    let head = records.head().map_err(|why| refused(why.into()))?;
    let mut decoder = Decoder::new(&head, dialect.namespaces);
    let heading = Heading::read(service, &mut decoder, faces.options.lenient_namespaces, dialect);
    let heading = heading.map_err(|why| unusable(why, version))?;
    *version = heading.version;
    if !service.takes_in(heading.operation) {
        drop((decoder, heading));
        return Ok(Taken::Text(head));
    }
    let callers = faces.callers.now();
    let desk = faces.desk(&callers, heading.provider.as_deref().map(str::trim));
    let response = unilogin::serve::import::take_in(service, heading.operation, decoder, &mut records, &desk);
    let response = response.map_err(refused)?;
    let mut writer = Writer::new(dialect.namespaces);
    heading.answer(&mut writer, |writer| response.write(dialect, writer));
    Ok(Taken::Answer(writer.finish()))
}

/// What a refusal is told as: of a body that does not arrive, why.
fn refused(refusal: Refusal, service: &Service) -> Trouble {
    match refusal {
        Refusal::Input(why) => stream::trouble(&why),
        other => Trouble::Unilogin(other, service.generation),
    }
}

/// Answers one message. `version` is set as soon as the envelope has told it, so that a fault is written in the same SOAP.
async fn message(
    faces: &Faces,
    service: &'static Service,
    bytes: &Bytes,
    form: Form,
    charset: Option<&str>,
    version: &mut Version,
) -> Result<Outgoing, Trouble> {
    if form == Form::Json {
        return Err(Trouble::Media(format!(
            "Here SOAP is spoken. The JSON form is at /unilogin/{}/{{operation}}.",
            service.short_path()
        )));
    }
    let text = text::decode(bytes, charset)?;
    said(faces, service, &text, version).await
}

/// The same, of a message that is text already.
async fn said(
    faces: &Faces,
    service: &'static Service,
    text: &str,
    version: &mut Version,
) -> Result<Outgoing, Trouble> {
    let dialect = &faces.options.dialect;
    let mut decoder = Decoder::new(text, dialect.namespaces);
    let heading = Heading::read(service, &mut decoder, faces.options.lenient_namespaces, dialect);
    let heading = heading.map_err(|why| unusable(why, version))?;
    *version = heading.version;
    let callers = faces.callers.now();
    let desk = faces.desk(&callers, heading.provider.as_deref().map(str::trim));
    let trouble = |refusal| Trouble::Unilogin(refusal, service.generation);
    let response = unilogin::serve::answer(service, heading.operation, &mut decoder, &desk).await.map_err(trouble)?;
    if let Response::Pull(pull) = response {
        return Ok(made(pull, &heading));
    }
    let mut writer = Writer::new(dialect.namespaces);
    heading.answer(&mut writer, |writer| response.write(dialect, writer));
    Ok(writer.finish().into())
}

/// An export is made as it is sent, unless it is no more than one piece.
fn made(pull: Pull, heading: &Heading<'_>) -> Outgoing {
    let mut pieces = pull.pieces(|writer, answer| heading.answer(writer, answer));
    let first = pieces.next().unwrap_or_default();
    if pieces.is_done() {
        return first.into();
    }
    Outgoing::made(iter::once(first).chain(pieces).flat_map(|it| slices(it.into())))
}

/// What stands before the persons may be long. Whoever sends it copies it, and need not do so at once.
fn slices(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    iter::from_fn(move || {
        let length = if bytes.len() > 2 * PIECE { PIECE } else { bytes.len() };
        (length > 0).then(|| bytes.split_to(length))
    })
}

/// An envelope's own troubles say themselves in which SOAP it was.
fn unusable(why: Unusable, version: &mut Version) -> Trouble {
    match why {
        Unusable::Envelope(error) => Trouble::Envelope(error),
        Unusable::Operation(told, which) => {
            *version = told;
            Trouble::Operation(which)
        }
    }
}

fn fault(faces: &Faces, trouble: &Trouble, version: Version) -> Answer {
    let (status, own_version, fault) = rescue::fault(trouble, faces.options.sender_status);
    let version = own_version.unwrap_or(version);
    let mut writer = Writer::new(contracts::NAMESPACES);
    fault.write(version, &mut writer, None);
    reply(status, content_type(version), writer.finish())
}

const fn content_type(version: Version) -> &'static str {
    match version {
        Version::Soap11 => "text/xml; charset=utf-8",
        Version::Soap12 => "application/soap+xml; charset=utf-8",
    }
}

/// The form a body is said to be in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `text/xml`, which SOAP 1.1 uses.
    TextXml,
    /// Anything that ends in `json`.
    Json,
    /// `application/soap+xml`, nothing, or whatever else: the envelope tells.
    Other,
}

fn form(headers: &header::HeaderMap) -> Form {
    let value = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    let ends_in_json = media_type.len() >= 4 && media_type.is_char_boundary(media_type.len() - 4);
    if media_type.eq_ignore_ascii_case("text/xml") {
        Form::TextXml
    } else if ends_in_json && media_type[media_type.len() - 4..].eq_ignore_ascii_case("json") {
        Form::Json
    } else {
        Form::Other
    }
}

/// The `charset` parameter of the content type, quoted or not.
fn charset(headers: &header::HeaderMap) -> Option<Cow<'static, str>> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let parameter = |it: &str| {
        let (name, value) = it.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        let value =
            if value.eq_ignore_ascii_case("utf-8") { Cow::Borrowed("utf-8") } else { Cow::Owned(value.to_owned()) };
        name.trim().eq_ignore_ascii_case("charset").then_some(value)
    };
    value.split(';').skip(1).find_map(parameter)
}

/// The contract, with references that lead back to where it was asked for.
fn document(
    faces: &Faces,
    service: &'static Service,
    request: &Request<Incoming>,
    local: Option<SocketAddr>,
) -> Answer {
    let host = request.headers().get(header::HOST).and_then(|it| it.to_str().ok());
    let host = host.filter(|it| it.bytes().all(|it| it.is_ascii_alphanumeric() || b".-:[]_".contains(&it)));
    let own = local.map_or_else(|| "localhost".to_owned(), |it| it.to_string());
    let base = match &faces.listen.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", host.unwrap_or(&own)),
    };
    let query = request.uri().query().unwrap_or_default();
    let address = format!("{base}{}", service.path);
    match unilogin::documents::answer(service.contract, query, &address, &faces.options.dialect) {
        Some(text) => reply(StatusCode::OK, "text/xml; charset=utf-8", text),
        None => problem(&Trouble::NotFound),
    }
}
