//! The test keys and certificates of the project, `fixtures/pki`.

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use wsse::key::{Certificate, Identity};

/// A file of the folder.
pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pki").join(name);
    fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The certificate `<name>.crt.pem`.
pub(crate) fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(&file(&format!("{name}.crt.pem"))).expect(name).remove(0)
}

/// The key and certificate `<name>.key.pem`, `<name>.crt.pem`.
pub(crate) fn identity(name: &str) -> Identity {
    Identity::from_pem(&file(&format!("{name}.key.pem")), &file(&format!("{name}.crt.pem"))).expect(name)
}

/// A time such as `2026-06-01T12:00:00Z`.
pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}
