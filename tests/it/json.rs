//! The operations of the BPI services as JSON: what is asked and answered, and the problems of what does not fit.

use serde_json::{Value, json};

use crate::server::{Answer, demo, request};

const TOKEN: (&str, &str) = ("Authorization", "Bearer demo");

fn get(operation: &str) -> Answer {
    demo().get(&format!("/unilogin/wsiinst/6/{operation}"), &[TOKEN])
}

fn post(operation: &str, body: &[u8]) -> Answer {
    let headers = [TOKEN, ("Content-Type", "application/json")];
    demo().exchange(&request("POST", &format!("/unilogin/wsiinst/6/{operation}"), &headers, body))
}

/// Every operation of wsiINST 6: its name, its query, and the same as JSON.
fn operations() -> [(&'static str, &'static str, Value); 9] {
    [
        ("helloWorldWithCertificate", "", json!({})),
        ("hentGrupper", "instnr=999005", json!({ "instnr": "999005" })),
        ("hentBrugereIGruppe", "instnr=999001&gruppeid=M1", json!({ "instnr": "999001", "gruppeid": "M1" })),
        ("hentInstitution", "instnr=999001", json!({ "instnr": "999001" })),
        ("hentInstitutioner", "instnr=999002&instnr=999000", json!({ "instnr": ["999002", "999000"] })),
        ("hentInstBruger", "instnr=999001&brugerid=hele0003", json!({ "instnr": "999001", "brugerid": "hele0003" })),
        ("hentInstBruger", "brugerid=sofi0053", json!({ "brugerid": "sofi0053" })),
        ("hentDataAftaler", "", json!({})),
        ("hentInstitutionshierarki", "instnr=999001", json!({ "instnr": "999001" })),
    ]
}

#[test]
fn every_operation_answers_to_get_and_post_alike() {
    let mut all = Vec::new();
    for (operation, query, body) in operations() {
        let (got, posted) = (get(&format!("{operation}?{query}")), post(operation, body.to_string().as_bytes()));
        assert_eq!(
            (got.status, got.header("content-type")),
            (200, Some("application/json")),
            "{operation}: {}",
            got.text()
        );
        assert_eq!((posted.status, posted.text()), (200, got.text()), "{operation}");
        all.push(json!({ "asked": format!("{operation}?{query}"), "answered": got.json() }));
    }
    insta::assert_json_snapshot!("operations", all);
}

/// The same of wsiBRUGER 7.
fn operations_of_bruger() -> [(&'static str, &'static str, Value); 6] {
    [
        ("helloWorldWithCertificate", "", json!({})),
        (
            "hentBrugersKontaktpersoner",
            "instnr=999001&brugerid=alma0001",
            json!({ "instnr": "999001", "brugerid": "alma0001" }),
        ),
        (
            "hentKontaktpersonsBrugere",
            "instnr=999003&brugerid=birg0127",
            json!({ "instnr": "999003", "brugerid": "birg0127" }),
        ),
        ("hentKontaktpersonsBrugere", "brugerid=elmo0105", json!({ "brugerid": "elmo0105" })),
        ("hentBrugersInstitutionstilknytninger", "brugerid=hele0003", json!({ "brugerid": "hele0003" })),
        ("hentDataAftaler", "", json!({})),
    ]
}

#[test]
fn wsibruger_answers_to_get_and_post_alike() {
    let mut all = Vec::new();
    for (operation, query, body) in operations_of_bruger() {
        let path = format!("/unilogin/wsibruger/7/{operation}");
        let got = demo().get(&format!("{path}?{query}"), &[TOKEN]);
        let headers = [TOKEN, ("Content-Type", "application/json")];
        let posted = demo().exchange(&request("POST", &path, &headers, body.to_string().as_bytes()));
        assert_eq!((got.status, posted.status), (200, 200), "{operation}: {}", got.text());
        assert_eq!(posted.text(), got.text(), "{operation}");
        all.push(json!({ "asked": format!("{operation}?{query}"), "answered": got.json() }));
    }
    insta::assert_json_snapshot!("operations-of-wsibruger", all);
}

