//! Trust: which certificates may sign, and why the others may not.

use wsse::{
    key::{Certificate, KeyError},
    trust::{Trust, Untrusted},
};

use crate::pki::{certificate, file, time};

const NOW: &str = "2026-06-01T12:00:00Z";

fn trust_with(lists: &[&str]) -> Trust {
    let lists: Vec<_> = lists.iter().map(|name| file(name)).collect();
    let between = [certificate("demo-issuing"), certificate("odd/issuing-revoked"), certificate("odd/leaf-as-issuer")];
    Trust::new(&[certificate("demo-root")], &between, &lists).unwrap()
}

fn check(name: &str, at: &str) -> Result<(), Untrusted> {
    trust_with(&[]).check(&certificate(name), time(at))
}

fn check_with(lists: &[&str], name: &str) -> Result<(), Untrusted> {
    trust_with(lists).check(&certificate(name), time(NOW))
}

#[test]
fn certificates_as_the_authorities_issue_them_are_trusted() {
    for name in ["demo-client", "demo-server", "odd/employee", "odd/oces2"] {
        assert_eq!(check(name, NOW), Ok(()), "{name}");
    }
}

#[test]
fn a_certificate_that_tells_no_usage_is_for_every_usage() {
    assert_eq!(check("odd/bare", NOW), Ok(()));
}

#[test]
fn an_authority_may_sign_certificates_with_pss() {
    assert_eq!(check("odd/pss", NOW), Ok(()));
}

#[test]
fn a_certificate_is_trusted_in_its_time_only() {
    assert_eq!(check("odd/expired", NOW), Err(Untrusted::Expired));
    assert_eq!(check("odd/expired", "2026-01-01T00:00:00Z"), Err(Untrusted::Expired));
    assert_eq!(check("odd/early", NOW), Err(Untrusted::Early));
    assert_eq!(check("odd/early", "2055-06-01T00:00:00Z"), Ok(()));
    assert_eq!(check("demo-client", "2025-12-31T23:59:59Z"), Err(Untrusted::Early));
    assert_eq!(check("demo-client", "2026-01-01T00:00:00Z"), Ok(()));
    assert_eq!(check("demo-client", "2056-01-01T00:00:00Z"), Ok(()));
    assert_eq!(check("demo-client", "2056-01-01T00:00:01Z"), Err(Untrusted::Expired));
    assert_eq!(check("demo-client", "1969-01-01T00:00:00Z"), Err(Untrusted::Early));
}

#[test]
fn an_issuer_and_an_anchor_must_be_in_their_time_too() {
    // The certificate says 2020 to 2024; its issuer and the root are from 2026.
    assert_eq!(check("odd/expired", "2022-01-01T00:00:00Z"), Err(Untrusted::Early));
    let directly = Trust::new(&[certificate("demo-issuing")], &[], &[]).unwrap();
    assert_eq!(directly.check(&certificate("demo-client"), time(NOW)), Ok(()));
    assert_eq!(
        directly.check(&certificate("odd/expired"), time("2022-01-01T00:00:00Z")),
        Err(Untrusted::Early),
        "an anchor whose time has not come"
    );
}

#[test]
fn a_certificate_of_an_unknown_issuer_is_not_trusted_though_the_names_are_right() {
    assert_eq!(check("odd/unknown", NOW), Err(Untrusted::Issuer));
    let nobody = Trust::default();
    assert_eq!(nobody.check(&certificate("demo-client"), time(NOW)), Err(Untrusted::Issuer));
    let no_issuer = Trust::new(&[certificate("demo-root")], &[], &[]).unwrap();
    assert_eq!(no_issuer.check(&certificate("demo-client"), time(NOW)), Err(Untrusted::Issuer));
}

