//! SS12000 servers that are made up: as good or as odd as a test wants them, asked in the process or over a socket.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use skolebro::source::{
    courier::{Head, Lost, Reply},
    web::{Inquiry, Web},
};

/// Where the made-up server is.
pub(crate) const BASE: &str = "https://skola.example/v2.0";

/// A question that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Behind the base; the whole address, if it is another.
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Option<String>,
}

impl Asked {
    fn new(target: &str, authorization: Option<String>, body: Option<String>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { path: path.trim_start_matches('/').to_owned(), query, authorization, body }
    }

    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.query.get(name).is_some_and(|it| it == value)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

pub(crate) fn said(status: u16, body: impl ToString) -> Said {
    Said { status, headers: Vec::new(), body: body.to_string() }
}

/// Answers questions.
pub(crate) type Handler = Arc<dyn Fn(&Asked) -> Said + Send + Sync>;

/// Asks a handler in the process, and remembers what was asked and how long was waited.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) handler: Handler,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    pub(crate) waited: Arc<Mutex<Vec<Duration>>>,
}

impl Inside {
    pub(crate) fn new(handler: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Self {
        Self { handler: Arc::new(handler), asked: Arc::default(), waited: Arc::default() }
    }

    /// How many questions there were for a path.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|it| it.path == path).count()
    }

    /// What was asked of a path.
    pub(crate) fn of(&self, path: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|it| it.path == path).cloned().collect()
    }
}

impl Web for Inside {
    fn ask(&self, inquiry: Inquiry) -> Result<Reply, Lost> {
        let target = inquiry.address.strip_prefix(BASE).unwrap_or(&inquiry.address);
        let asked = Asked::new(target, inquiry.authorization, inquiry.body.map(|it| it.text));
        self.asked.lock().unwrap().push(asked.clone());
        let Said { status, headers, body } = (self.handler)(&asked);
        let retry_after = headers.iter().find(|it| it.0 == "Retry-After").map(|it| it.1.parse().unwrap());
        let head = Head {
            status,
            media_type: "application/json".to_owned(),
            charset: None,
            date: Some(super::now()),
            retry_after: retry_after.map(Duration::from_secs),
        };
        Ok(Reply { head, body: body.into_bytes() })
    }

    fn rest(&self, wait: Duration) {
        self.waited.lock().unwrap().push(wait);
    }
}

/// A server behind a socket, until the process ends.
pub(crate) fn listening(answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                if let Some(asked) = heard(&mut stream) {
                    answer(&asked, &mut stream);
                }
            });
        }
    });
    format!("http://{address}")
}

/// The same with TLS; tells the port.
pub(crate) fn listening_safely(config: ServerConfig, answer: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut tls = StreamOwned::new(connection, stream.unwrap());
            // Whoever shows no certificate is not heard.
            if let Some(asked) = heard(&mut tls) {
                let Said { status, headers: _, body } = answer(&asked);
                tell(&mut tls, status, "", &body);
            }
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    });
    port
}

/// Reads one question.
fn heard(stream: &mut impl Read) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|it| it.split_once(':'));
        lines.find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.trim().to_owned())
    };
    let length: usize = header("content-length").map_or(0, |it| it.parse().unwrap());
    while bytes.len() < end + length {
        let read = stream.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..read]);
    }
    let target = head.split(' ').nth(1).unwrap().to_owned();
    let body = (length > 0).then(|| String::from_utf8(bytes[end..end + length].to_vec()).unwrap());
    Some(Asked::new(&target, header("authorization"), body))
}

/// Writes one answer and closes.
pub(crate) fn tell(stream: &mut impl Write, status: u16, headers: &str, body: &str) {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    );
    let _ = stream.write_all(text.as_bytes());
}

/// Objects by path, served as a good server does: filters by relation, pages, look-ups, changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Objects(pub(crate) BTreeMap<&'static str, Vec<Value>>);

impl Objects {
    pub(crate) fn add(&mut self, path: &'static str, object: Value) -> &mut Self {
        self.0.entry(path).or_default().push(object);
        self
    }

    /// The object with an id, to be changed.
    pub(crate) fn get(&mut self, path: &str, id: &str) -> &mut Value {
        self.0.get_mut(path).unwrap().iter_mut().find(|it| it["id"] == id).unwrap()
    }

    /// A good answer.
    pub(crate) fn answer(&self, asked: &Asked) -> Said {
        let none = Vec::new();
        if asked.path == "persons/lookup" {
            let body: Value = serde_json::from_str(asked.body.as_ref().unwrap()).unwrap();
            let wanted = body["ids"].as_array().unwrap();
            let found: Vec<&Value> = self.0["persons"].iter().filter(|it| wanted.contains(&it["id"])).collect();
            return said(200, json!(found));
        }
        if asked.path == "deletedEntities" {
            return said(200, json!({ "data": {}, "pageToken": null }));
        }
        let Some(all) = ["organisations", "persons", "groups", "duties", "placements", "activities"]
            .contains(&asked.path.as_str())
            .then(|| self.0.get(asked.path.as_str()).unwrap_or(&none))
        else {
            return said(404, "");
        };
        let (relation, from) = match asked.query.get("pageToken") {
            Some(token) => {
                let (relation, from) = token.split_once(' ').unwrap();
                (Some(relation.to_owned()), from.parse().unwrap())
            }
            None => (asked.query.get("relationship.entity.type").cloned(), 0),
        };
        let relation = relation.filter(|it| !it.is_empty());
        let after = asked.query.get("meta.modified.after");
        let fits = |it: &&Value| {
            relation.as_ref().is_none_or(|relation| self.is_related(it, relation))
                && after.is_none_or(|after| it["meta"]["modified"].as_str().is_some_and(|it| it > after.as_str()))
        };
        let limit: usize = asked.query.get("limit").map_or(2, |it| it.parse::<usize>().unwrap().min(2));
        let all: Vec<&Value> = all.iter().filter(fits).collect();
        let page: Vec<&&Value> = all.iter().skip(from).take(limit).collect();
        let more = from + limit < all.len();
        let token = more.then(|| format!("{} {}", relation.unwrap_or_default(), from + limit));
        said(200, json!({ "data": page, "pageToken": token }))
    }

    fn is_related(&self, person: &Value, relation: &str) -> bool {
        let id = &person["id"];
        let any = |path: &str, fits: &dyn Fn(&Value) -> bool| self.0.get(path).is_some_and(|all| all.iter().any(fits));
        let enrolled = |it: &Value| it["enrolments"].as_array().is_some_and(|it| !it.is_empty());
        match relation {
            "enrolment" => enrolled(person),
            "duty" => any("duties", &|it| it["person"]["id"] == *id),
            "placement.child" => any("placements", &|it| it["child"]["id"] == *id),
            _ => any("persons", &|it| {
                let adults = it["responsibles"].as_array();
                enrolled(it) && adults.is_some_and(|all| all.iter().any(|it| it["person"]["id"] == *id))
            }),
        }
    }
}
