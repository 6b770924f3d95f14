//! The spokes: one folder for each standard. They meet in [`crate::domain`] and never name each other.
//!
//! Adding a standard:
//! 1. A folder here: the wire's models, the crosswalk in both directions, the routes.
//! 2. Its room in `tests/it/layers.rs`: which crates it may use.
//! 3. Its routes in `face/mod.rs`, its format in `cli/convert.rs`.
//! 4. Fixtures under `fixtures/<standard>/`; every journey that exists gains its stop.

pub mod ss12000;
pub mod unilogin;
