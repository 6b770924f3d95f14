//! The services as plain JSON, made from the tables of their contracts: no operation has code of its own here.
//!
//! An element is a property named as in the contract. What may occur more than once is always an array, of a choice
//! exactly one alternative is there, what is absent is absent. Numbers and truth are numbers and truth; dates are text.
//! A request becomes the XML it stands for and is decoded as such, so that every rule of the contract holds for it.

use serde_json::{Map, Number, Value};
use soap::{
    schema::{Base, Content, Element, Item, Kind, Simple, Type},
    xml::{Decoder, Result, Writer, shortened},
};

/// What is wrong with the JSON of a request: where, as a JSON pointer, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// A JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong.
    pub why: String,
}

/// The XML that a JSON value stands for as the content of an element.
///
/// # Errors
/// A property that the type does not have, or a value of the wrong JSON type. All else the decoder tells.
pub fn to_xml(element: &'static Element, value: &Value) -> std::result::Result<String, Misfit> {
    let mut writer = Writer::new(contracts::NAMESPACES);
    writer.declare(element.namespaces);
    write(&mut writer, element.name.tag, element.kind, value, "")?;
    Ok(writer.finish())
}

fn write(
    writer: &mut Writer,
    tag: &'static str,
    kind: Kind,
    value: &Value,
    at: &str,
) -> std::result::Result<(), Misfit> {
    match kind {
        Kind::Simple(_) => {
            let text = text(value).ok_or_else(|| misfit(at, "expected a text, a number or a truth value"))?;
            writer.string(tag, &text);
            Ok(())
        }
        Kind::Complex(of) => {
            let Value::Object(properties) = value else { return Err(misfit(at, "expected an object")) };
            known(of, properties, at)?;
            writer.open(tag);
            for attribute in of.attributes {
                if let Some(value) = properties.get(attribute.name) {
                    let text = text(value).ok_or_else(|| {
                        misfit(&child(at, attribute.name), "expected a text, a number or a truth value")
                    })?;
                    writer.attribute(attribute.name, &text);
                }
            }
            writer.inside();
            match &of.content {
                Content::Empty => {}
                Content::Text(_) => writer.text(&properties.get("text").and_then(text).unwrap_or_default()),
                Content::Elements(model) => {
                    for item in model.items {
                        write_item(writer, item, properties, at)?;
                    }
                }
            }
            writer.close(tag);
            Ok(())
        }
    }
}

fn write_item(
    writer: &mut Writer,
    item: &'static Item,
    properties: &Map<String, Value>,
    at: &str,
) -> std::result::Result<(), Misfit> {
    let at = child(at, item.name.local);
    match properties.get(item.name.local) {
        None => Ok(()),
        Some(Value::Array(values)) if item.list => values
            .iter()
            .enumerate()
            .try_for_each(|(n, it)| write(writer, item.name.tag, item.kind, it, &format!("{at}/{n}"))),
        Some(_) if item.list => Err(misfit(&at, "expected an array")),
        Some(value) => write(writer, item.name.tag, item.kind, value, &at),
    }
}

