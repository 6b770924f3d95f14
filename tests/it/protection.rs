//! The law about protected persons: to a caller without the right to real names no SS12000 object tells name, home, telephone or
//! civil registration number, whatever else is in the roster, and wherever else the person goes to school; no look-up of Unilogin
//! does to anybody, and no export but the largest.

use std::sync::Arc;

use proptest::prelude::*;
use skolebro::{
    crosswalk::Trail,
    domain::{
        Address, CivilId, CivilIdKind, CountryCode, OrganisationNumber, Person, PersonName, Phone, Phones, Protection,
        Roster, Snapshot, Tie,
    },
    standards::{
        ss12000::{
            context::{Context, Options, Rights},
            view::{Caller, Kind, Reader, View},
        },
        unilogin::{bruger, eksport::Package, inst, stream::Form},
    },
};
use uuid::Uuid;

use crate::{
    crossing,
    rosters::{persons, roster},
};

const RIGHTS: [Rights; 2] = [
    Rights { civil_numbers: true, real_names: false, responsibles: true, contact_data: true },
    Rights { civil_numbers: false, real_names: false, responsibles: false, contact_data: false },
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_object_gives_a_protected_person_away(mut roster in roster()) {
        mark(&mut roster);
        for (rights, names) in RIGHTS.into_iter().flat_map(|it| [(it, false), (it, true)]) {
            let options = Options { other_adults: true, ..Options::default() };
            let context = Context::new(&roster, &options, rights).with_reference_names(names);
            let json = crossing::ss12000(&roster, Some(true), &context, &mut Trail::silent());
            for line in json.lines() {
                prop_assert!(!tells(line), "{line}");
            }
        }
    }

    #[test]
    fn nor_does_another_institution_that_does_not_know(mut roster in roster()) {
        mark(&mut roster);
        let mut other = roster.clone();
        other.organisation.number = OrganisationNumber::new("Z99999");
        for person in other.members.iter_mut().flat_map(|it| &mut it.person) {
            person.protection = Protection::Open;
        }
        let institutions: Arc<[_]> = [roster, other].map(|it| Arc::new(Snapshot::new(it))).into();
        let options = Options::default();
        let view = View::new(institutions, &options);
        for (rights, names) in RIGHTS.into_iter().flat_map(|it| [(it, false), (it, true)]) {
            let caller = Caller { rights, institutions: None };
            let scope = view.scope(&caller);
            let reader = Reader::new(&scope, &options, names);
            for kind in Kind::ALL {
                for id in view.ids(kind, None::<Uuid>) {
                    let told = format!("{:?}", reader.object(kind, id));
                    prop_assert!(!tells(&told), "{told}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The look-ups of Unilogin know no right to real names at all.
    #[test]
    fn no_look_up_gives_a_protected_person_away(mut roster in roster()) {
        mark(&mut roster);
        let snapshot = Snapshot::new(roster);
        let number = snapshot.roster().organisation.number.clone();
        let mut trail = Trail::silent();
        for member in &snapshot.roster().members {
            let told = (
                inst::instbruger(member, &snapshot, &mut trail),
                inst::brugertilknytning(member, &snapshot, &mut trail),
                bruger::elevbruger(member, &snapshot, &mut trail),
            );
            prop_assert!(!tells(&format!("{told:?}")), "{told:?}");
            let Some(Tie::Pupil(pupil)) = &member.tie else { continue };
            for contact in &pupil.contacts {
                let told = bruger::kontaktperson(contact, number.clone().into_text(), &mut trail);
                prop_assert!(!tells(&format!("{told:?}")), "{told:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every export but the largest tells the alias of a protected person, and neither home nor number.
    #[test]
    fn no_export_gives_a_protected_person_away(mut roster in roster()) {
        persons(&mut roster).filter(|it| it.is_protected()).for_each(mark_person);
        for form in Form::ALL {
            let document = crossing::document(&roster, form, &mut Trail::silent());
            let tells = MARKS.iter().any(|it| *it != TELEPHONE && document.contains(it));
            prop_assert!(!tells || form.package == Package::FullMyndighed, "{document}");
        }
    }
}

/// Every protected person gets a name, a home, numbers and a mail address that can be told from everything else; the home is
/// that of the contact persons too.
fn mark(roster: &mut Roster<'static>) {
    for member in &mut roster.members {
        let protected = member.person.as_ref().is_some_and(Person::is_protected);
        let contacts = match &mut member.tie {
            Some(Tie::Pupil(pupil)) => &mut pupil.contacts[..],
            Some(Tie::Staff(_) | Tie::External(_)) | None => &mut [],
        };
        for person in member.person.iter_mut().chain(contacts.iter_mut().map(|it| &mut it.person)) {
            if person.is_protected() {
                mark_person(person);
            } else if protected {
                person.address = Some(home());
            }
        }
    }
}

const MARKS: [&str; 5] = ["Hemmelignavn", "hemmelignavn", "Skjulested", TELEPHONE, "7001019393"];

/// Telephones have a protection of their own in exports.
const TELEPHONE: &str = "93939393";

fn mark_person(person: &mut Person<'static>) {
    let phone = || Some(Phone { number: "93939393".into(), protected: false });
    person.name = PersonName::new("Hemmelignavn", "Hemmelignavnsen");
    person.civil_id = Some(CivilId::new("7001019393", CivilIdKind::Replacement, CountryCode::DK));
    person.email = Some("hemmelignavn@skole.example".into());
    person.address = Some(home());
    person.phones = Phones { home: phone(), work: phone(), mobile: phone() };
}

fn home() -> Address<'static> {
    let (street, postal_code, town) = (Some("Skjulested 1".into()), Some("9999".into()), Some("Skjulested".into()));
    Address { street, postal_code, town, ..Address::default() }
}

fn tells(json: &str) -> bool {
    MARKS.iter().any(|it| json.contains(it))
}

/// A law that is never broken may be a check that never looks.
#[test]
fn whoever_has_the_right_sees_real_names() {
    let mut seen = 0;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..16 {
        let mut roster = proptest::strategy::ValueTree::current(&roster().new_tree(&mut runner).unwrap());
        mark(&mut roster);
        let options = Options::default();
        let context = Context::new(&roster, &options, Rights::ALL);
        seen += usize::from(tells(&crossing::ss12000(&roster, None, &context, &mut Trail::silent())));
    }
    assert!(seen > 4, "only {seen}");
}
