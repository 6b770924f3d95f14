//! Pages: how a walk through a list goes on, and what a token is good for.

use serde_json::Value;

use super::{all, found, get, get_as};

/// The objects of all pages of a path, and the tokens between them.
fn walk(path: &str, rest: &str) -> (Vec<Value>, Vec<String>) {
    let (mut objects, mut tokens) = (Vec::new(), Vec::new());
    let mut page = found(path);
    loop {
        objects.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(token) = page["pageToken"].as_str() else { return (objects, tokens) };
        tokens.push(token.to_owned());
        let resource = path.split('?').next().unwrap();
        page = found(&format!("{resource}?pageToken={token}{rest}"));
    }
}

#[test]
fn a_token_carries_the_filters_of_the_first_page() {
    let whole = all("groups?groupType=Klass&expand=assignmentRoles&expandReferenceNames=true");
    let (walked, tokens) =
        walk("groups?groupType=Klass&expand=assignmentRoles&expandReferenceNames=true&limit=3", "&limit=3");
    assert_eq!(walked, whole);
    assert!(tokens.len() > 1 && whole[0]["_embedded"]["assignmentRoles"].is_array());
    let again = walk("groups?groupType=Klass&expand=assignmentRoles&expandReferenceNames=true&limit=3", "&limit=5").0;
    assert_eq!(again, whole, "the limit may differ from page to page");
}

#[test]
fn filters_may_be_repeated_and_not_changed() {
    let token = found("groups?groupType=Klass&schoolTypes=GR&limit=1")["pageToken"].as_str().unwrap().to_owned();
    for equal in ["groupType=Klass", "schoolTypes=GR&groupType=Klass", "limit=2&groupType=Klass"] {
        assert_eq!(get(&format!("groups?pageToken={token}&{equal}")).status, 200, "{equal}");
    }
    let others = [
        "groupType=Undervisning",
        "groupType=Klass,Undervisning",
        "expandReferenceNames=true",
        "sortkey=DisplayNameAsc",
    ];
    for other in others {
        let answer = get(&format!("groups?pageToken={token}&{other}"));
        assert_eq!((answer.status, &answer.json()["code"]), (400, &"INVALID_PAGE_TOKEN".into()), "{other}");
    }
}

#[test]
fn a_token_is_for_one_caller_and_one_operation() {
    let token = found("groups?limit=1")["pageToken"].as_str().unwrap().to_owned();
    let code = |answer: crate::server::Answer| (answer.status, answer.json()["code"].as_str().unwrap().to_owned());
    let refused = (400, "INVALID_PAGE_TOKEN".to_owned());
    assert_eq!(code(get_as("demo-minimal", &format!("groups?pageToken={token}"))), refused);
    assert_eq!(code(get(&format!("persons?pageToken={token}"))), refused);
    let (start, end) = token.split_at(token.len() / 2);
    for other in [start.to_owned(), end.to_owned(), format!("{end}{start}"), format!("{token}A"), "AAAA".to_owned()] {
        assert_eq!(code(get(&format!("groups?pageToken={other}"))), refused);
    }
}

/// A list, what it is sorted by, and whether the other way round.
type Order<'o> = (&'o str, &'o dyn Fn(&Value) -> String, bool);

#[test]
fn lists_come_in_the_order_that_is_asked_for() {
    let name = |it: &Value| {
        format!("{} {}", it["givenName"].as_str().unwrap(), it["familyName"].as_str().unwrap()).to_lowercase()
    };
    let given = |it: &Value| it["givenName"].as_str().unwrap().to_lowercase();
    let number = |it: &Value| it.pointer("/civicNo/value").map_or("~".to_owned(), |it| it.as_str().unwrap().to_owned());
    let modified = |it: &Value| it["meta"]["modified"].as_str().unwrap().to_owned();
    let display = |it: &Value| it["displayName"].as_str().unwrap().to_lowercase();
    let start = |it: &Value| it["startDate"].as_str().unwrap().to_owned();
    let end = |it: &Value| it["endDate"].as_str().unwrap_or("~").to_owned();
    let orders: [Order<'_>; 10] = [
        ("persons?sortkey=DisplayNameAsc", &name, false),
        ("persons?sortkey=GivenNameDesc", &given, true),
        ("persons?sortkey=CivicNoAsc", &number, false),
        ("persons?sortkey=ModifiedDesc", &modified, true),
        ("organisations?sortkey=DisplayNameAsc", &display, false),
        ("groups?sortkey=EndDateAsc", &end, false),
        ("groups?sortkey=StartDateDesc", &start, true),
        ("duties?sortkey=StartDateAsc", &start, false),
        ("placements?sortkey=StartDateDesc", &start, true),
        ("activities?sortkey=DisplayNameAsc", &display, false),
    ];
    for (path, key, descending) in orders {
        let mut sorted = all(path.split('?').next().unwrap());
        sorted.sort_by_key(|it| (key(it), it["id"].as_str().unwrap().to_owned()));
        if descending {
            // The least id still comes first of those that are equal.
            sorted.sort_by_key(|it| std::cmp::Reverse(key(it)));
        }
        assert_eq!(all(path), sorted, "{path}");
        assert_eq!(walk(&format!("{path}&limit=7"), "&limit=7").0, sorted, "{path}, seven by seven");
    }
}

/// What has no number stands last in both directions.
#[test]
fn what_is_missing_stands_last() {
    for key in ["CivicNoAsc", "CivicNoDesc"] {
        let sorted = all(&format!("persons?sortkey={key}"));
        let first_missing = sorted.iter().position(|it| it["civicNo"].is_null()).unwrap();
        assert!(first_missing > 0 && sorted[first_missing..].iter().all(|it| it["civicNo"].is_null()), "{key}");
    }
}
