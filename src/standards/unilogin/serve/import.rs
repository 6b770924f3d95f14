//! wsaIMPORT: what is handed in is read while it arrives; everything else is answered as elsewhere. Version 8 does the work;
//! version 7 checks its credentials and is lifted.

use std::io::Read;

use contracts::unilogin::{
    common::{legacy, v3},
    wsaimport::{v7, v8},
};
use soap::xml::{Decoder, records::Records};

use super::{
    Response,
    counter::{Counter, Legacy},
};
use crate::{
    caller::Caller,
    source::{SourceError, SourceErrorKind, intake::Keeper},
    standards::unilogin::{
        Desk, Generation, Refusal, Service,
        import::{self, Proven, Reception, Version, answer::Answer},
        lift::Credentials,
    },
};

/// The service as data agreements name it.
pub(in super::super) const SERVICE: &str = "wsaimport";

/// Takes in a document. The decoder stands in the element of the operation, over what `records` told as its head. `proven` is
/// asked when everything has been read and before anything is kept. May wait.
///
/// # Errors
/// A message that breaks its contract, a caller who is not known or has no right, nobody who keeps what is handed in, input
/// that cannot be read, a store that fails.
pub fn take_in<R: Read>(
    service: &Service,
    operation: usize,
    decoder: Decoder<'_>,
    records: &mut Records<R>,
    desk: &Desk<'_>,
    proven: Proven<'_>,
) -> Result<Response, Refusal> {
    take(service, operation, decoder, records, desk, proven, |credentials| match credentials {
        Some(it) => desk.legacy(&it.user, &it.password),
        None => desk.provider(),
    })
    .map(Response::Import)
}

/// Takes in a small document that is there already, of somebody whose identity is known: the element of the operation. What
/// is told of it has no places, but says which person or group it is about. May wait.
///
/// # Errors
/// As [`take_in`].
pub fn take_in_text(
    service: &Service,
    operation: usize,
    text: &str,
    desk: &Desk<'_>,
    caller: &Caller,
) -> Result<Response, Refusal> {
    let mut records = import::records(text.as_bytes(), desk.dialect);
    let head = records.head().map_err(Refusal::from)?;
    let mut decoder = Decoder::new(&head, desk.dialect.namespaces);
    decoder.root()?;
    let answer = take(service, operation, decoder, &mut records, desk, &import::unsigned, |_| Ok(caller))?;
    Ok(Response::Import(answer.counted(text)))
}

fn take<'c, R: Read>(
    service: &Service,
    operation: usize,
    decoder: Decoder<'_>,
    records: &mut Records<R>,
    desk: &Desk<'_>,
    proven: Proven<'_>,
    identify: impl FnOnce(Option<Credentials<'_>>) -> Result<&'c Caller, Refusal>,
) -> Result<Answer, Refusal> {
    let mode = import::mode_of(service.contract, operation).ok_or_else(unsupported)?;
    let version = match service.generation {
        Generation::Legacy => Version::V7,
        Generation::Bpi => Version::V8,
    };
    let element = service.contract.operations[operation].input;
    let reception = Reception {
        keeper: desk.keeper,
        dialect: desk.dialect,
        implicit_main_groups: desk.implicit_main_groups,
        confirmed: false,
        proven,
        told: desk.told,
    };
    let identify = |credentials: Option<Credentials<'_>>| {
        let caller = identify(credentials)?;
        desk.keeper.map(|_: &dyn Keeper| caller).ok_or_else(unsupported)
    };
    import::message(version, mode, element, decoder, records, identify, reception)
}

fn unsupported() -> Refusal {
    SourceError::new(SourceErrorKind::Unsupported).into()
}

/// Answers a request of version 8 that hands nothing in.
pub(super) async fn answer(counter: &Counter<'_>, request: v8::Request<'_>) -> Result<Response, Refusal> {
    Ok(Response::Import8(match request {
        v8::Request::HelloWorldWithCertificate(v3::NoArgs) => v8::Response::HelloWorldWithCertificate(counter.hello()),
        v8::Request::HentDataAftaler(v3::NoArgs) => {
            let regnr = counter.agreements(SERVICE).await?;
            v8::Response::HentDataAftaler(v3::HentDataAftalerResponse { regnr })
        }
        // Whoever reads messages sees to it that these are taken in.
        v8::Request::ImporterXml(_) | v8::Request::ImporterDeltaXml(_) | v8::Request::ImporterSletXml(_) => {
            return Err(unsupported());
        }
    }))
}

/// Answers a request of version 7 that hands nothing in.
pub(super) async fn answer_legacy(desk: &Legacy<'_>, request: v7::Request<'_>) -> Result<Response, Refusal> {
    Ok(Response::Import7(match request {
        v7::Request::HelloWorld(legacy::NoArgs) => v7::Response::HelloWorld(Legacy::hello()),
        v7::Request::HelloWorldWithDb(legacy::NoArgs) => v7::Response::HelloWorldWithDb(desk.hello_with_time()),
        v7::Request::HelloWorldWithDbAndCredentials(it) => {
            v7::Response::HelloWorldWithDbAndCredentials(desk.hello_to(it)?)
        }
        v7::Request::HentDataAftaler(it) => {
            let regnr = desk.counter(it.into())?.agreements(SERVICE).await?;
            v7::Response::HentDataAftaler(legacy::HentDataAftalerResponse { regnr })
        }
        v7::Request::ImporterXml(_) | v7::Request::ImporterDeltaXml(_) | v7::Request::ImporterSletXml(_) => {
            return Err(unsupported());
        }
    }))
}
