//! Exports that went through SS12000 and came back: equal, but for what has been told as lost of the same person.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use proptest::prelude::*;
use skolebro::{
    crosswalk::{Loss, Trail},
    domain::Roster,
    standards::{
        ss12000::context::{Context, Options, Rights, Unmarked},
        unilogin::{eksport::Package, stream::Form},
    },
};
use soap::xml::Decoder;

use crate::{crossing, rosters::roster, roundtrips};

/// What a loss of these fields takes from, or changes in, an element or attribute of an export.
const TAKES: &[(&str, &[&str])] = &[
    ("Address", &["address"]),
    ("AliasFamilyName", &["alias", "name"]),
    ("AliasFirstName", &["alias", "name"]),
    ("CivilRegistrationNumber", &["civil_id", "kind"]),
    ("CivilRegistrationNumberType", &["civil_id", "kind"]),
    ("ContactPerson", &["relation", "contacts", "securityMarking"]),
    ("Country", &["address", "country_code"]),
    ("CountryCode", &["address", "country_code"]),
    ("EmailAddress", &["email"]),
    ("GroupId", &["groups", "groupMemberships"]),
    ("HomePhoneNumber", &["home"]),
    ("HomePhoneNumber@protected", &["home"]),
    ("Level", &["grade", "schoolType"]),
    ("Location", &["location"]),
    ("MainGroupId", &["groups", "groupMemberships", "grade"]),
    ("MobilePhoneNumber", &["mobile"]),
    ("MobilePhoneNumber@protected", &["mobile"]),
    ("MunicipalityCode", &["address", "municipality_code"]),
    ("MunicipalityName", &["address", "municipality_name"]),
    ("Occupation", &["roles", "description"]),
    ("PhotoId", &["photo"]),
    ("PostalCode", &["address"]),
    ("PostalDistrict", &["address"]),
    ("Role", &["role", "roles", "dutyRole"]),
    ("StreetAddress", &["address"]),
    ("WorkPhoneNumber", &["work"]),
    ("WorkPhoneNumber@protected", &["work"]),
    ("@accessLevel", &["access"]),
    ("@childCustody", &["relation"]),
    ("@cvr", &["office"]),
    ("@pnr", &["office"]),
    ("@relation", &["relation"]),
    ("@source", &["source"]),
];

/// What is there afterwards where nothing was: the keys that must be there, and what an address says by itself.
const GIVES: &[&str] = &["Country", "CountryCode", "LocalPersonId", "@localPersonId"];

/// Members by user id, each as what its elements and attributes say.
type People = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn people(xml: &str) -> People {
    let document = roxmltree::Document::parse(xml).unwrap();
    let mut people = People::new();
    for member in document.descendants().filter(|it| it.has_tag_name_in("InstitutionPerson")) {
        // Whoever was made by hand is nobody yet.
        let Some(person) = member.children().find(|it| it.has_tag_name_in("Person")) else { continue };
        let user = text_of(person, "UserId").unwrap();
        let mut said = BTreeMap::new();
        say(member, "", &mut said);
        people.insert(user, said);
    }
    people
}

trait Named {
    fn has_tag_name_in(&self, name: &str) -> bool;
}