#[test]
fn what_is_for_something_else_does_not_sign() {
    assert_eq!(check("odd/weak", NOW), Err(Untrusted::Usage));
    assert_eq!(check("odd/web", NOW), Err(Untrusted::Usage));
    assert_eq!(check("demo-issuing", NOW), Err(Untrusted::Usage), "an authority signs certificates");
}

#[test]
fn who_is_no_authority_issues_nothing() {
    assert_eq!(check("odd/below-leaf", NOW), Err(Untrusted::Issuer));
}

#[test]
fn sha1_is_not_taken() {
    assert_eq!(check("odd/sha1", NOW), Err(Untrusted::Kind));
}

#[test]
fn a_revoked_certificate_is_refused_once_the_list_is_there() {
    assert_eq!(check_with(&[], "odd/revoked"), Ok(()));
    for list in ["demo-issuing.crl.pem", "odd/issuing.crl.der"] {
        assert_eq!(check_with(&[list], "odd/revoked"), Err(Untrusted::Revoked), "{list}");
        assert_eq!(check_with(&[list], "demo-client"), Ok(()), "{list}");
    }
}

#[test]
fn whom_a_revoked_authority_issued_is_refused() {
    assert_eq!(check_with(&["demo-issuing.crl.pem"], "odd/below-revoked"), Ok(()));
    assert_eq!(check_with(&["demo-root.crl.pem"], "odd/below-revoked"), Err(Untrusted::Revoked));
    assert_eq!(check_with(&["demo-root.crl.pem"], "demo-client"), Ok(()));
}

#[test]
fn a_list_that_is_out_of_date_is_told_unless_it_is_tolerated() {
    let old = || trust_with(&["odd/old.crl.pem"]);
    assert_eq!(old().check(&certificate("demo-client"), time(NOW)), Err(Untrusted::List));
    assert_eq!(old().with_old_lists(true).check(&certificate("demo-client"), time(NOW)), Ok(()));
    assert_eq!(old().with_old_lists(true).check(&certificate("odd/revoked"), time(NOW)), Err(Untrusted::Revoked));
}

#[test]
fn the_newest_list_of_an_issuer_counts_whatever_the_order() {
    for lists in [["odd/old.crl.pem", "demo-issuing.crl.pem"], ["demo-issuing.crl.pem", "odd/old.crl.pem"]] {
        assert_eq!(check_with(&lists, "demo-client"), Ok(()));
        assert_eq!(check_with(&lists, "odd/revoked"), Err(Untrusted::Revoked));
    }
}

#[test]
fn a_list_that_another_key_signed_is_told() {
    assert_eq!(check_with(&["odd/forged.crl.pem"], "demo-client"), Err(Untrusted::List));
}

#[test]
fn several_lists_may_be_in_one_file() {
    let both = [file("demo-issuing.crl.pem"), file("demo-root.crl.pem")].concat();
    let between = [certificate("demo-issuing"), certificate("odd/issuing-revoked")];
    let trust = Trust::new(&[certificate("demo-root")], &between, &[both]).unwrap();
    assert_eq!(trust.check(&certificate("odd/revoked"), time(NOW)), Err(Untrusted::Revoked));
    assert_eq!(trust.check(&certificate("odd/below-revoked"), time(NOW)), Err(Untrusted::Revoked));
}

