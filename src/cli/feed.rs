//! The feed of changes: who remembers them, who is told, and `skolebro reports`, what consumers tell back.

use std::sync::Arc;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Failure, Listing, stores};
use crate::{
    caller::Present,
    clock,
    config::Config,
    face,
    notices::{Doorman, Teller, UnderWay, send::Sender, sign, vet},
    source::{Source, report::Reports, subscription::Subscriptions},
    standards::ss12000::{feed::Feed, serve::Service},
    store::{Sqlite, Store},
};

/// The SS12000 operations, and who tells subscribers of what they show.
pub(super) fn served(
    config: &Config,
    store: Option<Arc<dyn Store>>,
    source: Arc<dyn Source>,
    callers: Arc<Present>,
) -> Result<Arc<Service>, Failure> {
    // Whoever looks all the time must not have upstreams asked: what the store has is what readers get.
    let source = store.clone().map_or(source, |it| it as Arc<dyn Source>);
    let (service, store) = service(config, store)?;
    let service = Arc::new(service);
    tell(config, service.clone(), source, store, callers)?;
    Ok(service)
}

/// The SS12000 operations over a store that remembers changes; where documents are served it is one in memory.
fn service(config: &Config, store: Option<Arc<dyn Store>>) -> Result<(Service, Arc<dyn Store>), Failure> {
    let feed = &config.face.ss12000.feed;
    let store = match store {
        Some(store) => store,
        None => Arc::new(Sqlite::in_memory().map_err(|it| stores::failed(&it))?),
    };
    let choices = config.face.ss12000.choices().map_err(Failure::Usage)?;
    let service = Service::new(config.face.ss12000.options(), choices)
        .with_ledger(store.clone(), feed.memory().map_err(Failure::Usage)?)
        .with_feed(kept_by(config, &store).map_err(Failure::Usage)?);
    Ok((service, store))
}

/// What consumers say, kept by a store.
pub(super) fn kept_by(config: &Config, store: &Arc<dyn Store>) -> Result<Feed, String> {
    let feed = &config.face.ss12000.feed;
    Ok(Feed {
        subscriptions: store.clone(),
        reports: store.clone(),
        targets: Arc::new(Doorman { reach: feed.reach()?, resolver: Arc::new(vet::System), busy: Arc::default() }),
        terms: feed.terms()?,
    })
}

/// Tells subscribers, and makes each new view before somebody asks for it, for as long as the process lasts.
fn tell(
    config: &Config,
    service: Arc<Service>,
    source: Arc<dyn Source>,
    store: Arc<dyn Store>,
    callers: Arc<Present>,
) -> Result<(), Failure> {
    let feed = &config.face.ss12000.feed;
    let reach = feed.reach().map_err(Failure::Usage)?;
    let sender = Sender::new(reach, Arc::new(vet::System), feed.patience());
    let teller = Teller {
        store,
        service,
        source,
        sight: Box::new(move |name| {
            let callers = callers.now();
            callers.named(name).filter(|it| it.rights.opens("ss12000")).map(face::seen_by)
        }),
        sender,
        settings: feed.settings().map_err(Failure::Usage)?,
        now: Box::new(clock::now),
        under_way: UnderWay::default(),
    };
    teller.start().map_err(|why| Failure::Io("the thread of notices".to_owned(), why))
}

#[derive(Debug, Subcommand)]
pub(super) enum FeedCommand {
    /// List what consumers report of what they have fetched, newest first. It may be about persons.
    Reports {
        /// The configuration, which names the store; without it ./skolebro.toml if it is there.
        #[arg(long, value_name = "FILE")]
        config: Option<std::path::PathBuf>,
        /// How many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
        /// How it is written.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
    /// List who is told of changes, and how that goes.
    Subscriptions {
        /// The configuration, which names the store; without it ./skolebro.toml if it is there.
        #[arg(long, value_name = "FILE")]
        config: Option<std::path::PathBuf>,
        /// How it is written.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
    /// Tell the keys that a caller checks the signatures of notices with.
    Keys {
        /// The configuration, which has the secrets; without it ./skolebro.toml if it is there.
        #[arg(long, value_name = "FILE")]
        config: Option<std::path::PathBuf>,
        /// The caller's name.
        caller: String,
    },
}

pub(super) fn run(command: &FeedCommand) -> Result<(), Failure> {
    match command {
        FeedCommand::Reports { config, limit, format } => {
            reports(&stores::open(&Config::load(config.as_deref()).map_err(Failure::Usage)?)?, *limit, *format)
        }
        FeedCommand::Subscriptions { config, format } => {
            subscriptions(&stores::open(&Config::load(config.as_deref()).map_err(Failure::Usage)?)?, *format)
        }
        FeedCommand::Keys { config, caller } => {
            let config = Config::load(config.as_deref()).map_err(Failure::Usage)?;
            let settings = config.face.ss12000.feed.settings().map_err(Failure::Usage)?;
            settings.secrets.iter().for_each(|it| println!("{}", sign::key(it, caller)));
            Ok(())
        }
    }
}

fn reports(store: &Sqlite, limit: usize, format: Listing) -> Result<(), Failure> {
    for report in store.reports(limit).map_err(|it| Failure::Store(it.to_string()))? {
        let received = report.received.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        match format {
            Listing::Text => println!("{received} {:24} {:10} {}", report.caller, report.kind, report.entry),
            Listing::Json => {
                let entry: Value = serde_json::from_str(&report.entry).unwrap_or_default();
                let (caller, kind) = (&report.caller, &report.kind);
                println!("{}", json!({ "received": received, "caller": caller, "kind": kind, "entry": entry }));
            }
        }
    }
    Ok(())
}

fn subscriptions(store: &Sqlite, format: Listing) -> Result<(), Failure> {
    for it in store.subscriptions(None).map_err(|it| Failure::Store(it.to_string()))? {
        let expires = it.expires.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let tries = it.progress.failing.map_or(0, |it| it.tries);
        match format {
            Listing::Text => {
                let state = match (&it.progress.suspended, tries) {
                    (Some(why), _) => format!("suspended: {why}"),
                    (None, 0) => "ok".to_owned(),
                    (None, tries) => format!("{tries} tries have failed"),
                };
                println!("{} {:24} until {expires} {} {state}", it.id, it.caller, it.resources.join(","));
            }
            Listing::Json => println!(
                "{}",
                json!({ "id": it.id, "caller": it.caller, "expires": expires, "resources": it.resources,
                        "failed": tries, "suspended": it.progress.suspended })
            ),
        }
    }
    Ok(())
}
