//! The only place that asks what time it is.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, Utc};

static FIXED: OnceLock<DateTime<Utc>> = OnceLock::new();

/// The time, or the one that was fixed.
#[must_use]
#[allow(clippy::disallowed_methods)] // this is the place
pub fn now() -> DateTime<Utc> {
    FIXED.get().copied().unwrap_or_else(Utc::now)
}

/// The day it is in Denmark: quotas are used up and come back with it.
#[must_use]
pub fn danish_day() -> NaiveDate {
    now().with_timezone(&chrono_tz::Europe::Copenhagen).date_naive()
}

/// Fixes the time for this process, so that answers can be compared. The first call counts.
pub fn fix(time: DateTime<Utc>) {
    let _ = FIXED.set(time);
}
