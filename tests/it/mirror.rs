//! A client that keeps a mirror of what it may see by the filters on `meta`, page tokens and deletedEntities alone, while imports
//! come and go: after every step its mirror is what the server holds.
//!
//! `SKOLEBRO_MIRROR_STEPS` says how many steps; without it there are some hundred.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use chrono::{DateTime, Duration, SecondsFormat, SubsecRound, TimeDelta, TimeZone, Utc};
use serde_json::Value;
use skolebro::{
    domain::{
        Address, CivilId, CivilIdKind, ContactPerson, CountryCode, Employment, Enrolment, Grade, ImportSource, Member,
        Organisation, OrganisationNumber, Person, PersonName, Protection, Pupil, PupilRole, Relation, SchoolYear,
        StaffRole, Tie,
    },
    source::{
        intake::{Heading, Keeper, Mode},
        told::Told,
    },
    standards::ss12000::{
        context::{Options, Rights},
        serve::{Choices, Request, Service},
        view::Caller,
    },
    store::{Sqlite, Store},
};

/// What time it is, as clients see it.
#[allow(clippy::disallowed_methods)] // clients have clocks of their own
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the store waited"),
    }
}

/// A school that hands in, each time a minute later.
#[derive(Default)]
pub(crate) struct School {
    minutes: i64,
}

impl School {
    fn heading(&mut self, institution: &'static str, mode: Mode) -> Heading {
        self.minutes += 1;
        let first = Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).unwrap();
        let source = ImportSource {
            source: "A".into(),
            extracted_at: (first + Duration::minutes(self.minutes)).fixed_offset(),
            school_year: SchoolYear { first: 2026, last: 2027 },
        };
        let institution = OrganisationNumber::new(institution);
        Heading { mode, institution, name: Some("Skolen".to_owned()), sources: vec![source], confirmed: true }
    }

    /// Everybody who is there, by local id and name.
    pub(crate) fn hand_in(&mut self, store: &dyn Store, institution: &'static str, people: &[(&'static str, &str)]) {
        let member = |(id, name): &(&'static str, &str)| {
            let person = Person::named(PersonName::new((*name).to_owned(), "Eksempel"));
            Member {
                source: "A".into(),
                local_id: Some((*id).into()),
                person: Some(person),
                tie: Some(pupil("7A", Vec::new())),
            }
        };
        let members: Vec<Member<'static>> = people.iter().map(member).collect();
        let heading = self.heading(institution, Mode::Full);
        self.bring(store, heading, &members);
    }

    fn bring(&mut self, store: &dyn Store, heading: Heading, members: &[Member<'_>]) {
        let mut intake = store.begin(heading).unwrap();
        members.iter().for_each(|it| intake.member(it).unwrap());
        intake.commit().unwrap();
    }
}

fn pupil(class: &'static str, contacts: Vec<Person<'static>>) -> Tie<'static> {
    let enrolment = Enrolment {
        role: PupilRole::Pupil,
        grade: Some(Grade::Year(7)),
        main_group: class.into(),
        student_number: None,
        location: None,
        groups: Vec::new(),
    };
    let contact =
        |person| ContactPerson { person, relation: Relation::Mother, custody: true, access: None, office: None };
    Tie::Pupil(Pupil { enrolment, contacts: contacts.into_iter().map(contact).collect() })
}

/// Numbers of the CPR office's test persons: the same number is the same person at every institution.
const NUMBERS: [&str; 9] = [
    "0707614226",
    "0707614234",
    "0707614285",
    "0708610038",
    "0709614045",
    "0709614231",
    "0711614354",
    "2802980011",
    "3112970079",
];
const ADULTS: usize = 6;
const SCHOOLS: [&str; 3] = ["100", "200", "300"];
const KINDS: [&str; 6] = ["organisations", "persons", "groups", "duties", "placements", "activities"];

