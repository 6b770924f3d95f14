//! What an installation chooses: a TOML file, then `SKOLEBRO__SECTION__KEY` from the environment on top of it.
//!
//! Only this room reads the environment. A wrong key is an error that names the line and the nearest right key.

use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path, time::Duration};

use serde::Deserialize;

use crate::{
    caller::Callers,
    domain::Licence,
    standards::{
        ss12000::{context::Options, serve::Choices, values::SchoolType},
        unilogin::dialect::{Dialect, DialectError},
    },
};

mod address;
mod audit;
mod callers;
mod feed;
mod licence;
mod login;
mod pull;
mod signature;
mod source;
mod ss12000;

pub use audit::Audit;
pub use callers::{AgreedService, AgreementEntry, CallerEntry, SecretText, Ss12000Version};
pub use feed::{Feed, NoticeStyle};
pub use licence::LicenceEntry;
pub use login::{KeysEntry, Login};
pub use pull::{Pull, Spent};
pub use signature::{KeyFiles, Signature, certificate_name, trust};
pub use source::{Limits, PackageName, SourceEntry, UNILOGIN};
pub use ss12000::Ss12000Entry;

/// All of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `[listen]`
    pub listen: Listen,
    /// `[store]`
    pub store: Store,
    /// `[face.*]`
    pub face: Face,
    /// `[[caller]]`
    #[serde(rename = "caller")]
    pub callers: Vec<CallerEntry>,
    /// `[[licence]]`
    #[serde(rename = "licence")]
    pub licences: Vec<LicenceEntry>,
    /// `[[source]]`
    #[serde(rename = "source")]
    pub sources: Vec<SourceEntry>,
    /// `[pull]`
    pub pull: Pull,
    /// `[login]`
    pub login: Login,
    /// `[audit]`
    pub audit: Audit,
    /// `[log]`
    pub log: Log,
}

/// Where we listen and how much we take.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Address and port.
    pub address: SocketAddr,
    /// How clients reach us, where that is not what their `Host` header says: `https://skole.example`.
    pub public_url: Option<String>,
    /// The largest body, in bytes, packed and unpacked.
    pub body: usize,
    /// The largest body of an import, in bytes, packed and unpacked. It is read as it arrives and never held.
    pub import_body: u64,
    /// Seconds until the header must have arrived.
    pub header_seconds: u64,
    /// Seconds until the body must have arrived; of an import, how long nothing may arrive; and how long a client may take
    /// nothing of its answer.
    pub body_seconds: u64,
    /// Connections at once; more wait.
    pub connections: usize,
}

impl Default for Listen {
    fn default() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        Self {
            address,
            public_url: None,
            body: 64 << 20,
            import_body: 2 << 30,
            header_seconds: 15,
            body_seconds: 60,
            connections: 1024,
        }
    }
}

impl Listen {
    /// Until the header must have arrived.
    #[must_use]
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_seconds)
    }

    /// Until the body must have arrived.
    #[must_use]
    pub fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_seconds)
    }
}

/// What is served.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// `sqlite:PATH`: a database, made if it is not there. `folder:PATH`: a folder of wsiEKSPORT 7 documents, and
    /// `institutions.xml` with the master data, read at the start and never written.
    pub url: String,
}

impl Default for Store {
    fn default() -> Self {
        Self { url: "sqlite:skolebro.db".into() }
    }
}

/// The faces.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Face {
    /// `[face.unilogin]`
    pub unilogin: UniloginFace,
    /// `[face.ss12000]`
    pub ss12000: Ss12000Face,
}

/// Choices of the SOAP face.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UniloginFace {
    /// The HTTP status of faults that are the sender's: 500 as SOAP says, or 400.
    pub sender_status: u16,
    /// Take BPI messages on the word of their `UdbydersystemId`, where they have no signature. Only where nobody else can reach us.
    pub signature_optional: bool,
    /// `[face.unilogin.signature]`
    pub signature: Signature,
    /// Take the common operations in the namespace of the service too, as widespread clients send them.
    pub lenient_namespaces: bool,
    /// Look-ups of people (wsiINST, wsiBRUGER) tell only of those who have a civil registration number, as the central
    /// services do. Any number but ten zeros counts, a replacement number too. It is about look-ups alone: exports hold everybody.
    pub require_civil_id: bool,
    /// A main group that an import refers to and that nobody has declared is made, with the level of the first pupil in it.
    pub implicit_main_groups: bool,
    /// Namespaces of wsaIMPORT and of wsiIDENTIFIKATION 5, whose names are not sure: ours, and the real one.
    pub namespaces: BTreeMap<String, String>,
    /// Elements and attributes of the answer to an import: ours, and the real one.
    pub answer_names: BTreeMap<String, String>,
}

