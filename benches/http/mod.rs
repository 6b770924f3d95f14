//! Our server and a bare hyper server, the same request and the same answer, over loopback, each on one thread.

use std::{
    convert::Infallible,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
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
use skolebro::{cli::demo, face};
use tokio::{net::TcpListener, runtime};

const CONNECTIONS: usize = 32;
const REQUESTS: usize = 400;

/// Seconds a round for the bare server and for ours, taking turns.
pub(crate) fn turns(rounds: usize) -> (Vec<f64>, Vec<f64>) {
    let ours =
        serve(|listener| async move { face::serve(listener, Arc::new(demo::faces()), std::future::pending()).await });
    let answer = Bytes::from(answer_of(ours));
    let body = answer.clone();
    let bare = serve(move |listener| bare(listener, body));
    let (mut bare_times, mut our_times) = (Vec::new(), Vec::new());
    let (mut to_bare, mut to_us) = (Client::new(bare), Client::new(ours));
    for _ in 0..rounds {
        bare_times.push(to_bare.round());
        our_times.push(to_us.round());
    }
    (bare_times, our_times)
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

fn request() -> Vec<u8> {
    let body = include_str!("../../fixtures/unilogin/wsiinst/v5/hentInstitution/request.xml");
    let head =
        "POST /wsiinst-v5/ws HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml; charset=utf-8\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The body our server answers, which the bare one then answers too.
fn answer_of(address: SocketAddr) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("our own server");
    let whole = one_answer(&mut stream);
    let at = whole.windows(4).position(|it| it == b"\r\n\r\n").expect("a head");
    whole[at + 4..].to_vec()
}

fn one_answer(stream: &mut TcpStream) -> Vec<u8> {
    stream.write_all(&request()).expect("our own server");
    let mut answer = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        let read = stream.read(&mut buffer).expect("our own server");
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length = head.lines().find_map(|it| it.strip_prefix("content-length: ")).expect("a length");
        if body.len() >= length.parse::<usize>().expect("a number") {
            return answer;
        }
    }
}

/// Asks on all connections before it reads from any, so that the server is never idle.
struct Client {
    connections: Vec<TcpStream>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let connect = |_| {
            let stream = TcpStream::connect(address).expect("our own server");
            stream.set_nodelay(true).expect("a socket");
            stream
        };
        let mut connections: Vec<TcpStream> = (0..CONNECTIONS).map(connect).collect();
        // Every answer is as long as the first: dates have a fixed length.
        let answer = connections.iter_mut().map(one_answer).next_back().expect("a connection");
        Self { connections, request: request(), answer }
    }

    fn round(&mut self) -> f64 {
        let began = Instant::now();
        for _ in 0..REQUESTS {
            for stream in &mut self.connections {
                stream.write_all(&self.request).expect("our own server");
            }
            for stream in &mut self.connections {
                crate::read_answer(stream, &mut self.answer);
            }
        }
        began.elapsed().as_secs_f64()
    }
}
