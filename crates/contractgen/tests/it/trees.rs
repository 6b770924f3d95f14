//! What becomes of a source tree: which folder gives which module, and what belongs to which contract.

use contractgen::Generated;

const SERVICE: &str = include_str!("../features/service/service.wsdl");

fn generated(name: &str, files: &[(&str, &str)]) -> Generated {
    let root = super::tree(name);
    for (path, text) in files {
        super::put(&root, path, text);
    }
    contractgen::generate(&root).unwrap_or_else(|error| panic!("{error}"))
}

fn schema(namespace: &str, inside: &str) -> String {
    format!(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}">{inside}</xs:schema>"#
    )
}

#[test]
fn nothing_becomes_nothing() {
    let generated = generated("tree-empty", &[]);
    assert!(generated.inputs.is_empty());
    assert!(generated.text.contains("pub static CONTRACTS: &[&soap::schema::Contract] = &[];"));
}

#[test]
fn a_folder_is_a_module() {
    let common = schema("urn:common", r#"<xs:complexType name="Fælles"/>"#);
    let files = [("wsdl/dk/hilsen/2/hilsen.wsdl", SERVICE), ("xsd/dk/common/legacy/common.xsd", common.as_str())];
    let generated = generated("tree-folders", &files);
    let modules: Vec<&str> = generated.text.lines().filter(|it| it.starts_with("pub mod")).collect();
    assert_eq!(modules, ["pub mod dk {", "pub mod common {", "pub mod legacy {", "pub mod hilsen {", "pub mod v2 {"]);
    assert!(generated.text.contains("&[&dk::hilsen::v2::CONTRACT]"));
    let names: Vec<&String> = generated.surfaces.keys().collect();
    assert_eq!(names, ["dk__common__legacy", "dk__hilsen__v2"]);
    assert_eq!(generated.inputs.len(), 2);
}

#[test]
fn a_schema_without_namespace_belongs_to_each_that_includes_it() {
    let include = r#"<xs:include schemaLocation="../typer.xsd"/>"#;
    let types = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:complexType name="Hus"/></xs:schema>"#;
    let files = [
        ("xsd/a/a.xsd", &schema("urn:a", include) as &str),
        ("xsd/b/b.xsd", &schema("urn:b", include)),
        ("xsd/typer.xsd", types),
    ];
    let generated = generated("tree-chameleon", &files);
    for namespace in ["urn:a", "urn:b"] {
        assert!(generated.text.contains(&format!("/// `{{{namespace}}}Hus`")), "{}", generated.text);
    }
}

#[test]
fn soap_1_1_alone_will_do() {
    let soap11 = SERVICE
        .replace("http://schemas.xmlsoap.org/wsdl/soap12/", "http://schemas.xmlsoap.org/wsdl/soap/")
        .replace(r#"binding="tns:HilsenSoap11""#, r#"binding="tns:HilsenSoap""#);
    let path = "wsdl/dk/hilsen/2/hilsen.wsdl";
    let (one, other) = (generated("tree-soap11", &[(path, &soap11)]), generated("tree-soap12", &[(path, SERVICE)]));
    assert_eq!(one.surfaces, other.surfaces);
}

#[test]
fn the_documents_of_a_contract_are_those_it_leads_to() {
    let import = r#"<xs:import namespace="urn:common" schemaLocation="../../../../xsd/common/common.xsd"/>"#;
    let service = SERVICE.replacen("<xs:element name=\"hils\"", &format!("{import}<xs:element name=\"hils\""), 1);
    let common = schema("urn:common", r#"<xs:import namespace="urn:more"/>"#);
    let files = [
        ("wsdl/dk/hilsen/2/hilsen.wsdl", service.as_str()),
        ("xsd/common/common.xsd", &common),
        ("xsd/more/more.xsd", &schema("urn:more", "")),
        ("xsd/other/other.xsd", &schema("urn:other", "")),
    ];
    let surface = generated("tree-documents", &files).surfaces["dk__hilsen__v2"].clone();
    let documents: Vec<&str> = surface.lines().filter_map(|it| it.strip_prefix("document ")).collect();
    assert_eq!(documents, ["wsdl/dk/hilsen/2/hilsen.wsdl", "xsd/common/common.xsd", "xsd/more/more.xsd"]);
}
