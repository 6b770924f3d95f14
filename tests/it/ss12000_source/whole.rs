//! The demo's own SS12000 face, read over HTTP into a store: what the old services then answer.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use skolebro::{
    cli::demo,
    crosswalk::Trail,
    domain::{Member, OrganisationNumber, Roster},
    source::{Source, http, upstream::Upstream},
    standards::{
        ss12000::{context::Options, upstream::Access},
        unilogin::eksport::Package,
    },
};

use super::{Bench, kept, wait};
use crate::{
    crossing,
    lossless::{Lost, there_and_back, unexplained},
    server::Server,
};

/// Everything of the demo, pulled over HTTP; the keys of groups, which SS12000 has no place for, are configured.
fn pulled() -> Bench {
    let server = crate::server::demo();
    let http =
        http::Http::new(http::Settings { answer: Duration::from_secs(60), ..http::Settings::default() }).unwrap();
    let base = format!("http://{}/ss12000/v2.0/", server.address);
    let bench = Bench::with(http, |it| {
        it.base = base;
        it.access = Access::given("demo".to_owned());
        it.options = options();
        it.limits.page = 50;
    });
    let numbers = wait(bench.upstream.agreements()).unwrap();
    assert!(numbers.len() >= 6, "{numbers:?}");
    for number in numbers {
        bench.upstream.pull(&number, &bench.store, false).unwrap();
    }
    bench
}

fn options() -> Options {
    let mut options = Options { unmarked: skolebro::standards::ss12000::context::Unmarked::Open, ..Options::default() };
    for institution in demo::municipality() {
        options.known_keys.extend(group_keys(institution.roster()));
    }
    options
}

fn group_keys(roster: &Roster<'_>) -> BTreeMap<String, String> {
    crate::roundtrips::group_keys(roster)
}

/// What the demo exports is what a store exports that has read the demo as SS12000, but for what is told as lost.
#[test]
fn exports_of_what_was_read_are_the_exports_of_the_demo() {
    let bench = pulled();
    let options = options();
    let mut people = 0;
    for institution in demo::municipality() {
        let roster = institution.roster();
        if roster.exported_at.is_none() {
            continue;
        }
        let number: &'static str = roster.organisation.number.as_str().to_owned().leak();
        let (lines, _, losses) = there_and_back(roster, &options);
        let read = kept(&bench.store, number).unwrap_or_else(|| panic!("{number} was not read"));
        let export = |roster: &Roster<'_>| crossing::export(roster, Package::FullMyndighed, &mut Trail::silent());
        let (before, after) = (export(roster), export(&read));
        people += read.members.len();
        let unexplained = unexplained(&before, &after, &Lost::new(roster, &lines, &options.known_keys, &losses));
        assert!(unexplained.is_empty(), "{number}: {unexplained:#?}");
    }
    assert!(people > 50, "only {people}");
}

/// Every question of the fixtures that the demo answers is answered by a store that has read the demo as SS12000, with no
/// fault where there was none, and alike but for what has no place in SS12000.
#[test]
fn the_old_services_answer_from_what_was_read() {
    let bench = pulled();
    let source: Arc<dyn Source> = Arc::new(bench.store);
    let server = Server::start(move |faces| faces.source = source);
    let services = [
        ("wsiinst/v6", "/bpi/wsiinst/6"),
        ("wsibruger/v7", "/bpi/wsibruger/7"),
        ("wsiidentifikation/v6", "/bpi/wsiidentifikation/6"),
        ("wsieksport/v7", "/bpi/wsieksport/7"),
    ];
    let (mut wrong, mut same, mut asked) = (Vec::new(), 0, 0);
    for (folder, path) in services {
        let folder = format!("fixtures/unilogin/{folder}");
        let mut folders: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
        folders.sort();
        for folder in folders {
            let question = fs::read(folder.join("request.xml")).unwrap();
            let ask = |server: &Server| {
                let answer = server.post(path, "application/soap+xml; charset=utf-8", &question);
                (answer.status, lines(answer.text()))
            };
            let ((was, before), (is, after)) = (ask(crate::server::demo()), ask(&server));
            assert_eq!(was, is, "{}", folder.display());
            let gone = before.iter().filter(|it| !after.contains(it));
            let new = after.iter().filter(|it| !before.contains(it));
            for line in gone.chain(new) {
                let name = line.split(' ').next().unwrap();
                if !DIFFERS.contains(&name) {
                    wrong.push(format!("{}: {line}", folder.display()));
                }
            }
            (same, asked) = (same + before.iter().filter(|it| after.contains(it)).count(), asked + 1);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(asked > 55 && same > 1300, "{asked} questions, {same} elements are the same");
}

/// The elements of answers that SS12000 has no place for, or that follow from something that it has none for.
const DIFFERS: &[&str] = &[
    "AliasFamilyName",
    "AliasFirstName",
    "CivilRegistrationNumber",
    "CivilRegistrationNumberType",
    "ContactPerson",
    "FamilyName",
    "FirstName",
    "GroupName",
    "HomePhoneNumber",
    "InstitutionPerson",
    "Location",
    "MobilePhoneNumber",
    "MunicipalityCode",
    "MunicipalityName",
    "PhotoId",
    "PostalCode",
    "PostalDistrict",
    "Role",
    "StreetAddress",
    "adgangsniveau",
    "admkommune",
    "admkommunenr",
    "ansat",
    "brugerid",
    "cpr",
    "ekstern",
    "elev",
    "elevtrin",
    "enhedsart",
    "faxnr",
    "fradato",
    "gruppeid",
    "gruppenavn",
    "gruppetrin",
    "gruppetype",
    "hovedgruppe",
    "hovedinstitutionsnr",
    "institutionstilknytning",
    "instnr",
    "kommune",
    "kommunenr",
    "kontakt",
    "navn",
    "region",
    "regionsnr",
    "relation",
    "rolle",
    "tildato",
    "type",
    "type3",
    "type3navn",
    "typenavn",
    "verifikation",
    "www",
];

/// What an answer says, element by element, but for when it was asked.
fn lines(xml: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let body = document.descendants().find(|it| it.tag_name().name() == "Body").unwrap();
    let mut lines = Vec::new();
    for node in body.descendants().filter(roxmltree::Node::is_element) {
        let text = node.text().unwrap_or_default().trim();
        let attributes: String = node
            .attributes()
            .filter(|it| !it.name().ends_with("DateTime"))
            .map(|it| format!(" {}={}", it.name(), it.value()))
            .collect();
        lines.push(format!("{}{attributes} {text}", node.tag_name().name()));
    }
    lines
}

/// Whoever is in which group, where the standard's face tells.
#[test]
fn pupils_and_their_classes_are_read() {
    let bench = pulled();
    let roster = kept(&bench.store, "999001").unwrap();
    let alma = roster.members.iter().find(|it| user(it) == Some("alma0001")).unwrap();
    let demo = demo::municipality()
        .into_iter()
        .find(|it| it.roster().organisation.number == OrganisationNumber::new("999001"));
    let demo = demo.unwrap();
    let told = demo.roster().members.iter().find(|it| user(it) == Some("alma0001")).unwrap();
    let groups = |it: &Member<'_>| it.groups().map(|it| it.0.to_string()).collect::<Vec<_>>();
    assert_eq!(groups(alma)[0], groups(told)[0]);
    assert_eq!(alma.local_id, told.local_id);
}

fn user<'m>(member: &'m Member<'_>) -> Option<&'m str> {
    Some(member.person.as_ref()?.user_id.as_ref()?.as_str())
}
