//! `skolebro diff`: what changed between two documents, entity by entity. Values are told only to whoever asks for them.

use std::{collections::BTreeMap, fmt, io::Write, path::Path};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    Diff, Failure, Listing,
    documents::{self, Part},
    output, written,
};
use crate::{
    domain::{ContactPerson, Member, Tie},
    standards::unilogin::leaves,
    store::record,
};

pub(super) fn run(args: &Diff) -> Result<(), Failure> {
    if args.old == Path::new("-") {
        return Err(Failure::Usage("the old document is read twice, so it must be a file".to_owned()));
    }
    let mut comparison = Comparison::default();
    each(&args.old, &mut |entity, text| comparison.before(entity, text))?;
    each(&args.new, &mut |entity, text| comparison.after(entity, text))?;
    if comparison.entities.values().any(|it| matches!(it, State::Changed { .. })) {
        each(&args.old, &mut |entity, text| comparison.again(entity, text))?;
    }
    let mut out = output(None)?;
    comparison.tell(args, &mut out).and_then(|()| out.flush()).map_err(written)
}

/// What a document tells of: the institution, a group, a person there, a contact person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Entity {
    Institution(String),
    Group(String),
    Person(PersonKey),
    /// Of a pupil; by user id, or by relation and place where there is none.
    Contact(PersonKey, String),
}

/// By the key of the source where there is one, so that documents with and without user ids can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum PersonKey {
    Local {
        source: String,
        id: String,
    },
    User(String),
    /// Whoever has neither can only be the same or another one.
    Keyless([u8; 16]),
}

impl Entity {
    const fn word(&self) -> &'static str {
        match self {
            Self::Institution(_) => "institution",
            Self::Group(_) => "group",
            Self::Person(_) => "person",
            Self::Contact(..) => "contact",
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Institution(id) | Self::Group(id) => f.write_str(id),
            Self::Person(key) => key.fmt(f),
            Self::Contact(pupil, contact) => write!(f, "{contact} of {pupil}"),
        }
    }
}

impl fmt::Display for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { source, id } => write!(f, "{id} ({source})"),
            Self::User(id) => f.write_str(id),
            Self::Keyless(_) => f.write_str("somebody without a key"),
        }
    }
}

/// Calls with every entity of a document and its record.
fn each(path: &Path, told: &mut dyn FnMut(Entity, &str)) -> Result<(), Failure> {
    documents::read(path, &mut |part| match part {
        Part::Organisation(organisation) => {
            let number = organisation.number.as_str().to_owned();
            told(Entity::Institution(number), &record::organisation_text(organisation));
        }
        Part::Group(group) => told(Entity::Group(group.id.clone().into_owned()), &record::group_text(group)),
        Part::Member(member) => {
            let key = key(member);
            told(Entity::Person(key.clone()), &record::member_text(member));
            if let Some(Tie::Pupil(pupil)) = &member.tie {
                for (at, contact) in pupil.contacts.iter().enumerate() {
                    let contact_key = contact_key(contact, &pupil.contacts[..at]);
                    told(Entity::Contact(key.clone(), contact_key), &record::contact_text(contact));
                }
            }
        }
    })
}

fn key(member: &Member<'_>) -> PersonKey {
    if let Some(id) = &member.local_id {
        return PersonKey::Local { source: member.source.clone().into_owned(), id: id.clone().into_owned() };
    }
    let user = member.person.as_ref().and_then(|it| it.user_id.as_ref());
    let keyless = || PersonKey::Keyless(fingerprint(&record::member_text(member)));
    user.map_or_else(keyless, |it| PersonKey::User(it.as_str().to_owned()))
}

/// By user id; without one by relation, and by how many of the same relation stand before. A name would be a value.
fn contact_key(contact: &ContactPerson<'_>, before: &[ContactPerson<'_>]) -> String {
    match &contact.person.user_id {
        Some(id) => id.as_str().to_owned(),
        None => {
            let same = before.iter().filter(|it| it.person.user_id.is_none() && it.relation == contact.relation);
            format!("{:?} {}", contact.relation, same.count() + 1)
        }
    }
}

/// What is known of an entity so far.
enum State {
    /// Only in the old document, as far as we have read.
    Gone([u8; 16]),
    Added,
    Same,
    /// In both, and not the same; the new record, until the old one comes by again.
    Changed {
        new: String,
    },
    /// What of it changed.
    Compared(Vec<Field>),
}

