/// Every namespace of a contract, by URI; the first one has id 16.
pub static NAMESPACES: &[soap::schema::Namespace] = &[
    table::namespace("tns", "urn:example/hilsen"),
];
/// Every service, by path.
pub static CONTRACTS: &[&soap::schema::Contract] = &[&example::hilsen::v2::CONTRACT];
mod table {
    //! The rows of the tables below, in few words.
    use soap::schema::{
        Attribute, Item, Kind, Name, Namespace, NamespaceId, Simple, Type,
    };
    /// A namespace.
    pub(crate) const fn namespace(prefix: &'static str, uri: &'static str) -> Namespace {
        Namespace { uri, prefix }
    }
    /// The name of an element; the local part is what stands behind the prefix.
    pub(crate) const fn name(namespace: NamespaceId, tag: &'static str) -> Name {
        let mut at = 0;
        while at < tag.len() {
            if tag.as_bytes()[at] == b':' {
                return Name {
                    namespace,
                    local: tag.split_at(at + 1).1,
                    tag,
                };
            }
            at += 1;
        }
        Name { namespace, local: tag, tag }
    }
    const fn item(name: Name, kind: Kind, least: u32, most: Option<u32>) -> Item {
        let list = !matches!(most, Some(0 | 1));
        Item {
            name,
            kind,
            least,
            most,
            list,
            choice: None,
            default: None,
            fixed: None,
            nillable: false,
        }
    }
    /// An element of a simple type.
    pub(crate) const fn text(
        namespace: NamespaceId,
        tag: &'static str,
        of: &'static Simple,
        least: u32,
        most: Option<u32>,
    ) -> Item {
        item(name(namespace, tag), Kind::Simple(of), least, most)
    }
    /// An element of a complex type.
    pub(crate) const fn node(
        namespace: NamespaceId,
        tag: &'static str,
        of: &'static Type,
        least: u32,
        most: Option<u32>,
    ) -> Item {
        item(name(namespace, tag), Kind::Complex(of), least, most)
    }
    /// An alternative of a choice.
    pub(crate) const fn choice(number: u8, item: Item) -> Item {
        Item {
            choice: Some(number),
            ..item
        }
    }
    /// An attribute.
    pub(crate) const fn attribute(
        name: &'static str,
        simple: &'static Simple,
        required: bool,
    ) -> Attribute {
        Attribute {
            name,
            simple,
            required,
            default: None,
            fixed: None,
        }
    }
}
pub mod example {
pub mod hilsen {
/// The namespace `urn:example/hilsen`.
pub mod v2 {
use std::borrow::Cow;
use soap::schema::{self, xs};
use soap::xml::{self, Decode, Decoder, Encode, Writer};
use crate::table;
/// `{urn:example/hilsen}Hils`
#[derive(Debug, Clone, PartialEq)]
pub struct Hils<'a> {
    pub navn: Cow<'a, str>,
}
/// The table of `Hils`.
pub static HILS: schema::Type = schema::Type {
    name: "Hils",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::text(16, "tns:navn", &xs::STRING, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for Hils<'a> {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&HILS)?;
        let mut navn = None;
        let mut at = 0;
        while let Some(item) = d.next(&HILS, &mut at)? {
            match item {
                0 => navn = Some(d.string()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { navn: d.present(navn)? })
    }
}
impl Encode for Hils<'_> {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.string("tns:navn", &self.navn);
        w.close(tag);
    }
}
/// `{urn:example/hilsen}HilsResponse`
#[derive(Debug, Clone, PartialEq)]
pub struct HilsResponse {
    pub antal: i32,
}
/// The table of `HilsResponse`.
pub static HILS_RESPONSE: schema::Type = schema::Type {
    name: "HilsResponse",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Elements(schema::Model {
        items: &[table::text(16, "tns:antal", &xs::INT, 1, Some(1))],
        follow: &[&[0], &[]],
        accept: &[false, true],
    }),
};
impl<'a> Decode<'a> for HilsResponse {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&HILS_RESPONSE)?;
        let mut antal = None;
        let mut at = 0;
        while let Some(item) = d.next(&HILS_RESPONSE, &mut at)? {
            match item {
                0 => antal = Some(d.value()?),
                _ => return Err(d.unreachable()),
            }
        }
        Ok(Self { antal: d.present(antal)? })
    }
}
impl Encode for HilsResponse {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.start(tag);
        w.value("tns:antal", &self.antal);
        w.close(tag);
    }
}
/// `{urn:example/hilsen}Tom`
#[derive(Debug, Clone, PartialEq)]
pub struct Tom;
/// The table of `Tom`.
pub static TOM: schema::Type = schema::Type {
    name: "Tom",
    attributes: &[],
    any_attribute: false,
    content: schema::Content::Empty,
};
impl<'a> Decode<'a> for Tom {
    fn decode(d: &mut Decoder<'a>) -> xml::Result<Self> {
        d.attributes::<0>(&TOM)?;
        d.empty(&TOM)?;
        Ok(Self)
    }
}
impl Encode for Tom {
    fn encode(&self, tag: &'static str, w: &mut Writer) {
        w.open(tag);
        w.close_empty();
    }
}
/// The element `{urn:example/hilsen}hils`.
pub static HILS_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "tns:hils"),
    kind: schema::Kind::Complex(&HILS),
    namespaces: &[16],
};
/// The element `{urn:example/hilsen}hilsResponse`.
pub static HILS_RESPONSE_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "tns:hilsResponse"),
    kind: schema::Kind::Complex(&HILS_RESPONSE),
    namespaces: &[16],
};
/// The element `{urn:example/hilsen}nul`.
pub static NUL_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "tns:nul"),
    kind: schema::Kind::Complex(&TOM),
    namespaces: &[16],
};
/// The element `{urn:example/hilsen}systemId`.
pub static SYSTEM_ID_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "tns:systemId"),
    kind: schema::Kind::Simple(&xs::TOKEN),
    namespaces: &[16],
};
/// The element `{urn:example/hilsen}fejl`.
pub static FEJL_ELEMENT: schema::Element = schema::Element {
    name: table::name(16, "tns:fejl"),
    kind: schema::Kind::Complex(&TOM),
    namespaces: &[16],
};
/// What may be asked: one variant for each operation, in the order of the contract.
#[derive(Debug, Clone, PartialEq)]
pub enum Request<'a> {
    /// `hils`.
    Hils(Hils<'a>),
    /// `nul`.
    Nul(Tom),
}
impl<'a> Request<'a> {
    /// Reads the body of an operation; the decoder stands inside its element.
    pub fn decode(operation: usize, d: &mut Decoder<'a>) -> xml::Result<Self> {
        match operation {
            0 => Ok(Self::Hils(Decode::decode(d)?)),
            1 => Ok(Self::Nul(Decode::decode(d)?)),
            _ => Err(d.unreachable()),
        }
    }
}
impl Request<'_> {
    /// Writes the body.
    pub fn encode(&self, w: &mut Writer) {
        match self {
            Self::Hils(value) => w.root(&HILS_ELEMENT, value),
            Self::Nul(value) => w.root(&NUL_ELEMENT, value),
        }
    }
    /// The number of its operation.
    #[must_use]
    pub fn operation(&self) -> usize {
        match self {
            Self::Hils(_) => 0,
            Self::Nul(_) => 1,
        }
    }
}
/// What may be answered: one variant for each operation, in the order of the contract.
#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    /// `hils`.
    Hils(HilsResponse),
    /// `nul`.
    Nul(HilsResponse),
}
impl Response {
    /// Reads the body of an operation; the decoder stands inside its element.
    pub fn decode(operation: usize, d: &mut Decoder<'_>) -> xml::Result<Self> {
        match operation {
            0 => Ok(Self::Hils(Decode::decode(d)?)),
            1 => Ok(Self::Nul(Decode::decode(d)?)),
            _ => Err(d.unreachable()),
        }
    }
}
impl Response {
    /// Writes the body.
    pub fn encode(&self, w: &mut Writer) {
        match self {
            Self::Hils(value) => w.root(&HILS_RESPONSE_ELEMENT, value),
            Self::Nul(value) => w.root(&HILS_RESPONSE_ELEMENT, value),
        }
    }
    /// The number of its operation.
    #[must_use]
    pub fn operation(&self) -> usize {
        match self {
            Self::Hils(_) => 0,
            Self::Nul(_) => 1,
        }
    }
}
/// The port type `HilsenPortType`: one function for each operation.
pub trait HilsenPortType {
    /// What an operation fails with.
    type Error;
    /// `hils`.
    fn hils(
        &self,
        request: Hils<'_>,
    ) -> impl Future<Output = Result<HilsResponse, Self::Error>> + Send;
    /// `nul`.
    fn nul(
        &self,
        request: Tom,
    ) -> impl Future<Output = Result<HilsResponse, Self::Error>> + Send;
}
/// Lets a port answer a request.
///
/// # Errors
/// Whatever the port fails with.
pub async fn answer<P: HilsenPortType + Sync>(
    port: &P,
    request: Request<'_>,
) -> Result<Response, P::Error> {
    Ok(
        match request {
            Request::Hils(request) => Response::Hils(port.hils(request).await?),
            Request::Nul(request) => Response::Nul(port.nul(request).await?),
        },
    )
}
/// The operations in the order of the contract.
pub static OPERATIONS: &[schema::Operation] = &[
    schema::Operation {
        name: "hils",
        action: "urn:example/hilsen/hils",
        input: &HILS_ELEMENT,
        output: &HILS_RESPONSE_ELEMENT,
        headers: &[&SYSTEM_ID_ELEMENT],
        faults: &[("fejl", &FEJL_ELEMENT)],
    },
    schema::Operation {
        name: "nul",
        action: "urn:example/hilsen/nul",
        input: &NUL_ELEMENT,
        output: &HILS_RESPONSE_ELEMENT,
        headers: &[],
        faults: &[],
    },
];
/// The contract `example/hilsen/2`.
pub static CONTRACT: schema::Contract = schema::Contract {
    path: "example/hilsen/2",
    service: "Hilsen",
    port_type: "HilsenPortType",
    namespace: "urn:example/hilsen",
    operations: OPERATIONS,
    elements: &[
        &FEJL_ELEMENT,
        &HILS_ELEMENT,
        &HILS_RESPONSE_ELEMENT,
        &NUL_ELEMENT,
        &SYSTEM_ID_ELEMENT,
    ],
    documents: DOCUMENTS,
};
/// The documents it is published as.
pub static DOCUMENTS: &[schema::Document] = &[
    schema::Document {
        path: "wsdl/example/hilsen/2/service.wsdl",
        text: include_str!("{root}/wsdl/example/hilsen/2/service.wsdl"),
    },
];
}
}
}
