/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Person`
#[derive(Debug, Clone, PartialEq)]
pub struct Person<'a> {
    pub fornavn: Cow<'a, str>,
    pub efternavn: Cow<'a, str>,
    pub alias: Option<Cow<'a, str>>,
}
/// The table of `Person`.
pub static PERSON: schema::Type = schema::Type {
    name: "Person",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:fornavn", &xs::STRING, 1, Some(1)),
            table::text(16, "example:efternavn", &xs::STRING, 1, Some(1)),
            table::text(16, "example:alias", &xs::STRING, 0, Some(1)),
        ],
        follow: &[&[0], &[1], &[2], &[]],
        accept: &[false, false, true, true],
    }),
};
impl<'a> Decode<'a> for Person<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&PERSON)?;
        let mut fornavn = None;
        let mut efternavn = None;
        let mut alias = None;
        let mut at = 0;
        while let Some(item) = d.next(&PERSON, &mut at)? {
            match item {
                0 => fornavn = Some(d.string()?),
                1 => efternavn = Some(d.string()?),
                2 => alias = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            fornavn: d.present(fornavn)?,
            efternavn: d.present(efternavn)?,
            alias,
        })
    }
}
impl Encode for Person<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("example:fornavn", &self.fornavn);
        w.string("example:efternavn", &self.efternavn);
        if let Some(value) = &self.alias {
            w.string("example:alias", value);
        }
        w.close(tag);
    }
}
/// `{urn:example}Gæst`
#[derive(Debug, Clone, PartialEq)]
pub struct Gæst<'a> {
    pub fornavn: Option<Cow<'a, str>>,
    pub efternavn: Option<Cow<'a, str>>,
}
/// The table of `Gæst`.
pub static GÆST: schema::Type = schema::Type {
    name: "Gæst",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:fornavn", &xs::STRING, 1, Some(1)),
            table::text(16, "example:efternavn", &xs::STRING, 1, Some(1)),
        ],
        follow: &[&[0], &[1], &[]],
        accept: &[true, false, true],
    }),
};
impl<'a> Decode<'a> for Gæst<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&GÆST)?;
        let mut fornavn = None;
        let mut efternavn = None;
        let mut at = 0;
        while let Some(item) = d.next(&GÆST, &mut at)? {
            match item {
                0 => fornavn = Some(d.string()?),
                1 => efternavn = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { fornavn, efternavn })
    }
}
impl Encode for Gæst<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        if let Some(value) = &self.fornavn {
            w.string("example:fornavn", value);
        }
        if let Some(value) = &self.efternavn {
            w.string("example:efternavn", value);
        }
        w.close(tag);
    }
}
}
