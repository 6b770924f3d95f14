//! The last stage: the model as Rust text, one module for each namespace of each folder.
//!
//! Text is put together as plain strings, parsed and laid out by prettyplease module by module, so that a deep module
//! has lines as long as any.

mod complex;
mod service;
mod simple;
mod table;

use std::{collections::BTreeMap, fmt::Write, path::Path};

use crate::{
    error::{Error, Place},
    model::{BuiltIn, ComplexId, Kind, SimpleUse},
    plan::Plan,
};

/// The whole file. `root` is where documents are included from.
pub(crate) fn write(plan: &Plan<'_>, root: &Path) -> Result<String, Error> {
    let mut text = String::new();
    namespaces(plan, &mut text);
    let contracts = plan.model.contracts.iter();
    let paths: Vec<String> =
        contracts.map(|it| format!("&{}::CONTRACT", plan.model.modules[it.module].path.join("::"))).collect();
    let _ = writeln!(text, "/// Every service, by path.");
    let _ = writeln!(text, "pub static CONTRACTS: &[&soap::schema::Contract] = &[{}];", paths.join(", "));
    text.push_str(table::HELPERS);
    let mut tree = Tree::default();
    for (number, module) in plan.model.modules.iter().enumerate() {
        let body = laid_out(&Output { plan, module: number, root }.module())?;
        tree.insert(&module.path, format!("The namespace `{}`.", module.namespace), body);
    }
    let mut text = laid_out(&text)?;
    tree.write(&mut text);
    Ok(text)
}

fn namespaces(plan: &Plan<'_>, text: &mut String) {
    let _ = writeln!(text, "/// Every namespace of a contract, by URI; the first one has id 16.");
    let _ = writeln!(text, "pub static NAMESPACES: &[soap::schema::Namespace] = &[");
    for it in &plan.model.namespaces {
        let _ = writeln!(text, "table::namespace({:?}, {:?}),", it.prefix, it.uri);
    }
    let _ = writeln!(text, "];");
}

fn laid_out(text: &str) -> Result<String, Error> {
    let parsed = syn::parse_file(text).map_err(|error| {
        let reason = format!("is no Rust: {error}");
        Error::at(&Place::file("contracts.rs"), "generated text", reason, "this is a fault of the generator: report it")
    })?;
    Ok(prettyplease::unparse(&parsed))
}

/// Modules in modules.
#[derive(Default)]
struct Tree {
    documentation: String,
    body: String,
    children: BTreeMap<String, Tree>,
}

impl Tree {
    fn insert(&mut self, path: &[String], documentation: String, body: String) {
        match path.split_first() {
            Some((first, rest)) => {
                self.children.entry(first.clone()).or_default().insert(rest, documentation, body);
            }
            None => (self.documentation, self.body) = (documentation, body),
        }
    }

    fn write(&self, text: &mut String) {
        for (name, child) in &self.children {
            if !child.documentation.is_empty() {
                let _ = writeln!(text, "/// {}", child.documentation);
            }
            let _ = writeln!(text, "pub mod {name} {{");
            text.push_str(&child.body);
            child.write(text);
            let _ = writeln!(text, "}}");
        }
    }
}

/// The writer of one module.
#[derive(Clone, Copy)]
struct Output<'p> {
    plan: &'p Plan<'p>,
    module: usize,
    root: &'p Path,
}

