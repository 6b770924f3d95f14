//! The demo served in this process, and a client that sends exactly the bytes it is given.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, OnceLock, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use skolebro::face::{self, Faces};
use tokio::{net::TcpListener, runtime, sync::oneshot};

/// How long a client waits for an answer. The server must be quicker, or close the connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a port of its own, until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The demo as `skolebro serve --demo` has it, one for all tests.
pub(crate) fn demo() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(|_| {}))
}

impl Server {
    /// The demo with other settings.
    pub(crate) fn start(change: impl FnOnce(&mut Faces)) -> Self {
        let mut faces = skolebro::cli::demo::faces();
        change(&mut faces);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = face::serve(listener, Arc::new(faces), std::future::pending()) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        });
        Self { address: told.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Sends the bytes of one request and reads the answer.
    pub(crate) fn exchange(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // Who refuses early may close before it has read everything.
        let _ = stream.write_all(request);
        let is_head = request.starts_with(b"HEAD ");
        read_answer(&mut stream, is_head).expect("an answer")
    }

    pub(crate) fn get(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        self.exchange(&request("GET", target, headers, b""))
    }

    pub(crate) fn post(&self, target: &str, media_type: &str, body: &[u8]) -> Answer {
        self.exchange(&request("POST", target, &[("Content-Type", media_type)], body))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The bytes of a request, with its length.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: skole.example\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }
}

/// The next answer of a connection; `None` where the server closes without one.
pub(crate) fn read_answer(stream: &mut TcpStream, is_head: bool) -> Option<Answer> {
    let mut input = Input { stream, bytes: Vec::new() };
    let head = input.until(b"\r\n\r\n")?;
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|it| it.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    let mut answer = Answer { status, headers: headers.collect(), body: Vec::new() };
    if is_head {
        return Some(answer);
    }
    answer.body = match (answer.header("content-length"), answer.header("transfer-encoding")) {
        (Some(length), _) => input.exactly(length.parse().unwrap()).expect("the whole body"),
        (None, Some("chunked")) => input.chunks(),
        _ => input.rest(),
    };
    Some(answer)
}

struct Input<'s> {
    stream: &'s mut TcpStream,
    bytes: Vec<u8>,
}

impl Input<'_> {
    /// Reads more; false where the other side has closed.
    fn more(&mut self) -> bool {
        let mut buffer = [0; 1 << 16];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(read) => {
                self.bytes.extend_from_slice(&buffer[..read]);
                true
            }
            Err(why) if why.kind() == ErrorKind::ConnectionReset => false,
            Err(why) => panic!("the server neither answers nor closes: {why}"),
        }
    }

    /// Up to and with `end`.
    fn until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.bytes.windows(end.len()).position(|it| it == end) {
                return self.exactly(at + end.len());
            }
            if !self.more() {
                return None;
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.bytes.len() < length {
            if !self.more() {
                return None;
            }
        }
        Some(self.bytes.drain(..length).collect())
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = String::from_utf8(self.until(b"\r\n").expect("a chunk")).unwrap();
            let length = usize::from_str_radix(line.trim().split(';').next().unwrap(), 16).unwrap();
            let chunk = self.exactly(length + 2).expect("a whole chunk");
            if length == 0 {
                return body;
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }

    fn rest(&mut self) -> Vec<u8> {
        while self.more() {}
        std::mem::take(&mut self.bytes)
    }
}
