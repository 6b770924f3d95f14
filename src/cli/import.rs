//! `skolebro import`: an export, an import document, master data or the institution register into the store.

use std::{
    io::{Cursor, Read},
    path::Path,
};

use super::{Failure, Import, at, documents, name, progress, stores};
use crate::{
    config::Config,
    crosswalk::Trail,
    domain::{Organisation, OrganisationNumber},
    source::intake::{Heading, IntakeError, Mode, Outcome, Receipt},
    standards::unilogin::{
        Refusal,
        dialect::Dialect,
        import::{self, answer::Verdict},
        inst, register, stream,
    },
    store::Store,
};

/// How much of a document is looked at to tell what it is.
const BEGINNING: u64 = 4 << 10;

pub(super) fn run(args: &Import) -> Result<(), Failure> {
    let config = Config::load(args.config.as_deref()).map_err(Failure::Usage)?;
    let store = stores::open(&config)?;
    let Some(path) = args.input.as_deref() else { return confirm(&store) };
    let mut input = progress::input(Some(path))?;
    let mut beginning = Vec::new();
    input.by_ref().take(BEGINNING).read_to_end(&mut beginning).map_err(|why| at(path, why))?;
    let input = Cursor::new(beginning.clone()).chain(input);
    if register::is_register(&beginning) {
        return keep_register(&store, path, input);
    }
    if names(&beginning, &["hentInstitutionResponse", "hentInstitutionerResponse"]) {
        return keep_master_data(&store, path, input);
    }
    if names(&beginning, &["UNILoginExport"]) {
        return replicate(&store, args.confirm, path, input);
    }
    take_in(&store, args, path, input)
}

/// Whether one of these elements stands at the beginning of a document.
fn names(beginning: &[u8], elements: &[&str]) -> bool {
    let text = String::from_utf8_lossy(beginning);
    elements.iter().any(|it| text.contains(&format!(":{it}")) || text.contains(&format!("<{it}")))
}

fn keep_register(store: &dyn Store, path: &Path, input: impl Read) -> Result<(), Failure> {
    let name = name(Some(path));
    let read = register::read(input).map_err(|why| Failure::Input(format!("{name}:{why}")))?;
    let register::Register { organisations, refused, doubtful } = read;
    for remark in &doubtful {
        eprintln!("{name}:{remark} (taken)");
    }
    for remark in &refused {
        eprintln!("{name}:{remark} (refused)");
    }
    keep(store, &organisations)?;
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Failure::Input(format!("{name}: {} rows were refused", refused.len())))
    }
}

fn keep_master_data(store: &dyn Store, path: &Path, mut input: impl Read) -> Result<(), Failure> {
    let mut text = String::new();
    input.read_to_string(&mut text).map_err(|why| at(path, why))?;
    let name = name(Some(path));
    let told = inst::organisations(&text, &mut Trail::silent());
    let organisations = told
        .ok_or_else(|| Failure::Input(format!("{name}: no hentInstitutionResponse or hentInstitutionerResponse")))?
        .map_err(|violation| Failure::Input(format!("{name}:{violation}")))?;
    keep(store, &organisations)
}

fn keep(store: &dyn Store, organisations: &[Organisation<'_>]) -> Result<(), Failure> {
    let changed = store.keep_organisations(organisations).map_err(refused)?;
    println!("{} institutions, {changed} of them new or changed", organisations.len());
    Ok(())
}

/// An export: everything at the institution becomes what it says.
fn replicate(store: &dyn Store, confirmed: bool, path: &Path, input: impl Read) -> Result<(), Failure> {
    let wrong = |error| documents::failed(path, error);
    let mut trail = Trail::silent();
    let (head, mut members) = stream::Reader::open(input, &mut trail).map_err(wrong)?;
    let heading = Heading {
        mode: Mode::Replica,
        institution: head.organisation.number.clone(),
        name: head.organisation.name.as_ref().map(|it| it.to_string()),
        sources: head.sources.clone(),
        confirmed,
    };
    let mut intake = store.begin(heading).map_err(refused)?;
    for group in &head.groups {
        intake.group(group).map_err(refused)?;
    }
    while let Some(member) = members.next(&mut trail).map_err(wrong)? {
        intake.member(&member).map_err(refused)?;
    }
    told(&head.organisation.number, &intake.commit().map_err(refused)?)
}

/// An import document: what became of it, and every finding at its place.
fn take_in(store: &dyn Store, args: &Import, path: &Path, input: impl Read) -> Result<(), Failure> {
    let reception = import::Reception {
        keeper: Some(store),
        dialect: &Dialect::default(),
        implicit_main_groups: false,
        confirmed: args.confirm,
    };
    let mode = if args.delta { Mode::Delta } else { Mode::Full };
    let answer = import::document(input, mode, reception).map_err(|why| not_taken(path, why))?;
    let name = name(Some(path));
    for finding in &answer.findings {
        let place = finding.place.map_or_else(String::new, |it| format!("{}:{}:", it.line, it.column));
        eprintln!("{name}:{place} {} ({})", finding.text(), finding.code.entry().name);
    }
    let told = format!("{name}: {}", answer.verdict.text());
    match answer.verdict {
        Verdict::Done | Verdict::Partly | Verdict::Valid => {
            println!("{told} {} people", answer.people.len());
            Ok(())
        }
        Verdict::Held => Err(Failure::Refused(format!("{told} If it is right: skolebro import --confirm"))),
        Verdict::Full => Err(Failure::Refused(told)),
        Verdict::Refused | Verdict::Outdated => Err(Failure::Input(told)),
    }
}

fn not_taken(path: &Path, why: Refusal) -> Failure {
    match why {
        Refusal::Violation(violation) => Failure::Input(format!("{}:{violation}", name(Some(path)))),
        Refusal::Input(why) => at(path, why),
        Refusal::Intake(why) => refused(why),
        Refusal::Authentication(_) | Refusal::Source(_) => Failure::Refused("the document was not taken".to_owned()),
    }
}

/// Says what became of an export.
fn told(institution: &OrganisationNumber<'_>, outcome: &Outcome) -> Result<(), Failure> {
    let institution = institution.as_str();
    match outcome {
        Outcome::Done(receipt) => {
            say(institution, receipt);
            Ok(())
        }
        Outcome::Held { leaving, of } => Err(Failure::Refused(format!(
            "{institution}: {leaving} of {of} people would go, which is more than the guard allows; nothing has changed. \
             If it is right: skolebro import --confirm"
        ))),
    }
}

fn say(institution: &str, receipt: &Receipt) {
    let Receipt { sequence, added, changed, removed, unchanged, people: _ } = receipt;
    println!(
        "{institution}: {added} added, {changed} changed, {removed} removed, {unchanged} unchanged; sequence {sequence}"
    );
}

/// Does what was held.
fn confirm(store: &dyn Store) -> Result<(), Failure> {
    let held = store.held().map_err(|it| stores::failed(&it))?;
    if held.is_empty() {
        println!("nothing is held");
    }
    for it in held {
        if let Some(receipt) = store.confirm(&it.institution, &it.source).map_err(refused)? {
            say(it.institution.as_str(), &receipt);
        }
    }
    Ok(())
}

fn refused(error: IntakeError) -> Failure {
    match error {
        IntakeError::Outdated { .. } => Failure::Input(error.to_string()),
        IntakeError::Full => Failure::Refused(error.to_string()),
        IntakeError::Failed(ref why) => Failure::Store(format!("{error}: {why}")),
    }
}
