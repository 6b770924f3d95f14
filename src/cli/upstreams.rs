//! The servers elsewhere that the configuration names, and what asks them for copies of what they know.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Failure,
    stores::{self, Served},
};
use crate::{
    clock,
    config::Config,
    crosswalk::Loss,
    domain::OrganisationNumber,
    pull::{Attached, Bridge, Puller},
    source::upstream::Upstream,
    store::Store,
};

/// The upstreams that everything may be asked of, in the order of the configuration.
fn attached(config: &Config) -> Result<Vec<Attached>, Failure> {
    let names: Vec<&str> = config.sources.iter().map(|it| it.name.as_str()).collect();
    // Counts and copies are kept under the name.
    if let Some(twice) = names.iter().enumerate().find(|(place, it)| names[..*place].contains(it)) {
        return Err(Failure::Usage(format!("[[source]] name = {:?}: two have this name", twice.1)));
    }
    let attached = config.sources.iter().map(|entry| {
        let upstream: Arc<dyn Upstream> = match entry.kind.as_str() {
            "ss12000" => Arc::new(entry.ss12000(clock::now, folder(config), Box::new(lost)).map_err(Failure::Usage)?),
            _ => Arc::new(entry.upstream(clock::now).map_err(Failure::Usage)?),
        };
        Ok(Attached { upstream, institutions: entry.institutions() })
    });
    attached.collect()
}

/// Where the database is: what is read of a server may wait there.
fn folder(config: &Config) -> Option<PathBuf> {
    let file = Path::new(config.store.url.strip_prefix("sqlite:")?);
    let folder = file.parent()?;
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}

/// Tells what could not be carried: how much for each reason, and each place where somebody wants to know.
fn lost(institution: &OrganisationNumber<'_>, losses: &[Loss]) {
    let mut reasons: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for Loss { path, line: _, why, target: _ } in losses {
        let place: String = path.split(['[', ']']).step_by(2).collect();
        *reasons.entry((place, why)).or_default() += 1;
    }
    tracing::info!(institution = institution.as_str(), lost = losses.len(), "not everything could be carried");
    for ((place, why), times) in reasons {
        tracing::debug!(institution = institution.as_str(), place, why, times, "lost");
    }
}

/// Who pulls into a store; nobody where no upstream is configured.
pub(super) fn puller(config: &Config, store: &Arc<dyn Store>) -> Result<Option<Arc<Puller>>, Failure> {
    let rules = config.pull.rules().map_err(Failure::Usage)?;
    let attached = attached(config)?;
    if attached.is_empty() {
        return Ok(None);
    }
    let puller = Puller::new(attached, store.clone(), rules, Arc::new(clock::now)).map_err(|it| stores::failed(&it))?;
    Ok(Some(puller))
}

/// Puts upstreams behind what is served: readers get what the store has of their institutions, and the store is seen to.
pub(super) fn behind(config: &Config, served: Served) -> Result<(Served, Option<Arc<Puller>>), Failure> {
    let Served { source, store: Some(store) } = served else { return Ok((served, None)) };
    let puller = puller(config, &store)?;
    let source = match &puller {
        Some(puller) => Arc::new(Bridge::new(store.clone(), puller.clone())),
        None => source,
    };
    Ok((Served { source, store: Some(store) }, puller))
}
