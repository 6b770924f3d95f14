//! Signs and verifies messages from the command line, for the judges in `tests/clients`.
//!
//! `message sign request|response TIME KEY CERTIFICATE` reads an envelope from the standard input and writes it signed.
//! `message verify request|MESSAGE-ID TIME ANCHORS` reads a signed one, and says who signed it.

use std::{
    env, error, fs,
    io::{Read, Write, stdin, stdout},
    process::ExitCode,
    sync::Arc,
};

use chrono::TimeDelta;
use wsse::{
    key::{Certificate, Identity},
    replay::Seen,
    sign::{Signer, Style},
    trust::Trust,
    verify::{Expects, Verifier},
};

type Outcome = Result<(), Box<dyn error::Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["sign", style, time, key, certificate] => sign(style, time, key, certificate),
        ["verify", expects, time, anchors] => verify(expects, time, anchors),
        _ => {
            Err("usage: message sign request|response TIME KEY CERTIFICATE, or verify request|MESSAGE-ID TIME ANCHORS"
                .into())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("message: {why}");
            ExitCode::FAILURE
        }
    }
}

fn sign(style: &str, time: &str, key: &str, certificate: &str) -> Outcome {
    let identity = Arc::new(Identity::from_pem(&fs::read(key)?, &fs::read(certificate)?)?);
    let style = if style == "response" { Style::Response } else { Style::Request };
    let signed = Signer { identity }.sign(&input()?, style, time.parse()?)?;
    Ok(stdout().write_all(signed.as_bytes())?)
}

fn verify(expects: &str, time: &str, anchors: &str) -> Outcome {
    let anchors = Certificate::from_pem(&fs::read(anchors)?)?;
    let trust = Arc::new(Trust::new(&anchors, &[], &[])?);
    let verifier = Verifier::new(trust, TimeDelta::seconds(60), TimeDelta::minutes(10), Arc::new(Seen::new(1)));
    let expects = if expects == "request" { Expects::Request } else { Expects::Response(expects) };
    let message = input()?;
    let verified = verifier.verify(&message, expects, time.parse()?)?;
    println!("signed by {}", verified.facts().certificate().thumbprint());
    Ok(())
}

fn input() -> Result<String, Box<dyn error::Error>> {
    let mut text = String::new();
    stdin().read_to_string(&mut text)?;
    Ok(text)
}
