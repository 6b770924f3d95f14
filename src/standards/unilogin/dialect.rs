//! The names on the wire where they are not sure: an installation that knows the real ones says so, and no code changes.
//!
//! Namespaces are looked up in one table wherever messages are read or written; the answer of an import is written with the
//! names of another. Everything else about a message is what its contract says.

use std::{borrow::Cow, collections::BTreeMap};

use soap::schema::Namespace;

/// The names of one installation.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The namespaces of the contracts, in their order: for every decoder and writer.
    pub namespaces: &'static [Namespace],
    /// The names of the answer document of an import.
    pub answer: AnswerNames,
}

/// The elements and attributes inside the answer to an import, as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // named after what they are by default, elements first
pub struct AnswerNames {
    pub svar_xml: &'static str,
    pub uni_login_import_svar: &'static str,
    pub fejl: &'static str,
    pub institution_person: &'static str,
    pub user_id: &'static str,
    pub uni_login: &'static str,
    pub reskode: &'static str,
    pub restekst: &'static str,
    pub linje: &'static str,
    pub kolonne: &'static str,
    pub kode: &'static str,
    pub niveau: &'static str,
}

/// What is wrong with the names that an installation gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialectError {
    /// A name that nothing here has.
    Unknown {
        /// The name.
        name: String,
        /// Those there are.
        known: Vec<&'static str>,
    },
    /// Two names would become one.
    Same(String),
    /// A name that cannot be one in XML.
    Invalid(String),
}

impl Default for Dialect {
    fn default() -> Self {
        Self { namespaces: contracts::NAMESPACES, answer: AnswerNames::CONTRACT }
    }
}

impl Dialect {
    /// The names of the contracts, those of `namespaces` and `answer_names` replaced: ours to the real one each.
    ///
    /// What is replaced is kept until the program ends, so this is called once.
    ///
    /// # Errors
    /// A name of ours that there is not, or that is sure, a real one that cannot be, or two real ones that are the same.
    pub fn new(
        namespaces: &BTreeMap<String, String>,
        answer_names: &BTreeMap<String, String>,
    ) -> Result<Self, DialectError> {
        let answer = AnswerNames::CONTRACT.with(answer_names)?;
        if namespaces.is_empty() {
            return Ok(Self { answer, ..Self::default() });
        }
        let mut table = contracts::NAMESPACES.to_vec();
        for (ours, real) in namespaces {
            let known = contracts::NAMESPACES.iter().position(|it| it.uri == ours && is_unsure(ours));
            let Some(place) = known else {
                let known = contracts::NAMESPACES.iter().map(|it| it.uri).filter(|it| is_unsure(it)).collect();
                return Err(DialectError::Unknown { name: ours.clone(), known });
            };
            if real.is_empty() || real.contains(|it: char| it.is_whitespace() || it.is_control()) {
                return Err(DialectError::Invalid(real.clone()));
            }
            table[place].uri = real.clone().leak();
        }
        let twice = table.iter().enumerate().find(|(at, it)| table[..*at].iter().any(|other| other.uri == it.uri));
        if let Some((_, twice)) = twice {
            return Err(DialectError::Same(twice.uri.to_owned()));
        }
        Ok(Self { namespaces: table.leak(), answer })
    }

    /// The real namespace for one of a contract's.
    #[must_use]
    pub fn uri(&self, ours: &'static str) -> &'static str {
        let place = contracts::NAMESPACES.iter().position(|it| it.uri == ours);
        place.map_or(ours, |it| self.namespaces[it].uri)
    }

    /// A document of a contract with the names of this installation. Namespaces stand in quotes there, by themselves or in
    /// front of the name of an operation.
    #[must_use]
    pub fn document<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = self.renamed(text);
        for ((kind, ours), real) in AnswerNames::CONTRACT.all().into_iter().zip(self.answer.all().map(|it| it.1)) {
            let wanted = format!("<xs:{kind} name=\"{}\"", local(ours));
            if ours != real && text.contains("name=\"UNILoginImportSvar\"") {
                out = Cow::Owned(out.replace(&wanted, &format!("<xs:{kind} name=\"{}\"", local(real))));
            }
        }
        out
    }
}

