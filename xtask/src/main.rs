//! What a developer runs that is not a plain cargo command: `cargo xtask test`, `bench`, `fuzz`, `clients`, `schemathesis`.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

const HELP: &str = "\
cargo xtask test              every test, in every crate, and schemathesis with few cases; what cannot be had is left out loudly
cargo xtask bench             the benchmarks, and the README's table of their ratios
cargo xtask clients           foreign SOAP and SS12000 clients against a demo server; installs what it can (Debian, as root)
cargo xtask vectors           canonical forms and signatures by published vectors and random subtrees (Debian, PyPI)
cargo xtask crash ROUNDS      kills an importing process that many times, and looks whether the store is whole
cargo xtask rosters COUNT     validates everything that SS12000 answers about that many made-up rosters
cargo xtask mirror STEPS      a client that mirrors SS12000 through that many random steps
cargo xtask schemathesis N    schemathesis (PyPI) against a demo server and its SS12000 document, N cases an operation
cargo xtask fuzz SECONDS      the fuzz targets, that many seconds each; needs cargo-fuzz";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test", rest @ ..] => test(rest),
        ["bench", rest @ ..] => bench(rest),
        ["clients"] => clients(),
        ["vectors"] => run(Command::new("bash").arg(root().join("tests/vectors/run.sh"))),
        ["crash", rounds] => crash(rounds),
        ["rosters", count] => rosters(count),
        ["mirror", steps] => mirror(steps),
        ["schemathesis", cases] => schemathesis(cases),
        ["fuzz", seconds] => fuzz(seconds),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("xtask: {what}");
            ExitCode::FAILURE
        }
    }
}

fn bench(rest: &[&str]) -> Result<(), String> {
    run(cargo().args(["bench", "--bench", "ratios", "--"]).args(rest))?;
    run(cargo().args(["bench", "--bench", "store"]))?;
    run(cargo().args(["bench", "--bench", "imports"]))?;
    run(cargo().args(["bench", "--bench", "signatures"]))?;
    run(cargo().args(["bench", "--bench", "ss12000"]))
}

/// Snapshots are compared, never written: a changed one is a failed test until somebody has looked at it.
fn test(rest: &[&str]) -> Result<(), String> {
    run(cargo().args(["test", "--workspace"]).args(rest).env("INSTA_UPDATE", insta_update()))?;
    if !rest.is_empty() {
        return Ok(());
    }
    match install_schemathesis() {
        Ok(()) => schemathesis(FEW_CASES),
        Err(why) => {
            eprintln!(
                "\nxtask: NOT TESTED: SS12000 by schemathesis, which is neither installed nor to be had from PyPI ({why})\n"
            );
            Ok(())
        }
    }
}

#[allow(clippy::disallowed_methods)] // the developer's wish, not the product's configuration
fn insta_update() -> String {
    env::var("INSTA_UPDATE").unwrap_or_else(|_| "no".to_owned())
}

/// Builds the server and lets every foreign client that can be installed call it; then has our signatures judged.
fn clients() -> Result<(), String> {
    run(cargo().args(["build", "--release", "--bin", "skolebro"]))?;
    let clients = root().join("tests/clients");
    run(Command::new("bash").arg(clients.join("install.sh")))?;
    let program = target().join("release/skolebro");
    with_demo(&program, "/ss12000/v2.0", |at| {
        let soap = run(Command::new("bash").arg(clients.join("run.sh")).arg(at));
        let ss12000 = with_demo(&program, "/", |at_root| {
            run(Command::new("sh").arg(clients.join("ss12000/run.sh")).args([at, at_root]))
        });
        soap.and(ss12000)
    })?;
    run(Command::new("bash").arg(clients.join("judge-our-signature.sh")))
}

/// Does something with the address of the demo while it is served, with SS12000 at a prefix. The port is one that was free, so
/// that what answers there is this demo and nobody else's.
fn with_demo(program: &Path, prefix: &str, done: impl FnOnce(&str) -> Result<(), String>) -> Result<(), String> {
    let mut server = Command::new(program)
        .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
        .env("SKOLEBRO__FACE__SS12000__PREFIX", prefix)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| format!("cannot start the server: {why}"))?;
    let mut line = String::new();
    // It is kept open until the end: who prints to nobody fails.
    let mut printed = server.stdout.take().map(BufReader::new);
    let read = printed.as_mut().map(|it| it.read_line(&mut line));
    let done = match line.trim_end().rsplit_once(" at http://") {
        Some((_, address)) => done(&format!("http://{address}")),
        None => Err(format!("the server does not say where it listens: {read:?} {line:?}")),
    };
    let ended = server.try_wait();
    let _ = server.kill();
    let _ = server.wait();
    match ended {
        Ok(None) => done,
        Ok(Some(status)) => Err(format!("the server has ended: {status}")),
        Err(why) => Err(format!("the server: {why}")),
    }
}

/// The crash test of every test run, with more rounds.
fn crash(rounds: &str) -> Result<(), String> {
    let test = ["test", "--test", "it", "--", "--nocapture", "--exact"];
    let name = "store::crash::a_process_that_is_killed_leaves_every_institution_whole";
    run(cargo().args(test).arg(name).env("SKOLEBRO_CRASH_ROUNDS", rounds))
}

/// The property of every test run, with more rosters.
fn rosters(count: &str) -> Result<(), String> {
    let test = ["test", "--release", "--test", "it", "--", "--nocapture", "--exact"];
    let name = "models::answers_about_any_roster_are_of_the_standard";
    run(cargo().args(test).arg(name).env("SKOLEBRO_ROSTERS", count))
}

/// The models of every test run, for more steps; `SKOLEBRO_MIRROR_SEED` says which ones.
fn mirror(steps: &str) -> Result<(), String> {
    let test = ["test", "--test", "it", "--", "--nocapture", "--exact"];
    let names = [
        "a_mirror_is_what_the_server_holds_after_every_step",
        "reader::who_reads_what_has_changed_knows_what_there_is",
    ];
    let names = names.map(|it| format!("mirror::{it}"));
    run(cargo().args(test).args(names).env("SKOLEBRO_MIRROR_STEPS", steps))
}

/// Half a minute's.
const FEW_CASES: &str = "20";

/// Needs Python, and PyPI the first time.
fn install_schemathesis() -> Result<(), String> {
    run(Command::new("sh").arg(root().join("tests/clients/schemathesis/install.sh")))
}

/// A server of its own, so that the same cases come each time.
fn schemathesis(cases: &str) -> Result<(), String> {
    install_schemathesis()?;
    run(cargo().args(["build", "--bin", "skolebro"]))?;
    let script = root().join("tests/clients/schemathesis/run.sh");
    with_demo(&target().join("debug/skolebro"), "/ss12000/v2.0", |at| {
        run(Command::new("sh").arg(script).args([at, cases]))
    })
}

/// A stable toolchain builds fuzz targets too, once it is told to allow what they need.
fn fuzz(seconds: &str) -> Result<(), String> {
    for target in ["envelope", "export", "import", "signature"] {
        let time = format!("-max_total_time={seconds}");
        run(cargo().args(["fuzz", "run", target, "--", &time, "-rss_limit_mb=2048"]).env("RUSTC_BOOTSTRAP", "1"))?;
    }
    Ok(())
}

fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    command
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|why| format!("{command:?}: {why}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

/// Where cargo builds.
#[allow(clippy::disallowed_methods)] // as cargo does
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}
