//! The store in front of upstreams: readers are answered from copies, which are asked for when they are needed or too old.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::{task, time};

use super::{Missed, Puller, Standing, WhenSpent, Wish};
use crate::{
    domain::{CivilId, Hierarchy, OrganisationNumber, Snapshot, UserId},
    source::{
        Answer, Institutions, Part, Source, SourceError, SourceErrorKind, Ties, ages::Ages, login::Login,
        upstream::Upstream,
    },
    store::Store,
};

/// How long to wait before asking again for what is being pulled.
const SOON: std::time::Duration = std::time::Duration::from_secs(5);

/// A source that answers from a store, which it sees to.
pub struct Bridge {
    store: Arc<dyn Store>,
    puller: Arc<Puller>,
}

impl Bridge {
    /// The store with what a puller brings into it.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, puller: Arc<Puller>) -> Self {
        Self { store, puller }
    }

    /// For readers: any copy that is not too old will do, and nobody insists.
    fn wish(&self) -> Wish {
        Wish { since: self.puller.now() - self.puller.rules.max_age, patient: true, confirmed: false }
    }

    /// When things were as the store tells them, where it tells of the institution at all.
    fn as_of(standing: &Standing, copy: Option<&Snapshot>) -> Option<DateTime<Utc>> {
        let told = copy?.roster().exported_at.map(|it| it.with_timezone(&Utc));
        standing.fetched.max(told)
    }

    async fn one<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
        ages: &Ages,
    ) -> Result<Option<Arc<Snapshot>>, SourceError> {
        let copy = self.store.institution(number, part).await?;
        let is_told = copy.as_deref().is_some_and(|it| it.roster().exported_at.is_some());
        let mut standing = self.puller.standing(number);
        // The register tells of institutions whose people nobody has told of yet.
        let is_enough = is_told || (copy.is_some() && matches!(part, Part::Organisation));
        if standing.is_none() && !is_enough {
            let is_known = self.puller.is_known().await;
            standing = self.puller.standing(number);
            if standing.is_none() && !is_known {
                return Err(unknown());
            }
        }
        let Some(standing) = standing else { return Ok(copy) };
        if let Some(as_of) = Self::as_of(&standing, copy.as_deref()) {
            self.see_to(number, &standing, as_of).await?;
            ages.told(as_of);
            return Ok(copy);
        }
        if is_enough {
            return Ok(copy);
        }
        self.wait_for(number, &standing).await?;
        let copy = self.store.institution(number, part).await?;
        let standing = self.puller.standing(number).unwrap_or(standing);
        Self::as_of(&standing, copy.as_deref()).into_iter().for_each(|it| ages.told(it));
        Ok(copy)
    }

    /// Has a copy that is too old pulled anew. Whoever asked is not kept waiting.
    async fn see_to(
        &self,
        number: &OrganisationNumber<'_>,
        standing: &Standing,
        as_of: DateTime<Utc>,
    ) -> Result<(), SourceError> {
        let wish = self.wish();
        if as_of >= wish.since {
            return Ok(());
        }
        let now = self.puller.now();
        let quiet = standing.quiet.as_ref().filter(|it| now < it.until);
        if self.puller.rules.when_spent == WhenSpent::Refuse {
            let known = quiet.filter(|it| it.failure.is_none()).map(|it| it.until);
            let spent = if quiet.is_none() { self.spent_until(number).await? } else { known };
            if let Some(until) = spent {
                return Err(Missed::Spent(until).told_at(now));
            }
        }
        if quiet.is_none() {
            self.puller.wish(number, wish);
        }
        Ok(())
    }

    async fn spent_until(&self, number: &OrganisationNumber<'_>) -> Result<Option<DateTime<Utc>>, SourceError> {
        let (puller, number) = (self.puller.clone(), number.lend().into_owned());
        let read = task::spawn_blocking(move || puller.spent_until(&number)).await;
        read.unwrap_or(Err(Missed::Ours)).map_err(|it| it.told_at(self.puller.now()))
    }

    /// Waits for the first copy, for as long as readers wait.
    async fn wait_for(&self, number: &OrganisationNumber<'_>, standing: &Standing) -> Result<(), SourceError> {
        let now = self.puller.now();
        if let Some(quiet) = standing.quiet.as_ref().filter(|it| now < it.until) {
            return Err(quiet.missed().told_at(now));
        }
        match time::timeout(self.puller.rules.wait, self.puller.pull(number, self.wish())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(missed)) => Err(missed.told_at(self.puller.now())),
            Err(_) => {
                let why = "the institution is being pulled for the first time, which takes a while";
                Err(SourceError::because(SourceErrorKind::Unavailable, why).after(SOON))
            }
        }
    }

    /// Sees to the copies of all institutions, and waits for those that there are none of. What cannot be had is missing, as it
    /// was before, unless nothing at all can.
    async fn all(&self, ages: &Ages) -> Result<(), SourceError> {
        let is_known = self.puller.is_known().await;
        let (mut any, mut missing) = (false, Vec::new());
        for (number, standing) in self.puller.standings() {
            // A copy that was pulled is there; what else is there must be looked at.
            let as_of = match standing.fetched {
                Some(fetched) => Some(fetched),
                None => Self::as_of(&standing, self.store.institution(&number, Part::Organisation).await?.as_deref()),
            };
            match as_of {
                Some(as_of) => {
                    any = true;
                    self.see_to(&number, &standing, as_of).await?;
                    ages.told(as_of);
                }
                None => missing.push((number, standing)),
            }
        }
        // All of them are pulled at once, so far as the rules allow, and waited for together.
        let now = self.puller.now();
        let is_quiet = |it: &Standing| it.quiet.as_ref().is_some_and(|it| now < it.until);
        missing.iter().filter(|it| !is_quiet(&it.1)).for_each(|it| self.puller.wish(&it.0, self.wish()));
        let until = time::Instant::now() + self.puller.rules.wait;
        let mut first = None;
        for (number, standing) in &missing {
            let waited = time::timeout_at(until, self.wait_for(number, standing)).await;
            let fetched = self.puller.standing(number).and_then(|it| it.fetched);
            fetched.into_iter().for_each(|it| ages.told(it));
            match waited {
                Ok(Ok(())) => any = true,
                Ok(Err(error)) => first = first.or(Some(error)),
                Err(_) => {
                    let late = SourceError::new(SourceErrorKind::Unavailable).after(SOON);
                    first = first.or(Some(late));
                }
            }
        }
        match first.or_else(|| (!is_known).then(unknown)) {
            Some(error) if !any && self.store.institutions().await?.is_empty() => Err(error),
            _ => Ok(()),
        }
    }
}

