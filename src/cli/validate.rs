//! `skolebro validate`: every violation, each at its place. Exports of any size are read record by record.

use std::{io::Write, path::Path};

use serde_json::json;
use soap::{
    Envelope,
    envelope::EnvelopeError,
    schema::{Content, Contract, Element, Kind, NamespaceId, Type},
    xml::{
        Decoder, Lengths, Rule, Violation, Writer, collect_element, namespace,
        records::{Bounds, Records, StreamError},
    },
};

use super::{Failure, Report, Validate, input, name, output, written};
use crate::{
    source::{intake::Mode, told::Told},
    standards::unilogin::{
        Refusal,
        dialect::Dialect,
        import::{self, Reception, Version, answer::Verdict},
    },
};

/// So many violations of one document are told.
const MOST: usize = 1000;

/// A document without records is held whole: so many bytes at most.
const WHOLE: usize = 256 << 20;

pub(super) fn run(args: &Validate) -> Result<(), Failure> {
    let contract = match &args.contract {
        None => None,
        Some(path) => Some(find(path)?),
    };
    let mut out = output(None)?;
    let mut bad = 0;
    for file in &args.files {
        let path = Some(file.as_path());
        if args.format == Report::Svarxml {
            bad += usize::from(!answer(&mut out, path, contract)?);
            continue;
        }
        let found = document(input(path)?, contract).map_err(|error| match error {
            StreamError::Io(why) => super::at(file, why),
            StreamError::Violation(it) => Failure::Input(format!("{}:{it}", name(path))),
        })?;
        bad += usize::from(!found.is_empty());
        report(&mut out, args.format, path, &found).map_err(written)?;
    }
    out.flush().map_err(written)?;
    let files = args.files.len();
    match bad {
        0 => Ok(()),
        _ if files == 1 => Err(Failure::Input("the document breaks its contract".to_owned())),
        _ => Err(Failure::Input(format!("{bad} of {files} documents break their contracts"))),
    }
}

/// Writes the answer to an import. Says whether it would be kept, as far as that can be said without a store.
fn answer(out: &mut dyn Write, path: Option<&Path>, contract: Option<&Contract>) -> Result<bool, Failure> {
    let version = match contract.map(|it| it.path) {
        None | Some("unilogin/wsaimport/8") => Version::V8,
        Some("unilogin/wsaimport/7") => Version::V7,
        Some(path) => return Err(Failure::Usage(format!("--format svarxml is for imports; {path} has none"))),
    };
    let dialect = Dialect::default();
    let reception = Reception {
        keeper: None,
        dialect: &dialect,
        implicit_main_groups: false,
        confirmed: false,
        proven: &import::unsigned,
        told: &Told::default(),
    };
    let answer = import::receive(input(path)?, version, Mode::Full, reception).map_err(|why| match why {
        Refusal::Input(why) => Failure::Io(name(path), why),
        _ => Failure::Input(format!("{}: it is no import", name(path))),
    })?;
    let mut writer = Writer::new(contracts::NAMESPACES);
    answer.write(&dialect, &mut writer);
    writeln!(out, "{}", writer.finish()).map_err(written)?;
    Ok(answer.verdict == Verdict::Valid)
}

fn find(path: &str) -> Result<&'static Contract, Failure> {
    contracts::CONTRACTS.iter().copied().find(|it| it.path == path).ok_or_else(|| {
        let known: Vec<&str> = contracts::CONTRACTS.iter().map(|it| it.path).collect();
        Failure::Usage(format!("there is no contract {path:?}; there are {}", known.join(", ")))
    })
}

fn report(out: &mut dyn Write, format: Report, path: Option<&Path>, found: &[Violation]) -> std::io::Result<()> {
    let name = name(path);
    for violation in found {
        match format {
            Report::Text => writeln!(out, "{name}:{violation}")?,
            Report::Json => {
                let Violation { place, path, rule, expected, found } = violation;
                let line = json!({
                    "file": name, "line": place.line, "column": place.column, "path": path,
                    "rule": rule.code(), "expected": expected, "found": found,
                });
                writeln!(out, "{line}")?;
            }
            // That is no list of violations.
            Report::Svarxml => {}
        }
    }
    if found.len() >= MOST {
        eprintln!("skolebro: {name}: {MOST} violations are enough; there may be more");
    } else if found.is_empty() && format == Report::Text {
        writeln!(out, "{name}: valid")?;
    }
    Ok(())
}