/// wsiIDENTIFIKATION 6, which is only ever posted to.
fn operations_of_identifikation() -> [(&'static str, Value, Value); 5] {
    [
        ("helloWorldWithCertificate", json!({}), json!({ "helloWorldResult": "Hello DEMO01!" })),
        ("hentBrugeridFraCpr", json!({ "cpr": "7403164002" }), json!({ "brugerid": "alma0001" })),
        ("hentBrugeridFraCpr", json!({ "cpr": "6101010001" }), json!({})),
        ("hentCprFraBrugerid", json!({ "brugerid": "alma0001" }), json!({ "cpr": "7403164002" })),
        ("hentCprFraBrugerid", json!({ "brugerid": "vill0019" }), json!({})),
    ]
}

#[test]
fn wsiidentifikation_answers_to_post() {
    for (operation, body, expected) in operations_of_identifikation() {
        let path = format!("/unilogin/wsiidentifikation/6/{operation}");
        let headers = [TOKEN, ("Content-Type", "application/json")];
        let answer = demo().exchange(&request("POST", &path, &headers, body.to_string().as_bytes()));
        assert_eq!((answer.status, answer.json()), (200, expected), "{operation} {body}");
    }
}

/// wsiEKSPORT 7: who is told of 999006, and the packages by their root elements.
fn operations_of_eksport() -> [(&'static str, &'static str, Value); 9] {
    let of = |filters: Value| json!({ "instnr": "999006", "filtre": filters });
    let with_numbers = || json!({ "cprFilter": { "inkluderCpr": true } });
    let grades = json!({ "klassetrinFilter": { "inkluderKlassetrin": ["6"] } });
    [
        ("helloWorldWithCertificate", "", json!({})),
        ("hentDataAftalerLille", "", json!({})),
        ("hentDataAftalerMellem", "", json!({})),
        ("hentDataAftalerFuld", "", json!({})),
        ("hentDataAftalerFuldMyndighed", "", json!({})),
        ("eksporterXmlLille", "UNILoginExportSmall", of(grades)),
        ("eksporterXmlMellem", "UNILoginExportMedium", of(with_numbers())),
        ("eksporterXmlFuld", "UNILoginExportFull", of(with_numbers())),
        ("eksporterXmlFuldMyndighed", "UNILoginExportFullMyndighed", of(with_numbers())),
    ]
}

#[test]
fn wsieksport_answers_to_post_and_without_filters_to_get() {
    let mut all = Vec::new();
    for (operation, root, body) in operations_of_eksport() {
        let path = format!("/unilogin/wsieksport/7/{operation}");
        let headers = [TOKEN, ("Content-Type", "application/json")];
        let answer = demo().exchange(&request("POST", &path, &headers, body.to_string().as_bytes()));
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
        let mut answered = answer.json();
        if !root.is_empty() {
            let export = &mut answered["xml"][root];
            assert!(export["exportDateTime"].take().as_str().unwrap().ends_with('Z'));
            let got = demo().get(&format!("{path}?instnr=999006"), &[TOKEN]).json();
            let everybody = got["xml"][root]["Institution"]["InstitutionPerson"].as_array().unwrap().len();
            assert_eq!(everybody, 5, "{operation}");
        }
        all.push(json!({ "asked": operation, "answered": answered }));
    }
    insta::assert_json_snapshot!("operations-of-wsieksport", all);
}

#[test]
fn an_export_is_told_only_to_whoever_may_see_it() {
    let path = "/unilogin/wsieksport/7/eksporterXmlFuldMyndighed?instnr=999006";
    let answer = demo().get(path, &[("Authorization", "Bearer demo-minimal")]);
    assert_eq!((answer.status, &answer.json()["title"]), (403, &json!("No right to the data")));
}

/// The tables of this file know every operation of their contracts.
#[test]
fn no_operation_is_forgotten() {
    let mut tables = std::collections::BTreeMap::new();
    tables.insert("unilogin/wsiinst/6", operations().map(|it| it.0).to_vec());
    tables.insert("unilogin/wsibruger/7", operations_of_bruger().map(|it| it.0).to_vec());
    tables.insert("unilogin/wsiidentifikation/6", operations_of_identifikation().map(|it| it.0).to_vec());
    tables.insert("unilogin/wsieksport/7", operations_of_eksport().map(|it| it.0).to_vec());
    for (path, known) in tables {
        let contract = contracts::CONTRACTS.iter().find(|it| it.path == path).unwrap();
        for operation in contract.operations {
            assert!(known.contains(&operation.name), "{path}: {}", operation.name);
        }
    }
}

#[test]
fn lists_are_always_arrays() {
    assert_eq!(get("hentGrupper?instnr=404").json(), json!({ "gruppe": [] }));
    assert_eq!(get("hentInstBruger?brugerid=nobody").json(), json!({ "instBruger": [] }));
    assert_eq!(get("hentInstitutioner?instnr=404").json(), json!({ "institution": [] }));
    assert_eq!(get("hentInstitutioner?instnr=999003").json()["institution"].as_array().unwrap().len(), 1);
    assert_eq!(get("hentBrugereIGruppe?instnr=999001&gruppeid=404").json(), json!({ "brugertilknytning": [] }));
}

#[test]
fn of_a_choice_exactly_one_is_there() {
    for user in ["alma0001", "lars0002", "jona0301", "hele0003"] {
        let answer = get(&format!("hentInstBruger?instnr=999001&brugerid={user}")).json();
        let found = &answer["instBruger"][0];
        let there: Vec<_> = ["elev", "ansat", "ekstern"].into_iter().filter(|it| found.get(it).is_some()).collect();
        assert_eq!(there.len(), 1, "{user} is {there:?}");
    }
}

#[test]
fn what_is_absent_is_absent() {
    assert_eq!(get("hentInstitution?instnr=404").json(), json!({}));
    let answer = get("hentInstBruger?instnr=999001&brugerid=alma0001");
    assert!(answer.text().contains("gruppetrin") && !answer.text().contains("null"), "{}", answer.text());
    let groups = &answer.json()["instBruger"][0]["gruppe"];
    assert_eq!((groups[1]["gruppetype"].as_str(), groups[1].get("gruppetrin")), (Some("Årgang"), None));
}

#[test]
fn values_are_read_as_text_numbers_and_truth() {
    let expected = get("hentInstitution?instnr=999001").json();
    assert_eq!(post("hentInstitution", b"{\"instnr\":999001}").json(), expected);
    assert_eq!(post("hentInstitution", b" {\n\"instnr\" : \"999001\" } ").json(), expected);
    assert_eq!(get("hentInstitution?instnr=%39%399001").json(), expected);
    let awkward =
        post("hentBrugereIGruppe", "{\"instnr\":\"999001\",\"gruppeid\":\"4-sv\\u00f8mning\"}".as_bytes()).json();
    assert!(!awkward["brugertilknytning"].as_array().unwrap().is_empty());
    assert_eq!(get("hentBrugereIGruppe?instnr=999001&gruppeid=4-sv%C3%B8mning").json(), awkward);
    assert_eq!(post("hentInstitution", b"{\"instnr\":\"<&>\\\"'\"}").json(), json!({}), "markup is text");
}

#[test]
fn what_does_not_fit_is_a_problem_with_its_place() {
    let asked = ["hentInstitution", "hentInstitution?x=1", "hentInstitution?instnr=1&instnr=2", "hentDataAftaler?x=1"];
    let mut all: Vec<Value> = asked.iter().map(|it| problem(it, &get(it))).collect();
    let posted: [(&str, &str); 15] = [
        ("hentInstitution", "{}"),
        ("hentInstitution", "{\"instnr\":\"1\",\"instNr\":\"1\"}"),
        ("hentInstitution", "{\"a/b~c\":1}"),
        ("hentInstitution", "{\"instnr\":[\"1\"]}"),
        ("hentInstitution", "{\"instnr\":{}}"),
        ("hentInstitution", "{\"instnr\":null}"),
        ("hentInstitutioner", "{\"instnr\":\"1\"}"),
        ("hentInstitutioner", "{\"instnr\":[\"1\",null]}"),
        ("hentInstitutioner", "{\"instnr\":[]}"),
        ("hentDataAftaler", "{\"instnr\":\"1\"}"),
        ("hentInstitution", "[]"),
        ("hentInstitution", "\"instnr\""),
        ("hentInstitution", "{\n  \"instnr\": 1,\n}"),
        ("hentInstitution", ""),
        ("hentInstitution", "<instnr>1</instnr>"),
    ];
    all.extend(
        posted
            .iter()
            .map(|(operation, body)| problem(&format!("{operation} {body}"), &post(operation, body.as_bytes()))),
    );
    insta::assert_json_snapshot!("problems", all);
}

/// RFC 9457, and where in the request.
fn problem(asked: &str, answer: &Answer) -> Value {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (400, Some("application/problem+json")),
        "{asked}: {}",
        answer.text()
    );
    let problem = answer.json();
    assert_eq!(problem["status"], 400, "{asked}");
    assert!(problem["pointer"].is_string(), "{asked} has no pointer: {problem}");
    json!({ "asked": asked, "problem": problem })
}

