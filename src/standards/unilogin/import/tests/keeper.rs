//! A keeper in memory: small, honest about what the seam promises, and able to fail.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use chrono::{DateTime, FixedOffset};

use crate::{
    domain::{Group, GroupKind, Member, Organisation, UserId},
    source::intake::{Heading, Intake, IntakeError, Keeper, Mode, Outcome, Receipt},
};

/// What is kept of one source at one institution.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Kept {
    pub(super) groups: BTreeMap<String, Group<'static>>,
    pub(super) members: BTreeMap<String, Member<'static>>,
}

/// What fails when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    Never,
    Begin,
    Group,
    Asked,
    Member,
    Commit,
}

pub(super) struct Memory {
    state: Mutex<State>,
    pub(super) failing: Failing,
    pub(super) error: fn() -> IntakeError,
    /// More people than this must be confirmed to go.
    pub(super) most_leaving: usize,
}

#[derive(Default)]
pub(super) struct State {
    kept: BTreeMap<(String, String), Kept>,
    last: BTreeMap<(String, String), DateTime<FixedOffset>>,
    users: BTreeMap<(String, String), UserId<'static>>,
    /// How often something was handed in, whatever became of it.
    pub(super) handed_in: usize,
    pub(super) begun: Vec<Heading>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), failing: Failing::Never, error: || IntakeError::Full, most_leaving: usize::MAX }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What is kept of the demo's source at the demo's institution.
    pub(super) fn kept(&self) -> Kept {
        self.state().kept.get(&("999006".to_owned(), "DemoAdm".to_owned())).cloned().unwrap_or_default()
    }

    fn fails(&self, now: Failing) -> Result<(), IntakeError> {
        if self.failing == now { Err((self.error)()) } else { Ok(()) }
    }
}

struct Open<'m> {
    memory: &'m Memory,
    heading: Heading,
    key: (String, String),
    before: Kept,
    after: Kept,
    people: Vec<String>,
}

impl Keeper for Memory {
    fn begin(&self, heading: Heading) -> Result<Box<dyn Intake + '_>, IntakeError> {
        self.fails(Failing::Begin)?;
        let mut state = self.state();
        let [source] = heading.sources.as_slice() else { panic!("an import has one source") };
        let key = (heading.institution.as_str().to_owned(), source.source.to_string());
        if let Some(last) = state.last.get(&key).filter(|it| **it >= source.extracted_at) {
            return Err(IntakeError::Outdated { last: *last });
        }
        state.begun.push(heading.clone());
        let before = state.kept.get(&key).cloned().unwrap_or_default();
        let after = if heading.mode == Mode::Full { Kept::default() } else { before.clone() };
        Ok(Box::new(Open { memory: self, heading, key, before, after, people: Vec::new() }))
    }

    fn keep_organisations(&self, _: &[Organisation<'_>]) -> Result<usize, IntakeError> {
        Ok(0)
    }
}

impl Intake for Open<'_> {
    fn group_kind(&mut self, id: &str) -> Result<Option<GroupKind>, IntakeError> {
        self.memory.fails(Failing::Asked)?;
        Ok(self.after.groups.get(id).map(|it| it.kind))
    }

    fn group(&mut self, group: &Group<'_>) -> Result<(), IntakeError> {
        self.memory.fails(Failing::Group)?;
        self.memory.state().handed_in += 1;
        self.after.groups.insert(group.id.to_string(), group.clone().into_owned());
        Ok(())
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), IntakeError> {
        self.memory.fails(Failing::Member)?;
        self.memory.state().handed_in += 1;
        let id = member.local_id.as_deref().expect("imports have local ids").to_owned();
        self.people.push(id.clone());
        self.after.members.insert(id, member.clone().into_owned());
        Ok(())
    }

    fn remove(&mut self, local_id: &str) -> Result<bool, IntakeError> {
        Ok(self.after.members.remove(local_id).is_some())
    }

    fn commit(self: Box<Self>) -> Result<Outcome, IntakeError> {
        self.memory.fails(Failing::Commit)?;
        let Self { memory, heading, key, before, after, people } = *self;
        let leaving = before.members.keys().filter(|it| !after.members.contains_key(*it)).count();
        if leaving > memory.most_leaving && !heading.confirmed {
            return Ok(Outcome::Held { leaving, of: before.members.len() });
        }
        let mut state = memory.state();
        let mut minted = Vec::new();
        for id in people {
            let next = format!("user{:04}", state.users.len() + 1);
            let user = state.users.entry((key.1.clone(), id.clone())).or_insert_with(|| UserId::new(next)).clone();
            minted.push((id, user));
        }
        state.last.insert(key.clone(), heading.sources[0].extracted_at);
        state.kept.insert(key, after);
        Ok(Outcome::Done(Receipt { people: minted, ..Receipt::default() }))
    }
}
