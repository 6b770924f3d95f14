//! The packages of one institution, each made from the largest, and each read back.

use std::fs;

use soap::Envelope;

use super::*;
use crate::{
    domain::{Person, PersonName, Protection, Text, UserId},
    standards::unilogin::stream::read_whole,
};

fn fixture(case: &str) -> String {
    fs::read_to_string(format!("fixtures/unilogin/wsieksport/v7/{case}/response.xml")).unwrap()
}

fn at() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-09-02T08:15:30+02:00").unwrap()
}

fn full_myndighed() -> Roster<'static> {
    read_whole(&fixture("eksporterXmlFuldMyndighed"), &mut Trail::silent()).unwrap()
}

/// What a document of the package looks like when it is made from the largest.
fn made(package: Package, filter: &Filter) -> (String, Trail) {
    let mut trail = Trail::recording("wsieksport/7");
    let mut writer = Writer::new(contracts::NAMESPACES);
    export(&full_myndighed(), package, filter, at(), &mut trail).write(&mut writer);
    (writer.finish(), trail)
}

/// The document in an answer of the service.
fn read_answer(text: &str) -> Export<'_> {
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    Envelope::open(&mut decoder, |_, _| true).unwrap();
    let operation = v7::OPERATIONS.iter().position(|it| it.output.name.local == decoder.name().1).unwrap();
    Export::from_response(v7::Response::decode(operation, &mut decoder).unwrap()).unwrap()
}

/// The document of an answer, in our own spelling.
fn told(case: &str) -> String {
    let text = fixture(case);
    let mut writer = Writer::new(contracts::NAMESPACES);
    read_answer(&text).write(&mut writer);
    writer.finish()
}

#[test]
fn every_package_is_made_of_the_largest() {
    let no_contacts = Filter { contacts: false, ..Filter::ALL };
    let grades = Filter { grades: vec![Grade::Year(5), Grade::Year(6)], ..Filter::ALL };
    for (case, package, filter) in [
        ("eksporterXmlFuldMyndighed", Package::FullMyndighed, Filter::ALL),
        ("eksporterXmlFuld", Package::Full, Filter::ALL),
        ("eksporterXmlFuld.uden-kontaktpersoner", Package::Full, no_contacts),
        ("eksporterXmlMellem", Package::Medium, grades),
        ("eksporterXmlLille", Package::Small, Filter::NONE),
    ] {
        assert_eq!(made(package, &filter).0, told(case), "{case}");
    }
}

#[test]
fn what_a_smaller_package_cannot_tell_is_lost() {
    for (name, package) in [("full", Package::Full), ("medium", Package::Medium), ("small", Package::Small)] {
        let losses = made(package, &Filter::NONE).1.take();
        let mut lines: Vec<String> = losses.into_iter().map(|it| format!("{}: {}\n", it.path, it.why)).collect();
        lines.dedup();
        insta::assert_snapshot!(format!("losses_{name}"), lines.concat());
    }
    assert_eq!(made(Package::FullMyndighed, &Filter::ALL).1.count(), 0);
}

#[test]
fn a_package_read_and_written_is_the_same() {
    for case in ["eksporterXmlFuldMyndighed", "eksporterXmlFuld", "eksporterXmlMellem", "eksporterXmlLille"] {
        let text = fixture(case);
        let package = match read_answer(&text) {
            Export::Small(_) => Package::Small,
            Export::Medium(_) => Package::Medium,
            Export::Full(_) => Package::Full,
            Export::FullMyndighed(_) => Package::FullMyndighed,
        };
        let roster = read_whole(&text, &mut Trail::silent()).unwrap();
        let mut writer = Writer::new(contracts::NAMESPACES);
        export(&roster, package, &Filter::ALL, at(), &mut Trail::silent()).write(&mut writer);
        assert_eq!(writer.finish(), told(case), "{case}");
    }
}

#[test]
fn nothing_of_a_protected_person_is_told_but_to_authorities() {
    for package in [Package::Small, Package::Medium, Package::Full] {
        let text = made(package, &Filter::ALL).0;
        for secret in ["Magne", "Skjuldal", "7209144001", "Stille Plads"] {
            assert!(!text.contains(secret), "{package:?}: {secret}");
        }
        assert!(text.contains("<com:FamilyName>Berg</com:FamilyName>"), "{package:?}");
    }
    let text = made(Package::FullMyndighed, &Filter::ALL).0;
    assert!(text.contains("Magne") && text.contains("7209144001") && text.contains("AliasFirstName>Ask"));
}

#[test]
fn civil_registration_numbers_must_be_asked_for() {
    for package in Package::ALL {
        assert!(!made(package, &Filter::NONE).0.contains("CivilRegistrationNumber"), "{package:?}");
    }
    let asked = |filtre| Filter::full(filtre).civil_ids;
    let cpr_filter = Some(v7::CprFilter { inkluder_cpr: true });
    assert!(!asked(None));
    assert!(asked(Some(v7::FiltreFuld { aktoertype_filter: None, klassetrin_filter: None, cpr_filter })));
}

#[test]
fn what_must_be_told_has_a_stand_in() {
    let person = Person {
        user_id: Some(UserId::new("anna0001")),
        protection: Protection::Unstated,
        ..Person::named(PersonName::guess("Anna".into()))
    };
    let member = Member { source: Text::Borrowed(""), local_id: None, person: Some(person), tie: None, since: None };
    let mut trail = Trail::recording("wsieksport/7");
    let Some(Record::Full(record)) = record(&member, Package::Full, &Filter::ALL, &mut trail) else {
        panic!("a record")
    };
    assert_eq!(record.source, "HUGO Brugeradministrationen");
    let person = record.person.unwrap();
    assert_eq!((person.first_name.as_ref(), person.family_name.as_ref(), person.protected), ("-", "Anna", false));
    let losses: Vec<String> = trail.take().into_iter().map(|it| it.path).collect();
    assert_eq!(losses, ["/source", "/person/name", "/person/name", "/person/protection"], "the guess and the dash");
}
