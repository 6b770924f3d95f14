//! Content models: groups expanded, references followed, the tree tidied.

use super::{
    Kind, Leaf, Particle,
    resolve::{Resolver, Scope},
};
use crate::{
    error::{Error, Place},
    schema::{self, ElementKind, Name, Occurs},
};

impl<'s> Resolver<'s> {
    /// A particle as it is matched; `None` for one that holds nothing. `path` names the type around it.
    pub(super) fn particle(
        &mut self,
        particle: &'s schema::Particle,
        scope: Scope<'s>,
        path: &str,
    ) -> Result<Option<Particle>, Error> {
        let group = match particle {
            schema::Particle::Element(element) => {
                return Ok(Some(Particle::Element(self.leaf(element, scope, path)?)));
            }
            schema::Particle::Sequence(parts, occurs, place) => {
                Particle::Sequence(self.particles(parts, scope, path)?, *occurs, place.clone())
            }
            schema::Particle::Choice(parts, occurs, place) => {
                let alternatives = parts.iter().filter(|it| it.may_occur()).count();
                if alternatives == 0 {
                    let reason = "a choice of nothing can never be met";
                    return Err(Error::at(place, "xs:choice", reason, "remove it"));
                }
                let resolved = self.particles(parts, scope, path)?;
                // An alternative that holds nothing makes the choice optional.
                let least = if resolved.len() < alternatives { 0 } else { occurs.least };
                Particle::Choice(resolved, Occurs { least, ..*occurs }, place.clone())
            }
            schema::Particle::Group(name, occurs, place) => {
                let inner = self.group(name, scope, place)?;
                Particle::Sequence(inner.into_iter().collect(), *occurs, place.clone())
            }
        };
        tidy(group)
    }

    fn particles(
        &mut self,
        parts: &'s [schema::Particle],
        scope: Scope<'s>,
        path: &str,
    ) -> Result<Vec<Particle>, Error> {
        parts.iter().filter(|it| it.may_occur()).filter_map(|it| self.particle(it, scope, path).transpose()).collect()
    }

    fn group(&mut self, name: &Name, scope: Scope<'s>, place: &Place) -> Result<Option<Particle>, Error> {
        self.visible(name, scope, place)?;
        if let Some(done) = self.group_particles.get(name) {
            return Ok(done.clone());
        }
        let Some((declared, scope)) = self.groups.get(name).copied() else {
            return Err(Error::at(place, format!("group {name}"), "is not declared", "declare it"));
        };
        if self.open_groups.contains(name) {
            return Err(Error::at(&declared.place, format!("group {name}"), "holds itself", "mend the reference"));
        }
        self.open_groups.push(name.clone());
        let particle = self.particle(&declared.particle, scope, &name.local)?;
        self.open_groups.pop();
        self.group_particles.insert(name.clone(), particle.clone());
        Ok(particle)
    }

    fn leaf(&mut self, element: &'s schema::Element, scope: Scope<'s>, path: &str) -> Result<Leaf, Error> {
        let name = element.name.clone();
        if let ElementKind::Reference = element.kind {
            self.visible(&name, scope, &element.place)?;
            let Some(number) = self.element_ids.get(&name) else {
                return Err(Error::at(&element.place, format!("element {name}"), "is not declared", "declare it"));
            };
            let global = &self.model.elements[*number];
            return Ok(Leaf {
                name,
                kind: global.kind,
                occurs: element.occurs,
                nillable: global.nillable,
                default: global.default.clone(),
                fixed: global.fixed.clone(),
                place: element.place.clone(),
            });
        }
        let path = format!("{path} {}", name.local);
        Ok(Leaf {
            kind: self.element_kind(element, scope, &path)?,
            name,
            occurs: element.occurs,
            nillable: element.nillable,
            default: element.default.clone(),
            fixed: element.fixed.clone(),
            place: element.place.clone(),
        })
    }

    /// The type of an element that is no reference.
    pub(super) fn element_kind(
        &mut self,
        element: &'s schema::Element,
        scope: Scope<'s>,
        path: &str,
    ) -> Result<Kind, Error> {
        let local = &element.name.local;
        match &element.kind {
            ElementKind::Named(name) => match self.complex_ids.get(name).copied() {
                Some(id) => {
                    self.visible(name, scope, &element.place)?;
                    Ok(Kind::Complex(id))
                }
                None => Ok(Kind::Simple(self.simple_named(name, scope, &element.place)?)),
            },
            ElementKind::Simple(simple) => {
                let id = self.anonymous_simple(simple, scope, local, path)?;
                Ok(Kind::Simple(super::SimpleUse::Declared(id)))
            }
            ElementKind::Complex(complex) => Ok(Kind::Complex(self.anonymous_complex(complex, scope, local, path))),
            ElementKind::Reference => {
                Err(Error::at(&element.place, "xs:element", "a global element cannot be a reference", "name its type"))
            }
        }
    }
}

/// Removes empty groups, groups of one, and groups directly inside a group of their kind.
pub(super) fn tidy(particle: Particle) -> Result<Option<Particle>, Error> {
    let (is_choice, parts, occurs, place) = match particle {
        Particle::Element(_) => return Ok(Some(particle)),
        Particle::Sequence(parts, occurs, place) => (false, parts, occurs, place),
        Particle::Choice(parts, occurs, place) => (true, parts, occurs, place),
    };
    if occurs.most == Some(0) {
        return Ok(None);
    }
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Particle::Sequence(inner, Occurs::ONCE, _) if !is_choice => flat.extend(inner),
            Particle::Choice(inner, Occurs::ONCE, _) if is_choice => flat.extend(inner),
            part => flat.push(part),
        }
    }
    if let [only] = &flat[..]
        && let Some(both) = multiplied(occurs, only.occurs())
    {
        return Ok(flat.pop().map(|only| only.with(both)));
    }
    if flat.is_empty() {
        return Ok(None);
    }
    if occurs.least > 1 || occurs.most.is_some_and(|most| most > 1) {
        let construct = format!("{} with occurrence {occurs}", if is_choice { "xs:choice" } else { "xs:sequence" });
        let reason = "a group that is counted is not covered";
        return Err(Error::at(&place, construct, reason, "write 0 or 1, and 1 or unbounded"));
    }
    Ok(Some(if is_choice { Particle::Choice(flat, occurs, place) } else { Particle::Sequence(flat, occurs, place) }))
}

/// The occurrence of a particle that is alone in a group, if one number each says it all.
fn multiplied(outer: Occurs, inner: Occurs) -> Option<Occurs> {
    if outer == Occurs::ONCE || inner == Occurs::ONCE {
        return Some(if outer == Occurs::ONCE { inner } else { outer });
    }
    let simple = outer.least <= 1 && inner.least <= 1;
    let unbounded = outer.most.is_none() || inner.most.is_none();
    let single = outer.most == Some(1);
    match (simple, unbounded, single) {
        (true, true, _) => Some(Occurs { least: outer.least * inner.least, most: None }),
        (true, false, true) => Some(Occurs { least: outer.least * inner.least, most: inner.most }),
        _ => None,
    }
}

impl Particle {
    fn occurs(&self) -> Occurs {
        match self {
            Self::Element(leaf) => leaf.occurs,
            Self::Sequence(_, occurs, _) | Self::Choice(_, occurs, _) => *occurs,
        }
    }

    fn with(mut self, both: Occurs) -> Self {
        match &mut self {
            Self::Element(leaf) => leaf.occurs = both,
            Self::Sequence(_, occurs, _) | Self::Choice(_, occurs, _) => *occurs = both,
        }
        self
    }
}
