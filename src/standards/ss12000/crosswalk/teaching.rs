//! SS12000 2.1 Activity -> who works with which group. Nothing else of an activity has a place in the hub.

use super::Reading;
use crate::{crosswalk::Trail, standards::ss12000::read};

const NO_PLACE: &str = "there is no place for it: only who works with which group is kept";

/// The ids of the duties of an activity that goes on, each with the id of each group.
pub(super) fn taught<'a>(
    activity: &'a read::Activity<'a>,
    reading: &Reading<'_>,
    trail: &mut Trail,
) -> Vec<(&'a str, &'a str)> {
    let read::Activity {
        id: _, // minted again
        display_name,
        calendar_events_required,
        start_date,
        end_date,
        activity_type,
        comment,
        minutes_planned,
        groups,
        teachers,
        syllabus,
        organisation: _, // asked for
        parent_activity,
    } = activity;
    if !reading.is_current(start_date, end_date) {
        return Vec::new();
    }
    trail.drop("displayName", NO_PLACE, display_name);
    trail.drop("calendarEventsRequired", NO_PLACE, calendar_events_required.unwrap_or_default());
    trail.drop("startDate", NO_PLACE, start_date);
    trail.drop("endDate", NO_PLACE, end_date);
    trail.drop("activityType", NO_PLACE, activity_type);
    trail.drop("comment", NO_PLACE, comment);
    trail.drop("minutesPlanned", NO_PLACE, minutes_planned);
    trail.drop("syllabus", NO_PLACE, syllabus);
    trail.drop("parentActivity", NO_PLACE, parent_activity);
    let mut taught = Vec::new();
    for (at, teacher) in teachers.iter().enumerate() {
        let duty = trail.within_item("teachers", at, |trail| teacher_in(teacher, reading, trail));
        taught.extend(duty.into_iter().flat_map(|duty| groups.iter().map(move |group| (duty, group.id()))));
    }
    taught
}

fn teacher_in<'a>(teacher: &'a read::DutyAssignment<'a>, reading: &Reading<'_>, trail: &mut Trail) -> Option<&'a str> {
    let read::DutyAssignment { duty, start_date, end_date, minutes_planned, grader } = teacher;
    if !reading.is_current(start_date, end_date) {
        return None;
    }
    trail.drop("startDate", NO_PLACE, start_date);
    trail.drop("endDate", NO_PLACE, end_date);
    trail.drop("minutesPlanned", NO_PLACE, minutes_planned);
    trail.drop("grader", NO_PLACE, grader.unwrap_or_default());
    Some(duty.id())
}
