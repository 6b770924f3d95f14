//! `skolebro demo-data`: made-up institutions with made-up people, as many as wanted, the same for the same seed.
//!
//! Civil registration numbers are replacement numbers (day of birth + 60), which are nobody's.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use indicatif::ProgressBar;

use super::{DemoData, Failure, at, progress};
use crate::{
    crosswalk::Trail,
    domain::{
        AccessLevel, Address, CivilId, CivilIdKind, ContactPerson, CountryCode, Employment, Enrolment, External,
        ExternalRole, Gender, Grade, Group, GroupKind, ImportSource, Member, Organisation, OrganisationNumber, Person,
        PersonName, Phone, Phones, Protection, Pupil, PupilRole, Relation, Roster, SchoolYear, StaffRole, Tie, UserId,
    },
    standards::unilogin::{
        eksport::Package,
        inst,
        stream::{Exporter, Form},
    },
};

const GIVEN: [&str; 24] = [
    "Alma",
    "Bjørn",
    "Carla",
    "Dagny",
    "Elias",
    "Freja",
    "Gustav",
    "Håkon",
    "Ida Marie",
    "Jonas",
    "Karla",
    "Lærke",
    "Magnus",
    "Nanna",
    "Oscar",
    "Pernille",
    "Rasmus",
    "Signe",
    "Thor",
    "Ulla",
    "Villads",
    "Xenia",
    "Yrsa",
    "Åse",
];
const FAMILY: [&str; 20] = [
    "Andersen",
    "Bæk",
    "Christensen",
    "Dahl",
    "Eriksen",
    "Friis",
    "Gade",
    "Holm",
    "Iversen",
    "Juul",
    "Kjær",
    "Lund",
    "Møller",
    "Nørgaard",
    "Olsen",
    "Poulsen",
    "Rasmussen",
    "Sørensen",
    "Thomsen",
    "Østergaard",
];
const STREETS: [&str; 8] =
    ["Tjørnevej", "Åboulevarden", "Skolegade", "Møllebakken", "Søndergade", "Ørstedsvej", "Kirkestræde", "Birkealle"];
const SOURCE: Cow<'static, str> = Cow::Borrowed("DemoAdm");

pub(super) fn run(args: &DemoData) -> Result<(), Failure> {
    let folder = args.output.as_path();
    std::fs::create_dir_all(folder).map_err(|why| at(folder, why))?;
    let mut numbers = Numbers(args.seed);
    let mut organisations = Vec::new();
    let bar = progress::making(args.persons);
    for place in 0..args.institutions {
        let each = args.persons / u64::from(args.institutions);
        let more = u64::from(u64::from(place) < args.persons % u64::from(args.institutions));
        let organisation = organisation(place);
        let path = folder.join(format!("{}.xml", organisation.number.as_str()));
        institution(&path, &organisation, each + more, &mut numbers, &bar).map_err(|why| at(&path, why))?;
        organisations.push(organisation);
    }
    let path = folder.join("institutions.xml");
    std::fs::write(&path, inst::institutioner(organisations, &mut Trail::silent())).map_err(|why| at(&path, why))
}

/// One export document, written as it is made.
fn institution(
    path: &Path,
    organisation: &Organisation<'static>,
    persons: u64,
    numbers: &mut Numbers,
    bar: &ProgressBar,
) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let groups = groups(persons);
    let source =
        ImportSource { source: SOURCE, extracted_at: exported(), school_year: SchoolYear { first: 2026, last: 2027 } };
    let organisation = organisation.clone();
    let head =
        Roster { organisation, exported_at: Some(exported()), sources: vec![source], groups, members: Vec::new() };
    let mut trail = Trail::silent();
    let mut exporter = Exporter::begin(&head, Form::bpi(Package::FullMyndighed), exported(), &mut trail);
    for place in 0..persons {
        exporter.write(&member(place, &head.groups, numbers), &mut trail);
        if exporter.waiting() > 1 << 18 {
            out.write_all(exporter.take().as_bytes())?;
        }
        bar.inc(1);
    }
    out.write_all(exporter.finish().as_bytes())?;
    out.flush()
}

fn exported() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-09-01T04:00:00+02:00").unwrap_or_default()
}

fn organisation(place: u32) -> Organisation<'static> {
    let number = format!("{}", 990_000 + place);
    let mut organisation = Organisation::numbered(OrganisationNumber::new(number));
    organisation.name = Some(format!("Demoskole {}", place + 1).into());
    organisation.kind.code = Some("1012".into());
    organisation.kind.name = Some("Folkeskoler".into());
    organisation.unit_kind = Some("Institution uden enheder".into());
    organisation.street = Some(format!("Skolevej {}", place + 1).into());
    organisation.postal_code = Some("9994".into());
    organisation.town = Some("Demoby".into());
    organisation.email = Some(format!("kontor{}@demo.example", place + 1).into());
    organisation.municipality.code = Some("998".into());
    organisation.municipality.name = Some("Demo Kommune".into());
    organisation
}

