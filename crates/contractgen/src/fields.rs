//! What the Rust struct of a complex type looks like: which elements are fields, which become an enum together.

use crate::{
    error::Error,
    model::{Complex, Content, Kind, Leaf, Particle},
    names::{self, Taken},
    schema::Occurs,
};

/// The fields of one type.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// The field of each attribute; `None` for a fixed one.
    pub(crate) attributes: Vec<Option<String>>,
    /// The fields of the content, in schema order.
    pub(crate) fields: Vec<Field>,
}

/// How many values a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    One,
    Optional,
    Many,
}

/// One field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) arity: Arity,
    pub(crate) what: What,
}

/// What a field holds.
#[derive(Debug)]
pub(crate) enum What {
    /// The text of simple content.
    Text,
    /// One element particle, by its position.
    Element(usize),
    /// One of several elements: an enum.
    Enum(Enum),
}

/// An enum of elements.
#[derive(Debug)]
pub(crate) struct Enum {
    /// What follows the name of the type in its name: `Choice`, `Choice2`, `Item`.
    pub(crate) suffix: String,
    /// Which choice of the type it is; `None` for a repeated group.
    pub(crate) choice: Option<u8>,
    /// For each position the variant; several positions may share one.
    pub(crate) positions: Vec<(usize, usize)>,
    /// The variants: the name, and a position that has its type.
    pub(crate) variants: Vec<(String, usize)>,
}

impl Shape {
    /// The shape of a type.
    pub(crate) fn of(complex: &Complex) -> Result<Self, Error> {
        let mut builder = Builder::default();
        let attributes = complex
            .attributes
            .iter()
            .map(|it| it.fixed.is_none().then(|| builder.names.claim(&names::snake(&it.name), "_")))
            .collect();
        builder.attributes = builder.names.clone();
        match &complex.content {
            Content::Empty => {}
            Content::Text(_) => {
                let name = builder.claim("text");
                builder.fields.push(Field { name, arity: Arity::One, what: What::Text });
            }
            Content::Elements(particle) => builder.walk(particle, false)?,
        }
        Ok(Self { attributes, fields: builder.fields })
    }

    /// The enum that a position belongs to, with how many values its field holds.
    pub(crate) fn enum_at(&self, position: usize) -> Option<(Arity, &Enum)> {
        self.fields.iter().find_map(|field| match &field.what {
            What::Enum(it) if it.positions.iter().any(|it| it.0 == position) => Some((field.arity, it)),
            What::Enum(_) | What::Text | What::Element(_) => None,
        })
    }

    /// The enums of the type.
    pub(crate) fn enums(&self) -> impl Iterator<Item = &Enum> {
        self.fields.iter().filter_map(|it| match &it.what {
            What::Enum(it) => Some(it),
            What::Text | What::Element(_) => None,
        })
    }
}

#[derive(Default)]
struct Builder {
    names: Taken,
    /// Those of the names that are attributes.
    attributes: Taken,
    fields: Vec<Field>,
    /// The next position.
    position: usize,
    choices: u8,
    items: usize,
}

impl Builder {
    /// A name for a field: one that an attribute has taken gets a suffix, one that an element has taken a number.
    fn claim(&mut self, name: &str) -> String {
        let suffix = if self.attributes.has(name) { "_element" } else { "" };
        self.names.claim(name, suffix)
    }

    fn walk(&mut self, particle: &Particle, optional: bool) -> Result<(), Error> {
        match particle {
            Particle::Element(leaf) => self.element(leaf, optional),
            Particle::Sequence(_, Occurs { most: None, .. }, _) => self.repeated(particle)?,
            Particle::Sequence(parts, occurs, _) => {
                for part in parts {
                    self.walk(part, optional || occurs.least == 0)?;
                }
            }
            Particle::Choice(parts, occurs, _) => match leaves(parts) {
                Some(list) if occurs.most.is_none() && list.iter().all(|it| uncounted(it)) => {
                    self.choice(&list, Arity::Many);
                }
                _ if occurs.most.is_none() => self.repeated(particle)?,
                Some(list) if list.iter().all(|it| it.occurs.most == Some(1)) => {
                    let none = optional || occurs.least == 0 || list.iter().any(|it| it.occurs.least == 0);
                    self.choice(&list, if none { Arity::Optional } else { Arity::One });
                }
                _ => {
                    for part in parts {
                        self.walk(part, true)?;
                    }
                }
            },
        }
        Ok(())
    }