/// Always the same numbers after each other (Knuth's generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn person(&mut self, number: usize) -> Person<'static> {
        let name = PersonName::new(["Anna", "Berta", "Carla"][self.roll(3)], "Eksempel");
        let street = ["Skolevej 1", "Skolevej 2"].get(self.roll(3)).map(|it| (*it).into());
        Person {
            civil_id: Some(CivilId::new(NUMBERS[number], CivilIdKind::Verified, CountryCode::DK)),
            protection: if self.roll(6) == 0 { Protection::Protected } else { Protection::Open },
            address: street.map(|street| Address {
                street: Some(street),
                postal_code: Some("4690".into()),
                town: Some("Haslev".into()),
                ..Address::default()
            }),
            ..Person::named(name)
        }
    }

    fn member(&mut self, number: usize) -> Member<'static> {
        let tie = if self.roll(3) == 0 {
            let roles =
                if self.roll(2) == 0 { vec![StaffRole::Teacher] } else { vec![StaffRole::Pedagogue, StaffRole::Head] };
            let groups = if self.roll(2) == 0 { vec!["7A".into()] } else { Vec::new() };
            Tie::Staff(Employment { roles, initials: None, occupation: None, location: None, groups })
        } else {
            let contacts = (ADULTS..NUMBERS.len()).filter(|_| self.roll(3) == 0).collect::<Vec<_>>();
            let contacts = contacts.into_iter().map(|it| self.person(it)).collect();
            pupil(["7A", "7B"][self.roll(2)], contacts)
        };
        let local_id = Some(format!("p{number}").into());
        Member { source: "A".into(), local_id, person: Some(self.person(number)), tie: Some(tie) }
    }
}

/// What happens at the schools.
struct World {
    store: Arc<Sqlite>,
    dice: Dice,
    school: School,
    /// Who is where, by the schools' own account.
    here: [BTreeMap<usize, Member<'static>>; 3],
}

impl World {
    fn step(&mut self) -> &'static str {
        let at = self.dice.roll(3);
        match self.dice.roll(8) {
            0 | 1 => {
                let members = (0..ADULTS).filter(|_| self.dice.roll(2) == 0).collect::<Vec<_>>();
                self.here[at] = members.into_iter().map(|it| (it, self.dice.member(it))).collect();
                self.full(at);
                "a full import"
            }
            2 | 3 => {
                let number = self.dice.roll(ADULTS);
                let member = self.dice.member(number);
                let heading = self.school.heading(SCHOOLS[at], Mode::Delta);
                self.school.bring(&*self.store, heading, std::slice::from_ref(&member));
                self.here[at].insert(number, member);
                "one person more, or different"
            }
            4 => {
                let Some((number, _)) = self.here[at].pop_first() else { return "nobody to remove" };
                let mut intake = self.store.begin(self.school.heading(SCHOOLS[at], Mode::Delete)).unwrap();
                assert!(intake.remove(&format!("p{number}")).unwrap());
                intake.commit().unwrap();
                "one person less"
            }
            5 => {
                self.full(at);
                "the same again"
            }
            6 => {
                let mut organisation = Organisation::numbered(OrganisationNumber::new(SCHOOLS[at]));
                organisation.name = Some(["Nordskolen", "Sydskolen"][self.dice.roll(2)].into());
                organisation.parent = [Some("100"), Some("200"), None][self.dice.roll(3)].map(OrganisationNumber::new);
                self.store.keep_organisations(&[organisation]).unwrap();
                "another name, or another school above"
            }
            _ => "nothing",
        }
    }

    fn full(&mut self, at: usize) {
        let members: Vec<Member<'static>> = self.here[at].values().cloned().collect();
        let heading = self.school.heading(SCHOOLS[at], Mode::Full);
        self.school.bring(&*self.store, heading, &members);
    }
}

/// Objects by list and id.
type Objects = BTreeMap<(String, String), Value>;

/// Somebody who keeps a mirror.
struct Client {
    name: &'static str,
    caller: Caller,
    cursor: Option<String>,
    mirror: Objects,
}

