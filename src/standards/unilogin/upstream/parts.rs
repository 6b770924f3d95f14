//! What look-ups tell of an institution, as the part of it that was asked about.

use contracts::unilogin::{wsibruger::v7, wsiinst::v6};

use super::trouble::Trouble;
use crate::{
    crosswalk::Trail,
    domain::{
        ContactPerson, Employment, Enrolment, External, Group, GroupKind, Member, Organisation, OrganisationNumber,
        Person, PersonName, Pupil, PupilRole, Relation, Roster, Snapshot, Standing, Text, Tie, UserId,
    },
    standards::unilogin::{bruger, inst, serve},
};

/// An institution of which some groups and people are known, and perhaps no more than the number.
fn part(organisation: Organisation<'_>, groups: Vec<Group<'_>>, members: Vec<Member<'_>>) -> Snapshot {
    let roster = Roster { organisation, exported_at: None, sources: Vec::new(), groups, members };
    Snapshot::new(roster.into_owned())
}

fn numbered<'n>(number: &OrganisationNumber<'n>) -> Organisation<'n> {
    Organisation::numbered(number.clone())
}

/// Refuses what is told of another institution than the one asked about.
fn at(asked: &OrganisationNumber<'_>, told: &OrganisationNumber<'_>) -> Result<(), Trouble> {
    if asked == told { Ok(()) } else { Err(Trouble::Astray("it tells of another institution")) }
}

/// Refuses what is told of another user than the one asked about.
fn about(asked: &UserId<'_>, told: Option<&UserId<'_>>) -> Result<(), Trouble> {
    if told == Some(asked) { Ok(()) } else { Err(Trouble::Astray("it tells of another user")) }
}

/// hentInstitution.
pub(super) fn organisation(
    asked: &OrganisationNumber<'_>,
    institution: v6::Institution<'_>,
) -> Result<Snapshot, Trouble> {
    let organisation = inst::organisation(institution, &mut Trail::silent());
    at(asked, &organisation.number)?;
    Ok(part(organisation, Vec::new(), Vec::new()))
}

/// hentGrupper. The groups that every institution has are no groups of its own.
pub(super) fn groups(asked: &OrganisationNumber<'_>, all: Vec<v6::Gruppe<'_>>) -> Result<Snapshot, Trouble> {
    let mut groups = Vec::new();
    for gruppe in all {
        at(asked, &OrganisationNumber::new(gruppe.instnr.clone()))?;
        let group = inst::group(gruppe, &mut Trail::silent());
        if !(group.kind == GroupKind::Institution && serve::is_fixed_group(&group.id)) {
            groups.push(group);
        }
    }
    Ok(part(numbered(asked), groups, Vec::new()))
}

/// hentBrugereIGruppe: who is in the group with this key, and the main groups of pupils by name.
pub(super) fn members_of(
    asked: &OrganisationNumber<'_>,
    key: &str,
    all: Vec<v6::Brugertilknytning<'_>>,
) -> Result<Snapshot, Trouble> {
    let (mut groups, mut members) = (Vec::new(), Vec::new());
    for tilknytning in all {
        if let v6::BrugertilknytningChoice::Elev(elev) = &tilknytning.choice {
            name_group(&mut groups, &elev.hovedgruppeid, &elev.hovedgruppenavn);
        }
        let (number, mut member) = inst::member_of(tilknytning, &mut Trail::silent());
        at(asked, &number)?;
        if !serve::is_fixed_group(key) {
            put_into(&mut member, key);
        }
        members.push(member);
    }
    Ok(part(numbered(asked), groups, members))
}

/// hentInstBruger: what the user is, at one institution or at each.
pub(super) fn members(
    user: &UserId<'_>,
    asked: Option<&OrganisationNumber<'_>>,
    all: Vec<v6::Instbruger<'_>>,
) -> Result<Vec<Snapshot>, Trouble> {
    let mut places = Places::default();
    for bruger in all {
        let main = match &bruger.choice {
            v6::InstbrugerChoice::Elev(elev) => Some((elev.hovedgruppeid.clone(), elev.hovedgruppenavn.clone())),
            v6::InstbrugerChoice::Ansat(_) | v6::InstbrugerChoice::Ekstern(_) => None,
        };
        let (number, member, groups) = inst::member(bruger, &mut Trail::silent());
        asked.map_or(Ok(()), |asked| at(asked, &number))?;
        about(user, member.person.as_ref().and_then(|it| it.user_id.as_ref()))?;
        let place = places.at(number);
        groups.into_iter().for_each(|it| place.add_group(it));
        if let Some((id, name)) = main {
            name_group(&mut place.groups, &id, &name);
        }
        place.members.push(member);
    }
    Ok(places.snapshots())
}

