//! What is not covered is refused, by name, file and line.

/// A schema of one fragment, which begins on line 2, and what is said of it.
const SCHEMAS: &[(&str, &str)] = &[
    (
        r#"<xs:complexType name="T"><xs:all><xs:element name="a" type="xs:string"/></xs:all></xs:complexType>"#,
        "xsd/a/a.xsd:2:26: xs:all: content without an order is not covered; write an xs:sequence",
    ),
    (
        r#"<xs:complexType name="T"><xs:sequence><xs:any/></xs:sequence></xs:complexType>"#,
        "xsd/a/a.xsd:2:39: xs:any: content that no schema describes is not covered; name the elements that may stand there",
    ),
    (
        r#"<xs:redefine schemaLocation="b.xsd"/>"#,
        "xsd/a/a.xsd:2:1: xs:redefine: a component may have one definition only; derive a new type",
    ),
    (r#"<xs:notation name="n" public="p"/>"#, "xsd/a/a.xsd:2:1: xs:notation: notations are not covered; leave it out"),
    (
        r#"<xs:simpleType name="T"><xs:list itemType="xs:int"/></xs:simpleType>"#,
        "xsd/a/a.xsd:2:25: xs:list: a list in one text is not covered; write a repeated element",
    ),
    (
        r#"<xs:simpleType name="T"><xs:union memberTypes="xs:int xs:date"/></xs:simpleType>"#,
        "xsd/a/a.xsd:2:25: xs:union: a value of one of several types is not covered; write an xs:choice of elements",
    ),
    (
        r#"<xs:element name="e" type="xs:string"><xs:key name="k"><xs:selector xpath="a"/><xs:field xpath="b"/></xs:key></xs:element>"#,
        "xsd/a/a.xsd:2:39: xs:key: identity constraints are not checked; leave it out and check in the application",
    ),
    (
        r#"<xs:element name="e" type="xs:string"><xs:unique name="k"/></xs:element>"#,
        "xsd/a/a.xsd:2:39: xs:unique: identity constraints are not checked; leave it out and check in the application",
    ),
    (
        r#"<xs:element name="e" type="xs:string" substitutionGroup="f"/>"#,
        "xsd/a/a.xsd:2:1: substitutionGroup of xs:element: this attribute is not covered; leave it out",
    ),
    (
        r#"<xs:element name="e" type="xs:string" abstract="true"/>"#,
        "xsd/a/a.xsd:2:1: abstract of xs:element: is not covered; name the elements that may stand there in an xs:choice",
    ),
    (
        r#"<xs:element name="e"/>"#,
        "xsd/a/a.xsd:2:1: xs:element: has no type, which lets anything through: not covered; give it a type",
    ),
    (
        r#"<xs:element name="e" type="xs:anyType"/>"#,
        "xsd/a/a.xsd:2:1: xs:anyType: this built-in type is not covered; restrict xs:string instead",
    ),
    (
        r#"<xs:element name="e" type="xs:duration"/>"#,
        "xsd/a/a.xsd:2:1: xs:duration: this built-in type is not covered; restrict xs:string instead",
    ),
    (r#"<xs:element name="e" type="T"/>"#, "xsd/a/a.xsd:2:1: type {urn:a}T: is not declared; declare it"),
    (
        r#"<xs:element name="e" type="b:T" xmlns:b="urn:b"/>"#,
        "xsd/a/a.xsd:2:1: reference to {urn:b}T: its namespace is not imported; import urn:b",
    ),
    (r#"<xs:element name="e" type="b:T"/>"#, "xsd/a/a.xsd:2:1: b:T: its prefix is not declared; declare the prefix"),
    (
        r#"<xs:element name="e" type="xs:int" color="red"/>"#,
        "xsd/a/a.xsd:2:1: color of xs:element: this attribute is not covered; leave it out",
    ),
    (
        r#"<xs:element name="e" type="xs:int"/><xs:element name="e" type="xs:int"/>"#,
        "xsd/a/a.xsd:2:37: element {urn:a}e: is declared at xsd/a/a.xsd:2 already; remove one of the two",
    ),
    (
        r#"<xs:complexType name="T" mixed="true"/>"#,
        "xsd/a/a.xsd:2:1: mixed of xs:complexType: is not covered; give the text an element of its own",
    ),
    (
        r#"<xs:complexType name="T" abstract="true"/>"#,
        "xsd/a/a.xsd:2:1: abstract of xs:complexType: is not covered; use the derived types by name",
    ),
    (
        r#"<xs:complexType name="T"><xs:complexContent><xs:extension base="T"/></xs:complexContent></xs:complexType>"#,
        "xsd/a/a.xsd:2:1: type T: derives from itself; mend its base",
    ),
    (
        r#"<xs:complexType name="T"><xs:attribute name="a" type="xs:string" form="qualified"/></xs:complexType>"#,
        "xsd/a/a.xsd:2:26: xs:attribute: qualified attributes are not covered; leave out the form",
    ),
    (
        r#"<xs:complexType name="T"><xs:attribute ref="xml:lang"/></xs:complexType>"#,
        "xsd/a/a.xsd:2:26: ref of xs:attribute: references to global attributes, which are qualified, are not covered; declare the attribute on the spot",
    ),
    (
        r#"<xs:attribute name="a" type="xs:string"/>"#,
        "xsd/a/a.xsd:2:1: xs:attribute: global attributes are qualified: not covered; declare it where it is used",
    ),
    (
        r#"<xs:simpleType name="T"><xs:restriction base="xs:decimal"><xs:totalDigits value="3"/></xs:restriction></xs:simpleType>"#,
        "xsd/a/a.xsd:2:59: xs:totalDigits: this facet is not covered; write minInclusive, maxInclusive or a pattern",
    ),
    (
        r#"<xs:simpleType name="T"><xs:restriction base="xs:int"><xs:minExclusive value="3"/></xs:restriction></xs:simpleType>"#,
        "xsd/a/a.xsd:2:55: xs:minExclusive: this facet is not covered; write minInclusive, maxInclusive or a pattern",
    ),
    (
        r#"<xs:simpleType name="T"><xs:restriction base="xs:date"><xs:minInclusive value="2000-01-01"/></xs:restriction></xs:simpleType>"#,
        "xsd/a/a.xsd:2:56: xs:minInclusive: bounds of anything but numbers are not covered; write a pattern",
    ),
    (
        r#"<xs:simpleType name="T"><xs:restriction base="xs:string"><xs:maxLength value="long"/></xs:restriction></xs:simpleType>"#,
        r#"xsd/a/a.xsd:2:58: xs:maxLength: "long" is no whole number that we can hold; write a whole number"#,
    ),
    (
        r#"<xs:simpleType name="T"><xs:restriction base="xs:token"><xs:whiteSpace value="preserve"/></xs:restriction></xs:simpleType>"#,
        "xsd/a/a.xsd:2:57: xs:whiteSpace: is looser than that of the base; leave it out",
    ),
    (
        r#"<xs:simpleType name="T"><xs:restriction base="xs:string"><xs:pattern value="[a"/></xs:restriction></xs:simpleType>"#,
        "xsd/a/a.xsd:2:58: pattern [a: is no regular expression: unclosed character class; write it differently",
    ),
    (
        r#"<xs:simpleType name="T"><xs:restriction base="xs:string"><xs:pattern value="\p{IsGreek}"/></xs:restriction></xs:simpleType>"#,
        r#"xsd/a/a.xsd:2:58: pattern \p{IsGreek}: holds \p{IsGreek}, which is no general category: others are not covered; write it differently"#,
    ),
    (
        r#"<xs:complexType name="T"><xs:sequence maxOccurs="3"><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/></xs:sequence></xs:complexType>"#,
        "xsd/a/a.xsd:2:26: xs:sequence with occurrence 1..3: a group that is counted is not covered; write 0 or 1, and 1 or unbounded",
    ),
    (
        r#"<xs:complexType name="T"><xs:choice maxOccurs="unbounded"><xs:element name="a" type="xs:int" maxOccurs="2"/><xs:element name="b" type="xs:int"/></xs:choice></xs:complexType>"#,
        "xsd/a/a.xsd:2:59: element a with occurrence 1..2: counting inside a repeated group is not covered; write 0 or 1, and 1 or unbounded",
    ),
    (
        r#"<xs:complexType name="T"><xs:sequence><xs:element name="a" type="xs:int" minOccurs="0"/><xs:element name="a" type="xs:int"/></xs:sequence></xs:complexType>"#,
        "xsd/a/a.xsd:2:89: element a of type T: another element of that name can stand in its place, and nothing tells which it is; make the content model deterministic",
    ),
    (
        r#"<xs:complexType name="T"><xs:choice/></xs:complexType>"#,
        "xsd/a/a.xsd:2:26: xs:choice: a choice of nothing can never be met; remove it",
    ),
    (
        r#"<xs:complexType name="T"><xs:group ref="G"/></xs:complexType>"#,
        "xsd/a/a.xsd:2:26: group {urn:a}G: is not declared; declare it",
    ),
    (
        r#"<xs:group name="G"><xs:sequence><xs:group ref="G"/></xs:sequence></xs:group><xs:complexType name="T"><xs:group ref="G"/></xs:complexType>"#,
        "xsd/a/a.xsd:2:1: group {urn:a}G: holds itself; mend the reference",
    ),
    (
        r#"<xs:complexType name="T"><xs:attribute name="a" type="xs:int"/><xs:attribute name="a" type="xs:int"/></xs:complexType>"#,
        "xsd/a/a.xsd:2:64: attribute a: is declared twice for one type; remove one of the two",
    ),
    (
        r#"<xs:include schemaLocation="b.xsd"/>"#,
        "xsd/a/a.xsd:2:1: xs:include of b.xsd: is not below wsdl/ or xsd/; put it there or mend the location",
    ),
    (
        r#"<xs:import namespace="urn:b"/>"#,
        "xsd/a/a.xsd:2:1: xs:import of urn:b: no schema declares that namespace; put its schema into the tree",
    ),
    (
        r#"<xs:import namespace="urn:b" schemaLocation="https://example.dk/b.xsd"/>"#,
        "xsd/a/a.xsd:2:1: xs:import of urn:b: is not below wsdl/ or xsd/; put it there or mend the location",
    ),
    (
        r#"<jaxb:bindings xmlns:jaxb="urn:jaxb"/>"#,
        "xsd/a/a.xsd:2:1: bindings: is no element of XML Schema; put it into an xs:appinfo",
    ),
    (
        r#"<xs:element name="e">"#,
        "xsd/a/a.xsd:3:1: document: is not well-formed XML: expected 'xs:element' tag, not 'xs:schema' at 3:1; mend the document",
    ),
];

/// A schema without a namespace that nobody includes is nobody's; one inside a service would have no module.
const HOMELESS: &str = r#"<xs:schema><xs:element name="e" type="xs:string"/></xs:schema>"#;

/// A change to the service of the features, and what is said of it.
const SERVICES: &[(&str, &str, &str)] = &[
    (
        r#"style="document" transport"#,
        r#"style="rpc" transport"#,
        "wsdl/a/b/1/s.wsdl:50:5: style of soap:binding: rpc style is not covered; write document style",
    ),
    (
        r#"<soap12:body use="literal"/>"#,
        r#"<soap12:body use="encoded"/>"#,
        "wsdl/a/b/1/s.wsdl:63:9: use of soap:body: encoded use is not covered; write literal use",
    ),
    (
        r#"element="tns:hils"/>"#,
        r#"type="tns:Hils"/>"#,
        "wsdl/a/b/1/s.wsdl:26:5: type of wsdl:part: parts by type are not covered; write parts by element",
    ),
    (
        r#"name="parameters" element="tns:hils"/>"#,
        r#"name="parameters"/>"#,
        "wsdl/a/b/1/s.wsdl:25:3: part parameters of message hilsRequest: names no element; write parts by element",
    ),
    (
        r#"name="systemId" element="tns:systemId"/>"#,
        r#"name="other" element="tns:systemId"/>"#,
        "wsdl/a/b/1/s.wsdl:25:3: part systemId of message hilsRequest: is not declared; declare it",
    ),
    (
        "<wsdl:output message=\"tns:hilsResponse\"/>",
        "",
        "wsdl/a/b/1/s.wsdl:39:5: operation hils: is not a request with an answer; give it an input and an output",
    ),
    (
        r#"<wsdl:port name="HilsenPort" binding="tns:HilsenSoap">"#,
        r#"<wsdl:port name="HilsenPort" binding="tns:Soap">"#,
        "wsdl/a/b/1/s.wsdl:74:3: wsdl:binding {urn:example/hilsen}Soap: is not declared; declare it or import its document",
    ),
    (
        r#"<soap12:operation soapAction"#,
        r#"<soap12:operation name="x" soapAction"#,
        "wsdl/a/b/1/s.wsdl:60:7: name of soap:operation: this attribute is not covered; leave it out",
    ),
    (
        r#"<soap12:address"#,
        r#"<soap12:place"#,
        "wsdl/a/b/1/s.wsdl:79:7: soap:place: this element is not covered; remove it",
    ),
    (
        r#"message="tns:fejl"/>"#,
        r#"message="tns:fault"/>"#,
        "wsdl/a/b/1/s.wsdl:39:5: wsdl:message {urn:example/hilsen}fault: is not declared; declare it or import its document",
    ),
    (
        r#"message="tns:fejl"/>"#,
        r#"message="b:fejl"/>"#,
        "wsdl/a/b/1/s.wsdl:39:5: b:fejl: its prefix is not declared on wsdl:definitions; declare the prefix on wsdl:definitions",
    ),
    (
        r#"element="tns:nul""#,
        r#"element="tns:systemId""#,
        "wsdl/a/b/1/s.wsdl:44:5: operation nul: its element {urn:example/hilsen}systemId is of a simple type; give it a complex type",
    ),
    (
        r#"element="tns:nul""#,
        r#"element="tns:one""#,
        "wsdl/a/b/1/s.wsdl:44:5: operation nul: no schema declares its element {urn:example/hilsen}one; declare it",
    ),
];

fn refusal(name: &str, path: &str, text: &str) -> String {
    let root = super::tree(name);
    super::put(&root, path, text);
    match contractgen::generate(&root) {
        Ok(_) => "is accepted".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn schemas_are_refused() {
    let head = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" targetNamespace="urn:a">"#;
    let said = |fragment: &str| refusal("refused-schema", "xsd/a/a.xsd", &format!("{head}\n{fragment}\n</xs:schema>"));
    let wrong: Vec<String> = SCHEMAS
        .iter()
        .filter(|it| said(it.0) != it.1)
        .map(|it| format!("{}\n  expected {}\n  but      {}", it.0, it.1, said(it.0)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_namespace_is_declared_by_one_folder() {
    let schema = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a">
        <xs:complexType name="T"/>
    </xs:schema>"#;
    let root = super::tree("refused-twice");
    super::put(&root, "xsd/a/1/a.xsd", schema);
    super::put(&root, "xsd/a/2/a.xsd", schema);
    let error = contractgen::generate(&root).unwrap_err().to_string();
    assert_eq!(
        error,
        "xsd/a/2/a.xsd:2:9: type {urn:a}T: is declared at xsd/a/1/a.xsd:2 already; remove one of the two"
    );
}

#[test]
fn a_schema_lies_in_a_folder() {
    let schema = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a"/>"#;
    let said = refusal("refused-folder", "xsd/a.xsd", schema);
    assert_eq!(
        said,
        "xsd: namespace urn:a: lies in no folder that names its module; put it into one, as xsd/owner/name"
    );
}

#[test]
fn a_prefix_stands_for_one_namespace_below_a_root() {
    let root = super::tree("refused-prefix");
    super::put(
        &root,
        "xsd/a/a.xsd",
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:x="urn:a" xmlns:b="urn:b" targetNamespace="urn:a" elementFormDefault="qualified">
<xs:import namespace="urn:b"/>
<xs:element name="e"><xs:complexType><xs:sequence><xs:element ref="b:f"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>"#,
    );
    super::put(
        &root,
        "xsd/b/b.xsd",
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:x="urn:b" targetNamespace="urn:b">
<xs:element name="f" type="xs:string"/>
</xs:schema>"#,
    );
    let error = contractgen::generate(&root).unwrap_err();
    assert_eq!((error.file.as_str(), error.line, error.column), ("xsd/a/a.xsd", 3, 1));
    assert_eq!(error.construct, "element {urn:a}e");
    assert_eq!(error.reason, "the prefix x stands for urn:a and urn:b below it");
}

#[test]
fn services_are_refused() {
    let service = include_str!("../features/service/service.wsdl");
    let said = |from: &str, to: &str| {
        assert!(service.contains(from), "{from}");
        refusal("refused-service", "wsdl/a/b/1/s.wsdl", &service.replacen(from, to, 1))
    };
    let wrong: Vec<String> = SERVICES
        .iter()
        .filter(|it| said(it.0, it.1) != it.2)
        .map(|it| format!("{}\n  expected {}\n  but      {}", it.1, it.2, said(it.0, it.1)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let homeless = said("<wsdl:types>", &format!("<wsdl:types>{HOMELESS}"));
    assert_eq!(
        homeless,
        "wsdl/a/b/1/s.wsdl:5:26: component without a namespace: has no module to go to; give the schema a targetNamespace"
    );
}
