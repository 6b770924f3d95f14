//! Who is refused by wsiBRUGER and wsiIDENTIFIKATION: with the fault of the generation, and without a word about anybody.

use super::{SOAP11, SOAP11_NAMESPACE, SOAP12, SOAP12_NAMESPACE, told};
use crate::{
    callers::{agreed, all, server},
    server::{Answer, Server},
};
use skolebro::caller::Rights;

const BRUGER7: &str = "/bpi/wsibruger/7";
const BRUGER6: &str = "/wsibruger-v6/ws";
const IDENTIFIKATION6: &str = "/bpi/wsiidentifikation/6";
const IDENTIFIKATION5: &str = "/wsiidentifikation-v5/ws";

/// What the service at a path is asked: an operation and its parameters, by whoever has this name.
fn asked(path: &str, soap: &str, who: &str, operation: &str, parameters: &[(&str, &str)]) -> String {
    let service = path.split(['/', '-']).find(|it| it.starts_with("wsi")).unwrap();
    let parameters: String = parameters.iter().map(|(name, value)| format!("<i:{name}>{value}</i:{name}>")).collect();
    let (header, namespace, uni, credentials) = if path.starts_with("/bpi") {
        let uni = "https://brugerdatabasen.stil.dk/bpi/common/3";
        let header = format!("<s:Header><u:UdbydersystemId>{who}</u:UdbydersystemId></s:Header>");
        (header, format!("https://brugerdatabasen.stil.dk{path}"), uni, String::new())
    } else {
        let credentials = format!("<u:wsBrugerid>{who}</u:wsBrugerid><u:wsPassword>{who}</u:wsPassword>");
        (String::new(), format!("https://{service}.unilogin.dk/ws"), "https://unilogin.dk", credentials)
    };
    format!(
        "<s:Envelope xmlns:s='{soap}' xmlns:u='{uni}' xmlns:i='{namespace}'>{header}<s:Body>\
         <i:{operation}>{credentials}{parameters}</i:{operation}></s:Body></s:Envelope>"
    )
}

fn ask(server: &Server, path: &str, who: &str, operation: &str, parameters: &[(&str, &str)]) -> Answer {
    server.post(path, SOAP12, asked(path, SOAP12_NAMESPACE, who, operation, parameters).as_bytes())
}

const ALMA: [(&str, &str); 2] = [("instnr", "999001"), ("brugerid", "alma0001")];
const DORTHEA: [(&str, &str); 1] = [("cpr", "1303814074")];

fn no_numbers() -> Rights {
    Rights { civil_ids: false, ..all() }
}

#[test]
fn without_an_agreement_or_the_right_the_contracts_own_fault_says_so() {
    let server = server(&[("inst", agreed("wsiinst", &["999001"])), ("few", no_numbers())]);
    let mut out = String::new();
    for path in [BRUGER7, BRUGER6] {
        for operation in ["hentBrugersKontaktpersoner", "hentKontaktpersonsBrugere"] {
            let answer = ask(&server, path, "inst", operation, &ALMA);
            out.push_str(&format!("== {path} {operation}\n{}", told(&answer)));
        }
    }
    for path in [IDENTIFIKATION6, IDENTIFIKATION5] {
        for who in ["inst", "few"] {
            let answer = ask(&server, path, who, "hentBrugeridFraCpr", &DORTHEA);
            out.push_str(&format!("== {path} hentBrugeridFraCpr {who}\n{}", told(&answer)));
            let other = ask(&server, path, who, "hentCprFraBrugerid", &[("brugerid", "dort0101")]);
            assert_eq!(told(&other), told(&answer), "{path} {who}");
        }
    }
    insta::assert_snapshot!("no-right", out);
}

