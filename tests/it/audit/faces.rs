//! What every face records of every question.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use skolebro::{
    caller::Rights,
    cli::demo,
    domain::{Snapshot, Tie},
};

use super::*;
use crate::{
    callers::{agreed, all, known},
    kept::{demo_store, server},
    server::{Answer, Server, request},
};

/// Everybody of the demo, by mark.
pub(super) struct Everybody(BTreeMap<String, Person<'static>>);

impl Everybody {
    fn new(key: &Key) -> Self {
        let mark = |it: &Person<'static>| Some((hex(key.person(it)?), it.clone()));
        Self(demo::municipality().iter().flat_map(people).filter_map(|it| mark(&it)).collect())
    }

    /// The user ids of some marks.
    fn users(&self, marks: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let user = |it: String| self.0[&it].user_id.as_ref().map(|it| it.as_str().to_lowercase());
        marks.into_iter().filter_map(user).collect()
    }

    /// The user ids of whoever an answer names by user id or number.
    pub(super) fn named(&self, answer: &str) -> BTreeSet<String> {
        let words: BTreeSet<String> = answer.split(|it: char| !it.is_alphanumeric()).map(str::to_lowercase).collect();
        let is_named = |it: &&Person<'static>| {
            let number = it.civil_id.as_ref().filter(|it| !it.is_placeholder()).map(|it| it.reveal().to_owned());
            let user = it.user_id.as_ref().map(|it| it.as_str().to_lowercase());
            [number, user].into_iter().flatten().any(|it| words.contains(&it))
        };
        let named = self.0.values().filter(is_named);
        named.filter_map(|it| Some(it.user_id.as_ref()?.as_str().to_lowercase())).collect()
    }

    /// The user ids of whoever an answer shows by full name, real or alias, where nobody else is called so.
    pub(super) fn shown(&self, answer: &str) -> BTreeSet<String> {
        let mut called: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for person in self.0.values() {
            let user = person.user_id.as_ref().map(|it| it.as_str().to_lowercase());
            for name in [person.name.full().into_owned(), person.display_name().into_owned()] {
                called.entry(format!("\"{name}\"")).or_default().extend(user.clone());
            }
        }
        let shown =
            called.into_iter().filter(|(name, users)| users.iter().all(|it| *it == users[0]) && answer.contains(name));
        shown.flat_map(|it| it.1).collect()
    }
}

pub(super) fn hex(bytes: impl AsRef<[u8]>) -> String {
    data_encoding::HEXLOWER.encode(bytes.as_ref())
}

/// Members and contact persons.
fn people(of: &Snapshot) -> Vec<Person<'static>> {
    let mut people = Vec::new();
    for member in &of.roster().members {
        people.extend(member.person.clone());
        if let Some(Tie::Pupil(pupil)) = &member.tie {
            people.extend(pupil.contacts.iter().map(|it| it.person.clone()));
        }
    }
    people
}

/// A server that records, and what it has recorded.
pub(super) struct Recorded {
    pub(super) log: Log,
    pub(super) server: Server,
    pub(super) everybody: Everybody,
    read: std::cell::Cell<usize>,
}

impl Recorded {
    pub(super) fn new(callers: &[(&str, Rights)]) -> Self {
        let log = Log::new();
        let audit = log.open();
        let callers: Vec<(&str, Rights)> =
            callers.iter().cloned().chain([("demo", all()), ("DEMO01", all())]).collect();
        let server = server(&demo_store(), |faces| {
            faces.audit = Some(audit);
            faces.callers = Arc::new(known(&callers).into());
        });
        let everybody = Everybody::new(&log.key());
        Self { log, server, everybody, read: std::cell::Cell::new(1) }
    }

    /// The accesses since somebody asked last.
    pub(super) fn since(&self) -> Vec<Value> {
        let lines = self.log.lines();
        let new: Vec<Value> =
            lines.iter().skip(self.read.replace(lines.len())).map(|it| serde_json::from_str(it).unwrap()).collect();
        new.into_iter().filter(|it| it["is"] == "access").collect()
    }

    /// The only access since then, and the user ids of whom it told.
    pub(super) fn one(&self) -> (Value, BTreeSet<String>) {
        let mut since = self.since();
        assert_eq!(since.len(), 1, "{since:?}");
        let record = since.remove(0);
        let users = self.told(&record);
        (record, users)
    }

