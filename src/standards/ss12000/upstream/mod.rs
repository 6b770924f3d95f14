//! SS12000 2.0 and 2.1, other people's servers: one walk reads all of a server, and every institution is handed in from it.
//!
//! A walk is shared: whoever pulls within [`Limits::fresh`] of it gets what it brought, and afterwards only what has changed is
//! asked for, where the server tells. What was read is put aside on a [`Shelf`]; in memory are the ids of all objects with their
//! places, and the objects of the one institution that is being handed in.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, FixedOffset, Utc};

use super::{context::Options, crosswalk::Reading, read};
use crate::{
    crosswalk::Loss,
    domain::{CivilId, Hierarchy, OrganisationNumber, Snapshot, UserId},
    source::{
        Answer, Institutions, Part, Source, SourceError, SourceErrorKind,
        intake::{Keeper, Outcome},
        shelf::Shelf,
        upstream::{PullError, Upstream},
        web::Web,
    },
};
pub use token::{Access, ClientCredentials};
pub use trouble::Trouble;

use self::{
    catalogue::Catalogue,
    client::{Client, Patience},
    later::Later,
    pull::Extract,
    walk::{Walk, cursor},
};

mod catalogue;
mod client;
mod later;
mod page;
mod pull;
mod token;
mod trouble;
mod walk;

/// What losses lead to.
const TARGET: &str = "hub";

/// How much is read, and how long is waited.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Objects on a page, as we ask for; 0 asks for nothing.
    pub page: usize,
    /// Pages of a list at most.
    pub pages: usize,
    /// The largest page, in bytes.
    pub page_bytes: usize,
    /// The most that may be read onto one shelf, in bytes.
    pub walk_bytes: u64,
    /// The most that ids, places and ties of what was read may take in memory, in bytes.
    pub index_bytes: u64,
    /// The most that one institution may have of objects of a kind, in bytes.
    pub institution_bytes: u64,
    /// A shelf of so many bytes is not too large, however little everything takes.
    pub small_shelf: u64,
    /// The longest walk.
    pub walk_time: Duration,
    /// How often a question is asked at most, where the server is busy or not there.
    pub tries: u32,
    /// The longest that a server may have us wait before we ask again.
    pub longest_wait: Duration,
    /// What a walk brought is good for so long.
    pub fresh: Duration,
    /// After so long everything is read again, and not only what has changed.
    pub full_every: Duration,
    /// So much earlier than the last walk changes are asked for.
    pub overlap: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page: 1000,
            pages: 10_000,
            page_bytes: 64 << 20,
            walk_bytes: 16 << 30,
            index_bytes: 1 << 30,
            institution_bytes: 1 << 30,
            small_shelf: 64 << 20,
            walk_time: Duration::from_secs(4 * 3600),
            tries: 5,
            longest_wait: Duration::from_secs(60),
            fresh: Duration::from_secs(600),
            full_every: Duration::from_secs(24 * 3600),
            overlap: Duration::from_secs(600),
        }
    }
}

/// The least overlap: changes may show some minutes later than they are dated.
pub const LEAST_OVERLAP: Duration = Duration::from_secs(600);

