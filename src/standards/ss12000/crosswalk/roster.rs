//! SS12000 2.1 -> the hub: all objects of one organisation element become a roster.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::{Reading, Refusal, contact, group, organisation, person, pupil, pupil::Schooled, staff, teaching};
use crate::{
    crosswalk::Trail,
    domain::{
        Employment, Enrolment, External, Grade, GroupKind, ImportSource, Member, OrganisationNumber, Pupil, PupilRole,
        Roster, Text, Tie,
    },
    standards::ss12000::{
        codes,
        context::{USER_IDS, local_id_source},
        read,
        values::{EmailType, GroupType, SchoolType},
    },
};

/// The roster of an organisation element. Persons who are neither pupils nor staff there are left out, and so are those of whom too little is known.
pub fn roster<'a>(
    element: &'a read::Organisation<'a>,
    all: &'a read::Objects<'a>,
    reading: &Reading<'a>,
    trail: &mut Trail,
) -> Result<Roster<'a>, Refusal> {
    let organisation = trail
        .within("organisation", |trail| organisation::organisation_in(element, &all.organisations, reading, trail))?;
    let at = element.id.as_ref().map_or("", read::Text::as_str);
    let index = Index::new(at, all, reading, trail);
    let mut members = Vec::new();
    let mut classes: BTreeMap<&str, Class<'a>> = BTreeMap::new();
    for (place, person) in all.persons.iter().enumerate() {
        let found = trail.within_item("persons", place, |trail| {
            member(person, &index, &organisation.number, &mut classes, reading, trail)
        });
        members.extend(found);
    }
    let mut groups = Vec::new();
    for (place, (id, group)) in index.groups.iter().enumerate() {
        let Class { grades, line } = classes.remove(id).unwrap_or_default();
        let most = grades.into_iter().max_by_key(|(_, count)| *count).map(|(grade, _)| grade);
        groups.extend(trail.within_item("groups", place, |trail| group::group_in(group, most, line, reading, trail)));
    }
    let names: BTreeSet<Text<'a>> = members.iter().map(|it: &Member<'a>| it.source.clone()).collect();
    let source = |source| ImportSource { source, extracted_at: reading.at, school_year: reading.school_year() };
    let sources = names.into_iter().map(source).collect();
    Ok(Roster { organisation, exported_at: Some(reading.at), sources, groups, members })
}

/// What the enrolments of its pupils say of a class.
#[derive(Default)]
struct Class<'a> {
    grades: BTreeMap<Grade, usize>,
    line: Option<Text<'a>>,
}

/// The objects of one organisation element, by whom they are about.
struct Index<'a> {
    at: &'a str,
    persons: BTreeMap<&'a str, &'a read::Person<'a>>,
    groups: BTreeMap<&'a str, &'a read::Group<'a>>,
    memberships: BTreeMap<&'a str, Vec<&'a str>>,
    duties: BTreeMap<&'a str, Vec<&'a read::Duty<'a>>>,
    placements: BTreeMap<&'a str, Vec<&'a read::Placement<'a>>>,
    /// Groups by the duties that teach them.
    teaching: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Index<'a> {
    fn new(at: &'a str, all: &'a read::Objects<'a>, reading: &Reading<'_>, trail: &mut Trail) -> Self {
        let read::Objects { organisations: _, persons, groups, duties, placements, activities } = all;
        let mut index = Self {
            at,
            persons: persons.iter().filter_map(|it| Some((it.id.as_ref()?.as_str(), it))).collect(),
            groups: BTreeMap::new(),
            memberships: BTreeMap::new(),
            duties: BTreeMap::new(),
            placements: BTreeMap::new(),
            teaching: BTreeMap::new(),
        };
        let here =
            |it: &&read::Group<'_>| it.organisation.id() == at && reading.is_current(&it.start_date, &it.end_date);
        for group in groups.iter().filter(here) {
            let Some(id) = group.id.as_ref().map(read::Text::as_str) else { continue };
            index.groups.insert(id, group);
            // It is told with the groups that its type is unknown.
            if index.kind(id).is_none() {
                continue;
            }
            let current = |it: &&read::GroupMembership<'_>| reading.is_current(&it.start_date, &it.end_date);
            for membership in group.group_memberships.iter().filter(current) {
                index.memberships.entry(membership.person.id()).or_default().push(id);
            }
        }
        for duty in duties.iter().filter(|it| it.duty_at.id() == at) {
            let holder = duty.person.as_ref().map_or("", read::Reference::id);
            index.duties.entry(holder).or_default().push(duty);
        }
        for placement in placements {
            index.placements.entry(placement.child.id()).or_default().push(placement);
        }
        for (place, activity) in activities.iter().enumerate() {
            let taught = trail.within_item("activities", place, |trail| teaching::taught(activity, reading, trail));
            for (duty, group) in taught {
                if index.kind(group).is_some() {
                    index.teaching.entry(duty).or_default().push(group);
                }
            }
        }
        index
    }

    /// What a group is that is read here and current.
    fn kind(&self, group: &str) -> Option<GroupKind> {
        let group = self.groups.get(group)?;
        let kind = person::parse(&group.group_type, GroupType::parse)?;
        Some(codes::group_kind(kind, person::parse(&group.school_type, SchoolType::parse)).0)
    }
}

