//! Names in scope: namespace declarations, prefixes, attributes as they are written.

use std::borrow::Cow;

use super::{
    namespace,
    plain::plain_attribute,
    read::{Binding, Decoder, same},
    violation::{Result, Rule, shortened},
};
use crate::schema::NamespaceId;

impl<'a> Decoder<'a> {
    /// The namespace name of the current element, as its declaration writes it; empty where there is none.
    #[must_use]
    pub fn namespace_uri(&self) -> Cow<'a, str> {
        self.uri(&self.tag[..self.prefix_length.saturating_sub(1)])
    }

    /// Takes in the namespace declarations of the current start tag.
    pub(super) fn bind(&mut self) -> Result<()> {
        let (depth, first) = (self.open.len(), self.bindings.len());
        for (count, attribute) in attributes_of(&self.tag[self.name_length..]).enumerate() {
            let (name, value) = self.raw_attribute(count, attribute)?;
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
    pub(super) fn uri(&self, prefix: &str) -> Cow<'a, str> {
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
        let attributes = attributes_of(&self.tag[self.name_length..]).enumerate();
        attributes.map(|(count, attribute)| self.raw_attribute(count, attribute))
    }

    /// One attribute, `count` standing before it, if it keeps within the bounds.
    #[inline]
    fn raw_attribute(&self, count: usize, attribute: Attribute<'a>) -> Result<(&'a str, Cow<'a, str>)> {
        let limit = self.limits.attributes;
        if count >= limit {
            return Err(self.here(Rule::Limit, format!("at most {limit} attributes"), "more".into()));
        }
        let (name, value) = attribute.map_err(|why| self.here(Rule::WellFormed, "name=\"value\"".into(), why))?;
        if name.len() > self.limits.name {
            let expected = format!("a name of at most {} bytes", self.limits.name);
            return Err(self.here(Rule::Limit, expected, "a longer one".into()));
        }
        Ok((name, value))
    }

    /// The value of an attribute of the current start tag, whatever else is wrong with the tag.
    #[must_use]
    pub fn written_attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw_attributes().flatten().find(|it| it.0 == name).map(|it| it.1)
    }

    /// The attributes of the current start tag that have a prefix, with its namespace.
    pub(crate) fn qualified_attributes(
        &self,
    ) -> impl Iterator<Item = Result<(NamespaceId, &'a str, Cow<'a, str>)>> + use<'a, '_> {
        self.raw_attributes().filter_map(|attribute| {
            let (name, value) = match attribute {
                Ok(attribute) => attribute,
                Err(violation) => return Some(Err(violation)),
            };
            let (prefix, local) = name.split_once(':').filter(|(prefix, _)| *prefix != "xmlns")?;
            Some(self.resolve(prefix).map(|namespace| (namespace, local, value)).ok_or_else(|| self.unbound(prefix)))
        })
    }
}

/// An attribute as written, its value normalised; or what is wrong with it.
type Attribute<'a> = std::result::Result<(&'a str, Cow<'a, str>), String>;

/// The attributes of a start tag behind its name, values normalised as XML 1.0, 3.3.3 tells. From the first that is not plain
/// the parser reads them.
#[inline]
pub(super) fn attributes_of<'a>(tag: &'a str) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
    let (mut rest, mut parsed) = (tag, None);
    std::iter::from_fn(move || {
        if parsed.is_none() {
            if rest.is_empty() {
                return None;
            }
            if let Some((name, value, behind)) = plain_attribute(rest) {
                rest = behind;
                return Some(Ok((name, Cow::Borrowed(value))));
            }
        }
        parsed.get_or_insert_with(|| parsed_attributes(rest)).next()
    })
}

fn parsed_attributes<'a>(tag: &'a str) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
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

/// Whether the attributes of a start tag declare a namespace, or look as if.
#[inline]
pub(super) fn declares(attributes: &str) -> bool {
    let bytes = attributes.as_bytes();
    memchr::memchr_iter(b'x', bytes).any(|at| bytes[at..].starts_with(b"xmlns"))
}

/// Bytes of the prefix and its colon. Prefixes are short, so a plain loop is the quickest.
#[inline]
pub(super) fn prefix_length(name: &str) -> usize {
    name.bytes().position(|it| it == b':').map_or(0, |it| it + 1)
}

pub(super) const fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
