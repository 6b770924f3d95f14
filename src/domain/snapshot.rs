//! A roster that is kept and asked: indexed once, never changed.

use std::{cmp::Ordering, collections::BTreeMap, sync::OnceLock};

use chrono::{DateTime, FixedOffset};

use super::{
    CivilId, ContactPerson, Group, GroupKind, ImportSource, Member, Membership, Person, Roster, Text, UserId,
    identity::digest,
};

/// A roster with its indexes. Every question costs at most a binary search.
#[derive(Debug)]
pub struct Snapshot {
    roster: Roster<'static>,
    /// Everybody who has a user id, in the order of its digest; of one user members before contact persons. The digests
    /// stand beside each other, so that a search among many people stays in the cache.
    users: Vec<(u64, Place)>,
    /// Everybody who has a civil id that is somebody's, in its order. Made when it is first asked for: few ask.
    civil_ids: OnceLock<Vec<Place>>,
    /// Groups in the order of the digests of their keys, as users are.
    groups: Vec<(u64, u32)>,
    /// (group, member, main), sorted.
    memberships: Vec<(u32, u32, bool)>,
    renamed: Renamed,
}

/// Of user ids that people got in place of others, in lower case, the first one: it is what other standards have made ids of.
pub type Renamed = BTreeMap<String, UserId<'static>>;

/// Where a person stands in a snapshot: a member, or a contact person of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    member: u32,
    contact: Option<u32>,
}

impl Snapshot {
    /// Indexes a roster. Groups that members are in but nobody listed are added: main groups as such, others as [`GroupKind::Other`].
    pub fn new(mut roster: Roster<'static>) -> Self {
        let mut groups = by_key(&roster.groups);
        let unlisted = unlisted(&roster, &groups);
        if !unlisted.is_empty() {
            roster.groups.extend(unlisted);
            groups = by_key(&roster.groups);
        }
        let digested = |it: Place| Some((user_id(&roster, it)?.digest(), it));
        let mut users: Vec<(u64, Place)> = places(&roster).filter_map(digested).collect();
        users.sort_by_key(|(digest, place)| (*digest, place.contact.is_some()));
        let mut memberships = Vec::new();
        for (member, at) in roster.members.iter().zip(0..) {
            for (group, main) in member.groups() {
                if let Some(group) = find(&roster.groups, &groups, group) {
                    memberships.push((group, at, main));
                }
            }
        }
        memberships.sort_unstable();
        Self { roster, users, civil_ids: OnceLock::new(), groups, memberships, renamed: Renamed::new() }
    }

    /// The same people and groups, told of by sources of another moment and put together then.
    #[must_use]
    pub fn told_again(&self, sources: Vec<ImportSource<'static>>, exported_at: Option<DateTime<FixedOffset>>) -> Self {
        let Self { roster, users, civil_ids, groups, memberships, renamed } = self;
        let Roster { organisation, exported_at: _, sources: _, groups: listed, members } = roster;
        let (organisation, listed, members) = (organisation.clone(), listed.clone(), members.clone());
        Self {
            roster: Roster { organisation, exported_at, sources, groups: listed, members },
            users: users.clone(),
            civil_ids: civil_ids.clone(),
            groups: groups.clone(),
            memberships: memberships.clone(),
            renamed: renamed.clone(),
        }
    }

    /// The same, and who of its people had other user ids before.
    #[must_use]
    pub fn with_renamed(mut self, all: impl IntoIterator<Item = (String, UserId<'static>)>) -> Self {
        self.renamed = all.into_iter().filter(|(user, _)| self.knows(&UserId::new(user.as_str()))).collect();
        self
    }

    /// Who of its people had other user ids before.
    pub fn renamed(&self) -> &Renamed {
        &self.renamed
    }

    /// All of it.
    pub fn roster(&self) -> &Roster<'static> {
        &self.roster
    }