fn member<'a>(
    read: &'a read::Person<'a>,
    index: &Index<'a>,
    number: &OrganisationNumber<'_>,
    classes: &mut BTreeMap<&'a str, Class<'a>>,
    reading: &Reading<'a>,
    trail: &mut Trail,
) -> Option<Member<'a>> {
    let id = read.id.as_ref()?.as_str();
    let placements = index.placements.get(id).map_or(&[][..], Vec::as_slice);
    let duties = index.duties.get(id).map_or(&[][..], Vec::as_slice);
    let here = |group: &str| index.kind(group).is_some();
    let schooled = pupil::schooled(&read.enrolments, placements, index.at, here, reading, trail);
    let works = staff::tie_in(duties, here, reading, trail);
    if schooled.is_none() && works.is_none() {
        return None;
    }
    let emails: &[EmailType] = match &schooled {
        Some(_) => &[EmailType::Pupil, EmailType::Private],
        None => &[EmailType::Staff, EmailType::OtherWork],
    };
    let person = person::person_in(read, emails, reading, trail)?;
    let keys = Keys::new(read, number, trail);
    let joined = index.memberships.get(id).map_or(&[][..], Vec::as_slice);
    let tie = match (schooled, works) {
        (Some(schooled), works) => {
            trail.drop("duties", "a pupil is not on the staff as well", works.map(|_| ()));
            let contacts =
                contact::contacts_in(&read.responsibles, |id| index.persons.get(id).copied(), reading, trail);
            let enrolment = enrolment(schooled, joined, keys.student_number, index, classes, reading, trail)?;
            Tie::Pupil(Pupil { enrolment, contacts })
        }
        (None, Some((tie, tasks))) => {
            trail.drop("responsibles", "only pupils have contact persons", &read.responsibles);
            let ids = duties.iter().filter_map(|it| it.id.as_ref());
            let taught = ids.filter_map(|it| index.teaching.get(it.as_str())).flatten().copied();
            with_groups(tie, distinct(joined.iter().copied().chain(tasks).chain(taught), reading))
        }
        (None, None) => return None,
    };
    let (source, local_id) = match keys.local {
        Some((source, id)) => (Cow::Owned(source), id),
        None => (Cow::Borrowed(reading.options.source_name.as_str()), Cow::Owned(stand_in_key(id))),
    };
    Some(Member { source, local_id: Some(local_id), person: Some(person), tie: Some(tie), since: None })
}

fn with_groups<'a>(tie: Tie<'a>, groups: Vec<Text<'a>>) -> Tie<'a> {
    match tie {
        Tie::Staff(Employment { roles, initials, occupation, location, groups: _ }) => {
            Tie::Staff(Employment { roles, initials, occupation, location, groups })
        }
        Tie::External(External { role, groups: _ }) => Tie::External(External { role, groups }),
        Tie::Pupil(pupil) => Tie::Pupil(pupil),
    }
}

