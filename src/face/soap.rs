//! POST a message, get a message: envelope, operation, port type, envelope. GET `?wsdl` and `?xsd=`: the contract.

use std::{borrow::Cow, io::Read, iter, net::SocketAddr, sync::Arc};

use hyper::{
    Method, Request, StatusCode,
    body::{Bytes, Incoming},
    header,
};
use soap::{
    Version,
    xml::{
        Decoder, Writer,
        text::{self, Utf8},
    },
};
use tokio::task;
use wsse::watch::{Proof, watch};

use super::{
    Answer, Asking, Faces,
    access::Access,
    announced, answer as reply, body, problem, rescue,
    rescue::Trouble,
    seal,
    stream::{self, Arriving, Bounds, Outgoing, Packing},
    with_headers,
};
use crate::standards::unilogin::{
    self, Addressing, Refusal, Service,
    message::{Heading, Unusable},
    serve::{Response, eksport::PIECE},
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
            let version = if form == Form::TextXml { Version::Soap11 } else { Version::Soap12 };
            let access = Access::begin(faces, "soap");
            let mut told =
                Told { version, addressing: None, is_signed: false, asking: Arc::default(), access: access.clone() };
            match Asking::begin(faces, request.headers(), access.told()).await {
                Ok(asking) => told.asking = Arc::new(asking),
                Err(trouble) => return fault(faces, &access.refused(faces, trouble).await, &told),
            }
            let said = if takes_in(service) && form != Form::Json {
                arriving(faces, service, request, charset, &mut told).await
            } else {
                match body(faces, request, usize::MAX).await {
                    Ok(bytes) => message(faces, service, &bytes, form, charset.as_deref(), &mut told).await,
                    Err(trouble) => Err(trouble),
                }
            };
            match access.ended(faces, said).await {
                Ok(said) => told.asking.aged(reply(StatusCode::OK, content_type(told.version), said)),
                Err(trouble) => fault(faces, &trouble, &told),
            }
        }
        _ => problem(&Trouble::Method("GET, HEAD, POST")),
    }
}

/// What a message has told of itself that its answer depends on, and a fault too.
#[derive(Clone)]
struct Told {
    /// In which SOAP it is.
    version: Version,
    /// How answers to it are addressed.
    addressing: Option<Addressing>,
    /// Whether it is signed, and rightly.
    is_signed: bool,
    /// In whose name it asks, and how old what it is told is.
    asking: Arc<Asking>,
    /// What is recorded of it.
    access: Access,
}

