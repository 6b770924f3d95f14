//! Reading only what has changed: since when is asked, what goes and what comes back, and servers that do not tell.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    Bench, kept, municipality, now,
    server::{Inside, Objects, said},
};

/// A server whose objects change between pulls, and what it says was deleted.
struct Changing {
    objects: Arc<Mutex<Objects>>,
    deleted: Arc<Mutex<Value>>,
    web: Inside,
    bench: Bench,
}

impl Changing {
    fn new() -> Self {
        let objects = Arc::new(Mutex::new(municipality()));
        let deleted = Arc::new(Mutex::new(json!({ "data": [] })));
        let (held, gone) = (objects.clone(), deleted.clone());
        let web = Inside::new(move |asked| match asked.path.as_str() {
            "deletedEntities" => said(200, gone.lock().unwrap()),
            _ => held.lock().unwrap().answer(asked),
        });
        let bench = Bench::with(web.clone(), |it| it.limits.fresh = Duration::ZERO);
        Self { objects, deleted, web, bench }
    }

    /// Who is at the school now.
    fn names(&self) -> Vec<String> {
        let roster = self.bench.roster("101001");
        roster.members.iter().map(|it| it.person.as_ref().unwrap().name.given.to_string()).collect()
    }
}

const LATER: &str = "2026-12-01T00:00:00Z";

#[test]
fn what_has_changed_is_read_and_nothing_else() {
    let changing = Changing::new();
    assert_eq!(changing.names().len(), 3);
    let whole = changing.web.count("persons");
    {
        let mut objects = changing.objects.lock().unwrap();
        let alma = objects.get("persons", "alma");
        (alma["givenName"], alma["meta"]["modified"]) = (json!("Alma Maria"), json!(LATER));
        objects.get("persons", "bo")["givenName"] = json!("Unseen");
        // Somebody new, of whom only the duty is told at first.
        let mut new = objects.get("persons", "lars").clone();
        (new["id"], new["givenName"], new["externalIdentifiers"]) = (json!("ny"), json!("Ny"), json!([]));
        let mut duty = objects.get("duties", "d1").clone();
        (duty["id"], duty["person"]["id"], duty["meta"]["modified"]) = (json!("d2"), json!("ny"), json!(LATER));
        objects.add("persons", new).add("duties", duty);
    }
    let mut names = changing.names();
    names.sort();
    assert_eq!(names, ["Alma Maria", "Bo", "Lars", "Ny"]);
    let asked = changing.web.of("persons");
    assert_eq!(asked.len(), whole + 1, "one question for all changes");
    let since: DateTime<Utc> = asked.last().unwrap().query["meta.modified.after"].parse().unwrap();
    assert_eq!(now() - since, TimeDelta::minutes(10), "changes may show later than they are dated");
    assert_eq!(changing.web.of("deletedEntities").last().unwrap().query["after"].parse(), Ok(since));
}

/// The overlap cannot be configured away.
#[test]
fn the_overlap_is_ten_minutes_at_least() {
    let objects = municipality();
    let web = Inside::new(move |asked| objects.answer(asked));
    let bench = Bench::with(web.clone(), |it| it.limits.overlap = Duration::ZERO);
    bench.roster("101001");
    let since: DateTime<Utc> = web.of("deletedEntities")[0].query["after"].parse().unwrap();
    assert_eq!(now() - since, TimeDelta::minutes(10));
}

#[test]
fn what_is_deleted_goes_and_what_comes_back_is_there() {
    let changing = Changing::new();
    changing.names();
    *changing.deleted.lock().unwrap() =
        json!({ "data": { "persons": ["bo", "alma"], "activitites": ["a1"] }, "pageToken": null });
    {
        let mut objects = changing.objects.lock().unwrap();
        objects.0.get_mut("persons").unwrap().retain(|it| it["id"] != "bo");
        objects.get("persons", "alma")["meta"]["modified"] = json!(LATER);
    }
    let mut names = changing.names();
    names.sort();
    assert_eq!(names, ["Alma", "Lars"], "Alma was deleted and has come back");
    let roster = kept(&changing.bench.store, "101001").unwrap();
    assert_eq!(super::groups(super::member(&roster, "Lars")), [""; 0]);
}

/// Lists are read one after the other. What changed between them is read once more, so that they fit together.
#[test]
fn what_changes_during_a_walk_is_seen_once_and_as_it_became() {
    let objects = Arc::new(Mutex::new(municipality()));
    let held = objects.clone();
    let web = Inside::new(move |asked| {
        let mut objects = held.lock().unwrap();
        // After the persons, before the groups: Alma changes her name, and Bo leaves for good.
        if asked.path == "groups"
            && asked.query.contains_key("endDate.onOrAfter")
            && !asked.query.contains_key("pageToken")
        {
            let alma = objects.get("persons", "alma");
            (alma["givenName"], alma["meta"]["modified"]) = (json!("Alma Ny"), json!(LATER));
            objects.0.get_mut("persons").unwrap().retain(|it| it["id"] != "bo");
        }
        if asked.path == "deletedEntities" {
            return said(200, json!({ "data": { "persons": ["bo"] } }));
        }
        objects.answer(asked)
    });
    let bench = Bench::new(web);
    let roster = bench.roster("101001");
    let names: Vec<_> = roster.members.iter().map(|it| it.person.as_ref().unwrap().name.given.to_string()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"Alma Ny".to_owned()), "{names:?}");
}

/// A server that does not tell of deletions, or of changes, is read whole each time.
#[test]
fn servers_that_do_not_tell_are_read_whole() {
    for refuses in ["deletedEntities", "meta.modified.after"] {
        let objects = municipality();
        let web = Inside::new(move |asked| {
            if asked.path == refuses || asked.query.contains_key(refuses) {
                return said(if refuses == "deletedEntities" { 404 } else { 400 }, "");
            }
            objects.answer(asked)
        });
        let bench = Bench::with(web.clone(), |it| it.limits.fresh = Duration::ZERO);
        bench.roster("101001");
        bench.roster("101001");
        let walks = web.of("organisations").iter().filter(|it| it.query.len() == 1).count();
        assert_eq!(walks, 2, "{refuses}");
    }
}

/// From time to time everything is read whole again, so that nothing is missed for ever.
#[test]
fn everything_is_read_again_after_a_while() {
    let objects = municipality();
    let web = Inside::new(move |asked| objects.answer(asked));
    let bench =
        Bench::with(web.clone(), |it| (it.limits.fresh, it.limits.full_every) = (Duration::ZERO, Duration::ZERO));
    bench.roster("101001");
    bench.roster("101001");
    assert_eq!(web.of("organisations").iter().filter(|it| it.query.len() == 1).count(), 2);
}

/// An unchanged server changes nothing in the store.
#[test]
fn a_pull_of_the_same_moves_nothing() {
    let changing = Changing::new();
    let done = |outcome| match outcome {
        skolebro::source::intake::Outcome::Done(receipt) => (receipt.added, receipt.changed, receipt.removed),
        held @ skolebro::source::intake::Outcome::Held { .. } => panic!("{held:?}"),
    };
    assert!(done(changing.bench.pull("101001").unwrap()).0 > 5);
    assert_eq!(done(changing.bench.pull("101001").unwrap()), (0, 0, 0));
}
