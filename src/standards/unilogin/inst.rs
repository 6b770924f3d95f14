//! wsiINST 6 and the hub. Contract: `wsdl/unilogin/wsiinst/6`, namespace `https://brugerdatabasen.stil.dk/bpi/wsiinst/6`.

use std::borrow::Cow;

use contracts::unilogin::wsiinst::v6;
use soap::{
    Envelope,
    xml::{self, Decoder, Writer},
};

use super::{codes, values};
use crate::{
    crosswalk::Trail,
    domain::{
        Coded, Employment, Enrolment, External, Group, GroupKind, Hierarchy, Member, Organisation, OrganisationNumber,
        Person, PersonName, Pupil, Snapshot, Text, Tie, UserId,
    },
};

/// The source of members that a look-up tells of: it does not say which.
const NO_SOURCE: Text<'static> = Cow::Borrowed("");

/// Institution to the hub.
pub fn organisation<'a>(institution: v6::Institution<'a>, _trail: &mut Trail) -> Organisation<'a> {
    let v6::Institution {
        instnr,
        instnavn,
        type_,
        typenavn,
        type3,
        type3navn,
        adresse,
        bynavn,
        postnr,
        telefonnr,
        faxnr,
        mailadresse,
        www,
        hovedinstitutionsnr,
        kommunenr,
        kommune,
        admkommunenr,
        admkommune,
        regionsnr,
        region,
        enhedsart,
    } = institution;
    Organisation {
        number: OrganisationNumber::new(instnr),
        name: instnavn,
        kind: Coded { code: type_, name: typenavn },
        detailed_kind: Coded { code: type3, name: type3navn },
        unit_kind: enhedsart,
        street: adresse,
        postal_code: postnr,
        town: bynavn,
        phone: telefonnr,
        fax: faxnr,
        email: mailadresse,
        web: www,
        parent: hovedinstitutionsnr.map(OrganisationNumber::new),
        municipality: Coded { code: kommunenr, name: kommune },
        administrative_municipality: Coded { code: admkommunenr, name: admkommune },
        region: Coded { code: regionsnr, name: region },
    }
}

/// The institutions of a `hentInstitutionResponse` or `hentInstitutionerResponse`, bare or in an envelope. `None` for any
/// other document.
pub fn organisations<'a>(text: &'a str, trail: &mut Trail) -> Option<xml::Result<Vec<Organisation<'a>>>> {
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    decoder.root().ok()?;
    if decoder.name().1 == "Envelope" {
        decoder = Decoder::new(text, contracts::NAMESPACES);
        Envelope::open(&mut decoder, |_, _| true).ok()?;
    }
    let name = decoder.name();
    let operation = v6::OPERATIONS.iter().position(|it| (it.output.name.namespace, it.output.name.local) == name)?;
    let institutions = match v6::Response::decode(operation, &mut decoder) {
        Ok(v6::Response::HentInstitution(response)) => response.institution.into_iter().collect(),
        Ok(v6::Response::HentInstitutioner(response)) => response.institution,
        Ok(_) => return None,
        Err(violation) => return Some(Err(violation)),
    };
    let mut cross = |(at, it)| trail.within_item("institution", at, |trail| organisation(it, trail));
    Some(Ok(institutions.into_iter().enumerate().map(&mut cross).collect()))
}

/// Institutions as a `hentInstitutionerResponse` document.
pub fn institutioner(organisations: Vec<Organisation<'_>>, trail: &mut Trail) -> String {
    let institution = organisations.into_iter().map(|it| institution(it, trail)).collect();
    let mut writer = Writer::new(contracts::NAMESPACES);
    writer.declaration();
    v6::Response::HentInstitutioner(v6::HentInstitutionerResponse { institution }).encode(&mut writer);
    writer.finish()
}

