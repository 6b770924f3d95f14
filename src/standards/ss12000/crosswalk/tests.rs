//! A small school crossed out and in again.

use std::fmt::Write as _;

use chrono::DateTime;

use super::*;
use crate::{
    domain::{
        AccessLevel, Address, CivilId, CivilIdKind, Coded, ContactPerson, CountryCode, Employment, Enrolment, External,
        ExternalRole, Gender, Grade, Group, GroupKind, ImportSource, Member, Organisation, OrganisationNumber, Person,
        PersonName, Phone, Phones, Protection, Pupil, PupilRole, Relation, Roster, StaffRole, Text, UserId,
    },
    standards::ss12000::{
        context::{MarkedNames, Rights, Unmarked},
        ndjson,
    },
};

fn address() -> Address<'static> {
    Address {
        street: Some("Skolevej 1".into()),
        postal_code: Some("4690".into()),
        town: Some("Haslev".into()),
        country_code: Some(CountryCode::DK),
        country: None,
        municipality_code: Some("0320".into()),
        municipality_name: Some("Faxe".into()),
    }
}

fn person(user: &'static str, given: &'static str, protection: Protection) -> Person<'static> {
    let phone = |number: &'static str, protected| Some(Phone { number: Text::Borrowed(number), protected });
    Person {
        user_id: Some(UserId::new(user)),
        name: PersonName::new(given, "Eksempel"),
        alias: None,
        protection,
        civil_id: Some(CivilId::new("6704134001", CivilIdKind::Replacement, CountryCode::DK)),
        birth_date: chrono::NaiveDate::from_ymd_opt(2013, 4, 7),
        gender: Some(Gender::Female),
        email: Some(format!("{user}@skole.example").into()),
        address: Some(address()),
        phones: Phones { home: phone("", true), work: None, mobile: phone("20 12 34 56", false) },
        photo: Some("4711".into()),
    }
}

fn group(id: &'static str, kind: GroupKind, grade: Option<Grade>) -> Group<'static> {
    Group { id: id.into(), name: None, kind, grade, line: None, from: None, to: None, since: None }
}

fn pupil(
    role: PupilRole,
    grade: Grade,
    main: &'static str,
    groups: &[&'static str],
    contacts: Vec<ContactPerson<'static>>,
) -> Tie<'static> {
    let enrolment = Enrolment {
        role,
        grade: Some(grade),
        main_group: main.into(),
        student_number: Some("S-17".into()),
        location: Some("Gården".into()),
        groups: groups.iter().map(|it| Text::Borrowed(*it)).collect(),
    };
    Tie::Pupil(Pupil { enrolment, contacts })
}

fn member(local_id: &'static str, person: Person<'static>, tie: Tie<'static>) -> Member<'static> {
    Member {
        source: "Lokal".into(),
        local_id: Some(local_id.into()),
        person: Some(person),
        tie: Some(tie),
        since: None,
    }
}

fn contacts() -> Vec<ContactPerson<'static>> {
    let contact = |user, given, relation, custody| ContactPerson {
        person: person(user, given, Protection::Open),
        relation,
        custody,
        access: Some(AccessLevel::Sensitive),
        office: None,
    };
    vec![contact("moar0001", "Mona", Relation::Mother, true), contact("fafa0001", "Frede", Relation::Father, false)]
}

fn school() -> Roster<'static> {
    let mut organisation = Organisation::numbered(OrganisationNumber::new("101001"));
    organisation.name = Some("Eksempelskolen".into());
    organisation.web = Some("www.skole.example".into());
    organisation.fax = Some("12345678".into());
    organisation.municipality = Coded { code: Some("320".into()), name: Some("Faxe".into()) };
    let staff = |roles: &[StaffRole], groups: &[&'static str]| {
        Tie::Staff(Employment {
            roles: roles.to_vec(),
            initials: Some("BOE".into()),
            occupation: None,
            location: None,
            groups: groups.iter().map(|it| Text::Borrowed(*it)).collect(),
        })
    };
    let hidden =
        Person { alias: Some(PersonName::new("Bo", "Bæk")), ..person("dora0001", "Dora", Protection::Protected) };
    let external = Tie::External(External { role: ExternalRole::Intern, groups: vec!["Udvalg".into()] });
    Roster {
        organisation,
        exported_at: DateTime::parse_from_rfc3339("2026-10-01T04:00:00+02:00").ok(),
        sources: vec![ImportSource {
            source: "Lokal".into(),
            extracted_at: DateTime::parse_from_rfc3339("2026-09-30T22:00:00+02:00").unwrap(),
            school_year: SchoolYear::parse("2026-2027").unwrap(),
        }],
        groups: vec![
            Group {
                name: Some("7. A".into()),
                line: Some("A".into()),
                ..group("7A", GroupKind::Main, Some(Grade::Year(7)))
            },
            group("SFO", GroupKind::LeisureCare, None),
            group("Udvalg", GroupKind::Team, None),
        ],
        members: vec![
            member(
                "1",
                person("anna0001", "Anna", Protection::Open),
                pupil(PupilRole::Pupil, Grade::Year(7), "7A", &["SFO", "mat"], contacts()),
            ),
            member("2", hidden, pupil(PupilRole::Pupil, Grade::Year(7), "7A", &[], contacts())),
            member(
                "3",
                person("carl0001", "Carl", Protection::Open),
                pupil(PupilRole::Child, Grade::DayCare, "Grøn", &[], Vec::new()),
            ),
            member(
                "4",
                person("boel0001", "Boel", Protection::Open),
                staff(&[StaffRole::Teacher, StaffRole::Substitute, StaffRole::Pedagogue], &["7A", "SFO", "Udvalg"]),
            ),
            member("5", person("evaa0001", "Eva", Protection::Open), external),
        ],
    }
}

