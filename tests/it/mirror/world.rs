//! Schools where people and groups come, change, move and go as the dice fall, and the server that tells of them.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Duration, NaiveDate, SubsecRound, TimeDelta, TimeZone, Utc};
use skolebro::{
    domain::{
        Address, CivilId, CivilIdKind, ContactPerson, CountryCode, Employment, Enrolment, External, ExternalRole,
        Grade, Group, GroupKind, ImportSource, Member, Organisation, OrganisationNumber, Person, PersonName,
        Protection, Pupil, PupilRole, Relation, SchoolYear, StaffRole, Text, Tie,
    },
    source::intake::{Heading, Keeper, Mode},
    standards::ss12000::{
        context::Options,
        serve::{Choices, Service},
    },
    store::{Sqlite, Store},
};
use tempfile::TempDir;

/// What time it is, as clients see it.
#[allow(clippy::disallowed_methods)] // clients have clocks of their own
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

/// A school that hands in, each time a minute later.
#[derive(Default)]
pub(crate) struct School {
    minutes: i64,
}

impl School {
    pub(super) fn heading(&mut self, institution: &'static str, mode: Mode) -> Heading {
        self.minutes += 1;
        let first = Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).unwrap();
        let source = ImportSource {
            source: "A".into(),
            extracted_at: (first + Duration::minutes(self.minutes)).fixed_offset(),
            school_year: SchoolYear { first: 2026, last: 2027 },
        };
        let institution = OrganisationNumber::new(institution);
        Heading { mode, institution, name: Some("Skolen".to_owned()), sources: vec![source], confirmed: true }
    }

    /// Everybody who is there, by local id and name.
    pub(crate) fn hand_in(&mut self, store: &dyn Store, institution: &'static str, people: &[(&'static str, &str)]) {
        let member = |(id, name): &(&'static str, &str)| {
            let person = Person::named(PersonName::new((*name).to_owned(), "Eksempel"));
            Member {
                source: "A".into(),
                local_id: Some((*id).into()),
                person: Some(person),
                tie: Some(pupil("7A", Vec::new())),
                since: None,
            }
        };
        let members: Vec<Member<'static>> = people.iter().map(member).collect();
        let heading = self.heading(institution, Mode::Full);
        self.bring(store, heading, &[], &members);
    }

    pub(super) fn bring(&mut self, store: &dyn Store, heading: Heading, groups: &[Group<'_>], members: &[Member<'_>]) {
        let mut intake = store.begin(heading).unwrap();
        groups.iter().for_each(|it| intake.group(it).unwrap());
        members.iter().for_each(|it| intake.member(it).unwrap());
        intake.commit().unwrap();
    }
}

pub(super) fn pupil(class: &'static str, contacts: Vec<Person<'static>>) -> Tie<'static> {
    enrolled(PupilRole::Pupil, Grade::Year(7), class, Vec::new(), contacts)
}

fn enrolled(
    role: PupilRole,
    grade: Grade,
    main_group: &'static str,
    groups: Vec<Text<'static>>,
    contacts: Vec<Person<'static>>,
) -> Tie<'static> {
    let main_group = main_group.into();
    let enrolment = Enrolment { role, grade: Some(grade), main_group, student_number: None, location: None, groups };
    let contact =
        |person| ContactPerson { person, relation: Relation::Mother, custody: true, access: None, office: None };
    Tie::Pupil(Pupil { enrolment, contacts: contacts.into_iter().map(contact).collect() })
}

/// Numbers of the CPR office's test persons: the same number is the same person at every institution.
pub(super) const NUMBERS: [&str; 9] = [
    "0707614226",
    "0707614234",
    "0707614285",
    "0708610038",
    "0709614045",
    "0709614231",
    "0711614354",
    "2802980011",
    "3112970079",
];
/// From here on they are contact persons only.
const ADULTS: usize = 6;
pub(super) const SCHOOLS: [&str; 3] = ["100", "200", "300"];
/// Groups that a school may list. Who is in one that is not listed is in one that the keeper made.
const GROUPS: [(&str, GroupKind, Option<Grade>); 6] = [
    ("7A", GroupKind::Main, Some(Grade::Year(7))),
    ("7B", GroupKind::Main, Some(Grade::Year(7))),
    ("7-ma", GroupKind::Course, None),
    ("gul", GroupKind::Main, Some(Grade::DayCare)),
    ("sfo", GroupKind::LeisureCare, None),
    ("team", GroupKind::Team, None),
];

