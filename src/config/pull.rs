//! `[pull]`: how often upstreams are asked for everything, when, and what readers get meanwhile.

use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};
use serde::Deserialize;

use crate::pull::{Plan, Rules, Schedule, WhenSpent};

/// How much is pulled, when, and how much may go at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pull {
    /// Full pulls of an institution a Danish day, over all packages: those that we ask of an upstream are never more. Those that
    /// callers ask of us are counted by package, and nobody is refused.
    pub quota: u64,
    /// The share of the people, from 0 to 1, that one import may let go without being confirmed.
    pub mass_deletion: f64,
    /// Times of the Danish clock at which every institution is pulled: `["02:30"]`.
    pub schedule: Vec<String>,
    /// Or so many hours after the last copy. 0: not by hours.
    pub every_hours: u32,
    /// So many minutes the pulls of a run are spread over, each server in its own way.
    pub spread_minutes: u32,
    /// The age in hours from which on a copy is pulled anew when somebody reads it.
    pub max_age_hours: u32,
    /// What readers get of an older copy while no pull is left.
    pub when_spent: Spent,
    /// Seconds that a reader waits for a copy where there is none.
    pub wait_seconds: u32,
    /// Seconds by which our clock and the upstream's may differ: so close to midnight a pull counts on both days.
    pub guard_seconds: u32,
    /// Institutions that are pulled at once.
    pub at_once: usize,
    /// Seconds after which a process that says nothing is not believed to be pulling any more.
    pub lease_seconds: u32,
}

/// What readers get of a copy that is too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spent {
    /// The copy, with its age.
    Serve,
    /// A refusal that says when there will be a new one.
    Refuse,
}

impl Default for Pull {
    fn default() -> Self {
        Self {
            quota: 4,
            mass_deletion: 0.2,
            schedule: Vec::new(),
            every_hours: 0,
            spread_minutes: 30,
            max_age_hours: 24,
            when_spent: Spent::Serve,
            wait_seconds: 20,
            guard_seconds: 60,
            at_once: 2,
            lease_seconds: 120,
        }
    }
}

impl Pull {
    /// What is kept to.
    ///
    /// # Errors
    /// A number that cannot be meant.
    pub fn rules(&self) -> Result<Rules, String> {
        let wrong = |key: &str, number: u64, why: &str| Err(format!("pull.{key} = {number}: {why}"));
        if self.at_once == 0 {
            return wrong("at_once", 0, "at least 1");
        }
        if !(15..=86_400).contains(&self.lease_seconds) {
            return wrong("lease_seconds", self.lease_seconds.into(), "from 15 to 86400");
        }
        if self.guard_seconds > 3600 {
            return wrong("guard_seconds", self.guard_seconds.into(), "at most 3600; set the clock instead");
        }
        if self.max_age_hours == 0 {
            return wrong("max_age_hours", 0, "at least 1");
        }
        if self.max_age_hours > YEARS {
            return wrong("max_age_hours", self.max_age_hours.into(), "at most 876600, which is a hundred years");
        }
        Ok(Rules {
            quota: self.quota,
            guard: TimeDelta::seconds(self.guard_seconds.into()),
            at_once: self.at_once,
            lease: Duration::from_secs(self.lease_seconds.into()),
            max_age: TimeDelta::hours(self.max_age_hours.into()),
            wait: Duration::from_secs(self.wait_seconds.into()),
            when_spent: match self.when_spent {
                Spent::Serve => WhenSpent::Serve,
                Spent::Refuse => WhenSpent::Refuse,
            },
        })
    }

    /// When everything is pulled.
    ///
    /// # Errors
    /// A time that is none, or more runs than the quota allows.
    pub fn schedule(&self) -> Result<Schedule, String> {
        let lot = uuid::Uuid::new_v4().as_u64_pair().0;
        let runs =
            if self.every_hours == 0 { self.schedule.len() as u64 } else { (24 / u64::from(self.every_hours)).max(1) };
        if !self.schedule.is_empty() && self.every_hours > 0 {
            return Err("pull.schedule and pull.every_hours: choose one".to_owned());
        }
        if self.spread_minutes > 720 {
            return Err(format!("pull.spread_minutes = {}: at most 720", self.spread_minutes));
        }
        if self.every_hours > YEARS {
            return Err(format!("pull.every_hours = {}: at most 876600, which is a hundred years", self.every_hours));
        }
        if runs > self.quota {
            let key = if self.every_hours == 0 { "pull.schedule" } else { "pull.every_hours" };
            return Err(format!("{key} asks for {runs} pulls a day, pull.quota allows {}", self.quota));
        }
        let plan = if self.every_hours > 0 {
            Plan::Every(TimeDelta::hours(self.every_hours.into()))
        } else if self.schedule.is_empty() {
            Plan::Never
        } else {
            Plan::Times(self.schedule.iter().map(|it| time(it)).collect::<Result<_, _>>()?)
        };
        Ok(Schedule::new(plan, TimeDelta::minutes(self.spread_minutes.into()), lot))
    }
}

/// The hours of a hundred years: beyond that no calendar reaches.
const YEARS: u32 = 876_600;

fn time(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .map_err(|_| format!("pull.schedule: {text:?} is no time of the clock; write \"02:30\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(text: &str) -> Result<Schedule, String> {
        toml::from_str::<Pull>(text).unwrap().schedule()
    }

    #[test]
    fn a_schedule_that_cannot_be_kept_is_refused() {
        assert!(schedule("").is_ok());
        assert!(schedule("schedule = ['02:30', '14:00']").is_ok());
        assert!(schedule("every_hours = 6").is_ok());
        let told = |text: &str| schedule(text).unwrap_err();
        assert_eq!(told("schedule = ['2.30']"), "pull.schedule: \"2.30\" is no time of the clock; write \"02:30\"");
        assert_eq!(told("schedule = ['24:00']"), "pull.schedule: \"24:00\" is no time of the clock; write \"02:30\"");
        assert_eq!(told("schedule = ['02:30']\nevery_hours = 6"), "pull.schedule and pull.every_hours: choose one");
        assert_eq!(told("every_hours = 4"), "pull.every_hours asks for 6 pulls a day, pull.quota allows 4");
        let never = "pull.every_hours = 4294967295: at most 876600, which is a hundred years";
        assert_eq!(told("every_hours = 4294967295"), never);
        let often = "schedule = ['01:00', '02:00', '03:00']\nquota = 2";
        assert_eq!(told(often), "pull.schedule asks for 3 pulls a day, pull.quota allows 2");
    }

    #[test]
    fn rules_are_checked() {
        let rules = |text: &str| toml::from_str::<Pull>(text).unwrap().rules();
        assert_eq!(rules("").unwrap(), Rules::default());
        assert_eq!(rules("when_spent = 'refuse'").unwrap().when_spent, WhenSpent::Refuse);
        assert_eq!(rules("at_once = 0").unwrap_err(), "pull.at_once = 0: at least 1");
        let why = "pull.max_age_hours = 4294967295: at most 876600, which is a hundred years";
        assert_eq!(rules("max_age_hours = 4294967295").unwrap_err(), why);
        assert_eq!(rules("lease_seconds = 1").unwrap_err(), "pull.lease_seconds = 1: from 15 to 86400");
        assert!(toml::from_str::<Pull>("when_spent = 'wait'").is_err());
    }
}
