//! The only place that asks what time it is.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};

static FIXED: OnceLock<DateTime<Utc>> = OnceLock::new();

/// The time, or the one that was fixed.
#[must_use]
#[allow(clippy::disallowed_methods)] // this is the place
pub fn now() -> DateTime<Utc> {
    FIXED.get().copied().unwrap_or_else(Utc::now)
}

/// Fixes the time for this process, so that answers can be compared. The first call counts.
pub fn fix(time: DateTime<Utc>) {
    let _ = FIXED.set(time);
}