fn cross(roster: &Roster<'static>, options: &Options, rights: Rights) -> (String, Trail) {
    let mut trail = Trail::recording("ss12000");
    let context = Context::new(roster, options, rights);
    let mut gathering = Gathering::new(&context);
    let mut out = Vec::new();
    for (at, member) in roster.members.iter().enumerate() {
        let objects = trail.within_item("members", at, |trail| super::member(member, &context, trail));
        gathering.add(&objects);
        let Objects { person, adults, duties, placements, joined: _, taught: _ } = objects;
        person.iter().chain(&adults).for_each(|it| ndjson::write(it, &mut out).unwrap());
        duties.iter().for_each(|it| ndjson::write(it, &mut out).unwrap());
        placements.iter().for_each(|it| ndjson::write(it, &mut out).unwrap());
    }
    ndjson::write(&gathering.organisation(false, &mut trail), &mut out).unwrap();
    let activities = gathering.activities();
    gathering.groups(&mut trail, |group, _| ndjson::write(&group, &mut out).unwrap());
    activities.for_each(|it| ndjson::write(&it, &mut out).unwrap());
    (String::from_utf8(out).unwrap(), trail)
}

fn lines(trail: &mut Trail) -> String {
    trail.take().into_iter().fold(String::new(), |mut text, loss| {
        let _ = writeln!(text, "{}: {}", loss.path, loss.why);
        text
    })
}

#[test]
fn out() {
    let (json, mut trail) = cross(&school(), &Options::default(), Rights { real_names: false, ..Rights::ALL });
    insta::assert_snapshot!("out", json);
    insta::assert_snapshot!("out_losses", lines(&mut trail));
}

