//! The spokes: one folder for each standard. They meet in [`crate::domain`] and never name each other.

pub mod ss12000;
