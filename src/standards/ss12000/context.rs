//! SS12000 2.1, what a crossing must know besides the object: the choices of a deployment, the rights of a caller, the institution.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat};
use uuid::Uuid;

use super::{
    codes,
    ids::{DEFAULT_NAMESPACE, Mint, PersonKey},
    model,
    values::{DutyRole, SchoolType},
};
use crate::domain::{
    Grade, Group, GroupKind, ImportSource, Member, Organisation, Person, Renamed, Roster, Snapshot, Text, UserId,
    digest, lend,
};

/// Where the standard leaves a choice, or the Danish data does.
#[derive(Debug, Clone)]
pub struct Options {
    /// The namespace of all ids. A deployment whose ids nobody may compute from a user id sets its own.
    pub namespace: Uuid,
    /// Send the institution's number as `schoolUnitCode` too, for consumers that know no other code.
    pub school_unit_code: bool,
    /// Make the administering municipality an organisation of its own, above its institutions.
    pub authority: bool,
    /// Send `municipalityCode`, which a Swedish consumer may take for one of its own.
    pub municipality_code: bool,
    /// Send `eduPersonPrincipalNames`: the user id at this scope.
    pub principal_scope: Option<String>,
    /// Send contact persons without custody as other responsibles.
    pub other_adults: bool,
    /// Send adults too whose access level is the ordinary one. There is no place for the level, so that a consumer may show them
    /// everything of a pupil.
    pub limited_adults: bool,
    /// Send children in day care as enroled in preschool, for consumers that know no placements.
    pub preschool_enrolments: bool,
    /// Send the pedagogues of day care and after-school groups as tasks of their duties.
    pub assignment_roles: bool,
    /// Tell who teaches which group by activities.
    pub activities: bool,
    /// School forms of institutions without pupils, by the code of their detailed kind.
    pub school_types: BTreeMap<String, Vec<SchoolType>>,
    /// Reading: take national identity numbers.
    pub civil_numbers: bool,
    /// Reading: what a person without `securityMarking` is.
    pub unmarked: Unmarked,
    /// Reading: what the names of a marked person are.
    pub marked_names: MarkedNames,
    /// Reading: the main group of pupils of whom no single class is known. Without it they are withheld.
    pub stand_in_group: Option<String>,
    /// Reading: the name of the source that members are said to come from.
    pub source_name: String,
    /// Reading: Danish keys of objects by their SS12000 ids, for what does not carry its own.
    pub known_keys: BTreeMap<String, String>,
}

/// What a person without `securityMarking` is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmarked {
    /// Unknown, and therefore withheld.
    Withhold,
    /// Not protected.
    Open,
}

/// What the names of a protected person are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkedNames {
    /// The real ones, not to be shown.
    Real,
    /// Aliases that the source shows in their place.
    Alias,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            namespace: DEFAULT_NAMESPACE,
            school_unit_code: false,
            authority: false,
            municipality_code: true,
            principal_scope: None,
            other_adults: false,
            limited_adults: true,
            preschool_enrolments: false,
            assignment_roles: true,
            activities: true,
            school_types: BTreeMap::new(),
            civil_numbers: true,
            unmarked: Unmarked::Withhold,
            marked_names: MarkedNames::Real,
            stand_in_group: None,
            source_name: "SS12000".to_owned(),
            known_keys: BTreeMap::new(),
        }
    }
}

/// What a caller may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// National identity numbers.
    pub civil_numbers: bool,
    /// The real names of protected persons.
    pub real_names: bool,
    /// Who is responsible for a pupil.
    pub responsibles: bool,
    /// Mail addresses, telephone numbers and homes.
    pub contact_data: bool,
}

impl Rights {
    /// Everything.
    pub const ALL: Self = Self { civil_numbers: true, real_names: true, responsibles: true, contact_data: true };
}

/// What a consumer understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consumer {
    /// It looks for institutions by `schoolUnitCode` only, which is told too then.
    pub school_unit_code: bool,
    /// It knows the duty roles of version 2.0 only.
    pub old_duty_roles: bool,
}

