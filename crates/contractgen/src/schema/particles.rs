//! Reads elements, groups and the particles inside them.

use roxmltree::Node;

use super::{
    Element, ElementKind, Group, Occurs, Particle,
    read::{Reader, children, tag},
};
use crate::error::Error;

impl Reader {
    /// `xs:element`, global or local.
    pub(super) fn element(&self, node: Node<'_, '_>, global: bool) -> Result<Element, Error> {
        if !global && node.attribute("ref").is_some() {
            return self.reference(node);
        }
        let mut known = vec!["name", "type", "nillable", "default", "fixed", "abstract"];
        if !global {
            known.extend(["minOccurs", "maxOccurs", "form"]);
        }
        self.known(node, &known)?;
        self.never(node, "abstract", "name the elements that may stand there in an xs:choice")?;
        Ok(Element {
            name: if global { self.global(node)? } else { self.local(node)? },
            kind: self.element_kind(node)?,
            occurs: if global { Occurs::ONCE } else { self.occurs(node)? },
            nillable: self.flag(node, "nillable")?,
            default: node.attribute("default").map(ToOwned::to_owned),
            fixed: node.attribute("fixed").map(ToOwned::to_owned),
            place: self.place(node),
        })
    }

    fn reference(&self, node: Node<'_, '_>) -> Result<Element, Error> {
        self.known(node, &["ref", "minOccurs", "maxOccurs"])?;
        Ok(Element {
            name: self.name(node, "ref")?,
            kind: ElementKind::Reference,
            occurs: self.occurs(node)?,
            nillable: false,
            default: None,
            fixed: None,
            place: self.place(node),
        })
    }

    fn element_kind(&self, node: Node<'_, '_>) -> Result<ElementKind, Error> {
        let mut kind = match node.attribute("type") {
            Some(_) => Some(ElementKind::Named(self.name(node, "type")?)),
            None => None,
        };
        for child in children(node) {
            kind = match (tag(child), kind) {
                ("simpleType", None) => Some(ElementKind::Simple(Box::new(self.simple(child, false)?))),
                ("complexType", None) => Some(ElementKind::Complex(Box::new(self.complex(child, false)?))),
                _ => return Err(self.refused(child)),
            };
        }
        kind.ok_or_else(|| {
            let reason = "has no type, which lets anything through: not covered";
            self.error(node, "xs:element", reason, "give it a type")
        })
    }

    /// `xs:group` with a name.
    pub(super) fn group(&self, node: Node<'_, '_>) -> Result<Group, Error> {
        self.known(node, &["name"])?;
        let mut particle = None;
        for child in children(node) {
            particle = match (self.particle(child)?, particle) {
                (it @ (Particle::Sequence(..) | Particle::Choice(..)), None) => Some(it),
                _ => return Err(self.refused(child)),
            };
        }
        let particle = particle.ok_or_else(|| self.error(node, "xs:group", "is empty", "put a sequence into it"))?;
        Ok(Group { name: self.global(node)?, particle, place: self.place(node) })
    }

    /// Any particle.
    pub(super) fn particle(&self, node: Node<'_, '_>) -> Result<Particle, Error> {
        match tag(node) {
            "element" => Ok(Particle::Element(Box::new(self.element(node, false)?))),
            "sequence" => Ok(Particle::Sequence(self.particles(node)?, self.occurs(node)?, self.place(node))),
            "choice" => Ok(Particle::Choice(self.particles(node)?, self.occurs(node)?, self.place(node))),
            "group" => {
                self.known(node, &["ref", "minOccurs", "maxOccurs"])?;
                Ok(Particle::Group(self.name(node, "ref")?, self.occurs(node)?, self.place(node)))
            }
            _ => Err(self.refused(node)),
        }
    }

    fn particles(&self, node: Node<'_, '_>) -> Result<Vec<Particle>, Error> {
        self.known(node, &["minOccurs", "maxOccurs"])?;
        children(node).map(|it| self.particle(it)).collect()
    }
}
