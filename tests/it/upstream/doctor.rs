//! `skolebro doctor` and a source that is there.

use std::{fs, path::PathBuf, process::Command};

use super::{
    fake::{Mischief, Proxy},
    signed::strict,
};
use crate::protocol::SOAP12;

/// A configuration with one source, in a folder of its own.
fn config(name: &str, proxy: &Proxy, more: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("skolebro-doctor-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "[store]\nurl = \"sqlite:{}\"\n\n[[source]]\nname = \"stil\"\nkind = \"unilogin\"\nendpoint = \"http://{}\"\n\
         provider_system = \"DEMO01\"\ncertificate = \"fixtures/pki/demo-client.crt.pem\"\nkey = \"fixtures/pki/demo-client.key.pem\"\n\
         trust = [\"fixtures/pki/demo-root.crt.pem\", \"fixtures/pki/demo-issuing.crt.pem\"]\n{more}\n",
        folder.join("store.db").display(),
        proxy.address
    );
    fs::write(folder.join("skolebro.toml"), text).unwrap();
    folder
}

/// What the command prints and its exit code, without what changes from day to day.
fn doctor(folder: &PathBuf, args: &[&str]) -> String {
    let config = folder.join("skolebro.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_skolebro"));
    let output = command.args(["doctor", "--config"]).arg(config).args(args).env("NO_COLOR", "1").output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let _ = fs::remove_dir_all(folder);
    let text = text.replace(folder.to_str().unwrap(), "$FOLDER");
    let told = text.lines().filter(|it| !it.contains("are free for it"));
    let told: Vec<String> = told.map(without_numbers).collect();
    format!("{}\n? {}\n", told.join("\n"), output.status.code().unwrap())
}

/// Days that are left and ports change.
fn without_numbers(line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for at in 0..words.len() {
        let counts = words.get(at + 1).is_some_and(|it| it.starts_with("days") || it.starts_with("seconds"));
        if counts && words[at].bytes().all(|it| it.is_ascii_digit()) {
            words[at] = "(some)".to_owned();
        }
    }
    let line = words.join(" ");
    let Some((before, port)) = line.split_once("at 127.0.0.1:") else { return line };
    format!("{before}at 127.0.0.1:(port){}", port.trim_start_matches(|it: char| it.is_ascii_digit()))
}

#[test]
fn a_source_that_is_well() {
    let (_server, proxy) = strict(|_| {});
    let told = doctor(&config("well", &proxy, "institutions = [\"999001\"]"), &[]);
    insta::assert_snapshot!("well", told);
    let told = doctor(&config("json", &proxy, ""), &["--format", "json"]);
    for line in told.lines().filter(|it| it.starts_with('{')) {
        let told: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(["ok", "doubtful"].contains(&told["state"].as_str().unwrap()), "{line}");
        let all = ["area", "source", "state", "what", "why", "do"];
        assert_eq!(told.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>(), all);
    }
    assert!(told.ends_with("? 0\n") && told.contains("\"service\""), "{told}");
}

/// What is wrong with a source is said in words that help: each failure with what to do.
#[test]
fn a_source_that_is_not() {
    let mut out = String::new();
    let mut case = |name: &str, mischief: Option<Mischief>, more: &str, change: fn(&mut skolebro::face::Faces)| {
        let (_server, proxy) = strict(change);
        proxy.does(mischief);
        let told = doctor(&config("ill", &proxy, more), &[]);
        // From what is wrong on; what is well before it is told by the other test.
        let from = told.find("endpoint of").unwrap_or(0);
        let more = told[from..].lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        out.push_str(&format!("== {name}\n{more}\n\n"));
    };
    let once = "limits = { tries = 1 }";
    case("nobody answers", Some(Mischief::Hang), once, |_| {});
    let page = Mischief::Answer(502, "text/html", "", "<html>".to_owned());
    case("a proxy answers", Some(page), once, |_| {});
    let late = Mischief::Answer(200, SOAP12, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "<a/>".to_owned());
    case("a clock of another time", Some(late), once, |_| {});
    case("an agreement is missing", None, "institutions = [\"999001\", \"123456\"]", |_| {});
    case("we are nobody there", None, once, |faces| {
        faces.callers = std::sync::Arc::new(skolebro::caller::Callers::default().into())
    });
    case("they are nobody here", None, once, |faces| faces.signatures.signer = super::signed::signer("odd/unknown"));
    case("they do not sign", None, once, |faces| faces.signatures.signer = None);
    insta::assert_snapshot!("ill", out);
}
