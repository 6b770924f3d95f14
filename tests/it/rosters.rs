//! Generated rosters: any that an export can carry, with odd letters, every code, and everything missing that may be.

use chrono::{DateTime, FixedOffset, NaiveDate};
use proptest::{collection::vec, option, prelude::*, sample::select};
use skolebro::domain::{
    AccessLevel, Address, CivilId, CivilIdKind, ContactPerson, CountryCode, Employment, Enrolment, External,
    ExternalRole, Gender, Grade, Group, GroupKind, ImportSource, Member, Office, Organisation, OrganisationNumber,
    Person, PersonName, Phone, Phones, Protection, Pupil, PupilRole, Relation, Roster, SchoolYear, StaffRole, Text,
    Tie, UserId,
};

/// What a roster tells, without what a store has noted of it: since when who is there.
pub(crate) fn told(roster: &Roster<'static>) -> Roster<'static> {
    let mut roster = roster.clone();
    roster.groups.iter_mut().for_each(|it| it.since = None);
    roster.members.iter_mut().for_each(|it| it.since = None);
    roster
}

/// Rosters of one institution.
pub(crate) fn roster() -> impl Strategy<Value = Roster<'static>> {
    let sources = vec((token(40), moment(), 1990_u16..2090), 1..3);
    let head = (select(vec!["999001", "A12345", "1"]), option::of(token(60)), moment(), sources, vec(group(), 0..5));
    head.prop_flat_map(|(number, name, exported_at, sources, groups)| {
        let mut organisation = Organisation::numbered(OrganisationNumber::new(number));
        organisation.name = name;
        let source = |(source, extracted_at, first): (Text<'static>, _, u16)| {
            let school_year = SchoolYear { first, last: first + 1 };
            ImportSource { source, extracted_at, school_year }
        };
        let sources: Vec<ImportSource<'static>> = sources.into_iter().map(source).collect();
        let names: Vec<Text<'static>> = sources.iter().map(|it| it.source.clone()).collect();
        let keys: Vec<Text<'static>> =
            groups.iter().map(|it| it.id.clone()).chain(["Ulistet".into(), "4 Å".into()]).collect();
        vec(member(names, keys), 0..7).prop_map(move |members| Roster {
            organisation: organisation.clone(),
            exported_at: Some(exported_at),
            sources: sources.clone(),
            groups: groups.clone(),
            members,
        })
    })
}

/// Text that a token may be: letters and signs of all kinds, no blanks at the ends and none twice.
fn token(most: usize) -> impl Strategy<Value = Text<'static>> {
    let character = prop_oneof![
        8 => prop::char::range('a', 'z'),
        4 => select(vec!['Æ', 'ø', 'å', 'É', 'ü', 'ğ', 'ł', '\u{30a}', 'Щ', '文', '😀']),
        3 => select(vec!['&', '<', '>', '"', '\'', ']', ':', '%', '/', '-', '.', '_', '@', '5', '\u{a0}']),
        2 => Just(' '),
    ];
    vec(character, 1..=most.min(12)).prop_map(move |it| {
        let words: String = it.into_iter().collect();
        let collapsed = words.split(' ').filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
        Text::Owned(if collapsed.is_empty() { "å".to_owned() } else { collapsed })
    })
}

fn some_token(most: usize) -> impl Strategy<Value = Option<Text<'static>>> {
    option::of(token(most))
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (1900_i32..2100, 1_u32..=366).prop_map(|(year, day)| {
        NaiveDate::from_yo_opt(year, day).unwrap_or_else(|| NaiveDate::from_ymd_opt(year, 12, 31).unwrap())
    })
}

fn moment() -> impl Strategy<Value = DateTime<FixedOffset>> {
    let zone = select(vec![0, 60, 120, -330, 840]);
    (946_684_800_i64..4_000_000_000, select(vec![0_u32, 500_000_000, 1]), zone).prop_map(|(seconds, nanos, zone)| {
        DateTime::from_timestamp(seconds, nanos).unwrap().with_timezone(&FixedOffset::east_opt(zone * 60).unwrap())
    })
}

fn grade() -> impl Strategy<Value = Grade> {
    prop_oneof![
        (0_u8..=10).prop_map(Grade::Year),
        (1_u8..=4).prop_map(Grade::Upper),
        select(vec![Grade::DayCare, Grade::Adult, Grade::Other]),
    ]
}

