//! wsiINST: institutions, their groups and who is in them. Version 6 does the work; version 5 checks its credentials and lifts.

use contracts::unilogin::{
    common::{legacy, v3},
    wsiinst::{v5, v6},
};

use super::counter::{Counter, Legacy};
use crate::{
    crosswalk::Trail,
    domain::{Group, GroupKind, Member, OrganisationNumber, Snapshot, Tie, UserId},
    source::{Part, Ties},
    standards::unilogin::{Refusal, inst, inst_v5, lift::Credentials},
};

/// The service as data agreements name it.
const SERVICE: &str = "wsiinst";

/// Whether somebody with that tie is in a group.
type IsIn = fn(&Tie<'_>) -> bool;

/// Groups that every institution has, whatever it imports: their key and who is in them.
const FIXED_GROUPS: [(&str, IsIn); 3] = [
    ("Alle", |_| true),
    ("Elever", |tie| matches!(tie, Tie::Pupil(_))),
    ("Ansatte", |tie| matches!(tie, Tie::Staff(_))),
];

/// Whether a key is that of a group that every institution has.
pub(in crate::standards::unilogin) fn is_fixed_group(key: &str) -> bool {
    FIXED_GROUPS.iter().any(|it| it.0 == key)
}

fn institution(of: &Snapshot) -> v6::Institution<'static> {
    inst::institution(of.roster().organisation.clone(), &mut Trail::silent())
}

fn fixed(id: &'static str) -> Group<'static> {
    Group {
        id: id.into(),
        name: None,
        kind: GroupKind::Institution,
        grade: None,
        line: None,
        from: None,
        to: None,
        since: None,
    }
}

fn of_fixed_group(snapshot: &Snapshot, is_in: IsIn) -> impl Iterator<Item = &Member<'static>> {
    snapshot.roster().members.iter().filter(move |it| it.tie.as_ref().is_some_and(is_in))
}

