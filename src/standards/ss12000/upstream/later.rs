//! An answer that a thread gives to whoever waits as a task.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread,
};

/// What a thread of its own will say; nothing, if it ends without a word.
pub(super) struct Later<T>(Arc<Mutex<State<T>>>);

struct State<T> {
    said: Option<T>,
    ended: bool,
    waiting: Option<Waker>,
}

/// Ends the waiting even where the work panics.
struct Speaker<T>(Arc<Mutex<State<T>>>);

impl<T> Speaker<T> {
    fn end(&self, said: Option<T>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.said = said.or(state.said.take());
        state.ended = true;
        if let Some(waiting) = state.waiting.take() {
            waiting.wake();
        }
    }
}

impl<T> Drop for Speaker<T> {
    fn drop(&mut self) {
        self.end(None);
    }
}

impl<T: Send + 'static> Later<T> {
    /// Lets a thread do work that waits.
    pub(super) fn of(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let state = Arc::new(Mutex::new(State { said: None, ended: false, waiting: None }));
        let speaker = Speaker(state.clone());
        thread::spawn(move || speaker.end(Some(work())));
        Self(state)
    }
}

impl<T> Future for Later<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.ended {
            return Poll::Ready(state.said.take());
        }
        state.waiting = Some(context.waker().clone());
        Poll::Pending
    }
}
