//! SS12000 2.0 and 2.1, the objects as we read them. Sources differ: nothing is required, ids need not be UUIDs, unknown properties pass.
//!
//! Codes stay text until a crossing looks at them, so that an unknown one costs its property and not the object.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de};

/// Text that is borrowed from the JSON where it holds no escapes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Text<'a>(pub Cow<'a, str>);

/// A reference to any object.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reference<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub display_name: Option<Text<'a>>,
    pub security_marking: Option<Text<'a>>,
}

/// An element of an organisation.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Organisation<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub display_name: Option<Text<'a>>,
    pub organisation_code: Option<Text<'a>>,
    pub organisation_type: Option<Text<'a>>,
    pub organisation_number: Option<Text<'a>>,
    pub parent_organisation: Option<Reference<'a>>,
    pub school_unit_code: Option<Text<'a>>,
    #[serde(deserialize_with = "list")]
    pub school_types: Vec<Text<'a>>,
    pub address: Option<Address<'a>>,
    pub municipality_code: Option<Text<'a>>,
    pub url: Option<Text<'a>>,
    pub email: Option<Text<'a>>,
    pub phone_number: Option<Text<'a>>,
    #[serde(deserialize_with = "list")]
    pub contact_info: Vec<de::IgnoredAny>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
}

/// An address of a person or an organisation.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address<'a> {
    #[serde(rename = "type", borrow)]
    pub kind: Option<Text<'a>>,
    pub street_address: Option<Text<'a>>,
    pub locality: Option<Text<'a>>,
    pub postal_code: Option<Text<'a>>,
    pub county_code: Option<Text<'a>>,
    pub municipality_code: Option<Text<'a>>,
    pub real_estate_designation: Option<Text<'a>>,
    pub country: Option<Text<'a>>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Person<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub given_name: Option<Text<'a>>,
    pub middle_name: Option<Text<'a>>,
    pub family_name: Option<Text<'a>>,
    #[serde(deserialize_with = "list")]
    pub edu_person_principal_names: Vec<Text<'a>>,
    #[serde(deserialize_with = "list")]
    pub external_identifiers: Vec<ExternalIdentifier<'a>>,
    pub civic_no: Option<CivicNo<'a>>,
    pub birth_date: Option<Text<'a>>,
    pub sex: Option<Text<'a>>,
    pub security_marking: Option<Text<'a>>,
    pub person_status: Option<Text<'a>>,
    #[serde(deserialize_with = "list")]
    pub emails: Vec<Email<'a>>,
    #[serde(deserialize_with = "list")]
    pub phone_numbers: Vec<PhoneNumber<'a>>,
    #[serde(deserialize_with = "list")]
    pub addresses: Vec<Address<'a>>,
    pub photo: Option<Text<'a>>,
    #[serde(deserialize_with = "list")]
    pub enrolments: Vec<Enrolment<'a>>,
    #[serde(deserialize_with = "list")]
    pub responsibles: Vec<Responsible<'a>>,
}

/// An identifier from somewhere else.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExternalIdentifier<'a> {
    #[serde(borrow)]
    pub value: Option<Text<'a>>,
    pub context: Option<Text<'a>>,
    #[serde(deserialize_with = "truth")]
    pub globally_unique: Option<bool>,
}

/// A national identity number.
#[derive(Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct CivicNo<'a> {
    #[serde(borrow)]
    pub value: Option<Text<'a>>,
    pub nationality: Option<Text<'a>>,
}

/// A mail address.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Email<'a> {
    #[serde(borrow)]
    pub value: Option<Text<'a>>,
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
}

/// A telephone number.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct PhoneNumber<'a> {
    #[serde(borrow)]
    pub value: Option<Text<'a>>,
    #[serde(rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(deserialize_with = "truth")]
    pub mobile: Option<bool>,
}

/// An adult who is responsible for a pupil.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Responsible<'a> {
    #[serde(borrow, deserialize_with = "given")]
    pub person: Reference<'a>,
    pub relation_type: Option<Text<'a>>,
}

/// Being a pupil of a school unit.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Enrolment<'a> {
    #[serde(borrow, deserialize_with = "given")]
    pub enroled_at: Reference<'a>,
    #[serde(deserialize_with = "number")]
    pub school_year: Option<u8>,
    pub school_type: Option<Text<'a>>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
    #[serde(deserialize_with = "truth")]
    pub cancelled: Option<bool>,
    pub education_code: Option<Text<'a>>,
    pub programme: Option<Reference<'a>>,
    pub specification: Option<Text<'a>>,
}

/// A post at a school unit.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Duty<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub person: Option<Reference<'a>>,
    #[serde(deserialize_with = "list")]
    pub assignment_role: Vec<AssignmentRole<'a>>,
    #[serde(deserialize_with = "given")]
    pub duty_at: Reference<'a>,
    pub duty_role: Option<Text<'a>>,
    pub description: Option<Text<'a>>,
    pub signature: Option<Text<'a>>,
    pub duty_percent: Option<de::IgnoredAny>,
    pub hours_per_year: Option<de::IgnoredAny>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
}

/// A task that a post brings towards a group.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AssignmentRole<'a> {
    #[serde(borrow, deserialize_with = "given")]
    pub group: Reference<'a>,
    pub assignment_role_type: Option<Text<'a>>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
}

