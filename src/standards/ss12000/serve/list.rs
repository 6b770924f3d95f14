//! SS12000 2.1, the operations that show objects: lists, look-ups, single ones.
//!
//! A list goes by id unless a sort key is asked for, and a token says after which id to go on: whatever exists for as long as somebody
//! pages through comes exactly once, whatever else comes and goes.

use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

use serde::Serialize;
use uuid::Uuid;

use super::{
    Answer, Error, ErrorKind, Request, Service,
    filter::{Filter, folded, is_member},
    operation::{Operation, Type},
    parameters::{self, Page, Parameters},
    pins::Pin,
    token::{Bearer, GONE, LIFE, Place},
    wanted,
};
use crate::standards::ss12000::{
    model::Day,
    view::{Key, Kind, Object, Reader, View, bare},
};

/// Most keys that a look-up may have. Whoever has more asks several times.
pub(super) const LOOKUP: usize = 10_000;

/// What a request asks for, with its page.
#[derive(Debug)]
pub(super) struct Asked<'r> {
    pub(super) request: &'r Request<'r>,
    pub(super) operation: &'static Operation,
    pub(super) parameters: Parameters,
    pub(super) page: Page,
    /// Where the page before ended.
    pub(super) place: Option<Place>,
}

impl<'r> Asked<'r> {
    /// Reads the query, and the token if there is one: it carries what was asked for, and what else is sent must be part of that.
    pub(super) fn read(
        service: &Service,
        operation: &'static Operation,
        request: &'r Request<'r>,
    ) -> Result<Self, Error> {
        let lenient = service.choices.lenient_expand;
        let (mut parameters, page) = Parameters::parse(operation, request.query, lenient)?;
        let mut place = None;
        if let Some(token) = &page.token {
            let bearer = Bearer { caller: request.name, operation };
            let token = service.sealer.open(token, bearer, request.now)?;
            let asked: Vec<(&str, &str)> = token.asked.iter().map(|(name, value)| (&**name, &**value)).collect();
            let carried = Parameters::parse(operation, &asked, false)?.0;
            if !parameters.is_part_of(&carried) {
                let why =
                    "A page token goes with the limit, and with nothing else that differs from the first question.";
                return Err(Error::invalid("INVALID_PAGE_TOKEN", why));
            }
            (parameters, place) = (carried, Some(token.place));
        }
        Ok(Self { request, operation, parameters, page, place })
    }

    /// The token for what comes after a place.
    pub(super) fn token(&self, service: &Service, place: Place) -> Result<String, Error> {
        let bearer = Bearer { caller: self.request.name, operation: self.operation };
        service.sealer.seal(place, self.parameters.told(), bearer, self.request.now)
    }
}

impl Service {
    /// One object.
    pub(super) fn one(&self, kind: Kind, id: &str, view: &View, asked: &Asked<'_>) -> Result<Answer, Error> {
        let id = parameters::id(id).ok_or_else(|| Error::invalid("INVALID_ID", "The id is no UUID."))?;
        let scope = view.scope(asked.request.caller);
        let reader = Reader::new(&scope, &self.options, asked.parameters.flag("expandReferenceNames"))
            .noting(asked.request.told);
        if kind == Kind::Person {
            reader.note_wanted(id);
        }
        let object = reader.object(kind, id).ok_or_else(Error::not_found)?;
        let mut body = Vec::with_capacity(1024);
        write(&object, &reader, &asked.parameters.texts("expand"), &mut body)?;
        Ok(Answer::json(body))
    }

