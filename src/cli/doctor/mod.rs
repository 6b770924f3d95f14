//! `skolebro doctor`: looks at everything that can be wrong with an installation, and says what to do about it.

use std::path::Path;

use serde_json::json;

use super::{Doctor, Failure, Listing};
use crate::config::Config;

mod here;
mod source;

/// What has been found out about one thing.
struct Finding {
    /// What it is about: `configuration`, `certificate`, `clock` and so on.
    area: &'static str,
    /// Which source it is about.
    source: Option<String>,
    state: State,
    /// What is so.
    what: String,
    /// Why that matters; empty where all is well.
    why: &'static str,
    /// What to do; empty where all is well.
    advice: String,
}

/// How it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    /// It works, and may not be meant.
    Doubtful,
    /// It is wrong here: a setting, a file.
    Wrong,
    /// It is wrong elsewhere: the network, a server, an agreement.
    Elsewhere,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Doubtful => "doubtful",
            Self::Wrong | Self::Elsewhere => "wrong",
        }
    }
}

impl Finding {
    fn well(area: &'static str, what: impl Into<String>) -> Self {
        Self { area, source: None, state: State::Well, what: what.into(), why: "", advice: String::new() }
    }

    fn new(
        area: &'static str,
        state: State,
        what: impl Into<String>,
        why: &'static str,
        advice: impl Into<String>,
    ) -> Self {
        Self { area, source: None, state, what: what.into(), why, advice: advice.into() }
    }
}

/// Everything that has been found so far; text is written as it is found, since some of it takes time.
struct Findings {
    format: Listing,
    /// The source that is being looked at.
    source: Option<String>,
    last: (&'static str, Option<String>),
    wrong: usize,
    elsewhere: usize,
}

impl Findings {
    fn tell(&mut self, mut finding: Finding) {
        finding.source = self.source.clone();
        match finding.state {
            State::Well | State::Doubtful => {}
            State::Wrong => self.wrong += 1,
            State::Elsewhere => self.elsewhere += 1,
        }
        match self.format {
            Listing::Text => self.text(&finding),
            Listing::Json => {
                let Finding { area, source, state, what, why, advice } = finding;
                let source = source.as_ref();
                println!(
                    "{}",
                    json!({ "area": area, "source": source, "state": state.name(), "what": what, "why": why, "do": advice })
                );
            }
        }
    }

    fn text(&mut self, finding: &Finding) {
        let Finding { area, source, state, what, why, advice } = finding;
        let heading = (*area, source.clone());
        if self.last != heading {
            let of = source.as_ref().map_or_else(String::new, |it| format!(" of {it:?}"));
            println!("{area}{of}");
            self.last = heading;
        }
        println!("  {:8} {what}", state.name());
        if !why.is_empty() {
            println!("           why it matters: {why}");
        }
        if !advice.is_empty() {
            println!("           what to do: {advice}");
        }
    }
}

pub(super) fn run(args: &Doctor) -> Result<(), Failure> {
    let last = ("", None);
    let mut findings = Findings { format: args.format, source: None, last, wrong: 0, elsewhere: 0 };
    if let Some(config) = configuration(args.config.as_deref(), &mut findings) {
        here::faces(&config, &mut findings);
        let store = here::store(&config, &mut findings);
        here::callers(&config, store.as_ref(), &mut findings);
        if config.sources.is_empty() {
            findings.tell(Finding::well("source", "no [[source]] is configured: nobody elsewhere is asked"));
        }
        for entry in &config.sources {
            findings.source = Some(entry.name.clone());
            source::check(entry, &mut findings);
        }
    }
    let told = |some: usize| match some {
        1 => "one thing is wrong; see above".to_owned(),
        some => format!("{some} things are wrong; see above"),
    };
    match (findings.wrong, findings.elsewhere) {
        (0, 0) => Ok(()),
        (0, some) => Err(Failure::Upstream(told(some))),
        (some, others) => Err(Failure::Usage(told(some + others))),
    }
}

fn configuration(file: Option<&Path>, findings: &mut Findings) -> Option<Config> {
    match Config::load(file) {
        Ok(config) => {
            let standard = Path::new("skolebro.toml");
            let name = file.or_else(|| standard.exists().then_some(standard));
            let name = name.map_or_else(
                || "there is no file, so that the defaults hold".to_owned(),
                |it| format!("{} can be read", it.display()),
            );
            findings.tell(Finding::well("configuration", name));
            Some(config)
        }
        Err(why) => {
            let told = "nothing starts with it";
            let advice = "mend the place that is named; README.md tells the settings";
            findings.tell(Finding::new("configuration", State::Wrong, why, told, advice));
            None
        }
    }
}
