//! The institution register as a file: 30 columns between semicolons, UTF-8 with a byte order mark.
//!
//! It tells what no export tells: address, kind, municipality, region, and which institution is a department of which.
//! The register is kept by many hands, so blanks are put right and what is doubtful is only noted; a row is refused only
//! where its institution could be taken for another one.

use std::{collections::BTreeSet, io::Read};

use csv::StringRecord;

use super::places;
use crate::domain::{Coded, Organisation, OrganisationNumber, Text};

/// The columns in the register's order.
const COLUMNS: [&str; 30] = [
    "Hovedinstitution",
    "Institutionsnummer",
    "Institutionsnavn",
    "Enhedsart",
    "Adresse",
    "Postnummer",
    "Postdistrikt",
    "Vejkode",
    "Beliggenhedskommune",
    "Beliggenhedsregion",
    "Geokode: Breddegrad",
    "Geokode: Længdegrad",
    "Institutionsleder",
    "Telefonnummer",
    "E-mail adresse",
    "Webadresse",
    "Institutionstype, nr",
    "Institutionstype, navn",
    "Undervisningsniveau",
    "Ressortministerium",
    "CVR-nummer",
    "P-nummer",
    "Ejerkode, nr",
    "Ejerkode, navn",
    "Administrativ kommune",
    "Aktivkode, nr",
    "Aktivkode, navn",
    "Ajourdato",
    "Oprettelsesmåned",
    "Nedlæggelsesdato",
];

/// What the register told.
#[derive(Debug, Default, PartialEq)]
pub struct Register {
    /// Its institutions, in its order.
    pub organisations: Vec<Organisation<'static>>,
    /// Rows that were refused.
    pub refused: Vec<Remark>,
    /// What was taken and is doubtful.
    pub doubtful: Vec<Remark>,
}

/// Something about a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Its line in the file, from 1.
    pub line: u64,
    /// The column, as its heading names it.
    pub column: &'static str,
    /// What was expected there.
    pub why: String,
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.line, self.column, self.why)
    }
}

/// Whether a file that begins so is a register, and not XML.
#[must_use]
pub fn is_register(beginning: &[u8]) -> bool {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    text.starts_with(b"Hovedinstitution;") || text.starts_with(b"\"Hovedinstitution\";")
}

/// Reads a register. Institution leaders are not kept: nobody asks for them here.
///
/// # Errors
/// A heading that is not the register's, bytes that are not UTF-8, or input that cannot be read: line and reason.
pub fn read(input: impl Read) -> Result<Register, String> {
    // The other end-of-line setting counts lines of CRLF files one short; the carriage return is trimmed like a blank.
    let ends = csv::Terminator::Any(b'\n');
    let mut rows = csv::ReaderBuilder::new().delimiter(b';').flexible(true).terminator(ends).from_reader(input);
    let places = columns(rows.headers().map_err(|why| unreadable(&why))?)?;
    let (mut register, mut numbers) = (Register::default(), BTreeSet::new());
    let mut row = StringRecord::new();
    while rows.read_record(&mut row).map_err(|why| unreadable(&why))? {
        let line = row.position().map_or(0, csv::Position::line);
        let mut fields = Row { row: &row, places: &places, line, register: &mut register, numbers: &mut numbers };
        if let Some(organisation) = fields.organisation() {
            register.organisations.push(organisation);
        }
    }
    Ok(register)
}

/// Where each column is. More columns than ours may be there, in any order.
fn columns(heading: &StringRecord) -> Result<[usize; COLUMNS.len()], String> {
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let named = |it: &str| it.trim_start_matches('\u{feff}').trim() == column;
        *place = heading.iter().position(named).ok_or_else(|| {
            format!("1: the column {column:?} is missing; the institution register has {} columns", COLUMNS.len())
        })?;
    }
    Ok(places)
}

fn unreadable(error: &csv::Error) -> String {
    let line = error.position().map_or_else(String::new, |it| format!("{}: ", it.line()));
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => format!("{line}not UTF-8; save the register as it was published"),
        csv::ErrorKind::Io(why) => format!("{line}{why}"),
        _ => format!("{line}no row between semicolons"),
    }
}

