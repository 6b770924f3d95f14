//! Reading only what has changed: since when is asked, what goes and what comes back, and servers that do not tell.

use std::{
    borrow::Cow,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use skolebro::{
    domain::{Coded, Organisation, OrganisationNumber},
    source::{
        intake::{Keeper, Outcome},
        shelf::Shelf,
        upstream::Upstream,
    },
    store::{self, Store},
};

use super::{
    Bench, crowded, kept, municipality, now,
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
        Self::of(municipality())
    }

    fn of(objects: Objects) -> Self {
        let objects = Arc::new(Mutex::new(objects));
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

fn done(outcome: Outcome) -> (usize, usize, usize) {
    match outcome {
        Outcome::Done(receipt) => (receipt.added, receipt.changed, receipt.removed),
        held @ Outcome::Held { .. } => panic!("{held:?}"),
    }
}

/// An unchanged server changes nothing in the store.
#[test]
fn a_pull_of_the_same_moves_nothing() {
    let changing = Changing::new();
    assert!(done(changing.bench.pull("101001").unwrap()).0 > 5);
    assert_eq!(done(changing.bench.pull("101001").unwrap()), (0, 0, 0));
}

/// What a server has forgotten to tell is read by reading everything.
#[test]
fn a_server_that_has_forgotten_is_read_whole() {
    for forgets in ["deletedEntities", "meta.modified.after"] {
        let objects = Arc::new(Mutex::new(municipality()));
        let held = objects.clone();
        let web = Inside::new(move |asked| {
            if asked.path == forgets || asked.query.contains_key(forgets) {
                return said(410, json!({ "code": "GONE", "message": "" }));
            }
            held.lock().unwrap().answer(asked)
        });
        let bench = Bench::with(web.clone(), |it| it.limits.fresh = Duration::ZERO);
        bench.roster("101001");
        objects.lock().unwrap().get("persons", "alma")["givenName"] = json!("Alma Maria");
        let roster = bench.roster("101001");
        super::member(&roster, "Alma Maria");
        assert_eq!(web.of("organisations").iter().filter(|it| it.query.len() == 1).count(), 2, "{forgets}");
    }
}

/// Takes everybody but Nils out of the other school, as the server tells it.
fn empty(changing: &Changing) {
    let leaves = |id: &Value| id.as_str().is_some_and(|it| it.starts_with('p') && it.len() > 1);
    let gone: Vec<Value> = (0..20).map(|it| json!(format!("p{it}"))).collect();
    let mut objects = changing.objects.lock().unwrap();
    objects.0.get_mut("persons").unwrap().retain(|it| !leaves(&it["id"]));
    let class = objects.get("groups", "7B");
    class["groupMemberships"].as_array_mut().unwrap().retain(|it| !leaves(&it["person"]["id"]));
    class["meta"]["modified"] = json!(LATER);
    *changing.deleted.lock().unwrap() = json!({ "data": { "persons": gone } });
}

/// A pupil who comes to the other school, as the server tells it.
fn arrive(changing: &Changing, id: &str) {
    let mut objects = changing.objects.lock().unwrap();
    let mut person = objects.get("persons", "nils").clone();
    (person["id"], person["externalIdentifiers"]) = (json!(id), json!([]));
    (person["givenName"], person["meta"]["modified"]) = (json!("Ny"), json!(LATER));
    objects.add("persons", person);
    let class = objects.get("groups", "7B");
    class["groupMemberships"].as_array_mut().unwrap().push(json!({ "person": { "id": id } }));
    class["meta"]["modified"] = json!(LATER);
}

fn people(changing: &Changing) -> usize {
    kept(&changing.bench.store, "101002").unwrap().members.len()
}

/// Whoever confirms that many leave confirms it once: what changes afterwards is read and kept as before.
#[test]
fn pulls_go_on_after_many_were_confirmed_to_leave() {
    let other = OrganisationNumber::new("101002");
    let changing = Changing::of(crowded());
    assert_eq!(changing.bench.roster("101002").members.len(), 21);
    empty(&changing);
    assert_eq!(changing.bench.pull("101002").unwrap(), Outcome::Held { leaving: 20, of: 21 });
    assert_eq!(changing.bench.pull("101002").unwrap(), Outcome::Held { leaving: 20, of: 21 }, "it is not forgotten");
    let confirmed = changing.bench.upstream.pull(&other, &changing.bench.store, true).unwrap();
    assert_eq!((done(confirmed).2, people(&changing)), (20, 1));
    arrive(&changing, "ny");
    assert_eq!((done(changing.bench.pull("101002").unwrap()).0, people(&changing)), (1, 2));
    assert_eq!(done(changing.bench.pull("101002").unwrap()), (0, 0, 0));
    assert!(changing.bench.store.held().unwrap().is_empty());
}

/// What waits to be confirmed may be older than what is known by then: the next pull says how it is.
#[test]
fn what_was_held_may_be_confirmed_later() {
    let other = OrganisationNumber::new("101002");
    let changing = Changing::of(crowded());
    changing.bench.roster("101002");
    empty(&changing);
    assert!(matches!(changing.bench.pull("101002").unwrap(), Outcome::Held { .. }));
    arrive(&changing, "ny");
    let held = changing.bench.store.held().unwrap();
    assert_eq!(held.len(), 1);
    assert!(changing.bench.store.confirm(&other, &held[0].source).unwrap().is_some());
    assert_eq!(people(&changing), 1);
    assert_eq!((done(changing.bench.pull("101002").unwrap()).0, people(&changing)), (1, 2));
}

/// The register goes before, field by field; where it says nothing the server is believed, and believed again when it says something else.
#[test]
fn the_register_goes_before_what_a_server_tells_of_a_school() {
    let changing = Changing::new();
    let describe = |phone: &str| {
        let mut objects = changing.objects.lock().unwrap();
        let school = objects.get("organisations", "s1");
        (school["phoneNumber"], school["url"]) = (json!(phone), json!("https://skola.example"));
        school["meta"]["modified"] = json!(LATER);
    };
    let told = || {
        let it = changing.bench.roster("101001").organisation;
        (it.name.unwrap().into_owned(), it.web.map(Cow::into_owned), it.phone.map(Cow::into_owned))
    };
    describe("11111111");
    let (web, phone) = (Some("https://skola.example".to_owned()), |it: &str| Some(it.to_owned()));
    assert_eq!(told(), ("Skole 101001".to_owned(), web.clone(), phone("11111111")));
    let mut registered = Organisation::numbered(OrganisationNumber::new("101001"));
    registered.name = Some("Registerskolen".into());
    registered.kind = Coded { code: Some("101".into()), name: Some("Grundskoler".into()) };
    assert_eq!(changing.bench.store.keep_organisations(&[registered.clone()]).unwrap(), 1);
    assert_eq!(told(), ("Registerskolen".to_owned(), web.clone(), phone("11111111")));
    describe("22222222");
    assert_eq!(told(), ("Registerskolen".to_owned(), web.clone(), phone("22222222")));
    registered.phone = Some("33333333".into());
    changing.bench.store.keep_organisations(&[registered.clone()]).unwrap();
    assert_eq!(told(), ("Registerskolen".to_owned(), web.clone(), phone("33333333")));
    let kind = || kept(&changing.bench.store, "101001").unwrap().organisation.kind.code;
    assert_eq!(kind().as_deref(), Some("101"));
    (registered.phone, registered.name) = (None, None);
    changing.bench.store.keep_organisations(&[registered]).unwrap();
    assert_eq!(told(), ("Skole 101001".to_owned(), web, phone("22222222")), "the register no longer tells");
}

/// Shelves that tell how many were made, and how large one of them became.
#[derive(Clone, Default)]
struct Watched(Arc<Mutex<(usize, u64)>>);

impl Watched {
    fn shelf(&self) -> Box<dyn Shelf> {
        self.0.lock().unwrap().0 += 1;
        Box::new(WatchedShelf { within: store::shelf(None), told: self.clone() })
    }

    fn made(&self) -> usize {
        self.0.lock().unwrap().0
    }

    fn largest(&self) -> u64 {
        self.0.lock().unwrap().1
    }
}

struct WatchedShelf {
    within: Box<dyn Shelf>,
    told: Watched,
}

impl Shelf for WatchedShelf {
    fn end(&self) -> u64 {
        self.within.end()
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.within.put(text)?;
        let mut told = self.told.0.lock().unwrap();
        told.1 = told.1.max(self.within.end());
        Ok(())
    }

    fn get(&mut self, at: u64, length: usize, into: &mut String) -> io::Result<()> {
        self.within.get(at, length, into)
    }
}

/// A server that takes the filter by change for nothing, and tells of everything each time; and how many bytes it has told.
fn ignoring() -> (Arc<Mutex<Objects>>, Inside, Arc<AtomicU64>) {
    let objects = Arc::new(Mutex::new(crowded()));
    let (held, bytes) = (objects.clone(), Arc::new(AtomicU64::new(0)));
    let counted = bytes.clone();
    let web = Inside::new(move |asked| {
        let mut asked = asked.clone();
        asked.query.remove("meta.modified.after");
        let said = held.lock().unwrap().answer(&asked);
        counted.fetch_add(said.body.len() as u64, Ordering::Relaxed);
        said
    });
    (objects, web, bytes)
}

/// However much a server tells as changed, what is put aside stays in proportion to what there is.
#[test]
fn what_is_put_aside_does_not_pile_up() {
    let (objects, web, _) = ignoring();
    let watched = Watched::default();
    let shelves = watched.clone();
    let bench = Bench::with(web, move |it| {
        (it.limits.fresh, it.limits.small_shelf) = (Duration::ZERO, 0);
        it.shelves = Box::new(move || shelves.shelf());
    });
    bench.roster("101002");
    let first = watched.largest();
    for number in 0..20 {
        objects.lock().unwrap().get("persons", "alma")["givenName"] = json!(format!("Alma {number}"));
        super::member(&bench.roster("101001"), &format!("Alma {number}"));
    }
    assert!(watched.largest() <= 3 * first, "{} of {first}", watched.largest());
    assert!((4..=11).contains(&watched.made()), "not each time: {}", watched.made());
}

/// A small shelf may hold everything many times over: reading it whole would cost more than it saves.
#[test]
fn little_may_pile_up() {
    let (_, web, _) = ignoring();
    let watched = Watched::default();
    let shelves = watched.clone();
    let bench = Bench::with(web, move |it| {
        it.limits.fresh = Duration::ZERO;
        it.shelves = Box::new(move || shelves.shelf());
    });
    for _ in 0..20 {
        bench.roster("101002");
    }
    assert_eq!(watched.made(), 1);
}

/// What one shelf may take is counted over all that was read onto it; when it is full everything is read anew.
#[test]
fn the_size_of_walks_is_counted_together() {
    let (_, web, bytes) = ignoring();
    let first = {
        Bench::new(web.clone()).roster("101002");
        bytes.load(Ordering::Relaxed)
    };
    let watched = Watched::default();
    let shelves = watched.clone();
    let bench = Bench::with(web, move |it| {
        (it.limits.fresh, it.limits.walk_bytes) = (Duration::ZERO, 2 * first);
        it.shelves = Box::new(move || shelves.shelf());
    });
    for _ in 0..20 {
        bench.roster("101002");
    }
    assert!((4..=11).contains(&watched.made()), "{}", watched.made());
}

/// What readings of changes leave behind in memory goes as well: elements that nobody belongs to any more.
#[test]
fn what_is_no_longer_told_is_forgotten_in_the_end() {
    let objects = Arc::new(Mutex::new(municipality()));
    let held = objects.clone();
    let web = Inside::new(move |asked| held.lock().unwrap().answer(asked));
    let bench = Bench::with(web.clone(), |it| (it.limits.fresh, it.limits.index_bytes) = (Duration::ZERO, 10_000));
    for number in 0..200 {
        {
            let mut objects = objects.lock().unwrap();
            let group = objects.get("groups", "7A-ma");
            (group["organisation"]["id"], group["meta"]["modified"]) = (json!(format!("e{number}")), json!(LATER));
        }
        assert_eq!(bench.roster("101001").members.len(), 3);
    }
    let walks = web.of("organisations").iter().filter(|it| it.query.len() == 1).count();
    assert!((2..=10).contains(&walks), "{walks}");
}
