//! The checks of a message's head, in the order of what they cost.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    Body, Expects, Facts, Refused, Unproven, Verifier,
    opening::{self, Block, Opening, Timestamp},
    signature::{Key, Reference},
};
use crate::{
    c14n::{Scope, Scratch},
    names::{PROVIDER, WSA},
    replay::{Reserved, Seen, Sight},
};

type Result<T> = std::result::Result<T, Refused>;

/// See [`Verifier::open`].
pub(super) fn open(verifier: &Verifier, text: &str, expects: Expects<'_>, now: DateTime<Utc>) -> Result<Unproven> {
    let mut opening = opening::read(text)?;
    let walk = std::mem::take(&mut opening.walk);
    let signed = Signed::of(&opening)?;
    let message_id = required(&opening, &signed, expects)?;
    let until = time(verifier, &opening.security.timestamp, now)?;

    let signer = verifier.signers.find(&opening, &verifier.known)?;
    signer.check(&verifier.trust, now)?;
    let (mut scratch, mut canonical) = (Scratch::new(), Vec::with_capacity(4096));
    for (reference, part) in &signed.parts {
        if let Part::Head(scope, start) = part {
            canonical.clear();
            reference.how.inside_with(&mut scratch, scope, &text[*start..], &mut canonical)?;
            if !reference.is(&reference.digest.of(&canonical)) {
                return Err(Refused::Wrong("a part of the header is not the one that was signed"));
            }
        }
    }
    let signature = &opening.security.signature;
    canonical.clear();
    signature.how.inside_with(&mut scratch, &signature.scope, &text[signature.signed..], &mut canonical)?;
    if !signer.has_signed(signature.method, &canonical, &signature.value) {
        return Err(Refused::Wrong("the signature is not by the key of the certificate"));
    }
    verifier.signers.keep(&opening, &signer);

    let reserved = match expects {
        Expects::Request => Some(first(&verifier.seen, &signer.thumbprint, &message_id, until, now)?),
        Expects::Response(_) => None,
    };
    let facts = Facts { headers: signed.headers(&opening), certificate: Arc::clone(&signer.certificate) };
    let ids = signature.references.iter().map(|it| it.id.as_ref()).chain(named(&signature.key));
    let mut taken = String::with_capacity(512);
    ids.for_each(|it| taken.extend([it, "\0"]));
    let body = Body {
        at: opening.body_tag,
        how: signed.body.how.clone(),
        digest: signed.body.digest,
        value: signed.body.value.clone().into_owned(),
        walk,
        taken: taken.trim_end_matches('\0').into(),
    };
    Ok(Unproven { facts, body, reserved })
}

/// The Id that the key is named by.
fn named<'k>(key: &'k Key<'_>) -> Option<&'k str> {
    match key {
        Key::Direct(id) => Some(id),
        Key::Embedded(token, _) => token.id.as_deref(),
        Key::Certificate(_) | Key::Identifier(_) | Key::Thumbprint(_) | Key::Serial { .. } => None,
    }
}

