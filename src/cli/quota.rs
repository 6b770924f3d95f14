//! `skolebro quota`: full pulls used and left today, those that callers ask of us and those that we ask of others.

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
    let mut rows: Vec<(Option<&Asked>, Option<&Copied>)> = Vec::new();
    let copies = store.copies().map_err(|it| stores::failed(&it))?;
    let same = |count: &Asked, copy: &Copied| count.upstream == copy.upstream && count.institution == copy.institution;
    rows.extend(copies.iter().map(|copy| (counts.iter().find(|it| same(it, copy)), Some(copy))));
    rows.extend(counts.iter().filter(|it| !copies.iter().any(|copy| same(it, copy))).map(|it| (Some(it), None)));
    let key = |row: &(Option<&Asked>, Option<&Copied>)| {
        let count = row.0.map(|it| (it.institution.as_str().to_owned(), it.upstream.clone()));
        count.or_else(|| row.1.map(|it| (it.institution.as_str().to_owned(), it.upstream.clone()))).unwrap_or_default()
    };
    rows.sort_by_key(key);
    rows.retain(|it| is_asked(args, &key(it).0));
    if args.format == Listing::Text && !rows.is_empty() {
        println!("Pulled by us:");
    }
    for row in rows {
        let (institution, upstream) = key(&row);
        let (used, copy) = (row.0.map_or(0, |it| it.count), row.1);
        let left = config.pull.quota.saturating_sub(used);
        let fetched = copy.and_then(|it| it.fetched).map(|it| it.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
        let failing = copy.and_then(|it| it.failing.as_ref());
        match args.format {
            Listing::Text => {
                let fetched = fetched.map_or_else(|| "no copy".to_owned(), |it| format!("copy of {it}"));
                let failing = failing.map_or_else(String::new, |it| {
                    format!(", failed {} times, last at {} ({})", it.times, second(it.since), it.kind)
                });
                println!(
                    "{institution:8} {upstream:24} {used} used, {left} left of {}; {fetched}{failing}",
                    config.pull.quota
                );
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

fn second(moment: chrono::DateTime<chrono::Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
