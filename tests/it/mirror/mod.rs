//! A client that keeps a mirror of what it may see by the filters on `meta`, page tokens and deletedEntities alone, while imports
//! come and go: after every step its mirror is what the server holds.
//!
//! `SKOLEBRO_MIRROR_STEPS` says how many steps; without it there are some hundred. `SKOLEBRO_MIRROR_SEED` says which ones.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use chrono::{SecondsFormat, TimeDelta};
use serde_json::Value;
use skolebro::{
    domain::{
        Address, CivilId, CivilIdKind, CountryCode, Employment, Member, Organisation, OrganisationNumber, Person,
        PersonName, Protection, StaffRole, Tie, UserId,
    },
    source::{
        intake::{Keeper, Mode},
        told::Told,
    },
    standards::ss12000::{
        context::{Consumer, Options, Rights},
        serve::{Choices, ErrorKind, Request, Service},
        view::Caller,
    },
    store::{Sqlite, Store},
};

use world::{NUMBERS, Server, World, pupil};
pub(crate) use world::{School, now};

mod reader;
mod world;

fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the store waited"),
    }
}

const KINDS: [&str; 6] = ["organisations", "persons", "groups", "duties", "placements", "activities"];

/// Objects by list and id.
type Objects = BTreeMap<(&'static str, String), Value>;

/// Somebody who keeps a mirror.
struct Client {
    name: &'static str,
    caller: Caller,
    /// In which order pages are asked for.
    order: Option<&'static str>,
    cursor: Option<String>,
    mirror: Objects,
    /// How often everything had to be read anew.
    anew: usize,
    told: BTreeMap<&'static str, Fates>,
}

/// How often a client was told of a kind of objects that they came, changed, went, or came back; and who went.
#[derive(Default)]
struct Fates {
    came: usize,
    changed: usize,
    went: BTreeMap<String, usize>,
    back: usize,
}

/// The walk cannot go on: its token was of a server that has begun anew.
#[derive(Debug)]
struct Gone;

fn ask(service: &Service, store: &Sqlite, client: &Client, path: &str, query: &[(&str, &str)]) -> Result<Value, Gone> {
    let (told, Client { name, caller, .. }) = (Told::default(), client);
    let request = Request { method: "GET", path: &[path], query, body: b"", caller, name, told: &told, now: now() };
    match at_once(service.answer(store, request)) {
        Ok(answer) => Ok(serde_json::from_slice(&answer.body).unwrap()),
        Err(it) if matches!(it.kind, ErrorKind::Gone) => Err(Gone),
        Err(it) => panic!("{path} {query:?}: {it}"),
    }
}

impl Client {
    /// Every page of a list; `between` happens after each.
    fn pages(
        &self,
        server: &mut Server,
        path: &str,
        query: &[(&str, &str)],
        between: &mut dyn FnMut(&mut Server),
    ) -> Result<Vec<Value>, Gone> {
        let mut all = vec![ask(&server.service, &server.store, self, path, query)?];
        let limit = query.iter().find(|it| it.0 == "limit").copied();
        while let Some(token) = all.last().and_then(|it| it["pageToken"].as_str()).map(ToOwned::to_owned) {
            between(server);
            let query: Vec<(&str, &str)> = limit.into_iter().chain([("pageToken", token.as_str())]).collect();
            all.push(ask(&server.service, &server.store, self, path, &query)?);
        }
        Ok(all)
    }

    /// A walk that cannot go on is begun again, while nothing happens.
    fn walk(
        &self,
        server: &mut Server,
        path: &str,
        query: &[(&str, &str)],
        between: &mut dyn FnMut(&mut Server),
    ) -> Result<Vec<Value>, Gone> {
        let pages = self.pages(server, path, query, between);
        pages.or_else(|Gone| self.pages(server, path, query, &mut |_| {}))
    }

    /// Everything that has gone since then goes. Who is told that this cannot be said reads everything anew.
    fn forget_what_went(&mut self, server: &mut Server, cursor: &str, between: &mut dyn FnMut(&mut Server)) -> bool {
        let query = [("after", cursor), ("limit", "2")];
        let Ok(pages) = self.walk(server, "deletedEntities", &query, between) else {
            self.mirror.clear();
            self.anew += 1;
            return false;
        };
        for page in pages {
            for (kind, ids) in page["data"].as_object().unwrap() {
                let kind = KINDS.into_iter().find(|it| *it == kind).unwrap_or("activities");
                ids.as_array().unwrap().iter().for_each(|id| self.forget(kind, id.as_str().unwrap()));
            }
        }
        true
    }

    fn sync(&mut self, server: &mut Server, mut between: impl FnMut(&mut Server)) {
        let now = || now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut cursor = self.cursor.replace(now());
        if let Some(since) = cursor.clone()
            && !self.forget_what_went(server, &since, &mut between)
        {
            cursor = None;
            self.cursor = Some(now());
        }
        for kind in KINDS {
            let mut query = vec![("limit", "3")];
            query.extend(cursor.as_deref().map(|it| ("meta.modified.after", it)));
            query.extend(self.order.map(|it| ("sortkey", it)));
            for page in self.walk(server, kind, &query, &mut between).unwrap() {
                page["data"].as_array().unwrap().iter().for_each(|object| self.keep(kind, object));
            }
        }
    }

    fn forget(&mut self, kind: &'static str, id: &str) {
        if self.mirror.remove(&(kind, id.to_owned())).is_some() {
            *self.told.entry(kind).or_default().went.entry(id.to_owned()).or_default() += 1;
        }
    }

    fn keep(&mut self, kind: &'static str, object: &Value) {
        let id = object["id"].as_str().unwrap().to_owned();
        let told = self.told.entry(kind).or_default();
        let went = told.went.contains_key(&id);
        match self.mirror.insert((kind, id), object.clone()) {
            Some(before) => told.changed += usize::from(before != *object),
            None if went => told.back += 1,
            None => told.came += 1,
        }
    }

    /// Everything that the caller may see.
    fn everything(&self, service: &Service, store: &Sqlite) -> Objects {
        let mut all = Objects::new();
        for kind in KINDS {
            let page = ask(service, store, self, kind, &[("limit", "1000")]).unwrap();
            for object in page["data"].as_array().unwrap() {
                all.insert((kind, object["id"].as_str().unwrap().to_owned()), object.clone());
            }
        }
        all
    }
}

fn without_meta(objects: &Objects) -> Objects {
    let mut objects = objects.clone();
    objects.values_mut().for_each(|it| drop(it.as_object_mut().unwrap().remove("meta")));
    objects
}

/// Says only what differs: there is much that does not.
fn same(mirror: &Objects, held: &Objects, which: &str) {
    let keys = mirror.keys().chain(held.keys());
    let mut different = keys.filter(|it| mirror.get(*it) != held.get(*it));
    if let Some(key) = different.next() {
        let shown = |of: &Objects| of.get(key).map(ToString::to_string).unwrap_or_default();
        panic!("{which}: {key:?}\nmirror {}\nserver {}", shown(mirror), shown(held));
    }
}

fn clients() -> [Client; 4] {
    let client = |name, rights, institutions: Option<&[&'static str]>, order| Client {
        name,
        caller: Caller {
            rights,
            institutions: institutions.map(|all| all.iter().map(|it| OrganisationNumber::new(*it)).collect()),
            consumer: Consumer::default(),
        },
        order,
        cursor: None,
        mirror: Objects::new(),
        anew: 0,
        told: BTreeMap::new(),
    };
    [
        client("everything", Rights::ALL, None, None),
        client("two schools", Rights::ALL, Some(&["100", "300"]), Some("ModifiedDesc")),
        client("no adults", Rights { responsibles: false, ..Rights::ALL }, None, None),
        client("as little as there is", Rights::default(), Some(&["200"]), None),
    ]
}

#[allow(clippy::disallowed_methods)] // how long a test takes is no setting of the program
fn told_to(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn a_mirror_is_what_the_server_holds_after_every_step() {
    let steps = told_to("SKOLEBRO_MIRROR_STEPS").unwrap_or(120);
    let seed = told_to("SKOLEBRO_MIRROR_SEED").unwrap_or(1);
    let mut server = Server::new();
    let (mut world, mut clients) = (World::new(seed), clients());
    let mut happened: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..steps {
        let mut what = world.step(&mut server);
        let restless = world.dice.roll(4) == 0;
        if world.dice.roll(40) == 0 {
            // Rights of the two who see some schools only, or not everything of people.
            let at = [1, 3][world.dice.roll(2)];
            let schools = [&["100", "300"][..], &["200"], &["100", "200", "300"], &[]][world.dice.roll(4)];
            clients[at].caller.institutions = Some(schools.iter().map(|it| OrganisationNumber::new(*it)).collect());
            clients[at].caller.rights.contact_data = world.dice.roll(2) == 0;
            *happened.entry("other rights").or_default() += 1;
        }
        if restless {
            // Somebody reads while things happen, and again when they have.
            let at = world.dice.roll(clients.len());
            clients[at].sync(&mut server, |server| {
                if world.dice.roll(2) == 0 {
                    what = world.step(server);
                    *happened.entry("within a walk").or_default() += 1;
                }
            });
        }
        *happened.entry(what).or_default() += 1;
        // Without a ledger, and knowing nothing of what was before.
        let plain = Service::new(Options::default(), Choices::default());
        for client in &mut clients {
            let which = format!("{} at step {number}, seed {seed}: {what}", client.name);
            client.sync(&mut server, |_| {});
            let held = client.everything(&server.service, &server.store);
            same(&client.mirror, &held, &which);
            let plain = client.everything(&plain, &server.store);
            same(&without_meta(&held), &without_meta(&plain), &format!("{which}, without a ledger"));
        }
        if !restless && world.repeat(what, &server) {
            for client in &mut clients {
                let held = client.everything(&server.service, &server.store);
                same(&client.mirror, &held, &format!("{} at step {number}, seed {seed}, once more", client.name));
            }
        }
    }
    let anew: usize = clients.iter().map(|it| it.anew).sum();
    assert!(steps < 100 || anew > 0, "nobody's rights have changed");
    assert!(clients[0].anew + clients[2].anew == 0, "whose rights stay reads on");
    println!("{anew} times everything was read anew");
    println!("{steps} steps from seed {seed}: {happened:?}");
    for kind in KINDS {
        let Fates { came, changed, went, back } = &clients[0].told[kind];
        println!("{kind}: {came} came, {changed} changed, {} went, {back} came back", went.values().sum::<usize>());
        // Schools stay. What is told of an activity is little, and seldom changes.
        let lives = kind == "organisations" || (!went.is_empty() && *back > 0);
        assert!(steps < 100 || (*came > 0 && lives), "too little happens to {kind}");
        assert!(steps < 400 || *changed > 0, "{kind} stay as they are");
    }
}

#[test]
fn the_same_again_changes_nothing_that_is_told() {
    let mut server = Server::new();
    let mut school = School::default();
    let people = [("a", "Anna"), ("b", "Berta")];
    school.hand_in(&*server.store, "100", &people);
    let [mut client, ..] = clients();
    client.sync(&mut server, |_| {});
    let before = client.mirror.clone();
    school.hand_in(&*server.store, "100", &people);
    let after = client.everything(&server.service, &server.store);
    assert_eq!(before, after);
    let since = client.cursor.clone().unwrap();
    let gone = ask(&server.service, &server.store, &client, "deletedEntities", &[("after", &since)]).unwrap();
    assert_eq!(gone["data"], serde_json::json!({}));
}

/// Of two processes that see the same change the first one says when it was.
#[test]
fn two_processes_tell_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let [one, two] = [(); 2].map(|()| Arc::new(Sqlite::open(&path).unwrap()));
    let serve = |store: &Arc<Sqlite>| {
        Service::new(Options::default(), Choices::default()).with_ledger(store.clone(), TimeDelta::days(400))
    };
    let (first, second) = (serve(&one), serve(&two));
    let [client, ..] = clients();
    let mut school = School::default();
    for people in [&[("a", "Anna"), ("b", "Berta")][..], &[("a", "Carla")], &[("a", "Carla"), ("b", "Berta")]] {
        school.hand_in(&*one, "100", people);
        assert!(two.refresh().unwrap());
        let told = client.everything(&first, &one);
        assert_eq!(told, client.everything(&second, &two));
        let all: &[(&str, &str)] = &[];
        let gone = ask(&first, &one, &client, "deletedEntities", all).unwrap();
        assert_eq!(gone, ask(&second, &two, &client, "deletedEntities", all).unwrap());
    }
}

/// A ledger is kept whole however large, is not undone by whoever has seen less, and forgets what has gone for long enough. With
/// `--nocapture` it tells how long it takes to begin with so many objects.
#[test]
fn a_large_ledger_is_kept_whole_and_undone_by_nobody() {
    use skolebro::source::ledger::{Batch, Change, Keeping, Ledger};
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("store.db")).unwrap();
    let places = [OrganisationNumber::new("100")];
    let change = |it: u32| Change {
        place: 0,
        class: 1,
        id: uuid::Uuid::from_u128(u128::from(it).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)),
        digest: Some([7; 16]),
    };
    let changes: Vec<Change> = (0..100_000).map(change).collect();
    let batch = Batch { since: 0, basis: 0, places: &places, changes: &changes, memory: TimeDelta::days(400) };
    let start = std::time::Instant::now();
    assert!(matches!(store.keep("test", &batch).unwrap(), Keeping::Kept { .. }));
    let written = start.elapsed();
    let start = std::time::Instant::now();
    let kept = store.load("test").unwrap();
    let read = start.elapsed();
    println!("100 000 entries: written in {written:?}, read in {read:?}");
    assert_eq!((kept.entries.len(), kept.places.len()), (100_000, 1));
    assert!(matches!(store.keep("test", &batch).unwrap(), Keeping::Overtaken), "it was compared with an older state");
    let newer = Batch { since: kept.moment, basis: 7, changes: &changes[..1], ..batch };
    assert!(matches!(store.keep("test", &newer).unwrap(), Keeping::Kept { .. }));
    let kept = store.load("test").unwrap();
    let older = Batch { since: kept.moment, basis: 6, ..newer };
    assert!(
        matches!(store.keep("test", &older).unwrap(), Keeping::Overtaken),
        "a newer state is not undone by an older one"
    );
    let batch = Batch { basis: 7, ..batch };
    let changes = [Change { digest: None, ..changes[0] }];
    let batch = Batch { since: kept.moment, changes: &changes, memory: TimeDelta::zero(), ..batch };
    let Keeping::Kept { forgotten, moment } = store.keep("test", &batch).unwrap() else { panic!("overtaken") };
    assert_eq!((forgotten, store.load("test").unwrap().entries.len()), (0, 100_000), "deleted just now");
    std::thread::sleep(std::time::Duration::from_millis(5));
    let later = [Change { id: uuid::Uuid::max(), digest: Some([8; 16]), ..changes[0] }];
    let batch = Batch { since: moment, changes: &later, ..batch };
    let Keeping::Kept { forgotten, .. } = store.keep("test", &batch).unwrap() else { panic!("overtaken") };
    assert_eq!((forgotten, store.load("test").unwrap().entries.len()), (moment, 100_000), "one came, one is forgotten");
}

