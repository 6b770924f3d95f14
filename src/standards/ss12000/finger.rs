//! SS12000 2.1, looking for things that are in order: whoever has found one mostly wants the same again next, or the one after it.

use std::{cell::Cell, cmp::Ordering};

/// How far is looked before everything is searched.
const NEAR: usize = 6;

/// Lies where something was found last.
#[derive(Debug, Clone, Default)]
pub(super) struct Finger(Cell<usize>);

impl Finger {
    /// The place of the first that is not less, in a slice that is in order.
    pub(super) fn find<T>(&self, all: &[T], order: impl Fn(&T) -> Ordering) -> usize {
        let at = self.0.get();
        let is_first = |it: &usize| order(&all[*it]).is_ge() && (*it == 0 || order(&all[*it - 1]).is_lt());
        let near = (at..all.len().min(at + NEAR)).find(is_first);
        let found = near.unwrap_or_else(|| all.partition_point(|it| order(it).is_lt()));
        self.0.set(found);
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_finger_finds_what_a_search_does(
            mut all in prop::collection::vec(0_u8..20, 0..40),
            wanted in prop::collection::vec(0_u8..20, 1..20),
        ) {
            all.sort_unstable();
            let finger = Finger::default();
            for one in wanted {
                prop_assert_eq!(finger.find(&all, |it| it.cmp(&one)), all.partition_point(|it| *it < one));
            }
        }
    }
}
