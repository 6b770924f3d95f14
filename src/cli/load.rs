//! Documents become institutions: exports bring people and groups, `hentInstitutionerResponse` brings master data.

use std::{fs, path::Path};

use chrono::{DateTime, FixedOffset};

use super::{Failure, at};
use crate::{
    crosswalk::Trail,
    domain::{Organisation, OrganisationNumber, Roster, Snapshot},
    standards::unilogin::{inst, stream},
};

/// The institutions of named documents. An institution with master data and without an export has nobody in it.
///
/// # Errors
/// The first violation, behind the name of its document.
pub(super) fn snapshots<'t>(documents: impl Iterator<Item = (&'t str, &'t str)>) -> Result<Vec<Snapshot>, String> {
    let (mut master, mut rosters) = (Vec::new(), Vec::new());
    for (name, text) in documents {
        let mut trail = Trail::silent();
        let told = |violation| format!("{name}:{violation}");
        match inst::organisations(text, &mut trail) {
            Some(read) => master.extend(read.map_err(told)?.into_iter().map(Organisation::into_owned)),
            None => rosters.push(stream::read_whole(text, &mut trail).map_err(told)?),
        }
    }
    for roster in &mut rosters {
        let known = master.iter().position(|it| it.number == roster.organisation.number);
        if let Some(place) = known {
            roster.organisation = master.swap_remove(place);
        }
    }
    // What is only known by its master data is as new as the newest export beside it.
    let newest = rosters.iter().filter_map(|it| it.exported_at).max();
    rosters.extend(master.into_iter().map(|it| nobody_at(it, newest)));
    rosters.sort_by(|a, b| number(a).cmp(number(b)));
    Ok(rosters.into_iter().map(Snapshot::new).collect())
}

fn number<'r>(roster: &'r Roster<'static>) -> &'r OrganisationNumber<'static> {
    &roster.organisation.number
}

fn nobody_at(organisation: Organisation<'static>, exported_at: Option<DateTime<FixedOffset>>) -> Roster<'static> {
    Roster { organisation, exported_at, sources: Vec::new(), groups: Vec::new(), members: Vec::new() }
}

/// Every institution of a folder of documents.
pub(super) fn folder(folder: &Path) -> Result<Vec<Snapshot>, Failure> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).map_err(|why| at(folder, why))? {
        let path = entry.map_err(|why| at(folder, why))?.path();
        if path.extension().is_some_and(|it| it == "xml") {
            let text = fs::read_to_string(&path).map_err(|why| at(&path, why))?;
            texts.push((path.display().to_string(), text));
        }
    }
    texts.sort();
    snapshots(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).map_err(Failure::Input)
}
