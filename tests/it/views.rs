//! A view of SS12000 that goes on from an earlier one is the view that is made from nothing.

use std::sync::Arc;

use proptest::prelude::*;
use skolebro::{
    domain::{OrganisationNumber, Protection, Roster, Snapshot},
    source::Institutions,
    standards::ss12000::{
        context::{Options, Rights},
        view::{Caller, Key, Kind, Reader, View},
    },
};

use crate::rosters::{persons, roster};

/// Everything that a view tells, to callers who see all institutions and to one who sees the second only.
fn told(view: &View, options: &Options) -> String {
    let mut out = String::new();
    for institutions in [None, Some(vec![OrganisationNumber::new("Z00001")])] {
        let caller = Caller { rights: Rights { real_names: false, ..Rights::ALL }, institutions, ..Caller::default() };
        let scope = view.scope(&caller);
        let reader = Reader::new(&scope, options, true);
        for kind in Kind::ALL {
            for id in view.ids(kind, None) {
                out.push_str(&format!("{:?}\n", reader.object(kind, id)));
            }
        }
        for person in view.ids(Kind::Person, None).filter_map(|it| reader.person(it)) {
            for identifier in &person.external_identifiers {
                out.push_str(&format!("{:?}\n", view.known_by(Key::Identifier, &identifier.value)));
            }
        }
    }
    out
}

fn numbered(mut roster: Roster<'static>, at: usize) -> Arc<Snapshot> {
    roster.organisation.number = OrganisationNumber::new(format!("Z{at:05}"));
    Arc::new(Snapshot::new(roster))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_not_matter_what_was_seen_before(
        rosters in prop::collection::vec(roster(), 4),
        kept in prop::collection::vec(any::<bool>(), 5),
        marks in any::<bool>(),
    ) {
        let options = Options { other_adults: true, ..Options::default() };
        // The same people everywhere, so that what one institution says of them matters at the others.
        let base = rosters[0].clone();
        let all: Vec<Arc<Snapshot>> = rosters.into_iter().chain([base]).zip(0..).map(|(it, at)| numbered(it, at)).collect();
        let before = View::new(all.clone().into(), None, &options);
        let mut after: Vec<Arc<Snapshot>> = Vec::new();
        for (snapshot, kept) in all.iter().zip(&kept).rev() {
            if *kept {
                after.push(snapshot.clone());
            } else if marks {
                let mut changed = snapshot.roster().clone();
                persons(&mut changed).for_each(|it| it.protection = Protection::Protected);
                changed.organisation.parent = Some(all[0].roster().organisation.number.clone());
                after.push(Arc::new(Snapshot::new(changed)));
            }
        }
        let after: Institutions = after.into();
        let anew = View::new(after.clone(), None, &options);
        let further = View::new(after, Some(&before), &options);
        prop_assert_eq!(told(&further, &options), told(&anew, &options));
    }
}
