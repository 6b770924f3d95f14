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
        if label.eq_ignore_ascii_case("utf-8") {
            return Ok(UTF_8);
        }
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
    match memchr::memrchr(b'\n', before.as_bytes()) {
        None => Place { line: start.line, column: start.column + before.chars().count() as u64 },
        Some(last) => {
            let lines = memchr::memchr_iter(b'\n', before.as_bytes()).count() as u64;
            Place { line: start.line + lines, column: before[last + 1..].chars().count() as u64 + 1 }
        }
    }
}

fn invalid(bytes: &[u8], at: usize, expected: &str) -> Box<Violation> {
    let good = String::from_utf8_lossy(&bytes[..at]);
    violation(place(&good, good.len(), Place { line: 1, column: 1 }), expected, "a byte that is not")
}

fn violation(place: Place, expected: &str, found: &str) -> Box<Violation> {
    Box::new(Violation {
        place,
        path: String::new(),
        rule: Rule::Encoding,
        expected: expected.into(),
        found: found.into(),
    })
}

/// A stream as UTF-8 without a byte order mark, from whatever encoding [`decode`] would find it in.
pub struct Utf8<R> {
    input: R,
    charset: Option<String>,
    decoder: Option<encoding_rs::Decoder>,
    started: bool,
    /// Whether what follows the bytes that are ready is no character.
    broken: bool,
    /// Bytes that are ready to be handed out.
    ready: Vec<u8>,
    handed: usize,
}

/// So many bytes are looked at to find the encoding.
const LOOK: usize = 256;

impl<R: std::io::Read> Utf8<R> {
    /// The stream `input` as UTF-8.
    pub fn new(input: R) -> Self {
        Self { input, charset: None, decoder: None, started: false, broken: false, ready: Vec::new(), handed: 0 }
    }

    /// With what the transport says of the encoding.
    #[must_use]
    pub fn with_charset(mut self, charset: Option<&str>) -> Self {
        self.charset = charset.map(str::to_owned);
        self
    }

    /// Looks at the first bytes.
    fn start(&mut self) -> std::io::Result<()> {
        self.started = true;
        let mut first = [0; LOOK];
        let mut length = 0;
        while length < first.len() {
            match self.input.read(&mut first[length..])? {
                0 => break,
                read => length += read,
            }
        }
        let first = &first[..length];
        let found = encoding(first, self.charset.as_deref());
        let (encoding, mark) =
            found.map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "an unknown encoding"))?;
        if encoding == UTF_8 {
            self.ready.extend_from_slice(&first[mark..]);
        } else {
            let mut decoder = encoding.new_decoder_without_bom_handling();
            self.broken = !transcode(&mut decoder, &first[mark..], false, &mut self.ready);
            self.decoder = Some(decoder);
        }
        Ok(())
    }

    /// Transcodes the next piece of the input. The decoder goes when the input has ended: it must not be asked again.
    fn refill(&mut self) -> std::io::Result<()> {
        let mut piece = [0; 16 << 10];
        while self.handed == self.ready.len() {
            if self.broken {
                let why = "bytes that are no characters of their encoding";
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, why));
            }
            let Some(decoder) = &mut self.decoder else { return Ok(()) };
            let read = self.input.read(&mut piece)?;
            self.ready.clear();
            self.handed = 0;
            self.broken = !transcode(decoder, &piece[..read], read == 0, &mut self.ready);
            if read == 0 && !self.broken {
                self.decoder = None;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// What stands before the first thing that is no character, and whether there was none: replaced by another character it
/// would be a value that nobody has sent.
fn transcode(decoder: &mut encoding_rs::Decoder, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> bool {
    let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len() * 3 + 16);
    let mut text = String::with_capacity(most);
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, last);
    out.extend_from_slice(text.as_bytes());
    matches!(result, encoding_rs::DecoderResult::InputEmpty)
}

impl<R: std::io::Read> std::io::Read for Utf8<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if !self.started {
            self.start()?;
        }
        let was_transcoded = self.decoder.is_some();
        if was_transcoded {
            self.refill()?;
        }
        if self.handed < self.ready.len() {
            let length = (self.ready.len() - self.handed).min(out.len());
            out[..length].copy_from_slice(&self.ready[self.handed..self.handed + length]);
            self.handed += length;
            return Ok(length);
        }
        if was_transcoded { Ok(0) } else { self.input.read(out) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    /// Hands out one byte at a time.
    struct Slowly<'b>(&'b [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let (Some((first, rest)), false) = (self.0.split_first(), out.is_empty()) else { return Ok(0) };
            out[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn a_stream_of_utf16_becomes_utf8_and_ends_for_good() {
        for text in ["", "<a>Ærø</a>", "<a>𝄞</a>"] {
            let bytes = utf16(text);
            let mut stream = Utf8::new(Slowly(&bytes));
            let mut read = String::new();
            stream.read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
            assert_eq!(stream.read(&mut [0; 64]).unwrap(), 0);
            assert_eq!(stream.read(&mut [0; 64]).unwrap(), 0);
        }
    }

    /// The same encodings are found in a stream as in a text that is there already.
    #[test]
    fn a_stream_may_be_in_other_encodings() {
        let text = "<?xml version='1.0' encoding='ISO-8859-1'?><a>Ærø</a>";
        let latin: Vec<u8> = text.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
        let bare = latin.splitn(2, |it| *it == b'>').nth(1).unwrap();
        let unmarked: Vec<u8> = "<a>Ærø</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, charset, expected) in [
            (&latin[..], None, text),
            (bare, Some("iso-8859-1"), "<a>Ærø</a>"),
            (&unmarked, None, "<a>Ærø</a>"),
            ("<a>Ærø</a>".as_bytes(), Some("utf-8"), "<a>Ærø</a>"),
        ] {
            let mut read = String::new();
            Utf8::new(Slowly(bytes)).with_charset(charset).read_to_string(&mut read).unwrap();
            assert_eq!(read, expected);
            assert_eq!(decode(bytes, charset).unwrap(), expected);
        }
        let unknown = Utf8::new(&b"<a/>"[..]).with_charset(Some("klingon")).read_to_string(&mut String::new());
        assert_eq!(unknown.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    }

    /// However the bytes arrive, what stands before them is handed out first.
    #[test]
    fn what_is_broken_is_broken_in_its_place() {
        let bytes = [&utf16(&"<a>Ærø</a>".repeat(40)), &[0x00, 0xdc][..], &utf16("<b/>")].concat();
        let read = |mut input: Utf8<Box<dyn Read + '_>>| {
            let mut read = Vec::new();
            let error = input.read_to_end(&mut read).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
            assert_eq!(input.read(&mut [0; 64]).unwrap_err().kind(), std::io::ErrorKind::InvalidData);
            String::from_utf8(read).unwrap()
        };
        let all: [Box<dyn Read + '_>; 2] = [Box::new(&bytes[..]), Box::new(Slowly(&bytes))];
        for input in all {
            assert_eq!(read(Utf8::new(input)), "<a>Ærø</a>".repeat(40));
        }
    }

    /// As [`decode`] refuses it.
    #[test]
    fn half_a_character_is_refused() {
        for half in [&[0x41][..], &[0, 0xd8, b'>', 0], &[0, 0xdc]] {
            let bytes = [&utf16("<a>"), half].concat();
            let error = Utf8::new(&bytes[..]).read_to_string(&mut String::new()).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
            assert!(decode(&bytes, None).is_err());
        }
    }
}
