//! From documents to the model: finds what names lead to, derives complex types, joins services to elements.

use std::collections::BTreeMap;

use super::{
    Attribute, Complex, ComplexId, Content, Contract, Element, Kind, Model, Operation, Origin, Particle, Set, SimpleId,
    SimpleUse, attributes::Attributes, content, homes, set::Bound,
};
use crate::{
    error::{Error, Place},
    schema::{self, Content as Derivation, Document, Group, Name, Occurs, XS},
};

/// Resolves everything.
pub(crate) fn resolve(set: &Set) -> Result<Model, Error> {
    let mut resolver = Resolver::new(set)?;
    resolver.declare(set)?;
    resolver.define()?;
    for bound in &set.services {
        let contract = resolver.contract(bound)?;
        resolver.model.contracts.push(contract);
    }
    Ok(resolver.model)
}

/// A document and the module its components go to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) document: &'s Document,
    pub(super) module: usize,
}

/// How far a complex type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Waiting,
    Open,
    Done,
}

type Declared<'s, T> = BTreeMap<Name, (&'s T, Scope<'s>)>;

/// The components under construction.
pub(super) struct Resolver<'s> {
    pub(super) model: Model,
    pub(super) simples: Declared<'s, schema::Simple>,
    pub(super) groups: Declared<'s, Group>,
    pub(super) attribute_groups: Declared<'s, schema::AttributeGroup>,
    pub(super) complex_ids: BTreeMap<Name, ComplexId>,
    pub(super) simple_ids: BTreeMap<Name, SimpleId>,
    pub(super) element_ids: BTreeMap<Name, usize>,
    pub(super) group_particles: BTreeMap<Name, Option<Particle>>,
    pub(super) open_simples: Vec<Name>,
    pub(super) open_groups: Vec<Name>,
    pub(super) open_attribute_groups: Vec<Name>,
    /// For each complex type of the model its declaration and how far it is.
    work: Vec<(&'s schema::Complex, Scope<'s>, Progress)>,
}

impl<'s> Resolver<'s> {
    fn new(set: &Set) -> Result<Self, Error> {
        let model = Model { modules: homes::modules(set)?, namespaces: homes::namespaces(set), ..Model::default() };
        Ok(Self {
            model,
            simples: BTreeMap::new(),
            groups: BTreeMap::new(),
            attribute_groups: BTreeMap::new(),
            complex_ids: BTreeMap::new(),
            simple_ids: BTreeMap::new(),
            element_ids: BTreeMap::new(),
            group_particles: BTreeMap::new(),
            open_simples: Vec::new(),
            open_groups: Vec::new(),
            open_attribute_groups: Vec::new(),
            work: Vec::new(),
        })
    }

    /// Takes down every global component, so that any may name any other.
    fn declare(&mut self, set: &'s Set) -> Result<(), Error> {
        let mut scopes = Vec::new();
        for document in set.documents.iter().filter(|it| !it.namespace.is_empty()) {
            let scope = Scope { document, module: self.module(&document.folder, &document.namespace) };
            scopes.push(scope);
            for it in &document.simples {
                insert(&mut self.simples, it.name.as_ref(), it, scope, &it.place, |it| &it.place)?;
            }
            for it in &document.groups {
                insert(&mut self.groups, Some(&it.name), it, scope, &it.place, |it| &it.place)?;
            }
            for it in &document.attribute_groups {
                insert(&mut self.attribute_groups, Some(&it.name), it, scope, &it.place, |it| &it.place)?;
            }
            for it in &document.complexes {
                self.declare_complex(it, scope)?;
            }
        }
        for scope in &scopes {
            for it in &scope.document.elements {
                self.declare_element(it, *scope)?;
            }
        }
        Ok(())
    }

