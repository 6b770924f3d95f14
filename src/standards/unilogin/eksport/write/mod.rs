//! The hub to wsiEKSPORT 7: what stands before the people, and what ties each to the institution.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset};
use contracts::unilogin::common::v3;
use contracts::unilogin::wsieksport::v7::{common, full, fullmyndighed, medium, small};

use super::{
    super::{Generation, codes, packages::together, values},
    Export, Filter, Head, Package, Record, fit,
};
use crate::{
    crosswalk::Trail,
    domain::{
        AccessLevel, Coded, ContactPerson, Employment, Enrolment, External, Grade, Group, GroupKind, ImportSource,
        Member, Office, Organisation, OrganisationNumber, Pupil, Roster, Text, Tie,
    },
};
use person::{contact_id, full_person, full_person_myndighed, medium_person, mini, user_id};

mod person;

const SMALLER: &str = "the package does not tell it";
const NO_PLACE: &str = "an export does not tell it";

/// The source of users that nobody imported.
const MADE_BY_HAND: &str = "HUGO Brugeradministrationen";

/// How a member is told: in which package and generation, and what of it the request wants.
#[derive(Clone, Copy)]
pub(in super::super) struct Telling<'f> {
    /// The package.
    pub(in super::super) package: Package,
    /// The legacy generation has places that the newer one lacks: for contact persons without a user id, and for the
    /// authority behind one. What goes there is not lost, and lowered from the member itself.
    pub(in super::super) generation: Generation,
    /// What is wanted.
    pub(in super::super) filter: &'f Filter,
}

/// What stands before the people.
pub(super) fn head<'m>(roster: &'m Roster<'m>, at: DateTime<FixedOffset>, trail: &mut Trail) -> Head<'m> {
    let Roster { organisation, exported_at: _, sources, groups, members: _ } = roster; // exported now; people are records
    let sources = sources.iter().filter_map(|it| import_source(it, trail)).collect();
    let (number, name) = trail.within("organisation", |trail| institution(organisation, trail));
    let all = groups.iter().enumerate();
    let groups = all.filter_map(|(at, it)| trail.within_item("groups", at, |trail| group(it, trail))).collect();
    Head { exported_at: values::xml_moment(at), sources, number, name, groups }
}

/// A document with these people. Records of another package than the document's are left out.
pub(super) fn document<'m>(head: Head<'m>, package: Package, people: Vec<Record<'m>>) -> Export<'m> {
    let Head { exported_at, sources, number, name, groups } = head;
    let parts = (exported_at, sources, (number, name), groups);
    match package {
        Package::Small => {
            let small = |it| if let Record::Small(it) = it { Some(it) } else { None };
            let people = people.into_iter().filter_map(small).collect();
            Export::Small(together!(parts, people, small::UniLoginExportSmall, InstitutionSmall))
        }
        Package::Medium => {
            let medium = |it| if let Record::Medium(it) = it { Some(it) } else { None };
            let people = people.into_iter().filter_map(medium).collect();
            Export::Medium(together!(parts, people, medium::UniLoginExportMedium, InstitutionMedium))
        }
        Package::Full => {
            let full = |it| if let Record::Full(it) = it { Some(*it) } else { None };
            let people = people.into_iter().filter_map(full).collect();
            Export::Full(together!(parts, people, full::UniLoginExportFull, InstitutionFull))
        }
        Package::FullMyndighed => {
            let full = |it| if let Record::FullMyndighed(it) = it { Some(*it) } else { None };
            let people = people.into_iter().filter_map(full).collect();
            Export::FullMyndighed(together!(
                parts,
                people,
                fullmyndighed::UniLoginExportFullMyndighed,
                InstitutionFullMyndighed
            ))
        }
    }
}

fn import_source<'m>(source: &'m ImportSource<'m>, trail: &mut Trail) -> Option<common::ImportSource<'m>> {
    let ImportSource { source, extracted_at, school_year } = source;
    Some(common::ImportSource {
        source_date_time: values::xml_moment(*extracted_at),
        source: fit::token(source, fit::ANY, "sources", trail)?,
        school_year: Cow::Owned(school_year.to_string()),
    })
}

