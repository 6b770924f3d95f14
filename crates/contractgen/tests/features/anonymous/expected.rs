/// The namespace `urn:example`.
pub mod example {
use soap::schema::{self};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}type`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SvarLinjeType {
    /// `Fejl`
    Fejl,
    /// `Advarsel`
    Advarsel,
}
impl SvarLinjeType {
    /// Every value, in the order of the schema.
    pub const ALL: &'static [Self] = &[Self::Fejl, Self::Advarsel];
    /// The value as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        SVAR_LINJE_TYPE_VALUES[self as usize]
    }
}
impl xml::Value for SvarLinjeType {
    const LISTED: bool = true;
    fn parse(text: &str) -> Option<Self> {
        SVAR_LINJE_TYPE_VALUES.iter().position(|it| *it == text).map(|it| Self::ALL[it])
    }
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }
}
const SVAR_LINJE_TYPE_VALUES: &[&str] = &["Fejl", "Advarsel"];
/// The table of `SvarLinjeType`.
pub static SVAR_LINJE_TYPE: schema::Simple = schema::Simple {
    name: "type",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Preserve,
    facets: &[schema::Facet::Enumeration(SVAR_LINJE_TYPE_VALUES)],
};
/// `{urn:example}Svar`
#[derive(Debug, Clone, PartialEq)]
pub struct Svar {
    pub linje: Vec<SvarLinje>,
    pub tom: SvarTom,
}
/// The table of `Svar`.
pub static SVAR: schema::Type = schema::Type {
    name: "Svar",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::node(16, "example:linje", &SVAR_LINJE, 1, None),
            table::node(16, "example:tom", &SVAR_TOM, 1, Some(1)),
        ],
        follow: &[&[0], &[0, 1], &[]],
        accept: &[false, false, true],
    }),
};
impl<'a> Decode<'a> for Svar {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&SVAR)?;
        let mut linje = Vec::new();
        let mut tom = None;
        let mut at = 0;
        while let Some(item) = d.next(&SVAR, &mut at)? {
            match item {
                0 => linje.push(Decode::decode(d)?),
                1 => tom = Some(Decode::decode(d)?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            linje,
            tom: d.present(tom)?,
        })
    }
}
impl Encode for Svar {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        for value in &self.linje {
            value.encode("example:linje", w);
        }
        self.tom.encode("example:tom", w);
        w.close(tag);
    }
}
/// `{urn:example}linje`
#[derive(Debug, Clone, PartialEq)]
pub struct SvarLinje {
    pub type_: SvarLinjeType,
}
/// The table of `SvarLinje`.
pub static SVAR_LINJE: schema::Type = schema::Type {
    name: "linje",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::text(16, "example:type", &SVAR_LINJE_TYPE, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for SvarLinje {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&SVAR_LINJE)?;
        let mut type_ = None;
        let mut at = 0;
        while let Some(item) = d.next(&SVAR_LINJE, &mut at)? {
            match item {
                0 => type_ = Some(d.value()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { type_: d.present(type_)? })
    }
}
impl Encode for SvarLinje {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.value("example:type", &self.type_);
        w.close(tag);
    }
}
/// `{urn:example}tom`
#[derive(Debug, Clone, PartialEq)]
pub struct SvarTom;
/// The table of `SvarTom`.
pub static SVAR_TOM: schema::Type = schema::Type {
    name: "tom",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for SvarTom {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&SVAR_TOM)?;
        d.empty(&SVAR_TOM)?;
        Ok(Self)
    }
}
impl Encode for SvarTom {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.close_empty();
    }
}
/// The element `{urn:example}Svar`.
pub static SVAR_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:Svar"),
    kind: schema::Kind::Complex(&SVAR),
    namespaces: &[16],
};
}
