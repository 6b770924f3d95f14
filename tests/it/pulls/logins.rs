//! Tokens of the Unilogin Broker: what is taken, and everything that is not.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use skolebro::{
    domain::UserId,
    login::{Fetch, Fetched, Keys, KeysAt, Place, Refused, Rules, Verifier},
    source::login::Login,
};
use tokio::runtime::{Builder, Runtime};

use super::{Hands, NOON, SCHOOL, at, number};

pub(super) const ISSUER: &str = "https://broker.example/auth/realms/broker";

/// A key of an issuer.
pub(super) struct Signing {
    name: &'static str,
    key: EncodingKey,
    public: Value,
}

impl Signing {
    fn new(name: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        // PKCS#8 is an envelope of 26 bytes around the key itself.
        let key = EncodingKey::from_rsa_der(&pair.serialize_der()[26..]);
        let mut public = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap()).unwrap();
        public["kid"] = name.into();
        public["use"] = "sig".into();
        Self { name, key, public }
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_as(Algorithm::RS256, claims)
    }

    fn sign_as(&self, algorithm: Algorithm, claims: &Value) -> String {
        let header = Header { kid: Some(self.name.to_owned()), ..Header::new(algorithm) };
        encode(&header, claims, &self.key).unwrap()
    }
}

/// Making keys takes a while: one pair for all tests.
pub(super) fn keys() -> &'static [Signing; 2] {
    static KEYS: OnceLock<[Signing; 2]> = OnceLock::new();
    KEYS.get_or_init(|| [Signing::new("first"), Signing::new("second")])
}

/// What stands at addresses, and how often somebody looked.
#[derive(Default)]
struct Web {
    pages: Mutex<BTreeMap<String, String>>,
    visits: AtomicUsize,
}

impl Web {
    fn publish(&self, keys: &[&Signing]) {
        let keys: Vec<&Value> = keys.iter().map(|it| &it.public).collect();
        let mut pages = self.pages.lock().unwrap();
        pages.insert(format!("{ISSUER}/protocol/openid-connect/certs"), json!({ "keys": keys }).to_string());
        let discovered = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/protocol/openid-connect/certs") });
        pages.insert(format!("{ISSUER}/.well-known/openid-configuration"), discovered.to_string());
    }

    fn fetch(self: &Arc<Self>) -> Arc<Fetch> {
        let web = self.clone();
        Arc::new(move |place| -> Fetched {
            web.visits.fetch_add(1, Ordering::SeqCst);
            let Place::Url(url) = place else { panic!("no file was named") };
            let page = web.pages.lock().unwrap().get(&url).cloned();
            Box::pin(async move { page.map(String::into_bytes).ok_or_else(|| "nothing is there".to_owned()) })
        })
    }
}

pub(super) fn rules() -> Rules {
    Rules {
        issuer: ISSUER.to_owned(),
        audience: "skolebro".to_owned(),
        algorithms: vec![Algorithm::RS256],
        leeway: TimeDelta::seconds(30),
    }
}

struct Gate {
    web: Arc<Web>,
    hands: Hands,
    verifier: Verifier,
    runtime: Runtime,
}

impl Gate {
    fn new() -> Self {
        let (web, hands) = (Arc::new(Web::default()), Hands::at(NOON));
        web.publish(&[&keys()[0]]);
        let found = Keys::new(KeysAt::Discovery(ISSUER.to_owned()), web.fetch());
        let verifier = Verifier::new(rules(), found, hands.clock());
        let runtime = Builder::new_current_thread().build().unwrap();
        Self { web, hands, verifier, runtime }
    }

    fn verify(&self, token: &str) -> Result<Login, Refused> {
        self.runtime.block_on(self.verifier.verify(token))
    }

    fn visits(&self) -> usize {
        self.web.visits.load(Ordering::SeqCst)
    }
}

/// A token as the broker makes them, five minutes long.
fn claims() -> Value {
    let now = at(NOON).timestamp();
    json!({
        "iss": ISSUER, "aud": ["skolebro", "account"], "exp": now + 300, "nbf": now, "typ": "Bearer",
        "sub": "d2e0", "uniid": "alma0001", "institution_ids": "[999001, A12345]", "aktoer_gruppe": "Elev"
    })
}

fn with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

#[test]
fn a_token_says_who_is_logged_in_and_where() {
    let gate = Gate::new();
    let login = gate.verify(&keys()[0].sign(&claims())).unwrap();
    assert!(login.is_of(&UserId::new("ALMA0001")));
    assert!(login.is_at(&number(SCHOOL)) && login.is_at(&number("a12345")) && !login.is_at(&number("999002")));
    assert_eq!(login.expires, at(NOON) + TimeDelta::seconds(330));
}

