//! Subscribers that are told: by a real sender, to real receivers on this machine, by a clock that is set.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use skolebro::{
    notices::{
        Settings, Teller, UnderWay,
        send::Sender,
        sign,
        vet::{Reach, System},
    },
    source::subscription::{Progress, Subscription, Subscriptions, Targets},
    standards::ss12000::{
        context::{Options, Rights},
        feed::{self, Refusal, Style, Terms},
        serve::{Choices, Service},
        view::Caller,
    },
    store::{Sqlite, Store},
};
use uuid::Uuid;

use crate::{
    gate::{Gate, PATIENCE, soon},
    mirror::{School, now},
};

mod hostile;

/// What a receiver does with a connection.
type Manner = fn(&mut TcpStream, usize);

/// A receiver on a port of its own.
struct Receiver {
    address: SocketAddr,
    /// Requests as they came.
    got: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, got) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let (kept, count) = (got.clone(), Arc::new(AtomicUsize::new(0)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, count) = (kept.clone(), count.clone());
                thread::spawn(move || {
                    let mut stream = stream;
                    if let Some(request) = request(&mut stream) {
                        kept.lock().unwrap().push(request);
                        manner(&mut stream, count.fetch_add(1, Ordering::SeqCst));
                    }
                });
            }
        });
        Self { address, got }
    }

    fn target(&self) -> String {
        format!("http://{}/in", self.address)
    }

    fn count(&self) -> usize {
        self.got.lock().unwrap().len()
    }

    /// The bodies that came.
    fn bodies(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|it| it.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
    }
}

fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut piece).ok().filter(|it| *it > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8(bytes.clone()).ok()?;
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|it| it.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
    }
}

fn ok(stream: &mut TcpStream, _: usize) {
    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
}

fn broken(stream: &mut TcpStream, _: usize) {
    let _ = stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
}

/// Sends to this machine too.
fn sender(patience: Duration) -> Sender {
    Sender::new(Reach { plain: true, networks: vec!["127.0.0.1".parse().unwrap()] }, Arc::new(System), patience)
}

/// A store with a school, and somebody who tells of it.
struct Telling {
    store: Arc<Sqlite>,
    school: School,
    teller: Teller,
    clock: Arc<AtomicI64>,
}

impl Telling {
    fn new() -> Self {
        Self::over(Arc::new(Sqlite::in_memory().unwrap()))
    }

    fn over(store: Arc<Sqlite>) -> Self {
        let clock = Arc::new(AtomicI64::new(now().timestamp_millis()));
        let service =
            Service::new(Options::default(), Choices::default()).with_ledger(store.clone(), TimeDelta::days(400));
        let time = clock.clone();
        let teller = Teller {
            store: store.clone(),
            service: Arc::new(service),
            source: store.clone(),
            sight: Box::new(|_| Some(Caller { rights: Rights::ALL, institutions: None, ..Caller::default() })),
            sender: sender(PATIENCE),
            settings: Settings { style: Style::Standard, secrets: vec!["a secret of the test".to_owned()] },
            now: Box::new(move || DateTime::from_timestamp_millis(time.load(Ordering::SeqCst)).unwrap()),
            under_way: UnderWay::default(),
        };
        Self { school: School::default(), store, teller, clock }
    }

    fn now(&self) -> DateTime<Utc> {
        (self.teller.now)()
    }

    fn pass(&self, time: TimeDelta) {
        self.clock.fetch_add(time.num_milliseconds(), Ordering::SeqCst);
    }

    /// Something changes at the school.
    fn change(&mut self, name: &str) {
        self.school.hand_in(&*self.store, "100", &[("a", name)]);
    }

    async fn subscribe(&self, target: &str, resources: &[&str]) -> Uuid {
        let told = self.teller.service.view(&*self.store).await.unwrap().book().unwrap().moment();
        let subscription = Subscription {
            id: Uuid::new_v4(),
            caller: "a".to_owned(),
            name: "test".to_owned(),
            target: target.to_owned(),
            resources: resources.iter().map(|it| (*it).to_owned()).collect(),
            created: self.now(),
            expires: self.now() + TimeDelta::days(30),
            progress: Progress { told, ..Progress::default() },
        };
        assert!(self.store.subscribe(&subscription, 100).unwrap());
        subscription.id
    }

    async fn round(&mut self) {
        self.teller.round().await;
        self.teller.settle().await;
    }