#[test]
fn hostile_json_is_refused() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = format!("{{\"instnr\":\"{}\"}}", "x".repeat(8 << 20));
    let many: String = (0..100_000).map(|it| format!("\"{it}\":1,")).collect();
    for body in [deep, long, format!("{{{many}\"x\":1}}"), "{\"instnr\":\"\u{0}\"}".to_owned(), "\u{feff}{}".to_owned()]
    {
        let answer = post("hentInstitution", body.as_bytes());
        assert!(
            answer.status == 400 && answer.body.len() < 2000,
            "{} for {}",
            answer.status,
            &body[..body.len().min(20)]
        );
    }
    assert_eq!(post("hentInstitution", b"{\"instnr\":\"\xff\"}").status, 400);
    assert_eq!(get("hentInstitution?instnr=999001").status, 200);
}

#[test]
fn who_calls_must_say_so() {
    let headers: [&[(&str, &str)]; 5] = [
        &[],
        &[("Authorization", "Bearer nobody")],
        &[("Authorization", "Basic ZGVtbzpkZW1v")],
        &[("Authorization", "Bearer")],
        &[("Authorization", "demo")],
    ];
    for headers in headers {
        let answer = demo().get("/unilogin/wsiinst/6/hentDataAftaler", headers);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (401, Some("application/problem+json")),
            "{headers:?}"
        );
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"skolebro\""));
    }
    for token in ["Bearer demo", "bearer demo", "BEARER  demo ", "Bearer demo-minimal"] {
        let answer = demo().get("/unilogin/wsiinst/6/hentDataAftaler", &[("Authorization", token)]);
        assert_eq!(answer.status, 200, "{token}");
    }
}

