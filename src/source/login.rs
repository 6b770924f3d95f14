//! Somebody who is logged in at the moment: what immediate look-ups are asked in the name of.

use chrono::{DateTime, Utc};

use crate::domain::{OrganisationNumber, UserId};

/// An active login. Only who has verified a token makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// Who is logged in.
    pub user: Option<UserId<'static>>,
    /// The institutions of the login.
    pub institutions: Vec<OrganisationNumber<'static>>,
    /// Until when.
    pub expires: DateTime<Utc>,
}

impl Login {
    /// Whether the login is that of this user.
    #[must_use]
    pub fn is_of(&self, user: &UserId<'_>) -> bool {
        self.user.as_ref().is_some_and(|it| it == user)
    }

    /// Whether the login is one at this institution.
    #[must_use]
    pub fn is_at(&self, institution: &OrganisationNumber<'_>) -> bool {
        self.institutions.iter().any(|it| it == institution)
    }
}
