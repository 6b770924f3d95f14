/// The namespace `urn:example`.
pub mod example {
use soap::schema::{self};
use soap::xml::{self};
/// `{urn:example}Token`
pub static TOKEN: schema::Simple = schema::Simple {
    name: "Token",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Collapse,
    facets: &[schema::Facet::MinLength(1)],
};
/// `{urn:example}Kode`
pub static KODE: schema::Simple = schema::Simple {
    name: "Kode",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Collapse,
    facets: &KODE_FACETS,
};
static KODE_FACETS: [schema::Facet; 3] = [
    schema::Facet::MinLength(1),
    schema::Facet::MaxLength(10),
    schema::Facet::Pattern(
        schema::Pattern::new("[A-Z-[IO]]+|\\d{3}", "^(?:[A-Z--[IO]]+|\\p{Nd}{3})$"),
    ),
];
/// `{urn:example}Farve`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Farve {
    /// `rød`
    Rød,
    /// `grøn`
    Grøn,
    /// `blå`
    Blå,
}
impl Farve {
    /// Every value, in the order of the schema.
    pub const ALL: &'static [Self] = &[Self::Rød, Self::Grøn, Self::Blå];
    /// The value as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        FARVE_VALUES[self as usize]
    }
}
impl xml::Value for Farve {
    const LISTED: bool = true;
    fn parse(text: &str) -> Option<Self> {
        FARVE_VALUES.iter().position(|it| *it == text).map(|it| Self::ALL[it])
    }
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }
}
const FARVE_VALUES: &[&str] = &["rød", "grøn", "blå"];
/// The table of `Farve`.
pub static FARVE: schema::Simple = schema::Simple {
    name: "Farve",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Collapse,
    facets: &[schema::Facet::MinLength(1), schema::Facet::Enumeration(FARVE_VALUES)],
};
/// `{urn:example}Varm`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Varm {
    /// `rød`
    Rød,
}
impl Varm {
    /// Every value, in the order of the schema.
    pub const ALL: &'static [Self] = &[Self::Rød];
    /// The value as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        VARM_VALUES[self as usize]
    }
}
impl xml::Value for Varm {
    const LISTED: bool = true;
    fn parse(text: &str) -> Option<Self> {
        VARM_VALUES.iter().position(|it| *it == text).map(|it| Self::ALL[it])
    }
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }
}
const VARM_VALUES: &[&str] = &["rød"];
/// The table of `Varm`.
pub static VARM: schema::Simple = schema::Simple {
    name: "Varm",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Collapse,
    facets: &[
        schema::Facet::MinLength(1),
        schema::Facet::Enumeration(&["rød", "grøn", "blå"]),
        schema::Facet::Enumeration(VARM_VALUES),
    ],
};
/// `{urn:example}Procent`
pub static PROCENT: schema::Simple = schema::Simple {
    name: "Procent",
    base: schema::Base::NonNegativeInteger,
    whitespace: schema::Whitespace::Collapse,
    facets: &[schema::Facet::MinInclusive(1), schema::Facet::MaxInclusive(100)],
};
/// `{urn:example}Linje`
pub static LINJE: schema::Simple = schema::Simple {
    name: "Linje",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Replace,
    facets: &[schema::Facet::Length(80)],
};
}
