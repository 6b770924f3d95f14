//! What the configuration says is served: a store, or documents that are read once.

use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use super::{Failure, load};
use crate::{
    caller::{Callers, Present},
    clock,
    config::{CallerEntry, Config},
    domain::OrganisationNumber,
    source::{Pulls, Source},
    store::{Guard, Memory, Sqlite, Store, StoreError},
};

/// How often a server looks whether another process has written to the store.
const LOOK: Duration = Duration::from_secs(1);

/// What is served.
pub(super) struct Served {
    /// Who answers.
    pub(super) source: Arc<dyn Source>,
    /// Who keeps; nobody, where documents are served.
    pub(super) store: Option<Arc<dyn Store>>,
}

/// Opens what the configuration names.
pub(super) fn served(config: &Config) -> Result<Served, Failure> {
    match config.store.url.strip_prefix("folder:") {
        Some(folder) => Ok(Served { source: Arc::new(Memory::new(load::folder(Path::new(folder))?)), store: None }),
        None => Ok(kept(open(config)?)),
    }
}

/// A store that is served.
pub(super) fn kept(store: Sqlite) -> Served {
    let store = Arc::new(store);
    Served { source: store.clone(), store: Some(store) }
}

/// Opens the store, which is made if it is not there.
pub(super) fn open(config: &Config) -> Result<Sqlite, Failure> {
    let url = &config.store.url;
    let Some(path) = url.strip_prefix("sqlite:") else {
        return Err(Failure::Usage(format!("store.url = {url:?}: use sqlite:PATH, or folder:PATH to serve documents")));
    };
    let share = config.pull.mass_deletion;
    if !(0.0..=1.0).contains(&share) {
        return Err(Failure::Usage(format!("pull.mass_deletion = {share}: a share from 0 to 1")));
    }
    let store = Sqlite::open(Path::new(path)).map_err(|why| Failure::Store(format!("{path}: {why}")))?;
    Ok(store.guarded(Guard { share, ..Guard::default() }))
}

/// Takes in what other processes write, and who they say may call, for as long as the process lasts.
pub(super) fn watch(store: Arc<dyn Store>, config: Config, present: Arc<Present>) {
    thread::spawn(move || {
        let mut known = Vec::new();
        loop {
            if let Err(error) = store.refresh() {
                tracing::warn!(%error, "the store cannot be read again");
            }
            match store.callers() {
                Ok(callers) if callers != known => {
                    match callers_of(&config, &*store) {
                        Ok(all) => present.become_these(all),
                        Err(why) => tracing::warn!("{why}"),
                    }
                    known = callers;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the callers in the store cannot be read"),
            }
            thread::sleep(LOOK);
        }
    });
}

/// Everybody who may call: by the configuration, and by what the store keeps.
pub(super) fn callers_of(config: &Config, store: &dyn Store) -> Result<Callers, String> {
    let mut callers = config.callers()?;
    for kept in store.callers().map_err(|why| why.to_string())? {
        CallerEntry::read(&kept.name, &kept.settings)?.add(&mut callers)?;
    }
    Ok(callers)
}

/// Counts pulls in the store, behind the back of whoever is answered: counting waits for imports, answers do not.
pub(super) struct Counting(mpsc::Sender<(String, OrganisationNumber<'static>, String)>);

impl Counting {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        let (sender, pulls) = mpsc::channel::<(String, OrganisationNumber<'static>, String)>();
        thread::spawn(move || {
            for (caller, institution, service) in pulls {
                let counted = store.count_pull(clock::danish_day(), &caller, &institution, &service);
                if let Err(error) = counted {
                    tracing::warn!(%error, "a pull is not counted");
                }
            }
        });
        Self(sender)
    }
}

impl Pulls for Counting {
    fn pulled(&self, caller: &str, institution: &OrganisationNumber<'_>, service: &str) {
        // It only fails when the process ends.
        let _ = self.0.send((caller.to_owned(), institution.clone().into_owned(), service.to_owned()));
    }
}

/// What a command says of a store that fails.
pub(super) fn failed(error: &StoreError) -> Failure {
    Failure::Store(error.to_string())
}
