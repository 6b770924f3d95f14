//! The tests of the whole: laws, journeys, protocols, commands. One binary, so that one link is enough.

#![allow(clippy::unwrap_used)] // here a panic is how a test fails

mod server;

mod layers;
mod cli;
mod json;
mod protocol;
mod routes;
mod tidy;
