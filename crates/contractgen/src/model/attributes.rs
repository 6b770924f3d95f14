//! Attributes: groups expanded, inherited ones replaced where a restriction says so.

use super::{
    Attribute,
    resolve::{Resolver, Scope},
};
use crate::{
    error::{Error, Place},
    schema::{self, AttributeUse, Name, Usage},
};

/// The attributes of a complex type while they are put together.
pub(super) struct Attributes {
    pub(super) list: Vec<Attribute>,
    /// Whether others are let through.
    pub(super) any: bool,
    /// The inherited ones that a restriction may replace or prohibit.
    replaceable: Vec<String>,
}

impl Attributes {
    /// Begins with those of the base.
    pub(super) fn new(inherited: Vec<Attribute>, any: bool, restricts: bool) -> Self {
        let replaceable = if restricts { inherited.iter().map(|it| it.name.clone()).collect() } else { Vec::new() };
        Self { list: inherited, any, replaceable }
    }

    fn add(&mut self, attribute: Attribute, place: &Place) -> Result<(), Error> {
        let Some(other) = self.list.iter_mut().find(|it| it.name == attribute.name) else {
            self.list.push(attribute);
            return Ok(());
        };
        let Some(at) = self.replaceable.iter().position(|it| *it == attribute.name) else {
            let construct = format!("attribute {}", attribute.name);
            return Err(Error::at(place, construct, "is declared twice for one type", "remove one of the two"));
        };
        self.replaceable.remove(at);
        *other = attribute;
        Ok(())
    }
}

impl<'s> Resolver<'s> {
    /// Adds the attributes that a type or a group declares.
    pub(super) fn attributes(
        &mut self,
        uses: &'s [AttributeUse],
        scope: Scope<'s>,
        path: &str,
        mut attributes: Attributes,
    ) -> Result<Attributes, Error> {
        for it in uses {
            match it {
                AttributeUse::Group(name, place) => {
                    attributes = self.attribute_group(name, scope, place, attributes)?;
                }
                AttributeUse::Attribute(declared) if declared.usage == Usage::Prohibited => {
                    attributes.list.retain(|it| it.name != declared.name);
                }
                AttributeUse::Attribute(declared) => {
                    attributes.add(self.attribute(declared, scope, path)?, &declared.place)?;
                }
            }
        }
        Ok(attributes)
    }

    fn attribute_group(
        &mut self,
        name: &Name,
        scope: Scope<'s>,
        place: &Place,
        mut attributes: Attributes,
    ) -> Result<Attributes, Error> {
        self.visible(name, scope, place)?;
        let construct = format!("attribute group {name}");
        let Some((declared, scope)) = self.attribute_groups.get(name).copied() else {
            return Err(Error::at(place, construct, "is not declared", "declare it"));
        };
        if self.open_attribute_groups.contains(name) {
            return Err(Error::at(&declared.place, construct, "holds itself", "mend the reference"));
        }
        self.open_attribute_groups.push(name.clone());
        attributes.any |= declared.any_attribute;
        let attributes = self.attributes(&declared.attributes, scope, &name.local, attributes)?;
        self.open_attribute_groups.pop();
        Ok(attributes)
    }

    fn attribute(&mut self, declared: &'s schema::Attribute, scope: Scope<'s>, path: &str) -> Result<Attribute, Error> {
        let path = format!("{path} {}", declared.name);
        Ok(Attribute {
            name: declared.name.clone(),
            kind: self.simple_base(&declared.kind, scope, &declared.name, &path)?,
            required: declared.usage == Usage::Required,
            default: declared.default.clone(),
            fixed: declared.fixed.clone(),
        })
    }
}
