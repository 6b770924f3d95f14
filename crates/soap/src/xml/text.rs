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
    // U+FFFE and U+FFFF are the only characters that begin so, and hardly any text has the first byte.
    let forbidden = forbidden.or_else(|| {
        memchr::memchr_iter(0xef, bytes).find(|&at| matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])))
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

/// A stream as UTF-8 without a byte order mark: UTF-16 with one is transcoded, everything else passes as it is.
pub struct Utf8<R> {
    input: R,
    decoder: Option<encoding_rs::Decoder>,
    started: bool,
    /// Bytes read and not handed out yet: the first few, or half a character.
    held: Vec<u8>,
}

impl<R: std::io::Read> Utf8<R> {
    /// The stream `input` as UTF-8.
    pub fn new(input: R) -> Self {
        Self { input, decoder: None, started: false, held: Vec::new() }
    }

    /// Looks at the first three bytes.
    fn start(&mut self) -> std::io::Result<()> {
        self.started = true;
        let mut first = [0; 3];
        let mut length = 0;
        while length < first.len() {
            match self.input.read(&mut first[length..])? {
                0 => break,
                read => length += read,
            }
        }
        let first = &first[..length];
        match Encoding::for_bom(first) {
            Some((encoding, mark)) if encoding == UTF_8 => self.held = first[mark..].to_vec(),
            Some((encoding, mark)) => {
                self.decoder = Some(encoding.new_decoder_without_bom_handling());
                self.held = first[mark..].to_vec();
            }
            None => self.held = first.to_vec(),
        }
        Ok(())
    }
}

impl<R: std::io::Read> std::io::Read for Utf8<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if !self.started {
            self.start()?;
        }
        let Some(decoder) = &mut self.decoder else {
            if self.held.is_empty() {
                return self.input.read(out);
            }
            let length = self.held.len().min(out.len());
            out[..length].copy_from_slice(&self.held[..length]);
            self.held.drain(..length);
            return Ok(length);
        };
        loop {
            // UTF-8 takes at most three bytes for each UTF-16 unit of two.
            let mut buffer = vec![0; (out.len() / 2).clamp(16, 64 << 10)];
            let held = self.held.len();
            buffer[..held].copy_from_slice(&self.held);
            let read = self.input.read(&mut buffer[held..])?;
            let last = read == 0;
            let (_, used, written, _) = decoder.decode_to_utf8(&buffer[..held + read], out, last);
            self.held = buffer[used..held + read].to_vec();
            if written > 0 || (last && self.held.is_empty()) {
                return Ok(written);
            }
        }
    }
}
