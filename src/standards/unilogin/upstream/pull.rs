//! Pulls: an export of everybody at an institution, handed to a keeper as it arrives.
//!
//! It is handed in as a replica ([`Mode::Replica`]): the service is where people get their user ids, and what it tells is
//! everything there is, whatever source it came from. What it no longer tells has gone.

use contracts::unilogin::wsieksport::v7;
use soap::xml::text::Utf8;
use wsse::watch::{Proof, watch};

use super::{
    Question, Unilogin,
    call::{self, Sealed},
    fault::Fault,
    trouble::Trouble,
};
use crate::{
    crosswalk::Trail,
    domain::{OrganisationNumber, Roster, Text},
    source::intake::{Heading, Intake, Keeper, Mode, Outcome},
    standards::unilogin::{
        eksport::Package,
        stream::{Form, Reader},
    },
};

impl Unilogin {
    /// Asks once for everything of an institution, and hands it in.
    pub(super) fn pulled(
        &self,
        institution: &OrganisationNumber<'_>,
        keeper: &dyn Keeper,
        confirmed: bool,
    ) -> Result<Outcome, Trouble> {
        let question = export(self.package, self.civil_numbers, institution.clone().into_text());
        let Sealed { letter, id } = self.sealed(&Question::Eksport(question))?;
        let (head, body) = self.courier.fetch(letter)?;
        call::is_soap(&head)?;
        let (watched, witness) = watch(Utf8::new(body).with_charset(head.charset.as_deref()));
        let mut trail = Trail::silent();
        let opened = Reader::open(watched, &mut trail).map_err(|why| {
            // A fault stands where the export should.
            let fault = Fault::read(&witness.beginning()).map(Trouble::Fault);
            fault.unwrap_or_else(|| if head.status == 200 { why.into() } else { call::foreign(&head) })
        });
        let (roster, mut members) = opened?;
        if head.status != 200 {
            return Err(call::foreign(&head));
        }
        let proof = witness.open(|opening| self.seal.open(opening, &id))?;
        self.is_asked(&roster, members.form(), institution)?;
        let mut intake = keeper.begin(heading(&roster, confirmed))?;
        hand_in(&mut *intake, &roster, &mut members, &mut trail)?;
        // Nothing is kept before all of it is proven.
        proof.as_ref().map_or(Ok(()), Proof::prove).map_err(Trouble::Untrusted)?;
        Ok(intake.commit()?)
    }

    fn is_asked(&self, roster: &Roster<'_>, form: Form, asked: &OrganisationNumber<'_>) -> Result<(), Trouble> {
        if form != Form::bpi(self.package) {
            return Err(Trouble::Astray("it is that of another package"));
        }
        if roster.organisation.number != *asked {
            return Err(Trouble::Astray("it tells of another institution"));
        }
        Ok(())
    }
}

fn heading(roster: &Roster<'static>, confirmed: bool) -> Heading {
    Heading {
        mode: Mode::Replica,
        institution: roster.organisation.number.clone(),
        name: roster.organisation.name.as_ref().map(|it| it.to_string()),
        sources: roster.sources.clone(),
        confirmed,
    }
}

fn hand_in<R: std::io::Read>(
    intake: &mut dyn Intake,
    roster: &Roster<'_>,
    members: &mut Reader<R>,
    trail: &mut Trail,
) -> Result<(), Trouble> {
    for group in &roster.groups {
        intake.group(group)?;
    }
    while let Some(member) = members.next(trail)? {
        intake.member(&member)?;
    }
    Ok(())
}

/// Everybody, and their civil registration numbers where the package has them and they are wanted.
fn export(package: Package, civil_numbers: bool, instnr: Text<'_>) -> v7::Request<'_> {
    let cpr_filter = civil_numbers.then_some(v7::CprFilter { inkluder_cpr: true });
    let full = |instnr| {
        let cpr_filter = cpr_filter.clone();
        let filtre = v7::FiltreFuld { aktoertype_filter: None, klassetrin_filter: None, cpr_filter };
        v7::EksporterXmlRequestFuld { instnr, filtre: civil_numbers.then_some(filtre) }
    };
    match package {
        Package::Small => v7::Request::EksporterXmlLille(v7::EksporterXmlRequestSmall { instnr, filtre: None }),
        Package::Medium => {
            let filtre = v7::FiltreMellem { aktoertype_filter: None, klassetrin_filter: None, cpr_filter };
            let filtre = civil_numbers.then_some(filtre);
            v7::Request::EksporterXmlMellem(v7::EksporterXmlRequestMellem { instnr, filtre })
        }
        Package::Full => v7::Request::EksporterXmlFuld(full(instnr)),
        Package::FullMyndighed => v7::Request::EksporterXmlFuldMyndighed(full(instnr)),
    }
}
