//! SS12000 2.1, the properties of the bodies that consumers send: one table that bodies are checked against, and that the OpenAPI
//! document is made of.
//!
//! Names are those of the standard, `timeOfOccurance` too.

/// A property.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// How many characters it has at most, where it is a text.
    pub most: usize,
    /// Why a body without it is refused. Nothing, where it may be missing.
    pub missing: Option<&'static str>,
}

impl Property {
    const fn may(name: &'static str, most: usize) -> Self {
        Self { name, most, missing: None }
    }

    const fn must(name: &'static str, most: usize, missing: &'static str) -> Self {
        Self { name, most, missing: Some(missing) }
    }

    /// Why a body is refused that has not what the property asks for.
    #[must_use]
    pub const fn refused(&self) -> &'static str {
        match self.missing {
            Some(why) => why,
            None => NO_TEXT,
        }
    }

    /// The same, where it must be there.
    #[must_use]
    pub const fn needed(self, missing: &'static str) -> Self {
        Self { missing: Some(missing), ..self }
    }
}

/// How serious a message may be.
pub const SEVERITIES: [&str; 3] = ["Info", "Warning", "Error"];

/// What is told of a text that is none.
pub const NO_TEXT: &str = "A property is no text, is empty, or is too long.";

const COUNTED: &str = "newCount, updatedCount and deletedCount are whole numbers.";
/// What is told of a type that is none, or missing.
pub const TYPED: &str = "resourceType is a type of object that the standard knows.";

/// What a subscriber calls a subscription.
pub const NAME: Property = Property::must("name", 200, "A subscription has a name.");
/// Where its notices go.
pub const TARGET: Property = Property::must("target", 2000, "A subscription has a target.");
/// The types that it is about.
pub const RESOURCE_TYPES: Property =
    Property::must("resourceTypes", 0, "resourceTypes lists types of objects that the standard knows.");
/// What happened.
pub const MESSAGE: Property = Property::must("message", 4000, "A log entry has a message.");
/// How serious it is.
pub const SEVERITY: Property = Property::must("severityLevel", 20, "severityLevel is Info, Warning or Error.");
/// A code for it.
pub const MESSAGE_TYPE: Property = Property::may("messageType", 200);
/// The object that it is about.
pub const RESOURCE_ID: Property = Property::may("resourceId", 100);
/// The type that it is about.
pub const RESOURCE_TYPE: Property = Property::may("resourceType", 50);
/// The question that was asked.
pub const RESOURCE_URL: Property = Property::may("resourceUrl", 4000);
/// When it happened.
pub const TIME: Property = Property::may("timeOfOccurance", 100);
/// How many objects were new.
pub const NEW: Property = Property::must("newCount", 0, COUNTED);
/// How many had changed.
pub const UPDATED: Property = Property::must("updatedCount", 0, COUNTED);
/// How many had gone.
pub const DELETED: Property = Property::must("deletedCount", 0, COUNTED);

/// `POST /subscriptions`.
pub const SUBSCRIPTION: [Property; 3] = [NAME, TARGET, RESOURCE_TYPES];
/// `POST /log`.
pub const LOG: [Property; 7] = [MESSAGE, SEVERITY, MESSAGE_TYPE, RESOURCE_ID, RESOURCE_TYPE, RESOURCE_URL, TIME];
/// `POST /statistics`.
pub const STATISTICS: [Property; 6] = [RESOURCE_TYPE.needed(TYPED), NEW, UPDATED, DELETED, RESOURCE_URL, TIME];
