//! What was read of a server: every object once, its text put aside, and in memory only where it lies and whose it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{read, trouble::Trouble};
use crate::{crosswalk::Loss, source::shelf::Shelf};

/// The kinds of objects that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Organisation,
    Person,
    Group,
    Duty,
    Placement,
    Activity,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Organisation, Self::Person, Self::Group, Self::Duty, Self::Placement, Self::Activity];

    /// The segment of the path, and the name among deleted entities.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Organisation => "organisations",
            Self::Person => "persons",
            Self::Group => "groups",
            Self::Duty => "duties",
            Self::Placement => "placements",
            Self::Activity => "activities",
        }
    }

    /// The kind behind a name among deleted entities. The standard spells one of them wrongly.
    pub(super) fn deleted(name: &str) -> Option<Self> {
        let name = if name == "activitites" { "activities" } else { name };
        Self::ALL.into_iter().find(|it| it.path() == name)
    }
}

/// Every object that was read and is not known to be gone.
pub(super) struct Catalogue {
    shelf: Box<dyn Shelf>,
    objects: BTreeMap<Kind, BTreeMap<Box<str>, Place>>,
    /// Organisation elements, by a number that is shorter than their ids.
    elements: BTreeMap<Box<str>, u32>,
    /// Persons whom other objects refer to.
    named: BTreeSet<Box<str>>,
    lost: BTreeSet<Loss>,
    passed_over: u64,
}

/// Where the text of an object lies.
#[derive(Debug)]
struct Place {
    at: u64,
    length: u32,
    /// The elements that it belongs to.
    elements: Box<[u32]>,
}

impl Catalogue {
    pub(super) fn new(shelf: Box<dyn Shelf>) -> Self {
        Self {
            shelf,
            objects: BTreeMap::new(),
            elements: BTreeMap::new(),
            named: BTreeSet::new(),
            lost: BTreeSet::new(),
            passed_over: 0,
        }
    }

