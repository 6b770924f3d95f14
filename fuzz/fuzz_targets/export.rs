//! Any bytes as a wsiEKSPORT 7 document, read record by record: records or a violation, never a panic.
#![no_main]

use contracts::unilogin::wsieksport::v7;
use libfuzzer_sys::fuzz_target;
use soap::{
    schema::{Content, Kind},
    xml::{Decode, Decoder, collect, collect_element, records::Records},
};

fuzz_target!(|bytes: &[u8]| {
    let Content::Elements(model) = &v7::full::INSTITUTION_FULL.content else { return };
    let Some(item) = model.items.iter().find(|it| it.name.local == "InstitutionPerson") else { return };
    let Kind::Complex(of) = item.kind else { return };
    let mut records = Records::new(bytes, contracts::NAMESPACES, &[(item.name.namespace, item.name.local)]);
    let Ok(head) = records.head() else { return };
    let mut decoder = Decoder::new(&head, contracts::NAMESPACES);
    let _ = collect(&mut decoder, v7::CONTRACT.elements, 50);
    while let Ok(Some(mut decoder)) = records.next() {
        let _ = v7::full::InstitutionPersonFull::decode(&mut decoder);
    }
    let mut records = Records::new(bytes, contracts::NAMESPACES, &[(item.name.namespace, item.name.local)]);
    let _ = records.head();
    while let Ok(Some(mut decoder)) = records.next() {
        let _ = collect_element(&mut decoder, Kind::Complex(of), 50);
    }
});
