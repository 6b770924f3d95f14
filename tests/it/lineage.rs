//! The tables of what feeds what, measured: one value of a message is changed at a time, and seen which values of the output move.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use skolebro::{
    crosswalk::{Leaf, Leaves, Trail, lineage},
    standards::{
        ss12000::context::{Options, Rights},
        unilogin::{eksport::Package, leaves::leaves},
    },
};
use soap::schema::Contract;

use crate::{
    crossing::{self, Hub},
    messages::{EKSPORT6, EKSPORT7, INST5, INST6, Message, envelopes, folder_of},
};

/// What most callers may see, and what an authority may see besides.
const RIGHTS: [Rights; 2] =
    [Rights { civil_numbers: true, real_names: false, responsibles: true, contact_data: true }, Rights::ALL];

#[test]
fn wsiinst_6_to_ss12000() {
    let texts = envelopes("wsiinst/v6", "response.xml");
    keep("wsiinst_6_to_ss12000", &table(INST6, &texts, |_| true, to_ss12000));
}

#[test]
fn wsiinst_5_to_ss12000() {
    let texts = envelopes("wsiinst/v5", "response.xml");
    keep("wsiinst_5_to_ss12000", &table(INST5, &texts, |_| true, to_ss12000));
}

#[test]
fn wsieksport_7_to_ss12000() {
    export_to_ss12000(EKSPORT7);
}

#[test]
fn wsieksport_6_to_ss12000() {
    export_to_ss12000(EKSPORT6);
}

fn export_to_ss12000(contract: &'static Contract) {
    let texts = envelopes(&folder_of(contract), "response.xml");
    let version = contract.path.rsplit('/').next().unwrap();
    for (package, word, case) in PACKAGES {
        let fixtures: Vec<_> =
            texts.iter().filter(|(path, _)| path.contains(&format!("/eksporterXml{case}"))).cloned().collect();
        let of = |path: &str| path.contains(&format!("/{}/", package.root().name.local));
        keep(&format!("wsieksport_{version}_{word}_to_ss12000"), &table(contract, &fixtures, of, to_ss12000));
    }
}

#[test]
fn wsieksport_7_to_its_packages() {
    let texts = envelopes("wsieksport/v7", "response.xml");
    let fixtures: Vec<_> = texts.into_iter().filter(|(path, _)| path.contains("/eksporterXmlFuldMyndighed/")).collect();
    for (package, word, _) in PACKAGES {
        let convert = |contract: &'static Contract, text: &str| {
            let Hub::Roster(roster) = Message::decode(contract, text).ok()?.hub(&mut Trail::silent())? else {
                return None;
            };
            let out = crossing::export(&roster, package, &mut Trail::silent());
            let found = leaves(&out, contract.elements).unwrap();
            let mut values = BTreeMap::new();
            for leaf in found {
                note(&mut values, leaf.path, out[leaf.place].to_owned());
            }
            Some(values)
        };
        keep(&format!("wsieksport_7_full_myndighed_to_{word}"), &table(EKSPORT7, &fixtures, |_| true, convert));
    }
}

const PACKAGES: [(Package, &str, &str); 4] = [
    (Package::Small, "small", "Lille/"),
    (Package::Medium, "medium", "Mellem/"),
    (Package::Full, "full", "Fuld/"),
    (Package::FullMyndighed, "full_myndighed", "FuldMyndighed/"),
];

fn keep(name: &str, table: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("lineage__{name}"), table));
}

/// Every value of an output, by path.
type Values = BTreeMap<String, Vec<String>>;

fn note(values: &mut Values, path: String, value: String) {
    values.entry(path).or_default().push(value);
}

