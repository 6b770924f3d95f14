//! Imports, from the bytes of a document to what is kept of it and what is answered.

use std::io::{self, Read};

use contracts::unilogin::wsaimport::{v7, v8};
use soap::xml::{Decoder, Writer, collect_element};

use super::{
    answer::{Answer, Verdict},
    catalogue::Code,
    *,
};
use crate::{
    caller::{Caller, Rights},
    domain::{CivilIdKind, GroupKind, Protection, Relation, Tie},
    source::intake::{IntakeError, Mode},
    standards::unilogin::{Authentication, Refusal, dialect::Dialect},
};
use keeper::{Failing, Memory};

mod hostile;
mod keeper;
mod messages;
mod rules;

const NAMES: &str = "xmlns:imp=\"https://brugerdatabasen.stil.dk/bpi/wsaimport/8/import\" \
     xmlns:del=\"https://brugerdatabasen.stil.dk/bpi/wsaimport/8/delete\" \
     xmlns:com=\"https://brugerdatabasen.stil.dk/bpi/wsaimport/8/common\" \
     xmlns:uni=\"https://brugerdatabasen.stil.dk/bpi/common/3\"";

const GROUP: &str = "<com:Group><com:GroupId>Viben</com:GroupId><com:GroupType>Hovedgruppe</com:GroupType>\
     <com:GroupLevel>6</com:GroupLevel></com:Group>";

/// An import of the hour, of these groups and persons, each on a line of its own.
fn import(hour: u8, contents: &[&str]) -> String {
    let contents = contents.join("\n");
    format!(
        "<imp:UNILoginImport {NAMES} sourceDateTime=\"2026-09-01T{hour:02}:00:00+02:00\" source=\"DemoAdm\" \
         schoolYear=\"2026-2027\">\n<imp:Institution>\n<com:InstitutionNumber>999006</com:InstitutionNumber>\n\
         {contents}\n</imp:Institution>\n</imp:UNILoginImport>"
    )
}

/// A deletion of the hour, of persons with these local ids.
fn deletion(hour: u8, ids: &[&str]) -> String {
    let people: String = ids
        .iter()
        .map(|it| {
            format!("<del:InstitutionPerson><uni:LocalPersonId>{it}</uni:LocalPersonId></del:InstitutionPerson>\n")
        })
        .collect();
    format!(
        "<del:UNILoginDelete {NAMES} sourceDateTime=\"2026-09-01T{hour:02}:00:00+02:00\" source=\"DemoAdm\" \
         schoolYear=\"2026-2027\">\n<del:Institution>\n<com:InstitutionNumber>999006</com:InstitutionNumber>\n\
         {people}</del:Institution>\n</del:UNILoginDelete>"
    )
}

/// A person with this in `Person` and this beside it.
fn somebody(id: &str, person: &str, tie: &str) -> String {
    format!(
        "<imp:InstitutionPerson><uni:LocalPersonId>{id}</uni:LocalPersonId><imp:Person protected=\"false\" \
         verificationLevel=\"1\"><com:FirstName>Olga</com:FirstName><com:FamilyName>Lyng</com:FamilyName>{person}\
         </imp:Person>{tie}</imp:InstitutionPerson>"
    )
}

fn pupil(id: &str) -> String {
    pupil_in(id, "Viben", "")
}

fn pupil_in(id: &str, main_group: &str, more: &str) -> String {
    let tie = format!(
        "<imp:Student><com:Role>Elev</com:Role><com:Level>6</com:Level><com:MainGroupId>{main_group}</com:MainGroupId>\
         {more}</imp:Student>"
    );
    somebody(id, "", &tie)
}

const TEACHER: &str = "<com:Employee><com:Role>Lærer</com:Role><uni:GroupId>Viben</uni:GroupId></com:Employee>";

