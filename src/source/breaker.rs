//! A circuit breaker: a server that does not answer is left alone for a while, so that asking it costs no time.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Counts failures in a row. After some of them nobody is let through for a while; then one is, and how that ends decides.
#[derive(Debug)]
pub struct Breaker {
    /// So many failures in a row open it.
    threshold: u32,
    /// For so long at first; twice as long after each try that fails, up to [`LONGEST`].
    rest: Duration,
    state: Mutex<State>,
}

/// The longest rest, in multiples of the first.
const LONGEST: u32 = 8;

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Open until then; closed without.
    until: Option<Instant>,
    /// The rests so far, in a row.
    rests: u32,
    /// Somebody has been let through and has not come back.
    trying: bool,
}

/// Somebody who has been let through. Dropped without a word it counts as never having been.
#[derive(Debug)]
pub struct Pass<'b> {
    breaker: &'b Breaker,
    is_trial: bool,
}

impl Breaker {
    /// Opens after `threshold` failures in a row, for `rest` at first.
    #[must_use]
    pub fn new(threshold: u32, rest: Duration) -> Self {
        Self { threshold: threshold.max(1), rest, state: Mutex::default() }
    }

    /// Lets somebody through.
    ///
    /// # Errors
    /// For how long to leave the server alone.
    pub fn admit(&self, now: Instant) -> Result<Pass<'_>, Duration> {
        let mut state = self.state();
        match state.until {
            None => Ok(Pass { breaker: self, is_trial: false }),
            Some(until) if now < until => Err(until - now),
            Some(_) if state.trying => Err(self.rest.min(Duration::from_secs(1))),
            Some(_) => {
                state.trying = true;
                Ok(Pass { breaker: self, is_trial: true })
            }
        }
    }

    /// The server has answered.
    pub fn succeeded(&self) {
        *self.state() = State::default();
    }

    /// The server has not answered.
    pub fn failed(&self, now: Instant) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        // Whoever was under way when it opened says nothing new.
        let is_news = state.until.is_none() || state.trying;
        if state.failures >= self.threshold && is_news {
            let times = 1_u32.checked_shl(state.rests).unwrap_or(LONGEST).min(LONGEST);
            state.until = Some(now + self.rest * times);
            state.rests = state.rests.saturating_add(1);
            state.trying = false;
        }
    }

    /// Nobody can leave it half changed.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The server has answered.
    pub fn succeeded(self) {
        self.breaker.succeeded();
    }

    /// The server has not answered.
    pub fn failed(self, now: Instant) {
        self.breaker.failed(now);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.breaker.state().trying = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(10);

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    /// Three failures at the beginning of the test.
    fn open(start: Instant) -> Breaker {
        let breaker = Breaker::new(3, REST);
        (0..3).for_each(|_| breaker.admit(start).unwrap().failed(start));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_others_do_not() {
        let start = Instant::now();
        let breaker = Breaker::new(3, REST);
        for _ in 0..5 {
            breaker.admit(start).unwrap().failed(start);
            breaker.admit(start).unwrap().failed(start);
            breaker.admit(start).unwrap().succeeded();
        }
        assert!(breaker.admit(start).is_ok());
        assert_eq!(open(start).admit(after(start, 4)).unwrap_err(), Duration::from_secs(6));
    }

    #[test]
    fn after_the_rest_one_is_let_through_and_decides() {
        let start = Instant::now();
        let breaker = open(start);
        let trial = breaker.admit(after(start, 10)).unwrap();
        assert!(breaker.admit(after(start, 10)).is_err(), "one at a time");
        trial.succeeded();
        let both = (breaker.admit(after(start, 11)), breaker.admit(after(start, 11)));
        assert!(both.0.is_ok() && both.1.is_ok());
    }

    #[test]
    fn every_failed_trial_doubles_the_rest_up_to_a_bound() {
        let start = Instant::now();
        let breaker = open(start);
        let mut at = after(start, 10);
        for expected in [20, 40, 80, 80, 80] {
            breaker.admit(at).unwrap().failed(at);
            assert_eq!(breaker.admit(at).unwrap_err(), Duration::from_secs(expected));
            at = after(at, expected);
        }
    }

    #[test]
    fn whoever_gives_up_lets_the_next_one_try() {
        let start = Instant::now();
        let breaker = open(start);
        drop(breaker.admit(after(start, 10)).unwrap());
        assert!(breaker.admit(after(start, 10)).is_ok());
    }

    #[test]
    fn those_under_way_do_not_lengthen_the_rest() {
        let start = Instant::now();
        let breaker = Breaker::new(1, REST);
        let (first, second) = (breaker.admit(start).unwrap(), breaker.admit(start).unwrap());
        first.failed(start);
        second.failed(after(start, 5));
        assert_eq!(breaker.admit(after(start, 5)).unwrap_err(), Duration::from_secs(5));
    }
}
