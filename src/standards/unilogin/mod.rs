//! The Unilogin SkoleGrunddata services: SOAP 1.2, document/literal, contracts under `wsdl/unilogin/`.
//!
//! Two generations of the same services: legacy, with user and password in the body, and BPI, with a signature and the
//! header `UdbydersystemId`. Messages of older versions are lifted into the newest, which alone the crosswalk knows.

use contracts::unilogin::{wsaimport, wsibruger, wsieksport, wsiidentifikation, wsiinst};
use soap::{
    fault::Subcode,
    schema::Contract,
    xml::{Violation, Writer, records::StreamError},
};

use crate::{
    caller::{Caller, Callers},
    domain::Licence,
    source::{
        Pulls, Source, SourceError,
        intake::{IntakeError, Keeper},
        told::Told,
    },
};
use dialect::Dialect;
use serve::Counter;
use wsse::key::Certificate;

pub mod bruger;
pub mod bruger_v6;
pub mod codes;
pub mod dialect;
pub mod documents;
pub mod eksport;
pub mod eksport_v6;
pub mod identifikation;
pub mod identifikation_v5;
pub mod import;
pub mod inst;
pub mod inst_v5;
pub mod json;
pub mod leaves;
pub mod lift;
pub mod message;
mod packages;
pub mod serve;
pub mod places;
pub mod register;
pub mod stream;
pub mod upstream;
mod values;

/// How callers show who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// `wsBrugerid` and `wsPassword` in the body.
    Legacy,
    /// `UdbydersystemId` in the header, and a signature.
    Bpi,
}

/// The port types that are served: a contract each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// wsiBRUGER 6.
    Bruger6,
    /// wsiBRUGER 7.
    Bruger7,
    /// wsiIDENTIFIKATION 5.
    Identifikation5,
    /// wsiIDENTIFIKATION 6.
    Identifikation6,
    /// wsiINST 5.
    Inst5,
    /// wsiINST 6.
    Inst6,
    /// wsiEKSPORT 6.
    Eksport6,
    /// wsiEKSPORT 7.
    Eksport7,
    /// wsaIMPORT 7.
    Import7,
    /// wsaIMPORT 8.
    Import8,
}

/// A service as it is served.
#[derive(Debug)]
pub struct Service {
    /// The path its clients know.
    pub path: &'static str,
    /// Its contract.
    pub contract: &'static Contract,
    /// How its callers show who they are.
    pub generation: Generation,
    /// Who answers.
    pub port: Port,
}

/// Every service that is served.
pub static SERVICES: &[Service] = &[
    bpi("/bpi/wsiinst/6", &wsiinst::v6::CONTRACT, Port::Inst6),
    legacy("/wsiinst-v5/ws", &wsiinst::v5::CONTRACT, Port::Inst5),
    bpi("/bpi/wsibruger/7", &wsibruger::v7::CONTRACT, Port::Bruger7),
    legacy("/wsibruger-v6/ws", &wsibruger::v6::CONTRACT, Port::Bruger6),
    bpi("/bpi/wsiidentifikation/6", &wsiidentifikation::v6::CONTRACT, Port::Identifikation6),
    legacy("/wsiidentifikation-v5/ws", &wsiidentifikation::v5::CONTRACT, Port::Identifikation5),
    bpi("/bpi/wsieksport/7", &wsieksport::v7::CONTRACT, Port::Eksport7),
    legacy("/wsieksport-v6/ws", &wsieksport::v6::CONTRACT, Port::Eksport6),
    bpi("/bpi/wsaimport/8", &wsaimport::v8::CONTRACT, Port::Import8),
    legacy("/wsaimport-v7/ws", &wsaimport::v7::CONTRACT, Port::Import7),
];

const fn bpi(path: &'static str, contract: &'static Contract, port: Port) -> Service {
    Service { path, contract, generation: Generation::Bpi, port }
}

const fn legacy(path: &'static str, contract: &'static Contract, port: Port) -> Service {
    Service { path, contract, generation: Generation::Legacy, port }
}

