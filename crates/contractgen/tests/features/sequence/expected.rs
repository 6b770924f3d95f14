/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Postering`
///
/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Postering<'a> {
    pub tekst: Cow<'a, str>,
    pub beløb: i32,
    pub dato: Option<xml::Date>,
    pub godkendt: Option<bool>,
    pub bilag: Vec<Cow<'a, str>>,
}
/// The table of `Postering`.
pub static POSTERING: schema::Type = schema::Type {
    name: "Postering",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:tekst", &xs::STRING, 1, Some(1)),
            table::text(16, "example:beløb", &xs::INT, 1, Some(1)),
            table::text(16, "example:dato", &xs::DATE, 1, Some(1)),
            table::text(16, "example:godkendt", &xs::BOOLEAN, 0, Some(1)),
            table::text(16, "example:bilag", &xs::TOKEN, 0, None),
        ],
        follow: &[&[0], &[1], &[2, 4], &[3, 4], &[4], &[4]],
        accept: &[false, false, true, true, true, true],
    }),
};
impl<'a> Decode<'a> for Postering<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&POSTERING)?;
        let mut tekst = None;
        let mut beløb = None;
        let mut dato = None;
        let mut godkendt = None;
        let mut bilag = Vec::new();
        let mut at = 0;
        while let Some(item) = d.next(&POSTERING, &mut at)? {
            match item {
                0 => tekst = Some(d.string()?),
                1 => beløb = Some(d.value()?),
                2 => dato = Some(d.value()?),
                3 => godkendt = Some(d.value()?),
                4 => bilag.push(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            tekst: d.present(tekst)?,
            beløb: d.present(beløb)?,
            dato,
            godkendt,
            bilag,
        })
    }
}
impl Encode for Postering<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("example:tekst", &self.tekst);
        w.value("example:beløb", &self.beløb);
        if let Some(value) = &self.dato {
            w.value("example:dato", value);
        }
        if let Some(value) = &self.godkendt {
            w.value("example:godkendt", value);
        }
        for value in &self.bilag {
            w.string("example:bilag", value);
        }
        w.close(tag);
    }
}
/// The element `{urn:example}postering`.
pub static POSTERING_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:postering"),
    kind: schema::Kind::Complex(&POSTERING),
    namespaces: &[16],
};
}