fn first(
    seen: &Arc<Seen>,
    signer: &[u8],
    message_id: &str,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Reserved> {
    match Seen::reserve(seen, signer, message_id, until, now) {
        Sight::First(reserved) => Ok(reserved),
        Sight::Again => Err(Refused::Replayed),
        Sight::Full => Err(Refused::Wrong("too many messages to be remembered at the moment; try again later")),
    }
}

/// The parts that a signature is over.
struct Signed<'o, 'a> {
    parts: Vec<(&'o Reference<'a>, Part<'o>)>,
    body: &'o Reference<'a>,
}

/// Where a part is.
enum Part<'o> {
    Body,
    /// In the head: what is declared around it, and where it begins.
    Head(&'o Scope, usize),
}

impl<'o, 'a> Signed<'o, 'a> {
    /// Finds every part. Only parts that mean something may be signed: the body, header blocks, children of the security
    /// header, the embedded token.
    fn of(opening: &'o Opening<'a>) -> Result<Self> {
        let references = &opening.security.signature.references;
        let mut parts = Vec::with_capacity(references.len());
        for (number, reference) in references.iter().enumerate() {
            if references[..number].iter().any(|it| it.id == reference.id) {
                return Err(Refused::Wrong("two references to the same part"));
            }
            let part = find(opening, &reference.id);
            let part = part.ok_or(Refused::Wrong("a reference to nothing that may be signed"))?;
            parts.push((reference, part));
        }
        let body = parts.iter().find(|it| matches!(it.1, Part::Body)).map(|it| it.0).ok_or(Refused::Unsigned)?;
        Ok(Self { parts, body })
    }

    fn has(&self, place: usize) -> bool {
        self.parts.iter().any(|it| matches!(it.1, Part::Head(_, start) if start == place))
    }

    /// The texts of the header blocks that are signed.
    fn headers(&self, opening: &Opening<'_>) -> Vec<(Cow<'static, str>, String, String)> {
        let signed = opening.blocks.iter().filter(|it| self.has(it.start));
        let texts = signed.filter_map(|it| Some((it.uri.clone(), it.local.to_owned(), it.text.clone()?.into_owned())));
        texts.collect()
    }
}

fn find<'o>(opening: &'o Opening<'_>, id: &str) -> Option<Part<'o>> {
    let is_it = |it: &Option<Cow<'_, str>>| it.as_deref() == Some(id);
    if is_it(&opening.body) {
        return Some(Part::Body);
    }
    if let Some(block) = opening.blocks.iter().find(|it| is_it(&it.id)) {
        return Some(Part::Head(&opening.scope, block.start));
    }
    let security = &opening.security;
    let in_security = |start| Some(Part::Head(&security.scope, start));
    if is_it(&security.timestamp.id) {
        return in_security(security.timestamp.start);
    }
    if let Some(token) = security.tokens.iter().find(|it| is_it(&it.id)) {
        return in_security(token.start);
    }
    if let Some(other) = security.others.iter().find(|it| it.0 == id) {
        return in_security(other.1);
    }
    match &security.signature.key {
        Key::Embedded(token, scope) if is_it(&token.id) => Some(Part::Head(scope, token.start)),
        _ => None,
    }
}

/// Sees to it that everything is signed that must be, and once there. The answer is the `MessageID`.
fn required(opening: &Opening<'_>, signed: &Signed<'_, '_>, expects: Expects<'_>) -> Result<String> {
    if !signed.has(opening.security.timestamp.start) {
        return Err(Refused::Unsigned);
    }
    let is_addressing = |local: &'static str| move |it: &&Block<'_>| it.uri == WSA && it.local == local;
    let message_id = only(opening, signed, is_addressing("MessageID"))?;
    let message_id = message_id.filter(|it| !it.is_empty()).ok_or(Refused::Wrong("a message without MessageID"))?;
    let relates_to = only(opening, signed, is_addressing("RelatesTo"));
    match expects {
        Expects::Request => {
            only(opening, signed, |it| it.local == PROVIDER)?;
        }
        Expects::Response(question) => {
            let relates_to = relates_to?.ok_or(Refused::Wrong("an answer without RelatesTo"))?;
            if relates_to != question.trim() {
                return Err(Refused::Wrong("an answer to another question"));
            }
        }
    }
    Ok(message_id.to_owned())
}

/// The text of the only header block of a kind, which is signed if it is there.
fn only<'o>(
    opening: &'o Opening<'_>,
    signed: &Signed<'_, '_>,
    is_it: impl Fn(&&Block<'_>) -> bool,
) -> Result<Option<&'o str>> {
    let mut blocks = opening.blocks.iter().filter(|it| is_it(it));
    let Some(block) = blocks.next() else { return Ok(None) };
    if blocks.next().is_some() {
        return Err(Refused::Wrong("a header block that may be there only once is there twice"));
    }
    if !signed.has(block.start) {
        return Err(Refused::Unsigned);
    }
    let text = block.text.as_deref().ok_or(Refused::Wrong("a header block with elements where text is expected"))?;
    Ok(Some(text.trim()))
}

/// Whether the timestamp is of our time, and until when the message would be taken.
fn time(verifier: &Verifier, timestamp: &Timestamp<'_>, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    const FAR: Refused = Refused::Wrong("a timestamp that is far from any time");
    let created = instant(&timestamp.created)?;
    let latest = created.checked_add_signed(verifier.lifetime).ok_or(FAR)?;
    let expires = match &timestamp.expires {
        Some(expires) => instant(expires)?,
        None => latest,
    };
    if expires < created {
        return Err(Refused::Wrong("a timestamp that expires before it was created"));
    }
    let expires = expires.min(latest);
    let until = expires.checked_add_signed(verifier.skew).ok_or(FAR)?;
    let from = created.checked_sub_signed(verifier.skew).ok_or(FAR)?;
    if now < from || now >= until {
        return Err(Refused::Time { created, expires, now });
    }
    Ok(until)
}

fn instant(text: &str) -> Result<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text.trim());
    Ok(instant.map_err(|_| Refused::Wrong("a timestamp with something that is no time"))?.to_utc())
}