    /// The group with this key.
    pub fn group(&self, id: &str) -> Option<&Group<'static>> {
        find(&self.roster.groups, &self.groups, id).map(|at| &self.roster.groups[at as usize])
    }

    /// Who is in the group with this key, in the roster's order.
    pub fn members_of(&self, id: &str) -> impl Iterator<Item = Membership<'_>> {
        let range = match find(&self.roster.groups, &self.groups, id) {
            Some(group) => self.range(group),
            None => &[],
        };
        range.iter().map(|(_, member, main)| Membership { member: &self.roster.members[*member as usize], main: *main })
    }

    /// The members with this user id: one, unless two sources tell of the same person.
    pub fn members_with(&self, user: &UserId<'_>) -> impl Iterator<Item = &Member<'static>> {
        self.places_of(user).filter(|it| it.contact.is_none()).map(|it| &self.roster.members[it.member as usize])
    }

    /// The pupils that this user is a contact person of, in the roster's order, each with what the user is to them.
    pub fn contacts_with(
        &self,
        user: &UserId<'_>,
    ) -> impl Iterator<Item = (&Member<'static>, &ContactPerson<'static>)> {
        self.places_of(user).filter_map(|it| {
            let member = &self.roster.members[it.member as usize];
            Some((member, member.contacts().get(it.contact? as usize)?))
        })
    }

    /// What is told of this user, as a member and as a contact person.
    pub fn people_with(&self, user: &UserId<'_>) -> impl Iterator<Item = &Person<'static>> {
        self.places_of(user).filter_map(|it| person(&self.roster, it))
    }

    /// Everybody who is said to have this number, members and contact persons. Nobody has ten zeros.
    pub fn people_claiming(&self, number: &CivilId<'_>) -> impl Iterator<Item = &Person<'static>> {
        let order = self.civil_ids.get_or_init(|| by_civil_id(&self.roster));
        let places = span(order, |it| civil_id(&self.roster, it).map_or(Ordering::Less, |it| it.cmp_number(number)));
        places.iter().filter_map(|it| person(&self.roster, *it))
    }

    /// Whether anybody here has this user id, as a member or as a contact person.
    pub fn knows(&self, user: &UserId<'_>) -> bool {
        self.places_of(user).next().is_some()
    }

    /// The digests of all user ids, ascending; of one that several places share, one for each.
    pub fn user_digests(&self) -> impl Iterator<Item = u64> {
        self.users.iter().map(|it| it.0)
    }

    fn places_of(&self, user: &UserId<'_>) -> impl Iterator<Item = Place> {
        let wanted = user.digest();
        let from = self.users.partition_point(|it| it.0 < wanted);
        let alike = self.users[from..].iter().take_while(move |it| it.0 == wanted).map(|it| it.1);
        alike.filter(move |it| user_id(&self.roster, *it).is_some_and(|it| it == user))
    }

    fn range(&self, group: u32) -> &[(u32, u32, bool)] {
        let from = self.memberships.partition_point(|it| it.0 < group);
        let to = self.memberships.partition_point(|it| it.0 <= group);
        &self.memberships[from..to]
    }
}

/// The places of an order that compare as equal.
fn span(order: &[Place], compare: impl Fn(Place) -> Ordering) -> &[Place] {
    let from = order.partition_point(|it| compare(*it).is_lt());
    let length = order[from..].partition_point(|it| compare(*it).is_eq());
    &order[from..from + length]
}

/// Every place of a roster: each member, then the member's contact persons.
fn places<'r>(roster: &'r Roster<'static>) -> impl Iterator<Item = Place> + 'r {
    (0..).zip(&roster.members).flat_map(|(member, it)| {
        let own = std::iter::once(Place { member, contact: None });
        own.chain((0..).zip(it.contacts()).map(move |(contact, _)| Place { member, contact: Some(contact) }))
    })
}

fn person<'r>(roster: &'r Roster<'static>, place: Place) -> Option<&'r Person<'static>> {
    let member = &roster.members[place.member as usize];
    match place.contact {
        None => member.person.as_ref(),
        Some(contact) => member.contacts().get(contact as usize).map(|it| &it.person),
    }
}

fn user_id<'r>(roster: &'r Roster<'static>, place: Place) -> Option<&'r UserId<'static>> {
    person(roster, place)?.user_id.as_ref()
}

