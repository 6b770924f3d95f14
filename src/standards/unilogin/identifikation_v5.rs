//! wsiIDENTIFIKATION 5, lifted into and lowered from wsiIDENTIFIKATION 6. Contract: `wsdl/unilogin/wsiidentifikation/5`, namespace `https://wsiidentifikation.unilogin.dk/ws`.
//!
//! Requests lose only their credentials, which have been checked by then. Answers lose nothing.

use contracts::unilogin::wsiidentifikation::{v5, v6};

use super::lift::{Credentials, Lifted};

/// hentBrugeridFraCpr, lifted.
pub fn hent_brugerid_fra_cpr(request: v5::HentBrugeridFraCpr<'_>) -> Lifted<'_, v6::HentBrugeridFraCpr<'_>> {
    let v5::HentBrugeridFraCpr { ws_brugerid: user, ws_password: password, cpr } = request;
    (Credentials { user, password }, v6::HentBrugeridFraCpr { cpr })
}

/// hentCprFraBrugerid, lifted.
pub fn hent_cpr_fra_brugerid(request: v5::HentCprFraBrugerid<'_>) -> Lifted<'_, v6::HentCprFraBrugerid<'_>> {
    let v5::HentCprFraBrugerid { ws_brugerid: user, ws_password: password, brugerid } = request;
    (Credentials { user, password }, v6::HentCprFraBrugerid { brugerid })
}

/// The answer about a number, lowered.
pub fn brugerid(response: v6::HentBrugeridResponse<'_>) -> v5::HentBrugeridResponse<'_> {
    let v6::HentBrugeridResponse { brugerid } = response;
    v5::HentBrugeridResponse { brugerid }
}

/// The answer about a user, lowered.
pub fn cpr(response: v6::HentCprResponse<'_>) -> v5::HentCprResponse<'_> {
    let v6::HentCprResponse { cpr } = response;
    v5::HentCprResponse { cpr }
}
