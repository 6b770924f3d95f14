//! SS12000 2.1, the enumerations, spelt as on the wire. Where 2.0 spelt a value otherwise, the old spelling is read too.

use serde::{Serialize, Serializer};

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal $(| $old:literal)*,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $text] $variant,)* }

        impl $name {
            /// Every value, in the order of the standard.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Every value as on the wire, in the same order.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// As on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Reads a value of 2.1 or 2.0.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text $(| $old)* => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl super::described::Described for $name {
            fn schema() -> serde_json::Value {
                let values: Vec<&str> = Self::ALL.iter().map(|it| it.as_str()).collect();
                serde_json::json!({ "type": "string", "enum": values })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )*};
}

values! {
    /// Kind of organisation element.
    OrganisationType {
        Authority = "Huvudman",
        AreaOfOperation = "Verksamhetsområde",
        Administration = "Förvaltning" | "Stadsdel",
        HeadsArea = "Rektorsområde",
        School = "Skola",
        SchoolUnit = "Skolenhet",
        Brand = "Varumärke",
        Company = "Bolag",
        Other = "Övrigt",
    }

    /// School form.
    SchoolType {
        Fs = "FS",
        Fklass = "FKLASS",
        Fth = "FTH",
        Oppfth = "OPPFTH",
        Gr = "GR",
        Grs = "GRS",
        Tr = "TR",
        Sp = "SP",
        Sam = "SAM",
        Gy = "GY",
        Gys = "GYS",
        Vux = "VUX" | "KOMVUX",
        Vuxsfi = "VUXSFI",
        Vuxgr = "VUXGR",
        Vuxgy = "VUXGY",
        Vuxsargr = "VUXSARGR",
        Vuxsartr = "VUXSARTR",
        Vuxsargy = "VUXSARGY",
        Sfi = "SFI",
        Sarvux = "SARVUX",
        Sarvuxgr = "SARVUXGR",
        Sarvuxgy = "SARVUXGY",
        Ku = "KU",
        Yh = "YH",
        Fhs = "FHS",
        Stf = "STF",
        Kku = "KKU",
        Hs = "HS",
        Abu = "ABU",
        Au = "AU",
    }

    /// Staff category.
    DutyRole {
        Head = "Rektor",
        Teacher = "Lärare",
        PreschoolTeacher = "Förskollärare",
        ChildMinder = "Barnskötare",
        Librarian = "Bibliotekarie",
        TeachingAssistant = "Lärarassistent",
        LeisurePedagogue = "Fritidspedagog",
        OtherStaff = "Annan personal",
        CareerCounsellor = "Studie- och yrkesvägledare",
        FirstTeacher = "Förstelärare",
        Counsellor = "Kurator",
        Nurse = "Skolsköterska",
        Physician = "Skolläkare",
        Psychologist = "Skolpsykolog",
        SpecialTeacher = "Speciallärare/specialpedagog",
        Administrator = "Skoladministratör",
        OtherManagement = "Övrig arbetsledning",
        OtherPedagogue = "Övrig pedagogisk personal",
        PreschoolHead = "Förskolechef",
    }

    /// Task towards a group.
    AssignmentRoleType {
        Mentor = "Mentor",
        PreschoolTeacher = "Förskollärare",
        ChildMinder = "Barnskötare",
        LeisurePedagogue = "Fritidspedagog",
        SpecialPedagogue = "Specialpedagog",
        PupilHealth = "Elevhälsopersonal",
        PedagogicalLeader = "Pedagogisk ledare",
        Scheduler = "Schemaläggare",
        TeachingAssistant = "Lärarassistent",
        Administrative = "Administrativ personal",
    }

    /// What a group is for.
    GroupType {
        Teaching = "Undervisning",
        Class = "Klass",
        Mentor = "Mentor",
        Exam = "Provgrupp",
        Schedule = "Schema",
        Department = "Avdelning",
        Staff = "Personalgrupp",
        Other = "Övrigt",
    }

    /// What an activity is.
    ActivityType {
        Teaching = "Undervisning",
        Pupils = "Elevaktivitet",
        Exam = "Provaktivitet",
        Teachers = "Läraraktivitet",
        Other = "Övrigt",
    }

    /// Kind of responsibility for a pupil.
    RelationType {
        Guardian = "Vårdnadshavare",
        OtherResponsible = "Annan ansvarig",
        AppointedGuardian = "God man",
        Authorised = "Utsedd behörig",
    }

    /// Marking in the population register.
    SecurityMarking {
        None = "Ingen",
        Confidential = "Sekretessmarkering",
        Protected = "Skyddad folkbokföring",
    }

    /// Whether the person is alive and in the country.
    PersonStatus {
        Active = "Aktiv",
        Emigrated = "Utvandrad",
        Deceased = "Avliden",
    }

    /// Sex as registered.
    Sex {
        Man = "Man",
        Woman = "Kvinna",
        Unknown = "Okänt",
    }

    /// Whose mail address it is.
    EmailType {
        Private = "Privat",
        Pupil = "Skola elev",
        Staff = "Skola personal",
        OtherWork = "Arbete övrigt",
    }

    /// Where a telephone is.
    PhoneType {
        Home = "Hem",
        Work = "Arbete",
    }

    /// Kind of a person's address.
    PersonAddressType {
        Registered = "Folkbokföring",
        Special = "Särskild postadress" | "Särskildpostadress",
        Temporary = "Tillfällig adress" | "Tillfälligadress",
        Postal = "Postadress",
    }

    /// Kind of an organisation's address.
    OrganisationAddressType {
        Visiting = "Besöksadress",
        Delivery = "Leveransadress",
        Postal = "Postadress",
        Invoice = "Fakturaadress",
    }

    /// What a contact text is for.
    InfoType {
        Support = "Support",
        Public = "Publik",
    }

    /// Why a child is placed.
    PlacementReason {
        CareNeed = "Omsorgsbehov" | "Omsorg",
        OfferedHours = "Erbjuden tid",
        OwnNeed = "Eget behov",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_as_it_is_written() {
        assert!(DutyRole::ALL.iter().all(|it| DutyRole::parse(it.as_str()) == Some(*it)));
        assert!(SchoolType::ALL.iter().all(|it| SchoolType::parse(it.as_str()) == Some(*it)));
        assert_eq!((DutyRole::ALL.len(), SchoolType::ALL.len(), AssignmentRoleType::ALL.len()), (19, 30, 10));
    }

    #[test]
    fn old_spellings_are_read() {
        assert_eq!(SchoolType::parse("KOMVUX"), Some(SchoolType::Vux));
        assert_eq!(OrganisationType::parse("Stadsdel"), Some(OrganisationType::Administration));
        assert_eq!(PersonAddressType::parse("Tillfälligadress"), Some(PersonAddressType::Temporary));
        assert_eq!(PlacementReason::parse("Omsorg"), Some(PlacementReason::CareNeed));
        assert_eq!(DutyRole::parse("lärare"), None);
    }
}
