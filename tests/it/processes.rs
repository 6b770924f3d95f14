//! The program as processes that serve: one that reads another, and one that is killed and goes on.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    cli::skolebro,
    gate::{PATIENCE, soon},
    server::{Answer, read_answer, request},
};

/// A folder with settings and a store, and the process that serves them.
struct Serving {
    folder: TempDir,
    child: Child,
    address: SocketAddr,
}

impl Serving {
    /// With these settings beside the store's; the documents are imported first.
    fn start(settings: &str, documents: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.db");
        let text = format!("[store]\nurl = \"sqlite:{}\"\n{settings}", store.display());
        fs::write(folder.path().join("skolebro.toml"), text).unwrap();
        for document in documents {
            import(&folder, &[document]);
        }
        let (child, address) = serve(&folder);
        Self { folder, child, address }
    }

    /// Killed in the middle of whatever it does (`kill -9`), and started anew.
    fn kill_and_start(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        (self.child, self.address) = serve(&self.folder);
    }

    fn ask(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(bytes).unwrap();
        read_answer(&mut stream, false).unwrap()
    }

    fn soap(&self, path: &str, body: &str) -> Answer {
        let headers = [("Content-Type", "application/soap+xml; charset=utf-8")];
        self.ask(&request("POST", path, &headers, body.as_bytes()))
    }

    /// An answer of the SS12000 face.
    fn rest(&self, method: &str, path: &str, body: &str) -> Value {
        let headers = [("Authorization", "Bearer token5skovsnegl"), ("Content-Type", "application/json")];
        let target = format!("/ss12000/v2.0/{path}");
        let answer = self.ask(&request(method, &target, &headers, body.as_bytes()));
        assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.text());
        serde_json::from_str(answer.text()).unwrap_or_default()
    }

    fn get(&self, path: &str) -> Value {
        self.rest("GET", path, "")
    }
}