    /// Puts an object in the place of an older one with its id. What cannot be read is passed over, which is a loss.
    pub(super) fn put(&mut self, kind: Kind, text: &str) -> Result<(), Trouble> {
        let found = match kind {
            Kind::Organisation => parsed(text, |it: &read::Organisation<'_>| it.id.clone(), |_, _| {}),
            Kind::Person => parsed(text, |it: &read::Person<'_>| it.id.clone(), of_person),
            Kind::Group => parsed(
                text,
                |it: &read::Group<'_>| it.id.clone(),
                |it, ties| {
                    ties.0.push(it.organisation.id().to_owned());
                },
            ),
            Kind::Duty => parsed(
                text,
                |it: &read::Duty<'_>| it.id.clone(),
                |it, ties| {
                    ties.0.push(it.duty_at.id().to_owned());
                    ties.1.extend(it.person.as_ref().map(|it| it.id().to_owned()));
                },
            ),
            Kind::Placement => parsed(
                text,
                |it: &read::Placement<'_>| it.id.clone(),
                |it, ties| {
                    ties.0.push(it.placed_at.id().to_owned());
                    ties.1.push(it.child.id().to_owned());
                },
            ),
            Kind::Activity => parsed(
                text,
                |it: &read::Activity<'_>| it.id.clone(),
                |it, ties| {
                    ties.0.extend(it.organisation.as_ref().map(|it| it.id().to_owned()));
                },
            ),
        };
        let (id, (elements, persons)) = match found {
            Ok(found) => found,
            Err(why) => {
                self.pass_over(kind.path(), why);
                return Ok(());
            }
        };
        let elements = elements.iter().filter(|it| !it.is_empty()).map(|it| self.element(it)).collect();
        self.named.extend(persons.into_iter().filter(|it| !it.is_empty()).map(String::into_boxed_str));
        let Ok(length) = u32::try_from(text.len()) else {
            self.pass_over(kind.path(), "the object is too large");
            return Ok(());
        };
        let at = self.shelf.end();
        self.shelf.put(text).map_err(|why| Trouble::Shelf(why.to_string()))?;
        self.objects.entry(kind).or_default().insert(id.into_boxed_str(), Place { at, length, elements });
        Ok(())
    }

    fn element(&mut self, id: &str) -> u32 {
        if let Some(known) = self.elements.get(id) {
            return *known;
        }
        let number = u32::try_from(self.elements.len()).unwrap_or(u32::MAX);
        self.elements.insert(id.into(), number);
        number
    }

    /// Something that was read is not used. However often that happens, each reason is told once.
    pub(super) fn pass_over(&mut self, path: &str, why: &'static str) {
        self.passed_over += 1;
        self.lost.insert(Loss { path: format!("/{path}"), line: None, why, target: super::TARGET });
    }

    /// What was passed over while reading, each reason once for each kind; and how often.
    pub(super) fn lost(&self) -> (Vec<Loss>, u64) {
        (self.lost.iter().cloned().collect(), self.passed_over)
    }

    /// Forgets an object.
    pub(super) fn remove(&mut self, kind: Kind, id: &str) {
        if let Some(objects) = self.objects.get_mut(&kind) {
            objects.remove(id);
        }
    }

    /// How many objects of a kind there are.
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.objects.get(&kind).map_or(0, BTreeMap::len)
    }

    /// The persons whom objects refer to and nobody has told of. They are asked for once.
    pub(super) fn take_missing(&mut self) -> Vec<Box<str>> {
        let known = self.objects.get(&Kind::Person);
        let named = std::mem::take(&mut self.named);
        named.into_iter().filter(|it| !known.is_some_and(|known| known.contains_key(it))).collect()
    }

    /// The texts of all objects of a kind, ordered by id.
    pub(super) fn all(&mut self, kind: Kind) -> Result<Vec<String>, Trouble> {
        self.texts(kind, |_, _| true)
    }

    /// The texts of the objects that belong to an element, ordered by id.
    pub(super) fn of(&mut self, kind: Kind, element: &str) -> Result<Vec<String>, Trouble> {
        let Some(number) = self.elements.get(element).copied() else { return Ok(Vec::new()) };
        self.texts(kind, |_, place| place.elements.contains(&number))
    }

    /// The texts of the objects that belong to none of these elements, ordered by id.
    pub(super) fn outside(&mut self, kind: Kind, elements: &BTreeSet<String>) -> Result<Vec<String>, Trouble> {
        let numbers: BTreeSet<u32> = elements.iter().filter_map(|it| self.elements.get(it.as_str()).copied()).collect();
        self.texts(kind, |_, place| !place.elements.iter().any(|it| numbers.contains(it)))
    }

    /// The texts of the objects with these ids, and of those that belong to an element.
    pub(super) fn with(
        &mut self,
        kind: Kind,
        ids: &BTreeSet<String>,
        element: Option<&str>,
    ) -> Result<Vec<String>, Trouble> {
        let number = element.and_then(|it| self.elements.get(it).copied());
        let belongs = |place: &Place| number.is_some_and(|it| place.elements.contains(&it));
        self.texts(kind, |id, place| belongs(place) || ids.contains(id))
    }

    fn texts(&mut self, kind: Kind, wanted: impl Fn(&str, &Place) -> bool) -> Result<Vec<String>, Trouble> {
        let mut texts = Vec::new();
        for (id, place) in self.objects.get(&kind).into_iter().flatten() {
            if wanted(id, place) {
                let mut text = String::new();
                let got = self.shelf.get(place.at, place.length as usize, &mut text);
                got.map_err(|why| Trouble::Shelf(why.to_string()))?;
                texts.push(text);
            }
        }
        Ok(texts)
    }
}

/// The ids of elements and of persons.
type Ties = (Vec<String>, Vec<String>);

fn of_person(person: &read::Person<'_>, ties: &mut Ties) {
    ties.0.extend(person.enrolments.iter().map(|it| it.enroled_at.id().to_owned()));
    ties.1.extend(person.responsibles.iter().map(|it| it.person.id().to_owned()));
}

/// The id of an object, and what it is tied to; or why it is of no use.
fn parsed<'t, T: Deserialize<'t>>(
    text: &'t str,
    id: impl Fn(&T) -> Option<read::Text<'t>>,
    tied: impl Fn(&T, &mut Ties),
) -> Result<(String, Ties), &'static str> {
    let object: T = serde_json::from_str(text).map_err(|_| "an object of this kind looks otherwise")?;
    let id = id(&object).map(|it| it.0.into_owned()).filter(|it| !it.is_empty()).ok_or("the object has no id")?;
    let mut ties = Ties::default();
    tied(&object, &mut ties);
    Ok((id, ties))
}
