//! Decoding against a schema: the steps that generated decoders are made of. The first violation ends it.

use std::borrow::Cow;

use super::{
    namespace,
    read::{Decoder, same},
    simple::Complaint,
    value::Value,
    violation::{Result, Rule, Violation},
};
use crate::schema::{Attribute, Content, Item, Kind, Model, Name, Simple, Type};

/// A type that can be read. The decoder stands behind the element's start tag and is left behind its end tag.
pub trait Decode<'a>: Sized {
    /// Reads and checks the element's attributes and content.
    ///
    /// # Errors
    /// The first violation of the type, or of XML.
    fn decode(decoder: &mut Decoder<'a>) -> Result<Self>;
}

impl<'a> Decoder<'a> {
    /// The declared attributes of the current element, in the order of the type's table: normalised, and checked against
    /// their types. A required one is always there. `N` is the number of attributes of the type.
    ///
    /// # Errors
    /// An attribute that is unknown, twice, missing or wrong.
    #[inline]
    pub fn attributes<const N: usize>(&mut self, of: &'static Type) -> Result<[Option<Cow<'a, str>>; N]> {
        let mut values = [const { None }; N];
        self.attributes_into(of, &mut values)?;
        Ok(values)
    }

    /// [`Decoder::attributes`] for whoever does not know the type when compiled.
    ///
    /// # Errors
    /// As there.
    pub fn attribute_list(&mut self, of: &'static Type) -> Result<Vec<Option<Cow<'a, str>>>> {
        let mut values = vec![None; of.attributes.len()];
        self.attributes_into(of, &mut values)?;
        Ok(values)
    }

    #[inline]
    fn attributes_into(&self, of: &'static Type, values: &mut [Option<Cow<'a, str>>]) -> Result<()> {
        if !self.is_bare() {
            for attribute in self.raw_attributes() {
                let (name, value) = attribute?;
                self.attribute(of, name, value, values)?;
            }
        }
        for (value, attribute) in values.iter_mut().zip(of.attributes) {
            if value.is_none() {
                *value = attribute.default.map(Cow::Borrowed);
            }
            if value.is_none() && attribute.required {
                return Err(self.attribute_missing(attribute));
            }
        }
        Ok(())
    }