#[test]
fn nothing_of_a_protected_person_gets_out() {
    let (json, _) = cross(&school(), &Options::default(), Rights { real_names: false, ..Rights::ALL });
    let hidden: Vec<&str> = json.lines().filter(|it| it.contains("Bæk")).collect();
    assert_eq!(hidden.len(), 1);
    for secret in ["Dora", "Skolevej", "20 12", "civicNo", "@"] {
        assert!(!hidden[0].contains(secret), "{secret}");
    }
    assert!(!json.contains("Dora"));
    let mother = |it: &&str| it.contains("Mona") && it.contains("Skolevej");
    assert_eq!(
        json.lines().filter(mother).count(),
        0,
        "her home is the child's, also where she is another child's contact"
    );
    assert_eq!(
        json.matches("\"securityMarking\":\"Sekretessmarkering\"").count(),
        2,
        "the person, and the reference from the class"
    );
}

#[test]
fn rights_decide_what_is_seen() {
    let (json, _) = cross(&school(), &Options::default(), Rights::default());
    for secret in ["civicNo", "responsibles", "Mona", "Dora"] {
        assert!(!json.contains(secret), "{secret}");
    }
    let (json, _) = cross(&school(), &Options::default(), Rights { real_names: true, ..Rights::default() });
    assert!(json.contains("\"givenName\":\"Dora\""));
    assert!(json.contains("\"enrolments\":[]"), "lists that are always there");
}

#[test]
fn options_decide_what_is_chosen() {
    let options = Options {
        school_unit_code: true,
        municipality_code: false,
        other_adults: true,
        assignment_roles: false,
        principal_scope: Some("unilogin.example".to_owned()),
        ..Options::default()
    };
    let (json, _) = cross(&school(), &options, Rights::ALL);
    for present in ["\"schoolUnitCode\":\"101001\"", "\"Annan ansvarig\"", "\"anna0001@unilogin.example\""] {
        assert!(json.contains(present), "{present}");
    }
    for absent in ["\"municipalityCode\":\"0320\"", "assignmentRole"] {
        assert!(!json.contains(absent), "{absent}");
    }
}

#[test]
fn who_may_not_see_everything_is_told_of_only_if_that_is_wanted() {
    let mut school = school();
    let Some(Tie::Pupil(pupil)) = &mut school.members[0].tie else { panic!("Anna is a pupil") };
    pupil.contacts[0].access = Some(AccessLevel::Ordinary);
    let told = |limited_adults| {
        let (json, mut trail) = cross(&school, &Options { limited_adults, ..Options::default() }, Rights::ALL);
        let anna = json.lines().find(|it| it.contains("\"Anna\"")).unwrap().to_owned();
        (anna.contains("Vårdnadshavare"), lines(&mut trail).matches("taken to see everything").count())
    };
    assert_eq!([told(true), told(false)], [(true, 0), (false, 1)]);
}

#[test]
fn day_care_is_a_placement_or_an_enrolment() {
    let carl = |preschool_enrolments| {
        let options = Options { preschool_enrolments, ..Options::default() };
        let (json, _) = cross(&school(), &options, Rights::ALL);
        let (roster, _) = read_back(&json, &options);
        let carl = roster.members.iter().find(|it| it.local_id.as_deref() == Some("3")).unwrap();
        let Some(Tie::Pupil(pupil)) = &carl.tie else { panic!("Carl is a child") };
        let count = |what: &str| json.matches(what).count();
        let (role, grade) = (pupil.enrolment.role, pupil.enrolment.grade);
        assert_eq!((role, grade), (PupilRole::Child, Some(Grade::DayCare)), "it comes back either way");
        (count("\"type\":\"Placement\""), count("\"schoolType\":\"FS\""), count("enroledAt"))
    };
    // One place after school; and the children's group has a form of its own.
    assert_eq!([carl(false), carl(true)], [(2, 2, 2), (1, 2, 3)]);
}

#[test]
fn a_place_after_school_is_one_place() {
    let mut school = school();
    let child = pupil(PupilRole::Child, Grade::Year(1), "SFO", &["SFO"], Vec::new());
    school.members = vec![member("6", person("dina0001", "Dina", Protection::Open), child)];
    let (json, _) = cross(&school, &Options::default(), Rights::ALL);
    assert_eq!(json.matches("\"type\":\"Placement\"").count(), 1, "{json}");
}

