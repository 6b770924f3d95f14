//! What can be seen without a network: the faces, the store and the callers.

use std::path::Path;

use super::{Finding, Findings, State};
use crate::{
    cli::{load, stores},
    config::{CallerEntry, Config},
    face::Options,
    store::{Sqlite, Store},
};

/// The settings of the faces.
pub(super) fn faces(config: &Config, findings: &mut Findings) {
    let unusable = |why: String| {
        Finding::new("faces", State::Wrong, why, "the server does not start with it", "mend the setting that is named")
    };
    if let Err(why) = Options::new(&config.face) {
        findings.tell(unusable(why));
    }
    let unilogin = &config.face.unilogin;
    if unilogin.signature_optional {
        let what = "signatures are optional: whoever knows an UdbydersystemId is taken for its owner";
        let why = "anybody who can reach the server may read what that provider may";
        let advice = "set face.unilogin.signature_optional = false, unless nobody else can reach the server";
        findings.tell(Finding::new("faces", State::Doubtful, what, why, advice));
    }
    match unilogin.signature.verifier(unilogin.signature_optional) {
        Err(why) => findings.tell(unusable(why)),
        Ok(_) if unilogin.signature.trust.is_empty() && !unilogin.signature_optional => {
            let why = "the services of today's generation refuse everybody with Signatur";
            let advice = "name the PEM files of the OCES3 root and its issuing authority in face.unilogin.signature.trust, if \
                          such clients are expected";
            findings.tell(Finding::new("faces", State::Doubtful, "nobody's signatures are trusted", why, advice));
        }
        Ok(_) => {}
    }
    match unilogin.signature.signer() {
        Err(why) => findings.tell(unusable(why)),
        Ok(None) => {
            let why = "clients that verify answers refuse them";
            let advice = "give certificate and key, or pkcs12 and password, in [face.unilogin.signature], if such clients are expected";
            findings.tell(Finding::new("faces", State::Doubtful, "answers are not signed", why, advice));
        }
        Ok(Some(signer)) => super::source::dates("faces", signer.identity.certificate(), findings),
    }
}

/// The store, opened as a command opens it. One that is not there is not made.
pub(super) fn store(config: &Config, findings: &mut Findings) -> Option<Sqlite> {
    let url = &config.store.url;
    let unusable = |why: String, advice: &str| {
        Finding::new("store", State::Wrong, why, "nothing can be served or kept without it", advice)
    };
    if let Some(folder) = url.strip_prefix("folder:") {
        findings.tell(match load::folder(Path::new(folder)) {
            Ok(all) => Finding::well("store", format!("{folder} holds {} institutions, and is only read", all.len())),
            Err(why) => unusable(why.to_string(), "mend the document, or name another folder in store.url"),
        });
        return None;
    }
    let path = Path::new(url.strip_prefix("sqlite:").unwrap_or(url));
    if url.starts_with("sqlite:") && !path.exists() {
        findings
            .tell(Finding::well("store", format!("{} is not there yet; it is made when it is needed", path.display())));
        room(path, findings);
        return None;
    }
    match stores::open(config) {
        Err(why) => {
            findings.tell(unusable(
                why.to_string(),
                "see that store.url names the file, and that this user may write it and its folder",
            ));
            None
        }
        Ok(store) => {
            let count = store.sequence();
            findings
                .tell(Finding::well("store", format!("{} opens; its last change is number {count}", path.display())));
            room(path, findings);
            held(&store, findings);
            Some(store)
        }
    }
}

/// How little is little: an import of a large school and its log.
const ROOM: u64 = 1 << 30;

fn room(path: &Path, findings: &mut Findings) {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(folder) {
        Err(why) => {
            let told = format!("the folder {} cannot be looked at: {why}", folder.display());
            let advice = "make the folder, or name another in store.url";
            findings.tell(Finding::new("store", State::Wrong, told, "the store cannot be written there", advice));
        }
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let told = format!("{} MB are free for it", free >> 20);
            findings.tell(if free >= ROOM {
                Finding::well("store", told)
            } else {
                let why = "an import that finds the disk full is refused";
                Finding::new("store", State::Doubtful, told, why, "make room: at least 1 GB")
            });
        }
    }
}

fn held(store: &dyn Store, findings: &mut Findings) {
    match store.held() {
        Err(why) => {
            let advice = "see that no other program has changed the file, and bring back a copy";
            findings.tell(Finding::new("store", State::Wrong, why.to_string(), "it cannot be trusted", advice));
        }
        Ok(all) if all.is_empty() => {}
        Ok(all) => {
            let one = |it: &crate::store::Held| {
                format!("{} ({} of {} people would go)", it.institution.as_str(), it.leaving, it.of)
            };
            let told = all.iter().map(one).collect::<Vec<_>>().join(", ");
            let what = format!("imports wait to be confirmed: {told}");
            let why = "the institutions stay as they were, and what waits holds personal data";
            let advice = "look at the documents; if they are right: skolebro import --confirm";
            findings.tell(Finding::new("store", State::Doubtful, what, why, advice));
        }
    }
}

/// Who may call.
pub(super) fn callers(config: &Config, store: Option<&Sqlite>, findings: &mut Findings) {
    let mut all: Vec<Result<CallerEntry, String>> = config.callers.iter().cloned().map(Ok).collect();
    match store.map(|it| it.callers()).transpose() {
        Ok(kept) => all.extend(kept.into_iter().flatten().map(|it| CallerEntry::read(&it.name, &it.settings))),
        Err(why) => all.push(Err(why.to_string())),
    }
    let count = all.len();
    for entry in all {
        let checked = entry.and_then(|it| it.check().map(|()| it));
        match checked {
            Err(why) => {
                let told = "the server does not start with it";
                findings.tell(Finding::new("callers", State::Wrong, why, told, "mend the entry of this [[caller]]"));
            }
            Ok(entry) => without_certificate(config, &entry, findings),
        }
    }
    if count == 0 {
        let (what, why) = ("nobody may call", "every question is refused");
        findings.tell(Finding::new("callers", State::Doubtful, what, why, "add a [[caller]], or: skolebro caller add"));
    } else {
        findings.tell(Finding::well("callers", format!("{count} may call")));
    }
}

fn without_certificate(config: &Config, entry: &CallerEntry, findings: &mut Findings) {
    let Some(provider) = entry.provider_system.as_ref().filter(|_| entry.certificates.is_empty()) else { return };
    let what = format!("caller {:?}: the provider system {provider} has no certificate", entry.name);
    let (why, state) = match config.face.unilogin.signature_optional {
        true => ("it calls without a signature, and so can anybody else in its name", State::Doubtful),
        false => ("nobody's signature is taken for it, so that it is always refused", State::Doubtful),
    };
    let advice = "give certificates: a thumbprint (sha256:…), the serialNumber of the subject, or a PEM file";
    findings.tell(Finding::new("callers", state, what, why, advice));
}
