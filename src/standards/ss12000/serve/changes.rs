//! SS12000 2.1, the operations about changes: what has gone, subscriptions, reports.

use std::borrow::Cow;

use uuid::Uuid;

use super::{
    Answer, Error, ErrorKind, Request, Service,
    list::{Asked, Pages},
    parameters,
    token::{GONE, Place},
};
use crate::{
    source::{SourceError, SourceErrorKind, ledger::Moment},
    standards::ss12000::{
        clerk,
        feed::{self, DeletedSince, Feed, Listed, Refusal},
        ledger::Deletion,
        view::View,
    },
};

impl Service {
    /// A page of what has gone.
    pub(super) fn deleted(&self, view: &View, asked: &Asked<'_>) -> Result<Answer, Error> {
        let book = view.book().ok_or_else(Error::not_found)?;
        let from = match &asked.place {
            None => None,
            Some(Place::Gone(at, class, id)) => Some(Deletion::at_key((*at, *class, *id)).ok_or(GONE)?),
            Some(Place::After(_) | Place::Pinned(..)) => return Err(GONE),
        };
        let since = DeletedSince {
            after: asked.parameters.moment("after"),
            sees_since: self.sees_since(asked.request)?,
            entities: asked.parameters.texts("entities").into_iter().map(ToOwned::to_owned).collect(),
            from,
            limit: asked.page.limit,
        };
        let page = feed::deleted(book, asked.request.caller, &since)?;
        let place = |it: Deletion| {
            let (at, class, id) = it.key();
            Place::Gone(at, class, id)
        };
        let token = page.next.map(|it| asked.token(self, place(it))).transpose()?;
        let body = serde_json::json!({ "data": page.data, "pageToken": token });
        Ok(Answer::json(serde_json::to_vec(&body)?))
    }

    /// Since when the caller may see what it may see now.
    fn sees_since(&self, request: &Request<'_>) -> Result<Moment, Error> {
        let sight = feed::sight(request.caller);
        let told = self.looker.ledger.sees_since(clerk::STANDARD, request.name, &sight);
        let since = told.map_err(Refusal::Failed)?;
        self.sights().insert(request.name.to_owned(), request.caller.clone());
        Ok(since)
    }

    /// Notes what a caller may see, so that it can be told later that this has changed. Once noted it costs nothing.
    pub(super) fn note_sight(&self, request: &Request<'_>) -> Result<(), Error> {
        let is_noted = self.sights().get(request.name) == Some(request.caller);
        if is_noted { Ok(()) } else { self.sees_since(request).map(drop) }
    }

    /// A page of the caller's subscriptions.
    pub(super) fn subscriptions(&self, asked: &Asked<'_>) -> Result<Answer, Error> {
        let after = match &asked.place {
            None => None,
            Some(Place::After(id)) => Some(*id),
            Some(Place::Gone(..) | Place::Pinned(..)) => return Err(GONE),
        };
        let Request { name, now, .. } = *asked.request;
        let keeper = &*self.kept()?.subscriptions;
        let Listed { subscriptions, last } = feed::subscriptions(name, after, asked.page.limit, now, keeper)?;
        let mut body = Pages::new();
        subscriptions.iter().for_each(|it| body.add_written(it));
        let token = last.map(|it| asked.token(self, Place::After(it))).transpose()?;
        body.finish(token.as_deref())
    }

    pub(super) fn subscribe(&self, view: &View, request: &Request<'_>) -> Result<Answer, Error> {
        let Feed { subscriptions, reports: _, targets, terms } = self.kept()?;
        let told = view.book().map_or(0, |it| it.moment());
        let who = (request.name, told, request.now);
        let body = feed::subscribe(request.body, who, &**targets, *terms, &**subscriptions)?;
        Ok(Answer { status: 201, body })
    }

    pub(super) fn subscription(&self, id: &str, request: &Request<'_>) -> Result<Answer, Error> {
        let keeper = &*self.kept()?.subscriptions;
        Ok(Answer::json(feed::subscription(request.name, self::id(id)?, request.now, keeper)?))
    }

    pub(super) fn unsubscribe(&self, id: &str, request: &Request<'_>) -> Result<Answer, Error> {
        feed::unsubscribe(request.name, self::id(id)?, &*self.kept()?.subscriptions)?;
        Ok(Answer { status: 204, body: Vec::new() })
    }

    pub(super) fn renew(&self, id: &str, request: &Request<'_>) -> Result<Answer, Error> {
        let Feed { subscriptions, reports: _, targets: _, terms } = self.kept()?;
        let Request { name, now, .. } = *request;
        Ok(Answer::json(feed::renew(name, self::id(id)?, now, *terms, &**subscriptions)?))
    }

    pub(super) fn log(&self, request: &Request<'_>) -> Result<Answer, Error> {
        feed::log(request.body, request.name, request.now, &*self.kept()?.reports)?;
        Ok(Answer { status: 201, body: Vec::new() })
    }

    pub(super) fn statistics(&self, request: &Request<'_>) -> Result<Answer, Error> {
        feed::statistics(request.body, request.name, request.now, &*self.kept()?.reports)?;
        Ok(Answer { status: 201, body: Vec::new() })
    }

    fn kept(&self) -> Result<&Feed, Error> {
        self.feed.as_ref().ok_or_else(Error::not_found)
    }
}

fn id(text: &str) -> Result<Uuid, Error> {
    parameters::id(text).ok_or_else(|| Error::invalid("INVALID_ID", "The id is no UUID."))
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let error = |kind, code, message| Self { kind, code, message: Cow::Borrowed(message) };
        match refusal {
            Refusal::Invalid(code, why) => error(ErrorKind::Invalid, code, why),
            Refusal::Forbidden(code, why) => error(ErrorKind::Forbidden, code, why),
            Refusal::Gone(code, why) => error(ErrorKind::Gone, code, why),
            Refusal::NotFound => Self::not_found(),
            Refusal::Failed(why) => Self::source(SourceError::because(SourceErrorKind::Unavailable, why)),
        }
    }
}
