//! The built-in types of XML Schema that contracts use, as the generator refers to them.

use super::{Base, Simple, Whitespace};

const fn built_in(name: &'static str, base: Base, whitespace: Whitespace) -> Simple {
    Simple { name, base, whitespace, facets: &[] }
}

/// `xs:string`.
pub static STRING: Simple = built_in("xs:string", Base::String, Whitespace::Preserve);
/// `xs:normalizedString`.
pub static NORMALIZED_STRING: Simple = built_in("xs:normalizedString", Base::String, Whitespace::Replace);
/// `xs:token`.
pub static TOKEN: Simple = built_in("xs:token", Base::String, Whitespace::Collapse);
/// `xs:boolean`.
pub static BOOLEAN: Simple = built_in("xs:boolean", Base::Boolean, Whitespace::Collapse);
/// `xs:int`.
pub static INT: Simple = built_in("xs:int", Base::Int, Whitespace::Collapse);
/// `xs:long`.
pub static LONG: Simple = built_in("xs:long", Base::Long, Whitespace::Collapse);
/// `xs:positiveInteger`.
pub static POSITIVE_INTEGER: Simple = built_in("xs:positiveInteger", Base::PositiveInteger, Whitespace::Collapse);
/// `xs:nonNegativeInteger`.
pub static NON_NEGATIVE_INTEGER: Simple =
    built_in("xs:nonNegativeInteger", Base::NonNegativeInteger, Whitespace::Collapse);
/// `xs:decimal`.
pub static DECIMAL: Simple = built_in("xs:decimal", Base::Decimal, Whitespace::Collapse);
/// `xs:date`.
pub static DATE: Simple = built_in("xs:date", Base::Date, Whitespace::Collapse);
/// `xs:dateTime`.
pub static DATE_TIME: Simple = built_in("xs:dateTime", Base::DateTime, Whitespace::Collapse);
/// `xs:anyURI`.
pub static ANY_URI: Simple = built_in("xs:anyURI", Base::Uri, Whitespace::Collapse);
