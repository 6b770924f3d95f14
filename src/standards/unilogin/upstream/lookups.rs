//! Immediate look-ups: what an asker needs of an institution or a user is one call of a service, wherever one tells it.

use std::sync::Arc;

use contracts::unilogin::{wsibruger::v7, wsiidentifikation, wsiinst::v6};

use super::{Question, Told, Unilogin, parts, trouble::Trouble};
use crate::{
    crosswalk::Trail,
    domain::{CivilId, CountryCode, Hierarchy, OrganisationNumber, Snapshot, Text, UserId},
    source::{Answer, Institutions, Part, Source, SourceError, SourceErrorKind, Ties},
    standards::unilogin::{identifikation, inst},
};

/// The answer is right by its contract, and not one that this operation has.
const OTHER: Trouble = Trouble::Astray("it is that of another operation");

impl Source for Unilogin {
    fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Answer<'s, Option<Arc<Snapshot>>> {
        Box::pin(async move {
            let found = match part {
                Part::Organisation => self.organisation(number).await?,
                Part::Groups => self.groups(number).await?,
                Part::Group(key) => Some(self.members_of(number, key).await?),
                Part::User(user) => self.everything_of(user, number).await?,
                Part::Everything => return Err(SourceError::new(SourceErrorKind::Unsupported)),
            };
            Ok(found.map(Arc::new))
        })
    }

    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        Box::pin(async move {
            let own = self.members(user, None).await?;
            let pupils = self.pupils(user, None).await?;
            let standings = self.standings(user).await?;
            Ok(shared(parts::merged(user, [own, pupils, standings])))
        })
    }

    fn ties_of<'s>(
        &'s self,
        user: &'s UserId<'s>,
        at: Option<&'s OrganisationNumber<'s>>,
        ties: Ties,
    ) -> Answer<'s, Vec<Arc<Snapshot>>> {
        Box::pin(async move {
            Ok(shared(match (ties, at) {
                (Ties::Standing, _) => {
                    let mut all = self.standings(user).await?;
                    all.retain(|it| at.is_none_or(|at| it.roster().organisation.number == *at));
                    all
                }
                (Ties::Own, _) => self.members(user, at).await?,
                (Ties::Contacts, Some(number)) => vec![self.contacts(user, number).await?],
                (Ties::Contacts, None) => {
                    let mut all = Vec::new();
                    for place in self.standings(user).await?.iter().filter(|it| it.members_with(user).next().is_some())
                    {
                        all.push(self.contacts(user, &place.roster().organisation.number).await?);
                    }
                    all
                }
                (Ties::Pupils, _) => self.pupils(user, at).await?,
            }))
        })
    }

    fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        Box::pin(async move {
            if number.country() != CountryCode::DK || number.is_placeholder() {
                return Ok(None);
            }
            let question = wsiidentifikation::v6::Request::HentBrugeridFraCpr(identifikation::asked(number.clone()));
            let read = |told: Told<'_>| match told {
                Told::Identifikation(wsiidentifikation::v6::Response::HentBrugeridFraCpr(it)) => {
                    Ok(identifikation::told_user(it).map(UserId::into_owned))
                }
                _ => Err(OTHER),
            };
            Ok(self.call(Question::Identifikation(question), read).await?)
        })
    }

    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        Box::pin(async move {
            let question = wsiidentifikation::v6::Request::HentCprFraBrugerid(identifikation::asked_of(user.clone()));
            let read = |told: Told<'_>| match told {
                Told::Identifikation(wsiidentifikation::v6::Response::HentCprFraBrugerid(it)) => {
                    Ok(identifikation::told_number(it).map(CivilId::into_owned))
                }
                _ => Err(OTHER),
            };
            Ok(self.call(Question::Identifikation(question), read).await?)
        })
    }

    fn hierarchy<'s>(&'s self, number: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        Box::pin(async move {
            let question = v6::Request::HentInstitutionshierarki(v6::HentInstitutionshierarki { instnr: text(number) });
            let read = |told: Told<'_>| match told {
                Told::Inst(v6::Response::HentInstitutionshierarki(it)) => {
                    let found = it.institutionshierarki;
                    Ok(found.map(|it| inst::hierarchy(it, &mut Trail::silent()).into_owned()))
                }
                _ => Err(OTHER),
            };
            Ok(self.call(Question::Inst(question), read).await?)
        })
    }

    /// Look-ups never fill a store: that is what pulls are for.
    fn institutions(&self) -> Answer<'_, Institutions> {
        Box::pin(async { Err(SourceError::new(SourceErrorKind::Unsupported)) })
    }
}

fn shared(all: Vec<Snapshot>) -> Vec<Arc<Snapshot>> {
    all.into_iter().map(Arc::new).collect()
}

