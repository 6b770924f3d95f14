//! The first stage: every WSDL and schema document below `wsdl/` and `xsd/`, in the order of their paths.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::error::{Error, Place};

/// A document as it lies on the disk.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root, with `/`: `wsdl/unilogin/wsiinst/6/wsiinst.wsdl`.
    pub(crate) path: String,
    /// Where it is.
    pub(crate) file: PathBuf,
    /// Its text, without a byte order mark.
    pub(crate) text: String,
}

impl Source {
    /// Whether it is a WSDL document.
    pub(crate) fn is_wsdl(&self) -> bool {
        self.path.ends_with(".wsdl")
    }

    /// The document as a tree.
    pub(crate) fn parse(&self) -> Result<roxmltree::Document<'_>, Error> {
        roxmltree::Document::parse(&self.text).map_err(|error| {
            let at = error.pos();
            let place = Place { file: self.path.as_str().into(), line: at.row, column: at.col };
            Error::at(&place, "document", format!("is not well-formed XML: {error}"), "mend the document")
        })
    }
}

/// Reads every document below the two folders of `root`. A folder that is missing is empty.
pub(crate) fn load(root: &Path) -> Result<Vec<Source>, Error> {
    let mut files = Vec::new();
    for folder in ["wsdl", "xsd"] {
        if root.join(folder).is_dir() {
            walk(root, folder, &mut files)?;
        }
    }
    files.sort();
    files.into_iter().map(|path| read(root, path)).collect()
}

fn walk(root: &Path, folder: &str, files: &mut Vec<String>) -> Result<(), Error> {
    let entries = fs::read_dir(root.join(folder)).map_err(|error| unreadable(folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(root, &path, files)?;
        } else if path.ends_with(".wsdl") || path.ends_with(".xsd") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(root: &Path, path: String) -> Result<Source, Error> {
    let file = root.join(&path);
    let text = fs::read_to_string(&file).map_err(|error| unreadable(&path, &error))?;
    let text = text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text);
    Ok(Source { path, file, text })
}

fn unreadable(path: &str, error: &std::io::Error) -> Error {
    Error::at(&Place::file(path), "file", format!("cannot be read: {error}"), "make it readable and UTF-8")
}

/// The folder part of a path.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A `schemaLocation` or `location` as a path from the root; `None` where it leaves the tree.
pub(crate) fn locate(from: &str, location: &str) -> Option<String> {
    if location.contains("://") || location.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder(from).split('/').collect();
    for part in location.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
