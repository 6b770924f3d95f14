//! Rosters through import documents of both versions: what they carry comes back, and the rest is told as lost.

use std::collections::BTreeSet;

use proptest::prelude::*;
use skolebro::{
    crosswalk::Trail,
    domain::{
        CivilId, CivilIdKind, ContactPerson, Grade, Group, GroupKind, Member, Organisation, Person, Phone, Roster,
        Text, Tie,
    },
    source::intake::Mode,
    standards::unilogin::{
        dialect::Dialect,
        eksport::Package,
        import::{
            Reception, Version,
            answer::Verdict,
            document::{Importer, Reader, root},
            receive, unsigned,
        },
        stream::{self, Form},
    },
    store::Sqlite,
};
use soap::xml::{Decoder, Lengths, collect};

use crate::{
    crossing,
    kept::institution,
    rosters::{loose_roster, persons, roster, told},
};

/// The roster of the first source as a document.
fn written(roster: &Roster<'_>, version: Version, trail: &mut Trail) -> String {
    let mut importer = Importer::begin(roster, &roster.sources[0], version, trail);
    for (at, member) in roster.members.iter().enumerate() {
        trail.within_item("members", at, |trail| importer.write(member, trail));
    }
    importer.finish()
}

fn read(text: &str, trail: &mut Trail) -> (Version, Roster<'static>) {
    let (mut roster, mut reader) = Reader::open(text.as_bytes(), trail).unwrap();
    while let Some(member) = reader.next(trail).unwrap() {
        let member = member.into_owned();
        roster.members.push(member);
    }
    (reader.version(), roster)
}

fn violations(version: Version, text: &str) -> Vec<String> {
    let mut decoder = Decoder::new(text, contracts::NAMESPACES).with_lengths(Lengths::Utf8Bytes);
    collect(&mut decoder, &[root(version)], 10).iter().map(ToString::to_string).collect()
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    /// A document is valid, and comes back as the part of the roster that imports carry.
    #[test]
    fn what_an_import_carries_comes_back(roster in roster()) {
        prop_assume!(!roster.sources.is_empty());
        for version in Version::ALL {
            let mut trail = Trail::recording("wsaimport");
            let text = written(&roster, version, &mut trail);
            prop_assert_eq!(violations(version, &text), [""; 0]);
            let mut inwards = Trail::recording("hub");
            let (found, read) = read(&text, &mut inwards);
            let expected = carried(roster.clone(), version);
            prop_assert_eq!(found, version);
            prop_assert_eq!(&read, &expected);
            prop_assert_eq!(inwards.take(), []);
            let told = !trail.take().is_empty();
            let same = Roster { exported_at: roster.exported_at, ..read } == roster;
            prop_assert_eq!(told, !same, "what differs is told, and nothing else");
        }
    }

    /// What an import carries it carries again, without a loss.
    #[test]
    fn nothing_more_is_lost_the_second_time(roster in roster()) {
        prop_assume!(!roster.sources.is_empty());
        for version in Version::ALL {
            let once = carried(roster.clone(), version);
            let mut trail = Trail::recording("wsaimport");
            let text = written(&once, version, &mut trail);
            prop_assert_eq!(trail.take(), []);
            prop_assert_eq!(read(&text, &mut Trail::silent()).1, once);
        }
    }

    /// What keeps to the rules is kept as it was handed in, everybody has a user id, and an export for authorities tells all
    /// of it again but what its contract has no place for.
    #[test]
    fn what_is_handed_in_is_what_is_kept(roster in roster()) {
        prop_assume!(!roster.sources.is_empty());
        for version in Version::ALL {
            let mut handed_in = carried(by_the_rules(roster.clone()), version);
            let text = written(&handed_in, version, &mut Trail::silent());
            let store = Sqlite::in_memory().unwrap();
            let dialect = Dialect::default();
            let reception =
                Reception { keeper: Some(&store), dialect: &dialect, implicit_main_groups: false, confirmed: false, proven: &unsigned, told: &Default::default() };
            let answer = receive(text.as_bytes(), version, Mode::Full, reception).unwrap();
            prop_assert_eq!((answer.verdict, answer.findings), (Verdict::Done, vec![]));
            let mut kept = told(institution(&store, handed_in.organisation.number.as_str()).roster());
            let export = crossing::document(&kept, Form::bpi(Package::FullMyndighed), &mut Trail::silent());
            let mut exported = stream::read_whole(&export, &mut Trail::silent()).unwrap();
            exported.exported_at = kept.exported_at;
            prop_assert_eq!(exported, exportable(kept.clone()));
            for person in persons(&mut kept) {
                prop_assert!(person.user_id.take().is_some());
            }
            kept.groups.retain(|kept| handed_in.groups.iter().any(|it| it.id == kept.id));
            // A name of nothing but blanks is none.
            handed_in.organisation.name =
                handed_in.organisation.name.filter(|it| !it.trim_matches([' ', '\t', '\n', '\r']).is_empty());
            for roster in [&mut handed_in, &mut kept] {
                in_order(roster);
            }
            prop_assert_eq!(kept, Roster { exported_at: Some(handed_in.sources[0].extracted_at), ..handed_in });
        }
    }

    /// Whatever a roster holds, its document keeps to the contract.
    #[test]
    fn documents_of_loose_rosters_are_valid_too(roster in loose_roster()) {
        prop_assume!(!roster.sources.is_empty());
        for version in Version::ALL {
            let text = written(&roster, version, &mut Trail::silent());
            prop_assert_eq!(violations(version, &text), [""; 0]);
            read(&text, &mut Trail::silent());
        }
    }
}

