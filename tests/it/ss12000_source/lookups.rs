//! Looking people up: servers that take fewer at a time, that refuse some, and that are busy.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Bench, kept, member, municipality, pupil,
    server::{Asked, Inside, Said, said},
};

/// So many adults are responsible for Alma, besides her mother.
const ADULTS: usize = 150;

/// A server that tells of adults only to whoever looks them up, and answers that otherwise where `other` says so.
fn looked_up(other: impl Fn(&[String]) -> Option<Said> + Send + Sync + 'static) -> Inside {
    let mut objects = municipality();
    for number in 0..ADULTS {
        let mut adult = objects.get("persons", "mor").clone();
        (adult["id"], adult["externalIdentifiers"]) = (json!(format!("v{number}")), json!([]));
        adult["givenName"] = json!(format!("Vera {number}"));
        let tie = json!({ "person": { "id": format!("v{number}") }, "relationType": "God man" });
        objects.get("persons", "alma")["responsibles"].as_array_mut().unwrap().push(tie);
        objects.add("persons", adult);
    }
    Inside::new(move |asked| match asked.path.as_str() {
        "persons/lookup" => other(&ids(asked)).unwrap_or_else(|| objects.answer(asked)),
        _ if asked.is("relationship.entity.type", "responsibleFor.enrolment") => said(403, "{}"),
        _ => objects.answer(asked),
    })
}

fn ids(asked: &Asked) -> Vec<String> {
    let body: Value = serde_json::from_str(asked.body.as_ref().unwrap()).unwrap();
    body["ids"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// Whether somebody is asked for who was not among the first to be asked for.
fn not_first() -> impl Fn(&[String]) -> bool + Send + Sync + 'static {
    let first = OnceLock::new();
    move |ids| {
        let first: &Vec<String> = first.get_or_init(|| ids.to_vec());
        let odd = (0..ADULTS).map(|it| format!("v{it}")).find(|it| !first.contains(it)).unwrap();
        ids.contains(&odd)
    }
}

fn contacts(bench: &Bench) -> usize {
    pupil(member(&bench.roster("101001"), "Alma")).contacts.len()
}

#[test]
fn fewer_are_asked_for_where_many_are_too_many() {
    for status in [400, 413, 422, 503] {
        let web = looked_up(move |ids| (ids.len() > 20).then(|| said(status, "")));
        let bench = Bench::new(web.clone());
        assert_eq!(contacts(&bench), ADULTS + 1, "{status}");
        assert!(web.count("persons/lookup") < 40, "{status}: {}", web.count("persons/lookup"));
        assert!(!bench.lost().iter().any(|it| it.0 == "/persons" && it.1.contains("look up")), "{:?}", bench.lost());
    }
}

/// An id that the server refuses costs the one whose it is, for now: whoever was not found is asked for again the next time.
#[test]
fn an_id_that_is_refused_is_asked_for_again() {
    for status in [400, 404, 413, 422] {
        let refuses = Arc::new(AtomicBool::new(true));
        let told = refuses.clone();
        let odd = not_first();
        let web = looked_up(move |ids| (told.load(Ordering::Relaxed) && odd(ids)).then(|| said(status, "")));
        let bench = Bench::with(web.clone(), |it| it.limits.fresh = Duration::ZERO);
        assert_eq!(contacts(&bench), ADULTS, "{status}");
        let lost = bench.lost();
        let expected = ("/persons".to_owned(), "the server refuses to look up somebody who is referred to");
        assert!(lost.contains(&expected), "{status}: {lost:?}");
        let before = web.count("persons/lookup");
        assert!(before < 40, "{status}: {before}");
        refuses.store(false, Ordering::Relaxed);
        assert_eq!(contacts(&bench), ADULTS + 1, "{status}: the next time");
        assert_eq!(web.count("persons/lookup"), before + 1);
        assert_eq!(contacts(&bench), ADULTS + 1);
        assert_eq!(web.count("persons/lookup"), before + 1, "nobody is left to ask for");
    }
}

/// Contact persons stay who they are while a server is too busy to tell of them.
#[test]
fn a_server_too_busy_to_look_up_changes_nothing() {
    let busy = [(429, None), (429, Some("7")), (429, Some("86400")), (503, None), (503, Some("7"))];
    for (status, wait) in busy {
        for from in [0, 1] {
            let is_busy = Arc::new(AtomicBool::new(false));
            let (told, odd) = (is_busy.clone(), not_first());
            let web = looked_up(move |ids| {
                let last = odd(ids);
                let headers = wait.map(|it| ("Retry-After", it.to_owned())).into_iter().collect();
                let refused = told.load(Ordering::Relaxed) && (from == 0 || last);
                refused.then(|| Said { status, headers, body: String::new() })
            });
            let nothing_yet = Bench::new(web.clone());
            is_busy.store(true, Ordering::Relaxed);
            assert!(nothing_yet.refused("101001").contains("busy"), "{status} {wait:?}");
            is_busy.store(false, Ordering::Relaxed);
            let bench = Bench::with(web, |it| (it.limits.fresh, it.limits.full_every) = Default::default());
            assert_eq!(contacts(&bench), ADULTS + 1);
            is_busy.store(true, Ordering::Relaxed);
            assert!(bench.pull("101001").is_err(), "{status} {wait:?}");
            let roster = kept(&bench.store, "101001").unwrap();
            assert_eq!(pupil(member(&roster, "Alma")).contacts.len(), ADULTS + 1, "{status} {wait:?}");
        }
    }
}

/// Ids that a server does not like may be many, and alike; the others are found all the same.
#[test]
fn many_that_are_refused_cost_nobody_else() {
    for status in [400, 413, 422] {
        let bad = |id: &String| id.starts_with("v1");
        let web = looked_up(move |ids| ids.iter().any(bad).then(|| said(status, "")));
        let bench = Bench::new(web.clone());
        // v1, v10 to v19, v100 to v149.
        assert_eq!(contacts(&bench), ADULTS + 1 - 61, "{status}");
        assert!(web.count("persons/lookup") < 350, "{status}: {}", web.count("persons/lookup"));
    }
}

/// A server that refuses everybody does not look people up, whatever it says.
#[test]
fn a_server_that_refuses_everybody_is_left_alone() {
    for status in [400, 413, 422] {
        let web = looked_up(move |_| Some(said(status, "")));
        let bench = Bench::new(web.clone());
        assert_eq!(contacts(&bench), 0);
        assert!(web.count("persons/lookup") < 60, "{status}: {}", web.count("persons/lookup"));
        let lost = bench.lost();
        assert!(lost.contains(&("/persons".to_owned(), "somebody is referred to who is not told of")), "{lost:?}");
    }
    for status in [403, 404, 405, 501] {
        let web = looked_up(move |_| Some(said(status, "")));
        assert_eq!(contacts(&Bench::new(web.clone())), 0);
        // Once for everything, and once for what has changed meanwhile.
        assert!(web.count("persons/lookup") <= 2, "{status}: {}", web.count("persons/lookup"));
    }
}
