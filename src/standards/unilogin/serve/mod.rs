//! The services, answered from a [`Source`](crate::source::Source): which request is whose, and who reads, answers and writes it.
//!
//! A contract that is served is a [`Port`], a variant of [`Request`] and [`Response`], and an arm of each `match` here; its
//! port type is implemented for a [`Counter`] in the file of its service. The newest version does the work; older ones check
//! their credentials, lift and lower.

use contracts::unilogin::wsiinst;
use soap::{
    Envelope,
    xml::{self, Decoder, Writer},
};

use super::{Authentication, Desk, Port, Refusal, Service};

pub use counter::Counter;
use counter::Legacy;

mod counter;
mod inst;

/// A request that has been read.
#[derive(Debug)]
pub enum Request<'a> {
    /// Of wsiINST 5.
    Inst5(wsiinst::v5::Request<'a>),
    /// Of wsiINST 6.
    Inst6(wsiinst::v6::Request<'a>),
}

/// An answer that waits to be written.
#[derive(Debug)]
pub enum Response {
    /// Of wsiINST 5.
    Inst5(wsiinst::v5::Response<'static>),
    /// Of wsiINST 6.
    Inst6(wsiinst::v6::Response<'static>),
}

impl Response {
    /// Writes the child of the body.
    pub fn write(&self, writer: &mut Writer) {
        match self {
            Self::Inst5(response) => response.encode(writer),
            Self::Inst6(response) => response.encode(writer),
        }
    }
}

/// Reads the request of an operation; the decoder stands in its element.
///
/// # Errors
/// The first violation.
pub fn ask<'a>(service: &Service, operation: usize, decoder: &mut Decoder<'a>) -> xml::Result<Request<'a>> {
    match service.port {
        Port::Inst5 => wsiinst::v5::Request::decode(operation, decoder).map(Request::Inst5),
        Port::Inst6 => wsiinst::v6::Request::decode(operation, decoder).map(Request::Inst6),
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
        Request::Inst5(request) => wsiinst::v5::answer(&legacy, request).await.map(Response::Inst5),
        Request::Inst6(_) => respond_to(request, &desk.counter(desk.provider()?)).await,
    }
}

/// Answers a request of somebody whose identity is known.
///
/// # Errors
/// A caller without right, a source that does not answer.
pub async fn respond_to(request: Request<'_>, counter: &Counter<'_>) -> Result<Response, Refusal> {
    match request {
        Request::Inst6(request) => wsiinst::v6::answer(counter, request).await.map(Response::Inst6),
        // A legacy message brings its own identity, so it is never asked in somebody's name.
        Request::Inst5(_) => Err(Authentication::UserOrPassword.into()),
    }
}