#[test]
fn institutions_are_told_in_several_ways() {
    let gate = Gate::new();
    let table = [
        (json!({ "institution_ids": "[999958, A12345]" }), "999958 A12345"),
        (json!({ "institution_ids": ["999958", "a12345"] }), "999958 A12345"),
        (json!({ "institution_ids": [999_958] }), "999958"),
        (json!({ "institution_ids": "999958" }), "999958"),
        (json!({ "institution_ids": "[\"999958\"]" }), "999958"),
        (json!({ "institution_ids": "[]" }), ""),
        (json!({ "institution_ids": "" }), ""),
        (json!({ "institution_ids": null, "institutionIds": ["999958"] }), "999958"),
        (json!({ "institution_ids": "[999958]", "institutionIds": "[999958, 1]" }), "1 999958"),
        (json!({ "institution_ids": ["much too long", {}, null, true, "*"] }), ""),
    ];
    for (changes, expected) in table {
        let login = gate.verify(&keys()[0].sign(&with(&changes))).unwrap();
        let told: Vec<&str> = login.institutions.iter().map(|it| it.as_str()).collect();
        assert_eq!(told.join(" "), expected, "{changes}");
    }
    let nobody = gate.verify(&keys()[0].sign(&with(&json!({ "uniid": " " })))).unwrap();
    assert_eq!(nobody.user, None);
}

#[test]
fn what_a_token_says_must_be_right() {
    let gate = Gate::new();
    let now = at(NOON).timestamp();
    let table = [
        (json!({ "iss": "https://elsewhere.example" }), Refused::Issuer),
        (json!({ "iss": null }), Refused::Issuer),
        (json!({ "iss": format!("{ISSUER}/") }), Refused::Issuer),
        (json!({ "aud": "account" }), Refused::Audience),
        (json!({ "aud": [] }), Refused::Audience),
        (json!({ "aud": null }), Refused::Audience),
        (json!({ "exp": now - 30 }), Refused::Expired),
        (json!({ "exp": null }), Refused::Expired),
        (json!({ "exp": i64::MAX }), Refused::Expired),
        (json!({ "exp": 1e300 }), Refused::Expired),
        (json!({ "nbf": now + 31 }), Refused::Early),
        (json!({ "typ": "Logout" }), Refused::Kind),
        (json!({ "typ": "Refresh" }), Refused::Kind),
        (json!({ "uniid": 7 }), Refused::Form),
        (json!({ "exp": "soon" }), Refused::Form),
    ];
    for (changes, expected) in table {
        assert_eq!(gate.verify(&keys()[0].sign(&with(&changes))), Err(expected), "{changes}");
    }
    // Clocks may differ by the leeway, and no more.
    assert!(gate.verify(&keys()[0].sign(&with(&json!({ "exp": now - 29, "nbf": now + 30 })))).is_ok());
    assert!(gate.verify(&keys()[0].sign(&with(&json!({ "aud": "skolebro", "typ": "ID" })))).is_ok());
}

fn encoded(text: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(text.as_bytes())
}

