//! Simple types at work: white space, facets, lexical forms.

use std::borrow::Cow;

use super::{
    Lengths, Rule,
    read::is_blank,
    value::{Date, DateTime, Value},
};
use crate::schema::{Base, Facet, Simple, Whitespace};

/// What is wrong with a value: the rule, what was expected, what was found.
pub(super) type Complaint = (Rule, String, String);

impl Whitespace {
    /// The text with its white space as the facet tells.
    #[inline]
    #[must_use]
    pub fn apply(self, text: Cow<'_, str>) -> Cow<'_, str> {
        match self {
            Self::Preserve => text,
            Self::Replace if text.bytes().any(|it| is_blank(it) && it != b' ') => {
                Cow::Owned(text.replace(['\t', '\n', '\r'], " "))
            }
            Self::Replace => text,
            Self::Collapse if is_collapsed(text.as_bytes()) => text,
            Self::Collapse => {
                let words = text.split([' ', '\t', '\n', '\r']).filter(|it| !it.is_empty());
                Cow::Owned(words.collect::<Vec<_>>().join(" "))
            }
        }
    }
}

#[inline]
fn is_collapsed(text: &[u8]) -> bool {
    let mut blank_before = true;
    for &byte in text {
        let blank = is_blank(byte);
        if blank && (blank_before || byte != b' ') {
            return false;
        }
        blank_before = blank;
    }
    !blank_before || text.is_empty()
}

impl Simple {
    /// Checks a text whose white space is normalised already: lexical form, then every facet.
    #[inline]
    pub(super) fn check(&self, text: &str, lengths: Lengths) -> Result<(), Complaint> {
        if self.facets.is_empty() && self.base == Base::String {
            return Ok(());
        }
        self.check_facets(text, lengths, false)?;
        if self.is_lexical(text) { Ok(()) } else { Err(self.not_lexical(text)) }
    }

    /// Checks every facet, trusting the lexical form. `listed` says that the enumerations have been looked up already.
    #[inline]
    pub(super) fn check_facets(&self, text: &str, lengths: Lengths, listed: bool) -> Result<(), Complaint> {
        for facet in self.facets {
            let looked_up = listed && matches!(facet, Facet::Enumeration(_));
            if !looked_up && !facet.holds(text, lengths) {
                return Err(self.broken(facet, text, lengths));
            }
        }
        Ok(())
    }

    fn is_lexical(&self, text: &str) -> bool {
        match self.base {
            Base::String | Base::Uri => true,
            Base::Boolean => bool::parse(text).is_some(),
            Base::Int => i32::parse(text).is_some(),
            Base::Long => i64::parse(text).is_some(),
            Base::PositiveInteger => u32::parse(text).is_some_and(|it| it > 0),
            Base::NonNegativeInteger => u32::parse(text).is_some(),
            Base::Decimal => is_decimal(text),
            Base::Date => Date::parse(text).is_some(),
            Base::DateTime => DateTime::parse(text).is_some(),
        }
    }

    #[cold]
    pub(super) fn not_lexical(&self, text: &str) -> Complaint {
        let values = self.facets.iter().find_map(|it| match it {
            Facet::Enumeration(values) => Some(*values),
            _ => None,
        });
        if let Some(values) = values {
            return (Rule::Enumeration, format!("one of {}", values.join(", ")), shown(text));
        }
        let form = match self.base {
            Base::String | Base::Uri => "text",
            Base::Boolean => "true, false, 1 or 0",
            Base::Int => "an integer of 32 bits",
            Base::Long => "an integer of 64 bits",
            Base::PositiveInteger => "an integer from 1",
            Base::NonNegativeInteger => "an integer from 0",
            Base::Decimal => "a decimal number",
            Base::Date => "a date like 2026-08-01",
            Base::DateTime => "a time like 2026-08-01T12:00:00+02:00",
        };
        (Rule::Type, form.to_owned(), described(text))
    }

    #[cold]
    fn broken(&self, facet: &Facet, text: &str, lengths: Lengths) -> Complaint {
        let name = self.name;
        let length = |bound: &str, n: &u32| {
            let (unit, found) = match lengths {
                Lengths::Utf8Bytes if !text.is_empty() => {
                    ("bytes of UTF-8", format!("a value of {} bytes", text.len()))
                }
                Lengths::Utf8Bytes | Lengths::Characters => ("characters", described(text)),
            };
            (Rule::Length, format!("{bound} {n} {unit} ({name})"), found)
        };
        match facet {
            Facet::Length(n) => length("exactly", n),
            Facet::MinLength(n) => length("at least", n),
            Facet::MaxLength(n) => length("at most", n),
            Facet::Pattern(it) => (Rule::Pattern, format!("the pattern {} ({name})", it.schema), described(text)),
            Facet::Enumeration(values) => (Rule::Enumeration, format!("one of {}", values.join(", ")), shown(text)),
            Facet::MinInclusive(n) => (Rule::Range, format!("at least {n} ({name})"), described(text)),
            Facet::MaxInclusive(n) => (Rule::Range, format!("at most {n} ({name})"), described(text)),
        }
    }
}

impl Facet {
    #[inline]
    fn holds(&self, text: &str, lengths: Lengths) -> bool {
        // A character is at least one byte, so the bytes decide most cases without counting.
        let count = || match lengths {
            Lengths::Characters => text.chars().count(),
            Lengths::Utf8Bytes => text.len(),
        };
        match self {
            Self::Length(n) => count() == *n as usize,
            Self::MinLength(n) => text.len() >= *n as usize && (*n <= 1 || count() >= *n as usize),
            Self::MaxLength(n) => text.len() <= *n as usize || count() <= *n as usize,
            Self::Pattern(pattern) => pattern.matches(text),
            Self::Enumeration(values) => values.contains(&text),
            Self::MinInclusive(n) => i64::parse(text).is_some_and(|it| it >= *n),
            Self::MaxInclusive(n) => i64::parse(text).is_some_and(|it| it <= *n),
        }
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut dots = 0;
    digits.bytes().all(|it| {
        dots += usize::from(it == b'.');
        it.is_ascii_digit() || it == b'.'
    }) && dots <= 1
        && digits.bytes().any(|it| it.is_ascii_digit())
}

/// A value as a message may describe it: never the value itself.
pub(super) fn described(text: &str) -> String {
    match text.chars().count() {
        0 => "an empty value".to_owned(),
        1 => "a value of 1 character".to_owned(),
        n => format!("a value of {n} characters"),
    }
}

/// A value of an enumeration, which a message may quote; shortened, and digits that could be a number of a person hidden.
fn shown(text: &str) -> String {
    if text.is_empty() {
        return described(text);
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits > 4 || text.chars().count() > 40 {
        return described(text);
    }
    format!("{text:?}")
}
