//! The signature of a notice: HMAC-SHA256 of the time and the body, under a key that each caller has for itself.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The key of a caller, in hexadecimal: what the caller is told. No caller can sign for another.
#[must_use]
pub fn key(secret: &str, caller: &str) -> String {
    HEXLOWER.encode(&hmac(secret.as_bytes(), &[b"notices:", caller.as_bytes()]))
}

/// The value of the header: `t=1700000000,v1=…`, with one `v1` for each secret, so that a secret can be exchanged without a pause.
#[must_use]
pub fn header(secrets: &[String], caller: &str, seconds: i64, body: &[u8]) -> Option<String> {
    if secrets.is_empty() {
        return None;
    }
    let mut text = format!("t={seconds}");
    for secret in secrets {
        let code = hmac(key(secret, caller).as_bytes(), &[seconds.to_string().as_bytes(), b".", body]);
        text.push_str(",v1=");
        text.push_str(&HEXLOWER.encode(&code));
    }
    Some(text)
}

/// RFC 2104.
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let keyed = |pad: u8| Sha256::new().chain_update(block.map(|it| it ^ pad));
    let inner = parts.iter().fold(keyed(0x36), |hash, part| hash.chain_update(part)).finalize();
    keyed(0x5c).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 2 and 6.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let code = |key: &[u8], text: &[u8]| HEXLOWER.encode(&hmac(key, &[text]));
        assert_eq!(
            code(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            code(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn callers_have_keys_of_their_own() {
        let secrets = ["new".to_owned(), "old".to_owned()];
        let one = header(&secrets, "a", 7, b"{}").unwrap();
        assert!(one.starts_with("t=7,v1=") && one.matches("v1=").count() == 2, "{one}");
        assert_ne!(Some(one), header(&secrets, "b", 7, b"{}"));
        assert_eq!(header(&[], "a", 7, b"{}"), None);
    }
}