    fn told(&self, record: &Value) -> BTreeSet<String> {
        let mut marks: BTreeSet<String> =
            record["persons"].as_array().into_iter().flatten().map(|it| it.as_str().unwrap().to_owned()).collect();
        if let Some(set) = record["set"].as_str() {
            let lines = self.log.lines();
            let parts = lines.iter().filter(|it| it.contains(&format!("\"set\":\"{set}\",\"part\"")));
            for part in parts {
                let part: Value = serde_json::from_str(part).unwrap();
                marks.extend(part["marks"].as_str().unwrap().split(' ').map(str::to_owned));
            }
        }
        assert!(record["people"].as_u64().unwrap() >= marks.len() as u64);
        self.everybody.users(marks)
    }

    fn get(&self, token: &str, target: &str) -> Answer {
        self.server.get(target, &[("Authorization", &format!("Bearer {token}"))])
    }

    fn post(&self, token: &str, operation: &str, body: &Value) -> Answer {
        let token = format!("Bearer {token}");
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        self.server.exchange(&request("POST", &format!("/unilogin/{operation}"), &headers, body.to_string().as_bytes()))
    }
}

const FOLDERS: [(&str, &str); 8] = [
    ("wsiinst/v6", "/bpi/wsiinst/6"),
    ("wsiinst/v5", "/wsiinst-v5/ws"),
    ("wsibruger/v7", "/bpi/wsibruger/7"),
    ("wsibruger/v6", "/wsibruger-v6/ws"),
    ("wsiidentifikation/v6", "/bpi/wsiidentifikation/6"),
    ("wsiidentifikation/v5", "/wsiidentifikation-v5/ws"),
    ("wsieksport/v7", "/bpi/wsieksport/7"),
    ("wsieksport/v6", "/wsieksport-v6/ws"),
];

/// The operations that tell nothing of people, whoever asks.
const IMPERSONAL: [&str; 10] = [
    "helloWorld",
    "helloWorldWithDB",
    "helloWorldWithDBAndCredentials",
    "helloWorldWithCertificate",
    "hentDataAftaler",
    "hentGrupper",
    "hentGruppersLicenser",
    "hentInstitution",
    "hentInstitutioner",
    "hentInstitutionshierarki",
];

/// Whoever is named in an answer is in its record; in those that name everybody they tell of, nobody else is.
#[test]
fn every_question_over_soap_is_recorded_with_whom_its_answer_names() {
    let recorded = Recorded::new(&[]);
    let mut count = 0;
    for (folder, path) in FOLDERS {
        let mut folders: Vec<_> =
            fs::read_dir(format!("fixtures/unilogin/{folder}")).unwrap().map(|it| it.unwrap().path()).collect();
        folders.sort();
        for folder in folders {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let operation = name.split('.').next().unwrap();
            let question = fs::read(folder.join("request.xml")).unwrap();
            let answer = recorded.server.post(path, "application/soap+xml; charset=utf-8", &question);
            if IMPERSONAL.contains(&operation) || operation.starts_with("hentDataAftaler") {
                assert!(recorded.since().is_empty(), "{name} tells nothing of people");
                continue;
            }
            count += 1;
            let refused = answer.status != 200;
            let (record, users) = recorded.one();
            let contract = record["operation"].as_str().unwrap();
            assert!(contract.ends_with(&format!(" {operation}")), "{contract}");
            assert_eq!((record["face"].as_str(), record["decision"] == "deny"), (Some("soap"), refused), "{name}");
            let named = recorded.everybody.named(answer.text());
            assert!(named.is_subset(&users), "{name}: {:?} are not recorded", named.difference(&users));
            let names_all = operation.starts_with("eksporter") || operation.starts_with("hentBrugereIGruppe");
            assert!(!names_all || named == users, "{name}: {:?} were not named", users.difference(&named));
            assert!(refused || record["who"].is_string(), "{record}");
        }
    }
    assert!(count > 70, "only {count} questions were about people");
    assert_eq!(recorded.log.verify().broken, None);
}

