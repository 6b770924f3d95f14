//! The one HTTP client: TLS, mutual TLS, limits, retry. It works on a thread of its own, so that a task and a plain thread
//! may both ask.

use std::{
    error::Error,
    fmt,
    io::{self, Read},
    sync::Arc,
    time::{Duration, Instant},
};

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, Utc};
use reqwest::{Certificate, Client, Identity, Proxy, Response, header, redirect, retry};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
    time::{sleep, timeout, timeout_at},
};

use super::{
    breaker::{Breaker, Pass},
    courier::{Arriving, Courier, Head, Later, Letter, Lost, LostKind, Reply, Writing},
};

/// How the server is asked.
#[derive(Clone)]
pub struct Settings {
    /// A key and its certificates as PEM, shown to the server: mutual TLS.
    pub identity: Option<Vec<u8>>,
    /// Certificates of issuers, each file as PEM, that are trusted beside those of the system.
    pub roots: Vec<Vec<u8>>,
    /// A proxy, by its address. Without one there is none, whatever the environment says.
    pub proxy: Option<String>,
    /// Until a connection stands.
    pub connect: Duration,
    /// Until a question is answered whole.
    pub answer: Duration,
    /// How long nothing may arrive of an answer that is read as it arrives.
    pub silence: Duration,
    /// Until such an answer has arrived whole.
    pub whole: Duration,
    /// How often a question is asked at most.
    pub tries: usize,
    /// Questions at once; more wait, within the time of an answer.
    pub at_once: usize,
    /// The largest answer to a question, in bytes.
    pub most: usize,
    /// The largest answer that is read as it arrives, in bytes.
    pub most_arriving: u64,
    /// So many failures in a row are enough to leave the server alone.
    pub failures: u32,
    /// For so long at first.
    pub rest: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            identity: None,
            roots: Vec::new(),
            proxy: None,
            connect: seconds(5),
            answer: seconds(15),
            silence: seconds(60),
            whole: seconds(3600),
            tries: 3,
            at_once: 32,
            most: 32 << 20,
            most_arriving: 8 << 30,
            failures: 5,
            rest: seconds(10),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, roots, proxy, connect, answer, silence, whole, tries, .. } = self;
        let (identity, roots) = (identity.is_some(), roots.len());
        f.debug_struct("Settings")
            .field("identity", &identity)
            .field("roots", &roots)
            .field("proxy", proxy)
            .field("times", &(connect, answer, silence, whole))
            .field("tries", tries)
            .finish_non_exhaustive()
    }
}

/// A server that asks for a longer pause is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// Pieces of an answer that wait to be read.
const WAITING: usize = 8;

/// A client of one server.
pub struct Http {
    pub(super) client: Client,
    pub(super) network: Network,
    breaker: Breaker,
    places: Arc<Semaphore>,
    pub(super) settings: Settings,
}

impl Http {
    /// A client with a thread of its own. Nothing is connected yet.
    ///
    /// # Errors
    /// A certificate, a key or the address of a proxy that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, Lost> {
        let unusable = |what: &str, why: &dyn Error| Lost::new(LostKind::Unsent, format!("{what}: {}", root_of(why)));
        let mut builder = Client::builder()
            .user_agent(concat!("skolebro/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .connect_timeout(settings.connect)
            .tcp_nodelay(true)
            .pool_idle_timeout(Duration::from_secs(60));
        for file in &settings.roots {
            let roots =
                Certificate::from_pem_bundle(file).map_err(|it| unusable("the certificates of issuers", &it))?;
            builder = builder.tls_certs_merge(roots);
        }
        if let Some(pem) = &settings.identity {
            let identity = Identity::from_pem(pem).map_err(|it| unusable("the key and certificate for TLS", &it))?;
            builder = builder.identity(identity);
        }
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(Proxy::all(proxy).map_err(|it| unusable("the proxy", &it))?);
        }
        let client = builder.build().map_err(|it| unusable("TLS", &it))?;
        let network = Network::new().map_err(|it| unusable("a thread for the network", &it))?;
        let breaker = Breaker::new(settings.failures, settings.rest);
        let places = Arc::new(Semaphore::new(settings.at_once.max(1)));
        Ok(Self { client, network, breaker, places, settings })
    }

    /// Asks once.
    async fn once(&self, letter: Letter) -> Result<Reply, Lost> {
        let pass = self.pass()?;
        let place = self.place().await?;
        let (client, answer, most) = (self.client.clone(), self.settings.answer, self.settings.most);
        let asking = self.network.run(async move {
            let said = whole(&client, letter, answer, most).await;
            drop(place);
            said
        });
        let said = asking.done().await;
        judged(pass, said)
    }

