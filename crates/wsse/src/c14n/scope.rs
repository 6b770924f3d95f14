//! Namespaces in scope.

use super::{MOST_NAMESPACES, Malformed, Result, characters::same};

/// Which declaration binds a prefix: its number in the scope, or one of the constants.
pub(crate) type Bound = u32;

/// No declaration: no namespace.
pub(crate) const NONE: Bound = Bound::MAX;
/// The prefix `xml`, which needs none.
pub(crate) const XML: Bound = Bound::MAX - 1;

const XML_URI: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_URI: &str = "http://www.w3.org/2000/xmlns/";

const TOO_MANY: Malformed = Malformed("more than 256 namespace declarations around an element");

/// The declarations in scope, outermost first. Their texts stand behind each other in one string.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    text: String,
    declarations: Vec<Declaration>,
}

#[derive(Debug, Clone, Copy)]
struct Declaration {
    depth: u32,
    from: u32,
    /// Where the prefix ends and the namespace name begins.
    middle: u32,
    to: u32,
}

/// With what has been allocated before.
impl Clone for Scope {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), declarations: self.declarations.clone() }
    }

    fn clone_from(&mut self, other: &Self) {
        self.text.clone_from(&other.text);
        self.declarations.clone_from(&other.declarations);
    }
}

impl Scope {
    /// With room for what messages have.
    pub(super) fn new() -> Self {
        Self { text: String::with_capacity(512), declarations: Vec::with_capacity(8) }
    }

    /// Takes in a declaration of the element at `depth`.
    pub(crate) fn declare(&mut self, depth: usize, prefix: &str, uri: &str) -> Result<()> {
        let depth = depth as u32;
        let allowed = match prefix {
            "xml" => uri == XML_URI,
            "xmlns" => false,
            "" => uri != XML_URI && uri != XMLNS_URI,
            _ => !uri.is_empty() && uri != XML_URI && uri != XMLNS_URI,
        };
        if !allowed {
            return Err(Malformed("a namespace declaration that is not allowed"));
        }
        if prefix == "xml" {
            return Ok(());
        }
        let from = self.text.len() as u32;
        self.text.push_str(prefix);
        let middle = self.text.len() as u32;
        self.text.push_str(uri);
        let Ok(to) = u32::try_from(self.text.len()) else { return Err(TOO_MANY) };
        if self.declarations.len() == MOST_NAMESPACES {
            return Err(TOO_MANY);
        }
        self.declarations.push(Declaration { depth, from, middle, to });
        Ok(())
    }

    /// Forgets the declarations of the element at `depth` and of those in it.
    #[inline]
    pub(super) fn leave(&mut self, depth: usize) {
        while let Some(last) = self.declarations.last().filter(|it| it.depth as usize >= depth) {
            self.text.truncate(last.from as usize);
            self.declarations.pop();
        }
    }

    /// As the scope around something else: at no depth of its own.
    pub(super) fn settle(&mut self) {
        self.declarations.iter_mut().for_each(|it| it.depth = 0);
    }

    /// What binds a prefix, which is empty for the default namespace.
    #[inline]
    pub(crate) fn find(&self, prefix: &[u8]) -> Option<Bound> {
        let text = self.text.as_bytes();
        let is_it = |it: &Declaration| same(&text[it.from as usize..it.middle as usize], prefix);
        match self.declarations.iter().rposition(is_it) {
            Some(number) => Some(number as Bound),
            None if prefix == b"xml" => Some(XML),
            None => None,
        }
    }

    pub(crate) fn prefix(&self, bound: Bound) -> &str {
        match self.declarations.get(bound as usize) {
            Some(it) => &self.text[it.from as usize..it.middle as usize],
            None if bound == XML => "xml",
            None => "",
        }
    }

    pub(crate) fn uri(&self, bound: Bound) -> &str {
        match self.declarations.get(bound as usize) {
            Some(it) => &self.text[it.middle as usize..it.to as usize],
            None if bound == XML => XML_URI,
            None => "",
        }
    }
}
