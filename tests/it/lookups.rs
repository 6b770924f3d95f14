//! What look-ups of people tell to whom: data agreements, the right to numbers, protected persons, people without a number.

use serde_json::{Value, json};
use skolebro::caller::Rights;

use crate::{
    callers::{agreed, all, server, server_with},
    server::{Answer, Server, request},
};

fn post(server: &Server, who: &str, operation: &str, body: &Value) -> Answer {
    let token = format!("Bearer {who}");
    let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
    server.exchange(&request("POST", &format!("/unilogin/{operation}"), &headers, body.to_string().as_bytes()))
}

/// The answer, or the status of a refusal.
fn told(server: &Server, who: &str, operation: &str, body: Value) -> Value {
    let answer = post(server, who, operation, &body);
    if answer.status == 200 { answer.json() } else { json!(answer.status) }
}

/// The user ids that an answer tells.
fn users(answer: &Value) -> Vec<&str> {
    let list = answer.as_object().and_then(|it| it.values().next()).and_then(Value::as_array).expect("a list");
    list.iter().map(|it| it["brugerid"].as_str().unwrap()).collect()
}

const CONTACTS: &str = "wsibruger/7/hentBrugersKontaktpersoner";
const PUPILS: &str = "wsibruger/7/hentKontaktpersonsBrugere";
const TIES: &str = "wsibruger/7/hentBrugersInstitutionstilknytninger";
const USER: &str = "wsiidentifikation/6/hentBrugeridFraCpr";
const NUMBER: &str = "wsiidentifikation/6/hentCprFraBrugerid";

#[test]
fn pupils_are_told_where_there_is_an_agreement() {
    let server = server(&[("one", agreed("wsibruger", &["999003"])), ("inst", agreed("wsiinst", &["999001"]))]);
    let birgit = json!({ "brugerid": "birg0127" });
    assert_eq!(users(&told(&server, "one", PUPILS, birgit.clone())), ["rosa0612", "kian0611"]);
    let at = |number: &str| json!({ "instnr": number, "brugerid": "birg0127" });
    assert_eq!(told(&server, "one", PUPILS, at("999001")), 403);
    assert_eq!(users(&told(&server, "one", PUPILS, at("999003"))), ["rosa0612", "kian0611"]);
    assert_eq!(users(&told(&server, "inst", PUPILS, birgit)), [""; 0]);
    assert_eq!(told(&server, "inst", CONTACTS, json!({ "instnr": "999001", "brugerid": "alma0001" })), 403);
    assert_eq!(told(&server, "one", "wsibruger/7/hentDataAftaler", json!({})), json!({ "regnr": ["999003"] }));
    assert_eq!(told(&server, "inst", "wsibruger/7/hentDataAftaler", json!({})), json!({ "regnr": [] }));
}

#[test]
fn institutions_of_a_user_need_no_agreement() {
    let nowhere = Rights { agreements: Some(Vec::new()), ..all() };
    let only_one = Rights { institutions: Some(vec!["999003".to_owned()]), ..all() };
    let server = server(&[("nowhere", nowhere), ("only-one", only_one)]);
    let sofia = json!({ "brugerid": "SOFI0053" });
    let expected = json!({ "institutionstilknytning": [
        { "instnr": "999001", "elev": { "rolle": "Elev" } },
        { "instnr": "999003", "elev": { "rolle": "Barn" } },
    ] });
    assert_eq!(told(&server, "nowhere", TIES, sofia.clone()), expected);
    assert_eq!(
        told(&server, "only-one", TIES, sofia)["institutionstilknytning"],
        json!([expected["institutionstilknytning"][1]])
    );
}

/// Contact persons are users: what ties a user to an institution is told, and hentInstBruger still tells of members only.
#[test]
fn a_contact_person_is_no_member() {
    let server = server(&[("all", all())]);
    let found = |user: &str| told(&server, "all", "wsiinst/6/hentInstBruger", json!({ "brugerid": user }));
    assert_eq!(found("birg0127"), json!({ "instBruger": [] }));
    assert_eq!(users(&found("hele0003")), ["hele0003"]);
}

