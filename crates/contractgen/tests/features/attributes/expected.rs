/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}niveau`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImportNiveau {
    /// `0`
    _0,
    /// `1`
    _1,
}
impl ImportNiveau {
    /// Every value, in the order of the schema.
    pub const ALL: &'static [Self] = &[Self::_0, Self::_1];
    /// The value as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        IMPORT_NIVEAU_VALUES[self as usize]
    }
}
impl xml::Value for ImportNiveau {
    const LISTED: bool = true;
    fn parse(text: &str) -> Option<Self> {
        IMPORT_NIVEAU_VALUES.iter().position(|it| *it == text).map(|it| Self::ALL[it])
    }
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }
}
const IMPORT_NIVEAU_VALUES: &[&str] = &["0", "1"];
/// The table of `ImportNiveau`.
pub static IMPORT_NIVEAU: schema::Simple = schema::Simple {
    name: "niveau",
    base: schema::Base::Int,
    whitespace: schema::Whitespace::Collapse,
    facets: &[schema::Facet::Enumeration(IMPORT_NIVEAU_VALUES)],
};
/// `{urn:example}Import`
#[derive(Debug, Clone, PartialEq)]
pub struct Import<'a> {
    pub kilde: Cow<'a, str>,
    pub tidspunkt: xml::DateTime,
    pub niveau: Option<ImportNiveau>,
}
/// The table of `Import`.
pub static IMPORT: schema::Type = schema::Type {
    name: "Import",
    attributes: &[
        table::attribute("kilde", &xs::TOKEN, true),
        table::attribute("tidspunkt", &xs::DATE_TIME, true),
        schema::Attribute {
            default: Some("0"),
            ..table::attribute("niveau", &IMPORT_NIVEAU, false)
        },
        schema::Attribute {
            fixed: Some("xml"),
            ..table::attribute("format", &xs::TOKEN, true)
        },
    ],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for Import<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [kilde, tidspunkt, niveau, _] = d.attributes(&IMPORT)?;
        d.empty(&IMPORT)?;
        Ok(Self {
            kilde: d.present(kilde)?,
            tidspunkt: d.present(d.parse(tidspunkt)?)?,
            niveau: d.parse(niveau)?,
        })
    }
}
impl Encode for Import<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.attribute("kilde", &self.kilde);
        w.attribute_value("tidspunkt", &self.tidspunkt);
        if let Some(value) = &self.niveau {
            w.attribute_value("niveau", value);
        }
        w.attribute("format", "xml");
        w.close_empty();
    }
}
/// `{urn:example}Post`
#[derive(Debug, Clone, PartialEq)]
pub struct Post<'a> {
    pub kilde: Cow<'a, str>,
    pub tidspunkt: xml::DateTime,
    pub kilde_element: Cow<'a, str>,
    pub at: Cow<'a, str>,
}
/// The table of `Post`.
pub static POST: schema::Type = schema::Type {
    name: "Post",
    attributes: &[
        table::attribute("kilde", &xs::TOKEN, true),
        table::attribute("tidspunkt", &xs::DATE_TIME, true),
    ],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:kilde", &xs::STRING, 1, Some(1)),
            table::text(16, "example:at", &xs::STRING, 1, Some(1)),
        ],
        follow: &[&[0], &[1], &[]],
        accept: &[false, false, true],
    }),
};
impl<'a> Decode<'a> for Post<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [kilde, tidspunkt] = d.attributes(&POST)?;
        let mut kilde_element = None;
        let mut field_at = None;
        let mut at = 0;
        while let Some(item) = d.next(&POST, &mut at)? {
            match item {
                0 => kilde_element = Some(d.string()?),
                1 => field_at = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            kilde: d.present(kilde)?,
            tidspunkt: d.present(d.parse(tidspunkt)?)?,
            kilde_element: d.present(kilde_element)?,
            at: d.present(field_at)?,
        })
    }
}
impl Encode for Post<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.attribute("kilde", &self.kilde);
        w.attribute_value("tidspunkt", &self.tidspunkt);
        w.inside();
        w.string("example:kilde", &self.kilde_element);
        w.string("example:at", &self.at);
        w.close(tag);
    }
}
/// The element `{urn:example}Import`.
pub static IMPORT_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:Import"),
    kind: schema::Kind::Complex(&IMPORT),
    namespaces: &[16],
};
}
