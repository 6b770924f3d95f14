//! Exports that went through SS12000 and came back: equal, but for what has been told as lost of the same person.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use proptest::prelude::*;
use serde_json::Value;
use skolebro::{
    crosswalk::{Loss, Trail},
    domain::{Grade, Member, Person, PupilRole, Roster, Tie},
    standards::{
        ss12000::context::{Context, Options, Rights, Unmarked},
        unilogin::{eksport::Package, stream::Form},
    },
};
use soap::xml::Decoder;

use crate::{crossing, rosters::roster, roundtrips};

/// What a loss does to what was said.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// It is not said any more.
    Goes,
    /// Some of it is not said any more, and nothing else is said.
    Fewer,
    /// It is said to be one of these, or not said any more.
    Becomes(&'static [&'static str]),
}
use Fate::{Becomes, Fewer, Goes};

/// Elements and attributes of a person or a contact person, a loss of the same one, and what it does to them.
const PEOPLE: &[(&str, &str, Fate)] = &[
    ("Address", "person/address", Goes),
    ("AliasFamilyName", "person/alias", Goes),
    ("AliasFirstName", "person/alias", Goes),
    ("CivilRegistrationNumber", "person/civil_id", Goes),
    ("CivilRegistrationNumberType", "person/civil_id", Goes),
    ("CivilRegistrationNumberType", "person/civil_id/kind", Becomes(&["CPR_UNKNOWN_TYPE", "CPR_REPLACEMENT_ID"])),
    ("Country", "person/address", Goes),
    ("CountryCode", "person/address", Goes),
    ("CountryCode", "person/address/country_code", Goes),
    ("EmailAddress", "person/email", Goes),
    ("GroupId", "groups", Fewer),
    ("HomePhoneNumber", "person/phones/home", Goes),
    ("HomePhoneNumber@protected", "person/phones/home", Goes),
    ("Level", "enrolment/grade", Becomes(&["DT", "Andet"])),
    ("Location", "enrolment/location", Goes),
    ("Location", "employment/location", Goes),
    ("MobilePhoneNumber", "person/phones/mobile", Goes),
    ("MobilePhoneNumber@protected", "person/phones/mobile", Goes),
    ("MunicipalityCode", "person/address", Goes),
    ("MunicipalityCode", "person/address/municipality_code", Goes),
    ("MunicipalityName", "person/address", Goes),
    ("MunicipalityName", "person/address/municipality_name", Goes),
    ("PhotoId", "person/photo", Goes),
    ("PostalCode", "person/address", Goes),
    ("PostalDistrict", "person/address", Goes),
    ("Role", "employment/roles", Becomes(&["TAP", "Lærer"])),
    ("Role", "enrolment/role", Becomes(&["Barn", "Elev", "Studerende"])),
    ("StreetAddress", "person/address", Goes),
    ("WorkPhoneNumber", "person/phones/work", Goes),
    ("WorkPhoneNumber@protected", "person/phones/work", Goes),
    ("@accessLevel", "access", Becomes(&["0"])),
    ("@cvr", "office", Goes),
    ("@pnr", "office", Goes),
    ("@source", "source", Becomes(&["SS12000"])),
    ("@relation", "relation", Becomes(&["Mor", "Far", "Andet"])),
];

/// The same of groups.
const GROUPS: &[(&str, &str, Fate)] =
    &[("GroupLevel", "grade", Becomes(&["Andet"])), ("GroupType", "kind", Becomes(&["Andet"])), ("Line", "line", Goes)];

/// What is there afterwards where nothing was: the keys that must be there, what an address says by itself, what a group is called and
/// when it began.
const GIVES: &[&str] = &["Country", "CountryCode", "LocalPersonId", "@localPersonId", "FromDate", "GroupName"];

impl Fate {
    fn explains(self, was: &[String], is: &[String]) -> bool {
        match self {
            Goes => is.is_empty(),
            Fewer => is.iter().all(|it| was.contains(it)),
            Becomes(values) => is.iter().all(|it| was.contains(it) || values.contains(&it.as_str())),
        }
    }
}

