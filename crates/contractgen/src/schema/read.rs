//! Reads schema documents; refuses what is not covered.

use std::sync::Arc;

use roxmltree::Node;

use super::{Document, Import, Include, Name, Occurs};
use crate::{
    error::{Error, Place},
    load,
};

/// The namespace of XML Schema.
pub(crate) const XS: &str = "http://www.w3.org/2001/XMLSchema";

/// What is refused wherever it stands: the construct, why, and what to write instead.
const REFUSED: &[(&str, &str, &str)] = &[
    ("all", "content without an order is not covered", "write an xs:sequence"),
    ("any", "content that no schema describes is not covered", "name the elements that may stand there"),
    ("redefine", "a component may have one definition only", "derive a new type"),
    ("list", "a list in one text is not covered", "write a repeated element"),
    ("union", "a value of one of several types is not covered", "write an xs:choice of elements"),
    ("key", "identity constraints are not checked", "leave it out and check in the application"),
    ("keyref", "identity constraints are not checked", "leave it out and check in the application"),
    ("unique", "identity constraints are not checked", "leave it out and check in the application"),
    ("notation", "notations are not covered", "leave it out"),
];

/// Reads one `xs:schema`. `chameleon` is the namespace of the including schema where the document has none itself.
pub(crate) fn read(root: Node<'_, '_>, path: &str, folder: &str, chameleon: Option<&str>) -> Result<Document, Error> {
    let own = root.attribute("targetNamespace");
    let namespace = own.or(chameleon).unwrap_or_default().to_owned();
    let file: Arc<str> = path.into();
    let qualified = root.attribute("elementFormDefault") == Some("qualified");
    let reader = Reader { file, namespace: namespace.clone(), chameleon: own.is_none(), qualified };
    reader.known(root, &["targetNamespace", "elementFormDefault", "attributeFormDefault", "version"])?;
    if root.attribute("attributeFormDefault") == Some("qualified") {
        return Err(reader.error(root, "attributeFormDefault", "qualified attributes are not covered", "leave it out"));
    }
    let prefixes = root.namespaces().filter_map(|it| Some((it.name()?.to_owned(), it.uri().to_owned()))).collect();
    let mut document = Document {
        path: path.to_owned(),
        folder: folder.to_owned(),
        namespace,
        prefixes,
        imports: Vec::new(),
        includes: Vec::new(),
        elements: Vec::new(),
        complexes: Vec::new(),
        simples: Vec::new(),
        groups: Vec::new(),
        attribute_groups: Vec::new(),
    };
    for child in children(root) {
        if document.namespace.is_empty() && !matches!(tag(child), "import" | "include") {
            let advice = "give the schema a targetNamespace";
            return Err(reader.error(child, "component without a namespace", "has no module to go to", advice));
        }
        reader.component(child, &mut document)?;
    }
    Ok(document)
}

/// The schema elements below a node; annotations are left out.
pub(super) fn children<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(|it| it.is_element() && !(is_xs(*it) && it.tag_name().name() == "annotation"))
}

fn is_xs(node: Node<'_, '_>) -> bool {
    node.tag_name().namespace() == Some(XS)
}

/// The name of a schema element; empty for one of another namespace.
pub(super) fn tag<'a>(node: Node<'a, '_>) -> &'a str {
    if is_xs(node) { node.tag_name().name() } else { "" }
}

/// What every part of the reader needs to know of the document.
pub(super) struct Reader {
    file: Arc<str>,
    namespace: String,
    chameleon: bool,
    qualified: bool,
}

impl Reader {
    fn component(&self, node: Node<'_, '_>, document: &mut Document) -> Result<(), Error> {
        match tag(node) {
            "import" => document.imports.push(self.import(node)?),
            "include" => document.includes.push(self.include(node)?),
            "element" => document.elements.push(self.element(node, true)?),
            "complexType" => document.complexes.push(self.complex(node, true)?),
            "simpleType" => document.simples.push(self.simple(node, true)?),
            "group" => document.groups.push(self.group(node)?),
            "attributeGroup" => document.attribute_groups.push(self.attribute_group(node)?),
            "attribute" => {
                let advice = "declare it where it is used";
                return Err(self.error(node, "xs:attribute", "global attributes are qualified: not covered", advice));
            }
            _ => return Err(self.refused(node)),
        }
        Ok(())
    }

    fn import(&self, node: Node<'_, '_>) -> Result<Import, Error> {
        self.known(node, &["namespace", "schemaLocation"])?;
        Ok(Import {
            namespace: self.required(node, "namespace")?.to_owned(),
            location: node.attribute("schemaLocation").map(ToOwned::to_owned),
            place: self.place(node),
        })
    }

    fn include(&self, node: Node<'_, '_>) -> Result<Include, Error> {
        self.known(node, &["schemaLocation"])?;
        Ok(Include { location: self.required(node, "schemaLocation")?.to_owned(), place: self.place(node) })
    }

    /// Refuses every attribute that is not listed. Those of other namespaces are nobody's business here.
    pub(super) fn known(&self, node: Node<'_, '_>, names: &[&str]) -> Result<(), Error> {
        for attribute in node.attributes().filter(|it| it.namespace().is_none() && it.name() != "id") {
            if !names.contains(&attribute.name()) {
                let construct = format!("{} of xs:{}", attribute.name(), node.tag_name().name());
                return Err(self.error(node, construct, "this attribute is not covered", "leave it out"));
            }
        }
        Ok(())
    }

