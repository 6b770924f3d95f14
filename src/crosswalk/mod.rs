//! The manners of translation: a crossing takes a value and a [`Trail`], gives a value, and is never silent about what it cannot carry.
//!
//! A crossing takes every struct apart without `..`: a field that one side gains stops the compiler where somebody must decide.
//! What has no place on the other side goes to [`Trail::drop`] with the reason. A loss names the place and never the value.

use std::fmt::Write as _;

mod codes;
mod lineage;

pub use codes::{CodeList, Row};
pub use lineage::{Leaf, Leaves, Mapping, lineage};

/// Something that a crossing could not carry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss {
    /// Where in the source it stood, as a path.
    pub path: String,
    /// In which line of the source, if it has lines.
    pub line: Option<u32>,
    /// Why it could not be carried.
    pub why: &'static str,
    /// What it was to be carried to.
    pub target: &'static str,
}

/// Where a crossing is, and what it has lost so far.
#[derive(Debug)]
pub struct Trail {
    target: &'static str,
    recording: bool,
    steps: Vec<Step>,
    line: Option<u32>,
    count: u64,
    losses: Vec<Loss>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Part(&'static str),
    Item(&'static str, usize),
}

impl Trail {
    /// Nobody listens: losses are counted and forgotten.
    pub const fn silent() -> Self {
        Self { target: "", recording: false, steps: Vec::new(), line: None, count: 0, losses: Vec::new() }
    }

    /// Losses are kept. `target` names what the crossing leads to.
    pub const fn recording(target: &'static str) -> Self {
        Self { target, recording: true, steps: Vec::new(), line: None, count: 0, losses: Vec::new() }
    }

    /// Crosses a part of the source: losses inside lie below its name.
    pub fn within<T>(&mut self, name: &'static str, cross: impl FnOnce(&mut Self) -> T) -> T {
        self.step(Step::Part(name), cross)
    }

    /// Crosses one of several parts with one name, counted from zero.
    pub fn within_item<T>(&mut self, name: &'static str, at: usize, cross: impl FnOnce(&mut Self) -> T) -> T {
        self.step(Step::Item(name, at), cross)
    }

    fn step<T>(&mut self, step: Step, cross: impl FnOnce(&mut Self) -> T) -> T {
        if !self.recording {
            return cross(self);
        }
        self.steps.push(step);
        let crossed = cross(self);
        self.steps.pop();
        crossed
    }

    /// Says which line of the source is being crossed.
    pub fn at_line(&mut self, line: Option<u32>) {
        self.line = line;
    }

    /// `value`, which stood in `field`, has no counterpart on the other side. Nothing is lost where nothing stood.
    pub fn drop(&mut self, field: &'static str, why: &'static str, value: impl Present) {
        if value.is_present() {
            self.lose(field, why);
        }
    }

    /// What stood in `field` is lost, or is not what it was.
    pub fn lose(&mut self, field: &'static str, why: &'static str) {
        self.count += 1;
        if !self.recording {
            return;
        }
        let mut path = String::new();
        for step in &self.steps {
            let _ = match step {
                Step::Part(name) => write!(path, "/{name}"),
                Step::Item(name, at) => write!(path, "/{name}[{}]", at + 1),
            };
        }
        path.push('/');
        path.push_str(field);
        self.losses.push(Loss { path, line: self.line, why, target: self.target });
    }

    /// How much was lost.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Hands over the losses kept so far and forgets them, so that a long crossing need not keep them all.
    pub fn take(&mut self) -> Vec<Loss> {
        std::mem::take(&mut self.losses)
    }
}

/// Whether there is something to lose.
pub trait Present {
    /// False for what is absent, empty or false.
    fn is_present(&self) -> bool;
}

impl<T: Present + ?Sized> Present for &T {
    fn is_present(&self) -> bool {
        (**self).is_present()
    }
}

impl<T> Present for Option<T> {
    fn is_present(&self) -> bool {
        self.is_some()
    }
}

impl<T> Present for Vec<T> {
    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}

impl Present for bool {
    fn is_present(&self) -> bool {
        *self
    }
}

impl Present for str {
    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}

impl Present for std::borrow::Cow<'_, str> {
    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_names_the_place_and_the_reason() {
        let mut trail = Trail::recording("ss12000");
        trail.at_line(Some(12));
        trail.within_item("InstitutionPerson", 2, |trail| {
            trail.within("Person", |trail| {
                trail.drop("PhotoId", "no picture to point at", Some("billede.jpg"));
                trail.drop("Address", "absent", None::<&str>);
                trail.drop("protected", "absent", false);
                trail.drop("GroupId", "absent", Vec::<u8>::new());
            });
        });
        let loss = Loss {
            path: "/InstitutionPerson[3]/Person/PhotoId".to_owned(),
            line: Some(12),
            why: "no picture to point at",
            target: "ss12000",
        };
        assert_eq!(trail.count(), 1);
        assert_eq!(trail.take(), [loss]);
        assert_eq!(trail.take(), []);
    }

    #[test]
    fn a_silent_trail_only_counts() {
        let mut trail = Trail::silent();
        trail.within("Person", |trail| trail.lose("PhotoId", "no picture to point at"));
        assert_eq!((trail.count(), trail.take()), (1, Vec::new()));
    }
}
