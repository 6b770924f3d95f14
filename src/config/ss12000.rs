//! `[source.ss12000]`: how an SS12000 server elsewhere is asked and read.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{KeyFiles, SecretText, SourceEntry, address::Address, source::UNILOGIN};
use crate::{
    clock,
    source::http::{Http, Settings as HttpSettings},
    standards::ss12000::{
        context::{MarkedNames, Options, Unmarked},
        upstream::{Access, ClientCredentials, LEAST_OVERLAP, Limits, Losses, Settings, Ss12000},
    },
    store,
};

/// How an SS12000 server is asked and read.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ss12000Entry {
    /// A token that lasts.
    pub token: Option<SecretText>,
    /// The address of an OAuth2 token endpoint, which grants tokens for client credentials.
    pub token_endpoint: Option<String>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `client_secret`.
    pub client_secret: Option<SecretText>,
    /// `scope`, where one must be asked for.
    pub scope: Option<String>,
    /// Show id and secret in the form, for endpoints that do not take HTTP Basic.
    pub client_in_form: bool,
    /// Take people without `securityMarking` for not protected. Otherwise they are withheld.
    pub unmarked_is_open: bool,
    /// The names of protected people are aliases already.
    pub marked_names_are_aliases: bool,
    /// The main group of pupils of whom no single class is known. Without it they are withheld.
    pub stand_in_group: Option<String>,
    /// The name of the source that people are said to come from, who carry none.
    pub source_name: Option<String>,
    /// Institution numbers, user ids and keys of groups by SS12000 ids, for objects that do not carry their own.
    pub keys: BTreeMap<String, String>,
    /// Objects that are asked for on a page; 0 leaves it to the server.
    pub page_objects: usize,
    /// Pages of a list at most.
    pub pages: usize,
    /// The largest page, in bytes.
    pub page_bytes: usize,
    /// Seconds until a page has arrived.
    pub page_seconds: u64,
    /// The most that may be put aside before everything is read anew, in bytes.
    pub walk_bytes: u64,
    /// The most that ids and places of all objects may take in memory, in bytes.
    pub index_bytes: u64,
    /// The most that one institution may have of objects of a kind, in bytes.
    pub institution_bytes: u64,
    /// Seconds that reading everything may take.
    pub walk_seconds: u64,
    /// Seconds that the server may have us wait before we ask again.
    pub wait_seconds: u64,
    /// Seconds that what was read is good for: all institutions are pulled from it.
    pub fresh_seconds: u64,
    /// Hours after which everything is read again, and not only what has changed.
    pub full_hours: u64,
    /// So many seconds before the last reading changes are asked for; at least 600.
    pub overlap_seconds: u64,
}

impl Default for Ss12000Entry {
    fn default() -> Self {
        let Limits {
            page,
            pages,
            page_bytes,
            walk_bytes,
            index_bytes,
            institution_bytes,
            small_shelf: _,
            walk_time,
            tries: _,
            longest_wait,
            fresh,
            full_every,
            overlap,
        } = Limits::default();
        Self {
            token: None,
            token_endpoint: None,
            client_id: None,
            client_secret: None,
            scope: None,
            client_in_form: false,
            unmarked_is_open: false,
            marked_names_are_aliases: false,
            stand_in_group: None,
            source_name: None,
            keys: BTreeMap::new(),
            page_objects: page,
            pages,
            page_bytes,
            page_seconds: 120,
            walk_bytes,
            index_bytes,
            institution_bytes,
            walk_seconds: walk_time.as_secs(),
            wait_seconds: longest_wait.as_secs(),
            fresh_seconds: fresh.as_secs(),
            full_hours: full_every.as_secs() / 3600,
            overlap_seconds: overlap.as_secs(),
        }
    }
}

impl fmt::Debug for Ss12000Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ss12000Entry").field("token_endpoint", &self.token_endpoint).finish_non_exhaustive()
    }
}