#[test]
fn a_file_without_a_list_is_told() {
    for (what, expected) in [
        (file("demo-client.crt.pem"), "revocation list: there is none in the file"),
        (certificate("demo-client").der().to_vec(), "revocation list: it cannot be read as X.509"),
    ] {
        let refused: KeyError = Trust::new(&[], &[], &[what]).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
}

#[test]
fn a_certificate_may_be_an_anchor_itself() {
    let pinned = |name: &str| Trust::new(&[certificate(name)], &[], &[]).unwrap();
    let asked = |name: &str, at: &str| pinned(name).check(&certificate(name), time(at));
    assert_eq!(asked("odd/unknown", NOW), Ok(()));
    assert_eq!(asked("odd/self-signed", NOW), Err(Untrusted::Usage), "its usage says that it signs certificates");
    assert_eq!(asked("odd/expired", NOW), Err(Untrusted::Expired));
    assert_eq!(asked("odd/expired", "2022-01-01T00:00:00Z"), Ok(()));
    assert_eq!(asked("odd/weak", NOW), Err(Untrusted::Usage));
    assert_eq!(pinned("odd/unknown").check(&certificate("demo-client"), time(NOW)), Err(Untrusted::Issuer));
}

mod made {
    //! Chains that no authority would issue.

    use std::{sync::LazyLock, time::Instant};

    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

    use super::*;

    static KEY: LazyLock<KeyPair> =
        LazyLock::new(|| KeyPair::from_pem(&String::from_utf8(file("odd/key.pem")).unwrap()).unwrap());

    fn asked(name: &str, ca: bool) -> CertificateParams {
        let mut asked = CertificateParams::default();
        asked.distinguished_name.push(DnType::CommonName, name);
        asked.is_ca = if ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
        asked.use_authority_key_identifier_extension = true;
        asked
    }

    fn read(made: &rcgen::Certificate) -> Certificate {
        Certificate::from_der(made.der()).unwrap()
    }

    fn issued(name: &str, ca: bool, issuer: &CertificateParams) -> Certificate {
        read(&asked(name, ca).signed_by(&*KEY, &Issuer::from_params(issuer, &*KEY)).unwrap())
    }

    #[test]
    fn a_self_signed_certificate_that_signs_messages_may_be_an_anchor() {
        let mut own = asked("own", true);
        own.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        let own = read(&own.self_signed(&*KEY).unwrap());
        let trust = Trust::new(std::slice::from_ref(&own), &[], &[]).unwrap();
        assert_eq!(trust.check(&own, time(NOW)), Ok(()));
    }

    #[test]
    fn non_repudiation_is_enough() {
        let root = asked("root", true);
        let mut leaf = asked("leaf", false);
        leaf.key_usages = vec![KeyUsagePurpose::ContentCommitment];
        let leaf = read(&leaf.signed_by(&*KEY, &Issuer::from_params(&root, &*KEY)).unwrap());
        let trust = Trust::new(&[read(&root.self_signed(&*KEY).unwrap())], &[], &[]).unwrap();
        assert_eq!(trust.check(&leaf, time(NOW)), Ok(()));
    }

    #[test]
    fn a_chain_longer_than_an_authority_allows_is_refused() {
        let mut root = asked("root", true);
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
        let (first, second) = (asked("first", true), asked("second", true));
        let between = [issued("first", true, &root), issued("second", true, &first)];
        let trust = Trust::new(&[read(&root.self_signed(&*KEY).unwrap())], &between, &[]).unwrap();
        assert_eq!(trust.check(&issued("leaf", false, &first), time(NOW)), Ok(()));
        // A library that takes anchors as keys and names does not see what the anchor itself allows; the first issuer does.
        let mut first = asked("first", true);
        first.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let narrow = read(&first.clone().signed_by(&*KEY, &Issuer::from_params(&root, &*KEY)).unwrap());
        let below = issued("second", true, &first);
        let trust = Trust::new(&[read(&root.self_signed(&*KEY).unwrap())], &[narrow, below], &[]).unwrap();
        assert!(trust.check(&issued("leaf", false, &second), time(NOW)).is_err());
    }

    #[test]
    fn issuers_that_issue_each_other_end_soon() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let authorities = names.map(|name| asked(name, true));
        let mut between = Vec::new();
        for name in names {
            for issuer in &authorities {
                between.push(issued(name, true, issuer));
            }
        }
        let trust = Trust::new(&[certificate("demo-root")], &between, &[]).unwrap();
        let leaf = issued("leaf", false, &authorities[0]);
        let begun = Instant::now();
        assert!(trust.check(&leaf, time(NOW)).is_err());
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
