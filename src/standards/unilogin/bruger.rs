//! wsiBRUGER 7 and the hub. Contract: `wsdl/unilogin/wsibruger/7`, namespace `https://brugerdatabasen.stil.dk/bpi/wsibruger/7`.

use contracts::unilogin::{common::v3, wsibruger::v7};

use super::{codes, values};
use crate::{
    crosswalk::Trail,
    domain::{
        AccessLevel, CivilIdKind, ContactPerson, Enrolment, Group, GroupKind, Member, OrganisationNumber, Person,
        PersonName, Pupil, Snapshot, Standing, Text, Tie, UserId,
    },
};

/// The source of members that a look-up tells of: it does not say which.
const NO_SOURCE: Text<'static> = Text::Borrowed("");

/// Kontaktperson to the hub.
pub fn contact_person<'a>(
    kontaktperson: v7::Kontaktperson<'a>,
    trail: &mut Trail,
) -> (OrganisationNumber<'a>, ContactPerson<'a>) {
    let v7::Kontaktperson { instnr, brugerid, navn, relation, myndighed, verifikation, adgangsniveau } = kontaktperson;
    let verified = verifikation == v3::Verifikationsniveau::_1;
    trail.drop("verifikation", "there is no number whose verification could be told", verified);
    let contact = ContactPerson {
        person: named(brugerid, navn),
        relation: codes::relation(relation),
        custody: myndighed,
        access: Some(codes::access_level(adgangsniveau)),
        office: None,
    };
    (OrganisationNumber::new(instnr), contact)
}

/// A pupil's contact person to Kontaktperson. Nothing for who has no user id: the contract has no place for them.
pub fn kontaktperson(
    contact: &ContactPerson<'static>,
    instnr: Text<'static>,
    trail: &mut Trail,
) -> Option<v7::Kontaktperson<'static>> {
    let ContactPerson { person, relation, custody, access, office } = contact;
    trail.drop("office", "wsiBRUGER does not name the authority behind a contact person", office);
    let verified = person.civil_id.as_ref().is_some_and(|it| it.kind() == CivilIdKind::Verified);
    let (brugerid, navn) = who(person, trail)?;
    if access.is_none() {
        trail.lose("access", "a contact person must have a level of access: ordinary data stand for none");
    }
    Some(v7::Kontaktperson {
        instnr,
        brugerid,
        navn,
        relation: codes::kontaktpersonsrelation(*relation),
        myndighed: *custody,
        verifikation: if verified { v3::Verifikationsniveau::_1 } else { v3::Verifikationsniveau::_0 },
        adgangsniveau: codes::adgangsniveau(access.unwrap_or(AccessLevel::Ordinary)),
    })
}

/// Elevbruger to the hub: the pupil, and the main group that it was told with.
pub fn pupil<'a>(elev: v7::Elevbruger<'a>, trail: &mut Trail) -> (OrganisationNumber<'a>, Member<'a>, Group<'a>) {
    let v7::Elevbruger { rolle, instnr, brugerid, navn, hovedgruppe } = elev;
    let group = trail.within("hovedgruppe", |trail| group(hovedgruppe, trail));
    let enrolment = Enrolment {
        role: codes::pupil_role(rolle),
        grade: None,
        main_group: group.id.clone(),
        student_number: None,
        location: None,
        groups: Vec::new(),
    };
    let tie = Some(Tie::Pupil(Pupil { enrolment, contacts: Vec::new() }));
    let member = Member { source: NO_SOURCE, local_id: None, person: Some(named(brugerid, navn)), tie, since: None };
    (OrganisationNumber::new(instnr), member, group)
}

/// A pupil to Elevbruger. Nothing for who is no pupil or has no user id.
pub fn elevbruger(member: &Member<'static>, of: &Snapshot, trail: &mut Trail) -> Option<v7::Elevbruger<'static>> {
    let Member { source, local_id, person, tie, since: _ } = member;
    let Some(Tie::Pupil(Pupil { enrolment, contacts: _ })) = tie else { return None };
    let Enrolment { role, grade, main_group, student_number, location, groups } = enrolment;
    trail.drop("source", "wsiBRUGER does not name import sources", source);
    trail.drop("local_id", "wsiBRUGER has no local id", local_id);
    trail.drop("grade", "wsiBRUGER has the level of the main group only", grade);
    trail.drop("student_number", "wsiBRUGER has no student number", student_number);
    trail.drop("location", "wsiBRUGER has no location", location);
    trail.drop("groups", "wsiBRUGER has the main group only", groups);
    let (brugerid, navn) = who(person.as_ref()?, trail)?;
    let instnr = of.roster().organisation.number.clone().into_text();
    // A snapshot knows every group that somebody is in.
    let hovedgruppe = gruppe(instnr.clone(), of.group(main_group)?.clone(), trail);
    Some(v7::Elevbruger { rolle: codes::elevrolle(*role), instnr, brugerid, navn, hovedgruppe })
}

/// Institutionstilknytning to the hub.
pub fn standing<'a>(
    tilknytning: v7::Institutionstilknytning<'a>,
    _trail: &mut Trail,
) -> (OrganisationNumber<'a>, Standing) {
    let v7::Institutionstilknytning { instnr, choice } = tilknytning;
    let standing = match choice {
        v7::InstitutionstilknytningChoice::Elev(v7::InstitutionstilknytningElev { rolle }) => {
            Standing::Pupil(codes::pupil_role(rolle))
        }
        v7::InstitutionstilknytningChoice::Ansat(v7::InstitutionstilknytningAnsat { rolle }) => {
            Standing::Staff(rolle.into_iter().map(codes::staff_role).collect())
        }
        v7::InstitutionstilknytningChoice::Ekstern(v7::InstitutionstilknytningEkstern { rolle }) => {
            Standing::External(codes::external_role(rolle))
        }
        v7::InstitutionstilknytningChoice::Kontakt(v7::InstitutionstilknytningKontakt { rolle }) => {
            Standing::Contact(codes::relation(rolle))
        }
    };
    (OrganisationNumber::new(instnr), standing)
}

