//! Answers as they come: a page, a bare list, a list in `data`; objects are only told apart here, and read one by one.

use serde::de::IgnoredAny;

use super::{read, trouble::Trouble};

/// A page of a list.
#[derive(Debug, PartialEq)]
pub(super) struct Page<'t> {
    /// The objects, each as it stands.
    pub(super) objects: Vec<&'t str>,
    /// What to ask for the next page with; nothing on the last one.
    pub(super) token: Option<String>,
}

/// The longest page token, in bytes.
const TOKEN: usize = 8192;

/// The most values of a list or an object: short ones would take many times the memory of the page.
const VALUES: usize = 1_000_000;

/// Text without the mark that some servers begin with.
pub(super) fn text(body: &[u8]) -> Result<&str, Trouble> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    std::str::from_utf8(body).map_err(|error| {
        let before = &body[..error.valid_up_to()];
        let line = before.iter().filter(|it| **it == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|it| **it != b'\n').count() + 1;
        Trouble::NotJson { line, column }
    })
}

impl<'t> Page<'t> {
    /// Reads a page, a list, or a list in `data`.
    pub(super) fn read(text: &'t str) -> Result<Self, Trouble> {
        if text.trim_start().starts_with('[') {
            return Ok(Self { objects: elements(text)?, token: None });
        }
        let (data, token) = parts(text)?;
        let objects = match data.as_bytes().first() {
            Some(b'[') => elements(data)?,
            Some(b'n') => Vec::new(),
            _ => return Err(Trouble::Form("the data of a page are no list")),
        };
        Ok(Self { objects, token })
    }
}

