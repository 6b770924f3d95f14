//! SS12000 2.1, the query of a request, checked against the operation's parameters.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::{
    Error, ErrorKind,
    operation::{Operation, Parameter, Type},
};

/// Most objects on a page, and how many when nothing is said.
pub(super) const PAGE: usize = 1000;
/// Objects on a page, where nothing is said.
pub(super) const PAGE_DEFAULT: usize = 500;

/// A value that is as its parameter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Any text.
    Text(String),
    /// An id.
    Id(Uuid),
    /// A day.
    Day(NaiveDate),
    /// A time.
    Moment(DateTime<Utc>),
    /// True or false.
    Flag(bool),
    /// A number from one; the largest there is for all that are larger.
    Count(usize),
    /// One of those that the parameter may have.
    Of(&'static str),
}

/// What a request asks with, besides its page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Parameters(Vec<(&'static str, Value)>);

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// How many objects.
    pub(super) limit: usize,
    /// The token of the page before.
    pub(super) token: Option<String>,
}

/// Most values of a parameter.
const VALUES: usize = 100;

impl Parameters {
    /// Reads a query. Unknown names are refused: a filter that is ignored shows what was to be left out. With `lenient`, unknown
    /// names in `expand` are passed over, which deployed clients send.
    pub(super) fn parse(operation: &Operation, query: &[(&str, &str)], lenient: bool) -> Result<(Self, Page), Error> {
        let known = operation.parameters();
        let mut given: Vec<(usize, Value)> = Vec::new();
        for (name, text) in query {
            let is_it =
                |it: &Parameter| it.name == *name || it.alias == Some(*name) || it.many && it.name == listed(name);
            let at = known.iter().position(is_it).ok_or_else(|| unknown(name, &known))?;
            let parameter = &known[at];
            let parts = if parameter.many { text.split(',').collect() } else { vec![*text] };
            for part in parts {
                let value = match parameter.of.read(part) {
                    Err(_) if lenient && parameter.name == "expand" => continue,
                    value => value.map_err(|why| match parameter.of {
                        Type::Of(values) => wrong(parameter, &format!("{why} It can be {}.", values.join(", "))),
                        _ => wrong(parameter, why),
                    })?,
                };
                let mut values = given.iter().filter(|it| it.0 == at).map(|it| &it.1);
                if values.clone().any(|it| *it == value) {
                    continue;
                }
                match values.next() {
                    Some(_) if !parameter.many => {
                        return Err(wrong(parameter, "A parameter that has one value has two."));
                    }
                    Some(_) if values.count() + 1 >= VALUES => {
                        return Err(wrong(parameter, "A parameter has at most 100 values."));
                    }
                    Some(_) | None => given.push((at, value)),
                }
            }
        }
        given.sort_by_key(|it| it.0);
        let mut parameters = Self(given.into_iter().map(|(at, value)| (known[at].name, value)).collect());
        let page = parameters.take_page();
        Ok((parameters, page))
    }

    fn take_page(&mut self) -> Page {
        let limit = match self.find("limit") {
            Some(Value::Count(limit)) => (*limit).min(PAGE),
            _ => PAGE_DEFAULT,
        };
        let token = self.text("pageToken").map(str::to_owned);
        self.0.retain(|(name, _)| *name != "limit" && *name != "pageToken");
        Page { limit, token }
    }

    /// Names and values as text, which can be read again.
    pub(super) fn told(&self) -> Vec<(&'static str, String)> {
        self.0.iter().map(|(name, value)| (*name, value.to_text())).collect()
    }

    /// Whether all of it is in the other too, each parameter with the same values.
    pub(super) fn is_part_of(&self, other: &Self) -> bool {
        self.0.iter().all(|(name, _)| self.values(name).eq(other.values(name)))
    }

