//! Validation that goes on after a mistake: walks the same tables as the decoders and collects every violation.
//!
//! After an element that may not stand where it stands: one the type has further on is taken as that one, so what was
//! skipped counts as one mistake; one that comes too late, or that the type does not have, is left out with all below it.

use super::{
    read::Decoder,
    violation::{Result, Violation},
};
use crate::schema::{Content, Element, Item, Kind, Model, Simple, Type};

/// Every violation of a document whose root is one of `roots`, at most `limit`, in document order.
#[must_use]
pub fn collect(decoder: &mut Decoder<'_>, roots: &[&'static Element], limit: usize) -> Vec<Violation> {
    let mut walk = Walk { found: Vec::new(), limit };
    if let Err(last) = walk.document(decoder, roots) {
        walk.found.push(*last);
    }
    walk.found
}

/// Every violation of the element the decoder stands in, its end tag included.
#[must_use]
pub fn collect_element(decoder: &mut Decoder<'_>, kind: Kind, limit: usize) -> Vec<Violation> {
    let mut walk = Walk { found: Vec::new(), limit };
    if let Err(last) = walk.element(decoder, kind, None) {
        walk.found.push(*last);
    }
    walk.found
}

struct Walk {
    found: Vec<Violation>,
    limit: usize,
}

impl Walk {
    /// Notes a violation; an error only when there are too many to go on.
    fn note(&mut self, violation: Box<Violation>) -> Result<()> {
        if self.found.len() + 1 >= self.limit {
            return Err(violation);
        }
        self.found.push(*violation);
        Ok(())
    }

