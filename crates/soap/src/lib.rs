//! XML to Rust and back, SOAP envelopes and faults: the runtime behind the generated contracts.
//!
//! What we do with XML, so that nobody has to guess:
//!
//! * Input is UTF-8 or UTF-16 with or without a byte order mark, or what the transport's charset says ([`xml::text`]).
//! * A document type declaration is refused before anything else; only the five predefined entities exist.
//! * Comments and processing instructions are skipped. CDATA is text.
//! * White space between elements is skipped; inside text the type's `whiteSpace` facet decides.
//! * Prefixes do not matter, namespaces do. An element or attribute the schema does not know is a violation.
//! * `xsi:nil` is honoured where the schema says nillable. `xsi:type` may name the declared type or a built-in one, which
//!   scripting languages guess; it never replaces the declared type.
//! * `xsi:schemaLocation` is never followed.
//! * Depth, attribute count, name length and text size are bounded ([`xml::Limits`]).
//! * Output is deterministic: order from the schema, prefixes from the generated table, declared once on the root.

#![warn(missing_docs)]

pub mod schema;
pub mod xml;
pub mod envelope;
pub mod fault;

pub use envelope::{Envelope, Version};
pub use fault::Fault;
