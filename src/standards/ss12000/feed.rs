//! SS12000 2.1, what consumers hear of changes: what has gone, subscriptions, and what they report back.
//!
//! Names are those of the standard, `activitites` and `timeOfOccurance` too.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    bodies::{self, Property},
    context::{Consumer, Rights},
    ledger::{Book, Deletion},
    view::{Caller, Kind},
};
use crate::source::{
    ledger::{Digest, LedgerError, Moment},
    report::{Report, Reports},
    subscription::{Progress, Subscription, Subscriptions, Targets},
};

/// Types of objects that a consumer may subscribe to and report about; the kinds that are served among them.
pub const RESOURCES: &[(&str, Option<Kind>)] = &[
    ("Absence", None),
    ("AttendanceEvent", None),
    ("Attendance", None),
    ("Grade", None),
    ("CalendarEvent", None),
    ("AttendanceSchedule", None),
    ("Resource", None),
    ("Room", None),
    ("Activity", Some(Kind::Activity)),
    ("Duty", Some(Kind::Duty)),
    ("Placement", Some(Kind::Placement)),
    ("StudyPlan", None),
    ("Programme", None),
    ("Syllabus", None),
    ("SchoolUnitOffering", None),
    ("Group", Some(Kind::Group)),
    ("Person", Some(Kind::Person)),
    ("Organisation", Some(Kind::Organisation)),
];

/// Their names alone.
pub const RESOURCE_NAMES: [&str; RESOURCES.len()] = {
    let mut names = [""; RESOURCES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = RESOURCES[at].0;
        at += 1;
    }
    names
};

/// The kind that a type is served as: none for a type that is not served.
#[must_use]
pub fn resource(name: &str) -> Option<Option<Kind>> {
    RESOURCES.iter().find(|it| it.0 == name).map(|it| it.1)
}

/// The type of a kind.
#[must_use]
pub fn resource_of(kind: Kind) -> &'static str {
    RESOURCES.iter().find(|it| it.1 == Some(kind)).map_or("", |it| it.0)
}

/// Why a consumer is refused: a code for machines and a text that holds nothing of what was sent.
#[derive(Debug)]
pub enum Refusal {
    /// 400: the request is at fault.
    Invalid(&'static str, &'static str),
    /// 403: it is too much for this caller.
    Forbidden(&'static str, &'static str),
    /// 404 without a body.
    NotFound,
    /// 410: it has been forgotten.
    Gone(&'static str, &'static str),
    /// 503: it cannot be kept.
    Failed(LedgerError),
}

impl From<LedgerError> for Refusal {
    fn from(why: LedgerError) -> Self {
        Self::Failed(why)
    }
}

const BODY: &str = "INVALID_BODY";

/// What is asked of `/deletedEntities`.
#[derive(Debug, Clone, Default)]
pub struct DeletedSince {
    /// Later than this moment.
    pub after: Option<DateTime<Utc>>,
    /// The caller may see what it may see now since this moment; 0 if always.
    pub sees_since: Moment,
    /// Only these types; all, if there are none.
    pub entities: Vec<String>,
    /// Behind this place of the order: where the last page ended.
    pub from: Option<Deletion>,
    /// At most so many ids.
    pub limit: usize,
}

/// A page of what has gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletedPage {
    /// Ids by the names of the standard.
    pub data: BTreeMap<&'static str, Vec<Uuid>>,
    /// Where the next page goes on, if there is one.
    #[serde(skip)]
    pub next: Option<Deletion>,
}

/// A page of what has gone for a caller, in the order in which it went.
///
/// # Errors
/// A type that the standard does not know. A moment before which deletions have been forgotten, or the caller could see something
/// else: then a consumer must read everything anew.
pub fn deleted(book: &Book, caller: &Caller, asked: &DeletedSince) -> Result<DeletedPage, Refusal> {
    let DeletedSince { after, sees_since, entities, from, limit } = asked;
    let known =
        |it: &String| resource(it).ok_or(Refusal::Invalid("INVALID_FILTER", "There is no such type of object."));
    let mut kinds: Vec<Kind> = Vec::new();
    for entity in entities {
        kinds.extend(known(entity)?);
    }
    if entities.is_empty() {
        kinds.extend(RESOURCES.iter().filter_map(|it| it.1));
    }
    let after = after.map(|it| it.timestamp_millis());
    let asked_from = after.or(from.map(|it| it.at));
    if book.forgotten() > 0 && asked_from.is_some_and(|it| it < book.forgotten()) {
        let why = "What was deleted then is no longer known: read everything anew, and go on from there.";
        return Err(Refusal::Gone("DELETIONS_FORGOTTEN", why));
    }
    if *sees_since > 0 && after.is_some_and(|it| it < *sees_since) {
        let why = "What the caller may see has changed since then: read everything anew, and go on from there.";
        return Err(Refusal::Gone("RIGHTS_CHANGED", why));
    }
    let mut gone = book.deletions(&kinds, after, &book.sight(caller));
    gone.retain(|it| from.is_none_or(|from| *it > from));
    let more = gone.len() > *limit;
    gone.truncate(*limit);
    let mut data: BTreeMap<&'static str, Vec<Uuid>> = BTreeMap::new();
    for Deletion { kind, id, .. } in &gone {
        data.entry(deleted_name(*kind)).or_default().push(*id);
    }
    Ok(DeletedPage { data, next: gone.last().copied().filter(|_| more) })
}

