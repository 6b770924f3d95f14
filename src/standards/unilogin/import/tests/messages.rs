//! Documents in messages: who sends them, for which institution, in which version and with which names.

use std::collections::BTreeMap;

use soap::{Envelope, xml::records::Records};

use super::*;
use crate::caller::Scopes;
use crate::standards::unilogin::lift::Credentials;

fn caller(institution: &str) -> Caller {
    let rights = Rights {
        institutions: Some(vec![institution.to_owned()]),
        agreements: None,
        civil_ids: false,
        protected: false,
        faces: None,
        ss12000: Scopes::ALL,
    };
    Caller { name: "a system".to_owned(), provider: None, rights, consumer: Default::default() }
}

fn envelope(body: &str) -> String {
    format!(
        "<S:Envelope xmlns:S=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:tns=\"https://brugerdatabasen.stil.dk/bpi/wsaimport/8\">\n<S:Body>{body}</S:Body></S:Envelope>"
    )
}

fn bpi(operation: &str, document: &str) -> String {
    envelope(&format!("<tns:{operation}><tns:instXML>{document}</tns:instXML></tns:{operation}>"))
}

/// The same document in the words of version 7.
fn legacy(document: &str) -> String {
    let mut text = document.to_owned();
    for (newer, older) in [
        ("https://brugerdatabasen.stil.dk/bpi/wsaimport/8/import", "https://wsaimport.unilogin.dk/import"),
        ("https://brugerdatabasen.stil.dk/bpi/wsaimport/8/delete", "https://wsaimport.unilogin.dk/delete"),
        ("https://brugerdatabasen.stil.dk/bpi/wsaimport/8/common", "https://unilogin.dk/data"),
        ("https://brugerdatabasen.stil.dk/bpi/common/3", "https://unilogin.dk"),
        ("uni:LocalPersonId", "com:LocalPersonId"),
        ("uni:GroupId", "com:GroupId"),
        ("com:Alias", "imp:Alias"),
        ("com:MobilePhoneNumber", "imp:MobilePhoneNumber"),
    ] {
        text = text.replace(newer, older);
    }
    text
}

fn legacy_message(operation: &str, document: &str) -> String {
    envelope(&format!(
        "<l:{operation} xmlns:l=\"https://wsaimport.unilogin.dk/ws\"><wsBrugerid xmlns=\"https://unilogin.dk\">demo\
         </wsBrugerid><wsPassword xmlns=\"https://unilogin.dk\">hemmelig</wsPassword><l:instXML>{}</l:instXML>\
         </l:{operation}>",
        legacy(document)
    ))
}

/// What a face does with a message: open the envelope over the head, find the operation, hand both on.
fn take_in(memory: &Memory, dialect: &Dialect, text: &str, caller: &Caller) -> Result<Answer, Refusal> {
    let mut records: Records<_> = records(text.as_bytes(), dialect);
    let head = records.head().unwrap();
    let mut decoder = Decoder::new(&head, dialect.namespaces);
    Envelope::open(&mut decoder, |_, _| true).unwrap();
    let contracts = [(Version::V7, &v7::CONTRACT), (Version::V8, &v8::CONTRACT)];
    let (version, mode, operation) = contracts
        .into_iter()
        .find_map(|(version, contract)| {
            let place = contract
                .operations
                .iter()
                .position(|it| (it.input.name.namespace, it.input.name.local) == decoder.name())?;
            Some((version, mode_of(contract, place)?, contract.operations[place].input))
        })
        .expect("an import");
    let identify = |credentials: Option<Credentials<'_>>| {
        let known = credentials.is_none_or(|it| (&*it.user, &*it.password) == ("demo", "hemmelig"));
        if known { Ok(caller) } else { Err(Authentication::UserOrPassword.into()) }
    };
    message(version, mode, operation, decoder, &mut records, identify, reception(memory, dialect))
}