/// Always the same numbers after each other (Knuth's generator).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn person(&mut self, number: usize) -> Person<'static> {
        let name = PersonName::new(["Anna", "Berta", "Carla"][self.roll(3)], "Eksempel");
        let street = ["Skolevej 1", "Skolevej 2"].get(self.roll(3)).map(|it| (*it).into());
        Person {
            civil_id: Some(CivilId::new(NUMBERS[number], CivilIdKind::Verified, CountryCode::DK)),
            protection: if self.roll(6) == 0 { Protection::Protected } else { Protection::Open },
            address: street.map(|street| Address {
                street: Some(street),
                postal_code: Some("4690".into()),
                town: Some("Haslev".into()),
                ..Address::default()
            }),
            ..Person::named(name)
        }
    }

    fn member(&mut self, number: usize) -> Member<'static> {
        let tie = match self.roll(8) {
            0 | 1 => {
                use StaffRole::{Head, Pedagogue, Substitute, Teacher};
                let roles = [vec![Teacher], vec![Pedagogue, Head], vec![Pedagogue], vec![Substitute, Teacher]];
                let roles = roles[self.roll(4)].clone();
                let groups = self.some(&["7A", "7-ma", "gul", "sfo", "team"]);
                Tie::Staff(Employment { roles, initials: None, occupation: None, location: None, groups })
            }
            2 => {
                let role = [ExternalRole::Intern, ExternalRole::External][self.roll(2)];
                Tie::External(External { role, groups: self.some(&["7A", "team"]) })
            }
            3 | 4 => {
                let contacts = self.contacts();
                enrolled(PupilRole::Child, Grade::DayCare, "gul", self.some(&["sfo"]), contacts)
            }
            _ => {
                let contacts = self.contacts();
                let class = ["7A", "7B"][self.roll(2)];
                enrolled(PupilRole::Pupil, Grade::Year(7), class, self.some(&["7-ma", "sfo", "team"]), contacts)
            }
        };
        let local_id = Some(format!("p{number}").into());
        Member { source: "A".into(), local_id, person: Some(self.person(number)), tie: Some(tie), since: None }
    }

    fn some(&mut self, all: &[&'static str]) -> Vec<Text<'static>> {
        all.iter().filter(|_| self.roll(2) == 0).map(|it| (*it).into()).collect()
    }

    fn contacts(&mut self) -> Vec<Person<'static>> {
        let contacts = (ADULTS..NUMBERS.len()).filter(|_| self.roll(3) == 0).collect::<Vec<_>>();
        contacts.into_iter().map(|it| self.person(it)).collect()
    }

    fn groups(&mut self) -> BTreeMap<&'static str, Group<'static>> {
        let listed = GROUPS.into_iter().filter(|_| self.roll(4) > 0).collect::<Vec<_>>();
        listed.into_iter().map(|it| (it.0, self.group(it))).collect()
    }

    fn group(&mut self, (id, kind, grade): (&'static str, GroupKind, Option<Grade>)) -> Group<'static> {
        let name = [None, Some("Solen"), Some("Månen")][self.roll(3)].map(Into::into);
        let from = [None, NaiveDate::from_ymd_opt(2026, 8, 15)][self.roll(2)];
        // A course may become a group of another kind.
        let kind = if kind == GroupKind::Course && self.roll(4) == 0 { GroupKind::Other } else { kind };
        Group { id: id.into(), name, kind, grade, line: None, from, to: None, since: None }
    }
}

/// A server over a store on the disk.
pub(super) struct Server {
    folder: Arc<TempDir>,
    pub(super) store: Arc<Sqlite>,
    pub(super) service: Service,
}

impl Server {
    pub(super) fn new() -> Self {
        Self::over(Arc::new(tempfile::tempdir().unwrap()))
    }

    fn over(folder: Arc<TempDir>) -> Self {
        let store = Arc::new(Sqlite::open(&folder.path().join("store.db")).unwrap());
        let choices = Choices { token_secret: Some("known to all".to_owned()), ..Choices::default() };
        let service = Service::new(Options::default(), choices).with_ledger(store.clone(), TimeDelta::days(400));
        Self { folder, store, service }
    }

    /// Begins anew, and remembers. Page tokens are still good, where the secret is the same.
    pub(super) fn restart(&mut self) {
        *self = Self::over(self.folder.clone());
    }
}

/// What happens at the schools.
pub(super) struct World {
    pub(super) dice: Dice,
    school: School,
    /// Who is where, by the schools' own account.
    here: [BTreeMap<usize, Member<'static>>; 3],
    groups: [BTreeMap<&'static str, Group<'static>>; 3],
}

/// A full import that brings what the school has told already; but groups that nobody lists any more and nobody is in may go.
const SAME: [&str; 3] = ["the first again", "the second again", "the third again"];

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self { dice: Dice(seed), school: School::default(), here: Default::default(), groups: Default::default() }
    }

    pub(super) fn step(&mut self, server: &mut Server) -> &'static str {
        let at = self.dice.roll(3);
        match self.dice.roll(10) {
            0 | 1 => {
                let members = (0..ADULTS).filter(|_| self.dice.roll(2) == 0).collect::<Vec<_>>();
                self.here[at] = members.into_iter().map(|it| (it, self.dice.member(it))).collect();
                self.groups[at] = self.dice.groups();
                self.full(at, server);
                "a full import"
            }
            2 | 3 => {
                let number = self.dice.roll(ADULTS);
                let member = self.dice.member(number);
                self.add(at, number, member, server);
                "one person more, or different"
            }
            4 => {
                let Some((number, _)) = self.here[at].pop_first() else { return "nobody to remove" };
                self.remove(at, number, server);
                "one person less"
            }
            5 => {
                let (number, to) = (self.dice.roll(ADULTS), (at + 1 + self.dice.roll(2)) % 3);
                let Some(member) = self.here[at].remove(&number) else { return "nobody to move" };
                self.remove(at, number, server);
                self.add(to, number, member, server);
                "somebody moves to another school"
            }
            6 => {
                self.full(at, server);
                SAME[at]
            }
            7 => {
                let listed = GROUPS[self.dice.roll(GROUPS.len())];
                let (id, group) = (listed.0, self.dice.group(listed));
                let heading = self.school.heading(SCHOOLS[at], Mode::Delta);
                self.school.bring(&*server.store, heading, std::slice::from_ref(&group), &[]);
                self.groups[at].insert(id, group);
                "a group more, or different"
            }
            8 => {
                let mut organisation = Organisation::numbered(OrganisationNumber::new(SCHOOLS[at]));
                organisation.name = Some(["Nordskolen", "Sydskolen"][self.dice.roll(2)].into());
                organisation.parent = [Some("100"), Some("200"), None][self.dice.roll(3)].map(OrganisationNumber::new);
                server.store.keep_organisations(&[organisation]).unwrap();
                "another name, or another school above"
            }
            _ => {
                server.restart();
                "a new start"
            }
        }
    }

    /// Where everything has just been handed in: that once more.
    pub(super) fn repeat(&mut self, what: &str, server: &Server) -> bool {
        let at = SAME.iter().position(|it| *it == what);
        at.iter().for_each(|at| self.full(*at, server));
        at.is_some()
    }

    fn full(&mut self, at: usize, server: &Server) {
        let members: Vec<Member<'static>> = self.here[at].values().cloned().collect();
        let groups: Vec<Group<'static>> = self.groups[at].values().cloned().collect();
        let heading = self.school.heading(SCHOOLS[at], Mode::Full);
        self.school.bring(&*server.store, heading, &groups, &members);
    }

    fn add(&mut self, at: usize, number: usize, member: Member<'static>, server: &Server) {
        let heading = self.school.heading(SCHOOLS[at], Mode::Delta);
        self.school.bring(&*server.store, heading, &[], std::slice::from_ref(&member));
        self.here[at].insert(number, member);
    }

    fn remove(&mut self, at: usize, number: usize, server: &Server) {
        let mut intake = server.store.begin(self.school.heading(SCHOOLS[at], Mode::Delete)).unwrap();
        assert!(intake.remove(&format!("p{number}")).unwrap());
        intake.commit().unwrap();
    }
}
