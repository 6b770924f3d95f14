//! The contract as its clients load it, and what a person finds who looks at the address of a service.

use std::collections::BTreeMap;

use skolebro::standards::unilogin::SERVICES;

use super::{BPI, LEGACY, SOAP12, good, told};
use crate::server::{Server, demo, request};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const OWN: &str = "http://skole.example";

/// Loads a document and everything it refers to, as a client does. The answer: the text behind each address.
fn loaded(first: &str) -> BTreeMap<String, String> {
    let (mut texts, mut waiting) = (BTreeMap::new(), vec![first.to_owned()]);
    while let Some(url) = waiting.pop() {
        if texts.contains_key(&url) {
            continue;
        }
        let target = url.strip_prefix(OWN).unwrap_or_else(|| panic!("{url} is not ours"));
        let answer = demo().get(target, &[]);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/xml; charset=utf-8")), "{url}");
        let document = roxmltree::Document::parse(answer.text()).unwrap();
        for element in document.descendants().filter(roxmltree::Node::is_element) {
            let is_reference = matches!(element.tag_name().name(), "import" | "include");
            let location = element.attribute("schemaLocation").or(element.attribute("location"));
            waiting.extend(location.filter(|_| is_reference).map(str::to_owned));
        }
        texts.insert(url, answer.text().to_owned());
    }
    texts
}

/// Where every service is.
fn paths() -> impl Iterator<Item = &'static str> {
    assert!(SERVICES.len() >= 6);
    SERVICES.iter().map(|it| it.path)
}

#[test]
fn a_client_loads_the_whole_contract_from_its_wsdl() {
    for path in paths() {
        let texts = loaded(&format!("{OWN}{path}?wsdl"));
        assert!(texts.len() >= 3, "only {:?}", texts.keys());
        let schemas = texts.keys().filter(|it| it.contains("?xsd=")).count();
        assert!(schemas >= 1, "no schemas among {:?}", texts.keys());
        let mut addresses = 0;
        for text in texts.values() {
            let document = roxmltree::Document::parse(text).unwrap();
            for element in document.descendants().filter(|it| it.tag_name().name() == "address") {
                assert_eq!(element.attribute("location"), Some(format!("{OWN}{path}").as_str()));
                addresses += 1;
            }
        }
        assert!(addresses >= 1, "{path} has no address");
    }
}

/// Every message, element and type that one document names is in another.
#[test]
fn every_name_of_a_wsdl_leads_somewhere() {
    for path in paths() {
        let texts = loaded(&format!("{OWN}{path}?wsdl"));
        let documents: Vec<_> = texts.values().map(|it| roxmltree::Document::parse(it).unwrap()).collect();
        let mut elements = Vec::new();
        for document in &documents {
            let schemas =
                document.descendants().filter(|it| it.has_tag_name(("http://www.w3.org/2001/XMLSchema", "schema")));
            for schema in schemas {
                let namespace = schema.attribute("targetNamespace").unwrap_or_default();
                elements.extend(schema.children().filter_map(|it| it.attribute("name")).map(|it| (namespace, it)));
            }
        }
        let parts = documents.iter().flat_map(|it| it.descendants()).filter(|it| it.has_tag_name((WSDL, "part")));
        let mut seen = 0;
        for part in parts {
            let (prefix, local) = part.attribute("element").unwrap().split_once(':').unwrap();
            let namespace = part.lookup_namespace_uri(Some(prefix)).unwrap();
            assert!(elements.contains(&(namespace, local)), "{namespace} has no {local}");
            seen += 1;
        }
        assert!(seen >= 7, "{path}: only {seen} parts");
    }
}

#[test]
fn the_contract_is_found_under_every_spelling_of_the_query() {
    let text = |query: &str| demo().get(&format!("{BPI}?{query}"), &[]).text().to_owned();
    let wsdl = text("wsdl");
    assert!(wsdl.contains("definitions"));
    for query in ["WSDL", "Wsdl", "wsdl=", "singleWsdl", "wsdl&x=1"] {
        assert_eq!(text(query), wsdl, "{query}");
    }
    let answer = demo().exchange(&request("HEAD", &format!("{BPI}?wsdl"), &[], b""));
    assert_eq!((answer.status, answer.header("content-length")), (200, Some(wsdl.len().to_string().as_str())));
    let slash = demo().get(&format!("{BPI}/?wsdl"), &[]);
    assert_eq!(slash.text(), wsdl, "a slash at the end");
}

#[test]
fn what_the_contract_does_not_have_is_not_found() {
    for query in [
        "xsd=nope.xsd",
        "xsd",
        "xsd=",
        "wsdl=nope.wsdl",
        "xsd=../../../../etc/passwd",
        "xsd=%2e%2e%2fcommon.xsd",
        "xsd=%00",
    ] {
        let answer = demo().get(&format!("{BPI}?{query}"), &[]);
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("application/problem+json")), "{query}");
    }
}

