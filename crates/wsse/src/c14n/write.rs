//! The canonical form of what a walk meets.
//!
//! Most of a document is canonical as it stands, so it is not written piece by piece but in runs, up to where something is
//! different.

use super::{
    Event, Exclusive, Sink, Walk,
    characters::{is_blank, reference, same},
    scope::{self, Bound, Scope},
    tag::Attribute,
};

#[derive(Debug, Clone, Default)]
pub(crate) struct Writer {
    inclusive: Vec<String>,
    comments: bool,
    /// From where on the text has not been written, since it is canonical as it stands.
    run: usize,
    /// The declarations that have been written, each with the depth of its element.
    rendered: Vec<(usize, Bound)>,
    /// Those of the present element, to be written.
    needed: Vec<Bound>,
    order: Vec<usize>,
    begun: bool,
}

impl Writer {
    pub(crate) fn new(how: &Exclusive) -> Self {
        let mut writer = Self::default();
        writer.restart(how);
        writer
    }

    /// Begins anew, with what has been allocated.
    pub(super) fn restart(&mut self, how: &Exclusive) {
        let prefix = |it: &String| if it == "#default" { String::new() } else { it.clone() };
        self.inclusive.clear();
        self.inclusive.extend(how.inclusive.iter().map(prefix));
        self.comments = how.comments;
        self.rendered.clear();
        self.begun = false;
    }

    /// The text goes on, in another piece, at the byte `at` of that piece. What was there must have been flushed.
    pub(crate) fn resume(&mut self, at: usize) {
        self.run = at;
    }

    /// Writes what has been met up to `to`.
    #[inline]
    pub(crate) fn flush(&mut self, text: &str, to: usize, sink: &mut impl Sink) {
        if self.run < to {
            sink.put(&text[self.run..to]);
        }
        self.run = to;
    }

    /// Takes the start tag from `from` to `to` that the walk has just read. Of an empty element, its end too.
    #[inline]
    pub(crate) fn start(&mut self, walk: &Walk, text: &str, from: usize, to: usize, sink: &mut impl Sink) {
        let tag = &walk.tag;
        let scope = walk.scope();
        self.needed.clear();
        self.want(scope, tag.bound);
        for attribute in &tag.attributes {
            if attribute.name.has_prefix() {
                self.want(scope, attribute.bound);
            }
        }
        if !self.inclusive.is_empty() && (!self.begun || !tag.declarations.is_empty()) {
            for number in 0..self.inclusive.len() {
                if let Some(bound) = scope.find(self.inclusive[number].as_bytes()) {
                    self.want(scope, bound);
                }
            }
        }
        if !self.begun {
            self.begun = true;
            self.run = from;
        }
        if tag.tidy && self.needed.is_empty() && is_sorted(scope, text, &tag.attributes) {
            if tag.empty {
                self.flush(text, to - "/>".len(), sink);
                self.run = to;
                sink.put("></");
                sink.put(tag.name.whole(text));
                sink.put(">");
            }
            return;
        }
        self.flush(text, from, sink);
        self.run = to;
        let name = tag.name.whole(text);
        sink.put("<");
        sink.put(name);
        self.declarations(scope, walk.depth(), sink);
        self.attributes(scope, text, &tag.attributes, sink);
        sink.put(">");
        if tag.empty {
            sink.put("</");
            sink.put(name);
            sink.put(">");
        }
    }

    /// Takes anything else.
    #[inline]
    pub(crate) fn take(&mut self, walk: &Walk, text: &str, event: Event, from: usize, to: usize, sink: &mut impl Sink) {
        match event {
            Event::End(length) => {
                self.leave(walk.depth());
                // Blanks behind the name are not canonical.
                if to - from != length + "</>".len() {
                    self.flush(text, from + "</".len() + length, sink);
                    self.run = to;
                    sink.put(">");
                }
            }
            Event::Text { plain: true } | Event::Start | Event::More => {}
            Event::Text { plain: false } => self.instead(text, from, to, sink, |sink| escape(&text[from..to], sink)),
            Event::Reference(character) => {
                self.instead(text, from, to, sink, |sink| put(character, sink));
            }
            Event::Data => {
                let inside = &text[from + "<![CDATA[".len()..to - "]]>".len()];
                self.instead(text, from, to, sink, |sink| escape(inside, sink));
            }
            Event::Comment if self.comments => {
                self.instead(text, from, to, sink, |sink| line_ends(&text[from..to], sink));
            }
            Event::Comment => self.instead(text, from, to, sink, |_| {}),
            Event::Instruction(length) => {
                let (target, data) = text[from + "<?".len()..to - "?>".len()].split_at(length);
                self.instead(text, from, to, sink, |sink| instruction(target, data, sink));
            }
        }
    }

    /// Forgets what was declared in elements deeper than `depth`.
    #[inline]
    pub(crate) fn leave(&mut self, depth: usize) {
        while self.rendered.last().is_some_and(|it| it.0 > depth) {
            self.rendered.pop();
        }
    }

    fn instead<S: Sink>(&mut self, text: &str, from: usize, to: usize, sink: &mut S, write: impl FnOnce(&mut S)) {
        self.flush(text, from, sink);
        write(sink);
        self.run = to;
    }

    /// Notes that a declaration is needed here, unless the nearest one written for the prefix says the same.
    #[inline]
    fn want(&mut self, scope: &Scope, bound: Bound) {
        if bound == scope::NONE || bound == scope::XML {
            return;
        }
        let prefix = scope.prefix(bound);
        let nearest = self
            .rendered
            .iter()
            .rev()
            .find(|it| it.1 == bound || same(scope.prefix(it.1).as_bytes(), prefix.as_bytes()));
        let known = match nearest {
            Some((_, nearest)) => *nearest == bound || scope.uri(*nearest) == scope.uri(bound),
            None => scope.uri(bound).is_empty(),
        };
        if !known && !self.needed.contains(&bound) {
            self.needed.push(bound);
        }
    }