    fn values<'p>(&'p self, name: &str) -> impl Iterator<Item = &'p Value> {
        self.0.iter().filter(move |it| it.0 == name).map(|it| &it.1)
    }

    fn find(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|it| it.0 == name).map(|it| &it.1)
    }

    /// Whether any parameter of this beginning was given.
    pub(super) fn has_any(&self, beginning: &str) -> bool {
        self.0.iter().any(|it| it.0.starts_with(beginning))
    }

    /// The text of a parameter, or the one of its possible values.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.find(name)?.as_text()
    }

    /// All texts of a parameter.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.values(name).filter_map(Value::as_text).collect()
    }

    /// The id of a parameter.
    pub(super) fn id(&self, name: &str) -> Option<Uuid> {
        self.ids(name).first().copied()
    }

    /// All ids of a parameter.
    pub(super) fn ids(&self, name: &str) -> Vec<Uuid> {
        let id = |it: &(&str, Value)| match it {
            (of, Value::Id(id)) if *of == name => Some(*id),
            _ => None,
        };
        self.0.iter().filter_map(id).collect()
    }

    /// The day of a parameter.
    pub(super) fn day(&self, name: &str) -> Option<NaiveDate> {
        match self.find(name)? {
            Value::Day(day) => Some(*day),
            _ => None,
        }
    }

    /// The time of a parameter.
    pub(super) fn moment(&self, name: &str) -> Option<DateTime<Utc>> {
        match self.find(name)? {
            Value::Moment(moment) => Some(*moment),
            _ => None,
        }
    }

    /// Whether a parameter is true.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.find(name), Some(Value::Flag(true)))
    }
}

/// What was sent is not told again, since it may be anything; what may have been meant is.
fn unknown(name: &str, known: &[Parameter]) -> Error {
    /// Names are not longer, and distances take their time.
    const LONGEST: usize = 64;
    let distance =
        |it: &&Parameter| strsim::damerau_levenshtein(&name.to_ascii_lowercase(), &it.name.to_ascii_lowercase());
    let nearest = if name.len() > LONGEST { None } else { known.iter().min_by_key(distance) };
    let told = match nearest.filter(|it| distance(it) * 2 <= it.name.len()) {
        Some(it) => format!("; did you mean {}?", it.name),
        None => format!("; there are {}.", known.iter().map(|it| it.name).collect::<Vec<_>>().join(", ")),
    };
    let message = format!("There is no such query parameter here{told}");
    Error { kind: ErrorKind::Invalid, code: "INVALID_FILTER", message: message.into() }
}

fn wrong(parameter: &Parameter, why: &str) -> Error {
    let message = format!("{}: {why}", parameter.name).into();
    Error { kind: ErrorKind::Invalid, code: "INVALID_FILTER", message }
}

impl Type {
    /// Reads a value; says what it should be like otherwise.
    pub(super) fn read(self, text: &str) -> Result<Value, &'static str> {
        match self {
            Self::Text => Ok(Value::Text(text.to_owned())),
            Self::Id => id(text).map(Value::Id).ok_or("An id is a UUID."),
            Self::Day => day(text).map(Value::Day).ok_or("A date is a day of the calendar: 2026-08-01."),
            Self::Moment => moment(text).map(Value::Moment).ok_or("A time is 2026-08-01T08:00:00Z, or has an offset."),
            Self::Flag => flag(text).map(Value::Flag).ok_or("A truth value is true or false."),
            Self::Count => count(text).map(Value::Count).ok_or("The limit is a number from one."),
            Self::Of(values) => {
                let known = values.iter().find(|it| **it == text);
                known.map(|it| Value::Of(it)).ok_or("The value is none of those that this parameter can have.")
            }
        }
    }
}

impl Value {
    fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Of(text) => Some(text),
            Self::Id(_) | Self::Day(_) | Self::Moment(_) | Self::Flag(_) | Self::Count(_) => None,
        }
    }

    fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Of(text) => (*text).to_owned(),
            Self::Id(id) => id.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Moment(moment) => moment.to_rfc3339(),
            Self::Flag(flag) => flag.to_string(),
            Self::Count(count) => count.to_string(),
        }
    }
}