impl Default for UniloginFace {
    fn default() -> Self {
        Self {
            sender_status: 500,
            signature_optional: false,
            signature: Signature::default(),
            lenient_namespaces: true,
            require_civil_id: false,
            implicit_main_groups: false,
            namespaces: BTreeMap::new(),
            answer_names: BTreeMap::new(),
        }
    }
}

impl UniloginFace {
    /// The names on the wire.
    ///
    /// # Errors
    /// A name that no contract has, with the nearest that one has; a name that cannot be one.
    pub fn dialect(&self) -> Result<Dialect, String> {
        Dialect::new(&self.namespaces, &self.answer_names).map_err(|why| match why {
            DialectError::Unknown { name, known } => {
                let nearest = known.iter().min_by_key(|it| strsim::damerau_levenshtein(&name, it));
                let nearest = nearest.map_or_else(String::new, |it| format!("; did you mean {it:?}?"));
                format!("face.unilogin: {name:?} is none of the names that can be others{nearest}")
            }
            DialectError::Same(name) => format!("face.unilogin.namespaces: {name:?} would stand for two namespaces"),
            DialectError::Invalid(name) => format!("face.unilogin: {name:?} cannot be a name"),
        })
    }
}

fn school_types<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Vec<SchoolType>>, D::Error> {
    let read = |name: String| {
        let why = || serde::de::Error::custom(format!("{name:?} is no school form of SS12000: GR, FS, FTH and so on"));
        SchoolType::parse(&name).ok_or_else(why)
    };
    let named = BTreeMap::<String, Vec<String>>::deserialize(from)?;
    named.into_iter().map(|(kind, forms)| Ok((kind, forms.into_iter().map(read).collect::<Result<_, _>>()?))).collect()
}

/// Choices of the SS12000 face.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ss12000Face {
    /// Where it is mounted; `/` is the root, for clients that drop the path of an address that they are given.
    pub prefix: String,
    /// The namespace of minted identifiers, where they must not be computable by whoever knows a user id.
    pub id_namespace: Option<uuid::Uuid>,
    /// Give `schoolUnitCode` too, with the institution number.
    pub school_unit_code: bool,
    /// The scope of `eduPersonPrincipalNames`: `skole.example` makes `anna0123@skole.example`.
    pub principal_name_scope: Option<String>,
    /// Make the administering municipality an organisation of its own, above its institutions.
    pub authority: bool,
    /// Tell municipalities by their Danish numbers, which a Swedish consumer may take for ones of its own.
    pub municipality_code: bool,
    /// Tell contact persons without custody as other responsibles.
    pub other_adults: bool,
    /// Tell adults whose access level is ordinary too: SS12000 has no place for the level, and a consumer may show them everything.
    pub limited_adults: bool,
    /// Tell children in day care as enroled in preschool, not as placed there.
    pub preschool_enrolments: bool,
    /// Tell pedagogues of day care and after-school groups as tasks of their duties.
    pub assignment_roles: bool,
    /// Tell who teaches which group by activities.
    pub activities: bool,
    /// School forms of institutions without pupils, by the code of their detailed kind.
    #[serde(deserialize_with = "school_types")]
    pub school_types: BTreeMap<String, Vec<SchoolType>>,
    /// Pass over names in `expand` that the standard does not know.
    pub lenient_expand: bool,
    /// What page tokens are sealed with, where several servers answer, or tokens are to outlast the process.
    pub page_token_secret: Option<SecretText>,
    /// `[face.ss12000.feed]`
    pub feed: Feed,
}

impl Default for Ss12000Face {
    fn default() -> Self {
        Self {
            prefix: "/ss12000/v2.0".into(),
            id_namespace: None,
            school_unit_code: false,
            principal_name_scope: None,
            authority: false,
            municipality_code: true,
            other_adults: false,
            limited_adults: true,
            preschool_enrolments: false,
            assignment_roles: true,
            activities: true,
            school_types: BTreeMap::new(),
            lenient_expand: false,
            page_token_secret: None,
            feed: Feed::default(),
        }
    }
}

