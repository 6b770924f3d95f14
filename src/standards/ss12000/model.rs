//! SS12000 2.1, the objects as we write them: properties in the order of the schemas, absent ones left out, enumerations exact.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    described::{Described, in_json},
    values::{
        ActivityType, AssignmentRoleType, DutyRole, EmailType, GroupType, InfoType, OrganisationAddressType,
        OrganisationType, PersonAddressType, PersonStatus, PhoneType, PlacementReason, RelationType, SchoolType,
        SecurityMarking, Sex,
    },
};

/// Text that is borrowed where it can be.
type Text<'a> = Cow<'a, str>;

/// Structs as they are written here, and their description beside them: each property by its name, whether it may be missing, and
/// how it looks. Names are those that serde gives.
macro_rules! described {
    ($($(#[$of:meta])* pub struct $name:ident<'a> { $($(#[$on:meta])* pub $field:ident: $type:ty,)* })*) => {
        $($(#[$of])* pub struct $name<'a> { $($(#[$on])* pub $field: $type,)* }

        impl<'a> Described for $name<'a> {
            fn schema() -> Value {
                json!({ "$ref": concat!("#/components/schemas/", stringify!($name)) })
            }
        })*

        /// Every object: its name, and its properties with whether they may be missing and how they look.
        #[allow(clippy::extra_unused_lifetimes)] // the types in the body name it
        pub(super) fn described<'a>() -> Vec<(&'static str, Vec<(String, bool, Value)>)> {
            vec![$((
                stringify!($name),
                vec![$((
                    in_json(stringify!($field)),
                    <$type as Described>::OPTIONAL,
                    <$type as Described>::schema(),
                )),*],
            )),*]
        }
    };
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

described! {
    /// When an object was made and last changed.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct Meta<'a> {
        pub created: Text<'a>,
        pub modified: Text<'a>,
    }

    /// A reference to an object that is no person.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Reference<'a> {
        pub id: Uuid,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub display_name: Option<Text<'a>>,
    }

    /// A reference to a person, with the marking that whoever shows the name must know.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct PersonReference<'a> {
        pub id: Uuid,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub display_name: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub security_marking: Option<SecurityMarking>,
    }

    /// An element of an organisation: here a municipality, a school or a unit of one.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Organisation<'a> {
        pub id: Uuid,
        pub meta: Meta<'a>,
        pub display_name: Text<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub organisation_code: Option<Text<'a>>,
        pub organisation_type: OrganisationType,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub organisation_number: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub parent_organisation: Option<Reference<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub school_unit_code: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub school_types: Vec<SchoolType>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub address: Option<OrganisationAddress<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub municipality_code: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub url: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub email: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub phone_number: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub contact_info: Vec<ContactInfo<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub start_date: Option<Day>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
    }

    /// The address of an organisation element.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct OrganisationAddress<'a> {
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        pub kind: Option<OrganisationAddressType>,
        pub street_address: Text<'a>,
        pub locality: Text<'a>,
        pub postal_code: Text<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub county_code: Option<u16>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub municipality_code: Option<u16>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub real_estate_designation: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub country: Option<Text<'a>>,
    }

    /// A text about how to reach somebody.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct ContactInfo<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub info_type: Option<InfoType>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub info: Option<Text<'a>>,
    }

    /// A person: pupil, member of staff, or somebody responsible for a pupil.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Person<'a> {
        pub id: Uuid,
        pub meta: Meta<'a>,
        pub given_name: Text<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub middle_name: Option<Text<'a>>,
        pub family_name: Text<'a>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub edu_person_principal_names: Vec<Text<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub external_identifiers: Vec<ExternalIdentifier<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub civic_no: Option<CivicNo<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub birth_date: Option<Day>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub sex: Option<Sex>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub security_marking: Option<SecurityMarking>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub person_status: Option<PersonStatus>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub emails: Vec<Email<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub phone_numbers: Vec<PhoneNumber<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub addresses: Vec<PersonAddress<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub photo: Option<Text<'a>>,
        /// Always written: consumers tell "none" from "not shown" by it.
        pub enrolments: Vec<Enrolment<'a>>,
        /// Written, even when empty, to whoever may see it; otherwise left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub responsibles: Option<Vec<Responsible<'a>>>,
    }

    /// An identifier from somewhere else.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct ExternalIdentifier<'a> {
        pub value: Text<'a>,
        pub context: Text<'a>,
        pub globally_unique: bool,
    }

    /// A national identity number and whose it is.
    #[derive(Clone, PartialEq, Serialize)]
    pub struct CivicNo<'a> {
        pub value: Text<'a>,
        pub nationality: Text<'a>,
    }

    /// A mail address.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct Email<'a> {
        pub value: Text<'a>,
        #[serde(rename = "type")]
        pub kind: EmailType,
    }

    /// A telephone number.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct PhoneNumber<'a> {
        pub value: Text<'a>,
        #[serde(rename = "type")]
        pub kind: PhoneType,
        pub mobile: bool,
    }

    /// The address of a person.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct PersonAddress<'a> {
        #[serde(rename = "type")]
        pub kind: PersonAddressType,
        pub street_address: Text<'a>,
        pub locality: Text<'a>,
        pub postal_code: Text<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub county_code: Option<u16>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub municipality_code: Option<u16>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub real_estate_designation: Option<Text<'a>>,
        pub country: Text<'a>,
    }

    /// An adult who is responsible for a pupil.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Responsible<'a> {
        pub person: PersonReference<'a>,
        pub relation_type: RelationType,
    }

    /// Being a pupil of a school unit.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Enrolment<'a> {
        pub enroled_at: Reference<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub school_year: Option<u8>,
        pub school_type: SchoolType,
        pub start_date: Day,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub cancelled: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub education_code: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub programme: Option<Reference<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub specification: Option<Text<'a>>,
    }

    /// A post at a school unit.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Duty<'a> {
        pub id: Uuid,
        pub meta: Meta<'a>,
        pub person: PersonReference<'a>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub assignment_role: Vec<AssignmentRole<'a>>,
        pub duty_at: Reference<'a>,
        pub duty_role: DutyRole,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub description: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub signature: Option<Text<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub duty_percent: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub hours_per_year: Option<u32>,
        pub start_date: Day,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
    }

    /// A task that a post brings towards a group.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct AssignmentRole<'a> {
        pub group: Reference<'a>,
        pub assignment_role_type: AssignmentRoleType,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub start_date: Option<Day>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
    }

    /// A group and its members.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Group<'a> {
        pub id: Uuid,
        pub meta: Meta<'a>,
        pub display_name: Text<'a>,
        pub start_date: Day,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
        pub group_type: GroupType,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub school_type: Option<SchoolType>,
        pub organisation: Reference<'a>,
        /// Always written: some consumers fail without it.
        pub group_memberships: Vec<GroupMembership<'a>>,
    }

    /// A member of a group.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct GroupMembership<'a> {
        pub person: PersonReference<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub start_date: Option<Day>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
    }

    /// A child's place in preschool or after-school care.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Placement<'a> {
        pub id: Uuid,
        pub meta: Meta<'a>,
        pub placed_at: Reference<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub group: Option<Reference<'a>>,
        pub child: PersonReference<'a>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        pub owners: Vec<PersonReference<'a>>,
        pub school_type: SchoolType,
        pub start_date: Day,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub reason: Option<PlacementReason>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_weekly_schedule_hours: Option<u32>,
    }

    /// What teachers do with groups: here the tie between them, without lessons.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Activity<'a> {
        pub id: Uuid,
        pub meta: Meta<'a>,
        pub display_name: Text<'a>,
        pub calendar_events_required: bool,
        pub start_date: Day,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
        pub activity_type: ActivityType,
        /// Never empty.
        pub groups: Vec<Reference<'a>>,
        pub teachers: Vec<DutyAssignment<'a>>,
        pub organisation: Reference<'a>,
    }

    /// A post that teaches.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct DutyAssignment<'a> {
        pub duty: Reference<'a>,
    }

    /// What `expand` adds to a person. Who may not see a part of it gets none of that part.
    #[derive(Debug, Clone, PartialEq, Serialize, Default)]
    #[serde(rename_all = "camelCase")]
    pub struct PersonEmbedded<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub responsible_for: Option<Vec<Responsible<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub placements: Option<Vec<Placement<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub owned_placements: Option<Vec<Placement<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub duties: Option<Vec<Duty<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub group_memberships: Option<Vec<PersonMembership<'a>>>,
    }

    /// A group that a person is in.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct PersonMembership<'a> {
        pub group: GroupFragment<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub start_date: Option<Day>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
    }

    /// A group without its members.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct GroupFragment<'a> {
        pub id: Uuid,
        pub meta: Meta<'a>,
        pub display_name: Text<'a>,
        pub start_date: Day,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_date: Option<Day>,
        pub group_type: GroupType,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub school_type: Option<SchoolType>,
        pub organisation: Reference<'a>,
    }

    /// What `expand` adds to a group.
    #[derive(Debug, Clone, PartialEq, Serialize, Default)]
    #[serde(rename_all = "camelCase")]
    pub struct GroupEmbedded<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub assignment_roles: Option<Vec<GroupTask<'a>>>,
    }

    /// A task that somebody's post brings towards the group.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct GroupTask<'a> {
        pub duty: Reference<'a>,
        pub assignment_role_type: AssignmentRoleType,
    }

    /// What `expand` adds to a duty.
    #[derive(Debug, Clone, PartialEq, Serialize, Default)]
    #[serde(rename_all = "camelCase")]
    pub struct DutyEmbedded<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub person: Option<Person<'a>>,
    }

    /// What `expand` adds to a placement.
    #[derive(Debug, Clone, PartialEq, Serialize, Default)]
    #[serde(rename_all = "camelCase")]
    pub struct PlacementEmbedded<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub child: Option<Person<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub owners: Option<Vec<Person<'a>>>,
    }

    /// What `expand` adds to an activity.
    #[derive(Debug, Clone, PartialEq, Serialize, Default)]
    #[serde(rename_all = "camelCase")]
    pub struct ActivityEmbedded<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub groups: Option<Vec<Group<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub teachers: Option<Vec<Duty<'a>>>,
    }

    /// What is answered when something cannot be.
    #[derive(Debug, Clone, PartialEq, Serialize)]
    pub struct Error<'a> {
        pub code: &'a str,
        pub message: Text<'a>,
    }
}

