//! User ids: minted once and kept, the same wherever the same number is told.

use skolebro::{
    domain::{CivilId, CivilIdKind, CountryCode, Group, GroupKind, ImportSource, Member, Person, Relation, SchoolYear},
    source::intake::{Heading, Mode},
    store::Store,
};

use super::{
    SCHOOL, contact, contacts_of, each, full, group, hand_in, heading, known_as, person, pupil, pupil_of, remove,
    school, teacher, user_at, user_of, with_number,
};

/// One of the CPR office's own test persons, and another one.
const ANNA: &str = "0702614082";
const BO: &str = "0703614167";

#[test]
fn a_user_id_is_minted_once_and_kept() {
    each(|store| {
        let receipt = full(store, 0, &[pupil("1", person("Anna")), pupil("2", person("Bo"))]);
        let id = user_of(store, "1");
        assert!(id.len() == 10 && id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit()), "{id}");
        assert_eq!(receipt.people[0].1.as_str(), id);
        assert_ne!(id, user_of(store, "2"));
        full(store, 1, &[pupil("1", person("Anna Marie"))]);
        assert_eq!(user_of(store, "1"), id);
        full(store, 2, &[]);
        full(store, 3, &[pupil("1", person("Anna"))]);
        assert_eq!(user_of(store, "1"), id, "also when the person leaves and returns");
        remove(store, 4, &["1"]);
        full(store, 5, &[pupil("1", with_number("Anna", ANNA))]);
        assert_eq!(user_of(store, "1"), id);
    });
}

#[test]
fn the_same_number_is_the_same_person_everywhere() {
    each(|store| {
        let contacts = vec![contact(with_number("Anna", ANNA), Relation::Mother)];
        full(store, 0, &[teacher("1", with_number("Anna", ANNA), &[]), pupil_of("1A", "2", person("Carl"), contacts)]);
        hand_in(store, heading(Mode::Full, "999002", "B", 0), &[], &[teacher("9", with_number("Anna", ANNA), &[])]);
        let id = user_of(store, "1");
        assert_eq!(user_at(store, "999002", "9"), id);
        assert_eq!(contacts_of(store, "2"), [id]);
    });
}

#[test]
fn a_replacement_number_means_somebody_at_its_institution_only() {
    each(|store| {
        let number = "6702614082";
        full(store, 0, &[teacher("1", with_number("Anna", number), &[])]);
        hand_in(store, heading(Mode::Full, SCHOOL, "B", 0), &[], &[teacher("1", with_number("Anna", number), &[])]);
        hand_in(store, heading(Mode::Full, "999002", "A", 0), &[], &[teacher("1", with_number("Bo", number), &[])]);
        let school = super::school(store);
        let ids: Vec<_> =
            school.roster().members.iter().map(|it| it.person.as_ref().unwrap().user_id.clone()).collect();
        assert_eq!(ids[0], ids[1], "whatever source tells");
        assert_ne!(user_at(store, "999002", "1"), user_of(store, "1"));
    });
}

#[test]
fn ten_zeros_are_nobody() {
    each(|store| {
        let nobody = |name| with_number(name, "0000000000");
        full(store, 0, &[pupil("1", nobody("Anna")), pupil("2", nobody("Bo"))]);
        assert_ne!(user_of(store, "1"), user_of(store, "2"));
    });
}

#[test]
fn a_number_that_comes_later_leads_to_the_user_id_that_was_there() {
    each(|store| {
        full(store, 0, &[pupil("1", person("Anna"))]);
        let id = user_of(store, "1");
        full(store, 1, &[pupil("1", with_number("Anna", ANNA))]);
        assert_eq!(user_of(store, "1"), id);
        hand_in(store, heading(Mode::Full, "999002", "B", 0), &[], &[pupil("7", with_number("Anna", ANNA))]);
        assert_eq!(user_at(store, "999002", "7"), id);
    });
}

#[test]
fn a_number_that_is_known_decides() {
    each(|store| {
        hand_in(store, heading(Mode::Full, "999002", "B", 0), &[], &[pupil("7", with_number("Anna", ANNA))]);
        full(store, 0, &[pupil("1", person("Anna"))]);
        assert_ne!(user_of(store, "1"), user_at(store, "999002", "7"));
        full(store, 1, &[pupil("1", with_number("Anna", ANNA))]);
        assert_eq!(user_of(store, "1"), user_at(store, "999002", "7"));
    });
}

