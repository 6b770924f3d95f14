//! SS12000 2.1, which objects a list keeps. Filters look at the objects as the caller sees them, so that nothing can be found by what
//! may not be seen: neither the real name of a protected person nor a hidden number.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::parameters::Parameters;
use crate::standards::ss12000::{
    model::{self, Day},
    view::{Key, Kind, Object, Reader, Relation, Times, bare},
};

/// The filters of a list, made ready.
pub(super) struct Filter<'f> {
    parameters: &'f Parameters,
    reader: &'f Reader<'f>,
    kind: Kind,
    dates: Dates,
    /// Organisation elements at and below the one that is asked for.
    subtree: Option<BTreeSet<Uuid>>,
    names: Vec<String>,
    civic_no: Option<String>,
    relations: Option<Dates>,
}

/// Bounds of a period, all inclusive. What has no date is within them.
#[derive(Debug, Clone, Copy)]
struct Dates {
    starts: (Option<NaiveDate>, Option<NaiveDate>),
    ends: (Option<NaiveDate>, Option<NaiveDate>),
}

impl Dates {
    fn new(parameters: &Parameters, names: [&str; 4]) -> Self {
        let [starts_after, starts_before, ends_after, ends_before] = names.map(|it| parameters.day(it));
        Self { starts: (starts_after, starts_before), ends: (ends_after, ends_before) }
    }

    fn keep(&self, from: Option<Day>, to: Option<Day>) -> bool {
        let within = |day: Option<Day>, (after, before): (Option<NaiveDate>, Option<NaiveDate>)| {
            day.is_none_or(|day| after.is_none_or(|it| day.0 >= it) && before.is_none_or(|it| day.0 <= it))
        };
        within(from, self.starts) && within(to, self.ends)
    }
}

impl<'f> Filter<'f> {
    /// The filters of a request.
    pub(super) fn new(kind: Kind, parameters: &'f Parameters, reader: &'f Reader<'f>) -> Self {
        let names = ["startDate.onOrAfter", "startDate.onOrBefore", "endDate.onOrAfter", "endDate.onOrBefore"];
        let related = names.map(|it| format!("relationship.{it}"));
        let related = [&*related[0], &*related[1], &*related[2], &*related[3]];
        let whole = matches!(kind, Kind::Duty | Kind::Activity);
        let top = parameters.id("organisation").filter(|_| whole);
        Self {
            parameters,
            reader,
            kind,
            dates: Dates::new(parameters, names),
            subtree: top.map(|top| subtree(top, reader)),
            names: parameters
                .texts("nameContains")
                .into_iter()
                .map(folded)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            civic_no: parameters.text("civicNo").map(bare),
            relations: parameters.has_any("relationship.").then(|| Dates::new(parameters, related)),
        }
    }

    /// The only ids that can pass, ascending, where an index knows them.
    pub(super) fn candidates(&self) -> Option<BTreeSet<Uuid>> {
        let Self { parameters, reader, .. } = self;
        let known = |key, value: &str| Some(reader.view().known_by(key, value).into_iter().collect());
        match self.kind {
            Kind::Person => match (&self.civic_no, parameters.text("eduPersonPrincipalName")) {
                (Some(number), _) => known(Key::Civic, number),
                (None, Some(name)) => known(Key::Principal, name),
                (None, None) => known(Key::Identifier, parameters.text("identifier.value")?),
            },
            Kind::Duty => Some(reader.duties_of(parameters.id("person")?)),
            Kind::Placement => Some(reader.placements_of(parameters.id("child")?)),
            Kind::Organisation | Kind::Group | Kind::Activity => None,
        }
    }

