//! wsiEKSPORT: everybody at an institution, in four packages. Version 7 does the work; version 6 checks its credentials, lifts,
//! and tells the same in its own form.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, SubsecRound};
use contracts::unilogin::{
    common::{legacy, v3},
    wsieksport::{v6, v7},
};
use soap::xml::Writer;

use super::{
    Response,
    counter::{Counter, Legacy},
};
use crate::{
    crosswalk::Trail,
    domain::{OrganisationNumber, Person, Snapshot, Text, Tie},
    source::{Part, told::Crowd},
    standards::unilogin::{
        Authentication, Refusal,
        eksport::{Filter, Package},
        eksport_v6,
        stream::{Exporter, Form},
    },
};

/// A package as data agreements name it.
const fn service(package: Package) -> &'static str {
    match package {
        Package::Small => "wsieksport/lille",
        Package::Medium => "wsieksport/mellem",
        Package::Full => "wsieksport/fuld",
        Package::FullMyndighed => "wsieksport/fuldmyndighed",
    }
}

/// Answers a request of version 7.
pub(super) async fn answer(counter: &Counter<'_>, request: v7::Request<'_>) -> Result<Response, Refusal> {
    let agreed = |regnr| v3::HentDataAftalerResponse { regnr };
    Ok(Response::Eksport7(match request {
        v7::Request::EksporterXmlLille(v7::EksporterXmlRequestSmall { instnr, filtre }) => {
            return pull(counter, Form::bpi(Package::Small), instnr, Filter::small(filtre)).await;
        }
        v7::Request::EksporterXmlMellem(v7::EksporterXmlRequestMellem { instnr, filtre }) => {
            return pull(counter, Form::bpi(Package::Medium), instnr, Filter::medium(filtre)).await;
        }
        v7::Request::EksporterXmlFuld(v7::EksporterXmlRequestFuld { instnr, filtre }) => {
            return pull(counter, Form::bpi(Package::Full), instnr, Filter::full(filtre)).await;
        }
        v7::Request::EksporterXmlFuldMyndighed(v7::EksporterXmlRequestFuld { instnr, filtre }) => {
            return pull(counter, Form::bpi(Package::FullMyndighed), instnr, Filter::full(filtre)).await;
        }
        v7::Request::HelloWorldWithCertificate(v3::NoArgs) => v7::Response::HelloWorldWithCertificate(counter.hello()),
        v7::Request::HentDataAftalerLille(v3::NoArgs) => {
            v7::Response::HentDataAftalerLille(agreed(agreements(counter, Package::Small).await?))
        }
        v7::Request::HentDataAftalerMellem(v3::NoArgs) => {
            v7::Response::HentDataAftalerMellem(agreed(agreements(counter, Package::Medium).await?))
        }
        v7::Request::HentDataAftalerFuld(v3::NoArgs) => {
            v7::Response::HentDataAftalerFuld(agreed(agreements(counter, Package::Full).await?))
        }
        v7::Request::HentDataAftalerFuldMyndighed(v3::NoArgs) => {
            v7::Response::HentDataAftalerFuldMyndighed(agreed(agreements(counter, Package::FullMyndighed).await?))
        }
    }))
}

/// Answers a request of version 6.
pub(super) async fn answer_legacy(desk: &Legacy<'_>, request: v6::Request<'_>) -> Result<Response, Refusal> {
    let agreed = async |credentials: legacy::Credentials<'_>, package| {
        let regnr = agreements(&desk.counter(credentials.into())?, package).await?;
        Ok::<_, Refusal>(legacy::HentDataAftalerResponse { regnr })
    };
    Ok(Response::Eksport6(match request {
        v6::Request::EksporterXmlLille(request) => {
            let (credentials, v7::EksporterXmlRequestSmall { instnr, filtre }) = eksport_v6::small(request);
            let counter = desk.counter(credentials)?;
            return pull(&counter, Form::legacy(Package::Small), instnr, Filter::small(filtre)).await;
        }
        v6::Request::EksporterXmlMellem(request) => {
            let (credentials, v7::EksporterXmlRequestMellem { instnr, filtre }) = eksport_v6::medium(request);
            let counter = desk.counter(credentials)?;
            return pull(&counter, Form::legacy(Package::Medium), instnr, Filter::medium(filtre)).await;
        }
        v6::Request::EksporterXmlFuld(request) => {
            let (credentials, v7::EksporterXmlRequestFuld { instnr, filtre }) = eksport_v6::full(request);
            let counter = desk.counter(credentials)?;
            return pull(&counter, Form::legacy(Package::Full), instnr, Filter::full(filtre)).await;
        }
        v6::Request::EksporterXmlFuldMyndighed(request) => {
            let (credentials, v7::EksporterXmlRequestFuld { instnr, filtre }) = eksport_v6::full(request);
            let counter = desk.counter(credentials)?;
            return pull(&counter, Form::legacy(Package::FullMyndighed), instnr, Filter::full(filtre)).await;
        }
        v6::Request::HelloWorld(legacy::NoArgs) => v6::Response::HelloWorld(Legacy::hello()),
        v6::Request::HelloWorldWithDb(legacy::NoArgs) => v6::Response::HelloWorldWithDb(desk.hello_with_time()),
        v6::Request::HelloWorldWithDbAndCredentials(it) => {
            v6::Response::HelloWorldWithDbAndCredentials(desk.hello_to(it)?)
        }
        v6::Request::HentDataAftalerLille(it) => v6::Response::HentDataAftalerLille(agreed(it, Package::Small).await?),
        v6::Request::HentDataAftalerMellem(it) => {
            v6::Response::HentDataAftalerMellem(agreed(it, Package::Medium).await?)
        }
        v6::Request::HentDataAftalerFuld(it) => v6::Response::HentDataAftalerFuld(agreed(it, Package::Full).await?),
        v6::Request::HentDataAftalerFuldMyndighed(it) => {
            v6::Response::HentDataAftalerFuldMyndighed(agreed(it, Package::FullMyndighed).await?)
        }
    }))
}

