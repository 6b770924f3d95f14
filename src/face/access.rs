//! What is recorded of a question: one record, which is on the disk before the answer leaves. Without it nothing is told of people.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use hyper::StatusCode;
use tokio::task;

use super::{Faces, rescue, rescue::Trouble};
use crate::{
    audit::{self, Audit, Decision, Unrecorded},
    login::Refused,
    source::told::{Notes, Told},
    standards::unilogin::{Authentication, Refusal, Service},
};

/// A question on its way. Copies are the same question.
#[derive(Clone)]
pub(super) struct Access(Arc<Question>);

struct Question {
    face: &'static str,
    told: Told,
    began: Instant,
    operation: OnceLock<String>,
    request: OnceLock<String>,
    /// Whether the record has been handed over: there is one.
    is_recorded: AtomicBool,
}

impl Access {
    /// A question has come.
    pub(super) fn begin(faces: &Faces, face: &'static str) -> Self {
        let told = faces.audit.as_ref().map_or_else(Told::default, |it| it.notes());
        let (operation, request, is_recorded) = (OnceLock::new(), OnceLock::new(), AtomicBool::new(false));
        Self(Arc::new(Question { face, told, began: Instant::now(), operation, request, is_recorded }))
    }

    /// Where it is noted what the answer tells of people.
    pub(super) fn told(&self) -> &Told {
        &self.0.told
    }

    /// What is asked, as far as that is known by names of ours.
    pub(super) fn asks(&self, operation: impl FnOnce() -> String) {
        self.0.operation.get_or_init(operation);
    }

    /// The same, for an operation of a contract.
    pub(super) fn asks_for(&self, service: &Service, operation: usize) {
        self.asks(|| format!("{} {}", service.short_path(), service.contract.operations[operation].name));
    }

    /// Records that something is about to be handed in, since it cannot be taken back when its own record fails. May wait.
    pub(super) fn begun(&self, faces: &Faces) -> Result<(), Trouble> {
        let Some(audit) = &faces.audit else { return Ok(()) };
        let begun = self.access(audit, Notes::default(), Decision::Allow("begun"), "begun");
        audit.record_now(&begun).map_err(|_| Trouble::Unrecorded)
    }

    /// Lets an answer pass when its record lasts.
    pub(super) async fn ended<T>(&self, faces: &Faces, outcome: Result<T, Trouble>) -> Result<T, Trouble> {
        let Some((audit, access)) = self.record(faces, &outcome) else { return outcome };
        let recorded = if audit.takes_time(&access.notes) {
            let audit = audit.clone();
            recorded(task::spawn_blocking(move || audit.record_now(&access)).await)
        } else {
            audit.record(&access).await
        };
        judged(recorded, outcome)
    }

    /// The same, of a question that is not even looked at.
    pub(super) async fn refused(&self, faces: &Faces, trouble: Trouble) -> Trouble {
        self.ended::<()>(faces, Err(trouble)).await.err().unwrap_or(Trouble::Ours)
    }

    /// The same for who may wait, and goes on when whoever asked has gone.
    pub(super) fn ended_now<T>(&self, faces: &Faces, outcome: Result<T, Trouble>) -> Result<T, Trouble> {
        let Some((audit, access)) = self.record(faces, &outcome) else { return outcome };
        judged(audit.record_now(&access), outcome)
    }

    /// What is to be recorded: everything about people, and every refusal.
    fn record<'f, T>(
        &self,
        faces: &'f Faces,
        outcome: &Result<T, Trouble>,
    ) -> Option<(&'f Arc<Audit>, audit::Access<'static>)> {
        let audit = faces.audit.as_ref()?;
        let mut notes = self.0.told.take();
        let refusal = outcome.as_ref().err().and_then(refusal);
        if !notes.is_personal && refusal.is_none() || self.0.is_recorded.swap(true, Ordering::Relaxed) {
            return None;
        }
        if outcome.is_err() {
            // Whoever was found was not told of.
            notes = Notes { people: Default::default(), crowds: Vec::new(), ..notes };
        }
        if refusal.is_some() {
            notes.asked.clear();
        }
        let rule = if self.0.face == "ss12000" { "institutions" } else { "agreement" };
        let status = outcome.as_ref().err().map_or(StatusCode::OK, rescue::status);
        let decision = refusal.map_or(Decision::Allow(rule), Decision::Deny);
        Some((audit, self.access(audit, notes, decision, status.as_str())))
    }

    fn access(&self, audit: &Audit, notes: Notes, decision: Decision, result: &str) -> audit::Access<'static> {
        audit::Access {
            face: self.0.face,
            request: self.0.request.get_or_init(|| audit.request()).clone(),
            operation: self.0.operation.get().cloned().unwrap_or_default().into(),
            notes,
            decision,
            result: result.to_owned().into(),
            took: self.0.began.elapsed(),
        }
    }
}

/// What became of a record that was written beside. One that broke off is none.
fn recorded(ended: Result<Result<(), Unrecorded>, task::JoinError>) -> Result<(), Unrecorded> {
    ended.unwrap_or_else(|_| Err(audit::gone()))
}

/// An answer that is not recorded is not given. A refusal tells nothing, and may be told.
fn judged<T>(recorded: Result<(), Unrecorded>, outcome: Result<T, Trouble>) -> Result<T, Trouble> {
    match (recorded, outcome) {
        (Err(_), Ok(_)) => Err(Trouble::Unrecorded),
        (_, outcome) => outcome,
    }
}

/// The rule by which somebody is refused; nothing where something else is wrong.
fn refusal(trouble: &Trouble) -> Option<&'static str> {
    match trouble {
        Trouble::Unilogin(Refusal::Authentication(it), _) => Some(it.value()),
        Trouble::Unilogin(Refusal::Signature(_), _) => Some(Authentication::Signature.value()),
        Trouble::Unauthenticated => Some("token"),
        Trouble::Forbidden => Some("face"),
        Trouble::Ss12000(it) if it.code == "SCOPE_MISSING" => Some("scope"),
        Trouble::Login(Refused::Unavailable) => None,
        Trouble::Login(_) => Some("login"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_record_that_broke_off_is_none() {
        let task = task::spawn(std::future::pending());
        task.abort();
        let recorded = recorded(task.await);
        assert!(matches!(judged(recorded, Ok(())), Err(Trouble::Unrecorded)));
    }
}