/// Kinds that an export has. Only a main group has a grade there.
fn group() -> impl Strategy<Value = Group<'static>> {
    use GroupKind::{Course, LeisureCare, Line, Main, Other, Team, Year};
    let kind = select(vec![Main, Main, Year, Line, Course, LeisureCare, Team, Other]);
    let days = (option::of(day()), option::of(day()));
    (group_key(), some_token(100), kind, option::of(grade()), some_token(40), days).prop_map(
        |(id, name, kind, grade, line, (from, to))| {
            let grade = grade.filter(|_| kind == Main);
            Group { id, name, kind, grade, line, from, to, since: None }
        },
    )
}

fn group_key() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![select(vec![Text::Borrowed("1A"), Text::Borrowed("SFO"), Text::Borrowed("Hold & leg")]), token(12)]
}

fn member(sources: Vec<Text<'static>>, groups: Vec<Text<'static>>) -> impl Strategy<Value = Member<'static>> {
    let source = prop_oneof![9 => select(sources), 1 => Just(Text::Borrowed("HUGO Brugeradministrationen"))];
    let local_id = option::of("[A-Za-z0-9-]{1,18}".prop_map(Text::Owned));
    let person = option::weighted(0.9, person());
    (source, local_id, person, option::weighted(0.9, tie(groups))).prop_map(|(source, local_id, person, tie)| Member {
        source,
        local_id,
        person,
        tie,
        since: None,
    })
}

fn tie(groups: Vec<Text<'static>>) -> impl Strategy<Value = Tie<'static>> {
    let some = |groups: &[Text<'static>]| vec(select(groups.to_vec()), 0..4);
    let pupil = (
        pupil_role(),
        grade(),
        select(groups.clone()),
        some_token(26),
        some_token(20),
        some(&groups),
        vec(contact(), 0..3),
    );
    let pupil = pupil.prop_map(|(role, grade, main_group, student_number, location, groups, contacts)| {
        let enrolment = Enrolment { role, grade: Some(grade), main_group, student_number, location, groups };
        Tie::Pupil(Pupil { enrolment, contacts })
    });
    let staff = (vec(staff_role(), 1..4), some_token(20), some_token(20), some_token(20), some(&groups));
    let staff = staff.prop_map(|(roles, initials, occupation, location, groups)| {
        Tie::Staff(Employment { roles, initials, occupation, location, groups })
    });
    let role = select(vec![ExternalRole::Intern, ExternalRole::External]);
    let external = (role, some(&groups)).prop_map(|(role, groups)| Tie::External(External { role, groups }));
    prop_oneof![4 => pupil, 3 => staff, 1 => external]
}

fn pupil_role() -> impl Strategy<Value = PupilRole> {
    select(vec![PupilRole::Child, PupilRole::Pupil, PupilRole::Student])
}

fn staff_role() -> impl Strategy<Value = StaffRole> {
    use StaffRole::{Consultant, Head, Management, Pedagogue, Substitute, Teacher, Technical};
    select(vec![Teacher, Pedagogue, Substitute, Head, Management, Technical, Consultant])
}

fn contact() -> impl Strategy<Value = ContactPerson<'static>> {
    let relation = select(vec![Relation::Mother, Relation::Father, Relation::Other, Relation::OfficiallyAssigned]);
    let access = select(vec![AccessLevel::Ordinary, AccessLevel::Sensitive]);
    (person(), relation, any::<bool>(), access, office()).prop_map(|(person, relation, custody, access, office)| {
        let office = office.filter(|_| relation == Relation::OfficiallyAssigned);
        ContactPerson { person, relation, custody, access: Some(access), office }
    })
}

/// The authority behind a contact person.
fn office() -> impl Strategy<Value = Option<Office<'static>>> {
    let number = |digits: &'static str| option::of(digits.prop_map(Text::Owned));
    (number("[0-9]{8}"), number("[0-9]{10}")).prop_map(|(company, unit)| Office::new(company, unit))
}