    fn progress(&self, id: Uuid) -> Progress {
        let all = self.store.subscriptions(None).unwrap();
        all.into_iter().find(|it| it.id == id).unwrap().progress
    }
}

#[tokio::test]
async fn a_commit_is_one_signed_notice() {
    let (receiver, mut telling) = (Receiver::new(ok), Telling::new());
    telling.change("Anna");
    telling.subscribe(&receiver.target(), &["Person", "Group"]).await;
    telling.round().await;
    assert_eq!(receiver.count(), 0, "nothing has happened since");
    telling.change("Berta");
    for _ in 0..3 {
        telling.round().await;
    }
    assert_eq!(receiver.bodies(), [r#"{"modifiedEntites":["Person"],"deletedEntities":false}"#]);
    let request = receiver.got.lock().unwrap()[0].clone();
    let seconds = telling.now().timestamp();
    let signed = sign::header(&telling.teller.settings.secrets, "a", seconds, receiver.bodies()[0].as_bytes()).unwrap();
    assert!(request.contains(&format!("x-skolebro-signature: {signed}\r\n")), "{request}");
    assert!(!request.contains("Berta"));
    telling.school.hand_in(&*telling.store, "100", &[]);
    telling.round().await;
    assert_eq!(receiver.bodies()[1], r#"{"modifiedEntites":[],"deletedEntities":true}"#);
}

#[tokio::test]
async fn types_that_nobody_asked_for_are_not_told() {
    let (receiver, mut telling) = (Receiver::new(ok), Telling::new());
    telling.change("Anna");
    let id = telling.subscribe(&receiver.target(), &["Duty"]).await;
    let before = telling.progress(id).told;
    telling.change("Berta");
    telling.round().await;
    assert_eq!(receiver.count(), 0);
    assert!(telling.progress(id).told > before, "it is not looked at again");
    telling.teller.settings.style = Style::Skolverket;
    telling.school.hand_in(&*telling.store, "100", &[]);
    telling.round().await;
    assert_eq!(receiver.bodies(), [r#"{"deletedEntities":true}"#], "what has not happened is not told");
}

#[tokio::test]
async fn what_does_not_arrive_is_sent_again_until_it_is_suspended() {
    let (receiver, mut telling) = (Receiver::new(broken), Telling::new());
    let id = telling.subscribe(&receiver.target(), &["Person"]).await;
    telling.change("Anna");
    let start = telling.now();
    let mut waits = Vec::new();
    while telling.progress(id).suspended.is_none() {
        telling.round().await;
        telling.round().await;
        let failing = telling.progress(id).failing.unwrap();
        waits.push((failing.next - telling.now()).num_seconds());
        telling.pass(failing.next - telling.now());
        assert!(waits.len() < 40);
    }
    for (wait, minutes) in waits.iter().zip([1, 5, 30, 120, 360, 360]) {
        assert!((minutes * 48..=minutes * 72).contains(wait), "{wait} seconds for {minutes} minutes");
    }
    assert!(telling.now() - start > TimeDelta::hours(72));
    assert_eq!(receiver.count(), waits.len(), "one request for each try");
    assert_eq!(telling.progress(id).suspended.unwrap(), "nothing has arrived for 72 hours; last: status 500");
    telling.pass(TimeDelta::days(1));
    telling.round().await;
    assert_eq!(receiver.count(), waits.len(), "it is left alone");
    let expires = telling.now() + TimeDelta::days(30);
    telling.store.renew("a", id, expires).unwrap().unwrap();
    telling.round().await;
    assert_eq!(receiver.count(), waits.len() + 1, "who renews is told again");
}

#[tokio::test]
async fn changes_while_a_notice_is_under_way_are_one_notice_more() {
    static FIRST: Gate = Gate::shut();
    let receiver = Receiver::new(|stream, count| {
        FIRST.pass();
        ok(stream, count);
    });
    let mut telling = Telling::new();
    telling.subscribe(&receiver.target(), &["Person"]).await;
    telling.change("Anna");
    telling.teller.round().await;
    tokio::task::spawn_blocking(|| FIRST.wait_for(1)).await.unwrap();
    for name in ["Berta", "Carla"] {
        telling.change(name);
        telling.teller.round().await;
    }
    FIRST.open();
    for _ in 0..3 {
        telling.round().await;
    }
    assert_eq!(receiver.count(), 2);
    let all = telling.store.subscriptions(None).unwrap();
    let view = telling.teller.service.view(&*telling.store).await.unwrap();
    assert_eq!(all[0].progress, Progress { told: view.book().unwrap().moment(), ..Progress::default() });
}

#[tokio::test]
async fn what_was_not_told_is_told_after_a_restart() {
    let receiver = Receiver::new(ok);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let id = {
        let mut telling = Telling::over(Arc::new(Sqlite::open(&path).unwrap()));
        let id = telling.subscribe(&receiver.target(), &["Person"]).await;
        telling.change("Anna");
        // It ends here, before anything was sent.
        id
    };
    let mut telling = Telling::over(Arc::new(Sqlite::open(&path).unwrap()));
    telling.round().await;
    assert_eq!(receiver.count(), 1);
    let told = telling.progress(id);
    drop(telling);
    let mut telling = Telling::over(Arc::new(Sqlite::open(&path).unwrap()));
    telling.pass(TimeDelta::minutes(1));
    telling.round().await;
    assert_eq!((receiver.count(), telling.progress(id)), (1, told), "nothing is told twice");
}

#[tokio::test]
async fn of_two_processes_one_tells() {
    let receiver = Receiver::new(ok);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut one = Telling::over(Arc::new(Sqlite::open(&path).unwrap()));
    let mut two = Telling::over(Arc::new(Sqlite::open(&path).unwrap()));
    one.subscribe(&receiver.target(), &["Person"]).await;
    one.round().await;
    one.change("Anna");
    two.store.refresh().unwrap();
    two.round().await;
    assert_eq!(receiver.count(), 0, "the first one has the lease");
    one.round().await;
    two.pass(TimeDelta::minutes(5));
    two.round().await;
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn a_subscription_that_has_lapsed_is_told_nothing() {
    let (receiver, mut telling) = (Receiver::new(ok), Telling::new());
    telling.subscribe(&receiver.target(), &["Person"]).await;
    telling.pass(TimeDelta::days(30));
    telling.change("Anna");
    telling.round().await;
    assert_eq!((receiver.count(), telling.store.subscriptions(None).unwrap().len()), (0, 0));
}

/// A subscription ends when it was to end, whoever serves by then.
#[tokio::test]
async fn a_subscription_lapses_over_a_restart() {
    let receiver = Receiver::new(ok);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let begin = || Telling::over(Arc::new(Sqlite::open(&path).unwrap()));
    let ends = {
        let mut telling = begin();
        telling.subscribe(&receiver.target(), &["Person"]).await;
        telling.change("Anna");
        telling.store.subscriptions(None).unwrap()[0].expires
    };
    let mut telling = begin();
    telling.pass(ends - telling.now() - TimeDelta::seconds(1));
    telling.round().await;
    assert_eq!(receiver.count(), 1, "a second before its end it is told");
    drop(telling);
    let mut telling = begin();
    // The one before is believed to tell for half a minute.
    telling.pass(ends - telling.now() + TimeDelta::minutes(1));
    telling.round().await;
    assert_eq!((receiver.count(), telling.store.subscriptions(None).unwrap().len()), (1, 0));
}

/// Everywhere is fine.
struct Open;

impl Targets for Open {
    fn vet(&self, target: &str) -> Result<(), &'static str> {
        if target.starts_with("https:") { Ok(()) } else { Err("not there") }
    }
}

#[test]
fn callers_see_only_their_own_subscriptions() {
    let store = Sqlite::in_memory().unwrap();
    let (time, terms) = (now(), Terms { most: 2, ..Terms::default() });
    let make = |caller: &str, body: &str| {
        let made = feed::subscribe(body.as_bytes(), (caller, 7, time), &Open, terms, &store);
        made.map(|it| serde_json::from_slice::<serde_json::Value>(&it).unwrap())
    };
    let body = r#"{"name":"n","target":"https://a.example/","resourceTypes":["Person",{"resource":"Duty"},"Person"]}"#;
    let one = make("a", body).unwrap();
    assert_eq!(one["resourceTypes"], serde_json::json!([{ "resource": "Person" }, { "resource": "Duty" }]));
    let id: Uuid = one["id"].as_str().unwrap().parse().unwrap();
    let expires: DateTime<Utc> = one["expires"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires, time + TimeDelta::days(30));
    assert!(matches!(feed::subscription("b", id, time, &store), Err(Refusal::NotFound)));
    assert!(matches!(feed::unsubscribe("b", id, &store), Err(Refusal::NotFound)));
    assert!(matches!(feed::renew("b", id, time, terms, &store), Err(Refusal::NotFound)));
    assert!(feed::subscriptions("b", None, 10, time, &store).unwrap().subscriptions.is_empty());
    let later = time + TimeDelta::days(1);
    let renewed: serde_json::Value =
        serde_json::from_slice(&feed::renew("a", id, later, terms, &store).unwrap()).unwrap();
    assert_eq!(renewed["expires"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), later + TimeDelta::days(30));
    make("a", body).unwrap();
    assert!(matches!(make("a", body), Err(Refusal::Forbidden("SUBSCRIPTION_LIMIT", _))));
    let first = feed::subscriptions("a", None, 1, time, &store).unwrap().last;
    let rest = feed::subscriptions("a", first, 1, time, &store).unwrap();
    assert!(first.is_some() && rest.subscriptions.len() == 1 && rest.last.is_none());
    assert!(matches!(feed::subscription("a", id, later + TimeDelta::days(30), &store), Err(Refusal::NotFound)));
    feed::unsubscribe("a", id, &store).unwrap();
    for wrong in [
        "",
        "[]",
        "{}",
        r#"{"name":"n","target":"https://a.example/","resourceTypes":[]}"#,
        r#"{"name":"n","target":"https://a.example/","resourceTypes":["Organsation"]}"#,
        r#"{"name":"n","target":"http://127.0.0.1/","resourceTypes":["Person"]}"#,
        r#"{"name":7,"target":"https://a.example/","resourceTypes":["Person"]}"#,
        r#"{"target":"https://a.example/","resourceTypes":["Person"]}"#,
    ] {
        assert!(matches!(make("b", wrong), Err(Refusal::Invalid(..))), "{wrong}");
    }
}

#[test]
fn reports_are_kept_in_bounds() {
    use skolebro::source::report::Reports;
    let (store, time) = (Sqlite::in_memory().unwrap(), now());
    let body = |message: &str| {
        serde_json::json!({ "message": message, "severityLevel": "Error",
        "resourceUrl": "https://a.example/persons?civicNo=0101010101", "resourceType": "Person", "more": 1,
        "timeOfOccurance": "2026-09-01T10:00:00.1234567+02:00" })
        .to_string()
    };
    feed::log(body("hm").as_bytes(), "a", time, &store).unwrap();
    let counts = br#"{"resourceType":"Person","newCount":1,"updatedCount":0,"deletedCount":3}"#;
    feed::statistics(counts, "b", time, &store).unwrap();
    let kept = store.reports(10).unwrap();
    assert_eq!((kept[0].kind.as_str(), kept[0].caller.as_str()), ("statistics", "b"));
    let log: serde_json::Value = serde_json::from_str(&kept[1].entry).unwrap();
    assert_eq!(log["resourceUrl"], "https://a.example/persons");
    assert_eq!((log["timeOfOccurance"].as_str(), log.get("more")), (Some("2026-09-01T08:00:00.123Z"), None));
    for count in 0..5 {
        let report = skolebro::source::report::Report { entry: count.to_string(), ..kept[1].clone() };
        store.report(&report, 3).unwrap();
    }
    let left: Vec<String> = store.reports(10).unwrap().into_iter().map(|it| it.entry).collect();
    assert_eq!(left[..3], ["4", "3", "2"]);
    assert_eq!(left.len(), 4, "the other caller's are still there");
    for wrong in ["", "{}", "[1]", &body(""), &body(&"x".repeat(4001)), r#"{"message":"m","severityLevel":"Loud"}"#] {
        assert!(matches!(feed::log(wrong.as_bytes(), "a", time, &store), Err(Refusal::Invalid(..))), "{wrong}");
    }
    for wrong in [
        r#"{"resourceType":"Person"}"#,
        r#"{"resourceType":"x","newCount":1,"updatedCount":0,"deletedCount":3}"#,
        r#"{"resourceType":"Person","newCount":-1,"updatedCount":0,"deletedCount":3}"#,
    ] {
        assert!(matches!(feed::statistics(wrong.as_bytes(), "a", time, &store), Err(Refusal::Invalid(..))), "{wrong}");
    }
}
