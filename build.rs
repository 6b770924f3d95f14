//! The contracts under `wsdl/` and `xsd/` become Rust. Run by `crates/contracts`, which compiles what is written here.

use std::{env, error::Error, fs, path::PathBuf};

#[allow(clippy::disallowed_methods)] // cargo talks to build scripts through the environment
fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?)
        .join("../..")
        .canonicalize()?;
    let generated = contractgen::generate(&root)?;
    for input in &generated.inputs {
        println!("cargo::rerun-if-changed={}", input.display());
    }
    // A new contract folder must be noticed too.
    println!("cargo::rerun-if-changed={}", root.join("wsdl").display());
    println!("cargo::rerun-if-changed={}", root.join("xsd").display());
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("contracts.rs"), generated.text)?;
    Ok(())
}
