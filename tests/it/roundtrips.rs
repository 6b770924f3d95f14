//! There and back again: messages through their contracts, rosters through exports and through SS12000.

use std::{collections::BTreeMap, fs, path::Path};

use proptest::prelude::*;
use skolebro::{
    crosswalk::Trail,
    domain::{
        CivilId, CivilIdKind, ContactPerson, Employment, External, Grade, GroupKind, Member, OrganisationNumber,
        Person, Pupil, PupilRole, Roster, SchoolYear, Text, Tie,
    },
    standards::{
        ss12000::{
            context::{Context, MarkedNames, Options, Rights, Unmarked},
            ids::Mint,
        },
        unilogin::{
            eksport::Package,
            stream::{self, Form, Reader},
        },
    },
};
use soap::xml::Decoder;

use crate::{
    crossing,
    messages::{CONTRACTS, INST6, Message, contract_of, envelopes, folder_of},
    rosters::{loose_roster, persons, roster},
};

#[test]
fn messages_come_back_as_they_were() {
    for contract in CONTRACTS.iter().copied() {
        for name in ["request.xml", "response.xml"] {
            for (path, text) in envelopes(&folder_of(contract), name) {
                let message = Message::decode(contract, &text).unwrap_or_else(|why| panic!("{path}: {why}"));
                let written = message.encode();
                assert_eq!(Message::decode(contract, &written).unwrap(), message, "{path}");
                let source = roxmltree::Document::parse(&text).unwrap();
                let body = source.descendants().find(|it| it.tag_name().name() == "Body").unwrap();
                let again = roxmltree::Document::parse(&written).unwrap();
                assert_same(&tree(again.root_element()), &tree(body.first_element_child().unwrap()), &path);
            }
        }
    }
}

/// What wsiBRUGER 6 and 7 answer to the same question is the same to the hub.
#[test]
fn both_generations_of_wsibruger_say_the_same() {
    let mut seen = 0;
    for (path, text) in envelopes("wsibruger/v6", "response.xml") {
        let Ok(other) = fs::read_to_string(path.replace("/v6/", "/v7/")) else { continue };
        let hub = |path: &str, text: &str| {
            let message = Message::decode(contract_of(Path::new(path)), text).unwrap();
            message.hub(&mut Trail::silent()).map(|it| format!("{it:?}"))
        };
        assert_eq!(
            hub(&format!("/{path}"), &text),
            hub(&format!("/{}", path.replace("/v6/", "/v7/")), &other),
            "{path}"
        );
        seen += 1;
    }
    assert!(seen > 15, "only {seen} answers");
}

#[test]
fn demo_documents_come_back_as_they_were() {
    for number in 999_001..=999_006 {
        let path = format!("fixtures/demo/{number}.xml");
        let text = fs::read_to_string(&path).unwrap();
        let roster = stream::read_whole(&text, &mut Trail::silent()).unwrap();
        let mut trail = Trail::recording("export");
        let written = crossing::export(&roster, Package::FullMyndighed, &mut trail);
        assert_eq!(trail.take(), [], "{path}");
        assert_eq!(violations(Form::bpi(Package::FullMyndighed), &written), [""; 0], "{path}");
        // One person there has a number without its type: the type is then said to be unknown.
        let written = written.replacen(UNTYPED, "", written.matches(UNTYPED).count() - text.matches(UNTYPED).count());
        let (source, again) =
            (roxmltree::Document::parse(&text).unwrap(), roxmltree::Document::parse(&written).unwrap());
        let stamp = |document: &roxmltree::Document<'_>| {
            document.root_element().attribute("exportDateTime").unwrap().to_owned()
        };
        let same_time = tree(again.root_element()).replace(&stamp(&again), &stamp(&source));
        assert_same(&same_time, &tree(source.root_element()), &path);
    }
    let text = fs::read_to_string("fixtures/demo/institutions.xml").unwrap();
    let message = Message::decode(INST6, &text).unwrap();
    let written = message.encode();
    assert_eq!(Message::decode(INST6, &written).unwrap(), message);
    let (source, again) = (roxmltree::Document::parse(&text).unwrap(), roxmltree::Document::parse(&written).unwrap());
    assert_same(&tree(again.root_element()), &tree(source.root_element()), "institutions.xml");
}

