//! Keys and certificates: what is read of them, in which forms, and what is refused.

use wsse::key::{Certificate, Identity, KeyError, MOST_BYTES, Subject};

use crate::pki::{certificate, file, identity, time};

fn told(result: Result<impl Sized, KeyError>) -> String {
    result.err().expect("refused").to_string()
}

#[test]
fn an_organisation_of_oces3_is_read_by_object_identifier() {
    let expected = Subject {
        common_name: Some("TEST DEMO01".to_owned()),
        organisation: Some("TEST Leverandør ApS".to_owned()),
        cvr: Some("99999999".to_owned()),
        id: Some("UI:DK-O:G:5d4ee0a4-0d3b-4d0a-9d4b-000000000001".to_owned()),
    };
    assert_eq!(*certificate("demo-client").subject(), expected);
}

#[test]
fn an_employee_of_oces3_is_read() {
    let read = certificate("odd/employee");
    assert_eq!(read.subject().cvr.as_deref(), Some("99999997"));
    assert_eq!(read.subject().id.as_deref(), Some("UI:DK-E:G:5d4ee0a4-0d3b-4d0a-9d4b-000000000020"));
    assert!(!format!("{read:?}").contains("Testesen"), "a person's name is not shown");
}

#[test]
fn a_function_of_oces2_has_its_cvr_in_the_serial_number() {
    let read = certificate("odd/oces2");
    assert_eq!(read.subject().cvr.as_deref(), Some("99999996"));
    assert_eq!(read.subject().id.as_deref(), Some("CVR:99999996-FID:1234567890123"));
}

#[test]
fn subjects_that_tell_something_odd_tell_no_cvr() {
    let key = rcgen::KeyPair::from_pem(&String::from_utf8(file("odd/key.pem")).unwrap()).unwrap();
    let cvr = |id: &str, organisations: &[&str]| {
        let mut asked = rcgen::CertificateParams::default();
        asked.distinguished_name = rcgen::DistinguishedName::new();
        asked.distinguished_name.push(rcgen::DnType::CustomDnType(vec![2, 5, 4, 5]), id);
        for organisation in organisations {
            asked.distinguished_name.push(rcgen::DnType::CustomDnType(vec![2, 5, 4, 97]), *organisation);
        }
        let made = Certificate::from_der(asked.self_signed(&key).unwrap().der()).unwrap();
        assert_eq!(made.key_identifier(), None);
        made.subject().cvr.clone()
    };
    assert_eq!(cvr("UI:DK-O:G:x", &["NTRDK-99999999"]).as_deref(), Some("99999999"));
    assert_eq!(cvr("UI:DK-O:G:x", &["NTRSE-99999999"]), None);
    assert_eq!(cvr("UI:DK-O:G:x", &["NTRDK-9999999"]), None);
    assert_eq!(cvr("UI:DK-O:G:x", &["NTRDK-9999999x"]), None);
    assert_eq!(cvr("CVR:99999999-UID:1", &[]).as_deref(), Some("99999999"));
    assert_eq!(cvr("CVR:99999999-RID:1", &[]).as_deref(), Some("99999999"));
    assert_eq!(cvr("CVR:99999999", &[]), None);
    assert_eq!(cvr("CVR:999999999-FID:1", &[]), None);
    assert_eq!(cvr("CVR:99999999-XID:1", &[]), None);
}

#[test]
fn a_certificate_can_be_named_in_four_ways() {
    let read = certificate("demo-client");
    assert_eq!(read.thumbprint().len(), 64);
    assert_eq!(read.thumbprint_sha1().len(), 20);
    assert_eq!(read.key_identifier().map(<[u8]>::len), Some(20));
    assert_eq!(read.serial(), "4097");
    assert!(read.is_named("CN=Skolebro TEST udstedende-CA 1,O=Skolebro TEST,C=DK", "4097"));
    assert!(read.is_named("C=DK, O=\"Skolebro TEST\", CN=Skolebro TEST udstedende-CA\\ 1", " 4097 "));
    assert!(!read.is_named("CN=Skolebro TEST udstedende-CA 1,O=Skolebro TEST,C=DK", "4098"));
    assert!(!read.is_named("CN=Skolebro TEST udstedende-CA 2,O=Skolebro TEST,C=DK", "4097"));
}

