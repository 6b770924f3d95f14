//! How much is recorded of refusals of whom nobody knows: anybody can cause as many as they like, and the disk is to last.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// So many in a row are all recorded.
const ROW: f64 = 200.0;

/// So many a second are in the long run: a quarter of a gigabyte a day.
const SECOND: f64 = 10.0;

/// Counts what is left out.
pub(super) struct Strangers(Mutex<State>);

struct State {
    /// How many more are recorded at once.
    room: f64,
    /// When that was so.
    at: Instant,
    left_out: u64,
}

impl Strangers {
    pub(super) fn new(now: Instant) -> Self {
        Self(Mutex::new(State { room: ROW, at: now, left_out: 0 }))
    }

    /// Whether another one is recorded; it is counted if not.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut state = self.state();
        let passed = now.saturating_duration_since(state.at).as_secs_f64();
        (state.room, state.at) = ((state.room + passed * SECOND).min(ROW), now);
        let admits = state.room >= 1.0;
        match admits {
            true => state.room -= 1.0,
            false => state.left_out += 1,
        }
        admits
    }

    /// How many were left out since this was asked last.
    pub(super) fn left_out(&self) -> u64 {
        std::mem::take(&mut self.state().left_out)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_flood_is_counted_and_not_written() {
        let began = Instant::now();
        let strangers = Strangers::new(began);
        let admitted = |from: u64, count: u64| {
            let times = (0..count).map(|it| began + Duration::from_micros(from * 1_000_000 + it));
            times.filter(|it| strangers.admits(*it)).count()
        };
        assert_eq!((admitted(0, 150), strangers.left_out()), (150, 0));
        assert_eq!((admitted(1, 1000), strangers.left_out()), (60, 940));
        assert_eq!((admitted(3, 1000), strangers.left_out()), (20, 980));
        assert_eq!((admitted(3600, 300), strangers.left_out()), (200, 100));
        assert_eq!(strangers.left_out(), 0);
    }
}
