//! SS12000 2.1, orders that are kept while somebody pages through them. A list in an order other than that of the ids would skip and
//! repeat when something changes in between, so its pages are cut from the order that the first one found. Only the order is kept: each
//! page tells of its objects what holds when it is asked for, since somebody may have been protected meanwhile.

use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::standards::ss12000::view::View;

/// Most orders that are kept, and most ids in all of them.
const ORDERS: usize = 64;
const IDS: usize = 4_000_000;

/// An order that is kept.
#[derive(Debug, Clone)]
pub(super) struct Pin {
    /// Who asked for what.
    pub(super) of: String,
    /// The state that the order was found in.
    pub(super) view: Weak<View>,
    /// The ids, in order.
    pub(super) ids: Arc<[Uuid]>,
}

impl Pin {
    fn is_of(&self, of: &str, view: &Arc<View>) -> bool {
        self.of == of && self.view.as_ptr() == Arc::as_ptr(view)
    }
}

/// The orders that are kept, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Pins(VecDeque<(Uuid, DateTime<Utc>, Pin)>);

impl Pins {
    /// Keeps an order until `expires`, one of each caller, question and state; what was kept longest goes where there is no room.
    pub(super) fn keep(&mut self, pin: Pin, expires: DateTime<Utc>, now: DateTime<Utc>) -> Uuid {
        self.forget(now);
        if let Some(known) = self.0.iter_mut().find(|it| it.2.of == pin.of && it.2.view.ptr_eq(&pin.view)) {
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

    /// The order with this number, if it is still kept. It is kept until `expires` from now on.
    pub(super) fn find(&mut self, number: Uuid, expires: DateTime<Utc>, now: DateTime<Utc>) -> Option<Pin> {
        self.forget(now);
        let known = self.0.iter_mut().find(|it| it.0 == number)?;
        known.1 = expires;
        Some(known.2.clone())
    }

    fn is_too_much(&self) -> bool {
        let ids: usize = self.0.iter().map(|it| it.2.ids.len()).sum();
        self.0.len() > ORDERS || ids > IDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standards::ss12000::context::Options;

    fn view() -> Arc<View> {
        Arc::new(View::new(Arc::from([]), None, &Options::default()))
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let (mut pins, view) = (Pins::default(), view());
        let now = DateTime::from_timestamp(0, 0).unwrap();
        let later = now + super::super::token::LIFE;
        let asked = |it: i32| Pin { of: it.to_string(), view: Arc::downgrade(&view), ids: Arc::from([Uuid::nil()]) };
        let numbers: Vec<Uuid> = (0..65).map(|it| pins.keep(asked(it), later, now)).collect();
        assert!(pins.find(numbers[0], later, now).is_none() && pins.find(numbers[1], later, now).is_some());
        assert_eq!(pins.keep(asked(7), later, now), numbers[7], "whoever asks the same again gets the same");
        assert!(pins.known("7", &view).is_some() && pins.known("8", &super::tests::view()).is_none());
    }

    #[test]
    fn an_order_lasts_from_its_last_page() {
        let (mut pins, view) = (Pins::default(), view());
        let at = |minutes: i64| DateTime::from_timestamp(minutes * 60, 0).unwrap();
        let pin = Pin { of: String::new(), view: Arc::downgrade(&view), ids: Arc::from([Uuid::nil()]) };
        let number = pins.keep(pin, at(60), at(0));
        assert!(pins.find(number, at(110), at(50)).is_some(), "a page later");
        drop(view);
        assert!(pins.find(number, at(160), at(100)).is_some(), "and later, when the state has gone");
        assert!(pins.find(number, at(220), at(160)).is_none(), "an hour after that page it has ended");
    }
}
