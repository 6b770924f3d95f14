//! wsiBRUGER: contact persons of pupils, pupils of contact persons, and the institutions of a user. Version 7 does the work;
//! version 6 checks its credentials and lifts.

use contracts::unilogin::{
    common::{legacy, v3},
    wsibruger::{v6, v7},
};

use super::counter::{Counter, Legacy};
use crate::{
    crosswalk::Trail,
    domain::{ContactPerson, Member, Snapshot, Text, UserId},
    source::Ties,
    standards::unilogin::{Refusal, bruger, bruger_v6},
};

/// The service as data agreements name it.
const SERVICE: &str = "wsibruger";

fn instnr(of: &Snapshot) -> Text<'static> {
    of.roster().organisation.number.clone().into_text()
}

/// Whom to call about a user who is a pupil here; two sources may each tell of some.
fn contacts<'s>(
    counter: &Counter<'_>,
    of: &'s Snapshot,
    user: &UserId<'_>,
) -> impl Iterator<Item = &'s ContactPerson<'static>> {
    let pupils = of.members_with(user).filter(|it| counter.shows_member(it));
    pupils.flat_map(Member::contacts).filter(|it| counter.shows(&it.person))
}

/// What is told once, however often it is known.
fn once<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut told = Vec::new();
    for one in all {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    told
}

impl v7::WsiBrugerPortType for Counter<'_> {
    type Error = Refusal;

    async fn hello_world_with_certificate(&self, _: v3::NoArgs) -> Result<v3::HelloWorldResponse<'static>, Refusal> {
        Ok(self.hello())
    }

    async fn hent_brugers_kontaktpersoner(
        &self,
        request: v7::HentBrugersKontaktpersoner<'_>,
    ) -> Result<v7::HentBrugersKontaktpersonerResponse<'static>, Refusal> {
        let v7::HentBrugersKontaktpersoner { instnr: at, brugerid } = request;
        let user = UserId::new(brugerid);
        let found = self.places_of(SERVICE, Some(at), &user, Ties::Contacts).await?;
        let mut trail = Trail::silent();
        let mut kontaktperson = Vec::new();
        for snapshot in &found {
            let shown = contacts(self, snapshot, &user);
            let told = shown.filter_map(|it| {
                bruger::kontaktperson(it, instnr(snapshot), &mut trail).inspect(|_| self.told.person(&it.person))
            });
            kontaktperson.extend(told);
            // Whose contact persons they are is told with them.
            if !kontaktperson.is_empty() {
                snapshot.members_with(&user).for_each(|it| self.told.member(it));
            }
        }
        Ok(v7::HentBrugersKontaktpersonerResponse { kontaktperson: once(kontaktperson) })
    }

    async fn hent_kontaktpersons_brugere(
        &self,
        request: v7::HentKontaktpersonsBrugere<'_>,
    ) -> Result<v7::HentKontaktpersonsBrugereResponse<'static>, Refusal> {
        let v7::HentKontaktpersonsBrugere { instnr: at, brugerid } = request;
        let user = UserId::new(brugerid);
        let found = self.places_of(SERVICE, at, &user, Ties::Pupils).await?;
        let mut trail = Trail::silent();
        let mut elev = Vec::new();
        for snapshot in &found {
            let ties = snapshot.contacts_with(&user);
            let shown = ties.filter(|(pupil, contact)| self.shows_member(pupil) && self.shows(&contact.person));
            let told = shown.filter_map(|(pupil, contact)| {
                bruger::elevbruger(pupil, snapshot, &mut trail).inspect(|_| {
                    self.told.member(pupil);
                    self.told.person(&contact.person);
                })
            });
            elev.extend(told);
        }
        Ok(v7::HentKontaktpersonsBrugereResponse { elev: once(elev) })
    }

    /// No data agreement is needed; only institutions that the caller may not see at all are left out.
    async fn hent_brugers_institutionstilknytninger(
        &self,
        request: v7::HentBrugersInstitutionstilknytninger<'_>,
    ) -> Result<v7::HentBrugersInstitutionstilknytningerResponse<'static>, Refusal> {
        let v7::HentBrugersInstitutionstilknytninger { brugerid } = request;
        let user = UserId::new(brugerid);
        self.told.asked_for(&user);
        let found = self.source.ties_of(&user, None, Ties::Standing).await?;
        let mut trail = Trail::silent();
        let mut institutionstilknytning = Vec::new();
        for snapshot in found.iter().filter(|it| self.caller.rights.covers(&instnr(it))) {
            if snapshot.people_with(&user).any(|it| self.shows(it)) {
                self.told.at(&snapshot.roster().organisation.number);
                snapshot.people_with(&user).for_each(|it| self.told.person(it));
                let told = snapshot.standings(&user).into_iter();
                institutionstilknytning
                    .extend(told.map(|it| bruger::institutionstilknytning(instnr(snapshot), it, &mut trail)));
            }
        }
        Ok(v7::HentBrugersInstitutionstilknytningerResponse { institutionstilknytning })
    }

    async fn hent_data_aftaler(&self, _: v3::NoArgs) -> Result<v3::HentDataAftalerResponse<'static>, Refusal> {
        Ok(v3::HentDataAftalerResponse { regnr: self.agreements(SERVICE).await? })
    }
}

