//! The runtime against a small contract made by hand: every rule, each with its line and column.

#![allow(clippy::unwrap_used)] // here a panic is how a test fails

mod contract;
mod decoding;
mod encodings;
mod envelopes;
mod streams;
