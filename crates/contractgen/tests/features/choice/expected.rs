/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Tilknytning`
#[derive(Debug, Clone, PartialEq)]
pub struct Tilknytning<'a> {
    pub navn: Cow<'a, str>,
    pub choice: TilknytningChoice<'a>,
    pub choice2: Option<TilknytningChoice2>,
}
/// The choice in [`Tilknytning`].
#[derive(Debug, Clone, PartialEq)]
pub enum TilknytningChoice<'a> {
    Elev(Elev<'a>),
    Trin(i32),
}
/// The choice in [`Tilknytning`].
#[derive(Debug, Clone, PartialEq)]
pub enum TilknytningChoice2 {
    Dag(xml::Date),
    Tid(xml::DateTime),
}
/// The table of `Tilknytning`.
pub static TILKNYTNING: schema::Type = schema::Type {
    name: "Tilknytning",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:navn", &xs::STRING, 1, Some(1)),
            table::choice(0, table::node(16, "example:elev", &ELEV, 1, Some(1))),
            table::choice(0, table::text(16, "example:trin", &xs::INT, 1, Some(1))),
            table::choice(1, table::text(16, "example:dag", &xs::DATE, 1, Some(1))),
            table::choice(1, table::text(16, "example:tid", &xs::DATE_TIME, 1, Some(1))),
        ],
        follow: &[&[0], &[1, 2], &[3, 4], &[3, 4], &[], &[]],
        accept: &[false, false, true, true, true, true],
    }),
};
impl<'a> Decode<'a> for Tilknytning<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&TILKNYTNING)?;
        let mut navn = None;
        let mut choice = None;
        let mut choice2 = None;
        let mut at = 0;
        while let Some(item) = d.next(&TILKNYTNING, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                1 => choice = Some(TilknytningChoice::Elev(Decode::decode(d)?)),
                2 => choice = Some(TilknytningChoice::Trin(d.value()?)),
                3 => choice2 = Some(TilknytningChoice2::Dag(d.value()?)),
                4 => choice2 = Some(TilknytningChoice2::Tid(d.value()?)),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            navn: d.present(navn)?,
            choice: d.present(choice)?,
            choice2,
        })
    }
}
impl Encode for Tilknytning<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("example:navn", &self.navn);
        match &self.choice {
            TilknytningChoice::Elev(value) => value.encode("example:elev", w),
            TilknytningChoice::Trin(value) => w.value("example:trin", value),
        }
        if let Some(value) = &self.choice2 {
            match value {
                TilknytningChoice2::Dag(value) => w.value("example:dag", value),
                TilknytningChoice2::Tid(value) => w.value("example:tid", value),
            }
        }
        w.close(tag);
    }
}
/// `{urn:example}Elev`
#[derive(Debug, Clone, PartialEq)]
pub struct Elev<'a> {
    pub klasse: Cow<'a, str>,
}
/// The table of `Elev`.
pub static ELEV: schema::Type = schema::Type {
    name: "Elev",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::text(16, "example:klasse", &xs::STRING, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for Elev<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&ELEV)?;
        let mut klasse = None;
        let mut at = 0;
        while let Some(item) = d.next(&ELEV, &mut at)? {
            match item {
                0 => klasse = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { klasse: d.present(klasse)? })
    }
}
impl Encode for Elev<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("example:klasse", &self.klasse);
        w.close(tag);
    }
}
}
