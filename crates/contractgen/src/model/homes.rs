//! Which Rust module a namespace of a folder becomes, and which prefix a namespace is written with.

use std::collections::{BTreeMap, BTreeSet};

use super::{Module, Namespace, Set};
use crate::{
    error::{Error, Place},
    names,
};

/// Prefixes that the envelope around a message has taken.
const TAKEN: &[&str] = &["tns", "xs", "xsd", "xml", "xmlns", "xsi", "soap", "soap12", "wsa", "wsse", "wsu", "ds"];

/// One module for each namespace of each folder, by path.
pub(super) fn modules(set: &Set) -> Result<Vec<Module>, Error> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for document in set.documents.iter().filter(|it| !it.namespace.is_empty()) {
        folders.entry(&document.folder).or_default().insert(&document.namespace);
    }
    for bound in &set.services {
        folders.entry(&bound.folder).or_default().insert(&bound.namespace);
    }
    let mut modules = Vec::new();
    for (folder, namespaces) in folders {
        let main = main_namespace(set, folder, &namespaces);
        let Some((_, inside)) = folder.split_once('/') else {
            let construct = format!("namespace {}", namespaces.iter().next().unwrap_or(&""));
            let reason = "lies in no folder that names its module";
            return Err(Error::at(&Place::file(folder), construct, reason, "put it into one, as xsd/owner/name"));
        };
        let path: Vec<String> = inside.split('/').map(names::module).collect();
        for namespace in namespaces {
            let mut path = path.clone();
            if Some(namespace) != main {
                path.push(names::module(last_segment(namespace)));
            }
            modules.push(Module { path, folder: folder.to_owned(), namespace: namespace.to_owned() });
        }
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    for pair in modules.windows(2) {
        if pair[0].path == pair[1].path {
            let construct = format!("namespaces {} and {}", pair[0].namespace, pair[1].namespace);
            let reason = format!("both become the module {}", pair[0].path.join("::"));
            return Err(Error::at(&Place::file(&pair[0].folder), construct, reason, "put them into two folders"));
        }
    }
    Ok(modules)
}

/// The namespace that is the folder's module itself: that of its service, its only one, or the one that begins all.
fn main_namespace<'n>(set: &Set, folder: &str, namespaces: &BTreeSet<&'n str>) -> Option<&'n str> {
    let service = set.services.iter().find(|it| it.folder == folder);
    namespaces.iter().copied().find(|it| match service {
        Some(bound) => bound.namespace == **it,
        None => namespaces.iter().all(|other| other.starts_with(it)),
    })
}

/// Every namespace in use with its prefix, by URI.
pub(super) fn namespaces(set: &Set) -> Vec<Namespace> {
    let mut uris: BTreeSet<&str> = set.documents.iter().map(|it| it.namespace.as_str()).collect();
    uris.extend(set.services.iter().map(|it| it.namespace.as_str()));
    uris.remove("");
    uris.into_iter().map(|uri| Namespace { uri: uri.to_owned(), prefix: prefix(set, uri) }).collect()
}

/// What its own schema calls it, else `tns` for that of a service, else the last part of the URI that is a name.
fn prefix(set: &Set, uri: &str) -> String {
    let own = set.documents.iter().filter(|it| it.namespace == uri).flat_map(|it| &it.prefixes);
    if let Some((prefix, _)) = own.into_iter().find(|it| it.1 == uri && !TAKEN.contains(&it.0.as_str())) {
        return prefix.clone();
    }
    if set.services.iter().any(|it| it.namespace == uri) {
        return "tns".to_owned();
    }
    last_segment(uri).to_owned()
}

/// The last path segment of a URI that can begin a name.
fn last_segment(uri: &str) -> &str {
    let starts_name = |it: &&str| it.starts_with(|c: char| c.is_ascii_alphabetic());
    uri.rsplit(['/', ':', '#']).find(starts_name).unwrap_or("ns")
}
