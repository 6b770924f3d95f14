//! Documents that mean no good, or that got lost on the way.

use std::time::{Duration, Instant};

use super::*;

fn code(answer: &Answer) -> Vec<&'static str> {
    answer.findings.iter().map(|it| it.code.entry().name).collect()
}

/// Cut anywhere, a document is refused: it is never kept as if it were whole, and never a panic.
#[test]
fn a_document_cut_anywhere_is_refused() {
    let memory = Memory::new();
    let texts = [import(1, &[GROUP, &pupil("L-1"), &protected()]), deletion(1, &["L-1", "Æ-2"])];
    for text in texts {
        for at in 0..text.len() {
            let dialect = Dialect::default();
            let answer =
                receive(&text.as_bytes()[..at], Version::V8, Mode::Full, reception(&memory, &dialect)).unwrap();
            assert_eq!(answer.verdict, Verdict::Refused, "{}", String::from_utf8_lossy(&text.as_bytes()[..at]));
            assert!(!answer.findings.is_empty());
        }
    }
    assert_eq!(ids(&memory).len(), 0);
}

fn protected() -> String {
    somebody("L-2", "<com:AliasFirstName>Ida</com:AliasFirstName>", TEACHER).replace("\"false\"", "\"true\"")
}

/// However the bytes come, the answer is the same.
#[test]
fn pieces_do_not_matter() {
    let text = import(1, &[GROUP, &pupil("L-1"), &pupil("L-1"), &protected()]);
    let whole = hand_in(&Memory::new(), Mode::Full, &text);
    for size in [1, 2, 7, 1000] {
        let (memory, dialect) = (Memory::new(), Dialect::default());
        let answer =
            receive(Pieces(text.as_bytes(), size), Version::V8, Mode::Full, reception(&memory, &dialect)).unwrap();
        assert_eq!(answer, whole, "in pieces of {size}");
    }
}

#[test]
fn what_is_no_import_is_told_as_such() {
    let memory = Memory::new();
    let first = |text: &str| {
        let answer = hand_in(&memory, Mode::Full, text);
        assert_eq!((answer.verdict, memory.kept().groups.len()), (Verdict::Refused, 0), "{text}");
        code(&answer)[0]
    };
    assert_eq!(first(""), "xml");
    assert_eq!(first("{}"), "tekst");
    assert_eq!(first("<a/>"), "rod");
    assert_eq!(first(&import(1, &[GROUP]).replace("wsaimport/8/import", "wsaimport/9/import")), "rod");
    assert_eq!(first(&format!("<!DOCTYPE x>{}", import(1, &[GROUP]))), "doctype");
    assert_eq!(first(&import(1, &[GROUP, &pupil("L-1"), "<!DOCTYPE x>"])), "doctype");
    assert_eq!(first(&import(1, &[GROUP, &pupil("&x;")])), "xml");
    assert_eq!(first(&import(1, &[GROUP, "<!DOCTYPE x [<!ENTITY y 'z'>]>", &pupil("&y;")])), "doctype");
}

/// The namespace is one of ours, the element is not in it.
#[test]
fn a_wrong_namespace_is_told_at_its_element() {
    let person = pupil("L-1").replace("imp:InstitutionPerson", "com:InstitutionPerson");
    for (contents, words, path) in [
        (GROUP.replace("com:GroupType", "uni:GroupType"), "<uni:GroupType", "/Group/GroupType"),
        (person, "<com:InstitutionPerson", "/InstitutionPerson"),
    ] {
        let text = import(1, &[&contents]);
        let expected = format!("{} navnerum /UNILoginImport/Institution{path}", place(&text, words));
        assert_eq!(told(&hand_in(&Memory::new(), Mode::Full, &text))[0], expected);
    }
}

#[test]
fn bytes_that_are_no_text() {
    for (place, expected) in
        [("Olga", "tegnsaet"), ("Viben</com:GroupId>", "tegnsaet"), ("</imp:Institution>", "tekst")]
    {
        let text = import(1, &[GROUP, &pupil("L-1"), &pupil("L-2")]);
        let at = text.find(place).unwrap();
        let bytes = [&text.as_bytes()[..at], b"\xe6", &text.as_bytes()[at..]].concat();
        let (memory, dialect) = (Memory::new(), Dialect::default());
        let answer = receive(&bytes[..], Version::V8, Mode::Full, reception(&memory, &dialect)).unwrap();
        assert_eq!((answer.verdict, code(&answer)[0]), (Verdict::Refused, expected));
    }
}

#[test]
fn utf_16_is_read_too() {
    let text = import(1, &[GROUP, &pupil("Æ-1")]);
    let bytes: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let (memory, dialect) = (Memory::new(), Dialect::default());
    assert_eq!(
        receive(&bytes[..], Version::V8, Mode::Full, reception(&memory, &dialect)).unwrap().verdict,
        Verdict::Done
    );
    assert_eq!(ids(&memory), ["Æ-1"]);
}

