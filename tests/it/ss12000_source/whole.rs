//! The demo's own SS12000 face, read over HTTP into a store: what the old services then answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
    time::Duration,
};

use skolebro::{
    cli::demo,
    crosswalk::Trail,
    domain::{Member, OrganisationNumber, Roster},
    source::{Source, http, intake::Keeper, upstream::Upstream},
    standards::{
        ss12000::{
            context::{Options, Unmarked},
            serve::{Choices, Service},
            upstream::Access,
        },
        unilogin::eksport::Package,
    },
};

use super::{Bench, kept, wait};
use crate::{
    crossing,
    lossless::{self, Lost, there_and_back, unexplained},
    server::Server,
};

/// Everything of the demo, pulled over HTTP; the keys of groups, which SS12000 has no place for, are configured.
fn pulled() -> Bench {
    let service = Service::new(Options { other_adults: true, ..Options::default() }, Choices::default());
    let server = Server::start(|faces| faces.ss12000 = Arc::new(service));
    let http =
        http::Http::new(http::Settings { answer: Duration::from_secs(60), ..http::Settings::default() }).unwrap();
    let base = format!("http://{}/ss12000/v2.0/", server.address);
    let bench = Bench::with(http, |it| {
        it.base = base;
        it.access = Access::given("demo".to_owned());
        it.options = options();
        it.limits.page = 50;
    });
    // What the register says has no need of SS12000.
    let registered: Vec<_> = demo::municipality().iter().map(|it| it.roster().organisation.clone()).collect();
    bench.store.keep_organisations(&registered).unwrap();
    let numbers = wait(bench.upstream.agreements()).unwrap();
    assert!(numbers.len() >= 6, "{numbers:?}");
    for number in numbers {
        bench.upstream.pull(&number, &bench.store, false).unwrap();
    }
    bench
}

fn options() -> Options {
    let mut options = Options { unmarked: Unmarked::Open, other_adults: true, ..Options::default() };
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
/// fault where there was none, and alike but for what has no place in SS12000, value by value.
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
    let (mut differs, mut same, mut asked) = (BTreeSet::new(), 0, 0);
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
            let gone = beyond(&before, &after);
            (same, asked) = (same + before.len() - gone.len(), asked + 1);
            differs.extend(gone.iter().map(|it| format!("- {it}")));
            differs.extend(beyond(&after, &before).iter().map(|it| format!("+ {it}")));
        }
    }
    let told = DIFFERS.iter().flat_map(|it| it.1).chain(GIVEN).map(|it| (*it).to_owned()).collect();
    let (new, stale): (Vec<_>, Vec<_>) = (differs.difference(&told).collect(), told.difference(&differs).collect());
    assert!(new.is_empty() && stale.is_empty(), "not explained: {new:#?}, no longer so: {stale:#?}");
    assert!(asked > 55 && same > 1450, "{asked} questions, {same} elements are the same");
}

/// The lines of one answer that another one has not as often.
fn beyond(lines: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    let mut left = Vec::new();
    for line in lines {
        match others.iter().position(|it| it == line) {
            Some(at) => drop(others.swap_remove(at)),
            None => left.push(line.clone()),
        }
    }
    left
}