impl Service {
    /// The contract without its authority: `wsiinst/6`.
    #[must_use]
    pub fn short_path(&self) -> &'static str {
        self.contract.path.split_once('/').map_or(self.contract.path, |it| it.1)
    }

    /// Whether an operation hands something in: it is read while it arrives, and asking is not enough.
    #[must_use]
    pub fn takes_in(&self, operation: usize) -> bool {
        matches!(self.port, Port::Import7 | Port::Import8) && import::mode_of(self.contract, operation).is_some()
    }

    /// Whether its questions hold national identity numbers, which must not stand in an address: addresses are logged.
    #[must_use]
    pub const fn is_shy(&self) -> bool {
        matches!(self.port, Port::Identifikation5 | Port::Identifikation6)
    }
}

/// Who has signed a message, as far as that has been verified.
#[derive(Debug, Clone, Copy)]
pub enum Signed<'s> {
    /// Whoever has the key of this certificate.
    By(&'s Certificate),
    /// Nobody.
    Missing,
    /// Nobody, and nobody need: the word of the header is taken.
    Needless,
}

/// What an answer is made of: whom to ask, who asks, and when.
pub struct Desk<'s> {
    /// Whom to ask.
    pub source: &'s dyn Source,
    /// Who may ask.
    pub callers: &'s Callers,
    /// `UdbydersystemId` of the request.
    pub provider: Option<&'s str>,
    /// Who has signed the request.
    pub signed: Signed<'s>,
    /// Whether look-ups of people tell only of those who are identified by a civil registration number.
    pub require_civil_id: bool,
    /// Who counts what is pulled.
    pub pulls: &'s dyn Pulls,
    /// The licences of groups.
    pub licences: &'s [Licence],
    /// Who keeps what is handed in.
    pub keeper: Option<&'s dyn Keeper>,
    /// Whether main groups of imports are made by being referred to.
    pub implicit_main_groups: bool,
    /// The names on the wire.
    pub dialect: &'s Dialect,
    /// Where it is noted what the answer tells of people.
    pub told: &'s Told,
    /// What time it is, for the operations that tell.
    pub now: fn() -> chrono::DateTime<chrono::Utc>,
}

impl<'s> Desk<'s> {
    /// Where this caller is served.
    #[must_use]
    pub fn counter(&self, caller: &'s Caller) -> Counter<'s> {
        let Self { source, pulls, licences, require_civil_id, told, now, .. } = *self;
        told.caller(&caller.name);
        Counter { source, caller, pulls, licences, require_civil_id, told, now }
    }

    /// The caller behind a BPI message.
    fn provider(&self) -> Result<&'s Caller, Refusal> {
        let id = self.provider.filter(|it| !it.is_empty()).ok_or(Authentication::ProviderIdMissing)?;
        if matches!(self.signed, Signed::Missing) {
            return Err(Authentication::SignatureMissing.into());
        }
        // Who is nobody and who is somebody else look the same.
        if let Signed::By(certificate) = self.signed {
            certificate.subject().id.iter().for_each(|it| self.told.subject(it));
        }
        let provider = self.callers.provider(id).ok_or(Authentication::UserOrPassword)?;
        self.told.claimed(&provider.caller.name);
        if let Signed::By(certificate) = self.signed
            && !provider.owns(&certificate.thumbprint(), certificate.subject().id.as_deref())
        {
            return Err(Authentication::UserOrPassword.into());
        }
        self.admitted(provider.caller)
    }

    /// The caller behind a legacy message.
    fn legacy(&self, user: &str, password: &str) -> Result<&'s Caller, Refusal> {
        let caller = self.callers.legacy(user.trim(), password).ok_or_else(|| {
            self.callers.legacy_named(user.trim()).iter().for_each(|it| self.told.claimed(&it.name));
            Authentication::UserOrPassword
        })?;
        self.admitted(caller)
    }

    fn admitted(&self, caller: &'s Caller) -> Result<&'s Caller, Refusal> {
        self.told.caller(&caller.name);
        if caller.rights.opens("unilogin") { Ok(caller) } else { Err(Authentication::Rights.into()) }
    }
}