fn civil_id<'r>(roster: &'r Roster<'static>, place: Place) -> Option<&'r CivilId<'static>> {
    person(roster, place)?.civil_id.as_ref()
}

fn by_civil_id(roster: &Roster<'static>) -> Vec<Place> {
    let is_somebodys = |it: Place| civil_id(roster, it).filter(|it| !it.is_placeholder());
    let mut order: Vec<(u128, Place)> = places(roster).filter_map(|it| Some((is_somebodys(it)?.rank(), it))).collect();
    order.sort_by(|(rank, a), (other, b)| {
        rank.cmp(other).then_with(|| match (civil_id(roster, *a), civil_id(roster, *b)) {
            (Some(a), Some(b)) => a.cmp_number(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
    });
    order.into_iter().map(|it| it.1).collect()
}

fn by_key(groups: &[Group<'static>]) -> Vec<(u64, u32)> {
    let mut order: Vec<(u64, u32)> = groups.iter().map(|it| digest(it.id.bytes())).zip(0..).collect();
    order.sort_unstable();
    order
}

fn find(groups: &[Group<'static>], order: &[(u64, u32)], id: &str) -> Option<u32> {
    let wanted = digest(id.bytes());
    let from = order.partition_point(|it| it.0 < wanted);
    let alike = order[from..].iter().take_while(|it| it.0 == wanted).map(|it| it.1);
    alike.into_iter().find(|it| groups[*it as usize].id == id)
}

fn unlisted(roster: &Roster<'static>, order: &[(u64, u32)]) -> Vec<Group<'static>> {
    let mut missing: BTreeMap<Text<'static>, GroupKind> = BTreeMap::new();
    for (group, main) in roster.members.iter().flat_map(Member::groups) {
        if find(&roster.groups, order, group).is_none() {
            let kind = missing.entry(group.clone()).or_insert(GroupKind::Other);
            if main {
                *kind = GroupKind::Main;
            }
        }
    }
    missing
        .into_iter()
        .map(|(id, kind)| Group { id, name: None, kind, grade: None, line: None, from: None, to: None, since: None })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        CivilIdKind, CountryCode, Enrolment, Grade, Organisation, OrganisationNumber, PersonName, Pupil, PupilRole,
        Relation, Tie,
    };

    fn pupil(user: &'static str, main_group: &'static str, groups: &[&'static str]) -> Member<'static> {
        let groups = groups.iter().map(|it| Text::Borrowed(*it)).collect();
        let enrolment = Enrolment {
            role: PupilRole::Pupil,
            grade: Some(Grade::Year(7)),
            main_group: main_group.into(),
            student_number: None,
            location: None,
            groups,
        };
        let person = Person { user_id: Some(UserId::new(user)), ..Person::named(PersonName::new(user, "Eksempel")) };
        let tie = Some(Tie::Pupil(Pupil { enrolment, contacts: Vec::new() }));
        Member { source: "S".into(), local_id: None, person: Some(person), tie, since: None }
    }

    fn snapshot() -> Snapshot {
        let group = |id: &'static str| Group {
            id: id.into(),
            name: None,
            kind: GroupKind::Main,
            grade: None,
            line: None,
            from: None,
            to: None,
            since: None,
        };
        Snapshot::new(Roster {
            organisation: Organisation::numbered(OrganisationNumber::new("101001")),
            exported_at: None,
            sources: Vec::new(),
            groups: vec![group("7B"), group("7A")],
            members: vec![
                pupil("carl0001", "7A", &["mat", "7A", "mat"]),
                pupil("Anna0001", "7B", &["mat"]),
                pupil("bo00001", "7A", &[]),
            ],
        })
    }

    #[test]
    fn users_are_found_in_any_case() {
        let snapshot = snapshot();
        let names = |id| snapshot.members_with(&UserId::new(id)).count();
        assert_eq!((names("ANNA0001"), names("bo00001"), names("dorte001")), (1, 1, 0));
    }

    fn with_contacts(mut pupil: Member<'static>, contacts: &[(&'static str, &'static str)]) -> Member<'static> {
        let contact = |(user, number): &(&'static str, &'static str)| {
            let civil_id = Some(CivilId::new(*number, CivilIdKind::Verified, CountryCode::DK));
            let named = Person::named(PersonName::new("Kim", "Eksempel"));
            let person = Person { user_id: Some(UserId::new(*user)), civil_id, ..named };
            ContactPerson { person, relation: Relation::Other, custody: false, access: None, office: None }
        };
        if let Some(Tie::Pupil(it)) = &mut pupil.tie {
            it.contacts = contacts.iter().map(contact).collect();
        }
        pupil
    }

    /// Two pupils with one contact person, who is an adult student too.
    fn family() -> Snapshot {
        let organisation = Organisation::numbered(OrganisationNumber::new("101001"));
        let members = vec![
            with_contacts(pupil("bo00001", "7A", &[]), &[("dina0001", "0000000000"), ("kim00001", "670101-4001")]),
            with_contacts(pupil("anna0001", "7A", &[]), &[("KIM00001", "6701014001")]),
            pupil("kim00001", "VU", &[]),
        ];
        Snapshot::new(Roster { organisation, exported_at: None, sources: Vec::new(), groups: Vec::new(), members })
    }

    #[test]
    fn contact_persons_are_users_too() {
        let snapshot = family();
        let pupils = |id| {
            let user = UserId::new(id);
            let found = snapshot.contacts_with(&user);
            found.map(|(it, _)| it.person.as_ref().unwrap().name.given.clone()).collect::<Vec<_>>()
        };
        assert_eq!(pupils("Kim00001"), ["bo00001", "anna0001"]);
        assert_eq!((pupils("dina0001"), pupils("anna0001")), (vec!["bo00001".into()], Vec::new()));
        let count =
            |id| (snapshot.members_with(&UserId::new(id)).count(), snapshot.people_with(&UserId::new(id)).count());
        assert_eq!((count("kim00001"), count("dina0001"), count("nobody01")), ((1, 3), (0, 1), (0, 0)));
    }

    #[test]
    fn people_are_found_by_number_and_nobody_by_ten_zeros() {
        let snapshot = family();
        let count =
            |number| snapshot.people_claiming(&CivilId::new(number, CivilIdKind::Unknown, CountryCode::DK)).count();
        assert_eq!((count("6701014001"), count("670101-4001"), count("6701014002")), (2, 2, 0));
        assert_eq!(count("0000000000"), 0);
    }

    #[test]
    fn other_sources_change_nothing_else() {
        let before = snapshot();
        let source = ImportSource {
            source: "S".into(),
            extracted_at: DateTime::default(),
            school_year: crate::domain::SchoolYear { first: 2026, last: 2027 },
        };
        let exported_at = Some(source.extracted_at);
        let after = before.told_again(vec![source.clone()], exported_at);
        let made_anew = Snapshot::new(Roster { sources: vec![source], exported_at, ..before.roster().clone() });
        assert_eq!(format!("{after:?}"), format!("{made_anew:?}"));
    }

    #[test]
    fn groups_know_their_members_and_unlisted_ones_are_added() {
        let snapshot = snapshot();
        let members = |id| {
            snapshot
                .members_of(id)
                .map(|it| (it.member.person.as_ref().unwrap().name.given.clone(), it.main))
                .collect::<Vec<_>>()
        };
        assert_eq!(members("7A"), [("carl0001".into(), true), ("bo00001".into(), true)]);
        assert_eq!(members("mat"), [("carl0001".into(), false), ("Anna0001".into(), false)]);
        assert_eq!(members("none"), []);
        assert_eq!(snapshot.group("mat").unwrap().kind, GroupKind::Other);
        assert_eq!(snapshot.group("7B").unwrap().display_name(), "7B");
    }
}
