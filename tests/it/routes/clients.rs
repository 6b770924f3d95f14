//! The habits of public clients, byte by byte: what they send is answered as it was meant.

use std::{io::Write, sync::Arc};

use serde_json::Value;
use skolebro::standards::ss12000::{
    context::Options,
    serve::{Choices, Service},
};

use super::{all, found, get};
use crate::server::{Answer, Server, demo, read_answer, request};

const PREFIX: &str = "/ss12000/v2.0";
const TARGET: &str =
    r#"{"name":"n","target":"https://1.1.1.1/h","resourceTypes":[{"resource":"Person"},{"resource":"Activity"}]}"#;
const LOG: &str = r#"{"message":"m","severityLevel":"Info"}"#;

/// Sends requests one after the other on one connection, as clients that keep it do.
fn conversation(requests: &[String]) -> Vec<Answer> {
    let mut stream = demo().connect();
    let mut answers = Vec::new();
    for request in requests {
        stream.write_all(request.as_bytes()).unwrap();
        answers.push(read_answer(&mut stream, request.starts_with("HEAD ")).expect("an answer"));
    }
    answers
}

/// `java.net.http` offers HTTP/2 with every request in clear text, and writes a blank as `+`.
fn java(method: &str, target: &str, body: &str) -> String {
    let media_type = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    format!(
        "{method} {PREFIX}{target} HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: {}\r\n\
         Host: skole.example\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n\
         User-Agent: Java-http-client/17.0.15\r\nAccept: application/json\r\nAuthorization: Bearer demo\r\n{media_type}\r\n{body}",
        body.len()
    )
}

