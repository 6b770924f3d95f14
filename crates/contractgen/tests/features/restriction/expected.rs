/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Base`
#[derive(Debug, Clone, PartialEq)]
pub struct Base<'a> {
    pub niveau: Option<Cow<'a, str>>,
    pub kilde: Option<Cow<'a, str>>,
    pub udgået: Option<bool>,
    pub navn: Option<Cow<'a, str>>,
    pub note: Option<Cow<'a, str>>,
}
/// The table of `Base`.
pub static BASE: schema::Type = schema::Type {
    name: "Base",
    attributes: &[
        table::attribute("niveau", &xs::TOKEN, false),
        table::attribute("kilde", &xs::TOKEN, false),
        table::attribute("udgået", &xs::BOOLEAN, false),
    ],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:navn", &xs::STRING, 0, Some(1)),
            table::text(16, "example:note", &xs::STRING, 0, Some(1)),
        ],
        follow: &[&[0, 1], &[1], &[]],
        accept: &[true, true, true],
    }),
};
impl<'a> Decode<'a> for Base<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [niveau, kilde, udgået] = d.attributes(&BASE)?;
        let mut navn = None;
        let mut note = None;
        let mut at = 0;
        while let Some(item) = d.next(&BASE, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                1 => note = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            niveau,
            kilde,
            udgået: d.parse(udgået)?,
            navn,
            note,
        })
    }
}
impl Encode for Base<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        if let Some(value) = &self.niveau {
            w.attribute("niveau", value);
        }
        if let Some(value) = &self.kilde {
            w.attribute("kilde", value);
        }
        if let Some(value) = &self.udgået {
            w.attribute_value("udgået", value);
        }
        w.inside();
        if let Some(value) = &self.navn {
            w.string("example:navn", value);
        }
        if let Some(value) = &self.note {
            w.string("example:note", value);
        }
        w.close(tag);
    }
}
/// `{urn:example}Fuld`
#[derive(Debug, Clone, PartialEq)]
pub struct Fuld<'a> {
    pub kilde: Option<Cow<'a, str>>,
    pub navn: Cow<'a, str>,
}
/// The table of `Fuld`.
pub static FULD: schema::Type = schema::Type {
    name: "Fuld",
    attributes: &[
        schema::Attribute {
            fixed: Some("fuld"),
            ..table::attribute("niveau", &xs::TOKEN, true)
        },
        table::attribute("kilde", &xs::TOKEN, false),
    ],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::text(16, "example:navn", &xs::STRING, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for Fuld<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [_, kilde] = d.attributes(&FULD)?;
        let mut navn = None;
        let mut at = 0;
        while let Some(item) = d.next(&FULD, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            kilde,
            navn: d.present(navn)?,
        })
    }
}
impl Encode for Fuld<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.attribute("niveau", "fuld");
        if let Some(value) = &self.kilde {
            w.attribute("kilde", value);
        }
        w.inside();
        w.string("example:navn", &self.navn);
        w.close(tag);
    }
}
}
