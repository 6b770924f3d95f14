//! The tables: types, automata and elements as statics.

use std::{collections::BTreeSet, fmt::Write};

use super::{Output, literal, optional};
use crate::{
    fields::{Arity, What},
    model::{Attribute, ComplexId, Content, Leaf},
    schema::Occurs,
};

/// Functions that keep the rows of the tables short.
pub(super) const HELPERS: &str = r#"
mod table {
    use soap::schema::{Attribute, Item, Kind, Name, NamespaceId, Simple};
    /// An element particle.
    pub(crate) const fn item(name: Name, kind: Kind, least: u32, most: Option<u32>) -> Item {
        let list = !matches!(most, Some(0 | 1));
        Item { name, kind, least, most, list, choice: None, default: None, fixed: None, nillable: false }
    }
    /// The name of an element.
    pub(crate) const fn name(namespace: NamespaceId, local: &'static str, tag: &'static str) -> Name {
        Name { namespace, local, tag }
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
        let (default, fixed) = (optional(it.default.as_ref()), optional(it.fixed.as_ref()));
        format!("schema::Attribute {{ default: {default}, fixed: {fixed}, ..{row} }}")
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
        let (name, kind) = (self.name_row(&leaf.name), self.kind_table(leaf.kind));
        let row = format!("table::item({name}, {kind}, {least}, {most})");
        let more = self.more(id, position, leaf);
        if more.is_empty() { row } else { format!("schema::Item {{ {more}..{row} }}") }
    }

    /// What an item says beyond name, type and occurrence.
    fn more(self, id: ComplexId, position: usize, leaf: &Leaf) -> String {
        let mut more = String::new();
        for field in &self.plan.shapes[id.0].fields {
            let What::Enum(it) = &field.what else { continue };
            if it.positions.iter().all(|it| it.0 != position) {
                continue;
            }
            if field.arity == Arity::Many {
                more.push_str("list: true, ");
            }
            if let Some(choice) = it.choice {
                let _ = write!(more, "choice: Some({choice}), ");
            }
        }
        if leaf.default.is_some() {
            let _ = write!(more, "default: {}, ", optional(leaf.default.as_ref()));
        }
        if leaf.fixed.is_some() {
            let _ = write!(more, "fixed: {}, ", optional(leaf.fixed.as_ref()));
        }
        if leaf.nillable {
            more.push_str("nillable: true, ");
        }
        more
    }

    fn name_row(self, name: &crate::schema::Name) -> String {
        let tag = self.plan.tag(name);
        format!("table::name({}, {:?}, {tag:?})", self.plan.id(&name.namespace), name.local)
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
