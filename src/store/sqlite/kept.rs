//! What readers see of an institution, with the keys of the rows behind it.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use crate::{
    domain::{Member, OrganisationNumber, Snapshot},
    source::{Part, Source},
    store::Memory,
};

/// An institution as it is shown, and how the database calls its people.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) snapshot: Arc<Snapshot>,
    /// In the order of the snapshot's members, which are ordered by scope and key.
    pub(super) scopes: Vec<KeptScope>,
}

/// What one source tells of an institution.
#[derive(Debug, Clone)]
pub(super) struct KeptScope {
    /// Its number in the table.
    pub(super) id: i64,
    pub(super) source: String,
    /// The last commit that changed any of it.
    pub(super) edition: i64,
    /// Where its people begin among the members.
    pub(super) from: usize,
    /// The keys of its people, in order.
    pub(super) keys: Vec<Box<str>>,
}

impl Kept {
    /// What the memory holds of an institution after it has been put there.
    pub(super) fn of(memory: &Memory, number: &str, scopes: Vec<KeptScope>) -> Option<Self> {
        let number = OrganisationNumber::new(number);
        let answer = memory.institution(&number, Part::Everything);
        match pin!(answer).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => Some(Self { snapshot: found.ok()??, scopes }),
            // What lies in memory need not be waited for.
            Poll::Pending => None,
        }
    }

    /// A person of a scope.
    pub(super) fn member(&self, scope: &KeptScope, at: usize) -> &Member<'static> {
        &self.snapshot.roster().members[scope.from + at]
    }
}

impl KeptScope {
    /// The place of a key.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.keys.binary_search_by(|it| (**it).cmp(key)).ok()
    }
}
