//! wsiINST 5, lifted into and lowered from wsiINST 6. Contract: `wsdl/unilogin/wsiinst/5`, namespace `https://wsiinst.unilogin.dk/ws`.
//!
//! Requests lose only their credentials, which have been checked by then. Answers lose `enhedsart`; the hierarchy of
//! institutions cannot be asked for.

use contracts::unilogin::{
    common::legacy,
    wsiinst::{v5, v6},
};

use super::{
    lift::{
        Credentials, Lifted, ansatrolle, eksternrolle, elevrolle, lift_ansatrolle, lift_eksternrolle, lift_elevrolle,
        lift_trin, same_values, trin,
    },
    values,
};
use crate::{crosswalk::Trail, domain::Licence};

/// hentGrupper, lifted.
pub fn hent_grupper(request: v5::HentGrupper<'_>) -> Lifted<'_, v6::HentGrupper<'_>> {
    let v5::HentGrupper { ws_brugerid: user, ws_password: password, instnr } = request;
    (Credentials { user, password }, v6::HentGrupper { instnr })
}

/// hentBrugereIGruppe, lifted.
pub fn hent_brugere_i_gruppe(request: v5::HentBrugereIGruppe<'_>) -> Lifted<'_, v6::HentBrugereIGruppe<'_>> {
    let v5::HentBrugereIGruppe { ws_brugerid: user, ws_password: password, instnr, gruppeid } = request;
    (Credentials { user, password }, v6::HentBrugereIGruppe { instnr, gruppeid })
}

/// hentInstitution, lifted.
pub fn hent_institution(request: v5::HentInstitution<'_>) -> Lifted<'_, v6::HentInstitution<'_>> {
    let v5::HentInstitution { ws_brugerid: user, ws_password: password, instnr } = request;
    (Credentials { user, password }, v6::HentInstitution { instnr })
}

/// hentInstitutioner, lifted.
pub fn hent_institutioner(request: v5::HentInstitutioner<'_>) -> Lifted<'_, v6::HentInstitutioner<'_>> {
    let v5::HentInstitutioner { ws_brugerid: user, ws_password: password, instnr } = request;
    (Credentials { user, password }, v6::HentInstitutioner { instnr })
}

/// hentInstBruger, lifted.
pub fn hent_inst_bruger(request: v5::HentInstBruger<'_>) -> Lifted<'_, v6::HentInstBruger<'_>> {
    let v5::HentInstBruger { ws_brugerid: user, ws_password: password, instnr, brugerid } = request;
    (Credentials { user, password }, v6::HentInstBruger { instnr, brugerid })
}

/// GruppeLicens. Version 6 has no licences, so this is of version 5 only.
pub fn gruppe_licens<'a>(gruppe: v6::Gruppe<'a>, licence: Licence) -> legacy::GruppeLicens<'a> {
    let Licence { institution: _, group: _, provider, series, service, url, material, from, to } = licence;
    let tjeneste = legacy::Tjeneste {
        udbydernr: provider.into(),
        serienavn: series.name.into(),
        seriekode: series.code.into(),
        tjenestekode: service.code.into(),
        tjenestenavn: service.name.into(),
        url: url.into(),
        matplatid: material.map(Into::into),
    };
    let (fra_dato, til_dato) = (from.map(values::xml_day), to.map(values::xml_day));
    legacy::GruppeLicens { gruppe: self::gruppe(gruppe), licens: legacy::Licens { tjeneste, fra_dato, til_dato } }
}

