//! The store that lives as long as the process. Readers never wait: they hold the state they began with.

use std::{
    future,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use crate::{
    domain::{CivilId, Hierarchy, OrganisationNumber, Snapshot, UserId, claim},
    source::{Answer, Institutions, Part, Source},
};

/// An immutable state of all institutions, exchanged as a whole.
#[derive(Debug, Default)]
pub struct Memory {
    state: RwLock<Arc<State>>,
    /// Held by whoever makes the next state.
    writing: Mutex<()>,
}

#[derive(Debug)]
struct State {
    /// Ordered by number.
    institutions: Institutions,
    /// The digest of each user id at an institution, and the institution: once for each, in this order.
    users: Vec<(u64, u32)>,
}

impl Default for State {
    fn default() -> Self {
        Self { institutions: Arc::new([]), users: Vec::new() }
    }
}

impl Memory {
    /// A store that holds these institutions; of two with one number the later counts.
    pub fn new(institutions: impl IntoIterator<Item = Snapshot>) -> Self {
        let memory = Self::default();
        memory.put(institutions);
        memory
    }

    /// Adds institutions, or puts them in the place of the older ones with their numbers.
    pub fn put(&self, institutions: impl IntoIterator<Item = Snapshot>) {
        self.exchange(|all| {
            for institution in institutions {
                match all.binary_search_by(|it| number(it).cmp(number(&institution))) {
                    Ok(at) => all[at] = Arc::new(institution),
                    Err(at) => all.insert(at, Arc::new(institution)),
                }
            }
        });
    }

    /// Forgets an institution. False if there was none with this number.
    pub fn remove(&self, gone: &OrganisationNumber<'_>) -> bool {
        let mut removed = false;
        self.exchange(|all| {
            let before = all.len();
            all.retain(|it| number(it) != gone);
            removed = all.len() < before;
        });
        removed
    }

    /// Makes the next state beside the present one, so that readers wait for no more than the exchange of a pointer.
    fn exchange(&self, change: impl FnOnce(&mut Vec<Arc<Snapshot>>)) {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.state().institutions.to_vec();
        change(&mut all);
        let next = Arc::new(State::new(all));
        let past = std::mem::replace(&mut *self.state.write().unwrap_or_else(PoisonError::into_inner), next);
        // Letting go of thousands of people takes its time, too.
        drop(past);
    }

    fn state(&self) -> Arc<State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn number(snapshot: &Snapshot) -> &OrganisationNumber<'static> {
    &snapshot.roster().organisation.number
}

impl State {
    fn new(institutions: Vec<Arc<Snapshot>>) -> Self {
        let mut users: Vec<(u64, u32)> = Vec::new();
        for (institution, snapshot) in (0..).zip(&institutions) {
            users.extend(snapshot.user_digests().map(|digest| (digest, institution)));
        }
        // Each institution is in order already, which the sort makes use of.
        users.sort();
        users.dedup();
        Self { institutions: institutions.into(), users }
    }

    fn get(&self, wanted: &OrganisationNumber<'_>) -> Option<Arc<Snapshot>> {
        let at = self.institutions.binary_search_by(|it| number(it).as_str().cmp(wanted.as_str())).ok()?;
        Some(self.institutions[at].clone())
    }

    fn of_user(&self, wanted: &UserId<'_>) -> Vec<Arc<Snapshot>> {
        let digest = wanted.digest();
        let from = self.users.partition_point(|it| it.0 < digest);
        let alike = self.users[from..].iter().take_while(|it| it.0 == digest);
        let institutions = alike.map(|it| &self.institutions[it.1 as usize]);
        institutions.filter(|it| it.knows(wanted)).cloned().collect()
    }

    fn user_with(&self, number: &CivilId<'_>) -> Option<UserId<'static>> {
        claim::user(self.institutions.iter().flat_map(|it| it.people_claiming(number)))
    }

    fn civil_id_of(&self, user: &UserId<'_>) -> Option<CivilId<'static>> {
        let institutions = self.of_user(user);
        claim::civil_id(institutions.iter().flat_map(|it| it.people_with(user)))
    }

    fn hierarchy(&self, of: &OrganisationNumber<'_>) -> Option<Hierarchy<'static>> {
        let asked = self.get(of)?;
        let organisation = &asked.roster().organisation;
        let main = organisation.main().unwrap_or(&organisation.number);
        let below = |it: &&Arc<Snapshot>| it.roster().organisation.main() == Some(main);
        let departments = self.institutions.iter().filter(below).map(|it| number(it).clone()).collect();
        Some(Hierarchy { main: Some(main.clone()), departments })
    }
}

impl Source for Memory {
    fn institution<'s>(&'s self, number: &'s OrganisationNumber<'s>, _: Part<'s>) -> Answer<'s, Option<Arc<Snapshot>>> {
        Box::pin(future::ready(Ok(self.state().get(number))))
    }

    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        Box::pin(future::ready(Ok(self.state().of_user(user))))
    }

    fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        Box::pin(future::ready(Ok(self.state().user_with(number))))
    }

    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        Box::pin(future::ready(Ok(self.state().civil_id_of(user))))
    }

    fn hierarchy<'s>(&'s self, number: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        Box::pin(future::ready(Ok(self.state().hierarchy(number))))
    }

    fn institutions(&self) -> Answer<'_, Institutions> {
        Box::pin(future::ready(Ok(self.state().institutions.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CivilIdKind, CountryCode, Member, Organisation, Person, PersonName, Roster};

    fn institution(number: &'static str, main: Option<&'static str>, users: &[&'static str]) -> Snapshot {
        let mut organisation = Organisation::numbered(OrganisationNumber::new(number));
        organisation.parent = main.map(OrganisationNumber::new);
        let member = |id: &&'static str| {
            let person = Person { user_id: Some(UserId::new(*id)), ..Person::named(PersonName::new("A", "B")) };
            Member { source: "S".into(), local_id: None, person: Some(person), tie: None, since: None }
        };
        let members = users.iter().map(member).collect();
        Snapshot::new(Roster { organisation, exported_at: None, sources: Vec::new(), groups: Vec::new(), members })
    }

    fn numbers(found: Vec<Arc<Snapshot>>) -> Vec<String> {
        found.iter().map(|it| number(it).as_str().to_owned()).collect()
    }

    #[test]
    fn a_user_is_found_at_every_institution() {
        let memory = Memory::new([institution("200", None, &["b", "a"]), institution("100", None, &["A"])]);
        assert_eq!(numbers(memory.state().of_user(&UserId::new("a"))), ["100", "200"]);
        assert_eq!(numbers(memory.state().of_user(&UserId::new("c"))), [""; 0]);
        memory.put([institution("100", None, &["c"])]);
        assert_eq!(numbers(memory.state().of_user(&UserId::new("c"))), ["100"]);
        assert!(memory.remove(&OrganisationNumber::new("200")));
        assert!(!memory.remove(&OrganisationNumber::new("200")));
        assert_eq!(numbers(memory.state().of_user(&UserId::new("a"))), [""; 0]);
    }

    /// An institution with one user who has this number.
    fn with_number(
        institution_number: &'static str,
        id: &'static str,
        number: &'static str,
        kind: CivilIdKind,
    ) -> Snapshot {
        let mut roster = institution(institution_number, None, &[id]).roster().clone();
        roster.members[0].person.as_mut().unwrap().civil_id = Some(CivilId::new(number, kind, CountryCode::DK));
        Snapshot::new(roster)
    }

    #[test]
    fn numbers_lead_to_users_and_back_across_institutions() {
        let memory = Memory::new([
            with_number("1", "anna0001", "6701014001", CivilIdKind::Replacement),
            with_number("2", "ANNA0001", "670101-4001", CivilIdKind::Unknown),
            with_number("3", "bo000001", "6701014002", CivilIdKind::Unverified),
            with_number("4", "carl0001", "6701014002", CivilIdKind::Verified),
            with_number("5", "dina0001", "6701014003", CivilIdKind::Replacement),
            with_number("6", "emil0001", "6701014003", CivilIdKind::Replacement),
            with_number("7", "fie00001", "0000000000", CivilIdKind::Verified),
        ]);
        let user = |it| memory.state().user_with(&CivilId::new(it, CivilIdKind::Unknown, CountryCode::DK));
        assert_eq!(user("6701014001"), Some(UserId::new("anna0001")));
        assert_eq!(user("6701014002"), Some(UserId::new("carl0001")), "verified beats unverified");
        assert_eq!(user("6701014003"), None, "two organisations gave out one replacement number");
        assert_eq!((user("0000000000"), user("6701014004")), (None, None));
        let number = |it| memory.state().civil_id_of(&UserId::new(it)).map(|it| it.reveal().to_owned());
        assert_eq!(number("Anna0001").as_deref(), Some("6701014001"));
        assert_eq!((number("bo000001").as_deref(), number("fie00001")), (Some("6701014002"), None));
    }

    #[test]
    fn a_hierarchy_is_the_same_from_every_department() {
        let memory = Memory::new([
            institution("1", Some("1"), &[]),
            institution("2", Some("1"), &[]),
            institution("3", None, &[]),
        ]);
        let hierarchy = |it| memory.state().hierarchy(&OrganisationNumber::new(it)).unwrap();
        assert_eq!(hierarchy("1"), hierarchy("2"));
        assert_eq!(hierarchy("2").departments, [OrganisationNumber::new("2")]);
        assert_eq!(hierarchy("3"), Hierarchy { main: Some(OrganisationNumber::new("3")), departments: Vec::new() });
    }
}
