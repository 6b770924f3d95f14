//! SS12000 2.1, which operations are served, and why the others are not. The standard has no such page, so it is not in its document.

use serde_json::{Value, json};

use super::{list::LOOKUP, operation::What, parameters::PAGE, routes::OPERATIONS, token::LIFE};

/// As JSON.
#[must_use]
pub fn json(prefix: &str) -> Value {
    let operations: Vec<Value> = OPERATIONS
        .iter()
        .map(|it| {
            let mut row = json!({ "method": it.method, "path": it.path, "served": it.is_served() });
            if let What::Absent(why) = it.what {
                row["reason"] = why.into();
            }
            row
        })
        .collect();
    json!({
        "standard": "SS12000",
        "version": "2.1.0",
        "prefix": prefix,
        "document": "/openapi/ss12000.json",
        "limits": {
            "objectsOnAPage": PAGE,
            "keysInALookup": LOOKUP,
            "pageTokenMinutes": LIFE.num_minutes(),
        },
        "operations": operations,
    })
}

/// As text.
#[must_use]
pub fn text(prefix: &str) -> String {
    let mut out = format!("SS12000 2.1 at {prefix}/, described at /openapi/ss12000.json\n\nServed:\n");
    for it in OPERATIONS.iter().filter(|it| it.is_served()) {
        out.push_str(&format!("  {:6} {}\n", it.method, it.path));
    }
    out.push_str("\nNot served, and answered with 404:\n");
    for it in &OPERATIONS {
        if let What::Absent(why) = it.what {
            out.push_str(&format!("  {:6} {:36} {why}\n", it.method, it.path));
        }
    }
    let (minutes, page, keys) = (LIFE.num_minutes(), PAGE, LOOKUP);
    out.push_str(&format!(
        "\nAt most {page} objects are on a page, at most {keys} keys in a look-up. A page token lasts {minutes} minutes.\n"
    ));
    out
}
