/// The namespace `urn:example`.
pub mod example {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example}Group`
pub static GROUP_VALUE: schema::Simple = schema::Simple {
    name: "Group",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Preserve,
    facets: &[],
};
/// `{urn:example}Gruppetype`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gruppetype {
    /// `Årgang`
    Årgang,
    /// `Officielt tilknyttet person`
    OfficieltTilknyttetPerson,
    /// `SFO`
    SFO,
    /// `U1`
    U1,
    /// `0`
    _0,
    /// `10`
    _10,
    /// `-1`
    Minus1,
    /// `CPR_VERIFIED`
    CprVerified,
    /// `lærer`
    Lærer,
    /// `Lærer`
    Lærer_,
    /// `Self`
    Self_,
    /// `type`
    Type,
    /// ``
    Empty,
    /// `+/-`
    U2BU2FU2D,
}
impl Gruppetype {
    /// Every value, in the order of the schema.
    pub const ALL: &'static [Self] = &[
        Self::Årgang,
        Self::OfficieltTilknyttetPerson,
        Self::SFO,
        Self::U1,
        Self::_0,
        Self::_10,
        Self::Minus1,
        Self::CprVerified,
        Self::Lærer,
        Self::Lærer_,
        Self::Self_,
        Self::Type,
        Self::Empty,
        Self::U2BU2FU2D,
    ];
    /// The value as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        GRUPPETYPE_VALUES[self as usize]
    }
}
impl xml::Value for Gruppetype {
    const LISTED: bool = true;
    fn parse(text: &str) -> Option<Self> {
        let found = GRUPPETYPE_ORDER
            .binary_search_by(|it| GRUPPETYPE_VALUES[*it as usize].cmp(text))
            .ok()?;
        Some(Self::ALL[GRUPPETYPE_ORDER[found] as usize])
    }
    fn write(&self, out: &mut String) {
        out.push_str(self.as_str());
    }
}
const GRUPPETYPE_VALUES: &[&str] = &[
    "Årgang",
    "Officielt tilknyttet person",
    "SFO",
    "U1",
    "0",
    "10",
    "-1",
    "CPR_VERIFIED",
    "lærer",
    "Lærer",
    "Self",
    "type",
    "",
    "+/-",
];
const GRUPPETYPE_ORDER: &[u16] = &[12, 13, 6, 4, 5, 7, 9, 1, 2, 10, 3, 8, 11, 0];
/// The table of `Gruppetype`.
pub static GRUPPETYPE: schema::Simple = schema::Simple {
    name: "Gruppetype",
    base: schema::Base::String,
    whitespace: schema::Whitespace::Preserve,
    facets: &[schema::Facet::Enumeration(GRUPPETYPE_VALUES)],
};
/// `{urn:example}Self`
#[derive(Debug, Clone, PartialEq)]
pub struct Self_<'a> {
    pub type_: Cow<'a, str>,
    pub type3navn: Cow<'a, str>,
    pub extern_: Extern2,
    pub self_: i32,
    pub årgang: i32,
    pub uni_login: i32,
    pub d: i32,
    pub at: i32,
    pub item: i32,
    pub a_b_c: i32,
    pub a: i32,
    pub b: i32,
    pub a2: i32,
}
/// The table of `Self_`.
pub static SELF: schema::Type = schema::Type {
    name: "Self",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[
            table::text(16, "example:type", &xs::STRING, 1, Some(1)),
            table::text(16, "example:type3navn", &xs::STRING, 1, Some(1)),
            table::node(16, "example:extern", &EXTERN2, 1, Some(1)),
            table::text(16, "example:self", &xs::INT, 1, Some(1)),
            table::text(16, "example:Årgang", &xs::INT, 1, Some(1)),
            table::text(16, "example:UNILogin", &xs::INT, 1, Some(1)),
            table::text(16, "example:d", &xs::INT, 1, Some(1)),
            table::text(16, "example:at", &xs::INT, 1, Some(1)),
            table::text(16, "example:item", &xs::INT, 1, Some(1)),
            table::text(16, "example:a-b.c", &xs::INT, 1, Some(1)),
            table::text(16, "example:a", &xs::INT, 1, Some(1)),
            table::text(16, "example:b", &xs::INT, 1, Some(1)),
            table::text(16, "example:A", &xs::INT, 1, Some(1)),
        ],
        follow: &[
            &[0],
            &[1],
            &[2],
            &[3],
            &[4],
            &[5],
            &[6],
            &[7],
            &[8],
            &[9],
            &[10],
            &[11],
            &[12],
            &[],
        ],
        accept: &[
            false, false, false, false, false, false, false, false, false, false, false,
            false, false, true,
        ],
    }),
};
impl<'a> Decode<'a> for Self_<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&SELF)?;
        let mut type_ = None;
        let mut type3navn = None;
        let mut extern_ = None;
        let mut self_ = None;
        let mut årgang = None;
        let mut uni_login = None;
        let mut field_d = None;
        let mut field_at = None;
        let mut field_item = None;
        let mut a_b_c = None;
        let mut a = None;
        let mut b = None;
        let mut a2 = None;
        let mut at = 0;
        while let Some(item) = d.next(&SELF, &mut at)? {
            match item {
                0 => type_ = Some(d.string()?),
                1 => type3navn = Some(d.string()?),
                2 => extern_ = Some(Decode::decode(d)?),
                3 => self_ = Some(d.value()?),
                4 => årgang = Some(d.value()?),
                5 => uni_login = Some(d.value()?),
                6 => field_d = Some(d.value()?),
                7 => field_at = Some(d.value()?),
                8 => field_item = Some(d.value()?),
                9 => a_b_c = Some(d.value()?),
                10 => a = Some(d.value()?),
                11 => b = Some(d.value()?),
                12 => a2 = Some(d.value()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self {
            type_: d.present(type_)?,
            type3navn: d.present(type3navn)?,
            extern_: d.present(extern_)?,
            self_: d.present(self_)?,
            årgang: d.present(årgang)?,
            uni_login: d.present(uni_login)?,
            d: d.present(field_d)?,
            at: d.present(field_at)?,
            item: d.present(field_item)?,
            a_b_c: d.present(a_b_c)?,
            a: d.present(a)?,
            b: d.present(b)?,
            a2: d.present(a2)?,
        })
    }
}
impl Encode for Self_<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("example:type", &self.type_);
        w.string("example:type3navn", &self.type3navn);
        self.extern_.encode("example:extern", w);
        w.value("example:self", &self.self_);
        w.value("example:Årgang", &self.årgang);
        w.value("example:UNILogin", &self.uni_login);
        w.value("example:d", &self.d);
        w.value("example:at", &self.at);
        w.value("example:item", &self.item);
        w.value("example:a-b.c", &self.a_b_c);
        w.value("example:a", &self.a);
        w.value("example:b", &self.b);
        w.value("example:A", &self.a2);
        w.close(tag);
    }
}
/// `{urn:example}extern`
#[derive(Debug, Clone, PartialEq)]
pub struct Extern;
/// The table of `Extern`.
pub static EXTERN: schema::Type = schema::Type {
    name: "extern",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for Extern {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&EXTERN)?;
        d.empty(&EXTERN)?;
        Ok(Self)
    }
}
impl Encode for Extern {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.close_empty();
    }
}
/// `{urn:example}Extern`
#[derive(Debug, Clone, PartialEq)]
pub struct Extern2;
/// The table of `Extern2`.
pub static EXTERN2: schema::Type = schema::Type {
    name: "Extern",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for Extern2 {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&EXTERN2)?;
        d.empty(&EXTERN2)?;
        Ok(Self)
    }
}
impl Encode for Extern2 {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.close_empty();
    }
}
/// `{urn:example}Option`
#[derive(Debug, Clone, PartialEq)]
pub struct Option_;
/// The table of `Option_`.
pub static OPTION: schema::Type = schema::Type {
    name: "Option",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for Option_ {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&OPTION)?;
        d.empty(&OPTION)?;
        Ok(Self)
    }
}
impl Encode for Option_ {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.close_empty();
    }
}
/// `{urn:example}T`
#[derive(Debug, Clone, PartialEq)]
pub struct T;
/// The table of `T`.
pub static T_TYPE: schema::Type = schema::Type {
    name: "T",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for T {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&T_TYPE)?;
        d.empty(&T_TYPE)?;
        Ok(Self)
    }
}
impl Encode for T {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.close_empty();
    }
}
/// `{urn:example}group`
#[derive(Debug, Clone, PartialEq)]
pub struct Group;
/// The table of `Group`.
pub static GROUP: schema::Type = schema::Type {
    name: "group",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for Group {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&GROUP)?;
        d.empty(&GROUP)?;
        Ok(Self)
    }
}
impl Encode for Group {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.close_empty();
    }
}
/// `{urn:example}Group`
#[derive(Debug, Clone, PartialEq)]
pub struct GroupElement<'a> {
    pub group: Option<Cow<'a, str>>,
}
/// The table of `GroupElement`.
pub static GROUP_ELEMENT2: schema::Type = schema::Type {
    name: "Group",
    attributes: &[table::attribute("group", &GROUP_VALUE, false)],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for GroupElement<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        let [group] = d.attributes(&GROUP_ELEMENT2)?;
        d.empty(&GROUP_ELEMENT2)?;
        Ok(Self { group })
    }
}
impl Encode for GroupElement<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        if let Some(value) = &self.group {
            w.attribute("group", value);
        }
        w.close_empty();
    }
}
/// The element `{urn:example}Group`.
pub static GROUP_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "example:Group"),
    kind: schema::Kind::Complex(&GROUP_ELEMENT2),
    namespaces: &[16],
};
}
