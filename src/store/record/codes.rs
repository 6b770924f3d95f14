//! The words of the records, and the hub's.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Offset, TimeZone, Timelike, Utc};
use contracts::skolebro::record::v1;
use soap::xml;

use crate::domain::{
    AccessLevel, CivilIdKind, ExternalRole, Gender, Grade, GroupKind, Protection, PupilRole, Relation, StaffRole, Text,
};

/// Two lists of words, side by side.
macro_rules! words {
    ($there:ident, $back:ident, $hub:ident, $record:ident { $($left:ident = $right:ident),+ }) => {
        pub(super) const fn $there(it: $hub) -> v1::$record {
            match it {
                $($hub::$left => v1::$record::$right,)+
            }
        }

        pub(super) const fn $back(it: v1::$record) -> $hub {
            match it {
                $(v1::$record::$right => $hub::$left,)+
            }
        }
    };
}

words!(group_kind_word, group_kind, GroupKind, GroupKind {
    Main = Main, Year = Year, Line = Line, Course = Course, LeisureCare = LeisureCare, Team = Team,
    Institution = Institution, Other = Other
});
words!(protection_word, protection, Protection, Protection { Open = Open, Protected = Protected, Unstated = Unstated });
words!(gender_word, gender, Gender, Gender { Female = Female, Male = Male });
words!(civil_id_kind_word, civil_id_kind, CivilIdKind, CivilIdKind {
    Verified = Verified, Unverified = Unverified, Replacement = Replacement, Unknown = Unknown
});
words!(relation_word, relation, Relation, Relation {
    Mother = Mother, Father = Father, Other = Other, OfficiallyAssigned = OfficiallyAssigned
});
words!(access_word, access, AccessLevel, Access { Ordinary = Ordinary, Sensitive = Sensitive });
words!(pupil_role_word, pupil_role, PupilRole, PupilRole { Child = Child, Pupil = Pupil, Student = Student });
words!(staff_role_word, staff_role, StaffRole, StaffRole {
    Teacher = Teacher, Pedagogue = Pedagogue, Substitute = Substitute, Head = Head, Management = Management,
    Technical = Technical, Consultant = Consultant
});
words!(external_role_word, external_role, ExternalRole, ExternalRole { Intern = Intern, External = External });

/// The years that there are, so that nothing need be made for them.
const YEARS: [&str; 11] =
    ["year-0", "year-1", "year-2", "year-3", "year-4", "year-5", "year-6", "year-7", "year-8", "year-9", "year-10"];

pub(super) fn grade_word(grade: Grade) -> Text<'static> {
    match grade {
        Grade::DayCare => "care".into(),
        Grade::Year(year) => match YEARS.get(usize::from(year)) {
            Some(word) => (*word).into(),
            None => format!("year-{year}").into(),
        },
        Grade::Upper(year) => format!("upper-{year}").into(),
        Grade::Adult => "adult".into(),
        Grade::Other => "other".into(),
    }
}

pub(super) fn grade(word: &str) -> Option<Grade> {
    match word.split_once('-') {
        Some(("year", year)) => year.parse().ok().map(Grade::Year),
        Some(("upper", year)) => year.parse().ok().map(Grade::Upper),
        Some(_) => None,
        None => match word {
            "care" => Some(Grade::DayCare),
            "adult" => Some(Grade::Adult),
            "other" => Some(Grade::Other),
            _ => None,
        },
    }
}

/// A day; of years that XML Schema does not have the nearest is taken.
pub(super) fn day_word(day: NaiveDate) -> xml::Date {
    let small = |it: u32| u8::try_from(it).unwrap_or(1);
    let year = u16::try_from(day.year().clamp(1, 9999)).unwrap_or(1);
    xml::Date { year, month: small(day.month()), day: small(day.day()), zone: None }
}

pub(super) fn day(date: xml::Date) -> NaiveDate {
    // A date that was decoded exists.
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into()).unwrap_or_default()
}

pub(super) fn moment_word(moment: DateTime<FixedOffset>) -> xml::DateTime {
    let small = |it: u32| u8::try_from(it).unwrap_or(0);
    let zone = i16::try_from(moment.offset().local_minus_utc() / 60).unwrap_or(0);
    let day = day_word(moment.date_naive());
    let date = xml::Date { year: day.year, month: day.month, day: day.day, zone: Some(zone) };
    let (hour, minute, second) = (small(moment.hour()), small(moment.minute()), small(moment.second()));
    xml::DateTime { date, hour, minute, second, nanosecond: moment.nanosecond() % 1_000_000_000 }
}

pub(super) fn moment(time: xml::DateTime) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(i32::from(time.date.zone.unwrap_or(0)) * 60).unwrap_or_else(|| Utc.fix());
    let local =
        day(time.date).and_hms_nano_opt(time.hour.into(), time.minute.into(), time.second.into(), time.nanosecond);
    local.and_then(|it| zone.from_local_datetime(&it).single()).unwrap_or_default()
}
