//! The decoder: a cursor over a pull parser that knows names, namespaces, places and bounds, but no type.

use std::{borrow::Cow, io::BufRead};

use quick_xml::{
    Reader,
    events::{BytesRef, Event},
};

use super::{
    namespace,
    text::place,
    violation::{Place, Result, Rule, Violation, shortened},
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
    depth: usize,
    prefix: &'a str,
    namespace: NamespaceId,
}

/// A cursor over a document. See [`super::Decode`] for how types use it.
pub struct Decoder<'a> {
    reader: Reader<&'a [u8]>,
    pub(super) input: &'a str,
    table: &'static [Namespace],
    bindings: Vec<Binding<'a>>,
    /// The names of the open elements, with their prefixes.
    open: Vec<&'a str>,
    /// The name of the element that was closed last.
    pub(super) closed: &'a str,
    /// How many of `open` a path leaves out: the envelope around a body.
    hidden: usize,
    /// The start tag the cursor stands behind, without its brackets.
    tag: &'a str,
    name_length: usize,
    /// Bytes of the prefix and its colon.
    prefix_length: usize,
    namespace: NamespaceId,
    /// Whether the input has carriage returns, which text must be freed from.
    has_returns: bool,
    /// The element is `<like-this/>` and its end is still to come.
    empty: bool,
    /// Where that start tag begins, in bytes.
    pub(super) start: usize,
    pub(super) item: Option<&'static Item>,
    pub(super) limits: Limits,
    pub(super) lengths: Lengths,
    /// Where `input` begins in the document it was cut from.
    origin: Place,
    /// What stands before every path.
    prefix: String,
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
            item: None,
            limits: Limits::default(),
            lengths: Lengths::default(),
            origin: Place { line: 1, column: 1 },
            prefix: String::new(),
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
        self.bindings.extend(scope.iter().map(|(prefix, namespace)| Binding { depth: 0, prefix, namespace: *namespace }));
        self
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

    /// The namespace name of the current element, as its declaration writes it; empty where there is none.
    #[must_use]
    pub fn namespace_uri(&self) -> Cow<'a, str> {
        self.uri(&self.tag[..self.prefix_length.saturating_sub(1)])
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
    fn enter(&mut self, length: usize, name_length: usize, empty: bool) -> Result<()> {
        let to = self.position() - 1 - usize::from(empty);
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

    fn leave(&mut self) {
        let depth = self.open.len();
        while self.bindings.last().is_some_and(|it| it.depth == depth && depth > 0) {
            self.bindings.pop();
        }
        self.closed = self.open.pop().unwrap_or_default();
    }

    /// Takes in the namespace declarations of the current start tag.
    fn bind(&mut self) -> Result<()> {
        let (depth, first) = (self.open.len(), self.bindings.len());
        let attributes: Result<Vec<_>> = self.raw_attributes().collect();
        for (name, value) in attributes? {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => &rest[1..],
                _ => continue,
            };
            if self.bindings[first..].iter().any(|it| it.prefix == prefix) {
                return Err(self.here(Rule::WellFormed, "each prefix declared once".into(), format!("{name} twice")));
            }
            if self.bindings.len() >= self.limits.namespaces {
                let expected = format!("at most {} namespace declarations around an element", self.limits.namespaces);
                return Err(self.here(Rule::Limit, expected, "more".into()));
            }
            let namespace = namespace::id(&value, self.table);
            self.bindings.push(Binding { depth, prefix, namespace });
        }
        Ok(())
    }

    /// The namespace a prefix stands for here.
    #[inline]
    pub(super) fn resolve(&self, prefix: &str) -> Option<NamespaceId> {
        match self.bindings.iter().rev().find(|it| same(it.prefix.as_bytes(), prefix.as_bytes())) {
            Some(binding) => Some(binding.namespace),
            None if prefix.is_empty() => Some(namespace::NONE),
            None if prefix == "xml" => Some(namespace::XML),
            None => None,
        }
    }

    /// The namespace name behind a prefix, found by walking the text again: only error messages and headers ask.
    fn uri(&self, prefix: &str) -> Cow<'a, str> {
        match self.resolve(prefix) {
            Some(namespace::UNKNOWN) => {}
            Some(known) => return Cow::Borrowed(namespace::get(known, self.table).uri),
            None => return Cow::Borrowed(""),
        }
        let wanted = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        let mut found = Cow::Borrowed("");
        for name in &self.open {
            // Every open name is a slice of the input, so its tag can be found again.
            let from = name.as_ptr() as usize - self.input.as_ptr() as usize;
            let rest = &self.input[from + name.len()..];
            let tag = &rest[..tag_end(rest)];
            for (name, value) in attributes_of(tag).flatten() {
                if name == wanted {
                    found = value;
                }
            }
        }
        found
    }

    /// The attributes of the current start tag as written, namespace declarations included, values normalised.
    #[inline]
    pub(super) fn raw_attributes(&self) -> impl Iterator<Item = Result<(&'a str, Cow<'a, str>)>> + use<'a, '_> {
        let limit = self.limits.attributes;
        attributes_of(&self.tag[self.name_length..]).enumerate().map(move |(count, attribute)| {
            if count >= limit {
                return Err(self.here(Rule::Limit, format!("at most {limit} attributes"), "more".into()));
            }
            let (name, value) = attribute.map_err(|why| self.here(Rule::WellFormed, "name=\"value\"".into(), why))?;
            if name.len() > self.limits.name {
                return Err(self.here(Rule::Limit, format!("a name of at most {} bytes", self.limits.name), "a longer one".into()));
            }
            Ok((name, value))
        })
    }

    /// The attributes of the current start tag that have a prefix, with its namespace.
    pub(crate) fn qualified_attributes(&self) -> impl Iterator<Item = Result<(NamespaceId, &'a str, Cow<'a, str>)>> + use<'a, '_> {
        self.raw_attributes().filter_map(|attribute| {
            let (name, value) = match attribute {
                Ok(attribute) => attribute,
                Err(violation) => return Some(Err(violation)),
            };
            let (prefix, local) = name.split_once(':').filter(|(prefix, _)| *prefix != "xmlns")?;
            Some(self.resolve(prefix).map(|namespace| (namespace, local, value)).ok_or_else(|| self.unbound(prefix)))
        })
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

    /// The text of an element that holds nothing but text without references, which nearly every leaf does: taken from
    /// the input up to its end tag, which must follow at once. The parser is moved behind it without an event.
    #[inline]
    fn plain_leaf(&mut self) -> Option<Cow<'a, str>> {
        let from = self.position();
        let rest = &self.input.as_bytes()[from..];
        let length = memchr::memchr2(b'<', b'&', rest)?;
        let name = &self.tag[..self.name_length];
        let end_tag = rest.get(length..length + name.len() + "</>".len())?;
        let [b'<', b'/', named @ .., b'>'] = end_tag else { return None };
        if !same(named, name.as_bytes()) || length > self.limits.text || self.has_returns {
            return None;
        }
        let text = &self.input[from..from + length];
        self.reader.stream().consume(length + end_tag.len());
        self.leave();
        Some(Cow::Borrowed(text))
    }

    /// An end tag must be that of the innermost open element.
    #[inline]
    fn check_end(&self, name: &str) -> Result<()> {
        match self.open.last() {
            Some(open) if same(open.as_bytes(), name.as_bytes()) => Ok(()),
            _ => Err(self.mismatched(name)),
        }
    }

    #[cold]
    fn mismatched(&self, name: &str) -> Box<Violation> {
        let expected = self.open.last().map_or_else(|| "no end tag".to_owned(), |it| format!("</{it}>"));
        let name: String = name.chars().take(60).collect();
        self.here(Rule::WellFormed, expected, format!("</{name}>"))
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
        let wrong = |found: String| self.violation(from, Rule::WellFormed, "&amp; &lt; &gt; &quot; &apos; or &#…;".into(), found);
        if let Some(character) = entity.resolve_char_ref().map_err(|_| wrong("a wrong character reference".into()))? {
            return if is_xml(character) { Ok(character) } else { Err(wrong("a reference to a forbidden character".into())) };
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

    #[cold]
    fn out_of_place(&self, from: usize, parent: &str, event: std::result::Result<Event<'_>, quick_xml::Error>) -> Box<Violation> {
        // The parser has passed over blanks without telling.
        let from = from + self.input[from..].bytes().take_while(|&it| is_blank(it)).count();
        match event {
            Ok(Event::DocType(_)) => self.doctype(from),
            Ok(Event::Eof) => self.unfinished(),
            Ok(Event::Decl(_)) => {
                self.violation(from, Rule::WellFormed, "an XML declaration at the very beginning only".into(), "one here".into())
            }
            Ok(_) => self.violation(from, Rule::Text, format!("only elements in {parent}"), "text".into()),
            Err(why) => self.ill_formed(from, &why),
        }
    }

    #[cold]
    fn doctype(&self, from: usize) -> Box<Violation> {
        self.violation(from, Rule::Doctype, "a document without DOCTYPE".into(), "a document type declaration".into())
    }

    #[cold]
    fn unfinished(&self) -> Box<Violation> {
        let expected = self.open.last().map_or_else(|| "a root element".to_owned(), |it| format!("</{it}>"));
        self.violation(self.input.len(), Rule::WellFormed, expected, "the end of the document".into())
    }

    #[cold]
    fn ill_formed(&self, from: usize, why: &quick_xml::Error) -> Box<Violation> {
        let at = usize::try_from(self.reader.error_position()).unwrap_or(from).max(from);
        let found = match why {
            // These two quote names from the document, which is what one wants to read.
            quick_xml::Error::IllFormed(why) => why.to_string(),
            quick_xml::Error::Syntax(why) => why.to_string(),
            _ => "text that is not XML".to_owned(),
        };
        let expected = self.open.last().map_or_else(|| "well-formed XML".to_owned(), |it| format!("well-formed XML inside <{it}>"));
        self.violation(at, Rule::WellFormed, expected, found)
    }

    #[cold]
    fn too_large(&self) -> Box<Violation> {
        let Limits { depth, name, text, .. } = self.limits;
        let (expected, found) = if self.open.len() > depth {
            (format!("at most {depth} elements inside each other"), "more")
        } else if self.name_length > name {
            (format!("a name of at most {name} bytes"), "a longer one")
        } else {
            (format!("a start tag of at most {text} bytes"), "a longer one")
        };
        let mut violation = self.here(Rule::Limit, expected, found.into());
        // A path of a hundred elements, or with a name of a megabyte, helps nobody.
        violation.path = violation.path.chars().take(200).collect();
        violation
    }

    #[cold]
    fn unbound(&self, prefix: &str) -> Box<Violation> {
        self.here(Rule::Namespace, "a declared prefix".into(), format!("the undeclared prefix {prefix:?}"))
    }

    /// A violation at the start tag of the current element.
    #[cold]
    pub(super) fn here(&self, rule: Rule, expected: String, found: String) -> Box<Violation> {
        self.violation(self.start, rule, expected, found)
    }

    /// A violation at a byte of the input.
    #[cold]
    pub(super) fn violation(&self, offset: usize, rule: Rule, expected: String, found: String) -> Box<Violation> {
        Box::new(Violation { place: self.place(offset), path: self.path(), rule, expected, found })
    }

    /// Line and column of a byte of the input.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        place(self.input, offset, self.origin)
    }

    /// The open elements as a path.
    #[must_use]
    pub(super) fn path(&self) -> String {
        let mut path = self.prefix.clone();
        for name in self.open.iter().skip(self.hidden) {
            path.push('/');
            path.push_str(local_part(name));
        }
        path
    }
}

