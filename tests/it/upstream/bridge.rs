//! What a server answers from somewhere else is what the server there would have answered.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use skolebro::{
    domain::{CivilId, Hierarchy, Member, OrganisationNumber, Roster, Snapshot, Tie, UserId},
    source::{Answer, Institutions, Part, Source, Ties},
    store::Memory,
};

use super::{at, bridge, demo, now, once, unilogin};
use crate::{
    protocol::{SOAP12, exchanges::difference},
    rosters::roster,
    server::Server,
};

/// The services whose questions are look-ups: where their exchanges are, and where they are served.
const SERVICES: [(&str, &str); 6] = [
    ("wsiinst/v6", "/bpi/wsiinst/6"),
    ("wsiinst/v5", "/wsiinst-v5/ws"),
    ("wsibruger/v7", "/bpi/wsibruger/7"),
    ("wsibruger/v6", "/wsibruger-v6/ws"),
    ("wsiidentifikation/v6", "/bpi/wsiidentifikation/6"),
    ("wsiidentifikation/v5", "/wsiidentifikation-v5/ws"),
];

/// Every exchange of the fixtures, with a server between that knows nobody. Whether a contact person is verified in the civil
/// register is told of numbers here, and look-ups have none.
#[test]
fn a_bridge_answers_as_the_server_behind_it() {
    let server = bridge(unilogin(&at(demo().address), once()));
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (folder, path) in SERVICES {
        let mut folders: Vec<_> =
            fs::read_dir(format!("fixtures/unilogin/{folder}")).unwrap().map(|it| it.unwrap().path()).collect();
        folders.sort();
        for folder in folders {
            let read = |name| fs::read_to_string(folder.join(name)).unwrap();
            let answer = server.post(path, SOAP12, read("request.xml").as_bytes());
            let expected = read("response.xml").replace(":verifikation>1<", ":verifikation>0<");
            seen += 1;
            if let Some(difference) = difference(&expected, answer.text()) {
                wrong.push(format!("{}: {difference}\n{}", folder.display(), answer.text()));
            }
        }
    }
    assert!(seen > 90, "only {seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One question of the caller is one question there; only numbers of persons need a second one.
#[test]
fn a_question_is_one_call() {
    let proxy = demo();
    let server = bridge(unilogin(&at(proxy.address), once()));
    let asked = |folder: &str, path: &str| {
        let request = fs::read_to_string(format!("fixtures/unilogin/{folder}/request.xml")).unwrap();
        assert_eq!(server.post(path, SOAP12, request.as_bytes()).status, 200, "{folder}");
        proxy.paths()
    };
    assert_eq!(asked("wsiinst/v5/hentGrupper", "/wsiinst-v5/ws"), ["/bpi/wsiinst/6"]);
    assert_eq!(asked("wsiinst/v5/hentBrugereIGruppe", "/wsiinst-v5/ws"), ["/bpi/wsiinst/6"]);
    assert_eq!(asked("wsiinst/v6/hentInstBruger.alle", "/bpi/wsiinst/6"), ["/bpi/wsiinst/6"]);
    assert_eq!(asked("wsibruger/v6/hentKontaktpersonsBrugere.alle", "/wsibruger-v6/ws"), ["/bpi/wsibruger/7"]);
    assert_eq!(asked("wsibruger/v6/hentBrugersInstitutionstilknytninger", "/wsibruger-v6/ws"), ["/bpi/wsibruger/7"]);
    assert_eq!(
        asked("wsiidentifikation/v6/hentCprFraBrugerid", "/bpi/wsiidentifikation/6"),
        ["/bpi/wsibruger/7", "/bpi/wsiidentifikation/6"]
    );
}

/// Everybody at once is for pulls.
#[test]
fn look_ups_never_tell_everything() {
    let elsewhere = unilogin(&at(demo().address), once());
    let number = OrganisationNumber::new("999001");
    let whole = now(elsewhere.institution(&number, Part::Everything)).unwrap_err();
    let all = now(elsewhere.institutions()).unwrap_err();
    assert_eq!((whole.kind, all.kind), (skolebro::source::SourceErrorKind::Unsupported, whole.kind));
}

/// Every tie of a user at once, for whoever cannot say which is needed.
#[test]
fn all_ties_of_a_user_are_told_together() {
    let elsewhere = unilogin(&at(demo().address), once());
    let here = Memory::new(skolebro::cli::demo::municipality());
    let mut seen = 0;
    for snapshot in now(here.institutions()).unwrap().iter() {
        let number = &snapshot.roster().organisation.number;
        let users = snapshot.roster().members.iter().filter_map(|it| it.person.as_ref()?.user_id.clone());
        for user in users.take(6) {
            let told = now(elsewhere.institution(number, Part::User(&user))).unwrap().unwrap();
            assert_eq!(told.standings(&user), snapshot.standings(&user), "at {}", number.as_str());
            let contacts = |of: &Snapshot| of.members_with(&user).flat_map(contacts).collect::<Vec<_>>();
            assert_eq!(contacts(&told), contacts(snapshot));
            let all = now(elsewhere.institutions_of(&user)).unwrap();
            let expected = now(here.institutions_of(&user)).unwrap();
            let numbers = |of: &[Arc<Snapshot>]| {
                of.iter().map(|it| (it.roster().organisation.number.clone(), it.standings(&user))).collect::<Vec<_>>()
            };
            assert_eq!(numbers(&all), numbers(&expected));
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen}");
}

fn contacts(member: &Member<'_>) -> Vec<String> {
    match &member.tie {
        Some(Tie::Pupil(it)) => it.contacts.iter().map(|it| it.person.display_name().into_owned()).collect(),
        _ => Vec::new(),
    }
}

/// A source that becomes another one.
struct Changing(Mutex<Arc<Memory>>);

impl Changing {
    /// The memory is leaked: a test has few.
    fn now(&self) -> &'static Memory {
        let memory = Arc::clone(&self.0.lock().unwrap());
        Box::leak(Box::new(memory))
    }
}

impl Source for Changing {
    fn institution<'s>(
        &'s self,
        number: &'s OrganisationNumber<'s>,
        part: Part<'s>,
    ) -> Answer<'s, Option<Arc<Snapshot>>> {
        self.now().institution(number, part)
    }

    fn institutions_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Vec<Arc<Snapshot>>> {
        self.now().institutions_of(user)
    }

    fn ties_of<'s>(
        &'s self,
        user: &'s UserId<'s>,
        at: Option<&'s OrganisationNumber<'s>>,
        ties: Ties,
    ) -> Answer<'s, Vec<Arc<Snapshot>>> {
        self.now().ties_of(user, at, ties)
    }

    fn user_with<'s>(&'s self, number: &'s CivilId<'s>) -> Answer<'s, Option<UserId<'static>>> {
        self.now().user_with(number)
    }

    fn civil_id_of<'s>(&'s self, user: &'s UserId<'s>) -> Answer<'s, Option<CivilId<'static>>> {
        self.now().civil_id_of(user)
    }

    fn hierarchy<'s>(&'s self, number: &'s OrganisationNumber<'s>) -> Answer<'s, Option<Hierarchy<'static>>> {
        self.now().hierarchy(number)
    }

    fn institutions(&self) -> Answer<'_, Institutions> {
        self.now().institutions()
    }
}