#[test]
fn who_asks_for_what_is_forgotten_is_told_to_begin_anew() {
    let store = Arc::new(Sqlite::in_memory().unwrap());
    let service = Service::new(Options::default(), Choices::default()).with_ledger(store.clone(), TimeDelta::zero());
    let [client, ..] = clients();
    let mut school = School::default();
    let ask_since = |since: &str| {
        let (told, query) = (Told::default(), [("after", since)]);
        let (path, caller) = (["deletedEntities"], &client.caller);
        let request = Request {
            method: "GET",
            path: &path,
            query: &query,
            body: b"",
            caller,
            name: "m",
            told: &told,
            now: now(),
        };
        at_once(service.answer(&*store, request)).map_err(|it| it.code)
    };
    let long_ago = "2020-01-01T00:00:00Z";
    for people in [&[("a", "Anna"), ("b", "Berta")][..], &[("a", "Anna")]] {
        school.hand_in(&*store, "100", people);
        assert!(ask_since(long_ago).is_ok(), "nothing has been forgotten yet");
    }
    std::thread::sleep(std::time::Duration::from_millis(5));
    let later = now().to_rfc3339_opts(SecondsFormat::Millis, true);
    school.hand_in(&*store, "100", &[("a", "Carla")]);
    assert_eq!(ask_since(long_ago).unwrap_err(), "DELETIONS_FORGOTTEN");
    assert!(ask_since(&later).is_ok());
}