struct Row<'r> {
    row: &'r StringRecord,
    places: &'r [usize; COLUMNS.len()],
    line: u64,
    register: &'r mut Register,
    /// Of the rows before.
    numbers: &'r mut BTreeSet<OrganisationNumber<'static>>,
}

impl Row<'_> {
    fn organisation(&mut self) -> Option<Organisation<'static>> {
        let number = self.number("Institutionsnummer")?;
        if !self.numbers.insert(number.clone()) {
            self.refuse("Institutionsnummer", "the number is there before, in another row");
            return None;
        }
        let parent = match self.field("Hovedinstitution") {
            Some(_) => Some(self.number("Hovedinstitution")?),
            None => None,
        };
        let municipality = self.municipality("Beliggenhedskommune");
        let region = self.text("Beliggenhedsregion");
        Some(Organisation {
            number,
            name: self.text("Institutionsnavn"),
            kind: Coded::default(),
            detailed_kind: Coded { code: self.text("Institutionstype, nr"), name: self.text("Institutionstype, navn") },
            unit_kind: self.text("Enhedsart"),
            street: self.text("Adresse"),
            postal_code: self.postal_code(),
            town: self.text("Postdistrikt"),
            phone: self.text("Telefonnummer"),
            fax: None,
            email: self.text("E-mail adresse").map(|it| it.to_lowercase().into()),
            web: self.text("Webadresse"),
            parent,
            municipality,
            administrative_municipality: self.municipality("Administrativ kommune"),
            region: Coded { code: region.as_deref().and_then(places::region_code).map(Text::from), name: region },
        })
    }

    /// A field without blanks around it, or nothing where it is empty.
    fn field(&self, column: &str) -> Option<&str> {
        let place = COLUMNS.iter().position(|it| *it == column)?;
        self.row.get(self.places[place]).map(str::trim).filter(|it| !it.is_empty())
    }

    /// A field whose words are one blank apart.
    fn text(&self, column: &str) -> Option<Text<'static>> {
        let words: Vec<&str> = self.field(column)?.split_whitespace().collect();
        Some(words.join(" ").into())
    }

    fn number(&mut self, column: &'static str) -> Option<OrganisationNumber<'static>> {
        let number = OrganisationNumber::new(self.field(column).unwrap_or_default()).into_owned();
        if number.fits_register() {
            return Some(number);
        }
        self.refuse(column, "expected one to six letters or digits");
        None
    }

    /// Four digits. A spreadsheet that took it for a number has eaten leading zeros.
    fn postal_code(&mut self) -> Option<Text<'static>> {
        let code = self.text("Postnummer")?;
        if !code.bytes().all(|it| it.is_ascii_digit()) || code.len() > 4 {
            self.doubt("Postnummer", "expected four digits");
            return Some(code);
        }
        Some(format!("{code:0>4}").into())
    }

    fn municipality(&mut self, column: &'static str) -> Coded<'static> {
        let name = self.text(column);
        let code = name.as_deref().and_then(places::municipality_code).map(Text::from);
        if name.is_some() && code.is_none() {
            self.doubt(column, "no municipality has this name, so that it goes without a code");
        }
        Coded { code, name }
    }

    fn refuse(&mut self, column: &'static str, why: &str) {
        self.register.refused.push(Remark { line: self.line, column, why: why.to_owned() });
    }

    fn doubt(&mut self, column: &'static str, why: &str) {
        self.register.doubtful.push(Remark { line: self.line, column, why: why.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register with these rows: (main institution, number, name, postal code, municipality, mail).
    fn register(rows: &[[&str; 6]]) -> Vec<u8> {
        let mut text = format!("\u{feff}{}\r\n", COLUMNS.join(";"));
        for [main, number, name, postal_code, municipality, mail] in rows {
            let kind = if main.is_empty() { "Institution uden enheder" } else { "Afdeling (underordnet enhed)" };
            text.push_str(&format!(
                "{main};{number};{name};{kind};Skolevej 1;{postal_code};Byen;401;{municipality};Region Sjælland;55.1;12.1;\
                 En Leder;3366 3366;{mail};www.skole.example;1012;Folkeskoler;9;Ministeriet;;;2;Kommunale;{municipality};1;\
                 Aktiv;17/12/2025;165008;\r\n"
            ));
        }
        text.into_bytes()
    }

    #[test]
    fn an_institution_is_what_its_row_says() {
        let bytes = register(&[[
            "999000",
            "999001",
            "Skolen  ved   Åen & Søen",
            "0800",
            "Sorø Kommune",
            "KONTOR@Skole.Example",
        ]]);
        assert!(is_register(&bytes) && !is_register(b"<?xml"));
        let Register { organisations, refused, doubtful } = read(&bytes[..]).unwrap();
        assert_eq!((refused, doubtful), (Vec::new(), Vec::new()));
        let school = &organisations[0];
        assert_eq!(school.number.as_str(), "999001");
        assert_eq!(school.name.as_deref(), Some("Skolen ved Åen & Søen"));
        assert_eq!(school.main().map(OrganisationNumber::as_str), Some("999000"));
        assert_eq!(school.postal_code.as_deref(), Some("0800"));
        assert_eq!(school.email.as_deref(), Some("kontor@skole.example"));
        assert_eq!(school.municipality, Coded { code: Some("340".into()), name: Some("Sorø Kommune".into()) });
        assert_eq!(school.region.code.as_deref(), Some("1085"));
        assert_eq!(school.detailed_kind.code.as_deref(), Some("1012"));
        assert!(!format!("{school:?}").contains("Leder"));
    }

    #[test]
    fn doubtful_rows_are_taken_and_noted() {
        let bytes =
            register(&[["", "999001", "A", "800", "Andeby Kommune", ""], ["", "a12345", "B", "DK-4000", "", ""]]);
        let Register { organisations, refused, doubtful } = read(&bytes[..]).unwrap();
        assert_eq!((organisations.len(), refused.len()), (2, 0));
        assert_eq!(organisations[0].postal_code.as_deref(), Some("0800"), "the zero came back");
        assert_eq!(organisations[1].number.as_str(), "A12345");
        let told: Vec<String> = doubtful.iter().map(|it| format!("{}:{}", it.line, it.column)).collect();
        assert_eq!(told, ["2:Beliggenhedskommune", "2:Administrativ kommune", "3:Postnummer"]);
    }

    #[test]
    fn rows_that_could_be_another_institution_are_refused() {
        let bytes = register(&[
            ["", "999001", "A", "4000", "", ""],
            ["", "999001", "B", "4000", "", ""],
            ["", "", "C", "4000", "", ""],
            ["9990001234", "999002", "D", "4000", "", ""],
        ]);
        let Register { organisations, refused, doubtful: _ } = read(&bytes[..]).unwrap();
        assert_eq!(organisations.len(), 1);
        let told: Vec<String> = refused.iter().map(|it| format!("{}:{}", it.line, it.column)).collect();
        assert_eq!(told, ["3:Institutionsnummer", "4:Institutionsnummer", "5:Hovedinstitution"]);
    }

    #[test]
    fn another_file_is_told_from_a_register() {
        assert!(read(&b"Navn;Nummer\nA;1\n"[..]).unwrap_err().contains("\"Hovedinstitution\" is missing"));
        assert!(read(&b""[..]).unwrap_err().contains("is missing"));
        let mut latin = register(&[]);
        latin.extend(b";999001;Sk\xf8len;;;;;;;;;;;;;;;;;;;;;;;;;;;;\n");
        assert!(read(&latin[..]).unwrap_err().starts_with("2: not UTF-8"));
        let short = format!("{}\n;999001;Kort\n", COLUMNS.join(";"));
        assert_eq!(read(short.as_bytes()).unwrap().organisations[0].street, None, "missing fields are empty ones");
    }
}
