//! The runtime against a small contract made by hand: every rule, each with its line and column.

mod contract;
mod decoding;
mod encodings;
mod envelopes;
mod streams;
