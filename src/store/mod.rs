//! Keeping: sources that can be written to.

mod memory;

pub use memory::Memory;
