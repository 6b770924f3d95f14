//! `skolebro convert`: from one standard to another through the hub, person by person, with the losses named.

use std::{
    collections::HashSet,
    fs::File,
    hash::{BuildHasherDefault, Hasher},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use chrono::{DateTime, FixedOffset};
use serde_json::json;
use soap::xml::records::StreamError;
use uuid::Uuid;

use super::{
    Convert, Failure, Shape, at, input, lineage, name, output,
    people::{Kind, People, version},
    progress, written,
};
use crate::{
    clock,
    crosswalk::{Loss, Trail},
    domain::Roster,
    standards::{
        ss12000::{
            context::{Context, Options, Rights},
            crosswalk::{self, Gathering, Objects, Reading},
            ndjson::{self, Line, ReadError},
            read,
        },
        unilogin::{Generation, import::document::Importer, stream},
    },
};

const EXPORT7: &str = "unilogin/wsieksport/7";
const EXPORT6: &str = "unilogin/wsieksport/6";
const IMPORT8: &str = "unilogin/wsaimport/8";
const IMPORT7: &str = "unilogin/wsaimport/7";
const SS12000: &str = "ss12000";

/// What is converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// An export or import of a version.
    People(Kind),
    /// SS12000 lines.
    Ss12000,
}

/// Every format by its name.
const FORMATS: [(&str, Format); 5] = [
    (EXPORT7, Format::People(Kind::Export(Generation::Bpi))),
    (EXPORT6, Format::People(Kind::Export(Generation::Legacy))),
    (IMPORT8, Format::People(Kind::Import(Generation::Bpi))),
    (IMPORT7, Format::People(Kind::Import(Generation::Legacy))),
    (SS12000, Format::Ss12000),
];

const OUT: &str = "one institution as organisation, persons, duties, placements, groups";
const IN: &str = "one institution of NDJSON lines as an export; --institution chooses, --package says how much";

const HAND_IN: &str = "the people of one source as an import of theirs: --source";

/// Every pair that works, and what it does.
const PAIRS: [(&str, &str, &str); 16] = [
    (EXPORT7, SS12000, OUT),
    (EXPORT6, SS12000, OUT),
    (IMPORT8, SS12000, OUT),
    (IMPORT7, SS12000, OUT),
    (SS12000, EXPORT7, IN),
    (SS12000, EXPORT6, IN),
    (EXPORT7, EXPORT7, "another package of the same export: --package"),
    (EXPORT6, EXPORT6, "the same, in the legacy form"),
    (EXPORT6, EXPORT7, "a legacy export in the form of today: --package"),
    (EXPORT7, EXPORT6, "an export in the legacy form: --package"),
    (EXPORT7, IMPORT8, HAND_IN),
    (EXPORT7, IMPORT7, HAND_IN),
    (EXPORT6, IMPORT8, HAND_IN),
    (EXPORT6, IMPORT7, HAND_IN),
    (IMPORT7, IMPORT8, "a legacy import in the form of today"),
    (IMPORT8, IMPORT7, "an import in the legacy form"),
];

pub(super) fn run(args: &Convert) -> Result<(), Failure> {
    if args.list {
        for (from, to, what) in PAIRS {
            println!("{from:22} -> {to:22} {what}");
        }
        return Ok(());
    }
    let (from, to) = (args.from.as_deref().unwrap_or_default(), args.to.as_deref().unwrap_or_default());
    let format = |name: &str| FORMATS.iter().find(|it| it.0 == name).map(|it| it.1);
    let (Some(input), Some(output)) = (format(from), format(to)) else { return Err(unknown(from, to)) };
    if let Some(path) = &args.lineage {
        return match (input, output) {
            (Format::People(from @ Kind::Export(_)), Format::Ss12000) => measure(args, from, path),
            _ => Err(Failure::Usage(format!("--lineage is measured from an export to {SS12000}"))),
        };
    }
    let mut losses = Losses::open(args)?;
    match (input, output) {
        (Format::People(from), Format::Ss12000) => to_ss12000(args, from, &mut losses)?,
        (Format::People(from @ Kind::Export(_)), Format::People(Kind::Export(to))) => {
            to_package(args, from, to, &mut losses)?;
        }
        (Format::People(from), Format::People(Kind::Import(to))) if input != output => {
            to_import(args, from, to, &mut losses)?;
        }
        (Format::Ss12000, Format::People(Kind::Export(to))) => from_ss12000(args, to, &mut losses)?,
        _ => return Err(unknown(from, to)),
    }
    losses.finish()
}

