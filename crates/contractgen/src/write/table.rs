//! The tables: types, automata and elements as statics.

use std::{collections::BTreeSet, fmt::Write};

use super::{Output, literal};
use crate::{
    fields::Arity,
    model::{Attribute, ComplexId, Content, Kind, Leaf},
    schema::Occurs,
};

/// Functions that keep the rows of the tables short.
pub(super) const HELPERS: &str = r#"
mod table {
    //! The rows of the tables below, in few words.
    use soap::schema::{Attribute, Item, Kind, Name, Namespace, NamespaceId, Simple, Type};
    /// A namespace.
    pub(crate) const fn namespace(prefix: &'static str, uri: &'static str) -> Namespace {
        Namespace { uri, prefix }
    }
    /// The name of an element; the local part is what stands behind the prefix.
    pub(crate) const fn name(namespace: NamespaceId, tag: &'static str) -> Name {
        let mut at = 0;
        while at < tag.len() {
            if tag.as_bytes()[at] == b':' {
                return Name { namespace, local: tag.split_at(at + 1).1, tag };
            }
            at += 1;
        }
        Name { namespace, local: tag, tag }
    }
    const fn item(name: Name, kind: Kind, least: u32, most: Option<u32>) -> Item {
        let list = !matches!(most, Some(0 | 1));
        Item { name, kind, least, most, list, choice: None, default: None, fixed: None, nillable: false }
    }
    /// An element of a simple type.
    pub(crate) const fn text(
        namespace: NamespaceId, tag: &'static str, of: &'static Simple, least: u32, most: Option<u32>,
    ) -> Item {
        item(name(namespace, tag), Kind::Simple(of), least, most)
    }
    /// An element of a complex type.
    pub(crate) const fn node(
        namespace: NamespaceId, tag: &'static str, of: &'static Type, least: u32, most: Option<u32>,
    ) -> Item {
        item(name(namespace, tag), Kind::Complex(of), least, most)
    }
    /// An alternative of a choice.
    pub(crate) const fn choice(number: u8, item: Item) -> Item {
        Item { choice: Some(number), ..item }
    }
    /// An attribute.
    pub(crate) const fn attribute(name: &'static str, simple: &'static Simple, required: bool) -> Attribute {
        Attribute { name, simple, required, default: None, fixed: None }
    }
}
"#;

impl Output<'_> {
    /// The static of a complex type.
    pub(super) fn complex_static(self, id: ComplexId, text: &mut String) {
        let complex = &self.plan.model.complexes[id.0];
        let table = &self.plan.complexes[id.0].table;
        let attributes: Vec<String> = complex.attributes.iter().map(|it| self.attribute_row(it)).collect();
        let content = match complex.content {
            Content::Empty => "schema::Content::Empty".to_owned(),
            Content::Text(simple) => format!("schema::Content::Text(&{})", self.simple_table(simple)),
            Content::Elements(_) => self.model_table(id),
        };
        let _ = writeln!(text, "/// The table of `{}`.", self.plan.complexes[id.0].rust);
        let _ = writeln!(
            text,
            "pub static {table}: schema::Type = schema::Type {{ name: {:?}, attributes: &[{}], any_attribute: {}, \
             content: {content} }};",
            complex.name,
            attributes.join(", "),
            complex.any_attribute,
        );
    }

    fn attribute_row(self, it: &Attribute) -> String {
        let row = format!("table::attribute({:?}, &{}, {})", it.name, self.simple_table(it.kind), it.required);
        if it.default.is_none() && it.fixed.is_none() {
            return row;
        }
        format!("schema::Attribute {{ {}..{row} }}", constants(it.default.as_ref(), it.fixed.as_ref()))
    }

    fn model_table(self, id: ComplexId) -> String {
        let automaton = &self.plan.automata[id.0];
        let items: Vec<String> = (0..automaton.items.len()).map(|it| self.item_row(id, it)).collect();
        let set = |it: &BTreeSet<usize>| {
            let numbers: Vec<String> = it.iter().map(ToString::to_string).collect();
            format!("&[{}]", numbers.join(", "))
        };
        let follow: Vec<String> = automaton.follow.iter().map(set).collect();
        let accept: Vec<String> = automaton.accept.iter().map(ToString::to_string).collect();
        format!(
            "schema::Content::Elements(schema::Model {{ items: &[{}], follow: &[{}], accept: &[{}] }})",
            items.join(", "),
            follow.join(", "),
            accept.join(", ")
        )
    }

    fn item_row(self, id: ComplexId, position: usize) -> String {
        let leaf = self.plan.leaf(id, position);
        let Occurs { least, most } = leaf.occurs;
        let most = most.map_or_else(|| "None".to_owned(), |it| format!("Some({it})"));
        let (namespace, tag) = (self.plan.id(&leaf.name.namespace), self.plan.tag(&leaf.name));
        let (function, of) = match leaf.kind {
            Kind::Simple(simple) => ("text", self.simple_table(simple)),
            Kind::Complex(id) => ("node", self.complex_table(id)),
        };
        let mut row = format!("table::{function}({namespace}, {tag:?}, &{of}, {least}, {most})");
        let group = self.plan.shapes[id.0].enum_at(position);
        if let Some(choice) = group.and_then(|it| it.1.choice) {
            row = format!("table::choice({choice}, {row})");
        }
        let list = group.is_some_and(|it| it.0 == Arity::Many);
        let more = more(leaf, list);
        if more.is_empty() { row } else { format!("schema::Item {{ {more}..{row} }}") }
    }

    fn name_row(self, name: &crate::schema::Name) -> String {
        format!("table::name({}, {:?})", self.plan.id(&name.namespace), self.plan.tag(name))
    }

    /// The static of a global element.
    pub(super) fn element_table(self, id: usize, text: &mut String) {
        let element = &self.plan.model.elements[id];
        let ids: Vec<String> = self.plan.namespaces_below(id).iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "#[doc = {}]", literal(&format!(" The element `{}`.", element.name)));
        let _ = writeln!(
            text,
            "pub static {}: schema::Element = schema::Element {{ name: {}, kind: {}, namespaces: &[{}] }};",
            self.plan.elements[id],
            self.name_row(&element.name),
            self.kind_table(element.kind),
            ids.join(", ")
        );
    }
}

/// What an item says beyond name, type, occurrence and choice. `list` is said of the members of a repeated group.
fn more(leaf: &Leaf, list: bool) -> String {
    let mut more = String::new();
    if list {
        more.push_str("list: true, ");
    }
    more.push_str(&constants(leaf.default.as_ref(), leaf.fixed.as_ref()));
    if leaf.nillable {
        more.push_str("nillable: true, ");
    }
    more
}

fn constants(default: Option<&String>, fixed: Option<&String>) -> String {
    let mut text = String::new();
    for (name, value) in [("default", default), ("fixed", fixed)] {
        if let Some(value) = value {
            let _ = write!(text, "{name}: Some({value:?}), ");
        }
    }
    text
}
