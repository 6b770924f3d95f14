//! Skolebro: a bridge between the Danish Unilogin SOAP services and the JSON school standards of their neighbours.
//!
//! In reading order: the hub that everything is translated through, the manners of translation, the standards, where
//! answers come from, where they are kept, who is told of changes, how copies of others are come by, who is logged in, who
//! calls, what is recorded of it, how others see all that, the commands, and last the configuration and the clock.

pub mod domain;
pub mod crosswalk;
pub mod standards;
pub mod source;
pub mod store;
pub mod notices;
pub mod pull;
pub mod login;
pub mod caller;
pub mod audit;
pub mod face;
pub mod cli;
pub mod config;
pub mod clock;
