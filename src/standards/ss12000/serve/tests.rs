//! Requests against a store of two small institutions.

use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll, Waker},
};

use serde_json::Value;

use super::*;
use crate::{
    domain::{
        AccessLevel, Address, CivilId, Coded, ContactPerson, Employment, Enrolment, Grade, Group, GroupKind, Hierarchy,
        Member, Organisation, OrganisationNumber, Person, PersonName, Protection, Pupil, PupilRole, Relation, Roster,
        Snapshot, StaffRole, Text, Tie, UserId,
    },
    source::{
        Answer as Later, Institutions, Part, SourceErrorKind,
        ledger::{Batch, Keeping, Kept, LedgerError},
    },
    standards::ss12000::context::{Consumer, Rights},
};

/// A source that always knows the same, or that cannot be reached.
struct Known(Option<Institutions>);

impl Known {
    fn answer<'s, T: Send + 's>(&'s self, of: impl FnOnce(&Institutions) -> T) -> Later<'s, T> {
        let found = self.0.as_ref().map(of).ok_or_else(|| SourceError::new(SourceErrorKind::Unavailable));
        Box::pin(std::future::ready(found))
    }
}

impl Source for Known {
    fn institution<'s>(&'s self, _: &'s OrganisationNumber<'s>, _: Part<'s>) -> Later<'s, Option<Arc<Snapshot>>> {
        self.answer(|_| None)
    }

    fn institutions_of<'s>(&'s self, _: &'s UserId<'s>) -> Later<'s, Vec<Arc<Snapshot>>> {
        self.answer(|_| Vec::new())
    }

    fn user_with<'s>(&'s self, _: &'s CivilId<'s>) -> Later<'s, Option<UserId<'static>>> {
        self.answer(|_| None)
    }

    fn civil_id_of<'s>(&'s self, _: &'s UserId<'s>) -> Later<'s, Option<CivilId<'static>>> {
        self.answer(|_| None)
    }

    fn hierarchy<'s>(&'s self, _: &'s OrganisationNumber<'s>) -> Later<'s, Option<Hierarchy<'static>>> {
        self.answer(|_| None)
    }

    fn institutions(&self) -> Later<'_, Institutions> {
        self.answer(Clone::clone)
    }
}

/// The source never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the source waited"),
    }
}

fn person(user: &'static str, name: &'static str) -> Person<'static> {
    let address = |street: &'static str| Address {
        street: Some(street.into()),
        postal_code: Some("4690".into()),
        town: Some("Haslev".into()),
        ..Address::default()
    };
    Person {
        user_id: Some(UserId::new(user)),
        protection: Protection::Open,
        address: Some(address("Skolevej 1")),
        ..Person::named(PersonName::new(name, "Eksempel"))
    }
}

fn pupil(person: Person<'static>, mother: Option<Person<'static>>) -> Member<'static> {
    let contact =
        |person| ContactPerson { person, relation: Relation::Mother, custody: true, access: None, office: None };
    let enrolment = Enrolment {
        role: PupilRole::Pupil,
        grade: Some(Grade::Year(7)),
        main_group: "7A".into(),
        student_number: None,
        location: None,
        groups: Vec::new(),
    };
    let tie = Tie::Pupil(Pupil { enrolment, contacts: mother.into_iter().map(contact).collect() });
    Member { source: "Lokal".into(), local_id: None, person: Some(person), tie: Some(tie), since: None }
}

