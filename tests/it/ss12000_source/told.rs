//! What of a server has no place here, or is not to have one: it is told as lost, and never taken for something else.

use std::{
    io,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};
use serde_json::json;
use skolebro::{
    domain::{CivilId, SchoolYear},
    source::{Source, shelf::Shelf},
    standards::ss12000::context::Options,
    store,
};

use super::{
    Bench, member, municipality, pupil,
    server::{Inside, Objects},
    wait,
};

/// The municipality, changed.
fn changed(change: impl FnOnce(&mut Objects)) -> Inside {
    let mut objects = municipality();
    change(&mut objects);
    Inside::new(move |asked| objects.answer(asked))
}

/// Leaders of a district, groups of an authority: whoever belongs to an element above schools, or to none, is at no school.
#[test]
fn what_belongs_to_no_school_is_counted() {
    let web = changed(|objects| {
        objects.add("organisations", json!({
            "id": "distrikt", "displayName": "Distrikt", "organisationType": "Rektorsområde", "parentOrganisation": { "id": "kommun" }
        }));
        for (id, at) in [("d2", "distrikt"), ("d3", "kommun"), ("d4", "nowhere")] {
            let mut duty = objects.get("duties", "d1").clone();
            (duty["id"], duty["dutyAt"]["id"]) = (json!(id), json!(at));
            objects.add("duties", duty);
        }
        for path in ["groups", "placements"] {
            let (id, place) = if path == "groups" { ("7A", "organisation") } else { ("p1", "placedAt") };
            let mut object = objects.get(path, id).clone();
            (object["id"], object[place]["id"]) = (json!("elsewhere"), json!("distrikt"));
            objects.add(path, object);
        }
        objects.add("groups", json!({ "id": "nobody's", "displayName": "Nobody's", "groupType": "Klass" }));
        let enrolments = objects.get("persons", "alma")["enrolments"].as_array_mut().unwrap();
        let mut elsewhere = enrolments[0].clone();
        elsewhere["enroledAt"]["id"] = json!("kommun");
        enrolments.push(elsewhere);
    });
    let bench = Bench::new(web);
    for _ in 0..2 {
        assert_eq!(bench.roster("101001").members.len(), 3);
        let lost = bench.lost();
        for (path, times) in [("/duties", 3), ("/groups", 2), ("/placements", 1), ("/persons/enrolments", 1)] {
            let told = lost.iter().filter(|it| it.0 == path && it.1 == "it belongs to no school");
            assert_eq!(told.count(), times, "{path}: {lost:#?}");
        }
    }
    let bench = Bench::new(changed(|_| {}));
    bench.roster("101001");
    assert!(!bench.lost().iter().any(|it| it.1 == "it belongs to no school"), "{:?}", bench.lost());
}

/// School begins at midnight in Denmark, which is not midnight in Greenwich.
#[test]
fn a_school_year_begins_on_the_danish_day() {
    for (now, today, is_there) in [
        ("2026-07-31T21:59:59Z", "2026-07-31", false),
        ("2026-07-31T22:00:00Z", "2026-08-01", true),
        ("2026-08-01T21:59:59Z", "2026-08-01", true),
    ] {
        let web = changed(|_| {});
        let bench = Bench::at(web.clone(), now.parse::<DateTime<Utc>>().unwrap());
        let roster = bench.roster("101001");
        member(&roster, "Lars");
        let names: Vec<_> =
            roster.members.iter().map(|it| it.person.as_ref().unwrap().name.given.to_string()).collect();
        assert_eq!(names.contains(&"Alma".to_owned()), is_there, "{now}: {names:?}");
        let year = if is_there { "2026-2027" } else { "2025-2026" };
        assert_eq!(roster.sources[0].school_year, SchoolYear::parse(year).unwrap(), "{now}");
        let asked = web.of("groups").into_iter().find_map(|it| it.query.get("endDate.onOrAfter").cloned());
        assert_eq!(asked.as_deref(), Some(today), "{now}");
    }
}

