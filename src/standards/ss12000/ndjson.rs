//! SS12000 2.1, objects one a line: each with its `type` as first property, the object's own properties after it.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use super::{model, read};

/// An object that can stand on a line.
pub trait Line: Serialize {
    /// Its type.
    const TYPE: &'static str;
}

impl Line for model::Organisation<'_> {
    const TYPE: &'static str = "Organisation";
}

impl Line for model::Person<'_> {
    const TYPE: &'static str = "Person";
}

impl Line for model::Group<'_> {
    const TYPE: &'static str = "Group";
}

impl Line for model::Duty<'_> {
    const TYPE: &'static str = "Duty";
}

impl Line for model::Placement<'_> {
    const TYPE: &'static str = "Placement";
}

impl Line for model::Activity<'_> {
    const TYPE: &'static str = "Activity";
}

/// Appends an object as a line. Every object has an `id`, so that its braces are never empty.
pub fn write<T: Line>(object: &T, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let start = out.len();
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(T::TYPE.as_bytes());
    out.push(b'"');
    let brace = out.len();
    if let Err(error) = serde_json::to_writer(&mut *out, object) {
        out.truncate(start);
        return Err(error);
    }
    out[brace] = b',';
    out.push(b'\n');
    Ok(())
}

/// An object that stood on a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Object<'a> {
    /// An organisation element.
    Organisation(read::Organisation<'a>),
    /// A person.
    Person(read::Person<'a>),
    /// A group.
    Group(read::Group<'a>),
    /// A duty.
    Duty(read::Duty<'a>),
    /// A placement.
    Placement(read::Placement<'a>),
    /// An activity.
    Activity(read::Activity<'a>),
}

/// Reads the object on a line. `None` for a type that fills no roster.
pub fn read(line: &[u8]) -> serde_json::Result<Option<Object<'_>>> {
    #[derive(Deserialize)]
    struct Typed<'a> {
        #[serde(rename = "type", borrow)]
        of: read::Text<'a>,
    }

    let Typed { of } = serde_json::from_slice(line)?;
    Ok(Some(match of.as_str() {
        "Organisation" => Object::Organisation(serde_json::from_slice(line)?),
        "Person" => Object::Person(serde_json::from_slice(line)?),
        "Group" => Object::Group(serde_json::from_slice(line)?),
        "Duty" => Object::Duty(serde_json::from_slice(line)?),
        "Placement" => Object::Placement(serde_json::from_slice(line)?),
        "Activity" => Object::Activity(serde_json::from_slice(line)?),
        _ => return Ok(None),
    }))
}

/// Reads line after line into one buffer.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    line: Vec<u8>,
    number: u32,
}

/// A line that cannot be read. Says where and of what kind the fault is, and nothing of what stood there.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The input failed.
    #[error("line {line}: {cause}")]
    Io {
        /// The line, from one.
        line: u32,
        /// What the input said.
        cause: io::Error,
    },
    /// The line is no object.
    #[error("line {line}, column {column}: {}", if *.syntax { "this is not JSON" } else { "an object of this type looks otherwise" })]
    Json {
        /// The line, from one.
        line: u32,
        /// The column, from one.
        column: usize,
        /// Whether it is no JSON at all.
        syntax: bool,
    },
}

impl<R: BufRead> Reader<R> {
    /// Reads from here.
    pub fn new(input: R) -> Self {
        Self { input, line: Vec::new(), number: 0 }
    }

    /// The number of the line read last.
    pub fn line(&self) -> u32 {
        self.number
    }

    /// Hands each object to `each`, in order. Empty lines and other types are passed over.
    pub fn each<E: From<ReadError>>(
        &mut self,
        mut each: impl FnMut(Object<'_>, u32) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            self.line.clear();
            let read = self.input.read_until(b'\n', &mut self.line);
            if read.map_err(|cause| ReadError::Io { line: self.number + 1, cause })? == 0 {
                return Ok(());
            }
            self.number += 1;
            if self.line.trim_ascii().is_empty() {
                continue;
            }
            let fault = |error: serde_json::Error| ReadError::Json {
                line: self.number,
                column: error.column(),
                syntax: !error.is_data(),
            };
            if let Some(object) = self::read(&self.line).map_err(fault)? {
                each(object, self.number)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(text: &str) -> Result<Vec<String>, ReadError> {
        let mut found = Vec::new();
        Reader::new(text.as_bytes()).each(|object, line| {
            let name = match object {
                Object::Person(it) => it.given_name.map(|it| it.0.into_owned()),
                Object::Group(it) => it.display_name.map(|it| it.0.into_owned()),
                Object::Organisation(_) | Object::Duty(_) | Object::Placement(_) | Object::Activity(_) => None,
            };
            found.push(format!("{line}: {name:?}"));
            Ok::<_, ReadError>(())
        })?;
        Ok(found)
    }

    #[test]
    fn lines_are_read_whatever_the_order_of_their_properties() {
        let text = "{\"type\":\"Person\",\"givenName\":\"Anna\"}\n\n{\"type\":\"Room\"}\n{\"displayName\":\"7A\",\"type\":\"Group\"}";
        assert_eq!(types(text).unwrap(), ["1: Some(\"Anna\")", "4: Some(\"7A\")"]);
    }

    #[test]
    fn faults_say_where_but_not_what() {
        let text = "{\"type\":\"Person\"}\n{\"type\":\"Person\",\"givenName\":[\"Hemmelig\"]}";
        let error = types(text).unwrap_err().to_string();
        assert_eq!(error, "line 2, column 30: an object of this type looks otherwise");
        assert_eq!(types("{").unwrap_err().to_string(), "line 1, column 1: this is not JSON");
    }
}
