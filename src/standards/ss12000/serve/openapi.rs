//! SS12000 2.1, the OpenAPI 3.1 document of what we serve: paths and parameters from the table of operations that requests are checked
//! against, bodies from the table that they are checked against, objects from the models that answers are written from.

use serde_json::{Map, Value, json};

use super::{
    list::LOOKUP,
    operation::{Operation, Parameter, Type, What},
    routes::OPERATIONS,
};
use crate::standards::ss12000::{
    bodies::{self, Property},
    feed::{RESOURCE_NAMES, deleted_name},
    model,
    view::Kind,
};

/// Texts that look like something: object, property, format.
const FORMATS: &[(&str, &str, &str)] = &[
    ("Meta", "created", "date-time"),
    ("Meta", "modified", "date-time"),
    ("Organisation", "url", "uri"),
    ("Organisation", "email", "email"),
    ("Person", "photo", "uri"),
    ("ExternalIdentifier", "context", "uri"),
    ("Email", "value", "email"),
];

/// School forms of places in care.
const CARE: &[&str] = &["FS", "FTH", "OPPFTH"];

/// Lists of which nothing comes twice.
const UNIQUE: &[(&str, &str)] = &[("Organisation", "schoolTypes"), ("Person", "eduPersonPrincipalNames")];

/// The document; `prefix` is where the operations are.
#[must_use]
pub fn document(prefix: &str) -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS.iter().filter(|it| it.is_served()) {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_ascii_lowercase()] = self::operation(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "SS12000 2.1, as Skolebro serves it",
            "version": "2.1.0",
            "description": "The part of SS12000:2020 that Danish data fills. What else the standard has is answered with 404; \
                            the page `capabilities` tells which and why.",
        },
        "servers": [{ "url": if prefix.is_empty() { "/" } else { prefix } }],
        "security": [{ "BearerAuth": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "BearerAuth": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas(),
            "responses": { "Error": error("What is wrong.") },
        },
    })
}

