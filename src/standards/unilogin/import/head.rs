//! What stands before the persons: the message around the document, its root, the institution and its groups.
//!
//! It is read twice: once to find everything that is wrong, once for what can be understood in spite of that.

use contracts::unilogin::{
    data,
    wsaimport::{
        v7,
        v8::{self, common},
    },
};
use soap::{
    schema::{Content, Contract, Element, Item, Kind, Type, Whitespace},
    xml::{DateTime, Decode, Decoder, Place, Result, Rule, Value, Violation, collect_element, namespace},
};

use super::{
    super::{dialect::Dialect, lift::Credentials, values},
    Version,
    catalogue::Code,
    findings::Findings,
    lift, read, rules,
};
use crate::{
    domain::{Group, ImportSource, SchoolYear, Text},
    source::intake::Mode,
};

/// A document whose root the decoder stands in.
pub(super) struct Opened<'a> {
    pub(super) version: Version,
    pub(super) mode: Mode,
    pub(super) root: &'static Type,
    pub(super) decoder: Decoder<'a>,
}

/// What the head says, as far as it can be understood.
pub(super) struct Head<'a> {
    /// Where the root begins.
    pub(super) place: Place,
    /// Nothing where an attribute is missing or wrong.
    pub(super) source: Option<ImportSource<'a>>,
    pub(super) number: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
    pub(super) groups: Vec<Declared<'a>>,
}

/// A group as it stands in the document.
pub(super) struct Declared<'a> {
    /// Where it begins.
    pub(super) place: Place,
    pub(super) id: Option<Text<'a>>,
    /// Nothing where it breaks its type.
    pub(super) group: Option<Group<'a>>,
    /// What is wrong with it all the same: where, and below which element of it.
    pub(super) wrong: Option<(Code, Place, &'static str)>,
}

/// The root elements of a version: of imports and of deletions.
const fn roots(version: Version) -> [&'static Element; 2] {
    match version {
        Version::V7 => [&v7::import::UNI_LOGIN_IMPORT_ELEMENT, &v7::delete::UNI_LOGIN_DELETE_ELEMENT],
        Version::V8 => [&v8::import::UNI_LOGIN_IMPORT_ELEMENT, &v8::delete::UNI_LOGIN_DELETE_ELEMENT],
    }
}

/// The operation that a contract's element asks for, if it hands something in.
#[must_use]
pub fn mode_of(contract: &Contract, operation: usize) -> Option<Mode> {
    match contract.operations[operation].name {
        "importerXml" => Some(Mode::Full),
        "importerDeltaXml" => Some(Mode::Delta),
        "importerSletXml" => Some(Mode::Delete),
        _ => None,
    }
}

/// Goes from the element of an operation to the document in it, and says who sends it, where the message does.
///
/// # Errors
/// The first violation of the message around the document.
pub(super) fn unwrap<'a>(decoder: &mut Decoder<'a>, operation: &'static Element) -> Result<Option<Credentials<'a>>> {
    let Kind::Complex(wrapper) = operation.kind else { return Err(decoder.unreachable()) };
    decoder.attribute_list(wrapper)?;
    let (mut user, mut password, mut at) = (None, None, 0);
    while let Some(place) = decoder.next(wrapper, &mut at)? {
        let item = item(wrapper, place);
        match (item.map(|it| it.name.local), item.map(|it| it.kind)) {
            (Some("wsBrugerid"), _) => user = Some(decoder.string()?),
            (Some("wsPassword"), _) => password = Some(decoder.string()?),
            (Some("instXML"), Some(Kind::Complex(inner))) => {
                decoder.attribute_list(inner)?;
                let credentials = user.zip(password);
                return Ok(credentials.map(|(user, password)| Credentials { user, password }));
            }
            _ => return Err(decoder.unreachable()),
        }
    }
    Err(decoder.unreachable())
}

