//! Every rule: what breaks it, where that is told to be, and how bad it is.

use super::*;

/// What is told of the only import that the keeper has seen.
fn found(contents: &[&str]) -> (Verdict, Vec<String>) {
    let answer = hand_in(&Memory::new(), Mode::Full, &import(1, contents));
    (answer.verdict, told(&answer))
}

/// What is told is this: where the words stand that it is told of, the code, the path below the institution.
fn tells(contents: &[&str], verdict: Verdict, expected: &[(&str, &str, &str)]) {
    let text = import(1, contents);
    let line = |(words, code, path): &(&str, &str, &str)| {
        format!("{} {code} /UNILoginImport/Institution{path}", place(&text, words))
    };
    assert_eq!(found(contents), (verdict, expected.iter().map(line).collect()));
}

fn refused(contents: &[&str], expected: &[(&str, &str, &str)]) {
    tells(contents, Verdict::Refused, expected);
}

#[test]
fn a_local_id_is_in_a_document_once() {
    let text = [GROUP, &pupil("L-1"), &pupil("L-2"), &pupil("L-1")];
    refused(&text, &[("<uni:LocalPersonId>L-1", "lokalid-dublet", "/InstitutionPerson/LocalPersonId")]);
    let answer = hand_in(&Memory::new(), Mode::Full, &import(1, &text));
    assert!(answer.findings[0].text().contains("i linje 5"), "{}", answer.findings[0].text());
}

/// Eighteen letters "ø" are 36 bytes; the contract counts bytes.
#[test]
fn keys_are_counted_in_bytes() {
    let local_id = ("<uni:LocalPersonId>", "lokalid-form", "/InstitutionPerson/LocalPersonId");
    for fits in ["L".repeat(18), "ø".repeat(9)] {
        assert_eq!(found(&[GROUP, &pupil(&fits)]), (Verdict::Done, vec![]), "{fits}");
    }
    for long in ["L".repeat(19), "ø".repeat(10), "med blank".to_owned()] {
        refused(&[GROUP, &pupil(&long)], &[local_id]);
    }
    let key = "G".repeat(75);
    assert_eq!(found(&[&GROUP.replace("Viben", &key), &pupil_in("L-1", &key, "")]), (Verdict::Done, vec![]));
    for key in ["G".repeat(76), format!("{}ø", "G".repeat(74))] {
        refused(
            &[&GROUP.replace("Viben", &key), &pupil_in("L-1", &key, "")],
            &[
                ("<com:GroupId>", "gruppekode-laengde", "/Group/GroupId"),
                ("<com:MainGroupId>", "gruppekode-laengde", "/InstitutionPerson/Student/MainGroupId"),
            ],
        );
    }
}

#[test]
fn a_civil_number_is_one_or_stands_in_for_one() {
    let with = |number: &str| {
        somebody("L-1", &format!("<com:CivilRegistrationNumber>{number}</com:CivilRegistrationNumber>"), TEACHER)
    };
    for fine in ["0709614592", "0101600007", "6701014001", "7209144001", "010170AB12", "0000000000"] {
        assert_eq!(found(&[GROUP, &with(fine)]), (Verdict::Done, vec![]), "{fine}: the check digit says nothing");
    }
    let place = ("<com:CivilRegistrationNumber>", "cpr", "/InstitutionPerson/Person/CivilRegistrationNumber");
    for wrong in ["3202704001", "0013704001", "0000000001", "2902014001", "070961459", "070961-459", "07096145922"] {
        refused(&[GROUP, &with(wrong)], &[place]);
    }
    let told = hand_in(&Memory::new(), Mode::Full, &import(1, &[GROUP, &with("3202704001")]));
    assert!(!told.findings[0].text().contains("3202"), "the number is nobody's business");
}

#[test]
fn a_birth_date_should_fit_the_number() {
    let with = |number: &str, born: &str| {
        let person = format!(
            "<com:CivilRegistrationNumber>{number}</com:CivilRegistrationNumber><com:BirthDate>{born}</com:BirthDate>"
        );
        somebody("L-1", &person, TEACHER)
    };
    let warning = ("<com:BirthDate>", "cpr-foedselsdato", "/InstitutionPerson/Person/BirthDate");
    tells(&[GROUP, &with("0709614592", "1961-09-08")], Verdict::Done, &[warning]);
    for (number, born) in [("0709614592", "1961-09-07"), ("6709614592", "1990-01-01"), ("0000000000", "1990-01-01")] {
        assert_eq!(found(&[GROUP, &with(number, born)]), (Verdict::Done, vec![]), "{number}");
    }
}

