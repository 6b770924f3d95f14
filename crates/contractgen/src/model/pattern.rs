//! Patterns of XML Schema as regular expressions of the `regex` crate, checked here so that no message finds them wanting.

/// The characters that `\i` stands for, as the inside of a class.
const INITIAL: &str = r"\p{L}_:";
/// The characters that `\c` stands for, as the inside of a class.
const NAME: &str = r"\p{L}\p{M}\p{Nd}\p{Lm}_:.\-\u{B7}";

/// The alternatives of one derivation step as one anchored expression, or why there is none.
pub(super) fn translate(alternatives: &[String]) -> Result<String, String> {
    let parts: Vec<String> = alternatives.iter().map(|it| one(it)).collect::<Result<_, _>>()?;
    let whole = format!("^(?:{})$", parts.join("|"));
    regex_syntax::parse(&whole).map_err(|error| format!("is no regular expression: {error}"))?;
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
            '\\' => escape(text.next(), depth > 0, &mut out)?,
            '[' if depth == 0 => {
                (depth, opened) = (1, true);
                out.push('[');
            }
            '[' if out.ends_with('-') => {
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
            '&' | '~' if depth > 0 => out.extend(['\\', c]),
            '.' if depth == 0 => out.push_str(r"[^\n\r]"),
            c => out.push(c),
        }
    }
    Ok(out)
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
        Some(c @ ('n' | 'r' | 't' | 'p' | 'P')) => out.extend(['\\', c]),
        Some(c) if c.is_ascii_punctuation() => out.extend(['\\', c]),
        Some(c) => return Err(format!("holds \\{c}, which is no escape of XML Schema")),
        None => return Err("ends in a backslash".to_owned()),
    }
    Ok(())
}
