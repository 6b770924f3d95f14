//! wsiBRUGER 6, lifted into and lowered from wsiBRUGER 7. Contract: `wsdl/unilogin/wsibruger/6`, namespace `https://wsibruger.unilogin.dk/ws`.
//!
//! Requests lose only their credentials, which have been checked by then. Answers lose nothing.

use contracts::unilogin::{
    common::legacy,
    wsibruger::{v6, v7},
};

use super::lift::{
    Credentials, Lifted, adgangsniveau, ansatrolle, eksternrolle, elevrolle, kontaktpersonsrelation,
    lift_adgangsniveau, lift_ansatrolle, lift_eksternrolle, lift_elevrolle, lift_kontaktpersonsrelation, lift_trin,
    lift_verifikationsniveau, same_values, trin, verifikationsniveau,
};

/// hentBrugersKontaktpersoner, lifted.
pub fn hent_brugers_kontaktpersoner(
    request: v6::HentBrugersKontaktpersoner<'_>,
) -> Lifted<'_, v7::HentBrugersKontaktpersoner<'_>> {
    let v6::HentBrugersKontaktpersoner { ws_brugerid: user, ws_password: password, instnr, brugerid } = request;
    (Credentials { user, password }, v7::HentBrugersKontaktpersoner { instnr, brugerid })
}

/// hentKontaktpersonsBrugere, lifted.
pub fn hent_kontaktpersons_brugere(
    request: v6::HentKontaktpersonsBrugere<'_>,
) -> Lifted<'_, v7::HentKontaktpersonsBrugere<'_>> {
    let v6::HentKontaktpersonsBrugere { ws_brugerid: user, ws_password: password, instnr, brugerid } = request;
    (Credentials { user, password }, v7::HentKontaktpersonsBrugere { instnr, brugerid })
}

/// hentBrugersInstitutionstilknytninger, lifted.
pub fn hent_brugers_institutionstilknytninger(
    request: v6::HentBrugersInstitutionstilknytninger<'_>,
) -> Lifted<'_, v7::HentBrugersInstitutionstilknytninger<'_>> {
    let v6::HentBrugersInstitutionstilknytninger { ws_brugerid: user, ws_password: password, brugerid } = request;
    (Credentials { user, password }, v7::HentBrugersInstitutionstilknytninger { brugerid })
}