    /// A place among those that ask at once.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Lost> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(place);
        }
        let (answer, places) = (self.settings.answer, self.places.clone());
        match self.network.run(async move { timeout(answer, places.acquire_owned()).await }).done().await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => {
                let told = format!("{} questions are under way to the server already", self.settings.at_once);
                Err(Lost::new(LostKind::Crowded, told))
            }
        }
    }

    pub(super) fn pass(&self) -> Result<Pass<'_>, Lost> {
        self.breaker.admit(Instant::now()).map_err(|wait| {
            let told = format!(
                "the server has not answered lately; it is asked again in {} seconds",
                wait.as_millis().div_ceil(1000)
            );
            Lost { kind: LostKind::Resting, told, retry_after: Some(wait) }
        })
    }
}

impl Courier for Http {
    fn ask<'c>(&'c self, letter: &'c mut Writing<'_>) -> Later<'c> {
        Box::pin(async move {
            let times = self.settings.tries.saturating_sub(1);
            let waits = ExponentialBuilder::new().with_jitter().with_min_delay(Duration::from_millis(150));
            let mut waits = waits.with_max_times(times).build();
            loop {
                let letter = letter().ok_or_else(|| Lost::new(LostKind::Unsent, "the question cannot be written"))?;
                let said = self.once(letter).await;
                let told = match &said {
                    Ok(reply) if reply.head.status == 503 => reply.head.retry_after,
                    Err(lost) if lost.is_before_any_answer() => Some(Duration::ZERO),
                    Ok(_) | Err(_) => None,
                };
                let Some(told) = told.filter(|it| *it <= LONGEST_WAIT) else { return said };
                let Some(wait) = waits.next() else { return said };
                // Timers are made where they run: whoever asks may have none.
                self.network.run(async move { sleep(wait.max(told)).await }).done().await;
            }
        })
    }

    fn fetch(&self, letter: Letter) -> Result<Arriving, Lost> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let (told, head) = std::sync::mpsc::sync_channel(1);
        let (client, settings) = (self.client.clone(), self.settings.clone());
        let task = self.network.run(async move {
            let began = timeout(settings.silence, begun(&client, letter)).await;
            match began.unwrap_or_else(|_| Err(silent(settings.silence))) {
                Err(lost) => drop(told.send(Err(lost))),
                Ok(response) => {
                    let _ = told.send(Ok(head_of(&response)));
                    let all = pour(response, &sender, &settings);
                    if let Err(lost) = timeout(settings.whole, all).await.unwrap_or_else(|_| Err(slow(settings.whole)))
                    {
                        let _ = sender.send(Err(lost)).await;
                    }
                }
            }
        });
        let said = head.recv().unwrap_or_else(|_| Err(Lost::new(LostKind::Unsent, "the network has stopped")));
        // Whoever counts calls has counted this one, so it is made whatever the breaker says, and only tells it.
        match &said {
            Ok(head) if is_down(head.status) => self.breaker.failed(Instant::now()),
            Ok(_) => self.breaker.succeeded(),
            Err(_) => self.breaker.failed(Instant::now()),
        }
        Ok((said?, Box::new(Incoming { receiver, piece: Vec::new(), used: 0, ended: false, _task: task })))
    }
}

/// Tells the breaker how it went.
pub(super) fn judged(pass: Pass<'_>, said: Result<Reply, Lost>) -> Result<Reply, Lost> {
    match &said {
        Ok(reply) if is_down(reply.head.status) => pass.failed(Instant::now()),
        Ok(_) => pass.succeeded(),
        Err(lost) if lost.kind == LostKind::Large => pass.succeeded(),
        Err(_) => pass.failed(Instant::now()),
    }
    said
}

/// What says that nobody is behind it.
fn is_down(status: u16) -> bool {
    matches!(status, 502..=504)
}

/// Sends and waits until the answer begins.
async fn begun(client: &Client, letter: Letter) -> Result<Response, Lost> {
    let Letter { address, media_type, text } = letter;
    let request = client.post(address).header(header::CONTENT_TYPE, media_type).body(text);
    request.send().await.map_err(|it| unanswered(&it))
}

/// An answer whose beginning and end come in time.
async fn whole(client: &Client, letter: Letter, patience: Duration, most: usize) -> Result<Reply, Lost> {
    let deadline = tokio::time::Instant::now() + patience;
    let response = timeout_at(deadline, begun(client, letter)).await.unwrap_or_else(|_| Err(silent(patience)))?;
    timeout_at(deadline, held(response, most)).await.unwrap_or_else(|_| Err(slow(patience)))
}

