//! Questions made to hurt, or made by mistake, in one table: what each is answered with, read as a client reads it. Nothing of what
//! was sent comes back, and nothing but the standard's error shape.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use skolebro::standards::ss12000::{
    context::{Options, Rights},
    serve::{Choices, Request, Service},
    view::Caller,
};

use super::{found, person};
use crate::server::{Answer, Server, demo, request};

const PREFIX: &str = "/ss12000/v2.0";
/// What stands in every question that is somebody's or made up, and in no answer.
const SECRETS: [&str; 3] = ["hemmelig", "0101019999", "alma0001"];

/// The table: questions by their names.
#[derive(Default)]
struct Table(String);

impl Table {
    fn head(&mut self, title: &str) {
        self.0.push_str(&format!("\n# {title}\n"));
    }

    /// What an answer is, in a line.
    fn tell(&mut self, name: &str, answer: &Answer) {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let kept: Vec<String> = ["allow", "www-authenticate", "retry-after"]
            .iter()
            .filter_map(|it| Some(format!(" [{it}: {}]", answer.header(it)?)))
            .collect();
        let told = if answer.status < 300 {
            "answered".to_owned()
        } else if text.is_empty() {
            let is_head = name.starts_with("HEAD ");
            assert!(is_head || answer.header("content-type").is_none(), "{name}: nothing has no type");
            "no body".to_owned()
        } else {
            assert_eq!(answer.header("content-type"), Some("application/json"), "{name}");
            let error: Value = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}: {text}"));
            let error = error.as_object().unwrap();
            assert_eq!(error.keys().collect::<Vec<_>>(), ["code", "message"], "{name}");
            format!("{} {}", error["code"].as_str().unwrap(), error["message"].as_str().unwrap())
        };
        for secret in SECRETS {
            assert!(answer.status < 300 || !text.contains(secret), "{name}: {text}");
            assert!(answer.headers.iter().all(|it| !it.1.contains(secret)), "{name}: {:?}", answer.headers);
        }
        self.0.push_str(&format!("{name}\n  {}{} {told}\n", answer.status, kept.concat()));
    }

    fn get(&mut self, path: &str) {
        self.tell(&format!("GET {path}"), &get(path));
    }

    fn post(&mut self, name: &str, path: &str, body: &[u8]) {
        self.tell(&format!("POST {path} {name}"), &post(path, "application/json", body));
    }
}

fn get(path: &str) -> Answer {
    demo().get(&format!("{PREFIX}/{path}"), &[("Authorization", "Bearer demo")])
}

fn post(path: &str, media_type: &str, body: &[u8]) -> Answer {
    let headers = [("Authorization", "Bearer demo"), ("Content-Type", media_type)];
    demo().exchange(&request("POST", &format!("{PREFIX}/{path}"), &headers, body))
}