/// The hub to Institution.
pub fn institution<'a>(organisation: Organisation<'a>, _trail: &mut Trail) -> v6::Institution<'a> {
    let Organisation {
        number,
        name,
        kind: Coded { code: type_, name: typenavn },
        detailed_kind: Coded { code: type3, name: type3navn },
        unit_kind,
        street,
        postal_code,
        town,
        phone,
        fax,
        email,
        web,
        parent,
        municipality: Coded { code: kommunenr, name: kommune },
        administrative_municipality: Coded { code: admkommunenr, name: admkommune },
        region: Coded { code: regionsnr, name: region },
    } = organisation;
    v6::Institution {
        instnr: number.into_text(),
        instnavn: name,
        type_,
        typenavn,
        type3,
        type3navn,
        adresse: street,
        bynavn: town,
        postnr: postal_code,
        telefonnr: phone,
        faxnr: fax,
        mailadresse: email,
        www: web,
        hovedinstitutionsnr: parent.map(OrganisationNumber::into_text),
        kommunenr,
        kommune,
        admkommunenr,
        admkommune,
        regionsnr,
        region,
        enhedsart: unit_kind,
    }
}

/// Institutionshierarki to the hub.
pub fn hierarchy<'a>(hierarki: v6::Institutionshierarki<'a>, _trail: &mut Trail) -> Hierarchy<'a> {
    let v6::Institutionshierarki { main_institution, department } = hierarki;
    Hierarchy {
        main: main_institution.map(OrganisationNumber::new),
        departments: department.into_iter().map(OrganisationNumber::new).collect(),
    }
}

/// The hub to Institutionshierarki.
pub fn institutionshierarki<'a>(hierarchy: Hierarchy<'a>, _trail: &mut Trail) -> v6::Institutionshierarki<'a> {
    let Hierarchy { main, departments } = hierarchy;
    v6::Institutionshierarki {
        main_institution: main.map(OrganisationNumber::into_text),
        department: departments.into_iter().map(OrganisationNumber::into_text).collect(),
    }
}

/// Gruppe to the hub.
pub fn group<'a>(gruppe: v6::Gruppe<'a>, trail: &mut Trail) -> Group<'a> {
    let v6::Gruppe { instnr, gruppeid, gruppenavn, gruppetype, gruppetrin, fradato, tildato } = gruppe;
    trail.drop("instnr", "a group belongs to the institution it was asked of", instnr);
    Group {
        id: gruppeid,
        name: Some(gruppenavn),
        kind: codes::group_kind(gruppetype),
        grade: gruppetrin.map(codes::grade),
        line: None,
        from: fradato.map(values::day),
        to: tildato.map(values::day),
        since: None,
    }
}

/// The hub to Gruppe.
pub fn gruppe<'a>(instnr: Text<'a>, group: Group<'a>, trail: &mut Trail) -> v6::Gruppe<'a> {
    let Group { id, name, kind, grade, line, from, to, since: _ } = group;
    trail.drop("line", "wsiINST has no track of a class", line);
    let gruppetrin = if kind == GroupKind::Main {
        grade
    } else {
        trail.drop("grade", "only a Hovedgruppe has a level", grade);
        None
    };
    v6::Gruppe {
        instnr,
        gruppenavn: name.unwrap_or_else(|| id.clone()),
        gruppeid: id,
        gruppetype: codes::gruppetype(kind),
        gruppetrin: gruppetrin.map(codes::trin),
        fradato: from.map(values::xml_day),
        tildato: to.map(values::xml_day),
    }
}

