/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Blanding`
#[derive(Debug, Clone, PartialEq)]
pub struct Blanding<'a> {
    pub choice: Vec<BlandingChoice<'a>>,
}
/// The choice in [`Blanding`].
#[derive(Debug, Clone, PartialEq)]
pub enum BlandingChoice<'a> {
    Tal(i64),
    Tekst(Cow<'a, str>),
}
/// The table of `Blanding`.
pub static BLANDING: schema::Type = schema::Type {
    name: "Blanding",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            schema::Item {
                list: true,
                ..table::choice(0, table::text(16, "example:tal", &xs::LONG, 1, Some(1)))
            },
            schema::Item {
                list: true,
                ..table::choice(
                    0,
                    table::text(16, "example:tekst", &xs::STRING, 1, Some(1)),
                )
            },
        ],
        follow: &[&[0, 1], &[0, 1], &[0, 1]],
        accept: &[true, true, true],
    }),
};
impl<'a> Decode<'a> for Blanding<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&BLANDING)?;
        let mut choice = Vec::new();
        let mut at = 0;
        while let Some(item) = d.next(&BLANDING, &mut at)? {
            match item {
                0 => choice.push(BlandingChoice::Tal(d.value()?)),
                1 => choice.push(BlandingChoice::Tekst(d.string()?)),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { choice })
    }
}
impl Encode for Blanding<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        for value in &self.choice {
            match value {
                BlandingChoice::Tal(value) => w.value("example:tal", value),
                BlandingChoice::Tekst(value) => w.string("example:tekst", value),
            }
        }
        w.close(tag);
    }
}
}
