//! Texts as the contract of wsiEKSPORT 7 allows them. Rosters of other origin have longer ones, and blanks where none may be.

use std::borrow::Cow;

use crate::{
    crosswalk::Trail,
    domain::{CivilId, PersonName, Text, UserId, lend},
};

/// So many characters as you like.
pub(in super::super) const ANY: usize = usize::MAX;
/// The longest name of a group (`Token100char`).
pub(super) const GROUP_NAME: usize = 100;
/// The longest key of a group (`Gruppekode`).
const GROUP_KEY: usize = 75;
/// The longest line of a class or name of a municipality (`Token40char`).
pub(super) const FORTY: usize = 40;
/// The longest key in a local system (`LocalPersonId`).
const LOCAL_ID: usize = 18;
/// The longest student number.
const STUDENT_NUMBER: usize = 26;

/// A token with something in it, of at most so many characters. What is only blanks is nothing.
pub(in super::super) fn token<'m>(
    text: &'m Text<'_>,
    most: usize,
    field: &'static str,
    trail: &mut Trail,
) -> Option<Text<'m>> {
    if !text.is_empty() && text.len() <= most && is_token(text) {
        return Some(lend(text));
    }
    let token = collapsed(text, field, trail);
    let Some((end, _)) = token.char_indices().nth(most) else { return some(token, field, trail) };
    trail.lose(field, "it is too long and was cut");
    Some(Cow::Owned(token[..end].trim_end().to_owned()))
}

/// [`token`] of a text that may be missing.
pub(in super::super) fn token_option<'m>(
    text: &'m Option<Text<'_>>,
    most: usize,
    field: &'static str,
    trail: &mut Trail,
) -> Option<Text<'m>> {
    token(text.as_ref()?, most, field, trail)
}

/// [`token`] of a text that nobody lends, of any length.
pub(in super::super) fn owned_token<'m>(text: Text<'m>, field: &'static str, trail: &mut Trail) -> Option<Text<'m>> {
    let token = if is_token(&text) { text } else { Cow::Owned(collapsed(&text, field, trail).into_owned()) };
    some(token, field, trail)
}

/// The text of a telephone number, which may be empty.
pub(in super::super) fn number<'m>(text: &'m Text<'_>, field: &'static str, trail: &mut Trail) -> Text<'m> {
    if is_token(text) { lend(text) } else { collapsed(text, field, trail) }
}

/// The key of a group. A key that is cut is cut the same wherever it stands.
pub(super) fn group_key<'m>(key: &'m Text<'_>, field: &'static str, trail: &mut Trail) -> Option<Text<'m>> {
    token(key, GROUP_KEY, field, trail)
}

/// The keys of several groups.
pub(super) fn group_keys<'m>(keys: &'m [Text<'_>], trail: &mut Trail) -> Vec<Text<'m>> {
    keys.iter().filter_map(|it| group_key(it, "groups", trail)).collect()
}

/// A key in the local system. A part of a key is no key.
pub(in super::super) fn local_id<'m>(key: &'m Option<Text<'_>>, trail: &mut Trail) -> Option<Text<'m>> {
    whole(key, "local_id", |it| it.chars().count() <= LOCAL_ID && is_word(it), trail)
}

/// A student number, which is a key too.
pub(in super::super) fn student_number<'m>(key: &'m Option<Text<'_>>, trail: &mut Trail) -> Option<Text<'m>> {
    whole(
        key,
        "enrolment/student_number",
        |it| it.chars().count() <= STUDENT_NUMBER && !it.is_empty() && is_token(it),
        trail,
    )
}

fn whole<'m>(
    key: &'m Option<Text<'_>>,
    field: &'static str,
    fits: impl Fn(&str) -> bool,
    trail: &mut Trail,
) -> Option<Text<'m>> {
    let key = key.as_ref()?;
    if !fits(key) {
        trail.lose(field, "it is too long, or has blanks");
        return None;
    }
    Some(lend(key))
}

/// A user id, if it is one.
pub(super) fn user_id<'m>(user: Option<&'m UserId<'_>>, trail: &mut Trail) -> Option<Text<'m>> {
    let user = user.map(UserId::as_str).filter(|it| is_word(it));
    if user.is_none() {
        trail.lose("user_id", "there is none, and without it a person cannot be told");
    }
    user.map(Cow::Borrowed)
}

/// Given and family name, neither of which may be missing.
pub(in super::super) fn names<'m>(name: PersonName<'m>, trail: &mut Trail) -> (Text<'m>, Text<'m>) {
    let PersonName { given, family, guessed } = name;
    if guessed {
        trail.lose("name", "given and family name were one text, and where it parts is a guess");
    }
    let mut part = |it: Text<'m>| {
        let it = if is_token(&it) { it } else { Cow::Owned(collapsed(&it, "name", trail).into_owned()) };
        if it.is_empty() {
            trail.lose("name", "one part of it is missing: a dash stands for it");
            return Cow::Borrowed("-");
        }
        it
    };
    (part(given), part(family))
}

/// Whether a number has the form that the contract demands: six digits and four digits or letters.
pub(in super::super) fn is_civil_number(id: &CivilId<'_>) -> bool {
    let number = id.reveal().as_bytes();
    let tail = |it: &u8| it.is_ascii_digit() || it.is_ascii_uppercase();
    number.len() == 10 && number[..6].iter().all(u8::is_ascii_digit) && number[6..].iter().all(tail)
}

fn some<'m>(token: Text<'m>, field: &'static str, trail: &mut Trail) -> Option<Text<'m>> {
    if token.is_empty() {
        trail.lose(field, "there is nothing in it");
        return None;
    }
    Some(token)
}

fn collapsed<'m>(text: &'m str, field: &'static str, trail: &mut Trail) -> Text<'m> {
    if is_token(text) {
        return Cow::Borrowed(text);
    }
    trail.lose(field, "its blanks were tidied");
    Cow::Owned(text.split(BLANKS).filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" "))
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Single blanks between words and no others.
fn is_token(text: &str) -> bool {
    let mut blank = true;
    for byte in text.bytes() {
        let now = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        if now && (blank || byte != b' ') {
            return false;
        }
        blank = now;
    }
    !blank || text.is_empty()
}

/// Whether there is nothing but blanks.
pub(in super::super) fn is_blank(text: &str) -> bool {
    text.trim_matches(BLANKS).is_empty()
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(BLANKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_tidied_and_cut_and_it_is_told() {
        let mut trail = Trail::recording("export");
        let mut fit = |text: &str| token(&Text::Borrowed(text), 5, "name", &mut trail).map(Cow::into_owned);
        let fitted = ["a b", "", " a\n b ", "abcde fg", "æøåæøå", " "].map(&mut fit);
        let expected = [Some("a b"), None, Some("a b"), Some("abcde"), Some("æøåæø"), None];
        assert_eq!(fitted.each_ref().map(Option::as_deref), expected);
        assert_eq!(
            trail.count(),
            6,
            "an empty text, tidied, cut, cut, and blanks that are tidied until nothing is left"
        );
    }
}