impl Output<'_> {
    fn module(self) -> String {
        let mut body = String::new();
        for id in self.plan.simples_of(self.module) {
            self.simple(id, &mut body);
        }
        for id in self.plan.complexes_of(self.module) {
            self.complex(id, &mut body);
        }
        for id in self.plan.elements_of(self.module) {
            self.element_table(id, &mut body);
        }
        for contract in self.plan.model.contracts.iter().filter(|it| it.module == self.module) {
            self.service(contract, &mut body);
        }
        let uses = self.shorten(&mut body);
        format!("{uses}{}{body}", imports(&body))
    }

    /// Replaces the paths of other modules by their last parts, as many as it takes to tell them apart. Gives the
    /// declarations that this needs; a child needs none.
    fn shorten(self, body: &mut String) -> String {
        let own = &self.plan.model.modules[self.module].path;
        let mut others: Vec<&[String]> = self.plan.model.modules.iter().map(|it| it.path.as_slice()).collect();
        // A child's path begins with that of its parent, so it goes first.
        others.sort_by_key(|it| std::cmp::Reverse(it.len()));
        let child = |it: &[String]| (it.len() > own.len() && it.starts_with(own)).then(|| it[own.len()..].join("::"));
        let mut taken: Vec<String> = others.iter().filter_map(|it| child(it)).collect();
        taken.extend(["schema", "table", "xml", "xs"].map(ToOwned::to_owned));
        let mut uses = String::new();
        for other in others {
            let path = format!("crate::{}", other.join("::"));
            if !body.contains(&format!("{path}::")) {
                continue;
            }
            let mut tails = (1..=other.len()).map(|it| other[other.len() - it..].join("_"));
            let alias = child(other).unwrap_or_else(|| {
                let alias = tails.find(|it| !taken.contains(it)).unwrap_or_else(|| other.join("__"));
                let rename = if other.last() == Some(&alias) { String::new() } else { format!(" as {alias}") };
                let _ = writeln!(uses, "use {path}{rename};");
                alias
            });
            *body = body.replace(&format!("{path}::"), &format!("{alias}::"));
            taken.push(alias);
        }
        uses
    }

    /// How this module names something of another one.
    fn path(self, module: usize, name: &str) -> String {
        if module == self.module {
            return name.to_owned();
        }
        format!("crate::{}::{name}", self.plan.model.modules[module].path.join("::"))
    }

    /// The table of a simple type.
    fn simple_table(self, simple: SimpleUse) -> String {
        match simple {
            SimpleUse::BuiltIn(it) => format!("xs::{}", built_in_table(it)),
            SimpleUse::Declared(id) => self.path(self.plan.model.simples[id.0].module, &self.plan.simples[id.0].table),
        }
    }

    /// The table of a complex type.
    fn complex_table(self, ComplexId(id): ComplexId) -> String {
        self.path(self.plan.model.complexes[id].module, &self.plan.complexes[id].table)
    }

    /// The table of an element's type as a `Kind`.
    fn kind_table(self, kind: Kind) -> String {
        match kind {
            Kind::Simple(simple) => format!("schema::Kind::Simple(&{})", self.simple_table(simple)),
            Kind::Complex(id) => format!("schema::Kind::Complex(&{})", self.complex_table(id)),
        }
    }

    /// The Rust type of a simple type.
    fn simple_type(self, simple: SimpleUse, lifetime: &str) -> String {
        if let (true, Some(id)) = (self.plan.is_enum(simple), simple.declared()) {
            return self.path(self.plan.model.simples[id.0].module, &self.plan.simples[id.0].rust);
        }
        match self.plan.base(simple) {
            BuiltIn::Boolean => "bool".to_owned(),
            BuiltIn::Int => "i32".to_owned(),
            BuiltIn::Long => "i64".to_owned(),
            BuiltIn::PositiveInteger | BuiltIn::NonNegativeInteger => "u32".to_owned(),
            BuiltIn::Date => "xml::Date".to_owned(),
            BuiltIn::DateTime => "xml::DateTime".to_owned(),
            BuiltIn::String | BuiltIn::NormalizedString | BuiltIn::Token | BuiltIn::Decimal | BuiltIn::AnyUri => {
                format!("Cow<{lifetime}, str>")
            }
        }
    }

    /// The Rust type of an element.
    fn kind_type(self, kind: Kind, lifetime: &str) -> String {
        match kind {
            Kind::Simple(simple) => self.simple_type(simple, lifetime),
            Kind::Complex(id) => {
                let name = self.path(self.plan.model.complexes[id.0].module, &self.plan.complexes[id.0].rust);
                format!("{name}{}", generic(self.plan.borrows[id.0], lifetime))
            }
        }
    }
}

/// `<'a>` where something is borrowed.
fn generic(borrows: bool, lifetime: &str) -> String {
    if borrows { format!("<{lifetime}>") } else { String::new() }
}

/// Escaped text as a string literal.
fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// A doc comment: the qualified name and what the schema says of it.
fn documented(namespace: &str, name: &str, documentation: Option<&String>, text: &mut String) {
    let _ = writeln!(text, "#[doc = {:?}]", format!(" `{{{namespace}}}{name}`"));
    if let Some(documentation) = documentation {
        let _ = writeln!(text, "///\n#[doc = {:?}]", format!(" {documentation}"));
    }
}

/// What a module uses, if it does.
fn imports(body: &str) -> String {
    let used = |names: &[(&'static str, &'static str)]| -> Vec<&'static str> {
        names.iter().filter(|it| body.contains(it.1)).map(|it| it.0).collect()
    };
    let mut text = String::new();
    let mut import = |path: &str, names: Vec<&str>| {
        if !names.is_empty() {
            let _ = writeln!(text, "use {path}::{{{}}};", names.join(", "));
        }
    };
    import("std::borrow", used(&[("Cow", "Cow<")]));
    import("soap::schema", used(&[("self", "schema::"), ("xs", "&xs::")]));
    let traits = [("Decode", " Decode"), ("Decoder", "Decoder<"), ("Encode", " Encode "), ("Writer", "mut Writer")];
    import("soap::xml", used(&[&[("self", "xml::")], &traits[..]].concat()));
    import("crate", used(&[("table", "table::")]));
    text
}

fn built_in_table(built_in: BuiltIn) -> &'static str {
    match built_in {
        BuiltIn::String => "STRING",
        BuiltIn::NormalizedString => "NORMALIZED_STRING",
        BuiltIn::Token => "TOKEN",
        BuiltIn::Boolean => "BOOLEAN",
        BuiltIn::Int => "INT",
        BuiltIn::Long => "LONG",
        BuiltIn::PositiveInteger => "POSITIVE_INTEGER",
        BuiltIn::NonNegativeInteger => "NON_NEGATIVE_INTEGER",
        BuiltIn::Decimal => "DECIMAL",
        BuiltIn::Date => "DATE",
        BuiltIn::DateTime => "DATE_TIME",
        BuiltIn::AnyUri => "ANY_URI",
    }
}
