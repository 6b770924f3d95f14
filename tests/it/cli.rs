//! The commands, run as a user runs them: the blocks of `tests/cli/*.md`, and what a block cannot say.
//!
//! A block begins with `$ skolebro …`, settings of the environment before it, and goes on with what is printed. `[..]` stands for anything within a line,
//! `...` alone for any lines. `? 2` alone is the exit code where it is not 0. Standard error comes behind standard output.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use crate::{
    gate::{PATIENCE, soon},
    server::{Answer, read_answer},
};

pub(crate) fn skolebro() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skolebro"));
    command.env_remove("RUST_BACKTRACE").env_remove("COLUMNS").env("NO_COLOR", "1");
    command
}

/// One block of a file: what is typed, and what is to come.
struct Block {
    line: usize,
    command: String,
    expected: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut inside) = (Vec::<Block>::new(), false);
    for (line, text) in (1..).zip(text.lines()) {
        if text.starts_with("```") {
            inside = !inside;
        } else if let Some(command) = text.strip_prefix("$ ").filter(|_| inside) {
            blocks.push(Block { line, command: command.to_owned(), expected: Vec::new() });
        } else if let Some(block) = blocks.last_mut().filter(|_| inside) {
            block.expected.push(text.to_owned());
        }
    }
    blocks
}

/// What a command prints and how it ends, in the form of a block. Words are split at blanks, `'…'` is one word, `<` and a
/// file is what is typed into it.
fn run(command: &str, folder: &std::path::Path) -> Vec<String> {
    let mut words = words(command);
    let own = words.iter().position(|it| it == "skolebro").unwrap_or_else(|| panic!("{command}: no skolebro"));
    let settings: Vec<String> = words.drain(..=own).collect();
    let typed = words.iter().position(|it| it == "<").map(|at| fs::read(words.drain(at..).nth(1).unwrap()).unwrap());
    let words = words.into_iter().map(|it| it.replace("$FOLDER", folder.to_str().unwrap()));
    let mut skolebro = skolebro();
    for setting in &settings[..own] {
        let (name, value) = setting.split_once('=').unwrap();
        skolebro.env(name, value.replace("$FOLDER", folder.to_str().unwrap()));
    }
    let output = run_with(skolebro.args(words), &typed.unwrap_or_default());
    let text = String::from_utf8([output.stdout, output.stderr].concat())
        .unwrap()
        .replace(folder.to_str().unwrap(), "$FOLDER");
    let mut lines: Vec<String> = text.lines().map(|it| it.trim_end().to_owned()).collect();
    match output.status.code() {
        Some(0) => {}
        code => lines.push(format!("? {}", code.map_or("killed".to_owned(), |it| it.to_string()))),
    }
    lines
}

fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in command.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.extend(Some(std::mem::take(&mut word)).filter(|it| !it.is_empty())),
            other => word.push(other),
        }
    }
    words.extend(Some(word).filter(|it| !it.is_empty()));
    words
}

pub(crate) fn run_with(command: &mut Command, typed: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // Who refuses early does not read everything.
        scope.spawn(move || drop(stdin.write_all(typed)));
        child.wait_with_output().unwrap()
    })
}

fn fits(expected: &[String], found: &[String]) -> bool {
    match (expected, found) {
        ([], []) => true,
        ([any, rest @ ..], _) if any == "..." => (0..=found.len()).any(|it| fits(rest, &found[it..])),
        ([line, rest @ ..], [first, others @ ..]) => line_fits(line, first) && fits(rest, others),
        _ => false,
    }
}

fn line_fits(expected: &str, found: &str) -> bool {
    let Some((start, rest)) = expected.split_once("[..]") else { return expected.trim_end() == found };
    let Some(found) = found.strip_prefix(start) else { return false };
    found.char_indices().map(|it| it.0).chain([found.len()]).any(|at| line_fits(rest, &found[at..]))
}

#[test]
fn commands_print_what_their_files_say() {
    let mut files: Vec<PathBuf> = fs::read_dir("tests/cli").unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| it.extension().is_some_and(|it| it == "md"));
    files.sort();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for file in files {
        let folder = scratch(file.file_stem().unwrap().to_str().unwrap());
        for Block { line, command, expected } in blocks(&fs::read_to_string(&file).unwrap()) {
            seen += 1;
            let found = run(&command, &folder);
            let expected: Vec<String> = expected.into_iter().filter(|it| !it.is_empty()).collect();
            let shown: Vec<String> = found.into_iter().filter(|it| !it.is_empty()).collect();
            if !fits(&expected, &shown) {
                wrong.push(format!("{}:{line}: $ {command}\n{}\n", file.display(), shown.join("\n")));
            }
        }
        fs::remove_dir_all(folder).unwrap();
    }
    assert!(seen >= 10, "only {seen} commands");
    assert!(wrong.is_empty(), "these print something else:\n\n{}", wrong.join("\n"));
}

