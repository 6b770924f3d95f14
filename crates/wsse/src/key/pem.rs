//! What is in a PEM file: certificates, keys and revocation lists, with whatever tools write around them.

use rustls_pki_types::pem::{Error, PemObject, SectionKind};

use super::KeyError;

/// One block: what its label says, and the bytes.
type Block = (SectionKind, Vec<u8>);

/// Every block of a known label, in its order.
fn blocks(pem: &[u8]) -> Result<Vec<Block>, String> {
    <Block as PemObject>::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| wrong(&error).to_owned())
}

/// The library tells broken lines as they are, and a line of a key must not be told.
fn wrong(error: &Error) -> &'static str {
    match error {
        Error::MissingSectionEnd { .. } => "a PEM block has no end",
        Error::IllegalSectionStart { .. } => "the first line of a PEM block is wrong",
        Error::Base64Decode(_) => "a PEM block is not base64",
        _ => "the PEM file cannot be read",
    }
}

/// Every certificate, in its order.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, KeyError> {
    let blocks = blocks(pem).map_err(KeyError::Certificate)?;
    Ok(blocks.into_iter().filter(|it| it.0 == SectionKind::Certificate).map(|it| it.1).collect())
}

/// The only private key.
pub(super) fn key(pem: &[u8]) -> Result<Block, KeyError> {
    if has(pem, b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || has(pem, b"Proc-Type: 4,ENCRYPTED") {
        let what = "the PEM file is encrypted with a password, which is only taken with PKCS#12 files: \
                    write it again without one (openssl pkey -in key.pem -out plain.pem), or hand in a PKCS#12 file";
        return Err(KeyError::Key(what.to_owned()));
    }
    let secret =
        |kind| matches!(kind, SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey);
    let mut keys = blocks(pem).map_err(KeyError::Key)?.into_iter().filter(|it| secret(it.0));
    let first = keys.next().ok_or_else(|| KeyError::Key("there is none in the PEM file".to_owned()))?;
    if keys.next().is_some() {
        return Err(KeyError::Key("there are several in the PEM file, and only one is taken".to_owned()));
    }
    Ok(first)
}

/// Every revocation list of a file in PEM, or the one of a file in DER.
pub(crate) fn lists(file: &[u8]) -> Result<Vec<Vec<u8>>, KeyError> {
    if is_der(file) {
        return Ok(vec![file.to_vec()]);
    }
    let blocks = blocks(file).map_err(KeyError::List)?;
    let lists: Vec<_> = blocks.into_iter().filter(|it| it.0 == SectionKind::Crl).map(|it| it.1).collect();
    if lists.is_empty() { Err(KeyError::List("there is none in the file".to_owned())) } else { Ok(lists) }
}

/// Whether a file begins as DER does: every form here is a sequence with a length of two bytes or more.
pub(super) fn is_der(file: &[u8]) -> bool {
    matches!(file, [0x30, length, ..] if *length >= 0x80)
}

fn has(text: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(text, what).is_some()
}

/// One block, as tools write it.
pub(super) fn write(pem: &mut Vec<u8>, label: &str, der: &[u8]) {
    let text = data_encoding::BASE64.encode(der);
    pem.extend(format!("-----BEGIN {label}-----\n").bytes());
    for line in text.as_bytes().chunks(64) {
        pem.extend(line);
        pem.push(b'\n');
    }
    pem.extend(format!("-----END {label}-----\n").bytes());
}
