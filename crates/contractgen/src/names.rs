//! Names of the schema as names of Rust.

use std::collections::BTreeSet;

/// Words that Rust keeps for itself, now or later.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Types and traits that generated modules use themselves.
const TYPES: &[&str] = &[
    "Box", "Cow", "Decode", "Decoder", "Encode", "Err", "Future", "None", "Ok", "Option", "Request", "Response",
    "Result", "Send", "Some", "String", "Sync", "Vec", "Writer",
];

/// Modules and crates that generated modules use themselves.
const MODULES: &[&str] = &["alloc", "core", "schema", "soap", "std", "table", "xml", "xs"];

/// Statics that modules of services hold besides their tables.
const STATICS: &[&str] = &["CONTRACT", "CONTRACTS", "DOCUMENTS", "NAMESPACES", "OPERATIONS"];

/// Splits at everything that is no letter or digit, and where a capital begins a word: `hentInstBruger`, `UNILogin`.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in text.split(|c: char| !is_letter(c)).filter(|it| !it.is_empty()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, letter) in letters.iter().enumerate() {
            let after_small = at > 0 && !letters[at - 1].is_uppercase();
            let before_small = letters.get(at + 1).is_some_and(|it| it.is_lowercase());
            if letter.is_uppercase() && at > 0 && (after_small || before_small) {
                words.push(std::mem::take(&mut word));
            }
            word.push(*letter);
        }
        words.push(word);
    }
    words
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

/// Keeps clear of digits in front, of nothing at all, of keywords and of `reserved`.
fn legal(name: String, reserved: &[&str]) -> String {
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("_{name}");
    }
    if KEYWORDS.contains(&name.as_str()) || reserved.contains(&name.as_str()) {
        return format!("{name}_");
    }
    name
}

/// The name of a type: `uniLoginExportFull` is `UniLoginExportFull`.
pub(crate) fn pascal(text: &str) -> String {
    legal(words(text).iter().map(|it| capitalised(it)).collect(), TYPES)
}

/// The name of a field or function: `hentInstBruger` is `hent_inst_bruger`.
pub(crate) fn snake(text: &str) -> String {
    legal(words(text).join("_").to_lowercase(), &[])
}

/// The name of a static: `Elevrolle` is `ELEVROLLE`.
pub(crate) fn screaming(text: &str) -> String {
    legal(words(text).join("_").to_uppercase(), STATICS)
}

/// The name of a module: a version `6` is `v6`.
pub(crate) fn module(folder: &str) -> String {
    if folder.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("v{}", words(folder).join("_").to_lowercase());
    }
    legal(words(folder).join("_").to_lowercase(), MODULES)
}

/// The name of an enumerated value: as written if it is one word in capitals (`TAP`, `U1`), else like a type.
pub(crate) fn variant(value: &str) -> String {
    if let Some(number) = value.strip_prefix('-').filter(|it| it.starts_with(|c: char| c.is_ascii_digit())) {
        return format!("Minus{}", words(number).concat());
    }
    if !value.is_empty() && value.chars().all(|c| c.is_uppercase() || c.is_ascii_digit()) {
        return legal(value.to_owned(), &[]);
    }
    let name: String = words(value).iter().map(|it| capitalised(it)).collect();
    if name.is_empty() {
        let codes: Vec<String> = value.chars().map(|c| format!("{:X}", u32::from(c))).collect();
        return if codes.is_empty() { "Empty".to_owned() } else { format!("U{}", codes.join("U")) };
    }
    legal(name, &[])
}

/// Names that must differ from each other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken(BTreeSet<String>);

impl Taken {
    /// Whether a name is taken.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The first free one of the name, the name with the suffix, and the name with a number.
    pub(crate) fn claim(&mut self, name: &str, suffix: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}{suffix}{number}"));
        let candidates = [name.to_owned(), format!("{name}{suffix}")].into_iter().chain(numbered);
        let mut free = candidates.filter(|it| !self.0.contains(it));
        let name = free.next().expect("there is always another number");
        self.0.insert(name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{Taken, module, pascal, screaming, snake, variant};

    #[test]
    fn types_and_fields() {
        for (name, of_type, of_field) in [
            ("hentInstBruger", "HentInstBruger", "hent_inst_bruger"),
            ("UNILoginExportFull", "UniLoginExportFull", "uni_login_export_full"),
            ("uniLoginExportFull", "UniLoginExportFull", "uni_login_export_full"),
            ("type3navn", "Type3navn", "type3navn"),
            ("Årgang", "Årgang", "årgang"),
            ("hentBrugereIGruppe", "HentBrugereIGruppe", "hent_brugere_i_gruppe"),
            ("type", "Type", "type_"),
            ("extern", "Extern", "extern_"),
            ("Self", "Self_", "self_"),
            ("Option", "Option_", "option"),
            ("a-b.c_d", "ABCD", "a_b_c_d"),
            ("2tal", "_2tal", "_2tal"),
            ("XMLsvar", "XmLsvar", "xm_lsvar"),
        ] {
            assert_eq!((pascal(name).as_str(), snake(name).as_str()), (of_type, of_field), "{name}");
        }
        assert_eq!(screaming("UniLoginExportFull"), "UNI_LOGIN_EXPORT_FULL");
        assert_eq!(screaming("Contract"), "CONTRACT_");
    }

    #[test]
    fn modules() {
        for (folder, name) in
            [("6", "v6"), ("2021.1", "v2021_1"), ("wsiinst", "wsiinst"), ("use", "use_"), ("xml", "xml_")]
        {
            assert_eq!(module(folder), name);
        }
    }

    #[test]
    fn variants() {
        for (value, name) in [
            ("TAP", "TAP"),
            ("U1", "U1"),
            ("0", "_0"),
            ("-1", "Minus1"),
            ("Officielt tilknyttet person", "OfficieltTilknyttetPerson"),
            ("CPR_VERIFIED", "CprVerified"),
            ("lærer", "Lærer"),
            ("BrugeridEllerPassword", "BrugeridEllerPassword"),
            ("Self", "Self_"),
            ("", "Empty"),
            ("+", "U2B"),
        ] {
            assert_eq!(variant(value), name);
        }
    }

    #[test]
    fn a_taken_name_gets_the_suffix_then_numbers() {
        let mut taken = Taken::default();
        let names: Vec<String> = (0..3).map(|_| taken.claim("Group", "Value")).collect();
        assert_eq!(names, ["Group", "GroupValue", "GroupValue2"]);
    }
}
