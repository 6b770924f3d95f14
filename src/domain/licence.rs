//! What a group may use: a service, bought for it, for a time.

use chrono::NaiveDate;

use super::OrganisationNumber;

/// A licence that a group at an institution has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// The institution.
    pub institution: OrganisationNumber<'static>,
    /// The key of the group.
    pub group: String,
    /// Whose service it is: the provider's number.
    pub provider: String,
    /// The series it belongs to.
    pub series: Named,
    /// The service itself; its code is unique for the provider.
    pub service: Named,
    /// Where it is used.
    pub url: String,
    /// Its number among teaching materials.
    pub material: Option<String>,
    /// Its first day.
    pub from: Option<NaiveDate>,
    /// Its last day.
    pub to: Option<NaiveDate>,
}

/// A code and a name, both of which are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The code.
    pub code: String,
    /// The name.
    pub name: String,
}
