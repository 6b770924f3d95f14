/// The namespace `urn:example`.
pub mod example {
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Mappe`
#[derive(Debug, Clone, PartialEq)]
pub struct Mappe {
    pub over: Option<Box<Mappe>>,
    pub under: Vec<Mappe>,
    pub choice: MappeChoice,
}
/// The choice in [`Mappe`].
#[derive(Debug, Clone, PartialEq)]
pub enum MappeChoice {
    Låg(Box<Låg>),
    Antal(i32),
}
/// The table of `Mappe`.
pub static MAPPE: schema::Type = schema::Type {
    name: "Mappe",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::node(16, "example:over", &MAPPE, 0, Some(1)),
            table::node(16, "example:under", &MAPPE, 0, None),
            table::choice(0, table::node(16, "example:låg", &LÅG, 1, Some(1))),
            table::choice(0, table::text(16, "example:antal", &xs::INT, 1, Some(1))),
        ],
        follow: &[&[0, 1, 2, 3], &[1, 2, 3], &[1, 2, 3], &[], &[]],
        accept: &[false, false, false, true, true],
    }),
};
impl<'a> Decode<'a> for Mappe {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&MAPPE)?;
        let mut over = None;
        let mut under = Vec::new();
        let mut choice = None;
        let mut at = 0;
        while let Some(item) = d.next(&MAPPE, &mut at)? {
            match item {
                0 => over = Some(Box::new(Decode::decode(d)?)),
                1 => under.push(Decode::decode(d)?),
                2 => choice = Some(MappeChoice::Låg(Box::new(Decode::decode(d)?))),
                3 => choice = Some(MappeChoice::Antal(d.value()?)),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            over,
            under,
            choice: d.present(choice)?,
        })
    }
}
impl Encode for Mappe {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        if let Some(value) = &self.over {
            value.encode("example:over", w);
        }
        for value in &self.under {
            value.encode("example:under", w);
        }
        match &self.choice {
            MappeChoice::Låg(value) => value.encode("example:låg", w),
            MappeChoice::Antal(value) => w.value("example:antal", value),
        }
        w.close(tag);
    }
}
/// `{urn:example}Låg`
#[derive(Debug, Clone, PartialEq)]
pub struct Låg {
    pub mappe: Box<Mappe>,
}
/// The table of `Låg`.
pub static LÅG: schema::Type = schema::Type {
    name: "Låg",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::node(16, "example:mappe", &MAPPE, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for Låg {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&LÅG)?;
        let mut mappe = None;
        let mut at = 0;
        while let Some(item) = d.next(&LÅG, &mut at)? {
            match item {
                0 => mappe = Some(Box::new(Decode::decode(d)?)),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { mappe: d.present(mappe)? })
    }
}
impl Encode for Låg {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        self.mappe.encode("example:mappe", w);
        w.close(tag);
    }
}
}
