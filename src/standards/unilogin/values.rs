//! Dates and times of XML Schema, and those of the hub.

use chrono::{DateTime, FixedOffset, NaiveDate, Offset, TimeZone, Timelike, Utc};
use soap::xml;

/// A day; its time zone, which no contract asks for, is not kept.
pub(super) fn day(date: xml::Date) -> NaiveDate {
    // A decoded date exists.
    NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into()).unwrap_or_default()
}

pub(super) fn xml_day(day: NaiveDate) -> xml::Date {
    use chrono::Datelike;
    let small = |it: u32| u8::try_from(it).unwrap_or(1);
    let year = u16::try_from(day.year()).unwrap_or(1).clamp(1, 9999);
    xml::Date { year, month: small(day.month()), day: small(day.day()), zone: None }
}

/// A moment; without a time zone it is taken as UTC.
pub(super) fn moment(time: xml::DateTime) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(i32::from(time.date.zone.unwrap_or(0)) * 60).unwrap_or_else(|| Utc.fix());
    let local =
        day(time.date).and_hms_nano_opt(time.hour.into(), time.minute.into(), time.second.into(), time.nanosecond);
    local.and_then(|it| zone.from_local_datetime(&it).single()).unwrap_or_default()
}

pub(super) fn xml_moment(moment: DateTime<FixedOffset>) -> xml::DateTime {
    let small = |it: u32| u8::try_from(it).unwrap_or(0);
    let zone = i16::try_from(moment.offset().local_minus_utc() / 60).unwrap_or(0);
    let date = xml::Date { zone: Some(zone), ..xml_day(moment.date_naive()) };
    let (hour, minute, second) = (small(moment.hour()), small(moment.minute()), small(moment.second()));
    xml::DateTime { date, hour, minute, second, nanosecond: moment.nanosecond() % 1_000_000_000 }
}

#[cfg(test)]
mod tests {
    use soap::xml::Value;

    use super::*;

    #[test]
    fn moments_come_back() {
        for text in ["2026-01-02T03:04:05+01:00", "2026-08-01T00:00:00Z", "2026-08-01T23:59:59.125-05:30"] {
            let time = xml::DateTime::parse(text).unwrap();
            assert_eq!(xml_moment(moment(time)), time);
        }
        assert_eq!(xml_day(day(xml::Date::parse("2024-02-29").unwrap())), xml::Date::parse("2024-02-29").unwrap());
    }
}
