//! User names and passwords in the header.

use chrono::TimeDelta;
use wsse::{
    replay::Seen,
    username::{self, Freshness, UsernameToken},
    verify::Refused,
};

use crate::{messages::now, pki::time};

fn message(header: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header>{header}</s:Header><s:Body/></s:Envelope>"
    )
}

fn fresh(seen: &Seen) -> Freshness<'_> {
    Freshness { skew: TimeDelta::minutes(1), lifetime: TimeDelta::minutes(5), seen }
}

fn why(result: Result<(), Refused>) -> String {
    result.expect_err("it should be refused").to_string()
}

#[test]
fn a_password_as_text_is_read_as_it_was_written() {
    let token = UsernameToken::read(&message(&username::header("ab&c", "<æ>\r&amp;"))).unwrap().unwrap();
    let seen = Seen::new(10);
    assert_eq!(token.user(), "ab&c");
    token.check("<æ>\r&amp;", fresh(&seen), now()).unwrap();
    assert_eq!(why(token.check("<æ>\r&amp", fresh(&seen), now())), "the password is wrong");
    assert!(!format!("{token:?}").contains("ab&c"));
}

#[test]
fn a_message_may_have_no_user_name() {
    assert!(UsernameToken::read(&message("<x/>")).unwrap().is_none());
    assert!(UsernameToken::read("<x/>").is_err());
}

const DIGEST: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest";

/// Base64 of SHA-1 over `0123456789`, the time and `secret`, computed with Python.
fn digested() -> String {
    let header = username::header("abc", "secret")
        .replace("oasis-200401-wss-username-token-profile-1.0#PasswordText", DIGEST.rsplit_once('/').unwrap().1)
        .replace(">secret</wsse:Password>", ">W7uQf+zYX36lHL50JnbOE5kBJiQ=</wsse:Password><wsse:Nonce>MDEyMzQ1Njc4OQ==</wsse:Nonce>\
            <u:Created xmlns:u=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\">2026-06-01T11:59:00Z</u:Created>");
    message(&header)
}

#[test]
fn a_digest_is_taken_once_and_in_its_time() {
    let token = UsernameToken::read(&digested()).unwrap().unwrap();
    let seen = Seen::new(10);
    assert_eq!(why(token.check("other", fresh(&seen), now())), "the password is wrong");
    assert!(matches!(token.check("secret", fresh(&seen), time("2026-06-01T12:05:00Z")), Err(Refused::Time { .. })));
    assert!(matches!(token.check("secret", fresh(&seen), time("2026-06-01T11:57:59Z")), Err(Refused::Time { .. })));
    token.check("secret", fresh(&seen), now()).unwrap();
    assert!(matches!(token.check("secret", fresh(&seen), now()), Err(Refused::Replayed)));
}

#[test]
fn half_a_token_is_none() {
    let cut = |from: &str, to: &str| UsernameToken::read(&digested().replace(from, to)).map(drop);
    assert_eq!(why(cut("wsse:Nonce>", "wsse:Other>")), "a user name with something else beside it");
    assert_eq!(why(cut("wsse:Username>", "wsse:Nonce>")), "a user name with something twice beside it");
    assert_eq!(why(cut("<wsse:Username>abc</wsse:Username>", "")), "a user name without what must be beside it");
    assert_eq!(why(cut("#PasswordDigest", "#Other")), "a password of a kind that is not taken");
}
