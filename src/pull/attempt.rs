//! One attempt at a copy: the lease, the count, the call, and what is kept of it.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::{sync::oneshot, task, time};

use super::{FAULT, HELD, Missed, Pulled, Puller, Quiet, Told, Wish, backoff, kind_of};
use crate::{
    clock,
    domain::OrganisationNumber,
    source::{intake::Outcome, upstream::PullError},
    store::{
        StoreError,
        tally::{Asked, Became, Copied, Reserved},
    },
};

/// How often to look whether another process has done with an institution.
const LOOK: Duration = Duration::from_millis(200);

impl Puller {
    /// Pulls one institution, unless that is needless or must not be.
    pub(super) async fn attempt(
        self: &Arc<Self>,
        upstream: usize,
        number: &OrganisationNumber<'static>,
        wish: Wish,
    ) -> Told {
        let _place = self.places.acquire().await.map_err(|_| Missed::Ours)?;
        let told = match self.take_turn(upstream, number).await? {
            Some(told) => told,
            None => self.call(upstream, number, wish).await,
        };
        let (puller, name) = (self.clone(), lease(self.name(upstream), number));
        let released = task::spawn_blocking(move || puller.store.release(&name, &puller.holder)).await;
        if let Ok(Err(error)) = released {
            tracing::warn!(%error, "the lease of a pull ends by itself");
        }
        told
    }

    /// Lets a thread that may wait do it, and meanwhile tells others that this process is at it.
    async fn call(self: &Arc<Self>, upstream: usize, number: &OrganisationNumber<'static>, wish: Wish) -> Told {
        let (stop, stopped) = oneshot::channel();
        let renewing = tokio::spawn(self.clone().renew(upstream, number.clone(), stopped));
        let (puller, asked) = (self.clone(), number.clone());
        let told = task::spawn_blocking(move || puller.ask(upstream, &asked, wish)).await;
        // Renewed after it was given back the lease would keep others waiting for nothing.
        drop(stop);
        let _ = renewing.await;
        if let Ok(told) = told {
            return told;
        }
        // A fault of ours must not be repeated at once either.
        let (puller, asked) = (self.clone(), number.clone());
        let _ = task::spawn_blocking(move || puller.note_failure(upstream, &asked, FAULT, TimeDelta::zero())).await;
        Err(Missed::Ours)
    }

    pub(super) fn name(&self, upstream: usize) -> &str {
        self.attached[upstream].upstream.name()
    }

    /// Waits until no other process pulls the institution. What that one was told, if one did.
    async fn take_turn(
        self: &Arc<Self>,
        upstream: usize,
        number: &OrganisationNumber<'static>,
    ) -> Result<Option<Told>, Missed> {
        let mut before = None;
        loop {
            let (puller, number) = (self.clone(), number.clone());
            let looked = task::spawn_blocking(move || puller.look_at(upstream, &number)).await;
            let (is_ours, copied) = looked.map_err(|_| Missed::Ours)?.map_err(store)?;
            match before {
                _ if !is_ours => before = before.or(Some(copied)),
                None => return Ok(None),
                Some(before) => return Ok(became(before.as_ref(), copied.as_ref())),
            }
            time::sleep(LOOK).await;
        }
    }

    /// Tries to be the only one to pull an institution; and what is kept of its pulls.
    fn look_at(
        &self,
        upstream: usize,
        number: &OrganisationNumber<'static>,
    ) -> Result<(bool, Option<Copied>), StoreError> {
        let name = self.name(upstream);
        let is_ours = self.extend(&lease(name, number))?;
        let copied = self.store.copied(name, number)?;
        if let Some(copied) = &copied {
            self.take_in(upstream, copied);
        }
        if !is_ours {
            self.store.refresh()?;
        }
        Ok((is_ours, copied))
    }

    fn extend(&self, lease: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let until = now + TimeDelta::from_std(self.rules.lease).unwrap_or(TimeDelta::MAX);
        Ok(self.store.lease(lease, &self.holder, now, until)?.is_none())
    }

    /// Tells others that this process is still at it.
    async fn renew(
        self: Arc<Self>,
        upstream: usize,
        number: OrganisationNumber<'static>,
        mut stopped: oneshot::Receiver<()>,
    ) {
        loop {
            tokio::select! {
                _ = &mut stopped => return,
                () = time::sleep(self.rules.lease / 3) => {}
            }
            let (puller, name) = (self.clone(), lease(self.name(upstream), &number));
            if let Ok(Err(error)) = task::spawn_blocking(move || puller.extend(&name)).await {
                tracing::warn!(%error, "the lease of a pull cannot be renewed");
            }
        }
    }

    /// Counts, then calls. May wait for the network and for a disk.
    fn ask(&self, upstream: usize, number: &OrganisationNumber<'static>, wish: Wish) -> Told {
        let name = self.name(upstream);
        if let Some(copied) = self.store.copied(name, number).map_err(store)? {
            if copied.fetched.is_some_and(|it| it >= wish.since) {
                self.store.refresh().map_err(store)?;
                return Ok(Pulled::Known);
            }
            let until = copied.failing.map(|it| (it.since + backoff(&it.kind, it.times), it.kind));
            if let Some((until, kind)) = until.filter(|it| wish.patient && self.now() < it.0) {
                return Err(Missed::Waiting(until, kind));
            }
        }
        self.reserve(name, number)?;
        let sent = self.now();
        let became = self.attached[upstream].upstream.pull(number, &*self.store, wish.confirmed);
        self.note(upstream, number, sent, became)
    }