fn item(of: &'static Type, place: usize) -> Option<&'static Item> {
    match &of.content {
        Content::Elements(model) => model.items.get(place),
        Content::Empty | Content::Text(_) => None,
    }
}

/// Goes into the root of the document that the decoder stands in front of.
///
/// # Errors
/// A root that is not the operation's.
pub(super) fn enter<'a>(
    mut decoder: Decoder<'a>,
    version: Version,
    mode: Mode,
    dialect: &Dialect,
) -> Result<Opened<'a>> {
    if !decoder.child("instXML")? {
        let [import, delete] = roots(version);
        let root = if mode == Mode::Delete { delete } else { import };
        let place = decoder.place(decoder.offset());
        return Err(wrong(place, Rule::Missing, format!("<{}>", root.name.local), "the end of instXML".into()));
    }
    opened(decoder, version, mode, dialect)
}

fn opened<'a>(decoder: Decoder<'a>, version: Version, mode: Mode, dialect: &Dialect) -> Result<Opened<'a>> {
    let [import, delete] = roots(version);
    let root = if mode == Mode::Delete { delete } else { import };
    let (space, local) = decoder.name();
    // What the root of a deletion is called is not known for sure: its namespace and what is in it are enough.
    let named = local == root.name.local || mode == Mode::Delete;
    let Kind::Complex(of) = root.kind else { return Err(decoder.unreachable()) };
    if named && space == root.name.namespace {
        return Ok(Opened { version, mode, root: of, decoder });
    }
    if local != root.name.local {
        return Err(decoder.unknown_root(&[root]));
    }
    let expected =
        format!("<{local}> in the namespace {:?}", namespace::get(root.name.namespace, dialect.namespaces).uri);
    let uri = decoder.namespace_uri();
    let found = format!("<{local}> in the namespace {:?}", soap::xml::shortened(&uri));
    Err(wrong(decoder.place(decoder.offset()), Rule::Namespace, expected, found))
}

fn wrong(place: Place, rule: Rule, expected: String, found: String) -> Box<Violation> {
    Box::new(Violation { place, path: String::new(), rule, expected, found })
}

/// Goes into the root of a bare document: the decoder stands in it. The namespace tells the version, and whether it is a
/// deletion.
///
/// # Errors
/// A root that no version has.
pub(super) fn enter_bare<'a>(decoder: Decoder<'a>, mode: Mode, dialect: &Dialect) -> Result<Opened<'a>> {
    let space = decoder.name().0;
    for version in Version::ALL {
        let [import, delete] = roots(version);
        if space == delete.name.namespace {
            return opened(decoder, version, Mode::Delete, dialect);
        }
        if space == import.name.namespace {
            return opened(decoder, version, mode, dialect);
        }
    }
    Err(decoder.unknown_root(&[roots(Version::V8)[0], roots(Version::V8)[1]]))
}

/// Notes what is wrong with the head, and says what can be understood of it. `more` says that persons follow.
pub(super) fn read<'a>(opened: &mut Opened<'a>, more: bool, findings: &mut Findings) -> Head<'a> {
    let Opened { version, mode: _, root, decoder } = opened;
    let mut ahead = decoder.ahead();
    let violations = match ahead.root() {
        Ok(()) => collect_element(&mut ahead, Kind::Complex(root), findings.room() + 1),
        Err(violation) => vec![*violation],
    };
    let ends_well = violations.is_empty();
    for violation in violations {
        if !(more && is_cut(&violation)) {
            findings.note(violation);
        }
    }
    let place = decoder.place(decoder.offset());
    let source = source(decoder);
    let mut head = Head { place, source, number: None, name: None, groups: Vec::new() };
    institution(decoder, *version, &mut head);
    if ends_well && let Err(violation) = close(decoder) {
        findings.note(*violation);
    }
    head
}

/// A deletion needs persons, and those that follow the head are not in it.
fn is_cut(violation: &Violation) -> bool {
    violation.rule == Rule::Missing
        && violation.path.ends_with("/Institution")
        && violation.expected.contains("<InstitutionPerson>")
}

/// The attributes of the root, but for `sourceVersion`, which is information for people and not kept.
fn source<'a>(decoder: &Decoder<'a>) -> Option<ImportSource<'a>> {
    let extracted_at =
        DateTime::parse(&collapsed(decoder.written_attribute("sourceDateTime")?)?).map(values::moment)?;
    let source = collapsed(decoder.written_attribute("source")?)?;
    let school_year = SchoolYear::parse(&decoder.written_attribute("schoolYear")?)?;
    Some(ImportSource { source, extracted_at, school_year })
}

