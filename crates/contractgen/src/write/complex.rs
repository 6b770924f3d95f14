//! Complex types: the struct, its enums, `Decode` and `Encode`.

use std::fmt::Write;

use super::{Output, documented, generic};
use crate::{
    fields::{Arity, Enum, Field, Shape, What, uncounted},
    model::{Attribute, Complex, ComplexId, Content, Kind},
};

/// What is at hand while one type is written.
#[derive(Clone, Copy)]
struct Subject<'p> {
    output: Output<'p>,
    id: ComplexId,
    complex: &'p Complex,
    shape: &'p Shape,
    name: &'p str,
    table: &'p str,
}

impl Output<'_> {
    /// A complex type.
    pub(super) fn complex(self, id: ComplexId, text: &mut String) {
        let names = &self.plan.complexes[id.0];
        let subject = Subject {
            output: self,
            id,
            complex: &self.plan.model.complexes[id.0],
            shape: &self.plan.shapes[id.0],
            name: &names.rust,
            table: &names.table,
        };
        subject.declaration(text);
        subject.enums(text);
        self.complex_static(id, text);
        subject.decode(text);
        subject.encode(text);
    }
}

impl<'p> Subject<'p> {
    fn borrows(self) -> bool {
        self.output.plan.borrows[self.id.0]
    }

    /// The attributes that are fields, with their names.
    fn kept(self) -> impl Iterator<Item = (&'p str, &'p Attribute)> {
        let pairs = self.shape.attributes.iter().zip(&self.complex.attributes);
        pairs.filter_map(|(field, it)| field.as_ref().map(|field| (field.as_str(), it)))
    }

    fn declaration(self, text: &mut String) {
        let namespace = &self.output.plan.model.modules[self.output.module].namespace;
        documented(namespace, &self.complex.name, self.complex.documentation.as_ref(), text);
        let _ = write!(text, "#[derive(Debug, Clone, PartialEq)] pub struct {}", self.name);
        if self.is_unit() {
            let _ = writeln!(text, ";");
            return;
        }
        let _ = writeln!(text, "{} {{", generic(self.borrows(), "'a"));
        for (field, it) in self.kept() {
            let kind = self.output.simple_type(it.kind, "'a");
            let kind = if it.required { kind } else { format!("Option<{kind}>") };
            let _ = writeln!(text, "pub {field}: {kind},");
        }
        for field in &self.shape.fields {
            let kind = match (&field.what, field.arity) {
                (_, Arity::One) => self.field_type(field),
                (_, Arity::Optional) => format!("Option<{}>", self.field_type(field)),
                (_, Arity::Many) => format!("Vec<{}>", self.field_type(field)),
            };
            let _ = writeln!(text, "pub {}: {kind},", field.name);
        }
        let _ = writeln!(text, "}}");
    }

    fn is_unit(self) -> bool {
        self.shape.fields.is_empty() && self.kept().next().is_none()
    }

    fn field_type(self, field: &Field) -> String {
        match &field.what {
            What::Text => match self.complex.content {
                Content::Text(simple) => self.output.simple_type(simple, "'a"),
                Content::Empty | Content::Elements(_) => String::new(),
            },
            What::Element(position) => self.value_type(*position, field.arity),
            What::Enum(it) => format!("{}{}", self.enum_name(it), generic(self.enum_borrows(it), "'a")),
        }
    }

    /// The type of one element's value: boxed where it leads back here, optional where it may be nil.
    fn value_type(self, position: usize, arity: Arity) -> String {
        let leaf = self.output.plan.leaf(self.id, position);
        let kind = self.output.kind_type(leaf.kind, "'a");
        let kind = if self.is_boxed(leaf.kind, arity) { format!("Box<{kind}>") } else { kind };
        if leaf.nillable { format!("Option<{kind}>") } else { kind }
    }

    fn is_boxed(self, kind: Kind, arity: Arity) -> bool {
        match kind {
            Kind::Complex(id) => arity != Arity::Many && self.output.plan.boxed.contains(&(self.id, id)),
            Kind::Simple(_) => false,
        }
    }

