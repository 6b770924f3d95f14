//! The second stage: WSDL 1.1 documents, read with yaserde (their order means nothing), names resolved.
//!
//! yaserde passes over what it does not know, so every element of the WSDL and SOAP binding namespaces is held against
//! a list first; elements of other namespaces (policies, addressing) state nothing that a type needs.

mod service;

use std::{collections::BTreeMap, sync::Arc};

use roxmltree::Node;
pub(crate) use service::{Service, services};
use yaserde::YaDeserialize;

use crate::{
    error::{Error, Place},
    load::Source,
};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP11: &str = "http://schemas.xmlsoap.org/wsdl/soap/";
const SOAP12: &str = "http://schemas.xmlsoap.org/wsdl/soap12/";

/// The elements that are understood, with their attributes.
const KNOWN: &[(&str, &str, &[&str])] = &[
    (WSDL, "definitions", &["name", "targetNamespace"]),
    (WSDL, "documentation", &[]),
    (WSDL, "import", &["namespace", "location"]),
    (WSDL, "types", &[]),
    (WSDL, "message", &["name"]),
    (WSDL, "part", &["name", "element"]),
    (WSDL, "portType", &["name"]),
    (WSDL, "operation", &["name"]),
    (WSDL, "input", &["name", "message"]),
    (WSDL, "output", &["name", "message"]),
    (WSDL, "fault", &["name", "message"]),
    (WSDL, "binding", &["name", "type"]),
    (WSDL, "service", &["name"]),
    (WSDL, "port", &["name", "binding"]),
    (SOAP11, "binding", &["style", "transport"]),
    (SOAP11, "operation", &["style", "soapAction"]),
    (SOAP11, "body", &["use", "parts"]),
    (SOAP11, "header", &["use", "message", "part"]),
    (SOAP11, "fault", &["name", "use"]),
    (SOAP11, "address", &["location"]),
    (SOAP12, "binding", &["style", "transport"]),
    (SOAP12, "operation", &["style", "soapAction", "soapActionRequired"]),
    (SOAP12, "body", &["use", "parts"]),
    (SOAP12, "header", &["use", "message", "part"]),
    (SOAP12, "fault", &["name", "use"]),
    (SOAP12, "address", &["location"]),
];

/// A WSDL document with what yaserde does not keep: prefixes and places.
#[derive(Debug)]
pub(crate) struct Wsdl {
    pub(crate) path: String,
    pub(crate) namespace: String,
    /// The documents it imports.
    pub(crate) imports: Vec<(Option<String>, Place)>,
    definitions: Definitions,
    prefixes: BTreeMap<String, String>,
    places: BTreeMap<(String, String), Place>,
    root: Place,
}

/// Reads a WSDL document; its schemas are left to the schema reader.
pub(crate) fn read(source: &Source, root: Node<'_, '_>) -> Result<Wsdl, Error> {
    let file: Arc<str> = source.path.as_str().into();
    let place = Place::of(&file, root);
    let mut places = BTreeMap::new();
    let mut imports = Vec::new();
    check(root, &file, &mut places, &mut imports)?;
    let definitions: Definitions = yaserde::de::from_str(&source.text)
        .map_err(|error| Error::at(&place, "wsdl:definitions", error.to_string(), "complete the document"))?;
    let prefix = |it: &roxmltree::Namespace<'_>| (it.name().unwrap_or_default().to_owned(), it.uri().to_owned());
    let prefixes = root.namespaces().map(prefix).collect();
    let namespace = definitions.target_namespace.clone().unwrap_or_default();
    Ok(Wsdl { path: source.path.clone(), namespace, imports, definitions, prefixes, places, root: place })
}

/// Refuses what is not in [`KNOWN`], and takes down where things stand.
fn check(
    node: Node<'_, '_>,
    file: &Arc<str>,
    places: &mut BTreeMap<(String, String), Place>,
    imports: &mut Vec<(Option<String>, Place)>,
) -> Result<(), Error> {
    let name = node.tag_name();
    let (namespace, local) = (name.namespace().unwrap_or_default(), name.name());
    if ![WSDL, SOAP11, SOAP12].contains(&namespace) {
        return Ok(());
    }
    let place = Place::of(file, node);
    let construct = |part: &str| format!("{part}{}:{local}", if namespace == WSDL { "wsdl" } else { "soap" });
    let Some((_, _, attributes)) = KNOWN.iter().find(|it| it.0 == namespace && it.1 == local) else {
        return Err(Error::at(&place, construct(""), "this element is not covered", "remove it"));
    };
    for attribute in node.attributes().filter(|it| it.namespace().is_none()) {
        let (reason, advice) = match (local, attribute.name(), attribute.value()) {
            (_, "style", "rpc") => ("rpc style is not covered", "write document style"),
            (_, "use", "encoded") => ("encoded use is not covered", "write literal use"),
            ("part", "type", _) => ("parts by type are not covered", "write parts by element"),
            (_, name, _) if !attributes.contains(&name) => ("this attribute is not covered", "leave it out"),
            _ => continue,
        };
        return Err(Error::at(&place, construct(&format!("{} of ", attribute.name())), reason, advice));
    }
    if namespace == WSDL && local == "import" {
        imports.push((node.attribute("location").map(ToOwned::to_owned), place.clone()));
    }
    if let (WSDL, Some(name)) = (namespace, node.attribute("name")) {
        places.entry((local.to_owned(), name.to_owned())).or_insert(place);
    }
    node.children().filter(Node::is_element).try_for_each(|it| check(it, file, places, imports))
}

