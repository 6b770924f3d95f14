//! As what somebody is known at an institution, and nothing more.

use super::{ExternalRole, PupilRole, Relation, Snapshot, StaffRole, Tie, UserId};

/// One manner of belonging to an institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// As a pupil.
    Pupil(PupilRole),
    /// On the staff, in these roles: at least one.
    Staff(Vec<StaffRole>),
    /// From outside.
    External(ExternalRole),
    /// As a contact person, this to a pupil or to several.
    Contact(Relation),
}

impl Snapshot {
    /// As what a user is known here: each manner once, whatever number of sources or pupils tell of it, in the order of
    /// [`Standing`]'s variants. Everything on the staff is one manner.
    pub fn standings(&self, user: &UserId<'_>) -> Vec<Standing> {
        let (mut pupil, mut roles, mut external, mut contact) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for tie in self.members_with(user).filter_map(|it| it.tie.as_ref()) {
            match tie {
                Tie::Pupil(it) => add(&mut pupil, it.enrolment.role),
                Tie::Staff(it) => it.roles.iter().for_each(|role| add(&mut roles, *role)),
                Tie::External(it) => add(&mut external, it.role),
            }
        }
        self.contacts_with(user).for_each(|(_, it)| add(&mut contact, it.relation));
        contact.sort_unstable();
        let mut all: Vec<Standing> = pupil.into_iter().map(Standing::Pupil).collect();
        all.extend((!roles.is_empty()).then_some(Standing::Staff(roles)));
        all.extend(external.into_iter().map(Standing::External));
        all.extend(contact.into_iter().map(Standing::Contact));
        all
    }
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ContactPerson, Employment, Enrolment, Member, Organisation, OrganisationNumber, Person, PersonName, Pupil,
        Roster,
    };

    fn member(tie: Option<Tie<'static>>) -> Member<'static> {
        Member { source: "S".into(), local_id: None, person: Some(kim()), tie, since: None }
    }

    fn kim() -> Person<'static> {
        Person { user_id: Some(UserId::new("kim00001")), ..Person::named(PersonName::new("Kim", "Eksempel")) }
    }

    fn staff(roles: &[StaffRole]) -> Tie<'static> {
        let roles = roles.to_vec();
        Tie::Staff(Employment { roles, initials: None, occupation: None, location: None, groups: Vec::new() })
    }

    /// A pupil whose contact person is Kim, and who is not.
    fn child(relation: Relation) -> Member<'static> {
        let enrolment = Enrolment {
            role: PupilRole::Pupil,
            grade: None,
            main_group: "7A".into(),
            student_number: None,
            location: None,
            groups: Vec::new(),
        };
        let contacts = vec![ContactPerson { person: kim(), relation, custody: true, access: None, office: None }];
        let person = Some(Person::named(PersonName::new("Bo", "Eksempel")));
        Member {
            source: "S".into(),
            local_id: None,
            person,
            tie: Some(Tie::Pupil(Pupil { enrolment, contacts })),
            since: None,
        }
    }

    fn standings(members: Vec<Member<'static>>) -> Vec<Standing> {
        let organisation = Organisation::numbered(OrganisationNumber::new("101001"));
        let roster = Roster { organisation, exported_at: None, sources: Vec::new(), groups: Vec::new(), members };
        Snapshot::new(roster).standings(&UserId::new("KIM00001"))
    }

    #[test]
    fn every_manner_is_told_once() {
        let two_sources = vec![
            child(Relation::Other),
            member(Some(staff(&[StaffRole::Teacher, StaffRole::Head]))),
            child(Relation::Mother),
            member(Some(staff(&[StaffRole::Substitute, StaffRole::Teacher]))),
            child(Relation::Mother),
        ];
        let roles = vec![StaffRole::Teacher, StaffRole::Head, StaffRole::Substitute];
        let expected =
            [Standing::Staff(roles), Standing::Contact(Relation::Mother), Standing::Contact(Relation::Other)];
        assert_eq!(standings(two_sources), expected);
    }

    #[test]
    fn without_a_tie_or_a_role_there_is_none() {
        assert_eq!(standings(vec![member(None), member(Some(staff(&[])))]), []);
    }
}
