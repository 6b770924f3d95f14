//! The fictitious municipality behind `--demo`, who may call it, and what to try.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use wsse::{
    key::{self, Certificate},
    sign::Signer,
    trust::Trust,
};

use super::load;
use crate::{
    caller::{Caller, Callers, CertificateName, Consumer, Identity, Rights, Scopes, Secret},
    config::{self, Config},
    domain::{Licence, OrganisationNumber, Roster, Snapshot, UserId},
    face::{Faces, Options, seal::Signatures},
    source::{
        Source,
        intake::{Heading, Keeper, Mode},
    },
    standards::ss12000::{self, ids},
    store::{Memory, Sqlite, Store},
};

const DOCUMENTS: [(&str, &str); 7] = [
    ("institutions.xml", include_str!("../../fixtures/demo/institutions.xml")),
    ("999001.xml", include_str!("../../fixtures/demo/999001.xml")),
    ("999002.xml", include_str!("../../fixtures/demo/999002.xml")),
    ("999003.xml", include_str!("../../fixtures/demo/999003.xml")),
    ("999004.xml", include_str!("../../fixtures/demo/999004.xml")),
    ("999005.xml", include_str!("../../fixtures/demo/999005.xml")),
    ("999006.xml", include_str!("../../fixtures/demo/999006.xml")),
];

/// Its institutions.
///
/// # Panics
/// Never in a program whose tests have passed: the documents are part of it.
#[must_use]
pub fn municipality() -> Vec<Snapshot> {
    load::snapshots(DOCUMENTS.into_iter()).expect("the demo documents are part of the program, and a test reads them")
}

/// The certificates and keys of the demo. The keys are public, so nobody but the demo trusts what they sign.
const CLIENT: (&[u8], &[u8]) = (
    include_bytes!("../../fixtures/pki/demo-client.crt.pem"),
    include_bytes!("../../fixtures/pki/demo-client.key.pem"),
);
const SERVER: (&[u8], &[u8]) = (
    include_bytes!("../../fixtures/pki/demo-server.crt.pem"),
    include_bytes!("../../fixtures/pki/demo-server.key.pem"),
);
const ROOT: &[u8] = include_bytes!("../../fixtures/pki/demo-root.crt.pem");
const ISSUING: &[u8] = include_bytes!("../../fixtures/pki/demo-issuing.crt.pem");

fn certificates(pem: &[u8]) -> Vec<Certificate> {
    Certificate::from_pem(pem).expect("the certificates are part of the program, and a test reads them")
}

/// Trusts who the demo's root leads to, and signs with the demo's server key.
///
/// # Panics
/// As [`municipality`].
#[must_use]
pub fn signatures() -> Signatures {
    let trust = Trust::new(&certificates(ROOT), &certificates(ISSUING), &[]).expect("as the certificates");
    let limits = config::Signature::default();
    let identity = key::Identity::from_pem(SERVER.1, SERVER.0).expect("as the certificates");
    Signatures { verifier: Some(limits.verifier_with(trust)), signer: Some(Signer { identity: Arc::new(identity) }) }
}