    fn attribute(
        &self,
        of: &'static Type,
        name: &'a str,
        value: Cow<'a, str>,
        values: &mut [Option<Cow<'a, str>>],
    ) -> Result<()> {
        let Some(place) = of.attributes.iter().position(|it| same(it.name.as_bytes(), name.as_bytes())) else {
            let known = self.is_plumbing(name, &value, of.name, matches!(of.content, Content::Empty))?;
            return if known || of.any_attribute { Ok(()) } else { Err(self.attribute_unknown(of, name)) };
        };
        let attribute = &of.attributes[place];
        if values[place].is_some() {
            return Err(self.attribute_twice(of, name));
        }
        let value = attribute.simple.whitespace.apply(value);
        self.check_attribute(attribute, &value)?;
        values[place] = Some(value);
        Ok(())
    }

    pub(super) fn check_attribute(&self, attribute: &'static Attribute, value: &str) -> Result<()> {
        if let Some(fixed) = attribute.fixed.filter(|it| *it != value) {
            let found = super::simple::described(value);
            return Err(self.here(Rule::Fixed, format!("{}={fixed:?}", attribute.name), found));
        }
        attribute.simple.check(value, self.lengths).map_err(|(rule, expected, found)| {
            self.here(rule, format!("{} of attribute {}", expected, attribute.name), found)
        })
    }

    /// Whether an attribute belongs to XML itself: a namespace declaration, or one of `xsi:`. `declared` names the type,
    /// `empty` says that it has no content anyway, so that nil means nothing.
    pub(super) fn is_plumbing(&self, name: &str, value: &str, declared: &str, empty: bool) -> Result<bool> {
        if name == "xmlns" || name.starts_with("xmlns:") {
            return Ok(true);
        }
        let Some((prefix, local)) = name.split_once(':') else { return Ok(false) };
        match self.resolve(prefix) {
            None => {
                Err(self.here(Rule::Namespace, "a declared prefix".into(), format!("the undeclared prefix {prefix:?}")))
            }
            Some(namespace::XSI) if local == "type" => {
                let (prefix, actual) = value.trim().split_once(':').unwrap_or(("", value.trim()));
                // Scripting languages guess a built-in type from the look of a value: the declared type decides all the same.
                let guessed = self.resolve(prefix) == Some(namespace::XSD);
                if guessed || actual == declared.trim_start_matches("xs:") {
                    return Ok(true);
                }
                Err(self.here(Rule::Instance, format!("the declared type {declared}"), "another xsi:type".into()))
            }
            Some(namespace::XSI) if local == "nil" && !empty && !matches!(value.trim(), "false" | "0") => {
                Err(self.here(Rule::Instance, "a value: the element is not nillable".into(), "xsi:nil".into()))
            }
            Some(namespace::XSI) => Ok(true),
            Some(_) => Ok(false),
        }
    }

    #[cold]
    pub(super) fn attribute_missing(&self, attribute: &Attribute) -> Box<Violation> {
        self.here(Rule::Missing, format!("the attribute {}", attribute.name), "none".into())
    }

    #[cold]
    pub(super) fn attribute_twice(&self, of: &Type, name: &str) -> Box<Violation> {
        self.here(Rule::Attribute, format!("each attribute of {} once", of.name), format!("{name} twice"))
    }

    #[cold]
    pub(super) fn attribute_unknown(&self, of: &Type, name: &str) -> Box<Violation> {
        let known: Vec<&str> = of.attributes.iter().map(|it| it.name).collect();
        let expected = if known.is_empty() { "no attributes".to_owned() } else { format!("only {}", known.join(", ")) };
        let name: String = name.chars().take(60).collect();
        self.here(Rule::Attribute, expected, format!("the attribute {name}"))
    }

    /// Moves to the next child element and says which item of the type's model it is; `None` behind the end tag.
    /// `at` is the state of the automaton: 0 before the first call.
    ///
    /// # Errors
    /// A child that may not stand there, or an end that comes too early.
    #[inline]
    pub fn next(&mut self, of: &'static Type, at: &mut usize) -> Result<Option<usize>> {
        let Content::Elements(model) = &of.content else { return Err(self.unreachable()) };
        if !self.child(of.name)? {
            return if model.accept[*at] { Ok(None) } else { Err(self.incomplete(of, model, *at)) };
        }
        let (namespace, local) = (self.namespace_id(), self.local());
        for &place in model.follow[*at] {
            let item = &model.items[usize::from(place)];
            if item.name.namespace == namespace && same(item.name.local.as_bytes(), local.as_bytes()) {
                *at = usize::from(place) + 1;
                self.item = Some(item);
                return Ok(Some(usize::from(place)));
            }
        }
        Err(self.unexpected(of, model, *at))
    }

    /// Sees to it that a list has as many entries as its particle allows.
    ///
    /// # Errors
    /// Too many or too few.
    pub fn count(&self, of: &'static Type, item: usize, count: usize) -> Result<()> {
        let Content::Elements(model) = &of.content else { return Err(self.unreachable()) };
        let Item { name: Name { local, .. }, least, most, .. } = &model.items[item];
        let wrong = |expected: String| Err(self.here(Rule::Occurrence, expected, format!("{count}")));
        match most {
            Some(most) if count > *most as usize => wrong(format!("at most {most} <{local}> in {}", of.name)),
            _ if count > 0 && count < *least as usize => wrong(format!("at least {least} <{local}> in {}", of.name)),
            _ => Ok(()),
        }
    }

    /// Reads the end of an element that has no content.
    ///
    /// # Errors
    /// Any content.
    pub fn empty(&mut self, of: &'static Type) -> Result<()> {
        if self.child(of.name)? {
            let found = format!("<{}>", self.local());
            return Err(self.here(Rule::UnknownElement, format!("nothing in {}", of.name), found));
        }
        Ok(())
    }

    /// The text of the child that [`Decoder::next`] has just found.
    ///
    /// # Errors
    /// Attributes, child elements, or a value that its type does not allow.
    #[inline]
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        let (item, simple) = self.simple_item()?;
        let (text, start) = self.item_text(item, simple)?;
        match simple.check(&text, self.lengths) {
            Ok(()) => Ok(text),
            Err(complaint) => Err(self.complain(start, item.name.local, complaint)),
        }
    }