/// An upstream has not said yet which institutions it answers for, so that nobody can say that there is none.
fn unknown() -> SourceError {
    SourceError::because(SourceErrorKind::Unavailable, "which institutions there are is being asked for").after(SOON)
}

/// The bridge for one request.
struct Asked<'s> {
    bridge: &'s Bridge,
    login: Option<&'s Login>,
    ages: &'s Ages,
}

impl Asked<'_> {
    /// Who may be asked about a person or an institution, because somebody is logged in whom that is about.
    fn covered(&self, number: &OrganisationNumber<'_>, user: Option<&UserId<'_>>) -> Option<&Arc<dyn Upstream>> {
        let login = self.active()?;
        let covers = login.is_at(number) || user.is_some_and(|it| login.is_of(it));
        self.bridge.puller.upstream_of(number).filter(|_| covers)
    }

    fn active(&self) -> Option<&Login> {
        self.login.filter(|it| self.bridge.puller.now() < it.expires)
    }

    /// The upstreams, where the login is that of the user.
    fn covering(&self, user: &UserId<'_>) -> impl Iterator<Item = (usize, &Arc<dyn Upstream>)> {
        let covers = self.active().is_some_and(|it| it.is_of(user));
        self.bridge.puller.attached.iter().map(|it| &it.upstream).enumerate().filter(move |_| covers)
    }

    async fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Result<Option<Arc<Snapshot>>, SourceError> {
        let upstream = match part {
            Part::User(user) => self.covered(number, Some(user)),
            Part::Organisation | Part::Groups | Part::Group(_) => self.covered(number, None),
            // That would be a full pull.
            Part::Everything => None,
        };
        let Some(upstream) = upstream else { return self.bridge.one(number, part, self.ages).await };
        match upstream.lookups().institution(number, part).await {
            Ok(found) => Ok(found),
            Err(error) => match self.bridge.one(number, part, self.ages).await {
                Ok(Some(copy)) => Ok(Some(copy)),
                Ok(None) | Err(_) => Err(error),
            },
        }
    }

    /// Some ties of a user at one institution.
    async fn ties_at<'s>(
        &'s self,
        user: &'s UserId<'s>,
        number: &'s OrganisationNumber<'s>,
        ties: Ties,
    ) -> Result<Vec<Arc<Snapshot>>, SourceError> {
        let failed = match self.covered(number, Some(user)) {
            None => None,
            Some(upstream) => match upstream.lookups().ties_of(user, Some(number), ties).await {
                Ok(found) => return Ok(found),
                Err(error) => Some(error),
            },
        };
        match (self.bridge.one(number, Part::User(user), self.ages).await, failed) {
            (Ok(None) | Err(_), Some(error)) => Err(error),
            (kept, _) => Ok(kept?.into_iter().collect()),
        }
    }

    /// A user's ties, or some of them, wherever there are any.
    async fn ties<'s>(&'s self, user: &'s UserId<'s>, ties: Option<Ties>) -> Result<Vec<Arc<Snapshot>>, SourceError> {
        let mut found: Vec<Arc<Snapshot>> = Vec::new();
        let mut asked = Vec::new();
        let mut failed = None;
        for (place, upstream) in self.covering(user) {
            let lookups = upstream.lookups();
            let told = match ties {
                Some(ties) => lookups.ties_of(user, None, ties).await,
                None => lookups.institutions_of(user).await,
            };
            match told {
                Ok(told) => {
                    asked.push(place);
                    found.extend(told.into_iter().filter(|it| self.place_of(it) == Some(place)));
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if asked.len() < self.bridge.puller.attached.len() {
            // Of those that were not asked, or did not answer, the store tells.
            if let Err(error) = self.bridge.all(self.ages).await {
                return Err(failed.unwrap_or(error));
            }
        }
        let kept = self.bridge.store.institutions_of(user).await?;
        found.extend(kept.into_iter().filter(|it| self.place_of(it).is_none_or(|place| !asked.contains(&place))));
        if let (true, Some(error)) = (found.is_empty(), failed) {
            return Err(error);
        }
        found.sort_by(|a, b| number(a).cmp(number(b)));
        Ok(found)
    }

    /// The upstream that answers for an institution.
    fn place_of(&self, snapshot: &Snapshot) -> Option<usize> {
        self.bridge.puller.standing(number(snapshot)).map(|it| it.upstream)
    }

    async fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Result<Option<UserId<'static>>, SourceError> {
        self.bridge.all(self.ages).await?;
        self.bridge.store.user_with(number).await
    }

    async fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Result<Option<CivilId<'static>>, SourceError> {
        let mut failed = None;
        for (_, upstream) in self.covering(user) {
            match upstream.lookups().civil_id_of(user).await {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        let kept = match self.bridge.all(self.ages).await {
            Ok(()) => self.bridge.store.civil_id_of(user).await?,
            Err(error) => return Err(failed.unwrap_or(error)),
        };
        match (kept, failed) {
            (None, Some(error)) => Err(error),
            (kept, _) => Ok(kept),
        }
    }
}

fn number(snapshot: &Snapshot) -> &OrganisationNumber<'static> {
    &snapshot.roster().organisation.number
}

impl Source for Asked<'_> {
    fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Answer<'s, Option<Arc<Snapshot>>> {
        Box::pin(self.institution(number, part))
    }

    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        Box::pin(self.ties(user, None))
    }

    fn ties_of<'s>(
        &'s self,
        user: &'s UserId<'s>,
        at: Option<&'s OrganisationNumber<'s>>,
        ties: Ties,
    ) -> Answer<'s, Vec<Arc<Snapshot>>> {
        match at {
            Some(number) => Box::pin(self.ties_at(user, number, ties)),
            None => Box::pin(self.ties(user, Some(ties))),
        }
    }

    fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        Box::pin(self.user_with(number))
    }

    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        Box::pin(self.civil_id_of(user))
    }

    fn hierarchy<'s>(&'s self, number: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        Box::pin(async move {
            self.bridge.one(number, Part::Organisation, self.ages).await?;
            self.bridge.store.hierarchy(number).await
        })
    }

    fn institutions(&self) -> Answer<'_, Institutions> {
        Box::pin(async move {
            self.bridge.all(self.ages).await?;
            self.bridge.store.institutions().await
        })
    }
}

impl Bridge {
    fn anonymously<'s>(&'s self, ages: &'s Ages) -> Asked<'s> {
        Asked { bridge: self, login: None, ages }
    }
}

impl Source for Bridge {
    fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Answer<'s, Option<Arc<Snapshot>>> {
        Box::pin(async move { self.one(number, part, &Ages::default()).await })
    }

    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        Box::pin(async move { self.anonymously(&Ages::default()).ties(user, None).await })
    }

    fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        Box::pin(async move { self.anonymously(&Ages::default()).user_with(number).await })
    }

    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        Box::pin(async move { self.anonymously(&Ages::default()).civil_id_of(user).await })
    }

    fn hierarchy<'s>(&'s self, number: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        Box::pin(async move { Source::hierarchy(&self.anonymously(&Ages::default()), number).await })
    }

    fn institutions(&self) -> Answer<'_, Institutions> {
        Box::pin(async move { Source::institutions(&self.anonymously(&Ages::default())).await })
    }

    fn during<'s>(&'s self, login: Option<&'s Login>, ages: &'s Ages) -> Option<Box<dyn Source + 's>> {
        Some(Box::new(Asked { bridge: self, login, ages }))
    }
}
