//! Large documents in small memory: a head, then many records of one kind, then nothing but end tags.
//!
//! The head is handed out as a complete document of its own, with its open elements closed, so that the ordinary decoder
//! checks it. Each record is handed out as a decoder over just that record. Only the head, one record and a window of
//! the input are ever held. Whoever declares a record says which elements may be it; that nothing but records may follow
//! the first one is checked here.

use std::{borrow::Cow, io::Read};

use super::{
    Decoder, Limits, Place, Rule, Violation, namespace,
    read::{Lengths, is_blank, local_part},
    text::{self, Utf8},
};
use crate::schema::{Namespace, NamespaceId};

/// Why a stream ended early.
#[derive(Debug)]
pub enum StreamError {
    /// The document is at fault.
    Violation(Box<Violation>),
    /// The input could not be read.
    Io(std::io::Error),
}

impl From<Box<Violation>> for StreamError {
    fn from(violation: Box<Violation>) -> Self {
        Self::Violation(violation)
    }
}

impl From<std::io::Error> for StreamError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

type Result<T> = std::result::Result<T, StreamError>;

/// Columns count characters, but bytes in what stands further right in a line than this: counting them costs, and nobody
/// looks there with an editor.
const LONG_LINE: u64 = 64 << 10;

/// How many bytes are asked for at once.
const CHUNK: usize = 256 << 10;

/// The bounds of a stream, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Everything before the first record.
    pub head: usize,
    /// One record.
    pub record: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { head: 16 << 20, record: 4 << 20 }
    }
}

