//! What needs no parser: plain tags, plain attributes, and leaves without references, which is nearly all of these documents.
//!
//! They are taken from the input, and the parser is moved behind them without an event. Whatever looks otherwise is left to
//! the parser, faults included.

use std::{borrow::Cow, io::BufRead};

use super::{
    read::{Decoder, is_blank, same},
    violation::Result,
};

impl<'a> Decoder<'a> {
    /// The next tag, if it is a plain start tag or the end tag of the innermost element, and whether it is a start tag. Blanks
    /// before it are passed over.
    #[inline]
    pub(super) fn plain_tag(&mut self) -> Result<Option<bool>> {
        let from = self.position();
        // Behind text the parser already expects markup, and must not be moved.
        if from != self.behind {
            return Ok(None);
        }
        let rest = &self.input.as_bytes()[from..];
        let Some(blanks) = rest.iter().position(|&it| !is_blank(it)) else { return Ok(None) };
        match &rest[blanks..] {
            [b'<', b'/', end @ ..] => {
                let Some(name) = self.open.last() else { return Ok(None) };
                let is_plain = end.get(name.len()) == Some(&b'>') && same(&end[..name.len()], name.as_bytes());
                if !is_plain {
                    return Ok(None);
                }
                self.start = from + blanks;
                self.reader.stream().consume(blanks + name.len() + "</>".len());
                self.leave();
                Ok(Some(false))
            }
            [b'<', start @ ..] => {
                let Some((name, length)) = plain_start(start) else { return Ok(None) };
                self.reader.stream().consume(blanks + length + "<>".len());
                self.enter(length, name, false)?;
                Ok(Some(true))
            }
            _ => Ok(None),
        }
    }

    /// The text of an element that holds nothing but text without references: up to its end tag, which must follow at once.
    #[inline]
    pub(super) fn plain_leaf(&mut self) -> Option<Cow<'a, str>> {
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
}

/// How long the name of a start tag is, and how long all of it up to its `>`, if that is plain to see.
#[inline]
fn plain_start(tag: &[u8]) -> Option<(usize, usize)> {
    let name = tag.iter().position(|&it| !is_plain_in_name(it)).filter(|&it| it > 0)?;
    if tag[name] == b'>' {
        return Some((name, name));
    }
    let attributes = &tag[name..name + memchr::memchr(b'>', &tag[name..])?];
    // An odd quote would mean that the `>` is in a value, a slash at the end that the element is empty.
    let (mut quotes, mut odd) = (0, !is_blank(attributes[0]) || attributes.ends_with(b"/"));
    for &byte in attributes {
        quotes += usize::from(byte == b'"');
        odd |= byte == b'\'';
    }
    (!odd && quotes % 2 == 0).then_some((name, name + attributes.len()))
}

/// The next attribute of a start tag, ` name="value"` without references: its name, its value, and what stands behind it.
#[inline]
pub(super) fn plain_attribute(tag: &str) -> Option<(&str, &str, &str)> {
    let rest = tag.trim_start_matches([' ', '\t', '\n', '\r']);
    let length = rest.bytes().position(|it| !is_plain_in_name(it)).filter(|&it| it > 0 && rest.len() < tag.len())?;
    let (name, rest) = rest.split_at(length);
    let rest = rest.strip_prefix("=\"")?;
    let length = rest.bytes().position(|it| matches!(it, b'"' | b'&' | b'<' | b'\t' | b'\n' | b'\r'))?;
    let (value, rest) = rest.split_at(length);
    Some((name, value, rest.strip_prefix('"')?))
}

/// Names may hold more than that; nearly none does.
#[inline]
const fn is_plain_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::super::{Decoder, Rule};

    /// What a walk through all elements meets: names and attributes, `/` for an end, and the rule that ends it.
    fn walk(text: &str) -> String {
        let mut decoder = Decoder::new(text, &[]);
        let mut met = String::new();
        let mut step = || {
            decoder.root()?;
            while decoder.depth() > 0 {
                if decoder.depth() == 1 && met.is_empty() || met.ends_with('>') {
                    let attributes: Result<Vec<_>, _> = decoder.raw_attributes().collect();
                    let attributes: Vec<String> =
                        attributes?.iter().map(|(name, it)| format!(" {name}={it}")).collect();
                    met.push_str(&attributes.concat());
                }
                match decoder.child("it") {
                    Ok(true) => met.push_str(&format!("<{}>", decoder.name().1)),
                    Ok(false) => met.push('/'),
                    Err(violation) if violation.rule == Rule::Text => met.push('t'),
                    Err(violation) => return Err(violation),
                }
            }
            decoder.finish()
        };
        match step() {
            Ok(()) => met,
            Err(violation) => format!("{met} {:?}", violation.rule),
        }
    }

    #[test]
    fn plain_and_other_tags_are_read_alike() {
        assert_eq!(walk("<a><b></b>\n <c/></a>"), "<b>/<c>//");
        assert_eq!(walk("<a><b ></b ><!-- --><b\n/></a\t>"), "<b>/<b>//");
        assert_eq!(walk("<a><æ></æ></a>"), "<æ>//");
    }

    #[test]
    fn plain_and_other_attributes_are_read_alike() {
        let met = "<b> x=1>2 y=3/ z= ä=a b//";
        assert_eq!(walk("<a><b x=\"1>2\" y=\"3/\" z=\"\" ä=\"a b\"></b></a>"), met);
        assert_eq!(walk("<a><b x='1>2'\ny=\"3/\"  z=''\tä=\"a&#32;b\" /></a>"), met);
        assert_eq!(walk("<a><b x=\"<\"></b></a>"), "<b> WellFormed");
        assert_eq!(walk("<a><b x=\"1></b></a>"), " WellFormed");
    }

    #[test]
    fn behind_text_the_parser_goes_on() {
        assert_eq!(walk("<a>x><b></b>y</a>"), "t<b>/t/");
        assert_eq!(walk("<a>&amp;<b></b></a>"), "t<b>//");
    }

    #[test]
    fn an_end_without_a_beginning_is_none() {
        assert_eq!(walk("<a></a></>"), "/ WellFormed");
        assert_eq!(walk("<a></a></a>"), "/ WellFormed");
        assert_eq!(walk("<a><b></a></b>"), "<b> WellFormed");
    }
}