impl SourceEntry {
    /// The SS12000 server as it is asked. What is read is put aside in a folder; without one all of it stays in memory.
    ///
    /// # Errors
    /// As [`SourceEntry::upstream`].
    pub fn ss12000(
        &self,
        now: fn() -> DateTime<Utc>,
        folder: Option<PathBuf>,
        losses: Box<Losses>,
    ) -> Result<Ss12000, String> {
        self.check()?;
        let entry = self.ss12000.clone().unwrap_or_default();
        let access = entry.access(self.mutual_tls).map_err(|why| self.wrong("ss12000", &why))?;
        let Self { certificate, key, pkcs12, password, .. } = self.clone();
        let files = KeyFiles { certificate, key, pkcs12, password };
        let identity = if self.mutual_tls { files.identity().map_err(|why| self.wrong("", &why))? } else { None };
        let mut http: HttpSettings = self.http(identity.as_ref())?;
        http.answer = Duration::from_secs(entry.page_seconds);
        http.most = entry.page_bytes;
        let http = Http::new(http).map_err(|why| self.wrong("", &why.told))?;
        Ok(Ss12000::new(Settings {
            name: self.name.clone(),
            base: self.base().to_owned(),
            access,
            options: entry.options(self.civil_numbers),
            limits: entry.limits(self.limits.tries),
            web: Box::new(http),
            shelves: Box::new(move || store::shelf(folder.clone())),
            losses,
            now: Box::new(move || clock::danish(now())),
        }))
    }

    /// Whether what needs no file is right, where it is an SS12000 server.
    pub(super) fn check_ss12000(&self) -> Result<(), String> {
        let entry = self.ss12000.clone().unwrap_or_default();
        if self.endpoint == UNILOGIN {
            return Err(
                self.wrong("endpoint", "it is missing; give the address with the prefix: https://skola.example/v2.0")
            );
        }
        self.check_keys_of_others()?;
        self.check_mutual_tls()?;
        self.check_address("endpoint", &self.endpoint)?;
        if let Some(address) = &entry.token_endpoint {
            self.check_address("ss12000.token_endpoint", address)?;
        }
        self.check_access(&entry)?;
        if Duration::from_secs(entry.overlap_seconds) < LEAST_OVERLAP {
            return Err(self.wrong("ss12000.overlap_seconds", "changes show late; it must be at least 600"));
        }
        let bounds = [entry.walk_bytes, entry.index_bytes, entry.institution_bytes, entry.walk_seconds];
        if entry.pages == 0 || entry.page_bytes == 0 || bounds.contains(&0) {
            let told =
                "pages, page_bytes, walk_bytes, index_bytes, institution_bytes and walk_seconds must be at least 1";
            return Err(self.wrong("ss12000", told));
        }
        let numbers = entry.keys.iter().find(|it| it.0.trim().is_empty() || it.1.trim().is_empty());
        match numbers {
            Some(_) => Err(self.wrong("ss12000.keys", "an id or a key is empty")),
            None => Ok(()),
        }
    }

    fn check_access(&self, entry: &Ss12000Entry) -> Result<(), String> {
        let granted = [entry.token_endpoint.is_some(), entry.client_id.is_some(), entry.client_secret.is_some()];
        match (entry.token.is_some(), granted) {
            (true, [false, false, false]) | (false, [true, true, true]) => {}
            // The certificate shows who we are.
            (false, [false, false, false]) if self.mutual_tls => {}
            _ => return Err(self.wrong("ss12000", HOW_TO_SHOW)),
        }
        let told = [("ss12000.scope", entry.scope.is_some()), ("ss12000.client_in_form", entry.client_in_form)];
        match told.into_iter().find(|it| it.1 && entry.token_endpoint.is_none()) {
            Some((key, _)) => Err(self.wrong(key, "it is for a token endpoint, and there is none; leave it out")),
            None => Ok(()),
        }
    }

    /// Keys that mean nothing to an SS12000 server. Whoever has written one expects something of it.
    fn check_keys_of_others(&self) -> Result<(), String> {
        let unilogin = [
            ("provider_system", !self.provider_system.is_empty()),
            ("package", self.package.is_some()),
            ("verify", self.verify.is_some()),
            ("trust", !self.trust.is_empty()),
            ("revocation", !self.revocation.is_empty()),
            ("old_lists", self.old_lists.is_some()),
        ];
        if let Some((key, _)) = unilogin.into_iter().find(|it| it.1) {
            return Err(self.wrong(key, "it belongs to kind = \"unilogin\"; leave it out"));
        }
        let shown = [
            ("certificate", self.certificate.is_some()),
            ("key", self.key.is_some()),
            ("pkcs12", self.pkcs12.is_some()),
            ("password", self.password.is_some()),
        ];
        match shown.into_iter().find(|it| it.1 && !self.mutual_tls) {
            Some((key, _)) => {
                let told =
                    "an SS12000 server is shown a certificate in TLS alone; set mutual_tls = true, or leave it out";
                Err(self.wrong(key, told))
            }
            None => Ok(()),
        }
    }

    /// An address that a token may travel to.
    fn check_address(&self, key: &str, address: &str) -> Result<(), String> {
        let Some(address) = Address::parse(address) else {
            let told = "it is no address of a server; write https://, the host and the path, without user or query";
            return Err(self.wrong(key, told));
        };
        if address.is_open() {
            return Err(self.wrong(key, "personal data and tokens must not travel unencrypted; write https://"));
        }
        Ok(())
    }
}

