//! Receivers that misbehave, and targets that lead to where only we can reach: nobody else waits for them, and nothing is sent there.

use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use skolebro::{
    notices::{
        Doorman,
        send::Sender,
        vet::{Reach, Resolver},
    },
    source::subscription::{Subscriptions, Targets},
};
use uuid::Uuid;

use super::{Gate, Manner, PATIENCE, Receiver, Telling, ok, sender, soon};

/// Each of these is a failure like any other, in its time, and nobody else waits for it.
#[tokio::test]
async fn receivers_that_misbehave_hold_up_nobody() {
    static SILENCE: Gate = Gate::shut();
    let slow: Manner = |stream, _| {
        while stream.write_all(b"HTTP/1.1 ").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    };
    let endless: Manner = |stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 65536]).is_ok() {}
    };
    let nonsense: Manner = |stream, _| drop(stream.write_all(&[0xff; 512]));
    let mut telling = Telling::new();
    telling.teller.sender = sender(Duration::from_secs(1));
    let late = [slow, |_, _| SILENCE.pass()].map(Receiver::new);
    let ids = [
        telling.subscribe(&late[0].target(), &["Person"]).await,
        telling.subscribe(&late[1].target(), &["Person"]).await,
    ];
    telling.change("Anna");
    let start = Instant::now();
    for _ in 0..4 {
        telling.round().await;
        telling.pass(TimeDelta::seconds(1));
    }
    assert!(start.elapsed() < PATIENCE, "who is silent was waited for");
    assert!(ids.iter().all(|it| telling.progress(*it).failing.is_some()));
    telling.teller.sender = sender(PATIENCE);
    for (manner, name, arrives) in [(endless, "endless", true), (nonsense, "nonsense", false), (ok, "good", true)] {
        let receiver = Receiver::new(manner);
        let id = telling.subscribe(&receiver.target(), &["Person"]).await;
        telling.change(name);
        telling.round().await;
        assert_eq!((receiver.count(), telling.progress(id).failing.is_none()), (1, arrives), "{name}");
    }
    assert_eq!(late.map(|it| it.count()), [1, 1], "they are left alone");
    SILENCE.open();
}

#[tokio::test]
async fn nobody_is_followed_elsewhere() {
    static INNER: Mutex<Option<SocketAddr>> = Mutex::new(None);
    let inner = Receiver::new(ok);
    *INNER.lock().unwrap() = Some(inner.address);
    let outer = Receiver::new(|stream, _| {
        let inner = INNER.lock().unwrap().unwrap();
        let _ = write!(stream, "HTTP/1.1 307 Over there\r\nLocation: http://{inner}/\r\nContent-Length: 0\r\n\r\n");
    });
    let mut telling = Telling::new();
    let id = telling.subscribe(&outer.target(), &["Person"]).await;
    telling.change("Anna");
    telling.round().await;
    assert_eq!((outer.count(), inner.count()), (1, 0));
    assert_eq!(telling.progress(id).failing.unwrap().tries, 1);
}

/// A name that leads outside when it is vetted and inside when it is connected to.
struct Rebinding(AtomicUsize);

impl Resolver for Rebinding {
    fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        let address = if first { IpAddr::from([1, 1, 1, 1]) } else { IpAddr::from([127, 0, 0, 1]) };
        Ok(vec![address])
    }
}

/// A name that leads to these addresses.
struct Leading(Vec<IpAddr>);

impl Resolver for Leading {
    fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(self.0.clone())
    }
}

/// Names that nobody ever answers for, until this is let go of.
struct Silent(Mutex<()>);

impl Resolver for Silent {
    fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let _waiting = self.0.lock();
        Ok(vec![IpAddr::from([1, 1, 1, 1])])
    }
}

/// Whoever subscribes with names that lead to silent servers waits alone, and not many do so at once.
#[test]
fn names_that_are_never_answered_for_hold_up_nobody() {
    let silent = Arc::new(Silent(Mutex::new(())));
    let doorman = Doorman { reach: Reach::default(), resolver: silent.clone(), busy: Arc::default() };
    let silence = silent.0.lock().unwrap();
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..8).map(|_| scope.spawn(|| doorman.vet("https://a.example/"))).collect();
        soon(|| Arc::strong_count(&doorman.busy) >= 9);
        assert!(doorman.vet("https://a.example/").is_err());
        assert_eq!(Arc::strong_count(&doorman.busy), 9, "nobody joins those who wait");
        assert!(waiting.into_iter().all(|it| it.join().unwrap().is_err()), "and those give up");
    });
    drop(silence);
    soon(|| Arc::strong_count(&doorman.busy) == 1);
    assert_eq!(doorman.vet("https://a.example/"), Ok(()));
}

