//! Telling subscribers that something has changed: what there is to tell follows from the ledger and from how far each subscription
//! has got, so nothing is lost when the process ends, and many changes while a receiver is away are one notice.
//!
//! It has a thread of its own: a receiver that is slow holds up nobody but itself.

pub mod schedule;
pub mod send;
pub mod sign;
pub mod vet;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, mpsc},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    task::{self, JoinSet},
    time::sleep,
};
use uuid::Uuid;

use crate::{
    source::{
        Source,
        subscription::{Progress, Subscription, Targets},
    },
    standards::ss12000::{
        feed::{self, Style},
        ledger::Book,
        serve::Service,
        view::Caller,
    },
    store::{Store, StoreError},
};
use send::Sender;
use vet::{Reach, Resolver};

/// How often it is looked whether there is anything to tell.
const LOOK: Duration = Duration::from_secs(1);

/// Notices on their way at once, those of them to one host, and those for one caller.
const AT_ONCE: usize = 32;
const AT_ONE_HOST: usize = 2;
const FOR_ONE_CALLER: usize = 8;

/// How long the other processes of a store believe that we tell, and how long before its end that is said again.
const LEASE: TimeDelta = TimeDelta::seconds(30);
const RENEWAL: TimeDelta = TimeDelta::seconds(15);

/// What a caller may see, by name; nothing for one who may no longer call.
pub type Sight = Box<dyn Fn(&str) -> Option<Caller> + Send + Sync>;

/// How notices are sent.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How they are written.
    pub style: Style,
    /// Secrets that they are signed with, the newest first. Without any they are not signed.
    pub secrets: Vec<String>,
}

/// Names that are looked up at once when somebody subscribes, and how long that may take: a name may lead to a server that never
/// answers.
const LOOKED_UP: usize = 8;
const PATIENCE: Duration = Duration::from_secs(5);

/// Says where notices may be sent when somebody subscribes.
pub struct Doorman {
    /// What may be reached.
    pub reach: Reach,
    /// Who knows addresses.
    pub resolver: Arc<dyn Resolver>,
    /// One for each name that is being looked up, and one more.
    pub busy: Arc<()>,
}

impl Targets for Doorman {
    fn vet(&self, target: &str) -> Result<(), &'static str> {
        const SLOW: &str = "The target's name could not be looked up in time: try again later.";
        if Arc::strong_count(&self.busy) > LOOKED_UP {
            return Err(SLOW);
        }
        let (reach, resolver, busy) = (self.reach.clone(), self.resolver.clone(), self.busy.clone());
        let (target, (done, told)) = (target.to_owned(), mpsc::channel());
        let look = move || {
            // Whoever asked may have gone.
            let _ = done.send(reach.vet(&target, &*resolver));
            drop(busy);
        };
        let thread = std::thread::Builder::new().name("addresses".to_owned()).spawn(look);
        thread.map_err(|_| SLOW)?;
        told.recv_timeout(PATIENCE).unwrap_or(Err(SLOW))
    }
}

/// Somebody who tells subscribers.
pub struct Teller {
    /// Whose subscriptions.
    pub store: Arc<dyn Store>,
    /// Of what.
    pub service: Arc<Service>,
    /// From where.
    pub source: Arc<dyn Source>,
    /// For whom.
    pub sight: Sight,
    /// By whom.
    pub sender: Sender,
    /// How.
    pub settings: Settings,
    /// What time it is.
    pub now: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// What is on its way.
    pub under_way: UnderWay,
}

/// Notices that are on their way.
#[derive(Debug, Default)]
pub struct UnderWay {
    sent: JoinSet<Sent>,
    /// Which subscription each task tells, and at which host for which caller.
    tasks: BTreeMap<task::Id, (Uuid, String, String)>,
    subscriptions: BTreeSet<Uuid>,
    hosts: BTreeMap<String, usize>,
    callers: BTreeMap<String, usize>,
    holder: Option<String>,
    leased: Option<DateTime<Utc>>,
}

/// What became of one.
#[derive(Debug)]
struct Sent {
    was: Progress,
    told: i64,
    outcome: Result<(), String>,
}

