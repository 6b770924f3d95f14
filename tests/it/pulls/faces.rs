//! What clients see: how old an answer is, when to come back, and whether somebody is logged in.

use std::sync::{Arc, atomic::Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use skolebro::{
    clock,
    face::Logins,
    pull::{Attached, Bridge, Puller, Rules, WhenSpent},
    store::{
        Sqlite,
        tally::{Became, Tally},
    },
};

use super::{Fake, Lookups, SCHOOL, logins, number};
use crate::{
    kept,
    server::{Answer, Server},
};

/// A server whose copy of one school is some hours old, and no pull is left if so said.
fn server(fake: &Arc<Fake>, old: TimeDelta, rules: Rules, is_spent: bool) -> (Server, DateTime<Utc>) {
    let store: Arc<Sqlite> = kept::demo_store();
    let fetched = clock::now() - old;
    store.note_pull("stil", &number(SCHOOL), &Became::Copy(fetched)).unwrap();
    if is_spent {
        // Shortly before midnight, of the day to come too.
        let days = clock::danish_days_around(clock::now(), TimeDelta::minutes(10));
        for _ in 0..4 {
            store.reserve_pull("stil", &number(SCHOOL), &days, 4).unwrap();
            store.reserve_pull("stil", &number("999777"), &days, 4).unwrap();
        }
    }
    let numbers = vec![number(SCHOOL), number("999777")];
    let attached = Attached { upstream: fake.clone(), institutions: Some(numbers) };
    let puller = Puller::new(vec![attached], store.clone(), rules, Arc::new(clock::now)).unwrap();
    let (verifier, _) = logins::verifier(Arc::new(clock::now));
    let server = kept::server(&store, |faces| {
        faces.source = Arc::new(Bridge::new(store.clone(), puller));
        faces.logins = Some(Logins::new(Arc::new(verifier), "Unilogin-Token").unwrap());
    });
    (server, fetched)
}

fn soap(server: &Server, school: &str, headers: &[(&str, &str)]) -> Answer {
    let body = format!(
        "<S:Envelope xmlns:S=\"http://www.w3.org/2003/05/soap-envelope\"><S:Body>\
         <i:hentGrupper xmlns:i=\"https://wsiinst.unilogin.dk/ws\" xmlns:u=\"https://unilogin.dk\">\
         <u:wsBrugerid>demo</u:wsBrugerid><u:wsPassword>demo</u:wsPassword><i:instnr>{school}</i:instnr>\
         </i:hentGrupper></S:Body></S:Envelope>"
    );
    let mut all = vec![("Content-Type", "application/soap+xml")];
    all.extend(headers);
    server.exchange(&crate::server::request("POST", "/wsiinst-v5/ws", &all, body.as_bytes()))
}

fn json(server: &Server, school: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Authorization", "Bearer demo")];
    all.extend(headers);
    server.get(&format!("/unilogin/wsiinst/6/hentGrupper?instnr={school}"), &all)
}

fn rest(server: &Server, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Authorization", "Bearer demo")];
    all.extend(headers);
    server.get("/ss12000/v2.0/organisations", &all)
}

#[test]
fn every_face_tells_how_old_a_copy_is() {
    let (server, fetched) = server(&Arc::new(Fake::new(3)), TimeDelta::hours(3), Rules::default(), false);
    let as_of = fetched.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    for answer in [soap(&server, SCHOOL, &[]), json(&server, SCHOOL, &[])] {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("Skolebro-As-Of"), Some(as_of.as_str()));
        let age: i64 = answer.header("Age").unwrap().parse().unwrap();
        assert!((10_800..10_860).contains(&age), "{age}");
    }
    assert_eq!(rest(&server, &[]).header("Skolebro-As-Of"), Some(as_of.as_str()));
    // What is the store's own has no age.
    let own = json(&server, "999002", &[]);
    assert_eq!((own.status, own.header("Age"), own.header("Skolebro-As-Of")), (200, None, None));
}

