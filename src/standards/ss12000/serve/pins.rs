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
    /// The state.
    pub(super) view: Arc<View>,
    /// The ids, in order.
    pub(super) ids: Arc<[Uuid]>,
}

/// The orders that are kept, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Pins(VecDeque<(Uuid, DateTime<Utc>, Pin)>);

impl Pins {
    /// Keeps an order until `expires`; what was kept longest goes where there is no room.
    pub(super) fn keep(&mut self, pin: Pin, expires: DateTime<Utc>, now: DateTime<Utc>) -> Uuid {
        self.0.retain(|it| it.1 > now);
        let number = Uuid::new_v4();
        self.0.push_back((number, expires, pin));
        while self.0.len() > 1 && self.is_too_much() {
            self.0.pop_front();
        }
        number
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
        Pin { view, ids: Arc::from([Uuid::nil()]) }
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
        let numbers: Vec<Uuid> = (0..65).map(|_| pins.keep(same.clone(), later, now)).collect();
        assert!(pins.find(numbers[0]).is_none() && pins.find(numbers[1]).is_some());
        pins.keep(pin(), later, later);
        assert!(numbers.iter().all(|it| pins.find(*it).is_none()), "all others have expired");
    }
}
