//! A roster that is kept and asked: indexed once, never changed.

use std::{cmp::Ordering, collections::BTreeMap};

use super::{Group, GroupKind, Member, Membership, Roster, Text, UserId};

/// A roster with its indexes. Every question costs at most a binary search.
#[derive(Debug)]
pub struct Snapshot {
    roster: Roster<'static>,
    /// Members that have a user id, in its order.
    users: Vec<u32>,
    /// Groups in the order of their keys.
    groups: Vec<u32>,
    /// (group, member, main), sorted.
    memberships: Vec<(u32, u32, bool)>,
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
        let mut users: Vec<u32> =
            (0..index(roster.members.len())).filter(|at| user_id(&roster, *at).is_some()).collect();
        users.sort_by(|a, b| user_id(&roster, *a).cmp(&user_id(&roster, *b)));
        let mut memberships = Vec::new();
        for (member, at) in roster.members.iter().zip(0..) {
            for (group, main) in member.groups() {
                if let Some(group) = find(&roster.groups, &groups, group) {
                    memberships.push((group, at, main));
                }
            }
        }
        memberships.sort_unstable();
        Self { roster, users, groups, memberships }
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
        let compare = |at: &u32, bound: Ordering| match user_id(&self.roster, *at) {
            Some(it) => it.cmp(user) < bound,
            None => false,
        };
        let from = self.users.partition_point(|at| compare(at, Ordering::Equal));
        let to = self.users.partition_point(|at| compare(at, Ordering::Greater));
        self.users[from..to].iter().map(|at| &self.roster.members[*at as usize])
    }

    /// Places in the roster's members of all that have a user id, in the order of the ids.
    pub fn users(&self) -> &[u32] {
        &self.users
    }

    fn range(&self, group: u32) -> &[(u32, u32, bool)] {
        let from = self.memberships.partition_point(|it| it.0 < group);
        let to = self.memberships.partition_point(|it| it.0 <= group);
        &self.memberships[from..to]
    }
}

fn user_id<'r>(roster: &'r Roster<'static>, at: u32) -> Option<&'r UserId<'static>> {
    roster.members[at as usize].person.as_ref()?.user_id.as_ref()
}

fn by_key(groups: &[Group<'static>]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..index(groups.len())).collect();
    order.sort_by(|a, b| groups[*a as usize].id.cmp(&groups[*b as usize].id));
    order
}

fn find(groups: &[Group<'static>], order: &[u32], id: &str) -> Option<u32> {
    let at = order.partition_point(|it| *groups[*it as usize].id < *id);
    order.get(at).copied().filter(|it| groups[*it as usize].id == id)
}

fn unlisted(roster: &Roster<'static>, order: &[u32]) -> Vec<Group<'static>> {
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
        .map(|(id, kind)| Group { id, name: None, kind, grade: None, line: None, from: None, to: None })
        .collect()
}

/// Places are kept in 32 bits: an institution has thousands of people, not billions.
fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Enrolment, Grade, Organisation, OrganisationNumber, Person, PersonName, Pupil, PupilRole, Tie,
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
        Member { source: "S".into(), local_id: None, person: Some(person), tie }
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
        assert_eq!(snapshot.users(), [1, 2, 0]);
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
