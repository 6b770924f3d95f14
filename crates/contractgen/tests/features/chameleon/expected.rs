/// The namespace `urn:example`.
pub mod example {
use soap::schema::{self};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Farve`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Farve {
    /// `rød`
    Rød,
}
impl Farve {
    /// Every value, in the order of the schema.
    pub const ALL: &'static [Self] = &[Self::Rød];
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
const FARVE_VALUES: &[&str] = &["rød"];
/// The table of `Farve`.
pub static FARVE: schema::Simple = schema::Simple {
    name: "Farve",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Preserve,
    facets: &[schema::Facet::Enumeration(FARVE_VALUES)],
};
/// `{urn:example}Hus`
#[derive(Debug, Clone, PartialEq)]
pub struct Hus {
    pub dør: Farve,
}
/// The table of `Hus`.
pub static HUS: schema::Type = schema::Type {
    name: "Hus",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::text(0, "dør", &FARVE, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for Hus {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&HUS)?;
        let mut dør = None;
        let mut at = 0;
        while let Some(item) = d.next(&HUS, &mut at)? {
            match item {
                0 => dør = Some(d.value()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { dør: d.present(dør)? })
    }
}
impl Encode for Hus {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.value("dør", &self.dør);
        w.close(tag);
    }
}
/// The element `{urn:example}hus`.
pub static HUS_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:hus"),
    kind: schema::Kind::Complex(&HUS),
    namespaces: &[16],
};
}
