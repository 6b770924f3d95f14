//! Contestants who take turns, so that a machine that is busy for a while is busy for all.

use std::time::Instant;

/// How often each has its turn.
pub(super) const ROUNDS: usize = 15;

/// The times of all contestants, in seconds.
pub(super) fn turns(contestants: &[&dyn Fn()]) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); contestants.len()];
    for _ in 0..ROUNDS {
        for (times, contestant) in times.iter_mut().zip(contestants) {
            let began = Instant::now();
            contestant();
            times.push(began.elapsed().as_secs_f64());
        }
    }
    times
}

/// The median over the rounds of how much faster `ours` was than the yardstick.
pub(super) fn ratio(yardstick: &[f64], ours: &[f64]) -> f64 {
    median(yardstick.iter().zip(ours).map(|(yardstick, ours)| yardstick / ours).collect())
}

/// The one in the middle.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