/// Gruppe, lowered.
pub fn gruppe(gruppe: v6::Gruppe<'_>) -> legacy::Gruppe<'_> {
    let v6::Gruppe { instnr, gruppeid, gruppenavn, gruppetype, gruppetrin, fradato, tildato } = gruppe;
    legacy::Gruppe {
        instnr,
        gruppeid,
        gruppenavn,
        gruppetype: self::gruppetype(gruppetype),
        gruppetrin: gruppetrin.map(trin),
        fradato,
        tildato,
    }
}

/// Gruppe, lifted.
pub fn lift_gruppe(gruppe: legacy::Gruppe<'_>) -> v6::Gruppe<'_> {
    let legacy::Gruppe { instnr, gruppeid, gruppenavn, gruppetype, gruppetrin, fradato, tildato } = gruppe;
    v6::Gruppe {
        instnr,
        gruppeid,
        gruppenavn,
        gruppetype: lift_gruppetype(gruppetype),
        gruppetrin: gruppetrin.map(lift_trin),
        fradato,
        tildato,
    }
}

/// Institution, lowered.
pub fn institution<'a>(institution: v6::Institution<'a>, trail: &mut Trail) -> legacy::Institution<'a> {
    let v6::Institution {
        instnr,
        instnavn,
        type_,
        typenavn,
        type3,
        type3navn,
        adresse,
        bynavn,
        postnr,
        telefonnr,
        faxnr,
        mailadresse,
        www,
        hovedinstitutionsnr,
        kommunenr,
        kommune,
        admkommunenr,
        admkommune,
        regionsnr,
        region,
        enhedsart,
    } = institution;
    trail.drop("enhedsart", "new in version 6", enhedsart);
    legacy::Institution {
        instnr,
        instnavn,
        type_,
        typenavn,
        type3,
        type3navn,
        adresse,
        bynavn,
        postnr,
        telefonnr,
        faxnr,
        mailadresse,
        www,
        hovedinstitutionsnr,
        kommunenr,
        kommune,
        admkommunenr,
        admkommune,
        regionsnr,
        region,
    }
}