const UNTYPED: &str = "<com:CivilRegistrationNumberType>CPR_UNKNOWN_TYPE</com:CivilRegistrationNumberType>";

/// Two trees; only the first lines that differ are told.
fn assert_same(left: &str, right: &str, what: &str) {
    let differing = left.lines().zip(right.lines()).find(|(left, right)| left != right);
    assert_eq!(differing, None, "{what}");
    assert_eq!(left.len(), right.len(), "{what}");
}

/// An element without prefixes, comments and the white space between elements.
fn tree(node: roxmltree::Node<'_, '_>) -> String {
    let mut out = format!("<{{{}}}{}", node.tag_name().namespace().unwrap_or_default(), node.tag_name().name());
    for it in node.attributes() {
        out.push_str(&format!(" {}={:?}", it.name(), it.value()));
    }
    out.push('>');
    let children: Vec<_> = node.children().filter(roxmltree::Node::is_element).collect();
    if children.is_empty() {
        out.extend(node.descendants().filter(roxmltree::Node::is_text).filter_map(|it| it.text()));
    }
    for child in children {
        out.push_str(&format!("\n{}", tree(child)));
    }
    out
}

/// What a document breaks of its contract.
fn violations(form: Form, xml: &str) -> Vec<String> {
    let found = soap::xml::collect(&mut Decoder::new(xml, contracts::NAMESPACES), &[form.root()], 10);
    found.iter().map(ToString::to_string).collect()
}

