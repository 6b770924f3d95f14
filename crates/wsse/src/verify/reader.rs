//! A cursor over the head of a message: elements and their texts, strictly read, and every Id that is met.

use std::borrow::Cow;

use super::Refused;
use crate::{
    c14n::{Event, Scope, Walk, is_blank, normal, same, unescaped},
    names::WSU,
};

type Result<T> = std::result::Result<T, Refused>;

#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    walk: Walk,
    /// Where the start tag that was read last begins.
    start: usize,
    /// The element is `<like-this/>` and its end is still to come.
    empty: bool,
    /// The value of every attribute that is an Id by its name, of whatever namespace, with the place of its element.
    ids: Vec<(Cow<'a, str>, usize)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, walk: Walk::new(), start: at, empty: false, ids: Vec::with_capacity(16) }
    }

    /// Moves to the next child: true behind its start tag, false behind the parent's end tag.
    pub(crate) fn child(&mut self) -> Result<bool> {
        if self.leaves_empty() {
            return Ok(false);
        }
        loop {
            let from = self.at;
            match self.next()? {
                Event::Start => return Ok(true),
                Event::End(_) => return Ok(false),
                Event::Comment | Event::Instruction(_) => {}
                Event::Text { .. } if self.text.as_bytes()[from..self.at].iter().all(|&it| is_blank(it)) => {}
                _ => return Err(Refused::Wrong("text where only elements may stand")),
            }
        }
    }

    /// The text of the element, its end tag consumed; `None` where it has elements, which are skipped.
    pub(crate) fn text(&mut self) -> Result<Option<Cow<'a, str>>> {
        if self.leaves_empty() {
            return Ok(Some(Cow::Borrowed("")));
        }
        let mut text = Cow::Borrowed("");
        let append = |text: &mut Cow<'a, str>, part: Cow<'a, str>| match text.is_empty() {
            true => *text = part,
            false => text.to_mut().push_str(&part),
        };
        loop {
            let from = self.at;
            match self.next()? {
                Event::Text { plain: true } => append(&mut text, Cow::Borrowed(&self.text[from..self.at])),
                Event::Text { plain: false } => append(&mut text, unescaped(&self.text[from..self.at])),
                // References are not known in CDATA, and ampersands only they begin.
                Event::Data => {
                    let data = &self.text[from + "<![CDATA[".len()..self.at - "]]>".len()];
                    data.split_inclusive('&').for_each(|it| match it.strip_suffix('&') {
                        Some(it) => append(&mut text, Cow::Owned(unescaped(it).into_owned() + "&")),
                        None => append(&mut text, unescaped(it)),
                    });
                }
                Event::Reference(character) => text.to_mut().push(character),
                Event::Comment | Event::Instruction(_) => {}
                Event::End(_) => return Ok(Some(text)),
                Event::Start => {
                    self.skip()?;
                    self.skip()?;
                    return Ok(None);
                }
                Event::More => {}
            }
        }
    }

    /// Skips the rest of the element, its end tag included.
    pub(crate) fn skip(&mut self) -> Result<()> {
        if self.leaves_empty() {
            return Ok(());
        }
        let depth = self.walk.depth();
        while self.walk.depth() >= depth {
            self.next()?;
            self.leaves_empty();
        }
        Ok(())
    }

    /// Namespace and local name of the element whose start tag was read last.
    pub(crate) fn name(&self) -> (&str, &'a str) {
        (self.walk.scope().uri(self.walk.tag.bound), self.walk.tag.name.local(self.text))
    }

    pub(crate) fn is(&self, uri: &str, local: &str) -> bool {
        let name = self.name();
        same(name.1.as_bytes(), local.as_bytes()) && same(name.0.as_bytes(), uri.as_bytes())
    }

    /// Its prefix; empty where it has none.
    pub(crate) fn prefix(&self) -> &'a str {
        self.walk.tag.name.prefix(self.text)
    }

    /// Where its name ends in its start tag.
    pub(crate) fn name_end(&self) -> usize {
        self.walk.tag.name.to
    }

    /// An attribute of that element; of no namespace where `uri` is empty.
    pub(crate) fn attribute(&self, uri: &str, local: &str) -> Option<Cow<'a, str>> {
        let scope = self.walk.scope();
        let is_it = |it: &&crate::c14n::Attribute| {
            same(it.name.local_bytes(self.text), local.as_bytes())
                && same(scope.uri(it.bound).as_bytes(), uri.as_bytes())
        };
        self.walk
            .tag
            .attributes
            .iter()
            .find(is_it)
            .map(|it| if it.plain { it.raw(self.text).into() } else { normal(it.raw(self.text)) })
    }

    /// Its `wsu:Id`.
    pub(crate) fn id(&self) -> Option<Cow<'a, str>> {
        self.attribute(WSU, "Id")
    }

    /// What is declared in the element.
    pub(crate) fn scope(&self) -> &Scope {
        self.walk.scope()
    }

    /// Where its start tag begins.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Behind what has been read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The Ids that were met, and the walk, which goes on where the reader is.
    pub(crate) fn into_parts(self) -> (Vec<(Cow<'a, str>, usize)>, Walk) {
        (self.ids, self.walk)
    }

    fn leaves_empty(&mut self) -> bool {
        let empty = std::mem::take(&mut self.empty);
        if empty {
            self.walk.leave();
        }
        empty
    }

    fn next(&mut self) -> Result<Event> {
        let (event, behind) = self.walk.next(self.text, self.at, true)?;
        match event {
            Event::More => return Err(Refused::Wrong("the message ends too early")),
            Event::Start => {
                self.start = self.at;
                self.empty = self.walk.tag.empty;
                for it in &self.walk.tag.attributes {
                    if it.name.local_bytes(self.text).eq_ignore_ascii_case(b"id") {
                        let value = it.raw(self.text);
                        self.ids.push((if it.plain { Cow::Borrowed(value) } else { normal(value) }, self.at));
                    }
                }
            }
            _ => {}
        }
        self.at = behind;
        Ok(event)
    }
}