/// What is said otherwise of the demo (`-` before, `+` afterwards), each with what was lost that explains it.
const DIFFERS: &[(&str, &[&str])] = &[
    (
        "access",
        &[
            "- ContactPerson relation=Far childCustody=true accessLevel=1",
            "+ ContactPerson relation=Far childCustody=true accessLevel=0",
            "- ContactPerson relation=Officielt tilknyttet person childCustody=false accessLevel=1",
            "+ ContactPerson relation=Officielt tilknyttet person childCustody=false accessLevel=0",
            "- adgangsniveau 1",
            "+ adgangsniveau 0",
        ],
    ),
    ("employment/roles", &["- rolle Vikar"]),
    ("enrolment/grade", &["- elevtrin 1", "+ elevtrin Andet"]),
    ("enrolment/location", &["- Location Hus 1"]),
    ("grade", &["- gruppetrin 1", "- gruppetrin 2", "+ gruppetrin Andet"]),
    (
        "groups",
        &[
            "- brugertilknytning",
            "- instnr 999001",
            "- brugerid jona0301",
            "- navn Jonas Præst",
            "- ekstern",
            "- rolle Praktikant",
            "- gruppe",
            "- gruppeid 4A",
            "- gruppenavn 4. A",
            "- gruppetype Hovedgruppe",
            "- gruppetrin 4",
            "- tildato 2027-06-30",
        ],
    ),
    ("kind", &["- gruppetype Retning", "- gruppetype Team", "- gruppetype Årgang", "+ gruppetype Andet"]),
    (
        "person",
        &[
            "- InstitutionPerson source=HUGO Brugeradministrationen",
            "- Employee",
            "- Role Konsulent",
            "- GroupId Ridning",
        ],
    ),
    (
        "person/address",
        &[
            "- Address",
            "- StreetAddress Stille Plads 6",
            "- PostalCode 9995",
            "- PostalDistrict Søbred",
            "- CountryCode DK",
            "- MunicipalityCode 0998",
        ],
    ),
    ("person/address/municipality_name", &["- MunicipalityName Demo Kommune"]),
    (
        "person/alias",
        &[
            "- AliasFirstName Ask",
            "- AliasFamilyName Berg",
            "- FirstName Ask",
            "- FamilyName Berg",
            "+ FirstName Navnebeskyttet",
            "+ FamilyName Person",
            "- navn Ida Holm",
            "- navn Karin Holm",
            "+ navn Navnebeskyttet Person",
        ],
    ),
    (
        "person/civil_id",
        &[
            "- CivilRegistrationNumber 7209144001",
            "- CivilRegistrationNumberType CPR_REPLACEMENT_ID",
            "- cpr 6207164002",
        ],
    ),
    (
        "person/civil_id/kind",
        &[
            "- CivilRegistrationNumberType CPR_VERIFIED",
            "+ CivilRegistrationNumberType CPR_UNKNOWN_TYPE",
            "- verifikation 1",
            "+ verifikation 0",
        ],
    ),
    ("person/phones/home", &["- HomePhoneNumber protected=true"]),
    ("person/phones/mobile", &["- MobilePhoneNumber protected=true"]),
    ("person/photo", &["- PhotoId 10224", "- PhotoId 10231", "- PhotoId 10238"]),
];

/// What the standard must have where nothing was: countries, names of groups, and when a group began.
const GIVEN: &[&str] =
    &["+ Country Danmark", "+ FromDate 2026-08-01", "+ GroupName Køkkenvagt", "+ fradato 2026-08-01"];

/// Whatever differs above is told as lost.
#[test]
fn what_differs_is_told_as_lost() {
    let options = options();
    let mut lost = BTreeSet::new();
    for institution in demo::municipality() {
        let roster = institution.roster();
        let (lines, _, losses) = there_and_back(roster, &options);
        lost.extend(Lost::new(roster, &lines, &options.known_keys, &losses).fields());
    }
    for (field, lines) in DIFFERS {
        assert!(lost.contains(*field), "{lines:?} would follow from {field:?}, of {lost:#?}");
    }
}

/// What an answer says, element by element, but for when it was asked.
fn lines(xml: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let body = document.descendants().find(|it| it.tag_name().name() == "Body").unwrap();
    let mut lines = Vec::new();
    for node in body.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        let text = lossless::plain(name, node.text().unwrap_or_default().trim());
        let attributes: String = node
            .attributes()
            .filter(|it| !it.name().ends_with("DateTime"))
            .map(|it| format!(" {}={}", it.name(), it.value()))
            .collect();
        lines.push(format!("{name}{attributes} {text}").trim_end().to_owned());
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
