//! Documents read record by record, in whatever pieces they come.

use std::{
    io::{self, Read},
    time::{Duration, Instant},
};

use soap::xml::{
    Decoder, Rule,
    records::{Bounds, Records, StreamError},
};

use crate::contract::{A, NAMESPACES, note_of, told};

/// Hands out so many bytes at a time.
struct Pieces<'b>(&'b [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(out.len()).min(self.0.len());
        out[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

/// What a stream tells: the head, then each record as it is read or its first violation, then how it ended.
fn stream(input: impl Read, bounds: Bounds) -> Vec<String> {
    let mut records = Records::new(input, NAMESPACES, &[(A, "note")]).with_bounds(bounds);
    let mut out = Vec::new();
    match records.head() {
        Ok(head) => out.push(head),
        Err(error) => return vec![ended(&error)],
    }
    loop {
        match records.next() {
            Ok(Some(mut decoder)) => {
                let read = note_of(&mut decoder).and_then(|it| decoder.finish().map(|()| it));
                out.push(read.unwrap_or_else(|it| told(&it)));
            }
            Ok(None) => return out,
            Err(error) => {
                out.push(ended(&error));
                return out;
            }
        }
    }
}

fn ended(error: &StreamError) -> String {
    match error {
        StreamError::Violation(violation) => format!("ended {}", told(violation)),
        StreamError::Io(why) => format!("ended {why}"),
    }
}

/// The same in every size of pieces, and what it is.
fn read(bytes: &[u8]) -> Vec<String> {
    let whole = stream(bytes, Bounds::default());
    for size in [1, 2, 3, 7, 100] {
        assert_eq!(
            stream(Pieces(bytes, size), Bounds::default()),
            whole,
            "in pieces of {size}: {}",
            String::from_utf8_lossy(bytes)
        );
    }
    whole
}

const LEAST: &str = "<title>x</title><text/>";
const ONE: &str = "@id=1 @state=open title=\"x\" text=\"\"";

fn record(id: u32) -> String {
    format!("<note id='{id}'>{LEAST}</note>")
}

fn list(records: &str) -> String {
    format!("<list xmlns='urn:a' xmlns:b='urn:b'>\n<from>æ</from>\n{records}</list>\n")
}

#[test]
fn a_head_and_its_records() {
    let found = read(list(&format!("{}\n  {}<!-- x -->{}", record(1), record(2), record(3))).as_bytes());
    assert_eq!(found[0], "<list xmlns='urn:a' xmlns:b='urn:b'>\n<from>æ</from>\n</list>");
    assert_eq!(found[1], ONE);
    assert_eq!(found[3], ONE.replace("@id=1", "@id=3"));
    assert_eq!(found.len(), 4);
}

#[test]
fn a_document_without_records_is_all_head() {
    for text in [
        "<list xmlns='urn:a'><x>1</x></list>",
        "<?xml version='1.0'?><!-- --><list xmlns='urn:a'/>",
        "<note/>",
        "<list><note xmlns='urn:b'/></list>",
    ] {
        assert_eq!(read(text.as_bytes()), [text]);
    }
    assert_eq!(read(b""), [""]);
}

/// What looks like the end of a record and is none.
#[test]
fn end_tags_that_are_hidden_end_nothing() {
    for hidden in ["<!-- </note> -->", "<?x </note> ?>", "<![CDATA[</note>]]>"] {
        let text = list(&format!("<note id='1'><title>x</title><text>{hidden}</text></note>{}", record(2)));
        let found = read(text.as_bytes());
        assert_eq!(found.len(), 3, "{hidden}: {found:?}");
        assert!(found[1].starts_with("@id=1 @state=open title=\"x\" text="), "{hidden}: {found:?}");
        assert_eq!(found[2], ONE.replace("@id=1", "@id=2"), "{hidden}");
    }
    let similar = read(list(&format!("<note id='1'>{LEAST}<notes></notes></note>{}", record(2))).as_bytes());
    assert_eq!(similar[1..], ["3:37 unknown-element /list/note/notes".to_owned(), ONE.replace("@id=1", "@id=2")]);
}

#[test]
fn records_in_other_dress() {
    let found = read(list(&format!("<a:note xmlns:a='urn:a' id='1'><a:title>x</a:title><a:text/></a:note\n\t>{}<note\nid=\">\"/><note id='2'/>", record(2))).as_bytes());
    assert_eq!(found[1], ONE);
    assert_eq!(found[2], ONE.replace("@id=1", "@id=2"));
    assert_eq!(found[3..], ["4:46 range /list/note", "5:9 missing /list/note"]);
    let blanks = format!("<note id='1'>{LEAST}</note{}>{}", " ".repeat(500), record(2));
    assert_eq!(read(list(&blanks).as_bytes()).len(), 3);
}

#[test]
fn an_envelope_around_it_is_no_part_of_paths() {
    let body = list(&format!("{}<note/>", record(1)));
    let text = format!(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header><x/></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    );
    let found = read(text.as_bytes());
    assert_eq!(found[1..], [ONE, "3:44 missing /list/note"]);
    assert!(found[0].ends_with("</list></s:Body></s:Envelope>"), "{}", found[0]);
}

#[test]
fn what_may_not_stand_among_records() {
    for (text, expected) in [
        (list(&format!("{}x{}", record(1), record(2))), "ended 3:44 text /list"),
        (list(&format!("{}\n x", record(1))), "ended 4:2 text /list"),
        (list(&format!("{}\n<other/>", record(1))), "ended 4:1 order /list"),
        (list(&format!("{}<![CDATA[x]]>", record(1))), "ended 3:44 text /list"),
        (list(&format!("{}<!DOCTYPE x>", record(1))), "ended 3:44 doctype /list"),
        (list(&record(1)).replace("</list>", ""), "ended 4:1 well-formed /list"),
        (list(&record(1)).replace("</list>", "</List>"), "ended 3:44 well-formed /list"),
        (list(&record(1)) + "<x/>", "ended 4:1 order /list"),
        (list(&record(1)) + "x", "ended 4:1 text /list"),
    ] {
        let found = read(text.as_bytes());
        assert_eq!(found.last().unwrap(), expected, "{text}");
        assert_eq!(found[1], ONE);
    }
}

/// Whoever collects mistakes passes over what is no record, and finds the records behind it.
#[test]
fn what_is_no_record_can_be_passed_over() {
    let among = "<other><note id='9'/><!-- </other> --></other>x<other/><![CDATA[y]]>";
    let text = list(&format!("{}{among}{}", record(1), record(2)));
    let mut records = Records::new(text.as_bytes(), NAMESPACES, &[(A, "note")]);
    records.head().unwrap();
    assert!(records.has_record());
    let mut found = Vec::new();
    loop {
        match records.next() {
            Ok(Some(mut decoder)) => found.push(note_of(&mut decoder).unwrap()),
            Ok(None) => break,
            Err(error) => {
                found.push(ended(&error));
                assert!(records.pass().unwrap());
            }
        }
    }
    let expected = [
        ONE,
        "ended 3:44 order /list",
        "ended 3:90 text /list",
        "ended 3:91 order /list",
        "ended 3:99 text /list",
        &ONE.replace("@id=1", "@id=2"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn behind_the_wrong_end_nothing_can_be_understood() {
    for text in [list(&record(1)).replace("</list>", "</List>"), list(&record(1)).replace("</list>", "")] {
        let mut records = Records::new(text.as_bytes(), NAMESPACES, &[(A, "note")]);
        records.head().unwrap();
        records.next().unwrap();
        assert!(records.next().is_err());
        assert!(!records.pass().unwrap(), "{text}");
    }
    let mut records = Records::new(&b"<list/>"[..], NAMESPACES, &[(A, "note")]);
    records.head().unwrap();
    assert!(!records.has_record());
}

/// A record that has been read can be looked at again, prefixes and places included.
#[test]
fn a_record_can_be_read_again() {
    let text = "<p:list xmlns:p='urn:a'>\n<p:note id='1'><p:title>x</p:title><p:text/></p:note></p:list>";
    let mut records = Records::new(text.as_bytes(), NAMESPACES, &[(A, "note")]);
    records.head().unwrap();
    let mut decoder = records.next().unwrap().unwrap();
    assert_eq!(note_of(&mut decoder).unwrap(), ONE);
    let mut again = decoder.again();
    again.root().unwrap();
    assert_eq!((again.place(again.offset()).line, again.place(again.offset()).column), (2, 1));
    assert_eq!(note_of(&mut again).unwrap(), ONE);
}

#[test]
fn records_that_do_not_end() {
    for rest in ["", "<", "</", "</note", "<note", "<!-- ", "<![CDATA[ x", "<text a='"] {
        let text = format!("<list xmlns='urn:a'><note id='1'><title>x</title>{rest}");
        let found = read(text.as_bytes());
        assert!(found[1].contains("well-formed"), "{rest}: {found:?}");
    }
}

/// A document cut at every byte: never read as if it were whole, and never a panic.
#[test]
fn a_stream_cut_anywhere_is_refused() {
    let text = list(&format!("{}<!-- x -->{}", record(1), record(2)));
    let text = text.trim_end();
    for at in 0..text.len() {
        let found = stream(&text.as_bytes()[..at], Bounds::default());
        let head = || Decoder::new(&found[0], NAMESPACES);
        let is_refused =
            found.last().unwrap().contains("well-formed") || found.last().unwrap().contains("encoding") || {
                let mut decoder = head();
                decoder.root().and_then(|()| decoder.skip()).and_then(|()| decoder.finish()).is_err()
            };
        assert!(is_refused, "{}: {found:?}", String::from_utf8_lossy(&text.as_bytes()[..at]));
    }
}

#[test]
fn byte_order_marks_and_utf_16() {
    let text = list(&record(1).repeat(3));
    let expected = read(text.as_bytes());
    assert_eq!(read(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), expected);
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        let bytes: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(order).collect();
        assert_eq!(read(&bytes), expected);
    }
    let broken: Vec<u8> = [0xfeff, 0xd800].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(stream(&broken[..], Bounds::default()), ["ended 1:1 encoding "]);
}

#[test]
fn bytes_and_characters_that_are_no_text() {
    let inside = |bytes: &[u8]| {
        let (before, behind) = ("<list xmlns='urn:a'>\n<note id='1'><title>", "</title><text/></note></list>");
        read(&[before.as_bytes(), bytes, behind.as_bytes()].concat()).last().unwrap().clone()
    };
    assert!(inside(b"\xff").starts_with("ended 2:") && inside(b"\xff").contains("encoding"), "{}", inside(b"\xff"));
    assert!(inside(b"\x01").starts_with("ended 2:21 well-formed"), "{}", inside(b"\x01"));
    assert!(read(b"<list>\xff<note/></list>")[0].starts_with("ended 1:7 encoding"));
    assert!(read(b"<list><x \xff='1'/></list>")[0].starts_with("ended 1:10 encoding"));
    assert!(read(b"<list>\x01</list>")[0].starts_with("ended 1:7 well-formed"));
}

#[test]
fn bounds_of_head_and_record() {
    let bounds = Bounds { head: 1 << 20, record: 1 << 20 };
    let many = |what: &str| what.repeat((2 << 20) / what.len());
    let head = format!("<list xmlns='urn:a'>{}<note/></list>", many("<x>1</x>"));
    assert_eq!(stream(head.as_bytes(), bounds), ["ended 1:1 limit "]);
    let long = list(&format!("<note id='1'>{}</note>", many("<tag>rød</tag>")));
    assert_eq!(stream(long.as_bytes(), bounds)[1], "ended 3:1 limit /list");
    let deep = format!("<list xmlns='urn:a'>{}", "<x>".repeat(100_000));
    assert_eq!(stream(deep.as_bytes(), Bounds::default()), ["ended 1:318 limit "]);
    let scope: String = (0..300).map(|it| format!(" xmlns:p{it}='x'")).collect();
    assert!(stream(format!("<list{scope}/>").as_bytes(), Bounds::default())[0].contains("limit"));
}

/// Something small, then so many bytes that are never held.
struct Endless<'b>(&'b [u8], u64);

impl Read for Endless<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.0.is_empty() {
            return self.0.read(out);
        }
        let length = out.len().min(usize::try_from(self.1).unwrap_or(usize::MAX));
        out[..length].fill(b'x');
        self.1 -= length as u64;
        Ok(length)
    }
}

/// Two gigabytes inside one attribute, one text, one comment: refused as soon as that is clear, without holding them.
#[test]
fn two_gigabytes_of_anything_are_refused_at_once() {
    let around = [
        "<list a='",
        "<list xmlns='urn:a'><x>",
        "<list xmlns='urn:a'><!--",
        "<list xmlns='urn:a'><![CDATA[",
        "<list xmlns='urn:a'><",
        "<list xmlns='urn:a'><note a='",
        "<list xmlns='urn:a'><note id='1'><title>",
        "<list xmlns='urn:a'><note id='1'/><!--",
        "<list xmlns='urn:a'><note id='1'/></",
    ];
    let bounds = Bounds { head: 256 << 20, ..Bounds::default() };
    for before in around {
        let begin = Instant::now();
        let mut input = Endless(before.as_bytes(), 2 << 30);
        let mut records = Records::new(&mut input, NAMESPACES, &[(A, "note")]).with_bounds(bounds);
        let refused = records.head().map(drop).err().or_else(|| {
            loop {
                match records.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            }
        });
        let Some(StreamError::Violation(violation)) = refused else { panic!("{before}: not refused") };
        assert_eq!(violation.rule, Rule::Limit, "{before}: {violation}");
        drop(records);
        let read = (2_u64 << 30) - input.1;
        assert!(read < 16 << 20, "{before}: {read} bytes were read");
        assert!(begin.elapsed() < Duration::from_secs(30), "{before}: {:?}", begin.elapsed());
    }
}

/// An input that fails is told as such.
#[test]
fn an_input_that_fails() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    assert_eq!(stream(Broken, Bounds::default()), ["ended the disk is gone"]);
    assert_eq!(
        stream(list(&record(1)).as_bytes()[..60].chain(Broken), Bounds::default()).last().unwrap(),
        "ended the disk is gone"
    );
}
