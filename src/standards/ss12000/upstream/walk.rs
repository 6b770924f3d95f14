//! One walk through a server: all lists page by page, then what was referred to and not told of; or only what has changed.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    Limits,
    catalogue::{Catalogue, Kind},
    client::{Client, with_query},
    page::{self, Page},
    trouble::Trouble,
};
use crate::source::courier::Reply;

/// A walk under way.
pub(super) struct Walk<'w> {
    client: &'w Client,
    limits: &'w Limits,
    into: &'w mut Catalogue,
    started: Instant,
    /// What the server's clock said first.
    pub(super) date: Option<DateTime<Utc>>,
}

/// The relations whose persons are read.
const RELATIONS: [&str; 4] = ["enrolment", "duty", "responsibleFor.enrolment", "placement.child"];

/// Where what has gone is listed.
const DELETED: &str = "deletedEntities";

/// Where persons are looked up.
const LOOKUP_PATH: &str = "persons/lookup";

/// Persons of one look-up.
const LOOKUP: usize = 100;

/// A server that has refused so many, one by one, and has found nobody, finds nobody.
const HOPELESS: usize = 8;

/// Names and values of a query.
type Filters<'f> = [(&'f str, &'f str)];

/// What is done with a page: its text, and then the token of the next one.
type Reading<'r> = dyn FnMut(&mut Catalogue, &str) -> Result<Option<String>, Trouble> + 'r;

impl<'w> Walk<'w> {
    pub(super) fn new(client: &'w Client, limits: &'w Limits, into: &'w mut Catalogue) -> Self {
        Self { client, limits, into, started: Instant::now(), date: None }
    }

    /// Everything that is current on a day.
    pub(super) fn everything(&mut self, today: NaiveDate) -> Result<(), Trouble> {
        let today = today.to_string();
        self.organisations()?;
        self.persons(&today)?;
        for kind in [Kind::Group, Kind::Duty, Kind::Placement, Kind::Activity] {
            self.offered(kind, &[("endDate.onOrAfter", &today)])?;
        }
        self.referred()
    }

    /// The organisations alone.
    pub(super) fn organisations(&mut self) -> Result<(), Trouble> {
        self.list(Kind::Organisation, &[])
    }

    /// Persons by what ties them to a school. A server that does not know such filters is asked for all of them.
    fn persons(&mut self, today: &str) -> Result<(), Trouble> {
        for relation in RELATIONS {
            let filters = [("relationship.entity.type", relation), ("relationship.endDate.onOrAfter", today)];
            match self.pages(Kind::Person.path(), &filters, &mut putting(Kind::Person)) {
                Err(why) if why.is_not_understood() => return self.list(Kind::Person, &[]),
                Err(why) if why.is_not_offered() && relation != RELATIONS[0] => {
                    self.into.pass_over("persons", "the server does not tell of everybody, or not us");
                }
                other => other?,
            }
        }
        Ok(())
    }

    /// A list, where the server offers it.
    fn offered(&mut self, kind: Kind, filters: &Filters<'_>) -> Result<(), Trouble> {
        match self.list(kind, filters) {
            Err(why) if why.is_not_offered() => {
                self.into.pass_over(kind.path(), "the server does not offer them, or not to us");
                Ok(())
            }
            other => other,
        }
    }

    /// A list. What a server does not understand of the question is left out of it, since nothing depends on that.
    fn list(&mut self, kind: Kind, filters: &Filters<'_>) -> Result<(), Trouble> {
        let mut put = putting(kind);
        match self.pages(kind.path(), filters, &mut put) {
            Err(why) if why.is_not_understood() && !filters.is_empty() => self.pages(kind.path(), &[], &mut put),
            other => other,
        }
    }

    /// All pages of a list. A token that is no longer good begins it again, once: what was read already is only read again.
    fn pages(&mut self, path: &'static str, filters: &Filters<'_>, read: &mut Reading<'_>) -> Result<(), Trouble> {
        let mut again = true;
        loop {
            let mut turned = 0;
            match self.run(path, filters, read, &mut turned) {
                Err(Trouble::Status(400 | 404 | 410, _)) if turned > 0 && again => again = false,
                // A token that is refused twice is no fault of the filters.
                Err(Trouble::Status(400 | 404, code)) if turned > 0 => return Err(Trouble::Status(410, code)),
                other => return other,
            }
        }
    }

    fn run(
        &mut self,
        path: &'static str,
        filters: &Filters<'_>,
        read: &mut Reading<'_>,
        turned: &mut usize,
    ) -> Result<(), Trouble> {
        let limit = self.limits.page.to_string();
        let mut token: Option<String> = None;
        // Tokens may be long, and many.
        let mut seen: BTreeSet<[u8; 32]> = BTreeSet::new();
        loop {
            let sized = (self.limits.page > 0).then_some(("limit", limit.as_str()));
            let next = token.as_deref().map(|it| ("pageToken", it));
            let filters = filters.iter().copied().filter(|_| next.is_none());
            let reply = self.ask(path, &with_query(path, filters.chain(sized).chain(next)), None)?;
            let Some(found) = read(self.into, page::text(&reply.body)?)? else { return Ok(()) };
            *turned += 1;
            if *turned >= self.limits.pages {
                return Err(Trouble::Endless("a list has more pages than are read"));
            }
            if !seen.insert(Sha256::digest(&found).into()) {
                return Err(Trouble::Endless("a page token has come before"));
            }
            token = Some(found);
        }
    }

