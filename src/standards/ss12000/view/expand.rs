//! SS12000 2.1, what `expand` adds to objects, and what ties persons to organisations.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Kind, Reader};
use crate::standards::ss12000::{
    crosswalk::{self, GroupKey, Objects},
    model::{self, Day},
};

/// What ties a person to an organisation element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// Of what kind, in the words of `relationship.entity.type`.
    pub kind: &'static str,
    /// Where.
    pub organisation: Uuid,
    /// Its first day.
    pub from: Option<Day>,
    /// Its last day.
    pub to: Option<Day>,
}

impl Reader<'_> {
    /// Everything that ties a person to organisation elements, as far as the caller may see it.
    pub fn relations(&self, id: Uuid) -> Vec<Relation> {
        let mut relations = Vec::new();
        let mut children = BTreeSet::new();
        for row in self.rows(Kind::Person, id) {
            let Objects { person, adults: _, duties, placements, joined, taught: _ } = self.objects(row);
            if row.part > 0 {
                children.extend(person.map(|it| it.id));
                continue;
            }
            let organisation = self.context(row).unit;
            relations.extend(person.iter().flat_map(|it| &it.enrolments).map(|it| enrolment("enrolment", it)));
            relations.extend(placements.iter().map(|it| placement("placement.child", it)));
            for duty in &duties {
                let (kind, from, to) = ("duty", Some(duty.start_date), duty.end_date);
                relations.push(Relation { kind, organisation: duty.duty_at.id, from, to });
            }
            let member = Relation { kind: "groupMembership", organisation, from: None, to: None };
            relations.extend(joined.iter().map(|_| member));
            let tasks = duties.iter().flat_map(|it| &it.assignment_role);
            relations.extend(tasks.map(|it| Relation { from: it.start_date, to: it.end_date, ..member }));
        }
        for row in children.into_iter().flat_map(|child| self.rows(Kind::Person, child)).filter(|it| it.part == 0) {
            let Objects { person, adults: _, duties: _, placements, joined: _, taught: _ } = self.objects(row);
            let enrolments = person.iter().flat_map(|it| &it.enrolments);
            relations.extend(enrolments.map(|it| enrolment("responsibleFor.enrolment", it)));
            relations.extend(placements.iter().map(|it| placement("responsibleFor.placement", it)));
        }
        relations
    }

    /// The duties of a person.
    pub fn duties_of(&self, person: Uuid) -> BTreeSet<Uuid> {
        let rows = self.rows(Kind::Person, person).filter(|it| it.part == 0);
        rows.flat_map(|it| self.objects(it).duties).map(|it| it.id).collect()
    }

    /// The placements of a child.
    pub fn placements_of(&self, child: Uuid) -> BTreeSet<Uuid> {
        let rows = self.rows(Kind::Person, child).filter(|it| it.part == 0);
        rows.flat_map(|it| self.objects(it).placements).map(|it| it.id).collect()
    }

    /// What `expand` adds to a person: a list for each name that was asked for, if it is empty too. Who may not see whom adults are
    /// responsible for gets no such list.
    pub fn person_embedded(&self, id: Uuid, names: &[&str]) -> model::PersonEmbedded<'_> {
        let asked = |name: &str| names.contains(&name);
        let responsibles = self.scope.rights().responsibles;
        let mut out = model::PersonEmbedded {
            responsible_for: (asked("responsibleFor") && responsibles).then(Vec::new),
            placements: asked("placements").then(Vec::new),
            owned_placements: asked("ownedPlacements").then(Vec::new),
            duties: asked("duties").then(Vec::new),
            group_memberships: asked("groupMemberships").then(Vec::new),
        };
        for row in self.rows(Kind::Person, id) {
            let Objects { person, adults, duties, placements, joined, taught: _ } = self.objects(row);
            if row.part > 0 {
                let own = adults.get(row.part as usize - 1).map(|it| it.id);
                let child = person.and_then(|it| self.responsible_for(it, own));
                let known = |all: &[model::Responsible<'_>], one: &model::Responsible<'_>| {
                    all.iter().any(|it| it.person.id == one.person.id)
                };
                if let Some((all, child)) =
                    out.responsible_for.as_mut().zip(child).filter(|(all, one)| !known(all, one))
                {
                    all.push(child);
                }
                continue;
            }
            if let Some(all) = &mut out.placements {
                let new = placements.into_iter().filter(|it| all.iter().all(|one| one.id != it.id));
                let new: Vec<_> = new.map(|it| self.stamped_placement(it)).collect();
                all.extend(new);
            }
            if let Some(all) = &mut out.duties {
                let new = duties.into_iter().filter(|it| all.iter().all(|one| one.id != it.id));
                let new: Vec<_> = new.filter_map(|it| self.duty(it.id)).collect();
                all.extend(new);
            }
            if let Some(all) = &mut out.group_memberships {
                let listed = joined.iter().filter_map(|it| match it.group {
                    GroupKey::Listed(at) => self.fragment(row.institution, at),
                    GroupKey::Unlisted { .. } => None,
                });
                // Two local systems may tell of one person in one group.
                let new: Vec<_> = listed.filter(|it| all.iter().all(|one| one.group.id != it.id)).collect();
                all.extend(new.into_iter().map(|group| model::PersonMembership {
                    group,
                    start_date: None,
                    end_date: None,
                }));
            }
        }
        out
    }

    /// The child, as somebody whom one of its adults is responsible for.
    fn responsible_for<'s>(&'s self, child: model::Person<'s>, adult: Option<Uuid>) -> Option<model::Responsible<'s>> {
        let responsibles = child.responsibles.iter().flatten();
        let relation = responsibles.filter(|it| Some(it.person.id) == adult).map(|it| it.relation_type).next()?;
        let person = self.reference(child.id)?;
        Some(model::Responsible { person, relation_type: relation })
    }

    /// A reference to a person, by what any place tells.
    fn reference(&self, id: Uuid) -> Option<model::PersonReference<'_>> {
        let row = self.rows(Kind::Person, id).find(|it| it.part == 0)?;
        let context = self.context(row);
        let member = &self.view().institutions[row.institution as usize].roster().members[row.at as usize];
        Some(context.reference(id, member.person.as_ref()?))
    }

    /// What `expand` adds to a duty.
    pub fn duty_embedded(&self, duty: &model::Duty<'_>) -> model::DutyEmbedded<'_> {
        model::DutyEmbedded { person: self.person(duty.person.id) }
    }

    /// What `expand` adds to a placement.
    pub fn placement_embedded(&self, placement: &model::Placement<'_>, names: &[&str]) -> model::PlacementEmbedded<'_> {
        let child = names.contains(&"child").then(|| self.person(placement.child.id)).flatten();
        let owners = || placement.owners.iter().filter_map(|it| self.person(it.id)).collect();
        model::PlacementEmbedded { child, owners: names.contains(&"owners").then(owners) }
    }

    /// What `expand` adds to a group.
    pub fn group_embedded(&self, id: Uuid) -> model::GroupEmbedded<'_> {
        let mut tasks = Vec::new();
        for row in self.rows(Kind::Group, id).take(1) {
            let (at, context) = (row.at as usize, self.context(row));
            for (duty, assignment_role_type) in self.members(row).filter_map(|it| crosswalk::task(it, at, context)) {
                let known = |it: &model::GroupTask<'_>| it.duty.id == duty.id;
                if !tasks.iter().any(known) {
                    tasks.push(model::GroupTask { duty, assignment_role_type });
                }
            }
        }
        model::GroupEmbedded { assignment_roles: Some(tasks) }
    }

    /// What `expand` adds to an activity. There are no subjects, so there is no syllabus either.
    pub fn activity_embedded(&self, activity: &model::Activity<'_>, names: &[&str]) -> model::ActivityEmbedded<'_> {
        let groups = || activity.groups.iter().filter_map(|it| self.group(it.id)).collect();
        let teachers = || activity.teachers.iter().filter_map(|it| self.duty(it.duty.id)).collect();
        model::ActivityEmbedded {
            groups: names.contains(&"groups").then(groups),
            teachers: names.contains(&"teachers").then(teachers),
        }
    }
}

fn enrolment(kind: &'static str, it: &model::Enrolment<'_>) -> Relation {
    Relation { kind, organisation: it.enroled_at.id, from: Some(it.start_date), to: it.end_date }
}

fn placement(kind: &'static str, it: &model::Placement<'_>) -> Relation {
    Relation { kind, organisation: it.placed_at.id, from: Some(it.start_date), to: it.end_date }
}
