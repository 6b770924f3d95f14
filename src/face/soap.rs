//! POST a message, get a message: envelope, operation, port type, envelope. GET `?wsdl` and `?xsd=`: the contract.

use std::{borrow::Cow, net::SocketAddr};

use hyper::{
    Method, Request, StatusCode,
    body::{Bytes, Incoming},
    header,
};
use soap::{
    Envelope, Version,
    xml::{Decoder, Writer, namespace, shortened, text},
};

use super::{Answer, Faces, answer as reply, body, problem, rescue, rescue::Trouble};
use crate::standards::unilogin::{self, Addressing, Generation, Service};

pub(super) async fn answer(
    faces: &Faces,
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
            let said = match body(faces, request).await {
                Ok(bytes) => message(faces, service, &bytes, form, charset.as_deref(), &mut version).await,
                Err(trouble) => Err(trouble),
            };
            match said {
                Ok(text) => reply(StatusCode::OK, content_type(version), text),
                Err(trouble) => fault(faces, &trouble, version),
            }
        }
        _ => problem(&Trouble::Method("GET, HEAD, POST")),
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
) -> Result<String, Trouble> {
    if form == Form::Json {
        return Err(Trouble::Media(format!(
            "Here SOAP is spoken. The JSON form is at /unilogin/{}/{{operation}}.",
            service.short_path()
        )));
    }
    let text = text::decode(bytes, charset)?;
    let mut decoder = Decoder::new(&text, contracts::NAMESPACES);
    let envelope = Envelope::open(&mut decoder, understands)?;
    *version = envelope.version;
    let operation = operation(faces, service, &decoder)?;
    let addressing = addressing(service, operation, &envelope);
    let provider =
        envelope.headers.iter().find(|it| it.local == "UdbydersystemId" && it.uri.ends_with("/bpi/common/3"));
    let desk = unilogin::Desk {
        source: &*faces.source,
        callers: &faces.callers,
        provider: provider.and_then(|it| it.text.as_deref()).map(str::trim),
        signature_optional: faces.options.signature_optional,
        require_civil_id: faces.options.require_civil_id,
        now: crate::clock::now,
    };
    let trouble = |refusal| Trouble::Unilogin(refusal, service.generation);
    let response = unilogin::serve::answer(service, operation, &mut decoder, &desk).await.map_err(trouble)?;
    let mut writer = Writer::new(contracts::NAMESPACES);
    let headers = addressing.as_ref().map(|it| move |writer: &mut Writer| it.write(writer));
    let headers = headers.as_ref().map(|it| it as &dyn Fn(&mut Writer));
    soap::envelope::write(*version, &mut writer, headers, |writer| response.write(writer));
    Ok(writer.finish())
}

/// The operation whose element the body holds. The action is a hint that nobody needs: clients leave it out, or quote it.
fn operation(faces: &Faces, service: &'static Service, decoder: &Decoder<'_>) -> Result<usize, Trouble> {
    let (namespace, local) = decoder.name();
    let operations = service.contract.operations;
    let exact = operations.iter().position(|it| it.input.name.namespace == namespace && it.input.name.local == local);
    if let Some(exact) = exact {
        return Ok(exact);
    }
    let named = operations.iter().position(|it| it.input.name.local == local);
    match named {
        // Widespread clients put the common operations into the namespace of the service.
        Some(place) if faces.options.lenient_namespaces && decoder.namespace_uri() == service.contract.namespace => {
            Ok(place)
        }
        Some(place) => {
            let expected = namespace::get(operations[place].input.name.namespace, contracts::NAMESPACES).uri;
            let uri = decoder.namespace_uri();
            let found = shortened(&uri);
            Err(Trouble::Operation(format!("<{local}> is in the namespace {found:?}, expected {expected:?}.")))
        }
        None => {
            let names: Vec<&str> = operations.iter().map(|it| it.name).collect();
            let local: String = local.chars().take(60).collect();
            Err(Trouble::Operation(format!("<{local}> is not one of {}.", names.join(", "))))
        }
    }
}

/// The addressing of the answer, if the request had any.
fn addressing(service: &'static Service, operation: usize, envelope: &Envelope<'_>) -> Option<Addressing> {
    if service.generation == Generation::Legacy {
        return None;
    }
    let text =
        |local| envelope.header(namespace::WSA, local).and_then(|it| it.text.as_deref()).map(|it| it.trim().to_owned());
    envelope
        .headers
        .iter()
        .any(|it| it.namespace == namespace::WSA)
        .then(|| Addressing { action: service.response_action(operation), relates_to: text("MessageID") })
}

/// The header blocks we honour when they are mandatory.
fn understands(namespace: &str, local: &str) -> bool {
    let security = local == "Security" && namespace.ends_with("wss-wssecurity-secext-1.0.xsd");
    security || namespace == "http://www.w3.org/2005/08/addressing" || local == "UdbydersystemId"
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
    match unilogin::documents::answer(service.contract, query, &format!("{base}{}", service.path)) {
        Some(text) => reply(StatusCode::OK, "text/xml; charset=utf-8", text),
        None => problem(&Trouble::NotFound),
    }
}