/// One institution, made ready for crossing its members one by one.
#[derive(Debug, Clone)]
pub struct Context<'c> {
    pub(super) options: &'c Options,
    pub(super) rights: Rights,
    consumer: Consumer,
    /// Write names into references.
    pub(super) reference_names: bool,
    pub(super) mint: Mint,
    pub(super) organisation: &'c Organisation<'c>,
    /// The institution's id.
    pub(super) unit: Uuid,
    listed: &'c [Group<'c>],
    ground: Arc<Ground>,
    /// Persons who are protected at another institution, even if this one does not say so.
    marked: Option<&'c Marks>,
}

/// What is found out about an institution once, whoever asks.
#[derive(Debug)]
pub struct Ground {
    unit: Uuid,
    /// The groups that are listed, in the order of their keys: the id, and the place in the roster.
    groups: Vec<(Uuid, u32)>,
    /// Their places in that order by a digest of the key. Never walked through, so that its order is nobody's business.
    #[allow(clippy::disallowed_types)]
    places: std::collections::HashMap<u64, u32, BuildHasherDefault<Digested>>,
    /// Whether all its classes are of day care.
    day_care: bool,
    /// Digests of the user ids of protected pupils' contact persons, ascending: where they live is where the pupil lives.
    hidden_homes: Vec<u64>,
    sources: Vec<Source>,
    first_seen: NaiveDate,
    stamp: DateTime<FixedOffset>,
    told: String,
    student_numbers: String,
    renamed: Renamed,
}

/// Who is protected anywhere, each with the institutions that say so.
pub type Marks = BTreeSet<(Uuid, u32)>;

/// Whether somebody is protected anywhere, whether or not the caller may see where.
pub fn is_marked(marks: &Marks, id: Uuid) -> bool {
    marks.range((id, 0)..=(id, u32::MAX)).next().is_some()
}

/// Digests are spread already.
#[derive(Default)]
struct Digested(u64);

impl Hasher for Digested {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = digest(bytes.iter().copied());
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }
}

/// A listed group and its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'c> {
    pub group: &'c Group<'c>,
    pub id: Uuid,
    /// Its place in the roster.
    pub place: usize,
}

#[derive(Debug, Clone)]
struct Source {
    name: String,
    year_begins: NaiveDate,
    local_ids: String,
}

impl Ground {
    /// Finds out about an institution. A roster may be crossed whose members come later; of those that are there already it is
    /// noted whose homes are to be hidden for a protected child's sake, wherever else the person turns up.
    pub fn new(head: &Roster<'_>, options: &Options) -> Self {
        let Roster { organisation, exported_at, sources, groups, members } = head;
        let mint = Mint::new(options.namespace);
        let number = &organisation.number;
        let mut known: Vec<(Uuid, u32)> = groups.iter().map(|it| mint.group(number, &it.id)).zip(0..).collect();
        let key = |it: &(Uuid, u32)| &groups[it.1 as usize].id;
        known.sort_by(|a, b| key(a).cmp(key(b)));
        known.dedup_by(|a, b| key(a) == key(b));
        let classes = || groups.iter().filter(|it| it.kind == GroupKind::Main);
        let day_care = |it: &Group<'_>| it.grade == Some(Grade::DayCare);
        let latest: Option<DateTime<FixedOffset>> =
            exported_at.or_else(|| sources.iter().map(|it| it.extracted_at).max());
        let source = |it: &ImportSource<'_>| {
            let ImportSource { source, extracted_at, school_year } = it;
            let local_ids = local_id_context(number.as_str(), source);
            Source {
                name: source.clone().into_owned(),
                year_begins: school_year.begun_by(extracted_at.date_naive()),
                local_ids,
            }
        };
        let stamp = latest.unwrap_or_default();
        Self {
            unit: mint.organisation(number),
            places: known.iter().zip(0..).map(|(it, at)| (digest(key(it).bytes()), at)).collect(),
            groups: known,
            day_care: classes().any(day_care) && classes().all(day_care),
            hidden_homes: hidden_homes(members),
            sources: sources.iter().map(source).collect(),
            first_seen: latest.map(|it| it.date_naive()).unwrap_or_default(),
            stamp,
            told: stamp.to_rfc3339_opts(SecondsFormat::Millis, true),
            student_numbers: format!("urn:unilogin:studentnumber:{}", number.as_str()),
            renamed: Renamed::new(),
        }
    }

    /// Finds out about an institution that is kept: its people keep the ids that were made of their first user ids.
    pub fn of(snapshot: &Snapshot, options: &Options) -> Self {
        Self { renamed: snapshot.renamed().clone(), ..Self::new(snapshot.roster(), options) }
    }

    /// When the institution was told of.
    pub(super) fn stamp(&self) -> DateTime<FixedOffset> {
        self.stamp
    }
}