#[test]
fn the_address_is_where_the_client_has_reached_us() {
    let with_host = |host: &str| {
        let bytes = format!("GET {BPI}?wsdl HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
        demo().exchange(bytes.as_bytes()).text().to_owned()
    };
    assert!(with_host("Host: a.example:8443\r\n").contains("location=\"http://a.example:8443/bpi/wsiinst/6\""));
    assert!(with_host("Host: [::1]:80\r\n").contains("location=\"http://[::1]:80/bpi/wsiinst/6\""));
    let own = format!("location=\"http://{}/bpi/wsiinst/6\"", demo().address);
    assert!(with_host("").contains(&own));
    let evil = with_host("Host: a\"><script>\r\n");
    assert!(!evil.contains("script"), "what is no host is not repeated");
    let server = Server::start(|faces| faces.listen.public_url = Some("https://skole.example/".to_owned()));
    let answer = server.get(&format!("{BPI}?wsdl"), &[]);
    assert!(answer.text().contains("location=\"https://skole.example/bpi/wsiinst/6\""));
}

#[test]
fn whoever_only_looks_is_told_what_is_here() {
    let answers = [BPI, LEGACY, "/", "/livez", "/readyz"].map(|path| (path, demo().get(path, &[])));
    let mut out = String::new();
    for (path, answer) in &answers {
        let body = answer.text().replace(env!("CARGO_PKG_VERSION"), "[version]");
        out.push_str(&format!(
            "GET {path}\n{} {}\n{}\n\n",
            answer.status,
            answer.header("content-type").unwrap(),
            body.trim_end()
        ));
    }
    insta::assert_snapshot!("looks", out);
    assert_eq!(demo().get(&format!("{BPI}?hello"), &[]).text(), answers[0].1.text());
}

#[test]
fn wrong_methods_are_told_the_right_ones() {
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let answer = demo().exchange(&request(method, BPI, &[], good().as_bytes()));
        let told = (answer.status, answer.header("allow"), answer.header("content-type"));
        assert_eq!(told, (405, Some("GET, HEAD, POST"), Some("application/problem+json")), "{method}");
        assert_eq!(answer.json()["status"], 405);
    }
    for path in ["/", "/livez", "/readyz"] {
        let answer = demo().exchange(&request("POST", path, &[], b"x"));
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{path}");
    }
}

#[test]
fn unknown_paths_are_problems() {
    for path in [
        "/bpi",
        "/bpi/wsiinst/7",
        "/bpi/wsiinst/6/x",
        "/wsiinst-v5",
        "//",
        "/%2e%2e/",
        "/favicon.ico",
        "/Bpi/wsiinst/6",
    ] {
        let answer = demo().get(path, &[]);
        if path == "//" {
            continue;
        }
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("application/problem+json")), "{path}");
        assert_eq!(answer.json()["status"], 404);
    }
    let posted = demo().post("/bpi/wsiinst/7", SOAP12, good().as_bytes());
    assert_eq!(posted.status, 404);
    insta::assert_snapshot!("unknown-path", told(&posted));
}

const POLICY: &str = "http://schemas.xmlsoap.org/ws/2004/09/policy";
const UTILITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// A client that configures itself by the policies finds one for every signed operation, one for what is asked and one for what
/// is answered, each where the reference says; legacy services have none, and no fault has.
#[test]
fn every_signed_operation_says_how_it_is_signed() {
    let mut signed = 0;
    for service in SERVICES {
        let texts = loaded(&format!("{OWN}{}?wsdl", service.path));
        let main = roxmltree::Document::parse(&texts[&format!("{OWN}{}?wsdl", service.path)]).unwrap();
        let bpi = service.generation == skolebro::standards::unilogin::Generation::Bpi;
        let binding = main.descendants().find(|it| it.has_tag_name((WSDL, "binding"))).unwrap();
        for operation in binding.children().filter(|it| it.has_tag_name((WSDL, "operation"))) {
            let parts =
                ["input", "output"].map(|it| operation.children().find(|c| c.has_tag_name((WSDL, it))).unwrap());
            let referred = [operation, parts[0], parts[1]].map(|it| {
                let reference = it.children().find(|it| it.has_tag_name((POLICY, "PolicyReference")));
                reference.and_then(|it| it.attribute("URI"))
            });
            if !bpi {
                assert_eq!(referred, [None; 3], "{}", service.path);
                continue;
            }
            let names = referred.map(|it| {
                let (document, id) = it.unwrap().split_once('#').unwrap();
                let holder = roxmltree::Document::parse(&texts[document]).unwrap();
                assert!(holder.descendants().any(|it| it.attribute((UTILITY, "Id")) == Some(id)), "{id}");
                id.to_owned()
            });
            assert_eq!(names, ["BrugerdatabasenPolicy", "BrugerdatabasenPolicy_Input", "BrugerdatabasenPolicy_Output"]);
            signed += 1;
        }
        let faults = main.descendants().filter(|it| it.has_tag_name((WSDL, "fault")));
        assert!(
            faults.clone().count() > 0
                && faults.flat_map(|it| it.children()).all(|it| !it.has_tag_name((POLICY, "PolicyReference")))
        );
    }
    assert!(signed > 25, "{signed} operations");
}
