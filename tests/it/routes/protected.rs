//! What nobody may find without the right to it, looked for in every byte of every answer: for callers with each combination of
//! scopes, on every route that tells of people, in every order, with everything embedded, and in what is refused.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use skolebro::{
    caller::{Rights, Scopes},
    cli::demo,
    domain::{Person, PersonName, Tie},
    standards::ss12000::{
        serve::{
            operation::{Operation, Type, What},
            routes::OPERATIONS,
        },
        view::Kind,
    },
};

use crate::{
    callers,
    server::{Answer, Server, request},
};

/// What there is to be found of the demo's people.
#[derive(Default)]
struct Known {
    /// Every number.
    numbers: BTreeSet<String>,
    /// Streets, telephones and addresses of mail of everybody.
    contact: BTreeSet<String>,
    /// Words of the names of protected people that are nobody else's, in small letters.
    names: BTreeSet<String>,
    /// Where protected people live and are called.
    protected: BTreeSet<String>,
    /// Numbers of protected people.
    protected_numbers: BTreeSet<String>,
    /// User ids of people who are nothing but contact persons.
    adults: BTreeSet<String>,
}

impl Known {
    fn of_the_demo() -> Self {
        let (mut known, mut open, mut members) = (Self::default(), BTreeSet::new(), BTreeSet::new());
        let municipality = demo::municipality();
        for member in municipality.iter().flat_map(|it| &it.roster().members) {
            if let Some(person) = &member.person {
                known.add(person, &mut open);
                members.extend(user(person));
            }
            if let Some(Tie::Pupil(pupil)) = &member.tie {
                for contact in &pupil.contacts {
                    known.add(&contact.person, &mut open);
                    known.adults.extend(user(&contact.person));
                }
            }
        }
        // What the institutions tell of themselves is nobody's.
        for it in municipality.iter().map(|it| &it.roster().organisation) {
            let own = [&it.street, &it.phone, &it.email];
            for it in own.into_iter().flatten() {
                known.contact.remove(&**it);
            }
        }
        known.adults.retain(|it| !members.contains(it));
        known.protected.retain(|it| !open.contains(it));
        known.names.retain(|it| !open.contains(it));
        known
    }

    fn add(&mut self, person: &Person<'_>, open: &mut BTreeSet<String>) {
        let number = person.civil_id.as_ref().filter(|it| !it.is_placeholder()).map(|it| it.reveal().to_owned());
        let phones = [&person.phones.home, &person.phones.work, &person.phones.mobile];
        let phones = phones.into_iter().flatten().map(|it| it.number.clone());
        let street = person.address.as_ref().and_then(|it| it.street.clone());
        let home: Vec<String> =
            street.into_iter().chain(phones).map(|it| it.trim().to_owned()).filter(|it| it.len() > 4).collect();
        let names = |it: &PersonName<'_>| words(&format!("{} {}", it.given, it.family));
        if person.is_protected() {
            self.names.extend(names(&person.name));
            self.protected.extend(home.iter().cloned());
            self.protected_numbers.extend(number.clone());
            open.extend(person.alias.iter().flat_map(names));
        } else {
            open.extend(names(&person.name));
            open.extend(home.iter().cloned());
        }
        // An address of mail is nobody's home: it is hidden where it holds the name.
        self.contact.extend(person.email.iter().map(|it| it.trim().to_owned()));
        self.contact.extend(home);
        self.numbers.extend(number);
    }

    /// What a caller with these scopes may find nowhere.
    fn hidden(&self, scopes: Scopes) -> Hidden<'_> {
        let Scopes { civic_no, contact_data, responsibles, protected_persons } = scopes;
        let hidden = [
            (&self.numbers, !civic_no),
            (&self.contact, !contact_data),
            (&self.adults, !responsibles),
            (&self.protected, !protected_persons),
            (&self.protected_numbers, !protected_persons),
        ];
        let texts = hidden.into_iter().filter(|it| it.1).flat_map(|it| it.0).map(String::as_str).collect();
        Hidden { texts, names: (!protected_persons).then_some(&self.names) }
    }
}