/// Converts the whole input, which must be small, and measures what feeds what.
fn measure(args: &Convert, from: Kind, path: &Path) -> Result<(), Failure> {
    let name = name(args.input.as_deref());
    let mut bytes = Vec::new();
    let bound = lineage::MOST as u64 + 1;
    let read = input(args.input.as_deref())?.take(bound).read_to_end(&mut bytes);
    read.map_err(|why| Failure::Io(name.clone(), why))?;
    if bytes.len() > lineage::MOST {
        let most = lineage::MOST;
        return Err(Failure::Usage(format!("{name}: lineage is measured on documents of at most {most} bytes")));
    }
    let text = soap::xml::text::decode(&bytes, None).map_err(|it| Failure::Input(format!("{name}:{it}")))?;
    std::fs::write(path, lineage::measure(&name, &text)?).map_err(|why| at(path, why))?;
    let mut out = Sink::open(args)?;
    let mut losses = Losses::open(args)?;
    let opened = opened(args, from, Box::new(io::Cursor::new(text.into_owned())), &mut losses.trail)?;
    export_to_ss12000(opened, rights(args.real_names), &mut out, &mut losses, &|it| failed(args, it))?;
    losses.finish()
}

fn unknown(from: &str, to: &str) -> Failure {
    let pairs: Vec<String> = PAIRS.iter().map(|(from, to, _)| format!("{from} -> {to}")).collect();
    Failure::Usage(format!("cannot convert {from:?} to {to:?}; these pairs work: {}", pairs.join(", ")))
}

/// Where losses go, if anybody wants them.
struct Losses {
    trail: Trail,
    out: Option<Box<dyn Write>>,
}

impl Losses {
    fn open(args: &Convert) -> Result<Self, Failure> {
        let Some(path) = &args.losses else { return Ok(Self { trail: Trail::silent(), out: None }) };
        let target = PAIRS.iter().map(|it| it.1).find(|it| args.to.as_deref() == Some(it)).unwrap_or_default();
        Ok(Self { trail: Trail::recording(target), out: Some(output(Some(path))?) })
    }