fn institution<'m>(organisation: &'m Organisation<'m>, trail: &mut Trail) -> (Text<'m>, Option<Text<'m>>) {
    let Organisation {
        number,
        name,
        kind,
        detailed_kind,
        unit_kind,
        street,
        postal_code,
        town,
        phone,
        fax,
        email,
        web,
        parent,
        municipality,
        administrative_municipality,
        region,
    } = organisation;
    for (field, it) in [
        ("unit_kind", unit_kind),
        ("street", street),
        ("postal_code", postal_code),
        ("town", town),
        ("phone", phone),
        ("fax", fax),
        ("email", email),
        ("web", web),
    ] {
        trail.drop(field, NO_PLACE, it);
    }
    trail.drop("parent", NO_PLACE, parent);
    for (field, coded) in [
        ("kind", kind),
        ("detailed_kind", detailed_kind),
        ("municipality", municipality),
        ("administrative_municipality", administrative_municipality),
        ("region", region),
    ] {
        let Coded { code, name } = coded;
        trail.drop(field, NO_PLACE, code.as_ref().or(name.as_ref()));
    }
    (OrganisationNumber::lend(number).into_text(), fit::token_option(name, fit::ANY, "name", trail))
}

fn group<'m>(group: &'m Group<'m>, trail: &mut Trail) -> Option<common::Group<'m>> {
    let Group { id, name, kind, grade, line, from, to, since: _ } = group;
    if *kind == GroupKind::Institution {
        trail.lose("kind", "everybody, all pupils and all staff are no groups of an import");
        return None;
    }
    let group_level = if *kind == GroupKind::Main {
        grade.map(|it| level(it, "grade", trail))
    } else {
        trail.drop("grade", "only a Hovedgruppe has a level", grade);
        None
    };
    Some(common::Group {
        group_id: fit::group_key(id, "id", trail)?,
        group_name: fit::token_option(name, fit::GROUP_NAME, "name", trail),
        group_type: codes::import_group_type(*kind),
        group_level,
        line: fit::token_option(line, fit::FORTY, "line", trail),
        from_date: from.map(values::xml_day),
        to_date: to.map(values::xml_day),
    })
}

/// The level of a grade, where the contract has it.
fn level(grade: Grade, field: &'static str, trail: &mut Trail) -> v3::Trin {
    let trin = codes::trin(grade);
    if codes::grade(trin) != grade {
        trail.lose(field, "the contract has no such level: Andet stands for it");
    }
    trin
}

/// One person of a document.
pub(super) fn record<'m>(member: &'m Member<'m>, telling: Telling<'_>, trail: &mut Trail) -> Record<'m> {
    let Telling { package, generation: _, filter: _ } = telling;
    let Member { source, local_id, person, tie, since: _ } = member;
    let source = if fit::is_blank(source) {
        trail.lose("source", "it is unknown: the one of users made by hand stands for it");
        Cow::Borrowed(MADE_BY_HAND)
    } else {
        fit::token(source, fit::ANY, "source", trail).unwrap_or(Cow::Borrowed(MADE_BY_HAND))
    };
    let local_person_id = match package {
        Package::Small => None,
        Package::Medium | Package::Full | Package::FullMyndighed => fit::local_id(local_id, trail),
    };
    let person = person.as_ref();
    let tie = tie.as_ref();
    match package {
        Package::Small => {
            trail.drop("local_id", SMALLER, local_id);
            Record::Small(small::InstitutionPersonSmall {
                source,
                person: person.and_then(|it| trail.within("person", |trail| mini(it, trail))),
                choice: tie.map(|it| small_choice(it, trail)),
            })
        }
        Package::Medium => Record::Medium(medium::InstitutionPersonMedium {
            source,
            local_person_id,
            person: person.and_then(|it| trail.within("person", |trail| medium_person(it, telling, trail))),
            choice: tie.map(|it| medium_choice(it, trail)),
        }),
        Package::Full => Record::Full(Box::new(full::InstitutionPersonFull {
            source,
            local_person_id,
            person: person.and_then(|it| {
                trail.within("person", |trail| Some(full_person(it, user_id(it, trail)?, telling, trail)))
            }),
            choice: tie.map(|it| full_choice(it, telling, trail)),
        })),
        Package::FullMyndighed => Record::FullMyndighed(Box::new(fullmyndighed::InstitutionPersonFullMyndighed {
            source,
            local_person_id,
            person: person.and_then(|it| {
                trail.within("person", |trail| Some(full_person_myndighed(it, user_id(it, trail)?, telling, trail)))
            }),
            choice: tie.map(|it| full_choice_myndighed(it, telling, trail)),
        })),
    }
}

