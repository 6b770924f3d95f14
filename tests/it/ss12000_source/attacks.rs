//! Servers that mean us harm, or are broken: nothing is kept, it ends, and the reason names nobody.

use std::{
    io::Write,
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use skolebro::{
    source::http,
    standards::ss12000::upstream::{Access, Limits},
};

use super::{
    Bench, crowded, good, member, municipality,
    server::{Asked, Inside, Said, listening, said, tell},
};

/// A good server, but for what is answered otherwise.
fn bad(other: impl Fn(&Asked) -> Option<Said> + Send + Sync + 'static) -> Inside {
    let objects = municipality();
    Inside::new(move |asked| other(asked).unwrap_or_else(|| objects.answer(asked)))
}

/// The same answer to whoever asks for persons.
fn persons(answer: Said) -> Inside {
    bad(move |asked| (asked.path == "persons").then(|| answer.clone()))
}

#[test]
fn endless_pages_end() {
    let turned = Arc::new(AtomicUsize::new(0));
    let counted = turned.clone();
    let web = bad(move |asked| {
        let next = turned.fetch_add(1, Ordering::Relaxed);
        (asked.path == "groups").then(|| said(200, json!({ "data": [], "pageToken": next.to_string() })))
    });
    let bench = Bench::with(web, |it| it.limits.pages = 50);
    assert!(bench.refused("101001").contains("more pages than are read"));
    assert!(counted.load(Ordering::Relaxed) < 100);
}

#[test]
fn a_token_that_comes_again_ends_the_walk() {
    let bench = Bench::new(persons(said(200, json!({ "data": [], "pageToken": "again" }))));
    assert!(bench.refused("101001").contains("a page token has come before"));
}

#[test]
fn a_walk_has_a_size() {
    let page = json!({ "data": [], "padding": "x".repeat(10_000) });
    let turned = AtomicUsize::new(0);
    let web = bad(move |asked| {
        let mut page = page.clone();
        page["pageToken"] = json!(turned.fetch_add(1, Ordering::Relaxed).to_string());
        (asked.path == "groups").then(|| said(200, page))
    });
    let bench = Bench::with(web, |it| it.limits.walk_bytes = 100_000);
    assert!(bench.refused("101001").contains("more bytes than are read"));
}

#[test]
fn a_walk_has_an_end_in_time() {
    let turned = AtomicUsize::new(0);
    let web = bad(move |asked| {
        thread::sleep(Duration::from_millis(5));
        let next = turned.fetch_add(1, Ordering::Relaxed).to_string();
        (asked.path == "groups").then(|| said(200, json!({ "data": [], "pageToken": next })))
    });
    let bench = Bench::with(web, |it| it.limits.walk_time = Duration::from_millis(200));
    let began = Instant::now();
    assert!(bench.refused("101001").contains("longer than is waited for"));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_is_no_page_of_objects_is_refused() {
    let deep = format!("{{\"data\":{}1{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let deep_data = format!("{{\"data\":{{\"a\":{deep}}}}}");
    for (body, told) in [
        ("", "no JSON from line 1, column 1"),
        ("<html>Alma Berg</html>", "no JSON from line 1, column 1"),
        ("{\"data\":[{\"id\":\"Alma\"}", "no JSON from line 1"),
        ("{\"data\":[}", "no JSON from line 1"),
        ("{\"message\":\"Alma\"}", "there are no data"),
        ("{\"data\":{\"id\":\"Alma\"}}", "are no list"),
        ("{\"data\":[],\"pageToken\":{}}", "the page token is no text"),
        ("\"Alma\"", "no JSON from line 1, column 1"),
        (deep_data.as_str(), "are no list"),
    ] {
        let reason = Bench::new(persons(said(200, body))).refused("101001");
        assert!(reason.contains(told), "{reason} for {}", &body[..body.len().min(40)]);
    }
}

/// Depth is only looked through, whether it stands in place of an object or in one.
#[test]
fn deep_objects_are_passed_over() {
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(100_000), "]".repeat(100_000));
    let page = format!(
        "{{\"data\":[{},{{\"id\":\"x\",\"more\":{}}},{{\"id\":\"y\",\"emails\":{}}}]}}",
        deep("1"),
        deep("{}"),
        deep("")
    );
    let bench = Bench::new(bad(move |asked| asked.is("relationship.entity.type", "duty").then(|| said(200, &page))));
    assert_eq!(bench.roster("101001").members.len(), 3, "Lars is looked up, since his duty names him");
    let lost = bench.lost();
    assert!(lost.contains(&("/persons".to_owned(), "an object of this kind looks otherwise")), "{lost:?}");
}

/// A token that is no longer good begins its list again, once; an object that comes twice is there once.
#[test]
fn a_list_that_breaks_off_is_begun_again_once() {
    for status in [410, 400] {
        let broken = AtomicUsize::new(0);
        let web = bad(move |asked| {
            let breaks = asked.path == "groups" && asked.query.contains_key("pageToken");
            let first = breaks && broken.fetch_add(1, Ordering::Relaxed) == 0;
            first.then(|| said(status, json!({ "code": "GONE", "message": "Alma" })))
        });
        let bench = Bench::new(web.clone());
        assert_eq!(bench.roster("101001").groups.len(), 3, "{status}");
        assert!(web.of("groups").iter().filter(|it| it.query.contains_key("endDate.onOrAfter")).count() == 2);
        let web = bad(move |asked| {
            let breaks = asked.path == "groups" && asked.query.contains_key("pageToken");
            breaks.then(|| said(status, json!({ "code": "GONE", "message": "Alma" })))
        });
        assert!(Bench::new(web).refused("101001").contains("HTTP 410, code GONE"));
    }
}

#[test]
fn errors_are_told_by_status_and_code_alone() {
    for (body, told) in [
        (json!({ "code": "TOO_BAD", "message": "Alma Berg" }), "HTTP 500, code TOO_BAD"),
        (json!({ "error": { "code": 17, "message": "Alma Berg" } }), "HTTP 500, code 17"),
        (json!({ "detail": "Alma Berg" }), "HTTP 500"),
        (json!({ "detail": { "code": "0101005038" } }), "HTTP 500"),
        (json!({ "code": "Alma Berg" }), "HTTP 500"),
    ] {
        let reason = Bench::new(persons(said(500, body))).refused("101001");
        assert!(reason.ends_with(told), "{reason}");
    }
}

/// Whoever sends us elsewhere is not followed: the token goes to one server.
#[test]
fn redirects_are_not_followed() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    let elsewhere = listening(move |_, stream| {
        counted.fetch_add(1, Ordering::Relaxed);
        tell(stream, 200, "", "{\"data\":[]}");
    });
    for status in [301, 302, 307, 308] {
        let location = format!("Location: {elsewhere}/organisations\r\n");
        let base = listening(move |_, stream| tell(stream, status, &location, ""));
        let reason = over_http(&base, |_| {}).refused("101001");
        assert!(reason.contains(&format!("sends us elsewhere (HTTP {status})")), "{reason}");
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0);
}

fn over_http(base: &str, change: impl FnOnce(&mut http::Settings)) -> Bench {
    let mut settings = http::Settings { answer: Duration::from_secs(10), ..http::Settings::default() };
    change(&mut settings);
    let base = base.to_owned();
    Bench::with(http::Http::new(settings).unwrap(), move |it| {
        it.base = base;
        it.limits = Limits { tries: 1, page_bytes: 1 << 20, ..Limits::default() };
    })
}

#[test]
fn a_huge_page_is_not_read() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let base = listening(move |_, stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\":[");
        let piece = vec![b' '; 1 << 16];
        while sent.load(Ordering::Relaxed) < 200 << 20 && stream.write_all(&piece).is_ok() {
            sent.fetch_add(piece.len(), Ordering::Relaxed);
        }
    });
    let reason = over_http(&base, |_| {}).refused("101001");
    assert!(reason.contains("larger than 1048576 bytes"), "{reason}");
    assert!(counted.load(Ordering::Relaxed) < 100 << 20);
}