/// A class for every twenty-four persons, and as many courses.
fn groups(persons: u64) -> Vec<Group<'static>> {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day);
    let classes = persons.div_ceil(24).max(1);
    let class = |at: u64| {
        let (grade, line) = (at % 10, at / 10);
        let id = format!("{grade}-{line}");
        Group {
            name: Some(format!("{grade}. {line}").into()),
            id: id.into(),
            kind: GroupKind::Main,
            grade: Some(Grade::Year(u8::try_from(grade).unwrap_or(0))),
            line: Some(line.to_string().into()),
            from: day(2026, 8, 1),
            to: day(2027, 6, 30),
            since: None,
        }
    };
    let course = |at: u64| Group {
        id: format!("Hold {at}").into(),
        name: None,
        kind: GroupKind::Course,
        grade: None,
        line: None,
        from: None,
        to: None,
        since: None,
    };
    (0..classes).map(class).chain((0..classes).map(course)).collect()
}

fn member(place: u64, groups: &[Group<'static>], numbers: &mut Numbers) -> Member<'static> {
    let classes = groups.len() / 2;
    let at = usize::try_from(place / 24).unwrap_or(0).min(classes - 1);
    let (class, course) = (&groups[at], &groups[classes + numbers.below(classes)]);
    let id = numbers.next_id();
    let tie = match numbers.below(100) {
        0..=87 => Tie::Pupil(pupil(class, course, numbers)),
        88..=96 => Tie::Staff(Employment {
            roles: vec![*numbers.pick(&[
                StaffRole::Teacher,
                StaffRole::Teacher,
                StaffRole::Pedagogue,
                StaffRole::Technical,
            ])],
            initials: Some(format!("{:03X}", numbers.below(4096)).into()),
            occupation: Some("Lærer".into()),
            location: None,
            groups: vec![class.id.clone(), course.id.clone()],
        }),
        _ => Tie::External(External { role: ExternalRole::Intern, groups: vec![class.id.clone()] }),
    };
    let year = match &tie {
        Tie::Pupil(_) => 2011 + numbers.below(10),
        Tie::Staff(_) | Tie::External(_) => 1960 + numbers.below(40),
    };
    Member {
        source: SOURCE,
        local_id: Some(format!("L-{place}").into()),
        person: Some(person(id, year, numbers)),
        tie: Some(tie),
        since: None,
    }
}

fn pupil(class: &Group<'static>, course: &Group<'static>, numbers: &mut Numbers) -> Pupil<'static> {
    let enrolment = Enrolment {
        role: PupilRole::Pupil,
        grade: class.grade,
        main_group: class.id.clone(),
        student_number: Some(numbers.below(1_000_000).to_string().into()),
        location: None,
        groups: vec![course.id.clone()],
    };
    let mut contact = |relation, custody, access| {
        let id = numbers.next_id();
        let year = 1975 + numbers.below(20);
        ContactPerson { person: person(id, year, numbers), relation, custody, access: Some(access), office: None }
    };
    let contacts = vec![
        contact(Relation::Mother, true, AccessLevel::Sensitive),
        contact(Relation::Father, true, AccessLevel::Sensitive),
    ];
    Pupil { enrolment, contacts }
}

fn person(id: String, year: usize, numbers: &mut Numbers) -> Person<'static> {
    let name = PersonName::new(*numbers.pick(&GIVEN), *numbers.pick(&FAMILY));
    let female = numbers.below(2) == 0;
    let (month, day) = (1 + numbers.below(12), 1 + numbers.below(28));
    let birth_date = NaiveDate::from_ymd_opt(
        i32::try_from(year).unwrap_or(2000),
        u32::try_from(month).unwrap_or(1),
        u32::try_from(day).unwrap_or(1),
    );
    let protected = numbers.below(200) == 0;
    let number = birth_date.map(|it| {
        let serial = numbers.below(500) * 2 + usize::from(!female);
        let century = if it.year() >= 2000 { 4 } else { 0 };
        format!("{:02}{:02}{:02}{century}{serial:03}", it.day() + 60, it.month(), it.year() % 100)
    });
    let mut person = Person::named(name);
    person.protection = if protected { Protection::Protected } else { Protection::Open };
    person.alias = protected.then(|| PersonName::new(*numbers.pick(&GIVEN), "Alias"));
    person.email = Some(format!("{id}@demo.example").into());
    person.user_id = Some(UserId::new(id));
    person.civil_id = number.map(|it| CivilId::new(it, CivilIdKind::Replacement, CountryCode::DK));
    person.birth_date = birth_date;
    person.gender = Some(if female { Gender::Female } else { Gender::Male });
    person.address = Some(Address {
        street: Some(format!("{} {}", numbers.pick(&STREETS), 1 + numbers.below(199)).into()),
        postal_code: Some("9994".into()),
        town: Some("Demoby".into()),
        country_code: Some(CountryCode::DK),
        country: Some("Danmark".into()),
        municipality_code: Some("998".into()),
        municipality_name: Some("Demo Kommune".into()),
    });
    let phone =
        Phone { number: format!("00 00 {:02} {:02}", numbers.below(100), numbers.below(100)).into(), protected: false };
    person.phones = Phones { home: None, work: None, mobile: Some(phone) };
    person
}

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// A user id of the new form: ten letters and digits. Long enough that two are never the same.
    fn next_id(&mut self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnopqrstuvwxyz2345678";
        let bits = self.next();
        (0..10).map(|at| char::from(LETTERS[usize::try_from((bits >> (5 * at)) & 31).unwrap_or(0)])).collect()
    }
}