/// A new folder that nobody else uses.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("skolebro-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_runner_sees_what_differs() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(fits(&lines("a[..]c\n...\nd"), &lines("abbc\nx\ny\nd")));
    assert!(fits(&lines("...\nd"), &lines("d")));
    assert!(!fits(&lines("a[..]c"), &lines("abbd")));
    assert!(!fits(&lines("a"), &lines("a\nb")));
    assert!(!fits(&lines("a\nb"), &lines("a")));
    assert_eq!(words("skolebro x 'a b' < c"), ["skolebro", "x", "a b", "<", "c"]);
}

/// The ten mistakes of the fixture, at the lines its list says.
#[test]
fn ten_mistakes_are_ten_lines() {
    let list = fs::read_to_string("fixtures/protocol/ten-mistakes.txt").unwrap();
    let expected: Vec<u64> = list.lines().skip(1).map(|it| it.split('\t').next().unwrap().parse().unwrap()).collect();
    let output = run_with(skolebro().args(["validate", "--format", "json", "fixtures/protocol/ten-mistakes.xml"]), b"");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let found: Vec<serde_json::Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!(found.iter().map(|it| it["line"].as_u64().unwrap()).collect::<Vec<_>>(), expected, "{text}");
    for violation in found {
        for key in ["file", "column", "path", "rule", "expected", "found"] {
            assert!(!violation[key].is_null(), "{violation} has no {key}");
        }
    }
}

/// An attribute that goes on for two gigabytes, typed into `validate -`: refused after what it may have, not held.
#[test]
fn an_attribute_of_two_gigabytes_is_refused_at_once() {
    let begin = Instant::now();
    let mut child = skolebro()
        .args(["validate", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let chunk = vec![b'x'; 1 << 20];
    let written = stdin.write_all(b"<a b='").and_then(|()| (0..2048).try_for_each(|_| stdin.write_all(&chunk)));
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(written.is_err(), "all two gigabytes were read");
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("(limit)") && output.status.code() == Some(1), "{text}");
}

#[test]
fn an_address_in_use_is_the_networks_fault() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run_with(skolebro().args(["serve", "--demo", "--listen", &address]), b"");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains(&address), "{told}");
}

/// `skolebro serve` in a process of its own, until it is dropped.
pub(crate) struct Served(Child, pub(crate) String);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server and reads what it prints up to a line with `last`.
pub(crate) fn serve(args: &[&str], last: &str) -> Served {
    let mut child = skolebro()
        .arg("serve")
        .args(args)
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let (mut text, mut line) = (String::new(), String::new());
    while !line.contains(last) {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "the server ended: {text}");
        text.push_str(&line);
    }
    Served(child, text)
}

/// What a `curl` line asks, without curl: address, headers after `-H`, body after `-d`.
fn pasted(line: &str) -> Answer {
    let words = words(&line.replace('\n', " "));
    assert_eq!(words[0], "curl", "{line}");
    let url = words.iter().find(|it| it.starts_with("http://")).unwrap().strip_prefix("http://").unwrap();
    let (host, path) = url.split_at(url.find('/').unwrap());
    let after = |flag: &str| words.windows(2).filter(|it| it[0] == flag).map(|it| it[1].clone()).collect::<Vec<_>>();
    let body = after("-d").concat();
    let method = if body.is_empty() { "GET" } else { "POST" };
    let headers: String = after("-H").iter().map(|it| format!("{it}\r\n")).collect();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    read_answer(&mut stream, false).unwrap()
}