fn enrolment<'a>(
    schooled: Schooled<'a>,
    joined: &[&'a str],
    student_number: Option<Text<'a>>,
    index: &Index<'a>,
    classes: &mut BTreeMap<&'a str, Class<'a>>,
    reading: &Reading<'a>,
    trail: &mut Trail,
) -> Option<Enrolment<'a>> {
    let Schooled { role, grade, line, groups } = schooled;
    let mut all: Vec<&'a str> = Vec::new();
    for group in joined.iter().copied().chain(groups) {
        if !all.contains(&group) {
            all.push(group);
        }
    }
    let of = |kind| all.iter().copied().filter(move |it| index.kind(it) == Some(kind));
    let mains: Vec<&'a str> = match of(GroupKind::Main).collect::<Vec<_>>() {
        mains if mains.is_empty() && role == PupilRole::Child => of(GroupKind::LeisureCare).take(1).collect(),
        mains => mains,
    };
    let main_group = match (&mains[..], &reading.options.stand_in_group) {
        ([one], _) => {
            let class = classes.entry(one).or_default();
            if let Some(grade) = grade {
                *class.grades.entry(grade).or_default() += 1;
            }
            class.line = class.line.take().or(line);
            group_key(one, reading)
        }
        (_, Some(stand_in)) => {
            trail.lose("groupMemberships", "not one class but none or several: the stand-in takes the place");
            Cow::Borrowed(stand_in.as_str())
        }
        (_, None) => {
            trail.lose("groupMemberships", "not one class but none or several, so that the main group is unknown");
            return None;
        }
    };
    let others = all.into_iter().filter(|it| mains.len() != 1 || *it != mains[0]);
    let groups = distinct(others, reading);
    Some(Enrolment { role, grade, main_group, student_number, location: None, groups })
}

/// The Danish keys of groups, without repetitions.
fn distinct<'a>(ids: impl Iterator<Item = &'a str>, reading: &Reading<'a>) -> Vec<Text<'a>> {
    let mut keys: Vec<Text<'a>> = Vec::new();
    for id in ids.filter(|it| !it.is_empty()) {
        let key = group_key(id, reading);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The longest key of a group on the Danish side.
const KEY: usize = 75;

/// The Danish key of a group: a configured one, else its id; of one that does not fit, a digest.
pub(super) fn group_key<'a>(id: &'a str, reading: &Reading<'a>) -> Text<'a> {
    match reading.known_key(id) {
        Some(known) => Cow::Borrowed(known),
        None if id.chars().count() <= KEY => Cow::Borrowed(id),
        None => Cow::Owned(stand_in_key(id)),
    }
}

/// The Danish keys that a person carries for one institution.
struct Keys<'a> {
    local: Option<(String, Text<'a>)>,
    student_number: Option<Text<'a>>,
}

impl<'a> Keys<'a> {
    fn new(person: &'a read::Person<'a>, number: &OrganisationNumber<'_>, trail: &mut Trail) -> Self {
        let mut keys = Self { local: None, student_number: None };
        for read::ExternalIdentifier { value, context, globally_unique: _ } in &person.external_identifiers {
            let (Some(value), Some(context)) = (organisation::text(value), context.as_ref()) else { continue };
            let context = context.as_str();
            let students = context.strip_prefix("urn:unilogin:studentnumber:") == Some(number.as_str());
            match local_id_source(context, number.as_str()) {
                Some(source) if keys.local.is_none() => keys.local = Some((source, value)),
                None if students => keys.student_number = Some(value),
                None if context == USER_IDS => {}
                Some(_) | None => trail.lose("externalIdentifiers", "it is no key of this institution"),
            }
        }
        keys
    }
}

/// A local key for a person who carries none: it fits the eighteen characters that there are, and is the same every time.
fn stand_in_key(id: &str) -> String {
    let hash = match uuid::Uuid::try_parse(id) {
        Ok(uuid) => Sha256::digest(uuid.as_bytes()),
        Err(_) => Sha256::digest(id.as_bytes()),
    };
    BASE32_NOPAD.encode(&hash[..10])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standards::ss12000::context::Options;

    #[test]
    fn a_stand_in_key_fits_and_stays() {
        let key = stand_in_key("92315f2e-c47f-5369-bc95-ad4038c13aac");
        assert_eq!(key.len(), 16);
        assert_eq!(key, stand_in_key("92315F2E-C47F-5369-BC95-AD4038C13AAC"));
        assert_ne!(key, stand_in_key("other"));
    }

    #[test]
    fn the_key_of_a_group_fits() {
        let options = Options { known_keys: [("g".to_owned(), "7A".to_owned())].into(), ..Options::default() };
        let at = chrono::DateTime::UNIX_EPOCH.fixed_offset();
        let reading = Reading { options: &options, at };
        let long = "å".repeat(76);
        assert_eq!(group_key("g", &reading), "7A");
        assert_eq!(group_key(&long[2..], &reading), long[2..]);
        assert_eq!(group_key(&long, &reading).len(), 16);
    }
}
