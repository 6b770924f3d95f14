//! `skolebro pull`: everything of institutions from the upstreams that answer for them, within the quota.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Failure, Listing, Pull, progress, serve, stores, upstreams};
use crate::{
    config::Config,
    domain::OrganisationNumber,
    pull::{Missed, Pulled, Puller, Told, Wish},
    store::Store,
};

pub(super) fn run(args: &Pull) -> Result<(), Failure> {
    let config = Config::load(args.config.as_deref()).map_err(Failure::Usage)?;
    let store: Arc<dyn Store> = Arc::new(stores::open(&config)?);
    let puller = upstreams::puller(&config, &store)?
        .ok_or_else(|| Failure::Usage("no [[source]] is configured to pull from".to_owned()))?;
    serve::runtime()?.block_on(pull(args, &puller))
}

async fn pull(args: &Pull, puller: &Arc<Puller>) -> Result<(), Failure> {
    let is_known = puller.learn().await;
    let numbers: Vec<OrganisationNumber<'static>> = if args.all {
        puller.standings().into_iter().map(|it| it.0).collect()
    } else {
        args.institutions.iter().map(|it| OrganisationNumber::new(it.clone())).collect()
    };
    if numbers.is_empty() && is_known {
        return Err(Failure::Usage("the upstreams have no agreement with any institution".to_owned()));
    }
    let wish = Wish { since: puller.now(), patient: false, confirmed: args.confirm };
    let pulling: Vec<_> = numbers
        .into_iter()
        .map(|number| {
            let (puller, asked) = (puller.clone(), number.clone());
            (number, tokio::spawn(async move { puller.pull(&asked, wish).await }))
        })
        .collect();
    let bar = progress::making(pulling.len() as u64);
    let mut worst = if is_known { Became::Well } else { Became::Failed };
    for (number, told) in pulling {
        let told = told.await.unwrap_or(Err(Missed::Ours));
        bar.suspend(|| tell(&number, &told, args.format));
        bar.inc(1);
        worst = worst.max(became(&told));
    }
    bar.finish_and_clear();
    match worst {
        Became::Well => Ok(()),
        Became::Refused => Err(Failure::Refused("not everything was pulled".to_owned())),
        Became::Failed => Err(Failure::Upstream("not everything could be pulled".to_owned())),
    }
}

/// How it went, from well to badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    Well,
    Refused,
    Failed,
}

fn became(told: &Told) -> Became {
    match told {
        Ok(Pulled::Done { .. } | Pulled::Known) => Became::Well,
        Ok(Pulled::Held { .. }) | Err(Missed::Spent(_) | Missed::Nobody) => Became::Refused,
        Err(Missed::Waiting(..) | Missed::Failed(..) | Missed::Elsewhere(_) | Missed::Store(_) | Missed::Ours) => {
            Became::Failed
        }
    }
}

fn tell(number: &OrganisationNumber<'_>, told: &Told, format: Listing) {
    let institution = number.as_str();
    match format {
        Listing::Json => println!("{}", listed(institution, told)),
        Listing::Text => match told {
            Ok(Pulled::Done { added, changed, removed, unchanged }) => {
                println!("{institution}: {added} added, {changed} changed, {removed} removed, {unchanged} unchanged");
            }
            Ok(Pulled::Known) => println!("{institution}: another process has just pulled it"),
            Ok(Pulled::Held { leaving, of }) => eprintln!(
                "{institution}: {leaving} of {of} people would go, which is more than the guard allows; nothing has \
                 changed. If it is right: skolebro import --confirm"
            ),
            Err(missed) => eprintln!("{institution}: {missed}"),
        },
    }
}

fn listed(institution: &str, told: &Told) -> Value {
    match told {
        Ok(Pulled::Done { added, changed, removed, unchanged }) => json!({
            "institution": institution, "outcome": "done",
            "added": added, "changed": changed, "removed": removed, "unchanged": unchanged
        }),
        Ok(Pulled::Known) => json!({ "institution": institution, "outcome": "known" }),
        Ok(Pulled::Held { leaving, of }) => {
            json!({ "institution": institution, "outcome": "held", "leaving": leaving, "of": of })
        }
        Err(Missed::Spent(until)) => {
            json!({ "institution": institution, "outcome": "spent", "until": until.to_rfc3339() })
        }
        Err(missed) => json!({ "institution": institution, "outcome": "failed", "why": missed.to_string() }),
    }
}