impl v6::WsiBrugerPortType for Legacy<'_> {
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

    async fn hent_brugers_kontaktpersoner(
        &self,
        request: v6::HentBrugersKontaktpersoner<'_>,
    ) -> Result<v6::HentBrugersKontaktpersonerResponse<'static>, Refusal> {
        let (credentials, request) = bruger_v6::hent_brugers_kontaktpersoner(request);
        let counter = self.counter(credentials)?;
        let v7::HentBrugersKontaktpersonerResponse { kontaktperson } =
            v7::WsiBrugerPortType::hent_brugers_kontaktpersoner(&counter, request).await?;
        let kontaktperson = kontaktperson.into_iter().map(bruger_v6::kontaktperson).collect();
        Ok(v6::HentBrugersKontaktpersonerResponse { kontaktperson })
    }

    async fn hent_kontaktpersons_brugere(
        &self,
        request: v6::HentKontaktpersonsBrugere<'_>,
    ) -> Result<v6::HentKontaktpersonsBrugereResponse<'static>, Refusal> {
        let (credentials, request) = bruger_v6::hent_kontaktpersons_brugere(request);
        let counter = self.counter(credentials)?;
        let v7::HentKontaktpersonsBrugereResponse { elev } =
            v7::WsiBrugerPortType::hent_kontaktpersons_brugere(&counter, request).await?;
        Ok(v6::HentKontaktpersonsBrugereResponse { elev: elev.into_iter().map(bruger_v6::elevbruger).collect() })
    }

    async fn hent_brugers_institutionstilknytninger(
        &self,
        request: v6::HentBrugersInstitutionstilknytninger<'_>,
    ) -> Result<v6::HentBrugersInstitutionstilknytningerResponse<'static>, Refusal> {
        let (credentials, request) = bruger_v6::hent_brugers_institutionstilknytninger(request);
        let counter = self.counter(credentials)?;
        let v7::HentBrugersInstitutionstilknytningerResponse { institutionstilknytning } =
            v7::WsiBrugerPortType::hent_brugers_institutionstilknytninger(&counter, request).await?;
        let institutionstilknytning =
            institutionstilknytning.into_iter().map(bruger_v6::institutionstilknytning).collect();
        Ok(v6::HentBrugersInstitutionstilknytningerResponse { institutionstilknytning })
    }

    async fn hent_data_aftaler(
        &self,
        request: legacy::Credentials<'_>,
    ) -> Result<legacy::HentDataAftalerResponse<'static>, Refusal> {
        let regnr = self.counter(request.into())?.agreements(SERVICE).await?;
        Ok(legacy::HentDataAftalerResponse { regnr })
    }
}