impl Dialect {
    /// The text with other namespaces. In one pass, so that what is written is not replaced again.
    fn renamed<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let changed: Vec<(&str, &str)> = contracts::NAMESPACES
            .iter()
            .zip(self.namespaces)
            .filter(|(a, b)| a.uri != b.uri)
            .map(|(a, b)| (a.uri, b.uri))
            .collect();
        if changed.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(at) = rest.find('"') {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            let end = if out.ends_with("soapAction=\"") { '/' } else { '"' };
            let found = changed.iter().find(|it| rest.strip_prefix(it.0).is_some_and(|it| it.starts_with(end)));
            if let Some((ours, real)) = found {
                out.push_str(real);
                rest = &rest[ours.len()..];
            }
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

impl AnswerNames {
    /// Those of the contracts, with the prefix that they write.
    pub const CONTRACT: Self = Self {
        svar_xml: "tns:svarXML",
        uni_login_import_svar: "tns:UNILoginImportSvar",
        fejl: "tns:Fejl",
        institution_person: "tns:InstitutionPerson",
        user_id: "tns:UserId",
        uni_login: "tns:UNILogin",
        reskode: "reskode",
        restekst: "restekst",
        linje: "linje",
        kolonne: "kolonne",
        kode: "kode",
        niveau: "niveau",
    };

    /// Each as what it is declared.
    fn all(&self) -> [(&'static str, &'static str); 12] {
        let Self {
            svar_xml,
            uni_login_import_svar,
            fejl,
            institution_person,
            user_id,
            uni_login,
            reskode,
            restekst,
            linje,
            kolonne,
            kode,
            niveau,
        } = *self;
        [
            ("element", svar_xml),
            ("element", uni_login_import_svar),
            ("element", fejl),
            ("element", institution_person),
            ("element", user_id),
            ("element", uni_login),
            ("attribute", reskode),
            ("attribute", restekst),
            ("attribute", linje),
            ("attribute", kolonne),
            ("attribute", kode),
            ("attribute", niveau),
        ]
    }

    fn with(mut self, names: &BTreeMap<String, String>) -> Result<Self, DialectError> {
        for (ours, real) in names {
            if !is_name(real) {
                return Err(DialectError::Invalid(real.clone()));
            }
            let slot = match ours.as_str() {
                "svarXML" => &mut self.svar_xml,
                "UNILoginImportSvar" => &mut self.uni_login_import_svar,
                "Fejl" => &mut self.fejl,
                "InstitutionPerson" => &mut self.institution_person,
                "UserId" => &mut self.user_id,
                "UNILogin" => &mut self.uni_login,
                "reskode" => &mut self.reskode,
                "restekst" => &mut self.restekst,
                "linje" => &mut self.linje,
                "kolonne" => &mut self.kolonne,
                "kode" => &mut self.kode,
                "niveau" => &mut self.niveau,
                _ => {
                    let known = Self::CONTRACT.all().map(|it| local(it.1)).to_vec();
                    return Err(DialectError::Unknown { name: ours.clone(), known });
                }
            };
            *slot = if slot.contains(':') { format!("tns:{real}").leak() } else { real.clone().leak() };
        }
        Ok(self)
    }
}

/// Whether a namespace is inferred, or belongs to a contract that is: those of wsaIMPORT, and of the legacy wsiIDENTIFIKATION.
fn is_unsure(uri: &str) -> bool {
    uri.contains("wsaimport") || uri.contains("//wsiidentifikation.")
}

fn local(name: &'static str) -> &'static str {
    name.split_once(':').map_or(name, |it| it.1)
}

/// Letters, digits and a few signs, as every contract here has them.
fn is_name(text: &str) -> bool {
    let first = text.chars().next();
    first.is_some_and(|it| it.is_alphabetic() || it == '_')
        && text.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    const SERVICE: &str = "https://brugerdatabasen.stil.dk/bpi/wsaimport/8";
    const IMPORT: &str = "https://brugerdatabasen.stil.dk/bpi/wsaimport/8/import";

    #[test]
    fn names_are_replaced_where_an_installation_says_so() {
        let dialect =
            Dialect::new(&map(&[(IMPORT, "urn:import")]), &map(&[("Fejl", "Besked"), ("kode", "nr")])).unwrap();
        assert_eq!(dialect.uri(IMPORT), "urn:import");
        assert_eq!(dialect.uri("https://unilogin.dk"), "https://unilogin.dk");
        assert_eq!((dialect.answer.fejl, dialect.answer.kode), ("tns:Besked", "nr"));
        assert_eq!(dialect.answer.svar_xml, "tns:svarXML");
    }

    #[test]
    fn wrong_names_are_refused() {
        let none = BTreeMap::new();
        let unknown = |it: &Result<Dialect, DialectError>| matches!(it, Err(DialectError::Unknown { .. }));
        assert!(unknown(&Dialect::new(&map(&[("urn:x", "urn:y")]), &none)));
        assert!(unknown(&Dialect::new(&map(&[("https://unilogin.dk", "urn:y")]), &none)), "that one is sure");
        assert!(unknown(&Dialect::new(&none, &map(&[("fejl", "Besked")]))));
        let same = Dialect::new(&map(&[(IMPORT, "https://unilogin.dk")]), &none).unwrap_err();
        assert_eq!(same, DialectError::Same("https://unilogin.dk".to_owned()));
        for wrong in ["", "to ord", "<x>"] {
            assert!(Dialect::new(&none, &map(&[("Fejl", wrong)])).is_err(), "{wrong}");
        }
        assert!(Dialect::new(&map(&[(IMPORT, "urn: x")]), &none).is_err());
    }

    /// The namespace of the service is the beginning of others, which stay as they are.
    #[test]
    fn only_whole_names_are_replaced_in_documents() {
        let dialect = Dialect::new(&map(&[(SERVICE, "urn:service"), (IMPORT, "urn:import")]), &BTreeMap::new());
        let text = format!("<a xmlns=\"{SERVICE}\" b=\"{SERVICE}/common\" c=\"{IMPORT}\" soapAction=\"{SERVICE}/x\"/>");
        let expected =
            format!("<a xmlns=\"urn:service\" b=\"{SERVICE}/common\" c=\"urn:import\" soapAction=\"urn:service/x\"/>");
        assert_eq!(dialect.unwrap().document(&text), expected);
        assert!(matches!(Dialect::default().document(&text), Cow::Borrowed(_)));
    }

    #[test]
    fn the_schema_of_the_answer_has_the_names_that_are_written() {
        let dialect = Dialect::new(&BTreeMap::new(), &map(&[("Fejl", "Besked"), ("linje", "line")])).unwrap();
        let schemas = [contracts::unilogin::wsaimport::v7::DOCUMENTS, contracts::unilogin::wsaimport::v8::DOCUMENTS];
        for documents in schemas {
            let schema = documents.iter().find(|it| it.path.ends_with("wsaimport-ws.xsd")).unwrap();
            let written = dialect.document(schema.text);
            assert!(written.contains("<xs:element name=\"Besked\" type=\"tns:Fejl\""), "{written}");
            assert!(written.contains("<xs:attribute name=\"line\"") && !written.contains("name=\"linje\""));
            let import = documents.iter().find(|it| it.path.ends_with("/import.xsd")).unwrap();
            assert_eq!(dialect.document(import.text), import.text);
        }
    }
}
