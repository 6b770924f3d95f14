//! SS12000 2.1, how the types of the models look in JSON Schema: what the OpenAPI document is made of.

use std::borrow::Cow;

use serde_json::{Value, json};
use uuid::Uuid;

use super::model::Day;

/// How a type looks in JSON, for the description of what we serve.
pub trait Described {
    /// Whether a property of this type may be missing.
    const OPTIONAL: bool = false;

    /// The JSON Schema.
    fn schema() -> Value;
}

/// The name of a property: `kind` stands for `type`, which is a word of the language.
pub(super) fn in_json(field: &str) -> String {
    match field {
        "kind" => "type".to_owned(),
        _ => {
            let mut words = field.split('_');
            let first = words.next().unwrap_or_default().to_owned();
            words.fold(first, |name, word| {
                let (initial, rest) = word.split_at(1);
                name + &initial.to_ascii_uppercase() + rest
            })
        }
    }
}

impl Described for Uuid {
    fn schema() -> Value {
        json!({ "type": "string", "format": "uuid" })
    }
}

impl Described for Day {
    fn schema() -> Value {
        json!({ "type": "string", "format": "date" })
    }
}

impl Described for Cow<'_, str> {
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl Described for &str {
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl Described for bool {
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl Described for u8 {
    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": 10 })
    }
}

impl Described for u16 {
    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

impl Described for u32 {
    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0 })
    }
}

impl<T: Described> Described for Option<T> {
    const OPTIONAL: bool = true;

    fn schema() -> Value {
        T::schema()
    }
}

impl<T: Described> Described for Vec<T> {
    const OPTIONAL: bool = true;

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}
