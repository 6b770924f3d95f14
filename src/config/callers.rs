//! `[[caller]]`: who may call, in a file or kept by a store.

use std::fs;

use serde::{Deserialize, Serialize};

use super::{signature::certificate_name, with_nearest};
use crate::caller::{Agreement, Caller, Callers, Consumer, Identity, Rights, Scopes, Secret};

/// Somebody who may call.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallerEntry {
    /// A name for logs.
    pub name: String,
    /// `wsBrugerid`.
    pub legacy_user: Option<String>,
    /// `wsPassword`.
    pub legacy_password: Option<SecretText>,
    /// `UdbydersystemId`.
    pub provider_system: Option<String>,
    /// The certificates that sign in its name: `sha256:` and a thumbprint, the `serialNumber` of a subject, or a PEM file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
    /// A bearer token for the REST faces.
    pub token: Option<SecretText>,
    /// Institutions that may be seen at all; absent: all.
    pub institutions: Option<Vec<String>>,
    /// Data agreements by service; absent: one for every service with all institutions that may be seen.
    #[serde(rename = "agreement")]
    pub agreements: Option<Vec<AgreementEntry>>,
    /// Civil registration numbers.
    #[serde(default)]
    pub civil_numbers: bool,
    /// Real names and addresses of protected persons.
    #[serde(default)]
    pub protected_persons: bool,
    /// `unilogin`, `ss12000`; absent: all.
    pub faces: Option<Vec<String>>,
    /// What SS12000 tells of a person, of what may be told at all: `civicNo`, `contactData`, `responsibles`, `protectedPersons`;
    /// absent: all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ss12000_scopes: Option<Vec<String>>,
    /// Tell `schoolUnitCode` too, for a program that looks for institutions by nothing else.
    #[serde(default)]
    pub ss12000_school_unit_code: bool,
    /// The version of SS12000 that the program knows, `2.1` or `2.0`: of the latter it is told the duty roles.
    #[serde(default)]
    pub ss12000_version: Ss12000Version,
}

/// Versions of SS12000 that differ in what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, clap::ValueEnum)]
pub enum Ss12000Version {
    /// 2.1
    #[default]
    #[serde(rename = "2.1")]
    #[value(name = "2.1")]
    Present,
    /// 2.0
    #[serde(rename = "2.0")]
    #[value(name = "2.0")]
    Old,
}

impl CallerEntry {
    /// A caller that a store has kept.
    ///
    /// # Errors
    /// Settings of another program.
    pub fn read(name: &str, settings: &str) -> Result<Self, String> {
        toml::from_str(settings).map_err(|error| format!("caller {name:?}: {}", with_nearest(error.message())))
    }

    /// Whether it could call.
    ///
    /// # Errors
    /// As [`Config::callers`].
    pub fn check(&self) -> Result<(), String> {
        self.add(&mut Callers::default())
    }

    /// How the caller shows who it is, without the secrets.
    #[must_use]
    pub fn identity_names(&self) -> Vec<String> {
        let user = self.legacy_user.as_ref().map(|it| format!("wsBrugerid {it}"));
        let provider = self.provider_system.as_ref().map(|it| format!("UdbydersystemId {it}"));
        [user, provider, self.token.as_ref().map(|_| "token".to_owned())].into_iter().flatten().collect()
    }