#[test]
fn only_the_issuer_can_have_signed_it() {
    let gate = Gate::new();
    let [first, second] = keys();
    let token = first.sign(&claims());
    assert!(gate.verify(&token).is_ok());
    let parts: Vec<&str> = token.split('.').collect();
    let header = |text: &str| format!("{}.{}.", encoded(text), parts[1]);
    let table = [
        // Not signed at all.
        (header(r#"{"alg":"none","kid":"first"}"#), Refused::Form),
        (format!("{}.{}", parts[0], parts[1]), Refused::Form),
        (format!("{}.{}.", parts[0], parts[1]), Refused::Signature),
        // By somebody else, under the name of a key of the issuer.
        (Signing { name: "first", key: second.key.clone(), public: Value::Null }.sign(&claims()), Refused::Signature),
        // In ways that are not allowed, with the right key.
        (first.sign_as(Algorithm::RS384, &claims()), Refused::Algorithm),
        (first.sign_as(Algorithm::PS256, &claims()), Refused::Algorithm),
        // With what it says changed.
        (
            format!("{}.{}.{}", parts[0], encoded(&with(&json!({ "uniid": "b" })).to_string()), parts[2]),
            Refused::Signature,
        ),
        // With headers that would lead elsewhere or ask for more.
        (
            format!("{}{}", header(r#"{"alg":"RS256","kid":"first","crit":["b64"],"b64":false}"#), parts[2]),
            Refused::Form,
        ),
        (format!("{}{}", header(r#"{"alg":"RS256"}"#), parts[2]), Refused::Key),
        (String::new(), Refused::Form),
        ("x".repeat(100_000), Refused::Size),
        ("....".to_owned(), Refused::Form),
        ("é.ø.å".to_owned(), Refused::Form),
    ];
    for (token, expected) in table {
        assert_eq!(gate.verify(&token), Err(expected), "{token:.60}");
    }
}

/// The public key is no secret: whoever signs with it as if it were one must not be taken for the issuer.
#[test]
fn a_public_key_is_not_taken_for_a_secret() {
    let gate = Gate::new();
    let first = &keys()[0];
    let modulus = first.public["n"].as_str().unwrap();
    let secrets = [
        EncodingKey::from_secret(modulus.as_bytes()),
        EncodingKey::from_secret(&data_encoding::BASE64URL_NOPAD.decode(modulus.as_bytes()).unwrap()),
        EncodingKey::from_secret(first.public.to_string().as_bytes()),
    ];
    for secret in secrets {
        let header = Header { kid: Some("first".to_owned()), ..Header::new(Algorithm::HS256) };
        assert_eq!(gate.verify(&encode(&header, &claims(), &secret).unwrap()), Err(Refused::Algorithm));
    }
    // Nor is a secret that somebody publishes a key.
    let (web, hands) = (Arc::new(Web::default()), Hands::at(NOON));
    let oct = json!({ "keys": [{ "kty": "oct", "kid": "first", "k": "c2VjcmV0", "use": "sig" }] });
    web.pages.lock().unwrap().insert("https://keys.example/".to_owned(), oct.to_string());
    let at = KeysAt::Place(Place::Url("https://keys.example/".to_owned()));
    let verifier = Verifier::new(rules(), Keys::new(at, web.fetch()), hands.clock());
    assert_eq!(gate.runtime.block_on(verifier.verify(&first.sign(&claims()))), Err(Refused::Unavailable));
}

#[test]
fn keys_change_and_are_fetched_at_most_once_a_minute() {
    let gate = Gate::new();
    let [first, second] = keys();
    assert!(gate.verify(&first.sign(&claims())).is_ok());
    assert_eq!(gate.visits(), 2, "once where the keys are, once the keys");
    // A flood of tokens with keys that nobody has.
    for place in 0..1000 {
        let flood = Signing { name: ["x", "y", "z"][place % 3], key: second.key.clone(), public: Value::Null };
        assert_eq!(gate.verify(&flood.sign(&claims())), Err(Refused::Key));
    }
    assert_eq!(gate.visits(), 2);
    gate.web.publish(&[first, second]);
    assert_eq!(gate.verify(&second.sign(&claims())), Err(Refused::Key), "a minute has not passed");
    gate.hands.go(TimeDelta::seconds(61));
    assert!(gate.verify(&second.sign(&claims())).is_ok());
    assert_eq!(gate.visits(), 4);
    // A key that the issuer gives up goes, at the latest when they are fetched for their own sake.
    gate.web.publish(&[second]);
    assert!(gate.runtime.block_on(gate.verifier.keys().refresh(gate.hands.now())));
    assert_eq!(gate.verify(&first.sign(&claims())), Err(Refused::Key));
}

#[test]
fn keys_that_cannot_be_had_are_no_reason_to_let_anybody_in_or_to_forget_those_known() {
    let gate = Gate::new();
    let token = keys()[0].sign(&claims());
    let pages = std::mem::take(&mut *gate.web.pages.lock().unwrap());
    assert_eq!(gate.verify(&token), Err(Refused::Unavailable));
    assert_eq!(gate.verify(&token), Err(Refused::Unavailable));
    assert_eq!(gate.visits(), 1);
    *gate.web.pages.lock().unwrap() = pages;
    gate.hands.go(TimeDelta::seconds(61));
    assert!(gate.verify(&token).is_ok());
    for page in ["", "{}", "{\"keys\":[]}", "{\"keys\":[1]}", "<html>"] {
        let at = format!("{ISSUER}/protocol/openid-connect/certs");
        gate.web.pages.lock().unwrap().insert(at, page.to_owned());
        assert!(!gate.runtime.block_on(gate.verifier.keys().refresh(gate.hands.now())), "{page}");
        assert!(gate.verify(&token).is_ok());
    }
}

#[test]
fn a_configuration_of_another_issuer_or_in_the_clear_is_not_followed() {
    for (issuer, keys) in [("https://elsewhere.example", "https://broker.example/"), (ISSUER, "http://broker.example/")]
    {
        let gate = Gate::new();
        let told = json!({ "issuer": issuer, "jwks_uri": keys }).to_string();
        gate.web.pages.lock().unwrap().insert(format!("{ISSUER}/.well-known/openid-configuration"), told);
        assert!(!gate.runtime.block_on(gate.verifier.keys().refresh(at(NOON))));
    }
}

/// A verifier for servers of other tests, and a key that it knows.
pub(super) fn verifier(clock: skolebro::login::Clock) -> (Verifier, &'static Signing) {
    let web = Arc::new(Web::default());
    web.publish(&[&keys()[0]]);
    let found = Keys::new(KeysAt::Discovery(ISSUER.to_owned()), web.fetch());
    (Verifier::new(rules(), found, clock), &keys()[0])
}
