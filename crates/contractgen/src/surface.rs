//! The surface of a folder: one line for each field, value and operation, for reviewers and their `diff`.

use std::{collections::BTreeMap, fmt::Write};

use crate::{
    fields::{Arity, What},
    model::{BuiltIn, ComplexId, Content, Contract, Facet, Kind, SimpleUse},
    plan::Plan,
    schema::{Name, Occurs},
};

/// The listings, by the module path of the folder: `unilogin__wsiinst__v6`.
pub(crate) fn surfaces(plan: &Plan<'_>) -> BTreeMap<String, String> {
    let mut listings: BTreeMap<&str, String> = BTreeMap::new();
    for contract in &plan.model.contracts {
        let folder = plan.model.modules[contract.module].folder.as_str();
        service(plan, contract, listings.entry(folder).or_default());
    }
    for (number, module) in plan.model.modules.iter().enumerate() {
        namespace(plan, number, listings.entry(&module.folder).or_default());
    }
    listings.into_iter().map(|(folder, text)| (key(plan, folder), text)).collect()
}

/// The folder's module: the shortest of its paths, or what its paths have in common.
fn key(plan: &Plan<'_>, folder: &str) -> String {
    let parts = folder.split('/').count() - 1;
    let module = plan.model.modules.iter().find(|it| it.folder == folder);
    let path: Vec<&str> = module.iter().flat_map(|it| &it.path).take(parts).map(String::as_str).collect();
    path.join("__")
}

fn service(plan: &Plan<'_>, contract: &Contract, text: &mut String) {
    let _ = writeln!(text, "contract {}", contract.path);
    let _ = writeln!(text, "service {}  port type {}", contract.service, contract.port_type);
    let element = |id: usize| plan.model.elements[id].name.to_string();
    for it in &contract.operations {
        let _ = writeln!(text, "operation {}", it.name);
        let _ = writeln!(text, "  action {}", it.action);
        for header in &it.headers {
            let _ = writeln!(text, "  header {}", element(*header));
        }
        let _ = writeln!(text, "  input  {}", element(it.input));
        let _ = writeln!(text, "  output {}", element(it.output));
        for (name, id) in &it.faults {
            let _ = writeln!(text, "  fault  {name} {}", element(*id));
        }
    }
    for path in &contract.documents {
        let _ = writeln!(text, "document {path}");
    }
    text.push('\n');
}

fn namespace(plan: &Plan<'_>, module: usize, text: &mut String) {
    let Some(namespace) = plan.model.modules.get(module).map(|it| it.namespace.as_str()) else { return };
    let prefix = plan.model.namespaces.iter().find(|it| it.uri == namespace).map_or("", |it| it.prefix.as_str());
    let _ = writeln!(text, "namespace {prefix} = {namespace}");
    let lister = Lister { plan, module };
    for id in plan.elements_of(module) {
        let it = &plan.model.elements[id];
        let _ = writeln!(text, "element {}: {}", it.name.local, lister.kind(it.kind));
    }
    for id in plan.complexes_of(module) {
        lister.complex(id, text);
    }
    for id in plan.simples_of(module) {
        lister.simple(id, text);
    }
    text.push('\n');
}

#[derive(Clone, Copy)]
struct Lister<'p> {
    plan: &'p Plan<'p>,
    module: usize,
}