struct Hidden<'k> {
    texts: BTreeSet<&'k str>,
    /// Whole words: short ones are parts of others.
    names: Option<&'k BTreeSet<String>>,
}

impl Hidden<'_> {
    fn in_text(&self, told: &str) -> Vec<String> {
        let words = words(told);
        let names = self.names.into_iter().flatten().filter(|it| words.contains(*it)).cloned();
        names.chain(self.texts.iter().filter(|it| told.contains(**it)).map(|it| (*it).to_owned())).collect()
    }
}

/// The words of a text, in small letters.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|it: char| !it.is_alphanumeric()).map(str::to_lowercase).collect()
}

fn user(person: &Person<'_>) -> Option<String> {
    person.user_id.as_ref().map(|it| it.as_str().to_owned())
}

/// All sixteen.
fn combinations() -> Vec<(String, Scopes)> {
    let scopes = |bits: u8| Scopes {
        civic_no: bits & 1 > 0,
        contact_data: bits & 2 > 0,
        responsibles: bits & 4 > 0,
        protected_persons: bits & 8 > 0,
    };
    (0..16).map(|bits| (format!("SCOPES{bits:02}"), scopes(bits))).collect()
}

struct Asking {
    server: Server,
    token: String,
}

impl Asking {
    fn ask(&self, method: &str, path: &str, body: &Value) -> Answer {
        let token = format!("Bearer {}", self.token);
        let headers = [("Authorization", &*token), ("Content-Type", "application/json")];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.server.exchange(&request(method, &format!("/ss12000/v2.0{path}"), &headers, &body))
    }

    /// Every byte of an answer, head and body.
    fn bytes(&self, method: &str, path: &str, body: &Value) -> String {
        let answer = self.ask(method, path, body);
        format!("{} {:?} {}", answer.status, answer.headers, answer.text())
    }
}

/// Everything that an operation can be made to put into its answer.
fn everything(operation: &Operation) -> String {
    let expand = operation.parameters().into_iter().find(|it| it.name == "expand").map(|it| it.of);
    let expand = match expand {
        Some(Type::Of(names)) => names.iter().map(|it| format!("&expand={it}")).collect(),
        _ => String::new(),
    };
    format!("?expandReferenceNames=true{expand}")
}

