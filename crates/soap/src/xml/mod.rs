//! Reading and writing XML against the tables of [`crate::schema`].

mod complain;
mod decode;
pub mod namespace;
mod plain;
mod read;
pub mod records;
mod scope;
mod simple;
pub mod text;
mod validate;
mod value;
mod violation;
mod write;

pub use decode::Decode;
pub use read::{Decoder, Lengths, Limits};
pub use validate::{collect, collect_element};
pub use value::{Date, DateTime, Value};
pub use violation::{Place, Result, Rule, Violation, shortened};
pub use write::{Encode, Writer};
