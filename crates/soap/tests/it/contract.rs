//! A contract with one of everything, and a reader that makes a line of text of whatever fits it.

use soap::{
    schema::{
        Attribute, Base, Content, Element, Facet, Item, Kind, Model, Name, Namespace, NamespaceId, Pattern, Simple,
        Type, Whitespace, xs,
    },
    xml::{Decoder, Result, Violation, collect},
};

pub(crate) const A: NamespaceId = 16;
pub(crate) const B: NamespaceId = 17;

pub(crate) static NAMESPACES: &[Namespace] =
    &[Namespace { uri: "urn:a", prefix: "a" }, Namespace { uri: "urn:b", prefix: "b" }];

static TITLE: Simple = Simple {
    name: "title",
    base: Base::String,
    whitespace: Whitespace::Collapse,
    facets: &[Facet::MinLength(1), Facet::MaxLength(10)],
};
static TAG: Simple = Simple {
    name: "tag",
    base: Base::String,
    whitespace: Whitespace::Collapse,
    facets: &[Facet::Enumeration(&["rød", "grøn", "blå"])],
};
static CODE: Simple =
    Simple { name: "code", base: Base::String, whitespace: Whitespace::Collapse, facets: &CODE_FACETS };
static CODE_FACETS: [Facet; 2] = [Facet::Pattern(Pattern::new("[0-9]{4}", "^(?:[0-9]{4})$")), Facet::Length(4)];
static NUMBER: Simple = Simple {
    name: "number",
    base: Base::Int,
    whitespace: Whitespace::Collapse,
    facets: &[Facet::MinInclusive(1), Facet::MaxInclusive(12)],
};

const fn item(
    namespace: NamespaceId,
    tag: &'static str,
    local: &'static str,
    kind: Kind,
    least: u32,
    most: Option<u32>,
) -> Item {
    let list = !matches!(most, Some(1));
    Item {
        name: Name { namespace, local, tag },
        kind,
        least,
        most,
        list,
        choice: None,
        default: None,
        fixed: None,
        nillable: false,
    }
}

static NOTE: Type = Type {
    name: "Note",
    attributes: &[
        Attribute { name: "id", simple: &NUMBER, required: true, default: None, fixed: None },
        Attribute { name: "state", simple: &xs::TOKEN, required: false, default: Some("open"), fixed: None },
        Attribute { name: "lang", simple: &xs::TOKEN, required: false, default: None, fixed: Some("da") },
    ],
    any_attribute: false,
    content: Content::Elements(Model {
        items: &[
            item(A, "a:title", "title", Kind::Simple(&TITLE), 1, Some(1)),
            item(A, "a:tag", "tag", Kind::Simple(&TAG), 0, Some(3)),
            Item { choice: Some(0), ..item(A, "a:text", "text", Kind::Simple(&xs::STRING), 1, Some(1)) },
            Item { choice: Some(0), ..item(A, "a:code", "code", Kind::Simple(&CODE), 1, Some(1)) },
            Item { nillable: true, ..item(A, "a:day", "day", Kind::Simple(&xs::DATE), 0, Some(1)) },
            item(B, "b:part", "part", Kind::Complex(&PART), 0, None),
            Item { fixed: Some("1"), ..item(A, "a:version", "version", Kind::Simple(&xs::TOKEN), 0, Some(1)) },
            Item { default: Some("plain"), ..item(A, "a:kind", "kind", Kind::Simple(&xs::TOKEN), 0, Some(1)) },
            item(A, "a:end", "end", Kind::Complex(&EMPTY), 0, Some(1)),
        ],
        follow: &[
            &[0],
            &[1, 2, 3],
            &[1, 2, 3],
            &[4, 5, 6, 7, 8],
            &[4, 5, 6, 7, 8],
            &[5, 6, 7, 8],
            &[5, 6, 7, 8],
            &[7, 8],
            &[8],
            &[],
        ],
        accept: &[false, false, false, true, true, true, true, true, true, true],
    }),
};

static PART: Type = Type {
    name: "Part",
    attributes: &[Attribute { name: "unit", simple: &xs::TOKEN, required: true, default: None, fixed: None }],
    any_attribute: true,
    content: Content::Text(&NUMBER),
};

static EMPTY: Type = Type { name: "Empty", attributes: &[], any_attribute: false, content: Content::Empty };

pub(crate) static ELEMENT: Element = Element {
    name: Name { namespace: A, local: "note", tag: "a:note" },
    kind: Kind::Complex(&NOTE),
    namespaces: &[A, B],
};

/// A document around some content.
pub(crate) fn note(content: &str) -> String {
    format!("<note xmlns=\"urn:a\" xmlns:b=\"urn:b\" id=\"1\">{content}</note>")
}

/// What every note needs.
pub(crate) const LEAST: &str = "<title>x</title><text/>";

/// A document as one line, or its first violation. What decodes and what is collected must agree.
pub(crate) fn read(text: &str) -> std::result::Result<String, Violation> {
    let mut decoder = Decoder::new(text, NAMESPACES);
    let read = document(&mut decoder).map_err(|it| *it);
    let found = collect(&mut Decoder::new(text, NAMESPACES), &[&ELEMENT], 100);
    assert_eq!(found.first(), read.as_ref().err(), "decoding and collecting differ on {:.200}", text);
    read
}

pub(crate) fn document(decoder: &mut Decoder<'_>) -> Result<String> {
    decoder.root()?;
    if decoder.name() != (A, "note") {
        return Err(decoder.unknown_root(&[&ELEMENT]));
    }
    let told = object(decoder, &NOTE)?;
    decoder.finish()?;
    Ok(told)
}

/// The element that the decoder stands in, as a generated decoder reads it.
pub(crate) fn note_of(decoder: &mut Decoder<'_>) -> Result<String> {
    object(decoder, &NOTE)
}

fn object(decoder: &mut Decoder<'_>, of: &'static Type) -> Result<String> {
    let mut told = String::new();
    for (attribute, value) in of.attributes.iter().zip(decoder.attribute_list(of)?) {
        if let Some(value) = value {
            told.push_str(&format!("@{}={value} ", attribute.name));
        }
    }
    match &of.content {
        Content::Empty => decoder.empty(of)?,
        Content::Text(_) => told.push_str(&format!("{:?}", decoder.content_string(of)?)),
        Content::Elements(model) => {
            let (mut at, mut counts) = (0, vec![0; model.items.len()]);
            while let Some(place) = decoder.next(of, &mut at)? {
                let item = &model.items[place];
                counts[place] += 1;
                if item.list {
                    decoder.count(of, place, counts[place])?;
                }
                let value = match item.kind {
                    _ if item.nillable && decoder.nil()? => "nil".to_owned(),
                    Kind::Simple(_) => format!("{:?}", decoder.string()?),
                    Kind::Complex(of) => format!("({})", object(decoder, of)?.trim_end()),
                };
                told.push_str(&format!("{}={value} ", item.name.local));
            }
        }
    }
    Ok(told.trim_end().to_owned())
}

/// A violation in a few words.
pub(crate) fn told(violation: &Violation) -> String {
    format!("{}:{} {} {}", violation.place.line, violation.place.column, violation.rule, violation.path)
}