    fn document(&mut self, decoder: &mut Decoder<'_>, roots: &[&'static Element]) -> Result<()> {
        decoder.root()?;
        let (namespace, local) = decoder.name();
        match roots.iter().find(|it| it.name.namespace == namespace && it.name.local == local) {
            Some(root) => self.element(decoder, root.kind, None)?,
            None => return Err(decoder.unknown_root(roots)),
        }
        decoder.finish()
    }

    fn element(&mut self, decoder: &mut Decoder<'_>, kind: Kind, item: Option<&'static Item>) -> Result<()> {
        if item.is_some_and(|it| it.nillable) && decoder.nil()? {
            return Ok(());
        }
        match kind {
            Kind::Simple(simple) => {
                if let Err(violation) = decoder.only_plumbing(simple.name) {
                    self.note(violation)?;
                }
                self.value(decoder, simple, item)
            }
            Kind::Complex(of) => {
                self.attributes(decoder, of)?;
                match &of.content {
                    Content::Empty => {
                        let depth = decoder.depth();
                        if let Err(violation) = decoder.empty(of) {
                            self.recover(decoder, depth - 1, violation)?;
                        }
                        Ok(())
                    }
                    Content::Text(simple) => self.value(decoder, simple, None),
                    Content::Elements(model) => self.children(decoder, of, model),
                }
            }
        }
    }

    fn attributes(&mut self, decoder: &mut Decoder<'_>, of: &'static Type) -> Result<()> {
        let mut seen = Vec::new();
        for attribute in decoder.raw_attributes() {
            let (name, value) = attribute?;
            match decoder.is_plumbing(name, &value, of.name, matches!(of.content, Content::Empty)) {
                Ok(true) => continue,
                Ok(false) => {}
                Err(violation) => {
                    self.note(violation)?;
                    continue;
                }
            }
            match of.attributes.iter().find(|it| it.name == name) {
                None if of.any_attribute => {}
                None => self.note(decoder.attribute_unknown(of, name))?,
                Some(_) if seen.contains(&name) => self.note(decoder.attribute_twice(of, name))?,
                Some(attribute) => {
                    seen.push(name);
                    let value = attribute.simple.whitespace.apply(value);
                    if let Err(violation) = decoder.check_attribute(attribute, &value) {
                        self.note(violation)?;
                    }
                }
            }
        }
        for attribute in of.attributes.iter().filter(|it| it.required && !seen.contains(&it.name)) {
            self.note(decoder.attribute_missing(attribute))?;
        }
        Ok(())
    }

    fn value(&mut self, decoder: &mut Decoder<'_>, simple: &'static Simple, item: Option<&'static Item>) -> Result<()> {
        let (start, local, depth) = (decoder.start, decoder.local(), decoder.depth());
        let text = match decoder.text() {
            Ok(text) => simple.whitespace.apply(text),
            Err(violation) => return self.recover(decoder, depth - 1, violation),
        };
        if text.is_empty() && item.is_some_and(|it| it.default.is_some()) {
            return Ok(());
        }
        let fixed = item.and_then(|it| it.fixed).filter(|it| *it != text);
        let complaint = match fixed {
            Some(fixed) => Err((super::Rule::Fixed, format!("{fixed:?}"), super::simple::described(&text))),
            None => simple.check(&text, decoder.lengths),
        };
        match complaint {
            Ok(()) => Ok(()),
            Err(complaint) => self.note(decoder.complain(start, local, complaint)),
        }
    }

    fn children(&mut self, decoder: &mut Decoder<'_>, of: &'static Type, model: &'static Model) -> Result<()> {
        let (depth, mut at, mut skipped) = (decoder.depth(), 0, Vec::new());
        let mut counts = vec![0_usize; model.items.len()];
        loop {
            match decoder.child(of.name) {
                Ok(true) => {}
                Ok(false) => break,
                // Text between elements: say so once, go on behind it.
                Err(violation) if violation.rule == super::Rule::Text => {
                    self.note(violation)?;
                    continue;
                }
                Err(violation) => return Err(violation),
            }
            let (namespace, local) = decoder.name();
            let is_it = |item: &Item| item.name.namespace == namespace && item.name.local == local;
            let expected = model.follow[at].iter().copied().map(usize::from).find(|&it| is_it(&model.items[it]));
            let place = match expected {
                Some(place) => place,
                None => {
                    let violation = decoder.unexpected(of, model, at);
                    match model.items.iter().position(is_it) {
                        // It comes too late: the mistake was noted when it was missed.
                        Some(late) if skipped.contains(&late) => {
                            decoder.skip_to(depth)?;
                            continue;
                        }
                        Some(ahead) if ahead + 1 > at && model.items[ahead].choice.is_none() => {
                            self.note(violation)?;
                            skipped.extend(at..ahead);
                            ahead
                        }
                        _ => {
                            self.note(violation)?;
                            decoder.skip_to(depth)?;
                            continue;
                        }
                    }
                }
            };
            at = place + 1;
            counts[place] += 1;
            let item = &model.items[place];
            if item.most.is_some_and(|most| most > 1 && counts[place] > most as usize)
                && let Err(violation) = decoder.count(of, place, counts[place])
            {
                self.note(violation)?;
            }
            self.element(decoder, item.kind, Some(item))?;
        }
        if !model.accept[at] {
            self.note(decoder.incomplete(of, model, at))?;
        }
        for (place, &count) in counts.iter().enumerate().filter(|(place, _)| model.items[*place].least > 1) {
            if let Err(violation) = decoder.count(of, place, count.min(model.items[place].least as usize)) {
                self.note(violation)?;
            }
        }
        Ok(())
    }

    /// Notes a violation inside an element and skips the rest of it. What is not well-formed cannot be skipped.
    fn recover(&mut self, decoder: &mut Decoder<'_>, depth: usize, violation: Box<Violation>) -> Result<()> {
        if matches!(violation.rule, super::Rule::WellFormed | super::Rule::Doctype | super::Rule::Limit) {
            return Err(violation);
        }
        self.note(violation)?;
        decoder.skip_to(depth)
    }
}

impl Decoder<'_> {
    /// A root that none of `roots` is.
    #[must_use]
    pub fn unknown_root(&self, roots: &[&'static Element]) -> Box<Violation> {
        let (_, local) = self.name();
        let mut names: Vec<String> = roots.iter().take(6).map(|it| format!("<{}>", it.name.local)).collect();
        if roots.len() > 6 {
            names.push("another element of the contract".into());
        }
        let found = format!("<{local}> in the namespace {:?}", super::shortened(&self.namespace_uri()));
        self.here(super::Rule::Root, names.join(" or "), found)
    }
}
