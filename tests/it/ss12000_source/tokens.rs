//! Tokens of an endpoint: asked for once, renewed in time or when refused, and never without end.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use skolebro::{
    clock,
    config::Config,
    domain::OrganisationNumber,
    source::upstream::Upstream,
    standards::ss12000::upstream::{Access, ClientCredentials},
    store::Sqlite,
};

use super::{
    Bench, municipality,
    server::{Asked, Inside, Said, listening_safely, said},
};
use crate::upstream::signed::{Tls, tls};

const ENDPOINT: &str = "https://id.example/connect/token";

fn bench(web: Inside, in_form: bool) -> Bench {
    Bench::with(web, |it| {
        it.access = Access::granted(ClientCredentials {
            address: ENDPOINT.to_owned(),
            id: "skole bro".to_owned(),
            secret: "s&cret".to_owned(),
            scope: Some("ss12000.read".to_owned()),
            in_form,
        });
    })
}

/// A server that takes the tokens of an endpoint, numbered from one, until they are refused.
fn guarded(
    grant: impl Fn(usize) -> Said + Send + Sync + 'static,
    refuses: impl Fn(&Asked) -> bool + Send + Sync + 'static,
) -> Inside {
    let (objects, granted) = (municipality(), AtomicUsize::new(0));
    Inside::new(move |asked| {
        if asked.path == ENDPOINT {
            return grant(granted.fetch_add(1, Ordering::Relaxed) + 1);
        }
        if refuses(asked) { said(401, "") } else { objects.answer(asked) }
    })
}

fn token(number: usize, expires_in: Value) -> Said {
    said(200, json!({ "access_token": format!("token-{number}"), "token_type": "Bearer", "expires_in": expires_in }))
}

#[test]
fn a_token_is_asked_for_once_in_the_way_that_is_configured() {
    for in_form in [false, true] {
        let web =
            guarded(|it| token(it, json!(3600)), |asked| asked.authorization.as_deref() != Some("Bearer token-1"));
        bench(web.clone(), in_form).roster("101001");
        let asked = web.of(ENDPOINT);
        assert_eq!(asked.len(), 1);
        let form = asked[0].body.as_deref().unwrap();
        if in_form {
            assert_eq!(asked[0].authorization, None);
            assert_eq!(
                form,
                "grant_type=client_credentials&scope=ss12000%2Eread&client_id=skole%20bro&client_secret=s%26cret"
            );
        } else {
            // Id and secret are encoded before they are joined (RFC 6749, section 2.3.1).
            assert_eq!(asked[0].authorization.as_deref(), Some("Basic c2tvbGUlMjBicm86cyUyNmNyZXQ="));
            assert_eq!(form, "grant_type=client_credentials&scope=ss12000%2Eread");
        }
    }
}

/// A token that ends in the middle is renewed before its end; one whose end is told as text, or not at all, too.
#[test]
fn a_token_is_renewed_before_it_ends() {
    for (expires_in, renewed) in [(json!(0), true), (json!("3600"), false), (json!(null), false)] {
        let web = guarded(move |it| token(it, expires_in.clone()), |_| false);
        bench(web.clone(), false).roster("101001");
        assert_eq!(web.count(ENDPOINT) > 1, renewed);
    }
}

#[test]
fn a_refused_token_is_renewed_once() {
    let refused = Arc::new(AtomicBool::new(false));
    let web = guarded(
        |it| token(it, json!(3600)),
        move |asked| {
            let stale = asked.authorization.as_deref() == Some("Bearer token-1");
            stale && (asked.path == "groups" || refused.load(Ordering::Relaxed)) && {
                refused.store(true, Ordering::Relaxed);
                true
            }
        },
    );
    assert_eq!(bench(web.clone(), false).roster("101001").members.len(), 3);
    assert_eq!(web.count(ENDPOINT), 2);
    let web = guarded(|it| token(it, json!(3600)), |asked| asked.path == "groups");
    assert!(bench(web.clone(), false).refused("101001").contains("HTTP 401"));
    assert_eq!((web.count(ENDPOINT), web.count("groups")), (2, 2));
}

