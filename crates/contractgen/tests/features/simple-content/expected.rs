/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}KortNummer`
pub static KORT_NUMMER_TEXT: schema::Simple = schema::Simple {
    name: "KortNummer",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Collapse,
    facets: &[schema::Facet::MinLength(1), schema::Facet::MaxLength(8)],
};
/// `{urn:example}Tekst`
pub static TEKST: schema::Simple = schema::Simple {
    name: "Tekst",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Collapse,
    facets: &[schema::Facet::MinLength(1)],
};
/// `{urn:example}Nummer`
#[derive(Debug, Clone, PartialEq)]
pub struct Nummer<'a> {
    pub beskyttet: bool,
    pub text: Cow<'a, str>,
}
/// The table of `Nummer`.
pub static NUMMER: schema::Type = schema::Type {
    name: "Nummer",
    attributes: &[table::attribute("beskyttet", &xs::BOOLEAN, true)],
    any_attribute: true,
    content: schema::Content::Text(&TEKST),
};
impl<'a> Decode<'a> for Nummer<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [beskyttet] = d.attributes(&NUMMER)?;
        Ok(Self {
            beskyttet: d.present(d.parse(beskyttet)?)?,
            text: d.content_string(&NUMMER)?,
        })
    }
}
impl Encode for Nummer<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.attribute_value("beskyttet", &self.beskyttet);
        w.inside();
        w.text(&self.text);
        w.close(tag);
    }
}
/// `{urn:example}KortNummer`
#[derive(Debug, Clone, PartialEq)]
pub struct KortNummer<'a> {
    pub beskyttet: bool,
    pub text: Cow<'a, str>,
}
/// The table of `KortNummer`.
pub static KORT_NUMMER: schema::Type = schema::Type {
    name: "KortNummer",
    attributes: &[table::attribute("beskyttet", &xs::BOOLEAN, true)],
    any_attribute: false,
    content: schema::Content::Text(&KORT_NUMMER_TEXT),
};
impl<'a> Decode<'a> for KortNummer<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [beskyttet] = d.attributes(&KORT_NUMMER)?;
        Ok(Self {
            beskyttet: d.present(d.parse(beskyttet)?)?,
            text: d.content_string(&KORT_NUMMER)?,
        })
    }
}
impl Encode for KortNummer<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.attribute_value("beskyttet", &self.beskyttet);
        w.inside();
        w.text(&self.text);
        w.close(tag);
    }
}
/// `{urn:example}Antal`
#[derive(Debug, Clone, PartialEq)]
pub struct Antal {
    pub text: i32,
}
/// The table of `Antal`.
pub static ANTAL: schema::Type = schema::Type {
    name: "Antal",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Text(&xs::INT),
};
impl<'a> Decode<'a> for Antal {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&ANTAL)?;
        Ok(Self {
            text: d.content_value(&ANTAL)?,
        })
    }
}
impl Encode for Antal {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.text_value(&self.text);
        w.close(tag);
    }
}
}
