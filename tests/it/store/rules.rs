//! What an import does: full, delta, deletion, replica; several sources; groups; order; the guard.

use skolebro::{
    domain::{GroupKind, Organisation, OrganisationNumber, Person, Relation, UserId},
    source::intake::{Heading, IntakeError, Mode, Outcome},
    store::{Guard, Sqlite, Store},
};

use crate::rosters::told;

use super::{
    SCHOOL, answer, at, contact, each, everybody, full, group, hand_in, heading, known_as, member, person, pupil,
    pupil_of, remove, school, snapshot, teacher, try_hand_in, user_of,
};

#[test]
fn what_is_handed_in_shows_after_the_commit_and_not_before() {
    each(|store| {
        let mut intake = store.begin(heading(Mode::Full, SCHOOL, "A", 0)).unwrap();
        intake.member(&pupil("1", person("Anna"))).unwrap();
        assert!(snapshot(store, SCHOOL).is_none());
        intake.commit().unwrap();
        assert_eq!(everybody(store), ["1"]);
        let mut intake = store.begin(heading(Mode::Full, SCHOOL, "A", 1)).unwrap();
        intake.member(&pupil("2", person("Bo"))).unwrap();
        drop(intake);
        assert_eq!(everybody(store), ["1"], "an import that is dropped leaves no trace");
    });
}

#[test]
fn a_full_import_lets_go_of_whom_it_does_not_name_and_a_delta_never_does() {
    each(|store| {
        full(store, 0, &[pupil("1", person("Anna")), pupil("2", person("Bo"))]);
        hand_in(store, heading(Mode::Delta, SCHOOL, "A", 1), &[], &[pupil("3", person("Carl"))]);
        assert_eq!(everybody(store), ["1", "2", "3"]);
        let receipt = full(store, 2, &[pupil("3", person("Carl")), pupil("1", person("Anne"))]);
        assert_eq!(everybody(store), ["1", "3"]);
        assert_eq!((receipt.added, receipt.changed, receipt.removed, receipt.unchanged), (0, 1, 1, 2));
    });
}

#[test]
fn a_deletion_lets_go_of_whom_it_names() {
    each(|store| {
        full(store, 0, &[pupil("1", person("Anna")), pupil("2", person("Bo"))]);
        let mut intake = store.begin(heading(Mode::Delete, SCHOOL, "A", 1)).unwrap();
        assert!(intake.remove("1").unwrap());
        assert!(!intake.remove("1").unwrap(), "nobody goes twice");
        assert!(!intake.remove("7").unwrap());
        intake.commit().unwrap();
        assert_eq!(everybody(store), ["2"]);
    });
}

