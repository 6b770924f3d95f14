//! Characters of XML 1.0 (fifth edition): which may stand where, and what references stand for.

use std::borrow::Cow;

use super::{Malformed, Result};

/// May stand in a name.
pub(super) const NAME: u8 = 1;
/// May begin a name.
pub(super) const BEGIN: u8 = 2;
/// Ends or changes text.
pub(super) const TEXT: u8 = 4;
/// Ends or changes the value of an attribute.
pub(super) const VALUE: u8 = 8;

/// What a byte may be, as the flags above.
pub(super) const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let mut class = 0;
        if byte.is_ascii_alphabetic() || byte == b'_' {
            class |= NAME | BEGIN;
        }
        if byte.is_ascii_digit() || matches!(byte, b'-' | b'.') {
            class |= NAME;
        }
        // 0xef begins the two forbidden characters that are not control characters.
        if matches!(byte, b'<' | b'&' | b'>' | b'\r' | 0xef) || is_control(byte) {
            class |= TEXT;
        }
        if matches!(byte, b'<' | b'&' | b'"' | b'\'' | b'\t' | b'\n' | b'\r' | 0xef) || is_control(byte) {
            class |= VALUE;
        }
        classes[at] = class;
        at += 1;
    }
    classes
}

/// A control character that XML forbids.
pub(super) const fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Equality of names, which are short, without a call: eight bytes at a time, the last eight overlapping.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (Some(last), Some(other)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) else {
        return a.iter().zip(b).all(|(a, b)| a == b);
    };
    last == other && a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0).all(|(a, b)| a == b)
}

/// How many bytes from `at` on are surely plain, in text as in values: a multiple of 16, looked at all at once.
#[inline]
pub(super) fn plain_ahead(bytes: &[u8], at: usize) -> usize {
    // Sums instead of branches, so that the compiler compares many bytes with one instruction.
    let is = |yes: bool| u8::from(yes);
    let special = |it: u8| {
        is(it < 0x20)
            | is(it == b'<')
            | is(it == b'>')
            | is(it == b'&')
            | is(it == b'"')
            | is(it == b'\'')
            | is(it == 0xef)
    };
    let (chunks, _) = bytes[at..].as_chunks::<16>();
    let plain = chunks.iter().take_while(|chunk| chunk.iter().fold(0, |found, &it| found | special(it)) == 0);
    16 * plain.count()
}

/// Whether U+FFFE or U+FFFF begins with the byte 0xef at `at`.
pub(super) fn is_forbidden(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf]))
}

/// Refuses forbidden characters in text that is not looked through otherwise.
pub(super) fn check(text: &str) -> Result<()> {
    let bytes = text.as_bytes();
    let bad =
        bytes.iter().any(|&it| is_control(it)) || memchr::memchr_iter(0xef, bytes).any(|at| is_forbidden(bytes, at));
    if bad { Err(FORBIDDEN) } else { Ok(()) }
}

pub(super) const FORBIDDEN: Malformed = Malformed("a character that XML forbids");

const fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a character outside ASCII may begin a name.
fn begins_name(character: char) -> bool {
    matches!(character,
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn continues_name(character: char) -> bool {
    begins_name(character) || matches!(character, '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Checks a name without colon, of which the ASCII characters are known to be name characters.
pub(super) fn check_name(name: &str) -> Result<()> {
    let Some(first) = name.bytes().next() else { return Err(Malformed("a name with an empty part")) };
    let begins = if first < 0x80 { CLASS[first as usize] & BEGIN != 0 } else { name.starts_with(begins_name) };
    if !begins || !name.chars().all(|it| it.is_ascii() || continues_name(it)) {
        return Err(Malformed("a name with a character that no name has"));
    }
    Ok(())
}

/// The longest reference that is read. Any number of leading zeros would be allowed, and nobody writes them.
pub(super) const LONGEST_REFERENCE: usize = 16;

/// The character of the reference that `text` begins with, and its length; `None` where it may go on behind the text.
pub(super) fn reference(text: &str) -> Result<Option<(char, usize)>> {
    let bytes = text.as_bytes();
    let Some(end) = memchr::memchr(b';', &bytes[..bytes.len().min(LONGEST_REFERENCE)]) else {
        return if bytes.len() < LONGEST_REFERENCE {
            Ok(None)
        } else {
            Err(Malformed("a reference that does not end"))
        };
    };
    let character = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        number => numbered(number).ok_or(Malformed("a reference to something that is not declared"))?,
    };
    Ok(Some((character, end + 1)))
}

fn numbered(number: &str) -> Option<char> {
    let number = number.strip_prefix('#')?;
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |it| (it, 16));
    // The conversion would take a sign.
    let code =
        digits.bytes().all(|it| it.is_ascii_alphanumeric()).then(|| u32::from_str_radix(digits, radix).ok())??;
    char::from_u32(code).filter(|&it| is_xml(it))
}

/// The value of an attribute as XML 1.0, 3.3.3 tells: a blank for every literal white space, characters for references.
pub(crate) fn normal(value: &str) -> Cow<'_, str> {
    resolved(value, b"&\t\n\r", |rest| match rest.as_bytes() {
        [b'\r', b'\n', ..] => (' ', 2),
        _ => (' ', 1),
    })
}

/// Text as XML 1.0, 2.11 tells: a line feed for every line end, characters for references.
pub(crate) fn unescaped(text: &str) -> Cow<'_, str> {
    resolved(text, b"&\r\r\r", |rest| match rest.as_bytes() {
        [b'\r', b'\n', ..] => ('\n', 2),
        _ => ('\n', 1),
    })
}

/// `text`, which has been read before, with something in the place of its special characters.
fn resolved<'t>(text: &'t str, special: &[u8; 4], replace: impl Fn(&str) -> (char, usize)) -> Cow<'t, str> {
    let is_special = |it: &u8| special.contains(it);
    let Some(mut at) = text.as_bytes().iter().position(is_special) else { return Cow::Borrowed(text) };
    let (mut normal, mut from) = (String::with_capacity(text.len()), 0);
    loop {
        normal.push_str(&text[from..at]);
        let rest = &text[at..];
        let known = if rest.starts_with('&') { reference(rest).ok().flatten() } else { Some(replace(rest)) };
        let Some((character, length)) = known else { return Cow::Owned(normal) };
        normal.push(character);
        from = at + length;
        match text.as_bytes()[from..].iter().position(is_special) {
            Some(next) => at = from + next,
            None => break,
        }
    }
    normal.push_str(&text[from..]);
    Cow::Owned(normal)
}
