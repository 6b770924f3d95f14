//! wsiIDENTIFIKATION 6 and the hub. Contract: `wsdl/unilogin/wsiidentifikation/6`, namespace `https://brugerdatabasen.stil.dk/bpi/wsiidentifikation/6`.

use contracts::unilogin::wsiidentifikation::v6;

use crate::domain::{CivilId, CivilIdKind, CountryCode, Text, UserId};

/// The number that is asked about, as it is written: what is no number at all is simply nobody's.
pub fn civil_id(request: v6::HentBrugeridFraCpr<'_>) -> CivilId<'_> {
    let v6::HentBrugeridFraCpr { cpr } = request;
    CivilId::new(cpr, CivilIdKind::Unknown, CountryCode::DK)
}

/// The user who is asked about.
pub fn user(request: v6::HentCprFraBrugerid<'_>) -> UserId<'_> {
    let v6::HentCprFraBrugerid { brugerid } = request;
    UserId::new(brugerid)
}

/// The answer about a number.
pub fn brugerid(user: Option<UserId<'_>>) -> v6::HentBrugeridResponse<'_> {
    v6::HentBrugeridResponse { brugerid: user.map(UserId::into_text) }
}

/// The answer about a user: ten characters. Numbers of other countries are none here.
pub fn cpr(number: Option<CivilId<'_>>) -> v6::HentCprResponse<'_> {
    v6::HentCprResponse { cpr: number.filter(|it| it.country() == CountryCode::DK).map(plain) }
}

/// The question about a number: ten characters.
pub fn asked(number: CivilId<'_>) -> v6::HentBrugeridFraCpr<'_> {
    v6::HentBrugeridFraCpr { cpr: plain(number) }
}

/// The question about a user.
pub fn asked_of(user: UserId<'_>) -> v6::HentCprFraBrugerid<'_> {
    v6::HentCprFraBrugerid { brugerid: user.into_text() }
}

/// The user that an answer tells.
pub fn told_user(response: v6::HentBrugeridResponse<'_>) -> Option<UserId<'_>> {
    let v6::HentBrugeridResponse { brugerid } = response;
    brugerid.filter(|it| !it.is_empty()).map(UserId::new)
}

/// The number that an answer tells: of what kind it is, it does not say.
pub fn told_number(response: v6::HentCprResponse<'_>) -> Option<CivilId<'_>> {
    let v6::HentCprResponse { cpr } = response;
    cpr.filter(|it| !it.is_empty()).map(|it| CivilId::new(it, CivilIdKind::Unknown, CountryCode::DK))
}

fn plain(number: CivilId<'_>) -> Text<'_> {
    let number = number.into_revealed();
    if number.contains('-') { number.replace('-', "").into() } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(number: &'static str, country: CountryCode) -> Option<String> {
        cpr(Some(CivilId::new(number, CivilIdKind::Verified, country))).cpr.map(Into::into)
    }

    #[test]
    fn a_number_has_ten_characters() {
        assert_eq!(answered("670101-4001", CountryCode::DK).as_deref(), Some("6701014001"));
        assert_eq!(answered("6701014001", CountryCode::DK).as_deref(), Some("6701014001"));
    }

    #[test]
    fn a_swedish_number_is_no_cpr_number() {
        assert_eq!(answered("6701014001", CountryCode::SE), None);
        assert_eq!(cpr(None).cpr, None);
    }
}