/// What elements and attributes say, by path.
type Said = BTreeMap<String, Vec<String>>;

/// What an export says of its members by user id, and of its groups by key.
fn said(xml: &str) -> (BTreeMap<String, Said>, BTreeMap<String, Said>) {
    let document = roxmltree::Document::parse(xml).unwrap();
    let of = |node: roxmltree::Node<'_, '_>| {
        let mut said = Said::new();
        say(node, "", &mut said);
        said
    };
    let all = |name: &'static str| document.descendants().filter(move |it| it.has_tag_name_in(name));
    // Whoever was made by hand is nobody yet.
    let people = all("InstitutionPerson").filter_map(|member| {
        let person = member.children().find(|it| it.has_tag_name_in("Person"))?;
        Some((text_of(person, "UserId")?, of(member)))
    });
    let groups = all("Group").filter_map(|group| Some((text_of(group, "GroupId")?, of(group))));
    (people.collect(), groups.collect())
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

/// Fields that were lost, by whose they were: a member's or a member's contact person's by their user ids, or a group's.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    people: BTreeMap<(String, Option<String>), BTreeSet<String>>,
    groups: BTreeMap<String, BTreeSet<String>>,
}

/// What differs between two exports that no loss of the same person or group explains.
pub(crate) fn unexplained(before: &str, after: &str, lost: &Lost) -> Vec<String> {
    let ((before, groups_before), (after, groups_after)) = (said(before), said(after));
    let mut unexplained = Vec::new();
    for (user, was) in &before {
        let Some(is) = after.get(user) else {
            if !lost.of(user, None).any(|it| ["tie", "enrolment/grade", "groups", "groupMemberships"].contains(&it)) {
                unexplained.push(format!("{user} is gone"));
            }
            continue;
        };
        for path in differences(was, is) {
            let contact = path.split_once("ContactPerson[").and_then(|it| it.1.split_once(']'));
            let (whose, of) = contact.map_or((None, path.as_str()), |(user, rest)| (Some(user), rest));
            let is_gone = |contact: &str| !is.keys().any(|it| it.contains(contact));
            if whose.is_some_and(is_gone) && lost.of(user, whose).any(|it| it == "relation") {
                continue;
            }
            explain(of, was.get(&path), is.get(&path), PEOPLE, &lost.of(user, whose).collect())
                .unwrap_or_else(|why| unexplained.push(format!("{user} {path}: {why}")));
        }
    }
    for (key, is) in &groups_after {
        let lost = lost.groups.get(key).into_iter().flatten().map(String::as_str).collect();
        // Somebody was in it: now it is listed.
        let Some(was) = groups_before.get(key) else { continue };
        for path in differences(was, is) {
            // A class is of the level that most of its pupils are of.
            if path == "/GroupLevel" && is.get(&path).is_some_and(|it| levels(&after, key).contains(&it[0])) {
                continue;
            }
            explain(&path, was.get(&path), is.get(&path), GROUPS, &lost)
                .unwrap_or_else(|why| unexplained.push(format!("group {key:?} {path}: {why}")));
        }
    }
    let new = after.keys().filter(|it| !before.contains_key(*it));
    unexplained.extend(new.map(|it| format!("{it} was not there")));
    unexplained
}

/// The levels of the pupils whose main group it is.
fn levels(people: &BTreeMap<String, Said>, key: &str) -> BTreeSet<String> {
    let is_in = |it: &&Said| it.get("/Student/MainGroupId").is_some_and(|it| it[0] == key);
    people.values().filter(is_in).flat_map(|it| it.get("/Student/Level").cloned().unwrap_or_default()).collect()
}

/// The paths that say something else, or say it more or less often.
fn differences(was: &Said, is: &Said) -> Vec<String> {
    let paths: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let of = |said: &Said, path: &String| {
        // A role or a group that is told twice is told.
        let values: BTreeSet<String> = said.get(path).into_iter().flatten().map(|it| plain(path, it)).collect();
        values
    };
    paths.into_iter().filter(|it| of(was, it) != of(is, it)).cloned().collect()
}