impl v6::WsiInstPortType for Counter<'_> {
    type Error = Refusal;

    async fn hello_world_with_certificate(&self, _: v3::NoArgs) -> Result<v3::HelloWorldResponse<'static>, Refusal> {
        Ok(self.hello())
    }

    async fn hent_grupper(&self, request: v6::HentGrupper<'_>) -> Result<v6::HentGrupperResponse<'static>, Refusal> {
        let number = OrganisationNumber::new(request.instnr);
        let Some(snapshot) = self.seen(&number, Part::Groups).await? else {
            return Ok(v6::HentGrupperResponse { gruppe: Vec::new() });
        };
        let instnr = snapshot.roster().organisation.number.clone().into_text();
        let groups = snapshot.roster().groups.iter().cloned().chain(FIXED_GROUPS.map(|it| fixed(it.0)));
        let mut trail = Trail::silent();
        Ok(v6::HentGrupperResponse { gruppe: groups.map(|it| inst::gruppe(instnr.clone(), it, &mut trail)).collect() })
    }

    async fn hent_brugere_i_gruppe(
        &self,
        request: v6::HentBrugereIGruppe<'_>,
    ) -> Result<v6::HentBrugereIGruppeResponse<'static>, Refusal> {
        let v6::HentBrugereIGruppe { instnr, gruppeid } = request;
        self.agreed(SERVICE, &instnr)?;
        let number = OrganisationNumber::new(instnr);
        let fixed = FIXED_GROUPS.iter().find(|it| it.0 == gruppeid);
        // A server elsewhere has the fixed groups too, and a store gives everything whatever is asked.
        let Some(snapshot) = self.source.institution(&number, Part::Group(&gruppeid)).await? else {
            return Ok(v6::HentBrugereIGruppeResponse { brugertilknytning: Vec::new() });
        };
        self.told.at(&snapshot.roster().organisation.number);
        let mut trail = Trail::silent();
        let mut told = |it: &Member<'static>| match self.shows_member(it) {
            true => inst::brugertilknytning(it, &snapshot, &mut trail).inspect(|_| self.told.member(it)),
            false => None,
        };
        let brugertilknytning = match fixed {
            Some((_, is_in)) => of_fixed_group(&snapshot, *is_in).filter_map(&mut told).collect(),
            None => snapshot.members_of(&gruppeid).filter_map(|it| told(it.member)).collect(),
        };
        Ok(v6::HentBrugereIGruppeResponse { brugertilknytning })
    }

    async fn hent_institution(
        &self,
        request: v6::HentInstitution<'_>,
    ) -> Result<v6::HentInstitutionResponse<'static>, Refusal> {
        let number = OrganisationNumber::new(request.instnr);
        let found = self.seen(&number, Part::Organisation).await?;
        Ok(v6::HentInstitutionResponse { institution: found.map(|it| institution(&it)) })
    }

    async fn hent_institutioner(
        &self,
        request: v6::HentInstitutioner<'_>,
    ) -> Result<v6::HentInstitutionerResponse<'static>, Refusal> {
        let mut found = Vec::new();
        for number in request.instnr.into_iter().map(OrganisationNumber::new) {
            found.extend(self.seen(&number, Part::Organisation).await?.map(|it| institution(&it)));
        }
        Ok(v6::HentInstitutionerResponse { institution: found })
    }

    async fn hent_inst_bruger(
        &self,
        request: v6::HentInstBruger<'_>,
    ) -> Result<v6::HentInstBrugerResponse<'static>, Refusal> {
        let v6::HentInstBruger { instnr, brugerid } = request;
        let user = UserId::new(brugerid);
        let snapshots = self.places_of(SERVICE, instnr, &user, Ties::Own).await?;
        let mut trail = Trail::silent();
        let mut inst_bruger = Vec::new();
        for snapshot in &snapshots {
            let shown = snapshot.members_with(&user).filter(|it| self.shows_member(it));
            let told =
                shown.filter_map(|it| inst::instbruger(it, snapshot, &mut trail).inspect(|_| self.told.member(it)));
            inst_bruger.extend(told);
        }
        Ok(v6::HentInstBrugerResponse { inst_bruger })
    }

    async fn hent_data_aftaler(&self, _: v3::NoArgs) -> Result<v3::HentDataAftalerResponse<'static>, Refusal> {
        Ok(v3::HentDataAftalerResponse { regnr: self.agreements(SERVICE).await? })
    }

    async fn hent_institutionshierarki(
        &self,
        request: v6::HentInstitutionshierarki<'_>,
    ) -> Result<v6::HentInstitutionshierarkiResponse<'static>, Refusal> {
        let number = OrganisationNumber::new(request.instnr);
        let covers = |it: &OrganisationNumber<'_>| self.caller.rights.covers(it.as_str());
        let found = if covers(&number) { self.source.hierarchy(&number).await? } else { None };
        let found = found.map(|mut it| {
            it.main = it.main.filter(covers);
            it.departments.retain(covers);
            it
        });
        let institutionshierarki = found.map(|it| inst::institutionshierarki(it, &mut Trail::silent()));
        Ok(v6::HentInstitutionshierarkiResponse { institutionshierarki })
    }
}