/// Who may see something else than at the last reading is told to read everything anew, and nobody else is.
#[test]
fn whose_rights_have_changed_is_told_to_begin_anew() {
    let mut server = Server::new();
    let mut school = School::default();
    school.hand_in(&*server.store, "100", &[("a", "Anna")]);
    school.hand_in(&*server.store, "300", &[("b", "Berta")]);
    let [mut other, mut client, ..] = clients();
    client.sync(&mut server, |_| {});
    other.sync(&mut server, |_| {});
    let gone = |server: &Server, client: &Client| {
        let after = client.cursor.clone().unwrap();
        ask(&server.service, &server.store, client, "deletedEntities", &[("after", &after)]).is_err()
    };
    // It has read lists only, and never asked what has gone.
    let all = client.caller.institutions.replace(vec![OrganisationNumber::new("100")]);
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert!(gone(&server, &client));
    server.restart();
    assert!(gone(&server, &client), "until it reads anew");
    assert!(!gone(&server, &other));
    client.sync(&mut server, |_| {});
    same(&client.mirror, &client.everything(&server.service, &server.store), "fewer schools");
    assert!(!gone(&server, &client));
    std::thread::sleep(std::time::Duration::from_millis(5));
    client.caller.institutions = all;
    client.caller.rights.contact_data = false;
    assert!(gone(&server, &client), "more schools, and less of people");
    client.sync(&mut server, |_| {});
    same(&client.mirror, &client.everything(&server.service, &server.store), "more schools");
}