#[test]
fn the_time_of_a_certificate_is_read_beyond_2049() {
    let read = certificate("demo-client");
    assert_eq!(read.not_before(), time("2026-01-01T00:00:00Z"));
    assert_eq!(read.not_after(), time("2056-01-01T00:00:00Z"));
}

#[test]
fn certificates_are_read_with_chatter_around_them() {
    let mut pem = b"Bag Attributes\r\n    friendlyName: demo\r\n\r\n".to_vec();
    pem.extend(file("demo-client.crt.pem"));
    pem.extend(b"subject=/C=DK\nissuer=/C=DK\n");
    pem.extend(file("demo-issuing.crt.pem"));
    let read = Certificate::from_pem(&pem).unwrap();
    assert_eq!(read, [certificate("demo-client"), certificate("demo-issuing")]);
    assert_eq!(Certificate::from_file(&pem).unwrap(), read);
    assert_eq!(Certificate::from_file(read[0].der()).unwrap(), read[..1]);
}

#[test]
fn what_is_no_certificate_is_told() {
    let der = certificate("demo-client").der().to_vec();
    let small = "certificate: an RSA key of 1024 bits; at least 2048 are needed";
    assert_eq!(told(Certificate::from_pem(b"")), "certificate: there is none in the PEM file");
    assert_eq!(told(Certificate::from_pem(&file("demo-client.key.pem"))), "certificate: there is none in the PEM file");
    assert_eq!(told(Certificate::from_der(b"")), "certificate: it cannot be read as X.509");
    assert_eq!(told(Certificate::from_der(&[der.clone(), vec![0]].concat())), "certificate: something follows it");
    assert_eq!(told(Certificate::from_der(&vec![0x30; MOST_BYTES + 1])), "certificate: it is larger than 16 KB");
    assert_eq!(told(Certificate::from_pem(&file("odd/small.crt.pem"))), small);
    assert_eq!(told(Certificate::from_pem(&file("odd/curve.crt.pem"))), "certificate: its key is not an RSA key");
    assert!(matches!(Certificate::from_pem(&file("odd/small.crt.pem")), Err(KeyError::Kind(_))));
}

#[test]
fn a_certificate_with_any_byte_changed_is_read_or_refused() {
    let der = certificate("demo-client").der().to_vec();
    for at in 0..der.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = der.clone();
            changed[at] ^= change;
            let _ = Certificate::from_der(&changed);
            let _ = Certificate::from_der(&changed[..at]);
        }
    }
}

#[test]
fn a_signature_is_verified_with_the_certificate_of_the_key() {
    let signer = identity("demo-client");
    let signature = signer.sign(b"a message").unwrap();
    assert_eq!(signature.len(), 256);
    assert_eq!(signature.len(), signer.signature_length());
    assert!(signer.certificate().verifies(b"a message", &signature));
    assert!(!signer.certificate().verifies(b"another", &signature));
    assert!(!signer.certificate().verifies(b"a message", &signature[1..]));
    assert!(!certificate("demo-server").verifies(b"a message", &signature));
}

#[test]
fn keys_are_read_from_pkcs8_pkcs1_and_both_kinds_of_pkcs12() {
    let own = file("demo-client.crt.pem");
    let plain = identity("demo-client");
    let signature = plain.sign(b"a message").unwrap();
    let others = [
        Identity::from_pem(&file("odd/pkcs1.key.pem"), &own).unwrap(),
        Identity::from_pkcs12(&file("demo-client.p12"), "demo").unwrap(),
        Identity::from_pkcs12(&file("demo-client.legacy.p12"), "demo").unwrap(),
    ];
    for other in others {
        assert_eq!(other.certificate(), plain.certificate());
        assert_eq!(other.sign(b"a message").unwrap(), signature);
    }
}

