//! Where wishes for copies meet: all wishes for one institution become one pull, and all hear what became of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{Semaphore, watch},
    time,
};

use super::{Attached, Clock, Missed, Pulled, Rules, Told, Wish, backoff};
use crate::{
    domain::OrganisationNumber,
    source::upstream::Upstream,
    store::{Store, StoreError, tally::Copied},
};

/// Whom to ask for copies.
pub struct Puller {
    pub(super) attached: Vec<Attached>,
    pub(super) store: Arc<dyn Store>,
    pub(super) rules: Rules,
    pub(super) clock: Clock,
    /// What others know this process by.
    pub(super) holder: String,
    pub(super) places: Semaphore,
    /// What is being pulled.
    flights: Mutex<BTreeMap<OrganisationNumber<'static>, watch::Receiver<Option<Told>>>>,
    /// Every institution that an upstream answers for.
    standings: RwLock<BTreeMap<OrganisationNumber<'static>, Standing>>,
    /// Upstreams of which it is not known yet which institutions they answer for, and whether they have failed to say.
    unknown: watch::Sender<BTreeMap<usize, bool>>,
}

/// How it stands with the copy of an institution.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The place of its upstream.
    pub(super) upstream: usize,
    /// When the call was sent that brought the copy.
    pub fetched: Option<DateTime<Utc>>,
    /// While nothing is sent for the sake of readers.
    pub quiet: Option<Quiet>,
}

/// Why nothing is sent for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Quiet {
    /// Until when.
    pub until: DateTime<Utc>,
    /// The kind of the failure; none where no pull is left.
    pub failure: Option<String>,
}

impl Quiet {
    /// What a reader is told who wants a copy meanwhile.
    pub(super) fn missed(&self) -> Missed {
        match &self.failure {
            None => Missed::Spent(self.until),
            Some(kind) => Missed::Waiting(self.until, kind.clone()),
        }
    }
}

impl Puller {
    /// A puller for these upstreams, over the store where their copies are kept.
    ///
    /// # Errors
    /// A store that fails.
    pub fn new(
        attached: Vec<Attached>,
        store: Arc<dyn Store>,
        rules: Rules,
        clock: Clock,
    ) -> Result<Arc<Self>, StoreError> {
        let silent = attached.iter().enumerate().filter(|it| it.1.institutions.is_none()).map(|it| (it.0, false));
        let puller = Self {
            unknown: watch::Sender::new(silent.collect()),
            places: Semaphore::new(rules.at_once.max(1)),
            attached,
            store,
            rules,
            clock,
            holder: uuid::Uuid::new_v4().to_string(),
            flights: Mutex::default(),
            standings: RwLock::default(),
        };
        let named = puller.attached.iter().enumerate();
        for (place, number) in named.flat_map(|(place, it)| it.institutions.iter().flatten().map(move |it| (place, it)))
        {
            puller.add(number, place);
        }
        puller.look()?;
        Ok(Arc::new(puller))
    }

    /// The institutions that upstreams answer for, in order, and how it stands with each.
    #[must_use]
    pub fn standings(&self) -> Vec<(OrganisationNumber<'static>, Standing)> {
        let standings = self.standings.read().unwrap_or_else(PoisonError::into_inner);
        standings.iter().map(|(number, it)| (number.clone(), it.clone())).collect()
    }

    /// How it stands with an institution; nothing where no upstream answers for it.
    #[must_use]
    pub fn standing(&self, number: &OrganisationNumber<'_>) -> Option<Standing> {
        self.standings.read().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }

    /// The upstream that answers for an institution.
    #[must_use]
    pub fn upstream_of(&self, number: &OrganisationNumber<'_>) -> Option<&Arc<dyn Upstream>> {
        self.standing(number).map(|it| &self.attached[it.upstream].upstream)
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Asks the upstreams without named institutions which ones they have agreements for. One that fails is as before.
    pub async fn learn(&self) -> bool {
        let mut all = true;
        for (place, attached) in self.attached.iter().enumerate().filter(|it| it.1.institutions.is_none()) {
            match attached.upstream.agreements().await {
                Ok(numbers) => {
                    numbers.iter().for_each(|it| self.add(it, place));
                    self.unknown.send_if_modified(|it| it.remove(&place).is_some());
                }
                Err(error) => {
                    all = false;
                    self.unknown
                        .send_modify(|it| it.iter_mut().filter(|it| *it.0 == place).for_each(|it| *it.1 = true));
                    tracing::warn!(upstream = attached.upstream.name(), %error, "the agreements are not known");
                }
            }
        }
        all
    }

    /// Whether it is known which institutions the upstreams answer for. While they are being asked that is waited for.
    pub(super) async fn is_known(&self) -> bool {
        let mut unknown = self.unknown.subscribe();
        let asked = unknown.wait_for(|it| it.values().all(|has_failed| *has_failed));
        matches!(time::timeout(self.rules.wait, asked).await, Ok(Ok(unknown)) if unknown.is_empty())
    }

    fn add(&self, number: &OrganisationNumber<'_>, upstream: usize) {
        let fresh = Standing { upstream, fetched: None, quiet: None };
        let mut standings = self.standings.write().unwrap_or_else(PoisonError::into_inner);
        standings.entry(number.lend().into_owned()).or_insert(fresh);
    }

    /// Takes in what other processes have kept of their pulls. May wait for a disk.
    ///
    /// # Errors
    /// A store that fails.
    pub fn look(&self) -> Result<(), StoreError> {
        for copied in self.store.copies()? {
            let Some(place) = self.attached.iter().position(|it| it.upstream.name() == copied.upstream) else {
                continue;
            };
            // What was pulled before is known to be agreed, until the configuration says otherwise.
            if self.attached[place].institutions.is_none() {
                self.add(&copied.institution, place);
            }
            self.take_in(place, &copied);
        }
        Ok(())
    }

    /// What is kept of an institution's pulls.
    pub(super) fn take_in(&self, upstream: usize, copied: &Copied) {
        let quiet = copied
            .failing
            .as_ref()
            .map(|it| Quiet { until: it.since + backoff(&it.kind, it.times), failure: Some(it.kind.clone()) });
        self.change(&copied.institution, |standing| {
            if standing.upstream == upstream {
                standing.fetched = standing.fetched.max(copied.fetched);
                // A longer silence, such as that of a day without pulls, lasts.
                if quiet.as_ref().is_some_and(|it| standing.quiet.as_ref().is_none_or(|old| old.until < it.until)) {
                    standing.quiet = quiet;
                }
            }
        });
    }

    pub(super) fn change(&self, number: &OrganisationNumber<'_>, change: impl FnOnce(&mut Standing)) {
        let mut standings = self.standings.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(standing) = standings.get_mut(&number.lend().into_owned()) {
            change(standing);
        }
    }

    /// Waits for a copy: pulls one, or joins whoever is pulling one. Who stops waiting stops nobody else.
    ///
    /// # Errors
    /// See [`Missed`].
    pub async fn pull(self: &Arc<Self>, number: &OrganisationNumber<'_>, wish: Wish) -> Told {
        let mut flight = self.board(number, wish).ok_or(Missed::Nobody)?;
        let told = flight.wait_for(Option::is_some).await.ok().and_then(|it| it.clone());
        told.unwrap_or(Err(Missed::Ours))
    }

    /// Has a copy pulled, without waiting for it.
    pub fn wish(self: &Arc<Self>, number: &OrganisationNumber<'_>, wish: Wish) {
        let _ = self.board(number, wish);
    }

    /// Whether an institution is being pulled.
    #[must_use]
    pub fn is_pulling(&self, number: &OrganisationNumber<'_>) -> bool {
        self.flights().contains_key(&number.lend().into_owned())
    }

    fn board(self: &Arc<Self>, number: &OrganisationNumber<'_>, wish: Wish) -> Option<watch::Receiver<Option<Told>>> {
        let upstream = self.standing(number)?.upstream;
        let number = number.lend().into_owned();
        let mut flights = self.flights();
        if let Some(flight) = flights.get(&number) {
            return Some(flight.clone());
        }
        let (teller, told) = watch::channel(None);
        flights.insert(number.clone(), told.clone());
        let landing = Landing { puller: self.clone(), number, teller };
        tokio::spawn(async move {
            let became = landing.puller.attempt(upstream, &landing.number, wish).await;
            landing.tell(became);
        });
        Some(told)
    }

    fn flights(&self) -> MutexGuard<'_, BTreeMap<OrganisationNumber<'static>, watch::Receiver<Option<Told>>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of the upstreams, for whoever tells of them.
    #[must_use]
    pub fn upstreams(&self) -> BTreeSet<&str> {
        self.attached.iter().map(|it| it.upstream.name()).collect()
    }
}

/// The end of a pull, however it ends.
struct Landing {
    puller: Arc<Puller>,
    number: OrganisationNumber<'static>,
    teller: watch::Sender<Option<Told>>,
}

impl Landing {
    fn tell(self, told: Told) {
        log(&self.number, &told);
        // Who comes from now on finds what was pulled, and needs no more of this.
        self.puller.flights().remove(&self.number);
        self.teller.send_replace(Some(told));
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if self.teller.borrow().is_none() {
            self.puller.flights().remove(&self.number);
        }
    }
}

fn log(number: &OrganisationNumber<'_>, told: &Told) {
    let institution = number.as_str();
    match told {
        Ok(Pulled::Done { added, changed, removed, unchanged }) => {
            tracing::info!(institution, added, changed, removed, unchanged, "pulled");
        }
        Ok(Pulled::Held { leaving, of }) => tracing::warn!(institution, leaving, of, "pulled, and held"),
        Ok(Pulled::Known) => tracing::debug!(institution, "pulled by somebody else"),
        Err(missed @ (Missed::Spent(_) | Missed::Waiting(..))) => tracing::info!(institution, "not pulled: {missed}"),
        Err(missed) => tracing::warn!(institution, "not pulled: {missed}"),
    }
}