impl Named for roxmltree::Node<'_, '_> {
    fn has_tag_name_in(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

fn text_of(node: roxmltree::Node<'_, '_>, name: &str) -> Option<String> {
    let found = node.descendants().find(|it| it.has_tag_name_in(name))?;
    found.text().map(ToOwned::to_owned)
}

/// What the elements and attributes below a node say, by path. A contact person is known by user id.
fn say(node: roxmltree::Node<'_, '_>, path: &str, said: &mut BTreeMap<String, Vec<String>>) {
    for attribute in node.attributes() {
        said.entry(format!("{path}@{}", attribute.name())).or_default().push(attribute.value().to_owned());
    }
    let children: Vec<_> = node.children().filter(roxmltree::Node::is_element).collect();
    if children.is_empty() && !path.is_empty() {
        said.entry(path.to_owned()).or_default().push(node.text().unwrap_or_default().to_owned());
    }
    for child in children {
        let mut below = format!("{path}/{}", child.tag_name().name());
        if child.has_tag_name_in("ContactPerson") {
            let _ = write!(below, "[{}]", text_of(child, "UserId").unwrap_or_default());
        }
        say(child, &below, said);
    }
}

/// The last name of a path, with the attribute if it is one; of one that is gone with a contact person, that.
fn last(path: &str) -> &str {
    let element = path.rsplit('/').next().unwrap_or(path);
    match element.split_once('@') {
        Some((name, _)) if name.is_empty() || name.starts_with("ContactPerson") || name == "Group" => {
            &element[name.len()..]
        }
        _ => element,
    }
}

/// What differs between two exports that no loss explains. `losses` are those of each member, by user id.
pub(crate) fn unexplained(before: &str, after: &str, losses: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let (before, after) = (people(before), people(after));
    let none = BTreeSet::new();
    let mut unexplained = Vec::new();
    for (user, was) in &before {
        let lost = losses.get(user).unwrap_or(&none);
        let Some(is) = after.get(user) else {
            if lost.is_empty() {
                unexplained.push(format!("{user} is gone"));
            }
            continue;
        };
        let contacts_gone = |path: &str| {
            let contact = path.split('/').find(|it| it.starts_with("ContactPerson["));
            let contact = contact.map(|it| it.split('@').next().unwrap_or(it));
            contact.filter(|contact| !is.keys().any(|it| it.contains(contact))).map(|_| "ContactPerson")
        };
        for path in was.keys().chain(is.keys()).collect::<BTreeSet<_>>() {
            let (mut was, mut is) = (was.get(path).cloned(), is.get(path).cloned());
            // A role or a group that is told twice is told.
            was.iter_mut().chain(&mut is).for_each(|it| {
                it.sort();
                it.dedup();
            });
            if path.ends_with("/MunicipalityCode") {
                // A number there, which comes back in four digits.
                was.iter_mut().chain(&mut is).flatten().for_each(|it| *it = format!("{it:0>4}"));
            }
            let name = contacts_gone(path).unwrap_or(last(path));
            if was == is || (was.is_none() && GIVES.contains(&name)) {
                continue;
            }
            let takes = TAKES.iter().find(|it| it.0 == name).map_or(&[][..], |it| it.1);
            if !takes.iter().any(|it| lost.contains(*it)) {
                unexplained.push(format!("{user} {path}: {was:?} is {is:?}, lost {lost:?}"));
            }
        }
    }
    unexplained.extend(after.keys().filter(|it| !before.contains_key(*it)).map(|it| format!("{it} was not there")));
    unexplained
}

/// The last names of what was lost of each member, by user id.
pub(crate) fn by_member(roster: &Roster<'_>, lines: &str, losses: &[Loss]) -> BTreeMap<String, BTreeSet<String>> {
    let user = |at: usize| {
        let person = roster.members.get(at)?.person.as_ref()?;
        Some(person.user_id.as_ref()?.as_str().to_owned())
    };
    let persons: Vec<serde_json::Value> = lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let persons: Vec<&serde_json::Value> = persons.iter().filter(|it| it["type"] == "Person").collect();
    let read = |at: usize| Some(persons.get(at)?["externalIdentifiers"][0]["value"].as_str()?.to_owned());
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Loss { path, line: _, why, target: _ } in losses {
        assert!(!why.is_empty(), "{path} is lost without a reason");
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let Some((name, at)) = first.trim_end_matches(']').split_once('[') else { continue };
        let at = at.parse::<usize>().unwrap() - 1;
        let whose = match name {
            "members" => user(at),
            "persons" => read(at),
            _ => None,
        };
        let field = path.rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(whose) = whose {
            all.entry(whose).or_default().insert(field);
        }
    }
    all
}

/// There and back: the objects, the roster that came back, and what was lost on both ways.
pub(crate) fn there_and_back(roster: &Roster<'_>, options: &Options) -> (String, Roster<'static>, Vec<Loss>) {
    let context = Context::new(roster, options, Rights::ALL);
    let mut out = Trail::recording("ss12000");
    let lines = crossing::ss12000(roster, Some(false), &context, &mut out);
    let mut back = Trail::recording("hub");
    let read = crossing::from_ss12000(&lines, options, crossing::moment(), &mut back);
    let losses = out.take().into_iter().chain(back.take()).collect();
    (lines, read, losses)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// An export that went through SS12000 is an export, and says what it said but for what is told as lost.
    #[test]
    fn exports_come_back_through_ss12000_but_for_what_is_told_as_lost(mut roster in roster()) {
        roundtrips::make_consistent(&mut roster);
        let known_keys = roundtrips::group_keys(&roster);
        let options = Options { unmarked: Unmarked::Open, other_adults: true, known_keys, ..Options::default() };
        let (lines, read, losses) = there_and_back(&roster, &options);
        let form = Form::bpi(Package::FullMyndighed);
        let before = crossing::export(&roster, Package::FullMyndighed, &mut Trail::silent());
        let after = crossing::export(&read, Package::FullMyndighed, &mut Trail::silent());
        let found = soap::xml::collect(&mut Decoder::new(&after, contracts::NAMESPACES), &[form.root()], 10);
        prop_assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
        let unexplained = unexplained(&before, &after, &by_member(&roster, &lines, &losses));
        prop_assert!(unexplained.is_empty(), "{:#?}", unexplained);
    }
}
