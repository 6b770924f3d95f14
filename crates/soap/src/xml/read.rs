//! The decoder: a cursor over a pull parser that knows names, namespaces, places and bounds, but no type.

use std::{borrow::Cow, cell::Cell};

use quick_xml::{
    Reader,
    events::{BytesRef, Event},
};

use super::{
    namespace,
    scope::{declares, is_xml, prefix_length},
    violation::{Place, Result, Rule, Violation},
};
use crate::schema::{Item, Namespace, NamespaceId};

/// The bounds of a document. Every one of them is a [`Rule::Limit`] violation when passed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Elements inside elements.
    pub depth: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in scope, since every prefix is looked up among them.
    pub namespaces: usize,
    /// Bytes of a name with its prefix.
    pub name: usize,
    /// Bytes of one text or one start tag.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 100, attributes: 64, namespaces: 256, name: 256, text: 1 << 20 }
    }
}

/// What the length facets of a contract count. XML Schema counts characters; a contract may say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lengths {
    /// Unicode characters.
    #[default]
    Characters,
    /// Bytes of UTF-8.
    Utf8Bytes,
}

/// A namespace declaration in scope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding<'a> {
    pub(super) depth: usize,
    pub(super) prefix: &'a str,
    pub(super) namespace: NamespaceId,
}

/// A cursor over a document. See [`super::Decode`] for how types use it.
pub struct Decoder<'a> {
    pub(super) reader: Reader<&'a [u8]>,
    pub(super) input: &'a str,
    pub(super) table: &'static [Namespace],
    pub(super) bindings: Vec<Binding<'a>>,
    /// The names of the open elements, with their prefixes.
    pub(super) open: Vec<&'a str>,
    /// The name of the element that was closed last.
    pub(super) closed: &'a str,
    /// How many of `open` a path leaves out: the envelope around a body.
    pub(super) hidden: usize,
    /// The start tag the cursor stands behind, without its brackets.
    pub(super) tag: &'a str,
    pub(super) name_length: usize,
    /// Bytes of the prefix and its colon.
    pub(super) prefix_length: usize,
    pub(super) namespace: NamespaceId,
    /// Whether the input has carriage returns, which text must be freed from.
    pub(super) has_returns: bool,
    /// The element is `<like-this/>` and its end is still to come.
    pub(super) empty: bool,
    /// Where that start tag begins, in bytes.
    pub(super) start: usize,
    /// Where the last tag ended. Only there is it certain that the parser expects content.
    pub(super) behind: usize,
    pub(super) item: Option<&'static Item>,
    pub(super) limits: Limits,
    pub(super) lengths: Lengths,
    /// Where `input` begins in the document it was cut from.
    pub(super) origin: Place,
    /// What stands before every path.
    pub(super) prefix: String,
    /// How far the input has been walked through for a place, and that place.
    pub(super) walked: Cell<Option<(usize, Place)>>,
}

impl<'a> Decoder<'a> {
    /// A decoder at the beginning of a document. `table` is the generated `NAMESPACES`.
    #[must_use]
    pub fn new(input: &'a str, table: &'static [Namespace]) -> Self {
        let input = input.strip_prefix('\u{feff}').unwrap_or(input);
        let mut reader = Reader::from_str(input);
        // End tags are compared here, because most of them never become an event: see `plain_leaf`.
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        Self {
            reader,
            input,
            table,
            bindings: Vec::with_capacity(8),
            open: Vec::with_capacity(16),
            closed: "",
            hidden: 0,
            tag: "",
            name_length: 0,
            prefix_length: 0,
            namespace: namespace::NONE,
            has_returns: memchr::memchr(b'\r', input.as_bytes()).is_some(),
            empty: false,
            start: 0,
            behind: usize::MAX,
            item: None,
            limits: Limits::default(),
            lengths: Lengths::default(),
            origin: Place { line: 1, column: 1 },
            prefix: String::new(),
            walked: Cell::new(None),
        }
    }

    /// With other bounds.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With another way to count lengths.
    #[must_use]
    pub fn with_lengths(mut self, lengths: Lengths) -> Self {
        self.lengths = lengths;
        self
    }