#[test]
fn the_mail_address_of_somebody_protected_goes_with_the_name() {
    let mut school = school();
    let Some(dora) = &mut school.members[1].person else { panic!("Dora is somebody") };
    // No letter of it is in the name as it is written.
    (dora.name, dora.email) = (PersonName::new("Åse", "Bo"), Some("aase@skole.example".into()));
    let told = |real_names| {
        let (json, _) = cross(&school, &Options::default(), Rights { real_names, ..Rights::ALL });
        json.contains("aase@skole.example")
    };
    assert_eq!([told(false), told(true)], [false, true]);
}

#[test]
fn losses_name_a_group_by_its_place_in_the_roster() {
    let mut roster = school();
    roster.groups.reverse();
    let losses = cross(&roster, &Options::default(), Rights::ALL).1.take();
    let grade: Vec<&str> = losses.iter().map(|it| it.path.as_str()).filter(|it| it.ends_with("/grade")).collect();
    assert_eq!(grade, ["/groups[3]/grade"], "7A is the last");
}

#[test]
fn same_input_same_bytes() {
    let once = cross(&school(), &Options::default(), Rights::ALL).0;
    assert_eq!(once, cross(&school(), &Options::default(), Rights::ALL).0);
}

fn read_back(json: &str, options: &Options) -> (Roster<'static>, Trail) {
    let mut objects = read::Objects::default();
    let lines: Vec<&str> = json.lines().collect();
    for line in &lines {
        match ndjson::read(line.as_bytes()).unwrap().unwrap() {
            ndjson::Object::Organisation(it) => objects.organisations.push(it),
            ndjson::Object::Person(it) => objects.persons.push(it),
            ndjson::Object::Group(it) => objects.groups.push(it),
            ndjson::Object::Duty(it) => objects.duties.push(it),
            ndjson::Object::Placement(it) => objects.placements.push(it),
            ndjson::Object::Activity(it) => objects.activities.push(it),
        }
    }
    let mut trail = Trail::recording("hub");
    let reading = Reading { options, at: DateTime::parse_from_rfc3339("2026-11-01T00:00:00+01:00").unwrap() };
    let roster = roster(&objects.organisations[0], &objects, &reading, &mut trail).unwrap();
    (roster.into_owned(), trail)
}

#[test]
fn out_and_in_again() {
    let options = Options { marked_names: MarkedNames::Alias, ..Options::default() };
    let (json, _) = cross(&school(), &options, Rights { real_names: false, ..Rights::ALL });
    let (roster, mut trail) = read_back(&json, &options);
    insta::assert_debug_snapshot!("in", roster);
    insta::assert_snapshot!("in_losses", lines(&mut trail));
}

#[test]
fn known_keys_bring_group_codes_back() {
    let mint = crate::standards::ss12000::ids::Mint::new(Options::default().namespace);
    let number = OrganisationNumber::new("101001");
    let known_keys = ["7A", "SFO"].map(|it| (mint.group(&number, it).to_string(), it.to_owned())).into();
    let options = Options { known_keys, ..Options::default() };
    let (json, _) = cross(&school(), &options, Rights::ALL);
    let (roster, _) = read_back(&json, &options);
    let ids: Vec<&str> = roster.groups.iter().map(|it| it.id.as_ref()).collect();
    assert!(ids.contains(&"7A") && ids.contains(&"SFO"), "{ids:?}");
    assert!(roster.members.iter().flat_map(Member::groups).any(|it| it == (&Text::Borrowed("7A"), true)));
}

