//! The tests of the whole: laws, journeys, protocols, commands. One binary, so that one link is enough.

mod server;

mod layers;
mod protocol;
mod tidy;
