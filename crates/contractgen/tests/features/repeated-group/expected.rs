/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Liste`
#[derive(Debug, Clone, PartialEq)]
pub struct Liste<'a> {
    pub navn: Cow<'a, str>,
    pub items: Vec<ListeItem<'a>>,
}
/// The repeated part of [`Liste`].
#[derive(Debug, Clone, PartialEq)]
pub enum ListeItem<'a> {
    Nr(i32),
    Tekst(Cow<'a, str>),
}
/// The table of `Liste`.
pub static LISTE: schema::Type = schema::Type {
    name: "Liste",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:navn", &xs::STRING, 1, Some(1)),
            schema::Item {
                list: true,
                ..table::text(16, "example:nr", &xs::INT, 1, Some(1))
            },
            schema::Item {
                list: true,
                ..table::text(16, "example:tekst", &xs::STRING, 0, Some(1))
            },
        ],
        follow: &[&[0], &[1], &[1, 2], &[1]],
        accept: &[false, false, true, true],
    }),
};
impl<'a> Decode<'a> for Liste<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&LISTE)?;
        let mut navn = None;
        let mut items = Vec::new();
        let mut at = 0;
        while let Some(item) = d.next(&LISTE, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                1 => items.push(ListeItem::Nr(d.value()?)),
                2 => items.push(ListeItem::Tekst(d.string()?)),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            navn: d.present(navn)?,
            items,
        })
    }
}
impl Encode for Liste<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("example:navn", &self.navn);
        for value in &self.items {
            match value {
                ListeItem::Nr(value) => w.value("example:nr", value),
                ListeItem::Tekst(value) => w.string("example:tekst", value),
            }
        }
        w.close(tag);
    }
}
}
