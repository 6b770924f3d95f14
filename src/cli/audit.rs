//! `skolebro audit`: whether the log is whole, and who has seen somebody. And the records of the commands themselves.

use std::{
    ffi::OsString,
    fs,
    io::{self, IsTerminal, Write},
    os::unix::fs::MetadataExt,
    path::Path,
    sync::Arc,
    time::Instant,
};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use console::Term;
use serde_json::json;

use super::{Failure, Listing, at, input, stores, written};
use crate::{
    audit::{
        self, Audit, Decision, Key, Settings,
        search::{self, Seen},
        verify,
    },
    clock,
    config::Config,
    domain::{CivilId, UserId},
    face::rescue,
    source::{
        Answer, Source,
        told::{Mark, Marker, Notes, Told},
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Verify that every record is there and is what was written.
    Verify(Verify),
    /// List every access to somebody's data.
    WhoSaw(WhoSaw),
    /// Delete the records of months that are older than the configuration keeps. A server does so by itself.
    Prune {
        /// The configuration, which names the log; without it ./skolebro.toml if it is there.
        #[arg(long, value_name = "FILE")]
        config: Option<std::path::PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The configuration, which names the log; without it ./skolebro.toml if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    /// A head that was told earlier: nothing before it may be gone.
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    /// How it is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Listing,
}

#[derive(Debug, Args)]
pub(super) struct WhoSaw {
    /// The configuration, which names the log and the store; without it ./skolebro.toml if it is there.
    #[arg(long, value_name = "FILE")]
    config: Option<std::path::PathBuf>,
    /// Accesses from the beginning of this day in Denmark.
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Accesses to the end of this day in Denmark.
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// A file that holds the civil registration number; - is standard input. Without it the number is asked for at the terminal.
    #[arg(long, value_name = "FILE")]
    number_file: Option<std::path::PathBuf>,
    /// A file that holds a user id, instead of a number; - is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "number_file")]
    user_file: Option<std::path::PathBuf>,
    /// How it is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Listing,
    /// What must not be here.
    #[arg(hide = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
    /// What must not be here.
    #[arg(long, hide = true, alias = "cpr", allow_hyphen_values = true)]
    number: Option<OsString>,
}

pub(super) fn run(command: &AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::Verify(args) => verify(args),
        AuditCommand::WhoSaw(args) => who_saw(args),
        AuditCommand::Prune { config } => {
            let config = loaded(config.as_deref())?;
            Audit::open(&config.audit.settings(&config.store.url)).map(drop).map_err(|it| unusable(&it))
        }
    }
}

fn loaded(path: Option<&Path>) -> Result<Config, Failure> {
    Config::load(path).map_err(Failure::Usage)
}

fn unusable(why: &io::Error) -> Failure {
    Failure::Store(format!("the audit log: {why}"))
}

/// The log of a configuration; nothing where it shall have none.
pub(super) fn opened(config: &Config) -> Result<Option<Arc<Audit>>, Failure> {
    if !config.audit.enabled {
        return Ok(None);
    }
    Audit::open(&config.audit.settings(&config.store.url)).map(Some).map_err(|it| unusable(&it))
}

/// The record of a command.
pub(super) struct Recording {
    audit: Option<Arc<Audit>>,
    operation: &'static str,
    began: Instant,
    /// What the command tells of people, or takes in.
    pub(super) told: Told,
}

impl Recording {
    /// A command begins. It does not, where its record could not be written.
    pub(super) fn begin(config: &Config, operation: &'static str) -> Result<Self, Failure> {
        let audit = opened(config)?;
        let told = audit.as_ref().map_or_else(Told::default, |it| it.notes());
        Ok(Self { audit, operation, began: Instant::now(), told })
    }

    /// Records that people are about to be taken in, since that cannot be taken back when its own record fails.
    pub(super) fn begun(self) -> Result<Self, Failure> {
        self.record(Notes::default(), "begun").map(|()| self)
    }

    /// The command ends, and is recorded if it was about people.
    pub(super) fn ended<T>(self, done: Result<T, Failure>) -> Result<T, Failure> {
        let notes = self.told.take();
        if !notes.is_personal {
            return done;
        }
        let code = done.as_ref().err().map_or(rescue::exit::DONE, rescue::exit_code);
        let recorded = self.record(notes, &format!("exit {code}"));
        let done = done?;
        recorded.map(|()| done)
    }

    fn record(&self, notes: Notes, result: &str) -> Result<(), Failure> {
        let Some(audit) = &self.audit else { return Ok(()) };
        let notes = Notes { caller: Some(user()), ..notes };
        let recorded = audit.record_now(&audit::Access {
            face: "cli",
            request: audit.request(),
            operation: self.operation.into(),
            notes,
            decision: Decision::Allow("machine"),
            result: result.into(),
            took: self.began.elapsed(),
        });
        recorded.map_err(|why| Failure::Store(why.to_string()))
    }
}

/// Who runs the command, as the system knows.
fn user() -> String {
    fs::metadata("/proc/self").map_or_else(|_| "command line".to_owned(), |it| format!("uid {}", it.uid()))
}

fn verify(args: &Verify) -> Result<(), Failure> {
    let config = loaded(args.config.as_deref())?;
    let Settings { folder, key, .. } = config.audit.settings(&config.store.url);
    let report = verify::verify(&folder, &read_key(&key)?, args.head.as_deref()).map_err(|why| at(&folder, why))?;
    tell(&report, args.format).map_err(written)?;
    match report.broken {
        None => Ok(()),
        Some(it) if it.line == 0 => Err(Failure::Input(format!("{}: {}", it.file, it.why))),
        Some(it) => Err(Failure::Input(format!("{}:{}: {}", it.file, it.line, it.why))),
    }
}

fn read_key(path: &Path) -> Result<Key, Failure> {
    Key::read(path).map_err(|why| match why.kind() {
        io::ErrorKind::NotFound => {
            let shown = path.display();
            Failure::Usage(format!(
                "{shown} is not there: no audit log was begun beside this store, or its key was moved away; [store] url and \
                 [audit] say where both are"
            ))
        }
        _ => at(path, why),
    })
}

fn tell(report: &verify::Report, format: Listing) -> io::Result<()> {
    let verify::Report { files, records, accesses, times, head, remarks, broken } = report;
    let mut out = io::stdout().lock();
    let (from, to) = times.clone().unwrap_or_default();
    if format == Listing::Json {
        let broken = broken.as_ref().map(|it| json!({ "file": it.file, "line": it.line, "why": it.why }));
        let told = json!({ "files": files, "records": records, "accesses": accesses, "from": from, "to": to, "head": head,
                           "remarks": remarks, "broken": broken });
        return writeln!(out, "{told}");
    }
    for remark in remarks {
        writeln!(out, "{remark}")?;
    }
    writeln!(out, "{records} records in {files} files, {accesses} of them accesses")?;
    if !from.is_empty() {
        writeln!(out, "from {from} to {to}")?;
    }
    match broken {
        None => writeln!(out, "head {head}"),
        Some(_) => writeln!(out, "up to the break the head is {head}"),
    }
}

fn who_saw(args: &WhoSaw) -> Result<(), Failure> {
    if !args.arguments.is_empty() || args.number.is_some() {
        let why = "a civil registration number must not stand on the command line: others see it in the list of processes, and \
                   shells keep it. Leave it out to be asked for it, or name a file that holds it: --number-file";
        return Err(Failure::Usage(why.to_owned()));
    }
    let config = loaded(args.config.as_deref())?;
    let Settings { folder, key: path, .. } = config.audit.settings(&config.store.url);
    let key = read_key(&path)?;
    let marks = marks(args, &config, &key)?;
    let recording = Recording::begin(&config, "audit who-saw")?;
    recording.told.asked_for_marks(&marks);
    // Whoever looks is recorded before seeing anything.
    recording.ended(Ok(()))?;
    let day_after = args.to.map(|it| it.succ_opt().unwrap_or(it));
    let between = (args.from.map(clock::danish_midnight), day_after.map(clock::danish_midnight));
    let (mut out, mut count) = (io::stdout().lock(), 0_u64);
    search::search(&folder, &marks, between, |seen| {
        count += 1;
        list(&seen, args.format, &mut out)
    })
    .map_err(|why| if why.kind() == io::ErrorKind::BrokenPipe { written(why) } else { at(&folder, why) })?;
    if args.format == Listing::Text {
        writeln!(out, "{count} accesses").map_err(written)?;
    }
    let report = verify::verify(&folder, &key, None).map_err(|why| at(&folder, why))?;
    report.broken.map_or(Ok(()), |it| {
        let (file, line, why) = (it.file, it.line, it.why);
        Err(Failure::Input(format!(
            "the log is not what was written, and the list may lack something: {file}:{line}: {why}"
        )))
    })
}

fn list(seen: &Seen, format: Listing, out: &mut impl Write) -> io::Result<()> {
    if format == Listing::Json {
        return writeln!(out, "{}", json!(seen));
    }
    let Seen { time, seq: _, request, face, operation, who, subject, behalf, institutions, people, told, .. } = seen;
    let who = who.as_deref().unwrap_or("somebody unknown");
    let subject = subject.as_ref().map_or_else(String::new, |it| format!(" ({it})"));
    let behalf = behalf.as_ref().map_or_else(String::new, |it| format!(" for user {it}"));
    let what = if *told { format!("told, of {people}") } else { "asked for, not told".to_owned() };
    let (decision, rule, result) = (&seen.decision, &seen.rule, &seen.result);
    let places = institutions.join(",");
    writeln!(
        out,
        "{time}  {who}{subject}{behalf}  {face} {operation}  {places}  {what}  {decision} {rule}, {result}  {request}"
    )
}

/// The marks of whoever is asked about: of the number, and of the user id that the store knows for it, or the other way round.
fn marks(args: &WhoSaw, config: &Config, key: &Key) -> Result<Vec<Mark>, Failure> {
    let source = known(config)?;
    if let Some(file) = &args.user_file {
        let text = text_of(file)?;
        let user = UserId::new(text.trim());
        if user.as_str().is_empty() {
            return Err(Failure::Input("there is no user id".to_owned()));
        }
        let number = source.and_then(|it| answered(it.civil_id_of(&user)));
        return Ok([Some(key.user(&user)), number.and_then(|it| key.number(&it))].into_iter().flatten().collect());
    }
    let text = number(args.number_file.as_deref())?.to_ascii_uppercase();
    let number =
        CivilId::danish(&text).map_err(|why| Failure::Input(format!("this is no civil registration number: {why}")))?;
    let mark = key.number(&number).ok_or_else(|| Failure::Input("ten zeros are nobody's number".to_owned()))?;
    let user = source.and_then(|it| answered(it.user_with(&number)));
    Ok([Some(mark), user.map(|it| key.user(&it))].into_iter().flatten().collect())
}

/// What is served, if it is there; it is not made here.
fn known(config: &Config) -> Result<Option<Arc<dyn Source>>, Failure> {
    let is_there = config.store.url.strip_prefix("sqlite:").is_none_or(|it| Path::new(it).exists());
    if is_there { stores::served(config).map(|it| Some(it.source)) } else { Ok(None) }
}

/// What a source that never waits long answers.
fn answered<T>(answer: Answer<'_, Option<T>>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    runtime.block_on(answer).ok().flatten()
}

/// The number, from a file or asked for at the terminal, where nothing of it is shown.
fn number(file: Option<&Path>) -> Result<String, Failure> {
    if let Some(file) = file {
        return text_of(file);
    }
    if !io::stdin().is_terminal() {
        let why = "there is no terminal to ask for the number; name a file that holds it, or --number-file - for standard input";
        return Err(Failure::Usage(why.to_owned()));
    }
    let terminal = Term::stderr();
    let failed = |why| Failure::Io("the terminal".to_owned(), why);
    terminal.write_str("Civil registration number (not shown): ").map_err(failed)?;
    terminal.read_secure_line().map_err(failed)
}

/// A short text in a file.
fn text_of(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(input(Some(file))?, 1024), &mut text).map_err(|why| at(file, why))?;
    Ok(text.trim().to_owned())
}
