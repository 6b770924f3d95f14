//! Everything of an institution at once, from a server elsewhere into a store.

use std::sync::Arc;

use skolebro::{
    domain::{OrganisationNumber, Roster},
    source::{
        intake::Outcome,
        upstream::{PullError, Upstream},
    },
    standards::unilogin::{eksport::Package, upstream::Asked},
    store::Sqlite,
};

use super::{at, demo, now, once, unilogin};
use crate::kept::institution;

/// Into an empty store: all of it, user ids included.
#[test]
fn a_pull_brings_everybody_as_they_are_there() {
    let proxy = demo();
    let elsewhere = unilogin(&at(proxy.address), once());
    let (store, there) = (Arc::new(Sqlite::in_memory().unwrap()), crate::kept::demo_store());
    for number in ["999001", "999006"] {
        let outcome = elsewhere.pull(&OrganisationNumber::new(number), &*store, false).unwrap();
        let Outcome::Done(receipt) = outcome else { panic!("{outcome:?}") };
        assert!(receipt.added > 0 && receipt.removed == 0);
        let (found, expected) = (institution(&store, number), institution(&there, number));
        assert!(same(found.roster(), expected.roster()), "{number}");
    }
    assert_eq!(proxy.paths(), ["/bpi/wsieksport/7", "/bpi/wsieksport/7"]);
}

/// Whether two rosters tell of the same people and groups, in whatever order. What differs is not told: it is long.
pub(super) fn same(one: &Roster<'_>, other: &Roster<'_>) -> bool {
    let told = |of: &Roster<'_>| {
        let members = of.members.iter().map(|it| format!("{it:?}"));
        let mut all: Vec<String> = members.chain(of.groups.iter().map(|it| format!("{it:?}"))).collect();
        all.sort();
        all
    };
    !one.members.is_empty() && told(one) == told(other)
}

/// Of every package, and civil registration numbers only where they are asked for.
#[test]
fn a_pull_asks_for_the_configured_package() {
    for package in Package::ALL {
        for civil_numbers in [true, false] {
            let mut elsewhere = unilogin(&at(demo().address), once());
            (elsewhere.package, elsewhere.civil_numbers) = (package, civil_numbers);
            let store = Sqlite::in_memory().unwrap();
            elsewhere.pull(&OrganisationNumber::new("999006"), &store, false).unwrap();
            let snapshot = institution(&store, "999006");
            let people = || snapshot.roster().members.iter().filter_map(|it| it.person.as_ref());
            let told = people().any(|it| it.civil_id.is_some());
            assert_eq!(told, civil_numbers && package != Package::Small, "{package:?}");
            assert_eq!(people().any(|it| it.address.is_some()), package >= Package::Full, "{package:?}");
        }
    }
}

/// An institution that the service does not know, which it says as a lack of rights.
#[test]
fn an_unknown_institution_is_refused() {
    let elsewhere = unilogin(&at(demo().address), once());
    let refused = elsewhere.pull(&OrganisationNumber::new("000000"), &Sqlite::in_memory().unwrap(), false);
    assert!(matches!(refused, Err(PullError::Refused(_))), "{refused:?}");
}

/// What the service says of itself and of its agreements.
#[test]
fn greetings_and_agreements_are_told() {
    let elsewhere = unilogin(&at(demo().address), once());
    for service in Asked::ALL {
        assert_eq!(now(elsewhere.hello(service)).unwrap(), "Hello DEMO01!");
        let agreements = now(elsewhere.agreements_of(service, None)).unwrap();
        assert_eq!(agreements.len(), if service == Asked::Identifikation { 0 } else { 7 }, "{service:?}");
    }
    assert_eq!(now(elsewhere.agreements()).unwrap().len(), 7);
}