/// A user id is everywhere the same person's, so that it must not come twice by chance.
fn person() -> impl Strategy<Value = Person<'static>> {
    let names = (token(30), token(30), option::of((some_token(30), some_token(30))), prop::bool::weighted(0.3));
    let known = (option::of(civil_id()), option::of(day()), option::of(select(vec![Gender::Female, Gender::Male])));
    let reach = (option::of(email()), option::of(address()), phones(), some_token(20));
    ("[a-z]{4}[a-z0-9]{8}", names, known, reach).prop_map(|(user, names, (civil_id, birth_date, gender), reach)| {
        let (given, family, alias, protected) = names;
        let (email, address, phones, photo) = reach;
        let alias = alias.filter(|(given, family)| given.is_some() || family.is_some());
        let alias = alias.map(|(given, family)| PersonName::new(given.unwrap_or_default(), family.unwrap_or_default()));
        Person {
            user_id: Some(UserId::new(user)),
            name: PersonName::new(given, family),
            alias,
            protection: if protected { Protection::Protected } else { Protection::Open },
            civil_id,
            birth_date,
            gender,
            email,
            address,
            phones,
            photo,
        }
    })
}

fn email() -> impl Strategy<Value = Text<'static>> {
    prop_oneof!["[a-z]{1,8}\\.[a-zæøå]{1,8}@skole\\.example".prop_map(Text::Owned), token(12)]
}

/// Numbers that are nobody's: replacement numbers, letters, and zeros.
fn civil_id() -> impl Strategy<Value = CivilId<'static>> {
    use CivilIdKind::{Replacement, Unknown, Unverified, Verified};
    let number =
        prop_oneof![8 => "[67][1-9]0[1-9][0-9]{6}", 1 => "[0-9]{6}[A-Z]{4}", 1 => Just("0000000000".to_owned())];
    (number, select(vec![Verified, Unverified, Replacement, Unknown]))
        .prop_map(|(number, kind)| CivilId::new(number, kind, CountryCode::DK))
}

fn address() -> impl Strategy<Value = Address<'static>> {
    let country_code = option::of(select(vec!["DK", "SE", "GL", "FO", "DE", "US", "PL"]));
    let municipality = (option::of("0?[1-9][0-9]{2}".prop_map(Text::Owned)), some_token(40));
    (some_token(40), some_token(12), some_token(40), country_code, some_token(20), municipality).prop_map(
        |(street, postal_code, town, country_code, country, (municipality_code, municipality_name))| Address {
            street,
            postal_code,
            town,
            country_code: country_code.and_then(CountryCode::parse),
            country,
            municipality_code,
            municipality_name,
        },
    )
}

fn phones() -> impl Strategy<Value = Phones<'static>> {
    (phone(), phone(), phone()).prop_map(|(home, work, mobile)| Phones { home, work, mobile })
}

/// A protected number comes without its digits.
fn phone() -> impl Strategy<Value = Option<Phone<'static>>> {
    let open = "(\\+45 )?[0-9]{2}( [0-9]{2}){3}".prop_map(|it| Phone { number: Text::Owned(it), protected: false });
    let short = "[0-9]{0,3}".prop_map(|it| Phone { number: Text::Owned(it), protected: false });
    option::of(prop_oneof![6 => open, 1 => short, 2 => Just(Phone { number: "".into(), protected: true })])
}

/// Rosters of other origin: each has something that an export has no place for.
pub(crate) fn loose_roster() -> impl Strategy<Value = Roster<'static>> {
    (roster(), vec((any::<prop::sample::Index>(), 0..LOOSENINGS.len()), 1..4)).prop_map(|(mut roster, changes)| {
        for (at, change) in changes {
            LOOSENINGS[change](&mut roster, at.index(usize::MAX));
        }
        roster
    })
}

