//! What all services share: who is served on whose behalf, data agreements, and the operations that every contract has.

use std::borrow::Cow;

use contracts::unilogin::common::{legacy, v3};

use crate::{
    caller::Caller,
    domain::{OrganisationNumber, Text},
    source::Source,
    standards::unilogin::{Authentication, Desk, Refusal, lift::Credentials},
};

/// Where a caller who is known is served. The port types of the BPI generation are implemented for it, one file a service.
pub struct Counter<'s> {
    /// Whom to ask.
    pub source: &'s dyn Source,
    /// Who asks.
    pub caller: &'s Caller,
}

impl Counter<'_> {
    /// Refuses where the caller has no data agreement for the service with the institution.
    pub(super) fn agreed(&self, service: &str, instnr: &str) -> Result<(), Refusal> {
        if self.caller.rights.agrees(service, instnr) { Ok(()) } else { Err(Authentication::Rights.into()) }
    }

    /// hentDataAftaler: the institutions the caller has a data agreement with for the service, of those there are.
    pub(super) async fn agreements(&self, service: &str) -> Result<Vec<Text<'static>>, Refusal> {
        let all = self.source.institutions().await?;
        let numbers = all.iter().map(|it| &it.roster().organisation.number);
        let agreed = numbers.filter(|it| self.caller.rights.agrees(service, it.as_str()));
        Ok(agreed.cloned().map(OrganisationNumber::into_text).collect())
    }

    /// helloWorldWithCertificate.
    pub(super) fn hello(&self) -> v3::HelloWorldResponse<'static> {
        let id = self.caller.provider.as_deref().unwrap_or(&self.caller.name);
        v3::HelloWorldResponse { hello_world_result: format!("Hello {id}!").into() }
    }
}

/// Where a legacy caller is served: identity first, then as everybody else. The port types of the legacy generation are
/// implemented for it.
pub(super) struct Legacy<'s> {
    pub(super) desk: &'s Desk<'s>,
}

impl<'s> Legacy<'s> {
    /// The counter for whoever has these credentials.
    pub(super) fn counter(&self, credentials: Credentials<'_>) -> Result<Counter<'s>, Refusal> {
        let Credentials { user, password } = credentials;
        Ok(self.desk.counter(self.desk.legacy(&user, &password)?))
    }

    /// helloWorld.
    pub(super) const fn hello() -> legacy::HelloWorldResponse<'static> {
        legacy::HelloWorldResponse { hello_world_result: Cow::Borrowed("HelloWorld") }
    }

    /// helloWorldWithDBAndCredentials.
    pub(super) fn hello_to(
        &self,
        credentials: legacy::Credentials<'_>,
    ) -> Result<legacy::HelloWorldResponse<'static>, Refusal> {
        self.counter(credentials.into())?;
        Ok(legacy::HelloWorldResponse { hello_world_result: Cow::Borrowed("helloWorldWithDBAndCredentials") })
    }

    /// helloWorldWithDB.
    pub(super) fn hello_with_time(&self) -> legacy::HelloWorldResponse<'static> {
        let time = (self.desk.now)().format("%Y-%m-%d %H:%M:%S");
        legacy::HelloWorldResponse { hello_world_result: format!("HelloWorld {time}").into() }
    }
}
