//! A full run of the program over all faces, with good questions, bad ones and hostile ones: nothing that says who somebody is gets
//! into its log, its errors or its audit log, and no secret does.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

use skolebro::{
    cli::demo,
    domain::{CivilId, Member, PersonName, Tie},
};
use uuid::Uuid;

use crate::server::{Answer, read_answer, request};

/// What nobody may find.
struct Shy {
    /// Whole words: names, ids, numbers and secrets.
    words: BTreeSet<String>,
}

const PASSWORD: &str = "hemmelig8sommerfugl";
const TOKEN: &str = "token5skovsnegl";
const WRONG: &str = "forkert7regnorm";

/// Names of people that are words of the program too.
const COMMON: [&str; 4] = ["line", "person", "beskyttet", "navnebeskyttet"];

impl Shy {
    fn of_the_demo() -> Self {
        let mut words: BTreeSet<String> = [PASSWORD, TOKEN, WRONG].map(str::to_owned).into();
        for snapshot in demo::municipality() {
            snapshot.roster().members.iter().for_each(|it| member(it, &mut words));
        }
        words.retain(|it| !COMMON.contains(&it.as_str()));
        Self { words }
    }

    /// Every word of a text that nobody may find in it.
    fn in_text<'t>(&'t self, text: &'t str) -> BTreeSet<String> {
        let text = without_chance(&text.to_lowercase());
        let words = text.split(|it: char| !it.is_alphanumeric());
        let mut found: BTreeSet<String> = words.filter(|it| self.words.contains(*it)).map(str::to_owned).collect();
        // A number may stand with a hyphen, which splits it.
        for number in self.words.iter().filter(|it| it.len() == 10 && it.bytes().all(|it| it.is_ascii_digit())) {
            let (date, serial) = number.split_at(6);
            if text.contains(number.as_str()) || text.contains(&format!("{date}-{serial}")) {
                found.insert(number.clone());
            }
        }
        found
    }

    fn numbers(&self) -> Vec<&str> {
        let is_number = |it: &&String| it.len() == 10 && it.bytes().all(|it| it.is_ascii_digit());
        self.words.iter().filter(is_number).map(String::as_str).collect()
    }
}

/// A text without random ids and without signatures, which now and then spell somebody's name.
fn without_chance(text: &str) -> String {
    let is_id = |it: &&str| Uuid::try_parse(it.trim_matches('-')).is_ok();
    let separates = |it: char| !it.is_alphanumeric() && it != '-';
    let told: String = text.split_inclusive(separates).filter(|it| !is_id(&it.trim_end_matches(separates))).collect();
    let values = told.split("signaturevalue>").flat_map(|it| it.split("digestvalue>"));
    let is_value = |it: &str| it.split_once("</").is_some_and(|(value, _)| value.len() > 40 && !value.contains('<'));
    values.filter(|it| !is_value(it)).collect::<Vec<_>>().join(" ")
}

#[test]
fn chance_is_told_from_leaks() {
    let id = "urn:uuid:d5b00178-ebbe-45b2-907a-bab00a60818a";
    assert_eq!(without_chance(&format!("<a>{id}</a> ebbe-holm")), "<a>urn:uuid:/a> ebbe-holm");
    let value = "x/ebbe/".repeat(10);
    assert_eq!(without_chance(&format!("<signaturevalue>{value}</signaturevalue>ebbe")), "< ebbe");
}

fn member(member: &Member<'_>, words: &mut BTreeSet<String>) {
    words.extend(
        member.local_id.as_ref().map(|it| it.to_lowercase()).filter(|it| it.chars().all(char::is_alphanumeric)),
    );
    let contacts = match &member.tie {
        Some(Tie::Pupil(pupil)) => &*pupil.contacts,
        _ => &[],
    };
    for person in member.person.iter().chain(contacts.iter().map(|it| &it.person)) {
        words.extend(person.user_id.as_ref().map(|it| it.as_str().to_lowercase()));
        let number = person.civil_id.as_ref().filter(|it| !it.is_placeholder());
        words.extend(number.map(|it| CivilId::reveal(it).replace('-', "")));
        for PersonName { given, family, .. } in [Some(&person.name), person.alias.as_ref()].into_iter().flatten() {
            let parts =
                given.split(|it: char| !it.is_alphanumeric()).chain(family.split(|it: char| !it.is_alphanumeric()));
            words.extend(parts.filter(|it| it.chars().count() > 2).map(str::to_lowercase));
        }
    }
}

/// The program, its log at its most talkative.
struct Program {
    child: Child,
    address: SocketAddr,
    log: Option<JoinHandle<String>>,
}