    fn enum_name(self, it: &Enum) -> &'p str {
        let number = self.shape.enums().position(|other| std::ptr::eq(other, it)).unwrap_or_default();
        &self.output.plan.enums[self.id.0][number]
    }

    fn enum_borrows(self, it: &Enum) -> bool {
        it.variants.iter().any(|it| self.output.plan.kind_borrows(self.output.plan.leaf(self.id, it.1).kind))
    }

    fn enums(self, text: &mut String) {
        for field in &self.shape.fields {
            let What::Enum(it) = &field.what else { continue };
            let what = if it.choice.is_some() { "The choice in" } else { "The repeated part of" };
            let life = generic(self.enum_borrows(it), "'a");
            let _ = writeln!(
                text,
                "/// {what} [`{}`].\n#[derive(Debug, Clone, PartialEq)] pub enum {}{life} {{",
                self.name,
                self.enum_name(it)
            );
            for (variant, position) in &it.variants {
                let kind = self.value_type(*position, field.arity);
                let _ = writeln!(text, "{variant}({kind}),");
            }
            let _ = writeln!(text, "}}");
        }
    }

    fn decode(self, text: &mut String) {
        let of = generic(self.borrows(), "'a");
        let _ = writeln!(
            text,
            "impl<'a> Decode<'a> for {}{of} {{ fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {{",
            self.name
        );
        self.decode_attributes(text);
        let mut made = String::new();
        for (field, it) in self.kept() {
            let is_text = self.output.plan.is_text(it.kind);
            let value = if is_text { local(field) } else { format!("d.parse({})?", local(field)) };
            let value = if it.required { format!("d.present({value})?") } else { value };
            let _ = if value == field { write!(made, "{field}, ") } else { write!(made, "{field}: {value}, ") };
        }
        match &self.complex.content {
            Content::Empty => {
                let _ = writeln!(text, "d.empty(&{})?;", self.table);
            }
            Content::Text(simple) => {
                let text_or_value = if self.output.plan.is_text(*simple) { "string" } else { "value" };
                for field in &self.shape.fields {
                    let _ = write!(made, "{}: d.content_{text_or_value}(&{})?, ", field.name, self.table);
                }
            }
            Content::Elements(_) => self.decode_elements(text, &mut made),
        }
        let made = if self.is_unit() { "Self".to_owned() } else { format!("Self {{ {made} }}") };
        let _ = writeln!(text, "Ok({made}) }} }}");
    }

    fn decode_attributes(self, text: &mut String) {
        let names: Vec<String> =
            self.shape.attributes.iter().map(|it| it.as_ref().map_or_else(|| "_".to_owned(), |it| local(it))).collect();
        let _ = match names.len() {
            0 => writeln!(text, "d.attributes::<0>(&{})?;", self.table),
            count if self.kept().next().is_none() => writeln!(text, "d.attributes::<{count}>(&{})?;", self.table),
            _ => writeln!(text, "let [{}] = d.attributes(&{})?;", names.join(", "), self.table),
        };
    }

    fn decode_elements(self, text: &mut String, made: &mut String) {
        let (mut arms, mut after) = (String::new(), String::new());
        for field in &self.shape.fields {
            let name = local(&field.name);
            let start = if field.arity == Arity::Many { "Vec::new()" } else { "None" };
            let _ = writeln!(text, "let mut {name} = {start};");
            let _ = match field.arity {
                Arity::One => write!(made, "{}: d.present({name})?, ", field.name),
                _ if name == field.name => write!(made, "{name}, "),
                _ => write!(made, "{}: {name}, ", field.name),
            };
            match &field.what {
                What::Text => {}
                What::Element(position) => {
                    let stored = stored(field.arity, &name, &self.read(*position, field.arity));
                    let (before, end) = self.count(*position, &name);
                    let _ = match before.as_str() {
                        "" => writeln!(arms, "{position} => {stored},"),
                        _ => writeln!(arms, "{position} => {{ {before} {stored}; }}"),
                    };
                    after.push_str(&end);
                }
                What::Enum(it) => {
                    for (position, variant) in &it.positions {
                        let value = self.read(*position, field.arity);
                        let value = format!("{}::{}({value})", self.enum_name(it), it.variants[*variant].0);
                        let _ = writeln!(arms, "{position} => {},", stored(field.arity, &name, &value));
                    }
                }
            }
        }
        let _ = writeln!(
            text,
            "let mut at = 0; while let Some(item) = d.next(&{}, &mut at)? {{
                match item {{ {arms} _ => return Err(d.unreachable()), }}
            }} {after}",
            self.table
        );
    }

    /// The check of a list that the automaton does not count: before an entry is read, so that the surplus one is
    /// pointed at and nothing grows without bound; or behind the last, where it can be too few as well.
    fn count(self, position: usize, name: &str) -> (String, String) {
        let leaf = self.output.plan.leaf(self.id, position);
        if uncounted(leaf) {
            return (String::new(), String::new());
        }
        let least = leaf.occurs.least;
        let check = |count: &str| format!("d.count(&{}, {position}, {name}.{count})?;", self.table);
        if least > 1 { (String::new(), check("len()")) } else { (check("len() + 1"), String::new()) }
    }

    /// Reads one element's value.
    fn read(self, position: usize, arity: Arity) -> String {
        let leaf = self.output.plan.leaf(self.id, position);
        let value = match leaf.kind {
            Kind::Complex(_) if self.is_boxed(leaf.kind, arity) => "Box::new(Decode::decode(d)?)",
            Kind::Complex(_) => "Decode::decode(d)?",
            Kind::Simple(simple) if self.output.plan.is_text(simple) => "d.string()?",
            Kind::Simple(_) => "d.value()?",
        };
        if leaf.nillable { format!("if d.nil()? {{ None }} else {{ Some({value}) }}") } else { value.to_owned() }
    }

    fn encode(self, text: &mut String) {
        let of = generic(self.borrows(), "'_");
        let _ = writeln!(
            text,
            "impl Encode for {}{of} {{ fn encode(&self, tag: &'static str, w: &mut Writer) {{",
            self.name
        );
        let bare = self.complex.attributes.is_empty();
        let _ = writeln!(text, "{}", if bare && !self.is_unit() { "w.start(tag);" } else { "w.open(tag);" });
        self.encode_attributes(text);
        if self.shape.fields.is_empty() {
            let _ = writeln!(text, "w.close_empty(); }} }}");
            return;
        }
        if !bare {
            let _ = writeln!(text, "w.inside();");
        }
        for field in &self.shape.fields {
            self.encode_field(field, text);
        }
        let _ = writeln!(text, "w.close(tag); }} }}");
    }

    fn encode_attributes(self, text: &mut String) {
        for (it, field) in self.complex.attributes.iter().zip(&self.shape.attributes) {
            let is_text = self.output.plan.is_text(it.kind);
            let function = if is_text { "attribute" } else { "attribute_value" };
            let _ = match (field, &it.fixed, it.required) {
                (Some(field), _, true) => writeln!(text, "w.{function}({:?}, &self.{field});", it.name),
                (Some(field), _, false) => {
                    writeln!(text, "if let Some(value) = &self.{field} {{ w.{function}({:?}, value); }}", it.name)
                }
                (None, Some(fixed), _) => writeln!(text, "w.attribute({:?}, {fixed:?});", it.name),
                (None, None, _) => Ok(()),
            };
        }
    }

    fn encode_field(self, field: &Field, text: &mut String) {
        let name = &field.name;
        let (value, before, after) = match field.arity {
            Arity::One => (format!("&self.{name}"), String::new(), ""),
            Arity::Optional => ("value".to_owned(), format!("if let Some(value) = &self.{name} {{"), "}"),
            Arity::Many => ("value".to_owned(), format!("for value in &self.{name} {{"), "}"),
        };
        text.push_str(&before);
        match &field.what {
            What::Text => {
                let is_text = matches!(self.complex.content, Content::Text(it) if self.output.plan.is_text(it));
                let _ = write!(text, "w.{}({value});", if is_text { "text" } else { "text_value" });
            }
            What::Element(position) => {
                let _ = write!(text, "{};", self.write(*position, &value));
            }
            What::Enum(it) => {
                let _ = write!(text, "match {value} {{");
                for (variant, position) in &it.variants {
                    let body = self.write(*position, "value");
                    let _ = write!(text, "{}::{variant}(value) => {body},", self.enum_name(it));
                }
                let _ = write!(text, "}}");
            }
        }
        let _ = writeln!(text, "{after}");
    }

    /// Writes one element's value; `value` is an expression that borrows it.
    fn write(self, position: usize, value: &str) -> String {
        let leaf = self.output.plan.leaf(self.id, position);
        let tag = self.output.plan.tag(&leaf.name);
        let write = |value: &str| match leaf.kind {
            Kind::Complex(_) => format!("{}.encode({tag:?}, w)", value.trim_start_matches('&')),
            Kind::Simple(simple) if self.output.plan.is_text(simple) => format!("w.string({tag:?}, {value})"),
            Kind::Simple(_) => format!("w.value({tag:?}, {value})"),
        };
        if leaf.nillable {
            return format!("match {value} {{ Some(value) => {}, None => w.nil({tag:?}) }}", write("value"));
        }
        write(value)
    }
}

/// An arm's body that keeps a value.
fn stored(arity: Arity, name: &str, value: &str) -> String {
    match arity {
        Arity::Many => format!("{name}.push({value})"),
        Arity::One | Arity::Optional => format!("{name} = Some({value})"),
    }
}

/// The variable of a field while it is read.
fn local(field: &str) -> String {
    if matches!(field, "d" | "at" | "item") { format!("field_{field}") } else { field.to_owned() }
}
