//! What was read of a server: every object once, its text put aside, and in memory only where it lies and whose it is.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::Deserialize;

use super::{Limits, page, read, trouble::Trouble};
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

/// The longest id, in bytes: ids stay in memory.
const ID: usize = 200;

const LONG: &str = "the id is longer than 200 bytes";

const OTHERWISE: &str = "an object of this kind looks otherwise";

/// The largest object, in bytes: what is read of it may take many times as much.
const OBJECT: usize = 4 << 20;

/// What an entry of a map takes besides its id, about, in bytes.
const ENTRY: u64 = 112;

/// What a tie to an element takes, in bytes.
const TIE: u64 = 4;

/// Every object that was read and is not known to be gone.
pub(super) struct Catalogue {
    shelf: Box<dyn Shelf>,
    /// What was read from the server since the shelf was empty, in bytes.
    brought: u64,
    /// What the maps take, about, in bytes; and what they may take.
    held: u64,
    most: u64,
    /// What the objects of one institution may take, of one kind, in bytes.
    most_of_one: u64,
    objects: BTreeMap<Kind, BTreeMap<Box<str>, Place>>,
    /// Whether national identity numbers are put aside too.
    civil_numbers: bool,
    /// Organisation elements, by a number that is shorter than their ids.
    elements: BTreeMap<Box<str>, u32>,
    /// Persons whom other objects refer to.
    named: BTreeSet<Box<str>>,
    /// Persons of whom the server has not said whether they are there.
    later: BTreeSet<Box<str>>,
    /// Whether the server has ever looked somebody up.
    pub(super) looks_up: bool,
    lost: BTreeSet<Loss>,
    passed_over: u64,
}

/// Where the text of an object lies.
#[derive(Debug)]
struct Place {
    at: u64,
    length: u32,
    /// Whether it is told to be gone.
    marked: bool,
    /// The elements that it belongs to.
    elements: Box<[u32]>,
}

impl Place {
    /// What it takes in memory, about, in bytes.
    fn weight(&self, id: &str) -> u64 {
        ENTRY + id.len() as u64 + TIE * self.elements.len() as u64
    }
}

impl Catalogue {
    pub(super) fn new(shelf: Box<dyn Shelf>, limits: &Limits, civil_numbers: bool) -> Self {
        Self {
            civil_numbers,
            shelf,
            brought: 0,
            held: 0,
            most: limits.index_bytes,
            most_of_one: limits.institution_bytes,
            objects: BTreeMap::new(),
            elements: BTreeMap::new(),
            named: BTreeSet::new(),
            later: BTreeSet::new(),
            looks_up: false,
            lost: BTreeSet::new(),
            passed_over: 0,
        }
    }

    /// Adds what an answer brought, in bytes. Tells how much that is by now.
    pub(super) fn brought(&mut self, bytes: u64) -> u64 {
        self.brought += bytes;
        self.brought
    }

    /// How much is put aside, in bytes: all that was ever put.
    pub(super) fn size(&self) -> u64 {
        self.shelf.end()
    }

    /// Puts an object in the place of an older one with its id. What cannot be read is passed over, which is a loss.
    pub(super) fn put(&mut self, kind: Kind, text: &str) -> Result<(), Trouble> {
        if text.len() > OBJECT {
            self.pass_over(kind.path(), "the object is larger than 4194304 bytes");
            return Ok(());
        }
        let text = match kind {
            Kind::Person if !self.civil_numbers => page::hidden(text, "civicNo").map(Cow::Owned).map_err(|_| OTHERWISE),
            _ => Ok(Cow::Borrowed(text)),
        };
        match text.and_then(|text| Ok((tied(kind, &text)?, text))) {
            Ok(((id, ties), text)) => self.keep(kind, id, ties, &text),
            Err(why) => {
                self.pass_over(kind.path(), why);
                Ok(())
            }
        }
    }

    fn keep(&mut self, kind: Kind, id: String, ties: Ties, text: &str) -> Result<(), Trouble> {
        let elements = self.short(kind, ties.0);
        let elements: BTreeSet<u32> = elements.iter().map(|it| self.element(kind, it)).collect::<Result<_, _>>()?;
        for person in self.short(kind, ties.1) {
            self.name(kind, person)?;
        }
        let at = self.shelf.end();
        self.shelf.put(text).map_err(|why| Trouble::Shelf(why.to_string()))?;
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let place = Place { at, length, marked: false, elements: elements.into_iter().collect() };
        if let Some(old) = self.objects.get_mut(&kind).and_then(|it| it.remove(id.as_str())) {
            self.held -= old.weight(&id);
        }
        self.hold(kind, place.weight(&id))?;
        self.objects.entry(kind).or_default().insert(id.into_boxed_str(), place);
        Ok(())
    }

