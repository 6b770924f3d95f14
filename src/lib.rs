//! Skolebro: a bridge between the Danish Unilogin SOAP services and the JSON school standards of their neighbours.
//!
//! [`domain`] is the hub, [`crosswalk`] the manners of translation, [`standards`] the spokes, [`source`] who may be asked, [`store`] what is kept.

pub mod domain;
pub mod crosswalk;
pub mod standards;
pub mod source;
pub mod store;