fn ask(service: &Service, store: &Sqlite, caller: &Caller, path: &str, query: &[(&str, &str)]) -> Value {
    let told = Told::default();
    let request =
        Request { method: "GET", path: &[path], query, body: b"", caller, name: "mirror", told: &told, now: now() };
    let answer = at_once(service.answer(store, request)).unwrap_or_else(|it| panic!("{path} {query:?}: {it}"));
    serde_json::from_slice(&answer.body).unwrap()
}

/// Every page of a list; `between` happens after each.
fn pages(
    service: &Service,
    store: &Sqlite,
    caller: &Caller,
    path: &str,
    query: &[(&str, &str)],
    mut between: impl FnMut(),
) -> Vec<Value> {
    let mut all = vec![ask(service, store, caller, path, query)];
    let limit = query.iter().find(|it| it.0 == "limit").copied();
    loop {
        let Some(token) = all.last().and_then(|it| it["pageToken"].as_str()).map(ToOwned::to_owned) else { return all };
        between();
        let query: Vec<(&str, &str)> = limit.into_iter().chain([("pageToken", token.as_str())]).collect();
        all.push(ask(service, store, caller, path, &query));
    }
}

impl Client {
    fn sync(&mut self, service: &Service, store: &Sqlite, mut between: impl FnMut()) {
        let begun = now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let cursor = self.cursor.replace(begun);
        if let Some(cursor) = &cursor {
            let query = [("after", cursor.as_str()), ("limit", "2")];
            for page in pages(service, store, &self.caller, "deletedEntities", &query, &mut between) {
                for (kind, ids) in page["data"].as_object().unwrap() {
                    let kind = if kind == "activitites" { "activities" } else { kind };
                    for id in ids.as_array().unwrap() {
                        self.mirror.remove(&(kind.to_owned(), id.as_str().unwrap().to_owned()));
                    }
                }
            }
        }
        for kind in KINDS {
            let mut query = vec![("limit", "3")];
            query.extend(cursor.as_deref().map(|it| ("meta.modified.after", it)));
            for page in pages(service, store, &self.caller, kind, &query, &mut between) {
                for object in page["data"].as_array().unwrap() {
                    let id = object["id"].as_str().unwrap().to_owned();
                    self.mirror.insert((kind.to_owned(), id), object.clone());
                }
            }
        }
    }