fn operation(of: &Operation) -> Value {
    let mut parameters: Vec<Value> = of.parameters().iter().map(parameter).collect();
    if of.path.contains("{id}") {
        let schema = json!({ "type": "string", "format": "uuid" });
        parameters.insert(0, json!({ "name": "id", "in": "path", "required": true, "schema": schema }));
    }
    let mut out = json!({
        "operationId": name(of),
        "tags": [of.path.split('/').nth(1).unwrap_or_default()],
        "parameters": parameters,
        "responses": responses(of),
    });
    if let Some(schema) = body(of) {
        out["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    out
}

/// `getPersons`, `lookupPersons`, `getPersonsById`.
fn name(of: &Operation) -> String {
    let resource = of.path.split('/').nth(1).unwrap_or_default();
    let (initial, rest) = resource.split_at(resource.len().min(1));
    let resource = format!("{}{rest}", initial.to_ascii_uppercase());
    let by_id = if of.path.contains("{id}") { "ById" } else { "" };
    match of.what {
        What::Lookup(_) => format!("lookup{resource}"),
        _ => format!("{}{resource}{by_id}", of.method.to_ascii_lowercase()),
    }
}

fn parameter(it: &Parameter) -> Value {
    let schema = if it.many { json!({ "type": "array", "items": schema(it.of) }) } else { schema(it.of) };
    json!({ "name": it.name, "in": "query", "description": it.meaning(), "schema": schema })
}

fn schema(of: Type) -> Value {
    match of {
        Type::Text => json!({ "type": "string" }),
        Type::Id => json!({ "type": "string", "format": "uuid" }),
        Type::Day => json!({ "type": "string", "format": "date" }),
        Type::Moment => json!({ "type": "string", "format": "date-time" }),
        Type::Flag => json!({ "type": "boolean" }),
        Type::Count => json!({ "type": "integer", "minimum": 1 }),
        Type::Of(values) => json!({ "type": "string", "enum": values }),
    }
}

fn body(of: &Operation) -> Option<Value> {
    match of.what {
        What::Lookup(_) => {
            let most = format!("All lists together hold {LOOKUP} keys at most: more is too much for one answer (503).");
            let list = |of: Type| json!({ "type": "array", "items": schema(of) });
            let lists: Map<String, Value> = of.keys.iter().map(|(name, of)| ((*name).to_owned(), list(*of))).collect();
            Some(json!({
                "type": "object",
                "description": most,
                "properties": lists,
                "additionalProperties": false,
            }))
        }
        What::Subscribe => Some(reference("CreateSubscription")),
        What::Log => Some(reference("LogEntry")),
        What::Statistics => Some(reference("StatisticsEntry")),
        _ => None,
    }
}

fn responses(of: &Operation) -> Value {
    let json =
        |schema: Value| json!({ "description": "Found.", "content": { "application/json": { "schema": schema } } });
    let empty = |what: &str| json!({ "description": what });
    let (status, answer) = match of.what {
        What::List(kind) => ("200", json(page(reference(shown(kind))))),
        What::One(kind) => ("200", json(reference(shown(kind)))),
        What::Lookup(kind) => ("200", json(json!({ "type": "array", "items": reference(shown(kind)) }))),
        What::Deleted => ("200", json(reference("DeletedEntities"))),
        What::Subscriptions => ("200", json(page(reference("Subscription")))),
        What::Subscription | What::Renew => ("200", json(reference("Subscription"))),
        What::Subscribe => ("201", json(reference("Subscription"))),
        What::Unsubscribe => ("204", empty("It has ended.")),
        What::Log | What::Statistics => ("201", empty("It has been noted.")),
        What::Absent(_) => ("404", empty("Not served.")),
    };
    let mut all = json!({ status: answer });
    let error = || json!({ "$ref": "#/components/responses/Error" });
    for status in ["400", "401", "403", "410", "413", "415", "503", "default"] {
        all[status] = error();
    }
    if of.path.contains("{id}") {
        all["404"] = empty("There is none, or none that the caller may see.");
    }
    all
}

fn error(what: &str) -> Value {
    json!({ "description": what, "content": { "application/json": { "schema": reference("Error") } } })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn page(of: Value) -> Value {
    json!({
        "type": "object",
        "required": ["data", "pageToken"],
        "additionalProperties": false,
        "properties": { "data": { "type": "array", "items": of }, "pageToken": { "type": ["string", "null"] } },
    })
}

/// Lists that are written even when they are empty.
const ALWAYS: &[(&str, &str)] =
    &[("Person", "enrolments"), ("Group", "groupMemberships"), ("Activity", "groups"), ("Activity", "teachers")];

/// What the objects of a kind are with what `expand` may add.
fn shown(kind: Kind) -> &'static str {
    match kind {
        Kind::Organisation => "Organisation",
        Kind::Person => "PersonExpanded",
        Kind::Group => "GroupExpanded",
        Kind::Duty => "DutyExpanded",
        Kind::Placement => "PlacementExpanded",
        Kind::Activity => "ActivityExpanded",
    }
}

fn schemas() -> Map<String, Value> {
    let mut all = Map::new();
    for (name, properties) in model::described() {
        let is_required = |it: &&(String, bool, Value)| !it.1 || ALWAYS.contains(&(name, &*it.0));
        let required: Vec<String> = properties.iter().filter(is_required).map(|it| it.0.clone()).collect();
        let mut described = Map::new();
        for (property, _, mut schema) in properties {
            if let Some((_, _, format)) = FORMATS.iter().find(|it| it.0 == name && it.1 == property) {
                schema["format"] = (*format).into();
            }
            if (name, &*property) == ("Placement", "schoolType") {
                schema["enum"] = json!(CARE);
            }
            if (name, &*property) == ("Activity", "groups") {
                schema["minItems"] = 1.into();
            }
            if UNIQUE.contains(&(name, &*property)) {
                schema["uniqueItems"] = true.into();
            }
            described.insert(property, schema);
        }
        let object = json!({
            "type": "object",
            "required": required,
            "additionalProperties": false,
            "properties": described,
        });
        all.insert(name.to_owned(), object);
    }
    for kind in Kind::ALL.into_iter().filter(|it| *it != Kind::Organisation) {
        let shown = shown(kind);
        let plain = shown.trim_end_matches("Expanded");
        let mut object = all[plain].clone();
        object["properties"]["_embedded"] = reference(&format!("{plain}Embedded"));
        all.insert(shown.to_owned(), object);
    }
    all.extend(feed());
    all
}

/// What the change feed is asked with and answers.
fn feed() -> Map<String, Value> {
    let told = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties });
    let ids = json!({ "type": "array", "items": { "type": "string", "format": "uuid" } });
    let gone: Map<String, Value> = Kind::ALL.map(|it| (deleted_name(it).to_owned(), ids.clone())).into_iter().collect();
    let deleted = json!({ "data": told(&[], gone.into()), "pageToken": { "type": ["string", "null"] } });
    let subscription = json!({
        "id": { "type": "string", "format": "uuid" },
        "expires": { "type": "string", "format": "date-time" },
        "name": { "type": "string" },
        "target": { "type": "string" },
        "resourceTypes": { "type": "array", "items": told(&["resource"], json!({ "resource": resource() })) },
    });
    [
        ("DeletedEntities", told(&["data", "pageToken"], deleted)),
        ("CreateSubscription", sent(&bodies::SUBSCRIPTION)),
        ("Subscription", told(&["id", "expires", "name", "target", "resourceTypes"], subscription)),
        ("LogEntry", sent(&bodies::LOG)),
        ("StatisticsEntry", sent(&bodies::STATISTICS)),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}

fn resource() -> Value {
    json!({ "type": "string", "enum": RESOURCE_NAMES })
}

/// What we are asked with. It may hold properties of other versions.
fn sent(properties: &[Property]) -> Value {
    let required: Vec<&str> = properties.iter().filter(|it| it.missing.is_some()).map(|it| it.name).collect();
    let described: Map<String, Value> = properties.iter().map(|it| (it.name.to_owned(), property(it))).collect();
    json!({ "type": "object", "required": required, "properties": described })
}

fn property(of: &Property) -> Value {
    let named = |it: Property| it.name == of.name;
    let mut schema = match of {
        _ if [bodies::NEW, bodies::UPDATED, bodies::DELETED].into_iter().any(named) => {
            return json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX });
        }
        _ if named(bodies::RESOURCE_TYPES) => {
            let object =
                json!({ "type": "object", "required": ["resource"], "properties": { "resource": resource() } });
            return json!({ "type": "array", "items": { "anyOf": [object, resource()] }, "minItems": 1 });
        }
        _ if named(bodies::RESOURCE_TYPE) => resource(),
        _ if named(bodies::SEVERITY) => json!({ "type": "string", "enum": bodies::SEVERITIES }),
        _ if named(bodies::RESOURCE_ID) => {
            json!({ "type": "string", "format": "uuid", "minLength": 36, "maxLength": 36 })
        }
        _ if named(bodies::TIME) => json!({ "type": "string", "format": "date-time", "minLength": 20 }),
        _ if named(bodies::TARGET) => {
            json!({ "type": "string", "format": "uri", "minLength": 1, "maxLength": of.most })
        }
        _ => json!({ "type": "string", "minLength": 1, "maxLength": of.most }),
    };
    if of.missing.is_none() {
        schema["type"] = json!(["string", "null"]);
        if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
            values.push(Value::Null);
        }
    }
    schema
}
