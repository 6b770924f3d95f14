//! Copies that are asked for without anybody's wish: at times of the Danish clock, or every so many hours.
//!
//! What is due follows from what is kept, so a run that was missed is made up for once, and what another process or a person
//! has pulled meanwhile is not pulled again.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use tokio::{task, time};

use super::{Puller, Standing, Wish};
use crate::{
    clock,
    domain::{OrganisationNumber, digest},
};

/// How often to look what is due.
const LOOK: Duration = Duration::from_secs(20);

/// How often to ask for agreements, and how soon again where that failed.
const LEARN: TimeDelta = TimeDelta::hours(6);
const LEARN_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// When.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Never: only when somebody asks.
    Never,
    /// At these times of the Danish clock.
    Times(Vec<NaiveTime>),
    /// So long after the last copy.
    Every(TimeDelta),
}

/// When, and how far spread out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    plan: Plan,
    spread: TimeDelta,
    /// Others draw others, so that not all servers in the country call at once.
    lot: u64,
}

impl Schedule {
    /// A schedule. Each institution is late by a part of `spread`, which `lot` decides.
    #[must_use]
    pub fn new(plan: Plan, spread: TimeDelta, lot: u64) -> Self {
        Self { plan, spread, lot }
    }

    /// What an institution needs now by the schedule: a copy that is not older than this. Nothing where it has one.
    #[must_use]
    pub fn due(
        &self,
        number: &OrganisationNumber<'_>,
        fetched: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let late = self.late(number);
        let since = match &self.plan {
            Plan::Never => return None,
            // A copy from shortly before is as good as one of the run itself.
            Plan::Times(times) => last(times, now - late)? - self.spread,
            Plan::Every(pause) => now - *pause - late,
        };
        fetched.is_none_or(|it| it < since).then_some(since)
    }

    /// By how much an institution is late.
    fn late(&self, number: &OrganisationNumber<'_>) -> TimeDelta {
        let drawn = digest(self.lot.to_be_bytes().into_iter().chain(number.as_str().bytes()));
        let drawn = drawn ^ (drawn >> 32);
        let seconds = u64::try_from(self.spread.num_seconds()).unwrap_or(0);
        TimeDelta::seconds(i64::try_from(drawn % (seconds + 1)).unwrap_or(0))
    }
}

/// The last of these times that has come.
fn last(times: &[NaiveTime], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = clock::danish_day_of(now);
    let days = [today.checked_sub_days(Days::new(1)), Some(today)];
    let moments = days.into_iter().flatten().flat_map(|day| times.iter().map(move |it| clock::danish_time(day, *it)));
    moments.filter(|it| *it <= now).max()
}

impl Puller {
    /// Has everything pulled that is due. Returns which those are.
    pub fn run(self: &Arc<Self>, schedule: &Schedule) -> Vec<OrganisationNumber<'static>> {
        let now = self.now();
        let is_quiet = |it: &Standing| it.quiet.as_ref().is_some_and(|it| now < it.until);
        let mut due = Vec::new();
        for (number, standing) in self.standings() {
            if is_quiet(&standing) || self.is_pulling(&number) {
                continue;
            }
            if let Some(since) = schedule.due(&number, standing.fetched, now) {
                self.wish(&number, Wish { since, patient: true, confirmed: false });
                due.push(number);
            }
        }
        due
    }
}

/// Keeps to a schedule for as long as it is let, and up with what other processes pull.
pub async fn keep(puller: Arc<Puller>, schedule: Schedule) {
    let mut learn_at = puller.now();
    loop {
        if learn_at <= puller.now() {
            learn_at = puller.now() + if puller.learn().await { LEARN } else { LEARN_AGAIN };
        }
        let looking = puller.clone();
        if let Ok(Err(error)) = task::spawn_blocking(move || looking.look()).await {
            tracing::warn!(%error, "what is kept of pulls cannot be read");
        }
        puller.run(&schedule);
        time::sleep(LOOK).await;
    }
}
