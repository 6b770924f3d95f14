//! One institution of what was read: its objects made a roster, and the roster handed in.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};

use super::{
    Inner, TARGET,
    catalogue::{Catalogue, Kind},
    read,
    trouble::Trouble,
};
use crate::{
    crosswalk::{Loss, Trail},
    domain::{ImportSource, OrganisationNumber, Roster, Text},
    source::{
        intake::{Heading, IntakeError, Keeper, Mode, Outcome},
        upstream::PullError,
    },
    standards::ss12000::{
        context::Options,
        crosswalk::{self, Reading},
    },
};

/// The texts of the objects of one institution, and of all elements, since they stand above each other.
pub(super) struct Extract {
    organisations: Vec<String>,
    persons: Vec<String>,
    groups: Vec<String>,
    duties: Vec<String>,
    placements: Vec<String>,
    activities: Vec<String>,
    /// What belongs to elements that are no schools.
    strays: Vec<Loss>,
    /// The element, by its place among the organisations.
    element: usize,
    at: DateTime<FixedOffset>,
}

/// The institutions that were read, by number; of two with one number the first, by id.
pub(super) fn institutions(
    catalogue: &mut Catalogue,
    reading: &Reading<'_>,
) -> Result<Vec<OrganisationNumber<'static>>, Trouble> {
    let texts = catalogue.all(Kind::Organisation)?;
    let organisations: Vec<read::Organisation<'_>> = parsed(&texts);
    let mut numbers: Vec<OrganisationNumber<'static>> = Vec::new();
    for element in organisations.iter().filter(|it| crosswalk::is_institution(it)) {
        match crosswalk::number(element, reading) {
            Some(number) if number.fits_register() => numbers.push(number.into_owned()),
            Some(_) => catalogue.pass_over("organisations", "the configured institution number is none"),
            None => catalogue.pass_over("organisations", "no institution number is told, and none is configured"),
        }
    }
    numbers.sort();
    let told = numbers.len();
    numbers.dedup();
    if numbers.len() < told {
        catalogue.pass_over("organisations", "another element has the same institution number");
    }
    Ok(numbers)
}

impl Extract {
    /// What belongs to an institution. Its persons are those enrolled there, those who hold a duty or a place there, and those
    /// who are responsible for them.
    pub(super) fn of(
        catalogue: &mut Catalogue,
        number: &OrganisationNumber<'_>,
        reading: &Reading<'_>,
    ) -> Result<Self, Trouble> {
        let organisations = catalogue.all(Kind::Organisation)?;
        let elements: Vec<read::Organisation<'_>> = parsed(&organisations);
        let is_wanted = |it: &read::Organisation<'_>| {
            crosswalk::is_institution(it) && crosswalk::number(it, reading).is_some_and(|it| it == *number)
        };
        let element = elements.iter().position(is_wanted).ok_or(Trouble::Unknown)?;
        let id = elements[element].id.as_ref().map_or("", read::Text::as_str).to_owned();
        let schools: BTreeSet<String> = elements
            .iter()
            .filter(|it| crosswalk::is_institution(it))
            .filter_map(|it| Some(it.id.as_ref()?.as_str().to_owned()))
            .collect();
        let groups = catalogue.of(Kind::Group, &id)?;
        let duties = catalogue.of(Kind::Duty, &id)?;
        let placements = catalogue.of(Kind::Placement, &id)?;
        // Teaching may be organised by an element above the school.
        let mut activities = catalogue.of(Kind::Activity, &id)?;
        activities.extend(catalogue.outside(Kind::Activity, &schools)?);
        let persons = persons(catalogue, &id, &duties, &placements)?;
        let strays = strays(catalogue, &schools);
        Ok(Self { organisations, persons, groups, duties, placements, activities, strays, element, at: reading.at })
    }

    /// The roster, crossed with these choices, for whoever wants it.
    pub(super) fn crossed<T>(
        &self,
        options: &Options,
        trail: &mut Trail,
        then: impl FnOnce(&Roster<'_>) -> T,
    ) -> Result<T, Trouble> {
        let objects = read::Objects {
            organisations: parsed(&self.organisations),
            persons: parsed(&self.persons),
            groups: parsed(&self.groups),
            duties: parsed(&self.duties),
            placements: parsed(&self.placements),
            activities: parsed(&self.activities),
        };
        let reading = Reading { options, at: self.at };
        let element = objects.organisations.get(self.element).ok_or(Trouble::Unknown)?;
        let roster = crosswalk::roster(element, &objects, &reading, trail).map_err(|why| {
            Trouble::Nameless(match why {
                crosswalk::Refusal::NotAnInstitution => "the organisation element is no school or school unit",
                crosswalk::Refusal::NoNumber => "the organisation element has no institution number",
            })
        })?;
        Ok(then(&roster))
    }
}

