/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Elev`
#[derive(Debug, Clone, PartialEq)]
pub struct Elev<'a> {
    pub navn: Cow<'a, str>,
    pub navn2: Cow<'a, str>,
    pub data: data::Elev<'a>,
}
/// The table of `Elev`.
pub static ELEV: schema::Type = schema::Type {
    name: "Elev",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(17, "d:Navn", &xs::STRING, 1, Some(1)),
            table::text(16, "example:Navn", &xs::STRING, 1, Some(1)),
            table::node(16, "example:data", &data::ELEV, 1, Some(1)),
        ],
        follow: &[&[0], &[1], &[2], &[]],
        accept: &[false, false, false, true],
    }),
};
impl<'a> Decode<'a> for Elev<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&ELEV)?;
        let mut navn = None;
        let mut navn2 = None;
        let mut data = None;
        let mut at = 0;
        while let Some(item) = d.next(&ELEV, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                1 => navn2 = Some(d.string()?),
                2 => data = Some(Decode::decode(d)?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            navn: d.present(navn)?,
            navn2: d.present(navn2)?,
            data: d.present(data)?,
        })
    }
}
impl Encode for Elev<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("d:Navn", &self.navn);
        w.string("example:Navn", &self.navn2);
        self.data.encode("example:data", w);
        w.close(tag);
    }
}
/// The element `{urn:example}elev`.
pub static ELEV_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:elev"),
    kind: schema::Kind::Complex(&ELEV),
    namespaces: &[16, 17],
};
/// The namespace `urn:example/data`.
pub mod data {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example/data}Elev`
#[derive(Debug, Clone, PartialEq)]
pub struct Elev<'a> {
    pub lokal: Cow<'a, str>,
    pub fælles: Cow<'a, str>,
}
/// The table of `Elev`.
pub static ELEV: schema::Type = schema::Type {
    name: "Elev",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(0, "lokal", &xs::STRING, 1, Some(1)),
            table::text(17, "d:fælles", &xs::STRING, 1, Some(1)),
        ],
        follow: &[&[0], &[1], &[]],
        accept: &[false, false, true],
    }),
};
impl<'a> Decode<'a> for Elev<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&ELEV)?;
        let mut lokal = None;
        let mut fælles = None;
        let mut at = 0;
        while let Some(item) = d.next(&ELEV, &mut at)? {
            match item {
                0 => lokal = Some(d.string()?),
                1 => fælles = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            lokal: d.present(lokal)?,
            fælles: d.present(fælles)?,
        })
    }
}
impl Encode for Elev<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("lokal", &self.lokal);
        w.string("d:fælles", &self.fælles);
        w.close(tag);
    }
}
/// The element `{urn:example/data}Navn`.
pub static NAVN_ELEMENT: schema::Element = schema::Element {
    name: table::name(17, "d:Navn"),
    kind: schema::Kind::Simple(&xs::STRING),
    namespaces: &[17],
};
}
}