    /// Lets the caller in.
    ///
    /// # Errors
    /// As [`Config::callers`].
    pub fn add(&self, callers: &mut Callers) -> Result<(), String> {
        let wrong = |why: &str| format!("caller {:?}: {why}", self.name);
        let salt = || *uuid::Uuid::new_v4().as_bytes();
        let mut identities = Vec::new();
        match (&self.legacy_user, &self.legacy_password) {
            (None, None) => {}
            (Some(user), Some(password)) => {
                let password = password.secret(salt()).map_err(|why| wrong(&why))?;
                identities.push(Identity::Legacy { user: user.clone(), password });
            }
            _ => return Err(wrong("legacy_user and legacy_password belong together")),
        }
        if let Some(id) = self.provider_system.clone() {
            let certificates = self.certificates.iter().map(|it| certificate_name(it)).collect::<Result<_, _>>();
            identities.push(Identity::Provider { id, certificates: certificates.map_err(|why| wrong(&why))? });
        } else if !self.certificates.is_empty() {
            return Err(wrong("certificates belong to a provider_system"));
        }
        if let Some(token) = &self.token {
            identities.push(Identity::Token(token.secret(salt()).map_err(|why| wrong(&why))?));
        }
        if identities.is_empty() {
            return Err(wrong("give legacy_user and legacy_password, provider_system or token"));
        }
        let rights = Rights {
            institutions: named(self.institutions.as_ref()),
            agreements: self.agreements.as_ref().map(|all| all.iter().map(Agreement::from).collect()),
            civil_ids: self.civil_numbers,
            protected: self.protected_persons,
            faces: self.faces().map_err(|why| wrong(&why))?,
            ss12000: self.scopes().map_err(|why| wrong(&why))?,
        };
        let consumer = Consumer {
            school_unit_code: self.ss12000_school_unit_code,
            old_duty_roles: self.ss12000_version == Ss12000Version::Old,
        };
        let (name, provider) = (self.name.clone(), self.provider_system.clone());
        callers.add(Caller { name, provider, rights, consumer }, identities);
        Ok(())
    }
}

impl CallerEntry {
    fn scopes(&self) -> Result<Scopes, String> {
        let Some(names) = &self.ss12000_scopes else { return Ok(Scopes::ALL) };
        Scopes::named(names.iter().map(String::as_str))
            .map_err(|name| format!("ss12000_scopes: {name:?} is no scope{}", nearest(name, &Scopes::NAMES)))
    }

    fn faces(&self) -> Result<Option<Vec<String>>, String> {
        match self.faces.iter().flatten().find(|it| !Rights::FACES.contains(&it.as_str())) {
            Some(name) => Err(format!("faces: {name:?} is no face{}", nearest(name, &Rights::FACES))),
            None => Ok(self.faces.clone()),
        }
    }
}

/// What was meant instead of a name that is none.
fn nearest(name: &str, all: &[&str]) -> String {
    let nearest = all.iter().min_by_key(|it| strsim::damerau_levenshtein(name, it));
    nearest.map_or_else(String::new, |it| format!("; did you mean {it:?}?"))
}

/// A data agreement: a service, and the institutions that it may tell of.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementEntry {
    /// The service.
    pub service: AgreedService,
    /// The institutions; absent: all.
    pub institutions: Option<Vec<String>>,
}

/// The services that data agreements are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
pub enum AgreedService {
    /// Look-ups of institutions.
    #[serde(rename = "wsiinst")]
    #[value(name = "wsiinst")]
    Inst,
    /// Look-ups of users.
    #[serde(rename = "wsibruger")]
    #[value(name = "wsibruger")]
    Bruger,
    /// The package Lille.
    #[serde(rename = "wsieksport/lille")]
    #[value(name = "wsieksport/lille")]
    EksportLille,
    /// The package Mellem.
    #[serde(rename = "wsieksport/mellem")]
    #[value(name = "wsieksport/mellem")]
    EksportMellem,
    /// The package Fuld.
    #[serde(rename = "wsieksport/fuld")]
    #[value(name = "wsieksport/fuld")]
    EksportFuld,
    /// The package Fuld myndighed.
    #[serde(rename = "wsieksport/fuldmyndighed")]
    #[value(name = "wsieksport/fuldmyndighed")]
    EksportFuldMyndighed,
    /// Handing in.
    #[serde(rename = "wsaimport")]
    #[value(name = "wsaimport")]
    Import,
    /// From CPR to user id and back.
    #[serde(rename = "wsiidentifikation")]
    #[value(name = "wsiidentifikation")]
    Identifikation,
}

