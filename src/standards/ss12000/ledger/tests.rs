//! The ledger against a plain model of it: a list of everything that every institution has ever told.

use proptest::prelude::*;

use super::*;
use crate::standards::ss12000::context::Rights;

type Number = OrganisationNumber<'static>;

fn number(place: u8) -> Number {
    OrganisationNumber::new(["100", "200", "300"][usize::from(place % 3)])
}

fn object(class: Class, id: u8, content: u8) -> Object {
    Object { class, id: Uuid::from_u128(id.into()), digest: [content; 16] }
}

/// What an institution tells at a step: (class, id, content).
type Told = Vec<(u8, u8, u8)>;

fn objects(told: &Told) -> Vec<Object> {
    let class = |it: u8| [Class::Member, Class::Adult, Class::Group][usize::from(it % 3)];
    let mut all: Vec<Object> = told.iter().map(|(kind, id, content)| object(class(*kind), *id, *content)).collect();
    all.sort();
    all.dedup_by_key(|it| (it.class, it.id));
    all
}

fn steps() -> impl Strategy<Value = Vec<(u8, Told)>> {
    let told = proptest::collection::vec((0..3u8, 0..4u8, 0..2u8), 0..6);
    proptest::collection::vec((0..3u8, told), 1..12)
}

fn caller(institutions: Option<&[u8]>, responsibles: bool) -> Caller {
    let mut numbers = institutions.map(|all| all.iter().map(|it| number(*it)).collect::<Vec<_>>());
    numbers.iter_mut().for_each(|it| it.sort());
    Caller { rights: Rights { responsibles, ..Rights::ALL }, institutions: numbers, ..Caller::default() }
}

/// One institution's telling is entered at a moment.
fn enter(book: &Book, place: u8, objects: &[Object], moment: Moment) -> Book {
    let (mut next, institution) = (book.clone(), number(place));
    next.know([&institution]);
    let changes = next.compare(&[Telling { institution: &institution, objects }]);
    if changes.is_empty() { book.clone() } else { next.advance(&changes, moment, 0) }
}

/// What a caller saw of an object at each moment: the tellings of every institution that the caller may see.
type Seen = Vec<(Moment, Vec<(u8, Class, Digest)>)>;

#[derive(Debug, Default)]
struct Model {
    told: [Vec<Object>; 3],
    history: Vec<(Moment, [Vec<Object>; 3])>,
}

impl Model {
    fn seen(&self, kind: Kind, id: Uuid, places: &[u8], adults: bool) -> Seen {
        let of = |it: &&Object| self::kind(it.class as u8) == Some(kind) && it.id == id;
        let may = |it: &&Object| adults || it.class != Class::Adult;
        let at = |told: &[Vec<Object>; 3]| {
            let all = places.iter().flat_map(|place| told[usize::from(*place)].iter().map(move |it| (*place, it)));
            all.filter(|(_, it)| of(it) && may(it)).map(|(place, it)| (place, it.class, it.digest)).collect()
        };
        self.history.iter().map(|(moment, told)| (*moment, at(told))).collect()
    }

    /// Created with the first telling, modified with the last difference, deleted when nobody tells any more.
    fn says(&self, kind: Kind, id: Uuid, places: &[u8], adults: bool) -> (Option<(Moment, Moment)>, Option<Moment>) {
        let seen = self.seen(kind, id, places, adults);
        let created = seen.iter().find(|it| !it.1.is_empty()).map(|it| it.0);
        let mut modified = None;
        let mut before = Vec::new();
        for (moment, now) in &seen {
            if *now != before {
                modified = Some(*moment);
                before.clone_from(now);
            }
        }
        match (created, modified) {
            (Some(created), Some(modified)) if before.is_empty() => (None, Some(modified).filter(|it| *it > created)),
            (Some(created), Some(modified)) => (Some((created, modified)), None),
            _ => (None, None),
        }
    }
}