#[test]
fn protected_persons_are_told_by_their_alias_to_everybody() {
    let server = server(&[("all", all())]);
    let contacts = told(&server, "all", CONTACTS, json!({ "instnr": "999001", "brugerid": "stil0007" }));
    assert_eq!(contacts["kontaktperson"][0]["navn"], "Karin Holm");
    let pupils = told(&server, "all", PUPILS, json!({ "brugerid": "elmo0105" }));
    assert_eq!(pupils["elev"][0]["navn"], "Ida Holm");
}

#[test]
fn numbers_are_told_where_there_is_an_agreement() {
    let with = |institutions: &[&str]| agreed("wsiidentifikation", institutions);
    let server = server(&[
        ("here", with(&["999001"])),
        ("elsewhere", with(&["999005"])),
        ("service", agreed("wsibruger", &["999001"])),
        ("right", Rights { civil_ids: false, ..with(&["999001"]) }),
    ]);
    let (number, user) = (json!({ "cpr": "130381-4074" }), json!({ "brugerid": "Dort0101" }));
    assert_eq!(told(&server, "here", USER, number.clone()), json!({ "brugerid": "dort0101" }));
    assert_eq!(told(&server, "here", NUMBER, user.clone()), json!({ "cpr": "1303814074" }));
    // Who has no right at all is told so; who has one elsewhere learns nothing, not even that there is somebody.
    for who in ["service", "right"] {
        assert_eq!(
            (told(&server, who, USER, number.clone()), told(&server, who, NUMBER, user.clone())),
            (json!(403), json!(403))
        );
    }
    let unknown = (json!({ "cpr": "6101010001" }), json!({ "brugerid": "nobody01" }));
    let elsewhere = [(&number, &user), (&unknown.0, &unknown.1)]
        .map(|(number, user)| [post(&server, "elsewhere", USER, number), post(&server, "elsewhere", NUMBER, user)]);
    assert_eq!(elsewhere[0].each_ref().map(|it| (it.status, it.text())), [(200, "{}"); 2]);
    assert_eq!(elsewhere[0].each_ref().map(|it| &it.headers), elsewhere[1].each_ref().map(|it| &it.headers));
    assert_eq!(elsewhere[1].each_ref().map(|it| it.text()), ["{}"; 2]);
}

/// A contact person's own institutions are those of the pupils.
#[test]
fn contact_persons_are_identified_too() {
    let server = server(&[("here", agreed("wsiidentifikation", &["999003"]))]);
    assert_eq!(told(&server, "here", USER, json!({ "cpr": "0709614762" })), json!({ "brugerid": "birg0127" }));
    assert_eq!(told(&server, "here", NUMBER, json!({ "brugerid": "birg0127" })), json!({ "cpr": "0709614762" }));
    assert_eq!(
        told(&server, "here", USER, json!({ "cpr": "0702614082" })),
        json!({}),
        "a contact person at 999001 only"
    );
}

#[test]
fn a_protected_persons_number_needs_the_right_to_protected_persons() {
    let some = Rights { protected: false, ..all() };
    let server = server(&[("all", all()), ("some", some)]);
    for (user, number) in [("stil0007", "6207164002"), ("elmo0105", "9001840002")] {
        assert_eq!(told(&server, "all", NUMBER, json!({ "brugerid": user })), json!({ "cpr": number }));
        assert_eq!(told(&server, "some", NUMBER, json!({ "brugerid": user })), json!({}));
        // Who has the number already learns the user id, which is not protected.
        assert_eq!(told(&server, "some", USER, json!({ "cpr": number })), json!({ "brugerid": user }));
    }
    assert_eq!(told(&server, "some", NUMBER, json!({ "brugerid": "alma0001" })), json!({ "cpr": "7403164002" }));
}

