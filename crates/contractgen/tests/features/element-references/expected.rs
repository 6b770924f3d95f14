/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Gruppe`
#[derive(Debug, Clone, PartialEq)]
pub struct Gruppe<'a> {
    pub navn: Option<Cow<'a, str>>,
    pub gruppe: Vec<Gruppe<'a>>,
}
/// The table of `Gruppe`.
pub static GRUPPE: schema::Type = schema::Type {
    name: "Gruppe",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            schema::Item {
                nillable: true,
                ..table::text(16, "example:Navn", &xs::STRING, 1, Some(1))
            },
            table::node(16, "example:Gruppe", &GRUPPE, 0, None),
        ],
        follow: &[&[0], &[1], &[1]],
        accept: &[false, true, true],
    }),
};
impl<'a> Decode<'a> for Gruppe<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&GRUPPE)?;
        let mut navn = None;
        let mut gruppe = Vec::new();
        let mut at = 0;
        while let Some(item) = d.next(&GRUPPE, &mut at)? {
            match item {
                0 => navn = Some(if d.nil()? { None } else { Some(d.string()?) }),
                1 => gruppe.push(Decode::decode(d)?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            navn: d.present(navn)?,
            gruppe,
        })
    }
}
impl Encode for Gruppe<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        match &self.navn {
            Some(value) => w.string("example:Navn", value),
            None => w.nil("example:Navn"),
        };
        for value in &self.gruppe {
            value.encode("example:Gruppe", w);
        }
        w.close(tag);
    }
}
/// The element `{urn:example}Navn`.
pub static NAVN_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:Navn"),
    kind: schema::Kind::Simple(&xs::STRING),
    namespaces: &[16, 7],
};
/// The element `{urn:example}Gruppe`.
pub static GRUPPE_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:Gruppe"),
    kind: schema::Kind::Complex(&GRUPPE),
    namespaces: &[16, 7],
};
}
