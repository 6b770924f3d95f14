//! The SOAP envelope, 1.2 and 1.1: read around a body that is decoded in place, and written around one.
//!
//! SOAP 1.2 Part 1 (W3C 2007), SOAP 1.1 (W3C Note 2000).

use std::borrow::Cow;

use crate::{
    fault::{Code, Fault},
    schema::NamespaceId,
    xml::{Decoder, Result, Rule, Violation, Writer, namespace, shortened},
};

/// Which SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `http://schemas.xmlsoap.org/soap/envelope/`
    Soap11,
    /// `http://www.w3.org/2003/05/soap-envelope`
    Soap12,
}

impl Version {
    pub(crate) const fn namespace(self) -> &'static [NamespaceId] {
        match self {
            Self::Soap11 => &[namespace::SOAP11],
            Self::Soap12 => &[namespace::SOAP12],
        }
    }

    /// The media type of messages, without parameters.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Soap11 => "text/xml",
            Self::Soap12 => "application/soap+xml",
        }
    }
}

/// A header block.
#[derive(Debug, Clone)]
pub struct Header<'a> {
    /// Its namespace, as a number.
    pub namespace: NamespaceId,
    /// Its namespace, as a name.
    pub uri: Cow<'a, str>,
    /// Its local name.
    pub local: &'a str,
    /// Its text, where it has text and no elements.
    pub text: Option<Cow<'a, str>>,
    /// Whether whoever it is meant for must understand it.
    pub must_understand: bool,
    /// Whether it is meant for us: no role, `next` or `ultimateReceiver`.
    pub for_us: bool,
}

/// An envelope whose body is about to be decoded.
#[derive(Debug)]
pub struct Envelope<'a> {
    /// Which SOAP.
    pub version: Version,
    /// The header blocks in order.
    pub headers: Vec<Header<'a>>,
}

/// Why an envelope cannot be used.
#[derive(Debug)]
pub enum EnvelopeError {
    /// Not an envelope, or not XML: the sender's fault. In which SOAP, where that much could be read.
    Violation(Option<Version>, Box<Violation>),
    /// An envelope of a version nobody here knows.
    Version(Box<Violation>),
    /// Mandatory header blocks that were not understood: their namespaces and names.
    NotUnderstood(Version, Vec<(String, String)>),
}

impl From<Box<Violation>> for EnvelopeError {
    fn from(violation: Box<Violation>) -> Self {
        Self::Violation(None, violation)
    }
}

const MAX_HEADERS: usize = 64;

impl<'a> Envelope<'a> {
    /// Reads up to the child of the body: the decoder then stands behind its start tag, and paths begin with it.
    ///
    /// `understands` says which mandatory header blocks (namespace, local name) we honour.
    ///
    /// # Errors
    /// See [`EnvelopeError`].
    pub fn open(
        decoder: &mut Decoder<'a>,
        understands: impl Fn(&str, &str) -> bool,
    ) -> std::result::Result<Self, EnvelopeError> {
        decoder.root()?;
        let (namespace, local) = decoder.name();
        let version = match (namespace, local) {
            (namespace::SOAP12, "Envelope") => Version::Soap12,
            (namespace::SOAP11, "Envelope") => Version::Soap11,
            (_, "Envelope") => return Err(EnvelopeError::Version(not_an_envelope(decoder))),
            _ => return Err(not_an_envelope(decoder).into()),
        };
        Self::open_as(version, decoder, understands).map_err(|error| match error {
            EnvelopeError::Violation(_, violation) => EnvelopeError::Violation(Some(version), violation),
            other @ (EnvelopeError::Version(_) | EnvelopeError::NotUnderstood(..)) => other,
        })
    }

    fn open_as(
        version: Version,
        decoder: &mut Decoder<'a>,
        understands: impl Fn(&str, &str) -> bool,
    ) -> std::result::Result<Self, EnvelopeError> {
        let mut headers = Vec::new();
        let soap = version.namespace()[0];
        expect_child(decoder, soap, "Envelope", "<Header> or <Body>")?;
        if decoder.name() == (soap, "Header") {
            while decoder.child("Header")? {
                if headers.len() == MAX_HEADERS {
                    return Err(wrong(decoder, Rule::Limit, "at most 64 header blocks", "more").into());
                }
                headers.push(header(decoder, version)?);
            }
            expect_child(decoder, soap, "Envelope", "<Body>")?;
        }
        if decoder.name() != (soap, "Body") {
            return Err(wrong(decoder, Rule::Order, "<Body>", "another element").into());
        }
        let missed = headers.iter().filter(|it| it.must_understand && it.for_us && !understands(&it.uri, it.local));
        let missed: Vec<_> = missed.map(|it| (it.uri.to_string(), it.local.to_owned())).collect();
        if !missed.is_empty() {
            return Err(EnvelopeError::NotUnderstood(version, missed));
        }
        decoder.hide_path();
        if !decoder.child("Body")? {
            return Err(wrong(decoder, Rule::Missing, "one element in <Body>", "an empty <Body>").into());
        }
        Ok(Self { version, headers })
    }

