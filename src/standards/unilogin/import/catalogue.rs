//! Everything an import can be told: a stable code for programs, how bad it is, and the words in Danish and English.

/// What follows from a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing of the document is kept.
    Error,
    /// The person is not kept, the others are.
    Person,
    /// The contact person is not kept, the pupil and the others are.
    Contact,
    /// Nothing is refused.
    Warning,
}

impl Level {
    /// The value of `niveau`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "fejl",
            Self::Person => "person-afvist",
            Self::Contact => "kontaktperson-afvist",
            Self::Warning => "advarsel",
        }
    }
}

/// One kind of finding.
#[derive(Debug)]
pub struct Entry {
    /// Which.
    pub code: Code,
    /// The value of `kode`.
    pub name: &'static str,
    /// The value of `niveau`.
    pub level: Level,
    /// What a person reads.
    pub danish: &'static str,
    /// The same in English.
    pub english: &'static str,
}

const fn error(code: Code, name: &'static str, danish: &'static str, english: &'static str) -> Entry {
    Entry { code, name, level: Level::Error, danish, english }
}

/// What is found: the rules of XML and of the schema first, then those that no schema can say, then what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // the table below says what each is
pub enum Code {
    WellFormed,
    Doctype,
    Encoding,
    Limit,
    Namespace,
    Root,
    UnknownElement,
    Order,
    Occurrence,
    Missing,
    Text,
    Attribute,
    Type,
    Enumeration,
    Pattern,
    Length,
    Range,
    Fixed,
    Instance,
    Internal,
    GroupKeyLength,
    LocalIdForm,
    MainGroupMissing,
    CivilNumber,
    SchoolYear,
    LocalIdTwice,
    GroupTwice,
    MainGroupUnknown,
    MainGroupKind,
    LevelMissing,
    LevelWithoutMain,
    AliasMissing,
    ContactAliasMissing,
    BirthDate,
    LocalIdUnknown,
    Outdated,
    Held,
    Full,
    More,
}

/// In the order of [`Code`].
#[rustfmt::skip] // a table
pub const CATALOGUE: &[Entry] = &[
    error(Code::WellFormed, "xml", "Dokumentet er ikke velformet XML.", "The document is not well-formed XML."),
    error(Code::Doctype, "doctype", "Dokumentet må ikke have en DOCTYPE.", "The document must not have a DOCTYPE."),
    error(Code::Encoding, "tegnsaet", "Dokumentet har bytes, der ikke er UTF-8.", "The document has bytes that are not UTF-8."),
    error(Code::Limit, "graense", "Dokumentet overskrider en grænse.", "The document passes a bound."),
    error(Code::Namespace, "navnerum", "Navnet er i et forkert navnerum.", "The name is in a wrong namespace."),
    error(Code::Root, "rod", "Elementet er ikke roden i et importdokument.", "The element is not the root of an import document."),
    error(Code::UnknownElement, "ukendt-element", "Skemaet har ikke dette element her.", "The schema does not have this element here."),
    error(Code::Order, "raekkefoelge", "Elementet står ikke på sin plads.", "The element is not in its place."),
    error(Code::Occurrence, "antal", "Elementet forekommer for ofte eller for sjældent.", "The element occurs too often or too rarely."),
    error(Code::Missing, "mangler", "Et element eller en attribut mangler.", "An element or an attribute is missing."),
    error(Code::Text, "tekst", "Der står tekst, hvor der kun må stå elementer.", "There is text where only elements may stand."),
    error(Code::Attribute, "attribut", "Skemaet har ikke denne attribut her, eller den står to gange.", "The schema does not have this attribute here, or it is there twice."),
    error(Code::Type, "type", "Værdien har en forkert form.", "The value has a wrong form."),
    error(Code::Enumeration, "vaerdi", "Værdien er ikke en af de tilladte.", "The value is not one of those allowed."),
    error(Code::Pattern, "moenster", "Værdien følger ikke mønsteret.", "The value does not match the pattern."),
    error(Code::Length, "laengde", "Værdien er for lang eller for kort.", "The value is too long or too short."),
    error(Code::Range, "interval", "Tallet er for stort eller for lille.", "The number is too large or too small."),
    error(Code::Fixed, "fast-vaerdi", "Værdien er ikke den, som skemaet fastsætter.", "The value is not the one that the schema fixes."),
    error(Code::Instance, "xsi", "xsi:nil eller xsi:type kan ikke bruges her.", "xsi:nil or xsi:type cannot be used here."),
    error(Code::Internal, "intern", "Der er en fejl i serveren.", "There is a fault in the server."),
    error(Code::GroupKeyLength, "gruppekode-laengde", "En gruppekode er højst 75 bytes i UTF-8 og ikke tom.", "A group key has at most 75 bytes of UTF-8 and is not empty."),
    error(Code::LocalIdForm, "lokalid-form", "LocalPersonId er højst 18 bytes i UTF-8, ikke tom og uden mellemrum.", "LocalPersonId has at most 18 bytes of UTF-8, is not empty and has no blanks."),
    error(Code::MainGroupMissing, "hovedgruppe-mangler", "Eleven har ingen hovedgruppe.", "The pupil has no main group."),
    error(Code::CivilNumber, "cpr", "CPR-nummeret kan ikke være et CPR-nummer.", "The CPR number cannot be a CPR number."),
    error(Code::SchoolYear, "skoleaar", "Skoleåret er ikke to på hinanden følgende år.", "The school year is not two consecutive years."),
    error(Code::LocalIdTwice, "lokalid-dublet", "LocalPersonId står to gange i dokumentet.", "LocalPersonId is in the document twice."),
    error(Code::GroupTwice, "gruppe-dublet", "Gruppen står to gange i dokumentet.", "The group is in the document twice."),
    error(Code::MainGroupUnknown, "hovedgruppe-ukendt", "Elevens hovedgruppe er hverken i dokumentet eller kendt i forvejen.", "The pupil's main group is neither in the document nor known before."),
    error(Code::MainGroupKind, "hovedgruppe-type", "Elevens hovedgruppe er ikke af typen Hovedgruppe.", "The pupil's main group is not of the kind Hovedgruppe."),
    error(Code::LevelMissing, "trin-mangler", "En hovedgruppe skal have et trin.", "A main group must have a level."),
    error(Code::LevelWithoutMain, "trin-ikke-tilladt", "Kun en hovedgruppe har et trin.", "Only a main group has a level."),
    Entry { code: Code::AliasMissing, name: "alias-mangler", level: Level::Person, danish: "Personen er beskyttet og har ikke både AliasFirstName og AliasFamilyName; personen er ikke indlæst.", english: "The person is protected and has not both AliasFirstName and AliasFamilyName; the person is not kept." },
    Entry { code: Code::ContactAliasMissing, name: "kontaktperson-alias-mangler", level: Level::Contact, danish: "Kontaktpersonen er beskyttet og har ikke både AliasFirstName og AliasFamilyName; kontaktpersonen er ikke indlæst.", english: "The contact person is protected and has not both AliasFirstName and AliasFamilyName; the contact person is not kept." },
    Entry { code: Code::BirthDate, name: "cpr-foedselsdato", level: Level::Warning, danish: "Fødselsdatoen passer ikke til CPR-nummeret.", english: "The birth date does not fit the CPR number." },
    Entry { code: Code::LocalIdUnknown, name: "lokalid-ukendt", level: Level::Warning, danish: "Kilden har ingen person med dette LocalPersonId; intet er slettet.", english: "The source has no person with this LocalPersonId; nobody was removed." },
    error(Code::Outdated, "foraeldet", "sourceDateTime er ikke nyere end ved kildens seneste import.", "sourceDateTime is not newer than that of the source's last import."),
    Entry { code: Code::Held, name: "tilbageholdt", level: Level::Warning, danish: "Importen ville fjerne for mange personer og venter på, at nogen bekræfter den.", english: "The import would remove too many people and waits for somebody to confirm it." },
    error(Code::Full, "fuldt", "Serveren har ikke plads; intet er ændret.", "The server has no room; nothing was changed."),
    error(Code::More, "flere-fejl", "Der er flere fejl, end der er nævnt.", "There are more mistakes than are named."),
];

