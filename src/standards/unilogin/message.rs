//! The message around an operation: which operation it asks for, in whose name, and the envelope of its answer.

use std::borrow::Cow;

use soap::{
    Envelope, Version,
    envelope::EnvelopeError,
    xml::{Decoder, Writer, namespace, shortened},
};

use wsse::verify::Facts;

use super::{Addressing, Generation, Service, dialect::Dialect};

/// What a message tells before its operation is read.
#[derive(Debug)]
pub struct Heading<'a> {
    /// In which SOAP it is, and its answer.
    pub version: Version,
    /// Which of the contract's operations it asks for.
    pub operation: usize,
    /// `UdbydersystemId`.
    pub provider: Option<Cow<'a, str>>,
    /// The addressing of the answer, if the message had any.
    pub addressing: Option<Addressing>,
}

/// Why a message cannot be used.
#[derive(Debug)]
pub enum Unusable {
    /// Its envelope cannot.
    Envelope(EnvelopeError),
    /// Its body is not an operation of the service: in which SOAP, and what it is.
    Operation(Version, String),
}

impl<'a> Heading<'a> {
    /// Opens the envelope; the decoder then stands in the element of the operation. `lenient` lets common operations come
    /// in the namespace of the service.
    ///
    /// # Errors
    /// See [`Unusable`].
    pub fn read(
        service: &Service,
        decoder: &mut Decoder<'a>,
        lenient: bool,
        dialect: &Dialect,
    ) -> Result<Self, Unusable> {
        let envelope = Envelope::open(decoder, understands).map_err(Unusable::Envelope)?;
        let version = envelope.version;
        let operation =
            operation(service, decoder, lenient, dialect).map_err(|which| Unusable::Operation(version, which))?;
        let addressing = addressing(service, operation, &envelope, dialect);
        let is_provider =
            |it: &soap::envelope::Header<'_>| it.local == "UdbydersystemId" && it.uri.ends_with("/bpi/common/3");
        let provider = envelope.headers.into_iter().find(is_provider).and_then(|it| it.text).map(trimmed);
        Ok(Self { version, operation, provider, addressing })
    }

    /// Takes who asks, and which message it is, from what was signed, and from nothing else.
    pub fn rely_on(&mut self, facts: &Facts) {
        let text = |namespace, local| facts.header(namespace, local).map(|it| it.trim().to_owned());
        self.provider = text("https://brugerdatabasen.stil.dk/bpi/common/3", "UdbydersystemId").map(Cow::Owned);
        if let Some(addressing) = &mut self.addressing {
            addressing.relates_to = text("http://www.w3.org/2005/08/addressing", "MessageID");
        }
    }

    /// Writes the envelope of the answer around the child of its body.
    pub fn answer(&self, writer: &mut Writer, body: impl FnOnce(&mut Writer)) {
        let headers = self.addressing.as_ref().map(|it| move |writer: &mut Writer| it.write(writer));
        let headers = headers.as_ref().map(|it| it as &dyn Fn(&mut Writer));
        soap::envelope::write(self.version, writer, headers, body);
    }
}

/// The operation whose element the body holds. The action is a hint that nobody needs: clients leave it out, or quote it.
fn operation(service: &Service, decoder: &Decoder<'_>, lenient: bool, dialect: &Dialect) -> Result<usize, String> {
    let (namespace, local) = decoder.name();
    let operations = service.contract.operations;
    let exact = operations.iter().position(|it| it.input.name.namespace == namespace && it.input.name.local == local);
    if let Some(exact) = exact {
        return Ok(exact);
    }
    let named = operations.iter().position(|it| it.input.name.local == local);
    match named {
        // Widespread clients put the common operations into the namespace of the service.
        Some(place) if lenient && decoder.namespace_uri() == dialect.uri(service.contract.namespace) => Ok(place),
        Some(place) => {
            let expected = namespace::get(operations[place].input.name.namespace, dialect.namespaces).uri;
            let uri = decoder.namespace_uri();
            let found = shortened(&uri);
            Err(format!("<{local}> is in the namespace {found:?}, expected {expected:?}."))
        }
        None => {
            let names: Vec<&str> = operations.iter().map(|it| it.name).collect();
            let local: String = local.chars().take(60).collect();
            Err(format!("<{local}> is not one of {}.", names.join(", ")))
        }
    }
}

fn addressing(service: &Service, operation: usize, envelope: &Envelope<'_>, dialect: &Dialect) -> Option<Addressing> {
    if service.generation == Generation::Legacy {
        return None;
    }
    let text =
        |local| envelope.header(namespace::WSA, local).and_then(|it| it.text.as_deref()).map(|it| it.trim().to_owned());
    envelope
        .headers
        .iter()
        .any(|it| it.namespace == namespace::WSA)
        .then(|| Addressing::new(service, operation, dialect, text("MessageID")))
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// The header blocks we honour when they are mandatory.
fn understands(namespace: &str, local: &str) -> bool {
    let security = local == "Security" && namespace.ends_with("wss-wssecurity-secext-1.0.xsd");
    security || namespace == "http://www.w3.org/2005/08/addressing" || local == "UdbydersystemId"
}
