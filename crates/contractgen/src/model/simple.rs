//! Simple types: the chain of restrictions down to a built-in type, with the facets of every step.

use super::{
    BuiltIn, Facet, Origin, Simple, SimpleId, SimpleUse, Whitespace, pattern,
    resolve::{Resolver, Scope},
};
use crate::{
    error::{Error, Place},
    schema::{self, Name, SimpleBase, XS},
};

impl BuiltIn {
    /// By its name in XML Schema.
    fn named(local: &str) -> Option<Self> {
        Some(match local {
            "string" => Self::String,
            "normalizedString" => Self::NormalizedString,
            "token" => Self::Token,
            "boolean" => Self::Boolean,
            "int" => Self::Int,
            "long" | "integer" => Self::Long,
            "positiveInteger" => Self::PositiveInteger,
            "nonNegativeInteger" | "unsignedInt" => Self::NonNegativeInteger,
            "decimal" => Self::Decimal,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "anyURI" => Self::AnyUri,
            _ => return None,
        })
    }

    fn whitespace(self) -> Whitespace {
        match self {
            Self::String => Whitespace::Preserve,
            Self::NormalizedString => Whitespace::Replace,
            _ => Whitespace::Collapse,
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Long | Self::PositiveInteger | Self::NonNegativeInteger | Self::Decimal)
    }
}

impl<'s> Resolver<'s> {
    /// A built-in type by name.
    pub(super) fn built_in(name: &Name, place: &Place) -> Result<BuiltIn, Error> {
        BuiltIn::named(&name.local).ok_or_else(|| {
            Error::at(place, name.to_string(), "this built-in type is not covered", "restrict xs:string instead")
        })
    }

    /// The simple type that an attribute or a restriction names or holds.
    pub(super) fn simple_base(
        &mut self,
        base: &'s SimpleBase,
        scope: Scope<'s>,
        name: &str,
        path: &str,
    ) -> Result<SimpleUse, Error> {
        match base {
            SimpleBase::Inline(simple) => Ok(SimpleUse::Declared(self.anonymous_simple(simple, scope, name, path)?)),
            SimpleBase::Named(name, place) => self.simple_named(name, scope, place),
        }
    }

    /// A simple type by name.
    pub(super) fn simple_named(&mut self, name: &Name, scope: Scope<'s>, place: &Place) -> Result<SimpleUse, Error> {
        if name.namespace == XS {
            return Ok(SimpleUse::BuiltIn(Self::built_in(name, place)?));
        }
        self.visible(name, scope, place)?;
        if let Some(done) = self.simple_ids.get(name) {
            return Ok(SimpleUse::Declared(*done));
        }
        let Some((declared, scope)) = self.simples.get(name).copied() else {
            let construct = format!("type {name}");
            return Err(match self.complex_ids.get(name) {
                Some(_) => Error::at(place, construct, "is complex where a simple one is needed", "name a simple type"),
                None => Error::at(place, construct, "is not declared", "declare it"),
            });
        };
        if self.open_simples.contains(name) {
            return Err(Error::at(&declared.place, format!("type {name}"), "restricts itself", "mend its base"));
        }
        self.open_simples.push(name.clone());
        let id = self.simple(declared, scope, &name.local, &name.local, Origin::Named)?;
        self.open_simples.pop();
        self.simple_ids.insert(name.clone(), id);
        Ok(SimpleUse::Declared(id))
    }

    /// A simple type without a name: `name` is that of its element or attribute, `path` those of all parents.
    pub(super) fn anonymous_simple(
        &mut self,
        declared: &'s schema::Simple,
        scope: Scope<'s>,
        name: &str,
        path: &str,
    ) -> Result<SimpleId, Error> {
        self.simple(declared, scope, name, path, Origin::Anonymous)
    }

    fn simple(
        &mut self,
        declared: &'s schema::Simple,
        scope: Scope<'s>,
        name: &str,
        path: &str,
        origin: Origin,
    ) -> Result<SimpleId, Error> {
        let parent = self.simple_base(&declared.base, scope, name, &format!("{path} base"))?;
        let mut simple = Simple {
            name: name.to_owned(),
            path: path.to_owned(),
            origin,
            module: scope.module,
            documentation: declared.documentation.clone(),
            ..self.derived(parent, &declared.place)
        };
        restrict(&mut simple, &declared.facets)?;
        Ok(self.add_simple(simple))
    }