fn small_choice<'m>(tie: &'m Tie<'m>, trail: &mut Trail) -> small::InstitutionPersonSmallChoice<'m> {
    match tie {
        Tie::Pupil(it) => small::InstitutionPersonSmallChoice::Student(student(it, trail)),
        Tie::Staff(it) => small::InstitutionPersonSmallChoice::Employee(employee(it, trail)),
        Tie::External(it) => small::InstitutionPersonSmallChoice::Extern(external(it, trail)),
    }
}

fn medium_choice<'m>(tie: &'m Tie<'m>, trail: &mut Trail) -> medium::InstitutionPersonMediumChoice<'m> {
    match tie {
        Tie::Pupil(it) => medium::InstitutionPersonMediumChoice::Student(student(it, trail)),
        Tie::Staff(it) => medium::InstitutionPersonMediumChoice::Employee(employee(it, trail)),
        Tie::External(it) => medium::InstitutionPersonMediumChoice::Extern(external(it, trail)),
    }
}

fn full_choice<'m>(tie: &'m Tie<'m>, telling: Telling<'_>, trail: &mut Trail) -> full::InstitutionPersonFullChoice<'m> {
    match tie {
        Tie::Pupil(it) => {
            let Pupil { enrolment, contacts } = it;
            let common::StudentMini { role, student_number, level, location, main_group_id, group_id } =
                studying(enrolment, trail);
            let contact = |it: &'m ContactPerson<'m>, trail: &mut Trail| {
                let ContactPerson { person, relation, custody, access, office } = it;
                drop_office(office, telling, trail);
                Some(full::ContactPersonFull {
                    relation: codes::kontaktpersonsrelation(*relation),
                    child_custody: *custody,
                    access_level: access_level(*access, trail),
                    person: full_person(person, contact_id(person, telling, trail)?, telling, trail),
                })
            };
            let contact_person = self::contacts(contacts, telling, contact, trail);
            full::InstitutionPersonFullChoice::Student(full::StudentFull {
                role,
                student_number,
                level,
                location,
                main_group_id,
                group_id,
                contact_person,
            })
        }
        Tie::Staff(it) => full::InstitutionPersonFullChoice::Employee(employee(it, trail)),
        Tie::External(it) => full::InstitutionPersonFullChoice::Extern(external(it, trail)),
    }
}