/// A WSDL document as written.
#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "definitions", prefix = "wsdl", namespaces = { "wsdl" = "http://schemas.xmlsoap.org/wsdl/" })]
struct Definitions {
    #[yaserde(attribute = true, rename = "targetNamespace")]
    target_namespace: Option<String>,
    #[yaserde(rename = "message", prefix = "wsdl")]
    messages: Vec<Message>,
    #[yaserde(rename = "portType", prefix = "wsdl")]
    port_types: Vec<PortType>,
    #[yaserde(rename = "binding", prefix = "wsdl")]
    bindings: Vec<Binding>,
    #[yaserde(rename = "service", prefix = "wsdl")]
    services: Vec<ServiceElement>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "message", prefix = "wsdl", namespaces = { "wsdl" = "http://schemas.xmlsoap.org/wsdl/" })]
struct Message {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(rename = "part", prefix = "wsdl")]
    parts: Vec<Part>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "part", prefix = "wsdl", namespaces = { "wsdl" = "http://schemas.xmlsoap.org/wsdl/" })]
struct Part {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(attribute = true)]
    element: Option<String>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "portType", prefix = "wsdl", namespaces = { "wsdl" = "http://schemas.xmlsoap.org/wsdl/" })]
struct PortType {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(rename = "operation", prefix = "wsdl")]
    operations: Vec<PortOperation>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "operation", prefix = "wsdl", namespaces = { "wsdl" = "http://schemas.xmlsoap.org/wsdl/" })]
struct PortOperation {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(rename = "input", prefix = "wsdl")]
    input: Option<PortMessage>,
    #[yaserde(rename = "output", prefix = "wsdl")]
    output: Option<PortMessage>,
    #[yaserde(rename = "fault", prefix = "wsdl")]
    faults: Vec<PortMessage>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "input", prefix = "wsdl", namespaces = { "wsdl" = "http://schemas.xmlsoap.org/wsdl/" })]
struct PortMessage {
    #[yaserde(attribute = true)]
    name: Option<String>,
    #[yaserde(attribute = true)]
    message: String,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "binding", prefix = "wsdl", namespaces = {
    "wsdl" = "http://schemas.xmlsoap.org/wsdl/",
    "soap11" = "http://schemas.xmlsoap.org/wsdl/soap/",
    "soap12" = "http://schemas.xmlsoap.org/wsdl/soap12/"
})]
struct Binding {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(attribute = true, rename = "type")]
    port_type: String,
    #[yaserde(rename = "binding", prefix = "soap11")]
    soap11: Option<SoapBinding>,
    #[yaserde(rename = "binding", prefix = "soap12")]
    soap12: Option<SoapBinding>,
    #[yaserde(rename = "operation", prefix = "wsdl")]
    operations: Vec<BindingOperation>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "binding")]
struct SoapBinding {}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "operation", prefix = "wsdl", namespaces = {
    "wsdl" = "http://schemas.xmlsoap.org/wsdl/",
    "soap11" = "http://schemas.xmlsoap.org/wsdl/soap/",
    "soap12" = "http://schemas.xmlsoap.org/wsdl/soap12/"
})]
struct BindingOperation {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(rename = "operation", prefix = "soap11")]
    soap11: Option<SoapOperation>,
    #[yaserde(rename = "operation", prefix = "soap12")]
    soap12: Option<SoapOperation>,
    #[yaserde(rename = "input", prefix = "wsdl")]
    input: Option<BindingMessage>,
    #[yaserde(rename = "output", prefix = "wsdl")]
    output: Option<BindingMessage>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "operation")]
struct SoapOperation {
    #[yaserde(attribute = true, rename = "soapAction")]
    action: Option<String>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "input", prefix = "wsdl", namespaces = {
    "wsdl" = "http://schemas.xmlsoap.org/wsdl/",
    "soap11" = "http://schemas.xmlsoap.org/wsdl/soap/",
    "soap12" = "http://schemas.xmlsoap.org/wsdl/soap12/"
})]
struct BindingMessage {
    #[yaserde(rename = "body", prefix = "soap11")]
    body11: Option<SoapBody>,
    #[yaserde(rename = "body", prefix = "soap12")]
    body12: Option<SoapBody>,
    #[yaserde(rename = "header", prefix = "soap11")]
    headers11: Vec<SoapHeader>,
    #[yaserde(rename = "header", prefix = "soap12")]
    headers12: Vec<SoapHeader>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "body")]
struct SoapBody {
    #[yaserde(attribute = true)]
    parts: Option<String>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "header")]
struct SoapHeader {
    #[yaserde(attribute = true)]
    message: String,
    #[yaserde(attribute = true)]
    part: String,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "service", prefix = "wsdl", namespaces = { "wsdl" = "http://schemas.xmlsoap.org/wsdl/" })]
struct ServiceElement {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(rename = "port", prefix = "wsdl")]
    ports: Vec<Port>,
}

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "port", prefix = "wsdl", namespaces = { "wsdl" = "http://schemas.xmlsoap.org/wsdl/" })]
struct Port {
    #[yaserde(attribute = true)]
    binding: String,
}