fn text<'n>(number: &OrganisationNumber<'n>) -> Text<'n> {
    number.clone().into_text()
}

fn user_text<'u>(user: &UserId<'u>) -> Text<'u> {
    user.clone().into_text()
}

impl Unilogin {
    async fn organisation(&self, number: &OrganisationNumber<'_>) -> Result<Option<Snapshot>, Trouble> {
        let question = v6::Request::HentInstitution(v6::HentInstitution { instnr: text(number) });
        let read = |told: Told<'_>| match told {
            Told::Inst(v6::Response::HentInstitution(it)) => {
                it.institution.map(|it| parts::organisation(number, it)).transpose()
            }
            _ => Err(OTHER),
        };
        self.call(Question::Inst(question), read).await
    }

    /// Every institution has the fixed groups, so one without any is none.
    async fn groups(&self, number: &OrganisationNumber<'_>) -> Result<Option<Snapshot>, Trouble> {
        let question = v6::Request::HentGrupper(v6::HentGrupper { instnr: text(number) });
        let read = |told: Told<'_>| match told {
            Told::Inst(v6::Response::HentGrupper(it)) if it.gruppe.is_empty() => Ok(None),
            Told::Inst(v6::Response::HentGrupper(it)) => parts::groups(number, it.gruppe).map(Some),
            _ => Err(OTHER),
        };
        self.call(Question::Inst(question), read).await
    }

    async fn members_of(&self, number: &OrganisationNumber<'_>, key: &str) -> Result<Snapshot, Trouble> {
        let (instnr, gruppeid) = (text(number), key.into());
        let question = v6::Request::HentBrugereIGruppe(v6::HentBrugereIGruppe { instnr, gruppeid });
        let read = |told: Told<'_>| match told {
            Told::Inst(v6::Response::HentBrugereIGruppe(it)) => parts::members_of(number, key, it.brugertilknytning),
            _ => Err(OTHER),
        };
        self.call(Question::Inst(question), read).await
    }

    /// The user as a member, at one institution or wherever there is an agreement.
    async fn members(&self, user: &UserId<'_>, at: Option<&OrganisationNumber<'_>>) -> Result<Vec<Snapshot>, Trouble> {
        let request = v6::HentInstBruger { instnr: at.map(text), brugerid: user_text(user) };
        let read = |told: Told<'_>| match told {
            Told::Inst(v6::Response::HentInstBruger(it)) => parts::members(user, at, it.inst_bruger),
            _ => Err(OTHER),
        };
        self.call(Question::Inst(v6::Request::HentInstBruger(request)), read).await
    }

    async fn contacts(&self, user: &UserId<'_>, number: &OrganisationNumber<'_>) -> Result<Snapshot, Trouble> {
        let request = v7::HentBrugersKontaktpersoner { instnr: text(number), brugerid: user_text(user) };
        let read = |told: Told<'_>| match told {
            Told::Bruger(v7::Response::HentBrugersKontaktpersoner(it)) => {
                parts::contacts(number, user, it.kontaktperson)
            }
            _ => Err(OTHER),
        };
        self.call(Question::Bruger(v7::Request::HentBrugersKontaktpersoner(request)), read).await
    }

    async fn pupils(&self, user: &UserId<'_>, at: Option<&OrganisationNumber<'_>>) -> Result<Vec<Snapshot>, Trouble> {
        let request = v7::HentKontaktpersonsBrugere { instnr: at.map(text), brugerid: user_text(user) };
        let read = |told: Told<'_>| match told {
            Told::Bruger(v7::Response::HentKontaktpersonsBrugere(it)) => parts::pupils(user, at, it.elev),
            _ => Err(OTHER),
        };
        self.call(Question::Bruger(v7::Request::HentKontaktpersonsBrugere(request)), read).await
    }

    async fn standings(&self, user: &UserId<'_>) -> Result<Vec<Snapshot>, Trouble> {
        let request = v7::HentBrugersInstitutionstilknytninger { brugerid: user_text(user) };
        let read = |told: Told<'_>| match told {
            Told::Bruger(v7::Response::HentBrugersInstitutionstilknytninger(it)) => {
                Ok(parts::standings(user, it.institutionstilknytning))
            }
            _ => Err(OTHER),
        };
        self.call(Question::Bruger(v7::Request::HentBrugersInstitutionstilknytninger(request)), read).await
    }

    /// Every tie of a user at one institution: three calls, each under an agreement of its own.
    async fn everything_of(
        &self,
        user: &UserId<'_>,
        number: &OrganisationNumber<'_>,
    ) -> Result<Option<Snapshot>, Trouble> {
        let own = self.members(user, Some(number)).await?;
        let contacts = self.contacts(user, number).await?;
        let pupils = self.pupils(user, Some(number)).await?;
        Ok(parts::merged(user, [own, vec![contacts], pupils]).pop())
    }
}