#[test]
fn a_pupil_has_a_main_group_that_is_one() {
    let main_group = "<com:MainGroupId>Viben</com:MainGroupId>";
    let missing = |words| (words, "hovedgruppe-mangler", "/InstitutionPerson/Student");
    refused(&[GROUP, &pupil("L-1").replace(main_group, "")], &[missing("</imp:Student>")]);
    let other = pupil_in("L-1", "Viben", "<uni:GroupId>Viben</uni:GroupId>").replace(main_group, "");
    refused(&[GROUP, &other], &[("<uni:GroupId>", "hovedgruppe-mangler", "/InstitutionPerson/Student/GroupId")]);
    let wrong = |code| ("<com:MainGroupId>", code, "/InstitutionPerson/Student/MainGroupId");
    refused(&[GROUP, &pupil_in("L-1", "Lærken", "")], &[wrong("hovedgruppe-ukendt")]);
    let course = "<com:Group><com:GroupId>Ridning</com:GroupId><com:GroupType>Hold</com:GroupType></com:Group>";
    refused(&[course, &pupil_in("L-1", "Ridning", "")], &[wrong("hovedgruppe-type")]);
    let choir = pupil_in("L-1", "Viben", "<uni:GroupId>Kor</uni:GroupId>");
    assert_eq!(found(&[GROUP, &choir]).0, Verdict::Done, "other groups are made");
}

/// A broken group is told once, not again at everybody who is in it.
#[test]
fn a_group_that_cannot_be_read_is_no_reason_to_refuse_its_pupils() {
    let broken = GROUP.replace("Hovedgruppe", "Klasse");
    refused(&[&broken, &pupil("L-1"), &pupil("L-2")], &[("<com:GroupType>", "vaerdi", "/Group/GroupType")]);
}

/// A choice of the installation: the contract says that groups may be made by being referred to, and also that a main group
/// must be one.
#[test]
fn main_groups_can_be_made_by_being_referred_to() {
    let (memory, dialect) = (Memory::new(), Dialect::default());
    let reception = Reception { implicit_main_groups: true, ..reception(&memory, &dialect) };
    let text = import(1, &[&pupil_in("L-1", "Lærken", ""), &pupil_in("L-2", "Lærken", "")]);
    assert_eq!(receive(text.as_bytes(), Version::V8, Mode::Full, reception).unwrap().verdict, Verdict::Done);
    let group = &memory.kept().groups["Lærken"];
    assert_eq!(
        (group.kind, group.grade, group.name.as_deref()),
        (GroupKind::Main, Some(crate::domain::Grade::Year(6)), Some("Lærken"))
    );
}

#[test]
fn main_groups_and_no_others_have_a_level() {
    let without = GROUP.replace("<com:GroupLevel>6</com:GroupLevel>", "");
    refused(&[&without], &[("<com:Group>", "trin-mangler", "/Group/GroupLevel")]);
    let team = GROUP.replace("Hovedgruppe", "Team");
    refused(&[&team], &[("<com:GroupLevel>", "trin-ikke-tilladt", "/Group/GroupLevel")]);
    refused(&[GROUP, GROUP], &[("<com:Group>", "gruppe-dublet", "/Group/GroupId")]);
}

#[test]
fn a_school_year_is_two_years_in_a_row() {
    let text = import(1, &[GROUP]);
    for (year, code) in
        [("2026-2028", true), ("2026-2026", true), ("2026-2027", false), ("2026/2027", true), ("26-27", true)]
    {
        let text = text.replace("2026-2027", year);
        let answer = hand_in(&Memory::new(), Mode::Full, &text);
        assert_eq!(answer.findings.iter().any(|it| it.code == Code::SchoolYear), code, "{year}: {:?}", told(&answer));
        assert_eq!(answer.verdict == Verdict::Refused, code);
    }
}

const ALIAS: &str = "<com:AliasFirstName>Ida</com:AliasFirstName><com:AliasFamilyName>Holm</com:AliasFamilyName>";

fn protected(id: &str, alias: &str) -> String {
    somebody(id, alias, TEACHER).replace("protected=\"false\"", "protected=\"true\"")
}

