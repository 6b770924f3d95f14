//! The parts of an envelope that are signed, and the Ids by which they are.

use aws_lc_rs::rand;
use data_encoding::HEXLOWER;

use super::{SignError, Style};
use crate::{
    c14n::{Scope, Walk},
    key::KeyError,
    names::{PROVIDER, SOAP11, SOAP12, WSA, WSSE, WSU},
    verify::{Reader, Refused},
};

type Result<T> = std::result::Result<T, SignError>;

/// An envelope to be signed.
#[derive(Debug)]
pub(super) struct Parts {
    /// The namespace of the envelope, and its prefix in the header, if it has one.
    pub(super) uri: &'static str,
    pub(super) soap: Option<String>,
    /// What is declared around the header blocks.
    pub(super) scope: Scope,
    pub(super) blocks: Vec<Part>,
    pub(super) body: Part,
    /// The walk, in front of the body.
    pub(super) walk: Walk,
    /// Where the end tag of the header begins.
    pub(super) end: usize,
}

/// An element that is signed.
#[derive(Debug)]
pub(super) struct Part {
    /// The place of its reference among the others.
    pub(super) order: usize,
    local: String,
    pub(super) start: usize,
    /// Where the name in its start tag ends.
    name_end: usize,
    pub(super) id: String,
    /// The attribute to be inserted behind the name, if it has no Id yet.
    attribute: Option<Prefix>,
}

/// The prefix of the `wsu` namespace at an element, and whether it must be declared there.
#[derive(Debug)]
struct Prefix {
    name: String,
    declare: bool,
}

/// Names for Ids that nobody else has.
pub(super) struct Ids(String);

impl Ids {
    pub(super) fn random() -> Result<Self> {
        let mut bytes = [0; 16];
        rand::fill(&mut bytes).map_err(|_| KeyError::Key("the crypto library gives no random numbers".to_owned()))?;
        // Version 4, variant 1: a UUID as everybody expects to see one.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = HEXLOWER.encode(&bytes);
        Ok(Self([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")))
    }

    pub(super) fn id(&self, of: &str) -> String {
        format!("{of}-{}", self.0)
    }
}

/// Where the reference to a header block stands among the others, if it is signed at all.
fn order(style: Style, uri: &str, local: &str) -> Option<usize> {
    match (style, uri, local) {
        (_, WSA, "MessageID") => Some(2),
        (Style::Response, WSA, "RelatesTo") => Some(3),
        (Style::Request, _, PROVIDER) => Some(3),
        (Style::Request, WSA, "Action") => Some(4),
        (Style::Request, WSA, "To") => Some(5),
        _ => None,
    }
}

impl Parts {
    /// Finds them in the text of an envelope that reaches at least to the end of the body's start tag.
    pub(super) fn find(text: &str, style: Style) -> Result<Self> {
        const NO_ENVELOPE: SignError = SignError::Envelope("it is no SOAP envelope with a header");
        let mut reader = Reader::new(text);
        if !reader.child()? {
            return Err(NO_ENVELOPE);
        }
        let uri = match reader.name() {
            (SOAP11, "Envelope") => SOAP11,
            (SOAP12, "Envelope") => SOAP12,
            _ => return Err(NO_ENVELOPE),
        };
        let prefix = reader.prefix().to_owned();
        if !reader.child()? || !reader.is(uri, "Header") {
            return Err(NO_ENVELOPE);
        }
        let scope = reader.scope().clone();
        let is_soap = !prefix.is_empty() && scope.find(prefix.as_bytes()).is_some_and(|it| scope.uri(it) == uri);
        let soap = Some(prefix).filter(|it| is_soap && !matches!(it.as_str(), "wsse" | "wsu" | "ds" | "ec"));
        let blocks = blocks(&mut reader, style)?;
        let end = text[..reader.position()].rfind("</").ok_or(NO_ENVELOPE)?;
        if !reader.child()? || !reader.is(uri, "Body") {
            return Err(NO_ENVELOPE);
        }
        let body = part(&reader, if style == Style::Request { 0 } else { 1 })?;
        let (_, mut walk) = reader.into_parts();
        walk.leave();
        Ok(Self { uri, soap, scope, blocks, body, walk, end })
    }

    /// The text with Ids at the parts, and the parts of that text.
    pub(super) fn named(mut self, text: &str, ids: &Ids) -> (String, Self) {
        let mut named = String::with_capacity(text.len() + 4096);
        let (mut from, mut end) = (0, self.end);
        for part in self.blocks.iter_mut().chain([&mut self.body]) {
            let before = named.len() + part.start - from;
            if part.start > self.end && end == self.end {
                end = named.len() + self.end - from;
            }
            if let Some(prefix) = &part.attribute {
                part.id = ids.id(&part.local);
                named.push_str(&text[from..part.name_end]);
                from = part.name_end;
                if prefix.declare {
                    named.extend([" xmlns:", &prefix.name, "=\"", WSU, "\""]);
                }
                named.extend([" ", &prefix.name, ":Id=\"", &part.id, "\""]);
            }
            part.start = before;
        }
        named.push_str(&text[from..]);
        self.end = end;
        (named, self)
    }
}

impl Part {
    /// The prefixes that are declared in its canonical form whether it uses them or not.
    pub(super) fn prefixes(&self, soap: &Option<String>, style: Style) -> Vec<String> {
        soap.iter().filter(|_| style == Style::Response).cloned().collect()
    }
}

/// The header blocks that are signed.
fn blocks(reader: &mut Reader<'_>, style: Style) -> Result<Vec<Part>> {
    let mut blocks: Vec<Part> = Vec::new();
    while reader.child()? {
        if reader.is(WSSE, "Security") {
            return Err(SignError::Envelope("it has a security header already"));
        }
        let (uri, local) = reader.name();
        if let Some(order) = order(style, uri, local) {
            if blocks.iter().any(|it| it.order == order) {
                return Err(SignError::Envelope("a header block that may be there only once is there twice"));
            }
            blocks.push(part(reader, order)?);
        }
        reader.skip()?;
    }
    if blocks.iter().any(|it| it.local == "MessageID") {
        return Ok(blocks);
    }
    Err(SignError::Envelope("it has no MessageID"))
}

/// The element whose start tag has just been read.
fn part(reader: &Reader<'_>, order: usize) -> Result<Part> {
    let id = reader.id().map(|it| it.into_owned());
    let is_plain = |it: &str| it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.'));
    if id.as_deref().is_some_and(|it| it.is_empty() || !is_plain(it)) {
        return Err(SignError::Envelope("it has an Id that cannot be referred to"));
    }
    let attribute = id.is_none().then(|| prefix(reader.scope()));
    Ok(Part {
        order,
        local: reader.name().1.to_owned(),
        start: reader.start(),
        name_end: reader.name_end(),
        id: id.unwrap_or_default(),
        attribute,
    })
}

fn prefix(scope: &Scope) -> Prefix {
    let names = std::iter::once("wsu".to_owned()).chain((1..).map(|it| format!("wsu{it}")));
    for name in names {
        match scope.find(name.as_bytes()) {
            Some(bound) if scope.uri(bound) == WSU => return Prefix { name, declare: false },
            Some(_) => {}
            None => return Prefix { name, declare: true },
        }
    }
    unreachable!("some name is free, since only so many are declared")
}

impl From<Refused> for SignError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wrong(what) => Self::Envelope(what),
            _ => Self::Envelope("it cannot be read"),
        }
    }
}