/// A document being read record by record.
pub struct Records<R> {
    input: Utf8<R>,
    ended: bool,
    window: Vec<u8>,
    /// What of the window is used up.
    used: usize,
    /// The place of the first byte that is not.
    place: Place,
    table: &'static [Namespace],
    names: Vec<(NamespaceId, &'static str)>,
    bounds: Bounds,
    limits: Limits,
    lengths: Lengths,
    /// Open elements around the records: their names with prefixes.
    open: Vec<String>,
    /// How many of them are an envelope.
    hidden: usize,
    /// Prefixes bound around the records; one entry per declaration, with the depth it was made at.
    scope: Vec<(String, NamespaceId)>,
    scope_depths: Vec<usize>,
    path: String,
    finished: bool,
    /// Finds the end tag of a record, as the last one was written.
    end_tag: memchr::memmem::Finder<'static>,
}

/// A piece of markup or text, as a range of the window.
enum Token {
    Text,
    Quiet,
    Start { empty: bool },
    End,
    Eof,
}

impl<R: Read> Records<R> {
    /// A document whose records are elements with one of `names`. `table` is the generated `NAMESPACES`.
    pub fn new(input: R, table: &'static [Namespace], names: &[(NamespaceId, &'static str)]) -> Self {
        Self {
            input: Utf8::new(input),
            ended: false,
            window: Vec::with_capacity(2 * CHUNK),
            used: 0,
            place: Place { line: 1, column: 1 },
            table,
            names: names.to_vec(),
            bounds: Bounds::default(),
            limits: Limits::default(),
            lengths: Lengths::default(),
            open: Vec::new(),
            hidden: 0,
            scope: Vec::new(),
            scope_depths: Vec::new(),
            path: String::new(),
            finished: false,
            end_tag: memchr::memmem::Finder::new(b""),
        }
    }

    /// With what the transport says of the encoding.
    #[must_use]
    pub fn with_charset(mut self, charset: Option<&str>) -> Self {
        self.input = self.input.with_charset(charset);
        self
    }

    /// With other bounds.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// With another way to count lengths.
    #[must_use]
    pub fn with_lengths(mut self, lengths: Lengths) -> Self {
        self.lengths = lengths;
        self
    }

    /// Reads up to the first record. The answer is a whole document: what stood before, with its open elements closed.
    /// Of a document without records it is all of it.
    ///
    /// # Errors
    /// A head larger than its bound, a document type declaration, bytes that are no text, or input that cannot be read.
    pub fn head(&mut self) -> Result<String> {
        let mut at = 0;
        loop {
            let (token, end) = self.token(at, self.bounds.head, "the part before the first record")?;
            match token {
                Token::Eof => {
                    self.finished = true;
                    break;
                }
                Token::Text | Token::Quiet => {}
                Token::End => self.leave(),
                Token::Start { empty } => {
                    self.enter(at, end)?;
                    if self.is_record(at) {
                        self.leave();
                        break;
                    }
                    if empty {
                        self.leave();
                    }
                }
            }
            at = end;
        }
        let mut head = self.text(0, at)?.to_owned();
        text::characters(&head, self.place)?;
        // What has no records must end by itself: closing it would make something whole of what was cut.
        let closing = if self.finished { 0 } else { self.open.len() };
        for name in self.open[..closing].iter().rev() {
            head.push_str("</");
            head.push_str(name);
            head.push('>');
        }
        self.path = self.open.iter().skip(self.hidden).fold(String::new(), |path, name| path + "/" + local_part(name));
        self.consume(at);
        // The window was as large as the head; from here on it need not be.
        let rest = self.window.split_off(self.used);
        self.window = Vec::with_capacity(rest.len() + 2 * CHUNK);
        self.window.extend_from_slice(&rest);
        self.used = 0;
        Ok(head)
    }

    /// The next record, as a decoder that stands behind its start tag; `None` behind the end of the document.
    ///
    /// # Errors
    /// Anything but a record among the records, or as [`Records::head`].
    #[allow(clippy::should_implement_trait)] // a record borrows from the window, which no iterator allows
    pub fn next(&mut self) -> Result<Option<Decoder<'_>>> {
        if self.finished {
            return Ok(None);
        }
        // What is used up goes here, where nobody holds a part of the window.
        if self.used > CHUNK {
            self.window.drain(..self.used);
            self.used = 0;
        }
        loop {
            let (token, end) = self.token(self.used, self.bounds.record, "one record")?;
            match token {
                Token::Quiet => self.consume(end),
                Token::Text if self.window[self.used..end].iter().all(|&it| is_blank(it)) => self.consume(end),
                Token::Start { empty } => {
                    self.check_record(end)?;
                    let end = if empty { end } else { self.record_end(end)? };
                    return self.record(end).map(Some);
                }
                Token::End | Token::Eof => {
                    self.tail()?;
                    return Ok(None);
                }
                Token::Text => {
                    self.consume_blanks();
                    return Err(self.wrong(Rule::Text, self.what_follows(), "text").into());
                }
            }
        }
    }

    /// Whether a record follows the head.
    #[must_use]
    pub fn has_record(&self) -> bool {
        !self.finished
    }

    /// Goes on behind what [`Records::next`] has refused: an element that is no record, or text. False where it was
    /// something else, behind which nothing can be understood.
    ///
    /// # Errors
    /// As [`Records::next`].
    pub fn pass(&mut self) -> Result<bool> {
        let (token, end) = self.token(self.used, self.bounds.record, "one element")?;
        let end = match token {
            Token::Start { empty: false } => self.careful_end(end)?,
            Token::Start { empty: true } | Token::Text => end,
            Token::Quiet | Token::End | Token::Eof => return Ok(false),
        };
        self.consume(end);
        Ok(true)
    }

    /// The decoder of the record from where we are to `end`.
    fn record(&mut self, end: usize) -> Result<Decoder<'_>> {
        let (from, origin) = (self.used, self.place);
        let text = simdutf8::basic::from_utf8(&self.window[from..end]).map_err(|_| not_utf8(origin))?;
        text::characters(text, origin)?;
        self.place = if origin.column > LONG_LINE && memchr::memchr(b'\n', text.as_bytes()).is_none() {
            Place { line: origin.line, column: origin.column + text.len() as u64 }
        } else {
            text::place(text, text.len(), origin)
        };
        self.used = end;
        let decoder = Decoder::new(text, self.table).with_limits(self.limits).with_lengths(self.lengths);
        let mut decoder = decoder.part_of(origin, &self.path, &self.scope);
        decoder.root()?;
        Ok(decoder)
    }

    /// Whether the start tag at `at`, whose declarations have been taken in, is a record's.
    fn is_record(&self, at: usize) -> bool {
        let name = self.open.last().map_or("", String::as_str);
        debug_assert!(self.window[at..].starts_with(b"<"));
        let prefix = name.split_once(':').map_or("", |it| it.0);
        let namespace = self.scope.iter().rev().find(|it| it.0 == prefix).map_or(namespace::NONE, |it| it.1);
        self.names.iter().any(|it| *it == (namespace, local_part(name)))
    }

    fn check_record(&mut self, end: usize) -> Result<()> {
        self.enter(self.used, end)?;
        let is_record = self.is_record(self.used);
        let name = local_part(self.open.last().map_or("", String::as_str)).to_owned();
        self.leave();
        if is_record { Ok(()) } else { Err(self.wrong(Rule::Order, self.what_follows(), &format!("<{name}>")).into()) }
    }

    /// Where the record ends whose start tag ends at `from`: behind the first end tag of its name, unless comments or
    /// CDATA may hide one, or until a deeper look finds it.
    fn record_end(&mut self, from: usize) -> Result<usize> {
        let name = tag_name(&self.window[self.used + 1..from - 1]);
        if self.end_tag.needle().strip_prefix(b"</") != Some(name) {
            self.end_tag = memchr::memmem::Finder::new(&[b"</", name].concat()).into_owned();
        }
        let length = self.end_tag.needle().len();
        let mut searched = from;
        loop {
            let mut waiting = None;
            while let Some(found) = self.end_tag.find(&self.window[searched..]) {
                let behind = searched + found + length;
                let rest = &self.window[behind..];
                let blanks = rest.iter().take_while(|&&it| is_blank(it)).count();
                match rest.get(blanks) {
                    Some(b'>') if !hides_markup(&self.window[from..behind]) => return Ok(behind + blanks + 1),
                    Some(b'>') => return self.careful_end(from),
                    Some(_) => searched = behind,
                    None => {
                        waiting = Some(searched + found);
                        break;
                    }
                }
            }
            searched = waiting.unwrap_or_else(|| searched.max(self.window.len().saturating_sub(length)));
            if !self.fill(self.used, self.bounds.record, "one record")? {
                return self.careful_end(from);
            }
        }
    }

    /// The same, tag by tag.
    fn careful_end(&mut self, from: usize) -> Result<usize> {
        let (mut at, mut depth) = (from, 1_usize);
        loop {
            let (token, end) = self.token(at, self.bounds.record, "one record")?;
            match token {
                Token::Start { empty: false } => depth += 1,
                Token::End => depth -= 1,
                Token::Eof => return Ok(at),
                Token::Start { empty: true } | Token::Text | Token::Quiet => {}
            }
            at = end;
            if depth == 0 {
                return Ok(at);
            }
        }
    }

    /// Nothing but the end tags of what is open may follow.
    fn tail(&mut self) -> Result<()> {
        loop {
            let (token, end) = self.token(self.used, self.bounds.record, "one end tag")?;
            match token {
                Token::Eof if self.open.is_empty() => {
                    self.finished = true;
                    return Ok(());
                }
                Token::Quiet => {}
                Token::Text if self.window[self.used..end].iter().all(|&it| is_blank(it)) => {}
                Token::End => {
                    let name = tag_name(&self.window[self.used + 2..end - 1]);
                    if self.open.last().is_none_or(|it| it.as_bytes() != name) {
                        return Err(self.wrong(Rule::WellFormed, self.closing(), "another end tag").into());
                    }
                    self.open.pop();
                }
                Token::Eof => {
                    return Err(self.wrong(Rule::WellFormed, self.closing(), "the end of the document").into());
                }
                Token::Text => {
                    self.consume_blanks();
                    return Err(self.wrong(Rule::Text, self.closing(), "text").into());
                }
                Token::Start { .. } => return Err(self.wrong(Rule::Order, self.closing(), "another element").into()),
            }
            self.consume(end);
        }
    }

    fn closing(&self) -> String {
        self.open.last().map_or_else(|| "the end of the document".to_owned(), |it| format!("</{it}>"))
    }

    fn what_follows(&self) -> String {
        let name = self.names.first().map_or("record", |it| it.1);
        format!("<{name}> or {}", self.closing())
    }

    fn wrong(&self, rule: Rule, expected: String, found: &str) -> Box<Violation> {
        Box::new(Violation { place: self.place, path: self.path.clone(), rule, expected, found: found.to_owned() })
    }

    /// Takes in a start tag: its name and its namespace declarations.
    fn enter(&mut self, from: usize, end: usize) -> Result<()> {
        let tag = self.text(from + 1, end - 1)?.trim_end_matches('/').to_owned();
        let name = String::from_utf8_lossy(tag_name(tag.as_bytes())).into_owned();
        let depth = self.open.len() + 1;
        let mut declarations = Vec::new();
        for attribute in quick_xml::events::attributes::Attributes::new(&tag, name.len()).with_checks(false).flatten() {
            let key = attribute.key.into_inner();
            let prefix = if key == "xmlns" { Some("") } else { key.strip_prefix("xmlns:") };
            let Some(prefix) = prefix else { continue };
            let uri = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap_or(Cow::Borrowed(""));
            declarations.push((prefix.to_owned(), namespace::id(&uri, self.table)));
        }
        self.scope_depths.extend(declarations.iter().map(|_| depth));
        self.scope.append(&mut declarations);
        self.open.push(name);
        if depth > self.limits.depth {
            let expected = format!("at most {} elements inside each other", self.limits.depth);
            return Err(self.at(from, Rule::Limit, &expected, "more").into());
        }
        if self.scope.len() > self.limits.namespaces {
            let expected = format!("at most {} namespace declarations around an element", self.limits.namespaces);
            return Err(self.at(from, Rule::Limit, &expected, "more").into());
        }
        if depth == self.hidden + 1
            && depth <= 2
            && matches!(self.innermost(), (namespace::SOAP11 | namespace::SOAP12, _))
        {
            self.hidden = depth;
        }
        Ok(())
    }

    fn innermost(&self) -> (NamespaceId, &str) {
        let name = self.open.last().map_or("", String::as_str);
        let prefix = name.split_once(':').map_or("", |it| it.0);
        (self.scope.iter().rev().find(|it| it.0 == prefix).map_or(namespace::NONE, |it| it.1), local_part(name))
    }

    fn leave(&mut self) {
        let depth = self.open.len();
        while self.scope_depths.last().is_some_and(|it| *it == depth) {
            self.scope_depths.pop();
            self.scope.pop();
        }
        self.open.pop();
        self.hidden = self.hidden.min(self.open.len());
    }

    fn text(&self, from: usize, to: usize) -> Result<&str> {
        let wrong = |it: std::str::Utf8Error| {
            let good = String::from_utf8_lossy(&self.window[self.used..from + it.valid_up_to()]);
            not_utf8(text::place(&good, good.len(), self.place))
        };
        Ok(std::str::from_utf8(&self.window[from..to]).map_err(wrong)?)
    }

    /// A violation at a byte of the window.
    fn at(&self, at: usize, rule: Rule, expected: &str, found: &str) -> Box<Violation> {
        let before = String::from_utf8_lossy(&self.window[self.used.min(at)..at]);
        let place = text::place(&before, before.len(), self.place);
        Box::new(Violation {
            place,
            path: self.path.clone(),
            rule,
            expected: expected.to_owned(),
            found: found.to_owned(),
        })
    }

    fn consume_blanks(&mut self) {
        let blanks = self.window[self.used..].iter().take_while(|&&it| is_blank(it)).count();
        self.consume(self.used + blanks);
    }

    /// Marks the window used up to `to` and moves the place along.
    fn consume(&mut self, to: usize) {
        let bytes = &self.window[self.used..to];
        let columns = |tail: &[u8]| tail.iter().filter(|&&it| it & 0xc0 != 0x80).count() as u64;
        match memchr::memrchr(b'\n', bytes) {
            None => {
                self.place.column +=
                    std::str::from_utf8(bytes).map_or_else(|_| columns(bytes), |it| it.chars().count() as u64)
            }
            Some(last) => {
                self.place.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
                self.place.column = 1 + columns(&bytes[last + 1..]);
            }
        }
        self.used = to;
    }

    /// The token at `at` and where it ends, with more input where it needs more.
    fn token(&mut self, at: usize, bound: usize, what: &str) -> Result<(Token, usize)> {
        loop {
            if let Some(found) = token(&self.window[at..]) {
                return match found {
                    Ok((token, length)) => Ok((token, at + length)),
                    Err(()) => Err(self
                        .at(at, Rule::Doctype, "a document without DOCTYPE", "a document type declaration")
                        .into()),
                };
            }
            // Whoever decodes refuses larger ones, so there is no need to hold them, and to look through them again and again.
            if self.window.len() - at > self.limits.text + CHUNK {
                let expected = format!("at most {} bytes in one text or tag", self.limits.text);
                return Err(self.at(at, Rule::Limit, &expected, "more").into());
            }
            if !self.fill(self.used, bound, what)? {
                if at >= self.window.len() {
                    return Ok((Token::Eof, at));
                }
                if self.window[at] == b'<' {
                    return Err(self
                        .at(at, Rule::WellFormed, "the end of the markup", "the end of the document")
                        .into());
                }
                return Ok((Token::Text, self.window.len()));
            }
        }
    }

    /// Reads more. False at the end of the input.
    fn fill(&mut self, from: usize, bound: usize, what: &str) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.window.len() - from > bound {
            return Err(self.wrong(Rule::Limit, format!("at most {bound} bytes in {what}"), "more").into());
        }
        let length = self.window.len();
        self.window.resize(length + CHUNK, 0);
        let read = self.input.read(&mut self.window[length..]);
        self.window.truncate(length + read.as_ref().map_or(0, |it| *it));
        let read = match read {
            Err(why) if why.kind() == std::io::ErrorKind::InvalidData => {
                let (expected, found) = ("characters of a known encoding", "bytes that are none");
                return Err(self.at(length, Rule::Encoding, expected, found).into());
            }
            other => other?,
        };
        self.ended = read == 0;
        Ok(read > 0)
    }
}