impl Program {
    fn start(folder: &Path) -> Self {
        let config = folder.join("skolebro.toml");
        let text = format!(
            "[store]\nurl = \"sqlite:{}\"\n[log]\nfilter = \"trace\"\n[face.unilogin]\nsignature_optional = true\n\
             [[caller]]\nname = \"Elevsystemet\"\nlegacy_user = \"elev8system\"\nlegacy_password = \"{PASSWORD}\"\n\
             provider_system = \"DEMO01\"\ntoken = \"{TOKEN}\"\ncivil_numbers = true\nprotected_persons = true\n\
             [[caller]]\nname = \"Lille\"\nlegacy_user = \"lille2system\"\nlegacy_password = \"{PASSWORD}2\"\n\
             provider_system = \"LILLE1\"\ntoken = \"{TOKEN}2\"\ninstitutions = [\"999003\"]\n",
            folder.join("store.db").display()
        );
        fs::write(&config, text).unwrap();
        for document in fs::read_dir("fixtures/demo").unwrap().map(|it| it.unwrap().path()) {
            if document.extension().is_some_and(|it| it == "xml") {
                let done = skolebro().args(["import", "--config"]).arg(&config).arg(&document).output().unwrap();
                assert!(done.status.success(), "{}: {}", document.display(), String::from_utf8_lossy(&done.stderr));
            }
        }
        let mut child = skolebro()
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&config)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            log.read_to_end(&mut text).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap();
        Self { child, address, log: Some(log) }
    }

    fn ask(&self, bytes: &[u8]) -> Option<Answer> {
        let mut stream = std::net::TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
        let _ = std::io::Write::write_all(&mut stream, bytes);
        read_answer(&mut stream, bytes.starts_with(b"HEAD "))
    }

    fn stop(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.take().unwrap().join().unwrap()
    }
}

fn skolebro() -> Command {
    Command::new(env!("CARGO_BIN_EXE_skolebro"))
}

const SOAP: &str = "application/soap+xml; charset=utf-8";

fn posted(path: &str, media_type: &str, body: &str) -> Vec<u8> {
    request("POST", path, &[("Content-Type", media_type)], body.as_bytes())
}

/// Every question of the fixtures, for whoever may see everything, and for somebody who may see next to nothing.
fn good_questions() -> Vec<Vec<u8>> {
    let paths = [
        ("wsiinst/v6", "/bpi/wsiinst/6"),
        ("wsiinst/v5", "/wsiinst-v5/ws"),
        ("wsibruger/v7", "/bpi/wsibruger/7"),
        ("wsibruger/v6", "/wsibruger-v6/ws"),
        ("wsiidentifikation/v6", "/bpi/wsiidentifikation/6"),
        ("wsiidentifikation/v5", "/wsiidentifikation-v5/ws"),
        ("wsieksport/v7", "/bpi/wsieksport/7"),
        ("wsieksport/v6", "/wsieksport-v6/ws"),
        ("wsaimport/v8", "/bpi/wsaimport/8"),
        ("wsaimport/v7", "/wsaimport-v7/ws"),
    ];
    let mut questions = Vec::new();
    for (folder, path) in paths {
        let mut folders: Vec<PathBuf> =
            fs::read_dir(format!("fixtures/unilogin/{folder}")).unwrap().map(|it| it.unwrap().path()).collect();
        folders.sort();
        for folder in folders {
            let text = fs::read_to_string(folder.join("request.xml")).unwrap();
            let all = text
                .replace("wsBrugerid>demo<", "wsBrugerid>elev8system<")
                .replace("wsPassword>demo<", &format!("wsPassword>{PASSWORD}<"));
            let little = all
                .replace("elev8system", "lille2system")
                .replace(&format!("{PASSWORD}<"), &format!("{PASSWORD}2<"))
                .replace("DEMO01", "LILLE1");
            let wrong = all.replace(PASSWORD, WRONG).replace("DEMO01", WRONG);
            questions.extend([all, little, wrong].map(|it| posted(path, SOAP, &it)));
        }
    }
    for file in fs::read_dir("fixtures/protocol").unwrap().map(|it| it.unwrap().path()) {
        let body = fs::read(file).unwrap();
        for path in ["/bpi/wsiinst/6", "/wsiinst-v5/ws", "/bpi/wsaimport/8"] {
            questions.push(request("POST", path, &[("Content-Type", SOAP)], &body));
        }
    }
    for token in [TOKEN, WRONG, &format!("{TOKEN}2")] {
        let bearer = format!("Bearer {token}");
        for resource in ["organisations", "persons", "groups", "duties", "placements", "persons/x", "ghosts"] {
            questions.push(request("GET", &format!("/ss12000/v2.0/{resource}"), &[("Authorization", &bearer)], b""));
        }
        for query in ["hentInstBruger?instnr=999001&brugerid=alma0001", "hentInstBruger?brugerid=alma0001&x=alma0001"] {
            let target = format!("/unilogin/wsiinst/6/{query}");
            questions.push(request("GET", &target, &[("Authorization", &bearer)], b""));
        }
    }
    questions
}

