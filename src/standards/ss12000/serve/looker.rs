//! SS12000 2.1, who looks at a source: the view of its present state, entered in the ledger before anybody sees it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tokio::{
    runtime::Handle,
    sync::{Mutex as AsyncMutex, OwnedMutexGuard},
};

use super::Error;
use crate::{
    source::{Institutions, Source, SourceError, SourceErrorKind, ledger::Ledger},
    standards::ss12000::{
        clerk::{Clerk, Trouble},
        context::Options,
        view::View,
    },
};

/// So many people are gone through in some ten milliseconds, which is not worth a thread.
const FEW: usize = 1000;

/// A ledger that has failed is left alone for a moment, however many ask.
const REST: Duration = Duration::from_secs(1);

/// Makes views, one after the other.
pub(super) struct Looker {
    pub(super) options: Arc<Options>,
    pub(super) ledger: Arc<dyn Ledger>,
    /// How long deletions are remembered.
    pub(super) memory: TimeDelta,
    /// The view that was made last.
    latest: Mutex<Option<Arc<View>>>,
    /// When the ledger has failed last.
    failed: Mutex<Option<Instant>>,
    /// Held while a view is made, so that of many requests after a change one makes it and the others wait for it.
    clerk: Arc<AsyncMutex<Clerk>>,
}

/// What a source tells at present.
struct Present {
    /// What the ledger's basis was before.
    basis: u64,
    institutions: Institutions,
}

impl Looker {
    pub(super) fn new(options: Arc<Options>, ledger: Arc<dyn Ledger>, memory: TimeDelta) -> Self {
        Self { options, ledger, memory, latest: Mutex::default(), failed: Mutex::default(), clerk: Arc::default() }
    }

    /// The view of the source's present state; the one made last if nothing has changed. Where something has, going through all
    /// that is different may take seconds, and is done where nobody else has to wait for it.
    pub(super) async fn view(self: &Arc<Self>, source: &dyn Source) -> Result<Arc<View>, Error> {
        let present = present(&*self.ledger, source).await?;
        if let Some(view) = self.seen(&present.institutions) {
            return Ok(view);
        }
        let clerk = self.clerk.clone().lock_owned().await;
        // Asked again: whatever was entered meanwhile is not to be followed by an older state.
        let present = self::present(&*self.ledger, source).await?;
        if let Some(view) = self.seen(&present.institutions) {
            return Ok(view);
        }
        if self.failed().is_some_and(|it| it.elapsed() < REST) {
            return Err(Error::source(SourceError::new(SourceErrorKind::Unavailable)));
        }
        let members = present.institutions.iter().map(|it| it.roster().members.len());
        let (is_quick, looker) = (members.sum::<usize>() <= FEW, self.clone());
        let look = move || looker.look(clerk, present);
        match Handle::try_current() {
            _ if is_quick => look(),
            Ok(runtime) => runtime.spawn_blocking(look).await.unwrap_or_else(|error| Err(unavailable(error))),
            Err(_) => look(),
        }
    }

    fn seen(&self, institutions: &Institutions) -> Option<Arc<View>> {
        self.latest().filter(|it| Arc::ptr_eq(it.institutions(), institutions))
    }

    fn failed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn latest(&self) -> Option<Arc<View>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A view is shown only with what the ledger says of it: nobody is to see a change that is dated before it could be seen. While
    /// the ledger cannot be kept nothing is shown: what was seen last may tell of somebody who has been protected since.
    fn look(&self, mut clerk: OwnedMutexGuard<Clerk>, present: Present) -> Result<Arc<View>, Error> {
        let Present { basis, institutions } = present;
        let before = self.latest();
        match clerk.enter(&institutions, basis, &self.options, &*self.ledger, self.memory) {
            Ok(book) => {
                let view = Arc::new(View::new(institutions, before.as_deref(), &self.options).with_book(book));
                *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(view.clone());
                Ok(view)
            }
            // It takes this process a moment to see it too.
            Err(trouble @ Trouble::Stale) => before.ok_or_else(|| unavailable(trouble)),
            Err(trouble) => {
                *self.failed() = Some(Instant::now());
                Err(unavailable(trouble))
            }
        }
    }
}

async fn present(ledger: &dyn Ledger, source: &dyn Source) -> Result<Present, Error> {
    // Asked first: what the source tells then is at least as new.
    let basis = ledger.basis();
    let institutions = source.institutions().await.map_err(Error::source)?;
    Ok(Present { basis, institutions })
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::source(SourceError::because(SourceErrorKind::Unavailable, error))
}
