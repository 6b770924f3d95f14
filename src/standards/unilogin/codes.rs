//! The code sets of Unilogin and what they mean in the hub: shared by services and generations.
//!
//! Every match is total, so a value that a contract gains stops the compiler here.

use contracts::unilogin::common::v3 as common;
use contracts::unilogin::wsiinst::v6;

use crate::domain::{AccessLevel, CivilIdKind, ExternalRole, Gender, Grade, GroupKind, PupilRole, Relation, StaffRole};
use contracts::unilogin::wsibruger::v7 as bruger;
use contracts::unilogin::wsieksport::v7::common as export;

/// `trin`: the level of a pupil or a class.
pub(super) const fn grade(trin: common::Trin) -> Grade {
    match trin {
        common::Trin::DT => Grade::DayCare,
        common::Trin::_0 => Grade::Year(0),
        common::Trin::_1 => Grade::Year(1),
        common::Trin::_2 => Grade::Year(2),
        common::Trin::_3 => Grade::Year(3),
        common::Trin::_4 => Grade::Year(4),
        common::Trin::_5 => Grade::Year(5),
        common::Trin::_6 => Grade::Year(6),
        common::Trin::_7 => Grade::Year(7),
        common::Trin::_8 => Grade::Year(8),
        common::Trin::_9 => Grade::Year(9),
        common::Trin::_10 => Grade::Year(10),
        common::Trin::U1 => Grade::Upper(1),
        common::Trin::U2 => Grade::Upper(2),
        common::Trin::U3 => Grade::Upper(3),
        common::Trin::U4 => Grade::Upper(4),
        common::Trin::VU => Grade::Adult,
        common::Trin::Andet => Grade::Other,
    }
}

/// The level of a grade; years that the school system does not have are `Andet`.
pub(super) const fn trin(grade: Grade) -> common::Trin {
    match grade {
        Grade::DayCare => common::Trin::DT,
        Grade::Year(0) => common::Trin::_0,
        Grade::Year(1) => common::Trin::_1,
        Grade::Year(2) => common::Trin::_2,
        Grade::Year(3) => common::Trin::_3,
        Grade::Year(4) => common::Trin::_4,
        Grade::Year(5) => common::Trin::_5,
        Grade::Year(6) => common::Trin::_6,
        Grade::Year(7) => common::Trin::_7,
        Grade::Year(8) => common::Trin::_8,
        Grade::Year(9) => common::Trin::_9,
        Grade::Year(10) => common::Trin::_10,
        Grade::Upper(1) => common::Trin::U1,
        Grade::Upper(2) => common::Trin::U2,
        Grade::Upper(3) => common::Trin::U3,
        Grade::Upper(4) => common::Trin::U4,
        Grade::Adult => common::Trin::VU,
        Grade::Year(_) | Grade::Upper(_) | Grade::Other => common::Trin::Andet,
    }
}

pub(super) const fn pupil_role(rolle: common::Elevrolle) -> PupilRole {
    match rolle {
        common::Elevrolle::Barn => PupilRole::Child,
        common::Elevrolle::Elev => PupilRole::Pupil,
        common::Elevrolle::Studerende => PupilRole::Student,
    }
}

pub(super) const fn elevrolle(role: PupilRole) -> common::Elevrolle {
    match role {
        PupilRole::Child => common::Elevrolle::Barn,
        PupilRole::Pupil => common::Elevrolle::Elev,
        PupilRole::Student => common::Elevrolle::Studerende,
    }
}

pub(super) const fn staff_role(rolle: common::Ansatrolle) -> StaffRole {
    match rolle {
        common::Ansatrolle::Lærer => StaffRole::Teacher,
        common::Ansatrolle::Pædagog => StaffRole::Pedagogue,
        common::Ansatrolle::Vikar => StaffRole::Substitute,
        common::Ansatrolle::Leder => StaffRole::Head,
        common::Ansatrolle::Ledelse => StaffRole::Management,
        common::Ansatrolle::TAP => StaffRole::Technical,
        common::Ansatrolle::Konsulent => StaffRole::Consultant,
    }
}

pub(super) const fn ansatrolle(role: StaffRole) -> common::Ansatrolle {
    match role {
        StaffRole::Teacher => common::Ansatrolle::Lærer,
        StaffRole::Pedagogue => common::Ansatrolle::Pædagog,
        StaffRole::Substitute => common::Ansatrolle::Vikar,
        StaffRole::Head => common::Ansatrolle::Leder,
        StaffRole::Management => common::Ansatrolle::Ledelse,
        StaffRole::Technical => common::Ansatrolle::TAP,
        StaffRole::Consultant => common::Ansatrolle::Konsulent,
    }
}

