//! What every lift from legacy to BPI needs: the credentials in the body, and the code sets that the generations share value for value.

use std::borrow::Cow;

use contracts::unilogin::common::{legacy, v3};

/// The credentials of a request, and what it asks.
pub type Lifted<'a, T> = (Credentials<'a>, T);

/// `wsBrugerid` and `wsPassword`.
pub struct Credentials<'a> {
    /// The user.
    pub user: Cow<'a, str>,
    /// The password. Never shown.
    pub password: Cow<'a, str>,
}

impl<'a> From<legacy::Credentials<'a>> for Credentials<'a> {
    fn from(legacy::Credentials { ws_brugerid, ws_password }: legacy::Credentials<'a>) -> Self {
        Self { user: ws_brugerid, password: ws_password }
    }
}

/// Both directions of a code set that the generations share value for value.
macro_rules! same_values {
    ($lower:ident, $lift:ident, $new:ty, $old:ty, [$($value:ident),*]) => {
        pub(super) const fn $lower(value: $new) -> $old {
            match value { $(<$new>::$value => <$old>::$value,)* }
        }
        pub(super) const fn $lift(value: $old) -> $new {
            match value { $(<$old>::$value => <$new>::$value,)* }
        }
    };
}
pub(super) use same_values;

same_values!(elevrolle, lift_elevrolle, v3::Elevrolle, legacy::Elevrolle, [Barn, Elev, Studerende]);
same_values!(
    ansatrolle,
    lift_ansatrolle,
    v3::Ansatrolle,
    legacy::Ansatrolle,
    [Lærer, Pædagog, Vikar, Leder, Ledelse, TAP, Konsulent]
);
same_values!(eksternrolle, lift_eksternrolle, v3::Eksternrolle, legacy::Eksternrolle, [Praktikant, Ekstern]);
same_values!(
    trin,
    lift_trin,
    v3::Trin,
    legacy::Trin,
    [DT, _0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, U1, U2, U3, U4, VU, Andet]
);
same_values!(
    kontaktpersonsrelation,
    lift_kontaktpersonsrelation,
    v3::Kontaktpersonsrelation,
    legacy::Kontaktpersonsrelation,
    [Mor, Far, Andet, OfficieltTilknyttetPerson]
);
same_values!(
    verifikationsniveau,
    lift_verifikationsniveau,
    v3::Verifikationsniveau,
    legacy::Verifikationsniveau,
    [_0, _1]
);
same_values!(
    adgangsniveau,
    lift_adgangsniveau,
    v3::KontaktpersonAdgangsniveau,
    legacy::KontaktpersonAdgangsniveau,
    [_0, _1]
);
