//! The tests of the whole: laws, journeys, protocols, commands. One binary, so that one link is enough.

#![allow(clippy::unwrap_used)] // helpers of tests may do what tests may

mod messages;
mod crossing;
mod rosters;
mod server;
mod gate;
mod callers;
mod kept;
mod store;
mod pulls;
mod audit;
mod leaks;
mod journeys;
mod lineage;
mod roundtrips;
mod lossless;
mod ss12000_source;
mod imports;
mod models;
mod protection;
mod views;
mod protocol;
mod json;
mod lookups;
mod routes;
mod mirror;
mod notices;
mod processes;
mod upstream;
mod cli;
mod layers;
mod tidy;
mod readme;
