//! The servers elsewhere that the configuration names, and the desk where copies of what they know are asked for.

use std::sync::Arc;

use super::{Failure, stores};
use crate::{
    clock,
    config::{Config, SourceEntry},
    pull::{Attached, Desk},
    store::Store,
};

/// The upstreams that everything may be asked of, in the order of the configuration.
pub(super) fn attached(config: &Config) -> Result<Vec<Attached>, Failure> {
    let attach = |entry: &SourceEntry| {
        let upstream = Arc::new(entry.upstream(clock::now).map_err(Failure::Usage)?);
        Ok(Attached { upstream, institutions: entry.institutions() })
    };
    config.sources.iter().map(attach).collect()
}

/// The desk over a store; nothing where no upstream is configured.
pub(super) fn desk(config: &Config, store: &Arc<dyn Store>) -> Result<Option<Arc<Desk>>, Failure> {
    let rules = config.pull.rules().map_err(Failure::Usage)?;
    let attached = attached(config)?;
    if attached.is_empty() {
        return Ok(None);
    }
    let desk = Desk::new(attached, store.clone(), rules, Arc::new(clock::now)).map_err(|it| stores::failed(&it))?;
    Ok(Some(desk))
}