fn teacher(person: Person<'static>) -> Member<'static> {
    let roles = vec![StaffRole::Teacher, StaffRole::Head];
    let tie = Employment { roles, initials: None, occupation: None, location: None, groups: Vec::<Text<'_>>::new() };
    Member { source: "Lokal".into(), local_id: None, person: Some(person), tie: Some(Tie::Staff(tie)), since: None }
}

fn institution(number: &'static str, members: Vec<Member<'static>>) -> Snapshot {
    let mut organisation = Organisation::numbered(OrganisationNumber::new(number));
    organisation.name = Some(format!("Skole {number}").into());
    organisation.administrative_municipality = Coded { code: Some("320".into()), name: Some("Faxe".into()) };
    Snapshot::new(Roster { organisation, exported_at: None, sources: Vec::new(), groups: Vec::new(), members })
}

/// A service and whom it asks.
struct Asked {
    service: Service,
    source: Known,
}

fn service(options: Options) -> Asked {
    let hidden = Person { protection: Protection::Protected, ..person("dora0001", "Dora") };
    let mona = || person("mona0001", "Mona");
    let one =
        institution("100", vec![pupil(person("anna0001", "Anna"), Some(mona())), teacher(person("boel0001", "Boel"))]);
    let two = institution("200", vec![pupil(hidden, Some(mona())), pupil(person("ANNA0001", "Anna"), None)]);
    Asked {
        service: Service::new(options, Choices::default()),
        source: Known(Some(Arc::new([one, two].map(Arc::new)))),
    }
}

fn all() -> Caller {
    Caller { rights: Rights { real_names: false, ..Rights::ALL }, institutions: None, ..Caller::default() }
}

fn ask(asked: &Asked, target: &str, caller: &Caller) -> Result<Value, Error> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path: Vec<&str> = path.split('/').collect();
    let query: Vec<(&str, &str)> = query.split('&').filter_map(|it| it.split_once('=')).collect();
    let answer = now(asked.service.answer(&asked.source, request("GET", &path, &query, b"", caller)))?;
    assert_eq!(answer.status, 200);
    Ok(serde_json::from_slice(&answer.body).unwrap())
}

/// Nothing is noted here.
static UNNOTED: std::sync::LazyLock<Told> = std::sync::LazyLock::new(Told::default);

fn request<'r>(
    method: &'r str,
    path: &'r [&'r str],
    query: &'r [(&'r str, &'r str)],
    body: &'r [u8],
    caller: &'r Caller,
) -> Request<'r> {
    Request {
        method,
        path,
        query,
        body,
        caller,
        name: "tester",
        now: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        told: &UNNOTED,
    }
}

