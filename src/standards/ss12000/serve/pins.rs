//! SS12000 2.1, orders that are kept while somebody pages through them. A list in an order other than that of the ids would skip and
//! repeat when something changes in between, so its pages are cut from the state that the first one saw.

use std::{collections::VecDeque, sync::Arc};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::standards::ss12000::view::View;

/// Most orders that are kept, most ids in all of them, and most states of the source that they keep alive.
const ORDERS: usize = 64;
const IDS: usize = 4_000_000;
const STATES: usize = 4;

/// An order that is kept.
#[derive(Debug, Clone)]
pub(super) struct Pin {
    /// Who asked for what.
    pub(super) of: String,
    /// The state.
    pub(super) view: Arc<View>,
    /// The ids, in order.
    pub(super) ids: Arc<[Uuid]>,
}

impl Pin {
    fn is_of(&self, of: &str, view: &Arc<View>) -> bool {
        self.of == of && Arc::ptr_eq(&self.view, view)
    }
}

/// The orders that are kept, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Pins(VecDeque<(Uuid, DateTime<Utc>, Pin)>);

impl Pins {
    /// Keeps an order until `expires`, one of each caller, question and state; what was kept longest goes where there is no room.
    pub(super) fn keep(&mut self, pin: Pin, expires: DateTime<Utc>, now: DateTime<Utc>) -> Uuid {
        self.forget(now);
        if let Some(known) = self.0.iter_mut().find(|it| it.2.is_of(&pin.of, &pin.view)) {
            known.1 = expires;
            return known.0;
        }
        let number = Uuid::new_v4();
        self.0.push_back((number, expires, pin));
        while self.0.len() > 1 && self.is_too_much() {
            self.0.pop_front();
        }
        number
    }

    /// Lets go of what nobody can ask for any more.
    pub(super) fn forget(&mut self, now: DateTime<Utc>) {
        self.0.retain(|it| it.1 > now);
    }

    /// The order of a caller and question in a state, if it is kept.
    pub(super) fn known(&self, of: &str, view: &Arc<View>) -> Option<Pin> {
        self.0.iter().find(|it| it.2.is_of(of, view)).map(|it| it.2.clone())
    }

    /// The order with this number, if it is still kept.
    pub(super) fn find(&self, number: Uuid) -> Option<Pin> {
        self.0.iter().find(|it| it.0 == number).map(|it| it.2.clone())
    }

    fn is_too_much(&self) -> bool {
        let ids: usize = self.0.iter().map(|it| it.2.ids.len()).sum();
        let mut states: Vec<*const View> = self.0.iter().map(|it| Arc::as_ptr(&it.2.view)).collect();
        states.sort_unstable();
        states.dedup();
        self.0.len() > ORDERS || ids > IDS || states.len() > STATES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standards::ss12000::context::Options;

    fn pin() -> Pin {
        let view = Arc::new(View::new(Arc::from([]), None, &Options::default()));
        Pin { of: String::new(), view, ids: Arc::from([Uuid::nil()]) }
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let mut pins = Pins::default();
        let now = DateTime::from_timestamp(0, 0).unwrap();
        let later = now + super::super::token::LIFE;
        let numbers: Vec<Uuid> = (0..5).map(|_| pins.keep(pin(), later, now)).collect();
        assert!(pins.find(numbers[0]).is_none(), "five states are too many");
        assert!(numbers[1..].iter().all(|it| pins.find(*it).is_some()));
        let same = pin();
        let asked = |it: i32| Pin { of: it.to_string(), ..same.clone() };
        let numbers: Vec<Uuid> = (0..65).map(|it| pins.keep(asked(it), later, now)).collect();
        assert!(pins.find(numbers[0]).is_none() && pins.find(numbers[1]).is_some());
        assert_eq!(pins.keep(asked(7), later, now), numbers[7], "whoever asks the same again gets the same");
        assert!(pins.known("7", &same.view).is_some() && pins.known("8", &pin().view).is_none());
        pins.keep(pin(), later, later);
        assert!(numbers.iter().all(|it| pins.find(*it).is_none()), "all others have expired");
    }
}
