//! Who may call, how they show who they are, and what they may see.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Somebody who may call.
#[derive(Debug, Clone)]
pub struct Caller {
    /// A name for logs and messages.
    pub name: String,
    /// The `UdbydersystemId`, where the caller has one.
    pub provider: Option<String>,
    /// What the caller may see.
    pub rights: Rights,
    /// What the caller's program understands of SS12000.
    pub consumer: Consumer,
}

/// What a program understands of SS12000 that not every one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consumer {
    /// Institutions are looked for by `schoolUnitCode`.
    pub school_unit_code: bool,
    /// Duty roles are those of version 2.0.
    pub old_duty_roles: bool,
}

/// What a caller may see.
#[derive(Debug, Clone)]
pub struct Rights {
    /// Institutions that may be seen at all; `None` is all of them.
    pub institutions: Option<Vec<String>>,
    /// Data agreements by service; `None` is one for every service with all institutions that may be seen.
    pub agreements: Option<Vec<Agreement>>,
    /// Civil registration numbers.
    pub civil_ids: bool,
    /// Real names and addresses of protected persons.
    pub protected: bool,
    /// Faces: `unilogin`, `ss12000`; `None` is all of them.
    pub faces: Option<Vec<String>>,
    /// What the SS12000 face tells of a person, of what may be told at all.
    pub ss12000: Scopes,
}

/// Attributes of persons that a face may tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes {
    /// National identity numbers, for who may see them at all.
    pub civic_no: bool,
    /// Mail addresses, telephone numbers and homes.
    pub contact_data: bool,
    /// Who is responsible for a pupil, and those adults.
    pub responsibles: bool,
    /// The real names of protected persons, for who may see them at all.
    pub protected_persons: bool,
}

impl Scopes {
    /// Every attribute.
    pub const ALL: Self = Self { civic_no: true, contact_data: true, responsibles: true, protected_persons: true };

    /// Their names.
    pub const NAMES: [&str; 4] = ["civicNo", "contactData", "responsibles", "protectedPersons"];

    /// Those with these names, and no others.
    ///
    /// # Errors
    /// A name that is none of them.
    pub fn named<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, &'n str> {
        let none = Self { civic_no: false, contact_data: false, responsibles: false, protected_persons: false };
        names.into_iter().try_fold(none, |scopes, name| match name {
            "civicNo" => Ok(Self { civic_no: true, ..scopes }),
            "contactData" => Ok(Self { contact_data: true, ..scopes }),
            "responsibles" => Ok(Self { responsibles: true, ..scopes }),
            "protectedPersons" => Ok(Self { protected_persons: true, ..scopes }),
            other => Err(other),
        })
    }
}

/// A data agreement: a service that tells of institutions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The service, and for exports its package: `wsiinst`, `wsieksport/mellem`.
    pub service: String,
    /// The institutions; `None` is all of them.
    pub institutions: Option<Vec<String>>,
}

impl Rights {
    /// The faces there are.
    pub const FACES: [&str; 2] = ["unilogin", "ss12000"];

    /// Whether there is a data agreement with the institution for the service.
    #[must_use]
    pub fn agrees(&self, service: &str, institution: &str) -> bool {
        let agreed = |it: &Agreement| it.service.eq_ignore_ascii_case(service) && lists(&it.institutions, institution);
        self.covers(institution) && self.agreements.as_ref().is_none_or(|all| all.iter().any(agreed))
    }

    /// Whether there is a data agreement for the service with any institution at all.
    #[must_use]
    pub fn agrees_somewhere(&self, service: &str) -> bool {
        let some = |it: &Option<Vec<String>>| it.as_ref().is_none_or(|all| !all.is_empty());
        let agreed = |it: &Agreement| {
            let covered = it.institutions.as_ref().is_none_or(|all| all.iter().any(|it| self.covers(it)));
            it.service.eq_ignore_ascii_case(service) && covered
        };
        some(&self.institutions) && self.agreements.as_ref().is_none_or(|all| all.iter().any(agreed))
    }

    /// Whether the institution may be seen.
    #[must_use]
    pub fn covers(&self, institution: &str) -> bool {
        lists(&self.institutions, institution)
    }

    /// Whether the face may be used.
    #[must_use]
    pub fn opens(&self, face: &str) -> bool {
        self.faces.as_ref().is_none_or(|all| all.iter().any(|it| it == face))
    }
}

