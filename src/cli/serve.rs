//! `skolebro serve`: from configuration to sources, store and faces, and what to try first.

use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::TcpListener,
    runtime::{self, Runtime},
    signal::unix,
};

use super::{Failure, Serve, audit, demo, feed, logins, stores, upstreams};
use crate::{
    caller::Present,
    config::Config,
    face::{self, Faces, Options, seal::Signatures},
    pull::{self, Puller},
    source::{Pulls, intake::Keeper},
    store::Store,
};

pub(super) fn run(args: &Serve) -> Result<(), Failure> {
    let mut config = Config::load(args.config.as_deref()).map_err(Failure::Usage)?;
    if let Some(address) = args.listen {
        config.listen.address = address;
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter(&config)?).with_target(false).init();
    let address = config.listen.address;
    let (faces, chores, what_to_say) = if args.demo { demonstrated(config)? } else { configured(config)? };
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        let stop = told_to_stop().map_err(|why| Failure::Io("the signals".to_owned(), why))?;
        let listener = TcpListener::bind(address).await.map_err(|why| Failure::Network(told(address), why))?;
        let address = listener.local_addr().map_err(|why| Failure::Network(told(address), why))?;
        if let Some((puller, schedule)) = chores {
            tokio::spawn(pull::keep(puller, schedule));
        }
        if let Some(logins) = &faces.logins {
            tokio::spawn(logins::keep(logins.verifier.clone()));
        }
        // Nobody may be reading, which is no reason not to serve.
        let _ = writeln!(io::stdout(), "{}", what_to_say(address));
        face::serve(listener, Arc::new(faces), stop).await;
        Ok(())
    });
    // A pull in the middle is not waited for: it is counted, and what it has not handed in yet is not kept.
    runtime.shutdown_timeout(Duration::from_secs(5));
    done
}

/// What tasks run on.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    let built = runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|why| Failure::Io("the runtime".to_owned(), why))
}

/// What is done beside answering: copies of what is elsewhere are seen to.
type Chores = Option<(Arc<Puller>, pull::Schedule)>;

/// What is served, what is done beside it, and what is said at the start.
type Served = (Faces, Chores, Box<dyn Fn(SocketAddr) -> String>);

/// What the configuration says.
fn configured(config: Config) -> Result<Served, Failure> {
    let (stores::Served { source, store }, puller) = upstreams::behind(&config, stores::served(&config)?)?;
    let schedule = config.pull.schedule().map_err(Failure::Usage)?;
    let callers: Arc<Present> = Arc::new(match &store {
        Some(store) => stores::callers_of(&config, &**store).map_err(Failure::Usage)?.into(),
        None => config.callers().map_err(Failure::Usage)?.into(),
    });
    if let Some(store) = &store {
        stores::watch(store.clone(), config.clone(), callers.clone());
    }
    let ss12000 = feed::served(&config, store.clone(), source.clone(), callers.clone())?;
    let faces = Faces {
        ss12000,
        source,
        pulls: counting(store.as_ref()),
        licences: config.licences().map_err(Failure::Usage)?,
        keeper: store.map(|it| it as Arc<dyn Keeper>),
        callers,
        signatures: signatures(&config)?,
        logins: logins::logins(&config)?,
        audit: audit::opened(&config)?,
        options: Options::new(&config.face).map_err(Failure::Usage)?,
        listen: config.listen,
    };
    let said = |address| format!("Skolebro serves at http://{address}");
    Ok((faces, puller.map(|it| (it, schedule)), Box::new(said)))
}

/// The demo: nothing of it lasts.
fn demonstrated(mut config: Config) -> Result<Served, Failure> {
    config.face.unilogin.signature_optional = true;
    let stores::Served { source, store } = stores::kept(demo::store());
    let callers: Arc<Present> = Arc::new(demo::callers().into());
    let ss12000 = feed::served(&config, store.clone(), source.clone(), callers.clone())?;
    let faces = Faces {
        ss12000,
        source,
        pulls: counting(store.as_ref()),
        licences: demo::licences(),
        keeper: store.map(|it| it as Arc<dyn Keeper>),
        callers,
        signatures: demo::signatures(),
        logins: None,
        audit: None,
        options: Options::new(&config.face).map_err(Failure::Usage)?,
        listen: config.listen,
    };
    let keys = demo::write_keys().ok();
    Ok((faces, None, Box::new(move |address| demo::what_to_try(address, keys.as_deref()))))
}

/// Who counts what is pulled of us.
fn counting(store: Option<&Arc<dyn Store>>) -> Arc<dyn Pulls> {
    match store {
        Some(store) => Arc::new(stores::Counting::new(store.clone())),
        None => Arc::new(()),
    }
}

/// Whose signatures are taken. Where they are needed and nobody is trusted, that is said at the start and not only in faults.
fn signatures(config: &Config) -> Result<Signatures, Failure> {
    let face = &config.face.unilogin;
    let verifier = face.signature.verifier(face.signature_optional).map_err(Failure::Usage)?;
    if face.signature.trust.is_empty() && !face.signature_optional {
        tracing::warn!("nobody's signature is trusted (face.unilogin.signature.trust), so signed messages are refused");
    }
    Ok(Signatures { verifier, signer: face.signature.signer().map_err(Failure::Usage)? })
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
