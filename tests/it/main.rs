//! The tests of the whole: laws, journeys, protocols, commands. One binary, so that one link is enough.

#![allow(clippy::unwrap_used)] // helpers of tests may do what tests may

mod crossing;
mod rosters;
mod server;

mod journeys;
mod layers;
mod cli;
mod json;
mod protocol;
mod routes;
mod lineage;
mod models;
mod protection;
mod roundtrips;
mod tidy;