/// A number wherever a client can put one, and with it a name, a user id and a token.
fn hostile_questions(number: &str, name: &str) -> Vec<Vec<u8>> {
    let bearer = format!("Bearer {TOKEN}");
    let known = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let numbered = format!("Bearer {number}");
    let mut questions = Vec::new();
    for path in ["", "unilogin/", "unilogin/wsiinst/6/", "ss12000/v2.0/", "ss12000/v2.0/persons/", "bpi/wsiinst/6/"] {
        for rest in [number, name, &format!("{number}?{number}={number}"), &format!("hentInstBruger?brugerid={number}")]
        {
            for headers in [&known[..1], &[("Authorization", numbered.as_str())], &[("Authorization", number)]] {
                questions.push(request("GET", &format!("/{path}{rest}"), headers, b""));
                questions.push(request("DELETE", &format!("/{path}{rest}"), headers, b""));
            }
        }
    }
    let queries = ["limit", "pageToken", "expandReferenceNames", "civicNo", number, name];
    for query in queries {
        questions.push(request("GET", &format!("/ss12000/v2.0/persons?{query}={number}"), &known[..1], b""));
    }
    for header in
        ["X-Request-Id", "Cookie", "User-Agent", "Content-Encoding", "Content-Type", "SOAPAction", "Host", number]
    {
        let headers = [(header, number), ("Authorization", bearer.as_str())];
        questions.push(request("POST", "/unilogin/wsiinst/6/hentInstBruger", &headers, b"{\"brugerid\":\"x\"}"));
        questions.push(request("POST", "/bpi/wsiinst/6", &headers[..1], number.as_bytes()));
        questions.push(request("GET", "/ss12000/v2.0/persons", &headers, b""));
    }
    for body in [
        format!("\"{number}\""),
        format!("{{\"{number}\":1}}"),
        format!("{{\"brugerid\":{{\"{number}\":\"{name}\"}}}}"),
        format!("{{\"brugerid\":[\"{number}\"]}}"),
        format!("{{\"brugerid\":\"{number}\",\"instnr\":\"{number}\"}}"),
        format!("{{\"brugerid\":\"{number} {name}\",\"instnr\":\"{name}\"}}"),
        format!("{{\"cpr\":\"{number}0\"}}"),
        format!("{{\"cpr\": {number}"),
    ] {
        for operation in
            ["wsiinst/6/hentInstBruger", "wsiidentifikation/6/hentBrugeridFraCpr", "wsaimport/8/importerXml"]
        {
            questions.push(request("POST", &format!("/unilogin/{operation}"), &known, body.as_bytes()));
        }
    }
    questions.extend(envelopes(number, name).into_iter().flat_map(|it| {
        ["/bpi/wsiinst/6", "/wsiinst-v5/ws", "/bpi/wsiidentifikation/6", "/bpi/wsaimport/8"]
            .map(|path| posted(path, SOAP, &it))
    }));
    questions
}

/// The same in HTTP/2, whose machinery tells its log a lot.
fn over_http2(address: SocketAddr, number: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
        let good = fs::read_to_string("fixtures/unilogin/wsiinst/v5/hentInstBruger.elev/request.xml").unwrap();
        let good = good.replace("wsPassword>demo<", &format!("wsPassword>{PASSWORD}<"));
        let soap = client.post(format!("http://{address}/wsiinst-v5/ws")).header("Content-Type", SOAP).body(good);
        let known = client.get(format!("http://{address}/ss12000/v2.0/persons?limit=5")).bearer_auth(TOKEN);
        let wrong =
            client.get(format!("http://{address}/ss12000/v2.0/persons/{number}?x={number}")).bearer_auth(number);
        for question in [soap, known, wrong.header("X-Number", number).header("Cookie", number)] {
            let answer = question.send().await.unwrap();
            assert_eq!(answer.version(), reqwest::Version::HTTP_2);
            answer.bytes().await.unwrap();
        }
    });
}