#[test]
fn whoever_is_protected_needs_an_alias_and_the_rest_goes_in() {
    assert_eq!(found(&[GROUP, &protected("L-1", ALIAS)]), (Verdict::Done, vec![]));
    for alias in ["", "<com:AliasFirstName>Ida</com:AliasFirstName>"] {
        let contents = [GROUP, &pupil("L-2"), &protected("L-1", alias)];
        tells(&contents, Verdict::Partly, &[("<imp:Person", "alias-mangler", "/InstitutionPerson/Person")]);
        let memory = Memory::new();
        let answer = hand_in(&memory, Mode::Full, &import(1, &contents));
        assert_eq!((answer.people.len(), ids(&memory)), (1, vec!["L-2".to_owned()]));
    }
}

/// What is kept of somebody who was not protected yet would show the real name and address. So the person leaves, as with
/// a full import.
#[test]
fn whoever_becomes_protected_without_an_alias_is_not_shown_any_more() {
    let memory = Memory::new();
    hand_in(&memory, Mode::Full, &import(1, &[GROUP, &somebody("L-1", "", TEACHER), &pupil("L-2")]));
    let answer = hand_in(&memory, Mode::Delta, &import(2, &[&protected("L-1", "")]));
    assert_eq!((answer.verdict, ids(&memory)), (Verdict::Partly, vec!["L-2".to_owned()]));
}

#[test]
fn a_protected_contact_person_without_an_alias_is_left_out_alone() {
    let contact = |protected: bool, alias: &str| {
        format!(
            "<imp:ContactPerson relation=\"Mor\" childCustody=\"true\"><imp:Person protected=\"{protected}\">\
             <com:FirstName>Lone</com:FirstName><com:FamilyName>Lyng</com:FamilyName>{alias}</imp:Person>\
             </imp:ContactPerson>"
        )
    };
    let contacts = [contact(false, ""), contact(true, ALIAS), contact(true, "")].concat();
    let contents = [GROUP, &pupil_in("L-1", "Viben", &contacts)];
    let path = "/InstitutionPerson/Student/ContactPerson[3]/Person";
    let words = "<imp:Person protected=\"true\">";
    tells(&contents, Verdict::Partly, &[(words, "kontaktperson-alias-mangler", path)]);
    let memory = Memory::new();
    hand_in(&memory, Mode::Full, &import(1, &contents));
    let kept = memory.kept();
    let Some(Tie::Pupil(pupil)) = &kept.members["L-1"].tie else { panic!("a pupil") };
    let shown: Vec<_> = pupil.contacts.iter().map(|it| it.person.display_name().into_owned()).collect();
    assert_eq!(shown, ["Lone Lyng", "Ida Holm"]);
    let wrong = contact(false, "<com:CivilRegistrationNumber>3202704001</com:CivilRegistrationNumber>");
    let path = "/InstitutionPerson/Student/ContactPerson[1]/Person/CivilRegistrationNumber";
    refused(&[GROUP, &pupil_in("L-1", "Viben", &wrong)], &[("<com:CivilReg", "cpr", path)]);
}

/// All of a person that breaks the schema is told, and all of those behind it.
#[test]
fn every_mistake_is_told_with_its_place() {
    let bad = "<imp:InstitutionPerson>\n<uni:LocalPersonId>L 1</uni:LocalPersonId>\n<imp:Person protected=\"nej\">\n\
         <com:FirstName/>\n<com:FamilyName>Lyng</com:FamilyName>\n<com:Gender>X</com:Gender>\n\
         <com:CivilRegistrationNumber>1</com:CivilRegistrationNumber>\n</imp:Person>\n<imp:Student>\n\
         <com:Role>Elev</com:Role>\n<com:Level>11</com:Level>\n</imp:Student>\n</imp:InstitutionPerson>";
    let group = GROUP.replace("<com:GroupLevel>6", "<com:GroupLevel>11");
    let stray = "<com:Group><com:GroupId>Sen</com:GroupId></com:Group>";
    let person = "/InstitutionPerson/Person";
    refused(
        &[&group, bad, stray, "tekst", &pupil_in("L-2", "Lærken", "")],
        &[
            ("<com:GroupLevel>", "vaerdi", "/Group/GroupLevel"),
            ("<uni:LocalPersonId>L 1", "lokalid-form", "/InstitutionPerson/LocalPersonId"),
            ("<imp:Person protected=\"nej\"", "type", person),
            ("<com:FirstName/>", "laengde", &format!("{person}/FirstName")),
            ("<com:Gender>", "vaerdi", &format!("{person}/Gender")),
            ("<com:CivilReg", "raekkefoelge", &format!("{person}/CivilRegistrationNumber")),
            ("<com:Level>11", "vaerdi", "/InstitutionPerson/Student/Level"),
            ("</imp:Student>\n</imp", "hovedgruppe-mangler", "/InstitutionPerson/Student"),
            ("<com:Group><com:GroupId>Sen", "raekkefoelge", ""),
            ("tekst", "tekst", ""),
            ("<com:MainGroupId>Lærken", "hovedgruppe-ukendt", "/InstitutionPerson/Student/MainGroupId"),
        ],
    );
}

