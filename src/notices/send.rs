//! One notice to one receiver. Connects only to addresses that were vetted in the same breath, follows nobody elsewhere, and reads
//! nothing of an answer but its status.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{
    Client,
    dns::{Name, Resolve, Resolving},
    header, redirect,
};

use super::vet::{Reach, Resolver};

/// Sends notices.
#[derive(Clone)]
pub struct Sender {
    /// Made for the first notice: reading the system's certificates takes its time.
    client: Arc<OnceLock<Option<Client>>>,
    reach: Arc<Reach>,
    resolver: Arc<dyn Resolver>,
    patience: Duration,
}

/// Looks up a name for a connection, and gives out its addresses only if all may be reached: what is vetted is what is connected to.
struct Vetting {
    reach: Arc<Reach>,
    resolver: Arc<dyn Resolver>,
}

impl Resolve for Vetting {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, resolver) = (self.reach.clone(), self.resolver.clone());
        Box::pin(async move {
            // The system's resolver waits, so it has a thread to wait on.
            let found = tokio::task::spawn_blocking(move || resolver.addresses(name.as_str())).await??;
            if !reach.allows_all(&found) {
                return Err("the name leads to where nothing is sent".into());
            }
            let addresses: Vec<SocketAddr> = found.into_iter().map(|it| SocketAddr::new(it, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as Box<dyn Iterator<Item = SocketAddr> + Send>)
        })
    }
}

impl Sender {
    /// A sender that waits so long for an answer.
    #[must_use]
    pub fn new(reach: Reach, resolver: Arc<dyn Resolver>, patience: Duration) -> Self {
        Self { client: Arc::default(), reach: Arc::new(reach), resolver, patience }
    }

    fn client(&self) -> Option<&Client> {
        let make = || {
            let (reach, resolver) = (self.reach.clone(), self.resolver.clone());
            let builder = Client::builder()
                .user_agent(concat!("skolebro/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .no_proxy()
                .dns_resolver(Arc::new(Vetting { reach, resolver }))
                // A connection is good for one notice: the name may lead elsewhere next time.
                .pool_max_idle_per_host(0)
                .http1_only()
                .connect_timeout(self.patience)
                .timeout(self.patience);
            builder.build().inspect_err(|error| tracing::error!(%error, "notices cannot be sent")).ok()
        };
        self.client.get_or_init(make).as_ref()
    }

    /// Sends a notice. Any status from 200 to 299 is an answer that it has arrived.
    ///
    /// # Errors
    /// Why it has not arrived, in words that hold nothing of the address or of an answer.
    pub async fn send(&self, target: &str, headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Result<(), String> {
        let url = self.reach.parse(target).map_err(ToOwned::to_owned)?;
        let client = self.client().ok_or_else(|| "TLS cannot be used".to_owned())?;
        let mut request = client.post(url).header(header::CONTENT_TYPE, "application/json").body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("status {}", answer.status().as_u16())),
            Err(why) if why.is_timeout() => Err("no answer in time".to_owned()),
            Err(why) if why.is_connect() => Err("no connection".to_owned()),
            Err(_) => Err("no answer".to_owned()),
        }
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("reach", &self.reach).finish_non_exhaustive()
    }
}
