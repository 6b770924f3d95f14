//! Waiting for one's turn: one import at a time for each institution, first come, first served.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// The queues of all institutions.
#[derive(Debug, Default)]
pub(super) struct Turns {
    queues: Mutex<BTreeMap<String, Queue>>,
    moved: Condvar,
}

/// Like the tickets at a counter: the next one to be given out, and the one that is served.
#[derive(Debug, Default)]
struct Queue {
    next: u64,
    served: u64,
}

/// Being the one who is served. The next one's turn comes when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'t> {
    turns: &'t Turns,
    institution: String,
}

impl Turns {
    /// Waits until everybody who came before has gone. A thread that has the turn and takes another one waits for itself.
    pub(super) fn take(&self, institution: &str) -> Turn<'_> {
        let mut queues = self.lock();
        let queue = queues.entry(institution.to_owned()).or_default();
        let ticket = queue.next;
        queue.next += 1;
        while queues.get(institution).is_some_and(|it| it.served != ticket) {
            queues = self.moved.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
        Turn { turns: self, institution: institution.to_owned() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queues = self.turns.lock();
        if let Some(queue) = queues.get_mut(&self.institution) {
            queue.served += 1;
            if queue.served == queue.next {
                queues.remove(&self.institution);
            }
        }
        drop(queues);
        self.turns.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread, time::Duration};

    use super::*;

    #[test]
    fn turns_come_in_order_and_institutions_do_not_wait_for_each_other() {
        let turns = Turns::default();
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            let first = turns.take("1");
            for number in 0..5 {
                let (tell, turns) = (tell.clone(), &turns);
                scope.spawn(move || {
                    let _turn = turns.take("1");
                    tell.send(number).unwrap();
                });
                while turns.lock()["1"].next < number + 2 {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            drop(turns.take("2"));
            assert!(told.try_recv().is_err(), "somebody did not wait");
            drop(first);
        });
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert!(turns.lock().is_empty());
    }
}
