//! The generator's tests, in one binary: what it writes, what it refuses, and the surface of the real contracts.

#![allow(clippy::unwrap_used, reason = "a test may panic, and its helpers with it")]

mod features;
mod refusals;
mod surfaces;
mod trees;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// An empty source tree for one test.
fn tree(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).unwrap();
    root
}

/// Puts a file into a source tree.
fn put(root: &Path, path: &str, text: &str) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}
