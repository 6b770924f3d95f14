//! The code sets of exports, which the generations share value for value.

use contracts::unilogin::{
    common::{legacy, v3},
    data,
    wsieksport::v7::common,
};

use super::super::lift::same_values;

same_values!(
    group_type,
    lift_group_type,
    v3::ImportGroupType,
    data::ImportGroupType,
    [Hovedgruppe, Årgang, Retning, Hold, SFO, Team, Andet]
);
same_values!(gender, lift_gender, common::Gender, data::Gender, [M, K]);
same_values!(
    relation,
    lift_relation,
    v3::Kontaktpersonsrelation,
    legacy::Kontaktpersonsrelation,
    [Mor, Far, Andet, OfficieltTilknyttetPerson]
);
same_values!(access, lift_access, v3::KontaktpersonAdgangsniveau, legacy::KontaktpersonAdgangsniveau, [_0, _1]);
