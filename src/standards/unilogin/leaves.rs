//! The values of a message: where each stands in the text, and what else it could be. For measuring what a crossing carries.

use std::ops::Range;

use soap::{
    Envelope,
    envelope::EnvelopeError,
    schema::{Base, Content, Element, Facet, Kind, Simple, Type},
    xml::{Decoder, Result},
};

use crate::crosswalk::Leaf;

/// Values that a text may have: between them they look like a name, a mail address, a telephone number, a code, a user id,
/// a civil registration number that is nobody's, and a school year.
const TEXTS: [&str; 7] = ["Prøve", "proeve@skole.example", "00112233", "321", "proeve01", "7003014009", "1999-2000"];

/// The values of a message or document, in its order. Their paths begin with the child of the body, or with the root of a
/// bare document. What the contract fixes is left out, since it could be nothing else.
///
/// # Errors
/// The first violation, of an envelope too.
pub fn leaves(text: &str, elements: &[&'static Element]) -> Result<Vec<Leaf>> {
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    decoder.root()?;
    if decoder.name().1 == "Envelope" {
        decoder = Decoder::new(text, contracts::NAMESPACES);
        match Envelope::open(&mut decoder, |_, _| true) {
            Ok(_) => {}
            Err(EnvelopeError::Violation(_, violation) | EnvelopeError::Version(violation)) => return Err(violation),
            // Every mandatory header was said to be understood.
            Err(EnvelopeError::NotUnderstood(..)) => return Err(decoder.unreachable()),
        }
    }
    let name = decoder.name();
    let Some(root) = elements.iter().find(|it| (it.name.namespace, it.name.local) == name) else {
        return Err(decoder.unknown_root(elements));
    };
    let mut walk = Walk { text, found: Vec::new() };
    if let Kind::Complex(of) = root.kind {
        walk.element(&mut decoder, of, root.name.local)?;
    }
    Ok(walk.found)
}

struct Walk<'t> {
    text: &'t str,
    found: Vec<Leaf>,
}

impl<'t> Walk<'t> {
    fn element(&mut self, decoder: &mut Decoder<'t>, of: &'static Type, path: &str) -> Result<()> {
        let start = decoder.offset();
        self.attributes(start..start + tag(&self.text[start..]).len(), of, path);
        match &of.content {
            Content::Empty => decoder.empty(of),
            Content::Text(simple) => {
                decoder.content_string(of)?;
                self.value(start..decoder.position(), simple, path.to_owned());
                Ok(())
            }
            Content::Elements(model) => {
                let mut at = 0;
                while let Some(place) = decoder.next(of, &mut at)? {
                    let item = &model.items[place];
                    let path = format!("{path}/{}", item.name.local);
                    match item.kind {
                        Kind::Complex(of) => self.element(decoder, of, &path)?,
                        Kind::Simple(simple) => {
                            let start = decoder.offset();
                            decoder.string()?;
                            if item.fixed.is_none() {
                                self.value(start..decoder.position(), simple, path);
                            }
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn attributes(&mut self, place: Range<usize>, of: &'static Type, path: &str) {
        for attribute in of.attributes.iter().filter(|it| it.fixed.is_none()) {
            if let Some(value) = attribute_value(&self.text[place.clone()], attribute.name) {
                let place = place.start + value.start..place.start + value.end;
                self.found.push(Leaf {
                    path: format!("{path}/@{}", attribute.name),
                    place,
                    trials: trials(attribute.simple),
                });
            }
        }
    }

    /// The text of an element; an empty-element tag is opened for it.
    fn value(&mut self, element: Range<usize>, simple: &'static Simple, path: String) {
        let source = &self.text[element.clone()];
        let tag = tag(source);
        let leaf = match tag.strip_suffix("/>") {
            Some(inside) => {
                let name = inside[1..].split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
                let opened = trials(simple).into_iter().map(|it| format!(">{it}</{name}>")).collect();
                Leaf { path, place: element.start + inside.len()..element.start + tag.len(), trials: opened }
            }
            None => {
                let end = source.rfind("</").unwrap_or(source.len());
                Leaf { path, place: element.start + tag.len()..element.start + end, trials: trials(simple) }
            }
        };
        self.found.push(leaf);
    }
}

/// The start tag at the beginning of a text, with its brackets.
fn tag(text: &str) -> &str {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return &text[..=at],
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    text
}

/// Where the value of an attribute stands in a start tag.
fn attribute_value(tag: &str, name: &str) -> Option<Range<usize>> {
    let mut from = tag.find([' ', '\t', '\r', '\n'])?;
    loop {
        let equals = from + tag[from..].find('=')?;
        let open = equals + tag[equals..].find(['"', '\''])?;
        let close = open + 1 + tag[open + 1..].find(char::from(tag.as_bytes()[open]))?;
        if tag[from..equals].trim() == name {
            return Some(open + 1..close);
        }
        from = close + 1;
    }
}

/// Of long lists, such as that of all countries, so many values are tried.
const MOST: usize = 20;

/// Values that a type allows: all, where it lists them. Some of those for a text break a pattern, and then tell nothing.
fn trials(simple: &Simple) -> Vec<String> {
    let listed =
        simple.facets.iter().find_map(|it| if let Facet::Enumeration(values) = it { Some(*values) } else { None });
    let values = listed.unwrap_or(match simple.base {
        Base::Boolean => &["true", "false"],
        Base::Int | Base::Long | Base::PositiveInteger | Base::NonNegativeInteger | Base::Decimal => &["1", "7", "42"],
        Base::Date => &["2001-02-03", "2031-12-24"],
        Base::DateTime => &["2001-02-03T04:05:06Z", "2031-12-24T18:00:00+01:00"],
        Base::String | Base::Uri => &TEXTS,
    });
    values.iter().step_by(values.len().div_ceil(MOST)).map(|it| it.replace('&', "&amp;").replace('<', "&lt;")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let text = "<a:hentInstBruger xmlns:a='https://brugerdatabasen.stil.dk/bpi/wsiinst/6' >\
                    <a:instnr/><a:brugerid >anna<!-- x --></a:brugerid></a:hentInstBruger>";
        let found = leaves(text, contracts::unilogin::wsiinst::v6::CONTRACT.elements).unwrap();
        let seen: Vec<_> =
            found.iter().map(|it| (it.path.as_str(), &text[it.place.clone()], it.trials[3].as_str())).collect();
        assert_eq!(
            seen,
            [("hentInstBruger/instnr", "/>", ">321</a:instnr>"), ("hentInstBruger/brugerid", "anna<!-- x -->", "321"),]
        );
    }

    #[test]
    fn attributes_are_found_in_their_tag() {
        let tag = "<a b = 'x>y' c=\"1\" bc='2'>";
        assert_eq!(super::tag(&format!("{tag}…")), tag);
        let value = |name| attribute_value(tag, name).map(|it| &tag[it]);
        assert_eq!((value("b"), value("c"), value("bc"), value("d")), (Some("x>y"), Some("1"), Some("2"), None));
    }
}