fn reception<'k>(memory: &'k Memory, dialect: &'k Dialect) -> Reception<'k> {
    let told = Box::leak(Box::default());
    Reception { keeper: Some(memory), dialect, implicit_main_groups: false, confirmed: false, proven: &unsigned, told }
}

/// Takes in a document that must be readable.
fn hand_in(memory: &Memory, mode: Mode, text: &str) -> Answer {
    receive(text.as_bytes(), Version::V8, mode, reception(memory, &Dialect::default())).unwrap()
}

/// What is told of a document: line, column, code and path each.
fn told(answer: &Answer) -> Vec<String> {
    let line = |it: &Finding| {
        let place = it.place.map_or_else(String::new, |it| format!("{}:{} ", it.line, it.column));
        format!("{place}{} {}", it.code.entry().name, it.path).trim_end().to_owned()
    };
    answer.findings.iter().map(line).collect()
}

/// Line and column of the place where a text has these words for the last time.
fn place(text: &str, words: &str) -> String {
    let before = &text[..text.rfind(words).unwrap_or_else(|| panic!("{words} is not in {text}"))];
    let line = before.rsplit('\n').next().unwrap();
    format!("{}:{}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn ids(memory: &Memory) -> Vec<String> {
    memory.kept().members.into_keys().collect()
}

#[test]
fn what_is_handed_in_is_kept_in_hub_words() {
    let memory = Memory::new();
    let person = "<com:CivilRegistrationNumber>7209144001</com:CivilRegistrationNumber>\
         <com:EmailAddress>olga@lynghede.example</com:EmailAddress><com:BirthDate>2014-09-12</com:BirthDate>\
         <com:Gender>K</com:Gender><com:HomePhoneNumber protected=\"true\">00 00 01 12</com:HomePhoneNumber>";
    let contact = "<imp:ContactPerson relation=\"Officielt tilknyttet person\" childCustody=\"false\" cvr=\"10000009\">\
         <imp:Person protected=\"true\"><com:FirstName>Flora</com:FirstName><com:FamilyName>Bakke</com:FamilyName>\
         <com:AliasFirstName>Ida</com:AliasFirstName><com:AliasFamilyName>Holm</com:AliasFamilyName></imp:Person>\
         </imp:ContactPerson>";
    let tie = format!(
        "<imp:Student><com:Role>Elev</com:Role><com:Level>6</com:Level><com:MainGroupId>Viben</com:MainGroupId>\
         <uni:GroupId>Ridning</uni:GroupId>{contact}</imp:Student>"
    );
    let text = import(6, &[GROUP, &somebody("L-1", person, &tie), &somebody("L-2", "", TEACHER)]);
    let answer = hand_in(&memory, Mode::Full, &text);
    assert_eq!((answer.verdict, told(&answer)), (Verdict::Done, vec![]));
    let people: Vec<_> = answer.people.iter().map(|it| (it.local_id.as_str(), it.user_id.as_str())).collect();
    assert_eq!(people, [("L-1", "user0001"), ("L-2", "user0002")]);

    let kept = memory.kept();
    assert_eq!(kept.groups["Viben"].kind, GroupKind::Main);
    let olga = &kept.members["L-1"];
    assert_eq!(olga.source, "DemoAdm");
    let person = olga.person.as_ref().unwrap();
    assert_eq!((person.user_id.as_ref(), person.protection), (None, Protection::Open));
    assert_eq!(person.civil_id.as_ref().unwrap().kind(), CivilIdKind::Replacement, "by its form");
    let phone = person.phones.home.as_ref().unwrap();
    assert_eq!((phone.number.as_ref(), phone.protected), ("00 00 01 12", true));
    let Some(Tie::Pupil(pupil)) = &olga.tie else { panic!("a pupil") };
    assert_eq!((pupil.enrolment.main_group.as_ref(), pupil.enrolment.groups[0].as_ref()), ("Viben", "Ridning"));
    let flora = &pupil.contacts[0];
    assert_eq!((flora.relation, flora.custody), (Relation::OfficiallyAssigned, false));
    assert_eq!(flora.office.as_ref().unwrap().company.as_deref(), Some("10000009"));
    assert_eq!(flora.person.display_name(), "Ida Holm");
    let state = memory.state();
    let heading = &state.begun[0];
    assert_eq!((heading.mode, heading.institution.as_str()), (Mode::Full, "999006"));
    assert_eq!(heading.sources[0].extracted_at.to_rfc3339(), "2026-09-01T06:00:00+02:00");
}

#[test]
fn a_verified_number_is_verified_and_zeros_are_nobodys() {
    let memory = Memory::new();
    let numbers = [
        ("0709614592", "1", CivilIdKind::Verified),
        ("0709614592", "0", CivilIdKind::Unverified),
        ("0000000000", "1", CivilIdKind::Unknown),
        ("010170AB12", "1", CivilIdKind::Replacement),
        ("6701014001", "1", CivilIdKind::Replacement),
    ];
    for (hour, (number, level, expected)) in (1..).zip(numbers) {
        let person = format!("<com:CivilRegistrationNumber>{number}</com:CivilRegistrationNumber>");
        let text = import(hour, &[GROUP, &somebody("L-1", &person, TEACHER)]);
        let text = text.replace("verificationLevel=\"1\"", &format!("verificationLevel=\"{level}\""));
        let answer = hand_in(&memory, Mode::Full, &text);
        assert_eq!(answer.verdict, Verdict::Done, "{:?}", told(&answer));
        let kept = memory.kept();
        let id = kept.members["L-1"].person.as_ref().unwrap().civil_id.as_ref().unwrap();
        assert_eq!((id.kind(), id.reveal()), (expected, number));
    }
}

#[test]
fn who_is_missing_leaves_with_a_full_import_and_never_with_a_delta() {
    let memory = Memory::new();
    hand_in(&memory, Mode::Full, &import(1, &[GROUP, &pupil("L-1"), &pupil("L-2")]));
    let delta = hand_in(&memory, Mode::Delta, &import(2, &[&pupil("L-3")]));
    assert_eq!(delta.verdict, Verdict::Done, "its main group is kept: {:?}", told(&delta));
    assert_eq!(ids(&memory), ["L-1", "L-2", "L-3"]);
    let full = hand_in(&memory, Mode::Full, &import(3, &[GROUP, &pupil("L-2")]));
    assert_eq!(ids(&memory), ["L-2"]);
    assert_eq!(full.people[0].user_id.as_str(), "user0002", "once minted, always kept");
}

#[test]
fn a_deletion_removes_who_is_named_and_tells_of_whom_nobody_knows() {
    let memory = Memory::new();
    hand_in(&memory, Mode::Full, &import(1, &[GROUP, &pupil("L-1"), &pupil("L-2")]));
    let answer = hand_in(&memory, Mode::Delete, &deletion(2, &["L-1", "L-9"]));
    assert_eq!((answer.verdict, answer.people.len()), (Verdict::Done, 0));
    assert_eq!(told(&answer), ["5:24 lokalid-ukendt /UNILoginDelete/Institution/InstitutionPerson/LocalPersonId"]);
    assert_eq!(ids(&memory), ["L-2"]);
    let twice = hand_in(&memory, Mode::Delete, &deletion(3, &["L-2", "L-2"]));
    assert_eq!((twice.verdict, ids(&memory).len()), (Verdict::Refused, 1), "{:?}", told(&twice));
}

/// What the root of a deletion is called is not known for sure: its namespace and its contents are.
#[test]
fn a_deletion_may_have_any_root_of_its_namespace() {
    let memory = Memory::new();
    hand_in(&memory, Mode::Full, &import(1, &[GROUP, &pupil("L-1"), &pupil("L-2")]));
    let text = deletion(2, &["L-1"]).replace("UNILoginDelete", "UNILoginSlet");
    assert_eq!(hand_in(&memory, Mode::Full, &text).verdict, Verdict::Done);
    assert_eq!(ids(&memory), ["L-2"]);
    let nobody = deletion(3, &[]);
    assert_eq!(
        told(&hand_in(&memory, Mode::Delete, &nobody)),
        ["4:1 mangler /UNILoginDelete/Institution"],
        "a deletion of nobody"
    );
}

#[test]
fn one_mistake_refuses_all_of_it() {
    let memory = Memory::new();
    hand_in(&memory, Mode::Full, &import(1, &[GROUP, &pupil("L-1")]));
    let before = (memory.kept(), memory.state().handed_in);
    let text = import(2, &[GROUP, &pupil("L-2"), &pupil_in("L-3", "Ukendt", ""), &pupil("L-4")]);
    let answer = hand_in(&memory, Mode::Full, &text);
    assert_eq!((answer.verdict, answer.people.len()), (Verdict::Refused, 0));
    assert_eq!(memory.kept(), before.0);
    assert_eq!(memory.state().handed_in, before.1 + 2, "nothing is handed in behind the mistake");
    assert_eq!(hand_in(&memory, Mode::Full, &import(2, &[GROUP])).verdict, Verdict::Done, "the hour is not used up");
}

#[test]
fn a_source_goes_forward_only() {
    let memory = Memory::new();
    hand_in(&memory, Mode::Full, &import(6, &[GROUP, &pupil("L-1")]));
    for hour in [5, 6] {
        let answer = hand_in(&memory, Mode::Delta, &import(hour, &[&pupil("L-2")]));
        assert_eq!((answer.verdict, ids(&memory).len()), (Verdict::Outdated, 1));
        assert_eq!(told(&answer), ["1:1 foraeldet"]);
        assert!(answer.findings[0].text().contains("2026-09-01T06:00:00+02:00"), "{}", answer.findings[0].text());
    }
    let text = import(5, &[&pupil("L 2")]);
    let both = hand_in(&memory, Mode::Delta, &text);
    assert_eq!(both.verdict, Verdict::Refused, "mistakes are named all the same");
    assert_eq!(told(&both).len(), 2);
}

#[test]
fn too_many_who_would_leave_wait_for_somebody() {
    let mut memory = Memory::new();
    memory.most_leaving = 1;
    let all: Vec<String> = (1..=3).map(|it| pupil(&format!("L-{it}"))).collect();
    hand_in(&memory, Mode::Full, &import(1, &[GROUP, &all.concat()]));
    let text = import(2, &[GROUP]);
    let held = hand_in(&memory, Mode::Full, &text);
    assert_eq!((held.verdict, told(&held)), (Verdict::Held, vec!["tilbageholdt".to_owned()]));
    assert!(held.findings[0].text().contains("3 af 3 ville forsvinde"), "{}", held.findings[0].text());
    assert_eq!(ids(&memory).len(), 3);
    let dialect = Dialect::default();
    let confirmed = Reception { confirmed: true, ..reception(&memory, &dialect) };
    assert_eq!(receive(text.as_bytes(), Version::V8, Mode::Full, confirmed).unwrap().verdict, Verdict::Done);
    assert_eq!(ids(&memory).len(), 0);
}

#[test]
fn a_store_that_is_full_or_broken_keeps_what_it_had() {
    let steps = [Failing::Begin, Failing::Group, Failing::Asked, Failing::Member, Failing::Commit];
    for step in steps {
        let mut memory = Memory::new();
        hand_in(&memory, Mode::Full, &import(1, &[GROUP, &pupil("L-1")]));
        memory.failing = step;
        let another = GROUP.replace("Viben", "Lærken");
        let text = import(2, &[&another, &pupil("L-2")]);
        let full = hand_in(&memory, Mode::Delta, &text);
        assert_eq!((full.verdict, told(&full)), (Verdict::Full, vec!["fuldt".to_owned()]), "{step:?}");
        assert_eq!(ids(&memory), ["L-1"]);
        memory.error = || IntakeError::Failed("the disk is on fire".into());
        let dialect = Dialect::default();
        let failed = receive(text.as_bytes(), Version::V8, Mode::Delta, reception(&memory, &dialect));
        assert!(matches!(failed, Err(Refusal::Intake(IntakeError::Failed(_)))), "{step:?}");
        assert_eq!(ids(&memory), ["L-1"]);
    }
}

#[test]
fn without_a_keeper_a_document_is_only_checked() {
    let dialect = Dialect::default();
    let check = |text: &str| {
        let reception = Reception {
            keeper: None,
            dialect: &dialect,
            implicit_main_groups: false,
            confirmed: false,
            proven: &unsigned,
            told: &crate::source::told::Told::default(),
        };
        receive(text.as_bytes(), Version::V8, Mode::Full, reception).unwrap()
    };
    let fine = check(&import(1, &[&pupil_in("L-1", "Måske kendt", "")]));
    assert_eq!((fine.verdict, told(&fine)), (Verdict::Valid, vec![]), "another source may have the group");
    let wrong = check(&import(1, &[GROUP, &pupil("L-1"), &pupil("L-1")]));
    assert_eq!(wrong.verdict, Verdict::Refused);
    let kind = check(&import(
        1,
        &[&GROUP.replace("Hovedgruppe", "Hold").replace("<com:GroupLevel>6</com:GroupLevel>", ""), &pupil("L-1")],
    ));
    assert_eq!(told(&kind).len(), 1, "{:?}", told(&kind));
}

/// The answer is valid by the contract and reads back as it was meant, in both versions and for every verdict.
#[test]
fn answers_keep_to_their_contract() {
    let memory = Memory::new();
    let done = hand_in(&memory, Mode::Full, &import(1, &[GROUP, &pupil("L-1")]));
    let refused = hand_in(&memory, Mode::Full, &import(2, &["<x/>", &pupil("L-1<")]));
    assert!(refused.findings.len() >= 2);
    for answer in [done, refused] {
        for (version, mode) in
            Version::ALL.into_iter().flat_map(|it| [(it, Mode::Full), (it, Mode::Delta), (it, Mode::Delete)])
        {
            for verdict in Verdict::ALL {
                let answer = Answer { version, mode, verdict, ..answer.clone() };
                let text = written(&answer, &Dialect::default());
                let mut decoder = whole(&text);
                let contract = if version == Version::V7 { &v7::CONTRACT } else { &v8::CONTRACT };
                let operation = contract.operations.iter().find(|it| it.output.name.local == decoder.name().1).unwrap();
                assert_eq!(collect_element(&mut whole(&text), operation.output.kind, 10), [], "{text}");
                if version == Version::V8 {
                    let place = contract.operations.iter().position(|it| it.name == operation.name).unwrap();
                    let (v8::Response::ImporterXml(read)
                    | v8::Response::ImporterDeltaXml(read)
                    | v8::Response::ImporterSletXml(read)) = v8::Response::decode(place, &mut decoder).unwrap()
                    else {
                        panic!("an import")
                    };
                    let v8::UniLoginImportSvar { reskode, fejl, institution_person, .. } =
                        read.svar_xml.uni_login_import_svar;
                    assert_eq!(reskode, verdict.code());
                    assert_eq!((fejl.len(), institution_person.len()), (answer.findings.len(), answer.people.len()));
                }
            }
        }
    }
}

/// A decoder in the root of a text.
fn whole(text: &str) -> Decoder<'_> {
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    decoder.root().unwrap();
    decoder
}

fn written(answer: &Answer, dialect: &Dialect) -> String {
    let mut writer = Writer::new(dialect.namespaces);
    answer.write(dialect, &mut writer);
    writer.finish()
}

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
