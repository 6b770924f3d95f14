//! Everything in here was written by `build.rs` from the contracts under `wsdl/` and `xsd/`.
#![allow(clippy::all, clippy::pedantic, clippy::restriction)]
include!(concat!(env!("OUT_DIR"), "/contracts.rs"));
