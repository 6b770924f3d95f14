//! The servers elsewhere that the configuration names, and what asks them for copies of what they know.

use std::sync::Arc;

use super::{
    Failure,
    stores::{self, Served},
};
use crate::{
    clock,
    config::Config,
    pull::{Attached, Bridge, Puller},
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
        let upstream = entry.upstream(clock::now).map_err(Failure::Usage)?;
        Ok(Attached { upstream: Arc::new(upstream), institutions: entry.institutions() })
    });
    attached.collect()
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
