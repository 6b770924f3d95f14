//! Documents against their contract: what is read, and what breaks which rule where.

use soap::xml::{Decoder, Lengths, Limits};

use crate::contract::{LEAST, NAMESPACES, document, note, read, told};

/// The content of a note as it is read, without the attributes that every one has.
fn content(text: &str) -> String {
    read(&note(text)).map_or_else(|it| told(&it), |it| it.replace("@id=1 @state=open", "").trim().to_owned())
}

#[test]
fn order_occurrence_and_choice() {
    let cases = [
        ("<title>x</title><text>y</text>", "title=\"x\" text=\"y\""),
        ("<title>x</title><code>1234</code>", "title=\"x\" code=\"1234\""),
        ("<title>x</title><tag>rød</tag><tag>blå</tag><text/>", "title=\"x\" tag=\"rød\" tag=\"blå\" text=\"\""),
        ("", "1:44 missing /note"),
        ("<text/>", "1:44 order /note/text"),
        ("<title>x</title>", "1:60 missing /note"),
        ("<title>x</title><title>x</title>", "1:60 occurrence /note/title"),
        ("<title>x</title><text/><code>1234</code>", "1:67 order /note/code"),
        (
            "<title>x</title><tag>rød</tag><tag>rød</tag><tag>rød</tag><tag>rød</tag><text/>",
            "1:102 occurrence /note/tag",
        ),
        ("<title>x</title><text/><tag>rød</tag>", "1:67 order /note/tag"),
        ("<title>x</title><text/><what/>", "1:67 unknown-element /note/what"),
        ("<title>x</title><text/>y", "1:67 text /note"),
        ("<title>x</title>\n  y<text/>", "2:3 text /note"),
        ("<title>x</title><text><b/></text>", "1:66 unknown-element /note/text"),
    ];
    for (text, expected) in cases {
        assert_eq!(content(text), expected, "{text}");
    }
}