    /// Writes what was lost since the last time.
    fn note(&mut self) -> Result<(), Failure> {
        let Some(out) = &mut self.out else { return Ok(()) };
        for Loss { path, line, why, target } in self.trail.take() {
            let line = json!({ "path": path, "line": line, "why": why, "target": target });
            writeln!(out, "{line}").map_err(written)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.note()?;
        match &mut self.out {
            Some(out) => out.flush().map_err(written),
            None => Ok(()),
        }
    }
}

fn failed(args: &Convert, error: StreamError) -> Failure {
    let name = name(args.input.as_deref());
    match error {
        StreamError::Violation(violation) => Failure::Input(format!("{name}:{violation}")),
        StreamError::Io(why) => Failure::Io(name, why),
    }
}

/// A document of that version, as far as its first person.
fn opened(
    args: &Convert,
    from: Kind,
    input: Box<dyn Read>,
    trail: &mut Trail,
) -> Result<(Roster<'static>, People), Failure> {
    let opened = People::open(from, input, trail).map_err(|error| failed(args, error))?;
    let is = opened.1.kind();
    if is != from {
        let named = FORMATS.iter().find(|it| it.1 == Format::People(is)).map_or("", |it| it.0);
        return Err(Failure::Input(format!("{}: the document is one of {named}", name(args.input.as_deref()))));
    }
    Ok(opened)
}

fn open(args: &Convert, from: Kind, trail: &mut Trail) -> Result<(Roster<'static>, People), Failure> {
    opened(args, from, progress::input(args.input.as_deref())?, trail)
}

fn to_ss12000(args: &Convert, from: Kind, losses: &mut Losses) -> Result<(), Failure> {
    let opened = open(args, from, &mut losses.trail)?;
    export_to_ss12000(opened, rights(args.real_names), &mut Sink::open(args)?, losses, &|error| failed(args, error))
}

/// Whoever has the export may have its numbers; who is behind an alias must be asked for.
const fn rights(real_names: bool) -> Rights {
    Rights { civil_numbers: true, real_names, responsibles: true, contact_data: true }
}

/// An export as SS12000 lines, nobody minding what is lost.
///
/// # Errors
/// The first violation, or a stream that fails.
pub fn export_to_lines(input: Box<dyn Read>, out: Box<dyn Write>) -> Result<(), Failure> {
    let failed = |error| match error {
        StreamError::Violation(violation) => Failure::Input(violation.to_string()),
        StreamError::Io(why) => Failure::Io("the input".to_owned(), why),
    };
    let mut losses = Losses { trail: Trail::silent(), out: None };
    let opened = People::open(Kind::Export(Generation::Bpi), input, &mut losses.trail).map_err(failed)?;
    export_to_ss12000(opened, rights(false), &mut Sink::lines(out), &mut losses, &failed)
}

/// Each person as soon as it is read, the groups, which know their members, at the end.
fn export_to_ss12000(
    (head, mut reader): (Roster<'static>, People),
    rights: Rights,
    sink: &mut Sink,
    losses: &mut Losses,
    failed: &dyn Fn(StreamError) -> Failure,
) -> Result<(), Failure> {
    let options = Options::default();
    let context = Context::new(&head, &options, rights);
    let mut gathering = Gathering::new(&context);
    let mut adults = Seen::new();
    let mut first = true;
    while let Some(member) = reader.next(&mut losses.trail).map_err(failed)? {
        let objects = crosswalk::member(&member, &context, &mut losses.trail);
        gathering.add(&objects);
        sink.objects(objects, &mut adults)?;
        losses.note()?;
        if first {
            sink.flush()?;
            first = false;
        }
    }
    losses.trail.at_line(None);
    if let Some(authority) = crosswalk::authority(&context) {
        sink.write(&authority)?;
    }
    sink.write(&gathering.organisation(false, &mut losses.trail))?;
    let activities = gathering.activities();
    let mut done = Ok(());
    gathering.groups(&mut losses.trail, |group, _| {
        if done.is_ok() {
            done = sink.write(&group);
        }
    });
    done?;
    activities.into_iter().try_for_each(|it| sink.write(&it))?;
    sink.finish()
}

/// Identifiers that have been written. Never walked through, so that its order is nobody's business. In shards, so that
/// only a small part of it is there twice while it grows. A hundred bits of an identifier are kept, none of which says its
/// version: two of a million persons share them once in 10^18 documents.
struct Seen([HashSet<[u8; 12], BuildHasherDefault<Digest>>; 16]);

impl Seen {
    /// With room for some thirty thousand, which is half a megabyte.
    fn new() -> Self {
        Self(std::array::from_fn(|_| HashSet::with_capacity_and_hasher(1792, BuildHasherDefault::default())))
    }

    /// Whether the identifier is new.
    fn insert(&mut self, id: Uuid) -> bool {
        let [a, b, c, d, _, e, _, shard, _, rest @ ..] = id.into_bytes();
        let [f, g, h, i, j, k, l] = rest;
        self.0[usize::from(shard & 15)].insert([a, b, c, d, e, f, g, h, i, j, k, l])
    }
}

/// Identifiers are digests already: half of one is as good a hash as any.
#[derive(Default)]
struct Digest(u64);

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().rev().take(8).fold(0, |sum, it| sum << 8 | u64::from(*it));
    }
}

