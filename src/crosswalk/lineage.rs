//! The crosswalk table is measured, not written: change one leaf of the input, see which leaves of the output move.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// A leaf of the input: where it stands in the text, and what to put there instead.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Its path.
    pub path: String,
    /// Its place in the text.
    pub place: Range<usize>,
    /// Other values that it could have, escaped as the text wants them.
    pub trials: Vec<String>,
}

/// The leaves of an output: path and value.
pub type Leaves = BTreeMap<String, String>;

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The leaf that was changed.
    pub from: String,
    /// The leaves that moved; none if the value is dropped.
    pub to: BTreeSet<String>,
}

/// Measures a crossing. `convert` gives `None` for a text that it refuses; such a trial tells nothing. Leaves with one path share a row.
pub fn lineage(text: &str, leaves: &[Leaf], convert: impl Fn(&str) -> Option<Leaves>) -> Vec<Mapping> {
    let before = convert(text).unwrap_or_default();
    let mut rows: Vec<Mapping> = Vec::new();
    for Leaf { path, place, trials } in leaves {
        let mut to = BTreeSet::new();
        for trial in trials {
            let changed = [&text[..place.start], trial.as_str(), &text[place.end..]].concat();
            if let Some(after) = convert(&changed) {
                to.extend(moved(&before, &after));
            }
        }
        match rows.iter_mut().find(|row| row.from == *path) {
            Some(row) => row.to.extend(to),
            None => rows.push(Mapping { from: path.clone(), to }),
        }
    }
    rows
}

fn moved<'l>(before: &'l Leaves, after: &'l Leaves) -> impl Iterator<Item = String> + 'l {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_leaf_moves_what_it_feeds() {
        let text = "anna;7;x";
        let convert = |text: &str| {
            let [name, year, _] = text.split(';').collect::<Vec<_>>()[..] else { return None };
            let year: u8 = year.parse().ok()?;
            Some(Leaves::from([("/name".to_owned(), name.to_owned()), ("/older".to_owned(), (year > 6).to_string())]))
        };
        let leaf = |path: &str, place: Range<usize>, trials: &[&str]| Leaf {
            path: path.to_owned(),
            place,
            trials: trials.iter().map(|it| (*it).to_owned()).collect(),
        };
        let leaves =
            [leaf("name", 0..4, &["bo"]), leaf("year", 5..6, &["no number", "8", "1"]), leaf("rest", 7..8, &["y"])];
        let rows: Vec<String> = lineage(text, &leaves, convert)
            .into_iter()
            .map(|Mapping { from, to }| format!("{from} -> {to:?}"))
            .collect();
        assert_eq!(rows, ["name -> {\"/name\"}", "year -> {\"/older\"}", "rest -> {}"]);
    }
}
