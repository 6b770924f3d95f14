//! Pulls from upstreams: counted before they are sent, never two at a time, and what readers get meanwhile.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use skolebro::{
    domain::{
        CivilId, Hierarchy, ImportSource, Member, OrganisationNumber, Person, PersonName, Protection, SchoolYear,
        Snapshot, UserId,
    },
    pull::{Attached, Bridge, Clock, Puller, Rules, Told, Wish},
    source::{
        Answer, Institutions, Part, Source, SourceError, SourceErrorKind,
        intake::{Heading, Keeper, Mode, Outcome},
        upstream::{PullError, Upstream},
    },
    store::{Memory, Sqlite, Store},
};
use tokio::runtime::{Builder, Runtime};

use crate::gate::{Gate, soon};

mod bridge;
mod command;
mod days;
mod faces;
mod flight;
mod logins;
mod lookups;
mod processes;
mod schedule;

const SCHOOL: &str = "999001";
const OTHER: &str = "999002";

/// Noon of a day without anything special.
const NOON: &str = "2026-09-01T10:00:00Z";

fn number(text: &'static str) -> OrganisationNumber<'static> {
    OrganisationNumber::new(text)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A clock that goes when it is told to.
#[derive(Clone)]
struct Hands(Arc<Mutex<DateTime<Utc>>>);

impl Hands {
    fn at(text: &str) -> Self {
        Self(Arc::new(Mutex::new(at(text))))
    }

    fn set(&self, text: &str) {
        *self.0.lock().unwrap() = at(text);
    }

    fn go(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }

    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn clock(&self) -> Clock {
        let hands = self.clone();
        Arc::new(move || hands.now())
    }
}

/// Why a call fails.
type Failing = fn() -> PullError;

/// An upstream that is none: it counts, and answers what it is told to.
struct Fake {
    name: &'static str,
    /// The institutions, and how often each was asked for.
    calls: Mutex<BTreeMap<String, usize>>,
    /// How many people an institution has.
    people: AtomicUsize,
    /// What comes instead of people.
    failing: Mutex<BTreeMap<&'static str, Failing>>,
    /// How long a call takes.
    takes: Duration,
    /// Where each call waits, if it does.
    gate: Option<Arc<Gate>>,
    /// The most calls at one time, and those at the moment.
    at_once: (AtomicUsize, AtomicUsize),
    /// Answers look-ups, if it does.
    lookups: Lookups,
}

impl Fake {
    fn new(people: usize) -> Self {
        Self {
            name: "stil",
            calls: Mutex::default(),
            people: AtomicUsize::new(people),
            failing: Mutex::default(),
            takes: Duration::ZERO,
            gate: None,
            at_once: (AtomicUsize::new(0), AtomicUsize::new(0)),
            lookups: Lookups::default(),
        }
    }

    fn taking(mut self, takes: Duration) -> Self {
        self.takes = takes;
        self
    }

    /// Calls wait at this.
    fn behind(mut self, gate: &Arc<Gate>) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    fn fails_for(&self, institution: &'static str, why: Failing) {
        self.failing.lock().unwrap().insert(institution, why);
    }

    fn recovers(&self) {
        self.failing.lock().unwrap().clear();
    }

    fn calls(&self, institution: &str) -> usize {
        self.calls.lock().unwrap().get(institution).copied().unwrap_or(0)
    }

    fn all_calls(&self) -> usize {
        self.calls.lock().unwrap().values().sum()
    }
}

fn unavailable() -> PullError {
    PullError::Unavailable("nobody listens".into())
}

impl Upstream for Fake {
    fn name(&self) -> &str {
        self.name
    }

    fn lookups(&self) -> &dyn Source {
        &self.lookups
    }

    fn agreements(&self) -> Answer<'_, Vec<OrganisationNumber<'static>>> {
        let fails = self.failing.lock().unwrap().contains_key("agreements");
        let told = || vec![number(SCHOOL), number(OTHER)];
        Box::pin(async move { if fails { Err(SourceError::new(SourceErrorKind::Unavailable)) } else { Ok(told()) } })
    }

    fn pull(
        &self,
        institution: &OrganisationNumber<'_>,
        keeper: &dyn Keeper,
        confirmed: bool,
    ) -> Result<Outcome, PullError> {
        *self.calls.lock().unwrap().entry(institution.as_str().to_owned()).or_default() += 1;
        let now = self.at_once.1.fetch_add(1, Ordering::SeqCst) + 1;
        self.at_once.0.fetch_max(now, Ordering::SeqCst);
        thread::sleep(self.takes);
        self.gate.iter().for_each(|it| it.pass());
        self.at_once.1.fetch_sub(1, Ordering::SeqCst);
        if let Some(why) = self.failing.lock().unwrap().get(institution.as_str()) {
            return Err(why());
        }
        let heading = Heading {
            mode: Mode::Replica,
            institution: institution.clone().into_owned(),
            name: Some("Prøveskolen".to_owned()),
            sources: vec![ImportSource {
                source: "S".into(),
                extracted_at: at("2026-01-05T05:00:00Z").fixed_offset(),
                school_year: SchoolYear { first: 2025, last: 2026 },
            }],
            confirmed,
        };
        let mut intake = keeper.begin(heading).map_err(PullError::Intake)?;
        for place in 0..self.people.load(Ordering::SeqCst) {
            let name = PersonName::new(format!("Nr. {place}"), "Eksempel");
            let user_id = Some(UserId::new(format!("{}u{place}", institution.as_str())));
            let person = Person { protection: Protection::Open, user_id, ..Person::named(name) };
            let local_id = Some(format!("P{place}").into());
            let member = Member { source: "S".into(), local_id, person: Some(person), tie: None, since: None };
            intake.member(&member).map_err(PullError::Intake)?;
        }
        intake.commit().map_err(PullError::Intake)
    }
}

/// What a fake answers to look-ups, and how often it was asked.
#[derive(Default)]
struct Lookups {
    knows: Option<Memory>,
    asked: AtomicUsize,
}

impl Lookups {
    fn known(&self) -> Result<&Memory, SourceError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.knows.as_ref().ok_or_else(|| SourceError::new(SourceErrorKind::Unavailable))
    }
}

impl Source for Lookups {
    fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Answer<'s, Option<Arc<Snapshot>>> {
        Box::pin(async move { self.known()?.institution(number, part).await })
    }

    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        Box::pin(async move { self.known()?.institutions_of(user).await })
    }

    fn user_with<'s>(&'s self, _: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        unreachable!("nobody may ask that of an upstream: who is meant is not known before")
    }

    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        Box::pin(async move { self.known()?.civil_id_of(user).await })
    }

    fn hierarchy<'s>(&'s self, _: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        unreachable!("the store tells that")
    }

    fn institutions(&self) -> Answer<'_, Institutions> {
        unreachable!("that is no look-up")
    }
}