#[test]
fn a_message_of_version_8_is_taken_in() {
    let (memory, dialect, caller) = (Memory::new(), Dialect::default(), caller("999006"));
    for (hour, operation, expected) in [(1, "importerXml", 2), (2, "importerDeltaXml", 3)] {
        let document = import(hour, &[GROUP, &pupil(&format!("L-{hour}")), &pupil("L-9")]);
        let answer = take_in(&memory, &dialect, &bpi(operation, &document), &caller).unwrap();
        assert_eq!((answer.version, answer.verdict), (Version::V8, Verdict::Done), "{:?}", told(&answer));
        assert_eq!(ids(&memory).len(), expected);
    }
    let answer = take_in(&memory, &dialect, &bpi("importerSletXml", &deletion(3, &["L-9"])), &caller).unwrap();
    assert_eq!((answer.mode, answer.verdict, ids(&memory).len()), (Mode::Delete, Verdict::Done, 2));
    assert!(written(&answer, &dialect).starts_with("<tns:importerSletXmlResponse "));
}

#[test]
fn a_message_of_version_7_is_lifted_and_answered_in_its_words() {
    let (memory, dialect, caller) = (Memory::new(), Dialect::default(), caller("999006"));
    let number = "<com:CivilRegistrationNumber>7209144001</com:CivilRegistrationNumber>\
         <com:MobilePhoneNumber protected=\"false\">00 00 01 12</com:MobilePhoneNumber>\
         <com:AliasFirstName>Ida</com:AliasFirstName><com:AliasFamilyName>Holm</com:AliasFamilyName>";
    let document = import(1, &[GROUP, &somebody("L-1", number, TEACHER), &pupil("L-2")]);
    let answer = take_in(&memory, &dialect, &legacy_message("importerXml", &document), &caller).unwrap();
    assert_eq!((answer.version, answer.verdict), (Version::V7, Verdict::Done), "{:?}", told(&answer));
    let text = written(&answer, &dialect);
    let user = |id: &str, user: &str, number: &str| {
        format!(
            "<tns:InstitutionPerson><data:LocalPersonId>{id}</data:LocalPersonId><tns:UNILogin><data:UserId>{user}\
             </data:UserId><data:InitialPassword></data:InitialPassword><data:CivilRegistrationNumber>{number}\
             </data:CivilRegistrationNumber><data:PasswordState>changed</data:PasswordState></tns:UNILogin>\
             </tns:InstitutionPerson>"
        )
    };
    assert!(text.contains(&user("L-1", "user0001", "7209144001")), "{text}");
    assert!(text.contains(&user("L-2", "user0002", "0000000000")), "{text}");
    // The same in version 8 is the same in the hub.
    let newer = Memory::new();
    take_in(&newer, &dialect, &bpi("importerXml", &document), &caller).unwrap();
    assert_eq!(newer.kept(), memory.kept());
    let deleted = legacy_message("importerSletXml", &deletion(2, &["L-1"]));
    assert_eq!(take_in(&memory, &dialect, &deleted, &caller).unwrap().verdict, Verdict::Done);
    assert_eq!(ids(&memory), ["L-2"]);
}

#[test]
fn whose_it_is_comes_before_what_is_wrong_with_it() {
    let (memory, dialect) = (Memory::new(), Dialect::default());
    let document = import(1, &["<com:Group/>", "<x/>", &pupil("L 1")]);
    let rights = |text: &str| take_in(&memory, &dialect, text, &caller("999001")).unwrap_err();
    for text in [
        bpi("importerXml", &document),
        legacy_message("importerXml", &document),
        bpi("importerSletXml", &deletion(1, &["L"])),
    ] {
        assert!(matches!(rights(&text), Refusal::Authentication(Authentication::Rights)));
    }
    let stranger = legacy_message("importerXml", &document).replace("hemmelig", "gæt");
    let refused = take_in(&memory, &dialect, &stranger, &caller("999006")).unwrap_err();
    assert!(matches!(refused, Refusal::Authentication(Authentication::UserOrPassword)));
    assert!(!format!("{refused:?}").contains("gæt"));
    assert_eq!(memory.state().begun.len(), 0);
}

