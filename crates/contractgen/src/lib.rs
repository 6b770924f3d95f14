//! WSDL 1.1 and XML Schema to Rust text.
//!
//! A pure function over a source tree: it reads the documents below `wsdl/` and `xsd/` and returns the text of a module
//! tree that stands on the `soap` crate. It writes nothing and knows no contract by name.
//!
//! The stages, in order: `load` the files; `definitions` of WSDL; `schema` documents as written; the `model` with every
//! reference resolved; the `automaton` of each content model; `fields` and `names`, held together by the `plan`; and the
//! text, `write`. The `surface` lists the same model for reviewers, one line a field.
//!
//! Whatever is not covered is refused by name, file and line.

#![warn(missing_docs)]

mod automaton;
mod definitions;
mod error;
mod fields;
mod load;
mod model;
mod names;
mod plan;
mod schema;
mod surface;
mod write;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use error::Error;

/// What comes of a source tree.
#[derive(Debug)]
pub struct Generated {
    /// The Rust text: a file to be included at the root of a crate.
    pub text: String,
    /// Every document that was read.
    pub inputs: Vec<PathBuf>,
    /// For each contract and each folder of shared schemas the listing of its surface: `unilogin__wsiinst__v6`.
    pub surfaces: BTreeMap<String, String>,
}

/// Generates the contracts below a root: services under `wsdl/`, shared schemas under `xsd/`.
///
/// # Errors
/// If a document cannot be read, contradicts itself, or holds what is not covered.
pub fn generate(root: &Path) -> Result<Generated, Error> {
    let sources = load::load(root)?;
    let set = model::Set::read(&sources)?;
    let model = model::resolve(&set)?;
    let plan = plan::Plan::of(&model)?;
    Ok(Generated {
        text: write::write(&plan, root)?,
        inputs: sources.into_iter().map(|it| it.file).collect(),
        surfaces: surface::surfaces(&plan),
    })
}