impl Person<'_> {
    /// Whether the person is protected, in either of the standard's ways.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        matches!(self.security_marking, Some(SecurityMarking::Confidential | SecurityMarking::Protected))
    }
}

impl std::fmt::Debug for CivicNo<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CivicNo({}, withheld)", self.nationality)
    }
}

impl Serialize for Day {
    /// Ten characters straight into the output; the formatter of the date would take longer than the rest of an object.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Ok(year @ 0..=9999), month, day) = (u32::try_from(self.0.year()), self.0.month(), self.0.day()) else {
            return serializer.collect_str(&self.0);
        };
        let mut text = *b"0000-00-00";
        let parts = [
            (0, year / 1000),
            (1, year / 100),
            (2, year / 10),
            (3, year),
            (5, month / 10),
            (6, month),
            (8, day / 10),
            (9, day),
        ];
        for (at, value) in parts {
            text[at] = b'0' + (value % 10) as u8;
        }
        serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_dates() {
        let day = |y, m, d| serde_json::to_string(&Day(NaiveDate::from_ymd_opt(y, m, d).unwrap())).unwrap();
        assert_eq!(day(2026, 8, 1), "\"2026-08-01\"");
        assert_eq!(day(987, 12, 31), "\"0987-12-31\"");
    }
}
