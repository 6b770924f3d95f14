//! Writing XML: deterministic, prefixes from the generated table, declared once on the root.

use super::{namespace, value::Value};
use crate::schema::{Element, Namespace, NamespaceId};

/// A type that can be written.
pub trait Encode {
    /// Writes the value as the element `tag`.
    fn encode(&self, tag: &'static str, writer: &mut Writer);
}

/// A writer into a growing text.
pub struct Writer {
    out: String,
    table: &'static [Namespace],
    /// Namespaces to declare on the next start tag.
    pending: &'static [NamespaceId],
}

impl Writer {
    /// An empty document. `table` is the generated `NAMESPACES`.
    #[must_use]
    pub fn new(table: &'static [Namespace]) -> Self {
        Self { out: String::with_capacity(2048), table, pending: &[] }
    }

    /// What has been written.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    /// What has been written so far, taken out: for answers that are sent while they are made.
    pub fn take(&mut self) -> String {
        let next = String::with_capacity(self.out.capacity());
        std::mem::replace(&mut self.out, next)
    }

    /// What has been written and not been taken.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.out
    }

    /// Forgets what has been written; its room is used again.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    /// How many bytes wait to be taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing waits to be taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// The XML declaration.
    pub fn declaration(&mut self) {
        self.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    }

    /// A global element with all its namespaces declared on it.
    pub fn root(&mut self, of: &'static Element, value: &impl Encode) {
        self.declare(of.namespaces);
        value.encode(of.name.tag, self);
    }

    /// Declares namespaces on the next start tag.
    pub fn declare(&mut self, namespaces: &'static [NamespaceId]) {
        self.pending = namespaces;
    }

    /// `<tag`, and what waits to be declared.
    #[inline]
    pub fn open(&mut self, tag: &'static str) {
        self.out.push('<');
        self.out.push_str(tag);
        if !self.pending.is_empty() {
            self.write_pending();
        }
    }

    #[cold]
    fn write_pending(&mut self) {
        for &id in std::mem::take(&mut self.pending) {
            let Namespace { uri, prefix } = namespace::get(id, self.table);
            self.out.push_str(" xmlns:");
            self.out.push_str(prefix);
            self.out.push_str("=\"");
            escape_attribute(uri, &mut self.out);
            self.out.push('"');
        }
    }

    /// ` name="value"`
    pub fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape_attribute(value, &mut self.out);
        self.out.push('"');
    }

    /// ` name="value"` of a value that is not text.
    pub fn attribute_value<T: Value>(&mut self, name: &str, value: &T) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        value.write(&mut self.out);
        self.out.push('"');
    }

    /// `>`
    #[inline]
    pub fn inside(&mut self) {
        self.out.push('>');
    }

    /// `<tag>`
    #[inline]
    pub fn start(&mut self, tag: &'static str) {
        self.open(tag);
        self.inside();
    }

    /// `</tag>`
    #[inline]
    pub fn close(&mut self, tag: &'static str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// `/>`
    pub fn close_empty(&mut self) {
        self.out.push_str("/>");
    }

    /// `<tag>text</tag>`
    #[inline]
    pub fn string(&mut self, tag: &'static str, text: &str) {
        self.out.reserve(2 * tag.len() + text.len() + 5);
        self.start(tag);
        self.text(text);
        self.close(tag);
    }

    /// `<tag>value</tag>`
    #[inline]
    pub fn value<T: Value>(&mut self, tag: &'static str, value: &T) {
        self.out.reserve(2 * tag.len() + 40);
        self.start(tag);
        value.write(&mut self.out);
        self.close(tag);
    }

    /// `<tag xsi:nil="true"/>`
    pub fn nil(&mut self, tag: &'static str) {
        self.open(tag);
        self.out.push_str(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>");
    }

    /// Character data.
    #[inline]
    pub fn text(&mut self, text: &str) {
        if text.bytes().fold(true, |plain, it| plain & is_plain(it)) {
            self.out.push_str(text);
        } else {
            escape_text(text, &mut self.out);
        }
    }

    /// Character data of a value that is not text.
    pub fn text_value<T: Value>(&mut self, value: &T) {
        value.write(&mut self.out);
    }

    /// XML that was made by another writer or kept from a document.
    pub fn raw(&mut self, xml: &str) {
        self.out.push_str(xml);
    }
}

/// Without a branch, so that many bytes are looked at at once.
#[inline]
const fn is_plain(byte: u8) -> bool {
    (byte >= 0x20) & (byte != b'&') & (byte != b'<') & (byte != b'>')
}

fn escape_text(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(character),
            // XML 1.0 cannot carry these at all, not even as references.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
}

fn escape_attribute(text: &str, out: &mut String) {
    if text.bytes().fold(true, |plain, it| plain & is_plain(it) & (it != b'"') & (it != 0xef)) {
        out.push_str(text);
        return;
    }
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
}
