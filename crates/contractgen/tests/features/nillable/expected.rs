/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Telefoner`
#[derive(Debug, Clone, PartialEq)]
pub struct Telefoner<'a> {
    pub hjem: Option<Cow<'a, str>>,
    pub arbejde: Option<Option<i32>>,
    pub andre: Vec<Option<Telefoner<'a>>>,
}
/// The table of `Telefoner`.
pub static TELEFONER: schema::Type = schema::Type {
    name: "Telefoner",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            schema::Item {
                nillable: true,
                ..table::text(16, "example:hjem", &xs::STRING, 1, Some(1))
            },
            schema::Item {
                nillable: true,
                ..table::text(16, "example:arbejde", &xs::INT, 0, Some(1))
            },
            schema::Item {
                nillable: true,
                ..table::node(16, "example:andre", &TELEFONER, 0, None)
            },
        ],
        follow: &[&[0], &[1, 2], &[2], &[2]],
        accept: &[false, true, true, true],
    }),
};
impl<'a> Decode<'a> for Telefoner<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&TELEFONER)?;
        let mut hjem = None;
        let mut arbejde = None;
        let mut andre = Vec::new();
        let mut at = 0;
        while let Some(item) = d.next(&TELEFONER, &mut at)? {
            match item {
                0 => hjem = Some(if d.nil()? { None } else { Some(d.string()?) }),
                1 => arbejde = Some(if d.nil()? { None } else { Some(d.value()?) }),
                2 => andre.push(if d.nil()? { None } else { Some(Decode::decode(d)?) }),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            hjem: d.present(hjem)?,
            arbejde,
            andre,
        })
    }
}
impl Encode for Telefoner<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        match &self.hjem {
            Some(value) => w.string("example:hjem", value),
            None => w.nil("example:hjem"),
        };
        if let Some(value) = &self.arbejde {
            match value {
                Some(value) => w.value("example:arbejde", value),
                None => w.nil("example:arbejde"),
            };
        }
        for value in &self.andre {
            match value {
                Some(value) => value.encode("example:andre", w),
                None => w.nil("example:andre"),
            };
        }
        w.close(tag);
    }
}
/// The element `{urn:example}telefoner`.
pub static TELEFONER_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:telefoner"),
    kind: schema::Kind::Complex(&TELEFONER),
    namespaces: &[16, 7],
};
}