/// A property nobody knows is a mistake: it is more often a misspelling than an extension.
fn known(of: &'static Type, properties: &Map<String, Value>, at: &str) -> std::result::Result<(), Misfit> {
    let mut names: Vec<&str> = of.attributes.iter().map(|it| it.name).collect();
    match &of.content {
        Content::Empty => {}
        Content::Text(_) => names.push("text"),
        Content::Elements(model) => names.extend(model.items.iter().map(|it| it.name.local)),
    }
    match properties.keys().find(|it| !names.contains(&it.as_str())) {
        None => Ok(()),
        Some(name) if names.is_empty() => Err(misfit(&child(at, name), "expected an object without properties")),
        Some(name) => Err(misfit(&child(at, name), &format!("expected no properties but {}", names.join(", ")))),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn misfit(pointer: &str, why: &str) -> Misfit {
    Misfit { pointer: pointer.to_owned(), why: why.to_owned() }
}

/// RFC 6901, 3. A name of a caller's may be long.
fn child(at: &str, name: &str) -> String {
    format!("{at}/{}", shortened(name).replace('~', "~0").replace('/', "~1"))
}

/// The JSON request that query parameters stand for: `instnr=999001&instnr=999002`. A list may have several values.
///
/// # Errors
/// A parameter that the request does not have, that is not text, or that is there twice and may not be.
pub fn from_query(element: &'static Element, parameters: &[(String, String)]) -> std::result::Result<Value, Misfit> {
    let Kind::Complex(of) = element.kind else { return Ok(Value::Object(Map::new())) };
    let items: &[Item] = match &of.content {
        Content::Elements(model) => model.items,
        Content::Empty | Content::Text(_) => &[],
    };
    let mut properties = Map::new();
    for (name, value) in parameters {
        let at = child("", name);
        let item = items.iter().find(|it| it.name.local == name && matches!(it.kind, Kind::Simple(_)));
        let Some(item) = item else {
            let names: Vec<&str> = items.iter().map(|it| it.name.local).collect();
            let why = if names.is_empty() {
                "expected no parameters".to_owned()
            } else {
                format!("expected no parameters but {}", names.join(", "))
            };
            return Err(misfit(&at, &why));
        };
        let value = Value::String(value.clone());
        match properties.get_mut(name) {
            Some(Value::Array(values)) => values.push(value),
            Some(_) => return Err(misfit(&at, "expected it once")),
            None if item.list => drop(properties.insert(name.clone(), Value::Array(vec![value]))),
            None => drop(properties.insert(name.clone(), value)),
        }
    }
    Ok(Value::Object(properties))
}

/// The JSON of an element that the decoder stands in.
///
/// # Errors
/// What the XML breaks of its contract.
pub fn from_xml(decoder: &mut Decoder<'_>, kind: Kind) -> Result<Value> {
    match kind {
        Kind::Simple(simple) => Ok(simple_value(simple, decoder.string()?.as_ref())),
        Kind::Complex(of) => object(decoder, of),
    }
}

fn object(decoder: &mut Decoder<'_>, of: &'static Type) -> Result<Value> {
    let mut properties = Map::new();
    for (attribute, value) in of.attributes.iter().zip(decoder.attribute_list(of)?) {
        if let Some(value) = value {
            properties.insert(attribute.name.to_owned(), simple_value(attribute.simple, &value));
        }
    }
    match &of.content {
        Content::Empty => decoder.empty(of)?,
        Content::Text(simple) => {
            let text = decoder.content_string(of)?;
            properties.insert("text".to_owned(), simple_value(simple, &text));
        }
        Content::Elements(model) => {
            let mut values: Vec<Vec<Value>> = vec![Vec::new(); model.items.len()];
            let mut at = 0;
            while let Some(place) = decoder.next(of, &mut at)? {
                values[place].push(from_xml(decoder, model.items[place].kind)?);
            }
            // In the order of the contract; an empty list is there too, unless it is an alternative that was not taken.
            for (item, mut values) in model.items.iter().zip(values) {
                if item.list && (item.choice.is_none() || !values.is_empty()) {
                    properties.insert(item.name.local.to_owned(), Value::Array(values));
                } else if let Some(value) = values.pop() {
                    properties.insert(item.name.local.to_owned(), value);
                }
            }
        }
    }
    Ok(Value::Object(properties))
}

fn simple_value(simple: &Simple, text: &str) -> Value {
    let number = match simple.base {
        Base::Boolean => return Value::Bool(matches!(text, "true" | "1")),
        Base::Int | Base::Long | Base::PositiveInteger | Base::NonNegativeInteger => {
            text.parse().ok().map(|it: i64| Number::from(it))
        }
        Base::String | Base::Decimal | Base::Date | Base::DateTime | Base::Uri => None,
    };
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}