    /// Everything that the caller may see.
    fn everything(&self, service: &Service, store: &Sqlite) -> Objects {
        let mut all = Objects::new();
        for kind in KINDS {
            for object in ask(service, store, &self.caller, kind, &[("limit", "1000")])["data"].as_array().unwrap() {
                all.insert((kind.to_owned(), object["id"].as_str().unwrap().to_owned()), object.clone());
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
    let client = |name, rights, institutions: Option<&[&'static str]>| Client {
        name,
        caller: Caller {
            rights,
            institutions: institutions.map(|all| all.iter().map(|it| OrganisationNumber::new(*it)).collect()),
        },
        cursor: None,
        mirror: Objects::new(),
    };
    [
        client("everything", Rights::ALL, None),
        client("two schools", Rights::ALL, Some(&["100", "300"])),
        client("no adults", Rights { responsibles: false, ..Rights::ALL }, None),
        client("as little as there is", Rights::default(), Some(&["200"])),
    ]
}

#[test]
#[allow(clippy::disallowed_methods)] // how long a test takes is no setting of the program
fn a_mirror_is_what_the_server_holds_after_every_step() {
    let steps = std::env::var("SKOLEBRO_MIRROR_STEPS").ok().and_then(|it| it.parse().ok()).unwrap_or(120);
    let seed = std::env::var("SKOLEBRO_MIRROR_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let open = || Arc::new(Sqlite::open(&path).unwrap());
    let serve = |store: &Arc<Sqlite>| {
        Service::new(Options::default(), Choices::default()).with_ledger(store.clone(), TimeDelta::days(400))
    };
    let mut world = World { store: open(), dice: Dice(seed), school: School::default(), here: Default::default() };
    let mut service = serve(&world.store);
    let mut clients = clients();
    for number in 0..steps {
        let mut what = world.step();
        if world.dice.roll(25) == 0 {
            // The server begins anew, and remembers.
            world.store = open();
            service = serve(&world.store);
        }
        let store = world.store.clone();
        if world.dice.roll(4) == 0 {
            // Somebody reads while things happen, and again when they have.
            let at = world.dice.roll(clients.len());
            clients[at].sync(&service, &store, || {
                if world.dice.roll(2) == 0 {
                    what = world.step();
                }
            });
        }
        let plain = Service::new(Options::default(), Choices::default());
        for client in &mut clients {
            client.sync(&service, &store, || {});
            let held = client.everything(&service, &store);
            same(&client.mirror, &held, &format!("{} at step {number}, seed {seed}: {what}", client.name));
            let plain = client.everything(&plain, &store);
            let why = format!("{} at step {number}, seed {seed}, without a ledger", client.name);
            same(&without_meta(&held), &without_meta(&plain), &why);
        }
    }
}

#[test]
fn the_same_again_changes_nothing_that_is_told() {
    let store = Arc::new(Sqlite::in_memory().unwrap());
    let mut school = School::default();
    let people = [("a", "Anna"), ("b", "Berta")];
    school.hand_in(&*store, "100", &people);
    let service = Service::new(Options::default(), Choices::default()).with_ledger(store.clone(), TimeDelta::days(400));
    let [mut client, ..] = clients();
    client.sync(&service, &store, || {});
    let before = client.mirror.clone();
    school.hand_in(&*store, "100", &people);
    let after = client.everything(&service, &store);
    assert_eq!(before, after);
    let since = client.cursor.clone().unwrap();
    assert_eq!(
        ask(&service, &store, &client.caller, "deletedEntities", &[("after", &since)])["data"],
        serde_json::json!({})
    );
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
        let gone = ask(&first, &one, &client.caller, "deletedEntities", all);
        assert_eq!(gone, ask(&second, &two, &client.caller, "deletedEntities", all));
    }
}

/// How long it takes to begin with a ledger of so many objects; `--nocapture` tells.
#[test]
fn a_large_ledger_is_read_quickly() {
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
    }
}

/// Reads, lets something happen, reads again: then the mirror of each of the clients is what the server holds.
fn follow(steps: &[(&'static str, Vec<Member<'static>>)]) {
    let store = Arc::new(Sqlite::in_memory().unwrap());
    let service = Service::new(Options::default(), Choices::default()).with_ledger(store.clone(), TimeDelta::days(400));
    let (mut clients, mut school) = (clients(), School::default());
    for (number, (institution, members)) in steps.iter().enumerate() {
        let heading = school.heading(institution, Mode::Full);
        school.bring(&*store, heading, members);
        for client in &mut clients {
            client.sync(&service, &store, || {});
            let which = format!("{} after step {number}", client.name);
            same(&client.mirror, &client.everything(&service, &store), &which);
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
        };
        vec![member(1, Protection::Open), member(2, second)]
    };
    follow(&[
        ("100", pupils(Protection::Protected)),
        ("100", pupils(Protection::Open)),
        ("100", pupils(Protection::Protected)),
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
    let store = Arc::new(Sqlite::in_memory().unwrap());
    let service = Service::new(Options::default(), Choices::default()).with_ledger(store.clone(), TimeDelta::days(400));
    let [mut client, ..] = clients();
    let mut department = Organisation::numbered(OrganisationNumber::new("200"));
    for above in [None, Some("100"), None] {
        department.parent = above.map(OrganisationNumber::new);
        store
            .keep_organisations(&[Organisation::numbered(OrganisationNumber::new("100")), department.clone()])
            .unwrap();
        client.sync(&service, &store, || {});
        same(&client.mirror, &client.everything(&service, &store), "departments");
    }
}
