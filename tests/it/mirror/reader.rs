//! Our own reader of SS12000 servers before our own server, while imports come and go: who reads what has changed knows what somebody
//! knows who reads everything.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use chrono::{DateTime, SecondsFormat, Utc};
use skolebro::{
    domain::{OrganisationNumber, Roster},
    source::{
        Part, Source,
        courier::{Head, Lost, Reply},
        told::Told,
        upstream::Upstream,
        web::{Inquiry, Web},
    },
    standards::ss12000::{
        context::{Options, Rights},
        serve::{ErrorKind, Request},
        upstream::{Access, Limits, Settings, Ss12000},
        view::Caller,
    },
    store::{self, Sqlite},
};

use crate::rosters::told;

use super::{
    at_once, now, told_to,
    world::{SCHOOLS, Server, World},
};

const BASE: &str = "https://skola.example/v2.0";

/// Asks a server in the process. Readers overlap their questions by minutes, in which all of this happens: here they are asked from
/// the very moment on at which the last reading began.
struct Direct {
    server: Arc<Mutex<Server>>,
    /// When the last reading began, and the one before it.
    readings: Mutex<(String, String)>,
    /// How often everything was read.
    whole: Arc<AtomicUsize>,
}

impl Direct {
    /// The moment from which on a question is to be, if it is about changes.
    fn since(&self, path: &str, query: &[(String, String)]) -> String {
        let is = |name: &str| query.iter().any(|it| it.0 == name);
        let mut readings = self.readings.lock().unwrap();
        let begins = || now().to_rfc3339_opts(SecondsFormat::Millis, true);
        if path == "organisations" && !is("meta.modified.after") && !is("pageToken") {
            readings.0 = begins();
            self.whole.fetch_add(1, Ordering::SeqCst);
        }
        if path == "deletedEntities" && !is("pageToken") {
            let last = std::mem::replace(&mut readings.0, begins());
            readings.1 = last;
        }
        readings.1.clone()
    }
}

impl Web for Direct {
    fn ask(&self, inquiry: Inquiry) -> Result<Reply, Lost> {
        let target = inquiry.address.strip_prefix(BASE).unwrap().trim_start_matches('/').to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let since = self.since(path, &query);
        let told = |it: &str| ["after", "meta.modified.after"].contains(&it);
        let query = query.iter().map(|(name, value)| (name.as_str(), if told(name) { &since } else { value }.as_str()));
        let (path, query): (Vec<&str>, Vec<(&str, &str)>) = (path.split('/').collect(), query.collect());
        let body = inquiry.body.map(|it| it.text.into_bytes());
        let (told, caller) = (Told::default(), Caller { rights: Rights::ALL, institutions: None, ..Caller::default() });
        let request = Request {
            method: if body.is_some() { "POST" } else { "GET" },
            path: &path,
            query: &query,
            body: body.as_deref().unwrap_or_default(),
            caller: &caller,
            name: "reader",
            told: &told,
            now: now(),
        };
        let server = self.server.lock().unwrap();
        let (status, body) = match at_once(server.service.answer(&*server.store, request)) {
            Ok(answer) => (answer.status, answer.body),
            Err(it) => match it.kind {
                ErrorKind::NotFound => (404, Vec::new()),
                ErrorKind::Gone => (410, Vec::new()),
                ErrorKind::Invalid => (400, Vec::new()),
                _ => panic!("{target}: {it}"),
            },
        };
        let (media_type, date) = ("application/json".to_owned(), Some(now()));
        Ok(Reply { head: Head { status, media_type, charset: None, date, retry_after: None }, body })
    }

    fn rest(&self, _: std::time::Duration) {}
}

/// In the middle of the first term.
fn then() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_606_400, 0).unwrap()
}

/// Somebody who reads, and how often everything.
fn reader(server: &Arc<Mutex<Server>>) -> (Ss12000, Arc<AtomicUsize>) {
    let whole = Arc::new(AtomicUsize::new(0));
    let web = Direct { server: server.clone(), readings: Mutex::default(), whole: whole.clone() };
    let reader = Ss12000::new(Settings {
        name: "skola".to_owned(),
        base: BASE.to_owned(),
        access: Access::given("secret".to_owned()),
        options: Options { stand_in_group: Some("Ukendt".to_owned()), ..Options::default() },
        limits: Limits { page: 4, fresh: std::time::Duration::ZERO, ..Limits::default() },
        web: Box::new(web),
        shelves: Box::new(|| store::shelf(None)),
        losses: Box::new(|_, _| {}),
        now: Box::new(|| skolebro::clock::danish(then())),
    });
    (reader, whole)
}

/// What a store knows of a school after a pull, in the order of keys.
fn pulled(reader: &Ss12000, store: &Sqlite, school: &'static str) -> Option<Roster<'static>> {
    let number = OrganisationNumber::new(school);
    reader.pull(&number, store, true).ok()?;
    let mut roster = told(at_once(store.institution(&number, Part::Everything)).unwrap()?.roster());
    roster.members.sort_by_key(|it| it.local_id.clone());
    Some(roster)
}

#[test]
fn who_reads_what_has_changed_knows_what_there_is() {
    let steps = told_to("SKOLEBRO_MIRROR_STEPS").unwrap_or(60);
    let mut world = World::new(told_to("SKOLEBRO_MIRROR_SEED").unwrap_or(1));
    let server = Arc::new(Mutex::new(Server::new()));
    let ((steady, whole), kept) = (reader(&server), Sqlite::in_memory().unwrap());
    let mut people = 0;
    for number in 0..steps {
        let what = world.step(&mut server.lock().unwrap());
        let ((fresh, _), new) = (reader(&server), Sqlite::in_memory().unwrap());
        for school in SCHOOLS {
            let (known, there) = (pulled(&steady, &kept, school), pulled(&fresh, &new, school));
            people += known.as_ref().map_or(0, |it| it.members.len());
            assert_eq!(known, there, "{school} at step {number}: {what}");
        }
    }
    assert_eq!(whole.load(Ordering::SeqCst), 1, "everything is read once");
    assert!(steps < 60 || people > 100, "{people}");
}