/// Wherever a name leads that only we can reach, in any coat and beside whatever else, nothing is sent.
#[tokio::test]
async fn names_that_lead_inside_are_refused() {
    let inner = Receiver::new(ok);
    let public: IpAddr = "1.1.1.1".parse().unwrap();
    for inside in [
        "127.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "::",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ] {
        let inside: IpAddr = inside.parse().unwrap();
        for addresses in [vec![inside], vec![public, inside], vec![inside, public]] {
            let resolver = Arc::new(Leading(addresses));
            let reach = Reach { plain: true, networks: Vec::new() };
            let target = format!("http://inside.example:{}/", inner.address.port());
            assert!(reach.vet(&target, &*resolver).is_err(), "{inside}");
            let sender = Sender::new(reach, resolver, PATIENCE);
            assert_eq!(
                sender.send(&target, Vec::new(), b"{}".to_vec()).await.unwrap_err(),
                "no connection",
                "{inside}"
            );
        }
    }
    assert_eq!(inner.count(), 0);
}

/// Callers whose receivers never answer keep nobody else waiting, however many they are.
#[tokio::test]
async fn silent_callers_leave_room_for_others() {
    static SILENCE: Gate = Gate::shut();
    let mut telling = Telling::new();
    telling.teller.sender = {
        let reach = Reach { plain: true, networks: vec!["127.0.0.0/8".parse().unwrap()] };
        Sender::new(reach, Arc::new(Leading(vec![IpAddr::from([127, 0, 0, 1])])), 2 * PATIENCE)
    };
    let (silent, good) = (Receiver::new(|_, _| SILENCE.pass()), Receiver::new(ok));
    for number in 0..60 {
        // Names of their own, so that each is another host; ids that come first.
        let target = format!("http://host{number}.example:{}/", silent.address.port());
        let id = telling.subscribe(&target, &["Person"]).await;
        let all = telling.store.subscriptions(None).unwrap();
        let mut hostile = all.into_iter().find(|it| it.id == id).unwrap();
        assert!(telling.store.unsubscribe("a", id).unwrap());
        (hostile.id, hostile.caller) = (Uuid::from_u128(number), format!("hostile {}", number % 3));
        assert!(telling.store.subscribe(&hostile, 100).unwrap());
    }
    telling.subscribe(&format!("http://good.example:{}/", good.address.port()), &["Person"]).await;
    telling.change("Anna");
    let start = Instant::now();
    telling.teller.round().await;
    // What is on its way goes on while the teller waits for its next round.
    while good.count() == 0 && start.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(good.count(), 1, "it is told while the others are silent");
    SILENCE.open();
    telling.teller.settle().await;
}

#[tokio::test]
async fn a_name_that_turns_inside_is_not_connected_to() {
    let inner = Receiver::new(ok);
    let resolver = Arc::new(Rebinding(AtomicUsize::new(0)));
    let reach = Reach { plain: true, networks: Vec::new() };
    let target = format!("http://rebinding.example:{}/", inner.address.port());
    assert_eq!(reach.vet(&target, &*resolver), Ok(()), "at first it leads outside");
    let sender = Sender::new(reach, resolver.clone(), PATIENCE);
    assert!(sender.send(&target, Vec::new(), b"{}".to_vec()).await.is_err());
    assert_eq!((inner.count(), resolver.0.load(Ordering::SeqCst)), (0, 2));
    let open = Reach { plain: true, networks: vec!["127.0.0.1".parse().unwrap()] };
    let sender = Sender::new(open, resolver, PATIENCE);
    assert_eq!(
        sender.send(&target, Vec::new(), b"{}".to_vec()).await,
        Ok(()),
        "what is allowed is reached by its name"
    );
    assert_eq!(inner.count(), 1);
}
