//! Reads complex and simple types, attributes and facets.

use roxmltree::Node;

use super::{
    Attribute, AttributeGroup, AttributeUse, Complex, Content, Facet, Name, Particle, Simple, SimpleBase, Usage,
    read::{Reader, XS, children, tag},
};
use crate::error::Error;

/// The facets that a restriction may hold.
const FACETS: &[&str] =
    &["length", "minLength", "maxLength", "pattern", "enumeration", "whiteSpace", "minInclusive", "maxInclusive"];

/// The parts of a complex type that stand side by side in it, or in its extension or restriction.
#[derive(Default)]
struct Parts {
    particle: Option<Particle>,
    attributes: Vec<AttributeUse>,
    any_attribute: bool,
    facets: Vec<Facet>,
}

impl Reader {
    /// `xs:complexType`.
    pub(super) fn complex(&self, node: Node<'_, '_>, global: bool) -> Result<Complex, Error> {
        self.known(node, &["name", "mixed", "abstract"])?;
        self.never(node, "mixed", "give the text an element of its own")?;
        self.never(node, "abstract", "use the derived types by name")?;
        let (content, parts) = match children(node).next() {
            Some(child) if tag(child) == "simpleContent" => self.simple_content(child)?,
            Some(child) if tag(child) == "complexContent" => self.complex_content(child)?,
            _ => {
                let mut parts = self.parts(node, false)?;
                (Content::Own(parts.particle.take()), parts)
            }
        };
        Ok(Complex {
            name: if global { Some(self.global(node)?) } else { None },
            content,
            attributes: parts.attributes,
            any_attribute: parts.any_attribute,
            documentation: self.documentation(node),
            place: self.place(node),
        })
    }

    fn simple_content(&self, node: Node<'_, '_>) -> Result<(Content, Parts), Error> {
        self.known(node, &[])?;
        let derivation = self.derivation(node)?;
        let base = self.name(derivation, "base")?;
        let mut parts = self.parts(derivation, tag(derivation) == "restriction")?;
        if parts.particle.is_some() {
            return Err(self.error(derivation, "xs:simpleContent", "holds elements", "write xs:complexContent"));
        }
        let facets = std::mem::take(&mut parts.facets);
        let extension = tag(derivation) == "extension";
        Ok((if extension { Content::TextExtension(base) } else { Content::TextRestriction(base, facets) }, parts))
    }

    fn complex_content(&self, node: Node<'_, '_>) -> Result<(Content, Parts), Error> {
        self.known(node, &["mixed"])?;
        self.never(node, "mixed", "give the text an element of its own")?;
        let derivation = self.derivation(node)?;
        let base = self.name(derivation, "base")?;
        let mut parts = self.parts(derivation, false)?;
        let particle = parts.particle.take();
        let extension = tag(derivation) == "extension";
        Ok((if extension { Content::Extension(base, particle) } else { Content::Restriction(base, particle) }, parts))
    }

    fn derivation<'a, 'i>(&self, node: Node<'a, 'i>) -> Result<Node<'a, 'i>, Error> {
        let mut found = None;
        for child in children(node) {
            if found.is_some() || !matches!(tag(child), "extension" | "restriction") {
                return Err(self.refused(child));
            }
            self.known(child, &["base"])?;
            found = Some(child);
        }
        let name = node.tag_name().name();
        found.ok_or_else(|| self.error(node, format!("xs:{name}"), "derives from nothing", "write an xs:extension"))
    }

    fn parts(&self, node: Node<'_, '_>, facets: bool) -> Result<Parts, Error> {
        let mut parts = Parts::default();
        for child in children(node) {
            match tag(child) {
                "attribute" | "attributeGroup" | "anyAttribute" => {
                    self.attribute_use(child, &mut parts.attributes, &mut parts.any_attribute)?;
                }
                name if facets && FACETS.contains(&name) => parts.facets.push(self.facet(child)?),
                _ if facets => return Err(self.refused_facet(child)),
                _ if parts.particle.is_none() && parts.attributes.is_empty() => {
                    parts.particle = Some(self.particle(child)?);
                }
                _ => return Err(self.refused(child)),
            }
        }
        Ok(parts)
    }

    /// `xs:attributeGroup` with a name.
    pub(super) fn attribute_group(&self, node: Node<'_, '_>) -> Result<AttributeGroup, Error> {
        self.known(node, &["name"])?;
        let (mut attributes, mut any_attribute) = (Vec::new(), false);
        for child in children(node) {
            self.attribute_use(child, &mut attributes, &mut any_attribute)?;
        }
        Ok(AttributeGroup { name: self.global(node)?, attributes, any_attribute, place: self.place(node) })
    }

