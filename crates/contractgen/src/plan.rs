//! Between model and text: automata, shapes, Rust names, lifetimes, and where a type holds itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    automaton::Automaton,
    error::Error,
    fields::{Arity, Shape, What},
    model::{BuiltIn, Complex, ComplexId, Content, Kind, Leaf, Model, Origin, SimpleUse},
    names::{self, Taken},
};

/// Everything the writers ask for.
#[derive(Debug)]
pub(crate) struct Plan<'m> {
    pub(crate) model: &'m Model,
    /// For each complex type; empty where it holds no elements.
    pub(crate) automata: Vec<Automaton<'m>>,
    /// For each complex type.
    pub(crate) shapes: Vec<Shape>,
    /// For each complex type.
    pub(crate) complexes: Vec<Named>,
    /// For each simple type.
    pub(crate) simples: Vec<Named>,
    /// For each global element the name of its static.
    pub(crate) elements: Vec<String>,
    /// For each complex type the names of its enums.
    pub(crate) enums: Vec<Vec<String>>,
    /// For each complex type whether it borrows text.
    pub(crate) borrows: Vec<bool>,
    /// Pairs of types where the first holds the second, which leads back to the first.
    pub(crate) boxed: BTreeSet<(ComplexId, ComplexId)>,
    /// The id of each namespace.
    pub(crate) ids: BTreeMap<&'m str, u16>,
}

/// A type and its table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named {
    pub(crate) rust: String,
    pub(crate) table: String,
}

/// The id of the first namespace of the contracts; those below are reserved for envelopes.
const FIRST_CONTRACT: u16 = 16;
/// The id of the XML Schema instance namespace.
pub(crate) const XSI: u16 = 7;