/// Every violation of a document: the bare one, or with an envelope around it.
fn document(input: Box<dyn std::io::Read>, contract: Option<&'static Contract>) -> Result<Vec<Violation>, StreamError> {
    let contracts: &[&Contract] = contract.as_ref().map_or(contracts::CONTRACTS, std::slice::from_ref);
    let records = record_types(contracts);
    let names: Vec<(NamespaceId, &str)> = records.iter().map(|it| (it.0, it.1)).collect();
    let mut stream =
        Records::new(input, contracts::NAMESPACES, &names).with_bounds(Bounds { head: WHOLE, ..Bounds::default() });
    let head = match stream.head() {
        Ok(head) => head,
        Err(StreamError::Violation(violation)) => return Ok(vec![*violation]),
        Err(error) => return Err(error),
    };
    let (lengths, mut found) = whole(&head, contracts);
    drop(head);
    if stream.has_record() {
        // What is missing in the head may be what follows it.
        let follows = |it: &Violation| names.iter().any(|name| it.expected.contains(&format!("<{}>", name.1)));
        found.retain(|it| it.rule != Rule::Missing || !it.path.ends_with("/Institution") || !follows(it));
    }
    let mut stream = stream.with_lengths(lengths);
    loop {
        match stream.next() {
            Ok(None) => return Ok(found),
            Ok(Some(mut decoder)) => {
                let (namespace, local) = decoder.name();
                let kind = records.iter().find(|it| (it.0, it.1) == (namespace, local)).map(|it| it.2);
                if let Some(kind) = kind {
                    found.append(&mut collect_element(&mut decoder, kind, MOST - found.len()));
                }
            }
            Err(StreamError::Violation(violation)) => {
                found.push(*violation);
                return Ok(found);
            }
            Err(error) => return Err(error),
        }
        if found.len() >= MOST {
            return Ok(found);
        }
    }
}

/// The violations of a document that is held whole, and how its contract counts lengths.
fn whole(text: &str, contracts: &[&'static Contract]) -> (Lengths, Vec<Violation>) {
    let mut lengths = Lengths::default();
    let found = whole_in(text, contracts, &mut lengths);
    (lengths, found)
}

fn whole_in(text: &str, contracts: &[&'static Contract], lengths: &mut Lengths) -> Vec<Violation> {
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    if let Err(violation) = decoder.root() {
        return vec![*violation];
    }
    let roots: Vec<&'static Element> = contracts.iter().flat_map(|it| it.elements.iter().copied()).collect();
    let enveloped = matches!(decoder.name(), (namespace::SOAP11 | namespace::SOAP12, "Envelope"));
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    let opened = if enveloped {
        Envelope::open(&mut decoder, |_, _| true).map(drop)
    } else {
        decoder.root().map_err(EnvelopeError::from)
    };
    match opened {
        Ok(()) => {}
        Err(EnvelopeError::Violation(_, violation) | EnvelopeError::Version(violation)) => return vec![*violation],
        Err(EnvelopeError::NotUnderstood(..)) => return Vec::new(),
    }
    let (namespace, local) = decoder.name();
    if (namespace, local) == (namespace::SOAP12, "Fault") || (namespace, local) == (namespace::SOAP11, "Fault") {
        return Vec::new();
    }
    let Some(root) = roots.iter().find(|it| it.name.namespace == namespace && it.name.local == local) else {
        return vec![*decoder.unknown_root(&roots)];
    };
    // Imports count bytes.
    if namespace::get(root.name.namespace, contracts::NAMESPACES).uri.contains("wsaimport") {
        *lengths = Lengths::Utf8Bytes;
    }
    let mut decoder = decoder.with_lengths(*lengths);
    let mut found = collect_element(&mut decoder, root.kind, MOST);
    let ended = found.last().is_some_and(|it| matches!(it.rule, Rule::WellFormed | Rule::Limit));
    let closed = if enveloped { Envelope::close(&mut decoder) } else { decoder.finish() };
    match closed {
        Err(violation) if !ended => found.push(*violation),
        _ => {}
    }
    found
}

/// The elements that make a document large, with their types: a list of persons, whatever document they are in.
fn record_types(contracts: &[&'static Contract]) -> Vec<(NamespaceId, &'static str, Kind)> {
    let mut found = Vec::new();
    let mut seen: Vec<*const Type> = Vec::new();
    for element in contracts.iter().flat_map(|it| it.elements.iter()) {
        visit(element.kind, &mut seen, &mut found);
    }
    found
}

fn visit(kind: Kind, seen: &mut Vec<*const Type>, found: &mut Vec<(NamespaceId, &'static str, Kind)>) {
    let Kind::Complex(of) = kind else { return };
    if seen.contains(&std::ptr::from_ref(of)) {
        return;
    }
    seen.push(of);
    let Content::Elements(model) = &of.content else { return };
    for item in model.items {
        if item.name.local == "InstitutionPerson" && item.list && matches!(item.kind, Kind::Complex(_)) {
            found.push((item.name.namespace, item.name.local, item.kind));
        }
        visit(item.kind, seen, found);
    }
}
