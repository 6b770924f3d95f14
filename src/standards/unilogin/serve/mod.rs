//! The services, answered from a [`Source`](crate::source::Source): which request is whose, and who reads, answers and writes it.
//!
//! A contract that is served is a [`Port`], a variant of [`Request`] and [`Response`], and an arm of each `match` here; its
//! port type is implemented for a [`Counter`] in the file of its service. The newest version does the work; older ones check
//! their credentials, lift and lower.

use contracts::unilogin::{wsaimport, wsibruger, wsieksport, wsiidentifikation, wsiinst};
use soap::{
    Envelope,
    xml::{self, Decoder, Writer},
};

use super::{Authentication, Desk, Port, Refusal, Service, dialect::Dialect, import::answer::Answer};

pub use counter::Counter;
use counter::Legacy;
pub(super) use inst::is_fixed_group;

mod bruger;
mod counter;
pub mod eksport;
mod identifikation;
pub mod import;
mod inst;

/// A request that has been read.
#[derive(Debug)]
pub enum Request<'a> {
    /// Of wsiBRUGER 6.
    Bruger6(wsibruger::v6::Request<'a>),
    /// Of wsiBRUGER 7.
    Bruger7(wsibruger::v7::Request<'a>),
    /// Of wsiIDENTIFIKATION 5.
    Identifikation5(wsiidentifikation::v5::Request<'a>),
    /// Of wsiIDENTIFIKATION 6.
    Identifikation6(wsiidentifikation::v6::Request<'a>),
    /// Of wsiINST 5.
    Inst5(wsiinst::v5::Request<'a>),
    /// Of wsiINST 6.
    Inst6(wsiinst::v6::Request<'a>),
    /// Of wsiEKSPORT 6.
    Eksport6(wsieksport::v6::Request<'a>),
    /// Of wsiEKSPORT 7.
    Eksport7(wsieksport::v7::Request<'a>),
    /// Of wsaIMPORT 7.
    Import7(Box<wsaimport::v7::Request<'a>>),
    /// Of wsaIMPORT 8.
    Import8(Box<wsaimport::v8::Request<'a>>),
}

/// An answer that waits to be written.
#[derive(Debug)]
pub enum Response {
    /// Of wsiBRUGER 6.
    Bruger6(wsibruger::v6::Response<'static>),
    /// Of wsiBRUGER 7.
    Bruger7(wsibruger::v7::Response<'static>),
    /// Of wsiIDENTIFIKATION 5.
    Identifikation5(wsiidentifikation::v5::Response<'static>),
    /// Of wsiIDENTIFIKATION 6.
    Identifikation6(wsiidentifikation::v6::Response<'static>),
    /// Of wsiINST 5.
    Inst5(wsiinst::v5::Response<'static>),
    /// Of wsiINST 6.
    Inst6(wsiinst::v6::Response<'static>),
    /// Of wsiEKSPORT 6, unless it is an export.
    Eksport6(wsieksport::v6::Response<'static>),
    /// Of wsiEKSPORT 7, unless it is an export.
    Eksport7(wsieksport::v7::Response<'static>),
    /// An export, which may be made piece by piece.
    Pull(eksport::Pull),
    /// Of wsaIMPORT 7, unless something was handed in.
    Import7(wsaimport::v7::Response<'static>),
    /// Of wsaIMPORT 8, unless something was handed in.
    Import8(wsaimport::v8::Response<'static>),
    /// What became of what was handed in.
    Import(Answer),
}

impl Response {
    /// Writes the child of the body. The writer has the namespaces of the dialect.
    pub fn write(&self, dialect: &Dialect, writer: &mut Writer) {
        match self {
            Self::Bruger6(response) => response.encode(writer),
            Self::Bruger7(response) => response.encode(writer),
            Self::Identifikation5(response) => response.encode(writer),
            Self::Identifikation6(response) => response.encode(writer),
            Self::Inst5(response) => response.encode(writer),
            Self::Inst6(response) => response.encode(writer),
            Self::Eksport6(response) => response.encode(writer),
            Self::Eksport7(response) => response.encode(writer),
            Self::Pull(pull) => pull.write(writer),
            Self::Import7(response) => response.encode(writer),
            Self::Import8(response) => response.encode(writer),
            Self::Import(answer) => answer.write(dialect, writer),
        }
    }
}

/// Reads the request of an operation; the decoder stands in its element.
///
/// # Errors
/// The first violation.
pub fn ask<'a>(service: &Service, operation: usize, decoder: &mut Decoder<'a>) -> xml::Result<Request<'a>> {
    match service.port {
        Port::Bruger6 => wsibruger::v6::Request::decode(operation, decoder).map(Request::Bruger6),
        Port::Bruger7 => wsibruger::v7::Request::decode(operation, decoder).map(Request::Bruger7),
        Port::Identifikation5 => {
            wsiidentifikation::v5::Request::decode(operation, decoder).map(Request::Identifikation5)
        }
        Port::Identifikation6 => {
            wsiidentifikation::v6::Request::decode(operation, decoder).map(Request::Identifikation6)
        }
        Port::Inst5 => wsiinst::v5::Request::decode(operation, decoder).map(Request::Inst5),
        Port::Inst6 => wsiinst::v6::Request::decode(operation, decoder).map(Request::Inst6),
        Port::Eksport6 => wsieksport::v6::Request::decode(operation, decoder).map(Request::Eksport6),
        Port::Eksport7 => wsieksport::v7::Request::decode(operation, decoder).map(Request::Eksport7),
        Port::Import7 => wsaimport::v7::Request::decode(operation, decoder).map(|it| Request::Import7(Box::new(it))),
        Port::Import8 => wsaimport::v8::Request::decode(operation, decoder).map(|it| Request::Import8(Box::new(it))),
    }
}

/// Reads and answers a message whose envelope is open.
///
/// # Errors
/// A violation of the contract, a caller who is not known or has no right, a source that does not answer.
pub async fn answer(
    service: &Service,
    operation: usize,
    decoder: &mut Decoder<'_>,
    desk: &Desk<'_>,
) -> Result<Response, Refusal> {
    let request = ask(service, operation, decoder)?;
    Envelope::close(decoder)?;
    let legacy = Legacy { desk };
    match request {
        Request::Bruger6(request) => wsibruger::v6::answer(&legacy, request).await.map(Response::Bruger6),
        Request::Identifikation5(request) => {
            wsiidentifikation::v5::answer(&legacy, request).await.map(Response::Identifikation5)
        }
        Request::Inst5(request) => wsiinst::v5::answer(&legacy, request).await.map(Response::Inst5),
        Request::Eksport6(request) => eksport::answer_legacy(&legacy, request).await,
        Request::Import7(request) => import::answer_legacy(&legacy, *request).await,
        Request::Bruger7(_)
        | Request::Eksport7(_)
        | Request::Identifikation6(_)
        | Request::Import8(_)
        | Request::Inst6(_) => respond_to(request, &desk.counter(desk.provider()?)).await,
    }
}

/// Answers a request of somebody whose identity is known.
///
/// # Errors
/// A caller without right, a source that does not answer.
pub async fn respond_to(request: Request<'_>, counter: &Counter<'_>) -> Result<Response, Refusal> {
    match request {
        Request::Bruger7(request) => wsibruger::v7::answer(counter, request).await.map(Response::Bruger7),
        Request::Identifikation6(request) => {
            wsiidentifikation::v6::answer(counter, request).await.map(Response::Identifikation6)
        }
        Request::Inst6(request) => wsiinst::v6::answer(counter, request).await.map(Response::Inst6),
        Request::Eksport7(request) => eksport::answer(counter, request).await,
        Request::Import8(request) => import::answer(counter, *request).await,
        // A legacy message brings its own identity, so it is never asked in somebody's name.
        Request::Bruger6(_)
        | Request::Eksport6(_)
        | Request::Identifikation5(_)
        | Request::Import7(_)
        | Request::Inst5(_) => Err(Authentication::UserOrPassword.into()),
    }
}