#[test]
fn an_endpoint_that_gives_none_is_named() {
    for (answer, told) in [
        (
            said(400, json!({ "error": "invalid_client", "error_description": "secret" })),
            "HTTP 400, code invalid_client",
        ),
        (said(401, ""), "HTTP 401"),
        (said(302, ""), "sends us elsewhere"),
        (said(200, "<html>secret</html>"), "answers something else"),
        (said(200, "{}"), "without a token"),
        (said(200, json!({ "access_token": "" })), "without a token"),
        (said(200, json!({ "access_token": "a\nHost: x" })), "without a token"),
        (said(200, json!({ "access_token": "secret", "token_type": "mac" })), "another type than Bearer"),
        (said(500, ""), "HTTP 500"),
    ] {
        let web = guarded(move |_| answer.clone(), |_| false);
        let bench = bench(web.clone(), false);
        let reason = bench.refused("101001");
        assert!(reason.contains("no token for the server") && reason.contains(told), "{reason}");
        bench.refused("101001");
        assert_eq!((web.count(ENDPOINT), web.asked.lock().unwrap().len()), (1, 1));
    }
    let web = guarded(|_| said(503, ""), |_| false);
    assert!(bench(web.clone(), false).refused("101001").contains("too busy"));
    assert_eq!(web.count(ENDPOINT), 5);
}

/// A server that knows us by our certificate is shown nothing else, whatever is configured beside it.
#[test]
fn a_certificate_stands_for_a_token() {
    let Tls { root, config } = tls(Some(fs::read("fixtures/pki/demo-root.crt.pem").unwrap()));
    let (objects, shown) = (municipality(), Arc::new(Mutex::new(Vec::new())));
    let heard = shown.clone();
    let port = listening_safely(config, move |asked| {
        heard.lock().unwrap().push(asked.authorization.clone());
        objects.answer(asked)
    });
    let folder = tempfile::tempdir().unwrap();
    let [chain, trusted] = ["chain.pem", "root.pem"].map(|it| folder.path().join(it));
    let read = |name: &str| fs::read_to_string(format!("fixtures/pki/{name}.pem")).unwrap();
    fs::write(&chain, read("demo-client.crt") + &read("demo-issuing.crt")).unwrap();
    fs::write(&trusted, root).unwrap();
    let pulled = |keys: &str| {
        let text = format!(
            "[[source]]\nname = 'skola'\nkind = 'ss12000'\nendpoint = 'https://localhost:{port}/'\ntls_trust = [{trusted:?}]\n\
             limits = {{ tries = 1 }}\n{keys}"
        );
        let config: Config = toml::from_str(&text).unwrap();
        let upstream = config.sources[0].ss12000(clock::now, None, Box::new(|_, _| {})).unwrap();
        let store = Sqlite::in_memory().unwrap();
        upstream.pull(&OrganisationNumber::new("101001"), &store, false).map(drop).map_err(|it| it.to_string())
    };
    let key = format!("mutual_tls = true\ncertificate = {chain:?}\nkey = 'fixtures/pki/demo-client.key.pem'\n");
    pulled(&key).unwrap();
    let without: Vec<_> = std::mem::take(&mut *shown.lock().unwrap());
    assert!(without.len() > 10 && without.iter().all(Option::is_none), "{without:?}");
    pulled(&format!("{key}[source.ss12000]\ntoken = 'abc'\n")).unwrap();
    let with: Vec<_> = std::mem::take(&mut *shown.lock().unwrap());
    assert!(with.len() > 10 && with.iter().all(|it| it.as_deref() == Some("Bearer abc")), "{with:?}");
    let stranger = pulled("[source.ss12000]\ntoken = 'abc'\n").unwrap_err();
    assert!(stranger.contains("TLS with the server fails"), "{stranger}");
    assert!(shown.lock().unwrap().is_empty());
}

/// However many wait for a token, one asks.
#[test]
fn many_who_wait_ask_once() {
    let slow = |it| {
        thread::sleep(Duration::from_millis(100));
        token(it, json!(3600))
    };
    let web = guarded(slow, |_| false);
    let bench = bench(web.clone(), false);
    thread::scope(|scope| {
        for number in ["101001", "101002", "101001", "101002", "101001", "101002"] {
            scope.spawn(|| bench.pull(number).unwrap());
        }
    });
    assert_eq!((web.count(ENDPOINT), web.of("organisations").iter().filter(|it| it.query.len() == 1).count()), (1, 1));
}