#[test]
fn java_offers_http_2_and_goes_on_in_http_1() {
    let school = all("organisations").into_iter().find(|it| it["displayName"].as_str().unwrap().contains(' ')).unwrap();
    let name = school["displayName"].as_str().unwrap();
    let asked = [
        java("GET", "/persons?limit=2&expand=duties&expand=placements&expandReferenceNames=true", ""),
        java("POST", "/organisations/lookup", &format!(r#"{{"ids":[{}]}}"#, school["id"])),
        java("POST", "/log/", LOG),
        java("POST", "/subscriptions", TARGET),
        java("GET", "/persons?nameContains=qq+qq", ""),
        java("GET", "/persons?", ""),
    ];
    let answers = conversation(&asked);
    assert_eq!(answers.iter().map(|it| it.status).collect::<Vec<_>>(), [200, 200, 201, 201, 200, 200]);
    assert_eq!(answers[0].json()["data"].as_array().unwrap().len(), 2);
    assert_eq!(answers[1].json()[0]["displayName"], name);
    let path = format!("/subscriptions/{}", answers[3].json()["id"].as_str().unwrap());
    let ended = conversation(&[
        java("PATCH", &path, r#"{"expires":"2030-01-01T00:00:00Z"}"#),
        java("PATCH", &path, ""),
        java("DELETE", &path, ""),
    ]);
    assert_eq!(ended.iter().map(|it| it.status).collect::<Vec<_>>(), [200, 200, 204]);
}

/// `requests` of Python writes `True`, repeats lists, says the type of a body that is not there, and sends one with PATCH.
#[test]
fn python_writes_truth_with_a_capital() {
    let python = |method: &str, target: &str, body: &str| {
        let length = if body.is_empty() && method == "GET" {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        format!(
            "{method} {PREFIX}{target} HTTP/1.1\r\nHost: skole.example\r\nUser-Agent: python-requests/2.32.3\r\n\
             Accept-Encoding: gzip, deflate\r\nAccept: application/json\r\nConnection: keep-alive\r\n\
             Content-Type: application/json\r\nAuthorization: Bearer demo\r\n{length}\r\n{body}"
        )
    };
    let answers = conversation(&[
        python("GET", "/groups?groupType=Klass&groupType=Undervisning&expandReferenceNames=True&limit=3", ""),
        python(
            "GET",
            "/deletedEntities?entities=Person&entities=Duty&meta.modified.after=2026-01-01T00%3A00%3A00Z",
            "",
        ),
        python("POST", "/persons/lookup?expand=duties&expandReferenceNames=True", "{}"),
        python("POST", "/subscriptions", TARGET),
    ]);
    assert_eq!(answers.iter().map(|it| it.status).collect::<Vec<_>>(), [200, 200, 200, 201]);
    assert!(answers[0].json()["data"][0]["organisation"]["displayName"].is_string());
    assert!(answers[1].json()["data"].is_object() && answers[2].json() == Value::Array(Vec::new()));
    let path = format!("/subscriptions/{}", answers[3].json()["id"].as_str().unwrap());
    let ended =
        conversation(&[python("PATCH", &path, r#"{"expires": "2030-01-01T00:00:00Z"}"#), python("DELETE", &path, "")]);
    assert_eq!((ended[0].status, ended[1].status, ended[1].body.len()), (200, 204, 0));
}

/// `urljoin` of Python and `Uri` of C# drop the path of the address that they are given, so that one must be able to serve at the root.
#[test]
fn the_prefix_may_be_the_root_or_any_path() {
    for prefix in ["", "/v2.0", "/ss12000v2-api/source/SE00100/v2.0"] {
        let server = Server::start(|faces| prefix.clone_into(&mut faces.options.ss12000_prefix));
        let ask = |path: &str| server.get(path, &[("Authorization", "Bearer demo")]);
        for path in ["/organisations", "/persons/?limit=1", "/capabilities", "/deletedEntities"] {
            assert_eq!(ask(&format!("{prefix}{path}")).status, 200, "{prefix} {path}");
        }
        assert_eq!(ask(&format!("{prefix}/rooms")).text(), "");
        assert_eq!(ask(&format!("{prefix}/nope")).status, 404);
        // Everything else is where it was.
        assert_eq!((ask("/").status, ask("/livez").text()), (200, "ok\n"));
        let document = ask("/openapi/ss12000.json");
        let url = if prefix.is_empty() { "/" } else { prefix };
        assert_eq!((document.status, document.json()["servers"][0]["url"].as_str()), (200, Some(url)));
        assert_eq!(ask("/bpi/wsiinst/6?wsdl").status, 200);
        assert_eq!(ask("/unilogin/nope").status, 404);
    }
}

/// PHP writes truth as `1` and the parts of a list as `expand[0]` or `expand[]`; Guzzle sends a body with its length.
#[test]
fn php_writes_truth_as_a_number_and_lists_in_brackets() {
    let whole = all("persons?expand=duties,placements&expandReferenceNames=true&limit=5");
    for list in ["expand%5B0%5D=duties&expand%5B1%5D=placements", "expand[]=duties&expand[]=placements"] {
        assert_eq!(all(&format!("persons?{list}&expandReferenceNames=1&limit=5")), whole, "{list}");
    }
    assert_eq!(all("persons?expandReferenceNames=0"), all("persons"));
    for wrong in ["persons?limit[]=1", "persons?expand[x]=duties", "persons?expandReferenceNames=2"] {
        assert_eq!(get(wrong).status, 400, "{wrong}");
    }
}

/// Node's `fetch` asks for whatever there is, and some sends its posts in pieces.
#[test]
fn node_sends_pieces_and_a_slash() {
    let chunked = format!(
        "POST {PREFIX}/statistics/ HTTP/1.1\r\nhost: skole.example\r\nconnection: keep-alive\r\nauthorization: Bearer demo\r\n\
         content-type: application/json\r\naccept: */*\r\naccept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\n\
         accept-encoding: gzip, deflate\r\ntransfer-encoding: chunked\r\n\r\n\
         2a\r\n{{\"resourceType\":\"Person\",\"updatedCount\":3,\r\n1e\r\n\"newCount\":0,\"deletedCount\":0}}\r\n0\r\n\r\n"
    );
    let get = format!(
        "GET {PREFIX}/persons/?limit=1 HTTP/1.1\r\nhost: skole.example\r\nauthorization: Bearer demo\r\ncontent-type: application/json\r\n\
         accept: application/json\r\naccept-encoding: gzip, deflate, br\r\n\r\n"
    );
    let answers = conversation(&[chunked, get]);
    assert_eq!((answers[0].status, answers[0].text(), answers[1].status), (201, "", 200));
}

/// C# writes times with seven digits, escaped or not, and says what its text is made of.
#[test]
fn csharp_writes_seven_digits_and_names_the_letters() {
    for time in [
        "1969-01-01T00:00:00.0000000Z",
        "1969-01-01T00%3A00%3A00.1234567%2B01%3A00",
        "1969-01-01T00:00:00.1234567+01:00",
    ] {
        let query = format!("meta.created.after={time}&meta.modified.after={time}");
        assert_eq!(all(&format!("duties?{query}")), all("duties"), "{time}");
    }
    let headers = [("Authorization", "Bearer demo"), ("Content-Type", "application/json; charset=utf-8")];
    let sent = request("POST", &format!("{PREFIX}/persons/lookup"), &headers, b"{\"ids\":[]}");
    assert_eq!(demo().exchange(&sent).text(), "[]");
}

/// The plugin of Koha repeats its filters beside every token, and asks a person's groups and enrolments.
#[test]
fn koha_repeats_its_filters_and_expands_what_is_there_already() {
    let school = all("organisations?organisationCode=999001").remove(0);
    let filters = format!(
        "limit=3&relationship.organisation={}&relationship.entity.type=enrolment\
         &relationship.startDate.onOrBefore=2099-01-01&relationship.endDate.onOrAfter=2020-01-01",
        school["id"].as_str().unwrap()
    );
    let (mut walked, mut token) = (Vec::new(), String::new());
    loop {
        let mut page = found(&format!("persons?{filters}{token}"));
        walked.append(page["data"].as_array_mut().unwrap());
        let Some(next) = page["pageToken"].as_str() else { break };
        token = format!("&pageToken={next}");
    }
    assert_eq!(walked, all(&format!("persons?{}", filters.trim_start_matches("limit=3&"))));
    assert!(walked.len() > 6, "only {} pupils", walked.len());
    let pupil = found(&format!("persons/{}?expand=groupMemberships", walked[0]["id"].as_str().unwrap()));
    assert!(pupil["_embedded"]["groupMemberships"][0]["group"]["groupType"].is_string());
    let number = walked.iter().find_map(|it| it.pointer("/civicNo/value")?.as_str()).unwrap();
    let query = format!("persons?civicNo={number}&expand=enrolments");
    assert_eq!(get(&query).status, 400, "the standard knows no such name");
    let lenient = Server::start(|faces| {
        let choices = Choices { lenient_expand: true, ..Choices::default() };
        faces.ss12000 = Arc::new(Service::new(Options::default(), choices));
    });
    let answer = lenient.get(&format!("{PREFIX}/{query}"), &[("Authorization", "Bearer demo")]).json();
    assert!(answer["data"][0]["enrolments"].is_array() && answer["data"][0].get("_embedded").is_none(), "{answer}");
}

/// The importer of windermere takes no group without a list of members, and reads times one by one.
#[test]
fn windermere_needs_members_of_every_group() {
    assert!(all("groups").iter().all(|it| it["groupMemberships"].is_array()));
    assert!(all("persons").iter().all(|it| it["enrolments"].is_array()));
    for filter in ["meta.created.after", "meta.modified.after"] {
        assert_eq!(all(&format!("groups?limit=1000&{filter}=1969-01-01T00:00:00Z")), all("groups"));
        assert!(all(&format!("groups?{filter}=2100-01-01T00:00:00Z")).is_empty());
    }
}

/// SchemaPro's consumer takes its cursor from the clock of the answer.
#[test]
fn every_answer_says_when_it_was_made() {
    for path in ["persons?limit=1", "persons?nope=1", "nope"] {
        // The header has whole seconds, and is made once in a while.
        let before = skolebro::clock::now() - chrono::TimeDelta::seconds(2);
        let date = get(path).header("date").unwrap().to_owned();
        let date = chrono::DateTime::parse_from_rfc2822(&date).unwrap().to_utc();
        assert!((before..=skolebro::clock::now()).contains(&date), "{path}: {date}");
    }
}
