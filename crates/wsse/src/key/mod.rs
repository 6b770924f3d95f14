//! Keys and certificates: who signs, and who is told to have signed.

mod certificate;
mod identity;
mod pem;

pub use certificate::{Certificate, MOST_BYTES, Subject};
pub use identity::Identity;
pub(crate) use pem::lists;

/// RSA keys under this are not taken, in bits.
const LEAST_BITS: usize = 2048;
/// RSA keys over this are not taken: verifying with them costs more than a message is worth.
const MOST_BITS: usize = 8192;

/// Why a key or a certificate cannot be used: what is wrong, never anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No certificate, or one that cannot be read.
    #[error("certificate: {0}")]
    Certificate(String),
    /// A certificate that can be read and has a public key of a kind or size that is not taken.
    #[error("certificate: {0}")]
    Kind(String),
    /// No key, one that cannot be read, or one of a kind or size that is not taken.
    #[error("key: {0}")]
    Key(String),
    /// A PKCS#12 file that cannot be opened with the password.
    #[error("the password does not open the PKCS#12 file")]
    Password,
    /// A revocation list that cannot be read.
    #[error("revocation list: {0}")]
    List(String),
}

/// What is wrong with an RSA key of so many bits, if anything.
fn wrong_size(bits: usize) -> Option<String> {
    if bits < LEAST_BITS {
        Some(format!("an RSA key of {bits} bits; at least {LEAST_BITS} are needed"))
    } else if bits > MOST_BITS {
        Some(format!("an RSA key of {bits} bits; at most {MOST_BITS} are taken"))
    } else {
        None
    }
}