pub(super) const fn external_role(rolle: common::Eksternrolle) -> ExternalRole {
    match rolle {
        common::Eksternrolle::Praktikant => ExternalRole::Intern,
        common::Eksternrolle::Ekstern => ExternalRole::External,
    }
}

pub(super) const fn eksternrolle(role: ExternalRole) -> common::Eksternrolle {
    match role {
        ExternalRole::Intern => common::Eksternrolle::Praktikant,
        ExternalRole::External => common::Eksternrolle::Ekstern,
    }
}

pub(super) const fn relation(relation: common::Kontaktpersonsrelation) -> Relation {
    match relation {
        common::Kontaktpersonsrelation::Mor => Relation::Mother,
        common::Kontaktpersonsrelation::Far => Relation::Father,
        common::Kontaktpersonsrelation::Andet => Relation::Other,
        common::Kontaktpersonsrelation::OfficieltTilknyttetPerson => Relation::OfficiallyAssigned,
    }
}

pub(super) const fn kontaktpersonsrelation(relation: Relation) -> common::Kontaktpersonsrelation {
    match relation {
        Relation::Mother => common::Kontaktpersonsrelation::Mor,
        Relation::Father => common::Kontaktpersonsrelation::Far,
        Relation::Other => common::Kontaktpersonsrelation::Andet,
        Relation::OfficiallyAssigned => common::Kontaktpersonsrelation::OfficieltTilknyttetPerson,
    }
}

pub(super) const fn access_level(level: common::KontaktpersonAdgangsniveau) -> AccessLevel {
    match level {
        common::KontaktpersonAdgangsniveau::_0 => AccessLevel::Ordinary,
        common::KontaktpersonAdgangsniveau::_1 => AccessLevel::Sensitive,
    }
}

pub(super) const fn adgangsniveau(level: AccessLevel) -> common::KontaktpersonAdgangsniveau {
    match level {
        AccessLevel::Ordinary => common::KontaktpersonAdgangsniveau::_0,
        AccessLevel::Sensitive => common::KontaktpersonAdgangsniveau::_1,
    }
}

/// `Gruppetype` of look-ups.
pub(super) const fn group_kind(gruppetype: v6::Gruppetype) -> GroupKind {
    match gruppetype {
        v6::Gruppetype::Hovedgruppe => GroupKind::Main,
        v6::Gruppetype::Årgang => GroupKind::Year,
        v6::Gruppetype::Retning => GroupKind::Line,
        v6::Gruppetype::Hold => GroupKind::Course,
        v6::Gruppetype::SFO => GroupKind::LeisureCare,
        v6::Gruppetype::Team => GroupKind::Team,
        v6::Gruppetype::Institution => GroupKind::Institution,
        v6::Gruppetype::Andet => GroupKind::Other,
    }
}

pub(super) const fn gruppetype(kind: GroupKind) -> v6::Gruppetype {
    match kind {
        GroupKind::Main => v6::Gruppetype::Hovedgruppe,
        GroupKind::Year => v6::Gruppetype::Årgang,
        GroupKind::Line => v6::Gruppetype::Retning,
        GroupKind::Course => v6::Gruppetype::Hold,
        GroupKind::LeisureCare => v6::Gruppetype::SFO,
        GroupKind::Team => v6::Gruppetype::Team,
        GroupKind::Institution => v6::Gruppetype::Institution,
        GroupKind::Other => v6::Gruppetype::Andet,
    }
}

/// `Gruppetype` of a pupil's main group in wsiBRUGER, which repeats that of wsiINST.
pub(super) const fn main_group_kind(gruppetype: bruger::Gruppetype) -> GroupKind {
    match gruppetype {
        bruger::Gruppetype::Hovedgruppe => GroupKind::Main,
        bruger::Gruppetype::Årgang => GroupKind::Year,
        bruger::Gruppetype::Retning => GroupKind::Line,
        bruger::Gruppetype::Hold => GroupKind::Course,
        bruger::Gruppetype::SFO => GroupKind::LeisureCare,
        bruger::Gruppetype::Team => GroupKind::Team,
        bruger::Gruppetype::Institution => GroupKind::Institution,
        bruger::Gruppetype::Andet => GroupKind::Other,
    }
}