/// Numbers that nobody wants are not put aside either: whoever finds the file of what was read finds none.
#[test]
fn numbers_that_are_not_to_be_read_are_kept_nowhere() {
    for wanted in [true, false] {
        let web = changed(|objects| {
            objects.get("persons", "mor")["civicNo"] = json!({ "nationality": "DK", "value": "010170-5011" });
            let odd = objects.get("persons", "lars").as_object_mut().unwrap();
            odd.insert("escaped".to_owned(), json!("civicNo\\\""));
        });
        let told = Arc::new(Mutex::new(String::new()));
        let shelf = told.clone();
        let bench = Bench::with(web, |it| {
            it.options = Options { civil_numbers: wanted, ..Options::default() };
            it.shelves = Box::new(move || Box::new(Overheard { within: store::shelf(None), told: shelf.clone() }));
        });
        let roster = bench.roster("101001");
        let alma = member(&roster, "Alma");
        let numbers = [alma.person.as_ref().unwrap(), &pupil(alma).contacts[0].person];
        for person in numbers {
            assert_eq!(person.civil_id.is_some(), wanted);
        }
        let kept = told.lock().unwrap().clone();
        for digits in ["0101005038", "010170-5011"] {
            assert_eq!(kept.contains(digits), wanted, "{kept}");
        }
        let lost = bench.lost();
        let times = lost.iter().filter(|it| it.0.ends_with("/civicNo") && it.1 == "numbers are not to be read").count();
        assert_eq!(times, if wanted { 0 } else { 2 }, "{lost:#?}");
        member(&roster, "Lars");
        let found = wait(bench.store.user_with(&CivilId::danish("0101005038").unwrap())).unwrap();
        assert_eq!(found.is_some(), wanted);
    }
}

/// Numbers that were kept before go when they are no longer wanted.
#[test]
fn numbers_that_are_no_longer_wanted_are_forgotten() {
    let before = Bench::new(changed(|_| {}));
    before.roster("101001");
    let options = Options { civil_numbers: false, ..Options::default() };
    let now = Bench { store: before.store, ..Bench::with(changed(|_| {}), |it| it.options = options) };
    assert_eq!(member(&now.roster("101001"), "Alma").person.as_ref().unwrap().civil_id, None);
    assert_eq!(wait(now.store.user_with(&CivilId::danish("0101005038").unwrap())).unwrap(), None);
}

/// A shelf that tells all that is put on it.
struct Overheard {
    within: Box<dyn Shelf>,
    told: Arc<Mutex<String>>,
}

impl Shelf for Overheard {
    fn end(&self) -> u64 {
        self.within.end()
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        self.told.lock().unwrap().push_str(text);
        self.within.put(text)
    }

    fn get(&mut self, at: u64, length: usize, into: &mut String) -> io::Result<()> {
        self.within.get(at, length, into)
    }
}

/// Where people are registered is what is known of them here; an address of another kind, known or not, is none of that.
#[test]
fn an_address_of_an_unknown_kind_is_not_the_registered_one() {
    let address = |kind: serde_json::Value, street: &str| {
        let mut address = json!({ "streetAddress": street, "locality": "Haslev", "postalCode": "4690" });
        if !kind.is_null() {
            address["type"] = kind;
        }
        address
    };
    let (none, unknown, registered, postal) =
        (json!(null), json!("Sommerhus"), json!("Folkbokföring"), json!("Postadress"));
    for (kinds, street, why) in [
        (vec![&none], Some("Vej 0"), None),
        (vec![&unknown], None, Some("the kind of address is unknown")),
        (vec![&unknown, &none], Some("Vej 1"), Some("the kind of address is unknown")),
        (vec![&unknown, &postal], Some("Vej 1"), Some("the kind of address is unknown")),
        (vec![&unknown, &registered], Some("Vej 1"), Some("the kind of address is unknown")),
        (vec![&postal, &registered], Some("Vej 1"), Some("there is room for one address")),
    ] {
        let addresses: Vec<_> =
            kinds.iter().enumerate().map(|(at, kind)| address((*kind).clone(), &format!("Vej {at}"))).collect();
        let bench = Bench::new(changed(|it| it.get("persons", "lars")["addresses"] = json!(addresses)));
        let roster = bench.roster("101001");
        let found = member(&roster, "Lars").person.as_ref().unwrap().address.as_ref();
        assert_eq!(found.and_then(|it| it.street.as_deref()), street, "{kinds:?}");
        let told = bench.lost().into_iter().find(|it| it.0.ends_with("/addresses")).map(|it| it.1);
        assert_eq!(told, why, "{kinds:?}");
    }
}
