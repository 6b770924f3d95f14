/// The namespace `urn:example`.
pub mod example {
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Kontakter`
#[derive(Debug, Clone, PartialEq)]
pub struct Kontakter {
    pub op: Vec<i32>,
    pub par: Vec<i32>,
    pub fra: Vec<i32>,
}
/// The table of `Kontakter`.
pub static KONTAKTER: schema::Type = schema::Type {
    name: "Kontakter",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:op", &xs::INT, 0, Some(10)),
            table::text(16, "example:par", &xs::INT, 2, Some(2)),
            table::text(16, "example:fra", &xs::INT, 3, None),
        ],
        follow: &[&[0, 1], &[0, 1], &[1, 2], &[2]],
        accept: &[false, false, false, true],
    }),
};
impl<'a> Decode<'a> for Kontakter {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&KONTAKTER)?;
        let mut op = Vec::new();
        let mut par = Vec::new();
        let mut fra = Vec::new();
        let mut at = 0;
        while let Some(item) = d.next(&KONTAKTER, &mut at)? {
            match item {
                0 => {
                    d.count(&KONTAKTER, 0, op.len() + 1)?;
                    op.push(d.value()?);
                }
                1 => par.push(d.value()?),
                2 => fra.push(d.value()?),
                _ => return Err(d.unreachable()),
            }
        }
        d.count(&KONTAKTER, 1, par.len())?;
        d.count(&KONTAKTER, 2, fra.len())?;
        Ok(Self { op, par, fra })
    }
}
impl Encode for Kontakter {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        for value in &self.op {
            w.value("example:op", value);
        }
        for value in &self.par {
            w.value("example:par", value);
        }
        for value in &self.fra {
            w.value("example:fra", value);
        }
        w.close(tag);
    }
}
}
