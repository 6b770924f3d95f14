//! There and back again: messages through their contracts, rosters through exports and through SS12000.

use std::{collections::BTreeMap, fs};

use proptest::prelude::*;
use skolebro::{
    crosswalk::Trail,
    domain::{Member, Person, Protection, Roster, Tie},
    standards::{
        ss12000::{
            context::{MarkedNames, Options, Rights, Unmarked},
            ids::Mint,
        },
        unilogin::{eksport::Package, stream},
    },
};
use soap::xml::Decoder;

use crate::{
    crossing::{self, EKSPORT7, INST5, INST6, Message},
    rosters::roster,
};

#[test]
fn messages_come_back_as_they_were() {
    for (contract, folder) in [(INST5, "wsiinst/v5"), (INST6, "wsiinst/v6"), (EKSPORT7, "wsieksport/v7")] {
        for name in ["request.xml", "response.xml"] {
            for (path, text) in crossing::envelopes(folder, name) {
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

#[test]
fn demo_documents_come_back_as_they_were() {
    for number in 999_001..=999_006 {
        let path = format!("fixtures/demo/{number}.xml");
        let text = fs::read_to_string(&path).unwrap();
        let roster = stream::read_whole(&text, &mut Trail::silent()).unwrap();
        let mut trail = Trail::recording("export");
        let written = crossing::export(&roster, Package::FullMyndighed, &mut trail);
        assert_eq!(trail.take(), [], "{path}");
        assert_valid(Package::FullMyndighed, &written);
        let (source, again) = (roxmltree::Document::parse(&text).unwrap(), roxmltree::Document::parse(&written).unwrap());
        let stamp = |document: &roxmltree::Document<'_>| document.root_element().attribute("exportDateTime").unwrap().to_owned();
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

fn assert_valid(package: Package, xml: &str) {
    let found = soap::xml::collect(&mut Decoder::new(xml, contracts::NAMESPACES), &[package.root()], 10);
    assert!(found.is_empty(), "{}\n{xml}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

fn cases() -> ProptestConfig {
    ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    /// What an export says, a second export of it says again: nothing more is lost once a package has been chosen.
    #[test]
    fn exports_are_valid_and_come_back(roster in roster()) {
        for package in Package::ALL {
            let written = crossing::export(&roster, package, &mut Trail::silent());
            assert_valid(package, &written);
            let mut inwards = Trail::recording("hub");
            let read = stream::read_whole(&written, &mut inwards).unwrap();
            prop_assert_eq!(inwards.take(), []);
            prop_assert_eq!(&crossing::export(&read, package, &mut Trail::silent()), &written);
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

    /// What SS12000 carries, it carries there and back and there again.
    #[test]
    fn ss12000_is_stable_after_one_crossing(roster in roster()) {
        let known_keys = group_keys(&roster);
        let options = Options { unmarked: Unmarked::Open, marked_names: MarkedNames::Alias, known_keys, ..Options::default() };
        let rights = Rights { real_names: false, ..Rights::ALL };
        let there = |roster: &Roster<'_>| crossing::ss12000(roster, Some(false), &options, rights, &mut Trail::silent());
        let back = |lines: &str| crossing::from_ss12000(lines, &options, crossing::moment(), &mut Trail::silent());
        let once = back(&there(&roster));
        let again = there(&once);
        let twice = back(&again);
        for (once, twice) in again.lines().zip(there(&twice).lines()) {
            prop_assert_eq!(once, twice);
        }
    }

    /// Whoever is protected is not given away to a caller without the right to real names.
    #[test]
    fn protected_persons_stay_protected(roster in roster()) {
        for rights in [Rights { real_names: false, ..Rights::ALL }, Rights::default()] {
            let json = crossing::ss12000(&roster, Some(false), &Options::default(), rights, &mut Trail::silent());
            for line in json.lines() {
                let object: serde_json::Value = serde_json::from_str(line).unwrap();
                for person in people(&roster).filter(|it| it.protection == Protection::Protected) {
                    assert_hidden(person, &object);
                }
            }
        }
    }
}

/// The keys of all groups by the ids that SS12000 knows them by.
fn group_keys(roster: &Roster<'_>) -> BTreeMap<String, String> {
    let mint = Mint::new(Options::default().namespace);
    let listed = roster.groups.iter().map(|it| &it.id);
    let keys = listed.chain(roster.members.iter().flat_map(Member::groups).map(|(it, _)| it));
    keys.map(|it| (mint.group(&roster.organisation.number, it).to_string(), it.clone().into_owned())).collect()
}

/// Everybody: members and contact persons.
fn people<'r>(roster: &'r Roster<'static>) -> impl Iterator<Item = &'r Person<'static>> {
    roster.members.iter().flat_map(|member: &Member<'static>| {
        let contacts = match &member.tie {
            Some(Tie::Pupil(pupil)) => &pupil.contacts[..],
            Some(Tie::Staff(_) | Tie::External(_)) | None => &[],
        };
        member.person.iter().chain(contacts.iter().map(|it| &it.person))
    })
}

/// The object of a protected person, known by the user id, has nothing of what is to be hidden.
fn assert_hidden(person: &Person<'_>, object: &serde_json::Value) {
    let user = person.user_id.as_ref().unwrap().as_str();
    let keys = object["externalIdentifiers"].as_array().map_or(&[][..], Vec::as_slice);
    if !keys.iter().any(|it| it["value"] == user) {
        return;
    }
    assert_eq!(object["securityMarking"], "Sekretessmarkering");
    for absent in ["civicNo", "addresses", "phoneNumbers"] {
        assert!(object.get(absent).is_none(), "{absent} of a protected person: {object}");
    }
    let shown = person.shown_name();
    assert_eq!((&object["givenName"], &object["familyName"]), (&shown.given.as_ref().into(), &shown.family.as_ref().into()));
}