impl AgreedService {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inst => "wsiinst",
            Self::Bruger => "wsibruger",
            Self::EksportLille => "wsieksport/lille",
            Self::EksportMellem => "wsieksport/mellem",
            Self::EksportFuld => "wsieksport/fuld",
            Self::EksportFuldMyndighed => "wsieksport/fuldmyndighed",
            Self::Import => "wsaimport",
            Self::Identifikation => "wsiidentifikation",
        }
    }
}

impl From<&AgreementEntry> for Agreement {
    fn from(entry: &AgreementEntry) -> Self {
        Self { service: entry.service.name().to_owned(), institutions: named(entry.institutions.as_ref()) }
    }
}

/// `*` among the institutions is all of them.
fn named(institutions: Option<&Vec<String>>) -> Option<Vec<String>> {
    institutions.filter(|all| !all.iter().any(|it| it == "*")).cloned()
}

/// A secret in the file, beside it, or as its digest (`sha256:SALT:DIGEST`).
#[derive(Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum SecretText {
    /// As it is, or its digest.
    Plain(String),
    /// In a file of its own.
    File {
        /// The file.
        file: String,
    },
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

impl SecretText {
    /// The secret itself.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn text(&self) -> Result<String, String> {
        match self {
            Self::Plain(text) => Ok(text.clone()),
            Self::File { file } => {
                let text = fs::read_to_string(file).map_err(|why| format!("{file}: {why}"))?;
                Ok(text.trim_end().to_owned())
            }
        }
    }

    fn secret(&self, salt: [u8; 16]) -> Result<Secret, String> {
        let text = self.text()?;
        if text.starts_with("sha256:") {
            return Secret::parse(&text)
                .ok_or_else(|| "a digest is sha256:SALT:DIGEST, 32 and 64 hexadecimal digits".to_owned());
        }
        if text.is_empty() {
            return Err("a secret must not be empty".to_owned());
        }
        Ok(Secret::new(&text, salt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_that_is_none_is_told_with_the_one_that_was_meant() {
        let scopes = |names: &[&str]| {
            let names: Vec<toml::Value> = names.iter().map(|it| toml::Value::from(*it)).collect();
            let entry = toml::toml! { name = "a" };
            let mut entry = entry;
            entry.insert("ss12000_scopes".to_owned(), names.into());
            entry.try_into::<CallerEntry>().unwrap().scopes()
        };
        assert_eq!(scopes(&["civicNo", "contactData", "responsibles", "protectedPersons"]), Ok(Scopes::ALL));
        let none = Scopes { civic_no: false, contact_data: false, responsibles: false, protected_persons: false };
        assert_eq!(scopes(&[]), Ok(none));
        let refused = |name: &str, meant: &str| {
            let why = format!("ss12000_scopes: {name:?} is no scope; did you mean {meant:?}?");
            assert_eq!(scopes(&["contactData", name]), Err(why));
        };
        refused("civicno", "civicNo");
        refused("protected_persons", "protectedPersons");
        refused("", "civicNo");
    }

    #[test]
    fn faces_are_named_as_they_are() {
        let check =
            |faces: &str| CallerEntry::read("A", &format!("name = 'A'\ntoken = 't'\nfaces = {faces}")).unwrap().check();
        assert_eq!(check("['unilogin', 'ss12000']"), Ok(()));
        let why = "caller \"A\": faces: \"ss1200\" is no face; did you mean \"ss12000\"?";
        assert_eq!(check("['unilogin', 'ss1200']"), Err(why.to_owned()));
    }

    #[test]
    fn programs_may_know_an_older_version() {
        let read = |more: &str| CallerEntry::read("A", &format!("name = 'A'\ntoken = 't'\n{more}"));
        let entry = |more| read(more).map(|it| (it.ss12000_school_unit_code, it.ss12000_version));
        assert_eq!(entry(""), Ok((false, Ss12000Version::Present)));
        assert_eq!(entry("ss12000_school_unit_code = true\nss12000_version = '2.0'"), Ok((true, Ss12000Version::Old)));
        assert!(read("ss12000_version = '1.0'").unwrap_err().contains("expected `2.1` or `2.0`"));
    }
}
