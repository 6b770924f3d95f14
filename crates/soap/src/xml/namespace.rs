//! Namespaces as small numbers: comparing a name costs an integer and a slice.

use crate::schema::{Namespace, NamespaceId};

/// No namespace.
pub const NONE: NamespaceId = 0;
/// SOAP 1.2 envelope.
pub const SOAP12: NamespaceId = 1;
/// SOAP 1.1 envelope.
pub const SOAP11: NamespaceId = 2;
/// WS-Addressing 1.0.
pub const WSA: NamespaceId = 3;
/// WS-Security extension elements.
pub const WSSE: NamespaceId = 4;
/// WS-Security utility.
pub const WSU: NamespaceId = 5;
/// XML Signature.
pub const DSIG: NamespaceId = 6;
/// XML Schema instance.
pub const XSI: NamespaceId = 7;
/// `xml:`.
pub const XML: NamespaceId = 8;
/// XML Schema itself: only names in `xsi:type` are from it.
pub const XSD: NamespaceId = 9;
/// The first entry of the generated table.
pub const FIRST_CONTRACT: NamespaceId = 16;
/// A namespace nobody here knows.
pub const UNKNOWN: NamespaceId = NamespaceId::MAX;

const RESERVED: [Namespace; 10] = [
    Namespace { uri: "", prefix: "" },
    Namespace { uri: "http://www.w3.org/2003/05/soap-envelope", prefix: "soap" },
    Namespace { uri: "http://schemas.xmlsoap.org/soap/envelope/", prefix: "soap" },
    Namespace { uri: "http://www.w3.org/2005/08/addressing", prefix: "wsa" },
    Namespace {
        uri: "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
        prefix: "wsse",
    },
    Namespace {
        uri: "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
        prefix: "wsu",
    },
    Namespace { uri: "http://www.w3.org/2000/09/xmldsig#", prefix: "ds" },
    Namespace { uri: "http://www.w3.org/2001/XMLSchema-instance", prefix: "xsi" },
    Namespace { uri: "http://www.w3.org/XML/1998/namespace", prefix: "xml" },
    Namespace { uri: "http://www.w3.org/2001/XMLSchema", prefix: "xs" },
];

/// The number of a namespace, [`UNKNOWN`] where it is neither reserved nor in `table`.
#[must_use]
pub fn id(uri: &str, table: &[Namespace]) -> NamespaceId {
    let place = |list: &[Namespace]| list.iter().position(|it| it.uri == uri);
    let number = place(&RESERVED).or_else(|| place(table).map(|it| it + usize::from(FIRST_CONTRACT)));
    number.and_then(|it| NamespaceId::try_from(it).ok()).unwrap_or(UNKNOWN)
}

/// The namespace behind a number; the empty one for a number that is not in use.
#[must_use]
pub fn get(id: NamespaceId, table: &'static [Namespace]) -> Namespace {
    let known = match id.checked_sub(FIRST_CONTRACT) {
        Some(place) => table.get(usize::from(place)),
        None => RESERVED.get(usize::from(id)),
    };
    known.copied().unwrap_or(RESERVED[0])
}