#[test]
fn other_forms_paths_and_methods_are_problems() {
    let path = "/unilogin/wsiinst/6/hentInstitution";
    let xml = demo().exchange(&request("POST", path, &[TOKEN, ("Content-Type", "application/soap+xml")], b"<x/>"));
    let put = demo().exchange(&request("PUT", path, &[TOKEN, ("Content-Type", "application/json")], b"{}"));
    assert_eq!((put.status, put.header("allow")), (405, Some("GET, HEAD, POST")));
    let mut all = vec![xml.json(), put.json()];
    for operation in ["hentAlt", "", "hentInstitution/x"] {
        let answer = get(operation);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, Some("application/problem+json")),
            "{operation}"
        );
    }
    for path in [
        "/unilogin",
        "/unilogin/",
        "/unilogin/wsiinst/7/hentInstitution",
        "/unilogin/wsiinst/5/hentInstitution",
        "/uniloginx",
    ] {
        assert_eq!(demo().get(path, &[TOKEN]).status, 404, "{path}");
    }
    all.push(get("hentAlt").json());
    insta::assert_json_snapshot!("refused", all);
    let head = demo().exchange(&request("HEAD", "/unilogin/wsiinst/6/hentDataAftaler", &[TOKEN], b""));
    let length = get("hentDataAftaler").body.len().to_string();
    assert_eq!((head.status, head.header("content-length")), (200, Some(length.as_str())));
}
