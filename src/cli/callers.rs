//! `skolebro caller`: who may call. Secrets are made here, told once and kept as digests.

use std::io::Read;

use serde_json::json;

use super::{CallerAdd, CallerCommand, Failure, Listing, stores};
use crate::{
    caller::Secret,
    config::{self, AgreementEntry, CallerEntry, Config, SecretText},
    store::Store,
};

pub(super) fn run(command: &CallerCommand) -> Result<(), Failure> {
    match command {
        CallerCommand::Add(args) => add(args),
        CallerCommand::List { config, format } => list(&opened(config.as_deref())?, *format),
        CallerCommand::Remove { config, name } => remove(&opened(config.as_deref())?, name),
    }
}

fn opened(config: Option<&std::path::Path>) -> Result<impl Store, Failure> {
    stores::open(&Config::load(config).map_err(Failure::Usage)?)
}

fn add(args: &CallerAdd) -> Result<(), Failure> {
    let store = opened(args.config.as_deref())?;
    let mut told = Vec::new();
    let legacy_password = match &args.legacy_user {
        Some(_) if args.password_stdin => Some(digest(given()?.trim_end())),
        Some(_) => Some(made("wsPassword", &mut told)),
        None => None,
    };
    let entry = CallerEntry {
        name: args.name.clone(),
        legacy_user: args.legacy_user.clone(),
        legacy_password,
        provider_system: args.provider_system.clone(),
        certificates: certificates(args).map_err(Failure::Usage)?,
        token: args.token.then(|| made("token", &mut told)),
        institutions: (!args.all_institutions).then(|| args.institutions.clone()),
        agreements: (!args.agreements.is_empty()).then(|| agreements(args)),
        civil_numbers: args.civil_numbers,
        protected_persons: args.protected_persons,
        faces: (!args.faces.is_empty()).then(|| args.faces.clone()),
        ss12000_scopes: (!args.ss12000_scopes.is_empty()).then(|| args.ss12000_scopes.clone()),
        ss12000_school_unit_code: args.ss12000_school_unit_code,
        ss12000_version: args.ss12000_version,
    };
    entry.check().map_err(Failure::Usage)?;
    let settings = toml::to_string(&entry).map_err(|why| Failure::Usage(why.to_string()))?;
    store.keep_caller(&args.name, &settings).map_err(|it| stores::failed(&it))?;
    println!("{:?} may call.", args.name);
    for (what, secret) in told {
        println!("{what}: {secret}    (told once; only its digest is kept)");
    }
    Ok(())
}

/// As they are known by, so that no file is needed any more.
fn certificates(args: &CallerAdd) -> Result<Vec<String>, String> {
    args.certificates.iter().map(|it| Ok(config::certificate_name(it)?.to_string())).collect()
}

fn agreements(args: &CallerAdd) -> Vec<AgreementEntry> {
    args.agreements.iter().map(|service| AgreementEntry { service: *service, institutions: None }).collect()
}

/// A password from standard input, so that it is in no list of processes.
fn given() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|why| Failure::Io("standard input".to_owned(), why))?;
    if text.trim_end().is_empty() {
        return Err(Failure::Usage("--password-stdin: there is no password on standard input".to_owned()));
    }
    Ok(text)
}

/// A new secret of 160 random bits, noted to be told.
fn made(what: &'static str, told: &mut Vec<(&'static str, String)>) -> SecretText {
    let (one, two) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let mut bytes = [0; 20];
    // Six bits of each half are not random, so two halves give more than enough.
    bytes[..10].copy_from_slice(&one.as_bytes()[6..]);
    bytes[10..].copy_from_slice(&two.as_bytes()[6..]);
    let secret = data_encoding::BASE32_NOPAD.encode(&bytes).to_lowercase();
    let digest = digest(&secret);
    told.push((what, secret));
    digest
}

fn digest(secret: &str) -> SecretText {
    SecretText::Plain(Secret::new(secret, *uuid::Uuid::new_v4().as_bytes()).to_string())
}

fn list(store: &impl Store, format: Listing) -> Result<(), Failure> {
    for kept in store.callers().map_err(|it| stores::failed(&it))? {
        let entry = CallerEntry::read(&kept.name, &kept.settings).map_err(Failure::Usage)?;
        let identities = entry.identity_names();
        match format {
            Listing::Json => println!(
                "{}",
                json!({ "name": entry.name, "identities": identities, "institutions": entry.institutions,
                        "civilNumbers": entry.civil_numbers, "protectedPersons": entry.protected_persons,
                        "faces": entry.faces, "created": kept.created.to_rfc3339() })
            ),
            Listing::Text => {
                let institutions = entry.institutions.as_ref().map_or_else(|| "all".to_owned(), |it| it.join(","));
                println!("{:24} {:40} institutions {institutions}", entry.name, identities.join(", "));
            }
        }
    }
    Ok(())
}

fn remove(store: &impl Store, name: &str) -> Result<(), Failure> {
    if !store.remove_caller(name).map_err(|it| stores::failed(&it))? {
        return Err(Failure::Usage(format!("no caller is named {name:?}: skolebro caller list")));
    }
    println!("{name:?} may not call any more.");
    Ok(())
}
