//! `skolebro serve`: from configuration to sources, store and faces, and what to try first.

use std::{fs, net::SocketAddr, path::Path, sync::Arc};

use tokio::{net::TcpListener, runtime, signal::unix};

use super::{Failure, Serve, at, demo, load};
use crate::{
    config::Config,
    domain::Snapshot,
    face::{self, Faces, Options},
    source::Source,
    standards::ss12000,
    store::Memory,
};

pub(super) fn run(args: &Serve) -> Result<(), Failure> {
    let mut config = Config::load(args.config.as_deref()).map_err(Failure::Usage)?;
    if let Some(address) = args.listen {
        config.listen.address = address;
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter(&config)?).with_target(false).init();
    let (store, callers) = if args.demo {
        (Memory::new(demo::municipality()), demo::callers())
    } else {
        (Memory::new(folder(&config)?), config.callers().map_err(Failure::Usage)?)
    };
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().map_err(|why| Failure::Io("the runtime".to_owned(), why))?;
    runtime.block_on(async {
        let address = config.listen.address;
        let listener = TcpListener::bind(address).await.map_err(|why| Failure::Network(told(address), why))?;
        let address = listener.local_addr().map_err(|why| Failure::Network(told(address), why))?;
        let source: Arc<dyn Source> = Arc::new(store);
        let faces = Faces {
            ss12000: ss12000::serve::Service::new(source.clone(), config.face.ss12000.options()),
            source,
            callers,
            options: Options::new(&config.face, args.demo).map_err(Failure::Usage)?,
            listen: config.listen,
        };
        if args.demo {
            println!("{}", demo::what_to_try(address));
        } else {
            println!("Skolebro serves at http://{address}");
        }
        face::serve(listener, Arc::new(faces), told_to_stop()).await;
        Ok(())
    })
}

fn told(address: SocketAddr) -> String {
    format!("cannot listen at {address} (another address: --listen 127.0.0.1:0)")
}

fn filter(config: &Config) -> Result<tracing_subscriber::EnvFilter, Failure> {
    let filter = &config.log.filter;
    tracing_subscriber::EnvFilter::try_new(filter).map_err(|why| Failure::Usage(format!("log.filter = {filter:?}: {why}")))
}

/// Interrupted at the keyboard, or told by whoever started us.
async fn told_to_stop() {
    let Ok(mut terminate) = unix::signal(unix::SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Every institution of the configured folder.
fn folder(config: &Config) -> Result<Vec<Snapshot>, Failure> {
    let Some(url) = &config.store.url else {
        let why = "there is nothing to serve: set store.url = \"folder:PATH\" to a folder of wsiEKSPORT 7 documents, or use --demo";
        return Err(Failure::Usage(why.to_owned()));
    };
    let Some(folder) = url.strip_prefix("folder:").map(Path::new) else {
        return Err(Failure::Usage(format!("store.url = {url:?}: this version knows folder:PATH")));
    };
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).map_err(|why| at(folder, why))? {
        let path = entry.map_err(|why| at(folder, why))?.path();
        if path.extension().is_some_and(|it| it == "xml") {
            let text = fs::read_to_string(&path).map_err(|why| at(&path, why))?;
            texts.push((path.display().to_string(), text));
        }
    }
    texts.sort();
    load::snapshots(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).map_err(Failure::Input)
}