/// Messages with a number in every part.
fn envelopes(number: &str, name: &str) -> Vec<String> {
    let good = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
                xmlns:u=\"https://brugerdatabasen.stil.dk/bpi/common/3\" xmlns:i=\"https://brugerdatabasen.stil.dk/bpi/wsiinst/6\">\
                <s:Header><u:UdbydersystemId>DEMO01</u:UdbydersystemId></s:Header><s:Body><i:hentInstBruger>\
                <i:instnr>999001</i:instnr><i:brugerid>alma0001</i:brugerid></i:hentInstBruger></s:Body></s:Envelope>";
    let instead = |of: &str, it: String| good.replace(of, &it);
    vec![
        instead("DEMO01", number.to_owned()),
        instead("DEMO01", format!("{name} {number}")),
        instead("999001", number.to_owned()),
        instead("999001", name.to_owned()),
        instead("alma0001", number.to_owned()),
        instead("alma0001", format!("<x{number}/>")),
        instead("hentInstBruger", format!("hent{number}")),
        instead("i:hentInstBruger", format!("i:x{number}")),
        instead("<s:Body>", format!("<s:Body id=\"{number}\" {name}=\"{number}\">")),
        instead("<s:Header>", format!("<s:Header><x xmlns=\"urn:{number}\" s:mustUnderstand=\"true\">{number}</x>")),
        instead("<s:Header>", format!("<s:Header><x{number} xmlns=\"urn:x\" s:mustUnderstand=\"true\"/>")),
        instead(
            "<s:Header>",
            format!("<s:Header><a:MessageID xmlns:a=\"http://www.w3.org/2005/08/addressing\">{number}</a:MessageID>"),
        ),
        instead("bpi/wsiinst/6\"", format!("bpi/wsiinst/{number}\"")),
        instead("soap-envelope", format!("soap-{number}")),
        instead("<i:instnr>", format!("{number}<i:instnr>")),
        instead("<i:instnr>", format!("<!--{number}--><?{name} {number}?><![CDATA[{number}]]><i:instnr>")),
        instead("<i:instnr>", format!("&{name};<i:instnr>")),
        instead("</i:instnr>", format!("</i:x{number}>")),
        format!("<?xml version=\"1.0\" encoding=\"{number}\"?>{good}"),
        format!("<!DOCTYPE x [<!ENTITY {name} \"{number}\">]>{good}"),
        number.to_owned(),
        format!("<x>{name} {number}</x>"),
    ]
}

#[test]
fn nothing_that_says_who_somebody_is_leaves_by_the_back_door() {
    let shy = Shy::of_the_demo();
    assert!(shy.words.len() > 200 && shy.numbers().len() > 50, "{} words", shy.words.len());
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path());
    let mut leaks = Vec::new();
    let (mut told, mut refused) = (0, 0);
    let number = shy.numbers()[0].to_owned();
    let questions = good_questions().into_iter().chain(hostile_questions(&number, "Rosa"));
    for question in questions {
        let Some(answer) = program.ask(&question) else { continue };
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status == 200 && !text.contains("Fault>") {
            told += usize::from(!shy.in_text(&text).is_empty());
            continue;
        }
        refused += 1;
        let headers = format!("{:?}", answer.headers);
        let found: BTreeSet<String> = shy.in_text(&text).into_iter().chain(shy.in_text(&headers)).collect();
        if !found.is_empty() {
            leaks.push(format!(
                "{found:?} in the answer {} {text}\nto {}",
                answer.status,
                String::from_utf8_lossy(&question)
            ));
        }
    }
    over_http2(program.address, &number);
    // The search would find what is there: answers tell of people.
    assert!(told > 80 && refused > 300, "{told} answers told of people, {refused} were refusals");
    let log = program.stop();
    assert!(log.contains("TRACE") && log.lines().count() > 100, "the log is not talkative: {log}");
    leaks.extend(log.lines().filter_map(|it| found_in("the log", it, &shy)));
    for file in fs::read_dir(folder.path().join("audit")).unwrap().map(|it| it.unwrap().path()) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(file.ends_with("lock") || text.lines().count() > 200, "{}", file.display());
        leaks.extend(text.lines().filter_map(|it| found_in("the audit log", it, &shy)));
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks[..leaks.len().min(60)].join("\n\n"));
}

fn found_in(what: &str, line: &str, shy: &Shy) -> Option<String> {
    let found = shy.in_text(line);
    (!found.is_empty()).then(|| format!("{found:?} in {what}: {line}"))
}

#[test]
fn the_search_finds_what_is_there() {
    let shy = Shy::of_the_demo();
    let number = shy.numbers()[0].to_owned();
    let (date, serial) = number.split_at(6);
    for text in [
        format!("x{number}y"),
        format!("<cpr>{date}-{serial}</cpr>"),
        "user=ALMA0001".to_owned(),
        "navn: Dahl-Eriksen".to_owned(),
        format!("Authorization: Bearer {TOKEN}"),
    ] {
        assert!(!shy.in_text(&text).is_empty(), "{text}");
    }
    assert!(shy.in_text("wsiinst/6 hentInstBruger 999001 a0b1c2d3e4").is_empty());
}