impl Lister<'_> {
    fn complex(self, id: ComplexId, text: &mut String) {
        let complex = &self.plan.model.complexes[id.0];
        let (owner, shape) = (&self.plan.complexes[id.0].rust, &self.plan.shapes[id.0]);
        for it in &complex.attributes {
            let usage = if it.required { "1..1" } else { "0..1" };
            let more = constants(it.default.as_ref(), it.fixed.as_ref(), false);
            let _ = writeln!(text, "{owner}@{}: {}  {usage}{more}", it.name, self.simple_use(it.kind));
        }
        if complex.any_attribute {
            let _ = writeln!(text, "{owner}@*");
        }
        match &complex.content {
            Content::Empty if complex.attributes.is_empty() => {
                let _ = writeln!(text, "{owner}: empty");
            }
            Content::Empty => {}
            Content::Text(simple) => {
                let _ = writeln!(text, "{owner}: {}", self.simple_use(*simple));
            }
            Content::Elements(_) => {
                for field in &shape.fields {
                    match &field.what {
                        What::Text => {}
                        What::Element(position) => self.element(id, *position, owner, field.arity, text),
                        What::Enum(it) => {
                            let path = format!("{owner}.{}", field.name);
                            let _ = writeln!(text, "{path}  {}", many(field.arity));
                            for (position, _) in &it.positions {
                                self.element(id, *position, &format!("  {path}"), Arity::One, text);
                            }
                        }
                    }
                }
            }
        }
    }

    fn element(self, id: ComplexId, position: usize, owner: &str, arity: Arity, text: &mut String) {
        let leaf = self.plan.leaf(id, position);
        // A part of an optional group is optional whatever it says itself.
        let least = if arity == Arity::Optional { 0 } else { leaf.occurs.least };
        let occurs = Occurs { least, ..leaf.occurs };
        let more = constants(leaf.default.as_ref(), leaf.fixed.as_ref(), leaf.nillable);
        let _ = writeln!(text, "{owner}.{}: {}  {occurs}{more}", self.local(&leaf.name), self.kind(leaf.kind));
    }

    fn simple(self, id: usize, text: &mut String) {
        let simple = &self.plan.model.simples[id];
        let name = &self.plan.simples[id].rust;
        let _ = writeln!(text, "{name}: {}", self.simple_use(simple.parent));
        for facet in &simple.facets[simple.inherited..] {
            let _ = match facet {
                Facet::Length(it) => writeln!(text, "  length {it}"),
                Facet::MinLength(it) => writeln!(text, "  minLength {it}"),
                Facet::MaxLength(it) => writeln!(text, "  maxLength {it}"),
                Facet::MinInclusive(it) => writeln!(text, "  minInclusive {it}"),
                Facet::MaxInclusive(it) => writeln!(text, "  maxInclusive {it}"),
                Facet::Pattern { schema, .. } => writeln!(text, "  pattern {schema}"),
                Facet::Enumeration(values) => values.iter().try_for_each(|it| writeln!(text, "  value {it}")),
            };
        }
    }

    fn kind(self, kind: Kind) -> String {
        match kind {
            Kind::Simple(simple) => self.simple_use(simple),
            Kind::Complex(ComplexId(id)) => {
                self.qualified(self.plan.model.complexes[id].module, &self.plan.complexes[id].rust)
            }
        }
    }

    fn simple_use(self, simple: SimpleUse) -> String {
        match simple {
            SimpleUse::BuiltIn(it) => format!("xs:{}", built_in(it)),
            SimpleUse::Declared(id) => {
                self.qualified(self.plan.model.simples[id.0].module, &self.plan.simples[id.0].rust)
            }
        }
    }

    /// A type's name, with the prefix of its namespace where that is another one.
    fn qualified(self, module: usize, name: &str) -> String {
        if module == self.module {
            return name.to_owned();
        }
        let namespace = &self.plan.model.modules[module].namespace;
        self.plan.tag(&Name { namespace: namespace.clone(), local: name.to_owned() })
    }

    /// An element's name, with its prefix where its namespace is not that of the type.
    fn local(self, name: &Name) -> String {
        if name.namespace == self.plan.model.modules[self.module].namespace {
            return name.local.clone();
        }
        self.plan.tag(name)
    }
}

fn many(arity: Arity) -> &'static str {
    match arity {
        Arity::One => "1..1",
        Arity::Optional => "0..1",
        Arity::Many => "0..*",
    }
}

fn constants(default: Option<&String>, fixed: Option<&String>, nillable: bool) -> String {
    let mut text = String::new();
    if let Some(default) = default {
        let _ = write!(text, "  default {default}");
    }
    if let Some(fixed) = fixed {
        let _ = write!(text, "  fixed {fixed}");
    }
    if nillable {
        text.push_str("  nillable");
    }
    text
}

fn built_in(built_in: BuiltIn) -> &'static str {
    match built_in {
        BuiltIn::String => "string",
        BuiltIn::NormalizedString => "normalizedString",
        BuiltIn::Token => "token",
        BuiltIn::Boolean => "boolean",
        BuiltIn::Int => "int",
        BuiltIn::Long => "long",
        BuiltIn::PositiveInteger => "positiveInteger",
        BuiltIn::NonNegativeInteger => "nonNegativeInteger",
        BuiltIn::Decimal => "decimal",
        BuiltIn::Date => "date",
        BuiltIn::DateTime => "dateTime",
        BuiltIn::AnyUri => "anyURI",
    }
}
