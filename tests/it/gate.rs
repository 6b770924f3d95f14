//! A gate that threads wait at, so that what a test wants to be at one time, or in an order, is so on the slowest machine.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Longer than anything takes that is going to happen at all. Only a test that fails waits for so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until it is so.
#[track_caller]
pub(crate) fn soon(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it never came to be");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Shut at first.
#[derive(Debug)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    is_open: bool,
    /// How many have come to it, those who have passed among them.
    came: usize,
}

impl Gate {
    pub(crate) const fn shut() -> Self {
        Self { state: Mutex::new(State { is_open: false, came: 0 }), changed: Condvar::new() }
    }

    pub(crate) fn open(&self) {
        self.state().is_open = true;
        self.changed.notify_all();
    }

    /// Comes to the gate, and waits until it is open.
    pub(crate) fn pass(&self) {
        let mut state = self.state();
        state.came += 1;
        self.changed.notify_all();
        drop(self.changed.wait_timeout_while(state, PATIENCE, |it| !it.is_open));
    }

    /// Whether so many come within a time.
    pub(crate) fn sees(&self, count: usize, within: Duration) -> bool {
        let state = self.changed.wait_timeout_while(self.state(), within, |it| it.came < count);
        state.unwrap_or_else(PoisonError::into_inner).0.came >= count
    }

    /// Waits until so many have come.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) {
        assert!(self.sees(count, PATIENCE), "{} of {count} have come", self.state().came);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