/// The code of a municipality is a number there, and comes back in four digits.
pub(crate) fn plain(path: &str, value: &str) -> String {
    if path.ends_with("MunicipalityCode") { format!("{value:0>4}") } else { value.to_owned() }
}

fn explain(
    path: &str,
    was: Option<&Vec<String>>,
    is: Option<&Vec<String>>,
    rules: &[(&str, &str, Fate)],
    lost: &BTreeSet<&str>,
) -> Result<(), String> {
    let (was, is) = (was.map_or(&[][..], Vec::as_slice), is.map_or(&[][..], Vec::as_slice));
    let name = last(path);
    let mut rules = rules.iter().filter(|it| it.0 == name && lost.contains(it.1));
    if (was.is_empty() && GIVES.contains(&name)) || rules.any(|it| it.2.explains(was, is)) {
        return Ok(());
    }
    Err(format!("{was:?} is {is:?}, lost {lost:?}"))
}

impl Lost {
    fn of<'l>(&'l self, user: &str, contact: Option<&str>) -> impl Iterator<Item = &'l str> {
        let key = (user.to_owned(), contact.map(ToOwned::to_owned));
        self.people.get(&key).into_iter().flatten().map(String::as_str)
    }

    /// The fields of which anything was lost.
    pub(crate) fn fields(&self) -> impl Iterator<Item = String> {
        self.people.values().chain(self.groups.values()).flatten().cloned()
    }

    /// What was lost on both ways, by whose it was.
    pub(crate) fn new(roster: &Roster<'_>, lines: &str, keys: &BTreeMap<String, String>, losses: &[Loss]) -> Self {
        let objects: Vec<Value> = lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        let of = |kind: &'static str| objects.iter().filter(move |it| it["type"] == kind);
        let persons: Vec<&Value> = of("Person").collect();
        // They are read in the order of their ids.
        let mut groups: Vec<&str> = of("Group").map(|it| it["id"].as_str().unwrap()).collect();
        groups.sort_unstable();
        let mut all = Self::default();
        for Loss { path, line: _, why, target } in losses {
            assert!(!why.is_empty(), "{path} is lost without a reason");
            let mut steps: Vec<(&str, Option<usize>)> = path.trim_start_matches('/').split('/').map(step).collect();
            let (whose, group) = match (steps[0], *target) {
                (("members", Some(at)), _) => (member(roster, at, steps.get(1)), None),
                (("persons", Some(at)), _) => (read_person(&persons, at, steps.get(1)), None),
                (("groups", Some(at)), "ss12000") => (None, Some(roster.groups[at].id.to_string())),
                (("groups", Some(at)), _) => (None, keys.get(groups[at]).cloned()),
                _ => (None, None),
            };
            let below = 1 + usize::from(whose.as_ref().is_some_and(|it: &(String, Option<String>)| it.1.is_some()));
            let field = steps.split_off(below).iter().map(|it| it.0).collect::<Vec<_>>().join("/");
            whose.into_iter().for_each(|it| all.people.entry(it).or_default().extend([field.clone()]));
            group.into_iter().for_each(|it| all.groups.entry(it).or_default().extend([field.clone()]));
        }
        all
    }
}

/// A step of a path, and its place from nought.
fn step(text: &str) -> (&str, Option<usize>) {
    match text.trim_end_matches(']').split_once('[') {
        Some((name, at)) => (name, at.parse::<usize>().ok().map(|it| it - 1)),
        None => (text, None),
    }
}

type Whose = Option<(String, Option<String>)>;

fn member(roster: &Roster<'_>, at: usize, below: Option<&(&str, Option<usize>)>) -> Whose {
    let member = &roster.members[at];
    let user = |it: &Person<'_>| it.user_id.as_ref().map(|it| it.as_str().to_owned());
    let contact = match (&member.tie, below) {
        (Some(Tie::Pupil(pupil)), Some(("contacts", Some(at)))) => user(&pupil.contacts[*at].person),
        _ => None,
    };
    // Whoever was made by hand is nobody.
    Some((member.person.as_ref().and_then(user).unwrap_or_default(), contact))
}