/// Somebody with a number of the register.
fn known(number: usize, protection: Protection) -> Person<'static> {
    Person {
        civil_id: Some(CivilId::new(NUMBERS[number], CivilIdKind::Verified, CountryCode::DK)),
        protection,
        ..Person::named(PersonName::new("Anna", "Eksempel"))
    }
}

fn teacher(protection: Protection) -> Member<'static> {
    let roles = vec![StaffRole::Teacher];
    let tie = Employment { roles, initials: None, occupation: None, location: None, groups: Vec::new() };
    Member {
        source: "A".into(),
        local_id: Some("t".into()),
        person: Some(known(0, protection)),
        tie: Some(Tie::Staff(tie)),
        since: None,
    }
}

/// Reads, lets something happen, reads again: then the mirror of each of the clients is what the server holds.
fn follow(steps: &[(&'static str, Vec<Member<'static>>)]) {
    let mut server = Server::new();
    let (mut clients, mut school) = (clients(), School::default());
    for (number, (institution, members)) in steps.iter().enumerate() {
        let heading = school.heading(institution, Mode::Full);
        school.bring(&*server.store, heading, &[], members);
        for client in &mut clients {
            client.sync(&mut server, |_| {});
            let which = format!("{} after step {number}", client.name);
            same(&client.mirror, &client.everything(&server.service, &server.store), &which);
        }
    }
}