#[test]
fn of_two_with_one_key_the_later_counts() {
    each(|store| {
        let receipt =
            full(store, 0, &[pupil("1", person("Anna")), pupil("2", person("Bo")), pupil("1", person("Anne"))]);
        let names: Vec<_> = school(store)
            .roster()
            .members
            .iter()
            .map(|it| it.person.as_ref().unwrap().display_name().into_owned())
            .collect();
        assert_eq!(names, ["Anne Eksempel", "Bo Eksempel"]);
        assert_eq!(receipt.people.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    });
}

#[test]
fn the_same_again_changes_nothing() {
    each(|store| {
        let people = [pupil("1", person("Anna")), teacher("2", person("Bo"), &["1A", "mat"])];
        let first = full(store, 0, &people);
        let again = full(store, 1, &people);
        assert_eq!(again.sequence, first.sequence);
        assert_eq!((again.added, again.changed, again.removed, again.unchanged), (0, 0, 0, 4));
        assert_eq!(again.people, first.people);
        assert_eq!(school(store).roster().sources[0].extracted_at, at(1), "but when it left the source is known");
    });
}

#[test]
fn a_source_must_move_forward() {
    each(|store| {
        full(store, 5, &[pupil("1", person("Anna"))]);
        for (mode, minute) in [(Mode::Full, 5), (Mode::Delta, 4), (Mode::Delete, 5)] {
            match store.begin(heading(mode, SCHOOL, "A", minute)) {
                Err(IntakeError::Outdated { last }) => assert_eq!(last, at(5)),
                _ => panic!("{mode:?} of {minute} was let in"),
            }
        }
        assert!(store.begin(heading(Mode::Full, SCHOOL, "B", 0)).is_ok(), "each source has its own time");
        assert!(store.begin(heading(Mode::Full, "999002", "A", 0)).is_ok(), "at each institution");
    });
}

#[test]
fn several_sources_at_one_institution_keep_apart() {
    each(|store| {
        full(store, 0, &[pupil("1", person("Anna"))]);
        hand_in(store, heading(Mode::Full, SCHOOL, "B", 0), &[], &[pupil("1", person("Bo"))]);
        assert_eq!(everybody(store), ["1", "1"]);
        let sources: Vec<_> = school(store).roster().members.iter().map(|it| it.source.clone()).collect();
        assert_eq!(sources, ["A", "B"], "the source is that of the import");
        full(store, 1, &[]);
        assert_eq!(everybody(store), ["1"]);
        assert_eq!(school(store).roster().members[0].source, "B");
        assert_eq!(school(store).roster().sources.len(), 2);
    });
}

#[test]
fn groups_that_people_are_in_are_made() {
    each(|store| {
        let people = [pupil_of("1A", "1", person("Anna"), Vec::new()), teacher("2", person("Bo"), &["1A", "mat"])];
        let heading = heading(Mode::Full, SCHOOL, "A", 0);
        hand_in(store, heading, &[group("SFO", GroupKind::LeisureCare)], &people);
        let told = |store: &dyn Store| -> Vec<_> {
            let school = school(store);
            let groups = school.roster().groups.iter();
            groups.map(|it| (it.id.clone().into_owned(), it.kind, it.display_name().to_owned())).collect()
        };
        let expected = [
            ("1A".to_owned(), GroupKind::Main, "1A".to_owned()),
            ("SFO".to_owned(), GroupKind::LeisureCare, "Gruppen SFO".to_owned()),
            ("mat".to_owned(), GroupKind::Other, "mat".to_owned()),
        ];
        assert_eq!(told(store), expected);
        full(store, 1, &people[..1]);
        assert_eq!(told(store), expected[..1], "they go when nobody tells of them any more");
    });
}

#[test]
fn a_group_that_is_handed_in_beats_one_that_somebody_is_in() {
    each(|store| {
        full(store, 0, &[pupil_of("1A", "1", person("Anna"), Vec::new())]);
        let other = Heading { mode: Mode::Full, ..heading(Mode::Full, SCHOOL, "B", 0) };
        hand_in(store, other, &[group("1A", GroupKind::Year)], &[]);
        let school = school(store);
        assert_eq!(school.roster().groups.len(), 1);
        assert_eq!(school.group("1A").unwrap().kind, GroupKind::Year);
    });
}

#[test]
fn an_import_knows_the_kinds_of_groups() {
    each(|store| {
        let heading_of = |mode, source, minute| heading(mode, SCHOOL, source, minute);
        hand_in(store, heading_of(Mode::Full, "A", 0), &[group("1A", GroupKind::Main)], &[]);
        hand_in(store, heading_of(Mode::Full, "B", 0), &[group("mat", GroupKind::Course)], &[]);
        let mut intake = store.begin(heading_of(Mode::Full, "A", 1)).unwrap();
        assert_eq!(intake.group_kind("1A").unwrap(), None, "this import takes it away unless it is handed in");
        assert_eq!(intake.group_kind("mat").unwrap(), Some(GroupKind::Course), "another source tells of it");
        intake.group(&group("1A", GroupKind::Year)).unwrap();
        assert_eq!(intake.group_kind("1A").unwrap(), Some(GroupKind::Year));
        drop(intake);
        let mut intake = store.begin(heading_of(Mode::Delta, "A", 1)).unwrap();
        assert_eq!(intake.group_kind("1A").unwrap(), Some(GroupKind::Main));
        assert_eq!(intake.group_kind("none").unwrap(), None);
    });
}

#[test]
fn a_delta_keeps_what_is_known_of_a_group() {
    each(|store| {
        hand_in(store, heading(Mode::Full, SCHOOL, "A", 0), &[group("1A", GroupKind::Main)], &[]);
        let people = [pupil_of("1A", "1", person("Anna"), Vec::new())];
        hand_in(store, heading(Mode::Delta, SCHOOL, "A", 1), &[], &people);
        assert_eq!(school(store).group("1A").unwrap().display_name(), "Gruppen 1A");
        hand_in(store, heading(Mode::Delta, SCHOOL, "A", 2), &[group("1B", GroupKind::Main)], &[]);
        assert_eq!(school(store).roster().groups.len(), 2);
    });
}

#[test]
fn a_replica_becomes_exactly_what_is_handed_in() {
    each(|store| {
        full(store, 5, &[pupil("1", person("Anna")), pupil("2", person("Bo"))]);
        let replica = Heading { confirmed: true, ..heading(Mode::Replica, SCHOOL, "B", 0) };
        let mut by_hand = member("", known_as("dorte001", person("Dorte")), pupil("", person("")).tie.unwrap());
        (by_hand.local_id, by_hand.source) = (None, "HUGO Brugeradministrationen".into());
        let mut carl = pupil("1", known_as("Carl0001", person("Carl")));
        carl.source = "B".into();
        hand_in(store, replica.clone(), &[], &[carl.clone(), by_hand.clone()]);
        let people = school(store);
        assert_eq!(told(people.roster()).members, [carl.clone(), by_hand]);
        assert_eq!(people.roster().sources.iter().map(|it| &*it.source).collect::<Vec<_>>(), ["B"]);
        let again = hand_in(store, replica, &[], &[carl]);
        assert_eq!((again.changed, again.removed), (0, 1), "the same moment may come again");
    });
}

#[test]
fn a_source_may_stand_twice_at_the_turn_of_the_year() {
    each(|store| {
        let mut replica = heading(Mode::Replica, SCHOOL, "A", 1);
        replica.sources.extend(heading(Mode::Replica, SCHOOL, "A", 0).sources);
        for _ in 0..2 {
            hand_in(store, replica.clone(), &[], &[]);
            assert_eq!(school(store).roster().sources, replica.sources);
        }
        assert!(matches!(store.begin(heading(Mode::Replica, SCHOOL, "A", 0)), Err(IntakeError::Outdated { .. })));
    });
}

#[test]
fn a_document_names_an_institution_until_a_register_does() {
    each(|store| {
        let name = |store| school(store).roster().organisation.name.clone().unwrap();
        full(store, 0, &[]);
        assert_eq!(name(store), "Prøveskolen");
        let mut organisation = Organisation::numbered(OrganisationNumber::new(SCHOOL));
        organisation.name = Some("Registrets skole".into());
        organisation.street = Some("Skolevej 1".into());
        let other = Organisation::numbered(OrganisationNumber::new("999002"));
        assert_eq!(store.keep_organisations(&[organisation.clone(), other.clone()]).unwrap(), 2);
        assert_eq!(store.keep_organisations(&[organisation.clone(), other]).unwrap(), 0);
        full(store, 1, &[pupil("1", person("Anna"))]);
        assert_eq!(school(store).roster().organisation, organisation);
        assert_eq!(everybody(store), ["1"]);
        assert!(snapshot(store, "999002").is_some(), "an institution may be known that nobody is at");
    });
}

#[test]
fn an_import_that_lets_go_of_too_many_waits_for_somebody_to_confirm_it() {
    each(|store| {
        let many: Vec<_> = (0..30).map(|it| pupil(&format!("{it:02}"), person("Anna"))).collect();
        full(store, 0, &many);
        let few: Vec<_> = many[..20].iter().cloned().chain([pupil("99", person("Ny"))]).collect();
        let outcome = try_hand_in(store, heading(Mode::Full, SCHOOL, "A", 1), &[], &few).unwrap();
        assert_eq!(outcome, Outcome::Held { leaving: 10, of: 30 });
        assert_eq!(everybody(store).len(), 30);
        let held = store.held().unwrap();
        assert_eq!((held.len(), held[0].leaving, held[0].of, held[0].source.as_str()), (1, 10, 30, "A"));
        let number = OrganisationNumber::new(SCHOOL);
        assert_eq!(store.confirm(&number, "B").unwrap(), None);
        let receipt = store.confirm(&number, "A").unwrap().unwrap();
        assert_eq!((receipt.added, receipt.removed, receipt.people.len()), (1, 10, 21));
        assert_eq!(receipt.people[0], ("00".to_owned(), UserId::new(user_of(store, "00"))));
        assert_eq!(everybody(store).len(), 21);
        assert_eq!(school(store).roster().sources[0].extracted_at, at(1));
        assert!(store.held().unwrap().is_empty() && store.confirm(&number, "A").unwrap().is_none());
    });
}

#[test]
fn a_replica_that_is_held_becomes_exactly_what_was_handed_in() {
    each(|store| {
        let of = |it: u32, mother: &'static str| {
            let contacts = vec![contact(known_as(mother, person("Mor")), Relation::Mother)];
            let anna = Person { user_id: Some(UserId::new(format!("anna{it:04}"))), ..person("Anna") };
            pupil_of("1A", &format!("{it:02}"), anna, contacts)
        };
        let many: Vec<_> = (0..30).map(|it| of(it, "mor00001")).collect();
        hand_in(store, heading(Mode::Replica, SCHOOL, "A", 0), &[], &many);
        let few = [many[3].clone(), of(4, "mor00002"), of(40, "mor00001")];
        let main_group = [group("1A", GroupKind::Main)];
        let outcome = try_hand_in(store, heading(Mode::Replica, SCHOOL, "A", 1), &main_group, &few).unwrap();
        assert_eq!(outcome, Outcome::Held { leaving: 28, of: 30 });
        let receipt = store.confirm(&OrganisationNumber::new(SCHOOL), "A").unwrap().unwrap();
        assert_eq!(told(school(store).roster()).members, few);
        assert_eq!(told(school(store).roster()).groups, main_group);
        // New: pupil 40, the mother, and the other mother of pupil 4, whose first one goes.
        assert_eq!((receipt.added, receipt.changed, receipt.removed), (3, 1, 2 * 28 + 1));
    });
}

