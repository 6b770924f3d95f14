//! `?wsdl`, `?xsd=` and `?wsdl=`: a contract as its clients load it, with references that lead back to us.

use soap::schema::{Contract, Document};

use super::dialect::Dialect;

/// The document a query asks for, if it asks for one: its text as it is served at `address`.
///
/// `query` is what stands behind the question mark: `wsdl` in any case, `xsd=NAME` or `wsdl=NAME`.
#[must_use]
pub fn answer(contract: &'static Contract, query: &str, address: &str, dialect: &Dialect) -> Option<String> {
    let first = query.split('&').next().unwrap_or_default();
    let (key, name) = first.split_once('=').unwrap_or((first, ""));
    let document = match (key.to_ascii_lowercase().as_str(), name) {
        ("wsdl" | "singlewsdl", "") => contract.documents.first(),
        ("wsdl" | "xsd", name) => {
            let name = name.replace("%2F", "/").replace("%2f", "/");
            contract.documents.iter().find(|it| public_name(it) == name)
        }
        _ => None,
    };
    document.map(|it| dialect.document(&served(contract, it, address)).into_owned())
}

/// Whether a query asks for a document at all.
#[must_use]
pub fn is_asked(query: &str) -> bool {
    let key = query.split(['=', '&']).next().unwrap_or_default();
    ["wsdl", "xsd", "singlewsdl"].iter().any(|it| key.eq_ignore_ascii_case(it))
}

/// What a document is called in a query: the names that clients of the real services know.
fn public_name(document: &Document) -> String {
    let path = document.path;
    let file = path.rsplit('/').next().unwrap_or(path);
    if path.starts_with("xsd/unilogin/common/legacy/") {
        format!("common/{file}")
    } else if let Some(rest) = path.strip_prefix("xsd/unilogin/common/") {
        format!("../../common/v{rest}")
    } else {
        file.to_owned()
    }
}

/// The text with its references and its address rewritten.
fn served(contract: &'static Contract, document: &'static Document, address: &str) -> String {
    let mut out = String::with_capacity(document.text.len() + 512);
    let mut rest = document.text;
    while let Some(at) = rest.find("ocation=\"") {
        let value_at = at + "ocation=\"".len();
        let Some(length) = rest[value_at..].find('"') else { break };
        let value = &rest[value_at..value_at + length];
        out.push_str(&rest[..value_at]);
        match resolve(contract, document, value) {
            Some(target) => {
                let kind = if target.path.ends_with(".wsdl") { "wsdl" } else { "xsd" };
                out.push_str(&format!("{address}?{kind}={}", public_name(target)));
            }
            // The only other location is the address of the port.
            None => out.push_str(address),
        }
        rest = &rest[value_at + length..];
    }
    out.push_str(rest);
    with_policies(contract, &out, address)
}

/// References to policies name the document that holds them: `#…` alone would mean the WSDL itself, and JAX-WS then
/// refuses it.
fn with_policies(contract: &'static Contract, text: &str, address: &str) -> String {
    let holder = contract.documents.iter().find(|it| it.path.ends_with(".wsdl") && it.text.contains("<wsp:Policy "));
    match holder {
        None => text.to_owned(),
        Some(holder) => {
            let whole = format!("PolicyReference URI=\"{address}?wsdl={}#", public_name(holder));
            text.replace("PolicyReference URI=\"#", &whole)
        }
    }
}

/// The document that a relative reference in another leads to.
fn resolve(contract: &'static Contract, from: &Document, reference: &str) -> Option<&'static Document> {
    if reference.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = from.path.split('/').collect();
    parts.pop();
    for part in reference.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    contract.documents.iter().find(|it| it.path == path)
}