/// A group and its members.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Group<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub display_name: Option<Text<'a>>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
    pub group_type: Option<Text<'a>>,
    pub school_type: Option<Text<'a>>,
    #[serde(deserialize_with = "given")]
    pub organisation: Reference<'a>,
    #[serde(deserialize_with = "list")]
    pub group_memberships: Vec<GroupMembership<'a>>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupMembership<'a> {
    #[serde(borrow, deserialize_with = "given")]
    pub person: Reference<'a>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
}

/// A child's place in preschool or after-school care.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Placement<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    #[serde(deserialize_with = "given")]
    pub placed_at: Reference<'a>,
    pub group: Option<Reference<'a>>,
    #[serde(deserialize_with = "given")]
    pub child: Reference<'a>,
    #[serde(deserialize_with = "list")]
    pub owners: Vec<Reference<'a>>,
    pub school_type: Option<Text<'a>>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
    pub reason: Option<Text<'a>>,
    pub max_weekly_schedule_hours: Option<de::IgnoredAny>,
}

/// Teaching, or something else that posts bring towards groups.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Activity<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    pub display_name: Option<Text<'a>>,
    #[serde(deserialize_with = "truth")]
    pub calendar_events_required: Option<bool>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
    pub activity_type: Option<Text<'a>>,
    pub comment: Option<Text<'a>>,
    pub minutes_planned: Option<de::IgnoredAny>,
    #[serde(deserialize_with = "list")]
    pub groups: Vec<Reference<'a>>,
    #[serde(deserialize_with = "list")]
    pub teachers: Vec<DutyAssignment<'a>>,
    pub syllabus: Option<Reference<'a>>,
    pub organisation: Option<Reference<'a>>,
    pub parent_activity: Option<Reference<'a>>,
}

/// A post's part in an activity.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DutyAssignment<'a> {
    #[serde(borrow, deserialize_with = "given")]
    pub duty: Reference<'a>,
    pub start_date: Option<Text<'a>>,
    pub end_date: Option<Text<'a>>,
    pub minutes_planned: Option<de::IgnoredAny>,
    #[serde(deserialize_with = "truth")]
    pub grader: Option<bool>,
}

/// What was read of a source, by kind of object.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Objects<'a> {
    pub organisations: Vec<Organisation<'a>>,
    pub persons: Vec<Person<'a>>,
    pub groups: Vec<Group<'a>>,
    pub duties: Vec<Duty<'a>>,
    pub placements: Vec<Placement<'a>>,
    pub activities: Vec<Activity<'a>>,
}

impl Text<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Reference<'_> {
    /// The id, empty if there is none.
    pub fn id(&self) -> &str {
        self.id.as_ref().map_or("", Text::as_str)
    }
}

impl fmt::Debug for CivicNo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CivicNo({:?}, withheld)", self.nationality)
    }
}

impl crate::crosswalk::Present for Text<'_> {
    fn is_present(&self) -> bool {
        !self.0.is_empty()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            /// Codes of counties and municipalities are numbers here and text there.
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(truth.to_string())))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// A list that may be null, as may be what is in it.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let all: Option<Vec<Option<T>>> = Option::deserialize(deserializer)?;
    Ok(all.into_iter().flatten().flatten().collect())
}

/// What must be there and may be null all the same.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A number that may be a text, and is none if it does not fit.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    let told: Option<Text<'de>> = Option::deserialize(deserializer)?;
    let number = told.and_then(|it| it.as_str().trim().parse::<f64>().ok());
    Ok(number.and_then(|it| (0..=u8::MAX).find(|whole| f64::from(*whole) == it)))
}

/// Whether something is so, in any spelling.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let told: Option<Text<'de>> = Option::deserialize(deserializer)?;
    Ok(told.and_then(|it| match it.as_str().trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_forgives() {
        let text = r#"{"id":"P1","x":{"y":1},"givenName":"Å\u0041","familyName":null,"enrolments":null,"emails":[{"value":"a@b.c"}]}"#;
        let person: Person<'_> = serde_json::from_str(text).unwrap();
        assert_eq!(person.given_name.unwrap().as_str(), "ÅA");
        assert!(matches!(person.id, Some(Text(Cow::Borrowed("P1")))));
        assert_eq!((person.family_name, person.enrolments.len(), person.emails.len()), (None, 0, 1));
        let address: Address<'_> = serde_json::from_str(r#"{"municipalityCode":461}"#).unwrap();
        assert_eq!(address.municipality_code.unwrap().as_str(), "461");
    }

    #[test]
    fn numbers_and_truths_are_read_in_every_spelling() {
        for (told, year) in
            [("7", Some(7)), ("\"7\"", Some(7)), ("7.0", Some(7)), ("-1", None), ("300", None), ("null", None)]
        {
            let text = format!("{{\"enroledAt\":null,\"schoolYear\":{told}}}");
            let read: Enrolment<'_> = serde_json::from_str(&text).unwrap();
            assert_eq!((read.school_year, read.enroled_at.id()), (year, ""), "{told}");
        }
        for (told, mobile) in [("true", Some(true)), ("\"True\"", Some(true)), ("0", Some(false)), ("\"\"", None)] {
            let text = format!("{{\"mobile\":{told}}}");
            let read: PhoneNumber<'_> = serde_json::from_str(&text).unwrap();
            assert_eq!(read.mobile, mobile, "{told}");
        }
        let text =
            r#"{"id":-7,"dutyPercent":80.5,"dutyAt":null,"assignmentRole":[null,{"group":null}],"signature":true}"#;
        let duty: Duty<'_> = serde_json::from_str(text).unwrap();
        assert_eq!((duty.id.unwrap().as_str(), duty.assignment_role.len()), ("-7", 1));
        assert!(duty.duty_percent.is_some());
    }
}
