//! Tests of the crate from outside: keys, certificates, and messages that others have signed.

#![allow(clippy::unwrap_used)] // here a panic is how a test fails

mod foreign;
mod keys;
mod pki;
mod trust;
