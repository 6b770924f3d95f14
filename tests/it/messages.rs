//! The messages of every contract that has fixtures: read, written and told apart. One line a contract.

use std::{fmt, fs, path::Path};

use contracts::unilogin::{wsaimport, wsibruger, wsieksport, wsiidentifikation, wsiinst};
use soap::{
    Envelope,
    schema::Contract,
    xml::{Decoder, Writer},
};

/// What was said to a service, or by it.
#[derive(Debug, PartialEq)]
pub(crate) enum Said<Q, A> {
    Question(Q),
    Answer(A),
}

macro_rules! messages {
    ($($name:ident = $service:ident::$version:ident;)*) => {
        /// A message of one of the contracts.
        #[derive(PartialEq)]
        pub(crate) enum Message<'a> {
            $($name(Said<$service::$version::Request<'a>, $service::$version::Response<'a>>),)*
        }

        /// The contracts that have fixtures.
        pub(crate) static CONTRACTS: &[&Contract] = &[$(&$service::$version::CONTRACT),*];

        impl<'a> Message<'a> {
            /// Reads a message that the decoder stands in.
            fn read(contract: &'static Contract, decoder: &mut Decoder<'a>) -> soap::xml::Result<Self> {
                let name = decoder.name();
                let is_it = |it: &soap::schema::Element| (it.name.namespace, it.name.local) == name;
                let input = contract.operations.iter().position(|it| is_it(it.input));
                let output = contract.operations.iter().position(|it| is_it(it.output));
                $(if std::ptr::eq(contract, &$service::$version::CONTRACT) {
                    return match (input, output) {
                        (Some(it), _) => $service::$version::Request::decode(it, decoder).map(|it| Self::$name(Said::Question(it))),
                        (_, Some(it)) => $service::$version::Response::decode(it, decoder).map(|it| Self::$name(Said::Answer(it))),
                        _ => Err(decoder.unreachable()),
                    };
                })*
                Err(decoder.unreachable())
            }

            /// Writes the message, bare.
            pub(crate) fn encode(&self) -> String {
                let mut writer = Writer::new(contracts::NAMESPACES);
                match self {
                    $(Self::$name(Said::Question(it)) => it.encode(&mut writer),
                    Self::$name(Said::Answer(it)) => it.encode(&mut writer),)*
                }
                writer.finish()
            }
        }

        /// As the generated types tell themselves.
        impl fmt::Debug for Message<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name(Said::Question(it)) => it.fmt(f),
                    Self::$name(Said::Answer(it)) => it.fmt(f),)*
                }
            }
        }
    };
}

messages! {
    Bruger6 = wsibruger::v6;
    Bruger7 = wsibruger::v7;
    Eksport6 = wsieksport::v6;
    Eksport7 = wsieksport::v7;
    Identifikation5 = wsiidentifikation::v5;
    Identifikation6 = wsiidentifikation::v6;
    Import7 = wsaimport::v7;
    Import8 = wsaimport::v8;
    Inst5 = wsiinst::v5;
    Inst6 = wsiinst::v6;
}

pub(crate) static INST5: &Contract = &wsiinst::v5::CONTRACT;
pub(crate) static INST6: &Contract = &wsiinst::v6::CONTRACT;
pub(crate) static EKSPORT6: &Contract = &wsieksport::v6::CONTRACT;
pub(crate) static EKSPORT7: &Contract = &wsieksport::v7::CONTRACT;

impl<'a> Message<'a> {
    /// Reads the message in an envelope, or bare.
    pub(crate) fn decode(contract: &'static Contract, text: &'a str) -> soap::xml::Result<Self> {
        let mut decoder = Decoder::new(text, contracts::NAMESPACES);
        decoder.root()?;
        if decoder.name().1 == "Envelope" {
            decoder = Decoder::new(text, contracts::NAMESPACES);
            Envelope::open(&mut decoder, |_, _| true).unwrap();
        }
        Self::read(contract, &mut decoder)
    }
}

/// The folder of a contract's fixtures, below `fixtures/unilogin`: `wsiinst/v6`.
pub(crate) fn folder_of(contract: &Contract) -> String {
    let (service, version) = contract.path.strip_prefix("unilogin/").unwrap().split_once('/').unwrap();
    format!("{service}/v{version}")
}

/// The contract of a fixture, by the folders it lies in.
pub(crate) fn contract_of(path: &Path) -> &'static Contract {
    let path = path.display().to_string();
    let is_in = |it: &&&Contract| path.contains(&format!("/unilogin/{}/", folder_of(it)));
    CONTRACTS.iter().find(is_in).unwrap_or_else(|| panic!("{path} is of no contract"))
}

/// The envelopes of a name below a folder of `fixtures/unilogin`.
pub(crate) fn envelopes(folder: &str, name: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let root = format!("fixtures/unilogin/{folder}");
    for entry in fs::read_dir(&root).unwrap_or_else(|why| panic!("{root}: {why}")) {
        let path = entry.unwrap().path().join(name);
        found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
    }
    found.sort();
    found
}
