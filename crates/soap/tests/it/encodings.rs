//! From bytes to characters.

use soap::xml::{Place, text};

fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

#[test]
fn marks_charsets_and_declarations() {
    let (le, be) = (|it: &str| utf16(it, u16::to_le_bytes), |it: &str| utf16(it, u16::to_be_bytes));
    let text = "<æ>ß𝄞</æ>";
    let declared = "<?xml version='1.0' encoding='UTF-16'?><æ/>";
    let cases: Vec<(Vec<u8>, Option<&str>, &str)> = vec![
        (text.into(), None, text),
        (text.into(), Some("utf-8"), text),
        (text.into(), Some("UTF8"), text),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), None, text),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Some("iso-8859-1"), text),
        ([&b"\xff\xfe"[..], &le(text)].concat(), None, text),
        ([&b"\xfe\xff"[..], &be(text)].concat(), None, text),
        ([&b"\xff\xfe"[..], &le(text)].concat(), Some("utf-8"), text),
        (le(text), None, text),
        (be(text), None, text),
        (le(text), Some("utf-16le"), text),
        (be(text), Some("utf-16be"), text),
        (be(text), Some("utf-16"), text),
        (declared.into(), None, declared),
        (declared.into(), Some("utf-16"), declared),
        (b"<a>\xe6</a>".to_vec(), Some("iso-8859-1"), "<a>æ</a>"),
        (
            b"<?xml version=\"1.0\" encoding = \"latin1\"?><a>\xe6</a>".to_vec(),
            None,
            "<?xml version=\"1.0\" encoding = \"latin1\"?><a>æ</a>",
        ),
        (b"<a>\x80</a>".to_vec(), Some("windows-1252"), "<a>€</a>"),
        (Vec::new(), None, ""),
        (b"\xef\xbb\xbf".to_vec(), None, ""),
    ];
    for (bytes, charset, expected) in cases {
        let read = text::decode(&bytes, charset).unwrap_or_else(|it| panic!("{it} for {bytes:x?} as {charset:?}"));
        assert_eq!(read, expected, "{charset:?}");
    }
}

#[test]
fn what_is_not_in_its_encoding() {
    let cases: &[(&[u8], Option<&str>, &str)] = &[
        (b"<a>\n\xc3\xa6\xe6</a>", None, "2:2 encoding"),
        (b"\xef\xbb\xbf<a>\xff</a>", None, "1:4 encoding"),
        (b"<a>\xed\xa0\x80</a>", None, "1:4 encoding"),
        (b"<a>\xc0\xaf</a>", None, "1:4 encoding"),
        (b"<a/>\xf0\x9f", None, "1:5 encoding"),
        (b"\xff\xfe<\0a\0\0\xd8", None, "1:1 encoding"),
        (b"\xff\xfe<\0a", None, "1:1 encoding"),
        (b"<a/>", Some("klingon"), "1:1 encoding"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", None, "1:1 encoding"),
        (b"<a>\n\n \x01</a>", None, "3:2 well-formed"),
        (b"<a>\0</a>", None, "1:4 well-formed"),
        ("<a>\u{ffff}</a>".as_bytes(), None, "1:4 well-formed"),
        ("<a>\u{fffe}</a>".as_bytes(), None, "1:4 well-formed"),
    ];
    for (bytes, charset, expected) in cases {
        let violation = text::decode(bytes, *charset).unwrap_err();
        assert_eq!(
            format!("{}:{} {}", violation.place.line, violation.place.column, violation.rule),
            *expected,
            "{bytes:x?}"
        );
    }
    for good in ["\u{fffd}", "\u{ffe0}", "\u{85}", "\u{7f}", "\t\r\n", "\u{10ffff}"] {
        assert!(text::decode(good.as_bytes(), None).is_ok(), "{good:?}");
    }
}

#[test]
fn places_count_lines_and_characters() {
    let start = Place { line: 1, column: 1 };
    let place = |text: &str, offset| text::place(text, offset, start);
    assert_eq!(place("æøå", 4), Place { line: 1, column: 3 });
    assert_eq!(place("a\nb\n\nc", 5), Place { line: 4, column: 1 });
    assert_eq!(place("a\r\nb", 3), Place { line: 2, column: 1 });
    assert_eq!(place("𝄞x", 4), Place { line: 1, column: 2 });
    assert_eq!(place("æ", 1), Place { line: 1, column: 1 }, "in the middle of a character");
    assert_eq!(place("a", 99), Place { line: 1, column: 2 }, "behind the end");
    assert_eq!(text::place("a\nb", 3, Place { line: 7, column: 5 }), Place { line: 8, column: 2 });
    assert_eq!(text::place("ab", 1, Place { line: 7, column: 5 }), Place { line: 7, column: 6 });
}