#[test]
fn namespaces() {
    let cases = [
        ("<title>x</title><text/><b:part unit='m'>1</b:part>", "title=\"x\" text=\"\" part=(@unit=m \"1\")"),
        ("<c:title xmlns:c='urn:a'>x</c:title><text/>", "title=\"x\" text=\"\""),
        (
            "<title>x</title><text/><part unit='m' xmlns='urn:b'>1</part><kind/>",
            "title=\"x\" text=\"\" part=(@unit=m \"1\") kind=\"plain\"",
        ),
        ("<title>x</title><text/><part unit='m'>1</part>", "1:67 namespace /note/part"),
        ("<title xmlns=''>x</title>", "1:44 namespace /note/title"),
        ("<b:title>x</b:title>", "1:44 namespace /note/title"),
        ("<c:title>x</c:title>", "1:44 namespace /note/title"),
        ("<title c:x=''>x</title>", "1:44 namespace /note/title"),
    ];
    for (text, expected) in cases {
        assert_eq!(content(text), expected, "{text}");
    }
    for (text, expected) in [
        ("<a:note xmlns:a='urn:b' id='1'/>", "1:1 root /note"),
        ("<x/>", "1:1 root /x"),
        ("\n <note/>", "2:2 root /note"),
    ] {
        assert_eq!(read(text).map_err(|it| told(&it)), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn attributes() {
    let with = |attributes: &str| {
        let text = format!(
            "<note xmlns=\"urn:a\" xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'\n{attributes}>{LEAST}</note>"
        );
        read(&text).map_or_else(|it| told(&it), |it| it.replace(" title=\"x\" text=\"\"", ""))
    };
    for (attributes, expected) in [
        ("id='7'", "@id=7 @state=open"),
        ("state=' a  b ' id=' 7\n'", "@id=7 @state=a b"),
        ("id='7' lang='da'", "@id=7 @state=open @lang=da"),
        ("id='&#55;'", "@id=7 @state=open"),
        ("id='7' xsi:schemaLocation='urn:x x'", "@id=7 @state=open"),
        ("", "1:1 missing /note"),
        ("state=''", "1:1 missing /note"),
        ("id='13'", "1:1 range /note"),
        ("id='x'", "1:1 range /note"),
        ("id='7' lang='sv'", "1:1 fixed /note"),
        ("id='7' what='x'", "1:1 attribute /note"),
        ("id='7' id='7'", "1:1 attribute /note"),
        ("id='7' ID='7'", "1:1 attribute /note"),
        ("id='7' xsi:nil='true'", "1:1 instance /note"),
        ("id='7' b='<'", "1:1 well-formed /note"),
        ("id='7' b='&nope;'", "1:1 well-formed /note"),
        ("id='7' b='&#1;'", "1:1 well-formed /note"),
    ] {
        assert_eq!(with(attributes), expected, "{attributes}");
    }
    for (text, expected) in [
        ("<title lang='da'>x</title>", "1:44 attribute /note/title"),
        ("<title>x</title><text/><b:part>1</b:part>", "1:67 missing /note/part"),
        (
            "<title>x</title><text/><b:part unit='m' any='x' b:other='y'>1</b:part>",
            "title=\"x\" text=\"\" part=(@unit=m \"1\")",
        ),
        ("<title>x</title><text/><end x=''/>", "1:67 attribute /note/end"),
        ("<title>x</title><text/><end><x/></end>", "1:72 unknown-element /note/end/x"),
        ("<title>x</title><text/><end>x</end>", "1:72 text /note/end"),
        ("<title>x</title><text/><end> <!-- --> </end>", "title=\"x\" text=\"\" end=()"),
    ] {
        assert_eq!(content(text), expected, "{text}");
    }
}

#[test]
fn white_space_facets_defaults_and_fixed_values() {
    for (text, expected) in [
        ("<title>\n a \t b\r\n</title><text> a\r\n b\rc </text>", "title=\"a b\" text=\" a\\n b\\nc \""),
        ("<title>a<!-- x --><![CDATA[ <b> ]]>&amp;&#x20;c</title><text/>", "title=\"a <b> & c\" text=\"\""),
        ("<title>ååååååååååå</title>", "1:44 length /note/title"),
        ("<title>åååååååååå</title><text/>", "title=\"åååååååååå\" text=\"\""),
        ("<title> \n </title>", "1:44 length /note/title"),
        ("<title/>", "1:44 length /note/title"),
        ("<title>x</title><tag>gul</tag>", "1:60 enumeration /note/tag"),
        ("<title>x</title><tag> rød </tag><text/>", "title=\"x\" tag=\"rød\" text=\"\""),
        ("<title>x</title><code>12345</code>", "1:60 pattern /note/code"),
        ("<title>x</title><code>x1234x</code>", "1:60 pattern /note/code"),
        ("<title>x</title><text/><day>2026-02-30</day>", "1:67 type /note/day"),
        ("<title>x</title><text/>\n\n  <day>2026-02-28</day>", "title=\"x\" text=\"\" day=\"2026-02-28\""),
        ("<title>x</title><text/><b:part unit='m'>13</b:part>", "1:67 range /note/part"),
        ("<title>x</title><text/><version>1</version>", "title=\"x\" text=\"\" version=\"1\""),
        ("<title>x</title><text/><version>2</version>", "1:67 fixed /note/version"),
        ("<title>x</title><text/><kind/>", "title=\"x\" text=\"\" kind=\"plain\""),
        ("<title>x</title><text/><kind>y</kind>", "title=\"x\" text=\"\" kind=\"y\""),
    ] {
        assert_eq!(content(text), expected, "{text}");
    }
}

#[test]
fn nil_and_type() {
    let xsi = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:xs='http://www.w3.org/2001/XMLSchema'";
    for (element, expected) in [
        ("<day XSI xsi:nil='true'/>", "title=\"x\" text=\"\" day=nil"),
        ("<day XSI xsi:nil=' 1 '></day>", "title=\"x\" text=\"\" day=nil"),
        ("<day XSI xsi:nil='false'>2026-01-01</day>", "title=\"x\" text=\"\" day=\"2026-01-01\""),
        ("<day XSI xsi:nil='false'/>", "1:67 type /note/day"),
        ("<day XSI xsi:type='xs:date'>2026-01-01</day>", "title=\"x\" text=\"\" day=\"2026-01-01\""),
        ("<day XSI xsi:type='xs:string'>2026-01-01</day>", "title=\"x\" text=\"\" day=\"2026-01-01\""),
        ("<day XSI xsi:type='b:other'>2026-01-01</day>", "1:67 instance /note/day"),
        ("<kind XSI xsi:nil='true'/>", "1:67 instance /note/kind"),
        ("<kind XSI xsi:what='true'/>", "title=\"x\" text=\"\" kind=\"plain\""),
    ] {
        assert_eq!(content(&format!("{LEAST}{}", element.replace("XSI", xsi))), expected, "{element}");
    }
    let filled = content(&format!("{LEAST}<day {xsi} xsi:nil='true'>2026-01-01</day>"));
    assert!(filled.ends_with("text /note/day"), "{filled}");
}

#[test]
fn bounds() {
    let limits = Limits { depth: 3, attributes: 4, namespaces: 4, name: 10, text: 100 };
    let with = |text: &str| {
        let mut decoder = Decoder::new(text, NAMESPACES).with_limits(limits);
        document(&mut decoder).map_or_else(|it| told(&it), |_| "read".to_owned())
    };
    let a = "<note xmlns='urn:a' id='1'>";
    for (text, expected) in [
        (format!("{a}{LEAST}</note>"), "read"),
        (format!("<note xmlns='urn:a' id='1' state='' lang='da'>{LEAST}</note>"), "read"),
        (format!("<note xmlns='urn:a' id='1' state='' lang='da' x=''>{LEAST}</note>"), "1:1 limit /note"),
        (format!("<note xmlns='urn:a' id='1' state='' xmlns:x='x' lang='da'>{LEAST}</note>"), "1:1 limit /note"),
        (format!("{a}<title>{}</title><text>{}</text></note>", "x", "y".repeat(100)), "read"),
        (format!("{a}<title>{}</title><text>{}</text></note>", "x", "y".repeat(101)), "1:44 limit /note/text"),
        (format!("{a}<title>{}</title><text>{}</text></note>", "x", "&amp;".repeat(101)), "1:44 limit /note/text"),
        (
            format!("{a}<title>{}</title><text>{}</text></note>", "x", "<![CDATA[yyyy]]>".repeat(26)),
            "1:44 limit /note/text",
        ),
        (format!("{a}<elevennames/></note>"), "1:28 limit /note/elevennames"),
        (format!("<note xmlns='urn:a' elevennames=''>{LEAST}</note>"), "1:1 limit /note"),
        (format!("{a}<title xmlns:p1='' xmlns:p2='' xmlns:p3=''>x</title><text/></note>"), "read"),
        (
            format!("{a}<title xmlns:p1='' xmlns:p2='' xmlns:p3='' xmlns:p4=''>x</title><text/></note>"),
            "1:28 limit /note/title",
        ),
        (format!("{a}<title x='{}'>x</title></note>", "x".repeat(100)), "1:28 limit /note/title"),
    ] {
        assert_eq!(with(&text), expected, "{text}");
    }
    let mut decoder = Decoder::new("<a><b><c><d/></c></b></a>", NAMESPACES).with_limits(limits);
    decoder.root().unwrap();
    assert_eq!(told(&decoder.skip().unwrap_err()), "1:10 limit /a/b/c/d");
}

#[test]
fn lengths_may_be_counted_in_bytes() {
    let text = note("<title>åååååå</title><text/>");
    assert!(document(&mut Decoder::new(&text, NAMESPACES)).is_ok());
    let mut decoder = Decoder::new(&text, NAMESPACES).with_lengths(Lengths::Utf8Bytes);
    let violation = document(&mut decoder).unwrap_err();
    assert_eq!(told(&violation), "1:44 length /note/title");
    let words = (violation.expected.as_str(), violation.found.as_str());
    assert_eq!(words, ("at most 10 bytes of UTF-8 (title)", "a value of 12 bytes"));
}

#[test]
fn what_xml_forbids_has_its_place() {
    for (text, expected) in [
        ("", "1:1 well-formed "),
        ("  \n ", "1:1 well-formed "),
        ("<!-- only -->", "1:14 well-formed "),
        ("x", "1:1 text "),
        ("\n\n  x<a/>", "3:3 text "),
        ("\n <!DOCTYPE a><a/>", "2:2 doctype "),
        ("<?xml version='1.0'?>\n<!DOCTYPE a><a/>", "2:1 doctype "),
        (" <?xml version='1.0'?><a/>", "1:2 well-formed "),
        ("<note xmlns='urn:a' id='1'>\n  <title>x</tittel>", "2:11 well-formed /note/title"),
        ("<note xmlns='urn:a' id='1'>\n  <title>&x;</title>", "2:10 well-formed /note/title"),
        ("<note xmlns='urn:a' id='1'>\n  <title>x</title>\n", "3:1 well-formed /note"),
        ("<note xmlns='urn:a' id='1'>\n<title>x</title><text/></note>\n <x/>", "3:2 well-formed /x"),
        ("<note xmlns='urn:a' id='1'>\n<title>x</title><text/></note>\n x", "3:2 text "),
        ("<note xmlns='urn:a' id='1' xmlns='urn:a'/>", "1:1 well-formed /note"),
    ] {
        assert_eq!(read(text).map_err(|it| told(&it)), Err(expected.to_owned()), "{text:?}");
    }
}

/// Every document, cut at every byte: an error, never a panic, and never read as if it were whole.
#[test]
fn a_document_cut_anywhere_is_refused() {
    let text = format!(
        "<?xml version='1.0'?><!-- æ --><note xmlns=\"urn:a\" xmlns:b='urn:b' id=\"1\">{}</note>",
        "<title>a&amp;<![CDATA[b]]></title><tag>rød</tag><text> x </text><b:part unit='m'>1</b:part><end/>"
    );
    assert!(read(&text).is_ok());
    for (at, _) in text.char_indices() {
        assert!(read(&text[..at]).is_err(), "{}", &text[..at]);
    }
}

/// One byte changed anywhere: read or refused, in both ways alike, never a panic.
#[test]
fn a_document_with_a_byte_changed_does_no_harm() {
    let text =
        note("<title>a&amp;</title><tag>blue</tag><text><![CDATA[x]]></text><b:part unit='m'>1</b:part><!-- --><end/>");
    for at in 0..text.len() {
        for byte in [b'<', b'>', b'&', b'"', b'\'', b'/', b'!', b'?', b':', b'=', b' ', b'\r', b'x', b']'] {
            let mut changed = text.clone().into_bytes();
            changed[at] = byte;
            let _ = read(std::str::from_utf8(&changed).unwrap());
        }
    }
}
