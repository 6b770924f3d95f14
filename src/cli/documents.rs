//! Documents of any contract: what they are, and what rosters they tell of, person by person.

use std::{
    io::{Cursor, Read},
    path::Path,
};

use soap::xml::records::StreamError;

use super::{Failure, at, name, progress};
use crate::{
    crosswalk::Trail,
    domain::{Group, Member, Organisation},
    source::intake::IntakeError,
    standards::unilogin::{
        Refusal,
        import::{self, answer},
        register, stream,
    },
};

/// How much of a document is looked at to tell what it is.
const BEGINNING: u64 = 4 << 10;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The institution register.
    Register,
    /// An answer of wsiINST about institutions.
    MasterData,
    /// An export of wsiEKSPORT.
    Export,
    /// For wsaIMPORT, or whatever else it may be.
    Import,
}

/// A document, and what it is by its first lines.
pub(super) fn told_apart(path: &Path) -> Result<(What, impl Read + use<>), Failure> {
    let mut input = progress::input(Some(path))?;
    let mut beginning = Vec::new();
    input.by_ref().take(BEGINNING).read_to_end(&mut beginning).map_err(|why| at(path, why))?;
    let text = String::from_utf8_lossy(&beginning);
    let names = |element: &str| text.contains(&format!(":{element}")) || text.contains(&format!("<{element}"));
    let what = if register::is_register(&beginning) {
        What::Register
    } else if names("hentInstitutionResponse") || names("hentInstitutionerResponse") {
        What::MasterData
    } else if names("UNILoginExport") {
        What::Export
    } else {
        What::Import
    };
    Ok((what, Cursor::new(beginning).chain(input)))
}

/// What comes out of a document, in its order.
pub(super) enum Part<'p> {
    /// The institution.
    Organisation(&'p Organisation<'p>),
    /// One of its groups.
    Group(&'p Group<'p>),
    /// One person.
    Member(&'p Member<'p>),
}

/// Whoever is told the parts of a document.
pub(super) type Told<'t> = dyn FnMut(Part<'_>) + 't;

/// Reads an export or an import document and hands on what it tells.
pub(super) fn read(path: &Path, told: &mut Told<'_>) -> Result<(), Failure> {
    match told_apart(path)? {
        (What::Export, input) => read_export(path, input, told),
        (What::Import, input) => read_import(path, input, told),
        (What::Register | What::MasterData, _) => {
            Err(Failure::Input(format!("{}: no export and no import document", name(Some(path)))))
        }
    }
}

fn read_export(path: &Path, input: impl Read, told: &mut Told<'_>) -> Result<(), Failure> {
    let mut trail = Trail::silent();
    let wrong = |error| failed(path, error);
    let (head, mut members) = stream::Reader::open(input, &mut trail).map_err(wrong)?;
    told(Part::Organisation(&head.organisation));
    head.groups.iter().for_each(|it| told(Part::Group(it)));
    while let Some(member) = members.next(&mut trail).map_err(wrong)? {
        told(Part::Member(&member));
    }
    Ok(())
}

fn read_import(path: &Path, input: impl Read, told: &mut Told<'_>) -> Result<(), Failure> {
    let mut trail = Trail::silent();
    let wrong = |error| failed(path, error);
    let (head, mut members) = import::document::Reader::open(input, &mut trail).map_err(wrong)?;
    told(Part::Organisation(&head.organisation));
    head.groups.iter().for_each(|it| told(Part::Group(it)));
    while let Some(member) = members.next(&mut trail).map_err(wrong)? {
        told(Part::Member(&member));
    }
    Ok(())
}

/// Every finding at its place, on standard error.
pub(super) fn tell_findings(path: &Path, answer: &answer::Answer) {
    let name = name(Some(path));
    for finding in &answer.findings {
        let place = finding.place.map_or_else(String::new, |it| format!("{}:{}:", it.line, it.column));
        eprintln!("{name}:{place} {} ({})", finding.text(), finding.code.entry().name);
    }
}

/// A document that ended early: which, where, why.
pub(super) fn failed(path: &Path, error: StreamError) -> Failure {
    let name = name(Some(path));
    match error {
        StreamError::Violation(violation) => Failure::Input(format!("{name}:{violation}")),
        StreamError::Io(why) => Failure::Io(name, why),
    }
}

/// A document that was not taken, and why.
pub(super) fn refused(path: &Path, why: Refusal) -> Failure {
    match why {
        Refusal::Violation(violation) => Failure::Input(format!("{}:{violation}", name(Some(path)))),
        Refusal::Input(why) => at(path, why),
        Refusal::Intake(why) => not_kept(why),
        // Nobody is asked who they are here, and no source is asked anything.
        Refusal::Authentication(_) | Refusal::Signature(_) | Refusal::Source(_) => {
            Failure::Refused("the document was not taken".to_owned())
        }
    }
}

/// A store that did not take something, and why.
pub(super) fn not_kept(error: IntakeError) -> Failure {
    match error {
        IntakeError::Outdated { .. } => Failure::Input(error.to_string()),
        IntakeError::Full => Failure::Refused(error.to_string()),
        IntakeError::Failed(ref why) => Failure::Store(format!("{error}: {why}")),
    }
}
