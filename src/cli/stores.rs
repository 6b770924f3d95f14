//! The store that the configuration names.

use crate::{
    config::Config,
    store::{Guard, Sqlite, StoreError},
};

use super::Failure;

/// Opens the store, which is made if it is not there.
pub(super) fn open(config: &Config) -> Result<Sqlite, Failure> {
    let url = &config.store.url;
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Err(Failure::Usage(format!("store.url = {url:?} cannot be written: use sqlite:PATH")));
    };
    let share = config.pull.mass_deletion;
    if !(0.0..=1.0).contains(&share) {
        return Err(Failure::Usage(format!("pull.mass_deletion = {share}: a share from 0 to 1")));
    }
    Sqlite::open(std::path::Path::new(path), Guard { share, ..Guard::default() }).map_err(|why| failed(path, &why))
}

fn failed(path: &str, why: &StoreError) -> Failure {
    Failure::Store(format!("{path}: {why}"))
}
