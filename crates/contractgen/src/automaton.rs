//! Content models as Glushkov automata: one position for each element particle, in the order of the schema.
//!
//! Unique particle attribution (XML Schema 1.0 Structures, 3.8.6) is checked here: where two particles of one name
//! compete, the contract is refused.

use std::collections::BTreeSet;

use crate::{
    error::Error,
    model::{Leaf, Particle},
    schema::Occurs,
};

/// The automaton of one type.
#[derive(Debug, Default)]
pub(crate) struct Automaton<'m> {
    /// The positions.
    pub(crate) items: Vec<&'m Leaf>,
    /// `follow[0]`: what may come first; `follow[i + 1]`: what may follow item `i`.
    pub(crate) follow: Vec<BTreeSet<usize>>,
    /// Whether the element may end there, numbered like `follow`.
    pub(crate) accept: Vec<bool>,
}

/// What is known of a part of the tree.
#[derive(Default)]
struct Span {
    first: BTreeSet<usize>,
    last: BTreeSet<usize>,
    empty: bool,
}

impl<'m> Automaton<'m> {
    /// The automaton of a particle. `owner` names its type in errors.
    pub(crate) fn of(particle: &'m Particle, owner: &str) -> Result<Self, Error> {
        let mut automaton = Self { items: Vec::new(), follow: vec![BTreeSet::new()], accept: Vec::new() };
        let whole = automaton.span(particle);
        automaton.accept = vec![whole.empty];
        automaton.accept.extend((0..automaton.items.len()).map(|it| whole.last.contains(&it)));
        automaton.follow[0] = whole.first;
        automaton.check(owner)?;
        Ok(automaton)
    }

    fn span(&mut self, particle: &'m Particle) -> Span {
        let (span, occurs) = match particle {
            Particle::Element(leaf) => {
                let position = self.items.len();
                self.items.push(leaf);
                self.follow.push(BTreeSet::new());
                (Span { first: [position].into(), last: [position].into(), empty: false }, leaf.occurs)
            }
            Particle::Sequence(parts, occurs, _) => (self.sequence(parts), *occurs),
            Particle::Choice(parts, occurs, _) => (self.choice(parts), *occurs),
        };
        self.repeated(span, occurs)
    }

    fn sequence(&mut self, parts: &'m [Particle]) -> Span {
        let mut whole = Span { empty: true, ..Span::default() };
        for part in parts {
            let span = self.span(part);
            self.link(&whole.last, &span.first);
            if whole.empty {
                whole.first.extend(&span.first);
            }
            if !span.empty {
                whole.last.clear();
            }
            whole.last.extend(&span.last);
            whole.empty &= span.empty;
        }
        whole
    }

    fn choice(&mut self, parts: &'m [Particle]) -> Span {
        let mut whole = Span::default();
        for part in parts {
            let span = self.span(part);
            whole.first.extend(&span.first);
            whole.last.extend(&span.last);
            whole.empty |= span.empty;
        }
        whole
    }

    /// A loop where it may occur more than once; how often is counted elsewhere.
    fn repeated(&mut self, span: Span, occurs: Occurs) -> Span {
        if occurs.most.is_none_or(|most| most > 1) {
            self.link(&span.last, &span.first);
        }
        Span { empty: span.empty || occurs.least == 0, ..span }
    }

    fn link(&mut self, from: &BTreeSet<usize>, to: &BTreeSet<usize>) {
        for position in from {
            self.follow[position + 1].extend(to);
        }
    }

    fn check(&self, owner: &str) -> Result<(), Error> {
        for competing in &self.follow {
            let mut names = BTreeSet::new();
            for position in competing {
                let leaf = self.items[*position];
                if !names.insert(&leaf.name) {
                    let construct = format!("element {} of type {owner}", leaf.name.local);
                    let reason = "another element of that name can stand in its place, and nothing tells which it is";
                    return Err(Error::at(&leaf.place, construct, reason, "make the content model deterministic"));
                }
            }
        }
        Ok(())
    }
}