/// Whoever wants to know what was lost of an institution.
pub type Losses = dyn Fn(&OrganisationNumber<'_>, &[Loss]) + Send + Sync;

/// A clock with the offset of its place.
pub type Clock = dyn Fn() -> DateTime<FixedOffset> + Send + Sync;

/// What a server is asked with.
pub struct Settings {
    /// What the configuration calls it.
    pub name: String,
    /// The address with the prefix: `https://skola.example/v2.0`.
    pub base: String,
    /// How we show who we are.
    pub access: Access,
    /// The choices of reading: keys that are configured, persons without a marking, pupils without a class.
    pub options: Options,
    /// How much is read, and how long is waited.
    pub limits: Limits,
    /// Asks.
    pub web: Box<dyn Web>,
    /// Makes a shelf for a walk.
    pub shelves: Box<dyn Fn() -> Box<dyn Shelf> + Send + Sync>,
    /// Hears what was lost.
    pub losses: Box<Losses>,
    /// The time, as the clocks of the schools show it: what is current depends on the day there.
    pub now: Box<Clock>,
}

/// An SS12000 server elsewhere.
pub struct Ss12000 {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    client: Client,
    options: Options,
    limits: Limits,
    shelves: Box<dyn Fn() -> Box<dyn Shelf> + Send + Sync>,
    losses: Box<Losses>,
    now: Box<Clock>,
    state: Mutex<State>,
}

/// What was read last, and what came of it.
#[derive(Default)]
struct State {
    read: Option<Read>,
    /// Those who pull many institutions need not be told by the server each time that it is not there.
    failed: Option<(Trouble, Instant)>,
}

struct Read {
    catalogue: Catalogue,
    /// When the last walk began, by our clock, and by the server's.
    at: DateTime<FixedOffset>,
    began: DateTime<Utc>,
    ended: Instant,
    /// When everything was read, and how much was put aside then, in bytes.
    whole: Instant,
    needed: u64,
    /// Whether the server tells what has changed.
    tells: bool,
}

/// A failed walk is believed for so long.
const BELIEVED: Duration = Duration::from_secs(30);

impl Ss12000 {
    /// A server, which is not asked anything yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let Settings { name, base, access, options, mut limits, web, shelves, losses, now } = settings;
        limits.overlap = limits.overlap.max(LEAST_OVERLAP);
        let base = base.trim().trim_end_matches('/').to_owned();
        let client = Client { base, access, web, patience: Patience::new(&limits), most: limits.page_bytes };
        let state = Mutex::default();
        Self { inner: Arc::new(Inner { name, client, options, limits, shelves, losses, now, state }) }
    }
}