/// Whoever may not know who is behind an alias has no agreement on the package that tells.
async fn agreements(counter: &Counter<'_>, package: Package) -> Result<Vec<Text<'static>>, Refusal> {
    if may_pull(counter, package) { counter.agreements(service(package)).await } else { Ok(Vec::new()) }
}

fn may_pull(counter: &Counter<'_>, package: Package) -> bool {
    package != Package::FullMyndighed || counter.caller.rights.protected
}

/// An export. There is none of an institution that nobody knows: an empty one would say that everybody has left it.
async fn pull(counter: &Counter<'_>, form: Form, instnr: Text<'_>, mut filter: Filter) -> Result<Response, Refusal> {
    let service = service(form.package);
    counter.agreed(service, &instnr)?;
    if !may_pull(counter, form.package) {
        counter.told.refused_at(&instnr);
        return Err(Authentication::Rights.into());
    }
    filter.civil_ids &= counter.caller.rights.civil_ids;
    let number = OrganisationNumber::new(instnr);
    let found = counter.source.institution(&number, Part::Everything).await?;
    let snapshot = found.ok_or(Authentication::Rights)?;
    counter.pulls.pulled(&counter.caller.name, &number, service);
    counter.told.at(&snapshot.roster().organisation.number);
    counter.told.crowd(everybody(snapshot.clone(), form, filter.clone()));
    let at = (counter.now)().trunc_subsecs(0).fixed_offset();
    Ok(Response::Pull(Pull { snapshot, form, filter, at }))
}

/// Everybody whom an export tells of.
fn everybody(snapshot: Arc<Snapshot>, form: Form, filter: Filter) -> Crowd {
    let contacts = filter.contacts && matches!(form.package, Package::Full | Package::FullMyndighed);
    let which = format!("{} {contacts} {filter:?}", form.package >= Package::Full);
    let everybody = move |of: &Snapshot, tell: &mut dyn FnMut(&Person<'_>)| {
        for member in of.roster().members.iter().filter(|it| filter.lets_through(it)) {
            member.person.iter().for_each(&mut *tell);
            if let Some(Tie::Pupil(pupil)) = member.tie.as_ref().filter(|_| contacts) {
                pupil.contacts.iter().for_each(|it| tell(&it.person));
            }
        }
    };
    Crowd { snapshot, which, everybody: Box::new(everybody) }
}

/// An export that waits to be made. Made twice it is the same, byte for byte.
#[derive(Debug, Clone)]
pub struct Pull {
    snapshot: Arc<Snapshot>,
    form: Form,
    filter: Filter,
    at: DateTime<FixedOffset>,
}

/// So many bytes of an answer are made at once.
pub const PIECE: usize = 64 << 10;

impl Pull {
    /// Writes all of it at once.
    pub(super) fn write(&self, writer: &mut Writer) {
        let mut exporter = self.exporter(|writer, answer| answer(writer));
        for member in &self.snapshot.roster().members {
            exporter.write(member, &mut Trail::silent());
        }
        writer.raw(&exporter.finish());
    }

    /// Makes it piece by piece, with whatever `wrap` writes around the answer.
    pub fn pieces(self, wrap: impl FnOnce(&mut Writer, &dyn Fn(&mut Writer))) -> Pieces {
        Pieces { exporter: Some(self.exporter(wrap)), snapshot: self.snapshot, next: 0 }
    }

    fn exporter(&self, wrap: impl FnOnce(&mut Writer, &dyn Fn(&mut Writer))) -> Exporter {
        Exporter::answer(self.snapshot.roster(), self.form, self.filter.clone(), self.at, wrap)
    }
}

/// An export that is being made.
pub struct Pieces {
    snapshot: Arc<Snapshot>,
    next: usize,
    /// Nothing once the last piece has been given out.
    exporter: Option<Exporter>,
}

impl Pieces {
    /// Whether the last piece has been given out.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.exporter.is_none()
    }
}

impl Iterator for Pieces {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let exporter = self.exporter.as_mut()?;
        let members = &self.snapshot.roster().members;
        while let Some(member) = members.get(self.next) {
            if exporter.waiting() >= PIECE {
                return Some(exporter.take());
            }
            exporter.write(member, &mut Trail::silent());
            self.next += 1;
        }
        self.exporter.take().map(Exporter::finish)
    }
}