/// hentBrugersKontaktpersoner: a pupil of whom nothing is told but the contact persons. Who has none may be no pupil.
pub(super) fn contacts(
    asked: &OrganisationNumber<'_>,
    user: &UserId<'_>,
    all: Vec<v7::Kontaktperson<'_>>,
) -> Result<Snapshot, Trouble> {
    let mut contacts = Vec::new();
    for kontaktperson in all {
        let (number, contact) = bruger::contact_person(kontaktperson, &mut Trail::silent());
        at(asked, &number)?;
        contacts.push(contact);
    }
    let member = (!contacts.is_empty()).then(|| nameless(Some(user), pupil(PupilRole::Pupil, contacts)));
    Ok(part(numbered(asked), Vec::new(), member.into_iter().collect()))
}

/// hentKontaktpersonsBrugere: pupils with their main groups. What the user is to them is not told.
pub(super) fn pupils(
    user: &UserId<'_>,
    asked: Option<&OrganisationNumber<'_>>,
    all: Vec<v7::Elevbruger<'_>>,
) -> Result<Vec<Snapshot>, Trouble> {
    let mut places = Places::default();
    for elev in all {
        let (number, mut member, group) = bruger::pupil(elev, &mut Trail::silent());
        asked.map_or(Ok(()), |asked| at(asked, &number))?;
        if let Some(Tie::Pupil(pupil)) = &mut member.tie {
            pupil.contacts.push(contact(user, Relation::Other));
        }
        let place = places.at(number);
        place.add_group(group);
        place.members.push(member);
    }
    Ok(places.snapshots())
}

/// hentBrugersInstitutionstilknytninger: as what the user is known where.
pub(super) fn standings(user: &UserId<'_>, all: Vec<v7::Institutionstilknytning<'_>>) -> Vec<Snapshot> {
    let mut places = Places::default();
    for tilknytning in all {
        let (number, standing) = bruger::standing(tilknytning, &mut Trail::silent());
        let member = match standing {
            Standing::Pupil(role) => nameless(Some(user), pupil(role, Vec::new())),
            Standing::Staff(roles) => nameless(
                Some(user),
                Tie::Staff(Employment { roles, initials: None, occupation: None, location: None, groups: Vec::new() }),
            ),
            Standing::External(role) => nameless(Some(user), Tie::External(External { role, groups: Vec::new() })),
            // Of whom, is not told.
            Standing::Contact(relation) => nameless(None, pupil(PupilRole::Pupil, vec![contact(user, relation)])),
        };
        places.at(number).members.push(member);
    }
    places.snapshots()
}

/// The institutions of an answer, ordered by number.
#[derive(Default)]
struct Places<'a>(Vec<(OrganisationNumber<'a>, Place<'a>)>);

#[derive(Default)]
struct Place<'a> {
    groups: Vec<Group<'a>>,
    members: Vec<Member<'a>>,
}