/// The name of a list that is written as PHP writes its parts: `expand[]` or `expand[0]`.
fn listed(name: &str) -> &str {
    let is_place = |it: &&str| it.bytes().all(|it| it.is_ascii_digit());
    let list = name.strip_suffix(']').and_then(|it| it.rsplit_once('['));
    list.filter(|(_, place)| is_place(place)).map_or(name, |(list, _)| list)
}

/// Python writes `True`, PHP `1`.
fn flag(text: &str) -> Option<bool> {
    let is = |word: &str, digit: &str| text.eq_ignore_ascii_case(word) || text == digit;
    if is("true", "1") { Some(true) } else { is("false", "0").then_some(false) }
}

/// An id in its usual form: `try_parse` would take others too.
pub(super) fn id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)
}

/// The `+` of an offset comes as a blank from clients that do not escape it. An offset may lead out of the years that can be written
/// and read again, where nothing ever happened.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let sign = text.rfind(' ').filter(|at| text[..*at].contains(['T', 't']));
    let read = match sign {
        Some(at) => DateTime::parse_from_rfc3339(&format!("{}+{}", &text[..at], &text[at + 1..])),
        None => DateTime::parse_from_rfc3339(text),
    };
    let within = |it: DateTime<Utc>| match it.year() {
        ..0 => DateTime::from_timestamp(FIRST, 0),
        10_000.. => DateTime::from_timestamp(LAST, 0),
        _ => Some(it),
    };
    read.ok().and_then(|it| within(it.to_utc()))
}

/// The first second of the year 0 and the last of 9999, since 1970.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

fn count(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let count = digits.then(|| text.parse().unwrap_or(usize::MAX))?;
    (count > 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_clients_write_them() {
        let expected = DateTime::parse_from_rfc3339("2026-01-01T11:00:00Z").unwrap().to_utc();
        for text in [
            "2026-01-01T12:00:00+01:00",
            "2026-01-01T12:00:00 01:00",
            "2026-01-01T11:00:00.0000000Z",
            "2026-01-01t11:00:00z",
        ] {
            assert_eq!(moment(text), Some(expected), "{text}");
        }
        for text in ["0000-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2016-12-31T23:59:60.1234567Z"] {
            let read = moment(text).expect(text);
            assert_eq!(moment(&Value::Moment(read).to_text()), Some(read), "a token carries {text}");
        }
        for text in ["2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T12:00:00", " ", "T +"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn truth_and_lists_are_read_as_clients_write_them() {
        assert_eq!(["true", "True", "TRUE", "1"].map(flag), [Some(true); 4]);
        assert_eq!(["false", "False", "0"].map(flag), [Some(false); 3]);
        assert!(["", "yes", "2", "01", "wahr"].iter().all(|it| flag(it).is_none()));
        assert_eq!(["expand", "expand[]", "expand[0]", "expand[17]"].map(listed), ["expand"; 4]);
        assert_eq!(["expand[x]", "expand[0", "[]"].map(listed), ["expand[x]", "expand[0", ""]);
    }

    #[test]
    fn numbers_days_and_ids_are_strict() {
        assert_eq!((count("10000000"), count("99999999999999999999")), (Some(10_000_000), Some(usize::MAX)));
        assert!(["0", "-1", "+1", "", "1.0", "٣"].iter().all(|it| count(it).is_none()));
        assert!(["2026-02-30", "2026-2-3", "+2026-02-03", "26-02-03"].iter().all(|it| day(it).is_none()));
        assert!(id("{4b20b1ea-3213-559f-bb11-2bc5ba9f371e}").is_none());
        assert!(id("4b20b1ea3213559fbb112bc5ba9f371e").is_none());
    }
}