fn read_person(persons: &[&Value], at: usize, below: Option<&(&str, Option<usize>)>) -> Whose {
    let user = |it: &Value| Some(it["externalIdentifiers"][0]["value"].as_str()?.to_owned());
    let adult = match below {
        Some(("responsibles", Some(n))) => {
            let id = &persons[at]["responsibles"][n]["person"]["id"];
            persons.iter().find(|it| it["id"] == *id).and_then(|it| user(it))
        }
        _ => None,
    };
    Some((user(persons[at])?, adult))
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

/// The grades of children: of one in three it is not known.
fn children(roster: &Roster<'_>) -> Vec<Option<Grade>> {
    let child = |it: &Member<'_>| match &it.tie {
        Some(Tie::Pupil(it)) if it.enrolment.role == PupilRole::Child => it.enrolment.grade,
        _ => None,
    };
    roster.members.iter().map(child).enumerate().map(|(at, it)| it.filter(|_| at % 3 > 0)).collect()
}

fn restore(roster: &mut Roster<'static>, grades: Vec<Option<Grade>>) {
    for (member, grade) in roster.members.iter_mut().zip(grades) {
        if let Some(Tie::Pupil(it)) = &mut member.tie
            && it.enrolment.role == PupilRole::Child
        {
            it.enrolment.grade = grade;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// An export that went through SS12000 is an export, and says what it said but for what is told as lost.
    #[test]
    fn exports_come_back_through_ss12000_but_for_what_is_told_as_lost(mut roster in roster()) {
        // A key is a group's.
        let mut keys = BTreeSet::new();
        roster.groups.retain(|it| keys.insert(it.id.clone()));
        let grades = children(&roster);
        roundtrips::make_consistent(&mut roster);
        restore(&mut roster, grades);
        let known_keys = roundtrips::group_keys(&roster);
        let options = Options { unmarked: Unmarked::Open, other_adults: true, known_keys, ..Options::default() };
        let (lines, read, losses) = there_and_back(&roster, &options);
        let form = Form::bpi(Package::FullMyndighed);
        let before = crossing::export(&roster, Package::FullMyndighed, &mut Trail::silent());
        let after = crossing::export(&read, Package::FullMyndighed, &mut Trail::silent());
        let found = soap::xml::collect(&mut Decoder::new(&after, contracts::NAMESPACES), &[form.root()], 10);
        prop_assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [""; 0]);
        let unexplained = unexplained(&before, &after, &Lost::new(&roster, &lines, &options.known_keys, &losses));
        prop_assert!(unexplained.is_empty(), "{:#?}", unexplained);
    }
}

/// What an export is converted to is what a server serves of the same people, one institution at a time.
#[test]
fn what_is_converted_is_what_is_served() {
    let options = Options::default();
    let mut seen = BTreeMap::new();
    for institution in skolebro::cli::demo::municipality() {
        let roster = institution.roster();
        let context = Context::new(roster, &options, Rights::ALL);
        let lines = crossing::ss12000(roster, None, &context, &mut Trail::silent());
        for line in lines.lines() {
            let mut object: Value = serde_json::from_str(line).unwrap();
            let kind = object["type"].as_str().unwrap().to_owned();
            let path = match kind.as_str() {
                "Group" => "groups",
                "Duty" => "duties",
                "Placement" => "placements",
                "Activity" => "activities",
                // People are one wherever they are.
                _ => continue,
            };
            let target = format!("/ss12000/v2.0/{path}/{}", object["id"].as_str().unwrap());
            let answer = crate::server::demo().get(&target, &[("Authorization", "Bearer demo")]);
            assert_eq!(answer.status, 200, "{object}");
            let mut served = answer.json();
            for it in [&mut object, &mut served] {
                let it = it.as_object_mut().unwrap();
                it.retain(|name, _| !["type", "meta"].contains(&name.as_str()));
            }
            assert_eq!(object, served);
            *seen.entry(kind).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}
