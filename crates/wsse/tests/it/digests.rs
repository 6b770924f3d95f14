//! The larger digests of the profile, which we read and do not write: a message signed again with each.

use aws_lc_rs::{
    digest::{self, Algorithm, SHA256, SHA384, SHA512},
    rand::SystemRandom,
    rsa::KeyPair,
    signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaSignatureEncoding},
};
use data_encoding::BASE64;
use wsse::c14n::Exclusive;

use crate::{
    messages::{refused, signed, verify},
    pki::file,
};

const SHA256_NAME: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

fn canonical(message: &str, at: usize) -> Vec<u8> {
    let mut canonical = Vec::new();
    Exclusive::default().element(message, at, &mut canonical).unwrap();
    canonical
}

/// The text between two others, behind a third.
fn between<'m>(message: &'m str, behind: &str, from: &str, to: &str) -> &'m str {
    let rest = message.split_once(behind).unwrap().1;
    rest.split_once(from).unwrap().1.split_once(to).unwrap().0
}

/// The signed message, with other digests of its parts and another of the whole.
fn signed_with(parts: (&str, &'static Algorithm), whole: (&str, &'static RsaSignatureEncoding)) -> String {
    let mut message = signed().replace(SHA256_NAME, parts.0).replace(RSA_SHA256, whole.0);
    let ids: Vec<String> =
        message.split("<ds:Reference URI=\"#").skip(1).map(|it| it.split_once('"').unwrap().0.to_owned()).collect();
    for id in ids {
        let at = message.find(&format!("Id=\"{id}\"")).unwrap();
        let at = message[..at].rfind('<').unwrap();
        let digest = BASE64.encode(digest::digest(parts.1, &canonical(&message, at)).as_ref());
        let old = between(&message, &format!("URI=\"#{id}\""), "<ds:DigestValue>", "<").to_owned();
        message = message.replace(&old, &digest);
    }
    let pem = String::from_utf8(file("demo-client.key.pem")).unwrap();
    let der: String = pem.lines().filter(|it| !it.starts_with('-')).collect();
    let key = KeyPair::from_pkcs8(&BASE64.decode(der.as_bytes()).unwrap()).unwrap();
    let said = canonical(&message, message.find("<ds:SignedInfo>").unwrap());
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(whole.1, &SystemRandom::new(), &said, &mut signature).unwrap();
    let old = between(&message, "</ds:SignedInfo>", "<ds:SignatureValue>", "<").to_owned();
    message.replace(&old, &BASE64.encode(&signature))
}

#[test]
fn larger_digests_are_taken() {
    let digests: [(&str, &'static Algorithm); 3] = [
        (SHA256_NAME, &SHA256),
        ("http://www.w3.org/2001/04/xmldsig-more#sha384", &SHA384),
        ("http://www.w3.org/2001/04/xmlenc#sha512", &SHA512),
    ];
    let methods: [(&str, &'static RsaSignatureEncoding); 3] = [
        (RSA_SHA256, &RSA_PKCS1_SHA256),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", &RSA_PKCS1_SHA384),
        ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", &RSA_PKCS1_SHA512),
    ];
    for digest in digests {
        for method in methods {
            let message = signed_with(digest, method);
            verify(&message).unwrap_or_else(|why| panic!("{why}: {message}"));
            assert_eq!(refused(&message.replace("999001", "999002")), "the body is not the one that was signed");
        }
    }
    // The name of another method than the one that was used.
    let crossed = signed_with(digests[0], (methods[1].0, methods[2].1));
    assert_eq!(refused(&crossed), "the signature is not by the key of the certificate");
}
