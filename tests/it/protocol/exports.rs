//! Exports: answers that are longer than anybody wants to hold, to whom they are given, and to whom not.

use std::{
    fs,
    io::{self, Read, Write},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use skolebro::{
    caller::{Agreement, Rights},
    crosswalk::Trail,
    domain::{Member, OrganisationNumber, Snapshot, UserId},
    face::Faces,
    source::{Part, Pulls, Source},
    standards::unilogin::stream,
    store::Memory,
};
use tokio::runtime;

use super::{SOAP11_NAMESPACE, SOAP12, SOAP12_NAMESPACE, still_answers, told};
use crate::{
    callers,
    server::{self, Server, demo, request},
};

const EKSPORT: &str = "/bpi/wsieksport/7";
const LEGACY_EKSPORT: &str = "/wsieksport-v6/ws";

/// How long something may take that should be done at once.
const SOON: Duration = Duration::from_secs(30);

/// A question of wsiEKSPORT 7 in the name of a provider system.
fn question(provider: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{SOAP12_NAMESPACE}\" xmlns:u=\"https://brugerdatabasen.stil.dk/bpi/common/3\" \
         xmlns:a=\"http://www.w3.org/2005/08/addressing\" xmlns:e=\"https://brugerdatabasen.stil.dk/bpi/wsieksport/7\">\
         <s:Header><a:MessageID>urn:uuid:1</a:MessageID><u:UdbydersystemId>{provider}</u:UdbydersystemId></s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn export(package: &str, instnr: &str, filters: &str) -> String {
    let filters = if filters.is_empty() { String::new() } else { format!("<e:filtre>{filters}</e:filtre>") };
    format!("<e:eksporterXml{package}><e:instnr>{instnr}</e:instnr>{filters}</e:eksporterXml{package}>")
}

const WITH_CPR: &str = "<e:cprFilter><e:inkluderCpr>true</e:inkluderCpr></e:cprFilter>";

/// A question of wsiEKSPORT 6.
fn legacy_question(operation: &str, user: &str, parameters: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{SOAP12_NAMESPACE}\" xmlns:u=\"https://unilogin.dk\" xmlns:e=\"https://wsieksport.unilogin.dk/ws\">\
         <s:Body><e:{operation}><u:wsBrugerid>{user}</u:wsBrugerid><u:wsPassword>{user}</u:wsPassword>{parameters}</e:{operation}>\
         </s:Body></s:Envelope>"
    )
}

/// An institution with as many people as wanted: those of the demo, again and again, each time with other user ids.
pub(super) fn institution(people: usize) -> Snapshot {
    let text = fs::read_to_string("fixtures/demo/999001.xml").unwrap();
    let mut roster = stream::read_whole(&text, &mut Trail::silent()).unwrap();
    let with_id = |(at, it): (usize, &Member<'static>)| {
        let mut member = it.clone();
        member.person.iter_mut().for_each(|it| it.user_id = Some(UserId::new(format!("bruger{at}"))));
        member
    };
    let known: Vec<_> = roster.members.iter().filter(|it| it.person.is_some()).cloned().collect();
    roster.members = known.iter().cycle().take(people).enumerate().map(with_id).collect();
    Snapshot::new(roster)
}

/// A server of one institution, and its snapshot, which can be watched being used.
fn lending(people: usize) -> (Server, Arc<Snapshot>) {
    lending_with(institution(people), |_| {})
}

fn lending_with(institution: Snapshot, change: impl FnOnce(&mut Faces)) -> (Server, Arc<Snapshot>) {
    let memory = Arc::new(Memory::new([institution]));
    let number = OrganisationNumber::new("999001");
    let runtime = runtime::Builder::new_current_thread().build().unwrap();
    let snapshot = runtime.block_on(memory.institution(&number, Part::Everything)).unwrap().unwrap();
    let server = Server::start(|faces| {
        faces.source = memory;
        change(faces);
    });
    (server, snapshot)
}