/// Reads a page of ids that are no more, each with the name of its kind; and tells what to ask for the next page with. An empty list
/// stands for none of any kind.
pub(super) fn deletions(text: &str, mut gone: impl FnMut(&str, &str)) -> Result<Option<String>, Trouble> {
    let (data, token) = parts(text)?;
    match data.as_bytes().first() {
        Some(b'{') => {
            for (kind, list) in members(data)?.iter().filter(|it| it.1.starts_with('[')) {
                // What is no text is no id.
                let ids = elements(list)?.into_iter().filter_map(|it| serde_json::from_str::<read::Text<'_>>(it).ok());
                ids.for_each(|it| gone(kind, &it.0));
            }
        }
        Some(b'n') => {}
        Some(b'[') if elements(data)?.is_empty() => {}
        _ => return Err(Trouble::Form("the deleted entities are not told by kind")),
    }
    Ok(token)
}

/// An object as it stands, but for the values of a member: nothing is left of them but that they were there.
pub(super) fn hidden(text: &str, member: &str) -> Result<String, Trouble> {
    let mut left = String::with_capacity(text.len());
    for (name, value) in members(text)? {
        left.push(if left.is_empty() { '{' } else { ',' });
        left.push_str(&serde_json::to_string(&name)?);
        left.push(':');
        let is_there = !value.starts_with('n');
        left.push_str(if name == member && is_there { "{}" } else { value });
    }
    left.push_str(if left.is_empty() { "{}" } else { "}" });
    Ok(left)
}

/// `data` as it stands, and the page token.
fn parts(text: &str) -> Result<(&str, Option<String>), Trouble> {
    let (mut data, mut token) = (None, None);
    for (name, value) in members(text)? {
        match name.as_str() {
            "data" => data = Some(value),
            "pageToken" => {
                let told: Option<read::Text<'_>> =
                    serde_json::from_str(value).map_err(|_| Trouble::Form("the page token is no text"))?;
                if told.as_ref().is_some_and(|it| it.0.len() > TOKEN) {
                    return Err(Trouble::Form("the page token is longer than 8192 bytes"));
                }
                token = told.map(|it| it.0.into_owned()).filter(|it| !it.is_empty());
            }
            _ => {}
        }
    }
    Ok((data.ok_or(Trouble::Form("there are no data"))?, token))
}

/// The values of an array, each as it stands.
fn elements(text: &str) -> Result<Vec<&str>, Trouble> {
    let mut rest = Rest { text, at: 0 };
    rest.expect(b'[')?;
    let mut all = Vec::new();
    if rest.take(b']') {
        return rest.end(all);
    }
    loop {
        all.push(rest.value()?);
        few_enough(all.len())?;
        if rest.take(b']') {
            return rest.end(all);
        }
        rest.expect(b',')?;
    }
}

/// The names and values of an object.
fn members(text: &str) -> Result<Vec<(String, &str)>, Trouble> {
    let mut rest = Rest { text, at: 0 };
    rest.expect(b'{')?;
    let mut all = Vec::new();
    if rest.take(b'}') {
        return rest.end(all);
    }
    loop {
        let name = serde_json::from_str(rest.value()?)?;
        rest.expect(b':')?;
        all.push((name, rest.value()?));
        few_enough(all.len())?;
        if rest.take(b'}') {
            return rest.end(all);
        }
        rest.expect(b',')?;
    }
}

fn few_enough(values: usize) -> Result<(), Trouble> {
    if values <= VALUES { Ok(()) } else { Err(Trouble::Form("a list of a page has more than 1000000 values")) }
}

/// What has not been read yet.
struct Rest<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Rest<'t> {
    fn skip(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|it| matches!(it, b' ' | b'\t' | b'\r' | b'\n')).count();
    }

    fn take(&mut self, sign: u8) -> bool {
        self.skip();
        let is_next = self.text.as_bytes().get(self.at) == Some(&sign);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, sign: u8) -> Result<(), Trouble> {
        if self.take(sign) { Ok(()) } else { Err(self.wrong(self.at)) }
    }

    /// The next value, whatever it is and however deep.
    fn value(&mut self) -> Result<&'t str, Trouble> {
        self.skip();
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => {
                let end = values.byte_offset();
                self.at += end;
                Ok(&rest[..end])
            }
            Some(Err(error)) => Err(self.wrong_within(&error)),
            None => Err(self.wrong(self.at)),
        }
    }

    fn end<T>(&mut self, found: T) -> Result<T, Trouble> {
        self.skip();
        if self.at == self.text.len() { Ok(found) } else { Err(self.wrong(self.at)) }
    }

    /// Where a value goes wrong that begins here.
    fn wrong_within(&self, error: &serde_json::Error) -> Trouble {
        match self.wrong(self.at) {
            Trouble::NotJson { line, column } if error.line() <= 1 => {
                Trouble::NotJson { line, column: column + error.column().saturating_sub(1) }
            }
            Trouble::NotJson { line, column: _ } => {
                Trouble::NotJson { line: line + error.line() - 1, column: error.column() }
            }
            other => other,
        }
    }

    fn wrong(&self, at: usize) -> Trouble {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = before.iter().filter(|it| **it == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|it| **it != b'\n').count() + 1;
        Trouble::NotJson { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> (Vec<&str>, Option<String>) {
        let Page { objects, token } = Page::read(text).unwrap();
        (objects, token)
    }

    #[test]
    fn pages_lists_and_lists_in_data_are_read() {
        assert_eq!(
            page(r#" {"data": [ {"id":"a"}, 7 ,"x"] , "pageToken":"t"} "#),
            (vec![r#"{"id":"a"}"#, "7", r#""x""#], Some("t".to_owned()))
        );
        assert_eq!(page(r#"{"pageToken":null,"data":[]}"#), (vec![], None));
        assert_eq!(page(r#"{"data":null}"#), (vec![], None));
        assert_eq!(page(r#"{"data":[1],"pageToken":"","more":{"data":[2]}}"#), (vec!["1"], None));
        assert_eq!(page("[]"), (vec![], None));
        assert_eq!(page("[{},[]]"), (vec!["{}", "[]"], None));
        assert_eq!(page(r#"{"data":[],"pageToken":17}"#).1.as_deref(), Some("17"));
    }

    #[test]
    fn what_is_no_page_says_where() {
        for (text, column) in
            [("", 1), ("[1", 3), ("[1,]", 4), ("{\"data\":[}", 10), ("[1] x", 5), ("<html>", 1), ("[1 2]", 4)]
        {
            assert_eq!(Page::read(text), Err(Trouble::NotJson { line: 1, column }), "{text}");
        }
        assert_eq!(Page::read("{\"data\":\n[1,\nx]}"), Err(Trouble::NotJson { line: 3, column: 1 }));
        assert_eq!(Page::read(r#"{"items":[]}"#), Err(Trouble::Form("there are no data")));
        assert_eq!(Page::read(r#"{"data":{"id":1}}"#), Err(Trouble::Form("the data of a page are no list")));
        assert!(text(b"[\xff]").is_err());
        assert_eq!(text(b"\xef\xbb\xbf[]"), Ok("[]"));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("[{}{}]", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(page(&deep).0.len(), 1);
    }

    #[test]
    fn of_what_is_hidden_it_is_left_that_it_was_there() {
        for (text, left) in [
            ("{}", "{}"),
            (
                r#"{ "civicNo" : { "value": "1}\"" } , "a": [ 1, { "civicNo": 2 } ] }"#,
                r#"{"civicNo":{},"a":[ 1, { "civicNo": 2 } ]}"#,
            ),
            (
                r#"{"civic\u004eo":"1","civicNo":null,"civicNo":3,"\"":4}"#,
                r#"{"civicNo":{},"civicNo":null,"civicNo":{},"\"":4}"#,
            ),
        ] {
            assert_eq!(hidden(text, "civicNo").unwrap(), left);
        }
        assert!(hidden("[1]", "civicNo").is_err() && hidden("{\"a\"", "civicNo").is_err());
    }

    #[test]
    fn deletions_are_told_by_kind_in_every_spelling() {
        let text = r#"{"data":{"activitites":["a"],"persons":["b",7,null],"groups":null},"pageToken":null}"#;
        let told = |text: &str| {
            let mut told = Vec::new();
            deletions(text, |kind, id| told.push(format!("{kind} {id}"))).map(|_| told)
        };
        assert_eq!(told(text).unwrap(), ["activitites a", "persons b", "persons 7"]);
        assert_eq!(told(r#"{"data":[]}"#).unwrap(), [""; 0]);
        assert!(told(r#"{"data":["a"]}"#).is_err());
    }

    /// A value of two bytes would take many more in memory.
    #[test]
    fn the_values_of_a_page_are_counted() {
        let page = |values: usize| format!("[0{}]", ",0".repeat(values - 1));
        assert_eq!(Page::read(&page(VALUES)).unwrap().objects.len(), VALUES);
        let why = Trouble::Form("a list of a page has more than 1000000 values");
        assert_eq!(Page::read(&page(VALUES + 1)), Err(why.clone()));
        assert_eq!(deletions(&format!("{{\"data\":{{\"persons\":{}}}}}", page(VALUES + 1)), |_, _| {}), Err(why));
    }
}