/// What is wrong around the document breaks the contract of the service; what is wrong with the document is answered.
#[test]
fn mistakes_outside_and_inside_the_document() {
    let (memory, dialect, caller) = (Memory::new(), Dialect::default(), caller("999006"));
    let fine = import(1, &[GROUP]);
    for outside in [
        envelope("<tns:importerXml/>"),
        envelope(&format!("<tns:importerXml>{fine}</tns:importerXml>")),
        bpi("importerXml", &fine).replace("<tns:instXML>", "<tns:instXML x=\"1\">"),
    ] {
        let refused = take_in(&memory, &dialect, &outside, &caller).unwrap_err();
        assert!(matches!(refused, Refusal::Violation(_)), "{refused:?}");
    }
    let behind = |text: String| text.replace("</S:Body>", "<x/></S:Body>");
    let person = import(1, &[GROUP, &pupil("L-1")]);
    for (inside, words, code) in [
        (bpi("importerXml", ""), "</tns:instXML>", "mangler"),
        (bpi("importerXml", "<x/>"), "<x/>", "rod"),
        (bpi("importerXml", &deletion(1, &["L-1"])), "<del:UNILoginDelete", "rod"),
        (bpi("importerSletXml", &fine), "<imp:UNILoginImport", "rod"),
        (bpi("importerXml", &fine.replace("8/import", "7/import")), "<imp:UNILoginImport", "navnerum"),
        (bpi("importerXml", &format!("{fine}<x/>")), "<x/>", "raekkefoelge"),
        (behind(bpi("importerXml", &fine)), "<x/>", "raekkefoelge"),
        (bpi("importerXml", &format!("{person}<x/>")), "<x/>", "raekkefoelge"),
        (behind(bpi("importerXml", &person)), "<x/>", "raekkefoelge"),
    ] {
        let answer = take_in(&memory, &dialect, &inside, &caller).unwrap();
        assert_eq!((answer.verdict, answer.findings.len()), (Verdict::Refused, 1), "{:?}", told(&answer));
        let expected = format!("{} {code}", place(&inside, words));
        assert!(told(&answer)[0].starts_with(&expected), "{expected}: {:?}\n{inside}", told(&answer));
    }
    assert_eq!(ids(&memory).len(), 0);
}

/// What is inferred of the names can be put right without touching code.
#[test]
fn an_installation_may_know_the_real_names() {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    let ours = "https://brugerdatabasen.stil.dk/bpi/wsaimport/8";
    let namespaces = map(&[
        (&format!("{ours}/import"), "urn:real:import"),
        (&format!("{ours}/common"), "urn:real:blocks"),
        (&format!("{ours}/delete"), "urn:real:delete"),
        (ours, "urn:real:service"),
    ]);
    let names = map(&[("UNILoginImportSvar", "Svar"), ("Fejl", "Besked"), ("kode", "nr"), ("UserId", "UniID")]);
    let (memory, dialect, caller) = (Memory::new(), Dialect::new(&namespaces, &names).unwrap(), caller("999006"));
    let real = |text: String| {
        [("import", "import"), ("common", "blocks"), ("delete", "delete")]
            .iter()
            .fold(text, |text, (ours_end, real)| {
                text.replace(&format!("{ours}/{ours_end}"), &format!("urn:real:{real}"))
            })
            .replace(ours, "urn:real:service")
    };
    let text = real(bpi("importerXml", &import(1, &[GROUP, &pupil("L-1"), &protected("L-2")])));
    let answer = take_in(&memory, &dialect, &text, &caller).unwrap();
    assert_eq!(answer.verdict, Verdict::Partly, "{:?}", told(&answer));
    let written = written(&answer, &dialect);
    let begin = "<tns:importerXmlResponse xmlns:tns=\"urn:real:service\" xmlns:uni=\"https://brugerdatabasen.stil.dk/bpi/common/3\"><tns:svarXML><tns:Svar reskode=\"2\" ";
    assert!(written.starts_with(begin), "{written}");
    assert!(
        written.contains("<tns:Besked linje=\"7\" kolonne=\"66\" nr=\"alias-mangler\" niveau=\"person-afvist\">"),
        "{written}"
    );
    assert!(written.contains("<uni:LocalPersonId>L-1</uni:LocalPersonId><tns:UniID>user0001</tns:UniID>"), "{written}");
    // Our own names are strangers now.
    let answer = take_in(
        &memory,
        &dialect,
        &real(bpi("importerXml", "")).replace("<tns:instXML>", &format!("<tns:instXML>{}", import(2, &[GROUP]))),
        &caller,
    )
    .unwrap();
    assert!(told(&answer)[0].ends_with("navnerum"), "{:?}", told(&answer));
}

fn protected(id: &str) -> String {
    somebody(id, "", TEACHER).replace("\"false\"", "\"true\"")
}