/// Where objects go: lines of one stream, or one array a resource in a folder.
enum Sink {
    Lines { out: Box<dyn Write>, lines: Vec<u8> },
    Files { files: Vec<(&'static str, BufWriter<File>, bool)>, folder: PathBuf },
}

impl Sink {
    fn lines(out: Box<dyn Write>) -> Self {
        Self::Lines { out, lines: Vec::with_capacity(CHUNK + (16 << 10)) }
    }

    fn open(args: &Convert) -> Result<Self, Failure> {
        if args.shape == Shape::Ndjson {
            return Ok(Self::lines(output(args.output.as_deref())?));
        }
        let folder =
            args.output.clone().ok_or_else(|| Failure::Usage("--as files needs a folder: -o DIR".to_owned()))?;
        std::fs::create_dir_all(&folder).map_err(|why| at(&folder, why))?;
        let create = |(of, file): (&'static str, &str)| {
            let path = folder.join(file);
            let mut out = BufWriter::new(File::create(&path).map_err(|why| at(&path, why))?);
            out.write_all(b"[").map_err(|why| at(&path, why))?;
            Ok((of, out, true))
        };
        let files = [
            ("Organisation", "organisations.json"),
            ("Person", "persons.json"),
            ("Group", "groups.json"),
            ("Duty", "duties.json"),
            ("Placement", "placements.json"),
            ("Activity", "activities.json"),
        ]
        .map(create);
        Ok(Self::Files { files: files.into_iter().collect::<Result<_, _>>()?, folder })
    }

    /// Writes what a member became. An adult who is responsible for several pupils is written with the first.
    fn objects(&mut self, objects: Objects<'_>, adults: &mut Seen) -> Result<(), Failure> {
        let Objects { person, adults: responsible, duties, placements, joined: _, taught: _ } = objects;
        person.iter().try_for_each(|it| self.write(it))?;
        responsible.iter().filter(|it| adults.insert(it.id)).try_for_each(|it| self.write(it))?;
        duties.iter().try_for_each(|it| self.write(it))?;
        placements.iter().try_for_each(|it| self.write(it))
    }

    fn write<T: Line>(&mut self, object: &T) -> Result<(), Failure> {
        match self {
            Self::Lines { lines, .. } => {
                ndjson::write(object, lines).map_err(|why| written(why.into()))?;
                if lines.len() > CHUNK { self.flush() } else { Ok(()) }
            }
            Self::Files { files, folder } => {
                let nowhere = || at(folder, io::Error::other(format!("there is no file for a {}", T::TYPE)));
                let (_, out, first) = files.iter_mut().find(|it| it.0 == T::TYPE).ok_or_else(nowhere)?;
                out.write_all(if *first { b"\n" } else { b",\n" }).map_err(|why| at(folder, why))?;
                *first = false;
                serde_json::to_writer(out, object).map_err(|why| at(folder, why.into()))
            }
        }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        match self {
            Self::Lines { out, lines } => {
                out.write_all(lines).and_then(|()| out.flush()).map_err(written)?;
                lines.clear();
                Ok(())
            }
            Self::Files { .. } => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), Failure> {
        match self {
            Self::Lines { .. } => self.flush(),
            Self::Files { files, folder } => files.iter_mut().try_for_each(|(_, out, _)| {
                out.write_all(b"\n]\n").and_then(|()| out.flush()).map_err(|why| at(folder, why))
            }),
        }
    }
}

fn form(args: &Convert, generation: Generation) -> stream::Form {
    stream::Form { generation, package: args.package.into() }
}

/// So many bytes are gathered before they are written.
const CHUNK: usize = 64 << 10;

/// An export as another package of itself.
fn to_package(args: &Convert, from: Kind, to: Generation, losses: &mut Losses) -> Result<(), Failure> {
    let (head, mut reader) = open(args, from, &mut losses.trail)?;
    let mut out = output(args.output.as_deref())?;
    let exported = head.exported_at.unwrap_or_else(now);
    let mut exporter = stream::Exporter::begin(&head, form(args, to), exported, &mut losses.trail);
    loop {
        let member = reader.next(&mut losses.trail).map_err(|error| failed(args, error))?;
        let Some(member) = member else { break };
        exporter.write(&member, &mut losses.trail);
        losses.note()?;
        if exporter.waiting() > CHUNK {
            out.write_all(exporter.take().as_bytes()).map_err(written)?;
        }
    }
    out.write_all(exporter.finish().as_bytes()).and_then(|()| out.flush()).map_err(written)
}

/// The people of one source as an import.
fn to_import(args: &Convert, from: Kind, to: Generation, losses: &mut Losses) -> Result<(), Failure> {
    let (head, mut reader) = open(args, from, &mut losses.trail)?;
    let names: Vec<&str> = head.sources.iter().map(|it| it.source.as_ref()).collect();
    let source = match (&args.source, head.sources.as_slice()) {
        (None, [only]) => Some(only),
        (wanted, all) => all.iter().find(|it| wanted.as_deref() == Some(&it.source)),
    };
    let Some(source) = source else {
        let told = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(Failure::Usage(format!("choose one source with --source; the input has {told}")));
    };
    let mut out = output(args.output.as_deref())?;
    let mut importer = Importer::begin(&head, source, version(to), &mut losses.trail);
    loop {
        let member = reader.next(&mut losses.trail).map_err(|error| failed(args, error))?;
        let Some(member) = member else { break };
        importer.write(&member, &mut losses.trail);
        losses.note()?;
        if importer.waiting() > CHUNK {
            out.write_all(importer.take().as_bytes()).map_err(written)?;
        }
    }
    out.write_all(importer.finish().as_bytes()).and_then(|()| out.flush()).map_err(written)
}

/// SS12000 lines as an export. Who is in which group stands behind the persons, so all of it is read first.
fn from_ss12000(args: &Convert, to: Generation, losses: &mut Losses) -> Result<(), Failure> {
    let mut text = Vec::new();
    let name = name(args.input.as_deref());
    input(args.input.as_deref())?.read_to_end(&mut text).map_err(|why| Failure::Io(name.clone(), why))?;
    let mut objects = read::Objects::default();
    for (number, line) in (1..).zip(text.split(|it| *it == b'\n')).filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let told = |error: serde_json::Error| ReadError::Json {
            line: number,
            column: error.column(),
            syntax: !error.is_data(),
        };
        match ndjson::read(line).map_err(|error| Failure::Input(format!("{name}: {}", told(error))))? {
            Some(ndjson::Object::Organisation(it)) => objects.organisations.push(it),
            Some(ndjson::Object::Person(it)) => objects.persons.push(it),
            Some(ndjson::Object::Group(it)) => objects.groups.push(it),
            Some(ndjson::Object::Duty(it)) => objects.duties.push(it),
            Some(ndjson::Object::Placement(it)) => objects.placements.push(it),
            Some(ndjson::Object::Activity(it)) => objects.activities.push(it),
            None => {}
        }
    }
    let options = Options::default();
    let reading = Reading { options: &options, at: clock::danish(clock::now()) };
    let element = chosen(args, &objects)?;
    let refused = |why: crosswalk::Refusal| Failure::Input(format!("{name}: {why}"));
    let roster = crosswalk::roster(element, &objects, &reading, &mut losses.trail).map_err(refused)?;
    losses.note()?;
    let mut out = output(args.output.as_deref())?;
    let mut exporter = stream::Exporter::begin(&roster, form(args, to), now(), &mut losses.trail);
    for member in &roster.members {
        exporter.write(member, &mut losses.trail);
        losses.note()?;
        if exporter.waiting() > CHUNK {
            out.write_all(exporter.take().as_bytes()).map_err(written)?;
        }
    }
    out.write_all(exporter.finish().as_bytes()).and_then(|()| out.flush()).map_err(written)
}

/// The institution to write: the one that was asked for, or the only one.
fn chosen<'o>(args: &Convert, objects: &'o read::Objects<'o>) -> Result<&'o read::Organisation<'o>, Failure> {
    let institutions: Vec<_> = objects.organisations.iter().filter(|it| crosswalk::is_institution(it)).collect();
    let code = |it: &read::Organisation<'_>| {
        let code = it.organisation_code.as_ref().or(it.school_unit_code.as_ref());
        code.map(|it| it.as_str().to_owned()).unwrap_or_default()
    };
    match (&args.institution, institutions.as_slice()) {
        (None, [only]) => Ok(only),
        (wanted, all) => {
            let found = wanted.as_ref().and_then(|wanted| all.iter().find(|it| code(it) == *wanted));
            if let Some(found) = found {
                return Ok(found);
            }
            let codes: Vec<String> = all.iter().map(|it| code(it)).collect();
            let told = if codes.is_empty() { "none".to_owned() } else { codes.join(", ") };
            Err(Failure::Usage(format!("choose one institution with --institution; the input has {told}")))
        }
    }
}

fn now() -> DateTime<FixedOffset> {
    clock::now().fixed_offset()
}
