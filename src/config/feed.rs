//! `[face.ss12000.feed]`: how long what has gone is remembered, and how subscribers are told of changes.

use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;

use super::SecretText;
use crate::{
    notices::{Settings, vet::Reach},
    standards::ss12000::feed::{Style, Terms},
};

/// Choices of the feed of changes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Feed {
    /// Days that what has gone is remembered at least.
    pub deletions_days: u32,
    /// Days that a subscription lasts without being renewed.
    pub subscription_days: u32,
    /// Subscriptions that a caller may have.
    pub subscriptions: usize,
    /// How notices are written: `standard`, or `skolverket` as its reference has them.
    pub style: NoticeStyle,
    /// Secrets that notices are signed with, the newest first; two while they are exchanged. Without any they are not signed.
    pub secrets: Vec<SecretText>,
    /// Send notices to `http` addresses too.
    pub plain_http: bool,
    /// Networks that notices may be sent to although they are not public, such as `10.1.0.0/16`.
    pub networks: Vec<String>,
    /// Seconds that a receiver may take to answer.
    pub answer_seconds: u64,
}

/// How notices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeStyle {
    /// As the standard has them.
    #[default]
    Standard,
    /// As Skolverket's reference has them.
    Skolverket,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            deletions_days: 400,
            subscription_days: 30,
            subscriptions: 20,
            style: NoticeStyle::Standard,
            secrets: Vec::new(),
            plain_http: false,
            networks: Vec::new(),
            answer_seconds: 10,
        }
    }
}

/// A hundred years at most: beyond that no calendar reaches.
fn days(key: &str, days: u32) -> Result<TimeDelta, String> {
    match days {
        0..=36_525 => Ok(TimeDelta::days(days.into())),
        _ => Err(format!("face.ss12000.feed.{key} = {days}: at most 36525")),
    }
}

impl Feed {
    /// How long what has gone is remembered.
    ///
    /// # Errors
    /// More than a hundred years.
    pub fn memory(&self) -> Result<TimeDelta, String> {
        days("deletions_days", self.deletions_days)
    }

    /// What subscriptions are bound by.
    ///
    /// # Errors
    /// As [`Feed::memory`].
    pub fn terms(&self) -> Result<Terms, String> {
        Ok(Terms { life: days("subscription_days", self.subscription_days)?, most: self.subscriptions })
    }

    /// How notices are sent.
    ///
    /// # Errors
    /// A secret that cannot be read.
    pub fn settings(&self) -> Result<Settings, String> {
        let style = match self.style {
            NoticeStyle::Standard => Style::Standard,
            NoticeStyle::Skolverket => Style::Skolverket,
        };
        let secrets: Vec<String> = self.secrets.iter().map(SecretText::text).collect::<Result<_, _>>()?;
        if secrets.iter().any(|it| it.len() < 16) {
            return Err("face.ss12000.feed.secrets: a secret has at least 16 characters".to_owned());
        }
        Ok(Settings { style, secrets })
    }

    /// Where they may be sent.
    ///
    /// # Errors
    /// A network that is none.
    pub fn reach(&self) -> Result<Reach, String> {
        let network = |it: &String| it.parse().map_err(|why| format!("face.ss12000.feed.networks: {why}"));
        Ok(Reach { plain: self.plain_http, networks: self.networks.iter().map(network).collect::<Result<_, _>>()? })
    }

    /// How long a receiver may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.answer_seconds.max(1))
    }
}
