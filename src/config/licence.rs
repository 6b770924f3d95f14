//! `[[licence]]`: what groups may use.

use serde::Deserialize;

use crate::domain::{Licence, Named, OrganisationNumber};

/// A licence that a group has: `hentGruppersLicenser` tells of it. Its fields are those of [`Licence`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceEntry {
    pub institution: String,
    pub group: String,
    pub provider: String,
    pub series_code: String,
    pub series_name: String,
    pub service_code: String,
    pub service_name: String,
    pub url: String,
    pub material: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl LicenceEntry {
    pub(super) fn licence(&self) -> Result<Licence, String> {
        let day = |it: &Option<String>| match it.as_deref().map(str::parse) {
            None => Ok(None),
            Some(day) => {
                day.map(Some).map_err(|_| format!("licence of group {:?}: a day is written 2026-08-01", self.group))
            }
        };
        Ok(Licence {
            institution: OrganisationNumber::new(self.institution.clone()),
            group: self.group.clone(),
            provider: self.provider.clone(),
            series: Named { code: self.series_code.clone(), name: self.series_name.clone() },
            service: Named { code: self.service_code.clone(), name: self.service_name.clone() },
            url: self.url.clone(),
            material: self.material.clone(),
            from: day(&self.from)?,
            to: day(&self.to)?,
        })
    }
}
