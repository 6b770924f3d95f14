//! What is found in a document, in the order of its lines: so many of it in full, the rest counted.

use chrono::{DateTime, FixedOffset};
use soap::xml::{Place, Rule, Violation};

use super::catalogue::{Code, Level};

/// So many findings are told.
pub const MOST: usize = 1000;

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// Where, in the document as it was received.
    pub place: Option<Place>,
    /// The elements from the root of the import document. Never a value.
    pub path: String,
    /// What else there is to say.
    pub detail: Detail,
}

/// What a finding says beside its words. Never a value of the document, unless the schema lists those allowed.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    /// Nothing.
    None,
    /// What the schema expects, and what stands there.
    Schema {
        /// In English.
        expected: String,
        /// In English.
        found: String,
    },
    /// The line where the same was met first.
    First(u64),
    /// When the source's last data left it.
    Last(DateTime<FixedOffset>),
    /// How many people would go, of how many.
    Leaving(usize, usize),
    /// How many are not told.
    Untold(usize),
}

impl Finding {
    /// How bad it is.
    #[must_use]
    pub fn level(&self) -> Level {
        self.code.entry().level
    }

    /// The words: Danish, then English, then the path.
    #[must_use]
    pub fn text(&self) -> String {
        let entry = self.code.entry();
        let (danish, english) = match &self.detail {
            Detail::None => (String::new(), String::new()),
            Detail::Schema { expected, found } => (String::new(), format!(" Found {found}, expected {expected}.")),
            Detail::First(line) => (format!(" Første gang i linje {line}."), format!(" First in line {line}.")),
            Detail::Last(last) => {
                let last = last.to_rfc3339();
                (format!(" Seneste import: {last}."), format!(" Last import: {last}."))
            }
            Detail::Leaving(some, all) => {
                (format!(" {some} af {all} ville forsvinde."), format!(" {some} of {all} would go."))
            }
            Detail::Untold(count) => {
                (format!(" Mindst {count} er ikke nævnt."), format!(" At least {count} are not named."))
            }
        };
        let path = if self.path.is_empty() { String::new() } else { format!(" {}", self.path) };
        format!("{}{danish} ({}{english}){path}", entry.danish, entry.english)
    }
}

impl From<Violation> for Finding {
    fn from(violation: Violation) -> Self {
        let code = code_of(&violation);
        let Violation { place, path, rule: _, expected, found } = violation;
        let path = below_wrapper(&path).to_owned();
        Self { code, place: Some(place), path, detail: Detail::Schema { expected, found } }
    }
}

/// The path without the message around the document.
pub(super) fn below_wrapper(path: &str) -> &str {
    path.split_once("/instXML").map_or(path, |it| it.1)
}

/// The code of a violation: that of its rule, or one of its own where the value has one.
fn code_of(violation: &Violation) -> Code {
    let last = violation.path.rsplit('/').next().unwrap_or_default();
    let is_value = matches!(violation.rule, Rule::Length | Rule::Pattern);
    match last {
        "GroupId" | "MainGroupId" if violation.rule == Rule::Length => Code::GroupKeyLength,
        "LocalPersonId" if is_value => Code::LocalIdForm,
        "CivilRegistrationNumber" if is_value => Code::CivilNumber,
        _ if is_missed(violation, "<MainGroupId>") => Code::MainGroupMissing,
        _ if is_value && violation.expected.ends_with("of attribute schoolYear") => Code::SchoolYear,
        _ => violation.rule.into(),
    }
}

/// Whether an element is missed, at the end or where another one stands.
fn is_missed(violation: &Violation, element: &str) -> bool {
    matches!(violation.rule, Rule::Missing | Rule::Order) && violation.expected.contains(element)
}

/// Findings as they come.
#[derive(Debug, Default)]
pub(super) struct Findings {
    told: Vec<Finding>,
    untold: usize,
    errors: bool,
}

impl Findings {
    /// Takes one in.
    pub(super) fn note(&mut self, finding: impl Into<Finding>) {
        let finding = finding.into();
        self.errors |= finding.level() == Level::Error;
        if self.told.len() < MOST {
            self.told.push(finding);
        } else {
            self.untold += 1;
        }
    }

    /// How many more will be told.
    pub(super) fn room(&self) -> usize {
        MOST.saturating_sub(self.told.len())
    }

    /// One that will not be told, but refuses the document.
    pub(super) fn count(&mut self) {
        self.errors = true;
        self.untold += 1;
    }

    /// Whether somebody is not kept although the document is.
    pub(super) fn are_refusals(&self) -> bool {
        self.told.iter().any(|it| matches!(it.level(), Level::Person | Level::Contact))
    }

    /// Whether something is wrong with the document itself.
    pub(super) fn are_mistakes(&self) -> bool {
        let is_mistake = |it: &Finding| it.level() == Level::Error && !matches!(it.code, Code::Outdated | Code::Full);
        self.untold > 0 || self.told.iter().any(is_mistake)
    }

    /// Whether the document is refused.
    pub(super) fn are_errors(&self) -> bool {
        self.errors
    }

    /// All of them by place, what has no place last, and last of all how many are not told.
    pub(super) fn finish(self) -> Vec<Finding> {
        let Self { mut told, untold, errors: _ } = self;
        told.sort_by_key(|it| it.place.map_or((u64::MAX, u64::MAX), |it| (it.line, it.column)));
        if untold > 0 {
            let detail = Detail::Untold(untold);
            told.push(Finding { code: Code::More, place: None, path: String::new(), detail });
        }
        told
    }
}