#[test]
fn what_the_demo_prints_works_when_pasted() {
    let server = serve(&["--demo"], "Everything that is served");
    let commands: Vec<&str> = server.1.split("\n\n").filter(|it| it.starts_with("curl ")).collect();
    assert_eq!(commands.len(), 2, "{}", server.1);
    for command in &commands {
        let answer = pasted(command);
        assert_eq!(answer.status, 200, "{command}\n{}", answer.text());
        assert!(answer.text().contains("Alma"), "{command}\n{}", answer.text());
    }
    // And with the real curl, where there is one.
    for command in commands {
        let Ok(output) =
            Command::new("bash").args(["-c", &format!("command -v curl > /dev/null || exit 42; {command}")]).output()
        else {
            return;
        };
        if output.status.code() != Some(42) {
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("Alma"), "{command}\n{text}");
        }
    }
}

#[test]
fn a_server_that_is_told_to_stop_ends_well() {
    let mut server = serve(&["--demo"], "Everything that is served");
    let told = Command::new("kill").arg(server.0.id().to_string()).status().unwrap();
    assert!(told.success());
    let begin = Instant::now();
    let status = loop {
        match server.0.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(begin.elapsed() < PATIENCE, "it goes on"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
}

/// A folder of exports and a configuration is all that an installation needs.
#[test]
fn a_configured_folder_is_served() {
    let folder = scratch("folder");
    let config = folder.join("skolebro.toml");
    let text = format!(
        "[store]\nurl = \"folder:{}\"\n\n[audit]\nfolder = \"{}\"\nkey = \"{}\"\n\n[[caller]]\nname = \"A\"\ntoken = \"hemmelig\"\n",
        fs::canonicalize("fixtures/demo").unwrap().display(),
        folder.join("audit").display(),
        folder.join("audit.key").display(),
    );
    fs::write(&config, text).unwrap();
    let server = serve(&["--config", config.to_str().unwrap()], "serves at");
    let address = server.1.trim().rsplit("http://").next().unwrap();
    let answer =
        pasted(&format!("curl http://{address}/ss12000/v2.0/organisations -H 'Authorization: Bearer hemmelig'"));
    assert_eq!((answer.status, answer.json()["data"].as_array().unwrap().len()), (200, 7));
    assert_eq!(
        pasted(&format!("curl http://{address}/ss12000/v2.0/organisations -H 'Authorization: Bearer demo'")).status,
        401
    );
    drop(server);
    fs::remove_dir_all(folder).unwrap();
}

/// A server over an empty store; other processes fill it, and say who may call.
#[test]
fn a_store_is_filled_and_opened_while_it_is_served() {
    let folder = scratch("store");
    let config = folder.join("skolebro.toml");
    fs::write(&config, format!("[store]\nurl = \"sqlite:{}\"\n", folder.join("store.db").display())).unwrap();
    let config = config.to_str().unwrap();
    let server = serve(&["--config", config], "serves at");
    let address = server.1.trim().rsplit("http://").next().unwrap();
    let done = |args: &[&str]| {
        let output = run_with(skolebro().args(args).args(["--config", config]), b"");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    done(&["import", "fixtures/demo/999006.xml"]);
    let told = done(&["caller", "add", "Ny", "--legacy-user", "ny", "--all-institutions", "--protected-persons"]);
    let password = told.split("wsPassword: ").nth(1).unwrap().split(' ').next().unwrap();
    let request = fs::read_to_string("fixtures/unilogin/wsieksport/v6/eksporterXmlFuldMyndighed/request.xml").unwrap();
    let request = request.replace("wsBrugerid>demo<", "wsBrugerid>ny<");
    let request = request.replace("wsPassword>demo<", &format!("wsPassword>{password}<"));
    let ask = format!(
        "curl http://{address}/wsieksport-v6/ws -H 'Content-Type: application/soap+xml; charset=utf-8' -d '{request}'"
    );
    assert_ne!(password, "demo");
    // At midnight everything is left anew.
    let day = skolebro::clock::danish_day();
    soon(|| {
        let answer = pasted(&ask);
        answer.status == 200 && answer.text().contains("olga0901")
    });
    let counted = "999006   wsieksport/fuldmyndighed Ny                       1 used, 3 left of 4";
    soon(|| done(&["quota"]).contains(counted) || skolebro::clock::danish_day() != day);
    done(&["caller", "remove", "Ny"]);
    soon(|| pasted(&ask).text().contains("BrugeridEllerPassword"));
    drop(server);
    fs::remove_dir_all(folder).unwrap();
}

/// Who reads only the beginning has seen enough.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = skolebro()
        .args(["validate", "--format", "json", "fixtures/protocol/ten-mistakes.xml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    let status = child.wait().unwrap();
    assert!(!told.contains("panicked") && !told.contains("Broken pipe"), "{told}");
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
}
