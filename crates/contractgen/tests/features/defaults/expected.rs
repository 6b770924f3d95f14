/// The namespace `urn:example`.
pub mod example {
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Udvalg`
#[derive(Debug, Clone, PartialEq)]
pub struct Udvalg {
    pub elever: bool,
    pub version: i32,
}
/// The table of `Udvalg`.
pub static UDVALG: schema::Type = schema::Type {
    name: "Udvalg",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            schema::Item {
                default: Some("true"),
                ..table::text(16, "example:elever", &xs::BOOLEAN, 1, Some(1))
            },
            schema::Item {
                fixed: Some("7"),
                ..table::text(16, "example:version", &xs::INT, 1, Some(1))
            },
        ],
        follow: &[&[0], &[1], &[]],
        accept: &[false, false, true],
    }),
};
impl<'a> Decode<'a> for Udvalg {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&UDVALG)?;
        let mut elever = None;
        let mut version = None;
        let mut at = 0;
        while let Some(item) = d.next(&UDVALG, &mut at)? {
            match item {
                0 => elever = Some(d.value()?),
                1 => version = Some(d.value()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            elever: d.present(elever)?,
            version: d.present(version)?,
        })
    }
}
impl Encode for Udvalg {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.value("example:elever", &self.elever);
        w.value("example:version", &self.version);
        w.close(tag);
    }
}
}