#[test]
fn so_many_are_told_and_the_rest_is_counted() {
    let people: Vec<String> = (0..MOST + 20).map(|it| pupil_in(&format!("L-{it}"), "Lærken", "")).collect();
    let answer = hand_in(&Memory::new(), Mode::Full, &import(1, &[&people.join("\n")]));
    assert_eq!((answer.verdict, answer.findings.len()), (Verdict::Refused, MOST + 1));
    let last = answer.findings.last().unwrap();
    assert_eq!((last.code, last.text().contains("Mindst 20 er ikke nævnt")), (Code::More, true), "{}", last.text());
}

/// The heads are read by hand, so that a field which the contract gains must be met here.
#[test]
fn the_heads_have_what_is_read_of_them() {
    let names = |of: &soap::schema::Type| -> Vec<&str> {
        let soap::schema::Content::Elements(model) = &of.content else { panic!("elements") };
        of.attributes.iter().map(|it| it.name).chain(model.items.iter().map(|it| it.name.local)).collect()
    };
    for of in [
        &v7::import::UNI_LOGIN_IMPORT,
        &v7::delete::UNI_LOGIN_DELETE,
        &v8::import::UNI_LOGIN_IMPORT,
        &v8::delete::UNI_LOGIN_DELETE,
    ] {
        assert_eq!(names(of), ["sourceDateTime", "source", "schoolYear", "sourceVersion", "Institution"]);
    }
    for of in [&v7::import::INSTITUTION_IMPORT, &v8::import::INSTITUTION_IMPORT] {
        assert_eq!(names(of), ["InstitutionNumber", "InstitutionName", "Group", "InstitutionPerson"]);
    }
    for of in [&v7::delete::INSTITUTION_DELETE, &v8::delete::INSTITUTION_DELETE] {
        assert_eq!(names(of), ["InstitutionNumber", "InstitutionName", "InstitutionPerson"]);
    }
}

/// Fifty different mistakes, and every one is told: the list was made with the document, not by the program.
#[test]
fn fifty_mistakes_are_fifty_findings() {
    let document = include_str!("../../../../../fixtures/protocol/fifty-mistakes.xml");
    let list = include_str!("../../../../../fixtures/protocol/fifty-mistakes.txt");
    let memory = Memory::new();
    let answer = hand_in(&memory, Mode::Full, document);
    let line = |it: &Finding| {
        let place = it.place.unwrap();
        format!("{}\t{}\t{}\t{}", place.line, place.column, it.code.entry().name, it.path)
    };
    let mut found: Vec<String> = answer.findings.iter().map(line).collect();
    let mut expected: Vec<String> = list.lines().map(str::to_owned).collect();
    found.sort();
    expected.sort();
    assert_eq!((found.len(), answer.verdict), (50, Verdict::Refused));
    assert_eq!(found, expected);
    assert_eq!(memory.state().handed_in, 0);
}

/// XML knows four blanks. Others are letters, and nothing is lost of what looks empty.
#[test]
fn blanks_that_xml_does_not_know_are_letters() {
    let memory = Memory::new();
    let key = "Vi\u{a0}\u{2003}ben";
    let text = import(1, &[&GROUP.replace("Viben", key), &pupil_in("L-1", &format!("\n {key}\t"), "")]);
    let text = text.replace("source=\"DemoAdm\"", "source=\" \u{a0} \"");
    assert_eq!(hand_in(&memory, Mode::Full, &text).verdict, Verdict::Done);
    let state = memory.state();
    assert_eq!((&*state.begun[0].sources[0].source, state.handed_in), ("\u{a0}", 2));
}