const HOW_TO_SHOW: &str = "give either token, or token_endpoint, client_id and client_secret; neither is needed where \
                           mutual_tls = true shows the server who we are";

impl Ss12000Entry {
    /// How we show who we are; `certified`, where a certificate does already.
    fn access(&self, certified: bool) -> Result<Access, String> {
        let text = |secret: &SecretText| match secret.text() {
            Ok(text) if text.is_empty() => Err("a secret must not be empty".to_owned()),
            other => other,
        };
        if let Some(token) = &self.token {
            let token = text(token)?;
            return match token.bytes().all(|it| it.is_ascii_graphic()) {
                true => Ok(Access::given(token)),
                false => Err("token: it holds blanks or other signs that no token has".to_owned()),
            };
        }
        let (Some(address), Some(id), Some(secret)) = (&self.token_endpoint, &self.client_id, &self.client_secret)
        else {
            return if certified { Ok(Access::certified()) } else { Err(HOW_TO_SHOW.to_owned()) };
        };
        Ok(Access::granted(ClientCredentials {
            address: address.trim().to_owned(),
            id: id.clone(),
            secret: text(secret)?,
            scope: self.scope.clone(),
            in_form: self.client_in_form,
        }))
    }

    fn options(&self, civil_numbers: bool) -> Options {
        let mut options = Options { civil_numbers, ..Options::default() };
        if self.unmarked_is_open {
            options.unmarked = Unmarked::Open;
        }
        if self.marked_names_are_aliases {
            options.marked_names = MarkedNames::Alias;
        }
        options.stand_in_group.clone_from(&self.stand_in_group);
        if let Some(name) = &self.source_name {
            options.source_name.clone_from(name);
        }
        options.known_keys.clone_from(&self.keys);
        options
    }

