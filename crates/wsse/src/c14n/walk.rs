//! A walk through a document, piece of markup by piece of markup, that knows what is open and what is in scope.

use super::{
    MOST_DEPTH, MOST_MARKUP, Malformed, Result,
    characters::{self, CLASS, FORBIDDEN, TEXT, is_blank, is_control, is_forbidden, reference},
    scope::{self, Scope},
    tag::{Tag, behind_blanks, name},
};

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A start tag, which is [`Walk::tag`]. Of an empty element, whoever asked leaves it.
    Start,
    /// An end tag with a name of so many bytes.
    End(usize),
    /// Text without references; plain if it stands for itself. More may follow.
    Text {
        plain: bool,
    },
    Reference(char),
    /// A CDATA section.
    Data,
    Comment,
    /// A processing instruction with a target of so many bytes, or the declaration.
    Instruction(usize),
    /// The text ends here, or within a piece of markup that goes on behind it.
    More,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Walk {
    /// The start tag that was read last.
    pub(crate) tag: Tag,
    scope: Scope,
    /// The names of the open elements behind each other, and where each begins.
    names: String,
    starts: Vec<u32>,
    /// Something has been read, so that no declaration may follow.
    begun: bool,
    /// The root element has been open.
    rooted: bool,
}

impl Walk {
    /// At the beginning of a document.
    pub(crate) fn new() -> Self {
        let names = String::with_capacity(256);
        Self { scope: Scope::new(), names, starts: Vec::with_capacity(16), ..Self::default() }
    }

    /// Goes in front of an element around which `scope` is declared.
    pub(super) fn restart(&mut self, scope: &Scope) {
        self.scope.clone_from(scope);
        self.scope.settle();
        self.names.clear();
        self.starts.clear();
        (self.begun, self.rooted) = (true, false);
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.starts.len()
    }

    /// What is declared here.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the root element has been closed.
    pub(crate) fn is_over(&self) -> bool {
        self.rooted && self.starts.is_empty()
    }

    /// Reads what stands at the byte `at` of a text, and where it ends. `last` says that nothing follows the text.
    #[inline(always)]
    pub(crate) fn next(&mut self, text: &str, at: usize, last: bool) -> Result<(Event, usize)> {
        let bytes = &text.as_bytes()[at..];
        let found = match bytes {
            [] => None,
            [b'<', b'/', ..] => self.end_tag(text, at)?,
            [b'<', b'!', ..] => self.bang(text, at)?,
            [b'<', b'?', ..] => self.instruction(text, at)?,
            [b'<'] => None,
            [b'<', ..] => self.start_tag(text, at)?,
            [b'&', ..] => self.reference(text, at)?,
            _ => self.text(text, at, last)?,
        };
        if let Some(found) = found {
            self.begun = true;
            return Ok(found);
        }
        if last && !bytes.is_empty() {
            return Err(Malformed("the text ends within a piece of markup"));
        }
        if bytes.len() > MOST_MARKUP {
            return Err(Malformed("a piece of markup of more than a mebibyte"));
        }
        Ok((Event::More, at))
    }