/// Institution, lifted.
pub fn lift_institution(institution: legacy::Institution<'_>) -> v6::Institution<'_> {
    let legacy::Institution {
        instnr,
        instnavn,
        type_,
        typenavn,
        type3,
        type3navn,
        adresse,
        bynavn,
        postnr,
        telefonnr,
        faxnr,
        mailadresse,
        www,
        hovedinstitutionsnr,
        kommunenr,
        kommune,
        admkommunenr,
        admkommune,
        regionsnr,
        region,
    } = institution;
    v6::Institution {
        instnr,
        instnavn,
        type_,
        typenavn,
        type3,
        type3navn,
        adresse,
        bynavn,
        postnr,
        telefonnr,
        faxnr,
        mailadresse,
        www,
        hovedinstitutionsnr,
        kommunenr,
        kommune,
        admkommunenr,
        admkommune,
        regionsnr,
        region,
        enhedsart: None,
    }
}

/// Instbruger, lowered.
pub fn instbruger(bruger: v6::Instbruger<'_>) -> legacy::Instbruger<'_> {
    let v6::Instbruger { instnr, brugerid, navn, choice, gruppe: groups } = bruger;
    let choice = match choice {
        v6::InstbrugerChoice::Elev(v6::Elev { rolle, hovedgruppeid, hovedgruppenavn, elevtrin }) => {
            let (rolle, elevtrin) = (elevrolle(rolle), trin(elevtrin));
            legacy::InstbrugerChoice::Elev(legacy::Elev { rolle, hovedgruppeid, hovedgruppenavn, elevtrin })
        }
        v6::InstbrugerChoice::Ansat(v6::Ansat { rolle, initialer }) => {
            let rolle = rolle.into_iter().map(ansatrolle).collect();
            legacy::InstbrugerChoice::Ansat(legacy::Ansat { rolle, initialer })
        }
        v6::InstbrugerChoice::Ekstern(v6::Ekstern { rolle }) => {
            legacy::InstbrugerChoice::Ekstern(legacy::Ekstern { rolle: eksternrolle(rolle) })
        }
    };
    legacy::Instbruger { instnr, brugerid, navn, choice, gruppe: groups.into_iter().map(gruppe).collect() }
}

/// Instbruger, lifted.
pub fn lift_instbruger(bruger: legacy::Instbruger<'_>) -> v6::Instbruger<'_> {
    let legacy::Instbruger { instnr, brugerid, navn, choice, gruppe } = bruger;
    let choice = match choice {
        legacy::InstbrugerChoice::Elev(legacy::Elev { rolle, hovedgruppeid, hovedgruppenavn, elevtrin }) => {
            let (rolle, elevtrin) = (lift_elevrolle(rolle), lift_trin(elevtrin));
            v6::InstbrugerChoice::Elev(v6::Elev { rolle, hovedgruppeid, hovedgruppenavn, elevtrin })
        }
        legacy::InstbrugerChoice::Ansat(legacy::Ansat { rolle, initialer }) => {
            let rolle = rolle.into_iter().map(lift_ansatrolle).collect();
            v6::InstbrugerChoice::Ansat(v6::Ansat { rolle, initialer })
        }
        legacy::InstbrugerChoice::Ekstern(legacy::Ekstern { rolle }) => {
            v6::InstbrugerChoice::Ekstern(v6::Ekstern { rolle: lift_eksternrolle(rolle) })
        }
    };
    v6::Instbruger { instnr, brugerid, navn, choice, gruppe: gruppe.into_iter().map(lift_gruppe).collect() }
}

/// Brugertilknytning, lowered.
pub fn brugertilknytning(tilknytning: v6::Brugertilknytning<'_>) -> legacy::Brugertilknytning<'_> {
    let v6::Brugertilknytning { instnr, brugerid, navn, choice } = tilknytning;
    let choice = match choice {
        v6::BrugertilknytningChoice::Elev(v6::BrugertilknytningElev { rolle, hovedgruppeid, hovedgruppenavn }) => {
            let rolle = elevrolle(rolle);
            legacy::BrugertilknytningChoice::Elev(legacy::BrugertilknytningElev {
                rolle,
                hovedgruppeid,
                hovedgruppenavn,
            })
        }
        v6::BrugertilknytningChoice::Ansat(v6::BrugertilknytningAnsat { rolle }) => {
            let rolle = rolle.into_iter().map(ansatrolle).collect();
            legacy::BrugertilknytningChoice::Ansat(legacy::BrugertilknytningAnsat { rolle })
        }
        v6::BrugertilknytningChoice::Ekstern(v6::BrugertilknytningEkstern { rolle }) => {
            legacy::BrugertilknytningChoice::Ekstern(legacy::BrugertilknytningEkstern { rolle: eksternrolle(rolle) })
        }
    };
    legacy::Brugertilknytning { instnr, brugerid, navn, choice }
}

/// Brugertilknytning, lifted.
pub fn lift_brugertilknytning(tilknytning: legacy::Brugertilknytning<'_>) -> v6::Brugertilknytning<'_> {
    let legacy::Brugertilknytning { instnr, brugerid, navn, choice } = tilknytning;
    let choice = match choice {
        legacy::BrugertilknytningChoice::Elev(legacy::BrugertilknytningElev {
            rolle,
            hovedgruppeid,
            hovedgruppenavn,
        }) => {
            let rolle = lift_elevrolle(rolle);
            v6::BrugertilknytningChoice::Elev(v6::BrugertilknytningElev { rolle, hovedgruppeid, hovedgruppenavn })
        }
        legacy::BrugertilknytningChoice::Ansat(legacy::BrugertilknytningAnsat { rolle }) => {
            let rolle = rolle.into_iter().map(lift_ansatrolle).collect();
            v6::BrugertilknytningChoice::Ansat(v6::BrugertilknytningAnsat { rolle })
        }
        legacy::BrugertilknytningChoice::Ekstern(legacy::BrugertilknytningEkstern { rolle }) => {
            v6::BrugertilknytningChoice::Ekstern(v6::BrugertilknytningEkstern { rolle: lift_eksternrolle(rolle) })
        }
    };
    v6::Brugertilknytning { instnr, brugerid, navn, choice }
}

same_values!(
    gruppetype,
    lift_gruppetype,
    v6::Gruppetype,
    legacy::Gruppetype,
    [Hovedgruppe, Årgang, Retning, Hold, SFO, Team, Institution, Andet]
);