fn to_ss12000(contract: &'static Contract, text: &str) -> Option<Values> {
    let hub = Message::decode(contract, text).ok()?.hub(&mut Trail::silent())?;
    let mut values = Values::new();
    // Only one answer has real names that some may see and others not.
    let rights = if text.contains(":UNILoginExportFullMyndighed") { &RIGHTS[..] } else { &RIGHTS[..1] };
    for rights in rights {
        for object in hub.ss12000(&Options::default(), *rights, &mut Trail::silent()) {
            let kind = object["type"].as_str().unwrap().to_owned();
            flatten(&object, &kind, &mut values);
            if let Some(members) = object["groupMemberships"].as_array() {
                note(&mut values, format!("{kind}/groupMemberships[]"), format!("{}: {}", object["id"], members.len()));
            }
        }
    }
    Some(values)
}

fn flatten(value: &Value, path: &str, values: &mut Values) {
    match value {
        Value::Object(properties) => properties
            .iter()
            .filter(|(name, it)| *name != "type" || path.contains('/') || !it.is_string())
            .for_each(|(name, it)| flatten(it, &format!("{path}/{name}"), values)),
        Value::Array(items) => {
            let path = format!("{path}[]");
            if items.iter().any(Value::is_object) && path != "Group/groupMemberships[]" {
                note(values, path.clone(), items.len().to_string());
            }
            items.iter().for_each(|it| flatten(it, &path, values));
        }
        leaf => note(values, path.to_owned(), leaf.to_string()),
    }
}

/// One row for each path of the fixtures, in their order. Places within lists are not told apart, so that a value moves when
/// it is another one or there for more or fewer; a list itself moves when it is of another length, and members when a group is.
fn table(
    contract: &'static Contract,
    texts: &[(String, String)],
    of: impl Fn(&str) -> bool,
    convert: impl Fn(&'static Contract, &str) -> Option<Values>,
) -> String {
    let convert = |text: &str| -> Option<Leaves> {
        let sorted = |mut it: Vec<String>| {
            it.sort();
            it.join("\n")
        };
        Some(convert(contract, text)?.into_iter().map(|(path, it)| (path, sorted(it))).collect())
    };
    let mut rows: Vec<(String, BTreeSet<String>)> = Vec::new();
    let mut known = BTreeSet::new();
    for (_, text) in texts {
        let Some(before) = convert(text) else { continue };
        known.extend(before.into_keys());
        let found = leaves(text, contract.elements).unwrap().into_iter().filter(|it| of(&it.path)).collect();
        for mapping in lineage(text, &some_of(found), convert) {
            known.extend(mapping.to.iter().cloned());
            match rows.iter_mut().find(|(from, _)| *from == mapping.from) {
                Some((_, to)) => to.extend(mapping.to),
                None => rows.push((mapping.from, mapping.to)),
            }
        }
    }
    assert!(rows.len() > 5, "only {} rows", rows.len());
    let row = |(from, to): (String, BTreeSet<String>)| {
        let to = if to.is_empty() { "(dropped)".to_owned() } else { folded(to, &known).join(", ") };
        let from = from.split_once("Response/xml/").map_or(from.as_str(), |(_, document)| document);
        format!("{from} -> {to}")
    };
    rows.into_iter().map(row).collect::<Vec<_>>().join("\n")
}

/// Of the values with one path, the first and the last: the others behave as these do, and take their time.
fn some_of(all: Vec<Leaf>) -> Vec<Leaf> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, leaf) in all.iter().enumerate() {
        places.entry(&leaf.path).or_default().push(at);
    }
    let chosen: BTreeSet<usize> =
        places.values().flat_map(|it| it.first().into_iter().chain(it.last())).copied().collect();
    all.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, it)| it).collect()
}

/// What moves as a whole is told as a whole.
fn folded(paths: BTreeSet<String>, known: &BTreeSet<String>) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for path in &paths {
        let whole = path.match_indices('/').map(|(at, _)| &path[..=at]).find(|prefix| {
            let below = || known.iter().filter(|it| it.starts_with(prefix));
            below().count() > 1 && below().all(|it| paths.contains(it))
        });
        let told_as = whole.map_or_else(|| path.clone(), |it| format!("{it}*"));
        if told.last() != Some(&told_as) {
            told.push(told_as);
        }
    }
    told
}