/// Objects of elements that are no schools, each one a loss: leaders of a district, groups of an authority. Nobody here has them.
fn strays(catalogue: &Catalogue, schools: &BTreeSet<String>) -> Vec<Loss> {
    let kinds = [
        (Kind::Group, "/groups"),
        (Kind::Duty, "/duties"),
        (Kind::Placement, "/placements"),
        (Kind::Person, "/persons/enrolments"),
    ];
    let told = kinds.into_iter().flat_map(|(kind, path)| {
        let loss = Loss { path: path.to_owned(), line: None, why: "it belongs to no school", target: TARGET };
        std::iter::repeat_n(loss, catalogue.strays(kind, schools))
    });
    told.collect()
}

fn persons(
    catalogue: &mut Catalogue,
    element: &str,
    duties: &[String],
    placements: &[String],
) -> Result<Vec<String>, Trouble> {
    let duties: Vec<read::Duty<'_>> = parsed(duties);
    let placements: Vec<read::Placement<'_>> = parsed(placements);
    let holders = duties.iter().filter_map(|it| it.person.as_ref());
    let children = placements.iter().map(|it| &it.child);
    let ids: BTreeSet<String> = holders.chain(children).map(|it| it.id().to_owned()).collect();
    let mut texts = catalogue.with(Kind::Person, &ids, Some(element))?;
    let told: Vec<read::Person<'_>> = parsed(&texts);
    let adults = told.iter().flat_map(|it| &it.responsibles).map(|it| it.person.id().to_owned());
    let mut adults: BTreeSet<String> = adults.collect();
    // Whoever works here as well is there already.
    let known: BTreeSet<&str> = told.iter().filter_map(|it| Some(it.id.as_ref()?.as_str())).collect();
    adults.retain(|it| !known.contains(it.as_str()));
    texts.extend(catalogue.with(Kind::Person, &adults, None)?);
    Ok(texts)
}

/// The objects behind texts that were read once already.
fn parsed<'t, T: serde::Deserialize<'t> + Default>(texts: &'t [String]) -> Vec<T> {
    texts.iter().map(|it| serde_json::from_str(it).unwrap_or_default()).collect()
}

impl Inner {
    /// Hands in one institution of a walk that others may have made.
    pub(super) fn pulled(
        &self,
        institution: &OrganisationNumber<'_>,
        keeper: &dyn Keeper,
        confirmed: bool,
    ) -> Result<Outcome, PullError> {
        let (extract, mut losses) = self.extract(institution)?;
        let mut trail = Trail::recording(TARGET);
        let outcome = extract.crossed(&self.options, &mut trail, |roster| {
            hand_in(roster, &self.options.source_name, keeper, confirmed).map_err(PullError::Intake)
        })?;
        losses.extend(extract.strays);
        losses.extend(trail.take());
        (self.losses)(institution, &losses);
        outcome
    }
}

fn hand_in(
    roster: &Roster<'_>,
    source_name: &str,
    keeper: &dyn Keeper,
    confirmed: bool,
) -> Result<Outcome, IntakeError> {
    keeper.keep_description(&roster.organisation)?;
    let mut intake = keeper.begin(heading(roster, source_name, confirmed))?;
    roster.groups.iter().try_for_each(|it| intake.group(it))?;
    roster.members.iter().try_for_each(|it| intake.member(it))?;
    intake.commit()
}

/// What the server no longer tells has gone, whatever source it came from.
fn heading(roster: &Roster<'_>, source_name: &str, confirmed: bool) -> Heading {
    let mut sources: Vec<ImportSource<'static>> =
        roster.sources.iter().cloned().map(ImportSource::into_owned).collect();
    if let (true, Some(at)) = (sources.is_empty(), roster.exported_at) {
        let school_year = crosswalk::school_year(at.date_naive());
        sources.push(ImportSource { source: Text::Owned(source_name.to_owned()), extracted_at: at, school_year });
    }
    Heading {
        mode: Mode::Mirror,
        institution: roster.organisation.number.clone().into_owned(),
        name: roster.organisation.name.as_ref().map(|it| it.clone().into_owned()),
        sources,
        confirmed,
    }
}