impl Ss12000Face {
    /// The choices of the crosswalk.
    #[must_use]
    pub fn options(&self) -> Options {
        let mut options = Options::default();
        if let Some(namespace) = self.id_namespace {
            options.namespace = namespace;
        }
        options.school_unit_code = self.school_unit_code;
        options.authority = self.authority;
        options.municipality_code = self.municipality_code;
        options.other_adults = self.other_adults;
        options.limited_adults = self.limited_adults;
        options.preschool_enrolments = self.preschool_enrolments;
        options.assignment_roles = self.assignment_roles;
        options.activities = self.activities;
        options.school_types.clone_from(&self.school_types);
        options.principal_scope.clone_from(&self.principal_name_scope);
        options
    }

    /// The choices of the operations.
    ///
    /// # Errors
    /// A secret in a file that cannot be read.
    pub fn choices(&self) -> Result<Choices, String> {
        let token_secret = self.page_token_secret.as_ref().map(SecretText::text).transpose()?;
        if token_secret.as_ref().is_some_and(|it| it.len() < 16) {
            return Err("face.ss12000.page_token_secret: sixteen characters at least".to_owned());
        }
        Ok(Choices { lenient_expand: self.lenient_expand, token_secret })
    }
}

/// What is logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// A level or a filter as `tracing` reads it: `warn`, `skolebro=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into() }
    }
}

impl Config {
    /// The file if one is named, else `skolebro.toml` if it stands here, else the defaults; the environment on top.
    ///
    /// # Errors
    /// A file that cannot be read, or a setting that is wrong: file, line, key, what to do.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let standard = Path::new("skolebro.toml");
        let file = file.or_else(|| standard.exists().then_some(standard));
        let text = match file {
            None => String::new(),
            Some(file) => fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?,
        };
        let name = file.map_or_else(|| "the defaults".to_owned(), |it| it.display().to_string());
        let config: Self = toml::from_str(&text).map_err(|error| explained(&name, &text, &error))?;
        let overrides = overrides();
        if overrides.is_empty() {
            return Ok(config);
        }
        let mut table: toml::Table = text.parse().map_err(|error| explained(&name, &text, &error))?;
        for (key, value) in &overrides {
            let value = meant(&table, key, value)?;
            put(&mut table, key, value)?;
        }
        table.try_into().map_err(|error: toml::de::Error| {
            let names: Vec<String> = overrides.iter().map(|it| variable(&it.0)).collect();
            format!("with {} from the environment: {}", names.join(", "), with_nearest(error.message()))
        })
    }

    /// The licences of groups.
    ///
    /// # Errors
    /// A day that is none.
    pub fn licences(&self) -> Result<Vec<Licence>, String> {
        self.licences.iter().map(LicenceEntry::licence).collect()
    }

    /// Everybody who may call.
    ///
    /// # Errors
    /// A caller without an identity, or a secret that cannot be read.
    pub fn callers(&self) -> Result<Callers, String> {
        let mut callers = Callers::default();
        for entry in &self.callers {
            entry.add(&mut callers)?;
        }
        Ok(callers)
    }
}

/// The settings of the environment, as dotted keys in lower case.
#[allow(clippy::disallowed_methods)] // this is the place
fn overrides() -> Vec<(String, String)> {
    let own = |(name, value): (String, String)| {
        let key = name.strip_prefix("SKOLEBRO__")?.to_ascii_lowercase().replace("__", ".");
        Some((key, value))
    };
    let mut all: Vec<_> = std::env::vars().filter_map(own).collect();
    all.sort();
    all
}

/// The variable behind a dotted key.
fn variable(key: &str) -> String {
    format!("SKOLEBRO__{}", key.to_ascii_uppercase().replace('.', "__"))
}

/// What the text of a variable means: a value of TOML, or else the text itself, whichever the key takes.
fn meant(table: &toml::Table, key: &str, text: &str) -> Result<toml::Value, String> {
    let value = format!("value = {text}").parse::<toml::Table>().ok().and_then(|mut it| it.remove("value"));
    let mut refused = None;
    for value in value.into_iter().chain([toml::Value::String(text.to_owned())]) {
        let mut with = table.clone();
        put(&mut with, key, value.clone())?;
        match with.try_into::<Config>() {
            Ok(_) => return Ok(value),
            // Another variable may say what is missing.
            Err(error) if error.message().starts_with("missing field") => return Ok(value),
            Err(error) => refused = refused.or(Some(with_nearest(error.message()))),
        }
    }
    Err(format!("{}: {}", variable(key), refused.unwrap_or_default()))
}

