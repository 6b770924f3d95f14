//! Everything of one institution at one moment: what an export, a pull or a conversion carries.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::{
    ContactPerson, Employment, Enrolment, External, Group, LocalId, Organisation, Person, Text, own, own_option,
};

/// One institution with its groups and people.
#[derive(Debug, Clone, PartialEq)]
pub struct Roster<'a> {
    /// The institution.
    pub organisation: Organisation<'a>,
    /// When this was put together.
    pub exported_at: Option<DateTime<FixedOffset>>,
    /// Where the members came from.
    pub sources: Vec<ImportSource<'a>>,
    /// Its groups.
    pub groups: Vec<Group<'a>>,
    /// Its people.
    pub members: Vec<Member<'a>>,
}

/// A local system that members were imported from.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportSource<'a> {
    /// Its name; members refer to it.
    pub source: Text<'a>,
    /// When the data left it.
    pub extracted_at: DateTime<FixedOffset>,
    /// The school year that the data is of. At the turn of the year there may be two in one roster.
    pub school_year: SchoolYear,
}

/// A school year, by its two calendar years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchoolYear {
    /// The year it begins in.
    pub first: u16,
    /// The year it ends in.
    pub last: u16,
}

/// One person at the institution.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<'a> {
    /// The source that told of the person.
    pub source: Text<'a>,
    /// The person's key there; old imports and users made by hand lack it.
    pub local_id: Option<Text<'a>>,
    /// Who; missing for users made by hand.
    pub person: Option<Person<'a>>,
    /// As what the person is here.
    pub tie: Option<Tie<'a>>,
    /// Since when that is so, as far as whoever keeps the roster can tell: noted when the person comes, and not changed while
    /// the person stays. No document says it, so that rosters that are read have none.
    pub since: Option<NaiveDate>,
}

/// As what a person is at an institution: exactly one of these.
#[derive(Debug, Clone, PartialEq)]
pub enum Tie<'a> {
    /// A pupil, and whom to call.
    Pupil(Pupil<'a>),
    /// On the staff.
    Staff(Employment<'a>),
    /// From outside.
    External(External<'a>),
}

/// A pupil's enrolment and contact persons.
#[derive(Debug, Clone, PartialEq)]
pub struct Pupil<'a> {
    /// The enrolment.
    pub enrolment: Enrolment<'a>,
    /// Whom to call.
    pub contacts: Vec<ContactPerson<'a>>,
}

impl Roster<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Roster<'static> {
        let Self { organisation, exported_at, sources, groups, members } = self;
        Roster {
            organisation: organisation.into_owned(),
            exported_at,
            sources: sources.into_iter().map(ImportSource::into_owned).collect(),
            groups: groups.into_iter().map(Group::into_owned).collect(),
            members: members.into_iter().map(Member::into_owned).collect(),
        }
    }
}

impl ImportSource<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> ImportSource<'static> {
        let Self { source, extracted_at, school_year } = self;
        ImportSource { source: own(source), extracted_at, school_year }
    }
}

impl SchoolYear {
    /// Reads "2026-2027".
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-')?;
        let year =
            |it: &str| (it.len() == 4 && it.bytes().all(|b| b.is_ascii_digit())).then(|| it.parse().ok()).flatten();
        Some(Self { first: year(first)?, last: year(last)? })
    }

    /// Its first day, the first of August.
    pub fn begins(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(i32::from(self.first), 8, 1).unwrap_or_default()
    }

    /// The first day of it, or of the one before if it is still to come: a source may tell of the next school year weeks before
    /// it begins, but whoever is there on a day has not come later.
    pub fn begun_by(self, day: NaiveDate) -> NaiveDate {
        let Self { first, last: _ } = self;
        let before = Self { first: first.saturating_sub(1), last: first };
        if self.begins() > day { before.begins() } else { self.begins() }
    }
}

impl fmt::Display for SchoolYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:04}", self.first, self.last)
    }
}

impl<'a> Member<'a> {
    /// The key in the local system, with the source that gave it.
    pub fn local_key(&self) -> Option<LocalId<'_>> {
        let value = self.local_id.as_ref()?;
        Some(LocalId { source: super::lend(&self.source), value: super::lend(value) })
    }

    /// A pupil's contact persons; others have none.
    pub fn contacts(&self) -> &[ContactPerson<'a>] {
        match &self.tie {
            Some(Tie::Pupil(pupil)) => &pupil.contacts,
            Some(Tie::Staff(_) | Tie::External(_)) | None => &[],
        }
    }

    /// Every group the person is in, the main group first and marked.
    pub fn groups(&self) -> impl Iterator<Item = (&Text<'a>, bool)> {
        let (main, groups) = match &self.tie {
            Some(Tie::Pupil(pupil)) => (Some(&pupil.enrolment.main_group), &pupil.enrolment.groups[..]),
            Some(Tie::Staff(employment)) => (None, &employment.groups[..]),
            Some(Tie::External(external)) => (None, &external.groups[..]),
            None => (None, &[][..]),
        };
        let first = move |at: usize, it: &Text<'a>| Some(it) != main && !groups[..at].contains(it);
        let others = groups.iter().enumerate().filter(move |(at, it)| first(*at, it)).map(|(_, it)| (it, false));
        main.into_iter().map(|it| (it, true)).chain(others)
    }

    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Member<'static> {
        let Self { source, local_id, person, tie, since } = self;
        Member {
            source: own(source),
            local_id: own_option(local_id),
            person: person.map(Person::into_owned),
            tie: tie.map(Tie::into_owned),
            since,
        }
    }
}

impl Tie<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Tie<'static> {
        match self {
            Self::Pupil(it) => Tie::Pupil(it.into_owned()),
            Self::Staff(it) => Tie::Staff(it.into_owned()),
            Self::External(it) => Tie::External(it.into_owned()),
        }
    }
}

impl Pupil<'_> {
    /// A copy that borrows from nothing.
    pub fn into_owned(self) -> Pupil<'static> {
        let Self { enrolment, contacts } = self;
        Pupil {
            enrolment: enrolment.into_owned(),
            contacts: contacts.into_iter().map(ContactPerson::into_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn school_years_begin_in_august() {
        let year = SchoolYear::parse("2026-2027").unwrap();
        assert_eq!(year.begins().to_string(), "2026-08-01");
        assert_eq!(year.to_string(), "2026-2027");
        assert_eq!(SchoolYear::parse("2026/2027"), None);
        assert_eq!(SchoolYear::parse("26-27"), None);
    }

    #[test]
    fn nobody_has_come_in_the_future() {
        let begun = |day: &str| SchoolYear { first: 2026, last: 2027 }.begun_by(day.parse().unwrap()).to_string();
        assert_eq!(["2026-07-31", "2026-08-01", "2027-06-30"].map(begun), ["2025-08-01", "2026-08-01", "2026-08-01"]);
    }
}
