//! The fourth stage: components with every reference resolved; no XML is left.
//!
//! Extensions and restrictions are flattened, groups and attribute groups expanded, facets kept for the whole
//! derivation chain. A restriction of a complex type states its content anew, as the schema demands, and inherits the
//! attributes that it does not mention.

mod attributes;
mod content;
mod homes;
mod pattern;
mod resolve;
mod set;
mod simple;

pub(crate) use resolve::resolve;
pub(crate) use set::Set;

use crate::{
    error::Place,
    schema::{Name, Occurs},
};

/// Everything below one root.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Namespaces with the prefixes we write, by URI.
    pub(crate) namespaces: Vec<Namespace>,
    /// The Rust modules, by path.
    pub(crate) modules: Vec<Module>,
    pub(crate) simples: Vec<Simple>,
    pub(crate) complexes: Vec<Complex>,
    pub(crate) elements: Vec<Element>,
    /// The services, by path.
    pub(crate) contracts: Vec<Contract>,
}

/// A namespace of the contracts.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) uri: String,
    pub(crate) prefix: String,
}

/// One namespace of one folder.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its Rust path: `unilogin`, `wsiinst`, `v6`.
    pub(crate) path: Vec<String>,
    pub(crate) folder: String,
    pub(crate) namespace: String,
}

/// An index into [`Model::complexes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ComplexId(pub(crate) usize);

/// An index into [`Model::simples`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SimpleId(pub(crate) usize);

/// How a type came to its name; decides who keeps it when two want the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Declared with a name.
    Named,
    /// Anonymous, named by the elements and types around it.
    Anonymous,
}

/// A complex type.
#[derive(Debug)]
pub(crate) struct Complex {
    /// As in the schema; for an anonymous type the name of its element.
    pub(crate) name: String,
    /// The same with the names of its parents before it: what the Rust name is made of.
    pub(crate) path: String,
    pub(crate) origin: Origin,
    /// An index into [`Model::modules`].
    pub(crate) module: usize,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) any_attribute: bool,
    pub(crate) content: Content,
    pub(crate) documentation: Option<String>,
    pub(crate) place: Place,
}

/// The content of a complex type.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Empty,
    Text(SimpleUse),
    Elements(Particle),
}

/// A particle without references, tidied: no group of one, no group directly in a group of its kind.
#[derive(Debug, Clone)]
pub(crate) enum Particle {
    Element(Leaf),
    Sequence(Vec<Particle>, Occurs, Place),
    Choice(Vec<Particle>, Occurs, Place),
}

/// An element particle.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
    pub(crate) occurs: Occurs,
    pub(crate) nillable: bool,
    pub(crate) default: Option<String>,
    pub(crate) fixed: Option<String>,
    pub(crate) place: Place,
}

/// The type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Simple(SimpleUse),
    Complex(ComplexId),
}

/// An attribute.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) kind: SimpleUse,
    pub(crate) required: bool,
    pub(crate) default: Option<String>,
    pub(crate) fixed: Option<String>,
}

/// A simple type: built in, or of the contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SimpleUse {
    BuiltIn(BuiltIn),
    Declared(SimpleId),
}

/// The built-in types that are covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    String,
    NormalizedString,
    Token,
    Boolean,
    Int,
    Long,
    PositiveInteger,
    NonNegativeInteger,
    Decimal,
    Date,
    DateTime,
    AnyUri,
}

/// What happens to white space before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whitespace {
    Preserve,
    Replace,
    Collapse,
}

/// A simple type with the facets of its whole chain, those of the base first.
#[derive(Debug)]
pub(crate) struct Simple {
    /// As in the schema; for an anonymous type the name of its element or attribute.
    pub(crate) name: String,
    /// The same with the names of its parents before it.
    pub(crate) path: String,
    pub(crate) origin: Origin,
    pub(crate) module: usize,
    /// What it restricts, for the surface.
    pub(crate) parent: SimpleUse,
    pub(crate) base: BuiltIn,
    pub(crate) whitespace: Whitespace,
    pub(crate) facets: Vec<Facet>,
    /// How many of the facets are inherited.
    pub(crate) inherited: usize,
    pub(crate) documentation: Option<String>,
    pub(crate) place: Place,
}

impl Simple {
    /// The allowed values, if the chain lists them; those of the last list.
    pub(crate) fn values(&self) -> Option<&[String]> {
        self.facets.iter().rev().find_map(|it| match it {
            Facet::Enumeration(values) => Some(values.as_slice()),
            Facet::Length(_)
            | Facet::MinLength(_)
            | Facet::MaxLength(_)
            | Facet::Pattern { .. }
            | Facet::MinInclusive(_)
            | Facet::MaxInclusive(_) => None,
        })
    }
}

/// A constraining facet; patterns and enumerations hold all of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Facet {
    Length(u32),
    MinLength(u32),
    MaxLength(u32),
    Pattern { schema: String, rust: String },
    Enumeration(Vec<String>),
    MinInclusive(i64),
    MaxInclusive(i64),
}

/// A global element.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: Name,
    pub(crate) module: usize,
    pub(crate) kind: Kind,
    pub(crate) nillable: bool,
    pub(crate) default: Option<String>,
    pub(crate) fixed: Option<String>,
    pub(crate) place: Place,
}

/// A service.
#[derive(Debug)]
pub(crate) struct Contract {
    /// Its folder below `wsdl/`.
    pub(crate) path: String,
    pub(crate) module: usize,
    pub(crate) service: String,
    pub(crate) port_type: String,
    pub(crate) namespace: String,
    pub(crate) operations: Vec<Operation>,
    /// Elements that can be a root: indexes into [`Model::elements`], by namespace and name.
    pub(crate) elements: Vec<usize>,
    /// Paths of its documents, the WSDL first.
    pub(crate) documents: Vec<String>,
}

/// An operation; elements are indexes into [`Model::elements`].
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) headers: Vec<usize>,
    pub(crate) faults: Vec<(String, usize)>,
}