impl<'c> Context<'c> {
    /// Prepares an institution: see [`Ground::new`].
    pub fn new(head: &'c Roster<'c>, options: &'c Options, rights: Rights) -> Self {
        Self::over(head, Arc::new(Ground::new(head, options)), options, rights)
    }

    /// An institution of which everything was found out already, with the same options.
    pub fn over(head: &'c Roster<'c>, ground: Arc<Ground>, options: &'c Options, rights: Rights) -> Self {
        Self {
            options,
            rights,
            consumer: Consumer::default(),
            reference_names: false,
            mint: Mint::new(options.namespace),
            organisation: &head.organisation,
            unit: ground.unit,
            listed: &head.groups,
            ground,
            marked: None,
        }
    }

    /// Tell it so that this consumer understands it.
    pub fn with_consumer(mut self, consumer: Consumer) -> Self {
        self.consumer = consumer;
        self
    }

    /// Whether `schoolUnitCode` is told.
    pub(super) fn tells_school_unit_code(&self) -> bool {
        self.options.school_unit_code || self.consumer.school_unit_code
    }

    /// The category of a duty as the consumer knows it.
    pub(super) fn told_role(&self, role: DutyRole) -> DutyRole {
        if self.consumer.old_duty_roles { codes::old_duty_role(role) } else { role }
    }

    /// Write names into references too.
    pub fn with_reference_names(mut self, wanted: bool) -> Self {
        self.reference_names = wanted;
        self
    }

    /// References are to mark these persons too, who are protected elsewhere.
    pub fn with_marked(mut self, marked: &'c Marks) -> Self {
        self.marked = Some(marked);
        self
    }

    pub(super) fn meta(&self) -> model::Meta<'_> {
        let stamp = || Text::Borrowed(self.ground.told.as_str());
        model::Meta { created: stamp(), modified: stamp() }
    }

    /// Whether all classes of the institution are of day care.
    pub(super) fn day_care(&self) -> bool {
        self.ground.day_care
    }

    /// How many groups are listed.
    pub(super) fn group_count(&self) -> usize {
        self.ground.groups.len()
    }

    /// The listed group at a place among them.
    pub(super) fn group_at(&self, at: usize) -> Known<'c> {
        let (id, place) = self.ground.groups[at];
        Known { group: &self.listed[place as usize], id, place: place as usize }
    }

    /// The listed groups, in the order of their keys.
    pub(super) fn groups(&self) -> impl Iterator<Item = Known<'c>> {
        (0..self.group_count()).map(|at| self.group_at(at))
    }

    pub(super) fn unit_reference(&self) -> model::Reference<'_> {
        let name = || Text::Borrowed(self.organisation.display_name());
        model::Reference { id: self.unit, display_name: self.reference_names.then(name) }
    }

    pub(super) fn group_reference<'r>(&self, known: Known<'r>) -> model::Reference<'r> {
        let name = || Text::Borrowed(known.group.display_name());
        model::Reference { id: known.id, display_name: self.reference_names.then(name) }
    }

    /// A listed group and its place among them.
    pub(super) fn group(&self, id: &str) -> Option<(usize, Known<'c>)> {
        let Ground { groups, places, .. } = &*self.ground;
        let key = |at: usize| &*self.listed[groups[at].1 as usize].id;
        let at = *places.get(&digest(id.bytes()))? as usize;
        if key(at) == id {
            return Some((at, self.group_at(at)));
        }
        // Another key has the same digest.
        let at = groups.binary_search_by(|it| (*self.listed[it.1 as usize].id).cmp(id)).ok()?;
        Some((at, self.group_at(at)))
    }

    /// The person's key, if there is one to make an id of.
    pub(super) fn key<'k>(
        &'k self,
        person: &'k Person<'k>,
        source: &'k str,
        local_id: Option<&'k str>,
    ) -> Option<PersonKey<'k>> {
        match (&person.user_id, local_id) {
            (Some(user), _) => Some(PersonKey::User(self.first_id(user))),
            (None, Some(id)) => Some(PersonKey::Local { source, id }),
            (None, None) => None,
        }
    }

    /// What the ids of a person are made of.
    fn first_id<'k>(&'k self, user: &'k UserId<'k>) -> &'k UserId<'k> {
        let renamed = &self.ground.renamed;
        if renamed.is_empty() { user } else { renamed.get(&user.as_str().to_ascii_lowercase()).unwrap_or(user) }
    }

    /// When something began. Where nobody knows, that is said to be with the school year of its source, else when we first saw it.
    pub(super) fn begun(&self, since: Option<NaiveDate>, source: &str) -> model::Day {
        let year = || self.source(source).or(self.ground.sources.first()).map(|it| it.year_begins);
        model::Day(since.or_else(year).unwrap_or(self.ground.first_seen))
    }

    /// The context of local keys from a source.
    pub(super) fn local_ids(&self, source: &str) -> Text<'_> {
        match self.source(source) {
            Some(known) => Text::Borrowed(&known.local_ids),
            None => Text::Owned(local_id_context(self.organisation.number.as_str(), source)),
        }
    }

    /// The context of student numbers.
    pub(super) fn student_numbers(&self) -> Text<'_> {
        Text::Borrowed(&self.ground.student_numbers)
    }

    /// The principal name of a user, where a scope is set.
    pub(super) fn principal_name(&self, user: &str) -> Option<Text<'static>> {
        let scope = self.options.principal_scope.as_ref()?;
        Some(Text::Owned(format!("{}@{scope}", user.to_ascii_lowercase())))
    }

    /// Whether the person's home is to be hidden for a protected child's sake.
    pub(super) fn hides_home(&self, person: &Person<'_>) -> bool {
        let Some(user) = &person.user_id else { return false };
        let homes = &self.ground.hidden_homes;
        !homes.is_empty() && homes.binary_search(&user.digest()).is_ok()
    }

    fn source(&self, name: &str) -> Option<&Source> {
        self.ground.sources.iter().find(|it| it.name == name)
    }

    /// A person in a reference, with the name where references have names. Of who is protected elsewhere only, no name is known
    /// that could be shown.
    pub(super) fn reference<'p>(&self, id: Uuid, person: &'p Person<'p>) -> model::PersonReference<'p> {
        let elsewhere = !person.is_protected() && self.marked.is_some_and(|it| is_marked(it, id));
        let name = || if self.rights.real_names { person.name.full() } else { person.display_name() };
        let marked = person.is_protected() || elsewhere;
        let shown = self.reference_names && (self.rights.real_names || !elsewhere);
        model::PersonReference {
            id,
            display_name: shown.then(name),
            security_marking: marked.then_some(super::values::SecurityMarking::Confidential),
        }
    }
}