fn not_utf8(place: Place) -> Box<Violation> {
    let (expected, found) = ("UTF-8".to_owned(), "a byte that is not".to_owned());
    Box::new(Violation { place, path: String::new(), rule: Rule::Encoding, expected, found })
}

/// Whether comments, CDATA or processing instructions may hide an end tag.
fn hides_markup(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(b'!', b'?', bytes).any(|at| at > 0 && bytes[at - 1] == b'<')
}

fn tag_name(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|&it| is_blank(it) || it == b'/').unwrap_or(tag.len());
    &tag[..end]
}

/// The first token and its length; `None` where it is not complete; an error for a document type declaration.
fn token(bytes: &[u8]) -> Option<std::result::Result<(Token, usize), ()>> {
    let quiet = |end: &[u8], skip: usize| {
        let found = memchr::memmem::find(bytes.get(skip..)?, end)?;
        Some(Ok((Token::Quiet, skip + found + end.len())))
    };
    match bytes {
        [b'<', b'/', ..] => Some(Ok((Token::End, memchr::memchr(b'>', bytes)? + 1))),
        [b'<', b'?', ..] => quiet(b"?>", 2),
        [b'<', b'!', b'-', b'-', ..] => quiet(b"-->", 4),
        // CDATA between elements is text and refused by whoever decodes; inside a record it only has to be passed.
        [b'<', b'!', b'[', ..] => {
            let found = memchr::memmem::find(bytes, b"]]>")?;
            Some(Ok((Token::Text, found + 3)))
        }
        [b'<', b'!', it, ..] if *it != b'-' => Some(Err(())),
        [b'<', b'!', ..] | [b'<'] | [] => None,
        [b'<', ..] => start_tag(bytes),
        _ => memchr::memchr(b'<', bytes).map(|it| Ok((Token::Text, it))),
    }
}

fn start_tag(bytes: &[u8]) -> Option<std::result::Result<(Token, usize), ()>> {
    let mut at = 1;
    loop {
        let found = memchr::memchr3(b'>', b'"', b'\'', &bytes[at..])? + at;
        match bytes[found] {
            b'>' => return Some(Ok((Token::Start { empty: bytes[found - 1] == b'/' }, found + 1))),
            quote => at = memchr::memchr(quote, &bytes[found + 1..])? + found + 2,
        }
    }
}