    fn declare_complex(&mut self, declared: &'s schema::Complex, scope: Scope<'s>) -> Result<(), Error> {
        let Some(name) = &declared.name else { return Ok(()) };
        let other = self.complex_ids.get(name).map(|it| &self.model.complexes[it.0].place);
        let other = other.or(self.simples.get(name).map(|it| &it.0.place));
        if let Some(other) = other {
            return Err(twice(&declared.place, &format!("type {name}"), other));
        }
        let id = self.add_complex(declared, scope, &name.local, &name.local, Origin::Named);
        self.complex_ids.insert(name.clone(), id);
        Ok(())
    }

    fn declare_element(&mut self, declared: &'s schema::Element, scope: Scope<'s>) -> Result<(), Error> {
        if let Some(other) = self.element_ids.get(&declared.name) {
            let other = &self.model.elements[*other].place;
            return Err(twice(&declared.place, &format!("element {}", declared.name), other));
        }
        let kind = self.element_kind(declared, scope, &declared.name.local)?;
        self.element_ids.insert(declared.name.clone(), self.model.elements.len());
        self.model.elements.push(Element {
            name: declared.name.clone(),
            module: scope.module,
            kind,
            nillable: declared.nillable,
            default: declared.default.clone(),
            fixed: declared.fixed.clone(),
            place: declared.place.clone(),
        });
        Ok(())
    }