/// A document read record by record.
fn read_stream(text: &str, trail: &mut Trail) -> (Form, Roster<'static>) {
    let (mut roster, mut reader) = Reader::open(text.as_bytes(), trail).unwrap();
    while let Some(member) = reader.next(trail).unwrap() {
        let member = member.into_owned();
        roster.members.push(member);
    }
    (reader.form(), roster)
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    /// What an export says, a second export of it says again: nothing more is lost once a package has been chosen.
    #[test]
    fn exports_are_valid_and_come_back(roster in roster()) {
        for form in Form::ALL {
            let written = crossing::document(&roster, form, &mut Trail::silent());
            prop_assert_eq!(violations(form, &written), [""; 0]);
            let mut inwards = Trail::recording("hub");
            let read = stream::read_whole(&written, &mut inwards).unwrap();
            prop_assert_eq!(inwards.take(), []);
            prop_assert_eq!(&crossing::document(&read, form, &mut Trail::silent()), &written);
            prop_assert_eq!(read_stream(&written, &mut inwards), (form, read));
            prop_assert_eq!(inwards.take(), []);
        }
    }

    /// A document is the same, written person by person or at once.
    #[test]
    fn a_stream_is_the_document(roster in roster()) {
        for package in Package::ALL {
            let streamed = crossing::document(&roster, Form::bpi(package), &mut Trail::silent());
            let (_, streamed) = streamed.split_once("?>\n").unwrap();
            prop_assert_eq!(streamed, crossing::export(&roster, package, &mut Trail::silent()) + "\n");
        }
    }

    /// Of a roster, the legacy generation tells what the other tells, but for what [`legacy`] takes away; and it tells the
    /// authority behind a contact person.
    #[test]
    fn the_generations_differ_only_in_what_is_told_as_lost(roster in roster(), repeated in any::<bool>()) {
        let mut roster = roster;
        if repeated {
            repeat_contacts(&mut roster);
        }
        let mut expected = roster.clone();
        legacy(&mut expected);
        for package in Package::ALL {
            let mut trail = Trail::recording("wsieksport/6");
            let written = crossing::document(&roster, Form::legacy(package), &mut trail);
            let read = stream::read_whole(&written, &mut Trail::silent()).unwrap();
            let newest = crossing::document(&expected, Form::bpi(package), &mut Trail::silent());
            let mut newest = stream::read_whole(&newest, &mut Trail::silent()).unwrap();
            if package == Package::Medium {
                persons(&mut newest).for_each(|it| retype(it, |_| CivilIdKind::Unknown));
            }
            let offices = expected.members.iter().flat_map(contacts).map(|it| it.office.clone());
            newest.members.iter_mut().flat_map(contacts_mut).zip(offices).for_each(|(it, office)| it.office = office);
            prop_assert_eq!(read, newest);
            if package == Package::FullMyndighed {
                prop_assert_eq!(trail.take().is_empty(), expected == roster);
            }
        }
    }

    /// The largest package has a place for everything that an institution's own roster holds.
    #[test]
    fn the_largest_package_loses_nothing_in_silence(roster in roster()) {
        let mut trail = Trail::recording("export");
        let written = crossing::export(&roster, Package::FullMyndighed, &mut trail);
        let losses = trail.take();
        let mut read = stream::read_whole(&written, &mut Trail::silent()).unwrap();
        read.exported_at = roster.exported_at;
        if losses.is_empty() {
            prop_assert_eq!(read, roster);
        } else {
            prop_assert!(read != roster, "nothing differs, but {:?} is said to be lost", losses);
        }
    }

    /// Rosters from elsewhere hold what an export has no place for. What is written is an export all the same, and whatever
    /// differs has been told.
    #[test]
    fn exports_of_loose_rosters_are_valid_too(roster in loose_roster()) {
        for form in Form::ALL {
            let mut trail = Trail::recording("export");
            let written = crossing::document(&roster, form, &mut trail);
            prop_assert_eq!(violations(form, &written), [""; 0]);
            let mut read = stream::read_whole(&written, &mut Trail::silent()).unwrap();
            prop_assert_eq!(&crossing::document(&read, form, &mut Trail::silent()), &written);
            if form.package == Package::FullMyndighed && trail.take().is_empty() {
                read.exported_at = roster.exported_at;
                prop_assert_eq!(read, roster.clone());
            }
        }
    }

    /// Whoever reads SS12000 can write an export of it, without any key being known.
    #[test]
    fn what_comes_from_ss12000_can_be_exported(roster in loose_roster()) {
        let stand_in_group = Some("Ukendt".to_owned());
        let options = Options { unmarked: Unmarked::Open, stand_in_group, ..Options::default() };
        let context = Context::new(&roster, &options, Rights::ALL);
        let lines = crossing::ss12000(&roster, Some(false), &context, &mut Trail::silent());
        let read = crossing::from_ss12000(&lines, &options, crossing::moment(), &mut Trail::silent());
        for package in Package::ALL {
            let written = crossing::export(&read, package, &mut Trail::silent());
            prop_assert_eq!(violations(Form::bpi(package), &written), [""; 0]);
        }
    }

    /// Ids depend on the person and on nothing else: not on the run, the institution, or who else is there.
    #[test]
    fn ids_are_the_same_everywhere(roster in roster()) {
        let options = Options::default();
        let persons = |roster: &Roster<'_>| -> Vec<String> {
            let context = Context::new(roster, &options, Rights::ALL);
            let lines = crossing::ss12000(roster, None, &context, &mut Trail::silent());
            let objects = lines.lines().map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap());
            objects.filter(|it| it["type"] == "Person").map(|it| it["id"].to_string()).collect()
        };
        let mut elsewhere = roster.clone();
        elsewhere.organisation.number = OrganisationNumber::new("B54321");
        elsewhere.members.reverse();
        let (mut here, mut there) = (persons(&roster), persons(&elsewhere));
        prop_assert_eq!(&here, &persons(&roster));
        here.sort();
        there.sort();
        prop_assert_eq!(here, there);
    }

    /// What SS12000 carries, it carries there and back and there again.
    #[test]
    fn ss12000_is_stable_after_one_crossing(mut roster in roster()) {
        make_consistent(&mut roster);
        let known_keys = group_keys(&roster);
        let options = Options { unmarked: Unmarked::Open, marked_names: MarkedNames::Alias, known_keys, ..Options::default() };
        let rights = Rights { real_names: false, ..Rights::ALL };
        let there = |roster: &Roster<'_>| {
            crossing::ss12000(roster, Some(false), &Context::new(roster, &options, rights), &mut Trail::silent())
        };
        let back = |lines: &str| crossing::from_ss12000(lines, &options, crossing::moment(), &mut Trail::silent());
        let once = back(&there(&roster));
        let again = there(&once);
        let twice = back(&again);
        for (once, twice) in again.lines().zip(there(&twice).lines()) {
            prop_assert_eq!(once, twice);
        }
    }
}

