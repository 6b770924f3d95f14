/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Adresse`
#[derive(Debug, Clone, PartialEq)]
pub struct Adresse<'a> {
    pub vej: Option<Cow<'a, str>>,
    pub husnr: Option<Cow<'a, str>>,
    pub postboks: Vec<Cow<'a, str>>,
}
/// The table of `Adresse`.
pub static ADRESSE: schema::Type = schema::Type {
    name: "Adresse",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:vej", &xs::STRING, 1, Some(1)),
            table::text(16, "example:husnr", &xs::STRING, 1, Some(1)),
            table::text(16, "example:postboks", &xs::STRING, 1, None),
        ],
        follow: &[&[0, 2], &[1], &[], &[2]],
        accept: &[false, false, true, true],
    }),
};
impl<'a> Decode<'a> for Adresse<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&ADRESSE)?;
        let mut vej = None;
        let mut husnr = None;
        let mut postboks = Vec::new();
        let mut at = 0;
        while let Some(item) = d.next(&ADRESSE, &mut at)? {
            match item {
                0 => vej = Some(d.string()?),
                1 => husnr = Some(d.string()?),
                2 => postboks.push(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { vej, husnr, postboks })
    }
}
impl Encode for Adresse<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        if let Some(value) = &self.vej {
            w.string("example:vej", value);
        }
        if let Some(value) = &self.husnr {
            w.string("example:husnr", value);
        }
        for value in &self.postboks {
            w.string("example:postboks", value);
        }
        w.close(tag);
    }
}
}