    /// As a part of a larger document: where the part begins, what its paths start with, which prefixes are bound around it.
    #[must_use]
    pub(super) fn part_of(mut self, origin: Place, prefix: &str, scope: &'a [(String, NamespaceId)]) -> Self {
        self.origin = origin;
        prefix.clone_into(&mut self.prefix);
        self.bindings.extend(scope.iter().map(|(prefix, namespace)| Binding {
            depth: 0,
            prefix,
            namespace: *namespace,
        }));
        self
    }

    /// The same text from its beginning: behind the start tag of a record, in front of the root of a document. For
    /// another look at what has been decoded.
    #[must_use]
    pub fn again(&self) -> Self {
        let mut again = Self::new(self.input, self.table).with_limits(self.limits).with_lengths(self.lengths);
        again.origin = self.origin;
        self.prefix.clone_into(&mut again.prefix);
        again.bindings.extend(self.bindings.iter().filter(|it| it.depth == 0));
        again
    }

    /// A decoder in front of the element that this one stands in, for a look at what is in it.
    #[must_use]
    pub fn ahead(&self) -> Self {
        let mut ahead = Self::new("", self.table).with_limits(self.limits).with_lengths(self.lengths);
        let outside = self.open.len().saturating_sub(1);
        ahead.input = &self.input[self.start..];
        ahead.reader = Reader::from_str(ahead.input);
        *ahead.reader.config_mut() = self.reader.config().clone();
        ahead.has_returns = self.has_returns;
        ahead.origin = self.place(self.start);
        ahead.prefix = self.path_of(outside);
        let around = self.bindings.iter().filter(|it| it.depth <= outside);
        ahead.bindings.extend(around.map(|it| Binding { depth: 0, ..*it }));
        ahead
    }

    /// Moves to the root element.
    ///
    /// # Errors
    /// No element, text before it, a document type declaration, or what XML forbids.
    pub fn root(&mut self) -> Result<()> {
        if self.child("the document")? {
            return Ok(());
        }
        Err(self.violation(self.start, Rule::WellFormed, "a root element".into(), "nothing".into()))
    }

    /// Sees to it that nothing but comments follows the root element.
    ///
    /// # Errors
    /// A second root, text, or what XML forbids.
    pub fn finish(&mut self) -> Result<()> {
        let behind = self.child("the end of the document").map_err(|mut violation| {
            if violation.rule == Rule::Text {
                violation.expected = "the end of the document".into();
            }
            violation
        })?;
        if behind {
            let found = format!("a second root element <{}>", self.local());
            return Err(self.violation(self.start, Rule::WellFormed, "the end of the document".into(), found));
        }
        Ok(())
    }

    /// The namespace and local name of the element the cursor stands in front of the content of.
    #[must_use]
    pub fn name(&self) -> (NamespaceId, &'a str) {
        (self.namespace, self.local())
    }