/// The whole answer, if it is not too large.
pub(super) async fn held(mut response: Response, most: usize) -> Result<Reply, Lost> {
    let (head, mut body) = (head_of(&response), Vec::new());
    while let Some(piece) = response.chunk().await.map_err(|_| cut())? {
        if body.len() + piece.len() > most {
            return Err(large(most as u64));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Reply { head, body })
}

/// Hands the pieces of a body on, as fast as they are taken.
async fn pour(
    mut response: Response,
    sender: &mpsc::Sender<Result<Vec<u8>, Lost>>,
    settings: &Settings,
) -> Result<(), Lost> {
    let mut left = settings.most_arriving;
    loop {
        let Ok(read) = timeout(settings.silence, response.chunk()).await else {
            let told =
                format!("nothing has arrived for {} seconds in the middle of the answer", seconds(settings.silence));
            return Err(Lost::new(LostKind::Cut, told));
        };
        let Some(piece) = read.map_err(|_| cut())? else { return Ok(()) };
        left = left.checked_sub(piece.len() as u64).ok_or_else(|| large(settings.most_arriving))?;
        // Nobody reads on: then nothing more is needed.
        if sender.send(Ok(Vec::from(piece))).await.is_err() {
            return Ok(());
        }
    }
}

fn head_of(response: &Response) -> Head {
    let header = |name| response.headers().get(name).and_then(|it: &header::HeaderValue| it.to_str().ok());
    let content_type = header(header::CONTENT_TYPE).unwrap_or_default();
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let charset = parameters.split(';').find_map(|it| {
        let (name, value) = it.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    let date = header(header::DATE).and_then(moment);
    let retry_after = header(header::RETRY_AFTER).and_then(|it| match it.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        // A moment is one of the server's clock.
        Err(_) => (moment(it)? - date?).to_std().ok(),
    });
    Head {
        status: response.status().as_u16(),
        media_type: media_type.trim().to_ascii_lowercase(),
        charset,
        date,
        retry_after,
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|it| it.to_utc())
}

/// Why no answer began. Addresses are the asker's affair, and parts of letters never stand in errors of the library.
pub(super) fn unanswered(error: &reqwest::Error) -> Lost {
    let reason = root_of(error);
    if error.is_dns() {
        return Lost::new(LostKind::Name, "the name of the server is not known to the name service (DNS)");
    }
    if is_about_tls(error) {
        return Lost::new(LostKind::Tls, format!("TLS with the server fails: {reason}"));
    }
    if error.is_connect() && error.is_timeout() {
        return Lost::new(LostKind::Connection, "the server takes no connection in time");
    }
    if error.is_connect() {
        return Lost::new(LostKind::Connection, format!("no connection to the server: {reason}"));
    }
    if error.is_builder() {
        return Lost::new(LostKind::Unsent, format!("the address cannot be used: {reason}"));
    }
    Lost::new(LostKind::Silence, format!("the connection ended before an answer: {reason}"))
}

/// The library says so in words only.
fn is_about_tls(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(it) = cause {
        let words = it.to_string();
        let names = ["invalid peer certificate", "received fatal alert", "peer is incompatible", "corrupt message"];
        if names.iter().any(|it| words.contains(it)) {
            return true;
        }
        cause = it.source();
    }
    false
}

/// The innermost cause, which says most.
fn root_of(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

pub(super) fn silent(patience: Duration) -> Lost {
    Lost::new(LostKind::Silence, format!("the server has not answered within {} seconds", seconds(patience)))
}

pub(super) fn slow(patience: Duration) -> Lost {
    Lost::new(LostKind::Cut, format!("the answer has not arrived whole within {} seconds", seconds(patience)))
}

pub(super) fn cut() -> Lost {
    Lost::new(LostKind::Cut, "the connection ended in the middle of the answer")
}

pub(super) fn large(most: u64) -> Lost {
    Lost::new(LostKind::Large, format!("the answer is larger than {most} bytes"))
}

fn seconds(patience: Duration) -> f64 {
    patience.as_secs_f64()
}

/// A thread that waits for the network.
pub(super) struct Network(Option<Runtime>);

/// Work on that thread, which ends when nobody waits for it any more.
pub(super) struct Work<T>(JoinHandle<T>);

impl Network {
    fn new() -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder
            .worker_threads(1)
            .max_blocking_threads(4)
            .thread_name("network")
            .enable_all()
            .build()
            .map(|it| Self(Some(it)))
    }

    pub(super) fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Work<T> {
        let runtime = self.0.as_ref().expect("it is only taken when it is dropped");
        Work(runtime.spawn(work))
    }
}

impl Drop for Network {
    /// Whoever drops it may be a task, which must not wait.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl<T> Work<T> {
    async fn done(mut self) -> T {
        match (&mut self.0).await {
            Ok(done) => done,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }
}

impl<T> Drop for Work<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A body that is read as it arrives.
struct Incoming {
    receiver: mpsc::Receiver<Result<Vec<u8>, Lost>>,
    piece: Vec<u8>,
    used: usize,
    ended: bool,
    _task: Work<()>,
}

impl Read for Incoming {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.used == self.piece.len() {
            if self.ended {
                return Ok(0);
            }
            match self.receiver.blocking_recv() {
                Some(Ok(piece)) => (self.piece, self.used) = (piece, 0),
                Some(Err(lost)) => {
                    self.ended = true;
                    return Err(lost.into());
                }
                None => self.ended = true,
            }
        }
        let length = out.len().min(self.piece.len() - self.used);
        out[..length].copy_from_slice(&self.piece[self.used..self.used + length]);
        self.used += length;
        Ok(length)
    }
}