type Loosening = fn(&mut Roster<'static>, usize);

const LOOSENINGS: &[Loosening] = &[
    |roster, _| roster.organisation.street = Some("Skolevej 1".into()),
    |roster, _| roster.organisation.name = Some(" \u{a0} ".into()),
    |roster, _| roster.organisation.name = Some("  To  ord\n".into()),
    |roster, at| on(&mut roster.groups, at, |it| it.kind = GroupKind::Institution),
    |roster, at| on(&mut roster.groups, at, |it| (it.kind, it.grade) = (GroupKind::Year, Some(Grade::Year(4)))),
    |roster, at| on(&mut roster.groups, at, |it| it.grade = Some(Grade::Year(12))),
    |roster, at| on(&mut roster.groups, at, |it| it.name = Some("N".repeat(101).into())),
    |roster, at| on(&mut roster.groups, at, |it| it.name = Some(" ".into())),
    |roster, at| on(&mut roster.groups, at, |it| it.line = Some("L".repeat(41).into())),
    |roster, at| on(&mut roster.members, at, |it| it.source = "".into()),
    |roster, at| on(&mut roster.members, at, |it| it.local_id = Some("med blank".into())),
    |roster, at| on(&mut roster.members, at, |it| it.local_id = Some("1234567890123456789".into())),
    |roster, at| on_person(roster, at, |it| it.user_id = None),
    |roster, at| on_person(roster, at, |it| it.user_id = Some(UserId::new("to ord"))),
    |roster, at| on_person(roster, at, |it| it.protection = Protection::Unstated),
    |roster, at| on_person(roster, at, |it| it.name = PersonName::new("", "Bæk")),
    |roster, at| on_person(roster, at, |it| it.name = PersonName::new("Bo ", "  ")),
    |roster, at| on_person(roster, at, |it| it.name.guessed = true),
    |roster, at| {
        on_person(roster, at, |it| {
            it.civil_id = Some(CivilId::new("201301012384", CivilIdKind::Unknown, CountryCode::SE))
        })
    },
    |roster, at| {
        on_person(roster, at, |it| it.civil_id = Some(CivilId::new("x", CivilIdKind::Unknown, CountryCode::DK)))
    },
    |roster, at| on_person(roster, at, |it| it.email = Some("".into())),
    |roster, at| on_person(roster, at, |it| it.photo = Some(" ".into())),
    |roster, at| {
        on_person(roster, at, |it| it.phones.home = Some(Phone { number: "33 44 55 66".into(), protected: true }))
    },
    |roster, at| {
        on_person(roster, at, |it| it.phones.work = Some(Phone { number: " 33  44\t55 66 ".into(), protected: false }))
    },
    |roster, at| {
        on_person(roster, at, |it| {
            let (street, country_code) = (Some("\n".into()), CountryCode::parse("XX"));
            it.address = Some(Address {
                street,
                country_code,
                municipality_name: Some("M".repeat(41).into()),
                ..Address::default()
            });
        });
    },
    |roster, at| on_pupil(roster, at, |it| it.enrolment.grade = None),
    |roster, at| on_pupil(roster, at, |it| it.enrolment.student_number = Some("1".repeat(27).into())),
    |roster, at| on_pupil(roster, at, |it| it.enrolment.main_group = "G".repeat(76).into()),
    |roster, at| on_pupil(roster, at, |it| it.enrolment.groups.push(" ".into())),
    |roster, at| on_pupil(roster, at, |it| it.contacts.iter_mut().for_each(|it| it.access = None)),
    |roster, at| on_pupil(roster, at, |it| it.contacts.iter_mut().for_each(|it| it.person.user_id = None)),
    |roster, at| on_pupil(roster, at, |it| it.contacts = it.contacts.iter().cycle().take(12).cloned().collect()),
    |roster, at| {
        on_pupil(roster, at, |it| {
            it.contacts.iter_mut().for_each(|it| it.office = Office::new(Some(" 1 2\n".into()), Some(" ".into())));
        });
    },
];

fn on<T>(all: &mut [T], at: usize, change: impl Fn(&mut T)) {
    if !all.is_empty() {
        let place = at % all.len();
        change(&mut all[place]);
    }
}

fn on_person(roster: &mut Roster<'static>, at: usize, change: impl Fn(&mut Person<'static>)) {
    on(&mut roster.members, at, |it| it.person.iter_mut().for_each(&change));
}

fn on_pupil(roster: &mut Roster<'static>, at: usize, change: impl Fn(&mut Pupil<'static>)) {
    on(&mut roster.members, at, |it| {
        if let Some(Tie::Pupil(pupil)) = &mut it.tie {
            change(pupil);
        }
    });
}

/// Everybody, contact persons too.
pub(crate) fn persons<'r>(roster: &'r mut Roster<'static>) -> impl Iterator<Item = &'r mut Person<'static>> {
    roster.members.iter_mut().flat_map(|member| {
        let contacts = if let Some(Tie::Pupil(pupil)) = &mut member.tie { &mut pupil.contacts[..] } else { &mut [] };
        member.person.iter_mut().chain(contacts.iter_mut().map(|it| &mut it.person))
    })
}
