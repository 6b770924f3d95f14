//! Any bytes as a SOAP message to either generation of wsiINST: an answer or a violation, never a panic.
#![no_main]

use contracts::unilogin::wsiinst::{v5, v6};
use libfuzzer_sys::fuzz_target;
use soap::{
    Envelope,
    schema::Operation,
    xml::{Decoder, Writer, collect, text},
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = text::decode(bytes, None) else { return };
    let mut decoder = Decoder::new(&text, contracts::NAMESPACES);
    if Envelope::open(&mut decoder, |_, _| true).is_ok() {
        let name = decoder.name();
        let place =
            |all: &[Operation]| all.iter().position(|it| (it.input.name.namespace, it.input.name.local) == name);
        if let Some(operation) = place(v6::OPERATIONS) {
            if let Ok(request) = v6::Request::decode(operation, &mut decoder) {
                let _ = Envelope::close(&mut decoder);
                // What was understood can be written, and says the same when read again.
                let mut writer = Writer::new(contracts::NAMESPACES);
                request.encode(&mut writer);
                let written = writer.finish();
                let mut decoder = Decoder::new(&written, contracts::NAMESPACES);
                decoder.root().expect("what we wrote");
                assert_eq!(v6::Request::decode(operation, &mut decoder).expect("what we wrote"), request);
            }
        } else if let Some(operation) = place(v5::OPERATIONS) {
            let _ = v5::Request::decode(operation, &mut decoder);
            let _ = Envelope::close(&mut decoder);
        }
    }
    // The validator walks the same tables and must not panic either.
    let mut decoder = Decoder::new(&text, contracts::NAMESPACES);
    let _ = collect(&mut decoder, v6::CONTRACT.elements, 50);
});