/// What a caller may see, and how it is told, as a digest.
#[must_use]
pub fn sight(caller: &Caller) -> Digest {
    let Caller { rights, institutions, consumer } = caller;
    let Rights { civil_numbers, real_names, responsibles, contact_data } = rights;
    let Consumer { school_unit_code, old_duty_roles } = consumer;
    let told = [civil_numbers, real_names, responsibles, contact_data, school_unit_code, old_duty_roles];
    let mut hash = Sha256::new_with_prefix(told.map(|it| u8::from(*it)));
    hash.update([u8::from(institutions.is_some())]);
    for institution in institutions.iter().flatten() {
        hash.update(institution.as_str());
        hash.update(b",");
    }
    let mut half = Digest::default();
    half.copy_from_slice(&hash.finalize()[..16]);
    half
}

/// The name of a kind among what has gone.
#[must_use]
pub const fn deleted_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Organisation => "organisations",
        Kind::Person => "persons",
        Kind::Group => "groups",
        Kind::Duty => "duties",
        Kind::Placement => "placements",
        Kind::Activity => "activitites",
    }
}

/// Who keeps what consumers say.
pub struct Feed {
    /// Who keeps subscriptions.
    pub subscriptions: Arc<dyn Subscriptions>,
    /// Who keeps reports.
    pub reports: Arc<dyn Reports>,
    /// Who knows where notices may be sent.
    pub targets: Arc<dyn Targets>,
    /// What subscriptions are bound by.
    pub terms: Terms,
}

/// What subscriptions are bound by.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How long one lasts.
    pub life: TimeDelta,
    /// How many a caller may have.
    pub most: usize,
}

impl Default for Terms {
    fn default() -> Self {
        Self { life: TimeDelta::days(30), most: 20 }
    }
}

/// Makes a subscription. It hears of what happens after `told`, the moment that the present state is of. Answers the object.
///
/// # Errors
/// A body that is none, a target where nothing may be sent, or one subscription too many. May wait for the network.
pub fn subscribe(
    body: &[u8],
    (caller, told, now): (&str, Moment, DateTime<Utc>),
    targets: &dyn Targets,
    terms: Terms,
    keeper: &dyn Subscriptions,
) -> Result<Vec<u8>, Refusal> {
    let body = object(body)?;
    let name = needed(&body, bodies::NAME)?;
    let target = needed(&body, bodies::TARGET)?;
    let resources = resource_types(&body)?;
    // Before anybody is asked for an address, which may take a while.
    if keeper.subscriptions(Some(caller))?.iter().filter(|it| it.expires > now).count() >= terms.most {
        return Err(MANY);
    }
    targets.vet(target).map_err(|why| Refusal::Invalid("INVALID_TARGET", why))?;
    let new = Subscription {
        id: Uuid::new_v4(),
        caller: caller.to_owned(),
        name: name.to_owned(),
        target: target.to_owned(),
        resources,
        created: now,
        expires: now + terms.life,
        progress: Progress { told, ..Progress::default() },
    };
    if !keeper.subscribe(&new, terms.most)? {
        return Err(MANY);
    }
    Ok(written(&new))
}

const MANY: Refusal = Refusal::Forbidden("SUBSCRIPTION_LIMIT", "The caller has as many subscriptions as it may.");

/// Both lists of objects and lists of words are sent, as the standard and its own example have it.
fn resource_types(body: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    const WHY: Refusal = Refusal::Invalid(BODY, bodies::RESOURCE_TYPES.refused());
    let list =
        body.get(bodies::RESOURCE_TYPES.name).and_then(Value::as_array).filter(|it| !it.is_empty()).ok_or(WHY)?;
    let mut resources: Vec<String> = Vec::new();
    for one in list {
        let name = one.as_str().or_else(|| one.get("resource").and_then(Value::as_str)).ok_or(WHY)?;
        resource(name).ok_or(WHY)?;
        if !resources.iter().any(|it| it == name) {
            resources.push(name.to_owned());
        }
    }
    Ok(resources)
}