pub(super) const fn main_gruppetype(kind: GroupKind) -> bruger::Gruppetype {
    match kind {
        GroupKind::Main => bruger::Gruppetype::Hovedgruppe,
        GroupKind::Year => bruger::Gruppetype::Årgang,
        GroupKind::Line => bruger::Gruppetype::Retning,
        GroupKind::Course => bruger::Gruppetype::Hold,
        GroupKind::LeisureCare => bruger::Gruppetype::SFO,
        GroupKind::Team => bruger::Gruppetype::Team,
        GroupKind::Institution => bruger::Gruppetype::Institution,
        GroupKind::Other => bruger::Gruppetype::Andet,
    }
}

/// `importGroupType` of imports and exports, which has no fixed groups.
pub(super) const fn import_group_kind(kind: common::ImportGroupType) -> GroupKind {
    match kind {
        common::ImportGroupType::Hovedgruppe => GroupKind::Main,
        common::ImportGroupType::Årgang => GroupKind::Year,
        common::ImportGroupType::Retning => GroupKind::Line,
        common::ImportGroupType::Hold => GroupKind::Course,
        common::ImportGroupType::SFO => GroupKind::LeisureCare,
        common::ImportGroupType::Team => GroupKind::Team,
        common::ImportGroupType::Andet => GroupKind::Other,
    }
}

pub(super) const fn import_group_type(kind: GroupKind) -> common::ImportGroupType {
    match kind {
        GroupKind::Main => common::ImportGroupType::Hovedgruppe,
        GroupKind::Year => common::ImportGroupType::Årgang,
        GroupKind::Line => common::ImportGroupType::Retning,
        GroupKind::Course => common::ImportGroupType::Hold,
        GroupKind::LeisureCare => common::ImportGroupType::SFO,
        GroupKind::Team => common::ImportGroupType::Team,
        GroupKind::Institution | GroupKind::Other => common::ImportGroupType::Andet,
    }
}

pub(super) const fn civil_id_kind(kind: export::CprType) -> CivilIdKind {
    match kind {
        export::CprType::CprVerified => CivilIdKind::Verified,
        export::CprType::CprUnverified => CivilIdKind::Unverified,
        export::CprType::CprReplacementId => CivilIdKind::Replacement,
        export::CprType::CprUnknownType => CivilIdKind::Unknown,
    }
}

pub(super) const fn cpr_type(kind: CivilIdKind) -> export::CprType {
    match kind {
        CivilIdKind::Verified => export::CprType::CprVerified,
        CivilIdKind::Unverified => export::CprType::CprUnverified,
        CivilIdKind::Replacement => export::CprType::CprReplacementId,
        CivilIdKind::Unknown => export::CprType::CprUnknownType,
    }
}

pub(super) const fn gender(gender: export::Gender) -> Gender {
    match gender {
        export::Gender::M => Gender::Male,
        export::Gender::K => Gender::Female,
    }
}

pub(super) const fn gender_code(gender: Gender) -> export::Gender {
    match gender {
        Gender::Male => export::Gender::M,
        Gender::Female => export::Gender::K,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back() {
        assert!(common::Trin::ALL.iter().all(|&it| trin(grade(it)) == it));
        assert!(common::Elevrolle::ALL.iter().all(|&it| elevrolle(pupil_role(it)) == it));
        assert!(common::Ansatrolle::ALL.iter().all(|&it| ansatrolle(staff_role(it)) == it));
        assert!(common::Eksternrolle::ALL.iter().all(|&it| eksternrolle(external_role(it)) == it));
        assert!(common::Kontaktpersonsrelation::ALL.iter().all(|&it| kontaktpersonsrelation(relation(it)) == it));
        assert!(common::KontaktpersonAdgangsniveau::ALL.iter().all(|&it| adgangsniveau(access_level(it)) == it));
        assert!(common::ImportGroupType::ALL.iter().all(|&it| import_group_type(import_group_kind(it)) == it));
        assert!(bruger::Gruppetype::ALL.iter().all(|&it| main_gruppetype(main_group_kind(it)) == it));
        assert!(v6::Gruppetype::ALL.iter().all(|&it| gruppetype(group_kind(it)) == it));
        assert!(export::CprType::ALL.iter().all(|&it| cpr_type(civil_id_kind(it)) == it));
        assert!(export::Gender::ALL.iter().all(|&it| gender_code(gender(it)) == it));
    }
}
