//! The canonical form of a document that comes in pieces.

use std::sync::Arc;

use super::{Event, Exclusive, Malformed, Result, Sink, Walk, Writer, normal};

/// Writes one element of a document that is given in pieces, cut anywhere between characters. Never more than a piece and
/// the largest piece of markup is held.
#[derive(Debug)]
pub struct Pieces<S> {
    sink: S,
    walk: Walk,
    writer: Writer,
    /// At which depth the element is.
    apex: usize,
    state: State,
    /// What could not be understood yet.
    carried: String,
    /// How much must have been carried for another look to be worth it: twice as much each time.
    enough: usize,
    /// Ids that no element may have, with the character between them that no XML has.
    taken: Arc<str>,
    /// How much was understood before the present text.
    passed: usize,
    /// Where the local name of the first child of the element stands in everything that was written.
    child: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Inside,
    Behind,
}

impl<S: Sink> Pieces<S> {
    /// For the root element of a document.
    pub fn new(how: &Exclusive, sink: S) -> Self {
        Self {
            sink,
            walk: Walk::new(),
            writer: Writer::new(how),
            apex: 1,
            state: State::Before,
            carried: String::new(),
            enough: 0,
            taken: Arc::from(""),
            passed: 0,
            child: None,
        }
    }

    /// For the next child of the element that the walk is in. No element in it may have one of the ids,
    /// which `\0` separates.
    pub(crate) fn child_of(walk: Walk, how: &Exclusive, sink: S, taken: Arc<str>) -> Self {
        Self { apex: walk.depth() + 1, walk, taken, ..Self::new(how, sink) }
    }

    /// Takes what comes next.
    ///
    /// # Errors
    /// What is not well-formed. Nothing more may be written then.
    pub fn write(&mut self, piece: &str) -> Result<()> {
        if self.carried.is_empty() {
            let used = self.take(piece, false)?;
            self.carried.push_str(&piece[used..]);
        } else {
            self.carried.push_str(piece);
            if self.carried.len() < self.enough {
                return Ok(());
            }
            let carried = std::mem::take(&mut self.carried);
            let used = self.take(&carried, false)?;
            self.carried = carried;
            self.carried.drain(..used);
        }
        self.enough = 2 * self.carried.len();
        Ok(())
    }

    /// The document has ended. The answer is where the canonical form went.
    ///
    /// # Errors
    /// What is not well-formed: the document does not end here.
    pub fn finish(self) -> Result<S> {
        self.finish_with_child().map(|it| it.0)
    }

    /// The same, with the place of the first child's local name.
    pub(crate) fn finish_with_child(mut self) -> Result<(S, Option<usize>)> {
        let carried = std::mem::take(&mut self.carried);
        self.take(&carried, true)?;
        if self.state != State::Behind || !self.walk.is_over() {
            return Err(Malformed("the document does not end"));
        }
        Ok((self.sink, self.child))
    }

    /// Takes what can be understood of a text, and tells how much that was.
    fn take(&mut self, text: &str, last: bool) -> Result<usize> {
        self.writer.resume(0);
        let mut at = 0;
        loop {
            let (event, to) = self.walk.next(text, at, last)?;
            match event {
                Event::More => break,
                Event::Start => self.start(text, at, to)?,
                _ if self.state != State::Inside => {
                    if matches!(event, Event::Text { .. } | Event::Data | Event::Reference(_)) {
                        self.outside(text, at, to, event)?;
                    }
                }
                other => {
                    self.writer.take(&self.walk, text, other, at, to, &mut self.sink);
                    if self.walk.depth() < self.apex {
                        self.writer.flush(text, to, &mut self.sink);
                        self.state = State::Behind;
                    }
                }
            }
            at = to;
        }
        if self.state == State::Inside {
            self.writer.flush(text, at, &mut self.sink);
        }
        self.passed += at;
        Ok(at)
    }

    fn start(&mut self, text: &str, from: usize, to: usize) -> Result<()> {
        if self.state == State::Before && self.walk.depth() == self.apex {
            self.state = State::Inside;
        }
        if self.state != State::Inside {
            return Err(Malformed("an element behind the last one"));
        }
        let tag = &self.walk.tag;
        if self.child.is_none() && self.walk.depth() > self.apex {
            self.child = Some(self.passed + tag.name.local);
        }
        let inside = self.walk.depth() > self.apex && !self.taken.is_empty();
        for attribute in tag.attributes.iter().filter(|_| inside) {
            let is_id = attribute.name.local_bytes(text).eq_ignore_ascii_case(b"id");
            if is_id && self.taken.split('\0').any(|it| *it == *normal(attribute.raw(text))) {
                return Err(Malformed("an Id that is given twice"));
            }
        }
        self.writer.start(&self.walk, text, from, to, &mut self.sink);
        if self.walk.tag.empty {
            self.writer.flush(text, to, &mut self.sink);
            self.leave();
        }
        Ok(())
    }

    /// Leaves an empty element.
    fn leave(&mut self) {
        self.walk.leave();
        self.writer.leave(self.walk.depth());
        if self.walk.depth() < self.apex {
            self.state = State::Behind;
        }
    }

    /// Around the element nothing but blanks may stand.
    fn outside(&self, text: &str, from: usize, to: usize, event: Event) -> Result<()> {
        let blank = text.as_bytes()[from..to].iter().all(|&it| super::is_blank(it));
        if blank && matches!(event, Event::Text { .. }) { Ok(()) } else { Err(Malformed("text where none may stand")) }
    }
}