    /// The value of the child that [`Decoder::next`] has just found.
    ///
    /// # Errors
    /// As [`Decoder::string`].
    #[inline]
    pub fn value<T: Value>(&mut self) -> Result<T> {
        let (item, simple) = self.simple_item()?;
        let (text, start) = self.item_text(item, simple)?;
        let Some(value) = T::parse(&text) else {
            return Err(self.complain(start, item.name.local, simple.not_lexical(&text)));
        };
        match simple.check_facets(&text, self.lengths, T::LISTED) {
            Ok(()) => Ok(value),
            Err(complaint) => Err(self.complain(start, item.name.local, complaint)),
        }
    }

    fn simple_item(&self) -> Result<(&'static Item, &'static Simple)> {
        match self.item {
            Some(item) => match item.kind {
                Kind::Simple(simple) => Ok((item, simple)),
                Kind::Complex(_) => Err(self.unreachable()),
            },
            None => Err(self.unreachable()),
        }
    }

    /// Text with its white space normalised and its default filled in, and where its element starts.
    #[inline]
    fn item_text(&mut self, item: &'static Item, simple: &'static Simple) -> Result<(Cow<'a, str>, usize)> {
        if !self.is_bare() {
            self.only_plumbing(simple.name)?;
        }
        let start = self.start;
        let text = simple.whitespace.apply(self.text()?);
        let text = match item.default {
            Some(default) if text.is_empty() => Cow::Borrowed(default),
            _ => text,
        };
        if let Some(fixed) = item.fixed.filter(|it| *it != text) {
            let complaint = (Rule::Fixed, format!("{fixed:?}"), super::simple::described(&text));
            return Err(self.complain(start, item.name.local, complaint));
        }
        Ok((text, start))
    }

    pub(super) fn only_plumbing(&self, declared: &str) -> Result<()> {
        for attribute in self.raw_attributes() {
            let (name, value) = attribute?;
            if !self.is_plumbing(name, &value, declared, false)? {
                let name: String = name.chars().take(60).collect();
                return Err(self.here(Rule::Attribute, "no attributes".into(), format!("the attribute {name}")));
            }
        }
        Ok(())
    }

    /// Whether the current, nillable element is `xsi:nil`; if so, its end tag is consumed.
    ///
    /// # Errors
    /// Content in an element that says it has none.
    pub fn nil(&mut self) -> Result<bool> {
        if self.is_bare() {
            return Ok(false);
        }
        let mut is_nil = false;
        for attribute in self.raw_attributes() {
            let (name, value) = attribute?;
            let Some((prefix, "nil")) = name.split_once(':') else { continue };
            is_nil |= self.resolve(prefix) == Some(namespace::XSI) && matches!(value.trim(), "true" | "1");
        }
        if is_nil && self.child("an element that is xsi:nil")? {
            return Err(self.here(Rule::Instance, "no content beside xsi:nil".into(), "a child element".into()));
        }
        Ok(is_nil)
    }