fn names(list: &Value) -> Vec<String> {
    let mut names: Vec<String> =
        list["data"].as_array().unwrap().iter().map(|it| it["givenName"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_person_at_two_institutions_is_one() {
    let service = service(Options::default());
    let list = ask(&service, "persons", &all()).unwrap();
    assert_eq!(names(&list), ["Anna", "Boel", "Mona", "Navnebeskyttet"]);
    assert_eq!(list["pageToken"], Value::Null);
    let anna = list["data"].as_array().unwrap().iter().find(|it| it["givenName"] == "Anna").unwrap();
    assert_eq!(anna["enrolments"].as_array().unwrap().len(), 2);
    let again = ask(&service, &format!("persons/{}", anna["id"].as_str().unwrap().to_uppercase()), &all()).unwrap();
    assert_eq!(&again, anna);
}

#[test]
fn the_home_of_a_protected_child_is_hidden_everywhere() {
    let service = service(Options::default());
    let list = ask(&service, "persons", &all()).unwrap();
    for it in list["data"].as_array().unwrap() {
        let hidden = matches!(it["givenName"].as_str(), Some("Mona" | "Navnebeskyttet"));
        assert_eq!(it["addresses"].is_null(), hidden, "{it}");
    }
    assert!(!list.to_string().contains("Dora"));
}

#[test]
fn callers_see_their_institutions_and_no_adults_without_the_right() {
    let service = service(Options::default());
    let caller = Caller {
        rights: Rights::default(),
        institutions: Some(vec![OrganisationNumber::new("100")]),
        ..Caller::default()
    };
    assert_eq!(names(&ask(&service, "persons", &caller).unwrap()), ["Anna", "Boel"]);
    assert_eq!(ask(&service, "organisations", &caller).unwrap()["data"].as_array().unwrap().len(), 1);
    let other = ask(&service, "organisations", &all()).unwrap();
    let two = other["data"].as_array().unwrap().iter().find(|it| it["organisationCode"] == "200").unwrap();
    let error = ask(&service, &format!("organisations/{}", two["id"].as_str().unwrap()), &caller).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::NotFound));
    assert_eq!(error.body(), None);
}

#[test]
fn a_walk_over_pages_neither_skips_nor_repeats() {
    let service = service(Options { authority: true, ..Options::default() });
    for kind in ["persons", "duties", "groups", "organisations", "placements"] {
        let whole = ask(&service, &format!("{kind}?expandReferenceNames=True"), &all()).unwrap();
        let mut target = format!("{kind}?limit=1&expandReferenceNames=true");
        let mut walked = Vec::new();
        loop {
            let page = ask(&service, &target, &all()).unwrap();
            walked.extend(page["data"].as_array().unwrap().iter().cloned());
            let Some(token) = page["pageToken"].as_str() else { break };
            target = format!("{kind}?limit=1&pageToken={token}");
        }
        assert_eq!(&walked, whole["data"].as_array().unwrap(), "{kind}");
    }
}

#[test]
fn references_have_names_when_asked() {
    let service = service(Options { authority: true, ..Options::default() });
    let duties = ask(&service, "duties/?expandReferenceNames=true", &all()).unwrap();
    assert_eq!(duties["data"][0]["person"]["displayName"], "Boel Eksempel");
    let groups = ask(&service, "groups?expandReferenceNames=true", &all()).unwrap();
    let text = groups.to_string();
    assert!(text.contains("\"Navnebeskyttet Person\"") && text.contains("Skole 100") && !text.contains("Dora"));
    let organisations = ask(&service, "organisations", &all()).unwrap();
    let types: Vec<&str> =
        organisations["data"].as_array().unwrap().iter().map(|it| it["organisationType"].as_str().unwrap()).collect();
    assert_eq!(types.iter().filter(|it| **it == "Huvudman").count(), 1, "one municipality above both: {types:?}");
}

#[test]
fn what_is_not_understood_is_refused() {
    let service = service(Options::default());
    let code = |target: &str| {
        let error = ask(&service, target, &all()).unwrap_err();
        let body = error.body().map(|it| serde_json::from_slice::<Value>(&it).unwrap());
        body.map_or_else(|| "no body".to_owned(), |it| it["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(code("persons?civic=0101010101"), "INVALID_FILTER");
    assert_eq!(code("persons?limit=0"), "INVALID_FILTER");
    assert_eq!(code("persons?pageToken=x"), "INVALID_PAGE_TOKEN");
    assert_eq!(code("persons/17"), "INVALID_ID");
    assert_eq!(code("persons/17/18"), "no body");
    assert_eq!(code("rooms"), "no body");
    assert_eq!(code("persons/4b20b1ea-3213-559f-bb11-2bc5ba9f371e"), "no body");
    let caller = all();
    let post = request("POST", &["persons"], &[], b"", &caller);
    assert!(matches!(now(service.service.answer(&service.source, post)).unwrap_err().kind, ErrorKind::Method(_)));
}

#[test]
fn a_source_that_fails_is_told_apart() {
    let service = Asked { service: Service::new(Options::default(), Choices::default()), source: Known(None) };
    let error = ask(&service, "persons", &all()).unwrap_err();
    assert!(matches!(&error.kind, ErrorKind::Source(it) if it.kind == SourceErrorKind::Unavailable));
}

/// A source whose institutions change between questions.
struct Changing(std::sync::Mutex<Institutions>);

impl Changing {
    fn become_these(&self, members: Vec<Member<'static>>) {
        *self.0.lock().unwrap() = Arc::new([Arc::new(institution("100", members))]);
    }

    fn known(&self) -> Known {
        Known(Some(self.0.lock().unwrap().clone()))
    }
}

fn pupils(numbers: impl IntoIterator<Item = u32>) -> Vec<Member<'static>> {
    let names = numbers.into_iter().map(|it| (format!("pupil{it:03}"), format!("Barn {it:03}")));
    names.map(|(user, name)| pupil(person(user.leak(), name.leak()), None)).collect()
}

/// The given names of a page, and its token.
fn page(
    service: &Service,
    source: &Changing,
    query: &[(&str, &str)],
    now: i64,
) -> Result<(Vec<String>, Option<String>), Error> {
    let (caller, at) = (all(), DateTime::from_timestamp(now, 0).unwrap());
    let request = Request { now: at, ..request("GET", &["persons"], query, b"", &caller) };
    let answer = super::tests::now(service.answer(&source.known(), request))?;
    let page: Value = serde_json::from_slice(&answer.body).unwrap();
    let given = |it: &Value| it["givenName"].as_str().unwrap().to_owned();
    let names = page["data"].as_array().unwrap().iter().map(given).collect();
    Ok((names, page["pageToken"].as_str().map(str::to_owned)))
}

/// Whoever is there from the first page to the last comes exactly once, whoever else comes and goes in between.
#[test]
fn a_walk_survives_imports() {
    let service = Service::new(Options::default(), Choices::default());
    let source = Changing(std::sync::Mutex::new(Arc::new([])));
    source.become_these(pupils(0..60));
    let (mut seen, mut token) = page(&service, &source, &[("limit", "7")], 0).unwrap();
    let mut round = 0;
    while let Some(next) = token {
        round += 1;
        // Those of three are always there; of the others, others each time.
        source.become_these(pupils((0..60 + round).filter(|it| it % 3 == 0 || (it + round) % 2 == 0)));
        let (more, after) = page(&service, &source, &[("limit", "7"), ("pageToken", &next)], 0).unwrap();
        seen.extend(more);
        token = after;
    }
    assert!(round > 3, "only {round} pages");
    for number in (0..60).step_by(3) {
        let name = format!("Barn {number:03}");
        assert_eq!(seen.iter().filter(|it| **it == name).count(), 1, "{name}");
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "nobody twice");
}

/// An order is that of the first page until the walk is over, or too old, or too many others have been asked for since. What a page
/// tells is what holds when it is asked for.
#[test]
fn an_order_is_kept_while_somebody_walks_through_it() {
    let service = Service::new(Options::default(), Choices::default());
    let source = Changing(std::sync::Mutex::new(Arc::new([])));
    source.become_these(pupils(0..9));
    let first = [("sortkey", "GivenNameDesc"), ("limit", "4")];
    let (mut seen, token) = page(&service, &source, &first, 0).unwrap();
    let token = token.unwrap();
    // Others come, the next one goes.
    source.become_these(pupils((0..20).filter(|it| *it != 4)));
    let (more, next) = page(&service, &source, &[("limit", "2"), ("pageToken", &token)], 0).unwrap();
    assert_eq!(more.len(), 2, "a page is full where there are more");
    seen.extend(more);
    let (more, end) = page(&service, &source, &[("limit", "4"), ("pageToken", &next.unwrap())], 0).unwrap();
    seen.extend(more);
    let expected: Vec<String> = [8, 7, 6, 5, 3, 2, 1, 0].map(|it| format!("Barn {it:03}")).into();
    assert_eq!((seen, end), (expected, None));
    let gone = |token: &str, now| page(&service, &source, &[("pageToken", token)], now).unwrap_err();
    assert!(matches!(gone(&token, 3600).kind, ErrorKind::Gone), "an hour is over");
    for state in 0..64 {
        source.become_these(pupils(0..10 + state));
        page(&service, &source, &first, 0).unwrap();
    }
    assert!(matches!(gone(&token, 0).kind, ErrorKind::Gone), "too many others have been asked for");
}

/// A ledger that nobody can write or read.
#[derive(Default)]
struct Broken {
    asked: AtomicUsize,
}

impl Ledger for Broken {
    fn basis(&self) -> u64 {
        0
    }

    fn load(&self, _: &str) -> Result<Kept, LedgerError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Err(LedgerError("the disk is gone".into()))
    }

    fn keep(&self, _: &str, _: &Batch<'_>) -> Result<Keeping, LedgerError> {
        Err(LedgerError("the disk is gone".into()))
    }
}

/// What was seen before may tell of somebody who has been protected since.
#[test]
fn without_a_ledger_nothing_is_told() {
    let Asked { service, source } = service(Options::default());
    let ledger = Arc::new(Broken::default());
    let asked = Asked { service: service.with_ledger(ledger.clone(), MEMORY), source };
    for _ in 0..20 {
        let error = ask(&asked, "persons", &all()).unwrap_err();
        assert!(matches!(&error.kind, ErrorKind::Source(it) if it.kind == SourceErrorKind::Unavailable));
    }
    assert!(ledger.asked.load(Ordering::Relaxed) < 20, "it is left alone for a moment");
}

#[test]
fn a_parameter_has_a_hundred_values_at_most() {
    let service = service(Options::default());
    let names = |count: u32| (0..count).map(|it| format!("n{it}")).collect::<Vec<_>>().join(",");
    assert!(ask(&service, &format!("persons?nameContains={}", names(100)), &all()).is_ok());
    let error = ask(&service, &format!("persons?nameContains={}", names(101)), &all()).unwrap_err();
    assert_eq!(error.code, "INVALID_FILTER");
    let same = ["Anna"; 30_000].join(",");
    let found = ask(&service, &format!("persons?nameContains={same}"), &all()).unwrap();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

/// Whoever asks for the newest again and again takes no room from others.
#[test]
fn an_order_that_is_asked_for_again_is_kept_once() {
    let service = service(Options::default());
    let first = |key: &str| ask(&service, &format!("persons?limit=1&sortkey={key}"), &all()).unwrap();
    let walk = first("GivenNameAsc");
    (0..100).for_each(|_| drop(first("ModifiedDesc")));
    let token = walk["pageToken"].as_str().unwrap();
    let next = ask(&service, &format!("persons?limit=1&pageToken={token}"), &all()).unwrap();
    assert_ne!(next["data"][0]["id"], walk["data"][0]["id"]);
}

/// Some programs look for schools by one code only, or know the duties of an older version.
#[test]
fn each_consumer_is_told_what_it_understands() {
    let pedagogue = {
        let roles = vec![StaffRole::Pedagogue, StaffRole::Management, StaffRole::Teacher];
        let tie =
            Tie::Staff(Employment { roles, initials: None, occupation: None, location: None, groups: Vec::new() });
        Member { tie: Some(tie), ..teacher(person("boel0001", "Boel")) }
    };
    let source = Known(Some(Arc::new([Arc::new(institution("100", vec![pedagogue]))])));
    let asked = Asked { service: Service::new(Options::default(), Choices::default()), source };
    let told = |consumer| {
        let caller = Caller { consumer, ..all() };
        let duties = ask(&asked, "duties?sortkey=StartDateAsc", &caller).unwrap();
        let mut roles: Vec<String> =
            duties["data"].as_array().unwrap().iter().map(|it| it["dutyRole"].as_str().unwrap().to_owned()).collect();
        roles.sort();
        let found = ask(&asked, "organisations?schoolUnitCode=100", &caller).unwrap()["data"].as_array().unwrap().len();
        (roles, found)
    };
    let (roles, found) = told(Consumer::default());
    assert_eq!(
        (roles.as_slice(), found),
        (["Fritidspedagog", "Lärare", "Övrig arbetsledning"].map(String::from).as_slice(), 0)
    );
    let (roles, found) = told(Consumer { school_unit_code: true, old_duty_roles: true });
    assert_eq!(
        (roles.as_slice(), found),
        (["Annan personal", "Lärare", "Övrig pedagogisk personal"].map(String::from).as_slice(), 1)
    );
}

/// Whoever waits for a name to be looked up keeps nobody from walking.
#[test]
fn only_walks_take_turns() {
    for (method, path, pace) in [
        ("GET", "persons", Pace::Walks),
        ("POST", "persons/lookup", Pace::Walks),
        ("GET", "deletedEntities", Pace::Walks),
        ("GET", "persons/1", Pace::Quick),
        ("POST", "subscriptions", Pace::Waits),
        ("POST", "log", Pace::Waits),
    ] {
        assert_eq!(super::pace(method, &path.split('/').collect::<Vec<_>>()), pace, "{method} {path}");
    }
}

/// Two local systems of one school may both tell of somebody.
#[test]
fn whoever_is_told_of_twice_has_everything_once() {
    let boel = |source: &'static str, groups: &[&'static str]| {
        let groups = groups.iter().map(|it| Text::Borrowed(*it)).collect();
        let roles = vec![StaffRole::Teacher, StaffRole::Pedagogue];
        let tie = Tie::Staff(Employment { roles, initials: None, occupation: None, location: None, groups });
        Member { source: source.into(), tie: Some(tie), ..teacher(person("boel0001", "Boel")) }
    };
    let care = |id: &'static str| Group {
        id: id.into(),
        name: None,
        kind: GroupKind::LeisureCare,
        grade: None,
        line: None,
        from: None,
        to: None,
        since: None,
    };
    let team = Group { kind: GroupKind::Team, ..care("Team") };
    let mut twice = institution("100", vec![boel("Lokal", &["SFO", "Team"]), boel("Andet", &["SFO", "SFO 2", "Team"])])
        .roster()
        .clone();
    twice.groups = vec![care("SFO"), care("SFO 2"), team];
    let source = Known(Some(Arc::new([Arc::new(Snapshot::new(twice))])));
    let asked = Asked { service: Service::new(Options::default(), Choices::default()), source };
    let persons = ask(&asked, "persons?expand=duties,groupMemberships", &all()).unwrap();
    let duties = persons["data"][0]["_embedded"]["duties"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> = duties.iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!((persons["data"].as_array().unwrap().len(), duties.len(), ids.len()), (1, 2, 2), "{persons}");
    assert_eq!(persons["data"][0]["_embedded"]["groupMemberships"].as_array().unwrap().len(), 1, "{persons}");
    let tasks =
        |duties: &[Value]| duties.iter().filter_map(|it| it["assignmentRole"].as_array()).map(Vec::len).sum::<usize>();
    let alone = ask(&asked, "duties", &all()).unwrap();
    assert_eq!([tasks(duties), tasks(alone["data"].as_array().unwrap())], [2, 2], "one in each group: {alone}");
    let groups = ask(&asked, "groups?expand=assignmentRoles", &all()).unwrap();
    let tasks =
        groups["data"].as_array().unwrap().iter().filter_map(|it| it["_embedded"]["assignmentRoles"].as_array());
    assert_eq!(tasks.map(Vec::len).sum::<usize>(), 2, "{groups}");
}

/// Contact persons without a responsibility are not told of, and are protected all the same, with the home of a protected child.
#[test]
fn who_is_not_told_of_is_protected_where_somebody_tells() {
    let mona = |protection| Person { protection, ..person("mona0001", "Mona") };
    let told = |child, adult, custody| {
        let mut child = pupil(Person { protection: child, ..person("anna0001", "Anna") }, Some(mona(adult)));
        if let Some(Tie::Pupil(pupil)) = &mut child.tie {
            pupil.contacts[0].custody = custody;
            pupil.contacts[0].access = Some(AccessLevel::Ordinary);
        }
        let (one, two) = (institution("100", vec![teacher(mona(Protection::Open))]), institution("200", vec![child]));
        let source = Known(Some(Arc::new([one, two].map(Arc::new))));
        let options = Options { limited_adults: false, ..Options::default() };
        let asked = Asked { service: Service::new(options, Choices::default()), source };
        let only = Caller { institutions: Some(vec![OrganisationNumber::new("100")]), ..all() };
        let seen = ask(&asked, "persons", &only).unwrap().to_string();
        (seen.contains("Mona"), seen.contains("Skolevej"))
    };
    for custody in [false, true] {
        assert_eq!(told(Protection::Open, Protection::Open, custody), (true, true), "custody {custody}");
        assert_eq!(told(Protection::Protected, Protection::Open, custody), (true, false), "custody {custody}");
        assert_eq!(told(Protection::Open, Protection::Protected, custody), (false, false), "custody {custody}");
    }
}

/// One school protects a mother, the other does not know yet.
#[test]
fn an_adult_is_referred_to_once() {
    let mona = |protection| Some(Person { protection, ..person("mona0001", "Mona") });
    let anna = |protection| vec![pupil(person("anna0001", "Anna"), mona(protection))];
    let one = institution("100", anna(Protection::Open));
    let two = institution("200", anna(Protection::Protected));
    let source = Known(Some(Arc::new([one, two].map(Arc::new))));
    let asked = Asked { service: Service::new(Options::default(), Choices::default()), source };
    let anna = ask(&asked, "persons?expandReferenceNames=true&nameContains=Anna", &all()).unwrap();
    let responsibles = anna["data"][0]["responsibles"].as_array().unwrap();
    assert_eq!(responsibles.len(), 1, "{anna}");
    assert_eq!(responsibles[0]["person"]["displayName"], "Navnebeskyttet Person");
    // Nor does the school that does not know tell the name to who sees only that one.
    let only = Caller { institutions: Some(vec![OrganisationNumber::new("100")]), ..all() };
    let seen = ask(&asked, "persons?expandReferenceNames=true", &only).unwrap().to_string();
    assert!(!seen.contains("Mona") && seen.contains("Anna"), "{seen}");
}
