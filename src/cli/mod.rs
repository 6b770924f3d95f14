//! The commands: one table for parsing, help and documentation.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::face::rescue::{Failure, exit, exit_code};

pub mod convert;
pub mod demo;
mod audit;
mod callers;
mod demo_data;
mod diff;
mod doctor;
mod documents;
mod feed;
mod import;
mod lineage;
mod load;
mod logins;
mod people;
mod progress;
mod pull;
mod quota;
mod serve;
mod stores;
mod upstreams;
mod validate;

/// A bridge between the Danish Unilogin SOAP services and the JSON school standards of their neighbours.
#[derive(Debug, Parser)]
#[command(name = "skolebro", version, about, max_term_width = 110)]
#[command(
    after_help = "Try it: skolebro serve --demo\nExit codes: 0 done, 1 the input is at fault, 2 usage, 3 network, 4 refused."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve SOAP and JSON from one process.
    Serve(Serve),
    /// Convert a document from one standard to another, as a stream.
    Convert(Convert),
    /// List every violation of a document against its contract.
    Validate(Validate),
    /// Keep an export, an import document, master data or the institution register.
    Import(Import),
    /// Tell what changed between two documents, entity by entity.
    Diff(Diff),
    /// Pull everything of institutions from the configured upstreams, within their quota.
    Pull(Pull),
    /// Tell full pulls used and left today: from us, and by us.
    Quota(Quota),
    /// Say who may call; secrets are kept as digests.
    #[command(subcommand)]
    Caller(CallerCommand),
    /// Look at everything that can be wrong with an installation, and say what to do.
    Doctor(Doctor),
    /// Tell whether the audit log is whole, and who has seen somebody.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Look at the feed of changes: what consumers report, who is told, and with which keys.
    #[command(subcommand)]
    Feed(feed::FeedCommand),
    /// Write deterministic synthetic data of any size.
    DemoData(DemoData),
}

#[derive(Debug, Args)]
struct Serve {
    /// The configuration; without it ./skolebro.toml if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port, instead of the configured ones.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<std::net::SocketAddr>,
    /// Serve the fictitious demo municipality from memory. Needs no file, no network and no configuration.
    #[arg(long)]
    demo: bool,
}

#[derive(Debug, Args)]
struct Convert {
    /// What the input is: a contract path such as unilogin/wsieksport/7, or ss12000.
    #[arg(long, value_name = "FORMAT", required_unless_present = "list")]
    from: Option<String>,
    /// What the output shall be.
    #[arg(long, value_name = "FORMAT", required_unless_present = "list")]
    to: Option<String>,
    /// How ss12000 is written.
    #[arg(long = "as", value_name = "SHAPE", default_value = "ndjson")]
    shape: Shape,
    /// Write one JSON object a line for each value that the target cannot carry.
    #[arg(long, value_name = "FILE")]
    losses: Option<PathBuf>,
    /// Write which input leaf moves which output leaf, measured on this input.
    #[arg(long, value_name = "FILE")]
    lineage: Option<PathBuf>,
    /// The package of a wsiEKSPORT document that is written.
    #[arg(long, value_name = "PACKAGE", default_value = "fuldmyndighed")]
    package: crate::config::PackageName,
    /// The institution to write, where the input holds several.
    #[arg(long, value_name = "NUMBER")]
    institution: Option<String>,
    /// The source to write as an import, where the input holds several.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Write the real names, addresses and numbers of protected persons to SS12000, and not their aliases.
    #[arg(long)]
    real_names: bool,
    /// Print all pairs that work.
    #[arg(long)]
    list: bool,
    /// The output: a file, or a folder for --as files. Standard output without it.
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The input; standard input without it, or as -.
    input: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// One object a line, with its type.
    Ndjson,
    /// One JSON array a resource, in a folder.
    Files,
}

#[derive(Debug, Args)]
struct Validate {
    /// The contract, such as unilogin/wsieksport/7; without it the one that knows the root element.
    #[arg(long, value_name = "CONTRACT")]
    contract: Option<String>,
    /// How violations are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Report,
    /// The documents; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Report {
    /// A line for a person.
    Text,
    /// A line of JSON.
    Json,
    /// For imports: the answer that wsaIMPORT would give, with the rules that no schema can say.
    Svarxml,
}

