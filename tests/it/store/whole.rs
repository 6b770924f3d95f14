//! Generated rosters and generated histories: what is handed in is what is kept, and what is shown is what is kept.

use std::{collections::BTreeMap, path::Path};

use proptest::{collection::vec, prelude::*, sample::select};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use skolebro::{
    domain::{Group, GroupKind, Member, Organisation, Relation, Roster, Snapshot, Text},
    source::intake::{Heading, Mode},
    store::{Sqlite, Store},
};

use super::{SCHOOL, contact, done, group, heading, person, pupil_of, school, snapshot, teacher, with_number};
use crate::rosters::{self, loose_roster, roster};

/// Looks at the file itself: it is sound, digests are those of the records, and nothing is left of whoever has gone.
pub(super) fn check_file(path: &Path) {
    let file = Connection::open(path).unwrap();
    let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let mut select = file.prepare("SELECT record, digest, deleted FROM entity").unwrap();
    let mut rows = select.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (record, digest): (String, Vec<u8>) = (row.get(0).unwrap(), row.get(1).unwrap());
        if row.get::<_, Option<i64>>(2).unwrap().is_some() {
            assert_eq!((record.as_str(), digest.len()), ("", 0), "a tombstone tells of nobody");
        } else {
            assert_eq!(digest, Sha256::digest(&record)[..16]);
        }
    }
    let orphans: i64 = file
        .query_row(
            "SELECT count(*) FROM entity c WHERE c.kind = 3 AND c.deleted IS NULL AND NOT EXISTS (
                SELECT 1 FROM entity p WHERE p.scope = c.scope AND p.kind = 2 AND p.deleted IS NULL
                AND p.key = substr(c.key, 1, instr(c.key, char(10)) - 1))",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(orphans, 0, "a contact person of nobody");
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(64))]

    /// A replica is the roster that was handed in; only the order of people and groups is the store's.
    #[test]
    fn a_roster_comes_back(mut roster in prop_oneof![roster(), loose_roster()]) {
        make_distinct(&mut roster);
        let store = Sqlite::in_memory().unwrap();
        let organisation = &roster.organisation;
        let heading = Heading {
            mode: Mode::Replica,
            institution: organisation.number.clone(),
            name: organisation.name.clone().map(Text::into_owned),
            sources: roster.sources.clone(),
            confirmed: false,
        };
        let hand_in = || super::hand_in(&store, heading.clone(), &roster.groups, &roster.members);
        let first = hand_in();
        let kept = snapshot(&store, organisation.number.as_str()).unwrap();
        prop_assert_eq!(rosters::told(kept.roster()), expected(roster.clone()));
        let again = hand_in();
        prop_assert_eq!((again.added, again.changed, again.removed), (0, 0, 0));
        prop_assert_eq!((again.sequence, again.people), (first.sequence, first.people));
    }
}

/// Gives everybody another key: by chance two may have the same one, and then only one is kept.
fn make_distinct(roster: &mut Roster<'static>) {
    for (at, member) in roster.members.iter_mut().enumerate() {
        let user = member.person.as_ref().and_then(|it| it.user_id.as_ref());
        member.local_id = match (&member.local_id, user) {
            (None, Some(_)) => None,
            (id, _) => Some(format!("{at}{}", id.as_deref().unwrap_or_default()).into()),
        };
    }
}

