//! `skolebro serve`: from configuration to sources, store and faces, and what to try first.

use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::Path,
    sync::Arc,
};

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
    if args.demo {
        config.face.unilogin.signature_optional = true;
    }
    let (store, callers) = if args.demo {
        (Memory::new(demo::municipality()), demo::callers())
    } else {
        (Memory::new(folder(&config)?), config.callers().map_err(Failure::Usage)?)
    };
    let runtime = runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|why| Failure::Io("the runtime".to_owned(), why))?;
    runtime.block_on(async {
        let stop = told_to_stop().map_err(|why| Failure::Io("the signals".to_owned(), why))?;
        let address = config.listen.address;
        let listener = TcpListener::bind(address).await.map_err(|why| Failure::Network(told(address), why))?;
        let address = listener.local_addr().map_err(|why| Failure::Network(told(address), why))?;
        let source: Arc<dyn Source> = Arc::new(store);
        let faces = Faces {
            ss12000: ss12000::serve::Service::new(source.clone(), config.face.ss12000.options()),
            source,
            pulls: Arc::new(()),
            keeper: None,
            callers,
            options: Options::new(&config.face).map_err(Failure::Usage)?,
            listen: config.listen,
        };
        let told = if args.demo { demo::what_to_try(address) } else { format!("Skolebro serves at http://{address}") };
        // Nobody may be reading, which is no reason not to serve.
        let _ = writeln!(io::stdout(), "{told}");
        face::serve(listener, Arc::new(faces), stop).await;
        Ok(())
    })
}

fn told(address: SocketAddr) -> String {
    format!("cannot listen at {address} (another address: --listen 127.0.0.1:0)")
}

fn filter(config: &Config) -> Result<tracing_subscriber::EnvFilter, Failure> {
    let filter = &config.log.filter;
    tracing_subscriber::EnvFilter::try_new(filter)
        .map_err(|why| Failure::Usage(format!("log.filter = {filter:?}: {why}")))
}

/// Interrupted at the keyboard, or told by whoever started us: from now on, however soon that is.
fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
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
