//! The listener, the path table and the bounds of a request.

use std::{
    convert::Infallible,
    future::Future,
    io::{Cursor, Read},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body, Bytes, Incoming},
    header,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    time::{error::Elapsed, timeout},
};

use crate::{
    audit::Audit,
    caller::{Caller, Callers, Present},
    config::{self, Listen},
    domain::Licence,
    login::Refused,
    source::{Pulls, Source, intake::Keeper, told::Told},
    standards::{
        ss12000,
        unilogin::{self, dialect::Dialect},
    },
};
use asking::Asking;
pub use asking::Logins;
pub use rest::seen_by;

use patience::Patient;
use rescue::Trouble;
use seal::Signatures;
use stream::{Outgoing, Packing};
use taking::{Taken, Untaken};

mod access;
pub mod rescue;
pub mod seal;
pub mod stream;
mod asking;
mod json;
mod patience;
mod taking;
mod rest;
mod soap;

/// An answer.
pub type Answer = Response<Outgoing>;

/// What the faces answer from, and how.
pub struct Faces {
    /// Whom they ask.
    pub source: Arc<dyn Source>,
    /// The SS12000 routes over the same source.
    pub ss12000: Arc<ss12000::serve::Service>,
    /// Who counts what is pulled.
    pub pulls: Arc<dyn Pulls>,
    /// The licences of groups.
    pub licences: Vec<Licence>,
    /// Who keeps what is handed in; without one nothing can be.
    pub keeper: Option<Arc<dyn Keeper>>,
    /// Who may ask them.
    pub callers: Arc<Present>,
    /// Whose signatures are taken, and with what answers are signed.
    pub signatures: Signatures,
    /// Who looks at the tokens of people who are logged in; without one nobody is.
    pub logins: Option<Logins>,
    /// Where accesses to personal data are recorded; nowhere, where nobody is told of but fictitious persons.
    pub audit: Option<Arc<Audit>>,
    /// The bounds.
    pub listen: Listen,
    /// Choices of the faces.
    pub options: Options,
}

impl Faces {
    /// Where messages of the Unilogin services are answered.
    fn desk<'f>(
        &'f self,
        source: &'f dyn Source,
        callers: &'f Callers,
        provider: Option<&'f str>,
        signed: unilogin::Signed<'f>,
        told: &'f Told,
    ) -> unilogin::Desk<'f> {
        unilogin::Desk {
            source,
            callers,
            pulls: &*self.pulls,
            licences: &self.licences,
            keeper: self.keeper.as_deref(),
            implicit_main_groups: self.options.implicit_main_groups,
            dialect: &self.options.dialect,
            provider,
            signed,
            told,
            require_civil_id: self.options.require_civil_id,
            now: crate::clock::now,
        }
    }
}

/// Choices of the faces.
#[derive(Debug, Clone)]
pub struct Options {
    /// The HTTP status of a fault that is the sender's: 500 as SOAP says, or 400.
    pub sender_status: StatusCode,
    /// Whether a BPI message may come without a signature; one that has a signature is verified all the same.
    pub signature_optional: bool,
    /// Whether a BPI request may use the contract's namespace for operations whose elements are in the common one.
    pub lenient_namespaces: bool,
    /// Whether look-ups of the SOAP services tell only of people who are identified by a civil registration number.
    pub require_civil_id: bool,
    /// Whether main groups of imports are made by being referred to.
    pub implicit_main_groups: bool,
    /// The names on the wire of the SOAP services.
    pub dialect: Dialect,
    /// Where the SS12000 face is mounted, without a slash at the end; empty for the root, where other paths come first.
    pub ss12000_prefix: String,
}

impl Options {
    /// The configured choices.
    ///
    /// # Errors
    /// A status that faults cannot have, a name that no contract has, or a prefix that is no path.
    pub fn new(face: &config::Face) -> Result<Self, String> {
        let sender_status = match face.unilogin.sender_status {
            400 => StatusCode::BAD_REQUEST,
            500 => StatusCode::INTERNAL_SERVER_ERROR,
            other => return Err(format!("face.unilogin.sender_status = {other}: use 500 or 400")),
        };
        let ss12000_prefix = face.ss12000.prefix.trim_end_matches('/').to_owned();
        if !ss12000_prefix.is_empty() && !ss12000_prefix.starts_with('/') {
            return Err("face.ss12000.prefix: it begins with a slash, as in /v2.0; / is the root".to_owned());
        }
        Ok(Self {
            sender_status,
            signature_optional: face.unilogin.signature_optional,
            lenient_namespaces: face.unilogin.lenient_namespaces,
            require_civil_id: face.unilogin.require_civil_id,
            implicit_main_groups: face.unilogin.implicit_main_groups,
            dialect: face.unilogin.dialect()?,
            ss12000_prefix,
        })
    }
}