/// What a filter must not find: asked for by what is hidden, and answered with nobody.
fn finds_nobody(asking: &Asking, known: &Known, scopes: Scopes) {
    let mut questions = Vec::new();
    if !scopes.protected_persons {
        questions.extend(known.names.iter().map(|it| format!("/persons?nameContains={}", encoded(it))));
        questions.extend(known.protected_numbers.iter().map(|it| format!("/persons?civicNo={it}")));
    }
    if !scopes.civic_no {
        questions.extend(known.numbers.iter().take(20).map(|it| format!("/persons?civicNo={it}")));
    }
    if !scopes.responsibles {
        questions.extend(known.adults.iter().take(10).map(|it| format!("/persons?identifier.value={it}")));
    }
    for question in questions {
        let answer = asking.ask("GET", &question, &Value::Null);
        assert_eq!(answer.json(), json!({ "data": [], "pageToken": null }), "{} {question}", asking.token);
    }
    let numbers = if scopes.civic_no { &known.protected_numbers } else { &known.numbers };
    if !scopes.civic_no || !scopes.protected_persons {
        let answer = asking.ask("POST", "/persons/lookup", &json!({ "civicNos": numbers }));
        assert_eq!(answer.text(), "[]", "{}", asking.token);
    }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[test]
fn nothing_hidden_is_in_any_byte_of_any_answer() {
    let known = Known::of_the_demo();
    assert!(known.names.len() > 6 && known.protected_numbers.len() > 3, "{:?}", known.names);
    assert!(known.numbers.len() > 100 && known.contact.len() > 100 && known.adults.len() > 20);
    let combinations = combinations();
    let rights: Vec<(&str, Rights)> =
        combinations.iter().map(|(name, ss12000)| (&**name, Rights { ss12000: *ss12000, ..callers::all() })).collect();
    let mut asking = Asking { server: callers::server(&rights), token: String::new() };
    for (name, scopes) in &combinations {
        asking.token.clone_from(name);
        let hidden = known.hidden(*scopes);
        let look = |told: &str, method: &str, path: &str| {
            assert_eq!(hidden.in_text(told), [""; 0], "{name}, {method} {path}");
        };
        let mut bytes = 0;
        for operation in OPERATIONS.iter().filter(|it| it.is_served()) {
            let (What::List(kind) | What::One(kind) | What::Lookup(kind)) = operation.what else { continue };
            let (resource, everything) = (operation.path.split('/').nth(1).unwrap(), everything(operation));
            let list = asking.ask("GET", &format!("/{resource}?limit=1000"), &Value::Null).json();
            let ids: Vec<&str> = list["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
            let questions: Vec<(&str, String, Value)> = match operation.what {
                What::List(_) => vec![("GET", format!("/{resource}{everything}&limit=1000"), Value::Null)],
                What::Lookup(_) => vec![("POST", format!("/{resource}/lookup{everything}"), json!({ "ids": ids }))],
                _ => ids
                    .iter()
                    .step_by(40)
                    .map(|id| ("GET", format!("/{resource}/{id}{everything}"), Value::Null))
                    .collect(),
            };
            for (method, path, body) in questions {
                let told = asking.bytes(method, &path, &body);
                assert!(told.starts_with("200 "), "{method} {path}");
                look(&told, method, &path);
                bytes += told.len();
            }
            if kind == Kind::Person && operation.what == What::List(kind) {
                look(&asking.bytes("GET", "/persons?limit=0&nameContains=Skjuldal", &Value::Null), "GET", "wrong");
            }
        }
        for path in ["/deletedEntities", "/subscriptions", "/capabilities", "/persons/Skjuldal"] {
            look(&asking.bytes("GET", path, &Value::Null), "GET", path);
        }
        assert!(bytes > 500_000, "{name} was told only {bytes} bytes");
        finds_nobody(&asking, &known, *scopes);
    }
    asking.token.clone_from(&combinations[15].0);
    let everything = asking.bytes("GET", "/persons?limit=1000", &Value::Null);
    let seen = |of: &BTreeSet<String>| of.iter().filter(|it| everything.contains(it.as_str())).count();
    assert!(
        seen(&known.numbers) > 50 && seen(&known.contact) > 50 && seen(&known.adults) > 10,
        "else nothing was looked for"
    );
    let shown = words(&everything);
    assert!(known.names.iter().all(|it| shown.contains(it)), "who has every scope sees real names");
}

/// An order by what is hidden would tell it: the order is that of what is shown.
#[test]
fn orders_are_those_of_what_is_shown() {
    let scopes = Scopes { protected_persons: false, ..Scopes::ALL };
    let rights = [("NAMELESS", Rights { ss12000: scopes, ..callers::all() })];
    let asking = Asking { server: callers::server(&rights), token: "NAMELESS".to_owned() };
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_lowercase();
    let by = |key: &str, of: &dyn Fn(&Value) -> String| {
        let list = asking.ask("GET", &format!("/persons?sortkey={key}&limit=1000"), &Value::Null).json();
        let mut shown: Vec<String> = list["data"].as_array().unwrap().iter().map(of).collect();
        let told = shown.clone();
        shown.sort();
        if key.ends_with("Desc") {
            shown.reverse();
        }
        assert_eq!(told, shown, "{key}");
    };
    by("GivenNameAsc", &|it| text(it, "givenName"));
    by("GivenNameDesc", &|it| text(it, "givenName"));
    by("FamilyNameAsc", &|it| text(it, "familyName"));
    by("FamilyNameDesc", &|it| text(it, "familyName"));
    by("DisplayNameAsc", &|it| format!("{} {}", text(it, "givenName"), text(it, "familyName")));
    by("CivicNoAsc", &|it| it.pointer("/civicNo/value").map_or("~".to_owned(), |it| it.as_str().unwrap().to_owned()));
}
