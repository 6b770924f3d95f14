//! The tests of the whole: laws, journeys, protocols, commands. One binary, so that one link is enough.

mod server;

mod layers;
mod cli;
mod json;
mod protocol;
mod routes;
mod tidy;
