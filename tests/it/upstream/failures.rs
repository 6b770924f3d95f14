//! What can go wrong with a server elsewhere: each failure has its own words, nobody is told what is somebody's, and a pull that
//! fails leaves what was kept.

use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use skolebro::{
    domain::{OrganisationNumber, UserId},
    source::{Part, Source, SourceError, SourceErrorKind, Ties, http::Settings, upstream::Upstream},
    standards::unilogin::eksport::Package,
};

use super::{at, bridge, demo, fake::Mischief, impatient, now, once, unilogin};
use crate::{
    gate::{PATIENCE, soon},
    kept::{self, demo_store},
    protocol::{self, SOAP12},
};

/// A fault of the service, typed or not.
fn fault(code: &str, kind: Option<&str>, reason: &str) -> String {
    let detail = kind.map_or_else(String::new, |it| {
        format!(
            "<s:Detail><u:authentificationError xmlns:u='https://brugerdatabasen.stil.dk/bpi/common/3'><u:type>{it}</u:type>\
             </u:authentificationError></s:Detail>"
        )
    });
    format!(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Code><s:Value>s:{code}</s:Value></s:Code>\
         <s:Reason><s:Text xml:lang='da'>{reason}</s:Text></s:Reason>{detail}</s:Fault></s:Body></s:Envelope>"
    )
}

fn answers(status: u16, media_type: &'static str, body: &str) -> Mischief {
    Mischief::Answer(status, media_type, "", body.to_owned())
}

fn faults(status: u16, code: &str, kind: Option<&str>) -> Mischief {
    answers(status, SOAP12, &fault(code, kind, "Nej tak til 0101901234 og alma0001"))
}

/// Every mischief by name.
fn mischiefs() -> Vec<(&'static str, Mischief)> {
    let html = "<!DOCTYPE html><html><body>Vedligeholdelse for Alma 0101901234</body></html>";
    vec![
        ("hangs up before an answer", Mischief::Hang),
        ("answers too late", Mischief::Delay(PATIENCE)),
        ("hangs up in the middle", Mischief::Cut(300)),
        ("stops in the middle", Mischief::Stop(300)),
        ("another institution", Mischief::Replace("999006", "999007")),
        ("against its contract", Mischief::Replace("InstitutionNumber>", "InstitutionNummer>")),
        ("no XML", Mischief::Replace("</", "<<")),
        ("another operation", answers(200, SOAP12, &answer_of_hello())),
        ("an empty answer", answers(200, SOAP12, "")),
        ("an envelope cut by its sender", answers(200, SOAP12, &answer_of_hello()[..150])),
        ("a page of a proxy", answers(502, "text/html; charset=utf-8", html)),
        ("a page for people", answers(200, "text/html", html)),
        ("somewhere else", Mischief::Answer(301, "text/html", "Location: http://127.0.0.1:1/\r\n", html.to_owned())),
        ("not found", answers(404, "", "")),
        ("busy", Mischief::Answer(503, "text/plain", "Retry-After: 120\r\n", "later".to_owned())),
        ("busy for nobody knows how long", answers(503, "text/plain", "later")),
        ("Rettigheder", faults(500, "Sender", Some("Rettigheder"))),
        ("Rettigheder with 400", faults(400, "Sender", Some("Rettigheder"))),
        ("Rettigheder with 200", faults(200, "Sender", Some("Rettigheder"))),
        ("Signatur", faults(500, "Sender", Some("Signatur"))),
        ("SignaturMangler", faults(500, "Sender", Some("SignaturMangler"))),
        ("UdbydersytemIdMangler", faults(500, "Sender", Some("UdbydersytemIdMangler"))),
        ("BrugeridEllerPassword", faults(500, "Sender", Some("BrugeridEllerPassword"))),
        ("refuses the question", faults(500, "Sender", None)),
        ("a trouble of its own", faults(500, "Receiver", None)),
    ]
}

/// Only what never comes is not waited for.
fn waiting_for(mischief: &Mischief) -> Settings {
    if matches!(mischief, Mischief::Delay(_) | Mischief::Stop(_)) { impatient() } else { once() }
}

fn answer_of_hello() -> String {
    "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>\
     <u:helloWorldWithCertificateResponse xmlns:u='https://brugerdatabasen.stil.dk/bpi/common/3'>\
     <u:helloWorldResult>Hello</u:helloWorldResult></u:helloWorldWithCertificateResponse></s:Body></s:Envelope>"
        .to_owned()
}