/// Ten thousand groups are many; a hundred thousand with a mistake each are refused, and soon.
#[test]
fn a_hundred_thousand_groups() {
    let groups = |wrong: bool| -> Vec<String> {
        let kind = if wrong { "Klasse" } else { "Hold" };
        let group = |it| {
            format!("<com:Group><com:GroupId>G{it}</com:GroupId><com:GroupType>{kind}</com:GroupType></com:Group>")
        };
        (0..100_000).map(group).collect()
    };
    let began = Instant::now();
    let memory = Memory::new();
    assert_eq!(hand_in(&memory, Mode::Full, &import(1, &[&groups(false).join("\n")])).verdict, Verdict::Done);
    assert_eq!(memory.kept().groups.len(), 100_000);
    eprintln!("fine {:?}", began.elapsed());
    let answer = hand_in(&memory, Mode::Full, &import(2, &[&groups(true).join("\n")]));
    assert_eq!((answer.verdict, answer.findings.len()), (Verdict::Refused, MOST + 1));
    eprintln!("klasse {:?}", began.elapsed());
    let levels = groups(false).join("\n").replace("</com:Group>", "<com:GroupLevel>1</com:GroupLevel></com:Group>");
    let answer = hand_in(&memory, Mode::Full, &import(2, &[&levels]));
    assert_eq!((answer.verdict, answer.findings.len()), (Verdict::Refused, MOST + 1));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

/// A head or a person larger than the bounds is refused as soon as that is clear, and is never held.
#[test]
fn what_does_not_end_is_refused() {
    let person = pupil("L-1");
    let beginnings = [
        import(1, &[GROUP]).split("</imp:Institution>").next().unwrap().to_owned(),
        format!(
            "{}{}",
            import(1, &[GROUP]).split("</imp:Institution>").next().unwrap(),
            person.split("<com:Family").next().unwrap()
        ),
        import(1, &[GROUP, &person]).split("</imp:Institution>").next().unwrap().to_owned(),
    ];
    for beginning in beginnings {
        for filling in [&b"<com:x>1</com:x>"[..], b"xxxxxxxxxxxxxxxx", b"<!-- ---- --- ->"] {
            let (memory, dialect) = (Memory::new(), Dialect::default());
            let mut endless = Endless { start: beginning.as_bytes(), filling, handed: 0 };
            let answer = receive(&mut endless, Version::V8, Mode::Full, reception(&memory, &dialect)).unwrap();
            assert_eq!((answer.verdict, ids(&memory).len()), (Verdict::Refused, 0), "{:?}", code(&answer));
            assert!(endless.handed <= LIMIT, "{} bytes", endless.handed);
        }
    }
}

/// An endless document ends here, so that a test does.
const LIMIT: usize = 24 << 20;

struct Endless<'b> {
    start: &'b [u8],
    filling: &'static [u8],
    handed: usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.start.is_empty() {
            return self.start.read(out);
        }
        if self.handed >= LIMIT {
            return Ok(0);
        }
        for (place, byte) in out.iter_mut().enumerate() {
            *byte = self.filling[(self.handed + place) % self.filling.len()];
        }
        self.handed += out.len();
        Ok(out.len())
    }
}

#[test]
fn an_input_that_breaks_off_is_no_document() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line is dead"))
        }
    }
    let (memory, dialect) = (Memory::new(), Dialect::default());
    let text = import(1, &[GROUP, &pupil("L-1")]);
    for at in [0, 10, text.find("<imp:InstitutionPerson>").unwrap() + 40, text.len() - 5] {
        let broken = text.as_bytes()[..at].chain(Broken);
        let refused = receive(broken, Version::V8, Mode::Full, reception(&memory, &dialect));
        assert!(matches!(refused, Err(Refusal::Input(_))), "{at}");
    }
    assert_eq!(ids(&memory).len(), 0);
}

/// Values of a document are never told, unless the schema lists those allowed: they may be somebody's.
#[test]
fn findings_tell_no_personal_data() {
    let secret = "Hemmelighed";
    let number = "3201704001";
    let person = format!(
        "<imp:InstitutionPerson><uni:LocalPersonId>{secret} {secret}</uni:LocalPersonId><imp:Person protected=\"true\">\
         <com:FirstName>{secret}</com:FirstName><com:FamilyName>{secret}</com:FamilyName>\
         <com:CivilRegistrationNumber>{number}</com:CivilRegistrationNumber><com:EmailAddress/>\
         <com:BirthDate>{secret}</com:BirthDate></imp:Person><com:Employee><com:Role>Lærer</com:Role></com:Employee>\
         </imp:InstitutionPerson>"
    );
    let fine =
        somebody(secret, &format!("<com:CivilRegistrationNumber>{number}</com:CivilRegistrationNumber>"), TEACHER);
    let text = import(1, &[GROUP, &person, &fine, &fine]);
    let answer = hand_in(&Memory::new(), Mode::Full, &text);
    assert!(answer.findings.len() > 4);
    let written = written(&answer, &Dialect::default());
    assert!(!written.contains(secret) && !written.contains(&number[..6]), "{written}");
}
