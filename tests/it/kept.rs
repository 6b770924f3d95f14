//! The demo in a store, and a server over it that takes imports in.

use std::sync::Arc;

use skolebro::{
    cli::demo,
    domain::{OrganisationNumber, Snapshot},
    face::Faces,
    source::{Part, Source},
    store::Sqlite,
};

use crate::server::Server;

/// A store that holds the demo's municipality.
pub(crate) fn demo_store() -> Arc<Sqlite> {
    Arc::new(demo::store())
}

/// A server over a store.
pub(crate) fn server(store: &Arc<Sqlite>, change: impl FnOnce(&mut Faces)) -> Server {
    let store = Arc::clone(store);
    Server::start(|faces| {
        faces.source = store.clone();
        faces.keeper = Some(store);
        change(faces);
    })
}

/// What is kept of an institution.
pub(crate) fn institution(store: &Sqlite, number: &str) -> Arc<Snapshot> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let number = OrganisationNumber::new(number.to_owned());
    runtime.block_on(store.institution(&number, Part::Everything)).unwrap().expect("an institution")
}

/// The local ids of everybody at an institution who has one.
pub(crate) fn local_ids(store: &Sqlite, number: &str) -> Vec<String> {
    let snapshot = institution(store, number);
    let mut ids: Vec<String> =
        snapshot.roster().members.iter().filter_map(|it| Some(it.local_id.as_ref()?.to_string())).collect();
    ids.sort();
    ids
}