/// Kontaktperson, lowered.
pub fn kontaktperson(kontaktperson: v7::Kontaktperson<'_>) -> legacy::Kontaktperson<'_> {
    let v7::Kontaktperson { instnr, brugerid, navn, relation, myndighed, verifikation, adgangsniveau } = kontaktperson;
    legacy::Kontaktperson {
        instnr,
        brugerid,
        navn,
        relation: kontaktpersonsrelation(relation),
        myndighed,
        verifikation: verifikationsniveau(verifikation),
        adgangsniveau: self::adgangsniveau(adgangsniveau),
    }
}

/// Kontaktperson, lifted.
pub fn lift_kontaktperson(kontaktperson: legacy::Kontaktperson<'_>) -> v7::Kontaktperson<'_> {
    let legacy::Kontaktperson { instnr, brugerid, navn, relation, myndighed, verifikation, adgangsniveau } =
        kontaktperson;
    v7::Kontaktperson {
        instnr,
        brugerid,
        navn,
        relation: lift_kontaktpersonsrelation(relation),
        myndighed,
        verifikation: lift_verifikationsniveau(verifikation),
        adgangsniveau: lift_adgangsniveau(adgangsniveau),
    }
}

/// Elevbruger, lowered.
pub fn elevbruger(elev: v7::Elevbruger<'_>) -> legacy::Elevbruger<'_> {
    let v7::Elevbruger { rolle, instnr, brugerid, navn, hovedgruppe } = elev;
    legacy::Elevbruger { rolle: elevrolle(rolle), instnr, brugerid, navn, hovedgruppe: gruppe(hovedgruppe) }
}

/// Elevbruger, lifted.
pub fn lift_elevbruger(elev: legacy::Elevbruger<'_>) -> v7::Elevbruger<'_> {
    let legacy::Elevbruger { rolle, instnr, brugerid, navn, hovedgruppe } = elev;
    v7::Elevbruger { rolle: lift_elevrolle(rolle), instnr, brugerid, navn, hovedgruppe: lift_gruppe(hovedgruppe) }
}

fn gruppe(gruppe: v7::Gruppe<'_>) -> legacy::Gruppe<'_> {
    let v7::Gruppe { instnr, gruppeid, gruppenavn, gruppetype, gruppetrin, fradato, tildato } = gruppe;
    let (gruppetype, gruppetrin) = (self::gruppetype(gruppetype), gruppetrin.map(trin));
    legacy::Gruppe { instnr, gruppeid, gruppenavn, gruppetype, gruppetrin, fradato, tildato }
}

fn lift_gruppe(gruppe: legacy::Gruppe<'_>) -> v7::Gruppe<'_> {
    let legacy::Gruppe { instnr, gruppeid, gruppenavn, gruppetype, gruppetrin, fradato, tildato } = gruppe;
    let (gruppetype, gruppetrin) = (lift_gruppetype(gruppetype), gruppetrin.map(lift_trin));
    v7::Gruppe { instnr, gruppeid, gruppenavn, gruppetype, gruppetrin, fradato, tildato }
}

/// Institutionstilknytning, lowered.
pub fn institutionstilknytning(tilknytning: v7::Institutionstilknytning<'_>) -> legacy::Institutionstilknytning<'_> {
    let v7::Institutionstilknytning { instnr, choice } = tilknytning;
    let choice = match choice {
        v7::InstitutionstilknytningChoice::Elev(v7::InstitutionstilknytningElev { rolle }) => {
            let rolle = elevrolle(rolle);
            legacy::InstitutionstilknytningChoice::Elev(legacy::InstitutionstilknytningElev { rolle })
        }
        v7::InstitutionstilknytningChoice::Ansat(v7::InstitutionstilknytningAnsat { rolle }) => {
            let rolle = rolle.into_iter().map(ansatrolle).collect();
            legacy::InstitutionstilknytningChoice::Ansat(legacy::InstitutionstilknytningAnsat { rolle })
        }
        v7::InstitutionstilknytningChoice::Ekstern(v7::InstitutionstilknytningEkstern { rolle }) => {
            let rolle = eksternrolle(rolle);
            legacy::InstitutionstilknytningChoice::Ekstern(legacy::InstitutionstilknytningEkstern { rolle })
        }
        v7::InstitutionstilknytningChoice::Kontakt(v7::InstitutionstilknytningKontakt { rolle }) => {
            let rolle = kontaktpersonsrelation(rolle);
            legacy::InstitutionstilknytningChoice::Kontakt(legacy::InstitutionstilknytningKontakt { rolle })
        }
    };
    legacy::Institutionstilknytning { instnr, choice }
}

/// Institutionstilknytning, lifted.
pub fn lift_institutionstilknytning(
    tilknytning: legacy::Institutionstilknytning<'_>,
) -> v7::Institutionstilknytning<'_> {
    let legacy::Institutionstilknytning { instnr, choice } = tilknytning;
    let choice = match choice {
        legacy::InstitutionstilknytningChoice::Elev(legacy::InstitutionstilknytningElev { rolle }) => {
            let rolle = lift_elevrolle(rolle);
            v7::InstitutionstilknytningChoice::Elev(v7::InstitutionstilknytningElev { rolle })
        }
        legacy::InstitutionstilknytningChoice::Ansat(legacy::InstitutionstilknytningAnsat { rolle }) => {
            let rolle = rolle.into_iter().map(lift_ansatrolle).collect();
            v7::InstitutionstilknytningChoice::Ansat(v7::InstitutionstilknytningAnsat { rolle })
        }
        legacy::InstitutionstilknytningChoice::Ekstern(legacy::InstitutionstilknytningEkstern { rolle }) => {
            let rolle = lift_eksternrolle(rolle);
            v7::InstitutionstilknytningChoice::Ekstern(v7::InstitutionstilknytningEkstern { rolle })
        }
        legacy::InstitutionstilknytningChoice::Kontakt(legacy::InstitutionstilknytningKontakt { rolle }) => {
            let rolle = lift_kontaktpersonsrelation(rolle);
            v7::InstitutionstilknytningChoice::Kontakt(v7::InstitutionstilknytningKontakt { rolle })
        }
    };
    v7::Institutionstilknytning { instnr, choice }
}

same_values!(
    gruppetype,
    lift_gruppetype,
    v7::Gruppetype,
    legacy::Gruppetype,
    [Hovedgruppe, Årgang, Retning, Hold, SFO, Team, Institution, Andet]
);
