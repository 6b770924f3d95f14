//! `skolebro import`: an export, an import document, master data or the institution register into the store.

use std::{io::Read, path::Path};

use super::{
    Failure, Import, at,
    audit::Recording,
    documents::{self, What, not_kept},
    name, stores,
};
use crate::{
    config::{Config, UniloginFace},
    crosswalk::Trail,
    domain::{Organisation, OrganisationNumber},
    source::{
        intake::{Heading, Mode, Outcome, Receipt},
        told::Told,
    },
    standards::unilogin::{
        import::{self, answer::Verdict},
        inst, register, stream,
    },
    store::{Sqlite, Store},
};

pub(super) fn run(args: &Import) -> Result<(), Failure> {
    let config = Config::load(args.config.as_deref()).map_err(Failure::Usage)?;
    let store = stores::open(&config)?;
    let recording = Recording::begin(&config, "import")?.begun()?;
    let done = keep_all(&config, &store, args, &recording.told);
    recording.ended(done)
}

fn keep_all(config: &Config, store: &Sqlite, args: &Import, noted: &Told) -> Result<(), Failure> {
    let Some(path) = args.input.as_deref() else { return confirm(store, noted) };
    match documents::told_apart(path)? {
        (What::Register, input) => keep_register(store, path, input),
        (What::MasterData, input) => keep_master_data(store, path, input),
        (What::Export, input) => replicate(store, args.confirm, path, input, noted),
        (What::Import, input) => take_in(store, &config.face.unilogin, args, (path, input), noted),
    }
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
    if refused.is_empty() { Ok(()) } else { Err(Failure::Input(format!("{name}: rows refused: {}", refused.len()))) }
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
    let changed = store.keep_organisations(organisations).map_err(not_kept)?;
    println!("{} institutions, {changed} of them new or changed", organisations.len());
    Ok(())
}

/// An export: everything at the institution becomes what it says.
fn replicate(store: &dyn Store, confirmed: bool, path: &Path, input: impl Read, noted: &Told) -> Result<(), Failure> {
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
    let mut intake = store.begin(heading).map_err(not_kept)?;
    for group in &head.groups {
        intake.group(group).map_err(not_kept)?;
    }
    while let Some(member) = members.next(&mut trail).map_err(wrong)? {
        intake.member(&member).map_err(not_kept)?;
        noted.member_and_contacts(&member);
    }
    noted.at(&head.organisation.number);
    told(&head.organisation.number, &intake.commit().map_err(not_kept)?)
}

/// An import document: what became of it, and every finding at its place.
fn take_in(
    store: &dyn Store,
    face: &UniloginFace,
    args: &Import,
    (path, input): (&Path, impl Read),
    noted: &Told,
) -> Result<(), Failure> {
    let dialect = face.dialect().map_err(Failure::Usage)?;
    let reception = import::Reception {
        keeper: Some(store),
        dialect: &dialect,
        implicit_main_groups: face.implicit_main_groups,
        confirmed: args.confirm,
        told: noted,
        proven: &import::unsigned,
    };
    let mode = if args.delta { Mode::Delta } else { Mode::Full };
    let answer =
        import::receive(input, import::Version::V8, mode, reception).map_err(|why| documents::refused(path, why))?;
    documents::tell_findings(path, &answer);
    let told = format!("{}: {}", name(Some(path)), answer.verdict.text());
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
fn confirm(store: &dyn Store, noted: &Told) -> Result<(), Failure> {
    let held = store.held().map_err(|it| stores::failed(&it))?;
    if held.is_empty() {
        println!("nothing is held");
    }
    for it in held {
        noted.at(&it.institution);
        if let Some(receipt) = store.confirm(&it.institution, &it.source).map_err(not_kept)? {
            say(it.institution.as_str(), &receipt);
        }
    }
    Ok(())
}
