//! Everything in here was written by `build.rs` from the contracts under `wsdl/` and `xsd/`.
include!(concat!(env!("OUT_DIR"), "/contracts.rs"));
