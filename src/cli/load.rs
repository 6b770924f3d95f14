//! Documents become institutions: exports bring people and groups, `hentInstitutionerResponse` brings master data.

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
    rosters.extend(master.into_iter().map(nobody_at));
    rosters.sort_by(|a, b| number(a).cmp(number(b)));
    Ok(rosters.into_iter().map(Snapshot::new).collect())
}

fn number<'r>(roster: &'r Roster<'static>) -> &'r OrganisationNumber<'static> {
    &roster.organisation.number
}

fn nobody_at(organisation: Organisation<'static>) -> Roster<'static> {
    Roster { organisation, exported_at: None, sources: Vec::new(), groups: Vec::new(), members: Vec::new() }
}