/// Whoever sees only one of the schools that mark somebody sees the mark go, although another one comes.
#[test]
fn a_mark_that_moves_from_school_to_school_is_a_change() {
    let (open, hidden) = (|| vec![teacher(Protection::Open)], || vec![teacher(Protection::Protected)]);
    follow(&[("100", open()), ("200", open()), ("300", hidden()), ("200", hidden()), ("300", open()), ("200", open())]);
}

#[test]
fn a_contact_person_may_be_protected_for_one_pupil_only() {
    let pupils = |second: Protection| {
        let member = |number: usize, protection| Member {
            source: "A".into(),
            local_id: Some(format!("p{number}").into()),
            person: Some(known(number, Protection::Open)),
            tie: Some(pupil("7A", vec![known(7, protection)])),
            since: None,
        };
        vec![member(1, Protection::Open), member(2, second)]
    };
    follow(&[
        ("100", pupils(Protection::Protected)),
        ("100", pupils(Protection::Open)),
        ("100", pupils(Protection::Protected)),
    ]);
}

/// A contact person without custody is told of where she teaches only.
#[test]
fn a_mark_where_somebody_is_not_told_of_is_a_change_elsewhere() {
    let child = |protection| {
        let mut tie = pupil("7A", vec![known(0, protection)]);
        if let Tie::Pupil(pupil) = &mut tie {
            pupil.contacts[0].custody = false;
        }
        vec![Member {
            local_id: Some("p".into()),
            person: Some(known(1, Protection::Open)),
            tie: Some(tie),
            ..teacher(protection)
        }]
    };
    let teacher = || vec![teacher(Protection::Open)];
    follow(&[
        ("100", teacher()),
        ("200", child(Protection::Open)),
        ("200", child(Protection::Protected)),
        ("100", teacher()),
        ("200", child(Protection::Open)),
    ]);
}

