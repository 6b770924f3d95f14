//! SS12000 servers elsewhere as a source: what is read of good and odd ones, what hostile ones reach, and what comes of it.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::json;
use skolebro::{
    clock,
    crosswalk::Loss,
    domain::{Member, OrganisationNumber, Roster, Tie},
    source::{
        Part, Source,
        intake::Outcome,
        upstream::{PullError, Upstream},
        web::Web,
    },
    standards::ss12000::{
        context::Options,
        upstream::{Access, Limits, Settings, Ss12000},
    },
    store::{self, Sqlite},
};

mod server;
mod tolerances;
mod lookups;
mod told;
mod attacks;
mod tokens;
mod changes;
mod whole;

use server::{BASE, Inside, Objects};

/// When everything here happens.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_606_400, 0).unwrap()
}

/// An upstream, a store behind it, and what was lost.
struct Bench {
    upstream: Ss12000,
    store: Sqlite,
    losses: Arc<Mutex<Vec<Loss>>>,
}

impl Bench {
    fn new(web: impl Web + 'static) -> Self {
        Self::with(web, |_| {})
    }

    fn with(web: impl Web + 'static, change: impl FnOnce(&mut Settings)) -> Self {
        let losses: Arc<Mutex<Vec<Loss>>> = Arc::default();
        let heard = losses.clone();
        let mut settings = Settings {
            name: "skola".to_owned(),
            base: BASE.to_owned(),
            access: Access::given("secret".to_owned()),
            options: Options::default(),
            limits: Limits::default(),
            web: Box::new(web),
            shelves: Box::new(|| store::shelf(None)),
            losses: Box::new(move |_, lost| *heard.lock().unwrap() = lost.to_vec()),
            now: Box::new(|| clock::danish(now())),
        };
        change(&mut settings);
        Self { upstream: Ss12000::new(settings), store: Sqlite::in_memory().unwrap(), losses }
    }

    /// The same at another time.
    fn at(web: impl Web + 'static, now: DateTime<Utc>) -> Self {
        Self::with(web, |it| it.now = Box::new(move || clock::danish(now)))
    }

    fn pull(&self, number: &'static str) -> Result<Outcome, PullError> {
        self.upstream.pull(&OrganisationNumber::new(number), &self.store, false)
    }

    /// Pulls what must be there, and tells what is kept of it.
    fn roster(&self, number: &'static str) -> Roster<'static> {
        let outcome = self.pull(number).unwrap_or_else(|why| panic!("{why}"));
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
        kept(&self.store, number).unwrap()
    }

    /// Why nothing is pulled. Nothing may be kept then, and nobody be named.
    fn refused(&self, number: &'static str) -> String {
        let told = match self.pull(number) {
            Err(why) => why.to_string(),
            Ok(outcome) => panic!("{outcome:?}"),
        };
        assert!(kept(&self.store, number).is_none(), "{told}");
        for word in ["Alma", "Berg", "secret", "0101005038", "alma0001"] {
            assert!(!told.contains(word), "{told}");
        }
        told
    }

    fn lost(&self) -> Vec<(String, &'static str)> {
        self.losses.lock().unwrap().iter().map(|it| (it.path.clone(), it.why)).collect()
    }
}

fn kept(store: &Sqlite, number: &'static str) -> Option<Roster<'static>> {
    let number = OrganisationNumber::new(number);
    let found = wait(store.institution(&number, Part::Everything)).unwrap();
    found.map(|it| it.roster().clone())
}

/// Waits for an answer, as a task does.
fn wait<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer)
}

/// The member with this given name.
fn member<'r>(roster: &'r Roster<'static>, given: &str) -> &'r Member<'static> {
    let named = |it: &&Member<'_>| it.person.as_ref().is_some_and(|it| it.name.given == given);
    roster.members.iter().find(named).unwrap_or_else(|| panic!("nobody is called {given}"))
}

fn user<'r>(roster: &'r Roster<'static>, given: &str) -> &'r str {
    member(roster, given).person.as_ref().unwrap().user_id.as_ref().unwrap().as_str()
}

fn pupil<'m>(member: &'m Member<'static>) -> &'m skolebro::domain::Pupil<'static> {
    if let Some(Tie::Pupil(pupil)) = &member.tie { pupil } else { panic!("no pupil: {:?}", member.tie) }
}

fn groups(member: &Member<'_>) -> Vec<String> {
    member.groups().map(|it| it.0.to_string()).collect()
}

