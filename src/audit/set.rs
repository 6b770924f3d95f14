//! Sets of people: a list that many records refer to is written once.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use sha2::{Digest as _, Sha256};

use super::{
    key::Key,
    line::{SetPart, body, hex},
};
use crate::{
    domain::Snapshot,
    source::told::{Crowd, Mark, People},
};

/// People in the order of their marks, each once.
#[derive(Debug)]
pub(super) struct Set {
    /// Half of the digest of the marks: the same people, the same set.
    pub(super) id: [u8; 16],
    /// The marks.
    pub(super) marks: Vec<Mark>,
    /// How many more cannot be marked.
    pub(super) unmarked: usize,
    /// Whether any is protected.
    pub(super) protected: bool,
}

/// So many marks are in one line.
const PART: usize = 1000;

impl Set {
    /// Of people one by one.
    pub(super) fn of(people: People) -> Self {
        let People { mut marks, unmarked, protected } = people;
        marks.sort_unstable();
        marks.dedup();
        let mut digest = Sha256::new();
        marks.iter().for_each(|it| digest.update(it));
        let mut id = [0; 16];
        id.copy_from_slice(&digest.finalize()[..16]);
        Self { id, marks, unmarked, protected }
    }

    /// The bodies of the records that hold it.
    pub(super) fn parts(&self) -> impl Iterator<Item = String> + '_ {
        let of = self.marks.len().div_ceil(PART);
        self.marks.chunks(PART).zip(1..).map(move |(marks, part)| {
            let marks: Vec<String> = marks.iter().map(|it| hex(it)).collect();
            body(&SetPart { set: hex(&self.id), part, of, marks: marks.join(" ") })
        })
    }
}

/// The sets of crowds that have been told of lately: marking everybody at an institution takes its time.
#[derive(Debug, Default)]
pub(super) struct Crowds(Mutex<Vec<Known>>);

#[derive(Debug)]
struct Known {
    snapshot: Weak<Snapshot>,
    which: String,
    set: Arc<Set>,
}

/// So many marks are remembered at most: sixteen megabytes.
const REMEMBERED: usize = 1 << 20;

impl Crowds {
    /// The set of a crowd, if it is remembered.
    pub(super) fn known(&self, crowd: &Crowd) -> Option<Arc<Set>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |it: &&Known| it.which == crowd.which && it.snapshot.as_ptr() == Arc::as_ptr(&crowd.snapshot);
        known.iter().find(is_it).map(|it| it.set.clone())
    }

    /// The set of a crowd. Takes its time, unless it is remembered.
    pub(super) fn set(&self, crowd: &Crowd, key: &Key) -> Arc<Set> {
        if let Some(known) = self.known(crowd) {
            return known;
        }
        let mut people = People::default();
        (crowd.everybody)(&crowd.snapshot, &mut |person| people.add(person, key));
        let set = Arc::new(Set::of(people));
        let snapshot = Arc::downgrade(&crowd.snapshot);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|it| it.snapshot.strong_count() > 0);
        known.push(Known { snapshot, which: crowd.which.clone(), set: set.clone() });
        let mut kept = known.iter().map(|it| it.set.marks.len()).sum::<usize>();
        while kept > REMEMBERED && known.len() > 1 {
            kept -= known.remove(0).set.marks.len();
        }
        set
    }
}