#[test]
fn the_chain_is_the_own_certificate_then_its_issuers_whatever_their_order() {
    let pem = ["demo-root", "demo-server", "demo-issuing", "demo-client", "demo-root"]
        .map(|name| file(&format!("{name}.crt.pem")))
        .concat();
    let read = Identity::from_pem(&file("demo-client.key.pem"), &pem).unwrap();
    assert_eq!(read.chain(), ["demo-client", "demo-issuing", "demo-root"].map(certificate));
    let packed = Identity::from_pkcs12(&file("demo-client.p12"), "demo").unwrap();
    assert_eq!(packed.chain(), ["demo-client", "demo-issuing"].map(certificate));
}

#[test]
fn of_two_certificates_for_one_key_the_later_is_taken() {
    let pem = ["odd/expired", "odd/bare", "odd/expired"].map(|name| file(&format!("{name}.crt.pem"))).concat();
    let read = Identity::from_pem(&file("odd/key.pem"), &pem).unwrap();
    assert_eq!(*read.certificate(), certificate("odd/bare"));
}

#[test]
fn an_identity_is_the_same_after_it_was_written() {
    let packed = Identity::from_pkcs12(&file("demo-client.p12"), "demo").unwrap();
    let pem = packed.to_pem();
    let again = Identity::from_pem(&pem, &pem).unwrap();
    assert_eq!(again.chain(), packed.chain());
    assert_eq!(again.sign(b"a message").unwrap(), packed.sign(b"a message").unwrap());
}

#[test]
fn keys_that_cannot_be_used_are_told() {
    let own = file("demo-client.crt.pem");
    let encrypted = told(Identity::from_pem(&file("odd/encrypted.key.pem"), &own));
    assert!(encrypted.contains("openssl pkey") && encrypted.contains("PKCS#12"), "{encrypted}");
    let both = [file("demo-client.key.pem"), file("odd/key.pem")].concat();
    assert_eq!(told(Identity::from_pem(&both, &own)), "key: there are several in the PEM file, and only one is taken");
    assert_eq!(told(Identity::from_pem(&own, &own)), "key: there is none in the PEM file");
    assert_eq!(told(Identity::from_pem(&file("odd/key.pem"), &own)), "key: none of the certificates is for it");
    let other = "key: it is not an RSA key of 2048 to 8192 bits, or it is broken";
    assert_eq!(told(Identity::from_pem(&file("odd/curve.key.pem"), &own)), other);
    assert_eq!(told(Identity::from_pem(&file("odd/small.key.pem"), &own)), other);
    let broken = b"-----BEGIN PRIVATE KEY-----\nMIIEvQ!secret!\n-----END PRIVATE KEY-----\n";
    assert_eq!(told(Identity::from_pem(broken, &own)), "key: a PEM block is not base64");
}

#[test]
fn a_wrong_password_is_told_from_a_broken_file() {
    for name in ["demo-client.p12", "demo-client.legacy.p12"] {
        for password in ["", "Demo", "demo "] {
            assert!(matches!(Identity::from_pkcs12(&file(name), password), Err(KeyError::Password)), "{name}");
        }
    }
    let whole = file("demo-client.p12");
    assert!(matches!(Identity::from_pkcs12(&whole[..900], "demo"), Err(KeyError::Key(_))));
    assert!(matches!(Identity::from_pkcs12(b"", "demo"), Err(KeyError::Key(_))));
    assert_eq!(told(Identity::from_pkcs12(&file("odd/keyless.p12"), "demo")), "key: there is none in the PKCS#12 file");
}

#[test]
fn a_key_is_never_shown() {
    let shown = format!("{:?}", identity("demo-client"));
    assert_eq!(shown, format!("Identity {{ certificate: {:?}, .. }}", certificate("demo-client")));
    assert!(shown.len() < 200, "{shown}");
}