/// Serves until `stop`, then lets requests in flight finish for ten seconds.
pub async fn serve(listener: TcpListener, faces: Arc<Faces>, stop: impl Future<Output = ()>) {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(faces.listen.header_timeout()).max_buf_size(64 << 10);
    // Answers are small: one buffer is sent faster than two.
    server.http1().writev(false);
    server.http2().timer(TokioTimer::new()).max_concurrent_streams(128);
    let (places, graceful) = (Arc::new(Semaphore::new(faces.listen.connections)), GracefulShutdown::new());
    let mut stop = std::pin::pin!(stop);
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { break };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors, most likely: those that are busy must end first.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().ok();
        let stream = Patient::new(stream, faces.listen.body_timeout());
        let faces = faces.clone();
        let (patience, spoken) = (faces.listen.header_timeout(), Arc::new(AtomicBool::new(false)));
        let (has_spoken, untaken) = (spoken.clone(), Arc::new(Untaken::default()));
        let (of, body_patience) = (untaken.clone(), faces.listen.body_timeout());
        let service = service_fn(move |request: Request<Incoming>| {
            spoken.store(true, Ordering::Relaxed);
            let (faces, of, version) = (faces.clone(), of.clone(), request.version());
            async move {
                let answer = respond(&faces, request, local).await;
                Ok::<_, Infallible>(answer.map(|it| Taken::new(it, version, &of)))
            }
        });
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let ended = match timeout(patience, &mut connection).await {
                Ok(ended) => ended,
                // The bounds of a header only begin with its first byte.
                Err(_) if !has_spoken.load(Ordering::Relaxed) => return,
                Err(_) => tokio::select! {
                    ended = &mut connection => ended,
                    () = untaken.stalled(body_patience) => {
                        tracing::debug!("answers are not taken");
                        return;
                    }
                },
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    let _ = timeout(Duration::from_secs(10), graceful.shutdown()).await;
}

/// The path table.
async fn respond(faces: &Arc<Faces>, request: Request<Incoming>, local: Option<SocketAddr>) -> Answer {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    if let Some(service) = unilogin::SERVICES.iter().find(|it| it.path == trimmed) {
        return Box::pin(soap::answer(faces, service, request, local)).await;
    }
    let below = |prefix: &str| {
        path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::to_owned)
    };
    let prefix = &faces.options.ss12000_prefix;
    if let Some(rest) = below(prefix).filter(|_| !prefix.is_empty()) {
        return Box::pin(rest::answer(faces, &rest, request)).await;
    }
    if trimmed == "/openapi/ss12000.json" {
        return rest::document(faces, request.method());
    }
    if let Some(rest) = below("/unilogin") {
        return Box::pin(json::answer(faces, &rest, request)).await;
    }
    match (request.method(), trimmed) {
        (&Method::GET | &Method::HEAD, "/livez" | "/readyz") => text(StatusCode::OK, "ok\n"),
        (&Method::GET | &Method::HEAD, "") => text(StatusCode::OK, &welcome(faces)),
        (_, "/livez" | "/readyz" | "") => problem(&Trouble::Method("GET, HEAD")),
        // What stands at the root has what nobody else has.
        _ if prefix.is_empty() => {
            let rest = path.to_owned();
            Box::pin(rest::answer(faces, &rest, request)).await
        }
        _ => problem(&Trouble::NotFound),
    }
}