const MODIFIED: &str = "2026-01-01T00:00:00Z";

/// A municipality with two schools: Alma and her mother, a teacher, a child in preschool; and Nils at the other school.
fn municipality() -> Objects {
    let meta = json!({ "created": MODIFIED, "modified": MODIFIED });
    let user = |id: &str| json!([{ "value": id, "context": "https://unilogin.dk/uniid", "globallyUnique": true }]);
    let person = |id: &str, given: &str, user_id: &str| {
        json!({
            "id": id, "meta": meta, "givenName": given, "familyName": "Berg", "securityMarking": "Ingen",
            "externalIdentifiers": user(user_id), "enrolments": [], "responsibles": []
        })
    };
    let mut objects = Objects::default();
    let school = |id: &str, code: &str| {
        json!({
            "id": id, "meta": meta, "displayName": format!("Skole {code}"), "organisationType": "Skolenhet",
            "organisationCode": code, "parentOrganisation": { "id": "kommun" }
        })
    };
    objects.add("organisations", json!({
        "id": "kommun", "meta": meta, "displayName": "Kommun", "organisationType": "Huvudman", "municipalityCode": "0461"
    }));
    objects.add("organisations", school("s1", "101001")).add("organisations", school("s2", "101002"));
    let enrolled = |at: &str| json!([{ "enroledAt": { "id": at }, "schoolType": "GR", "schoolYear": 7, "startDate": "2026-08-01" }]);
    let mut alma = person("alma", "Alma", "alma0001");
    alma["enrolments"] = enrolled("s1");
    alma["responsibles"] = json!([{ "person": { "id": "mor" }, "relationType": "Vårdnadshavare" }]);
    alma["civicNo"] = json!({ "value": "0101005038", "nationality": "DK" });
    let mut nils = person("nils", "Nils", "nils0001");
    nils["enrolments"] = enrolled("s2");
    let mut mother = person("mor", "Maja", "maja0001");
    mother["sex"] = json!("Kvinna");
    for it in [alma, mother, person("lars", "Lars", "lars0001"), person("bo", "Bo", "bo000001"), nils] {
        objects.add("persons", it);
    }
    let group = |id: &str, at: &str, kind: &str, form: &str, members: &[&str]| {
        let members: Vec<_> = members.iter().map(|it| json!({ "person": { "id": it } })).collect();
        json!({
            "id": id, "meta": meta, "displayName": format!("Group {id}"), "startDate": "2026-08-01", "groupType": kind,
            "schoolType": form, "organisation": { "id": at }, "groupMemberships": members
        })
    };
    objects.add("groups", group("7A", "s1", "Klass", "GR", &["alma"]));
    objects.add("groups", group("7A-ma", "s1", "Undervisning", "GR", &["alma"]));
    objects.add("groups", group("gul", "s1", "Avdelning", "FS", &["bo"]));
    objects.add("groups", group("7B", "s2", "Klass", "GR", &["nils"]));
    objects.add(
        "duties",
        json!({
            "id": "d1", "meta": meta, "person": { "id": "lars" }, "dutyAt": { "id": "s1" }, "dutyRole": "Lärare",
            "signature": "LB", "startDate": "2020-08-01"
        }),
    );
    objects.add(
        "placements",
        json!({
            "id": "p1", "meta": meta, "placedAt": { "id": "s1" }, "child": { "id": "bo" }, "group": { "id": "gul" },
            "schoolType": "FS", "startDate": "2026-08-01"
        }),
    );
    objects.add("activities", json!({
        "id": "a1", "meta": meta, "displayName": "Matematik", "calendarEventsRequired": true, "startDate": "2026-08-01",
        "groups": [{ "id": "7A-ma" }], "teachers": [{ "duty": { "id": "d1" } }], "organisation": { "id": "s1" }
    }));
    objects
}

/// A server of the municipality.
fn good() -> Inside {
    let objects = municipality();
    Inside::new(move |asked| objects.answer(asked))
}

/// The municipality with twenty more pupils at the other school.
fn crowded() -> Objects {
    let mut objects = municipality();
    for number in 0..20 {
        let id = format!("p{number}");
        let mut person = objects.get("persons", "nils").clone();
        (person["id"], person["externalIdentifiers"]) = (json!(id), json!([]));
        objects.get("groups", "7B")["groupMemberships"].as_array_mut().unwrap().push(json!({ "person": { "id": id } }));
        objects.add("persons", person);
    }
    objects
}
