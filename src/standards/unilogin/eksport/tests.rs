//! The packages of one institution, each made from the largest.

use std::fs;

use contracts::unilogin::wsieksport::v7::CONTRACT;

use super::*;

/// The document in the answer of an operation.
fn fixture(case: &str) -> String {
    fs::read_to_string(format!("fixtures/unilogin/wsieksport/v7/{case}/response.xml")).unwrap()
}

fn decode(text: &str) -> Export<'_> {
    let mut decoder = Decoder::new(text, contracts::NAMESPACES);
    let open = soap::Envelope::open(&mut decoder).unwrap();
    let _ = open;
    todo_body(&mut decoder)
}