proptest! {
    #[test]
    fn callers_are_told_what_follows_from_what_they_may_see(steps in steps()) {
        let (mut book, mut model) = (Book::default(), Model::default());
        for ((place, told), moment) in steps.iter().zip(1000..) {
            let objects = objects(told);
            book = enter(&book, *place, &objects, moment);
            model.told[usize::from(*place)] = objects;
            model.history.push((moment, model.told.clone()));
        }
        for (places, adults) in [(&[0, 1, 2][..], true), (&[0, 2], true), (&[1], false), (&[], true)] {
            let caller = caller(Some(places), adults);
            let sight = book.sight(&caller);
            let gone = book.deletions(&[Kind::Person, Kind::Group], None, &sight);
            for kind in [Kind::Person, Kind::Group] {
                let living: Vec<_> = book.living(kind, &sight).collect();
                for id in (0..4u128).map(Uuid::from_u128) {
                    let (times, deleted) = model.says(kind, id, places, adults);
                    let times = times.map(|it| Times { created: time(it.0), modified: time(it.1) });
                    prop_assert_eq!(book.times(kind, id, &sight), times);
                    prop_assert_eq!(living.iter().find(|it| it.0 == id).map(|it| it.1), times);
                    let found = gone.iter().find(|it| (it.kind, it.id) == (kind, id)).map(|it| it.at);
                    prop_assert_eq!(found, deleted);
                }
            }
        }
    }

    /// Whoever knows everything until a moment and asks for what came after it knows everything.
    #[test]
    fn news_are_what_the_lists_say(steps in steps(), since in 999..1012i64) {
        let mut book = Book::default();
        for ((place, told), moment) in steps.iter().zip(1000..) {
            book = enter(&book, *place, &objects(told), moment);
        }
        let sight = book.sight(&caller(Some(&[0, 1]), true));
        let news = book.news(since, &sight);
        for kind in [Kind::Person, Kind::Group] {
            let modified = book.living(kind, &sight).any(|it| it.1.modified > time(since));
            prop_assert_eq!(news.modified.contains(&kind), modified);
            let deleted = book.deletions(&[kind], Some(since), &sight);
            prop_assert_eq!(news.deleted.contains(&kind), !deleted.is_empty());
        }
    }

    #[test]
    fn the_same_told_again_changes_nothing(told in proptest::collection::vec((0..3u8, 0..4u8, 0..2u8), 0..6)) {
        let objects = objects(&told);
        let book = enter(&Book::default(), 1, &objects, 1000);
        prop_assert_eq!(enter(&book, 1, &objects, 2000), book);
    }
}

#[test]
fn an_id_that_returns_loses_its_tombstone_and_keeps_its_birthday() {
    let one = [object(Class::Group, 1, 0)];
    let there = enter(&Book::default(), 0, &one, 1000);
    let gone = enter(&there, 0, &[], 2000);
    let back = enter(&gone, 0, &one, 3000);
    let sight = back.sight(&caller(None, true));
    let id = Uuid::from_u128(1);
    assert_eq!(gone.times(Kind::Group, id, &sight), None);
    assert_eq!(gone.deletions(&[Kind::Group], Some(1999), &sight), [Deletion { at: 2000, kind: Kind::Group, id }]);
    assert_eq!(gone.deletions(&[Kind::Group], Some(2000), &sight), [], "the moment itself is not after it");
    assert_eq!(back.deletions(&[Kind::Group], None, &sight), []);
    assert_eq!(back.times(Kind::Group, id, &sight), Some(Times { created: time(1000), modified: time(3000) }));
}

#[test]
fn what_is_forgotten_is_told_no_longer() {
    let gone = enter(&enter(&Book::default(), 0, &[object(Class::Group, 1, 0)], 1000), 0, &[], 2000);
    let sight = gone.sight(&caller(None, true));
    let later = gone.advance(&[], 3000, 2000);
    assert_eq!((later.forgotten(), later.deletions(&[Kind::Group], None, &sight)), (2000, Vec::new()));
}