    /// A page of a list.
    pub(super) fn list(&self, kind: Kind, view: &Arc<View>, asked: &Asked<'_>) -> Result<Answer, Error> {
        wanted::by_filters(&asked.parameters, &self.options, asked.request.told);
        let scope = view.scope(asked.request.caller);
        let reader = Reader::new(&scope, &self.options, false).noting(asked.request.told);
        wanted::by_ids(&asked.parameters, &reader);
        match (asked.parameters.text("sortkey"), &asked.place) {
            (None, None) => self.page_by_id(kind, view, None, asked),
            (None, Some(Place::After(id))) => self.page_by_id(kind, view, Some(*id), asked),
            (Some(key), None) => {
                let of = format!("{:?}", (asked.request.name, asked.request.caller, kind, asked.parameters.told()));
                self.pins().forget(asked.request.now);
                let known = self.pins().known(&of, view);
                let pin = match known {
                    Some(pin) => pin,
                    None => Pin { of, view: Arc::downgrade(view), ids: self.sorted(kind, key, view, asked)?.into() },
                };
                self.page_of(kind, view, pin, None, asked)
            }
            (Some(_), Some(Place::Pinned(number, from))) => {
                let now = asked.request.now;
                let pin = self.pins().find(*number, now + LIFE, now).ok_or(GONE)?;
                self.page_of(kind, view, pin, Some((*number, *from)), asked)
            }
            _ => Err(GONE),
        }
    }

    fn page_by_id(&self, kind: Kind, view: &View, after: Option<Uuid>, asked: &Asked<'_>) -> Result<Answer, Error> {
        let scope = view.scope(asked.request.caller);
        let reader = Reader::new(&scope, &self.options, asked.parameters.flag("expandReferenceNames"))
            .noting(asked.request.told);
        let filter = Filter::new(kind, &asked.parameters, &reader);
        let expand = asked.parameters.texts("expand");
        let mut body = Pages::new();
        let mut last = None;
        let mut more = false;
        for id in ids(kind, view, &filter, after) {
            let Some(object) = kept(kind, id, &filter, &reader) else { continue };
            if body.count == asked.page.limit {
                more = true;
                break;
            }
            body.add(&object, &reader, &expand)?;
            last = Some(id);
        }
        let token = last.filter(|_| more).map(|it| asked.token(self, Place::After(it))).transpose()?;
        body.finish(token.as_deref())
    }

    /// The ids that a list keeps, in the order of a sort key; of those that are equal by that, the least id comes first.
    fn sorted(&self, kind: Kind, key: &str, view: &View, asked: &Asked<'_>) -> Result<Vec<Uuid>, Error> {
        let request = asked.request;
        if key.starts_with("CivicNo") && !request.caller.rights.civil_numbers {
            let kind = ErrorKind::Forbidden;
            return Err(Error::new(kind, "SCOPE_MISSING", "The order would tell what the caller may not see."));
        }
        let scope = view.scope(request.caller);
        let reader = Reader::new(&scope, &self.options, false);
        let filter = Filter::new(kind, &asked.parameters, &reader);
        let mut found = Vec::new();
        for id in ids(kind, view, &filter, None) {
            if let Some(object) = kept(kind, id, &filter, &reader) {
                found.push((order(key, &object), id));
            }
        }
        let descending = key.ends_with("Desc");
        found.sort_by(|(a, first), (b, second)| a.compare(b, descending).then_with(|| first.cmp(second)));
        Ok(found.into_iter().map(|it| it.1).collect())
    }

    /// A page of an order that is kept, or is to be if there are more. What has gone since, or is filtered out now, is left out.
    fn page_of(
        &self,
        kind: Kind,
        view: &View,
        pin: Pin,
        at: Option<(Uuid, usize)>,
        asked: &Asked<'_>,
    ) -> Result<Answer, Error> {
        let from = at.map_or(0, |it| it.1);
        let scope = view.scope(asked.request.caller);
        let reader = Reader::new(&scope, &self.options, asked.parameters.flag("expandReferenceNames"))
            .noting(asked.request.told);
        let filter = Filter::new(kind, &asked.parameters, &reader);
        let expand = asked.parameters.texts("expand");
        let mut body = Pages::new();
        let (mut to, mut more) = (from, false);
        for (place, id) in pin.ids.iter().enumerate().skip(from) {
            let Some(object) = kept(kind, *id, &filter, &reader) else { continue };
            if body.count == asked.page.limit {
                more = true;
                break;
            }
            body.add(&object, &reader, &expand)?;
            to = place + 1;
        }
        let token = if more {
            let now = asked.request.now;
            let number = at.map_or_else(|| self.pins().keep(pin, now + LIFE, now), |it| it.0);
            Some(asked.token(self, Place::Pinned(number, to))?)
        } else {
            None
        };
        body.finish(token.as_deref())
    }

