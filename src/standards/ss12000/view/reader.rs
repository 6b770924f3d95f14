//! SS12000 2.1, the objects of a view as a caller sees them.

use std::{borrow::Cow, cell::OnceCell};

use chrono::SecondsFormat;
use uuid::Uuid;

use super::{
    Caller, Details, Kind, Row, Times, View,
    merge::{merge, protect, union},
};
use crate::{
    crosswalk::Trail,
    domain::{Member, Snapshot, Text, Tie},
    source::told::Told,
    standards::ss12000::{
        context::{self, Context, Options, Rights},
        crosswalk::{self, GroupKey, Joining, Objects},
        finger::Finger,
        ledger::Sight,
        model,
    },
};

/// What a caller may see of a view.
#[derive(Debug)]
pub struct Scope<'r> {
    view: &'r View,
    caller: &'r Caller,
    /// Whether the institution at a place may be seen; all, if there is no list.
    visible: Option<Vec<bool>>,
    /// What the caller may see of the ledger.
    sight: Option<Sight>,
    /// Where objects of each kind were found last.
    fingers: [Finger; 6],
}

/// An object of any kind.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // there is one at a time, and it is not moved
pub enum Object<'a> {
    /// An organisation element.
    Organisation(model::Organisation<'a>),
    /// A person.
    Person(Box<model::Person<'a>>),
    /// A group.
    Group(model::Group<'a>),
    /// A duty.
    Duty(model::Duty<'a>),
    /// A placement.
    Placement(model::Placement<'a>),
    /// An activity.
    Activity(model::Activity<'a>),
}

impl Object<'_> {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Organisation(_) => Kind::Organisation,
            Self::Person(_) => Kind::Person,
            Self::Group(_) => Kind::Group,
            Self::Duty(_) => Kind::Duty,
            Self::Placement(_) => Kind::Placement,
            Self::Activity(_) => Kind::Activity,
        }
    }

    /// Its id.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Organisation(it) => it.id,
            Self::Person(it) => it.id,
            Self::Group(it) => it.id,
            Self::Duty(it) => it.id,
            Self::Placement(it) => it.id,
            Self::Activity(it) => it.id,
        }
    }

    /// When it came and changed.
    pub fn meta(&self) -> &model::Meta<'_> {
        match self {
            Self::Organisation(it) => &it.meta,
            Self::Person(it) => &it.meta,
            Self::Group(it) => &it.meta,
            Self::Duty(it) => &it.meta,
            Self::Placement(it) => &it.meta,
            Self::Activity(it) => &it.meta,
        }
    }
}

/// Somebody who reads a view, and how; made for one request.
#[derive(Debug)]
pub struct Reader<'r> {
    pub(super) scope: &'r Scope<'r>,
    options: &'r Options,
    reference_names: bool,
    told: Option<&'r Told>,
    /// Institutions that were made ready for this reader.
    contexts: Vec<OnceCell<Context<'r>>>,
}

impl View {
    /// What a caller may see of it.
    pub fn scope<'r>(&'r self, caller: &'r Caller) -> Scope<'r> {
        let visible = caller.institutions.as_ref().map(|all| {
            let number = |it: &std::sync::Arc<Snapshot>| all.binary_search(&it.roster().organisation.number).is_ok();
            self.institutions.iter().map(number).collect()
        });
        let sight = self.book.as_ref().map(|it| it.sight(caller));
        Scope { view: self, caller, visible, sight, fingers: Default::default() }
    }
}