    /// Whether its times let an object pass, before it is made.
    pub(super) fn keeps_times(&self, id: Uuid) -> bool {
        let of = |name: &str| self.parameters.moment(name);
        let bounds = [
            of("meta.created.after"),
            of("meta.created.before"),
            of("meta.modified.after"),
            of("meta.modified.before"),
        ];
        if bounds.iter().all(Option::is_none) {
            return true;
        }
        let Some(Times { created, modified }) = self.reader.scope().times(self.kind, id) else { return false };
        let within = |time: DateTime<Utc>, after: Option<DateTime<Utc>>, before: Option<DateTime<Utc>>| {
            after.is_none_or(|it| time > it) && before.is_none_or(|it| time <= it)
        };
        within(created, bounds[0], bounds[1]) && within(modified, bounds[2], bounds[3])
    }

    /// Whether an object passes.
    pub(super) fn keeps(&self, object: &Object<'_>) -> bool {
        match object {
            Object::Organisation(it) => self.keeps_organisation(it),
            Object::Person(it) => self.keeps_person(it),
            Object::Group(it) => self.keeps_group(it),
            Object::Duty(it) => self.keeps_duty(it),
            Object::Placement(it) => self.keeps_placement(it),
            Object::Activity(it) => self.keeps_activity(it),
        }
    }

    fn keeps_organisation(&self, it: &model::Organisation<'_>) -> bool {
        let code = |name, own: &Option<_>| self.any_text(name, own.as_deref());
        self.any_id("parent", it.parent_organisation.as_ref().map(|it| it.id))
            && code("schoolUnitCode", &it.school_unit_code)
            && code("organisationCode", &it.organisation_code)
            && code("municipalityCode", &it.municipality_code)
            && self.any_text("type", Some(it.organisation_type.as_str()))
            && self.any_of("schoolTypes", it.school_types.iter().map(|it| it.as_str()))
            && self.dates.keep(it.start_date, it.end_date)
    }

    fn keeps_person(&self, it: &model::Person<'_>) -> bool {
        let civic = |wanted: &String| it.civic_no.as_ref().is_some_and(|it| bare(&it.value) == *wanted);
        self.civic_no.as_ref().is_none_or(civic)
            && self.any_of("eduPersonPrincipalName", it.edu_person_principal_names.iter().map(|it| &**it))
            && self.keeps_identifiers(it)
            && self.keeps_names(it)
            && self.relations.is_none_or(|dates| self.is_related(it.id, dates))
    }

    fn keeps_names(&self, it: &model::Person<'_>) -> bool {
        if self.names.is_empty() {
            return true;
        }
        let parts = [Some(&it.given_name), it.middle_name.as_ref(), Some(&it.family_name)];
        let parts: Vec<String> = parts.into_iter().flatten().map(|it| folded(it)).collect();
        self.names.iter().all(|wanted| parts.iter().any(|it| it.contains(wanted.as_str())))
    }