/// The roster without what an import may not have.
fn by_the_rules(mut roster: Roster<'static>) -> Roster<'static> {
    roster.groups.push(Group {
        id: "Hovedgruppe".into(),
        name: None,
        kind: GroupKind::Main,
        grade: Some(Grade::Other),
        line: None,
        from: None,
        to: None,
        since: None,
    });
    let mut ids = BTreeSet::new();
    roster.groups.retain(|it| ids.insert(it.id.clone()));
    let mut ids = BTreeSet::new();
    roster.members.retain(|it| it.local_id.as_ref().is_some_and(|it| ids.insert(it.clone())));
    for member in &mut roster.members {
        let Some(Tie::Pupil(pupil)) = &mut member.tie else { continue };
        let enrolment = &mut pupil.enrolment;
        if !roster.groups.iter().any(|it| it.id == enrolment.main_group && it.kind == GroupKind::Main) {
            enrolment.main_group = "Hovedgruppe".into();
        }
    }
    roster
}

/// What Fuld myndighed has a place for.
fn exportable(mut roster: Roster<'static>) -> Roster<'static> {
    for member in &mut roster.members {
        if let Some(Tie::Pupil(pupil)) = &mut member.tie {
            pupil.contacts.iter_mut().for_each(|it| it.office = None);
        }
    }
    roster
}

/// A store keeps no order but its own.
fn in_order(roster: &mut Roster<'_>) {
    roster.groups.sort_by(|one, other| one.id.cmp(&other.id));
    roster.members.sort_by(|one, other| one.local_id.cmp(&other.local_id));
    for member in &mut roster.members {
        if let Some(Tie::Pupil(pupil)) = &mut member.tie {
            pupil.contacts.sort_by_cached_key(|it| format!("{:?} {:?}", it.person.name, it.relation));
        }
    }
}

/// The part of a roster that its first source can hand in.
fn carried(mut roster: Roster<'static>, version: Version) -> Roster<'static> {
    roster.sources.truncate(1);
    roster.exported_at = None;
    let name = roster.organisation.name.take();
    roster.organisation = Organisation { name, ..Organisation::numbered(roster.organisation.number) };
    for group in &mut roster.groups {
        group.grade = match (group.kind, group.grade) {
            (GroupKind::Main, grade) => Some(grade.unwrap_or(Grade::Other)),
            (_, _) => None,
        };
        cut(&mut group.id, 75);
        group.name.iter_mut().for_each(|it| cut(it, 100));
        group.line.iter_mut().for_each(|it| cut(it, 40));
    }
    let source = roster.sources[0].source.clone();
    roster.members.retain(|it| is_carried(it, &source));
    roster.members.iter_mut().for_each(|it| member(it, version));
    roster
}

fn is_carried(member: &Member<'_>, source: &str) -> bool {
    let known = member.person.as_ref().is_some_and(|it| !lacks_alias(it));
    member.source == source && member.local_id.is_some() && known && member.tie.is_some()
}

fn lacks_alias(person: &Person<'_>) -> bool {
    let has_both = person.alias.as_ref().is_some_and(|it| !it.given.is_empty() && !it.family.is_empty());
    person.is_protected() && !has_both
}

fn member(member: &mut Member<'static>, version: Version) {
    member.person.iter_mut().for_each(|it| person(it, version));
    let groups = match &mut member.tie {
        Some(Tie::Pupil(pupil)) => {
            pupil.contacts.retain(|it| !lacks_alias(&it.person));
            if version == Version::V7 {
                pupil.contacts.truncate(10);
            }
            pupil.contacts.iter_mut().for_each(|ContactPerson { person: it, .. }| person(it, version));
            cut(&mut pupil.enrolment.main_group, 75);
            if pupil.enrolment.student_number.as_ref().is_some_and(|it| it.len() > 26) {
                pupil.enrolment.student_number = None;
            }
            &mut pupil.enrolment.groups
        }
        Some(Tie::Staff(employment)) => &mut employment.groups,
        Some(Tie::External(external)) => &mut external.groups,
        None => return,
    };
    groups.iter_mut().for_each(|it| cut(it, 75));
}

fn person(person: &mut Person<'static>, version: Version) {
    person.user_id = None;
    person.civil_id = person.civil_id.take().and_then(|it| civil_id(&it, version));
    for phone in [&mut person.phones.home, &mut person.phones.work, &mut person.phones.mobile] {
        *phone = phone.take().filter(has_six_digits);
    }
    if let Some(address) = &mut person.address {
        address.municipality_name.iter_mut().for_each(|it| cut(it, 40));
    }
}

/// By its form, then by what is said of it. Version 7 cannot say that nothing is known.
fn civil_id(id: &CivilId<'static>, version: Version) -> Option<CivilId<'static>> {
    let read = CivilId::danish(id.reveal()).ok()?;
    let kind = match (read.kind(), id.kind()) {
        _ if read.is_placeholder() => CivilIdKind::Unknown,
        (CivilIdKind::Replacement, _) => CivilIdKind::Replacement,
        (_, CivilIdKind::Verified) => CivilIdKind::Verified,
        (_, CivilIdKind::Unverified) => CivilIdKind::Unverified,
        (_, _) if version == Version::V7 => CivilIdKind::Unverified,
        (_, _) => CivilIdKind::Unknown,
    };
    Some(CivilId::new(id.reveal().to_owned(), kind, id.country()))
}

fn has_six_digits(phone: &Phone<'_>) -> bool {
    phone.number.bytes().filter(u8::is_ascii_digit).count() >= 6
}

fn cut(text: &mut Text<'static>, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|it| text.is_char_boundary(*it)).unwrap();
        *text = text[..end].trim_end().to_owned().into();
    }
}