impl Inner {
    /// What was read, no older than is good. Whoever comes while somebody reads waits for it.
    fn state(&self) -> Result<MutexGuard<'_, State>, Trouble> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.read.as_ref().is_some_and(|it| it.ended.elapsed() < self.limits.fresh) {
            return Ok(state);
        }
        if let Some((trouble, _)) = state.failed.as_ref().filter(|it| it.1.elapsed() < BELIEVED) {
            return Err(trouble.clone());
        }
        match self.read(&mut state) {
            Ok(()) => {
                state.failed = None;
                Ok(state)
            }
            Err(trouble) => {
                state.failed = Some((trouble.clone(), Instant::now()));
                Err(trouble)
            }
        }
    }

    fn read(&self, state: &mut State) -> Result<(), Trouble> {
        if let Some(read) = &mut state.read
            && read.tells
            && read.whole.elapsed() < self.limits.full_every
            && read.catalogue.size() <= self.limits.small_shelf.max(read.needed.saturating_mul(2))
        {
            match self.again(read) {
                Ok(true) => return Ok(()),
                // What has piled up goes with the shelf.
                Ok(false) | Err(Trouble::TooMuch { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        // The old one is let go before the new one grows.
        state.read = None;
        state.read = Some(self.whole()?);
        Ok(())
    }

    /// Reads everything, and then what has changed meanwhile, so that lists which were read at different times fit together.
    fn whole(&self) -> Result<Read, Trouble> {
        let at = (self.now)();
        let mut catalogue = Catalogue::new((self.shelves)(), &self.limits, self.options.civil_numbers);
        let mut walk = Walk::new(&self.client, &self.limits, &mut catalogue);
        walk.everything(at.date_naive())?;
        let began = began(&walk, at);
        let tells = walk.changes(cursor(began, self.limits.overlap))?;
        // Which elements are no institutions for want of a number is told with the losses.
        pull::institutions(&mut catalogue, &Reading { options: &self.options, at })?;
        let (ended, needed) = (Instant::now(), catalogue.size());
        Ok(Read { catalogue, at, began, ended, whole: ended, needed, tells })
    }

    /// Reads what has changed. False where the server does not tell any more.
    fn again(&self, read: &mut Read) -> Result<bool, Trouble> {
        let at = (self.now)();
        read.catalogue.begin_again();
        let mut walk = Walk::new(&self.client, &self.limits, &mut read.catalogue);
        read.tells = walk.changes(cursor(read.began, self.limits.overlap))?;
        if read.tells {
            (read.began, read.at, read.ended) = (began(&walk, at), at, Instant::now());
        }
        Ok(read.tells)
    }

    /// The objects of an institution, and what was lost while reading.
    fn extract(&self, institution: &OrganisationNumber<'_>) -> Result<(Extract, Vec<Loss>), Trouble> {
        let mut state = self.state()?;
        let read = state.read.as_mut().ok_or(Trouble::Unknown)?;
        let reading = Reading { options: &self.options, at: read.at };
        let extract = Extract::of(&mut read.catalogue, institution, &reading)?;
        Ok((extract, read.catalogue.lost().0))
    }

    /// The institutions there are: of what was read, if it is fresh; else the organisations alone are asked for.
    fn institutions(&self) -> Result<Vec<OrganisationNumber<'static>>, Trouble> {
        let at = (self.now)();
        let reading = Reading { options: &self.options, at };
        if let Ok(mut state) = self.state.try_lock()
            && let Some(read) = state.read.as_mut().filter(|it| it.ended.elapsed() < self.limits.fresh)
        {
            return pull::institutions(&mut read.catalogue, &reading);
        }
        let mut catalogue = Catalogue::new((self.shelves)(), &self.limits, self.options.civil_numbers);
        Walk::new(&self.client, &self.limits, &mut catalogue).organisations()?;
        pull::institutions(&mut catalogue, &reading)
    }
}

/// When a walk began, by the clock that was behind.
fn began(walk: &Walk<'_>, at: DateTime<FixedOffset>) -> DateTime<Utc> {
    let ours = at.to_utc();
    walk.date.unwrap_or(ours).min(ours)
}

impl Upstream for Ss12000 {
    fn name(&self) -> &str {
        &self.inner.name
    }

    /// None: a server that tells of everything needs no single questions.
    fn lookups(&self) -> &dyn Source {
        &Unasked
    }

    /// The institutions among its organisations.
    fn agreements(&self) -> Answer<'_, Vec<OrganisationNumber<'static>>> {
        let inner = self.inner.clone();
        Box::pin(async move {
            let told = Later::of(move || inner.institutions()).await;
            Ok(told.ok_or_else(|| SourceError::new(SourceErrorKind::Unavailable))??)
        })
    }

    fn pull(
        &self,
        institution: &OrganisationNumber<'_>,
        keeper: &dyn Keeper,
        confirmed: bool,
    ) -> Result<Outcome, PullError> {
        self.inner.pulled(institution, keeper, confirmed)
    }
}

/// Nobody answers.
struct Unasked;

fn unsupported<'s, T: Send + 's>() -> Answer<'s, T> {
    Box::pin(std::future::ready(Err(SourceError::new(SourceErrorKind::Unsupported))))
}

impl Source for Unasked {
    fn institution<'s>(&'s self, _: &'s OrganisationNumber<'s>, _: Part<'s>) -> Answer<'s, Option<Arc<Snapshot>>> {
        unsupported()
    }

    fn institutions_of<'s>(&'s self, _: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        unsupported()
    }

    fn user_with<'s>(&'s self, _: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        unsupported()
    }

    fn civil_id_of<'s>(&'s self, _: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        unsupported()
    }

    fn hierarchy<'s>(&'s self, _: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        unsupported()
    }

    fn institutions(&self) -> Answer<'_, Institutions> {
        unsupported()
    }
}
