//! When a notice that did not arrive is sent again, and when that ends.

use chrono::{DateTime, TimeDelta, Utc};

use crate::source::subscription::{Failing, Progress};

/// After so long without an answer a subscription is suspended.
pub const PATIENCE: TimeDelta = TimeDelta::hours(72);

/// How long to wait after so many failures: 1 minute, 5, 30, 2 hours, then 6. `luck`, from 0 to 1000, moves it by up to a fifth
/// either way, so that receivers that failed together are not all asked together.
#[must_use]
pub fn wait(tries: u32, luck: u16) -> TimeDelta {
    let minutes = match tries {
        0 | 1 => 1,
        2 => 5,
        3 => 30,
        4 => 120,
        _ => 360,
    };
    TimeDelta::minutes(minutes) * (800 + i32::from(luck.min(1000)) * 2 / 5) / 1000
}

/// How far a subscription has got after a failure. `why` goes into the reason of a suspension.
#[must_use]
pub fn failed(was: &Progress, now: DateTime<Utc>, luck: u16, why: &str) -> Progress {
    let since = was.failing.map_or(now, |it| it.since);
    let tries = was.failing.map_or(0, |it| it.tries).saturating_add(1);
    let failing = Some(Failing { since, tries, next: now + wait(tries, luck) });
    let suspended = (now - since >= PATIENCE).then(|| format!("nothing has arrived for 72 hours; last: {why}"));
    Progress { told: was.told, failing, suspended }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_six_hours_and_end_after_three_days() {
        let mut progress = Progress::default();
        let start = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let mut now = start;
        let mut waits = Vec::new();
        while progress.suspended.is_none() {
            progress = failed(&progress, now, 500, "status 500");
            let next = progress.failing.unwrap().next;
            waits.push((next - now).num_minutes());
            now = next;
        }
        assert_eq!(waits[..6], [1, 5, 30, 120, 360, 360]);
        let last = now - TimeDelta::minutes(360);
        assert!((TimeDelta::hours(72)..TimeDelta::hours(78)).contains(&(last - start)), "{}", last - start);
        assert_eq!(progress.suspended.unwrap(), "nothing has arrived for 72 hours; last: status 500");
    }

    #[test]
    fn luck_moves_a_wait_by_a_fifth() {
        assert_eq!((wait(5, 0), wait(5, 1000)), (TimeDelta::minutes(288), TimeDelta::minutes(432)));
    }
}