impl Serving {
    fn database(&self) -> rusqlite::Connection {
        let database = rusqlite::Connection::open(self.folder.path().join("store.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database
    }

    /// Up to which change the one subscriber there is has been told.
    fn told(&self) -> i64 {
        self.database().query_row("SELECT told FROM subscription", [], |it| it.get(0)).unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn import(folder: &TempDir, arguments: &[&str]) {
    let config = folder.path().join("skolebro.toml");
    let done = skolebro().args(["import", "--config"]).arg(config).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn serve(folder: &TempDir) -> (Child, SocketAddr) {
    let config = folder.path().join("skolebro.toml");
    let mut serve = skolebro();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(config);
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let mut child = serve.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().parse();
    let told = || fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    (child, address.unwrap_or_else(|_| panic!("{line}{}", told())))
}

/// A caller who may see everything, by any face.
const CALLER: &str = "[face.unilogin]\nsignature_optional = true\n[[caller]]\nname = \"Elevsystemet\"\n\
    provider_system = \"DEMO01\"\ntoken = \"token5skovsnegl\"\ncivil_numbers = true\nprotected_persons = true\n";

/// A Danish client asks a server that has nothing but another server's SS12000 face, and that one has only exports.
#[test]
fn the_four_services_are_answered_from_an_ss12000_server() {
    let documents = ["institutions", "999001", "999003", "999006"].map(|it| format!("fixtures/demo/{it}.xml"));
    let swedish = Serving::start(CALLER, &documents.each_ref().map(String::as_str));
    let source = format!(
        "{CALLER}[[source]]\nname = \"skola\"\nkind = \"ss12000\"\nendpoint = \"http://{}/ss12000/v2.0\"\n\
         [source.ss12000]\ntoken = \"token5skovsnegl\"\nstand_in_group = \"Ukendt\"\n",
        swedish.address
    );
    let danish = Serving::start(&source, &[]);
    for (question, path, told) in [
        ("wsiinst/v6/hentInstBruger.elev", "/bpi/wsiinst/6", ["alma0001", "Alma"]),
        ("wsiinst/v6/hentInstitution", "/bpi/wsiinst/6", ["999001", "Tjørnehøj Skole"]),
        ("wsibruger/v7/hentBrugersInstitutionstilknytninger", "/bpi/wsibruger/7", ["999001", "Barn"]),
        ("wsibruger/v7/hentBrugersKontaktpersoner", "/bpi/wsibruger/7", ["brugerid", "navn"]),
        ("wsieksport/v7/eksporterXmlFuldMyndighed", "/bpi/wsieksport/7", ["<", "InstitutionPerson"]),
        ("wsiidentifikation/v6/hentBrugeridFraCpr", "/bpi/wsiidentifikation/6", ["brugerid", ""]),
        ("wsiidentifikation/v6/hentCprFraBrugerid", "/bpi/wsiidentifikation/6", ["cpr", ""]),
    ] {
        let question = fs::read_to_string(format!("fixtures/unilogin/{question}/request.xml")).unwrap();
        let (was, is) = (swedish.soap(path, &question), danish.soap(path, &question));
        assert_eq!((was.status, is.status), (200, 200), "{path}: {} {}", was.text(), is.text());
        for word in told {
            assert!(was.text().contains(word) && is.text().contains(word), "{path}: no {word} in {}", is.text());
        }
        let users = |it: &Answer| -> Vec<String> {
            let document = roxmltree::Document::parse(it.text()).unwrap();
            let named =
                document.descendants().filter(|it| ["brugerid", "cpr", "UserId"].contains(&it.tag_name().name()));
            let mut users: Vec<String> = named.filter_map(|it| it.text().map(ToOwned::to_owned)).collect();
            users.sort();
            users
        };
        let (was, is) = (users(&was), users(&is));
        assert!(is.iter().all(|it| was.contains(it)), "{path}: {is:?} of {was:?}");
        // Contact persons without custody are no responsibles.
        assert!(is.len() * 10 >= was.len() * 7, "{path}: {is:?} of {was:?}");
    }
}

/// Somebody who is told. Until it wakes up it takes in what it is told and says nothing.
struct Receiver {
    address: SocketAddr,
    is_awake: Arc<AtomicBool>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    fn asleep() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, is_awake, heard) = (listener.local_addr().unwrap(), Arc::default(), Arc::default());
        let receiver = Self { address, is_awake, heard };
        let (awake, heard) = (receiver.is_awake.clone(), receiver.heard.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (awake, heard) = (awake.clone(), heard.clone());
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some(body) = body(&mut stream) else { return };
                    heard.lock().unwrap().push(body);
                    if !awake.load(Ordering::SeqCst) {
                        thread::sleep(Duration::from_secs(60));
                    }
                    let _ = stream.write_all(b"HTTP/1.1 204 Heard\r\n\r\n");
                });
            }
        });
        receiver
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    fn wait_for(&self, count: usize) {
        let began = Instant::now();
        while self.heard().len() < count {
            assert!(began.elapsed() < Duration::from_secs(60), "heard {:?}", self.heard());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// What a request says.
fn body(stream: &mut TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|it| *it > 0)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((_, told)) = line.split_once(':').filter(|it| it.0.eq_ignore_ascii_case("content-length")) {
            length = told.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    std::io::Read::read_exact(&mut reader, &mut body).ok()?;
    String::from_utf8(body).ok()
}

/// Everything that a mirroring client is told, with when it came and changed, and what has gone.
fn everything(serving: &Serving) -> Vec<Value> {
    let lists = ["organisations", "persons", "groups", "duties", "placements", "activities"];
    let pages = lists.map(|it| serving.get(&format!("{it}?limit=1000")));
    assert!(pages.iter().all(|it| it["pageToken"].is_null() && !it["data"].as_array().unwrap().is_empty()));
    pages.into_iter().chain([serving.get("deletedEntities")]).collect()
}

/// The demo's school without its first person, and with another name for a pupil.
fn changed(folder: &TempDir) -> String {
    let text = fs::read_to_string("fixtures/demo/999001.xml").unwrap();
    let (begin, end) = ("<myn:InstitutionPerson", "</myn:InstitutionPerson>");
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let path = folder.path().join("changed.xml");
    fs::write(&path, format!("{before}{after}").replace(">Alma<", ">Alma Maria<")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What a process that is killed had not told anybody is told by the next one; and nothing of what it knew of changes is lost, or dated
/// anew.
#[test]
fn a_process_that_is_killed_remembers_what_has_changed_and_who_has_not_heard() {
    let settings = format!(
        "[face.ss12000.feed]\nplain_http = true\nnetworks = [\"127.0.0.1\"]\nanswer_seconds = 30\n\
         secrets = [\"sixteen characters at least\"]\n{CALLER}"
    );
    let mut serving = Serving::start(
        &settings,
        &["fixtures/demo/institutions.xml", "fixtures/demo/999001.xml", "fixtures/demo/999003.xml"],
    );
    let receiver = Receiver::asleep();
    let target = format!("http://{}/changes", receiver.address);
    let wanted = json!({ "name": "test", "target": target, "resourceTypes": [{ "resource": "Person" }] });
    let subscription = serving.rest("POST", "subscriptions", &wanted.to_string());
    let at_first = everything(&serving);
    assert_eq!(at_first.last().unwrap()["data"], json!({}));
    let untold = serving.told();
    import(&serving.folder, &[&changed(&serving.folder)]);
    receiver.wait_for(1);
    let before = everything(&serving);
    assert_ne!(before, at_first);
    assert!(!before.last().unwrap()["data"]["persons"].as_array().unwrap().is_empty(), "somebody has gone");
    // The notice has left, and nobody knows whether it has arrived.
    serving.kill_and_start();
    assert_eq!(everything(&serving), before);
    assert_eq!(serving.get("subscriptions")["data"], json!([subscription]), "it ends when it would have ended");
    receiver.is_awake.store(true, Ordering::SeqCst);
    receiver.wait_for(2);
    let heard = receiver.heard();
    assert_eq!(heard[0], r#"{"modifiedEntites":["Person"],"deletedEntities":true}"#);
    assert_eq!(heard[1], heard[0], "rather twice than never");
    soon(|| serving.told() > untold);
    serving.kill_and_start();
    assert_eq!(everything(&serving), before);
    // The killed one would be believed to tell for half a minute.
    serving.database().execute("DELETE FROM lease WHERE name = 'notices'", []).unwrap();
    import(&serving.folder, &["fixtures/demo/999001.xml"]);
    receiver.wait_for(3);
    let third = r#"{"modifiedEntites":["Person"],"deletedEntities":false}"#;
    assert_eq!(receiver.heard()[2..], [third], "what has been heard is not told again");
}