impl<'a> Places<'a> {
    fn at(&mut self, number: OrganisationNumber<'a>) -> &mut Place<'a> {
        let place = self.0.partition_point(|it| it.0 < number);
        if self.0.get(place).is_none_or(|it| it.0 != number) {
            self.0.insert(place, (number, Place::default()));
        }
        &mut self.0[place].1
    }

    /// Adds what another answer tells.
    fn add(&mut self, snapshot: &Snapshot) {
        let roster = snapshot.roster();
        let place = self.at(roster.organisation.number.clone());
        roster.groups.iter().cloned().for_each(|it| place.add_group(it));
        place.members.extend(roster.members.iter().cloned());
    }

    fn snapshots(self) -> Vec<Snapshot> {
        let one = |(number, Place { groups, members })| part(Organisation::numbered(number), groups, members);
        self.0.into_iter().map(one).collect()
    }
}

impl<'a> Place<'a> {
    fn add_group(&mut self, group: Group<'a>) {
        if !self.groups.iter().any(|it| it.id == group.id) {
            self.groups.push(group);
        }
    }
}

/// What several answers tell of a user, each institution once: what is told of the user by name is not told again without, and
/// a pupil who is told by name gets the contact persons that are told without.
pub(super) fn merged(user: &UserId<'_>, answers: impl IntoIterator<Item = Vec<Snapshot>>) -> Vec<Snapshot> {
    let mut places = Places::default();
    answers.into_iter().flatten().for_each(|it| places.add(&it));
    for (_, place) in &mut places.0 {
        let (mut named, nameless): (Vec<_>, Vec<_>) = place.members.drain(..).partition(is_named);
        for member in nameless {
            let known = named.iter_mut().find(|it| is_same(user, it, &member));
            let Member { source, local_id, person, tie, since } = member;
            match (known, tie) {
                (Some(known), Some(Tie::Pupil(told))) => tell_contacts(user, known, told.contacts),
                (Some(_), _) => {}
                (None, tie) => named.push(Member { source, local_id, person, tie, since }),
            }
        }
        place.members = named;
    }
    places.snapshots()
}

/// Whom to call about the user, or as what the user is called about a pupil.
fn tell_contacts<'a>(user: &UserId<'_>, known: &mut Member<'a>, told: Vec<ContactPerson<'a>>) {
    let Some(Tie::Pupil(pupil)) = &mut known.tie else { return };
    for contact in told {
        match pupil.contacts.iter_mut().find(|it| it.person.user_id.as_ref() == Some(user)) {
            Some(it) => it.relation = contact.relation,
            None => pupil.contacts.push(contact),
        }
    }
}

fn is_named(member: &Member<'_>) -> bool {
    member.person.as_ref().is_some_and(|it| !it.name.given.is_empty() || !it.name.family.is_empty())
}

/// Whether two are told as the user, or as pupils of the user, in the same manner.
fn is_same(user: &UserId<'_>, one: &Member<'_>, other: &Member<'_>) -> bool {
    let is_user = |it: &Member<'_>| it.person.as_ref().and_then(|it| it.user_id.as_ref()) == Some(user);
    let alike = matches!(
        (&one.tie, &other.tie),
        (Some(Tie::Pupil(_)), Some(Tie::Pupil(_)))
            | (Some(Tie::Staff(_)), Some(Tie::Staff(_)))
            | (Some(Tie::External(_)), Some(Tie::External(_)))
    );
    alike && is_user(one) == is_user(other)
}

/// A pupil told with the name of the main group, whatever else is known of the group.
fn name_group<'a>(groups: &mut Vec<Group<'a>>, id: &Text<'a>, name: &Text<'a>) {
    if !groups.iter().any(|it| it.id == *id) {
        let (id, name) = (id.clone(), Some(name.clone()));
        groups.push(Group {
            id,
            name,
            kind: GroupKind::Main,
            grade: None,
            line: None,
            from: None,
            to: None,
            since: None,
        });
    }
}

fn put_into(member: &mut Member<'_>, key: &str) {
    let groups = match &mut member.tie {
        Some(Tie::Pupil(it)) if it.enrolment.main_group == key => return,
        Some(Tie::Pupil(it)) => &mut it.enrolment.groups,
        Some(Tie::Staff(it)) => &mut it.groups,
        Some(Tie::External(it)) => &mut it.groups,
        None => return,
    };
    groups.push(Text::Owned(key.to_owned()));
}

fn nameless<'a>(user: Option<&UserId<'a>>, tie: Tie<'a>) -> Member<'a> {
    let person = user.map(|user| {
        let mut person = Person::named(PersonName::new("", ""));
        person.user_id = Some(user.clone());
        person
    });
    Member { source: Text::Borrowed(""), local_id: None, person, tie: Some(tie), since: None }
}

fn pupil<'a>(role: PupilRole, contacts: Vec<ContactPerson<'a>>) -> Tie<'a> {
    let (main_group, groups) = (Text::Borrowed(""), Vec::new());
    let enrolment = Enrolment { role, grade: None, main_group, student_number: None, location: None, groups };
    Tie::Pupil(Pupil { enrolment, contacts })
}

fn contact<'a>(user: &UserId<'a>, relation: Relation) -> ContactPerson<'a> {
    let mut person = Person::named(PersonName::new("", ""));
    person.user_id = Some(user.clone());
    ContactPerson { person, relation, custody: false, access: None, office: None }
}
