//! `skolebro quota`: full pulls used and left today, those that callers ask of us and those that we ask of others.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use super::{Failure, Listing, Quota, stores};
use crate::{
    clock,
    config::Config,
    store::{
        Sqlite, Store,
        tally::{Asked, Copied, Tally},
    },
};

pub(super) fn run(args: &Quota) -> Result<(), Failure> {
    let config = Config::load(args.config.as_deref()).map_err(Failure::Usage)?;
    let store = stores::open(&config)?;
    answered(args, &config, &store)?;
    asked(args, &config, &store)
}

fn is_asked(args: &Quota, institution: &str) -> bool {
    args.institution.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(institution))
}

/// What callers have pulled from us.
fn answered(args: &Quota, config: &Config, store: &Sqlite) -> Result<(), Failure> {
    let today = clock::danish_day();
    let mut pulls = store.pulls(today, today).map_err(|it| stores::failed(&it))?;
    pulls.retain(|it| is_asked(args, it.institution.as_str()));
    if args.format == Listing::Text && !pulls.is_empty() {
        println!("Pulled from us:");
    }
    for pull in pulls {
        let left = config.pull.quota.saturating_sub(pull.count);
        let institution = pull.institution.as_str();
        match args.format {
            Listing::Text => println!(
                "{institution:8} {:24} {:24} {} used, {left} left of {}",
                pull.package, pull.caller, pull.count, config.pull.quota
            ),
            Listing::Json => println!(
                "{}",
                json!({ "institution": institution, "package": pull.package, "caller": pull.caller,
                        "day": today.to_string(), "used": pull.count, "left": left })
            ),
        }
    }
    Ok(())
}

/// What we have pulled from others, and what became of it.
fn asked(args: &Quota, config: &Config, store: &Sqlite) -> Result<(), Failure> {
    let today = clock::danish_day();
    let counts = store.asked(today, today).map_err(|it| stores::failed(&it))?;
    let copies = store.copies().map_err(|it| stores::failed(&it))?;
    // Every institution of which anything is known, once for each upstream.
    let mut rows: BTreeMap<(&str, &str), (u64, Option<&Copied>)> = BTreeMap::new();
    for copy in &copies {
        rows.entry((copy.institution.as_str(), &copy.upstream)).or_default().1 = Some(copy);
    }
    for Asked { day: _, upstream, institution, count } in &counts {
        rows.entry((institution.as_str(), upstream)).or_default().0 = *count;
    }
    rows.retain(|(institution, _), _| is_asked(args, institution));
    if args.format == Listing::Text && !rows.is_empty() {
        println!("Pulled by us:");
    }
    for ((institution, upstream), (used, copy)) in rows {
        let quota = config.pull.quota;
        let left = quota.saturating_sub(used);
        let (fetched, failing) = copy.map_or((None, None), |it| (it.fetched.map(second), it.failing.as_ref()));
        match args.format {
            Listing::Text => {
                let fetched = fetched.map_or_else(|| "no copy".to_owned(), |it| format!("copy of {it}"));
                let failing = failing.map_or_else(String::new, |it| {
                    format!("; failed {} times, last at {} ({})", it.times, second(it.since), it.kind)
                });
                println!("{institution:8} {upstream:24} {used} used, {left} left of {quota}; {fetched}{failing}");
            }
            Listing::Json => println!(
                "{}",
                json!({ "institution": institution, "upstream": upstream, "day": today.to_string(), "used": used,
                        "left": left, "fetched": fetched, "failed": failing.map(|it| second(it.since)),
                        "failure": failing.map(|it| &it.kind), "failures": failing.map_or(0, |it| it.times) })
            ),
        }
    }
    Ok(())
}

fn second(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