/// A pupil who becomes protected hides the home of a contact person at every school.
#[test]
fn a_home_that_is_hidden_for_a_child_is_a_change_elsewhere() {
    let home = |person| Person {
        address: Some(Address {
            street: Some("Skolevej 1".into()),
            postal_code: Some("4690".into()),
            town: Some("Haslev".into()),
            ..Address::default()
        }),
        ..person
    };
    let child = |protection| Member {
        source: "A".into(),
        local_id: Some("p".into()),
        person: Some(known(1, protection)),
        tie: Some(pupil("7A", vec![known(0, Protection::Open)])),
        since: None,
    };
    let adult = Member { person: Some(home(known(0, Protection::Open))), ..teacher(Protection::Open) };
    follow(&[
        ("100", vec![adult]),
        ("200", vec![child(Protection::Open)]),
        ("200", vec![child(Protection::Protected)]),
        ("200", vec![child(Protection::Open)]),
        ("200", Vec::new()),
    ]);
}

#[test]
fn a_school_that_gets_departments_is_another_kind_of_organisation() {
    let mut server = Server::new();
    let [mut client, ..] = clients();
    let mut department = Organisation::numbered(OrganisationNumber::new("200"));
    for above in [None, Some("100"), None] {
        department.parent = above.map(OrganisationNumber::new);
        let main = Organisation::numbered(OrganisationNumber::new("100"));
        server.store.keep_organisations(&[main, department.clone()]).unwrap();
        client.sync(&mut server, |_| {});
        same(&client.mirror, &client.everything(&server.service, &server.store), "departments");
    }
}

/// Whoever gets another user id, at one school after the other, is the same person to consumers, and nobody has gone.
#[test]
fn another_user_id_is_the_same_person() {
    let mut server = Server::new();
    let (mut school, [mut client, ..]) = (School::default(), clients());
    let ids = |client: &Client| client.everything(&server.service, &server.store).into_keys().collect::<Vec<_>>();
    let with = |user: &'static str| {
        let mut teacher = teacher(Protection::Open);
        teacher.person.as_mut().unwrap().user_id = Some(UserId::new(user));
        teacher
    };
    let mut bring = |institution, user| {
        let heading = school.heading(institution, Mode::Replica);
        school.bring(&*server.store, heading, &[], &[with(user)]);
    };
    bring("100", "anna0001");
    bring("200", "anna0001");
    let before = ids(&client);
    bring("100", "anna0002");
    assert_eq!(ids(&client), before, "at one school only");
    bring("200", "anna0002");
    assert_eq!(ids(&client), before);
    client.sync(&mut server, |_| {});
    let told = client.mirror.values().filter(|it| it.to_string().contains("anna0002")).count();
    assert_eq!(told, 1, "the person is told of with the new one");
}