/// Why a service does not answer.
#[derive(Debug)]
pub enum Refusal {
    /// The message breaks its contract.
    Violation(Box<Violation>),
    /// The contract's own fault.
    Authentication(Authentication),
    /// The contract's own fault: the signature is not taken, and why.
    Signature(wsse::verify::Refused),
    /// The source has no answer.
    Source(SourceError),
    /// The message cannot be read to its end.
    Input(std::io::Error),
    /// What was handed in cannot be kept.
    Intake(IntakeError),
}

impl From<Box<Violation>> for Refusal {
    fn from(violation: Box<Violation>) -> Self {
        Self::Violation(violation)
    }
}

impl From<StreamError> for Refusal {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Violation(violation) => Self::Violation(violation),
            StreamError::Io(why) => Self::Input(why),
        }
    }
}

impl From<Authentication> for Refusal {
    fn from(authentication: Authentication) -> Self {
        Self::Authentication(authentication)
    }
}

/// What a service elsewhere says of an institution's agreement is true for whoever asks here, and told in the same words.
/// Everything else that it has against us is our trouble and not the asker's.
impl From<SourceError> for Refusal {
    fn from(error: SourceError) -> Self {
        let cause = error.cause.as_ref().and_then(|it| it.downcast_ref());
        match cause {
            Some(upstream::Trouble::Fault(upstream::Fault {
                authentication: Some(Authentication::Rights), ..
            })) => Self::Authentication(Authentication::Rights),
            Some(_) | None => Self::Source(error),
        }
    }
}

/// The reasons of `authentificationError`, spelt as in the contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// Wrong user or password.
    UserOrPassword,
    /// No right to the data.
    Rights,
    /// No `UdbydersystemId`.
    ProviderIdMissing,
    /// Not signed.
    SignatureMissing,
    /// Wrongly signed.
    Signature,
}

impl Authentication {
    /// As the contracts spell it.
    #[must_use]
    pub const fn value(self) -> &'static str {
        match self {
            Self::UserOrPassword => "BrugeridEllerPassword",
            Self::Rights => "Rettigheder",
            // The missing letter is the contract's.
            Self::ProviderIdMissing => "UdbydersytemIdMangler",
            Self::SignatureMissing => "SignaturMangler",
            Self::Signature => "Signatur",
        }
    }

    /// The reason that is spelt so.
    #[must_use]
    pub fn named(value: &str) -> Option<Self> {
        use Authentication::{ProviderIdMissing, Rights, Signature, SignatureMissing, UserOrPassword};
        let all = [UserOrPassword, Rights, ProviderIdMissing, SignatureMissing, Signature];
        all.into_iter().find(|it| it.value() == value)
    }

    /// What a person reads: language and text. One only, since gSOAP drops a fault that has two.
    #[must_use]
    pub const fn reason(self, generation: Generation) -> (&'static str, &'static str) {
        let text = match self {
            Self::UserOrPassword if matches!(generation, Generation::Bpi) => {
                "UdbydersystemId er ukendt, eller certifikatet er ikke systemets. (Unknown UdbydersystemId, or the certificate is not \
                 the system's.)"
            }
            Self::UserOrPassword => {
                "Brugeren findes ikke, eller passwordet er forkert. (Unknown user or wrong password.)"
            }
            Self::Rights => "Der er ingen ret til disse data. (There is no right to these data.)",
            Self::ProviderIdMissing => {
                "Beskeden har ingen header UdbydersystemId. (The message has no header UdbydersystemId.)"
            }
            Self::SignatureMissing => "Beskeden er ikke signeret. (The message is not signed.)",
            Self::Signature => "Signaturen passer ikke til beskeden. (The signature does not fit the message.)",
        };
        ("da", text)
    }

    /// The subcode and the detail in the words of the generation. The legacy contract has only the first two reasons.
    #[must_use]
    pub fn detail(self, generation: Generation) -> (Subcode, String) {
        let (namespace, element) = match generation {
            Generation::Legacy => {
                ("https://unilogin.dk", &contracts::unilogin::common::legacy::AUTHENTIFICATION_ERROR_ELEMENT)
            }
            Generation::Bpi => (
                "https://brugerdatabasen.stil.dk/bpi/common/3",
                &contracts::unilogin::common::v3::AUTHENTIFICATION_ERROR_ELEMENT,
            ),
        };
        let mut writer = Writer::new(contracts::NAMESPACES);
        writer.declare(element.namespaces);
        writer.start("uni:authentificationError");
        writer.string("uni:type", self.value());
        writer.close("uni:authentificationError");
        (Subcode { namespace: namespace.to_owned(), local: self.value().to_owned() }, writer.finish())
    }
}

