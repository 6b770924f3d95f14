//! SS12000 2.1 `responsibles` <-> the hub's contact persons.

use uuid::Uuid;

use super::{Reading, Subject, Wanted, person, person::Ties};
use crate::{
    crosswalk::Trail,
    domain::{self, AccessLevel, ContactPerson, PersonName, Relation, Tie},
    standards::ss12000::{
        codes,
        context::{Context, Options},
        model, read,
        values::{EmailType, RelationType},
    },
};

/// Whoever of a pupil's contact persons is responsible: the adults, if they are wanted, and what refers to them.
pub(super) fn contacts<'m>(
    contacts: &'m [ContactPerson<'m>],
    pupil: &Subject<'m>,
    wanted: Wanted,
    context: &'m Context<'m>,
    trail: &mut Trail,
) -> (Vec<model::Person<'m>>, Vec<model::Responsible<'m>>) {
    let mut adults = Vec::new();
    let mut responsibles = Vec::with_capacity(contacts.len());
    for (at, contact) in contacts.iter().enumerate() {
        trail.within_item("contacts", at, |trail| {
            let Some(responsible) = self::contact(contact, &contacts[..at], pupil, context, trail) else { return };
            if wanted == Wanted::Everything {
                let (id, adult, hidden) = (responsible.person.id, &contact.person, pupil.person.is_protected());
                adults.push(trail.within("person", |trail| self::adult(adult, id, hidden, context, trail)));
            }
            responsibles.push(responsible);
        });
    }
    (adults, responsibles)
}

/// One of those who are responsible for a pupil, by the place among them, who has this id.
pub fn adult_of<'m>(
    member: &'m domain::Member<'m>,
    at: usize,
    id: Uuid,
    context: &'m Context<'m>,
) -> Option<model::Person<'m>> {
    let (Some(pupil), Some(Tie::Pupil(tie))) = (&member.person, &member.tie) else { return None };
    let one = responsible(&tie.contacts, context.options).nth(at)?;
    Some(adult(one, id, pupil.is_protected(), context, &mut Trail::silent()))
}

/// Those of a pupil's contact persons who are told of as responsible, as [`contacts`] has them.
pub fn responsible<'m>(
    contacts: &'m [ContactPerson<'m>],
    options: &Options,
) -> impl Iterator<Item = &'m domain::Person<'m>> {
    contacts.iter().filter(|it| responsibility(it, options).is_ok()).map(|it| &it.person)
}

/// A pupil's contact persons who are known by a key, with the id that each has as a person, whether or not they are told of here.
pub fn known_contacts<'m>(
    member: &'m domain::Member<'m>,
    context: &'m Context<'m>,
) -> impl Iterator<Item = (Uuid, &'m domain::Person<'m>)> {
    let id = |it: &'m ContactPerson<'m>| {
        let key = context.key(&it.person, &member.source, None)?;
        Some((context.mint.person(&context.organisation.number, key), &it.person))
    };
    member.contacts().iter().filter_map(id)
}

/// Whether a member is protected, or a contact person is.
pub fn protects(member: &domain::Member<'_>) -> bool {
    let contacts = member.contacts().iter().map(|it| &it.person);
    member.person.iter().chain(contacts).any(domain::Person::is_protected)
}

/// As what a contact person is told of, or why not.
fn responsibility(
    contact: &ContactPerson<'_>,
    options: &Options,
) -> Result<RelationType, (&'static str, &'static str)> {
    let ContactPerson { person: _, relation, custody, access, office: _ } = contact;
    match access {
        Some(AccessLevel::Ordinary) if !options.limited_adults => {
            Err(("access", "there is no place for it, and whoever is responsible would be taken to see everything"))
        }
        Some(AccessLevel::Ordinary | AccessLevel::Sensitive) | None => {
            codes::relation_type(*relation, *custody, options.other_adults).map_err(|why| ("relation", why))
        }
    }
}

/// What refers to the adult; `before` are the pupil's contact persons who come first.
fn contact<'m>(
    contact: &'m ContactPerson<'m>,
    before: &[ContactPerson<'_>],
    pupil: &Subject<'m>,
    context: &Context<'_>,
    trail: &mut Trail,
) -> Option<model::Responsible<'m>> {
    let ContactPerson { person: adult, relation, custody: _, access, office } = contact; // custody: by `responsibility`
    let relation_type = match responsibility(contact, context.options) {
        Ok(it) => it,
        Err((field, why)) => {
            trail.lose(field, why);
            return None;
        }
    };
    if codes::relation(relation_type, adult.gender).0 != *relation {
        trail.lose("relation", "the responsibility does not tell mother, father and others apart");
    }
    trail.drop("access", "there is no place for it: whoever is responsible sees everything", access);
    trail.drop("office", "there is no place for the authority behind a contact person", office);
    let id = match context.key(adult, pupil.source, None) {
        Some(key) => context.mint.person(&context.organisation.number, key),
        None if adult.is_protected() => {
            // Whoever knows the namespace could try names out until one of them makes the id.
            let is_same = |it: &&ContactPerson<'_>| it.relation == *relation && it.person.is_protected();
            let place = before.iter().filter(is_same).filter(|it| it.person.user_id.is_none()).count().to_string();
            context.mint.contact(pupil.reference.id, relation_word(*relation), "", &place)
        }
        None => {
            let PersonName { given, family, guessed: _ } = &adult.name;
            context.mint.contact(pupil.reference.id, relation_word(*relation), given, family)
        }
    };
    Some(model::Responsible { person: context.reference(id, adult), relation_type })
}

fn adult<'m>(
    adult: &'m domain::Person<'m>,
    id: Uuid,
    hide_address: bool,
    context: &'m Context<'m>,
    trail: &mut Trail,
) -> model::Person<'m> {
    let ties = Ties {
        email: EmailType::Private,
        identifiers: Vec::new(),
        enrolments: Vec::new(),
        responsibles: Some(Vec::new()),
        hide_address,
    };
    person::person(adult, id, ties, context, trail)
}

/// Part of the id of an adult without a key; never shown.
fn relation_word(relation: Relation) -> &'static str {
    match relation {
        Relation::Mother => "mother",
        Relation::Father => "father",
        Relation::Other => "other",
        Relation::OfficiallyAssigned => "assigned",
    }
}

/// The contact persons behind `responsibles`. `find` knows the persons that were read.
pub(super) fn contacts_in<'a>(
    responsibles: &'a [read::Responsible<'a>],
    find: impl Fn(&str) -> Option<&'a read::Person<'a>>,
    reading: &Reading<'a>,
    trail: &mut Trail,
) -> Vec<ContactPerson<'a>> {
    let mut contacts = Vec::new();
    for (at, read::Responsible { person: reference, relation_type }) in responsibles.iter().enumerate() {
        trail.within_item("responsibles", at, |trail| {
            let Some(adult) = find(reference.id()) else {
                trail.lose("person", "the adult was not sent");
                return;
            };
            let Some(person) = person::person_in(adult, &[EmailType::Private], reading, trail) else { return };
            let kind = person::parse(relation_type, RelationType::parse);
            let (relation, custody, lost) = match kind {
                Some(kind) => codes::relation(kind, person.gender),
                None => (Relation::Other, false, Some("the responsibility is not told")),
            };
            if let Some(why) = lost {
                trail.lose("relationType", why);
            }
            contacts.push(ContactPerson {
                person,
                relation,
                custody,
                access: Some(AccessLevel::Ordinary),
                office: None,
            });
        });
    }
    contacts
}