    #[inline]
    pub(super) fn local(&self) -> &'a str {
        &self.tag[self.prefix_length..self.name_length]
    }

    pub(super) fn namespace_id(&self) -> NamespaceId {
        self.namespace
    }

    /// Leaves the currently open elements out of paths, as the envelope is for its body.
    pub fn hide_path(&mut self) {
        self.hidden = self.open.len();
    }

    /// The byte at which the start tag of the current element begins.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.start
    }

    /// The byte behind what has been read.
    #[must_use]
    pub fn position(&self) -> usize {
        self.reader.buffer_position() as usize
    }

    /// How many elements are open.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Moves to the next child: true behind its start tag, false behind the parent's end tag.
    ///
    /// # Errors
    /// Text, a document type declaration, a bound, or what XML forbids. `parent` is for the message.
    #[inline]
    pub fn child(&mut self, parent: &str) -> Result<bool> {
        if self.empty {
            self.empty = false;
            self.leave();
            return Ok(false);
        }
        if let Some(is_start) = self.plain_tag()? {
            return Ok(is_start);
        }
        // Blanks between elements are not worth an event.
        self.reader.config_mut().trim_text_start = true;
        loop {
            let from = self.position();
            match self.reader.read_event() {
                Ok(Event::Start(tag)) => {
                    let (length, name_length) = (tag.len(), tag.name().as_ref().len());
                    self.enter(length, name_length, false)?;
                    return Ok(true);
                }
                Ok(Event::Empty(tag)) => {
                    let (length, name_length) = (tag.len(), tag.name().as_ref().len());
                    self.enter(length, name_length, true)?;
                    return Ok(true);
                }
                Ok(Event::End(tag)) => {
                    self.start = self.position().saturating_sub(tag.name().as_ref().len() + "</>".len());
                    self.check_end(tag.name().as_ref())?;
                    self.leave();
                    return Ok(false);
                }
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Decl(_)) if from == 0 && self.starts_with_declaration() => {}
                Ok(Event::Eof) if self.open.is_empty() => {
                    self.start = from;
                    return Ok(false);
                }
                other => return Err(self.out_of_place(from, parent, other)),
            }
        }
    }

    /// XML 1.0, 2.8: not even a blank may stand before it.
    fn starts_with_declaration(&self) -> bool {
        self.input.starts_with("<?xml") && self.origin == (Place { line: 1, column: 1 })
    }

    /// Takes in the start tag that has just been read, of so many bytes between its brackets.
    #[inline]
    pub(super) fn enter(&mut self, length: usize, name_length: usize, empty: bool) -> Result<()> {
        self.behind = self.position();
        let to = self.behind - 1 - usize::from(empty);
        self.start = to - length - 1;
        self.tag = &self.input[to - length..to];
        self.name_length = name_length;
        self.prefix_length = prefix_length(&self.tag[..name_length]);
        self.empty = empty;
        self.open.push(&self.tag[..name_length]);
        if self.open.len() > self.limits.depth || name_length > self.limits.name || length > self.limits.text {
            return Err(self.too_large());
        }
        if length > name_length + 6 && declares(&self.tag[name_length..]) {
            self.bind()?;
        }
        let prefix = &self.tag[..self.prefix_length.saturating_sub(1)];
        match self.resolve(prefix) {
            Some(namespace) => self.namespace = namespace,
            None => return Err(self.unbound(prefix)),
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.behind = self.position();
        let depth = self.open.len();
        while self.bindings.last().is_some_and(|it| it.depth == depth && depth > 0) {
            self.bindings.pop();
        }
        self.closed = self.open.pop().unwrap_or_default();
    }

    /// Whether the current start tag has nothing but a name.
    #[inline]
    pub(super) fn is_bare(&self) -> bool {
        self.tag.len() == self.name_length
    }

    /// The text of the current element, its end tag consumed. Line ends are normalised, entities resolved.
    ///
    /// # Errors
    /// A child element, a bound, or what XML forbids.
    #[inline]
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>> {
        if self.empty {
            self.empty = false;
            self.leave();
            return Ok(Cow::Borrowed(""));
        }
        if let Some(text) = self.plain_leaf() {
            return Ok(text);
        }
        let mut text: Cow<'a, str> = Cow::Borrowed("");
        self.reader.config_mut().trim_text_start = false;
        loop {
            let from = self.position();
            match self.reader.read_event() {
                Ok(Event::Text(part)) => append(&mut text, self.line_ends(part.into_inner())),
                Ok(Event::CData(part)) => append(&mut text, self.line_ends(part.into_inner())),
                Ok(Event::GeneralRef(entity)) => {
                    let entity = self.entity(from, &entity)?;
                    text.to_mut().push(entity);
                }
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::End(tag)) => {
                    self.start = from;
                    self.check_end(tag.name().as_ref())?;
                    self.leave();
                    return Ok(text);
                }
                Ok(Event::Start(tag)) => {
                    let (length, name_length) = (tag.len(), tag.name().as_ref().len());
                    return Err(self.child_in_text(from, length, name_length, false));
                }
                Ok(Event::Empty(tag)) => {
                    let (length, name_length) = (tag.len(), tag.name().as_ref().len());
                    return Err(self.child_in_text(from, length, name_length, true));
                }
                other => return Err(self.out_of_place(from, "text", other)),
            }
            if text.len() > self.limits.text {
                let expected = format!("at most {} bytes of text", self.limits.text);
                return Err(self.here(Rule::Limit, expected, "more".into()));
            }
        }
    }

    /// An end tag must be that of the innermost open element.
    #[inline]
    fn check_end(&self, name: &str) -> Result<()> {
        match self.open.last() {
            Some(open) if same(open.as_bytes(), name.as_bytes()) => Ok(()),
            _ => Err(self.mismatched(name)),
        }
    }

    /// CR LF and CR become LF (XML 1.0, 2.11).
    #[inline]
    fn line_ends(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        if !self.has_returns {
            return text;
        }
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    }

    /// Enters the child all the same, so that whoever recovers can skip it.
    #[cold]
    fn child_in_text(&mut self, from: usize, length: usize, name_length: usize, empty: bool) -> Box<Violation> {
        let violation = self.violation(from, Rule::UnknownElement, "text only".into(), "a child element".into());
        match self.enter(length, name_length, empty) {
            Ok(()) => violation,
            Err(worse) => worse,
        }
    }

    /// The text of the current element, for readers without a schema: headers and envelopes.
    ///
    /// # Errors
    /// As everything else that reads text.
    pub fn plain_text(&mut self) -> Result<Cow<'a, str>> {
        self.text()
    }

    fn entity(&self, from: usize, entity: &BytesRef<'_>) -> Result<char> {
        let wrong = |found: String| {
            self.violation(from, Rule::WellFormed, "&amp; &lt; &gt; &quot; &apos; or &#…;".into(), found)
        };
        if let Some(character) = entity.resolve_char_ref().map_err(|_| wrong("a wrong character reference".into()))? {
            return if is_xml(character) {
                Ok(character)
            } else {
                Err(wrong("a reference to a forbidden character".into()))
            };
        }
        match &**entity {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err(wrong("an entity nobody declared".into())),
        }
    }

    /// Skips the rest of the current element, its end tag included.
    ///
    /// # Errors
    /// Depth, or what XML forbids.
    pub fn skip(&mut self) -> Result<()> {
        let depth = self.open.len();
        self.skip_to(depth.saturating_sub(1))
    }

    /// Skips until only `depth` elements are open.
    ///
    /// # Errors
    /// As [`Decoder::skip`].
    pub fn skip_to(&mut self, depth: usize) -> Result<()> {
        while self.open.len() > depth {
            if self.empty {
                self.empty = false;
                self.leave();
                continue;
            }
            let from = self.position();
            match self.reader.read_event() {
                Ok(Event::Start(tag)) => {
                    let (length, name_length) = (tag.len(), tag.name().as_ref().len());
                    self.enter(length, name_length, false)?;
                }
                Ok(Event::Empty(tag)) => {
                    let (length, name_length) = (tag.len(), tag.name().as_ref().len());
                    self.enter(length, name_length, true)?;
                }
                Ok(Event::End(tag)) => {
                    self.start = from;
                    self.check_end(tag.name().as_ref())?;
                    self.leave();
                }
                Ok(Event::Eof) => return Err(self.unfinished()),
                Ok(Event::DocType(_)) => return Err(self.doctype(from)),
                Ok(_) => {}
                Err(why) => return Err(self.ill_formed(from, &why)),
            }
        }
        Ok(())
    }
}

#[inline]
fn append<'a>(text: &mut Cow<'a, str>, part: Cow<'a, str>) {
    if text.is_empty() {
        *text = part;
    } else {
        text.to_mut().push_str(&part);
    }
}

/// Equality of names, which are short, without a call: eight bytes at a time, the last eight overlapping.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let word = |it: &[u8], at: usize| it[at..].first_chunk::<8>().map(|it| u64::from_le_bytes(*it));
    match a.len() {
        0..8 => a.iter().zip(b).all(|(a, b)| a == b),
        8..=16 => word(a, 0) == word(b, 0) && word(a, a.len() - 8) == word(b, b.len() - 8),
        _ => a == b,
    }
}

#[inline]
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[inline]
pub(super) fn local_part(name: &str) -> &str {
    memchr::memchr(b':', name.as_bytes()).map_or(name, |it| &name[it + 1..])
}