/// The addressing header blocks of a BPI answer.
#[derive(Debug, Clone)]
pub struct Addressing {
    /// `wsa:Action`.
    pub action: String,
    /// `wsa:Action` of the contract's fault.
    fault_action: String,
    /// `wsa:MessageID`, the same however often the answer is written.
    message_id: String,
    /// `wsa:MessageID` of the request, unchanged.
    pub relates_to: Option<String>,
}

impl Addressing {
    /// Of the answer of an operation. The contracts name no actions, so they are WS-Addressing's defaults.
    fn new(service: &Service, operation: usize, dialect: &Dialect, relates_to: Option<String>) -> Self {
        let Contract { namespace, port_type, operations, .. } = service.contract;
        let of = format!("{}/{port_type}/{}", dialect.uri(namespace), operations[operation].name);
        Self {
            action: format!("{of}Response"),
            fault_action: format!("{of}/Fault/authentificationFault"),
            message_id: format!("urn:uuid:{}", uuid::Uuid::new_v4()),
            relates_to,
        }
    }

    /// Of a fault instead: the contract's own, or any other.
    #[must_use]
    pub fn of_fault(&self, is_declared: bool) -> Self {
        let any = || "http://www.w3.org/2005/08/addressing/soap/fault".to_owned();
        let action = if is_declared { self.fault_action.clone() } else { any() };
        Self { action, ..self.clone() }
    }

    /// Writes Action, `MessageID`, To and `RelatesTo`, in this order.
    pub fn write(&self, writer: &mut Writer) {
        let mut block = |tag: &'static str, text: &str| {
            writer.declare(&[soap::xml::namespace::WSA]);
            writer.string(tag, text);
        };
        block("wsa:Action", &self.action);
        block("wsa:MessageID", &self.message_id);
        block("wsa:To", "http://www.w3.org/2005/08/addressing/anonymous");
        if let Some(relates_to) = &self.relates_to {
            block("wsa:RelatesTo", relates_to);
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::unilogin::common::{legacy, v3};
    use soap::xml::{Decode, Decoder};

    use super::*;

    /// Every detail is what its contract says; the legacy one knows the first two reasons only.
    #[test]
    fn details_of_faults_keep_to_the_contract() {
        use Authentication::{ProviderIdMissing, Rights, Signature, SignatureMissing, UserOrPassword};
        for (at, reason) in
            [UserOrPassword, Rights, ProviderIdMissing, SignatureMissing, Signature].into_iter().enumerate()
        {
            let (subcode, detail) = reason.detail(Generation::Bpi);
            let mut decoder = Decoder::new(&detail, contracts::NAMESPACES);
            decoder.root().unwrap();
            let error = v3::AuthentificationError::decode(&mut decoder).unwrap();
            assert_eq!(error.type_.as_str(), subcode.local);
            let mut writer = Writer::new(contracts::NAMESPACES);
            writer.root(&v3::AUTHENTIFICATION_ERROR_ELEMENT, &error);
            assert_eq!(writer.finish(), detail);
            let (_, detail) = reason.detail(Generation::Legacy);
            let mut decoder = Decoder::new(&detail, contracts::NAMESPACES);
            decoder.root().unwrap();
            assert_eq!(legacy::AuthentificationError::decode(&mut decoder).is_ok(), at < 2, "{reason:?}");
        }
    }
}
