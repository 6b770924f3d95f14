//! Answers that whoever asked must go on taking. Over HTTP/2 a client that opens no window takes nothing, and nothing waits to be
//! written either: what its answers are made of would stay for as long as it likes.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::{
    Version,
    body::{Body, Bytes, Frame, SizeHint},
};
use tokio::time::sleep;

use super::stream::Outgoing;

/// The answers of a connection that have not been taken whole yet, each with when a piece of it was taken last.
#[derive(Debug, Default)]
pub(super) struct Untaken(Mutex<Vec<(u64, Instant)>>);

impl Untaken {
    /// Ends when nothing was taken of an answer for so long.
    pub(super) async fn stalled(&self, patience: Duration) {
        let lies = |it: &(u64, Instant)| it.1.elapsed() > patience;
        while !self.answers().iter().any(lies) {
            sleep((patience / 4).max(Duration::from_millis(50))).await;
        }
    }

    fn answers(&self) -> MutexGuard<'_, Vec<(u64, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that notes when it is taken.
pub(super) struct Taken {
    body: Outgoing,
    /// Its number among those that are watched.
    watched: Option<(u64, Arc<Untaken>)>,
}

impl Taken {
    /// One of a connection's answers. Over HTTP/1 one that is handed over at once is waited for by the connection itself.
    pub(super) fn new(body: Outgoing, version: Version, of: &Arc<Untaken>) -> Self {
        if version != Version::HTTP_2 && body.is_small() {
            return Self { body, watched: None };
        }
        let mut answers = of.answers();
        let number = answers.last().map_or(0, |it| it.0 + 1);
        answers.push((number, Instant::now()));
        drop(answers);
        Self { body, watched: Some((number, of.clone())) }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some((number, of)) = &self.watched {
            of.answers().retain(|it| it.0 != *number);
        }
    }
}

impl Body for Taken {
    type Data = Bytes;
    type Error = <Outgoing as Body>::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Some((number, of)) = &this.watched {
            of.answers().iter_mut().filter(|it| it.0 == *number).for_each(|it| it.1 = Instant::now());
        }
        Pin::new(&mut this.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
