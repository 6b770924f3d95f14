//! WS-Security as the BPI services use it: X.509 signatures over SOAP messages, made and verified.
//!
//! A narrow profile, refused by name where a message leaves it: exclusive canonicalisation, SHA-256, RSA-SHA256,
//! references within the message. What has been verified is a [`Verified`](verify::Verified), and nothing else can be one.

#![warn(missing_docs)]

mod names;
pub mod c14n;
pub mod key;
pub mod replay;
pub mod sign;
pub mod trust;
pub mod username;
pub mod verify;
pub mod watch;
