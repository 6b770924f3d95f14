//! `skolebro pull` and `serve` with an upstream, as a user runs them. The upstream is the demo, over HTTP.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    cli::{run_with, serve, skolebro},
    server::{Answer, demo, read_answer, request},
};

/// A configuration with an upstream. Around midnight every pull counts on both days, so that the day's count is one all through a
/// test.
fn configured(folder: &Path, upstream: &str, pull: &str) -> String {
    let config = folder.join("skolebro.toml");
    let store = folder.join("store.db");
    let text = format!(
        "[store]\nurl = \"sqlite:{}\"\n[pull]\nguard_seconds = 900\n{pull}\n[[source]]\nname = \"stil\"\nkind = \"unilogin\"\nendpoint = \"{upstream}\"\n\
         provider_system = \"DEMO01\"\nverify = false\ninstitutions = [\"999001\", \"999002\"]\n\
         [[caller]]\nname = \"A\"\nlegacy_user = \"a\"\nlegacy_password = \"b\"\ntoken = \"c\"\n",
        store.display()
    );
    fs::write(&config, text).unwrap();
    config.to_str().unwrap().to_owned()
}

/// What a command prints on both streams, and its exit code.
fn run(args: &[&str]) -> (String, String, i32) {
    let output = run_with(skolebro().args(args), b"");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn everything_is_pulled_until_the_quota_is_spent() {
    let upstream = demo();
    let folder = tempfile::tempdir().unwrap();
    let config = configured(folder.path(), &format!("http://{}", upstream.address), "");
    let pull = |more: &[&str]| run(&[&["pull", "--config", &config], more].concat());
    let (told, errors, code) = pull(&["--all"]);
    assert_eq!((code, errors.as_str()), (0, ""), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("999001: ") && lines[1].starts_with("999002: "), "{told}");
    let (told, _, code) = pull(&["--institution", "999001", "--format", "json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &told["outcome"], &told["changed"]), (0, &"done".into(), &0.into()), "{told}");
    assert_eq!((pull(&["--institution", "999001"]).2, pull(&["--all"]).2), (0, 0));
    // The fifth one is refused; the other institution is pulled all the same.
    let (told, errors, code) = pull(&["--all"]);
    assert_eq!(code, 4);
    assert!(told.starts_with("999002: 0 added, 0 changed"), "{told}");
    assert!(errors.contains("999001: the day's pulls are used up; the next one may be sent at "), "{errors}");
    let (_, errors, code) = pull(&["--institution", "999005"]);
    assert!(code == 4 && errors.contains("999005: no upstream answers for the institution"), "{errors}");
    let (told, _, _) = run(&["quota", "--config", &config]);
    assert!(told.contains("Pulled by us:\n999001   stil                     4 used, 0 left of 4; copy of "), "{told}");
    assert!(told.contains("\n999002   stil                     3 used, 1 left of 4; copy of "), "{told}");
    let (told, _, _) = run(&["quota", "--config", &config, "--format", "json", "--institution", "999002"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["upstream"], &told["used"], &told["left"]), (&"stil".into(), &3.into(), &1.into()));
}

#[test]
fn an_upstream_that_cannot_be_reached_is_told_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    // A port that nobody is given by chance.
    let config = configured(folder.path(), "http://127.0.0.1:1", "");
    let (_, errors, code) = run(&["pull", "--config", &config, "--institution", "999001"]);
    assert!(code == 3 && errors.contains("999001: the server cannot be reached: "), "{errors}");
    let (told, _, _) = run(&["quota", "--config", &config]);
    assert!(told.contains("1 used, 3 left of 4; no copy; failed 1 times, last at "), "{told}");
    assert!(told.contains("(unavailable)"), "{told}");
}

#[test]
fn what_cannot_be_pulled_from_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("none.toml");
    fs::write(&config, format!("[store]\nurl = \"sqlite:{}\"\n", folder.path().join("store.db").display())).unwrap();
    let (_, errors, code) = run(&["pull", "--config", config.to_str().unwrap(), "--all"]);
    assert!(code == 2 && errors.contains("no [[source]] is configured to pull from"), "{errors}");
    assert_eq!(run(&["pull"]).2, 2);
    let config = configured(folder.path(), "http://127.0.0.1:1", "at_once = 0");
    assert!(run(&["pull", "--config", &config, "--all"]).1.contains("pull.at_once = 0: at least 1"));
}

/// A client that knows only passwords, and one that knows no SOAP, are answered from the services of today.
#[test]
fn old_clients_and_rest_clients_reach_the_upstream() {
    let upstream = demo();
    let folder = tempfile::tempdir().unwrap();
    let config = configured(folder.path(), &format!("http://{}", upstream.address), "schedule = [\"02:30\"]");
    let server = serve(&["--config", &config], "serves at");
    let address = server.1.trim().rsplit("http://").next().unwrap().to_owned();
    let send = |bytes: Vec<u8>| -> Answer {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        std::io::Write::write_all(&mut stream, &bytes).unwrap();
        read_answer(&mut stream, false).unwrap()
    };
    let body = fs::read_to_string("fixtures/unilogin/wsiinst/v5/hentGrupper/request.xml").unwrap();
    let body = body.replace("wsBrugerid>demo<", "wsBrugerid>a<").replace("wsPassword>demo<", "wsPassword>b<");
    let media = [("Content-Type", "application/soap+xml")];
    let old = send(request("POST", "/wsiinst-v5/ws", &media, body.as_bytes()));
    assert_eq!(old.status, 200, "{}", old.text());
    assert!(old.text().contains("gruppeid>") && old.header("Age").is_some(), "{}", old.text());
    let rest = send(request("GET", "/ss12000/v2.0/persons", &[("Authorization", "Bearer c")], b""));
    assert_eq!(rest.status, 200, "{}", rest.text());
    assert!(rest.header("Skolebro-As-Of").is_some());
    assert!(rest.json()["data"].as_array().unwrap().len() > 10);
    let (told, _, _) = run(&["quota", "--config", &config]);
    for school in ["999001", "999002"] {
        let line = told.lines().find(|it| it.starts_with(school) && it.contains("stil")).expect("it was pulled");
        assert!(line.contains("1 used, 3 left of 4"), "{told}");
    }
}