    fn element(&mut self, leaf: &Leaf, optional: bool) {
        let arity = match leaf.occurs {
            Occurs { most: Some(1), least: 0 } => Arity::Optional,
            Occurs { most: Some(1), .. } if optional => Arity::Optional,
            Occurs { most: Some(1), .. } => Arity::One,
            _ => Arity::Many,
        };
        let name = self.claim(&names::snake(&leaf.name.local));
        self.fields.push(Field { name, arity, what: What::Element(self.position) });
        self.position += 1;
    }

    fn choice(&mut self, list: &[&Leaf], arity: Arity) {
        let number = self.choices + 1;
        let suffix = if number == 1 { "Choice".to_owned() } else { format!("Choice{number}") };
        let mut it = self.variants(list, suffix);
        it.choice = Some(self.choices);
        self.choices = number;
        let name = self.claim(&it.suffix.to_lowercase());
        self.fields.push(Field { name, arity, what: What::Enum(it) });
    }

    /// A repeated group that is more than a choice of elements: its elements in the order of the document.
    fn repeated(&mut self, particle: &Particle) -> Result<(), Error> {
        let mut list = Vec::new();
        gather(particle, &mut list);
        if let Some(leaf) = list.iter().find(|it| !uncounted(it)) {
            let construct = format!("element {} with occurrence {}", leaf.name.local, leaf.occurs);
            let reason = "counting inside a repeated group is not covered";
            return Err(Error::at(&leaf.place, construct, reason, "write 0 or 1, and 1 or unbounded"));
        }
        self.items += 1;
        let suffix = if self.items == 1 { "Item".to_owned() } else { format!("Item{}", self.items) };
        let name = self.claim(&suffix.to_lowercase().replacen("item", "items", 1));
        let what = What::Enum(self.variants(&list, suffix));
        self.fields.push(Field { name, arity: Arity::Many, what });
        Ok(())
    }

    fn variants(&mut self, list: &[&Leaf], suffix: String) -> Enum {
        let mut taken = Taken::default();
        let mut known: Vec<(&crate::schema::Name, Kind, bool)> = Vec::new();
        let (mut positions, mut variants) = (Vec::new(), Vec::new());
        for leaf in list {
            let key = (&leaf.name, leaf.kind, leaf.nillable);
            let variant = known.iter().position(|it| *it == key).unwrap_or_else(|| {
                known.push(key);
                variants.push((taken.claim(&names::pascal(&leaf.name.local), "_"), self.position));
                known.len() - 1
            });
            positions.push((self.position, variant));
            self.position += 1;
        }
        Enum { suffix, choice: None, positions, variants }
    }
}

/// The parts, if all of them are elements.
fn leaves(parts: &[Particle]) -> Option<Vec<&Leaf>> {
    parts
        .iter()
        .map(|it| match it {
            Particle::Element(leaf) => Some(leaf),
            Particle::Sequence(..) | Particle::Choice(..) => None,
        })
        .collect()
}

fn gather<'m>(particle: &'m Particle, list: &mut Vec<&'m Leaf>) {
    match particle {
        Particle::Element(leaf) => list.push(leaf),
        Particle::Sequence(parts, ..) | Particle::Choice(parts, ..) => parts.iter().for_each(|it| gather(it, list)),
    }
}

/// Whether the automaton alone holds a particle to its occurrence.
pub(crate) fn uncounted(leaf: &Leaf) -> bool {
    leaf.occurs.least <= 1 && leaf.occurs.most.is_none_or(|most| most <= 1)
}
