//! wsiIDENTIFIKATION: from civil registration number to user and back. Version 6 does the work; version 5 checks its credentials
//! and lifts.
//!
//! It takes the right to civil registration numbers and a data agreement. Whoever has neither anywhere is refused; to everybody
//! else all that may not be known looks the same, an empty answer, so that nobody finds out by trying who exists.

use contracts::unilogin::{
    common::{legacy, v3},
    wsiidentifikation::{v5, v6},
};

use super::counter::{Counter, Legacy};
use crate::{
    domain::{Person, UserId},
    source::Ties,
    standards::unilogin::{Authentication, Refusal, identifikation, identifikation_v5},
};

/// The service as data agreements name it.
const SERVICE: &str = "wsiidentifikation";

/// What the caller may know of a user.
struct Known {
    /// There is a data agreement with an institution where the user is, if only as a contact person.
    agreed: bool,
    /// An institution says that the user is protected, whether there is an agreement with that one or not.
    protected: bool,
}

impl Counter<'_> {
    /// Refuses who may not have numbers anywhere.
    fn may_identify(&self) -> Result<(), Refusal> {
        let rights = &self.caller.rights;
        let may = rights.civil_ids && rights.agrees_somewhere(SERVICE);
        if may { Ok(()) } else { Err(Authentication::Rights.into()) }
    }

    async fn known(&self, user: &UserId<'_>) -> Result<Known, Refusal> {
        let all = self.source.ties_of(user, None, Ties::Standing).await?;
        let numbers = all.iter().map(|it| &it.roster().organisation.number);
        let agreed: Vec<_> = numbers.filter(|it| self.caller.rights.agrees(SERVICE, it.as_str())).collect();
        agreed.iter().for_each(|it| self.told.at(it));
        let agreed = !agreed.is_empty();
        let protected = all.iter().any(|it| it.people_with(user).any(Person::is_protected));
        Ok(Known { agreed, protected })
    }
}

impl v6::WsiIdentifikationPortType for Counter<'_> {
    type Error = Refusal;

    async fn hello_world_with_certificate(&self, _: v3::NoArgs) -> Result<v3::HelloWorldResponse<'static>, Refusal> {
        Ok(self.hello())
    }

    async fn hent_brugerid_fra_cpr(
        &self,
        request: v6::HentBrugeridFraCpr<'_>,
    ) -> Result<v6::HentBrugeridResponse<'static>, Refusal> {
        self.may_identify()?;
        let number = identifikation::civil_id(request);
        self.told.asked_for_number(&number);
        let mut told = self.source.user_with(&number).await?;
        if let Some(user) = &told {
            let Known { agreed, protected } = self.known(user).await?;
            if agreed {
                self.told.identity(user, Some(&number), protected);
            } else {
                told = None;
            }
        }
        Ok(identifikation::brugerid(told))
    }

    /// The number of a protected person is only for who may see protected persons.
    async fn hent_cpr_fra_brugerid(
        &self,
        request: v6::HentCprFraBrugerid<'_>,
    ) -> Result<v6::HentCprResponse<'static>, Refusal> {
        self.may_identify()?;
        let user = identifikation::user(request);
        self.told.asked_for(&user);
        let Known { agreed, protected } = self.known(&user).await?;
        let told = match agreed && (!protected || self.caller.rights.protected) {
            true => self.source.civil_id_of(&user).await?,
            false => None,
        };
        told.iter().for_each(|it| self.told.identity(&user, Some(it), protected));
        Ok(identifikation::cpr(told))
    }
}

impl v5::WsiIdentifikationPortType for Legacy<'_> {
    type Error = Refusal;

    async fn hello_world(&self, _: legacy::NoArgs) -> Result<legacy::HelloWorldResponse<'static>, Refusal> {
        Ok(Self::hello())
    }

    async fn hello_world_with_db_and_credentials(
        &self,
        request: legacy::Credentials<'_>,
    ) -> Result<legacy::HelloWorldResponse<'static>, Refusal> {
        self.hello_to(request)
    }

    async fn hello_world_with_db(&self, _: legacy::NoArgs) -> Result<legacy::HelloWorldResponse<'static>, Refusal> {
        Ok(self.hello_with_time())
    }

    async fn hent_brugerid_fra_cpr(
        &self,
        request: v5::HentBrugeridFraCpr<'_>,
    ) -> Result<v5::HentBrugeridResponse<'static>, Refusal> {
        let (credentials, request) = identifikation_v5::hent_brugerid_fra_cpr(request);
        let counter = self.counter(credentials)?;
        let response = v6::WsiIdentifikationPortType::hent_brugerid_fra_cpr(&counter, request).await?;
        Ok(identifikation_v5::brugerid(response))
    }

    async fn hent_cpr_fra_brugerid(
        &self,
        request: v5::HentCprFraBrugerid<'_>,
    ) -> Result<v5::HentCprResponse<'static>, Refusal> {
        let (credentials, request) = identifikation_v5::hent_cpr_fra_brugerid(request);
        let counter = self.counter(credentials)?;
        let response = v6::WsiIdentifikationPortType::hent_cpr_fra_brugerid(&counter, request).await?;
        Ok(identifikation_v5::cpr(response))
    }
}