/// What the store makes of a roster: of the institution number and name, which are all that an import tells of it; people by source and key; of two groups with one key the later; groups that somebody is
/// in; nothing of when it was put together.
fn expected(roster: Roster<'static>) -> Roster<'static> {
    let Roster { organisation, exported_at: _, sources, groups, mut members } = roster;
    let organisation = Organisation { name: organisation.name, ..Organisation::numbered(organisation.number) };
    let mut by_id: BTreeMap<Text<'static>, Group<'static>> = groups.into_iter().map(|it| (it.id.clone(), it)).collect();
    let entered: Vec<_> = members.iter().flat_map(Member::groups).map(|(id, main)| (id.clone(), main)).collect();
    let handed_in: Vec<_> = by_id.keys().cloned().collect();
    for (id, main) in entered.into_iter().filter(|(id, _)| !handed_in.contains(id)) {
        let made = Group { name: Some(id.clone()), ..group("", GroupKind::Other) };
        let made = by_id.entry(id.clone()).or_insert(Group { id, ..made });
        if main {
            made.kind = GroupKind::Main;
        }
    }
    let mut order: Vec<Text<'static>> = Vec::new();
    for member in &members {
        if !order.contains(&member.source) {
            order.push(member.source.clone());
        }
    }
    members.sort_by_key(|it| {
        let source = order.iter().position(|other| *other == it.source);
        let user = it.person.as_ref().and_then(|it| it.user_id.clone());
        let key = it.local_id.clone().unwrap_or_else(|| format!(" u{}", user.unwrap().as_str()).into());
        (source, key)
    });
    // The store is as old as the newest data in it.
    let exported_at = sources.iter().map(|it| it.extracted_at).max();
    Roster { organisation, exported_at, sources, groups: by_id.into_values().collect(), members }
}

/// Something that happens to a school.
#[derive(Debug, Clone)]
enum Event {
    HandIn(Mode, &'static str, Vec<Member<'static>>),
    Remove(&'static str, Vec<usize>),
    /// An import that is opened, filled and dropped.
    GiveUp(&'static str, Vec<Member<'static>>),
}

const IDS: [&str; 5] = ["1", "2", "3", " 4", "5\\\n"];

/// One of a few people who differ a little each time.
fn somebody() -> impl Strategy<Value = Member<'static>> {
    let numbers = select(vec!["", "0702614082", "0703614167", "6702614082", "0000000000"]);
    let name = select(vec!["Anna", "Bo", "Carl"]);
    let somebody = (name, numbers).prop_map(|(name, number)| match number {
        "" => person(name),
        number => with_number(name, number),
    });
    let relation = select(vec![Relation::Mother, Relation::Father]);
    let contacts = vec((somebody.clone(), relation).prop_map(|(who, relation)| contact(who, relation)), 0..4);
    let group = select(vec!["1A", "1B", "mat"]);
    (select(IDS.to_vec()), somebody, contacts, group, any::<bool>()).prop_map(|(id, who, contacts, group, teaches)| {
        if teaches { teacher(id, who, &[group]) } else { pupil_of(group, id, who, contacts) }
    })
}

fn event() -> impl Strategy<Value = Event> {
    let source = || select(vec!["A", "B"]);
    let mode = select(vec![Mode::Full, Mode::Full, Mode::Delta, Mode::Delta, Mode::Replica]);
    prop_oneof![
        6 => (mode, source(), vec(somebody(), 0..6)).prop_map(|(mode, source, all)| Event::HandIn(mode, source, all)),
        2 => (source(), vec(0..IDS.len(), 1..3)).prop_map(|(source, ids)| Event::Remove(source, ids)),
        1 => (source(), vec(somebody(), 0..3)).prop_map(|(source, all)| Event::GiveUp(source, all)),
    ]
}

/// What a school should hold: by source and local id the person's name and how many contact persons.
type Model = BTreeMap<(String, String), (String, usize)>;

fn told(member: &Member<'_>) -> (String, usize) {
    let contacts = match &member.tie {
        Some(skolebro::domain::Tie::Pupil(pupil)) => pupil.contacts.len(),
        _ => 0,
    };
    (member.person.as_ref().unwrap().name.given.clone().into_owned(), contacts)
}

/// Lets something happen to a store and to the model.
fn happen(store: &dyn Store, model: &mut Model, event: &Event, minute: u32) {
    match event {
        Event::HandIn(mode, source, members) => {
            let heading = Heading { confirmed: true, ..heading(*mode, SCHOOL, source, minute) };
            let members: Vec<_> = members.iter().map(|it| Member { source: (*source).into(), ..it.clone() }).collect();
            super::hand_in(store, heading, &[], &members);
            model.retain(|(other, _), _| match mode {
                Mode::Full => other != source,
                Mode::Replica | Mode::Mirror => false,
                Mode::Delta | Mode::Delete => true,
            });
            for it in &members {
                let id = it.local_id.clone().unwrap().into_owned();
                model.insert(((*source).to_owned(), id), told(it));
            }
        }
        Event::Remove(source, ids) => {
            let mut intake = store.begin(heading(Mode::Delete, SCHOOL, source, minute)).unwrap();
            for id in ids {
                let was = model.remove(&((*source).to_owned(), IDS[*id].to_owned())).is_some();
                assert_eq!(intake.remove(IDS[*id]).unwrap(), was);
            }
            done(intake.commit());
        }
        Event::GiveUp(source, members) => {
            let mut intake = store.begin(heading(Mode::Full, SCHOOL, source, minute)).unwrap();
            members.iter().for_each(|it| intake.member(it).unwrap());
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    /// Whatever happens, everybody is there who should be, readers see what is in the file, and a second store of the file
    /// sees the same.
    #[test]
    fn what_is_shown_is_what_is_kept(events in vec(event(), 1..12)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let (store, other) = (Sqlite::open(&path).unwrap(), Sqlite::open(&path).unwrap());
        let mut model = Model::new();
        for (minute, event) in (0..).zip(&events) {
            let before = store.sequence();
            happen(&store, &mut model, event, minute);
            let Some(shown) = snapshot(&store, SCHOOL) else { continue };
            let people = shown.roster().members.iter();
            let people: Model = people
                .map(|it| ((it.source.clone().into_owned(), it.local_id.clone().unwrap().into_owned()), told(it)))
                .collect();
            prop_assert_eq!(&people, &model);
            other.refresh().unwrap();
            let seen_there = school(&other);
            prop_assert_eq!(seen_there.roster(), shown.roster());
            let changes = store.changes(before, usize::MAX).unwrap();
            prop_assert!(changes.windows(2).all(|it| it[0].sequence < it[1].sequence));
            prop_assert_eq!(changes.last().map_or(before, |it| it.sequence), store.sequence());
        }
        let again = Sqlite::open(&path).unwrap();
        let (again, shown) = (snapshot(&again, SCHOOL), snapshot(&store, SCHOOL));
        prop_assert_eq!(again.as_deref().map(Snapshot::roster), shown.as_deref().map(Snapshot::roster));
        check_file(&path);
    }
}