fn lists(institutions: &Option<Vec<String>>, wanted: &str) -> bool {
    let wanted = wanted.trim();
    institutions.as_ref().is_none_or(|all| all.iter().any(|it| it.eq_ignore_ascii_case(wanted)))
}

/// A secret that is only ever compared: a salted digest.
///
/// Machines call with passwords and tokens of their own making many times a second, so the digest is a fast one; the
/// text form is `sha256:SALT:DIGEST`, both in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    salt: [u8; 16],
    digest: [u8; 32],
}

impl Secret {
    /// The digest of a secret. `salt` must be different for every secret.
    #[must_use]
    pub fn new(secret: &str, salt: [u8; 16]) -> Self {
        Self { salt, digest: digest(secret, salt) }
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (salt, digest) = text.strip_prefix("sha256:")?.split_once(':')?;
        let hex = |it: &str| data_encoding::HEXLOWER_PERMISSIVE.decode(it.as_bytes()).ok();
        Some(Self { salt: hex(salt)?.try_into().ok()?, digest: hex(digest)?.try_into().ok()? })
    }

    /// Whether this is the secret. Takes as long for a wrong one as for the right one.
    #[must_use]
    pub fn is(&self, secret: &str) -> bool {
        digest(secret, self.salt).ct_eq(&self.digest).into()
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |it: &[u8]| data_encoding::HEXLOWER.encode(it);
        write!(f, "sha256:{}:{}", hex(&self.salt), hex(&self.digest))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn digest(secret: &str, salt: [u8; 16]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(secret.as_bytes());
    hash.finalize().into()
}

/// How a caller shows who it is.
#[derive(Debug, Clone)]
pub enum Identity {
    /// `wsBrugerid` and `wsPassword` in the body of a legacy message.
    Legacy {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// `UdbydersystemId` in the header of a BPI message, and a signature.
    Provider {
        /// The id.
        id: String,
        /// The certificates that may sign in its name. Without any nobody can, unless signatures are optional.
        certificates: Vec<CertificateName>,
    },
    /// A bearer token.
    Token(Secret),
}

/// What a certificate is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateName {
    /// SHA-256 of its DER form, in lower-case hexadecimal: this one certificate.
    Thumbprint(String),
    /// `serialNumber` of its subject, such as `UI:DK-O:G:…`: every certificate that is issued to the same organisation's system.
    Subject(String),
}

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thumbprint(digits) => write!(f, "sha256:{digits}"),
            Self::Subject(id) => f.write_str(id),
        }
    }
}

/// Somebody who calls by `UdbydersystemId`.
#[derive(Debug, Clone, Copy)]
pub struct Provider<'c> {
    /// Who it is.
    pub caller: &'c Caller,
    /// Which certificates may sign.
    pub certificates: &'c [CertificateName],
}

impl Provider<'_> {
    /// Whether a certificate belongs to the caller: its thumbprint, and the `serialNumber` of its subject.
    #[must_use]
    pub fn owns(&self, thumbprint: &str, subject: Option<&str>) -> bool {
        self.certificates.iter().any(|it| match it {
            CertificateName::Thumbprint(own) => own.eq_ignore_ascii_case(thumbprint),
            CertificateName::Subject(own) => subject.is_some_and(|it| it.trim() == own),
        })
    }
}

/// Everybody who may call.
#[derive(Debug, Default)]
pub struct Callers {
    callers: Vec<Caller>,
    legacy: BTreeMap<String, (Secret, usize)>,
    providers: BTreeMap<String, (Vec<CertificateName>, usize)>,
    tokens: Vec<(Secret, usize)>,
}

impl Callers {
    /// Adds a caller with its identities. Of two with one identity the later counts.
    pub fn add(&mut self, caller: Caller, identities: impl IntoIterator<Item = Identity>) {
        let place = self.callers.len();
        self.callers.push(caller);
        for identity in identities {
            match identity {
                Identity::Legacy { user, password } => drop(self.legacy.insert(user, (password, place))),
                Identity::Provider { id, certificates } => drop(self.providers.insert(id, (certificates, place))),
                Identity::Token(token) => self.tokens.push((token, place)),
            }
        }
    }

    /// The caller with this legacy user and password.
    #[must_use]
    pub fn legacy(&self, user: &str, password: &str) -> Option<&Caller> {
        let (secret, place) = self.legacy.get(user)?;
        secret.is(password).then(|| &self.callers[*place])
    }