#[test]
fn an_institution_that_may_not_be_seen_at_all_is_not_there() {
    let only = |number: &str| Rights { institutions: Some(vec![number.to_owned()]), ..all() };
    let server = server(&[("near", only("999001")), ("far", only("999002"))]);
    for (path, operation) in [
        ("/bpi/wsiinst/6", "hentInstitution"),
        ("/bpi/wsiinst/6", "hentInstitutioner"),
        ("/bpi/wsiinst/6", "hentGrupper"),
        ("/bpi/wsiinst/6", "hentInstitutionshierarki"),
        ("/wsiinst-v5/ws", "hentInstitution"),
        ("/wsiinst-v5/ws", "hentGrupper"),
    ] {
        let asked = |who, number| {
            let answer = ask(&server, path, who, operation, &[("instnr", number)]);
            assert_eq!(answer.status, 200, "{path} {operation}: {}", told(&answer));
            answer.text().contains(number)
        };
        assert!(asked("near", "999001") && !asked("far", "999001"), "{path} {operation}");
        let unknown = ask(&server, path, "far", operation, &[("instnr", "999999")]);
        let unseen = ask(&server, path, "far", operation, &[("instnr", "999001")]);
        assert!(!unseen.text().contains("999001") && unseen.text().len() == unknown.text().len(), "{path} {operation}");
    }
}

#[test]
fn the_fault_is_the_same_in_soap_11() {
    let server = server(&[("few", no_numbers())]);
    let body = asked(IDENTIFIKATION5, SOAP11_NAMESPACE, "few", "hentBrugeridFraCpr", &DORTHEA);
    insta::assert_snapshot!("no-right-soap11", told(&server.post(IDENTIFIKATION5, SOAP11, body.as_bytes())));
}

#[test]
fn who_is_unknown_is_refused_before_anything_else() {
    let server = server(&[("all", all())]);
    let mut out = String::new();
    for (path, operation, parameters) in
        [(BRUGER7, "hentBrugersKontaktpersoner", &ALMA[..]), (IDENTIFIKATION6, "hentBrugeridFraCpr", &DORTHEA)]
    {
        out.push_str(&format!("== {path}\n{}", told(&ask(&server, path, "nobody", operation, parameters))));
        out.push_str(&told(&ask(&server, path, "", operation, parameters)));
    }
    for (path, operation, parameters) in
        [(BRUGER6, "hentBrugersKontaktpersoner", &ALMA[..]), (IDENTIFIKATION5, "hentBrugeridFraCpr", &DORTHEA)]
    {
        out.push_str(&format!("== {path}\n{}", told(&ask(&server, path, "nobody", operation, parameters))));
    }
    insta::assert_snapshot!("unknown-callers", out);
}

#[test]
fn unsigned_messages_are_refused_by_every_bpi_service() {
    let server = Server::start(|faces| faces.options.signature_optional = false);
    for (path, operation, parameters) in
        [(BRUGER7, "hentBrugersKontaktpersoner", &ALMA[..]), (IDENTIFIKATION6, "hentBrugeridFraCpr", &DORTHEA)]
    {
        let answer = ask(&server, path, "DEMO01", operation, parameters);
        assert!(answer.status == 500 && answer.text().contains("<uni:type>SignaturMangler</uni:type>"), "{path}");
    }
}

/// Wherever a number stands in a message that is refused, the refusal does not repeat it.
#[test]
fn no_fault_repeats_a_number() {
    let server = server(&[("all", all())]);
    for path in [IDENTIFIKATION6, IDENTIFIKATION5] {
        let good = asked(path, SOAP12_NAMESPACE, "all", "hentBrugeridFraCpr", &DORTHEA);
        let of = |parameters: &[(&str, &str)]| asked(path, SOAP12_NAMESPACE, "all", "hentBrugeridFraCpr", parameters);
        let bad = [
            of(&[("cpr", "1303814074"), ("cpr", "1303814074")]),
            of(&[("CPR", "1303814074")]),
            of(&[("brugerid", "1303814074")]),
            of(&[("cpr", "<i:x>1303814074</i:x>")]),
            of(&[("cpr", "1303814074<i:x/>")]),
            of(&[("cpr", "")]),
            good.replace("</i:cpr>", "</i:cpr>1303814074"),
            good.replace("1303814074</i:cpr>", "1303814074"),
            good.replace("<i:cpr>", "<i:cpr i:nr='1303814074'>"),
        ];
        for body in bad {
            let answer = server.post(path, SOAP12, body.as_bytes());
            assert!(answer.status == 500 && !answer.text().contains("130381"), "{path}: {}", answer.text());
        }
        assert!(server.post(path, SOAP12, good.as_bytes()).text().contains("dort0101"));
    }
}