#[test]
fn a_newer_import_takes_the_place_of_one_that_is_held() {
    each(|store| {
        let many: Vec<_> = (0..30).map(|it| pupil(&format!("{it:02}"), person("Anna"))).collect();
        full(store, 0, &many);
        let held = |minute, left: usize| {
            try_hand_in(store, heading(Mode::Full, SCHOOL, "A", minute), &[], &many[..left]).unwrap()
        };
        held(1, 10);
        assert_eq!(held(2, 12), Outcome::Held { leaving: 18, of: 30 });
        assert_eq!(store.held().unwrap().len(), 1);
        remove(store, 3, &["29"]);
        assert!(store.held().unwrap().is_empty());
        assert_eq!(everybody(store).len(), 29);
        let confirmed = Heading { confirmed: true, ..heading(Mode::Full, SCHOOL, "A", 4) };
        assert_eq!(hand_in(store, confirmed, &[], &[]).removed, 30, "29 people and their group");
    });
}

#[test]
fn the_guard_is_a_share_and_lets_a_few_go_always() {
    let store = Sqlite::in_memory().unwrap().guarded(Guard { share: 0.5, people: 5 });
    let many: Vec<_> = (0..12).map(|it| pupil(&format!("{it:02}"), person("Anna"))).collect();
    full(&store, 0, &many);
    let left = |minute, left: usize| {
        try_hand_in(&store, heading(Mode::Full, SCHOOL, "A", minute), &[], &many[..left]).unwrap()
    };
    assert!(matches!(left(1, 5), Outcome::Held { leaving: 7, of: 12 }));
    assert!(matches!(left(2, 6), Outcome::Done(_)), "half is not more than half");
    assert!(matches!(left(3, 1), Outcome::Done(_)), "five may always go");
    assert!(matches!(left(4, 0), Outcome::Done(_)));
}