/// Instbruger to the hub: the member, and the groups it was told with.
pub fn member<'a>(
    bruger: v6::Instbruger<'a>,
    trail: &mut Trail,
) -> (OrganisationNumber<'a>, Member<'a>, Vec<Group<'a>>) {
    let v6::Instbruger { instnr, brugerid, navn, choice, gruppe } = bruger;
    let groups: Vec<Group<'a>> = gruppe
        .into_iter()
        .enumerate()
        .map(|(at, it)| trail.within_item("gruppe", at, |trail| group(it, trail)))
        .collect();
    let keys = || groups.iter().map(|it| it.id.clone());
    let tie = match choice {
        v6::InstbrugerChoice::Elev(v6::Elev { rolle, hovedgruppeid, hovedgruppenavn, elevtrin }) => {
            trail.within("elev", |trail| {
                trail.drop("hovedgruppenavn", "the group itself has the name", hovedgruppenavn)
            });
            Tie::Pupil(pupil(codes::pupil_role(rolle), Some(codes::grade(elevtrin)), hovedgruppeid, keys().collect()))
        }
        v6::InstbrugerChoice::Ansat(v6::Ansat { rolle, initialer }) => Tie::Staff(Employment {
            roles: rolle.into_iter().map(codes::staff_role).collect(),
            initials: initialer,
            occupation: None,
            location: None,
            groups: keys().collect(),
        }),
        v6::InstbrugerChoice::Ekstern(v6::Ekstern { rolle }) => {
            Tie::External(External { role: codes::external_role(rolle), groups: keys().collect() })
        }
    };
    (OrganisationNumber::new(instnr), named(brugerid, navn, tie), groups)
}

/// Brugertilknytning, a member of one group, to the hub.
pub fn member_of<'a>(
    tilknytning: v6::Brugertilknytning<'a>,
    trail: &mut Trail,
) -> (OrganisationNumber<'a>, Member<'a>) {
    let v6::Brugertilknytning { instnr, brugerid, navn, choice } = tilknytning;
    let tie = match choice {
        v6::BrugertilknytningChoice::Elev(v6::BrugertilknytningElev { rolle, hovedgruppeid, hovedgruppenavn }) => {
            trail.within("elev", |trail| {
                trail.drop("hovedgruppenavn", "the group itself has the name", hovedgruppenavn)
            });
            Tie::Pupil(pupil(codes::pupil_role(rolle), None, hovedgruppeid, Vec::new()))
        }
        v6::BrugertilknytningChoice::Ansat(v6::BrugertilknytningAnsat { rolle }) => Tie::Staff(Employment {
            roles: rolle.into_iter().map(codes::staff_role).collect(),
            initials: None,
            occupation: None,
            location: None,
            groups: Vec::new(),
        }),
        v6::BrugertilknytningChoice::Ekstern(v6::BrugertilknytningEkstern { rolle }) => {
            Tie::External(External { role: codes::external_role(rolle), groups: Vec::new() })
        }
    };
    (OrganisationNumber::new(instnr), named(brugerid, navn, tie))
}

fn pupil<'a>(
    role: crate::domain::PupilRole,
    grade: Option<crate::domain::Grade>,
    main_group: Text<'a>,
    groups: Vec<Text<'a>>,
) -> Pupil<'a> {
    let enrolment = Enrolment { role, grade, main_group, student_number: None, location: None, groups };
    Pupil { enrolment, contacts: Vec::new() }
}

/// A look-up gives the whole name only; a protected person's is the alias.
fn named<'a>(brugerid: Text<'a>, navn: Text<'a>, tie: Tie<'a>) -> Member<'a> {
    let mut person = Person::named(PersonName::guess(navn));
    person.user_id = Some(UserId::new(brugerid));
    Member { source: NO_SOURCE, local_id: None, person: Some(person), tie: Some(tie), since: None }
}

