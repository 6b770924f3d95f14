//! Patterns of XML Schema as regular expressions of the `regex` crate, checked here so that no message finds them wanting.

/// The characters that `\i` stands for, as the inside of a class.
const INITIAL: &str = r"\p{L}_:";
/// The characters that `\c` stands for, as the inside of a class.
const NAME: &str = r"\p{L}\p{M}\p{Nd}\p{Lm}_:.\-\u{B7}";

/// The alternatives of one derivation step as one anchored expression, or why there is none.
pub(super) fn translate(alternatives: &[String]) -> Result<String, String> {
    let parts: Vec<String> = alternatives.iter().map(|it| one(it)).collect::<Result<_, _>>()?;
    let whole = format!("^(?:{})$", parts.join("|"));
    regex_syntax::parse(&whole).map_err(|error| {
        let reason = match &error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        };
        format!("is no regular expression: {reason}")
    })?;
    Ok(whole)
}

fn one(pattern: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut text = pattern.chars();
    let mut depth = 0_u32;
    let mut opened = false;
    while let Some(c) = text.next() {
        let begins = std::mem::take(&mut opened);
        match c {
            '\\' => match text.next() {
                Some(c @ ('p' | 'P')) => category(c, &mut text, &mut out)?,
                c => escape(c, depth > 0, &mut out)?,
            },
            '[' if depth == 0 => {
                (depth, opened) = (1, true);
                out.push('[');
            }
            '[' if out.ends_with('-') && !out.ends_with(r"\-") => {
                // The subtraction `[a-z-[aeiou]]` is `[a-z--[aeiou]]` there.
                (depth, opened) = (depth + 1, true);
                out.push_str("-[");
            }
            '[' => out.push_str(r"\["),
            ']' if depth > 0 => {
                depth -= 1;
                out.push(']');
            }
            '^' if begins => {
                opened = true;
                out.push('^');
            }
            '^' | '$' => out.extend(['\\', c]),
            '-' if depth > 0 && out.ends_with('-') => out.push_str(r"\-"),
            '&' | '~' if depth > 0 => out.extend(['\\', c]),
            '.' if depth == 0 => out.push_str(r"[^\n\r]"),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// `\p{Lu}`: one of the general categories. Blocks (`\p{IsGreek}`) are something else than what `regex` has.
fn category(letter: char, text: &mut std::str::Chars<'_>, out: &mut String) -> Result<(), String> {
    let rest = text.as_str();
    let name = rest.strip_prefix('{').and_then(|it| it.split_once('}')).map_or("", |it| it.0);
    if name.is_empty() || name.len() > 2 {
        return Err(format!("holds \\{letter}{{{name}}}, which is no general category: others are not covered"));
    }
    text.nth(name.len() + 1);
    out.push_str(&format!("\\{letter}{{{name}}}"));
    Ok(())
}

fn escape(c: Option<char>, in_class: bool, out: &mut String) -> Result<(), String> {
    let class = |inside: &str| if in_class { inside.to_owned() } else { format!("[{inside}]") };
    match c {
        Some('i') => out.push_str(&class(INITIAL)),
        Some('c') => out.push_str(&class(NAME)),
        Some('s') => out.push_str(&class(r" \t\n\r")),
        Some('d') => out.push_str(r"\p{Nd}"),
        Some('D') => out.push_str(r"\P{Nd}"),
        Some(c @ ('I' | 'C' | 'S' | 'W' | 'w')) if in_class => {
            return Err(format!("holds \\{c} inside a class, which is not covered"));
        }
        Some('I') => out.push_str(&format!("[^{INITIAL}]")),
        Some('C') => out.push_str(&format!("[^{NAME}]")),
        Some('S') => out.push_str(r"[^ \t\n\r]"),
        Some('w') => out.push_str(r"[^\p{P}\p{Z}\p{C}]"),
        Some('W') => out.push_str(r"[\p{P}\p{Z}\p{C}]"),
        Some(c @ ('n' | 'r' | 't')) => out.extend(['\\', c]),
        Some(c) if c.is_ascii_punctuation() => out.extend(['\\', c]),
        Some(c) => return Err(format!("holds \\{c}, which is no escape of XML Schema")),
        None => return Err("ends in a backslash".to_owned()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn patterns_of_schemas_become_regular_expressions() {
        for (schema, rust) in [
            ("[^ ]+", r"^(?:[^ ]+)$"),
            ("[0-9]{6}[0-9A-Z]{4}", r"^(?:[0-9]{6}[0-9A-Z]{4})$"),
            (r"([^0-9]*[0-9]([ ()\-]*[0-9]){5}.*)?", r"^(?:([^0-9]*[0-9]([ ()\-]*[0-9]){5}[^\n\r]*)?)$"),
            ("[a-z-[aeiou]]", r"^(?:[a-z--[aeiou]])$"),
            ("[^a-[b]]", r"^(?:[^a--[b]])$"),
            ("[+--]", r"^(?:[+-\-])$"),
            ("^a$", r"^(?:\^a\$)$"),
            (r"\d+\s\p{Lu}", r"^(?:\p{Nd}+[ \t\n\r]\p{Lu})$"),
            (r"[\i-[:]][\c]*", r"^(?:[\p{L}_:--[:]][\p{L}\p{M}\p{Nd}\p{Lm}_:.\-\u{B7}]*)$"),
            ("[&&~[]", r"^(?:[\&\&\~\[])$"),
        ] {
            assert_eq!(translate(&[schema.to_owned()]).as_deref(), Ok(rust), "{schema}");
        }
    }

    #[test]
    fn alternatives_of_one_step_stand_side_by_side() {
        assert_eq!(translate(&["a".to_owned(), "b|c".to_owned()]).as_deref(), Ok("^(?:a|b|c)$"));
    }
}