#[test]
fn a_slow_server_is_not_waited_for() {
    let drop_by_drop = listening(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let silent = listening(|_, _| thread::sleep(Duration::from_secs(20)));
    for base in [drop_by_drop, silent] {
        let began = Instant::now();
        let reason = over_http(&base, |it| it.answer = Duration::from_millis(300)).refused("101001");
        assert!(reason.contains("within 0.3 seconds"), "{reason}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn a_server_that_is_not_there_is_named_as_such() {
    let reason = over_http("http://127.0.0.1:1", |_| {}).refused("101001");
    assert!(reason.contains("no connection to the server"), "{reason}");
}

/// A busy server is asked again when it says so, a few times; and not waited for longer than we want.
#[test]
fn a_busy_server_is_asked_again() {
    for status in [429, 503] {
        let busy = AtomicUsize::new(0);
        let web = bad(move |asked| {
            let first = asked.path == "groups" && busy.fetch_add(1, Ordering::Relaxed) < 2;
            first.then(|| Said { status, headers: vec![("Retry-After", "7".to_owned())], body: String::new() })
        });
        let bench = Bench::new(web.clone());
        bench.roster("101001");
        assert_eq!(*web.waited.lock().unwrap(), [Duration::from_secs(7); 2]);
        let late = bad(move |asked| {
            let late = Said { status, headers: vec![("Retry-After", "86400".to_owned())], body: String::new() };
            (asked.path == "groups").then_some(late)
        });
        assert!(Bench::new(late.clone()).refused("101001").contains("busy for another 86400 seconds"));
        assert_eq!(late.count("groups"), 1);
        let always = bad(move |asked| (asked.path == "groups").then(|| said(status, "")));
        assert!(Bench::new(always.clone()).refused("101001").contains("too busy to answer"));
        assert_eq!(always.count("groups"), 5);
        assert_eq!(always.waited.lock().unwrap().iter().map(Duration::as_secs).collect::<Vec<_>>(), [1, 2, 4, 8]);
    }
}

/// Whoever pulls a hundred schools of a server that is down asks it once.
#[test]
fn a_failed_walk_is_not_repeated_at_once() {
    let web = persons(said(500, ""));
    let bench = Bench::new(web.clone());
    for _ in 0..100 {
        bench.refused("101001");
    }
    assert_eq!(web.count("persons"), 1);
}

/// A server that suddenly tells of nobody does not empty a school: the store holds it for somebody to confirm.
#[test]
fn an_empty_server_empties_nothing() {
    let bench = Bench::new(good());
    bench.roster("101001");
    let empty = bad(|asked| (asked.path == "persons").then(|| said(200, json!({ "data": [] }))));
    let objects = crowded();
    let full = Bench::new(Inside::new(move |asked| objects.answer(asked)));
    assert_eq!(full.roster("101002").members.len(), 21);
    let emptied = Bench { store: full.store, ..Bench::new(empty) };
    let outcome = emptied.pull("101002").unwrap();
    assert!(matches!(outcome, skolebro::source::intake::Outcome::Held { leaving: 21, of: 21 }), "{outcome:?}");
}

#[test]
fn access_that_is_refused_says_so() {
    let web = bad(|_| Some(said(401, json!({ "code": "UNAUTHENTICATED", "message": "secret" }))));
    let bench = Bench::with(web.clone(), |it| it.access = Access::given("secret".to_owned()));
    assert!(bench.refused("101001").contains("HTTP 401, code UNAUTHENTICATED"));
    assert_eq!(web.asked.lock().unwrap().len(), 1);
}

/// A server over a socket that serves the municipality, each answer as `send` writes it.
fn sending(send: impl Fn(&mut TcpStream, usize, &Said) + Send + Sync + 'static) -> String {
    let (objects, count) = (municipality(), AtomicUsize::new(0));
    listening(move |asked, stream| send(stream, count.fetch_add(1, Ordering::Relaxed), &objects.answer(asked)))
}

fn respond(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(body).unwrap();
    packed.finish().unwrap()
}

/// Answers may be packed, in pieces, and of any media type; pages about errors are errors.
#[test]
fn answers_are_read_however_they_are_sent() {
    let packed = sending(|stream, _, said| {
        respond(stream, said.status, "Content-Encoding: gzip\r\n", &gzipped(said.body.as_bytes()));
    });
    let mislabelled = sending(|stream, _, said| {
        respond(stream, said.status, "Content-Type: text/html; charset=iso-8859-1\r\n", said.body.as_bytes());
    });
    let in_pieces = sending(|stream, _, said| {
        let head = format!("HTTP/1.1 {} X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n", said.status);
        let _ = stream.write_all(head.as_bytes());
        for piece in said.body.as_bytes().chunks(100) {
            let _ = stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes());
            let _ = stream.write_all(piece).and_then(|()| stream.write_all(b"\r\n"));
        }
        let _ = stream.write_all(b"0\r\n\r\n");
    });
    for base in [packed, mislabelled, in_pieces] {
        assert_eq!(over_http(&base, |_| {}).roster("101001").members.len(), 3);
    }
    let busy = sending(|stream, number, said| match number {
        3 => respond(stream, 502, "Content-Type: text/html\r\nRetry-After: 0\r\n", b"<html>Alma</html>"),
        _ => respond(stream, said.status, "", said.body.as_bytes()),
    });
    let http = http::Http::new(http::Settings { answer: Duration::from_secs(10), ..http::Settings::default() });
    let bench = Bench::with(http.unwrap(), |it| it.base = busy);
    assert_eq!(bench.roster("101001").members.len(), 3, "it is asked once more");
    let lost = sending(|stream, _, _| respond(stream, 404, "Content-Type: text/html\r\n", b"<html>Alma</html>"));
    assert!(over_http(&lost, |_| {}).refused("101001").contains("HTTP 404"));
}

/// What is packed is no larger than what is not, and what says that it is packed is.
#[test]
fn what_is_packed_has_the_same_bounds() {
    let bomb = sending(|stream, _, _| {
        let page = format!("{{\"data\":[{}]}}", " ".repeat(50 << 20));
        respond(stream, 200, "Content-Encoding: gzip\r\n", &gzipped(page.as_bytes()));
    });
    let reason = over_http(&bomb, |_| {}).refused("101001");
    assert!(reason.contains("larger than 1048576 bytes"), "{reason}");
    let broken = sending(|stream, _, said| {
        let packed = gzipped(said.body.as_bytes());
        respond(stream, 200, "Content-Encoding: gzip\r\n", &packed[..packed.len() / 2]);
    });
    over_http(&broken, |_| {}).refused("101001");
    let unpacked = sending(|stream, _, said| {
        respond(stream, 200, "Content-Encoding: gzip\r\n", said.body.as_bytes());
    });
    over_http(&unpacked, |_| {}).refused("101001");
}

/// Ids are kept in memory: a long one costs its object, or what it would have tied together, and nothing else.
#[test]
fn long_ids_are_passed_over() {
    let (fits, long) = ("i".repeat(200), "i".repeat(201));
    let mut objects = municipality();
    let at = |school: &str, id: &str, given: &str| {
        json!({
            "id": id, "givenName": given, "familyName": "Dal", "securityMarking": "Ingen",
            "enrolments": [
                { "enroledAt": { "id": school }, "schoolType": "GR", "schoolYear": 7, "startDate": "2026-08-01" },
                { "enroledAt": { "id": format!("{long}s") }, "schoolType": "GR" },
            ],
            "responsibles": [{ "person": { "id": format!("{long}v") }, "relationType": "Vårdnadshavare" }],
        })
    };
    objects.add("persons", at("s1", &fits, "Dora")).add("persons", at("s1", &long, "Erik"));
    let class = objects.get("groups", "7A")["groupMemberships"].as_array_mut().unwrap();
    class.push(json!({ "person": { "id": fits } }));
    class.push(json!({ "person": { "id": long } }));
    let gone = json!({ "data": { "persons": [format!("{long}d")] } });
    let web = Inside::new(move |asked| match asked.path.as_str() {
        "deletedEntities" => said(200, &gone),
        _ => objects.answer(asked),
    });
    let bench = Bench::new(web.clone());
    let roster = bench.roster("101001");
    member(&roster, "Dora");
    assert_eq!(roster.members.len(), 4);
    assert_eq!(web.count("persons/lookup"), 0, "nobody is asked for by a long id");
    let lost = bench.lost();
    for expected in [
        ("/persons", "the id is longer than 200 bytes"),
        ("/persons", "an id that is referred to is longer than 200 bytes"),
        ("/deletedEntities", "the id is longer than 200 bytes"),
    ] {
        assert!(lost.contains(&(expected.0.to_owned(), expected.1)), "{lost:?} lacks {expected:?}");
    }
}

/// Pages of new ids, or of ties to new elements and people, end when what is remembered of them has become too much.
#[test]
fn what_is_remembered_has_a_size() {
    let turned = Arc::new(AtomicUsize::new(0));
    let fill = |path: &'static str, object: fn(String) -> serde_json::Value| {
        let counted = turned.clone();
        counted.store(0, Ordering::Relaxed);
        let web = bad(move |asked| {
            (asked.path == path).then(|| {
                let page = counted.fetch_add(1, Ordering::Relaxed);
                let objects: Vec<_> = (0..100).map(|it| object(format!("{page}-{it}"))).collect();
                said(200, json!({ "data": objects, "pageToken": page.to_string() }))
            })
        });
        let reason = Bench::with(web, |it| it.limits.index_bytes = 100_000).refused("101001");
        assert!(reason.contains(&format!("{path} brings more ids than are kept in memory")), "{reason}");
        assert!(reason.contains("100000 bytes"), "{reason}");
        assert!(turned.load(Ordering::Relaxed) < 20, "{path}");
    };
    fill("groups", |it| json!({ "id": it }));
    fill("groups", |it| json!({ "id": "same", "organisation": { "id": it } }));
    fill("duties", |it| json!({ "id": "same", "dutyAt": { "id": "s1" }, "person": { "id": it } }));
    fill("persons", |it| {
        let at: Vec<_> = (0..10).map(|n| json!({ "enroledAt": { "id": format!("{it}-{n}") } })).collect();
        json!({ "id": "same", "enrolments": at })
    });
}

/// One object may be tied to many elements again and again; that is remembered once.
#[test]
fn what_is_told_again_is_remembered_once() {
    let ties: Vec<_> = (0..1000).map(|it| json!({ "enroledAt": { "id": format!("s{}", it % 3) } })).collect();
    let web = bad(move |asked| {
        let turned = asked.query.get("pageToken").and_then(|it| it.strip_prefix("many ")?.parse().ok());
        let page = turned.or(asked.is("relationship.entity.type", "duty").then_some(0))?;
        let many: Vec<_> = (0..20).map(|_| json!({ "id": "many", "enrolments": ties })).collect();
        let next = (page < 10).then(|| format!("many {}", page + 1));
        Some(said(200, json!({ "data": many, "pageToken": next })))
    });
    let bench = Bench::with(web, |it| it.limits.index_bytes = 10_000);
    assert_eq!(bench.roster("101001").members.len(), 3);
}

/// Of deletions that are told, those are remembered that are of something known.
#[test]
fn deletions_of_what_is_not_known_cost_nothing() {
    let web = bad(move |asked| {
        (asked.path == "deletedEntities").then(|| {
            let page = asked.query.get("pageToken").map_or(0, |it| it.parse().unwrap());
            let gone: Vec<_> = (0..1000).map(|it| format!("{page}-{it}")).collect();
            let next = (page < 20).then(|| (page + 1).to_string());
            said(200, json!({ "data": { "persons": gone, "strangers": gone }, "pageToken": next }))
        })
    });
    let bench = Bench::with(web.clone(), |it| it.limits.index_bytes = 10_000);
    assert_eq!(bench.roster("101001").members.len(), 3);
    assert_eq!(web.count("deletedEntities"), 21);
}

#[test]
fn a_page_token_has_a_size() {
    for (length, is_good) in [(8192, true), (8193, false)] {
        let token = "t".repeat(length);
        let web = bad(move |asked| {
            let first = asked.path == "groups" && !asked.query.contains_key("pageToken");
            let turned = asked.is("pageToken", &token);
            (first || turned).then(|| said(200, json!({ "data": [], "pageToken": first.then_some(&token) })))
        });
        let bench = Bench::new(web);
        match is_good {
            true => drop(bench.roster("101001")),
            false => assert!(bench.refused("101001").contains("the page token is longer than 8192 bytes")),
        }
    }
}

/// A large object is not looked into: what is read of it may be many times as large.
#[test]
fn objects_have_a_size() {
    let large = json!({ "id": "large", "emails": [], "padding": "x".repeat(4 << 20) });
    let web = bad(move |asked| {
        asked.is("relationship.entity.type", "duty").then(|| said(200, json!({ "data": [large], "pageToken": null })))
    });
    let bench = Bench::new(web);
    bench.roster("101001");
    assert!(bench.lost().contains(&("/persons".to_owned(), "the object is larger than 4194304 bytes")));
}

/// The objects of one institution are in memory while it is handed in.
#[test]
fn an_institution_has_a_size() {
    let mut objects = crowded();
    for it in
        objects.0.get_mut("persons").unwrap().iter_mut().filter(|it| it["enrolments"][0]["enroledAt"]["id"] == "s2")
    {
        it["padding"] = json!("x".repeat(1000));
    }
    let bench = Bench::with(Inside::new(move |asked| objects.answer(asked)), |it| it.limits.institution_bytes = 20_000);
    assert_eq!(bench.roster("101001").members.len(), 3, "others are pulled");
    let reason = bench.refused("101002");
    assert!(reason.contains("persons brings more objects of one institution"), "{reason}");
}
