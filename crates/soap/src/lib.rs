//! XML to Rust and back, SOAP envelopes and faults.
pub mod schema;