    fn declarations(&mut self, scope: &Scope, depth: usize, sink: &mut impl Sink) {
        self.needed.sort_unstable_by_key(|it| scope.prefix(*it));
        for &bound in &self.needed {
            let prefix = scope.prefix(bound);
            sink.put(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            sink.put(prefix);
            sink.put("=\"");
            // As a value that holds no references any more.
            for character in
                Special::new(scope.uri(bound), |it| matches!(it, b'&' | b'<' | b'"' | b'\t' | b'\n' | b'\r'))
            {
                match character {
                    Ok(text) => sink.put(text),
                    Err(character) => put_value(character, sink),
                }
            }
            sink.put("\"");
            self.rendered.push((depth, bound));
        }
    }

    fn attributes(&mut self, scope: &Scope, text: &str, attributes: &[Attribute], sink: &mut impl Sink) {
        self.order.clear();
        self.order.extend(0..attributes.len());
        self.order.sort_unstable_by_key(|it| key(scope, text, &attributes[*it]));
        for &number in &self.order {
            let attribute = &attributes[number];
            sink.put(" ");
            sink.put(attribute.name.whole(text));
            sink.put("=\"");
            if attribute.plain {
                sink.put(attribute.raw(text));
            } else {
                value(attribute.raw(text), sink);
            }
            sink.put("\"");
        }
    }
}

/// By what attributes are put into their order.
fn key<'t>(scope: &'t Scope, text: &'t str, attribute: &Attribute) -> (&'t str, &'t str) {
    (scope.uri(attribute.bound), attribute.name.local(text))
}

fn is_sorted(scope: &Scope, text: &str, attributes: &[Attribute]) -> bool {
    attributes.windows(2).all(|it| key(scope, text, &it[0]) < key(scope, text, &it[1]))
}

/// Text cut at its special characters: what stands between them, and each of them.
struct Special<'t, F> {
    rest: &'t str,
    is_special: F,
}

impl<'t, F: Fn(u8) -> bool> Special<'t, F> {
    fn new(rest: &'t str, is_special: F) -> Self {
        Self { rest, is_special }
    }
}

impl<'t, F: Fn(u8) -> bool> Iterator for Special<'t, F> {
    type Item = Result<&'t str, char>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.rest.bytes().position(|it| (self.is_special)(it));
        match found {
            None if self.rest.is_empty() => None,
            // All special characters are of one byte.
            Some(0) => {
                let character = char::from(self.rest.as_bytes()[0]);
                self.rest = &self.rest[1..];
                Some(Err(character))
            }
            found => {
                let (text, rest) = self.rest.split_at(found.unwrap_or(self.rest.len()));
                self.rest = rest;
                Some(Ok(text))
            }
        }
    }
}

/// Text as it is written in a document, references left out.
fn escape(text: &str, sink: &mut impl Sink) {
    let mut parts = Special::new(text, |it| matches!(it, b'&' | b'<' | b'>' | b'\r'));
    while let Some(part) = parts.next() {
        match part {
            Ok(text) => sink.put(text),
            // A literal one is a line end, and one with a line feed the same line end.
            Err('\r') if parts.rest.starts_with('\n') => {}
            Err('\r') => sink.put("\n"),
            Err(character) => put(character, sink),
        }
    }
}

/// A character of text that is not a literal carriage return.
fn put(character: char, sink: &mut impl Sink) {
    match character {
        '&' => sink.put("&amp;"),
        '<' => sink.put("&lt;"),
        '>' => sink.put("&gt;"),
        '\r' => sink.put("&#xD;"),
        other => sink.put(other.encode_utf8(&mut [0; 4])),
    }
}

/// A value as it is written in a document, without its quotes.
fn value(raw: &str, sink: &mut impl Sink) {
    let mut parts = Special::new(raw, |it| matches!(it, b'&' | b'"' | b'\t' | b'\n' | b'\r'));
    while let Some(part) = parts.next() {
        match part {
            Ok(text) => sink.put(text),
            Err('\r') if parts.rest.starts_with('\n') => {}
            Err('\t' | '\n' | '\r') => sink.put(" "),
            Err('&') => {
                let whole = &raw[raw.len() - parts.rest.len() - 1..];
                if let Ok(Some((character, length))) = reference(whole) {
                    put_value(character, sink);
                    parts.rest = &whole[length..];
                }
            }
            Err(character) => put_value(character, sink),
        }
    }
}

/// A character of a value that is not literal white space.
fn put_value(character: char, sink: &mut impl Sink) {
    match character {
        '&' => sink.put("&amp;"),
        '<' => sink.put("&lt;"),
        '"' => sink.put("&quot;"),
        '\t' => sink.put("&#x9;"),
        '\n' => sink.put("&#xA;"),
        '\r' => sink.put("&#xD;"),
        other => sink.put(other.encode_utf8(&mut [0; 4])),
    }
}

fn instruction(target: &str, data: &str, sink: &mut impl Sink) {
    sink.put("<?");
    sink.put(target);
    let data = data.trim_start_matches(|it| u8::try_from(it).is_ok_and(is_blank));
    if !data.is_empty() {
        sink.put(" ");
        line_ends(data, sink);
    }
    sink.put("?>");
}

fn line_ends(text: &str, sink: &mut impl Sink) {
    let mut parts = Special::new(text, |it| it == b'\r');
    while let Some(part) = parts.next() {
        match part {
            Ok(text) => sink.put(text),
            Err(_) if parts.rest.starts_with('\n') => {}
            Err(_) => sink.put("\n"),
        }
    }
}
