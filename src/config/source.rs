//! `[[source]]`: servers elsewhere that are asked.

use std::{fs, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use wsse::{key::Identity, replay::Seen, sign::Signer, trust::Trust, verify::Verifier};

use super::{KeyFiles, SecretText, Ss12000Entry, address::Address, trust};
use crate::{
    domain::OrganisationNumber,
    source::http::{Http, Settings},
    standards::unilogin::{
        eksport::Package,
        upstream::{Seal, Unilogin},
    },
};

/// The kinds of servers that can be asked.
const KINDS: [&str; 2] = ["unilogin", "ss12000"];

/// Where the services of Unilogin are.
pub const UNILOGIN: &str = "https://brugerdatabasen.stil.dk";

/// How long answers may be valid by their timestamps.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// A server elsewhere.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    /// A name for logs and commands.
    pub name: String,
    /// What it is: `unilogin`, `ss12000`.
    pub kind: String,
    /// Where it is, without the path of a service.
    #[serde(default = "unilogin")]
    pub endpoint: String,
    /// `UdbydersystemId`, as the provider's system was registered.
    #[serde(default)]
    pub provider_system: String,
    /// The institutions that it answers for; absent: all that have a data agreement.
    pub institutions: Option<Vec<String>>,
    /// The package of wsiEKSPORT that is pulled; the full one, if nothing is said.
    pub package: Option<PackageName>,
    /// Take civil registration numbers too, where there are any. People are told apart by them.
    #[serde(default = "yes")]
    pub civil_numbers: bool,
    /// A PEM file with the certificate that questions are signed with, then its issuers.
    pub certificate: Option<String>,
    /// A PEM file with its key.
    pub key: Option<String>,
    /// Instead of the two: a PKCS#12 file.
    pub pkcs12: Option<String>,
    /// Its password.
    pub password: Option<SecretText>,
    /// PEM files with the certificates whose signatures are trusted: the root of OCES3 and the issuers between.
    #[serde(default)]
    pub trust: Vec<String>,
    /// Files with revocation lists, PEM or DER. Nothing is fetched.
    #[serde(default)]
    pub revocation: Vec<String>,
    /// Go on with a revocation list when a newer one should have come.
    pub old_lists: Option<bool>,
    /// Verify the signatures of answers, if nothing is said. Without it anybody may have written them: only for servers of tests.
    pub verify: Option<bool>,
    /// Show the certificate in TLS too.
    #[serde(default)]
    pub mutual_tls: bool,
    /// PEM files with issuers of TLS certificates that are trusted beside those of the system.
    #[serde(default)]
    pub tls_trust: Vec<String>,
    /// The address of a proxy.
    pub proxy: Option<String>,
    /// Times and limits.
    #[serde(default)]
    pub limits: Limits,
    /// `[source.ss12000]`: what only an SS12000 server needs.
    pub ss12000: Option<Ss12000Entry>,
}

/// How long a server is waited for, and how often it is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Seconds until a connection stands.
    pub connect_seconds: u64,
    /// Seconds until a look-up is answered.
    pub answer_seconds: u64,
    /// Seconds that nothing may arrive of a pull.
    pub silence_seconds: u64,
    /// Seconds until a pull has arrived whole.
    pub pull_seconds: u64,
    /// Seconds that the server's clock may be from ours.
    pub skew_seconds: u32,
    /// How often a look-up is asked at most, where no answer begins. Pulls are asked once.
    pub tries: usize,
    /// Look-ups at once.
    pub at_once: usize,
    /// The largest pull, in bytes.
    pub pull_bytes: u64,
    /// So many look-ups in a row without an answer are enough to leave the server alone.
    pub failures: u32,
    /// For so many seconds at first, and longer the longer it lasts.
    pub rest_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_seconds: 5,
            answer_seconds: 15,
            silence_seconds: 60,
            pull_seconds: 3600,
            skew_seconds: 60,
            tries: 3,
            at_once: 32,
            pull_bytes: 8 << 30,
            failures: 5,
            rest_seconds: 10,
        }
    }
}

/// The packages, as they are written here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
pub enum PackageName {
    /// Names and user ids.
    Lille,
    /// And civil registration numbers, mail addresses.
    Mellem,
    /// And addresses, telephones, contact persons.
    #[default]
    Fuld,
    /// And the real names of protected persons.
    FuldMyndighed,
}

impl From<PackageName> for Package {
    fn from(name: PackageName) -> Self {
        match name {
            PackageName::Lille => Self::Small,
            PackageName::Mellem => Self::Medium,
            PackageName::Fuld => Self::Full,
            PackageName::FuldMyndighed => Self::FullMyndighed,
        }
    }
}

fn unilogin() -> String {
    UNILOGIN.to_owned()
}

const fn yes() -> bool {
    true
}

