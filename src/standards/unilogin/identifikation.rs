//! wsiIDENTIFIKATION 6 and the hub. Contract: `wsdl/unilogin/wsiidentifikation/6`, namespace `https://brugerdatabasen.stil.dk/bpi/wsiidentifikation/6`.

use contracts::unilogin::wsiidentifikation::v6;

use crate::domain::{CivilId, CivilIdKind, CountryCode, UserId};

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
    let number = number.filter(|it| it.country() == CountryCode::DK).map(CivilId::into_revealed);
    let plain = number.map(|it| if it.contains('-') { it.replace('-', "").into() } else { it });
    v6::HentCprResponse { cpr: plain }
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
