//! SS12000 2.1 (SIS, OpenAPI `openapi_ss12000_version2_1_0.yaml`): the Swedish school data standard, JSON over REST.
//!
//! Of its entities we know those that a roster fills: Organisation, Person, Group, Duty, Placement, and Activity for who teaches whom.
//! [`model`] is what we write, exactly; [`read`] is what we read, leniently, 2.0 included.

pub mod values;
pub mod described;
pub mod model;
pub mod read;
pub mod ids;
pub mod codes;
mod finger;
pub mod context;
pub mod crosswalk;
pub mod ndjson;
pub mod ledger;
pub mod clerk;
pub mod bodies;
pub mod feed;
pub mod view;
pub mod serve;
pub mod upstream;