/// The same people, however they are asked for.
#[test]
fn json_and_ss12000_record_as_soap_does() {
    let recorded = Recorded::new(&[]);
    let answer = recorded.get("demo", "/unilogin/wsiinst/6/hentInstBruger?instnr=999001&brugerid=alma0001");
    assert_eq!(answer.status, 200);
    let (record, users) = recorded.one();
    assert_eq!(
        (record["face"].as_str(), record["operation"].as_str()),
        (Some("json"), Some("wsiinst/6 hentInstBruger"))
    );
    assert_eq!((record["who"].as_str(), &record["institutions"]), (Some("demo"), &json!(["999001"])));
    assert_eq!(users, BTreeSet::from(["alma0001".to_owned()]));
    assert_eq!(record["asked"].as_array().unwrap().len(), 1);
    let answer = recorded.get("demo", "/unilogin/wsieksport/7/eksporterXmlFuldMyndighed?instnr=999003");
    let (record, users) = recorded.one();
    assert_eq!(users, recorded.everybody.named(answer.text()));
    assert!(users.len() > 8 && record["set"].is_string(), "{record}");
    for (resource, least) in [("persons", 100), ("groups", 50), ("duties", 10), ("placements", 5)] {
        let list = recorded.get("demo", &format!("/ss12000/v2.0/{resource}?limit=1000"));
        let (record, users) = recorded.one();
        assert_eq!((record["face"].as_str(), record["operation"].as_str()), (Some("ss12000"), Some(resource)));
        assert!(users.len() >= least, "{resource} told of {} people", users.len());
        assert!(recorded.everybody.named(list.text()).is_subset(&users), "{resource}");
        let all = list.json();
        let first = all["data"][0]["id"].as_str().unwrap();
        let one = recorded.get("demo", &format!("/ss12000/v2.0/{resource}/{first}"));
        let (record, users) = recorded.one();
        assert_eq!((one.status, record["operation"].as_str().unwrap()), (200, &*format!("{resource}/{{id}}")));
        assert!(users.len() <= 30, "{resource}: {users:?}");
    }
    recorded.get("demo", "/ss12000/v2.0/organisations");
    assert!(recorded.since().is_empty(), "institutions are not people");
    let nobody = "00000000-0000-4000-8000-000000000000";
    assert_eq!(recorded.get("demo", &format!("/ss12000/v2.0/persons/{nobody}")).status, 404);
    let (record, _) = recorded.one();
    assert_eq!((record["result"].as_str(), record["people"].as_u64()), (Some("404"), Some(0)));
}

/// Anybody can be refused as often as they like; the log does not grow by it for ever.
#[test]
fn a_flood_of_refusals_is_counted() {
    let recorded = Recorded::new(&[]);
    (0..400).for_each(|_| assert_eq!(recorded.get("wrong", "/ss12000/v2.0/persons").status, 401));
    assert_eq!(recorded.get("demo", "/unilogin/wsiinst/6/hentInstBruger?instnr=999001&brugerid=alma0001").status, 200);
    let records = recorded.since();
    let left_out: u64 = records.iter().filter_map(|it| it["left_out"].as_u64()).sum();
    assert!(left_out > 0 && records.iter().filter(|it| it["rule"] == "token").count() >= 200, "{left_out}");
    assert_eq!(records.len() as u64 + left_out, 401);
    assert_eq!(records.last().map(|it| &it["decision"]), Some(&json!("allow")));
    assert_eq!(recorded.log.verify().broken, None);
}

#[test]
fn refusals_are_recorded_without_people() {
    let faceless = Rights { faces: Some(vec!["unilogin".to_owned()]), ..all() };
    let recorded = Recorded::new(&[("inst", agreed("wsiinst", &["999001"])), ("faceless", faceless)]);
    let alma = json!({ "instnr": "999003", "brugerid": "alma0001" });
    let denied = |rule: &str, who: &str, claimed: &str, institutions: Value| {
        let (record, users) = recorded.one();
        let found = ["decision", "rule", "who", "claimed"].map(|it| record[it].as_str().unwrap_or_default().to_owned());
        assert_eq!(found, ["deny", rule, who, claimed], "{record}");
        assert_eq!((users.len(), &record["people"], &record["institutions"]), (0, &json!(0), &institutions));
        assert!(record["asked"].is_null());
    };
    recorded.post("inst", "wsiinst/6/hentInstBruger", &alma);
    denied("Rettigheder", "inst", "", json!(["999003"]));
    recorded.post("wrong", "wsiinst/6/hentInstBruger", &alma);
    denied("token", "", "", json!([]));
    recorded.get("wrong", "/ss12000/v2.0/persons");
    denied("token", "", "", json!([]));
    recorded.get("faceless", "/ss12000/v2.0/persons");
    denied("face", "faceless", "", json!([]));
    recorded.post("inst", "wsiidentifikation/6/hentBrugeridFraCpr", &json!({ "cpr": "6101104001" }));
    denied("Rettigheder", "inst", "", json!([]));
    let legacy = fs::read_to_string("fixtures/unilogin/wsiinst/v5/hentInstBruger.elev/request.xml").unwrap();
    let post = |text: &str| recorded.server.post("/wsiinst-v5/ws", "application/soap+xml", text.as_bytes());
    post(&legacy.replace("wsPassword>demo<", "wsPassword>6101104001<"));
    denied("BrugeridEllerPassword", "", "demo", json!([]));
    post(&legacy.replace("wsBrugerid>demo<", "wsBrugerid>6101104001<"));
    denied("BrugeridEllerPassword", "", "", json!([]));
}