/// A member to Instbruger. Nothing for who has no user id or no tie: the contract has no place for them.
pub fn instbruger(member: &Member<'static>, of: &Snapshot, trail: &mut Trail) -> Option<v6::Instbruger<'static>> {
    let (instnr, brugerid, navn) = head(member, of, trail)?;
    let choice = match member.tie.as_ref()? {
        Tie::Pupil(Pupil { enrolment, contacts }) => {
            trail.drop("contacts", "wsiINST has no contact persons", contacts);
            v6::InstbrugerChoice::Elev(elev(enrolment, of, trail))
        }
        Tie::Staff(Employment { roles, initials, occupation, location, groups: _ }) => {
            trail.drop("occupation", "wsiINST has no job title", occupation);
            trail.drop("location", "wsiINST has no location", location);
            v6::InstbrugerChoice::Ansat(v6::Ansat {
                rolle: roles.iter().copied().map(codes::ansatrolle).collect(),
                initialer: initials.clone(),
            })
        }
        Tie::External(External { role, groups: _ }) => {
            v6::InstbrugerChoice::Ekstern(v6::Ekstern { rolle: codes::eksternrolle(*role) })
        }
    };
    let known = member.groups().filter_map(|(id, _)| of.group(id)).cloned();
    let gruppe = known.map(|it| gruppe(instnr.clone(), it, trail)).collect();
    Some(v6::Instbruger { instnr, brugerid, navn, choice, gruppe })
}

/// A member to Brugertilknytning.
pub fn brugertilknytning(
    member: &Member<'static>,
    of: &Snapshot,
    trail: &mut Trail,
) -> Option<v6::Brugertilknytning<'static>> {
    let (instnr, brugerid, navn) = head(member, of, trail)?;
    let choice = match member.tie.as_ref()? {
        Tie::Pupil(Pupil { enrolment, contacts }) => {
            trail.drop("contacts", "wsiINST has no contact persons", contacts);
            let v6::Elev { rolle, hovedgruppeid, hovedgruppenavn, elevtrin } = elev(enrolment, of, trail);
            trail.drop("grade", "a member of a group has no level", Some(elevtrin));
            v6::BrugertilknytningChoice::Elev(v6::BrugertilknytningElev { rolle, hovedgruppeid, hovedgruppenavn })
        }
        Tie::Staff(Employment { roles, initials, occupation, location, groups: _ }) => {
            trail.drop("initials", "a member of a group has no initials", initials);
            trail.drop("occupation", "wsiINST has no job title", occupation);
            trail.drop("location", "wsiINST has no location", location);
            let rolle = roles.iter().copied().map(codes::ansatrolle).collect();
            v6::BrugertilknytningChoice::Ansat(v6::BrugertilknytningAnsat { rolle })
        }
        Tie::External(External { role, groups: _ }) => {
            v6::BrugertilknytningChoice::Ekstern(v6::BrugertilknytningEkstern { rolle: codes::eksternrolle(*role) })
        }
    };
    Some(v6::Brugertilknytning { instnr, brugerid, navn, choice })
}

fn elev(enrolment: &Enrolment<'static>, of: &Snapshot, trail: &mut Trail) -> v6::Elev<'static> {
    let Enrolment { role, grade, main_group, student_number, location, groups: _ } = enrolment;
    trail.drop("student_number", "wsiINST has no student number", student_number);
    trail.drop("location", "wsiINST has no location", location);
    if grade.is_none() {
        trail.lose("grade", "a pupil must have a level: Andet stands for none");
    }
    let name = of.group(main_group).map_or_else(|| main_group.clone(), |it| Cow::Owned(it.display_name().to_owned()));
    v6::Elev {
        rolle: codes::elevrolle(*role),
        hovedgruppeid: main_group.clone(),
        hovedgruppenavn: name,
        elevtrin: codes::trin(grade.unwrap_or(crate::domain::Grade::Other)),
    }
}

/// What both forms begin with. The name is the one that may be shown.
#[allow(clippy::type_complexity)] // three texts: institution, user, name
fn head(
    member: &Member<'static>,
    of: &Snapshot,
    trail: &mut Trail,
) -> Option<(Text<'static>, Text<'static>, Text<'static>)> {
    let Member { source, local_id, person, tie: _, since: _ } = member;
    trail.drop("source", "wsiINST does not name import sources", source);
    trail.drop("local_id", "wsiINST has no local id", local_id);
    let person = person.as_ref()?;
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
    trail.drop("civil_id", "wsiINST has no civil registration number", civil_id);
    trail.drop("birth_date", "wsiINST has no birth date", birth_date);
    trail.drop("gender", "wsiINST has no gender", gender);
    trail.drop("email", "wsiINST has no address for mail", email);
    trail.drop("address", "wsiINST has no address", address);
    trail.drop("photo", "wsiINST has no photo", photo);
    let instnr = of.roster().organisation.number.clone().into_text();
    let brugerid = user_id.clone()?.into_text();
    Some((instnr, brugerid, Cow::Owned(person.display_name().into_owned())))
}