    /// Many objects by what they are known by.
    pub(super) fn look_up(&self, kind: Kind, view: &View, asked: &Asked<'_>) -> Result<Answer, Error> {
        let keys = Keys::read(asked.operation, asked.request.body)?;
        let numbers = keys.texts.iter().filter(|it| it.0 == "civicNos");
        numbers.for_each(|it| wanted::by_numbers(&it.1, asked.request.told));
        let scope = view.scope(asked.request.caller);
        let reader = Reader::new(&scope, &self.options, asked.parameters.flag("expandReferenceNames"))
            .noting(asked.request.told);
        let expand = asked.parameters.texts("expand");
        let own = (kind == Kind::Person).then_some(&keys.ids);
        let others = keys.others.iter().filter(|it| wanted::PERSONS.contains(&it.0)).map(|it| &it.1);
        own.into_iter().chain(others).flatten().for_each(|it| reader.note_wanted(*it));
        let mut body = Vec::from(*b"[");
        for id in keys.found(kind, &reader) {
            let Some(object) = reader.object(kind, id) else { continue };
            if body.len() > 1 {
                body.push(b',');
            }
            write(&object, &reader, &expand, &mut body)?;
        }
        body.push(b']');
        Ok(Answer::json(body))
    }
}

/// The ids that may pass a filter, after one, ascending.
fn ids<'i>(
    kind: Kind,
    view: &'i View,
    filter: &Filter<'_>,
    after: Option<Uuid>,
) -> Box<dyn Iterator<Item = Uuid> + 'i> {
    match filter.candidates() {
        Some(known) => Box::new(known.into_iter().filter(move |it| after.is_none_or(|after| *it > after))),
        None => Box::new(view.ids(kind, after)),
    }
}

fn kept<'s>(kind: Kind, id: Uuid, filter: &Filter<'_>, reader: &'s Reader<'_>) -> Option<Object<'s>> {
    if !filter.keeps_times(id) {
        return None;
    }
    reader.object(kind, id).filter(|it| filter.keeps(it))
}

/// A page that is being written.
pub(super) struct Pages {
    body: Vec<u8>,
    count: usize,
}

impl Pages {
    pub(super) fn new() -> Self {
        Self { body: Vec::from(*b"{\"data\":["), count: 0 }
    }

    fn add(&mut self, object: &Object<'_>, reader: &Reader<'_>, expand: &[&str]) -> Result<(), Error> {
        if self.count > 0 {
            self.body.push(b',');
        }
        self.count += 1;
        write(object, reader, expand, &mut self.body)
    }

    /// One that is written already.
    pub(super) fn add_written(&mut self, object: &[u8]) {
        if self.count > 0 {
            self.body.push(b',');
        }
        self.count += 1;
        self.body.extend_from_slice(object);
    }

    pub(super) fn finish(mut self, token: Option<&str>) -> Result<Answer, Error> {
        self.body.extend_from_slice(b"],\"pageToken\":");
        serde_json::to_writer(&mut self.body, &token)?;
        self.body.push(b'}');
        Ok(Answer::json(self.body))
    }
}

/// An object with what `expand` adds.
#[derive(Serialize)]
struct Expanded<'o, T, E> {
    #[serde(flatten)]
    object: &'o T,
    #[serde(rename = "_embedded")]
    embedded: E,
}

