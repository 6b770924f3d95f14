//! `[audit]`: where accesses to personal data are recorded, and for how long.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{audit::Settings, clock};

/// Choices of the audit log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// Whether there is one.
    pub enabled: bool,
    /// Its folder. One that is no absolute path lies beside the database, or where the program runs if there is no database.
    pub folder: PathBuf,
    /// The file of its key, as the folder; made when it is first needed. It should be kept apart from the records.
    pub key: PathBuf,
    /// Whole months that records are kept; for ever, if 0.
    pub retention_months: u32,
    /// Whether answers wait until their records are on the disk. Without it they wait until the system has them, which survives the
    /// end of the process and not that of the machine.
    pub sync: bool,
}

impl Default for Audit {
    fn default() -> Self {
        Self { enabled: true, folder: "audit".into(), key: "audit.key".into(), retention_months: 6, sync: true }
    }
}

impl Audit {
    /// Where the log is, beside what is served.
    #[must_use]
    pub fn settings(&self, store_url: &str) -> Settings {
        let database = store_url.strip_prefix("sqlite:").map(Path::new);
        let beside = database.and_then(Path::parent).unwrap_or(Path::new(""));
        Settings {
            folder: beside.join(&self.folder),
            key: beside.join(&self.key),
            retention_months: self.retention_months,
            sync: self.sync,
            now: clock::now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_lies_beside_the_database() {
        let settings = Audit::default().settings("sqlite:/srv/skole/skolebro.db");
        assert_eq!(settings.folder, Path::new("/srv/skole/audit"));
        assert_eq!(settings.key, Path::new("/srv/skole/audit.key"));
        assert_eq!(Audit::default().settings("folder:/srv/documents").folder, Path::new("audit"));
        let elsewhere = Audit { folder: "/var/log/skole".into(), ..Audit::default() };
        assert_eq!(elsewhere.settings("sqlite:skolebro.db").folder, Path::new("/var/log/skole"));
    }
}