/// Some of a caller's subscriptions, each as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// In the order of their ids.
    pub subscriptions: Vec<Vec<u8>>,
    /// The last of them, if there are more.
    pub last: Option<Uuid>,
}

/// Up to `limit` of a caller's subscriptions behind an id.
///
/// # Errors
/// Whoever keeps them cannot.
pub fn subscriptions(
    caller: &str,
    after: Option<Uuid>,
    limit: usize,
    now: DateTime<Utc>,
    keeper: &dyn Subscriptions,
) -> Result<Listed, Refusal> {
    let mut all = keeper.subscriptions(Some(caller))?;
    all.retain(|it| it.expires > now && after.is_none_or(|after| it.id > after));
    let more = all.len() > limit;
    let last = all.iter().take(limit).next_back().map(|it| it.id).filter(|_| more);
    Ok(Listed { subscriptions: all.iter().take(limit).map(written).collect(), last })
}

/// One of a caller's subscriptions.
///
/// # Errors
/// There is none, or it has lapsed.
pub fn subscription(
    caller: &str,
    id: Uuid,
    now: DateTime<Utc>,
    keeper: &dyn Subscriptions,
) -> Result<Vec<u8>, Refusal> {
    let all = keeper.subscriptions(Some(caller))?;
    all.iter().find(|it| it.id == id && it.expires > now).map(written).ok_or(Refusal::NotFound)
}

/// Lets a subscription last anew, whatever the body says; one that was suspended is told again.
///
/// # Errors
/// There is none, or it has lapsed.
pub fn renew(
    caller: &str,
    id: Uuid,
    now: DateTime<Utc>,
    terms: Terms,
    keeper: &dyn Subscriptions,
) -> Result<Vec<u8>, Refusal> {
    subscription(caller, id, now, keeper)?;
    keeper.renew(caller, id, now + terms.life)?.as_ref().map(written).ok_or(Refusal::NotFound)
}

/// Ends a subscription.
///
/// # Errors
/// There is none.
pub fn unsubscribe(caller: &str, id: Uuid, keeper: &dyn Subscriptions) -> Result<(), Refusal> {
    if keeper.unsubscribe(caller, id)? { Ok(()) } else { Err(Refusal::NotFound) }
}

fn written(subscription: &Subscription) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Written<'s> {
        id: Uuid,
        expires: String,
        name: &'s str,
        target: &'s str,
        resource_types: Vec<Resource<'s>>,
    }
    #[derive(Serialize)]
    struct Resource<'s> {
        resource: &'s str,
    }
    let Subscription { id, name, target, resources, expires, .. } = subscription;
    let written = Written {
        id: *id,
        expires: expires.to_rfc3339_opts(SecondsFormat::Millis, true),
        name,
        target,
        resource_types: resources.iter().map(|resource| Resource { resource }).collect(),
    };
    serde_json::to_vec(&written).unwrap_or_default()
}

/// What a notice says. None, if there is nothing to tell.
#[must_use]
pub fn notice(book: &Book, caller: &Caller, subscription: &Subscription, style: Style) -> Option<Vec<u8>> {
    let news = book.news(subscription.progress.told, &book.sight(caller));
    let is_asked = |it: &Kind| subscription.resources.iter().any(|name| name == resource_of(*it));
    let modified: Vec<&str> = news.modified.iter().filter(|it| is_asked(it)).map(|it| resource_of(*it)).collect();
    let deleted = match style {
        Style::Standard => news.deleted.iter().any(is_asked),
        Style::Skolverket => !news.deleted.is_empty(),
    };
    if modified.is_empty() && !deleted {
        return None;
    }
    let body = match style {
        Style::Standard => json!({ "modifiedEntites": modified, "deletedEntities": deleted }),
        Style::Skolverket if modified.is_empty() => json!({ "deletedEntities": true }),
        Style::Skolverket if !deleted => json!({ "modifiedEntities": modified }),
        Style::Skolverket => json!({ "modifiedEntities": modified, "deletedEntities": true }),
    };
    serde_json::to_vec(&body).ok()
}

/// How notices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// As the standard has it: `modifiedEntites`, and deletions of the types that were asked for.
    #[default]
    Standard,
    /// As receivers of Skolverket's reference know it: `modifiedEntities`, all deletions, and nothing of what has not happened.
    Skolverket,
}

/// Reports that are kept of each caller.
pub const REPORTS: usize = 1000;