/// Any roster: what is read from an answer and written again is the same answer. The questions are legacy ones, whose answers
/// have nothing that is new each time.
#[test]
fn what_is_read_from_an_answer_is_written_as_it_was() {
    let changing = Arc::new(Changing(Mutex::new(Arc::new(Memory::new(Vec::new())))));
    let source = Arc::clone(&changing);
    let there = Server::start(move |faces| faces.source = source);
    let here = bridge(unilogin(&at(there.address), once()));
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner
        .run(&roster(), |roster| {
            let questions = questions(&roster);
            *changing.0.lock().unwrap() = Arc::new(Memory::new([Snapshot::new(roster)]));
            for (path, question) in questions {
                let expected = there.post(path, SOAP12, question.as_bytes());
                let found = here.post(path, SOAP12, question.as_bytes());
                prop_assert_eq!(expected.status, 200, "{}", expected.text());
                let expected = expected.text().replace(":verifikation>1<", ":verifikation>0<");
                prop_assert_eq!(found.text(), expected, "{}", question);
            }
            Ok(())
        })
        .unwrap();
}

fn questions(roster: &Roster<'_>) -> Vec<(&'static str, String)> {
    let number = roster.organisation.number.as_str();
    let mut all = vec![inst("hentInstitution", &[("instnr", number)]), inst("hentGrupper", &[("instnr", number)])];
    let keys = roster.members.iter().flat_map(Member::groups).map(|it| it.0.to_string());
    for key in keys.take(4).chain(["Alle".to_owned(), "Elever".to_owned()]) {
        all.push(inst("hentBrugereIGruppe", &[("instnr", number), ("gruppeid", &key)]));
    }
    let contacts = |it: &Member<'_>| match &it.tie {
        Some(Tie::Pupil(pupil)) => {
            pupil.contacts.iter().filter_map(|it| it.person.user_id.clone().map(UserId::into_owned)).collect()
        }
        _ => Vec::new(),
    };
    let own = |it: &Member<'_>| it.person.as_ref().and_then(|it| it.user_id.clone()).map(UserId::into_owned);
    let users: Vec<UserId<'static>> =
        roster.members.iter().flat_map(|it| own(it).into_iter().chain(contacts(it))).collect();
    for user in users.iter().take(4).map(UserId::as_str) {
        all.push(inst("hentInstBruger", &[("instnr", number), ("brugerid", user)]));
        all.push(inst("hentInstBruger", &[("brugerid", user)]));
        all.push(bruger("hentBrugersKontaktpersoner", &[("instnr", number), ("brugerid", user)]));
        all.push(bruger("hentKontaktpersonsBrugere", &[("brugerid", user)]));
        all.push(bruger("hentBrugersInstitutionstilknytninger", &[("brugerid", user)]));
    }
    all
}

fn inst(operation: &str, parameters: &[(&str, &str)]) -> (&'static str, String) {
    ("/wsiinst-v5/ws", legacy("https://wsiinst.unilogin.dk/ws", operation, parameters))
}

fn bruger(operation: &str, parameters: &[(&str, &str)]) -> (&'static str, String) {
    ("/wsibruger-v6/ws", legacy("https://wsibruger.unilogin.dk/ws", operation, parameters))
}

fn legacy(namespace: &str, operation: &str, parameters: &[(&str, &str)]) -> String {
    let escaped = |it: &str| it.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let parameters: String =
        parameters.iter().map(|(name, value)| format!("<t:{name}>{}</t:{name}>", escaped(value))).collect();
    format!(
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' xmlns:t='{namespace}' xmlns:u='https://unilogin.dk'>\
         <s:Body><t:{operation}><u:wsBrugerid>demo</u:wsBrugerid><u:wsPassword>demo</u:wsPassword>{parameters}</t:{operation}>\
         </s:Body></s:Envelope>"
    )
}
