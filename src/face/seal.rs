//! Signatures of BPI messages: who has signed a question, and the signature of its answer.

use std::iter;

use soap::xml::Decoder;
use tokio::task;
use wsse::{
    sign::{Signer, Style},
    verify::{Expects, Facts, Refused, Unproven, Verifier},
};

use super::{Faces, rescue::Trouble, stream::Outgoing};
use crate::{
    clock,
    standards::unilogin::{Generation, Refusal, Service, Signed, serve::eksport::Pull},
};

/// Whose signatures are taken, and with what answers are signed.
#[derive(Debug, Default)]
pub struct Signatures {
    /// Who verifies. Without one every signature is as good as none.
    pub verifier: Option<Verifier>,
    /// Who signs. Without one answers are not signed.
    pub signer: Option<Signer>,
}

impl Signatures {
    /// Verifies a whole message whose envelope the decoder has opened. Nothing, where it is not signed.
    pub(super) fn proven<'a>(
        &self,
        service: &Service,
        message: &'a str,
        decoder: &Decoder<'a>,
    ) -> Result<Option<Facts>, Trouble> {
        let Some(verifier) = self.verifier_of(service) else { return Ok(None) };
        match verifier.verify(message, Expects::Request, clock::now()) {
            Ok(verified) if verified.is_body_of(decoder) => Ok(Some(verified.facts().clone())),
            Ok(_) => Err(refused(service, Refused::Wrong("the body that is signed is not the body of the message"))),
            Err(Refused::Unsigned) => Ok(None),
            Err(why) => Err(refused(service, why)),
        }
    }

    /// Verifies the header of a message whose body is still arriving. Nothing, where it is not signed.
    pub(super) fn opened(&self, service: &Service, opening: &str) -> Result<Option<Unproven>, Trouble> {
        let Some(verifier) = self.verifier_of(service) else { return Ok(None) };
        match verifier.open(opening, Expects::Request, clock::now()) {
            Ok(unproven) => Ok(Some(unproven)),
            Err(Refused::Unsigned) => Ok(None),
            Err(why) => Err(refused(service, why)),
        }
    }

    /// Legacy messages have their credentials in the body.
    fn verifier_of(&self, service: &Service) -> Option<&Verifier> {
        self.verifier.as_ref().filter(|_| service.generation == Generation::Bpi)
    }
}

fn refused(service: &Service, why: Refused) -> Trouble {
    Trouble::Unilogin(Refusal::Signature(why), service.generation)
}

/// Who is told to have signed.
pub(super) fn signed<'f>(facts: Option<&'f Facts>, optional: bool) -> Signed<'f> {
    match facts {
        Some(facts) => Signed::By(facts.certificate()),
        None if optional => Signed::Needless,
        None => Signed::Missing,
    }
}

/// Signs an answer.
pub(super) fn sealed(signer: &Signer, answer: &str) -> Result<String, Trouble> {
    signer.sign(answer, Style::Response, clock::now()).map_err(|error| {
        tracing::error!(%error, "an answer cannot be signed");
        Trouble::Ours
    })
}

/// Signs an export that is made as it is sent: it is made twice, since the signature stands before what it is over. `opening` and
/// `rest` are its first making, cut behind the start tag of the body. The answer is the opening to send.
pub(super) async fn sealed_opening(
    signer: &Signer,
    opening: String,
    rest: impl Iterator<Item = String> + Send + 'static,
) -> Result<String, Trouble> {
    let signer = signer.clone();
    let signing = task::spawn_blocking(move || signer.sign_opening(&opening, rest, Style::Response, clock::now()));
    match signing.await {
        Ok(Ok(opening)) => Ok(opening),
        Ok(Err(error)) => {
            tracing::error!(%error, "an export cannot be signed");
            Err(Trouble::Ours)
        }
        Err(_) => Err(Trouble::Ours),
    }
}

/// Makes an export, and signs it where that is wanted.
pub(super) async fn export(
    faces: &Faces,
    pull: Pull,
    wrap: impl Fn(&mut soap::xml::Writer, &dyn Fn(&mut soap::xml::Writer)),
    is_signed: bool,
) -> Result<Outgoing, Trouble> {
    let mut pieces = pull.clone().pieces(&wrap);
    let first = pieces.next().unwrap_or_default();
    let signer = faces.signatures.signer.as_ref().filter(|_| is_signed);
    match signer {
        None if pieces.is_done() => Ok(first.into()),
        None => Ok(Outgoing::made(iter::once(first).chain(pieces).flat_map(|it| super::soap::slices(it.into())))),
        Some(signer) if pieces.is_done() => Ok(sealed(signer, &first)?.into()),
        Some(signer) => {
            let cut = first.find(BODY).map_or(0, |it| it + BODY.len());
            let opening = first[..cut].to_owned();
            let opening = sealed_opening(signer, opening, iter::once(first[cut..].to_owned()).chain(pieces)).await?;
            let mut pieces = pull.pieces(&wrap);
            let first = pieces.next().unwrap_or_default();
            let first = opening + &first[cut..];
            Ok(Outgoing::made(iter::once(first).chain(pieces).flat_map(|it| super::soap::slices(it.into()))))
        }
    }
}

/// The start tag of the body as envelopes of ours have it.
const BODY: &str = "<soap:Body>";
