//! The `pattern` facet. Most patterns of contracts are a row of character classes, such as `[0-9]{4}-[0-9]{4}` or `[^ ]+`:
//! those are matched in a loop over bytes, which is several times faster than the general way. All others are left to `regex`.

use std::sync::OnceLock;

use regex::Regex;

/// A pattern, translated to the `regex` crate's words by the generator, prepared when it is first met.
#[derive(Debug)]
pub struct Pattern {
    /// As the schema writes it, for messages.
    pub schema: &'static str,
    rust: &'static str,
    matcher: OnceLock<Matcher>,
}

#[derive(Debug)]
enum Matcher {
    Row(Vec<Run>),
    Regex(Regex),
}

/// Bytes of one class, so many times; without a number: once or more, up to the end.
#[derive(Debug)]
struct Run {
    class: [bool; 256],
    times: Option<usize>,
}

impl Pattern {
    /// `schema` as the schema writes it, `rust` the same as an anchored regular expression.
    #[must_use]
    pub const fn new(schema: &'static str, rust: &'static str) -> Self {
        Self { schema, rust, matcher: OnceLock::new() }
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let prepare = || match row(self.schema) {
            Some(row) => Matcher::Row(row),
            None => Matcher::Regex(Regex::new(self.rust).expect("the generator has compiled every pattern")),
        };
        match self.matcher.get_or_init(prepare) {
            Matcher::Row(row) => fits(row, text.as_bytes()),
            Matcher::Regex(regex) => regex.is_match(text),
        }
    }
}

fn fits(row: &[Run], mut text: &[u8]) -> bool {
    for Run { class, times } in row {
        let length = times.unwrap_or(text.len().max(1));
        let Some((these, rest)) = text.split_at_checked(length) else { return false };
        if !these.iter().all(|it| class[usize::from(*it)]) {
            return false;
        }
        text = rest;
    }
    text.is_empty()
}

/// A pattern as a row of runs; nothing if it is anything else.
fn row(pattern: &str) -> Option<Vec<Run>> {
    let mut rest = pattern.as_bytes();
    let mut row = Vec::new();
    while !rest.is_empty() {
        let (class, negated, behind) = class(rest)?;
        let (times, behind) = times(behind)?;
        // A class that holds more than ASCII counts characters, and here bytes are counted.
        if (negated && times.is_some()) || (times.is_none() && !behind.is_empty()) {
            return None;
        }
        row.push(Run { class, times });
        rest = behind;
    }
    Some(row)
}

/// `[a-z]`, `[^ ]` or a letter, digit, blank or hyphen that stands for itself.
fn class(text: &[u8]) -> Option<([bool; 256], bool, &[u8])> {
    let Some(inside) = text.strip_prefix(b"[") else {
        let (&byte, rest) = text.split_first()?;
        let mut class = [false; 256];
        class[usize::from(byte)] = true;
        return (byte.is_ascii_alphanumeric() || byte == b'-' || byte == b' ').then_some((class, false, rest));
    };
    let end = inside.iter().position(|it| *it == b']')?;
    let (inside, rest) = (&inside[..end], &inside[end + 1..]);
    let (negated, mut inside) = inside.strip_prefix(b"^").map_or((false, inside), |it| (true, it));
    let mut class = [negated; 256];
    let plain = |it: u8| it == b' ' || it.is_ascii_alphanumeric();
    while let [from, more @ ..] = inside {
        let (to, more) = match more {
            [b'-', to, more @ ..] => (to, more),
            more => (from, more),
        };
        if !plain(*from) || !plain(*to) {
            return None;
        }
        (*from..=*to).for_each(|it| class[usize::from(it)] = !negated);
        inside = more;
    }
    Some((class, negated, rest))
}

/// `{6}`, `+`, or nothing, which is once.
fn times(text: &[u8]) -> Option<(Option<usize>, &[u8])> {
    match text {
        [b'+', rest @ ..] => Some((None, rest)),
        [b'{', rest @ ..] => {
            let end = rest.iter().position(|it| *it == b'}')?;
            let times = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
            Some((Some(times), &rest[end + 1..]))
        }
        [b'*' | b'?', ..] => None,
        rest => Some((Some(1), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quick way and `regex` must agree, and the patterns of the contracts take the way that is meant for them.
    #[test]
    fn rows_match_what_regular_expressions_match() {
        let texts = [
            "",
            " ",
            "a",
            "a b",
            "æ",
            "æ b",
            "2026-2027",
            "2026-202",
            "20262027",
            "x026-2027",
            "7403164002",
            "740316400A",
            "740316400a",
            "74031640021",
            "7-",
            "123456",
            "AB-12",
            "ÆØÅ",
            "12345ø789A",
        ];
        for pattern in ["[^ ]+", "[0-9]{6}[0-9A-Z]{4}", "[0-9]{4}-[0-9]{4}", "[A-Z]{2}-[0-9]{2}", "[0-9]+", "abc", "7-"]
        {
            let row = row(pattern).unwrap_or_else(|| panic!("{pattern} is a row"));
            let regex = Regex::new(&format!("^(?:{pattern})$")).unwrap();
            for text in texts {
                assert_eq!(fits(&row, text.as_bytes()), regex.is_match(text), "{pattern} and {text:?}");
            }
        }
    }

    #[test]
    fn other_patterns_are_left_to_regular_expressions() {
        for pattern in ["[^ ]{3}", "[0-9]+-", "a|b", "(a)", "a*", "a?", "[\\d]", ".", "\\d{3}", "[0-9]{1,2}", "[æ]"] {
            assert!(row(pattern).is_none(), "{pattern}");
        }
        assert!(Pattern::new("[0-9]{1,2}", "^(?:[0-9]{1,2})$").matches("12"));
    }
}