/// A token that a server with this secret has given out so many minutes ago.
fn aged_token(secret: &str, minutes: i64) -> String {
    let choices = Choices { token_secret: Some(secret.to_owned()), ..Choices::default() };
    let service = Service::new(Options::default(), choices);
    let caller = Caller { rights: Rights::ALL, institutions: None, ..Caller::default() };
    let source = skolebro::store::Memory::new(skolebro::cli::demo::municipality());
    let request = Request {
        method: "GET",
        path: &["persons"],
        query: &[("limit", "1")],
        body: b"",
        caller: &caller,
        name: "demo",
        now: skolebro::clock::now() - TimeDelta::minutes(minutes),
        told: &skolebro::source::told::Told::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answer = runtime.block_on(service.answer(&source, request)).unwrap();
    let page: Value = serde_json::from_slice(&answer.body).unwrap();
    page["pageToken"].as_str().unwrap().to_owned()
}

#[test]
fn page_tokens() {
    let mut table = Table::default();
    let secret = "sixteen characters";
    let server = Server::start(|faces| {
        let choices = Choices { token_secret: Some(secret.to_owned()), ..Choices::default() };
        faces.ss12000 = Arc::new(Service::new(Options::default(), choices));
    });
    let tokens = [
        ("of now", aged_token(secret, 0), "persons"),
        ("of 59 minutes ago", aged_token(secret, 59), "persons"),
        ("of 61 minutes ago", aged_token(secret, 61), "persons"),
        ("of tomorrow", aged_token(secret, -24 * 60), "persons"),
        ("of another server", aged_token("another secret, as long", 0), "persons"),
        ("of persons, for groups", aged_token(secret, 0), "groups"),
        ("that is none", "hemmelig".to_owned(), "persons"),
        ("of nothing", String::new(), "persons"),
        ("of NUL and no letters", "%00%FF%FE".to_owned(), "persons"),
        ("of ten thousand letters", "A".repeat(10_000), "persons"),
        ("that looks like JSON", "%7B%22expires%22%3A9999999999%7D".to_owned(), "persons"),
    ];
    table.head("Page tokens");
    for (name, token, path) in &tokens {
        let target = format!("{PREFIX}/{path}?pageToken={token}");
        table.tell(&format!("a token {name}"), &server.get(&target, &[("Authorization", "Bearer demo")]));
    }
    let token = &tokens[0].1;
    for (name, caller, rest) in [
        ("with another limit", "demo", "&limit=7"),
        ("twice", "demo", &*format!("&pageToken={token}")),
        ("and another", "demo", "&pageToken=hemmelig"),
        ("with a filter", "demo", "&nameContains=hemmelig"),
        ("with an order", "demo", "&sortkey=ModifiedDesc"),
        ("of another caller", "demo-minimal", ""),
    ] {
        let target = format!("{PREFIX}/persons?pageToken={token}{rest}");
        let caller = format!("Bearer {caller}");
        table.tell(&format!("a good token {name}"), &server.get(&target, &[("Authorization", &caller)]));
    }
    insta::assert_snapshot!("hostile-page-tokens", table.0);
}

#[test]
fn numbers_days_and_times() {
    let mut table = Table::default();
    table.head("Limits");
    for limit in [
        "1",
        "1000",
        "10000000",
        "99999999999999999999",
        "0",
        "-1",
        "1.0",
        "1e3",
        "",
        "%2B1",
        "0x10",
        "%D9%A3",
        "1,2",
        "NaN",
    ] {
        table.get(&format!("duties?limit={limit}"));
    }
    table.head("Days");
    for day in [
        "2026-02-28",
        "2026-02-30",
        "2026-13-01",
        "2026-1-1",
        "0000-01-01",
        "10000-01-01",
        "-2026-01-01",
        "2026-08-01T00:00:00Z",
        "01.08.2026",
        "",
    ] {
        table.get(&format!("duties?startDate.onOrBefore={day}"));
    }
    table.head("Times");
    for time in [
        "2026-02-28T23:59:59Z",
        "2026-02-30T00:00:00Z",
        "2026-02-28T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2026-02-28T00:00:00",
        "2026-02-28",
        "2026-02-28T00:00:00%2B25:00",
        "2026-02-28T00:00:00+01:00",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "99999-01-01T00:00:00Z",
        "1772236800",
        "",
    ] {
        table.get(&format!("duties?meta.modified.before={time}"));
    }
    insta::assert_snapshot!("hostile-values", table.0);
}

#[test]
fn ids_and_words() {
    let mut table = Table::default();
    table.head("Ids");
    for id in [
        "999001",
        "17",
        "%00",
        "hemmelig",
        "{4b20b1ea-3213-559f-bb11-2bc5ba9f371e}",
        "4b20b1ea3213559fbb112bc5ba9f371e",
        "..%2Fpersons",
        "%20",
        "'%20OR%201=1--",
    ] {
        table.get(&format!("persons/{id}"));
        table.get(&format!("duties?person={id}"));
    }
    table.head("Words and truth");
    for query in [
        "dutyRole=hemmelig",
        "dutyRole=l%C3%A4rare",
        "dutyRole=L%C3%A4rare,Rektor",
        "sortkey=modifieddesc",
        "sortkey=",
        "sortkey=ModifiedDesc&sortkey=StartDateAsc",
        "expand=",
        "expand=person,person",
        "expand=Person",
        "expand=hemmelig",
        "expandReferenceNames=yes",
        "expandReferenceNames=",
        "expandReferenceNames=true&expandReferenceNames=false",
    ] {
        table.get(&format!("duties?{query}"));
    }
    insta::assert_snapshot!("hostile-words", table.0);
}

#[test]
fn queries() {
    let mut table = Table::default();
    table.head("Names that are none, and values twice");
    for query in [
        "hemmelig=1",
        "=1",
        "&&&",
        "limit",
        "Limit=1",
        "limit=1&limit=1",
        "limit=1&limit=2",
        "civicNo=0101019999&civicNo=0101010000",
        "meta.modified.after",
        "relationship=duty",
        "relationship.=1",
        "nameContains=",
        "nameContains",
        "nameContains=,",
        "nameContains=hemmelig&nameContains=hemmelig",
    ] {
        table.get(&format!("persons?{query}"));
    }
    table.head("Bytes that are no text");
    for query in [
        "nameContains=%",
        "nameContains=%z",
        "nameContains=%zz",
        "nameContains=%FF",
        "nameContains=%C3%28",
        "nameContains=%ED%A0%80",
        "nameContains=%00",
        "nameContains=a%00b",
        "%FF=1",
        "civicNo=%FF",
    ] {
        table.get(&format!("persons?{query}"));
    }
    for path in [
        "%FF",
        "persons/%FF",
        "persons%00",
        "%2e%2e/persons",
        "persons/../persons",
        "persons//",
        "//persons",
        "persons/lookup/lookup",
    ] {
        table.get(path);
    }
    table.head("Much of it");
    let names = |count: usize| vec!["nameContains=a"; count].join("&");
    for (name, query) in [
        ("a name of 10 kB", format!("nameContains={}", "hemmelig".repeat(1250))),
        ("a thousand names", names(1000)),
        ("thirty thousand names between commas", format!("nameContains={}", vec!["a"; 30_000].join(","))),
        ("three thousand expansions", format!("nameContains=hemmelig&{}", vec!["expand=duties"; 3000].join("&"))),
        ("a thousand names between commas", format!("nameContains={}", vec!["a"; 1000].join(","))),
        ("a query of 100 kB", format!("nameContains={}", "hemmelig".repeat(12_500))),
        ("a header of 100 kB", String::new()),
    ] {
        let header = if query.is_empty() { "hemmelig".repeat(12_500) } else { String::from("x") };
        let headers = [("Authorization", "Bearer demo"), ("X-Much", &*header)];
        let answer = demo().get(&format!("{PREFIX}/persons?{query}"), &headers);
        if answer.status == 431 || answer.status == 414 {
            // It is answered before anybody knows whose it is.
            table.0.push_str(&format!("{name}\n  {} {} bytes\n", answer.status, answer.body.len()));
        } else {
            table.tell(name, &answer);
        }
    }
    insta::assert_snapshot!("hostile-queries", table.0);
}

#[test]
fn look_ups() {
    let mut table = Table::default();
    let lookup = "persons/lookup";
    let keys = |count: usize| json!({ "ids": vec!["00000000-0000-4000-8000-000000000000"; count] }).to_string();
    table.head("Look-ups");
    for count in [0, 10_000, 10_001, 100_000] {
        table.post(&format!("of {count} ids"), lookup, keys(count).as_bytes());
    }
    table.post("of 100000 numbers", lookup, json!({ "civicNos": vec!["0101019999"; 100_000] }).to_string().as_bytes());
    let both =
        json!({ "ids": vec!["00000000-0000-4000-8000-000000000000"; 6000], "civicNos": vec!["0101019999"; 6000] });
    table.post("of 6000 ids and 6000 numbers", lookup, both.to_string().as_bytes());
    for body in [
        "",
        " ",
        "null",
        "[]",
        "17",
        "\"hemmelig\"",
        "{}",
        "{\"ids\":null}",
        "{\"ids\":{}}",
        "{\"ids\":[null]}",
        "{\"ids\":[17]}",
        "{\"ids\":[\"hemmelig\"]}",
        "{\"ids\":[\"\"]}",
        "{\"Ids\":[]}",
        "{\"hemmelig\":[]}",
        "{\"civicNos\":[\"hemmelig\",\"\"]}",
        "{\"ids\":[],\"ids\":[\"hemmelig\"]}",
        "{\"ids\":[]} {}",
        "{\"ids\":[],}",
        "{'ids':[]}",
        "{\"ids\":[\"\\ud800\"]}",
        "\u{feff}{\"ids\":[]}",
        "<ids>hemmelig</ids>",
    ] {
        table.post(body, lookup, body.as_bytes());
    }
    insta::assert_snapshot!("hostile-look-ups", table.0);
}

#[test]
fn bodies_that_are_no_json() {
    let mut table = Table::default();
    let lookup = "persons/lookup";
    table.head("What is no JSON, and what is too much of it");
    let deep = [("[", "]"), ("{\"a\":", "}")]
        .map(|(open, close)| format!("{}{}", open.repeat(100_000), close.repeat(100_000)));
    for path in [lookup, "log", "statistics", "subscriptions"] {
        for deep in &deep {
            table.post(&format!("{}… a hundred thousand deep", &deep[..1]), path, deep.as_bytes());
            table.post("the same below a key", path, format!("{{\"ids\":{deep},\"message\":{deep}}}").as_bytes());
        }
        table.post("in UTF-16", path, &[0xff, 0xfe, b'{', 0, b'}', 0]);
        table.post(
            "of bytes that are no text",
            path,
            b"{\"ids\":[\"\xff\xfe\"],\"message\":\"\xff\",\"name\":\"\xff\"}",
        );
    }
    insta::assert_snapshot!("hostile-bodies", table.0);
}

#[test]
fn reports_and_subscriptions() {
    let mut table = Table::default();
    table.head("Reports and subscriptions");
    let (log, counts) = (r#""severityLevel":"Info""#, r#""newCount":1,"updatedCount":1,"deletedCount":1"#);
    for (path, body) in [
        ("log", format!("{{{log}}}")),
        ("log", format!(r#"{{"message":"",{log}}}"#)),
        ("log", format!(r#"{{"message":"{}",{log}}}"#, "hemmelig".repeat(600))),
        ("log", r#"{"message":"hemmelig","severityLevel":"hemmelig"}"#.to_owned()),
        ("log", format!(r#"{{"message":"m","resourceType":"hemmelig",{log}}}"#)),
        ("log", format!(r#"{{"message":"m","resourceId":"hemmelig",{log}}}"#)),
        ("log", format!(r#"{{"message":"m","timeOfOccurance":"2026-02-30T00:00:00Z",{log}}}"#)),
        ("statistics", format!("{{{counts}}}")),
        ("statistics", format!(r#"{{"resourceType":"Person",{}}}"#, counts.replace(":1", ":-1"))),
        ("statistics", format!(r#"{{"resourceType":"Person",{}}}"#, counts.replace(":1", ":1e400"))),
        ("subscriptions", r#"{"name":"hemmelig"}"#.to_owned()),
        ("subscriptions", r#"{"name":"n","target":"https://1.1.1.1/","resourceTypes":[]}"#.to_owned()),
        ("subscriptions", r#"{"name":"n","target":"https://1.1.1.1/","resourceTypes":["hemmelig"]}"#.to_owned()),
        (
            "subscriptions",
            r#"{"name":"n","target":"https://127.0.0.1/hemmelig","resourceTypes":["Person"]}"#.to_owned(),
        ),
        (
            "subscriptions",
            r#"{"name":"n","target":"https://[fe80::1]/hemmelig","resourceTypes":["Person"]}"#.to_owned(),
        ),
        ("subscriptions", r#"{"name":"n","target":"http://1.1.1.1/hemmelig","resourceTypes":["Person"]}"#.to_owned()),
        ("subscriptions", r#"{"name":"n","target":"hemmelig","resourceTypes":["Person"]}"#.to_owned()),
    ] {
        let name = if body.len() < 200 { body.clone() } else { format!("of {} bytes", body.len()) };
        table.post(&name, path, body.as_bytes());
    }
    insta::assert_snapshot!("hostile-reports", table.0);
}

#[test]
fn forms_of_bodies() {
    let mut table = Table::default();
    table.head("Forms");
    for media_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=ISO-8859-1",
        "text/json",
        "application/vnd.api+json",
        "text/plain",
        "text/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=hemmelig",
        "hemmelig",
    ] {
        table.tell(&format!("Content-Type: {media_type}"), &post("persons/lookup", media_type, b"{\"ids\":[]}"));
    }
    let small = Server::start(|faces| faces.listen.body = 1000);
    let big = format!("{{\"ids\":[{}]}}", " ".repeat(1000));
    let headers = [("Authorization", "Bearer demo"), ("Content-Type", "application/json")];
    let sent = request("POST", &format!("{PREFIX}/persons/lookup"), &headers, big.as_bytes());
    table.tell("a body over the limit", &small.exchange(&sent));
    insta::assert_snapshot!("hostile-forms", table.0);
}

#[test]
fn methods_and_callers() {
    let mut table = Table::default();
    let (alma, nobody) = (person("999001", "alma0001"), "00000000-0000-4000-8000-000000000000");
    table.head("Methods");
    let ask = |method: &str, path: &str| {
        demo().exchange(&request(method, &format!("{PREFIX}/{path}"), &[("Authorization", "Bearer demo")], b"{}"))
    };
    for path in [
        "persons",
        "persons/lookup",
        "persons/{alma}",
        "deletedEntities",
        "subscriptions",
        "subscriptions/{nobody}",
        "log",
        "capabilities",
        "rooms",
        "nope",
    ] {
        for method in ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "hemmelig"] {
            let is_meant = matches!((method, path), ("POST", "subscriptions" | "log" | "persons/lookup"));
            if !is_meant {
                let to = path.replace("{alma}", &alma).replace("{nobody}", nobody);
                let answer = ask(method, &to);
                let name = format!("{} {path}", method.replace("hemmelig", "UNHEARD-OF"));
                table.tell(&name, &answer);
            }
        }
    }
    table.head("Callers");
    for (name, headers) in [
        ("nobody", vec![]),
        ("a token that nobody has", vec![("Authorization", "Bearer hemmelig")]),
        ("no token", vec![("Authorization", "Bearer")]),
        ("a blank", vec![("Authorization", "Bearer  ")]),
        ("a token without its scheme", vec![("Authorization", "demo")]),
        ("a password", vec![("Authorization", "Basic ZGVtbzpkZW1v")]),
        ("a token of ten thousand letters", vec![("Authorization", LONG)]),
        ("letters that are none of ASCII", vec![("Authorization", "Bearer h\u{e6}mmelig")]),
        ("two tokens, the first unknown", vec![("Authorization", "Bearer hemmelig"), ("Authorization", "Bearer demo")]),
        ("a scheme in capitals", vec![("Authorization", "BEARER demo")]),
        ("a token in the query", vec![]),
    ] {
        let query = if name.ends_with("query") { "?access_token=demo" } else { "" };
        table.tell(name, &demo().get(&format!("{PREFIX}/persons{query}"), &headers));
    }
    insta::assert_snapshot!("hostile-callers", table.0);
    assert!(found("persons?limit=1")["data"].is_array(), "the server is as it was");
}

const LONG: &str = {
    const BYTES: [u8; 10_007] = {
        let mut bytes = [b'h'; 10_007];
        let scheme = *b"Bearer ";
        let mut at = 0;
        while at < scheme.len() {
            bytes[at] = scheme[at];
            at += 1;
        }
        bytes
    };
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};