/// What is in the root, however wrong it is. Ends where nothing more can be understood.
fn institution<'a>(decoder: &mut Decoder<'a>, version: Version, head: &mut Head<'a>) {
    let outside = decoder.depth();
    while let Some(local) = child(decoder, outside) {
        let depth = decoder.depth();
        match local {
            "Institution" if depth == outside + 1 => {
                institution_children(decoder, version, head);
            }
            _ if decoder.skip_to(depth - 1).is_err() => return,
            _ => {}
        }
    }
}

fn institution_children<'a>(decoder: &mut Decoder<'a>, version: Version, head: &mut Head<'a>) {
    let outside = decoder.depth();
    while let Some(local) = child(decoder, outside) {
        let depth = decoder.depth();
        match local {
            "InstitutionNumber" if head.number.is_none() => head.number = token(decoder),
            "InstitutionName" if head.name.is_none() => head.name = token(decoder),
            "Group" => {
                let declared = declared(decoder, version);
                head.groups.push(declared);
            }
            _ => {}
        }
        if decoder.depth() >= depth && decoder.skip_to(depth - 1).is_err() {
            return;
        }
    }
}

/// The next child; text between elements has been noted already. Nothing where the parent ends or nothing can be read.
fn child<'a>(decoder: &mut Decoder<'a>, outside: usize) -> Option<&'a str> {
    loop {
        match decoder.child("the document") {
            Ok(true) => return Some(decoder.name().1),
            Ok(false) => return None,
            Err(violation) if violation.rule == Rule::Text && decoder.depth() == outside => {}
            Err(_) => return None,
        }
    }
}

/// The text of an element as a token; the schema has judged it.
fn token<'a>(decoder: &mut Decoder<'a>) -> Option<Text<'a>> {
    collapsed(decoder.plain_text().ok()?)
}

fn collapsed(text: Text<'_>) -> Option<Text<'_>> {
    Some(Whitespace::Collapse.apply(text)).filter(|it| !it.is_empty())
}

/// A group; the decoder is left somewhere inside it.
fn declared<'a>(decoder: &mut Decoder<'a>, version: Version) -> Declared<'a> {
    let place = decoder.place(decoder.offset());
    let mut ahead = decoder.ahead();
    let decoded = ahead.root().and_then(|()| match version {
        Version::V7 => data::Group::decode(&mut ahead).map(lift::group),
        Version::V8 => common::Group::decode(&mut ahead),
    });
    if let Ok(group) = decoded {
        let group = read::group(group);
        let wrong = rules::group(&group).map(|(code, step)| (code, below(decoder, step).unwrap_or(place), step));
        return Declared { place, id: Some(group.id.clone()), group: Some(group), wrong };
    }
    let outside = decoder.depth();
    let mut id = None;
    while let Some(local) = child(decoder, outside) {
        let depth = decoder.depth();
        if local == "GroupId" && id.is_none() {
            id = token(decoder);
        }
        if decoder.depth() >= depth && decoder.skip_to(depth - 1).is_err() {
            break;
        }
    }
    Declared { place, id, group: None, wrong: None }
}

/// Where the child with that name begins.
fn below(decoder: &mut Decoder<'_>, step: &str) -> Option<Place> {
    let outside = decoder.depth();
    while let Some(local) = child(decoder, outside) {
        if local == step {
            return Some(decoder.place(decoder.offset()));
        }
        decoder.skip().ok()?;
    }
    None
}

/// Nothing may follow the document.
fn close(decoder: &mut Decoder<'_>) -> Result<()> {
    while decoder.depth() > 0 {
        if decoder.child("the message")? {
            let found = format!("<{}>", decoder.name().1.chars().take(60).collect::<String>());
            let place = decoder.place(decoder.offset());
            return Err(wrong(place, Rule::Order, "nothing behind the document".into(), found));
        }
    }
    decoder.finish()
}