#[test]
fn every_face_says_when_to_come_back() {
    let rules = Rules { when_spent: WhenSpent::Refuse, max_age: TimeDelta::hours(1), ..Rules::default() };
    let (server, _) = server(&Arc::new(Fake::new(3)), TimeDelta::hours(3), rules, true);
    let after = |answer: &Answer| {
        let seconds: u64 = answer.header("Retry-After").expect("it says when to come back").parse().unwrap();
        // The longest day there is, and the minutes around midnight.
        assert!((1..=25 * 3600 + 900).contains(&seconds), "{seconds}");
        assert_eq!(answer.header("Age"), None);
        seconds
    };
    for school in [SCHOOL, "999777"] {
        let told = json(&server, school, &[]);
        assert_eq!((told.status, told.json()["status"].as_u64()), (429, Some(429)));
        let seconds = after(&told);
        let detail = told.json()["detail"].as_str().unwrap().to_owned();
        let near = |it: u64| detail == format!("no more questions to the source today; ask again in {it} seconds");
        assert!((seconds - 2..=seconds + 2).any(near), "{detail}");
        let told = soap(&server, school, &[]);
        assert_eq!(told.status, 500);
        after(&told);
        assert!(told.text().contains("Receiver") && told.text().contains("; ask again in "), "{}", told.text());
    }
    let told = rest(&server, &[]);
    assert_eq!((told.status, told.json()["code"].as_str()), (429, Some("SOURCE")));
    after(&told);
}

fn token(changes: &serde_json::Value) -> String {
    let now = clock::now().timestamp();
    let mut claims = json!({ "iss": logins::ISSUER, "aud": "skolebro", "exp": now + 300, "uniid": "nobody" });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    logins::keys()[0].sign(&claims)
}

#[test]
fn a_login_sends_what_it_covers_upstream() {
    let mut fake = Fake::new(3);
    fake.lookups = Lookups { knows: Some(skolebro::store::Memory::default()), ..Lookups::default() };
    let fake = Arc::new(fake);
    let (server, _) = server(&fake, TimeDelta::hours(3), Rules::default(), false);
    let asked = || fake.lookups.asked.load(Ordering::SeqCst);
    let here = token(&json!({ "institution_ids": format!("[{SCHOOL}]") }));
    let elsewhere = format!("Bearer {}", token(&json!({ "institution_ids": ["999002"] })));
    let answers =
        [json(&server, SCHOOL, &[("Unilogin-Token", &here)]), soap(&server, SCHOOL, &[("Unilogin-Token", &here)])];
    assert_eq!(asked(), 2);
    for answer in answers {
        assert_eq!((answer.status, answer.header("Age")), (200, None), "{}", answer.text());
    }
    let copy = json(&server, SCHOOL, &[("unilogin-token", &elsewhere)]);
    assert!(copy.status == 200 && copy.header("Age").is_some());
    assert_eq!(asked(), 2);
}

#[test]
fn a_login_token_that_is_none_is_refused_on_every_face() {
    let (server, _) = server(&Arc::new(Fake::new(3)), TimeDelta::hours(3), Rules::default(), false);
    let expired = token(&json!({ "exp": 1_000_000_000 }));
    for bad in ["", "x", "Bearer", &expired, &"A".repeat(20_000)] {
        let header = [("Unilogin-Token", bad)];
        let told = json(&server, SCHOOL, &header);
        assert_eq!(told.status, 401, "{bad:.20}");
        assert!(told.json()["detail"].as_str().unwrap().starts_with("invalid_token: the login token "));
        let challenge = told.header("WWW-Authenticate");
        assert_eq!(challenge, Some("Bearer realm=\"unilogin\", error=\"invalid_token\""));
        assert_eq!(rest(&server, &header).status, 401);
        let told = soap(&server, SCHOOL, &header);
        assert!(told.status == 500 && told.text().contains("invalid_token: the login token "), "{}", told.text());
        assert!(told.text().contains("Sender"));
    }
    assert_eq!(json(&server, SCHOOL, &[]).status, 200);
}