fn welcome(faces: &Faces) -> String {
    let mut out = format!("Skolebro {}\n\nSOAP (contract at ?wsdl):\n", env!("CARGO_PKG_VERSION"));
    for service in unilogin::SERVICES {
        out.push_str(&format!("  {:32} {}\n", service.path, service.contract.path));
    }
    out.push_str("\nJSON:\n");
    for service in unilogin::SERVICES.iter().filter(|it| it.generation == unilogin::Generation::Bpi) {
        out.push_str(&format!("  /unilogin/{}/{{operation}}\n", service.short_path()));
    }
    for resource in ["organisations", "persons", "groups", "duties", "placements", "activities", "deletedEntities"] {
        out.push_str(&format!("  {}/{resource}\n", faces.options.ss12000_prefix));
    }
    out.push_str(&format!("  {}/capabilities, /openapi/ss12000.json\n", faces.options.ss12000_prefix));
    out
}

/// The whole body, within its bounds of size and time, and unpacked if it came packed: of as many bytes as the configuration allows,
/// and `limit` at most.
async fn body(faces: &Faces, request: Request<Incoming>, limit: usize) -> Result<Bytes, Trouble> {
    let limit = faces.listen.body.min(limit);
    announced(&request, limit as u64)?;
    let packing = Packing::of(request.headers())?;
    let read = Limited::new(request.into_body(), limit).collect();
    let bytes = match in_time(faces.listen.body_timeout(), read).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Trouble::TooLarge(limit as u64)),
        Ok(Err(_)) => return Err(Trouble::Body("The connection ended in the middle of the body.")),
        Err(_) => return Err(Trouble::Body("The body took too long.")),
    };
    if packing == Packing::Plain {
        return Ok(bytes);
    }
    let mut out = Vec::new();
    let unpacked = packing.unpack(Cursor::new(bytes), limit as u64);
    unpacked.and_then(|mut it| it.read_to_end(&mut out)).map_err(|why| stream::trouble(&why))?;
    Ok(out.into())
}

/// [`timeout`], but what is there at the second look needs no timer: nearly every body comes with its header, and the connection
/// hands it over when it has been asked for it.
async fn in_time<T>(patience: Duration, read: impl Future<Output = T>) -> Result<T, Elapsed> {
    let (mut read, mut looked) = (std::pin::pin!(read), false);
    let soon = std::future::poll_fn(|context| match read.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if looked => Poll::Ready(None),
        Poll::Pending => {
            looked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    });
    match soon.await {
        Some(done) => Ok(done),
        None => timeout(patience, read).await,
    }
}

/// A body that says itself that it is too large need not be sent first.
fn announced(request: &Request<Incoming>, most: u64) -> Result<(), Trouble> {
    if request.body().size_hint().lower() > most { Err(Trouble::TooLarge(most)) } else { Ok(()) }
}

/// The caller of a REST face, by its bearer token.
fn bearer<'c>(
    callers: &'c Callers,
    headers: &header::HeaderMap,
    face: &str,
    told: &Told,
) -> Result<&'c Caller, Trouble> {
    let value = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let token = value.and_then(|it| it.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let caller = token.and_then(|(_, token)| callers.token(token.trim())).ok_or(Trouble::Unauthenticated)?;
    told.caller(&caller.name);
    if caller.rights.opens(face) { Ok(caller) } else { Err(Trouble::Forbidden) }
}

fn answer(status: StatusCode, media_type: &'static str, body: impl Into<Outgoing>) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    answer
}

fn text(status: StatusCode, body: &str) -> Answer {
    answer(status, "text/plain; charset=utf-8", body.to_owned())
}

fn problem(trouble: &Trouble) -> Answer {
    let (status, body) = rescue::problem(trouble);
    with_headers(trouble, answer(status, "application/problem+json", body.to_string()))
}

/// What HTTP demands beside a refusal: `Allow`, `WWW-Authenticate` and `Retry-After`.
fn with_headers(trouble: &Trouble, mut answer: Answer) -> Answer {
    let headers = answer.headers_mut();
    match trouble {
        Trouble::Method(allowed) => {
            headers.insert(header::ALLOW, header::HeaderValue::from_static(allowed));
        }
        Trouble::Shy => {
            headers.insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        }
        Trouble::Unauthenticated => {
            headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer realm=\"skolebro\""));
        }
        Trouble::Login(why) if *why != Refused::Unavailable => {
            let told = "Bearer realm=\"unilogin\", error=\"invalid_token\"";
            headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static(told));
        }
        _ => {}
    }
    if let Some(wait) = rescue::retry_after(trouble) {
        headers.insert(header::RETRY_AFTER, header::HeaderValue::from(wait));
    }
    answer
}