/// Puts key and certificate of `DEMO01`, and whom the demo's answers lead to, where clients can be pointed at them.
pub(super) fn write_keys() -> io::Result<PathBuf> {
    let folder = tempfile::env::temp_dir().join("skolebro-demo");
    fs::create_dir_all(&folder)?;
    let files = [
        ("client.crt.pem", CLIENT.0),
        ("client.key.pem", CLIENT.1),
        ("server.crt.pem", SERVER.0),
        ("root.crt.pem", ROOT),
        ("issuing.crt.pem", ISSUING),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(folder)
}

/// Legacy user `demo` with password `demo`, provider system `DEMO01`, token `demo`; and `demo-minimal`, which sees neither
/// civil registration numbers nor who is behind an alias.
#[must_use]
pub fn callers() -> Callers {
    let mut callers = Callers::default();
    let certificate = certificates(CLIENT.0).swap_remove(0);
    let rights = |all: bool| Rights {
        institutions: None,
        agreements: None,
        civil_ids: all,
        protected: all,
        faces: None,
        ss12000: Scopes::ALL,
    };
    let secret = |text| Secret::new(text, *b"the demo's salt.");
    let demo = Caller {
        name: "demo".to_owned(),
        provider: Some("DEMO01".to_owned()),
        rights: rights(true),
        consumer: Consumer::default(),
    };
    let identities = [
        Identity::Legacy { user: "demo".to_owned(), password: secret("demo") },
        Identity::Provider {
            id: "DEMO01".to_owned(),
            certificates: vec![CertificateName::Thumbprint(certificate.thumbprint())],
        },
        Identity::Token(secret("demo")),
    ];
    callers.add(demo, identities);
    let minimal = Caller {
        name: "demo-minimal".to_owned(),
        provider: None,
        rights: rights(false),
        consumer: Consumer::default(),
    };
    callers.add(minimal, [Identity::Token(secret("demo-minimal"))]);
    callers
}

/// The municipality in a store that lasts as long as the process, so that imports can be tried.
///
/// # Panics
/// As [`municipality`]: nothing else is handed in.
#[must_use]
pub fn store() -> Sqlite {
    let store = Sqlite::in_memory().expect("a database in memory");
    for institution in municipality() {
        let Roster { organisation, exported_at, sources, groups, members } = institution.roster();
        store.keep_organisations(std::slice::from_ref(organisation)).expect("a database in memory");
        if exported_at.is_none() || sources.is_empty() {
            continue;
        }
        let heading = Heading {
            mode: Mode::Replica,
            institution: organisation.number.clone(),
            name: None,
            sources: sources.clone(),
            confirmed: true,
        };
        let mut intake = store.begin(heading).expect("a database in memory");
        groups.iter().try_for_each(|it| intake.group(it)).expect("a database in memory");
        members.iter().try_for_each(|it| intake.member(it)).expect("a database in memory");
        intake.commit().expect("a database in memory");
    }
    store
}

/// The licences of its groups.
///
/// # Panics
/// As [`municipality`].
#[must_use]
pub(super) fn licences() -> Vec<Licence> {
    let config: Config = toml::from_str(include_str!("../../fixtures/demo/licences.toml")).expect("as the documents");
    config.licences().expect("as the documents")
}

/// Every face over the municipality, with the default choices.
#[must_use]
pub fn faces() -> Faces {
    faces_over(municipality())
}

/// Every face over these institutions, for the callers of the demo.
#[must_use]
pub fn faces_over(institutions: impl IntoIterator<Item = Snapshot>) -> Faces {
    let mut config = Config::default();
    config.face.unilogin.signature_optional = true;
    let source: Arc<dyn Source> = Arc::new(Memory::new(institutions));
    let kept: Arc<dyn Store> = Arc::new(Sqlite::in_memory().expect("nothing but memory is needed"));
    let service = ss12000::serve::Service::new(config.face.ss12000.options(), ss12000::serve::Choices::default());
    Faces {
        ss12000: Arc::new(service.with_feed(super::feed::kept_by(&config, &kept).expect("the defaults fit"))),
        source,
        pulls: Arc::new(()),
        licences: licences(),
        keeper: None,
        callers: Arc::new(callers().into()),
        audit: None,
        signatures: signatures(),
        logins: None,
        options: Options::new(&config.face).expect("the defaults fit"),
        listen: config.listen,
    }
}

/// One SOAP call and one REST call for the same pupil, to be pasted.
pub(super) fn what_to_try(address: SocketAddr, keys: Option<&Path>) -> String {
    let keys = keys.map_or_else(
        || "no folder could be written".to_owned(),
        |it| format!("key, certificate and whom to trust are in {}", it.display()),
    );
    let (school, alma) = (OrganisationNumber::new("999001"), UserId::new("alma0001"));
    let person = ids::Mint::new(ids::DEFAULT_NAMESPACE).person(&school, ids::PersonKey::User(&alma));
    format!(
        "Skolebro {version} serves the fictitious Demo Kommune at http://{address}

The pupil Alma, asked for as an old SOAP client does, with a password in the body:

curl -s http://{address}/wsiinst-v5/ws -H 'Content-Type: application/soap+xml' -d '
<S:Envelope xmlns:S=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:u=\"https://unilogin.dk\" xmlns:i=\"https://wsiinst.unilogin.dk/ws\">
  <S:Body><i:hentInstBruger><u:wsBrugerid>demo</u:wsBrugerid><u:wsPassword>demo</u:wsPassword>
    <i:instnr>999001</i:instnr><i:brugerid>alma0001</i:brugerid></i:hentInstBruger></S:Body></S:Envelope>'

The same pupil as SS12000, with a token:

curl -s http://{address}/ss12000/v2.0/persons/{person} -H 'Authorization: Bearer demo'

Signed messages (BPI) come from UdbydersystemId DEMO01: {keys}.

Everything that is served: http://{address}/",
        version = env!("CARGO_PKG_VERSION"),
    )
}
