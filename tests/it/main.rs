//! The tests of the whole: laws, journeys, protocols, commands. One binary, so that one link is enough.

mod crossing;
mod journeys;
mod layers;
mod lineage;
mod rosters;
mod roundtrips;
mod tidy;