impl v5::WsiInstPortType for Legacy<'_> {
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

    async fn hent_grupper(&self, request: v5::HentGrupper<'_>) -> Result<v5::HentGrupperResponse<'static>, Refusal> {
        let (credentials, request) = inst_v5::hent_grupper(request);
        let v6::HentGrupperResponse { gruppe } =
            v6::WsiInstPortType::hent_grupper(&self.counter(credentials)?, request).await?;
        Ok(v5::HentGrupperResponse { gruppe: gruppe.into_iter().map(inst_v5::gruppe).collect() })
    }

    async fn hent_brugere_i_gruppe(
        &self,
        request: v5::HentBrugereIGruppe<'_>,
    ) -> Result<v5::HentBrugereIGruppeResponse<'static>, Refusal> {
        let (credentials, request) = inst_v5::hent_brugere_i_gruppe(request);
        let counter = self.counter(credentials)?;
        let v6::HentBrugereIGruppeResponse { brugertilknytning } =
            v6::WsiInstPortType::hent_brugere_i_gruppe(&counter, request).await?;
        let brugertilknytning = brugertilknytning.into_iter().map(inst_v5::brugertilknytning).collect();
        Ok(v5::HentBrugereIGruppeResponse { brugertilknytning })
    }

    /// Licences are the installation's own: no source knows them. Of a group that is not there nothing is told.
    async fn hent_gruppers_licenser(
        &self,
        request: v5::HentGruppersLicenser<'_>,
    ) -> Result<v5::HentGruppersLicenserResponse<'static>, Refusal> {
        let v5::HentGruppersLicenser { ws_brugerid: user, ws_password: password, instnr } = request;
        let counter = self.counter(Credentials { user, password })?;
        counter.agreed(SERVICE, &instnr)?;
        let number = OrganisationNumber::new(instnr);
        let Some(snapshot) = counter.source.institution(&number, Part::Groups).await? else {
            return Ok(v5::HentGruppersLicenserResponse { gruppe_licens: Vec::new() });
        };
        let number = &snapshot.roster().organisation.number;
        let licences = counter.licences.iter().filter(|it| it.institution == *number);
        let mut trail = Trail::silent();
        let told = licences.filter_map(|licence| {
            let fixed = FIXED_GROUPS.iter().find(|it| it.0 == licence.group).map(|it| fixed(it.0));
            let group = fixed.or_else(|| snapshot.group(&licence.group).cloned())?;
            let gruppe = inst::gruppe(number.clone().into_text(), group, &mut trail);
            Some(inst_v5::gruppe_licens(gruppe, licence.clone()))
        });
        Ok(v5::HentGruppersLicenserResponse { gruppe_licens: told.collect() })
    }

    async fn hent_institution(
        &self,
        request: v5::HentInstitution<'_>,
    ) -> Result<v5::HentInstitutionResponse<'static>, Refusal> {
        let (credentials, request) = inst_v5::hent_institution(request);
        let counter = self.counter(credentials)?;
        let v6::HentInstitutionResponse { institution } =
            v6::WsiInstPortType::hent_institution(&counter, request).await?;
        let mut trail = Trail::silent();
        Ok(v5::HentInstitutionResponse { institution: institution.map(|it| inst_v5::institution(it, &mut trail)) })
    }

    async fn hent_institutioner(
        &self,
        request: v5::HentInstitutioner<'_>,
    ) -> Result<v5::HentInstitutionerResponse<'static>, Refusal> {
        let (credentials, request) = inst_v5::hent_institutioner(request);
        let counter = self.counter(credentials)?;
        let v6::HentInstitutionerResponse { institution } =
            v6::WsiInstPortType::hent_institutioner(&counter, request).await?;
        let mut trail = Trail::silent();
        Ok(v5::HentInstitutionerResponse {
            institution: institution.into_iter().map(|it| inst_v5::institution(it, &mut trail)).collect(),
        })
    }

    async fn hent_inst_bruger(
        &self,
        request: v5::HentInstBruger<'_>,
    ) -> Result<v5::HentInstBrugerResponse<'static>, Refusal> {
        let (credentials, request) = inst_v5::hent_inst_bruger(request);
        let counter = self.counter(credentials)?;
        let v6::HentInstBrugerResponse { inst_bruger } =
            v6::WsiInstPortType::hent_inst_bruger(&counter, request).await?;
        Ok(v5::HentInstBrugerResponse { inst_bruger: inst_bruger.into_iter().map(inst_v5::instbruger).collect() })
    }

    async fn hent_data_aftaler(
        &self,
        request: legacy::Credentials<'_>,
    ) -> Result<legacy::HentDataAftalerResponse<'static>, Refusal> {
        let regnr = self.counter(request.into())?.agreements(SERVICE).await?;
        Ok(legacy::HentDataAftalerResponse { regnr })
    }
}