    /// The caller with this legacy user, whatever the password: who somebody says to be.
    #[must_use]
    pub fn legacy_named(&self, user: &str) -> Option<&Caller> {
        self.legacy.get(user).map(|(_, place)| &self.callers[*place])
    }

    /// The caller with this `UdbydersystemId`.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<Provider<'_>> {
        let (certificates, place) = self.providers.get(id)?;
        Some(Provider { caller: &self.callers[*place], certificates })
    }

    /// The caller with this name; of several the last.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Caller> {
        self.callers.iter().rev().find(|it| it.name == name)
    }

    /// The caller with this bearer token.
    #[must_use]
    pub fn token(&self, token: &str) -> Option<&Caller> {
        let (_, place) = self.tokens.iter().find(|(secret, _)| secret.is(token))?;
        Some(&self.callers[*place])
    }
}

/// Everybody who may call at the moment: it can be exchanged while calls are answered.
#[derive(Debug, Default)]
pub struct Present(RwLock<Arc<Callers>>);

impl Present {
    /// Whoever may call now. A call is answered for those who might when it came.
    #[must_use]
    pub fn now(&self) -> Arc<Callers> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these may call, and nobody else.
    pub fn become_these(&self, callers: Callers) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(callers);
    }
}

impl From<Callers> for Present {
    fn from(callers: Callers) -> Self {
        Self(RwLock::new(Arc::new(callers)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_compared_not_kept() {
        let secret = Secret::new("hemmelig", [7; 16]);
        assert!(secret.is("hemmelig") && !secret.is("Hemmelig") && !secret.is(""));
        assert_eq!(Secret::parse(&secret.to_string()), Some(secret.clone()));
        assert_eq!(Secret::parse("sha256:00:11"), None);
        assert!(!format!("{secret:?}{secret}").contains("hemmelig"));
    }

    #[test]
    fn a_caller_is_found_by_each_identity() {
        let rights = Rights {
            institutions: Some(vec!["999001".into(), "999002".into()]),
            agreements: Some(vec![Agreement {
                service: "wsieksport/lille".into(),
                institutions: Some(vec!["999001".into()]),
            }]),
            civil_ids: false,
            protected: false,
            faces: Some(vec!["ss12000".into()]),
            ss12000: Scopes::ALL,
        };
        let mut callers = Callers::default();
        let password = Secret::new("p", [1; 16]);
        let identities = [
            Identity::Legacy { user: "u".into(), password },
            Identity::Provider {
                id: "X1".into(),
                certificates: vec![
                    CertificateName::Subject("UI:DK-O:G:1".into()),
                    CertificateName::Thumbprint("0a".into()),
                ],
            },
            Identity::Token(Secret::new("t", [2; 16])),
        ];
        callers.add(Caller { name: "One".into(), provider: None, rights, consumer: Consumer::default() }, identities);
        assert!(
            callers.legacy("u", "p").is_some()
                && callers.legacy("u", "q").is_none()
                && callers.legacy("v", "p").is_none()
        );
        assert!(callers.provider("x1").is_none());
        let provider = callers.provider("X1").unwrap();
        assert!(provider.owns("0A", None) && provider.owns("ff", Some("UI:DK-O:G:1")));
        assert!(!provider.owns("ff", None) && !provider.owns("ff", Some("UI:DK-O:G:2")));
        assert!(callers.token("t").is_some() && callers.token("").is_none());
        let rights = &callers.token("t").unwrap().rights;
        assert!(
            rights.covers("999001") && !rights.covers("999003") && rights.opens("ss12000") && !rights.opens("unilogin")
        );
        assert!(rights.agrees("wsieksport/lille", "999001") && !rights.agrees("wsieksport/lille", "999002"));
        assert!(!rights.agrees("wsieksport/mellem", "999001"));
        assert!(rights.agrees_somewhere("wsieksport/lille") && !rights.agrees_somewhere("wsieksport/mellem"));
        let only = |institutions: &[&str]| Rights {
            institutions: Some(institutions.iter().map(|it| (*it).to_owned()).collect()),
            ..rights.clone()
        };
        assert!(!only(&["999002"]).agrees_somewhere("wsieksport/lille"), "agreed with whom it may not see");
        let everywhere = Rights { agreements: None, ..only(&["999002"]) };
        assert!(everywhere.agrees_somewhere("wsiinst"));
        assert!(!Rights { institutions: Some(Vec::new()), ..everywhere }.agrees_somewhere("wsiinst"));
    }
}