fn full_choice_myndighed<'m>(
    tie: &'m Tie<'m>,
    telling: Telling<'_>,
    trail: &mut Trail,
) -> fullmyndighed::InstitutionPersonFullMyndighedChoice<'m> {
    match tie {
        Tie::Pupil(it) => {
            let Pupil { enrolment, contacts } = it;
            let common::StudentMini { role, student_number, level, location, main_group_id, group_id } =
                studying(enrolment, trail);
            let contact = |it: &'m ContactPerson<'m>, trail: &mut Trail| {
                let ContactPerson { person, relation, custody, access, office } = it;
                drop_office(office, telling, trail);
                Some(fullmyndighed::ContactPersonFullMyndighed {
                    relation: codes::kontaktpersonsrelation(*relation),
                    child_custody: *custody,
                    access_level: access_level(*access, trail),
                    person: full_person_myndighed(person, contact_id(person, telling, trail)?, telling, trail),
                })
            };
            let contact_person = self::contacts(contacts, telling, contact, trail);
            fullmyndighed::InstitutionPersonFullMyndighedChoice::Student(fullmyndighed::StudentFullMyndighed {
                role,
                student_number,
                level,
                location,
                main_group_id,
                group_id,
                contact_person,
            })
        }
        Tie::Staff(it) => fullmyndighed::InstitutionPersonFullMyndighedChoice::Employee(employee(it, trail)),
        Tie::External(it) => fullmyndighed::InstitutionPersonFullMyndighedChoice::Extern(external(it, trail)),
    }
}

fn contacts<'m, T>(
    contacts: &'m [ContactPerson<'m>],
    telling: Telling<'_>,
    contact: impl Fn(&'m ContactPerson<'m>, &mut Trail) -> Option<T>,
    trail: &mut Trail,
) -> Vec<T> {
    if !telling.filter.contacts {
        trail.drop("contacts", "the request does not want them", !contacts.is_empty());
        return Vec::new();
    }
    let one = |(at, it)| trail.within_item("contacts", at, |trail| contact(it, trail));
    contacts.iter().enumerate().filter_map(one).collect()
}

fn drop_office(office: &Option<Office<'_>>, telling: Telling<'_>, trail: &mut Trail) {
    if telling.generation == Generation::Bpi {
        trail.drop("office", "the contract tells no authority behind a contact person", office);
    }
}

fn student<'m>(pupil: &'m Pupil<'m>, trail: &mut Trail) -> common::StudentMini<'m> {
    let Pupil { enrolment, contacts } = pupil;
    trail.drop("contacts", SMALLER, contacts);
    studying(enrolment, trail)
}

fn studying<'m>(enrolment: &'m Enrolment<'m>, trail: &mut Trail) -> common::StudentMini<'m> {
    let Enrolment { role, grade, main_group, student_number, location, groups } = enrolment;
    if grade.is_none() {
        trail.lose("enrolment/grade", "a pupil must have a level: Andet stands for none");
    }
    let main_group_id = fit::group_key(main_group, "enrolment/main_group", trail);
    common::StudentMini {
        role: codes::elevrolle(*role),
        student_number: fit::student_number(student_number, trail),
        level: level(grade.unwrap_or(Grade::Other), "enrolment/grade", trail),
        location: fit::token_option(location, fit::ANY, "enrolment/location", trail),
        main_group_id: main_group_id.unwrap_or(Cow::Borrowed("-")),
        group_id: fit::group_keys(groups, trail),
    }
}

/// Never raised by a guess.
fn access_level(access: Option<AccessLevel>, trail: &mut Trail) -> v3::KontaktpersonAdgangsniveau {
    if access.is_none() {
        trail.lose("access", "a contact person must have a level: the lowest stands for none");
    }
    codes::adgangsniveau(access.unwrap_or(AccessLevel::Ordinary))
}

fn employee<'m>(employment: &'m Employment<'m>, trail: &mut Trail) -> common::Employee<'m> {
    let Employment { roles, initials, occupation, location, groups } = employment;
    common::Employee {
        role: roles.iter().copied().map(codes::ansatrolle).collect(),
        short_name: fit::token_option(initials, fit::ANY, "employment/initials", trail),
        occupation: fit::token_option(occupation, fit::ANY, "employment/occupation", trail),
        location: fit::token_option(location, fit::ANY, "employment/location", trail),
        group_id: fit::group_keys(groups, trail),
    }
}

fn external<'m>(external: &'m External<'m>, trail: &mut Trail) -> common::Extern<'m> {
    let External { role, groups } = external;
    common::Extern { role: codes::eksternrolle(*role), group_id: fit::group_keys(groups, trail) }
}
