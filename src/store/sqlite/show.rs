//! From what is committed to what is shown.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    Sqlite,
    kept::{Kept, KeptScope},
    load, rows,
};
use crate::{
    domain::{Member, Roster, Snapshot},
    store::StoreError,
};

/// What an import has made of the people of an institution.
pub(super) struct Next {
    /// The institution's number in the table.
    pub(super) id: i64,
    pub(super) number: String,
    /// The commit.
    pub(super) edition: i64,
    /// The last change.
    pub(super) sequence: i64,
    /// What was shown before.
    pub(super) before: Option<Arc<Kept>>,
    /// What has another state now.
    pub(super) scopes: Vec<NextScope>,
}

/// What has become of what one source tells.
pub(super) struct NextScope {
    pub(super) id: i64,
    pub(super) source: String,
    /// The last commit that changed any of it.
    pub(super) edition: i64,
    pub(super) keys: Vec<Box<str>>,
    pub(super) slots: Vec<Slot>,
}

/// A person after an import.
pub(super) enum Slot {
    /// The one at this place among the members that were shown.
    Kept(usize),
    /// One who is new or has changed.
    Fresh(Box<Member<'static>>),
}

impl Next {
    /// How the rows of the people are called, where nothing has changed but the commit.
    fn scopes(self) -> Vec<KeptScope> {
        let mut scopes = self.before.as_deref().map(|it| it.scopes.clone()).unwrap_or_default();
        for next in self.scopes {
            match scopes.iter_mut().find(|it| it.id == next.id) {
                Some(kept) => kept.edition = next.edition,
                None => scopes.push(KeptScope {
                    id: next.id,
                    source: next.source,
                    edition: next.edition,
                    from: 0,
                    keys: next.keys,
                }),
            }
        }
        scopes.sort_by_key(|it| it.id);
        scopes
    }

    /// The people, and how their rows are called. Scopes are ordered by id, as when they are read.
    fn people(self) -> (Vec<Member<'static>>, Vec<KeptScope>) {
        let Self { before, mut scopes, .. } = self;
        let before = before.as_deref();
        for kept in before.iter().flat_map(|it| &it.scopes) {
            if scopes.iter().all(|it| it.id != kept.id) {
                let slots = (kept.from..kept.from + kept.keys.len()).map(Slot::Kept).collect();
                let KeptScope { id, source, edition, from: _, keys } = kept.clone();
                scopes.push(NextScope { id, source, edition, keys, slots });
            }
        }
        scopes.sort_by_key(|it| it.id);
        let mut members = Vec::with_capacity(scopes.iter().map(|it| it.slots.len()).sum());
        let mut told = Vec::with_capacity(scopes.len());
        for NextScope { id, source, edition, keys, slots } in scopes {
            let from = members.len();
            let shown = before.map(|it| &it.snapshot.roster().members);
            members.extend(slots.into_iter().filter_map(|it| match it {
                Slot::Kept(at) => shown.map(|it| it[at].clone()),
                Slot::Fresh(member) => Some(*member),
            }));
            told.push(KeptScope { id, source, edition, from, keys });
        }
        (members, told)
    }
}

/// What will be shown once it is committed.
pub(super) struct Ready {
    edition: i64,
    sequence: i64,
    number: String,
    snapshot: Snapshot,
    scopes: Vec<KeptScope>,
}

impl Sqlite {
    /// Commits, and shows at once what came of it. Whoever reads the feed of changes sees both or neither.
    pub(super) fn commit(&self, transaction: Transaction<'_>, next: Next) -> Result<(), StoreError> {
        // Others may have committed too: then everything is read anew.
        let alone = next.edition == self.shown_edition() + 1;
        let changed = next.sequence > i64::try_from(self.sequence.load(Ordering::Acquire)).unwrap_or(i64::MAX);
        let ready = alone.then(|| ready(&transaction, next, changed)).transpose()?;
        let _swap = self.swap.write().unwrap_or_else(PoisonError::into_inner);
        transaction.commit()?;
        if let Some(Ready { edition, sequence, number, snapshot, scopes }) = ready {
            self.put(vec![(number, snapshot, scopes)]);
            self.set_shown(edition, sequence);
        }
        Ok(())
    }

    /// Shows what has been committed. Should it fail, readers go on with what they had, and the next look at the database
    /// tries again.
    pub(super) fn show(&self, writer: &mut Connection) {
        if let Err(why) = self.catch_up(writer) {
            tracing::error!(error = &why as &dyn std::error::Error, "what was kept cannot be shown yet");
        }
    }

    /// Reads every institution that has changed since the last look. Whoever calls holds the writer, so that nobody else
    /// of this process commits meanwhile.
    pub(super) fn catch_up(&self, writer: &mut Connection) -> Result<bool, StoreError> {
        let view = writer.transaction_with_behavior(TransactionBehavior::Deferred)?;
        let changed = load::changed_since(&view, self.shown_edition())?;
        let any = !changed.is_empty();
        let renamed = if any { load::renamed(&view)? } else { Vec::new() };
        let mut read = Vec::with_capacity(changed.len());
        for (id, number) in changed {
            let (roster, scopes) = load::institution(&view, id, &number)?;
            read.push((number, Snapshot::new(roster).with_renamed(renamed.iter().cloned()), scopes));
        }
        let (edition, sequence) = (load::last_edition(&view)?, rows::last(&view)?);
        view.finish()?;
        if any {
            self.put(read);
        }
        self.set_shown(edition, sequence);
        Ok(any)
    }

    fn put(&self, read: Vec<(String, Snapshot, Vec<KeptScope>)>) {
        let (mut snapshots, mut scopes) = (Vec::with_capacity(read.len()), Vec::with_capacity(read.len()));
        for (number, snapshot, told) in read {
            snapshots.push(snapshot);
            scopes.push((number, told));
        }
        self.memory.put(snapshots);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, scopes) in scopes {
            if let Some(it) = Kept::of(&self.memory, &number, scopes) {
                kept.insert(number, Arc::new(it));
            }
        }
    }

    /// An institution as it is shown.
    pub(super) fn kept(&self, number: &str) -> Option<Arc<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }
}

/// `changed`: something is told differently, and not only at another time.
fn ready(transaction: &Connection, next: Next, changed: bool) -> Result<Ready, StoreError> {
    let (id, edition, sequence, number) = (next.id, next.edition, next.sequence, next.number.clone());
    let shown = next.before.as_ref().filter(|_| !changed).map(|it| it.snapshot.clone());
    let (snapshot, scopes) = match shown {
        Some(shown) => {
            let sources = load::sources(transaction, id)?;
            let newest = load::newest(&sources);
            (shown.told_again(sources, newest), next.scopes())
        }
        None => {
            let frame = load::frame(transaction, id, &number)?;
            let (members, scopes) = next.people();
            let snapshot = Snapshot::new(Roster { members, ..frame });
            (snapshot.with_renamed(load::renamed(transaction)?), scopes)
        }
    };
    Ok(Ready { edition, sequence, number, snapshot, scopes })
}
