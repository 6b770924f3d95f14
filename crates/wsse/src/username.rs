//! `UsernameToken` (Web Services Security UsernameToken Profile 1.1): a user and a password in the header.
