//! From the bytes of a message to the characters of XML.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::violation::{Place, Result, Rule, Violation};

/// The text of a document.
///
/// A byte order mark wins, then `charset` (what the transport said), then the look of the first bytes (UTF-16 without a
/// mark), then the XML declaration, then UTF-8. Borrows where the bytes are UTF-8 already.
///
/// # Errors
/// Bytes that are not in their encoding, an encoding nobody knows, characters that XML 1.0 forbids.
pub fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Result<Cow<'a, str>> {
    let (encoding, mark) = encoding(bytes, charset)?;
    let bytes = &bytes[mark..];
    let text = if encoding == UTF_8 {
        Cow::Borrowed(std::str::from_utf8(bytes).map_err(|it| invalid(bytes, it.valid_up_to(), "UTF-8"))?)
    } else {
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| violation(Place { line: 1, column: 1 }, encoding.name(), "other bytes"))?
    };
    characters(&text, Place { line: 1, column: 1 })?;
    Ok(text)
}

fn encoding(bytes: &[u8], charset: Option<&str>) -> Result<(&'static Encoding, usize)> {
    if let Some(known) = Encoding::for_bom(bytes) {
        return Ok(known);
    }
    let named = |label: &str| {
        Encoding::for_label(label.as_bytes())
            .ok_or_else(|| violation(Place { line: 1, column: 1 }, "UTF-8 or UTF-16", "an unknown encoding"))
    };
    match bytes {
        [b'<', 0, ..] => return Ok((UTF_16LE, 0)),
        [0, b'<', ..] => return Ok((UTF_16BE, 0)),
        _ => {}
    }
    let label = charset.or_else(|| declared(bytes));
    let encoding = label.map(named).transpose()?.unwrap_or(UTF_8);
    // Text that begins with a one-byte `<` is not UTF-16, whatever it says of itself.
    let mistaken = (encoding == UTF_16LE || encoding == UTF_16BE) && bytes.first() == Some(&b'<');
    Ok((if mistaken { UTF_8 } else { encoding }, 0))
}

/// The encoding of an XML declaration.
fn declared(bytes: &[u8]) -> Option<&str> {
    let head = bytes.strip_prefix(b"<?xml")?;
    let head = std::str::from_utf8(&head[..memchr::memchr(b'>', head)?.min(200)]).ok()?;
    let value = head.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    value[1..].split(quote).next()
}

/// Refuses what XML 1.0 forbids as a character: most control characters, U+FFFE and U+FFFF. `start` is where `text` begins.
///
/// # Errors
/// The first forbidden character.
pub fn characters(text: &str, start: Place) -> Result<()> {
    let bytes = text.as_bytes();
    // One pass without branches over the whole text; the place is looked for only when there is one.
    let bad = bytes.iter().fold(false, |bad, &it| bad | (it < 0x20 && it != b'\t' && it != b'\n' && it != b'\r'));
    let control = |it: u8| it < 0x20 && !matches!(it, b'\t' | b'\n' | b'\r');
    let forbidden = if bad { bytes.iter().position(|&it| control(it)) } else { None };
    let forbidden = forbidden.or_else(|| memchr::memmem::find(bytes, "\u{fffe}".as_bytes())).or_else(|| {
        memchr::memmem::find(bytes, "\u{ffff}".as_bytes())
    });
    match forbidden {
        None => Ok(()),
        Some(at) => Err(Box::new(Violation {
            place: place(text, at, start),
            path: String::new(),
            rule: Rule::WellFormed,
            expected: "a character that XML allows".into(),
            found: "a control character".into(),
        })),
    }
}

/// Line and column of a byte, counted from `start`.
#[must_use]
pub fn place(text: &str, offset: usize, start: Place) -> Place {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let lines = memchr::memchr_iter(b'\n', before.as_bytes()).count() as u64;
    let tail = before.rfind('\n').map_or(before, |it| &before[it + 1..]);
    let column = tail.chars().count() as u64;
    if lines == 0 {
        Place { line: start.line, column: start.column + column }
    } else {
        Place { line: start.line + lines, column: column + 1 }
    }
}

fn invalid(bytes: &[u8], at: usize, expected: &str) -> Box<Violation> {
    let good = String::from_utf8_lossy(&bytes[..at]);
    violation(place(&good, good.len(), Place { line: 1, column: 1 }), expected, "a byte that is not")
}

fn violation(place: Place, expected: &str, found: &str) -> Box<Violation> {
    Box::new(Violation { place, path: String::new(), rule: Rule::Encoding, expected: expected.into(), found: found.into() })
}