    /// Reads the rest of the document: nothing may follow the child of the body.
    ///
    /// # Errors
    /// A second child of the body, anything behind the body, or what XML forbids.
    pub fn close(decoder: &mut Decoder<'a>) -> Result<()> {
        if decoder.child("Body")? {
            return Err(wrong(decoder, Rule::Occurrence, "exactly one element in <Body>", "a second one"));
        }
        if decoder.child("Envelope")? {
            return Err(wrong(decoder, Rule::Order, "the end of <Envelope> behind <Body>", "another element"));
        }
        decoder.finish()
    }

    /// The header block of that name.
    #[must_use]
    pub fn header(&self, namespace: NamespaceId, local: &str) -> Option<&Header<'a>> {
        self.headers.iter().find(|it| it.namespace == namespace && it.local == local)
    }
}

fn header<'a>(decoder: &mut Decoder<'a>, version: Version) -> Result<Header<'a>> {
    let (namespace, local) = decoder.name();
    let uri = decoder.namespace_uri();
    let (must_understand, for_us) = decoder.header_attributes(version)?;
    let depth = decoder.depth();
    let text = match decoder.plain_text() {
        Ok(text) => Some(text),
        Err(violation) if violation.rule == Rule::UnknownElement => {
            decoder.skip_to(depth - 1)?;
            None
        }
        Err(violation) => return Err(violation),
    };
    Ok(Header { namespace, uri, local, text, must_understand, for_us })
}

fn expect_child(decoder: &mut Decoder<'_>, soap: NamespaceId, parent: &str, expected: &str) -> Result<()> {
    if !decoder.child(parent)? {
        return Err(wrong(decoder, Rule::Missing, expected, "the end of the envelope"));
    }
    if decoder.name().0 != soap {
        return Err(wrong(decoder, Rule::Namespace, expected, "an element of another namespace"));
    }
    Ok(())
}

fn not_an_envelope(decoder: &Decoder<'_>) -> Box<Violation> {
    let found = format!("<{}> in the namespace {:?}", decoder.name().1, shortened(&decoder.namespace_uri()));
    wrong(decoder, Rule::Root, "a SOAP 1.2 or SOAP 1.1 <Envelope>", &found)
}

fn wrong(decoder: &Decoder<'_>, rule: Rule, expected: &str, found: &str) -> Box<Violation> {
    let place = decoder.place(decoder.offset());
    Box::new(Violation { place, path: String::new(), rule, expected: expected.into(), found: found.into() })
}

impl Decoder<'_> {
    /// `mustUnderstand` and whether the role is ours, of the header block the decoder stands in.
    fn header_attributes(&self, version: Version) -> Result<(bool, bool)> {
        let (mut must_understand, mut for_us) = (false, true);
        for attribute in self.qualified_attributes() {
            let (namespace, local, value) = attribute?;
            if namespace != version.namespace()[0] {
                continue;
            }
            match local {
                "mustUnderstand" => must_understand = matches!(value.trim(), "1" | "true"),
                "role" | "actor" => for_us = is_ours(value.trim()),
                _ => {}
            }
        }
        Ok((must_understand, for_us))
    }
}

fn is_ours(role: &str) -> bool {
    matches!(
        role,
        "" | "http://www.w3.org/2003/05/soap-envelope/role/next"
            | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
            | "http://schemas.xmlsoap.org/soap/actor/next"
    )
}

/// Writes an envelope: `headers` writes its header blocks, if any, `body` the child of the body.
pub fn write(
    version: Version,
    writer: &mut Writer,
    headers: Option<&dyn Fn(&mut Writer)>,
    body: impl FnOnce(&mut Writer),
) {
    writer.declaration();
    writer.declare(version.namespace());
    writer.start("soap:Envelope");
    if let Some(headers) = headers {
        writer.start("soap:Header");
        headers(writer);
        writer.close("soap:Header");
    }
    writer.start("soap:Body");
    body(writer);
    writer.close("soap:Body");
    writer.close("soap:Envelope");
}

/// The fault an unusable envelope is answered with, and in which SOAP, where the envelope has told.
#[must_use]
pub fn fault(error: &EnvelopeError) -> (Option<Version>, Fault) {
    match error {
        EnvelopeError::Violation(version, violation) => (*version, Fault::new(Code::Sender, &violation.to_string())),
        EnvelopeError::Version(violation) => {
            (Some(Version::Soap12), Fault::new(Code::VersionMismatch, &violation.to_string()))
        }
        EnvelopeError::NotUnderstood(version, names) => {
            let all: Vec<String> =
                names.iter().map(|(uri, local)| format!("<{local}> in the namespace {:?}", shortened(uri))).collect();
            let mut fault =
                Fault::new(Code::MustUnderstand, &format!("Mandatory and not understood: {}.", all.join(", ")));
            fault.not_understood.clone_from(names);
            (Some(*version), fault)
        }
    }
}