/// Writes an object with what `expand` adds, and notes whom it tells of.
fn write(object: &Object<'_>, reader: &Reader<'_>, expand: &[&str], out: &mut Vec<u8>) -> Result<(), Error> {
    reader.note(object.kind(), object.id());
    if expand.is_empty() {
        match object {
            Object::Organisation(object) => serde_json::to_writer(out, object)?,
            Object::Person(object) => serde_json::to_writer(out, object)?,
            Object::Group(object) => serde_json::to_writer(out, object)?,
            Object::Duty(object) => serde_json::to_writer(out, object)?,
            Object::Placement(object) => serde_json::to_writer(out, object)?,
            Object::Activity(object) => serde_json::to_writer(out, object)?,
        }
        return Ok(());
    }
    match object {
        Object::Organisation(object) => serde_json::to_writer(out, object)?,
        Object::Person(object) => {
            let embedded = reader.person_embedded(object.id, expand);
            let children = embedded.responsible_for.iter().flatten();
            children.for_each(|it| reader.note(Kind::Person, it.person.id));
            serde_json::to_writer(out, &Expanded { object: &**object, embedded })?;
        }
        Object::Group(object) => {
            let embedded = reader.group_embedded(object.id);
            embedded.assignment_roles.iter().flatten().for_each(|it| reader.note(Kind::Duty, it.duty.id));
            serde_json::to_writer(out, &Expanded { object, embedded })?;
        }
        Object::Duty(object) => {
            let embedded = reader.duty_embedded(object);
            embedded.person.iter().for_each(|it| reader.note(Kind::Person, it.id));
            serde_json::to_writer(out, &Expanded { object, embedded })?;
        }
        Object::Placement(object) => {
            let embedded = reader.placement_embedded(object, expand);
            let persons = embedded.child.iter().chain(embedded.owners.iter().flatten());
            persons.for_each(|it| reader.note(Kind::Person, it.id));
            serde_json::to_writer(out, &Expanded { object, embedded })?;
        }
        Object::Activity(object) => {
            let embedded = reader.activity_embedded(object, expand);
            embedded.groups.iter().flatten().for_each(|it| reader.note(Kind::Group, it.id));
            serde_json::to_writer(out, &Expanded { object, embedded })?;
        }
    }
    Ok(())
}

/// What an object is sorted by. What it has not stands last, whichever way the rest goes.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Text(String),
    Day(Day),
    Nothing,
}

impl Order {
    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        match (self, other) {
            (Self::Nothing, _) | (_, Self::Nothing) => self.cmp(other),
            _ if descending => other.cmp(self),
            _ => self.cmp(other),
        }
    }

    fn text(text: &str) -> Self {
        Self::Text(folded(text))
    }

    fn day(day: Option<Day>) -> Self {
        day.map_or(Self::Nothing, Self::Day)
    }
}

fn order(key: &str, object: &Object<'_>) -> Order {
    let what = key.trim_end_matches("Asc").trim_end_matches("Desc");
    if what == "Modified" {
        // Times are written in UTC with a fixed number of digits, so that their text sorts as they do.
        return Order::Text(object.meta().modified.clone().into_owned());
    }
    match (object, what) {
        (Object::Organisation(it), "DisplayName") => Order::text(&it.display_name),
        (Object::Group(it), "DisplayName") => Order::text(&it.display_name),
        (Object::Activity(it), "DisplayName") => Order::text(&it.display_name),
        (Object::Person(it), "DisplayName") => Order::text(&format!("{} {}", it.given_name, it.family_name)),
        (Object::Person(it), "GivenName") => Order::text(&it.given_name),
        (Object::Person(it), "FamilyName") => Order::text(&it.family_name),
        (Object::Person(it), "CivicNo") => {
            it.civic_no.as_ref().map_or(Order::Nothing, |it| Order::Text(bare(&it.value)))
        }
        (Object::Group(it), "StartDate") => Order::Day(it.start_date),
        (Object::Group(it), "EndDate") => Order::day(it.end_date),
        (Object::Duty(it), "StartDate") => Order::Day(it.start_date),
        (Object::Placement(it), "StartDate") => Order::Day(it.start_date),
        (Object::Placement(it), "EndDate") => Order::day(it.end_date),
        _ => Order::Nothing,
    }
}

