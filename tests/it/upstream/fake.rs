//! A Unilogin elsewhere for the tests: the demo's own services, and in front of them somebody who does mischief.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{gate::PATIENCE, server::read_answer};

/// What is done to the next answers.
#[derive(Debug, Clone)]
pub(crate) enum Mischief {
    /// Nothing.
    None,
    /// The answer comes late.
    Delay(Duration),
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// The answer stops after so many bytes of the body, and the connection stays.
    Stop(usize),
    /// In the body this becomes that, as often as it is there. Both are of one length.
    Replace(&'static str, &'static str),
    /// The body becomes another one.
    Change(fn(String) -> String),
    /// Somebody else answers: status, media type, other headers, body.
    Answer(u16, &'static str, &'static str, String),
    /// The connection ends before an answer.
    Hang,
}

/// A proxy that counts calls and does mischief.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
}

struct State {
    backend: SocketAddr,
    tls: Option<Arc<rustls::ServerConfig>>,
    mischief: Mutex<Vec<Mischief>>,
    calls: AtomicUsize,
    paths: Mutex<Vec<String>>,
    last: Mutex<String>,
}

impl Proxy {
    /// Stands in front of a server.
    pub(crate) fn before(backend: SocketAddr) -> Self {
        Self::with(backend, None)
    }

    /// The same with TLS.
    pub(crate) fn with(backend: SocketAddr, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            backend,
            tls,
            mischief: Mutex::default(),
            calls: AtomicUsize::new(0),
            paths: Mutex::default(),
            last: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        // It ends with the process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || state.serve(stream));
            }
        });
        Self { address, state }
    }

    /// Does these to the next answers, one each; the last stays.
    pub(crate) fn does(&self, mischief: impl IntoIterator<Item = Mischief>) {
        let mut all: Vec<_> = mischief.into_iter().collect();
        all.reverse();
        *self.state.mischief.lock().unwrap() = all;
    }

    /// How often it has been called since the last time this was asked.
    pub(crate) fn calls(&self) -> usize {
        self.state.calls.swap(0, Ordering::SeqCst)
    }

    /// The body of the last answer of the server behind.
    pub(crate) fn last(&self) -> String {
        self.state.last.lock().unwrap().clone()
    }

    /// The paths that were called since the last time this was asked.
    pub(crate) fn paths(&self) -> Vec<String> {
        std::mem::take(&mut self.state.paths.lock().unwrap())
    }
}

impl State {
    fn next(&self) -> Mischief {
        let mut all = self.mischief.lock().unwrap();
        if all.len() > 1 { all.pop().unwrap() } else { all.first().cloned().unwrap_or(Mischief::None) }
    }

    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(PATIENCE));
        match &self.tls {
            None => self.exchange(&mut stream),
            Some(config) => {
                let Ok(connection) = rustls::ServerConnection::new(Arc::clone(config)) else { return };
                let mut tls = rustls::StreamOwned::new(connection, stream);
                self.exchange(&mut tls);
                tls.conn.send_close_notify();
                let _ = tls.flush();
                stream = tls.sock;
            }
        }
        let _ = stream.shutdown(Shutdown::Both);
    }

    /// One question a connection.
    fn exchange(&self, client: &mut (impl Read + Write)) {
        let Some((head, body)) = question(client) else { return };
        self.calls.fetch_add(1, Ordering::SeqCst);
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.paths.lock().unwrap().push(path.clone());
        match self.next() {
            Mischief::Hang => {}
            Mischief::Answer(status, media_type, headers, body) => {
                answer(client, status, media_type, headers, body.as_bytes(), body.len());
            }
            mischief => self.forwarded(client, &path, &head, &body, &mischief),
        }
    }

    fn forwarded(&self, client: &mut impl Write, path: &str, head: &str, body: &[u8], mischief: &Mischief) {
        let media_type =
            head.lines().find_map(|it| it.split_once(": ").filter(|it| it.0.eq_ignore_ascii_case("content-type")));
        let media_type = media_type.map_or("", |it| it.1);
        let request = crate::server::request("POST", path, &[("Content-Type", media_type)], body);
        let mut backend = TcpStream::connect(self.backend).unwrap();
        backend.write_all(&request).unwrap();
        let got = read_answer(&mut backend, false).expect("an answer of the server behind");
        let media_type = got.header("content-type").unwrap_or_default().to_owned();
        let (mut text, length) = (got.body.clone(), got.body.len());
        *self.last.lock().unwrap() = String::from_utf8_lossy(&text).into_owned();
        match mischief {
            Mischief::Delay(time) => thread::sleep(*time),
            Mischief::Cut(at) | Mischief::Stop(at) => text.truncate(*at),
            Mischief::Replace(this, that) => {
                assert_eq!(this.len(), that.len());
                let told = String::from_utf8(text).unwrap();
                assert!(told.contains(this), "{this} is not in the answer");
                text = told.replace(this, that).into_bytes();
            }
            Mischief::Change(change) => text = change(String::from_utf8(text).unwrap()).into_bytes(),
            Mischief::None | Mischief::Answer(..) | Mischief::Hang => {}
        }
        let date = got.header("date").map_or_else(String::new, |it| format!("Date: {it}\r\n"));
        answer(client, got.status, &media_type, &date, &text, length);
        if matches!(mischief, Mischief::Stop(_)) {
            thread::sleep(PATIENCE);
        }
    }
}

/// The way to a server: connections last as long as both ends like, until it is cut.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    is_cut: Arc<AtomicBool>,
    ends: Arc<Mutex<Vec<End>>>,
}

/// Where somebody asks, and who listens there.
struct End {
    client: TcpStream,
    asking: JoinHandle<()>,
}

impl Wire {
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Self { address, is_cut: Arc::default(), ends: Arc::default() };
        let (is_cut, ends) = (wire.is_cut.clone(), wire.ends.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten().filter(|_| !is_cut.load(Ordering::SeqCst)) {
                let mut ends = ends.lock().unwrap();
                client.set_read_timeout(Some(PATIENCE)).unwrap();
                let server = TcpStream::connect(server).unwrap();
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let asking = thread::spawn(|| carry(from, to));
                let to = client.try_clone().unwrap();
                thread::spawn(|| carry(server, to));
                ends.push(End { client, asking });
            }
        });
        wire
    }

    /// Ends all connections, waits until those who asked have noticed, and takes no others.
    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for End { client, asking } in self.ends.lock().unwrap().drain(..) {
            let _ = client.shutdown(Shutdown::Write);
            asking.join().unwrap();
        }
    }

    pub(crate) fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// Head and body of a question.
pub(super) fn question(client: &mut impl Read) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1 << 14]);
    loop {
        let end = bytes.windows(4).position(|it| it == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
            let length =
                head.lines().find_map(|it| it.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let length: usize = length.unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return Some((head, bytes[end + 4..end + 4 + length].to_vec()));
            }
        }
        match client.read(&mut buffer) {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
    }
}

fn answer(client: &mut impl Write, status: u16, media_type: &str, headers: &str, body: &[u8], length: usize) {
    let media_type = if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\r\n") };
    let head =
        format!("HTTP/1.1 {status} Told\r\n{media_type}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    // Who is refused by TLS does not read.
    let _ = client.write_all(head.as_bytes()).and_then(|()| client.write_all(body)).and_then(|()| client.flush());
}
