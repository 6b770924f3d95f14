//! What the tests of the whole share: a message as the hub sees it, and as SS12000 objects.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};
use contracts::unilogin::{
    wsaimport,
    wsibruger::{v6 as bruger6, v7 as bruger7},
    wsiinst::{v5, v6},
};
use serde_json::Value;
use skolebro::{
    crosswalk::Trail,
    domain::{ContactPerson, Group, Hierarchy, Member, Organisation, OrganisationNumber, Roster, Standing},
    standards::{
        ss12000::{
            context::{Context, Options, Rights},
            crosswalk::{self, Gathering, Objects, Reading},
            ndjson, read,
        },
        unilogin::{
            bruger, bruger_v6,
            eksport::{self, Export, Filter, Package},
            eksport_v6, import, inst, inst_v5,
            stream::{Exporter, Form},
        },
    },
};
use soap::xml::Writer;

use crate::messages::{Message, Said};

/// A person as a look-up tells of one: where, who, and the groups told with the person.
pub(crate) type Told = (OrganisationNumber<'static>, Member<'static>, Vec<Group<'static>>);

/// What a message says, in hub words.
#[derive(Debug)]
pub(crate) enum Hub {
    Institutions(Vec<Organisation<'static>>),
    Hierarchy(Hierarchy<'static>),
    Groups(Vec<(OrganisationNumber<'static>, Group<'static>)>),
    Members(Vec<Told>),
    Contacts(Vec<(OrganisationNumber<'static>, ContactPerson<'static>)>),
    Standings(Vec<(OrganisationNumber<'static>, Standing)>),
    Roster(Box<Roster<'static>>),
}

impl Message<'_> {
    /// What the message says in hub words; nothing for a question, a greeting or an empty answer.
    pub(crate) fn hub(self, trail: &mut Trail) -> Option<Hub> {
        match self {
            Self::Bruger6(Said::Answer(it)) => bruger_hub(lift_bruger(it)?, trail),
            Self::Bruger7(Said::Answer(it)) => bruger_hub(it, trail),
            Self::Eksport6(Said::Answer(it)) => {
                let roster = eksport_v6::roster(eksport_v6::Export::from_response(it)?, trail);
                Some(Hub::Roster(Box::new(roster.into_owned())))
            }
            Self::Eksport7(Said::Answer(it)) => {
                let roster = eksport::roster(Export::from_response(it)?, trail);
                Some(Hub::Roster(Box::new(roster.into_owned())))
            }
            Self::Import7(Said::Question(it)) => handed_in(import::lift(import7(it)?), trail),
            Self::Import8(Said::Question(it)) => handed_in(import8(it)?, trail),
            Self::Inst5(Said::Answer(it)) => hub(lift(it)?, trail),
            Self::Inst6(Said::Answer(it)) => hub(it, trail),
            Self::Bruger6(Said::Question(_))
            | Self::Bruger7(Said::Question(_))
            | Self::Eksport6(Said::Question(_))
            | Self::Eksport7(Said::Question(_))
            | Self::Import7(Said::Answer(_))
            | Self::Import8(Said::Answer(_))
            | Self::Inst5(Said::Question(_))
            | Self::Inst6(Said::Question(_)) => None,
            // One value, which the hub has no message for.
            Self::Identifikation5(_) | Self::Identifikation6(_) => None,
        }
    }
}

/// The document that a question of wsaIMPORT 7 hands in, if it hands one in.
fn import7(request: wsaimport::v7::Request<'_>) -> Option<wsaimport::v7::import::UniLoginImport<'_>> {
    use wsaimport::v7::Request;
    match request {
        Request::ImporterXml(it) | Request::ImporterDeltaXml(it) => Some(it.inst_xml.uni_login_import),
        Request::ImporterSletXml(_)
        | Request::HelloWorld(_)
        | Request::HelloWorldWithDb(_)
        | Request::HelloWorldWithDbAndCredentials(_)
        | Request::HentDataAftaler(_) => None,
    }
}

/// The same of version 8.
fn import8(request: wsaimport::v8::Request<'_>) -> Option<wsaimport::v8::import::UniLoginImport<'_>> {
    use wsaimport::v8::Request;
    match request {
        Request::ImporterXml(it) | Request::ImporterDeltaXml(it) => Some(it.inst_xml.uni_login_import),
        Request::ImporterSletXml(_) | Request::HelloWorldWithCertificate(_) | Request::HentDataAftaler(_) => None,
    }
}

fn handed_in(document: wsaimport::v8::import::UniLoginImport<'_>, trail: &mut Trail) -> Option<Hub> {
    Some(Hub::Roster(Box::new(import::roster(document, trail)?.into_owned())))
}

/// A version 5 answer in version 6; nothing for what version 6 does not answer.
fn lift(response: v5::Response<'_>) -> Option<v6::Response<'_>> {
    Some(match response {
        v5::Response::HentGrupper(it) => v6::Response::HentGrupper(v6::HentGrupperResponse {
            gruppe: it.gruppe.into_iter().map(inst_v5::lift_gruppe).collect(),
        }),
        v5::Response::HentBrugereIGruppe(it) => v6::Response::HentBrugereIGruppe(v6::HentBrugereIGruppeResponse {
            brugertilknytning: it.brugertilknytning.into_iter().map(inst_v5::lift_brugertilknytning).collect(),
        }),
        v5::Response::HentInstitution(it) => v6::Response::HentInstitution(v6::HentInstitutionResponse {
            institution: it.institution.map(inst_v5::lift_institution),
        }),
        v5::Response::HentInstitutioner(it) => v6::Response::HentInstitutioner(v6::HentInstitutionerResponse {
            institution: it.institution.into_iter().map(inst_v5::lift_institution).collect(),
        }),
        v5::Response::HentInstBruger(it) => v6::Response::HentInstBruger(v6::HentInstBrugerResponse {
            inst_bruger: it.inst_bruger.into_iter().map(inst_v5::lift_instbruger).collect(),
        }),
        v5::Response::HelloWorld(_)
        | v5::Response::HelloWorldWithDb(_)
        | v5::Response::HelloWorldWithDbAndCredentials(_)
        | v5::Response::HentGruppersLicenser(_)
        | v5::Response::HentDataAftaler(_) => return None,
    })
}

fn hub(response: v6::Response<'_>, trail: &mut Trail) -> Option<Hub> {
    Some(match response {
        v6::Response::HentInstitution(it) => institutions(it.institution.into_iter().collect(), trail)?,
        v6::Response::HentInstitutioner(it) => institutions(it.institution, trail)?,
        v6::Response::HentInstitutionshierarki(it) => {
            Hub::Hierarchy(inst::hierarchy(it.institutionshierarki?, trail).into_owned())
        }
        v6::Response::HentGrupper(it) => {
            let groups = each("gruppe", it.gruppe, trail, |it, trail| {
                let number = OrganisationNumber::new(it.instnr.clone()).into_owned();
                (number, inst::group(it, trail).into_owned())
            });
            Hub::Groups(some(groups)?)
        }
        v6::Response::HentBrugereIGruppe(it) => {
            let members = each("brugertilknytning", it.brugertilknytning, trail, |it, trail| {
                let (number, member) = inst::member_of(it, trail);
                (number.into_owned(), member.into_owned(), Vec::new())
            });
            Hub::Members(some(members)?)
        }
        v6::Response::HentInstBruger(it) => {
            let members = each("instBruger", it.inst_bruger, trail, |it, trail| {
                let (number, member, groups) = inst::member(it, trail);
                (number.into_owned(), member.into_owned(), groups.into_iter().map(Group::into_owned).collect())
            });
            Hub::Members(some(members)?)
        }
        v6::Response::HelloWorldWithCertificate(_) | v6::Response::HentDataAftaler(_) => return None,
    })
}

/// A version 6 answer of wsiBRUGER in version 7; nothing for what version 7 does not answer.
fn lift_bruger(response: bruger6::Response<'_>) -> Option<bruger7::Response<'_>> {
    Some(match response {
        bruger6::Response::HentBrugersKontaktpersoner(it) => {
            let kontaktperson = it.kontaktperson.into_iter().map(bruger_v6::lift_kontaktperson).collect();
            let lifted = bruger7::HentBrugersKontaktpersonerResponse { kontaktperson };
            bruger7::Response::HentBrugersKontaktpersoner(lifted)
        }
        bruger6::Response::HentKontaktpersonsBrugere(it) => {
            let elev = it.elev.into_iter().map(bruger_v6::lift_elevbruger).collect();
            bruger7::Response::HentKontaktpersonsBrugere(bruger7::HentKontaktpersonsBrugereResponse { elev })
        }
        bruger6::Response::HentBrugersInstitutionstilknytninger(it) => {
            let all = it.institutionstilknytning.into_iter().map(bruger_v6::lift_institutionstilknytning).collect();
            let lifted = bruger7::HentBrugersInstitutionstilknytningerResponse { institutionstilknytning: all };
            bruger7::Response::HentBrugersInstitutionstilknytninger(lifted)
        }
        bruger6::Response::HelloWorld(_)
        | bruger6::Response::HelloWorldWithDb(_)
        | bruger6::Response::HelloWorldWithDbAndCredentials(_)
        | bruger6::Response::HentDataAftaler(_) => return None,
    })
}

fn bruger_hub(response: bruger7::Response<'_>, trail: &mut Trail) -> Option<Hub> {
    Some(match response {
        bruger7::Response::HentBrugersKontaktpersoner(it) => {
            let contacts = each("kontaktperson", it.kontaktperson, trail, |it, trail| {
                let (number, contact) = bruger::contact_person(it, trail);
                (number.into_owned(), contact.into_owned())
            });
            Hub::Contacts(some(contacts)?)
        }
        bruger7::Response::HentKontaktpersonsBrugere(it) => {
            let members = each("elev", it.elev, trail, |it, trail| {
                let (number, member, group) = bruger::pupil(it, trail);
                (number.into_owned(), member.into_owned(), vec![group.into_owned()])
            });
            Hub::Members(some(members)?)
        }
        bruger7::Response::HentBrugersInstitutionstilknytninger(it) => {
            let standings = each("institutionstilknytning", it.institutionstilknytning, trail, |it, trail| {
                let (number, standing) = bruger::standing(it, trail);
                (number.into_owned(), standing)
            });
            Hub::Standings(some(standings)?)
        }
        bruger7::Response::HelloWorldWithCertificate(_) | bruger7::Response::HentDataAftaler(_) => return None,
    })
}

fn institutions(all: Vec<v6::Institution<'_>>, trail: &mut Trail) -> Option<Hub> {
    let all = each("institution", all, trail, |it, trail| inst::organisation(it, trail).into_owned());
    some(all).map(Hub::Institutions)
}

fn each<T, U>(name: &'static str, all: Vec<T>, trail: &mut Trail, cross: impl Fn(T, &mut Trail) -> U) -> Vec<U> {
    let one = |(at, it)| trail.within_item(name, at, |trail| cross(it, trail));
    all.into_iter().enumerate().map(one).collect()
}

fn some<T>(all: Vec<T>) -> Option<Vec<T>> {
    (!all.is_empty()).then_some(all)
}

impl Hub {
    /// One roster for each institution that is spoken of, and whether more of it is known than the number.
    pub(crate) fn rosters(&self) -> Vec<(Roster<'static>, bool)> {
        let bare = |organisation| Roster {
            organisation,
            exported_at: Some(moment()),
            sources: Vec::new(),
            groups: Vec::new(),
            members: Vec::new(),
        };
        let told: Vec<Told>;
        let told: Vec<(&OrganisationNumber<'static>, Option<&Member<'static>>, &[Group<'static>])> = match self {
            Self::Institutions(all) => return all.iter().map(|it| (bare(it.clone()), true)).collect(),
            Self::Roster(roster) => return vec![((**roster).clone(), true)],
            Self::Hierarchy(_) | Self::Contacts(_) | Self::Standings(_) => Vec::new(),
            Self::Groups(all) => all.iter().map(|(number, it)| (number, None, std::slice::from_ref(it))).collect(),
            Self::Members(all) => {
                told = all.clone();
                told.iter().map(|(number, it, groups)| (number, Some(it), &groups[..])).collect()
            }
        };
        let mut rosters: Vec<Roster<'static>> = Vec::new();
        for (number, member, groups) in told {
            let at = rosters.iter().position(|it| it.organisation.number == *number).unwrap_or_else(|| {
                rosters.push(bare(Organisation::numbered(number.clone())));
                rosters.len() - 1
            });
            let roster = &mut rosters[at];
            roster.members.extend(member.cloned());
            for group in groups {
                if !roster.groups.contains(group) {
                    roster.groups.push(group.clone());
                }
            }
        }
        rosters.into_iter().map(|it| (it, false)).collect()
    }

    /// The SS12000 objects, one after the other, each with its type.
    pub(crate) fn ss12000(&self, options: &Options, rights: Rights, trail: &mut Trail) -> Vec<Value> {
        let rosters = self.rosters();
        let above: BTreeSet<_> = rosters.iter().filter_map(|(it, _)| it.organisation.main().cloned()).collect();
        let mut lines = String::new();
        for (at, (roster, known)) in rosters.iter().enumerate() {
            let main = known.then(|| above.contains(&roster.organisation.number));
            let context = Context::new(roster, options, rights);
            lines.push_str(&match rosters.len() {
                1 => ss12000(roster, main, &context, trail),
                _ => trail.within_item("institutions", at, |trail| ss12000(roster, main, &context, trail)),
            });
        }
        lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }
}

/// A roster as SS12000 objects, one a line. `main` says whether the institution has departments; without it the institution
/// itself is left out.
pub(crate) fn ss12000(roster: &Roster<'_>, main: Option<bool>, context: &Context<'_>, trail: &mut Trail) -> String {
    let mut gathering = Gathering::new(context);
    let mut people = Vec::new();
    for (at, member) in roster.members.iter().enumerate() {
        let objects = trail.within_item("members", at, |trail| crosswalk::member(member, context, trail));
        gathering.add(&objects);
        let Objects { person, adults, duties, placements, joined: _, taught: _ } = objects;
        person.iter().chain(&adults).for_each(|it| ndjson::write(it, &mut people).unwrap());
        duties.iter().for_each(|it| ndjson::write(it, &mut people).unwrap());
        placements.iter().for_each(|it| ndjson::write(it, &mut people).unwrap());
    }
    let mut out = Vec::new();
    if let Some(main) = main {
        crosswalk::authority(context).iter().for_each(|it| ndjson::write(it, &mut out).unwrap());
        ndjson::write(&gathering.organisation(main, trail), &mut out).unwrap();
    }
    let activities = gathering.activities();
    gathering.groups(trail, |group, _| ndjson::write(&group, &mut out).unwrap());
    activities.for_each(|it| ndjson::write(&it, &mut out).unwrap());
    out.extend(people);
    String::from_utf8(out).unwrap()
}

/// SS12000 objects, one a line, as a roster.
pub(crate) fn from_ss12000(
    lines: &str,
    options: &Options,
    at: DateTime<FixedOffset>,
    trail: &mut Trail,
) -> Roster<'static> {
    let mut objects = read::Objects::default();
    for line in lines.lines() {
        match ndjson::read(line.as_bytes()).unwrap().unwrap() {
            ndjson::Object::Organisation(it) => objects.organisations.push(it),
            ndjson::Object::Person(it) => objects.persons.push(it),
            ndjson::Object::Group(it) => objects.groups.push(it),
            ndjson::Object::Duty(it) => objects.duties.push(it),
            ndjson::Object::Placement(it) => objects.placements.push(it),
            ndjson::Object::Activity(it) => objects.activities.push(it),
        }
    }
    let unit = objects.organisations.iter().find(|it| crosswalk::is_institution(it)).unwrap();
    crosswalk::roster(unit, &objects, &Reading { options, at }, trail).unwrap().into_owned()
}

/// A roster as a document of a package.
pub(crate) fn export(roster: &Roster<'_>, package: Package, trail: &mut Trail) -> String {
    let mut writer = Writer::new(contracts::NAMESPACES);
    eksport::export(roster, package, &Filter::ALL, moment(), trail).write(&mut writer);
    writer.finish()
}

/// A roster as a document of a form, as it is written to a stream.
pub(crate) fn document(roster: &Roster<'_>, form: Form, trail: &mut Trail) -> String {
    let mut exporter = Exporter::begin(roster, form, moment(), trail);
    for (at, member) in roster.members.iter().enumerate() {
        trail.within_item("members", at, |trail| exporter.write(member, trail));
    }
    exporter.finish()
}

/// When everything in these tests happens.
pub(crate) fn moment() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-11-02T08:15:30+01:00").unwrap()
}