    /// Counts a pull on every day that it may be sent on. Waiting for the count may have taken it over midnight.
    fn reserve(&self, upstream: &str, number: &OrganisationNumber<'_>) -> Result<(), Missed> {
        let mut counted = Vec::new();
        loop {
            let mut days = clock::danish_days_around(self.now(), self.rules.guard);
            days.retain(|it| !counted.contains(it));
            if days.is_empty() {
                return Ok(());
            }
            let reserved = self.store.reserve_pull(upstream, number, &days, self.rules.quota).map_err(store)?;
            if let Reserved::Spent { day } = reserved {
                let until = self.free_after(upstream, number, day)?;
                self.change(number, |it| it.quiet = Some(Quiet { until, failure: None }));
                return Err(Missed::Spent(until));
            }
            counted.extend(days);
        }
    }

    /// When the next pull may be sent after a day without one left: the day after may be full too, of pulls close to midnight.
    fn free_after(
        &self,
        upstream: &str,
        number: &OrganisationNumber<'_>,
        day: NaiveDate,
    ) -> Result<DateTime<Utc>, Missed> {
        let next = day.succ_opt().unwrap_or(day);
        let asked = self.store.asked(next, next).map_err(store)?;
        let is_full = |it: &Asked| it.upstream == upstream && it.institution == *number && it.count >= self.rules.quota;
        let last = if asked.iter().any(is_full) { next } else { day };
        Ok(clock::danish_end_of(last) + self.rules.guard)
    }

    /// When the next pull may be sent, where none may now. Reads the store.
    pub(super) fn spent_until(&self, number: &OrganisationNumber<'_>) -> Result<Option<DateTime<Utc>>, Missed> {
        let Some(standing) = self.standing(number) else { return Ok(None) };
        let name = self.name(standing.upstream);
        let days = clock::danish_days_around(self.now(), self.rules.guard);
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(None) };
        let mut asked = self.store.asked(*first, *last).map_err(store)?;
        asked.retain(|it| it.upstream == name && it.institution == *number && it.count >= self.rules.quota);
        let Some(full) = asked.last() else { return Ok(None) };
        let until = self.free_after(name, number, full.day)?;
        self.change(number, |it| it.quiet = Some(Quiet { until, failure: None }));
        Ok(Some(until))
    }

    /// Keeps what became of a call, for all processes and for the readers of this one.
    fn note(
        &self,
        upstream: usize,
        number: &OrganisationNumber<'static>,
        sent: DateTime<Utc>,
        became: Result<Outcome, PullError>,
    ) -> Told {
        match became {
            Ok(Outcome::Done(it)) => {
                self.keep(upstream, number, &Became::Copy(sent));
                self.change(number, |it| (it.fetched, it.quiet) = (Some(sent), None));
                let (added, changed, removed, unchanged) = (it.added, it.changed, it.removed, it.unchanged);
                Ok(Pulled::Done { added, changed, removed, unchanged })
            }
            Ok(Outcome::Held { leaving, of }) => {
                self.note_failure(upstream, number, HELD, TimeDelta::zero());
                Ok(Pulled::Held { leaving, of })
            }
            Err(error) => {
                let asked_for = match &error {
                    PullError::Busy(wait) => TimeDelta::from_std(*wait).unwrap_or_default().min(TimeDelta::days(1)),
                    _ => TimeDelta::zero(),
                };
                let until = self.note_failure(upstream, number, kind_of(&error), asked_for);
                Err(Missed::Failed(until, Arc::new(error)))
            }
        }
    }

    /// Keeps that a call brought nothing. Until when no other is sent for the sake of readers.
    fn note_failure(
        &self,
        upstream: usize,
        number: &OrganisationNumber<'static>,
        kind: &str,
        at_least: TimeDelta,
    ) -> DateTime<Utc> {
        let ended = self.now();
        self.keep(upstream, number, &Became::Failure(ended, kind));
        let kept = self.store.copied(self.name(upstream), number).ok().flatten();
        let times = kept.and_then(|it| it.failing).map_or(1, |it| it.times);
        let until = ended + backoff(kind, times).max(at_least);
        self.change(number, |it| it.quiet = Some(Quiet { until, failure: Some(kind.to_owned()) }));
        until
    }

    fn keep(&self, upstream: usize, number: &OrganisationNumber<'static>, became: &Became<'_>) {
        if let Err(error) = self.store.note_pull(self.name(upstream), number, became) {
            tracing::warn!(%error, institution = number.as_str(), "what became of a pull is not kept");
        }
    }
}

/// What only one process at a time may do.
fn lease(upstream: &str, number: &OrganisationNumber<'_>) -> String {
    format!("pull {} {upstream}", number.as_str())
}

fn store(why: StoreError) -> Missed {
    Missed::Store(why.to_string())
}

/// What another process was told between two looks at what is kept; nothing if it left without a word.
fn became(before: Option<&Copied>, after: Option<&Copied>) -> Option<Told> {
    let after = after?;
    if after.fetched > before.and_then(|it| it.fetched) {
        return Some(Ok(Pulled::Known));
    }
    let failing = after.failing.as_ref()?;
    let was_known = before.and_then(|it| it.failing.as_ref()).is_some_and(|it| it.times == failing.times);
    (!was_known).then(|| Err(Missed::Elsewhere(failing.kind.clone())))
}