#[test]
fn unmarked_persons_are_withheld_unless_the_deployment_says_otherwise() {
    let json = cross(&school(), &Options::default(), Rights::ALL).0.replace("\"securityMarking\":\"Ingen\",", "");
    let count = |unmarked| read_back(&json, &Options { unmarked, ..Options::default() }).0.members.len();
    assert_eq!(count(Unmarked::Withhold), 1, "the marked one");
    assert_eq!(count(Unmarked::Open), 5);
}

#[test]
fn other_elements_are_no_institutions() {
    let text = r#"{"type":"Organisation","id":"1","organisationType":"Huvudman","organisationCode":"101001"}
{"type":"Organisation","id":"2","organisationType":"Skolenhet","schoolUnitCode":"12345678"}"#;
    let options = Options::default();
    let reading = Reading { options: &options, at: DateTime::default() };
    let refusals: Vec<_> = text
        .lines()
        .map(|line| match ndjson::read(line.as_bytes()).unwrap() {
            Some(ndjson::Object::Organisation(it)) => organisation_in(&it, &[], &reading, &mut Trail::silent()).err(),
            _ => None,
        })
        .collect();
    assert_eq!(refusals, [Some(Refusal::NotAnInstitution), Some(Refusal::NoNumber)]);
}

#[test]
fn a_person_alone_is_what_the_whole_member_makes_of_it() {
    let (school, options) = (school(), Options { other_adults: true, ..Options::default() });
    for rights in [Rights::ALL, Rights { responsibles: true, ..Rights::default() }, Rights::default()] {
        let context = Context::new(&school, &options, rights);
        for one in &school.members {
            let whole = super::member(one, &context, &mut Trail::silent());
            assert_eq!(person_of(one, &context), whole.person);
            for (at, adult) in whole.adults.into_iter().enumerate() {
                assert_eq!(adult_of(one, at, adult.id, &context), Some(adult));
            }
        }
    }
}

#[test]
fn days_are_read_where_times_stand() {
    let read = |text: &'static str| day(&read::Text(text.into())).map(|it| it.to_string());
    for (text, told) in [
        ("2026-08-01", "2026-08-01"),
        ("2026-08-01T00:00:00", "2026-08-01"),
        ("2026-08-01T00:00:00.0000000+02:00", "2026-08-01"),
        ("2026-08-01T00:00:00Z", "2026-08-01"),
        ("2026-08-01T23:59:59.999Z", "2026-08-01"),
        ("2026-08-01T22:00:00+02:00", "2026-08-01"),
        ("2026-07-31T22:00:00Z", "2026-08-01"),
        ("2026-12-31T23:00:00.000Z", "2027-01-01"),
        ("2026-12-31T23:00+00:00", "2027-01-01"),
        ("2026-12-31T20:00:00Z", "2026-12-31"),
    ] {
        assert_eq!(read(text).as_deref(), Some(told), "{text}");
    }
    for text in ["", "2026-02-30", "2026-8-1", "i går", "ååååååååå", "20260801"] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn the_id_of_a_protected_adult_without_a_key_says_nothing_of_the_name() {
    let ids = |given: &'static str, protection| {
        let mut school = school();
        for member in &mut school.members {
            let Some(Tie::Pupil(pupil)) = &mut member.tie else { continue };
            for contact in &mut pupil.contacts {
                contact.person = Person { user_id: None, ..person("gone0001", given, protection) };
            }
        }
        let options = Options { other_adults: true, ..Options::default() };
        let context = Context::new(&school, &options, Rights::ALL);
        let members = school.members.iter().map(|it| super::member(it, &context, &mut Trail::silent()));
        let adults: Vec<_> = members.flat_map(|it| it.adults).map(|it| it.id).collect();
        let distinct: std::collections::BTreeSet<_> = adults.iter().collect();
        assert!(adults.len() > 2 && distinct.len() == adults.len(), "each has an id of its own: {adults:?}");
        adults
    };
    assert_eq!(ids("Mona", Protection::Protected), ids("Nora", Protection::Protected));
    assert_ne!(ids("Mona", Protection::Open), ids("Nora", Protection::Open));
}