/// A manner of belonging to an institution to Institutionstilknytning.
pub fn institutionstilknytning(
    instnr: Text<'static>,
    standing: Standing,
    _trail: &mut Trail,
) -> v7::Institutionstilknytning<'static> {
    let choice = match standing {
        Standing::Pupil(role) => {
            v7::InstitutionstilknytningChoice::Elev(v7::InstitutionstilknytningElev { rolle: codes::elevrolle(role) })
        }
        Standing::Staff(roles) => v7::InstitutionstilknytningChoice::Ansat(v7::InstitutionstilknytningAnsat {
            rolle: roles.into_iter().map(codes::ansatrolle).collect(),
        }),
        Standing::External(role) => v7::InstitutionstilknytningChoice::Ekstern(v7::InstitutionstilknytningEkstern {
            rolle: codes::eksternrolle(role),
        }),
        Standing::Contact(relation) => v7::InstitutionstilknytningChoice::Kontakt(v7::InstitutionstilknytningKontakt {
            rolle: codes::kontaktpersonsrelation(relation),
        }),
    };
    v7::Institutionstilknytning { instnr, choice }
}

fn group<'a>(gruppe: v7::Gruppe<'a>, trail: &mut Trail) -> Group<'a> {
    let v7::Gruppe { instnr, gruppeid, gruppenavn, gruppetype, gruppetrin, fradato, tildato } = gruppe;
    trail.drop("instnr", "a group belongs to the institution of its pupil", instnr);
    Group {
        id: gruppeid,
        name: Some(gruppenavn),
        kind: codes::main_group_kind(gruppetype),
        grade: gruppetrin.map(codes::grade),
        line: None,
        from: fradato.map(values::day),
        to: tildato.map(values::day),
        since: None,
    }
}

fn gruppe<'a>(instnr: Text<'a>, group: Group<'a>, trail: &mut Trail) -> v7::Gruppe<'a> {
    let Group { id, name, kind, grade, line, from, to, since: _ } = group;
    trail.drop("line", "wsiBRUGER has no track of a class", line);
    let gruppetrin = if kind == GroupKind::Main {
        grade
    } else {
        trail.drop("grade", "only a Hovedgruppe has a level", grade);
        None
    };
    v7::Gruppe {
        instnr,
        gruppenavn: name.unwrap_or_else(|| id.clone()),
        gruppeid: id,
        gruppetype: codes::main_gruppetype(kind),
        gruppetrin: gruppetrin.map(codes::trin),
        fradato: from.map(values::xml_day),
        tildato: to.map(values::xml_day),
    }
}

/// A look-up gives the whole name only; a protected person's is the alias.
fn named<'a>(brugerid: Text<'a>, navn: Text<'a>) -> Person<'a> {
    let mut person = Person::named(PersonName::guess(navn));
    person.user_id = Some(UserId::new(brugerid));
    person
}

/// User id and the name that may be shown.
fn who(person: &Person<'static>, trail: &mut Trail) -> Option<(Text<'static>, Text<'static>)> {
    let Person {
        user_id,
        name: _,
        alias: _,
        protection: _,
        civil_id,
        birth_date,
        gender,
        email,
        address,
        phones: _,
        photo,
    } = person;
    trail.drop("civil_id", "wsiBRUGER has no civil registration number", civil_id);
    trail.drop("birth_date", "wsiBRUGER has no birth date", birth_date);
    trail.drop("gender", "wsiBRUGER has no gender", gender);
    trail.drop("email", "wsiBRUGER has no address for mail", email);
    trail.drop("address", "wsiBRUGER has no address", address);
    trail.drop("photo", "wsiBRUGER has no photo", photo);
    Some((user_id.clone()?.into_text(), Text::Owned(person.display_name().into_owned())))
}