impl SourceEntry {
    /// The server as it is asked.
    ///
    /// # Errors
    /// What is wrong, at which key, and what to do.
    pub fn upstream(&self, now: fn() -> DateTime<Utc>) -> Result<Unilogin, String> {
        self.check()?;
        let identity = self.identity()?;
        let http = Http::new(self.http(identity.as_ref())?).map_err(|why| self.wrong("", &why.told))?;
        Ok(Unilogin {
            name: self.name.clone(),
            base: self.base().to_owned(),
            provider: self.provider_system.trim().to_owned(),
            package: self.package.unwrap_or_default().into(),
            civil_numbers: self.civil_numbers,
            seal: Seal {
                signer: identity.map(|it| Signer { identity: Arc::new(it) }),
                verifier: self.trusted()?.map(|it| self.verifier(it)),
                now,
            },
            courier: Box::new(http),
        })
    }

    /// The institutions that it answers for; nothing: all that have a data agreement.
    #[must_use]
    pub fn institutions(&self) -> Option<Vec<OrganisationNumber<'static>>> {
        let numbers = self.institutions.as_ref()?.iter();
        Some(numbers.map(|it| OrganisationNumber::new(it.trim().to_owned())).collect())
    }

    /// The address without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        self.endpoint.trim().trim_end_matches('/')
    }

    /// Whether what needs no file is right.
    ///
    /// # Errors
    /// As [`SourceEntry::upstream`].
    pub fn check(&self) -> Result<(), String> {
        match self.kind.as_str() {
            "unilogin" if self.ss12000.is_some() => {
                return Err(self.wrong("ss12000", "it belongs to kind = \"ss12000\""));
            }
            "unilogin" => {}
            "ss12000" => return self.check_ss12000(),
            "store" => {
                return Err(self.wrong("kind", "the own store is named by [store] url and needs no [[source]]"));
            }
            other => {
                let there = KINDS.join(", ");
                return Err(self.wrong("kind", &format!("{other:?} cannot be asked yet; there is: {there}")));
            }
        }
        if self.provider_system.trim().is_empty() {
            return Err(self.wrong("provider_system", "it is empty; give the UdbydersystemId that was registered"));
        }
        let Some(address) = Address::parse(self.base()).filter(|it| !it.has_path()) else {
            let told = format!("{:?} is no address of a server; write {UNILOGIN:?}", self.endpoint);
            return Err(self.wrong("endpoint", &told));
        };
        if address.is_open() {
            return Err(self.wrong("endpoint", "personal data must not travel unencrypted; write https://"));
        }
        if self.verifies() && self.trust.is_empty() {
            let told = "it is empty, so that no answer could be trusted; name the PEM files of the OCES3 root and its \
                        issuing authority (verify = false is for servers of tests)";
            return Err(self.wrong("trust", told));
        }
        self.check_mutual_tls()?;
        if self.limits.tries == 0 || self.limits.at_once == 0 {
            return Err(self.wrong("limits", "tries and at_once must be at least 1"));
        }
        Ok(())
    }

    pub(super) fn check_mutual_tls(&self) -> Result<(), String> {
        if self.mutual_tls && self.key.is_none() && self.pkcs12.is_none() {
            return Err(self.wrong("mutual_tls", "there is no key; give certificate and key, or pkcs12 and password"));
        }
        Ok(())
    }

    /// Whether the signatures of answers are verified.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.verify.unwrap_or(true)
    }

    /// The host that is asked, and its port; nothing, if the address is none.
    #[must_use]
    pub fn host_and_port(&self) -> Option<(String, u16)> {
        Address::parse(&self.endpoint).map(|it| it.host_and_port())
    }

    /// The key that questions are signed with; nothing, where none is configured and nothing is verified.
    ///
    /// # Errors
    /// As [`SourceEntry::upstream`].
    pub fn identity(&self) -> Result<Option<Identity>, String> {
        let Self { certificate, key, pkcs12, password, .. } = self.clone();
        let files = KeyFiles { certificate, key, pkcs12, password };
        match files.identity().map_err(|why| self.wrong("", &why))? {
            None if self.verifies() => {
                Err(self
                    .wrong("certificate", "questions must be signed; give certificate and key, or pkcs12 and password"))
            }
            found => Ok(found),
        }
    }

    /// Whose signatures are trusted; nobody is asked, where nothing is verified.
    ///
    /// # Errors
    /// As [`SourceEntry::upstream`].
    pub fn trusted(&self) -> Result<Option<Trust>, String> {
        if !self.verifies() {
            return Ok(None);
        }
        let trust = trust(&self.trust, &self.revocation).map_err(|why| self.wrong("trust", &why))?;
        Ok(Some(trust.with_old_lists(self.old_lists.unwrap_or_default())))
    }

    fn verifier(&self, trust: Trust) -> Verifier {
        let skew = TimeDelta::seconds(self.limits.skew_seconds.into());
        // An answer that relates to a question of ours has not been here before.
        Verifier::new(Arc::new(trust), skew, LIFETIME, Arc::new(Seen::new(1)))
    }

    pub(super) fn http(&self, identity: Option<&Identity>) -> Result<Settings, String> {
        let read = |file: &String| fs::read(file).map_err(|why| self.wrong("tls_trust", &format!("{file}: {why}")));
        let seconds = Duration::from_secs;
        let Limits {
            connect_seconds,
            answer_seconds,
            silence_seconds,
            pull_seconds,
            skew_seconds: _,
            tries,
            at_once,
            pull_bytes,
            failures,
            rest_seconds,
        } = self.limits;
        Ok(Settings {
            identity: identity.filter(|_| self.mutual_tls).map(Identity::to_pem),
            roots: self.tls_trust.iter().map(read).collect::<Result<_, _>>()?,
            proxy: self.proxy.clone(),
            connect: seconds(connect_seconds),
            answer: seconds(answer_seconds),
            silence: seconds(silence_seconds),
            whole: seconds(pull_seconds),
            tries,
            at_once,
            most_arriving: pull_bytes,
            failures,
            rest: seconds(rest_seconds),
            ..Settings::default()
        })
    }

    pub(super) fn wrong(&self, key: &str, why: &str) -> String {
        let dot = if key.is_empty() { "" } else { "." };
        format!("source {:?}{dot}{key}: {why}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn built(text: &str) -> Result<Unilogin, String> {
        let text = format!("[[source]]\nname = \"stil\"\nprovider_system = \"DEMO01\"\n{text}");
        let config: Config = toml::from_str(&text).map_err(|it| it.message().to_owned())?;
        config.sources[0].upstream(crate::clock::now)
    }

    const KEYS: &str = "certificate = \"fixtures/pki/demo-client.crt.pem\"\nkey = \"fixtures/pki/demo-client.key.pem\"\n\
         trust = [\"fixtures/pki/demo-root.crt.pem\", \"fixtures/pki/demo-issuing.crt.pem\"]\n";

    #[test]
    fn a_server_is_built_from_its_entry() {
        let made = built(&format!("kind = \"unilogin\"\npackage = \"fuldmyndighed\"\n{KEYS}")).map_err(drop).unwrap();
        assert_eq!((made.base.as_str(), made.package), (UNILOGIN, Package::FullMyndighed));
        assert!(made.seal.signer.is_some() && made.seal.verifier.is_some());
        let packed = "kind = \"unilogin\"\npkcs12 = \"fixtures/pki/demo-client.p12\"\npassword = \"demo\"\n\
             trust = [\"fixtures/pki/demo-root.crt.pem\"]\nmutual_tls = true\n";
        assert!(built(packed).is_ok());
        for own in ["http://127.0.0.1:1/", "http://[::1]", "http://[::1]:1/", "http://localhost"] {
            assert!(built(&format!("kind = \"unilogin\"\nverify = false\nendpoint = {own:?}\n")).is_ok(), "{own}");
        }
    }

    #[test]
    fn mistakes_name_the_key_and_what_to_do() {
        let unilogin = |rest: &str| format!("kind = \"unilogin\"\n{rest}");
        let cases = [
            (
                "kind = \"fint\"\n".to_owned(),
                "source \"stil\".kind: \"fint\" cannot be asked yet; there is: unilogin, ss12000",
            ),
            ("kind = \"store\"\n".to_owned(), "the own store is named by [store] url"),
            (unilogin(""), "source \"stil\".trust: it is empty"),
            (
                unilogin("trust = [\"fixtures/pki/demo-root.crt.pem\"]\n"),
                "source \"stil\".certificate: questions must be signed",
            ),
            (unilogin("verify = false\nmutual_tls = true\n"), "source \"stil\".mutual_tls: there is no key"),
            (unilogin("verify = false\nendpoint = \"brugerdatabasen.stil.dk\"\n"), "is no address of a server"),
            (unilogin("verify = false\nendpoint = \"https://x.example/bpi/wsiinst/6\"\n"), "is no address of a server"),
            (unilogin("verify = false\nendpoint = \"http://x.example\"\n"), "must not travel unencrypted"),
            (
                unilogin("trust = [\"nowhere.pem\"]\npkcs12 = \"nowhere.p12\"\n"),
                "source \"stil\": nowhere.p12: No such file",
            ),
            (unilogin("verify = false\nlimits = { tries = 0 }\n"), "tries and at_once must be at least 1"),
        ];
        for (text, expected) in cases {
            let told = built(&text).map(|_| ()).unwrap_err();
            assert!(told.contains(expected), "{told}\n  is not: {expected}");
        }
    }
}
