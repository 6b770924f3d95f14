//! The third stage: schema documents as they are written, order kept, nothing resolved.
//!
//! What these types cannot hold is refused by the reader, by name, file and line.

mod particles;
mod read;
mod types;

use std::fmt;

pub(crate) use read::{XS, home, read};

use crate::error::Place;

/// A qualified name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    /// The namespace name; empty for none.
    pub(crate) namespace: String,
    /// The local part.
    pub(crate) local: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace == XS {
            return write!(f, "xs:{}", self.local);
        }
        write!(f, "{{{}}}{}", self.namespace, self.local)
    }
}

/// A schema document, or a schema inside `wsdl:types`.
#[derive(Debug)]
pub(crate) struct Document {
    /// The file it stands in.
    pub(crate) path: String,
    /// The folder whose module it belongs to: its own, or for a schema without namespace that of the including one.
    pub(crate) folder: String,
    /// The target namespace; for a schema without one that of the including schema.
    pub(crate) namespace: String,
    /// The prefixes declared on its root.
    pub(crate) prefixes: Vec<(String, String)>,
    pub(crate) imports: Vec<Import>,
    pub(crate) includes: Vec<Include>,
    pub(crate) elements: Vec<Element>,
    pub(crate) complexes: Vec<Complex>,
    pub(crate) simples: Vec<Simple>,
    pub(crate) groups: Vec<Group>,
    pub(crate) attribute_groups: Vec<AttributeGroup>,
}

/// `xs:import`.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) namespace: String,
    pub(crate) location: Option<String>,
    pub(crate) place: Place,
}

/// `xs:include`.
#[derive(Debug)]
pub(crate) struct Include {
    pub(crate) location: String,
    pub(crate) place: Place,
}

/// How often: `minOccurs` and `maxOccurs`, where `None` is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occurs {
    pub(crate) least: u32,
    pub(crate) most: Option<u32>,
}

impl Occurs {
    /// Exactly one.
    pub(crate) const ONCE: Self = Self { least: 1, most: Some(1) };
}

impl fmt::Display for Occurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.most {
            Some(most) => write!(f, "{}..{most}", self.least),
            None => write!(f, "{}..*", self.least),
        }
    }
}

/// `xs:element`, global or local.
#[derive(Debug)]
pub(crate) struct Element {
    /// Its name; for a reference the name of the global element.
    pub(crate) name: Name,
    pub(crate) kind: ElementKind,
    pub(crate) occurs: Occurs,
    pub(crate) nillable: bool,
    pub(crate) default: Option<String>,
    pub(crate) fixed: Option<String>,
    pub(crate) place: Place,
}

/// Where an element has its type from.
#[derive(Debug)]
pub(crate) enum ElementKind {
    /// `ref`: from the global element.
    Reference,
    /// `type`.
    Named(Name),
    /// An anonymous simple type.
    Simple(Box<Simple>),
    /// An anonymous complex type.
    Complex(Box<Complex>),
}

/// A particle of a content model.
#[derive(Debug)]
pub(crate) enum Particle {
    Element(Box<Element>),
    Sequence(Vec<Particle>, Occurs, Place),
    Choice(Vec<Particle>, Occurs, Place),
    /// `xs:group` with `ref`.
    Group(Name, Occurs, Place),
}

impl Particle {
    /// Whether it is there at all: `maxOccurs="0"` takes a particle away.
    pub(crate) fn may_occur(&self) -> bool {
        let occurs = match self {
            Self::Element(element) => element.occurs,
            Self::Sequence(_, occurs, _) | Self::Choice(_, occurs, _) | Self::Group(_, occurs, _) => *occurs,
        };
        occurs.most != Some(0)
    }
}

/// A named group of particles.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Name,
    pub(crate) particle: Particle,
    pub(crate) place: Place,
}

/// A complex type.
#[derive(Debug)]
pub(crate) struct Complex {
    /// `None` for an anonymous one.
    pub(crate) name: Option<Name>,
    pub(crate) content: Content,
    pub(crate) attributes: Vec<AttributeUse>,
    pub(crate) any_attribute: bool,
    pub(crate) documentation: Option<String>,
    pub(crate) place: Place,
}

/// The content of a complex type as written.
#[derive(Debug)]
pub(crate) enum Content {
    /// A particle of its own, or none.
    Own(Option<Particle>),
    /// `xs:complexContent/xs:extension`.
    Extension(Name, Option<Particle>),
    /// `xs:complexContent/xs:restriction`.
    Restriction(Name, Option<Particle>),
    /// `xs:simpleContent/xs:extension`.
    TextExtension(Name),
    /// `xs:simpleContent/xs:restriction`: the base and the facets.
    TextRestriction(Name, Vec<Facet>),
}

/// One entry of an attribute list.
#[derive(Debug)]
pub(crate) enum AttributeUse {
    Attribute(Box<Attribute>),
    Group(Name, Place),
}

/// `xs:attribute`.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) kind: SimpleBase,
    pub(crate) usage: Usage,
    pub(crate) default: Option<String>,
    pub(crate) fixed: Option<String>,
    pub(crate) place: Place,
}

/// The `use` of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    Optional,
    Required,
    Prohibited,
}

/// `xs:attributeGroup` with a name.
#[derive(Debug)]
pub(crate) struct AttributeGroup {
    pub(crate) name: Name,
    pub(crate) attributes: Vec<AttributeUse>,
    pub(crate) any_attribute: bool,
    pub(crate) place: Place,
}

/// A simple type: one step of restriction.
#[derive(Debug)]
pub(crate) struct Simple {
    /// `None` for an anonymous one.
    pub(crate) name: Option<Name>,
    pub(crate) base: SimpleBase,
    pub(crate) facets: Vec<Facet>,
    pub(crate) documentation: Option<String>,
    pub(crate) place: Place,
}

/// A simple type by name or on the spot.
#[derive(Debug)]
pub(crate) enum SimpleBase {
    Named(Name, Place),
    Inline(Box<Simple>),
}

/// A facet as written.
#[derive(Debug)]
pub(crate) struct Facet {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) place: Place,
}