    fn ask(&mut self, list: &'static str, path: &str, body: Option<String>) -> Result<Reply, Trouble> {
        self.in_time()?;
        let reply = self.client.ask(path, body)?;
        self.date = self.date.or(reply.head.date);
        if self.into.brought(reply.body.len() as u64) > self.limits.walk_bytes {
            let most = self.limits.walk_bytes;
            return Err(Trouble::TooMuch { list, what: "bytes than are read", most });
        }
        self.in_time()?;
        Ok(reply)
    }

    fn in_time(&self) -> Result<(), Trouble> {
        if self.started.elapsed() <= self.limits.walk_time {
            return Ok(());
        }
        Err(Trouble::Endless("a walk takes longer than is waited for"))
    }

    /// Asks for the persons whom somebody referred to and nobody has told of. Of whom the server does not say whether they are
    /// there, it is asked again the next time.
    fn referred(&mut self) -> Result<(), Trouble> {
        let mut missing = self.into.take_missing();
        // Ids that a server does not like may look alike: they are not to be asked for one after the other.
        missing.sort_by_cached_key(|it| Sha256::digest(it.as_bytes()));
        let done = self.look_up(&mut missing);
        // Whoever is responsible for those who were found is not asked for: they have no enrolment.
        self.into.take_missing();
        self.into.ask_later(missing)?;
        done
    }

    /// Asks for persons, fewer at a time where the server does not answer for so many. Those whom it refuses stay in the list.
    fn look_up(&mut self, missing: &mut Vec<Box<str>>) -> Result<(), Trouble> {
        let (mut size, mut most) = (LOOKUP, LOOKUP);
        let mut refused: Vec<Box<str>> = Vec::new();
        while !missing.is_empty() {
            let from = missing.len().saturating_sub(size);
            let asked = missing.len() - from;
            match self.persons_with(&missing[from..]) {
                Ok(()) => {
                    missing.truncate(from);
                    self.into.looks_up = true;
                    size = (size * 2).min(most);
                }
                Err(why) if self.is_hopeless(&why, refused.len()) => {
                    self.into.pass_over("persons", "somebody is referred to who is not told of");
                    break;
                }
                Err(why) if asked > 1 && (why.is_for_too_many() || is_about_ids(&why)) => {
                    size = asked / 2;
                    if why.is_for_too_many() {
                        most = size;
                    }
                }
                Err(why) if is_about_ids(&why) => {
                    self.into.pass_over("persons", "the server refuses to look up somebody who is referred to");
                    refused.extend(missing.pop());
                    // It may have been this one that was too much.
                    most = LOOKUP;
                }
                Err(why) => {
                    missing.append(&mut refused);
                    return Err(why);
                }
            }
        }
        missing.append(&mut refused);
        Ok(())
    }

    /// Whether a server that has looked nobody up so far, and refused so many one by one, will not begin to.
    fn is_hopeless(&self, why: &Trouble, refused: usize) -> bool {
        !self.into.looks_up && (why.is_not_offered() || (is_about_ids(why) && refused >= HOPELESS))
    }

    fn persons_with(&mut self, ids: &[Box<str>]) -> Result<(), Trouble> {
        let body = json!({ "ids": ids }).to_string();
        let reply = self.ask(LOOKUP_PATH, LOOKUP_PATH, Some(body))?;
        for object in Page::read(page::text(&reply.body)?)?.objects {
            self.into.put(Kind::Person, object)?;
        }
        Ok(())
    }

    /// What has changed since a moment. False where the server does not tell: then what is known is as it was.
    ///
    /// Deletions come first, so that what has come back is there. They are only marked until the server has shown that it knows the
    /// filter: one that does not must leave everything as it is.
    pub(super) fn changes(&mut self, since: DateTime<Utc>) -> Result<bool, Trouble> {
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let deleted = self.pages(DELETED, &[("after", &since)], &mut |into, text| {
            page::deletions(text, |kind, id| {
                if let Some(kind) = Kind::deleted(kind) {
                    into.mark(kind, id);
                }
            })
        });
        match deleted {
            Err(why) if why.is_not_offered() || cannot_tell(&why) => return Ok(false),
            other => other?,
        }
        let filters = [("meta.modified.after", since.as_str())];
        match self.pages(Kind::Organisation.path(), &filters, &mut putting(Kind::Organisation)) {
            Err(why) if cannot_tell(&why) => return Ok(false),
            other => other?,
        }
        self.into.remove_marked();
        for kind in [Kind::Person, Kind::Group, Kind::Duty, Kind::Placement, Kind::Activity] {
            match self.pages(kind.path(), &filters, &mut putting(kind)) {
                Err(why) if why.is_not_offered() => {}
                Err(why) if cannot_tell(&why) => return Ok(false),
                other => other?,
            }
        }
        self.referred()?;
        Ok(true)
    }
}

/// Whether a look-up is refused for the ids it asks for: the server does not like one of them, or one alone is too much for it.
fn is_about_ids(why: &Trouble) -> bool {
    why.is_not_understood() || why.is_not_offered() || matches!(why, Trouble::Status(413, _))
}

/// Whether the server cannot say what has changed, or not since then: everything is to be read instead.
fn cannot_tell(why: &Trouble) -> bool {
    why.is_not_understood() || why.is_forgotten()
}

/// Puts the objects of each page into the catalogue.
fn putting(kind: Kind) -> impl FnMut(&mut Catalogue, &str) -> Result<Option<String>, Trouble> {
    move |into, text| {
        let Page { objects, token } = Page::read(text)?;
        for object in objects {
            into.put(kind, object)?;
        }
        Ok(token)
    }
}

/// From when on changes are asked for: some time before the last walk began, since changes may show later than they are dated.
pub(super) fn cursor(began: DateTime<Utc>, overlap: Duration) -> DateTime<Utc> {
    chrono::TimeDelta::from_std(overlap).map_or(began, |it| began - it)
}