/// What the legacy generation tells of a roster: only users, ten contact persons each at most, and of a number whether it is
/// verified. A replacement number shows itself.
fn legacy(roster: &mut Roster<'static>) {
    roster.members.retain(|it| it.person.is_some());
    for pupil in roster.members.iter_mut().filter_map(pupil) {
        pupil.contacts.truncate(10);
    }
    persons(roster).for_each(|it| {
        retype(it, |id| match (id.kind(), CivilId::danish(id.reveal()).map(|it| it.kind())) {
            (CivilIdKind::Verified, _) => CivilIdKind::Verified,
            (_, Ok(CivilIdKind::Replacement)) => CivilIdKind::Replacement,
            (_, _) => CivilIdKind::Unverified,
        });
    });
}

fn retype(person: &mut Person<'static>, kind: impl Fn(&CivilId<'static>) -> CivilIdKind) {
    person.civil_id = person.civil_id.take().map(|it| CivilId::new(it.reveal().to_owned(), kind(&it), it.country()));
}

fn repeat_contacts(roster: &mut Roster<'static>) {
    for pupil in roster.members.iter_mut().filter_map(pupil) {
        pupil.contacts = pupil.contacts.iter().cycle().take(12).cloned().collect();
    }
}

fn pupil<'m>(member: &'m mut Member<'static>) -> Option<&'m mut Pupil<'static>> {
    if let Some(Tie::Pupil(pupil)) = &mut member.tie { Some(pupil) } else { None }
}

fn contacts<'m>(member: &'m Member<'static>) -> &'m [ContactPerson<'static>] {
    if let Some(Tie::Pupil(pupil)) = &member.tie { &pupil.contacts } else { &[] }
}

fn contacts_mut<'m>(member: &'m mut Member<'static>) -> &'m mut [ContactPerson<'static>] {
    pupil(member).map_or(&mut [], |it| &mut it.contacts)
}

/// Makes it a roster whose main groups are main groups, of children or of pupils, and all of it current on the day of reading:
/// SS12000 knows a main group only by its kind, and a child's place in care has no grade.
pub(crate) fn make_consistent(roster: &mut Roster<'static>) {
    const CLASS: &str = "4 Å";
    const DAY_CARE: &str = "Ulistet";
    let today = crossing::moment().date_naive();
    for source in &mut roster.sources {
        source.school_year = SchoolYear { first: 2026, last: 2027 };
    }
    for group in &mut roster.groups {
        group.from = group.from.filter(|it| *it <= today);
        group.to = group.to.filter(|it| *it >= today);
    }
    let kinds: BTreeMap<_, _> = roster.groups.iter().map(|it| (it.id.clone(), it.kind)).collect();
    let is_class = |it: &Text<'static>| kinds.get(it).map_or(it == CLASS, |it| *it == GroupKind::Main);
    for member in &mut roster.members {
        match &mut member.tie {
            Some(Tie::Pupil(Pupil { enrolment, contacts: _ })) => {
                if enrolment.role == PupilRole::Child || enrolment.grade == Some(Grade::DayCare) {
                    (enrolment.grade, enrolment.main_group) = (Some(Grade::DayCare), DAY_CARE.into());
                } else if !is_class(&enrolment.main_group) {
                    enrolment.main_group = CLASS.into();
                }
                enrolment.groups.retain(|it| !is_class(it) && it != DAY_CARE);
            }
            Some(Tie::Staff(Employment { groups, .. }) | Tie::External(External { groups, .. })) => {
                groups.retain(|it| it != CLASS && it != DAY_CARE);
            }
            None => {}
        }
    }
}

/// The keys of all groups by the ids that SS12000 knows them by.
pub(crate) fn group_keys(roster: &Roster<'_>) -> BTreeMap<String, String> {
    let mint = Mint::new(Options::default().namespace);
    let listed = roster.groups.iter().map(|it| &it.id);
    let keys = listed.chain(roster.members.iter().flat_map(Member::groups).map(|(it, _)| it));
    keys.map(|it| (mint.group(&roster.organisation.number, it).to_string(), it.clone().into_owned())).collect()
}