/// What is handed in is written about people, and answered with their user ids: a record before anything is kept, and one after.
#[test]
fn an_import_is_recorded_with_whom_it_brings() {
    let recorded = Recorded::new(&[]);
    let question = fs::read("fixtures/unilogin/wsaimport/v8/importerXml/request.xml").unwrap();
    let import = || recorded.server.post("/bpi/wsaimport/8", "application/soap+xml; charset=utf-8", &question);
    fs::rename(recorded.log.file(), recorded.log.path().join("away")).unwrap();
    fs::create_dir(recorded.log.file()).unwrap();
    assert!(import().text().contains("The access cannot be recorded"));
    fs::remove_dir(recorded.log.file()).unwrap();
    fs::rename(recorded.log.path().join("away"), recorded.log.file()).unwrap();
    let answer = import();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("reskode=\"0\""), "nothing was kept before: {}", answer.text());
    let [begun, done] = &recorded.since()[..] else { panic!("two records") };
    assert_eq!((&begun["result"], &begun["request"]), (&json!("begun"), &done["request"]));
    assert_eq!((&done["operation"], &done["institutions"]), (&json!("wsaimport/8 importerXml"), &json!(["999006"])));
    assert!(done["people"].as_u64().unwrap() > 1 && done["who"] == "DEMO01", "{done}");
}

/// People are not told of while the log cannot be written; institutions are, and refusals.
#[test]
fn what_cannot_be_recorded_is_not_told() {
    let recorded = Recorded::new(&[]);
    let ask = || recorded.get("demo", "/unilogin/wsiinst/6/hentInstBruger?instnr=999001&brugerid=alma0001");
    let soap = || {
        let question = fs::read("fixtures/unilogin/wsiinst/v5/hentInstBruger.elev/request.xml").unwrap();
        recorded.server.post("/wsiinst-v5/ws", "application/soap+xml", &question)
    };
    assert_eq!(ask().status, 200);
    fs::rename(recorded.log.file(), recorded.log.path().join("away")).unwrap();
    fs::create_dir(recorded.log.file()).unwrap();
    let answer = ask();
    assert_eq!((answer.status, answer.json()["title"].as_str()), (503, Some("The access cannot be recorded")));
    assert!(!answer.text().contains("Alma"));
    let fault = soap();
    assert!(fault.status == 500 && fault.text().contains("The access cannot be recorded"), "{}", fault.text());
    assert_eq!(recorded.get("demo", "/ss12000/v2.0/persons").status, 503);
    let export = recorded.get("demo", "/unilogin/wsieksport/7/eksporterXmlLille?instnr=999003");
    assert_eq!(export.status, 503);
    assert_eq!(recorded.get("demo", "/unilogin/wsiinst/6/hentInstitution?instnr=999001").status, 200);
    assert_eq!(recorded.get("demo", "/ss12000/v2.0/organisations").status, 200);
    assert_eq!(recorded.get("wrong", "/ss12000/v2.0/persons").status, 401);
    fs::remove_dir(recorded.log.file()).unwrap();
    fs::rename(recorded.log.path().join("away"), recorded.log.file()).unwrap();
    assert_eq!((ask().status, soap().status), (200, 200));
    assert_eq!(recorded.log.verify().broken, None);
}