impl Told {
    /// Takes over what is known once the envelope is open.
    fn note(&mut self, heading: &Heading<'_>) {
        self.version = heading.version;
        self.addressing.clone_from(&heading.addressing);
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
    told: &mut Told,
) -> Result<Outgoing, Trouble> {
    let bounds = Bounds { bytes: faces.listen.import_body, patience: faces.listen.body_timeout() };
    announced(&request, bounds.bytes)?;
    let packing = Packing::of(request.headers())?;
    let arriving = Arriving::new(request.into_body(), bounds);
    let (at, mut now_told) = (faces.clone(), told.clone());
    let reading = task::spawn_blocking(move || {
        let taken = packing
            .unpack(arriving, bounds.bytes)
            .map_err(|why| stream::trouble(&why))
            .and_then(|input| take_in(&at, service, input, charset.as_deref(), &mut now_told));
        // It is done, whether the sender waits for the answer or not.
        let taken = match taken {
            Ok(Taken::Text(text)) => Ok(Taken::Text(text)),
            done => now_told.access.ended_now(&at, done),
        };
        (taken, now_told)
    });
    let (taken, now_told) = reading.await.unwrap_or((Err(Trouble::Ours), told.clone()));
    *told = now_told;
    match taken? {
        Taken::Answer(answer) => Ok(answer.into()),
        Taken::Text(text) => said(faces, service, &text, told).await,
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
    told: &mut Told,
) -> Result<Taken, Trouble> {
    let dialect = &faces.options.dialect;
    let (input, witness) = watch(Utf8::new(input).with_charset(charset));
    // Whatever it was, it is UTF-8 now.
    let mut records = unilogin::import::records(input, dialect).with_charset(Some("utf-8"));
    let refused = |refusal| refused(refusal, service);
    let head = records.head().map_err(|why| refused(why.into()))?;
    let mut decoder = Decoder::new(&head, dialect.namespaces);
    let heading = Heading::read(service, &mut decoder, faces.options.lenient_namespaces, dialect);
    let mut heading = heading.map_err(|why| unusable(why, told))?;
    told.note(&heading);
    told.access.asks_for(service, heading.operation);
    if !service.takes_in(heading.operation) {
        drop((decoder, heading));
        return Ok(Taken::Text(head));
    }
    told.access.begun(faces)?;
    let proof = witness.open(|opening| faces.signatures.opened(service, opening))?;
    if let Some(proof) = &proof {
        heading.rely_on(proof.facts());
        told.note(&heading);
        told.is_signed = true;
    }
    let callers = faces.callers.now();
    let signed = seal::signed(proof.as_ref().map(Proof::facts), faces.options.signature_optional);
    let desk = faces.desk(&*faces.source, &callers, heading.provider.as_deref(), signed, told.access.told());
    let proven = || proof.as_ref().map_or(Ok(()), |it| it.prove().map_err(Refusal::Signature));
    let response = unilogin::serve::import::take_in(service, heading.operation, decoder, &mut records, &desk, &proven);
    let response = response.map_err(refused)?;
    let mut writer = Writer::new(dialect.namespaces);
    heading.answer(&mut writer, |writer| response.write(dialect, writer));
    finished(faces, told, writer.finish()).map(Taken::Answer)
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
    told: &mut Told,
) -> Result<Outgoing, Trouble> {
    if form == Form::Json {
        return Err(Trouble::Media(format!(
            "Here SOAP is spoken. The JSON form is at /unilogin/{}/{{operation}}.",
            service.short_path()
        )));
    }
    let text = text::decode(bytes, charset)?;
    said(faces, service, &text, told).await
}

/// The same, of a message that is text already.
async fn said(faces: &Faces, service: &'static Service, text: &str, told: &mut Told) -> Result<Outgoing, Trouble> {
    let dialect = &faces.options.dialect;
    let mut decoder = Decoder::new(text, dialect.namespaces);
    let heading = Heading::read(service, &mut decoder, faces.options.lenient_namespaces, dialect);
    let mut heading = heading.map_err(|why| unusable(why, told))?;
    told.note(&heading);
    told.access.asks_for(service, heading.operation);
    let facts = faces.signatures.proven(service, text, &decoder)?;
    if let Some(facts) = &facts {
        heading.rely_on(facts);
        told.note(&heading);
        told.is_signed = true;
    }
    let callers = faces.callers.now();
    let signed = seal::signed(facts.as_ref(), faces.options.signature_optional);
    let asking = told.asking.clone();
    let source = asking.source(faces);
    let desk = faces.desk(&*source, &callers, heading.provider.as_deref(), signed, told.access.told());
    let trouble = |refusal| Trouble::Unilogin(refusal, service.generation);
    let response = unilogin::serve::answer(service, heading.operation, &mut decoder, &desk).await.map_err(trouble)?;
    if let Response::Pull(pull) = response {
        return seal::export(faces, pull, |writer, answer| heading.answer(writer, answer), told.is_signed).await;
    }
    let mut writer = Writer::new(dialect.namespaces);
    heading.answer(&mut writer, |writer| response.write(dialect, writer));
    finished(faces, told, writer.finish()).map(Outgoing::from)
}

/// Who has signed the question gets a signed answer.
fn finished(faces: &Faces, told: &Told, answer: String) -> Result<String, Trouble> {
    match &faces.signatures.signer {
        Some(signer) if told.is_signed => seal::sealed(signer, &answer),
        Some(_) | None => Ok(answer),
    }
}

/// What stands before the persons may be long. Whoever sends it copies it, and need not do so at once.
pub(super) fn slices(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    iter::from_fn(move || {
        let length = if bytes.len() > 2 * PIECE { PIECE } else { bytes.len() };
        (length > 0).then(|| bytes.split_to(length))
    })
}

/// An envelope's own troubles say themselves in which SOAP it was.
fn unusable(why: Unusable, told: &mut Told) -> Trouble {
    match why {
        Unusable::Envelope(error) => Trouble::Envelope(error),
        Unusable::Operation(version, which) => {
            told.version = version;
            Trouble::Operation(which)
        }
    }
}

fn fault(faces: &Faces, trouble: &Trouble, told: &Told) -> Answer {
    let (status, own_version, fault) = rescue::fault(trouble, faces.options.sender_status);
    let version = own_version.unwrap_or(told.version);
    let addressing = told.addressing.as_ref().map(|it| it.of_fault(fault.subcode.is_some()));
    let headers = addressing.as_ref().map(|it| move |writer: &mut Writer| it.write(writer));
    let mut writer = Writer::new(contracts::NAMESPACES);
    fault.write(version, &mut writer, headers.as_ref().map(|it| it as &dyn Fn(&mut Writer)));
    let text = writer.finish();
    // A fault that cannot be signed is one all the same.
    let text = finished(faces, told, text.clone()).unwrap_or(text);
    with_headers(trouble, reply(status, content_type(version), text))
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
