//! The only place that asks what time it is, and the only one that knows the Danish calendar day.

use std::sync::OnceLock;

use chrono::{DateTime, Days, FixedOffset, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Copenhagen;

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
    danish_day_of(now())
}

/// The day that a moment lies in, in Denmark.
#[must_use]
pub fn danish_day_of(moment: DateTime<Utc>) -> NaiveDate {
    danish(moment).date_naive()
}

/// A moment as the clocks in Denmark show it.
#[must_use]
pub fn danish(moment: DateTime<Utc>) -> DateTime<FixedOffset> {
    moment.with_timezone(&Copenhagen).fixed_offset()
}

/// The days that a moment may lie in, in Denmark, for somebody whose clock differs from ours by no more than this: nearly
/// always one, in order.
#[must_use]
pub fn danish_days_around(moment: DateTime<Utc>, guard: TimeDelta) -> Vec<NaiveDate> {
    let (first, last) = (danish_day_of(moment - guard), danish_day_of(moment + guard));
    first.iter_days().take_while(|it| *it <= last).collect()
}

/// A time of the clock on a day in Denmark. One that occurs twice is the first of the two, one that is left out an hour later.
#[must_use]
pub fn danish_time(day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = day.and_time(time);
    let found = match Copenhagen.from_local_datetime(&local) {
        LocalResult::Single(it) | LocalResult::Ambiguous(it, _) => Some(it),
        LocalResult::None => Copenhagen.from_local_datetime(&(local + TimeDelta::hours(1))).earliest(),
    };
    found.map_or_else(|| local.and_utc(), |it| it.with_timezone(&Utc))
}

/// The moment at which a Danish day is over.
#[must_use]
pub fn danish_end_of(day: NaiveDate) -> DateTime<Utc> {
    danish_time(day.checked_add_days(Days::new(1)).unwrap_or(day), NaiveTime::MIN)
}

/// When a day begins in Denmark. At no midnight is a clock changed.
#[must_use]
pub fn danish_midnight(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let local = midnight.and_local_timezone(chrono_tz::Europe::Copenhagen).earliest();
    local.map_or_else(|| midnight.and_utc(), |it| it.with_timezone(&Utc))
}

/// Fixes the time for this process, so that answers can be compared. The first call counts.
pub fn fix(time: DateTime<Utc>) {
    let _ = FIXED.set(time);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Midnight is at 23:00 or 22:00 in Greenwich, and the days of the clock changes have 23 and 25 hours.
    #[test]
    fn a_danish_day_ends_at_danish_midnight() {
        let days = [
            ("2026-03-28", "2026-03-28T23:00:00Z"),
            ("2026-03-29", "2026-03-29T22:00:00Z"),
            ("2026-10-24", "2026-10-24T22:00:00Z"),
            ("2026-10-25", "2026-10-25T23:00:00Z"),
            ("2026-12-31", "2026-12-31T23:00:00Z"),
        ];
        for (it, end) in days {
            assert_eq!(danish_end_of(day(it)), at(end));
            assert_eq!(danish_day_of(at(end) - TimeDelta::milliseconds(1)), day(it));
            assert_eq!(danish_day_of(at(end)), day(it).succ_opt().unwrap());
        }
    }

    #[test]
    fn half_past_two_is_there_once_in_every_night() {
        let half_past_two = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        assert_eq!(danish_time(day("2026-03-28"), half_past_two), at("2026-03-28T01:30:00Z"));
        // It is three o'clock after one minute to two.
        assert_eq!(danish_time(day("2026-03-29"), half_past_two), at("2026-03-29T01:30:00Z"));
        assert_eq!(danish_time(day("2026-10-25"), half_past_two), at("2026-10-25T00:30:00Z"));
        assert_eq!(danish_time(day("2026-10-26"), half_past_two), at("2026-10-26T01:30:00Z"));
    }

    #[test]
    fn close_to_midnight_it_may_be_either_day() {
        let around = |moment: &str| danish_days_around(at(moment), TimeDelta::seconds(60)).len();
        assert_eq!(around("2026-10-24T21:58:59Z"), 1);
        assert_eq!(around("2026-10-24T21:59:00Z"), 2);
        assert_eq!(around("2026-10-24T22:00:59Z"), 2);
        assert_eq!(around("2026-10-24T22:01:00Z"), 1);
        // The hour that occurs twice has no midnight in it.
        assert_eq!(around("2026-10-25T01:00:00Z"), 1);
    }
}