/// Whoever may log in to the machine may not read who goes to school there.
#[test]
fn nobody_but_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("store.db")).unwrap();
    hand_in(&store, heading(Mode::Full, SCHOOL, "a", 0), &[], &[]);
    let mut seen = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.file_name());
        seen += 1;
    }
    assert!(seen >= 1);
}

/// What the institution register says of main institutions and departments is what hentInstitutionshierarki tells, whichever
/// of them is asked for, also after people have been handed in.
#[test]
fn the_register_tells_which_institution_is_a_department_of_which() {
    let file = std::fs::File::open("fixtures/register/institutions.csv").unwrap();
    let register = skolebro::standards::unilogin::register::read(file).unwrap();
    each(|store| {
        assert_eq!(store.keep_organisations(&register.organisations).unwrap(), 4);
        hand_in(store, heading(Mode::Full, "999001", "A", 0), &[], &[]);
        for asked in ["999000", "999001"] {
            let hierarchy = answer(store.hierarchy(&OrganisationNumber::new(asked))).unwrap();
            assert_eq!(hierarchy.main, Some(OrganisationNumber::new("999000")));
            assert_eq!(hierarchy.departments, [OrganisationNumber::new("999001")]);
        }
        let school = snapshot(store, "999001").unwrap();
        assert_eq!(school.roster().organisation.name.as_deref(), Some("Tjørnehøj Skole & SFO"), "and not the import's");
        assert_eq!(school.roster().organisation.municipality.code.as_deref(), Some("340"));
    });
}
