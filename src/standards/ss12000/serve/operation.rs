//! SS12000 2.1, what an operation is: its path, what it is asked with, and what answers it.

use super::{
    parameters::{PAGE, PAGE_DEFAULT},
    token::LIFE,
};
use crate::standards::ss12000::view::Kind;

/// An operation of the standard.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The method.
    pub method: &'static str,
    /// The path after the prefix; `{id}` stands for a segment.
    pub path: &'static str,
    /// What it does.
    pub what: What,
    /// Its parameters besides the common ones.
    own: &'static [Parameter],
    meta: bool,
    expand: &'static [&'static str],
    sort: &'static [&'static str],
    names: bool,
    page: bool,
    /// The keys of a look-up's body.
    pub keys: &'static [(&'static str, Type)],
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Lists objects.
    List(Kind),
    /// Shows one object.
    One(Kind),
    /// Shows many objects at once.
    Lookup(Kind),
    /// Lists what has gone.
    Deleted,
    /// Lists the caller's subscriptions.
    Subscriptions,
    /// Makes a subscription.
    Subscribe,
    /// Shows one subscription.
    Subscription,
    /// Ends a subscription.
    Unsubscribe,
    /// Makes a subscription last longer.
    Renew,
    /// Takes in a report of what happened.
    Log,
    /// Takes in a report of how much was read.
    Statistics,
    /// Is not served, and why.
    Absent(&'static str),
}

/// A query parameter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Another name that clients use.
    pub alias: Option<&'static str>,
    /// How its value looks.
    pub of: Type,
    /// Whether it may come several times, or with several values between commas.
    pub many: bool,
    /// What it does. Between braces are names of numbers: see [`Parameter::meaning`].
    pub means: &'static str,
}

/// How a value looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Any text.
    Text,
    /// An id.
    Id,
    /// A day.
    Day,
    /// A time with an offset.
    Moment,
    /// True or false.
    Flag,
    /// A number from one.
    Count,
    /// One of these.
    Of(&'static [&'static str]),
}

impl Parameter {
    /// A parameter with one value.
    pub(super) const fn one(name: &'static str, of: Type, means: &'static str) -> Self {
        Self { name, alias: None, of, many: false, means }
    }

    /// A parameter with any number of values.
    pub(super) const fn many(name: &'static str, of: Type, means: &'static str) -> Self {
        Self { name, alias: None, of, many: true, means }
    }

    /// What it does, with the numbers that are served by.
    #[must_use]
    pub fn meaning(&self) -> String {
        let told = self.means.replace("{usual}", &PAGE_DEFAULT.to_string()).replace("{most}", &PAGE.to_string());
        told.replace("{minutes}", &LIFE.num_minutes().to_string())
    }

    pub(super) const fn or(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }
}

const META: [Parameter; 4] = [
    Parameter::one("meta.created.before", Type::Moment, "Made then or earlier."),
    Parameter::one("meta.created.after", Type::Moment, "Made later than that."),
    Parameter::one("meta.modified.before", Type::Moment, "Changed last then or earlier."),
    Parameter::one("meta.modified.after", Type::Moment, "Changed last later than that."),
];

const NAMES: Parameter = Parameter::one("expandReferenceNames", Type::Flag, "Write names into references.");

/// The number of objects on a page.
pub(super) const LIMIT: Parameter = Parameter::one(
    "limit",
    Type::Count,
    "How many objects on a page: {usual} if nothing is said, {most} at most. It may differ from page to page.",
);

/// The place of the next page.
pub(super) const TOKEN: Parameter = Parameter::one(
    "pageToken",
    Type::Text,
    "From the page before. It carries the filters, which may be left out, or repeated as they were. It lasts {minutes} minutes; \
     after that, and when too many others have sorted since, the answer is 410 and the walk begins anew.",
);

impl Operation {
    /// An operation that is asked with nothing yet.
    pub(super) const fn new(method: &'static str, path: &'static str, what: What) -> Self {
        Self { method, path, what, own: &[], meta: false, expand: &[], sort: &[], names: false, page: false, keys: &[] }
    }

    pub(super) const fn own(mut self, own: &'static [Parameter]) -> Self {
        self.own = own;
        self
    }

    pub(super) const fn meta(mut self) -> Self {
        self.meta = true;
        self
    }

    pub(super) const fn expand(mut self, names: &'static [&'static str]) -> Self {
        self.expand = names;
        self
    }

    pub(super) const fn sort(mut self, keys: &'static [&'static str]) -> Self {
        self.sort = keys;
        self
    }

    pub(super) const fn names(mut self) -> Self {
        self.names = true;
        self
    }

    pub(super) const fn page(mut self) -> Self {
        self.page = true;
        self
    }

    pub(super) const fn keys(mut self, keys: &'static [(&'static str, Type)]) -> Self {
        self.keys = keys;
        self
    }

    /// Whether it is served.
    pub fn is_served(&self) -> bool {
        !matches!(self.what, What::Absent(_))
    }

    /// Everything that it may be asked with in the query, in order.
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut all = self.own.to_vec();
        if self.meta {
            all.extend(META);
        }
        if !self.expand.is_empty() {
            all.push(Parameter::many("expand", Type::Of(self.expand), "What to put into `_embedded`."));
        }
        if !self.sort.is_empty() {
            all.push(Parameter::one("sortkey", Type::Of(self.sort), "The order; that of the ids if nothing is said."));
        }
        all.extend(self.names.then_some(NAMES));
        if self.page {
            all.extend([LIMIT, TOKEN]);
        }
        all
    }

    /// Whether a path, in segments, is this operation's; with the segment that stands for an id.
    pub fn matches<'p>(&self, path: &[&'p str]) -> Option<Option<&'p str>> {
        let mut own = self.path.trim_start_matches('/').split('/');
        let mut id = None;
        for segment in path {
            match own.next()? {
                "{id}" => id = Some(*segment),
                known if known == *segment => {}
                _ => return None,
            }
        }
        own.next().is_none().then_some(id)
    }
}