    /// Resolves every simple and complex type, those that nobody uses too.
    fn define(&mut self) -> Result<(), Error> {
        let names: Vec<(Name, Scope<'s>, Place)> =
            self.simples.iter().map(|(name, (it, scope))| (name.clone(), *scope, it.place.clone())).collect();
        for (name, scope, place) in names {
            self.simple_named(&name, scope, &place)?;
        }
        // The list grows while anonymous types are met.
        let mut next = 0;
        while next < self.work.len() {
            self.complete(ComplexId(next))?;
            next += 1;
        }
        Ok(())
    }

    fn module(&self, folder: &str, namespace: &str) -> usize {
        let found = self.model.modules.iter().position(|it| it.folder == folder && it.namespace == namespace);
        found.expect("every namespace of every folder has a module")
    }

    /// Whether a document may name a component: one of its own namespace or of one that it imports.
    pub(super) fn visible(&self, name: &Name, scope: Scope<'s>, place: &Place) -> Result<(), Error> {
        let document = scope.document;
        if name.namespace == document.namespace || document.imports.iter().any(|it| it.namespace == name.namespace) {
            return Ok(());
        }
        let advice = format!("import {}", name.namespace);
        Err(Error::at(place, format!("reference to {name}"), "its namespace is not imported", advice))
    }

    fn add_complex(
        &mut self,
        declared: &'s schema::Complex,
        scope: Scope<'s>,
        name: &str,
        path: &str,
        origin: Origin,
    ) -> ComplexId {
        self.work.push((declared, scope, Progress::Waiting));
        self.model.complexes.push(Complex {
            name: name.to_owned(),
            path: path.to_owned(),
            origin,
            module: scope.module,
            attributes: Vec::new(),
            any_attribute: false,
            content: Content::Empty,
            documentation: declared.documentation.clone(),
            place: declared.place.clone(),
        });
        ComplexId(self.model.complexes.len() - 1)
    }

    /// A complex type without a name; its content is resolved later.
    pub(super) fn anonymous_complex(
        &mut self,
        declared: &'s schema::Complex,
        scope: Scope<'s>,
        name: &str,
        path: &str,
    ) -> ComplexId {
        self.add_complex(declared, scope, name, path, Origin::Anonymous)
    }

    fn complete(&mut self, id: ComplexId) -> Result<(), Error> {
        let (declared, scope, progress) = self.work[id.0];
        match progress {
            Progress::Done => return Ok(()),
            Progress::Open => {
                let construct = format!("type {}", self.model.complexes[id.0].name);
                return Err(Error::at(&declared.place, construct, "derives from itself", "mend its base"));
            }
            Progress::Waiting => self.work[id.0].2 = Progress::Open,
        }
        let (inherited, any, content) = self.derive(id, declared, scope)?;
        let restricts = matches!(declared.content, Derivation::Restriction(..) | Derivation::TextRestriction(..));
        let path = self.model.complexes[id.0].path.clone();
        let any = any || declared.any_attribute;
        let attributes =
            self.attributes(&declared.attributes, scope, &path, Attributes::new(inherited, any, restricts))?;
        let complex = &mut self.model.complexes[id.0];
        (complex.attributes, complex.any_attribute, complex.content) = (attributes.list, attributes.any, content);
        self.work[id.0].2 = Progress::Done;
        Ok(())
    }

    /// What a type has from its base, and its content.
    fn derive(
        &mut self,
        id: ComplexId,
        declared: &'s schema::Complex,
        scope: Scope<'s>,
    ) -> Result<(Vec<Attribute>, bool, Content), Error> {
        let (name, path) = (self.model.complexes[id.0].name.clone(), self.model.complexes[id.0].path.clone());
        let place = &declared.place;
        match &declared.content {
            Derivation::Own(particle) => {
                let own = self.own_content(particle.as_ref(), scope, &path)?;
                Ok((Vec::new(), false, own.map_or(Content::Empty, Content::Elements)))
            }
            Derivation::Extension(base, particle) => {
                let (attributes, any, content) = self.base(base, scope, place)?;
                let own = self.own_content(particle.as_ref(), scope, &path)?;
                Ok((attributes, any, extended(content, own, place)?))
            }
            Derivation::Restriction(base, particle) => {
                let (attributes, _, content) = self.base(base, scope, place)?;
                if let Content::Text(_) = content {
                    let reason = "its base has simple content";
                    return Err(Error::at(place, "xs:complexContent", reason, "write xs:simpleContent"));
                }
                let own = self.own_content(particle.as_ref(), scope, &path)?;
                Ok((attributes, false, own.map_or(Content::Empty, Content::Elements)))
            }
            Derivation::TextExtension(base) => self.text_base(base, scope, place),
            Derivation::TextRestriction(base, facets) => {
                let (attributes, _, content) = self.text_base(base, scope, place)?;
                let Content::Text(text) = content else { return Ok((attributes, false, content)) };
                let text = self.restricted_text(text, facets, scope, (&name, &path), place)?;
                Ok((attributes, false, Content::Text(text)))
            }
        }
    }

    fn own_content(
        &mut self,
        particle: Option<&'s schema::Particle>,
        scope: Scope<'s>,
        path: &str,
    ) -> Result<Option<Particle>, Error> {
        particle.map_or(Ok(None), |it| self.particle(it, scope, path))
    }

    fn base(&mut self, name: &Name, scope: Scope<'s>, place: &Place) -> Result<(Vec<Attribute>, bool, Content), Error> {
        if name.namespace == XS && name.local == "anyType" {
            return Ok((Vec::new(), false, Content::Empty));
        }
        self.visible(name, scope, place)?;
        let Some(id) = self.complex_ids.get(name).copied() else {
            return Err(Error::at(place, format!("type {name}"), "is no complex type that is declared", "declare it"));
        };
        self.complete(id)?;
        let base = &self.model.complexes[id.0];
        Ok((base.attributes.clone(), base.any_attribute, base.content.clone()))
    }

    /// The base of simple content: a simple type, or a complex type with simple content.
    fn text_base(
        &mut self,
        name: &Name,
        scope: Scope<'s>,
        place: &Place,
    ) -> Result<(Vec<Attribute>, bool, Content), Error> {
        if !self.complex_ids.contains_key(name) {
            return Ok((Vec::new(), false, Content::Text(self.simple_named(name, scope, place)?)));
        }
        let (attributes, any, content) = self.base(name, scope, place)?;
        if let Content::Text(_) = content {
            return Ok((attributes, any, content));
        }
        Err(Error::at(place, "xs:simpleContent", format!("its base {name} holds elements"), "write xs:complexContent"))
    }

    fn contract(&self, bound: &Bound) -> Result<Contract, Error> {
        let service = &bound.service;
        let mut operations = Vec::new();
        for it in &service.operations {
            let element = |name: &Name| {
                let missing = || {
                    let construct = format!("operation {}", it.name);
                    Error::at(&it.place, construct, format!("no schema declares its element {name}"), "declare it")
                };
                self.element_ids.get(name).copied().ok_or_else(missing)
            };
            let body = |name: &Name| match element(name)? {
                number if matches!(self.model.elements[number].kind, Kind::Complex(_)) => Ok(number),
                _ => {
                    let reason = format!("its element {name} is of a simple type");
                    let construct = format!("operation {}", it.name);
                    Err(Error::at(&it.place, construct, reason, "give it a complex type"))
                }
            };
            let fault = |it: &(String, Name)| Ok((it.0.clone(), element(&it.1)?));
            operations.push(Operation {
                name: it.name.clone(),
                action: it.action.clone(),
                input: body(&it.input)?,
                output: body(&it.output)?,
                headers: it.headers.iter().map(element).collect::<Result<_, Error>>()?,
                faults: it.faults.iter().map(fault).collect::<Result<_, Error>>()?,
            });
        }
        Ok(Contract {
            path: bound.folder.strip_prefix("wsdl/").unwrap_or(&bound.folder).to_owned(),
            module: self.module(&bound.folder, &bound.namespace),
            service: service.name.clone(),
            port_type: service.port_type.clone(),
            namespace: bound.namespace.clone(),
            elements: self.roots(bound, &operations),
            operations,
            documents: bound.documents.clone(),
        })
    }

    /// The global elements of the folder and those that operations name, by namespace and name.
    fn roots(&self, bound: &Bound, operations: &[Operation]) -> Vec<usize> {
        let named = |number: usize| {
            operations.iter().any(|it| {
                let faults = it.faults.iter().map(|it| it.1);
                [it.input, it.output].into_iter().chain(it.headers.iter().copied()).chain(faults).any(|it| it == number)
            })
        };
        let own = |number: usize| {
            let module = self.model.elements[number].module;
            self.model.modules[module].folder == bound.folder
        };
        self.element_ids.values().copied().filter(|it| own(*it) || named(*it)).collect()
    }
}

fn insert<'s, T>(
    list: &mut Declared<'s, T>,
    name: Option<&Name>,
    it: &'s T,
    scope: Scope<'s>,
    place: &Place,
    place_of: impl Fn(&T) -> &Place,
) -> Result<(), Error> {
    let Some(name) = name else { return Ok(()) };
    match list.insert(name.clone(), (it, scope)) {
        Some((other, _)) => Err(twice(place, &name.to_string(), place_of(other))),
        None => Ok(()),
    }
}

fn twice(place: &Place, construct: &str, other: &Place) -> Error {
    Error::at(place, construct, format!("is declared at {other} already"), "remove one of the two")
}

/// The content of an extension: that of the base, then its own.
fn extended(base: Content, own: Option<Particle>, place: &Place) -> Result<Content, Error> {
    match (base, own) {
        (Content::Text(_), Some(_)) => {
            let reason = "adds elements to simple content";
            Err(Error::at(place, "xs:complexContent", reason, "write xs:simpleContent"))
        }
        (base, None) => Ok(base),
        (Content::Empty, Some(own)) => Ok(Content::Elements(own)),
        (Content::Elements(base), Some(own)) => {
            let both = content::tidy(Particle::Sequence(vec![base, own], Occurs::ONCE, place.clone()))?;
            Ok(both.map_or(Content::Empty, Content::Elements))
        }
    }
}

impl SimpleUse {
    /// The simple type of the contracts, if it is one.
    pub(crate) fn declared(self) -> Option<SimpleId> {
        match self {
            Self::BuiltIn(_) => None,
            Self::Declared(id) => Some(id),
        }
    }
}
