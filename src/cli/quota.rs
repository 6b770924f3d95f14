//! `skolebro quota`: full pulls used and left today.

use serde_json::json;

use super::{Failure, Listing, Quota, stores};
use crate::{clock, config::Config, store::Store};

pub(super) fn run(args: &Quota) -> Result<(), Failure> {
    let config = Config::load(args.config.as_deref()).map_err(Failure::Usage)?;
    let store = stores::open(&config)?;
    let today = clock::danish_day();
    let pulls = store.pulls(today, today).map_err(|it| stores::failed(&it))?;
    let asked = |it: &str| args.institution.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(it));
    for pull in pulls.iter().filter(|it| asked(it.institution.as_str())) {
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
