//! Whose tokens say who is logged in: what the configuration says, and how keys are fetched.

use std::{io, sync::Arc, time::Duration};

use tokio::time;

use super::Failure;
use crate::{
    clock,
    config::Config,
    face::Logins,
    login::{Fetch, Fetched, Keys, Place, Verifier},
};

/// The largest list of keys that is read, in bytes.
const MOST: usize = 1 << 20;

/// Until an issuer must have answered.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the keys are fetched anew, and how soon again where that failed.
const ANEW: Duration = Duration::from_secs(3600);
const AGAIN: Duration = Duration::from_secs(60);

/// Who looks at tokens, if anybody does.
pub(super) fn logins(config: &Config) -> Result<Option<Logins>, Failure> {
    let Some((rules, at)) = config.login.rules().map_err(Failure::Usage)? else { return Ok(None) };
    let keys = Keys::new(at, fetching()?);
    let verifier = Arc::new(Verifier::new(rules, keys, Arc::new(clock::now)));
    Logins::new(verifier, &config.login.header).map(Some).map_err(Failure::Usage)
}

/// Keeps the keys fresh for as long as the process lasts, so that nobody who asks waits for them.
pub(super) async fn keep(verifier: Arc<Verifier>) {
    loop {
        let done = verifier.keys().refresh(clock::now()).await;
        time::sleep(if done { ANEW } else { AGAIN }).await;
    }
}

/// Fetches from files and addresses. It follows nobody elsewhere.
fn fetching() -> Result<Arc<Fetch>, Failure> {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|why| Failure::Io("the client for login keys".to_owned(), io::Error::other(why)))?;
    Ok(Arc::new(move |place| -> Fetched {
        let client = client.clone();
        Box::pin(async move {
            match place {
                Place::File(file) => std::fs::read(&file).map_err(|why| format!("{}: {why}", file.display())),
                Place::Url(url) => get(&client, &url).await.map_err(|why| format!("{url}: {why}")),
            }
        })
    }))
}

async fn get(client: &reqwest::Client, url: &str) -> Result<Vec<u8>, String> {
    let mut response = client.get(url).send().await.map_err(|why| why.without_url().to_string())?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(format!("the answer is {}", response.status()));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|why| why.without_url().to_string())? {
        if bytes.len() + piece.len() > MOST {
            return Err(format!("the answer is longer than {MOST} bytes"));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