    fn attribute_use(&self, node: Node<'_, '_>, list: &mut Vec<AttributeUse>, any: &mut bool) -> Result<(), Error> {
        match tag(node) {
            "attribute" => list.push(AttributeUse::Attribute(Box::new(self.attribute(node)?))),
            "attributeGroup" => {
                self.known(node, &["ref"])?;
                list.push(AttributeUse::Group(self.name(node, "ref")?, self.place(node)));
            }
            "anyAttribute" => {
                self.known(node, &["namespace", "processContents"])?;
                *any = true;
            }
            _ => return Err(self.refused(node)),
        }
        Ok(())
    }

    fn attribute(&self, node: Node<'_, '_>) -> Result<Attribute, Error> {
        if node.attribute("ref").is_some() {
            let reason = "references to global attributes, which are qualified, are not covered";
            return Err(self.error(node, "ref of xs:attribute", reason, "declare the attribute on the spot"));
        }
        self.known(node, &["name", "type", "use", "default", "fixed", "form"])?;
        if node.attribute("form") == Some("qualified") {
            return Err(self.error(node, "xs:attribute", "qualified attributes are not covered", "leave out the form"));
        }
        let usage = match node.attribute("use") {
            None | Some("optional") => Usage::Optional,
            Some("required") => Usage::Required,
            Some("prohibited") => Usage::Prohibited,
            Some(other) => {
                return Err(self.error(node, "use of xs:attribute", format!("\"{other}\" is no use"), "mend it"));
            }
        };
        Ok(Attribute {
            name: self.required(node, "name")?.to_owned(),
            kind: self.simple_use(node, "type")?,
            usage,
            default: node.attribute("default").map(ToOwned::to_owned),
            fixed: node.attribute("fixed").map(ToOwned::to_owned),
            place: self.place(node),
        })
    }

    /// A simple type named by an attribute or standing inside; `xs:anySimpleType` becomes `xs:string`.
    fn simple_use(&self, node: Node<'_, '_>, attribute: &str) -> Result<SimpleBase, Error> {
        if node.attribute(attribute).is_some() {
            return Ok(SimpleBase::Named(self.name(node, attribute)?, self.place(node)));
        }
        match children(node).next() {
            Some(child) if tag(child) == "simpleType" => Ok(SimpleBase::Inline(Box::new(self.simple(child, false)?))),
            Some(child) if !FACETS.contains(&tag(child)) => Err(self.refused(child)),
            _ => {
                let name = Name { namespace: XS.to_owned(), local: "string".to_owned() };
                Ok(SimpleBase::Named(name, self.place(node)))
            }
        }
    }

    /// `xs:simpleType`.
    pub(super) fn simple(&self, node: Node<'_, '_>, global: bool) -> Result<Simple, Error> {
        self.known(node, &["name"])?;
        let mut list = children(node);
        let empty = || self.error(node, "xs:simpleType", "derives from nothing", "write an xs:restriction");
        let restriction = list.next().ok_or_else(empty)?;
        if tag(restriction) != "restriction" {
            return Err(self.refused(restriction));
        }
        if let Some(second) = list.next() {
            return Err(self.refused(second));
        }
        self.known(restriction, &["base"])?;
        let inline = restriction.attribute("base").is_none();
        if inline && children(restriction).next().is_none_or(|it| tag(it) != "simpleType") {
            return Err(self.error(restriction, "xs:restriction", "has no base", "give it a base"));
        }
        let mut facets = Vec::new();
        for (number, child) in children(restriction).enumerate() {
            match tag(child) {
                "simpleType" if inline && number == 0 => {}
                name if FACETS.contains(&name) => facets.push(self.facet(child)?),
                _ => return Err(self.refused_facet(child)),
            }
        }
        Ok(Simple {
            name: if global { Some(self.global(node)?) } else { None },
            base: self.simple_use(restriction, "base")?,
            facets,
            documentation: self.documentation(node),
            place: self.place(node),
        })
    }

    fn facet(&self, node: Node<'_, '_>) -> Result<Facet, Error> {
        self.known(node, &["value", "fixed"])?;
        Ok(Facet {
            kind: tag(node).to_owned(),
            value: self.required(node, "value")?.to_owned(),
            place: self.place(node),
        })
    }

    fn refused_facet(&self, node: Node<'_, '_>) -> Error {
        match tag(node) {
            name @ ("totalDigits" | "fractionDigits" | "minExclusive" | "maxExclusive") => {
                let advice = "write minInclusive, maxInclusive or a pattern";
                self.error(node, format!("xs:{name}"), "this facet is not covered", advice)
            }
            _ => self.refused(node),
        }
    }
}