    /// Leaves the innermost element.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.scope.leave(self.starts.len());
        if let Some(start) = self.starts.pop() {
            self.names.truncate(start as usize);
        }
    }

    fn start_tag(&mut self, text: &str, at: usize) -> Result<Option<(Event, usize)>> {
        let Some(behind) = self.tag.read(text, at)? else { return Ok(None) };
        if behind - at > MOST_MARKUP {
            return Err(Malformed("a piece of markup of more than a mebibyte"));
        }
        if self.starts.is_empty() && self.rooted {
            return Err(Malformed("a second root element"));
        }
        self.rooted = true;
        self.starts.push(self.names.len() as u32);
        self.names.push_str(self.tag.name.whole(text));
        let depth = self.starts.len();
        if depth > MOST_DEPTH {
            return Err(Malformed("more than 200 elements inside each other"));
        }
        for (number, it) in self.tag.declarations.iter().enumerate() {
            let name = it.name.whole(text);
            if self.tag.declarations[..number].iter().any(|other| other.name.whole(text) == name) {
                return Err(Malformed("a prefix that is declared twice in one element"));
            }
            let prefix = if it.name.has_prefix() { it.name.local(text) } else { "" };
            let uri = if it.plain { it.raw(text).into() } else { characters::normal(it.raw(text)) };
            self.scope.declare(depth, prefix, &uri)?;
        }
        self.bind(text)?;
        Ok(Some((Event::Start, behind)))
    }

    /// Looks the prefixes of the tag up, and refuses attributes with the same name.
    #[inline(always)]
    fn bind(&mut self, text: &str) -> Result<()> {
        const UNDECLARED: Malformed = Malformed("a prefix that is not declared");
        let (tag, scope) = (&mut self.tag, &self.scope);
        tag.bound = match scope.find(tag.name.prefix_bytes(text)) {
            Some(bound) => bound,
            None if tag.name.has_prefix() => return Err(UNDECLARED),
            None => scope::NONE,
        };
        for at in 0..tag.attributes.len() {
            let (before, rest) = tag.attributes.split_at_mut(at);
            let it = &mut rest[0];
            if it.name.has_prefix() {
                it.bound = scope.find(it.name.prefix_bytes(text)).ok_or(UNDECLARED)?;
            }
            let bound = it.bound;
            let is_same = |other: &super::tag::Attribute| {
                characters::same(other.name.local_bytes(text), it.name.local_bytes(text))
                    && (other.bound == bound || scope.uri(other.bound) == scope.uri(bound))
            };
            if before.iter().any(is_same) {
                return Err(Malformed("an attribute that is given twice"));
            }
        }
        Ok(())
    }

    #[inline]
    fn end_tag(&mut self, text: &str, at: usize) -> Result<Option<(Event, usize)>> {
        let bytes = text.as_bytes();
        let Some(&start) = self.starts.last() else { return Err(Malformed("an end tag without a start tag")) };
        let open = &self.names.as_bytes()[start as usize..];
        let from = at + 2;
        let Some(named) = bytes.get(from..=from + open.len()) else {
            // A name that is too short ends within what is there.
            return if memchr::memchr(b'>', &bytes[from..]).is_some() { Err(MISMATCH) } else { Ok(None) };
        };
        if !characters::same(&named[..open.len()], open) {
            return Err(MISMATCH);
        }
        let length = open.len();
        let Some(end) = behind_blanks(bytes, from + length) else { return Ok(None) };
        if bytes[end] != b'>' {
            return Err(MISMATCH);
        }
        self.leave();
        Ok(Some((Event::End(length), end + 1)))
    }

    #[inline]
    fn text(&self, text: &str, at: usize, last: bool) -> Result<Option<(Event, usize)>> {
        let bytes = text.as_bytes();
        let (mut to, mut plain) = (at + characters::plain_ahead(bytes, at), true);
        while let Some(&byte) = bytes.get(to) {
            if CLASS[byte as usize] & TEXT != 0 {
                match byte {
                    b'<' | b'&' => break,
                    b'>' if bytes[at..to].ends_with(b"]]") => {
                        return Err(Malformed("text with the end of a CDATA section"));
                    }
                    0xef if !is_forbidden(bytes, to) => {}
                    0xef => return Err(FORBIDDEN),
                    it if is_control(it) => return Err(FORBIDDEN),
                    _ => plain = false,
                }
            }
            to += 1;
        }
        if to == bytes.len() && !last {
            // What comes next decides what these are.
            to -= match &bytes[at..] {
                [.., b'\r'] => 1,
                [.., b']', b']'] => 2,
                [.., b']'] => 1,
                _ => 0,
            };
            if to == at {
                return Ok(None);
            }
        }
        if self.starts.is_empty() && !bytes[at..to].iter().all(|&it| is_blank(it)) {
            return Err(Malformed("text outside the root element"));
        }
        Ok(Some((Event::Text { plain }, to)))
    }

    fn reference(&self, text: &str, at: usize) -> Result<Option<(Event, usize)>> {
        if self.starts.is_empty() {
            return Err(Malformed("text outside the root element"));
        }
        Ok(reference(&text[at..])?.map(|(character, length)| (Event::Reference(character), at + length)))
    }

    /// A comment or a CDATA section.
    fn bang(&self, text: &str, at: usize) -> Result<Option<(Event, usize)>> {
        let rest = &text.as_bytes()[at..];
        if let Some(inside) = rest.strip_prefix(b"<!--") {
            let Some(end) = memchr::memmem::find(inside, b"--") else { return Ok(None) };
            return match inside.get(end + 2) {
                Some(b'>') => found(text, at, "<!--".len() + end + "-->".len(), Event::Comment).map(Some),
                Some(_) => Err(Malformed("a comment with two hyphens")),
                None => Ok(None),
            };
        }
        if let Some(inside) = rest.strip_prefix(b"<![CDATA[") {
            if self.starts.is_empty() {
                return Err(Malformed("text outside the root element"));
            }
            let Some(end) = memchr::memmem::find(inside, b"]]>") else { return Ok(None) };
            return found(text, at, "<![CDATA[".len() + end + "]]>".len(), Event::Data).map(Some);
        }
        if b"<!--".starts_with(rest) || b"<![CDATA[".starts_with(rest) {
            return Ok(None);
        }
        Err(Malformed("a document type declaration"))
    }

    fn instruction(&self, text: &str, at: usize) -> Result<Option<(Event, usize)>> {
        let Some(target) = name(text, at + 2)? else { return Ok(None) };
        let Some(end) = memchr::memmem::find(&text.as_bytes()[target.to..], b"?>") else { return Ok(None) };
        let length = target.to - at + end + "?>".len();
        let is_declaration = target.whole(text).eq_ignore_ascii_case("xml");
        if is_declaration && (self.begun || !text[at..].starts_with("<?xml")) {
            return Err(Malformed("an XML declaration that is not at the beginning"));
        }
        if target.has_prefix() || end > 0 && !is_blank(text.as_bytes()[target.to]) {
            return Err(Malformed("a processing instruction with a wrong target"));
        }
        found(text, at, length, Event::Instruction(target.to - target.from)).map(Some)
    }
}

const MISMATCH: Malformed = Malformed("an end tag that is not that of the innermost element");

fn found(text: &str, at: usize, length: usize, event: Event) -> Result<(Event, usize)> {
    if length > MOST_MARKUP {
        return Err(Malformed("a piece of markup of more than a mebibyte"));
    }
    characters::check(&text[at..at + length])?;
    Ok((event, at + length))
}