    /// The text of a `xs:simpleContent` restriction: an anonymous simple type.
    pub(super) fn restricted_text(
        &mut self,
        parent: SimpleUse,
        facets: &[schema::Facet],
        scope: Scope<'s>,
        complex: (&str, &str),
        place: &Place,
    ) -> Result<SimpleUse, Error> {
        if facets.is_empty() {
            return Ok(parent);
        }
        let mut simple = Simple {
            name: complex.0.to_owned(),
            path: format!("{} text", complex.1),
            module: scope.module,
            ..self.derived(parent, place)
        };
        restrict(&mut simple, facets)?;
        Ok(SimpleUse::Declared(self.add_simple(simple)))
    }

    fn add_simple(&mut self, simple: Simple) -> SimpleId {
        self.model.simples.push(simple);
        SimpleId(self.model.simples.len() - 1)
    }

    /// A type like its parent, before any facet of its own.
    fn derived(&self, parent: SimpleUse, place: &Place) -> Simple {
        let (base, whitespace, facets) = match parent {
            SimpleUse::BuiltIn(base) => (base, base.whitespace(), Vec::new()),
            SimpleUse::Declared(SimpleId(id)) => {
                let it = &self.model.simples[id];
                (it.base, it.whitespace, it.facets.clone())
            }
        };
        Simple {
            name: String::new(),
            path: String::new(),
            origin: Origin::Anonymous,
            module: 0,
            parent,
            base,
            whitespace,
            inherited: facets.len(),
            facets,
            documentation: None,
            place: place.clone(),
        }
    }
}

/// Adds the facets of one step.
fn restrict(simple: &mut Simple, facets: &[schema::Facet]) -> Result<(), Error> {
    let (mut patterns, mut values) = (Vec::new(), Vec::new());
    for facet in facets {
        match facet.kind.as_str() {
            "pattern" => patterns.push(facet.value.clone()),
            "enumeration" => values.push(facet.value.clone()),
            "whiteSpace" => simple.whitespace = whitespace(facet, simple.whitespace)?,
            "length" => simple.facets.push(Facet::Length(number(facet)?)),
            "minLength" => simple.facets.push(Facet::MinLength(number(facet)?)),
            "maxLength" => simple.facets.push(Facet::MaxLength(number(facet)?)),
            "minInclusive" if simple.base.is_number() => simple.facets.push(Facet::MinInclusive(number(facet)?)),
            "maxInclusive" if simple.base.is_number() => simple.facets.push(Facet::MaxInclusive(number(facet)?)),
            other => {
                let reason = "bounds of anything but numbers are not covered";
                return Err(Error::at(&facet.place, format!("xs:{other}"), reason, "write a pattern"));
            }
        }
    }
    if let (false, Some(first)) = (patterns.is_empty(), facets.iter().find(|it| it.kind == "pattern")) {
        let rust = pattern::translate(&patterns).map_err(|reason| {
            Error::at(&first.place, format!("pattern {}", patterns.join("|")), reason, "write it differently")
        })?;
        simple.facets.push(Facet::Pattern { schema: patterns.join("|"), rust });
    }
    if !values.is_empty() {
        let values = values.iter().map(|it| normalised(it, simple.whitespace)).collect();
        simple.facets.push(Facet::Enumeration(values));
    }
    Ok(())
}

fn number<T: std::str::FromStr>(facet: &schema::Facet) -> Result<T, Error> {
    facet.value.trim().parse().map_err(|_| {
        let reason = format!("\"{}\" is no whole number that we can hold", facet.value);
        Error::at(&facet.place, format!("xs:{}", facet.kind), reason, "write a whole number")
    })
}

fn whitespace(facet: &schema::Facet, before: Whitespace) -> Result<Whitespace, Error> {
    let now = match facet.value.as_str() {
        "preserve" => Whitespace::Preserve,
        "replace" => Whitespace::Replace,
        "collapse" => Whitespace::Collapse,
        other => {
            let reason = format!("\"{other}\" is none of its values");
            return Err(Error::at(&facet.place, "xs:whiteSpace", reason, "write preserve, replace or collapse"));
        }
    };
    if now < before {
        return Err(Error::at(&facet.place, "xs:whiteSpace", "is looser than that of the base", "leave it out"));
    }
    Ok(now)
}

fn normalised(value: &str, whitespace: Whitespace) -> String {
    match whitespace {
        Whitespace::Preserve => value.to_owned(),
        Whitespace::Replace => value.replace(['\t', '\n', '\r'], " "),
        Whitespace::Collapse => value.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
    }
}