impl<'m> Plan<'m> {
    /// Plans everything.
    pub(crate) fn of(model: &'m Model) -> Result<Self, Error> {
        let automaton = |it: &'m Complex| match &it.content {
            Content::Elements(particle) => Automaton::of(particle, &it.name),
            Content::Empty | Content::Text(_) => Ok(Automaton::default()),
        };
        let ids = (FIRST_CONTRACT..).zip(&model.namespaces).map(|(id, it)| (it.uri.as_str(), id)).collect();
        let mut plan = Self {
            model,
            automata: model.complexes.iter().map(automaton).collect::<Result<_, _>>()?,
            shapes: model.complexes.iter().map(Shape::of).collect::<Result<_, _>>()?,
            complexes: vec![Named::default(); model.complexes.len()],
            simples: vec![Named::default(); model.simples.len()],
            elements: vec![String::new(); model.elements.len()],
            enums: vec![Vec::new(); model.complexes.len()],
            borrows: vec![false; model.complexes.len()],
            boxed: BTreeSet::new(),
            ids,
        };
        for module in 0..model.modules.len() {
            plan.name(module);
        }
        plan.find_borrows();
        plan.find_boxed();
        for element in 0..model.elements.len() {
            plan.check_prefixes(element)?;
        }
        Ok(plan)
    }

    /// The complex types of a module in the order of the documents.
    pub(crate) fn complexes_of(&self, module: usize) -> Vec<ComplexId> {
        let mut list: Vec<usize> =
            (0..self.model.complexes.len()).filter(|it| self.model.complexes[*it].module == module).collect();
        list.sort_by_key(|it| &self.model.complexes[*it].place);
        list.into_iter().map(ComplexId).collect()
    }

    /// The simple types of a module in the order of the documents.
    pub(crate) fn simples_of(&self, module: usize) -> Vec<usize> {
        let mut list: Vec<usize> =
            (0..self.model.simples.len()).filter(|it| self.model.simples[*it].module == module).collect();
        list.sort_by_key(|it| &self.model.simples[*it].place);
        list
    }

    /// The global elements of a module in the order of the documents.
    pub(crate) fn elements_of(&self, module: usize) -> Vec<usize> {
        let mut list: Vec<usize> =
            (0..self.model.elements.len()).filter(|it| self.model.elements[*it].module == module).collect();
        list.sort_by_key(|it| &self.model.elements[*it].place);
        list
    }

    /// Names the types of one module: complex types first, then those of elements, then simple types.
    fn name(&mut self, module: usize) {
        let model = self.model;
        let (mut types, mut statics) = (Taken::default(), Taken::default());
        for contract in model.contracts.iter().filter(|it| it.module == module) {
            types.claim(&names::pascal(&contract.port_type), "");
        }
        for id in self.elements_of(module) {
            let name = format!("{}_ELEMENT", names::screaming(&model.elements[id].name.local));
            self.elements[id] = statics.claim(&name, "");
        }
        let complexes = self.complexes_of(module);
        for (origin, suffix) in [(Origin::Named, ""), (Origin::Anonymous, "Element")] {
            for ComplexId(id) in complexes.iter().filter(|it| model.complexes[it.0].origin == origin) {
                self.complexes[*id] = named(&model.complexes[*id].path, suffix, &mut types, &mut statics);
            }
        }
        let simples = self.simples_of(module);
        for origin in [Origin::Named, Origin::Anonymous] {
            for id in simples.iter().filter(|it| model.simples[**it].origin == origin) {
                self.simples[*id] = named(&model.simples[*id].path, "Value", &mut types, &mut statics);
            }
        }
        for ComplexId(id) in complexes {
            let owner = &self.complexes[id].rust;
            let claim = |it: &crate::fields::Enum| types.claim(&format!("{owner}{}", it.suffix), "");
            self.enums[id] = self.shapes[id].enums().map(claim).collect();
        }
    }

    /// Which types hold text, themselves or further down: repeated until nothing changes.
    fn find_borrows(&mut self) {
        loop {
            let borrows: Vec<bool> = (0..self.borrows.len()).map(|it| self.holds_text(ComplexId(it))).collect();
            if borrows == self.borrows {
                return;
            }
            self.borrows = borrows;
        }
    }

    fn holds_text(&self, id: ComplexId) -> bool {
        let complex = &self.model.complexes[id.0];
        let text = match complex.content {
            Content::Text(simple) => self.is_text(simple),
            Content::Empty | Content::Elements(_) => false,
        };
        let kept = complex.attributes.iter().filter(|it| it.fixed.is_none());
        text || kept.into_iter().any(|it| self.is_text(it.kind))
            || self.automata[id.0].items.iter().any(|it| self.kind_borrows(it.kind))
    }

    /// Whether a value of this type borrows.
    pub(crate) fn kind_borrows(&self, kind: Kind) -> bool {
        match kind {
            Kind::Simple(simple) => self.is_text(simple),
            Kind::Complex(ComplexId(id)) => self.borrows[id],
        }
    }

    /// The built-in type at the end of the chain.
    pub(crate) fn base(&self, simple: SimpleUse) -> BuiltIn {
        match simple {
            SimpleUse::BuiltIn(it) => it,
            SimpleUse::Declared(id) => self.model.simples[id.0].base,
        }
    }

    /// Whether a simple type is an enum in Rust.
    pub(crate) fn is_enum(&self, simple: SimpleUse) -> bool {
        simple.declared().is_some_and(|id| self.model.simples[id.0].values().is_some())
    }

    /// Whether a simple type is text in Rust.
    pub(crate) fn is_text(&self, simple: SimpleUse) -> bool {
        let base = self.base(simple);
        let text = [BuiltIn::String, BuiltIn::NormalizedString, BuiltIn::Token, BuiltIn::Decimal, BuiltIn::AnyUri];
        !self.is_enum(simple) && text.contains(&base)
    }

    /// The types that a type holds directly, so that they are part of its size.
    fn held(&self, id: ComplexId) -> Vec<ComplexId> {
        let items = &self.automata[id.0].items;
        let mut held = Vec::new();
        for field in self.shapes[id.0].fields.iter().filter(|it| it.arity != Arity::Many) {
            let positions: Vec<usize> = match &field.what {
                What::Text => Vec::new(),
                What::Element(position) => vec![*position],
                What::Enum(it) => it.variants.iter().map(|it| it.1).collect(),
            };
            let kinds = positions.into_iter().map(|it| items[it].kind);
            held.extend(kinds.filter_map(|it| if let Kind::Complex(id) = it { Some(id) } else { None }));
        }
        held
    }

    fn find_boxed(&mut self) {
        let held: Vec<Vec<ComplexId>> = (0..self.shapes.len()).map(|it| self.held(ComplexId(it))).collect();
        for owner in (0..held.len()).map(ComplexId) {
            for part in &held[owner.0] {
                if leads_to(&held, *part, owner) {
                    self.boxed.insert((owner, *part));
                }
            }
        }
    }

    /// The namespaces below an element: its own first, then by id.
    pub(crate) fn namespaces_below(&self, element: usize) -> Vec<u16> {
        let element = &self.model.elements[element];
        let own = self.id(&element.name.namespace);
        let mut ids = BTreeSet::new();
        let (mut seen, mut open) = (BTreeSet::new(), Vec::new());
        if element.nillable {
            ids.insert(XSI);
        }
        if let Kind::Complex(id) = element.kind {
            open.push(id);
        }
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            for leaf in &self.automata[id.0].items {
                ids.insert(self.id(&leaf.name.namespace));
                if leaf.nillable {
                    ids.insert(XSI);
                }
                if let Kind::Complex(id) = leaf.kind {
                    open.push(id);
                }
            }
        }
        ids.remove(&own);
        [own].into_iter().chain(ids).filter(|it| *it != 0).collect()
    }

    fn check_prefixes(&self, element: usize) -> Result<(), Error> {
        let mut prefixes: BTreeMap<&str, &str> = BTreeMap::new();
        for id in self.namespaces_below(element).into_iter().filter(|it| *it >= FIRST_CONTRACT) {
            let namespace = &self.model.namespaces[usize::from(id - FIRST_CONTRACT)];
            if let Some(other) = prefixes.insert(&namespace.prefix, &namespace.uri) {
                let element = &self.model.elements[element];
                let construct = format!("element {}", element.name);
                let reason =
                    format!("the prefix {} stands for {other} and {} below it", namespace.prefix, namespace.uri);
                let advice = "declare a prefix of its own for one of them in its schema";
                return Err(Error::at(&element.place, construct, reason, advice));
            }
        }
        Ok(())
    }

    /// The id of a namespace; 0 for none.
    pub(crate) fn id(&self, namespace: &str) -> u16 {
        self.ids.get(namespace).copied().unwrap_or_default()
    }

    /// An element's name as we write it.
    pub(crate) fn tag(&self, name: &crate::schema::Name) -> String {
        match self.id(&name.namespace).checked_sub(FIRST_CONTRACT) {
            Some(id) => format!("{}:{}", self.model.namespaces[usize::from(id)].prefix, name.local),
            None => name.local.clone(),
        }
    }

    /// The particle at a position of a type.
    pub(crate) fn leaf(&self, id: ComplexId, position: usize) -> &'m Leaf {
        self.automata[id.0].items[position]
    }
}

fn named(path: &str, suffix: &str, types: &mut Taken, statics: &mut Taken) -> Named {
    let rust = types.claim(&names::pascal(path), suffix);
    let screaming = names::screaming(&rust);
    // A unit struct and its table may not share a name of one letter.
    let table = if screaming == rust { format!("{screaming}_TYPE") } else { screaming };
    let table = statics.claim(&table, "");
    Named { rust, table }
}

fn leads_to(held: &[Vec<ComplexId>], from: ComplexId, to: ComplexId) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(&held[id.0]);
        }
    }
    false
}