impl<'r> Scope<'r> {
    /// The places that an object comes from, whether or not the caller may see them.
    fn rows(&self, kind: Kind, id: Uuid) -> &'r [Row] {
        let rows = &self.view.rows[kind as usize];
        let from = self.fingers[kind as usize].find(rows, |it| it.id.cmp(&id));
        let length = rows[from..].iter().take_while(|it| it.id == id).count();
        &rows[from..from + length]
    }

    fn sees(&self, kind: Kind, row: &Row) -> bool {
        let here = self.visible.as_ref().is_none_or(|it| it[row.institution as usize]);
        here && (kind != Kind::Person || row.part == 0 || self.caller.rights.responsibles)
    }

    /// What the caller may see of a person.
    pub fn rights(&self) -> Rights {
        self.caller.rights
    }

    /// Whether any institution that the caller may see tells of the object.
    pub fn holds(&self, kind: Kind, id: Uuid) -> bool {
        self.rows(kind, id).iter().any(|it| self.sees(kind, it))
    }

    /// When an object came and changed, for the caller; nothing for one that the caller does not see.
    pub fn times(&self, kind: Kind, id: Uuid) -> Option<Times> {
        if let (Some(book), Some(sight)) = (&self.view.book, &self.sight) {
            return book.times(kind, id, sight);
        }
        let seen = self.rows(kind, id).iter().filter(|it| self.sees(kind, it));
        let stamps = seen.map(|it| self.view.details[it.institution as usize].ground.stamp().to_utc());
        let (least, most) = stamps.fold(None, |times: Option<(_, _)>, stamp| {
            Some(times.map_or((stamp, stamp), |(least, most)| (stamp.min(least), stamp.max(most))))
        })?;
        Some(Times { created: least, modified: most })
    }
}

impl<'r> Reader<'r> {
    /// `options` are those that the view was made with; `reference_names` writes names into references.
    pub fn new(scope: &'r Scope<'r>, options: &'r Options, reference_names: bool) -> Self {
        let contexts = scope.view.institutions.iter().map(|_| OnceCell::new()).collect();
        Self { scope, options, reference_names, told: None, contexts }
    }

    /// With where it is noted whom the objects tell of that are given out.
    #[must_use]
    pub fn noting(self, told: &'r Told) -> Self {
        Self { told: Some(told), ..self }
    }

    /// Notes whom an object tells of. Organisation elements tell of nobody.
    pub fn note(&self, kind: Kind, id: Uuid) {
        let Some(told) = self.told.filter(|_| kind != Kind::Organisation) else { return };
        for row in self.rows(kind, id) {
            told.at(&self.snapshot(row).roster().organisation.number);
            match kind {
                Kind::Organisation => {}
                Kind::Person => self.note_person(row, told),
                Kind::Duty | Kind::Placement => told.member(self.member(row)),
                Kind::Group => self.members(row).for_each(|it| told.member(it)),
                Kind::Activity => {
                    let context = self.context(row);
                    let teaches = |it: &&Member<'_>| crosswalk::teacher(it, context).is_some();
                    self.members(row).filter(teaches).for_each(|it| told.member(it));
                }
            }
        }
    }

    /// Notes whom a person tells of that is made of this row: a pupil with whoever is responsible.
    fn note_person(&self, row: Row, told: &Told) {
        let member = self.member(row);
        let mut adults = crosswalk::responsible(member.contacts(), self.options);
        match row.part as usize {
            0 => {
                told.member(member);
                adults.filter(|_| self.scope.rights().responsibles).for_each(|it| told.person(it));
            }
            adult => adults.nth(adult - 1).iter().for_each(|it| told.person(it)),
        }
    }

    /// Notes that a person is asked for, whether or not the caller may see who it is.
    pub fn note_wanted(&self, id: Uuid) {
        let (Some(told), Some(row)) = (self.told, self.scope.rows(Kind::Person, id).first()) else { return };
        let member = self.member(*row);
        let person = match (row.part as usize, &member.tie) {
            (0, _) => member.person.as_ref(),
            (adult, Some(Tie::Pupil(pupil))) => crosswalk::responsible(&pupil.contacts, self.options).nth(adult - 1),
            (_, Some(Tie::Staff(_) | Tie::External(_)) | None) => None,
        };
        person.and_then(|it| it.user_id.as_ref()).iter().for_each(|it| told.asked_for(it));
    }

    fn member(&self, row: Row) -> &'r Member<'static> {
        &self.snapshot(row).roster().members[row.at as usize]
    }