    fn keeps_identifiers(&self, person: &model::Person<'_>) -> bool {
        let (value, context) = (self.parameters.text("identifier.value"), self.parameters.text("identifier.context"));
        let is_it = |it: &model::ExternalIdentifier<'_>| {
            value.is_none_or(|wanted| it.value == wanted) && context.is_none_or(|wanted| it.context == wanted)
        };
        (value.is_none() && context.is_none()) || person.external_identifiers.iter().any(is_it)
    }

    /// All that is asked of relations must be so of one and the same.
    fn is_related(&self, id: Uuid, dates: Dates) -> bool {
        let kind = self.parameters.text("relationship.entity.type");
        let organisation = self.parameters.id("relationship.organisation");
        let is_it = |it: &Relation| {
            kind.is_none_or(|wanted| it.kind == wanted)
                && organisation.is_none_or(|wanted| it.organisation == wanted)
                && dates.keep(it.from, it.to)
        };
        self.reader.relations(id).iter().any(is_it)
    }

    fn keeps_group(&self, it: &model::Group<'_>) -> bool {
        self.any_text("groupType", Some(it.group_type.as_str()))
            && self.any_text("schoolTypes", it.school_type.map(|it| it.as_str()))
            && self.any_id("organisation", Some(it.organisation.id))
            && self.dates.keep(Some(it.start_date), it.end_date)
    }

    fn keeps_duty(&self, it: &model::Duty<'_>) -> bool {
        self.is_below(it.duty_at.id)
            && self.any_text("dutyRole", Some(it.duty_role.as_str()))
            && self.any_id("person", Some(it.person.id))
            && self.dates.keep(Some(it.start_date), it.end_date)
    }

    fn keeps_placement(&self, it: &model::Placement<'_>) -> bool {
        let owned = |owner: Uuid| it.owners.iter().any(|it| it.id == owner);
        self.any_id("organisation", Some(it.placed_at.id))
            && self.any_id("group", it.group.as_ref().map(|it| it.id))
            && self.any_id("child", Some(it.child.id))
            && self.parameters.id("owner").is_none_or(owned)
            && self.dates.keep(Some(it.start_date), it.end_date)
    }

    fn keeps_activity(&self, it: &model::Activity<'_>) -> bool {
        let teaches = |duty: Uuid| it.teachers.iter().any(|it| it.duty.id == duty);
        let has_group = |group: Uuid| it.groups.iter().any(|it| it.id == group);
        self.is_below(it.organisation.id)
            && self.parameters.id("teacher").is_none_or(teaches)
            && self.parameters.id("group").is_none_or(has_group)
            && self.dates.keep(Some(it.start_date), it.end_date)
            && self.parameters.id("member").is_none_or(|member| is_member(it, &BTreeSet::from([member]), self.reader))
    }

    fn is_below(&self, organisation: Uuid) -> bool {
        self.subtree.as_ref().is_none_or(|it| it.contains(&organisation))
    }

    fn any_id(&self, name: &str, own: Option<Uuid>) -> bool {
        let wanted = self.parameters.ids(name);
        wanted.is_empty() || own.is_some_and(|own| wanted.contains(&own))
    }

    fn any_text(&self, name: &str, own: Option<&str>) -> bool {
        self.any_of(name, own.into_iter())
    }

    fn any_of<'o>(&self, name: &str, mut own: impl Iterator<Item = &'o str>) -> bool {
        let wanted = self.parameters.texts(name);
        wanted.is_empty() || own.any(|it| wanted.contains(&it))
    }
}

/// Whether any of these persons is in a group of the activity.
pub(super) fn is_member(activity: &model::Activity<'_>, persons: &BTreeSet<Uuid>, reader: &Reader<'_>) -> bool {
    let groups = activity.groups.iter().filter_map(|it| reader.group(it.id));
    groups.into_iter().any(|it| it.group_memberships.iter().any(|it| persons.contains(&it.person.id)))
}

/// Organisation elements at and below one.
fn subtree(top: Uuid, reader: &Reader<'_>) -> BTreeSet<Uuid> {
    let elements = reader.view().ids(Kind::Organisation, None).filter_map(|it| reader.organisation(it));
    let parents: Vec<(Uuid, Uuid)> =
        elements.filter_map(|it| Some((it.id, it.parent_organisation.as_ref()?.id))).collect();
    let mut found = BTreeSet::from([top]);
    loop {
        let more: Vec<Uuid> =
            parents.iter().filter(|it| found.contains(&it.1) && !found.contains(&it.0)).map(|it| it.0).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Text as it is compared: composed, and in small letters of any alphabet.
pub(super) fn folded(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_compared_in_any_alphabet_and_form() {
        assert_eq!(folded("ÆBLEØ Å"), "æbleø å");
        assert_eq!(folded("A\u{30a}SE"), folded("åse"));
        assert_eq!(folded("ЩУКА"), "щука");
    }

    #[test]
    fn what_has_no_date_is_within_every_period() {
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let dates = Dates { starts: (day("2026-01-02"), day("2026-01-03")), ends: (None, day("2026-02-01")) };
        let is = |from: &str, to: &str| dates.keep(day(from).map(Day), day(to).map(Day));
        assert!(is("", "") && is("2026-01-02", "") && is("2026-01-03", "2026-02-01"), "both ends are within");
        assert!(!is("2026-01-01", "") && !is("2026-01-04", "") && !is("2026-01-02", "2026-02-02"));
    }
}
