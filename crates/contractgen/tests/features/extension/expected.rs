/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}ElevFuld`
#[derive(Debug, Clone, PartialEq)]
pub struct ElevFuld<'a> {
    pub id: i32,
    pub kilde: Option<Cow<'a, str>>,
    pub navn: Cow<'a, str>,
    pub trin: i32,
}
/// The table of `ElevFuld`.
pub static ELEV_FULD: schema::Type = schema::Type {
    name: "ElevFuld",
    attributes: &[
        table::attribute("id", &xs::INT, true),
        table::attribute("kilde", &xs::TOKEN, false),
    ],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:navn", &xs::STRING, 1, Some(1)),
            table::text(16, "example:trin", &xs::INT, 1, Some(1)),
        ],
        follow: &[&[0], &[1], &[]],
        accept: &[false, false, true],
    }),
};
impl<'a> Decode<'a> for ElevFuld<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [id, kilde] = d.attributes(&ELEV_FULD)?;
        let mut navn = None;
        let mut trin = None;
        let mut at = 0;
        while let Some(item) = d.next(&ELEV_FULD, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                1 => trin = Some(d.value()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            id: d.present(d.parse(id)?)?,
            kilde,
            navn: d.present(navn)?,
            trin: d.present(trin)?,
        })
    }
}
impl Encode for ElevFuld<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.attribute_value("id", &self.id);
        if let Some(value) = &self.kilde {
            w.attribute("kilde", value);
        }
        w.inside();
        w.string("example:navn", &self.navn);
        w.value("example:trin", &self.trin);
        w.close(tag);
    }
}
/// `{urn:example}Elev`
#[derive(Debug, Clone, PartialEq)]
pub struct Elev<'a> {
    pub id: i32,
    pub navn: Cow<'a, str>,
}
/// The table of `Elev`.
pub static ELEV: schema::Type = schema::Type {
    name: "Elev",
    attributes: &[table::attribute("id", &xs::INT, true)],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::text(16, "example:navn", &xs::STRING, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for Elev<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [id] = d.attributes(&ELEV)?;
        let mut navn = None;
        let mut at = 0;
        while let Some(item) = d.next(&ELEV, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            id: d.present(d.parse(id)?)?,
            navn: d.present(navn)?,
        })
    }
}
impl Encode for Elev<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.attribute_value("id", &self.id);
        w.inside();
        w.string("example:navn", &self.navn);
        w.close(tag);
    }
}
/// `{urn:example}Person`
#[derive(Debug, Clone, PartialEq)]
pub struct Person<'a> {
    pub id: i32,
    pub navn: Cow<'a, str>,
}
/// The table of `Person`.
pub static PERSON: schema::Type = schema::Type {
    name: "Person",
    attributes: &[table::attribute("id", &xs::INT, true)],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::text(16, "example:navn", &xs::STRING, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for Person<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [id] = d.attributes(&PERSON)?;
        let mut navn = None;
        let mut at = 0;
        while let Some(item) = d.next(&PERSON, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            id: d.present(d.parse(id)?)?,
            navn: d.present(navn)?,
        })
    }
}
impl Encode for Person<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.attribute_value("id", &self.id);
        w.inside();
        w.string("example:navn", &self.navn);
        w.close(tag);
    }
}
}
