//! Values that are not text: numbers, truth, dates and times, each with its XML Schema form.

use std::fmt::{self, Write};

/// A value with a lexical form in XML Schema. Generated enumerations are values too.
pub trait Value: Sized {
    /// Whether [`Value::parse`] has looked the text up among the values of the schema: nobody need do it again.
    const LISTED: bool = false;

    /// The value of a text whose white space is collapsed.
    fn parse(text: &str) -> Option<Self>;
    /// Appends the canonical form, which needs no escaping.
    fn write(&self, out: &mut String);
}

impl Value for bool {
    #[inline]
    fn parse(text: &str) -> Option<Self> {
        match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }
}

impl Value for i32 {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self, out: &mut String) {
        append(out, format_args!("{self}"));
    }
}

impl Value for i64 {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn write(&self, out: &mut String) {
        append(out, format_args!("{self}"));
    }
}

impl Value for u32 {
    fn parse(text: &str) -> Option<Self> {
        // `-0` is a form of zero that Rust does not read.
        let text =
            text.strip_prefix('-').filter(|it| it.bytes().all(|it| it == b'0') && !it.is_empty()).unwrap_or(text);
        text.parse().ok()
    }

    fn write(&self, out: &mut String) {
        append(out, format_args!("{self}"));
    }
}

fn append(out: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}

/// `xs:date`: years 1 to 9999, the zone in minutes east of UTC where one is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the length of the month.
    pub day: u8,
    /// Minutes east of UTC.
    pub zone: Option<i16>,
}

/// `xs:dateTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// The day, with the zone.
    pub date: Date,
    /// 0 to 23; 24:00:00 is read as the next form of the same instant only where the schema allows it: never here.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59: XML Schema has no leap seconds.
    pub second: u8,
    /// 0 to 999 999 999.
    pub nanosecond: u32,
}

impl Value for Date {
    #[inline]
    fn parse(text: &str) -> Option<Self> {
        let (date, rest) = day(text.as_bytes())?;
        Some(Self { zone: zone(rest)?, ..date })
    }

    fn write(&self, out: &mut String) {
        write_day(self, out);
        write_zone(self.zone, out);
    }
}

impl Value for DateTime {
    fn parse(text: &str) -> Option<Self> {
        let (date, rest) = day(text.as_bytes())?;
        let rest = rest.strip_prefix(b"T")?;
        let [h, m, s] = [rest.get(0..2)?, rest.get(3..5)?, rest.get(6..8)?];
        if rest[2] != b':' || rest[5] != b':' {
            return None;
        }
        let (hour, minute, second) = (two(h)?, two(m)?, two(s)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (nanosecond, rest) = fraction(&rest[8..])?;
        Some(Self { date: Date { zone: zone(rest)?, ..date }, hour, minute, second, nanosecond })
    }

    fn write(&self, out: &mut String) {
        write_day(&self.date, out);
        append(out, format_args!("T{:02}:{:02}:{:02}", self.hour, self.minute, self.second));
        if self.nanosecond > 0 {
            let digits = format!("{:09}", self.nanosecond);
            append(out, format_args!(".{}", digits.trim_end_matches('0')));
        }
        write_zone(self.date.zone, out);
    }
}

fn two(digits: &[u8]) -> Option<u8> {
    match digits {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    }
}

/// `YYYY-MM-DD` and what follows.
fn day(text: &[u8]) -> Option<(Date, &[u8])> {
    if text.len() < 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = u16::from(two(&text[0..2])?) * 100 + u16::from(two(&text[2..4])?);
    let (month, day) = (two(&text[5..7])?, two(&text[8..10])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if year == 0 || day == 0 || day > days {
        return None;
    }
    Some((Date { year, month, day, zone: None }, &text[10..]))
}

#[allow(clippy::option_option)] // none at all, none given, given: the three answers there are
fn zone(text: &[u8]) -> Option<Option<i16>> {
    match text {
        [] => Some(None),
        [b'Z'] => Some(Some(0)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (i16::from(two(&[*h1, *h2])?), i16::from(two(&[*m1, *m2])?));
            let minutes = if minutes < 60 { hours * 60 + minutes } else { return None };
            if minutes > 14 * 60 {
                return None;
            }
            Some(Some(if *sign == b'-' { -minutes } else { minutes }))
        }
        _ => None,
    }
}

/// The fraction of a second in nanoseconds; finer digits are read and cut.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((0, text)) };
    let length = rest.iter().take_while(|it| it.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    let digit =
        |at: usize| rest.get(at).filter(|it| it.is_ascii_digit() && at < length).map_or(0, |it| u32::from(it - b'0'));
    let nanosecond = (0..9).fold(0, |sum, at| sum * 10 + digit(at));
    Some((nanosecond, &rest[length..]))
}

fn write_day(date: &Date, out: &mut String) {
    let digit = |it: u16| char::from(b'0' + (it % 10) as u8);
    let Date { year, month, day, .. } = *date;
    for it in [year / 1000, year / 100, year / 10, year] {
        out.push(digit(it));
    }
    for it in [u16::from(month), u16::from(day)] {
        out.push('-');
        out.push(digit(it / 10));
        out.push(digit(it));
    }
}

fn write_zone(zone: Option<i16>, out: &mut String) {
    match zone {
        None => {}
        Some(0) => out.push('Z'),
        Some(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            append(out, format_args!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<T: Value>(text: &str) -> Option<String> {
        let mut out = String::new();
        T::parse(text)?.write(&mut out);
        Some(out)
    }

    #[test]
    fn dates_keep_their_form() {
        for text in ["2025-08-01", "0001-01-01", "2024-02-29", "2025-08-01Z", "2025-08-01+02:00", "2025-08-01-05:30"] {
            assert_eq!(written::<Date>(text).as_deref(), Some(text));
        }
        for text in
            ["2026-01-02T03:04:05", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123+01:00", "2026-01-02T23:59:59.5"]
        {
            assert_eq!(written::<DateTime>(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn days_that_do_not_exist_are_no_dates() {
        for text in [
            "",
            "2025-02-29",
            "1900-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-04-31",
            "0000-01-01",
            "2025-8-1",
            "20250801",
            "2025-08-01+15:00",
            "2025-08-01+02",
            "2025-08-01 ",
            "２025-08-01",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        for text in [
            "2025-08-01",
            "2025-08-01T",
            "2025-08-01T24:00:00",
            "2025-08-01T12:60:00",
            "2025-08-01T12:00:61",
            "2025-08-01T12:00:00.",
            "2025-08-01t12:00:00",
            "2025-08-01T12:00",
        ] {
            assert_eq!(DateTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_truth() {
        assert_eq!(bool::parse("1"), Some(true));
        assert_eq!(bool::parse("TRUE"), None);
        assert_eq!(i32::parse("+7"), Some(7));
        assert_eq!(u32::parse("-0"), Some(0));
        assert_eq!(u32::parse("-1"), None);
        assert_eq!(i32::parse("2147483648"), None);
    }
}