/// The attributes of a start tag behind its name, values normalised as XML 1.0, 3.3.3 tells.
fn attributes_of<'a>(tag: &'a str) -> impl Iterator<Item = std::result::Result<(&'a str, Cow<'a, str>), String>> + use<'a> {
    let mut attributes = quick_xml::events::attributes::Attributes::new(tag, 0);
    attributes.with_checks(false);
    attributes.map(|attribute| {
        // What the parser says begins with a position in the tag, which nobody can count.
        let told = |why: String| why.split_once(": ").map(|it| it.1.to_owned()).unwrap_or(why);
        let attribute = attribute.map_err(|why| told(why.to_string()))?;
        let name: &'a str = attribute.key.into_inner();
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|_| format!("a value of {} with a wrong reference", shortened(name)))?;
        // The text as a whole has been looked through; only references can bring forbidden characters now.
        let referred = matches!(value, Cow::Owned(_)) && !value.chars().all(is_xml);
        if referred || memchr::memchr(b'<', attribute.value.as_bytes()).is_some() {
            return Err(format!("a value of {} with a forbidden character", shortened(name)));
        }
        Ok((name, value))
    })
}

/// Where a start tag ends: its `>` outside quotes.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    tag.len()
}

#[inline]
fn append<'a>(text: &mut Cow<'a, str>, part: Cow<'a, str>) {
    if text.is_empty() {
        *text = part;
    } else {
        text.to_mut().push_str(&part);
    }
}

/// Whether the attributes of a start tag declare a namespace, or look as if.
#[inline]
fn declares(attributes: &str) -> bool {
    let bytes = attributes.as_bytes();
    memchr::memchr_iter(b'x', bytes).any(|at| bytes[at..].starts_with(b"xmlns"))
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

const fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[inline]
pub(super) fn local_part(name: &str) -> &str {
    memchr::memchr(b':', name.as_bytes()).map_or(name, |it| &name[it + 1..])
}

/// Bytes of the prefix and its colon. Prefixes are short, so a plain loop is the quickest.
#[inline]
fn prefix_length(name: &str) -> usize {
    name.bytes().position(|it| it == b':').map_or(0, |it| it + 1)
}