    /// Refuses a true `mixed`, `abstract` and the like; false is what is assumed anyway.
    pub(super) fn never(&self, node: Node<'_, '_>, name: &str, advice: &str) -> Result<(), Error> {
        if self.flag(node, name)? {
            let construct = format!("{name} of xs:{}", node.tag_name().name());
            return Err(self.error(node, construct, "is not covered", advice));
        }
        Ok(())
    }

    /// A boolean attribute; false where it is absent.
    pub(super) fn flag(&self, node: Node<'_, '_>, name: &str) -> Result<bool, Error> {
        match node.attribute(name) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(other) => Err(self.error(node, name, format!("\"{other}\" is no xs:boolean"), "write true or false")),
        }
    }

    pub(super) fn required<'a>(&self, node: Node<'a, '_>, name: &str) -> Result<&'a str, Error> {
        node.attribute(name).ok_or_else(|| {
            let construct = format!("xs:{}", node.tag_name().name());
            self.error(node, construct, format!("has no {name}"), format!("give it a {name}"))
        })
    }

    pub(super) fn occurs(&self, node: Node<'_, '_>) -> Result<Occurs, Error> {
        let number = |name: &str| match node.attribute(name) {
            None => Ok(1),
            Some(text) => text.trim().parse::<u32>().map_err(|_| {
                self.error(node, name, format!("\"{text}\" is no number that we can hold"), "write a number")
            }),
        };
        let most = if node.attribute("maxOccurs") == Some("unbounded") { None } else { Some(number("maxOccurs")?) };
        let least = number("minOccurs")?;
        if most.is_some_and(|most| most < least) {
            return Err(self.error(node, "maxOccurs", "is less than minOccurs", "raise it"));
        }
        Ok(Occurs { least, most })
    }

    /// The name of a global component.
    pub(super) fn global(&self, node: Node<'_, '_>) -> Result<Name, Error> {
        Ok(self.own(self.required(node, "name")?))
    }

    /// A name in the target namespace.
    pub(super) fn own(&self, local: &str) -> Name {
        Name { namespace: self.namespace.clone(), local: local.to_owned() }
    }

    /// The name of a local element: in the target namespace where it is qualified.
    pub(super) fn local(&self, node: Node<'_, '_>) -> Result<Name, Error> {
        let local = self.required(node, "name")?;
        let qualified = node.attribute("form").map_or(self.qualified, |it| it == "qualified");
        let namespace = if qualified { self.namespace.clone() } else { String::new() };
        Ok(Name { namespace, local: local.to_owned() })
    }

    /// A `prefix:local` in an attribute.
    pub(super) fn name(&self, node: Node<'_, '_>, attribute: &str) -> Result<Name, Error> {
        let text = self.required(node, attribute)?.trim();
        let (prefix, local) = match text.split_once(':') {
            Some((prefix, local)) => (Some(prefix), local),
            None => (None, text),
        };
        let namespace = match node.lookup_namespace_uri(prefix) {
            Some(uri) => uri.to_owned(),
            None if prefix.is_none() && self.chameleon => self.namespace.clone(),
            None if prefix.is_none() => String::new(),
            None => return Err(self.error(node, text, "its prefix is not declared", "declare the prefix")),
        };
        Ok(Name { namespace, local: local.to_owned() })
    }

    /// The first sentence of the documentation.
    pub(super) fn documentation(&self, node: Node<'_, '_>) -> Option<String> {
        let annotation = node.children().find(|it| is_xs(*it) && it.tag_name().name() == "annotation")?;
        let text = annotation.children().find(|it| is_xs(*it) && it.tag_name().name() == "documentation")?;
        let words: Vec<&str> = text.text()?.split_whitespace().collect();
        let whole = words.join(" ");
        let sentence = whole.split_inclusive(". ").next()?.trim();
        (!sentence.is_empty()).then(|| sentence.to_owned())
    }

    pub(super) fn place(&self, node: Node<'_, '_>) -> Place {
        Place::of(&self.file, node)
    }

    pub(super) fn error(
        &self,
        node: Node<'_, '_>,
        construct: impl Into<String>,
        reason: impl Into<String>,
        advice: impl Into<String>,
    ) -> Error {
        Error::at(&self.place(node), construct, reason, advice)
    }

    /// The error for an element that has no business where it stands.
    pub(super) fn refused(&self, node: Node<'_, '_>) -> Error {
        let name = node.tag_name().name();
        match REFUSED.iter().find(|it| is_xs(node) && it.0 == name) {
            Some((_, reason, advice)) => self.error(node, format!("xs:{name}"), *reason, *advice),
            None if is_xs(node) => self.error(node, format!("xs:{name}"), "cannot stand here", "move or remove it"),
            None => self.error(node, name, "is no element of XML Schema", "put it into an xs:appinfo"),
        }
    }
}

/// The folder of a document below `xsd/`, or of the contract folder around it.
pub(crate) fn home<'a>(path: &'a str, contracts: &'a [String]) -> &'a str {
    let inside = |it: &&String| path.strip_prefix(it.as_str()).is_some_and(|rest| rest.starts_with('/'));
    contracts.iter().find(inside).map_or_else(|| load::folder(path), String::as_str)
}
