//! wsaIMPORT 8 and the hub. Contract: `wsdl/unilogin/wsaimport/8`, namespace `https://brugerdatabasen.stil.dk/bpi/wsaimport/8`.
//!
//! A document is read as it arrives: what stands before the persons, then one person at a time, each checked and handed to
//! a [`Keeper`](crate::source::intake::Keeper). One mistake refuses all of it, and every mistake is named with its place.
//! Documents of version 7 are lifted person by person.

pub mod answer;
pub mod catalogue;
pub mod document;
mod findings;
mod head;
mod lift;
mod lower;
mod people;
mod read;
mod receive;
mod rules;
mod write;

pub use findings::{Detail, Finding, MOST};
pub use head::mode_of;
pub use lift::document as lift;
pub use read::roster;
pub use receive::{Proven, Reception, message, receive, records, unsigned};

/// The versions of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The legacy one.
    V7,
    /// The newest.
    V8,
}

impl Version {
    /// Both, the newest first.
    pub const ALL: [Self; 2] = [Self::V8, Self::V7];
}

#[cfg(test)]
mod tests;