#[test]
fn nobody_has_ten_zeros() {
    let server = server(&[("all", all())]);
    for zeros in ["0000000000", "000000-0000", " 000000 0000 "] {
        assert_eq!(told(&server, "all", USER, json!({ "cpr": zeros })), json!({}));
    }
    for nonsense in ["x", "-", "1303814074x", "13038140740"] {
        assert_eq!(told(&server, "all", USER, json!({ "cpr": nonsense })), json!({}), "{nonsense}");
    }
}

/// Numbers do not belong into addresses, which every proxy on the way writes down.
#[test]
fn numbers_are_only_ever_posted() {
    let server = server(&[("all", all())]);
    let token = [("Authorization", "Bearer all")];
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let target = "/unilogin/wsiidentifikation/6/hentBrugeridFraCpr?cpr=1303814074";
        let answer = server.exchange(&request(method, target, &token, b""));
        assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
        assert!(!answer.text().contains("1303814074"));
    }
    let answer = server.get("/unilogin/wsiidentifikation/6/hentCprFraBrugerid?brugerid=dort0101", &token);
    insta::assert_json_snapshot!("not-in-an-address", answer.json());
    assert_eq!(
        server.get("/unilogin/wsibruger/7/hentBrugersInstitutionstilknytninger?brugerid=dort0101", &token).status,
        200
    );
}

#[test]
fn no_problem_repeats_a_number() {
    let server = server(&[("all", all())]);
    let bodies = [
        json!({ "cpr": ["1303814074"] }),
        json!({ "cpr": { "x": "1303814074" } }),
        json!({ "brugerid": "1303814074" }),
        json!({ "cpr": "1303814074", "brugerid": "1303814074" }),
        json!(["1303814074"]),
        json!("1303814074"),
    ];
    for body in bodies {
        let answer = post(&server, "all", USER, &body);
        assert!(answer.status == 400 && !answer.text().contains("1303814074"), "{body}: {}", answer.text());
    }
    assert_eq!(post(&server, "all", USER, &json!({ "cpr": 1_303_814_074 })).json(), json!({ "brugerid": "dort0101" }));
}

/// Villads and Britta have no number.
#[test]
fn look_ups_may_be_kept_to_people_with_a_number() {
    let (everybody, identified) = (server(&[("all", all())]), server_with(&[("all", all())], true));
    let at = |user: &str| json!({ "instnr": "999001", "brugerid": user });
    let class = json!({ "instnr": "999001", "gruppeid": "4A" });
    let count = |server: &Server, operation: &str, body: &Value| {
        let answer = told(server, "all", operation, body.clone());
        answer.as_object().and_then(|it| it.values().next()).and_then(Value::as_array).expect("a list").len()
    };
    let villads = at("vill0019");
    let counts =
        |operation: &str, body: &Value| (count(&everybody, operation, body), count(&identified, operation, body));
    assert_eq!(counts("wsiinst/6/hentInstBruger", &villads), (1, 0));
    assert_eq!(counts("wsiinst/6/hentInstBruger", &at("alma0001")), (1, 1));
    let (all, some) = counts("wsiinst/6/hentBrugereIGruppe", &class);
    assert!(some < all, "{some} of {all} have a number");
    assert_eq!(counts(TIES, &json!({ "brugerid": "vill0019" })), (1, 0));
    assert_eq!(counts(TIES, &json!({ "brugerid": "dary0023" })), (1, 1), "a replacement number is one");
    // Britta has no number, her child has one: neither is told of the other.
    assert_eq!(counts(CONTACTS, &at("oska0011")), (1, 0));
    assert_eq!(counts(PUPILS, &json!({ "brugerid": "bent0107" })), (1, 0));
    assert_eq!(counts(TIES, &json!({ "brugerid": "bent0107" })), (1, 0));
}