/// What a look-up asks for: any of it.
#[derive(Debug, Default)]
struct Keys {
    ids: BTreeSet<Uuid>,
    /// Other keys that are ids, by name.
    others: Vec<(&'static str, BTreeSet<Uuid>)>,
    /// Keys that are text, by name.
    texts: Vec<(&'static str, BTreeSet<String>)>,
}

impl Keys {
    /// Reads a body: an object of lists. Nothing of it is ever told again.
    fn read(operation: &Operation, body: &[u8]) -> Result<Self, Error> {
        const OBJECT: Error = Error::invalid("INVALID_BODY", "The body is a JSON object of lists of text.");
        const UNKNOWN: Error = Error::invalid("INVALID_BODY", "The body has a key that this look-up does not know.");
        let lists: std::collections::BTreeMap<String, Vec<String>> =
            serde_json::from_slice(body).map_err(|_| OBJECT)?;
        if lists.values().map(Vec::len).sum::<usize>() > LOOKUP {
            let why = "At most 10000 keys are looked up at once.";
            return Err(Error::new(ErrorKind::Overloaded, "TOO_LARGE", why));
        }
        let mut keys = Self::default();
        for (name, list) in lists {
            let (name, of) = operation.keys.iter().find(|it| it.0 == name).ok_or(UNKNOWN)?;
            if *of == Type::Text {
                let bare = |it: String| if *name == "civicNos" { bare(&it) } else { it };
                keys.texts.push((name, list.into_iter().map(bare).collect()));
                continue;
            }
            let ids: Option<BTreeSet<Uuid>> = list.iter().map(|it| parameters::id(it)).collect();
            let ids = ids.ok_or_else(|| Error::invalid("INVALID_BODY", "An id is a UUID."))?;
            match *name {
                "ids" => keys.ids = ids,
                _ => keys.others.push((name, ids)),
            }
        }
        Ok(keys)
    }

    /// The ids of what is asked for, ascending. Some may be of nothing that the caller sees.
    fn found(&self, kind: Kind, reader: &Reader<'_>) -> BTreeSet<Uuid> {
        let mut found = self.ids.clone();
        for (name, ids) in &self.others {
            match *name {
                "personIds" => found.extend(ids.iter().flat_map(|it| reader.placements_of(*it))),
                _ => found.extend(all(kind, reader).filter(|it| has_id(it, name, ids, reader)).map(|it| it.id())),
            }
        }
        for (name, texts) in &self.texts {
            match *name {
                "civicNos" => {
                    let known = texts.iter().flat_map(|it| reader.view().known_by(Key::Civic, it));
                    let has = |it: &Uuid| {
                        let number = reader.person(*it).and_then(|it| it.civic_no.map(|it| bare(&it.value)));
                        number.is_some_and(|it| texts.contains(&it))
                    };
                    found.extend(known.filter(has));
                }
                _ => found.extend(all(kind, reader).filter(|it| has_code(it, name, texts)).map(|it| it.id())),
            }
        }
        found
    }
}

fn all<'s>(kind: Kind, reader: &'s Reader<'_>) -> impl Iterator<Item = Object<'s>> {
    reader.view().ids(kind, None).filter_map(move |it| reader.object(kind, it))
}

fn has_id(object: &Object<'_>, name: &str, ids: &BTreeSet<Uuid>, reader: &Reader<'_>) -> bool {
    match (object, name) {
        (Object::Activity(it), "teachers") => it.teachers.iter().any(|it| ids.contains(&it.duty.id)),
        (Object::Activity(it), "members") => is_member(it, ids, reader),
        _ => false,
    }
}

fn has_code(object: &Object<'_>, name: &str, codes: &BTreeSet<String>) -> bool {
    let Object::Organisation(it) = object else { return false };
    let code = match name {
        "schoolUnitCodes" => &it.school_unit_code,
        "organisationCodes" => &it.organisation_code,
        _ => return false,
    };
    code.as_ref().is_some_and(|it| codes.contains(&**it))
}