    /// The ids that are told, and not too long to be kept.
    fn short(&mut self, kind: Kind, mut ids: Vec<String>) -> Vec<String> {
        if ids.iter().any(|it| it.len() > ID) {
            self.pass_over(kind.path(), "an id that is referred to is longer than 200 bytes");
        }
        ids.retain(|it| (1..=ID).contains(&it.len()));
        ids
    }

    fn element(&mut self, kind: Kind, id: &str) -> Result<u32, Trouble> {
        if let Some(known) = self.elements.get(id) {
            return Ok(*known);
        }
        self.hold(kind, ENTRY + id.len() as u64)?;
        let number = u32::try_from(self.elements.len()).unwrap_or(u32::MAX);
        self.elements.insert(id.into(), number);
        Ok(number)
    }

    /// Remembers that a person is referred to.
    fn name(&mut self, kind: Kind, id: String) -> Result<(), Trouble> {
        if !self.named.contains(id.as_str()) {
            self.hold(kind, ENTRY + id.len() as u64)?;
            self.named.insert(id.into_boxed_str());
        }
        Ok(())
    }

    /// Something more is to stay in memory.
    fn hold(&mut self, kind: Kind, bytes: u64) -> Result<(), Trouble> {
        if self.held + bytes > self.most {
            let what = "ids than are kept in memory";
            return Err(Trouble::TooMuch { list: kind.path(), what, most: self.most });
        }
        self.held += bytes;
        Ok(())
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

    /// An object is told to be gone, unless it is put again. What is not known costs nothing.
    pub(super) fn mark(&mut self, kind: Kind, id: &str) {
        if let Some(place) = self.objects.get_mut(&kind).and_then(|it| it.get_mut(id)) {
            place.marked = true;
        }
        if id.len() > ID {
            self.pass_over("deletedEntities", LONG);
        }
    }

    /// Forgets the objects that are told to be gone.
    pub(super) fn remove_marked(&mut self) {
        for objects in self.objects.values_mut() {
            objects.retain(|id, place| {
                if place.marked {
                    self.held -= place.weight(id);
                }
                !place.marked
            });
        }
    }

    /// The persons whom objects refer to and nobody has told of. They are asked for once.
    pub(super) fn take_missing(&mut self) -> Vec<Box<str>> {
        let known = self.objects.get(&Kind::Person);
        let named = std::mem::take(&mut self.named);
        self.held -= named.iter().map(|it| ENTRY + it.len() as u64).sum::<u64>();
        named.into_iter().filter(|it| !known.is_some_and(|known| known.contains_key(it))).collect()
    }

    /// These persons are asked for in the next walk.
    pub(super) fn ask_later(&mut self, ids: Vec<Box<str>>) -> Result<(), Trouble> {
        for id in ids {
            if !self.later.contains(&id) {
                self.hold(Kind::Person, ENTRY + id.len() as u64)?;
                self.later.insert(id);
            }
        }
        Ok(())
    }

    /// Another walk begins: who was to be asked for later is asked for now.
    pub(super) fn begin_again(&mut self) {
        let later = std::mem::take(&mut self.later);
        for id in later {
            let weight = ENTRY + id.len() as u64;
            if !self.named.insert(id) {
                self.held -= weight;
            }
        }
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

    /// How many objects of a kind are tied to something that is none of these elements, or to nothing. Persons need no tie.
    pub(super) fn strays(&self, kind: Kind, elements: &BTreeSet<String>) -> usize {
        let numbers: BTreeSet<u32> = elements.iter().filter_map(|it| self.elements.get(it.as_str()).copied()).collect();
        let strays = |it: &&Place| match &it.elements[..] {
            [] => kind != Kind::Person,
            ties => ties.iter().any(|it| !numbers.contains(it)),
        };
        self.objects.get(&kind).map_or(0, |all| all.values().filter(strays).count())
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
        let mut bytes = 0;
        for (id, place) in self.objects.get(&kind).into_iter().flatten() {
            if wanted(id, place) {
                bytes += u64::from(place.length);
                if bytes > self.most_of_one {
                    let what = "objects of one institution than are taken";
                    return Err(Trouble::TooMuch { list: kind.path(), what, most: self.most_of_one });
                }
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

/// The id of an object, and what it is tied to; or why it is of no use.
fn tied(kind: Kind, text: &str) -> Result<(String, Ties), &'static str> {
    match kind {
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
    }
}

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
    let object: T = serde_json::from_str(text).map_err(|_| OTHERWISE)?;
    let id = id(&object).map(|it| it.0.into_owned()).filter(|it| !it.is_empty()).ok_or("the object has no id")?;
    if id.len() > ID {
        return Err(LONG);
    }
    let mut ties = Ties::default();
    tied(&object, &mut ties);
    Ok((id, ties))
}
