//! Our server and a bare hyper server, the same request and the same answer, over loopback, each on one thread.

use std::{
    convert::Infallible,
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    thread,
    time::Instant,
};

use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Bytes, body::Incoming, header, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use skolebro::{
    audit::{Audit, Settings},
    cli::demo,
    face::{self, Faces},
};
use tokio::{net::TcpListener, runtime};

const CONNECTIONS: usize = 32;
/// Who waits for a disk leaves the processor to others, if there are others.
const MANY: usize = 512;
const REQUESTS: usize = 400;

/// Seconds a round for the bare server and for ours, taking turns.
pub(crate) fn turns(rounds: usize) -> (Vec<f64>, Vec<f64>) {
    let ours = faces(demo::faces());
    let question = asked(include_str!("../../fixtures/unilogin/wsiinst/v5/hentInstitution/request.xml"));
    let answer = Bytes::from(answer_of(ours, &question));
    let bare = serve(move |listener| bare(listener, answer));
    against(rounds, Client::new(bare, vec![question.clone()]), Client::new(ours, vec![question]))
}

/// Seconds a round for `hentInstBruger` about everybody of a small institution and of a large one, taking turns.
pub(crate) fn look_ups(rounds: usize, small: Faces, large: Faces, users: [Vec<String>; 2]) -> (Vec<f64>, Vec<f64>) {
    let template = include_str!("../../fixtures/unilogin/wsiinst/v5/hentInstBruger.elev/request.xml");
    let [small_users, large_users] = users.map(|all| {
        let question = |it: &String| asked(&template.replace("999001", "990000").replace("alma0001", it));
        all.iter().map(question).collect::<Vec<_>>()
    });
    against(rounds, Client::new(faces(small), small_users), Client::new(faces(large), large_users))
}

/// Seconds a round for `hentInstBruger` without an audit log and with one whose records are on the disk before the answer leaves,
/// taking turns. The log is in a new folder, which is left behind.
pub(crate) fn recorded(
    rounds: usize,
    without: Faces,
    mut with: Faces,
    users: &[String],
    (folder, sync): (&Path, bool),
) -> (Vec<f64>, Vec<f64>) {
    let _ = fs::remove_dir_all(folder);
    let settings = Settings {
        folder: folder.join("audit"),
        key: folder.join("audit.key"),
        retention_months: 6,
        sync,
        now: skolebro::clock::now,
    };
    with.audit = Some(Audit::open(&settings).expect("a new folder"));
    let template = include_str!("../../fixtures/unilogin/wsiinst/v5/hentInstBruger.elev/request.xml");
    let questions = || {
        let question = |it: &String| asked(&template.replace("999001", "990000").replace("alma0001", it));
        users.iter().map(question).collect::<Vec<_>>()
    };
    let client = |of: Faces| Client::with(MANY, faces(of), questions());
    against(rounds, client(without), client(with))
}

fn against(rounds: usize, mut one: Client, mut other: Client) -> (Vec<f64>, Vec<f64>) {
    (0..rounds).map(|_| (one.round(), other.round())).unzip()
}

fn faces(faces: Faces) -> SocketAddr {
    serve(|listener| async move { face::serve(listener, Arc::new(faces), std::future::pending()).await })
}

fn serve<F>(server: impl FnOnce(TcpListener) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()>,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("a bound socket");
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { server(TcpListener::from_std(listener).expect("a socket")).await });
    });
    address
}

async fn bare(listener: TcpListener, body: Bytes) {
    let server = auto::Builder::new(TokioExecutor::new());
    let server = Box::leak(Box::new(server));
    let tasks = tokio::task::LocalSet::new();
    tasks
        .run_until(async {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let body = body.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let body = body.clone();
                    async move {
                        let _ = request.into_body().collect().await;
                        let mut answer = Response::new(Full::new(body));
                        let media_type = header::HeaderValue::from_static("application/soap+xml; charset=utf-8");
                        answer.headers_mut().insert(header::CONTENT_TYPE, media_type);
                        Ok::<_, Infallible>(answer)
                    }
                });
                let connection = server.serve_connection(TokioIo::new(stream), service);
                tokio::task::spawn_local(async move { connection.await.map_err(drop) });
            }
        })
        .await;
}

/// A question as it goes over the wire.
fn asked(body: &str) -> Vec<u8> {
    let path = if body.contains("wsiinst.unilogin.dk") { "/wsiinst-v5/ws" } else { "/bpi/wsiinst/6" };
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml; charset=utf-8\r\n");
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The body our server answers, which the bare one then answers too.
fn answer_of(address: SocketAddr, question: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("our own server");
    let mut whole = Vec::new();
    one_answer(&mut stream, question, &mut whole);
    let at = head_end(&whole).expect("a head");
    whole[at + 4..].to_vec()
}

fn head_end(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|it| it == b"\r\n\r\n")
}

/// Asks, and reads as much as the head of the answer says.
fn one_answer(stream: &mut TcpStream, question: &[u8], answer: &mut Vec<u8>) {
    stream.write_all(question).expect("our own server");
    answer.clear();
    let mut buffer = [0; 16 << 10];
    loop {
        let read = stream.read(&mut buffer).expect("our own server");
        answer.extend_from_slice(&buffer[..read]);
        let Some(at) = head_end(answer) else { continue };
        let head = std::str::from_utf8(&answer[..at]).expect("a head in ASCII");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length = head.lines().find_map(|it| it.strip_prefix("content-length: ")).expect("a length");
        if answer.len() >= at + 4 + length.parse::<usize>().expect("a number") {
            return;
        }
    }
}

/// Asks on all connections before it reads from any, so that the server is never idle.
struct Client {
    connections: Vec<TcpStream>,
    /// Asked in turn, each with how long its answer is: dates have a fixed length.
    questions: Vec<(Vec<u8>, usize)>,
    next: usize,
    buffer: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr, questions: Vec<Vec<u8>>) -> Self {
        Self::with(CONNECTIONS, address, questions)
    }

    fn with(connections: usize, address: SocketAddr, questions: Vec<Vec<u8>>) -> Self {
        let connect = |_| {
            let stream = TcpStream::connect(address).expect("our own server");
            stream.set_nodelay(true).expect("a socket");
            stream
        };
        let mut connections: Vec<TcpStream> = (0..connections).map(connect).collect();
        let mut answer = Vec::new();
        let mut measured = |question: Vec<u8>| {
            one_answer(&mut connections[0], &question, &mut answer);
            (question, answer.len())
        };
        let questions: Vec<_> = questions.into_iter().map(&mut measured).collect();
        let longest = questions.iter().map(|it| it.1).max().unwrap_or_default();
        Self { connections, questions, next: 0, buffer: vec![0; longest] }
    }

    fn round(&mut self) -> f64 {
        let began = Instant::now();
        let connections = self.connections.len();
        for _ in 0..REQUESTS * CONNECTIONS / connections {
            let asked = (self.next..).map(|at| at % self.questions.len());
            for (stream, at) in self.connections.iter_mut().zip(asked.clone()) {
                stream.write_all(&self.questions[at].0).expect("our own server");
            }
            for (stream, at) in self.connections.iter_mut().zip(asked) {
                stream.read_exact(&mut self.buffer[..self.questions[at].1]).expect("a whole answer");
            }
            self.next += connections;
        }
        began.elapsed().as_secs_f64()
    }
}