/// Everything that a test needs.
struct Set {
    fake: Arc<Fake>,
    store: Arc<Sqlite>,
    puller: Arc<Puller>,
    bridge: Bridge,
    hands: Hands,
    runtime: Runtime,
}

impl Set {
    fn new(fake: Fake, rules: Rules) -> Self {
        Self::over(Sqlite::in_memory().unwrap(), fake, rules, NOON)
    }

    fn over(store: Sqlite, fake: Fake, rules: Rules, time: &str) -> Self {
        let (fake, store, hands) = (Arc::new(fake), Arc::new(store), Hands::at(time));
        let puller = puller(&fake, &store, &rules, &hands);
        let bridge = Bridge::new(store.clone(), puller.clone());
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { fake, store, puller, bridge, hands, runtime }
    }

    /// Somebody insists on a copy that is newer than all others.
    fn pull(&self, institution: &'static str) -> Told {
        self.runtime.block_on(self.puller.pull(&number(institution), self.newer(false)))
    }

    fn newer(&self, confirmed: bool) -> Wish {
        Wish { since: self.hands.now() + TimeDelta::milliseconds(1), patient: false, confirmed }
    }

    /// Somebody reads.
    fn read(&self, institution: &'static str) -> Result<Option<Arc<Snapshot>>, SourceError> {
        let number = number(institution);
        self.runtime.block_on(self.bridge.institution(&number, Part::Everything))
    }

    /// Waits until nothing is being pulled.
    fn settle(&self) {
        soon(|| ![SCHOOL, OTHER].iter().any(|it| self.puller.is_pulling(&number(it))));
    }

    /// How many pulls are counted on a day.
    fn counted(&self, day: &str, institution: &str) -> u64 {
        counted(&*self.store, day, institution)
    }
}

fn puller(fake: &Arc<Fake>, store: &Arc<Sqlite>, rules: &Rules, hands: &Hands) -> Arc<Puller> {
    let attached = Attached { upstream: fake.clone(), institutions: Some(vec![number(SCHOOL), number(OTHER)]) };
    Puller::new(vec![attached], store.clone(), rules.clone(), hands.clock()).unwrap()
}

fn counted(store: &dyn Store, day: &str, institution: &str) -> u64 {
    let day = day.parse().unwrap();
    let asked = store.asked(day, day).unwrap();
    asked.iter().filter(|it| it.institution.as_str() == institution).map(|it| it.count).sum()
}

fn people(snapshot: Option<Arc<Snapshot>>) -> usize {
    snapshot.map_or(0, |it| it.roster().members.len())
}