impl Teller {
    /// Tells for as long as the process lasts, on a thread of its own.
    ///
    /// # Errors
    /// A thread that cannot be made.
    pub fn start(mut self) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("notices".to_owned()).spawn(move || {
            runtime.block_on(async {
                loop {
                    self.round().await;
                    sleep(LOOK).await;
                }
            });
        })?;
        Ok(())
    }

    /// Takes in what became of notices, makes the next view if anything has changed, and sends what there is to tell.
    pub async fn round(&mut self) {
        while let Some(sent) = self.under_way.sent.try_join_next_with_id() {
            self.note(sent);
        }
        let book = match self.service.view(&*self.source).await {
            Ok(view) => view.book().cloned(),
            Err(error) => return tracing::warn!(%error, "changes cannot be told"),
        };
        let Some(book) = book else { return };
        if let Err(error) = self.tell(&book) {
            tracing::warn!(error = &*error, "subscribers cannot be told");
        }
    }

    /// Waits until nothing is on its way, and takes in what became of it.
    pub async fn settle(&mut self) {
        while let Some(sent) = self.under_way.sent.join_next_with_id().await {
            self.note(sent);
        }
    }

    fn tell(&mut self, book: &Arc<Book>) -> Result<(), Box<dyn std::error::Error>> {
        let now = (self.now)();
        let mut all = self.store.subscriptions(None)?;
        if all.is_empty() || !self.is_our_turn(now)? {
            return Ok(());
        }
        if all.iter().any(|it| it.expires <= now) {
            self.store.lapse(now)?;
        }
        // Those who have always answered go first.
        all.sort_by_key(|it| it.progress.failing.is_some());
        for subscription in all.into_iter().filter(|it| it.expires > now && it.progress.suspended.is_none()) {
            let Progress { told, failing, .. } = &subscription.progress;
            let is_due = *told < book.moment() && failing.is_none_or(|it| it.next <= now);
            if is_due && !self.under_way.subscriptions.contains(&subscription.id) {
                self.tell_one(subscription, book)?;
            }
        }
        Ok(())
    }

    fn tell_one(&mut self, subscription: Subscription, book: &Arc<Book>) -> Result<(), Box<dyn std::error::Error>> {
        let Some(caller) = (self.sight)(&subscription.caller) else { return Ok(()) };
        let Subscription { id, caller: name, target, progress, .. } = &subscription;
        let told = book.moment();
        let Some(body) = feed::notice(book, &caller, &subscription, self.settings.style) else {
            let is = Progress { told, ..Progress::default() };
            self.store.progress(*id, progress, &is)?;
            return Ok(());
        };
        let host = host(target);
        let UnderWay { subscriptions, hosts, callers, .. } = &mut self.under_way;
        let has_room = |counts: &BTreeMap<String, usize>, of, most| counts.get(of).is_none_or(|it| *it < most);
        let is_full = subscriptions.len() >= AT_ONCE;
        if is_full || !has_room(hosts, &host, AT_ONE_HOST) || !has_room(callers, name, FOR_ONE_CALLER) {
            return Ok(());
        }
        *hosts.entry(host.clone()).or_default() += 1;
        *callers.entry(name.clone()).or_default() += 1;
        subscriptions.insert(*id);
        let mut headers = vec![("x-skolebro-subscription", id.to_string())];
        let signed = sign::header(&self.settings.secrets, name, (self.now)().timestamp(), &body);
        headers.extend(signed.map(|it| ("x-skolebro-signature", it)));
        let (sender, target, was, id) = (self.sender.clone(), target.clone(), progress.clone(), *id);
        let task = self.under_way.sent.spawn(async move {
            let outcome = sender.send(&target, headers, body).await;
            Sent { was, told, outcome }
        });
        self.under_way.tasks.insert(task.id(), (id, host, name.clone()));
        Ok(())
    }

    fn note(&mut self, ended: Result<(task::Id, Sent), task::JoinError>) {
        let task = ended.as_ref().map_or_else(task::JoinError::id, |it| it.0);
        let Some((id, host, caller)) = self.under_way.tasks.remove(&task) else { return };
        self.under_way.subscriptions.remove(&id);
        one_less(&mut self.under_way.hosts, &host);
        one_less(&mut self.under_way.callers, &caller);
        // One that broke off is told again in the next round.
        let Ok((_, Sent { was, told, outcome })) = ended else { return };
        let is = match &outcome {
            Ok(()) => Progress { told, ..Progress::default() },
            Err(why) => schedule::failed(&was, (self.now)(), luck(), why),
        };
        if let Err(why) = &outcome {
            let suspended = is.suspended.is_some();
            tracing::warn!(subscription = %id, why = %why, suspended, "a notice has not arrived");
        }
        // Should it not be kept, the notice is sent again: rather twice than never.
        if let Err(error) = self.store.progress(id, &was, &is) {
            tracing::warn!(%error, "what became of a notice is not kept");
        }
    }

    /// Of the processes that share a store one tells.
    fn is_our_turn(&mut self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        if self.under_way.leased.is_some_and(|it| now < it - RENEWAL) {
            return Ok(true);
        }
        let holder = self.under_way.holder.get_or_insert_with(|| Uuid::new_v4().to_string());
        let until = now + LEASE;
        let is_ours = self.store.lease("notices", holder, now, until)?.is_none();
        self.under_way.leased = is_ours.then_some(until);
        Ok(is_ours)
    }
}

fn one_less(counts: &mut BTreeMap<String, usize>, of: &str) {
    if let Some(count) = counts.get_mut(of) {
        *count -= 1;
        if *count == 0 {
            counts.remove(of);
        }
    }
}

fn host(target: &str) -> String {
    reqwest::Url::parse(target).ok().and_then(|it| it.host_str().map(ToOwned::to_owned)).unwrap_or_default()
}

/// From 0 to 1000.
fn luck() -> u16 {
    u16::try_from(Uuid::new_v4().as_u128() % 1001).unwrap_or_default()
}