/// A value that is not the same in both.
struct Field {
    path: String,
    old: Option<String>,
    new: Option<String>,
}

#[derive(Default)]
struct Comparison {
    entities: BTreeMap<Entity, State>,
}

impl Comparison {
    fn before(&mut self, entity: Entity, text: &str) {
        self.entities.insert(entity, State::Gone(fingerprint(text)));
    }

    fn after(&mut self, entity: Entity, text: &str) {
        let state = match self.entities.get(&entity) {
            Some(State::Gone(old)) if *old == fingerprint(text) => State::Same,
            Some(State::Gone(_)) => State::Changed { new: text.to_owned() },
            // Twice in the new document: the first counts.
            Some(_) => return,
            None => State::Added,
        };
        self.entities.insert(entity, state);
    }

    fn again(&mut self, entity: Entity, old: &str) {
        if let Some(state) = self.entities.get_mut(&entity)
            && let State::Changed { new } = state
        {
            *state = State::Compared(fields(old, new));
        }
    }

    fn tell(&self, args: &Diff, out: &mut dyn Write) -> std::io::Result<()> {
        let (mut added, mut changed, mut removed, mut same) = (0_usize, 0_usize, 0_usize, 0_usize);
        for (entity, state) in &self.entities {
            let (sign, fields): (_, &[Field]) = match state {
                State::Same => {
                    same += 1;
                    continue;
                }
                State::Added => ('+', &[]),
                State::Gone(_) => ('-', &[]),
                State::Changed { .. } => ('~', &[]),
                State::Compared(fields) => ('~', fields),
            };
            match sign {
                '+' => added += 1,
                '-' => removed += 1,
                _ => changed += 1,
            }
            match args.format {
                Listing::Text => tell_text(sign, entity, fields, args.values, out)?,
                Listing::Json => writeln!(out, "{}", as_json(sign, entity, fields, args.values))?,
            }
        }
        eprintln!("{added} added, {changed} changed, {removed} removed, {same} unchanged");
        Ok(())
    }
}

fn tell_text(sign: char, entity: &Entity, fields: &[Field], values: bool, out: &mut dyn Write) -> std::io::Result<()> {
    write!(out, "{sign} {} {entity}", entity.word())?;
    if !values && !fields.is_empty() {
        let paths: Vec<&str> = fields.iter().map(|it| it.path.as_str()).collect();
        write!(out, ": {}", paths.join(", "))?;
    }
    writeln!(out)?;
    for Field { path, old, new } in fields.iter().filter(|_| values) {
        let told = |it: &Option<String>| it.as_ref().map_or_else(|| "nothing".to_owned(), |it| format!("{it:?}"));
        writeln!(out, "    {path}: {} -> {}", told(old), told(new))?;
    }
    Ok(())
}

fn as_json(sign: char, entity: &Entity, fields: &[Field], values: bool) -> Value {
    let change = match sign {
        '+' => "added",
        '-' => "removed",
        _ => "changed",
    };
    let field = |it: &Field| match values {
        true => json!({ "path": it.path, "old": it.old, "new": it.new }),
        false => json!({ "path": it.path }),
    };
    let mut line = json!({ "change": change, "entity": entity.word(), "key": entity.to_string() });
    if change == "changed" {
        line["fields"] = fields.iter().map(field).collect();
    }
    line
}

/// The fields of two records that differ. A value that occurs several times is compared as a whole.
fn fields(old: &str, new: &str) -> Vec<Field> {
    let (mut old, new) = (values(old), values(new));
    let mut found = Vec::new();
    for (path, value) in new {
        match old.remove(&path) {
            Some(before) if before == value => {}
            before => found.push(Field { path, old: before, new: Some(value) }),
        }
    }
    found.extend(old.into_iter().map(|(path, value)| Field { path, old: Some(value), new: None }));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn values(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for leaf in leaves::leaves(text, record::ELEMENTS).unwrap_or_default() {
        let value = &text[leaf.place];
        let all: &mut String = values.entry(leaf.path).or_default();
        if !all.is_empty() {
            all.push_str(", ");
        }
        all.push_str(value);
    }
    values
}

fn fingerprint(text: &str) -> [u8; 16] {
    let digest = Sha256::digest(text.as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}
