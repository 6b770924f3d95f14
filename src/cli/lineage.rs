//! `skolebro convert --lineage`: which value of the input feeds which value of the output, measured on the input itself.

use std::{
    cell::RefCell,
    io::{self, Cursor, Write},
    rc::Rc,
};

use contracts::CONTRACTS;
use serde_json::Value;

use super::{Failure, convert};
use crate::{
    crosswalk::{Leaves, lineage},
    standards::unilogin::leaves::leaves,
};

/// Every value is changed in turn and everything converted again, so that only small documents are measured.
pub(super) const MOST: usize = 256 << 10;

/// One line a value: its path, then the paths that moved, or `(dropped)`.
pub(super) fn measure(name: &str, text: &str) -> Result<String, Failure> {
    let elements: Vec<_> = CONTRACTS.iter().flat_map(|it| it.elements.iter().copied()).collect();
    let found = leaves(text, &elements).map_err(|violation| Failure::Input(format!("{name}:{violation}")))?;
    let mut table = String::new();
    for row in lineage(text, &found, converted) {
        let to: Vec<String> = row.to.into_iter().collect();
        let to = if to.is_empty() { "(dropped)".to_owned() } else { to.join(", ") };
        table.push_str(&format!("{} -> {to}\n", row.from));
    }
    Ok(table)
}

/// The values of everything that a document becomes; nothing if it is refused.
fn converted(text: &str) -> Option<Leaves> {
    let out = Shared::default();
    convert::export_to_lines(Box::new(Cursor::new(text.to_owned())), Box::new(out.clone())).ok()?;
    let mut values = Leaves::new();
    for line in out.0.borrow().split(|it| *it == b'\n').filter(|it| !it.is_empty()) {
        let mut object: Value = serde_json::from_slice(line).ok()?;
        let kind = object.as_object_mut()?.shift_remove("type")?;
        flatten(kind.as_str()?, &object, &mut values);
    }
    Some(values)
}

/// Places within lists are not told apart: a value moves when any of its place is another one.
fn flatten(path: &str, value: &Value, values: &mut Leaves) {
    match value {
        Value::Object(properties) => {
            properties.iter().for_each(|(name, it)| flatten(&format!("{path}/{name}"), it, values))
        }
        Value::Array(items) => items.iter().for_each(|it| flatten(&format!("{path}[]"), it, values)),
        leaf => {
            let all = values.entry(path.to_owned()).or_default();
            all.push('\n');
            all.push_str(&leaf.to_string());
        }
    }
}

/// A buffer that is still ours when its writer has gone.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
