//! Simple types: a table each, and an enum where the values are listed.

use std::fmt::Write;

use super::{Output, documented, literal};
use crate::{
    model::{BuiltIn, Facet, Simple},
    names::{self, Taken},
};

impl Output<'_> {
    /// A simple type.
    pub(super) fn simple(self, id: usize, text: &mut String) {
        let simple = &self.plan.model.simples[id];
        let names = &self.plan.simples[id];
        let namespace = &self.plan.model.modules[self.module].namespace;
        if let Some(values) = simple.values() {
            documented(namespace, &simple.name, simple.documentation.as_ref(), text);
            enumeration(&names.rust, &names.table, values, text);
            let _ = writeln!(text, "/// The table of `{}`.", names.rust);
        } else {
            documented(namespace, &simple.name, simple.documentation.as_ref(), text);
        }
        let facets: Vec<String> = simple.facets.iter().map(|it| facet(it, simple, &names.table)).collect();
        // A compiled pattern is kept in its table, so that it needs a static of its own.
        let own = simple.facets.iter().any(|it| matches!(it, Facet::Pattern { .. }));
        let list = format!("[{}]", facets.join(", "));
        let table = &names.table;
        let _ = writeln!(
            text,
            "pub static {table}: schema::Simple = schema::Simple {{ name: {:?}, base: schema::Base::{}, \
             whitespace: schema::Whitespace::{:?}, facets: &{} }};",
            simple.name,
            base(simple.base),
            simple.whitespace,
            if own { format!("{table}_FACETS") } else { list.clone() }
        );
        if own {
            let _ = writeln!(text, "static {table}_FACETS: [schema::Facet; {}] = {list};", facets.len());
        }
    }
}

fn facet(facet: &Facet, simple: &Simple, table: &str) -> String {
    match facet {
        Facet::Length(it) => format!("schema::Facet::Length({it})"),
        Facet::MinLength(it) => format!("schema::Facet::MinLength({it})"),
        Facet::MaxLength(it) => format!("schema::Facet::MaxLength({it})"),
        Facet::MinInclusive(it) => format!("schema::Facet::MinInclusive({it})"),
        Facet::MaxInclusive(it) => format!("schema::Facet::MaxInclusive({it})"),
        Facet::Pattern { schema, rust } => {
            format!("schema::Facet::Pattern(schema::Pattern::new({}, {}))", literal(schema), literal(rust))
        }
        Facet::Enumeration(values) if simple.values() == Some(values) => {
            format!("schema::Facet::Enumeration({table}_VALUES)")
        }
        Facet::Enumeration(values) => {
            let values: Vec<String> = values.iter().map(|it| literal(it)).collect();
            format!("schema::Facet::Enumeration(&[{}])", values.join(", "))
        }
    }
}

fn base(base: BuiltIn) -> &'static str {
    match base {
        BuiltIn::String | BuiltIn::NormalizedString | BuiltIn::Token => "String",
        BuiltIn::Boolean => "Boolean",
        BuiltIn::Int => "Int",
        BuiltIn::Long => "Long",
        BuiltIn::PositiveInteger => "PositiveInteger",
        BuiltIn::NonNegativeInteger => "NonNegativeInteger",
        BuiltIn::Decimal => "Decimal",
        BuiltIn::Date => "Date",
        BuiltIn::DateTime => "DateTime",
        BuiltIn::AnyUri => "Uri",
    }
}

fn enumeration(name: &str, table: &str, values: &[String], text: &mut String) {
    let mut taken = Taken::default();
    let variants: Vec<String> = values.iter().map(|it| taken.claim(&names::variant(it), "_")).collect();
    let _ = writeln!(text, "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)] pub enum {name} {{");
    for (variant, value) in variants.iter().zip(values) {
        let _ = writeln!(text, "#[doc = {}] {variant},", literal(&format!(" `{value}`")));
    }
    let all: Vec<String> = variants.iter().map(|it| format!("Self::{it}")).collect();
    let listed: Vec<String> = values.iter().map(|it| literal(it)).collect();
    let sorted = values.len() > LONG;
    let parse = if sorted {
        format!(
            "let found = {table}_ORDER.binary_search_by(|it| {table}_VALUES[*it as usize].cmp(text)).ok()?; \
             Some(Self::ALL[{table}_ORDER[found] as usize])"
        )
    } else {
        format!("{table}_VALUES.iter().position(|it| *it == text).map(|it| Self::ALL[it])")
    };
    let _ = writeln!(
        text,
        "}}
        impl {name} {{
            /// Every value, in the order of the schema.
            pub const ALL: &'static [Self] = &[{}];
            /// The value as it is written.
            #[must_use] pub fn as_str(self) -> &'static str {{ {table}_VALUES[self as usize] }}
        }}
        impl xml::Value for {name} {{
            const LISTED: bool = true;
            fn parse(text: &str) -> Option<Self> {{ {parse} }}
            fn write(&self, out: &mut String) {{ out.push_str(self.as_str()); }}
        }}
        const {table}_VALUES: &[&str] = &[{}];",
        all.join(", "),
        listed.join(", ")
    );
    if sorted {
        // Long lists, such as that of countries, are searched by halves.
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by_key(|it| &values[*it]);
        let order: Vec<String> = order.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "const {table}_ORDER: &[u16] = &[{}];", order.join(", "));
    }
}

/// Lists longer than this are searched by halves.
const LONG: usize = 12;
