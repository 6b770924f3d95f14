//! Start tags, taken apart.

use super::{
    MOST_ATTRIBUTES, Malformed, Result,
    characters::{
        CLASS, FORBIDDEN, NAME, VALUE, check_name, is_blank, is_control, is_forbidden, plain_ahead, reference,
    },
    scope::{self, Bound},
};

/// A start tag. Places are bytes of the text it was read from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tag {
    pub(crate) name: Name,
    /// What binds the prefix of the name.
    pub(crate) bound: Bound,
    /// It is `<like-this/>`.
    pub(crate) empty: bool,
    /// It is written as in canonical forms, but for the order of its attributes, and declares nothing.
    pub(crate) tidy: bool,
    /// The attributes, without namespace declarations.
    pub(crate) attributes: Vec<Attribute>,
    /// The namespace declarations. A name without prefix declares the default.
    pub(crate) declarations: Vec<Attribute>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Name {
    pub(crate) from: usize,
    /// Where the local name begins: at `from`, or behind the colon.
    pub(crate) local: usize,
    pub(crate) to: usize,
}

impl Name {
    pub(crate) fn whole<'t>(&self, text: &'t str) -> &'t str {
        &text[self.from..self.to]
    }

    pub(crate) fn local<'t>(&self, text: &'t str) -> &'t str {
        &text[self.local..self.to]
    }

    /// The local name as bytes, for comparing it.
    #[inline]
    pub(crate) fn local_bytes<'t>(&self, text: &'t str) -> &'t [u8] {
        &text.as_bytes()[self.local..self.to]
    }

    /// The prefix as bytes, for looking it up.
    #[inline]
    pub(crate) fn prefix_bytes<'t>(&self, text: &'t str) -> &'t [u8] {
        if self.local == self.from { b"" } else { &text.as_bytes()[self.from..self.local - 1] }
    }

    /// Empty where there is none.
    #[inline]
    pub(crate) fn prefix<'t>(&self, text: &'t str) -> &'t str {
        if self.local == self.from { "" } else { &text[self.from..self.local - 1] }
    }

    pub(crate) const fn has_prefix(&self) -> bool {
        self.local != self.from
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute {
    pub(crate) name: Name,
    /// What binds the prefix; nothing binds a name without one.
    pub(crate) bound: Bound,
    /// The value as it is written, within its quotes.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The value stands for itself: without references, quotes and white space other than blanks.
    pub(crate) plain: bool,
}

impl Attribute {
    pub(crate) fn raw<'t>(&self, text: &'t str) -> &'t str {
        &text[self.from..self.to]
    }
}

impl Tag {
    /// Takes the start tag at `at` apart. The answer is where it ends, `None` where it goes on behind the text.
    pub(super) fn read(&mut self, text: &str, at: usize) -> Result<Option<usize>> {
        self.attributes.clear();
        self.declarations.clear();
        let bytes = text.as_bytes();
        let Some(name) = name(text, at + 1)? else { return Ok(None) };
        self.name = name;
        self.tidy = true;
        self.empty = false;
        let mut at = name.to;
        loop {
            let behind = at;
            let Some(next) = behind_blanks(bytes, at) else { return Ok(None) };
            at = next;
            match bytes[at] {
                b'>' => {
                    self.tidy &= at == behind;
                    return Ok(Some(at + 1));
                }
                b'/' => {
                    self.empty = true;
                    self.tidy &= at == behind;
                    return match bytes.get(at + 1) {
                        Some(b'>') => Ok(Some(at + 2)),
                        Some(_) => Err(Malformed("a tag with a stray slash")),
                        None => Ok(None),
                    };
                }
                _ if at == behind => return Err(Malformed("a tag without a blank before an attribute")),
                _ => {
                    self.tidy &= &bytes[behind..at] == b" ";
                    let Some(end) = self.attribute(text, at)? else { return Ok(None) };
                    at = end;
                }
            }
        }
    }

    fn attribute(&mut self, text: &str, at: usize) -> Result<Option<usize>> {
        let bytes = text.as_bytes();
        let Some(name) = name(text, at)? else { return Ok(None) };
        let Some(equals) = behind_blanks(bytes, name.to) else { return Ok(None) };
        if bytes[equals] != b'=' {
            return Err(Malformed("an attribute without a value"));
        }
        let Some(quote) = behind_blanks(bytes, equals + 1) else { return Ok(None) };
        if !matches!(bytes[quote], b'"' | b'\'') {
            return Err(Malformed("an attribute without quotes"));
        }
        let Some((to, plain)) = value(text, quote)? else { return Ok(None) };
        let attribute = Attribute { name, bound: scope::NONE, from: quote + 1, to, plain };
        let named = if name.has_prefix() { &bytes[name.from..name.local - 1] } else { name.local_bytes(text) };
        let declares = named == b"xmlns";
        self.tidy &= plain && !declares && quote == name.to + 1 && bytes[quote] == b'"';
        if declares {
            self.declarations.push(attribute);
        } else {
            self.attributes.push(attribute);
        }
        if self.attributes.len() + self.declarations.len() > MOST_ATTRIBUTES {
            return Err(Malformed("an element with more than 64 attributes"));
        }
        Ok(Some(to + 1))
    }
}

/// The name at `at`; `None` where it may go on behind the text.
#[inline(always)]
pub(super) fn name(text: &str, at: usize) -> Result<Option<Name>> {
    let bytes = text.as_bytes();
    let (mut to, mut local, mut foreign) = (at, at, false);
    loop {
        let Some(&byte) = bytes.get(to) else { return Ok(None) };
        if CLASS[byte as usize] & NAME == 0 {
            if byte >= 0x80 {
                foreign = true;
            } else if byte == b':' {
                if local != at {
                    return Err(Malformed("a name with two colons"));
                }
                local = to + 1;
            } else {
                break;
            }
        }
        to += 1;
    }
    let name = Name { from: at, local, to };
    let begins = |at: usize| CLASS[bytes[at] as usize] & super::characters::BEGIN != 0;
    if foreign || local == to || !begins(at) || !begins(local) {
        check_name(name.local(text))?;
        if name.has_prefix() {
            check_name(name.prefix(text))?;
        }
    }
    Ok(Some(name))
}

/// The end of the value that begins with the quote at `at`, and whether it is plain; `None` where it goes on behind the text.
#[inline(always)]
fn value(text: &str, at: usize) -> Result<Option<(usize, bool)>> {
    let bytes = text.as_bytes();
    let quote = bytes[at];
    let (mut to, mut plain) = (at + 1, true);
    to += plain_ahead(bytes, to);
    loop {
        let Some(&byte) = bytes.get(to) else { return Ok(None) };
        if CLASS[byte as usize] & VALUE != 0 {
            match byte {
                it if it == quote => return Ok(Some((to, plain))),
                b'&' => {
                    plain = false;
                    // References hold no quote, so that a value which ends too early is found here.
                    match reference(&text[to..])? {
                        Some((_, length)) => to += length - 1,
                        None => return Ok(None),
                    }
                }
                b'<' => return Err(Malformed("a value with the beginning of a tag")),
                0xef if is_forbidden(bytes, to) => return Err(FORBIDDEN),
                it if is_control(it) => return Err(FORBIDDEN),
                b'\'' | 0xef => {}
                _ => plain = false,
            }
        }
        to += 1;
    }
}

/// Where the first byte that is no blank stands; `None` where there is none.
#[inline(always)]
pub(super) fn behind_blanks(bytes: &[u8], mut at: usize) -> Option<usize> {
    while is_blank(*bytes.get(at)?) {
        at += 1;
    }
    Some(at)
}