#[derive(Debug, Args)]
struct Import {
    /// The configuration, which names the store; without it ./skolebro.toml if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Take a bare import document as new and changed people only; nobody goes.
    #[arg(long)]
    delta: bool,
    /// Let go of as many people as the document says; without a document, do the imports that wait for this.
    #[arg(long)]
    confirm: bool,
    /// The document; - is standard input.
    #[arg(required_unless_present = "confirm", value_name = "FILE")]
    input: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Diff {
    /// Tell values too, and not only which fields changed: they are personal data.
    #[arg(long)]
    values: bool,
    /// How changes are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Listing,
    /// The older document.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer document; - is standard input.
    #[arg(value_name = "NEW")]
    new: PathBuf,
}

#[derive(Debug, Args)]
struct Pull {
    /// The configuration, which names the store and the upstreams; without it ./skolebro.toml if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// An institution; may be given several times.
    #[arg(long = "institution", value_name = "NUMBER", required_unless_present = "all")]
    institutions: Vec<String>,
    /// Every institution that an upstream answers for.
    #[arg(long, conflicts_with = "institutions")]
    all: bool,
    /// Let go of as many people as the upstream says.
    #[arg(long)]
    confirm: bool,
    /// How it is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Listing,
}

#[derive(Debug, Args)]
struct Quota {
    /// The configuration, which names the store and the quota; without it ./skolebro.toml if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Only this institution.
    #[arg(long, value_name = "NUMBER")]
    institution: Option<String>,
    /// How it is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Listing,
}

#[derive(Debug, Subcommand)]
enum CallerCommand {
    /// Let somebody call; whoever had the name before is replaced.
    Add(CallerAdd),
    /// List who may call, without secrets.
    List {
        /// The configuration, which names the store; without it ./skolebro.toml if it is there.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// How it is written.
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: Listing,
    },
    /// Let somebody call no longer.
    Remove {
        /// The configuration, which names the store; without it ./skolebro.toml if it is there.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Who.
        name: String,
    },
}

#[derive(Debug, Args)]
struct CallerAdd {
    /// The configuration, which names the store; without it ./skolebro.toml if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A name for logs.
    name: String,
    /// `wsBrugerid` of legacy messages. Its password is made and told, unless --password-stdin.
    #[arg(long, value_name = "USER")]
    legacy_user: Option<String>,
    /// Read the legacy password from standard input.
    #[arg(long, requires = "legacy_user")]
    password_stdin: bool,
    /// `UdbydersystemId` of signed messages.
    #[arg(long, value_name = "ID")]
    provider_system: Option<String>,
    /// A certificate that signs in its name: a PEM file, sha256: and a thumbprint, or the serialNumber of its subject, such as
    /// UI:DK-O:G:…; may be given several times.
    #[arg(long = "certificate", value_name = "CERTIFICATE", requires = "provider_system")]
    certificates: Vec<String>,
    /// Make a bearer token for the REST faces and tell it.
    #[arg(long)]
    token: bool,
    /// An institution that may be seen; may be given several times.
    #[arg(long = "institution", value_name = "NUMBER", required_unless_present = "all_institutions")]
    institutions: Vec<String>,
    /// All institutions may be seen.
    #[arg(long, conflicts_with = "institutions")]
    all_institutions: bool,
    /// A service there is a data agreement for; may be given several times. Without any: all services.
    #[arg(long = "agreement", value_name = "SERVICE")]
    agreements: Vec<crate::config::AgreedService>,
    /// Civil registration numbers may be seen.
    #[arg(long)]
    civil_numbers: bool,
    /// Real names and addresses of protected persons may be seen.
    #[arg(long)]
    protected_persons: bool,
    /// A face that may be used, such as unilogin or ss12000; may be given several times. Without any: all.
    #[arg(long = "face", value_name = "FACE")]
    faces: Vec<String>,
    /// What SS12000 tells of a person: civicNo, contactData, responsibles, protectedPersons; may be given several times. Without
    /// any: all that may be seen.
    #[arg(long = "ss12000-scope", value_name = "SCOPE")]
    ss12000_scopes: Vec<String>,
    /// SS12000 tells schoolUnitCode too, for a program that looks for institutions by nothing else.
    #[arg(long)]
    ss12000_school_unit_code: bool,
    /// The version of SS12000 that the program knows: of 2.0 it is told the duty roles.
    #[arg(long, value_name = "VERSION", default_value = "2.1")]
    ss12000_version: crate::config::Ss12000Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Listing {
    /// A line for a person.
    Text,
    /// A line of JSON.
    Json,
}

#[derive(Debug, Args)]
struct Doctor {
    /// The configuration; without it ./skolebro.toml if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How it is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Listing,
}

#[derive(Debug, Args)]
struct DemoData {
    /// How many institutions.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=9000))]
    institutions: u32,
    /// How many persons in all of them together, contact persons not counted.
    #[arg(long, value_name = "N", default_value_t = 300)]
    persons: u64,
    /// The same seed gives the same data.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The folder to write to; it is made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// Runs the command of the command line; the answer is the exit code.
#[must_use]
pub fn run() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            let _ = told.print();
            return if told.use_stderr() { exit::USAGE } else { exit::DONE };
        }
    };
    let done = match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Quota(args) => quota::run(&args),
        Command::Caller(command) => callers::run(&command),
        Command::Doctor(args) => doctor::run(&args),
        Command::Audit(command) => audit::run(&command),
        Command::Feed(command) => feed::run(&command),
        Command::DemoData(args) => demo_data::run(&args),
    };
    match done {
        Ok(()) => exit::DONE,
        Err(failure) => {
            let told = failure.to_string();
            if !told.is_empty() {
                eprintln!("skolebro: {told}");
            }
            exit_code(&failure)
        }
    }
}

/// A file to read, or standard input.
fn input(path: Option<&Path>) -> Result<Box<dyn Read>, Failure> {
    match path {
        None => Ok(Box::new(io::stdin())),
        Some(path) if path == Path::new("-") => Ok(Box::new(io::stdin())),
        Some(path) => File::open(path).map(|it| Box::new(it) as Box<dyn Read>).map_err(|why| at(path, why)),
    }
}

/// A file to write, or standard output.
fn output(path: Option<&Path>) -> Result<Box<dyn Write>, Failure> {
    match path {
        None => Ok(Box::new(BufWriter::with_capacity(256 << 10, io::stdout()))),
        Some(path) => {
            let file = File::create(path).map_err(|why| at(path, why))?;
            Ok(Box::new(BufWriter::with_capacity(256 << 10, file)))
        }
    }
}

fn at(path: &Path, why: io::Error) -> Failure {
    Failure::Io(path.display().to_string(), why)
}

/// A failed write: nothing to say if the reader has gone, as `| head` does.
fn written(why: io::Error) -> Failure {
    if why.kind() == io::ErrorKind::BrokenPipe { Failure::Closed } else { Failure::Io("the output".to_owned(), why) }
}

/// What a message calls an input.
fn name(path: Option<&Path>) -> String {
    path.filter(|it| *it != Path::new("-")).map_or_else(|| "standard input".to_owned(), |it| it.display().to_string())
}