    /// An object; nothing if the caller may see none with this id.
    pub fn object(&self, kind: Kind, id: Uuid) -> Option<Object<'_>> {
        match kind {
            Kind::Organisation => self.organisation(id).map(Object::Organisation),
            Kind::Person => self.person(id).map(|it| Object::Person(Box::new(it))),
            Kind::Group => self.group(id).map(Object::Group),
            Kind::Duty => self.duty(id).map(Object::Duty),
            Kind::Placement => self.placement(id).map(Object::Placement),
            Kind::Activity => self.activity(id).map(Object::Activity),
        }
    }

    /// An organisation element.
    pub fn organisation(&self, id: Uuid) -> Option<model::Organisation<'_>> {
        let row = self.rows(Kind::Organisation, id).next()?;
        let context = self.context(row);
        if row.part > 0 {
            let authority = crosswalk::authority(context)?;
            return Some(model::Organisation { meta: self.meta(Kind::Organisation, id), ..authority });
        }
        let Details { forms, .. } = &self.view().details[row.institution as usize];
        let has_departments = self.view().mains.contains(&self.snapshot(row).roster().organisation.number);
        let mut organisation = crosswalk::organisation(context, has_departments, forms, &mut Trail::silent());
        organisation.meta = self.meta(Kind::Organisation, id);
        // What stands above is another institution, whose name the context does not know.
        let nameless = |it: &&mut model::Reference<'_>| self.reference_names && it.display_name.is_none();
        if let Some(above) = organisation.parent_organisation.as_mut().filter(nameless) {
            above.display_name = self.institution_name(above.id).map(Cow::Borrowed);
        }
        Some(organisation)
    }

    fn institution_name(&self, id: Uuid) -> Option<&str> {
        let row = self.rows(Kind::Organisation, id).next()?;
        Some(self.snapshot(row).roster().organisation.display_name())
    }

    /// A person, out of all places that tell of the person.
    pub fn person(&self, id: Uuid) -> Option<model::Person<'_>> {
        let mut merged: Option<model::Person<'_>> = None;
        for row in self.rows(Kind::Person, id) {
            let (member, context) = (self.member(row), self.context(row));
            let found = match row.part as usize {
                0 => crosswalk::person_of(member, context),
                adult => crosswalk::adult_of(member, adult - 1, id, context),
            };
            merged = match (merged, found) {
                (Some(merged), Some(found)) => Some(merge(merged, found)),
                (merged, found) => merged.or(found),
            };
        }
        let mut person = merged?;
        if context::is_marked(&self.view().marked_twice, id) {
            protect(&mut person, self.scope.rights());
        }
        if self.view().hides_home(id) {
            person.addresses.clear();
        }
        person.meta = self.meta(Kind::Person, id);
        Some(person)
    }

    /// A group with its members.
    pub fn group(&self, id: Uuid) -> Option<model::Group<'_>> {
        let row = self.rows(Kind::Group, id).next()?;
        let (at, context) = (row.at as usize, self.context(row));
        let mut memberships = Vec::new();
        for member in self.members(row) {
            for Joining { group, person, who: _ } in crosswalk::member(member, context, &mut Trail::silent()).joined {
                if group == GroupKey::Listed(at) {
                    memberships.push(model::GroupMembership { person, start_date: None, end_date: None });
                }
            }
        }
        self.group_of(row, memberships)
    }

    /// A group without its members.
    pub(super) fn fragment(&self, institution: u32, at: usize) -> Option<model::GroupFragment<'_>> {
        let row = Row { id: Uuid::nil(), institution, at: u32::try_from(at).ok()?, part: 0 };
        let group = self.group_of(row, Vec::new())?;
        let model::Group {
            id,
            meta,
            display_name,
            start_date,
            end_date,
            group_type,
            school_type,
            organisation,
            group_memberships: _,
        } = group;
        Some(model::GroupFragment {
            id,
            meta,
            display_name,
            start_date,
            end_date,
            group_type,
            school_type,
            organisation,
        })
    }

    fn group_of<'s>(&'s self, row: Row, memberships: Vec<model::GroupMembership<'s>>) -> Option<model::Group<'s>> {
        let context = self.context(row);
        let group = context.group_at(row.at as usize).group;
        let headcounts = &self.view().details[row.institution as usize].headcounts;
        let who = headcounts.get(row.at as usize).copied().unwrap_or_default();
        let mut group = crosswalk::group(group, who, memberships, context, &mut Trail::silent())?;
        group.meta = self.meta(Kind::Group, group.id);
        Some(group)
    }

    /// A duty, with the tasks that all places tell of: two local systems may each know other groups.
    pub fn duty(&self, id: Uuid) -> Option<model::Duty<'_>> {
        let mut merged: Option<model::Duty<'_>> = None;
        for row in self.rows(Kind::Duty, id) {
            let Some(found) = self.objects(row).duties.into_iter().nth(row.part as usize) else { continue };
            match &mut merged {
                Some(merged) => union(&mut merged.assignment_role, found.assignment_role),
                None => merged = Some(found),
            }
        }
        Some(model::Duty { meta: self.meta(Kind::Duty, id), ..merged? })
    }

    /// A placement.
    pub fn placement(&self, id: Uuid) -> Option<model::Placement<'_>> {
        let row = self.rows(Kind::Placement, id).next()?;
        let mut placements = self.objects(row).placements;
        let found = (row.part as usize) < placements.len();
        found.then(|| self.stamped_placement(placements.swap_remove(row.part as usize)))
    }

    pub(super) fn stamped_placement<'s>(&'s self, placement: model::Placement<'s>) -> model::Placement<'s> {
        model::Placement { meta: self.meta(Kind::Placement, placement.id), ..placement }
    }

    /// An activity.
    pub fn activity(&self, id: Uuid) -> Option<model::Activity<'_>> {
        let row = self.rows(Kind::Activity, id).next()?;
        let context = self.context(row);
        let teachers = self.members(row).filter_map(|it| crosswalk::teacher(it, context)).collect();
        let activity = crosswalk::activity(row.at as usize, teachers, context)?;
        Some(model::Activity { meta: self.meta(Kind::Activity, id), ..activity })
    }

    /// Everybody in the group that a row is about, or about whose teaching it is.
    pub(super) fn members(&self, row: Row) -> impl Iterator<Item = &Member<'static>> {
        let key = &self.context(row).group_at(row.at as usize).group.id;
        self.snapshot(row).members_of(key).map(|it| it.member)
    }

    /// What is read.
    pub fn view(&self) -> &'r View {
        self.scope.view
    }

    /// What may be seen of it.
    pub fn scope(&self) -> &'r Scope<'r> {
        self.scope
    }

    pub(super) fn rows(&self, kind: Kind, id: Uuid) -> impl Iterator<Item = Row> + use<'r> {
        let scope = self.scope;
        scope.rows(kind, id).iter().filter(move |it| scope.sees(kind, it)).copied()
    }

    fn snapshot(&self, row: Row) -> &'r Snapshot {
        &self.scope.view.institutions[row.institution as usize]
    }

    pub(super) fn context(&self, row: Row) -> &Context<'r> {
        let at = row.institution as usize;
        self.contexts[at].get_or_init(|| {
            let (roster, ground) = (self.snapshot(row).roster(), self.scope.view.details[at].ground.clone());
            Context::over(roster, ground, self.options, self.scope.caller.rights)
                .with_consumer(self.scope.caller.consumer)
                .with_reference_names(self.reference_names)
                .with_marked(&self.scope.view.marked_twice)
        })
    }

    /// What the member of a row becomes.
    pub(super) fn objects(&self, row: Row) -> Objects<'_> {
        crosswalk::member(self.member(row), self.context(row), &mut Trail::silent())
    }

    fn meta(&self, kind: Kind, id: Uuid) -> model::Meta<'static> {
        let Some(Times { created, modified }) = self.scope.times(kind, id) else {
            return model::Meta { created: Text::Borrowed(""), modified: Text::Borrowed("") };
        };
        let text = |it: chrono::DateTime<chrono::Utc>| Text::Owned(it.to_rfc3339_opts(SecondsFormat::Millis, true));
        model::Meta { created: text(created), modified: text(modified) }
    }
}
