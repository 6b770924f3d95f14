//! Canonical forms and signatures from the command line, for the judges in `tests/vectors`.
//!
//! Reads one task a line from the standard input, its words parted by tabs, and answers `ok` or `refused: <why>`:
//! `form FILE BYTE plain|comments PREFIXES OUT` writes the canonical form of the element whose start tag begins at that byte;
//! `signed CERTIFICATE MESSAGE SIGNATURE` says whether the DER certificate's key made the RSA-SHA256 signature.

use std::{
    error, fs,
    io::{BufRead, stdin},
};

use wsse::{c14n::Exclusive, key::Certificate};

type Outcome = Result<(), Box<dyn error::Error>>;

fn main() -> Outcome {
    for line in stdin().lock().lines() {
        match task(&line?) {
            Ok(()) => println!("ok"),
            Err(why) => println!("refused: {why}"),
        }
    }
    Ok(())
}

fn task(line: &str) -> Outcome {
    match *line.split('\t').collect::<Vec<_>>() {
        ["form", file, at, comments, prefixes, out] => form(file, at.parse()?, comments == "comments", prefixes, out),
        ["signed", certificate, message, signature] => {
            let right =
                Certificate::from_der(&fs::read(certificate)?)?.verifies(&fs::read(message)?, &fs::read(signature)?);
            if right { Ok(()) } else { Err("the signature is wrong".into()) }
        }
        _ => Err("no such task".into()),
    }
}

fn form(file: &str, at: usize, comments: bool, prefixes: &str, out: &str) -> Outcome {
    let inclusive = prefixes.split_whitespace().map(str::to_owned).collect();
    let mut canonical = String::new();
    Exclusive { inclusive, comments }.element(&fs::read_to_string(file)?, at, &mut canonical)?;
    Ok(fs::write(out, canonical)?)
}