/// Takes in a message about what was fetched (`POST /log`).
///
/// # Errors
/// A body that is none.
pub fn log(body: &[u8], caller: &str, now: DateTime<Utc>, keeper: &dyn Reports) -> Result<(), Refusal> {
    let body = object(body)?;
    let mut entry = Map::new();
    entry.insert(bodies::MESSAGE.name.to_owned(), needed(&body, bodies::MESSAGE)?.into());
    let level = needed(&body, bodies::SEVERITY)?;
    if !bodies::SEVERITIES.contains(&level) {
        return Err(Refusal::Invalid(BODY, bodies::SEVERITY.refused()));
    }
    entry.insert(bodies::SEVERITY.name.to_owned(), level.into());
    if let Some(kind) = text(&body, bodies::MESSAGE_TYPE)? {
        entry.insert(bodies::MESSAGE_TYPE.name.to_owned(), kind.into());
    }
    if let Some(id) = text(&body, bodies::RESOURCE_ID)? {
        let id = Uuid::try_parse(id).map_err(|_| Refusal::Invalid(BODY, "resourceId is a UUID."))?;
        entry.insert(bodies::RESOURCE_ID.name.to_owned(), id.to_string().into());
    }
    about(&body, &bodies::LOG, &mut entry)?;
    keep(entry, "log", caller, now, keeper)
}

/// Takes in counts of what was fetched (`POST /statistics`).
///
/// # Errors
/// A body that is none.
pub fn statistics(body: &[u8], caller: &str, now: DateTime<Utc>, keeper: &dyn Reports) -> Result<(), Refusal> {
    let body = object(body)?;
    let mut entry = Map::new();
    for counted in [bodies::NEW, bodies::UPDATED, bodies::DELETED] {
        let count = body.get(counted.name).and_then(whole);
        let count = count.ok_or(Refusal::Invalid(BODY, counted.refused()))?;
        entry.insert(counted.name.to_owned(), count.into());
    }
    about(&body, &bodies::STATISTICS, &mut entry)?;
    keep(entry, "statistics", caller, now, keeper)
}

/// A whole number from zero, written as one or with nothing but zeros behind its point.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // neither, between these bounds
fn whole(value: &Value) -> Option<u64> {
    const END: f64 = 18_446_744_073_709_551_616.0;
    let written = value.as_f64().filter(|it| it.fract() == 0.0 && (0.0..END).contains(it));
    value.as_u64().or(written.filter(|_| value.is_f64()).map(|it| it as u64))
}

/// The time as the standard spells its name, or as others do.
fn time_of(body: &Map<String, Value>) -> Result<Option<&str>, Refusal> {
    for name in [bodies::TIME.name, "timeOfOccurence", "timeOfOccurrence"] {
        if let Some(time) = text(body, Property { name, ..bodies::TIME })? {
            return Ok(Some(time));
        }
    }
    Ok(None)
}

/// What both say: about which type, with which question, when.
fn about(body: &Map<String, Value>, of: &[Property], entry: &mut Map<String, Value>) -> Result<(), Refusal> {
    let typed = of.iter().find(|it| it.name == bodies::RESOURCE_TYPE.name).copied().unwrap_or(bodies::RESOURCE_TYPE);
    match text(body, bodies::RESOURCE_TYPE)? {
        Some(name) if resource(name).is_some() => drop(entry.insert(typed.name.to_owned(), name.into())),
        None if typed.missing.is_none() => {}
        Some(_) | None => return Err(Refusal::Invalid(BODY, bodies::TYPED)),
    }
    if let Some(url) = text(body, bodies::RESOURCE_URL)? {
        // What people were looked for by stands behind the question mark.
        let url = url.split(['?', '#']).next().unwrap_or_default();
        entry.insert(bodies::RESOURCE_URL.name.to_owned(), url.into());
    }
    if let Some(time) = time_of(body)? {
        let time = DateTime::parse_from_rfc3339(time);
        let time = time.map_err(|_| Refusal::Invalid(BODY, "timeOfOccurance is a date and a time with an offset."))?;
        let time = time.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Millis, true);
        entry.insert(bodies::TIME.name.to_owned(), time.into());
    }
    Ok(())
}

fn keep(
    entry: Map<String, Value>,
    kind: &str,
    caller: &str,
    now: DateTime<Utc>,
    keeper: &dyn Reports,
) -> Result<(), Refusal> {
    let entry = Value::Object(entry).to_string();
    let report = Report { caller: caller.to_owned(), kind: kind.to_owned(), received: now, entry };
    Ok(keeper.report(&report, REPORTS)?)
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) | Err(_) => Err(Refusal::Invalid(BODY, "The body is a JSON object.")),
    }
}

/// A text; none where the property is missing or null.
fn text(body: &Map<String, Value>, property: Property) -> Result<Option<&str>, Refusal> {
    match body.get(property.name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.chars().count() <= property.most => Ok(Some(text)),
        Some(_) => Err(Refusal::Invalid(BODY, bodies::NO_TEXT)),
    }
}

/// A text that must be there.
fn needed(body: &Map<String, Value>, property: Property) -> Result<&str, Refusal> {
    text(body, property)?.ok_or(Refusal::Invalid(BODY, property.refused()))
}