/// Waits until nobody beside the test and the source holds the snapshot.
fn wait_until_given_back(snapshot: &Arc<Snapshot>) {
    let began = Instant::now();
    while Arc::strong_count(snapshot) > 2 {
        assert!(began.elapsed() < SOON, "{} hold it", Arc::strong_count(snapshot));
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_long_export_comes_in_pieces_and_is_whole() {
    let (server, snapshot) = lending(1500);
    for (path, question) in [
        (EKSPORT, question("DEMO01", &export("Fuld", "999001", WITH_CPR))),
        (LEGACY_EKSPORT, legacy_question("eksporterXmlFuld", "demo", "<e:instnr>999001</e:instnr>")),
    ] {
        let answer = server.post(path, SOAP12, question.as_bytes());
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(SOAP12)));
        assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
        assert!(answer.header("content-length").is_none() && answer.body.len() > 1 << 20, "{}", answer.body.len());
        assert_eq!(answer.text().contains(">urn:uuid:1</wsa:RelatesTo>"), path == EKSPORT);
        let read = stream::read_whole(answer.text(), &mut Trail::silent()).unwrap();
        let users = |members: &[Member<'static>]| -> Vec<_> {
            members.iter().map(|it| it.person.as_ref().unwrap().user_id.clone()).collect()
        };
        assert_eq!(users(&read.members), users(&snapshot.roster().members));
    }
    wait_until_given_back(&snapshot);
}

/// No piece is much longer than it should be: neither what stands before the persons, nor any number of them, is held.
#[test]
fn pieces_are_small() {
    let mut roster = institution(1500).roster().clone();
    roster.groups = roster.groups.iter().cycle().take(3000).cloned().collect();
    let (server, _) = lending_with(Snapshot::new(roster), |_| {});
    let question = question("DEMO01", &export("FuldMyndighed", "999001", WITH_CPR));
    let mut stream = server.connect();
    stream.write_all(&request("POST", EKSPORT, &[("Content-Type", SOAP12)], question.as_bytes())).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let mut rest = &bytes[bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4..];
    let mut lengths = Vec::new();
    while lengths.last() != Some(&0) {
        let end = rest.windows(2).position(|it| it == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        rest = &rest[end + 2 + length + 2..];
        lengths.push(length);
    }
    assert!(rest.is_empty() && lengths.len() > 20, "{} pieces", lengths.len());
    assert!(lengths.iter().all(|it| *it < 128 << 10), "{lengths:?}");
}

#[test]
fn a_short_export_is_one_buffer() {
    for (path, question) in [
        (EKSPORT, question("DEMO01", &export("Lille", "999006", ""))),
        (LEGACY_EKSPORT, legacy_question("eksporterXmlLille", "demo", "<e:instnr>999006</e:instnr>")),
    ] {
        let answer = demo().post(path, SOAP12, question.as_bytes());
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
        assert!(told(&answer).starts_with("200 "));
    }
}

/// HTTP/1.0 knows no pieces: there the end of the connection is the end.
#[test]
fn an_old_client_reads_to_the_end_of_the_connection() {
    let (server, _) = lending(500);
    let question = question("DEMO01", &export("Fuld", "999001", ""));
    let head =
        format!("POST {EKSPORT} HTTP/1.0\r\nContent-Type: {SOAP12}\r\nContent-Length: {}\r\n\r\n", question.len());
    let mut stream = server.connect();
    stream.write_all((head + &question).as_bytes()).unwrap();
    let answer = server::read_answer(&mut stream, false).unwrap();
    assert_eq!((answer.status, answer.header("transfer-encoding")), (200, None));
    assert_eq!(stream::read_whole(answer.text(), &mut Trail::silent()).unwrap().members.len(), 500);
}

#[test]
fn soap_1_1_is_answered_in_soap_1_1() {
    let question = question("DEMO01", &export("Mellem", "999001", "")).replace(SOAP12_NAMESPACE, SOAP11_NAMESPACE);
    let answer = lending(500).0.post(EKSPORT, super::SOAP11, question.as_bytes());
    assert!(told(&answer).starts_with("200 text/xml; charset=utf-8\nSOAP 1.1 eksporterXmlMellemResponse"));
}

/// What has been made waits for its reader, and no more is made; when the reader goes, all of it does.
#[test]
fn a_client_that_does_not_read_costs_little_and_one_that_goes_nothing() {
    let (server, snapshot) = lending(20_000);
    let question = question("DEMO01", &export("Fuld", "999001", WITH_CPR));
    let mut clients: Vec<_> = (0..8).map(|_| server.connect()).collect();
    for stream in &mut clients {
        stream.write_all(&request("POST", EKSPORT, &[("Content-Type", SOAP12)], question.as_bytes())).unwrap();
        stream.read_exact(&mut [0; 1000]).unwrap();
    }
    assert_eq!(Arc::strong_count(&snapshot), 2 + clients.len(), "each is still being made");
    let began = Instant::now();
    assert_eq!(server.get("/livez", &[]).status, 200, "others are answered");
    assert!(began.elapsed() < SOON);
    assert_eq!(Arc::strong_count(&snapshot), 2 + clients.len(), "each still waits");
    drop(clients);
    wait_until_given_back(&snapshot);
}

/// Whoever stays and does not read is not waited for, though it may be slow.
#[test]
fn a_client_that_never_reads_is_left() {
    let (server, snapshot) = lending_with(institution(20_000), |faces| faces.listen.body_seconds = 4);
    let question = question("DEMO01", &export("Fuld", "999001", WITH_CPR));
    let question = request("POST", EKSPORT, &[("Content-Type", SOAP12)], question.as_bytes());
    let (mut silent, mut slow) = (server.connect(), server.connect());
    for stream in [&mut silent, &mut slow] {
        stream.write_all(&question).unwrap();
        stream.read_exact(&mut [0; 1000]).unwrap();
    }
    let is_over = &AtomicBool::new(false);
    thread::scope(|scope| {
        let reading = scope.spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                slow.read_exact(&mut [0; 150_000])?;
                thread::sleep(Duration::from_millis(100));
            }
            Ok::<_, io::Error>(())
        });
        let began = Instant::now();
        while Arc::strong_count(&snapshot) > 3 && began.elapsed() < SOON {
            thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(Arc::strong_count(&snapshot), 3, "the slow one has it, and nobody else");
        is_over.store(true, Ordering::SeqCst);
        reading.join().unwrap().expect("the slow one was cut");
    });
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).unwrap_or_default();
    assert!(!rest.ends_with(b"0\r\n\r\n"), "what was cut must not look whole");
}