#[test]
fn a_number_that_was_a_siblings_by_mistake_does_not_make_them_one_person() {
    each(|store| {
        full(store, 0, &[pupil("1", with_number("Anna", ANNA)), pupil("2", with_number("Bo", ANNA))]);
        let id = user_of(store, "1");
        assert_eq!(user_of(store, "2"), id);
        full(store, 1, &[pupil("1", with_number("Anna", ANNA)), pupil("2", with_number("Bo", BO))]);
        assert_eq!(user_of(store, "1"), id);
        assert_ne!(user_of(store, "2"), id);
    });
}

#[test]
fn a_new_number_of_the_same_person_leads_to_the_same_user_id() {
    each(|store| {
        full(store, 0, &[pupil("1", with_number("Anna", ANNA))]);
        let id = user_of(store, "1");
        full(store, 1, &[pupil("1", with_number("Anna", BO)), pupil("2", with_number("Anna", ANNA))]);
        assert_eq!([user_of(store, "1"), user_of(store, "2")], [id.clone(), id]);
    });
}

#[test]
fn contact_persons_without_a_number_are_known_by_name_and_relation() {
    each(|store| {
        let of = |child: &str, names: &[(&'static str, Relation)]| {
            let contacts = names.iter().map(|(name, relation)| contact(person(name), *relation)).collect();
            pupil_of("1A", child, person("Carl"), contacts)
        };
        full(
            store,
            0,
            &[of("1", &[("Mor", Relation::Mother), ("Far", Relation::Father)]), of("2", &[("Mor", Relation::Mother)])],
        );
        let ids = contacts_of(store, "1");
        assert_ne!(ids[0], ids[1]);
        assert_ne!(ids[0], contacts_of(store, "2")[0], "two mothers of one name are two persons");
        full(store, 1, &[of("1", &[("Far", Relation::Father)])]);
        assert_eq!(contacts_of(store, "1"), ids[1..]);
        full(store, 2, &[of("1", &[("Far", Relation::Father), ("Mor", Relation::Mother)])]);
        assert_eq!(contacts_of(store, "1"), [ids[1].clone(), ids[0].clone()], "in the order of the document");
    });
}

#[test]
fn a_contact_person_keeps_the_user_id_when_the_number_comes_or_goes() {
    each(|store| {
        let of =
            |mother: Person<'static>| [pupil_of("1A", "1", person("Carl"), vec![contact(mother, Relation::Mother)])];
        full(store, 0, &of(person("Mor")));
        let ids = contacts_of(store, "1");
        full(store, 1, &of(with_number("Mor", ANNA)));
        assert_eq!(contacts_of(store, "1"), ids);
        full(store, 2, &of(with_number("Mor Ny", ANNA)));
        assert_eq!(contacts_of(store, "1"), ids);
        full(store, 3, &of(person("Mor Ny")));
        assert_eq!(contacts_of(store, "1"), ids);
    });
}

#[test]
fn a_replica_brings_its_user_ids_and_others_find_them_by_number() {
    each(|store| {
        let replica = heading(Mode::Replica, "999002", "B", 0);
        hand_in(store, replica, &[], &[pupil("7", known_as("Anna0123", with_number("Anna", ANNA)))]);
        assert_eq!(user_at(store, "999002", "7"), "Anna0123");
        full(store, 0, &[pupil("1", with_number("Anna", ANNA))]);
        assert_eq!(user_of(store, "1"), "Anna0123");
        let again = Heading { confirmed: true, ..heading(Mode::Replica, "999002", "B", 1) };
        let receipt = hand_in(store, again, &[], &[pupil("7", known_as("anna0124", with_number("Anna", ANNA)))]);
        assert_eq!(receipt.changed, 1, "a user id that changes is a change");
        assert_eq!(user_at(store, "999002", "7"), "anna0124");
    });
}

#[test]
fn numbers_of_other_countries_are_not_danish_ones() {
    each(|store| {
        let swedish = CivilId::new(ANNA, CivilIdKind::Verified, CountryCode::SE);
        let swede = Person { civil_id: Some(swedish), ..person("Anna") };
        full(store, 0, &[pupil("1", with_number("Anna", ANNA)), pupil("2", swede)]);
        assert_ne!(user_of(store, "1"), user_of(store, "2"));
    });
}

#[test]
fn a_contact_person_whom_nobody_has_given_a_user_id_goes_with_the_pupil_too() {
    each(|store| {
        let mother = || contact(person("Mor"), Relation::Mother);
        let anna = pupil_of("1A", "1", known_as("anna0001", person("Anna")), vec![mother(), mother()]);
        hand_in(store, heading(Mode::Replica, SCHOOL, "A", 0), &[], &[anna]);
        let receipt = hand_in(store, heading(Mode::Replica, SCHOOL, "A", 1), &[], &[]);
        assert_eq!(receipt.removed, 4, "the pupil, two contact persons, the group");
    });
}

#[test]
fn who_gets_another_user_id_is_known_by_the_first_one() {
    each(|store| {
        let number = |number| with_number("Anna", number);
        let replica = |minute| Heading { confirmed: true, ..heading(Mode::Replica, SCHOOL, "A", minute) };
        let told = |minute, user, person| {
            hand_in(store, replica(minute), &[], &[pupil("1", known_as(user, person))]);
            school(store)
                .renamed()
                .iter()
                .map(|(user, first)| format!("{user} was {}", first.as_str()))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(0, "anna0001", number(ANNA)), [""; 0]);
        assert_eq!(told(1, "anna0002", number(ANNA)), ["anna0002 was anna0001"]);
        assert_eq!(told(2, "Anna0003", number(ANNA)), ["anna0003 was anna0001"], "the first of all");
        assert_eq!(told(3, "anna0001", number(ANNA)), [""; 0], "back again");
        // The local system has given the key to somebody else.
        assert_eq!(told(4, "boxx0001", number(BO)), [""; 0]);
        assert_eq!(told(5, "carl0001", person("Carl")), [""; 0]);
        assert_eq!(told(6, "carl0002", person("Carl")), ["carl0002 was carl0001"], "the name is all that is known");
        // Somebody else was known by that id before.
        hand_in(
            store,
            heading(Mode::Replica, "999002", "B", 0),
            &[],
            &[pupil("9", known_as("carl0003", person("Carl")))],
        );
        assert_eq!(told(7, "carl0003", person("Carl")), [""; 0]);
    });
}

/// A full import by source A of the school year that begins in `first`, told on a day.
fn of_year(store: &dyn Store, first: u16, day: &str, groups: &[Group<'_>], members: &[Member<'_>]) {
    let extracted_at = format!("{day}T10:00:00+02:00").parse().unwrap();
    let school_year = SchoolYear { first, last: first + 1 };
    let sources = vec![ImportSource { source: "A".into(), extracted_at, school_year }];
    let heading = Heading { confirmed: true, sources, ..heading(Mode::Full, SCHOOL, "A", 0) };
    hand_in(store, heading, groups, members);
}

/// Since when everybody is there.
fn since(store: &dyn Store) -> Vec<String> {
    school(store).roster().members.iter().map(|it| it.since.unwrap().to_string()).collect()
}

#[test]
fn since_when_somebody_is_there_is_noted_once() {
    each(|store| {
        let class = |id, from: &str| Group { from: Some(from.parse().unwrap()), ..group(id, GroupKind::Main) };
        let (anna, bo, carl) =
            (person("Anna"), teacher("2", person("Bo"), &["Idræt"]), teacher("3", person("Carl"), &[]));
        of_year(store, 2026, "2026-10-01", &[class("1A", "2025-01-02")], &[pupil("1", anna.clone()), bo.clone()]);
        assert_eq!(since(store), ["2025-01-02", "2026-08-01"], "as long as the class, or the school year");
        // The next school year is told of before it begins: Anna has gone up, Bo has another subject, Carl is new.
        let anna = pupil_of("2A", "1", anna, Vec::new());
        let later = [anna.clone(), teacher("2", person("Bo"), &["Dansk"]), carl.clone()];
        of_year(store, 2027, "2027-06-20", &[class("2A", "2027-08-01")], &later);
        assert_eq!(since(store), ["2025-01-02", "2026-08-01", "2026-08-01"]);
        // Anna goes and returns.
        of_year(store, 2027, "2027-08-20", &[class("2A", "2027-08-01")], &later[1..]);
        of_year(store, 2027, "2027-08-21", &[class("2A", "2027-08-01")], &later);
        assert_eq!(since(store), ["2027-08-01", "2026-08-01", "2026-08-01"]);
        let groups = school(store).roster().groups.iter().map(|it| (it.id.to_string(), it.since)).collect::<Vec<_>>();
        let day = |it: &str| Some(it.parse().unwrap());
        assert_eq!(groups, [("2A".to_owned(), day("2026-08-01")), ("Dansk".to_owned(), day("2026-08-01"))]);
    });
}