/// What a pull is told, and that nothing has changed by it.
#[test]
fn a_pull_that_fails_says_why_and_leaves_what_was_kept() {
    let (proxy, store) = (demo(), demo_store());
    let number = OrganisationNumber::new("999006");
    let before = kept::institution(&store, "999006");
    let mut out = String::new();
    for (name, mischief) in mischiefs() {
        let elsewhere = unilogin(&at(proxy.address), waiting_for(&mischief));
        proxy.does([mischief]);
        let told = elsewhere.pull(&number, &*store, false).map(drop).unwrap_err();
        assert_eq!(proxy.calls(), 1, "{name}: a pull is asked once");
        let after = kept::institution(&store, "999006");
        assert!(Arc::ptr_eq(&before, &after), "{name}: something has changed");
        out.push_str(&format!("{name}\n    {}: {told}\n", variant(&told)));
    }
    assert!(!out.contains("0101901234") && !out.contains("alma") && !out.contains("Alma"), "{out}");
    insta::assert_snapshot!("pulls", out);
    proxy.does([Mischief::None]);
    unilogin(&at(proxy.address), once()).pull(&number, &*store, false).unwrap();
}

fn variant(error: &impl std::fmt::Debug) -> String {
    format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// What a look-up is told.
#[test]
fn a_look_up_that_fails_says_why() {
    let proxy = demo();
    let (number, user) = (OrganisationNumber::new("999001"), UserId::new("alma0001"));
    let mut out = String::new();
    let others = [
        ("another institution", Mischief::Replace("999001", "999009")),
        ("another user", Mischief::Replace("alma0001", "alma0002")),
        ("against its contract", Mischief::Replace("brugerid>", "brugerib>")),
        ("a value of no list", Mischief::Replace("elevtrin>4<", "elevtrin>X<")),
    ];
    let mischiefs = mischiefs().into_iter().filter(|it| !matches!(it.1, Mischief::Replace(..)));
    for (name, mischief) in mischiefs.chain(others) {
        let elsewhere = unilogin(&at(proxy.address), waiting_for(&mischief));
        proxy.does([mischief]);
        let told = now(elsewhere.ties_of(&user, Some(&number), Ties::Own)).unwrap_err();
        let wait = told.retry_after.map_or_else(String::new, |it| format!(" (again in {} s)", it.as_secs()));
        out.push_str(&format!("{name}\n    {:?}{wait}: {}\n", told.kind, told.cause.unwrap()));
    }
    assert!(!out.contains("0101901234") && !out.contains("alma0"), "{out}");
    insta::assert_snapshot!("look-ups", out);
}

/// What is told to whoever asks here: the right to the data is the asker's affair, everything else that the service has against
/// us is not.
#[test]
fn faults_are_carried_across() {
    let proxy = demo();
    let server = bridge(unilogin(&at(proxy.address), once()));
    let mut out = String::new();
    for kind in ["Rettigheder", "Signatur", "SignaturMangler", "UdbydersytemIdMangler", "BrugeridEllerPassword"] {
        proxy.does([faults(500, "Sender", Some(kind))]);
        let read = |file: &str| std::fs::read(format!("fixtures/unilogin/wsiinst/{file}/request.xml")).unwrap();
        let legacy = server.post(protocol::LEGACY, SOAP12, &read("v5/hentInstBruger.elev"));
        let bpi = server.post(protocol::BPI, SOAP12, &read("v6/hentInstBruger.elev"));
        let address = "/unilogin/wsiinst/6/hentInstBruger?instnr=999001&brugerid=alma0001";
        let json = server.get(address, &[("Authorization", "Bearer demo")]);
        out.push_str(&format!("== {kind}\n{}{}", protocol::told(&legacy), protocol::told(&bpi)));
        out.push_str(&format!("{} {}\n", json.status, json.text()));
    }
    insta::assert_snapshot!("faults", out);
}

fn hello_of(settings: Settings, base: &str) -> Result<(), SourceError> {
    let elsewhere = unilogin(base, settings);
    now(elsewhere.institution(&OrganisationNumber::new("999001"), Part::Organisation)).map(drop)
}

/// Where nobody is, and where nobody answers.
#[test]
fn a_server_that_cannot_be_reached_is_told_by_the_step() {
    let told = |settings: Settings, base: &str| hello_of(settings, base).unwrap_err().cause.unwrap().to_string();
    // A port that nobody is given by chance.
    let nobody = told(once(), "http://127.0.0.1:1");
    assert!(nobody.starts_with("no connection to the server: "), "{nobody}");
    // Without a name service it takes its time to find out.
    let name = told(Settings { connect: Duration::from_millis(500), ..once() }, "http://nobody.invalid");
    let is_known =
        ["the name of the server is not known to the name service (DNS)", "the server takes no connection in time"];
    assert!(is_known.contains(&name.as_str()), "{name}");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = at(silent.local_addr().unwrap());
    let settings = Settings { answer: Duration::from_millis(300), ..once() };
    assert_eq!(told(settings, &address), "the server has not answered within 0.3 seconds");
    let no_tls = crate::server::demo().address;
    let tls = told(once(), &format!("https://{no_tls}"));
    assert!(tls.starts_with("TLS with the server fails: "), "{tls}");
}

/// A question is asked again where no answer has begun, and nowhere else.
#[test]
fn only_what_is_safe_is_asked_again() {
    let proxy = demo();
    let settings = Settings { tries: 3, ..once() };
    let elsewhere = unilogin(&at(proxy.address), settings);
    let number = OrganisationNumber::new("999001");
    let asked = |mischief: &[Mischief]| {
        proxy.does(mischief.to_vec());
        (now(elsewhere.institution(&number, Part::Organisation)).is_ok(), proxy.calls())
    };
    assert_eq!(asked(&[Mischief::Hang, Mischief::Hang, Mischief::None]), (true, 3));
    assert_eq!(asked(&[Mischief::Hang]), (false, 3));
    let soon = Mischief::Answer(503, "text/plain", "Retry-After: 0\r\n", String::new());
    assert_eq!(asked(&[soon, Mischief::None]), (true, 2));
    let later = Mischief::Answer(503, "text/plain", "Retry-After: 120\r\n", String::new());
    assert_eq!(asked(&[later, Mischief::None]), (false, 1));
    for never in [Mischief::Cut(100), faults(500, "Receiver", None), answers(502, "text/html", "")] {
        assert_eq!(asked(&[never, Mischief::None]), (false, 1));
    }
    proxy.does([Mischief::Hang, Mischief::None]);
    let elsewhere = elsewhere.pull(&OrganisationNumber::new("999006"), &*demo_store(), false);
    assert!(elsewhere.is_err() && proxy.calls() == 1, "a pull counts");
}

/// A server that does not answer costs no time after a while, and is found again when it does.
#[test]
fn a_dead_server_is_left_alone() {
    let proxy = demo();
    let number = OrganisationNumber::new("999001");
    let hour = Duration::from_secs(3600);
    let resting = |rest: Duration| {
        let elsewhere = unilogin(&at(proxy.address), Settings { failures: 3, rest, ..once() });
        proxy.does([Mischief::Hang]);
        for _ in 0..3 {
            let told = now(elsewhere.institution(&number, Part::Organisation)).unwrap_err();
            assert_eq!(told.kind, SourceErrorKind::Unavailable);
        }
        assert_eq!(proxy.calls(), 3);
        elsewhere
    };
    let elsewhere = resting(hour);
    let told = now(elsewhere.institution(&number, Part::Organisation)).unwrap_err();
    assert_eq!(proxy.calls(), 0, "it is left alone");
    assert!(told.retry_after.unwrap() <= hour);
    let told = told.cause.unwrap().to_string();
    assert!(told.starts_with("the server has not answered lately; it is asked again in 3"), "{told}");
    let elsewhere = resting(Duration::from_millis(100));
    proxy.does([Mischief::None]);
    let ask = || now(elsewhere.institution(&number, Part::Organisation)).is_ok();
    soon(ask);
    assert!(ask() && proxy.calls() == 2);
}

/// More questions than there are places wait for one.
#[test]
fn only_so_many_ask_at_once() {
    let proxy = demo();
    let elsewhere = unilogin(&at(proxy.address), Settings { at_once: 1, ..once() });
    let number = OrganisationNumber::new("999001");
    proxy.does([Mischief::Delay(Duration::from_millis(500)), Mischief::None]);
    let begin = Instant::now();
    std::thread::scope(|scope| {
        let ask = || now(elsewhere.institution(&number, Part::Organisation)).unwrap();
        let first = scope.spawn(ask);
        std::thread::sleep(Duration::from_millis(100));
        ask();
        assert!(begin.elapsed() >= Duration::from_millis(450), "it did not wait");
        first.join().unwrap();
    });
}

/// A body without end is not read to its end.
#[test]
fn an_answer_that_is_too_large_is_refused() {
    let proxy = demo();
    let elsewhere = unilogin(&at(proxy.address), Settings { most: 500, most_arriving: 1000, ..once() });
    let lookup = now(elsewhere.institution(&OrganisationNumber::new("999001"), Part::Groups)).unwrap_err();
    assert_eq!(lookup.cause.unwrap().to_string(), "the answer is larger than 500 bytes");
    let mut elsewhere = elsewhere;
    elsewhere.package = Package::Full;
    let pull = elsewhere.pull(&OrganisationNumber::new("999006"), &*demo_store(), false).map(drop).unwrap_err();
    assert_eq!(pull.to_string(), "the server cannot be reached: the answer is larger than 1000 bytes");
}
