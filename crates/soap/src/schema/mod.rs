//! What a schema says, as tables: the generator writes them as statics, the decoder, the validator and the JSON face read them.
//!
//! Content models are Glushkov automata: one position per element particle, and for each position the positions that
//! may follow it (XML Schema 1.0 Structures, 3.8; unique particle attribution makes the automaton deterministic).

mod pattern;
pub mod xs;

pub use pattern::Pattern;

/// A namespace as an index: the reserved ones of [`crate::xml::namespace`], then those of the generated `NAMESPACES` table.
pub type NamespaceId = u16;

/// A namespace that a contract uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace {
    /// The namespace name.
    pub uri: &'static str,
    /// The prefix we write for it.
    pub prefix: &'static str,
}

/// The name of an element.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    /// Where the name is from.
    pub namespace: NamespaceId,
    /// Its local part, as in the schema.
    pub local: &'static str,
    /// As we write it: `prefix:local`.
    pub tag: &'static str,
}

/// A complex type.
#[derive(Debug)]
pub struct Type {
    /// The name in the schema; for an anonymous type the name of its element.
    pub name: &'static str,
    /// Attributes in schema order, inherited ones first.
    pub attributes: &'static [Attribute],
    /// Whether other attributes are let through (`xs:anyAttribute`); they are not kept.
    pub any_attribute: bool,
    /// What stands between the tags.
    pub content: Content,
}

/// What stands between the tags of a complex type.
#[derive(Debug)]
pub enum Content {
    /// Nothing but white space.
    Empty,
    /// Text of a simple type (`xs:simpleContent`).
    Text(&'static Simple),
    /// Child elements.
    Elements(Model),
}

/// A content model.
#[derive(Debug)]
pub struct Model {
    /// One entry per element particle, in schema order.
    pub items: &'static [Item],
    /// `follow[0]`: what may come first. `follow[i + 1]`: what may follow item `i`. Indexes into `items`.
    pub follow: &'static [&'static [u16]],
    /// Whether the element may end there: `accept[0]` empty, `accept[i + 1]` after item `i`.
    pub accept: &'static [bool],
}

/// One element particle.
#[derive(Debug)]
pub struct Item {
    /// The element's name.
    pub name: Name,
    /// Its type.
    pub kind: Kind,
    /// `minOccurs` of the particle itself.
    pub least: u32,
    /// `maxOccurs` of the particle itself; `None` is unbounded.
    pub most: Option<u32>,
    /// Whether the value is a list, by its own `maxOccurs` or that of a group around it.
    pub list: bool,
    /// Which choice of the type it is an alternative of, counted from 0.
    pub choice: Option<u8>,
    /// `default`: the value of an empty element.
    pub default: Option<&'static str>,
    /// `fixed`: the only value allowed.
    pub fixed: Option<&'static str>,
    /// Whether `xsi:nil="true"` is allowed.
    pub nillable: bool,
}

/// The type of an element.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text.
    Simple(&'static Simple),
    /// Attributes, children or both.
    Complex(&'static Type),
}

/// A global element.
#[derive(Debug)]
pub struct Element {
    /// The element's name.
    pub name: Name,
    /// Its type.
    pub kind: Kind,
    /// Every namespace below it, so that all prefixes are declared once, on the root. Its own first, then by id.
    pub namespaces: &'static [NamespaceId],
}

/// An attribute. Attributes are unqualified in every contract we know; the generator refuses others.
#[derive(Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub simple: &'static Simple,
    /// `use="required"`.
    pub required: bool,
    /// `default`: its value where it is absent.
    pub default: Option<&'static str>,
    /// `fixed`: the only value allowed.
    pub fixed: Option<&'static str>,
}

/// A simple type with all facets of its derivation chain.
#[derive(Debug)]
pub struct Simple {
    /// The name in the schema; for an anonymous type the name of its element or attribute.
    pub name: &'static str,
    /// The built-in type at the end of the chain.
    pub base: Base,
    /// What happens to white space before anything else.
    pub whitespace: Whitespace,
    /// Every facet of every step; all must hold.
    pub facets: &'static [Facet],
}

/// The built-in types in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// `xs:string` and everything derived from it by white space alone.
    String,
    /// `xs:boolean`.
    Boolean,
    /// `xs:int`: 32 bits, signed. Also `xs:short`, `xs:byte`.
    Int,
    /// `xs:long`: 64 bits, signed. Also `xs:integer`, which we bound.
    Long,
    /// `xs:positiveInteger`, bounded to 32 bits: at least 1.
    PositiveInteger,
    /// `xs:nonNegativeInteger`, `xs:unsignedInt`: 32 bits.
    NonNegativeInteger,
    /// `xs:decimal`, kept as text.
    Decimal,
    /// `xs:date`.
    Date,
    /// `xs:dateTime`.
    DateTime,
    /// `xs:anyURI`, kept as text.
    Uri,
}

/// The `whiteSpace` facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whitespace {
    /// As it stands.
    Preserve,
    /// Tab, line feed and carriage return become blanks.
    Replace,
    /// As `Replace`, then runs of blanks become one and the ends are trimmed.
    Collapse,
}

/// A constraining facet.
#[derive(Debug)]
pub enum Facet {
    /// `length`.
    Length(u32),
    /// `minLength`.
    MinLength(u32),
    /// `maxLength`.
    MaxLength(u32),
    /// `pattern`: the alternatives of one derivation step.
    Pattern(Pattern),
    /// `enumeration`: the values of one derivation step.
    Enumeration(&'static [&'static str]),
    /// `minInclusive` of a number.
    MinInclusive(i64),
    /// `maxInclusive` of a number.
    MaxInclusive(i64),
}

/// An operation of a port type with what its binding says.
#[derive(Debug)]
pub struct Operation {
    /// The name, as in the contract.
    pub name: &'static str,
    /// `soapAction`.
    pub action: &'static str,
    /// The only child of the request's body.
    pub input: &'static Element,
    /// The only child of the answer's body.
    pub output: &'static Element,
    /// Declared header elements of the request.
    pub headers: &'static [&'static Element],
    /// Declared faults: their name and detail element.
    pub faults: &'static [(&'static str, &'static Element)],
}

/// One versioned service as published.
#[derive(Debug)]
pub struct Contract {
    /// Its place: `unilogin/wsiinst/6`.
    pub path: &'static str,
    /// `wsdl:service`.
    pub service: &'static str,
    /// `wsdl:portType`.
    pub port_type: &'static str,
    /// `targetNamespace` of the WSDL.
    pub namespace: &'static str,
    /// The operations in contract order.
    pub operations: &'static [Operation],
    /// Every global element that can be the root of a message or a document of this contract, ordered by namespace and name.
    pub elements: &'static [&'static Element],
    /// The documents it is published as; the first is its WSDL.
    pub documents: &'static [Document],
}

/// A WSDL or schema document.
#[derive(Debug)]
pub struct Document {
    /// Where it stands in the source tree, with `/`.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}
