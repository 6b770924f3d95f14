//! What a decoder says when it cannot go on: cold code, kept apart from the hot.

use quick_xml::events::Event;

use super::{
    read::{Decoder, Limits, is_blank, local_part},
    text::place,
    violation::{Place, Rule, Violation},
};

impl Decoder<'_> {
    #[cold]
    pub(super) fn out_of_place(
        &self,
        from: usize,
        parent: &str,
        event: std::result::Result<Event<'_>, quick_xml::Error>,
    ) -> Box<Violation> {
        // The parser has passed over blanks without telling.
        let from = from + self.input[from..].bytes().take_while(|&it| is_blank(it)).count();
        match event {
            Ok(Event::DocType(_)) => self.doctype(from),
            Ok(Event::Eof) => self.unfinished(),
            Ok(Event::Decl(_)) => self.violation(
                from,
                Rule::WellFormed,
                "an XML declaration at the very beginning only".into(),
                "one here".into(),
            ),
            Ok(_) => self.violation(from, Rule::Text, format!("only elements in {parent}"), "text".into()),
            Err(why) => self.ill_formed(from, &why),
        }
    }

    #[cold]
    pub(super) fn doctype(&self, from: usize) -> Box<Violation> {
        self.violation(from, Rule::Doctype, "a document without DOCTYPE".into(), "a document type declaration".into())
    }

    #[cold]
    pub(super) fn unfinished(&self) -> Box<Violation> {
        let expected = self.open.last().map_or_else(|| "a root element".to_owned(), |it| format!("</{it}>"));
        self.violation(self.input.len(), Rule::WellFormed, expected, "the end of the document".into())
    }

    #[cold]
    pub(super) fn ill_formed(&self, from: usize, why: &quick_xml::Error) -> Box<Violation> {
        let at = usize::try_from(self.reader.error_position()).unwrap_or(from).max(from);
        let found = match why {
            // These two quote names from the document, which is what one wants to read.
            quick_xml::Error::IllFormed(why) => why.to_string(),
            quick_xml::Error::Syntax(why) => why.to_string(),
            _ => "text that is not XML".to_owned(),
        };
        let expected = self
            .open
            .last()
            .map_or_else(|| "well-formed XML".to_owned(), |it| format!("well-formed XML inside <{it}>"));
        self.violation(at, Rule::WellFormed, expected, found)
    }

    #[cold]
    pub(super) fn too_large(&self) -> Box<Violation> {
        let Limits { depth, name, text, .. } = self.limits;
        let (expected, found) = if self.open.len() > depth {
            (format!("at most {depth} elements inside each other"), "more")
        } else if self.name_length > name {
            (format!("a name of at most {name} bytes"), "a longer one")
        } else {
            (format!("a start tag of at most {text} bytes"), "a longer one")
        };
        let mut violation = self.here(Rule::Limit, expected, found.into());
        // A path of a hundred elements, or with a name of a megabyte, helps nobody.
        violation.path = violation.path.chars().take(200).collect();
        violation
    }

    #[cold]
    pub(super) fn unbound(&self, prefix: &str) -> Box<Violation> {
        self.here(Rule::Namespace, "a declared prefix".into(), format!("the undeclared prefix {prefix:?}"))
    }

    /// A violation at the start tag of the current element.
    #[cold]
    pub(super) fn here(&self, rule: Rule, expected: String, found: String) -> Box<Violation> {
        self.violation(self.start, rule, expected, found)
    }

    /// A violation at a byte of the input.
    #[cold]
    pub(super) fn violation(&self, offset: usize, rule: Rule, expected: String, found: String) -> Box<Violation> {
        Box::new(Violation { place: self.place(offset), path: self.path(), rule, expected, found })
    }

    /// Line and column of a byte of the input. Whoever asks for one after the other has the text walked through once.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let (from, start) = self.walked.get().filter(|it| it.0 <= offset).unwrap_or((0, self.origin));
        let found = place(&self.input[from..], offset - from, start);
        if self.input.is_char_boundary(offset) && offset >= from {
            self.walked.set(Some((offset, found)));
        }
        found
    }

    /// The open elements as a path.
    #[must_use]
    pub fn path(&self) -> String {
        self.path_of(self.open.len())
    }

    /// The path of so many open elements.
    pub(super) fn path_of(&self, depth: usize) -> String {
        let mut path = self.prefix.clone();
        for name in self.open[..depth].iter().skip(self.hidden) {
            path.push('/');
            path.push_str(local_part(name));
        }
        path
    }

    #[cold]
    pub(super) fn mismatched(&self, name: &str) -> Box<Violation> {
        let expected = self.open.last().map_or_else(|| "no end tag".to_owned(), |it| format!("</{it}>"));
        let name: String = name.chars().take(60).collect();
        self.here(Rule::WellFormed, expected, format!("</{name}>"))
    }
}
