//! Today's services of Unilogin, asked on behalf of others: SOAP 1.2, signed, over whatever carries letters.
//!
//! Look-ups are a [`Source`]; everything at once is a [`pull`](Upstream::pull). What is handed in elsewhere (wsaIMPORT) is
//! not forwarded.

use chrono::{DateTime, Utc};
use contracts::unilogin::{common::v3, wsibruger, wsieksport, wsiidentifikation, wsiinst};

use super::eksport::Package;
use crate::{
    domain::{OrganisationNumber, Text},
    source::{
        Answer, Source,
        courier::Courier,
        intake::{Keeper, Outcome},
        upstream::{PullError, Upstream},
    },
};
pub use call::{Question, Told};
pub use fault::Fault;
pub use seal::Seal;
pub use trouble::Trouble;

mod call;
mod fault;
mod lookups;
mod parts;
mod pull;
mod seal;
mod trouble;

/// The services of one place, asked as one provider's system.
pub struct Unilogin {
    /// What the configuration calls it.
    pub name: String,
    /// Where the services are, without a slash at the end: `https://brugerdatabasen.stil.dk`. Their paths follow.
    pub base: String,
    /// `UdbydersystemId`.
    pub provider: String,
    /// The package that pulls ask for.
    pub package: Package,
    /// Whether pulls ask for civil registration numbers, where the package has them.
    pub civil_numbers: bool,
    /// Signs and verifies.
    pub seal: Seal,
    /// Carries the messages.
    pub courier: Box<dyn Courier>,
}

/// The services that are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// wsiINST 6.
    Inst,
    /// wsiBRUGER 7.
    Bruger,
    /// wsiIDENTIFIKATION 6, which tells no agreements.
    Identifikation,
    /// wsiEKSPORT 7.
    Eksport,
}

impl Asked {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Inst, Self::Bruger, Self::Identifikation, Self::Eksport];

    /// As people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inst => "wsiINST 6",
            Self::Bruger => "wsiBRUGER 7",
            Self::Identifikation => "wsiIDENTIFIKATION 6",
            Self::Eksport => "wsiEKSPORT 7",
        }
    }
}

/// An answer of the right contract that this question does not have.
const OTHER: Trouble = Trouble::Astray("it is that of another operation");

impl Unilogin {
    /// What the clock of the place says, to the second; whatever else it answers. Nothing, where it does not tell.
    ///
    /// # Errors
    /// There is no answer: see [`Trouble`].
    pub async fn clock(&self) -> Result<Option<DateTime<Utc>>, Trouble> {
        let (_, reply) = self.post(&greeting(Asked::Inst)).await?;
        Ok(reply.head.date)
    }

    /// Asks a service whether it knows our signature: it greets our provider system by its id.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub async fn hello(&self, service: Asked) -> Result<String, Trouble> {
        let read = |told: Told<'_>| match told {
            Told::Inst(wsiinst::v6::Response::HelloWorldWithCertificate(it))
            | Told::Bruger(wsibruger::v7::Response::HelloWorldWithCertificate(it))
            | Told::Identifikation(wsiidentifikation::v6::Response::HelloWorldWithCertificate(it))
            | Told::Eksport(wsieksport::v7::Response::HelloWorldWithCertificate(it)) => {
                Ok(it.hello_world_result.into_owned())
            }
            _ => Err(OTHER),
        };
        self.call(greeting(service), read).await
    }

    /// The institutions that have a data agreement with us for a service. Of wsiEKSPORT those of a package, which else is the
    /// configured one. wsiIDENTIFIKATION does not tell: none.
    ///
    /// # Errors
    /// See [`Trouble`].
    pub async fn agreements_of(
        &self,
        service: Asked,
        package: Option<Package>,
    ) -> Result<Vec<OrganisationNumber<'static>>, Trouble> {
        let question = match service {
            Asked::Inst => Question::Inst(wsiinst::v6::Request::HentDataAftaler(v3::NoArgs)),
            Asked::Bruger => Question::Bruger(wsibruger::v7::Request::HentDataAftaler(v3::NoArgs)),
            Asked::Identifikation => return Ok(Vec::new()),
            Asked::Eksport => Question::Eksport(match package.unwrap_or(self.package) {
                Package::Small => wsieksport::v7::Request::HentDataAftalerLille(v3::NoArgs),
                Package::Medium => wsieksport::v7::Request::HentDataAftalerMellem(v3::NoArgs),
                Package::Full => wsieksport::v7::Request::HentDataAftalerFuld(v3::NoArgs),
                Package::FullMyndighed => wsieksport::v7::Request::HentDataAftalerFuldMyndighed(v3::NoArgs),
            }),
        };
        let read = |told: Told<'_>| match told {
            Told::Inst(wsiinst::v6::Response::HentDataAftaler(it))
            | Told::Bruger(wsibruger::v7::Response::HentDataAftaler(it))
            | Told::Eksport(
                wsieksport::v7::Response::HentDataAftalerLille(it)
                | wsieksport::v7::Response::HentDataAftalerMellem(it)
                | wsieksport::v7::Response::HentDataAftalerFuld(it)
                | wsieksport::v7::Response::HentDataAftalerFuldMyndighed(it),
            ) => Ok(numbers(it.regnr)),
            _ => Err(OTHER),
        };
        self.call(question, read).await
    }
}

/// helloWorldWithCertificate.
fn greeting(service: Asked) -> Question<'static> {
    match service {
        Asked::Inst => Question::Inst(wsiinst::v6::Request::HelloWorldWithCertificate(v3::NoArgs)),
        Asked::Bruger => Question::Bruger(wsibruger::v7::Request::HelloWorldWithCertificate(v3::NoArgs)),
        Asked::Identifikation => {
            Question::Identifikation(wsiidentifikation::v6::Request::HelloWorldWithCertificate(v3::NoArgs))
        }
        Asked::Eksport => Question::Eksport(wsieksport::v7::Request::HelloWorldWithCertificate(v3::NoArgs)),
    }
}

fn numbers(regnr: Vec<Text<'_>>) -> Vec<OrganisationNumber<'static>> {
    let mut numbers: Vec<_> = regnr.into_iter().map(|it| OrganisationNumber::new(it).into_owned()).collect();
    numbers.sort();
    numbers.dedup();
    numbers
}

impl Upstream for Unilogin {
    fn name(&self) -> &str {
        &self.name
    }

    fn lookups(&self) -> &dyn Source {
        self
    }

    fn agreements(&self) -> Answer<'_, Vec<OrganisationNumber<'static>>> {
        Box::pin(async { Ok(self.agreements_of(Asked::Eksport, None).await?) })
    }

    fn pull(
        &self,
        institution: &OrganisationNumber<'_>,
        keeper: &dyn Keeper,
        confirmed: bool,
    ) -> Result<Outcome, PullError> {
        Ok(self.pulled(institution, keeper, confirmed)?)
    }
}
