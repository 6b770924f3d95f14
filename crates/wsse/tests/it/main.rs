//! Tests of the crate from outside: keys, certificates, messages that we and others have signed, and attacks on them.

#![allow(clippy::unwrap_used)] // here a panic is how a test fails

mod foreign;
mod canonical;
mod flips;
mod hostile;
mod keys;
mod messages;
mod pki;
mod signing;
mod trees;
mod trust;
mod usernames;
mod wrapping;