fn put(table: &mut toml::Table, key: &str, value: toml::Value) -> Result<(), String> {
    let (sections, last) = key.rsplit_once('.').unwrap_or(("", key));
    let mut table = table;
    for section in sections.split('.').filter(|it| !it.is_empty()) {
        let next = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        table = next.as_table_mut().ok_or_else(|| format!("{}: {section} is not a section", variable(key)))?;
    }
    table.insert(last.to_owned(), value);
    Ok(())
}

/// Where the mistake is and what may have been meant.
fn explained(name: &str, text: &str, error: &toml::de::Error) -> String {
    let place = error.span().map(|span| {
        let before = &text[..span.start.min(text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(":{line}:{column}")
    });
    format!("{name}{}: {}", place.unwrap_or_default(), with_nearest(error.message()))
}

/// Adds the nearest of the keys that a message lists.
fn with_nearest(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((wrong, known)) = quoted.split_first().filter(|_| message.starts_with("unknown field")) else {
        return message.trim_end().to_owned();
    };
    let nearest = known.iter().map(|it| (strsim::damerau_levenshtein(wrong, it), it)).min();
    match nearest {
        Some((distance, nearest)) if distance <= 3 => format!("{}; did you mean `{nearest}`?", message.trim_end()),
        _ => message.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_names_the_line_and_the_nearest_right_one() {
        let text = "[listen]\naddress = \"127.0.0.1:1\"\nbodi = 3\n";
        let error = toml::from_str::<Config>(text).unwrap_err();
        let told = explained("skolebro.toml", text, &error);
        assert!(told.starts_with("skolebro.toml:3:1: unknown field `bodi`"), "{told}");
        assert!(told.ends_with("did you mean `body`?"), "{told}");
    }

    #[test]
    fn the_environment_goes_on_top() {
        let mut table: toml::Table = "[listen]\nbody = 1\n".parse().unwrap();
        let mut set = |key: &str, text: &str| {
            let value = meant(&table, key, text)?;
            put(&mut table, key, value)
        };
        for (key, text) in [
            ("listen.body", "2"),
            ("face.ss12000.prefix", "/v2.0"),
            ("face.ss12000.activities", "false"),
            ("pull.mass_deletion", "0.1"),
            ("pull.schedule", "[\"02:30\", \"14:00\"]"),
            ("face.ss12000.page_token_secret", "1234567890123456"),
        ] {
            assert_eq!(set(key, text), Ok(()), "{key}");
        }
        let refused = set("listen.bodi", "3").unwrap_err();
        assert!(refused.starts_with("SKOLEBRO__LISTEN__BODI: unknown field `bodi`"), "{refused}");
        let refused = set("pull.quota", "a few").unwrap_err();
        assert!(refused.starts_with("SKOLEBRO__PULL__QUOTA: invalid type: string"), "{refused}");
        assert!(set("listen.body.most", "1").unwrap_err().starts_with("SKOLEBRO__LISTEN__BODY__MOST: body is not a"));
        let config: Config = table.try_into().unwrap();
        let Ss12000Face { prefix, activities, page_token_secret, .. } = config.face.ss12000;
        assert_eq!((config.listen.body, prefix.as_str(), activities), (2, "/v2.0", false));
        assert_eq!(page_token_secret.unwrap().text().unwrap(), "1234567890123456");
        assert_eq!((config.pull.mass_deletion, config.pull.schedule.len()), (0.1, 2));
    }

    #[test]
    fn a_caller_needs_a_way_to_show_who_it_is() {
        let callers = |text: &str| toml::from_str::<Config>(text).unwrap().callers().map(|_| ());
        assert!(callers("[[caller]]\nname = 'A'\ntoken = 't'\n").is_ok());
        assert!(callers("[[caller]]\nname = 'A'\n").unwrap_err().contains("legacy_user"));
        assert!(callers("[[caller]]\nname = 'A'\nlegacy_user = 'u'\n").unwrap_err().contains("belong together"));
        assert!(callers("[[caller]]\nname = 'A'\ntoken = 'sha256:zz:1'\n").unwrap_err().contains("hexadecimal"));
    }
}