impl Code {
    /// Its name, level and words.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        &CATALOGUE[self as usize]
    }
}

impl From<soap::xml::Rule> for Code {
    fn from(rule: soap::xml::Rule) -> Self {
        use soap::xml::Rule;
        match rule {
            Rule::WellFormed => Self::WellFormed,
            Rule::Doctype => Self::Doctype,
            Rule::Encoding => Self::Encoding,
            Rule::Limit => Self::Limit,
            Rule::Namespace => Self::Namespace,
            Rule::Root => Self::Root,
            Rule::UnknownElement => Self::UnknownElement,
            Rule::Order => Self::Order,
            Rule::Occurrence => Self::Occurrence,
            Rule::Missing => Self::Missing,
            Rule::Text => Self::Text,
            Rule::Attribute => Self::Attribute,
            Rule::Type => Self::Type,
            Rule::Enumeration => Self::Enumeration,
            Rule::Pattern => Self::Pattern,
            Rule::Length => Self::Length,
            Rule::Range => Self::Range,
            Rule::Fixed => Self::Fixed,
            Rule::Instance => Self::Instance,
            Rule::Internal => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_row_and_a_name_of_its_own() {
        for (at, entry) in CATALOGUE.iter().enumerate() {
            assert_eq!(entry.code as usize, at, "{}", entry.name);
            assert!(CATALOGUE[..at].iter().all(|it| it.name != entry.name), "{}", entry.name);
            assert!(entry.danish.ends_with('.') && entry.english.ends_with('.'), "{}", entry.name);
        }
        assert_eq!(Code::More.entry().code, Code::More, "the last one");
    }

    /// Whoever writes a client reads the table there.
    #[test]
    fn the_contract_folder_tells_every_code() {
        let told = include_str!("../../../../wsdl/unilogin/wsaimport/README.md");
        let rows: Vec<&str> = told.lines().skip_while(|it| !it.starts_with("| `kode`")).skip(2).collect();
        let row = |it: &Entry| format!("| `{}` | `{}` | {} | {} |", it.name, it.level.name(), it.danish, it.english);
        assert_eq!(rows, CATALOGUE.iter().map(row).collect::<Vec<_>>());
    }
}