    fn limits(&self, tries: usize) -> Limits {
        let seconds = Duration::from_secs;
        Limits {
            page: self.page_objects,
            pages: self.pages,
            page_bytes: self.page_bytes,
            walk_bytes: self.walk_bytes,
            index_bytes: self.index_bytes,
            institution_bytes: self.institution_bytes,
            small_shelf: Limits::default().small_shelf,
            walk_time: seconds(self.walk_seconds),
            tries: u32::try_from(tries).unwrap_or(u32::MAX),
            longest_wait: seconds(self.wait_seconds),
            fresh: seconds(self.fresh_seconds),
            full_every: seconds(self.full_hours.saturating_mul(3600)),
            overlap: seconds(self.overlap_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn built(text: &str) -> Result<(), String> {
        let text = format!("[[source]]\nname = \"skola\"\nkind = \"ss12000\"\n{text}");
        let config: Config = toml::from_str(&text).map_err(|it| it.message().to_owned())?;
        config.sources[0].ss12000(crate::clock::now, None, Box::new(|_, _| {})).map(drop)
    }

    const HERE: &str = "endpoint = \"https://skola.example/api/v1/\"\n";

    #[test]
    fn a_server_is_built_from_its_entry() {
        built(&format!("{HERE}[source.ss12000]\ntoken = \"abc\"\nkeys = {{ \"92315f2e\" = \"101001\" }}\n")).unwrap();
        let granted = "[source.ss12000]\ntoken_endpoint = \"https://id.example/token\"\nclient_id = \"a\"\nclient_secret = \"b\"\n\
                       client_in_form = true\npage_objects = 500\nunmarked_is_open = true\n";
        built(&format!("{HERE}{granted}")).unwrap();
        for own in [
            "http://127.0.0.1:1/v2.0",
            "http://[::1]/v2.0",
            "http://[::1]:8080",
            "http://localhost/",
            "HTTPS://x.example/",
        ] {
            built(&format!("endpoint = {own:?}\n[source.ss12000]\ntoken = \"abc\"\n")).unwrap();
        }
        built(&format!("{HERE}civil_numbers = false\n[source.ss12000]\ntoken = \"abc\"\n")).unwrap();
    }

    const KEY: &str =
        "certificate = \"fixtures/pki/demo-client.crt.pem\"\nkey = \"fixtures/pki/demo-client.key.pem\"\n";

    /// A server that knows us by our certificate may want nothing else, or a token as well.
    #[test]
    fn a_certificate_may_be_enough() {
        for more in ["", "[source.ss12000]\npages = 7\n", "[source.ss12000]\ntoken = \"abc\"\n"] {
            built(&format!("{HERE}mutual_tls = true\n{KEY}{more}")).unwrap();
        }
    }

    /// What would be passed over in silence is refused by name.
    #[test]
    fn keys_of_other_kinds_of_servers_are_refused() {
        let unilogin = [
            "provider_system = \"X\"",
            "package = \"fuld\"",
            "verify = true",
            "trust = [\"x.pem\"]",
            "revocation = [\"x.crl\"]",
            "old_lists = false",
        ];
        for line in unilogin {
            let key = line.split(' ').next().unwrap();
            let told = built(&format!("{HERE}{line}\n[source.ss12000]\ntoken = \"a\"\n")).unwrap_err();
            assert_eq!(told, format!("source \"skola\".{key}: it belongs to kind = \"unilogin\"; leave it out"));
        }
        for line in ["certificate = \"x\"", "key = \"x\"", "pkcs12 = \"x\"", "password = \"x\""] {
            let key = line.split(' ').next().unwrap();
            let told = built(&format!("{HERE}{line}\n[source.ss12000]\ntoken = \"a\"\n")).unwrap_err();
            let why = "an SS12000 server is shown a certificate in TLS alone; set mutual_tls = true, or leave it out";
            assert_eq!(told, format!("source \"skola\".{key}: {why}"));
        }
    }

    #[test]
    fn mistakes_name_the_key_and_what_to_do() {
        let cases = [
            ("[source.ss12000]\ntoken = \"abc\"\n".to_owned(), "source \"skola\".endpoint: it is missing"),
            (HERE.to_owned(), "source \"skola\".ss12000: give either token, or token_endpoint"),
            (format!("{HERE}mutual_tls = true\n"), "source \"skola\".mutual_tls: there is no key"),
            (
                format!("{HERE}mutual_tls = true\n{KEY}[source.ss12000]\nclient_id = \"b\"\n"),
                "source \"skola\".ss12000: give either token, or token_endpoint",
            ),
            (
                "endpoint = \"http://[::2]/\"\n[source.ss12000]\ntoken = \"a\"\n".to_owned(),
                "must not travel unencrypted",
            ),
            ("endpoint = \"https://a/?b\"\n[source.ss12000]\ntoken = \"a\"\n".to_owned(), "no address of a server"),
            ("endpoint = \"https:a\"\n[source.ss12000]\ntoken = \"a\"\n".to_owned(), "no address of a server"),
            ("endpoint = \"ftp://a\"\n[source.ss12000]\ntoken = \"a\"\n".to_owned(), "no address of a server"),
            (
                format!(
                    "{HERE}[source.ss12000]\ntoken_endpoint = \"http://id.example\"\nclient_id = \"a\"\nclient_secret = \"b\"\n"
                ),
                "source \"skola\".ss12000.token_endpoint: personal data and tokens must not travel unencrypted",
            ),
            (format!("{HERE}[source.ss12000]\ntoken = \"a\"\nclient_id = \"b\"\n"), "give either token"),
            (
                format!("{HERE}[source.ss12000]\ntoken = \"a\"\nscope = \"b\"\n"),
                "source \"skola\".ss12000.scope: it is for a token endpoint",
            ),
            (
                format!("{HERE}mutual_tls = true\n{KEY}[source.ss12000]\nclient_in_form = true\n"),
                "source \"skola\".ss12000.client_in_form: it is for a token endpoint",
            ),
            (format!("{HERE}[source.ss12000]\ntoken = \"a b\"\n"), "signs that no token has"),
            (format!("{HERE}[source.ss12000]\ntoken = \"\"\n"), "must not be empty"),
            (format!("{HERE}[source.ss12000]\ntoken = {{ file = \"nowhere\" }}\n"), "nowhere: No such file"),
            (format!("{HERE}[source.ss12000]\ntoken = \"a\"\noverlap_seconds = 1\n"), "at least 600"),
            (format!("{HERE}[source.ss12000]\ntoken = \"a\"\npages = 0\n"), "must be at least 1"),
            (format!("{HERE}[source.ss12000]\ntokn = \"a\"\n"), "unknown field `tokn`"),
            (
                "endpoint = \"http://skola.example\"\n[source.ss12000]\ntoken = \"a\"\n".to_owned(),
                "must not travel unencrypted",
            ),
            ("endpoint = \"https://a@b/v2.0\"\n[source.ss12000]\ntoken = \"a\"\n".to_owned(), "no address of a server"),
        ];
        for (text, expected) in cases {
            let told = built(&text).unwrap_err();
            assert!(told.contains(expected), "{told}\n  is not: {expected}");
        }
    }
}
