//! The journey of every fixture message: what the contract makes of it, what the hub, what SS12000, and what is lost on the way.

use std::{fmt::Write as _, fs, path::Path};

use contracts::unilogin::{
    wsaimport::v7 as import7, wsibruger::v6 as bruger6, wsieksport::v6 as eksport6,
    wsiidentifikation::v5 as identifikation5, wsiinst::v5,
};
use skolebro::{
    crosswalk::Trail,
    standards::{
        ss12000::context::{Options, Rights},
        unilogin::{bruger_v6, eksport_v6, identifikation_v5, import, inst_v5},
    },
};

use crate::{
    crossing::Hub,
    messages::{Message, Said, contract_of},
};

/// Most of what a caller may see, short of what is protected.
const RIGHTS: Rights = Rights { civil_numbers: true, real_names: false, responsibles: true, contact_data: true };

#[test]
fn every_message_makes_its_journey() {
    insta::glob!("../../fixtures", "unilogin/**/{request,response}.xml", |path| {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.remove_snapshot_suffix();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| journey(path));
    });
}

fn journey(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let side = path.file_stem().unwrap().to_str().unwrap();
    let message = Message::decode(contract_of(path), &text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    insta::assert_snapshot!(format!("{side}.1-decoded"), decoded(&message));
    let mut inwards = Trail::recording("hub");
    let Some(hub) = message.hub(&mut inwards) else { return };
    let contents = match &hub {
        Hub::Institutions(it) => format!("{it:#?}"),
        Hub::Hierarchy(it) => format!("{it:#?}"),
        Hub::Groups(it) => format!("{it:#?}"),
        Hub::Members(it) => format!("{it:#?}"),
        Hub::Contacts(it) => format!("{it:#?}"),
        Hub::Standings(it) => format!("{it:#?}"),
        Hub::Roster(it) => format!("{it:#?}"),
    };
    insta::assert_snapshot!(format!("{side}.2-domain"), contents);
    let mut outwards = Trail::recording("ss12000");
    let objects = hub.ss12000(&Options::default(), RIGHTS, &mut outwards);
    if !objects.is_empty() {
        insta::assert_snapshot!(format!("{side}.3-ss12000.json"), serde_json::to_string_pretty(&objects).unwrap());
    }
    insta::assert_snapshot!(format!("{side}.4-losses"), losses([inwards, outwards]));
}

/// The value behind the operation's name, and what a legacy question asks in the newest version.
fn decoded(message: &Message<'_>) -> String {
    let text = without_passwords(&format!("{message:#?}"));
    let lifted = match message {
        Message::Bruger6(Said::Question(it)) => lifted_bruger(it.clone()),
        Message::Eksport6(Said::Question(it)) => lifted_eksport(it.clone()),
        Message::Identifikation5(Said::Question(it)) => lifted_identifikation(it.clone()),
        Message::Import7(Said::Question(it)) => lifted_import(it.clone()),
        Message::Inst5(Said::Question(it)) => lifted(it.clone()),
        _ => return text,
    };
    format!("{text}\n\nlifted: {lifted}")
}

fn lifted(request: v5::Request<'_>) -> String {
    match request {
        v5::Request::HentGrupper(it) => format!("{:#?}", inst_v5::hent_grupper(it).1),
        v5::Request::HentBrugereIGruppe(it) => format!("{:#?}", inst_v5::hent_brugere_i_gruppe(it).1),
        v5::Request::HentInstitution(it) => format!("{:#?}", inst_v5::hent_institution(it).1),
        v5::Request::HentInstitutioner(it) => format!("{:#?}", inst_v5::hent_institutioner(it).1),
        v5::Request::HentInstBruger(it) => format!("{:#?}", inst_v5::hent_inst_bruger(it).1),
        v5::Request::HelloWorld(_)
        | v5::Request::HelloWorldWithDb(_)
        | v5::Request::HelloWorldWithDbAndCredentials(_)
        | v5::Request::HentGruppersLicenser(_)
        | v5::Request::HentDataAftaler(_) => AS_IT_IS.to_owned(),
    }
}

fn lifted_bruger(request: bruger6::Request<'_>) -> String {
    match request {
        bruger6::Request::HentBrugersKontaktpersoner(it) => {
            format!("{:#?}", bruger_v6::hent_brugers_kontaktpersoner(it).1)
        }
        bruger6::Request::HentKontaktpersonsBrugere(it) => {
            format!("{:#?}", bruger_v6::hent_kontaktpersons_brugere(it).1)
        }
        bruger6::Request::HentBrugersInstitutionstilknytninger(it) => {
            format!("{:#?}", bruger_v6::hent_brugers_institutionstilknytninger(it).1)
        }
        bruger6::Request::HelloWorld(_)
        | bruger6::Request::HelloWorldWithDb(_)
        | bruger6::Request::HelloWorldWithDbAndCredentials(_)
        | bruger6::Request::HentDataAftaler(_) => AS_IT_IS.to_owned(),
    }
}

fn lifted_eksport(request: eksport6::Request<'_>) -> String {
    match request {
        eksport6::Request::EksporterXmlLille(it) => format!("{:#?}", eksport_v6::small(it).1),
        eksport6::Request::EksporterXmlMellem(it) => format!("{:#?}", eksport_v6::medium(it).1),
        eksport6::Request::EksporterXmlFuld(it) | eksport6::Request::EksporterXmlFuldMyndighed(it) => {
            format!("{:#?}", eksport_v6::full(it).1)
        }
        eksport6::Request::HelloWorld(_)
        | eksport6::Request::HelloWorldWithDb(_)
        | eksport6::Request::HelloWorldWithDbAndCredentials(_)
        | eksport6::Request::HentDataAftalerLille(_)
        | eksport6::Request::HentDataAftalerMellem(_)
        | eksport6::Request::HentDataAftalerFuld(_)
        | eksport6::Request::HentDataAftalerFuldMyndighed(_) => AS_IT_IS.to_owned(),
    }
}

fn lifted_identifikation(request: identifikation5::Request<'_>) -> String {
    match request {
        identifikation5::Request::HentBrugeridFraCpr(it) => {
            format!("{:#?}", identifikation_v5::hent_brugerid_fra_cpr(it).1)
        }
        identifikation5::Request::HentCprFraBrugerid(it) => {
            format!("{:#?}", identifikation_v5::hent_cpr_fra_brugerid(it).1)
        }
        identifikation5::Request::HelloWorld(_)
        | identifikation5::Request::HelloWorldWithDb(_)
        | identifikation5::Request::HelloWorldWithDbAndCredentials(_) => AS_IT_IS.to_owned(),
    }
}

fn lifted_import(request: import7::Request<'_>) -> String {
    match request {
        import7::Request::ImporterXml(it) | import7::Request::ImporterDeltaXml(it) => {
            format!("{:#?}", import::lift(it.inst_xml.uni_login_import))
        }
        import7::Request::ImporterSletXml(_)
        | import7::Request::HelloWorld(_)
        | import7::Request::HelloWorldWithDb(_)
        | import7::Request::HelloWorldWithDbAndCredentials(_)
        | import7::Request::HentDataAftaler(_) => AS_IT_IS.to_owned(),
    }
}

/// What is said of questions that have no sister in the newest version.
const AS_IT_IS: &str = "(answered as it is)";

/// Passwords of callers, and first passwords of people.
fn without_passwords(text: &str) -> String {
    let line = |it: &str| {
        let found = ["ws_password: ", "initial_password: "].iter().find_map(|name| it.split_once(name).zip(Some(name)));
        match found {
            Some(((_, "\"\","), _)) | None => it.to_owned(),
            Some(((indent, _), name)) => format!("{indent}{name}(withheld),"),
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn losses(trails: [Trail; 2]) -> String {
    let mut text = String::new();
    for loss in trails.into_iter().flat_map(|mut it| it.take()) {
        writeln!(text, "{}: {} -> {}", loss.path, loss.why, loss.target).unwrap();
    }
    if text.is_empty() { "(nothing)".to_owned() } else { text }
}