/// Somebody who has agreements for one institution and two packages, and may see little; who may see numbers; who may see names;
/// and who may see all.
fn callers() -> [(&'static str, Rights); 4] {
    let agreement =
        |service: &str| Agreement { service: service.to_owned(), institutions: Some(vec!["999006".into()]) };
    let two = Some(vec![agreement("wsieksport/lille"), agreement("wsieksport/fuldmyndighed")]);
    [
        ("LILLE", Rights { civil_ids: false, protected: false, agreements: two, ..callers::all() }),
        ("NUMRE", Rights { protected: false, ..callers::all() }),
        ("NAVNE", Rights { civil_ids: false, ..callers::all() }),
        ("ALT", callers::all()),
    ]
}

fn with_callers() -> Server {
    callers::server(&callers())
}

#[test]
fn each_package_has_its_own_agreement() {
    let server = with_callers();
    let mut out = String::new();
    for (caller, package, instnr) in [
        ("LILLE", "Lille", "999006"),
        ("LILLE", "Lille", "999001"),
        ("LILLE", "Mellem", "999006"),
        ("LILLE", "FuldMyndighed", "999006"),
        ("NUMRE", "FuldMyndighed", "999006"),
        ("NUMRE", "Fuld", "999006"),
        ("NAVNE", "FuldMyndighed", "999006"),
        ("NAVNE", "FuldMyndighed", "999999"),
    ] {
        let first = server.post(EKSPORT, SOAP12, question(caller, &export(package, instnr, "")).as_bytes());
        let operation = format!("eksporterXml{package}");
        let parameters = format!("<e:instnr>{instnr}</e:instnr>");
        let second = legacy_question(&operation, caller, &parameters);
        let second = server.post(LEGACY_EKSPORT, SOAP12, second.as_bytes());
        out.push_str(&format!("== {caller}: {package} of {instnr}\n{}{}", told(&first), told(&second)));
    }
    insta::assert_snapshot!("agreements", out);
}

#[test]
fn agreements_are_listed_by_package_as_far_as_they_can_be_used() {
    let server = with_callers();
    let listed = |answer: crate::server::Answer| -> String {
        let document = roxmltree::Document::parse(answer.text()).unwrap();
        let all = document.descendants().filter(|it| it.tag_name().name() == "regnr");
        all.filter_map(|it| it.text()).collect::<Vec<_>>().join(" ")
    };
    for (caller, package, expected) in [
        ("LILLE", "Lille", "999006"),
        ("LILLE", "Fuld", ""),
        ("LILLE", "FuldMyndighed", ""),
        ("NUMRE", "FuldMyndighed", ""),
        ("NUMRE", "Mellem", "999000 999001 999002 999003 999004 999005 999006"),
        ("NAVNE", "FuldMyndighed", "999000 999001 999002 999003 999004 999005 999006"),
    ] {
        let operation = format!("hentDataAftaler{package}");
        let first = server.post(EKSPORT, SOAP12, question(caller, &format!("<e:{operation}/>")).as_bytes());
        let second = server.post(LEGACY_EKSPORT, SOAP12, legacy_question(&operation, caller, "").as_bytes());
        assert_eq!([listed(first), listed(second)], [expected, expected], "{caller} {package}");
    }
}

#[test]
fn numbers_are_told_to_whoever_may_see_and_wants_them() {
    let server = with_callers();
    let tells = |path, question: String| {
        let answer = server.post(path, SOAP12, question.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().contains("CivilRegistrationNumber>")
    };
    for (caller, package, wants, expected) in [
        ("NUMRE", "Mellem", WITH_CPR, true),
        ("NUMRE", "Mellem", "", false),
        ("NUMRE", "Fuld", "<e:cprFilter><e:inkluderCpr>false</e:inkluderCpr></e:cprFilter>", false),
        ("NAVNE", "Mellem", WITH_CPR, false),
        ("NAVNE", "Fuld", WITH_CPR, false),
        ("NAVNE", "FuldMyndighed", WITH_CPR, false),
        ("ALT", "FuldMyndighed", WITH_CPR, true),
        ("ALT", "Lille", "", false),
    ] {
        assert_eq!(tells(EKSPORT, question(caller, &export(package, "999006", wants))), expected, "{caller} {package}");
    }
    for (caller, package, expected) in [("NUMRE", "Mellem", true), ("NAVNE", "Fuld", false), ("ALT", "Lille", false)] {
        let operation = format!("eksporterXml{package}");
        let question = legacy_question(&operation, caller, "<e:instnr>999006</e:instnr>");
        assert_eq!(tells(LEGACY_EKSPORT, question), expected, "{caller} {package}");
    }
}

#[test]
fn filters_choose_people() {
    let actors = |pupils, staff, externals| {
        format!(
            "<e:aktoertypeFilter><e:inkluderElever>{pupils}</e:inkluderElever><e:inkluderMedarbejdere>{staff}\
             </e:inkluderMedarbejdere><e:inkluderEksterne>{externals}</e:inkluderEksterne></e:aktoertypeFilter>"
        )
    };
    let grades = "<e:klassetrinFilter><e:inkluderKlassetrin>6</e:inkluderKlassetrin></e:klassetrinFilter>";
    let count = |filters: &str| {
        let answer = demo().post(EKSPORT, SOAP12, question("DEMO01", &export("Lille", "999006", filters)).as_bytes());
        let text = answer.text();
        ["Student", "Employee", "Extern"].map(|it| text.matches(&format!("{it}>")).count() / 2)
    };
    assert_eq!(count(""), [2, 2, 1]);
    assert_eq!(count(&actors(true, false, false)), [2, 0, 0]);
    assert_eq!(count(&actors(false, true, true)), [0, 2, 1]);
    assert_eq!(count(grades), [1, 2, 1], "levels are about pupils");
    assert_eq!(count(&(actors(true, false, false) + grades)), [1, 0, 0]);
    assert_eq!(count(&actors(false, false, false)), [0, 0, 0]);
}

#[test]
fn a_wrong_question_is_refused_in_words() {
    let grade = "<e:klassetrinFilter><e:inkluderKlassetrin>11</e:inkluderKlassetrin></e:klassetrinFilter>";
    let cpr_in_small = export("Lille", "999006", WITH_CPR);
    let legacy_with_filter = legacy_question("eksporterXmlFuld", "demo", "<e:instnr>999006</e:instnr><e:filtre/>");
    let answers = [
        demo().post(EKSPORT, SOAP12, question("DEMO01", &export("Lille", "999006", grade)).as_bytes()),
        demo().post(EKSPORT, SOAP12, question("DEMO01", &cpr_in_small).as_bytes()),
        demo().post(EKSPORT, SOAP12, question("", &export("Lille", "999006", "")).as_bytes()),
        demo().post(LEGACY_EKSPORT, SOAP12, legacy_with_filter.as_bytes()),
        demo().post(
            LEGACY_EKSPORT,
            SOAP12,
            legacy_question("eksporterXmlFuld", "nobody", "<e:instnr>1</e:instnr>").as_bytes(),
        ),
        demo().post(LEGACY_EKSPORT, SOAP12, legacy_question("hentDataAftalerFuld", "nobody", "").as_bytes()),
    ];
    insta::assert_snapshot!("wrong-questions", answers.iter().map(told).collect::<String>());
    still_answers(demo());
}

/// Whoever counts is told of each export that is given out, and of no other.
#[test]
fn pulls_are_counted() {
    #[derive(Default)]
    struct Counted(Mutex<Vec<String>>);
    impl Pulls for Counted {
        fn pulled(&self, caller: &str, institution: &OrganisationNumber<'_>, service: &str) {
            self.0.lock().unwrap().push(format!("{caller} {} {service}", institution.as_str()));
        }
    }
    let counted = Arc::new(Counted::default());
    let pulls = counted.clone();
    let server =
        Server::start(|faces| (faces.pulls, faces.callers) = (pulls, Arc::new(callers::known(&callers()).into())));
    for (caller, package, instnr) in [
        ("ALT", "Lille", "999006"),
        ("LILLE", "Fuld", "999006"),
        ("NUMRE", "Mellem", "999999"),
        ("NUMRE", "Fuld", "999001"),
    ] {
        server.post(EKSPORT, SOAP12, question(caller, &export(package, instnr, "")).as_bytes());
    }
    server.post(EKSPORT, SOAP12, question("ALT", "<e:hentDataAftalerFuld/>").as_bytes());
    let legacy = legacy_question("eksporterXmlFuldMyndighed", "NAVNE", "<e:instnr> 999002 </e:instnr>");
    server.post(LEGACY_EKSPORT, SOAP12, legacy.as_bytes());
    let expected =
        ["ALT 999006 wsieksport/lille", "NUMRE 999001 wsieksport/fuld", "NAVNE 999002 wsieksport/fuldmyndighed"];
    assert_eq!(*counted.0.lock().unwrap(), expected);
}

/// Nobody's institution has no export; an empty one would say that everybody has left.
#[test]
fn an_institution_that_nobody_knows_has_no_export() {
    let server = Server::start(|faces| faces.source = Arc::new(Memory::default()));
    let answer = server.post(EKSPORT, SOAP12, question("DEMO01", &export("Lille", "999006", "")).as_bytes());
    assert!(answer.text().contains("<uni:type>Rettigheder</uni:type>"), "{}", answer.text());
}
