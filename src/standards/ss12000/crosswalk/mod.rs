//! SS12000 2.1 <-> the hub. Out, a roster is crossed member by member: [`member`] for each, a [`Gathering`] for what needs all of them.
//! In, [`roster`] makes one of the objects of one organisation.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};

use super::{
    context::{Context, Options},
    ids::PersonKey,
    model, read,
    values::EmailType,
};
use crate::{
    crosswalk::Trail,
    domain::{self, SchoolYear, Tie, lend},
};

mod organisation;
mod person;
mod pupil;
mod contact;
mod staff;
mod activity;
mod teaching;
mod group;
mod gathering;
mod roster;

pub use activity::{Taught, activity, task, teacher};
pub use contact::{adult_of, known_contacts, protects, responsible};
pub use gathering::Gathering;
pub use group::{GroupKey, Joining, group};
pub use organisation::{authority, is_institution, number, organisation, organisation_in};
pub use roster::roster;

/// What one member becomes.
#[derive(Debug, Default)]
pub struct Objects<'m> {
    /// The person; none if it cannot be told from others or has no name.
    pub person: Option<model::Person<'m>>,
    /// The adults who are responsible for a pupil.
    pub adults: Vec<model::Person<'m>>,
    /// One for each role of staff.
    pub duties: Vec<model::Duty<'m>>,
    /// One for a child in day care, and one for each group of after-school care.
    pub placements: Vec<model::Placement<'m>>,
    /// The groups the person is in.
    pub joined: Vec<Joining<'m>>,
    /// The groups the person teaches.
    pub taught: Vec<Taught<'m>>,
}

/// What of a member's objects is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Everything,
    /// The person alone: no adults, posts and memberships. Placements come along, with the enrolment.
    Person,
}

/// One member of the institution that the context was made for.
pub fn member<'m>(member: &'m domain::Member<'m>, context: &'m Context<'m>, trail: &mut Trail) -> Objects<'m> {
    objects(member, Wanted::Everything, context, trail)
}

/// The person of a member, as [`member`] makes it.
pub fn person_of<'m>(member: &'m domain::Member<'m>, context: &'m Context<'m>) -> Option<model::Person<'m>> {
    objects(member, Wanted::Person, context, &mut Trail::silent()).person
}

fn objects<'m>(
    member: &'m domain::Member<'m>,
    wanted: Wanted,
    context: &'m Context<'m>,
    trail: &mut Trail,
) -> Objects<'m> {
    let domain::Member { source, local_id, person, tie, since } = member;
    let Some(who) = person else {
        trail.lose("person", "a user made by hand has no name, and a person needs one");
        return Objects::default();
    };
    let Some(key) = context.key(who, source, local_id.as_deref()) else {
        trail.lose("person", "there is no key to tell the person from others");
        return Objects::default();
    };
    let id = context.mint.person(&context.organisation.number, key);
    let this = Subject { person: who, key, reference: context.reference(id, who), source, since: *since };
    let mut identifiers = Vec::new();
    match local_id {
        Some(local_id) => identifiers.push(person::identifier(lend(local_id), context.local_ids(source), false)),
        None => trail.drop("source", "it is told with the key that it gave, and there is none", source),
    }
    let everything = wanted == Wanted::Everything;
    let (joined, taught) = if everything { group::joined(member, &this, context, trail) } else { Default::default() };
    let (adults, duties, placements) = (Vec::new(), Vec::new(), Vec::new());
    let mut objects = Objects { person: None, adults, duties, placements, joined, taught };
    let mut ties = person::Ties {
        email: email_type(tie.as_ref()),
        identifiers,
        enrolments: Vec::new(),
        responsibles: context.rights.responsibles.then(Vec::new),
        hide_address: false,
    };
    match tie {
        Some(Tie::Pupil(pupil)) => self::pupil::pupil(pupil, &this, &mut ties, &mut objects, wanted, context, trail),
        Some(Tie::Staff(_) | Tie::External(_)) if !everything => {}
        Some(Tie::Staff(employment)) => objects.duties = staff::duties(employment, &this, context, trail),
        Some(Tie::External(external)) => objects.duties.push(staff::external_duty(external, &this, context)),
        None => trail.lose("tie", "who is neither pupil nor staff is tied to no institution"),
    }
    objects.person = Some(trail.within("person", |trail| person::person(who, id, ties, context, trail)));
    objects
}

/// The person whose ties are crossed.
struct Subject<'m> {
    person: &'m domain::Person<'m>,
    key: PersonKey<'m>,
    reference: model::PersonReference<'m>,
    source: &'m str,
    /// Since when the ties are known.
    since: Option<NaiveDate>,
}

/// Whose mail address it is, by the strongest tie.
fn email_type(tie: Option<&Tie<'_>>) -> EmailType {
    match tie {
        Some(Tie::Pupil(_)) => EmailType::Pupil,
        Some(Tie::Staff(_)) => EmailType::Staff,
        Some(Tie::External(_)) => EmailType::OtherWork,
        None => EmailType::Private,
    }
}

/// What a crossing into the hub must know besides the objects.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'o> {
    /// The choices of the deployment.
    pub options: &'o Options,
    /// When the objects were read, as the clocks of the schools showed it; what has begun and not ended on that day is current.
    pub at: DateTime<FixedOffset>,
}

impl<'o> Reading<'o> {
    /// The configured Danish key of an object.
    fn known_key(&self, id: &str) -> Option<&'o str> {
        self.options.known_keys.get(id).map(String::as_str)
    }

    /// Whether a period holds the day of reading. Open ends are open.
    fn is_current(&self, from: &Option<read::Text<'_>>, to: &Option<read::Text<'_>>) -> bool {
        let today = self.at.date_naive();
        let begun = from.as_ref().and_then(day).is_none_or(|it| it <= today);
        begun && to.as_ref().and_then(day).is_none_or(|it| it >= today)
    }

    /// The school year of the day of reading.
    fn school_year(&self) -> SchoolYear {
        school_year(self.at.date_naive())
    }
}

/// The school year of a day.
pub fn school_year(today: NaiveDate) -> SchoolYear {
    let year = u16::try_from(today.year()).unwrap_or_default();
    let first = if today.month() >= 8 { year } else { year.saturating_sub(1) };
    SchoolYear { first, last: first.saturating_add(1) }
}

/// A day. Sources that write a time where a day belongs are understood: it is the day that they write, but where they write in UTC
/// when a day begins in Denmark and Sweden, an hour or two before midnight.
fn day(text: &read::Text<'_>) -> Option<NaiveDate> {
    let (day, time) = text.as_str().split_at_checked(10)?;
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let clock = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00"));
    let clock =
        clock.map(|it| it.trim_start_matches(['T', 't', ' ']).trim_end_matches('0').trim_end_matches(['.', ':']));
    let is_midnight = matches!(clock, Some("22:00:00" | "22:00" | "22" | "23:00:00" | "23:00" | "23"));
    if is_midnight { day.succ_opt() } else { Some(day) }
}

/// Why an organisation element gives no roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is something above schools, or beside them.
    #[error("the organisation element is no school or school unit")]
    NotAnInstitution,
    /// Nothing on it looks like a number of the register, and none is configured.
    #[error("the organisation element has no institution number, and none is configured for it")]
    NoNumber,
}

#[cfg(test)]
mod tests;