    /// The text of an element whose type has attributes and text.
    ///
    /// # Errors
    /// Child elements, or a value that its type does not allow.
    #[inline]
    pub fn content_string(&mut self, of: &'static Type) -> Result<Cow<'a, str>> {
        let (text, start, name, simple) = self.content_text(of)?;
        match simple.check(&text, self.lengths) {
            Ok(()) => Ok(text),
            Err(complaint) => Err(self.complain(start, name, complaint)),
        }
    }

    /// The value of an element whose type has attributes and text.
    ///
    /// # Errors
    /// As [`Decoder::content_string`].
    pub fn content_value<T: Value>(&mut self, of: &'static Type) -> Result<T> {
        let (text, start, name, simple) = self.content_text(of)?;
        let Some(value) = T::parse(&text) else { return Err(self.complain(start, name, simple.not_lexical(&text))) };
        match simple.check_facets(&text, self.lengths, T::LISTED) {
            Ok(()) => Ok(value),
            Err(complaint) => Err(self.complain(start, name, complaint)),
        }
    }

    fn content_text(&mut self, of: &'static Type) -> Result<(Cow<'a, str>, usize, &'a str, &'static Simple)> {
        let Content::Text(simple) = &of.content else { return Err(self.unreachable()) };
        let (start, name) = (self.start, self.local());
        Ok((simple.whitespace.apply(self.text()?), start, name, simple))
    }

    /// The value of an attribute that [`Decoder::attributes`] has checked.
    ///
    /// # Errors
    /// None that a document can cause.
    #[inline]
    pub fn parse<T: Value>(&self, attribute: Option<Cow<'a, str>>) -> Result<Option<T>> {
        match attribute {
            None => Ok(None),
            Some(text) => T::parse(&text).map(Some).ok_or_else(|| self.unreachable()),
        }
    }

    /// A part that the automaton has demanded already.
    ///
    /// # Errors
    /// None that a document can cause.
    #[inline]
    pub fn present<T>(&self, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.unreachable())
    }

    /// For a state that the tables rule out: a fault of ours, and still no panic.
    #[cold]
    #[must_use]
    pub fn unreachable(&self) -> Box<Violation> {
        self.here(Rule::Internal, "generated code that fits its tables".into(), "code that does not".into())
    }

    /// A complaint about the value of an element whose end tag has been read.
    #[cold]
    pub(super) fn complain(&self, start: usize, local: &str, (rule, expected, found): Complaint) -> Box<Violation> {
        let mut violation = self.violation(start, rule, expected, found);
        violation.path.push('/');
        violation.path.push_str(local);
        violation
    }

    /// A child that may not stand here.
    #[cold]
    pub(super) fn unexpected(&self, of: &Type, model: &Model, at: usize) -> Box<Violation> {
        let (namespace, local) = (self.namespace_id(), self.local());
        let expected = self.what_may_follow(of, model, at);
        let named = model.items.iter().find(|it| it.name.local == local);
        let rule = match named {
            None => Rule::UnknownElement,
            Some(item) if item.name.namespace != namespace => Rule::Namespace,
            Some(_) if at > 0 && model.items[at - 1].name.local == local => Rule::Occurrence,
            Some(_) => Rule::Order,
        };
        let found = match rule {
            Rule::Namespace => format!("<{local}> in the namespace {:?}", super::shortened(&self.namespace_uri())),
            Rule::Occurrence => format!("another <{local}>"),
            _ => format!("<{local}>"),
        };
        self.here(rule, expected, found)
    }

    /// An end that comes too early.
    #[cold]
    pub(super) fn incomplete(&self, of: &Type, model: &Model, at: usize) -> Box<Violation> {
        let mut violation =
            self.here(Rule::Missing, self.what_may_follow(of, model, at), format!("the end of {}", of.name));
        violation.path.push('/');
        violation.path.push_str(super::read::local_part(self.closed));
        violation
    }

    fn what_may_follow(&self, of: &Type, model: &Model, at: usize) -> String {
        let mut names: Vec<String> =
            model.follow[at].iter().map(|&it| format!("<{}>", model.items[usize::from(it)].name.local)).collect();
        names.dedup();
        if model.accept[at] {
            names.push(format!("the end of {}", of.name));
        }
        names.join(" or ")
    }
}