fn hidden_homes(members: &[Member<'_>]) -> Vec<u64> {
    let protected = members.iter().filter(|it| it.person.as_ref().is_some_and(Person::is_protected));
    let users = protected.flat_map(Member::contacts).filter_map(|it| it.person.user_id.as_ref());
    let mut digests: Vec<u64> = users.map(UserId::digest).collect();
    digests.sort_unstable();
    digests
}

/// The context of user ids.
pub(super) const USER_IDS: &str = "https://unilogin.dk/uniid";

/// The context of local keys of one source, with the institution in it, since the keys are unique in both together only.
pub(super) fn local_id_context(number: &str, source: &str) -> String {
    let mut text = format!("urn:unilogin:localpersonid:{number}:");
    for byte in source.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

/// The source that a context of local keys names, if it is one of this institution.
pub(super) fn local_id_source(context: &str, number: &str) -> Option<String> {
    let source = context.strip_prefix("urn:unilogin:localpersonid:")?.strip_prefix(number)?.strip_prefix(':')?;
    let mut bytes = Vec::with_capacity(source.len());
    let mut rest = source.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// A text that is lent for as long as its owner lives.
pub(super) fn some<'s>(text: &'s Text<'_>) -> Option<Text<'s>> {
    (!text.is_empty()).then(|| lend(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_comes_back_from_its_context() {
        let context = local_id_context("101001", "HUGO æ:5%");
        assert_eq!(context, "urn:unilogin:localpersonid:101001:HUGO%20%C3%A6%3A5%25");
        assert_eq!(local_id_source(&context, "101001").as_deref(), Some("HUGO æ:5%"));
        assert_eq!(local_id_source(&context, "101002"), None);
        assert_eq!(local_id_source("urn:unilogin:localpersonid:101001:%4", "101001"), None);
    }
}
