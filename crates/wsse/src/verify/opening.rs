//! The head of a message, up to the start tag of its body: what is signed there, what might be, and by whom.

use std::borrow::Cow;

use super::{
    Refused,
    reader::Reader,
    signature::{self, Signature, Token, leaf, token},
};
use crate::{
    c14n::{Scope, Walk},
    names::{DS, SOAP11, SOAP12, WSSE, WSU, kept},
};

type Result<T> = std::result::Result<T, Refused>;

/// Header blocks of one message.
const MOST_BLOCKS: usize = 64;
/// Children of the security header, a token among many of which is looked for.
const MOST_CHILDREN: usize = 16;

/// The head of a message.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    /// What is declared around the header blocks.
    pub(super) scope: Scope,
    pub(super) blocks: Vec<Block<'a>>,
    pub(super) security: Security<'a>,
    /// The `wsu:Id` of the body, and where its start tag begins.
    pub(super) body: Option<Cow<'a, str>>,
    pub(super) body_tag: usize,
    /// The walk, in front of that start tag.
    pub(super) walk: Walk,
}

/// A header block other than the security header.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) uri: Cow<'static, str>,
    pub(super) local: &'a str,
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) start: usize,
    /// `None` where it holds elements.
    pub(super) text: Option<Cow<'a, str>>,
}

#[derive(Debug)]
pub(super) struct Security<'a> {
    /// What is declared around its children.
    pub(super) scope: Scope,
    pub(super) timestamp: Timestamp<'a>,
    pub(super) tokens: Vec<Token<'a>>,
    /// Ids and places of other children, which may be signed and mean nothing here.
    pub(super) others: Vec<(Cow<'a, str>, usize)>,
    pub(super) signature: Signature<'a>,
}

#[derive(Debug)]
pub(super) struct Timestamp<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) start: usize,
    pub(super) created: Cow<'a, str>,
    pub(super) expires: Option<Cow<'a, str>>,
}

/// Reads up to the start tag of the body.
pub(super) fn read(text: &str) -> Result<Opening<'_>> {
    const NO_ENVELOPE: Refused = Refused::Wrong("the message is no SOAP envelope");
    let mut reader = Reader::new(text);
    let envelope = reader.child()? && reader.name().1 == "Envelope";
    let soap = match reader.name().0 {
        SOAP11 if envelope => SOAP11,
        SOAP12 if envelope => SOAP12,
        _ => return Err(NO_ENVELOPE),
    };
    if !reader.child()? {
        return Err(NO_ENVELOPE);
    }
    if reader.is(soap, "Body") {
        return Err(Refused::Unsigned);
    }
    if !reader.is(soap, "Header") {
        return Err(NO_ENVELOPE);
    }
    let scope = reader.scope().clone();
    let (blocks, security) = header(&mut reader, soap)?;
    if !reader.child()? || !reader.is(soap, "Body") {
        return Err(NO_ENVELOPE);
    }
    let security = security.ok_or(Refused::Unsigned)?;
    let (body, body_tag) = (reader.id(), reader.start());
    let (mut ids, mut walk) = reader.into_parts();
    walk.leave();
    if has_twins(&mut ids) {
        return Err(Refused::Wrong("an Id that is given twice"));
    }
    Ok(Opening { scope, blocks, security, body, body_tag, walk })
}

/// Reads the header blocks.
fn header<'a>(reader: &mut Reader<'a>, soap: &str) -> Result<(Vec<Block<'a>>, Option<Security<'a>>)> {
    let (mut blocks, mut security, mut met) = (Vec::with_capacity(8), None, 0);
    while reader.child()? {
        met += 1;
        if met > MOST_BLOCKS {
            return Err(Refused::Wrong("more than 64 header blocks"));
        }
        if !reader.is(WSSE, "Security") {
            let (uri, local) = reader.name();
            let uri = kept(uri);
            let (id, start) = (reader.id(), reader.start());
            let text = reader.text()?;
            blocks.push(Block { uri, local, id, start, text });
            continue;
        }
        if security.is_some() {
            return Err(Refused::Wrong("two security headers"));
        }
        if !is_ours(reader, soap) {
            return Err(Refused::Wrong("a security header for somebody else"));
        }
        security = Some(read_security(reader)?);
    }
    Ok((blocks, security))
}

/// Whether the header block is for whoever receives the message.
fn is_ours(reader: &Reader<'_>, soap: &str) -> bool {
    let role = reader.attribute(soap, if soap == SOAP11 { "actor" } else { "role" });
    role.is_none_or(|it| {
        matches!(
            it.trim(),
            "" | "http://www.w3.org/2003/05/soap-envelope/role/next"
                | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
                | "http://schemas.xmlsoap.org/soap/actor/next"
        )
    })
}

/// Reads the security header that the reader has entered.
fn read_security<'a>(reader: &mut Reader<'a>) -> Result<Security<'a>> {
    let scope = reader.scope().clone();
    let (mut stamp, mut tokens, mut others, mut signature) = (None, Vec::new(), Vec::new(), None);
    while reader.child()? {
        if tokens.len() + others.len() > MOST_CHILDREN {
            return Err(Refused::Wrong("a security header with too much in it"));
        }
        let twice = match reader.name() {
            (WSU, "Timestamp") => stamp.replace(timestamp(reader)?).is_some(),
            (DS, "Signature") => signature.replace(signature::read(reader)?).is_some(),
            (WSSE, "BinarySecurityToken") => {
                tokens.extend(token(reader)?);
                false
            }
            _ => {
                others.push((reader.id().unwrap_or_default(), reader.start()));
                reader.skip()?;
                false
            }
        };
        if twice {
            return Err(Refused::Wrong("two signatures or two timestamps"));
        }
    }
    let signature = signature.ok_or(Refused::Unsigned)?;
    let timestamp = stamp.ok_or(Refused::Wrong("a security header without a timestamp"))?;
    Ok(Security { scope, timestamp, tokens, others, signature })
}

fn timestamp<'a>(reader: &mut Reader<'a>) -> Result<Timestamp<'a>> {
    let (id, start) = (reader.id(), reader.start());
    let (mut created, mut expires) = (None, None);
    while reader.child()? {
        let twice = match reader.name() {
            (WSU, "Created") => created.replace(leaf(reader)?).is_some(),
            (WSU, "Expires") => expires.replace(leaf(reader)?).is_some(),
            _ => return Err(Refused::Wrong("a timestamp with something else in it")),
        };
        if twice {
            return Err(Refused::Wrong("a timestamp that says something twice"));
        }
    }
    let created = created.ok_or(Refused::Wrong("a timestamp without Created"))?;
    Ok(Timestamp { id, start, created, expires })
}

/// Whether an Id is there twice.
fn has_twins(ids: &mut [(Cow<'_, str>, usize)]) -> bool {
    // Each with each is quicker for as few as there mostly are.
    if ids.len() <= 32 {
        let same = |a: &str, b: &str| crate::c14n::same(a.as_bytes(), b.as_bytes());
        return ids.iter().enumerate().any(|(number, it)| ids[..number].iter().any(|other| same(&other.0, &it.0)));
    }
    ids.sort_unstable();
    ids.windows(2).any(|it| it[0].0 == it[1].0)
}
