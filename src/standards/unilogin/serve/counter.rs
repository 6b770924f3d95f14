//! What all services share: who is served on whose behalf, data agreements, and the operations that every contract has.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};
use contracts::unilogin::common::{legacy, v3};

use crate::{
    caller::Caller,
    domain::{Licence, Member, OrganisationNumber, Person, Snapshot, Text, UserId},
    source::{Part, Pulls, Source, Ties, told::Told},
    standards::unilogin::{Authentication, Desk, Refusal, lift::Credentials},
};

/// Where a caller who is known is served. The port types of the BPI generation are implemented for it, one file a service.
pub struct Counter<'s> {
    /// Whom to ask.
    pub source: &'s dyn Source,
    /// Who asks.
    pub caller: &'s Caller,
    /// Whether look-ups of people tell only of those who are identified by a civil registration number.
    pub require_civil_id: bool,
    /// Who counts what is pulled.
    pub pulls: &'s dyn Pulls,
    /// The licences of groups.
    pub licences: &'s [Licence],
    /// Where it is noted what the answer tells of people.
    pub told: &'s Told,
    /// What time it is.
    pub now: fn() -> DateTime<Utc>,
}

impl Counter<'_> {
    /// Refuses where the caller has no data agreement for the service with the institution.
    pub(super) fn agreed(&self, service: &str, instnr: &str) -> Result<(), Refusal> {
        if self.caller.rights.agrees(service, instnr) {
            return Ok(());
        }
        self.told.refused_at(instnr);
        Err(Authentication::Rights.into())
    }

    /// An institution, for questions that need no data agreement. One that the caller may not see at all is not there.
    pub(super) async fn seen(
        &self,
        number: &OrganisationNumber<'_>,
        part: Part<'_>,
    ) -> Result<Option<Arc<Snapshot>>, Refusal> {
        if !self.caller.rights.covers(number.as_str()) {
            return Ok(None);
        }
        Ok(self.source.institution(number, part).await?)
    }

    /// Whether look-ups tell of this person.
    pub(super) fn shows(&self, person: &Person<'_>) -> bool {
        !self.require_civil_id || person.civil_id.as_ref().is_some_and(|it| !it.is_placeholder())
    }

    /// Whether look-ups tell of this member. Without a person there is nobody to tell of.
    pub(super) fn shows_member(&self, member: &Member<'_>) -> bool {
        member.person.as_ref().is_some_and(|it| self.shows(it))
    }

    /// Where a user is asked for: at one institution, which the caller must have an agreement with, or wherever the user is
    /// known and the caller has one.
    pub(super) async fn places_of(
        &self,
        service: &str,
        instnr: Option<Text<'_>>,
        user: &UserId<'_>,
        ties: Ties,
    ) -> Result<Vec<Arc<Snapshot>>, Refusal> {
        self.told.asked_for(user);
        let Some(instnr) = instnr else {
            let mut all = self.source.ties_of(user, None, ties).await?;
            all.retain(|it| self.caller.rights.agrees(service, it.roster().organisation.number.as_str()));
            all.iter().for_each(|it| self.told.at(&it.roster().organisation.number));
            return Ok(all);
        };
        self.agreed(service, &instnr)?;
        let number = OrganisationNumber::new(instnr);
        let found = self.source.ties_of(user, Some(&number), ties).await?;
        found.iter().for_each(|it| self.told.at(&it.roster().organisation.number));
        Ok(found)
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
